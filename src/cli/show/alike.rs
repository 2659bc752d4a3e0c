//! The payments of a batch that say the same as others, each beside the nearest of these: what whoever releases a
//! suspected batch decides about.

use serde::Serialize;

use super::Page;
use crate::cli::CliError;
use crate::cli::print::Column;
use crate::journal::{Batch, Likeness, PaymentRecord, PaymentState, Records, SqliteJournal};
use crate::route::reconcile::payment_name;
use crate::text;

/// The most pairs that are shown.
const MOST: u64 = 100;

/// A payment and the one that says the same.
#[derive(Serialize)]
pub(super) struct Alike {
    payment: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    end_to_end_id: Option<String>,
    like: String,
    state: PaymentState,
    #[serde(skip_serializing_if = "Option::is_none")]
    execution_date: Option<String>,
    amount: String,
}

impl Alike {
    fn of(payment: &PaymentRecord, other: &PaymentRecord) -> Alike {
        Alike {
            payment: payment_name(payment),
            end_to_end_id: payment.end_to_end_id.clone(),
            like: payment_name(other),
            state: other.state,
            execution_date: other.execution_date.clone(),
            amount: format!("{} {}", other.currency, other.amount),
        }
    }
}

/// What of a batch that is held for it says the same as other payments.
pub(super) fn of_batch(records: &SqliteJournal, batch: &Batch) -> Result<Vec<Alike>, CliError> {
    if !batch.held.iter().any(|reason| reason == Likeness::Payment.rule()) {
        return Ok(Vec::new());
    }
    let mut pairs = Vec::new();
    for (row, other) in records.alike(&batch.id, MOST)? {
        if let (Some(payment), Some(other)) = (records.payment(row)?, records.payment(other)?) {
            pairs.push(Alike::of(&payment, &other));
        }
    }
    Ok(pairs)
}

impl Page<'_> {
    pub(super) fn alike(&mut self, pairs: &[Alike]) {
        let columns = [
            (Column::Whole, text!("PAYMENT", "付款")),
            (Column::Whole, text!("END-TO-END ID", "端到端编号")),
            (Column::Whole, text!("SAYS THE SAME AS", "相同于")),
            (Column::Whole, text!("WHICH IS", "其状态")),
            (Column::Whole, text!("DATE", "日期")),
            (Column::Number, text!("AMOUNT", "金额")),
        ];
        let row = |pair: &Alike| {
            vec![
                pair.payment.clone(),
                pair.end_to_end_id.clone().unwrap_or_default(),
                pair.like.clone(),
                self.word(pair.state.word(), pair.state.word_zh()).to_string(),
                pair.execution_date.clone().unwrap_or_default(),
                pair.amount.clone(),
            ]
        };
        let rows: Vec<Vec<String>> = pairs.iter().map(row).collect();
        self.table(&text!("THE SAME AS OTHERS", "与其他付款相同"), &columns, &rows);
    }
}
