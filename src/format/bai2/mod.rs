//! BAI2 (cash management balance reporting, version 2): one statement per account record.
//!
//! `01` file, `02` group, `03` account with its summaries, `16` transaction, `88` continuation,
//! `49`, `98`, `99` trailers. Fields are parted by commas, a record ends with `/`. Amounts have no
//! decimal point: they are minor units of the currency.

mod reader;
mod record;
mod writer;

pub use reader::Bai2Reader;
pub use writer::Bai2Writer;
