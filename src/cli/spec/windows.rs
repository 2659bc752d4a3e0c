//! Windows: when the party takes files, and by when it answers.

use super::block::{Block, codes, facts, table};
use crate::calendar::{Hour, Length, Maintenance, Weekday};
use crate::template::{DateVerdict, FreedBy, PartyKind, Template};
use crate::text;
use crate::words::Text;

pub(super) fn write(template: &Template, blocks: &mut Vec<Block>) {
    if template.kind == PartyKind::Erp {
        return;
    }
    blocks.push(Block::Heading(2, text!("windows", "时间窗口")));
    hours(template, blocks);
    currencies(template, blocks);
    maintenance(&template.calendar.maintenance, blocks);
    expected(template, blocks);
}

fn hours(template: &Template, blocks: &mut Vec<Block>) {
    let hours = &template.calendar;
    let days = match hours.banking_days.is_empty() {
        true => text!("every day", "每天"),
        false => {
            let names = codes(&hours.banking_days).en;
            text!("days that {names} call banking days", "{names} 日历的银行工作日")
        }
    };
    let zone = hours.time_zone.as_ref().map_or_else(|| text!("the installation's", "按本系统时区"), Text::same);
    let cut_off = hours.cut_off.map_or_else(
        || text!("none", "无"),
        |hour| text!("{hour}; what comes later waits for the next banking day", "{hour}；之后的批次等到下一银行工作日"),
    );
    let minutes = hours.warn_minutes;
    let mut rows = vec![
        (text!("banking days", "银行工作日"), days),
        (text!("time zone of the hours below", "以下时间所用时区"), zone),
        (text!("nothing is sent before", "最早发送时间"), hour_or_none(hours.send_from)),
        (text!("nothing is sent from", "停止发送时间"), hour_or_none(hours.send_until)),
        (text!("cut-off", "截止时间"), cut_off),
        (text!("batches are merged into one file at", "批次合并成一个文件的时间"), merged(&template.out.merge)),
        (text!("files on their way at a time", "同时在途文件数"), in_flight(template.out.one_in_flight)),
    ];
    let closes = hours.cut_off.is_some() || hours.currency.values().any(|own| own.cut_off.is_some());
    if closes {
        rows.push((
            text!("a batch that still waits is told of", "仍在等待的批次提示"),
            text!("{minutes} minutes before the cut-off", "截止前 {minutes} 分钟"),
        ));
    }
    let dates = &template.dates;
    match template.carries_execution_dates() {
        true => {
            rows.push((text!("an execution date that is over", "执行日期已过"), over(template)));
            let closed = text!("an execution date that is no banking day", "执行日期非银行工作日");
            rows.push((closed, dated(dates.non_banking)));
            if closes {
                let late = text!("a file that leaves after its day's cut-off", "当日截止之后才发出的文件");
                rows.push((late, dated(dates.late)));
            }
        }
        false => rows.push((text!("execution dates", "执行日期"), at_once())),
    }
    blocks.push(facts(rows));
}

/// What it means that a bank's files have no place for the day on which to pay.
pub(super) fn at_once() -> Text {
    text!(
        "the file has no place for them: the bank pays when it takes the file; what the ERP asks for a later day waits \
         here for a person",
        "文件没有执行日期栏：银行收到文件即付款；ERP 要求日后执行的付款在我方等待人工处理"
    )
}

fn merged(hours: &[Hour]) -> Text {
    let hours = hours.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
    if hours.is_empty() {
        text!("none: each batch goes in a file of its own", "不合并：每批次一个文件")
    } else {
        Text::same(hours)
    }
}

fn in_flight(freed: Option<FreedBy>) -> Text {
    match freed {
        None => text!("any number: files do not wait for each other", "不限：文件互不等待"),
        Some(FreedBy::Received) => text!(
            "one: the next leaves when the one before it was answered at all",
            "一个：前一文件获任何应答后方发送下一个"
        ),
        Some(FreedBy::Accepted) => text!(
            "one: the next leaves when every payment of the one before it was taken on or refused",
            "一个：前一文件的每笔付款均受理或拒绝后方发送下一个"
        ),
        Some(FreedBy::Executed) => text!(
            "one: the next leaves when every payment of the one before it was carried out or refused",
            "一个：前一文件的每笔付款均执行或拒绝后方发送下一个"
        ),
    }
}

/// What becomes of a date that is over: the checks refuse what they do not allow, unless another day is taken before.
fn over(template: &Template) -> Text {
    match (template.dates.past, template.checks.max_days_past) {
        (DateVerdict::Keep, 0) => {
            text!("is refused (`execution-date-past`), and the ERP is told", "拒绝（`execution-date-past`）并告知 ERP")
        }
        (DateVerdict::Keep, most) => text!(
            "is written as the ERP asked up to {most} days behind; what is older is refused (`execution-date-past`)",
            "滞后 {most} 天以内按 ERP 要求写入，更早的拒绝（`execution-date-past`）"
        ),
        (verdict, _) => dated(verdict),
    }
}

fn dated(verdict: DateVerdict) -> Text {
    match verdict {
        DateVerdict::Keep => text!("is written as the ERP asked", "按 ERP 要求写入"),
        DateVerdict::Next => {
            text!("is written as the next banking day, and the ERP is told", "改为下一银行工作日并告知 ERP")
        }
        DateVerdict::Previous => {
            text!("is written as the banking day before, and the ERP is told", "改为上一银行工作日并告知 ERP")
        }
        DateVerdict::Hold => text!("waits for a second person", "须复核"),
        DateVerdict::Refuse => text!("is refused, and the ERP is told", "拒绝并告知 ERP"),
    }
}

fn hour_or_none(hour: Option<Hour>) -> Text {
    hour.map_or_else(|| text!("no limit", "不限"), |hour| Text::same(hour.to_string()))
}

fn currencies(template: &Template, blocks: &mut Vec<Block>) {
    let hours = &template.calendar;
    let rows: Vec<Vec<Text>> = hours
        .currency
        .iter()
        .map(|(currency, own)| {
            let cut_off = own.cut_off.or(hours.cut_off);
            vec![Text::same(currency.to_string()), codes(&own.banking_days), hour_or_none(cut_off)]
        })
        .collect();
    if !rows.is_empty() {
        blocks.push(Block::Words(text!("files with payments in these currencies:", "含以下币种的文件：")));
        let names = [("currency", "币种"), ("further calendars", "另须满足的日历"), ("cut-off", "截止时间")];
        blocks.push(table(names, rows));
    }
}

fn maintenance(list: &[Maintenance], blocks: &mut Vec<Block>) {
    if list.is_empty() {
        return;
    }
    let rows = list.iter().map(|rest| {
        let day = rest.day.map_or_else(|| text!("every day", "每天"), weekday);
        let until = rest.until;
        let until = match rest.until <= rest.from {
            true => text!("{until} on the next day", "次日 {until}"),
            false => Text::same(until.to_string()),
        };
        vec![day, Text::same(rest.from.to_string()), until]
    });
    blocks.push(Block::Words(text!("the server rests, and nothing is sent:", "维护时段，不发送文件：")));
    blocks.push(table([("day", "日期"), ("from", "开始"), ("until", "结束")], rows.collect()));
}

/// The names of the days.
const DAYS: [(Weekday, &str, &str); 7] = [
    (Weekday::Mon, "Monday", "星期一"),
    (Weekday::Tue, "Tuesday", "星期二"),
    (Weekday::Wed, "Wednesday", "星期三"),
    (Weekday::Thu, "Thursday", "星期四"),
    (Weekday::Fri, "Friday", "星期五"),
    (Weekday::Sat, "Saturday", "星期六"),
    (Weekday::Sun, "Sunday", "星期日"),
];

fn weekday(day: Weekday) -> Text {
    let found = DAYS.iter().find(|(of, ..)| *of == day);
    found.map_or_else(Text::default, |(_, en, zh)| Text { en: (*en).into(), zh: (*zh).into() })
}

fn expected(template: &Template, blocks: &mut Vec<Block>) {
    let (answers, statements) = (&template.answers, &template.statements);
    let never = || text!("not agreed: a missing one is not missed", "未约定：缺少时不会提示");
    let by = |hour: Option<Hour>| hour.map_or_else(never, |hour| Text::same(hour.to_string()));
    blocks.push(Block::Heading(3, text!("what is expected by when", "应收内容及最迟时间")));
    blocks.push(facts(vec![
        (
            text!("any answer, after a file was sent", "文件发出后收到任何回执"),
            answers.received_within.map_or_else(never, length),
        ),
        (text!("every payment taken on or refused, by", "全部付款受理或拒绝"), by(answers.accepted_by)),
        (text!("every payment carried out or refused, by", "全部付款执行或拒绝"), by(answers.executed_by)),
        (text!("statement, on the next banking day, by", "下一银行工作日的对账单"), by(statements.by)),
    ]));
    blocks.push(Block::List(vec![text!(
        "what is overdue is told until it comes; nothing is sent again because an answer is missing",
        "逾期内容持续提示直至收到；绝不因缺少回执而重发"
    )]));
}

/// A length of time in its largest unit.
pub(super) fn length(length: Length) -> Text {
    let minutes = length.0.as_mins();
    match (minutes % (24 * 60), minutes % 60) {
        (0, _) if minutes > 0 => {
            let days = minutes / (24 * 60);
            text!("within {days} days", "{days} 天内")
        }
        (_, 0) => {
            let hours = minutes / 60;
            text!("within {hours} hours", "{hours} 小时内")
        }
        _ => text!("within {minutes} minutes", "{minutes} 分钟内"),
    }
}
