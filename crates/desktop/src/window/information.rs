//! Clicks on the pages of consumption, disputes, statements and receipts.

use std::rc::Rc;

use slint::ComponentHandle as _;
use wattkey_client::words::Lang;
use wattkey_desktop_ui::{Bills, Dispute, History, Receipt, Statement, Usage};

use super::{Inner, index};
use crate::model::usage::{Measure, Picture, View};
use crate::model::{Event, bills, dispute, history, statement, usage};

pub(super) fn connect(inner: &Rc<Inner>) {
    connect_usage(inner);
    connect_dispute(inner);
    connect_statement(inner);
    on!(inner, Bills<'_>, on_reckon, || Event::Bills(
        bills::Input::Reckon
    ));
    on!(inner, Bills<'_>, on_save_pdf, |lang| Event::Bills(
        bills::Input::SavePdf(language(&lang))
    ));
    on!(inner, History<'_>, on_choose_tab, |place| {
        let tab = history::Tab::ALL.get(index(place)).copied();
        Event::History(history::Input::Tab(tab.unwrap_or_default()))
    });
    let weak = Rc::downgrade(inner);
    let page = inner.ui.global::<History<'_>>();
    page.on_receipt_pdf(move |order, lang| {
        if let (Some(inner), Ok(order)) = (weak.upgrade(), order.parse()) {
            let input = history::Input::ReceiptPdf(order, language(&lang));
            inner.happened(Event::History(input));
        }
    });
    on!(inner, Receipt<'_>, on_set_file, |text| Event::History(
        history::Input::File(text.into())
    ));
    on!(inner, Receipt<'_>, on_verify, || Event::History(
        history::Input::Verify
    ));
}

/// The language of a code, as drawings know it.
fn language(code: &str) -> Lang {
    code.parse().unwrap_or(Lang::En)
}

fn connect_usage(inner: &Rc<Inner>) {
    on!(inner, Usage<'_>, on_choose, |place| Event::Usage(
        usage::Input::Choose(index(place))
    ));
    on!(inner, Usage<'_>, on_choose_view, |place| {
        let view = View::ALL.get(index(place)).copied();
        Event::Usage(usage::Input::View(view.unwrap_or_default()))
    });
    on!(inner, Usage<'_>, on_move, |by| Event::Usage(
        usage::Input::Move(by)
    ));
    on!(inner, Usage<'_>, on_zoom_in, |place| Event::Usage(
        usage::Input::ZoomIn(index(place))
    ));
    on!(inner, Usage<'_>, on_zoom_out, || Event::Usage(
        usage::Input::ZoomOut
    ));
    on!(inner, Usage<'_>, on_choose_grain, |place| Event::Usage(
        usage::Input::Hours(place == 1)
    ));
    on!(inner, Usage<'_>, on_choose_measure, |place| {
        let measure = Measure::ALL.get(index(place)).copied();
        Event::Usage(usage::Input::Measure(measure.unwrap_or_default()))
    });
    on!(inner, Usage<'_>, on_again, || Event::Usage(
        usage::Input::Again
    ));
    on!(inner, Usage<'_>, on_save_csv, || Event::Usage(
        usage::Input::SaveCsv
    ));
    let weak = Rc::downgrade(inner);
    let page = inner.ui.global::<Usage<'_>>();
    page.on_save_picture(move |x, y, width, height| {
        let Some(inner) = weak.upgrade() else { return };
        let event = match inner.ui.window().take_snapshot() {
            Ok(all) => match cut(&all, [x, y, width, height].map(size)) {
                Some(picture) => Event::Usage(usage::Input::SavePicture(picture)),
                None => return,
            },
            Err(error) => Event::NotSaved(
                wattkey_client::fault::Fault::new(
                    "window-no-picture",
                    wattkey_client::fault::Exit::Fault,
                )
                .cause(&error),
            ),
        };
        inner.happened(event);
    });
}

fn size(length: i32) -> u32 {
    u32::try_from(length).unwrap_or(0)
}

/// A part of a picture; none when nothing of it is there.
fn cut(
    all: &slint::SharedPixelBuffer<slint::Rgba8Pixel>,
    [x, y, width, height]: [u32; 4],
) -> Option<Picture> {
    let width = width.min(all.width().saturating_sub(x));
    let height = height.min(all.height().saturating_sub(y));
    if width == 0 || height == 0 {
        return None;
    }
    let row = usize::try_from(all.width()).ok()?;
    let place = |length: u32| usize::try_from(length).unwrap_or(usize::MAX);
    let rows = all
        .as_slice()
        .chunks(row)
        .skip(place(y))
        .take(place(height));
    let points = rows.flat_map(|row| &row[place(x)..place(x) + place(width)]);
    Some(Picture {
        width,
        height,
        rgba: points
            .flat_map(|point| [point.r, point.g, point.b, point.a])
            .collect(),
    })
}

/// In the form of a dispute.
fn dispute(input: dispute::Input) -> Event {
    Event::Bills(bills::Input::Dispute(input))
}

fn connect_dispute(inner: &Rc<Inner>) {
    on!(inner, Dispute<'_>, on_open, || dispute(
        dispute::Input::Open
    ));
    on!(inner, Dispute<'_>, on_cancel, || dispute(
        dispute::Input::Cancel
    ));
    on!(inner, Dispute<'_>, on_choose_line, |place| dispute(
        dispute::Input::Line(index(place))
    ));
    on!(inner, Dispute<'_>, on_set_amount, |text| dispute(
        dispute::Input::Amount(text.into())
    ));
    on!(inner, Dispute<'_>, on_choose_reason, |place| dispute(
        dispute::Input::Reason(index(place))
    ));
    on!(inner, Dispute<'_>, on_set_text, |text| dispute(
        dispute::Input::Text(text.into())
    ));
    on!(inner, Dispute<'_>, on_review, || dispute(
        dispute::Input::Review
    ));
    on!(inner, Dispute<'_>, on_withdraw, |place| dispute(
        dispute::Input::Withdraw(index(place))
    ));
}

fn connect_statement(inner: &Rc<Inner>) {
    on!(inner, Statement<'_>, on_choose, |place| Event::Statement(
        statement::Input::Account(index(place))
    ));
    on!(inner, Statement<'_>, on_set_from, |text| Event::Statement(
        statement::Input::From(text.into())
    ));
    on!(inner, Statement<'_>, on_set_to, |text| Event::Statement(
        statement::Input::To(text.into())
    ));
    on!(inner, Statement<'_>, on_choose_deposit, |on| {
        Event::Statement(statement::Input::Deposit(on))
    });
    on!(inner, Statement<'_>, on_have, || Event::Statement(
        statement::Input::Show
    ));
    on!(inner, Statement<'_>, on_save_csv, || Event::Statement(
        statement::Input::SaveCsv
    ));
    on!(inner, Statement<'_>, on_save_pdf, |lang| Event::Statement(
        statement::Input::SavePdf(language(&lang))
    ));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_of_a_picture_is_cut_out() {
        let mut all = slint::SharedPixelBuffer::<slint::Rgba8Pixel>::new(3, 2);
        for (place, point) in (0_u8..).zip(all.make_mut_slice()) {
            point.r = place;
        }
        let picture = cut(&all, [1, 1, 9, 9]).unwrap();
        assert_eq!((picture.width, picture.height), (2, 1));
        assert_eq!([picture.rgba[0], picture.rgba[4]], [4, 5]);
        assert_eq!(cut(&all, [3, 0, 1, 1]), None);
    }
}
