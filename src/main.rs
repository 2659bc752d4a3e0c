//! The `bankferry` program.

fn main() {}
