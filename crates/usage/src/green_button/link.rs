//! How entries name each other.

use std::collections::HashMap;

use super::tree::Element;

/// The links and the title of an entry.
#[derive(Debug, Clone, Default)]
pub(super) struct Links {
    pub(super) href: String,
    pub(super) up: String,
    pub(super) related: Vec<String>,
    pub(super) title: String,
}

impl Links {
    pub(super) fn of(entry: &Element) -> Self {
        let mut links = Self::default();
        for link in entry.children("link") {
            match link.rel.as_str() {
                "self" => links.href.clone_from(&link.href),
                "up" => links.up.clone_from(&link.href),
                "related" => links.related.push(link.href.clone()),
                _ => {}
            }
        }
        let title = entry.child("title").map(Element::text);
        links.title = title.unwrap_or_default().to_owned();
        links
    }
}

/// Entries by the links to them.
#[derive(Debug)]
pub(super) struct Index {
    by_href: HashMap<String, usize>,
    by_related: HashMap<String, usize>,
    entries: usize,
}

impl Index {
    pub(super) fn new<'a>(all: impl Iterator<Item = &'a Links>) -> Self {
        let mut index = Self {
            by_href: HashMap::new(),
            by_related: HashMap::new(),
            entries: 0,
        };
        for (place, links) in all.enumerate() {
            index.by_href.entry(links.href.clone()).or_insert(place);
            for related in &links.related {
                index.by_related.entry(related.clone()).or_insert(place);
            }
            index.entries += 1;
        }
        index
    }

    /// The entry that names this one's collection, or whose link this one's lies under.
    pub(super) fn above(&self, links: &Links) -> Found {
        if let Some(place) = self
            .by_related
            .get(&links.up)
            .filter(|_| !links.up.is_empty())
        {
            return Found::One(*place);
        }
        let mut href = links.href.as_str();
        while let Some((above, _)) = href.rsplit_once('/') {
            if let Some(place) = self.by_href.get(above).filter(|_| !above.is_empty()) {
                return Found::One(*place);
            }
            href = above;
        }
        self.only()
    }

    /// The entry that this one names.
    pub(super) fn named(&self, links: &Links) -> Found {
        let named = links.related.iter().find_map(|href| self.by_href.get(href));
        named.map_or_else(|| self.only(), |place| Found::One(*place))
    }

    fn only(&self) -> Found {
        if self.entries == 1 {
            Found::Only(0)
        } else {
            Found::None
        }
    }
}

/// What was found among several.
#[derive(Debug, Clone, Copy)]
pub(super) enum Found {
    /// The first that fits.
    One(usize),
    /// None fits, but there is only one.
    Only(usize),
    None,
}

impl Found {
    pub(super) fn place(self) -> Option<usize> {
        match self {
            Self::One(place) | Self::Only(place) => Some(place),
            Self::None => None,
        }
    }
}
