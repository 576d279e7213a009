//! A signed order, as a journal keeps it.

use wattkey_pki::{Digest, MemorySigner};
use wattkey_protocol::order::{Draft, Named, Order, OrderBill, Payee, SignedOrder, Source};

/// Signed by nobody whom anyone knows.
pub(crate) fn signed(bill: &str) -> SignedOrder {
    let key = MemorySigner::generate();
    Draft::new(&document(bill))
        .unwrap()
        .sign(&key, Digest::of(b"certificate"))
        .unwrap()
}

pub(crate) fn document(bill: &str) -> Order {
    let time = |text: &str| text.parse().unwrap();
    Order {
        order: "7d3f0b8e-3a52-4d0c-9a41-6f2b8f0f1c11".parse().unwrap(),
        audience: "https://pay.example".into(),
        payee: Payee {
            name: "Example Power".into(),
            account: "DE89370400440532013000".into(),
        },
        customer: Named {
            id: "0b7a3c1e-6a0e-4a52-8f7e-1d2c3b4a5968".parse().unwrap(),
            name: "Example Steel".into(),
        },
        user: Named {
            id: "2f1e0d3c-4b5a-4697-8871-a2b3c4d5e6f7".parse().unwrap(),
            name: "Li Na".into(),
        },
        bills: vec![OrderBill {
            bill: bill.parse().unwrap(),
            account: "C-0001".parse().unwrap(),
            period: "2026-08".parse().unwrap(),
            document: Digest::of(b"bill"),
            principal: 1_234_500,
            penalty: 2_469,
            quote_until: time("2026-11-22T16:00:00Z"),
        }],
        deposit: None,
        refund: None,
        total: 1_236_969,
        currency: "CNY".parse().unwrap(),
        source: Source::Mandate {
            mandate: "M-0001".parse().unwrap(),
            debtor_account: "GB33BUKB20201555555555".into(),
        },
        execute: None,
        reference: String::new(),
        created: time("2026-11-22T08:00:00Z"),
        expires: time("2026-11-22T08:15:00Z"),
    }
}
