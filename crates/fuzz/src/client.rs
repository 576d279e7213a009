//! Files of orders that somebody hands the payment software: what is read is within its bounds, and
//! says the same when it is written as JSON and read again.

use wattkey_client::order_file::{self, MAX_LINES, MAX_PROBLEMS, OrderLine, Target};

use crate::Outcome;

/// A file of orders.
pub(crate) fn order_file(bytes: &[u8]) -> Outcome {
    let read = order_file::read(bytes);
    match &read {
        Ok(lines) => {
            assert!((1..=MAX_LINES).contains(&lines.len()));
            let text: String = lines.iter().map(written).collect();
            let again = order_file::read(text.as_bytes()).expect("it was read before");
            assert_eq!(again.len(), lines.len());
            for (number, (line, again)) in (1..).zip(lines.iter().zip(again)) {
                let line = line.clone();
                assert_eq!(again, OrderLine { number, ..line });
            }
        }
        Err(problems) => assert!((1..=MAX_PROBLEMS).contains(&problems.len())),
    }
    Outcome::of(&read)
}

fn written(line: &OrderLine) -> String {
    let (name, target) = match &line.target {
        Target::Bill(bill) => ("bill", bill.to_string()),
        Target::Account(account) => ("account", account.to_string()),
    };
    let row = serde_json::json!({
        name: target, "amount": line.amount, "currency": line.currency,
        "reference": line.reference, "source": line.source,
        "execute": line.execute.map(|day| day.to_string()),
    });
    format!("{row}\n")
}
