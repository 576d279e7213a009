//! What a command works with: configuration, USB key, client.

use std::sync::Arc;

use tokio::runtime::Runtime;
use wattkey_client::client::Client;
use wattkey_client::config::Config;
use wattkey_client::journal::Journal;
use wattkey_client::{keys, receipt};
use wattkey_pki::{Trust, TrustAnchor};
use wattkey_token::{Module, UsbKey};
use wattkey_transport::clock;

use super::args::Common;
use super::fault::{Exit, Fault};
use super::output::Output;
use super::pin;
use super::token_fault::{self, When};

/// The arguments that all commands share, and the output.
pub(crate) struct Context<'a> {
    pub(crate) common: &'a Common,
    pub(crate) output: &'a Output,
}

impl Context<'_> {
    pub(crate) fn config(&self) -> Result<Config, Fault> {
        let config = Config::find(self.common.config.as_deref(), |name| std::env::var_os(name))?;
        Ok(config)
    }

    /// The USB key to use, locked, whatever its certificates are.
    pub(crate) fn any_key(&self, module: &Arc<Module>) -> Result<UsbKey, Fault> {
        let plugged_in = keys::plugged_in(module)?;
        Ok(keys::choose(plugged_in, self.common.key.as_deref())?)
    }

    /// The USB key to use, locked; its certificates are good.
    pub(crate) fn key(&self, config: &Config, module: &Arc<Module>) -> Result<UsbKey, Fault> {
        let issuing_ca: TrustAnchor = receipt::anchor(&config.issuing_ca)?;
        let key = self.any_key(module)?;
        keys::check(&key, &issuing_ca, clock::now())?;
        Ok(key)
    }

    /// Asks for the PIN and unlocks the key.
    pub(crate) fn unlock(&self, config: Config) -> Result<Client, Fault> {
        // Read before the PIN is asked for: a wrong configuration costs nobody a PIN.
        let service_ca = service_ca(&config)?;
        let module = keys::module(&config.module)?;
        let key = self.key(&config, &module)?;
        self.unlock_key(config, service_ca, &module, key)
    }

    /// Asks for the PIN of this key and unlocks it; pulled out, it ends the session from then on.
    pub(crate) fn unlock_key(
        &self,
        config: Config,
        service_ca: Arc<Trust>,
        module: &Arc<Module>,
        key: UsbKey,
    ) -> Result<Client, Fault> {
        let pin = pin::first(self.output, self.common, &key)?;
        let serial = key.info().serial.clone();
        let unlocked = key.unlock(&pin).map_err(|refused| {
            token_fault::of_key(&refused.error, When::Unlocking, &config.module, &serial)
        })?;
        drop(pin);
        let mut client = Client::new(config, service_ca, unlocked, clock::now)
            .map_err(|error| Fault::new("key-refuses", Exit::UnusableKey).cause(&error))?;
        client
            .watch(module)
            .map_err(|error| token_fault::of(&error, When::Connecting))?;
        Ok(client)
    }

    /// Says so when this PC's clock is off; the service's time is used all the same.
    pub(crate) fn warn_of_clock(&self, client: &Client) {
        if let Some(offset) = client.clock_warning() {
            // Rounded: the service's `Date` has whole seconds only.
            let minutes = ((offset.abs().as_secs() + 30) / 60).to_string();
            self.output.say("clock-off", &[("minutes", minutes.into())]);
        }
    }
}

/// The order journal of this PC.
pub(crate) fn journal(config: &Config) -> Result<Journal, Fault> {
    Ok(Journal::open(&config.journal)?)
}

/// The service CA, against which servers are checked.
pub(crate) fn service_ca(config: &Config) -> Result<Arc<Trust>, Fault> {
    Ok(Trust::fixed(receipt::anchor(&config.service_ca)?))
}

/// Threads for the network and, beside it, for a USB key that takes its time.
pub(crate) fn runtime() -> Result<Runtime, Fault> {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .map_err(|error| Fault::new("runtime", Exit::Fault).cause(&error))
}
