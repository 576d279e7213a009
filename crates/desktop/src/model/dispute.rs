//! A bill is queried: which line, how much of it is not owed, and why; and how queries stand.

use wattkey_client::money;
use wattkey_domain::{BillDocument, BillId, Currency, DisputeId, DisputeReason};
use wattkey_protocol::dispute::{DisputeState, DisputeView, MAX_TEXT};

use super::Effect;

/// The form.
#[derive(Debug, Default)]
pub struct Form {
    /// The whole bill, or a line by its number from 1.
    pub line: usize,
    /// How much is not owed, as it is written.
    pub amount: String,
    /// Place among [`DisputeReason::ALL`].
    pub reason: usize,
    /// Why, in the customer's words.
    pub text: String,
}

/// What is to be signed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wanted {
    /// The bill.
    pub bill: BillId,
    /// Its line, from 1; none is the whole bill.
    pub line: Option<u32>,
    /// How much is not owed, in minor units.
    pub amount: i64,
    /// Of the bill.
    pub currency: Currency,
    /// Why.
    pub reason: DisputeReason,
    /// Why, in the customer's words.
    pub text: String,
}

/// What happens in the form.
#[derive(Debug)]
pub enum Input {
    /// The form is wanted.
    Open,
    /// It is not.
    Cancel,
    /// The whole bill, or a line.
    Line(usize),
    /// The amount is written.
    Amount(String),
    /// A reason is chosen.
    Reason(usize),
    /// The words are written.
    Text(String),
    /// It is to be shown and signed.
    Review,
    /// The dispute in this row is to be taken back.
    Withdraw(usize),
}

impl Form {
    /// Of the whole bill.
    #[must_use]
    pub fn of(document: &BillDocument) -> Form {
        let mut form = Form::default();
        form.choose(0, document);
        form
    }

    /// Another line, with its amount.
    fn choose(&mut self, line: usize, document: &BillDocument) {
        if line > document.lines.len() {
            return;
        }
        self.line = line;
        let minor = match line {
            0 => document.total.minor(),
            line => document.lines[line - 1].amount.minor(),
        };
        self.amount = match minor > 0 {
            true => money::plain(minor, document.currency()),
            false => String::new(),
        };
    }

    /// The amount in minor units; none when it is not one, or more than the bill.
    #[must_use]
    pub fn minor(&self, document: &BillDocument) -> Option<i64> {
        let minor = money::parse(self.amount.trim(), document.currency()).ok()?;
        (minor > 0 && minor <= document.total.minor()).then_some(minor)
    }

    /// What it asks for; none while something is missing.
    #[must_use]
    pub fn wanted(&self, document: &BillDocument) -> Option<Wanted> {
        let text = self.text.trim();
        let fits = !text.is_empty() && text.chars().count() <= MAX_TEXT;
        let line = match self.line {
            0 => None,
            line => Some(u32::try_from(line).ok()?),
        };
        Some(Wanted {
            bill: document.bill.clone(),
            line,
            amount: self.minor(document)?,
            currency: document.currency(),
            reason: DisputeReason::ALL.get(self.reason).copied()?,
            text: fits.then(|| text.to_owned())?,
        })
    }
}

/// Disputes that can be taken back.
#[must_use]
pub fn is_open(view: &DisputeView) -> bool {
    view.state == DisputeState::Open
}

/// What follows from an input; the form is none while it is closed.
pub fn update(
    form: &mut Option<Form>,
    input: Input,
    document: &BillDocument,
    disputes: &[DisputeView],
) -> Vec<Effect> {
    match (input, form.as_mut()) {
        (Input::Open, None) => *form = Some(Form::of(document)),
        (Input::Cancel, _) => *form = None,
        (Input::Line(line), Some(form)) => form.choose(line, document),
        (Input::Amount(text), Some(form)) => form.amount = text,
        (Input::Reason(reason), Some(form)) if reason < DisputeReason::ALL.len() => {
            form.reason = reason;
        }
        (Input::Text(text), Some(form)) => form.text = text,
        (Input::Review, Some(form)) => {
            let wanted = form.wanted(document);
            let effect = wanted.map(|wanted| Effect::Dispute(Box::new(wanted)));
            return effect.into_iter().collect();
        }
        (Input::Withdraw(index), _) => {
            let dispute: Option<DisputeId> = disputes
                .get(index)
                .filter(|view| is_open(view))
                .map(|view| view.dispute);
            return dispute.map(Effect::Withdraw).into_iter().collect();
        }
        _ => {}
    }
    Vec::new()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::tests::document;

    #[test]
    fn a_line_brings_its_amount_and_only_what_is_whole_is_asked_for() {
        let document = document();
        let mut form = None;
        let mut does = |input| update(&mut form, input, &document, &[]);
        assert!(does(Input::Open).is_empty());
        assert!(does(Input::Review).is_empty(), "no words yet");
        let _ = does(Input::Text(" The meter stood. ".into()));
        let _ = does(Input::Line(1));
        let _ = does(Input::Reason(2));
        let effects = does(Input::Review);
        let [Effect::Dispute(wanted)] = effects.as_slice() else {
            panic!("{effects:?}");
        };
        assert_eq!((wanted.line, wanted.amount), (Some(1), 600));
        assert_eq!(wanted.reason, DisputeReason::Meter);
        assert_eq!(wanted.text, "The meter stood.");
        for wrong in ["7.01", "0.00", "1,00", "-1.00", ""] {
            let _ = does(Input::Amount(wrong.into()));
            assert!(does(Input::Review).is_empty(), "{wrong}");
        }
        let _ = does(Input::Line(3));
        let _ = does(Input::Amount("7.00".into()));
        let _ = does(Input::Line(9));
        let effects = does(Input::Review);
        let [Effect::Dispute(wanted)] = effects.as_slice() else {
            panic!("{effects:?}");
        };
        assert_eq!((wanted.line, wanted.amount), (Some(3), 700));
    }
}
