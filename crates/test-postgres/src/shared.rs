//! The server that all tests of a run share, whatever process they are in.
//!
//! Each process holds a shared lock on `users` for as long as it lives. A watchdog stops the server
//! when it could take that lock alone for some seconds; who starts and who stops takes the lock on
//! `start`, so that nobody is given a server that is about to stop.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;

use crate::cluster::{self, Parent};

/// The longest that the server runs, in seconds, whoever uses it.
pub const MAX_LIFE_S: u32 = 3_600;
/// How long it stays when nobody uses it, in seconds.
const IDLE_S: u32 = 15;

/// `$1` folder, `$2` the server's process id, `$3` idle seconds, `$4` the longest life in seconds.
const WATCHDOG: &str = r#"
cd "$1" || exit 1
exec 8>start 9>users
idle=0 life=0
while [ "$life" -lt "$4" ] && kill -0 "$2" 2>/dev/null; do
  sleep 1
  life=$((life + 1))
  if flock --nonblock 9; then flock --unlock 9; idle=$((idle + 1)); else idle=0; fi
  [ "$idle" -lt "$3" ] && continue
  flock --nonblock 8 || { idle=0; continue; }
  if flock --nonblock 9; then break; fi
  flock --unlock 8
  idle=0
done
kill -QUIT "$2" 2>/dev/null
n=0
while kill -0 "$2" 2>/dev/null && [ "$n" -lt 100 ]; do sleep 0.1; n=$((n + 1)); done
rm -rf data port
"#;

/// Port and password of the running server.
pub(crate) fn server() -> (u16, String) {
    static USED: OnceLock<(File, u16)> = OnceLock::new();
    let (_, port) = USED.get_or_init(join);
    (*port, cluster::password())
}

fn join() -> (File, u16) {
    let folder = cluster::home().join("shared");
    if !folder.exists() {
        let _ = fs::create_dir(&folder);
    }
    open_to_others(&folder);
    let start = File::create(folder.join("start")).unwrap();
    start.lock().unwrap();
    let users = File::create(folder.join("users")).unwrap();
    users.lock_shared().unwrap();
    let port = running(&folder).unwrap_or_else(|| launch(&folder));
    (users, port)
}

fn open_to_others(folder: &Path) {
    use std::os::unix::fs::PermissionsExt as _;
    fs::set_permissions(folder, fs::Permissions::from_mode(0o711)).unwrap();
}

fn running(folder: &Path) -> Option<u16> {
    let port = fs::read_to_string(folder.join("port")).ok()?.parse().ok()?;
    cluster::accepts(port).then_some(port)
}

#[expect(
    clippy::zombie_processes,
    reason = "both outlive this process: the watchdog ends the server and then itself"
)]
fn launch(folder: &Path) -> u16 {
    let data: PathBuf = folder.join("data");
    let _ = fs::remove_dir_all(&data);
    cluster::make_data(&data);
    let port = cluster::free_port();
    let server = cluster::serve(&data, port, &Parent::Free, &[]);
    fs::write(folder.join("port"), port.to_string()).unwrap();
    let mut watchdog = Command::new("setsid");
    watchdog
        .args(["sh", "-c", WATCHDOG, "watchdog"])
        .arg(folder)
        .arg(server.id().to_string())
        .args([IDLE_S.to_string(), MAX_LIFE_S.to_string()])
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    watchdog.spawn().unwrap();
    port
}
