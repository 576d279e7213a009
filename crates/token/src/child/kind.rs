//! What the parent knows of an operation: its name, its time, the PIN that it shows.

use std::time::Duration;

use super::calls::Rank;
use crate::Deadlines;
use crate::wire::{CardOperation, KeyOperation, Operation, Provision, TokenName};

/// Time for a look at what is there, beyond the wait for an event, when nothing else is under way. OpenSC talks to a
/// card that was just plugged in while it lists the slots, which takes most of a second on a busy machine.
const LOOK_MARGIN: Duration = Duration::from_millis(2_500);

impl Operation {
    /// As a verb, for the text of an error.
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::Tokens => "list the tokens",
            Self::Token { .. } => "read the token's information",
            Self::UsbKeys => "list the USB keys",
            Self::Unlock { .. } | Self::OpenCard { .. } => "log in",
            Self::ChangePin { .. } => "change the PIN",
            Self::Unblock { .. } => "unblock the PIN",
            Self::Key { operation, .. } => match operation {
                KeyOperation::Sign { .. } | KeyOperation::SignWithPin { .. } => "sign",
                KeyOperation::Check => "watch the tokens",
                KeyOperation::Lock => "lock the token",
            },
            Self::Card { operation, .. } => match operation {
                CardOperation::Sign { .. } => "sign",
                CardOperation::Derive { .. } => "derive",
                CardOperation::PublicKey { .. } => "read a public key",
                CardOperation::Certificate { .. } => "read a certificate",
                CardOperation::KeyIds => "list the keys",
                CardOperation::Generate { .. } => "generate a key pair",
                CardOperation::Destroy { .. } => "destroy a key",
                CardOperation::WriteCertificate { .. } => "write a certificate",
                CardOperation::Import { .. } => "import a private key",
                CardOperation::Close => "log out",
            },
            Self::Provision(operation) => match operation {
                Provision::InitToken { .. } => "initialise the token",
                Provision::IssueBlank { .. } | Provision::IssueCard { .. } => "issue the token",
                Provision::IssueKeyPairs { .. } => "generate a key pair",
                Provision::WriteCertificates { .. } => "write a certificate",
                Provision::EraseKeys { .. } => "destroy keys",
            },
            Self::Watch | Self::NextEvent { .. } | Self::Unwatch { .. } => "watch the tokens",
        }
    }

    /// How long it may take.
    pub(crate) fn deadline(&self, deadlines: &Deadlines) -> Duration {
        match self {
            Self::Tokens
            | Self::Token { .. }
            | Self::UsbKeys
            | Self::Watch
            | Self::Unwatch { .. } => deadlines.list,
            Self::Unlock { pin, .. }
            | Self::OpenCard { pin, .. }
            | Self::ChangePin { old: pin, .. }
            | Self::Unblock { puk: pin, .. } => with_pin(pin.is_on_device(), deadlines),
            Self::Key { operation, .. } => match operation {
                KeyOperation::Sign { .. } => deadlines.sign,
                KeyOperation::SignWithPin { pin, .. } => with_pin(pin.is_on_device(), deadlines),
                KeyOperation::Check => LOOK_MARGIN,
                KeyOperation::Lock => deadlines.lock,
            },
            Self::Card { operation, .. } => match operation {
                CardOperation::Sign { .. } => deadlines.sign,
                CardOperation::Derive { .. } => deadlines.derive,
                CardOperation::PublicKey { .. }
                | CardOperation::Certificate { .. }
                | CardOperation::KeyIds => deadlines.read,
                CardOperation::Generate { .. }
                | CardOperation::Destroy { .. }
                | CardOperation::WriteCertificate { .. }
                | CardOperation::Import { .. } => deadlines.generate,
                CardOperation::Close => deadlines.lock,
            },
            Self::Provision(_) => deadlines.generate,
            Self::NextEvent { wait_ms, .. } => {
                Duration::from_millis((*wait_ms).into()) + LOOK_MARGIN
            }
        }
    }

    /// Whose counter of tries it may have moved.
    pub(crate) fn shows_pin_to(&self) -> Option<TokenName> {
        match self {
            Self::Unlock { serial, .. }
            | Self::ChangePin { serial, .. }
            | Self::Unblock { serial, .. }
            | Self::Key {
                operation: KeyOperation::SignWithPin { serial, .. },
                ..
            }
            | Self::Provision(
                Provision::IssueCard { serial, .. }
                | Provision::IssueKeyPairs { serial, .. }
                | Provision::WriteCertificates { serial, .. }
                | Provision::EraseKeys { serial, .. },
            ) => Some(TokenName::Serial(serial.clone())),
            Self::OpenCard { token, .. } => Some(token.clone()),
            _ => None,
        }
    }

    /// What it waits for, and what waits for it.
    pub(crate) fn rank(&self) -> Rank {
        match self {
            Self::NextEvent { .. }
            | Self::Key {
                operation: KeyOperation::Check,
                ..
            } => Rank::Look,
            Self::Unwatch { .. }
            | Self::Key {
                operation: KeyOperation::Lock,
                ..
            }
            | Self::Card {
                operation: CardOperation::Close,
                ..
            } => Rank::End,
            Self::Tokens | Self::Token { .. } | Self::UsbKeys | Self::Watch => Rank::List,
            _ => Rank::Work,
        }
    }

    /// Whether it waits its turn when many calls are under way. What ends something does not, nor what only waits.
    pub(crate) fn waits_its_turn(&self) -> bool {
        !matches!(self.rank(), Rank::Look | Rank::End)
    }
}

fn with_pin(on_device: bool, deadlines: &Deadlines) -> Duration {
    if on_device {
        deadlines.pin_pad
    } else {
        deadlines.login
    }
}
