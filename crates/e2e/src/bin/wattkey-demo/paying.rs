//! Paying: one bill alone, several with two persons, and the proof of it.

use anyhow::{Context as _, Result, bail, ensure};
use serde_json::Value;
use wattkey_e2e::{World, sample};

use crate::{
    person::Person,
    steps::{Steps, decimal, list, member, minor, money, say, text},
};

/// The bill, and what paying it takes.
pub(crate) fn bill(person: &Person, bill: &str, steps: &mut Steps) -> Result<String> {
    let total = steps.step(&format!("bill {bill} and its lines"), || {
        let shown = person.ask(&["bill", "show", bill])?;
        let quote = member(&shown, "/bill/quote")?;
        let (principal, penalty) = (minor(quote, "/principal")?, minor(quote, "/penalty")?);
        let lines = list(&shown, "/document/lines")?.len();
        let days = member(quote, "/days")?;
        let text = format!(
            "{lines} lines, {} and penalty {} for {days} days",
            money(principal),
            money(penalty)
        );
        Ok((decimal(principal + penalty), text))
    })?;
    steps.show(person, &["bill", "show", bill])?;
    Ok(total)
}

/// Pays one bill alone, with the PIN again, and waits until the bank has booked it.
pub(crate) fn pay(person: &Person, bill: &str, total: &str, steps: &mut Steps) -> Result<String> {
    let name = format!(
        "pay {total} {}, signed with the PIN again",
        sample::CURRENCY
    );
    let order = steps.step(&name, || {
        let paid = person.sign(&[
            "pay",
            bill,
            "--yes",
            "--expect-total",
            total,
            "--wait",
            "60",
        ])?;
        ensure!(paid["state"] == "settled", "the order is {}", paid["state"]);
        let history = list(&paid, "/payment/history")?;
        let states: Vec<&str> = history.iter().filter_map(|e| e["state"].as_str()).collect();
        let booked = format!("the bank booked it: {}", states.join(", "));
        Ok((text(&paid, "/order")?, booked))
    })?;
    steps.show(person, &["payment", "show", &order])?;
    Ok(order)
}

/// What the customer keeps: a receipt that needs nobody to be believed.
pub(crate) fn receipt(person: &Person, order: &str, steps: &mut Steps) -> Result<()> {
    let file = file(person, &format!("receipt-{order}.json"));
    steps.step("save the receipt", || {
        person.ask(&["receipt", "save", order, "--to", &file])?;
        Ok(((), format!("{} bytes", std::fs::metadata(&file)?.len())))
    })?;
    steps.step("verify the receipt offline", || {
        let verify = person.world.wattkey(&person.key, person.pc)?;
        let output = verify
            .args(["--json", "receipt", "verify", &file])
            .succeed()?;
        let verified: Value = serde_json::from_str(&output.stdout)?;
        ensure!(verified["valid"] == true, "{verified}");
        let (state, as_of) = ("/receipt/state", "/receipt/as_of");
        Ok((
            (),
            format!(
                "{} as of {}",
                text(&verified, state)?,
                text(&verified, as_of)?
            ),
        ))
    })
}

/// The signed order once more, from another PC: it is known, and pays nothing again.
pub(crate) fn same_order_again(person: &Person, order: &str, steps: &mut Steps) -> Result<()> {
    let file = file(person, &format!("order-{order}.jws"));
    let other_pc = Person {
        pc: "other-pc",
        ..person.clone()
    };
    steps.step(
        "send the same order from a PC with an empty journal",
        || {
            person.ask(&["payment", "export", order, "--to", &file])?;
            let again = other_pc.ask(&["pay", "--signed", &file])?;
            ensure!(
                again["order"] == order && again["state"] == "settled",
                "{again}"
            );
            let paid = person.ask(&["payments"])?;
            let payments = list(&paid, "/payments")?.iter();
            let count = payments.filter(|payment| payment["order"] == order).count();
            ensure!(count == 1, "the order is there {count} times");
            Ok(((), "the same outcome, paid once".to_owned()))
        },
    )
}

/// One order for several bills of several accounts: more than the cashier may pay alone, so a second
/// person sees what was signed and approves it.
pub(crate) fn several(person: &Person, steps: &mut Steps) -> Result<()> {
    let bills = person.payable()?;
    let names: Vec<&str> = bills
        .iter()
        .filter_map(|bill| bill["bill"].as_str())
        .collect();
    let [one, two, ..] = names[..] else {
        say("    (fewer than two bills are open: the order that two persons sign is left out)");
        return Ok(());
    };
    let mut total = 0;
    for bill in [one, two] {
        let shown = person.ask(&["bill", "show", bill])?;
        total += minor(&shown, "/bill/quote/principal")? + minor(&shown, "/bill/quote/penalty")?;
    }
    let total = decimal(total);
    let name = format!(
        "one order for 2 bills, {total} {}: the maker signs",
        sample::CURRENCY
    );
    let order = steps.step(&name, || {
        let pay = [
            "pay",
            one,
            two,
            "--reference",
            "PO 4711",
            "--yes",
            "--expect-total",
            &total,
        ];
        let made = person.sign(&pay)?;
        let order = text(&made, "/order")?;
        let shown = person.ask(&["payment", "show", &order])?;
        let state = text(&shown, "/payment/state")?;
        ensure!(state == "awaiting-approval", "the order is {state}");
        Ok((
            order,
            "above what she may pay alone: awaiting approval".to_owned(),
        ))
    })?;
    let approver = person.approver();
    steps.show(&approver, &["approvals"])?;
    steps.step(
        "the approver sees what was signed, and signs it too",
        || {
            approver.sign(&["approve", &order, "--yes", "--expect-total", &total])?;
            Ok(((), settled(&approver, &order)?))
        },
    )
}

/// Waits until the bank has booked an order.
fn settled(person: &Person, order: &str) -> Result<String> {
    let deadline = std::time::Instant::now() + std::time::Duration::from_secs(60);
    loop {
        let shown = person.ask(&["payment", "show", order])?;
        match text(&shown, "/payment/state")?.as_str() {
            "settled" => return Ok("the bank booked it".to_owned()),
            "accepted" | "submitted" if std::time::Instant::now() < deadline => {
                std::thread::sleep(std::time::Duration::from_millis(50));
            }
            other => bail!("the order is {other}"),
        }
    }
}

/// The USB key is lost: from then on it opens nothing.
pub(crate) fn lose_key(
    world: &mut World,
    customer: usize,
    person: &Person,
    steps: &mut Steps,
) -> Result<()> {
    steps.step("report the USB key lost", || {
        let serial = world.report_lost(customer)?;
        Ok(((), format!("key {serial} unbound and revoked")))
    })?;
    steps.step("the next request with that key is refused", || {
        let output = person.program(&["accounts"])?.run()?;
        let code = output.status.code();
        let said = || format!("exit code {code:?}: {}{}", output.stdout, output.stderr);
        ensure!(matches!(code, Some(14 | 15)), "{}", said());
        Ok(((), format!("exit code {}", code.context("a code")?)))
    })
}

/// A file on the person's PC.
pub(crate) fn file(person: &Person, name: &str) -> String {
    let folder = person.world.layout().path("pcs").join(person.pc);
    folder.join(name).display().to_string()
}
