//! Lines of an answer that repeat no id: which payments they mean, by account, amount and name, and by counting.
//!
//! Equal payments are one group: where there are as many lines as payments and all of them say the same, each payment
//! is told the same; where they differ, it is not known which is which, and that is what is said. A line too many or
//! too few is a guess about the others, so nothing is matched then.

use std::collections::HashMap;

use super::transaction::{folded, half_width, names_agree};
use super::{Candidate, Ledger, Sureness, Verdict};
use crate::document::{Amount, Currency, PaymentStatus};

/// The lines of one report that repeat no id.
#[derive(Default)]
pub(super) struct Unnamed(Vec<PaymentStatus>);

/// What a line, or the lines of equal payments, were found to mean.
pub(super) enum Told {
    /// A payment, by its line or by one of as many equal lines.
    Payment(Box<Candidate>, Sureness, Box<PaymentStatus>),
    /// One of several equal payments of which the bank says different things.
    Unclear(Box<Candidate>),
    /// No payment, or not so many.
    Nothing(Box<PaymentStatus>),
}

/// Account and amount: what a line and its payment have in common to the letter.
type Key = (String, Amount);

/// What else payments of one key may differ by: the payee's name and the currency.
type Rest = (String, Currency);

/// Lines and payments of one key.
#[derive(Default)]
struct Bucket {
    lines: Vec<PaymentStatus>,
    payments: Vec<Candidate>,
}

impl Unnamed {
    pub fn push(&mut self, line: &PaymentStatus) {
        self.0.push(line.clone());
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// What the lines mean among the payments of the file that is answered, in the order in which they first came.
    pub fn decide(self, ledger: &dyn Ledger, message_id: &str) -> Vec<Told> {
        let mut told = Vec::new();
        let mut buckets: Vec<Bucket> = Vec::new();
        let mut places: HashMap<Key, usize> = HashMap::new();
        for line in self.0 {
            let Some(key) = key_of(&line) else {
                told.push(Told::Nothing(Box::new(line)));
                continue;
            };
            let at = *places.entry(key).or_insert_with(|| {
                buckets.push(Bucket::default());
                buckets.len() - 1
            });
            buckets[at].lines.push(line);
        }
        ledger.each_of_file(message_id, &mut |payment| {
            let account = payment.counterparty_account.as_deref().map(plain).unwrap_or_default();
            if let Some(at) = places.get(&(account, payment.amount.normalize())) {
                buckets[*at].payments.push(payment);
            }
        });
        buckets.into_iter().for_each(|bucket| bucket.decide(&mut told));
        told
    }
}

impl Bucket {
    /// Parts the payments by their payees' names, and gives each part the lines that name it alone.
    fn decide(self, told: &mut Vec<Told>) {
        let mut parts: Vec<(Rest, Bucket)> = Vec::new();
        for payment in self.payments {
            let name = payment.counterparty_name.as_deref().map(folded).unwrap_or_default();
            let rest = (name, payment.currency);
            match parts.iter_mut().find(|(known, _)| *known == rest) {
                Some((_, part)) => part.payments.push(payment),
                None => parts.push((rest, Bucket { lines: Vec::new(), payments: vec![payment] })),
            }
        }
        for line in self.lines {
            let mut fitting: Vec<&mut Bucket> =
                parts.iter_mut().filter(|(rest, _)| fits(&line, rest)).map(|(_, part)| part).collect();
            match fitting.as_mut_slice() {
                [part] => part.lines.push(line),
                _ => told.push(Told::Nothing(Box::new(line))),
            }
        }
        parts.into_iter().for_each(|(_, part)| part.count(told));
    }

    /// Lines and payments that are equal to one another: only their numbers and what they say can tell more.
    fn count(self, told: &mut Vec<Told>) {
        let Bucket { lines, payments } = self;
        if lines.len() != payments.len() {
            told.extend(lines.into_iter().map(|line| Told::Nothing(Box::new(line))));
            return;
        }
        let sureness = if payments.len() == 1 { Sureness::Strong } else { Sureness::Interchangeable };
        let says = |line: &PaymentStatus| Verdict::of(line.status.as_deref(), line.bank_status.as_deref());
        let alike = lines.windows(2).all(|pair| says(&pair[0]) == says(&pair[1]));
        told.extend(payments.into_iter().zip(lines).map(|(payment, line)| match alike {
            true => Told::Payment(Box::new(payment), sureness, Box::new(line)),
            false => Told::Unclear(Box::new(payment)),
        }));
    }
}

/// `None` where the line has no account or no amount, so that it means anything.
fn key_of(line: &PaymentStatus) -> Option<Key> {
    let account = plain(line.counterparty.account.as_ref()?.as_str());
    Some((account, line.amount?.normalize()))
}

/// Whether a line's name and currency are those of the payments, as far as both say them.
fn fits(line: &PaymentStatus, (name, currency): &Rest) -> bool {
    let said = line.counterparty.name.as_deref().filter(|_| !name.is_empty());
    said.is_none_or(|said| names_agree(said, name)) && line.currency.is_none_or(|told| told == *currency)
}

/// An account number without what banks write between its digits.
pub(super) fn plain(account: &str) -> String {
    account.chars().map(half_width).filter(|c| c.is_alphanumeric()).flat_map(char::to_uppercase).collect()
}
