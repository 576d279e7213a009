//! Records that the tests hand in.

use serde_json::{Value, json};
use wattkey_pki::b64u;

use crate::tests::world::{STEEL, bill as bill_of, customer};

/// A new bill of the steelworks' account C-1.
pub(super) fn bill(id: &str, total: i64) -> Value {
    let dates = ["2026-08-01", "2026-09-20"];
    bill_of(id, "C-1", customer(STEEL), "2026-07", dates, "CNY", total)
}

pub(super) fn payment(bill: &str, amount: i64, reference: &str) -> Value {
    json!({"type": "payment", "bill": bill, "amount": amount, "currency": "CNY",
        "paid": "2026-08-20", "channel": "counter", "reference": reference})
}

pub(super) fn credit_note(id: &str, bill: &str, parts: [i64; 3]) -> Value {
    json!({"type": "credit-note", "id": id, "bill": bill, "issued": "2026-08-25", "currency": "CNY",
        "revenue": parts[0], "tax": parts[1], "levies": parts[2], "reason": "meter read again"})
}

pub(super) fn opening_balance(account: &str, amount: i64) -> Value {
    json!({"type": "opening-balance", "account": account, "amount": amount, "currency": "CNY",
        "as_of": "2026-08-01"})
}

/// A bill whose document is some twenty thousand bytes long.
pub(super) fn large_bill(id: &str) -> Value {
    let line = json!({"kind": "energy", "text": {"en": "E".repeat(200), "zh": "电".repeat(100)},
        "amount": 1});
    let document = json!({
        "bill": id, "account": "C-1", "customer": customer(STEEL), "period": "2026-07",
        "currency": "CNY", "issued": "2026-08-01", "due": "2026-09-20", "lines": vec![line; 40],
        "total": 40, "revenue": 40, "tax": 0, "levies": 0,
    });
    json!({"type": "bill", "document": b64u::encode(document.to_string().as_bytes())})
}
