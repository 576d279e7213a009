//! The sample documents that the test vectors of `PROTOCOL.md` hold.
#![allow(
    dead_code,
    reason = "the maker and the checker of the vectors use different parts"
)]

use jiff::Timestamp;
use wattkey_domain::journal::{Entry, FIRST_PREVIOUS, Link, link};
use wattkey_domain::{CreditorReference, Decision};
use wattkey_pki::Digest;
use wattkey_protocol::{
    decision::DecisionDocument,
    order::{DepositPart, Named, Order, OrderBill, Payee, RefundPart, Source, SourceKind},
    receipt::{JournalLink, Receipt, ReceiptBill},
    standing_instruction::{StandingInstruction, Terms},
};

pub(crate) const AUDIENCE: &str = "https://pay.example";
pub(crate) const INSTANCE: &str = "gateway-1.pay.example";
pub(crate) const SERIAL: &str = "4b1d0c2e";

pub(crate) fn now() -> Timestamp {
    "2026-11-22T08:00:00Z".parse().expect("a time")
}

fn later(text: &str) -> Timestamp {
    text.parse().expect("a time")
}

pub(crate) fn order() -> Order {
    Order {
        order: "7d3f0b8e-3a52-4d0c-9a41-6f2b8f0f1c11"
            .parse()
            .expect("an id"),
        audience: AUDIENCE.into(),
        payee: Payee {
            name: "Example Power".into(),
            account: "DE89370400440532013000".into(),
        },
        customer: Named {
            id: "0b7a3c1e-6a0e-4a52-8f7e-1d2c3b4a5968"
                .parse()
                .expect("an id"),
            name: "Example Steel".into(),
        },
        user: user(),
        bills: vec![OrderBill {
            bill: "B-202608-0001".parse().expect("an id"),
            account: "C-0001".parse().expect("an id"),
            period: "2026-08".parse().expect("a month"),
            document: Digest::of(b"bill"),
            principal: 1_234_500,
            penalty: 2_469,
            quote_until: later("2026-11-22T16:00:00Z"),
        }],
        deposit: None,
        refund: None,
        total: 1_236_969,
        currency: "CNY".parse().expect("a currency"),
        source: Source::Mandate {
            mandate: "M-0001".parse().expect("an id"),
            debtor_account: "GB33BUKB20201555555555".into(),
        },
        execute: None,
        reference: "PO 4711".into(),
        created: now(),
        expires: later("2026-11-22T08:15:00Z"),
    }
}

pub(crate) fn user() -> Named<wattkey_domain::UserId> {
    let id = "2f1e0d3c-4b5a-4697-8871-a2b3c4d5e6f7"
        .parse()
        .expect("an id");
    Named {
        id,
        name: "Li Na".into(),
    }
}

/// A part of the bill and a payment into the deposit, by the customer's own transfer.
pub(crate) fn transfer_order() -> Order {
    let mut order = order();
    order.order = "8e4a1c9f-4b63-4e1d-8b52-703c9a1a2d22"
        .parse()
        .expect("an id");
    order.bills[0].principal = 1_000_000;
    order.bills[0].penalty = 2_000;
    order.deposit = Some(DepositPart {
        account: "C-0001".parse().expect("an id"),
        amount: 50_000,
    });
    order.total = 1_052_000;
    order.source = Source::Transfer {
        creditor_reference: CreditorReference::for_order(&order.order)
            .as_str()
            .to_owned(),
    };
    order
}

/// A deposit that is paid out.
pub(crate) fn deposit_order() -> Order {
    let mut order = order();
    order.order = "9f5b2dae-5c74-4f2e-9c63-814dab2b3e33"
        .parse()
        .expect("an id");
    order.bills.clear();
    order.refund = Some(RefundPart {
        mandate: "M-0001".parse().expect("an id"),
        account: "GB33BUKB20201555555555".into(),
        amount: 30_000,
    });
    order.total = 30_000;
    order.source = Source::Deposit {
        account: "C-0001".parse().expect("an id"),
    };
    order
}

pub(crate) fn decision(order_digest: Digest) -> DecisionDocument {
    let id = "3a2b1c0d-5e4f-4768-9907-b1c2d3e4f5a6"
        .parse()
        .expect("an id");
    DecisionDocument {
        order: order().order,
        order_digest,
        audience: AUDIENCE.into(),
        user: Named {
            id,
            name: "Zhao Lei".into(),
        },
        decision: Decision::Approve,
        created: now(),
        expires: later("2026-11-22T08:15:00Z"),
    }
}

pub(crate) fn standing_instruction() -> StandingInstruction {
    StandingInstruction {
        instruction: "5b0c9d3e-1f2a-4b3c-8d4e-5f60718293a4"
            .parse()
            .expect("an id"),
        audience: AUDIENCE.into(),
        customer: order().customer,
        user: user(),
        terms: Some(Terms {
            deposit: "C-0001".parse().expect("an id"),
            accounts: vec![
                "C-0001".parse().expect("an id"),
                "C-0002".parse().expect("an id"),
            ],
            most: Some(5_000_000),
            keep: 0,
            currency: "CNY".parse().expect("a currency"),
            from: "2026-12-01".parse().expect("a date"),
            until: None,
        }),
        created: now(),
        expires: later("2026-11-22T08:15:00Z"),
    }
}

pub(crate) fn receipt(order_digest: Digest) -> Receipt {
    let order = order();
    Receipt {
        order: order.order,
        order_digest,
        audience: AUDIENCE.into(),
        customer: order.customer.id,
        state: wattkey_domain::OrderState::Settled,
        as_of: now(),
        total: order.total,
        currency: order.currency,
        bills: vec![ReceiptBill {
            bill: order.bills[0].bill.clone(),
            principal: order.bills[0].principal,
            penalty: order.bills[0].penalty,
        }],
        deposit: None,
        refund: None,
        source: SourceKind::Mandate,
        reference: order.reference,
        journal: JournalLink {
            sequence: 1,
            link: Digest::of(b"link"),
        },
        supersedes: None,
    }
}

/// The first link of a chain with one transfer.
pub(crate) fn journal() -> Link {
    let entry = Entry {
        debit: "bank".into(),
        credit: "in-transit:7d3f0b8e-3a52-4d0c-9a41-6f2b8f0f1c11".into(),
        amount_minor: 1_236_969,
        currency: "CNY".into(),
        event: "booked".into(),
        subject: "7d3f0b8e-3a52-4d0c-9a41-6f2b8f0f1c11".into(),
        at: now().as_second(),
        document: None,
    };
    let process = "9c2e4f60-0a1b-4c3d-8e5f-60718293a4b5"
        .parse()
        .expect("a UUID");
    link(&FIRST_PREVIOUS, &process, 1, &[entry])
}
