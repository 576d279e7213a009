//! The window's words beside the command line's.

use std::collections::BTreeSet;

use wattkey_client::words::{Lang, Text};
use wattkey_desktop::window::words;

/// The payment software's messages, and the window's.
const CLIENT: [&str; 5] = [
    include_str!("../../../client/i18n/en/wattkey.ftl"),
    include_str!("../../../client/i18n/en/customer.ftl"),
    include_str!("../../../client/i18n/en/document.ftl"),
    include_str!("../../../client/i18n/en/treasury.ftl"),
    include_str!("../../../client/i18n/en/usage.ftl"),
];
const WINDOW: [(&str, &str); 2] = [
    (
        include_str!("../../i18n/en.ftl"),
        include_str!("../../i18n/faults.en.ftl"),
    ),
    (
        include_str!("../../i18n/zh.ftl"),
        include_str!("../../i18n/faults.zh.ftl"),
    ),
];

/// Faults of a command line, of what was typed there and of what only it does.
const OF_COMMANDS: [&str; 14] = [
    "rec-config-",
    "rec-file-name",
    "rec-new-pin-differs",
    "rec-no-instruction",
    "rec-no-pin",
    "rec-no-tax-invoice",
    "rec-no-terminal",
    "rec-not-confirmed",
    "rec-pin-unreadable",
    "rec-several-keys",
    "rec-several-tax-invoices",
    "rec-signed-malformed",
    "rec-transfer-not-saved",
    "rec-usage-",
];

/// What the window says beside its own words: what to do, and what forewarns, limits or is to be known before.
const SAID: [&str; 7] = [
    "rec-", "action-", "warning-", "reason-", "caution-", "means-", "problem-",
];
/// The window has words of its own for these.
const NOT_SAID: [&str; 1] = ["caution-disputed-how"];

fn ids(messages: &str) -> BTreeSet<&str> {
    let lines = messages.lines().filter_map(|line| line.split_once(" = "));
    let ids = lines.map(|(id, _)| id);
    ids.filter(|id| !id.starts_with([' ', '#'])).collect()
}

#[test]
fn nobody_is_told_to_run_a_command() {
    let mut said = 0;
    for lang in [Lang::En, Lang::Zh] {
        let text = words(lang);
        for id in CLIENT.iter().flat_map(|messages| ids(messages)) {
            let of_commands = OF_COMMANDS.iter().any(|start| id.starts_with(start));
            let is_said = SAID.iter().any(|start| id.starts_with(start)) && !NOT_SAID.contains(&id);
            if !is_said || of_commands {
                continue;
            }
            said += 1;
            let next = text.get(id);
            for wrong in ["wattkey ", "--", "command", "命令"] {
                assert!(!next.contains(wrong), "{id}: {next}");
            }
        }
    }
    assert!(said > 200, "{said}");
}

#[test]
fn only_what_is_said_beside_them_is_said_otherwise_and_in_both_languages() {
    let [english, chinese] = WINDOW.map(|(_, faults)| ids(faults));
    assert_eq!(english, chinese);
    let client = Text::new(Lang::En);
    for id in &english {
        let known = client.find(id, &[]).is_some();
        let is_said = SAID.iter().any(|start| id.starts_with(start));
        assert!(is_said && known, "{id}");
    }
    for (own, _) in WINDOW {
        for id in ids(own) {
            assert!(client.find(id, &[]).is_none(), "{id} is there already");
        }
    }
}
