//! Three hosts and a bank, each in a network namespace of its own, with the rules that our programs
//! print: a bill is paid across, and everything else is stopped.
//!
//! ```text
//!  customer ──── security server ──── platform ──── bank's network
//!  203.0.113.2   .1  (DMZ)  10.77.1.1  .2  10.77.2.1   198.51.100.7
//!                                       │
//!                                issuing desk 10.77.3.2
//! ```
//!
//! Namespaces need root. The test starts itself again in a network and mount namespace of its own,
//! so that all of this is gone with its last process, however that ends.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod common;
mod network;

use std::{fs, thread};

use common::{Person, Stage};
use network::{Network, Probe, forward, listen, probe};
use serde_json::Value;
use wattkey_e2e::{
    Program, Server, World,
    layout::Token,
    world::{CARD_PIN, MODULE, PLATFORM_NAME, USER_PIN},
};

const SERVER: &str = "203.0.113.1";
const DMZ: &str = "10.77.1.1";
const PLATFORM: &str = "10.77.1.2";
const BANK: &str = "198.51.100.7";
const BANK_PORT: u16 = 443;
/// Something else in the bank's network that a program of an intruder would like to reach.
const ELSEWHERE: &str = "198.51.100.8";
/// Another service of the platform's host.
const OTHER_PORT: u16 = 5432;

#[test]
fn only_what_the_configuration_names_passes() {
    if !network::alone("only_what_the_configuration_names_passes") {
        return;
    }
    let stage = Stage::new();
    let world = &stage.world;
    let network = hosts();
    let ports = world.ports();
    configure(world);

    // What there is to be reached.
    listen(&network, "platform", OTHER_PORT);
    listen(&network, "bank", 80);
    let _servers = start(world, &network);
    let gateway = format!("{SERVER}:{}", ports.gateway);
    let for_gateways = format!("{PLATFORM}:{}", ports.platform);
    let for_managers = format!("{PLATFORM}:{}", ports.managers);
    let other = format!("{PLATFORM}:{OTHER_PORT}");
    let (bank, elsewhere) = (format!("{BANK}:{BANK_PORT}"), format!("{ELSEWHERE}:80"));
    let bank_other = format!("{BANK}:80");
    let wanted: [(&str, &str); 4] = [
        ("customer", &gateway),
        ("dmz", &for_gateways),
        ("desk", &for_managers),
        ("platform", &bank),
    ];
    let unwanted: [(&str, &str); 11] = [
        ("customer", &for_gateways),
        ("customer", &for_managers),
        ("customer", &other),
        ("dmz", &for_managers),
        ("dmz", &other),
        ("dmz", &bank),
        ("desk", &for_gateways),
        ("desk", &other),
        ("platform", &elsewhere),
        ("platform", &bank_other),
        ("bank", &for_gateways),
    ];

    // Without rules all of it passes, so that it is the rules that stop it.
    for (from, to) in wanted.iter().chain(&unwanted) {
        assert_eq!(probe(&network, from, to), Probe::Open, "{from} to {to}");
    }
    load(world, &network);
    for (from, to) in wanted {
        assert_eq!(probe(&network, from, to), Probe::Open, "{from} to {to}");
    }
    thread::scope(|scope| {
        for (from, to) in unwanted {
            let network = &network;
            scope.spawn(move || {
                assert_eq!(probe(network, from, to), Probe::Silent, "{from} to {to}");
            });
        }
    });

    a_bill_is_paid(&stage, &network);
    a_security_server_that_is_taken_over(&stage, &network, &for_gateways);
}

/// Hosts and wires. Every host would forward, and knows every way: only rules stop anything.
fn hosts() -> Network {
    let network = Network::new(&["customer", "dmz", "platform", "bank", "desk"]);
    network.wire(("customer", "203.0.113.2/24"), ("dmz", "203.0.113.1/24"));
    network.wire(("dmz", "10.77.1.1/24"), ("platform", "10.77.1.2/24"));
    network.wire(("platform", "10.77.2.1/24"), ("bank", "10.77.2.2/24"));
    network.wire(("platform", "10.77.3.1/24"), ("desk", "10.77.3.2/24"));
    for address in [BANK, ELSEWHERE] {
        network.own("bank", address);
    }
    network.default_route("customer", SERVER);
    network.default_route("dmz", PLATFORM);
    network.default_route("bank", "10.77.2.1");
    network.default_route("desk", "10.77.3.1");
    network.route("platform", "203.0.113.0/24", DMZ);
    network.route("platform", "198.51.100.0/24", "10.77.2.2");
    network
}

/// The world of one machine, moved to its hosts.
fn configure(world: &World) {
    let ports = world.ports();
    let move_to = |file: &std::path::Path, changes: &[(String, String)], more: &str| {
        let mut text = fs::read_to_string(file).unwrap();
        for (from, to) in changes {
            assert!(text.contains(from), "{from} in {text}");
            text = text.replace(from, to);
        }
        fs::write(file, text + more).unwrap();
    };
    let loopback = |port: u16| format!("127.0.0.1:{port}");
    move_to(
        &world.gateway_configuration(),
        &[
            (
                loopback(ports.gateway),
                format!("{SERVER}:{}", ports.gateway),
            ),
            (
                loopback(ports.platform),
                format!("{PLATFORM}:{}", ports.platform),
            ),
        ],
        "",
    );
    // The bank's connector is on the platform's host and stays on loopback.
    move_to(
        &world.platform_configuration(),
        &[
            (
                loopback(ports.platform),
                format!("{PLATFORM}:{}", ports.platform),
            ),
            (
                loopback(ports.managers),
                format!("{PLATFORM}:{}", ports.managers),
            ),
        ],
        &format!(
            "\n[firewall]\ngateways = [\"{DMZ}\"]\nmanagers = [\"10.77.3.0/24\"]\nbank = [\"{BANK}:{BANK_PORT}\"]\n"
        ),
    );
    let person = "cashier";
    world.wattkey(&world.usb_key(0), person).unwrap();
    move_to(
        &world.layout().path(&format!("pcs/{person}/wattkey.toml")),
        &[(
            loopback(ports.gateway),
            format!("{SERVER}:{}", ports.gateway),
        )],
        "",
    );
}

/// Each program on its host; the bank's connector carries bytes to the bank.
fn start(world: &World, network: &Network) -> [Server; 3] {
    let port = world.ports().bank;
    let log = |name: &str| world.layout().path(&format!("logs/{name}.log"));
    let bank = world
        .program("wattkey-banksim", None)
        .unwrap()
        .args([
            "run",
            "--listen",
            &format!("127.0.0.1:{port}"),
            "--database",
        ])
        .args([world.layout().path("bank/bank.db")])
        .in_network(&network.host("bank"))
        .serve(&log("bank"))
        .unwrap();
    forward(
        network,
        "bank",
        &format!("{BANK}:{BANK_PORT}"),
        &format!("127.0.0.1:{port}"),
    );
    forward(
        network,
        "platform",
        &format!("127.0.0.1:{port}"),
        &format!("{BANK}:{BANK_PORT}"),
    );
    let server = |name: &str, token, configuration: std::path::PathBuf, host: &str| {
        world
            .program(name, Some(token))
            .unwrap()
            .args(["run", "--card-pin-fd", "0", "--config"])
            .args([configuration])
            .input_line(CARD_PIN)
            .in_network(&network.host(host))
            .serve(&log(host))
            .unwrap()
    };
    let platform = server(
        "wattkey-platform",
        Token::PlatformCard,
        world.platform_configuration(),
        "platform",
    );
    let gateway = server(
        "wattkey-gateway",
        Token::Card,
        world.gateway_configuration(),
        "dmz",
    );
    [gateway, platform, bank]
}

/// The rules that each program prints for its host, as an operator loads them; twice, as after a
/// change of the configuration.
fn load(world: &World, network: &Network) {
    for (program, configuration, host) in [
        (
            "wattkey-platform",
            world.platform_configuration(),
            "platform",
        ),
        ("wattkey-gateway", world.gateway_configuration(), "dmz"),
    ] {
        let rules = world
            .program(program, None)
            .unwrap()
            .args([
                "firewall".into(),
                "--config".into(),
                configuration.into_os_string(),
            ])
            .succeed()
            .unwrap()
            .stdout;
        let commented = rules.lines().filter(|line| line.trim().starts_with('#'));
        assert!(commented.count() > 10, "{rules}");
        network.nft(host, &["--check"], &rules);
        network.nft(host, &[], &rules);
        network.nft(host, &[], &rules);
    }
}

fn a_bill_is_paid(stage: &Stage, network: &Network) {
    let (cashier, bill) = (stage.cashier(), Stage::overdue_bill());
    let customer = network.host("customer");
    let asked = |program: Program| -> Value {
        let said = program.in_network(&customer).succeed().unwrap();
        serde_json::from_str(&said.stdout).unwrap()
    };
    let shown = asked(cashier.program(&["bill", "show", &bill]));
    let quote = &shown["bill"]["quote"];
    let minor = quote["principal"].as_i64().unwrap() + quote["penalty"].as_i64().unwrap();
    let total = format!("{}.{:02}", minor / 100, minor % 100);
    let paid = asked(cashier.pay(&bill, &total, &["--wait", "60"]));
    assert_eq!(paid["state"], "settled", "{paid}");
    let held = common::collections(&stage.world);
    assert_eq!(held.len(), 1, "{held:?}");
}

/// The rules of the DMZ are gone, and the host forwards. The platform's rules still stop customers
/// by their address; when the host lends them its own, only mutual TLS is left, and stops them.
fn a_security_server_that_is_taken_over(stage: &Stage, network: &Network, platform: &str) {
    network.nft("dmz", &[], "delete table inet wattkey_gateway\n");
    assert_eq!(
        probe(network, "customer", platform),
        Probe::Silent,
        "its own address"
    );
    network.nft(
        "dmz",
        &[],
        "table ip lent {\n\tchain out {\n\t\ttype nat hook postrouting priority srcnat;\n\
         \t\tip saddr 203.0.113.0/24 masquerade\n\t}\n}\n",
    );
    assert_eq!(
        probe(network, "customer", platform),
        Probe::Open,
        "the DMZ's address"
    );

    let intruder = |token, pin: &str, more: &[&str]| {
        let world = &stage.world;
        let service_ca = world.layout().path("desk/service-ca.pem");
        world
            .program("wattkey-intruder", Some(token))
            .unwrap()
            .args(["--module", MODULE, "--pin-fd", "0", "--platform", platform])
            .args(["--platform-name", PLATFORM_NAME, "--service-ca"])
            .args([service_ca])
            .args(more.iter().copied())
            .input_line(pin)
            .in_network(&network.host("customer"))
            .succeed()
            .unwrap()
            .stdout
    };
    let Person { usb_key, .. } = stage.cashier();
    let said = intruder(Token::UsbKey(&usb_key), USER_PIN, &[]);
    assert!(said.starts_with("refused"), "{said}");
    let log = fs::read_to_string(stage.world.layout().path("logs/platform.log")).unwrap();
    let refused = log
        .lines()
        .any(|line| line.contains("handshake failed") && line.contains(DMZ));
    assert!(refused, "{log}");
    // The same way with the security server's own key is open: it is the key that counts.
    let said = intruder(Token::Card, CARD_PIN, &["--card", "gateway-card"]);
    assert!(said.starts_with("let in: 4"), "{said}");
}
