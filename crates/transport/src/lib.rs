//! Mutual TLS 1.3 and HTTP/1.1, client and server side, with private keys behind
//! [`wattkey_pki::Signer`].
//!
//! Used by the payment software, the security server, the platform and the management tool, so
//! that the four agree on what a connection is:
//!
//! - TLS 1.3 only (RFC 8446), certificates on both sides, groups X25519MLKEM768 then X25519,
//!   ALPN `http/1.1`; no tickets and no 0-RTT, so that every connection proves possession anew.
//! - A peer is who its certificate's chain, role (extended key usage) and revocation list say,
//!   see [`wattkey_pki::Trust`]; of a server the DNS name as well.
//! - The private key may live in a USB key or an encryption card. Signing blocks, so it happens
//!   off the reactor, and an error of the token is kept for the caller instead of being lost in
//!   the TLS library ([`ConnectError::Signer`]).
//! - Errors of the client side say whether a request may have reached the server
//!   ([`SendError::outcome_unknown`]): payments depend on it.
//!
//! ```no_run
//! # async fn example(chain: Vec<wattkey_pki::Certificate>, signer: std::sync::Arc<dyn wattkey_pki::Signer>,
//! #     trust: std::sync::Arc<wattkey_pki::Trust>) -> Result<(), Box<dyn std::error::Error>> {
//! use wattkey_transport::{Connection, Identity, client_tls};
//!
//! let identity = Identity { chain, signer };
//! let tls = client_tls(&identity, trust, wattkey_pki::Role::Gateway)?;
//! let mut connection = Connection::open("192.0.2.7:8443", "pay.example", tls).await?;
//! let request = http::Request::get("/.well-known/ohttp-gateway").body(bytes::Bytes::new())?;
//! let answer = connection.send(request, 64 * 1024).await?;
//! # Ok(()) }
//! ```
//!
//! It is also where the clock is read ([`clock::now`]); the other crates take the time as an
//! argument. It does not do HTTP/2, proxies, redirects or TLS 1.2.

pub mod clock;
mod connection;
mod error;
mod fault;
mod identity;
mod pool;
mod server;
mod tls;
mod verifier;

pub use connection::Connection;
pub use error::{Alert, ConnectError, SendError, TlsError};
pub use identity::Identity;
pub use pool::{Pool, PoolError, PoolLimits};
pub use server::{Limits, Peer, serve};
pub use tls::{ClientTls, Group, ServerTls, client_tls, server_tls};
