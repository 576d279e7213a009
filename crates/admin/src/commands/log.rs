//! `log`: the binding log, fetched and verified.

use serde_json::{Value, json};
use wattkey_pki::Digest;
use wattkey_protocol::binding::{SignedStep, Step};

use super::fetch_log;
use crate::args;
use crate::desk::Desk;
use crate::exit::Failure;
use crate::log::Log;
use crate::output::{Output, note};
use crate::usb_key::{Signs, unlock_manager};

pub(crate) fn run(desk: &mut Desk, arguments: &args::Log, output: &Output) -> Result<(), Failure> {
    let module = desk.config.module.clone();
    let manager = unlock_manager(&module, &arguments.manager, Signs::No, output)?;
    let address = arguments.manager.managers_address.as_deref();
    let (_, log) = fetch_log(desk, address, &manager.key)?;
    let language = output.language;
    let header = [
        language.h_step(),
        language.h_at(),
        language.h_action(),
        language.h_serial(),
        language.h_holder(),
        language.h_signer(),
    ];
    let rows = log
        .steps
        .iter()
        .map(|step| row(step, &log, output))
        .collect();
    let steps = log.steps.iter().map(document).collect();
    output.table(&header, rows, &Value::Array(steps));
    let (count, bound) = (log.steps.len(), log.bound_count());
    note(&language.log_good(&count.to_string(), &bound.to_string()));
    Ok(())
}

fn row(signed: &SignedStep, log: &Log, output: &Output) -> Vec<String> {
    let language = output.language;
    let place = signed.step().place();
    let (action, serial, holder) = match signed.step() {
        Step::Bind(bind) => (
            language.action_bind(),
            bind.key.serial.clone(),
            bind.holder.name.clone(),
        ),
        Step::Unbind(unbind) => (
            language.action_unbind(),
            unbind.serial.clone(),
            holder_name(log, |certificates| certificates.0 == unbind.authentication)
                .unwrap_or_default(),
        ),
    };
    let signer = holder_name(log, |certificates| certificates.1 == signed.certificate());
    vec![
        place.sequence.to_string(),
        place.at.to_string(),
        action,
        serial,
        holder,
        signer.unwrap_or_else(|| language.issuing_ca()),
    ]
}

/// The holder whose authentication and signature certificates are these.
fn holder_name(log: &Log, wanted: impl Fn((Digest, Digest)) -> bool) -> Option<String> {
    log.steps.iter().find_map(|signed| match signed.step() {
        Step::Bind(bind)
            if wanted((
                bind.key.authentication.thumbprint(),
                bind.key.signature.thumbprint(),
            )) =>
        {
            Some(bind.holder.name.clone())
        }
        _ => None,
    })
}

fn document(signed: &SignedStep) -> Value {
    let place = signed.step().place();
    let mut document = json!({
        "sequence": place.sequence,
        "at": place.at.to_string(),
        "digest": signed.digest(),
        "signer": signed.certificate(),
    });
    let more = match signed.step() {
        Step::Bind(bind) => json!({
            "action": "bind",
            "serial": bind.key.serial,
            "holder": bind.holder,
            "authentication": bind.key.authentication.thumbprint(),
        }),
        Step::Unbind(unbind) => json!({
            "action": "unbind",
            "serial": unbind.serial,
            "authentication": unbind.authentication,
            "reason": unbind.reason,
        }),
    };
    if let (Some(document), Value::Object(more)) = (document.as_object_mut(), more) {
        document.extend(more);
    }
    document
}
