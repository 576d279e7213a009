//! `check`: what a payment needs, looked at one by one.

use std::path::Path;

use serde::Serialize;
use wattkey_client::client::Client;
use wattkey_client::journal::Damage;
use wattkey_client::keys;

use crate::cli::context::{self, Context, runtime, service_ca};
use crate::cli::fault::Fault;
use crate::cli::show;

#[derive(Serialize)]
struct Document {
    checks: Vec<Check>,
}

#[derive(Serialize)]
struct Check {
    /// `config`, `journal`, `module`, `key`, `pin`, `server` or `clock`.
    check: &'static str,
    ok: bool,
    detail: String,
}

/// Runs the checks in their order; the first that fails ends them, and is the fault.
pub(crate) fn run(context: &Context<'_>) -> Result<(), Fault> {
    let mut document = Document { checks: Vec::new() };
    let result = checks(context, &mut |check, detail| {
        if !context.output.json() {
            let line = context.output.text().with(
                "check-good",
                &[
                    (
                        "check",
                        context
                            .output
                            .text()
                            .get(&format!("why-check-{check}"))
                            .into(),
                    ),
                    ("detail", detail.as_str().into()),
                ],
            );
            crate::cli::output::to_stdout((show::safe(&line) + "\n").as_bytes())?;
        }
        document.checks.push(Check {
            check,
            ok: true,
            detail,
        });
        Ok(())
    });
    if let Err((check, fault)) = &result {
        let (message, _) = fault.words(context.output.text());
        document.checks.push(Check {
            check,
            ok: false,
            detail: message,
        });
    }
    context.output.result(&document, String::new)?;
    result.map_err(|(_, fault)| fault)
}

type Failed = (&'static str, Fault);

fn checks(
    context: &Context<'_>,
    good: &mut dyn FnMut(&'static str, String) -> Result<(), Fault>,
) -> Result<(), Failed> {
    let config = context.config().map_err(|fault| ("config", fault))?;
    good("config", show::path(&config.file)).map_err(|fault| ("config", fault))?;

    let in_journal = |fault| ("journal", fault);
    let journal = context::journal(&config).map_err(in_journal)?;
    let listing = journal.unresolved();
    let listing = listing.map_err(|error| in_journal(error.into()))?;
    let damaged = listing.damaged.iter();
    let damaged = damaged.map(|(file, damage)| damaged_file(context, file, *damage));
    let detail: Vec<String> = std::iter::once(show::path(journal.folder()))
        .chain(damaged)
        .collect();
    good("journal", detail.join("; ")).map_err(in_journal)?;

    let in_module = |fault| ("module", fault);
    let module = keys::module(&config.module).map_err(|error| in_module(error.into()))?;
    keys::plugged_in(&module).map_err(|error| in_module(error.into()))?;
    good("module", show::path(&config.module)).map_err(in_module)?;

    let in_key = |fault| ("key", fault);
    let key = context.key(&config, &module).map_err(in_key)?;
    good("key", keys::KeyName::of(&key).to_string()).map_err(in_key)?;

    let in_pin = |fault| ("pin", fault);
    let service_ca = service_ca(&config).map_err(in_pin)?;
    let mut client = context
        .unlock_key(config, service_ca, &module, key)
        .map_err(in_pin)?;
    good("pin", context.output.text().get("check-pin-right")).map_err(in_pin)?;

    let in_server = |fault| ("server", fault);
    let reached = runtime().map_err(in_server)?.block_on(server(&mut client));
    let reached = reached.map_err(in_server)?;
    good("server", reached.server).map_err(in_server)?;
    good("clock", reached.clock).map_err(|fault| ("clock", fault))?;
    context.warn_of_clock(&client);
    Ok(())
}

/// A file of the journal that payments leave alone.
fn damaged_file(context: &Context<'_>, file: &Path, damage: Damage) -> String {
    let text = context.output.text();
    let why = text.get(&format!("damage-{}", damage.code()));
    let name = file.file_name().unwrap_or(file.as_os_str());
    let name = name.to_string_lossy().into_owned();
    text.with(
        "check-damaged",
        &[("file", name.into()), ("why", why.into())],
    )
}

struct Reached {
    server: String,
    clock: String,
}

/// A whole request, so that the platform behind is reached too.
async fn server(client: &mut Client) -> Result<Reached, Fault> {
    let link = client.connect().await?;
    let server = format!("{}, {}", link.instance(), link.group().name());
    let clock = format!("{:+} s", link.offset().as_secs());
    let me = client.me().await?;
    Ok(Reached {
        server: format!("{server}, {}", me.user.name),
        clock,
    })
}
