//! `receipt save` and `receipt verify`.

use std::path::{Path, PathBuf};

use serde::Serialize;
use wattkey_client::client::Client;
use wattkey_client::output_file::Existing;
use wattkey_client::receipt;
use wattkey_domain::OrderId;
use wattkey_pki::TrustAnchor;
use wattkey_protocol::receipt::{Receipt, ReceiptCode};

use super::payments;
use crate::cli::context::Context;
use crate::cli::fault::{Exit, Fault};
use crate::cli::output::Output;
use crate::cli::{show, table};

#[derive(Serialize)]
struct Saved {
    file: PathBuf,
    receipt: Receipt,
}

#[derive(Serialize)]
struct Verified {
    valid: bool,
    /// Whether a PDF carried it, whose pages prove nothing.
    in_pdf: bool,
    /// What the code of its paper says.
    code: String,
    receipt: Receipt,
}

/// The file that a receipt is kept in.
pub(crate) fn file(order: OrderId, to: Option<&Path>) -> PathBuf {
    to.map_or_else(
        || PathBuf::from(format!("receipt-{order}.json")),
        Path::to_owned,
    )
}

pub(crate) async fn save(
    context: &Context<'_>,
    client: &mut Client,
    order: OrderId,
    file: PathBuf,
    existing: Existing,
) -> Result<(), Fault> {
    let service_ca = receipt::anchor(&client.config().service_ca)?;
    let text = client.receipt(order).await?;
    let text = text.ok_or_else(|| payments::not_found(order))?;
    let receipt = receipt::save(&text, order, &service_ca, &file, existing)?;
    let saved = Saved { file, receipt };
    context.output.result(&saved, || {
        let file = show::path(&saved.file);
        let note = context
            .output
            .text()
            .with("receipt-saved", &[("file", file.into())]);
        format!(
            "{}\n{}",
            show::safe(&note),
            human(context.output, &saved.receipt, None)
        )
    })
}

pub(crate) fn verify(
    context: &Context<'_>,
    file: &Path,
    service_ca: Option<&Path>,
    code: Option<&str>,
) -> Result<(), Fault> {
    let paper = code.map(|code| {
        let code = code.trim_ascii().parse::<ReceiptCode>();
        code.map_err(|error| Fault::new("receipt-code", Exit::Usage).cause(&error))
    });
    let paper = paper.transpose()?;
    let anchor: TrustAnchor = match service_ca {
        Some(pem) => receipt::anchor(pem)?,
        None => receipt::anchor(&context.config()?.service_ca)?,
    };
    let found = match receipt::verify_in(file, &anchor) {
        Err(receipt::ReceiptFileError::Read { file, source })
            if source.kind() == std::io::ErrorKind::NotFound =>
        {
            let missing = Fault::new("file-read", Exit::NotFound);
            return Err(missing.with("file", show::path(&file)).cause(&source));
        }
        other => other?,
    };
    if paper.as_ref().is_some_and(|paper| *paper != found.code) {
        return Err(Fault::new("receipt-code-differs", Exit::ReceiptInvalid)
            .with("order", found.receipt.order.to_string()));
    }
    let verified = Verified {
        valid: true,
        in_pdf: found.in_pdf,
        code: found.code.to_string(),
        receipt: found.receipt,
    };
    context.output.result(&verified, || {
        let text = context.output.text();
        let mut notes = if verified.in_pdf {
            text.get("receipt-good-in-pdf")
        } else {
            text.get("receipt-good")
        };
        if paper.is_some() {
            notes.push('\n');
            notes.push_str(&text.get("receipt-code-good"));
        }
        let rows = human(
            context.output,
            &verified.receipt,
            Some(verified.code.as_str()),
        );
        format!("{notes}\n{rows}")
    })
}

fn human(output: &Output, receipt: &Receipt, code: Option<&str>) -> String {
    let money = |minor| show::money(minor, receipt.currency);
    let state = serde_json::to_value(receipt.state).unwrap_or_default();
    let state = format!("state-{}", state.as_str().unwrap_or_default());
    let mut rows = vec![
        output.line("label-order", receipt.order.to_string()),
        output.line("line-state", output.text().get(&state)),
        output.line("line-as-of", show::time(receipt.as_of)),
        output.line("label-customer", receipt.customer.to_string()),
        output.line("label-audience", receipt.audience.clone()),
    ];
    for bill in &receipt.bills {
        rows.push(output.line("label-bill", bill.bill.to_string()));
        rows.push(output.line("label-principal", money(bill.principal)));
        rows.push(output.line("label-penalty", money(bill.penalty)));
    }
    if let Some(part) = &receipt.deposit {
        rows.push(output.line("label-deposit", part.account.to_string()));
        rows.push(output.line("label-deposit-amount", money(part.amount)));
    }
    if let Some(part) = &receipt.refund {
        rows.push(output.line("label-refund", part.mandate.to_string()));
        rows.push(output.line("label-refund-amount", money(part.amount)));
    }
    rows.push(output.line("label-total", money(receipt.total)));
    let source = format!("source-{}", receipt.source.as_str());
    rows.push(output.line("label-source", output.text().get(&source)));
    rows.push(output.line("label-reference", receipt.reference.clone()));
    rows.push(output.line("line-order-digest", receipt.order_digest.to_string()));
    rows.extend(code.map(|code| output.line("line-receipt-code", code.to_owned())));
    table::pairs(rows)
}
