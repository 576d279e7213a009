//! The words that people read, in English and Chinese (Fluent, embedded).

pub mod order;
pub mod warning;

use std::str::FromStr;

use fluent_bundle::{FluentArgs, FluentBundle, FluentResource};
use unic_langid::LanguageIdentifier;

/// What fills a placeholder of a message.
pub use fluent_bundle::FluentValue as Arg;
use wattkey_document::Language;
use wattkey_domain::tariff::{Assumption, Cause};
use wattkey_protocol::lines::{Line, Value};

use crate::payment::Caution;
use crate::show;

/// The files of one language, by subject.
macro_rules! words {
    ($lang:literal, $language:expr) => {
        [
            include_str!(concat!("../i18n/", $lang, "/wattkey.ftl")),
            include_str!(concat!("../i18n/", $lang, "/treasury.ftl")),
            include_str!(concat!("../i18n/", $lang, "/customer.ftl")),
            include_str!(concat!("../i18n/", $lang, "/usage.ftl")),
            include_str!(concat!("../i18n/", $lang, "/document.ftl")),
            wattkey_document::reckoning($language),
        ]
    };
}

const ENGLISH: [&str; 6] = words!("en", Language::En);
const CHINESE: [&str; 6] = words!("zh", Language::Zh);

/// A language that the program speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lang {
    /// English.
    En,
    /// Simplified Chinese.
    Zh,
}

impl FromStr for Lang {
    type Err = String;

    fn from_str(text: &str) -> Result<Lang, String> {
        match text {
            "en" => Ok(Lang::En),
            "zh" => Ok(Lang::Zh),
            _ => Err("en or zh is expected".into()),
        }
    }
}

impl Lang {
    /// The language to speak: `--lang`, then `LC_ALL`, `LC_MESSAGES`, `LANG`, then the system's.
    ///
    /// It looks for `--lang` itself, since help and misuse are said in it too.
    #[must_use]
    pub fn choose(
        arguments: &[String],
        variable: impl Fn(&str) -> Option<String>,
        system: impl FnOnce() -> Option<String>,
    ) -> Lang {
        if let Some(lang) = asked_for(arguments) {
            return lang;
        }
        let set = ["LC_ALL", "LC_MESSAGES", "LANG"]
            .into_iter()
            .find_map(|name| variable(name).filter(|value| !value.is_empty()));
        match set.or_else(system) {
            Some(locale) if locale.starts_with("zh") => Lang::Zh,
            _ => Lang::En,
        }
    }
}

fn asked_for(arguments: &[String]) -> Option<Lang> {
    let mut arguments = arguments.iter().take_while(|argument| *argument != "--");
    while let Some(argument) = arguments.next() {
        if argument == "--lang" {
            return arguments.next()?.parse().ok();
        }
        if let Some(value) = argument.strip_prefix("--lang=") {
            return value.parse().ok();
        }
    }
    None
}

/// The messages of one language.
pub struct Text {
    lang: Lang,
    bundle: FluentBundle<FluentResource>,
}

impl Text {
    /// Those of the payment software.
    #[must_use]
    pub fn new(lang: Lang) -> Text {
        Text::with_more(lang, &[])
    }

    /// Those and more of the same language; a further message takes the place of one with its id.
    ///
    /// # Panics
    /// When the further messages are not well formed.
    #[must_use]
    pub fn with_more(lang: Lang, more: &[&str]) -> Text {
        let (sources, id) = match lang {
            Lang::En => (ENGLISH, "en"),
            Lang::Zh => (CHINESE, "zh"),
        };
        let id: LanguageIdentifier = id.parse().expect("en and zh are language identifiers");
        let mut bundle = FluentBundle::new(vec![id]);
        bundle.set_use_isolating(false);
        let messages = |source: &str| {
            FluentResource::try_new(source.to_owned())
                .map_err(|(_, errors)| errors)
                .expect("the embedded messages are well formed, a test proves it")
        };
        for source in sources {
            bundle
                .add_resource(messages(source))
                .expect("a message is there once, a test proves it");
        }
        for source in more {
            bundle.add_resource_overriding(messages(source));
        }
        Text { lang, bundle }
    }

    /// Which language it is.
    #[must_use]
    pub fn lang(&self) -> Lang {
        self.lang
    }

    /// What stands between two sentences.
    #[must_use]
    pub fn between_sentences(&self) -> &'static str {
        match self.lang {
            Lang::En => " ",
            Lang::Zh => "",
        }
    }

    /// As another sentence follows it: what ends with the words of a system has no stop.
    #[must_use]
    pub fn sentence(&self, mut said: String) -> String {
        if !said.ends_with(['.', '!', '?', '…', '。', '！', '？']) {
            said.push_str(match self.lang {
                Lang::En => ".",
                Lang::Zh => "。",
            });
        }
        said
    }

    /// A message without placeholders.
    #[must_use]
    pub fn get(&self, id: &str) -> String {
        self.with(id, &[])
    }

    /// A message with its placeholders filled. An id without message is shown as itself.
    #[must_use]
    pub fn with(&self, id: &str, values: &[(&str, Arg<'_>)]) -> String {
        self.find(id, values).unwrap_or_else(|| id.to_owned())
    }

    /// A message, if there is one of this id.
    #[must_use]
    pub fn find(&self, id: &str, values: &[(&str, Arg<'_>)]) -> Option<String> {
        let pattern = self.bundle.get_message(id)?.value()?;
        let arguments: FluentArgs<'_> = values.iter().cloned().collect();
        let mut errors = Vec::new();
        Some(
            self.bundle
                .format_pattern(pattern, Some(&arguments), &mut errors)
                .into_owned(),
        )
    }

    /// A line that is signed: the words of its label, and its value.
    #[must_use]
    pub fn line(&self, line: &Line) -> (String, String) {
        let label = self.get(&format!("label-{}", line.label.code()));
        (label, self.value(&line.value))
    }

    /// What a reckoning took for granted.
    #[must_use]
    pub fn assumption(&self, assumption: &Assumption) -> String {
        let values = assumption.placeholders().into_iter();
        let values: Vec<_> = values.map(|(name, value)| (name, value.into())).collect();
        self.with(&format!("assumed-{}", assumption.as_str()), &values)
    }

    /// Why a line of a bill differs from its reckoning.
    #[must_use]
    pub fn cause(&self, cause: Cause) -> String {
        let id = format!("cause-{}", cause.as_str());
        match cause {
            Cause::Quantity { billed, .. } | Cause::Price { billed, .. } => {
                let billed = billed.map_or_else(|| "–".to_owned(), |billed| billed.to_string());
                self.with(&id, &[("billed", billed.into())])
            }
            _ => self.get(&id),
        }
    }

    /// What somebody should know before signing.
    #[must_use]
    pub fn caution(&self, caution: &Caution) -> String {
        match caution {
            Caution::AwaitsTransfer { bill, order } => {
                let values = [
                    ("bill", bill.to_string().into()),
                    ("order", order.to_string().into()),
                ];
                self.with("caution-awaits-transfer", &values)
            }
            Caution::Disputed {
                bill,
                minor,
                currency,
            } => {
                let values = [
                    ("bill", bill.to_string().into()),
                    ("amount", show::money(*minor, *currency).into()),
                ];
                self.with("caution-disputed", &values)
            }
            Caution::BilledTwice { account, period } => {
                let values = [
                    ("account", account.to_string().into()),
                    ("period", period.to_string().into()),
                ];
                self.with("caution-billed-twice", &values)
            }
        }
    }

    fn value(&self, value: &Value) -> String {
        let word = |kind: &str, name: &str| self.get(&format!("{kind}-{name}"));
        match value {
            Value::Text(text) => text.clone(),
            Value::Money(minor, currency) => show::money(*minor, *currency),
            Value::Time(time) => show::time(*time),
            Value::Day(day) => day.to_string(),
            Value::Month(month) => month.to_string(),
            Value::Source(source) => word("source", source.as_str()),
            Value::Decision(decision) => word("decision", decision.as_str()),
            Value::Terms(terms) => word("terms", terms.code()),
            Value::Word(set, name) => word(set, name),
            Value::Unbounded => self.get("value-unbounded"),
        }
    }
}

impl std::fmt::Debug for Text {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Text").field(&self.lang).finish()
    }
}

#[cfg(test)]
mod tests;
