//! Reads payments of our own CSV shape.

use std::collections::{BTreeMap, HashMap};
use std::io::{BufRead, Cursor, Read};

use ::csv::{ByteRecord, ReaderBuilder};

use super::columns::{self, COLUMNS, Column, TABLE};
use super::control;
use super::row::{Layout, Row, shown};
use super::rows::{READ_AHEAD, Rows, TooLong, Trouble};
use crate::document::{Account, Amount, Currency, Date, Declared, Group, Part, Payments, PaymentsEnd};
use crate::finding::{Finding, Place};
use crate::format::decode;
use crate::format::lines::too_long;
use crate::format::notes::Notes;
use crate::format::registry::OpenError;
use crate::format::{ReadError, ReadOptions, Reader};
use crate::text;

/// The most groups (account, date, currency) of one file.
const MOST_GROUPS: usize = 10_000;

/// Reads a payments file, row by row.
///
/// All that is wrong with a file is told at once: a row that is not a payment is left out and
/// reported, and the end part carries the findings, which refuse the file. A [`Part::Group`] comes
/// whenever account, date or currency change; the same three always have the same group id, so that
/// [`crate::format::Regroup`] can bring interleaved groups together.
pub struct PaymentsReader {
    csv: ::csv::Reader<Rows>,
    record: ByteRecord,
    layout: Layout,
    declared: Declared,
    limit: usize,
    groups: Groups,
    notes: Notes,
    stage: Stage,
    pending: Option<Part>,
    seq: u64,
    rows: u64,
    trailer: Option<u64>,
    sums: BTreeMap<Currency, Amount>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Stage {
    Head,
    Rows,
    Ended,
}

impl PaymentsReader {
    /// Opens a payments file: finds out its delimiter and reads its header row.
    ///
    /// # Errors
    /// An unknown encoding, or a file that cannot be read at all.
    pub fn open(input: Box<dyn BufRead + Send>, options: &ReadOptions) -> Result<PaymentsReader, OpenError> {
        let mut input = decode::utf8(input, options.encoding.as_deref())?;
        let head = first_line(&mut input, options.limits.line_bytes)?;
        let delimiter = delimiter(&head);
        let input = Box::new(Cursor::new(head).chain(input));
        let rows = Rows::new(input, delimiter, options.limits.line_bytes);
        let csv = ReaderBuilder::new()
            .delimiter(delimiter)
            .has_headers(false)
            .flexible(true)
            .buffer_capacity(READ_AHEAD)
            .from_reader(rows);
        Ok(PaymentsReader {
            csv,
            record: ByteRecord::new(),
            layout: Layout { width: 0, known: [None; COLUMNS], other: Vec::new() },
            declared: options.declared.clone(),
            limit: options.limits.line_bytes,
            groups: Groups::default(),
            notes: Notes::new(&options.levels),
            stage: Stage::Head,
            pending: None,
            seq: 0,
            rows: 0,
            trailer: None,
            sums: BTreeMap::new(),
        })
    }

    /// Reads the next record; gives the line on which it begins.
    fn record(&mut self) -> Result<Option<u64>, ReadError> {
        let more = self.csv.read_byte_record(&mut self.record).map_err(|e| self.broken(e))?;
        self.csv.get_mut().record_ended();
        if !self.csv.get_ref().is_untroubled() {
            self.report_troubles();
        }
        if !more {
            return Ok(None);
        }
        // The parser's line is the one after the record, whose fields may hold line ends of their own.
        let within = memchr::memchr_iter(b'\n', self.record.as_slice()).count() as u64;
        Ok(Some(self.csv.position().line().saturating_sub(1 + within)))
    }

    fn broken(&self, error: ::csv::Error) -> ReadError {
        let line = self.csv.position().line();
        let ::csv::ErrorKind::Io(error) = error.into_kind() else {
            let message = text!("the row is not as CSV demands", "该行不符合 CSV 格式");
            return ReadError::refused("csv", Place::line(line), message);
        };
        if error.get_ref().is_some_and(|e| e.is::<TooLong>()) {
            let ReadError::Refused(finding) = too_long(line, self.limit) else { return error.into() };
            let hint = text!("is a quotation mark not closed?", "是否有引号未闭合？");
            return finding.hint(hint).into();
        }
        error.into()
    }

    fn report_troubles(&mut self) {
        for trouble in self.csv.get_mut().troubles() {
            let hint = text!(
                "put the field in quotation marks and double those within it",
                "字段用引号括起来，字段内的引号写两次"
            );
            self.notes.push(
                match trouble {
                    Trouble::Unclosed(line) => Finding::error(
                        "quote",
                        Place::line(line),
                        text!("a quotation mark is opened here and never closed", "此处的引号没有闭合"),
                    ),
                    Trouble::AfterQuote(line) => Finding::error(
                        "quote",
                        Place::line(line),
                        text!("text follows a closing quotation mark", "引号闭合后还有文字"),
                    ),
                }
                .hint(hint),
            );
        }
    }

    /// Reads the header row and gives the head of the document.
    fn head(&mut self) -> Result<Part, ReadError> {
        let Some(line) = self.record()? else {
            let message = text!("the file is empty", "文件为空");
            return Err(ReadError::refused("empty-file", Place::default(), message));
        };
        let Ok(names) = self.record.iter().map(std::str::from_utf8).collect::<Result<Vec<_>, _>>() else {
            return Err(undecodable(line, "UTF-8"));
        };
        let (layout, findings) = layout(&names, line)?;
        self.layout = layout;
        findings.into_iter().for_each(|finding| self.notes.push(finding));
        let declared = self.declared.clone();
        Ok(Part::Payments(Box::new(Payments { format: "csv".to_string(), declared, ..Payments::default() })))
    }

    /// Takes in the current record; a payment that it holds is returned.
    fn row(&mut self, line: u64) -> Option<Part> {
        if let Some(after) = self.trailer {
            let message = text!("a row follows the control total of line {after}", "第 {after} 行合计之后还有数据行");
            self.notes.push(Finding::error("record-order", Place::line(line), message));
        }
        if self.record.get(0).is_some_and(|f| f.trim_ascii().eq_ignore_ascii_case(b"#TOTAL")) {
            self.control_total(line);
            return None;
        }
        if self.record.iter().all(|field| field.trim_ascii().is_empty()) {
            let message = text!("an empty row is skipped", "跳过空行");
            self.notes.push(Finding::warning("empty-row", Place::line(line), message));
            return None;
        }
        self.rows += 1;
        let findings = self.unreadable(line);
        if !findings.is_empty() {
            findings.into_iter().for_each(|finding| self.notes.push(finding));
            return None;
        }
        // Proof: `unreadable` has found every field, and so the whole, to be UTF-8.
        let text = std::str::from_utf8(self.record.as_slice()).unwrap_or_default();
        let mut row = Row { layout: &self.layout, record: &self.record, text, line, findings: Vec::new() };
        let group = self.groups.of(&mut row);
        let payment = row.payment(self.seq + 1, group.as_ref().map(|known| known.currency));
        row.findings.into_iter().for_each(|finding| self.notes.push(finding));
        let (Some(known), Some(payment)) = (group, payment) else {
            // A group that began with this row has not been told yet.
            self.groups.current = None;
            return None;
        };
        self.seq += 1;
        let sum = self.sums.entry(payment.currency).or_default();
        *sum = sum.checked_add(payment.amount).unwrap_or(Amount::MAX);
        let payment = Part::Payment(Box::new(payment));
        match known.begins {
            Some(group) => {
                self.pending = Some(payment);
                Some(Part::Group(Box::new(group)))
            }
            None => Some(payment),
        }
    }

    /// What keeps the record from being looked at field by field.
    fn unreadable(&self, line: u64) -> Vec<Finding> {
        let (width, found) = (self.layout.width, self.record.len());
        if found != width {
            let message =
                text!("the row has {found} fields, the header has {width}", "该行有 {found} 个字段，表头有 {width} 个");
            let hint =
                text!("put fields that contain the delimiter in quotation marks", "含有分隔符的字段请用引号括起来");
            return vec![Finding::error("ragged-row", Place::line(line), message).hint(hint)];
        }
        let plain = self.record.as_slice().iter().all(|&b| b >= b' ' && b != 0x7f);
        if plain && self.all_utf8() {
            return Vec::new();
        }
        (0..found).filter_map(|at| self.unreadable_field(line, at)).collect()
    }

    fn all_utf8(&self) -> bool {
        let Ok(text) = std::str::from_utf8(self.record.as_slice()) else { return false };
        text.is_ascii() || (0..self.record.len()).all(|at| self.record.range(at).is_some_and(|r| text.get(r).is_some()))
    }

    fn unreadable_field(&self, line: u64, at: usize) -> Option<Finding> {
        let field = self.record.get(at).unwrap_or_default();
        let place = Place { column: Some(at as u64 + 1), ..Place::line(line) };
        let known = self.layout.known.iter().position(|known| *known == Some(at));
        let place = known.map_or_else(|| place.clone(), |column| place.clone().field(TABLE[column].name));
        if std::str::from_utf8(field).is_err() {
            let hint = text!(
                "save the file as UTF-8, or name its encoding, such as `--encoding gb18030`",
                "请将文件存为 UTF-8，或指明编码，如 `--encoding gb18030`"
            );
            let message = text!("the bytes are not UTF-8", "字节不是有效的 UTF-8");
            return Some(Finding::error("encoding", place, message).hint(hint));
        }
        let breaks = known == Some(Column::Remittance as usize) || known == Some(Column::Address as usize);
        let control = field.iter().find(|&&b| (b < b' ' || b == 0x7f) && !(breaks && matches!(b, b'\n' | b'\t')))?;
        let message = text!("the field holds the control character {control:#04x}", "字段含有控制字符 {control:#04x}");
        Some(Finding::error("control-character", place, message))
    }

    fn control_total(&mut self, line: u64) {
        let field = |at| self.record.get(at).and_then(|f| std::str::from_utf8(f).ok()).unwrap_or_default().trim();
        match control::totals(field(1), field(2)) {
            Some(declared) => {
                let whole = (self.rows == self.seq).then(|| self.total());
                let place = Place::line(line);
                for finding in control::compare(&declared, self.rows, whole, &place) {
                    self.notes.push(finding);
                }
            }
            None => {
                let (count, sum) = (shown(field(1)), shown(field(2)));
                let message =
                    text!("`#TOTAL,{count},{sum}` is not a count and a sum", "`#TOTAL,{count},{sum}` 不是笔数和金额");
                let hint = text!("write it as `#TOTAL,2,1234.50`", "请写成 `#TOTAL,2,1234.50`");
                self.notes.push(Finding::error("control-total", Place::line(line), message).hint(hint));
            }
        }
        self.trailer = Some(line);
    }

    fn total(&self) -> Amount {
        self.sums.values().fold(Amount::ZERO, |total, sum| total.checked_add(*sum).unwrap_or(Amount::MAX))
    }

    fn end(&mut self) -> Part {
        if self.rows == 0 {
            let message = text!("the file has a header and no payments", "文件只有表头，没有付款");
            self.notes.push(Finding::error("no-payments", Place::default(), message));
        }
        let whole = (self.rows == self.seq).then(|| self.total());
        for finding in control::compare(&self.declared, self.rows, whole, &Place::default()) {
            self.notes.push(finding);
        }
        let sums = std::mem::take(&mut self.sums);
        // Troubles with quotation marks are seen as far ahead as the input is buffered.
        let mut findings = self.notes.take();
        findings.sort_by_key(|finding| finding.place.line.unwrap_or(u64::MAX));
        Part::PaymentsEnd(Box::new(PaymentsEnd { count: self.seq, sums, findings }))
    }
}

impl Reader for PaymentsReader {
    fn format(&self) -> &str {
        "csv"
    }

    fn next_part(&mut self) -> Result<Option<Part>, ReadError> {
        if let Some(part) = self.pending.take() {
            return Ok(Some(part));
        }
        match self.stage {
            Stage::Ended => return Ok(None),
            Stage::Head => {
                let head = self.head()?;
                self.stage = Stage::Rows;
                return Ok(Some(head));
            }
            Stage::Rows => {}
        }
        while let Some(line) = self.record()? {
            if let Some(part) = self.row(line) {
                return Ok(Some(part));
            }
        }
        self.stage = Stage::Ended;
        Ok(Some(self.end()))
    }
}

/// The groups of a file, by what their rows write and by what that means.
#[derive(Default)]
struct Groups {
    written: HashMap<Vec<u8>, usize>,
    meant: HashMap<(Account, Date, Currency), usize>,
    known: Vec<(Group, Currency)>,
    key: Vec<u8>,
    current_key: Vec<u8>,
    current: Option<usize>,
}

/// A row's group.
struct Known {
    currency: Currency,
    /// The group, where it begins (again) with this row.
    begins: Option<Group>,
}

impl Groups {
    /// The group of `row`; `None`, with findings in the row, when it cannot be told.
    fn of(&mut self, row: &mut Row<'_>) -> Option<Known> {
        self.key.clear();
        for column in [
            Column::DebtorAccount,
            Column::ExecutionDate,
            Column::Currency,
            Column::DebtorName,
            Column::DebtorAgent,
            Column::DebtorBank,
        ] {
            self.key.extend_from_slice(row.get(column).unwrap_or_default().as_bytes());
            self.key.push(0);
        }
        if let Some(current) = self.current
            && self.key == self.current_key
        {
            return Some(Known { currency: self.known[current].1, begins: None });
        }
        let at = match self.written.get(&self.key) {
            Some(at) => *at,
            None => self.learn(row)?,
        };
        self.current_key.clone_from(&self.key);
        let (group, currency) = &self.known[at];
        let begins = (self.current.replace(at) != Some(at)).then(|| group.clone());
        Some(Known { currency: *currency, begins })
    }

    fn learn(&mut self, row: &mut Row<'_>) -> Option<usize> {
        let (mut group, currency) = row.group()?;
        let (account, date) = (group.account.as_ref()?.id.clone(), group.execution_date?);
        if self.written.len() == MOST_GROUPS {
            let message = text!(
                "the file has more than {MOST_GROUPS} different accounts, dates and currencies",
                "文件中账号、日期、币种的组合超过 {MOST_GROUPS} 个"
            );
            row.findings.push(Finding::error("too-many-groups", Place::line(row.line), message));
            return None;
        }
        let next = self.known.len();
        let at = *self.meant.entry((account, date, currency)).or_insert(next);
        if at == next {
            group.id = Some(format!("{}-{currency}-{}", date.strftime("%Y%m%d"), next + 1));
            self.known.push((group, currency));
        } else if (&self.known[at].0.party.name, &self.known[at].0.agent) != (&group.party.name, &group.agent) {
            let message = text!(
                "name or bank of the debtor differs from the earlier rows of the same account",
                "付款人名称或行号与同一账号前面的行不一致"
            );
            row.findings.push(Finding::warning("debtor-differs", Place::line(row.line), message));
        }
        self.written.insert(self.key.clone(), at);
        Some(at)
    }
}

/// Reads to the end of the first line that is not blank, without a byte order mark, to look at it.
fn first_line(input: &mut Box<dyn BufRead + Send>, most: usize) -> Result<Vec<u8>, OpenError> {
    let mut line = Vec::new();
    loop {
        let left = (most - line.len()) as u64 + 1;
        let read = input.as_mut().take(left).read_until(b'\n', &mut line);
        let read = read.map_err(ReadError::from)?;
        if line.len() > most {
            return Err(too_long(1, most).into());
        }
        if read == 0 || !line.trim_ascii().is_empty() {
            break;
        }
    }
    Ok(line.strip_prefix(b"\xef\xbb\xbf").map(<[u8]>::to_vec).unwrap_or(line))
}

fn undecodable(line: u64, encoding: &str) -> ReadError {
    let message = text!("the bytes are not {encoding}", "字节不是有效的 {encoding}");
    let hint =
        text!("name the encoding of the file, such as `--encoding gb18030`", "请指明文件编码，如 `--encoding gb18030`");
    Finding::error("encoding", Place::line(line), message).hint(hint).into()
}

/// Comma, semicolon or tab: what the header row has most of, outside quotation marks.
fn delimiter(head: &[u8]) -> u8 {
    let mut quoted = false;
    let mut counts = [(b',', 0), (b';', 0), (b'\t', 0)];
    for byte in head {
        quoted ^= *byte == b'"';
        if let Some((_, count)) = counts.iter_mut().find(|(d, _)| !quoted && d == byte) {
            *count += 1;
        }
    }
    // The first of equals counts, so turn the order round for `max_by_key`.
    counts.into_iter().rev().max_by_key(|(_, count)| *count).map_or(b',', |(delimiter, _)| delimiter)
}

/// Which column is where; findings tell of missing and double ones.
fn layout(names: &[&str], line: u64) -> Result<(Layout, Vec<Finding>), ReadError> {
    let mut layout = Layout { width: names.len(), known: [None; COLUMNS], other: Vec::new() };
    let mut findings = Vec::new();
    let mut seen = BTreeMap::new();
    for (at, name) in names.iter().enumerate() {
        let place = Place::at(line, at as u64 + 1);
        let found = columns::find(name);
        let means = found.map_or_else(|| columns::plain(name), |column| columns::plain(columns::names_of(column).name));
        if let Some(first) = seen.insert(means, at + 1).filter(|_| !name.trim().is_empty()) {
            let name = shown(name);
            let message = text!("the column `{name}` is the same as column {first}", "列 `{name}` 与第 {first} 列重复");
            findings.push(Finding::error("column-twice", place, message));
            continue;
        }
        match found {
            Some(column) => layout.known[column as usize] = Some(at),
            None => layout.other.push((at, extra_name(name.trim()))),
        }
    }
    if layout.known.iter().all(Option::is_none) {
        let message = text!("the first row does not name any column of a payments file", "首行不是付款文件的表头");
        let hint = text!(
            "begin with `execution_date,debtor_account,creditor_name,creditor_account,amount,currency`",
            "首行应为表头，如 `付款日期,付款账号,收款人名称,收款账号,金额,币种`"
        );
        return Err(Finding::error("header-missing", Place::line(line), message).hint(hint).into());
    }
    for names in TABLE.iter().filter(|n| n.required && layout.known[n.column as usize].is_none()) {
        let (name, chinese) = (names.name, names.chinese);
        let message = text!("the column `{name}` is missing", "缺少列 `{chinese}`（{name}）");
        findings.push(Finding::error("column-missing", Place::line(line).field(name), message));
    }
    Ok((layout, findings))
}

/// The name under which an unknown column is kept.
fn extra_name(name: &str) -> String {
    if name.starts_with("x_") { name.to_string() } else { format!("x_{name}") }
}

/// Whether `head`, the beginning of a file, has a header row of ours.
pub(in crate::format) fn looks_like_payments(head: &[u8], encoding: Option<&str>) -> bool {
    let encoding = encoding.and_then(|label| encoding_rs::Encoding::for_label(label.as_bytes()));
    let (text, ..) = encoding.unwrap_or(encoding_rs::UTF_8).decode(head);
    let Some(line) = text.lines().find(|line| !line.trim().is_empty()) else { return false };
    let delimiter = char::from(delimiter(line.as_bytes()));
    line.split(delimiter).filter(|name| columns::find(name.trim().trim_matches('"')).is_some()).count() >= 2
}
