//! `whoami`: the user, its customer, its USB key, as the service knows them.

use wattkey_client::client::Client;
use wattkey_protocol::api::Me;

use crate::cli::context::Context;
use crate::cli::fault::Fault;
use crate::cli::{show, table};

pub(crate) async fn run(context: &Context<'_>, client: &mut Client) -> Result<(), Fault> {
    let me = client.me().await?;
    context.output.result(&me, || human(context, &me))
}

fn human(context: &Context<'_>, me: &Me) -> String {
    let output = context.output;
    let right = |right: &String| {
        let id = format!("right-{right}");
        output
            .text()
            .find(&id, &[])
            .unwrap_or_else(|| right.clone())
    };
    let rights: Vec<String> = me.rights.iter().map(right).collect();
    let mut rows = vec![
        output.line("line-user", format!("{} ({})", me.user.name, me.user.id)),
        output.line(
            "line-customer",
            format!("{} ({})", me.customer.name, me.customer.id),
        ),
        output.line("line-rights", rights.join(", ")),
        output.line("line-key", me.key.serial.clone()),
        output.line("line-bound", show::time(me.key.bound)),
        output.line("line-key-expires", show::time(me.key.expires)),
        output.line(
            "line-payee",
            format!("{}, {}", me.payee.name, me.payee.account),
        ),
    ];
    if let Some(limits) = me.limits {
        let money = |minor| show::money(minor, limits.currency);
        rows.extend(
            limits
                .day
                .map(|day| output.line("line-limit-day", money(day))),
        );
        let used = limits
            .day
            .map(|_| output.line("line-limit-used", money(limits.used)));
        rows.extend(used);
        let alone = limits.alone;
        rows.extend(alone.map(|alone| output.line("line-limit-alone", money(alone))));
    }
    table::pairs(rows)
}
