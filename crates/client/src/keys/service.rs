//! Whether the system's smart-card service runs: without it a module sees no key, and does not say why.

use std::path::Path;

/// Where `pcscd` listens (pcsc-lite), unless the variable says otherwise.
const SOCKET: &str = "/run/pcscd/pcscd.comm";
/// Names another place, for pcsc-lite's clients as well.
const SOCKET_VARIABLE: &str = "PCSCLITE_CSOCK_NAME";
/// Modules that see keys through the service, by a part of their file's name. Of others it is not
/// known, and nothing is said.
const MODULES: [&str; 2] = ["opensc", "ykcs11"];

/// Whether this module needs the service and the service does not run.
pub(super) fn is_missing_for(module: &Path) -> bool {
    let name = module.file_name().unwrap_or_default().to_string_lossy();
    MODULES.iter().any(|part| name.contains(part)) && !runs()
}

#[cfg(unix)]
fn runs() -> bool {
    let socket = std::env::var_os(SOCKET_VARIABLE).unwrap_or_else(|| SOCKET.into());
    // With socket activation this starts it, which is what the module would do.
    std::os::unix::net::UnixStream::connect(socket).is_ok()
}

#[cfg(not(unix))]
fn runs() -> bool {
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_module_without_readers_needs_no_service() {
        assert!(!is_missing_for("/usr/lib/softhsm/libsofthsm2.so".as_ref()));
        assert!(!is_missing_for("/".as_ref()));
    }
}
