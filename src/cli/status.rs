//! `bankferry status`: one screen: what waits, what is in doubt, what must be decided.

use std::collections::BTreeMap;

use clap::Args;
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;

use super::desk::Desk;
use super::print::json_line;
use super::{CliError, Context, Exit, Run};
use crate::config::{Environment, Party};
use crate::disk::{self, InstanceLock};
use crate::document::Date;
use crate::journal::{
    Act, AlarmRecord, Batch, BatchState, Contact, Event, Fact, Inbound, InboundState, Outbound, OutboundState,
    Oversight, Proposal, Records, SqliteJournal, Standing, Sums, Totals, UnknownPayments, WAITS_FOR_A_PERSON, noted,
};
use crate::route::absent::{Absent, absent};
use crate::route::duplicates::remembers_since;
use crate::route::inventory::{credentials, endings, unsigned};
use crate::route::notices::{Notice, notices};
use crate::route::proposals::waiting;
use crate::route::{elsewhere, officers, settings};
use crate::seal::{Alarm, Keys};
use crate::text;
use crate::words::Text;

mod behind;
mod hours;
mod screen;

use behind::Behind;
use hours::Hours;

/// The newest facts among which incidents are looked for.
const FACTS_BACK: u64 = 5_000;
/// Days for which an incident stays on the screen.
const INCIDENT_DAYS: i64 = 7;
/// The most refused files of banks that are shown; the rest is counted.
const MOST_REFUSED: usize = 5;

/// Shows what waits, what is unknown, and what a person must decide
///
/// Works while the daemon runs and changes nothing.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  bankferry status
  bankferry status --json | jq '.decisions[] | select(.kind == \"unknown\")'")]
pub struct Status {}

impl Run for Status {
    fn run(&self, context: &Context) -> Result<Exit, CliError> {
        let desk = Desk::open(context)?;
        let overview = Overview::of(&desk)?;
        if context.json() {
            json_line(&overview)?;
        } else {
            screen::show(&desk, &overview)?;
        }
        Ok(Exit::Done)
    }
}

/// Everything that is on the screen.
#[derive(Serialize)]
struct Overview {
    installation: String,
    environment: Environment,
    at: Timestamp,
    /// Who holds the installation now, where the system tells.
    #[serde(skip_serializing_if = "Option::is_none")]
    running: Option<String>,
    facts: u64,
    /// Whose journal it is, and whether it may send.
    #[serde(skip_serializing_if = "Option::is_none")]
    standing: Option<Standing>,
    /// Nothing is sent to banks before two officers confirm the configuration.
    waits_for_officers: bool,
    /// Whether a program that was started before goes on under the confirmed one.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    runs_confirmed: bool,
    /// How much waits for them.
    #[serde(skip_serializing_if = "Option::is_none")]
    for_officers: Option<Text>,
    /// Which settings they have to look at; `None` where none was ever confirmed.
    #[serde(skip_serializing_if = "Option::is_none")]
    config_changes: Option<Vec<settings::Changed>>,
    /// Alarms that are on.
    alarms: Vec<AlarmRecord>,
    parties: Vec<PartyRow>,
    /// Parties that the configuration does not have, or that stand aside, and what waits there.
    absent: Vec<Absent>,
    held: Vec<Batch>,
    decisions: Vec<Decision>,
    /// Files that wait until a bank that takes one at a time has answered another.
    behind: Vec<Behind>,
    /// Refused files of banks that are not listed one by one.
    more_refused: usize,
    /// What should have happened by now.
    notices: Vec<Notice>,
    incidents: Vec<Fact>,
    /// That nothing is signed for auditors any more.
    #[serde(skip_serializing_if = "Option::is_none")]
    unsigned: Option<Text>,
    keys: Vec<KeyRow>,
}

/// One party: what waits there by state word.
#[derive(Serialize)]
struct PartyRow {
    name: String,
    kind: &'static str,
    environment: Environment,
    /// When files may be sent to it, and when it is asked for files.
    hours: Hours,
    batches: BTreeMap<&'static str, u64>,
    inbound: BTreeMap<&'static str, u64>,
    outbound: BTreeMap<&'static str, u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    contact: Option<Contact>,
    /// What its last failure was, for a person to read.
    #[serde(skip)]
    note: Text,
    /// How far back an ERP's batches are compared with what came before.
    #[serde(skip_serializing_if = "Option::is_none")]
    duplicates_months: Option<u32>,
    /// The day from which on there is anything to compare with, where the journal is younger than that.
    #[serde(skip_serializing_if = "Option::is_none")]
    remembers_since: Option<Date>,
    #[serde(skip)]
    states: Vec<Text>,
}

/// Why a person must decide.
#[derive(Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
enum Why {
    Unknown,
    UnknownPayments,
    Unconfirmed,
    Failed,
    Stopped,
    Duplicate,
    Correction,
    Proposed,
    RefusedBankFile,
    Unreachable,
}

/// Something that a person must decide, with its evidence and the next command.
#[derive(Serialize)]
struct Decision {
    id: String,
    kind: Why,
    party: String,
    since: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    name: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    evidence: String,
    /// The evidence for a person to read.
    #[serde(skip)]
    words: Text,
    #[serde(skip_serializing_if = "Option::is_none")]
    count: Option<u64>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    sums: Sums,
    commands: Vec<String>,
}

/// A key that ends soon.
#[derive(Serialize)]
struct KeyRow {
    fingerprint: String,
    days: u32,
    replaced: bool,
    #[serde(skip)]
    words: Text,
}

impl Overview {
    fn of(desk: &Desk<'_>) -> Result<Overview, CliError> {
        let mut overview = Overview {
            installation: desk.config.name.clone(),
            environment: desk.config.environment,
            at: desk.now(),
            running: InstanceLock::held_by(&desk.config.state()),
            facts: 0,
            standing: None,
            waits_for_officers: false,
            runs_confirmed: false,
            for_officers: None,
            config_changes: None,
            alarms: Vec::new(),
            parties: desk.config.parties.iter().map(|party| PartyRow::of(desk, party)).collect(),
            absent: desk.config.set_aside.iter().map(Absent::from).collect(),
            held: Vec::new(),
            decisions: Vec::new(),
            behind: Vec::new(),
            more_refused: 0,
            notices: Vec::new(),
            incidents: Vec::new(),
            unsigned: unsigned_now(desk, None)?,
            keys: keys(desk)?,
        };
        if let Some(records) = desk.records_so_far()? {
            overview.look(desk, &records)?;
        }
        Ok(overview)
    }

    fn look(&mut self, desk: &Desk<'_>, records: &SqliteJournal) -> Result<(), CliError> {
        self.facts = records.head()?.0;
        self.standing = records.standing()?;
        self.unsigned = unsigned_now(desk, Some(records))?;
        self.waits_for_officers = officers::waits_for_officers(&desk.config, records)?;
        if self.waits_for_officers {
            self.runs_confirmed = self.running.is_some() && officers::runs_confirmed(records)?;
            self.for_officers = officers::waiting(records)?;
            self.config_changes = settings::since_confirmed(&desk.config, records)?;
        }
        self.alarms = records.alarms(false)?;
        self.alarms.retain(|alarm| alarm.cleared_at.is_none());
        self.batches(records)?;
        self.outbounds(records)?;
        let proposals = waiting(records, &desk.config, self.at)?.into_iter().filter(|w| w.fallen.is_none());
        self.decisions.extend(proposals.map(|waiting| Decision::of_proposal(waiting.proposal)));
        self.inbounds(desk, records)?;
        for contact in records.contacts()? {
            self.contact(desk, contact);
        }
        self.put_in_words(records)?;
        self.absent = absent(&desk.config, records, self.at)?;
        self.behind = Behind::all(&desk.config, records, self.at)?;
        for (row, party) in self.parties.iter_mut().zip(&desk.config.parties).filter(|(_, party)| !party.is_bank()) {
            row.remembers_since = remembers_since(records, &party.duplicates, self.at)?.map(|at| desk.day(at));
        }
        self.notices = notices(&desk.config, records, self.at)?;
        self.incidents = incidents(records, self.facts, self.at)?;
        Ok(())
    }

    /// What the journal keeps in English alone, for whoever reads another language.
    fn put_in_words(&mut self, records: &SqliteJournal) -> Result<(), CliError> {
        for decision in &mut self.decisions {
            decision.words = noted(&records.facts_of(&decision.id)?, &decision.evidence);
        }
        for row in &mut self.parties {
            if let Some(contact) = &row.contact {
                row.note = noted(&records.facts_of(&row.name)?, &contact.note);
            }
        }
        Ok(())
    }

    fn row(&mut self, party: &str) -> Option<&mut PartyRow> {
        self.parties.iter_mut().find(|row| row.name == party)
    }

    fn batches(&mut self, records: &SqliteJournal) -> Result<(), CliError> {
        use BatchState::{Checked, Held, Released};
        for batch in records.batches(&[Checked, Held, Released])? {
            if let Some(row) = self.row(&batch.party) {
                *row.batches.entry(batch.state.word()).or_default() += 1;
                row.see(batch.state.word(), batch.state.word_zh());
            }
            if batch.state == Held {
                self.held.push(batch);
            }
        }
        Ok(())
    }

    fn outbounds(&mut self, records: &SqliteJournal) -> Result<(), CliError> {
        use OutboundState::{Numbered, Publishing, Queued, Sealed, Sending, Unconfirmed, Unknown, Written};
        let open = [Numbered, Written, Sealed, Queued, Sending, Publishing, Unconfirmed, Unknown];
        for file in records.outbounds(&open)? {
            if let Some(row) = self.row(&file.party) {
                *row.outbound.entry(file.state.word()).or_default() += 1;
                row.see(file.state.word(), file.state.word_zh());
            }
            let why = match file.state {
                Unknown => Why::Unknown,
                Unconfirmed => Why::Unconfirmed,
                _ if file.retry_at.as_deref() == Some(WAITS_FOR_A_PERSON) => Why::Failed,
                _ => continue,
            };
            // What another hand may have sent is ended by saying what the bank has, or let go all the same.
            let in_doubt = why == Why::Failed && elsewhere::may_have_sent(records, &file)?;
            self.decisions.push(Decision::of_outbound(file, why, in_doubt));
        }
        self.decisions.extend(records.unknown_payments()?.into_iter().map(Decision::of_payments));
        self.decisions.sort_by_key(|decision| decision.kind as u8);
        Ok(())
    }

    fn inbounds(&mut self, desk: &Desk<'_>, records: &SqliteJournal) -> Result<(), CliError> {
        use InboundState::{Duplicate, Held, Opened, Received};
        for file in records.inbounds(&[Received, Opened, Duplicate, Held])? {
            if let Some(row) = self.row(&file.party) {
                *row.inbound.entry(file.state.word()).or_default() += 1;
                row.see(file.state.word(), file.state.word_zh());
            }
            if matches!(file.state, Received | Opened) && file.retry_at.as_deref() == Some(WAITS_FOR_A_PERSON) {
                self.decisions.push(Decision::of_inbound(file, Why::Stopped));
            } else if file.state == Duplicate {
                self.decisions.push(Decision::of_inbound(file, Why::Duplicate));
            } else if file.state == Held {
                self.decisions.push(Decision::of_inbound(file, Why::Correction));
            }
        }
        let banks: Vec<&str> = desk.config.banks().map(|bank| bank.name.as_str()).collect();
        let mut refused = records.refused_of(&banks)?;
        self.more_refused = refused.len().saturating_sub(MOST_REFUSED);
        for file in refused.split_off(self.more_refused) {
            self.decisions.push(Decision::of_inbound(file, Why::RefusedBankFile));
        }
        Ok(())
    }

    fn contact(&mut self, desk: &Desk<'_>, contact: Contact) {
        if contact.retry_at == WAITS_FOR_A_PERSON {
            self.decisions.push(Decision {
                id: contact.party.clone(),
                kind: Why::Unreachable,
                party: contact.party.clone(),
                since: contact.since.clone(),
                name: String::new(),
                evidence: contact.note.clone(),
                words: Text::default(),
                count: None,
                sums: Sums::new(),
                commands: vec![format!("bankferry check --connect {}", contact.party)],
            });
        }
        if let Some(row) = self.row(&contact.party.clone()) {
            row.hours.hold(&contact, desk.next_try(&contact.retry_at));
            row.contact = Some(contact);
        }
    }
}

impl PartyRow {
    fn of(desk: &Desk<'_>, party: &Party) -> PartyRow {
        PartyRow {
            name: party.name.clone(),
            kind: if party.is_bank() { "bank" } else { "erp" },
            environment: desk.config.environment,
            hours: Hours::of(party, desk.now()),
            batches: BTreeMap::new(),
            inbound: BTreeMap::new(),
            outbound: BTreeMap::new(),
            contact: None,
            note: Text::default(),
            duplicates_months: (!party.is_bank()).then_some(party.duplicates.months),
            remembers_since: None,
            states: Vec::new(),
        }
    }

    /// Remembers the words of a state for the screen.
    fn see(&mut self, en: &str, zh: &str) {
        let words = Text { en: en.to_string(), zh: zh.to_string() };
        if !self.states.contains(&words) {
            self.states.push(words);
        }
    }
}

impl Decision {
    fn of_outbound(file: Outbound, why: Why, in_doubt: bool) -> Decision {
        let id = &file.id;
        let resolve = ["--sent", "--not-sent"].map(|said| format!("bankferry resolve {id} {said} --reason TEXT"));
        let tried = [format!("bankferry release {id} --reason TEXT"), format!("bankferry show {id}")];
        let commands = match why {
            Why::Failed if in_doubt => resolve.into_iter().chain(tried).collect(),
            Why::Failed => tried.to_vec(),
            _ => resolve.to_vec(),
        };
        let Totals { count, sums, .. } = file.totals.clone().unwrap_or_default();
        Decision {
            kind: why,
            party: file.party,
            since: file.since,
            name: file.name,
            evidence: file.evidence.unwrap_or_default(),
            words: Text::default(),
            count: file.totals.is_some().then_some(count),
            sums,
            commands,
            id: file.id,
        }
    }

    /// One line for all payments of a bank that are unknown each by itself; the oldest is named.
    fn of_payments(of_bank: UnknownPayments) -> Decision {
        let UnknownPayments { party, count, sums, oldest, first } = of_bank;
        let commands = vec![
            format!("bankferry list payments --state unknown --party {party}"),
            format!("bankferry resolve {first} --sent --reason TEXT"),
            format!("bankferry resolve {first} --not-sent --reason TEXT"),
        ];
        Decision {
            id: party.clone(),
            kind: Why::UnknownPayments,
            party,
            since: oldest,
            name: String::new(),
            evidence: first,
            words: Text::default(),
            count: Some(count),
            sums,
            commands,
        }
    }

    fn of_proposal(proposal: Proposal) -> Decision {
        let (id, reference) = (&proposal.subject, proposal.reference.as_deref().unwrap_or_default());
        let command = match proposal.what {
            Act::Release => format!("bankferry release {id}"),
            Act::TakeBack => format!("bankferry refuse {id} --reason TEXT"),
            Act::ResolveSent => format!("bankferry resolve {id} --sent --reason TEXT"),
            Act::ResolveNotSent => format!("bankferry resolve {id} --not-sent --reason TEXT"),
            Act::Resend => format!("bankferry resend {id} --reference {reference:?} --reason TEXT"),
            Act::LetIn | Act::PassOver => format!("bankferry release {id} --reason TEXT"),
            Act::Match => format!("bankferry match {id} {reference} --reason TEXT"),
            Act::Unmatch => format!("bankferry unmatch {id} --reason TEXT"),
            Act::Unfence => "bankferry unfence --reason TEXT".to_string(),
            Act::Config => "bankferry config --confirm --reason TEXT".to_string(),
        };
        Decision {
            kind: Why::Proposed,
            party: proposal.proposed_by,
            since: proposal.proposed_at,
            name: proposal.what.word().to_string(),
            evidence: proposal.reason,
            words: Text::default(),
            count: None,
            sums: Sums::new(),
            commands: vec![command],
            id: proposal.subject,
        }
    }

    fn of_inbound(file: Inbound, why: Why) -> Decision {
        let id = &file.id;
        let release = format!("bankferry release {id} --reason TEXT");
        let commands = match why {
            Why::Duplicate | Why::Correction | Why::RefusedBankFile => {
                vec![release, format!("bankferry refuse {id} --reason TEXT")]
            }
            _ => vec![release],
        };
        Decision {
            kind: why,
            party: file.party,
            since: file.since,
            name: file.name,
            evidence: file.note.unwrap_or_default(),
            words: Text::default(),
            count: None,
            sums: Sums::new(),
            commands,
            id: file.id,
        }
    }

    /// Why a person must decide, in words.
    fn words(&self) -> Text {
        let party = &self.party;
        match self.kind {
            Why::Unknown => text!(
                "UNKNOWN: nobody can prove whether `{party}` has it; it is never sent again by itself",
                "状态未知：无法证明 `{party}` 是否收到；程序不会自行重发"
            ),
            Why::UnknownPayments => text!(
                "UNKNOWN payments: `{party}` has their files, and nobody can say what became of them",
                "状态未知的付款：其文件已在 `{party}`，但无法确定付款结果"
            ),
            Why::Unconfirmed => text!(
                "unconfirmed: `{party}` took it by all signs; its answer is awaited",
                "已送未确认：种种迹象表明 `{party}` 已取走；等待其回执"
            ),
            Why::Failed => {
                text!("failed, and only a person can help; it has not been sent", "失败，须人工处理；尚未发出")
            }
            Why::Stopped => text!(
                "a file of `{party}` could not be worked on, and only a person can help; nothing of it counts as yet",
                "无法处理 `{party}` 的文件，须人工处理；其内容尚未生效"
            ),
            Why::Duplicate => text!(
                "the same content came from `{party}` before; nothing is done with it until you say so",
                "`{party}` 曾发来相同内容；在您决定之前不作处理"
            ),
            Why::Correction => text!(
                "it contradicts itself or what `{party}` said before; nothing of it counts or is told as yet",
                "内容自相矛盾，或与 `{party}` 此前所述不同；在您决定之前不转发、不入账"
            ),
            Why::Proposed => {
                text!("`{party}` proposed it; another person must confirm it", "由 `{party}` 提议，须由另一人确认")
            }
            Why::RefusedBankFile => text!("a file of `{party}` could not be used", "无法使用 `{party}` 的文件"),
            Why::Unreachable => {
                text!("`{party}` is not contacted again before a person helps", "在人工处理之前不再联系 `{party}`")
            }
        }
    }

    /// What the evidence says in words: a duplicate's note is the id of the earlier file.
    fn evidence(&self) -> Text {
        let seen = &self.evidence;
        match self.kind {
            Why::Correction => super::tongue::corrections(seen),
            Why::UnknownPayments => text!("the oldest is `{seen}`", "最早的一笔为 `{seen}`"),
            Why::Duplicate => text!("it came first as `{seen}`", "首次收到时编号为 `{seen}`"),
            _ => self.words.clone(),
        }
    }
}

/// That no audit key can be used any more, where one could.
fn unsigned_now(desk: &Desk<'_>, records: Option<&SqliteJournal>) -> Result<Option<Text>, CliError> {
    let keys = Keys::open(&desk.config.keys())?;
    let reports = || records.and_then(|records| records.reports(None, Date::MIN).ok()).unwrap_or_default();
    Ok(unsigned(&desk.config, &keys, reports, desk.context.clock().system_time())?)
}

/// Keys that end within 90 days and are not replaced.
fn keys(desk: &Desk<'_>) -> Result<Vec<KeyRow>, CliError> {
    if !disk::is_folder(&desk.config.keys())? {
        return Ok(Vec::new());
    }
    let alarms = Keys::open(&desk.config.keys())?.alarms(desk.context.clock().system_time());
    let row = |alarm: &Alarm| KeyRow {
        fingerprint: alarm.key.fingerprint.clone(),
        days: alarm.days,
        replaced: alarm.replaced,
        words: alarm.words(),
    };
    let mut rows: Vec<KeyRow> = alarms.iter().map(row).collect();
    let day = desk.day(desk.now());
    let others = credentials(&desk.config, day)?;
    rows.extend(endings(&others, day).into_iter().map(|ending| KeyRow {
        words: ending.words(),
        fingerprint: ending.credential.fingerprint,
        days: ending.days,
        replaced: ending.replaced,
    }));
    Ok(rows)
}

/// Incidents of the last days, among the newest facts.
fn incidents(records: &SqliteJournal, head: u64, now: Timestamp) -> Result<Vec<Fact>, CliError> {
    let since = now.saturating_sub(SignedDuration::from_hours(24 * INCIDENT_DAYS)).unwrap_or(Timestamp::MIN);
    let facts = records.facts_after(head.saturating_sub(FACTS_BACK), FACTS_BACK)?;
    let recent = |fact: &Fact| fact.at.parse::<Timestamp>().is_ok_and(|at| at >= since);
    Ok(facts.into_iter().filter(|fact| matches!(fact.event, Event::Incident { .. }) && recent(fact)).collect())
}
