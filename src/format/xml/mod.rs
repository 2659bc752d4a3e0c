//! ISO 20022 messages: which message a file holds, and its reader and writer.

use std::io::{BufRead, Write};

use super::{ReadError, ReadOptions, Reader, WriteOptions, Writer};
use crate::finding::Place;
use crate::text;

/// Opens the ISO 20022 message in `input`.
///
/// The message is found by its content. With `expect`, such as `camt.053`, any other message is
/// refused.
///
/// # Errors
/// [`ReadError`] when no message that we know is in it, or another one than expected.
pub fn open(
    _input: Box<dyn BufRead + Send>,
    _expect: Option<&str>,
    _options: &ReadOptions,
) -> Result<Box<dyn Reader + Send>, ReadError> {
    let message = text!("this message is not read yet", "尚不能读取此报文");
    Err(ReadError::refused("message", Place::default(), message))
}

/// The writer of the message with the full name `message`, such as `pain.001.001.09`; `None` when
/// we do not write it.
pub fn create(
    _message: &str,
    _output: Box<dyn Write + Send>,
    _options: &WriteOptions,
) -> Option<Box<dyn Writer + Send>> {
    None
}
