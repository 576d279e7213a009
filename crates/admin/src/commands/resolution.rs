//! `resolutions`, `resolution confirm`, `resolution refuse`: a second manager's word.

use serde_json::json;
use wattkey_domain::OrderState;
use wattkey_protocol::api::Page;
use wattkey_protocol::order::Named;
use wattkey_protocol::reconciliation::{ResolutionState, ResolutionView};
use wattkey_protocol::resolution::{Resolution, ResolutionDecision, Verdict};
use wattkey_protocol::signed::Signed;

use super::fetch_log;
use super::resolve::{fetch_item, preview, sign};
use crate::args::{Decide, ResolutionCommand, Resolutions};
use crate::confirm::confirm;
use crate::desk::{Desk, now};
use crate::exit::{Failure, Kind};
use crate::log::Log;
use crate::output::Output;
use crate::text::Language;
use crate::usb_key::{Signs, unlock_manager, unlock_signer};

/// The resolutions that the platform has.
pub(crate) fn list(desk: &mut Desk, wanted: &Resolutions, output: &Output) -> Result<(), Failure> {
    let module = desk.config.module.clone();
    let manager = unlock_manager(&module, &wanted.manager, Signs::No, output)?;
    let address = wanted.manager.managers_address.as_deref();
    let (mut platform, _) = fetch_log(desk, address, &manager.key)?;
    let query = if wanted.all { "?all=true" } else { "" };
    let page: Page<ResolutionView> = platform.get(&format!("/v1/resolutions{query}"))?;
    let language = output.language;
    let header = [
        language.h_resolution(),
        language.h_item(),
        language.h_state(),
        language.h_signer(),
        language.h_at(),
        language.h_decided_by(),
    ];
    let rows = page.items.iter().map(|one| {
        let decided = one.decision.as_ref().map(|word| word.manager.name.clone());
        vec![
            one.resolution.to_string(),
            one.item.to_string(),
            state(one, language),
            one.manager.name.clone(),
            one.at.to_string(),
            decided.unwrap_or_default(),
        ]
    });
    let document =
        serde_json::to_value(&page.items).map_err(|error| Failure::new(Kind::Fault, &error))?;
    output.table(&header, rows.collect(), &document);
    Ok(())
}

/// Where a resolution stands, and where money does that it sends back.
fn state(one: &ResolutionView, language: Language) -> String {
    let state = match one.state {
        ResolutionState::Proposed => language.resolution_proposed(),
        ResolutionState::Confirmed => language.resolution_confirmed(),
        ResolutionState::Refused => language.resolution_refused(),
    };
    match &one.returned {
        None => state,
        Some(returned) => match returned.state {
            OrderState::Settled => language.sent_back_done(&state),
            OrderState::Rejected | OrderState::Returned => language.sent_back_failed(&state),
            _ => language.sent_back_on_its_way(&state),
        },
    }
}

pub(crate) fn run(
    desk: &mut Desk,
    command: &ResolutionCommand,
    output: &Output,
) -> Result<(), Failure> {
    let (decide, verdict) = match command {
        ResolutionCommand::Confirm(decide) => (decide, Verdict::Confirm),
        ResolutionCommand::Refuse(decide) => (decide, Verdict::Refuse),
    };
    let module = desk.config.module.clone();
    let mut manager = unlock_signer(&module, &decide.manager, output)?;
    let address = decide.manager.managers_address.as_deref();
    let (mut platform, log) = fetch_log(desk, address, &manager.key)?;
    let own = manager.key.signature_certificate().thumbprint();
    let holder = log.manager(own).map(|bind| bind.holder.clone());
    let holder = holder.ok_or_else(|| Failure::because(Kind::Refused, "your key is not bound"))?;
    let path = format!("/v1/resolutions/{}", decide.resolution);
    let view: ResolutionView = platform.get(&path)?;
    let signed = verified(desk, decide, &view, &log)?;
    let document = signed.document();
    if verdict == Verdict::Confirm && document.manager.id == holder.id {
        let why = "whoever signed a resolution cannot confirm it: another manager must";
        return Err(Failure::because(Kind::ResolutionRefused, why));
    }
    let lines = shown(&mut platform, document, verdict, output)?;
    confirm(output, decide.confirm.yes, &lines)?;
    let word = ResolutionDecision {
        resolution: decide.resolution,
        resolution_digest: signed.digest(),
        audience: desk.config.audience.clone(),
        manager: Named {
            id: holder.id,
            name: holder.name,
        },
        decision: verdict,
        created: now(),
    };
    let word = sign(&mut manager, &word, output)?;
    let kept: ResolutionView = platform.post_document("/v1/resolution-decisions", word.as_str())?;
    let id = kept.resolution.to_string();
    let line = match verdict {
        Verdict::Confirm => output.language.resolution_done(&id),
        Verdict::Refuse => output.language.resolution_turned_down(&id),
    };
    output.done(&line, &json!({"resolution": id, "state": kept.state}));
    Ok(())
}

/// The resolution as a bound manager signed it, whatever the platform says of it.
fn verified(
    desk: &Desk,
    decide: &Decide,
    view: &ResolutionView,
    log: &Log,
) -> Result<Signed<Resolution>, Failure> {
    let wrong = |why: &str| Failure::because(Kind::LogInvalid, format!("the resolution: {why}"));
    let signed: Signed<Resolution> =
        Signed::parse(&view.document).map_err(|error| wrong(&error.to_string()))?;
    let document = signed.document();
    if document.resolution != decide.resolution || document.audience != desk.config.audience {
        return Err(wrong("it is another one, or for another payment service"));
    }
    let signer = log.manager(signed.certificate());
    let signer = signer.ok_or_else(|| wrong("no manager who is bound signed it"))?;
    let certificate = &signer.key.signature;
    let is_good = signed.signed_by(certificate.thumbprint(), certificate.public_key())
        && (signer.holder.id, &signer.holder.name) == (document.manager.id, &document.manager.name);
    if is_good {
        return Ok(signed);
    }
    Err(wrong("its signature is not good"))
}

/// What is confirmed or refused: the item as it is now must be the one that was signed.
fn shown(
    platform: &mut crate::platform::Platform,
    document: &Resolution,
    verdict: Verdict,
    output: &Output,
) -> Result<Vec<String>, Failure> {
    let item = fetch_item(platform, &document.item)?;
    let language = output.language;
    let by = language.signed_by(&document.manager.name, &document.created.to_string());
    let Some(item) = item.filter(|item| item.view.digest() == document.item_digest) else {
        if verdict == Verdict::Refuse {
            return Ok(vec![document.item.to_string(), by, language.will_refuse()]);
        }
        let why = format!(
            "{} does not wait, or says something else now",
            document.item
        );
        return Err(Failure::because(Kind::NotWaiting, why));
    };
    let mut lines = preview(document, &item, language);
    lines.push(by);
    lines.push(match verdict {
        Verdict::Confirm => language.will_confirm(),
        Verdict::Refuse => language.will_refuse(),
    });
    Ok(lines)
}
