//! Files of orders: found, read, previewed, built, signed order by order.

use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering;

use wattkey_client::batch::{self, Batch, BatchId, Batches, Held, Imported, PreviewError, Ready};
use wattkey_client::fault::service;
use wattkey_client::fault::{Exit, Fault};
use wattkey_client::order_file::{self as file, MAX_FILE_BYTES};
use wattkey_client::sending::{Outcome, Recorded, unresolved_order, unresolved_payment};
use wattkey_client::show;
use wattkey_protocol::api::OrderView;
use wattkey_token::Pin;
use wattkey_transport::clock;

use super::Tell;
use super::session::Session;
use super::signing::{Asked, Pending};
use super::unknown::unknown_fault;
use crate::model::Event;
use crate::model::order_file::{At, ENDINGS, Input, Previewed, Row};
use crate::model::signing::{Came, Kind, ToSign};

/// Most files that are offered.
const MOST_FOUND: usize = 12;
/// Most entries of a folder that are looked at.
const MOST_ENTRIES: usize = 10_000;

/// The orders of a file, ready to be signed; nobody else works with imports meanwhile.
pub(super) struct FileRun {
    ready: Vec<Ready>,
    held: Held,
}

/// Order files in the folders where people put them, the newest first.
pub(super) fn find() -> Event {
    let home = std::env::home_dir().unwrap_or_else(|| PathBuf::from("."));
    let mut found = Vec::new();
    for folder in ["Documents", "Downloads", "文档", "下载"] {
        let Ok(entries) = std::fs::read_dir(home.join(folder)) else {
            continue;
        };
        for entry in entries.flatten().take(MOST_ENTRIES) {
            let path = entry.path();
            let ending = path.extension().and_then(|ending| ending.to_str());
            let fits = ending.is_some_and(|ending| {
                ENDINGS
                    .iter()
                    .any(|known| ending.eq_ignore_ascii_case(known))
            });
            let Some(data) = entry.metadata().ok().filter(|data| fits && data.is_file()) else {
                continue;
            };
            if data.len() <= MAX_FILE_BYTES as u64 {
                found.push((data.modified().ok(), path));
            }
        }
    }
    found.sort_by(|one, other| other.cmp(one));
    let paths = found
        .iter()
        .take(MOST_FOUND)
        .map(|(_, path)| show::path(path));
    Event::OrderFile(Input::Found(paths.collect()))
}

/// `~/…` is in the user's own folder.
pub(super) fn path_of(written: &str) -> PathBuf {
    match (written.strip_prefix("~/"), std::env::home_dir()) {
        (Some(rest), Some(home)) => home.join(rest),
        _ => PathBuf::from(written),
    }
}

fn read(path: &Path) -> Result<Vec<u8>, Fault> {
    let mut bytes = Vec::new();
    // One byte more than a file may have, so that its reader says so.
    let most = MAX_FILE_BYTES as u64 + 1;
    std::fs::File::open(path)
        .and_then(|open| open.take(most).read_to_end(&mut bytes))
        .map_err(|error| {
            Fault::new("file-read", Exit::Usage)
                .with("file", show::path(path))
                .cause(&error)
        })?;
    Ok(bytes)
}

impl Session {
    pub(super) async fn import_orders(&mut self, written: &str, tell: &Tell) {
        let input = match self.try_import(written, tell).await {
            Ok(Some(previewed)) => Input::Previewed(Box::new(previewed)),
            Ok(None) => Input::Stopped,
            Err(fault) => Input::Failed(fault.means("means-nothing-signed")),
        };
        tell(Event::OrderFile(input));
    }

    async fn try_import(&mut self, written: &str, tell: &Tell) -> Result<Option<Previewed>, Fault> {
        let path = path_of(written);
        let bytes = read(&path)?;
        let name = path.file_name().unwrap_or(path.as_os_str());
        let name = show::safe(&name.to_string_lossy());
        let now = wattkey_protocol::time::whole_seconds(clock::now());
        let lines = match file::read(&bytes) {
            Ok(lines) => lines,
            Err(problems) => {
                return Ok(Some(Previewed {
                    batch: BatchId::of(wattkey_pki::Digest::of(&bytes)),
                    name,
                    imported: now,
                    again: false,
                    lines: 0,
                    preview: None,
                    problems,
                    done: Vec::new(),
                }));
            }
        };
        let batches = Batches::open(&self.client.config().journal)?;
        let _held = batches.hold()?;
        let (batch, again) = match batches.import(&bytes, &name, lines, now)? {
            Imported::New(batch) => (batch, false),
            Imported::Again(batch) => (batch, true),
        };
        let others = batches.list()?.batches;
        self.preview(batch, again, &batches, &others, tell).await
    }

    async fn preview(
        &mut self,
        batch: Batch,
        again: bool,
        batches: &Batches,
        others: &[Batch],
        tell: &Tell,
    ) -> Result<Option<Previewed>, Fault> {
        let unresolved = self.journal.unresolved()?.entries;
        if let Some(order) = unresolved_order(&unresolved, self.me.customer.id) {
            return Err(Fault::unresolved_order(order));
        }
        let stop = std::sync::Arc::clone(&self.stop);
        let mut told = |number: usize, of: usize| {
            tell(Event::OrderFile(Input::Progress(number, of)));
            !stop.load(Ordering::Relaxed)
        };
        let (client, me) = (&mut self.client, &self.me);
        let found = batch::preview_told(client, &self.journal, me, batch, others, &mut told).await;
        let found = match found {
            Ok(found) => found,
            Err(PreviewError::Stopped) => return Ok(None),
            Err(error) => return Err(error.into()),
        };
        batches.keep(&found.batch)?;
        Ok(Some(Previewed {
            batch: found.batch.id.clone(),
            name: found.batch.name.clone(),
            imported: found.batch.imported,
            again,
            lines: found.batch.lines.len(),
            preview: found.batch.preview,
            problems: found.problems,
            done: found.done,
        }))
    }

    pub(super) async fn build_orders(&mut self, batch: BatchId, tell: &Tell) {
        // Nobody else holds the imports while they are taken up again.
        self.pending = None;
        match self.try_orders(&batch, tell).await {
            Ok(Some(shown)) => {
                self.asked = Some(Asked::OrderFile(batch));
                tell(Event::ToSign(Box::new(shown)));
            }
            Ok(None) => tell(Event::OrderFile(Input::Stopped)),
            Err(fault) => {
                tell(Event::OrderFile(Input::Failed(
                    fault.means("means-not-signed"),
                )));
            }
        }
    }

    /// Every order of a preview, built and the same as it was previewed, to be shown as a whole.
    /// Nothing when it was stopped.
    async fn try_orders(&mut self, id: &BatchId, tell: &Tell) -> Result<Option<ToSign>, Fault> {
        let batches = Batches::open(&self.client.config().journal)?;
        let held = batches.hold()?;
        let batch = batches.find(Some(id))?;
        let none = || Fault::new("no-preview", Exit::NotFound).with("batch", id.to_string());
        let preview = batch.preview.as_ref().ok_or_else(none)?;
        if (self.me.customer.id, self.me.user.id) != (preview.customer, preview.user) {
            return Err(Fault::new("preview-of-other", Exit::OrderRefused));
        }
        let (left, _) = batch::left(&self.journal, preview)?;
        if left.is_empty() {
            return Err(none());
        }
        let bills: Vec<_> = left
            .iter()
            .flat_map(|planned| planned.bills.iter().map(|bill| bill.bill.clone()))
            .collect();
        let unresolved = self.journal.unresolved()?.entries;
        if let Some((order, bill)) = unresolved_payment(&unresolved, &bills) {
            return Err(Fault::unresolved(order, &bill));
        }
        let mut ready = Vec::new();
        for (number, planned) in left.iter().enumerate() {
            tell(Event::OrderFile(Input::Progress(number, left.len())));
            if self.stop.load(Ordering::Relaxed) {
                return Ok(None);
            }
            ready.push(Ready::build(&mut self.client, &self.me, id, planned).await?);
        }
        let total = ready.iter().map(|one| one.planned.total());
        let lines = ready.iter().flat_map(|one| one.prepared.lines()).collect();
        let cautions = ready.iter().flat_map(|one| one.prepared.cautions());
        let shown = ToSign {
            cautions: cautions.cloned().collect(),
            total: Some((total.fold(0_i64, i64::saturating_add), preview.currency)),
            digest: Some(preview.digest()),
            needs_approval: ready
                .iter()
                .any(|one| one.prepared.needs_approval(&self.me)),
            ..ToSign::new(Kind::OrderFile, lines, self.standing()?)
        };
        let rows = ready.iter().map(|one| Row {
            order: one.planned.order,
            total: one.planned.total(),
            currency: preview.currency,
            reference: one.planned.reference.clone(),
            at: At::NotSigned,
        });
        tell(Event::OrderFile(Input::Ready(rows.collect())));
        self.pending = Some(Pending::OrderFile(Box::new(FileRun { ready, held })));
        Ok(Some(shown))
    }

    /// Signs, keeps and sends one after the other with the PIN that was typed for all of them; stops
    /// where an outcome is not known, the key does not sign, or the user wants no more. A PIN that the
    /// key refused is shown to it once.
    pub(super) async fn sign_orders(&mut self, run: FileRun, pin: Pin, tell: &Tell) {
        let FileRun { ready, held } = run;
        let of = ready.len();
        let (mut signed, mut refused) = (0_usize, 0_usize);
        for mut one in ready {
            if signed > 0 && self.stop.load(Ordering::Relaxed) {
                let fault = Fault::new("window-file-stopped", Exit::NotConfirmed)
                    .with("signed", signed.to_string())
                    .with("of", of.to_string());
                return tell(Event::Came(Came::Refused(fault)));
            }
            let order = one.planned.order;
            tell(Event::OrderFile(Input::Moved(order, At::Signing)));
            let outcome = self.sign_one(&mut one, &pin, tell).await;
            match outcome {
                Err(fault) => {
                    tell(Event::OrderFile(Input::Moved(order, At::NotSigned)));
                    // What is built again takes the imports itself.
                    drop(held);
                    return self.not_signed(fault, signed, tell).await;
                }
                Ok(Err(fault)) => {
                    tell(Event::OrderFile(Input::Moved(order, At::Unknown)));
                    return tell(Event::Came(Came::Unknown(fault)));
                }
                Ok(Ok(Outcome::Accepted(view))) => {
                    tell(Event::OrderFile(Input::Moved(order, At::Known(view.state))));
                }
                Ok(Ok(Outcome::Refused(problem))) => {
                    refused += 1;
                    let fault = Fault::from(problem);
                    tell(Event::OrderFile(Input::Moved(order, At::Refused(fault))));
                }
                Ok(Ok(Outcome::NeverAccepted)) => {
                    refused += 1;
                    tell(Event::OrderFile(Input::Moved(order, At::NeverAccepted)));
                }
                Ok(Ok(Outcome::Unknown(unknown))) => {
                    tell(Event::OrderFile(Input::Moved(order, At::Unknown)));
                    let fault = unknown_fault(unknown, "window-unknown-file");
                    return tell(Event::Came(Came::Unknown(fault)));
                }
            }
            signed += 1;
        }
        tell(Event::Came(match refused {
            0 => Came::Accepted(None),
            refused => Came::Refused(
                Fault::new("window-file-refused", Exit::OrderRefused)
                    .with("refused", refused.to_string())
                    .with("of", of.to_string()),
            ),
        }));
    }

    /// `Err` when nothing was signed, or what was cannot have been sent; inside it, what came of it.
    async fn sign_one(
        &mut self,
        one: &mut Ready,
        pin: &Pin,
        tell: &Tell,
    ) -> Result<Result<Outcome<OrderView>, Fault>, Fault> {
        one.refresh(&mut self.client, &self.me).await?;
        let total = one.prepared.total();
        let signed = one
            .prepared
            .clone()
            .confirm(&total)?
            .sign(&self.client, pin.copy())
            .map_err(|error| service::order_signer(&error, &self.client))?;
        let mut recorded = Recorded::record(&self.client, &self.journal, signed)?;
        tell(Event::OrderFile(Input::Moved(one.planned.order, At::Sent)));
        let mut outcome = recorded.submit(&mut self.client, &self.journal).await;
        if outcome.as_ref().is_ok_and(Outcome::may_become_known) {
            outcome = recorded
                .resolve_soon(&mut self.client, &self.journal, &self.me)
                .await;
        }
        Ok(outcome.map_err(Fault::from))
    }

    /// The key did not sign an order. Without one before it, all is as it was and shown again.
    async fn not_signed(&mut self, fault: Fault, signed: usize, tell: &Tell) {
        if signed > 0 {
            let fault = fault.means("means-rest-not-signed");
            return tell(Event::Came(Came::Refused(fault)));
        }
        let fault = fault.means("means-not-signed");
        tell(Event::Came(Came::NotSigned(fault)));
        if let Some(Asked::OrderFile(batch)) = self.asked.take() {
            self.build_orders(batch, tell).await;
        }
    }
}
