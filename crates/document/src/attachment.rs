//! Files inside a PDF, taken out again.
//!
//! The stream of an embedded file is never inside another one (ISO 32000-1 §7.5.7), so it is found
//! without following the PDF's tables, in what this crate wrote and in what other programs made of
//! it, unless they encrypted it. Whatever is taken out is outside bytes: it is verified by whoever
//! asked for it.

use std::io::Read as _;

use flate2::read::ZlibDecoder;

/// The largest PDF that is looked into.
pub const MAX_PDF: usize = 16 * 1024 * 1024;
/// The most files that are taken out.
const MAX_FILES: usize = 16;
/// The longest description of a stream.
const MAX_DICTIONARY: usize = 4 * 1024;

/// Nothing can be taken out.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AttachmentError {
    /// Not a PDF.
    #[error("this is not a PDF")]
    NotPdf,
    /// Too large.
    #[error("the PDF is over {MAX_PDF} bytes")]
    TooLong,
}

/// Whether bytes are those of a PDF, by how they begin.
#[must_use]
pub fn is_pdf(bytes: &[u8]) -> bool {
    bytes.starts_with(b"%PDF-")
}

/// The files in a PDF that have at most so many bytes, in their order; others, and those that are
/// packed in a way that is not known, are passed over.
///
/// # Errors
/// [`AttachmentError`].
pub fn files(pdf: &[u8], most: usize) -> Result<Vec<Vec<u8>>, AttachmentError> {
    if !is_pdf(pdf) {
        return Err(AttachmentError::NotPdf);
    }
    if pdf.len() > MAX_PDF {
        return Err(AttachmentError::TooLong);
    }
    let mut files = Vec::new();
    let mut tried = 0;
    let mut from = 0;
    while let Some(at) = find(&pdf[from..], b"/EmbeddedFile").map(|at| from + at) {
        from = at + b"/EmbeddedFile".len();
        // Not `/EmbeddedFiles`, the list of their names.
        if pdf.get(from).is_some_and(u8::is_ascii_alphanumeric) {
            continue;
        }
        tried += 1;
        if tried > MAX_FILES {
            break;
        }
        files.extend(stream_at(pdf, at).and_then(|stream| stream.content(most)));
    }
    Ok(files)
}

/// A stream with its description.
struct Stream<'a> {
    dictionary: &'a [u8],
    packed: &'a [u8],
}

/// The stream whose description has the byte at `at`.
fn stream_at(pdf: &[u8], at: usize) -> Option<Stream<'_>> {
    let before = &pdf[at.saturating_sub(MAX_DICTIONARY)..at];
    let start = at - (before.len() - find_last(before, b"obj")?);
    let after = &pdf[at..pdf.len().min(at + MAX_DICTIONARY)];
    let keyword = at + find(after, b"stream")?;
    let mut packed = pdf.get(keyword + b"stream".len()..)?;
    // The keyword is followed by a line feed, with or without a carriage return.
    packed = packed.strip_prefix(b"\r").unwrap_or(packed);
    packed = packed.strip_prefix(b"\n").unwrap_or(packed);
    Some(Stream {
        dictionary: pdf.get(start..keyword)?,
        packed,
    })
}

impl Stream<'_> {
    fn content(&self, most: usize) -> Option<Vec<u8>> {
        match self.filter()? {
            Filter::None => {
                let end = find(self.packed, b"endstream")?;
                let content = &self.packed[..end];
                let content = content.strip_suffix(b"\n").unwrap_or(content);
                let content = content.strip_suffix(b"\r").unwrap_or(content);
                (content.len() <= most).then(|| content.to_owned())
            }
            Filter::Flate => {
                let mut content = Vec::new();
                let limit = u64::try_from(most).unwrap_or(u64::MAX).saturating_add(1);
                ZlibDecoder::new(self.packed)
                    .take(limit)
                    .read_to_end(&mut content)
                    .ok()?;
                (content.len() <= most).then_some(content)
            }
        }
    }

    /// How it is packed; `None` when that is not known here.
    fn filter(&self) -> Option<Filter> {
        let Some(at) = find(self.dictionary, b"/Filter") else {
            return Some(Filter::None);
        };
        let value = self.dictionary.get(at + b"/Filter".len()..)?;
        let value = value.trim_ascii_start();
        let names = match value.strip_prefix(b"[") {
            Some(list) => list.get(..find(list, b"]")?)?,
            // One name, up to where something else begins.
            None => {
                let end = value
                    .iter()
                    .skip(1)
                    .position(|byte| !byte.is_ascii_alphanumeric());
                value.get(..end? + 1)?
            }
        };
        match names.trim_ascii() {
            b"" => Some(Filter::None),
            b"/FlateDecode" => Some(Filter::Flate),
            _ => None,
        }
    }
}

enum Filter {
    None,
    Flate,
}

fn find(bytes: &[u8], wanted: &[u8]) -> Option<usize> {
    bytes
        .windows(wanted.len())
        .position(|window| window == wanted)
}

fn find_last(bytes: &[u8], wanted: &[u8]) -> Option<usize> {
    bytes
        .windows(wanted.len())
        .rposition(|window| window == wanted)
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;

    fn pdf(dictionary: &str, stream: &[u8]) -> Vec<u8> {
        let mut pdf = b"%PDF-1.7\n<</Names<</EmbeddedFiles 3 0 R>>>>\n7 0 obj\n".to_vec();
        pdf.extend(dictionary.as_bytes());
        pdf.extend(b"stream\r\n");
        pdf.extend(stream);
        pdf.extend(b"\nendstream\nendobj");
        pdf
    }

    fn packed(content: &[u8]) -> Vec<u8> {
        let mut packer = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::fast());
        packer.write_all(content).unwrap();
        packer.finish().unwrap()
    }

    #[test]
    fn files_are_found_however_they_are_packed() {
        for (dictionary, stream) in [
            ("<</Type/EmbeddedFile/Length 5>>", b"hello".to_vec()),
            (
                "<</Length 9 0 R /Type /EmbeddedFile /Filter []>>\n",
                b"hello".to_vec(),
            ),
            (
                "<</Filter/FlateDecode/Type/EmbeddedFile/Length 9>>",
                packed(b"hello"),
            ),
            (
                "<</Type/EmbeddedFile/Filter [ /FlateDecode ] /Length 9>>",
                packed(b"hello"),
            ),
        ] {
            assert_eq!(
                files(&pdf(dictionary, &stream), 5),
                Ok(vec![b"hello".to_vec()]),
                "{dictionary}"
            );
        }
    }

    #[test]
    fn what_is_too_large_or_not_known_is_passed_over() {
        let bomb = packed(&vec![b'a'; 1_000_000]);
        for (dictionary, stream) in [
            ("<</Type/EmbeddedFile/Filter/FlateDecode>>", bomb),
            ("<</Type/EmbeddedFile>>", b"hello, world".to_vec()),
            ("<</Type/EmbeddedFile/Filter/LZWDecode>>", b"hello".to_vec()),
            (
                "<</Type/EmbeddedFile/Filter[/FlateDecode/ASCIIHexDecode]>>",
                packed(b"hello"),
            ),
            ("<</Type/Other>>", b"hello".to_vec()),
        ] {
            assert_eq!(
                files(&pdf(dictionary, &stream), 5),
                Ok(vec![]),
                "{dictionary}"
            );
        }
        assert_eq!(files(b"hello", 5), Err(AttachmentError::NotPdf));
        assert_eq!(files(b"%PDF-1.7 /EmbeddedFile", 5), Ok(vec![]));
    }

    #[test]
    fn few_are_tried() {
        let one = pdf("<</Type/EmbeddedFile>>", b"hello");
        let many = one.repeat(MAX_FILES + 4);
        assert_eq!(files(&many, 5).unwrap().len(), MAX_FILES);
    }
}
