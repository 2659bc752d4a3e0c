//! The `bankferry` program.

use std::process::ExitCode;

fn main() -> ExitCode {
    bankferry::cli::main()
}
