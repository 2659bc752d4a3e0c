//! Sandbox: a bank to practise with.

mod connection;
pub mod faults;
mod files;
pub mod server;
