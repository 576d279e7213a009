//! What can happen to the books, at random.

use proptest::prelude::*;
use wattkey_domain::{BankEvent, Decision};

/// A bill of the model: its id, the contract account, total, due day.
pub(crate) struct BillPlan {
    pub(crate) id: &'static str,
    pub(crate) account: usize,
    pub(crate) total: i64,
    pub(crate) due: &'static str,
}

const fn bill(id: &'static str, account: usize, total: i64, due: &'static str) -> BillPlan {
    BillPlan {
        id,
        account,
        total,
        due,
    }
}

pub(crate) const BILLS: [BillPlan; 6] = [
    bill("B-0", 0, 10_000, "2026-08-31"),
    bill("B-1", 0, 777, "2026-12-28"),
    bill("B-2", 0, 1, "2027-01-05"),
    bill("D-3", 1, 5_000_000, "2026-08-31"),
    bill("D-4", 1, 250_000, "2026-12-22"),
    bill("D-5", 1, 99_999, "2027-02-01"),
];
/// So many of them are there from the beginning.
pub(crate) const AT_FIRST: usize = 4;
pub(crate) const ACCOUNTS: [&str; 2] = ["C-1", "C-2"];
/// What the first user may spend in a day, and without another person.
pub(crate) const DAY_LIMIT: i64 = 8_000_000;
pub(crate) const ALONE_LIMIT: i64 = 3_000_000;

/// How much of what is open an order is for.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Part {
    All,
    Half,
    One,
    /// One more than is open.
    TooMuch,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Source {
    Mandate,
    Transfer,
    Deposit(usize),
}

#[derive(Debug, Clone)]
pub(crate) struct OrderPlan {
    pub(crate) user: usize,
    pub(crate) bills: Vec<usize>,
    pub(crate) part: Part,
    pub(crate) source: Source,
    /// Into a deposit: which, how much.
    pub(crate) over: Option<(usize, i64)>,
    /// Days ahead.
    pub(crate) execute: Option<i32>,
    pub(crate) needs_approval: bool,
}

#[derive(Debug, Clone, Copy)]
pub(crate) enum Says {
    Nothing,
    TheTotal,
    AnotherAmount,
}

/// What managers do with an item.
#[derive(Debug, Clone, Copy)]
pub(crate) enum How {
    Note,
    /// A bill gets what it takes, the deposit of its account the rest.
    Match(usize),
    Receive,
    Reject,
    Settle,
    Return,
}

#[derive(Debug, Clone)]
pub(crate) enum Action {
    /// A bill comes.
    Bill(usize),
    Order(OrderPlan),
    /// Two at once.
    Race(OrderPlan, OrderPlan),
    /// Out of a deposit, back to the customer.
    Refund {
        user: usize,
        account: usize,
        minor: i64,
    },
    /// One that was sent before, again.
    Resend {
        order: usize,
    },
    Decide {
        order: usize,
        user: usize,
        decision: Decision,
    },
    Lapse,
    /// The bank says something of an order, perhaps once more.
    Bank {
        order: usize,
        event: BankEvent,
        says: Says,
        reference: u8,
    },
    /// Money comes by itself, with the reference of an order or none.
    Credit {
        order: Option<usize>,
        minor: i64,
        reference: u8,
    },
    Fee {
        minor: i64,
        reference: u8,
    },
    /// The same in another currency than all bills.
    ForeignCredit {
        order: Option<usize>,
        minor: i64,
        reference: u8,
    },
    /// Two managers do something with one of the items that there are.
    Resolve {
        pick: usize,
        how: How,
        confirm: bool,
    },
    PaidElsewhere {
        bill: usize,
        minor: i64,
        reference: u8,
    },
    /// Of what is left of the bill: all or half.
    CreditNote {
        bill: usize,
        half: bool,
        number: u8,
    },
    OpeningBalance {
        account: usize,
        minor: i64,
    },
    /// A message is handed to the bank.
    Send,
    Instruct {
        account: usize,
        most: Option<i64>,
        keep: i64,
    },
    EndInstruction {
        account: usize,
    },
    ApplyDeposits,
    /// All or half of what is open.
    Dispute {
        bill: usize,
        half: bool,
    },
    Withdraw {
        bill: usize,
    },
    /// The last dispute of a bill is answered, with the date of so many days ago.
    Answer {
        bill: usize,
        ago: i32,
    },
    Sleep {
        hours: i64,
    },
    Restart,
}

fn amount() -> impl Strategy<Value = i64> {
    prop_oneof![1_i64..2_000, Just(10_000), 100_000_i64..6_000_000]
}

fn order() -> impl Strategy<Value = OrderPlan> {
    let bills = prop::sample::subsequence((0..BILLS.len()).collect::<Vec<_>>(), 0..=3);
    let part = prop_oneof![
        6 => Just(Part::All), 3 => Just(Part::Half), 1 => Just(Part::One), 1 => Just(Part::TooMuch)
    ];
    let source = prop_oneof![
        6 => Just(Source::Mandate),
        3 => Just(Source::Transfer),
        2 => (0..ACCOUNTS.len()).prop_map(Source::Deposit)
    ];
    let over = prop::option::weighted(0.3, (0..ACCOUNTS.len(), amount()));
    let execute = prop::option::weighted(0.15, 1_i32..20);
    let plan = (
        0_usize..2,
        bills,
        part,
        source,
        over,
        execute,
        prop::bool::weighted(0.2),
    );
    plan.prop_map(
        |(user, bills, part, source, over, execute, needs_approval)| {
            let is = |wanted| source == wanted;
            let over = over.filter(|_| !matches!(source, Source::Deposit(_)));
            OrderPlan {
                user,
                // An order pays something.
                bills: if bills.is_empty() && over.is_none() {
                    vec![0]
                } else {
                    bills
                },
                part,
                source,
                over,
                execute: execute.filter(|_| is(Source::Mandate)),
                needs_approval,
            }
        },
    )
}

pub(crate) fn actions(longest: usize) -> impl Strategy<Value = Vec<Action>> {
    let event = prop::sample::select(BankEvent::ALL.to_vec());
    let says = prop_oneof![
        2 => Just(Says::Nothing), 3 => Just(Says::TheTotal), 1 => Just(Says::AnotherAmount)
    ];
    let decision = prop_oneof![
        3 => Just(Decision::Approve), 1 => Just(Decision::Refuse), 2 => Just(Decision::Cancel)
    ];
    let how = prop_oneof![
        1 => Just(How::Note), 4 => (0..AT_FIRST).prop_map(How::Match), 2 => Just(How::Receive),
        2 => Just(How::Reject), 2 => Just(How::Settle), 1 => Just(How::Return)
    ];
    let which = || 0_usize..8;
    let account = || 0..ACCOUNTS.len();
    let action = prop_oneof![
        1 => (AT_FIRST..BILLS.len()).prop_map(Action::Bill),
        8 => order().prop_map(Action::Order),
        1 => (order(), order()).prop_map(|(one, two)| Action::Race(one, two)),
        1 => (0_usize..2, account(), amount())
            .prop_map(|(user, account, minor)| Action::Refund { user, account, minor }),
        1 => which().prop_map(|order| Action::Resend { order }),
        4 => (which(), 0_usize..2, decision)
            .prop_map(|(order, user, decision)| Action::Decide { order, user, decision }),
        1 => Just(Action::Lapse),
        9 => (which(), event, says, 0_u8..3).prop_map(|(order, event, says, reference)| {
            Action::Bank { order, event, says, reference }
        }),
        4 => (prop::option::weighted(0.8, which()), amount(), 0_u8..40)
            .prop_map(|(order, minor, reference)| Action::Credit { order, minor, reference }),
        1 => (amount(), 0_u8..9).prop_map(|(minor, reference)| Action::Fee { minor, reference }),
        1 => (prop::option::of(which()), amount(), 0_u8..9).prop_map(|(order, minor, reference)| {
            Action::ForeignCredit { order, minor, reference }
        }),
        5 => (any::<usize>(), how, prop::bool::weighted(0.8))
            .prop_map(|(pick, how, confirm)| Action::Resolve { pick, how, confirm }),
        2 => (0..BILLS.len(), amount(), any::<u8>()).prop_map(|(bill, minor, reference)| {
            Action::PaidElsewhere { bill, minor, reference }
        }),
        1 => (0..BILLS.len(), any::<bool>(), any::<u8>()).prop_map(|(bill, half, number)| {
            Action::CreditNote { bill, half, number }
        }),
        2 => (0..AT_FIRST, any::<bool>()).prop_map(|(bill, half)| Action::Dispute { bill, half }),
        1 => (0..AT_FIRST).prop_map(|bill| Action::Withdraw { bill }),
        1 => (0..AT_FIRST, 0_i32..3).prop_map(|(bill, ago)| Action::Answer { bill, ago }),
        1 => (account(), amount())
            .prop_map(|(account, minor)| Action::OpeningBalance { account, minor }),
        3 => Just(Action::Send),
        1 => (account(), prop::option::of(1_000_i64..400_000), 0_i64..5_000)
            .prop_map(|(account, most, keep)| Action::Instruct { account, most, keep }),
        1 => account().prop_map(|account| Action::EndInstruction { account }),
        2 => Just(Action::ApplyDeposits),
        3 => prop_oneof![1_i64..30, 60_i64..240, Just(24 * 61)]
            .prop_map(|hours| Action::Sleep { hours }),
        1 => Just(Action::Restart),
    ];
    prop::collection::vec(action, 1..longest)
}
