//! OpenSC's module reads a configuration, and two of its settings are not ours to leave to chance.

use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io::{self, Write as _};
use std::path::Path;

use rustix::fs::{MemfdFlags, SealFlags, fcntl_add_seals, memfd_create};

/// Names the configuration.
const VARIABLE: &str = "OPENSC_CONF";
/// OpenSC keeps the PIN and shows it again by itself unless it is told not to: the card's counter would move without
/// anybody having typed. Its `C_Logout` does not tell a PIV card: the card is reset when the module lets go of it, or
/// whoever asks next could use the keys without a PIN. Unblocking takes `C_SetPIN` with the PUK in a session that is not logged in
/// (opensc.conf(5), `user_pin_unblock_style`).
const CONFIGURATION: &str = "\
app default {
    debug = 0;
    reader_driver pcsc {
        disconnect_action = reset;
    }
    framework pkcs15 {
        use_pin_caching = false;
    }
}
app opensc-pkcs11 {
    pkcs11 {
        user_pin_unblock_style = set_pin_in_unlogged_session;
    }
}
";

/// The variable and the file for the module's process, when the module is OpenSC's and nobody has configured it.
///
/// The file is given as standard output, which the module has no use for, so that it has a name in every process
/// that has it and none on a disk; it is sealed, so that nothing can be written to it.
pub(super) fn configuration(
    module: &Path,
    environment: &[(OsString, OsString)],
) -> io::Result<Option<([&'static str; 2], File)>> {
    let configured = std::env::var_os(VARIABLE).is_some()
        || environment.iter().any(|(name, _)| name == VARIABLE);
    if configured || !is_opensc(module) {
        return Ok(None);
    }
    let file = memfd_create(
        "opensc.conf",
        MemfdFlags::CLOEXEC | MemfdFlags::ALLOW_SEALING,
    )?;
    let mut file = File::from(file);
    file.write_all(CONFIGURATION.as_bytes())?;
    fcntl_add_seals(
        &file,
        SealFlags::WRITE | SealFlags::GROW | SealFlags::SHRINK | SealFlags::SEAL,
    )?;
    Ok(Some(([VARIABLE, "/proc/self/fd/1"], file)))
}

fn is_opensc(module: &Path) -> bool {
    module
        .file_name()
        .and_then(OsStr::to_str)
        .is_some_and(|name| name.contains("opensc-pkcs11"))
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;

    #[test]
    fn opensc_gets_a_configuration_that_cannot_be_changed() {
        let path = Path::new("/usr/lib/x86_64-linux-gnu/onepin-opensc-pkcs11.so");
        let ([variable, _], mut file) = configuration(path, &[]).unwrap().unwrap();
        assert_eq!(variable, "OPENSC_CONF");
        let name = format!("/proc/self/fd/{}", std::os::fd::AsRawFd::as_raw_fd(&file));
        let text = std::fs::read_to_string(&name).unwrap();
        assert!(text.contains("use_pin_caching = false"), "{text}");
        assert!(file.write_all(b"#").is_err());
    }

    #[test]
    fn what_somebody_configured_stays() {
        let path = Path::new("/usr/lib/opensc-pkcs11.so");
        let theirs = [(VARIABLE.into(), "/etc/their.conf".into())];
        assert!(configuration(path, &theirs).unwrap().is_none());
        assert!(
            configuration("/usr/lib/libykcs11.so".as_ref(), &[])
                .unwrap()
                .is_none()
        );
    }
}
