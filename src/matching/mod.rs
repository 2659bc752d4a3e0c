//! Matching: which answer or entry belongs to which payment, and how sure that is.
