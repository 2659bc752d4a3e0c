//! camt.055: customer payment cancellation request (ISO 20022 `CstmrPmtCxlReq`), every version.

mod read;
mod write;

use super::xml::message::Message;
pub(super) use read::CancellationHandler;
pub(super) use write::{CancellationWriter, WRITTEN};

/// The message.
pub(super) const MESSAGE: Message = Message { name: "camt.055", roots: &["CstmrPmtCxlReq"] };
