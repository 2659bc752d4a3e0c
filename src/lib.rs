//! **bankferry** carries payment files from ERPs to banks and bank files back to ERPs
//! (host to host, 银企互联).
//!
//! It watches folders where ERPs drop payment batches, converts them into each bank's own signed
//! and encrypted files, exchanges them with banks over SFTP, and brings answers and statements back
//! in the ERP's formats. This page is the map of the house.
//!
//! # The route
//!
//! ```text
//!               inbox/<erp>                                                outbox/<bank>
//!   ERP ──drop──▶ receive ─▶ open ─▶ read ─▶ check ─▶ release ─▶ write ─▶ seal ─▶ queue ─▶ send ──▶ bank
//!   ERP ◀──take── publish ◀─────────── write ◀─ match ◀── read ◀─ open ◀─ receive ◀────── fetch ◀── bank
//!               outbox/<erp>                                               inbox/<bank>
//!
//!                        journal: what happened          archive: every byte
//! ```
//!
//! # Which module may use which
//!
//! `tests/tidy.rs` reads this block and fails on an import that is not on it.
//!
//! ```text
//! words      ->
//! finding    -> words
//! document   -> finding words
//! format     -> document finding words
//! check      -> document finding words
//! calendar   -> document finding words
//! matching   -> document finding words
//! clock      -> words
//! disk       -> words
//! seal       -> disk words finding
//! carrier    -> disk words finding
//! archive    -> disk words finding
//! journal    -> disk words finding document
//! template   -> format check calendar seal carrier document finding words
//! config     -> template format check calendar seal carrier disk document finding words
//! route      -> config template journal archive carrier seal disk clock matching calendar check format document finding words
//! alarm      -> route config template journal archive carrier seal disk clock matching calendar check format document finding words
//! daemon     -> alarm route config template journal archive carrier seal disk clock matching calendar check format document finding words
//! sandbox    -> template document format seal carrier disk finding words
//! console    -> alarm route config template journal archive carrier seal disk clock matching calendar check format document finding words
//! cli        -> daemon console sandbox alarm route config template journal archive carrier seal disk clock matching calendar check format document finding words
//! guide      ->
//! ```

pub mod words;

pub mod document;
pub mod finding;
pub mod format;
pub mod check;
pub mod calendar;
pub mod matching;

pub mod clock;
pub mod disk;
pub mod seal;
pub mod carrier;
pub mod archive;
pub mod journal;

pub mod template;
pub mod config;
pub mod route;
pub mod alarm;
pub mod daemon;

pub mod sandbox;
pub mod cli;

pub mod guide;
