use jiff::Timestamp;
use slint::{ComponentHandle as _, SharedString};
use wattkey_client::payment::Caution;
use wattkey_client::show;
use wattkey_client::words::{self, Text};
use wattkey_desktop_ui::{AppWindow, Pair, Sign as Page, StepRow, Tone};
use wattkey_domain::OrderState;
use wattkey_protocol::api::SourceView;
use wattkey_protocol::lines::{Label, Line};

use super::{count, model, order_file, pair, safe, said};
use crate::model::Open;
use crate::model::signing::{Kind, Signing, Step};

/// More lines than these are drawn as far as they are in sight.
const LONG: usize = 200;
/// What decides, of all that is signed: to whom, and from where.
const MAIN: [Label; 3] = [Label::Payee, Label::DebtorAccount, Label::FromDeposit];
/// So many characters of a digest are compared by telephone.
const DIGEST: usize = 12;

pub(super) fn show(open: &Open, text: &Text, ui: &AppWindow) {
    let page = ui.global::<Page<'_>>();
    let Some(signing) = &open.signing else {
        return hide(ui);
    };
    // The orders of a file are followed one by one from the first signature on.
    let of_file = signing.shown.kind == Kind::OrderFile;
    page.set_shown(match signing.step {
        Step::Shown => true,
        Step::Signing => !of_file,
        _ => false,
    });
    page.set_title(text.get(title(signing.shown.kind)).into());
    page.set_heading(text.get(heading(signing.shown.kind)).into());
    let lines = lines(open, signing, text);
    page.set_cautions(model(cautions(signing, text)));
    page.set_main(model(main(signing, text)));
    page.set_long(lines.len() > LONG);
    page.set_lines(model(lines));
    let total = signing
        .shown
        .total
        .map(|(minor, currency)| show::money(minor, currency));
    let total = total.unwrap_or_default();
    page.set_agreement(agreement(signing.shown.kind, &total, text).into());
    page.set_total(total.into());
    page.set_digest(digest(signing).into());
    page.set_needs_approval(match signing.shown.needs_approval {
        true if signing.shown.kind == Kind::Change => text.get("window-change-needs-second").into(),
        true => text.get("needs-approval").into(),
        false => SharedString::new(),
    });
    let before = open
        .personal
        .before
        .iter()
        .filter(|_| signing.shown.kind == Kind::Change);
    let before = before.map(|line| {
        let (label, value) = text.line(line);
        pair(label, &value)
    });
    page.set_before(model(before.collect()));
    page.set_agreed(signing.agreed);
    page.set_last_try(signing.shown.standing.final_try);
    page.set_last_try_agreed(signing.last_try_agreed);
    page.set_standing(text.get(standing(signing)).into());
    page.set_on_pad(signing.shown.standing.protected_path);
    page.set_typed(count(signing.pin.count()));
    page.set_can_sign(signing.can_sign());
    page.set_working(matches!(signing.step, Step::Signing | Step::Sent));
    page.set_said(said(signing.fault.as_ref(), text));
    outcome(open, signing, text, &page);
    order_file::outcome(open, signing, text, &page);
}

pub(super) fn hide(ui: &AppWindow) {
    let page = ui.global::<Page<'_>>();
    page.set_lines(model(Vec::new()));
    page.set_main(model(Vec::new()));
    page.set_before(model(Vec::new()));
    page.set_cautions(model(Vec::new()));
    page.set_progress(model(Vec::new()));
    for set in [
        Page::set_total,
        Page::set_digest,
        Page::set_order,
        Page::set_outcome,
        Page::set_said,
    ] {
        set(&page, SharedString::new());
    }
    page.set_typed(0);
    page.set_agreed(false);
}

/// Groups that can be read aloud.
pub(super) fn short(digest: &str) -> String {
    let first: Vec<char> = digest.chars().take(DIGEST).collect();
    let groups: Vec<String> = first
        .chunks(4)
        .map(|group| group.iter().collect())
        .collect();
    groups.join(" ")
}

/// Whether somebody else signed what is decided on.
fn is_of_another(kind: Kind) -> bool {
    matches!(
        kind,
        Kind::Approval | Kind::Refusal | Kind::ChangeApproval | Kind::ChangeRefusal
    )
}

/// Below what is signed; what is to be compared with whoever signed it comes before all else.
fn digest(signing: &Signing) -> String {
    let digest = signing.shown.digest;
    let digest = digest.filter(|_| !is_of_another(signing.shown.kind));
    digest.map_or_else(String::new, |digest| short(&digest.to_string()))
}

/// What is compared, where somebody else signed it: first, so that nobody has to look for it.
fn compared(signing: &Signing, text: &Text) -> Option<Pair> {
    let digest = signing.shown.digest;
    let digest = digest.filter(|_| is_of_another(signing.shown.kind))?;
    let short = short(&digest.to_string());
    let value = format!("{short} · {}", text.get("window-digest-compare"));
    Some(Pair {
        strong: true,
        ..pair(text.get("window-digest"), &value)
    })
}

/// Every member of what will be signed; each order of a file below its number.
fn lines(open: &Open, signing: &Signing, text: &Text) -> Vec<Pair> {
    let of = open.order_file.run.len();
    let mut number = 0_usize;
    let mut pairs: Vec<Pair> = compared(signing, text).into_iter().collect();
    for line in &signing.shown.lines {
        if signing.shown.kind == Kind::OrderFile && line.label == Label::Payee {
            number += 1;
            let values = [("n", number.into()), ("of", of.into())];
            pairs.push(Pair {
                strong: true,
                ..pair(text.with("orders-shown", &values), "")
            });
        }
        let (label, value) = text.line(line);
        pairs.push(pair(label, &value));
    }
    pairs
}

/// To whom and from where, each once, in the words of the lines that are signed. A transfer names no account.
fn main(signing: &Signing, text: &Text) -> Vec<Pair> {
    let lines = &signing.shown.lines;
    let names_account = |line: &Line| MAIN[1..].contains(&line.label);
    let how = match lines.iter().any(names_account) {
        true => None,
        false => Some(Label::Source),
    };
    let mut pairs: Vec<Pair> = Vec::new();
    for line in lines {
        if MAIN.contains(&line.label) || Some(line.label) == how {
            let (label, value) = text.line(line);
            let pair = pair(label, &value);
            if !pairs.contains(&pair) {
                pairs.push(pair);
            }
        }
    }
    pairs
}

/// What should be known before signing. Only the amounts of a payment can be changed on the page before.
fn cautions(signing: &Signing, text: &Text) -> Vec<SharedString> {
    let cautions = signing.shown.cautions.iter();
    let said = cautions.map(|caution| {
        let mut said = text.caution(caution);
        if matches!(caution, Caution::Disputed { .. }) && signing.shown.kind == Kind::Payment {
            said.push_str(text.between_sentences());
            said.push_str(&text.get("window-caution-disputed-how"));
        }
        safe(&said)
    });
    said.collect()
}

fn title(kind: Kind) -> &'static str {
    match kind {
        Kind::Payment | Kind::OrderFile => "window-page-pay",
        Kind::Approval | Kind::Refusal => "window-page-approvals",
        Kind::Cancellation => "window-page-history",
        Kind::Acknowledgement => "window-notices",
        Kind::Dispute | Kind::Withdrawal => "window-disputes",
        Kind::Change => "window-page-personal",
        Kind::ChangeApproval | Kind::ChangeRefusal => "window-page-approvals",
    }
}

fn heading(kind: Kind) -> &'static str {
    match kind {
        Kind::Payment => "window-sign-payment",
        Kind::OrderFile => "window-sign-order-file",
        Kind::Approval => "window-sign-approval",
        Kind::Refusal => "window-sign-refusal",
        Kind::Cancellation => "window-sign-cancellation",
        Kind::Acknowledgement => "window-sign-acknowledgement",
        Kind::Dispute => "window-sign-dispute",
        Kind::Withdrawal => "window-sign-withdrawal",
        Kind::Change => "window-sign-change",
        Kind::ChangeApproval => "window-sign-change-approval",
        Kind::ChangeRefusal => "window-sign-change-refusal",
    }
}

/// What the user says of what is shown: that it is to be paid, or that it is meant.
fn agreement(kind: Kind, total: &str, text: &Text) -> String {
    match kind.pays() {
        true => format!("{} {total}", text.get("window-i-agree")),
        false => text.get("window-i-mean-it"),
    }
}

fn standing(signing: &Signing) -> &'static str {
    match signing.shown.standing.name() {
        "locked" => "window-pin-locked",
        "last-try" => "window-pin-last-try",
        "low" => "window-pin-low",
        _ if signing.shown.kind == Kind::OrderFile && signing.shown.standing.protected_path => {
            "window-pin-for-each"
        }
        _ if signing.shown.kind == Kind::OrderFile => "window-pin-for-all",
        _ => "window-pin-again-to-sign",
    }
}

fn outcome(open: &Open, signing: &Signing, text: &Text, page: &Page<'_>) {
    page.set_progress(model(progress(signing, text)));
    let order = signing.shown.order.map(|order| order.to_string());
    page.set_order(order.unwrap_or_default().into());
    page.set_can_ask(matches!(signing.step, Step::Unknown(_)));
    let accepted = matches!(signing.step, Step::Accepted);
    page.set_can_receipt(accepted && signing.shown.kind == Kind::Payment);
    let only = |id: &str, tone| (SharedString::from(text.get(id)), SharedString::new(), tone);
    let state = signing.view.as_ref().map(|view| view.state);
    let (said, next, tone) = match &signing.step {
        Step::Shown | Step::Signing | Step::Sent => {
            (SharedString::new(), SharedString::new(), Tone::Neutral)
        }
        Step::Accepted => match (signing.shown.kind, state) {
            (Kind::Payment, Some(OrderState::Settled)) => {
                only("window-outcome-settled", Tone::Good)
            }
            (Kind::Payment, Some(OrderState::AwaitingApproval)) => {
                let (said, _, tone) = only("window-outcome-approval", Tone::Info);
                let digest = signing.view.as_ref().map(|view| view.digest.to_string());
                let digest = short(&digest.unwrap_or_default());
                let values = [("digest", digest.into())];
                (
                    said,
                    text.with("window-outcome-compare", &values).into(),
                    tone,
                )
            }
            (Kind::Payment, Some(OrderState::Rejected | OrderState::Returned)) => {
                only("window-outcome-rejected", Tone::Bad)
            }
            (Kind::Payment, _) => match transfer(open, signing, text) {
                Some(how) => (text.get("window-outcome-transfer").into(), how, Tone::Warn),
                None => only("window-outcome-accepted", Tone::Info),
            },
            (Kind::Cancellation, _) => {
                let (said, next, tone) = only("window-outcome-cancelled", Tone::Good);
                match by_transfer(signing) {
                    true => (
                        said,
                        text.get("window-outcome-not-transferred").into(),
                        tone,
                    ),
                    false => (said, next, tone),
                }
            }
            (Kind::Change, _) if signing.shown.needs_approval => {
                only("window-outcome-change-waits", Tone::Info)
            }
            _ => only("window-outcome-done", Tone::Good),
        },
        Step::Refused(fault) => {
            let (said, next) = fault.told(text);
            (safe(&text.sentence(said)), safe(&next), Tone::Bad)
        }
        Step::NeverAccepted => only("window-outcome-never", Tone::Bad),
        Step::Unknown(fault) => {
            let (said, next) = fault.told(text);
            (safe(&text.sentence(said)), safe(&next), Tone::Warn)
        }
    };
    page.set_outcome(said);
    page.set_outcome_next(next);
    page.set_outcome_tone(tone);
}

/// Whether the customer pays the order by a transfer of his own.
fn by_transfer(signing: &Signing) -> bool {
    let view = signing.view.as_ref();
    view.is_some_and(|view| matches!(view.source, SourceView::Transfer { .. }))
}

/// What an order by transfer wants of the customer now.
fn transfer(open: &Open, signing: &Signing, text: &Text) -> Option<SharedString> {
    let view = signing.view.as_ref()?;
    let mut how = words::order::transfer(text, &open.me.payee, view)?;
    if let Some(awaiting) = &view.awaiting
        && let Some(until) = awaiting.until
    {
        let awaits = words::order::awaits(text, awaiting.what);
        how = format!("{how} · {awaits} {}", show::time(until));
    }
    Some(safe(&how))
}

/// Signed, sent, accepted, settled: what is done, when, and what is awaited.
fn progress(signing: &Signing, text: &Text) -> Vec<StepRow> {
    let view = signing.view.as_ref();
    let came = |state: OrderState| {
        let history = view.iter().flat_map(|view| &view.history);
        history
            .filter(|event| event.state == state)
            .map(|event| event.at)
            .next_back()
    };
    let accepted = matches!(signing.step, Step::Accepted);
    let mut rows = vec![
        (
            "window-step-signed",
            signing.signed_at.is_some(),
            signing.signed_at,
        ),
        (
            "window-step-sent",
            signing.is_over() && signing.signed_at.is_some(),
            None,
        ),
        (
            "window-step-accepted",
            accepted,
            match signing.shown.kind {
                Kind::Refusal => came(OrderState::Refused),
                Kind::Cancellation => came(OrderState::Cancelled),
                _ => came(OrderState::Accepted).or(came(OrderState::AwaitingApproval)),
            },
        ),
    ];
    if signing.shown.kind == Kind::Payment {
        let settled = came(OrderState::Settled);
        if by_transfer(signing) {
            rows.push(("window-step-transferred", settled.is_some(), settled));
        } else {
            let submitted = came(OrderState::Submitted);
            rows.push((
                "window-step-submitted",
                submitted.is_some() || settled.is_some(),
                submitted,
            ));
            rows.push(("window-step-settled", settled.is_some(), settled));
        }
    }
    let mut awaited = true;
    rows.into_iter()
        .map(|(id, done, at)| {
            let current = !done && std::mem::take(&mut awaited);
            StepRow {
                text: text.get(id).into(),
                at: at.map(time).unwrap_or_default().into(),
                done,
                current,
                tone: Tone::Good,
            }
        })
        .collect()
}

fn time(at: Timestamp) -> String {
    at.to_zoned(jiff::tz::TimeZone::system())
        .strftime("%H:%M:%S")
        .to_string()
}
