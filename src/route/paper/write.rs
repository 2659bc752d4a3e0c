//! Writing payments for a bank: a pure function of the archived content and of the numbering.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::{BufReader, BufWriter, Seek, SeekFrom, Write};
use std::rc::Rc;

use super::Stated;
use super::leave::{self, Without};
use super::open::plain_name;
use super::read::{GroupNumbers, reader};
use super::trial::too_large;
use crate::check::{self, Tally};
use crate::config::Party;
use crate::disk;
use crate::document::{Date, Group, Moment, Part, Payments};
use crate::finding::{Finding, Level};
use crate::format::{ReadOptions, Reader, Regroup, WriteOptions, Writer};
use crate::journal::{Event, Inbound, Outbound, Records, Totals};
use crate::route::joined::{FileGroups, Joined, Member};
use crate::route::ledger::group_id;
use crate::route::number::numbering_of;
use crate::route::parts::PartOf;
use crate::route::{Shared, Trouble};
use crate::text;
use crate::words::Remedy;

/// Buffer of the written file.
const BLOCK: usize = 1 << 20;
/// The most findings about one file that the journal keeps.
const MOST_NOTICED: usize = 50;

/// Writes the file, keeps it, and reads it back: what goes out equals what came in or does not go out.
pub(super) fn write(shared: &Shared, file: &Outbound) -> Result<Stated, Trouble> {
    let bank = shared.party(&file.party)?;
    let mut private = disk::private_file(&shared.config.work())?;
    let (asked, noticed) = {
        let members = members(shared, &shared.records()?, file)?;
        let output = BufWriter::with_capacity(BLOCK, private.try_clone()?);
        fill(shared, bank, &Dress::of(&shared.records()?, file)?, members, Box::new(output))?
    };
    private.rewind()?;
    let read_back = tally(bank, &file.format, &file.created, private.try_clone()?)?;
    let numbered = numbering_of(&shared.records()?, &file.id)?.and_then(|numbering| numbering.totals);
    compare(file, numbered.as_ref(), &asked, &read_back, bank.template.carries_ids())?;
    let size = private.seek(SeekFrom::End(0))?;
    if let Some(most) = bank.template.out.max_bytes.filter(|most| size > *most) {
        return Err(too_large(bank, size, most));
    }
    private.rewind()?;
    let content = shared.keep(&file.case, "written", plain_name(&file.name), &mut private)?;
    Ok(Stated::Written { content, noticed })
}

/// What a file carries beyond its payments.
pub(super) struct Dress {
    pub format: String,
    pub message_id: Option<String>,
    /// Its final name.
    pub name: String,
    /// RFC 3339.
    pub created: String,
    /// Execution dates that are written other than they were asked for.
    pub dates: BTreeMap<Date, Date>,
}

impl Dress {
    fn of(records: &dyn Records, file: &Outbound) -> Result<Dress, Trouble> {
        let dates = numbering_of(records, &file.id)?.map(|numbering| numbering.dates).unwrap_or_default();
        let Outbound { format, message_id, name, created, .. } = file.clone();
        Ok(Dress { format, message_id, name, created, dates })
    }

    /// What writes the file to `output`.
    pub fn writer(
        &self,
        shared: &Shared,
        bank: &Party,
        output: Box<dyn Write + Send>,
    ) -> Result<Box<dyn Writer + Send>, Trouble> {
        let options = WriteOptions {
            message_id: self.message_id.clone(),
            created: Moment::parse(&self.created),
            initiating_party: bank.template.payments.initiating_party.clone(),
            dialect: bank.template.payments.dialect(),
            scratch: Some(shared.scratch()),
        };
        Ok(bank.template.create(&self.format, output, &options)?)
    }
}

/// Writes batches as one file; what they hold, and what the bank's file does not carry as it was asked for.
pub(super) fn fill(
    shared: &Shared,
    bank: &Party,
    dress: &Dress,
    members: Vec<Batch>,
    output: Box<dyn Write + Send>,
) -> Result<(check::Totals, Vec<Finding>), Trouble> {
    let mut contents = Contents::new(shared, bank, dress, members)?;
    let mut writer = dress.writer(shared, bank, output)?;
    while let Some(part) = contents.next_part()? {
        writer.write_part(&part)?;
    }
    writer.finish()?;
    Ok((contents.tally.finish(), noticed(&mut *writer)))
}

/// What the file does not carry as it was asked for.
pub(super) fn noticed(writer: &mut dyn Writer) -> Vec<Finding> {
    let mut noticed = writer.take_findings();
    noticed.retain(|finding| finding.level != Level::Info);
    noticed.truncate(MOST_NOTICED);
    noticed
}

/// What a file is to hold, part by part: the payments of its batches, in groups, with the file's own ids and days.
pub(super) struct Contents<'a> {
    bank: &'a Party,
    dress: &'a Dress,
    reader: Regroup<Joined<Without<Box<dyn Reader + Send>>>>,
    groups: Rc<RefCell<FileGroups>>,
    /// What came so far, as it was asked for.
    pub tally: Tally,
}

impl<'a> Contents<'a> {
    /// The payments of these batches.
    pub fn new(
        shared: &Shared,
        bank: &'a Party,
        dress: &'a Dress,
        members: Vec<Batch>,
    ) -> Result<Contents<'a>, Trouble> {
        let groups = Rc::new(RefCell::new(FileGroups::default()));
        let scratch = disk::private_file(&shared.config.work())?;
        let reader = Regroup::new(Joined::new(members, Rc::clone(&groups)), Box::new(scratch));
        Ok(Contents { bank, dress, reader, groups, tally: Tally::default() })
    }

    /// The next part, as it is written.
    pub fn next_part(&mut self) -> Result<Option<Part>, Trouble> {
        let Some(mut part) = self.reader.next_part()? else { return Ok(None) };
        self.tally.look(&part);
        match &mut part {
            Part::Payments(head) => head_for(head, self.bank, self.dress),
            Part::Group(group) => group_for(group, self.dress, &self.groups.borrow()),
            _ => {}
        }
        Ok(Some(part))
    }
}

/// Reads a batch, or its part, without what was left out when it was checked.
pub(super) type Batch = Member<Without<Box<dyn Reader + Send>>>;

/// The batches that the file carries: one, its part, or several.
fn members(shared: &Shared, records: &dyn Records, file: &Outbound) -> Result<Vec<Batch>, Trouble> {
    let numbering = numbering_of(records, &file.id)?;
    let (part, merged) = numbering.map(|n| (n.part, n.merged)).unwrap_or_default();
    if merged.is_empty() {
        let ranges = part.map(|part| part.ranges).unwrap_or_default();
        return Ok(vec![member(shared, records, &file.source, ranges, 0)?]);
    }
    merged.iter().map(|one| member(shared, records, &one.source, Vec::new(), one.groups_before)).collect()
}

fn member(
    shared: &Shared,
    records: &dyn Records,
    inbound: &str,
    ranges: Vec<(u64, u64)>,
    groups_before: u64,
) -> Result<Batch, Trouble> {
    let mut source = records.inbound(inbound)?.ok_or_else(|| missing(inbound))?;
    // What was opened by the word of the chain, and not what a table says now.
    source.content = records.facts_of(inbound)?.into_iter().rev().find_map(|fact| match fact.event {
        Event::Opened { content, .. } => Some(content),
        _ => None,
    });
    let left_out = leave::left_out(records, inbound)?;
    member_of(shared, &source, left_out, ranges, groups_before)
}

/// Reads the payments of these rows of a file, all where there are none, without those on the lines that are left out.
pub(super) fn member_of(
    shared: &Shared,
    source: &Inbound,
    left_out: BTreeSet<u64>,
    ranges: Vec<(u64, u64)>,
    groups_before: u64,
) -> Result<Batch, Trouble> {
    let whole = Without::new(reader(shared, shared.party(&source.party)?, source)?, left_out);
    let numbers = Rc::new(RefCell::new(GroupNumbers::default()));
    Ok(Member { reader: PartOf::new(whole, ranges, Rc::clone(&numbers)), numbers, groups_before })
}

/// The head carries our own id and time: the ERP's stay in its own file.
fn head_for(head: &mut Payments, bank: &Party, dress: &Dress) {
    head.format = dress.format.clone();
    head.message_id = dress.message_id.clone();
    head.file_name = dress.name.split('.').next().map(str::to_string);
    head.created = Moment::parse(&dress.created);
    if let Some(name) = &bank.template.payments.initiating_party {
        head.initiating_party = Some(name.clone());
    }
}

/// A group's id is the file's and its number, so that answers and batch bookings name both; its day may be another.
fn group_for(group: &mut Group, dress: &Dress, groups: &FileGroups) {
    let number = groups.of(group.id.as_deref()).unwrap_or_default();
    group.id = Some(group_id(dress.message_id.as_deref().unwrap_or_default(), &number.to_string()));
    let moved = group.execution_date.and_then(|date| dress.dates.get(&date));
    group.execution_date = moved.copied().or(group.execution_date);
}

/// Count, sums and digest of a written file.
fn tally(bank: &Party, format: &str, created: &str, mut written: File) -> Result<check::Totals, Trouble> {
    written.rewind()?;
    let input = BufReader::with_capacity(BLOCK, written);
    let near = Moment::parse(created).map(|moment| moment.local.date());
    let options = ReadOptions { near, ..ReadOptions::default() };
    let mut reader = bank.template.open(format, Box::new(input), &options)?;
    let mut tally = Tally::default();
    while let Some(part) = reader.next_part()? {
        tally.look(&part);
    }
    Ok(tally.finish())
}

/// The file must hold what was approved: the same payments, by all that it has room for.
fn compare(
    file: &Outbound,
    numbered: Option<&Totals>,
    asked: &check::Totals,
    read_back: &check::Totals,
    ids: bool,
) -> Result<(), Trouble> {
    let approved = |totals: &check::Totals| {
        let totals = Totals { count: totals.count, sums: totals.sums.clone(), digest: totals.payees_digest.clone() };
        numbered == Some(&totals)
    };
    let same = read_back.count == asked.count
        && read_back.sums == asked.sums
        && read_back.accounts_digest == asked.accounts_digest;
    if approved(if ids { read_back } else { asked }) && same {
        return Ok(());
    }
    let (id, count) = (&file.id, read_back.count);
    let what = text!(
        "what was written for `{id}` is not what the ERP asked for ({count} payments read back); nothing was sent",
        "为 `{id}` 生成的文件与 ERP 的指令不一致（回读 {count} 笔）；未发送任何内容"
    );
    Err(Trouble::new(what, Remedy::Person))
}

fn missing(id: &str) -> Trouble {
    Trouble::new(text!("there is no `{id}` in the journal", "日志中没有 `{id}`"), Remedy::Person)
}
