//! Pages as a PDF: tagged, archivable (PDF/A-3a), the same bytes for the same pages.

use std::num::NonZeroU16;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use krilla::Document;
use krilla::SerializeSettings;
use krilla::color::rgb;
use krilla::configure::{Accessibility, Archival, ConfigurationBuilder};
use krilla::destination::XyzDestination;
use krilla::embed::{AssociationKind, EmbeddedFile, MimeType};
use krilla::geom::{PathBuilder, Point, Rect};
use krilla::metadata::{DateTime, Metadata};
use krilla::num::NormalizedF32;
use krilla::outline::{Outline, OutlineNode};
use krilla::page::PageSettings;
use krilla::paint::{Fill, FillRule};
use krilla::surface::Surface;
use krilla::tagging::{
    Artifact, ArtifactType, ContentTag, Identifier, Node as TagNode, SpanTag, TableHeaderScope,
    Tag, TagGroup, TagKind, TagTree,
};
use krilla::text::{Font, GlyphId, KrillaGlyph};

use crate::font::{Face, Run};
use crate::measure::{Color, Milli, look, part};
use crate::page::{Area, Bookmark, Mark, Node, NodeId, Page, Role};
use crate::{Language, PdfError};

/// How much of the radius the handles of a Bézier curve take for a quarter of a circle.
const HANDLE: (i32, i32) = (5_523, 10_000);

/// What a PDF says of itself.
#[derive(Debug)]
pub(crate) struct About {
    pub(crate) title: String,
    pub(crate) author: String,
    pub(crate) language: Language,
    /// From the document's own data, never a clock.
    pub(crate) made: Timestamp,
    /// Different for different documents.
    pub(crate) id: String,
}

/// A file inside a PDF.
#[derive(Debug)]
pub(crate) struct Attachment {
    pub(crate) name: String,
    pub(crate) media_type: &'static str,
    pub(crate) says: String,
    pub(crate) bytes: Vec<u8>,
}

/// Writes the PDF.
pub(crate) fn write(
    about: &About,
    pages: &[Page],
    nodes: &[Node],
    bookmarks: &[Bookmark],
    attachment: Option<Attachment>,
) -> Result<Vec<u8>, PdfError> {
    let configuration = ConfigurationBuilder::new()
        .with_archival_validator(Archival::A3_A)
        .with_accessibility_validator(Accessibility::UA1)
        .finish()
        .expect("PDF/A-3 and PDF/UA-1 have PDF 1.7 in common");
    let mut document = Document::new_with(SerializeSettings {
        configuration,
        enable_tagging: true,
        no_device_cs: true,
        ..SerializeSettings::default()
    });
    let made = date(about.made);
    document.set_metadata(
        Metadata::new()
            .title(about.title.clone())
            .authors(vec![about.author.clone()])
            .language(about.language.code().to_owned())
            .creator("wattkey".to_owned())
            .creation_date(made)
            .document_id(about.id.clone()),
    );
    let fonts = Face::ALL.map(|face| Font::new(face.bytes().into(), 0));
    let mut contents: Vec<Vec<TagNode>> = nodes.iter().map(|_| Vec::new()).collect();
    for page in pages {
        let settings = PageSettings::from_wh(points(look::PAGE.0), points(look::PAGE.1))
            .expect("A4 has a width and a height");
        let mut written = document.start_page_with(settings);
        let mut surface = written.surface();
        for mark in &page.marks {
            if let Some((node, content)) = draw(&mut surface, mark, &fonts) {
                contents[node.0].push(content.into());
            }
        }
        surface.finish();
        written.finish();
    }
    document.set_tag_tree(tree(nodes, contents, about.language));
    document.set_outline(outline(bookmarks));
    if let Some(attachment) = attachment {
        document.embed_file(EmbeddedFile {
            path: attachment.name,
            mime_type: MimeType::new(attachment.media_type),
            description: Some(attachment.says),
            association_kind: AssociationKind::Source,
            data: attachment.bytes.into(),
            modification_date: Some(made),
            compress: Some(true),
            location: None,
        });
    }
    document
        .finish()
        .map_err(|error| PdfError(format!("{error:?}")))
}

/// Draws one thing, and gives what the structure holds of it.
fn draw(
    surface: &mut Surface<'_>,
    mark: &Mark,
    fonts: &[Option<Font>; 4],
) -> Option<(NodeId, Identifier)> {
    let decoration = ContentTag::Artifact(Artifact::with_kind(ArtifactType::Layout));
    let node = match mark {
        Mark::Text { node, .. } => *node,
        Mark::Code { node, .. } => Some(*node),
        Mark::Box { .. } | Mark::Rule { .. } => None,
    };
    let tag = match (node, mark) {
        (None, _) => decoration,
        (Some(_), Mark::Text { .. }) => ContentTag::Span(SpanTag::empty()),
        (Some(_), _) => ContentTag::Other,
    };
    let content = surface.start_tagged(tag);
    match mark {
        Mark::Text { at, line, .. } => {
            let mut left = at.0;
            for run in &line.runs {
                let font = fonts[run.face as usize].as_ref();
                text(
                    surface,
                    (left, at.1),
                    run,
                    font,
                    line.style.size,
                    line.style.color,
                );
                left += run.width;
            }
        }
        Mark::Box {
            area,
            fill,
            border,
            radius,
        } => boxed(surface, *area, *fill, *border, *radius),
        Mark::Rule {
            at,
            width,
            thickness,
            color,
        } => {
            let area = Area {
                left: at.0,
                top: at.1 - thickness / 2,
                width: *width,
                height: *thickness,
            };
            filled(surface, area, 0, *color);
        }
        Mark::Code {
            at, module, rows, ..
        } => code(surface, *at, *module, rows),
    }
    surface.end_tagged();
    node.map(|node| (node, content))
}

fn text(
    surface: &mut Surface<'_>,
    (left, baseline): (Milli, Milli),
    run: &Run,
    font: Option<&Font>,
    size: Milli,
    color: Color,
) {
    let Some(font) = font else {
        return; // The bundled fonts are whole; a test sets text in each.
    };
    let em = run.face.units_per_em();
    let glyphs: Vec<KrillaGlyph> = run
        .glyphs
        .iter()
        .map(|glyph| {
            KrillaGlyph::new(
                GlyphId::new(glyph.id),
                ratio(glyph.advance, em),
                ratio(glyph.offset.0, em),
                ratio(glyph.offset.1, em),
                0.0,
                glyph.range.clone(),
                None,
            )
        })
        .collect();
    surface.set_fill(Some(fill(color)));
    let at = Point::from_xy(points(left), points(baseline));
    surface.draw_glyphs(at, &glyphs, font.clone(), &run.text, points(size), false);
}

/// A rectangle with its border: the border's colour first, the inside over it.
fn boxed(
    surface: &mut Surface<'_>,
    area: Area,
    inside: Color,
    border: Option<Color>,
    radius: Milli,
) {
    const BORDER: Milli = 700;
    let Some(border) = border else {
        return filled(surface, area, radius, inside);
    };
    filled(surface, area, radius, border);
    let inner = Area {
        left: area.left + BORDER,
        top: area.top + BORDER,
        width: area.width - 2 * BORDER,
        height: area.height - 2 * BORDER,
    };
    filled(surface, inner, (radius - BORDER).max(0), inside);
}

fn filled(surface: &mut Surface<'_>, area: Area, radius: Milli, color: Color) {
    surface.set_fill(Some(fill(color)));
    let mut path = PathBuilder::new();
    let (left, top) = (area.left, area.top);
    let (right, bottom) = (left + area.width, top + area.height);
    if radius == 0 {
        let [left, top, right, bottom] = [left, top, right, bottom].map(points);
        if let Some(rect) = Rect::from_ltrb(left, top, right, bottom) {
            path.push_rect(rect);
        }
    } else {
        rounded(&mut path, [left, top, right, bottom], radius);
    }
    if let Some(path) = path.finish() {
        surface.draw_path(&path);
    }
}

/// The outline of a rectangle with round corners, clockwise.
fn rounded(path: &mut PathBuilder, [left, top, right, bottom]: [Milli; 4], radius: Milli) {
    // How far a curve's handles are from the corner.
    let short = radius - part(radius, HANDLE.0, HANDLE.1);
    let line = |path: &mut PathBuilder, x, y| path.line_to(points(x), points(y));
    let curve =
        |path: &mut PathBuilder, from: (Milli, Milli), to: (Milli, Milli), end: (Milli, Milli)| {
            let [a, b, c, d, e, f] = [from.0, from.1, to.0, to.1, end.0, end.1].map(points);
            path.cubic_to(a, b, c, d, e, f);
        };
    path.move_to(points(left + radius), points(top));
    line(path, right - radius, top);
    curve(
        path,
        (right - short, top),
        (right, top + short),
        (right, top + radius),
    );
    line(path, right, bottom - radius);
    curve(
        path,
        (right, bottom - short),
        (right - short, bottom),
        (right - radius, bottom),
    );
    line(path, left + radius, bottom);
    curve(
        path,
        (left + short, bottom),
        (left, bottom - short),
        (left, bottom - radius),
    );
    line(path, left, top + radius);
    curve(
        path,
        (left, top + short),
        (left + short, top),
        (left + radius, top),
    );
    path.close();
}

/// Black modules, those beside each other as one rectangle.
fn code(surface: &mut Surface<'_>, (left, top): (Milli, Milli), module: Milli, rows: &[Vec<bool>]) {
    let mut path = PathBuilder::new();
    for (row, modules) in (0..).zip(rows) {
        let mut column = 0;
        for same in modules.chunk_by(|a, b| a == b) {
            let count = Milli::try_from(same.len()).unwrap_or(0);
            let from = (left + column * module, top + row * module);
            let to = (from.0 + count * module, from.1 + module);
            let [l, t, r, b] = [from.0, from.1, to.0, to.1].map(points);
            if let (Some(true), Some(rect)) = (same.first(), Rect::from_ltrb(l, t, r, b)) {
                path.push_rect(rect);
            }
            column += count;
        }
    }
    surface.set_fill(Some(fill(look::BLACK)));
    if let Some(path) = path.finish() {
        surface.draw_path(&path);
    }
}

fn fill(color: Color) -> Fill {
    Fill {
        paint: rgb::Color::new(color.0, color.1, color.2).into(),
        opacity: NormalizedF32::ONE,
        rule: FillRule::NonZero,
    }
}

fn tree(nodes: &[Node], mut contents: Vec<Vec<TagNode>>, language: Language) -> TagTree {
    let mut tree = TagTree::new().with_lang(Some(language.code().to_owned()));
    // Children come after their parents: from the last one up, each is whole when it is handed on.
    let mut groups: Vec<Vec<TagNode>> = nodes.iter().map(|_| Vec::new()).collect();
    let mut roots = Vec::new();
    for (index, node) in nodes.iter().enumerate().rev() {
        let mut children = std::mem::take(&mut contents[index]);
        groups[index].reverse();
        children.append(&mut groups[index]);
        let group = TagGroup::with_children(kind(&node.role), children).into();
        match node.parent {
            Some(parent) => groups[parent.0].push(group),
            None => roots.push(group),
        }
    }
    for root in roots.into_iter().rev() {
        tree.push(root);
    }
    tree
}

fn kind(role: &Role) -> TagKind {
    match role {
        Role::Heading { level, text } => {
            let level = NonZeroU16::new(*level).unwrap_or(NonZeroU16::MIN);
            Tag::Hn(level, Some(text.clone())).into()
        }
        Role::Paragraph => Tag::P.into(),
        Role::Table => Tag::Table.into(),
        Role::Row => Tag::TR.into(),
        Role::ColumnName => Tag::TH(TableHeaderScope::Column).into(),
        Role::Cell => Tag::TD.into(),
        Role::Figure { says } => Tag::Figure(Some(says.clone())).into(),
    }
}

fn outline(bookmarks: &[Bookmark]) -> Outline {
    let mut outline = Outline::new();
    for bookmark in bookmarks {
        let at = Point::from_xy(0.0, points(bookmark.top));
        let to = XyzDestination::new(bookmark.page, at);
        outline.push_child(OutlineNode::new(bookmark.text.clone(), to));
    }
    outline
}

fn date(time: Timestamp) -> DateTime {
    let there = time.to_zoned(TimeZone::UTC);
    let small = |number: i8| u8::try_from(number).unwrap_or(0);
    DateTime::new(u16::try_from(there.year()).unwrap_or(0))
        .month(small(there.month()))
        .day(small(there.day()))
        .hour(small(there.hour()))
        .minute(small(there.minute()))
        .second(small(there.second()))
        .utc_offset_hour(0)
        .utc_offset_minute(0)
}

/// The only place where lengths become what PDF has.
fn points(length: Milli) -> f32 {
    ratio(length, 1_000)
}

#[expect(
    clippy::float_arithmetic,
    reason = "PDF has fractions of points; no money comes here"
)]
fn ratio(numerator: i32, denominator: i32) -> f32 {
    numerator as f32 / denominator as f32
}
