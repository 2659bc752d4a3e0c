//! `cargo bench --bench formats`: all formats, read and written, in one table.

mod common;

fn main() -> anyhow::Result<()> {
    common::main("all formats", &["read", "write"])
}
