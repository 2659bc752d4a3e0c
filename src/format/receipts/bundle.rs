//! Reads a bundle: receipt by receipt, each unpacked once.

use std::collections::{BTreeMap, VecDeque};
use std::io::{self, Cursor, Read, Seek, SeekFrom};

use sha2::{Digest, Sha256};

use super::choose::choose;
use super::file_type::{EMPTY_ZIP, PDF, ZIP, check_inner, check_ofd, check_pdf, is_ofd, wrong_type};
use super::index::{Index, not_in_index};
use super::unpack::{BUNDLE_BYTES, MEMBER_BYTES, Member, Unpack, empty_zip, refused, rewound};
use crate::document::{Part, Receipt, ReceiptType, Receipts, ReceiptsEnd};
use crate::finding::{Finding, Findings, Place};
use crate::format::registry::OpenError;
use crate::format::{ReadError, ReadOptions, Reader, Scratch};
use crate::text;

/// Most bytes of a bundle that are held in memory where there is no scratch file.
const HELD: u64 = 64 << 20;

/// Reads receipts, alone or in a ZIP.
pub struct BundleReader {
    options: ReadOptions,
    bundle: Bundle,
    index: Option<Index>,
    /// The file and its hash of each receipt number and type.
    files: BTreeMap<(String, &'static str), (String, String)>,
    out: VecDeque<Part>,
    receipts: u64,
    findings: Vec<Finding>,
    done: bool,
}

/// What the bundle is, as far as it was not handed out yet.
enum Bundle {
    /// A receipt alone.
    One(Option<Box<dyn Scratch + Send>>),
    /// Files in a ZIP.
    Zip { zip: Box<Unpack<Box<dyn Scratch + Send>>>, files: VecDeque<Member> },
}

impl BundleReader {
    /// Opens a bundle: copies it into a scratch file, for a ZIP is read from its end.
    ///
    /// # Errors
    /// [`OpenError`] for what is refused already by its beginning or its directory.
    pub fn open(input: impl Read, options: &ReadOptions) -> Result<BundleReader, OpenError> {
        let mut file = scratch(options)?;
        // Without a scratch file the bundle must fit into memory.
        let most = if options.scratch.is_some() { BUNDLE_BYTES } else { HELD };
        if io::copy(&mut input.take(most + 1), &mut file)? > most {
            let most = most >> 20;
            let message = text!("a bundle has at most {most} MiB", "文件包最大 {most} MiB");
            return Err(refused("too-large", message).into());
        }
        let mut reader = BundleReader {
            options: options.clone(),
            bundle: Bundle::One(None),
            index: None,
            files: BTreeMap::new(),
            out: VecDeque::new(),
            receipts: 0,
            findings: Vec::new(),
            done: false,
        };
        reader.begin(rewound(file)?)?;
        Ok(reader)
    }

    fn begin(&mut self, mut file: Box<dyn Scratch + Send>) -> Result<(), ReadError> {
        let mark = mark(&mut file)?;
        let mut head =
            Receipts { format: "receipts".into(), name: self.options.file_name.clone(), ..Receipts::default() };
        if mark.starts_with(PDF) {
            head.bundle = ReceiptType::Pdf.word().into();
            self.bundle = Bundle::One(Some(file));
        } else if mark.starts_with(ZIP) {
            let is_ofd = is_ofd(&Unpack::open(&mut file, BUNDLE_BYTES)?);
            if is_ofd {
                head.bundle = ReceiptType::Ofd.word().into();
                self.bundle = Bundle::One(Some(file));
            } else {
                head.bundle = "zip".into();
                head.index = self.begin_zip(file)?;
            }
        } else if mark.starts_with(EMPTY_ZIP) {
            return Err(empty_zip());
        } else {
            return Err(wrong_type(self.options.file_name.as_deref().unwrap_or("receipt")));
        }
        self.out.push_back(Part::Receipts(Box::new(head)));
        Ok(())
    }

    /// Parts the receipts in a ZIP from the index, and reads that; gives its name.
    fn begin_zip(&mut self, file: Box<dyn Scratch + Send>) -> Result<Option<String>, ReadError> {
        let mut zip = Box::new(Unpack::open(file, BUNDLE_BYTES)?);
        let (mut files, mut others) = (VecDeque::new(), Vec::new());
        for member in zip.members().to_vec() {
            let head = zip.head(&member, PDF.len() as u64)?;
            if head.starts_with(PDF) || head.starts_with(ZIP) { files.push_back(member) } else { others.push(member) }
        }
        let index = match (others.first(), &self.options.index) {
            (None, _) => None,
            (Some(other), None) => return Err(no_layout(&other.name)),
            (Some(_), Some(opener)) => choose(&mut zip, &others, opener, &self.options)?,
        };
        let index = index.map(|(name, index)| {
            self.index = Some(index);
            name
        });
        self.bundle = Bundle::Zip { zip, files };
        Ok(index)
    }

    /// Reads the next file of the bundle; `false` at its end.
    fn advance(&mut self) -> Result<bool, ReadError> {
        let (name, mut file) = match &mut self.bundle {
            Bundle::One(file) => match file.take() {
                Some(file) => (self.options.file_name.clone().unwrap_or_else(|| "receipt".into()), file),
                None => return Ok(false),
            },
            Bundle::Zip { zip, files } => {
                let Some(member) = files.pop_front() else { return Ok(false) };
                let mut file = scratch(&self.options)?;
                zip.unpack(&member, &mut file)?;
                (member.name, rewound(file)?)
            }
        };
        let told = self.told(&name, &mut file)?;
        if let Some(keeper) = &self.options.keeper {
            keeper.keep(&name, &mut rewound(file)?)?;
        }
        self.hand_out(told)?;
        Ok(true)
    }

    /// What a file says of itself.
    fn told(&self, name: &str, file: &mut Box<dyn Scratch + Send>) -> Result<Receipt, ReadError> {
        let (sha256, size) = hash(file)?;
        if size > MEMBER_BYTES {
            let most = MEMBER_BYTES >> 20;
            let message = text!("`{name}` is larger than {most} MiB", "`{name}` 大于 {most} MiB");
            return Err(refused("too-large", message));
        }
        let mark = mark(file)?;
        let file_type = if mark.starts_with(PDF) {
            check_pdf(name, file)?
        } else if matches!(self.bundle, Bundle::One(_)) {
            check_ofd(name, &mut Unpack::open(file, BUNDLE_BYTES)?)?
        } else {
            check_inner(name, file)?
        };
        Ok(Receipt { file: name.into(), file_type, size, sha256, ..Receipt::default() })
    }

    /// Joins a file with what the index says of it: several receipts may share one file.
    fn hand_out(&mut self, told: Receipt) -> Result<(), ReadError> {
        let rows = self.index.as_mut().map(|index| index.rows_of(&told.file)).unwrap_or_default();
        if rows.is_empty() {
            if self.index.is_some() && self.findings.len() < Findings::MOST {
                self.findings.push(not_in_index(&told.file));
            }
            self.push(told);
            return Ok(());
        }
        for row in rows {
            let Receipt { file, file_type, size, sha256, .. } = told.clone();
            let receipt = Receipt { file, file_type, size, sha256, ..row };
            self.once(&receipt)?;
            self.push(receipt);
        }
        Ok(())
    }

    /// A receipt number has one file of each type; a second one of other bytes would be another receipt.
    fn once(&mut self, receipt: &Receipt) -> Result<(), ReadError> {
        let Some(number) = receipt.receipt_no.clone().filter(|number| !number.is_empty()) else { return Ok(()) };
        let (file, sha256) = (&receipt.file, &receipt.sha256);
        let key = (number.clone(), receipt.file_type.word());
        let Some((first, before)) = self.files.get(&key) else {
            self.files.insert(key, (file.clone(), sha256.clone()));
            return Ok(());
        };
        if before == sha256 {
            let message = text!(
                "`{first}` and `{file}` are the same receipt `{number}`, byte for byte",
                "`{first}` 与 `{file}` 是同一张回单 `{number}`，内容完全相同"
            );
            if self.findings.len() < Findings::MOST {
                self.findings.push(Finding::warning("receipt-twice", Place::default(), message));
            }
            return Ok(());
        }
        let hint = text!(
            "ask the bank which is right, and for a corrected bundle",
            "请向银行核实哪一个正确，并索取更正后的文件包"
        );
        let message = text!(
            "`{first}` and `{file}` are both receipt `{number}` by the index, and differ",
            "按索引 `{first}` 与 `{file}` 都是回单 `{number}`，但内容不同"
        );
        Err(Finding::error("receipt-twice", Place::default(), message).hint(hint).into())
    }

    fn push(&mut self, receipt: Receipt) {
        self.receipts += 1;
        self.out.push_back(Part::Receipt(Box::new(Receipt { seq: self.receipts, ..receipt })));
    }

    fn finish(&mut self) -> Result<(), ReadError> {
        self.done = true;
        if self.receipts == 0 {
            let message = text!("the bundle holds no receipt", "文件包中没有回单");
            return Err(refused("empty", message));
        }
        self.findings.extend(self.index.take().map(Index::finish).unwrap_or_default());
        let end = ReceiptsEnd { receipts: self.receipts, findings: std::mem::take(&mut self.findings) };
        self.out.push_back(Part::ReceiptsEnd(Box::new(end)));
        Ok(())
    }
}

impl Reader for BundleReader {
    fn format(&self) -> &str {
        "receipts"
    }

    fn next_part(&mut self) -> Result<Option<Part>, ReadError> {
        loop {
            if let Some(part) = self.out.pop_front() {
                return Ok(Some(part));
            }
            if self.done {
                return Ok(None);
            }
            if !self.advance()? {
                self.finish()?;
            }
        }
    }
}

/// An empty scratch file, in memory where there is no other.
pub(super) fn scratch(options: &ReadOptions) -> io::Result<Box<dyn Scratch + Send>> {
    match &options.scratch {
        Some(maker) => maker.make(),
        None => Ok(Box::new(Cursor::new(Vec::new()))),
    }
}

/// The first bytes of a file, which is at its beginning again.
fn mark(file: &mut Box<dyn Scratch + Send>) -> io::Result<Vec<u8>> {
    let mut mark = Vec::new();
    file.seek(SeekFrom::Start(0))?;
    file.as_mut().take(PDF.len() as u64).read_to_end(&mut mark)?;
    file.seek(SeekFrom::Start(0))?;
    Ok(mark)
}

/// The SHA-256 of a whole file in hex, and its size.
fn hash(file: &mut Box<dyn Scratch + Send>) -> io::Result<(String, u64)> {
    file.seek(SeekFrom::Start(0))?;
    let mut hash = Sha256::new();
    let (mut size, mut block) = (0, vec![0; 64 << 10]);
    loop {
        let got = file.read(&mut block)?;
        if got == 0 {
            return Ok((hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect(), size));
        }
        hash.update(&block[..got]);
        size += got as u64;
    }
}

fn no_layout(name: &str) -> ReadError {
    let hint = text!(
        "describe the index in the bank's template as `[layout.receipts]`",
        "请在银行模板中用 `[layout.receipts]` 描述索引"
    );
    let message = text!(
        "`{name}` is neither PDF nor OFD, and no layout says how an index is read",
        "`{name}` 既不是 PDF 也不是 OFD，且没有布局说明如何读取索引"
    );
    match refused("wrong-type", message) {
        ReadError::Refused(finding) => ReadError::Refused(Box::new(finding.hint(hint))),
        error => error,
    }
}
