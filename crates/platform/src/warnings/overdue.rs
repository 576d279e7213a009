//! Bills that fall overdue soon, or are, and what paying later costs.

use wattkey_domain::arrears::{OpenBill, preview};
use wattkey_domain::penalty::days_after;
use wattkey_protocol::arrears::PenaltyOn;
use wattkey_protocol::warnings::{Action, Overdue, Severity, What};
use wattkey_store::AccountUsage;

use super::{Reckoned, shifted};

/// Bills that fall due within so many days are told.
const AHEAD_DAYS: i32 = 14;
/// Within so many it is urgent.
const URGENT_DAYS: i32 = 3;

pub(super) fn of(usage: &AccountUsage, with: Reckoned) -> Vec<(Severity, Action, What)> {
    let soon = shifted(with.today, AHEAD_DAYS);
    let bills = usage.open.iter().filter(|bill| bill.due <= soon);
    bills
        .map(|bill| {
            let open = OpenBill {
                bill: bill.bill.clone(),
                due: bill.due,
                open: bill.open,
                disputes: bill.disputes.clone(),
            };
            let severity = if bill.due <= shifted(with.today, URGENT_DAYS) {
                Severity::Urgent
            } else {
                Severity::Attention
            };
            let what = Overdue {
                bill: bill.bill.clone(),
                due: bill.due,
                days: days_after(bill.due, with.today),
                currency: bill.open.currency(),
                open: bill.open.minor(),
                disputed: open.debt(with.today).disputed().minor(),
                // An amount at the end of what can be expressed has no penalty that can.
                penalties: preview(&open, &with.rules, with.today)
                    .unwrap_or_default()
                    .iter()
                    .map(told)
                    .collect(),
            };
            (severity, Action::Pay, What::Overdue(what))
        })
        .collect()
}

fn told(on: &wattkey_domain::arrears::PenaltyOn) -> PenaltyOn {
    PenaltyOn {
        on: on.on,
        days: on.days,
        daily_ppm: on.daily_ppm,
        later_days: on.later_days,
        later_daily_ppm: on.later_daily_ppm,
        penalty: on.penalty.minor(),
        undisputed: on.undisputed.minor(),
    }
}
