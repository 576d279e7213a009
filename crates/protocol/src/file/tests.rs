use jiff::ToSpan as _;
use wattkey_pki::{Certificate, Digest, MemorySigner, issue};

use super::*;

const HEADER: &str = r#"{"type":"header","format":"wattkey-import-1","source":"marketing","number":17,"created":"2026-11-22T08:00:00Z","records":3,"totals":{"bill":{"count":2,"amounts":{"CNY":300}},"user":{"count":1,"amounts":{}}}}"#;

fn now() -> jiff::Timestamp {
    "2026-11-22T08:00:00Z".parse().unwrap()
}

fn key() -> (MemorySigner, Certificate) {
    let key = MemorySigner::generate();
    let certificate = issue::self_signed_ca("Marketing", "Example Power", &key, now(), 10).unwrap();
    (key, certificate)
}

#[test]
fn a_header_has_one_spelling() {
    let header = ImportHeader::parse(HEADER.as_bytes()).unwrap();
    assert_eq!(header.to_line(), HEADER);
    assert_eq!(header.totals.of("bill").unwrap().count, 2);
}

#[test]
fn other_headers_are_refused() {
    for (what, with) in [
        ("wattkey-import-1", "wattkey-import-2"),
        ("\"type\":\"header\"", "\"type\":\"head\""),
        ("\"records\":3", "\"records\":3,\"records\":3"),
        ("\"records\":3", "\"records\":-3"),
        ("\"records\":3", "\"records\":3,\"more\":1"),
        ("marketing", "Marketing"),
        ("marketing", ""),
        ("\"count\":2", "\"count\":0"),
        ("{\"CNY\":300}", "{\"CNY\":300,\"CNY\":300}"),
        ("{\"CNY\":300}", "{\"XXX\":300}"),
        ("{\"CNY\":300}", "{\"CNY\":-1}"),
        ("{\"CNY\":300}", "{\"CNY\":9007199254740992}"),
        ("\"user\":", "\"bill\":"),
        ("\"user\":", "\"User\":"),
        ("08:00:00Z", "08:00:00.5Z"),
    ] {
        let header = HEADER.replace(what, with);
        assert_ne!(header, HEADER);
        assert!(ImportHeader::parse(header.as_bytes()).is_err(), "{header}");
    }
    let long = format!("{HEADER}{}", " ".repeat(MAX_HEADER));
    let error = ImportHeader::parse(long.as_bytes()).unwrap_err();
    assert!(matches!(error, FileProblem::HeaderTooLong));
}

#[test]
fn totals_are_counted_and_compared() {
    let mut totals = Totals::default();
    totals.count("bill", Some((Currency::CNY, 100))).unwrap();
    totals.count("bill", Some((Currency::CNY, 200))).unwrap();
    assert_eq!(
        totals.differences(&ImportHeader::parse(HEADER.as_bytes()).unwrap().totals),
        ["user"]
    );
    totals.count("user", None).unwrap();
    assert_eq!(
        totals,
        ImportHeader::parse(HEADER.as_bytes()).unwrap().totals
    );
    let most = Some((Currency::CNY, MAX_MINOR));
    assert_eq!(totals.count("bill", most), Err(TotalOverflow));
}

#[test]
fn only_the_pinned_certificate_signs_a_file() {
    let (key, certificate) = key();
    let signature = FileSignature {
        source: "marketing".to_owned(),
        number: 17,
        digest: Digest::of(b"file"),
        records: 3,
    };
    let text = signature.sign(&key, certificate.thumbprint()).unwrap();
    let verify =
        |text: &str, certificate: &Certificate, at| FileSignature::verify(text, certificate, at);
    assert_eq!(verify(&text, &certificate, now()).unwrap(), signature);
    assert_eq!(FileSignature::read_unverified(&text).unwrap(), signature);

    let (other_key, other) = self::key();
    assert!(matches!(
        verify(&text, &other, now()),
        Err(FileProblem::OtherCertificate)
    ));
    let forged = signature
        .sign(&other_key, certificate.thumbprint())
        .unwrap();
    assert!(matches!(
        verify(&forged, &certificate, now()),
        Err(FileProblem::Signature(_))
    ));
    assert!(matches!(
        verify(&text, &certificate, now() + (24 * 11).hours()),
        Err(FileProblem::CertificateTime)
    ));
    // A signature of another sort of document is none of a file.
    assert!(matches!(
        Acknowledgement::verify(&text, &certificate, now()),
        Err(FileProblem::Jws(_))
    ));
}

#[test]
fn an_acknowledgement_leads_back_to_itself() {
    let (key, certificate) = key();
    let header = ImportHeader::parse(HEADER.as_bytes()).unwrap();
    let journal = JournalPlace {
        process: uuid::Uuid::from_u128(7),
        sequence: 5,
        link: Digest::of(b"link"),
    };
    for journal in [Some(journal), None] {
        let said = Acknowledgement {
            source: "marketing".to_owned(),
            number: header.number,
            digest: Digest::of(b"file"),
            records: header.records,
            totals: header.totals.clone(),
            taken: now(),
            journal,
        };
        let text = said.sign(&key, certificate.thumbprint()).unwrap();
        assert_eq!(
            Acknowledgement::verify(&text, &certificate, now()).unwrap(),
            said
        );
    }
}
