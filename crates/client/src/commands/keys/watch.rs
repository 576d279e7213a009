//! `keys --watch`: one line for each key that is there, then one for each that comes or goes.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use serde::Serialize;
use tokio::sync::mpsc;
use tokio::time::Instant;
use wattkey_client::keys;
use wattkey_pki::TrustAnchor;
use wattkey_token::{Event, Events, Module, TokenError};
use wattkey_transport::clock;

use super::Described;
use crate::cli::context::{Context, runtime};
use crate::cli::fault::{Exit, Fault};
use crate::cli::show;
use crate::cli::token_fault::{self, When};

/// How long one wait for an event lasts.
const WAIT: Duration = Duration::from_millis(250);
/// Pause after a failure of the module, which is started anew meanwhile.
const PAUSE: Duration = Duration::from_millis(500);
/// So many failures in a row, and the watch ends with the last of them.
const MAX_FAILURES: u32 = 10;
/// Events that wait to be said.
const QUEUE: usize = 64;

#[derive(Serialize)]
struct Line {
    at: Timestamp,
    /// `present`, `plugged-in`, `pulled-out` or `module-restarted`.
    event: &'static str,
    /// The key, as in `keys`; of one that was pulled out its serial number and reader.
    #[serde(skip_serializing_if = "Option::is_none")]
    key: Option<Key>,
}

#[derive(Serialize)]
#[serde(untagged)]
enum Key {
    Present(Box<Described>),
    Gone { serial: String, reader: String },
}

pub(super) fn run(
    context: &Context<'_>,
    module: &Arc<Module>,
    issuing_ca: &TrustAnchor,
    seconds: Option<u32>,
) -> Result<(), Fault> {
    // Before the keys are listed: what comes or goes meanwhile is an event.
    let failed = |error: TokenError| token_fault::of(&error, When::Reading);
    let events = Module::events(module).map_err(failed)?;
    let watch = Watch {
        context,
        module,
        issuing_ca,
    };
    runtime()?.block_on(async {
        let (heard, mut next) = mpsc::channel(QUEUE);
        std::thread::spawn(move || listen(events, &heard));
        let end = seconds.map(|seconds| Instant::now() + Duration::from_secs(seconds.into()));
        let over = async {
            match end {
                Some(end) => tokio::time::sleep_until(end).await,
                None => std::future::pending().await,
            }
        };
        tokio::pin!(over);
        for key in keys::plugged_in(module)? {
            let key = Described::from(keys::summary(&key, issuing_ca, clock::now()));
            if !watch.tell("present", Some(Key::Present(Box::new(key))))? {
                return Ok(());
            }
        }
        loop {
            tokio::select! {
                () = &mut over => return Ok(()),
                _ = tokio::signal::ctrl_c() => return Ok(()),
                heard = next.recv() => match heard {
                    Some(Ok(event)) => if !watch.told(event)? { return Ok(()) },
                    Some(Err(error)) => return Err(failed(error)),
                    None => return Ok(()),
                },
            }
        }
    })
}

/// Passes events on; failures only when they do not end.
fn listen(mut events: Events, heard: &mpsc::Sender<Result<Event, TokenError>>) {
    let mut failures = 0;
    while !heard.is_closed() {
        let passed_on = match events.next(WAIT) {
            Ok(None) => {
                failures = 0;
                continue;
            }
            Ok(Some(event)) => {
                failures = 0;
                heard.blocking_send(Ok(event))
            }
            Err(error) if failures == MAX_FAILURES => {
                let _ = heard.blocking_send(Err(error));
                return;
            }
            Err(_) => {
                failures += 1;
                std::thread::sleep(PAUSE);
                continue;
            }
        };
        if passed_on.is_err() {
            return;
        }
    }
}

struct Watch<'a> {
    context: &'a Context<'a>,
    module: &'a Arc<Module>,
    issuing_ca: &'a TrustAnchor,
}

impl Watch<'_> {
    /// Whether somebody still reads.
    fn told(&self, event: Event) -> Result<bool, Fault> {
        match event {
            Event::PluggedIn(info) => {
                let found = keys::plugged_in(self.module).unwrap_or_default();
                let found = found.iter().find(|key| key.info().serial == info.serial);
                let key = match found {
                    Some(key) => Described::from(keys::summary(key, self.issuing_ca, clock::now())),
                    None => Described::of(info),
                };
                self.tell("plugged-in", Some(Key::Present(Box::new(key))))
            }
            Event::PulledOut { serial, reader } => {
                self.tell("pulled-out", Some(Key::Gone { serial, reader }))
            }
            Event::ModuleRestarted => self.tell("module-restarted", None),
            _ => Ok(true),
        }
    }

    /// Whether somebody still reads.
    fn tell(&self, event: &'static str, key: Option<Key>) -> Result<bool, Fault> {
        let line = Line {
            at: clock::now(),
            event,
            key,
        };
        let said = self
            .context
            .output
            .line_of_many(&line, || self.words(&line));
        match said {
            Ok(()) => Ok(true),
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(false),
            Err(error) => Err(Fault::new("output", Exit::Fault).cause(&error)),
        }
    }

    fn words(&self, line: &Line) -> String {
        let text = self.context.output.text();
        let key = match &line.key {
            Some(Key::Present(key)) => key.line(text),
            Some(Key::Gone { serial, reader }) => text.with(
                "key-line-gone",
                &[
                    ("serial", serial.as_str().into()),
                    ("reader", reader.as_str().into()),
                ],
            ),
            None => String::new(),
        };
        let event = text.get(&format!("event-{}", line.event));
        format!("{}  {event}  {key}", show::time(line.at))
            .trim_end()
            .to_owned()
    }
}
