//! Writing a batch to nowhere while it is judged, so that what its bank's file cannot carry is known before anybody
//! decides: the ERP is told row by row, and who releases sees what is folded or cut.
//!
//! Message id and creation time are not known yet; the longest that will be given stand in for them.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use super::write::{Contents, Dress, member_of, noticed};
use crate::check;
use crate::config::Party;
use crate::document::{Part, Payment};
use crate::finding::{Finding, Findings, Place};
use crate::format::{WriteError, Writer};
use crate::journal::{BatchPart, Inbound, Totals};
use crate::route::number::{longest_message_id, longest_name};
use crate::route::{Shared, Trouble};
use crate::text;

/// Rows of a batch: first and last of each run.
pub(super) type Ranges = Vec<(u64, u64)>;

/// A batch that is tried.
pub(super) struct Trial<'a> {
    pub shared: &'a Shared,
    pub bank: &'a Party,
    pub file: &'a Inbound,
    /// Lines of payments that are left out.
    pub left_out: BTreeSet<u64>,
}

/// What a file would be.
pub(super) struct Tried {
    pub bytes: u64,
    pub totals: Totals,
    /// What the file does not carry as it was asked for.
    pub noticed: Vec<Finding>,
}

impl Trial<'_> {
    /// Tries the file of the batch, or those of its parts; what they do not carry as it was asked for.
    ///
    /// # Errors
    /// [`Trouble`]; a refusal that names each payment that the bank's file cannot carry.
    pub(super) fn parts(&self, parts: &[BatchPart]) -> Result<Vec<Finding>, Trouble> {
        if parts.is_empty() {
            let tried = self.rows(Vec::new())?;
            let over = self.bank.template.out.max_bytes.filter(|most| tried.bytes > *most);
            return over.map_or(Ok(tried.noticed), |most| Err(too_large(self.bank, tried.bytes, most)));
        }
        let mut noticed = Vec::new();
        for part in parts {
            noticed.extend(self.rows(part.ranges.clone())?.noticed);
        }
        Ok(noticed)
    }

    /// Tries a file with these rows, all where there are none.
    ///
    /// # Errors
    /// [`Trouble`]; a refusal that names each payment that the bank's file cannot carry.
    pub(super) fn rows(&self, ranges: Ranges) -> Result<Tried, Trouble> {
        let dress = Dress {
            format: self.bank.template.payments.format.clone(),
            message_id: Some(longest_message_id(&self.shared.config, self.bank)),
            name: longest_name(&self.shared.config, self.bank, self.shared.clock.now()),
            // A file without years is judged by the day on which it would be made.
            created: self.shared.clock.now().strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
            // Every date is as long as any other.
            dates: BTreeMap::new(),
        };
        let member = member_of(self.shared, self.file, self.left_out.clone(), ranges, 0)?;
        let mut contents = Contents::new(self.shared, self.bank, &dress, vec![member])?;
        let mut sheet = Sheet::new(self, &dress)?;
        while let Some(part) = contents.next_part()? {
            sheet.put(part)?;
        }
        sheet.end(contents.tally.finish())
    }
}

/// A file over the bank's limit does not leave; where the template lets it, the batch was split so that none is.
pub(super) fn too_large(bank: &Party, size: u64, most: u64) -> Trouble {
    let name = &bank.name;
    let message = text!(
        "the file has {size} bytes, more than the {most} that `{name}` takes",
        "文件为 {size} 字节，超过 `{name}` 的上限 {most}"
    );
    let hint = text!(
        "drop fewer payments at once, or set `out.split = true` at the bank",
        "请减少每批笔数，或在该银行处设置 `out.split = true`"
    );
    Trouble::refused(vec![Finding::error("file-too-large", Place::default(), message).hint(hint)])
}

/// A file that nobody gets.
struct Sheet<'a> {
    trial: &'a Trial<'a>,
    dress: &'a Dress,
    writer: Box<dyn Writer + Send>,
    bytes: Counting,
    /// What the payments stand behind: the head and their group.
    head: Option<Part>,
    group: Option<Part>,
    refused: Findings,
}

impl<'a> Sheet<'a> {
    fn new(trial: &'a Trial<'a>, dress: &'a Dress) -> Result<Sheet<'a>, Trouble> {
        let bytes = Counting::default();
        let writer = dress.writer(trial.shared, trial.bank, Box::new(bytes.clone()))?;
        Ok(Sheet { trial, dress, writer, bytes, head: None, group: None, refused: Findings::default() })
    }

    fn put(&mut self, part: Part) -> Result<(), Trouble> {
        // What closes a file tells its rows, and some were not written.
        if self.refused.refuses() && matches!(part, Part::PaymentsEnd(_)) {
            return Ok(());
        }
        match (self.writer.write_part(&part), part) {
            (Ok(()), part @ Part::Payments(_)) => self.head = Some(part),
            (Ok(()), part @ Part::Group(_)) => self.group = Some(part),
            (Ok(()), _) => {}
            (Err(WriteError::Refused(finding)), Part::Payment(payment)) => {
                self.refused.push(of_row(self.trial.bank, &payment, *finding));
                self.begin_anew()?;
            }
            (Err(WriteError::Refused(finding)), _) => {
                self.refused.push(*finding);
                return Err(Trouble::refused(self.refused.take()));
            }
            (Err(error), _) => return Err(error.into()),
        }
        Ok(())
    }

    /// After an error a writer is worthless, and the rows behind are to be tried too.
    fn begin_anew(&mut self) -> Result<(), Trouble> {
        self.writer = self.dress.writer(self.trial.shared, self.trial.bank, Box::new(self.bytes.clone()))?;
        for part in [&self.head, &self.group].into_iter().flatten() {
            self.writer.write_part(part)?;
        }
        Ok(())
    }

    fn end(mut self, totals: check::Totals) -> Result<Tried, Trouble> {
        if self.refused.refuses() {
            return Err(Trouble::refused(self.refused.take()));
        }
        self.writer.finish()?;
        let totals = Totals { count: totals.count, sums: totals.sums, digest: totals.payees_digest };
        Ok(Tried { bytes: self.bytes.0.load(Ordering::Relaxed), totals, noticed: noticed(&mut *self.writer) })
    }
}

/// What a writer said of a payment, at the payment's place in the ERP's file.
fn of_row(bank: &Party, payment: &Payment, finding: Finding) -> Finding {
    let (name, seq) = (&bank.name, payment.seq);
    let field = finding.place.field.or(finding.place.path).unwrap_or_else(|| "payment".into());
    let line = Some(payment.place.clone()).filter(|place| place.line.is_some());
    let place = line.unwrap_or_else(|| Place::path(format!("payment {seq}"))).field(field);
    let (en, zh) = (finding.message.en, finding.message.zh);
    let message = text!("the file for `{name}` cannot carry it: {en}", "发往 `{name}` 的文件无法承载：{zh}");
    let hint = text!("correct the value and drop the file again", "请更正该值后重新提交文件");
    Finding { place, message, hint: finding.hint.or(Some(hint)), ..finding }
}

/// Counts bytes and keeps none.
#[derive(Clone, Default)]
struct Counting(Arc<AtomicU64>);

impl Write for Counting {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.fetch_add(bytes.len() as u64, Ordering::Relaxed);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}
