//! `cargo bench --bench reconcile`: months of entries with known truth, beside looking ids up in a map.

mod common;

fn main() -> anyhow::Result<()> {
    common::main("reconciling a month with known truth", &["reconcile"])
}
