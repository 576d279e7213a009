//! Addresses and networks of peers.

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

use serde::Deserialize;

/// An address, or a network in CIDR notation (RFC 4632 §3.1): `10.0.1.10`, `10.0.1.0/24`,
/// `2001:db8:1::/64`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(try_from = "String")]
pub struct Network {
    address: IpAddr,
    /// At most 32 or 128.
    length: u8,
}

/// Why a text is no [`Network`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NetworkError {
    /// Neither an address nor a network.
    #[error("`{0}` is no address: write one like 10.0.1.10, or a network like 10.0.1.0/24")]
    Form(String),
    /// Bits are set behind the prefix: which host or network was meant?
    #[error("`{written}` has bits behind its prefix: write {network} for the whole network")]
    HostBits {
        /// As it was written.
        written: String,
        /// The network that it is in.
        network: Network,
    },
}

impl Network {
    /// Whether it is of IP version 6.
    #[must_use]
    pub fn is_ipv6(&self) -> bool {
        self.address.is_ipv6()
    }

    /// Whether every address of `other` is in it.
    #[must_use]
    pub fn contains(&self, other: &Self) -> bool {
        self.is_ipv6() == other.is_ipv6()
            && self.length <= other.length
            && masked(other.address, self.length) == self.address
    }
}

impl From<IpAddr> for Network {
    fn from(address: IpAddr) -> Self {
        let address = address.to_canonical();
        Self {
            length: bits(address),
            address,
        }
    }
}

impl FromStr for Network {
    type Err = NetworkError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let form = || NetworkError::Form(text.chars().take(60).collect());
        let (address, length) = match text.split_once('/') {
            None => (text, None),
            Some((address, length)) => (address, Some(length)),
        };
        let address: IpAddr = address.parse().map_err(|_| form())?;
        let address = address.to_canonical();
        let length = match length {
            None => bits(address),
            Some(digits) if digits.bytes().all(|b| b.is_ascii_digit()) => {
                digits.parse().map_err(|_| form())?
            }
            Some(_) => return Err(form()),
        };
        if length > bits(address) {
            return Err(form());
        }
        let network = Self {
            address: masked(address, length),
            length,
        };
        if network.address != address {
            let written = text.to_owned();
            return Err(NetworkError::HostBits { written, network });
        }
        Ok(network)
    }
}

impl TryFrom<String> for Network {
    type Error = NetworkError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl fmt::Display for Network {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}", self.address)?;
        if self.length < bits(self.address) {
            write!(formatter, "/{}", self.length)?;
        }
        Ok(())
    }
}

fn bits(address: IpAddr) -> u8 {
    if address.is_ipv4() { 32 } else { 128 }
}

/// The first `length` bits of `address`; `length` is at most its size.
fn masked(address: IpAddr, length: u8) -> IpAddr {
    match address {
        IpAddr::V4(v4) => {
            let mask = u32::MAX.checked_shl(32 - u32::from(length)).unwrap_or(0);
            IpAddr::V4((v4.to_bits() & mask).into())
        }
        IpAddr::V6(v6) => {
            let mask = u128::MAX.checked_shl(128 - u32::from(length)).unwrap_or(0);
            IpAddr::V6((v6.to_bits() & mask).into())
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn addresses_and_networks_are_read() {
        for text in [
            "10.0.1.10",
            "10.0.1.0/24",
            "0.0.0.0/0",
            "2001:db8::1",
            "2001:db8:1::/64",
            "::/0",
        ] {
            assert_eq!(text.parse::<Network>().unwrap().to_string(), text);
        }
        let whole: Network = "10.0.1.7/32".parse().unwrap();
        assert_eq!(whole.to_string(), "10.0.1.7");
        let mapped: Network = "::ffff:10.0.1.7".parse().unwrap();
        assert_eq!(mapped.to_string(), "10.0.1.7");
    }

    #[test]
    fn what_is_wrong_is_said() {
        for text in [
            "",
            "gateway.internal",
            "10.0.1",
            "10.0.1.0/33",
            "10.0.1.0/",
            "10.0.1.0/+8",
            "10.0.1.0/24/8",
            "2001:db8::/129",
            "10.0.1.10:8443",
            "10.0.1.10 accept; drop",
        ] {
            let error = text.parse::<Network>().unwrap_err();
            assert!(matches!(error, NetworkError::Form(_)), "{text}: {error}");
        }
        let error = "10.0.1.10/24".parse::<Network>().unwrap_err().to_string();
        assert!(
            error.contains("10.0.1.0/24 for the whole network"),
            "{error}"
        );
    }

    #[test]
    fn a_network_contains_its_own() {
        let network = |text: &str| text.parse::<Network>().unwrap();
        assert!(network("10.0.0.0/8").contains(&network("10.1.2.3")));
        assert!(network("10.0.0.0/8").contains(&network("10.0.0.0/8")));
        assert!(!network("10.0.0.0/8").contains(&network("11.0.0.0/9")));
        assert!(!network("10.1.2.3").contains(&network("10.0.0.0/8")));
        assert!(network("0.0.0.0/0").contains(&network("192.0.2.1")));
        assert!(!network("0.0.0.0/0").contains(&network("::1")));
    }

    proptest! {
        #[test]
        fn no_text_panics_and_what_is_read_is_written_back(text in "[0-9a-f.:/]{0,24}") {
            if let Ok(network) = text.parse::<Network>() {
                prop_assert_eq!(network.to_string().parse::<Network>(), Ok(network));
            }
        }
    }
}
