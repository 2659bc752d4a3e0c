//! The records, field by field (Nacha Operating Rules, appendix three). Positions count from 0.

/// A field of a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Field {
    /// Name, as findings say it.
    pub name: &'static str,
    /// First character.
    pub from: usize,
    /// Behind the last character.
    pub to: usize,
}

const fn field(name: &'static str, from: usize, to: usize) -> Field {
    Field { name, from, to }
}

/// Record `1`, file header.
pub(super) mod file_header {
    use super::{Field, field};
    pub const PRIORITY: Field = field("priority code", 1, 3);
    pub const DESTINATION: Field = field("immediate destination", 3, 13);
    pub const ORIGIN: Field = field("immediate origin", 13, 23);
    pub const DATE: Field = field("file creation date", 23, 29);
    pub const TIME: Field = field("file creation time", 29, 33);
    pub const MODIFIER: Field = field("file id modifier", 33, 34);
    pub const RECORD_SIZE: Field = field("record size", 34, 37);
    pub const BLOCKING: Field = field("blocking factor", 37, 39);
    pub const FORMAT: Field = field("format code", 39, 40);
    pub const DESTINATION_NAME: Field = field("immediate destination name", 40, 63);
    pub const ORIGIN_NAME: Field = field("immediate origin name", 63, 86);
}

/// Record `5`, batch header.
pub(super) mod batch_header {
    use super::{Field, field};
    pub const SERVICE: Field = field("service class code", 1, 4);
    pub const COMPANY: Field = field("company name", 4, 20);
    pub const COMPANY_ID: Field = field("company identification", 40, 50);
    pub const CLASS: Field = field("standard entry class code", 50, 53);
    pub const DESCRIPTION: Field = field("company entry description", 53, 63);
    pub const EFFECTIVE: Field = field("effective entry date", 69, 75);
    pub const STATUS: Field = field("originator status code", 78, 79);
    pub const ODFI: Field = field("originating DFI identification", 79, 87);
    pub const NUMBER: Field = field("batch number", 87, 94);
    /// International batches (IAT) have their originator's id elsewhere and no name.
    pub const IAT_ORIGINATOR: Field = field("originator identification", 40, 50);
}

/// Record `6`, entry.
pub(super) mod entry {
    use super::{Field, field};
    pub const CODE: Field = field("transaction code", 1, 3);
    pub const RDFI: Field = field("receiving DFI identification", 3, 11);
    pub const CHECK_DIGIT: Field = field("check digit", 11, 12);
    pub const ACCOUNT: Field = field("account number", 12, 29);
    pub const AMOUNT: Field = field("amount", 29, 39);
    pub const IDENTIFICATION: Field = field("identification number", 39, 54);
    pub const NAME: Field = field("receiving company or individual name", 54, 76);
    /// Corporate trade exchange (CTX): number of addenda, and a shorter name.
    pub const CTX_COUNT: Field = field("number of addenda records", 54, 58);
    pub const CTX_NAME: Field = field("receiving company name", 58, 74);
    pub const ADDENDA: Field = field("addenda record indicator", 78, 79);
    pub const TRACE: Field = field("trace number", 79, 94);
    /// Card expiry of shared-network entries (SHR): month and year.
    pub const CARD_MONTH: Field = field("card expiration date", 39, 41);
    pub const IAT_ACCOUNT: Field = field("foreign receiver's account number", 39, 74);
    pub const ADV_ACCOUNT: Field = field("account number", 12, 27);
    pub const ADV_AMOUNT: Field = field("amount", 27, 39);
    pub const ADV_NAME: Field = field("individual name", 54, 76);
}

/// Record `7`, addenda.
pub(super) mod addenda {
    use super::{Field, field};
    pub const TYPE: Field = field("addenda type code", 1, 3);
    pub const INFORMATION: Field = field("payment related information", 3, 83);
    pub const SEQUENCE: Field = field("addenda sequence number", 83, 87);
    pub const ENTRY: Field = field("entry detail sequence number", 87, 94);
    pub const CHANGE_CODE: Field = field("change code", 3, 6);
    pub const RETURN_CODE: Field = field("return reason code", 3, 6);
    pub const ORIGINAL_TRACE: Field = field("original entry trace number", 6, 21);
    pub const CORRECTED: Field = field("corrected data", 35, 64);
    pub const IAT_NAME: Field = field("receiving company or individual name", 46, 81);
}

/// Record `8`, batch control.
pub(super) mod batch_control {
    use super::{Field, field};
    pub const SERVICE: Field = field("service class code", 1, 4);
    pub const COUNT: Field = field("entry/addenda count", 4, 10);
    pub const HASH: Field = field("entry hash", 10, 20);
    pub const DEBIT: Field = field("total debit amount", 20, 32);
    pub const CREDIT: Field = field("total credit amount", 32, 44);
    pub const ADV_DEBIT: Field = field("total debit amount", 20, 40);
    pub const ADV_CREDIT: Field = field("total credit amount", 40, 60);
    pub const COMPANY_ID: Field = field("company identification", 44, 54);
    pub const ODFI: Field = field("originating DFI identification", 79, 87);
    pub const NUMBER: Field = field("batch number", 87, 94);
}

/// Record `9`, file control.
pub(super) mod file_control {
    use super::{Field, field};
    pub const BATCHES: Field = field("batch count", 1, 7);
    pub const BLOCKS: Field = field("block count", 7, 13);
    pub const COUNT: Field = field("entry/addenda count", 13, 21);
    pub const HASH: Field = field("entry hash", 21, 31);
    pub const DEBIT: Field = field("total debit amount", 31, 43);
    pub const CREDIT: Field = field("total credit amount", 43, 55);
    pub const ADV_DEBIT: Field = field("total debit amount", 31, 51);
    pub const ADV_CREDIT: Field = field("total credit amount", 51, 71);
}
