//! What documents are made of: headings, paragraphs, facts, cards, banners.

pub(crate) mod table;

use crate::font::Weight;
use crate::measure::{Milli, Tone, look, pt, tenths};
use crate::page::{Area, Flow, Mark, Role};
use crate::typeset::Style;

/// A name and a value.
pub(crate) type Fact = (String, String);

/// A figure with its name.
#[derive(Debug)]
pub(crate) struct Card {
    pub(crate) name: String,
    pub(crate) value: String,
    pub(crate) note: String,
    pub(crate) tone: Tone,
}

pub(crate) const BODY: Style = Style::new(look::BODY, Weight::Regular, look::INK);
pub(crate) const STRONG: Style = Style::new(look::BODY, Weight::Bold, look::INK);
pub(crate) const MUTED: Style = Style::new(look::BODY, Weight::Regular, look::MUTED);
pub(crate) const SMALL: Style = Style::new(look::SMALL, Weight::Regular, look::MUTED);

/// A section's title, with room for something below it.
pub(crate) fn heading(flow: &mut Flow, text: &str) {
    flow.space(pt(18));
    flow.need(pt(70));
    let style = Style::new(look::HEADING, Weight::Bold, look::INK);
    let node = flow.node(
        Role::Heading {
            level: 2,
            text: text.to_owned(),
        },
        None,
    );
    flow.bookmarks.push(crate::page::Bookmark {
        text: text.to_owned(),
        page: flow.pages.len() - 1,
        top: flow.top,
    });
    let lines = flow.typesetter.lines(text, style, look::WIDTH);
    let height = flow.paragraph_at((look::MARGIN, flow.top), lines, Some(node));
    flow.space(height + pt(6));
}

/// Running text.
pub(crate) fn paragraph(flow: &mut Flow, text: &str, style: Style) {
    let node = flow.node(Role::Paragraph, None);
    for line in flow.typesetter.lines(text, style, look::WIDTH) {
        flow.need(style.leading());
        let height = flow.text((look::MARGIN, flow.top), line, Some(node));
        flow.space(height);
    }
    flow.space(tenths(35));
}

/// Two columns of facts beside each other, each under its title.
pub(crate) fn facts(flow: &mut Flow, columns: [(&str, Vec<Fact>); 2]) {
    const GAP: Milli = pt(28);
    let width = (look::WIDTH - GAP) / 2;
    let top = flow.top;
    let mut height = 0;
    for (index, (title, facts)) in columns.into_iter().enumerate() {
        let left = if index == 0 {
            look::MARGIN
        } else {
            look::MARGIN + width + GAP
        };
        height = height.max(column(flow, (left, top), width, title, facts));
    }
    flow.space(height + pt(6));
}

fn column(
    flow: &mut Flow,
    (left, top): (Milli, Milli),
    width: Milli,
    title: &str,
    facts: Vec<Fact>,
) -> Milli {
    let title_style = Style::new(look::SMALL, Weight::Bold, look::ACCENT);
    let node = flow.node(Role::Paragraph, None);
    let line = flow.typesetter.line(title, title_style);
    let mut height = flow.text((left, top), line, Some(node)) + pt(3);
    let names: Vec<_> = facts
        .iter()
        .map(|(name, _)| flow.typesetter.line(name, MUTED))
        .collect();
    let widest = names.iter().map(|name| name.width).max().unwrap_or(0);
    let name_width = if widest == 0 {
        0
    } else {
        (widest + pt(12)).min(width / 2)
    };
    for (name, value) in facts {
        let style = if name.is_empty() { STRONG } else { BODY };
        let indent = if name.is_empty() { 0 } else { name_width };
        let node = flow.node(Role::Paragraph, None);
        let names = flow.typesetter.lines(&name, MUTED, name_width.max(1));
        let values = flow.typesetter.lines(&value, style, width - indent);
        let name_height = if name.is_empty() {
            0
        } else {
            flow.paragraph_at((left, top + height), names, Some(node))
        };
        let value_height = flow.paragraph_at((left + indent, top + height), values, Some(node));
        height += name_height.max(value_height) + pt(1);
    }
    height
}

/// Figures beside each other.
pub(crate) fn cards(flow: &mut Flow, cards: &[Card]) {
    const GAP: Milli = pt(10);
    const INSET: Milli = pt(12);
    const HEIGHT: Milli = pt(62);
    let count = Milli::try_from(cards.len()).unwrap_or(1).max(1);
    let width = (look::WIDTH - GAP * (count - 1)) / count;
    flow.need(HEIGHT);
    let top = flow.top;
    let size = fitting(flow, cards, width - 2 * INSET);
    for (index, card) in (0..).zip(cards) {
        let left = look::MARGIN + index * (width + GAP);
        let (color, fill, border) = look::tone(card.tone);
        flow.draw(Mark::Box {
            area: Area {
                left,
                top,
                width,
                height: HEIGHT,
            },
            fill,
            border: Some(border),
            radius: pt(6),
        });
        let node = flow.node(Role::Paragraph, None);
        let name_color = if card.tone == Tone::Plain {
            look::MUTED
        } else {
            color
        };
        let mut y = top + pt(8);
        let small = Style::new(look::SMALL, Weight::Regular, name_color);
        let name = flow.typesetter.line(&card.name, small);
        y += flow.text((left + INSET, y), name, Some(node)) + pt(1);
        let figure = Style::new(size, Weight::Bold, color);
        let value = flow.typesetter.line(&card.value, figure);
        y += flow.text((left + INSET, y), value, Some(node));
        let note = flow.typesetter.line(&card.note, small);
        flow.text((left + INSET, y), note, Some(node));
    }
    flow.space(HEIGHT + pt(4));
}

/// The size in which each card's figure fits into its card.
fn fitting(flow: &mut Flow, cards: &[Card], width: Milli) -> Milli {
    let mut size = look::FIGURE;
    while size > look::SMALL {
        let style = Style::new(size, Weight::Bold, look::INK);
        let mut lines = cards
            .iter()
            .map(|card| flow.typesetter.line(&card.value, style));
        if lines.all(|line| line.width <= width) {
            break;
        }
        size -= tenths(5);
    }
    size
}

/// A sentence that must be seen.
pub(crate) fn banner(flow: &mut Flow, tone: Tone, text: &str) {
    const INSET: Milli = pt(12);
    let (color, fill, border) = look::tone(tone);
    let style = Style::new(look::BODY, Weight::Bold, color);
    let lines = flow.typesetter.lines(text, style, look::WIDTH - 2 * INSET);
    let rows = Milli::try_from(lines.len()).unwrap_or(1);
    let height = rows * style.leading() + pt(14);
    flow.need(height);
    let top = flow.top;
    flow.draw(Mark::Box {
        area: Area {
            left: look::MARGIN,
            top,
            width: look::WIDTH,
            height,
        },
        fill,
        border: Some(border),
        radius: pt(6),
    });
    let node = flow.node(Role::Paragraph, None);
    flow.paragraph_at((look::MARGIN + INSET, top + pt(7)), lines, Some(node));
    flow.space(height + pt(8));
}
