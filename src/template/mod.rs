//! Templates: a bank or an ERP as data.
