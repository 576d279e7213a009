//! Requests about cut-offs.

use http::StatusCode;
use wattkey_domain::AccountId;
use wattkey_protocol::notice::{CutOffView, NewCutOff};

use super::files::{Ask, MAX_ANSWER};
use super::{Platform, problem};
use crate::exit::Failure;

const CUT_OFFS: &str = "/v1/cut-offs";

impl Platform {
    /// What the legal clock says of a contract account.
    pub(crate) fn cut_off(&mut self, account: &AccountId) -> Result<CutOffView, Failure> {
        self.document(Ask::get(format!("{CUT_OFFS}/{account}")))
    }

    /// Plans a cut-off.
    pub(crate) fn plan_cut_off(&mut self, new: &NewCutOff) -> Result<CutOffView, Failure> {
        self.document(Ask::json(CUT_OFFS, new)?)
    }

    /// Drops a plan.
    pub(crate) fn drop_cut_off(&mut self, account: &AccountId) -> Result<(), Failure> {
        let ask = Ask::delete(format!("{CUT_OFFS}/{account}"));
        let answer = self.ask(ask, MAX_ANSWER)?;
        if answer.status() == StatusCode::NO_CONTENT {
            return Ok(());
        }
        Err(problem(&answer))
    }
}
