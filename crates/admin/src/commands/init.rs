//! `init`: a new desk.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::json;

use crate::args::Init;
use crate::config::{CaConfig, Config, FILE};
use crate::desk::replace_file;
use crate::exit::{Failure, Kind};
use crate::output::Output;
use crate::register::Register;

pub(crate) fn run(init: &Init, output: &Output) -> Result<(), Failure> {
    let config = Config {
        audience: init.audience.clone(),
        managers_address: init.managers_address.clone(),
        managers_server_name: init.managers_server_name.clone(),
        module: absolute(&init.module)?,
        issuing_module: init.issuing_module.as_deref().map(absolute).transpose()?,
        folder: ".".into(),
        ca: CaConfig {
            module: absolute(init.ca_module.as_deref().unwrap_or(&init.module))?,
            environment: environment(&init.ca_env)?,
        },
    };
    config
        .check()
        .map_err(|why| Failure::because(Kind::Usage, why))?;
    let text = toml::to_string(&config).map_err(|error| Failure::new(Kind::Fault, &error))?;
    std::fs::create_dir_all(&init.folder).map_err(|error| Failure::file(&init.folder, &error))?;
    Register::create(&init.folder)?;
    let file = init.folder.join(FILE);
    replace_file(&file, text.as_bytes())?;
    let folder = init.folder.display().to_string();
    output.done(
        &output.language.desk_made(&folder),
        &json!({"folder": folder, "config": file.display().to_string()}),
    );
    Ok(())
}

/// Paths in the file start at its folder; those of the command line don't.
fn absolute(path: &Path) -> Result<std::path::PathBuf, Failure> {
    std::path::absolute(path).map_err(|error| Failure::file(path, &error))
}

fn environment(assignments: &[String]) -> Result<BTreeMap<String, String>, Failure> {
    assignments
        .iter()
        .map(|assignment| match assignment.split_once('=') {
            Some((name, value)) if !name.is_empty() => Ok((name.to_owned(), value.to_owned())),
            _ => Err(Failure::because(
                Kind::Usage,
                format!("--ca-env {assignment}: NAME=VALUE is expected"),
            )),
        })
        .collect()
}
