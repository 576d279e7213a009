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
    resolution::{Action, Allocation, ItemView, ResolutionDecision, Verdict},
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

pub(crate) use wattkey_protocol::resolution::Resolution;

/// What the bank said, as PROTOCOL.md's example of an item's digest has it.
fn item() -> ItemView {
    ItemView {
        item: "receipt:camt:DE1|E1|+CNY1000||1"
            .parse()
            .expect("well formed"),
        at: "2026-11-22T07:00:00Z".parse().expect("well formed"),
        amount: Some(1_000),
        currency: Some("CNY".parse().expect("well formed")),
        value: Some("2026-11-21".parse().expect("well formed")),
        debtor: Some("Example Steel".to_owned()),
        debtor_account: Some("6222000000000001".to_owned()),
        text: Some("for August".to_owned()),
        order: None,
        why: "no order waits for it".to_owned(),
    }
}

fn manager(name: &str, id: u128) -> Named<wattkey_domain::UserId> {
    Named {
        id: wattkey_domain::UserId::from_uuid(uuid::Uuid::from_u128(id)),
        name: name.to_owned(),
    }
}

/// Money that came in pays a bill, and what is left goes into a deposit.
pub(crate) fn resolution() -> Resolution {
    let item = item();
    Resolution {
        resolution: "4c1d2e3f-5a6b-4c7d-8e9f-0a1b2c3d4e5f"
            .parse()
            .expect("well formed"),
        audience: AUDIENCE.to_owned(),
        item_digest: item.digest(),
        item: item.item,
        action: Action::Match,
        allocations: vec![Allocation {
            bill: "B-202608-0001".parse().expect("well formed"),
            principal: 900,
            penalty: 10,
        }],
        deposit: Some(wattkey_protocol::resolution::DepositPart {
            account: "C-0001".parse().expect("well formed"),
            amount: 90,
        }),
        to: None,
        reason: String::new(),
        manager: manager("Wang Fang", 0xd1),
        created: now(),
    }
}

/// The bank does not take an order.
pub(crate) fn order_resolution() -> Resolution {
    let order = order().order;
    let item = ItemView {
        item: wattkey_domain::Item::Order(order),
        amount: Some(1_236_969),
        value: None,
        debtor: None,
        debtor_account: None,
        text: Some("PO 4711".to_owned()),
        order: Some(order),
        why: "the order is accepted".to_owned(),
        ..item()
    };
    Resolution {
        resolution: "5d2e3f40-6b7c-4d8e-9f0a-1b2c3d4e5f60"
            .parse()
            .expect("well formed"),
        item_digest: item.digest(),
        item: item.item,
        action: Action::OrderRejected,
        allocations: Vec::new(),
        deposit: None,
        reason: "the bank refuses the message".to_owned(),
        ..resolution()
    }
}

/// Money goes back to whoever paid it.
pub(crate) fn return_resolution() -> Resolution {
    Resolution {
        resolution: "6e3f4051-7c8d-4e9f-8a1b-2c3d4e5f6071"
            .parse()
            .expect("well formed"),
        action: Action::Return,
        allocations: Vec::new(),
        deposit: None,
        to: Some(wattkey_protocol::resolution::Recipient {
            name: "Example Steel".to_owned(),
            account: "6222000000000001".to_owned(),
            agent: "102100099996".to_owned(),
        }),
        reason: "nobody is owed it".to_owned(),
        ..resolution()
    }
}

/// A second manager's word on it.
pub(crate) fn resolution_decision(digest: Digest) -> ResolutionDecision {
    ResolutionDecision {
        resolution: resolution().resolution,
        resolution_digest: digest,
        audience: AUDIENCE.to_owned(),
        manager: manager("Sun Li", 0xd2),
        decision: Verdict::Confirm,
        created: now(),
    }
}

pub(crate) fn dispute() -> wattkey_protocol::dispute::Dispute {
    wattkey_protocol::dispute::Dispute {
        dispute: "6c1d0e4f-2a3b-4c5d-8e6f-708192a3b4c5"
            .parse()
            .expect("an id"),
        audience: AUDIENCE.into(),
        customer: order().customer,
        user: user(),
        terms: Some(wattkey_protocol::dispute::Terms {
            bill: "B-202608-0001".parse().expect("an id"),
            document: Digest::of(b"bill"),
            line: Some(3),
            amount: 120_000,
            currency: "CNY".parse().expect("a currency"),
            reason: wattkey_domain::DisputeReason::Quantity,
            text: "The meter stood from the 3rd to the 5th.".into(),
        }),
        created: now(),
        expires: later("2026-11-22T08:15:00Z"),
    }
}

pub(crate) fn withdrawal() -> wattkey_protocol::dispute::Dispute {
    wattkey_protocol::dispute::Dispute {
        terms: None,
        ..dispute()
    }
}

pub(crate) fn notice() -> wattkey_protocol::notice::NoticeDocument {
    wattkey_protocol::notice::NoticeDocument {
        notice: "7d2e1f50-3b4c-4d5e-8f60-8192a3b4c5d6"
            .parse()
            .expect("an id"),
        audience: AUDIENCE.into(),
        customer: order().customer,
        account: "C-0001".parse().expect("an id"),
        kind: wattkey_domain::arrears::notice::NoticeKind::CutOff,
        bills: vec![wattkey_protocol::notice::NoticeBill {
            bill: "B-202608-0001".parse().expect("an id"),
            due: "2026-10-15".parse().expect("a date"),
            open: 1_234_500,
            penalty: 2_469,
        }],
        total: 1_236_969,
        currency: "CNY".parse().expect("a currency"),
        served: now(),
        cut_off: Some(later("2026-12-20T01:00:00Z")),
    }
}

pub(crate) fn acknowledgement(notice_digest: Digest) -> wattkey_protocol::notice::Acknowledgement {
    wattkey_protocol::notice::Acknowledgement {
        notice: notice().notice,
        notice_digest,
        audience: AUDIENCE.into(),
        customer: order().customer,
        user: user(),
        created: now(),
        expires: later("2026-11-22T08:15:00Z"),
    }
}

/// A customer's contacts.
pub(crate) fn change() -> wattkey_protocol::change::Change {
    use wattkey_protocol::change::{Change, Contact, ContactRole, Language, What};

    let contact = Contact {
        name: "王芳".to_owned(),
        role: ContactRole::Billing,
        phone: Some("+86 21 5555 0100".to_owned()),
        email: None,
        language: Language::Zh,
    };
    Change {
        change: "6c1d0e4f-2a3b-4c4d-9e5f-607182930415"
            .parse()
            .expect("an id"),
        audience: AUDIENCE.into(),
        customer: order().customer,
        user: user(),
        replaces: 3,
        what: What::Contacts {
            contacts: vec![contact],
        },
        created: now(),
        expires: later("2026-11-22T08:15:00Z"),
    }
}

/// What a user may do on a contract account.
pub(crate) fn rights_change() -> wattkey_protocol::change::Change {
    use wattkey_domain::Right;

    let mut change = change();
    change.change = "7d2e1f50-3b4c-4d5e-8f60-718293041526"
        .parse()
        .expect("an id");
    change.replaces = 0;
    change.what = wattkey_protocol::change::What::Rights {
        user: "4b3c2d1e-6f50-4879-8018-c2d3e4f5a6b7"
            .parse()
            .expect("an id"),
        account: "C-0001".parse().expect("an id"),
        rights: Some([Right::View, Right::Prepare].into_iter().collect()),
    };
    change
}

/// Another person approves it.
pub(crate) fn change_decision(change_digest: Digest) -> wattkey_protocol::change::ChangeDecision {
    wattkey_protocol::change::ChangeDecision {
        change: rights_change().change,
        change_digest,
        audience: AUDIENCE.into(),
        user: decision(change_digest).user,
        decision: Decision::Approve,
        created: now(),
        expires: later("2026-11-22T08:15:00Z"),
    }
}
