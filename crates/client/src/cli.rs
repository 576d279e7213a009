//! What all commands share: arguments, words, output, PIN entry.

pub(crate) mod args;
pub(crate) mod context;
pub(crate) mod output;
pub(crate) mod pin;
pub(crate) mod terminal;

pub(crate) use wattkey_client::fault::{self, service as service_fault, token as token_fault};
pub(crate) use wattkey_client::{show, table, words as text};

use std::process::ExitCode;

use args::Parsed;
use fault::{Exit, Fault};
use output::{Format, Output};
use text::{Lang, Text};

/// Runs the program.
pub(crate) fn run() -> ExitCode {
    let hardened = wattkey_token::harden_process();
    let arguments: Vec<_> = std::env::args_os().collect();
    let words: Vec<String> = arguments
        .iter()
        .skip(1)
        .map(|word| word.to_string_lossy().into_owned())
        .collect();
    let lang = Lang::choose(
        &words,
        |name| std::env::var(name).ok(),
        sys_locale::get_locale,
    );
    let text = Text::new(lang);
    // Before clap has read it, so that misuse is said in the shape that was asked for.
    let json = words
        .iter()
        .take_while(|word| *word != "--")
        .any(|word| word == "--json");
    let parsed = args::parse(&text, arguments);
    let format = match &parsed {
        _ if json => Format::Json,
        Parsed::Run(args) if args.common.csv => Format::Csv,
        _ => Format::Human,
    };
    let output = Output::new(text, format);
    let result = match (hardened, parsed) {
        (Err(error), _) => Err(Fault::new("harden", Exit::Fault).cause(&error)),
        (Ok(()), Parsed::Run(args)) => {
            pin::check_descriptors(&args).and_then(|()| crate::commands::run(&args, &output))
        }
        (Ok(()), Parsed::Print(help)) => output::to_stdout(help.as_bytes()),
        (Ok(()), Parsed::Wrong(misuse)) => Err(misuse.into()),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(fault) => {
            output.fault(&fault);
            fault.exit.into()
        }
    }
}
