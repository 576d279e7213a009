//! Lengths and colours of a page.

/// A length in thousandths of a point (1/72 inch). Whole numbers, so that a page is the same on
/// every machine.
pub(crate) type Milli = i32;

/// Whole points.
pub(crate) const fn pt(points: i32) -> Milli {
    points * 1_000
}

/// Tenths of a point.
pub(crate) const fn tenths(tenths: i32) -> Milli {
    tenths * 100
}

/// A part of a length, without leaving 32 bits on the way.
pub(crate) fn part(length: Milli, numerator: i32, denominator: i32) -> Milli {
    let product = i64::from(length) * i64::from(numerator) / i64::from(denominator);
    i32::try_from(product).unwrap_or(Milli::MAX)
}

/// Red, green, blue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Color(pub(crate) u8, pub(crate) u8, pub(crate) u8);

/// What a thing says by its colour, beside its words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tone {
    /// Nothing special.
    Plain,
    /// All is well.
    Good,
    /// Look here.
    Warning,
    /// Something is wrong.
    Bad,
}

/// The house's look: quiet, one accent.
pub(crate) mod look {
    use super::{Color, Milli, Tone, pt, tenths};

    pub(crate) const INK: Color = Color(0x10, 0x1d, 0x2d);
    pub(crate) const MUTED: Color = Color(0x5b, 0x68, 0x7a);
    pub(crate) const ACCENT: Color = Color(0x0b, 0x63, 0xce);
    pub(crate) const RULE: Color = Color(0xe1, 0xe6, 0xed);
    pub(crate) const SHADE: Color = Color(0xf5, 0xf7, 0xfa);
    pub(crate) const WHITE: Color = Color(0xff, 0xff, 0xff);
    pub(crate) const BLACK: Color = Color(0, 0, 0);

    /// A4.
    pub(crate) const PAGE: (Milli, Milli) = (595_276, 841_890);
    pub(crate) const MARGIN: Milli = pt(48);
    pub(crate) const WIDTH: Milli = PAGE.0 - 2 * MARGIN;
    /// Where the body of a further page begins, and where every body ends.
    pub(crate) const TOP: Milli = pt(86);
    pub(crate) const BOTTOM: Milli = PAGE.1 - pt(62);

    pub(crate) const TITLE: Milli = pt(20);
    pub(crate) const HEADING: Milli = tenths(115);
    pub(crate) const BODY: Milli = tenths(88);
    pub(crate) const SMALL: Milli = tenths(75);
    pub(crate) const FIGURE: Milli = tenths(150);

    /// Text, background and border of a tone.
    pub(crate) const fn tone(tone: Tone) -> (Color, Color, Color) {
        match tone {
            Tone::Plain => (INK, WHITE, RULE),
            Tone::Good => (
                Color(0x17, 0x6b, 0x43),
                Color(0xec, 0xf8, 0xf1),
                Color(0xb9, 0xe3, 0xcb),
            ),
            Tone::Warning => (
                Color(0xa1, 0x4d, 0x08),
                Color(0xff, 0xf6, 0xe6),
                Color(0xf3, 0xd5, 0x9f),
            ),
            Tone::Bad => (
                Color(0xb4, 0x23, 0x23),
                Color(0xfd, 0xef, 0xef),
                Color(0xf4, 0xc4, 0xc4),
            ),
        }
    }
}
