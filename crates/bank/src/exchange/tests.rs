use super::*;

/// Far apart, so that no test depends on how long it takes.
const SETTLE: Duration = Duration::from_secs(2);

struct Place {
    folder: tempfile::TempDir,
    start: Instant,
}

impl Place {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        for name in ["out", "in"] {
            fs::create_dir(folder.path().join(name)).unwrap();
        }
        Self {
            folder,
            start: Instant::now(),
        }
    }

    fn folders(&self) -> Folders {
        let below = |name| self.folder.path().join(name);
        Folders {
            out: below("out"),
            incoming: below("in"),
            done: below("done"),
            settle: SETTLE,
        }
    }

    fn open(&self) -> Exchange {
        Exchange::open(&self.folders()).unwrap()
    }

    fn put(&self, name: &str, text: &str) {
        fs::write(self.folder.path().join("in").join(name), text).unwrap();
    }

    fn at(&self, seconds: u64) -> Instant {
        self.start + Duration::from_secs(seconds)
    }

    fn names(&self, folder: &str) -> Vec<String> {
        let mut names: Vec<String> = fs::read_dir(self.folder.path().join(folder))
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }
}

/// The next file after it has settled: its number, name and text.
fn next(exchange: &mut Exchange, last: u64, at: Instant) -> Option<(u64, String, String)> {
    let arrived = exchange.next(last, at).unwrap()?;
    exchange.done(&arrived).unwrap();
    let text = String::from_utf8(arrived.bytes.clone()).unwrap();
    Some((arrived.number, arrived.name, text))
}

#[test]
fn a_message_is_handed_over_once() {
    let place = Place::new();
    let exchange = place.open();
    assert_eq!(
        exchange.deliver("WK1", b"<a/>").unwrap(),
        Delivery::Delivered
    );
    assert_eq!(place.names("out"), ["WK1.xml"]);
    assert_eq!(place.names("done/sent"), ["WK1.xml"]);
    assert_eq!(exchange.deliver("WK1", b"<a/>").unwrap(), Delivery::Before);
    // The client took it away; after a crash we ask again.
    fs::remove_file(place.folder.path().join("out/WK1.xml")).unwrap();
    assert_eq!(exchange.deliver("WK1", b"<a/>").unwrap(), Delivery::Before);
    assert_eq!(place.names("out"), Vec::<String>::new());
    let other = exchange.deliver("WK1", b"<b/>");
    assert!(
        matches!(other, Err(ExchangeError::Conflict(_))),
        "{other:?}"
    );
    for name in ["", "../x", ".x", "a b", "a/b", "ä"] {
        let refused = exchange.deliver(name, b"");
        assert!(
            matches!(refused, Err(ExchangeError::Name(_))),
            "{name}: {refused:?}"
        );
    }
}

/// Each state that a crash can leave behind ends in one hand-over.
#[test]
fn a_crash_at_any_step_of_a_hand_over_hands_over_once() {
    let states: [(&str, &[&str]); 3] = [
        ("the part half-written", &["done/sent/.WK1.part=<a"]),
        ("the part written", &["done/sent/.WK1.part=<a/>"]),
        (
            "the part written and marked",
            &["done/sent/.WK1.part=<a/>", "done/sent/WK1.xml=<a/>"],
        ),
    ];
    for (what, files) in states {
        let place = Place::new();
        drop(place.open());
        for file in files {
            let (path, text) = file.split_once('=').unwrap();
            fs::write(place.folder.path().join(path), text).unwrap();
        }
        let delivered = place.open().deliver("WK1", b"<a/>").unwrap();
        assert_eq!(delivered, Delivery::Delivered, "{what}");
        assert_eq!(place.names("out"), ["WK1.xml"], "{what}");
        let text = fs::read(place.folder.path().join("out/WK1.xml")).unwrap();
        assert_eq!(text, b"<a/>", "{what}");
        assert_eq!(place.names("done/sent"), ["WK1.xml"], "{what}");
    }
}

#[test]
fn a_file_is_read_once_when_it_has_settled() {
    let place = Place::new();
    let mut exchange = place.open();
    place.put("one.xml", "<a></a>");
    assert_eq!(
        next(&mut exchange, 7, place.at(0)),
        None,
        "seen, not settled"
    );
    assert_eq!(next(&mut exchange, 7, place.at(1)), None);
    place.put("one.xml", "<a>more</a>");
    assert_eq!(next(&mut exchange, 7, place.at(2)), None, "it has changed");
    let taken = next(&mut exchange, 7, place.at(4));
    assert_eq!(taken, Some((8, "one.xml".into(), "<a>more</a>".into())));
    assert_eq!(next(&mut exchange, 8, place.at(100)), None);
    assert_eq!(place.names("done/received"), ["0000000008-one.xml"]);
    assert_eq!(place.names("in"), Vec::<String>::new());
    // The client may use a name again.
    place.put("one.xml", "<b></b>");
    next(&mut exchange, 8, place.at(200));
    let taken = next(&mut exchange, 8, place.at(300));
    assert_eq!(taken, Some((9, "one.xml".into(), "<b></b>".into())));
}

#[test]
fn unfinished_uploads_and_other_things_are_left_alone() {
    let place = Place::new();
    let mut exchange = place.open();
    for name in [
        ".hidden.xml",
        "a.tmp",
        "b.PART",
        "c.xml.filepart",
        "d.writing",
        "e.lock",
    ] {
        place.put(name, "<a></a>");
    }
    let incoming = place.folder.path().join("in");
    fs::create_dir(incoming.join("folder.xml")).unwrap();
    std::os::unix::fs::symlink("/etc/passwd", incoming.join("link.xml")).unwrap();
    let pipe = std::process::Command::new("mkfifo")
        .arg(incoming.join("pipe.xml"))
        .status();
    assert!(pipe.unwrap().success());
    for at in [0, 10, 10_000] {
        assert_eq!(next(&mut exchange, 0, place.at(at)), None);
    }
    assert_eq!(place.names("in").len(), 9);
}

#[test]
fn half_a_document_is_waited_for_and_then_taken_as_it_is() {
    let place = Place::new();
    let mut exchange = place.open();
    place.put(
        "half.xml",
        "<?xml version=\"1.0\"?><n:Doc xmlns:n=\"x\"><n:a/>",
    );
    place.put("empty.xml", "");
    for at in [0, 10, PATIENCE.as_secs() - 1] {
        assert_eq!(next(&mut exchange, 0, place.at(at)), None, "{at}");
    }
    place.put(
        "half.xml",
        "<?xml version=\"1.0\"?><n:Doc xmlns:n=\"x\"><n:a/></n:Doc>\n",
    );
    let late = PATIENCE.as_secs();
    let empty = next(&mut exchange, 0, place.at(late));
    assert_eq!(empty.unwrap().1, "empty.xml");
    let whole = next(&mut exchange, 1, place.at(late + 2)).unwrap();
    assert!(whole.2.ends_with("</n:Doc>\n"), "{whole:?}");
    // What is no XML will not become any.
    place.put("note.txt", "hello");
    next(&mut exchange, 2, place.at(late + 3));
    assert_eq!(
        next(&mut exchange, 2, place.at(late + 5)).unwrap().2,
        "hello"
    );
}

#[test]
fn a_crash_while_a_file_is_taken_reads_it_once_and_loses_none() {
    let place = Place::new();
    let mut exchange = place.open();
    place.put("one.xml", "<a></a>");
    exchange.next(4, place.at(0)).unwrap();
    let arrived = exchange.next(4, place.at(5)).unwrap().unwrap();
    assert_eq!(arrived.number, 5);
    drop(exchange);
    // The books do not have it: it comes again, under the same number.
    let mut exchange = place.open();
    let again = exchange.next(4, place.at(0)).unwrap().unwrap();
    assert_eq!((again.number, again.bytes), (5, arrived.bytes));
    drop(exchange);
    // The books have it, and the crash was before it was put away.
    let mut exchange = place.open();
    let again = next(&mut exchange, 5, place.at(0));
    assert_eq!(again, Some((5, "one.xml".into(), "<a></a>".into())));
    assert_eq!(place.names("done/received"), ["0000000005-one.xml"]);
    assert_eq!(place.names("done/taking"), Vec::<String>::new());
}

/// Another platform of the same books took another file in under this number.
#[test]
fn an_overtaken_file_comes_again_under_the_next_number() {
    let place = Place::new();
    let mut exchange = place.open();
    place.put("one.xml", "<a></a>");
    exchange.next(4, place.at(0)).unwrap();
    let arrived = exchange.next(4, place.at(5)).unwrap().unwrap();
    exchange.renumber(&arrived, 7).unwrap();
    assert_eq!(place.names("done/received"), Vec::<String>::new());
    let again = next(&mut exchange, 7, place.at(6));
    assert_eq!(again, Some((8, "one.xml".into(), "<a></a>".into())));
    assert_eq!(place.names("done/received"), ["0000000008-one.xml"]);
}

#[test]
fn books_from_a_backup_number_what_is_left_anew() {
    let place = Place::new();
    drop(place.open());
    place.put("../done/taking/0000000042-x-1.xml", "<a></a>");
    let mut exchange = place.open();
    let taken = next(&mut exchange, 30, place.at(0));
    assert_eq!(taken, Some((31, "x-1.xml".into(), "<a></a>".into())));
}

/// Books from a backup give the same number to a file of the same name.
#[test]
fn what_was_received_is_never_overwritten() {
    let place = Place::new();
    let mut exchange = place.open();
    for (round, text) in ["<a></a>", "<b></b>", "<c></c>"].iter().enumerate() {
        let at = 100 * round as u64;
        place.put("one.xml", text);
        assert_eq!(next(&mut exchange, 7, place.at(at)), None);
        assert!(next(&mut exchange, 7, place.at(at + 5)).is_some());
    }
    let names = [
        "0000000008-one.xml",
        "0000000008-one.xml.2",
        "0000000008-one.xml.3",
    ];
    assert_eq!(place.names("done/received"), names);
    let received = place.folder.path().join("done/received");
    let texts = names.map(|name| fs::read_to_string(received.join(name)).unwrap());
    assert_eq!(texts, ["<a></a>", "<b></b>", "<c></c>"]);
    assert_eq!(place.names("done/taking"), Vec::<String>::new());
}

#[test]
fn files_that_are_left_alone_hide_no_others() {
    let place = Place::new();
    let mut exchange = place.open();
    exchange.max_files = 4;
    // In whatever order a folder is listed: some stand behind more than four others.
    for number in 0..4 {
        place.put(&format!("{number}.xml"), "<a></a>");
        for other in 0..50 {
            place.put(&format!(".{number}-{other}"), "");
            place.put(&format!("{number}-{other}.tmp"), "");
        }
    }
    assert_eq!(next(&mut exchange, 0, place.at(0)), None);
    assert_eq!(exchange.seen.len(), 4);
    for last in 0..4 {
        assert!(next(&mut exchange, last, place.at(5)).is_some(), "{last}");
    }
    // The bound itself.
    for number in 0..5 {
        place.put(&format!("{number}.xml"), "<a></a>");
    }
    assert_eq!(next(&mut exchange, 4, place.at(10)), None);
    assert_eq!(exchange.seen.len(), 4);
}

#[test]
fn oldest_first_and_names_are_made_harmless() {
    let place = Place::new();
    let mut exchange = place.open();
    let long = format!("{}.xml", "n".repeat(240));
    for (name, day) in [("b ü\n.xml", 1), ("a.xml", 2), (long.as_str(), 3)] {
        place.put(name, "<a></a>");
        let file = File::options()
            .write(true)
            .open(place.folder.path().join("in").join(name))
            .unwrap();
        let time = std::time::UNIX_EPOCH + Duration::from_secs(86_400 * day);
        file.set_modified(time).unwrap();
    }
    next(&mut exchange, 0, place.at(0));
    let mut names = Vec::new();
    while let Some((number, name, _)) = next(&mut exchange, names.len() as u64, place.at(10)) {
        names.push(name);
        assert_eq!(number, names.len() as u64);
    }
    assert_eq!(names[..2], ["b___.xml", "a.xml"]);
    assert_eq!(names[2].len(), 150);
}

#[test]
fn a_file_that_is_too_large_is_taken_and_refused_by_the_reader() {
    let place = Place::new();
    let mut exchange = place.open();
    let large = "x".repeat(crate::MAX_DOCUMENT_BYTES + 100);
    place.put("large.xml", &format!("<a>{large}"));
    exchange.next(0, place.at(0)).unwrap();
    let arrived = exchange.next(0, place.at(5)).unwrap().unwrap();
    assert_eq!(arrived.bytes.len(), crate::MAX_DOCUMENT_BYTES + 1);
    assert!(crate::camt::read(&arrived.bytes).is_err());
}

#[test]
fn one_process_serves_the_folders() {
    let place = Place::new();
    let first = place.open();
    let second = Exchange::open(&place.folders());
    assert!(matches!(second, Err(ExchangeError::Busy(_))), "{second:?}");
    drop(first);
    place.open();
    fs::remove_dir(place.folder.path().join("out")).unwrap();
    let missing = Exchange::open(&place.folders()).unwrap_err();
    assert!(missing.to_string().contains("out"), "{missing}");
}
