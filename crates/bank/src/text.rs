//! Text that banks accept.

/// The longest name that every scheme takes, in characters: SEPA has 70, the schema 140.
pub const MAX_NAME: usize = 70;

/// The longest remittance information in one occurrence, in characters.
pub const MAX_REMITTANCE: usize = 140;

/// Which characters names and remittance information may keep.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum CharacterSet {
    /// `A-Z a-z 0-9 / - ? : ( ) . , ' +` and space, the set that every bank takes. Latin letters
    /// lose their accents, everything else becomes a full stop (EPC217-08).
    #[default]
    Latin,
    /// Letters of every script, for banks that agreed to it: a Chinese name stays readable.
    /// Control and formatting characters go.
    Unicode,
}

impl CharacterSet {
    /// `text` in this character set: at most `max` characters, single spaces, none at the ends.
    /// Empty when nothing that says anything is left.
    #[must_use]
    pub fn clean(self, text: &str, max: usize) -> String {
        let mut kept = String::new();
        for character in text.chars() {
            match self {
                Self::Latin => push_latin(&mut kept, character),
                Self::Unicode => push_unicode(&mut kept, character),
            }
        }
        let words: Vec<&str> = kept.split_ascii_whitespace().collect();
        let joined: String = words.join(" ").chars().take(max).collect();
        let cleaned = joined.trim_end();
        if cleaned.chars().any(char::is_alphanumeric) {
            cleaned.to_owned()
        } else {
            String::new()
        }
    }

    /// As [`Self::clean`] for a name, which must not be empty.
    pub(crate) fn name(self, text: &str) -> String {
        let cleaned = self.clean(text, MAX_NAME);
        if cleaned.is_empty() {
            "NOTPROVIDED".to_owned()
        } else {
            cleaned
        }
    }
}

/// Whether `character` is in the set that every bank takes.
#[must_use]
pub fn is_latin(character: char) -> bool {
    character.is_ascii_alphanumeric() || "/-?:().,'+ ".contains(character)
}

fn push_latin(kept: &mut String, character: char) {
    let character = from_full_width(character);
    if is_latin(character) {
        kept.push(character);
    } else if character.is_whitespace() || character.is_control() {
        kept.push(' ');
    } else {
        kept.push_str(transliterated(character));
    }
}

fn push_unicode(kept: &mut String, character: char) {
    if character.is_whitespace() || character.is_control() {
        kept.push(' ');
    } else if !is_invisible(character) {
        kept.push(character);
    }
}

/// Direction marks, joiners, private use and noncharacters: invisible, or not legal in XML 1.0
/// §2.2.
fn is_invisible(character: char) -> bool {
    let code = u32::from(character);
    matches!(character,
        '\u{00AD}' | '\u{061C}' | '\u{180E}' | '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}'
        | '\u{2060}'..='\u{206F}' | '\u{E000}'..='\u{F8FF}' | '\u{FDD0}'..='\u{FDEF}'
        | '\u{FEFF}' | '\u{FFF9}'..='\u{FFFF}' | '\u{E0000}'..='\u{10FFFF}')
        || code & 0xFFFE == 0xFFFE
}

/// The ASCII character of a full-width one, as Chinese input methods write brackets and digits.
fn from_full_width(character: char) -> char {
    match character {
        '\u{FF01}'..='\u{FF5E}' => {
            char::from_u32(u32::from(character) - 0xFEE0).unwrap_or(character)
        }
        other => other,
    }
}

fn transliterated(character: char) -> &'static str {
    match character {
        'À'..='Å' | 'Ā' | 'Ă' | 'Ą' => "A",
        'à'..='å' | 'ā' | 'ă' | 'ą' => "a",
        'Æ' => "AE",
        'æ' => "ae",
        'Ç' | 'Ć' | 'Ĉ' | 'Ċ' | 'Č' => "C",
        'ç' | 'ć' | 'ĉ' | 'ċ' | 'č' => "c",
        'Ð' | 'Ď' | 'Đ' => "D",
        'ð' | 'ď' | 'đ' => "d",
        'È'..='Ë' | 'Ē' | 'Ĕ' | 'Ė' | 'Ę' | 'Ě' => "E",
        'è'..='ë' | 'ē' | 'ĕ' | 'ė' | 'ę' | 'ě' => "e",
        'Ĝ' | 'Ğ' | 'Ġ' | 'Ģ' => "G",
        'ĝ' | 'ğ' | 'ġ' | 'ģ' => "g",
        'Ĥ' | 'Ħ' => "H",
        'ĥ' | 'ħ' => "h",
        'Ì'..='Ï' | 'Ĩ' | 'Ī' | 'Ĭ' | 'Į' | 'İ' => "I",
        'ì'..='ï' | 'ĩ' | 'ī' | 'ĭ' | 'į' | 'ı' => "i",
        'Ĵ' => "J",
        'ĵ' => "j",
        'Ķ' => "K",
        'ķ' => "k",
        'Ĺ' | 'Ļ' | 'Ľ' | 'Ł' => "L",
        'ĺ' | 'ļ' | 'ľ' | 'ł' => "l",
        'Ñ' | 'Ń' | 'Ņ' | 'Ň' => "N",
        'ñ' | 'ń' | 'ņ' | 'ň' => "n",
        'Ò'..='Ö' | 'Ø' | 'Ō' | 'Ŏ' | 'Ő' => "O",
        'ò'..='ö' | 'ø' | 'ō' | 'ŏ' | 'ő' => "o",
        'Œ' => "OE",
        'œ' => "oe",
        'Ŕ' | 'Ŗ' | 'Ř' => "R",
        'ŕ' | 'ŗ' | 'ř' => "r",
        'Ś' | 'Ŝ' | 'Ş' | 'Š' | 'Ș' => "S",
        'ś' | 'ŝ' | 'ş' | 'š' | 'ș' => "s",
        'ß' => "ss",
        'Ţ' | 'Ť' | 'Ț' => "T",
        'ţ' | 'ť' | 'ț' => "t",
        'Þ' => "TH",
        'þ' => "th",
        'Ù'..='Ü' | 'Ũ' | 'Ū' | 'Ŭ' | 'Ů' | 'Ű' | 'Ų' => "U",
        'ù'..='ü' | 'ũ' | 'ū' | 'ŭ' | 'ů' | 'ű' | 'ų' => "u",
        'Ŵ' => "W",
        'ŵ' => "w",
        'Ý' | 'Ŷ' | 'Ÿ' => "Y",
        'ý' | 'ÿ' | 'ŷ' => "y",
        'Ź' | 'Ż' | 'Ž' => "Z",
        'ź' | 'ż' | 'ž' => "z",
        '&' => "+",
        '_' | '~' | '–' | '—' => "-",
        '"' | '`' | '´' | '‘' | '’' | '“' | '”' => "'",
        '[' | '{' | '【' | '「' => "(",
        ']' | '}' | '】' | '」' => ")",
        ';' | '、' => ",",
        '|' | '\\' => "/",
        _ => ".",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn latin_text_keeps_what_banks_take() {
        let cases = [
            ("Example Steel (North) No. 2", "Example Steel (North) No. 2"),
            ("Müller & Söhne GmbH_2", "Muller + Sohne GmbH-2"),
            ("  two\t\nlines ", "two lines"),
            ("示例钢铁（北）有限公司 A", "....(.).... A"),
            ("示例钢铁", ""),
            ("<script>", ".script."),
        ];
        for (text, wanted) in cases {
            assert_eq!(CharacterSet::Latin.clean(text, MAX_NAME), wanted, "{text}");
        }
    }

    #[test]
    fn unicode_text_keeps_every_script_and_nothing_invisible() {
        let clean = |text| CharacterSet::Unicode.clean(text, MAX_NAME);
        assert_eq!(clean("示例钢铁（北）"), "示例钢铁（北）");
        assert_eq!(clean("a\u{202E}b\u{0}c\u{FFFE}d"), "ab cd");
        assert_eq!(clean("\u{200B}"), "");
    }

    #[test]
    fn length_counts_characters_and_leaves_no_space_at_the_end() {
        assert_eq!(CharacterSet::Latin.clean("ab cd", 3), "ab");
        assert_eq!(CharacterSet::Latin.clean("ßß", 3), "sss");
        assert_eq!(CharacterSet::Latin.name("!!!"), "NOTPROVIDED");
    }
}
