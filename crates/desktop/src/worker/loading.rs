//! What pages ask the service for.

use jiff::ToSpan as _;
use wattkey_client::fault::Fault;
use wattkey_client::reckoning::{self, Reckoned};
use wattkey_client::requests::BillFilter;
use wattkey_client::{documents, journal, own};
use wattkey_domain::OrderId;
use wattkey_protocol::statement::Statement;

use super::session::Session;
use crate::model::{Loaded, Wanted, bills, statement};

impl Session {
    pub(super) async fn load(&mut self, wanted: &Wanted) -> Result<Loaded, Fault> {
        let client = &mut self.client;
        Ok(match wanted {
            Wanted::Profile => Loaded::Profile(Box::new(client.profile().await?)),
            Wanted::Changes => Loaded::Changes(client.changes().await?),
            Wanted::Key => Loaded::Key(Box::new(self.key_facts()?)),
            Wanted::Accounts => Loaded::Accounts(client.accounts().await?),
            Wanted::Bills => Loaded::Bills(client.bills(&BillFilter::default()).await?),
            Wanted::Bill(bill) => {
                let (document, _) = own::bill(client, bill).await?;
                let detail = client.bill(bill).await?;
                let detail = detail.ok_or_else(|| own::OwnError::None(bill.to_string()))?;
                Loaded::Bill(Box::new(bills::Loaded { detail, document }))
            }
            Wanted::Mandates => Loaded::Mandates(client.mandates().await?),
            Wanted::Deposits => Loaded::Deposits(client.deposits().await?),
            Wanted::Arrears => Loaded::Arrears(Box::new(client.arrears(None).await?)),
            Wanted::Warnings => Loaded::Warnings(client.warnings(None).await?),
            Wanted::Notices => Loaded::Notices(client.notices().await?),
            Wanted::Months => Loaded::Months(self.begin_months().await?),
            Wanted::Reckoned(bill) => {
                let (document, _) = own::bill(client, bill).await?;
                let (tariffs, metered) = reckoning::basis(client, bill).await?;
                let reckoned = Reckoned::new(&document, &tariffs, metered)?;
                Loaded::Reckoned(bill.clone(), Box::new(reckoned))
            }
            Wanted::Disputes(bill) => {
                Loaded::Disputes(bill.clone(), client.disputes(Some(bill)).await?)
            }
            Wanted::Points => Loaded::Points(client.metering_points(None).await?),
            Wanted::Readings(asked) => Loaded::Readings(Box::new(self.readings(asked).await?)),
            Wanted::Statement(asked) => Loaded::Statement(Box::new(self.statement(asked).await?)),
            Wanted::Orders => {
                let orders = client.orders().await?;
                Loaded::Orders(orders, self.unresolved_orders()?)
            }
            Wanted::Order(order) => {
                let view = client.order(*order).await?;
                let view = view.ok_or_else(|| own::OwnError::None(order.to_string()))?;
                Loaded::Order(Box::new(view))
            }
            Wanted::Unresolved => {
                let entries = self.journal.unresolved()?.entries;
                Loaded::Unresolved(entries.iter().map(|entry| entry.key).collect())
            }
            Wanted::Approvals => {
                let mut orders = client.orders_awaiting_approval().await?;
                orders.retain(|order| order.user.id != self.me.user.id);
                Loaded::Approvals(orders)
            }
        })
    }

    /// The statement of the days that are asked for, today at the latest; else of this month and the
    /// two before.
    async fn statement(&mut self, asked: &statement::Asked) -> Result<Statement, Fault> {
        let today = documents::today(&mut self.client).await?;
        let (from, to) = asked.days.unwrap_or_else(|| {
            let first = today.first_of_month().saturating_sub(2.months());
            (first, today)
        });
        let days = (Some(from), Some(to.min(today)));
        documents::statement(&mut self.client, &asked.account, days.0, days.1).await
    }

    pub(super) fn unresolved_orders(&self) -> Result<Vec<OrderId>, Fault> {
        let listing = self.journal.unresolved()?;
        let orders = listing.entries.iter().filter_map(|entry| match entry.key {
            journal::Key::Order(order) => Some(order),
            _ => None,
        });
        Ok(orders.collect())
    }
}
