//! Values: from the text of a field to the document, and back.

use super::declare::LengthUnit;
use super::foreign;
use super::item::{Form, Item};
use super::plan::PlannedField;
use crate::document::{Amount, Date, Moment, parse_amount};
use crate::text;
use crate::words::Text;

/// A value of a document.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Value<'a> {
    /// Text, a code, an id.
    Text(std::borrow::Cow<'a, str>),
    /// A code that no map of the field explains.
    Unlisted(&'a str),
    /// An amount, with its sign.
    Amount(Amount),
    /// A moment; of a day, its midnight.
    Moment(Moment),
    /// A number.
    Number(u64),
}

impl Value<'_> {
    /// The value as text.
    pub fn text(&self) -> String {
        match self {
            Value::Text(text) => text.to_string(),
            Value::Unlisted(text) => text.to_string(),
            Value::Amount(amount) => amount.to_string(),
            Value::Moment(moment) => moment.to_string(),
            Value::Number(number) => number.to_string(),
        }
    }
}

/// Why a text is no value, or a value cannot be written: rule and sentence.
pub(super) type Wrong = (&'static str, Text);

/// Reads the text of a field; `None` for an empty one.
pub(super) fn read<'a>(field: &PlannedField, text: &'a str, near: Option<Date>) -> Result<Option<Value<'a>>, Wrong> {
    if text.is_empty() {
        return Ok(None);
    }
    match field.form {
        Form::Amount => amount(field, text).map(|amount| amount.map(Value::Amount)),
        Form::Date | Form::Moment => moment(field, text, near),
        Form::Number => {
            let number = text.trim().parse().map_err(|_| {
                let message = text!("`{text}` is not a whole number", "`{text}` 不是整数");
                ("number", message)
            })?;
            Ok(Some(Value::Number(number)))
        }
        Form::Text | Form::Exact | Form::Code => Ok(mapped(field, text)),
    }
}

fn mapped<'a>(field: &PlannedField, text: &'a str) -> Option<Value<'a>> {
    let map = &field.spec.map.0;
    match map.iter().find(|(file, _)| file == text) {
        Some((_, document)) if document.is_empty() => None,
        Some((_, document)) => Some(Value::Text(document.clone().into())),
        None if field.is_currency() => match foreign::currency(text) {
            Some(currency) => Some(Value::Text(currency.as_str().to_string().into())),
            None if map.is_empty() => Some(Value::Text(text.into())),
            None => Some(Value::Unlisted(text)),
        },
        None if map.is_empty() => Some(Value::Text(text.into())),
        None => Some(Value::Unlisted(text)),
    }
}

/// An amount: sign, thousands, a suffix, a bare decimal point. `-` alone and blanks are no amount.
fn amount(field: &PlannedField, text: &str) -> Result<Option<Amount>, Wrong> {
    let spec = &field.spec;
    let wrong = || {
        let message = text!("`{text}` is not an amount", "`{text}` 不是有效金额");
        ("amount", message)
    };
    let plain = text.trim();
    let plain = plain.strip_suffix(spec.suffix.as_str()).unwrap_or(plain).trim();
    if matches!(plain, "" | "-" | "--") {
        return Ok(None);
    }
    let unpunched = if spec.overpunch { Some(unpunched(plain).ok_or_else(wrong)?) } else { None };
    let plain = unpunched.as_deref().unwrap_or(plain);
    let (negative, digits) = match plain.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, plain.strip_prefix('+').unwrap_or(plain)),
    };
    if let Some(amount) = plain_amount(field, digits) {
        return Ok(Some(if negative { -amount } else { amount }));
    }
    let (thousands, point) = if spec.decimal_comma { ('.', ',') } else { (',', '.') };
    if !parted_in_threes(digits, thousands, point) {
        return Err(wrong());
    }
    let mut clean: String = digits.chars().filter(|c| *c != thousands && *c != ' ').collect();
    if point == ',' {
        clean = clean.replace(',', ".");
    }
    if clean.starts_with('.') {
        clean.insert(0, '0');
    }
    let clean = clean.strip_suffix('.').unwrap_or(&clean);
    let mut amount = parse_amount(clean).map_err(|_| wrong())?;
    if spec.minor {
        if amount.scale() != 0 {
            return Err(wrong());
        }
        let decimals = spec.decimals.unwrap_or(2);
        amount = Amount::try_from_i128_with_scale(amount.mantissa(), decimals).map_err(|_| wrong())?;
    }
    Ok(Some(if negative { -amount } else { amount }))
}

/// Whether thousands, where they are parted at all, are parted as thousands are: by one sign, in groups of three,
/// before the point. Anything else may be a decimal comma, and is not guessed.
fn parted_in_threes(digits: &str, thousands: char, point: char) -> bool {
    let (whole, decimals) = digits.split_once(point).unwrap_or((digits, ""));
    let is_sign = |c: char| c == thousands || c == ' ';
    let Some(sign) = whole.chars().find(|c| is_sign(*c)) else { return !decimals.contains(is_sign) };
    let mut groups = whole.split(sign);
    let first = groups.next().unwrap_or_default();
    (1..=3).contains(&first.len())
        && groups.all(|group| group.len() == 3 && group.bytes().all(|b| b.is_ascii_digit()))
        && !decimals.contains(is_sign)
}

/// An amount of a few digits and at most one point between them, which most are.
fn plain_amount(field: &PlannedField, digits: &str) -> Option<Amount> {
    /// Digits and decimals that surely fit.
    const MOST: (usize, u32) = (15, 4);
    let spec = &field.spec;
    if spec.decimal_comma || spec.overpunch || digits.is_empty() || digits.len() > MOST.0 {
        return None;
    }
    let (mut number, mut decimals) = (0_i64, None);
    for byte in digits.bytes() {
        match byte {
            b'0'..=b'9' => {
                number = number * 10 + i64::from(byte - b'0');
                decimals = decimals.map(|decimals| decimals + 1);
            }
            b'.' if decimals.is_none() && number > 0 && !spec.minor => decimals = Some(0_u32),
            _ => return None,
        }
    }
    let scale = if spec.minor { spec.decimals.unwrap_or(2) } else { decimals.unwrap_or(0) };
    let fits = decimals.is_none_or(|decimals| (1..=MOST.1).contains(&decimals));
    Amount::try_new(number, scale).ok().filter(|_| fits)
}

/// The letters that stand for a last digit with a sign: positive ones, then negative ones.
const PUNCHED: [&str; 2] = ["{ABCDEFGHI", "}JKLMNOPQR"];

/// An amount whose last digit carries its sign, as digits with a sign in front.
fn unpunched(text: &str) -> Option<String> {
    let last = text.chars().next_back()?;
    let (negative, digit) = PUNCHED.iter().enumerate().find_map(|(at, row)| Some((at == 1, row.find(last)?)))?;
    let head = text.strip_suffix(last)?;
    Some(format!("{}{head}{digit}", if negative { "-" } else { "" }))
}

/// The reverse of [`unpunched`].
fn punched(digits: &str, negative: bool) -> String {
    let last = digits.bytes().next_back().map_or(0, |b| usize::from(b.wrapping_sub(b'0')));
    let letter = PUNCHED[usize::from(negative)].chars().nth(last).unwrap_or('{');
    format!("{}{letter}", &digits[..digits.len().saturating_sub(1)])
}

fn moment<'a>(field: &PlannedField, text: &'a str, near: Option<Date>) -> Result<Option<Value<'a>>, Wrong> {
    // Proof by construction: `Plan` demands a pattern of every date.
    let Some(patterns) = &field.spec.date else { return Ok(None) };
    let text = text.trim();
    if text.bytes().all(|b| matches!(b, b'0' | b' ' | b'-')) {
        return Ok(None);
    }
    let Some((moment, pattern)) = patterns.read(text, near) else {
        let Text { en, zh } = patterns.words();
        return Err(("date", text!("`{text}` is no day in the form {en}", "`{text}` 不符合日期格式 {zh}")));
    };
    if pattern.is_of_the_era() && near.is_some_and(|near| moment.local.year() > near.year() + 1) {
        let day = moment.local.date();
        let message = text!(
            "`{text}` is {day} by the years of the Reiwa era: where the bank counts by the Common Era, write `yy` for \
             `rr` in the template",
            "`{text}` 按令和纪年为 {day}：如银行使用公历纪年，请在模板中将 `rr` 改为 `yy`"
        );
        return Err(("date", message));
    }
    Ok(Some(Value::Moment(moment)))
}

/// Writes a value behind `out` as the text of a field, before it is padded.
pub(super) fn write(field: &PlannedField, value: &Value<'_>, out: &mut String) -> Result<(), Wrong> {
    let spec = &field.spec;
    match (value, &spec.date) {
        (Value::Amount(amount), _) => write_amount(field, *amount, out)?,
        (Value::Moment(moment), Some(patterns)) => patterns.written().write_to(*moment, out),
        (Value::Moment(moment), None) => out.push_str(&moment.to_string()),
        (Value::Number(number), _) => digits((*number).into(), spec.digits.unwrap_or(0), out),
        (Value::Text(text), _) => out.push_str(unmapped(field, text)?),
        (Value::Unlisted(text), _) => out.push_str(text),
    }
    Ok(())
}

fn unmapped<'a>(field: &'a PlannedField, text: &'a str) -> Result<&'a str, Wrong> {
    let map = &field.spec.map.0;
    if map.is_empty() {
        return Ok(text);
    }
    let found = map.iter().find(|(_, document)| document == text).map(|(file, _)| file);
    // A value of one's own has no words but those of the map; an ERP may write the bank's word for it.
    let coded = matches!(field.item, Some(Item::Extra(_)));
    let word = map.iter().find(|(file, _)| coded && file == text).map(|(file, _)| file);
    match found.or(word) {
        Some(file) => Ok(file),
        // Free text may stand in a field that also has words of its own; a code may not, and what must be exact.
        None if field.form == Form::Text && !coded || field.item == Some(Item::ReasonCode) => Ok(text),
        None => {
            let known: Vec<&str> = map.iter().map(|(_, document)| document.as_str()).collect();
            let known = known.join(", ");
            let message = text!(
                "the file has no word for `{text}`; it has one for {known}",
                "文件中没有 `{text}` 对应的取值；可用：{known}"
            );
            Err(("code", message))
        }
    }
}

fn write_amount(field: &PlannedField, amount: Amount, out: &mut String) -> Result<(), Wrong> {
    let spec = &field.spec;
    let decimals = spec.decimals.unwrap_or(2);
    let mut exact = amount;
    if exact.scale() != decimals {
        exact.rescale(decimals);
    }
    if exact.scale() != decimals || exact != amount {
        let message = text!("{amount} has more than {decimals} decimals", "{amount} 的小数位超过 {decimals} 位");
        return Err(("amount", message));
    }
    let negative = exact.is_sign_negative() && !exact.is_zero();
    let number = exact.mantissa().unsigned_abs();
    if spec.overpunch {
        out.push_str(&punched(&number.to_string(), negative));
        return Ok(());
    }
    if negative {
        out.push('-');
    }
    if spec.minor {
        digits(number, spec.digits.unwrap_or(0), out);
    } else {
        let unit = 10_u128.pow(decimals);
        match spec.thousands {
            true => out.push_str(&grouped(&(number / unit).to_string(), spec.decimal_comma)),
            false => digits(number / unit, 0, out),
        }
        if decimals > 0 {
            out.push(if spec.decimal_comma { ',' } else { '.' });
            digits(number % unit, decimals as usize, out);
        }
    }
    out.push_str(&spec.suffix);
    Ok(())
}

/// Writes a number behind `out`, filled with zeros up to `width`.
pub(super) fn digits(number: u128, width: usize, out: &mut String) {
    use std::fmt::Write as _;
    let written = match u64::try_from(number) {
        Ok(number) => write!(out, "{number:0width$}"),
        Err(_) => write!(out, "{number:0width$}"),
    };
    // Proof: a `String` takes all that is written to it.
    written.expect("a string takes it");
}

fn grouped(whole: &str, decimal_comma: bool) -> String {
    let mut out = String::new();
    for (at, digit) in whole.chars().enumerate() {
        if at > 0 && (whole.len() - at).is_multiple_of(3) {
            out.push(if decimal_comma { '.' } else { ',' });
        }
        out.push(digit);
    }
    out
}

/// The length of `text` in a unit.
pub(super) fn length(text: &str, unit: LengthUnit) -> usize {
    match unit {
        _ if text.is_ascii() => text.len(),
        LengthUnit::Chars => text.chars().count(),
        LengthUnit::Utf8Bytes => text.len(),
        LengthUnit::GbkBytes => text.chars().map(gbk_bytes).sum(),
        LengthUnit::Columns => text.chars().map(columns).sum(),
    }
}

/// The bytes of a character in GBK; of one that only GB 18030 has, its four bytes there.
fn gbk_bytes(c: char) -> usize {
    match c {
        '\0'..='\x7f' => 1,
        '\u{4e00}'..='\u{9fa5}' => 2,
        other => match encoding_rs::GBK.encode(other.encode_utf8(&mut [0; 4])) {
            (bytes, _, false) => bytes.len(),
            _ => 4,
        },
    }
}

/// The columns that a character takes on a terminal: two for the wide scripts of East Asia.
fn columns(c: char) -> usize {
    let wide = matches!(u32::from(c),
        0x1100..=0x115f | 0x2e80..=0xa4cf | 0xac00..=0xd7a3 | 0xf900..=0xfaff | 0xfe30..=0xfe6f | 0xff00..=0xff60
        | 0xffe0..=0xffe6 | 0x20000..=0x3fffd);
    if wide { 2 } else { 1 }
}

/// The longest beginning of `text` that fits, never within a character.
pub(super) fn cut(text: &str, most: usize, unit: LengthUnit) -> &str {
    let mut end = 0;
    for (at, c) in text.char_indices() {
        let next = at + c.len_utf8();
        if length(&text[..next], unit) > most {
            break;
        }
        end = next;
    }
    // A mark of voiced sound belongs to the kana before it.
    let (head, rest) = text.split_at(end);
    if rest.starts_with(['\u{ff9e}', '\u{ff9f}']) {
        let last = head.chars().next_back().map_or(0, char::len_utf8);
        return &head[..head.len() - last];
    }
    head
}

/// Whether an item's value may be cut at all.
pub(super) fn may_cut(field: &PlannedField) -> bool {
    field.spec.cut && !matches!(field.item, Some(item) if item.describe().0 == Form::Exact)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const UNITS: [LengthUnit; 4] =
        [LengthUnit::Chars, LengthUnit::GbkBytes, LengthUnit::Utf8Bytes, LengthUnit::Columns];

    #[test]
    fn a_no_break_space_and_four_bytes_are_cut_whole() {
        assert_eq!(cut("ab\u{a0}cd", 3, LengthUnit::Utf8Bytes), "ab");
        assert_eq!(cut("ab\u{20bb7}野家", 5, LengthUnit::Utf8Bytes), "ab");
        assert_eq!(cut("ab\u{20bb7}野家", 5, LengthUnit::GbkBytes), "ab", "four bytes in GB 18030");
        assert_eq!(cut("ab\u{20bb7}野家", 6, LengthUnit::GbkBytes), "ab\u{20bb7}");
        assert_eq!(cut("中文中", 5, LengthUnit::GbkBytes), "中文");
    }

    #[test]
    fn a_comma_that_parts_no_thousands_is_not_guessed() {
        let read = |text: &str| {
            let spec = super::super::declare::Field::default();
            let field = PlannedField { form: Form::Amount, ..PlannedField::new(spec, None, None) };
            amount(&field, text).map(|amount| amount.map(|amount| amount.to_string()))
        };
        for (text, value) in
            [("1,234.56", "1234.56"), ("12,345,678", "12345678"), ("1 234.5", "1234.5"), ("-1,234", "-1234")]
        {
            assert_eq!(read(text).unwrap().as_deref(), Some(value), "{text}");
        }
        for text in ["1234,56", "12,34", "1,2", "1,23,4.00", "1.234,56", "1,2345", ",123", "1,234 567", "1.2,345"] {
            assert!(read(text).is_err(), "{text}");
        }
    }

    proptest! {
        /// The short way reads what the long way reads, to the last decimal, or leaves it to that.
        #[test]
        fn plain_amounts_are_read_as_all_others_are(text in "[0-9]{0,17}(\\.[0-9]{0,6})?", minor in any::<bool>()) {
            let spec = super::super::declare::Field { minor, ..Default::default() };
            let field = PlannedField { form: Form::Amount, ..PlannedField::new(spec, None, None) };
            if let Some(read) = plain_amount(&field, &text) {
                let long = parse_amount(&text).expect("an amount");
                let long = if minor { Amount::try_from_i128_with_scale(long.mantissa(), 2).expect("a scale") } else { long };
                prop_assert_eq!((read, read.scale()), (long, long.scale()));
            }
        }

        #[test]
        fn a_text_is_cut_between_characters_whatever_they_weigh(
            text in "([a-z]|\u{a0}|é|中|\u{20bb7}|😀|ﾊ|ﾞ){0,20}", most in 0usize..40,
        ) {
            for unit in UNITS {
                let short = cut(&text, most, unit);
                prop_assert!(text.starts_with(short) && length(short, unit) <= most);
                let next = text[short.len()..].chars().next();
                let kana = next.is_some_and(|c| text[short.len() + c.len_utf8()..].starts_with('ﾞ'));
                if let Some(next) = next.filter(|_| !kana) {
                    prop_assert!(length(&format!("{short}{next}"), unit) > most, "nothing that fits is left out");
                }
            }
        }
    }
}
