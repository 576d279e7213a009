//! One person at one PC with one USB key.

use anyhow::Result;
use serde_json::Value;
use wattkey_e2e::{Program, World, world::USER_PIN};

use crate::setup::APPROVER_KEY;

#[derive(Debug, Clone)]
pub(crate) struct Person {
    pub(crate) world: World,
    /// Name of the USB key.
    pub(crate) key: String,
    pub(crate) pc: &'static str,
}

impl Person {
    /// `wattkey --json …` with the PIN on standard input.
    pub(crate) fn program(&self, arguments: &[&str]) -> Result<Program> {
        let program = self.world.wattkey(&self.key, self.pc)?;
        Ok(program
            .args(["--json", "--pin-fd", "0"])
            .args(arguments.iter().copied())
            .input_line(USER_PIN))
    }

    pub(crate) fn ask(&self, arguments: &[&str]) -> Result<Value> {
        let output = self.program(arguments)?.succeed()?;
        Ok(serde_json::from_str(&output.stdout)?)
    }

    /// Signs what the arguments say: the PIN is asked for again.
    pub(crate) fn sign(&self, arguments: &[&str]) -> Result<Value> {
        let program = self.program(arguments)?.args(["--sign-pin-fd", "0"]);
        let output = program.input_line(USER_PIN).succeed()?;
        Ok(serde_json::from_str(&output.stdout)?)
    }

    /// The approver of the steelworks at her own PC.
    pub(crate) fn approver(&self) -> Self {
        Self {
            key: APPROVER_KEY.to_owned(),
            pc: "approver",
            ..self.clone()
        }
    }

    /// Bills that can be paid, overdue ones first.
    pub(crate) fn payable(&self) -> Result<Vec<Value>> {
        let mut bills = Vec::new();
        for state in ["overdue", "open"] {
            let found = self.ask(&["bills", "--state", state])?;
            let found = found["bills"].as_array().cloned().unwrap_or_default();
            // Newest first; the oldest is the most urgent.
            bills.extend(found.into_iter().rev());
        }
        Ok(bills)
    }
}
