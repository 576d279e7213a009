//! `wattkey-desktop`: the payment software's window.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;
use wattkey_client::config::{Config, ConfigError};
use wattkey_client::fault::{Exit, Fault};
use wattkey_client::words::{Lang, Text};
use wattkey_desktop::model::setup::Setup;
use wattkey_desktop::window::{OpenError, Window, words};

/// The payment software's window: bills, payments and consumption with your power company's USB key.
///
/// It finds its service as the command line `wattkey` does: --config, then $WATTKEY_CONFIG, then
/// ~/.config/wattkey/config.toml; without one it helps to make it. Language, theme and size of text are
/// kept beside that file, in
/// window.toml.
#[derive(Parser)]
#[command(name = "wattkey-desktop", version)]
struct Arguments {
    /// The configuration file
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
}

fn main() -> ExitCode {
    // The USB key's module runs in a process of its own, which is this program again.
    if let Some(code) = wattkey_token::host::serve_if_asked() {
        return code;
    }
    let hardened = wattkey_token::harden_process();
    let arguments = Arguments::parse();
    let variable = |name: &str| std::env::var(name).ok();
    let lang = Lang::choose(&[], variable, sys_locale::get_locale);
    let text = words(lang);
    let opened = hardened
        .map_err(|error| Fault::new("harden", Exit::Fault).cause(&error))
        .and_then(|()| open(&arguments, lang));
    match opened {
        Ok(()) => ExitCode::SUCCESS,
        Err(fault) => {
            tell(&fault, &text);
            fault.exit.into()
        }
    }
}

fn open(arguments: &Arguments, lang: Lang) -> Result<(), Fault> {
    let variable = |name: &str| std::env::var_os(name);
    let found = Config::find(arguments.config.as_deref(), variable);
    // Without a configuration, or with one that cannot be read, it begins with the first start.
    let config = match found {
        Ok(config) => Ok(config),
        Err(ConfigError::Missing(file)) => Err(Setup::new(file, None)),
        Err(ConfigError::NoDefaultPlace) => return Err(ConfigError::NoDefaultPlace.into()),
        Err(error) => {
            let file = error.file().to_owned();
            Err(Setup::new(file, Some(error.into())))
        }
    };
    let file = match &config {
        Ok(config) => &config.file,
        Err(setup) => &setup.file,
    };
    let settings = file.with_file_name("window.toml");
    let window = Window::open(config.map_err(Box::new), settings, lang);
    let window = window.map_err(|error| match error {
        OpenError::Worker(fault) => fault,
        OpenError::Display(error) => no_display(&error),
    })?;
    window.run().map_err(|error| no_display(&error))
}

fn no_display(error: &slint::PlatformError) -> Fault {
    Fault::new("window-no-display", Exit::Fault).cause(error)
}

/// On standard error: there is no window to say it in.
fn tell(fault: &Fault, text: &Text) {
    use std::io::Write as _;
    let (message, next) = fault.told(text);
    let mut stderr = std::io::stderr().lock();
    // Nothing can be done when it is gone.
    let _ = writeln!(stderr, "{message}\n{next}");
}
