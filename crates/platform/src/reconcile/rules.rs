//! Rules that propose what could be done with money that no order waits for. They never post.

use std::collections::{BTreeMap, HashMap};

use jiff::civil::Date;
use wattkey_bank::Account;
use wattkey_domain::{
    AccountId, BillId, CustomerId, Item, Money, MoneyError, OrderState, PenaltyRules,
};
use wattkey_protocol::order::Named;
use wattkey_protocol::reconciliation::{Proposal, Rule};
use wattkey_protocol::resolution::{Allocation, DepositPart, MAX_ALLOCATIONS};
use wattkey_store::{BankItem, OpenBill, Store, TakenBack};

use super::{Books, ReconcileError};

/// The most words of a payer that are looked up.
const MAX_WORDS: usize = 50;
/// The most customers whose open bills are looked at.
const MAX_CUSTOMERS: usize = 200;
/// The most proposals of one rule for one item.
const MAX_PROPOSALS: usize = 5;

/// What a rule found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Found {
    rule: Rule,
    why: String,
    pub(super) customer: CustomerId,
    allocations: Vec<Allocation>,
    deposit: Option<DepositPart>,
}

impl Found {
    /// How many bills and deposits it names.
    pub(super) fn parts(&self) -> usize {
        self.allocations.len() + usize::from(self.deposit.is_some())
    }

    pub(super) fn into_proposal(self, customer: Named<CustomerId>) -> Proposal {
        Proposal {
            rule: self.rule,
            why: self.why,
            customer,
            allocations: self.allocations,
            deposit: self.deposit,
        }
    }
}

/// A receipt that a rule looks at.
struct Receipt<'i> {
    place: usize,
    amount: Money,
    value: Date,
    item: &'i BankItem,
}

/// What could be done with each receipt, by its place.
pub(super) async fn propose(
    books: Books<'_>,
    items: &[&BankItem],
    today: Date,
) -> Result<HashMap<usize, Vec<Found>>, ReconcileError> {
    let receipts = items.iter().enumerate().filter_map(|(place, item)| {
        let Item::Receipt(_) = item.item else {
            return None;
        };
        Some(Receipt {
            place,
            amount: item.amount?,
            value: item.value?,
            item,
        })
    });
    let receipts: Vec<Receipt<'_>> = receipts.collect();
    if receipts.is_empty() {
        return Ok(HashMap::new());
    }
    let known = Known::look_up(books.store, &receipts).await?;
    let mut found: HashMap<usize, Vec<Found>> = HashMap::new();
    for receipt in &receipts {
        let rules = Rules {
            receipt,
            known: &known,
            penalty: &books.quoting.rules,
            today,
        };
        // Amounts beyond any amount: nothing can be proposed.
        let proposals = rules.all().unwrap_or_default();
        if !proposals.is_empty() {
            found.insert(receipt.place, proposals);
        }
    }
    Ok(found)
}

/// What the books know of all that the receipts name.
#[derive(Debug, Default)]
struct Known {
    /// By the debtor's account, as it is written in the mandate.
    mandates: Vec<(Account, CustomerId)>,
    /// Oldest due first.
    open: HashMap<CustomerId, Vec<OpenBill>>,
    bills: BTreeMap<BillId, OpenBill>,
    accounts: BTreeMap<AccountId, CustomerId>,
    taken_back: Vec<TakenBack>,
}

impl Known {
    async fn look_up(store: &Store, receipts: &[Receipt<'_>]) -> Result<Self, ReconcileError> {
        let mut known = Self::default();
        let debtors = receipts
            .iter()
            .filter_map(|one| one.item.debtor_account.as_ref());
        let debtors = debtors.flat_map(|account| spellings(account)).collect();
        for (account, customer) in store.mandates_on(debtors).await? {
            if let Ok(account) = Account::new(&account) {
                known.mandates.push((account, customer));
            }
        }
        let words = || receipts.iter().flat_map(|one| words(one.item));
        let bills = words().filter_map(|word| word.parse().ok()).collect();
        for bill in store.open_of(bills).await? {
            known.bills.insert(bill.bill.clone(), bill);
        }
        let accounts = words().filter_map(|word| word.parse().ok()).collect();
        known.accounts = store.account_holders(accounts).await?.into_iter().collect();
        let totals = receipts.iter().map(|one| one.amount.minor()).collect();
        known.taken_back = store.orders_taken_back(totals).await?;
        let customers = known.mandates.iter().map(|(_, customer)| *customer);
        let customers = customers.chain(known.accounts.values().copied());
        let mut customers: Vec<CustomerId> = customers.collect();
        customers.sort_unstable();
        customers.dedup();
        customers.truncate(MAX_CUSTOMERS);
        for customer in customers {
            // One payee, one currency: that of the first receipt.
            for receipt in receipts.iter().take(1) {
                let open = store
                    .open_bills(customer, receipt.amount.currency())
                    .await?;
                known.open.insert(customer, open);
            }
        }
        Ok(known)
    }

    fn open(&self, customer: CustomerId) -> &[OpenBill] {
        self.open.get(&customer).map_or(&[], Vec::as_slice)
    }
}

/// An account as the bank writes it, and as people may have written it in a mandate.
fn spellings(account: &str) -> Vec<String> {
    let compact: String = account.chars().filter(|c| *c != ' ').collect();
    let groups: Vec<String> = compact
        .as_bytes()
        .chunks(4)
        .map(|group| String::from_utf8_lossy(group).into_owned())
        .collect();
    vec![account.to_owned(), compact, groups.join(" ")]
}

/// The words of a payer that could be identifiers.
fn words(item: &BankItem) -> Vec<&str> {
    let text = item.text.as_deref().unwrap_or_default();
    let allowed = |c: char| c.is_ascii_alphanumeric() || c == '.' || c == '-';
    text.split(|c| !allowed(c))
        .map(|word| word.trim_matches(['.', '-']))
        .filter(|word| !word.is_empty())
        .take(MAX_WORDS)
        .collect()
}

struct Rules<'r> {
    receipt: &'r Receipt<'r>,
    known: &'r Known,
    penalty: &'r PenaltyRules,
    today: Date,
}

/// What bills get, and what a deposit gets.
type Spread = (Vec<Allocation>, Option<DepositPart>);

impl Rules<'_> {
    fn all(&self) -> Result<Vec<Found>, MoneyError> {
        let mut found: Vec<Found> = Vec::new();
        let proposals = self
            .bills_in_text()?
            .into_iter()
            .chain(self.accounts_in_text()?)
            .chain(self.mandates()?)
            .chain(self.taken_back()?);
        for one in proposals {
            let same = |other: &Found| {
                (&other.allocations, &other.deposit) == (&one.allocations, &one.deposit)
            };
            if !found.iter().any(same) {
                found.push(one);
            }
        }
        Ok(found)
    }

    /// Bills get what is there, in their order; what is left goes to a deposit.
    fn spread(
        &self,
        bills: &[&OpenBill],
        account: Option<&AccountId>,
    ) -> Result<Option<Spread>, MoneyError> {
        let mut left = self.receipt.amount;
        let mut allocations = Vec::new();
        let currency = left.currency();
        let payable = bills.iter().filter(|bill| bill.open.currency() == currency);
        for bill in payable.take(MAX_ALLOCATIONS) {
            let on = self.receipt.value;
            let debt = bill.debt(self.today);
            let (principal, penalty) = self.penalty.affordable(left, bill.open, &debt, on)?;
            if principal.is_zero() {
                break;
            }
            left = left.checked_sub(principal)?.checked_sub(penalty)?;
            allocations.push(Allocation {
                bill: bill.bill.clone(),
                principal: principal.minor(),
                penalty: penalty.minor(),
            });
        }
        let deposit = match account {
            _ if left.is_zero() => None,
            Some(account) => Some(DepositPart {
                account: account.clone(),
                amount: left.minor(),
            }),
            None => return Ok(None),
        };
        Ok(Some((allocations, deposit)))
    }

    fn bills_in_text(&self) -> Result<Option<Found>, MoneyError> {
        let named = words(self.receipt.item).into_iter();
        let named = named.filter_map(|word| word.parse::<BillId>().ok());
        let mut bills: Vec<&OpenBill> = named.filter_map(|id| self.known.bills.get(&id)).collect();
        bills.sort_by(|one, other| (one.due, &one.bill).cmp(&(other.due, &other.bill)));
        bills.dedup();
        let Some(first) = bills.first() else {
            return Ok(None);
        };
        let customer = first.customer;
        // Bills of several customers: a person must tell.
        if bills.iter().any(|bill| bill.customer != customer) {
            return Ok(None);
        }
        let spread = self.spread(&bills, Some(&first.account))?;
        Ok(spread.map(|(allocations, deposit)| Found {
            rule: Rule::BillInText,
            why: "the payer names these bills".to_owned(),
            customer,
            allocations,
            deposit,
        }))
    }

    fn accounts_in_text(&self) -> Result<Vec<Found>, MoneyError> {
        let mut found = Vec::new();
        let mut named: Vec<AccountId> = words(self.receipt.item)
            .into_iter()
            .filter_map(|word| word.parse().ok())
            .collect();
        named.sort_unstable();
        named.dedup();
        for account in named {
            let Some(customer) = self.known.accounts.get(&account) else {
                continue;
            };
            let open = self.known.open(*customer).iter();
            let open: Vec<_> = open.filter(|bill| bill.account == account).collect();
            if let Some((allocations, deposit)) = self.spread(&open, Some(&account))? {
                found.push(Found {
                    rule: Rule::AccountInText,
                    why: format!("the payer names contract account {account}"),
                    customer: *customer,
                    allocations,
                    deposit,
                });
            }
        }
        found.truncate(MAX_PROPOSALS);
        Ok(found)
    }

    fn mandates(&self) -> Result<Vec<Found>, MoneyError> {
        let Some(debtor) = self.receipt.item.debtor_account.as_deref() else {
            return Ok(Vec::new());
        };
        let Ok(debtor) = Account::new(debtor) else {
            return Ok(Vec::new());
        };
        let mut found = Vec::new();
        let holders = self.known.mandates.iter();
        let mut holders: Vec<_> = holders.filter(|(account, _)| *account == debtor).collect();
        holders.dedup();
        for (_, customer) in holders {
            let open: Vec<&OpenBill> = self.known.open(*customer).iter().collect();
            let why = "the payer's account has a debit mandate";
            for bill in &open {
                let Some((allocations, None)) = self.spread(&[bill], None)? else {
                    continue;
                };
                let one = Found {
                    rule: Rule::MandateOneBill,
                    why: format!("{why}, and the amount is that of bill {}", bill.bill),
                    customer: *customer,
                    allocations,
                    deposit: None,
                };
                if pays_whole_bills(&one, &open) {
                    found.push(one);
                }
            }
            if let Some((allocations, None)) = self.spread(&open, None)? {
                let oldest = Found {
                    rule: Rule::MandateOldestBills,
                    why: format!("{why}, and the amount is that of the oldest open bills"),
                    customer: *customer,
                    allocations,
                    deposit: None,
                };
                if pays_whole_bills(&oldest, &open) {
                    found.push(oldest);
                }
            }
        }
        found.truncate(MAX_PROPOSALS);
        Ok(found)
    }

    fn taken_back(&self) -> Result<Vec<Found>, MoneyError> {
        let orders = self.known.taken_back.iter();
        let orders = orders.filter(|order| order.total == self.receipt.amount);
        let mut found = Vec::new();
        for order in orders.take(MAX_PROPOSALS) {
            let bills: Vec<&OpenBill> = order.bills.iter().collect();
            let Some(first) = bills.first() else {
                continue;
            };
            let what = match order.state {
                OrderState::Returned => "returned",
                _ => "cancelled",
            };
            if let Some((allocations, deposit)) = self.spread(&bills, Some(&first.account))? {
                found.push(Found {
                    rule: Rule::OrderTakenBack,
                    why: format!(
                        "the amount is that of order {}, which was {what}",
                        order.order
                    ),
                    customer: order.customer,
                    allocations,
                    deposit,
                });
            }
        }
        Ok(found)
    }
}

/// Whether a proposal leaves nothing open of the bills that it names.
fn pays_whole_bills(found: &Found, open: &[&OpenBill]) -> bool {
    found.allocations.iter().all(|part| {
        let mut bills = open.iter();
        bills.any(|bill| bill.bill == part.bill && bill.open.minor() == part.principal)
    })
}
