//! What facts change of single payments: their rows, what a bank, a statement or a person says of them.

use rusqlite::{OptionalExtension, params};

use super::{Fold, json, storage};
use crate::journal::query::{bookings_of, payment_state};
use crate::journal::records::BookingRecord;
use crate::journal::spending::payee_bank;
use crate::journal::{Change, Event, JournalError, NewPayment, PaymentChange, PaymentState};

impl Fold<'_> {
    pub(super) fn payments(
        &self,
        payments: &mut dyn Iterator<Item = std::io::Result<NewPayment>>,
    ) -> Result<(), JournalError> {
        let Event::Checked { batch, .. } = &self.fact.event else { return Ok(()) };
        let sql = "INSERT INTO payment (batch, seq, end_to_end_id, amount, currency, account, creditor_name,
                   creditor_account, creditor_agent, payee_bank, grp, execution_date, likeness)
                   VALUES (?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12,?13)";
        let mut statement = self.db.prepare_cached(sql).map_err(|e| storage(self.path, &e))?;
        for payment in payments {
            let p = payment?;
            let date = p.execution_date.map(|d| d.to_string());
            let values = params![
                batch,
                p.seq as i64,
                p.end_to_end_id,
                p.amount.to_string(),
                p.currency.as_str(),
                p.account,
                p.creditor_name,
                p.creditor_account,
                p.creditor_agent,
                payee_bank(p.creditor_account.as_deref(), p.creditor_agent.as_deref()),
                p.group,
                date,
                p.likeness
            ];
            statement.execute(values).map_err(|e| storage(self.path, &e))?;
        }
        Ok(())
    }

    pub(super) fn change(&self, change: &Change) -> Result<(), JournalError> {
        match change {
            Change::One(one) => self.change_one(one),
            Change::Many { payments, state, bank_status, reason } => {
                let (state, bank_status, reason) = (*state, bank_status.clone(), reason.clone());
                let mut one = PaymentChange { payment: 0, state, bank_status, reason };
                payments.iter().try_for_each(|payment| {
                    one.payment = *payment;
                    self.change_one(&one)
                })
            }
            Change::Contradicted { payments, bank_status, reason } => {
                let (state, bank_status, reason) = (PaymentState::Unknown, bank_status.clone(), reason.clone());
                let mut one = PaymentChange { payment: 0, state, bank_status, reason };
                payments.iter().try_for_each(|payment| {
                    one.payment = *payment;
                    self.change_along(&one, PaymentState::leads_to_by_contradiction)
                })
            }
            Change::Back { change, seen } => self.change_back(change, *seen),
            Change::All { .. } => self.change_all(change),
        }
    }

    /// Moves one payment where its table allows; what it does not allow was said before by stronger evidence.
    fn change_one(&self, change: &PaymentChange) -> Result<(), JournalError> {
        let table = match self.fact.event {
            Event::Booked { .. } => PaymentState::leads_to_by_statement,
            _ => PaymentState::leads_to_by_answer,
        };
        self.change_along(change, table)
    }

    fn change_along(
        &self,
        change: &PaymentChange,
        table: fn(PaymentState) -> &'static [PaymentState],
    ) -> Result<(), JournalError> {
        let from: PaymentState = payment_state(self.db, change.payment)
            .map_err(|e| storage(self.path, &e))?
            .ok_or_else(|| JournalError::Missing(format!("payment {}", change.payment)))?;
        if !table(from).contains(&change.state) {
            return Ok(());
        }
        // Money that an entry has shown coming back is back, whatever is told of its leaving afterwards.
        let is_booked_late = (from, change.state) == (PaymentState::Returned, PaymentState::Booked);
        if is_booked_late && self.bookings_of(change.payment)?.iter().any(|booking| booking.back) {
            return Ok(());
        }
        self.set_payment(change)
    }

    /// A person's word about one unknown payment; never against what a statement has shown meanwhile.
    pub(super) fn payment_resolved(&self, sent: bool, to: PaymentState) -> Result<(), JournalError> {
        let name = &self.fact.subject;
        let missing = || JournalError::Missing(name.clone());
        let (batch, seq) = name.rsplit_once('/').ok_or_else(missing)?;
        let row: Option<i64> = self
            .db
            .query_row("SELECT id FROM payment WHERE batch = ?1 AND seq = ?2", [batch, seq], |row| row.get(0))
            .optional()
            .map_err(|e| storage(self.path, &e))?;
        let payment = row.ok_or_else(missing)?;
        let from = payment_state(self.db, payment).map_err(|e| storage(self.path, &e))?;
        let shown = self.bookings_of(payment)?;
        let left = shown.iter().any(BookingRecord::shows_that_it_left);
        let wanted = PaymentState::resolved(sent, left, shown.iter().any(|booking| booking.back));
        if from != Some(PaymentState::Unknown) || wanted != Some(to) {
            return Err(self.conflict(name, from.map_or("", PaymentState::word), to.word()));
        }
        self.set_payment(&PaymentChange { payment, state: to, bank_status: None, reason: None })
    }

    fn bookings_of(&self, payment: i64) -> Result<Vec<BookingRecord>, JournalError> {
        bookings_of(self.db, payment).map_err(|e| storage(self.path, &e))
    }

    /// What a person took back: a booking or return of one payment, and nothing else.
    fn change_back(&self, change: &PaymentChange, seen: u64) -> Result<(), JournalError> {
        let from = payment_state(self.db, change.payment).map_err(|e| storage(self.path, &e))?;
        let last = "SELECT coalesce(max(fact), 0) FROM payment_change WHERE payment = ?1";
        let last = self.db.prepare_cached(last).and_then(|mut s| s.query_row([change.payment], |row| row.get(0)));
        let last: i64 = last.map_err(|e| storage(self.path, &e))?;
        if last as u64 != seen {
            let Event::EntryUnmatched { .. } = self.fact.event else { return Ok(()) };
            let word = from.map_or("", PaymentState::word);
            return Err(self.conflict(&format!("payment {}", change.payment), word, change.state.word()));
        }
        match from {
            Some(PaymentState::Booked | PaymentState::Returned) => self.set_payment(change),
            _ => Ok(()),
        }
    }

    fn set_payment(&self, change: &PaymentChange) -> Result<(), JournalError> {
        let sql =
            "UPDATE payment SET state = ?2, bank_status = coalesce(?3, bank_status), reason = coalesce(?4, reason)
                   WHERE id = ?1";
        let word = change.state.word();
        self.run(sql, &[&change.payment, &word, &change.bank_status, &change.reason])?;
        let sql = "INSERT INTO payment_change (fact, payment, state, bank_status, reason) VALUES (?1,?2,?3,?4,?5)";
        self.run(sql, &[&(self.seq as i64), &change.payment, &word, &change.bank_status, &change.reason]).map(drop)
    }

    fn change_all(&self, change: &Change) -> Result<(), JournalError> {
        let Change::All { outbound, group, except, except_groups, state, bank_status, reason } = change else {
            return Ok(());
        };
        let from: Vec<&str> =
            PaymentState::ALL.iter().filter(|s| s.leads_to_by_answer().contains(state)).map(|s| s.word()).collect();
        let listed = from.iter().map(|word| format!("'{word}'")).collect::<Vec<_>>().join(",");
        let wanted = format!(
            "(?2 IS NULL OR grp = ?2) AND (state IS NULL OR state IN ({listed}))
             AND id NOT IN (SELECT value FROM json_each(?6))
             AND (grp IS NULL OR grp NOT IN (SELECT value FROM json_each(?8))) AND EXISTS (
               SELECT 1 FROM carried c WHERE c.outbound = ?1 AND c.batch = payment.batch
               AND payment.seq BETWEEN c.first AND c.last)
             AND batch IN (SELECT batch FROM carried WHERE outbound = ?1)"
        );
        let (seq, word, except, groups) = (self.seq as i64, state.word(), json(except), json(except_groups));
        let sql = format!(
            "INSERT INTO payment_change (fact, payment, state, bank_status, reason)
             SELECT ?7, id, ?3, ?4, ?5 FROM payment WHERE {wanted}"
        );
        self.run(&sql, &[outbound, group, &word, bank_status, reason, &except, &seq, &groups])?;
        let sql = format!(
            "UPDATE payment SET state = ?3, bank_status = coalesce(?4, bank_status), reason = coalesce(?5, reason)
             WHERE {wanted}"
        );
        self.run(&sql, &[outbound, group, &word, bank_status, reason, &except, &seq, &groups]).map(drop)
    }
}
