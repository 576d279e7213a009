//! Files that are chosen.

use std::rc::Rc;

use slint::ComponentHandle as _;
use wattkey_desktop_ui::{Chooser, FileFor};

use super::Inner;
use crate::model::Event;
use crate::model::chooser::For;

pub(super) fn connect(inner: &Rc<Inner>) {
    on!(inner, Chooser<'_>, on_choose, |what| Event::Choose(wanted(
        what
    )));
}

fn wanted(what: FileFor) -> For {
    match what {
        FileFor::Orders => For::OrderFile,
        FileFor::Receipt => For::Receipt,
        FileFor::Configuration => For::Configuration,
        FileFor::Module => For::Module,
        FileFor::ServiceCa => For::ServiceCa,
        FileFor::IssuingCa => For::IssuingCa,
    }
}
