//! Disk: the only place that renames, flushes and locks.
