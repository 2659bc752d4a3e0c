//! What goes wrong at the practice bank, on purpose.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// A fault of the practice bank.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Fault {
    /// What goes wrong.
    pub kind: FaultKind,
    /// With what.
    #[serde(default)]
    pub of: Of,
    /// With which of them, counted from 1: the number of the file that is answered, the number of
    /// the statement run; all without it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file: Option<u64>,
    /// By how many seconds a late one is late.
    #[serde(default)]
    pub seconds: u64,
}

/// What can go wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FaultKind {
    /// It comes later.
    Late,
    /// It never comes.
    Lost,
    /// It comes twice, under two names.
    Doubled,
    /// It is signed with a key that nobody knows.
    WrongKey,
    /// It is not signed.
    Unsigned,
    /// It is neither signed nor encrypted.
    Plain,
    /// It ends in the middle.
    Truncated,
    /// It speaks of a message that was never sent.
    UnknownMessage,
    /// Its text is no document at all, although it is properly sealed.
    Garbage,
}

/// What a fault happens to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Of {
    /// Status reports.
    #[default]
    Status,
    /// Statements.
    Statement,
}

const KINDS: [(FaultKind, &str); 9] = [
    (FaultKind::Late, "late"),
    (FaultKind::Lost, "lost"),
    (FaultKind::Doubled, "doubled"),
    (FaultKind::WrongKey, "wrong-key"),
    (FaultKind::Unsigned, "unsigned"),
    (FaultKind::Plain, "plain"),
    (FaultKind::Truncated, "truncated"),
    (FaultKind::UnknownMessage, "unknown-message"),
    (FaultKind::Garbage, "garbage"),
];

impl FaultKind {
    /// The name in settings and on the command line.
    pub fn name(self) -> &'static str {
        KINDS.iter().find(|(kind, _)| *kind == self).map_or("", |(_, name)| name)
    }
}

impl fmt::Display for FaultKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// The text is not a fault.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a fault is `KIND`, `KIND@FILE`, `late=SECONDS` or `statement:KIND…`; kinds are {kinds}", kinds = names())]
pub struct NotAFault;

fn names() -> String {
    KINDS.map(|(_, name)| name).join(", ")
}

/// The command line's short form: `lost`, `doubled@2`, `late=60@1`, `statement:lost`.
impl FromStr for Fault {
    type Err = NotAFault;

    fn from_str(text: &str) -> Result<Fault, NotAFault> {
        let (of, text) = match text.strip_prefix("statement:") {
            Some(rest) => (Of::Statement, rest),
            None => (Of::Status, text),
        };
        let number = |n: &str| n.parse::<u64>().map_err(|_| NotAFault);
        let (text, file) = match text.split_once('@') {
            Some((text, n)) => (text, Some(number(n)?)),
            None => (text, None),
        };
        let (name, seconds) = match text.split_once('=') {
            Some((name, n)) => (name, number(n)?),
            None => (text, 60),
        };
        let (kind, _) = *KINDS.iter().find(|(_, n)| *n == name).ok_or(NotAFault)?;
        if text.contains('=') && kind != FaultKind::Late {
            return Err(NotAFault);
        }
        let seconds = if kind == FaultKind::Late { seconds } else { 0 };
        Ok(Fault { kind, of, file, seconds })
    }
}

/// The faults that happen to one answer or statement.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Mishap {
    pub late: u64,
    pub lost: bool,
    pub doubled: bool,
    pub wrong_key: bool,
    pub unsigned: bool,
    pub plain: bool,
    pub truncated: bool,
    pub unknown_message: bool,
    pub garbage: bool,
}

impl Mishap {
    /// What happens to `of` number `n`.
    pub(super) fn of(faults: &[Fault], of: Of, n: u64) -> Mishap {
        let mut mishap = Mishap::default();
        for fault in faults.iter().filter(|f| f.of == of && f.file.is_none_or(|file| file == n)) {
            match fault.kind {
                FaultKind::Late => mishap.late += fault.seconds,
                FaultKind::Lost => mishap.lost = true,
                FaultKind::Doubled => mishap.doubled = true,
                FaultKind::WrongKey => mishap.wrong_key = true,
                FaultKind::Unsigned => mishap.unsigned = true,
                FaultKind::Plain => mishap.plain = true,
                FaultKind::Truncated => mishap.truncated = true,
                FaultKind::UnknownMessage => mishap.unknown_message = true,
                FaultKind::Garbage => mishap.garbage = true,
            }
        }
        mishap
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn faults_have_a_short_form() {
        let fault = |kind, of, file, seconds| Ok(Fault { kind, of, file, seconds });
        assert_eq!("lost".parse(), fault(FaultKind::Lost, Of::Status, None, 0));
        assert_eq!("late=5@2".parse(), fault(FaultKind::Late, Of::Status, Some(2), 5));
        assert_eq!("statement:doubled".parse(), fault(FaultKind::Doubled, Of::Statement, None, 0));
        for wrong in ["", "lots", "lost@x", "late=", "lost=3", "statement:"] {
            assert_eq!(wrong.parse::<Fault>(), Err(NotAFault), "{wrong}");
        }
    }

    #[test]
    fn a_fault_happens_to_its_own_file_only() {
        let faults: Vec<Fault> = ["late=5@2", "late=7", "statement:lost"].map(|f| f.parse().unwrap()).into();
        assert_eq!(Mishap::of(&faults, Of::Status, 1).late, 7);
        assert_eq!(Mishap::of(&faults, Of::Status, 2).late, 12);
        assert!(Mishap::of(&faults, Of::Statement, 1).lost && !Mishap::of(&faults, Of::Status, 1).lost);
    }
}
