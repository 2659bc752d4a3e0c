//! `cargo bench --bench read`: reading every format, beside the bare scanning of the same bytes.

mod common;

fn main() -> anyhow::Result<()> {
    common::main("reading", &["read"])
}
