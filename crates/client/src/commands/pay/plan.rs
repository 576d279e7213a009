//! What the arguments ask for, and what becomes of it once the service has said which bills are
//! open.

use wattkey_client::client::Client;
use wattkey_client::money;
use wattkey_client::payment::{
    self, Amount, BillPart, DepositRequest, Funds, RefundRequest, Request,
};
use wattkey_domain::{AccountId, BillId};
use wattkey_protocol::api::Me;

use crate::cli::args::{Pay, Refund, TopUp};
use crate::cli::context::Context;
use crate::cli::fault::{Exit, Fault};
use crate::cli::show;
use crate::commands::id;

/// An order that somebody wants; the bills may still have to be looked up.
pub(super) struct Plan {
    request: Request,
    choice: Choice,
}

enum Choice {
    /// Those of the request.
    Named,
    /// All whose due day has come.
    AllDue { accounts: Vec<AccountId> },
    /// The oldest ones that this amount pays.
    OldestFirst {
        amount: String,
        accounts: Vec<AccountId>,
        /// The contract account whose deposit gets what is left.
        rest: Option<AccountId>,
    },
}

impl Plan {
    pub(super) fn of_pay(wanted: &Pay) -> Result<Plan, Fault> {
        let accounts = wanted.account.iter().map(|account| id(account));
        let accounts = accounts.collect::<Result<Vec<AccountId>, Fault>>()?;
        let choice = match (&wanted.oldest_first, wanted.all_due) {
            (Some(amount), _) => Choice::OldestFirst {
                amount: amount.clone(),
                accounts,
                rest: wanted.rest_to_deposit.as_deref().map(id).transpose()?,
            },
            (None, true) => Choice::AllDue { accounts },
            (None, false) => Choice::Named,
        };
        let deposit = match &wanted.to_deposit {
            Some(text) => {
                let (account, amount) = divided(text)?;
                Some(DepositRequest {
                    account: id(account)?,
                    amount: amount.to_owned(),
                })
            }
            None => None,
        };
        let funds = match &wanted.from_deposit {
            Some(account) => Funds::Deposit(id(account)?),
            None => funds(wanted.mandate.as_deref(), wanted.transfer.by_transfer)?,
        };
        let request = Request {
            bills: bills(wanted)?,
            deposit,
            refund: None,
            funds,
            execute: wanted.on,
            reference: wanted.reference.clone().unwrap_or_default(),
        };
        Ok(Plan { request, choice })
    }

    pub(super) fn of_top_up(wanted: &TopUp) -> Result<Plan, Fault> {
        let request = Request {
            deposit: Some(DepositRequest {
                account: id(&wanted.account)?,
                amount: wanted.amount.clone(),
            }),
            funds: funds(wanted.order.mandate.as_deref(), wanted.transfer.by_transfer)?,
            reference: wanted.order.reference.clone().unwrap_or_default(),
            ..Request::default()
        };
        Ok(Plan {
            request,
            choice: Choice::Named,
        })
    }

    pub(super) fn of_refund(wanted: &Refund) -> Result<Plan, Fault> {
        let request = Request {
            refund: Some(RefundRequest {
                amount: wanted.amount.clone(),
                mandate: wanted.order.mandate.as_deref().map(id).transpose()?,
            }),
            funds: Funds::Deposit(id(&wanted.account)?),
            reference: wanted.order.reference.clone().unwrap_or_default(),
            ..Request::default()
        };
        Ok(Plan {
            request,
            choice: Choice::Named,
        })
    }

    /// Whether an amount says what is paid, and not bills: the same again would pay more.
    pub(super) fn is_by_amount(&self) -> bool {
        matches!(self.choice, Choice::OldestFirst { .. })
            || (self.request.bills.is_empty()
                && (self.request.deposit.is_some() || self.request.refund.is_some()))
    }

    /// The bills that are named already.
    pub(super) fn named(&self) -> Vec<BillId> {
        let parts = self.request.bills.iter();
        parts.map(|part| part.bill.clone()).collect()
    }

    /// The request with its bills.
    pub(super) async fn request(
        &self,
        context: &Context<'_>,
        client: &mut Client,
        me: &Me,
    ) -> Result<Request, Fault> {
        let mut request = self.request.clone();
        match &self.choice {
            Choice::Named => {}
            Choice::AllDue { accounts } => {
                request.bills = payment::all_due(client, me, accounts).await?;
            }
            Choice::OldestFirst {
                amount,
                accounts,
                rest,
            } => {
                let found = payment::oldest_first(client, accounts, amount, request.execute);
                let found = found.await?;
                match rest {
                    Some(account) if found.left > 0 => {
                        request.deposit = Some(DepositRequest {
                            account: account.clone(),
                            amount: money::plain(found.left, found.currency),
                        });
                    }
                    None if found.left > 0 => {
                        let left = show::money(found.left, found.currency);
                        context.output.say("amount-left", &[("left", left.into())]);
                    }
                    _ => {}
                }
                request.bills = found.bills;
            }
        }
        Ok(request)
    }
}

/// The bills that are named whole, then those of which a part is paid.
fn bills(wanted: &Pay) -> Result<Vec<BillPart>, Fault> {
    let whole = wanted.bills.iter().map(|bill| {
        Ok(BillPart {
            bill: id(bill)?,
            amount: Amount::AllOpen,
        })
    });
    let parts = wanted.amount.iter().map(|text| {
        let (bill, amount) = divided(text)?;
        Ok(BillPart {
            bill: id(bill)?,
            amount: Amount::Written(amount.to_owned()),
        })
    });
    whole.chain(parts).collect()
}

fn funds(mandate: Option<&str>, by_transfer: bool) -> Result<Funds, Fault> {
    if by_transfer {
        return Ok(Funds::Transfer);
    }
    Ok(Funds::Mandate(mandate.map(id).transpose()?))
}

/// `B-1=500.00`.
fn divided(text: &str) -> Result<(&str, &str), Fault> {
    text.split_once('=')
        .ok_or_else(|| Fault::new("usage-pair", Exit::Usage).with("word", text))
}
