//! Signed checkpoints: what the end of the chain was, in a form that can be kept elsewhere.
//!
//! A checkpoint is a small text of `name: value` lines followed by a detached OpenPGP signature, so
//! that an auditor can hold it against the journal with GnuPG alone. It is written after every so
//! many facts, when the program ends and when somebody asks; `bankferry verify` holds every
//! checkpoint that it finds against the chain.

use super::chain::{Link, hex, unhex};

/// The end of the chain at one moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checkpoint {
    /// The installation.
    pub installation: String,
    /// Its environment, `test` or `production`.
    pub environment: String,
    /// Counts how often a restored copy of this installation was let loose.
    pub epoch: u64,
    /// Number of the last fact.
    pub facts: u64,
    /// Its link.
    pub head: Link,
    /// Number of the last `publishing`.
    pub last_publishing: u64,
    /// When, RFC 3339.
    pub at: String,
}

impl Checkpoint {
    /// The text that is signed.
    pub fn text(&self) -> String {
        format!(
            "bankferry checkpoint 1\ninstallation: {}\nenvironment: {}\nepoch: {}\nfacts: {}\nhead: {}\n\
             last-publishing: {}\nat: {}\n",
            self.installation,
            self.environment,
            self.epoch,
            self.facts,
            hex(&self.head),
            self.last_publishing,
            self.at
        )
    }

    /// The checkpoint of a text, else `None`.
    pub fn parse(text: &str) -> Option<Checkpoint> {
        let mut lines = text.lines();
        (lines.next()? == "bankferry checkpoint 1").then_some(())?;
        let mut value = |name: &str| lines.next()?.strip_prefix(name)?.strip_prefix(": ").map(str::to_string);
        Some(Checkpoint {
            installation: value("installation")?,
            environment: value("environment")?,
            epoch: value("epoch")?.parse().ok()?,
            facts: value("facts")?.parse().ok()?,
            head: unhex(&value("head")?)?,
            last_publishing: value("last-publishing")?.parse().ok()?,
            at: value("at")?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_checkpoint_reads_as_it_was_written() {
        let checkpoint = Checkpoint {
            installation: "demo".into(),
            environment: "test".into(),
            epoch: 1,
            facts: 42,
            head: [7; 32],
            last_publishing: 40,
            at: "2026-11-23T10:00:00Z".into(),
        };
        assert_eq!(Checkpoint::parse(&checkpoint.text()), Some(checkpoint));
        assert_eq!(Checkpoint::parse("bankferry checkpoint 2\n"), None);
    }
}
