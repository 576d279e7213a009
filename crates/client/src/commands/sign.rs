//! What the commands that sign have in common: the lines that are signed, agreeing to them, the PIN
//! once more, and sending.

use wattkey_client::client::Client;
use wattkey_client::journal::Journal;
use wattkey_client::payment::Total;
use wattkey_client::sending::{Kind, Outcome, Recorded};
use wattkey_protocol::api::Me;
use wattkey_protocol::lines::Line;
use wattkey_protocol::signed::{Document, Draft, Signed};

use crate::cli::args::{self, Signing};
use crate::cli::context::{self, Context, runtime};
use crate::cli::fault::{Exit, Fault};
use crate::cli::output::{Output, to_stdout};
use crate::cli::service_fault;
use crate::cli::terminal::Terminal;
use crate::cli::{pin, table};

/// How a person, or a script in his place, agrees to what is signed.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Agreement<'a> {
    pub(crate) expect_total: Option<&'a str>,
    pub(crate) yes: bool,
    pub(crate) pin_fd: Option<u32>,
}

impl<'a> From<&'a args::Agreement> for Agreement<'a> {
    fn from(given: &'a args::Agreement) -> Self {
        Self {
            expect_total: given.expect_total.as_deref(),
            yes: given.yes,
            pin_fd: given.sign_pin_fd,
        }
    }
}

impl From<&Signing> for Agreement<'_> {
    fn from(given: &Signing) -> Self {
        Self {
            expect_total: None,
            yes: given.yes,
            pin_fd: given.sign_pin_fd,
        }
    }
}

/// The lines that are signed, with our words for their labels.
pub(crate) fn rendered(output: &Output, lines: &[Line]) -> String {
    table::pairs(lines.iter().map(|line| output.text().line(line)))
}

/// Shows what will be signed and has it agreed to by its total: by `--expect-total`, and unless
/// `--yes` by typing. What was typed.
pub(crate) fn agree_by_total(
    output: &Output,
    agreement: &Agreement<'_>,
    shown: &str,
    total: Total,
    prompt: &str,
) -> Result<(), Fault> {
    if let Some(expected) = agreement.expect_total {
        total.agrees(expected)?;
    }
    if agreement.yes {
        return show_to_script(output, shown);
    }
    let question = output
        .text()
        .with(prompt, &[("total", total.plain().into())]);
    let typed = ask(shown, &question, &PAYING)?;
    total
        .agrees(&typed)
        .map_err(|_| Fault::new("not-confirmed", Exit::NotConfirmed))
}

/// Shows what will be signed and has it agreed to by a word, unless `--yes`.
pub(crate) fn agree_by_word(
    output: &Output,
    agreement: &Agreement<'_>,
    shown: &str,
) -> Result<(), Fault> {
    if agreement.yes {
        return show_to_script(output, shown);
    }
    let typed = ask(shown, &output.text().get("confirm-word"), &SIGNING)?;
    if typed == output.text().get("yes") || typed == "yes" {
        return Ok(());
    }
    Err(Fault::new("not-confirmed-word", Exit::NotConfirmed))
}

/// What is said when nobody agreed.
struct Unconfirmed {
    no_terminal: &'static str,
    not_confirmed: &'static str,
}

/// By a total.
const PAYING: Unconfirmed = Unconfirmed {
    no_terminal: "no-terminal",
    not_confirmed: "not-confirmed",
};
/// By a word.
const SIGNING: Unconfirmed = Unconfirmed {
    no_terminal: "no-terminal-word",
    not_confirmed: "not-confirmed-word",
};

fn show_to_script(output: &Output, shown: &str) -> Result<(), Fault> {
    if output.json() {
        return Ok(());
    }
    to_stdout(shown.as_bytes())
}

fn ask(shown: &str, question: &str, otherwise: &Unconfirmed) -> Result<String, Fault> {
    let fault = |code| Fault::new(code, Exit::NotConfirmed);
    let mut terminal = Terminal::open().ok_or_else(|| fault(otherwise.no_terminal))?;
    terminal
        .ask(&format!("{shown}{question} "))
        .map_err(|error| fault(otherwise.not_confirmed).cause(&error))
}

/// Asks for the PIN and signs.
pub(crate) fn signed<D: Document>(
    context: &Context<'_>,
    client: &Client,
    pin_fd: Option<u32>,
    draft: Draft<D>,
) -> Result<Signed<D>, Fault> {
    let (module, key) = (&client.config().module, client.key());
    let pin = pin::for_signature(context.output, context.common, pin_fd, module, key)?;
    client
        .sign(draft, pin)
        .map_err(|error| service_fault::order_signer(&error, client))
}

/// What commands without a total do: unlock, build what is to be signed, show it, have it agreed to
/// by a word, sign, keep, send, report.
pub(crate) fn by_word<D: Kind>(
    context: &Context<'_>,
    signing: &Signing,
    build: impl AsyncFnOnce(&mut Client, &Me) -> Result<(String, Draft<D>), Fault>,
    report: impl FnOnce(&Output, &str, Outcome<D::View>) -> Result<(), Fault>,
) -> Result<(), Fault> {
    let agreement = Agreement::from(signing);
    let config = context.config()?;
    // Opened first: what cannot be kept is not signed.
    let journal = context::journal(&config)?;
    let nothing = |fault: Fault| fault.means("means-nothing-signed");
    let mut client = context.unlock(config).map_err(nothing)?;
    runtime()?.block_on(async {
        let result = async {
            let me = client.me().await.map_err(Fault::from).map_err(nothing)?;
            let (shown, draft) = build(&mut client, &me).await.map_err(nothing)?;
            context.warn_of_clock(&client);
            agree_by_word(context.output, &agreement, &shown)?;
            let signed = signed(context, &client, agreement.pin_fd, draft).map_err(nothing)?;
            let about = signed.document().id();
            let outcome = deliver(context, &mut client, &journal, &me, signed).await?;
            report(context.output, &about, outcome)
        };
        let result = result.await;
        context.warn_of_clock(&client);
        result
    })
}

/// Keeps a signed document, sends it, and asks what became of it when the answer was lost.
pub(crate) async fn deliver<D: Kind>(
    context: &Context<'_>,
    client: &mut Client,
    journal: &Journal,
    me: &Me,
    signed: Signed<D>,
) -> Result<Outcome<D::View>, Fault> {
    let id = signed.document().id();
    let mut recorded = Recorded::record(client, journal, signed)?;
    let outcome = recorded.submit(client, journal).await?;
    if !outcome.may_become_known() {
        return Ok(outcome);
    }
    context
        .output
        .say("asking-outcome", &[("order", id.into())]);
    Ok(recorded.resolve_soon(client, journal, me).await?)
}
