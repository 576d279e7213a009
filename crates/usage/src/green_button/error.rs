/// Why a feed cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// A bound is exceeded.
    #[error("the feed exceeds the bound on its {what} ({limit})")]
    Bound {
        /// What is bounded.
        what: &'static str,
        /// The bound.
        limit: usize,
    },
    /// Not UTF-8, or declared as another encoding.
    #[error("the feed is not in UTF-8")]
    Encoding,
    /// Not well formed.
    #[error("not well-formed XML near byte {position}")]
    Syntax {
        /// Where.
        position: u64,
        /// What the parser says.
        #[source]
        source: quick_xml::Error,
    },
    /// A document type, or an entity that XML itself does not define.
    #[error("document types and entities are refused (near byte {position})")]
    Entity {
        /// Where.
        position: u64,
    },
    /// Not one Atom feed or entry.
    #[error("this is no Green Button feed: it should be one Atom `feed` or `entry`")]
    Root,
    /// No interval of electricity in it.
    #[error("the feed has no intervals of electric energy")]
    Nothing {
        /// What it has instead.
        remarks: Vec<super::Remark>,
    },
    /// A value that ESPI does not have.
    #[error("`{element}` may not be `{value}`")]
    Value {
        /// The element.
        element: &'static str,
        /// What it holds, shortened.
        value: String,
    },
    /// A mandatory element is missing.
    #[error("`{parent}` has no `{element}`")]
    Missing {
        /// The element that should hold it.
        parent: &'static str,
        /// What is missing.
        element: &'static str,
    },
    /// A rule of local time that cannot be followed.
    #[error("the feed's rule of local time cannot be followed")]
    Rule(#[from] super::RuleError),
}
