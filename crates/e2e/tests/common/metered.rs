//! What bills were reckoned from, handed in as the marketing system does it.

use base64ct::{Base64UrlUnpadded, Encoding as _};
use jiff::ToSpan as _;
use serde_json::{Value, json};
use wattkey_e2e::{provision::today, sample::CUSTOMERS};
use wattkey_sample::Kind;

use super::Stage;

/// The number of the tax invoice of [`Metered::differs`], and the bytes of its file.
pub(crate) const TAX_INVOICE: &str = "2441201";
pub(crate) const TAX_INVOICE_FILE: &[u8] = b"%PDF";

/// Bills of the steelworks' first account.
pub(crate) struct Metered {
    /// The newest, whose tariff and readings make something else; it has a tax invoice.
    pub(crate) differs: String,
    /// One of the month before that is what its readings make.
    pub(crate) agrees: String,
}

/// Hands in two bills' tariffs and meter readings, a day of 15-minute readings and a tax invoice.
pub(crate) fn import_metered(stage: &Stage) -> Metered {
    let first = today().first_of_month();
    let (from, to) = (first.saturating_sub(1.month()), first);
    let account = "C-1001";
    let differs = format!("B-{account}-{}", from.strftime("%Y%m"));
    let tariff = wattkey_sample::tariff(Kind::Hospital);
    let named: Value = serde_json::from_str(&tariff).unwrap();
    let metered = json!({"account": account, "month": from.strftime("%Y-%m").to_string(), "from": from,
        "to": to, "points": [{"point": "P-1001", "tariff": named["tariff"], "meters": [{"meter": "M-1",
        "multiplier": "1", "registers": [{"kind": "active", "period": "flat", "readings":
        [{"at": from, "value": "0"}, {"at": to, "value": "1"}]}]}]}],
        "basis": [{"tariff": named["tariff"], "from": "2020-01-01", "capacity_kva": "63000"}]});
    let site = wattkey_sample::sites().remove(0);
    let before = from.saturating_sub(1.month());
    let curve = wattkey_sample::curve(&site, 7, before, from);
    let (schedule, customer) = (wattkey_sample::periods(), CUSTOMERS[0].id);
    let months = wattkey_sample::months(&site, customer, &curve, &schedule, (before, 1)).unwrap();
    let bill: Value = serde_json::from_str(&months[0].bill).unwrap();
    let agrees = bill["bill"].as_str().unwrap().to_owned();
    let records = [
        json!({"type": "schedule", "id": "S-1", "document": encoded(wattkey_sample::schedule())}),
        json!({"type": "tariff", "document": encoded(tariff)}),
        json!({"type": "tariff", "document": encoded(wattkey_sample::tariff(site.kind))}),
        json!({"type": "metering-point", "id": "P-1001", "account": account, "name": "Works",
            "address": "1 Furnace Road", "under": null, "tariff": named["tariff"], "schedule": "S-1",
            "capacity_kva": "6300", "contracted_kw": null, "prepaid": false}),
        json!({"type": "bill", "document": encoded(&months[0].bill)}),
        json!({"type": "metered", "bill": agrees, "document": encoded(&months[0].metered)}),
        json!({"type": "metered", "bill": differs, "document": encoded(metered.to_string())}),
        json!({"type": "readings", "point": "P-1001", "start": format!("{from}T00:00:00+08:00"),
            "resolution": 900, "channels": {"active-import": vec![250_500; 96]}}),
        json!({"type": "tax-invoice", "number": TAX_INVOICE, "bill": differs, "issued": today(),
            "file": {"name": format!("{TAX_INVOICE}.pdf"), "media_type": "application/pdf",
                "bytes": encoded(TAX_INVOICE_FILE)}}),
    ];
    let lines: String = records.iter().map(|record| format!("{record}\n")).collect();
    let file = stage.world.write_file(1, &lines).unwrap();
    let imported = stage.world.manage(&["import", file.to_str().unwrap()]);
    let imported = imported.unwrap();
    assert!(imported.status.success(), "{imported:#?}");
    Metered { differs, agrees }
}

fn encoded(bytes: impl AsRef<[u8]>) -> String {
    Base64UrlUnpadded::encode_string(bytes.as_ref())
}
