use super::*;

static NAMES: [MessageName; 1] = [MessageName {
    namespace: "test:",
    element: "A",
}];

fn read(bytes: &[u8]) -> Result<Element, ReadError> {
    super::read(bytes, &NAMES).map(|(tree, _)| tree)
}

fn document(inner: &str) -> Result<Element, ReadError> {
    let text = format!("<Document xmlns=\"urn:test:1\" xmlns:o=\"urn:other\">{inner}</Document>");
    read(text.as_bytes())
}

#[test]
fn text_is_joined_over_comments_references_and_sections() {
    let tree = document("<A> x&amp;<!-- c -->&#x79;<![CDATA[<z>]]> </A>").unwrap();
    assert_eq!(tree.text_at(&["A"]).as_deref(), Some("x&y<z>"));
}

#[test]
fn prefixes_are_free_and_other_namespaces_are_passed_over() {
    let text = "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<p:Document xmlns:p=\"urn:test:2\">\
                <x:A xmlns:x=\"urn:o\"><p:B>no</p:B></x:A><p:B>yes</p:B></p:Document>";
    let tree = read(text.as_bytes()).unwrap();
    assert!(tree.child("A").is_none());
    assert_eq!(tree.text_at(&["B"]).as_deref(), Some("yes"));
}

#[test]
fn what_could_be_an_attack_is_refused() {
    let deep = "<A>".repeat(MAX_DEPTH) + &"</A>".repeat(MAX_DEPTH);
    let foreign = "<o:A>".repeat(MAX_DEPTH) + &"</o:A>".repeat(MAX_DEPTH);
    let many = "<A/>".repeat(MAX_ELEMENTS);
    let long = format!("<A>{}</A>", "x".repeat(MAX_TEXT_BYTES + 1));
    let attributes: String = (0..=MAX_ATTRIBUTES)
        .map(|n| format!(" a{n}=\"\""))
        .collect();
    let wide = format!("<A{attributes}/>");
    let envelopes = "<E>".repeat(1_000_000);
    let refused = read(envelopes.as_bytes()).unwrap_err();
    assert!(matches!(refused, ReadError::Bound { .. }), "{refused:?}");
    for inner in [&deep, &foreign, &many, &long, &wide] {
        let refused = document(inner).unwrap_err();
        assert!(matches!(refused, ReadError::Bound { .. }), "{refused:?}");
    }
    let doctype = "<!DOCTYPE d [<!ENTITY a \"b\">]><Document xmlns=\"urn:test:1\"/>";
    let refused = read(doctype.as_bytes()).unwrap_err();
    assert!(matches!(refused, ReadError::Entity { .. }), "{refused:?}");
    for inner in ["&a;", "&#0;", "&#x1F;", "&#xFFFE;"] {
        let refused = document(inner).unwrap_err();
        assert!(
            matches!(refused, ReadError::Entity { .. }),
            "{inner} {refused:?}"
        );
    }
}

/// The database takes no NUL, and people could not see what they read.
#[test]
fn characters_that_xml_forbids_are_refused() {
    for character in [
        '\0', '\u{1}', '\u{8}', '\u{B}', '\u{1B}', '\u{1F}', '\u{FFFE}',
    ] {
        for inner in [
            format!("<A>x{character}</A>"),
            format!("<A><![CDATA[{character}]]></A>"),
            format!("<o:A>{character}</o:A>"),
        ] {
            let refused = document(&inner).unwrap_err();
            let ReadError::Character {
                character: found, ..
            } = refused
            else {
                panic!("{inner:?} {refused:?}");
            };
            assert_eq!(found, character);
        }
    }
    let refused = document("<A>\0</A>").unwrap_err().to_string();
    assert!(refused.contains("U+0000, which XML forbids"), "{refused}");
    let tree = document("<A>a\t\u{85}\u{1F600}</A>").unwrap();
    assert_eq!(tree.text_at(&["A"]).as_deref(), Some("a\t\u{85}\u{1F600}"));
}

#[test]
fn what_is_not_one_document_is_refused() {
    for text in [
        "",
        "text",
        "<Document xmlns=\"urn:test:1\">",
        "<Document xmlns=\"urn:test:1\"/><Document xmlns=\"urn:test:1\"/>",
        "<Document xmlns=\"urn:test:1\"/>text",
        "<Document xmlns=\"urn:other:1\"/>",
        "<Document/>",
        "<Document><B/></Document>",
        "<E><Document xmlns=\"urn:test:1\"/><Document xmlns=\"urn:test:1\"/></E>",
        "<Document xmlns=\"urn:test:1\"/><E/>",
        "<E/><Document xmlns=\"urn:test:1\"/>",
        "<E></E>",
        "<Doc xmlns=\"urn:test:1\"/>",
        "<Document xmlns=\"urn:test:1\"><A></B></Document>",
        "<Document xmlns=\"urn:test:1\"></Document></A>",
        "<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?><Document xmlns=\"urn:test:1\"/>",
    ] {
        assert!(read(text.as_bytes()).is_err(), "{text}");
    }
    assert!(read(b"<Document xmlns=\"urn:test:1\">\xFF</Document>").is_err());
}
