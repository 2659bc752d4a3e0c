//! Numbering: message id, name and creation time of an outbound file, allocated once.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::paper::Output;
use crate::config::{Config, Party};
use crate::disk::Sha256Hash;
use crate::document::Date;
use crate::format::layout::Carries;
use crate::format::layout::declare::RecordKind;
use crate::journal::{
    Apart, Batch, Event, FileNumber, JournalError, MergedBatch, NumberedPart, Numbering, Purpose, Records, Totals,
};
use crate::template::{NameParts, folders};
use crate::text;
use crate::words::Text;

/// The longest id of ISO 20022 and what our ids, the hyphen and the number of a group behind it take of it.
const MOST_NAME: usize = 35 - 16 - "-9999".len();
/// Digits of the digest that tells long names apart.
const DIGITS: usize = 6;

/// What of the batches a file carries.
#[derive(Clone, Debug)]
pub enum Load {
    /// The whole batch.
    Whole,
    /// One of its parts, which holds this.
    Part(NumberedPart, Totals),
    /// It and others, which hold this together.
    Merged(Vec<MergedBatch>, Totals),
    /// The whole batch, which leaves a merged file.
    Apart(Apart),
}

/// What tells a file from all others.
#[derive(Clone, Debug)]
pub struct Identity {
    /// Its id.
    pub id: String,
    /// Its number in the bank's sequence, where its name has one.
    pub sequence: Option<FileNumber>,
}

/// The number that the next file of a bank gets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Counted {
    /// None: the bank's names have no sequence.
    Without,
    /// This one.
    Number(FileNumber),
    /// None is left.
    UsedUp,
}

/// The lowest number of the bank's sequence above those that were given, `pending` the highest that is given and not
/// stated yet. One whose name was given before, such as a year ago, is passed over.
///
/// # Errors
/// [`JournalError`].
pub fn count(
    records: &dyn Records,
    config: &Config,
    bank: &Party,
    pending: u64,
    now: Timestamp,
) -> Result<Counted, JournalError> {
    let out = &bank.template.out;
    let Some(highest) = out.name.highest() else { return Ok(Counted::Without) };
    let today = bank.window.local(now).date();
    let day = out.sequence.day(today);
    let last = records.last_file_number(&bank.name, day)?.max(pending);
    let folder = folders::on_day(&out.folder, today);
    for number in out.sequence_from.max(last + 1)..=highest {
        let parts = NameParts { sequence: number, ..parts(config, bank, ("", Purpose::Payments), now) };
        let parts = NameParts { extension: extension(&bank.template.payments.format).into(), ..parts };
        if !records.is_name_given(&bank.name, &folder, &sealed_name(bank, out.name.fill(&parts)))? {
            return Ok(Counted::Number(FileNumber { number, day }));
        }
    }
    Ok(Counted::UsedUp)
}

/// Why a batch is held, as a rule name: no number is left for its file.
pub const USED_UP: &str = "file-numbers-used-up";

/// The words of [`USED_UP`].
pub fn used_up() -> Text {
    text!(
        "the numbers of the bank's file names are used up: release it on another day where they begin anew, or give \
         `{{sequence:N}}` in `[out] name` more digits, as far as the bank lets you",
        "银行文件名的顺序号已用完：若每天重新编号，请改日放行；否则在银行允许的范围内，为 `[out] name` 的 `{{sequence:N}}` 增加位数"
    )
}

/// Numbers a file for a bank; `batch` is the first that it carries.
pub fn for_bank(
    config: &Config,
    bank: &Party,
    batch: &Batch,
    load: Load,
    dates: BTreeMap<Date, Date>,
    Identity { id, sequence }: &Identity,
    now: Timestamp,
) -> Numbering {
    let mut totals = batch.totals.clone();
    let (mut part, mut merged, mut apart) = (None, Vec::new(), None);
    match load {
        Load::Whole => {}
        Load::Part(which, held) => (part, totals) = (Some(which), held),
        Load::Merged(members, held) => (merged, totals) = (members, held),
        Load::Apart(from) => apart = Some(from),
    }
    let message_id = message_id(config, id, bank.template.longest_message_id());
    let format = bank.template.payments.format.clone();
    let parts = NameParts {
        message_id: message_id.clone(),
        batch: batch.id.clone(),
        extension: extension(&format).into(),
        sequence: sequence.map(|given| given.number).unwrap_or_default(),
        ..parts(config, bank, (id, Purpose::Payments), now)
    };
    Numbering {
        party: bank.name.clone(),
        purpose: Purpose::Payments,
        source: batch.inbound.clone(),
        document: 0,
        format,
        message_id: Some(message_id),
        created: now.strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
        folder: folders::on_day(&bank.template.out.folder, bank.window.local(now).date()),
        name: sealed_name(bank, bank.template.out.name.fill(&parts)),
        totals: Some(totals),
        part,
        merged,
        apart,
        dates,
        about: None,
        sequence: *sequence,
        stopped: 0,
        bank_file: None,
    }
}

/// What stands here for a file by which another hand may have sent a batch: under the batch's own id, since nobody here
/// knows its name, and with none of the bank's numbers.
pub fn elsewhere(bank: &Party, batch: &Batch, now: Timestamp) -> Numbering {
    Numbering {
        party: bank.name.clone(),
        purpose: Purpose::Payments,
        source: batch.inbound.clone(),
        document: 0,
        format: bank.template.payments.format.clone(),
        message_id: None,
        created: now.strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
        folder: folders::on_day(&bank.template.out.folder, bank.window.local(now).date()),
        name: batch.id.clone(),
        totals: Some(batch.totals.clone()),
        part: None,
        merged: Vec::new(),
        apart: None,
        dates: BTreeMap::new(),
        about: None,
        sequence: None,
        stopped: 0,
        bank_file: None,
    }
}

/// How an outbound file was numbered.
///
/// # Errors
/// [`JournalError`].
pub fn numbering_of(records: &dyn Records, outbound: &str) -> Result<Option<Numbering>, JournalError> {
    let facts = records.facts_of(outbound)?.into_iter().filter(|fact| fact.subject == outbound);
    Ok(facts.map(|fact| fact.event).find_map(|event| match event {
        Event::Numbered(numbering) => Some(numbering),
        _ => None,
    }))
}

/// What a file for an ERP is numbered with.
pub(super) fn for_erp(
    config: &Config,
    erp: &Party,
    output: &Output,
    source: &str,
    id: &str,
    now: Timestamp,
) -> Numbering {
    let about = if output.about.is_empty() { source } else { &output.about };
    let parts = NameParts {
        batch: about.to_string(),
        account: output.account.clone(),
        extension: if in_columns(erp, output) { "csv" } else { extension(&output.format) }.into(),
        ..parts(config, erp, (id, output.purpose), now)
    };
    Numbering {
        party: erp.name.clone(),
        purpose: output.purpose,
        source: source.to_string(),
        document: output.document,
        format: output.format.clone(),
        message_id: None,
        created: now.strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
        folder: folders::on_day(&erp.template.out.folder, erp.window.local(now).date()),
        name: sealed_name(erp, erp.template.out.name.fill(&parts)),
        totals: None,
        part: None,
        merged: Vec::new(),
        apart: None,
        dates: BTreeMap::new(),
        about: (matches!(output.purpose, Purpose::Status | Purpose::Acceptance) && !output.about.is_empty())
            .then(|| output.about.clone()),
        sequence: None,
        stopped: 0,
        bank_file: None,
    }
}

/// A message id that no other installation of this name gives: the installation's name and the file's id. Where a
/// bank's field is too short for both, the file's id.
fn message_id(config: &Config, id: &str, longest: Option<usize>) -> String {
    let id = id.replace('-', "");
    let whole = format!("{}-{id}", installation(&config.name));
    if longest.is_some_and(|longest| whole.len() > longest) { id } else { whole }
}

/// An installation's name as ids carry it. Of one that does not fit, or whose letters ids cannot carry, as many as
/// leave room for a digest of the whole: two such names begin alike without being one.
fn installation(name: &str) -> String {
    let letters = || name.chars().filter(|c| c.is_alphanumeric());
    let ours = || letters().filter(char::is_ascii).map(|c| c.to_ascii_uppercase());
    if letters().count() <= MOST_NAME && letters().all(|c| c.is_ascii()) {
        return ours().collect();
    }
    let digest = Sha256Hash::of(name.as_bytes()).to_string().to_ascii_uppercase();
    ours().take(MOST_NAME - DIGITS).chain(digest.chars().take(DIGITS)).collect()
}

/// The longest message id that a file for a bank will get before it is numbered; where its field is short, one that
/// still fits as long as ids do.
pub(super) fn longest_message_id(config: &Config, bank: &Party) -> String {
    let longest = bank.template.longest_message_id();
    let mut ids =
        ["O99999999-999999", "O99999999-99999", "O99999999-9999"].map(|id| message_id(config, id, longest)).into_iter();
    let shortest = ids.next_back().unwrap_or_default();
    ids.find(|id| longest.is_none_or(|longest| id.len() <= longest)).unwrap_or(shortest)
}

/// The longest name that a file for a bank will get before it is numbered.
pub(super) fn longest_name(config: &Config, bank: &Party, now: Timestamp) -> String {
    let name = &bank.template.out.name;
    let longest = NameParts {
        message_id: longest_message_id(config, bank),
        batch: "B99999999-999999".into(),
        extension: extension(&bank.template.payments.format).into(),
        sequence: name.highest().unwrap_or_default(),
        ..parts(config, bank, ("O99999999-999999", Purpose::Payments), now)
    };
    sealed_name(bank, name.fill(&longest))
}

/// Day and hour are those of the party's clock: a bank in Shanghai calls seven in the morning today.
fn parts(config: &Config, party: &Party, (id, purpose): (&str, Purpose), now: Timestamp) -> NameParts {
    let local = party.window.local(now);
    NameParts {
        id: id.to_string(),
        date: local.strftime("%Y%m%d").to_string(),
        time: local.strftime("%H%M%S").to_string(),
        purpose: purpose.word().to_string(),
        environment: config.environment.word().to_string(),
        environment_letter: config.environment.letter().to_string(),
        sender: party.template.out.sender.clone(),
        ..NameParts::default()
    }
}

fn sealed_name(party: &Party, name: String) -> String {
    match &party.template.seal.suffix {
        Some(suffix) if party.template.seal.seals() => name + suffix,
        _ => name,
    }
}

/// Whether an ERP is told in a layout of its own that is a table: rows below names of columns.
fn in_columns(erp: &Party, output: &Output) -> bool {
    let carries = match output.purpose {
        Purpose::Status => Carries::Status,
        Purpose::Refusal => Carries::Refusal,
        Purpose::Statement => Carries::Statement,
        _ => return false,
    };
    let plan = erp.template.tells(&output.format, carries);
    plan.is_some_and(|plan| plan.layout.record.0.iter().any(|(_, record)| record.kind == RecordKind::Columns))
}

fn extension(format: &str) -> &str {
    match format {
        "csv" | "jsonl" | "pdf" | "ofd" => format,
        "mt940" | "mt942" => "sta",
        "bai2" => "bai",
        "nacha" => "ach",
        message if message.starts_with("pain.") || message.starts_with("camt.") => "xml",
        // Layouts of templates.
        _ => "txt",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_names_stand_in_ids_as_they_are_and_long_ones_never_as_one_another() {
        assert_eq!(installation("acme-prod"), "ACMEPROD");
        assert_eq!(installation("Fourteen letters".get(..15).unwrap()), "FOURTEENLETTER");
        let long = ["acme-treasury-europe", "acme-treasury-asia", "青禾贸易", "青禾资金", "Müller"].map(installation);
        assert_eq!(long[0].get(..8), Some("ACMETREA"));
        for (at, name) in long.iter().enumerate() {
            assert!(name.len() <= MOST_NAME && name.bytes().all(|b| b.is_ascii_alphanumeric()), "{name}");
            assert!(!long[..at].contains(name), "{name} twice");
        }
    }
}
