//! Files to and from the internal network.

use crate::Outcome;
use crate::fixtures::{KEYS, now};
use serde::Serialize;
use serde::de::DeserializeOwned;
use wattkey_pki::jws;
use wattkey_protocol::file::{
    ACKNOWLEDGEMENT_TYPE, Acknowledgement, ExportHeader, ExportLine, ExportNews, FileSignature,
    ImportHeader, NewImport, SIGNATURE_TYPE,
};

/// The first line of a file that comes in.
pub(crate) fn import_header(bytes: &[u8]) -> Outcome {
    let header = ImportHeader::parse(bytes);
    if let Ok(header) = &header {
        let again = ImportHeader::parse(header.to_line().as_bytes()).expect("its own line");
        assert_eq!(again, *header);
    }
    Outcome::of(&header)
}

/// The first line of a file that goes out.
pub(crate) fn export_header(bytes: &[u8]) -> Outcome {
    let header = ExportHeader::parse(bytes);
    if let Ok(header) = &header {
        let again = ExportHeader::parse(header.to_line().as_bytes()).expect("its own line");
        assert_eq!(again, *header);
    }
    Outcome::of(&header)
}

/// Another line of it.
pub(crate) fn export_line(bytes: &[u8]) -> Outcome {
    let line = ExportLine::parse(bytes);
    if let Ok(line) = &line {
        let again = ExportLine::parse(line.to_line().as_bytes()).expect("its own line");
        assert_eq!(again, *line);
    }
    let news = ExportNews::parse(bytes);
    if let Ok(news) = &news {
        let again = ExportNews::parse(news.to_line().as_bytes()).expect("its own line");
        assert_eq!(again, *news);
        assert!(line.is_err(), "a line is of one kind");
        return Outcome::Read;
    }
    Outcome::of(&line)
}

/// The payload of a file's signature.
pub(crate) fn file_signature(bytes: &[u8]) -> Outcome {
    let signer = &KEYS.platform;
    let text = signed(SIGNATURE_TYPE, bytes);
    let said = FileSignature::verify(&text, &signer.certificate, now());
    if let Ok(said) = &said {
        again(said);
    }
    Outcome::of(&said)
}

/// The payload of an acknowledgement.
pub(crate) fn file_acknowledgement(bytes: &[u8]) -> Outcome {
    let signer = &KEYS.platform;
    let text = signed(ACKNOWLEDGEMENT_TYPE, bytes);
    let said = Acknowledgement::verify(&text, &signer.certificate, now());
    if let Ok(said) = &said {
        again(said);
    }
    Outcome::of(&said)
}

/// What announces a file.
pub(crate) fn file_announcement(bytes: &[u8]) -> Outcome {
    Outcome::of(&serde_json::from_slice::<NewImport>(bytes))
}

fn signed(typ: &str, payload: &[u8]) -> String {
    let signer = &KEYS.platform;
    let thumbprint = signer.certificate.thumbprint();
    jws::sign_compact(&signer.key, typ, thumbprint, payload).expect("signs")
}

fn again<T: Serialize + DeserializeOwned + PartialEq + std::fmt::Debug>(document: &T) {
    let text = serde_json::to_vec(document).expect("texts and numbers are JSON");
    assert_eq!(
        serde_json::from_slice::<T>(&text).expect("its own text"),
        *document
    );
}
