//! What a customer keeps: recomputations, tax invoices, documents as PDF, read with programs that we
//! did not write (poppler).
#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::fs;
use std::path::Path;
use std::process::Command;

use jiff::ToSpan as _;
use serde_json::Value;
use wattkey_e2e::provision::today;

use crate::common::metered::{Metered, TAX_INVOICE, TAX_INVOICE_FILE, import_metered};
use crate::common::{Person, Stage};

/// Exit codes of `wattkey`.
const MISUSE: i32 = 2;
const RECEIPT_INVALID: i32 = 44;
const NOT_FOUND: i32 = 45;
const BILL_DIFFERS: i32 = 46;

/// The files of a person.
struct Files<'a> {
    person: &'a Person,
    folder: tempfile::TempDir,
}

pub(crate) fn say_what_the_service_knows(stage: &Stage, person: &Person, paid: &str, order: &str) {
    let metered = import_metered(stage);
    let folder = tempfile::tempdir().unwrap();
    let files = Files { person, folder };
    bills_are_reckoned(person, &metered, paid);
    files.tax_invoices(&metered, paid);
    files.bills(&metered, paid);
    files.receipt(order);
    files.notice(paid);
    files.statement(paid);
}

fn bills_are_reckoned(person: &Person, metered: &Metered, paid: &str) {
    let agrees = person.ask(&["bill", "reckon", &metered.agrees]);
    let bill = &person.ask(&["bill", "show", &metered.agrees])["document"];
    assert_eq!(agrees["agrees"], true, "{agrees}");
    for side in ["billed", "reckoned"] {
        assert_eq!(agrees["total"][side], bill["total"], "{agrees}");
    }
    let lines = agrees["lines"].as_array().unwrap();
    assert_eq!(lines.len(), bill["lines"].as_array().unwrap().len());
    for (line, billed) in lines.iter().zip(bill["lines"].as_array().unwrap()) {
        assert_eq!(line["reckoned"]["amount"], billed["amount"], "{line}");
        assert_eq!(line["causes"].as_array().unwrap().len(), 0, "{line}");
    }

    // One kWh was metered, and much more was billed.
    let arguments = ["bill", "reckon", &metered.differs];
    let output = person.refused(&arguments, BILL_DIFFERS);
    let differs: Value = serde_json::from_str(&output.stdout).unwrap();
    let minor = |pointer: &str| differs.pointer(pointer).unwrap().as_i64().unwrap();
    let (billed, reckoned) = (minor("/total/billed"), minor("/total/reckoned"));
    let bill = &person.ask(&["bill", "show", &metered.differs])["document"];
    assert_eq!(
        (&differs["agrees"], &bill["total"]),
        (&false.into(), &billed.into())
    );
    assert!(reckoned < billed, "{differs}");
    assert_eq!(minor("/difference"), billed - reckoned);
    let words = [
        format!("Bill {} differs from its reckoning by", metered.differs),
        format!("账单 {} 与核算结果相差", metered.differs),
    ];
    person.told(&arguments, BILL_DIFFERS, &words[0], &words[1]);

    let (english, chinese) = ("so it cannot be reckoned", "无法核算");
    person.told(&["bill", "reckon", paid], NOT_FOUND, english, chinese);
}

impl Files<'_> {
    fn path(&self, name: &str) -> String {
        self.folder.path().join(name).to_str().unwrap().to_owned()
    }

    fn tax_invoices(&self, metered: &Metered, paid: &str) {
        let (person, bill) = (self.person, metered.differs.as_str());
        let list = person.ask(&["tax-invoices", "list", bill]);
        let [invoice] = &list["tax_invoices"].as_array().unwrap()[..] else {
            panic!("{list}");
        };
        assert_eq!(invoice["number"], TAX_INVOICE);
        assert_eq!(invoice["bill"], bill);
        assert_eq!(invoice["file"]["media_type"], "application/pdf");
        assert_eq!(invoice["file"]["bytes"], TAX_INVOICE_FILE.len());

        let file = self.path("invoice.pdf");
        let save = ["tax-invoices", "save", bill, "--to", &file];
        let saved = person.ask(&save);
        assert_eq!(saved["number"], TAX_INVOICE);
        assert_eq!(saved["digest"], invoice["file"]["digest"]);
        assert_eq!(fs::read(&file).unwrap(), TAX_INVOICE_FILE);
        person.refused(&save, MISUSE);
        person.ask(&[&save[..], &["--force", "--number", TAX_INVOICE]].concat());

        let none = person.ask(&["tax-invoices", "list", paid]);
        assert_eq!(none["tax_invoices"].as_array().unwrap().len(), 0);
        let (english, chinese) = ("no such tax invoice with a file", "没有这张发票的文件");
        person.told(&["tax-invoices", "save", paid], NOT_FOUND, english, chinese);
    }

    /// Runs a command that writes a PDF, in both languages; its words, and the file in it.
    fn pdf(&self, command: &[&str], to: &str, words: [&str; 2]) -> (Value, Vec<u8>) {
        let mut last = None;
        for (language, words) in ["en", "zh"].into_iter().zip(words) {
            let file = self.path(&format!("{}-{language}.pdf", command[0]));
            let more = [to, &file, "--language", language, "--force"];
            let written = self.person.ask(&[command, &more].concat());
            assert_eq!(written["file"], file.as_str());
            assert_eq!(written["missing"].as_array().unwrap().len(), 0, "{written}");
            let text = ran("pdftotext", &["-layout", &file, "-"]);
            let text: Vec<&str> = text.split_whitespace().collect();
            let text = text.join(" ");
            assert!(text.contains(words), "{words:?} is not in {text}");
            let carried = self.path("carried");
            ran("pdfdetach", &["-save", "1", "-o", &carried, &file]);
            last = Some((written, fs::read(&carried).unwrap()));
        }
        last.unwrap()
    }

    fn bills(&self, metered: &Metered, paid: &str) {
        let document = self.path("bill.json");
        let shown = |bill: &str, more: &[&str], words: [&str; 2]| {
            let command = [&["bill", "pdf", bill][..], more].concat();
            let (written, carried) = self.pdf(&command, "--to", words);
            self.person
                .ask(&["bill", "save", bill, "--to", &document, "--force"]);
            assert_eq!(carried, fs::read(&document).unwrap(), "{bill}");
            written["agrees"].clone()
        };
        let plain = shown(paid, &[], ["Electricity bill", "电费账单"]);
        assert_eq!(plain, Value::Null);
        let good = [
            "agrees with its tariff and its readings",
            "均与电价和读数相符",
        ];
        assert_eq!(shown(&metered.agrees, &["--reckon"], good), true);
        let bad = [
            "differs from its tariff and its readings",
            "与电价和读数的核算结果相差",
        ];
        assert_eq!(shown(&metered.differs, &["--reckon"], bad), false);
        let (english, chinese) = ("so it cannot be reckoned", "无法核算");
        let missing = self.path("missing.pdf");
        let command = ["bill", "pdf", paid, "--reckon", "--to", &missing];
        self.person.told(&command, NOT_FOUND, english, chinese);
        assert!(!Path::new(&missing).exists());
    }

    /// The PDF proves what the receipt proves; the code on paper belongs to this receipt alone.
    fn receipt(&self, order: &str) {
        let json = self.path("receipt.json");
        self.person.ask(&["receipt", "save", order, "--to", &json]);
        let command = ["receipt", "pdf", order];
        let words = ["The payment is complete.", "缴费已完成。"];
        let (_, carried) = self.pdf(&command, "--to", words);
        let mut verified = self.person.ask(&["receipt", "verify", &json]);
        assert_eq!(verified["in_pdf"].take(), false);
        let code = verified["code"].as_str().unwrap();
        for language in ["en", "zh"] {
            let file = self.path(&format!("receipt-{language}.pdf"));
            let verify = ["receipt", "verify", &file, "--code", code];
            let mut again = self.person.ask(&verify);
            assert_eq!(again["in_pdf"].take(), true, "{language}");
            assert_eq!(again, verified, "{language}");
            assert_eq!(again["receipt"]["order"], order);
            assert_eq!(again["receipt"]["reference"], "PO 4711");
        }
        // The books sign a state once: what is carried is what is kept.
        let kept: Value = serde_json::from_slice(&fs::read(&json).unwrap()).unwrap();
        let carried: Value = serde_json::from_slice(&carried).unwrap();
        assert_eq!(carried["payload"], kept["payload"]);

        let file = self.path("receipt-en.pdf");
        let mut pdf = fs::read(&file).unwrap();
        let cut = pdf.len() / 2;
        pdf.truncate(cut);
        let torn = self.path("torn.pdf");
        fs::write(&torn, pdf).unwrap();
        self.person
            .refused(&["receipt", "verify", &torn], RECEIPT_INVALID);
    }

    fn notice(&self, bill: &str) {
        let list = self.person.ask(&["notices"]);
        let mut list = list["notices"].as_array().unwrap().iter();
        let notice = list.find(|notice| notice["account"] == "C-1002");
        let id = notice.expect("the overdue bill was demanded")["notice"].as_str();
        let id = id.unwrap();
        let words = ["Demand for payment", "催缴电费通知书"];
        let (_, carried) = self.pdf(&["notices", "pdf", id], "--to", words);
        let carried: Value = serde_json::from_slice(&carried).unwrap();
        let shown = self.person.ask(&["notices", "show", id]);
        assert_eq!(carried, shown["document"]);
        assert_eq!(carried["bills"][0]["bill"], bill);
    }

    fn statement(&self, bill: &str) {
        let from = today().first_of_month().saturating_sub(3.months());
        let (from, to) = (from.to_string(), today().to_string());
        let command = ["statement", "C-1002", "--from", &from, "--to", &to];
        let words = ["Late-payment penalty", "违约金"];
        let (_, carried) = self.pdf(&command, "--pdf", words);
        let carried: Value = serde_json::from_slice(&carried).unwrap();
        let shown = self.person.ask(&command);
        assert_eq!(carried["items"], shown["items"]);
        assert_eq!(carried["closing"], shown["closing"]);
        let paid = carried["items"].as_array().unwrap().iter();
        let paid = paid.filter(|entry| entry["kind"] == "payment" && entry["bill"] == bill);
        let paid: Vec<_> = paid.collect();
        assert_eq!(paid.len(), 1, "{paid:?}");
        assert_eq!(paid[0]["reference"], "PO 4711");
    }
}

fn ran(program: &str, arguments: &[&str]) -> String {
    let output = Command::new(program).args(arguments).output();
    let output = output.unwrap_or_else(|error| {
        panic!("{program} of the package poppler-utils, which ./test installs: {error}")
    });
    assert!(
        output.status.success(),
        "{program} {arguments:?}: {output:?}"
    );
    String::from_utf8_lossy(&output.stdout).into_owned()
}
