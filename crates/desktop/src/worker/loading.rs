//! What pages ask the service for.

use std::collections::BTreeMap;

use jiff::ToSpan as _;
use jiff::civil::Date;
use wattkey_client::fault::Fault;
use wattkey_client::requests::BillFilter;
use wattkey_client::{journal, own};
use wattkey_domain::OrderId;
use wattkey_protocol::usage::{ReadingSum, Step};

use super::session::Session;
use crate::model::{Loaded, Wanted, bills};

/// Most metering points whose months the first page sums.
const MAX_POINTS: usize = 60;

impl Session {
    pub(super) async fn load(&mut self, wanted: &Wanted) -> Result<Loaded, Fault> {
        let client = &mut self.client;
        Ok(match wanted {
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
            Wanted::Months => Loaded::Months(self.months().await?),
            Wanted::Orders => {
                let orders = client.orders().await?;
                Loaded::Orders(orders, self.unresolved_orders()?)
            }
            Wanted::Order(order) => {
                let view = client.order(*order).await?;
                let view = view.ok_or_else(|| own::OwnError::None(order.to_string()))?;
                Loaded::Order(Box::new(view))
            }
            Wanted::Approvals => {
                let mut orders = client.orders_awaiting_approval().await?;
                orders.retain(|order| order.user.id != self.me.user.id);
                Loaded::Approvals(orders)
            }
        })
    }

    /// Energy of all metering points by month, from January of last year.
    async fn months(&mut self) -> Result<Vec<ReadingSum>, Fault> {
        let today = self
            .client
            .now()
            .in_tz(&self.me.time_zone)
            .map_or_else(|_| jiff::Zoned::now().date(), |now| now.date());
        let first = Date::new(today.year() - 1, 1, 1).unwrap_or(today);
        let end = today.saturating_add(1.day());
        let points = self.client.metering_points(None).await?;
        let mut months: BTreeMap<Date, ReadingSum> = BTreeMap::new();
        for point in points
            .iter()
            .filter(|point| point.under.is_none())
            .take(MAX_POINTS)
        {
            let readings = self
                .client
                .readings(&point.point, first, end, Step::Month)
                .await?;
            for sum in readings.into_iter().flat_map(|readings| readings.items) {
                let Some(date) = sum.date else { continue };
                months
                    .entry(date)
                    .and_modify(|known| {
                        let (one, other) = (known.energy.active_import, sum.energy.active_import);
                        known.energy.active_import =
                            one.zip(other).map(|(a, b)| a + b).or(one).or(other);
                    })
                    .or_insert(sum);
            }
        }
        Ok(months.into_values().collect())
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
