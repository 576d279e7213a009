//! Random lives of orders against a model that keeps two numbers a bill.

use std::collections::BTreeMap;

use crate::world::{World, order_id};
use proptest::prelude::*;
use wattkey_domain::{BankEvent, OrderState, Transition};
use wattkey_store::{AcceptOutcome, BankEventOutcome, BankReport};

const BILLS: [&str; 4] = ["B-0", "B-1", "B-2", "B-3"];
const TOTALS: [i64; 4] = [10_000, 777, 1, 5_000_000];
const FIRST_DAY: &str = "2026-12-20";

#[derive(Debug, Clone)]
enum Action {
    /// A new order for some bills.
    Accept { bills: Vec<usize> },
    /// Two orders for overlapping bills at once.
    Race { bills: Vec<usize> },
    /// An order that was sent before, again.
    Resend { order: usize },
    /// The bank says something of an order, perhaps a second time.
    Bank {
        order: usize,
        event: BankEvent,
        reference: u8,
    },
    /// A night passes.
    Sleep { days: i32 },
    /// The process stops and starts.
    Restart,
}

#[derive(Debug, Clone)]
struct Known {
    bills: Vec<usize>,
    state: OrderState,
    total: i64,
}

#[derive(Debug, Default)]
struct Model {
    orders: Vec<Known>,
    reports: BTreeMap<String, ()>,
    bank: i64,
}

impl Model {
    fn holder(&self, bill: usize) -> Option<usize> {
        self.orders
            .iter()
            .position(|order| order.state.holds_claims() && order.bills.contains(&bill))
    }

    fn is_paid(&self, bill: usize) -> bool {
        let mut orders = self.orders.iter();
        orders.any(|order| order.state == OrderState::Settled && order.bills.contains(&bill))
    }

    fn can_be_accepted(&self, bills: &[usize]) -> bool {
        bills
            .iter()
            .all(|bill| self.holder(*bill).is_none() && !self.is_paid(*bill))
    }

    fn open(&self, bill: usize) -> i64 {
        if self.holder(bill).is_some() || self.is_paid(bill) {
            0
        } else {
            TOTALS[bill]
        }
    }
}

fn actions() -> impl Strategy<Value = Vec<Action>> {
    let bills = || prop::sample::subsequence((0..BILLS.len()).collect::<Vec<_>>(), 1..=3);
    let event = prop::sample::select(BankEvent::ALL.to_vec());
    let action = prop_oneof![
        4 => bills().prop_map(|bills| Action::Accept { bills }),
        1 => bills().prop_map(|bills| Action::Race { bills }),
        2 => (0_usize..8).prop_map(|order| Action::Resend { order }),
        8 => (0_usize..8, event, 0_u8..3).prop_map(|(order, event, reference)| {
            Action::Bank { order, event, reference }
        }),
        1 => (1_i32..9).prop_map(|days| Action::Sleep { days }),
        1 => Just(Action::Restart),
    ];
    prop::collection::vec(action, 1..25)
}

struct Run {
    world: World,
    model: Model,
    sent: Vec<wattkey_store::AcceptOrder>,
    now: jiff::Timestamp,
}

impl Run {
    async fn step(&mut self, action: Action) {
        match action {
            Action::Accept { bills } => {
                let order = self.order(&bills, 0).await;
                let outcome = self.world.store.accept_order(order.clone()).await.unwrap();
                self.took(order, bills, &outcome);
            }
            Action::Race { bills } => {
                let first = self.order(&bills, 0).await;
                let second = self.order(&bills[..1], 1).await;
                let store = &self.world.store;
                let (one, two) = tokio::join!(
                    store.accept_order(first.clone()),
                    store.accept_order(second.clone())
                );
                let (one, two) = (one.unwrap(), two.unwrap());
                let only = bills[..1].to_vec();
                // The queue keeps the order of the calls.
                self.took(first, bills, &one);
                self.took(second, only, &two);
            }
            Action::Resend { order } => self.resend(order).await,
            Action::Bank {
                order,
                event,
                reference,
            } => self.bank(order, event, reference).await,
            Action::Sleep { days } => {
                self.now += jiff::SignedDuration::from_hours(i64::from(days) * 24);
            }
            Action::Restart => {
                self.world.store = self.world.place.open();
            }
        }
    }

    async fn order(&self, bills: &[usize], offset: usize) -> wattkey_store::AcceptOrder {
        let number = (self.sent.len() + offset) as u128 + 1;
        let bills: Vec<_> = bills.iter().map(|bill| BILLS[*bill]).collect();
        self.world.order(number, &bills, self.now).await
    }

    fn took(
        &mut self,
        order: wattkey_store::AcceptOrder,
        bills: Vec<usize>,
        outcome: &AcceptOutcome,
    ) {
        let can = self.model.can_be_accepted(&bills);
        match outcome {
            AcceptOutcome::Accepted(_) => assert!(can, "accepted {bills:?}"),
            AcceptOutcome::BillClaimed { bill, order, .. } => {
                let bill = BILLS
                    .iter()
                    .position(|name| *name == bill.as_str())
                    .unwrap();
                let holder = self.model.holder(bill).expect("the bill is held");
                assert_eq!(*order, order_id(holder as u128 + 1));
            }
            AcceptOutcome::BillPaid { bill } => {
                let bill = BILLS
                    .iter()
                    .position(|name| *name == bill.as_str())
                    .unwrap();
                assert!(self.model.is_paid(bill));
            }
            // The loser of a race was quoted before the other one won.
            other => panic!("{other:?}"),
        }
        let total = order
            .bills
            .iter()
            .map(|bill| bill.principal.minor() + bill.penalty.minor())
            .sum();
        let state = if can {
            OrderState::Accepted
        } else {
            OrderState::Rejected
        };
        // One that was refused holds nothing; it stays in the list to keep the numbers.
        let bills = if can { bills } else { Vec::new() };
        self.model.orders.push(Known {
            bills,
            state,
            total,
        });
        self.sent.push(order);
    }

    async fn resend(&mut self, index: usize) {
        let Some(order) = self.sent.get(index) else {
            return;
        };
        let known = &self.model.orders[index];
        if known.bills.is_empty() {
            return;
        }
        match self.world.store.accept_order(order.clone()).await.unwrap() {
            AcceptOutcome::Exists(posted) => assert_eq!(posted.state, known.state),
            other => panic!("{other:?}"),
        }
    }

    async fn bank(&mut self, index: usize, event: BankEvent, reference: u8) {
        let reference = format!("{index}-{event}-{reference}");
        let outcome = self.world.store.apply_bank_event(BankReport {
            reference: reference.clone(),
            other_references: Vec::new(),
            order: order_id(index as u128 + 1),
            event,
            amount: None,
            note: None,
            now: self.now,
        });
        let outcome = outcome.await.unwrap();
        if self.model.reports.insert(reference, ()).is_some() {
            assert_eq!(outcome, BankEventOutcome::Repeated);
            return;
        }
        let known = self
            .model
            .orders
            .get_mut(index)
            .filter(|known| !known.bills.is_empty());
        let Some(known) = known else {
            assert_eq!(outcome, BankEventOutcome::UnknownOrder);
            return;
        };
        match known.state.next(event) {
            Ok(Transition::To(to)) => {
                assert!(
                    matches!(outcome, BankEventOutcome::Moved { from, to: posted }
                    if from == known.state && posted.state == to)
                );
                known.state = to;
                match to {
                    OrderState::Settled => self.model.bank += known.total,
                    OrderState::Returned => self.model.bank -= known.total,
                    _ => {}
                }
            }
            Ok(Transition::Unchanged) => {
                assert_eq!(outcome, BankEventOutcome::Unchanged { state: known.state });
            }
            Err(contradiction) => {
                assert_eq!(outcome, BankEventOutcome::Contradiction(contradiction));
            }
        }
    }

    async fn check(&self) {
        let report = self.world.store.verify().await.unwrap();
        assert!(report.is_sound(), "{:#?}", report.findings);
        let balance = |sort: &str| {
            let mut lines = report.trial_balance.iter();
            lines
                .find(|(name, _, _)| name == sort)
                .map_or(0, |(_, _, minor)| *minor)
        };
        assert_eq!(balance("bank"), self.model.bank);
        let held: i64 = self
            .model
            .orders
            .iter()
            .filter(|order| order.state.holds_claims() && !order.bills.is_empty())
            .map(|order| order.total)
            .sum();
        assert_eq!(balance("in-transit"), held);
        for (index, bill) in BILLS.iter().enumerate() {
            assert_eq!(
                self.world.open(bill).await,
                self.model.open(index),
                "{bill}"
            );
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: crate::place::Place::CASES, ..ProptestConfig::default() })]
    #[test]
    fn the_books_follow_the_model(actions in actions()) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            let bills: Vec<_> = BILLS.into_iter().zip(TOTALS).collect();
            let mut run = Run {
                world: World::new(&bills).await,
                model: Model::default(),
                sent: Vec::new(),
                now: crate::world::noon(FIRST_DAY),
            };
            for action in actions {
                run.step(action).await;
                run.check().await;
            }
        });
    }
}
