//! Own data, rights and the own key; changes of rights that wait.

use std::rc::Rc;

use slint::ComponentHandle as _;
use wattkey_desktop_ui::{Personal as Page, WaitingChanges};
use wattkey_domain::Decision;

use super::{Inner, index};
use crate::model::Event;
use crate::model::personal::{ContactField, Input};

/// The fields of a contact, by their numbers in what is drawn.
fn contact_field(number: i32) -> ContactField {
    match number {
        0 => ContactField::Name,
        1 => ContactField::Phone,
        _ => ContactField::Email,
    }
}

pub(super) fn connect(inner: &Rc<Inner>) {
    on!(inner, Page<'_>, on_choose_tab, |place| Event::Personal(
        Input::Tab(index(place))
    ));
    on!(inner, Page<'_>, on_write_contact, |row, field, text| {
        Event::Personal(Input::Contact(
            index(row),
            contact_field(field),
            text.into(),
        ))
    });
    on!(inner, Page<'_>, on_contact_role, |row, place| {
        Event::Personal(Input::ContactRole(index(row), index(place)))
    });
    on!(inner, Page<'_>, on_contact_language, |row, place| {
        Event::Personal(Input::ContactLanguage(index(row), index(place)))
    });
    on!(inner, Page<'_>, on_add_contact, || Event::Personal(
        Input::AddContact
    ));
    on!(inner, Page<'_>, on_remove_contact, |row| Event::Personal(
        Input::RemoveContact(index(row))
    ));
    on!(inner, Page<'_>, on_write_invoice, |place, text| {
        Event::Personal(Input::Invoice(index(place), text.into()))
    });
    on!(inner, Page<'_>, on_write_address, |place, text| {
        Event::Personal(Input::Address(index(place), text.into()))
    });
    on!(inner, Page<'_>, on_edit_address, |row| Event::Personal(
        Input::EditAddress(index(row))
    ));
    on!(inner, Page<'_>, on_choose_user, |place| Event::Personal(
        Input::RightsUser(index(place))
    ));
    on!(inner, Page<'_>, on_write_account, |text| Event::Personal(
        Input::RightsAccount(text.into())
    ));
    on!(inner, Page<'_>, on_choose_kind, |place| Event::Personal(
        Input::RightsKind(index(place))
    ));
    on!(inner, Page<'_>, on_give, |place, on| Event::Personal(
        Input::Right(index(place), on)
    ));
    on!(inner, Page<'_>, on_edit_rights, |row| Event::Personal(
        Input::EditRights(index(row))
    ));
    on!(inner, Page<'_>, on_start_over, || Event::Personal(
        Input::StartOver
    ));
    on!(inner, Page<'_>, on_review, || Event::Personal(
        Input::Review
    ));
    on!(inner, Page<'_>, on_open_change, |row| Event::Personal(
        Input::Open(index(row))
    ));
    on!(inner, Page<'_>, on_again, || Event::Personal(Input::Again));
    on!(inner, Page<'_>, on_change_pin, || Event::ChangePin);
    on!(inner, WaitingChanges<'_>, on_approve, |row| {
        Event::DecideChange(index(row), Decision::Approve)
    });
    on!(inner, WaitingChanges<'_>, on_refuse, |row| {
        Event::DecideChange(index(row), Decision::Refuse)
    });
}
