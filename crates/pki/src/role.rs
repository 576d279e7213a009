use std::fmt;

/// What a certificate was issued for: one extended key usage of ours each
/// (`PROTOCOL.md` section 1). A certificate does no other job than its role.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Role {
    /// TLS client and session statements of a user.
    UserAuthentication,
    /// Orders, decisions, standing instructions.
    UserSignature,
    /// TLS client of a manager.
    ManagerAuthentication,
    /// Binding steps.
    ManagerSignature,
    /// TLS server for clients, TLS client of the platform.
    Gateway,
    /// TLS server for gateways and managers.
    Platform,
    /// Key configurations.
    KeyConfiguration,
    /// The platform's receipts.
    PlatformReceipt,
    /// The gateway's counter-signature on receipts.
    GatewayReceipt,
}

/// Content octets of 2.25.107384955275835753590977554261514844788, the arc of
/// UUID 50c99710-6a8d-4cb2-8905-ed89a25afa74 (ITU-T X.667).
const WATTKEY: [u8; 20] = [
    0x69, 0x81, 0xa1, 0xc9, 0xcb, 0xc4, 0x8d, 0xa8, 0xea, 0xb2, 0xe5, 0x89, 0x82, 0xfb, 0xb1, 0x9a,
    0x92, 0xeb, 0xf4, 0x74,
];

const ROLES: [(Role, &str, &[u8]); 9] = [
    (Role::UserAuthentication, "user-authentication", &usage(1)),
    (Role::UserSignature, "user-signature", &usage(2)),
    (
        Role::ManagerAuthentication,
        "manager-authentication",
        &usage(3),
    ),
    (Role::ManagerSignature, "manager-signature", &usage(4)),
    (Role::Gateway, "gateway", &usage(5)),
    (Role::Platform, "platform", &usage(6)),
    (Role::KeyConfiguration, "key-configuration", &usage(7)),
    (Role::PlatformReceipt, "platform-receipt", &usage(8)),
    (Role::GatewayReceipt, "gateway-receipt", &usage(9)),
];

/// `wattkey.1.number`
const fn usage(number: u8) -> [u8; 22] {
    let mut oid = [0; 22];
    let mut at = 0;
    while at < WATTKEY.len() {
        oid[at] = WATTKEY[at];
        at += 1;
    }
    oid[20] = 1;
    oid[21] = number;
    oid
}

impl Role {
    /// All of them, in the order of their numbers.
    pub fn all() -> impl Iterator<Item = Self> {
        ROLES.iter().map(|(role, _, _)| *role)
    }

    /// The content octets of its object identifier, as webpki and DER want
    /// them.
    #[must_use]
    pub fn oid_content(self) -> &'static [u8] {
        self.row().2
    }

    /// The object identifier in dots, as openssl prints it.
    #[must_use]
    pub fn oid(self) -> String {
        let number = self.oid_content()[WATTKEY.len() + 1];
        format!("2.25.107384955275835753590977554261514844788.1.{number}")
    }

    /// A short name: `user-signature`.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.row().1
    }

    /// The role of that name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        ROLES
            .iter()
            .find(|(_, other, _)| *other == name)
            .map(|(role, _, _)| *role)
    }

    /// The role of that object identifier.
    pub(crate) fn from_oid_content(content: &[u8]) -> Option<Self> {
        ROLES
            .iter()
            .find(|(_, _, oid)| *oid == content)
            .map(|(role, _, _)| *role)
    }

    fn row(self) -> &'static (Self, &'static str, &'static [u8]) {
        // The table is in the order of the variants; a test holds it to that.
        &ROLES[self as usize]
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const UUID: &str = "50c99710-6a8d-4cb2-8905-ed89a25afa74";

    /// X.690 §8.19: base 128, high bit on all octets but the last.
    fn base128(mut number: u128) -> Vec<u8> {
        let mut octets = vec![(number & 0x7f) as u8];
        number >>= 7;
        while number > 0 {
            octets.insert(0, (number & 0x7f) as u8 | 0x80);
            number >>= 7;
        }
        octets
    }

    #[test]
    fn object_identifiers_are_below_the_uuid() {
        let arc = u128::from_str_radix(&UUID.replace('-', ""), 16).unwrap();
        for (number, role) in (1u8..).zip(Role::all()) {
            let mut content = vec![2 * 40 + 25];
            content.extend(base128(arc));
            content.extend([1, number]);
            assert_eq!(role.oid_content(), content, "{role}");
            assert_eq!(role.oid(), format!("2.25.{arc}.1.{number}"));
        }
    }

    #[test]
    fn table_is_in_the_order_of_the_variants() {
        for (at, (role, name, oid)) in ROLES.iter().enumerate() {
            assert_eq!(*role as usize, at);
            assert_eq!(Role::from_name(name), Some(*role));
            assert_eq!(Role::from_oid_content(oid), Some(*role));
        }
        assert_eq!(Role::from_name("user"), None);
    }
}
