//! Every document in both languages: written under `target/screens/`, drawn as PNG to be looked at,
//! and read with programs that we did not write (poppler, qpdf).

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::path::{Path, PathBuf};
use std::process::Command;

use base64::Engine as _;
use jiff::civil::date;
use jiff::tz::TimeZone;
use wattkey_document::bill::{Bill, Recomputed};
use wattkey_document::notice::Notice;
use wattkey_document::receipt::Receipt;
use wattkey_document::statement::Statement;
use wattkey_document::{Issuer, Language, Pdf, attachment};
use wattkey_domain::BillDocument;
use wattkey_domain::tariff::{Metered, Tariff, compare, reckon};
use wattkey_pki::{Certificate, TrustAnchor};
use wattkey_protocol::notice::NoticeDocument;
use wattkey_protocol::receipt::{self, ReceiptCode};

const CUSTOMER: &str = "0b7a3c1e-6a0e-4a52-8f7e-1d2c3b4a5968";
const LANGUAGES: [Language; 2] = [Language::En, Language::Zh];

fn issuer(language: Language) -> Issuer {
    let name = match language {
        Language::En => "Example Power",
        Language::Zh => "示例电力公司",
    };
    Issuer {
        name: name.into(),
        audience: "https://pay.example".into(),
        zone: TimeZone::get("Asia/Shanghai").unwrap(),
    }
}

fn customer(language: Language) -> [&'static str; 3] {
    match language {
        Language::En => [
            "Example Steel Co., Ltd.",
            "Rolling mill",
            "1 Works Road, Example City",
        ],
        Language::Zh => ["示例钢铁有限公司", "轧钢厂", "示例市工厂路 1 号"],
    }
}

/// `target/screens` of the workspace.
fn screens() -> PathBuf {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/screens");
    std::fs::create_dir_all(&folder).unwrap();
    folder
}

fn ran(program: &str, arguments: &[&str]) -> String {
    let output = Command::new(program).args(arguments).output();
    let output = output.unwrap_or_else(|error| {
        panic!("{program} of the packages poppler-utils and qpdf, which ./test installs: {error}")
    });
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(
        output.status.success(),
        "{program} {arguments:?}: {said}{error}"
    );
    said
}

/// Writes, draws and reads a document: its words, and the one file that it carries.
fn looked_at(name: &str, language: Language, pdf: &Pdf) -> (String, Vec<u8>) {
    assert_eq!(pdf.missing.len(), 0, "{:?}", pdf.missing);
    let stem = screens().join(format!("{name}-{}", language.code()));
    let file = stem.with_extension("pdf");
    let path = file.to_str().unwrap();
    std::fs::write(&file, &pdf.bytes).unwrap();
    ran(
        "pdftoppm",
        &["-r", "96", "-png", path, stem.to_str().unwrap()],
    );
    ran("qpdf", &["--check", path]);
    let about = ran("pdfinfo", &[path]);
    assert!(about.contains("Tagged:          yes"), "{about}");
    assert!(about.contains("595.276 x 841.89 pts (A4)"), "{about}");
    let fonts = ran("pdffonts", &[path]);
    for font in fonts.lines().skip(2) {
        // Embedded, cut to what is used, with a way back to characters.
        assert!(font.contains("yes yes yes"), "{font}");
    }
    let words = ran("pdftotext", &["-layout", path, "-"]);
    let folder = tempfile::tempdir().unwrap();
    ran(
        "pdfdetach",
        &["-saveall", "-o", folder.path().to_str().unwrap(), path],
    );
    let mut carried = std::fs::read_dir(folder.path()).unwrap();
    let carried = std::fs::read(carried.next().unwrap().unwrap().path()).unwrap();
    let ours = attachment::files(&pdf.bytes, carried.len()).unwrap();
    assert_eq!(ours, [carried.as_slice()]);
    (words, carried)
}

fn has(words: &str, wanted: &[&str]) {
    let all: String = words.split_whitespace().collect::<Vec<_>>().join(" ");
    for wanted in wanted {
        assert!(all.contains(wanted), "{wanted} is not in\n{words}");
    }
}

struct Month {
    bill: String,
    metered: Metered,
    tariff: Tariff,
}

/// August of the sample's steelworks.
fn steelworks() -> Month {
    let site = wattkey_sample::sites().remove(0);
    let (from, to) = (date(2026, 8, 1), date(2026, 9, 1));
    let curve = wattkey_sample::curve(&site, 7, from, to);
    let schedule = wattkey_sample::periods();
    let months = wattkey_sample::months(&site, CUSTOMER, &curve, &schedule, (from, 1)).unwrap();
    let tariff = wattkey_sample::tariff(site.kind);
    Month {
        bill: months[0].bill.clone(),
        metered: Metered::parse(months[0].metered.as_bytes()).unwrap(),
        tariff: Tariff::parse(tariff.as_bytes()).unwrap(),
    }
}

fn bill(month: &Month, bytes: &str, language: Language) -> (Pdf, BillDocument) {
    let document = BillDocument::parse(bytes.as_bytes()).unwrap();
    let reckoning = reckon(std::slice::from_ref(&month.tariff), &month.metered).unwrap();
    let comparison = compare(&document, &reckoning).unwrap();
    let [customer, account, address] = customer(language);
    let shown = Bill {
        issuer: &issuer(language),
        customer,
        account,
        address,
        bytes: bytes.as_bytes(),
        document: &document,
        recomputed: Some(Recomputed {
            metered: &month.metered,
            reckoning: &reckoning,
            comparison: &comparison,
        }),
    };
    let pdf = shown.pdf(language).unwrap();
    assert_eq!(
        shown.pdf(language).unwrap(),
        pdf,
        "the same data, the same bytes"
    );
    (pdf, document)
}

#[test]
fn a_bill_stands_beside_its_recomputation() {
    let month = steelworks();
    for language in LANGUAGES {
        let (pdf, document) = bill(&month, &month.bill, language);
        let (words, carried) = looked_at("bill", language, &pdf);
        assert_eq!(carried, month.bill.as_bytes());
        let total = grouped(document.total.minor());
        has(&words, &[document.bill.as_str(), &total]);
        has(
            &words,
            &match language {
                Language::En => [
                    "Electricity bill",
                    "The bill agrees with its tariff",
                    "Page 1 of 2",
                ],
                Language::Zh => ["电费账单", "账单各项均与电价和读数相符", "第 1 页，共 2 页"],
            },
        );
    }
}

#[test]
fn what_differs_is_marked_and_named() {
    let month = steelworks();
    let mut changed: serde_json::Value = serde_json::from_str(&month.bill).unwrap();
    let line = changed["lines"]
        .as_array()
        .unwrap()
        .iter()
        .position(|line| line["kind"] == "energy");
    let line = line.unwrap();
    // Another price, and the amount that it makes; the revenue goes along.
    for (place, by) in [("amount", 4_321_i64), ("price", 0)] {
        let value = &mut changed["lines"][line][place];
        *value = match value.as_i64() {
            Some(amount) => (amount + by).into(),
            None => "1.2872".into(),
        };
    }
    for part in ["total", "revenue"] {
        changed[part] = (changed[part].as_i64().unwrap() + 4_321).into();
    }
    for language in LANGUAGES {
        let (pdf, _) = bill(&month, &changed.to_string(), language);
        let (words, _) = looked_at("bill-differs", language, &pdf);
        has(
            &words,
            &match language {
                Language::En => [
                    "differs from its tariff and its readings by ¥ 43.21 in one line",
                    "the bill has the price 1.2872",
                ],
                Language::Zh => ["相差 ¥ 43.21，共 1 项不符", "账单单价为 1.2872"],
            },
        );
    }
}

/// A receipt with both signatures, from the vectors of the protocol.
fn signed() -> &'static str {
    let page = include_str!("../../../PROTOCOL.md");
    let from = page.find("```vector receipt\n").unwrap();
    page[from..].lines().nth(1).unwrap()
}

/// The service CA of that receipt.
fn service_ca() -> TrustAnchor {
    let signed: serde_json::Value = serde_json::from_str(signed()).unwrap();
    let header = signed["signatures"][0]["protected"].as_str().unwrap();
    let header = base64::prelude::BASE64_URL_SAFE_NO_PAD
        .decode(header)
        .unwrap();
    let header: serde_json::Value = serde_json::from_slice(&header).unwrap();
    let ca = header["x5c"][1].as_str().unwrap();
    let ca = base64::prelude::BASE64_STANDARD.decode(ca).unwrap();
    TrustAnchor::new(Certificate::from_der(&ca).unwrap()).unwrap()
}

#[test]
fn a_receipt_carries_what_verifies_it() {
    let code = ReceiptCode::of(signed().as_bytes()).unwrap();
    let protocol = include_str!("../../../PROTOCOL.md");
    assert!(protocol.contains(&format!("    {code}\n")), "{code}");
    for language in LANGUAGES {
        let document = receipt::verify(signed().as_bytes(), &service_ca()).unwrap();
        let shown = Receipt {
            issuer: &issuer(language),
            customer: customer(language)[0],
            signed: signed().as_bytes(),
            document: &document,
        };
        let pdf = shown.pdf(language).unwrap();
        assert_eq!(shown.pdf(language).unwrap(), pdf);
        let (words, carried) = looked_at("receipt", language, &pdf);
        assert_eq!(carried, signed().as_bytes());
        has(
            &words,
            &[
                "12,345.00",
                "24.69",
                "12,369.69",
                "PO 4711",
                &code.digest.to_string(),
            ],
        );
        // What another program made of it is still read.
        let file = screens().join(format!("receipt-{}.pdf", language.code()));
        let other = tempfile::NamedTempFile::new().unwrap();
        let arguments = [
            "--object-streams=generate",
            "--recompress-flate",
            "--linearize",
        ];
        let mut arguments = arguments.to_vec();
        arguments.extend([file.to_str().unwrap(), other.path().to_str().unwrap()]);
        ran("qpdf", &arguments);
        let other = std::fs::read(other.path()).unwrap();
        assert_ne!(other, pdf.bytes);
        assert_eq!(
            attachment::files(&other, 128 * 1024).unwrap(),
            [signed().as_bytes()]
        );
    }
}

#[test]
fn the_code_on_a_receipt_is_read_by_another_reader() {
    const SCRIPT: &str = "import sys, zxingcpp; from PIL import Image; \
        [print(found.text) for found in zxingcpp.read_barcodes(Image.open(sys.argv[1]))]";
    let python = std::env::var("WATTKEY_TEST_PYTHON");
    let python = python.expect("./test sets WATTKEY_TEST_PYTHON to a Python with zxing-cpp");
    let document = receipt::verify(signed().as_bytes(), &service_ca()).unwrap();
    let shown = Receipt {
        issuer: &issuer(Language::En),
        customer: customer(Language::En)[0],
        signed: signed().as_bytes(),
        document: &document,
    };
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("receipt.pdf");
    std::fs::write(&file, shown.pdf(Language::En).unwrap().bytes).unwrap();
    let drawn = folder.path().join("receipt");
    let path = file.to_str().unwrap();
    // As coarse as a fax.
    let arguments = [
        "-r",
        "100",
        "-gray",
        "-singlefile",
        path,
        drawn.to_str().unwrap(),
    ];
    ran("pdftoppm", &arguments);
    let drawn = drawn.with_extension("pgm");
    let read = ran(&python, &["-c", SCRIPT, drawn.to_str().unwrap()]);
    let code = ReceiptCode::of(signed().as_bytes()).unwrap();
    assert_eq!(read, format!("{code}\n"));
}

#[test]
fn a_statement_goes_on_from_page_to_page() {
    let statement = statement();
    for language in LANGUAGES {
        let shown = Statement {
            issuer: &issuer(language),
            customer: customer(language)[0],
            document: &statement,
        };
        let pdf = shown.pdf(language).unwrap();
        assert_eq!(shown.pdf(language).unwrap(), pdf);
        let (words, carried) = looked_at("statement", language, &pdf);
        let read: wattkey_protocol::statement::Statement =
            serde_json::from_slice(&carried).unwrap();
        assert_eq!(read, statement);
        let closing = grouped(statement.closing.owed);
        has(&words, &["2026-10-31", &closing, "PO 4711"]);
    }
}

/// Two years of months: billed, charged a penalty now and then, paid.
fn statement() -> wattkey_protocol::statement::Statement {
    let mut items = Vec::new();
    let (mut balance, mut deposit) = (0_i64, 150_000_000_i64);
    for month in 0..22_i64 {
        let first = date(2025, 1, 1)
            .checked_add(jiff::Span::new().months(month))
            .unwrap();
        let (year, number) = (first.year(), first.month());
        let amount = 8_077_726 + 31_907 * month;
        let bill = format!("B-{year}-{number:02}-1001");
        let mut add = |day: i8, kind: &str, moved: i64, more: serde_json::Value| {
            balance += moved;
            let day = date(year, number, day);
            let mut entry = serde_json::json!({"day": day, "posted": format!("{day}T01:00:00Z"),
                "ledger": "bills", "kind": kind, "bill": bill, "period": format!("{year}-{number:02}"),
                "debit": moved.max(0), "credit": (-moved).max(0), "balance": balance});
            entry
                .as_object_mut()
                .unwrap()
                .extend(more.as_object().unwrap().clone());
            items.push(entry);
        };
        add(
            3,
            "bill",
            amount,
            serde_json::json!({"due": date(year, number, 17)}),
        );
        let late = if month % 5 == 4 { 16_155 } else { 0 };
        if late > 0 {
            add(18, "penalty", late, serde_json::json!({}));
        }
        if month < 21 {
            let way = if month % 2 == 0 { "mandate" } else { "deposit" };
            add(
                19,
                "payment",
                -amount - late,
                serde_json::json!({"way": way, "reference": "PO 4711",
                "order": "7d3f0b8e-3a52-4d0c-9a41-6f2b8f0f1c11"}),
            );
            if way == "deposit" {
                deposit -= amount + late;
                let entry = serde_json::json!({"day": date(year, number, 19), "posted": "2025-01-01T01:00:00Z",
                    "ledger": "deposit", "kind": "deposit-out", "way": "deposit", "bill": bill,
                    "debit": amount + late, "credit": 0, "balance": deposit});
                items.push(entry);
            }
        }
    }
    let opening =
        serde_json::json!({"owed": 0, "open": 0, "in_collection": 0, "deposit": 150_000_000});
    let closing = serde_json::json!({"owed": balance, "open": balance, "in_collection": 0, "deposit": deposit});
    let statement = serde_json::json!({"account": "C-1001", "name": "Rolling mill 轧钢厂",
        "address": "1 Works Road, Example City", "currency": "CNY", "from": "2025-01-01",
        "to": "2026-10-31", "as_of": "2026-11-22T08:00:00Z", "opening": opening, "items": items,
        "next": null, "closing": closing});
    serde_json::from_value(statement).unwrap()
}

#[test]
fn each_notice_says_what_comes_when() {
    for (kind, cut_off) in [
        ("demand", "null"),
        ("cut-off", "\"2026-12-20T01:00:00Z\""),
        ("last-call", "\"2026-12-20T01:00:00Z\""),
    ] {
        for language in LANGUAGES {
            let [name, account, address] = customer(language);
            let bytes = format!(
                r#"{{"notice":"1f0c6c3e-2d9b-4c55-9a0e-0a1b2c3d4e5f","audience":"https://pay.example",
"customer":{{"id":"{CUSTOMER}","name":"{name}"}},"account":"C-1001","kind":"{kind}",
"bills":[{{"bill":"B-2026-08-1001","due":"2026-09-16","open":1234500,"penalty":246900}},
{{"bill":"B-2026-09-1001","due":"2026-10-16","open":80777260,"penalty":2469000}}],
"total":84727660,"currency":"CNY","served":"2026-12-16T01:00:00Z","cut_off":{cut_off}}}"#
            );
            let document = NoticeDocument::parse(bytes.as_bytes()).unwrap();
            let shown = Notice {
                issuer: &issuer(language),
                account,
                address,
                bytes: bytes.as_bytes(),
                document: &document,
            };
            let pdf = shown.pdf(language).unwrap();
            assert_eq!(shown.pdf(language).unwrap(), pdf);
            let (words, carried) = looked_at(&format!("notice-{kind}"), language, &pdf);
            assert_eq!(carried, bytes.as_bytes());
            has(&words, &["847,276.60", "B-2026-09-1001", "24,690.00"]);
            if kind != "demand" {
                has(
                    &words,
                    &match language {
                        Language::En => ["will be cut on 20 December 2026, 09:00 (+08:00)"],
                        Language::Zh => ["将于 2026年12月20日 09:00（+08:00）停止供电"],
                    },
                );
            }
        }
    }
}

#[test]
fn a_name_that_no_font_has_is_shown_by_number() {
    let month = steelworks();
    let document = BillDocument::parse(month.bill.as_bytes()).unwrap();
    let shown = Bill {
        issuer: &issuer(Language::En),
        customer: "Steel \u{20000}\u{202e}<b>#[x]</b>",
        account: "A",
        address: "B",
        bytes: month.bill.as_bytes(),
        document: &document,
        recomputed: None,
    };
    let pdf = shown.pdf(Language::En).unwrap();
    assert_eq!(
        pdf.missing.iter().copied().collect::<String>(),
        "\u{202e}\u{20000}"
    );
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("bill.pdf");
    std::fs::write(&file, &pdf.bytes).unwrap();
    let words = ran("pdftotext", &["-layout", file.to_str().unwrap(), "-"]);
    has(&words, &["Steel [U+20000][U+202E]<b>#[x]</b>"]);
}

/// Hundredths as they are printed.
fn grouped(minor: i64) -> String {
    let digits = format!("{minor:03}");
    let (whole, cents) = digits.split_at(digits.len() - 2);
    let mut groups: Vec<&str> = Vec::new();
    let mut rest = whole;
    while rest.len() > 3 {
        let (before, group) = rest.split_at(rest.len() - 3);
        groups.push(group);
        rest = before;
    }
    groups.push(rest);
    groups.reverse();
    format!("{}.{cents}", groups.join(","))
}
