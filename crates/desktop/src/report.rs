//! What support asks for: the program, the system, the state of key and service, names of faults.
//! Counts and codes only. Whose bills, accounts and keys they are is not in it, nor any PIN.

use std::path::Path;

use wattkey_client::fault::Fault;

use crate::model::{Open, State};

/// The report, as text in English for whoever reads it.
#[must_use]
pub fn report(state: &State) -> String {
    let mut lines = vec![
        format!("Wattkey window {}", env!("CARGO_PKG_VERSION")),
        format!(
            "system: {} {}",
            std::env::consts::OS,
            std::env::consts::ARCH
        ),
        format!(
            "language: {}; theme: {:?}; text: {} %",
            match state.settings.language {
                None => "system",
                Some(crate::settings::Language::En) => "en",
                Some(crate::settings::Language::Zh) => "zh",
            },
            state.settings.theme,
            state.settings.text_percent
        ),
    ];
    if let Some(service) = &state.service {
        lines.push(format!(
            "service: {} at {}",
            service.audience, service.server
        ));
        lines.push(format!("configuration: {}", without_home(&service.file)));
        lines.push(format!("module: {}", without_home(&service.module)));
    }
    lines.extend(keys(state));
    match &state.tested {
        None => {}
        Some(Ok(found)) => lines.push(format!("connection test: {found}")),
        Some(Err(fault)) => lines.push(format!("connection test: {}", fault.code)),
    }
    match &state.open {
        None => lines.push("session: locked".into()),
        Some(open) => lines.extend(session(open)),
    }
    lines.join("\n")
}

/// How the keys stand that are plugged in; not whose they are.
fn keys(state: &State) -> Vec<String> {
    let keys = state.unlock.keys.as_deref().unwrap_or_default();
    let mut lines = vec![format!("USB keys plugged in: {}", keys.len())];
    for key in keys {
        let usable = match &key.fault {
            None => "usable",
            Some(_) => "not usable",
        };
        let valid = key.valid_until.map_or_else(
            || "without certificates".into(),
            |until| format!("valid until {until}"),
        );
        lines.push(format!(
            "USB key: {usable}; PIN {}; on a pad: {}; {valid}",
            key.pin.name(),
            key.pin.protected_path
        ));
    }
    lines
}

fn session(open: &Open) -> Vec<String> {
    let count = |known: Option<usize>| known.map_or_else(|| "not there".into(), |n| n.to_string());
    let mut lines = vec![
        format!("session: open; page: {:?}", open.page),
        match open.clock_off {
            None => "clock: fine".into(),
            Some(seconds) => format!("clock: off by {seconds} s"),
        },
        format!(
            "bills: {}; payments: {}; of unknown outcome: {}; awaiting a decision: {}; changes: {}",
            count(open.bills.all.as_ref().map(Vec::len)),
            count(open.history.all.as_ref().map(Vec::len)),
            open.history.unresolved.len(),
            count(open.approvals.as_ref().map(Vec::len)),
            count(open.personal.changes.as_ref().map(Vec::len)),
        ),
    ];
    let faults = [
        ("overview", &open.overview.fault),
        ("bills", &open.bills.fault),
        ("pay", &open.pay.fault),
        ("payments", &open.history.fault),
        ("personal", &open.personal.fault),
        ("order file", &open.order_file.fault),
        ("page", &open.fault),
    ];
    let told = faults
        .iter()
        .filter_map(|(place, fault)| fault.as_ref().map(|fault: &Fault| (place, fault.code)));
    lines.extend(told.map(|(place, code)| format!("fault: {place}: {code}")));
    lines
}

/// The folder of a user has the user's name.
fn without_home(path: &Path) -> String {
    let home = std::env::home_dir();
    let inside = home
        .as_deref()
        .and_then(|home| path.strip_prefix(home).ok());
    match inside {
        Some(inside) => Path::new("~").join(inside).display().to_string(),
        None => path.display().to_string(),
    }
}
