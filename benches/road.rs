//! `cargo bench --bench road`: from the ERP's folder to the bank, through the real program.

mod common;

fn main() -> anyhow::Result<()> {
    common::main("the whole road", &["road"])
}
