//! Two people, one act: the first call proposes, the same call by another person confirms, and then it happens.

use jiff::Timestamp;
use serde::Serialize;

use super::decide::{Room, Verdict, holds};
use super::desk::Desk;
use super::person::Person;
use super::print::json_line;
use super::{CliError, Context};
use crate::config::{Environment, Right};
use crate::journal::{Act, Batch, Event, NewFact, Proposal, Rows, SqliteJournal};
use crate::route::decide::{DecideError, Matter, batch_digest, confirm_facts, expiry, fact, open_proposal, propose};
use crate::route::proposals::{Weighed, beside, waiting};
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
    let stated = |event| (fact(matter, name, event), Rows::None);
    let facts = |proposal: &Proposal| then(proposal).into_iter().map(stated).collect();
    propose_or_confirm_facts(desk, journal, person, rights, matter, facts)
}

/// The same, where what follows from the confirmation is about other subjects too, or has rows.
pub(super) fn propose_or_confirm_facts<'a>(
    desk: &Desk<'_>,
    journal: &mut SqliteJournal,
    person: &Person,
    rights: &Rights<'_>,
    matter: &Matter,
    then: impl FnOnce(&Proposal) -> Vec<(NewFact, Rows<'a>)>,
) -> Result<Stage, CliError> {
    let (name, now) = (person.name.as_str(), desk.now());
    person.counts()?;
    if let Some(open) = open_proposal(journal, matter, now)? {
        if open.proposed_by == name {
            return Err(own_proposal(desk, &open));
        }
        person.may(&desk.config, rights.confirms)?;
        return Ok(Stage::Done(Box::new(confirm_facts(journal, matter, name, now, then)?)));
    }
    let allowed = rights.proposes.iter().any(|right| desk.config.allows(name, *right));
    // The refusal names the right that is looked for first.
    let wanted = rights.proposes.first().filter(|_| !allowed);
    wanted.map_or_else(|| person.may_decide(&desk.config), |right| person.may(&desk.config, *right))?;
    others(desk, journal, matter, name, now)?;
    propose(journal, &desk.config, matter, name, now)?;
    let open = open_proposal(journal, matter, now)?;
    Ok(Stage::Proposed(open.map(|p| p.expires).unwrap_or_default()))
}

/// The proposer says the same again: nothing comes of it.
fn own_proposal(desk: &Desk<'_>, open: &Proposal) -> CliError {
    let (name, until) = (&open.proposed_by, desk.moment(&open.expires));
    CliError::no(text!(
        "`{name}` proposed it, so another person must confirm it, at the latest {until}; nothing was changed",
        "`{name}` 已提议；须由另一人在 {until} 之前确认；未作任何更改"
    ))
    .hint(text!("another person makes the same call with `--as NAME`", "请另一人以 `--as 姓名` 执行同一命令"))
}

/// What else is proposed about the subject: of another person with another reference, nothing is done; what has fallen,
/// falls with this, or says the opposite, is told.
fn others(
    desk: &Desk<'_>,
    journal: &SqliteJournal,
    matter: &Matter,
    name: &str,
    now: Timestamp,
) -> Result<(), CliError> {
    for Weighed { proposal, fallen } in beside(journal, &desk.config, matter, now)? {
        let (by, en, zh) = (&proposal.proposed_by, proposal.what.word(), proposal.what.word_zh());
        let said = match fallen {
            Some(why) => said_fallen(&proposal, &why),
            None if proposal.what != matter.what => text!(
                "`{by}` proposed the opposite, {en}; agree before anybody confirms one of the two",
                "`{by}` 提议的结论相反（{zh}）；请先达成一致，再确认其中之一"
            ),
            None if by == name => {
                text!("what you proposed before falls with this", "您此前的提议随之作废")
            }
            None => {
                let reference = |r: Option<&String>| r.cloned().unwrap_or_default();
                let (subject, by) = (matter.subject.clone(), by.clone());
                let theirs = reference(proposal.reference.as_ref());
                let ours = reference(matter.reference.as_ref());
                return Err(match matter.what {
                    Act::Match => DecideError::OtherPayments { subject, by, theirs, ours },
                    _ => DecideError::OtherReference { subject, by, theirs, ours },
                }
                .into());
            }
        };
        desk.context.talk().warning(&said);
    }
    Ok(())
}

/// That a proposal has fallen, and why.
fn said_fallen(proposal: &Proposal, why: &Text) -> Text {
    let (by, what_en, what_zh) = (&proposal.proposed_by, proposal.what.word(), proposal.what.word_zh());
    let Text { en, zh } = why;
    text!(
        "what `{by}` proposed ({what_en}) has fallen: {en}; nothing is confirmed by that",
        "`{by}` 的提议（{what_zh}）已作废：{zh}；并未据此确认任何事项"
    )
}

/// A refusal, with what was proposed for its subject and has fallen with it.
pub(super) fn with_fallen(desk: &Desk<'_>, journal: &SqliteJournal, id: &str, error: CliError) -> CliError {
    // The refusal itself is what matters: where the journal does not answer, it stands alone.
    let all = waiting(journal, &desk.config, desk.now()).unwrap_or_default();
    let about = all.into_iter().filter(|waiting| waiting.proposal.subject == id);
    about.filter_map(|w| Some(said_fallen(&w.proposal, &w.fallen?))).fold(error, CliError::hint)
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

/// Whether a second person's word goes before a decision.
pub(super) enum SecondWord {
    /// One person decides it.
    NotNeeded,
    /// This is the first one: it is proposed.
    Missing(Box<Verdict>),
    /// Another person proposed it: the confirmation.
    Given(Box<Event>),
}

impl SecondWord {
    /// The facts that go before the last word, or all that comes of the first one.
    pub fn facts(self) -> Result<Vec<Event>, Box<Verdict>> {
        match self {
            SecondWord::NotNeeded => Ok(Vec::new()),
            SecondWord::Missing(verdict) => Err(verdict),
            SecondWord::Given(confirmed) => Ok(vec![*confirmed]),
        }
    }
}

/// The proposal, in these words, where nobody has proposed it; the confirmation where another person has.
pub(super) fn second_word(
    desk: &Desk<'_>,
    journal: &SqliteJournal,
    person: &Person,
    matter: &Matter,
    was: &'static str,
    said: Text,
    next: Text,
) -> Result<SecondWord, CliError> {
    let now = desk.now();
    let Some(open) = open_proposal(journal, matter, now)? else {
        others(desk, journal, matter, &person.name, now)?;
        let expires = expiry(&desk.config, now);
        return Ok(SecondWord::Missing(Box::new(proposal(matter, was, expires, said, next))));
    };
    if open.proposed_by == person.name {
        return Err(DecideError::SamePerson(open.proposed_by).into());
    }
    let Matter { what, digest, reason, .. } = matter.clone();
    let approved = Event::Approved { what, digest, proposal: Some(open.fact), reason, expires: None };
    Ok(SecondWord::Given(Box::new(approved)))
}

/// Whether the person may take a batch back; where another hand may have sent it, also whoever may say what the bank
/// has.
pub(super) fn may_take_back(room: &Room<'_>, in_doubt: bool) -> Result<(), CliError> {
    let says_what_the_bank_has = room.desk.config.allows(&room.person.name, Right::Resolve);
    if in_doubt && says_what_the_bank_has { Ok(()) } else { room.may(Right::Operate) }
}

/// In production two people take a batch back that another hand may have sent: nobody may think that nothing happened.
pub(super) fn taken_back_in_doubt(
    room: &Room<'_>,
    batch: Batch,
    event: Event,
    command: &str,
) -> Result<Verdict, CliError> {
    let Text { en, zh } = holds(&batch.totals);
    let (id, bank, party, was) = (&batch.id, &batch.bank, &batch.party, batch.state.word());
    let mut first = Vec::new();
    if room.desk.config.environment == Environment::Production {
        let (case, subject) = (batch.inbound.clone(), id.clone());
        let digest = batch_digest(&room.desk.config, &batch);
        let reason = room.needed_reason()?;
        let matter = Matter { what: Act::TakeBack, case, subject, digest, reason, reference: None };
        let said = text!(
            "another hand may have sent `{id}` to `{bank}`, so two people take it back: {en}; nothing is done yet",
            "`{id}` 可能已由他方发往 `{bank}`，须两人撤回：{zh}；尚未处理"
        );
        let next = text!(
            "ask `{bank}`; another person runs `bankferry {command} {id} --reason TEXT --as NAME`",
            "请向 `{bank}` 核实；由另一人运行 `bankferry {command} {id} --reason 文字 --as 姓名`"
        );
        match second_word(&room.desk, &room.journal, &room.person, &matter, was, said, next)?.facts() {
            Ok(facts) => first = facts,
            Err(waits) => return Ok(*waits),
        }
    }
    Ok(Verdict {
        case: batch.inbound.clone(),
        first,
        event,
        was,
        said: text!(
            "`{id}` is taken back: {en}; nothing of it has left from here, and `{bank}` may have it from another hand: \
             whether money has moved is not known here; `{party}` is told to ask before it orders anew",
            "`{id}` 已撤回：{zh}；本系统未发出任何内容，但 `{bank}` 可能已从他方收到：资金是否已划转此处不知；\
             将告知 `{party}` 重新提交前先询问"
        ),
        next: Some(text!("ask `{bank}` what it has carried out", "请向 `{bank}` 核实已执行的付款")),
        totals: Some(batch.totals),
    })
}

/// A verdict that is only a proposal.
fn proposal(matter: &Matter, was: &'static str, expires: String, said: Text, next: Text) -> Verdict {
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
