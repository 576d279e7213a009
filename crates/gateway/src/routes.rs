//! The list of requests that pass (PROTOCOL.md, section 8). Whatever is not on it does not.

mod list;

use http::Method;

use self::list::ROUTES;

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
    /// The acknowledgement of the notice in the path.
    Acknowledgement,
    /// A dispute of a bill, or its end.
    Dispute,
    /// A change of own data.
    Change,
    /// A decision on the change in the path.
    ChangeDecision,
}

/// Whether a request may have a query.
#[derive(Debug, PartialEq, Eq)]
enum Query {
    None,
    Allowed,
}

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

    /// The clients' table of section 8: what it calls a request, whether it shows a query, whether
    /// it is an order.
    fn rows() -> Vec<(String, bool, bool)> {
        let protocol = include_str!("../../../PROTOCOL.md");
        let section = protocol.split("\n## ").find(|s| s.starts_with("8 "));
        let clients = section.unwrap().split("Managers' listener").next().unwrap();
        let rows = clients.lines().filter_map(|line| line.strip_prefix("| `"));
        let row = |row: &str| {
            let request = row.split('`').next().unwrap();
            let end = request.find(['[', '?']);
            let name = &request[..end.unwrap_or(request.len())];
            (name.to_owned(), end.is_some(), row.contains("*order*"))
        };
        rows.map(row).collect()
    }

    #[test]
    fn the_list_is_the_table_of_the_protocol() {
        let mut table = rows();
        let listed = |route: &Route| {
            let query = route.query == Query::Allowed;
            (route.name.to_owned(), query, route.duty.is_order())
        };
        let mut list: Vec<_> = ROUTES.iter().map(listed).collect();
        table.sort();
        list.sort();
        assert_eq!(list, table);
    }

    #[test]
    fn all_requests_of_the_protocol_are_found() {
        for route in &ROUTES {
            let filled = |part: &str| match part {
                "{bill}" | "{number}" => "B-2026.08".to_owned(),
                part if part.starts_with('{') => "7d3f".to_owned(),
                part => part.to_owned(),
            };
            let path: Vec<_> = route.path.split('/').map(filled).collect();
            let path = path.join("/");
            let method = route.method.as_str();
            assert_eq!(find(method, &path), Some(route));
            let with_query = find(method, &format!("{path}?limit=5"));
            assert_eq!(
                with_query.is_some(),
                route.query == Query::Allowed,
                "{path}"
            );
            let bound = if route.duty.is_order() { 64 * 1024 } else { 0 };
            assert_eq!(route.body_limit, bound, "{}", route.name);
        }
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
            ("POST", "/v1/profile"),
            ("GET", "/v1/profile/x"),
            ("GET", "/v1/accounts/C-1"),
            ("GET", "/v1/accounts/C-1/statement/x"),
            ("GET", "/v1/accounts/../statement"),
            ("GET", "/v1/tariffs"),
            ("POST", "/v1/tariffs/T-1"),
            ("GET", "/v1/notices/7d3f"),
            ("POST", "/v1/notices"),
            ("GET", "/v1/notices/7d3f/acknowledgements"),
            ("POST", "/v1/notices/7d3f/acknowledgements?x=1"),
            ("POST", "/v1/disputes/7d3f"),
            ("GET", "/v1/changes/7d3f/decisions"),
            ("DELETE", "/v1/changes/7d3f"),
            ("GET", "/v1/cut-offs"),
            ("GET", "*"),
            ("GET", long.as_str()),
        ] {
            assert_eq!(find(method, target), None, "{method} {target}");
        }
    }
}
