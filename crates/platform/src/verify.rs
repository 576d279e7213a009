//! Proving that books, binding log and kept head fit together.

pub(crate) mod bank;
mod changes;
mod disputes;
mod files;
mod instructions;
mod orders;
pub(crate) mod penalties;
mod print;
mod resolutions;
pub(crate) mod returns;

use std::sync::Arc;

use jiff::Timestamp;
use serde::Serialize;
use wattkey_domain::UserId;
use wattkey_pki::{Trust, TrustAnchor};
use wattkey_protocol::binding::HolderKind;
use wattkey_protocol::signed::{Document, Signed};
use wattkey_store::{BindingStep, Finding, Store, StoreError, VerifyReport};

use crate::answer::chain;
use crate::binding_log::{Rules, State, audit};
use crate::checkpoints::{self, Audit};
use crate::config::{Config, Database};
use crate::start::{StartError, checkpoint_file, head_file, open_books};

/// How far clocks may be apart, in seconds (`PROTOCOL.md` section 9).
const CLOCKS_S: i64 = 300;
/// Steps that are read at once.
const STEPS_AT_ONCE: u32 = 500;

/// What was found.
#[derive(Debug, Serialize)]
pub struct Verification {
    /// Whether nothing is off.
    pub sound: bool,
    /// What was counted in the books.
    pub counted: Counted,
    /// Balance of each sort of ledger account and currency, in minor units, debit positive.
    pub trial_balance: Vec<Balance>,
    /// The binding log.
    pub binding_log: LogVerification,
    /// The checkpoints of the journal.
    pub checkpoints: CheckpointVerification,
    /// What is off in the books, where and what.
    pub findings: Vec<String>,
    /// How much there is of it.
    pub findings_total: u64,
    /// What the bank said and what was not posted. A person must look; nothing is off.
    pub attention: Vec<String>,
    /// How much there is of it.
    pub attention_total: u64,
}

/// How much there is in the books.
#[derive(Debug, Serialize)]
pub struct Counted {
    /// Processes that posted.
    pub chains: u64,
    /// Links of the journal.
    pub links: u64,
    /// Transfers.
    pub transfers: u64,
    /// Bills.
    pub bills: u64,
    /// Orders.
    pub orders: u64,
}

/// Balance of one sort of account.
#[derive(Debug, Serialize)]
pub struct Balance {
    /// Sort of ledger account.
    pub account: String,
    /// Currency.
    pub currency: String,
    /// Minor units, debit positive.
    pub minor: i64,
}

/// What was found in the binding log.
#[derive(Debug, Serialize)]
pub struct LogVerification {
    /// Number of the last step in the database.
    pub steps: u64,
    /// Number of the last step that the kept head names.
    pub kept: Option<u64>,
    /// USB keys that are bound.
    pub bound: u64,
    /// What is wrong.
    pub problem: Option<String>,
}

/// What was found about the checkpoints.
#[derive(Debug, Serialize)]
pub struct CheckpointVerification {
    /// How many there are.
    pub count: u64,
    /// How many have a good signature.
    pub signed: u64,
    /// Number of the last one that this platform signed and keeps outside the database.
    pub kept: Option<u64>,
    /// What is wrong.
    pub problems: Vec<String>,
}

/// Reads everything and changes nothing but, if need be, the database's version.
///
/// # Errors
/// When something cannot be read at all; what is merely wrong is in the result.
pub async fn verify(config: &Config) -> Result<Verification, StartError> {
    let users = Trust::load(&config.users_ca, None)?;
    let services = Trust::load(&config.service_ca, None)?;
    if let Database::File(path) = &config.database
        && !path.exists()
    {
        let (path, source) = (path.clone(), std::io::ErrorKind::NotFound.into());
        return Err(StartError::File { path, source });
    }
    let store = open_books(config)?;
    let books = store.verify().await?;
    let (binding_log, bindings) = verify_log(config, &users, &services, &store).await?;
    let checkpoints = checkpoints::audit(&store, &checkpoint_file(config, &services)?).await?;
    let service_ca = TrustAnchor::new(services.certificate())?;
    // Where the books are off, what they say of an order may not even be readable.
    let orders = if books.is_sound() {
        let mut findings = orders::check(&store, &service_ca, bindings.as_ref()).await?;
        findings.extend(bank::check(&store, config.penalty).await?);
        findings.extend(returns::check(&store).await?);
        findings.extend(files::check(&store, &config.sources).await?);
        let rates = config.penalty_history.clone();
        findings.extend(penalties::check(&store, rates).await?);
        if let Some(bindings) = &bindings {
            findings.extend(instructions::check(&store, bindings).await?);
            findings.extend(resolutions::check(&store, bindings).await?);
            findings.extend(changes::check(&store, bindings).await?);
            findings.extend(disputes::check(&store, bindings).await?);
        }
        findings
    } else {
        Vec::new()
    };
    Ok(Verification::new(books, orders, binding_log, checkpoints))
}

/// Why a document is not signed by the user whom the books say; nothing when it is, by a key that
/// was ever bound to them.
fn not_signed_by<D: Document>(jws: &str, user: UserId, bindings: &State) -> Option<&'static str> {
    let Ok(signed) = Signed::<D>::parse(jws) else {
        return Some("what was signed cannot be read");
    };
    let binding = bindings.once_bound(signed.certificate());
    let binding = binding.filter(|one| one.holder.kind == HolderKind::User);
    let binding = binding.filter(|one| one.holder.id == user);
    let is_signed = binding.is_some_and(|one| signed.verify(&one.signature).is_ok());
    (!is_signed).then_some("no key of its user signed it")
}

/// Whether a document was taken in between its `created` and its `expires`, as far as clocks may
/// differ. Of one that cannot be read another finding is told.
fn was_in_time<D: Document>(jws: &str, at: Timestamp) -> bool {
    let Ok(signed) = Signed::<D>::parse(jws) else {
        return true;
    };
    let document = signed.document();
    let (created, expires) = (
        document.created().as_second(),
        document.expires().as_second(),
    );
    (created - CLOCKS_S..=expires + CLOCKS_S).contains(&at.as_second())
}

async fn verify_log(
    config: &Config,
    users: &Arc<Trust>,
    services: &Arc<Trust>,
    store: &Store,
) -> Result<(LogVerification, Option<State>), StartError> {
    let steps = all_steps(store).await?;
    let count = steps.last().map_or(0, |step| step.sequence);
    let rules = Rules::new(config.audience.origin(), users.certificate())?;
    let (kept, problem) = match head_file(config, services)?.read() {
        Ok(kept) => (kept.map(|kept| kept.head), None),
        Err(error) => (None, Some(chain(&error))),
    };
    let audited = audit(&rules, kept, steps);
    let bound = audited
        .as_ref()
        .map_or(0, |state| state.bindings().count() as u64);
    let (state, broken) = match audited {
        Ok(state) => (Some(state), None),
        Err(error) => (None, Some(chain(&error))),
    };
    let verified = LogVerification {
        steps: count,
        kept: kept.map(|kept| kept.sequence),
        bound,
        problem: problem.or(broken),
    };
    Ok((verified, state))
}

async fn all_steps(store: &Store) -> Result<Vec<BindingStep>, StoreError> {
    let mut steps: Vec<BindingStep> = Vec::new();
    loop {
        let after = steps.last().map_or(0, |step| step.sequence);
        let more = store.binding_steps_after(after, STEPS_AT_ONCE).await?;
        if more.is_empty() {
            return Ok(steps);
        }
        steps.extend(more);
    }
}

impl Verification {
    fn new(
        books: VerifyReport,
        orders: Vec<String>,
        binding_log: LogVerification,
        checkpoints: Audit,
    ) -> Self {
        let said = |finding: &Finding| finding.to_string();
        Self {
            sound: books.is_sound()
                && orders.is_empty()
                && binding_log.problem.is_none()
                && checkpoints.problems.is_empty(),
            checkpoints: CheckpointVerification {
                count: books.checkpoints,
                signed: checkpoints.signed,
                kept: checkpoints.kept,
                problems: checkpoints.problems,
            },
            counted: Counted {
                chains: books.chains,
                links: books.links,
                transfers: books.transfers,
                bills: books.bills,
                orders: books.orders,
            },
            trial_balance: books
                .trial_balance
                .into_iter()
                .map(|(account, currency, minor)| Balance {
                    account,
                    currency,
                    minor,
                })
                .collect(),
            binding_log,
            attention: books.attention.iter().map(said).collect(),
            attention_total: books.attention_total,
            findings_total: books.findings_total + orders.len() as u64,
            findings: books.findings.iter().map(said).chain(orders).collect(),
        }
    }
}
