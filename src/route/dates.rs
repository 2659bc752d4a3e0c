//! Execution dates on which a bank cannot pay: moved, held or refused by the bank's policy.

use std::collections::BTreeMap;

use jiff::Timestamp;

use crate::calendar::CalendarError;
use crate::config::Party;
use crate::document::{Currency, Date};
use crate::finding::{Finding, Place};
use crate::template::DateVerdict;
use crate::text;
use crate::words::Text;

/// What the bank's policy says of the execution dates of a batch.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Dates {
    /// The date that is written instead, by the date that was asked for.
    pub moved: BTreeMap<Date, Date>,
    /// Why a second person must look, as rule names.
    pub held: Vec<String>,
    /// What that person is told.
    pub noticed: Vec<Finding>,
    /// Why the batch is refused.
    pub refused: Vec<Finding>,
}

/// Looks at execution dates as of the moment at which a file would be made.
///
/// Without a table nothing is said of them: the batch is held for want of the table anyway.
pub(super) fn look(dates: &[Date], bank: &Party, currencies: &[Currency], now: Timestamp) -> Dates {
    let mut said = Dates::default();
    if !bank.template.dates.are_asked() {
        return said;
    }
    let Ok(earliest) = bank.window.next(now, currencies).map(|leaves| bank.window.day(leaves)) else { return said };
    for date in dates {
        if let Ok(Some((fault, verdict))) = fault_of(*date, earliest, bank, currencies, now) {
            let to = match verdict {
                DateVerdict::Previous => bank.window.banking_day_until(*date, currencies).map(|day| day.max(earliest)),
                _ => bank.window.banking_day_from(*date.max(&earliest), currencies),
            };
            said.add(*date, fault, verdict, to.ok());
        }
    }
    said
}

impl Dates {
    fn add(&mut self, date: Date, fault: Fault, verdict: DateVerdict, to: Option<Date>) {
        let finding = |error: bool| {
            let make = if error { Finding::error } else { Finding::warning };
            make(fault.rule(), Place::default(), fault.words(date))
                .hint(text!("ask for a banking day that is not over", "请选择尚未过去的银行工作日"))
        };
        match verdict {
            DateVerdict::Keep => {}
            DateVerdict::Next | DateVerdict::Previous => drop(to.map(|to| self.moved.insert(date, to))),
            DateVerdict::Refuse => self.refused.push(finding(true)),
            DateVerdict::Hold => {
                self.noticed.push(finding(false));
                if !self.held.iter().any(|reason| reason == fault.rule()) {
                    self.held.push(fault.rule().into());
                }
            }
        }
    }
}

/// Why a bank cannot pay on a date.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fault {
    Past,
    NotBanking,
    Late,
}

impl Fault {
    fn rule(self) -> &'static str {
        match self {
            Fault::Past => "execution-date-past",
            Fault::NotBanking => "execution-date-not-banking-day",
            Fault::Late => "execution-date-late",
        }
    }

    fn words(self, date: Date) -> Text {
        match self {
            Fault::Past => text!("the execution date {date} is over", "执行日期 {date} 已过"),
            Fault::NotBanking => {
                text!("the execution date {date} is no banking day of the bank", "执行日期 {date} 不是该银行的工作日")
            }
            Fault::Late => text!(
                "the file leaves after the bank's cut-off of the execution date {date}",
                "文件发出时已过执行日期 {date} 的银行截止时间"
            ),
        }
    }
}

fn fault_of(
    date: Date,
    earliest: Date,
    bank: &Party,
    currencies: &[Currency],
    now: Timestamp,
) -> Result<Option<(Fault, DateVerdict)>, CalendarError> {
    let policy = &bank.template.dates;
    Ok(if date < bank.window.day(now) {
        Some((Fault::Past, policy.past))
    } else if !bank.window.is_banking_day(date, currencies)? {
        Some((Fault::NotBanking, policy.non_banking))
    } else if date < earliest {
        Some((Fault::Late, policy.late))
    } else {
        None
    })
}

/// What an ERP and a person are told of a date that was moved.
pub(super) fn moved_words(from: Date, to: Date) -> Text {
    text!("execution date {from} moved to {to}", "执行日期由 {from} 调整为 {to}")
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::config::Config;
    use crate::document::parse_date;

    fn bank(dates: &str) -> Party {
        let text = format!(
            "[installation]\nname = \"x\"\nenvironment = \"test\"\n[[party]]\nname = \"bank\"\ntemplate = \"iso20022-bank\"\n\
             calendar = {{ banking_days = [\"target2\"], cut_off = \"16:00\", time_zone = \"Europe/Berlin\" }}\n\
             dates = {{ {dates} }}\n"
        );
        Config::read(Path::new("/nowhere"), &text).unwrap_or_else(|e| panic!("{e}")).parties[0].clone()
    }

    /// What becomes of a date: the day that is written, `held`, `refused`.
    fn becomes(policy: &str, now: &str, date: &str) -> String {
        let day = parse_date(date).unwrap();
        let said = look(&[day], &bank(policy), &[], now.parse().unwrap());
        match (said.moved.get(&day), said.held.as_slice(), said.refused.as_slice()) {
            (Some(to), [], []) => to.to_string(),
            (None, [reason], []) => format!("held {reason}"),
            (None, [], [finding]) => format!("refused {}", finding.rule),
            (None, [], []) => date.to_string(),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn each_fault_has_its_own_verdict() {
        let (friday, evening) = ("2026-11-27T10:00:00+01:00", "2026-11-27T16:00:00+01:00");
        let all = "past = \"next\", non_banking = \"next\", late = \"next\"";
        let cases = [
            (all, friday, "2026-11-27", "2026-11-27"),
            (all, friday, "2026-11-26", "2026-11-27"),
            (all, evening, "2026-11-26", "2026-11-30"),
            (all, evening, "2026-11-27", "2026-11-30"),
            (all, friday, "2026-11-28", "2026-11-30"),
            (all, friday, "2026-12-25", "2026-12-28"),
            (all, friday, "2026-12-01", "2026-12-01"),
            ("non_banking = \"previous\"", friday, "2026-12-25", "2026-12-24"),
            ("non_banking = \"previous\"", friday, "2026-11-29", "2026-11-27"),
            // Friday is over at the bank, so the day before the week-end is none to pay on.
            ("non_banking = \"previous\"", evening, "2026-11-29", "2026-11-30"),
            ("non_banking = \"hold\"", friday, "2026-11-28", "held execution-date-not-banking-day"),
            ("late = \"refuse\"", evening, "2026-11-27", "refused execution-date-late"),
            ("late = \"hold\"", friday, "2026-11-27", "2026-11-27"),
            ("past = \"hold\"", friday, "2026-11-26", "held execution-date-past"),
            ("", evening, "2026-11-27", "2026-11-27"),
        ];
        for (policy, now, date, end) in cases {
            assert_eq!(becomes(policy, now, date), end, "{policy} {now} {date}");
        }
    }

    #[test]
    fn a_policy_that_would_go_back_in_time_is_a_mistake() {
        let text = "[installation]\nname = \"x\"\nenvironment = \"test\"\n[[party]]\nname = \"b\"\n\
                    template = \"iso20022-bank\"\ndates = { late = \"previous\" }\n";
        let error = Config::read(Path::new("/nowhere"), text).err().unwrap().to_string();
        assert!(error.contains("`dates.late` cannot be `previous`"), "{error}");
    }
}
