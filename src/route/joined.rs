//! One document out of several: the payments of merged batches, for the writer of their file.

use std::cell::RefCell;
use std::collections::{BTreeMap, HashMap, VecDeque};
use std::rc::Rc;

use super::paper::GroupNumbers;
use super::parts::PartOf;
use crate::document::{Amount, Currency, Declared, Group, Part, PaymentsEnd};
use crate::finding::Finding;
use crate::format::{ReadError, Reader};

/// The number in the file of each group, by the id under which [`Joined`] hands it out.
#[derive(Default)]
pub struct FileGroups(HashMap<Option<String>, u64>);

impl FileGroups {
    /// The number of the group of this id.
    pub fn of(&self, id: Option<&str>) -> Option<u64> {
        self.0.get(&id.map(str::to_string)).copied()
    }
}

/// One batch of a file.
pub struct Member<R> {
    /// Reads its payments.
    pub reader: PartOf<R>,
    /// Numbers its groups.
    pub numbers: Rc<RefCell<GroupNumbers>>,
    /// Groups of the batches before it.
    pub groups_before: u64,
}

/// Reads the batches of a file one after the other. One alone passes as it is; of several one document is made: the
/// first one's head, all groups, each by an id of its own, the payments counted on.
pub struct Joined<R> {
    members: VecDeque<Member<R>>,
    several: bool,
    format: String,
    groups: Rc<RefCell<FileGroups>>,
    /// Groups that have come; part of the id of each where several are joined.
    come: u64,
    headed: bool,
    count: u64,
    sums: BTreeMap<Currency, Amount>,
    findings: Vec<Finding>,
}

impl<R: Reader> Joined<R> {
    /// Reads these; `groups` learns the number of each group.
    pub fn new(members: Vec<Member<R>>, groups: Rc<RefCell<FileGroups>>) -> Joined<R> {
        Joined {
            several: members.len() > 1,
            format: members.first().map(|m| m.reader.format().to_string()).unwrap_or_default(),
            members: members.into(),
            groups,
            come: 0,
            headed: false,
            count: 0,
            sums: BTreeMap::new(),
            findings: Vec::new(),
        }
    }

    /// Gives a group the id by which its number is found.
    fn name(&mut self, mut group: Box<Group>) -> Part {
        let Some(member) = self.members.front() else { return Part::Group(group) };
        let number = member.groups_before + member.numbers.borrow_mut().number(group.id.as_deref());
        if self.several {
            self.come += 1;
            // A group that comes again is the same one; one without an id is like no other.
            group.id = Some(match &group.id {
                Some(id) => format!("{}\u{1f}{id}", self.members.len()),
                None => format!("{}\u{1f}\u{1f}{}", self.members.len(), self.come),
            });
            group.declared = Declared::default();
        }
        self.groups.borrow_mut().0.insert(group.id.clone(), number);
        Part::Group(group)
    }

    /// A part of one of several; `None` where it is nothing of the whole.
    fn of_several(&mut self, part: Part) -> Option<Part> {
        match part {
            Part::Payments(_) if std::mem::replace(&mut self.headed, true) => None,
            Part::Payments(mut head) => {
                head.declared = Declared::default();
                Some(Part::Payments(head))
            }
            Part::Payment(mut payment) => {
                self.count += 1;
                payment.seq = self.count;
                let sum = self.sums.entry(payment.currency).or_default();
                // The sum of all was found exact when the batches were merged.
                *sum = sum.checked_add(payment.amount).unwrap_or(*sum);
                Some(Part::Payment(payment))
            }
            Part::PaymentsEnd(end) => {
                self.findings.extend(end.findings);
                None
            }
            other => Some(other),
        }
    }

    /// The end of the one document, after the last batch.
    fn end(&mut self) -> Option<Part> {
        let ended = self.several && std::mem::take(&mut self.headed);
        ended.then(|| {
            let (count, sums) = (self.count, std::mem::take(&mut self.sums));
            Part::PaymentsEnd(Box::new(PaymentsEnd { count, sums, findings: std::mem::take(&mut self.findings) }))
        })
    }
}

impl<R: Reader> Reader for Joined<R> {
    fn format(&self) -> &str {
        &self.format
    }

    fn next_part(&mut self) -> Result<Option<Part>, ReadError> {
        loop {
            let Some(member) = self.members.front_mut() else { return Ok(self.end()) };
            match member.reader.next_part()? {
                Some(Part::Group(group)) => return Ok(Some(self.name(group))),
                Some(part) if !self.several => return Ok(Some(part)),
                Some(part) => {
                    if let Some(part) = self.of_several(part) {
                        return Ok(Some(part));
                    }
                }
                None => {
                    let done = self.members.pop_front();
                    self.findings.extend(done.into_iter().flat_map(|mut done| done.reader.take_findings()));
                }
            }
        }
    }

    fn take_findings(&mut self) -> Vec<Finding> {
        std::mem::take(&mut self.findings)
    }
}
