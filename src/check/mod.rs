//! Checks: one file per rule; a rule looks at documents and at the history handed to it.
