//! What is at a bank after all, against what a person or the bank itself had said before.

use super::*;

impl Desk<'_> {
    /// A payment that had come to another end is paid after all: its file is at the bank, and whoever was told of that
    /// end may have asked for it anew.
    pub(super) fn notice_paid_anew(&mut self, payment: i64) -> Result<(), Trouble> {
        let id = self.records.payment(payment)?.and_then(|payment| payment.outbound);
        let file = id.map(|id| self.records.outbound(&id)).transpose()?.flatten();
        if let Some(file) = file {
            self.doubt_the_rest(&file, payment)?;
        }
        let Some(anew) = self.records.asked_anew(payment)? else { return Ok(()) };
        let first = self.records.payment(payment)?.and_then(|p| p.end_to_end_id).unwrap_or_default();
        let id = anew.end_to_end_id.clone().unwrap_or_default();
        let (name, word, word_zh) = (payment_name(&anew), anew.state.word(), anew.state.word_zh());
        let (currency, amount) = (anew.currency, anew.amount);
        let what = text!(
            "payment `{first}` left after all, and `{id}` (`{name}`, {word}) asks for the same {currency} {amount} \
             anew: it is paid twice, or will be; stop `{name}` where it has not left, else ask the bank for the money \
             back",
            "付款 `{first}` 实际已划出，而 `{id}`（`{name}`，{word_zh}）再次请求同一笔 {currency} {amount}：\
             已经或将会重复付款；`{name}` 尚未发出时请拦下，否则请银行退回款项"
        );
        self.incident(Incident { kind: IncidentKind::Booking, what });
        Ok(())
    }

    /// What was said of a file as a whole is not true of one payment, so nobody knows what it is worth for the others.
    fn doubt_the_rest(&mut self, file: &Outbound, payment: i64) -> Result<(), Trouble> {
        if file.state == OutboundState::Cancelled && file.has_left() {
            return self.about(file).map(drop);
        }
        let payments = self.records.rejected_together(payment)?;
        if !payments.is_empty() {
            let id = &file.id;
            self.incident(Incident {
                kind: IncidentKind::Contradiction,
                what: text!(
                    "a payment of `{id}` left although the bank had rejected all of it: the others are unknown",
                    "`{id}` 曾被银行整体拒绝，其中却有付款已划出：其余付款状态未知"
                ),
            });
            self.about(file)?.add(Change::Contradicted { payments, bank_status: None, reason: None });
        }
        Ok(())
    }
}
