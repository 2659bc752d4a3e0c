//! All formats by name: what each can read and write, and how a file's format is found out.

use std::io::{self, BufRead, Write};

use super::bai2::{Bai2Reader, Bai2Writer};
use super::csv::{CsvWriter, PaymentsReader};
use super::jsonl::{JsonlReader, JsonlWriter};
use super::mt101::{RequestWriter, TransferReader};
use super::mt940::{self, StatementReader};
use super::nacha::{NachaReader, NachaWriter};
use super::{ReadError, ReadOptions, Reader, WriteOptions, Writer, decode, detect, receipts, xml};
use crate::finding::Finding;
use crate::text;
use crate::words::library::{distance, meant};
use crate::words::{Explain, Remedy, Text};

/// A format by its name in the contract.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Format {
    /// The name; for ISO 20022 messages the message without its version.
    pub name: &'static str,
    /// Whether files of it can be read.
    pub reads: bool,
    /// Whether files of it can be written.
    pub writes: bool,
    /// What it is.
    pub about: (&'static str, &'static str),
}

const fn format(name: &'static str, reads: bool, writes: bool, en: &'static str, zh: &'static str) -> Format {
    Format { name, reads, writes, about: (en, zh) }
}

/// The formats that this program knows by itself; templates add theirs.
pub const FORMATS: &[Format] = &[
    format("pain.001", true, true, "ISO 20022 credit transfers", "ISO 20022 付款指令"),
    format("pain.002", true, true, "ISO 20022 status report", "ISO 20022 状态回执"),
    format("pain.008", true, true, "ISO 20022 direct debits", "ISO 20022 直接借记"),
    format("camt.052", true, true, "ISO 20022 intraday report", "ISO 20022 日间报告"),
    format("camt.053", true, true, "ISO 20022 statement", "ISO 20022 对账单"),
    format("camt.054", true, true, "ISO 20022 debit and credit notification", "ISO 20022 借贷通知"),
    format("camt.029", true, false, "ISO 20022 answer to a cancellation request", "ISO 20022 撤销请求答复"),
    format("camt.055", true, true, "ISO 20022 cancellation request", "ISO 20022 撤销请求"),
    format("camt.060", false, true, "ISO 20022 request for reports", "ISO 20022 账户报告请求"),
    format("mt940", true, true, "SWIFT statement", "SWIFT 对账单"),
    format("mt942", true, true, "SWIFT intraday report", "SWIFT 日间报告"),
    format("mt950", true, false, "SWIFT statement without details", "SWIFT 简式对账单"),
    format("mt101", true, true, "SWIFT request for transfer", "SWIFT 付款请求"),
    format("mt103", true, false, "SWIFT single customer credit transfer", "SWIFT 单笔客户汇款"),
    format("bai2", true, true, "BAI2 balance report", "BAI2 余额报告"),
    format("nacha", true, true, "NACHA file (US ACH)", "NACHA 文件（美国 ACH）"),
    format(
        "receipts",
        true,
        false,
        "electronic receipts: PDF, OFD, or a ZIP of them",
        "电子回单：PDF、OFD 或其 ZIP 包",
    ),
    format("jsonl", true, true, "JSON lines, every kind of document", "JSON 行，所有单据"),
    format("csv", true, true, "our own CSV: payments in; all kinds out", "本系统 CSV：读付款，写所有单据"),
];

/// Why no reader or writer can be had.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// No format has this name.
    #[error("`{name}` is not a format")]
    UnknownFormat {
        /// What was asked for.
        name: String,
    },
    /// The format exists and cannot be read.
    #[error("`{name}` cannot be read")]
    NotReadable {
        /// What was asked for.
        name: String,
    },
    /// The format exists and cannot be written.
    #[error("`{name}` cannot be written")]
    NotWritable {
        /// What was asked for.
        name: String,
    },
    /// No encoding has this label.
    #[error("`{name}` is not an encoding")]
    UnknownEncoding {
        /// What was asked for.
        name: String,
    },
    /// The content says that it is nothing that we can read.
    #[error("{}", .0.message)]
    Refused(Box<Finding>),
    /// The bytes could not be had.
    #[error("reading failed: {0}")]
    Io(io::Error),
}

impl From<io::Error> for OpenError {
    fn from(error: io::Error) -> OpenError {
        ReadError::from(error).into()
    }
}

impl From<ReadError> for OpenError {
    fn from(error: ReadError) -> OpenError {
        match error {
            ReadError::Refused(finding) => OpenError::Refused(finding),
            ReadError::Io(error) => OpenError::Io(error),
        }
    }
}

impl Explain for OpenError {
    fn what(&self) -> Text {
        match self {
            OpenError::UnknownFormat { name } => text!("`{name}` is not a format", "没有 `{name}` 这种格式"),
            OpenError::NotReadable { name } => text!("`{name}` cannot be read", "不支持读取 `{name}`"),
            OpenError::NotWritable { name } => text!("`{name}` cannot be written", "不支持写出 `{name}`"),
            OpenError::UnknownEncoding { name } => text!("`{name}` is not an encoding", "没有 `{name}` 这种编码"),
            OpenError::Refused(finding) => finding.message.clone(),
            OpenError::Io(error) => text!("reading failed", "读取失败").because(error),
        }
    }

    fn hints(&self) -> Vec<Text> {
        match self {
            OpenError::UnknownFormat { name } => nearest(name).map(meant).into_iter().chain([known()]).collect(),
            OpenError::NotReadable { .. } | OpenError::NotWritable { .. } => vec![known()],
            OpenError::UnknownEncoding { .. } => vec![text!(
                "use a label such as `utf-8`, `gb18030` or `windows-1252`",
                "请使用 `utf-8`、`gb18030` 或 `windows-1252` 等名称"
            )],
            OpenError::Refused(finding) => finding.hint.iter().cloned().collect(),
            OpenError::Io(_) => Vec::new(),
        }
    }

    fn remedy(&self) -> Remedy {
        match self {
            OpenError::Io(_) => Remedy::Wait,
            _ => Remedy::Person,
        }
    }
}

/// Opens a reader of `input`.
///
/// `from` is a name of the contract (`camt.053`, `mt940` …; a full message name such as
/// `pain.001.001.09` means its message) or `auto`: then the content decides, never a file's name.
///
/// # Errors
/// [`OpenError`]; what is wrong within the content mostly shows only while reading.
pub fn open(
    from: &str,
    mut input: Box<dyn BufRead + Send>,
    options: &ReadOptions,
) -> Result<Box<dyn Reader + Send>, OpenError> {
    let name = if from == "auto" {
        let (name, whole) = detect::format_of(input, options)?;
        input = whole;
        name
    } else {
        find(from)?.name
    };
    match name {
        "jsonl" => Ok(Box::new(JsonlReader::new(input, options))),
        "csv" => Ok(Box::new(PaymentsReader::open(input, options)?)),
        "mt940" | "mt942" | "mt950" => {
            let input = decode::utf8(input, options.encoding.as_deref())?;
            Ok(Box::new(StatementReader::new(input, options)))
        }
        "bai2" => {
            let input = decode::utf8(input, options.encoding.as_deref())?;
            Ok(Box::new(Bai2Reader::new(input, options)))
        }
        "mt101" | "mt103" => {
            let input = decode::utf8(input, options.encoding.as_deref())?;
            Ok(Box::new(TransferReader::new(input, options)))
        }
        "nacha" => Ok(Box::new(NachaReader::new(input, options))),
        "receipts" => Ok(Box::new(receipts::BundleReader::open(input, options)?)),
        detect::XML => Ok(xml::open(input, None, options)?),
        message if message.contains('.') => Ok(xml::open(input, Some(message), options)?),
        _ => Err(OpenError::NotReadable { name: name.to_string() }),
    }
}

/// Opens a writer to `output`. `to` is a name of the contract; ISO 20022 messages want their full
/// name, such as `pain.001.001.09`.
///
/// # Errors
/// [`OpenError`] for a name that is not known or not written.
pub fn create(
    to: &str,
    output: Box<dyn Write + Send>,
    options: &WriteOptions,
) -> Result<Box<dyn Writer + Send>, OpenError> {
    match find(to)?.name {
        "jsonl" => Ok(Box::new(JsonlWriter::new(output))),
        "csv" => Ok(Box::new(CsvWriter::new(output))),
        "bai2" => Ok(Box::new(Bai2Writer::new(output, options))),
        "nacha" => Ok(Box::new(NachaWriter::new(output, options))),
        "mt101" => Ok(Box::new(RequestWriter::new(output, options))),
        "mt940" => Ok(Box::new(mt940::StatementWriter::new(mt940::Message::Statement, output, options))),
        "mt942" => Ok(Box::new(mt940::StatementWriter::new(mt940::Message::Report, output, options))),
        _ => xml::create(to, output, options).ok_or_else(|| OpenError::NotWritable { name: to.to_string() }),
    }
}

/// Says whether `from` can be read and `to` be written, before anything is opened.
///
/// # Errors
/// [`OpenError`] for the name that is wrong.
pub fn verify(from: &str, to: &str) -> Result<(), OpenError> {
    if from != "auto" && !find(from)?.reads {
        return Err(OpenError::NotReadable { name: from.to_string() });
    }
    if !find(to)?.writes {
        return Err(OpenError::NotWritable { name: to.to_string() });
    }
    Ok(())
}

/// Whether totals come before the payments in this format, so that a writer must know them first
/// (see [`super::Regroup`]).
pub fn wants_totals_first(to: &str) -> bool {
    to.starts_with("pain.") || matches!(to, "mt101" | "nacha")
}

/// The format that a name means: itself, or the message of a full message name.
fn find(name: &str) -> Result<&'static Format, OpenError> {
    let means = |f: &&Format| f.name == name || is_version_of(name, f.name);
    FORMATS.iter().find(means).ok_or_else(|| OpenError::UnknownFormat { name: name.to_string() })
}

/// Whether `name` is `message` with a version: `pain.001.001.09`.
fn is_version_of(name: &str, message: &str) -> bool {
    let version = name.strip_prefix(message).and_then(|rest| rest.strip_prefix('.'));
    message.contains('.')
        && version.is_some_and(|v| !v.is_empty() && v.bytes().all(|b| b.is_ascii_digit() || b == b'.'))
}

/// The known name that needs the fewest changes, where few are enough.
fn nearest(name: &str) -> Option<&'static str> {
    let plain = |s: &str| s.to_ascii_lowercase().replace(['.', '-', '_', ' '], "");
    let name = plain(name);
    let near = FORMATS.iter().map(|f| (distance(&plain(f.name), &name), f.name)).min()?;
    (near.0 <= 2).then_some(near.1)
}

fn known() -> Text {
    let names = FORMATS.iter().map(|f| format!("`{}`", f.name)).collect::<Vec<_>>().join(", ");
    text!("formats are {names}", "可用格式：{names}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_are_nearly_right_are_recognised() {
        assert_eq!(nearest("json"), Some("jsonl"));
        assert_eq!(nearest("JSONL"), Some("jsonl"));
        assert_eq!(nearest("swift"), None);
        let error = OpenError::UnknownFormat { name: "cvs".into() };
        assert_eq!(error.hints()[0].en, "did you mean `csv`?");
    }

    #[test]
    fn a_full_message_name_means_its_message() {
        assert!(is_version_of("pain.001.001.09", "pain.001"));
        assert!(!is_version_of("pain.001", "pain.001") && !is_version_of("pain.0011", "pain.001"));
        assert!(!is_version_of("mt940.1", "mt940"));
    }
}
