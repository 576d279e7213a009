use crate::database::Type::{self, Bytes, Int, Text};

/// Columns of a table in the order of its rows, with their types.
pub(super) type Columns = &'static [(&'static str, Type)];

pub(super) const ORDERS: Columns = &[
    ("id", Text),
    ("customer", Text),
    ("user_id", Text),
    ("mandate", Text),
    ("currency", Text),
    ("total", Int),
    ("reference", Text),
    ("jws", Text),
    ("digest", Bytes),
    ("accepted", Int),
    ("state", Text),
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
    ("body", Bytes),
    ("created", Int),
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
