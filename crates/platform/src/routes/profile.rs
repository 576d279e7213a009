//! `GET /v1/profile`: what the customer says of itself, and who may do what.

use std::collections::HashMap;
use std::sync::Arc;

use axum::extract::State;
use axum::{Extension, Json};
use http::Uri;
use serde::Deserialize;
use wattkey_domain::{Access, OwnData, Rights, UserId};
use wattkey_protocol::change::{
    AddressView, ContactsView, InvoiceData, InvoiceDataView, NoticeAddress, Profile, RightsView,
    UserRights, What,
};
use wattkey_protocol::order::Named;
use wattkey_store::{OwnDataRow, User};

use super::changes::{number, what};
use super::input::{limit, parameter, query};
use crate::answer::{Answer, store_fault};
use crate::app::App;
use crate::auth::{Caller, unbound};

#[derive(Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct ProfileQuery {
    /// Where the page before ended: its `next`.
    #[param(value_type = Option<String>)]
    cursor: Option<String>,
    /// Most pieces of own data of the page: 50 when it is absent, never more than 200.
    #[param(value_type = Option<i64>, minimum = 1)]
    limit: Option<String>,
}

/// Own data and rights.
///
/// Own data of the customer, each with its version; the rights of all users for an administrator, of the
/// user itself otherwise. Contacts, tax-invoice data and the first addresses come first; users are on
/// the first page only.
#[utoipa::path(
    get,
    path = "/v1/profile",
    tag = "people",
    params(ProfileQuery),
    responses((status = 200, description = "Own data of the customer, each with its version.", body = Profile)),
)]
pub(super) async fn show(
    State(app): State<Arc<App>>,
    Extension(caller): Extension<Caller>,
    uri: Uri,
) -> Answer<Json<Profile>> {
    let wanted: ProfileQuery = query(&uri)?;
    let after: Option<OwnData> = parameter("cursor", wanted.cursor.as_deref())?;
    let limit = limit(wanted.limit.as_deref())?;
    let first = after.is_none();
    let access = app.access(&caller).await?;
    let customer = app
        .store
        .customer(caller.customer)
        .await
        .map_err(store_fault)?
        .ok_or_else(unbound)?;
    let users = app
        .store
        .users_of(caller.customer)
        .await
        .map_err(store_fault)?;
    let rows = app
        .store
        .own_data(caller.customer, after, limit)
        .await
        .map_err(store_fault)?;
    let reader = Reader {
        user: caller.binding.holder.id,
        access,
    };
    let mut profile = Profile {
        customer: Named {
            id: customer.id,
            name: customer.name,
        },
        contacts: ContactsView {
            version: 0,
            contacts: Vec::new(),
            since: None,
        },
        notice_addresses: Vec::new(),
        invoice_data: InvoiceDataView {
            version: 0,
            data: None,
            since: None,
        },
        users: Vec::new(),
        rights: Vec::new(),
        next: rows.next,
    };
    let own: HashMap<UserId, Rights> = users
        .iter()
        .map(|user| (user.id, Rights::of_names(&user.rights)))
        .collect();
    for row in rows.items {
        reader.add(&row, &own, &mut profile)?;
    }
    if first {
        let users = users.into_iter().filter(|user| reader.may_know(user.id));
        profile.users = users.map(user_rights).collect();
    }
    Ok(Json(profile))
}

/// Who reads, and so what is left out.
struct Reader {
    user: UserId,
    access: Access,
}

impl Reader {
    /// Whether the rights of a user are shown.
    fn may_know(&self, user: UserId) -> bool {
        self.access.administers() || user == self.user
    }

    fn add(
        &self,
        row: &OwnDataRow,
        own: &HashMap<UserId, Rights>,
        profile: &mut Profile,
    ) -> Answer<()> {
        let hidden = row
            .subject
            .account()
            .is_some_and(|account| !self.access.sees(account));
        if hidden && !self.access.administers() {
            return Ok(());
        }
        if let OwnData::Rights(user, _) = &row.subject
            && !self.may_know(*user)
        {
            return Ok(());
        }
        let version = number(row.version);
        let since = row.since;
        match what(&row.what)? {
            What::Contacts { contacts } => {
                profile.contacts = ContactsView {
                    version,
                    contacts,
                    since: Some(since),
                };
            }
            What::NoticeAddress {
                account,
                post,
                email,
            } => profile.notice_addresses.push(AddressView {
                account,
                version,
                address: NoticeAddress { post, email },
                since,
            }),
            What::InvoiceData {
                title,
                tax_number,
                address,
                phone,
                bank,
                bank_account,
            } => {
                let data = InvoiceData {
                    title,
                    tax_number,
                    address,
                    phone,
                    bank,
                    bank_account,
                };
                profile.invoice_data = InvoiceDataView {
                    version,
                    data: Some(data),
                    since: Some(since),
                };
            }
            What::Rights {
                user,
                account,
                rights,
            } => {
                let own = own.get(&user).copied().unwrap_or_default();
                profile.rights.push(RightsView {
                    user,
                    account,
                    version,
                    given: rights,
                    effective: own.on_account(rights),
                    since,
                });
            }
        }
        Ok(())
    }
}

fn user_rights(user: User) -> UserRights {
    UserRights {
        rights: Rights::of_names(&user.rights).iter().collect(),
        user: Named {
            id: user.id,
            name: user.name,
        },
    }
}
