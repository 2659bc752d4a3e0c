//! Writing elements: escaped, within the schema's lengths and the bank's characters, or refused with
//! the place.

use std::fmt::Write as _;
use std::io::Write;

use super::scan::is_xml_char;
use crate::document::{Amount, Currency};
use crate::finding::{Finding, Findings, Place};
use crate::format::fold::{fold, is_swift};
use crate::format::order::Order;
use crate::format::{Charset, WriteError, left_open};
use crate::text;
use crate::words::Text;

/// Bytes gathered before they are handed on.
const GATHER: usize = 64 << 10;
/// Digits that ISO 20022 gives an amount, and how many of them after the point.
const AMOUNT_DIGITS: u32 = 18;
const AMOUNT_DECIMALS: u32 = 5;

/// Writes elements into a growing text.
pub(crate) struct Emit {
    buf: String,
    path: Vec<&'static str>,
    /// Which of the repeated elements it is at, for places.
    seq: Option<u64>,
    charset: Charset,
    fold: bool,
    slow: [bool; 256],
    findings: Findings,
}

impl Emit {
    /// An empty text in this charset.
    pub fn new(charset: Charset, fold: bool) -> Emit {
        let mut slow = [false; 256];
        for (byte, slow) in (0u8..=255).zip(&mut slow) {
            *slow = match charset {
                Charset::Latin => !is_swift(char::from(byte)),
                _ => !(b' '..0x80).contains(&byte) || matches!(byte, b'<' | b'>' | b'&'),
            };
        }
        Emit { buf: String::new(), path: Vec::new(), seq: None, charset, fold, slow, findings: Findings::default() }
    }

    /// The XML declaration and the root element of the message with the full name `message`.
    pub fn begin(&mut self, message: &'static str, root: &'static str) {
        self.buf.push_str("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
        let _ = write!(self.buf, "<Document xmlns=\"urn:iso:std:iso:20022:tech:xsd:{message}\">\n<{root}>");
        self.path.push(root);
    }

    /// What is written will stand inside these elements, which somebody else writes.
    pub fn stand_in(&mut self, path: &[&'static str]) {
        self.path.extend(path);
    }

    /// Closes the root element and the document.
    pub fn end(&mut self) {
        self.close();
        self.buf.push_str("\n</Document>\n");
    }

    /// Opens an element on a line of its own.
    pub fn open_line(&mut self, name: &'static str) {
        self.buf.push('\n');
        self.open(name);
    }

    /// Opens an element.
    #[inline]
    pub fn open(&mut self, name: &'static str) {
        self.buf.push('<');
        self.buf.push_str(name);
        self.buf.push('>');
        self.path.push(name);
    }

    /// Closes the innermost element.
    #[inline]
    pub fn close(&mut self) {
        if let Some(name) = self.path.pop() {
            self.close_tag(name);
        }
    }

    /// Closes `n` elements.
    pub fn close_all(&mut self, n: usize) {
        for _ in 0..n {
            self.close();
        }
    }

    /// Opens an element, lets `inside` write into it, closes it.
    #[inline]
    pub fn within(
        &mut self,
        name: &'static str,
        inside: impl FnOnce(&mut Emit) -> Result<(), WriteError>,
    ) -> Result<(), WriteError> {
        self.open(name);
        inside(self)?;
        self.close();
        Ok(())
    }

    /// From now on places name the element `seq` of its kind.
    pub fn at(&mut self, seq: Option<u64>) {
        self.seq = seq;
    }

    /// An element of words, folded where the dialect says so; none for empty words.
    #[inline]
    pub fn words(&mut self, name: &'static str, words: &str, most: usize) -> Result<(), WriteError> {
        self.element(name, words, most, self.fold)
    }

    /// The same, where there are words.
    #[inline]
    pub fn maybe_words(&mut self, name: &'static str, words: Option<&str>, most: usize) -> Result<(), WriteError> {
        words.map_or(Ok(()), |words| self.words(name, words, most))
    }

    /// An element of an id, a number or a code: written as it is or not at all.
    #[inline]
    pub fn id(&mut self, name: &'static str, id: &str, most: usize) -> Result<(), WriteError> {
        self.element(name, id, most, false)
    }

    /// The same, where there is one.
    #[inline]
    pub fn maybe_id(&mut self, name: &'static str, id: Option<&str>, most: usize) -> Result<(), WriteError> {
        id.map_or(Ok(()), |id| self.id(name, id, most))
    }

    /// An element of our own making: a number, a date, a code that needs no check.
    #[inline]
    pub fn fact(&mut self, name: &'static str, value: impl std::fmt::Display) {
        self.open_tag(name);
        let _ = write!(self.buf, "{value}");
        self.close_tag(name);
    }

    /// A code from a list.
    pub fn listed(&mut self, name: &'static str, code: &str, list: &[&str]) -> Result<(), WriteError> {
        if !list.contains(&code) {
            let known = list.iter().map(|known| format!("`{known}`")).collect::<Vec<_>>();
            let (en, zh) = (known.join(", "), known.join("、"));
            let hint = text!("write one of {en}", "请写 {zh} 之一");
            let message = text!("`{code}` is not a code of {name}", "`{code}` 不是 {name} 的代码");
            return Err(self.refused_with("code", name, message, hint));
        }
        self.fact(name, code);
        Ok(())
    }

    /// `Cd` for a code of at most `most` capital letters and digits, else `Prtry` of at most 35 characters.
    pub fn code_or_proprietary(&mut self, name: &'static str, code: &str, most: usize) -> Result<(), WriteError> {
        let is_code = code.len() <= most && code.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit());
        self.within(name, |e| if is_code { e.id("Cd", code, most) } else { e.words("Prtry", code, 35) })
    }

    /// An amount with its currency.
    pub fn money(&mut self, name: &'static str, amount: Amount, currency: Currency) -> Result<(), WriteError> {
        let amount = self.amount_of(name, amount)?;
        let _ = write!(self.buf, "<{name} Ccy=\"{}\">{amount}</{name}>", currency.as_str());
        Ok(())
    }

    /// A sum without a currency.
    pub fn sum(&mut self, name: &'static str, amount: Amount) -> Result<(), WriteError> {
        let amount = self.amount_of(name, amount)?;
        self.fact(name, amount);
        Ok(())
    }

    fn amount_of(&self, name: &'static str, amount: Amount) -> Result<Amount, WriteError> {
        let amount = if amount.scale() > AMOUNT_DECIMALS { amount.normalize() } else { amount };
        let digits = amount.mantissa().unsigned_abs().checked_ilog10().unwrap_or(0) + 1;
        if amount.is_sign_negative() || amount.scale() > AMOUNT_DECIMALS || digits > AMOUNT_DIGITS {
            let message = text!("the amount {amount} cannot be written", "金额 {amount} 无法写出");
            return Err(self.refused("amount", name, message));
        }
        Ok(amount)
    }

    fn element(&mut self, name: &'static str, value: &str, most: usize, fold: bool) -> Result<(), WriteError> {
        if value.trim_ascii().is_empty() {
            return Ok(());
        }
        if value.bytes().any(|b| self.slow[usize::from(b)]) {
            return self.slow_element(name, value, most, fold);
        }
        if value.len() > most {
            return Err(self.too_long(name, value, most));
        }
        self.open_tag(name);
        self.buf.push_str(value);
        self.close_tag(name);
        Ok(())
    }

    /// An element with a character that needs a look.
    fn slow_element(&mut self, name: &'static str, value: &str, most: usize, fold: bool) -> Result<(), WriteError> {
        let folded = self.in_charset(name, value, fold)?;
        let value = folded.as_deref().unwrap_or(value);
        if value.chars().count() > most {
            return Err(self.too_long(name, value, most));
        }
        self.open_tag(name);
        for c in value.chars() {
            match c {
                '<' => self.buf.push_str("&lt;"),
                '>' => self.buf.push_str("&gt;"),
                '&' => self.buf.push_str("&amp;"),
                '\r' => self.buf.push_str("&#13;"),
                c => self.buf.push(c),
            }
        }
        self.close_tag(name);
        Ok(())
    }

    /// The value in the dialect's characters; `None` when it is so already.
    fn in_charset(&mut self, name: &'static str, value: &str, fold_it: bool) -> Result<Option<String>, WriteError> {
        let allowed = |c: char| match self.charset {
            Charset::Unicode => is_xml_char(c),
            Charset::Latin1 => is_xml_char(c) && c <= '\u{ff}',
            Charset::Latin => is_swift(c),
        };
        if value.chars().all(allowed) {
            return Ok(None);
        }
        let mut folded = String::with_capacity(value.len());
        for c in value.chars() {
            match fold(c).filter(|near| fold_it && near.chars().all(allowed)) {
                _ if allowed(c) => folded.push(c),
                Some(near) => folded.push_str(near),
                None => {
                    let c = c.escape_default();
                    let hint = text!("write it in letters that the bank takes", "请改用银行接受的字符");
                    let message =
                        text!("the character `{c}` in `{value}` is not allowed", "`{value}` 中的字符 `{c}` 不被允许");
                    return Err(self.refused_with("charset", name, message, hint));
                }
            }
        }
        let message = text!("`{value}` is written as `{folded}`", "`{value}` 写作 `{folded}`");
        self.findings.push(Finding::warning("charset-folded", self.place(name), message));
        Ok(Some(folded))
    }

    #[inline]
    fn open_tag(&mut self, name: &'static str) {
        self.buf.push('<');
        self.buf.push_str(name);
        self.buf.push('>');
    }

    #[inline]
    fn close_tag(&mut self, name: &'static str) {
        self.buf.push_str("</");
        self.buf.push_str(name);
        self.buf.push('>');
    }

    fn too_long(&self, name: &'static str, value: &str, most: usize) -> WriteError {
        let hint = text!("shorten it in the ERP: nothing is cut here", "请在 ERP 中缩短：此处从不截断");
        let message = text!("`{value}` is longer than {most} characters", "`{value}` 超过 {most} 个字符");
        self.refused_with("too-long", name, message, hint)
    }

    /// A refusal at the element `name` inside the innermost one; an empty name means that one itself.
    pub fn refused(&self, rule: &'static str, name: &'static str, message: Text) -> WriteError {
        Finding::error(rule, self.place(name), message).into()
    }

    /// The same with what to do about it.
    pub fn refused_with(&self, rule: &'static str, name: &'static str, message: Text, hint: Text) -> WriteError {
        Finding::error(rule, self.place(name), message).hint(hint).into()
    }

    /// The same with the field that it comes from and what to do about it.
    pub fn refused_field(
        &self,
        rule: &'static str,
        (name, field): (&'static str, &'static str),
        message: Text,
        hint: Text,
    ) -> WriteError {
        Finding::error(rule, self.place(name).field(field), message).hint(hint).into()
    }

    /// Notes what the target cannot carry as it was.
    pub fn warn(&mut self, rule: &'static str, name: &'static str, message: Text) {
        self.findings.push(Finding::warning(rule, self.place(name), message));
    }

    fn place(&self, name: &str) -> Place {
        let mut path = self.path.join("/");
        if !name.is_empty() {
            path = format!("{path}/{name}");
        }
        let seq = self.seq.map(|seq| format!("[{seq}]")).unwrap_or_default();
        Place::path(format!("{path}{seq}"))
    }

    /// Hands what was gathered on to `output` once it is worth it.
    pub fn pass_on(&mut self, output: &mut dyn Write) -> std::io::Result<()> {
        if self.buf.len() >= GATHER { self.flush(output) } else { Ok(()) }
    }

    /// Hands all that was gathered on to `output`, which is whole now.
    ///
    /// # Errors
    /// Where no document was ended, and those of `output`.
    pub fn finish(&mut self, order: &Order, output: &mut dyn Write) -> Result<(), WriteError> {
        if order.is_open() || order.documents() == 0 {
            return Err(left_open().into());
        }
        self.flush(output)?;
        Ok(output.flush()?)
    }

    /// Hands all that was gathered on to `output`.
    pub fn flush(&mut self, output: &mut dyn Write) -> std::io::Result<()> {
        output.write_all(self.buf.as_bytes())?;
        self.buf.clear();
        Ok(())
    }

    /// Findings about what was folded or left out.
    pub fn take_findings(&mut self) -> Vec<Finding> {
        self.findings.take()
    }
}
