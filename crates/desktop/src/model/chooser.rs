//! Files that are chosen instead of written.

use super::{Effect, State, history, order_file, setup};

/// What a file is chosen for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum For {
    /// Orders.
    OrderFile,
    /// A receipt that is checked.
    Receipt,
    /// A configuration from the power company.
    Configuration,
    /// The USB key's module.
    Module,
    /// The certificate of the service's CA.
    ServiceCa,
    /// The certificate of the issuing CA.
    IssuingCa,
}

impl For {
    /// How names of such files end, without the point; none is anyhow.
    #[must_use]
    pub fn endings(self) -> &'static [&'static str] {
        match self {
            For::OrderFile => &order_file::ENDINGS,
            For::Receipt => &["json", "pdf"],
            For::Configuration => &["toml"],
            For::Module => &[],
            For::ServiceCa | For::IssuingCa => &["pem", "crt", "cer"],
        }
    }
}

/// What the system's file chooser brought.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Picked {
    /// This file.
    File(String),
    /// Nothing: it was closed.
    Nothing,
    /// The system has none.
    NoChooser,
}

/// What is known of the system's file chooser.
#[derive(Debug, Default)]
pub struct Chooser {
    /// The system was asked, and has none.
    pub missing: bool,
    /// Goes up with each file that was chosen.
    pub turn: u32,
}

impl State {
    /// What is written where the file is wanted; none where it is not wanted now.
    fn written(&self, what: For) -> Option<String> {
        let path = wattkey_client::show::path;
        Some(match (what, &self.open, &self.setup) {
            (For::OrderFile, Some(open), _) => open.order_file.path.clone(),
            (For::Receipt, Some(open), _) => open.history.file.clone(),
            (For::Configuration, _, Some(setup)) => setup.from.clone(),
            (For::Module, _, Some(setup)) => path(&setup.draft.module),
            (For::ServiceCa, _, Some(setup)) => path(&setup.draft.service_ca),
            (For::IssuingCa, _, Some(setup)) => path(&setup.draft.issuing_ca),
            _ => return None,
        })
    }

    pub(super) fn choose(&self, what: For) -> Vec<Effect> {
        let written = self.written(what);
        let choose = written.map(|written| Effect::Choose(what, written));
        choose.into_iter().collect()
    }

    /// A file that was chosen stands where it would have been written, and is read at once where
    /// nothing else has to be said.
    pub(super) fn picked(&mut self, what: For, picked: Picked) -> Vec<Effect> {
        self.chooser.missing = picked == Picked::NoChooser;
        let Picked::File(file) = picked else {
            return Vec::new();
        };
        self.chooser.turn = self.chooser.turn.wrapping_add(1);
        match (what, &mut self.open, &mut self.setup) {
            (For::OrderFile, Some(open), _) => {
                open.order_file.update(order_file::Input::Picked(file))
            }
            (For::Receipt, Some(open), _) => {
                let _ = open.history.update(history::Input::File(file));
                open.history.update(history::Input::Verify)
            }
            (For::Configuration, _, Some(setup)) => setup.picked(setup::Input::From(file)),
            (For::Module, _, Some(setup)) => setup.picked(setup::Input::Module(file)),
            (For::ServiceCa, _, Some(setup)) => setup.picked(setup::Input::Write(2, file)),
            (For::IssuingCa, _, Some(setup)) => setup.picked(setup::Input::Write(3, file)),
            _ => Vec::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use super::super::{Event, setup::Setup, update};
    use super::*;

    fn first_start() -> State {
        let mut state = State::new(crate::settings::Settings::default(), Instant::now());
        let setup = Setup::new("/srv/li/.config/wattkey/config.toml".into(), None);
        let _ = update(&mut state, Event::FirstStart(Box::new(setup)));
        let _ = update(&mut state, Event::Setup(setup::Input::Modules(Vec::new())));
        state
    }

    fn draft(state: &State) -> [String; 4] {
        let setup = state.setup.as_ref().unwrap();
        let path = wattkey_client::show::path;
        [
            setup.from.clone(),
            path(&setup.draft.module),
            path(&setup.draft.service_ca),
            path(&setup.draft.issuing_ca),
        ]
    }

    #[test]
    fn at_the_first_start_each_file_goes_into_its_own_field() {
        let mut state = first_start();
        let all = [
            For::Configuration,
            For::Module,
            For::ServiceCa,
            For::IssuingCa,
        ];
        for (place, what) in all.into_iter().enumerate() {
            let mut wanted = draft(&state);
            let effects = update(&mut state, Event::Choose(what));
            assert!(
                matches!(effects.as_slice(), [Effect::Choose(asked, _)] if *asked == what),
                "{effects:?}"
            );
            let version = state.setup.as_ref().unwrap().version;
            wanted[place] = format!("/media/usb/{place}");
            let picked = Picked::File(wanted[place].clone());
            let _ = update(&mut state, Event::Picked(what, picked));
            assert_eq!(draft(&state), wanted);
            assert_ne!(state.setup.as_ref().unwrap().version, version, "{what:?}");
        }
    }

    #[test]
    fn nothing_chosen_changes_nothing_and_a_missing_chooser_is_remembered_until_there_is_one() {
        let mut state = first_start();
        let before = draft(&state);
        let mut came = |picked| {
            let _ = update(&mut state, Event::Picked(For::Module, picked));
            (state.chooser.missing, state.chooser.turn)
        };
        assert_eq!(came(Picked::Nothing), (false, 0));
        assert_eq!(came(Picked::NoChooser), (true, 0));
        assert_eq!(came(Picked::Nothing), (false, 0));
        assert_eq!(draft(&state), before);
    }

    #[test]
    fn nobody_is_asked_for_files_of_a_page_that_is_not_there() {
        let mut state = first_start();
        for what in [For::OrderFile, For::Receipt] {
            assert!(update(&mut state, Event::Choose(what)).is_empty());
            let file = Picked::File("/a.csv".into());
            assert!(update(&mut state, Event::Picked(what, file)).is_empty());
        }
    }
}
