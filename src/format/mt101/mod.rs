//! MT101 (request for transfer) and MT103 (single customer credit transfer).
//!
//! An MT101 has a part for the whole message and then one part per payment, which begins with field
//! 21; ordering customer and bank may stand in either. An MT103 is one payment, and only read.

mod reader;
mod writer;

pub use reader::TransferReader;
pub use writer::RequestWriter;
