//! Random lives of bills, orders, deposits and credits against books in plain integers: after each
//! step all sums, what is open of each bill, each deposit, each order's state and all that `verify`
//! proves.

#[path = "model/books.rs"]
mod books;
#[path = "model/disputes.rs"]
mod disputes;
#[path = "model/plan.rs"]
pub(crate) mod plan;
#[path = "model/resolve.rs"]
mod resolve;

use std::collections::BTreeMap;
use std::sync::Arc;

use base64ct::{Base64UrlUnpadded, Encoding as _};
use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;
use sha2::{Digest as _, Sha256};
use uuid::Uuid;
use wattkey_domain::{
    BankEvent, CreditorReference, Currency, Debt, Decision, InstructionId, OrderState, UserId,
};
use wattkey_store::{
    AcceptBill, AcceptDeposit, AcceptOrder, AcceptOutcome, AcceptRefund, BankCredit,
    BankEventOutcome, BankMessageDraft, BankReport, BankSubject, Debtor, DecideOutcome,
    EndInstruction, FundsSource, InstructionOutcome, Record, StandingInstruction, StandingTerms,
};

use self::books::{Bill, Books, Order, Terms, Wrong};
use self::plan::{
    ACCOUNTS, ALONE_LIMIT, AT_FIRST, Action, BILLS, DAY_LIMIT, OrderPlan, Part, Says, Source,
    actions,
};
use crate::place::Place;
use crate::world::{
    CUSTOMER, DUE, LI_NA, WANG_WEI, World, bill_id, bill_record, cny, document_of, message, noon,
    order_id, penalties_of, signed,
};

const FIRST_DAY: &str = "2026-12-20";
const USERS: [UserId; 2] = [LI_NA, WANG_WEI];
/// The longest life.
const STEPS: usize = 40;

struct Run {
    world: World,
    books: Books,
    sent: Vec<AcceptOrder>,
    /// Instructions that were given to each account's deposit.
    given: [u128; 2],
    /// Resolutions that were signed.
    resolutions: u128,
    now: Timestamp,
}

fn number(index: usize) -> u128 {
    index as u128 + 1
}

fn bill_document(index: usize) -> Record {
    let plan = &BILLS[index];
    let account = ACCOUNTS[plan.account];
    let document = document_of(plan.id, account, CUSTOMER, "CNY", plan.total);
    let document = String::from_utf8(document).unwrap();
    let due = format!("\"due\":\"{}\"", plan.due);
    bill_record(
        document
            .replace(&format!("\"due\":\"{DUE}\""), &due)
            .as_bytes(),
    )
}

fn document_digest(index: usize) -> [u8; 32] {
    let Record::Bill(bill) = bill_document(index) else {
        panic!("no bill");
    };
    Sha256::digest(bill.bytes()).into()
}

fn name_of(outcome: &AcceptOutcome) -> &'static str {
    match outcome {
        AcceptOutcome::UnknownBill { .. } => "unknown-bill",
        AcceptOutcome::BillClaimed { .. } => "bill-claimed",
        AcceptOutcome::BillPaid { .. } => "bill-paid",
        AcceptOutcome::QuoteMismatch { .. } => "quote-mismatch",
        AcceptOutcome::DepositTooSmall { .. } => "deposit",
        AcceptOutcome::LimitExceeded { .. } => "limit",
        other => panic!("{other:?}"),
    }
}

impl Run {
    async fn new() -> Self {
        let world = World::new(&[]).await;
        let limits = format!(
            "UPDATE users SET day_limit = {DAY_LIMIT}, alone_limit = {ALONE_LIMIT} WHERE id = '{LI_NA}'"
        );
        world.place.try_sql(&limits).unwrap();
        let mut run = Self {
            world,
            books: Books::default(),
            sent: Vec::new(),
            given: [0; 2],
            resolutions: 0,
            now: noon(FIRST_DAY),
        };
        for index in 0..AT_FIRST {
            run.bill(index).await;
        }
        run
    }

    fn today(&self) -> Date {
        self.world.today(self.now)
    }

    async fn step(&mut self, action: Action) {
        match action {
            Action::Bill(index) => self.bill(index).await,
            Action::Order(plan) => self.orders(vec![plan]).await,
            Action::Race(one, two) => self.orders(vec![one, two]).await,
            Action::Refund {
                user,
                account,
                minor,
            } => self.refund(user, account, minor).await,
            Action::Resend { order } => self.resend(order).await,
            Action::Decide {
                order,
                user,
                decision,
            } => self.decide(order, user, decision).await,
            Action::Lapse => self.lapse().await,
            Action::Bank {
                order,
                event,
                says,
                reference,
            } => self.bank(order, event, says, reference).await,
            Action::Credit {
                order,
                minor,
                reference,
            } => self.credit(order, minor, reference).await,
            Action::ForeignCredit {
                order,
                minor,
                reference,
            } => self.foreign_credit(order, minor, reference).await,
            Action::Resolve { pick, how, confirm } => self.resolve(pick, how, confirm).await,
            Action::Fee { minor, reference } => self.fee(minor, reference).await,
            Action::PaidElsewhere {
                bill,
                minor,
                reference,
            } => self.paid_elsewhere(bill, minor, reference).await,
            Action::CreditNote { bill, half, number } => self.credit_note(bill, half, number).await,
            Action::OpeningBalance { account, minor } => self.opening_balance(account, minor).await,
            Action::Send => self.send().await,
            Action::Instruct {
                account,
                most,
                keep,
            } => self.instruct(account, most, keep).await,
            Action::EndInstruction { account } => self.end_instruction(account).await,
            Action::ApplyDeposits => self.apply().await,
            Action::Dispute { bill, half } => self.dispute(bill, half).await,
            Action::Withdraw { bill } => self.withdraw(bill).await,
            Action::Answer { bill, ago } => self.answer(bill, ago).await,
            Action::Sleep { hours } => self.now += SignedDuration::from_hours(hours),
            Action::Restart => self.world.store = self.world.place.open(),
        }
    }

    async fn bill(&mut self, index: usize) {
        let imported = self
            .world
            .store
            .import(vec![bill_document(index)], self.now);
        let added = imported.await.unwrap().added;
        if self.books.bills.contains_key(&index) {
            assert_eq!(added, 0);
        } else {
            assert_eq!(added, 1);
            self.books.of_bill(index);
        }
    }

    /// The order as its customer makes it of what is open now, and as the model has it.
    fn draft(&self, offset: usize, plan: &OrderPlan) -> (AcceptOrder, Order) {
        let index = self.sent.len() + offset;
        let now = self.now.as_second();
        let days_ahead = plan.execute.map(|days| jiff::Span::new().days(days));
        let execute = days_ahead.map(|days| self.today().checked_add(days).unwrap());
        let day = execute.unwrap_or(self.today());
        let quoting = &self.world.quoting;
        let (mut bills, mut accept) = (Vec::new(), Vec::new());
        let mut ends = vec![now + 72 * 3_600];
        if let Some(day) = execute {
            let of_day = quoting
                .quote_on(cny(1), &Debt::undisputed(day, cny(1)), day, self.now)
                .unwrap();
            ends.push(of_day.until.as_second());
        }
        for bill in &plan.bills {
            let due: Date = BILLS[*bill].due.parse().unwrap();
            let open = self.books.bills.get(bill).map_or(1, |bill| bill.open);
            let principal = match plan.part {
                Part::All => open,
                Part::Half => (open / 2).max(1),
                Part::One => 1,
                Part::TooMuch => open + 1,
            };
            let plain = Bill::plain(due, open);
            let known = self.books.bills.get(bill).unwrap_or(&plain);
            let fixed = known.penalty_known(principal, day, self.today());
            let until = quoting
                .quote_on(cny(1), &Debt::undisputed(due, cny(1)), day, self.now)
                .unwrap()
                .until;
            bills.push((*bill, principal, fixed));
            ends.push(until.as_second());
            accept.push(AcceptBill {
                bill: bill_id(BILLS[*bill].id),
                document: document_digest(*bill),
                principal: cny(principal),
                penalty: cny(fixed),
                quote_until: until,
            });
        }
        let order = Order {
            user: plan.user,
            source: plan.source,
            bills,
            over: plan.over,
            refund: None,
            state: OrderState::AwaitingApproval,
            day: self.today(),
            paid_on: day,
            lapses: match plan.source {
                Source::Transfer => Some(now + 60 * 24 * 3_600),
                _ => ends.into_iter().min(),
            },
            not_before: now + i64::from(plan.execute.unwrap_or(0)) * 24 * 3_600,
            was_sent: false,
            decided: Default::default(),
            credited: BTreeMap::new(),
        };
        let mut wanted = self.world.order_of(number(index), accept, self.now);
        wanted.user = USERS[plan.user];
        wanted.execute = execute;
        wanted.needs_approval = plan.needs_approval;
        wanted.deposit = plan.over.map(|(account, minor)| AcceptDeposit {
            account: ACCOUNTS[account].parse().unwrap(),
            amount: cny(minor),
        });
        wanted.source = match plan.source {
            Source::Mandate => FundsSource::Mandate("M-1".parse().unwrap()),
            Source::Transfer => FundsSource::Transfer {
                creditor_reference: CreditorReference::for_order(&wanted.order),
            },
            Source::Deposit(account) => FundsSource::Deposit(ACCOUNTS[account].parse().unwrap()),
        };
        if order.goes_to_bank() {
            wanted.message = Some(draft_message(index, &order));
        } else {
            wanted.message = None;
        }
        (signed(wanted), order)
    }

    async fn orders(&mut self, plans: Vec<OrderPlan>) {
        let drafts = plans
            .iter()
            .enumerate()
            .map(|(offset, plan)| self.draft(offset, plan));
        let drafts: Vec<_> = drafts.collect();
        let call =
            |(wanted, _): &(AcceptOrder, Order)| self.world.store.accept_order(wanted.clone());
        let outcomes = match &drafts[..] {
            [one, two] => {
                // The queue keeps the order of the calls.
                let (one, two) = tokio::join!(call(one), call(two));
                vec![one, two]
            }
            [one] => vec![call(one).await],
            _ => panic!("one or two at a time"),
        };
        for ((outcome, (wanted, order)), plan) in outcomes.into_iter().zip(drafts).zip(&plans) {
            let taken = self.books.take(order, plan.needs_approval);
            assert_taken(&outcome.unwrap(), taken);
            self.sent.push(wanted);
        }
    }

    async fn refund(&mut self, user: usize, account: usize, minor: i64) {
        let plan = OrderPlan {
            user,
            bills: Vec::new(),
            part: Part::All,
            source: Source::Deposit(account),
            over: None,
            execute: None,
            needs_approval: false,
        };
        let (mut wanted, mut order) = self.draft(0, &plan);
        order.refund = Some(minor);
        wanted.refund = Some(AcceptRefund {
            mandate: "M-1".parse().unwrap(),
            amount: cny(minor),
        });
        wanted.message = Some(draft_message(self.sent.len(), &order));
        let wanted = signed(wanted);
        let outcome = self.world.store.accept_order(wanted.clone()).await.unwrap();
        let taken = self.books.take(order, false);
        assert_taken(&outcome, taken);
        self.sent.push(wanted);
    }

    async fn resend(&mut self, index: usize) {
        let Some(known) = self.books.orders.get(index).and_then(Option::as_ref) else {
            return;
        };
        let again = self.world.store.accept_order(self.sent[index].clone());
        match again.await.unwrap() {
            AcceptOutcome::Exists(posted) => assert_eq!(posted.state, known.state),
            other => panic!("{other:?}"),
        }
    }

    async fn decide(&mut self, index: usize, user: usize, decision: Decision) {
        let Some(order) = self.books.orders.get(index).cloned().flatten() else {
            return;
        };
        let day = self.today().to_string();
        let mut decided = self
            .world
            .decision(number(index), USERS[user], decision, &day)
            .await;
        decided.now = self.now;
        if decided.message.is_some() {
            decided.message = Some(draft_message(index, &order));
        }
        let outcome = self.world.store.decide_order(decided).await.unwrap();
        let said = match &outcome {
            DecideOutcome::Moved(_) => "moved",
            DecideOutcome::Rejected(_) => "rejected",
            DecideOutcome::Exists(_) => "exists",
            DecideOutcome::OwnOrder => "own-order",
            DecideOutcome::NotPossible { .. } => "not-possible",
            DecideOutcome::TooLate => "too-late",
            DecideOutcome::AlreadySent => "already-sent",
            other => panic!("{other:?}"),
        };
        let wanted = self
            .books
            .decide(index, user, decision, self.now.as_second());
        assert_eq!(said, wanted, "{outcome:?}");
    }

    async fn lapse(&mut self) {
        let mut lapsed = self.world.store.lapse_orders(self.now).await.unwrap();
        lapsed.sort_unstable();
        let wanted = self.books.lapse(self.now.as_second());
        let mut wanted: Vec<_> = wanted
            .into_iter()
            .map(|one| order_id(number(one)))
            .collect();
        wanted.sort_unstable();
        assert_eq!(lapsed, wanted);
    }

    async fn report(&self, reference: &str, subject: BankSubject) -> BankEventOutcome {
        let report = BankReport {
            reference: reference.to_owned(),
            other_references: Vec::new(),
            subject,
            now: self.now,
        };
        self.world.store.apply_bank_event(report).await.unwrap()
    }

    async fn bank(&mut self, index: usize, event: BankEvent, says: Says, reference: u8) {
        let total = self.books.orders.get(index).and_then(Option::as_ref);
        let total = total.map_or(1, Order::total);
        let amount = match says {
            Says::Nothing => None,
            Says::TheTotal => Some(cny(total)),
            Says::AnotherAmount => Some(cny(total + 1)),
        };
        let reference = format!("{index}-{event}-{reference}");
        let subject = BankSubject::Order {
            order: order_id(number(index)),
            event,
            amount,
            note: None,
        };
        let outcome = self.report(&reference, subject).await;
        let key = reference.clone();
        if !self.books.heard.insert(reference) {
            assert_eq!(outcome, BankEventOutcome::Repeated);
            return;
        }
        let said = match &outcome {
            BankEventOutcome::Moved { .. } => Ok("moved"),
            BankEventOutcome::Unchanged { .. } => Ok("unchanged"),
            BankEventOutcome::UnknownOrder => Err("unknown-order"),
            BankEventOutcome::AmountMismatch { .. } => Err("amount-mismatch"),
            BankEventOutcome::WrongDirection => Err("wrong-direction"),
            BankEventOutcome::Contradiction(_) => Err("contradiction"),
            other => panic!("{other:?}"),
        };
        let fits = !matches!(says, Says::AnotherAmount);
        if said.is_err() {
            let amount = amount.map(|amount| amount.minor());
            let misfit = (index, event, amount, self.today());
            self.books.misfits.insert(key, misfit);
        }
        match (said, self.books.bank(index, event, fits)) {
            (Ok(said), Ok(wanted)) => assert_eq!(said, wanted, "{outcome:?}"),
            (Err(said), Err(wanted)) => assert!(wanted.contains(said), "{outcome:?}: {wanted:?}"),
            (_, wanted) => panic!("{outcome:?}, not {wanted:?}"),
        }
    }

    async fn credit(&mut self, order: Option<usize>, minor: i64, reference: u8) {
        let key = format!("credit-{reference}");
        let references = order.map(|index| CreditorReference::for_order(&order_id(number(index))));
        let credit = BankCredit {
            creditor_references: references.into_iter().collect(),
            amount: cny(minor),
            value: self.today(),
            debtor: Debtor::default(),
            text: None,
            quoting: Arc::clone(&self.world.quoting),
        };
        let outcome = self.report(&key, BankSubject::Credit(credit)).await;
        if !self.books.heard.insert(key.clone()) {
            assert_eq!(outcome, BankEventOutcome::Repeated);
        } else if self.credited(order, minor, key) {
            assert!(
                matches!(outcome, BankEventOutcome::Credited { .. }),
                "{outcome:?}"
            );
        } else {
            assert_eq!(outcome, BankEventOutcome::Unmatched);
        }
    }

    /// Whether a credit found its order; if not, it waits.
    fn credited(&mut self, order: Option<usize>, minor: i64, key: String) -> bool {
        let today = self.today();
        let found = self.books.credit(order, minor, today);
        if !found {
            self.books.receipts.insert(key, (minor, today));
        }
        found
    }

    async fn fee(&mut self, minor: i64, reference: u8) {
        let key = format!("fee-{reference}");
        let (amount, text) = (cny(minor), None);
        let outcome = self.report(&key, BankSubject::Fee { amount, text }).await;
        if self.books.heard.insert(key) {
            assert_eq!(outcome, BankEventOutcome::FeePosted);
            self.books.fee(minor);
        } else {
            assert_eq!(outcome, BankEventOutcome::Repeated);
        }
    }

    /// Whether it is a record of its own, which moves money.
    async fn record(&mut self, key: String, line: String) -> bool {
        if !self.books.imported.insert(key) {
            return false;
        }
        let record = Record::parse(line.as_bytes()).unwrap();
        let imported = self.world.store.import(vec![record], self.now).await;
        assert_eq!(imported.unwrap().added, 1, "{line}");
        true
    }

    async fn paid_elsewhere(&mut self, bill: usize, minor: i64, reference: u8) {
        let (id, today) = (BILLS[bill].id, self.today());
        if !self.books.bills.contains_key(&bill) {
            return;
        }
        let line = format!(
            r#"{{"type":"payment","bill":"{id}","amount":{minor},"currency":"CNY","paid":"{today}","channel":"counter","reference":"{reference}"}}"#
        );
        if self.record(format!("payment {reference}"), line).await {
            self.books.paid_elsewhere(bill, minor);
        }
    }

    async fn credit_note(&mut self, bill: usize, half: bool, number: u8) {
        let (id, today) = (BILLS[bill].id, self.today());
        let Some(left) = self.books.bills.get(&bill).map(|bill| bill.left) else {
            return;
        };
        let parts = left.map(|left| if half { left / 2 } else { left });
        if parts.iter().sum::<i64>() == 0 {
            return;
        }
        let [revenue, tax, levies] = parts;
        let line = format!(
            r#"{{"type":"credit-note","id":"CN-{number}","bill":"{id}","issued":"{today}","currency":"CNY","revenue":{revenue},"tax":{tax},"levies":{levies},"reason":"meter"}}"#
        );
        if self.record(format!("note {number}"), line).await {
            self.books.credit_note(bill, parts);
        }
    }

    async fn opening_balance(&mut self, account: usize, minor: i64) {
        let (name, today) = (ACCOUNTS[account], self.today());
        let line = format!(
            r#"{{"type":"opening-balance","account":"{name}","amount":{minor},"currency":"CNY","as_of":"{today}"}}"#
        );
        if self.record(format!("opening {account}"), line).await {
            self.books.opening_balance(account, minor);
        }
    }

    async fn send(&mut self) {
        let now = self.now.as_second();
        let waits = |order: &Order| {
            let live = matches!(order.state, OrderState::Accepted | OrderState::Submitted);
            order.goes_to_bank() && live && !order.was_sent && order.not_before <= now
        };
        let mut waiting = self
            .books
            .orders
            .iter_mut()
            .enumerate()
            .filter_map(|(index, order)| {
                order
                    .as_mut()
                    .filter(|order| waits(order))
                    .map(|order| (order_id(number(index)), order))
            });
        match self.world.store.outbox_next(self.now, 6).await.unwrap() {
            None => assert_eq!(waiting.next().map(|(id, _)| id), None),
            Some(message) => {
                let found = waiting.find(|(id, _)| Some(*id) == message.of.order());
                let (_, order) = found.unwrap_or_else(|| panic!("{message:?} does not wait"));
                order.was_sent = true;
                let done = self.world.store.outbox_done(&message.id, self.now);
                done.await.unwrap();
            }
        }
    }

    /// The id of the last instruction that was given to an account's deposit.
    fn instruction(&self, account: usize) -> InstructionId {
        InstructionId::from_uuid(Uuid::from_u128(100 * number(account) + self.given[account]))
    }

    fn instruction_jws(&self, account: usize, terms: &serde_json::Value) -> (String, [u8; 32]) {
        let payload = serde_json::json!({"instruction": self.instruction(account),
            "customer": {"id": CUSTOMER}, "user": {"id": LI_NA}, "terms": terms})
        .to_string();
        let encoded = Base64UrlUnpadded::encode_string(payload.as_bytes());
        (
            format!("e30.{encoded}.c2ln"),
            Sha256::digest(&payload).into(),
        )
    }

    async fn instruct(&mut self, account: usize, most: Option<i64>, keep: i64) {
        if self.books.instructions.contains_key(&account) {
            return;
        }
        self.given[account] += 1;
        let from = self.today();
        let name = ACCOUNTS[account];
        let (jws, digest) = self.instruction_jws(
            account,
            &serde_json::json!({"deposit": name, "accounts": [name], "most": most, "keep": keep,
                "currency": "CNY", "from": from.to_string(), "until": null}),
        );
        let account_id = || name.parse().unwrap();
        let given = StandingInstruction {
            instruction: self.instruction(account),
            digest,
            jws,
            customer: CUSTOMER,
            user: LI_NA,
            bindings: 0,
            terms: StandingTerms {
                deposit: account_id(),
                accounts: vec![account_id()],
                most: most.map(cny),
                keep: cny(keep),
                currency: Currency::CNY,
                from,
                until: None,
            },
            now: self.now,
        };
        let kept = self.world.store.keep_instruction(given).await.unwrap();
        assert_eq!(kept, InstructionOutcome::Kept);
        self.books
            .instructions
            .insert(account, Terms { most, keep });
    }

    async fn end_instruction(&mut self, account: usize) {
        if self.books.instructions.remove(&account).is_none() {
            return;
        }
        let (jws, digest) = self.instruction_jws(account, &serde_json::Value::Null);
        let end = EndInstruction {
            instruction: self.instruction(account),
            digest,
            jws,
            customer: CUSTOMER,
            user: LI_NA,
            bindings: 0,
            now: self.now,
        };
        let kept = self.world.store.end_instruction(end).await.unwrap();
        assert_eq!(kept, InstructionOutcome::Kept);
    }

    async fn apply(&mut self) {
        let quoting = Arc::clone(&self.world.quoting);
        let applied = self.world.store.apply_deposits(self.now, quoting, 100);
        let applied = applied.await.unwrap();
        let mut applied: Vec<_> = applied.iter().map(|one| one.bill.as_str()).collect();
        applied.sort_unstable();
        let wanted = self.books.apply(self.today());
        let mut wanted: Vec<_> = wanted.into_iter().map(|index| BILLS[index].id).collect();
        wanted.sort_unstable();
        assert_eq!(applied, wanted);
    }

    async fn check(&self) {
        let store = &self.world.store;
        let report = store.verify().await.unwrap();
        assert!(report.is_sound(), "{:#?}", report.findings);
        let penalties = penalties_of(store, &self.world.quoting).await;
        assert!(penalties.is_empty(), "{penalties:#?}");
        let sums = |of: &str| {
            let sums = report.trial_balance.iter();
            let sums = sums.filter(|(_, currency, minor)| currency == of && *minor != 0);
            let sums = sums.map(|(sort, _, minor)| (sort.as_str(), *minor));
            sums.collect::<BTreeMap<_, _>>()
        };
        let foreign = [
            ("bank", self.books.foreign),
            ("unmatched", -self.books.foreign),
        ];
        let foreign = foreign.into_iter().filter(|(_, minor)| *minor != 0);
        assert_eq!(sums("EUR"), foreign.collect());
        let sums = sums("CNY");
        let wanted = self.books.sums.iter().map(|(sort, minor)| (*sort, *minor));
        let wanted: BTreeMap<_, _> = wanted.filter(|(_, minor)| *minor != 0).collect();
        assert_eq!(sums, wanted);
        for (index, bill) in &self.books.bills {
            let id = BILLS[*index].id;
            assert_eq!(self.world.open(id).await, bill.open, "{id}");
        }
        for (account, name) in ACCOUNTS.iter().enumerate() {
            let wanted = self.books.deposits.get(&account).copied().unwrap_or(0);
            assert_eq!(self.world.deposit(name).await, wanted, "{name}");
        }
        for (index, order) in self.books.orders.iter().enumerate() {
            let found = store
                .order(CUSTOMER, order_id(number(index)))
                .await
                .unwrap();
            let wanted = order.as_ref().map(|order| order.state);
            assert_eq!(found.map(|found| found.state), wanted, "order {index}");
        }
        for (user, id) in USERS.into_iter().enumerate() {
            let quoting = Arc::clone(&self.world.quoting);
            let limits = store.user_limits(id, self.now, quoting).await.unwrap();
            assert_eq!(limits.used, self.books.used(user, self.today()));
        }
    }
}

/// The message to the bank of an order.
fn draft_message(index: usize, order: &Order) -> BankMessageDraft {
    let id = order_id(number(index)).as_uuid().simple().to_string();
    let mut message = message(&format!("WK{id}"));
    message.not_before = Some(Timestamp::from_second(order.not_before).unwrap());
    message
}

/// Books with a life of their own, and what belongs to them.
pub(crate) async fn lived(actions: Vec<Action>) -> World {
    let mut run = Run::new().await;
    for action in actions {
        run.step(action).await;
    }
    run.check().await;
    run.world
}

fn assert_taken(outcome: &AcceptOutcome, taken: Result<OrderState, Wrong>) {
    match (outcome, taken) {
        (
            AcceptOutcome::Accepted(posted)
            | AcceptOutcome::AwaitingApproval(posted)
            | AcceptOutcome::Settled(posted),
            Ok(state),
        ) => assert_eq!(posted.state, state),
        (refused, Err(wrong)) => {
            assert!(wrong.contains(name_of(refused)), "{refused:?}: {wrong:?}");
        }
        (refused, Ok(state)) => panic!("{refused:?}, not {state}"),
    }
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: Place::CASES,
        max_shrink_iters: 300,
        ..ProptestConfig::default()
    })]
    #[test]
    fn the_books_follow_the_model(actions in actions(STEPS)) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let mut run = Run::new().await;
            run.check().await;
            for action in actions {
                run.step(action).await;
                run.check().await;
            }
            crate::statement::agrees_in_parts(&run.world).await;
        });
    }
}
