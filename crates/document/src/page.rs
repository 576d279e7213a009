//! Pages as what is drawn on them, and the structure that reading programs see.

use crate::measure::{Color, Milli, look};
use crate::typeset::{Style, TextLine, Typesetter};

/// A page.
#[derive(Debug, Default)]
pub(crate) struct Page {
    pub(crate) marks: Vec<Mark>,
}

/// One thing on a page. `node` is what it belongs to; without one it is decoration.
#[derive(Debug)]
pub(crate) enum Mark {
    /// A line of text; `at` is where its baseline begins.
    Text {
        at: (Milli, Milli),
        line: TextLine,
        node: Option<NodeId>,
    },
    /// A rectangle.
    Box {
        area: Area,
        fill: Color,
        border: Option<Color>,
        radius: Milli,
    },
    /// A horizontal line.
    Rule {
        at: (Milli, Milli),
        width: Milli,
        thickness: Milli,
        color: Color,
    },
    /// A square of black and white modules.
    Code {
        at: (Milli, Milli),
        module: Milli,
        rows: Vec<Vec<bool>>,
        node: NodeId,
    },
}

/// A rectangle of a page, from its upper left corner.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Area {
    pub(crate) left: Milli,
    pub(crate) top: Milli,
    pub(crate) width: Milli,
    pub(crate) height: Milli,
}

/// A node of the structure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct NodeId(pub(crate) usize);

/// What a node is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Role {
    /// The document's title, or a section's.
    Heading {
        level: u16,
        text: String,
    },
    /// Some lines of text.
    Paragraph,
    /// A table of rows of cells.
    Table,
    Row,
    /// The name of a column.
    ColumnName,
    Cell,
    /// A picture, with what it shows in words.
    Figure {
        says: String,
    },
}

/// A node with its place in the structure.
#[derive(Debug)]
pub(crate) struct Node {
    pub(crate) role: Role,
    pub(crate) parent: Option<NodeId>,
}

/// Where an entry of the outline leads.
#[derive(Debug)]
pub(crate) struct Bookmark {
    pub(crate) text: String,
    pub(crate) page: usize,
    pub(crate) top: Milli,
}

/// The body of a document as it grows, from page to page.
#[derive(Debug)]
pub(crate) struct Flow {
    pub(crate) typesetter: Typesetter,
    pub(crate) pages: Vec<Page>,
    pub(crate) nodes: Vec<Node>,
    pub(crate) bookmarks: Vec<Bookmark>,
    /// Where the next thing begins.
    pub(crate) top: Milli,
}

impl Flow {
    pub(crate) fn new(typesetter: Typesetter) -> Self {
        Self {
            typesetter,
            pages: vec![Page::default()],
            nodes: Vec::new(),
            bookmarks: Vec::new(),
            top: look::MARGIN,
        }
    }

    /// A node of the structure.
    pub(crate) fn node(&mut self, role: Role, parent: Option<NodeId>) -> NodeId {
        self.nodes.push(Node { role, parent });
        NodeId(self.nodes.len() - 1)
    }

    /// Goes on to a new page unless so much room is left on this one; says whether it did. What
    /// fits on no page is begun where it is.
    pub(crate) fn need(&mut self, height: Milli) -> bool {
        let goes_on = self.top + height > look::BOTTOM && self.top > look::TOP;
        if goes_on {
            self.pages.push(Page::default());
            self.top = look::TOP;
        }
        goes_on
    }

    pub(crate) fn space(&mut self, height: Milli) {
        self.top += height;
    }

    pub(crate) fn draw(&mut self, mark: Mark) {
        self.pages
            .last_mut()
            .expect("there is a first page from the beginning")
            .marks
            .push(mark);
    }

    /// Draws a line of text whose box begins at `top`, and gives the height of the box.
    pub(crate) fn text(
        &mut self,
        (left, top): (Milli, Milli),
        line: TextLine,
        node: Option<NodeId>,
    ) -> Milli {
        let leading = line.style.leading();
        let at = (left, baseline(top, line.style));
        self.draw(Mark::Text { at, line, node });
        leading
    }

    /// As [`Flow::text`], with the line's end at `right`.
    pub(crate) fn text_to(
        &mut self,
        (right, top): (Milli, Milli),
        line: TextLine,
        node: Option<NodeId>,
    ) -> Milli {
        let left = right - line.width;
        self.text((left, top), line, node)
    }

    /// Draws lines below each other, and gives the height of all.
    pub(crate) fn paragraph_at(
        &mut self,
        (left, top): (Milli, Milli),
        lines: Vec<TextLine>,
        node: Option<NodeId>,
    ) -> Milli {
        let mut height = 0;
        for line in lines {
            height += self.text((left, top + height), line, node);
        }
        height
    }
}

/// The baseline that puts capitals (0.72 em high) into the middle of a line's box.
fn baseline(top: Milli, style: Style) -> Milli {
    top + (style.leading() + style.size / 100 * 72) / 2
}
