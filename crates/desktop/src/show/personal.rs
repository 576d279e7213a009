use slint::{ComponentHandle as _, SharedString};
use wattkey_client::show;
use wattkey_client::words::{Arg, Text};
use wattkey_desktop_ui::{
    AddressRow, AppWindow, ChangeRow, ContactRow, Pair, Personal as Page, RightsRow as RightsDrawn,
    Tone, WaitingChange, WaitingChanges,
};
use wattkey_domain::{ChangeState, Right, Rights};
use wattkey_pki::Role;
use wattkey_protocol::change::{ChangeView, What};

use super::{Drawn, code, count, history, model, pair, safe, said};
use crate::model::Open;
use crate::model::personal::{KeyFacts, Personal, RightsRow, Tab};
use crate::model::personal::{forms, rights};

const TABS: [&str; 6] = [
    "window-tab-contacts",
    "window-tab-invoice",
    "window-tab-addresses",
    "window-tab-rights",
    "window-tab-history",
    "window-tab-key",
];

pub(super) fn show(open: &Open, text: &Text, ui: &AppWindow, drawn: &mut Drawn) {
    let page = ui.global::<Page<'_>>();
    let personal = &open.personal;
    page.set_tabs(words(text, TABS));
    let tab = personal.forms.tab;
    page.set_tab(count(
        Tab::ALL.iter().position(|one| *one == tab).unwrap_or(0),
    ));
    page.set_loading(personal.profile.is_none());
    page.set_said(said(personal.fault.as_ref(), text));
    page.set_stale(match personal.is_stale() {
        true => text.get("window-form-stale").into(),
        false => SharedString::new(),
    });
    page.set_ready(personal.is_ready());
    page.set_preparing(personal.preparing);
    page.set_edited(personal.what().is_some());
    page.set_wrong(wrong(personal, text).into());
    page.set_since(since(personal, text).into());
    // Rows are made anew only when they are others: a field that is typed into would lose its focus.
    let version = Some((personal.version, code(text)));
    if drawn.personal != version {
        drawn.personal = version;
        fields(personal, text, &page);
    }
    rights_form(open, text, &page);
    changes(personal, text, &page);
    key(open, text, &page);
    waiting(open, text, ui);
}

pub(super) fn hide(ui: &AppWindow) {
    let page = ui.global::<Page<'_>>();
    page.set_contacts(model(Vec::new()));
    page.set_addresses(model(Vec::new()));
    page.set_rights(model(Vec::new()));
    page.set_changes(model(Vec::new()));
    page.set_key(model(Vec::new()));
    page.set_change(model(Vec::new()));
    for set in [Page::set_invoice, Page::set_address, Page::set_users] {
        set(&page, model(Vec::new()));
    }
    for set in [
        Page::set_said,
        Page::set_since,
        Page::set_wrong,
        Page::set_account,
        Page::set_key_data,
        Page::set_key_state,
        Page::set_lost,
    ] {
        set(&page, SharedString::new());
    }
    ui.global::<WaitingChanges<'_>>()
        .set_rows(model(Vec::new()));
}

fn words<const N: usize>(text: &Text, ids: [&str; N]) -> slint::ModelRc<SharedString> {
    model(ids.map(|id| SharedString::from(text.get(id))).to_vec())
}

/// The first thing that is not right, with its row.
fn wrong(personal: &Personal, text: &Text) -> String {
    let wrong = personal.wrong();
    let Some(first) = wrong.first() else {
        return String::new();
    };
    let said = text.get(first.id);
    match first.row {
        Some(row) => text.with(
            "window-wrong-row",
            &[("row", (row + 1).into()), ("wrong", said.into())],
        ),
        None => said,
    }
}

fn since(personal: &Personal, text: &Text) -> String {
    let Some(profile) = &personal.profile else {
        return String::new();
    };
    let (version, at) = match personal.forms.tab {
        Tab::Contacts => (profile.contacts.version, profile.contacts.since),
        Tab::Invoice => (profile.invoice_data.version, profile.invoice_data.since),
        _ => return String::new(),
    };
    match at {
        None => text.get("window-nothing-given"),
        Some(at) => text.with(
            "window-version-since",
            &[
                ("version", Arg::from(version)),
                ("at", history::minute(at).into()),
            ],
        ),
    }
}

fn fields(personal: &Personal, text: &Text, page: &Page<'_>) {
    page.set_roles(words(
        text,
        [
            "contact-role-billing",
            "contact-role-technical",
            "contact-role-emergency",
        ],
    ));
    page.set_languages(words(text, ["language-en", "language-zh"]));
    let contacts = personal.forms.contacts.now.iter().map(|one| ContactRow {
        name: one.name.as_str().into(),
        role: count(place(&forms::ROLES, &one.role)),
        phone: one.phone.as_str().into(),
        email: one.email.as_str().into(),
        language: count(place(&forms::LANGUAGES, &one.language)),
    });
    page.set_contacts(model(contacts.collect()));
    let invoice = personal.forms.invoice.now.0.iter();
    page.set_invoice(model(invoice.map(SharedString::from).collect()));
    let address = &personal.forms.address;
    let address = [&address.account, &address.post, &address.email];
    page.set_address(model(address.map(SharedString::from).to_vec()));
    let known = personal
        .profile
        .iter()
        .flat_map(|profile| &profile.notice_addresses);
    let rows = known.map(|view| AddressRow {
        account: account(view.account.as_ref(), text),
        post: safe(view.address.post.as_deref().unwrap_or_default()),
        email: safe(view.address.email.as_deref().unwrap_or_default()),
        since: history::minute(view.since).into(),
    });
    page.set_addresses(model(rows.collect()));
    let rows = personal.rights();
    page.set_rights(model(rows.iter().map(|row| right_row(row, text)).collect()));
    page.set_account(personal.forms.rights.account.as_str().into());
}

fn place<T: PartialEq>(all: &[T], one: &T) -> usize {
    all.iter().position(|known| known == one).unwrap_or(0)
}

fn account(account: Option<&wattkey_domain::AccountId>, text: &Text) -> SharedString {
    match account {
        Some(account) => account.as_str().into(),
        None => text.get("value-other-accounts").into(),
    }
}

fn right_row(row: &RightsRow, text: &Text) -> RightsDrawn {
    let given = match (&row.account, row.given) {
        (None, _) => String::new(),
        (Some(_), None) => text.get("window-own-again"),
        (Some(_), Some(given)) => text.with(
            "window-given",
            &[("rights", names(given.iter(), text).into())],
        ),
    };
    RightsDrawn {
        user: safe(&row.name),
        account: match &row.account {
            Some(account) => account.as_str().into(),
            None => text.get("window-other-accounts").into(),
        },
        given: given.into(),
        may: names(row.may.iter().copied(), text).into(),
    }
}

fn names(rights: impl Iterator<Item = Right>, text: &Text) -> String {
    let names: Vec<String> = rights
        .map(|right| text.get(&format!("right-{}", right.as_str())))
        .collect();
    if names.is_empty() {
        return text.get("right-hidden");
    }
    names.join(text.get("window-list-comma").as_str())
}

fn rights_form(open: &Open, text: &Text, page: &Page<'_>) {
    let (personal, form) = (&open.personal, &open.personal.forms.rights);
    let may = open
        .me
        .rights
        .iter()
        .any(|right| right == Right::Administer.as_str());
    page.set_may_administer(may);
    let users = personal.users();
    let user = users.iter().position(|(user, _)| Some(*user) == form.user);
    page.set_user(user.map_or(-1, count));
    page.set_users(model(users.iter().map(|(_, name)| safe(name)).collect()));
    page.set_kinds(words(
        text,
        ["window-these-rights", "window-own-rights", "window-hidden"],
    ));
    page.set_kind(count(place(&rights::Kind::ALL, &form.kind)));
    let given = rights::GIVEN.map(|right| SharedString::from(text.get(&format!("right-{right}"))));
    page.set_given_names(model(given.to_vec()));
    let has: Rights = form.given;
    page.set_given(model(rights::GIVEN.map(|right| has.has(right)).to_vec()));
}

fn changes(personal: &Personal, text: &Text, page: &Page<'_>) {
    let rows = personal.changes.iter().flatten().map(|view| ChangeRow {
        at: history::minute(view.at).into(),
        who: safe(&view.user.name),
        what: safe(&subject(&view.what, personal, text)),
        state: text
            .get(&format!("change-state-{}", view.state.as_str()))
            .into(),
        tone: match view.state {
            ChangeState::Done => Tone::Good,
            ChangeState::Waiting => Tone::Warn,
            ChangeState::Refused => Tone::Bad,
            ChangeState::Lapsed => Tone::Neutral,
        },
    });
    page.set_changes(model(rows.collect()));
    page.set_opened(personal.opened.map_or(-1, count));
    let opened = personal
        .opened
        .and_then(|place| personal.changes.as_ref()?.get(place));
    page.set_change(model(
        opened
            .map(|view| particulars(view, text))
            .unwrap_or_default(),
    ));
}

/// What was changed, in a line: "rights of Wang Fang on C-1002".
fn subject(what: &What, personal: &Personal, text: &Text) -> String {
    let kind = text.get(&format!("change-{}", what.kind()));
    match what {
        What::Rights { user, account, .. } => {
            let users = personal.users();
            let known = users.iter().find(|(known, _)| known == user);
            let name = known.map_or_else(|| user.to_string(), |(_, name)| name.clone());
            text.with(
                "window-rights-of",
                &[
                    ("user", name.into()),
                    ("account", account.to_string().into()),
                ],
            )
        }
        What::NoticeAddress {
            account: Some(account),
            ..
        } => format!("{kind} {account}"),
        _ => kind,
    }
}

fn particulars(view: &ChangeView, text: &Text) -> Vec<Pair> {
    let mut pairs: Vec<Pair> = view
        .what
        .lines()
        .iter()
        .map(|line| {
            let (label, value) = text.line(line);
            pair(label, &value)
        })
        .collect();
    if let Some(version) = view.version {
        pairs.push(pair(text.get("window-version"), &version.to_string()));
    }
    if let Some(until) = view.until {
        pairs.push(pair(text.get("line-lapses"), &show::time(until)));
    }
    for decision in &view.decisions {
        let who = format!("{}, {}", decision.user.name, show::time(decision.at));
        pairs.push(pair(
            text.get(&format!("decision-{}", decision.decision)),
            &who,
        ));
    }
    pairs.push(pair(text.get("label-change"), &view.change.to_string()));
    pairs
}

fn key(open: &Open, text: &Text, page: &Page<'_>) {
    let payee = open.me.payee.name.as_str();
    page.set_lost(
        text.with(
            "window-key-lost-note",
            &[
                ("company", payee.into()),
                ("serial", open.serial.as_str().into()),
            ],
        )
        .into(),
    );
    let Some(key) = &open.personal.key else {
        page.set_key(model(Vec::new()));
        page.set_key_state(text.get("window-loading").into());
        page.set_key_tone(Tone::Neutral);
        page.set_key_data(SharedString::new());
        return;
    };
    let pairs = key_pairs(key, text);
    let data: Vec<String> = [
        pair(
            text.get("line-customer"),
            &format!("{} ({})", open.me.customer.name, open.me.customer.id),
        ),
        pair(
            text.get("line-user"),
            &format!("{} ({})", open.me.user.name, open.me.user.id),
        ),
    ]
    .iter()
    .chain(&pairs)
    .map(|pair| format!("{}: {}", pair.label, pair.value))
    .collect();
    page.set_key_data(data.join("\n").into());
    page.set_key(model(pairs));
    let days = key.days_left();
    page.set_key_state(
        text.with("window-days-left", &[("days", Arg::from(days))])
            .into(),
    );
    page.set_key_tone(if days < 14 {
        Tone::Bad
    } else if key.ends_soon() {
        Tone::Warn
    } else {
        Tone::Good
    });
}

fn key_pairs(key: &KeyFacts, text: &Text) -> Vec<Pair> {
    let mut pairs = vec![pair(text.get("line-key"), &key.serial.clone())];
    for one in &key.certificates {
        let role = match one.role {
            Role::UserAuthentication => "window-to-log-in",
            _ => "window-to-sign",
        };
        let organisation = one.organisation.as_deref().unwrap_or_default();
        let holder = match organisation {
            "" => one.holder.clone(),
            organisation => format!("{}, {organisation}", one.holder),
        };
        pairs.push(Pair {
            strong: false,
            ..pair(text.get(role), &holder)
        });
        let issuer = one.issuer.clone().unwrap_or_default();
        pairs.extend([
            pair(text.get("window-certificate-serial"), &one.serial.clone()),
            pair(text.get("window-issued-by"), &issuer),
            pair(
                text.get("window-valid"),
                &text.with(
                    "window-from-until",
                    &[
                        ("from", history::minute(one.valid_from).into()),
                        ("until", history::minute(one.valid_until).into()),
                    ],
                ),
            ),
            pair(text.get("window-thumbprint"), &one.thumbprint.to_string()),
        ]);
    }
    pairs
}

/// The changes of rights among what awaits a decision.
fn waiting(open: &Open, text: &Text, ui: &AppWindow) {
    let personal = &open.personal;
    let rows = personal.waiting(open.me.user.id).map(|view| {
        let until = view.until.map(history::minute);
        let until = until.map(|until| text.with("window-until", &[("time", until.into())]));
        WaitingChange {
            who: safe(&view.user.name),
            at: history::minute(view.at).into(),
            what: safe(&subject(&view.what, personal, text)),
            until: until.unwrap_or_default().into(),
        }
    });
    ui.global::<WaitingChanges<'_>>()
        .set_rows(model(rows.collect()));
}
