use slint::ComponentHandle as _;
use wattkey_desktop_ui::{AppWindow, Chooser as Page};

use super::count;
use crate::model::chooser::Chooser;

/// After the pages: a field takes what it is told when its turn comes.
pub(super) fn show(chooser: &Chooser, ui: &AppWindow) {
    let page = ui.global::<Page<'_>>();
    page.set_missing(chooser.missing);
    page.set_turn(count(usize::try_from(chooser.turn).unwrap_or_default()));
}
