//! The words of the command line, and what is said of one that is not understood.

use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{Args as _, CommandFactory as _};

use super::{Args, Common, Misuse};
use crate::cli::text::Text;

pub(super) fn misuse(error: &clap::Error) -> Misuse {
    let word = |kind| match error.get(kind) {
        Some(ContextValue::String(word)) => word.clone(),
        Some(ContextValue::Strings(words)) => words.join(" "),
        _ => String::new(),
    };
    let (code, word) = match error.kind() {
        ErrorKind::UnknownArgument => ("usage-unknown", word(ContextKind::InvalidArg)),
        ErrorKind::InvalidSubcommand => ("usage-command", word(ContextKind::InvalidSubcommand)),
        ErrorKind::MissingSubcommand | ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => {
            ("usage-no-command", String::new())
        }
        ErrorKind::MissingRequiredArgument => ("usage-missing", word(ContextKind::InvalidArg)),
        ErrorKind::InvalidValue | ErrorKind::ValueValidation => {
            let word = word(ContextKind::InvalidArg);
            let is_day = word.ends_with("<DATE>");
            (if is_day { "usage-day" } else { "usage-value" }, word)
        }
        ErrorKind::ArgumentConflict => ("usage-conflict", word(ContextKind::InvalidArg)),
        _ => ("usage-other", word(ContextKind::InvalidArg)),
    };
    Misuse { code, word }
}

/// The command with its words in the user's language.
pub(crate) fn command(text: &Text) -> clap::Command {
    translated(Args::command(), "help", text)
}

/// Words of `command` are the messages `ID` (about) and `ID-argument` (else `help-order-argument`),
/// those of a subcommand `ID-name`.
fn translated(command: clap::Command, id: &str, text: &Text) -> clap::Command {
    let common: Vec<_> = Common::augment_args(clap::Command::new(""))
        .get_arguments()
        .map(|argument| argument.get_id().to_string())
        .collect();
    let template = format!(
        "{{about}}\n\n{} {{usage}}\n\n{{all-args}}{{after-help}}",
        text.get("help-heading-usage")
    );
    let command = match text.find(&format!("{id}-more"), &[]) {
        Some(more) => command.after_help(more),
        None => command,
    };
    let command = command
        .about(text.get(id))
        .help_template(template)
        .subcommand_help_heading(text.get("help-heading-commands"))
        .mut_args(|argument| {
            let name = argument.get_id().to_string();
            let shared = common.contains(&name);
            let own = format!("{id}-{name}").replace('_', "-");
            let help = if shared {
                format!("help-common-{name}")
            } else if text.find(&own, &[]).is_some() {
                own
            } else {
                // What several commands have, with the same words.
                format!("help-order-{name}")
            };
            let heading = match (argument.is_positional(), shared) {
                (true, _) => "help-heading-arguments",
                (false, true) => "help-heading-common",
                (false, false) => "help-heading-options",
            };
            let takes_value = argument.get_action().takes_values();
            let argument = argument
                .help(text.get(&help.replace('_', "-")))
                .help_heading(text.get(heading));
            if takes_value {
                argument.hide_possible_values(true)
            } else {
                argument
            }
        });
    command.mut_subcommands(|sub| {
        let id = format!("{id}-{}", sub.get_name());
        translated(sub, &id, text)
    })
}
