//! MT940, MT942 and MT950: what a bank says of an account.
//!
//! One reader for the three: an intraday report (MT942) and a statement without information lines
//! (MT950) are the same fields, more or fewer of them. `information` knows the ways in which banks
//! structure field 86.

mod information;
mod reader;
mod tally;
mod tell;
mod writer;

pub use reader::StatementReader;
pub use writer::{Message, StatementWriter};
