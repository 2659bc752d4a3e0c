//! How a run ends.

use std::io;

use super::Talk;
use crate::finding::{Finding, Level};
use crate::format::{OpenError, ReadError, WriteError};
use crate::text;
use crate::words::{Explain, Remedy, Text};

/// How a run ended; the number is the process's exit code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// Done.
    Done,
    /// Done, and the answer is no.
    No,
    /// The call or the configuration is wrong; nothing was done.
    Usage,
    /// The outside did not play along; trying again may help.
    Outside,
}

impl Exit {
    /// 0, 1, 2 or 3.
    pub fn code(self) -> u8 {
        match self {
            Exit::Done => 0,
            Exit::No => 1,
            Exit::Usage => 2,
            Exit::Outside => 3,
        }
    }
}

/// Why a command did not do what it was asked.
#[derive(Debug)]
pub enum CliError {
    /// Something explained itself.
    Failed {
        /// How the run ends.
        exit: Exit,
        /// What happened, where, and whether money has moved.
        what: Text,
        /// Next steps.
        hints: Vec<Text>,
    },
    /// Somebody's data breaks a rule.
    Refused(Box<Finding>),
    /// Whoever read our output has gone: a success.
    BrokenPipe,
}

impl CliError {
    /// A wrong call.
    pub fn usage(what: Text) -> CliError {
        CliError::Failed { exit: Exit::Usage, what, hints: Vec::new() }
    }

    /// An answer of no.
    pub fn no(what: Text) -> CliError {
        CliError::Failed { exit: Exit::No, what, hints: Vec::new() }
    }

    /// The outside failed.
    pub fn outside(what: Text) -> CliError {
        CliError::Failed { exit: Exit::Outside, what, hints: Vec::new() }
    }

    /// The same error with one more next step.
    pub fn hint(mut self, hint: Text) -> CliError {
        if let CliError::Failed { hints, .. } = &mut self {
            hints.push(hint);
        }
        self
    }

    /// An error that explains itself: what only time heals is exit 3, what a person must change is exit 2.
    pub fn explained(error: &dyn Explain) -> CliError {
        let exit = if error.remedy() == Remedy::Person { Exit::Usage } else { Exit::Outside };
        CliError::Failed { exit, what: error.what(), hints: error.hints() }
    }

    /// An error of a file, which names it.
    pub fn file(path: &std::path::Path, error: &io::Error) -> CliError {
        if error.kind() == io::ErrorKind::BrokenPipe {
            return CliError::BrokenPipe;
        }
        let path = path.display();
        let what = text!("`{path}`", "`{path}`").because(error);
        match error.kind() {
            io::ErrorKind::NotFound | io::ErrorKind::PermissionDenied | io::ErrorKind::IsADirectory => {
                CliError::usage(what)
            }
            _ => CliError::outside(what),
        }
    }

    /// Prints the error and says how the run ends.
    pub fn report(&self, talk: &Talk) -> Exit {
        match self {
            CliError::Failed { exit, what, hints } => {
                talk.error(what);
                hints.iter().for_each(|hint| talk.hint(hint));
                *exit
            }
            CliError::Refused(finding) => {
                report_finding(talk, finding);
                Exit::No
            }
            CliError::BrokenPipe => Exit::Done,
        }
    }
}

/// Prints a finding as `error: …` or `warning: …`, and its hint.
pub fn report_finding(talk: &Talk, finding: &Finding) {
    let line = finding.line(talk.lang);
    match finding.level {
        Level::Error => talk.line("error", &line),
        _ if talk.quiet => return,
        Level::Warning => talk.line("warning", &line),
        Level::Info => talk.line("info", &line),
    }
    if let Some(hint) = &finding.hint {
        talk.hint(hint);
    }
}

impl From<OpenError> for CliError {
    fn from(error: OpenError) -> CliError {
        match error {
            OpenError::Refused(finding) => CliError::Refused(finding),
            other => CliError::explained(&other),
        }
    }
}

impl From<ReadError> for CliError {
    fn from(error: ReadError) -> CliError {
        match error {
            ReadError::Refused(finding) => CliError::Refused(finding),
            ReadError::Io(error) => CliError::outside(text!("reading failed", "读取失败").because(&error)),
        }
    }
}

impl From<WriteError> for CliError {
    fn from(error: WriteError) -> CliError {
        match error {
            WriteError::Refused(finding) => CliError::Refused(finding),
            WriteError::Io(error) if error.kind() == io::ErrorKind::BrokenPipe => CliError::BrokenPipe,
            WriteError::Io(error) => CliError::outside(text!("writing failed", "写入失败").because(&error)),
        }
    }
}
