//! The connection to vpcd, the virtual reader of pcscd.

use std::{
    io::{self, ErrorKind, Write},
    net::{Ipv4Addr, TcpStream},
    thread::sleep,
    time::{Duration, Instant},
};

use anyhow::Context;
use rustix::net::sockopt::set_tcp_quickack;

use crate::{
    firmware,
    key::{Key, Power},
    state::State,
};

/// How long a key is out before it is plugged in again, as with any hand. pcscd looks at a reader
/// every 0.4 s, and a key that was pulled during a command and is back before pcscd has looked
/// never gets power again.
const OUT_AT_LEAST: Duration = Duration::from_millis(700);

/// How long a reader that does not listen yet is waited for: pcscd may be starting.
const CONNECT_PATIENCE: Duration = Duration::from_secs(5);

/// The pause between two attempts to connect.
const CONNECT_PAUSE: Duration = Duration::from_millis(50);

/// Plugs the key into the reader at `port` and answers until the reader goes away.
pub(crate) fn plug_in(port: u16, state: &mut State) -> anyhow::Result<()> {
    sleep(OUT_AT_LEAST);
    let stream = connect(port).with_context(|| {
        format!("no reader at 127.0.0.1:{port}; start pcscd with a vpcd reader on this port")
    })?;
    stream.set_nodelay(true)?;
    let socket = stream.try_clone()?;
    let mut connection = vpicc::Connection::from(stream);
    writeln!(
        io::stdout(),
        "plugged-in serial={} port={port}",
        state.serial
    )?;
    loop {
        let served = firmware::under_power(state, |application| {
            let mut key = Key::new(application, state.serial);
            while key.power() == Power::Kept {
                // vpcd sends the length and the command apart: a delayed acknowledgement of the
                // first would hold the second back for 40 ms. The kernel forgets it each time.
                set_tcp_quickack(&socket, true)?;
                connection.poll(&mut key)?;
            }
            Ok(())
        })
        .context("opening the key's memory")?;
        match served {
            Ok(()) => {}
            Err(error) if is_end(&error) => return Ok(()),
            Err(error) => return Err(error).context("talking to the reader"),
        }
    }
}

fn connect(port: u16) -> io::Result<TcpStream> {
    let start = Instant::now();
    loop {
        match TcpStream::connect((Ipv4Addr::LOCALHOST, port)) {
            Err(error)
                if error.kind() == ErrorKind::ConnectionRefused
                    && start.elapsed() < CONNECT_PATIENCE =>
            {
                sleep(CONNECT_PAUSE);
            }
            result => return result,
        }
    }
}

/// Whether pcscd has closed the reader.
fn is_end(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        ErrorKind::UnexpectedEof | ErrorKind::ConnectionReset | ErrorKind::BrokenPipe
    )
}
