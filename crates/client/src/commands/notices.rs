//! `notices`: what the power company served, and saying with the USB key that it was read.

use serde::Serialize;
use wattkey_client::client::Client;
use wattkey_client::own::Served;
use wattkey_domain::NoticeId;
use wattkey_protocol::notice::{Acknowledgement, NoticeDocument, NoticeView};

use super::id;
use super::pay::report;
use super::sign;
use crate::cli::args::Signing;
use crate::cli::context::Context;
use crate::cli::fault::Fault;
use crate::cli::output::Output;
use crate::cli::show;
use crate::cli::table::{Cell, Column, Table, pairs};

#[derive(Serialize)]
struct List {
    notices: Vec<NoticeView>,
}

#[derive(Serialize)]
struct Shown {
    notice: NoticeView,
    document: NoticeDocument,
}

pub(crate) async fn list(context: &Context<'_>, client: &mut Client) -> Result<(), Fault> {
    let document = List {
        notices: client.notices().await?,
    };
    let mut table = Table::new(&[
        Column::left("column-notice"),
        Column::left("column-kind"),
        Column::left("column-account"),
        Column::left("column-served"),
        Column::left("column-cut-off"),
        Column::left("column-dropped"),
        Column::right("column-bills"),
        Column::for_programs("currency"),
        Column::right("column-total"),
        Column::left("column-read-by"),
    ]);
    for view in &document.notices {
        let readers = view.acknowledged.iter();
        let readers: Vec<&str> = readers.map(|one| one.user.name.as_str()).collect();
        table.row([
            Cell::text(view.notice),
            Cell::Word("notice-kind", view.kind.as_str().to_owned()),
            Cell::text(&view.account),
            Cell::Time(view.served),
            Cell::of(view.cut_off, Cell::Time),
            Cell::of(view.dropped, Cell::Time),
            Cell::number(view.bills),
            Cell::text(view.currency),
            Cell::Money(view.total, view.currency),
            Cell::Text(readers.join(", ")),
        ]);
    }
    context.output.table(&document, &table)
}

pub(crate) async fn show(
    context: &Context<'_>,
    client: &mut Client,
    notice: &str,
) -> Result<(), Fault> {
    let notice: NoticeId = id(notice)?;
    let me = client.me().await?;
    let served = Served::fetch(client, &me, notice).await?;
    let shown = Shown {
        notice: served.view,
        document: served.document,
    };
    context.output.result(&shown, || {
        human(context.output, &shown.notice, &shown.document)
    })
}

pub(crate) fn acknowledge(
    context: &Context<'_>,
    notice: &str,
    signing: &Signing,
) -> Result<(), Fault> {
    let notice: NoticeId = id(notice)?;
    sign::by_word::<Acknowledgement>(
        context,
        signing,
        async |client, me| {
            let served = Served::fetch(client, me, notice).await?;
            let draft = served.acknowledge(client, me)?;
            let output = context.output;
            let shown = format!(
                "{}\n{}\n\n{}\n",
                human(output, &served.view, &served.document),
                output.text().get("acknowledgement-shown"),
                sign::rendered(output, &draft.lines()),
            );
            Ok((shown, draft))
        },
        |output, about, outcome| {
            report::answered::<Acknowledgement>(
                output,
                about,
                outcome,
                "notice-acknowledged",
                |view| {
                    let who = view.acknowledged.last();
                    let line = who.map(|who| {
                        let read = format!("{}, {}", who.user.name, show::time(who.at));
                        output.line("line-read-by", read)
                    });
                    pairs(line)
                },
            )
        },
    )
}

/// The notice in words, then its bills.
fn human(output: &Output, view: &NoticeView, document: &NoticeDocument) -> String {
    let kind = document.kind.as_str();
    let total = show::money(document.total, document.currency);
    let mut values = vec![
        ("customer", document.customer.name.clone().into()),
        ("account", document.account.to_string().into()),
        ("total", total.into()),
    ];
    if let Some(at) = document.cut_off {
        values.push(("at", show::time(at).into()));
    }
    let words = output.text().with(&format!("notice-text-{kind}"), &values);
    let mut rows = vec![
        output.line("label-notice", document.notice.to_string()),
        output.line("line-served", show::time(document.served)),
    ];
    if let Some(dropped) = view.dropped {
        rows.push(output.line("line-cut-off-dropped", show::time(dropped)));
    }
    for read in &view.acknowledged {
        let who = format!("{}, {}", read.user.name, show::time(read.at));
        rows.push(output.line("line-read-by", who));
    }
    let mut table = Table::new(&[
        Column::left("column-bill"),
        Column::left("column-due"),
        Column::right("column-open"),
        Column::right("column-penalty"),
    ]);
    for bill in &document.bills {
        table.row([
            Cell::text(&bill.bill),
            Cell::text(bill.due),
            Cell::Money(bill.open, document.currency),
            Cell::Money(bill.penalty, document.currency),
        ]);
    }
    format!(
        "{}\n\n{}\n{}",
        show::safe(&words),
        table.drawn(output.text()),
        pairs(rows)
    )
}
