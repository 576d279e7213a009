//! Clicks and keys on the pages of unlocking, bills, paying, lists and settings.

use std::rc::Rc;

use slint::{ComponentHandle as _, SharedString};
use wattkey_desktop_ui::{
    Approvals, Bills, History, Overview, Pay, Settings as SettingsPage, Sign, Unlock,
};
use wattkey_domain::{Decision, OrderId};

use super::{Inner, index};
use crate::model::unlock::Field;
use crate::model::{Event, Page, bills, history, overview, pay, signing, unlock};
use crate::settings::{Language, SIZES, Theme};

pub(super) fn connect(inner: &Rc<Inner>) {
    connect_unlock(inner);
    connect_bills(inner);
    connect_pay(inner);
    connect_lists(inner);
    connect_settings(inner);
}

fn field(number: i32) -> Field {
    match number {
        0 => Field::Pin,
        1 => Field::New,
        _ => Field::Again,
    }
}

fn connect_unlock(inner: &Rc<Inner>) {
    on!(inner, Unlock<'_>, on_choose, |serial| Event::Unlock(
        unlock::Input::Choose(serial.into())
    ));
    on!(inner, Unlock<'_>, on_key, |number, text| Event::Unlock(
        unlock::Input::Key(field(number), text.into())
    ));
    on!(inner, Unlock<'_>, on_back, |number| Event::Unlock(
        unlock::Input::Back(field(number))
    ));
    on!(inner, Unlock<'_>, on_agree, |on| Event::Unlock(
        unlock::Input::Agree(on)
    ));
    on!(inner, Unlock<'_>, on_go, || Event::Unlock(
        unlock::Input::Go
    ));
    on!(inner, Unlock<'_>, on_ask_change, || Event::Unlock(
        unlock::Input::AskChange
    ));
    on!(inner, Unlock<'_>, on_cancel_change, || Event::Unlock(
        unlock::Input::CancelChange
    ));
}

fn connect_bills(inner: &Rc<Inner>) {
    on!(inner, Bills<'_>, on_searched, |text| Event::Bills(
        bills::Input::Search(text.into())
    ));
    on!(inner, Bills<'_>, on_choose_state, |place| {
        Event::Bills(bills::Input::State(
            bills::STATES.get(index(place)).copied().flatten(),
        ))
    });
    on!(inner, Bills<'_>, on_sort, |place| {
        Event::Bills(bills::Input::Sort(
            bills::Column::ALL
                .get(index(place))
                .copied()
                .unwrap_or_default(),
        ))
    });
    on!(inner, Bills<'_>, on_select, |place, on| Event::Bills(
        bills::Input::Select(index(place), on)
    ));
    on!(inner, Bills<'_>, on_select_all, |on| Event::Bills(
        bills::Input::SelectAll(on)
    ));
    on!(inner, Bills<'_>, on_open, |place| Event::Bills(
        bills::Input::Open(index(place))
    ));
    on!(inner, Bills<'_>, on_close, || Event::Bills(
        bills::Input::Close
    ));
    on!(inner, Bills<'_>, on_again, || Event::Bills(
        bills::Input::Again
    ));
    on!(inner, Bills<'_>, on_save_csv, || Event::Bills(
        bills::Input::SaveCsv
    ));
    on!(inner, Bills<'_>, on_pay_selected, || Event::PayChosen);
    on!(inner, Bills<'_>, on_pay_this, || Event::PayOpened);
}

fn connect_pay(inner: &Rc<Inner>) {
    on!(inner, Pay<'_>, on_amount, |place, text| Event::Pay(
        pay::Input::Amount(index(place), text.into())
    ));
    on!(inner, Pay<'_>, on_leave_out, |place| Event::Pay(
        pay::Input::LeaveOut(index(place))
    ));
    on!(inner, Pay<'_>, on_choose_bills, || Event::Pay(
        pay::Input::ChooseBills
    ));
    on!(inner, Pay<'_>, on_all_due, || Event::PayDue);
    on!(inner, Pay<'_>, on_choose_source, |place| Event::Pay(
        pay::Input::Source(index(place))
    ));
    on!(inner, Pay<'_>, on_set_reference, |text| Event::Pay(
        pay::Input::Reference(text.into())
    ));
    on!(inner, Pay<'_>, on_set_day, |text| Event::Pay(
        pay::Input::Day(text.into())
    ));
    on!(inner, Pay<'_>, on_prepare, || Event::Pay(
        pay::Input::Prepare
    ));
    on!(inner, Sign<'_>, on_agree, |on| Event::Signing(
        signing::Input::Agree(on)
    ));
    on!(inner, Sign<'_>, on_agree_last, |on| Event::Signing(
        signing::Input::AgreeLast(on)
    ));
    on!(inner, Sign<'_>, on_key, |text| Event::Signing(
        signing::Input::Key(text.into())
    ));
    on!(inner, Sign<'_>, on_back, || Event::Signing(
        signing::Input::Back
    ));
    on!(inner, Sign<'_>, on_sign, || Event::Signing(
        signing::Input::Sign
    ));
    on!(inner, Sign<'_>, on_go_back, || Event::Leave);
    on!(inner, Sign<'_>, on_ask_again, || Event::Signing(
        signing::Input::AskAgain
    ));
    on!(inner, Sign<'_>, on_save_receipt, || Event::Signing(
        signing::Input::SaveReceipt
    ));
    on!(inner, Sign<'_>, on_done, || Event::Leave);
}

fn connect_lists(inner: &Rc<Inner>) {
    on!(inner, Overview<'_>, on_act, |place| Event::Overview(
        overview::Input::Act(index(place))
    ));
    on!(inner, Overview<'_>, on_acknowledge, |place| {
        Event::Overview(overview::Input::Acknowledge(index(place)))
    });
    on!(inner, Overview<'_>, on_show_notices, |all| Event::Overview(
        overview::Input::AllNotices(all)
    ));
    on!(inner, Overview<'_>, on_pay_arrears, || Event::Overview(
        overview::Input::PayArrears
    ));
    on!(inner, Overview<'_>, on_again, || Event::Overview(
        overview::Input::Again
    ));
    on!(inner, History<'_>, on_searched, |text| Event::History(
        history::Input::Search(text.into())
    ));
    on!(inner, History<'_>, on_save_csv, || Event::History(
        history::Input::SaveCsv
    ));
    on!(inner, History<'_>, on_again, || Event::History(
        history::Input::Again
    ));
    on!(inner, History<'_>, on_close, || Event::History(
        history::Input::Close
    ));
    let page = inner.ui.global::<History<'_>>();
    let input = |input: fn(OrderId) -> history::Input| {
        of_order(inner, move |order| Event::History(input(order)))
    };
    page.on_open(input(history::Input::Open));
    page.on_save_receipt(input(history::Input::SaveReceipt));
    page.on_save_transfer(input(history::Input::SaveTransfer));
    page.on_resolve(input(history::Input::Resolve));
    page.on_cancel(of_order(inner, |order| {
        Event::Decide(order, Decision::Cancel)
    }));
    decide(inner, Decision::Approve);
    decide(inner, Decision::Refuse);
    on!(inner, Approvals<'_>, on_again, || Event::Go(
        Page::Approvals
    ));
}

/// What is asked for of the order with this number.
fn of_order<F: Fn(OrderId) -> Event>(
    inner: &Rc<Inner>,
    event: F,
) -> impl Fn(SharedString) + use<F> {
    let weak = Rc::downgrade(inner);
    move |order| {
        // It was drawn from an order: there is no other text.
        if let (Some(inner), Ok(order)) = (weak.upgrade(), order.parse()) {
            inner.happened(event(order));
        }
    }
}

/// The row's order is fetched, verified and shown before anything is signed.
fn decide(inner: &Rc<Inner>, decision: Decision) {
    let weak = Rc::downgrade(inner);
    let decided = move |place: i32| {
        let Some(inner) = weak.upgrade() else { return };
        let order = {
            let state = inner.state.borrow();
            let waiting = state.open.as_ref().and_then(|open| open.approvals.as_ref());
            waiting
                .and_then(|orders| orders.get(index(place)))
                .map(|order| order.order)
        };
        if let Some(order) = order {
            inner.happened(Event::Decide(order, decision));
        }
    };
    let page = inner.ui.global::<Approvals<'_>>();
    match decision {
        Decision::Approve => page.on_approve(decided),
        _ => page.on_refuse(decided),
    }
}

fn connect_settings(inner: &Rc<Inner>) {
    let page = inner.ui.global::<SettingsPage<'_>>();
    let weak = Rc::downgrade(inner);
    page.on_choose_language(move |place| {
        let Some(inner) = weak.upgrade() else { return };
        let language = if place == 0 {
            Language::En
        } else {
            Language::Zh
        };
        inner.settings(|settings| settings.language = Some(language));
    });
    let weak = Rc::downgrade(inner);
    page.on_choose_theme(move |place| {
        let Some(inner) = weak.upgrade() else { return };
        let theme = Theme::ALL.get(index(place)).copied().unwrap_or_default();
        inner.settings(|settings| settings.theme = theme);
    });
    let weak = Rc::downgrade(inner);
    page.on_choose_size(move |place| {
        let Some(inner) = weak.upgrade() else { return };
        let size = SIZES.get(index(place)).copied().unwrap_or(100);
        inner.settings(|settings| settings.text_percent = size);
    });
    on!(inner, SettingsPage<'_>, on_test, || Event::Test);
}
