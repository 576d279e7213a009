//! On a bus of its own, with a portal that does what each test says.

use std::io::BufRead as _;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};

use zbus::object_server::SignalEmitter;
use zbus::zvariant::ObjectPath;

use super::*;

/// Long enough for a bus on a busy machine.
const LIMIT: Duration = Duration::from_secs(20);

/// A bus that starts nothing by itself.
struct Bus {
    daemon: Child,
    address: String,
    _folder: tempfile::TempDir,
}

impl Bus {
    fn start() -> Bus {
        let folder = tempfile::tempdir().unwrap();
        let place = folder.path().display();
        let config = folder.path().join("bus.conf");
        let text = format!(
            "<busconfig><type>session</type><listen>unix:dir={place}</listen><auth>EXTERNAL</auth>\
             <policy context=\"default\"><allow send_destination=\"*\"/><allow receive_sender=\"*\"/>\
             <allow own=\"*\"/></policy></busconfig>"
        );
        std::fs::write(&config, text).unwrap();
        let mut daemon = Command::new("dbus-daemon")
            .arg(format!("--config-file={}", config.display()))
            .args(["--nofork", "--nopidfile", "--print-address=1"])
            .stdout(Stdio::piped())
            .spawn()
            .expect("the Debian package dbus is installed");
        let mut address = String::new();
        let mut said = std::io::BufReader::new(daemon.stdout.take().unwrap());
        said.read_line(&mut address).unwrap();
        Bus {
            daemon,
            address: address.trim().to_owned(),
            _folder: folder,
        }
    }

    async fn connect(&self) -> Connection {
        let builder = zbus::connection::Builder::address(self.address.as_str()).unwrap();
        builder.build().await.unwrap()
    }
}

impl Drop for Bus {
    fn drop(&mut self) {
        let _ = self.daemon.kill();
        let _ = self.daemon.wait();
    }
}

/// What the portal does with a request.
#[derive(Debug, Clone)]
enum Does {
    Answers(u32, Vec<&'static str>),
    /// Under a path that nobody could know before.
    Elsewhere,
    Nothing,
    Refuses,
}

/// A portal; it keeps what it was asked.
struct Portal {
    does: Does,
    asked: Arc<Mutex<Vec<String>>>,
}

#[zbus::interface(name = "org.freedesktop.portal.FileChooser")]
impl Portal {
    #[expect(clippy::unused_self, reason = "a property is asked of an object")]
    #[zbus(property, name = "version")]
    fn version(&self) -> u32 {
        4
    }

    async fn open_file(
        &self,
        #[zbus(header)] header: zbus::message::Header<'_>,
        #[zbus(connection)] bus: &Connection,
        parent: &str,
        title: &str,
        options: HashMap<String, OwnedValue>,
    ) -> zbus::fdo::Result<OwnedObjectPath> {
        assert_eq!((parent, title), ("", TITLE));
        self.request("open", &header, bus, options).await
    }

    async fn save_file(
        &self,
        #[zbus(header)] header: zbus::message::Header<'_>,
        #[zbus(connection)] bus: &Connection,
        _parent: &str,
        _title: &str,
        options: HashMap<String, OwnedValue>,
    ) -> zbus::fdo::Result<OwnedObjectPath> {
        self.request("save", &header, bus, options).await
    }
}

impl Portal {
    async fn request(
        &self,
        method: &str,
        header: &zbus::message::Header<'_>,
        bus: &Connection,
        options: HashMap<String, OwnedValue>,
    ) -> zbus::fdo::Result<OwnedObjectPath> {
        let sender = header.sender().unwrap().as_str().to_owned();
        let token = String::try_from(options["handle_token"].try_clone().unwrap()).unwrap();
        let mut told = vec![method.to_owned()];
        for key in ["current_name", "current_folder", "filters"] {
            told.extend(options.get(key).map(|value| format!("{key}={value:?}")));
        }
        self.asked.lock().unwrap().push(told.join(" "));
        let own = sender.trim_start_matches(':').replace('.', "_");
        let usual = format!("{PATH}/request/{own}/{token}");
        let path = match self.does {
            Does::Elsewhere => format!("{PATH}/request/1"),
            _ => usual,
        };
        let path = ObjectPath::try_from(path).unwrap().to_owned();
        match self.does.clone() {
            Does::Refuses => return Err(zbus::fdo::Error::UnknownMethod("no chooser".into())),
            Does::Answers(code, uris) => {
                let emitter = SignalEmitter::new(bus, path.clone()).unwrap();
                let emitter = emitter.set_destination(sender.as_str().try_into().unwrap());
                let results = HashMap::from([("uris", Value::from(uris))]);
                let body = (code, results);
                emitter.emit(REQUEST, "Response", &body).await.unwrap();
            }
            Does::Elsewhere | Does::Nothing => {}
        }
        Ok(path.into())
    }
}

struct Stage {
    bus: Bus,
    asked: Arc<Mutex<Vec<String>>>,
    portal: Connection,
}

async fn stage(does: Does) -> Stage {
    let bus = Bus::start();
    let asked = Arc::new(Mutex::new(Vec::new()));
    let portal = Portal {
        does,
        asked: Arc::clone(&asked),
    };
    let builder = zbus::connection::Builder::address(bus.address.as_str()).unwrap();
    let portal = builder
        .serve_at(PATH, portal)
        .and_then(|builder| builder.name(NAME))
        .unwrap();
    let portal = portal.build().await.unwrap();
    Stage { bus, asked, portal }
}

fn to_open() -> Asked {
    Asked {
        folder: "/srv/li/Documents".into(),
        save_as: None,
        endings: vec!["csv".into(), "ndjson".into()],
    }
}

fn to_save() -> Asked {
    Asked {
        save_as: Some("receipt-1.pdf".into()),
        endings: vec!["pdf".into()],
        ..to_open()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_user_chose_comes_back_as_a_path() {
    let stage = stage(Does::Answers(
        0,
        vec!["file:///srv/li/%E4%BB%98%E6%AC%BE%201.csv"],
    ))
    .await;
    let bus = stage.bus.connect().await;
    let chosen = choose_over(bus, &to_open(), LIMIT).await;
    assert_eq!(chosen, Chosen::File("/srv/li/付款 1.csv".into()));
    let bus = stage.bus.connect().await;
    let chosen = choose_over(bus, &to_save(), LIMIT).await;
    assert!(matches!(chosen, Chosen::File(_)));
    let asked = stage.asked.lock().unwrap().clone();
    assert!(asked[0].starts_with("open "), "{asked:?}");
    assert!(asked[0].contains("*.[cC][sS][vV]"), "{asked:?}");
    assert!(asked[1].starts_with("save "), "{asked:?}");
    assert!(asked[1].contains("receipt-1.pdf"), "{asked:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn closing_it_chooses_nothing_and_what_went_wrong_is_no_chooser() {
    for (does, came) in [
        (Does::Answers(1, vec![]), Chosen::Nothing),
        (Does::Answers(2, vec![]), Chosen::NoChooser),
        (Does::Answers(0, vec![]), Chosen::NoChooser),
        (
            Does::Answers(0, vec!["https://elsewhere/a.csv"]),
            Chosen::NoChooser,
        ),
        (Does::Refuses, Chosen::NoChooser),
        (Does::Elsewhere, Chosen::NoChooser),
    ] {
        let stage = stage(does.clone()).await;
        let bus = stage.bus.connect().await;
        assert_eq!(choose_over(bus, &to_open(), LIMIT).await, came, "{does:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_system_without_a_portal_says_so_at_once() {
    let bus = Bus::start();
    let connection = bus.connect().await;
    let came = choose_over(connection, &to_open(), LIMIT).await;
    assert_eq!(came, Chosen::NoChooser);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_portal_that_ends_takes_its_chooser_away() {
    let stage = stage(Does::Nothing).await;
    let bus = stage.bus.connect().await;
    let choosing = tokio::spawn(async move { choose_over(bus, &to_open(), LIMIT).await });
    until(|| !stage.asked.lock().unwrap().is_empty()).await;
    stage.portal.close().await.unwrap();
    let came = tokio::time::timeout(LIMIT, choosing)
        .await
        .unwrap()
        .unwrap();
    // Either the chooser was shown and went, or it was not shown any more.
    assert!(matches!(came, Chosen::Nothing | Chosen::NoChooser));
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_waits_no_more_leaves_the_bus_so_that_the_chooser_closes() {
    let stage = stage(Does::Nothing).await;
    let bus = stage.bus.connect().await;
    let name = bus.unique_name().unwrap().clone();
    let choosing = tokio::spawn(async move { choose_over(bus, &to_open(), LIMIT).await });
    until(|| !stage.asked.lock().unwrap().is_empty()).await;
    choosing.abort();
    let looks = DBusProxy::new(&stage.portal).await.unwrap();
    let gone = async {
        while looks.name_has_owner(name.as_ref().into()).await.unwrap() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(LIMIT, gone).await.unwrap();
}

async fn until(is: impl Fn() -> bool) {
    let waiting = async {
        while !is() {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    tokio::time::timeout(LIMIT, waiting).await.unwrap();
}

#[test]
fn only_whole_paths_on_this_machine_are_files() {
    for (uri, file) in [
        ("file:///a%20b.csv", Some("/a b.csv")),
        ("file://localhost/a.csv", Some("/a.csv")),
        ("file://server/a.csv", None),
        ("file:///a%00b", None),
        ("/a.csv", None),
        ("https://pay.example/a.csv", None),
    ] {
        assert_eq!(path(uri), file.map(PathBuf::from), "{uri}");
    }
}
