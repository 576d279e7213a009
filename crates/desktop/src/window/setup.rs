//! The first start.

use std::rc::Rc;

use slint::ComponentHandle as _;
use wattkey_desktop_ui::Setup as Page;

use super::{Inner, index};
use crate::model::Event;
use crate::model::setup::Input;

pub(super) fn connect(inner: &Rc<Inner>) {
    on!(inner, Page<'_>, on_choose_module, |place| Event::Setup(
        Input::ChooseModule(index(place))
    ));
    on!(inner, Page<'_>, on_write_module, |text| Event::Setup(
        Input::Module(text.into())
    ));
    on!(inner, Page<'_>, on_look, || Event::Setup(Input::Look));
    on!(inner, Page<'_>, on_write_from, |text| Event::Setup(
        Input::From(text.into())
    ));
    on!(inner, Page<'_>, on_take, || Event::Setup(Input::Take));
    on!(inner, Page<'_>, on_write, |place, text| Event::Setup(
        Input::Write(index(place), text.into())
    ));
    on!(inner, Page<'_>, on_try_again, || Event::Setup(Input::Try));
    on!(inner, Page<'_>, on_next, || Event::Setup(Input::Next));
    on!(inner, Page<'_>, on_back, || Event::Setup(Input::Back));
    on!(inner, Page<'_>, on_finish, || Event::Setup(Input::Finish));
}
