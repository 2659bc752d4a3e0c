//! The reconciliation that an ERP gets: one row for each payment or entry of a day.

use std::io::{self, Write};

use super::erp::{Header, Table};
use crate::words::Lang;

const HEADER: Header = &[
    ("kind", "类别"),
    ("account", "账号"),
    ("day", "日期"),
    ("payment", "对应付款"),
    ("end_to_end_id", "业务编号"),
    ("entry", "分录"),
    ("amount", "金额"),
    ("currency", "币种"),
    ("indicator", "借贷标志"),
    ("date", "记账或执行日期"),
    ("counterparty_name", "对方户名"),
    ("counterparty_account", "对方账号"),
    ("reference", "参考号"),
    ("how", "匹配依据"),
    ("sure", "匹配把握"),
    ("state", "付款状态"),
    ("age_days", "账龄天数"),
    ("why", "原因"),
    ("candidates", "可能的付款"),
];

/// Writes a reconciliation, one row a line.
pub struct ReconciliationFile<W: Write>(Table<W>);

impl<W: Write> ReconciliationFile<W> {
    /// Begins the file with its header in `lang`.
    ///
    /// # Errors
    /// Of the output.
    pub fn new(output: W, lang: Lang) -> io::Result<ReconciliationFile<W>> {
        Ok(ReconciliationFile(Table::new(output, HEADER, lang)?))
    }

    /// Writes one line, its fields in the order of the header.
    ///
    /// # Errors
    /// Of the output.
    pub fn write(&mut self, fields: &[String; 19]) -> io::Result<()> {
        self.0.row(fields.iter().map(String::as_str))
    }

    /// Ends the file.
    ///
    /// # Errors
    /// Of the output.
    pub fn finish(self) -> io::Result<W> {
        self.0.finish()
    }
}
