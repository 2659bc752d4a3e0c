//! Field 86: what banks tell about an entry, in their ways.
//!
//! * Sub-fields: a business code of three digits, then `?20text?21text…` (Germany, Austria, Poland
//!   and others; some use another sign than `?`). Within the text, SEPA keywords such as `EREF+`.
//! * Slash codes: `/TRTP/SEPA OVERBOEKING/IBAN/NL…/REMI/…` (the Netherlands, SWIFT usage).
//! * Free text.

use crate::document::{Account, Conversion, Counterparty, Currency, EntryDetail, Money};
use crate::format::swift::values;

/// What was read.
#[derive(Debug, Default)]
pub(super) struct Information {
    /// The bank's business code (Geschäftsvorfallcode).
    pub code: Option<String>,
    /// The transaction.
    pub detail: EntryDetail,
}

/// Reads the text of a field 86.
pub(super) fn read(text: &str) -> Information {
    if let Some((code, separator, rest)) = sub_fields(text) {
        return structured(code, separator, rest);
    }
    if text.starts_with('/')
        && let Some(detail) = slash_codes(text)
    {
        return Information { code: None, detail };
    }
    let remittance = text.lines().map(|line| line.trim().to_string()).filter(|line| !line.is_empty());
    Information { code: None, detail: EntryDetail { remittance: remittance.collect(), ..EntryDetail::default() } }
}

/// Business code, separator and the rest, where `text` has sub-fields.
fn sub_fields(text: &str) -> Option<(&str, u8, &str)> {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let (code, rest) = match digits {
        3 => text.split_at(3),
        0 => ("", text),
        _ => return None,
    };
    let rest = rest.trim_start_matches(['\n', ' ']);
    let separator = rest.bytes().next().filter(|b| b.is_ascii_punctuation() && *b != b'/')?;
    let number = rest.get(1..3)?.bytes().all(|b| b.is_ascii_digit());
    (number && (!code.is_empty() || separator == b'?')).then_some((code, separator, rest))
}

fn structured(code: &str, separator: u8, text: &str) -> Information {
    let whole = without_line_ends(text);
    let mut information = Information { code: present(code), ..Information::default() };
    let detail = &mut information.detail;
    let party = &mut detail.counterparty;
    let mut remittance = Vec::with_capacity(8);
    let mut name = String::new();
    for (number, value) in numbered(&whole, separator) {
        match number {
            20..=29 | 60..=63 => remittance.push(value),
            30 => party.agent = present(value.trim()),
            31 | 38 => party.account = party.account.take().or_else(|| Account::parse(value)),
            32 | 33 => name.push_str(value),
            _ => {}
        }
    }
    party.name = present(name.trim());
    keywords(&remittance, detail);
    information
}

/// The text in one line: a line of 65 characters ends anywhere, also within a word or a number.
fn without_line_ends(text: &str) -> String {
    let mut whole = String::with_capacity(text.len());
    text.split('\n').for_each(|line| whole.push_str(line));
    whole
}

/// The sub-fields of `text`: number and value. A separator that no two digits follow is text.
fn numbered(text: &str, separator: u8) -> impl Iterator<Item = (u8, &str)> {
    let mut next = next_number(text, separator, 0);
    std::iter::from_fn(move || {
        let (at, number) = next?;
        let from = at + 3;
        next = next_number(text, separator, from);
        Some((number, &text[from..next.map_or(text.len(), |(end, _)| end)]))
    })
}

/// Place and number of the next sub-field at or after `from`.
fn next_number(text: &str, separator: u8, from: usize) -> Option<(usize, u8)> {
    let bytes = text.as_bytes();
    memchr::memchr_iter(separator, &bytes[from..]).find_map(|at| match bytes.get(from + at + 1..from + at + 3)? {
        [tens @ b'0'..=b'9', units @ b'0'..=b'9'] => Some((from + at, (tens - b'0') * 10 + units - b'0')),
        _ => None,
    })
}

/// SEPA keywords in the remittance text (DFÜ agreement, annex 3).
const KEYWORDS: &[&str] = &[
    "EREF+", "KREF+", "MREF+", "CRED+", "DEBT+", "COAM+", "OAMT+", "SVWZ+", "ABWA+", "ABWE+", "IBAN+", "BIC+", "PURP+",
    "RREF+",
];

/// Divides the remittance text by its keywords; without any, every sub-field is a line of text.
fn keywords(parts: &[&str], detail: &mut EntryDetail) {
    let whole: String = parts.concat();
    let mut found = next_keyword(&whole, 0);
    if found.is_none() {
        detail.remittance = parts.iter().filter_map(|part| present(part.trim())).collect();
        return;
    }
    let lead = whole[..found.map_or(0, |(at, _)| at)].trim();
    detail.remittance.extend(present(lead));
    while let Some((at, keyword)) = found {
        let from = at + keyword.len();
        found = next_keyword(&whole, from);
        let value = whole[from..found.map_or(whole.len(), |(next, _)| next)].trim();
        set(keyword, value, detail);
    }
}

fn next_keyword(text: &str, from: usize) -> Option<(usize, &'static str)> {
    memchr::memchr_iter(b'+', &text.as_bytes()[from..]).find_map(|plus| {
        let end = from + plus + 1;
        let keyword = KEYWORDS.iter().find(|keyword| text[from..end].ends_with(**keyword))?;
        Some((end - keyword.len(), *keyword))
    })
}

fn set(keyword: &str, value: &str, detail: &mut EntryDetail) {
    let Some(value) = present(value) else { return };
    match keyword {
        "EREF+" => detail.end_to_end_id = Some(value),
        "KREF+" => detail.instruction_id = Some(value),
        "MREF+" => detail.mandate_id = Some(value),
        "CRED+" | "DEBT+" => detail.counterparty.id = Some(value),
        "SVWZ+" => detail.remittance.push(value),
        "PURP+" => detail.purpose = Some(value),
        "RREF+" => detail.return_reason = Some(value),
        "IBAN+" if detail.counterparty.account.is_none() => detail.counterparty.account = Account::parse(&value),
        "BIC+" if detail.counterparty.agent.is_none() => detail.counterparty.agent = Some(value),
        // Compensation amounts and differing parties have no place in the model: the entry's info has them.
        _ => {}
    }
}

/// The codes that part a slash-coded text.
const CODES: &[&str] = &[
    "ADDR",
    "ADDRESS",
    "BENACC",
    "BENEF",
    "BENM",
    "BIC",
    "CDTRREFTP",
    "CHGS",
    "CNTP",
    "COMM",
    "CREF",
    "CSID",
    "EREF",
    "EXCH",
    "FX",
    "IBAN",
    "ID",
    "IREF",
    "ISDT",
    "KREF",
    "MARF",
    "MREF",
    "NAME",
    "OCMT",
    "OP",
    "OI",
    "ORDP",
    "ORDPRTY",
    "ORIGINATOR",
    "PREF",
    "PURP",
    "REMI",
    "RTRN",
    "SVCL",
    "TRCD",
    "TRTP",
    "TXT",
    "ULTB",
    "ULTC",
    "ULTD",
];

/// Reads slash codes; `None` when the text has none that is known.
fn slash_codes(text: &str) -> Option<EntryDetail> {
    let whole = without_line_ends(text);
    let mut detail = EntryDetail::default();
    let (mut at, mut code) = next_code(&whole, 0)?;
    loop {
        let from = at + code.len() + 2;
        // The slash that ends this code may begin the next one.
        let next = next_code(&whole, from - 1);
        let value = whole.get(from..next.map_or(whole.len(), |(next, _)| next)).unwrap_or_default();
        set_code(code, value.trim_matches(['/', ' ']), &mut detail);
        let Some(found) = next else { break };
        (at, code) = found;
    }
    Some(detail)
}

/// The amount that was ordered, where the bank's text of an entry says it: `/OCMT/EUR1234,56`. What is no amount of a
/// known currency says nothing.
pub(super) fn ordered(text: &str) -> Option<Box<Conversion>> {
    let whole = without_line_ends(text);
    let value = whole.split_once("/OCMT/")?.1.split('/').next()?.trim();
    let (code, amount) = value.split_at_checked(3)?;
    let currency = Currency::parse(code).filter(|currency| currency.is_listed())?;
    let amount = values::amount(amount).filter(|amount| amount.is_sign_positive())?;
    let money = Money { amount, currency: Some(currency) };
    Some(Box::new(Conversion { instructed: Some(money), ..Conversion::default() }))
}

/// The next known code at or after `from`: place of its first slash, and the code.
fn next_code(text: &str, from: usize) -> Option<(usize, &str)> {
    let slashes = memchr::memchr_iter(b'/', &text.as_bytes()[from..]).map(|at| from + at);
    slashes.into_iter().find_map(|at| {
        let rest = &text[at + 1..];
        let length = rest.bytes().take_while(u8::is_ascii_uppercase).count();
        let closed = rest.as_bytes().get(length) == Some(&b'/');
        (closed && CODES.contains(&&rest[..length])).then_some((at, &rest[..length]))
    })
}

fn set_code(code: &str, value: &str, detail: &mut EntryDetail) {
    let Some(text) = present(value) else { return };
    match code {
        "EREF" => detail.end_to_end_id = Some(text),
        "KREF" | "IREF" => detail.instruction_id = Some(text),
        "PREF" => detail.payment_information_id = Some(text),
        "MARF" | "MREF" => detail.mandate_id = Some(text),
        "CSID" => detail.counterparty.id = Some(text),
        "NAME" | "BENM" | "ORDP" | "BENEF" | "ORIGINATOR" if detail.counterparty.name.is_none() => {
            detail.counterparty.name = Some(text);
        }
        "IBAN" | "BENACC" | "ORDPRTY" if detail.counterparty.account.is_none() => {
            detail.counterparty.account = Account::parse(value);
        }
        "BIC" if detail.counterparty.agent.is_none() => detail.counterparty.agent = Some(text),
        "CNTP" => counterparty(value, &mut detail.counterparty),
        "REMI" => remittance(value, detail),
        "PURP" => detail.purpose = Some(text),
        "RTRN" => detail.return_reason = Some(text),
        _ => {}
    }
}

/// `/CNTP/account/bank/name/town`.
fn counterparty(value: &str, party: &mut Counterparty) {
    let mut parts = value.split('/').map(str::trim);
    party.account = parts.next().and_then(Account::parse);
    party.agent = parts.next().and_then(present);
    party.name = parts.next().and_then(present);
    party.address.town = parts.next().and_then(present);
}

/// `/REMI/USTD//text` or `/REMI/STRD/CUR/reference`, or only text.
fn remittance(value: &str, detail: &mut EntryDetail) {
    match value.split_once('/') {
        Some(("USTD", rest)) => detail.remittance.extend(present(rest.trim_matches(['/', ' ']))),
        Some(("STRD", rest)) => {
            let reference = rest.split_once('/').map_or(rest, |(_, reference)| reference);
            detail.structured_reference = present(reference.trim_matches(['/', ' ']));
        }
        _ => detail.remittance.extend(present(value)),
    }
}

fn present(text: &str) -> Option<String> {
    (!text.is_empty()).then(|| text.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sub_fields_with_sepa_keywords() {
        let read = read(
            "166?00GUTSCHRIFT?109310?20EREF+E2E-1?21MREF+M-7 CRED+DE98ZZZ?22SVWZ+Invoice 4711 and m?23ore?30COBADEFF\n?31DE8937040044053201\n3000?32Acme?33 GmbH?34997",
        );
        let detail = read.detail;
        assert_eq!(read.code.as_deref(), Some("166"));
        assert_eq!(detail.end_to_end_id.as_deref(), Some("E2E-1"));
        assert_eq!(detail.mandate_id.as_deref(), Some("M-7"));
        assert_eq!(detail.counterparty.id.as_deref(), Some("DE98ZZZ"));
        assert_eq!(detail.remittance, ["Invoice 4711 and more"]);
        assert_eq!(detail.counterparty.name.as_deref(), Some("Acme GmbH"));
        assert_eq!(detail.counterparty.account.map(|a| a.to_string()).as_deref(), Some("DE89370400440532013000"));
        assert_eq!(detail.counterparty.agent.as_deref(), Some("COBADEFF"));
    }

    #[test]
    fn sub_fields_without_keywords_and_with_other_signs() {
        for text in ["008?00DAUERAUFTRAG?20Rent?21December?32MUELLER", "008~00DAUERAUFTRAG~20Rent~21December~32MUELLER"]
        {
            let detail = read(text).detail;
            assert_eq!(detail.remittance, ["Rent", "December"]);
            assert_eq!(detail.counterparty.name.as_deref(), Some("MUELLER"));
        }
        assert_eq!(read("020?20why? no idea?21x").detail.remittance, ["why? no idea", "x"]);
    }

    #[test]
    fn the_ordered_amount_is_told_behind_its_code() {
        let told = |text: &str| {
            let money = ordered(text)?.instructed?;
            Some(format!("{} {}", money.amount, money.currency?))
        };
        assert_eq!(told("/EREF/E-1/OCMT/USD1234,56/CHGS/EUR2,50").as_deref(), Some("1234.56 USD"));
        assert_eq!(told("/OCMT/JPY1500,").as_deref(), Some("1500 JPY"));
        assert_eq!(told("/EXCH/1,08/OC\nMT/GBP0,50/").as_deref(), Some("0.50 GBP"));
        for text in ["/OCMT/", "/OCMT/XQZ1,00", "/OCMT/USD", "/OCMT/1234,56", "/OCMT/USDabc", "/OCMT/U\u{20ac}1,00", ""]
        {
            assert_eq!(told(text), None, "{text}");
        }
    }

    #[test]
    fn slash_codes_of_several_kinds() {
        let detail = read(
            "/TRTP/SEPA OVERBOEKING/IBAN/NL91ABNA0417164300/BIC/ABNANL2A/NAME/J\nansen/REMI/Invoice 1/2026/EREF/E-1",
        )
        .detail;
        assert_eq!(detail.counterparty.name.as_deref(), Some("Jansen"));
        assert_eq!(detail.counterparty.account.map(|a| a.to_string()).as_deref(), Some("NL91ABNA0417164300"));
        assert_eq!(detail.remittance, ["Invoice 1/2026"]);
        assert_eq!(detail.end_to_end_id.as_deref(), Some("E-1"));
        let detail = read("/EREF/E-2//CNTP/NL91ABNA0417164300/ABNANL2A/Jansen/Utrecht//REMI/USTD//Thanks/").detail;
        assert_eq!(detail.end_to_end_id.as_deref(), Some("E-2"));
        assert_eq!(detail.counterparty.name.as_deref(), Some("Jansen"));
        assert_eq!(detail.counterparty.address.town.as_deref(), Some("Utrecht"));
        assert_eq!(detail.remittance, ["Thanks"]);
        let detail = read("/BENM//NAME/Acme/REMI/STRD/CUR/RF18").detail;
        assert_eq!(detail.counterparty.name.as_deref(), Some("Acme"));
        assert_eq!(detail.structured_reference.as_deref(), Some("RF18"));
    }

    #[test]
    fn all_else_is_free_text() {
        assert_eq!(read("Betaling \n 100 euro\n").detail.remittance, ["Betaling", "100 euro"]);
        assert_eq!(read("2026 was good").detail.remittance, ["2026 was good"]);
        assert_eq!(read("/nothing known/").detail.remittance, ["/nothing known/"]);
        assert!(read("").detail.remittance.is_empty());
    }
}
