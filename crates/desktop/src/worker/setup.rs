//! What the first start does outside: modules, certificates, the address, the configuration.

use std::net::{TcpStream, ToSocketAddrs as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use wattkey_client::config::{Config, Draft};
use wattkey_client::fault::{Exit, Fault};
use wattkey_client::{keys, receipt, show};
use wattkey_transport::clock;

use crate::model::Event;
use crate::model::setup::{Authority, Input, Tried, Wanted};

/// How long the address may take to answer.
const LIMIT: Duration = Duration::from_secs(5);

/// Where modules of USB keys are, by system.
const MODULES: [&str; 14] = [
    "/usr/lib/x86_64-linux-gnu/opensc-pkcs11.so",
    "/usr/lib/aarch64-linux-gnu/opensc-pkcs11.so",
    "/usr/lib64/opensc-pkcs11.so",
    "/usr/lib/opensc-pkcs11.so",
    "/usr/lib/x86_64-linux-gnu/libykcs11.so",
    "/usr/lib/aarch64-linux-gnu/libykcs11.so",
    "/usr/lib64/libykcs11.so",
    "/usr/lib/libykcs11.so",
    "/Library/OpenSC/lib/opensc-pkcs11.so",
    "/usr/local/lib/libykcs11.dylib",
    r"C:\Program Files\OpenSC Project\OpenSC\pkcs11\opensc-pkcs11.dll",
    r"C:\Program Files\Yubico\Yubico PIV Tool\bin\libykcs11.dll",
    "/usr/lib/softhsm/libsofthsm2.so",
    "/usr/lib64/libsofthsm2.so",
];

/// Does it; what comes of it goes back as an event.
#[must_use]
pub(super) fn carry_out(wanted: Wanted) -> Event {
    Event::Setup(match wanted {
        Wanted::Modules => {
            let there = MODULES.iter().filter(|path| Path::new(path).is_file());
            Input::Modules(there.map(|path| (*path).to_owned()).collect())
        }
        Wanted::Keys(module) => Input::Keys(look(&module)),
        Wanted::Read(path) => Input::Taken(read(Path::new(&path))),
        Wanted::Authorities(draft) => Input::Authorities(authorities(&draft)),
        Wanted::Try(draft) => Input::Tried(Tried {
            reached: reach(&draft.server),
            key: own_key(&draft),
        }),
        Wanted::Write(file, draft) => match write(&file, &draft) {
            Ok(config) => return Event::SetUp(Box::new(config)),
            Err(fault) => Input::NotWritten(fault),
        },
    })
}

fn look(module: &Path) -> Result<Vec<String>, Fault> {
    let module = keys::module(module)?;
    let plugged_in = keys::plugged_in(&module)?;
    let names = plugged_in.iter().map(keys::KeyName::of);
    Ok(names.map(|name| name.to_string()).collect())
}

/// What a configuration says; paths in it start at its folder.
fn read(path: &Path) -> Result<Draft, Fault> {
    let path = super::order_file::path_of(&show::path(path));
    let config = Config::find(Some(&path), |name| std::env::var_os(name))?;
    Ok(Draft {
        audience: config.audience,
        server: config.server,
        service_ca: config.service_ca,
        issuing_ca: config.issuing_ca,
        module: config.module,
    })
}

fn authorities(draft: &Draft) -> Result<[Authority; 2], Fault> {
    let authority = |file: &PathBuf| -> Result<Authority, Fault> {
        let anchor = receipt::anchor(file)?;
        let certificate = anchor.certificate();
        Ok(Authority {
            name: certificate.common_name().to_owned(),
            thumbprint: certificate.thumbprint().to_string(),
        })
    };
    Ok([authority(&draft.service_ca)?, authority(&draft.issuing_ca)?])
}

fn reach(server: &str) -> Result<(), Fault> {
    let unreachable = |error: &dyn std::error::Error| {
        Fault::new("server-unreachable", Exit::Unreachable).cause(error)
    };
    let addresses = server
        .to_socket_addrs()
        .map_err(|error| unreachable(&error))?;
    let mut last = std::io::Error::from(std::io::ErrorKind::AddrNotAvailable);
    for address in addresses {
        match TcpStream::connect_timeout(&address, LIMIT) {
            Ok(_) => return Ok(()),
            Err(error) => last = error,
        }
    }
    Err(unreachable(&last))
}

/// The key that is plugged in, when this power company issued it and it can be used.
fn own_key(draft: &Draft) -> Result<String, Fault> {
    let issuing_ca = receipt::anchor(&draft.issuing_ca)?;
    let module = keys::module(&draft.module)?;
    let plugged_in = keys::plugged_in(&module)?;
    let now = clock::now();
    let mut first = None;
    for key in &plugged_in {
        match keys::check(key, &issuing_ca, now) {
            Ok(()) => return Ok(keys::KeyName::of(key).to_string()),
            Err(error) => {
                first.get_or_insert(error);
            }
        }
    }
    Err(first.unwrap_or(keys::KeyError::None).into())
}

fn write(file: &Path, draft: &Draft) -> Result<Config, Fault> {
    draft.write(file).map_err(|error| {
        Fault::new("file-write", Exit::Fault)
            .with("file", show::path(file))
            .cause(&error)
    })?;
    Ok(Config::find(Some(file), |name| std::env::var_os(name))?)
}
