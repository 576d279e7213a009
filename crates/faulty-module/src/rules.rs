//! The rules of the control file.

/// What a call meets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    Hang,
    HangAfter,
    Seize,
    Slow { ms: u64 },
    Crash(Crash),
    CrashAfter(Crash),
    Fail { value: u64 },
    Nonsense(Nonsense),
}

/// How the process ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Crash {
    Abort,
    Segv,
    Exit,
}

/// Answers that the standard does not allow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Nonsense {
    /// `huge-count`: a thousand million slots, objects or bytes.
    HugeCount,
    /// `more-than-asked`: more than the caller's buffer has places for. Nothing is written past its end.
    MoreThanAsked,
    /// `zero-handle`: success, and 0 as handle.
    ZeroHandle,
    /// `same-handle`: success, and the handle of the session before this one.
    SameHandle,
    /// `garbage`: success, and bytes, handles or numbers that mean nothing.
    Garbage,
    /// `short`: one byte less than there must be.
    Short,
    /// `long`: one byte more.
    Long,
}

/// What a token says of the user's PIN, or of how it is typed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flag {
    /// `to-be-changed`
    ToBeChanged,
    /// `count-low`
    CountLow,
    /// `final-try`
    FinalTry,
    /// `locked`
    Locked,
    /// `protected-path`; `pin-pad` brings it too.
    ProtectedPath,
    /// `not-initialised`: no PIN has been set.
    NotInitialised,
}

/// One line about a function.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Rule {
    pub(crate) function: String,
    pub(crate) after: u64,
    pub(crate) once: bool,
    pub(crate) fault: Fault,
    /// Line of the file, from 0.
    pub(crate) line: usize,
}

impl Rule {
    pub(crate) fn is_about(&self, function: &str) -> bool {
        self.function == "*" || self.function == function
    }
}

/// The keys of the PIN pad, pressed already.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct PinPad {
    pub(crate) pin: String,
    pub(crate) new_pin: Option<String>,
}

/// All rules.
#[derive(Clone, Default, PartialEq, Eq)]
pub(crate) struct Rules {
    pub(crate) faults: Vec<Rule>,
    pub(crate) gone: bool,
    pub(crate) serial: Option<String>,
    pub(crate) flags: Vec<Flag>,
    pub(crate) pin_pad: Option<PinPad>,
    pub(crate) events: bool,
}

impl Rules {
    /// Reads the lines; the error says which one is wrong.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let mut rules = Self::default();
        for (line, text) in text.lines().enumerate() {
            let words: Vec<&str> = text.split_whitespace().collect();
            rules
                .take(line, &words)
                .ok_or_else(|| format!("line {}: {text:?} is no rule", line + 1))?;
        }
        Ok(rules)
    }

    fn take(&mut self, line: usize, words: &[&str]) -> Option<()> {
        match words {
            [] => {}
            [comment, ..] if comment.starts_with('#') => {}
            ["gone"] => self.gone = true,
            ["events"] => self.events = true,
            ["serial", serial] => self.serial = Some((*serial).to_owned()),
            ["flags", names @ ..] => {
                for name in names {
                    self.flags.push(flag(name)?);
                }
            }
            ["pin-pad", pin, new_pin @ ..] if new_pin.len() < 2 => {
                self.pin_pad = Some(PinPad {
                    pin: (*pin).to_owned(),
                    new_pin: new_pin.first().map(|pin| (*pin).to_owned()),
                });
            }
            [function, rest @ ..] if *function == "*" || function.starts_with("C_") => {
                self.faults.push(rule(line, function, rest)?);
            }
            _ => return None,
        }
        Some(())
    }
}

fn rule(line: usize, function: &str, words: &[&str]) -> Option<Rule> {
    let (after, words) = match words {
        ["after", calls, rest @ ..] => (calls.parse().ok()?, rest),
        words => (0, words),
    };
    let (once, words) = match words {
        ["once", rest @ ..] => (true, rest),
        words => (false, words),
    };
    Some(Rule {
        function: function.to_owned(),
        after,
        once,
        fault: fault(words)?,
        line,
    })
}

fn fault(words: &[&str]) -> Option<Fault> {
    Some(match words {
        ["hang"] => Fault::Hang,
        ["hang-after"] => Fault::HangAfter,
        ["seize"] => Fault::Seize,
        ["slow", ms] => Fault::Slow {
            ms: ms.parse().ok()?,
        },
        ["crash", how] => Fault::Crash(crash(how)?),
        ["crash-after", how] => Fault::CrashAfter(crash(how)?),
        ["fail", value] => Fault::Fail {
            value: number(value)?,
        },
        ["nonsense", kind] => Fault::Nonsense(nonsense(kind)?),
        _ => return None,
    })
}

fn number(text: &str) -> Option<u64> {
    match text.strip_prefix("0x") {
        Some(digits) => u64::from_str_radix(digits, 16).ok(),
        None => text.parse().ok(),
    }
}

fn crash(name: &str) -> Option<Crash> {
    Some(match name {
        "abort" => Crash::Abort,
        "segv" => Crash::Segv,
        "exit" => Crash::Exit,
        _ => return None,
    })
}

fn nonsense(name: &str) -> Option<Nonsense> {
    Some(match name {
        "huge-count" => Nonsense::HugeCount,
        "more-than-asked" => Nonsense::MoreThanAsked,
        "zero-handle" => Nonsense::ZeroHandle,
        "same-handle" => Nonsense::SameHandle,
        "garbage" => Nonsense::Garbage,
        "short" => Nonsense::Short,
        "long" => Nonsense::Long,
        _ => return None,
    })
}

fn flag(name: &str) -> Option<Flag> {
    Some(match name {
        "to-be-changed" => Flag::ToBeChanged,
        "count-low" => Flag::CountLow,
        "final-try" => Flag::FinalTry,
        "locked" => Flag::Locked,
        "protected-path" => Flag::ProtectedPath,
        "not-initialised" => Flag::NotInitialised,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_are_read_as_they_are_written() {
        let rules = Rules::parse(
            "# comment\n\nC_Sign after 2 once crash segv\n* slow 30\nC_Login fail 0xa0\n\
             C_FindObjects nonsense more-than-asked\ngone\nevents\nserial 0042\n\
             flags final-try locked\npin-pad 123456 654321\n",
        )
        .unwrap();
        let faults: Vec<_> = rules.faults.iter().map(|rule| rule.fault).collect();
        assert_eq!(
            faults,
            [
                Fault::Crash(Crash::Segv),
                Fault::Slow { ms: 30 },
                Fault::Fail { value: 0xa0 },
                Fault::Nonsense(Nonsense::MoreThanAsked),
            ]
        );
        let first = &rules.faults[0];
        assert_eq!((first.after, first.once, first.line), (2, true, 2));
        assert!(rules.faults[1].is_about("C_GetInfo") && !first.is_about("C_GetInfo"));
        assert!(rules.gone && rules.events);
        assert_eq!(rules.serial.as_deref(), Some("0042"));
        assert_eq!(rules.flags, [Flag::FinalTry, Flag::Locked]);
        let pad = rules.pin_pad.unwrap();
        assert_eq!(
            (pad.pin.as_str(), pad.new_pin.as_deref()),
            ("123456", Some("654321"))
        );
    }

    #[test]
    fn what_is_no_rule_is_refused_with_its_line() {
        for text in [
            "C_Sign",
            "C_Sign hangs",
            "C_Sign slow",
            "C_Sign slow soon",
            "C_Sign crash softly",
            "C_Sign once",
            "C_Sign fail CKR_OK",
            "C_Sign nonsense",
            "Sign hang",
            "flags red",
            "serial",
            "pin-pad",
            "pin-pad 1 2 3",
        ] {
            let Err(error) = Rules::parse(&format!("gone\n{text}\n")) else {
                panic!("{text}")
            };
            assert!(error.starts_with("line 2: "), "{error}");
        }
    }
}
