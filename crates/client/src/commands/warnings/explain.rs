//! How a warning was reckoned, line by line: all that the service says of it.

use wattkey_client::tables::usage::kwh;
use wattkey_protocol::warnings::{
    DayForecast, Demand, DepositLasts, ExpectedBill, Overdue, PointForecast, PowerFactor, Try, What,
};

use crate::cli::output::Output;
use crate::cli::show;
use crate::cli::text::Lang;
use crate::commands::arrears::{freed, penalty_days};

type Rows = Vec<(String, String)>;

pub(super) fn of(output: &Output, what: &What) -> Rows {
    match what {
        What::DepositLasts(lasts) => deposit(output, lasts),
        What::ExpectedBill(bill) => expected(output, bill),
        What::Demand(found) => demand(output, found),
        What::PowerFactor(found) => power_factor(output, found),
        What::Overdue(found) => overdue(output, found),
        What::Unknown(found) => vec![output.line("how-detail", found.detail.clone())],
    }
}

fn deposit(output: &Output, lasts: &DepositLasts) -> Rows {
    let money = |minor| show::money(minor, lasts.currency);
    let price = &lasts.price;
    let price = format!(
        "{} / {} kWh ({})",
        money(price.total),
        kwh(price.energy),
        price.bill
    );
    let mut rows = vec![
        output.line("how-deposit", money(lasts.deposit)),
        output.line("how-open-bills", money(lasts.open_bills)),
        output.line("how-billed-until", lasts.billed_until.to_string()),
        output.line("how-unbilled", money(lasts.unbilled)),
        output.line("how-left", money(lasts.left)),
        output.line("how-price", price),
        output.line("how-first-day", format!("{} kWh", kwh(lasts.first_day))),
    ];
    if lasts.incomplete_days > 0 {
        rows.push(output.line("how-incomplete", lasts.incomplete_days.to_string()));
    }
    rows.extend(tries(output, &lasts.tries));
    rows
}

fn expected(output: &Output, bill: &ExpectedBill) -> Rows {
    let mut rows = Rows::new();
    if let Some(like) = &bill.like {
        rows.push(output.line("how-like", like.to_string()));
    }
    for line in &bill.lines {
        let name = match output.text().lang() {
            Lang::En => line.text.en.clone(),
            Lang::Zh => line.text.zh.clone(),
        };
        let parts = [&line.quantity, &line.unit].into_iter().flatten();
        let mut how: Vec<String> = parts.cloned().collect();
        if let Some(price) = &line.price {
            how.push(format!("× {price}"));
        }
        how.push(format!("= {}", show::money(line.amount, bill.currency)));
        rows.push((name, how.join(" ")));
    }
    for point in &bill.points {
        rows.extend(forecast(output, point));
    }
    let assumptions = bill.assumptions.iter();
    rows.extend(assumptions.map(|name| output.line("how-assumed", name.clone())));
    rows
}

fn forecast(output: &Output, point: &PointForecast) -> Rows {
    let mut rows = vec![output.line("line-point", point.point.to_string())];
    for period in &point.periods {
        let id = format!("period-{}", period.period);
        let name = output.text().find(&id, &[]);
        let sum = format!("{} + {} kWh", kwh(period.so_far), kwh(period.rest));
        rows.push((name.unwrap_or_else(|| period.period.clone()), sum));
    }
    let reactive = format!(
        "{} + {} kvarh",
        kwh(point.reactive_so_far),
        kwh(point.reactive_rest)
    );
    rows.push(output.line("how-reactive", reactive));
    let days = point.days.iter();
    rows.extend(days.map(|day| (day.date.to_string(), of_day(output, day))));
    rows.extend(tries(output, &point.tries));
    rows
}

fn of_day(output: &Output, day: &DayForecast) -> String {
    let season = day.season.clone();
    let sort = if day.same_sort {
        day.like.clone()
    } else {
        output.text().get("how-any-day")
    };
    let values = [
        ("days", day.days.into()),
        ("like", sort.into()),
        ("mean", kwh(day.mean).into()),
        ("season", season.unwrap_or_else(|| "–".to_owned()).into()),
        ("energy", kwh(day.energy).into()),
    ];
    output.text().with("how-day", &values)
}

fn demand(output: &Output, demand: &Demand) -> Rows {
    let points: Vec<String> = demand.points.iter().map(ToString::to_string).collect();
    let mut rows = vec![
        output.line("how-points", points.join(", ")),
        output.line("how-contracted", format!("{} kW", demand.contracted_kw)),
        output.line("how-limit", format!("{} kW", demand.limit_kw)),
    ];
    if let Some(so_far) = &demand.so_far_kw {
        let at = demand.so_far_at.map(|at| format!(" ({})", show::time(at)));
        rows.push(output.line(
            "how-so-far",
            format!("{so_far} kW{}", at.unwrap_or_default()),
        ));
    }
    if let Some([low, expected, high]) = &demand.month_kw {
        rows.push(output.line("how-month", format!("{low} – {expected} – {high} kW")));
    }
    if let Some(headroom) = &demand.headroom_kw {
        rows.push(output.line("how-headroom", format!("{headroom} kW")));
    }
    rows
}

fn power_factor(output: &Output, factor: &PowerFactor) -> Rows {
    let points: Vec<String> = factor.points.iter().map(ToString::to_string).collect();
    let mut rows = vec![
        output.line("how-points", points.join(", ")),
        output.line("how-target", factor.target.clone()),
    ];
    let allowed = factor.allowance_kvarh;
    rows.extend(allowed.map(|kvarh| output.line("how-allowance", format!("{kvarh} kvarh"))));
    let rest = format!("{} kvarh", kwh(factor.expected_rest));
    rows.push(output.line("how-expected-rest", rest));
    rows
}

fn overdue(output: &Output, overdue: &Overdue) -> Rows {
    let mut rows = Rows::new();
    if overdue.disputed > 0 {
        let disputed = show::money(overdue.disputed, overdue.currency);
        rows.push(output.line("how-part-disputed", disputed));
    }
    for on in &overdue.penalties {
        let how = penalty_days(
            output,
            on.days,
            on.daily_ppm,
            on.later_days,
            on.later_daily_ppm,
        );
        let open = show::money(overdue.open, overdue.currency);
        let penalty = show::money(on.penalty, overdue.currency);
        let freed = freed(output, on, overdue.currency);
        let how = format!("{penalty} ({open}: {how}{freed})");
        rows.push((on.on.to_string(), how));
    }
    rows
}

fn tries(output: &Output, tries: &[Try]) -> Rows {
    let rows = tries.iter().map(|one| {
        let values = [
            ("month", one.month.to_string().into()),
            ("day", one.as_of.to_string().into()),
            ("error", one.error_percent.clone().into()),
        ];
        output.line("how-tried", output.text().with("how-try", &values))
    });
    rows.collect()
}
