//! The examples of RFC 9292 §5, and the bounds on messages.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use bhttp::{Message, Mode};
use std::io::Cursor;
use wattkey_seal::message::{
    MAX_FIELD_SECTION, MAX_FIELDS, MAX_TARGET, MessageError, Request, Response, SIZE_CLASSES,
};

macro_rules! example {
    ($name:literal) => {{
        let text = include_str!(concat!("../testdata/rfc9292-", $name, ".hex"));
        let digits: String = text.split_whitespace().collect();
        hex::decode(digits).unwrap()
    }};
}

fn hello() -> Request {
    let field = |name: &str, value: &str| (name.to_owned(), value.as_bytes().to_vec());
    Request {
        method: "GET".into(),
        scheme: "https".into(),
        authority: String::new(),
        path: "/hello.txt".into(),
        fields: vec![
            field(
                "user-agent",
                "curl/7.16.3 libcurl/7.16.3 OpenSSL/0.9.7l zlib/1.2.3",
            ),
            field("host", "www.example.com"),
            field("accept-language", "en, mi"),
        ],
        body: Vec::new(),
    }
}

#[test]
fn request_of_known_length() {
    let bytes = example!("request-known");
    let request = Request::decode(&bytes).unwrap();
    assert_eq!(request, hello());
    assert_eq!(request.field("host"), Some(&b"www.example.com"[..]));
    assert_eq!(request.field("Host"), None);
    // Content and trailer section are empty and may be cut off (§3.8).
    for cut in 1..=2 {
        assert_eq!(
            Request::decode(&bytes[..bytes.len() - cut]).unwrap(),
            hello()
        );
    }
    let error = Request::decode(&bytes[..bytes.len() - 3]).unwrap_err();
    assert!(matches!(error, MessageError::Truncated));
}

#[test]
fn request_is_written_as_the_rfc_does_and_padded() {
    let bytes = hello().encode_padded().unwrap();
    let example = example!("request-known");
    assert_eq!(bytes.len(), SIZE_CLASSES[0]);
    assert_eq!(bytes[..example.len()], example);
    assert!(bytes[example.len()..].iter().all(|byte| *byte == 0));
}

#[test]
fn indeterminate_length_is_refused_and_means_the_same() {
    let bytes = example!("request-indeterminate");
    let error = Request::decode(&bytes).unwrap_err();
    assert!(matches!(
        error,
        MessageError::Framing {
            wanted: 0,
            found: 2
        }
    ));
    let mut known = Vec::new();
    let message = Message::read_bhttp(&mut Cursor::new(bytes)).unwrap();
    message.write_bhttp(Mode::KnownLength, &mut known).unwrap();
    assert_eq!(known, example!("request-known"));
}

#[test]
fn response_with_interim_ones() {
    let bytes = example!("response-indeterminate");
    let error = Response::decode(&bytes).unwrap_err();
    assert!(matches!(
        error,
        MessageError::Framing {
            wanted: 1,
            found: 3
        }
    ));

    let message = Message::read_bhttp(&mut Cursor::new(bytes)).unwrap();
    let mut known = Vec::new();
    message.write_bhttp(Mode::KnownLength, &mut known).unwrap();
    let error = Response::decode(&known).unwrap_err();
    assert!(matches!(error, MessageError::Status(102)));

    // The final one alone.
    let response = Response {
        status: 200,
        fields: message
            .header()
            .iter()
            .map(|field| {
                (
                    String::from_utf8(field.name().to_vec()).unwrap(),
                    field.value().to_vec(),
                )
            })
            .collect(),
        body: message.content().to_vec(),
    };
    assert_eq!(response.body.len(), 51);
    assert_eq!(response.field("content-length"), Some(&b"51"[..]));
    let bytes = response.encode_padded().unwrap();
    assert_eq!(Response::decode(&bytes).unwrap(), response);
}

#[test]
fn response_with_trailer_is_refused() {
    let bytes = example!("response-trailer");
    let error = Response::decode(&bytes).unwrap_err();
    assert!(matches!(error, MessageError::Trailers));
    // 14 bytes of trailer section; without them it is whole.
    let response = Response::decode(&bytes[..bytes.len() - 14]).unwrap();
    assert_eq!(response.body, b"This content contains CRLF.\r\n");
}

#[test]
fn padding_must_be_zero() {
    let mut bytes = hello().encode_padded().unwrap();
    *bytes.last_mut().unwrap() = 1;
    assert!(matches!(
        Request::decode(&bytes),
        Err(MessageError::Padding)
    ));
}

#[test]
fn request_and_response_are_told_apart() {
    let request = hello().encode_padded().unwrap();
    let response = Response {
        status: 200,
        fields: vec![],
        body: vec![],
    };
    let response = response.encode_padded().unwrap();
    assert!(matches!(
        Response::decode(&request),
        Err(MessageError::Framing {
            wanted: 1,
            found: 0
        })
    ));
    assert!(matches!(
        Request::decode(&response),
        Err(MessageError::Framing {
            wanted: 0,
            found: 1
        })
    ));
}

/// What is refused when written is refused when read: `bhttp` writes the same message unchecked.
fn refused(request: &Request) -> MessageError {
    let written = request.encode_padded().unwrap_err();
    let mut message = Message::request(
        request.method.clone().into(),
        request.scheme.clone().into(),
        request.authority.clone().into(),
        request.path.clone().into(),
    );
    for (name, value) in &request.fields {
        message.put_header(name.as_str(), value.as_slice());
    }
    message.write_content(&request.body);
    let mut bytes = Vec::new();
    message.write_bhttp(Mode::KnownLength, &mut bytes).unwrap();
    let read = Request::decode(&bytes).unwrap_err();
    assert_eq!(
        std::mem::discriminant(&read),
        std::mem::discriminant(&written),
        "{read} / {written}"
    );
    written
}

#[test]
fn bad_targets_are_refused() {
    let wrong = |change: fn(&mut Request)| {
        let mut request = hello();
        change(&mut request);
        refused(&request)
    };
    let target = |error| match error {
        MessageError::Target(part) => part,
        other => panic!("{other}"),
    };
    assert_eq!(target(wrong(|r| r.method = "GE T".into())), "method");
    assert_eq!(target(wrong(|r| r.method.clear())), "method");
    assert_eq!(target(wrong(|r| r.scheme = "HTTPS".into())), "scheme");
    assert_eq!(
        target(wrong(|r| r.authority = "user@pay.example".into())),
        "authority"
    );
    assert_eq!(
        target(wrong(|r| r.authority = "pay.example/".into())),
        "authority"
    );
    assert_eq!(target(wrong(|r| r.path = "hello.txt".into())), "path");
    assert_eq!(target(wrong(|r| r.path = "/a b".into())), "path");
    assert_eq!(target(wrong(|r| r.path = "/a\r\nx: y".into())), "path");
    assert_eq!(target(wrong(|r| r.path = "/ä".into())), "path");
    assert_eq!(target(wrong(|r| r.path = "/a#b".into())), "path");
    assert_eq!(target(wrong(|r| r.path.clear())), "path");
}

#[test]
fn bad_fields_are_refused() {
    let with = |name: &str, value: &[u8]| {
        let mut request = hello();
        request.fields.push((name.into(), value.into()));
        refused(&request)
    };
    for name in ["Client-Cert", ":path", "a b", "x\n", "ü"] {
        assert!(
            matches!(with(name, b"x"), MessageError::FieldName(3)),
            "{name:?}"
        );
    }
    for value in [&b"a\r\nb: c"[..], b"a\nb", b"\0", b" a", b"a\t", b"\x7f"] {
        assert!(
            matches!(with("x", value), MessageError::FieldValue(3)),
            "{value:?}"
        );
    }
}

/// Underscores are tokens; the gateway refuses `client_cert`, not the codec.
#[test]
fn underscore_and_bytes_above_ascii_are_kept() {
    let mut request = hello();
    request
        .fields
        .push(("client_cert".into(), "名".as_bytes().to_vec()));
    request.fields.push(("empty".into(), Vec::new()));
    let bytes = request.encode_padded().unwrap();
    assert_eq!(Request::decode(&bytes).unwrap(), request);
}

#[test]
fn bounds_are_kept() {
    let mut request = hello();
    request.path = format!("/{}", "a".repeat(MAX_TARGET - 1));
    request.encode_padded().unwrap();
    request.path.push('a');
    assert!(matches!(
        refused(&request),
        MessageError::Bound { part: "path", .. }
    ));

    let mut request = hello();
    request.fields = (0..MAX_FIELDS)
        .map(|n| (format!("x-{n}"), Vec::new()))
        .collect();
    Request::decode(&request.encode_padded().unwrap()).unwrap();
    request.fields.push(("y".into(), Vec::new()));
    assert!(matches!(refused(&request), MessageError::Fields(65)));

    let mut request = hello();
    request.body = vec![0; SIZE_CLASSES[5]];
    assert!(matches!(refused(&request), MessageError::TooLarge(_)));

    let mut request = hello();
    request.fields = vec![("x".into(), vec![b'x'; MAX_FIELD_SECTION])];
    let error = refused(&request);
    assert!(matches!(
        error,
        MessageError::Bound {
            part: "header section",
            ..
        }
    ));
}

#[test]
fn status_is_a_final_one() {
    for status in [0, 100, 199, 600, u16::MAX] {
        let response = Response {
            status,
            fields: vec![],
            body: vec![],
        };
        assert!(response.encode_padded().is_err(), "{status}");
    }
    // A response of status 700 (0x42bc as a two-byte integer).
    let error = Response::decode(&[1, 0x42, 0xbc]).unwrap_err();
    assert!(matches!(error, MessageError::Status(700)));
}

/// Lengths far over the message's end, in every position.
#[test]
fn absurd_lengths_are_refused() {
    let huge = [0xff; 8];
    for prefix in [
        &[0_u8][..],
        &[0, 1, b'G'],
        &[0, 1, b'G', 1, b'h'],
        &[0, 1, b'G', 1, b'h', 0],
        &[0, 1, b'G', 1, b'h', 0, 1, b'/'],
        &[0, 1, b'G', 1, b'h', 0, 1, b'/', 0],
        &[0, 1, b'G', 1, b'h', 0, 1, b'/', 0, 0],
    ] {
        let error = Request::decode(&[prefix, &huge].concat()).unwrap_err();
        assert!(matches!(error, MessageError::Bound { .. }), "{error}");
    }
}
