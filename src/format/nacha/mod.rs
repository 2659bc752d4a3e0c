//! NACHA: the file of the US Automated Clearing House, records of 94 characters.
//!
//! `1` file header, `5` batch header, `6` entry, `7` addenda, `8` batch control, `9` file control
//! and filler. `layout` has every field once, for reading and for the places in findings.

mod describe;
mod dialect;
mod layout;
mod reader;
mod records;
mod returns;
mod rules;
mod writer;

pub use describe::{RecordField, RecordTable, records};
pub use dialect::{NachaDialect, RecordEnd};
pub use reader::NachaReader;
pub use writer::NachaWriter;
