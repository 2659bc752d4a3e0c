//! What an ERP is told when a batch waits for its bank: when the bank takes each payment, and when it is to have
//! answered; or that the batch stopped, and why.

use std::io::{self, Write};

use super::erp::{Header, Table};
use crate::words::Lang;

const HEADER: Header = &[
    ("batch", "批次号"),
    ("end_to_end_id", "业务编号"),
    ("amount", "金额"),
    ("currency", "币种"),
    ("status", "状态"),
    ("expected", "预计送达银行时间"),
    ("answer_expected", "银行应答期限"),
    ("acceptance_expected", "银行受理期限"),
    ("execution_expected", "银行执行期限"),
    ("bank", "银行"),
    ("bank_file", "银行文件"),
    ("at", "时间"),
    ("message", "说明"),
];

/// Writes an acceptance, one payment a line.
pub struct AcceptanceFile<W: Write>(Table<W>);

impl<W: Write> AcceptanceFile<W> {
    /// Begins the file with its header in `lang`.
    ///
    /// # Errors
    /// Of the output.
    pub fn new(output: W, lang: Lang) -> io::Result<AcceptanceFile<W>> {
        Ok(AcceptanceFile(Table::new(output, HEADER, lang)?))
    }

    /// Writes one line, its fields in the order of the header.
    ///
    /// # Errors
    /// Of the output.
    pub fn write(&mut self, fields: [&str; 13]) -> io::Result<()> {
        self.0.row(fields)
    }

    /// Ends the file.
    ///
    /// # Errors
    /// Of the output.
    pub fn finish(self) -> io::Result<W> {
        self.0.finish()
    }
}
