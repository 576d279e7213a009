use super::*;
use crate::model::tests::bill;

fn bills() -> Bills {
    let mut bills = Bills::default();
    bills.loaded(vec![
        bill("B-1", "C-1", "2026-08", 900, 0),
        bill("B-2", "C-1", "2026-09", 700, 700),
        bill("B-3", "C-2", "2026-09", 800, 800),
    ]);
    bills
}

fn shown(bills: &Bills) -> Vec<&str> {
    bills.rows().map(|bill| bill.bill.as_str()).collect()
}

#[test]
fn the_newest_come_first_and_a_second_click_turns_the_order() {
    let mut bills = bills();
    assert_eq!(shown(&bills), ["B-2", "B-3", "B-1"]);
    let _ = bills.update(Input::Sort(Column::Total));
    assert_eq!(shown(&bills), ["B-1", "B-3", "B-2"]);
    let _ = bills.update(Input::Sort(Column::Total));
    assert_eq!(shown(&bills), ["B-2", "B-3", "B-1"]);
}

#[test]
fn every_word_of_a_search_has_to_be_there() {
    let mut bills = bills();
    let _ = bills.update(Input::Search("c-1 2026-09".into()));
    assert_eq!(shown(&bills), ["B-2"]);
    let _ = bills.update(Input::State(Some(BillState::Paid)));
    assert!(shown(&bills).is_empty());
}

#[test]
fn what_is_paid_cannot_be_chosen() {
    let mut bills = bills();
    let _ = bills.update(Input::SelectAll(true));
    let _ = bills.update(Input::Select(2, true));
    let chosen: Vec<_> = bills
        .chosen_bills()
        .map(|bill| bill.bill.as_str())
        .collect();
    assert_eq!(chosen, ["B-2", "B-3"]);
    let _ = bills.update(Input::Select(0, false));
    assert_eq!(bills.chosen.len(), 1);
}

#[test]
fn a_bill_that_was_paid_meanwhile_is_no_longer_chosen() {
    let mut bills = bills();
    let _ = bills.update(Input::SelectAll(true));
    bills.loaded(vec![
        bill("B-2", "C-1", "2026-09", 700, 0),
        bill("B-3", "C-2", "2026-09", 800, 800),
    ]);
    assert_eq!(bills.chosen.len(), 1);
}

#[test]
fn what_is_overdue_is_open_too() {
    let mut bills = bills();
    let mut late = bill("B-4", "C-2", "2026-07", 500, 500);
    late.state = BillState::Overdue;
    let mut all = bills.all.clone().unwrap();
    all.push(late);
    bills.loaded(all);
    let _ = bills.update(Input::State(Some(BillState::Overdue)));
    assert_eq!(shown(&bills), ["B-4"]);
    let _ = bills.update(Input::State(Some(BillState::Open)));
    assert_eq!(shown(&bills), ["B-2", "B-3", "B-4"]);
    let _ = bills.update(Input::State(Some(BillState::Paid)));
    assert_eq!(shown(&bills), ["B-1"]);
}
