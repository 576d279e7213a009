//! Files of orders.

use std::rc::Rc;

use slint::ComponentHandle as _;
use wattkey_desktop_ui::{OrderFile as Page, Sign};

use super::{Inner, index};
use crate::model::Event;
use crate::model::order_file::Input;

pub(super) fn connect(inner: &Rc<Inner>) {
    on!(inner, Page<'_>, on_open, |on| Event::OrderFile(
        Input::Open(on)
    ));
    on!(inner, Page<'_>, on_write_path, |text| Event::OrderFile(
        Input::Path(text.into())
    ));
    on!(inner, Page<'_>, on_choose, |row| Event::OrderFile(
        Input::Choose(index(row))
    ));
    on!(inner, Page<'_>, on_import, || Event::OrderFile(
        Input::Import
    ));
    on!(inner, Page<'_>, on_stop, || Event::OrderFile(Input::Stop));
    on!(inner, Page<'_>, on_review, || Event::OrderFile(
        Input::Review
    ));
    on!(inner, Sign<'_>, on_stop, || Event::OrderFile(Input::Stop));
}
