//! What a receipt's file is, by its content.

use std::io::{Read, Seek, SeekFrom};

use super::unpack::{BUNDLE_BYTES, Unpack, refused};
use crate::document::ReceiptType;
use crate::format::ReadError;
use crate::text;

/// How a PDF begins.
pub(super) const PDF: &[u8] = b"%PDF-";
/// How a ZIP, and so an OFD, begins.
pub(super) const ZIP: &[u8] = b"PK\x03\x04";
/// How a ZIP without members begins.
pub(super) const EMPTY_ZIP: &[u8] = b"PK\x05\x06";
/// How much of a PDF's end is looked at: its mark must stand in the last 1024 bytes (ISO 32000-1, annex H).
const TAIL: u64 = 1024;
/// Root of an OFD, by GB/T 33190.
const OFD_ROOT: &str = "OFD.xml";

/// Refuses a PDF that has no end.
pub(super) fn check_pdf(name: &str, file: &mut (impl Read + Seek)) -> Result<ReceiptType, ReadError> {
    let size = file.seek(SeekFrom::End(0))?;
    file.seek(SeekFrom::Start(size.saturating_sub(TAIL)))?;
    let mut tail = Vec::new();
    file.take(TAIL).read_to_end(&mut tail)?;
    let tail = String::from_utf8_lossy(&tail);
    let table = tail.rsplit_once("%%EOF").and_then(|(before, _)| before.rsplit_once("startxref"));
    let at: Option<u64> = table.and_then(|(_, at)| at.trim().parse().ok());
    if at.is_some_and(|at| at < size) {
        return Ok(ReceiptType::Pdf);
    }
    let message = text!(
        "the PDF `{name}` has no end (`startxref`, `%%EOF`): it was cut off",
        "PDF 文件 `{name}` 没有结尾（`startxref`、`%%EOF`）：文件不完整"
    );
    Err(refused("truncated", message))
}

/// Whether the members of a ZIP are those of an OFD.
pub(super) fn is_ofd<F: Read + Seek>(zip: &Unpack<F>) -> bool {
    zip.members().iter().any(|member| member.name == OFD_ROOT)
}

/// Unpacks an OFD into nothing, so that neither a bomb nor a damaged file is handed on.
pub(super) fn check_ofd<F: Read + Seek>(name: &str, zip: &mut Unpack<F>) -> Result<ReceiptType, ReadError> {
    for member in zip.members().to_vec() {
        let mut root = Vec::new();
        if member.name == OFD_ROOT {
            zip.unpack(&member, &mut root)?;
            let root = String::from_utf8_lossy(&root);
            if !(root.contains("<OFD") || root.contains(":OFD")) {
                return Err(wrong_type(name));
            }
        } else {
            zip.unpack(&member, &mut std::io::sink())?;
        }
    }
    Ok(ReceiptType::Ofd)
}

/// Opens a ZIP within a bundle, which must be an OFD.
pub(super) fn check_inner(name: &str, file: &mut (impl Read + Seek)) -> Result<ReceiptType, ReadError> {
    let mut zip = Unpack::open(file, BUNDLE_BYTES)?;
    if !is_ofd(&zip) {
        let message = text!("`{name}` is a ZIP within the bundle and no OFD", "`{name}` 是文件包中的 ZIP，不是 OFD");
        return Err(refused("wrong-type", message));
    }
    check_ofd(name, &mut zip)
}

/// The refusal of a file that is no receipt.
pub(super) fn wrong_type(name: &str) -> ReadError {
    let message = text!("`{name}` is neither PDF nor OFD", "`{name}` 既不是 PDF 也不是 OFD");
    refused("wrong-type", message)
}
