//! `cargo bench --bench seal`: signing and encrypting, verifying and decrypting, beside SHA-256 alone and GnuPG.

mod common;

fn main() -> anyhow::Result<()> {
    common::main("sealing", &["seal"])
}
