//! The bundled fonts (`assets/fonts`), and texts shaped with them.

use std::ops::Range;
use std::sync::LazyLock;

use harfrust::{Direction, Feature, FontRef, ShapeOptions, ShaperData, Tag, UnicodeBuffer};
use skrifa::MetadataProvider as _;
use skrifa::charmap::Charmap;

use crate::Language;
use crate::measure::Milli;

/// A font of the bundle.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Face {
    /// Inter.
    LatinRegular,
    /// Inter.
    LatinBold,
    /// Noto Sans SC.
    ChineseRegular,
    /// Noto Sans SC.
    ChineseBold,
}

/// How heavy a text is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Weight {
    Regular,
    Bold,
}

/// One glyph of a shaped text, in units of its font.
#[derive(Debug, Clone)]
pub(crate) struct Glyph {
    pub(crate) id: u32,
    pub(crate) advance: i32,
    pub(crate) offset: (i32, i32),
    /// The bytes of the run's text that it shows.
    pub(crate) range: Range<usize>,
}

/// A piece of text in one font.
#[derive(Debug, Clone)]
pub(crate) struct Run {
    pub(crate) face: Face,
    pub(crate) text: String,
    pub(crate) glyphs: Vec<Glyph>,
    pub(crate) width: Milli,
}

struct Loaded {
    font: FontRef<'static>,
    shaper: ShaperData,
    charmap: Charmap<'static>,
    units_per_em: i32,
}

static LOADED: LazyLock<[Loaded; 4]> = LazyLock::new(|| Face::ALL.map(load));

impl Face {
    pub(crate) const ALL: [Self; 4] = [
        Self::LatinRegular,
        Self::LatinBold,
        Self::ChineseRegular,
        Self::ChineseBold,
    ];

    /// The font's file.
    pub(crate) const fn bytes(self) -> &'static [u8] {
        match self {
            Self::LatinRegular => include_bytes!("../../../assets/fonts/Inter-Regular.ttf"),
            Self::LatinBold => include_bytes!("../../../assets/fonts/Inter-SemiBold.ttf"),
            Self::ChineseRegular => include_bytes!("../../../assets/fonts/NotoSansSC-Regular.otf"),
            Self::ChineseBold => include_bytes!("../../../assets/fonts/NotoSansSC-Bold.otf"),
        }
    }

    /// Units of its glyphs in one em.
    pub(crate) fn units_per_em(self) -> i32 {
        self.loaded().units_per_em
    }

    fn has(self, character: char) -> bool {
        self.loaded().charmap.map(character).is_some()
    }

    fn loaded(self) -> &'static Loaded {
        &LOADED[self as usize]
    }

    /// The font that a character is set in: that of the document's language, else the other one.
    pub(crate) fn of(character: char, language: Language, weight: Weight) -> Option<Self> {
        let (latin, chinese) = match weight {
            Weight::Regular => (Self::LatinRegular, Self::ChineseRegular),
            Weight::Bold => (Self::LatinBold, Self::ChineseBold),
        };
        let order = match language {
            Language::En => [latin, chinese],
            Language::Zh => [chinese, latin],
        };
        order.into_iter().find(|face| face.has(character))
    }

    /// Shapes a text of which the font has every character. Figures are of one width.
    pub(crate) fn shape(self, text: &str, size: Milli) -> Run {
        let loaded = self.loaded();
        let mut buffer = UnicodeBuffer::new();
        buffer.push_str(text);
        buffer.set_direction(Direction::LeftToRight);
        buffer.guess_segment_properties();
        let features = figures(text);
        let options = ShapeOptions::new().features(&features);
        let shaper = loaded.shaper.shaper(&loaded.font).build();
        let shaped = shaper.shape(buffer, options);
        let clusters: Vec<usize> = shaped
            .glyph_infos()
            .iter()
            .map(|info| info.cluster as usize)
            .collect();
        let glyphs: Vec<Glyph> = shaped
            .glyph_infos()
            .iter()
            .zip(shaped.glyph_positions())
            .enumerate()
            .map(|(index, (info, position))| Glyph {
                id: info.glyph_id,
                advance: position.x_advance,
                offset: (position.x_offset, position.y_offset),
                range: cluster(&clusters, index, text.len()),
            })
            .collect();
        let advance: i64 = glyphs.iter().map(|glyph| i64::from(glyph.advance)).sum();
        let width = advance * i64::from(size) / i64::from(loaded.units_per_em);
        Run {
            face: self,
            text: text.to_owned(),
            glyphs,
            width: Milli::try_from(width).unwrap_or(Milli::MAX),
        }
    }
}

/// Figures of one width, and nothing else: fonts also widen the hyphen with them.
fn figures(text: &str) -> Vec<Feature> {
    let mut features = Vec::new();
    let mut start = 0;
    let digits = |a: &u8, b: &u8| a.is_ascii_digit() == b.is_ascii_digit();
    for same in text.as_bytes().chunk_by(digits) {
        // A line of a document is far below 2^32 bytes.
        let end = start + u32::try_from(same.len()).unwrap_or(u32::MAX - start);
        if same.first().is_some_and(u8::is_ascii_digit) {
            // Written out: `Feature::new` makes the end one less than the shaper takes it to be.
            features.push(Feature {
                tag: Tag::new(b"tnum"),
                value: 1,
                start,
                end,
            });
        }
        start = end;
    }
    features
}

/// The bytes that a glyph's cluster covers: up to the next one's beginning.
fn cluster(clusters: &[usize], index: usize, end: usize) -> Range<usize> {
    let start = clusters[index];
    let next = clusters[index..].iter().find(|other| **other > start);
    start..next.copied().unwrap_or(end)
}

fn load(face: Face) -> Loaded {
    let bytes = face.bytes();
    let font = FontRef::new(bytes).expect("the bundled fonts are whole, a test shapes with each");
    let metrics = skrifa::FontRef::new(bytes).expect("the bundled fonts are whole");
    Loaded {
        shaper: ShaperData::new(&font),
        font,
        charmap: metrics.charmap(),
        units_per_em: i32::from(
            metrics
                .metrics(
                    skrifa::instance::Size::unscaled(),
                    skrifa::instance::LocationRef::default(),
                )
                .units_per_em,
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_have_one_width() {
        for face in Face::ALL {
            let widths: Vec<_> = ('0'..='9')
                .map(|digit| face.shape(&format!("-{digit}-{digit}"), 10_000).width)
                .collect();
            assert!(
                widths[0] > 0 && widths.iter().all(|width| *width == widths[0]),
                "{face:?} {widths:?}"
            );
        }
    }

    #[test]
    fn every_byte_of_a_text_belongs_to_a_glyph() {
        for (face, text) in [
            (Face::LatinBold, "Größe, ñ"),
            (Face::ChineseRegular, "电费 12.5"),
        ] {
            let run = face.shape(text, 9_000);
            let covered: usize = run.glyphs.iter().map(|glyph| glyph.range.len()).sum();
            assert_eq!(covered, text.len(), "{run:?}");
            assert!(run.glyphs.iter().all(|glyph| glyph.id != 0), "{run:?}");
        }
    }

    #[test]
    fn a_character_is_looked_for_in_both_fonts() {
        let face = |character, language| Face::of(character, language, Weight::Regular);
        assert_eq!(face('a', Language::En), Some(Face::LatinRegular));
        assert_eq!(face('a', Language::Zh), Some(Face::ChineseRegular));
        assert_eq!(face('电', Language::En), Some(Face::ChineseRegular));
        assert_eq!(face('ż', Language::Zh), Some(Face::LatinRegular));
        // A character of names that GB 2312 lacks.
        assert_eq!(face('堃', Language::Zh), Some(Face::ChineseRegular));
        assert_eq!(face('\u{20000}', Language::Zh), None);
    }
}
