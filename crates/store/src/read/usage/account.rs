//! What the forewarnings of a contract account are reckoned from.

use std::collections::BTreeSet;

use jiff::civil::Date;
use wattkey_domain::tariff::{Metered, Tariff};
use wattkey_domain::usage::Schedule;
use wattkey_domain::{
    AccountId, Balance, BillDocument, BillId, BillingMonth, Currency, CustomerId, DisputePeriod,
    Money, ScheduleId, TariffId,
};

use super::{MeteringPointRow, POINT, read_point};
use crate::StoreError;
use crate::database::{DatabaseError, Row, Session, Value};
use crate::packed::unpack;
use crate::read::disputes::periods;
use crate::read::{MAX_PAGE, people};

/// Bills that are looked through for one with its readings.
const RECENT_BILLS: u32 = 24;

/// What a contract account's forewarnings are reckoned from, of one snapshot; the readings are in
/// [`Store::load_curves`](crate::Store::load_curves).
#[derive(Debug, Clone)]
pub struct AccountUsage {
    /// The contract account.
    pub account: AccountId,
    /// Its metering points, by id.
    pub points: Vec<MeteringPointRow>,
    /// The tariffs of its points, and of the readings of its latest bill.
    pub tariffs: Vec<Tariff>,
    /// The schedules of its points.
    pub schedules: Vec<(ScheduleId, Schedule)>,
    /// Its latest bill that is not cancelled.
    pub last_bill: Option<LastBill>,
    /// Its latest bill of which the readings are there, with them.
    pub last_metered: Option<(BillId, Metered)>,
    /// Its deposit.
    pub deposit: Option<(Currency, Balance)>,
    /// Its bills of which something is open, by due date.
    pub open: Vec<UnpaidBill>,
}

/// The latest bill of an account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LastBill {
    /// The bill.
    pub bill: BillId,
    /// Its month.
    pub period: BillingMonth,
    /// What it says.
    pub document: BillDocument,
}

/// A bill of which something is open.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnpaidBill {
    /// The bill.
    pub bill: BillId,
    /// The last day without penalty.
    pub due: Date,
    /// What is open.
    pub open: Money,
    /// The days on which some of it was disputed.
    pub disputes: Vec<DisputePeriod>,
}

/// What the forewarnings of an account of the customer are reckoned from; none when it is not the
/// customer's.
pub(crate) fn account(
    session: &mut dyn Session,
    customer: CustomerId,
    account: &AccountId,
) -> Result<Option<AccountUsage>, StoreError> {
    if !people::has_account(session, customer, account)? {
        return Ok(None);
    }
    let sql = format!("{POINT} WHERE accounts.id = $1 ORDER BY points.id");
    let rows = session.query(&sql, &[account.as_str().into()])?;
    let points: Vec<_> = rows.iter().map(read_point).collect::<Result<_, _>>()?;
    let ids = points.iter().filter_map(|row| row.point.schedule.as_ref());
    let schedules = documents(session, "schedules", ids, Schedule::parse)?;
    let mut usage = AccountUsage {
        account: account.clone(),
        points,
        tariffs: Vec::new(),
        schedules,
        last_bill: None,
        last_metered: None,
        deposit: None,
        open: Vec::new(),
    };
    last_bills(session, &mut usage)?;
    let own = usage.points.iter().map(|row| &row.point.tariff);
    let month = usage.last_metered.iter();
    let billed = month.flat_map(|(_, month)| month.points.iter().map(|point| &point.tariff));
    let tariffs = documents(session, "tariffs", own.chain(billed), Tariff::parse)?;
    usage.tariffs = tariffs
        .into_iter()
        .map(|(_, tariff): (TariffId, _)| tariff)
        .collect();
    usage.deposit = deposit(session, account)?;
    usage.open = open(session, account)?;
    Ok(Some(usage))
}

/// Documents of a table by their ids, read.
fn documents<'i, I, T, E>(
    session: &mut dyn Session,
    table: &str,
    ids: impl Iterator<Item = &'i I>,
    parse: impl Fn(&[u8]) -> Result<T, E>,
) -> Result<Vec<(I, T)>, DatabaseError>
where
    I: Ord + std::fmt::Display + std::str::FromStr<Err: std::fmt::Display> + 'i,
    E: std::fmt::Display,
{
    let ids: BTreeSet<_> = ids.collect();
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let sql = format!("SELECT id, document FROM {table} WHERE id = ANY($1) ORDER BY id");
    let rows = session.query(&sql, &[Value::texts(ids)])?;
    let document = |row: &Row| {
        let wrong = |error: E| DatabaseError::unreadable(1, error);
        let document = parse(&unpack(row.bytes(1)?, 1)?).map_err(wrong)?;
        Ok((row.parsed(0)?, document))
    };
    rows.iter().map(document).collect()
}

fn last_bills(session: &mut dyn Session, usage: &mut AccountUsage) -> Result<(), DatabaseError> {
    let sql = "SELECT id, period FROM bills
        WHERE account = $1 AND credited_minor < total
        ORDER BY issued DESC, id DESC LIMIT $2";
    let params = [usage.account.as_str().into(), RECENT_BILLS.into()];
    let rows = session.query(sql, &params)?;
    let Some(last) = rows.first() else {
        return Ok(());
    };
    let sql = "SELECT document FROM bills WHERE id = $1";
    let id: BillId = last.parsed(0)?;
    if let Some(row) = session.query_one(sql, &[id.as_str().into()])? {
        let wrong = |error| DatabaseError::unreadable(0, error);
        let document = BillDocument::parse(&unpack(row.bytes(0)?, 0)?).map_err(wrong)?;
        usage.last_bill = Some(LastBill {
            bill: id,
            period: last.parsed(1)?,
            document,
        });
    }
    let ids = rows.iter().map(|row| row.string(0));
    let ids = Value::Texts(ids.collect::<Result<_, _>>()?);
    let sql = "SELECT metered.bill, metered.document FROM bills
        JOIN metered ON metered.bill = bills.id
        WHERE bills.id = ANY($1) ORDER BY bills.issued DESC, bills.id DESC LIMIT 1";
    if let Some(row) = session.query_one(sql, &[ids])? {
        let wrong = |error| DatabaseError::unreadable(1, error);
        let month = Metered::parse(&unpack(row.bytes(1)?, 1)?).map_err(wrong)?;
        usage.last_metered = Some((row.parsed(0)?, month));
    }
    Ok(())
}

fn deposit(
    session: &mut dyn Session,
    account: &AccountId,
) -> Result<Option<(Currency, Balance)>, DatabaseError> {
    let sql = "SELECT currency, balance FROM deposits WHERE account = $1";
    let row = session.query_one(sql, &[account.as_str().into()])?;
    let deposit = row.map(|row| {
        let currency = row.parsed(0)?;
        let wrong = |error| DatabaseError::unreadable(1, error);
        let balance = Balance::new(row.int(1)?, currency).map_err(wrong)?;
        Ok((currency, balance))
    });
    deposit.transpose()
}

fn open(session: &mut dyn Session, account: &AccountId) -> Result<Vec<UnpaidBill>, DatabaseError> {
    let sql = "SELECT id, due, open_minor, currency FROM bills
        WHERE account = $1 AND open_minor > 0 ORDER BY due, id LIMIT $2";
    let rows = session.query(sql, &[account.as_str().into(), MAX_PAGE.into()])?;
    let ids = rows.iter().map(|row| row.string(0));
    let ids = Value::Texts(ids.collect::<Result<_, _>>()?);
    let mut disputes = periods(session, &ids)?;
    let bill = |row: &Row| {
        let bill = row.parsed(0)?;
        Ok(UnpaidBill {
            disputes: disputes.remove(&bill).unwrap_or_default(),
            bill,
            due: row.parsed(1)?,
            open: row.money(2, row.parsed(3)?)?,
        })
    };
    rows.iter().map(bill).collect()
}
