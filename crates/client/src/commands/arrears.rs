//! `arrears`: open bills by age, with their penalties now and on coming days.

use wattkey_domain::{AccountId, Currency};
use wattkey_protocol::arrears::{Arrears, ArrearsBill, PenaltyOn};

use super::{id, of_account, online};
use crate::cli::args;
use crate::cli::context::Context;
use crate::cli::fault::Fault;
use crate::cli::output::Output;
use crate::cli::show;
use crate::cli::table::{Cell, Column, Table};

pub(crate) fn run(context: &Context<'_>, wanted: &args::Arrears) -> Result<(), Fault> {
    let account: Option<AccountId> = wanted.account.as_deref().map(id).transpose()?;
    online(context, async |client| {
        let arrears = of_account(client.arrears(account.as_ref()).await, account.as_ref())?;
        context
            .output
            .page(&arrears, &table(&arrears.bills), |drawn| {
                human(context.output, &arrears, &drawn, wanted.explain)
            })
    })
}

fn table(bills: &[ArrearsBill]) -> Table {
    let mut table = Table::new(&[
        Column::left("column-bill"),
        Column::left("column-account"),
        Column::left("column-period"),
        Column::left("column-due"),
        Column::right("column-days"),
        Column::for_programs("age"),
        Column::for_programs("currency"),
        Column::right("column-open"),
        Column::right("column-penalty"),
        Column::right("column-disputed"),
    ]);
    for bill in bills {
        let money = |minor| Cell::Money(minor, bill.currency);
        table.row([
            Cell::text(&bill.bill),
            Cell::text(&bill.account),
            Cell::text(bill.period),
            Cell::text(bill.due),
            Cell::number(bill.days),
            Cell::text(bill.age.as_str()),
            Cell::text(bill.currency),
            money(bill.open),
            money(bill.penalty),
            Cell::of(bill.disputed, |disputed| money(disputed.amount)),
        ]);
    }
    table
}

fn human(output: &Output, arrears: &Arrears, bills: &str, explain: bool) -> String {
    let text = output.text();
    let mut parts = vec![bills.to_owned()];
    for total in &arrears.totals {
        let mut ages = Table::new(&[
            Column::left("column-age"),
            Column::right("column-bills"),
            Column::right("column-open"),
            Column::right("column-penalty"),
        ]);
        let money = |minor| Cell::Money(minor, total.currency);
        for age in &total.ages {
            ages.row([
                Cell::Word("age", age.age.as_str().to_owned()),
                Cell::number(age.bills),
                money(age.open),
                money(age.penalty),
            ]);
        }
        let all = total.ages.iter().map(|age| age.bills).sum::<u32>();
        ages.row([
            Cell::Text(text.get("age-all")),
            Cell::number(all),
            money(total.open),
            money(total.penalty),
        ]);
        parts.push(ages.drawn(text));
    }
    let coming: Vec<&ArrearsBill> = arrears
        .bills
        .iter()
        .filter(|bill| !bill.preview.is_empty())
        .collect();
    if !coming.is_empty() {
        parts.push(preview(output, &coming, explain));
    }
    if arrears.more {
        parts.push(text.get("arrears-more") + "\n");
    }
    parts.join("\n")
}

/// What the penalties will be, and with `explain` what each is reckoned from.
fn preview(output: &Output, bills: &[&ArrearsBill], explain: bool) -> String {
    let mut columns = vec![
        Column::left("column-bill"),
        Column::left("column-paid-on"),
        Column::right("column-penalty"),
    ];
    if explain {
        columns.push(Column::left("column-how"));
    }
    let mut table = Table::new(&columns);
    for bill in bills {
        for on in &bill.preview {
            let mut row = vec![
                Cell::text(&bill.bill),
                Cell::text(on.on),
                Cell::Money(on.penalty, bill.currency),
            ];
            if explain {
                row.push(Cell::Text(reckoned(output, bill, on)));
            }
            table.row(row);
        }
    }
    table.drawn(output.text())
}

fn reckoned(output: &Output, bill: &ArrearsBill, on: &PenaltyOn) -> String {
    let days = penalty_days(
        output,
        on.days,
        on.daily_ppm,
        on.later_days,
        on.later_daily_ppm,
    );
    let open = show::money(bill.open, bill.currency);
    format!("{open}: {days}") + &freed(output, on, bill.currency)
}

/// What a dispute takes off: the days and rates before it give what would be owed without.
pub(crate) fn freed(output: &Output, on: &PenaltyOn, currency: Currency) -> String {
    if on.undisputed == on.penalty {
        return String::new();
    }
    let free = on.undisputed.saturating_sub(on.penalty);
    let values = [
        ("undisputed", show::money(on.undisputed, currency).into()),
        ("free", show::money(free, currency).into()),
    ];
    output.text().with("how-disputed", &values)
}

/// `12 days × 2 ‰ + 3 days × 3 ‰`.
pub(crate) fn penalty_days(
    output: &Output,
    days: u32,
    daily_ppm: u32,
    later_days: u32,
    later_ppm: u32,
) -> String {
    let one = |days: u32, ppm: u32| {
        let rate = format!("{}.{:03} ‰", ppm / 1_000, ppm % 1_000);
        let values = [("days", days.into()), ("rate", rate.into())];
        output.text().with("how-days", &values)
    };
    let mut parts = vec![one(days, daily_ppm)];
    if later_days > 0 {
        parts.push(one(later_days, later_ppm));
    }
    parts.join(" + ")
}
