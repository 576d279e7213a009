//! `export`: files of the platform for the marketing system.

use serde_json::json;
use wattkey_pki::Digest;
use wattkey_protocol::file::{Export, FileSignature};

use super::{beside, connect, read_text};
use crate::args::{ExportAcknowledge, ExportCommand, ExportSave};
use crate::desk::{Desk, replace_file};
use crate::exit::{Failure, Kind};
use crate::output::Output;

pub(crate) fn run(desk: &Desk, command: &ExportCommand, output: &Output) -> Result<(), Failure> {
    match command {
        ExportCommand::Next(next) => {
            let mut platform = connect(desk, &next.manager, output)?;
            let number = platform.exports()?.next;
            let made = platform.make_export(number)?;
            let line = match &made {
                Some(export) => {
                    let records = export.records.to_string();
                    output.language.export_made(&number.to_string(), &records)
                }
                None => output.language.export_nothing(),
            };
            output.done(&line, &json!({ "export": made }));
            Ok(())
        }
        ExportCommand::List(list) => {
            let exports = connect(desk, &list.manager, output)?.exports()?;
            let language = output.language;
            let header = [
                language.h_number(),
                language.h_at(),
                language.h_records(),
                language.h_acknowledged(),
            ];
            let rows = exports.items.iter().map(row).collect();
            output.table(&header, rows, &json!(exports));
            Ok(())
        }
        ExportCommand::Save(save) => self::save(desk, save, output),
        ExportCommand::Acknowledge(acknowledge) => self::acknowledge(desk, acknowledge, output),
    }
}

fn row(export: &Export) -> Vec<String> {
    let acknowledged = export.acknowledged;
    vec![
        export.number.to_string(),
        export.created.to_string(),
        export.records.to_string(),
        acknowledged.map_or_else(String::new, |at| at.to_string()),
    ]
}

fn save(desk: &Desk, save: &ExportSave, output: &Output) -> Result<(), Failure> {
    for file in [save.to.clone(), beside(&save.to, ".jws")] {
        if file.exists() && !save.force {
            return Err(Failure::because(Kind::Exists, file.display().to_string()));
        }
    }
    let mut platform = connect(desk, &save.manager, output)?;
    let body = platform.export(save.number)?;
    let signature = platform.export_signature(save.number)?;
    let said = FileSignature::read_unverified(&signature)
        .map_err(|error| Failure::new(Kind::Fault, &error))?;
    if said.digest != Digest::of(&body) || said.number != save.number {
        let why = "the signature is not of these bytes";
        return Err(Failure::because(Kind::Fault, why));
    }
    replace_file(&beside(&save.to, ".jws"), signature.as_bytes())?;
    replace_file(&save.to, &body)?;
    let path = save.to.display().to_string();
    let line = output
        .language
        .export_saved(&save.number.to_string(), &path);
    output.done(&line, &json!({ "signature": said, "saved": save.to }));
    Ok(())
}

fn acknowledge(
    desk: &Desk,
    acknowledge: &ExportAcknowledge,
    output: &Output,
) -> Result<(), Failure> {
    let jws = read_text(&acknowledge.file)?;
    let mut platform = connect(desk, &acknowledge.manager, output)?;
    let export = platform.acknowledge_export(acknowledge.number, jws.trim_end())?;
    let number = acknowledge.number.to_string();
    let line = output.language.export_acknowledged(&number);
    output.done(&line, &json!({ "export": export }));
    Ok(())
}
