//! What a customer sees besides bills: accounts, consumption, what is coming, statements, own data.

use anyhow::{Result, ensure};
use jiff::ToSpan as _;
use wattkey_e2e::{large::CLERK, provision::today};

use crate::{
    person::Person,
    steps::{Steps, list, member, money, text},
};

pub(crate) fn accounts(person: &Person, steps: &mut Steps) -> Result<()> {
    steps.step("contract accounts", || {
        let accounts = person.ask(&["accounts"])?;
        let list = list(&accounts, "/accounts")?;
        let open: i64 = list.iter().filter_map(|a| a["open"].as_i64()).sum();
        Ok(((), format!("{} accounts, open {}", list.len(), money(open))))
    })?;
    steps.show(person, &["accounts"])
}

/// Who it is, and what the customer says of itself.
pub(crate) fn who(person: &Person, name: &str, steps: &mut Steps) -> Result<()> {
    steps.step(&format!("unlock the USB key of {name}"), || {
        let me = person.ask(&["whoami"])?;
        let rights = list(&me, "/rights")?;
        let rights: Vec<&str> = rights.iter().filter_map(|right| right.as_str()).collect();
        let key = text(&me, "/key/serial")?;
        Ok(((), format!("key {key}, may {}", rights.join(", "))))
    })
}

/// The first and the last day of the last months, as commands want them.
pub(crate) fn months_back(months: i32) -> [String; 2] {
    let from = today().first_of_month().saturating_sub(months.months());
    [from.to_string(), today().to_string()]
}

/// What was owed and paid in the last months.
pub(crate) fn statement(person: &Person, account: &str, steps: &mut Steps) -> Result<()> {
    let [from, to] = months_back(3);
    let arguments = ["statement", account, "--from", &from, "--to", &to];
    steps.step(&format!("statement of account {account}"), || {
        let statement = person.ask(&arguments)?;
        let statement = statement.get("statement").unwrap_or(&statement);
        let entries = list(statement, "/items")?;
        let owed = |of: &str| statement[of]["owed"].as_i64().unwrap_or_default();
        let bills = entries.iter().filter(|entry| entry["ledger"] == "bills");
        let moved: i64 = bills
            .map(|entry| {
                let minor = |side: &str| entry[side].as_i64().unwrap_or_default();
                minor("debit") - minor("credit")
            })
            .sum();
        let (opening, closing) = (owed("opening"), owed("closing"));
        ensure!(
            opening + moved == closing,
            "{opening} and {moved} are not {closing}"
        );
        let text = format!(
            "{} entries: {} owed on {from}, {} on {to}",
            entries.len(),
            money(opening),
            money(closing)
        );
        Ok(((), text))
    })?;
    steps.show(person, &arguments)
}

/// The bill reckoned again from tariff and meter readings, line by line.
pub(crate) fn recomputed(person: &Person, bill: &str, steps: &mut Steps) -> Result<()> {
    let arguments = ["bill", "reckon", bill];
    steps.step("reckon that bill again from tariff and readings", || {
        let reckoned = person.ask(&arguments)?;
        ensure!(reckoned["agrees"] == true, "the bill differs: {reckoned}");
        let lines = list(&reckoned, "/lines")?.len();
        Ok(((), format!("all {lines} lines agree")))
    })?;
    steps.show(person, &arguments)
}

/// Consumption month by month, of a metering point of the account.
pub(crate) fn consumption(person: &Person, account: &str, steps: &mut Steps) -> Result<()> {
    let points = person.ask(&["usage", "--account", account])?;
    let point = text(&points, "/metering_points/0/point")?;
    let arguments = ["usage", &point, "--by", "month"];
    steps.step(&format!("consumption of {point}, month by month"), || {
        let curve = person.ask(&arguments)?;
        let months = list(&curve, "/items")?;
        let newest = months.last().map(|month| &month["maximum_demand"]);
        let energy = curve.pointer("/total/energy/active-import");
        let kwh = energy
            .and_then(serde_json::Value::as_i64)
            .unwrap_or_default()
            / 1_000;
        ensure!(kwh > 0 && newest.is_some(), "nothing was read: {curve}");
        Ok(((), format!("{} months, {kwh} kWh", months.len())))
    })?;
    steps.show(person, &arguments)
}

/// What is coming, each with what it was reckoned from.
pub(crate) fn warnings(person: &Person, account: &str, steps: &mut Steps) -> Result<()> {
    let arguments = ["warnings", "--account", account];
    steps.step("forewarnings", || {
        let found = person.ask(&arguments)?;
        let warnings = list(&found, "/warnings")?;
        let kinds: Vec<&str> = warnings
            .iter()
            .filter_map(|one| one["kind"].as_str())
            .collect();
        Ok(((), format!("{}: {}", warnings.len(), kinds.join(", "))))
    })?;
    steps.show(person, &arguments)
}

/// The customer's own data: signed, and told to the marketing system.
pub(crate) fn own_data(person: &Person, steps: &mut Steps) -> Result<()> {
    steps.step("whom the power company calls, changed and signed", || {
        let contact = "name=Wang Fang;role=billing;phone=021 5555 0100;language=zh";
        person.sign(&["profile", "set", "contacts", contact, "--yes"])?;
        let profile = person.ask(&["profile"])?;
        let contacts = list(&profile, "/contacts/contacts")?;
        ensure!(contacts.len() == 1, "{profile}");
        let version = &profile["contacts"]["version"];
        Ok(((), format!("1 contact, version {version}")))
    })?;
    steps.show(person, &["profile"])
}

/// What a clerk may do on an account: one administrator signs, another one approves. Again, it is
/// taken back.
pub(crate) fn rights(person: &Person, account: &str, steps: &mut Steps) -> Result<()> {
    let approver = person.approver();
    let name = format!("rights of {} on {account}, by two administrators", CLERK.1);
    steps.step(&name, || {
        let known = person.ask(&["rights"])?;
        let rights = list(&known, "/rights")?;
        let given = rights.iter().any(|row| {
            row["user"] == CLERK.0 && row["account"] == account && !row["given"].is_null()
        });
        let wanted = if given { "own" } else { "view,prepare" };
        let set = ["rights", "set", CLERK.0, account, wanted, "--yes"];
        let signed = person.sign(&set)?;
        let waiting = text(&signed, "/answer/state")?;
        ensure!(waiting == "waiting", "the change is {waiting}");
        let change = text(&signed, "/about")?;
        let approved = approver.sign(&["changes", "approve", &change, "--yes"])?;
        let version = member(&approved, "/answer/version")?;
        let done = text(&approved, "/answer/state")?;
        ensure!(done == "done", "the change is {done}");
        Ok(((), format!("{wanted}: signed, approved, version {version}")))
    })?;
    steps.show(person, &["rights"])
}

/// A bill as a document, with its recomputation.
pub(crate) fn pdf(person: &Person, bill: &str, steps: &mut Steps) -> Result<()> {
    let file = crate::paying::file(person, &format!("{bill}.pdf"));
    steps.step("the bill as PDF, with how it is reckoned", || {
        person.ask(&["bill", "pdf", bill, "--reckon", "--to", &file, "--force"])?;
        Ok((
            (),
            format!("{} bytes in {file}", std::fs::metadata(&file)?.len()),
        ))
    })
}
