//! Status reports: pain.002 (ISO 20022 `CstmrPmtStsRpt`), every version, and camt.029, the answer to a
//! cancellation request.

mod read;
mod resolution;
mod write;

use super::xml::message::Message;
pub(super) use read::StatusHandler;
pub(super) use resolution::{RESOLUTION, resolution};
pub(super) use write::{LAYOUTS, StatusWriter};

/// The message.
pub(super) const MESSAGE: Message = Message { name: "pain.002", roots: &["CstmrPmtStsRpt"] };
