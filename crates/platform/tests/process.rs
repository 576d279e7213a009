//! The program itself: SoftHSM as the card, real TLS, its files, its signals.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

#[path = "../src/testing.rs"]
#[expect(
    dead_code,
    reason = "shared with the tests of the library, which use all of it"
)]
mod testing;

use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use http::{Method, Request, Response};
use hyper::body::Bytes;
use jiff::SignedDuration;
use serde_json::{Value, json};
use wattkey_pki::{Certificate, MemorySigner, Role, Signer as _, b64u};
use wattkey_platform::binding_log;
use wattkey_protocol::fields::{self, Fields};
use wattkey_protocol::order::{Draft, Order, SignedOrder};
use wattkey_protocol::problem::Problem;
use wattkey_protocol::request::{self, RequestParts};
use wattkey_protocol::time::whole_seconds;
use wattkey_protocol::{receipt, session};
use wattkey_token::local::{Card, Module, provision};
use wattkey_token::{KeyUse, Pin, key_id};
use wattkey_transport::{Connection, Group, Identity, client_tls, clock};

use testing::{AUDIENCE, Pki, UsbKey, Writer};

const SOFTHSM: &str = "/usr/lib/softhsm/libsofthsm2.so";
const PIN: &str = "123456";
/// Set in the process of the test proper: its folder.
const FOLDER: &str = "WATTKEY_TEST_FOLDER";
const DEADLINE: Duration = Duration::from_secs(30);

/// A platform's files.
struct Place {
    folder: PathBuf,
    pki: Pki,
    manager: UsbKey,
    user: UsbKey,
}

/// A platform that runs; killed when the test is over, however it ends.
struct Running {
    child: Child,
    gateways: String,
    managers: String,
}

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Runs the test in a process of its own, with a SoftHSM of its own: its configuration is read
/// from the environment, which cannot be changed safely in a running process.
fn in_own_process(test: &str, body: impl FnOnce(&Path)) {
    if let Some(folder) = std::env::var_os(FOLDER) {
        return body(Path::new(&folder));
    }
    let folder = tempfile::tempdir().unwrap();
    let tokens = folder.path().join("tokens");
    fs::create_dir(&tokens).unwrap();
    let configuration = folder.path().join("softhsm2.conf");
    fs::write(
        &configuration,
        format!(
            "directories.tokendir = {}\nlog.level = ERROR\n",
            tokens.display()
        ),
    )
    .unwrap();
    let output = Command::new(std::env::current_exe().unwrap())
        .args([test, "--exact", "--nocapture", "--test-threads=1"])
        .env(FOLDER, folder.path())
        .env("SOFTHSM2_CONF", configuration)
        .output()
        .unwrap();
    let told = String::from_utf8_lossy(&output.stdout);
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(
        output.status.success() && told.contains("1 passed"),
        "{told}\n{errors}"
    );
}

impl Place {
    fn new(folder: &Path) -> Self {
        let pki = Pki::at(clock::now());
        let place = Self {
            folder: folder.to_owned(),
            manager: pki.manager_key("M1"),
            user: pki.user_key("U7"),
            pki,
        };
        place.make_card();
        place.write("users.pem", &place.pki.users.certificate.pem());
        place.write("service.pem", &place.pki.services.certificate.pem());
        let (signer, key) = MemorySigner::generate_pkcs8_pem();
        place.write("tls.key", &key);
        fs::set_permissions(folder.join("tls.key"), fs::Permissions::from_mode(0o600)).unwrap();
        place.write("tls.pem", &place.certify(Role::Platform, &signer).pem());
        place.write("platform.toml", &configuration());
        place.write("records.ndjson", &records());
        place
    }

    fn write(&self, name: &str, text: &str) {
        fs::write(self.folder.join(name), text).unwrap();
    }

    fn make_card(&self) {
        let module = Module::load(SOFTHSM.as_ref()).unwrap();
        let pin = Pin::new(PIN.to_owned());
        provision::init_token(&module, "platform", &Pin::new("12345678".to_owned()), &pin).unwrap();
        let card = Card::open(&module, "platform", &pin).unwrap();
        card.generate(key_id::RECEIPT, KeyUse::Sign, "receipt")
            .unwrap();
        let key = card.signer(key_id::RECEIPT).unwrap();
        let certificate = self.certify(Role::PlatformReceipt, &*key);
        card.write_certificate(key_id::RECEIPT, "receipt", &certificate)
            .unwrap();
    }

    fn certify(&self, role: Role, signer: &dyn wattkey_pki::Signer) -> Certificate {
        let subject = wattkey_pki::issue::Subject {
            common_name: "platform".to_owned(),
            organisation: "Example Power".to_owned(),
            key_serial: None,
            dns_names: vec!["platform.internal".to_owned()],
        };
        let ca = &self.pki.services;
        let key = signer.public_key();
        wattkey_pki::issue::certificate(
            &ca.certificate,
            &*ca.signer,
            role,
            &subject,
            key,
            self.pki.now,
            365,
        )
        .unwrap()
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_wattkey-platform"));
        let (first, rest) = arguments.split_first().unwrap();
        command.arg(first);
        if *first == "config" {
            command.arg(rest[0]);
        }
        let rest = if *first == "config" { &rest[1..] } else { rest };
        command
            .arg("--config")
            .arg(self.folder.join("platform.toml"))
            .args(rest);
        command.current_dir(&self.folder);
        command
    }

    fn output(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().unwrap()
    }

    fn start(&self) -> Running {
        let mut child = self
            .command(&["run", "--card-pin-fd", "0"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        writeln!(child.stdin.take().unwrap(), "{PIN}").unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap())
            .read_line(&mut line)
            .unwrap();
        let address = |name: &str| {
            let found = line
                .split_whitespace()
                .find_map(|word| word.strip_prefix(name));
            found
                .unwrap_or_else(|| panic!("{name} in {line:?}"))
                .to_owned()
        };
        Running {
            gateways: address("gateways="),
            managers: address("managers="),
            child,
        }
    }

    async fn connect(
        &self,
        address: &str,
        certificate: &Certificate,
        signer: &Arc<dyn wattkey_pki::Signer>,
    ) -> Connection {
        let identity = Identity {
            chain: vec![certificate.clone()],
            signer: Arc::clone(signer),
        };
        let tls = client_tls(&identity, self.pki.services.trust(), Role::Platform).unwrap();
        Connection::open(address, "platform.internal", tls)
            .await
            .unwrap()
    }

    async fn as_gateway(&self, running: &Running) -> Connection {
        let (certificate, signer) = self.pki.service(Role::Gateway);
        self.connect(&running.gateways, &certificate, &signer).await
    }

    async fn as_manager(&self, running: &Running) -> Connection {
        let key = &self.manager;
        self.connect(
            &running.managers,
            &key.authentication,
            &key.authentication_signer,
        )
        .await
    }

    /// `GET` in the user's name, as a gateway forwards it.
    async fn get(&self, gateway: &mut Connection, target: &str) -> Response<Bytes> {
        self.send(gateway, "GET", target, Vec::new(), b"").await
    }

    /// An order in the user's name.
    async fn post(&self, gateway: &mut Connection, order: &SignedOrder) -> Response<Bytes> {
        let key = fields::string(&order.order().order.to_string());
        let mut headers = vec![
            ("content-type".to_owned(), b"application/jose".to_vec()),
            ("idempotency-key".to_owned(), key.into_bytes()),
        ];
        let certificate = fields::byte_sequence(self.user.signature.der());
        headers.push((
            "wattkey-signature-certificate".to_owned(),
            certificate.into_bytes(),
        ));
        let body = order.as_str().as_bytes();
        self.send(gateway, "POST", "/v1/orders", headers, body)
            .await
    }

    async fn send(
        &self,
        gateway: &mut Connection,
        method: &str,
        target: &str,
        mut headers: Fields,
        body: &[u8],
    ) -> Response<Bytes> {
        let (now, session) = (clock::now(), MemorySigner::generate());
        let thumbprint = self.user.authentication.thumbprint();
        let signer = &*self.user.authentication_signer;
        let statement =
            session::sign(signer, thumbprint, AUDIENCE, session.public_key(), now, 900).unwrap();
        headers.push(("wattkey-session".to_owned(), statement.into_bytes()));
        let parts = RequestParts {
            method,
            authority: "pay.example",
            path_and_query: target,
            fields: &headers,
            body,
        };
        let more = request::sign(&session, &parts, now).unwrap();
        headers.extend(
            more.into_iter()
                .map(|(name, value)| (name, value.into_bytes())),
        );
        let client_cert = fields::byte_sequence(self.user.authentication.der());
        headers.push(("client-cert".to_owned(), client_cert.into_bytes()));
        let mut request = Request::builder().method(method).uri(target);
        for (name, value) in headers {
            request = request.header(name, value);
        }
        let request = request.body(Bytes::copy_from_slice(body)).unwrap();
        gateway.send(request, 1 << 20).await.unwrap()
    }

    /// An order for B-1, made from what the platform says.
    async fn order(&self, gateway: &mut Connection) -> SignedOrder {
        let me = json(&self.get(gateway, "/v1/me").await);
        let bill = json(&self.get(gateway, "/v1/bills/B-1").await);
        let mandate = json(&self.get(gateway, "/v1/mandates").await)["items"][0].clone();
        let quote = &bill["quote"];
        let now = whole_seconds(clock::now());
        let total = quote["principal"].as_i64().unwrap() + quote["penalty"].as_i64().unwrap();
        let document = json!({
            "order": uuid::Uuid::from_u128(1), "audience": AUDIENCE, "payee": me["payee"],
            "customer": me["customer"], "user": me["user"],
            "bills": [{"bill": "B-1", "account": bill["account"], "period": bill["period"],
                "document": bill["document"], "principal": quote["principal"],
                "penalty": quote["penalty"], "quote_until": quote["until"]}],
            "deposit": null, "refund": null, "total": total, "currency": "CNY", "execute": null,
            "source": {"kind": "mandate", "mandate": mandate["mandate"],
                "debtor_account": mandate["debtor_account"]},
            "reference": "", "created": now, "expires": now + SignedDuration::from_secs(600),
        });
        let order: Order = serde_json::from_value(document).unwrap();
        let key = &self.user;
        let draft = Draft::new(&order).unwrap();
        draft
            .sign(&*key.signature_signer, key.signature.thumbprint())
            .unwrap()
    }
}

impl Running {
    fn terminate(mut self) {
        let pid = rustix::process::Pid::from_child(&self.child);
        rustix::process::kill_process(pid, rustix::process::Signal::TERM).unwrap();
        let deadline = Instant::now() + DEADLINE;
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                assert!(status.success(), "{status}");
                return;
            }
            assert!(Instant::now() < deadline, "it does not stop");
            std::thread::sleep(Duration::from_millis(10));
        }
    }
}

fn configuration() -> String {
    format!(
        r#"
audience = "{AUDIENCE}"
database = "books.sqlite"
state = "state"
[listen]
gateways = "127.0.0.1:0"
managers = "127.0.0.1:0"
[tls]
certificate = "tls.pem"
key = "tls.key"
[card]
module = "{SOFTHSM}"
token = "platform"
[trust]
users_ca = "users.pem"
service_ca = "service.pem"
"#
    )
}

fn records() -> String {
    let (customer, user) = (uuid::Uuid::from_u128(0x70), uuid::Uuid::from_u128(7));
    let document = json!({"bill": "B-1", "account": "C-1", "customer": customer, "period": "2026-07",
        "currency": "CNY", "issued": "2026-08-01", "due": "2026-08-20",
        "lines": [{"kind": "energy", "text": {"en": "Energy", "zh": "电量电费"}, "amount": 1_000_000}],
        "total": 1_000_000, "revenue": 900_000, "tax": 60_000, "levies": 40_000});
    let lines = [
        json!({"type": "payee", "name": "Example Power", "account": "DE89370400440532013000", "agent": "COBADEFFXXX",
            "creditor_id": "DE98ZZZ09999999999", "currency": "CNY", "time_zone": "Asia/Shanghai"}),
        json!({"type": "customer", "id": customer, "name": "Example Steel", "locale": "zh"}),
        json!({"type": "account", "id": "C-1", "customer": customer, "name": "Works", "address": "1 Mill Road"}),
        json!({"type": "mandate", "id": "M-1", "customer": customer, "debtor_name": "Debtor",
            "debtor_account": "6222000000000001", "debtor_agent": "ICBKCNBJXXX", "signed": "2025-01-02",
            "currency": "CNY", "valid_from": "2025-02-01"}),
        json!({"type": "bill", "document": b64u::encode(document.to_string().as_bytes())}),
        json!({"type": "user", "id": user, "customer": customer, "name": "Li Na", "rights": ["view", "approve"]}),
    ];
    lines.map(|line| line.to_string()).join("\n")
}

fn post_step(step: &str) -> Request<Bytes> {
    Request::builder()
        .method(Method::POST)
        .uri("/v1/binding-steps")
        .header("content-type", "application/jose")
        .body(Bytes::copy_from_slice(step.as_bytes()))
        .unwrap()
}

fn json(answer: &Response<Bytes>) -> Value {
    assert!(answer.status().is_success(), "{}", text(answer.body()));
    serde_json::from_slice(answer.body()).unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn problem(answer: &Response<Bytes>) -> &'static str {
    Problem::parse(answer.body())
        .unwrap()
        .kind()
        .unwrap()
        .name()
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .unwrap()
}

#[test]
fn from_import_to_a_request_and_a_clean_stop() {
    in_own_process("from_import_to_a_request_and_a_clean_stop", |folder| {
        let place = Place::new(folder);
        let another_card = configuration().replace("token = \"platform\"", "token = \"other\"");
        place.write("platform.toml", &another_card);
        let output = place.output(&["config", "check"]);
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(
            !output.status.success() && said.contains("\"other\""),
            "{output:?}"
        );
        place.write("platform.toml", &configuration());
        let output = place.output(&["config", "check"]);
        assert!(output.status.success(), "{output:?}");

        let dry = place.output(&["import", "records.ndjson", "--dry-run", "--json"]);
        let answer: Value =
            serde_json::from_slice(&dry.stdout).unwrap_or_else(|_| panic!("{dry:?}"));
        assert_eq!(
            (answer["added"].clone(), answer["dry_run"].clone()),
            (6.into(), true.into())
        );
        for added in [6, 0] {
            let output = place.output(&["import", "records.ndjson", "--json"]);
            let answer: Value = serde_json::from_slice(&output.stdout).unwrap();
            assert_eq!(
                answer["added"], added,
                "a dry run takes nothing in; twice is once"
            );
        }

        let running = place.start();
        runtime().block_on(async {
            let mut writer = Writer::new(&place.pki, &place.manager);
            writer.bind(&place.manager, testing::user(7, 0x70), &place.user);
            let mut manager = place.as_manager(&running).await;
            for step in &writer.steps {
                let answer = manager.send(post_step(step.as_str()), 4096).await.unwrap();
                assert_eq!(answer.status(), 201, "{}", text(answer.body()));
            }
            let mut gateway = place.as_gateway(&running).await;
            assert_eq!(gateway.group(), Group::X25519MlKem768);
            let order = place.order(&mut gateway).await;
            assert_eq!(place.post(&mut gateway, &order).await.status(), 201);
            let target = format!("/v1/orders/{}/receipt", order.order().order);
            let receipt = place.get(&mut gateway, &target).await;
            let ca = &place.pki.services;
            let (certificate, signer) = place.pki.service(Role::GatewayReceipt);
            let chain = [certificate, ca.certificate.clone()];
            let asked = receipt::Asked {
                audience: AUDIENCE,
                order: order.order().order,
            };
            let complete =
                receipt::countersign(receipt.body(), &asked, &ca.anchor(), &*signer, &chain);
            let complete = complete.unwrap();
            let verified = receipt::verify(complete.as_bytes(), &ca.anchor()).unwrap();
            assert_eq!(verified.order_digest, order.digest(), "signed in the card");
        });
        running.terminate();
        let output = place.output(&["verify"]);
        assert!(output.status.success(), "{output:?}");
        assert!(
            text(&output.stdout).contains("binding log: 2 steps, kept head 2, 2 keys bound"),
            "{output:?}"
        );
    });
}

#[test]
fn steps_cut_off_in_the_database_stop_everything() {
    in_own_process("steps_cut_off_in_the_database_stop_everything", |folder| {
        let place = Place::new(folder);
        assert!(place.output(&["import", "records.ndjson"]).status.success());
        let running = place.start();
        runtime().block_on(async {
            let mut writer = Writer::new(&place.pki, &place.manager);
            writer.bind(&place.manager, testing::user(7, 0x70), &place.user);
            writer.unbind(&place.manager, &place.user);
            let mut manager = place.as_manager(&running).await;
            for step in &writer.steps {
                assert_eq!(
                    manager
                        .send(post_step(step.as_str()), 4096)
                        .await
                        .unwrap()
                        .status(),
                    201
                );
            }
            let mut gateway = place.as_gateway(&running).await;
            assert_eq!(problem(&place.get(&mut gateway, "/v1/me").await), "unbound");
        });
        running.terminate();
        // Somebody with the database brings the lost key back.
        let database = rusqlite::Connection::open(folder.join("books.sqlite")).unwrap();
        let triggers: Vec<String> = database
            .prepare("SELECT name FROM sqlite_schema WHERE type = 'trigger' AND tbl_name = 'binding_steps'")
            .unwrap()
            .query_map([], |row| row.get(0))
            .unwrap()
            .collect::<Result<_, _>>()
            .unwrap();
        for trigger in triggers {
            database
                .execute_batch(&format!("DROP TRIGGER \"{trigger}\""))
                .unwrap();
        }
        assert_eq!(
            database
                .execute("DELETE FROM binding_steps WHERE sequence = 3", [])
                .unwrap(),
            1
        );
        drop(database);

        let output = place.output(&["verify", "--json"]);
        assert_eq!(output.status.code(), Some(1));
        let found: Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(
            (found["sound"].clone(), found["binding_log"]["kept"].clone()),
            (false.into(), 3.into())
        );
        let running = place.start();
        runtime().block_on(async {
            let mut gateway = place.as_gateway(&running).await;
            assert_eq!(
                problem(&place.get(&mut gateway, "/v1/me").await),
                "binding-log"
            );
            let mut manager = place.as_manager(&running).await;
            let request = Request::get("/v1/bindings").body(Bytes::new()).unwrap();
            assert_eq!(
                problem(&manager.send(request, 4096).await.unwrap()),
                "binding-log"
            );
        });
        running.terminate();
    });
}

#[test]
fn books_with_orders_are_not_taken_for_new_ones_without_log_and_head() {
    let name = "books_with_orders_are_not_taken_for_new_ones_without_log_and_head";
    in_own_process(name, |folder| {
        let place = Place::new(folder);
        assert!(place.output(&["import", "records.ndjson"]).status.success());
        let running = place.start();
        runtime().block_on(async {
            let mut writer = Writer::new(&place.pki, &place.manager);
            writer.bind(&place.manager, testing::user(7, 0x70), &place.user);
            let mut manager = place.as_manager(&running).await;
            for step in &writer.steps {
                let answer = manager.send(post_step(step.as_str()), 4096).await.unwrap();
                assert_eq!(answer.status(), 201);
            }
            let mut gateway = place.as_gateway(&running).await;
            let order = place.order(&mut gateway).await;
            assert_eq!(place.post(&mut gateway, &order).await.status(), 201);
        });
        running.terminate();
        // Whoever has database and state folder wants to begin the log anew, with old steps.
        let database = rusqlite::Connection::open(folder.join("books.sqlite")).unwrap();
        let triggers: Vec<String> = database
            .prepare("SELECT name FROM sqlite_schema WHERE type = 'trigger' AND tbl_name = 'binding_steps'")
            .unwrap()
            .query_map([], |row| row.get(0))
            .unwrap()
            .collect::<Result<_, _>>()
            .unwrap();
        for trigger in triggers {
            let drop = format!("DROP TRIGGER \"{trigger}\"");
            database.execute_batch(&drop).unwrap();
        }
        let deleted = database.execute("DELETE FROM binding_steps", []).unwrap();
        assert_eq!(deleted, 2);
        drop(database);
        fs::remove_file(folder.join("state/binding-head.jws")).unwrap();

        let mut child = place
            .command(&["run", "--card-pin-fd", "0"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        writeln!(child.stdin.take().unwrap(), "{PIN}").unwrap();
        let mut line = String::new();
        let mut out = BufReader::new(child.stdout.take().unwrap());
        out.read_line(&mut line).unwrap();
        let listens = !line.is_empty();
        if listens {
            child.kill().unwrap();
        }
        let output = child.wait_with_output().unwrap();
        assert!(!listens, "{line}");
        let told = text(&output.stderr);
        assert!(told.contains("no head is kept"), "{told}");
    });
}

#[test]
fn a_bad_import_names_line_and_field_and_takes_nothing_in() {
    in_own_process(
        "a_bad_import_names_line_and_field_and_takes_nothing_in",
        |folder| {
            let place = Place::new(folder);
            let bad = records()
                .replace("Asia/Shanghai", "Asia/Nowhere")
                .replace("\"locale\"", "\"lokale\"");
            place.write("bad.ndjson", &bad);
            let output = place.output(&["import", "bad.ndjson"]);
            assert_eq!(output.status.code(), Some(1));
            let told = text(&output.stderr);
            assert!(
                told.contains("bad.ndjson:1: ") && told.contains("time_zone"),
                "{told}"
            );
            assert!(
                told.contains("bad.ndjson:2: ") && told.contains("lokale"),
                "{told}"
            );
            let orphan = records().lines().last().unwrap().to_owned();
            place.write("orphan.ndjson", &orphan);
            let output = place.output(&["import", "orphan.ndjson"]);
            assert!(
                text(&output.stderr).contains("orphan.ndjson:1: "),
                "{output:?}"
            );
            let output = place.output(&["import", "records.ndjson", "--json"]);
            let answer: Value = serde_json::from_slice(&output.stdout).unwrap();
            assert_eq!(answer["added"], 6);
        },
    );
}

/// A full disk is an error; a reader that went away (`verify | head`) is none.
#[test]
fn what_cannot_be_written_is_said() {
    in_own_process("what_cannot_be_written_is_said", |folder| {
        let place = Place::new(folder);
        assert!(place.output(&["import", "records.ndjson"]).status.success());
        let to = |arguments: &[&str], stdout: Stdio| {
            let mut command = place.command(arguments);
            command.stdout(stdout).stderr(Stdio::piped());
            command.spawn().unwrap().wait_with_output().unwrap()
        };
        for arguments in [
            &["verify"][..],
            &["verify", "--json"],
            &["close", "--day", "2026-08-31"],
            &["import", "records.ndjson"],
            &["backup", "copy"],
            &["config", "check"],
        ] {
            let _ = fs::remove_file(folder.join("copy"));
            let full = fs::File::create("/dev/full").unwrap();
            let output = to(arguments, full.into());
            let said = text(&output.stderr);
            assert_eq!(output.status.code(), Some(1), "{arguments:?}: {said}");
            assert!(said.contains("No space left"), "{arguments:?}: {said}");
            let _ = fs::remove_file(folder.join("copy"));
            let (reader, writer) = std::io::pipe().unwrap();
            drop(reader);
            let output = to(arguments, writer.into());
            assert!(output.status.success(), "{arguments:?}: {output:?}");
            assert!(!text(&output.stderr).contains("panicked"), "{output:?}");
        }
        let shown = place.output(&["verify"]);
        let shown = text(&shown.stdout);
        let line = shown.lines().find(|line| line.contains("receivable"));
        assert!(line.is_some_and(|line| line.contains('.')), "{shown}");
    });
}

#[test]
fn a_descriptor_that_nobody_gave_is_refused_before_anything_is_opened() {
    let output = Command::new(env!("CARGO_BIN_EXE_wattkey-platform"))
        .args(["run", "--config", "missing.toml", "--card-pin-fd", "77"])
        .output()
        .unwrap();
    let said = text(&output.stderr);
    assert!(said.contains("no PIN"), "{said}");
    assert!(!said.contains("missing.toml"), "{said}");
}

#[test]
fn what_is_not_in_order_is_said_at_the_start() {
    in_own_process("what_is_not_in_order_is_said_at_the_start", |folder| {
        let place = Place::new(folder);
        let start = |pin: &str| {
            let mut child = place
                .command(&["run", "--card-pin-fd", "0"])
                .stdin(Stdio::piped())
                .stdout(Stdio::piped())
                .stderr(Stdio::piped())
                .spawn()
                .unwrap();
            writeln!(child.stdin.take().unwrap(), "{pin}").unwrap();
            let output = child.wait_with_output().unwrap();
            assert_eq!(output.status.code(), Some(1));
            assert!(output.stdout.is_empty(), "{output:?}");
            text(&output.stderr)
        };
        let wrong_pin = start("654321");
        assert!(
            wrong_pin.contains("card") && !wrong_pin.contains("654321"),
            "{wrong_pin}"
        );
        fs::set_permissions(folder.join("tls.key"), fs::Permissions::from_mode(0o644)).unwrap();
        let readable = start(PIN);
        assert!(readable.contains("chmod 600"), "{readable}");
    });
}

#[test]
fn books_are_copied_and_restored_and_never_overwritten() {
    in_own_process(
        "books_are_copied_and_restored_and_never_overwritten",
        |folder| {
            let place = Place::new(folder);
            assert!(place.output(&["import", "records.ndjson"]).status.success());
            let output = place.output(&["backup", "copy"]);
            assert!(output.status.success(), "{output:?}");
            assert_eq!(text(&output.stdout), "copy: sound, 1 bills, 0 orders\n");
            for arguments in [["backup", "copy"], ["restore", "copy"]] {
                let output = place.output(&arguments);
                assert_eq!(output.status.code(), Some(1));
                let told = text(&output.stderr);
                assert!(told.contains("is not empty"), "{told}");
            }
            for end in ["", "-wal", "-shm"] {
                let _ = std::fs::remove_file(folder.join(format!("books.sqlite{end}")));
            }
            let output = place.output(&["restore", "copy"]);
            assert!(output.status.success(), "{output:?}");
            assert!(text(&output.stdout).contains("sound, 1 bills, 0 orders"));
            let output = place.output(&["import", "records.ndjson", "--json"]);
            let answer: Value = serde_json::from_slice(&output.stdout).unwrap();
            assert_eq!(
                (&answer["added"], &answer["unchanged"]),
                (&json!(0), &json!(6))
            );
            place.write("noise", "this is no copy");
            std::fs::remove_file(folder.join("books.sqlite")).unwrap();
            for end in ["-wal", "-shm"] {
                let _ = std::fs::remove_file(folder.join(format!("books.sqlite{end}")));
            }
            assert_eq!(place.output(&["restore", "noise"]).status.code(), Some(1));
            assert!(!folder.join("books.sqlite").exists());
        },
    );
}
