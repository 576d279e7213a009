//! What operators ask of the gateway.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use axum::Router;
use tokio::net::{TcpListener, TcpStream};
use wattkey_operators::{Condition, Listen, Ready};
use wattkey_transport::clock;

use crate::config::Config;
use crate::service::Gateway;

/// How long the platform may take to accept a connection.
const PATIENCE: Duration = Duration::from_secs(1);

/// Listens and answers, as long as the runtime lives; where.
///
/// # Errors
/// When nothing can listen there.
pub async fn start(at: Listen, router: Router) -> anyhow::Result<SocketAddr> {
    let listener = TcpListener::bind(at.listen)
        .await
        .with_context(|| format!("operators.listen = {:?}: cannot listen there", at.listen))?;
    let address = listener.local_addr()?;
    tokio::spawn(async move {
        let served = wattkey_operators::serve(listener, router, std::future::pending()).await;
        if let Err(error) = served {
            tracing::error!(%error, "operators are not answered any more");
        }
    });
    Ok(address)
}

/// What a request needs: a card that signs the key configuration, and a platform that listens.
pub fn ready(gateway: &Arc<Gateway>, config: &Config) -> Ready {
    let (gateway, platform) = (Arc::clone(gateway), config.platform.address.clone());
    Arc::new(move || {
        let (keys, platform) = (Arc::clone(&gateway.keys), platform.clone());
        Box::pin(async move {
            let signed = tokio::task::spawn_blocking(move || {
                let answer = keys.answer(clock::now());
                answer.map(drop).map_err(|error| error.to_string())
            });
            let card = signed.await.unwrap_or_else(|error| Err(error.to_string()));
            let connected = tokio::time::timeout(PATIENCE, TcpStream::connect(platform)).await;
            let platform = match connected {
                Ok(Ok(_)) => Ok(()),
                Ok(Err(error)) => Err(error.to_string()),
                Err(_) => Err("it does not accept connections".to_owned()),
            };
            vec![
                Condition {
                    name: "card",
                    met: card,
                },
                Condition {
                    name: "platform",
                    met: platform,
                },
            ]
        })
    })
}
