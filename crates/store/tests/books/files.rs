//! Files that are no books.

use wattkey_store::Store;

#[test]
fn a_file_that_is_not_ours_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x");
    std::fs::write(
        &path,
        b"this is a text and not a database at all ".repeat(50),
    )
    .unwrap();
    assert!(Store::open(&path).is_err());
    assert!(Store::open(&folder.path().join("no/such/folder")).is_err());
    let newer = folder.path().join("newer");
    drop(Store::open(&newer).unwrap());
    let raw = rusqlite::Connection::open(&newer).unwrap();
    raw.pragma_update(None, "user_version", 99).unwrap();
    let error = Store::open(&newer).unwrap_err();
    assert!(error.to_string().contains("version 99"), "{error}");
}
