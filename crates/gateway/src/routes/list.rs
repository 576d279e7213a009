//! The table of section 8, row by row.

use http::Method;
use wattkey_protocol::names::MAX_JWS;

use super::{Duty, Query, Route, SignedKind};

static GET: Method = Method::GET;
static POST: Method = Method::POST;

/// Reads `$path`, without a query unless one is said to be allowed.
macro_rules! get {
    ($path:literal) => {
        get!($path, Query::None, Duty::Pass)
    };
    ($path:literal, query) => {
        get!($path, Query::Allowed, Duty::Pass)
    };
    ($path:literal, $query:expr, $duty:expr) => {
        Route {
            name: concat!("GET ", $path),
            body_limit: 0,
            duty: $duty,
            method: &GET,
            path: $path,
            query: $query,
        }
    };
}

/// Brings what a user signed.
macro_rules! order {
    ($path:literal, $kind:ident) => {
        Route {
            name: concat!("POST ", $path),
            body_limit: MAX_JWS,
            duty: Duty::Order(SignedKind::$kind),
            method: &POST,
            path: $path,
            query: Query::None,
        }
    };
}

pub(super) static ROUTES: [Route; 37] = [
    get!("/v1/me"),
    get!("/v1/accounts", query),
    get!("/v1/bills", query),
    get!("/v1/bills/{bill}"),
    get!("/v1/bills/{bill}/quote", query),
    get!("/v1/bills/{bill}/document"),
    get!("/v1/bills/{bill}/metered"),
    get!("/v1/bills/{bill}/tax-invoices"),
    get!("/v1/tax-invoices/{number}"),
    get!("/v1/mandates"),
    get!("/v1/deposits"),
    get!("/v1/orders", query),
    get!("/v1/orders/{order}"),
    get!("/v1/orders/{order}/document"),
    get!("/v1/orders/{order}/transfer"),
    get!("/v1/orders/{order}/receipt", Query::None, Duty::Receipt),
    get!("/v1/standing-instructions", query),
    get!("/v1/metering-points", query),
    get!("/v1/metering-points/{point}/readings", query),
    get!("/v1/tariffs/{tariff}"),
    get!("/v1/schedules/{schedule}"),
    get!("/v1/warnings", query),
    get!("/v1/arrears", query),
    get!("/v1/accounts/{account}/statement", query),
    get!("/v1/notices", query),
    get!("/v1/notices/{notice}/document"),
    get!("/v1/disputes", query),
    get!("/v1/profile", query),
    get!("/v1/changes", query),
    get!("/v1/changes/{change}/document"),
    order!("/v1/orders", Order),
    order!("/v1/orders/{order}/decisions", Decision),
    order!("/v1/standing-instructions", StandingInstruction),
    order!("/v1/notices/{notice}/acknowledgements", Acknowledgement),
    order!("/v1/disputes", Dispute),
    order!("/v1/changes", Change),
    order!("/v1/changes/{change}/decisions", ChangeDecision),
];
