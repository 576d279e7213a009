//! Starting and stopping: from a configuration to two listeners and the bank channel.

use std::fs;
use std::io;
use std::net::SocketAddr;
use std::os::unix::fs::{DirBuilderExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use hyper_util::service::TowerToHyperService;
use tokio::net::TcpListener;
use tokio::sync::watch;
use wattkey_bank::calendar::Calendar;
use wattkey_pki::{
    AnchorError, Certificate, CertificateError, ChainError, KeyFileError, MemorySigner, Role,
    Trust, TrustAnchor, TrustError,
};
use wattkey_store::{Store, StoreError};
use wattkey_token::{Card, Module, Pin, TokenError, key_id};
use wattkey_transport::{Identity, Limits, TlsError, clock, serve, server_tls};

use crate::answer::chain;
use crate::app::App;
use crate::bank_channel;
use crate::binding_log::{BindingLog, HeadFile, LogError, ReceiptKey, Rules};
use crate::checkpoints::{self, CheckpointError};
use crate::config::{Config, DatabaseFileError, HoursError, SourceFileError};
use crate::files::Files;
use crate::files::staging::StagingError;
use crate::metrics::{PlatformMetrics, ready};
use crate::routes;
use crate::schedule;

/// Steps that are asked for to see whether there are any.
const ONE: u32 = 1;

/// Why the platform does not start, or stops by itself.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// A CA certificate or revocation list.
    #[error("a CA cannot be trusted")]
    Trust(#[from] TrustError),
    /// The issuing CA's certificate.
    #[error("the certificate of the CA is not that of a CA")]
    Anchor(#[from] AnchorError),
    /// The card or a key in it.
    #[error("the card cannot be used")]
    Card(#[from] TokenError),
    /// The receipt key has no certificate.
    #[error("the card has no certificate of the receipt key: let the issuing desk write one")]
    NoReceiptCertificate,
    /// The receipt key's certificate is not good.
    #[error("the certificate of the receipt key is not good")]
    ReceiptCertificate(#[source] ChainError),
    /// A file or folder.
    #[error("cannot use {}", path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// Others than the owner may read the TLS key.
    #[error("{} can be read by others: chmod 600", path.display())]
    KeyMode {
        /// The key file.
        path: PathBuf,
    },
    /// The TLS key file holds no key.
    #[error("{} holds no P-256 key in PKCS#8", path.display())]
    Key {
        /// The key file.
        path: PathBuf,
        /// Why.
        #[source]
        source: KeyFileError,
    },
    /// The TLS certificate file holds no certificate.
    #[error("{} holds no certificate of this protocol", path.display())]
    Certificate {
        /// The certificate file.
        path: PathBuf,
        /// Why.
        #[source]
        source: CertificateError,
    },
    /// The TLS certificate is not good.
    #[error("the TLS certificate is not good")]
    TlsCertificate(#[source] ChainError),
    /// TLS certificate and key do not fit.
    #[error("TLS cannot be set up")]
    Tls(#[from] TlsError),
    /// The books.
    #[error("the database cannot be used")]
    Store(#[from] StoreError),
    /// The thread that writes the books has ended, while serving.
    #[error("nothing can be written to the database any more: the process must start again")]
    WriterEnded,
    /// The files that the way to the database needs.
    #[error("the database cannot be reached as configured")]
    Database(#[from] DatabaseFileError),
    /// The binding log.
    #[error("the binding log cannot be used")]
    Log(#[from] LogError),
    /// The checkpoints of the journal.
    #[error("the checkpoints of the journal are not those that were kept")]
    Checkpoints(#[from] CheckpointError),
    /// The certificate of a system whose files are taken.
    #[error("the certificate of a source of files cannot be used")]
    Source(#[from] SourceFileError),
    /// The folder in which files are staged.
    #[error("files cannot be staged")]
    Staging(#[from] StagingError),
    /// The bank's days.
    #[error("the bank's days are not known")]
    Hours(#[from] HoursError),
    /// An address.
    #[error("cannot listen on {address}")]
    Listen {
        /// Which.
        address: SocketAddr,
        /// Why.
        #[source]
        source: io::Error,
    },
}

/// A platform that listens.
pub struct Platform {
    app: Arc<App>,
    config: Config,
    identity: Identity,
    gateways: TcpListener,
    managers: TcpListener,
    operators: Option<TcpListener>,
}

impl Platform {
    /// Opens everything that the configuration names and listens; serves nothing yet.
    ///
    /// # Errors
    /// See [`StartError`]. Nothing is served unless all of it is in order.
    pub async fn start(config: Config, pin: Pin) -> Result<Self, StartError> {
        let users = Trust::load(&config.users_ca, config.users_crl.as_deref())?;
        let services = Trust::load(&config.service_ca, config.service_crl.as_deref())?;
        warn_without_lists(&config);
        let identity = identity(&config, &services)?;
        let receipts = blocking({
            let (config, services) = (config.clone(), Arc::clone(&services));
            move || receipt_key(&config, &services, &pin)
        })
        .await?;
        let store = blocking({
            let config = config.clone();
            move || open_books(&config)
        })
        .await?;
        let log = open_log(&config, &users, &services, &receipts, &store).await?;
        checkpoints::check(&store, &checkpoint_file(&config, &services)?).await?;
        let app = Arc::new(App {
            audience: config.audience.clone(),
            service_ca: services.certificate(),
            users,
            services,
            log: Arc::new(log),
            store,
            receipts,
            penalty: config.penalty,
            cut_off: config.cut_off,
            characters: config
                .bank
                .as_ref()
                .map(|bank| bank.characters)
                .unwrap_or_default(),
            calendar: Arc::new(calendar(&config)?),
            files: Arc::new(Files::open(&config.state, config.sources.certificates()?)?),
            metrics: PlatformMetrics::default(),
            clock: Arc::new(clock::now),
        });
        Ok(Self {
            gateways: listen(config.gateways).await?,
            managers: listen(config.managers).await?,
            operators: match config.operators {
                Some(operators) => Some(listen(operators.listen).await?),
                None => None,
            },
            app,
            config,
            identity,
        })
    }

    /// Where the platform listens: gateways, managers.
    ///
    /// # Errors
    /// When the system does not say.
    pub fn addresses(&self) -> io::Result<(SocketAddr, SocketAddr)> {
        Ok((self.gateways.local_addr()?, self.managers.local_addr()?))
    }

    /// Where the platform listens for operators, if it does.
    ///
    /// # Errors
    /// When the system does not say.
    pub fn operators_address(&self) -> io::Result<Option<SocketAddr>> {
        self.operators
            .as_ref()
            .map(TcpListener::local_addr)
            .transpose()
    }

    /// Serves until `stop` is done, then lets the requests and the messages under way finish.
    ///
    /// # Errors
    /// [`StartError::Tls`]; [`StartError::WriterEnded`] when it stopped because nothing can be
    /// written any more.
    pub async fn serve(self, stop: impl Future<Output = ()>) -> Result<(), StartError> {
        let Self {
            app,
            config,
            identity,
            gateways,
            managers,
            operators,
        } = self;
        let gateways_tls = server_tls(&identity, Arc::clone(&app.services), Role::Gateway)?;
        let managers_tls = server_tls(
            &identity,
            Arc::clone(&app.users),
            Role::ManagerAuthentication,
        )?;
        let checkpoint_file = checkpoint_file(&config, &app.services)?;
        let (stopping, stopped) = watch::channel(false);
        let until = |mut stopped: watch::Receiver<bool>| async move {
            // An error means that the sender is gone: stop as well.
            let _ = stopped.wait_for(|stop| *stop).await;
        };
        let for_gateways = TowerToHyperService::new(routes::gateways(Arc::clone(&app)));
        let for_managers = TowerToHyperService::new(routes::managers(Arc::clone(&app)));
        let bank = async {
            if let Some(bank) = config.bank {
                bank_channel::run(Arc::clone(&app), bank, stopped.clone()).await;
            } else {
                tracing::warn!("no bank is configured: orders stay accepted");
            }
        };
        let for_operators = async {
            let Some(listener) = operators else { return };
            let router = wattkey_operators::router(app.metrics.all(), ready(Arc::clone(&app)));
            let served = wattkey_operators::serve(listener, router, until(stopped.clone())).await;
            if let Err(error) = served {
                tracing::error!(%error, "operators are not answered any more");
            }
        };
        let (.., ended) = tokio::join!(
            for_operators,
            serve(
                gateways,
                gateways_tls,
                Limits::default(),
                for_gateways,
                until(stopped.clone())
            ),
            serve(
                managers,
                managers_tls,
                Limits::default(),
                for_managers,
                until(stopped.clone())
            ),
            bank,
            schedule::run(Arc::clone(&app), stopped.clone()),
            checkpoints::run(Arc::clone(&app), checkpoint_file.clone(), stopped.clone()),
            async {
                let ended = until_stopped(stop, app.store.closed()).await;
                tracing::info!("stopping");
                let _ = stopping.send(true);
                ended
            }
        );
        // What was posted since the last one.
        if let Err(error) = checkpoints::make(&app, &checkpoint_file).await {
            tracing::warn!(error = chain(&error), "no last checkpoint was made");
        }
        ended
    }
}

/// Whoever supervises the process starts it again when it ends with an error.
async fn until_stopped(
    stop: impl Future<Output = ()>,
    writer_ended: impl Future<Output = ()>,
) -> Result<(), StartError> {
    tokio::select! {
        () = stop => Ok(()),
        () = writer_ended => {
            tracing::error!("the thread that writes the database has ended");
            Err(StartError::WriterEnded)
        }
    }
}

/// Checks what can be checked without the card's PIN and without opening the database.
///
/// # Errors
/// See [`StartError`].
pub fn check(config: &Config) -> Result<(), StartError> {
    let users = Trust::load(&config.users_ca, config.users_crl.as_deref())?;
    Rules::new(config.audience.origin(), users.certificate())?;
    let services = Trust::load(&config.service_ca, config.service_crl.as_deref())?;
    let identity = identity(config, &services)?;
    server_tls(&identity, services, Role::Gateway)?;
    calendar(config)?;
    config.database.location()?;
    config.sources.all_certificates()?;
    let tokens = Module::load(&config.card_module)?.tokens()?;
    if tokens.iter().any(|token| token.label == config.card_token) {
        return Ok(());
    }
    let name = config.card_token.clone();
    Err(TokenError::TokenMissing { name }.into())
}

/// The bank's days, as configured; without a bank, every weekday.
pub(crate) fn calendar(config: &Config) -> Result<Calendar, HoursError> {
    config
        .bank
        .as_ref()
        .map_or_else(|| Ok(Calendar::default()), |bank| bank.hours.calendar())
}

/// Certificates are then good until they expire, whatever the issuing desk says.
fn warn_without_lists(config: &Config) {
    for (key, list) in [
        ("trust.users_crl", &config.users_crl),
        ("trust.service_crl", &config.service_crl),
    ] {
        if list.is_none() {
            tracing::warn!(key, "no revocation list is configured");
        }
    }
}

/// Opens the books where the configuration says. Blocks while it does.
///
/// # Errors
/// [`StartError::Database`], [`StartError::Store`].
pub fn open_books(config: &Config) -> Result<Store, StartError> {
    let location = config.database.location()?;
    Ok(Store::open_at(&location)?)
}

/// The last checkpoint that this platform signed; shared with `verify`.
pub(crate) fn checkpoint_file(config: &Config, services: &Trust) -> Result<HeadFile, StartError> {
    Ok(HeadFile::of_checkpoints(
        &config.state,
        TrustAnchor::new(services.certificate())?,
    ))
}

/// The log's kept head; shared with `verify`.
pub(crate) fn head_file(config: &Config, services: &Trust) -> Result<HeadFile, StartError> {
    Ok(HeadFile::new(
        &config.state,
        TrustAnchor::new(services.certificate())?,
    ))
}

async fn open_log(
    config: &Config,
    users: &Trust,
    services: &Trust,
    receipts: &ReceiptKey,
    store: &Store,
) -> Result<BindingLog, StartError> {
    make_folder(&config.state)?;
    let rules = Rules::new(config.audience.origin(), users.certificate())?;
    let file = head_file(config, services)?;
    let is_used = is_used(store).await?;
    let key = receipts.clone();
    Ok(blocking(move || BindingLog::open(rules, file, key, is_used)).await?)
}

/// Whether the log was begun once: there are steps, or orders, which need bound users. Then there
/// was a head too, and without it nothing is served: an emptied log could be begun anew with old
/// steps, and a lost key be back.
async fn is_used(store: &Store) -> Result<bool, StoreError> {
    if !store.binding_steps_after(0, ONE).await?.is_empty() {
        return Ok(true);
    }
    for customer in store.customers().await? {
        if !store.orders(customer.id, None, ONE).await?.items.is_empty() {
            return Ok(true);
        }
    }
    Ok(false)
}

fn make_folder(path: &Path) -> Result<(), StartError> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true).mode(0o700);
    builder.create(path).map_err(|source| StartError::File {
        path: path.to_owned(),
        source,
    })
}

fn identity(config: &Config, services: &Trust) -> Result<Identity, StartError> {
    let path = &config.tls_key;
    let file = |path: &PathBuf| {
        let path = path.clone();
        move |source| StartError::File { path, source }
    };
    let mode = fs::metadata(path).map_err(file(path))?.permissions().mode();
    if mode & 0o077 != 0 {
        return Err(StartError::KeyMode { path: path.clone() });
    }
    let text = fs::read_to_string(path).map_err(file(path))?;
    let signer = MemorySigner::from_pkcs8_pem(&text).map_err(|source| StartError::Key {
        path: path.clone(),
        source,
    })?;
    let path = &config.tls_certificate;
    let text = fs::read_to_string(path).map_err(file(path))?;
    let certificate = Certificate::from_pem(&text).map_err(|source| StartError::Certificate {
        path: path.clone(),
        source,
    })?;
    services
        .verify(&certificate, Role::Platform, clock::now())
        .map_err(StartError::TlsCertificate)?;
    Ok(Identity {
        chain: vec![certificate],
        signer: Arc::new(signer),
    })
}

fn receipt_key(config: &Config, services: &Trust, pin: &Pin) -> Result<ReceiptKey, StartError> {
    let module = Module::load(&config.card_module)?;
    let card = Card::open(&module, &config.card_token, pin)?;
    let certificate = card
        .certificate(key_id::RECEIPT)?
        .ok_or(StartError::NoReceiptCertificate)?;
    services
        .verify(&certificate, Role::PlatformReceipt, clock::now())
        .map_err(StartError::ReceiptCertificate)?;
    Ok(ReceiptKey {
        signer: card.signer(key_id::RECEIPT)?,
        certificate,
    })
}

async fn listen(address: SocketAddr) -> Result<TcpListener, StartError> {
    TcpListener::bind(address)
        .await
        .map_err(|source| StartError::Listen { address, source })
}

async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    tokio::task::spawn_blocking(work)
        .await
        .expect("the work does not panic and is not aborted")
}

#[cfg(test)]
mod tests {
    use std::future::{pending, ready};

    use super::*;

    #[tokio::test]
    async fn an_ended_writer_ends_the_process_with_an_error() {
        let ended = until_stopped(pending(), ready(())).await;
        assert!(matches!(ended, Err(StartError::WriterEnded)));
    }

    #[tokio::test]
    async fn a_signal_ends_it_without_one() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(&folder.path().join("books.sqlite")).unwrap();
        assert!(until_stopped(ready(()), store.closed()).await.is_ok());
    }
}
