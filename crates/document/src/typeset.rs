//! Texts as lines: which font each character is set in, where a line may end, and what becomes of a
//! character that no font has.

use std::collections::BTreeSet;

use crate::Language;
use crate::font::{Face, Run, Weight};
use crate::measure::{Color, Milli};

/// How a text looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Style {
    pub(crate) size: Milli,
    pub(crate) weight: Weight,
    pub(crate) color: Color,
}

/// A line of text, ready to be drawn.
#[derive(Debug, Clone)]
pub(crate) struct TextLine {
    pub(crate) runs: Vec<Run>,
    pub(crate) width: Milli,
    pub(crate) style: Style,
}

/// Sets texts, and remembers what it could not show.
#[derive(Debug)]
pub(crate) struct Typesetter {
    pub(crate) language: Language,
    missing: BTreeSet<char>,
}

impl Style {
    pub(crate) const fn new(size: Milli, weight: Weight, color: Color) -> Self {
        Self {
            size,
            weight,
            color,
        }
    }

    /// From one line to the next.
    pub(crate) const fn leading(self) -> Milli {
        self.size / 100 * 142
    }
}

impl Typesetter {
    pub(crate) fn new(language: Language) -> Self {
        let missing = BTreeSet::new();
        Self { language, missing }
    }

    /// The characters that were shown by their number.
    pub(crate) fn into_missing(self) -> BTreeSet<char> {
        self.missing
    }

    /// A text on one line, however long.
    pub(crate) fn line(&mut self, text: &str, style: Style) -> TextLine {
        let text = self.printable(text, style.weight);
        self.set(&text, style)
    }

    /// A text on as many lines as it takes; at least one.
    pub(crate) fn lines(&mut self, text: &str, style: Style, width: Milli) -> Vec<TextLine> {
        let mut lines = Vec::new();
        for paragraph in text.split('\n') {
            let paragraph = self.printable(paragraph, style.weight);
            for line in self.fill(&paragraph, style, width) {
                // The space at a line's end stays for programs that read, and takes no room.
                let width = self.set(line.trim_end(), style).width;
                let line = self.set(&line, style);
                lines.push(TextLine { width, ..line });
            }
        }
        lines
    }

    /// Puts as much on each line as fits.
    fn fill(&self, text: &str, style: Style, width: Milli) -> Vec<String> {
        let mut lines = Vec::new();
        let mut line = String::new();
        for piece in pieces(text) {
            let longer = format!("{line}{piece}");
            if self.set(longer.trim_end(), style).width <= width {
                line = longer;
                continue;
            }
            if !line.is_empty() {
                lines.push(std::mem::take(&mut line));
            }
            // A word that is longer than a line is cut wherever it must be.
            for character in piece.chars() {
                let longer = format!("{line}{character}");
                if !line.is_empty() && self.set(longer.trim_end(), style).width > width {
                    lines.push(std::mem::take(&mut line));
                }
                line.push(character);
            }
        }
        lines.push(line.trim_end().to_owned());
        lines
    }

    fn set(&self, text: &str, style: Style) -> TextLine {
        let mut runs: Vec<Run> = Vec::new();
        let mut begun: Option<(Face, String)> = None;
        for character in text.chars() {
            let Some(face) = Face::of(character, self.language, style.weight) else {
                continue; // Not after `printable`.
            };
            match &mut begun {
                Some((same, run)) if *same == face => run.push(character),
                _ => {
                    let before = begun.replace((face, character.to_string()));
                    runs.extend(before.map(|(face, text)| face.shape(&text, style.size)));
                }
            }
        }
        runs.extend(begun.map(|(face, text)| face.shape(&text, style.size)));
        let width = runs.iter().map(|run| run.width).sum();
        TextLine { runs, width, style }
    }

    /// Every character that no font has, or that would steer how the rest is read, is written as
    /// its number: `[U+20000]`.
    fn printable(&mut self, text: &str, weight: Weight) -> String {
        let mut printable = String::with_capacity(text.len());
        for character in text.chars() {
            let shown = !steers(character) && Face::of(character, self.language, weight).is_some();
            if shown {
                printable.push(character);
            } else {
                self.missing.insert(character);
                printable.push_str(&format!("[U+{:04X}]", u32::from(character)));
            }
        }
        printable
    }
}

/// Control characters, and those that nobody sees.
fn steers(character: char) -> bool {
    character.is_control()
        || matches!(character, '\u{ad}' | '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

/// Cuts a text at the places where a line may end; spaces stay with what is before them.
fn pieces(text: &str) -> Vec<&str> {
    let mut pieces = Vec::new();
    let mut start = 0;
    let mut before: Option<char> = None;
    for (at, character) in text.char_indices() {
        if before.is_some_and(|before| may_end(before, character)) {
            pieces.push(&text[start..at]);
            start = at;
        }
        before = Some(character);
    }
    if start < text.len() {
        pieces.push(&text[start..]);
    }
    pieces
}

/// Whether a line may end between two characters: after a space, and beside Chinese characters
/// unless punctuation forbids it (after UAX #14, classes ID, OP, CL).
fn may_end(before: char, after: char) -> bool {
    const OPENS: &str = "（《〈「『【〔“‘([{¥￥";
    const CLOSES: &str = "）》〉」』】〕”’)]},.;:!?%、。，；：！？％·…";
    if after == ' ' || CLOSES.contains(after) || OPENS.contains(before) {
        return false;
    }
    before == ' ' || is_wide(before) || is_wide(after)
}

/// A Chinese character, or punctuation as wide as one.
fn is_wide(character: char) -> bool {
    matches!(character, '\u{2e80}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '\u{ff00}'..='\u{ffef}'
        | '\u{20000}'..='\u{3ffff}')
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::measure::{look, pt};

    const STYLE: Style = Style::new(pt(10), Weight::Regular, look::INK);

    fn shown(text: &str, width: Milli) -> Vec<String> {
        let lines = Typesetter::new(Language::Zh).lines(text, STYLE, width);
        assert!(lines.iter().all(|line| line.width <= width), "{lines:?}");
        let text = |line: &TextLine| line.runs.iter().map(|run| run.text.as_str()).collect();
        lines.iter().map(text).collect()
    }

    #[test]
    fn lines_end_between_words_and_beside_chinese_characters() {
        assert_eq!(shown("pay the bill", pt(45)), ["pay the ", "bill"]);
        assert_eq!(shown("电费账单按月结算", pt(45)), ["电费账单", "按月结算"]);
        assert_eq!(shown("a\nb", pt(45)), ["a", "b"]);
        assert_eq!(shown("", pt(45)), [""]);
    }

    #[test]
    fn punctuation_does_not_begin_a_line() {
        assert_eq!(shown("电费账单，按月", pt(45)), ["电费账", "单，按月"]);
        assert_eq!(shown("电费账（单）", pt(45)), ["电费账", "（单）"]);
    }

    #[test]
    fn a_word_longer_than_a_line_is_cut() {
        let lines = shown("7d3f0b8e-3a52-4d0c-9a41", pt(45));
        assert!(lines.len() > 2, "{lines:?}");
        assert_eq!(lines.concat(), "7d3f0b8e-3a52-4d0c-9a41");
    }

    #[test]
    fn what_cannot_be_shown_is_named() {
        let mut typesetter = Typesetter::new(Language::En);
        let line = typesetter.line("a\u{20000}b\u{202e}c", STYLE);
        let text: String = line.runs.iter().map(|run| run.text.as_str()).collect();
        assert_eq!(text, "a[U+20000]b[U+202E]c");
        let missing: Vec<_> = typesetter.into_missing().into_iter().collect();
        assert_eq!(missing, ['\u{202e}', '\u{20000}']);
    }
}
