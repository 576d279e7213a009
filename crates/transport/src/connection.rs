//! One HTTP/1.1 connection of a client over mutual TLS.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::header::HOST;
use http::{HeaderValue, Request, Response};
use http_body_util::{BodyExt as _, Full, LengthLimitError, Limited};
use hyper::body::Incoming;
use hyper::client::conn::http1::{self, SendRequest};
use hyper_util::rt::TokioIo;
use rustls_pki_types::ServerName;
use tokio::net::TcpStream;
use tokio::task::JoinHandle;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use wattkey_pki::Certificate;

use crate::error::{Alert, ConnectError, SendError};
use crate::fault::{Fault, Faults};
use crate::tls::{ClientTls, Group};

/// For dialling and the handshake together. A USB key takes up to a second of it.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(15);
/// For an answer, unless [`Connection::set_answer_timeout`] says otherwise.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(60);
/// How long a broken connection may take to tell why it broke.
const FAULT_TIMEOUT: Duration = Duration::from_millis(500);
/// Of an answer's header.
const MAX_ANSWER_HEADER_BYTES: usize = 64 * 1024;

/// One connection to one server; one request at a time.
#[derive(Debug)]
pub struct Connection {
    sender: SendRequest<Full<Bytes>>,
    driver: JoinHandle<Result<(), hyper::Error>>,
    host: HeaderValue,
    server: Certificate,
    group: Group,
    answer_timeout: Duration,
    answers: u64,
    broken: bool,
}

impl Connection {
    /// Dials `address` (`host:port`) and makes sure that the server is `server_name`.
    ///
    /// With TLS 1.3 the handshake is over for the client before the server has looked at the
    /// client's certificate: its refusal comes with the first [`send`](Self::send).
    ///
    /// # Errors
    /// See [`ConnectError`]; in no case has a request been made.
    pub async fn open(
        address: &str,
        server_name: &str,
        tls: Arc<ClientTls>,
    ) -> Result<Self, ConnectError> {
        let opening = Self::open_untimed(address, server_name, &tls);
        timeout(CONNECT_TIMEOUT, opening).await.unwrap_or_else(|_| {
            Err(ConnectError::TimedOut {
                address: address.to_owned(),
                timeout: CONNECT_TIMEOUT,
            })
        })
    }

    async fn open_untimed(
        address: &str,
        server_name: &str,
        tls: &ClientTls,
    ) -> Result<Self, ConnectError> {
        let not_a_dns_name = || ConnectError::NotADnsName {
            name: server_name.to_owned(),
        };
        let name = ServerName::try_from(server_name.to_owned()).map_err(|_| not_a_dns_name())?;
        let ServerName::DnsName(_) = &name else {
            return Err(not_a_dns_name());
        };
        let host = HeaderValue::from_str(server_name).map_err(|_| not_a_dns_name())?;

        let stream = dial(address).await?;
        let faults = Faults::default();
        let stream = TlsConnector::from(tls.config(&faults))
            .connect(name, stream)
            .await
            .map_err(|error| handshake_error(error, &faults, server_name))?;
        let (server, group) = peer(&stream)?;

        let (sender, connection) = http1::Builder::new()
            .max_header_size(MAX_ANSWER_HEADER_BYTES)
            .handshake(TokioIo::new(stream))
            .await
            .map_err(ConnectError::Http)?;
        Ok(Self {
            sender,
            driver: tokio::spawn(connection),
            host,
            server,
            group,
            answer_timeout: ANSWER_TIMEOUT,
            answers: 0,
            broken: false,
        })
    }

    /// Sends `request` and reads the whole answer, at most `max_answer` bytes of content.
    ///
    /// The request's URI is a path; `Host` is the server's name unless the request has one.
    /// After an error the connection is no longer usable.
    ///
    /// # Errors
    /// See [`SendError`]; [`SendError::outcome_unknown`] is what a payment asks.
    pub async fn send(
        &mut self,
        request: Request<Bytes>,
        max_answer: usize,
    ) -> Result<Response<Bytes>, SendError> {
        if self.broken {
            return Err(SendError::NotSent(None));
        }
        // Until the answer is whole: a caller that drops this future leaves half a request behind.
        self.broken = true;
        let request = self.prepared(request);
        let answer_timeout = self.answer_timeout;
        let answer = timeout(answer_timeout, self.exchange(request, max_answer))
            .await
            .unwrap_or(Err(SendError::TimedOut {
                timeout: answer_timeout,
            }))?;
        self.answers += 1;
        self.broken = false;
        Ok(answer)
    }

    /// The key agreement of this connection.
    #[must_use]
    pub fn group(&self) -> Group {
        self.group
    }

    /// The server's certificate, verified when the connection was opened.
    #[must_use]
    pub fn peer_certificate(&self) -> &Certificate {
        &self.server
    }

    /// Whether another request may be tried. The server may close it at any moment all the same.
    #[must_use]
    pub fn is_usable(&self) -> bool {
        !self.broken && !self.sender.is_closed()
    }

    /// How long [`send`](Self::send) waits for the whole answer.
    pub fn set_answer_timeout(&mut self, timeout: Duration) {
        self.answer_timeout = timeout;
    }

    fn prepared(&self, request: Request<Bytes>) -> Request<Full<Bytes>> {
        let mut request = request.map(Full::new);
        request
            .headers_mut()
            .entry(HOST)
            .or_insert_with(|| self.host.clone());
        request
    }

    async fn exchange(
        &mut self,
        request: Request<Full<Bytes>>,
        max_answer: usize,
    ) -> Result<Response<Bytes>, SendError> {
        if let Err(error) = self.sender.ready().await {
            return Err(self.failed(error, Sent::Nothing).await);
        }
        let answer = match self.sender.try_send_request(request).await {
            Ok(answer) => answer,
            Err(mut error) => {
                let sent = match error.take_message() {
                    Some(_) => Sent::Nothing,
                    None => Sent::Perhaps,
                };
                return Err(self.failed(error.into_error(), sent).await);
            }
        };
        collect(answer, max_answer).await
    }

    /// Looks for the server's alert, in the error itself or in what ended the connection.
    async fn failed(&mut self, error: hyper::Error, sent: Sent) -> SendError {
        let mut alert = Alert::within(&error);
        if alert.is_none()
            && let Ok(Ok(Err(error))) = timeout(FAULT_TIMEOUT, &mut self.driver).await
        {
            alert = Alert::within(&error);
        }
        match alert {
            // Only the end of the handshake refuses a certificate. Later a request was served.
            Some(alert) if alert.is_about_certificate() && self.answers == 0 => {
                SendError::RejectedByServer { alert }
            }
            _ => match sent {
                Sent::Nothing => SendError::NotSent(Some(error)),
                Sent::Perhaps => SendError::OutcomeUnknown(error),
            },
        }
    }
}

enum Sent {
    Nothing,
    Perhaps,
}

async fn dial(address: &str) -> Result<TcpStream, ConnectError> {
    let unreachable = |source| ConnectError::Unreachable {
        address: address.to_owned(),
        source,
    };
    let stream = TcpStream::connect(address).await.map_err(unreachable)?;
    stream.set_nodelay(true).map_err(unreachable)?;
    Ok(stream)
}

fn peer(stream: &TlsStream<TcpStream>) -> Result<(Certificate, Group), ConnectError> {
    let (_, tls) = stream.get_ref();
    let invalid = |what: &str| ConnectError::Tls(io::Error::new(io::ErrorKind::InvalidData, what));
    let group = Group::negotiated(tls).ok_or_else(|| invalid("unknown key agreement"))?;
    let der = tls
        .peer_certificates()
        .and_then(<[_]>::first)
        .ok_or_else(|| invalid("no server certificate"))?;
    let certificate = Certificate::from_der(der).map_err(|error| invalid(&error.to_string()))?;
    Ok((certificate, group))
}

fn handshake_error(error: io::Error, faults: &Faults, expected: &str) -> ConnectError {
    match faults.take() {
        Some(Fault::Chain(error)) => return ConnectError::ServerCertificate(error),
        Some(Fault::Name { presented }) => {
            return ConnectError::ServerName {
                expected: expected.to_owned(),
                presented,
            };
        }
        Some(Fault::Signer(error)) => return ConnectError::Signer(error),
        None => {}
    }
    if let Some(alert) = Alert::within(&error) {
        return ConnectError::RejectedByServer { alert };
    }
    match error.kind() {
        io::ErrorKind::UnexpectedEof
        | io::ErrorKind::ConnectionReset
        | io::ErrorKind::BrokenPipe => ConnectError::ClosedByServer,
        _ => ConnectError::Tls(error),
    }
}

async fn collect(answer: Response<Incoming>, limit: usize) -> Result<Response<Bytes>, SendError> {
    let (parts, body) = answer.into_parts();
    let body = match Limited::new(body, limit).collect().await {
        Ok(body) => body.to_bytes(),
        Err(error) if error.is::<LengthLimitError>() => {
            return Err(SendError::AnswerTooLarge { limit });
        }
        Err(error) => {
            return Err(match error.downcast::<hyper::Error>() {
                Ok(error) => SendError::OutcomeUnknown(*error),
                Err(_) => SendError::AnswerTooLarge { limit },
            });
        }
    };
    Ok(Response::from_parts(parts, body))
}
