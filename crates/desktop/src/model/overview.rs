//! What is due, what the deposit holds, what is coming.

use wattkey_client::fault::Fault;
use wattkey_domain::NoticeId;
use wattkey_protocol::api::{Account, Deposit};
use wattkey_protocol::arrears::Arrears;
use wattkey_protocol::notice::NoticeView;
use wattkey_protocol::usage::ReadingSum;
use wattkey_protocol::warnings::{Action, Warning, What};

use super::{Effect, Event, Open, Page, Wanted};

/// What the first page knows.
#[derive(Debug, Default)]
pub struct Overview {
    /// Contract accounts with what is open.
    pub accounts: Option<Vec<Account>>,
    /// Deposits.
    pub deposits: Option<Vec<Deposit>>,
    /// Open bills by age.
    pub arrears: Option<Box<Arrears>>,
    /// What is coming, the most pressing first.
    pub warnings: Option<Vec<Warning>>,
    /// Notices.
    pub notices: Option<Vec<NoticeView>>,
    /// Energy by month of all metering points, this year and the one before.
    pub months: Option<Months>,
    /// All notices are shown, not the first ones only.
    pub all_notices: bool,
    /// What did not come.
    pub fault: Option<Fault>,
}

/// Notices that are shown before somebody wants all of them: the chart stays in sight below them, also
/// with arrears above.
pub const FIRST_NOTICES: usize = 2;

/// Energy by month, of the metering points that are summed so far.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Months {
    /// One for each month.
    pub sums: Vec<ReadingSum>,
    /// So many metering points are summed.
    pub done: usize,
    /// Of so many.
    pub of: usize,
}

/// What happens on the page.
#[derive(Debug)]
pub enum Input {
    /// A warning's action.
    Act(usize),
    /// A notice is to be acknowledged.
    Acknowledge(usize),
    /// All notices, or the first ones only.
    AllNotices(bool),
    /// What is overdue is to be paid.
    PayArrears,
    /// Again from the service.
    Again,
}

/// What the page needs of the service, the quickest first.
#[must_use]
pub fn wanted() -> Vec<Effect> {
    let wanted = [
        Wanted::Accounts,
        Wanted::Deposits,
        Wanted::Arrears,
        Wanted::Notices,
        Wanted::Months,
        Wanted::Warnings,
    ];
    wanted.map(Effect::Load).into()
}

/// What a warning's button leads to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Leads {
    /// To paying this bill.
    PayBill(wattkey_domain::BillId),
    /// Nowhere.
    Nowhere,
}

/// Where a warning leads.
#[must_use]
pub fn leads(warning: &Warning) -> Leads {
    match (&warning.action, &warning.what) {
        (Action::Pay, What::Overdue(overdue)) => Leads::PayBill(overdue.bill.clone()),
        _ => Leads::Nowhere,
    }
}

impl Overview {
    /// The notices that nobody of the customer has acknowledged.
    pub fn unread(&self) -> impl Iterator<Item = &NoticeView> {
        let notices = self.notices.iter().flatten();
        notices.filter(|notice| notice.acknowledged.is_empty())
    }

    /// Those of them that are shown.
    pub fn shown_notices(&self) -> impl Iterator<Item = &NoticeView> {
        let most = match self.all_notices {
            true => usize::MAX,
            false => FIRST_NOTICES,
        };
        self.unread().take(most)
    }

    /// The notice in this row.
    #[must_use]
    pub fn notice(&self, index: usize) -> Option<NoticeId> {
        self.unread().nth(index).map(|notice| notice.notice)
    }

    /// The warning in this row.
    #[must_use]
    pub fn warning(&self, index: usize) -> Option<&Warning> {
        self.warnings.as_deref()?.get(index)
    }
}

impl Open {
    pub(super) fn overview(&mut self, input: &Input) -> Vec<Effect> {
        match *input {
            Input::Again => {
                self.overview.fault = None;
                wanted()
            }
            Input::AllNotices(all) => {
                self.overview.all_notices = all;
                Vec::new()
            }
            Input::PayArrears => self.update(Event::PayDue),
            Input::Acknowledge(index) => {
                let notice = self.overview.notice(index);
                notice.map(Effect::Notice).into_iter().collect()
            }
            Input::Act(index) => match self.overview.warning(index).map(leads) {
                Some(Leads::PayBill(bill)) => {
                    let bills = self.bills.all.iter().flatten();
                    self.pay.add(bills.filter(|row| row.bill == bill));
                    self.go(Page::Pay)
                }
                _ => Vec::new(),
            },
        }
    }
}
