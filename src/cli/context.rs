//! What every command is handed, and how the program talks.

use std::io::{self, IsTerminal, Write};
use std::path::{Path, PathBuf};

use super::Global;
use super::print::shown_lines;
use crate::clock::Clock;
use crate::words::{Lang, Text};

/// What every command is handed.
#[derive(Debug)]
pub struct Context {
    talk: Talk,
    dir: Option<PathBuf>,
    json: bool,
    clock: Clock,
}

impl Context {
    /// The context of one run.
    pub fn new(global: &Global, lang: Lang, clock: Clock) -> Context {
        let talk = Talk { lang: global.lang.unwrap_or(lang), quiet: global.quiet, verbose: global.verbose };
        Context { talk, dir: global.dir.clone(), json: global.json, clock }
    }

    /// The way to talk to the person at the keyboard.
    pub fn talk(&self) -> &Talk {
        &self.talk
    }

    /// The language of that person.
    pub fn lang(&self) -> Lang {
        self.talk.lang
    }

    /// The folder of the installation: as told, else the current folder.
    pub fn dir(&self) -> &Path {
        self.dir.as_deref().unwrap_or(Path::new("."))
    }

    /// Whether data is wanted as JSON.
    pub fn json(&self) -> bool {
        self.json
    }

    /// The hour.
    pub fn clock(&self) -> &Clock {
        &self.clock
    }
}

/// Talks to the person at the keyboard, on standard error.
#[derive(Clone, Copy, Debug)]
pub struct Talk {
    /// Their language.
    pub lang: Lang,
    /// Whether to say only what went wrong.
    pub quiet: bool,
    /// Whether to say more.
    pub verbose: bool,
}

impl Talk {
    /// A line `error: …`.
    pub fn error(&self, what: &Text) {
        self.line("error", what.to(self.lang));
    }

    /// A line `warning: …`, unless quiet.
    pub fn warning(&self, what: &Text) {
        if !self.quiet {
            self.line("warning", what.to(self.lang));
        }
    }

    /// A line `hint: …`.
    pub fn hint(&self, what: &Text) {
        self.line("hint", what.to(self.lang));
    }

    /// A plain line, unless quiet.
    pub fn say(&self, what: &Text) {
        if !self.quiet {
            self.line("", what.to(self.lang));
        }
    }

    /// A plain line that only `-v` shows.
    pub fn detail(&self, what: &Text) {
        if self.verbose {
            self.line("", what.to(self.lang));
        }
    }

    /// Whether a progress bar may be drawn.
    pub fn draws(&self) -> bool {
        !self.quiet && io::stderr().is_terminal()
    }

    /// Writes one line, its label coloured on a terminal that wants colour. The label says it all
    /// without colour; a closed standard error is nobody to tell. Words of others cannot move the cursor.
    pub fn line(&self, label: &str, words: &str) {
        let words = shown_lines(words);
        let colour = io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|v| v.is_empty());
        let shade = match label {
            "error" => "31",
            "warning" => "33",
            _ => "36",
        };
        let line = match (label, colour) {
            ("", _) => format!("{words}\n"),
            (_, true) => format!("\x1b[1;{shade}m{label}\x1b[0m: {words}\n"),
            (_, false) => format!("{label}: {words}\n"),
        };
        let _ = io::stderr().lock().write_all(line.as_bytes());
    }
}
