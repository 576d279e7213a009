//! What every request needs: the trust, the books, the log, the key and the clock.

use std::sync::Arc;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use wattkey_bank::CharacterSet;
use wattkey_bank::calendar::Calendar;
use wattkey_domain::arrears::notice::CutOffRules;
use wattkey_domain::{PenaltyRules, Quoting};
use wattkey_pki::{Certificate, Trust};
use wattkey_protocol::problem::ProblemType;
use wattkey_store::{Payee, Store};

use crate::answer::{Answer, Refusal};
use crate::binding_log::{BindingLog, LogError, ReceiptKey, State};
use crate::config::Audience;
use crate::files::Files;
use crate::metrics::PlatformMetrics;

/// Steps of the binding log that are read at once.
const STEPS_AT_ONCE: u32 = 500;

/// Where the time comes from.
pub type Clock = Arc<dyn Fn() -> Timestamp + Send + Sync>;

/// The platform, as the handlers see it.
#[derive(Clone)]
pub struct App {
    /// The payment service.
    pub audience: Audience,
    /// Issuing CA: users and managers.
    pub users: Arc<Trust>,
    /// Service CA: gateways.
    pub services: Arc<Trust>,
    /// The service CA's certificate, which goes with receipts.
    pub service_ca: Certificate,
    /// Who is bound.
    pub log: Arc<BindingLog>,
    /// The books.
    pub store: Store,
    /// Signs receipts.
    pub receipts: ReceiptKey,
    /// Rates of the late-payment penalty.
    pub penalty: PenaltyRules,
    /// How long each step takes before supply may be cut.
    pub cut_off: CutOffRules,
    /// What the bank's messages may hold.
    pub characters: CharacterSet,
    /// The bank's days.
    pub calendar: Arc<Calendar>,
    /// Files of the internal network.
    pub files: Arc<Files>,
    /// What operators see.
    pub metrics: PlatformMetrics,
    /// The time.
    pub clock: Clock,
}

/// Who is paid, and how its days and penalties are counted.
#[derive(Debug, Clone)]
pub struct Service {
    /// Who is paid.
    pub payee: Payee,
    /// Its civil days and rates.
    pub quoting: Arc<Quoting>,
}

impl std::fmt::Debug for App {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("App")
            .field("audience", &self.audience)
            .finish_non_exhaustive()
    }
}

impl App {
    /// The present time.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        (self.clock)()
    }

    /// The bindings as of now.
    ///
    /// # Errors
    /// `binding-log`, when the log is not the one that was verified; `internal`, when the database
    /// cannot be asked.
    pub async fn bindings(&self) -> Answer<Arc<State>> {
        let steps = |from: u64| self.store.binding_steps_after(from - 1, STEPS_AT_ONCE);
        self.log.refresh(steps).await.map_err(|error| match &error {
            LogError::Source(_) => Refusal::fault("the binding log cannot be read", &error),
            _ => {
                tracing::error!(
                    error = crate::answer::chain(&error),
                    "nothing is served: binding log"
                );
                Refusal::new(ProblemType::BindingLog, "the binding log is damaged")
            }
        })
    }

    /// Who is paid.
    ///
    /// # Errors
    /// `unavailable`, until a payee is imported.
    pub async fn service(&self) -> Answer<Service> {
        let payee = self
            .store
            .payee()
            .await
            .map_err(crate::answer::store_fault)?
            .ok_or_else(|| Refusal::new(ProblemType::Unavailable, "no payee is imported yet"))?;
        let time_zone = TimeZone::get(&payee.time_zone).map_err(|error| {
            Refusal::fault("the time zone of the service is not known here", &error)
        })?;
        let quoting = Arc::new(Quoting {
            rules: self.penalty,
            time_zone,
        });
        Ok(Service { payee, quoting })
    }
}
