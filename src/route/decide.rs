//! What people decide: who is the maker of a batch, what an approval is bound to and when it falls, and what one
//! person proposes and another confirms.
//!
//! The journal itself refuses a confirmation by the proposer, too late, twice, or of anything but what was proposed.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};

use crate::config::{Config, Identity, Right};
use crate::disk::Sha256Hash;
use crate::document::Authenticity;
use crate::journal::{
    Act, Batch, Bound, Event, Fact, Inbound, Journal, JournalError, NewFact, Outbound, PaymentRecord, Proposal,
    Records, Rows, Spending, Totals, moment,
};
use crate::route::number::numbering_of;
use crate::route::reconcile::payment_name;
use crate::route::{PROGRAM, dates, elsewhere, judge, next, officers, proven};
use crate::text;
use crate::words::{Explain, Remedy, Text};

/// What two people decide together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Matter {
    /// What.
    pub what: Act,
    /// The case that it belongs to.
    pub case: String,
    /// What it is about.
    pub subject: String,
    /// Digest of all that a person sees and agrees to; a proposal falls when it changes.
    pub digest: String,
    /// Why.
    pub reason: String,
    /// What else it names: the party's reference, or the payments that an entry is.
    pub reference: Option<String>,
}

/// Why a proposal or confirmation was not stated. Nothing was changed, no money has moved.
#[derive(Debug, thiserror::Error)]
pub enum DecideError {
    /// The proposer would confirm.
    #[error("`{0}` proposed it")]
    SamePerson(String),
    /// Another person proposed the same with another reference.
    #[error("`{by}` proposed `{subject}` with the reference `{theirs}`")]
    OtherReference {
        /// What it is about.
        subject: String,
        /// Who proposed it.
        by: String,
        /// The reference that was proposed.
        theirs: String,
        /// The reference that was given now.
        ours: String,
    },
    /// Another person proposed that the entry is other payments.
    #[error("`{by}` proposed that `{subject}` is `{theirs}`")]
    OtherPayments {
        /// The entry.
        subject: String,
        /// Who proposed it.
        by: String,
        /// The payments that were proposed.
        theirs: String,
        /// The payments that were named now.
        ours: String,
    },
    /// Nothing of the kind is proposed, or it expired or fell.
    #[error("nothing like it is proposed for `{0}`")]
    NotProposed(String),
    /// The journal did not take it.
    #[error(transparent)]
    Journal(#[from] JournalError),
}

impl Explain for DecideError {
    fn what(&self) -> Text {
        match self {
            DecideError::SamePerson(name) => text!(
                "`{name}` proposed it, so another person must confirm it; nothing was changed",
                "`{name}` 是提议人，须由另一人确认；未作任何更改"
            ),
            DecideError::OtherReference { subject, by, theirs, ours } => text!(
                "`{by}` proposed it for `{subject}` with the reference `{theirs}`, and yours is `{ours}`; nothing was \
                 changed",
                "`{by}` 就 `{subject}` 的提议所用参考号为 `{theirs}`，而您给出的是 `{ours}`；未作任何更改"
            ),
            DecideError::OtherPayments { subject, by, theirs, ours } => text!(
                "`{by}` proposed that `{subject}` is `{theirs}`, and you say `{ours}`; nothing was changed",
                "`{by}` 提议 `{subject}` 对应 `{theirs}`，而您给出的是 `{ours}`；未作任何更改"
            ),
            DecideError::NotProposed(subject) => text!(
                "nothing like it is proposed for `{subject}`, or it has expired or changed since; nothing was changed",
                "`{subject}` 没有相应的提议，或提议已过期、内容已变；未作任何更改"
            ),
            DecideError::Journal(error) => error.what(),
        }
    }

    fn hints(&self) -> Vec<Text> {
        match self {
            DecideError::Journal(error) => error.hints(),
            DecideError::OtherReference { by, theirs, .. } => vec![text!(
                "confirm with `--reference \"{theirs}\"`, or let `{by}` propose it anew with the right one",
                "请以 `--reference \"{theirs}\"` 确认，或由 `{by}` 以正确的参考号重新提议"
            )],
            DecideError::OtherPayments { by, theirs, .. } => vec![text!(
                "confirm with `{theirs}`, or let `{by}` propose it anew with the right ones",
                "请以 `{theirs}` 确认，或由 `{by}` 以正确的付款重新提议"
            )],
            _ => {
                vec![text!("`bankferry list proposals` shows what is open", "`bankferry list proposals` 列出未决提议")]
            }
        }
    }

    fn remedy(&self) -> Remedy {
        match self {
            DecideError::Journal(error) => error.remedy(),
            _ => Remedy::Person,
        }
    }
}

/// The open proposal of this very matter, if there is one.
///
/// # Errors
/// [`JournalError`].
pub fn open_proposal(records: &dyn Records, matter: &Matter, now: Timestamp) -> Result<Option<Proposal>, JournalError> {
    let at = moment(now);
    let is_it =
        |p: &Proposal| p.what == matter.what && p.digest == matter.digest && p.approved_by.is_none() && p.expires > at;
    match records.proposals_of(&matter.subject)?.into_iter().rev().find(is_it) {
        Some(open) if !proposed_otherwise_since(records, &open)? => Ok(Some(open)),
        _ => Ok(None),
    }
}

/// Whether the proposer has proposed the same act otherwise since: of two words of one person the last counts.
///
/// # Errors
/// [`JournalError`].
pub fn proposed_otherwise_since(records: &dyn Records, proposal: &Proposal) -> Result<bool, JournalError> {
    let Proposal { fact, subject, what, digest, proposed_by, .. } = proposal;
    let later = |p: &Proposal| p.fact > *fact && p.what == *what && p.proposed_by == *proposed_by;
    Ok(records.proposals_of(subject)?.iter().any(|p| later(p) && p.digest != *digest))
}

/// One person proposes; nothing else happens.
///
/// # Errors
/// [`DecideError`].
pub fn propose(
    journal: &mut dyn Journal,
    config: &Config,
    matter: &Matter,
    who: &str,
    now: Timestamp,
) -> Result<(), DecideError> {
    Ok(journal.append(now, vec![(fact(matter, who, proposed(config, matter, now)), Rows::None)])?)
}

/// What a person who proposes a matter states.
pub fn proposed(config: &Config, matter: &Matter, now: Timestamp) -> Event {
    Event::Proposed {
        what: matter.what,
        digest: matter.digest.clone(),
        reason: matter.reason.clone(),
        reference: matter.reference.clone(),
        expires: expiry(config, now),
    }
}

/// Another person confirms, and what was proposed happens in the same breath: `then` makes its facts.
///
/// # Errors
/// [`DecideError`].
pub fn confirm(
    journal: &mut dyn Journal,
    matter: &Matter,
    who: &str,
    now: Timestamp,
    then: impl FnOnce(&Proposal) -> Vec<Event>,
) -> Result<Proposal, DecideError> {
    let stated = |event| (fact(matter, who, event), Rows::None);
    let facts = |proposal: &Proposal| then(proposal).into_iter().map(stated).collect();
    confirm_facts(journal, matter, who, now, facts)
}

/// The same, where what follows is about other subjects too, or has rows.
///
/// # Errors
/// [`DecideError`].
pub fn confirm_facts<'a>(
    journal: &mut dyn Journal,
    matter: &Matter,
    who: &str,
    now: Timestamp,
    then: impl FnOnce(&Proposal) -> Vec<(NewFact, Rows<'a>)>,
) -> Result<Proposal, DecideError> {
    let open = open_proposal(journal, matter, now)?;
    let proposal = open.ok_or_else(|| DecideError::NotProposed(matter.subject.clone()))?;
    if proposal.proposed_by == who {
        return Err(DecideError::SamePerson(who.to_string()));
    }
    let approved = Event::Approved {
        what: matter.what,
        digest: matter.digest.clone(),
        proposal: Some(proposal.fact),
        reason: matter.reason.clone(),
        expires: None,
    };
    let facts = std::iter::once((fact(matter, who, approved), Rows::None)).chain(then(&proposal));
    journal.append(now, facts.collect())?;
    Ok(proposal)
}

/// A fact about a matter, by a person.
pub fn fact(matter: &Matter, who: &str, event: Event) -> NewFact {
    NewFact { actor: who.into(), case: matter.case.clone(), subject: matter.subject.clone(), event }
}

/// Why a person is a maker of a batch and must not be its checker.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Making {
    /// Held it by hand.
    Held,
    /// Let its file in although it looked like one before.
    Admitted,
    /// Signed the ERP's file.
    Signed,
    /// Owned, as a user of the operating system, the file for which nothing else speaks.
    Owned,
}

/// How a person made a batch what it is, if at all: maker is never checker.
///
/// # Errors
/// [`JournalError`].
pub fn maker(
    records: &dyn Records,
    config: &Config,
    batch: &Batch,
    name: &str,
) -> Result<Option<Making>, JournalError> {
    for fact in records.facts_of(&batch.inbound)? {
        if let Some(making) = made_by(&fact, config, batch, name) {
            return Ok(Some(making));
        }
    }
    Ok(None)
}

fn made_by(fact: &Fact, config: &Config, batch: &Batch, name: &str) -> Option<Making> {
    if let Event::Opened { signer: Some(signer), .. } = &fact.event {
        let signs = config.users.iter().any(|u| u.name == name && u.signs.contains(signer));
        return signs.then_some(Making::Signed);
    }
    if let Event::Received(arrival) = &fact.event {
        // Where the content is vouched for, whoever put it there only carried it.
        let counts = config.security.identity == Identity::Os && batch.authenticity == Authenticity::L0;
        let owns = arrival.owner.as_deref().is_some_and(|owner| config.person_of(owner) == name);
        return (counts && owns).then_some(Making::Owned);
    }
    if fact.actor != name || fact.actor == PROGRAM {
        return None;
    }
    match fact.event {
        Event::Held { .. } if fact.subject == batch.id => Some(Making::Held),
        Event::Admitted { .. } => Some(Making::Admitted),
        _ => None,
    }
}

/// What a release by a person is bound to; `None` where the batch's parties are not configured any more.
pub fn bound(config: &Config, batch: &Batch, now: Timestamp) -> Option<Bound> {
    Some(Bound {
        count: batch.totals.count,
        sums: batch.totals.sums.clone(),
        policy: policy_of(config, batch)?,
        expires: expiry(config, now),
    })
}

/// What two approvers see of a batch: its content, its policy, and since when it stands as it does. A batch that was
/// held once more is another one to approve.
pub fn batch_digest(config: &Config, batch: &Batch) -> String {
    let policy = policy_of(config, batch).unwrap_or_default();
    digest(&[&batch.id, &batch.since, &totals_digest(&batch.totals), &policy])
}

/// What two people see of a file for a party: its state and bytes, since when, and what they say about it.
pub fn outbound_digest(file: &Outbound, said: &str) -> String {
    let bytes = file.payload().map_or("", |kept| kept.sha256.as_str());
    let totals = file.totals.as_ref().map(totals_digest).unwrap_or_default();
    digest(&[&file.id, file.state.word(), &file.since, &file.attempt.to_string(), bytes, &totals, said])
}

/// What two people see of a bank's file that waits for them: its bytes, why it waits, and since when.
pub fn inbound_digest(file: &Inbound) -> String {
    digest(&[&file.id, file.state.word(), &file.since, &file.kept.sha256, file.note.as_deref().unwrap_or_default()])
}

/// What two people see of a payment that is unknown: what it is, and the last that moved it.
pub fn payment_digest(payment: &PaymentRecord, moved: Option<u64>) -> String {
    let amount = format!("{} {}", payment.currency, payment.amount.normalize());
    let moved = moved.map(|seq| seq.to_string()).unwrap_or_default();
    let file = payment.outbound.as_deref().unwrap_or_default();
    digest(&[&payment_name(payment), payment.state.word(), &amount, file, &moved])
}

/// What an approval to send a file of a batch anyway is bound to.
pub fn sending_digest(config: &Config, batch: &Batch) -> String {
    digest(&[&totals_digest(&batch.totals), &policy_of(config, batch).unwrap_or_default()])
}

fn totals_digest(totals: &Totals) -> String {
    let sums: Vec<String> = totals.sums.iter().map(|(c, sum)| format!("{c} {}", sum.normalize())).collect();
    digest(&[&totals.digest, &totals.count.to_string(), &sums.join(",")])
}

fn digest(parts: &[&str]) -> String {
    Sha256Hash::of(parts.join("\n").as_bytes()).to_string()
}

fn policy_of(config: &Config, batch: &Batch) -> Option<String> {
    Some(Config::policy_digest(config.party(&batch.party)?, config.party(&batch.bank)?))
}

/// The moment after which a word given now is void, RFC 3339.
pub fn expiry(config: &Config, now: Timestamp) -> String {
    let hours = SignedDuration::from_hours(i64::from(config.security.approval_hours));
    moment(now.saturating_add(hours).unwrap_or(Timestamp::MAX))
}

/// Why a release counts no longer, as a reason to hold: for what came to be known since, and a person's also where it
/// is void by itself; `None` while it counts.
///
/// `waits_until` is the moment for which the batch's file waits: time spent waiting for a bank's window does not count.
/// `file` is the batch's file, once there is one: a person may have approved of sending it anyway.
///
/// # Errors
/// [`JournalError`].
pub fn fallen<R: Records + Spending>(
    records: &R,
    config: &Config,
    batch: &Batch,
    file: Option<&Outbound>,
    now: Timestamp,
) -> Result<Option<&'static str>, JournalError> {
    let facts = records.facts_of(&batch.id)?;
    let warned = elsewhere::warned(&facts, batch).map(|(reason, _)| reason);
    let again = file.map(|file| resent_at(records, file)).transpose()?.flatten();
    let void = warned.or_else(|| void(config, batch, file, &facts, again, now));
    let void = match void {
        None if officers::looked_at_without(records, batch)? => Some(officers::REASON),
        other => other,
    };
    let late = || file.map_or(Ok(None), |file| late(records, config, batch, file, now));
    let Some(reason) = void.map_or_else(late, |reason| Ok(Some(reason)))? else { return Ok(None) };
    let Some(file) = file else { return Ok(Some(reason)) };
    let approvers = approvers_anew(records, config, batch, file, now)?.len();
    let enough = approvers > 1 || approvers == 1 && !judge::takes_two(records, config, batch, now)?;
    Ok((!enough).then_some(reason))
}

/// The reason where an execution date in a file has become such that the bank's policy moves, holds or refuses it: the
/// file is made, and says what it says. What a person released in spite of its dates goes.
fn late(
    records: &dyn Records,
    config: &Config,
    batch: &Batch,
    file: &Outbound,
    now: Timestamp,
) -> Result<Option<&'static str>, JournalError> {
    let Some(bank) = config.party(&batch.bank).filter(|bank| bank.template.dates.are_asked()) else { return Ok(None) };
    let moved = numbering_of(records, &file.id)?.map(|numbering| numbering.dates).unwrap_or_default();
    let asked = records.execution_dates(&batch.id)?.into_iter();
    let written: Vec<_> = asked.map(|date| moved.get(&date).copied().unwrap_or(date)).collect();
    let currencies: Vec<_> = batch.totals.sums.keys().copied().collect();
    let said = dates::look(&written, bank, &currencies, now);
    let is_new = said.held.iter().any(|reason| !batch.held.contains(reason));
    Ok((is_new || !said.moved.is_empty() || !said.refused.is_empty()).then_some("approval-out-of-date"))
}

/// When two people last had a file sent once more: their word is about sending it, too.
fn resent_at(records: &dyn Records, file: &Outbound) -> Result<Option<Timestamp>, JournalError> {
    if file.resends == 0 {
        return Ok(None);
    }
    let facts = records.facts_of(&file.id)?.into_iter().rev();
    let mut resent = facts.filter(|f| f.subject == file.id && matches!(f.event, Event::Resent { .. }));
    Ok(resent.next().and_then(|fact| fact.at.parse().ok()))
}

/// Why a person's release is void by itself; `None` while it is not, and where the policy released. `again` is when two
/// people had the file sent once more.
fn void(
    config: &Config,
    batch: &Batch,
    file: Option<&Outbound>,
    facts: &[Fact],
    again: Option<Timestamp>,
    now: Timestamp,
) -> Option<&'static str> {
    let last = facts.iter().rev().find(|f| f.subject == batch.id && matches!(f.event, Event::Released { .. }));
    let Some(Fact { actor, event: Event::Released { digest, bound: Some(bound), .. }, .. }) = last else {
        return None;
    };
    let content =
        *digest == batch.totals.digest && bound.count == batch.totals.count && bound.sums == batch.totals.sums;
    let waited = match file {
        Some(file) => file.not_before.as_deref().and_then(|at| at.parse::<Timestamp>().ok()),
        None => config.party(&batch.bank).and_then(|bank| next::merges_at(batch, bank)),
    };
    let from = [waited, again].into_iter().flatten();
    let in_time = bound.expires > moment(now) || from.into_iter().any(|at| expiry(config, at) > moment(now));
    if !content {
        Some("approval-of-other-content")
    } else if policy_of(config, batch).as_deref() != Some(&bound.policy) {
        Some("approval-under-other-policy")
    } else if !config.allows(actor, Right::Release) {
        Some("approval-without-right")
    } else if !in_time {
        Some("approval-expired")
    } else {
        None
    }
}

/// The people with the right who have approved since of sending a file of a batch whose approval had fallen.
///
/// # Errors
/// [`JournalError`].
pub fn approvers_anew(
    records: &dyn Records,
    config: &Config,
    batch: &Batch,
    file: &Outbound,
    now: Timestamp,
) -> Result<BTreeSet<String>, JournalError> {
    let (wanted, at) = (sending_digest(config, batch), moment(now));
    // A word before what came to be known since is no word about it.
    let known = elsewhere::warned(&records.facts_of(&batch.id)?, batch).map_or(0, |(_, seq)| seq);
    let is_it = |f: &Fact| match &f.event {
        Event::Approved { what: Act::Release, digest, expires: Some(expires), .. } => {
            f.seq > known
                && f.subject == file.id
                && *digest == wanted
                && *expires > at
                && config.allows(&f.actor, Right::Release)
        }
        _ => false,
    };
    Ok(records.facts_of(&file.id)?.into_iter().filter(is_it).map(|fact| fact.actor).collect())
}

/// Words for a reason of [`fallen`].
pub fn fallen_words(reason: &str) -> Text {
    match reason {
        elsewhere::REASON => text!(
            "the bank speaks of its payments although nothing has left here: another installation may have sent them",
            "本系统尚未发出，银行却已提及其中的付款：可能已由另一套系统发出"
        ),
        proven::REASON => proven::words(),
        elsewhere::ALIKE => text!(
            "payments in it are the same as earlier ones that may be paid, as was learned after its release",
            "放行后得知：其中有付款与此前可能已付的付款相同"
        ),
        elsewhere::CONTRADICTED => {
            text!("its control file came later and contradicts it", "其控制文件随后到达，且与之矛盾")
        }
        "approval-out-of-date" => text!(
            "an execution date in it is over, or past the bank's cut-off, and the file cannot be changed any more: \
             cancel it and have it ordered anew, or release it as it is",
            "其中的执行日期已过或已过银行截止时间，而文件已不能更改：请撤销后重新提交，或按原样放行"
        ),
        officers::REASON => text!(
            "it was looked at under a configuration that its officers have not confirmed: its sender, what speaks for \
             it and its checks are proven by nothing",
            "系在未经安全员确认的配置下受理：其来源、凭证与检查均无从证实"
        ),
        "approval-expired" => text!("the approval has expired", "复核批准已过期"),
        "approval-under-other-policy" => {
            text!("settings of the ERP or the bank changed after the approval", "批准之后 ERP 或银行的设置已变更")
        }
        "approval-without-right" => {
            text!("whoever approved may not approve any more", "批准人现已无复核权限")
        }
        _ => text!("the content is not what was approved", "内容与批准时不同"),
    }
}
