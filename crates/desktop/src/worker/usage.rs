//! Consumption of a metering point.

use wattkey_client::fault::{Exit, Fault};
use wattkey_protocol::usage::Step;

use super::session::Session;
use crate::model::usage::{Asked, Shown, View};

impl Session {
    /// A day comes twice: in the meter's own intervals, and in hours, which know their periods.
    pub(super) async fn readings(&mut self, asked: &Asked) -> Result<Shown, Fault> {
        let sums = self.of_step(asked, asked.view.step()).await?;
        let raw = match asked.view {
            View::Day => Some(self.of_step(asked, Step::Raw).await?),
            View::Month | View::Year => None,
        };
        Ok(Shown {
            asked: asked.clone(),
            sums,
            raw,
        })
    }

    async fn of_step(
        &mut self,
        asked: &Asked,
        step: Step,
    ) -> Result<wattkey_protocol::usage::Readings, Fault> {
        let (point, from, to) = (&asked.point, asked.from, asked.to());
        let readings = self.client.readings(point, from, to, step).await?;
        readings.ok_or_else(|| {
            Fault::new("no-such-thing", Exit::NotFound).with("word", point.to_string())
        })
    }
}
