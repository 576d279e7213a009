//! Fuzz targets: one for every decoder of bytes from outside.
//!
//! A [`Target`] takes bytes, gives them to a decoder, and checks what must hold of whatever the
//! decoder took: that it can be written and read again, that its sums fit, that a signature over it
//! verifies. A panic is a finding. The same functions run in two ways:
//!
//! - `cargo nextest run -p wattkey-fuzz`, on stable: the corpus, and a bounded number of mutations of
//!   it that are the same in every run;
//! - `cargo +nightly fuzz run --fuzz-dir crates/fuzz --features libfuzzer TARGET`: libFuzzer, guided
//!   by coverage, for as long as one likes.
//!
//! `corpus/TARGET/` holds the seeds. The name says what must become of them: `ok-…` is read, `bad-…`
//! is refused; other names, such as libFuzzer's, may be either. `cargo run -p wattkey-fuzz --example
//! seeds` writes those that need keys or encoders. A finding goes there too, with its fix.
//!
//! Documents that travel signed are fuzzed beneath their signature: the target signs the bytes it is
//! given, so that mutations reach the document's reader and do not all end at the signature.

mod bank;
mod client;
mod document;
mod files;
pub mod fixtures;
mod mutate;
mod pki;
mod protocol;
mod resolution;
mod seal;
mod tariff;
mod token;
mod usage;

pub use bank::collection_message;
pub use mutate::Mutator;

/// What became of the bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// The decoder took them.
    Read,
    /// The decoder refused them.
    Refused,
}

impl Outcome {
    fn of<T, E>(result: &Result<T, E>) -> Self {
        match result {
            Ok(_) => Self::Read,
            Err(_) => Self::Refused,
        }
    }
}

/// A decoder with its checks.
#[derive(Debug, Clone, Copy)]
pub struct Target {
    /// Names the folder of its corpus and its libFuzzer program.
    pub name: &'static str,
    /// Decodes and checks; panics when a check fails.
    pub run: fn(&[u8]) -> Outcome,
}

macro_rules! targets {
    ($($module:ident: $($name:ident),+;)+) => {
        /// All targets.
        pub const TARGETS: &[Target] = &[
            $($(Target { name: stringify!($name), run: $module::$name },)+)+
        ];
    };
}

targets! {
    seal: capsule, capsule_answer, key_list, http_request, http_response;
    pki: certificate, crl, signature_der, public_key, jwk, jws_compact, jws_general;
    protocol: session_statement, signed_request, key_configuration, order, decision, standing_instruction, change, change_decision, dispute, notice, notice_acknowledgement, receipt,
        binding_step, problem, field_values, api;
    bank: pain002, camt054, camt053, bank_message, creditor_reference, banking_days, collection, collection_names, bill_document, import_record, amount;
    tariff: tariff, metered;
    usage: schedule, green_button, load_csv;
    files: import_header, export_header, export_line, file_signature, file_acknowledgement, file_announcement;
    document: pdf_attachment, receipt_code;
    resolution: resolution, resolution_decision, reconciliation;
    client: order_file;
    token: module_hello, module_request, module_reply, card_holder_identifier;
}

/// Runs the target `name`.
///
/// # Panics
/// When there is none of that name, or when it has found something.
pub fn run(name: &str, bytes: &[u8]) -> Outcome {
    let target = TARGETS.iter().find(|target| target.name == name);
    (target.expect("a target of this name").run)(bytes)
}
