//! Which payments a word about a whole file or group means: all but those of which a word of their own tells.

use std::collections::HashSet;

use crate::journal::{Change, JournalError, PaymentFilter, PaymentRecord, PaymentState, Records};
use crate::matching::Except;
use crate::route::ledger::group_id;

/// The payments of a file, or of one of its groups, that a word about the whole means.
#[derive(Clone)]
pub(super) struct Meant {
    /// The outbound file.
    pub outbound: String,
    /// Number of the group, where only one is meant.
    pub group: Option<String>,
    /// Rows of payments with lines of their own.
    pub except: Vec<i64>,
    /// Numbers of groups with a word of their own.
    pub except_groups: Vec<String>,
}

impl Meant {
    /// What an answer about the file of this message id, or a group of it, means.
    pub fn of(outbound: &str, message_id: &str, group: Option<&str>, except: &Except) -> Meant {
        // Only an id that the file itself has is a group of it.
        let number = |id: &str| {
            let (_, number) = id.rsplit_once('-')?;
            (group_id(message_id, number) == id).then(|| number.to_string())
        };
        Meant {
            outbound: outbound.to_string(),
            group: group.and_then(|id| id.rsplit_once('-')).map(|(_, number)| number.to_string()),
            except: except.payments.clone(),
            except_groups: except.groups.iter().filter_map(|id| number(id)).collect(),
        }
    }

    /// What a change of a whole file or group means; `None` for other changes.
    pub fn of_change(change: &Change) -> Option<(Meant, PaymentState)> {
        let Change::All { outbound, group, except, except_groups, state, .. } = change else { return None };
        let (outbound, group) = (outbound.clone(), group.clone());
        let meant = Meant { outbound, group, except: except.clone(), except_groups: except_groups.clone() };
        Some((meant, *state))
    }

    /// Shows each payment that is meant, in any of these states; in any at all where none are named.
    ///
    /// # Errors
    /// [`JournalError`].
    pub fn each(
        &self,
        records: &dyn Records,
        states: &[PaymentState],
        each: &mut dyn FnMut(PaymentRecord) -> bool,
    ) -> Result<(), JournalError> {
        let (outbound, group) = (Some(self.outbound.clone()), self.group.clone());
        let filter = PaymentFilter { outbound, group, states: states.to_vec(), ..PaymentFilter::default() };
        let except: HashSet<i64> = self.except.iter().copied().collect();
        records.each_payment(&filter, &mut |payment| {
            let own_word = payment.group.as_ref().is_some_and(|group| self.except_groups.contains(group));
            own_word || except.contains(&payment.row) || each(payment)
        })
    }

    /// Their rows.
    ///
    /// # Errors
    /// [`JournalError`].
    pub fn rows(&self, records: &dyn Records, states: &[PaymentState]) -> Result<Vec<i64>, JournalError> {
        let mut rows = Vec::new();
        self.each(records, states, &mut |payment| {
            rows.push(payment.row);
            true
        })?;
        Ok(rows)
    }

    /// The batch of the first of them.
    ///
    /// # Errors
    /// [`JournalError`].
    pub fn batch(&self, records: &dyn Records) -> Result<Option<String>, JournalError> {
        let mut batch = None;
        self.each(records, &[], &mut |payment| {
            batch = Some(payment.batch);
            false
        })?;
        Ok(batch)
    }

    /// Their number.
    ///
    /// # Errors
    /// [`JournalError`].
    pub fn count(&self, records: &dyn Records) -> Result<u64, JournalError> {
        let of = |group: Option<&String>| -> Result<u64, JournalError> {
            let (outbound, group) = (Some(self.outbound.clone()), group.cloned());
            let filter = PaymentFilter { outbound, group, ..PaymentFilter::default() };
            Ok(records.payment_states(&filter)?.values().sum())
        };
        let mut count = of(self.group.as_ref())?.saturating_sub(self.except.len() as u64);
        for group in &self.except_groups {
            count = count.saturating_sub(of(Some(group))?);
        }
        Ok(count)
    }
}
