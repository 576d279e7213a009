//! A card's login, and the next one after it was lost.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use crate::child::Child;
use crate::module::unexpected;
use crate::wire::frame;
use crate::wire::{Answer, CardOperation, Operation, TokenName};
use crate::{Module, Pin, PinState, TokenError, TokenInfo};

/// How long a failure to log in again answers for those who come right after it; doubled with each login in vain.
const PAUSE: Duration = Duration::from_millis(300);
/// So many logins in a row that showed the PIN in vain are the last ones.
const MAX_IN_VAIN: u32 = 3;
/// How often a login that found its child ended looks for a new one.
const MAX_CHILDREN: u32 = 3;

/// Whether an operation is asked again after the login it needed was lost. One that changes the card is not: it may
/// have been done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Again {
    Yes,
    No,
}

/// The login of a card.
pub(super) struct Sessions {
    module: Arc<Module>,
    serial: String,
    pin: Pin,
    login: Mutex<Login>,
}

struct Login {
    state: State,
    /// Logins since the last good one that showed the PIN, or may have, and failed without a refusal.
    in_vain: u32,
}

enum State {
    LoggedIn(Arc<Open>),
    /// Until the card is back; with the last failure to log in and the end of the pause after it.
    Lost(Option<(Instant, Vec<u8>)>),
    /// The card refused the PIN that it took before, or too many logins were in vain. The PIN is not shown again.
    GivenUp(Vec<u8>),
}

/// Why a card was not opened.
enum Failure {
    /// The PIN was not shown.
    Before(TokenError),
    /// It was, or may have been.
    Shown(TokenError),
}

/// A card that the child has open.
struct Open {
    module: Arc<Module>,
    child: Arc<Child>,
    card: u64,
}

impl Sessions {
    pub(super) fn open(
        module: &Arc<Module>,
        label: &str,
        pin: &Pin,
    ) -> Result<(TokenInfo, Self), TokenError> {
        let (info, open) = log_in(module, &TokenName::Label(label.to_owned()), pin)
            .map_err(Failure::into_error)?;
        let sessions = Self {
            module: Arc::clone(module),
            serial: info.serial.clone(),
            pin: pin.copy(),
            login: Mutex::new(Login {
                state: State::LoggedIn(open),
                in_vain: 0,
            }),
        };
        Ok((info, sessions))
    }

    /// Asks the card, logging in first if the login was lost. The answer's child is for those who cannot use it.
    pub(super) fn call(
        &self,
        again: Again,
        operation: impl Fn() -> CardOperation,
    ) -> Result<(Answer, Arc<Child>), TokenError> {
        let open = self.logged_in()?;
        match open.ask(operation()) {
            Err(error) if is_lost(&error) => {
                self.lose(&open);
                drop(open);
                if again == Again::No {
                    return Err(error);
                }
                let open = self.logged_in()?;
                let answer = open.ask(operation())?;
                Ok((answer, Arc::clone(&open.child)))
            }
            answer => Ok((answer?, Arc::clone(&open.child))),
        }
    }

    fn logged_in(&self) -> Result<Arc<Open>, TokenError> {
        // Held during the login: who comes meanwhile uses it too.
        let login = &mut *self.login.lock().unwrap_or_else(PoisonError::into_inner);
        match &login.state {
            State::LoggedIn(open) if !open.child.has_ended() => return Ok(Arc::clone(open)),
            State::Lost(Some((until, reason))) if Instant::now() < *until => {
                return Err(said(reason));
            }
            State::GivenUp(reason) => return Err(said(reason)),
            State::LoggedIn(_) | State::Lost(_) => {}
        }
        // The old one goes before the new one comes: a child knows one login of a card.
        login.state = State::Lost(None);
        match self.log_in_again() {
            Ok(open) => {
                login.state = State::LoggedIn(Arc::clone(&open));
                login.in_vain = 0;
                Ok(open)
            }
            Err(failure) => {
                login.fail(&failure);
                Err(failure.into_error())
            }
        }
    }

    fn log_in_again(&self) -> Result<Arc<Open>, Failure> {
        let state = self.module.token(&self.serial);
        let state = state.map_err(Failure::Before)?.pin;
        if is_doubtful(state) {
            let state = Some(state);
            return Err(Failure::Before(TokenError::LoginWithheld { state }));
        }
        let name = TokenName::Serial(self.serial.clone());
        match log_in(&self.module, &name, &self.pin) {
            Err(Failure::Before(TokenError::TokenMissing { .. })) => {
                Err(Failure::Before(TokenError::Removed))
            }
            logged_in => logged_in.map(|(_, open)| open),
        }
    }

    /// Forgets a login, unless another one has come meanwhile.
    fn lose(&self, lost: &Arc<Open>) {
        let mut login = self.login.lock().unwrap_or_else(PoisonError::into_inner);
        if matches!(&login.state, State::LoggedIn(open) if Arc::ptr_eq(open, lost)) {
            login.state = State::Lost(None);
        }
    }
}

impl Login {
    /// Takes a failure to log in down, and what follows from it.
    fn fail(&mut self, failure: &Failure) {
        self.state = match failure {
            Failure::Before(error) => State::Lost(Some((Instant::now() + PAUSE, written(error)))),
            Failure::Shown(error) if is_refusal(error) => State::GivenUp(written(error)),
            Failure::Shown(error) => {
                let pause = PAUSE * (1 << self.in_vain);
                self.in_vain += 1;
                match afterwards(error) {
                    Some(state) if state.is_none_or(is_doubtful) => State::withheld(state),
                    _ if self.in_vain >= MAX_IN_VAIN => {
                        State::withheld(afterwards(error).flatten())
                    }
                    _ => State::Lost(Some((Instant::now() + pause, written(error)))),
                }
            }
        };
    }
}

impl State {
    fn withheld(state: Option<PinState>) -> Self {
        Self::GivenUp(written(&TokenError::LoginWithheld { state }))
    }
}

impl Failure {
    fn into_error(self) -> TokenError {
        match self {
            Self::Before(error) | Self::Shown(error) => error,
        }
    }
}

impl Open {
    fn ask(&self, operation: CardOperation) -> Result<Answer, TokenError> {
        let operation = Operation::Card {
            card: self.card,
            operation,
        };
        self.module
            .ask(&self.child, operation)
            .unwrap_or(Err(TokenError::Locked))
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        // A child that does not log out in time is killed, which ends the login as well.
        let _ = self.ask(CardOperation::Close);
    }
}

fn log_in(
    module: &Arc<Module>,
    token: &TokenName,
    pin: &Pin,
) -> Result<(TokenInfo, Arc<Open>), Failure> {
    let operation = || Operation::OpenCard {
        token: token.clone(),
        pin: pin.copy(),
    };
    // As `Module::call` does it, which does not tell whether the PIN went out.
    let mut asked = None;
    for _ in 0..MAX_CHILDREN {
        let child = module.child().map_err(Failure::Before)?;
        if let Some(answer) = module.ask(&child, operation()) {
            asked = Some((answer, child));
            break;
        }
    }
    let Some((answer, child)) = asked else {
        return Err(Failure::Before(TokenError::Crashed {
            operation: "start".into(),
            pin: None,
        }));
    };
    let (card, info) = match answer {
        Ok(Answer::Card { card, info }) => (card, info),
        Ok(Answer::NotShown(error)) => return Err(Failure::Before(error)),
        Ok(_) => return Err(Failure::Shown(unexpected(&child))),
        Err(error) => return Err(Failure::Shown(error)),
    };
    let open = Open {
        module: Arc::clone(module),
        child,
        card,
    };
    Ok((info, Arc::new(open)))
}

/// Whether the login is gone, so that another one may help.
fn is_lost(error: &TokenError) -> bool {
    matches!(error, TokenError::Removed | TokenError::Locked)
}

/// Whether the card has said no to this PIN, or will.
fn is_refusal(error: &TokenError) -> bool {
    matches!(
        error,
        TokenError::WrongPin { .. }
            | TokenError::PinLocked
            | TokenError::PinLength
            | TokenError::PinUnsuitable
            | TokenError::PinExpired
            | TokenError::PinNotSet
    )
}

/// Whether somebody has shown a wrong PIN since ours was taken.
fn is_doubtful(state: PinState) -> bool {
    state.locked || state.final_try || state.count_low
}

/// State of the PIN after a login whose child ended, if this is one.
fn afterwards(error: &TokenError) -> Option<Option<PinState>> {
    match error {
        TokenError::Hung { pin, .. } | TokenError::Crashed { pin, .. } => Some(*pin),
        _ => None,
    }
}

/// As it would be sent: errors are not cloned.
fn written(error: &TokenError) -> Vec<u8> {
    frame::encode(error).map_or_else(|_| Vec::new(), |frame| frame[4..].to_vec())
}

fn said(reason: &[u8]) -> TokenError {
    frame::decode(reason).unwrap_or(TokenError::Locked)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lost(pin: Option<PinState>) -> TokenError {
        TokenError::Crashed {
            operation: "log in".into(),
            pin,
        }
    }

    /// What is said after these failures in a row.
    fn after(failures: impl IntoIterator<Item = Failure>) -> (State, u32) {
        let mut login = Login {
            state: State::Lost(None),
            in_vain: 0,
        };
        for failure in failures {
            login.fail(&failure);
        }
        (login.state, login.in_vain)
    }

    #[test]
    fn a_lost_login_after_which_a_try_may_be_missing_is_the_last() {
        let low = PinState {
            count_low: true,
            ..PinState::default()
        };
        for pin in [None, Some(low)] {
            let (state, _) = after([Failure::Shown(lost(pin))]);
            let State::GivenUp(reason) = state else {
                panic!("{pin:?}")
            };
            let error = said(&reason);
            assert!(
                matches!(error, TokenError::LoginWithheld { state } if state == pin),
                "{error:?}"
            );
        }
        let (state, in_vain) = after([Failure::Shown(lost(Some(PinState::default())))]);
        assert!(matches!(state, State::Lost(Some(_))));
        assert_eq!(in_vain, 1);
    }

    #[test]
    fn pauses_grow_with_the_logins_in_vain_only() {
        let pause = |failures: Vec<Failure>| match after(failures) {
            (State::Lost(Some((until, _))), _) => until.saturating_duration_since(Instant::now()),
            _ => panic!("given up"),
        };
        let shown = || Failure::Shown(TokenError::Busy);
        let before = || Failure::Before(TokenError::Removed);
        let around = |pause: Duration, expected: Duration| {
            assert!(pause <= expected && pause > expected / 2, "{pause:?}");
        };
        around(pause(vec![shown()]), PAUSE);
        around(pause(vec![shown(), shown()]), PAUSE * 2);
        around(pause((0..100).map(|_| before()).collect()), PAUSE);
        let (state, _) = after((0..MAX_IN_VAIN).map(|_| shown()));
        assert!(matches!(state, State::GivenUp(_)));
    }
}
