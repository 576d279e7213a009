//! Files that go out: made from the journal, kept in the books, signed with the receipt key.

use std::fmt::Write as _;
use std::sync::Arc;

use wattkey_failpoint::failpoint;
use wattkey_pki::Digest;
use wattkey_protocol::dispute::Terms;
use wattkey_protocol::file::{
    Acknowledgement, ChainPlace, Export, ExportHeader, ExportKind, ExportLine, ExportNews,
    FileSignature, Totals,
};
use wattkey_protocol::problem::{Problem, ProblemType};
use wattkey_store::{
    ExportDraft, ExportFile, ExportHead, ExportOutcome, KeptExport, Movement, MovementKind, News,
    NewsOf,
};

use super::import::{content, totals};
use crate::answer::{Answer, Refusal, not_found, store_fault};
use crate::app::App;
use crate::routes::bills::digest;
use crate::routes::changes::what;

/// How often a file is drafted again that another platform was faster with.
const MAX_TRIES: usize = 3;

/// What came of making a file.
#[derive(Debug)]
pub enum Made {
    /// It was made.
    New(Export),
    /// It was there.
    There(Export),
    /// Nothing happened since the last one.
    Nothing,
}

/// Makes the file with this number, which follows the last one; one that is there stays.
///
/// # Errors
/// `file-number`, when files before it are missing.
pub async fn make(app: &Arc<App>, number: u64) -> Answer<Made> {
    for _ in 0..MAX_TRIES {
        if let Some(kept) = app.store.export(number).await.map_err(store_fault)? {
            return Ok(Made::There(signed(app, kept).await?));
        }
        let next = app.store.next_export().await.map_err(store_fault)?;
        if number != next {
            let problem = Problem::new(ProblemType::FileNumber).with("expected", next);
            return Err(problem.into());
        }
        let Some(draft) = app.store.draft_export().await.map_err(store_fault)? else {
            return Ok(Made::Nothing);
        };
        let file = written(app, &draft)?;
        match app.store.keep_export(file).await.map_err(store_fault)? {
            ExportOutcome::Kept(kept) => {
                failpoint!("platform.file-export-kept");
                return Ok(Made::New(signed(app, kept).await?));
            }
            ExportOutcome::Overtaken => {}
        }
    }
    Err(Refusal::new(
        ProblemType::Unavailable,
        "other platforms make files at the same time",
    ))
}

/// A file as it is shown; signed once, and the same ever after.
///
/// # Errors
/// `internal`, when the card does not sign or the database fails.
pub async fn signed(app: &Arc<App>, kept: KeptExport) -> Answer<Export> {
    let digest = Digest::from_bytes(kept.digest);
    let jws = match &kept.signature {
        Some(jws) => jws.clone(),
        None => sign(app, &kept).await?,
    };
    let signature = app
        .store
        .sign_export(kept.number, jws)
        .await
        .map_err(store_fault)?;
    Ok(Export {
        number: kept.number,
        created: kept.created,
        digest,
        bytes: kept.bytes,
        records: kept.records,
        totals: totals(&kept.totals)?,
        signature,
        acknowledged: kept.acknowledged,
    })
}

async fn sign(app: &Arc<App>, kept: &KeptExport) -> Answer<String> {
    let document = FileSignature {
        source: app.audience.origin().to_owned(),
        number: kept.number,
        digest: Digest::from_bytes(kept.digest),
        records: kept.records,
    };
    let key = app.receipts.clone();
    let sign = move || document.sign(&*key.signer, key.certificate.thumbprint());
    tokio::task::spawn_blocking(sign)
        .await
        .map_err(|error| Refusal::fault("signing a file was broken off", &error))?
        .map_err(|error| Refusal::fault("the receipt key did not sign", &error))
}

/// Keeps the marketing system's word that it has a file.
///
/// # Errors
/// `not-found`, `file-signature`, `file-content`.
pub async fn acknowledge(app: &Arc<App>, number: u64, text: &str) -> Answer<Export> {
    let kept = app.store.export(number).await.map_err(store_fault)?;
    let mut kept = kept.ok_or_else(|| not_found("no such file"))?;
    let said = verified(app, text)?;
    let is_of_it = said.number == number
        && said.digest == Digest::from_bytes(kept.digest)
        && said.records == kept.records
        && said.totals == totals(&kept.totals)?;
    if !is_of_it {
        return Err(content("the acknowledgement is of another file"));
    }
    let (jws, now) = (text.to_owned(), app.now());
    let at = app.store.acknowledge_export(number, jws, now).await;
    kept.acknowledged = Some(at.map_err(store_fault)?);
    signed(app, kept).await
}

/// The acknowledgement, when a source that is configured made it.
fn verified(app: &App, text: &str) -> Answer<Acknowledgement> {
    let refused = |why: String| Refusal::new(ProblemType::FileSignature, why);
    let said = Acknowledgement::read_unverified(text)
        .map_err(|error| refused(crate::answer::chain(&error)))?;
    let mut sources = app.files.sources.iter();
    let source = sources.find(|(name, _)| name.as_str() == said.source);
    let (_, certificate) = source.ok_or_else(|| refused("the source is not configured".into()))?;
    Acknowledgement::verify(text, certificate, app.now())
        .map_err(|error| refused(crate::answer::chain(&error)))
}

fn written(app: &App, draft: &ExportDraft) -> Answer<ExportFile> {
    let mut sums = Totals::default();
    let mut lines = String::new();
    for movement in &draft.movements {
        let line = line(movement);
        sums.count(line.kind.as_str(), Some((line.currency, line.amount)))
            .map_err(|error| Refusal::fault("a file cannot be summed", &error))?;
        // Writing to a string does not fail.
        let _ = writeln!(lines, "{}", line.to_line());
    }
    for news in &draft.news {
        let line = told(news)?;
        sums.count(line.kind(), None)
            .map_err(|error| Refusal::fault("a file cannot be summed", &error))?;
        let _ = writeln!(lines, "{}", line.to_line());
    }
    let places = |heads: &[ExportHead]| heads.iter().map(place).collect();
    let created = wattkey_protocol::time::whole_seconds(app.now());
    let records = (draft.movements.len() + draft.news.len()) as u64;
    let ends = [places(&draft.from), places(&draft.to)];
    let header = ExportHeader::new(draft.number, created, ends, records, sums.clone());
    Ok(ExportFile {
        number: draft.number,
        created,
        from: draft.from.clone(),
        to: draft.to.clone(),
        records,
        totals: serde_json::to_string(&sums).expect("texts and numbers are JSON"),
        body: format!("{}\n{lines}", header.to_line()).into_bytes(),
    })
}

fn place(head: &ExportHead) -> ChainPlace {
    ChainPlace {
        process: head.process,
        sequence: head.sequence,
    }
}

/// What moved no money, as a line.
fn told(news: &News) -> Answer<ExportNews> {
    Ok(match &news.what {
        NewsOf::ProfileChange {
            customer,
            change,
            what: json,
            user,
            by,
        } => ExportNews::ProfileChange {
            customer: *customer,
            change: *change,
            what: what(json)?,
            user: *user,
            by: *by,
            at: news.at,
            journal: place(&news.link),
        },
        NewsOf::Dispute {
            bill,
            account,
            dispute,
            terms,
            user,
        } => ExportNews::Dispute {
            bill: bill.clone(),
            account: account.clone(),
            dispute: *dispute,
            terms: terms.as_ref().map(|terms| Terms {
                bill: bill.clone(),
                document: digest(&terms.document),
                line: terms.line,
                amount: terms.amount.minor(),
                currency: terms.amount.currency(),
                reason: terms.reason,
                text: terms.words.clone(),
            }),
            user: *user,
            at: news.at,
            journal: place(&news.link),
        },
        NewsOf::Acknowledgement {
            account,
            notice,
            digest: of_notice,
            user,
        } => ExportNews::Acknowledgement {
            account: account.clone(),
            notice: *notice,
            notice_digest: digest(of_notice),
            user: *user,
            at: news.at,
            journal: place(&news.link),
        },
    })
}

fn line(movement: &Movement) -> ExportLine {
    ExportLine {
        kind: match movement.kind {
            MovementKind::Settlement => ExportKind::Settlement,
            MovementKind::Return => ExportKind::Return,
            MovementKind::Rejection => ExportKind::Rejection,
            MovementKind::PenaltyFixed => ExportKind::PenaltyFixed,
            MovementKind::PenaltyTakenBack => ExportKind::PenaltyTakenBack,
            MovementKind::DepositIn => ExportKind::DepositIn,
            MovementKind::DepositOut => ExportKind::DepositOut,
            MovementKind::Refund => ExportKind::Refund,
        },
        event: movement.event.clone(),
        bill: movement.bill.clone(),
        account: movement.account.clone(),
        order: movement.order,
        amount: movement.amount.minor(),
        currency: movement.amount.currency(),
        at: movement.at,
        journal: place(&movement.link),
    }
}
