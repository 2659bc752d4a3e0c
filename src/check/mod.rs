//! Checks: one file per rule; a rule looks at documents and at the history handed to it.
//!
//! A [`Checker`] is shown a payments file part by part, as its reader reads it, and says everything
//! that is wrong with the file at once. It remembers hashes of ids, never payments, so that a file of
//! any size can be checked.
//!
//! The same pass gives the totals that a bank's header wants, and a digest of who is paid what. A
//! [`Tally`] gives them again from the file that was written for the bank: both must be equal before
//! anything leaves.
//!
//! A rule has a name, a level, and a sentence on what it demands ([`RULES`]). A bank's template sets
//! other levels by name; a few rules stand firm.

mod account;
mod agent;
mod alphabet;
mod amount;
mod control;
mod creditor_id;
mod date;
mod demand;
mod field;
mod group;
mod identity;
mod length;
mod limit;
mod note;
mod payee;
mod repeat;
mod rules;
mod tally;

pub use alphabet::Alphabet;
pub use field::Field;
pub use identity::used_before;
pub use repeat::likeness;
pub use rules::{Grade, Length, Levels, Rule, Rules, Unit};
pub use tally::{Tally, Totals, add_digests};

use std::collections::BTreeMap;

use crate::document::{Amount, Currency, Date, Group, Part, Payment, Payments};
use crate::finding::{Findings, Place};
use crate::text;
use note::Notes;

/// Every rule, in the order of a payment's life.
pub const RULES: &[&Rule] = &[
    &NOT_PAYMENTS,
    &NO_PAYMENTS,
    &control::COUNT,
    &control::SUM,
    &identity::MISSING,
    &identity::TWICE,
    &identity::USED_BEFORE,
    &repeat::RULE,
    &account::IBAN,
    &account::NOT_IBAN,
    &account::COUNTRY,
    &account::SIGNS,
    &account::LETTER_O,
    &account::OURS_MISSING,
    &account::NOT_ALLOWED,
    &payee::ACCOUNT_MISSING,
    &payee::NAME_MISSING,
    &agent::BIC,
    &agent::CNAPS,
    &amount::NOT_POSITIVE,
    &amount::DECIMALS,
    &amount::CURRENCY,
    &limit::AMOUNT,
    &limit::COUNT,
    &limit::SUM,
    &limit::OVERFLOW,
    &date::MISSING,
    &date::PAST,
    &date::FAR,
    &group::METHOD,
    &group::TWICE,
    &group::MANDATE,
    &group::SEPA,
    &creditor_id::RULE,
    &demand::MISSING,
    &demand::VALUE,
    &alphabet::RULE,
    &length::RULE,
];

static NOT_PAYMENTS: Rule = Rule {
    name: "not-payments",
    grade: Grade::Error,
    firm: true,
    demands: ("the file holds payments and nothing else", "文件只包含付款指令"),
};

static NO_PAYMENTS: Rule = Rule {
    name: "no-payments",
    grade: Grade::Error,
    firm: false,
    demands: ("the file holds at least one payment", "文件至少包含一笔付款"),
};

/// What earlier files held.
pub trait History {
    /// The batch in which an end-to-end id was seen, where it was; `id` has no spaces around it.
    fn end_to_end_id(&self, id: &str) -> Option<String>;
}

/// A history without a past.
pub struct NoHistory;

impl History for NoHistory {
    fn end_to_end_id(&self, _: &str) -> Option<String> {
        None
    }
}

/// What the checks found in a file.
#[derive(Clone, Debug, Default)]
pub struct Report {
    /// Everything that was noticed. What the reader noticed is in the end part, not here.
    pub findings: Findings,
    /// Number of payments.
    pub count: u64,
    /// Sum per currency.
    pub sums: BTreeMap<Currency, Amount>,
    /// Who is paid what, whatever the order: see [`Totals::payees_digest`].
    pub payees_digest: String,
    /// The same without end-to-end ids: see [`Totals::accounts_digest`].
    pub accounts_digest: String,
}

impl Report {
    /// What the file written for the bank must give again.
    pub fn totals(&self) -> Totals {
        Totals {
            count: self.count,
            sums: self.sums.clone(),
            payees_digest: self.payees_digest.clone(),
            accounts_digest: self.accounts_digest.clone(),
        }
    }
}

/// Looks at a payments file part by part.
pub struct Checker<'a> {
    rules: &'a Rules,
    today: Date,
    history: &'a dyn History,
    notes: Notes<'a>,
    tally: Tally,
    control: control::Control,
    identities: identity::Identities,
    repeats: repeat::Repeats,
    groups: group::Groups,
    current: Group,
    /// A group has no place of its own: it is looked at beside its first payment.
    unplaced: bool,
}

impl<'a> Checker<'a> {
    /// A checker for one file; `today` is the day at the place of the bank.
    pub fn new(rules: &'a Rules, today: Date, history: &'a dyn History) -> Checker<'a> {
        Checker {
            rules,
            today,
            history,
            notes: Notes::new(&rules.levels),
            tally: Tally::default(),
            control: control::Control::default(),
            identities: identity::Identities::default(),
            repeats: repeat::Repeats::default(),
            groups: group::Groups::default(),
            current: Group::default(),
            unplaced: false,
        }
    }

    /// Looks at the next part of the file.
    pub fn look(&mut self, part: &Part) {
        self.tally.look(part);
        match part {
            Part::Payments(head) => self.look_at_head(head),
            Part::Group(group) => self.open_group(group),
            Part::Payment(payment) => self.look_at_payment(payment),
            Part::PaymentsEnd(end) => {
                self.close_group();
                self.control.close_document(&end.findings, &mut self.notes);
            }
            other => self.refuse_foreign(other),
        }
    }

    /// Everything that was found. Parts that come later are another file's.
    pub fn finish(mut self) -> Report {
        self.close_group();
        if self.tally.count() == 0 {
            let message = text!("the file holds no payments", "文件中没有付款");
            let hint = text!("export the payments again and send the new file", "请重新导出付款后再发送");
            self.notes.note(&NO_PAYMENTS, Place::default(), message, hint);
        }
        limit::look_at_totals(&self.tally, self.rules, &mut self.notes);
        let totals = self.tally.finish();
        Report {
            findings: self.notes.findings,
            count: totals.count,
            sums: totals.sums,
            payees_digest: totals.payees_digest,
            accounts_digest: totals.accounts_digest,
        }
    }

    fn look_at_head(&mut self, head: &Payments) {
        self.close_group();
        self.control.open_document(&head.declared);
        self.groups.open_document();
        let (rules, notes) = (self.rules, &mut self.notes);
        field::head_texts(head, &mut |field, text| {
            look_at_text(field, text, rules, &Place::default(), notes);
        });
    }

    fn open_group(&mut self, group: &Group) {
        self.close_group();
        self.control.open_group(group);
        self.current = group.clone();
        self.unplaced = !self.groups.goes_on(group);
    }

    /// A group without payments is looked at when it closes.
    fn close_group(&mut self) {
        if self.unplaced {
            let place = self.current.id.as_ref().map_or_else(Place::default, |id| Place::path(format!("group {id}")));
            self.look_at_group(&place);
        }
        self.control.close_group(&mut self.notes);
    }

    fn look_at_group(&mut self, place: &Place) {
        self.unplaced = false;
        let (group, rules, notes) = (&self.current, self.rules, &mut self.notes);
        account::look_at_group(group, rules, place, notes);
        agent::look_at_group(group, place, notes);
        date::look(group, rules, self.today, place, notes);
        self.groups.look_at_group(group, place, notes);
        field::group_texts(group, &mut |field, text| {
            look_at_text(field, text, rules, place, notes);
        });
    }

    fn look_at_payment(&mut self, payment: &Payment) {
        let place = &payment.place;
        if self.unplaced {
            self.look_at_group(place);
        }
        let (group, rules, notes) = (&self.current, self.rules, &mut self.notes);
        self.control.look(payment);
        self.identities.look(payment, rules, self.history, notes);
        self.repeats.look(payment, group, notes);
        account::look_at_payment(payment, group.method, rules, notes);
        payee::look(payment, group.method, notes);
        agent::look_at_payment(payment, group.method, notes);
        amount::look(payment, rules, notes);
        limit::look_at_payment(payment, rules, notes);
        group::look_at_payment(payment, group, notes);
        demand::look_for(payment, group, rules, notes);
        field::payment_texts(payment, group.method, &mut |field, text| {
            look_at_text(field, text, rules, place, notes);
        });
    }

    fn refuse_foreign(&mut self, part: &Part) {
        if !part.is_head() {
            return;
        }
        let message = text!("the file holds something other than payments", "文件包含付款指令以外的内容");
        let hint = text!("send statements and status reports in files of their own", "请将对账单和状态报告单独成文件");
        self.notes.note(&NOT_PAYMENTS, Place::default(), message, hint);
    }
}

/// The rules of one text.
fn look_at_text(field: Field, text: &str, rules: &Rules, place: &Place, notes: &mut Notes) {
    alphabet::look(field, text, rules, place, notes);
    length::look(field, text, rules, place, notes);
    demand::look_at_value(field, text, rules, place, notes);
    creditor_id::look(field, text, rules, place, notes);
}

#[cfg(test)]
mod tests;
