//! Changes of own data and rights, decisions on them, and what the own key says of itself.

use uuid::Uuid;
use wattkey_client::fault::{Exit, Fault};
use wattkey_client::keys;
use wattkey_client::own::{self, ReviewedChange};
use wattkey_domain::{ChangeId, Decision};
use wattkey_protocol::change::What;

use super::session::Session;
use super::signing::Pending;
use crate::model::personal::KeyFacts;
use crate::model::signing::{Kind, ToSign};

impl Session {
    pub(super) fn key_facts(&self) -> Result<KeyFacts, Fault> {
        let key = self.client.key();
        Ok(KeyFacts {
            serial: key.info().serial.clone(),
            certificates: keys::certificates(key),
            pin: self.standing()?,
            now: self.client.now(),
        })
    }

    /// A change that replaces what its form was begun on, and nothing newer.
    pub(super) async fn try_change(&mut self, what: &What, seen: i64) -> Result<ToSign, Fault> {
        let profile = self.client.profile().await?;
        if own::version(&profile, what) != seen {
            return Err(Fault::new("window-changed", Exit::OrderRefused));
        }
        let change = ChangeId::from_uuid(Uuid::new_v4());
        let draft = own::change(&self.client, &self.me, &profile, what.clone(), change)?;
        let shown = ToSign {
            needs_approval: matches!(what, What::Rights { .. }),
            ..ToSign::new(Kind::Change, draft.lines(), self.standing()?)
        };
        self.pending = Some(Pending::Change(Box::new(draft)));
        Ok(shown)
    }

    /// Somebody else's change, its signature verified here, with the decision on it.
    pub(super) async fn try_change_decision(
        &mut self,
        change: ChangeId,
        decision: Decision,
    ) -> Result<ToSign, Fault> {
        let reviewed =
            ReviewedChange::fetch(&mut self.client, &self.me, &self.issuing_ca, change).await?;
        let draft = reviewed.decide(&self.client, &self.me, decision)?;
        let mut lines = reviewed.lines();
        lines.extend(draft.lines());
        let kind = match decision {
            Decision::Approve => Kind::ChangeApproval,
            _ => Kind::ChangeRefusal,
        };
        let shown = ToSign {
            digest: Some(reviewed.view().digest),
            ..ToSign::new(kind, lines, self.standing()?)
        };
        self.pending = Some(Pending::ChangeDecision(Box::new(draft)));
        Ok(shown)
    }
}
