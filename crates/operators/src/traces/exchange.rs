//! HTTP with the collector, from the thread that the spans have to themselves.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use http_body_util::{BodyExt as _, Full, Limited};
use hyper_util::rt::TokioIo;
use opentelemetry_http::{Bytes, HttpClient, HttpError, Request, Response};
use tokio::net::TcpStream;

/// For one request, from connecting to the last byte of the answer.
const TIMEOUT: Duration = Duration::from_secs(2);
/// Longest answer that is read.
const MAX_ANSWER: usize = 64 * 1024;

#[derive(Debug)]
pub(super) struct Exchange {
    collector: SocketAddr,
    /// Whether it was away the last time, so that a line is written when that changes.
    away: AtomicBool,
}

impl Exchange {
    pub(super) fn new(collector: SocketAddr) -> Self {
        Self {
            collector,
            away: AtomicBool::new(false),
        }
    }

    fn noted(&self, sent: &Result<Response<Bytes>, HttpError>) {
        let collector = self.collector;
        let away = match sent {
            Ok(answer) if answer.status().is_success() => None,
            Ok(answer) => Some(format!("it answered {}", answer.status())),
            Err(error) => Some(error.to_string()),
        };
        let was_away = self.away.swap(away.is_some(), Ordering::Relaxed);
        match away {
            Some(why) if !was_away => {
                tracing::warn!(%collector, why, "the collector takes no traces: they are dropped");
            }
            None if was_away => tracing::info!(%collector, "the collector takes traces again"),
            _ => {}
        }
    }
}

#[async_trait]
impl HttpClient for Exchange {
    async fn send_bytes(&self, request: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
        // Blocks on purpose: nothing else runs on this thread, and no runtime is there.
        let sent = exchange(self.collector, request);
        self.noted(&sent);
        sent
    }
}

fn exchange(collector: SocketAddr, request: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let sent = async { tokio::time::timeout(TIMEOUT, send(collector, request)).await };
    runtime.block_on(sent).unwrap_or_else(|_| {
        let seconds = TIMEOUT.as_secs();
        Err(format!("no answer within {seconds} s").into())
    })
}

async fn send(
    collector: SocketAddr,
    request: Request<Bytes>,
) -> Result<Response<Bytes>, HttpError> {
    let stream = TcpStream::connect(collector).await?;
    let (mut sender, connection) =
        hyper::client::conn::http1::handshake(TokioIo::new(stream)).await?;
    // It ends with the runtime.
    tokio::spawn(connection);
    let (mut parts, body) = request.into_parts();
    let path = parts.uri.path_and_query().cloned();
    parts.uri = path.map_or_else(|| "/".parse(), |path| path.as_str().parse())?;
    let host = collector.to_string().parse()?;
    parts.headers.insert(http::header::HOST, host);
    let request = Request::from_parts(parts, Full::new(body));
    let answer = sender.send_request(request).await?;
    let (parts, body) = answer.into_parts();
    let body = Limited::new(body, MAX_ANSWER).collect().await?;
    Ok(Response::from_parts(parts, body.to_bytes()))
}
