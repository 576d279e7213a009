//! A few kept-alive connections to one server.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use bytes::Bytes;
use http::{Request, Response};
use tokio::sync::Semaphore;
use tokio::time::timeout;

use crate::connection::Connection;
use crate::error::{ConnectError, SendError};
use crate::tls::{ClientTls, Group};

/// Bounds of a [`Pool`].
#[derive(Debug, Clone, Copy)]
pub struct PoolLimits {
    /// Connections at the same time.
    pub connections: usize,
    /// How long a request waits for a free connection.
    pub wait: Duration,
    /// How long an unused connection is kept: less than the server's own idle time, so that the
    /// server does not close it under a request.
    pub idle: Duration,
    /// How long a request waits for its whole answer.
    pub answer: Duration,
}

impl Default for PoolLimits {
    fn default() -> Self {
        Self {
            connections: 32,
            wait: Duration::from_secs(5),
            idle: Duration::from_secs(20),
            answer: Duration::from_secs(30),
        }
    }
}

/// Why a request through a [`Pool`] has no answer.
#[derive(Debug, thiserror::Error)]
pub enum PoolError {
    /// All connections were in use for as long as [`PoolLimits::wait`].
    #[error("all {connections} connections are in use")]
    Busy {
        /// The pool's bound.
        connections: usize,
    },
    /// No new connection.
    #[error("no connection")]
    Connect(#[from] ConnectError),
    /// The server agreed on another group than the request needs; nothing was sent.
    #[error("the server agrees on {}, the request needs {}", agreed.name(), needed.name())]
    Group {
        /// What a new connection has.
        agreed: Group,
        /// What was asked for.
        needed: Group,
    },
    /// The connection failed under the request.
    #[error("the request failed")]
    Send(#[from] SendError),
}

impl PoolError {
    /// Whether the request may have reached the server.
    #[must_use]
    pub fn outcome_unknown(&self) -> bool {
        matches!(self, Self::Send(error) if error.outcome_unknown())
    }
}

/// A few kept-alive connections to one server. A request goes out at most once, except when it is
/// certain that nothing of it was sent.
#[derive(Debug)]
pub struct Pool {
    address: String,
    server_name: String,
    tls: Arc<ClientTls>,
    limits: PoolLimits,
    permits: Semaphore,
    idle: Mutex<Vec<(Connection, Instant)>>,
}

impl Pool {
    /// A pool without connections yet; see [`Connection::open`] for the arguments.
    #[must_use]
    pub fn new(address: &str, server_name: &str, tls: Arc<ClientTls>, limits: PoolLimits) -> Self {
        Self {
            address: address.to_owned(),
            server_name: server_name.to_owned(),
            tls,
            limits,
            permits: Semaphore::new(limits.connections),
            idle: Mutex::default(),
        }
    }

    /// As [`Connection::send`], over a kept connection or a new one.
    ///
    /// # Errors
    /// See [`PoolError`]; [`PoolError::outcome_unknown`] is what a payment asks.
    pub async fn send(
        &self,
        request: Request<Bytes>,
        max_answer: usize,
    ) -> Result<Response<Bytes>, PoolError> {
        self.send_over(None, request, max_answer).await
    }

    /// As [`send`](Self::send), but only over a connection with the key agreement `needed`.
    ///
    /// # Errors
    /// As [`send`](Self::send), and [`PoolError::Group`].
    pub async fn send_over(
        &self,
        needed: Option<Group>,
        request: Request<Bytes>,
        max_answer: usize,
    ) -> Result<Response<Bytes>, PoolError> {
        let busy = PoolError::Busy {
            connections: self.limits.connections,
        };
        let _permit = match timeout(self.limits.wait, self.permits.acquire()).await {
            Ok(permit) => permit.expect("the semaphore is never closed"),
            Err(_) => return Err(busy),
        };
        while let Some(mut connection) = self.kept(needed) {
            match connection.send(request.clone(), max_answer).await {
                Ok(answer) => return Ok(self.keep(connection, answer)),
                Err(SendError::NotSent(_)) => {}
                Err(error) => return Err(error.into()),
            }
        }
        let mut connection =
            Connection::open(&self.address, &self.server_name, Arc::clone(&self.tls)).await?;
        connection.set_answer_timeout(self.limits.answer);
        let agreed = connection.group();
        if let Some(needed) = needed
            && agreed != needed
        {
            return Err(PoolError::Group { agreed, needed });
        }
        let answer = connection.send(request, max_answer).await?;
        Ok(self.keep(connection, answer))
    }

    /// How many connections wait for a request and are not known to be closed.
    #[must_use]
    pub fn kept_connections(&self) -> usize {
        self.usable().len()
    }

    /// The connection used last: the others may go idle. Its server's certificate must be good
    /// now, whatever it was when the connection was opened. One over another group than the
    /// request needs is given up: a new one may do better.
    fn kept(&self, needed: Option<Group>) -> Option<Connection> {
        loop {
            let (connection, _) = self.usable().pop()?;
            if needed.is_some_and(|needed| needed != connection.group()) {
                continue;
            }
            if self.tls.believes(connection.peer_certificate()) {
                return Some(connection);
            }
        }
    }

    fn usable(&self) -> MutexGuard<'_, Vec<(Connection, Instant)>> {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        idle.retain(|(connection, since)| {
            connection.is_usable() && since.elapsed() < self.limits.idle
        });
        idle
    }

    fn keep(&self, connection: Connection, answer: Response<Bytes>) -> Response<Bytes> {
        if connection.is_usable() {
            let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
            idle.push((connection, Instant::now()));
        }
        answer
    }
}
