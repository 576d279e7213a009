//! What operators ask of the servers: alive, ready, and what they have done.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod common;

use std::{
    fs,
    io::{Read as _, Write as _},
    net::TcpStream,
    path::Path,
    time::Duration,
};

use common::{Stage, until};
use wattkey_e2e::layout::free_port;

const LIMIT: Duration = Duration::from_secs(20);

/// Status and body.
fn ask(port: u16, path: &str) -> (u16, String) {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
    stream.set_read_timeout(Some(LIMIT)).unwrap();
    write!(
        stream,
        "GET {path} HTTP/1.1\r\nHost: here\r\nConnection: close\r\n\r\n"
    )
    .unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    (status, body.to_owned())
}

fn listen(configuration: &Path) -> u16 {
    let port = free_port().unwrap();
    let text = fs::read_to_string(configuration).unwrap();
    let more = format!("\n[operators]\nlisten = \"127.0.0.1:{port}\"\n");
    fs::write(configuration, text + &more).unwrap();
    port
}

#[test]
fn both_servers_say_how_they_are() {
    let stage = Stage::new();
    let world = &stage.world;
    let platform = listen(&world.platform_configuration());
    let gateway = listen(&world.gateway_configuration());
    let mut running = world.start().unwrap();
    for port in [platform, gateway] {
        assert_eq!(ask(port, "/healthz").0, 200);
        let (status, text) = ask(port, "/readyz");
        assert_eq!(status, 200, "{text}");
    }
    let cashier = stage.cashier();
    cashier.settle(&Stage::overdue_bill());
    let counted = |port, line: &str| {
        let (status, text) = ask(port, "/metrics");
        assert_eq!(status, 200);
        assert!(text.contains(line), "{line} in {text}");
    };
    counted(
        platform,
        "wattkey_platform_gateways_requests_total{route=\"/v1/orders\",status=\"201\"} 1",
    );
    counted(platform, "wattkey_platform_bank_sent_total 1");
    counted(gateway, "wattkey_gateway_build_info{version=");
    counted(gateway, "status=\"201\"} 1");

    // Without its platform a security server is alive and not ready.
    running.platform.take().unwrap().stop().unwrap();
    until("not ready", LIMIT, || {
        let (status, text) = ask(gateway, "/readyz");
        (status == 503 && text.contains("card: good\nplatform: ")).then_some(())
    });
    assert_eq!(ask(gateway, "/healthz").0, 200);
    running.stop().unwrap();
}
