//! `rights`: which user may do what on which contract account.

use serde::Serialize;
use wattkey_client::client::Client;
use wattkey_client::own;
use wattkey_domain::{AccountId, Right, Rights, UserId};
use wattkey_protocol::api::Me;
use wattkey_protocol::change::{Profile, What};

use crate::cli::args::Signing;
use crate::cli::context::Context;
use crate::cli::fault::{Exit, Fault};
use crate::cli::output::Output;
use crate::cli::table::{Cell, Column, Table};
use crate::commands::id;

#[derive(Serialize)]
struct List {
    rights: Vec<Row>,
}

/// What a user may do on all accounts, or on one.
#[derive(Serialize)]
struct Row {
    user: UserId,
    name: String,
    /// Null: all that have no rights of their own.
    account: Option<AccountId>,
    /// What was given for the account; null when it was taken back.
    given: Option<Rights>,
    /// What the user may do.
    effective: Vec<Right>,
    version: i64,
}

pub(crate) async fn list(context: &Context<'_>, client: &mut Client) -> Result<(), Fault> {
    let profile = client.profile().await?;
    let document = List {
        rights: rows(&profile),
    };
    let mut table = Table::new(&[
        Column::left("column-user-id"),
        Column::left("column-user-name"),
        Column::left("column-account"),
        Column::left("column-given"),
        Column::left("column-may"),
        Column::right("column-version"),
    ]);
    for row in &document.rights {
        let given = row.given.map(|given| given.iter().collect::<Vec<_>>());
        table.row([
            Cell::text(row.user),
            Cell::text(&row.name),
            Cell::of(row.account.as_ref(), Cell::text),
            Cell::of(given, |given| cell(context.output, &given)),
            cell(context.output, &row.effective),
            Cell::number(row.version),
        ]);
    }
    context.output.table(&document, &table)
}

fn rows(profile: &Profile) -> Vec<Row> {
    let name = |user: UserId| {
        let known = profile.users.iter().find(|known| known.user.id == user);
        known.map_or_else(String::new, |known| known.user.name.clone())
    };
    let own = profile.users.iter().map(|user| Row {
        user: user.user.id,
        name: user.user.name.clone(),
        account: None,
        given: None,
        effective: user.rights.clone(),
        version: 0,
    });
    let given = profile.rights.iter().map(|view| Row {
        user: view.user,
        name: name(view.user),
        account: Some(view.account.clone()),
        given: view.given,
        effective: view.effective.iter().collect(),
        version: view.version,
    });
    let mut rows: Vec<Row> = own.chain(given).collect();
    rows.sort_by_key(|row| (row.name.clone(), row.user.to_string(), row.account.clone()));
    rows
}

fn cell(output: &Output, rights: &[Right]) -> Cell {
    let names: Vec<&str> = rights.iter().map(|right| right.as_str()).collect();
    if names.is_empty() {
        return Cell::Both(output.text().get("right-hidden"), "none".to_owned());
    }
    let words = names
        .iter()
        .map(|name| output.text().get(&format!("right-{name}")));
    Cell::Both(words.collect::<Vec<_>>().join(", "), names.join(" "))
}

pub(crate) fn set(
    context: &Context<'_>,
    user: &str,
    account: &str,
    rights: &str,
    signing: &Signing,
) -> Result<(), Fault> {
    let account: AccountId = id(account)?;
    let rights = given(rights)?;
    super::change(context, signing, async |profile: &Profile, me: &Me| {
        let user = named(profile, user)?;
        if !own::has_approver(profile, me.user.id, user) {
            return Err(Fault::new("nobody-approves", Exit::OrderRefused));
        }
        Ok(What::Rights {
            user,
            account: account.clone(),
            rights,
        })
    })
}

/// `view,prepare`, `none`, or `own`, which takes back what was given.
fn given(text: &str) -> Result<Option<Rights>, Fault> {
    if text == "own" {
        return Ok(None);
    }
    if text == "none" {
        return Ok(Some(Rights::NONE));
    }
    let wrong = || Fault::new("rights", Exit::Usage).with("word", text);
    let names = text.split(',').map(|name| match name.trim().parse() {
        Ok(Right::Administer) | Err(_) => Err(wrong()),
        Ok(right) => Ok(right),
    });
    names.collect::<Result<Rights, Fault>>().map(Some)
}

/// A user by id, or by a name that only one has.
fn named(profile: &Profile, text: &str) -> Result<UserId, Fault> {
    if let Ok(user) = text.parse() {
        return Ok(user);
    }
    let mut known = profile.users.iter().filter(|known| known.user.name == text);
    match (known.next(), known.next()) {
        (Some(only), None) => Ok(only.user.id),
        _ => Err(Fault::new("no-user", Exit::NotFound).with("word", text)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rights_are_names_none_or_the_users_own() {
        assert_eq!(given("own").unwrap(), None);
        assert_eq!(given("none").unwrap(), Some(Rights::NONE));
        let both = [Right::View, Right::Prepare].into_iter().collect();
        assert_eq!(given("prepare, view").unwrap(), Some(both));
        for wrong in ["", "administer", "view,", "all"] {
            assert_eq!(given(wrong).unwrap_err().code, "rights", "{wrong}");
        }
    }
}
