//! Two people, one act: the first call proposes, the same call by another person confirms, and then it happens.

use serde::Serialize;

use super::decide::Verdict;
use super::desk::Desk;
use super::person::Person;
use super::print::json_line;
use super::{CliError, Context};
use crate::config::Right;
use crate::journal::{Event, NewFact, Proposal, SqliteJournal};
use crate::route::decide::{DecideError, Matter, confirm_facts, fact, open_proposal, propose};
use crate::text;
use crate::words::Text;

/// Who may propose and who may confirm.
pub(super) struct Rights<'a> {
    /// One of these proposes.
    pub proposes: &'a [Right],
    /// This one confirms.
    pub confirms: Right,
}

/// What came of a call.
pub(super) enum Stage {
    /// It waits for another person until the moment that is told, RFC 3339.
    Proposed(String),
    /// Another person had proposed it; it is done.
    Done(Box<Proposal>),
}

/// Proposes, or confirms what another person proposed; `then` makes the facts that follow from the confirmation.
pub(super) fn propose_or_confirm(
    desk: &Desk<'_>,
    journal: &mut SqliteJournal,
    person: &Person,
    rights: &Rights<'_>,
    matter: &Matter,
    then: impl FnOnce(&Proposal) -> Vec<Event>,
) -> Result<Stage, CliError> {
    let name = person.name.as_str();
    let facts = |proposal: &Proposal| then(proposal).into_iter().map(|event| fact(matter, name, event)).collect();
    propose_or_confirm_facts(desk, journal, person, rights, matter, facts)
}

/// The same, where what follows from the confirmation is about other subjects too.
pub(super) fn propose_or_confirm_facts(
    desk: &Desk<'_>,
    journal: &mut SqliteJournal,
    person: &Person,
    rights: &Rights<'_>,
    matter: &Matter,
    then: impl FnOnce(&Proposal) -> Vec<NewFact>,
) -> Result<Stage, CliError> {
    let (name, now) = (person.name.as_str(), desk.now());
    if open_proposal(journal, matter, now)?.is_some() {
        person.may(&desk.config, rights.confirms)?;
        return Ok(Stage::Done(Box::new(confirm_facts(journal, matter, name, now, then)?)));
    }
    let allowed = rights.proposes.iter().any(|right| desk.config.allows(name, *right));
    // The refusal names the right that is looked for first.
    let wanted = rights.proposes.first().filter(|_| !allowed);
    wanted.map_or_else(|| person.may_decide(&desk.config), |right| person.may(&desk.config, *right))?;
    propose(journal, &desk.config, matter, name, now)?;
    let open = open_proposal(journal, matter, now)?;
    Ok(Stage::Proposed(open.map(|p| p.expires).unwrap_or_default()))
}

/// A proposal as a script sees it.
#[derive(Serialize)]
struct Told<'a> {
    id: &'a str,
    event: &'static str,
    what: &'static str,
    by: &'a str,
    expires: &'a str,
    money_moved: bool,
}

/// Says that another person must confirm, and how.
pub(super) fn say_proposed(
    context: &Context,
    desk: &Desk<'_>,
    person: &Person,
    matter: &Matter,
    expires: &str,
    command: &str,
) -> Result<(), CliError> {
    let (id, by) = (matter.subject.as_str(), person.name.as_str());
    if context.json() {
        let what = matter.what.word();
        return json_line(&Told { id, event: "proposed", what, by, expires, money_moved: false });
    }
    let (until, en, zh) = (desk.moment(expires), matter.what.word(), matter.what.word_zh());
    context.talk().say(&text!(
        "`{by}` proposes for `{id}`: {en}; nothing is done until another person confirms it, at the latest {until}",
        "`{by}` 对 `{id}` 提议：{zh}；须由另一人在 {until} 之前确认，此前不作处理"
    ));
    context.talk().hint(&text!("another person runs `{command} --as NAME`", "请另一人运行 `{command} --as 姓名`"));
    Ok(())
}

/// A verdict that is only a proposal.
pub(super) fn proposal(matter: &Matter, was: &'static str, expires: String, said: Text, next: Text) -> Verdict {
    let event = Event::Proposed {
        what: matter.what,
        digest: matter.digest.clone(),
        reason: matter.reason.clone(),
        reference: matter.reference.clone(),
        expires,
    };
    Verdict { case: matter.case.clone(), first: Vec::new(), event, was, totals: None, said, next: Some(next) }
}

impl From<DecideError> for CliError {
    /// A refusal of four eyes is an answer of no.
    fn from(error: DecideError) -> CliError {
        match error {
            DecideError::Journal(error) => error.into(),
            other => match CliError::explained(&other) {
                CliError::Failed { what, hints, .. } => CliError::Failed { exit: super::Exit::No, what, hints },
                error => error,
            },
        }
    }
}
