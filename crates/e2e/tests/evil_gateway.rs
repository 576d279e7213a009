//! A security server that was taken over, with all of its real keys, can do nothing in the name of
//! a user who is not connected.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod common;

use common::{Stage, collections};
use serde_json::Value;
use wattkey_e2e::{
    Program,
    layout::Token,
    world::{AUDIENCE, CARD_PIN, MODULE, PLATFORM_NAME, USER_PIN},
};

fn evil(stage: &Stage, token: Token<'_>) -> Program {
    let program = stage
        .world
        .program("wattkey-evil-gateway", Some(token))
        .unwrap();
    program.args(["--module", MODULE, "--audience", AUDIENCE])
}

fn rows(text: &str) -> Vec<Value> {
    text.lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

#[test]
fn with_all_of_its_keys_it_can_do_nothing_without_the_user() {
    let stage = Stage::new();
    let mut running = stage.world.start().unwrap();
    let (cashier, bill) = (stage.cashier(), Stage::overdue_bill());

    // What passed through it before: an order, a session, requests.
    let order = cashier.settle(&bill);
    let order = order.as_str();
    let order_file = stage.world.layout().path("captured-order.jws");
    cashier.ask(&[
        "payment",
        "export",
        order,
        "--to",
        order_file.to_str().unwrap(),
    ]);
    let paths = [
        "/v1/me".to_owned(),
        "/v1/accounts".to_owned(),
        "/v1/bills?limit=5".to_owned(),
        format!("/v1/bills/{bill}"),
        format!("/v1/bills/{bill}/document"),
        "/v1/mandates".to_owned(),
        "/v1/orders".to_owned(),
        format!("/v1/orders/{order}"),
        format!("/v1/orders/{order}/receipt"),
    ];
    // The real one is gone: its card is in the attacker's hands.
    running.gateway.take().unwrap().stop().unwrap();
    let captured = evil(&stage, Token::UsbKey(&cashier.usb_key))
        .args(["capture", "--pin-fd", "0"])
        .args(paths)
        .input_line(USER_PIN)
        .succeed()
        .unwrap();
    let captured_file = stage.world.layout().path("captured.json");
    std::fs::write(&captured_file, &captured.stdout).unwrap();

    let attack = evil(&stage, Token::Card)
        .args([
            "attack",
            "--card-pin-fd",
            "0",
            "--token",
            "gateway-card",
            "--platform-name",
            PLATFORM_NAME,
        ])
        .args([
            "--platform".to_owned(),
            format!("127.0.0.1:{}", stage.world.ports().platform),
        ])
        .args([
            "--service-ca".into(),
            stage
                .world
                .layout()
                .path("desk/service-ca.pem")
                .into_os_string(),
        ])
        .args(["--captured".into(), captured_file.into_os_string()])
        .args(["--order".into(), order_file.into_os_string()])
        .input_line(CARD_PIN)
        .succeed()
        .unwrap();
    let rows = rows(&attack.stdout);
    let (control, attempts): (Vec<&Value>, Vec<&Value>) = rows
        .iter()
        .partition(|r| r["what"].as_str().unwrap().starts_with("control"));
    assert_eq!(control.len(), 9);
    for row in control {
        assert_eq!(
            row["status"], 200,
            "what really comes from the user passes, so the rest is refused for its own sake: {row}"
        );
    }
    assert!(attempts.len() > 80, "{} attempts", attempts.len());
    for row in attempts {
        assert!(matches!(row["status"].as_u64(), Some(401 | 403)), "{row}");
        assert!(
            matches!(
                row["problem"].as_str(),
                Some(
                    "session"
                        | "request-signature"
                        | "unbound"
                        | "certificate-role"
                        | "order-signature"
                )
            ),
            "{row}"
        );
    }
    assert_eq!(collections(&stage.world).len(), 1);
    let books = stage.world.verify_books().unwrap();
    assert_eq!(books["counted"]["orders"], 1);
    running.stop().unwrap();
}
