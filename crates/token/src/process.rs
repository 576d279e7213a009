//! What a process does to itself before it holds a PIN.

use std::io;

/// Makes the process leave no core dump and refuse to be traced by others of the same user.
///
/// Programs that take a PIN call this first, before the PIN is in memory.
///
/// # Errors
///
/// The system refused; the program should not take a PIN then.
pub fn harden_process() -> Result<(), io::Error> {
    #[cfg(unix)]
    {
        use rustix::process::{Resource, Rlimit, setrlimit};
        let none = Rlimit {
            current: Some(0),
            maximum: Some(0),
        };
        setrlimit(Resource::Core, none)?;
    }
    #[cfg(target_os = "linux")]
    {
        use rustix::process::{DumpableBehavior, set_dumpable_behavior};
        set_dumpable_behavior(DumpableBehavior::NotDumpable)?;
    }
    Ok(())
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use rustix::process::{DumpableBehavior, Resource, dumpable_behavior, getrlimit};

    #[test]
    fn a_hardened_process_leaves_no_dump() {
        super::harden_process().unwrap();
        let limit = getrlimit(Resource::Core);
        assert_eq!((limit.current, limit.maximum), (Some(0), Some(0)));
        assert_eq!(dumpable_behavior().unwrap(), DumpableBehavior::NotDumpable);
        // A descriptor can still be read: PINs come in after hardening.
        let (reader, mut writer) = std::io::pipe().unwrap();
        std::io::Write::write_all(&mut writer, b"1234\n").unwrap();
        let fd = u32::try_from(std::os::fd::AsRawFd::as_raw_fd(&reader)).unwrap();
        crate::Pin::from_fd(fd).unwrap();
    }
}
