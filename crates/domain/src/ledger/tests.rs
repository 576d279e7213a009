use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;
use crate::OrderState::{
    Accepted, AwaitingApproval, Cancelled, Lapsed, Refused, Rejected, Returned, Settled, Submitted,
};
use crate::{Currency, MAX_MINOR, MoneyError, OrderState};

const ORDER: OrderId = OrderId::from_uuid(uuid::Uuid::from_u128(0x50c9_9710));
const NOW: Timestamp = Timestamp::UNIX_EPOCH;
const ORDER_TEXT: &str = "00000000-0000-0000-0000-000050c99710";

fn cny(minor: i64) -> Money {
    Money::new(minor, Currency::CNY).unwrap()
}

fn paid(bill: &str, principal: i64, penalty: i64) -> OrderBill {
    OrderBill {
        bill: bill.parse().unwrap(),
        principal: cny(principal),
        penalty: cny(penalty),
    }
}

fn order(funds: Funds, bills: &[OrderBill]) -> OrderMoney {
    OrderMoney {
        order: ORDER,
        currency: Currency::CNY,
        bills: bills.to_vec(),
        deposit: None,
        refund: None,
        funds,
    }
}

fn part(minor: i64) -> DepositPart {
    DepositPart {
        account: "C-1".parse().unwrap(),
        amount: cny(minor),
    }
}

/// All that an order posts on its way through states.
fn way(money: &OrderMoney, states: &[OrderState]) -> Vec<Posting> {
    let mut before = None;
    let mut all = Vec::new();
    for state in states {
        all.extend(money.entering(before, *state, NOW).unwrap());
        before = Some(*state);
    }
    all
}

/// Postings as lines: event, debit, credit, amount; the order's id as `ORDER`.
fn table(postings: &[Posting]) -> String {
    let lines = postings.iter().flat_map(|posting| {
        posting.transfers.iter().map(move |transfer| {
            let Transfer {
                debit,
                credit,
                amount,
            } = transfer;
            format!(
                "{} | {debit} | {credit} | {}",
                posting.event,
                amount.minor()
            )
        })
    });
    lines
        .collect::<Vec<_>>()
        .join("\n")
        .replace(ORDER_TEXT, "ORDER")
}

fn lines(text: &str) -> String {
    text.trim()
        .lines()
        .map(str::trim)
        .collect::<Vec<_>>()
        .join("\n")
}

#[test]
fn a_bill_is_split() {
    let parts = Bill {
        bill: "B-1".parse().unwrap(),
        revenue: cny(1_000),
        tax: cny(130),
        levies: cny(20),
        document: [7; 32],
    };
    let posting = bill(&parts, Timestamp::UNIX_EPOCH).unwrap();
    assert_eq!(posting.document, Some([7; 32]));
    assert_eq!(posting.subject.to_string(), "B-1");
    assert_eq!(
        table(&[posting]),
        lines(
            "bill | receivable:B-1 | revenue | 1000
             bill | receivable:B-1 | tax-payable | 130
             bill | receivable:B-1 | levies-payable | 20"
        )
    );
}

#[test]
fn the_life_of_a_collection() {
    let bills = [paid("B-1", 1_000, 30), paid("B-2", 500, 0)];
    let money = order(Funds::Mandate, &bills);
    let taken_in = "penalty-fixed | receivable:B-1 | penalty | 30
         order-accepted | in-transit:ORDER | receivable:B-1 | 1030
         order-accepted | in-transit:ORDER | receivable:B-2 | 500";
    assert_eq!(table(&way(&money, &[Accepted, Submitted])), lines(taken_in));
    // Approved, it is claimed already.
    assert_eq!(
        table(&way(&money, &[AwaitingApproval, Accepted, Submitted])),
        lines(&taken_in.replace("order-accepted", "order-taken-in"))
    );
    let entering = |from, to| table(&money.entering(Some(from), to, NOW).unwrap());
    assert_eq!(
        entering(Submitted, Settled),
        "booked | bank | in-transit:ORDER | 1530"
    );
    for (from, to) in [
        (Accepted, Rejected),
        (Submitted, Rejected),
        (AwaitingApproval, Rejected),
        (AwaitingApproval, Refused),
        (AwaitingApproval, Cancelled),
        (Accepted, Cancelled),
        (AwaitingApproval, Lapsed),
    ] {
        assert_eq!(
            entering(from, to),
            lines(&format!(
                "{to} | receivable:B-1 | in-transit:ORDER | 1030
                 {to} | receivable:B-2 | in-transit:ORDER | 500
                 penalty-taken-back | penalty | receivable:B-1 | 30"
            ))
        );
    }
    assert_eq!(
        entering(Settled, Returned),
        lines(
            "returned | receivable:B-1 | bank | 1030
             returned | receivable:B-2 | bank | 500
             penalty-taken-back | penalty | receivable:B-1 | 30"
        )
    );
}

#[test]
fn a_collection_that_fills_a_deposit_and_is_returned() {
    let mut money = order(Funds::Mandate, &[paid("B-1", 1_000, 0)]);
    money.deposit = Some(part(70));
    assert_eq!(money.total(), Ok(cny(1_070)));
    assert_eq!(
        table(&way(&money, &[Accepted, Settled, Returned])),
        lines(
            "order-accepted | in-transit:ORDER | receivable:B-1 | 1000
             booked | bank | in-transit:ORDER | 1000
             overpaid | bank | deposit:C-1 | 70
             returned | receivable:B-1 | bank | 1000
             returned | deposit:C-1 | bank | 70"
        )
    );
    money.bills.clear();
    assert_eq!(
        table(&way(
            &money,
            &[AwaitingApproval, Accepted, Submitted, Settled]
        )),
        "overpaid | bank | deposit:C-1 | 70"
    );
    assert_eq!(table(&way(&money, &[Accepted, Rejected])), "");
}

#[test]
fn paid_from_a_deposit() {
    let money = order(
        Funds::Deposit("C-1".parse().unwrap()),
        &[paid("B-1", 1_000, 30), paid("B-2", 5, 0)],
    );
    assert_eq!(
        table(&way(&money, &[Accepted, Settled])),
        lines(
            "penalty-fixed | receivable:B-1 | penalty | 30
             order-accepted | in-transit:ORDER | receivable:B-1 | 1030
             order-accepted | in-transit:ORDER | receivable:B-2 | 5
             deposit-applied | deposit:C-1 | in-transit:ORDER | 1035"
        )
    );
    assert!(!money.goes_to_bank() && money.claims());
}

#[test]
fn the_life_of_a_refund() {
    let mut money = order(Funds::Deposit("C-1".parse().unwrap()), &[]);
    money.refund = Some(cny(400));
    assert!(money.goes_to_bank());
    assert_eq!(
        table(&way(
            &money,
            &[AwaitingApproval, Accepted, Submitted, Settled, Returned]
        )),
        lines(
            "refund-ordered | deposit:C-1 | refunds-payable | 400
             refund-paid | refunds-payable | bank | 400
             returned | bank | refunds-payable | 400
             returned | refunds-payable | deposit:C-1 | 400"
        )
    );
    for end in [Rejected, Cancelled] {
        assert_eq!(
            table(&way(&money, &[Accepted, end])),
            lines(&format!(
                "refund-ordered | deposit:C-1 | refunds-payable | 400
                 {end} | refunds-payable | deposit:C-1 | 400"
            ))
        );
    }
    // What was never approved has not left the deposit.
    for end in [Refused, Cancelled, Lapsed, Rejected] {
        assert_eq!(table(&way(&money, &[AwaitingApproval, end])), "");
    }
}

#[test]
fn a_transfer_posts_by_its_credits() {
    let mut money = order(Funds::Transfer, &[paid("B-1", 1_000, 30)]);
    money.deposit = Some(part(5));
    assert!(!money.claims() && !money.goes_to_bank());
    assert_eq!(table(&way(&money, &[Accepted, Cancelled, Settled])), "");
    let credit = credit_matched(ORDER, &money.bills, money.deposit.as_ref(), NOW).unwrap();
    assert_eq!(
        table(&credit),
        lines(
            "penalty-fixed | receivable:B-1 | penalty | 30
             credit-matched | bank | receivable:B-1 | 1030
             overpaid | bank | deposit:C-1 | 5"
        )
    );
    let only_over = credit_matched(ORDER, &[], Some(&part(5)), NOW).unwrap();
    assert_eq!(table(&only_over), "overpaid | bank | deposit:C-1 | 5");
    assert_eq!(
        credit_matched(ORDER, &[], None, NOW),
        Err(PostingError::Empty)
    );
    assert_eq!(
        credit_matched(ORDER, &[paid("B-1", 0, 0)], Some(&part(0)), NOW),
        Err(PostingError::Empty)
    );
}

#[test]
fn what_is_about_no_order() {
    let bill = paid("B-1", 900, 9);
    let account = "C-1".parse().unwrap();
    let tables = [
        table(&deposit_applied(&bill, &account, NOW).unwrap()),
        table(&[unmatched_receipt("camt:1", cny(50), NOW).unwrap()]),
        table(&receipt_matched("camt:1", &[paid("B-1", 40, 0)], Some(&part(10)), NOW).unwrap()),
        table(&[bank_fee("camt:2", cny(3), NOW).unwrap()]),
        table(&[opening_balance(&part(77), NOW).unwrap()]),
    ];
    assert_eq!(
        tables.join("\n"),
        lines(
            "penalty-fixed | receivable:B-1 | penalty | 9
             deposit-applied | deposit:C-1 | receivable:B-1 | 909
             unmatched-receipt | bank | unmatched | 50
             receipt-matched | unmatched | receivable:B-1 | 40
             overpaid | unmatched | deposit:C-1 | 10
             bank-fee | bank-charges | bank | 3
             opening-balance | opening-balances | deposit:C-1 | 77"
        )
    );
    let fee = bank_fee("camt:2", cny(3), NOW).unwrap();
    assert_eq!(fee.subject.to_string(), "bank:camt:2");
    let opening = opening_balance(&part(77), NOW).unwrap();
    assert_eq!(opening.subject.to_string(), "deposit:C-1");
    let nothing = [
        unmatched_receipt("camt:1", cny(0), NOW),
        bank_fee("camt:1", cny(0), NOW),
        opening_balance(&part(0), NOW),
    ];
    for nothing in nothing {
        assert_eq!(nothing, Err(PostingError::Empty));
    }
}

#[test]
fn a_credit_note_lowers_what_is_open_and_fills_the_deposit() {
    let note = CreditNote {
        bill: "B-1".parse().unwrap(),
        revenue: cny(100),
        tax: cny(13),
        levies: cny(2),
    };
    let posted = |over: Option<i64>| {
        let over = over.map(part);
        credit_note(&note, over.as_ref(), NOW).map(|posting| table(&[posting]))
    };
    assert_eq!(
        posted(None).unwrap(),
        lines(
            "credit-note | revenue | receivable:B-1 | 100
             credit-note | tax-payable | receivable:B-1 | 13
             credit-note | levies-payable | receivable:B-1 | 2"
        )
    );
    // 105 are open.
    assert_eq!(
        posted(Some(10)).unwrap(),
        lines(
            "credit-note | revenue | receivable:B-1 | 100
             credit-note | tax-payable | receivable:B-1 | 5
             credit-note | tax-payable | deposit:C-1 | 8
             credit-note | levies-payable | deposit:C-1 | 2"
        )
    );
    assert_eq!(
        posted(Some(115)).unwrap(),
        lines(
            "credit-note | revenue | deposit:C-1 | 100
             credit-note | tax-payable | deposit:C-1 | 13
             credit-note | levies-payable | deposit:C-1 | 2"
        )
    );
    assert!(matches!(
        posted(Some(116)),
        Err(PostingError::Money(MoneyError::Negative(-1)))
    ));
}

#[test]
fn paid_over_the_counter() {
    let bill = "B-1".parse().unwrap();
    let posting = paid_elsewhere(&bill, cny(700), None, NOW).unwrap();
    assert_eq!(
        table(&[posting]),
        "paid-elsewhere | other-channels | receivable:B-1 | 700"
    );
    let posting = paid_elsewhere(&bill, cny(0), Some(&part(700)), NOW).unwrap();
    assert_eq!(
        table(&[posting]),
        "paid-elsewhere | other-channels | deposit:C-1 | 700"
    );
    assert_eq!(
        paid_elsewhere(&bill, cny(0), None, NOW),
        Err(PostingError::Empty)
    );
}

#[test]
fn what_cannot_be_posted() {
    let accepted = |bills: &[OrderBill]| order(Funds::Mandate, bills).entering(None, Accepted, NOW);
    assert_eq!(accepted(&[]), Err(PostingError::Empty));
    assert_eq!(accepted(&[paid("B-1", 0, 0)]), Err(PostingError::Empty));
    let booked = order(Funds::Mandate, &[paid("B-1", 0, 0)]);
    assert_eq!(
        booked.entering(Some(Accepted), Settled, NOW),
        Err(PostingError::Empty)
    );
    let overflow = Err(PostingError::Money(MoneyError::Overflow));
    let over = [paid("B-1", MAX_MINOR, 0), paid("B-2", 1, 0)];
    assert_eq!(accepted(&over), overflow);
    assert_eq!(accepted(&[paid("B-1", MAX_MINOR, 1)]), overflow);
    let mut deposit = order(Funds::Mandate, &[paid("B-1", MAX_MINOR, 0)]);
    deposit.deposit = Some(part(1));
    assert_eq!(deposit.entering(None, Accepted, NOW), overflow);
    let mut mixed = [paid("B-1", 1, 0), paid("B-2", 1, 0)];
    mixed[1].principal = Money::new(1, Currency::EUR).unwrap();
    assert!(matches!(
        accepted(&mixed),
        Err(PostingError::Money(MoneyError::Currencies { .. }))
    ));
}

#[test]
fn account_texts_are_read_back() {
    let accounts = [
        LedgerAccount::Receivable("B-1".parse().unwrap()),
        LedgerAccount::Revenue,
        LedgerAccount::TaxPayable,
        LedgerAccount::LeviesPayable,
        LedgerAccount::Penalty,
        LedgerAccount::InTransit(ORDER),
        LedgerAccount::Bank,
        LedgerAccount::OtherChannels,
        LedgerAccount::Deposit("C-1".parse().unwrap()),
        LedgerAccount::RefundsPayable,
        LedgerAccount::Unmatched,
        LedgerAccount::BankCharges,
        LedgerAccount::OpeningBalances,
    ];
    for account in accounts {
        assert_eq!(account.to_string().parse(), Ok(account));
    }
    for text in [
        "",
        "cash",
        "receivable:",
        "receivable:a b",
        "in-transit:x",
        "deposit:",
        "deposit:a b",
        "Bank",
    ] {
        assert!(text.parse::<LedgerAccount>().is_err(), "{text}");
    }
    for event in Event::ALL {
        assert_eq!(event.as_str().parse(), Ok(event));
    }
}

fn balances(postings: &[Posting]) -> BTreeMap<String, i64> {
    let mut balances = BTreeMap::new();
    for transfer in postings.iter().flat_map(|posting| &posting.transfers) {
        *balances.entry(transfer.debit.to_string()).or_default() += transfer.amount.minor();
        *balances.entry(transfer.credit.to_string()).or_default() -= transfer.amount.minor();
    }
    balances.retain(|_, balance| *balance != 0);
    balances
}

proptest! {
    /// However an order ends, all accounts sum to zero; rejected, cancelled or returned, it is as
    /// if it had never been.
    #[test]
    fn the_books_are_even(
        amounts in prop::collection::vec((1_i64..1_000_000_000, 0_i64..1_000_000), 1..20),
        over in prop::option::of(1_i64..1_000_000),
        refunds in any::<bool>(),
        from_deposit in any::<bool>(),
        awaits in any::<bool>(),
    ) {
        let bills: Vec<_> = (0..).zip(&amounts)
            .map(|(n, (principal, penalty))| paid(&format!("B-{n}"), *principal, *penalty))
            .collect();
        let mut money = order(Funds::Mandate, &bills);
        money.deposit = over.map(part);
        if from_deposit || refunds {
            money.funds = Funds::Deposit("C-1".parse().unwrap());
            money.deposit = None;
        }
        if refunds {
            money.bills.clear();
            money.refund = Some(cny(amounts[0].0));
        }
        let mut start = vec![Accepted];
        if awaits {
            start.insert(0, AwaitingApproval);
        }
        let ways: &[&[OrderState]] = if from_deposit && !refunds {
            &[&[Rejected], &[Cancelled]]
        } else {
            &[&[Rejected], &[Cancelled], &[Submitted, Rejected], &[Settled, Returned]]
        };
        for end in ways {
            let states = [&start[..], *end].concat();
            prop_assert!(balances(&way(&money, &states)).is_empty(), "{states:?}");
        }
        for end in [Refused, Cancelled, Lapsed, Rejected] {
            prop_assert!(balances(&way(&money, &[AwaitingApproval, end])).is_empty());
        }
        let settled = [&start[..], &[Settled]].concat();
        prop_assert_eq!(balances(&way(&money, &settled)).values().sum::<i64>(), 0);
    }
}
