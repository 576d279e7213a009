//! `profile`, `rights`: what the power company knows of the customer, and changing it.

mod rights;

pub(crate) use rights::{list as list_rights, set as set_rights};

use uuid::Uuid;
use wattkey_client::client::Client;
use wattkey_client::own;
use wattkey_domain::ChangeId;
use wattkey_protocol::api::Me;
use wattkey_protocol::change::{Change, Contact, ContactRole, Language, Profile, What};
use wattkey_protocol::lines::Line;

use super::pay::report;
use super::sign;
use super::{changes, id};
use crate::cli::args::{ProfileSet, Signing};
use crate::cli::context::Context;
use crate::cli::fault::{Exit, Fault};
use crate::cli::output::Output;
use crate::cli::show;

pub(crate) async fn show(context: &Context<'_>, client: &mut Client) -> Result<(), Fault> {
    let profile = client.profile().await?;
    context
        .output
        .result(&profile, || human(context.output, &profile))
}

fn human(output: &Output, profile: &Profile) -> String {
    let text = output.text();
    let mut parts = Vec::new();
    let mut part = |heading: &str, since: Option<jiff::Timestamp>, version: i64, lines: &[Line]| {
        let since = since.map(show::time).unwrap_or_default();
        let values = [("version", version.into()), ("since", since.into())];
        let heading = text.with(heading, &values);
        parts.push(format!("{heading}\n{}", sign::rendered(output, lines)));
    };
    let contacts = &profile.contacts;
    let what = What::Contacts {
        contacts: contacts.contacts.clone(),
    };
    part(
        "profile-contacts",
        contacts.since,
        contacts.version,
        &own::values(&what),
    );
    for view in &profile.notice_addresses {
        part(
            "profile-notice-address",
            Some(view.since),
            view.version,
            &own::values(&view.into()),
        );
    }
    let invoice = &profile.invoice_data;
    if let Some(data) = &invoice.data {
        part(
            "profile-invoice-data",
            invoice.since,
            invoice.version,
            &own::values(&data.clone().into()),
        );
    }
    parts.join("\n")
}

pub(crate) fn set(context: &Context<'_>, wanted: &ProfileSet) -> Result<(), Fault> {
    let (what, signing) = match wanted {
        ProfileSet::Contacts {
            contacts, signing, ..
        } => {
            let contacts = contacts.iter().map(|one| contact(one));
            let contacts = contacts.collect::<Result<Vec<_>, _>>()?;
            (What::Contacts { contacts }, signing)
        }
        ProfileSet::NoticeAddress {
            account,
            post,
            email,
            signing,
        } => {
            let what = What::NoticeAddress {
                account: account.as_deref().map(id).transpose()?,
                post: post.clone(),
                email: email.clone(),
            };
            (what, signing)
        }
        ProfileSet::InvoiceData {
            title,
            tax_number,
            address,
            phone,
            bank,
            bank_account,
            signing,
        } => {
            let what = What::InvoiceData {
                title: title.clone(),
                tax_number: tax_number.clone(),
                address: address.clone(),
                phone: phone.clone(),
                bank: bank.clone(),
                bank_account: bank_account.clone(),
            };
            (what, signing)
        }
    };
    change(context, signing, async |_: &Profile, _: &Me| {
        Ok(what.clone())
    })
}

/// Signs and sends a change that `what` makes of the present data.
fn change(
    context: &Context<'_>,
    signing: &Signing,
    what: impl AsyncFnOnce(&Profile, &Me) -> Result<What, Fault>,
) -> Result<(), Fault> {
    let output = context.output;
    sign::by_word::<Change>(
        context,
        signing,
        async |client, me| {
            let profile = client.profile().await?;
            let what = what(&profile, me).await?;
            let change = ChangeId::from_uuid(Uuid::new_v4());
            let needs_second = matches!(what, What::Rights { .. });
            let before = before(output, &profile, &what);
            let draft = own::change(client, me, &profile, what, change)?;
            let mut shown = before;
            shown += &(output.text().get("change-shown") + "\n\n");
            shown += &(sign::rendered(output, &draft.lines()) + "\n");
            if needs_second {
                output.say("change-needs-second", &[]);
            }
            Ok((shown, draft))
        },
        |output, about, outcome| {
            report::answered::<Change>(output, about, outcome, "change-taken", |view| {
                changes::human(output, view)
            })
        },
    )
}

/// What is there now, so that who signs sees what goes.
fn before(output: &Output, profile: &Profile, what: &What) -> String {
    let lines = own::before(profile, what);
    if lines.is_empty() {
        return String::new();
    }
    let heading = output.text().get("change-before");
    format!("{heading}\n\n{}\n", sign::rendered(output, &lines))
}

/// `name=Wang Fang;role=billing;phone=021 5555 0100;email=a@b.example;language=zh`.
fn contact(text: &str) -> Result<Contact, Fault> {
    let wrong = |part: &str| {
        Fault::new("contact", Exit::Usage)
            .with("word", text)
            .with("part", part)
    };
    let missing = |part: &str| {
        Fault::new("contact-lacks", Exit::Usage)
            .with("word", text)
            .with("part", part)
    };
    let (mut name, mut role, mut phone, mut email, mut language) = (None, None, None, None, None);
    for part in text.split(';') {
        let (key, value) = part.split_once('=').ok_or_else(|| wrong(part))?;
        let place = match key.trim() {
            "name" => &mut name,
            "role" => &mut role,
            "phone" => &mut phone,
            "email" => &mut email,
            "language" => &mut language,
            _ => return Err(wrong(part)),
        };
        if place.replace(value.trim().to_owned()).is_some() {
            return Err(wrong(part));
        }
    }
    let role = match role.as_deref() {
        Some("billing") => ContactRole::Billing,
        Some("technical") => ContactRole::Technical,
        Some("emergency") => ContactRole::Emergency,
        Some(other) => return Err(wrong(&format!("role={other}"))),
        None => return Err(missing("role")),
    };
    let language = match language.as_deref() {
        Some("en") => Language::En,
        Some("zh") => Language::Zh,
        Some(other) => return Err(wrong(&format!("language={other}"))),
        None => return Err(missing("language")),
    };
    if phone.is_none() && email.is_none() {
        return Err(missing("phone, email"));
    }
    Ok(Contact {
        name: name.ok_or_else(|| missing("name"))?,
        role,
        phone,
        email,
        language,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_contact_is_written_in_one_word() {
        let one = contact("role=billing; name=王芳;language=zh;phone=021 5555 0100").unwrap();
        assert_eq!(
            (one.name.as_str(), one.role),
            ("王芳", ContactRole::Billing)
        );
        assert_eq!(
            (one.phone.as_deref(), one.email),
            (Some("021 5555 0100"), None)
        );
        for lacks in [
            "name=A;role=billing;phone=1",
            "name=A;role=billing;language=en",
            "name=A;phone=1;language=en",
            "role=billing;phone=1;language=en",
        ] {
            assert_eq!(contact(lacks).unwrap_err().code, "contact-lacks", "{lacks}");
        }
        for wrong in [
            "name=A;role=chief;language=en",
            "name=A;name=B;role=billing;language=en",
            "A",
            "name=A;role=billing;language=en;fax=1",
        ] {
            assert_eq!(contact(wrong).unwrap_err().code, "contact", "{wrong}");
        }
    }
}
