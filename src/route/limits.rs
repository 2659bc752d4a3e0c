//! Limits over a while, and payees that were never paid so: what the journal's memory says of a batch, in figures.

use jiff::{SignedDuration, Timestamp};

use super::judge::{Judgement, largest};
use crate::config::{Approvers, Beyond, Limit, Party, PayeesBy, Per};
use crate::document::Amount;
use crate::finding::{Finding, Place};
use crate::journal::{Batch, JournalError, Spending, SpendingOf, Spent, SpentBy, StrangePayee, Strangers, moment};
use crate::text;
use crate::words::Text;

/// The most accounts or payees beyond one limit that are named; the batch is held for all of them alike.
const MOST_NAMED: usize = 5;

/// Measures a batch against the limits of one of its parties.
pub(super) fn look(
    records: &dyn Spending,
    batch: &Batch,
    party: &Party,
    now: Timestamp,
    said: &mut Judgement,
) -> Result<(), JournalError> {
    // Money that is collected does not leave.
    if batch.makeup.as_ref().is_some_and(|makeup| makeup.collects()) {
        return Ok(());
    }
    let asked = |limit: &&Limit| batch.totals.sums.contains_key(&limit.currency);
    for limit in party.release.limits.iter().filter(asked) {
        let mut beyond = Vec::new();
        measure(records, batch, party, limit, now, &mut |spent| {
            if is_beyond(limit, &spent) && beyond.len() < MOST_NAMED {
                beyond.push(finding(limit, party, &spent));
            }
        })?;
        if beyond.is_empty() {
            continue;
        }
        let reason = format!("over-limit-{}-{}", limit.per.word(), limit.currency);
        match limit.beyond {
            Beyond::Hold => said.hold(Approvers::One, reason),
            Beyond::Two => said.hold(Approvers::Two, reason),
            Beyond::Refuse => {
                said.refused.extend(beyond);
                continue;
            }
        }
        said.noticed.extend(beyond);
    }
    Ok(())
}

/// What was used of a limit before and what this batch adds, for each of which there is a limit.
fn measure(
    records: &dyn Spending,
    batch: &Batch,
    party: &Party,
    limit: &Limit,
    now: Timestamp,
    each: &mut dyn FnMut(Spent),
) -> Result<(), JournalError> {
    let alone =
        |now: Amount, now_count: u64| Spent { of: batch.id.clone(), used: Amount::ZERO, used_count: 0, now, now_count };
    let of = |sums: &crate::journal::Sums| sums.get(&limit.currency).copied().unwrap_or_default();
    let by = match limit.per {
        Per::Payment => {
            each(alone(of(largest(batch)), 1));
            return Ok(());
        }
        // Payments in other currencies are counted with a batch: the file is as long as it is.
        Per::Batch => {
            each(alone(of(&batch.totals.sums), batch.totals.count));
            return Ok(());
        }
        Per::Account => SpentBy::Account,
        Per::Payee => SpentBy::Payee,
        Per::Party => SpentBy::Party,
    };
    let back = SignedDuration::from_hours(24 * i64::from(limit.days));
    let since = moment(now.saturating_sub(back).unwrap_or(Timestamp::MIN));
    let of = SpendingOf { of_bank: party.is_bank(), by, currency: limit.currency, since: &since };
    records.spent(batch, &of, each)
}

fn is_beyond(limit: &Limit, spent: &Spent) -> bool {
    let sum = spent.used.saturating_add(spent.now);
    limit.sum.is_some_and(|most| sum > most)
        || limit.count.is_some_and(|most| spent.used_count.saturating_add(spent.now_count) > most)
}

/// The figures: limit, used, this batch.
fn finding(limit: &Limit, party: &Party, spent: &Spent) -> Finding {
    let Text { en: what, zh: what_zh } = whose(limit, party, spent);
    let (currency, days) = (limit.currency, limit.days);
    let over_time = !matches!(limit.per, Per::Payment | Per::Batch);
    let (while_, while_zh) =
        if over_time { (format!(" in {days} day(s)"), format!("{days} 天内")) } else { Default::default() };
    let (used, now) = (spent.used, spent.now);
    let (used_count, now_count) = (spent.used_count, spent.now_count);
    let sum_is_over = limit.sum.filter(|most| used.saturating_add(now) > *most);
    let message = match (sum_is_over, limit.count.unwrap_or_default()) {
        (Some(most), _) => text!(
            "{what}: the limit is {currency} {most}{while_}, used {used}, this batch {now}",
            "{what_zh}：{while_zh}限额 {currency} {most}，已用 {used}，本批次 {now}"
        ),
        (None, most) => text!(
            "{what}: the limit is {most} payments in {currency}{while_}, used {used_count}, this batch {now_count}",
            "{what_zh}：{while_zh}限 {currency} {most} 笔，已用 {used_count} 笔，本批次 {now_count} 笔"
        ),
    };
    let hint = text!(
        "pay less, or later; the limit is `release.limits` of the party in `bankferry.toml`",
        "请减少金额或推迟付款；限额见 `bankferry.toml` 中该方的 `release.limits`"
    );
    let rule = match limit.beyond {
        Beyond::Refuse => Finding::error("over-limit", Place::default(), message),
        Beyond::Hold | Beyond::Two => Finding::warning("over-limit", Place::default(), message),
    };
    rule.hint(hint)
}

fn whose(limit: &Limit, party: &Party, spent: &Spent) -> Text {
    let of = &spent.of;
    let name = &party.name;
    match limit.per {
        Per::Payment => text!("the largest payment of `{of}`", "`{of}` 中最大的一笔"),
        Per::Batch => text!("batch `{of}`", "批次 `{of}`"),
        Per::Account => text!("account `{of}` at `{name}`", "`{name}` 的付款账户 `{of}`"),
        Per::Payee => text!("payee account `{of}` at `{name}`", "`{name}` 的收款账户 `{of}`"),
        Per::Party => text!("all payments of `{of}`", "`{of}` 的全部付款"),
    }
}

/// Looks for payees that were never paid, or not so.
pub(super) fn look_at_payees(
    records: &dyn Spending,
    batch: &Batch,
    erp: &Party,
    bank: &Party,
    said: &mut Judgement,
) -> Result<(), JournalError> {
    let (new, changed) = (strictest(erp, bank, |p| p.new_payee), strictest(erp, bank, |p| p.changed_payee));
    let collects = batch.makeup.as_ref().is_some_and(|makeup| makeup.collects());
    if collects || (new, changed) == (Approvers::None, Approvers::None) {
        return Ok(());
    }
    let by_account = [erp, bank].iter().any(|party| party.release.payees_by == PayeesBy::Account);
    let strange = records.strange_payees(batch, by_account)?;
    tell(said, new, "new-payee", &strange.new, |payee| {
        let StrangePayee { name, account, .. } = payee;
        text!("`{name}` with account `{account}` was never paid", "从未向 `{name}`（账户 `{account}`）付款")
    });
    tell(said, changed, "changed-payee", &strange.changed, |payee| {
        let StrangePayee { name, account, .. } = payee;
        match payee.name_is_known {
            true => text!(
                "`{name}` was paid before, but never to account `{account}`",
                "曾向 `{name}` 付款，但从未付至账户 `{account}`"
            ),
            false => text!(
                "account `{account}` was paid before, but never under the name `{name}`",
                "曾向账户 `{account}` 付款，但户名从未为 `{name}`"
            ),
        }
    });
    Ok(())
}

fn strictest(erp: &Party, bank: &Party, of: impl Fn(&crate::config::ReleasePolicy) -> Approvers) -> Approvers {
    of(&erp.release).max(of(&bank.release))
}

fn tell(
    said: &mut Judgement,
    approvers: Approvers,
    rule: &'static str,
    found: &Strangers,
    words: impl Fn(&StrangePayee) -> Text,
) {
    if found.count == 0 || approvers == Approvers::None {
        return;
    }
    said.hold(approvers, rule.into());
    let hint = || {
        text!(
            "call the payee by a number that you know from elsewhere, not from the mail that named the account",
            "请用发票或邮件以外渠道已知的电话向收款人核实账户"
        )
    };
    let one = |payee: &StrangePayee| {
        let place = Place::path(format!("payment {}", payee.seq));
        Finding::warning(rule, place, words(payee)).hint(hint())
    };
    said.noticed.extend(found.first.iter().map(one));
    let more = found.count - found.first.len() as u64;
    if more > 0 {
        let message = text!("{more} more payees like these", "另有 {more} 个同类收款人");
        said.noticed.push(Finding::warning(rule, Place::default(), message).hint(hint()));
    }
}
