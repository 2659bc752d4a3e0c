//! Sandbox: a bank to practise with.
