//! `cargo bench --bench journal`: stating facts, beside bare SQLite and bare flushing.

mod common;

fn main() -> anyhow::Result<()> {
    common::main("the journal", &["journal"])
}
