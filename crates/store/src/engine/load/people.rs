//! Mandates, and users with what they may spend.

use wattkey_domain::UserId;

use crate::database::{Asked, DatabaseError, Row, Session, Value};
use crate::engine::wanted::{Spent, Wanted};
use crate::engine::working::{MandateTerms, UserTerms, Working};

const MANDATES: &str = "SELECT id, customer, currency, valid_from, ended FROM mandates
    WHERE id = ANY($1)";

/// Questions about mandates and users.
#[derive(Debug)]
pub(super) struct People {
    mandates: Option<Asked>,
    users: Option<Asked>,
}

/// The mandates of the orders that are loaded, for those who approve them.
pub(super) fn mandates_of_orders(
    session: &mut dyn Session,
    working: &mut Working,
) -> Result<(), DatabaseError> {
    let mandates = working.orders.values();
    let mandates = mandates.filter_map(|order| order.mandate.as_ref());
    let mandates = session.ask(MANDATES, vec![Value::texts(mandates)])?;
    take_mandates(session, mandates, working)
}

fn take_mandates(
    session: &mut dyn Session,
    mandates: Asked,
    working: &mut Working,
) -> Result<(), DatabaseError> {
    for row in &session.rows(mandates)? {
        let terms = MandateTerms {
            customer: row.parsed(1)?,
            currency: row.parsed(2)?,
            valid_from: row.parsed(3)?,
            ended: row.optional(4, Row::parsed)?,
        };
        working.mandates.insert(row.parsed(0)?, terms);
    }
    Ok(())
}

impl People {
    pub(super) fn ask(session: &mut dyn Session, wanted: &Wanted) -> Result<Self, DatabaseError> {
        let mut people = Self {
            mandates: None,
            users: None,
        };
        if !wanted.mandates.is_empty() {
            let ids = vec![Value::texts(&wanted.mandates)];
            people.mandates = Some(session.ask(MANDATES, ids)?);
        }
        if !wanted.users.is_empty() {
            people.users = Some(ask_users(session, &wanted.users, "")?);
        }
        Ok(people)
    }

    /// Locks the users who have a limit of a day, by id: their orders are added up one after the
    /// other.
    pub(super) fn take(
        self,
        session: &mut dyn Session,
        wanted: &Wanted,
        working: &mut Working,
    ) -> Result<(), DatabaseError> {
        if let Some(mandates) = self.mandates {
            take_mandates(session, mandates, working)?;
        }
        if let Some(users) = self.users {
            take_users(session, users, working)?;
            limits(session, wanted, working)?;
        }
        Ok(())
    }
}

fn limits(
    session: &mut dyn Session,
    wanted: &Wanted,
    working: &mut Working,
) -> Result<(), DatabaseError> {
    let limited = working.users.iter();
    let limited = limited.filter(|(_, terms)| terms.day_limit.is_some());
    let mut limited: Vec<UserId> = limited.map(|(user, _)| *user).collect();
    limited.sort_unstable();
    if limited.is_empty() {
        return Ok(());
    }
    let locked = ask_users(session, &limited, " ORDER BY id FOR UPDATE")?;
    take_users(session, locked, working)?;
    let mut days: Vec<_> = wanted
        .spent
        .iter()
        .map(|day| (day.start, day.end))
        .collect();
    days.dedup();
    for day in days {
        let users = wanted
            .spent
            .iter()
            .filter(|one| (one.start, one.end) == day && limited.binary_search(&one.user).is_ok());
        let users: Vec<_> = users.copied().collect();
        if !users.is_empty() {
            spent(session, day, &users, working)?;
        }
    }
    Ok(())
}

fn ask_users(session: &mut dyn Session, ids: &[UserId], how: &str) -> Result<Asked, DatabaseError> {
    let sql = format!("SELECT id, day_limit, alone_limit FROM users WHERE id = ANY($1){how}");
    session.ask(&sql, vec![Value::texts(ids)])
}

fn take_users(
    session: &mut dyn Session,
    asked: Asked,
    working: &mut Working,
) -> Result<(), DatabaseError> {
    for row in &session.rows(asked)? {
        let terms = UserTerms {
            day_limit: row.optional(1, Row::int)?,
            alone_limit: row.optional(2, Row::int)?,
        };
        working.users.insert(row.parsed(0)?, terms);
    }
    Ok(())
}

/// What the orders of a day come to that count for a limit: of these users, in this range of
/// seconds. Whoever adds one holds the user's row.
pub(crate) const SPENT: &str = "SELECT user_id, CAST(sum(total) AS BIGINT) FROM orders
    WHERE customer = ANY($1) AND user_id = ANY($2) AND accepted >= $3 AND accepted < $4
      AND source IN ('mandate', 'deposit')
      AND state NOT IN ('rejected', 'refused', 'cancelled', 'lapsed')
    GROUP BY user_id";

fn spent(
    session: &mut dyn Session,
    (start, end): (i64, i64),
    users: &[Spent],
    working: &mut Working,
) -> Result<(), DatabaseError> {
    for one in users {
        working.spent.insert((one.user, start), 0);
    }
    let params = [
        Value::texts(users.iter().map(|one| one.customer)),
        Value::texts(users.iter().map(|one| one.user)),
        start.into(),
        end.into(),
    ];
    for row in session.query(SPENT, &params)? {
        working.spent.insert((row.parsed(0)?, start), row.int(1)?);
    }
    Ok(())
}
