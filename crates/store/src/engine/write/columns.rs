use crate::database::Type::{self, Bytes, Int, Text};

/// Columns of a table in the order of its rows, with their types.
pub(super) type Columns = &'static [(&'static str, Type)];

pub(super) const ORDERS: Columns = &[
    ("id", Text),
    ("customer", Text),
    ("user_id", Text),
    ("source", Text),
    ("mandate", Text),
    ("creditor_reference", Text),
    ("source_account", Text),
    ("deposit_account", Text),
    ("deposit_minor", Int),
    ("refund_minor", Int),
    ("execute", Text),
    ("currency", Text),
    ("total", Int),
    ("reference", Text),
    ("jws", Text),
    ("digest", Bytes),
    ("accepted", Int),
    ("lapses", Int),
    ("state", Text),
];
pub(super) const ORDER_DECISIONS: Columns = &[
    ("order_id", Text),
    ("position", Int),
    ("user_id", Text),
    ("decision", Text),
    ("jws", Text),
    ("at", Int),
];
pub(super) const MANDATE_REFUSALS: Columns = &[
    ("order_id", Text),
    ("mandate", Text),
    ("ended", Text),
    ("day", Text),
    ("at", Int),
];
pub(super) const DEPOSITS: Columns = &[("account", Text), ("currency", Text), ("balance", Int)];
pub(super) const CREDITS: Columns = &[
    ("reference", Text),
    ("order_id", Text),
    ("amount", Int),
    ("currency", Text),
    ("value", Text),
    ("deposit_account", Text),
    ("deposit_minor", Int),
    ("at", Int),
    ("process", Bytes),
    ("sequence", Int),
];
pub(super) const CREDIT_BILLS: Columns = &[
    ("reference", Text),
    ("position", Int),
    ("bill", Text),
    ("principal", Int),
    ("penalty", Int),
];
pub(super) const UNMATCHED_RECEIPTS: Columns = &[
    ("reference", Text),
    ("amount", Int),
    ("currency", Text),
    ("value", Text),
    ("debtor_name", Text),
    ("debtor_account", Text),
    ("text", Text),
    ("creditor_references", Text),
    ("at", Int),
    ("process", Bytes),
    ("sequence", Int),
];
pub(super) const STANDING_INSTRUCTIONS: Columns = &[
    ("id", Text),
    ("customer", Text),
    ("user_id", Text),
    ("deposit", Text),
    ("most", Int),
    ("keep", Int),
    ("currency", Text),
    ("valid_from", Text),
    ("valid_until", Text),
    ("jws", Text),
    ("digest", Bytes),
    ("at", Int),
];
pub(super) const STANDING_ACCOUNTS: Columns =
    &[("instruction", Text), ("position", Int), ("account", Text)];
pub(super) const STANDING_ENDS: Columns = &[
    ("instruction", Text),
    ("user_id", Text),
    ("jws", Text),
    ("digest", Bytes),
    ("at", Int),
];
pub(super) const APPLICATIONS: Columns = &[
    ("process", Bytes),
    ("sequence", Int),
    ("bill", Text),
    ("instruction", Text),
    ("deposit", Text),
    ("principal", Int),
    ("penalty", Int),
    ("day", Text),
    ("at", Int),
];
pub(super) const ORDER_BILLS: Columns = &[
    ("order_id", Text),
    ("position", Int),
    ("bill", Text),
    ("principal", Int),
    ("penalty", Int),
    ("claimed", Int),
];
pub(super) const ORDER_EVENTS: Columns = &[
    ("order_id", Text),
    ("position", Int),
    ("state", Text),
    ("at", Int),
    ("note", Text),
    ("process", Bytes),
    ("sequence", Int),
];
pub(super) const OUTBOX: Columns = &[
    ("id", Text),
    ("order_id", Text),
    ("return_id", Text),
    ("body", Bytes),
    ("created", Int),
    ("not_before", Int),
    ("leased_until", Int),
    ("attempts", Int),
    ("sent", Int),
];
pub(super) const RECEIPTS: Columns = &[
    ("order_id", Text),
    ("state", Text),
    ("jws", Bytes),
    ("digest", Bytes),
];
pub(super) const BANK_MESSAGES: Columns = &[
    ("number", Int),
    ("kind", Text),
    ("body", Bytes),
    ("at", Int),
];
pub(super) const BANK_LISTED: Columns = &[
    ("message", Int),
    ("position", Int),
    ("reference", Text),
    ("why", Text),
];
pub(super) const BANK_EVENTS: Columns = &[
    ("reference", Text),
    ("order_id", Text),
    ("return_id", Text),
    ("event", Text),
    ("amount", Int),
    ("currency", Text),
    ("note", Text),
    ("at", Int),
    ("outcome", Text),
];
pub(super) const BANK_ALIASES: Columns = &[("alias", Text), ("reference", Text)];
pub(super) const BINDING_STEPS: Columns = &[("sequence", Int), ("jws", Text), ("digest", Bytes)];
pub(super) const CHECKPOINTS: Columns = &[
    ("sequence", Int),
    ("previous", Bytes),
    ("digest", Bytes),
    ("at", Int),
    ("jws", Text),
];
pub(super) const CHECKPOINT_HEADS: Columns = &[
    ("checkpoint", Int),
    ("process", Bytes),
    ("sequence", Int),
    ("link", Bytes),
];
pub(super) const RESOLUTIONS: Columns = &[
    ("id", Text),
    ("item", Text),
    ("manager", Text),
    ("jws", Text),
    ("digest", Bytes),
    ("at", Int),
];
pub(super) const RESOLUTION_DECISIONS: Columns = &[
    ("resolution", Text),
    ("manager", Text),
    ("decision", Text),
    ("jws", Text),
    ("digest", Bytes),
    ("at", Int),
];
pub(super) const RESOLVED_ITEMS: Columns = &[("item", Text), ("resolution", Text)];
pub(super) const RETURNS: Columns = &[
    ("id", Text),
    ("reference", Text),
    ("amount", Int),
    ("currency", Text),
    ("name", Text),
    ("account", Text),
    ("agent", Text),
    ("at", Int),
    ("state", Text),
];
pub(super) const RETURN_EVENTS: Columns = &[
    ("return_id", Text),
    ("position", Int),
    ("state", Text),
    ("at", Int),
    ("note", Text),
    ("process", Bytes),
    ("sequence", Int),
];
pub(super) const CHANGES: Columns = &[
    ("id", Text),
    ("customer", Text),
    ("user_id", Text),
    ("subject", Text),
    ("account", Text),
    ("replaces", Int),
    ("what", Text),
    ("jws", Text),
    ("digest", Bytes),
    ("at", Int),
    ("lapses", Int),
];
pub(super) const CHANGE_DECISIONS: Columns = &[
    ("change_id", Text),
    ("user_id", Text),
    ("decision", Text),
    ("jws", Text),
    ("digest", Bytes),
    ("at", Int),
];
pub(super) const CHANGE_ENDS: Columns = &[
    ("change_id", Text),
    ("state", Text),
    ("version", Int),
    ("at", Int),
    ("process", Bytes),
    ("sequence", Int),
];
pub(super) const OWN_DATA: Columns = &[
    ("customer", Text),
    ("subject", Text),
    ("version", Int),
    ("change_id", Text),
];
pub(super) const ACCOUNT_RIGHTS: Columns =
    &[("user_id", Text), ("account", Text), ("rights", Text)];
pub(super) const TRANSFERS: Columns = &[
    ("process", Bytes),
    ("sequence", Int),
    ("position", Int),
    ("event", Text),
    ("subject", Text),
    ("debit", Text),
    ("credit", Text),
    ("amount", Int),
    ("currency", Text),
    ("at", Int),
];
pub(super) const JOURNAL: Columns = &[
    ("process", Bytes),
    ("sequence", Int),
    ("previous", Bytes),
    ("link", Bytes),
    ("count", Int),
];
