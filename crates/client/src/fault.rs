//! What goes wrong, as a person and a script are told: two lines, one code, one exit code.

mod batch;
mod payment;
mod receipt;
pub mod service;
pub mod token;

pub use receipt::exists;

use std::process::ExitCode;

use crate::config::ConfigError;
use crate::journal::JournalError;
use crate::keys::{KeyError, KeyFault, names};
use crate::money::AmountError;
use wattkey_domain::{BillId, OrderId};
use wattkey_protocol::problem::Problem;
use wattkey_token::PinError;

use crate::show;
use crate::words::{Arg, Text};

/// Exit codes of the program; scripts depend on the numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Exit {
    /// Something in this PC failed.
    Fault = 1,
    /// The program was called wrongly, or its configuration is not good.
    Usage = 2,
    /// No USB key is plugged in.
    NoKey = 10,
    /// Several are, and none was named.
    SeveralKeys = 11,
    /// Another company issued it.
    ForeignKey = 12,
    /// Its certificate has ended.
    ExpiredKey = 13,
    /// It is not bound to a user.
    Unbound = 14,
    /// It was revoked.
    Revoked = 15,
    /// Its certificates are for something else.
    WrongRole = 16,
    /// It cannot be used.
    UnusableKey = 17,
    /// Its module hung or crashed and was started anew.
    ModuleRestarted = 18,
    /// The system's smart-card service does not run.
    NoService = 19,
    /// The PIN is wrong.
    WrongPin = 20,
    /// The PIN is locked.
    PinLocked = 21,
    /// There is no PIN to use.
    NoPin = 22,
    /// The PIN must be changed first.
    PinToBeChanged = 23,
    /// The new PIN breaks a rule.
    NewPin = 24,
    /// The PUK is wrong.
    WrongPuk = 25,
    /// The PUK is locked.
    PukLocked = 26,
    /// The PIN is to be typed elsewhere.
    PinPad = 27,
    /// The service cannot be reached.
    Unreachable = 30,
    /// The service could not prove who it is.
    NotGenuine = 31,
    /// Clocks are too far apart.
    Clock = 32,
    /// The service refused the request.
    Refused = 33,
    /// What was signed was refused, or cannot be signed.
    OrderRefused = 40,
    /// It is not known what became of it.
    UnknownOutcome = 41,
    /// The total is another one.
    TotalDiffers = 42,
    /// It was not agreed to.
    NotConfirmed = 43,
    /// A document does not prove what it should.
    ReceiptInvalid = 44,
    /// There is no such thing.
    NotFound = 45,
    /// A bill reckons to something else.
    BillDiffers = 46,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> ExitCode {
        ExitCode::from(exit as u8)
    }
}

/// Something that went wrong: the messages `err-CODE` and `rec-CODE`.
#[derive(Debug)]
pub struct Fault {
    /// Its name, for programs.
    pub code: &'static str,
    /// The exit code of the command line.
    pub exit: Exit,
    /// Placeholders of the messages.
    pub values: Vec<(&'static str, Value)>,
    /// The service's problem, for `--json`.
    pub problem: Option<Box<Problem>>,
    /// What it means for the money: a message that follows `err-CODE`.
    pub meaning: Option<&'static str>,
}

/// What fills a placeholder.
#[derive(Debug)]
pub enum Value {
    /// As it is.
    Text(String),
    /// A point in time, written as the user reads times.
    Time(jiff::Timestamp),
    /// A message of its own, with the placeholders of the problem.
    Message(String),
    /// What another fault says is wrong.
    Fault(Box<Fault>),
}

impl From<&str> for Value {
    fn from(text: &str) -> Value {
        Value::Text(text.to_owned())
    }
}

impl From<String> for Value {
    fn from(text: String) -> Value {
        Value::Text(text)
    }
}

impl From<jiff::Timestamp> for Value {
    fn from(time: jiff::Timestamp) -> Value {
        Value::Time(time)
    }
}

impl Fault {
    /// A fault of this name, with nothing filled.
    #[must_use]
    pub fn new(code: &'static str, exit: Exit) -> Fault {
        Fault {
            code,
            exit,
            values: Vec::new(),
            problem: None,
            meaning: None,
        }
    }

    /// An order of unknown outcome pays this bill already.
    #[must_use]
    pub fn unresolved(order: OrderId, bill: &BillId) -> Fault {
        Fault::new("unresolved", Exit::UnknownOutcome)
            .with("order", order.to_string())
            .with("bill", bill.to_string())
    }

    /// What was signed on this PC about this order is of unknown outcome.
    #[must_use]
    pub fn unresolved_order(order: OrderId) -> Fault {
        Fault::new("order-unresolved", Exit::UnknownOutcome).with("order", order.to_string())
    }

    /// What was written is no amount.
    #[must_use]
    pub fn amount(given: &str, reason: AmountError) -> Fault {
        let fault = Fault::new("amount-malformed", Exit::Usage).with("given", given);
        fault.why_amount(reason)
    }

    /// Fills `reason` with why a text is no amount.
    fn why_amount(self, reason: AmountError) -> Fault {
        let (id, decimals) = match reason {
            AmountError::Malformed => ("why-amount-malformed", None),
            AmountError::Decimals(decimals) => ("why-amount-decimals", Some(decimals)),
            AmountError::Zero => ("why-amount-zero", None),
            AmountError::TooLarge => ("why-amount-too-large", None),
        };
        let decimals = decimals.map_or_else(String::new, |decimals| decimals.to_string());
        self.with("decimals", decimals)
            .with("reason", Value::Message(id.to_owned()))
    }

    /// Says what a failure of the USB key, or of the way to the service, means for the money.
    #[must_use]
    pub fn means(mut self, meaning: &'static str) -> Fault {
        let code = self.exit as u8;
        if (Exit::NoKey as u8..=Exit::Refused as u8).contains(&code) {
            self.meaning = Some(meaning);
        }
        self
    }

    /// Fills a placeholder.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: impl Into<Value>) -> Fault {
        self.values.push((name, value.into()));
        self
    }

    /// Fills `cause` with an error and all that caused it.
    #[must_use]
    pub fn cause(self, error: &dyn std::error::Error) -> Fault {
        let cause = show::chain(error);
        self.with("cause", cause)
    }

    /// Fills `reason` with an error and all that caused it.
    #[must_use]
    pub fn reason(self, error: &dyn std::error::Error) -> Fault {
        let reason = show::chain(error);
        self.with("reason", reason)
    }

    /// Fills `cause` with what another fault says is wrong.
    #[must_use]
    pub fn because(mut self, fault: Fault) -> Fault {
        self.values.push(("cause", Value::Fault(Box::new(fault))));
        self
    }

    /// What happened, and what to do next.
    #[must_use]
    pub fn words(&self, text: &Text) -> (String, String) {
        let known: Vec<(&str, Arg<'_>)> = self
            .values
            .iter()
            .filter_map(|(name, value)| match value {
                Value::Text(text) => Some((*name, text.as_str().into())),
                Value::Time(time) => Some((*name, show::time(*time).into())),
                Value::Fault(fault) => {
                    let said = fault.words(text).0;
                    Some((*name, text.sentence(said).into()))
                }
                Value::Message(_) => None,
            })
            .collect();
        let mut values = known.clone();
        for (name, value) in &self.values {
            if let Value::Message(id) = value {
                values.push((*name, text.with(id, &known).into()));
            }
        }
        let say = |kind: &str| text.with(&format!("{kind}-{}", self.code), &values);
        (say("err"), say("rec"))
    }

    /// What happened with what it means for the money, and what to do next.
    #[must_use]
    pub fn told(&self, text: &Text) -> (String, String) {
        let (mut message, next) = self.words(text);
        if let Some(meaning) = self.meaning {
            message = text.sentence(message);
            message.push_str(text.between_sentences());
            message.push_str(&text.get(meaning));
        }
        (message, next)
    }
}

impl From<ConfigError> for Fault {
    fn from(error: ConfigError) -> Fault {
        match &error {
            ConfigError::Missing(file) => {
                Fault::new("config-missing", Exit::Usage).with("file", show::path(file))
            }
            ConfigError::NoDefaultPlace => Fault::new("config-no-place", Exit::Usage),
            ConfigError::Read { file, source } => Fault::new("file-read", Exit::Usage)
                .with("file", show::path(file))
                .cause(source),
            ConfigError::Shape { file, reason } => Fault::new("config-shape", Exit::Usage)
                .with("file", show::path(file))
                .with("reason", reason.as_str()),
        }
    }
}

impl From<KeyError> for Fault {
    fn from(error: KeyError) -> Fault {
        match error {
            KeyError::Module { module, source } => token::loading(&source, &show::path(&module)),
            KeyError::NoService => Fault::new("no-key-service", Exit::NoService),
            KeyError::None => Fault::new("no-key", Exit::NoKey),
            KeyError::NotPluggedIn { serial } => {
                Fault::new("key-not-plugged-in", Exit::NoKey).with("serial", serial)
            }
            KeyError::Several { keys } => {
                Fault::new("several-keys", Exit::SeveralKeys).with("keys", names(&keys))
            }
            KeyError::Unusable { serial, fault } => unusable(&fault).with("serial", serial),
        }
    }
}

fn unusable(fault: &KeyFault) -> Fault {
    match fault {
        KeyFault::NoCertificate { place } => {
            Fault::new("key-no-certificate", Exit::UnusableKey).with("place", *place)
        }
        KeyFault::Foreign => Fault::new("foreign-key", Exit::ForeignKey),
        KeyFault::Expired { at } => Fault::new("expired-key", Exit::ExpiredKey).with("at", *at),
        KeyFault::NotYetValid { at } => {
            Fault::new("key-not-yet-valid", Exit::Clock).with("at", *at)
        }
        KeyFault::WrongRole { place, wanted } => Fault::new("key-role", Exit::WrongRole)
            .with("place", *place)
            .with("wanted", *wanted),
        KeyFault::OtherKey => Fault::new("key-copied", Exit::UnusableKey),
        KeyFault::Invalid(reason) => {
            Fault::new("key-invalid", Exit::UnusableKey).with("reason", reason.as_str())
        }
    }
}

impl From<PinError> for Fault {
    fn from(error: PinError) -> Fault {
        Fault::new("pin-unreadable", Exit::NoPin).cause(&error)
    }
}

impl From<JournalError> for Fault {
    fn from(error: JournalError) -> Fault {
        match &error {
            JournalError::Damaged { path, .. } => {
                Fault::new("journal-damaged", Exit::Fault).with("file", show::path(path))
            }
            other => Fault::new("journal", Exit::Fault).cause(other),
        }
    }
}
