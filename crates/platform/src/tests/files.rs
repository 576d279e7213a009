//! Files of the internal network: in by chunks, all of a file or nothing, once; out, the same bytes
//! whenever they are asked for.

mod exports;
mod imports;
mod lines;

use std::sync::Arc;
use std::time::Duration;

use http::Method;
use serde_json::{Value, json};
use wattkey_pki::Digest;
use wattkey_protocol::file::{FileSignature, ImportHeader, Totals};
use wattkey_store::Record;
use wattkey_transport::Group;

use super::world::{Answer, Outgoing, World, field};
use crate::testing::now;

/// A file as the marketing system writes it.
#[derive(Clone)]
pub(crate) struct Written {
    pub(crate) number: u64,
    pub(crate) header: String,
    pub(crate) bytes: Vec<u8>,
    pub(crate) signature: String,
}

pub(crate) fn get(target: &str) -> Outgoing {
    Outgoing {
        method: Method::GET,
        target: target.to_owned(),
        fields: Vec::new(),
        body: Vec::new(),
        group: Group::X25519MlKem768,
    }
}

pub(crate) fn post(target: &str, media: &str, body: &[u8]) -> Outgoing {
    Outgoing {
        method: Method::POST,
        fields: vec![field("content-type", media)],
        body: body.to_vec(),
        ..get(target)
    }
}

pub(crate) fn totals_of(lines: &[Value]) -> Totals {
    let mut totals = Totals::default();
    for line in lines {
        let Ok(record) = Record::parse(line.to_string().as_bytes()) else {
            continue;
        };
        let amount = record.amount().map(|one| (one.currency(), one.minor()));
        totals.count(record.kind(), amount).unwrap();
    }
    totals
}

impl Written {
    /// A good file of these records.
    pub(crate) fn new(world: &World, number: u64, lines: &[Value]) -> Self {
        let records = lines.len() as u64;
        Self::with(world, number, lines, records, totals_of(lines))
    }

    /// With a header that says what it likes.
    pub(crate) fn with(
        world: &World,
        number: u64,
        lines: &[Value],
        records: u64,
        totals: Totals,
    ) -> Self {
        let source = "marketing".parse().unwrap();
        let header = ImportHeader::new(source, number, now(), records, totals).to_line();
        let mut bytes = format!("{header}\n").into_bytes();
        for line in lines {
            bytes.extend(format!("{line}\n").into_bytes());
        }
        let mut written = Self {
            number,
            header,
            bytes,
            signature: String::new(),
        };
        written.sign(world, records);
        written
    }

    /// Signs the bytes as they are now.
    pub(crate) fn sign(&mut self, world: &World, records: u64) {
        let signature = FileSignature {
            source: "marketing".to_owned(),
            number: self.number,
            digest: Digest::of(&self.bytes),
            records,
        };
        let (key, certificate) = (&world.marketing.signer, &world.marketing.certificate);
        self.signature = signature.sign(&**key, certificate.thumbprint()).unwrap();
    }

    pub(crate) fn announcement(&self) -> Value {
        json!({"header": self.header, "signature": self.signature, "bytes": self.bytes.len()})
    }

    pub(crate) fn path(&self, of: &str) -> String {
        format!("/v1/imports/marketing/{}{of}", self.number)
    }
}

impl World {
    pub(crate) async fn ask(&self, request: Outgoing) -> Answer {
        self.manage(&self.manager.authentication, request).await
    }

    pub(crate) async fn announce(&self, file: &Written) -> Answer {
        let body = file.announcement().to_string();
        self.ask(post("/v1/imports", "application/json", body.as_bytes()))
            .await
    }

    pub(crate) async fn put_chunk(&self, file: &Written, number: usize) -> Answer {
        let chunk = wattkey_protocol::file::CHUNK;
        let end = file.bytes.len().min((number + 1) * chunk);
        self.put_bytes(file, number, &file.bytes[number * chunk..end])
            .await
    }

    pub(crate) async fn put_bytes(&self, file: &Written, number: usize, bytes: &[u8]) -> Answer {
        let request = Outgoing {
            method: Method::PUT,
            fields: vec![field("content-type", "application/octet-stream")],
            body: bytes.to_vec(),
            ..get(&file.path(&format!("/chunks/{number}")))
        };
        self.ask(request).await
    }

    /// Announces a file and hands all of it in.
    pub(crate) async fn upload(&self, file: &Written) {
        let answer = self.announce(file).await;
        assert_eq!(answer.status, 201, "{}", answer.text());
        let chunks = file.bytes.len().div_ceil(wattkey_protocol::file::CHUNK);
        for number in 0..chunks {
            let answer = self.put_chunk(file, number).await;
            assert_eq!(answer.status, 200, "{}", answer.text());
        }
    }

    /// Waits until nothing is done with a file any more: where it stands.
    pub(crate) async fn settled(&self, file: &Written) -> Value {
        let deadline = std::time::Instant::now() + Duration::from_secs(30);
        loop {
            let view = self.ask(get(&file.path(""))).await.json();
            if view["state"] != "checking" && view["state"] != "committing" {
                return view;
            }
            assert!(std::time::Instant::now() < deadline, "{view}");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    pub(crate) async fn check(&self, file: &Written) -> Value {
        let answer = self.ask(post(&file.path("/check"), "", b"")).await;
        assert_eq!(answer.status, 202, "{}", answer.text());
        self.settled(file).await
    }

    pub(crate) async fn commit(&self, file: &Written) -> Value {
        let answer = self.ask(post(&file.path("/commit"), "", b"")).await;
        assert!(answer.status.is_success(), "{}", answer.text());
        self.settled(file).await
    }

    /// Waits until nothing is staged of a file any more.
    pub(crate) async fn until_removed(&self, file: &Written) {
        let staged = format!("imports/marketing-{}", file.number);
        let staged = self.folder.path().join(staged);
        let deadline = std::time::Instant::now() + Duration::from_secs(30);
        while staged.exists() {
            assert!(std::time::Instant::now() < deadline, "it stays");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    /// All of it: the file is in the books.
    pub(crate) async fn take(&self, number: u64, lines: &[Value]) -> Written {
        let file = Written::new(self, number, lines);
        self.upload(&file).await;
        let view = self.commit(&file).await;
        assert_eq!(view["state"], "taken", "{view}");
        file
    }

    /// The platform ends and starts again with what is in its state folder.
    pub(crate) fn restart_files(&mut self) {
        let files = crate::files::Files::open(self.folder.path(), self.marketing.sources());
        let mut app = crate::app::App::clone(&self.app);
        app.files = Arc::new(files.unwrap());
        self.app = Arc::new(app);
    }

    pub(crate) async fn assert_sound(&self) {
        let report = self.app.store.verify().await.unwrap();
        assert!(report.is_sound(), "{:#?}", report.findings);
    }
}
