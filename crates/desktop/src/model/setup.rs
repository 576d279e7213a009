//! The first start: where the USB key's module is, which service, whether it is there; then the
//! configuration is written, as the command line reads it too.

use std::path::PathBuf;

use wattkey_client::config::{Config, Draft};
use wattkey_client::fault::Fault;

use super::Effect;

/// A step of it.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// The USB key's module.
    #[default]
    Module,
    /// The payment service.
    Service,
    /// Try it, and write it down.
    Try,
}

/// What it knows.
#[derive(Debug, Default)]
pub struct Setup {
    /// Where the configuration goes.
    pub file: PathBuf,
    /// Where it is.
    pub step: Step,
    /// Modules that were found on this PC.
    pub modules: Vec<String>,
    /// What is written so far.
    pub draft: Draft,
    /// A configuration from the power company, as a path.
    pub from: String,
    /// The keys that the module sees.
    pub keys: Option<Result<Vec<String>, Fault>>,
    /// What the certificates of both CAs say.
    pub authorities: Option<Result<[Authority; 2], Fault>>,
    /// Whether the service, and the key for it, are there.
    pub tried: Option<Tried>,
    /// Something is under way.
    pub working: bool,
    /// What went wrong.
    pub fault: Option<Fault>,
    /// Goes up when fields become others than what was typed.
    pub version: u64,
}

/// A CA, as it is compared with a letter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Authority {
    /// Its name.
    pub name: String,
    /// SHA-256 of its certificate.
    pub thumbprint: String,
}

/// What trying brought.
#[derive(Debug)]
pub struct Tried {
    /// Whether somebody answers at the address.
    pub reached: Result<(), Fault>,
    /// Whether the key that is plugged in is one of this power company's.
    pub key: Result<String, Fault>,
}

/// What happens in it.
#[derive(Debug)]
pub enum Input {
    /// Modules that are there.
    Modules(Vec<String>),
    /// One of them is chosen.
    ChooseModule(usize),
    /// A module is written.
    Module(String),
    /// Look for keys with it.
    Look,
    /// The keys that it sees.
    Keys(Result<Vec<String>, Fault>),
    /// The path of a configuration is written.
    From(String),
    /// Take it over.
    Take,
    /// What it says.
    Taken(Result<Draft, Fault>),
    /// A member is written: service, address, certificate of the service's CA, of the issuing CA.
    Write(usize, String),
    /// What the certificates say.
    Authorities(Result<[Authority; 2], Fault>),
    /// Try it.
    Try,
    /// What that brought.
    Tried(Tried),
    /// On to the next step.
    Next,
    /// Back to the one before.
    Back,
    /// Write it down.
    Finish,
    /// It was not.
    NotWritten(Fault),
}

/// What is to be done outside.
#[derive(Debug)]
pub enum Wanted {
    /// Look for modules.
    Modules,
    /// Look for keys with a module.
    Keys(PathBuf),
    /// Read a configuration.
    Read(String),
    /// Read the certificates.
    Authorities(Draft),
    /// Try whether the service and the key are there.
    Try(Draft),
    /// Write it down.
    Write(PathBuf, Draft),
}

impl Setup {
    /// Begins; `fault` says why the configuration that is there cannot be used.
    #[must_use]
    pub fn new(file: PathBuf, fault: Option<Fault>) -> Setup {
        Setup {
            file,
            fault,
            ..Setup::default()
        }
    }

    /// Whether the step is done.
    #[must_use]
    pub fn can_go_on(&self) -> bool {
        match self.step {
            Step::Module => matches!(self.keys, Some(Ok(_))) && !self.working,
            Step::Service => self.draft.wrong().is_none() && !self.working,
            Step::Try => self.tried.is_some() && !self.working,
        }
    }

    fn ask(&mut self, wanted: Wanted) -> Vec<Effect> {
        self.working = true;
        self.fault = None;
        vec![Effect::Setup(Box::new(wanted))]
    }

    /// What follows from an input.
    pub fn update(&mut self, input: Input) -> Vec<Effect> {
        match input {
            Input::Modules(modules) => {
                self.working = false;
                if self.draft.module.as_os_str().is_empty()
                    && let Some(first) = modules.first()
                {
                    self.draft.module = first.into();
                    self.version += 1;
                }
                self.modules = modules;
            }
            Input::ChooseModule(index) => {
                if let Some(module) = self.modules.get(index) {
                    self.draft.module = module.into();
                    self.keys = None;
                    self.version += 1;
                }
            }
            Input::Module(path) => {
                self.draft.module = path.trim().into();
                self.keys = None;
            }
            Input::Look if !self.working && !self.draft.module.as_os_str().is_empty() => {
                self.keys = None;
                return self.ask(Wanted::Keys(self.draft.module.clone()));
            }
            Input::Keys(keys) => {
                self.working = false;
                self.keys = Some(keys);
            }
            Input::From(path) => self.from = path,
            Input::Take if !self.working && !self.from.trim().is_empty() => {
                return self.ask(Wanted::Read(self.from.trim().to_owned()));
            }
            Input::Taken(taken) => {
                self.working = false;
                match taken {
                    Ok(draft) => {
                        let module = std::mem::take(&mut self.draft.module);
                        self.draft = Draft { module, ..draft };
                        self.fault = None;
                        self.version += 1;
                    }
                    Err(fault) => self.fault = Some(fault),
                }
            }
            Input::Write(place, text) => self.write(place, &text),
            Input::Next if self.can_go_on() => return self.next(),
            Input::Back => {
                self.step = match self.step {
                    Step::Module | Step::Service => Step::Module,
                    Step::Try => Step::Service,
                };
                self.fault = None;
            }
            Input::Authorities(found) => {
                self.working = false;
                match found {
                    Ok(found) => {
                        self.authorities = Some(Ok(found));
                        self.step = Step::Try;
                        return self.try_it();
                    }
                    Err(fault) => self.fault = Some(fault),
                }
            }
            Input::Try if !self.working => return self.try_it(),
            Input::Tried(tried) => {
                self.working = false;
                self.tried = Some(tried);
            }
            Input::Finish if self.step == Step::Try && self.can_go_on() => {
                return self.ask(Wanted::Write(self.file.clone(), self.draft.clone()));
            }
            Input::NotWritten(fault) => {
                self.working = false;
                self.fault = Some(fault);
            }
            _ => {}
        }
        Vec::new()
    }

    /// A field was not typed into: it is shown anew.
    pub(super) fn picked(&mut self, input: Input) -> Vec<Effect> {
        self.version += 1;
        self.update(input)
    }

    fn write(&mut self, place: usize, text: &str) {
        let text = text.trim();
        match place {
            0 => self.draft.audience = text.to_owned(),
            1 => self.draft.server = text.to_owned(),
            2 => self.draft.service_ca = text.into(),
            _ => self.draft.issuing_ca = text.into(),
        }
        self.authorities = None;
        self.tried = None;
    }

    fn next(&mut self) -> Vec<Effect> {
        match self.step {
            Step::Module => {
                self.step = Step::Service;
                self.fault = None;
                Vec::new()
            }
            Step::Service => self.ask(Wanted::Authorities(self.draft.clone())),
            Step::Try => Vec::new(),
        }
    }

    fn try_it(&mut self) -> Vec<Effect> {
        self.tried = None;
        self.ask(Wanted::Try(self.draft.clone()))
    }
}

/// What the settings say of the service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Service {
    /// Its origin.
    pub audience: String,
    /// Its address.
    pub server: String,
    /// The configuration.
    pub file: PathBuf,
    /// The USB key's module.
    pub module: PathBuf,
}

impl From<&Config> for Service {
    fn from(config: &Config) -> Service {
        Service {
            audience: config.audience.clone(),
            server: config.server.clone(),
            file: config.file.clone(),
            module: config.module.clone(),
        }
    }
}

#[cfg(test)]
mod tests;
