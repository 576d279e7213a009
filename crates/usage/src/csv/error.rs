use wattkey_domain::MeteringPointId;

/// Why a file cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CsvError {
    /// A bound is exceeded.
    #[error("the file exceeds the bound on its {what} ({limit})")]
    Bound {
        /// What is bounded.
        what: &'static str,
        /// The bound.
        limit: usize,
    },
    /// Not UTF-8.
    #[error("line {line} is not in UTF-8")]
    Encoding {
        /// Which line, from 1.
        line: usize,
    },
    /// The header lacks a column, has an unknown one, or one twice.
    #[error(
        "the header {problem}; columns are point, start or end, active_import_kwh, \
             active_export_kwh, reactive_import_kvarh, reactive_export_kvarh and quality"
    )]
    Header {
        /// What is wrong with it.
        problem: String,
    },
    /// A line has another number of fields than the header, or a quote where none belongs.
    #[error("line {line} does not have the header's {columns} fields")]
    Fields {
        /// Which line, from 1.
        line: usize,
        /// How many there should be.
        columns: usize,
    },
    /// A field is not what its column holds.
    #[error("line {line}: `{value}` is no {column}: {wanted}")]
    Value {
        /// Which line, from 1.
        line: usize,
        /// Which column.
        column: &'static str,
        /// What it holds, shortened.
        value: String,
        /// What belongs there.
        wanted: &'static str,
    },
    /// No line has a value.
    #[error("the file has no values")]
    Nothing,
    /// The lines of a metering point are no quarter-hours or other parts of an hour apart.
    #[error(
        "the values of metering point {point} are {seconds} seconds apart: it should be 1, 5, 10, \
             15, 30 or 60 minutes"
    )]
    Resolution {
        /// Which one.
        point: MeteringPointId,
        /// The least distance between two times, or what all distances are multiples of.
        seconds: i64,
    },
}
