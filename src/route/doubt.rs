//! What a restart or a lost connection does with a file that was being sent: the table.
//!
//! We look at the two names at the party, after the old session is certainly dead, and decide. The
//! rule behind every row: before [`Publishing`](crate::journal::Event::Publishing) nobody can have
//! taken the file, afterwards the temporary file is a token that exists once. No row makes a second
//! token after `Publishing`.

use crate::carrier::PublishMode;
use crate::text;
use crate::words::Text;

/// What the journal said last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Last {
    /// The intent to send; bytes may lie under the temporary name.
    Sending,
    /// All bytes were there under the temporary name.
    Publishing,
}

/// What lies under a name at the party.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Seen {
    /// Nothing.
    Absent,
    /// A file of so many bytes.
    Bytes(u64),
    /// Something that is not a file.
    Other,
}

/// What to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Decision {
    /// Nobody can have it: remove our temporary file, next attempt under a new temporary name.
    NextAttempt,
    /// It is published. The temporary name, where it is still there, is a leftover to remove.
    Sent {
        /// Whether the temporary name is a leftover.
        remove_temporary: bool,
    },
    /// The rename did not happen: rename the very same file.
    RenameSame,
    /// The token is gone and nobody said where to: the bank's answer will tell; never sent again.
    Unconfirmed(Text),
    /// We cannot prove whether the party has it: a person decides.
    Unknown(Text),
}

/// Decides by the table in the design, row by row.
///
/// For [`PublishMode::Marker`] the temporary name is the data file and the final name the trigger.
/// For [`PublishMode::Direct`] both names are the same.
pub fn decide(last: Last, mode: PublishMode, size: u64, temporary: Seen, final_name: Seen) -> Decision {
    use PublishMode::{Atomic, Direct, Marker, NoOverwrite};
    use Seen::{Absent, Bytes, Other};
    match (last, mode, temporary, final_name) {
        (_, Direct, _, _) => direct(last, size, final_name),
        (Last::Sending, _, _, Absent) => Decision::NextAttempt,
        (Last::Sending, _, _, Bytes(_) | Other) => Decision::Unknown(text!(
            "the final name is taken although we never asked for it: it is somebody else's file",
            "我们尚未发布，最终文件名却已存在：该文件不是我们放置的"
        )),
        (Last::Publishing, Marker, _, Bytes(_)) => Decision::Sent { remove_temporary: false },
        (Last::Publishing, _, Absent, Bytes(n)) if n == size => Decision::Sent { remove_temporary: false },
        (Last::Publishing, NoOverwrite, Bytes(_), Bytes(n)) if n == size => Decision::Sent { remove_temporary: true },
        (Last::Publishing, Atomic, Bytes(n), Absent) if n == size => Decision::RenameSame,
        (Last::Publishing, NoOverwrite | Marker, Bytes(_), Absent) => Decision::Unknown(text!(
            "the temporary file is still there and the final name is not: the party may have taken it in between",
            "临时文件仍在而最终文件名不存在：对方可能已在此期间取走文件"
        )),
        (Last::Publishing, _, Absent, Absent) => Decision::Unconfirmed(text!(
            "neither name is there: the party took the file, or somebody removed it; its answer will tell",
            "两个文件名均不存在：对方已取走，或文件被删除；以对方回执为准"
        )),
        (Last::Publishing, _, temporary, final_name) => unexplained(size, temporary, final_name),
    }
}

/// One attempt under the final name: whatever a crash left, nobody can say who has read it.
fn direct(last: Last, size: u64, final_name: Seen) -> Decision {
    match (last, final_name) {
        (Last::Publishing, Seen::Bytes(n)) if n == size => Decision::Sent { remove_temporary: false },
        (Last::Publishing, Seen::Absent) => Decision::Unconfirmed(text!(
            "the file was complete and is gone: the party took it, or somebody removed it",
            "文件曾完整上传，现已不在：对方已取走，或文件被删除"
        )),
        _ => Decision::Unknown(text!(
            "the connection was lost while the file was being written under its final name",
            "以最终文件名写入时连接中断"
        )),
    }
}

/// What it means that the final name is taken before a resend was published: the first file may lie there.
pub fn before_a_resend(size: u64, final_name: Seen) -> Option<Text> {
    match final_name {
        Seen::Absent => None,
        Seen::Bytes(n) if n == size => Some(text!(
            "under the final name lies a file of the same {n} bytes: by all signs the one that was sent before the \
             resend, and the party has not taken it yet; nothing of the resend was published",
            "最终文件名下已有同为 {n} 字节的文件：应为重发之前发送的那个，对方尚未取走；重发的内容未发布"
        )),
        Seen::Bytes(_) | Seen::Other => {
            let Text { en, zh } = words(final_name);
            Some(text!(
                "under the final name lies another file ({en}, ours has {size} bytes): a part of what was sent before \
                 the resend, or somebody else's; nothing of the resend was published",
                "最终文件名下已有另一文件（{zh}，我方为 {size} 字节）：重发之前的残余或他人文件；重发的内容未发布"
            ))
        }
    }
}

fn unexplained(size: u64, temporary: Seen, final_name: Seen) -> Decision {
    let (t, f) = (words(temporary), words(final_name));
    Decision::Unknown(Text {
        en: format!("{size} bytes were expected; temporary name: {}; final name: {}", t.en, f.en),
        zh: format!("应为 {size} 字节；临时文件名：{}；最终文件名：{}", t.zh, f.zh),
    })
}

fn words(seen: Seen) -> Text {
    match seen {
        Seen::Absent => text!("absent", "不存在"),
        Seen::Bytes(n) => text!("{n} bytes", "{n} 字节"),
        Seen::Other => text!("not a file", "不是普通文件"),
    }
}

#[cfg(test)]
mod tests {
    use super::Decision as D;
    use super::Last::{Publishing, Sending};
    use super::PublishMode::{Atomic, Direct, Marker, NoOverwrite};
    use super::Seen::{Absent, Bytes, Other};
    use super::*;

    const SIZE: u64 = 100;
    const MODES: [PublishMode; 4] = [Atomic, NoOverwrite, Marker, Direct];

    #[test]
    fn sending_and_final_absent_is_a_next_attempt() {
        for mode in [Atomic, NoOverwrite, Marker] {
            for temporary in [Absent, Bytes(0), Bytes(40), Bytes(SIZE)] {
                assert_eq!(decide(Sending, mode, SIZE, temporary, Absent), D::NextAttempt, "{mode:?} {temporary:?}");
            }
        }
    }

    #[test]
    fn sending_and_final_present_is_unknown() {
        for mode in MODES {
            for present in [Bytes(SIZE), Bytes(1), Other] {
                assert!(matches!(decide(Sending, mode, SIZE, Bytes(SIZE), present), D::Unknown(_)), "{mode:?}");
            }
        }
    }

    #[test]
    fn publishing_with_final_of_same_size_and_no_temporary_is_sent() {
        for mode in MODES {
            assert_eq!(decide(Publishing, mode, SIZE, Absent, Bytes(SIZE)), D::Sent { remove_temporary: false });
        }
    }

    #[test]
    fn publishing_no_overwrite_with_both_names_is_sent_and_cleans_up() {
        assert_eq!(decide(Publishing, NoOverwrite, SIZE, Bytes(SIZE), Bytes(SIZE)), D::Sent { remove_temporary: true });
    }

    #[test]
    fn publishing_atomic_with_both_names_is_unknown() {
        assert!(matches!(decide(Publishing, Atomic, SIZE, Bytes(SIZE), Bytes(SIZE)), D::Unknown(_)));
    }

    #[test]
    fn publishing_atomic_with_the_token_still_there_renames_the_same() {
        assert_eq!(decide(Publishing, Atomic, SIZE, Bytes(SIZE), Absent), D::RenameSame);
        assert!(matches!(decide(Publishing, Atomic, SIZE, Bytes(1), Absent), D::Unknown(_)));
    }

    #[test]
    fn publishing_no_overwrite_with_the_token_still_there_is_unknown() {
        for mode in [NoOverwrite, Marker] {
            assert!(matches!(decide(Publishing, mode, SIZE, Bytes(SIZE), Absent), D::Unknown(_)));
        }
    }

    #[test]
    fn publishing_with_both_names_gone_is_unconfirmed() {
        for mode in MODES {
            assert!(matches!(decide(Publishing, mode, SIZE, Absent, Absent), D::Unconfirmed(_)));
        }
    }

    #[test]
    fn publishing_with_another_size_is_unknown() {
        for mode in [Atomic, NoOverwrite, Direct] {
            for temporary in [Absent, Bytes(SIZE)] {
                assert!(matches!(decide(Publishing, mode, SIZE, temporary, Bytes(7)), D::Unknown(_)), "{mode:?}");
            }
        }
    }

    #[test]
    fn a_trigger_file_proves_its_data_file() {
        for data in [Absent, Bytes(SIZE)] {
            assert_eq!(decide(Publishing, Marker, SIZE, data, Bytes(0)), D::Sent { remove_temporary: false });
        }
    }

    #[test]
    fn a_name_that_is_taken_before_a_resend_is_told_as_the_first_file_where_it_looks_like_it() {
        let said = |seen| before_a_resend(SIZE, seen).map(|text| text.en).unwrap_or_default();
        assert!(said(Bytes(SIZE)).contains("the one that was sent before the resend"));
        assert!(said(Bytes(7)).contains("another file (7 bytes, ours has 100 bytes)"));
        assert!(said(Other).contains("not a file") && said(Absent).is_empty());
    }

    #[test]
    fn direct_never_tries_twice() {
        for last in [Sending, Publishing] {
            for seen in [Absent, Bytes(3), Bytes(SIZE), Other] {
                assert!(!matches!(decide(last, Direct, SIZE, seen, seen), D::NextAttempt | D::RenameSame));
            }
        }
    }

    #[test]
    fn nothing_after_publishing_makes_a_second_file() {
        for mode in MODES {
            for t in [Absent, Bytes(0), Bytes(SIZE), Other] {
                for f in [Absent, Bytes(0), Bytes(SIZE), Other] {
                    assert_ne!(decide(Publishing, mode, SIZE, t, f), D::NextAttempt, "{mode:?} {t:?} {f:?}");
                }
            }
        }
    }
}
