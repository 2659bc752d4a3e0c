//! `cargo bench --bench check`: all rules over a batch of payments, beside reading alone.

mod common;

fn main() -> anyhow::Result<()> {
    common::main("checking", &["check"])
}
