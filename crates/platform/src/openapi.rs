//! The description of the interface for payment software, OpenAPI 3.1, made from the handlers.
//!
//! `crates/platform/openapi.json` is this document; a test keeps it current. What every operation
//! has in common (problems, entity tags) is said here once and not at each handler.

use utoipa::openapi::header::HeaderBuilder;
use utoipa::openapi::path::{Operation, ParameterBuilder, ParameterIn};
use utoipa::openapi::schema::{ObjectBuilder, Type};
use utoipa::openapi::{ContentBuilder, OpenApi, Ref, Required, ResponseBuilder};
use utoipa::{Modify, OpenApi as _};
use wattkey_protocol::names::{FIELD_IDEMPOTENCY_KEY, MEDIA_PROBLEM};
use wattkey_protocol::problem::Problem;

use crate::routes;

/// What any request may be answered with, beside its own answer.
const PROBLEMS: [(&str, &str); 9] = [
    ("400", "The request is not well formed."),
    ("401", "The session or the request's signature is not good."),
    (
        "403",
        "Not this key, not this user, or not for this account.",
    ),
    (
        "404",
        "No such thing for this customer, or no such request.",
    ),
    ("409", "It cannot be done now: the problem's type says why."),
    ("413", "The body is over its bound."),
    ("421", "The request names another host."),
    ("500", "A fault; the request id leads to the log."),
    (
        "503",
        "A part behind cannot be reached, or may not answer now.",
    ),
];

#[derive(utoipa::OpenApi)]
#[openapi(
    info(
        title = "Wattkey",
        description = "What payment software asks of the payment platform, through the security server.\n\n\
            Every request travels in a capsule (RFC 9458) over mutual TLS 1.3, with a session statement and a \
            signature of the session's key; PROTOCOL.md sections 3 to 7 say how, and they are not part of this \
            description. Bodies of `application/jose` are compact JWS by the user's signature key, of the documents \
            of PROTOCOL.md sections 9 and 10. Amounts are minor units of the currency beside them.",
        license(name = "Apache-2.0", identifier = "Apache-2.0"),
    ),
    components(schemas(Problem)),
    modifiers(&InCommon),
)]
struct Description;

/// What all operations have in common.
struct InCommon;

/// The whole description.
#[must_use]
pub fn document() -> OpenApi {
    let (_, mut document) = routes::described().split_for_parts();
    document.merge(Description::openapi());
    document.info = Description::openapi().info;
    InCommon.modify(&mut document);
    document
}

/// The description as it is committed: JSON, with a line end.
///
/// # Panics
/// Never: the description is made of text and numbers.
#[must_use]
pub fn json() -> String {
    let json = document().to_pretty_json().expect("text and numbers");
    json + "\n"
}

impl Modify for InCommon {
    fn modify(&self, document: &mut OpenApi) {
        for item in document.paths.paths.values_mut() {
            if let Some(operation) = &mut item.get {
                read(operation);
                problems(operation, false);
            }
            if let Some(operation) = &mut item.post {
                signed(operation);
                problems(operation, true);
            }
        }
    }
}

/// Entity tags.
fn read(operation: &mut Operation) {
    let text = || ObjectBuilder::new().schema_type(Type::String);
    let asked = ParameterBuilder::new()
        .name("If-None-Match")
        .parameter_in(ParameterIn::Header)
        .required(Required::False)
        .description(Some("The `ETag` of the answer that is there already."))
        .schema(Some(text()))
        .build();
    operation.parameters.get_or_insert_default().push(asked);
    let tag = || {
        let tag = text().description(Some("SHA-256 of the body in base64url, in quotes."));
        HeaderBuilder::new().schema(tag).build()
    };
    let responses = &mut operation.responses.responses;
    if let Some(utoipa::openapi::RefOr::T(answer)) = responses.get_mut("200") {
        answer.headers.insert("ETag".to_owned(), tag());
    }
    let same = ResponseBuilder::new()
        .description("The answer is the one that is there already.")
        .header("ETag", tag());
    responses.insert("304".to_owned(), same.build().into());
}

/// The field that names the document in the body.
fn signed(operation: &mut Operation) {
    let key = ParameterBuilder::new()
        .name(FIELD_IDEMPOTENCY_KEY)
        .parameter_in(ParameterIn::Header)
        .required(Required::True)
        .description(Some(
            "The id of what the document in the body is about, in quotes. The same document again gives the same answer.",
        ))
        .schema(Some(ObjectBuilder::new().schema_type(Type::String)))
        .build();
    operation.parameters.get_or_insert_default().push(key);
}

fn problems(operation: &mut Operation, signed: bool) {
    for (status, meaning) in PROBLEMS {
        if status == "409" && !signed {
            continue;
        }
        let content = ContentBuilder::new()
            .schema(Some(Ref::from_schema_name("Problem")))
            .build();
        let answer = ResponseBuilder::new()
            .description(meaning)
            .content(MEDIA_PROBLEM, content)
            .build();
        let responses = &mut operation.responses.responses;
        responses
            .entry(status.to_owned())
            .or_insert_with(|| answer.into());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const COMMITTED: &str = include_str!("../openapi.json");

    #[test]
    fn the_committed_description_is_current() {
        assert!(
            COMMITTED == json(),
            "run `cargo run -p wattkey-platform -- openapi > crates/platform/openapi.json`"
        );
    }

    #[test]
    fn every_route_of_the_table_is_described() {
        let protocol = include_str!("../../../PROTOCOL.md");
        let table = protocol.split("## 8 Requests").nth(1).expect("section 8");
        let table = table
            .split("Managers' listener")
            .next()
            .expect("its first table");
        let document = document();
        let mut described = 0;
        for line in table.lines().filter(|line| line.starts_with("| `")) {
            let request = line.split('`').nth(1).expect("a request in backticks");
            let (method, url) = request.split_once(' ').expect("method and URL");
            let path = url.split(['?', '[']).next().expect("a path");
            let item = document.paths.paths.get(path);
            let item = item.unwrap_or_else(|| panic!("{path} is not described"));
            let operation = if method == "GET" {
                &item.get
            } else {
                &item.post
            };
            assert!(operation.is_some(), "{method} {path} is not described");
            described += 1;
        }
        let operations = document.paths.paths.values();
        let all: usize = operations
            .map(|item| usize::from(item.get.is_some()) + usize::from(item.post.is_some()))
            .sum();
        assert_eq!(described, all, "each described request is in the table");
    }
}
