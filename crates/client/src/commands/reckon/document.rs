//! `bill reckon --json`. Amounts are minor units, quantities and prices decimal strings.

use serde::Serialize;
use serde_json::{Value, json};
use wattkey_domain::tariff::{Assumption, Cause, Comparison, LineComparison, Reckoning, Share};
use wattkey_domain::{Balance, BillDocument, Line};

#[derive(Serialize)]
pub(super) struct Document {
    bill: String,
    currency: String,
    agrees: bool,
    total: Pair,
    difference: i64,
    lines: Vec<Value>,
    parts: Value,
    power_factors: Value,
    assumptions: Vec<Value>,
}

#[derive(Serialize)]
struct Pair {
    billed: i64,
    reckoned: i64,
}

pub(super) fn of(bill: &BillDocument, reckoning: &Reckoning, comparison: &Comparison) -> Document {
    let lines = comparison.lines.iter();
    Document {
        bill: bill.bill.to_string(),
        currency: bill.currency().code().to_owned(),
        agrees: comparison.agrees(),
        total: pair(bill.total.into(), reckoning.total),
        difference: comparison.difference.minor(),
        lines: lines.map(|pair| line(bill, reckoning, pair)).collect(),
        parts: comparison
            .parts
            .iter()
            .map(|(name, billed, reckoned)| {
                (name.as_str().to_owned(), json!(pair(*billed, *reckoned)))
            })
            .collect(),
        power_factors: reckoning
            .power_factors
            .iter()
            .map(|(tariff, factor)| (tariff.to_string(), json!(factor.to_string())))
            .collect(),
        assumptions: reckoning.assumptions.iter().map(assumed).collect(),
    }
}

fn pair(billed: Balance, reckoned: Balance) -> Pair {
    Pair {
        billed: billed.minor(),
        reckoned: reckoned.minor(),
    }
}

fn line(bill: &BillDocument, reckoning: &Reckoning, line: &LineComparison) -> Value {
    let billed = line.billed.and_then(|index| bill.lines.get(index));
    let reckoned = line.reckoned.and_then(|index| reckoning.lines.get(index));
    json!({
        "billed": billed.map(|line| document(line, None)),
        "reckoned": reckoned.map(|line| document(&line.line, line.share)),
        "difference": line.difference.minor(),
        "causes": line.causes.iter().map(|cause| caused(*cause)).collect::<Vec<_>>(),
    })
}

fn document(line: &Line, share: Option<Share>) -> Value {
    let mut document = json!({
        "kind": line.kind,
        "text": line.text,
        "quantity": line.quantity,
        "unit": line.unit,
        "price": line.price,
        "amount": line.amount.minor(),
    });
    if let Some(share) = share {
        document["share"] =
            json!({"from": share.from.to_string(), "days": share.days, "of": share.of});
    }
    document
}

fn caused(named: Cause) -> Value {
    let mut document = json!({ "cause": named.as_str() });
    match named {
        Cause::Quantity { billed, reckoned } | Cause::Price { billed, reckoned } => {
            document["billed"] = json!(billed);
            document["reckoned"] = json!(reckoned);
        }
        Cause::Multiplication { made_minor } => document["made"] = json!(made_minor),
        Cause::Missing | Cause::Unexpected | Cause::Amount => {}
    }
    document
}

fn assumed(assumed: &Assumption) -> Value {
    let mut document = json!({ "assumption": assumed.as_str() });
    match assumed {
        Assumption::SplitByDays { point, first, last } => {
            document["point"] = json!(point);
            document["first"] = json!(first.to_string());
            document["last"] = json!(last.to_string());
        }
        Assumption::RolledOver {
            point,
            register,
            at,
        } => {
            document["point"] = json!(point);
            document["register"] = json!(register);
            document["at"] = json!(at.to_string());
        }
        Assumption::DeductedByShares { point } => document["point"] = json!(point),
        Assumption::NoPowerFactor { tariff } => document["tariff"] = json!(tariff),
    }
    document
}
