//! What two people do together.

use serde::{Deserialize, Serialize};

/// What two people do together: one proposes it, another confirms it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Act {
    /// Let a batch go that one approver alone may not let go.
    Release,
    /// Take a batch back, or refuse it, that another hand may have sent.
    TakeBack,
    /// State that a party has a file.
    ResolveSent,
    /// State that a party does not have a file.
    ResolveNotSent,
    /// Send the same bytes once more.
    Resend,
    /// Let a bank's file count that waits for a person: a corrected statement, a second receipt of a number.
    LetIn,
    /// Send the next file to a bank that takes one at a time and has not said all about the one before.
    PassOver,
    /// State which payments an entry of a statement is.
    Match,
    /// Take back which payments an entry of a statement is.
    Unmatch,
    /// Let a restored installation send again.
    Unfence,
    /// Let a changed configuration send.
    Config,
}

impl Act {
    /// All of them.
    pub const ALL: [Act; 11] = [
        Act::Release,
        Act::TakeBack,
        Act::ResolveSent,
        Act::ResolveNotSent,
        Act::Resend,
        Act::LetIn,
        Act::PassOver,
        Act::Match,
        Act::Unmatch,
        Act::Unfence,
        Act::Config,
    ];

    /// The word in the journal.
    pub fn word(self) -> &'static str {
        match self {
            Act::Release => "release",
            Act::TakeBack => "take-back",
            Act::ResolveSent => "resolve-sent",
            Act::ResolveNotSent => "resolve-not-sent",
            Act::Resend => "resend",
            Act::LetIn => "let-in",
            Act::PassOver => "pass-over",
            Act::Match => "match",
            Act::Unmatch => "unmatch",
            Act::Unfence => "unfence",
            Act::Config => "config",
        }
    }

    /// The same in Chinese.
    pub fn word_zh(self) -> &'static str {
        match self {
            Act::Release => "放行",
            Act::TakeBack => "撤销或拒绝",
            Act::ResolveSent => "判定已送达",
            Act::ResolveNotSent => "判定未送达",
            Act::Resend => "重发",
            Act::LetIn => "准予生效",
            Act::PassOver => "不再等待应答",
            Act::Match => "人工匹配",
            Act::Unmatch => "撤销匹配",
            Act::Unfence => "解除隔离",
            Act::Config => "启用配置",
        }
    }

    /// The act of this word, else `None`.
    pub fn of(word: &str) -> Option<Act> {
        Act::ALL.into_iter().find(|act| act.word() == word)
    }
}
