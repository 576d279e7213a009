//! What stands around a document's body: title and parties above, number and pages below.

use crate::font::Weight;
use crate::measure::{look, pt, tenths};
use crate::page::{Flow, Mark, Role};
use crate::text::Text;
use crate::typeset::Style;

use super::block::SMALL;

/// What the pages of a document are headed with.
#[derive(Debug)]
pub(crate) struct Frame {
    /// Who issues it.
    pub(crate) issuer: String,
    /// What it is.
    pub(crate) title: String,
    /// Its number.
    pub(crate) number: String,
    /// What stands below every page, before the number of the page.
    pub(crate) footer: String,
}

/// The head of the first page.
pub(crate) fn open(flow: &mut Flow, frame: &Frame) {
    let (left, right) = (look::MARGIN, look::PAGE.0 - look::MARGIN);
    let top = look::MARGIN - pt(6);
    let node = flow.node(
        Role::Heading {
            level: 1,
            text: frame.title.clone(),
        },
        None,
    );
    flow.bookmarks.push(crate::page::Bookmark {
        text: frame.title.clone(),
        page: 0,
        top,
    });
    let style = Style::new(look::TITLE, Weight::Bold, look::INK);
    let title = flow.typesetter.line(&frame.title, style);
    let height = flow.text((left, top), title, Some(node));
    let node = flow.node(Role::Paragraph, None);
    let issuer = Style::new(look::HEADING, Weight::Bold, look::INK);
    // Beside the title as far as there is room, below each other otherwise.
    let lines = flow
        .typesetter
        .lines(&frame.issuer, issuer, look::WIDTH / 2);
    let mut y = top + tenths(35);
    for line in lines {
        y += flow.text_to((right, y), line, Some(node));
    }
    let number = flow.typesetter.line(&frame.number, SMALL);
    y += flow.text_to((right, y), number, Some(node));
    let end = (top + height).max(y) + pt(6);
    flow.draw(Mark::Rule {
        at: (left, end),
        width: look::WIDTH,
        thickness: tenths(14),
        color: look::ACCENT,
    });
    flow.top = end + pt(14);
}

/// The heads of further pages and the feet of all, once it is known how many there are.
pub(crate) fn close(flow: &mut Flow, frame: &Frame, text: &Text) {
    let (left, right) = (look::MARGIN, look::PAGE.0 - look::MARGIN);
    let count = flow.pages.len();
    for index in 0..count {
        let mut marks = Vec::new();
        if index > 0 {
            let style = Style::new(look::BODY, Weight::Bold, look::INK);
            let title = format!("{}  {}", frame.title, frame.number);
            let title = flow.typesetter.line(&title, style);
            let issuer = flow.typesetter.line(&frame.issuer, SMALL);
            let from = right - issuer.width;
            marks.push(decoration((left, pt(58)), title));
            marks.push(decoration((from, pt(58)), issuer));
            marks.push(rule(pt(66)));
        }
        let bottom = look::PAGE.1 - pt(44);
        marks.push(rule(bottom));
        let page = text.with(
            "page",
            &[("page", (index + 1).into()), ("of", count.into())],
        );
        let page = flow.typesetter.line(&page, SMALL);
        let at = (right - page.width, bottom + pt(14));
        let room = look::WIDTH - page.width - pt(20);
        marks.push(decoration(at, page));
        let footer = flow.typesetter.lines(&frame.footer, SMALL, room);
        for (row, line) in (0..).zip(footer) {
            let y = bottom + pt(14) + row * SMALL.leading();
            marks.push(decoration((left, y), line));
        }
        flow.pages[index].marks.extend(marks);
    }
}

fn decoration(at: (i32, i32), line: crate::typeset::TextLine) -> Mark {
    Mark::Text {
        at,
        line,
        node: None,
    }
}

fn rule(y: i32) -> Mark {
    Mark::Rule {
        at: (look::MARGIN, y),
        width: look::WIDTH,
        thickness: tenths(5),
        color: look::RULE,
    }
}
