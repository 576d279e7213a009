//! Keys that come and go.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use crate::child::Child;
use crate::module::unexpected;
use crate::wire::{Answer, Operation};
use crate::{Event, Module, TokenError, TokenInfo};

/// Longest wait that the child is asked for at a time, so that nothing waits there long after this value is gone.
const MAX_SLICE: Duration = Duration::from_secs(1);
/// Wait before a module that fails is looked at again.
const PAUSE: Duration = Duration::from_millis(250);

/// Watches for tokens that come and go. Other calls go on meanwhile.
#[derive(Debug)]
pub struct Events {
    module: Arc<Module>,
    watch: Option<Watch>,
    /// Readers by serial number, as whoever reads these events knows them.
    known: BTreeMap<String, String>,
    waiting: VecDeque<Event>,
}

struct Watch {
    module: Arc<Module>,
    child: Arc<Child>,
    number: u64,
}

impl Events {
    pub(crate) fn new(module: &Arc<Module>) -> Result<Self, TokenError> {
        let (watch, tokens) = Watch::start(module)?;
        Ok(Self {
            module: Arc::clone(module),
            watch: Some(watch),
            known: tokens
                .into_iter()
                .map(|token| (token.serial, token.reader))
                .collect(),
            waiting: VecDeque::new(),
        })
    }

    /// The next event, or nothing when none comes in time.
    ///
    /// [`Event::ModuleRestarted`] comes as soon as the module's process is lost; it is started by the next call. After
    /// it come those that would have come meanwhile.
    ///
    /// # Errors
    ///
    /// Failures of the module. The next call tries again.
    pub fn next(&mut self, wait: Duration) -> Result<Option<Event>, TokenError> {
        let due = Instant::now() + wait;
        loop {
            if let Some(event) = self.waiting.pop_front() {
                return Ok(Some(event));
            }
            let left = due.saturating_duration_since(Instant::now());
            let Some(watch) = &self.watch else {
                self.start_again()
                    .inspect_err(|_| thread::sleep(left.min(PAUSE)))?;
                continue;
            };
            match watch.next(left.min(MAX_SLICE)) {
                Some(Ok(Some(event))) => {
                    if self.is_news(&event) {
                        return Ok(Some(event));
                    }
                }
                Some(Ok(None)) if left.is_zero() => return Ok(None),
                Some(Ok(None)) => {}
                Some(Err(error)) if !watch.child.has_ended() => {
                    thread::sleep(left.min(PAUSE));
                    return Err(error);
                }
                // Said before another one is started, which may take long.
                None | Some(Err(_)) => {
                    self.watch = None;
                    return Ok(Some(Event::ModuleRestarted));
                }
            }
        }
    }

    /// A watch in another process. That the last one was lost has been said.
    fn start_again(&mut self) -> Result<(), TokenError> {
        let (watch, tokens) = Watch::start(&self.module)?;
        self.watch = Some(watch);
        let gone: Vec<_> = self
            .known
            .iter()
            .filter(|(serial, _)| tokens.iter().all(|token| token.serial != **serial))
            .map(|(serial, reader)| Event::PulledOut {
                serial: serial.clone(),
                reader: reader.clone(),
            })
            .collect();
        for event in gone
            .into_iter()
            .chain(tokens.into_iter().map(Event::PluggedIn))
        {
            if self.is_news(&event) {
                self.waiting.push_back(event);
            }
        }
        Ok(())
    }

    /// Whether it changes what is known; the watch and the list of tokens are not taken at the same moment.
    fn is_news(&mut self, event: &Event) -> bool {
        match event {
            Event::PluggedIn(token) => {
                let reader = token.reader.clone();
                self.known.insert(token.serial.clone(), reader) != Some(token.reader.clone())
            }
            Event::PulledOut { serial, .. } => self.known.remove(serial).is_some(),
            _ => true,
        }
    }
}

impl Watch {
    fn start(module: &Arc<Module>) -> Result<(Self, Vec<TokenInfo>), TokenError> {
        let (answer, child) = module.call(|| Operation::Watch)?;
        let Answer::Watch(number) = answer else {
            return Err(unexpected(&child));
        };
        let watch = Self {
            module: Arc::clone(module),
            child,
            number,
        };
        // After the watch has begun, so that nothing comes or goes in between.
        match module.ask(&watch.child, Operation::Tokens) {
            Some(Ok(Answer::Tokens(tokens))) => Ok((watch, tokens)),
            Some(Ok(_)) => Err(unexpected(&watch.child)),
            Some(Err(error)) => Err(error),
            None => Err(TokenError::Crashed {
                operation: "watch the tokens".into(),
                pin: None,
            }),
        }
    }

    /// Nothing when the child has ended.
    fn next(&self, wait: Duration) -> Option<Result<Option<Event>, TokenError>> {
        let operation = Operation::NextEvent {
            watch: self.number,
            wait_ms: u32::try_from(wait.as_millis()).unwrap_or(u32::MAX),
        };
        Some(match self.module.ask(&self.child, operation)? {
            Ok(Answer::Event(event)) => Ok(event),
            Ok(_) => Err(unexpected(&self.child)),
            Err(error) => Err(error),
        })
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        let watch = self.number;
        drop(self.module.ask(&self.child, Operation::Unwatch { watch }));
    }
}

impl std::fmt::Debug for Watch {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Watch").finish_non_exhaustive()
    }
}
