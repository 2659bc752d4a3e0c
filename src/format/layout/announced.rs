//! Entries of a statement that are only announced, where the file has no word for that: a reader would take them for
//! booked, and the balances would not follow from them.

use super::item::Item;
use super::plan::Plan;
use crate::document::{Amount, Entry, Indicator, StatementEnd};
use crate::finding::{Finding, Place};
use crate::text;

/// What is left out of a file, and the sums of what is not.
#[derive(Default)]
pub(super) struct Announced {
    /// Entries left out in all documents so far.
    count: u64,
    /// Those of the open document.
    here: u64,
    booked: u64,
    credits: Amount,
    debits: Amount,
}

impl Announced {
    /// Whether the entry is left out.
    pub fn takes(&mut self, plan: &Plan, entry: &Entry) -> bool {
        let mut fields = plan.records.iter().flat_map(|record| &record.fields);
        if !entry.is_booked() && !fields.any(|field| field.item == Some(Item::EntryStatus)) {
            self.here += 1;
            return true;
        }
        self.booked += 1;
        let sum = if entry.indicator == Indicator::Credit { &mut self.credits } else { &mut self.debits };
        *sum = sum.saturating_add(entry.amount);
        false
    }

    /// The end of a document of the entries that are written; the counts begin anew.
    pub fn without(&mut self, end: &StatementEnd) -> StatementEnd {
        let here = std::mem::take(self);
        self.count = here.count + here.here;
        let mut end = end.clone();
        if here.here > 0 {
            (end.entries, end.credit_sum, end.debit_sum) = (here.booked, here.credits, here.debits);
            end.declared = Default::default();
        }
        end
    }

    /// What is said of it.
    pub fn finding(&mut self, name: &str) -> Option<Finding> {
        let count = std::mem::take(&mut self.count);
        (count > 0).then(|| {
            let message = text!(
                "{count} entries are not booked yet and are left out: `{name}` could not say so of them",
                "{count} 笔尚未记账的明细未写出：`{name}` 无法注明其未记账"
            );
            let hint = text!("they come with the statement that books them", "记账后随相应对账单给出");
            Finding::warning("left-out", Place::default(), message).hint(hint)
        })
    }
}
