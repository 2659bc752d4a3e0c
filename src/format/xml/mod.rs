//! ISO 20022 messages: which message a file holds, and its reader and writer.

pub(super) mod blocks;
pub(super) mod emit;
pub(super) mod initiation;
pub(super) mod message;
mod names;
mod namespace;
pub(super) mod party;
pub(super) mod paths;
mod scan;
mod source;
pub(super) mod totals;
mod values;

use std::io::{BufRead, Write};

use super::{ReadError, ReadOptions, Reader, WriteOptions, Writer, camt, camt055, camt060, pain001, pain002, pain008};
use crate::document::StatementKind;
use crate::finding::Place;
use crate::text;
use initiation::InitiationWriter;
pub use initiation::{Element, ElementKind, Presence};
use message::{Handler, Message, MessageReader, seek};
use scan::Scanner;
use source::Source;

/// The messages that are read.
static MESSAGES: [Message; 8] = [
    pain001::MESSAGE,
    pain002::MESSAGE,
    pain008::MESSAGE,
    camt::REPORT,
    camt::STATEMENT,
    camt::NOTIFICATION,
    pain002::RESOLUTION,
    camt055::MESSAGE,
];

/// Opens the ISO 20022 message in `input`.
///
/// The message is found by its content. With `expect`, such as `camt.053`, any other message is
/// refused.
///
/// # Errors
/// [`ReadError`] when no message that we know is in it, or another one than expected.
pub fn open(
    input: Box<dyn BufRead + Send>,
    expect: Option<&str>,
    options: &ReadOptions,
) -> Result<Box<dyn Reader + Send>, ReadError> {
    let mut scanner = Scanner::new(Source::new(input, options)?, options.limits.clone());
    let Some(found) = seek(&mut scanner, &MESSAGES)? else {
        let message = text!("the file holds no message that we read", "文件中没有可识别的 ISO 20022 报文");
        return Err(ReadError::refused("message", Place::default(), message));
    };
    let name = found.message.name;
    if let Some(expect) = expect.filter(|&expect| expect != name) {
        let message = text!("the file is {name}, not {expect}", "文件是 {name} 报文，而不是 {expect}");
        return Err(ReadError::refused("message", Place::line(scanner.line()), message));
    }
    fn reader<H: Handler + 'static>(
        scanner: Scanner,
        found: message::Found,
        handler: H,
        options: &ReadOptions,
    ) -> Box<dyn Reader + Send> {
        Box::new(MessageReader::new(scanner, found, &MESSAGES, handler, options))
    }
    Ok(match name {
        "pain.001" => reader(scanner, found, pain001::handler(), options),
        "pain.008" => reader(scanner, found, pain008::handler(), options),
        "pain.002" => reader(scanner, found, pain002::StatusHandler::status_report(), options),
        "camt.029" => reader(scanner, found, pain002::resolution(), options),
        "camt.055" => reader(scanner, found, camt055::CancellationHandler::default(), options),
        "camt.052" => reader(scanner, found, camt::handler(StatementKind::Report), options),
        "camt.054" => reader(scanner, found, camt::handler(StatementKind::Notification), options),
        _ => reader(scanner, found, camt::handler(StatementKind::Statement), options),
    })
}

/// The writer of the message with the full name `message`, such as `pain.001.001.09`; `None` when
/// we do not write it.
pub fn create(message: &str, output: Box<dyn Write + Send>, options: &WriteOptions) -> Option<Box<dyn Writer + Send>> {
    let mut initiations = pain001::LAYOUTS.iter().chain(pain008::LAYOUTS);
    if let Some(layout) = initiations.find(|l| l.name == message) {
        return Some(Box::new(InitiationWriter::new(*layout, output, options)));
    }
    if let Some(layout) = pain002::LAYOUTS.iter().find(|l| l.name == message) {
        return Some(Box::new(pain002::StatusWriter::new(*layout, output, options)));
    }
    if message == camt055::WRITTEN {
        return Some(Box::new(camt055::CancellationWriter::new(output, options)));
    }
    if message == camt060::WRITTEN {
        return Some(Box::new(camt060::RequestWriter::new(output, options)));
    }
    let layout = camt::LAYOUTS.iter().find(|l| l.name == message)?;
    Some(Box::new(camt::StatementWriter::new(*layout, output, options)))
}

/// The elements that the payment message `message`, such as `pain.001.001.09`, is written with; empty for another.
pub fn elements(message: &str, address: super::AddressShape, scheme: &super::scheme::Scheme) -> Vec<Element> {
    let mut initiations = pain001::LAYOUTS.iter().chain(pain008::LAYOUTS);
    initiations
        .find(|l| l.name == message)
        .map_or_else(Vec::new, |layout| initiation::elements(*layout, address, scheme))
}

/// Name of the root element of the payment message `message`; `None` for another.
pub fn root(message: &str) -> Option<&'static str> {
    let mut initiations = pain001::LAYOUTS.iter().chain(pain008::LAYOUTS);
    initiations.find(|l| l.name == message).map(|layout| layout.root)
}
