//! What `release`, `refuse`, `cancel` and `hold` have in common: four eyes on each id, one fact each.
//!
//! A decision reads what it decides about, shows it, and appends one fact. The journal's tables refuse the fact when
//! another hand was quicker; then nothing is changed and the person is told.

use std::collections::BTreeMap;

use clap::Args;
use serde::Serialize;

use super::desk::Desk;
use super::person::Person;
use super::print::{json_line, sums};
use super::{CliError, Context, Exit};
use crate::config::Right;
use crate::journal::{Event, Journal, NewFact, Records, Rows, SqliteJournal, Sums, Totals};
use crate::text;
use crate::words::Text;

/// Who decides about what, and why.
#[derive(Debug, Args)]
pub struct Decision {
    /// Batches (`B…`), files from a party (`I…`) or files for a party (`O…`)
    #[arg(value_name = "ID", required = true)]
    pub(super) ids: Vec<String>,
    /// Who decides [default: the operating system's user]
    #[arg(long = "as", value_name = "NAME")]
    pub(super) who: Option<String>,
    /// Why; it stands in the journal for ever
    #[arg(long, value_name = "TEXT")]
    pub(super) reason: Option<String>,
}

/// A decision about one id, before it is stated.
pub(super) struct Verdict {
    /// The case it belongs to.
    pub case: String,
    /// Facts that go before it.
    pub first: Vec<Event>,
    /// The fact.
    pub event: Event,
    /// Its state until now.
    pub was: &'static str,
    /// What it holds, where it holds payments.
    pub totals: Option<Totals>,
    /// What is said when it is done: whether money has moved, and what comes next.
    pub said: Text,
    /// The next command, or whom to ask.
    pub next: Option<Text>,
}

/// The result of a decision as a script sees it.
#[derive(Serialize)]
struct Told<'a> {
    id: &'a str,
    event: &'static str,
    was: &'static str,
    by: &'a str,
    money_moved: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    count: Option<u64>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    sums: &'a Sums,
    #[serde(skip_serializing_if = "Option::is_none")]
    digest: Option<&'a str>,
}

/// What a decision works with.
pub(super) struct Room<'a> {
    /// The installation.
    pub desk: Desk<'a>,
    /// The journal.
    pub journal: SqliteJournal,
    /// Who decides.
    pub person: Person,
    /// Why, as the person said it.
    reason: Option<String>,
}

impl Decision {
    /// Decides about each id by itself: one that cannot be decided does not stop the others.
    pub(super) fn each(
        &self,
        context: &Context,
        decide: impl Fn(&Room<'_>, &str) -> Result<Verdict, CliError>,
    ) -> Result<Exit, CliError> {
        let desk = Desk::open(context)?;
        let journal = desk.journal()?;
        let person = Person::before(&desk.config, &journal, self.who.as_deref())?;
        let mut room = Room { desk, journal, person, reason: self.reason.clone() };
        let (mut done, mut worst) = (0, Exit::Done);
        for id in &self.ids {
            match decide(&room, id).and_then(|verdict| room.state(id, verdict)) {
                Ok(()) => done += 1,
                Err(CliError::BrokenPipe) => return Err(CliError::BrokenPipe),
                Err(error) => worst = error.report(context.talk()),
            }
        }
        // Where some were decided, the answer is no for the others: "nothing was done" would be a lie.
        Ok(if done > 0 && worst == Exit::Usage { Exit::No } else { worst })
    }
}

impl Room<'_> {
    /// The reason, which this decision needs.
    pub fn needed_reason(&self) -> Result<String, CliError> {
        match self.reason.as_deref().map(str::trim) {
            Some(reason) if !reason.is_empty() => Ok(self.person.reason(reason)),
            _ => Err(CliError::usage(text!(
                "this decision needs a reason: `--reason TEXT`; nothing was changed",
                "此操作须说明原因：`--reason 文字`；未作任何更改"
            ))),
        }
    }

    /// The reason, or the empty one.
    pub fn reason(&self) -> String {
        self.person.reason(self.reason.as_deref().map_or("", str::trim))
    }

    /// Whether the person has this right.
    pub fn may(&self, right: Right) -> Result<(), CliError> {
        self.person.may(&self.desk.config, right)
    }

    /// States the decision and says what it means.
    fn state(&mut self, id: &str, verdict: Verdict) -> Result<(), CliError> {
        let Verdict { case, first, event, was, totals, said, next } = verdict;
        let word = event.word();
        let fact = |event| {
            let actor = self.person.name.clone();
            (NewFact { actor, case: case.clone(), subject: id.to_string(), event }, Rows::None)
        };
        let told = match self.journal.outbound(id)? {
            Some(file) => self.desk.for_erp(&self.person.name).own_word(&mut self.journal, &file, &event)?,
            None => Vec::new(),
        };
        let facts = first.into_iter().chain([event]).map(fact);
        let facts = facts.chain(told.into_iter().map(|fact| (fact, Rows::None))).collect();
        self.journal.append(self.desk.now(), facts)?;
        let talk = self.desk.context.talk();
        let totals = totals.unwrap_or_default();
        if self.desk.context.json() {
            let digest = (!totals.digest.is_empty()).then_some(totals.digest.as_str());
            let count = digest.map(|_| totals.count);
            let by = &self.person.name;
            return json_line(&Told {
                id,
                event: word,
                was,
                by,
                money_moved: false,
                count,
                sums: &totals.sums,
                digest,
            });
        }
        talk.say(&said);
        next.iter().for_each(|next| talk.hint(next));
        Ok(())
    }
}

/// What a batch holds, in words: `3 payments, EUR 1,234.50, digest 4f53cda1…`.
pub(super) fn holds(totals: &Totals) -> Text {
    let (count, sum) = (totals.count, sums(&totals.sums));
    let digest: String = totals.digest.chars().take(12).collect();
    text!("{count} payments, {sum}, digest {digest}", "{count} 笔付款，{sum}，摘要 {digest}")
}

/// The command does not decide about this id in its state.
pub(super) fn not_now(id: &str, state: &'static str, state_zh: &'static str, wanted: Text) -> CliError {
    let Text { en, zh } = wanted;
    CliError::no(text!(
        "`{id}` is `{state}` and cannot be {en}; nothing was changed",
        "`{id}` 当前为 `{state_zh}`，不能{zh}；未作任何更改"
    ))
    .hint(text!("see its history with `bankferry show {id}`", "用 `bankferry show {id}` 查看历史"))
}

/// There is no such thing, or it is not of a kind that the command decides about.
pub(super) fn nothing_here(id: &str) -> CliError {
    CliError::usage(text!(
        "there is nothing under `{id}` to decide about; nothing was changed",
        "没有可就 `{id}` 作出决定的对象；未作任何更改"
    ))
    .hint(text!("`bankferry status` lists what waits for a person", "`bankferry status` 列出等待人工处理的事项"))
}
