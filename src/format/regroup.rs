//! Brings the payments of each group together and puts the totals in front.
//!
//! An ERP's file may change account or date with every row; a bank's file holds each group once,
//! with count and sum before the first payment. So the payments go through a scratch file once,
//! group by group in pieces, and only the pieces' places stay in memory.

use std::collections::{HashMap, VecDeque};
use std::io::{self, Read, Seek, SeekFrom, Write};

use super::spool::{Take, put};
use super::{ReadError, Reader, truncated};
use crate::document::{Amount, Declared, Group, Part, Payments, PaymentsEnd};
use crate::finding::{Finding, Place};
use crate::text;

/// A scratch file: empty at first, readable and writable at any place.
pub trait Scratch: Read + Write + Seek {}

impl<T: Read + Write + Seek> Scratch for T {}

/// How many bytes of payments wait in memory for the scratch file at most.
const WAITING: usize = 8 << 20;
/// How many bytes of one group are written at once where memory allows.
const PIECE: usize = 256 << 10;

/// Reads another reader's documents; payments come out with every group in one piece and with
/// [`Payments::declared`] and [`Group::declared`] filled in with what is really there.
///
/// Other documents pass untouched. Findings and the end part are the inner reader's; `seq` of the
/// payments stays the place in the original file.
pub struct Regroup<R> {
    inner: R,
    scratch: Box<dyn Scratch + Send>,
    end: u64,
    ready: Option<Ready>,
}

/// A document that was read to its end and is handed out.
struct Ready {
    head: Option<Box<Payments>>,
    groups: VecDeque<Gathered>,
    piece: Vec<u8>,
    at: usize,
    close: Box<PaymentsEnd>,
}

/// One group, and where its payments are.
struct Gathered {
    group: Option<Box<Group>>,
    waiting: Vec<u8>,
    pieces: VecDeque<(u64, usize)>,
    count: u64,
    sum: Amount,
}

impl<R: Reader> Regroup<R> {
    /// Regroups what `inner` reads; `scratch` holds one document's payments at a time.
    pub fn new(inner: R, scratch: Box<dyn Scratch + Send>) -> Regroup<R> {
        Regroup { inner, scratch, end: 0, ready: None }
    }

    /// Reads the payments document that `head` begins to its end.
    fn gather(&mut self, head: Box<Payments>) -> Result<Ready, ReadError> {
        let mut groups: Vec<Gathered> = Vec::new();
        let mut by_id: HashMap<String, usize> = HashMap::new();
        let (mut current, mut waiting) = (None, 0);
        self.end = 0;
        loop {
            match self.inner.next_part()? {
                Some(Part::Group(group)) => current = Some(place_of(group, &mut groups, &mut by_id)?),
                Some(Part::Payment(payment)) => {
                    let Some(at) = current else { return Err(truncated(payment.place)) };
                    let gathered = &mut groups[at];
                    let before = gathered.waiting.len();
                    put(&mut gathered.waiting, &payment);
                    waiting += gathered.waiting.len() - before;
                    gathered.count += 1;
                    gathered.sum = gathered.sum.checked_add(payment.amount).ok_or_else(too_large)?;
                    if gathered.waiting.len() >= PIECE {
                        waiting -= self.write_out(&mut groups[at])?;
                    } else if waiting >= WAITING {
                        for gathered in &mut groups {
                            waiting -= self.write_out(gathered)?;
                        }
                    }
                }
                Some(Part::PaymentsEnd(close)) => {
                    for gathered in &mut groups {
                        self.write_out(gathered)?;
                    }
                    return ready(head, groups, close);
                }
                _ => return Err(truncated(Place::default())),
            }
        }
    }

    /// Writes what waits of a group; gives how much that was.
    fn write_out(&mut self, gathered: &mut Gathered) -> io::Result<usize> {
        // Taken, not cleared: ten thousand groups must not keep a full buffer each.
        let waiting = std::mem::take(&mut gathered.waiting);
        let length = waiting.len();
        if length > 0 {
            self.scratch.seek(SeekFrom::Start(self.end))?;
            self.scratch.write_all(&waiting)?;
            gathered.pieces.push_back((self.end, length));
            self.end += length as u64;
        }
        Ok(length)
    }

    /// The next part of a document that was gathered; `None` when it is all out.
    fn hand_out(&mut self) -> Result<Option<Part>, ReadError> {
        let Some(ready) = &mut self.ready else { return Ok(None) };
        if let Some(head) = ready.head.take() {
            return Ok(Some(Part::Payments(head)));
        }
        loop {
            if ready.at < ready.piece.len() {
                let mut take = Take::new(&ready.piece[ready.at..]);
                let payment = take.payment().ok_or_else(damaged)?;
                ready.at = ready.piece.len() - take.left();
                return Ok(Some(Part::Payment(Box::new(payment))));
            }
            let Some(first) = ready.groups.front_mut() else { break };
            if let Some(group) = first.group.take() {
                return Ok(Some(Part::Group(group)));
            }
            let Some((start, length)) = first.pieces.pop_front() else {
                ready.groups.pop_front();
                continue;
            };
            self.scratch.seek(SeekFrom::Start(start))?;
            ready.piece.resize(length, 0);
            ready.at = 0;
            self.scratch.read_exact(&mut ready.piece)?;
        }
        Ok(self.ready.take().map(|ready| Part::PaymentsEnd(ready.close)))
    }
}

impl<R: Reader> Reader for Regroup<R> {
    fn format(&self) -> &str {
        self.inner.format()
    }

    fn next_part(&mut self) -> Result<Option<Part>, ReadError> {
        if let Some(part) = self.hand_out()? {
            return Ok(Some(part));
        }
        match self.inner.next_part()? {
            Some(Part::Payments(head)) => {
                self.ready = Some(self.gather(head)?);
                self.hand_out()
            }
            other => Ok(other),
        }
    }

    fn take_findings(&mut self) -> Vec<Finding> {
        self.inner.take_findings()
    }
}

/// Where `group` is gathered: with its like, or at a new place. A group without an id is like no other.
fn place_of(
    group: Box<Group>,
    groups: &mut Vec<Gathered>,
    by_id: &mut HashMap<String, usize>,
) -> Result<usize, ReadError> {
    if let Some(&at) = group.id.as_ref().and_then(|id| by_id.get(id)) {
        let same = groups[at].group.as_deref() == Some(&*group);
        return if same { Ok(at) } else { Err(differs(&group)) };
    }
    if let Some(id) = &group.id {
        by_id.insert(id.clone(), groups.len());
    }
    let group = Some(group);
    groups.push(Gathered { group, waiting: Vec::new(), pieces: VecDeque::new(), count: 0, sum: Amount::ZERO });
    Ok(groups.len() - 1)
}

/// Fills in the totals.
fn ready(mut head: Box<Payments>, mut groups: Vec<Gathered>, close: Box<PaymentsEnd>) -> Result<Ready, ReadError> {
    groups.retain(|gathered| gathered.count > 0);
    let (mut count, mut sum) = (0, Amount::ZERO);
    for gathered in &mut groups {
        count += gathered.count;
        sum = sum.checked_add(gathered.sum).ok_or_else(too_large)?;
        if let Some(group) = &mut gathered.group {
            group.declared = Declared { count: Some(gathered.count), sum: Some(gathered.sum) };
        }
    }
    head.declared = Declared { count: Some(count), sum: Some(sum) };
    Ok(Ready { head: Some(head), groups: groups.into(), piece: Vec::new(), at: 0, close })
}

fn differs(group: &Group) -> ReadError {
    let id = group.id.as_deref().unwrap_or_default();
    let message = text!("two different groups have the id `{id}`", "两个不同的组使用了同一编号 `{id}`");
    ReadError::refused("duplicate-group", Place::default(), message)
}

fn too_large() -> ReadError {
    let message = text!("the sum of the payments is too large", "付款总金额过大");
    ReadError::refused("sum-too-large", Place::default(), message)
}

fn damaged() -> ReadError {
    ReadError::Io(io::Error::new(io::ErrorKind::InvalidData, "the scratch file was changed while it was in use"))
}
