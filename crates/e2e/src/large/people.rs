//! Who they are: what the host of the platform takes in before anything else.

use anyhow::Result;
use jiff::{ToSpan as _, civil::Date};
use serde_json::json;

use super::{Place, Records, places};
use crate::sample::{CURRENCY, CUSTOMERS};

/// What the steelworks' cashier may pay without the approver, in minor units.
pub const CLERK_ALONE_MINOR: i64 = 1_800_000_000;
/// The approver of the steelworks: identifier and name. The cashier is its user in [`CUSTOMERS`].
pub const APPROVER: (&str, &str) = ("5e1f0000-0000-4000-8000-000000000104", "Zhao Lei");
/// A clerk of the steelworks: identifier and name.
pub const CLERK: (&str, &str) = ("5e1f0000-0000-4000-8000-000000000105", "Sun Min");
/// What the hospital had paid ahead, in minor units.
const PAID_AHEAD_MINOR: i64 = 60_000_000;

/// Payee, customers, users, contract accounts, mandates, and the hospital's deposit.
///
/// # Errors
/// When the sample is wrong.
pub fn people(today: Date, halls: u32) -> Result<Records> {
    let mut records = Records::default();
    records.push(&json!({
        "type": "payee", "name": "Wattkey Sample Power", "account": "DE89370400440532013000",
        "agent": "COBADEFFXXX", "creditor_id": "DE98ZZZ09999999999", "currency": CURRENCY,
        "time_zone": wattkey_sample::ZONE,
    }));
    let signed = today.saturating_sub(3.years());
    for (number, customer) in CUSTOMERS.iter().enumerate() {
        let id = customer.id;
        records.push(&json!({"type": "customer", "id": id, "name": customer.name, "locale": "zh"}));
        let mut rights = vec!["view", "prepare", "approve"];
        let mut limits = json!({});
        if number == 0 {
            // Two administrators, so that one can give rights and the other one confirm them.
            rights.push("administer");
            limits = json!({"alone": CLERK_ALONE_MINOR});
            records.push(&json!({"type": "user", "id": APPROVER.0, "customer": id,
                "name": APPROVER.1, "rights": rights}));
            records.push(&json!({"type": "user", "id": CLERK.0, "customer": id,
                "name": CLERK.1, "rights": ["view"]}));
        }
        let (user, name) = customer.user;
        records.push(
            &json!({"type": "user", "id": user, "customer": id, "name": name,
            "rights": rights, "limits": limits}),
        );
        let (mandate, debtor_account) = customer.mandate();
        records.push(&json!({"type": "mandate", "id": mandate, "customer": id,
            "debtor_name": customer.name, "debtor_account": debtor_account,
            "debtor_agent": "NOTPROVIDED", "signed": signed, "currency": CURRENCY,
            "valid_from": signed}));
    }
    for place in places(halls)? {
        let Place {
            site,
            customer,
            name,
            address,
        } = place;
        records.push(
            &json!({"type": "account", "id": site.account, "customer": customer.id,
            "name": name, "address": address}),
        );
        if customer.id == CUSTOMERS[1].id {
            let as_of = today.first_of_month();
            let paid = json!({"type": "opening-balance", "account": site.account,
                "amount": PAID_AHEAD_MINOR, "currency": CURRENCY, "as_of": as_of});
            records.push_money(&paid, PAID_AHEAD_MINOR);
        }
    }
    Ok(records)
}
