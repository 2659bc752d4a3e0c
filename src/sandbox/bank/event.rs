//! What happened at the practice bank, for a person to watch and for a test to ask.

use jiff::civil::Date;
use serde::Serialize;

use crate::document::Amount;
use crate::text;
use crate::words::Text;

/// Something that happened at the practice bank.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "event", rename_all = "kebab-case")]
pub enum BankEvent {
    /// A file was taken from the inbox.
    Took {
        /// Its name.
        file: String,
        /// Which one, from 1.
        number: u64,
    },
    /// A file cannot be answered: not sealed as agreed, or nothing in it that can be read.
    Refused {
        /// Its name.
        file: String,
        /// Why.
        why: Text,
    },
    /// A file was dealt with.
    Decided {
        /// Its name.
        file: String,
        /// Its message id.
        message_id: String,
        /// Payments in it.
        count: u64,
        /// Payments that were accepted.
        accepted: u64,
        /// Status of the whole.
        status: String,
        /// Why it was refused as a whole.
        why: Option<String>,
    },
    /// Nothing is answered, because the bank's template has no file for it.
    Silent {
        /// What would have been answered to.
        about: String,
        /// What is missing.
        why: Text,
    },
    /// A fault was played: this answer or statement never leaves.
    Lost {
        /// What it would have been called.
        file: String,
    },
    /// A statement was made.
    Stated {
        /// Of this account.
        account: String,
        /// Of this day.
        day: Date,
        /// Its number.
        number: u64,
        /// Its entries.
        entries: u64,
        /// What was on the account before.
        opening: Amount,
        /// What is on it now.
        closing: Amount,
    },
    /// A file can be fetched from the outbox.
    Published {
        /// Its name.
        file: String,
    },
    /// The bank itself is in trouble: its disk, its keys.
    Trouble {
        /// What it is.
        why: Text,
    },
}

impl BankEvent {
    /// The event in one sentence.
    pub fn words(&self) -> Text {
        match self {
            BankEvent::Took { file, number } => {
                text!("file {number} arrived: `{file}`", "收到第 {number} 个文件：`{file}`")
            }
            BankEvent::Refused { file, why } => Text {
                en: format!("`{file}` cannot be answered: {}", why.en),
                zh: format!("无法应答 `{file}`：{}", why.zh),
            },
            BankEvent::Decided { message_id, count, accepted, status, why, .. } => {
                let (en, zh) = match why {
                    Some(why) => (format!(" ({why})"), format!("（{why}）")),
                    None => (String::new(), String::new()),
                };
                text!(
                    "message `{message_id}`: {status}, {accepted} of {count} payments accepted{en}",
                    "报文 `{message_id}`：{status}，{count} 笔付款中接受 {accepted} 笔{zh}"
                )
            }
            BankEvent::Silent { about, why } => Text {
                en: format!("`{about}` is not answered: {}", why.en),
                zh: format!("`{about}` 不作应答：{}", why.zh),
            },
            BankEvent::Lost { file } => {
                text!("`{file}` is lost on purpose", "按设定故意丢失 `{file}`")
            }
            BankEvent::Stated { account, day, number, entries, opening, closing } => text!(
                "statement {number} of `{account}` for {day}: {entries} entries, {opening} to {closing}",
                "账户 `{account}` {day} 第 {number} 号对账单：{entries} 条分录，余额 {opening} 至 {closing}"
            ),
            BankEvent::Published { file } => text!("`{file}` can be fetched", "`{file}` 可供取回"),
            BankEvent::Trouble { why } => Text {
                en: format!("the practice bank is in trouble: {}", why.en),
                zh: format!("练习银行出现故障：{}", why.zh),
            },
        }
    }
}
