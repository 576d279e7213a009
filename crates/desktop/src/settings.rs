//! What a user chose for this PC: language, theme, size of text. A small TOML file beside the
//! configuration; one that cannot be read counts as none.

use std::io;
use std::path::Path;

use serde::{Deserialize, Serialize};
use wattkey_client::words::Lang;

/// A file that is larger is none of ours.
const MAX_BYTES: u64 = 16 * 1024;

/// The settings.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Settings {
    /// `en` or `zh`; the system's when it is absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub language: Option<Language>,
    /// Light, dark, or as the system has it.
    pub theme: Theme,
    /// Size of text in percent of what is drawn.
    pub text_percent: u16,
}

/// A language.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Language {
    /// English.
    En,
    /// Simplified Chinese.
    Zh,
}

impl From<Language> for Lang {
    fn from(language: Language) -> Lang {
        match language {
            Language::En => Lang::En,
            Language::Zh => Lang::Zh,
        }
    }
}

/// Light or dark.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Theme {
    /// As the system has it.
    #[default]
    System,
    /// Dark on light.
    Light,
    /// Light on dark.
    Dark,
}

impl Theme {
    /// All, as they are shown.
    pub const ALL: [Theme; 3] = [Theme::System, Theme::Light, Theme::Dark];
}

/// Sizes of text, in percent.
pub const SIZES: [u16; 5] = [100, 115, 130, 150, 200];

impl Default for Settings {
    fn default() -> Settings {
        Settings {
            language: None,
            theme: Theme::System,
            text_percent: 100,
        }
    }
}

impl Settings {
    /// Reads them; the usual ones when there are none that can be read.
    #[must_use]
    pub fn read(file: &Path) -> Settings {
        let small = std::fs::metadata(file).is_ok_and(|found| found.len() <= MAX_BYTES);
        let text = small.then(|| std::fs::read_to_string(file).ok()).flatten();
        let mut settings: Settings = text
            .and_then(|text| toml::from_str(&text).ok())
            .unwrap_or_default();
        if !SIZES.contains(&settings.text_percent) {
            settings.text_percent = 100;
        }
        settings
    }

    /// Writes them, whole or not at all.
    ///
    /// # Errors
    /// What the system says.
    pub fn write(&self, file: &Path) -> io::Result<()> {
        let text = toml::to_string(self).map_err(io::Error::other)?;
        if let Some(folder) = file.parent() {
            std::fs::create_dir_all(folder)?;
        }
        let beside = file.with_extension("new");
        std::fs::write(&beside, text)?;
        std::fs::rename(beside, file)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_again_and_anything_else_is_as_usual() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("window.toml");
        assert_eq!(Settings::read(&file), Settings::default());
        let chosen = Settings {
            language: Some(Language::Zh),
            theme: Theme::Dark,
            text_percent: 130,
        };
        chosen.write(&file).unwrap();
        assert_eq!(Settings::read(&file), chosen);
        std::fs::write(&file, "text_percent = 9000").unwrap();
        assert_eq!(Settings::read(&file), Settings::default());
        std::fs::write(&file, "theme = 7").unwrap();
        assert_eq!(Settings::read(&file), Settings::default());
    }
}
