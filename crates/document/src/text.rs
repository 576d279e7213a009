//! The words of the documents, in English and Chinese (Fluent, embedded).

use fluent_bundle::{FluentArgs, FluentBundle, FluentResource, FluentValue};
use unic_langid::LanguageIdentifier;

use crate::Language;

const ENGLISH: &str = include_str!("../i18n/en/document.ftl");
const CHINESE: &str = include_str!("../i18n/zh/document.ftl");

/// Why a bill differs from its reckoning, and what that took for granted, as messages (Fluent):
/// programs say it in the same words. The ids are `cause-` and `assumed-` with the names of
/// [`Cause`](wattkey_domain::tariff::Cause) and [`Assumption`](wattkey_domain::tariff::Assumption).
#[must_use]
pub const fn reckoning(language: Language) -> &'static str {
    match language {
        Language::En => include_str!("../i18n/en/reckoning.ftl"),
        Language::Zh => include_str!("../i18n/zh/reckoning.ftl"),
    }
}

/// The messages of one language.
pub(crate) struct Text {
    pub(crate) language: Language,
    bundle: FluentBundle<FluentResource>,
}

impl Text {
    pub(crate) fn new(language: Language) -> Self {
        let source = match language {
            Language::En => ENGLISH,
            Language::Zh => CHINESE,
        };
        let id: LanguageIdentifier = language
            .code()
            .parse()
            .expect("en and zh are language identifiers");
        let mut bundle = FluentBundle::new(vec![id]);
        bundle.set_use_isolating(false);
        for source in [source, reckoning(language)] {
            let resource = FluentResource::try_new(source.to_owned())
                .map_err(|(_, errors)| errors)
                .expect("the embedded messages are well formed, a test proves it");
            bundle
                .add_resource(resource)
                .expect("a message is there once, a test proves it");
        }
        Self { language, bundle }
    }

    /// A message without placeholders.
    pub(crate) fn get(&self, id: &str) -> String {
        self.with(id, &[])
    }

    /// A message with its placeholders filled. An id without message is shown as itself.
    pub(crate) fn with(&self, id: &str, values: &[(&str, FluentValue<'_>)]) -> String {
        let Some(pattern) = self.bundle.get_message(id).and_then(|found| found.value()) else {
            return id.to_owned();
        };
        let arguments: FluentArgs<'_> = values.iter().cloned().collect();
        let mut errors = Vec::new();
        self.bundle
            .format_pattern(pattern, Some(&arguments), &mut errors)
            .into_owned()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    /// Ids with the placeholders that they have.
    fn messages(source: &str) -> BTreeMap<String, Vec<String>> {
        let mut messages = BTreeMap::new();
        for line in source.lines().filter(|line| !line.starts_with('#')) {
            let Some((id, words)) = line.split_once(" = ") else {
                continue;
            };
            let places = words.split("{ $").skip(1).filter_map(|part| {
                let end = part.find(|c: char| !c.is_ascii_alphanumeric())?;
                Some(part[..end].to_owned())
            });
            let mut places: Vec<_> = places.collect();
            places.sort();
            places.dedup();
            assert!(
                messages.insert(id.to_owned(), places).is_none(),
                "{id} twice"
            );
        }
        messages
    }

    #[test]
    fn both_languages_have_the_same_messages() {
        let (english, chinese) = (messages(ENGLISH), messages(CHINESE));
        assert!(english.len() > 50, "{}", english.len());
        assert_eq!(english, chinese);
        for language in [Language::En, Language::Zh] {
            let text = Text::new(language);
            for id in english.keys() {
                assert_ne!(text.get(id), *id);
            }
        }
    }

    #[test]
    fn every_character_of_the_words_can_be_shown() {
        use crate::font::{Face, Weight};
        for (language, words) in [(Language::En, ENGLISH), (Language::Zh, CHINESE)] {
            for character in words.chars().filter(|c| *c != '\n') {
                for weight in [Weight::Regular, Weight::Bold] {
                    let face = Face::of(character, language, weight);
                    assert!(face.is_some(), "{character:?}");
                }
            }
        }
    }
}
