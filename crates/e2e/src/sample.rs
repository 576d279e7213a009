//! Three large customers with twelve months of bills, made by a seeded generator.
//!
//! The same seed and day give the same bytes. Figures are in the range of what large customers of
//! a two-part tariff pay: energy by period at 0.3 to 1.3 a kWh, capacity at 32 a kVA and month,
//! levies of a few cents a kWh, 13 % tax contained in the price. The recipe of each bill can be
//! recomputed from its lines; one bill of the steelworks is left in arrears, the newest bill of each
//! account is open, all others were paid over the counter.

use base64ct::{Base64UrlUnpadded, Encoding as _};
use jiff::{ToSpan as _, civil::Date};
use rust_decimal::{Decimal, RoundingStrategy, prelude::ToPrimitive as _};
use serde_json::{Value, json};
use uuid::Uuid;

/// Currency of everything in the sample.
pub const CURRENCY: &str = "CNY";
const MONTHS: i32 = 12;

/// A customer of the sample.
#[derive(Debug, Clone, Copy)]
pub struct Customer {
    /// Stable identifier.
    pub id: &'static str,
    /// Name.
    pub name: &'static str,
    /// Identifier and name of its user.
    pub user: (&'static str, &'static str),
    /// Contract accounts: identifier, name, address, kWh a month, kVA.
    accounts: &'static [(&'static str, &'static str, &'static str, u64, u64)],
    /// Debit mandate and the account that it debits.
    mandate: (&'static str, &'static str),
}

/// The customers of the sample. All names and accounts are invented; the IBANs have good check
/// digits and belong to nobody we know of.
pub const CUSTOMERS: [Customer; 3] = [
    Customer {
        id: "5e1f0000-0000-4000-8000-000000000001",
        name: "Dongshan Steelworks",
        user: ("5e1f0000-0000-4000-8000-000000000101", "Li Na"),
        accounts: &[
            (
                "C-1001",
                "Arc furnace 1",
                "1 Furnace Road, Dongshan",
                18_400_000,
                63_000,
            ),
            (
                "C-1002",
                "Rolling mill",
                "3 Furnace Road, Dongshan",
                6_900_000,
                31_500,
            ),
        ],
        mandate: ("M-1001", "GB33BUKB20201555555555"),
    },
    Customer {
        id: "5e1f0000-0000-4000-8000-000000000002",
        name: "Riverside Hospital",
        user: ("5e1f0000-0000-4000-8000-000000000102", "Wang Fang"),
        accounts: &[(
            "C-2001",
            "Main building",
            "88 River Street, Linjiang",
            1_150_000,
            4_000,
        )],
        mandate: ("M-2001", "DE75512108001245126199"),
    },
    Customer {
        id: "5e1f0000-0000-4000-8000-000000000003",
        name: "Beichen Data Centre",
        user: ("5e1f0000-0000-4000-8000-000000000103", "Zhang Wei"),
        accounts: &[
            (
                "C-3001",
                "Hall A",
                "7 Cable Avenue, Beichen",
                9_800_000,
                20_000,
            ),
            (
                "C-3002",
                "Hall B",
                "7 Cable Avenue, Beichen",
                8_700_000,
                20_000,
            ),
            (
                "C-3003",
                "Cooling plant",
                "9 Cable Avenue, Beichen",
                3_300_000,
                8_000,
            ),
        ],
        mandate: ("M-3001", "FR1420041010050500013M02606"),
    },
];

impl Customer {
    /// Its debit mandate and the account that it debits.
    #[must_use]
    pub fn mandate(&self) -> (&'static str, &'static str) {
        self.mandate
    }
}

/// The bill that is overdue: the steelworks' rolling mill, the month before last.
#[must_use]
pub fn overdue_bill(today: Date) -> String {
    bill_id("C-1002", month(today, 2))
}

/// The import file: one record a line.
#[must_use]
pub fn records(seed: u64, today: Date) -> String {
    let mut random = fastrand::Rng::with_seed(seed);
    let mut lines = vec![json!({
        "type": "payee", "name": "Wattkey Sample Power", "account": "DE89370400440532013000",
        "agent": "COBADEFFXXX", "creditor_id": "DE98ZZZ09999999999", "currency": CURRENCY,
        "time_zone": "Asia/Shanghai",
    })];
    for customer in &CUSTOMERS {
        lines.extend(customer_records(customer, today));
        for account in customer.accounts {
            lines.extend(account_records(customer, *account, today, &mut random));
        }
    }
    lines.iter().map(|line| format!("{line}\n")).collect()
}

/// One more bill of the steelworks, of this month: its id and the import record.
#[must_use]
pub fn extra_bill(today: Date, number: usize) -> (String, String) {
    let (customer, account) = (&CUSTOMERS[0], CUSTOMERS[0].accounts[0]);
    let mut random = fastrand::Rng::with_seed(number as u64);
    let period = month(today, 0);
    let mut document = bill_document(customer, account, period, today, 1, &mut random);
    let id = format!("{}-X{number}", bill_id(account.0, period));
    document["bill"] = id.as_str().into();
    let bytes = serde_json::to_vec(&document).expect("a bill is JSON");
    let record = json!({"type": "bill", "document": Base64UrlUnpadded::encode_string(&bytes)});
    (id, format!("{record}\n"))
}

fn customer_records(customer: &Customer, today: Date) -> Vec<Value> {
    let signed = today.saturating_sub(2.years());
    let (user, user_name) = customer.user;
    let (mandate, debtor_account) = customer.mandate;
    let mut lines = vec![
        json!({"type": "customer", "id": customer.id, "name": customer.name, "locale": "zh"}),
        json!({"type": "user", "id": user, "customer": customer.id, "name": user_name,
               "rights": ["view", "prepare", "approve"]}),
        json!({"type": "mandate", "id": mandate, "customer": customer.id,
               "debtor_name": customer.name, "debtor_account": debtor_account,
               "debtor_agent": "NOTPROVIDED", "signed": signed, "currency": CURRENCY,
               "valid_from": signed}),
    ];
    for (id, name, address, ..) in customer.accounts {
        lines.push(json!({"type": "account", "id": id, "customer": customer.id, "name": name, "address": address}));
    }
    lines
}

fn account_records(
    customer: &Customer,
    account: (&'static str, &str, &str, u64, u64),
    today: Date,
    random: &mut fastrand::Rng,
) -> Vec<Value> {
    let mut lines = Vec::new();
    for back in (1..=MONTHS).rev() {
        let period = month(today, back);
        let document = bill_document(customer, account, period, today, back, random);
        let bytes = serde_json::to_vec(&document).expect("a bill is JSON");
        lines.push(json!({"type": "bill", "document": Base64UrlUnpadded::encode_string(&bytes)}));
        let id = bill_id(account.0, period);
        if back > 1 && id != overdue_bill(today) {
            lines.push(json!({
                "type": "payment", "bill": id, "amount": document["total"], "currency": CURRENCY,
                "paid": document["due"], "channel": "counter", "reference": format!("R-{id}"),
            }));
        }
    }
    lines
}

/// The month that lies `back` months before today's, as its first day.
fn month(today: Date, back: i32) -> Date {
    today.first_of_month().saturating_sub(back.months())
}

fn bill_id(account: &str, period: Date) -> String {
    format!("B-{account}-{:04}{:02}", period.year(), period.month())
}

struct Lines {
    list: Vec<Value>,
    sum: Decimal,
}

impl Lines {
    /// Adds a line; its amount is quantity times price, rounded half up to the cent.
    fn add(
        &mut self,
        kind: &str,
        (en, zh): (&str, &str),
        quantity: u64,
        unit: &str,
        price: Decimal,
    ) -> Decimal {
        let amount = cents(Decimal::from(quantity) * price);
        self.push(kind, (en, zh), Some((quantity, unit, price)), amount);
        amount
    }

    fn push(
        &mut self,
        kind: &str,
        (en, zh): (&str, &str),
        reckoning: Option<(u64, &str, Decimal)>,
        amount: Decimal,
    ) {
        let mut line = json!({"kind": kind, "text": {"en": en, "zh": zh}, "amount": minor(amount)});
        if let Some((quantity, unit, price)) = reckoning {
            line["quantity"] = quantity.to_string().into();
            line["unit"] = unit.into();
            line["price"] = price.to_string().into();
        }
        self.list.push(line);
        self.sum += amount;
    }
}

fn bill_document(
    customer: &Customer,
    (account, _, _, kwh, kva): (&str, &str, &str, u64, u64),
    period: Date,
    today: Date,
    back: i32,
    random: &mut fastrand::Rng,
) -> Value {
    let used = kwh * random.u64(88..=112) / 100;
    let mut lines = Lines {
        list: Vec::new(),
        sum: Decimal::ZERO,
    };
    let mut energy = Decimal::ZERO;
    for (text, share, price) in [
        (("Energy, sharp", "尖峰电量"), 8, Decimal::new(12_846, 4)),
        (("Energy, peak", "高峰电量"), 30, Decimal::new(10_705, 4)),
        (("Energy, flat", "平段电量"), 34, Decimal::new(6_530, 4)),
        (("Energy, valley", "低谷电量"), 28, Decimal::new(3_109, 4)),
    ] {
        energy += lines.add("energy", text, used * share / 100, "kWh", price);
    }
    let basic = lines.add(
        "capacity",
        ("Capacity", "容量电费"),
        kva,
        "kVA",
        Decimal::new(320, 1),
    );
    // Power factor 0.95 and above: 0.75 % off energy and basic charge (rule of 1983, target 0.90).
    let factor = cents((energy + basic) * Decimal::new(-75, 4));
    lines.push(
        "power-factor",
        ("Power-factor adjustment 0.96", "功率因数调整 0.96"),
        None,
        factor,
    );
    let revenue_with_tax = lines.sum;
    let levies = lines.add(
        "levy",
        ("Funds and surcharges", "基金及附加"),
        used,
        "kWh",
        Decimal::new(278, 4),
    );
    let total = lines.sum;
    let tax = cents(revenue_with_tax * Decimal::new(13, 2) / Decimal::new(113, 2));
    let issued = today.first_of_month().saturating_sub((back - 1).months());
    let due = if back == 1 {
        today.saturating_add(9.days())
    } else {
        issued.saturating_add(14.days())
    };
    json!({
        "bill": bill_id(account, period), "account": account, "customer": customer.id,
        "period": format!("{:04}-{:02}", period.year(), period.month()), "currency": CURRENCY,
        "issued": issued, "due": due, "lines": lines.list, "total": minor(total),
        "revenue": minor(revenue_with_tax - tax), "tax": minor(tax), "levies": minor(levies),
    })
}

fn cents(amount: Decimal) -> Decimal {
    amount.round_dp_with_strategy(2, RoundingStrategy::MidpointAwayFromZero)
}

fn minor(amount: Decimal) -> i64 {
    (amount * Decimal::ONE_HUNDRED)
        .to_i64()
        .expect("a bill is far below 2^63 cents")
}

/// A stable identifier for a manager of the sample.
#[must_use]
pub fn manager() -> (Uuid, &'static str) {
    (
        Uuid::from_u128(0x5e1f_0000_0000_4000_8000_0000_0000_0201),
        "Chen Jing",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day() -> Date {
        jiff::civil::date(2026, 11, 22)
    }

    #[test]
    fn one_seed_makes_the_same_bytes() {
        assert_eq!(records(7, day()), records(7, day()));
        assert_ne!(records(7, day()), records(8, day()));
    }

    #[test]
    fn every_bill_adds_up_and_one_is_in_arrears() {
        let text = records(7, day());
        let records: Vec<Value> = text
            .lines()
            .map(|l| serde_json::from_str(l).unwrap())
            .collect();
        let of = |kind: &str| {
            records
                .iter()
                .filter(|r| r["type"] == kind)
                .collect::<Vec<_>>()
        };
        assert_eq!(of("bill").len(), 6 * 12);
        let paid: Vec<_> = of("payment")
            .iter()
            .map(|p| p["bill"].as_str().unwrap().to_owned())
            .collect();
        let mut overdue = Vec::new();
        for record in of("bill") {
            let bytes =
                Base64UrlUnpadded::decode_vec(record["document"].as_str().unwrap()).unwrap();
            let bill: Value = serde_json::from_slice(&bytes).unwrap();
            let minor = |v: &Value| v.as_i64().unwrap();
            let sum: i64 = bill["lines"]
                .as_array()
                .unwrap()
                .iter()
                .map(|l| minor(&l["amount"]))
                .sum();
            assert_eq!(sum, minor(&bill["total"]));
            assert_eq!(
                minor(&bill["revenue"]) + minor(&bill["tax"]) + minor(&bill["levies"]),
                sum
            );
            let due: Date = bill["due"].as_str().unwrap().parse().unwrap();
            let id = bill["bill"].as_str().unwrap().to_owned();
            if due < day() && !paid.contains(&id) {
                overdue.push(id);
            }
        }
        assert_eq!(overdue, [overdue_bill(day())]);
    }
}
