//! The states of inbound files, batches, outbound files and payments, as tables.
//!
//! A fact may move a subject only along a row of its table; everything else is a
//! [`Conflict`](super::JournalError::Conflict), so that two hands that decide at the same moment
//! cannot both be obeyed.

use std::fmt;

use serde::{Deserialize, Serialize};

macro_rules! states {
    ($(#[$meta:meta])* $name:ident { $($(#[$doc:meta])* $variant:ident = $word:literal / $zh:literal,)* }) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
        #[serde(rename_all = "kebab-case")]
        pub enum $name { $($(#[$doc])* $variant,)* }

        impl $name {
            /// All states, in the order of the road.
            pub const ALL: &'static [$name] = &[$($name::$variant,)*];

            /// The word that the journal, the command line and the console use.
            pub fn word(self) -> &'static str {
                match self { $($name::$variant => $word,)* }
            }

            /// The same in Chinese.
            pub fn word_zh(self) -> &'static str {
                match self { $($name::$variant => $zh,)* }
            }

            /// The state of this word, else `None`.
            pub fn of(word: &str) -> Option<$name> {
                match word { $($word => Some($name::$variant),)* _ => None }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(self.word())
            }
        }
    };
}

states! {
    /// A file that a party gave us.
    InboundState {
        /// Its bytes are in the archive.
        Received = "received" / "已接收",
        /// Its content was seen before; a person decides.
        Duplicate = "duplicate" / "疑似重复",
        /// What it says was said otherwise before: a corrected statement, another receipt of a known number. A person
        /// decides whether it counts.
        Held = "held" / "待人工判定",
        /// Verified and decrypted, or taken as it is where the policy says so.
        Opened = "opened" / "已解密验签",
        /// Understood; its batch, answer or statement is in the journal.
        Read = "read" / "已解析",
        /// What it says is matched and every output for the ERP is numbered.
        Matched = "matched" / "已匹配",
        /// Not understood, not allowed, or refused by a person.
        Refused = "refused" / "已拒绝",
    }
}

states! {
    /// The payments that one ERP file asks for.
    BatchState {
        /// All rules looked at it and none refused it.
        Checked = "checked" / "已检查",
        /// Waits for a second person.
        Held = "held" / "待复核",
        /// May go: by policy or by a person.
        Released = "released" / "已放行",
        /// Its outbound files are numbered; they carry the state from here.
        Numbered = "numbered" / "已编号",
        /// Refused by a rule or a person before anything left.
        Refused = "refused" / "已拒绝",
        /// Taken back by the ERP's people before anything left.
        Cancelled = "cancelled" / "已撤销",
    }
}

states! {
    /// A file that we make for a party.
    OutboundState {
        /// Message id, name and creation time are allocated.
        Numbered = "numbered" / "已编号",
        /// Written and read back.
        Written = "written" / "已生成",
        /// Signed and encrypted, once.
        Sealed = "sealed" / "已加密签名",
        /// Waits for its window.
        Queued = "queued" / "排队中",
        /// The intent to send is on disk; bytes may be under way under a temporary name.
        Sending = "sending" / "发送中",
        /// All bytes are there under the temporary name; the final name may appear any moment.
        Publishing = "publishing" / "发布中",
        /// Under its final name, by the server's own answer.
        Sent = "sent" / "已送达",
        /// The temporary name is gone and nobody said where to; the bank's answer will tell.
        Unconfirmed = "unconfirmed" / "已送未确认",
        /// We cannot prove whether the party has it. Never sent again by the program alone.
        Unknown = "unknown" / "状态未知",
        /// The party answered.
        Answered = "answered" / "已应答",
        /// A person stated that it was not sent, or it was taken back before it left.
        Cancelled = "cancelled" / "已撤销",
    }
}

states! {
    /// One payment.
    PaymentState {
        /// Read from the ERP's file.
        Received = "received" / "已接收",
        /// All rules looked at it.
        Checked = "checked" / "已检查",
        /// Waits for a second person.
        Held = "held" / "待复核",
        /// May go.
        Released = "released" / "已放行",
        /// In a file for the bank.
        Written = "written" / "已生成",
        /// That file waits for its window.
        Queued = "queued" / "排队中",
        /// That file is being sent.
        Sending = "sending" / "发送中",
        /// That file is at the bank.
        Sent = "sent" / "已送达",
        /// We cannot prove whether the bank has it, or the bank used a code that nobody explained.
        Unknown = "unknown" / "状态未知",
        /// The bank took it on.
        Accepted = "accepted" / "银行已受理",
        /// The bank says that it is done.
        Executed = "executed" / "已执行",
        /// A statement shows it.
        Booked = "booked" / "已入账",
        /// A rule or a person refused it before it left.
        Refused = "refused" / "已拒绝",
        /// Taken back before it left.
        Cancelled = "cancelled" / "已撤销",
        /// The bank refused it.
        Rejected = "rejected" / "银行拒绝",
        /// The money came back (退票).
        Returned = "returned" / "已退票",
    }
}

states! {
    /// One entry of a statement.
    EntryState {
        /// It is payments of ours.
        Matched = "matched" / "已匹配",
        /// Nothing that we know fits it, or too much does.
        Unmatched = "unmatched" / "未匹配",
        /// The bank's own code or its direction says that no payment of ours can be it: fees, interest, money that
        /// others sent.
        NotOurs = "not-ours" / "非本方付款",
    }
}

impl InboundState {
    /// Where a file may go from here.
    pub fn leads_to(self) -> &'static [InboundState] {
        use InboundState::*;
        match self {
            Received => &[Opened, Duplicate, Refused],
            Duplicate => &[Received, Refused],
            // Opened anew where it was opened under a configuration that nobody has confirmed.
            Opened => &[Read, Opened, Duplicate, Held, Refused],
            Held => &[Received, Refused],
            Read => &[Matched],
            // A bank's file that was refused for want of a key may be looked at once more.
            // A person says that it is dealt with: refused as before, and nobody is waited for.
            Refused => &[Received, Refused],
            Matched => &[],
        }
    }
}

impl BatchState {
    /// Where a batch may go from here.
    pub fn leads_to(self) -> &'static [BatchState] {
        use BatchState::*;
        match self {
            Checked => &[Held, Released, Refused, Cancelled],
            // For another reason that came to be known, and then it is another batch to approve.
            Held => &[Held, Released, Refused, Cancelled],
            Released => &[Numbered, Held, Refused, Cancelled],
            Numbered | Refused | Cancelled => &[],
        }
    }
}

impl OutboundState {
    /// Where an outbound file may go from here.
    pub fn leads_to(self) -> &'static [OutboundState] {
        use OutboundState::*;
        match self {
            Numbered => &[Written, Cancelled],
            Written => &[Sealed, Queued, Cancelled],
            Sealed => &[Queued, Cancelled],
            Queued => &[Sending, Cancelled],
            Sending => &[Sending, Publishing, Queued, Unknown, Sent, Answered],
            Publishing => &[Sent, Unconfirmed, Unknown, Answered],
            Sent => &[Answered],
            Unconfirmed => &[Answered, Unknown, Sent, Cancelled],
            Unknown => &[Answered, Sent, Cancelled],
            // The bank's answer is evidence above a person's word that it had not been sent; what was taken back before
            // it left has no attempt, and leads nowhere.
            Answered | Cancelled => &[Answered],
        }
    }

    /// Where a person's word takes an outbound file: an unknown ends, and what never left here is with its bank, or is
    /// never sent, because another hand may have sent it.
    pub fn leads_to_by_word(self) -> &'static [OutboundState] {
        use OutboundState::*;
        match self {
            Written | Sealed | Queued | Unconfirmed | Unknown => &[Sent, Cancelled],
            Numbered | Sending | Publishing | Sent | Answered | Cancelled => &[],
        }
    }

    /// Whether not a byte of the file has left in this state.
    pub fn is_before_sending(self) -> bool {
        use OutboundState::*;
        matches!(self, Numbered | Written | Sealed | Queued)
    }

    /// Where an outbound file may go when two people let the very same bytes be sent once more: the only row that
    /// leads from [`Publishing`](OutboundState::Publishing) to a second file. From
    /// [`Answered`](OutboundState::Answered) only where the bank rejected every payment: it has not received them.
    pub fn leads_to_by_resend(self) -> &'static [OutboundState] {
        match self {
            OutboundState::Unconfirmed | OutboundState::Unknown | OutboundState::Answered => &[OutboundState::Queued],
            _ => &[],
        }
    }

    /// The state of its payments while the bank has said nothing of them.
    pub fn of_payments(self) -> PaymentState {
        use OutboundState::*;
        match self {
            Numbered => PaymentState::Released,
            Written | Sealed => PaymentState::Written,
            Queued => PaymentState::Queued,
            Sending | Publishing => PaymentState::Sending,
            Sent | Unconfirmed | Answered => PaymentState::Sent,
            Unknown => PaymentState::Unknown,
            Cancelled => PaymentState::Cancelled,
        }
    }
}

impl BatchState {
    /// The state of its payments while no outbound file carries them.
    pub fn of_payments(self) -> PaymentState {
        match self {
            BatchState::Checked => PaymentState::Checked,
            BatchState::Held => PaymentState::Held,
            BatchState::Released | BatchState::Numbered => PaymentState::Released,
            BatchState::Refused => PaymentState::Refused,
            BatchState::Cancelled => PaymentState::Cancelled,
        }
    }
}

impl PaymentState {
    /// Where the bank's answer may take a payment that has left.
    ///
    /// Success is never taken back to failure silently: from `executed` and `booked` there is only
    /// `returned`. An unlisted code (`unknown`) is left by any evidence.
    pub fn leads_to_by_answer(self) -> &'static [PaymentState] {
        use PaymentState::*;
        match self {
            Sending | Sent | Unknown => &[Accepted, Executed, Rejected, Returned, Unknown],
            Accepted => &[Executed, Rejected, Returned, Unknown],
            Executed | Booked => &[Returned],
            Rejected => &[Unknown],
            Received | Checked | Held | Released | Written | Queued | Refused | Cancelled | Returned => &[],
        }
    }

    /// Where the bank takes a payment by saying the contrary of what it or a person had said before: nobody knows then
    /// whether it is paid, and it may have been asked for anew meanwhile.
    pub fn leads_to_by_contradiction(self) -> &'static [PaymentState] {
        use PaymentState::*;
        match self {
            Rejected | Returned | Cancelled => &[Unknown],
            _ => &[],
        }
    }

    /// Where a statement may take a payment that has left: money that has moved is evidence above every word.
    ///
    /// `unknown` is what is booked or returned in part. From `returned` back to `booked` it goes only where the return
    /// was said and no entry has shown the money.
    pub fn leads_to_by_statement(self) -> &'static [PaymentState] {
        use PaymentState::*;
        match self {
            Sending | Sent | Unknown | Accepted | Executed | Rejected | Cancelled => &[Booked, Returned, Unknown],
            Booked => &[Returned, Unknown],
            Returned => &[Booked, Returned],
            Received | Checked | Held | Released | Written | Queued | Refused => &[],
        }
    }

    /// What a person's word that the bank has an unknown payment, or has it not, makes of it, by what statements have
    /// shown: its money leaving, and coming back. `None` where the word is against what they show.
    pub fn resolved(sent: bool, left: bool, back: bool) -> Option<PaymentState> {
        match (sent, left, back) {
            (true, false, false) => Some(PaymentState::Sent),
            (true, ..) => Some(PaymentState::Booked),
            (false, _, true) => Some(PaymentState::Returned),
            (false, false, false) => Some(PaymentState::Cancelled),
            (false, true, false) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_and_states_are_the_same_thing() {
        for &s in OutboundState::ALL {
            assert_eq!(OutboundState::of(s.word()), Some(s));
            assert_eq!(serde_json::to_value(s).ok(), Some(serde_json::json!(s.word())));
        }
        for &s in PaymentState::ALL {
            assert_eq!(PaymentState::of(s.word()), Some(s));
        }
    }

    #[test]
    fn nothing_leads_from_publishing_back_to_a_second_file() {
        let mut reached = vec![OutboundState::Publishing];
        for at in 0.. {
            let Some(from) = reached.get(at).copied() else { break };
            for to in from.leads_to() {
                if !reached.contains(to) {
                    reached.push(*to);
                }
            }
        }
        assert!(!reached.contains(&OutboundState::Sending) && !reached.contains(&OutboundState::Queued), "{reached:?}");
    }

    #[test]
    fn only_an_audited_resend_leads_to_a_second_file_and_only_out_of_doubt_or_rejection() {
        let may: Vec<_> = OutboundState::ALL.iter().filter(|s| !s.leads_to_by_resend().is_empty()).collect();
        assert_eq!(may, [&OutboundState::Unconfirmed, &OutboundState::Unknown, &OutboundState::Answered]);
        assert!(may.iter().all(|s| s.leads_to_by_resend() == [OutboundState::Queued]));
    }

    #[test]
    fn success_is_left_only_by_a_return() {
        for state in [PaymentState::Executed, PaymentState::Booked] {
            assert_eq!(state.leads_to_by_answer(), [PaymentState::Returned]);
            assert!(!state.leads_to_by_statement().contains(&PaymentState::Rejected));
            assert!(state.leads_to_by_statement().contains(&PaymentState::Returned));
        }
    }

    #[test]
    fn no_word_moves_what_never_left_and_money_moves_all_that_has() {
        use PaymentState::*;
        for state in [Received, Checked, Held, Released, Written, Queued, Refused] {
            let words = [state.leads_to_by_answer(), state.leads_to_by_contradiction(), state.leads_to_by_statement()];
            assert!(words.iter().all(|to| to.is_empty()), "{state}");
        }
        for state in [Sending, Sent, Unknown, Accepted, Executed, Rejected, Cancelled, Returned] {
            assert!(state.leads_to_by_statement().contains(&Booked), "{state}");
        }
    }

    #[test]
    fn a_persons_word_is_never_against_the_money_that_a_statement_shows() {
        use PaymentState::*;
        assert_eq!(PaymentState::resolved(true, false, false), Some(Sent));
        assert_eq!(PaymentState::resolved(false, false, false), Some(Cancelled));
        assert_eq!(PaymentState::resolved(true, true, false), Some(Booked));
        assert_eq!(PaymentState::resolved(false, true, false), None);
        for left in [false, true] {
            assert_eq!(PaymentState::resolved(true, left, true), Some(Booked));
            assert_eq!(PaymentState::resolved(false, left, true), Some(Returned));
        }
    }
}
