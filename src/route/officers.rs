//! Who lets a changed configuration send: the officers of the configuration that was confirmed last, never those whom
//! the changed file names.
//!
//! | confirmed before | who confirms |
//! |---|---|
//! | nothing | the officers whom the configuration itself names: the first word is believed, there is no other |
//! | a configuration, by this program | its officers; an approver of it stands in for one that has left, told to all |
//! | a configuration, in a journal that does not yet say whom it named | the two who confirmed it |
//!
//! Only the configuration that was confirmed last is confirmed: whoever puts an earlier one back changes it.
//!
//! While their word is awaited nothing is decided that depends on the configuration: what comes is taken and kept, and
//! that is all. Or whoever changes the file for a minute would have his file read, believed and released in it.

use std::collections::BTreeMap;

use crate::config::{Config, Identity, Right, User};
use crate::journal::{Act, Batch, BatchState, Confirmed, Event, Fact, InboundState, JournalError, Proposal, Records};
use crate::route::PROGRAM;
use crate::text;
use crate::words::Text;

/// The subject of what is decided about the configuration.
pub const CONFIG: &str = "config";
/// Why a batch is held that was looked at under a configuration that its officers have never confirmed.
pub const REASON: &str = "unconfirmed-configuration";

/// What the officers have said so far.
#[derive(Clone, Debug, Default)]
pub struct Heard {
    /// Whether a change of the configuration is theirs to confirm.
    pub needed: bool,
    /// Whether the configuration waits for their word.
    pub awaited: bool,
    /// Where the journal goes on under a configuration that they did not confirm next, from one fact to before another.
    without: Vec<(u64, u64)>,
}

impl Heard {
    /// What the journal says of it.
    ///
    /// # Errors
    /// [`JournalError`].
    pub fn of(config: &Config, records: &dyn Records) -> Result<Heard, JournalError> {
        let needed = config.needs_officers() || needed_before(records, config)?;
        let awaited = needed && !is_confirmed(records, &config.digest())?;
        Ok(Heard { needed, awaited, without: without(records.facts_of(CONFIG)?) })
    }

    /// Whether a file that came was opened without their word, so that what was found then does not count.
    ///
    /// # Errors
    /// [`JournalError`].
    pub fn opened_without(&self, records: &dyn Records, inbound: &str) -> Result<bool, JournalError> {
        if self.without.is_empty() {
            return Ok(false);
        }
        let opened = records.facts_of(inbound)?.into_iter().rev().find(|f| matches!(f.event, Event::Opened { .. }));
        Ok(opened.is_some_and(|fact| is_within(&self.without, fact.seq)))
    }
}

/// Whether the program looked at a batch without the officers' word and nobody has released it knowing that: who
/// changes the configuration for a minute decides nothing in it.
///
/// # Errors
/// [`JournalError`].
pub fn looked_at_without(records: &dyn Records, batch: &Batch) -> Result<bool, JournalError> {
    if batch.held.iter().any(|reason| reason == REASON) {
        return Ok(false);
    }
    let without = without(records.facts_of(CONFIG)?);
    if without.is_empty() {
        return Ok(false);
    }
    let facts = records.facts_of(&batch.inbound)?;
    let last = |is_it: &dyn Fn(&Fact) -> bool| facts.iter().rev().find(|fact| is_it(fact)).map(|fact| fact.seq);
    let judged = |fact: &Fact| {
        let by_program = fact.actor == PROGRAM && fact.subject == batch.id;
        by_program && matches!(fact.event, Event::Held { .. } | Event::Released { .. })
    };
    let looks = [
        last(&|fact| matches!(fact.event, Event::Opened { .. })),
        last(&|fact| matches!(fact.event, Event::Checked { .. })),
        last(&judged),
    ];
    Ok(looks.into_iter().flatten().any(|seq| is_within(&without, seq)))
}

fn is_within(stretches: &[(u64, u64)], seq: u64) -> bool {
    stretches.iter().any(|(from, to)| (*from..*to).contains(&seq))
}

/// The stretches of the journal in which a configuration was at work that needed its officers' word, had not got it and
/// was not the one that they confirmed next. Of what an officer looks at before confirming, nobody says that it was
/// wrong all the time.
fn without(facts: Vec<Fact>) -> Vec<(u64, u64)> {
    let (mut without, mut since) = (Vec::new(), Vec::new());
    // The digest of the configuration at work, and of the one that was confirmed last; whether each needs officers.
    let mut at_work: Option<(String, bool)> = None;
    let mut confirmed: Option<(String, bool)> = None;
    let mut began: Option<u64> = None;
    for Fact { seq, event, .. } in facts {
        let word = match event {
            Event::ConfigChanged { digest, needs_officers, .. } => {
                let ended = at_work.replace((digest, needs_officers == Some(true)));
                since.extend(began.take().zip(ended).map(|(from, (digest, _))| (from, seq, digest)));
                None
            }
            Event::ConfigConfirmed(word) => Some((word.digest, word.needs_officers)),
            // Journals from before it was stated whom a configuration names; beside what states it, the same.
            Event::Approved { what: Act::Config, digest, .. } => Some((digest, true)),
            _ => continue,
        };
        if let Some((digest, needs)) = word {
            since.extend(began.take().zip(at_work.clone()).map(|(from, (digest, _))| (from, seq, digest)));
            let mut told: Vec<_> = std::mem::take(&mut since);
            told.retain(|(_, _, worked): &(u64, u64, String)| *worked != digest);
            without.extend(told.into_iter().map(|(from, to, _)| (from, to)));
            confirmed = Some((digest, needs));
        }
        let is_of_officers = |all: &Option<(String, bool)>| all.as_ref().is_some_and(|(_, needs)| *needs);
        let is_confirmed = match (&at_work, &confirmed) {
            (Some((at_work, _)), Some((confirmed, _))) => at_work == confirmed,
            (None, _) => true,
            (Some(_), None) => false,
        };
        if !is_confirmed && (is_of_officers(&at_work) || is_of_officers(&confirmed)) {
            began = Some(seq);
        }
    }
    without.extend(since.into_iter().map(|(from, to, _)| (from, to)));
    without.extend(began.map(|from| (from, u64::MAX)));
    without
}

/// The configuration that was confirmed last, and whose word counts for the next; `None` where none ever was.
///
/// # Errors
/// [`JournalError`].
pub fn confirmed(records: &dyn Records) -> Result<Option<Confirmed>, JournalError> {
    let stated = records.facts_of(CONFIG)?.into_iter().rev().find_map(|fact| match fact.event {
        Event::ConfigConfirmed(confirmed) => Some(*confirmed),
        _ => None,
    });
    match stated {
        Some(confirmed) => Ok(Some(confirmed)),
        None => Ok(approved(records)?.pop().map(by_its_confirmers)),
    }
}

/// Number of the fact by which a configuration was confirmed last; 0 where none was stated to be. What was proposed
/// before it was proposed by the word of others.
///
/// # Errors
/// [`JournalError`].
pub fn confirmed_at(records: &dyn Records) -> Result<u64, JournalError> {
    let facts = records.facts_of(CONFIG)?.into_iter().rev();
    let mut stated = facts.filter(|fact| matches!(fact.event, Event::ConfigConfirmed(_)));
    Ok(stated.next().map_or(0, |fact| fact.seq))
}

/// What people of this configuration confirm when it is confirmed.
pub fn named_by(config: &Config) -> Confirmed {
    let having = |right: Right| {
        let people = config.users.iter().filter(|user| user.has(right));
        people.map(|user: &User| (user.name.clone(), user.system().to_string())).collect::<BTreeMap<_, _>>()
    };
    Confirmed {
        digest: config.digest(),
        needs_officers: config.needs_officers(),
        by_system: config.security.identity == Identity::Os,
        officers: having(Right::Configure),
        approvers: having(Right::Resolve),
    }
}

/// Whether two officers have let this configuration send, and none since.
///
/// # Errors
/// [`JournalError`].
pub fn is_confirmed(records: &dyn Records, digest: &str) -> Result<bool, JournalError> {
    Ok(confirmed(records)?.is_some_and(|confirmed| confirmed.digest == digest))
}

/// Whether nothing is decided or sent to banks because the configuration wants two officers' word and has not got it.
///
/// # Errors
/// [`JournalError`].
pub fn waits_for_officers(config: &Config, records: &dyn Records) -> Result<bool, JournalError> {
    Ok(Heard::of(config, records)?.awaited)
}

/// Whether the program was started last under the configuration that was confirmed last: while it runs it goes on so,
/// whatever the file says by now.
///
/// # Errors
/// [`JournalError`].
pub fn runs_confirmed(records: &dyn Records) -> Result<bool, JournalError> {
    let at_work = records.facts_of(CONFIG)?.into_iter().rev().find_map(|fact| match fact.event {
        Event::ConfigChanged { digest, .. } => Some(digest),
        _ => None,
    });
    at_work.map_or(Ok(false), |digest| is_confirmed(records, &digest))
}

/// What a program does that runs under the confirmed configuration, beside a file that is not confirmed.
pub fn words_at_work() -> Text {
    text!(
        "a program that was started before goes on under the confirmed configuration, and sends; it reads this one \
         when it is started anew, or by SIGHUP",
        "此前启动的程序继续按已确认的配置运行并发送；重新启动或收到 SIGHUP 后才读取本配置"
    )
}

/// Whether a configuration that ran before needed officers, and none that they confirmed has let go of that since: who
/// changes the configuration alone cannot take away that changes are confirmed.
fn needed_before(records: &dyn Records, config: &Config) -> Result<bool, JournalError> {
    let (now, facts) = (config.digest(), records.facts_of(CONFIG)?);
    let is_stated = facts.iter().any(|fact| matches!(fact.event, Event::ConfigConfirmed(_)));
    let approved = if is_stated { Vec::new() } else { approved(records)? };
    for fact in facts.into_iter().rev() {
        match fact.event {
            Event::ConfigConfirmed(confirmed) => return Ok(confirmed.needs_officers),
            Event::ConfigChanged { digest, .. } if digest == now => {}
            Event::ConfigChanged { needs_officers: Some(true), .. } => return Ok(true),
            // What officers confirmed before this was stated, they were needed for.
            Event::ConfigChanged { digest, needs_officers, .. } if approved.iter().any(|p| p.digest == digest) => {
                return Ok(needs_officers.is_none());
            }
            _ => {}
        }
    }
    Ok(false)
}

/// The configurations that two people ever confirmed, in order.
fn approved(records: &dyn Records) -> Result<Vec<Proposal>, JournalError> {
    let proposals = records.proposals_of(CONFIG)?.into_iter();
    Ok(proposals.filter(|p| p.what == Act::Config && p.approved_by.is_some()).collect())
}

/// Journals from before it was stated whom a configuration names know two who were its officers.
fn by_its_confirmers(proposal: Proposal) -> Confirmed {
    let both = [Some(proposal.proposed_by), proposal.approved_by].into_iter().flatten();
    let officers = both.map(|name| (name.clone(), name)).collect();
    Confirmed { digest: proposal.digest, needs_officers: true, officers, ..Confirmed::default() }
}

/// What stops every file for a bank while the configuration waits for its officers.
pub fn words() -> Text {
    text!(
        "nothing is sent to banks: the configuration waits until two officers confirm it",
        "不向银行发送：配置等待两名安全员确认"
    )
}

/// What stops every file that came.
pub fn words_unread() -> Text {
    text!(
        "kept and not read: the configuration waits until two officers confirm it",
        "只保存、不读取：配置等待两名安全员确认"
    )
}

/// How many files and batches wait for their word; `None` where none does.
///
/// # Errors
/// [`JournalError`].
pub fn waiting(records: &dyn Records) -> Result<Option<Text>, JournalError> {
    let files = records.inbounds(&[InboundState::Received, InboundState::Opened])?.len();
    let batches = records.batches(&[BatchState::Checked, BatchState::Released])?.len();
    Ok((files + batches > 0).then(|| {
        text!(
            "what comes is kept and not read: {files} files and {batches} batches wait for that",
            "收到的文件只保存、不读取：{files} 个文件和 {batches} 个批次为此等待"
        )
    }))
}

/// What the officers do.
pub fn hint() -> Text {
    text!(
        "two officers of the configuration that was confirmed last run `bankferry config --confirm --reason TEXT`",
        "由上次确认的配置中的两名安全员运行 `bankferry config --confirm --reason 文字`"
    )
}
