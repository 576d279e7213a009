//! What is asked of resolutions and of words on them.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use wattkey_domain::{OrderCause, UserId};
use wattkey_pki::Role;
use wattkey_protocol::order::Named;
use wattkey_protocol::problem::{Problem, ProblemType};
use wattkey_protocol::reconciliation::{DecisionView, ResolutionState, ResolutionView, ReturnView};
use wattkey_protocol::resolution::{
    Action, CREATED_WINDOW_S, Resolution, ResolutionDecision, Verdict,
};
use wattkey_protocol::signed::{Payload, Signed, SignedError};
use wattkey_protocol::time::whole_seconds;
use wattkey_store::{
    BankItem, DecideResolutionOutcome, KeptResolution, MatchedBill, ProposeOutcome, ReceiptMatch,
    Remedy, ResolutionRefusal, ResolutionVerdict, Resolving, SendBack,
};

use crate::answer::{Answer, Refusal, chain, store_fault};
use crate::app::App;
use crate::auth::Desk;
use crate::bank_channel::message::{self, SentBack};
use crate::binding_log::State;
use crate::reconcile;

/// The two documents, as far as both are checked alike.
pub(super) trait BySomeone: Payload {
    fn audience(&self) -> &str;
    fn manager(&self) -> &Named<UserId>;
}

impl BySomeone for Resolution {
    fn audience(&self) -> &str {
        &self.audience
    }

    fn manager(&self) -> &Named<UserId> {
        &self.manager
    }
}

impl BySomeone for ResolutionDecision {
    fn audience(&self) -> &str {
        &self.audience
    }

    fn manager(&self) -> &Named<UserId> {
        &self.manager
    }
}

pub(super) fn read<T: Payload>(text: &str) -> Answer<Signed<T>> {
    Signed::parse(text).map_err(|error| {
        let reason = match error {
            SignedError::Jws(reason) => reason,
            SignedError::Document(error) => error.to_string(),
        };
        Refusal::new(ProblemType::Malformed, reason)
    })
}

/// Who signed: the signature key of the very binding whose authentication key asks.
pub(super) fn signer<T: BySomeone>(
    app: &App,
    desk: &Desk,
    state: &State,
    signed: &Signed<T>,
) -> Answer<()> {
    let binding = state.manager_by_signature(signed.certificate());
    let own = binding.filter(|one| one.authentication == desk.certificate);
    let Some(binding) = own else {
        return Err(signature("it is not signed by the manager who asks"));
    };
    app.users
        .verify(&binding.signature, Role::ManagerSignature, desk.now)
        .map_err(|error| signature(&format!("the signer's certificate: {error}")))?;
    if !signed.signed_by(
        binding.signature.thumbprint(),
        binding.signature.public_key(),
    ) {
        return Err(signature("the signature is not good"));
    }
    let document = signed.document();
    if document.audience() != app.audience.origin() {
        return Err(signature("it is for another payment service"));
    }
    let holder = &binding.holder;
    let named = document.manager();
    if (named.id, named.name.as_str()) != (holder.id, holder.name.as_str()) {
        return Err(signature("it names another manager"));
    }
    Ok(())
}

/// Whoever signed the resolution is still bound, and did sign it: it lay in the database meanwhile.
pub(super) fn proposer(
    app: &App,
    desk: &Desk,
    state: &State,
    proposed: &Signed<Resolution>,
) -> Answer<()> {
    let Some(binding) = state.manager_by_signature(proposed.certificate()) else {
        let what = "the manager who signed the resolution is no longer bound";
        return Err(refused("signer", what));
    };
    app.users
        .verify(&binding.signature, Role::ManagerSignature, desk.now)
        .map_err(|error| {
            refused(
                "signer",
                &format!("the first signer's certificate: {error}"),
            )
        })?;
    let key = binding.signature.public_key();
    let document = proposed.document();
    let is_good = proposed.signed_by(binding.signature.thumbprint(), key)
        && document.manager.id == binding.holder.id
        && document.audience == app.audience.origin();
    if is_good {
        return Ok(());
    }
    Err(refused("signer", "the resolution's signature is not good"))
}

pub(super) fn created(created: Timestamp, now: Timestamp) -> Answer<()> {
    let distance = created.duration_since(now).abs();
    if distance <= SignedDuration::from_secs(CREATED_WINDOW_S) {
        return Ok(());
    }
    let what = "created is not within five minutes of the platform's clock";
    Err(refused("created", what))
}

/// What was signed is what the item says.
pub(super) async fn item(app: &App, document: &Resolution) -> Answer<()> {
    let item = app.store.bank_item(document.item.clone()).await;
    let Some(item) = item.map_err(store_fault)? else {
        return Err(refused("item", "there is no such item"));
    };
    if reconcile::view(&item).digest() == document.item_digest {
        return Ok(());
    }
    Err(refused(
        "item",
        "the item says something else than was signed",
    ))
}

/// What is to be done. Of money that is sent back the message to the bank is made here, at `now`.
pub(super) async fn resolving(
    app: &App,
    document: &Resolution,
    now: Timestamp,
) -> Answer<Resolving> {
    let item = app.store.bank_item(document.item.clone()).await;
    let item = item.map_err(store_fault)?;
    let remedy = match document.action {
        Action::Return => send_back(app, document, item.as_ref(), now).await?,
        Action::Note => Remedy::Note,
        Action::Receive => Remedy::Receive,
        Action::OrderRejected => Remedy::Order(OrderCause::Rejected),
        Action::OrderSettled => Remedy::Order(OrderCause::Booked),
        Action::OrderReturned => Remedy::Order(OrderCause::Returned),
        Action::Match => Remedy::Match(ReceiptMatch {
            bills: document
                .allocations
                .iter()
                .map(|part| MatchedBill {
                    bill: part.bill.clone(),
                    principal: part.principal,
                    penalty: part.penalty,
                })
                .collect(),
            deposit: document
                .deposit
                .as_ref()
                .map(|part| (part.account.clone(), part.amount)),
        }),
    };
    Ok(Resolving {
        item: document.item.clone(),
        remedy,
        order: item.as_ref().and_then(|item| item.order),
        sent_back: item.and_then(|item| item.sent_back),
        quoting: Arc::clone(&app.service().await?.quoting),
    })
}

/// Nothing is done with the item.
pub(super) async fn untouched(app: &App, document: &Resolution) -> Answer<Resolving> {
    Ok(Resolving {
        item: document.item.clone(),
        remedy: Remedy::Note,
        order: None,
        sent_back: None,
        quoting: Arc::clone(&app.service().await?.quoting),
    })
}

/// All of what came in goes to the account that the bank says it came from, and to nobody else.
async fn send_back(
    app: &App,
    document: &Resolution,
    item: Option<&BankItem>,
    now: Timestamp,
) -> Answer<Remedy> {
    let no_account = |what: &str| Err(refused("no-account", what));
    let (Some(item), Some(to)) = (item, &document.to) else {
        return Err(refused("item", "there is no such item"));
    };
    let Some((amount, value)) = item.amount.zip(item.value) else {
        return Err(refused(
            "not-a-receipt",
            "only money that came in is sent back",
        ));
    };
    if item.debtor_account.as_ref() != Some(&to.account) {
        return no_account("it is sent back to the account that it came from, and nowhere else");
    }
    if item.debtor.as_ref().is_some_and(|name| *name != to.name) {
        return no_account("it is sent back in the name of whoever paid it");
    }
    let sent_back = SentBack {
        resolution: document.resolution,
        to,
        amount,
        value,
    };
    let service = app.service().await?;
    match message::return_draft(app, &service, &sent_back, now) {
        Ok(message) => Ok(Remedy::Return(SendBack {
            name: to.name.clone(),
            account: to.account.clone(),
            agent: to.agent.clone(),
            message,
        })),
        Err(error) => no_account(&format!("no bank would send it: {}", chain(&error))),
    }
}

/// As it is shown.
pub(super) fn view(kept: KeptResolution) -> Answer<ResolutionView> {
    let unreadable =
        |error: SignedError| Refusal::fault("a kept resolution cannot be read", &error);
    let signed: Signed<Resolution> = Signed::parse(&kept.jws).map_err(unreadable)?;
    let decision = kept.decision.map(|word| {
        let signed: Signed<ResolutionDecision> = Signed::parse(&word.jws).map_err(unreadable)?;
        Ok::<_, Refusal>(DecisionView {
            decision: signed.document().decision,
            manager: signed.document().manager.clone(),
            at: whole_seconds(word.at),
            document: word.jws,
        })
    });
    let decision = decision.transpose()?;
    Ok(ResolutionView {
        resolution: kept.resolution,
        item: kept.item,
        state: match decision.as_ref().map(|word| word.decision) {
            None => ResolutionState::Proposed,
            Some(Verdict::Confirm) => ResolutionState::Confirmed,
            Some(Verdict::Refuse) => ResolutionState::Refused,
        },
        manager: signed.document().manager.clone(),
        at: whole_seconds(kept.at),
        document: kept.jws,
        decision,
        returned: kept.returned.map(|one| ReturnView {
            state: one.state,
            at: whole_seconds(one.at),
        }),
    })
}

/// `resolution`, with a word for programs and a sentence for people.
pub(super) fn refused(reason: &str, what: &str) -> Refusal {
    Problem::new(ProblemType::Resolution)
        .with("reason", reason)
        .detail(what)
        .into()
}

fn signature(what: &str) -> Refusal {
    Refusal::new(ProblemType::ResolutionSignature, what)
}

pub(super) fn not_proposed(outcome: ProposeOutcome) -> Refusal {
    match outcome {
        ProposeOutcome::ExistsWithDifferentPayload => {
            refused("exists", "the id was used for another resolution")
        }
        ProposeOutcome::Waits { resolution } => refused(
            "waits",
            &format!("resolution {resolution} of this item waits for a second manager"),
        ),
        ProposeOutcome::Refused(refusal) => impossible(&refusal),
        ProposeOutcome::Kept | ProposeOutcome::Exists(_) | ProposeOutcome::BindingsMoved => {
            Refusal::new(ProblemType::Internal, "a kept resolution is not refused")
        }
    }
}

pub(super) fn not_decided(outcome: DecideResolutionOutcome) -> Refusal {
    match outcome {
        DecideResolutionOutcome::Unknown => crate::answer::not_found("no such resolution"),
        DecideResolutionOutcome::DifferentDigest => {
            refused("digest", "the resolution is another one than was read")
        }
        DecideResolutionOutcome::SameManager => refused(
            "same-manager",
            "whoever signed the resolution cannot confirm it",
        ),
        DecideResolutionOutcome::Decided { verdict } => {
            let what = match verdict {
                ResolutionVerdict::Confirm => "it was confirmed before",
                ResolutionVerdict::Refuse => "it was refused before",
            };
            refused("decided", what)
        }
        DecideResolutionOutcome::Impossible(refusal) => impossible(&refusal),
        DecideResolutionOutcome::Confirmed(_)
        | DecideResolutionOutcome::Refused
        | DecideResolutionOutcome::Exists
        | DecideResolutionOutcome::BindingsMoved => {
            Refusal::new(ProblemType::Internal, "what was taken in is not refused")
        }
    }
}

fn impossible(refusal: &ResolutionRefusal) -> Refusal {
    let reason = match refusal {
        ResolutionRefusal::UnknownItem => "item",
        ResolutionRefusal::Resolved { .. } => "resolved",
        ResolutionRefusal::NotAReceipt => "not-a-receipt",
        ResolutionRefusal::Amount { .. } => "amount",
        ResolutionRefusal::UnknownBill { .. } | ResolutionRefusal::BillTwice { .. } => "bill",
        ResolutionRefusal::BillCurrency { .. } | ResolutionRefusal::AccountCurrency { .. } => {
            "currency"
        }
        ResolutionRefusal::Open { .. } => "open",
        ResolutionRefusal::Penalty { .. } => "penalty",
        ResolutionRefusal::UnknownAccount { .. } => "account",
        ResolutionRefusal::NoOrder => "order",
        ResolutionRefusal::Contradiction(_) => "state",
        ResolutionRefusal::NoMoney => "no-money",
        ResolutionRefusal::MoneyLeft { .. } => "money-left",
        ResolutionRefusal::NoAccount => "no-account",
        ResolutionRefusal::Unpostable(_) => "unpostable",
    };
    refused(reason, &crate::answer::chain(refusal))
}
