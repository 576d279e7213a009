//! The portal, as a program asks it: a call that makes a request, and a signal that answers it.

use std::collections::HashMap;
use std::ffi::OsString;
use std::os::unix::ffi::{OsStrExt as _, OsStringExt as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use futures_util::StreamExt as _;
use percent_encoding::percent_decode_str;
use zbus::fdo::DBusProxy;
use zbus::message::Type;
use zbus::names::OwnedUniqueName;
use zbus::zvariant::{OwnedObjectPath, OwnedValue, Value};
use zbus::{Connection, MatchRule, Message, MessageStream};

use super::{Asked, Chosen};

const NAME: &str = "org.freedesktop.portal.Desktop";
const PATH: &str = "/org/freedesktop/portal/desktop";
const CHOOSER: &str = "org.freedesktop.portal.FileChooser";
const REQUEST: &str = "org.freedesktop.portal.Request";
/// Above the chooser. The system's own words are on its buttons, in the system's language.
const TITLE: &str = "Wattkey";
/// How long the portal may take to take the request; it may have to be started.
const START: Duration = Duration::from_secs(15);

/// The answer of a request (`org.freedesktop.portal.Request::Response`).
const CHOSEN: u32 = 0;
const CANCELLED: u32 = 1;

type Options<'a> = HashMap<&'static str, Value<'a>>;

/// A chooser that is shown.
struct Shown {
    bus: Connection,
    answers: MessageStream,
    gone: zbus::fdo::NameOwnerChangedStream,
}

pub(super) async fn choose(asked: &Asked) -> Chosen {
    match tokio::time::timeout(START, Connection::session()).await {
        Ok(Ok(bus)) => choose_over(bus, asked, START).await,
        _ => Chosen::NoChooser,
    }
}

/// Over this bus; the portal has so much time to take the request.
async fn choose_over(bus: Connection, asked: &Asked, start: Duration) -> Chosen {
    match tokio::time::timeout(start, show(bus, asked)).await {
        Ok(Ok(shown)) => shown.answer().await,
        _ => Chosen::NoChooser,
    }
}

async fn show(bus: Connection, asked: &Asked) -> zbus::Result<Shown> {
    let portal = portal(&bus).await?;
    let token = format!("wattkey_{}", uuid::Uuid::new_v4().simple());
    let request = request(&bus, &token);
    let answers = answers(&bus, &portal, &request).await?;
    let gone = DBusProxy::new(&bus)
        .await?
        .receive_name_owner_changed_with_args(&[(0, portal.as_str())])
        .await?;
    let (method, options) = options(asked, &token);
    let body = ("", TITLE, options);
    let reply = bus
        .call_method(Some(NAME), PATH, Some(CHOOSER), method, &body)
        .await?;
    let made: OwnedObjectPath = reply.body().deserialize()?;
    match made.as_str() == request {
        true => Ok(Shown { bus, answers, gone }),
        // A portal from before 2017 (0.9) answers where nobody listens.
        false => Err(zbus::Error::Unsupported),
    }
}

/// The portal's own name on the bus; it is started when it is not there. Nobody else's answer counts.
async fn portal(bus: &Connection) -> zbus::Result<OwnedUniqueName> {
    let version = bus
        .call_method(
            Some(NAME),
            PATH,
            Some("org.freedesktop.DBus.Properties"),
            "Get",
            &(CHOOSER, "version"),
        )
        .await?;
    let sender = version.header().sender().map(ToOwned::to_owned);
    Ok(sender.ok_or(zbus::Error::MissingField)?.into())
}

/// Where a request with this token answers.
fn request(bus: &Connection, token: &str) -> String {
    let name = bus.unique_name().map(|name| name.as_str());
    let name = name.unwrap_or_default();
    let sender = name.trim_start_matches(':').replace('.', "_");
    format!("{PATH}/request/{sender}/{token}")
}

async fn answers(
    bus: &Connection,
    portal: &OwnedUniqueName,
    request: &str,
) -> zbus::Result<MessageStream> {
    let rule = MatchRule::builder()
        .msg_type(Type::Signal)
        .sender(portal.as_str())?
        .path(request)?
        .interface(REQUEST)?
        .member("Response")?
        .build();
    MessageStream::for_match_rule(rule, bus, None).await
}

fn options<'a>(asked: &'a Asked, token: &'a str) -> (&'static str, Options<'a>) {
    let mut options = Options::from([
        ("handle_token", Value::from(token)),
        ("modal", Value::from(true)),
        ("current_folder", Value::from(with_end(&asked.folder))),
    ]);
    if !asked.endings.is_empty() {
        let globs: Vec<(u32, String)> = asked.endings.iter().map(|end| (0, glob(end))).collect();
        let mut filters = vec![(name(&asked.endings), globs)];
        if asked.save_as.is_none() {
            filters.push(("*".to_owned(), vec![(0, "*".to_owned())]));
        }
        options.insert("filters", Value::from(filters));
    }
    let method = match &asked.save_as {
        Some(name) => {
            options.insert("current_name", Value::from(name.as_str()));
            "SaveFile"
        }
        None => "OpenFile",
    };
    (method, options)
}

/// A path ends with a zero byte on its way to the portal.
fn with_end(folder: &Path) -> Vec<u8> {
    let mut bytes = folder.as_os_str().as_bytes().to_vec();
    bytes.push(0);
    bytes
}

fn name(endings: &[String]) -> String {
    let names: Vec<String> = endings.iter().map(|end| format!("*.{end}")).collect();
    names.join(", ")
}

/// In small and capital letters.
fn glob(ending: &str) -> String {
    let letters = ending.chars().map(|letter| {
        let (small, capital) = (letter.to_ascii_lowercase(), letter.to_ascii_uppercase());
        match small == capital {
            true => letter.to_string(),
            false => format!("[{small}{capital}]"),
        }
    });
    format!("*.{}", letters.collect::<String>())
}

impl Shown {
    async fn answer(mut self) -> Chosen {
        let chosen = tokio::select! {
            answer = self.answers.next() => match answer {
                Some(Ok(answer)) => read(&answer).unwrap_or(Chosen::NoChooser),
                _ => Chosen::NoChooser,
            },
            // A portal that ends takes its chooser away.
            _ = self.gone.next() => Chosen::Nothing,
        };
        drop(self.bus);
        chosen
    }
}

fn read(answer: &Message) -> Option<Chosen> {
    let body = answer.body();
    let (code, mut results): (u32, HashMap<String, OwnedValue>) = body.deserialize().ok()?;
    match code {
        CHOSEN => {
            let uris: Vec<String> = results.remove("uris")?.try_into().ok()?;
            uris.first().and_then(|uri| path(uri)).map(Chosen::File)
        }
        CANCELLED => Some(Chosen::Nothing),
        // It ended otherwise: a desktop without a chooser says so.
        _ => None,
    }
}

/// The file that a URI names (RFC 8089 §2).
fn path(uri: &str) -> Option<PathBuf> {
    let rest = uri.strip_prefix("file://")?;
    let path = rest.strip_prefix("localhost").unwrap_or(rest);
    let bytes: Vec<u8> = percent_decode_str(path).collect();
    let fits = bytes.starts_with(b"/") && !bytes.contains(&0);
    fits.then(|| PathBuf::from(OsString::from_vec(bytes)))
}

#[cfg(test)]
mod tests;
