//! All integration tests in one program: built and linked once.

// A helper that finds no value has shown that the test fails; only test functions are exempt by themselves.
#![allow(clippy::unwrap_used)]

mod acceptance;
mod alarms;
mod answers;
mod archive;
mod authenticity;
mod bad_input;
mod banks;
mod calendar;
mod carrier;
mod cli;
mod convert;
mod corrections;
mod crash;
mod dates;
mod doubtful;
mod due;
mod duplicates;
mod elsewhere;
mod formats;
mod grammar;
mod guide;
mod history;
mod in_flight;
mod idoc;
mod iso20022;
mod keys;
mod layouts;
mod lessons;
mod limits;
mod merge;
mod moved;
mod new_bank;
mod planted;
mod play;
mod readme;
mod receipts;
mod receipts_road;
mod renewal;
mod reconciliation;
mod reports;
mod requests;
mod road;
mod sandbox;
mod seal;
mod second_copy;
mod split;
mod specification;
mod templates;
mod tidy;
mod volume;
mod wall;
mod written;
mod xsd;
