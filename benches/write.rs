//! `cargo bench --bench write`: writing, beside a line of code that checks and escapes nothing.

mod common;

fn main() -> anyhow::Result<()> {
    common::main("writing", &["write"])
}
