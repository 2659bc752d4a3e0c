//! Statements that a bank owes by now, and statements that do not join.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{Span, Timestamp};

use super::{Notice, OVERDUE};
use crate::config::{Config, Party};
use crate::document::{Balance, Date, parse_date};
use crate::journal::{JournalError, Oversight, Records, StatementRecord};
use crate::route::pages::{Whole, assemble, running_number};
use crate::text;
use crate::words::Text;

/// The most banking days that are looked back, some forty years: what is missing is missed until it comes or a person
/// says from when on ([`StatementsDue::since`](crate::template::StatementsDue)).
const DAYS_BACK: usize = 10_000;

/// Days after a statement's day by which all its pages are here, where no hour is agreed.
const DAYS_OF_PAGES: i64 = 2;

/// What kind of notice it is that a day's statement has not come.
const MISSING: &str = "statement-missing";

pub(super) fn look<R: Records + Oversight>(
    config: &Config,
    records: &R,
    now: Timestamp,
    notices: &mut Vec<Notice>,
) -> Result<(), JournalError> {
    let mut all = records.statements(None)?;
    // An intraday report or a notification never stands for the statement of a day.
    all.retain(|s| s.counts() && s.kind == "statement" && s.date.is_some());
    let began = records.facts_after(0, 1)?.first().and_then(|fact| fact.at.parse::<Timestamp>().ok());
    for bank in config.banks() {
        let mut of_account: BTreeMap<&str, Vec<Whole<'_>>> = BTreeMap::new();
        for whole in assemble(all.iter().filter(|s| s.party == bank.name)) {
            of_account.entry(&whole.first().account).or_default().push(whole);
        }
        let due = &bank.template.statements;
        for account in if due.accounts.is_empty() { &bank.accounts } else { &due.accounts } {
            let account = account.to_string();
            let kept = of_account.get(account.as_str()).map(Vec::as_slice).unwrap_or_default();
            // Before the first statement that ever came nothing was agreed, unless some were missed by then: those are
            // missed until they come.
            let key = format!("{OVERDUE}{MISSING} {} {account}", bank.name);
            let were_missed = records.was_alarmed(&key)?;
            let agreed = kept.first().and_then(day_of).filter(|_| !were_missed);
            missing(bank, &account, kept, (agreed, began), now, notices);
        }
        // Whether they join and are complete is seen of every account, also of one that nobody expects.
        for kept in of_account.values() {
            for whole in kept.iter().filter(|whole| !is_settled(bank, day_of(whole))) {
                notices.extend(incomplete(bank, whole).filter(|notice| notice.due < now));
            }
            for pair in kept.windows(2) {
                if let [before, after] = pair
                    && !is_settled(bank, day_of(after))
                {
                    joins(bank, before, after, now, notices);
                }
            }
        }
    }
    Ok(())
}

/// What is told with a statement, where it does not join the one before it, or pages of it have not come.
pub(super) fn about(
    records: &dyn Records,
    bank: &Party,
    inbound: &str,
    document: u64,
    now: Timestamp,
) -> Result<Vec<Notice>, JournalError> {
    let mut notices = Vec::new();
    let Some(this) = records.statements_of(inbound)?.into_iter().find(|s| s.document == document) else {
        return Ok(notices);
    };
    if !this.counts() || this.kind != "statement" || this.date.is_none() {
        return Ok(notices);
    }
    let mut all = records.statements(Some(&this.account))?;
    all.retain(|s| s.counts() && s.party == bank.name && s.kind == "statement" && s.date.is_some());
    let wholes = assemble(&all);
    let is_it = |s: &StatementRecord| (&s.inbound, s.document) == (&this.inbound, this.document);
    let Some(at) = wholes.iter().position(|whole| whole.pages().any(is_it)) else { return Ok(notices) };
    notices.extend(incomplete(bank, &wholes[at]));
    // The first page alone has another statement before it.
    let before = at.checked_sub(1).filter(|_| is_it(wholes[at].first()));
    if let Some(before) = before.and_then(|before| wholes.get(before)) {
        joins(bank, before, &wholes[at], now, &mut notices);
    }
    Ok(notices)
}

/// Banking days whose statement should be here: one notice for an account, until all of them came. Nothing is missed of
/// before a day, nor what was due before the installation began.
fn missing(
    bank: &Party,
    account: &str,
    kept: &[Whole<'_>],
    (agreed, began): (Option<Date>, Option<Timestamp>),
    now: Timestamp,
    notices: &mut Vec<Notice>,
) {
    let Some(by) = bank.template.statements.by else { return };
    // What is here in part is not missed, but told as incomplete.
    let there: BTreeSet<Date> = kept.iter().filter_map(day_of).collect();
    let mut missing = Vec::new();
    let mut day = bank.window.day(now);
    for _ in 0..DAYS_BACK {
        // A year without a table is told elsewhere.
        let Ok(before) = bank.window.banking_day_before(day) else { break };
        day = before;
        if is_settled(bank, Some(day)) {
            break;
        }
        if agreed.is_some_and(|first| day < first) {
            break;
        }
        let Ok(due) = bank.window.deadline_after(day, by) else { break };
        // One that was due before is not missed, where none says that they came by then.
        if agreed.is_none() && began.is_none_or(|began| due < began) {
            break;
        }
        if due >= now {
            continue;
        }
        if !there.contains(&day) {
            missing.push((day, due));
        }
    }
    // The newest was found first.
    let (Some((last, _)), Some((first, due))) = (missing.first(), missing.last()) else { return };
    let what = match missing.len() {
        1 => text!(
            "the statement of account `{account}` for {first} has not come",
            "账户 `{account}` {first} 的对账单尚未收到"
        ),
        count => text!(
            "{count} statements of account `{account}` have not come, from {first} to {last}",
            "账户 `{account}` 从 {first} 至 {last} 有 {count} 份对账单尚未收到"
        ),
    };
    notices.push(notice(MISSING, bank, account.to_string(), *due, what));
}

/// Whether a person has said that what is missing of this day is settled.
fn is_settled(bank: &Party, day: Option<Date>) -> bool {
    let since = bank.template.statements.since;
    since.is_some_and(|since| day.is_some_and(|day| day < since))
}

/// The pages of a statement that have not come: one notice until all of them are here.
fn incomplete(bank: &Party, whole: &Whole<'_>) -> Option<Notice> {
    let missing = whole.missing()?;
    let day = day_of(whole)?;
    let account = &whole.first().account;
    let number = running_number(whole.first()).unwrap_or_default();
    // Pages may come in files of their own: nobody misses one before the statement itself would be missed.
    let by = bank.template.statements.by.and_then(|by| bank.window.deadline_after(day, by).ok());
    let days = Span::new().days(DAYS_OF_PAGES);
    let due = by.unwrap_or_else(|| bank.window.midnight(day.checked_add(days).unwrap_or(day)));
    let what = text!(
        "statement `{number}` of account `{account}` for {day} is incomplete; it lacks {missing}",
        "账户 `{account}` {day} 的第 `{number}` 号对账单不完整，缺{missing}"
    );
    Some(notice("statement-incomplete", bank, format!("{account} {day} {number}"), due, what))
}

fn day_of(whole: &Whole<'_>) -> Option<Date> {
    whole.day().and_then(parse_date)
}

/// Whether one statement continues the one before it.
fn joins(bank: &Party, before: &Whole<'_>, after: &Whole<'_>, now: Timestamp, notices: &mut Vec<Notice>) {
    let first = after.first();
    let (account, inbound, day) = (&first.account, &first.inbound, after.day().unwrap_or_default());
    let subject = format!("{account} {day} {inbound}");
    let due = day_begins(bank, after).unwrap_or(now);
    if before.day() == after.day() && before.first().number == first.number && closing(before) != closing(after) {
        let what = text!(
            "`{inbound}` is another statement of account `{account}` for {day} than the one that came before it",
            "`{inbound}` 与此前收到的账户 `{account}` {day} 对账单不一致"
        );
        notices.push(notice("statement-again", bank, subject, due, what));
        return;
    }
    if let (Some(one), Some(next)) = (number(before), number(after))
        && next > one + 1
    {
        let lost = next - one - 1;
        let what = text!(
            "{lost} statements of account `{account}` are missing between number {one} and number {next}",
            "账户 `{account}` 的对账单在第 {one} 号与第 {next} 号之间缺 {lost} 份"
        );
        notices.push(notice("statement-gap", bank, subject.clone(), due, what));
    }
    let closings = closing(before);
    for (currency, opened) in opening(after) {
        let Some(closed) = closings.get(&currency).filter(|closed| **closed != opened) else { continue };
        let what = text!(
            "account `{account}` opens at {opened} on {day}, and its statement before closed at {closed}",
            "账户 `{account}` {day} 期初余额为 {opened}，而上一份对账单期末余额为 {closed}"
        );
        notices.push(notice("statement-does-not-join", bank, subject.clone(), due, what));
    }
}

type Amounts = BTreeMap<String, crate::document::Amount>;

fn of_kind(statement: &StatementRecord, is: fn(&Balance) -> bool) -> Amounts {
    let wanted = statement.balances.iter().filter(|b| is(b));
    // Equal money is equal whatever zeros it was written with.
    wanted.map(|b| (b.currency.map(|c| c.to_string()).unwrap_or_default(), b.signed().normalize())).collect()
}

fn closing(statement: &Whole<'_>) -> Amounts {
    of_kind(statement.last(), Balance::is_closing)
}

fn opening(statement: &Whole<'_>) -> Amounts {
    of_kind(statement.first(), Balance::is_opening)
}

/// The running number in the bank's `123` or `00123/001`.
fn number(statement: &Whole<'_>) -> Option<u64> {
    running_number(statement.first())?.parse().ok()
}

fn day_begins(bank: &Party, statement: &Whole<'_>) -> Option<Timestamp> {
    Some(bank.window.midnight(day_of(statement)?))
}

fn notice(kind: &'static str, bank: &Party, subject: String, due: Timestamp, what: Text) -> Notice {
    let party = &bank.name;
    Notice {
        kind,
        party: bank.name.clone(),
        subject,
        due,
        what,
        money: text!(
            "no payment of ours is changed by this; entries may be unknown to the books",
            "不影响我方付款；但账上可能缺少交易明细"
        ),
        hint: text!(
            "ask `{party}` for it, and look with `bankferry list statements`",
            "请向 `{party}` 索取，并用 `bankferry list statements` 查看"
        ),
    }
}
