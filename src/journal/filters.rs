//! What is looked for among payments and entries, as SQL.

use super::query::COUNTS;
use super::records::{EntryFilter, PaymentFilter};
use super::state::{BatchState, OutboundState, PaymentState};
use crate::document::Amount;

/// An amount without the zeros that do not count, to be compared with a normalised one.
pub(super) const AMOUNT_KEY: &str =
    "CASE WHEN instr(p.amount, '.') > 0 THEN rtrim(rtrim(p.amount, '0'), '.') ELSE p.amount END";
/// An amount with so many digits before and after the point that text compares as numbers do; see [`ordered`].
const AMOUNT_ORDER: &str = "(substr('00000000000000000000' || CASE WHEN instr(p.amount, '.') > 0
    THEN substr(p.amount, 1, instr(p.amount, '.') - 1) ELSE p.amount END, -20) || '.' ||
    substr(CASE WHEN instr(p.amount, '.') > 0 THEN substr(p.amount, instr(p.amount, '.') + 1) ELSE '' END
    || '00000000', 1, 8))";

/// The `WHERE` clause of a filter for payments, and its values.
pub(super) fn conditions(filter: &PaymentFilter) -> (String, Vec<String>) {
    let mut wanted: Vec<String> = Vec::new();
    let mut values: Vec<String> = Vec::new();
    let mut and = |sql: &str, value: &str| {
        values.push(value.to_string());
        wanted.push(sql.replace('?', &format!("?{}", values.len())));
    };
    let plain = [
        ("p.batch = ?", &filter.batch),
        ("c.outbound = ?", &filter.outbound),
        ("p.grp = ?", &filter.group),
        ("p.end_to_end_id = ?", &filter.end_to_end_id),
        ("p.creditor_account = ?", &filter.creditor_account),
        ("p.account = ?", &filter.account),
    ];
    for (sql, value) in plain {
        if let Some(value) = value {
            and(sql, value);
        }
    }
    if let Some((amount, currency)) = &filter.amount {
        // An amount is kept as it was written, so that 100 and 100.00 are the same money in two spellings.
        and(&format!("{AMOUNT_KEY} = ?"), &amount.normalize().to_string());
        and("p.currency = ?", currency.as_str());
    }
    if let Some(party) = &filter.party {
        and("? IN (b.party, b.bank)", party);
    }
    let days = [("p.execution_date >= ?", filter.from), ("p.execution_date <= ?", filter.until)];
    for (sql, day) in days {
        if let Some(day) = day {
            and(sql, &day.to_string());
        }
    }
    // Of equal length, digits compare as numbers do.
    let bounds = [(">=", filter.least), ("<=", filter.highest)];
    for (sign, bound) in bounds {
        if let Some(bound) = bound {
            and(&format!("{AMOUNT_ORDER} {sign} ?"), &ordered(bound));
        }
    }
    if let Some(text) = &filter.text {
        let within = "instr(lower(coalesce(p.end_to_end_id, '') || ' ' || coalesce(p.creditor_name, '') || ' '
                      || coalesce(p.creditor_account, '')), ?) > 0";
        and(within, &text.to_lowercase());
    }
    if !filter.states.is_empty() {
        wanted.push(in_states(&filter.states));
    }
    let clause = if wanted.is_empty() { String::new() } else { format!(" WHERE {}", wanted.join(" AND ")) };
    (clause, values)
}

/// An amount in the shape of [`AMOUNT_ORDER`].
fn ordered(amount: Amount) -> String {
    let digits = amount.abs().normalize().to_string();
    let (whole, decimals) = digits.split_once('.').unwrap_or((&digits, ""));
    format!("{whole:0>20}.{decimals:0<8.8}")
}

/// Payments in one of these states, by the rule of [`effective`](super::rows::effective).
fn in_states(wanted: &[PaymentState]) -> String {
    let list = |words: Vec<&str>| words.iter().map(|w| format!("'{w}'")).collect::<Vec<_>>().join(",");
    let own = list(wanted.iter().map(|s| s.word()).collect());
    let files = OutboundState::ALL.iter().filter(|s| wanted.contains(&s.of_payments())).map(|s| s.word());
    let batches = BatchState::ALL.iter().filter(|s| wanted.contains(&s.of_payments())).map(|s| s.word());
    let (files, batches) = (list(files.collect()), list(batches.collect()));
    format!(
        "(p.state IN ({own}) OR p.state IS NULL
          AND (o.state IN ({files}) OR o.state IS NULL AND b.state IN ({batches})))"
    )
}

/// The `WHERE` clause of a filter for entries, and its values.
pub(super) fn entry_conditions(filter: &EntryFilter) -> (String, Vec<String>) {
    let mut wanted: Vec<String> = Vec::new();
    let mut values: Vec<String> = Vec::new();
    let number = |n: Option<u64>| n.map(|n| n.to_string());
    let day = |day: Option<crate::document::Date>| day.map(|day| day.to_string());
    let text = filter.text.as_ref().map(|text| text.to_lowercase());
    let plain = [
        ("e.inbound = ?", filter.inbound.clone()),
        ("e.document = CAST(? AS INTEGER)", number(filter.document)),
        ("e.seq = CAST(? AS INTEGER)", number(filter.seq)),
        ("s.account = ?", filter.account.clone()),
        ("i.party = ?", filter.party.clone()),
        ("coalesce(e.booking_date, s.date) >= ?", day(filter.from)),
        ("coalesce(e.booking_date, s.date) <= ?", day(filter.until)),
        (
            "instr(lower(coalesce(e.reference, '') || ' ' || coalesce(e.bank_reference, '') || ' '
              || coalesce(e.counterparty_name, '') || ' ' || coalesce(e.counterparty_account, '') || ' '
              || coalesce(e.info, '')), ?) > 0",
            text,
        ),
    ];
    for (sql, value) in plain {
        if let Some(value) = value {
            values.push(value);
            wanted.push(sql.replace('?', &format!("?{}", values.len())));
        }
    }
    if filter.inbound.is_none() {
        wanted.push(COUNTS.to_string());
    }
    if !filter.states.is_empty() {
        // The words come from the table in `state`, never from outside.
        let words: Vec<String> = filter.states.iter().map(|s| format!("'{}'", s.word())).collect();
        wanted.push(format!("e.state IN ({})", words.join(",")));
    }
    let clause = if wanted.is_empty() { String::new() } else { format!(" WHERE {}", wanted.join(" AND ")) };
    (clause, values)
}
