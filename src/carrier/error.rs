//! What went wrong between us and a party, and what can be done about it.

use std::fmt;
use std::io;

use super::NameFault;
use crate::text;
use crate::words::{Explain, Remedy, Text};

/// The kind of a carrier's error: what the caller decides by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ErrorKind {
    /// No connection, or it was lost.
    Connect,
    /// The peer stopped answering.
    TimedOut,
    /// The server's host key is not one of the pinned ones, or none is pinned.
    HostKey,
    /// The server refused our login, or our key could not be used. Not repeated: banks lock accounts.
    Login,
    /// The file or folder does not exist.
    NotFound,
    /// The party forbids it.
    Denied,
    /// The name is taken.
    Exists,
    /// The party's disk or quota is full.
    NoSpace,
    /// The party refused and did not say why.
    Failure,
    /// Over the size that was allowed.
    TooLarge,
    /// The file changed while it was carried.
    Changed,
    /// A name that cannot be used.
    BadName,
    /// Not a plain file: a link, a folder, a pipe, a file with several names.
    NotAFile,
    /// The party's side cannot do this.
    Unsupported,
    /// Our own side: a file of ours could not be read or written.
    Local,
}

impl ErrorKind {
    /// What has to happen before another attempt can help, when the request was certainly not carried out.
    fn remedy(self) -> Remedy {
        match self {
            ErrorKind::Connect | ErrorKind::TimedOut | ErrorKind::NoSpace | ErrorKind::Failure => Remedy::Wait,
            ErrorKind::Changed | ErrorKind::Local => Remedy::Wait,
            ErrorKind::HostKey | ErrorKind::Login | ErrorKind::NotFound | ErrorKind::Denied => Remedy::Person,
            ErrorKind::Exists | ErrorKind::TooLarge | ErrorKind::BadName => Remedy::Person,
            ErrorKind::NotAFile | ErrorKind::Unsupported => Remedy::Person,
        }
    }
}

/// An error of a carrier.
#[derive(Clone, Debug)]
pub struct CarrierError(Box<Inner>);

#[derive(Clone, Debug)]
struct Inner {
    kind: ErrorKind,
    what: Text,
    hints: Vec<Text>,
    may_have_happened: bool,
}

impl CarrierError {
    /// An error of a kind, in a sentence that says what happened and where.
    pub fn new(kind: ErrorKind, what: Text) -> CarrierError {
        CarrierError(Box::new(Inner { kind, what, hints: Vec::new(), may_have_happened: false }))
    }

    /// The kind.
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// Whether the request that failed may have been carried out all the same: it was sent, the answer was not seen,
    /// and repeating it is not the same as doing it once.
    pub fn may_have_happened(&self) -> bool {
        self.0.may_have_happened
    }

    /// The same error with the next step.
    pub fn hint(mut self, hint: Text) -> CarrierError {
        self.0.hints.push(hint);
        self
    }

    /// The same error, of a request that may have been carried out.
    pub fn in_doubt(mut self) -> CarrierError {
        self.0.may_have_happened = true;
        self
    }

    /// An error of a kind in the usual sentence: what was tried, where, and why it failed.
    pub(crate) fn failed(kind: ErrorKind, act: Act, place: &str, why: &Text) -> CarrierError {
        let act = act.text();
        let what = Text {
            en: format!("{} `{}` failed: {}", act.en, shown(place), why.en),
            zh: format!("{} `{}` 失败：{}", act.zh, shown(place), why.zh),
        };
        CarrierError::new(kind, what)
    }

    /// An argument that cannot be used as a name.
    pub(crate) fn bad_name(act: Act, place: &str, fault: NameFault) -> CarrierError {
        CarrierError::failed(ErrorKind::BadName, act, place, &fault.text())
    }

    /// An error of our own side: a file of ours could not be read or written.
    pub(crate) fn local(error: &io::Error) -> CarrierError {
        CarrierError::new(ErrorKind::Local, text!("our own copy of the file failed", "本地文件读写失败").because(error))
    }
}

/// What was tried, for the sentence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Act {
    /// Listing a folder.
    List,
    /// Looking at one name.
    Look,
    /// Fetching a file.
    Fetch,
    /// Uploading a file.
    Upload,
    /// Renaming a file.
    Rename,
    /// Removing a file.
    Remove,
    /// Moving a file into another folder.
    Move,
    /// Claiming a file.
    Claim,
    /// Asking what the party's side can do.
    Probe,
}

impl Act {
    fn text(self) -> Text {
        let (en, zh) = match self {
            Act::List => ("listing", "列出"),
            Act::Look => ("looking at", "查看"),
            Act::Fetch => ("fetching", "下载"),
            Act::Upload => ("uploading", "上传"),
            Act::Rename => ("renaming to", "改名为"),
            Act::Remove => ("removing", "删除"),
            Act::Move => ("moving", "移动"),
            Act::Claim => ("claiming", "领取"),
            Act::Probe => ("probing", "探测"),
        };
        Text { en: en.to_owned(), zh: zh.to_owned() }
    }
}

pub(crate) fn not_a_file() -> Text {
    text!("it is not a plain file", "不是普通文件")
}

pub(crate) fn too_large(size: u64, cap: u64) -> Text {
    text!("it has {size} bytes, {cap} are allowed", "文件大小 {size} 字节，上限 {cap} 字节")
}

pub(crate) fn changed() -> Text {
    text!("the file changed meanwhile", "文件在传输过程中发生变化")
}

/// A place as it can be shown: a hostile name must not move the cursor or forge a log line.
fn shown(place: &str) -> String {
    place.chars().flat_map(|c| if super::name::harmless(c) { vec![c] } else { c.escape_unicode().collect() }).collect()
}

impl fmt::Display for CarrierError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.what.en)
    }
}

impl std::error::Error for CarrierError {}

impl Explain for CarrierError {
    fn what(&self) -> Text {
        self.0.what.clone()
    }

    fn hints(&self) -> Vec<Text> {
        let mut hints = self.0.hints.clone();
        if self.0.may_have_happened {
            hints.push(text!(
                "it may have been carried out all the same: look before asking again",
                "该操作可能已经执行：重试前请先查看对方目录"
            ));
        }
        hints
    }

    fn remedy(&self) -> Remedy {
        if self.0.may_have_happened { Remedy::Unknown } else { self.0.kind.remedy() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_in_doubt_is_never_worth_repeating_blindly() {
        let lost = CarrierError::new(ErrorKind::Connect, text!("lost", "断开"));
        assert_eq!(lost.remedy(), Remedy::Wait);
        assert_eq!(lost.clone().in_doubt().remedy(), Remedy::Unknown);
        assert!(lost.in_doubt().hints()[0].en.contains("look before"));
    }

    #[test]
    fn a_refused_login_waits_for_a_person() {
        assert_eq!(CarrierError::new(ErrorKind::Login, Text::default()).remedy(), Remedy::Person);
        assert_eq!(CarrierError::new(ErrorKind::HostKey, Text::default()).remedy(), Remedy::Person);
    }
}
