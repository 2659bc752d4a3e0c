//! The daemon: look, decide, do, sleep.
