//! Route: the table, `next`, the steps.
