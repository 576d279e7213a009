//! Tariffs and the schedule of periods. Prices are invented.

use serde_json::json;

use crate::Kind;

/// The schedule of time-of-use periods, as JSON.
#[must_use]
pub fn schedule() -> String {
    let all = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
    let usual = json!({"00:00": "valley", "08:00": "peak", "12:00": "flat", "17:00": "peak",
        "21:00": "flat", "23:00": "valley"});
    let summer = json!({"00:00": "valley", "08:00": "peak", "12:00": "flat", "14:00": "sharp",
        "16:00": "peak", "21:00": "flat", "23:00": "valley"});
    let season =
        |from, to, times| json!({"from": from, "to": to, "days": [{"on": all, "times": times}]});
    json!({"versions": [{"from": "2020-01-01", "seasons": [
        season("07-01", "08-31", summer), season("09-01", "06-30", usual)]}]})
    .to_string()
}

/// The tariff of a kind of site, as JSON.
#[must_use]
pub fn tariff(kind: Kind) -> String {
    let text = |en: &str, zh: &str| json!({"en": en, "zh": zh});
    let price =
        |period: &str, name, price: &str| json!({"period": period, "text": name, "price": price});
    let energy = |prices: [&str; 4]| {
        json!({"kind": "energy", "text": text("Energy", "电度电费"), "prices": [
            price("sharp", text("sharp", "尖"), prices[0]),
            price("peak", text("peak", "峰"), prices[1]),
            price("flat", text("flat", "平"), prices[2]),
            price("valley", text("valley", "谷"), prices[3])]})
    };
    let levy = |en: &str, zh: &str, price: &str| json!({"kind": "levy", "text": text(en, zh), "price": price});
    let levies = [
        levy("Renewable energy fund", "可再生能源附加", "0.019"),
        levy("Reservoir fund", "水库移民后期扶持资金", "0.0062"),
    ];
    let capacity = json!({"kind": "capacity", "text": text("Basic charge by capacity", "基本电费(容量)"), "price": "25.6"});
    let demand = json!({"kind": "demand", "text": text("Basic charge by maximum demand", "基本电费(最大需量)"),
        "price": "38.4", "charged": "contracted", "limit_percent": 105, "excess_times": 2});
    let (prices, basic, target) = match kind {
        Kind::Steelworks => (["1.1872", "0.9894", "0.6184", "0.2783"], demand, 90),
        Kind::Hospital => (["1.2310", "1.0259", "0.6412", "0.2885"], capacity, 85),
        Kind::DataCentre => (["1.2310", "1.0259", "0.6412", "0.2885"], capacity, 90),
    };
    let mut charges = vec![energy(prices)];
    charges.extend(levies);
    json!({"tariff": id(kind), "name": name(kind), "currency": "CNY", "versions": [
        {"from": "2020-01-01", "energy_decimals": 0, "charges": charges, "basic": basic,
         "power_factor": {"target": target},
         "tax": {"text": text("Value-added tax", "增值税"), "percent": "13", "included": true}}]})
    .to_string()
}

/// The tariff's identifier.
pub(crate) const fn id(kind: Kind) -> &'static str {
    match kind {
        Kind::Steelworks => "T-large-demand",
        Kind::Hospital => "T-large-capacity-85",
        Kind::DataCentre => "T-large-capacity-90",
    }
}

fn name(kind: Kind) -> serde_json::Value {
    match kind {
        Kind::Steelworks => json!({"en": "Large industry, by demand", "zh": "大工业(最大需量)"}),
        Kind::Hospital => json!({"en": "Two-part, by capacity, 0.85", "zh": "两部制(容量) 0.85"}),
        Kind::DataCentre => json!({"en": "Two-part, by capacity, 0.90", "zh": "两部制(容量) 0.90"}),
    }
}
