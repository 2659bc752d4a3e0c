//! Sandbox: a bank to practise with. [`bank`] is its brain, [`server`] its door,
//! [`practice_bank`] the whole.
//!
//! It must not share our memory: it may use documents, formats, templates, seal, carrier and disk, and never
//! the journal, the archive or the route. A template is no memory but the bank's own paper, which both sides hold.

pub mod bank;
mod connection;
pub mod faults;
mod files;
pub mod practice_bank;
pub mod server;
