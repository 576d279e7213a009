//! The bank's HTTP interface as its client (PROTOCOL.md, section 14): plain HTTP/1.1 on loopback.

use std::net::SocketAddr;
use std::time::Duration;

use http::{Method, Request, StatusCode, header};
use http_body_util::{BodyExt as _, Full, LengthLimitError, Limited};
use hyper::body::Bytes;
use hyper_util::rt::TokioIo;
use serde::Deserialize;
use tokio::net::TcpStream;
use wattkey_bank::MAX_DOCUMENT_BYTES;

/// For one request, from connecting to the last byte of the answer.
const TIMEOUT: Duration = Duration::from_secs(5);
/// Longest answer that is read: a document of the largest size that can be read with each of its
/// characters escaped in JSON, and what stands around it.
const MAX_ANSWER: usize = 2 * MAX_DOCUMENT_BYTES + 64 * 1024;
/// Most messages that are asked for at once.
const MESSAGES_AT_ONCE: u32 = 20;

/// One message of the bank.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct BankMessage {
    /// Number in the bank's sequence, from 1.
    pub number: u64,
    /// `pain.002` or `camt.054`; others are listed and passed over.
    pub kind: String,
    /// The XML document.
    pub body: String,
}

#[derive(Deserialize)]
struct Messages {
    messages: Vec<BankMessage>,
}

/// Why a request to the bank had no good answer.
#[derive(Debug, thiserror::Error)]
pub enum BankHttpError {
    /// No connection.
    #[error("cannot connect to the bank at {address}")]
    Connect {
        /// Where it should be.
        address: SocketAddr,
        /// What the system said.
        #[source]
        source: std::io::Error,
    },
    /// No answer within the time.
    #[error("the bank did not answer within {} seconds", TIMEOUT.as_secs())]
    Timeout,
    /// The connection broke, or what came is not HTTP.
    #[error("the exchange with the bank broke")]
    Exchange(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// Even one message alone.
    #[error("the bank's answer is longer than {MAX_ANSWER} bytes")]
    TooLong,
    /// Another status than the agreed one.
    #[error("the bank answered {status}")]
    Status {
        /// The status.
        status: StatusCode,
    },
    /// The answer is not the agreed JSON.
    #[error("the bank's answer is not a list of messages")]
    Answer(#[source] serde_json::Error),
}

impl BankHttpError {
    /// Whether the bank refused the message itself, so that the same bytes will not do better.
    #[must_use]
    pub fn is_final(&self) -> bool {
        let Self::Status { status } = self else {
            return false;
        };
        status.is_client_error()
            && *status != StatusCode::REQUEST_TIMEOUT
            && *status != StatusCode::TOO_MANY_REQUESTS
    }
}

/// Hands one pain.008 to the bank. The same message twice does no harm: the bank knows its id.
///
/// # Errors
/// See [`BankHttpError`].
pub async fn post_message(address: SocketAddr, xml: Vec<u8>) -> Result<(), BankHttpError> {
    let request = Request::post("/messages")
        .header(header::CONTENT_TYPE, "application/xml")
        .body(Full::new(Bytes::from(xml)));
    let (status, _) = exchange(address, request).await?;
    if status == StatusCode::ACCEPTED {
        Ok(())
    } else {
        Err(BankHttpError::Status { status })
    }
}

/// Asks for the messages after number `after`, oldest first: some, or the next one alone when some
/// are too long together.
///
/// # Errors
/// See [`BankHttpError`].
pub async fn messages_after(
    address: SocketAddr,
    after: u64,
) -> Result<Vec<BankMessage>, BankHttpError> {
    match some_after(address, after, MESSAGES_AT_ONCE).await {
        Err(BankHttpError::TooLong) => {}
        answer => return answer,
    }
    // One that is too long alone is not passed over: its number is not known, and it may hold
    // bookings.
    some_after(address, after, 1).await
}

async fn some_after(
    address: SocketAddr,
    after: u64,
    limit: u32,
) -> Result<Vec<BankMessage>, BankHttpError> {
    let target = format!("/messages?after={after}&limit={limit}");
    let request = Request::builder()
        .method(Method::GET)
        .uri(target)
        .body(Full::default());
    let (status, body) = exchange(address, request).await?;
    if status != StatusCode::OK {
        return Err(BankHttpError::Status { status });
    }
    let answer: Messages = serde_json::from_slice(&body).map_err(BankHttpError::Answer)?;
    Ok(answer.messages)
}

async fn exchange(
    address: SocketAddr,
    request: http::Result<Request<Full<Bytes>>>,
) -> Result<(StatusCode, Bytes), BankHttpError> {
    let mut request = request.map_err(broke)?;
    let host = header::HeaderValue::from_str(&address.to_string()).map_err(broke)?;
    request.headers_mut().insert(header::HOST, host);
    tokio::time::timeout(TIMEOUT, send(address, request))
        .await
        .map_err(|_| BankHttpError::Timeout)?
}

async fn send(
    address: SocketAddr,
    request: Request<Full<Bytes>>,
) -> Result<(StatusCode, Bytes), BankHttpError> {
    let stream = TcpStream::connect(address)
        .await
        .map_err(|source| BankHttpError::Connect { address, source })?;
    let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream))
        .await
        .map_err(broke)?;
    // It ends with the connection, which ends with `sender`; its error reaches the request too.
    let driver = tokio::spawn(connection);
    let answer = async {
        let response = sender.send_request(request).await.map_err(broke)?;
        let status = response.status();
        let body = Limited::new(response.into_body(), MAX_ANSWER);
        let body = body.collect().await.map_err(|error| {
            if error.is::<LengthLimitError>() {
                BankHttpError::TooLong
            } else {
                BankHttpError::Exchange(error)
            }
        })?;
        Ok((status, body.to_bytes()))
    }
    .await;
    driver.abort();
    answer
}

fn broke(error: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> BankHttpError {
    BankHttpError::Exchange(error.into())
}

#[cfg(test)]
mod tests {
    use axum::Router;
    use axum::extract::RawQuery;
    use axum::routing::{get, post};
    use tokio::net::TcpListener;

    use super::*;

    async fn bank(router: Router) -> SocketAddr {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(async move { axum::serve(listener, router).await });
        address
    }

    #[tokio::test]
    async fn a_message_is_taken_with_202_only() {
        let good =
            bank(Router::new().route("/messages", post(|| async { StatusCode::ACCEPTED }))).await;
        post_message(good, b"<x/>".to_vec()).await.unwrap();
        let bad =
            bank(Router::new().route("/messages", post(|| async { StatusCode::BAD_REQUEST })))
                .await;
        let error = post_message(bad, b"<x/>".to_vec()).await.unwrap_err();
        assert!(error.is_final(), "{error}");
        let busy =
            bank(Router::new().route("/messages", post(|| async { StatusCode::BAD_GATEWAY })))
                .await;
        let error = post_message(busy, b"<x/>".to_vec()).await.unwrap_err();
        assert!(!error.is_final(), "{error}");
    }

    #[tokio::test]
    async fn messages_are_asked_for_after_the_cursor() {
        let answer = |RawQuery(query): RawQuery| async move {
            assert_eq!(query.as_deref(), Some("after=7&limit=20"));
            r#"{"messages":[{"number":8,"kind":"pain.002","body":"<x/>"}]}"#
        };
        let address = bank(Router::new().route("/messages", get(answer))).await;
        let messages = messages_after(address, 7).await.unwrap();
        assert_eq!(messages[0].number, 8);
        assert_eq!(messages[0].body, "<x/>");
    }

    #[tokio::test]
    async fn messages_that_are_too_long_together_come_one_by_one() {
        let answer = |RawQuery(query): RawQuery| async move {
            // Of the largest size, each character escaped.
            let body = "\"".repeat(MAX_DOCUMENT_BYTES);
            let count = match query.as_deref() {
                Some("after=7&limit=20") => 2,
                Some("after=7&limit=1") => 1,
                other => panic!("{other:?}"),
            };
            let messages: Vec<_> = (0..count)
                .map(|n| serde_json::json!({"number": 8 + n, "kind": "camt.053", "body": body}))
                .collect();
            serde_json::json!({"messages": messages}).to_string()
        };
        let address = bank(Router::new().route("/messages", get(answer))).await;
        let messages = messages_after(address, 7).await.unwrap();
        assert_eq!(messages.len(), 1);
        assert_eq!(messages[0].number, 8);
        assert_eq!(messages[0].body.len(), MAX_DOCUMENT_BYTES);
    }

    #[tokio::test]
    async fn one_message_that_is_too_long_is_an_error_that_says_so() {
        let answer = || async { "x".repeat(MAX_ANSWER + 1) };
        let address = bank(Router::new().route("/messages", get(answer))).await;
        let error = messages_after(address, 7).await.unwrap_err();
        assert!(matches!(error, BankHttpError::TooLong), "{error}");
        assert!(!error.is_final());
    }

    #[tokio::test]
    async fn an_absent_bank_is_an_error_to_try_again() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        drop(listener);
        let error = messages_after(address, 0).await.unwrap_err();
        assert!(matches!(error, BankHttpError::Connect { .. }), "{error}");
        assert!(!error.is_final());
    }
}
