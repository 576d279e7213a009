//! The list of requests that pass (PROTOCOL.md, section 8). Whatever is not on it does not.

use http::Method;
use wattkey_protocol::names::MAX_JWS;

/// Longest value of a path parameter: a UUID. Bill ids have at most 32 characters.
const MAX_PARAMETER: usize = 36;

/// One request of the protocol.
#[derive(Debug, PartialEq, Eq)]
pub struct Route {
    /// As section 8 writes it, for the log.
    pub name: &'static str,
    /// Most bytes of content.
    pub body_limit: usize,
    /// What the gateway does besides passing it on.
    pub duty: Duty,
    method: &'static Method,
    /// Parameters are `{…}`.
    path: &'static str,
    query: Query,
}

/// What the gateway does with a request besides passing it on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Duty {
    /// Nothing.
    Pass,
    /// Insists on X25519MLKEM768 and verifies the signature of what is signed.
    Order(SignedKind),
    /// Counter-signs the receipt in the answer.
    Receipt,
}

/// What a request of the class *order* brings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SignedKind {
    /// An order.
    Order,
    /// A decision on the order in the path.
    Decision,
    /// A standing instruction.
    StandingInstruction,
}

#[derive(Debug, PartialEq, Eq)]
enum Query {
    None,
    Allowed,
}

static GET: Method = Method::GET;
static POST: Method = Method::POST;

const fn get(name: &'static str, path: &'static str, query: Query) -> Route {
    Route {
        name,
        body_limit: 0,
        duty: Duty::Pass,
        method: &GET,
        path,
        query,
    }
}

const fn order(name: &'static str, path: &'static str, kind: SignedKind) -> Route {
    Route {
        body_limit: MAX_JWS,
        duty: Duty::Order(kind),
        method: &POST,
        ..get(name, path, Query::None)
    }
}

static ROUTES: [Route; 17] = [
    get("GET /v1/me", "/v1/me", Query::None),
    get("GET /v1/accounts", "/v1/accounts", Query::None),
    get("GET /v1/bills", "/v1/bills", Query::Allowed),
    get("GET /v1/bills/{bill}", "/v1/bills/{bill}", Query::None),
    get(
        "GET /v1/bills/{bill}/document",
        "/v1/bills/{bill}/document",
        Query::None,
    ),
    get(
        "GET /v1/bills/{bill}/quote",
        "/v1/bills/{bill}/quote",
        Query::Allowed,
    ),
    get("GET /v1/mandates", "/v1/mandates", Query::None),
    get("GET /v1/deposits", "/v1/deposits", Query::None),
    get("GET /v1/orders", "/v1/orders", Query::Allowed),
    get("GET /v1/orders/{order}", "/v1/orders/{order}", Query::None),
    Route {
        duty: Duty::Receipt,
        ..get(
            "GET /v1/orders/{order}/receipt",
            "/v1/orders/{order}/receipt",
            Query::None,
        )
    },
    get(
        "GET /v1/orders/{order}/document",
        "/v1/orders/{order}/document",
        Query::None,
    ),
    get(
        "GET /v1/orders/{order}/transfer",
        "/v1/orders/{order}/transfer",
        Query::None,
    ),
    get(
        "GET /v1/standing-instructions",
        "/v1/standing-instructions",
        Query::None,
    ),
    order("POST /v1/orders", "/v1/orders", SignedKind::Order),
    order(
        "POST /v1/orders/{order}/decisions",
        "/v1/orders/{order}/decisions",
        SignedKind::Decision,
    ),
    order(
        "POST /v1/standing-instructions",
        "/v1/standing-instructions",
        SignedKind::StandingInstruction,
    ),
];

/// The route of a request; `target` is its path with query.
#[must_use]
pub fn find(method: &str, target: &str) -> Option<&'static Route> {
    let (path, query) = match target.split_once('?') {
        Some((path, query)) => (path, Some(query)),
        None => (target, None),
    };
    ROUTES.iter().find(|route| {
        route.method.as_str() == method
            && matches(route.path, path)
            && (query.is_none() || route.query == Query::Allowed)
    })
}

impl Duty {
    /// Whether the request goes over X25519MLKEM768 only.
    #[must_use]
    pub const fn is_order(self) -> bool {
        matches!(self, Self::Order(_))
    }
}

impl Route {
    /// `GET` or `POST`.
    #[must_use]
    pub fn method(&self) -> &'static Method {
        self.method
    }
}

fn matches(pattern: &str, path: &str) -> bool {
    let mut segments = path.split('/');
    pattern.split('/').all(|wanted| {
        segments.next().is_some_and(|segment| {
            if wanted.starts_with('{') {
                is_parameter(segment)
            } else {
                segment == wanted
            }
        })
    }) && segments.next().is_none()
}

/// No escapes and no dot segments, so that a path has one reading only.
fn is_parameter(segment: &str) -> bool {
    let allowed = |b: u8| b.is_ascii_alphanumeric() || b == b'.' || b == b'-';
    (1..=MAX_PARAMETER).contains(&segment.len())
        && segment.bytes().all(allowed)
        && segment != "."
        && segment != ".."
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_requests_of_the_protocol_are_found() {
        let protocol = include_str!("../../../PROTOCOL.md");
        for route in &ROUTES {
            let path = route
                .path
                .replace("{bill}", "B-2026.08")
                .replace("{order}", "7d3f");
            assert_eq!(find(route.method.as_str(), &path), Some(route));
            let row = protocol.lines().find(|line| {
                let rest = line.strip_prefix(&format!("| `{}", route.name));
                rest.is_some_and(|rest| rest.starts_with(['`', '[']))
            });
            let row = row.unwrap_or_else(|| panic!("{} is not there", route.name));
            assert_eq!(row.contains("*order*"), route.duty.is_order(), "{row}");
        }
        assert_eq!(
            find("GET", "/v1/bills?state=open&limit=5").unwrap().name,
            "GET /v1/bills"
        );
    }

    #[test]
    fn nothing_else_is() {
        let long = format!("/v1/bills/{}", "a".repeat(MAX_PARAMETER + 1));
        for (method, target) in [
            ("PUT", "/v1/orders"),
            ("get", "/v1/me"),
            ("POST", "/v1/me"),
            ("POST", "/v1/orders?x=1"),
            ("POST", "/v1/orders/7d3f"),
            ("POST", "/v1/orders/7d3f/document"),
            ("POST", "/v1/orders/7d3f/decisions?x=1"),
            ("GET", "/v1/orders/7d3f/decisions"),
            ("GET", "/v1/orders/7d3f/document?x=1"),
            ("POST", "/v1/deposits"),
            ("POST", "/v1/standing-instructions/7d3f"),
            ("GET", "/v1/standing-instructions?x=1"),
            ("GET", "/v1/me?x=1"),
            ("GET", "/v1/me/"),
            ("GET", "//v1/me"),
            ("GET", "/v1/bills/"),
            ("GET", "/v1/bills/.."),
            ("GET", "/v1/bills/."),
            ("GET", "/v1/bills/%2e%2e"),
            ("GET", "/v1/bills/a/../b"),
            ("GET", "/v1/bills/a;b"),
            ("GET", "/v1/binding-steps"),
            ("GET", "/v1/orders/7d3f/receipt/x"),
            ("GET", "*"),
            ("GET", long.as_str()),
        ] {
            assert_eq!(find(method, target), None, "{method} {target}");
        }
    }
}
