use wattkey_client::fault::Exit;
use wattkey_domain::Currency;

use super::*;

const FIRST: &str = "7d3f0000-0000-4000-8000-000000000001";
const SECOND: &str = "7d3f0000-0000-4000-8000-000000000002";

fn row(order: &str) -> Row {
    Row {
        order: order.parse().unwrap(),
        total: 700,
        currency: Currency::CNY,
        reference: "PO 1".into(),
        at: At::NotSigned,
    }
}

fn previewed(preview: bool) -> Box<Previewed> {
    let preview = preview.then(|| Preview {
        made: Timestamp::UNIX_EPOCH,
        customer: "0b7a3c1e-6a0e-4a52-8f7e-1d2c3b4a5968".parse().unwrap(),
        user: "2f1e0d3c-4b5a-4697-8871-a2b3c4d5e6f7".parse().unwrap(),
        currency: Currency::CNY,
        orders: Vec::new(),
    });
    Box::new(Previewed {
        batch: "3b9c358f36f0".parse().unwrap(),
        name: "orders.csv".into(),
        imported: Timestamp::UNIX_EPOCH,
        again: false,
        lines: 2,
        preview,
        problems: Vec::new(),
        done: Vec::new(),
    })
}

#[test]
fn a_file_is_read_once_at_a_time_and_only_a_preview_is_reviewed() {
    let mut file = OrderFile::default();
    assert!(file.update(Input::Import).is_empty(), "no path");
    let _ = file.update(Input::Path(" orders.csv ".into()));
    let effects = file.update(Input::Import);
    assert!(matches!(effects.as_slice(), [Effect::ImportOrders(path)] if path == "orders.csv"));
    assert!(file.update(Input::Import).is_empty(), "a second click");
    let _ = file.update(Input::Previewed(previewed(false)));
    assert!(file.update(Input::Review).is_empty(), "nothing to sign");
    let _ = file.update(Input::Previewed(previewed(true)));
    assert!(matches!(
        file.update(Input::Review).as_slice(),
        [Effect::BuildOrders(_)]
    ));
    assert!(file.update(Input::Review).is_empty(), "a second click");
}

#[test]
fn what_takes_long_is_stopped_and_can_be_begun_again() {
    let mut file = OrderFile::default();
    let _ = file.update(Input::Path("orders.csv".into()));
    let _ = file.update(Input::Import);
    let _ = file.update(Input::Progress(3, 9));
    assert_eq!(file.busy, Busy::Previewing(3, 9));
    assert!(matches!(
        file.update(Input::Stop).as_slice(),
        [Effect::Stop]
    ));
    let _ = file.update(Input::Stopped);
    assert!(file.can_import() && !file.stopping);
}

#[test]
fn each_order_has_its_own_outcome_and_an_unknown_one_is_found_out() {
    let mut file = OrderFile::default();
    let _ = file.update(Input::Ready(vec![row(FIRST), row(SECOND)]));
    let moved = |at| Input::Moved(FIRST.parse().unwrap(), at);
    let _ = file.update(moved(At::Signing));
    let _ = file.update(moved(At::Unknown));
    assert!(file.is_moving());
    file.seen(&[], &[FIRST.parse().unwrap()]);
    assert!(matches!(file.run[0].at, At::Unknown));
    file.seen(&[], &[]);
    assert!(matches!(file.run[0].at, At::NeverAccepted));
    assert!(
        matches!(file.run[1].at, At::NotSigned),
        "nothing was signed of it"
    );
    let fault = Fault::new("order-refused", Exit::OrderRefused);
    let _ = file.update(Input::Moved(SECOND.parse().unwrap(), At::Refused(fault)));
    assert_eq!(file.accepted(), 0);
    file.leave();
    assert!(file.run.is_empty() && file.path.is_empty());
}
