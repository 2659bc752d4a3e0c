//! Writing field 86: the same ways in which `information` reads it.
//!
//! What is written is read again before it is used: only a text that tells the same transaction is
//! taken. First what the bank itself wrote, then sub-fields, then slash codes.

use super::information;
use crate::document::{Entry, EntryDetail};

/// The most characters of field 86: six lines of 65.
pub(super) const MOST: usize = 6 * 65;
/// Characters of the supplementary details in field 61 (`34x`).
pub(super) const SUPPLEMENT: usize = 34;
/// Characters of one sub-field.
const PIECE: usize = 27;
/// The sub-fields for text, in their order.
const TEXT: [u8; 14] = [20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 60, 61, 62, 63];

/// What fields 61 and 86 tell of an entry beyond its first line.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Told {
    /// Supplementary details, the second line of field 61.
    pub supplement: String,
    /// Field 86; empty for none.
    pub text: String,
    /// Whether all that was known of the transaction is told.
    pub whole: bool,
    /// Whether the lines are the bank's own and stay as they are.
    pub own: bool,
}

/// Puts the transaction of `entry` into words; `code` is the bank's business code where it is known.
pub(super) fn tell(entry: &Entry, code: &str) -> Told {
    let info = entry.info.as_deref().unwrap_or_default();
    let Some(detail) = entry.details.first() else { return without_detail(info) };
    let wanted = carried(detail);
    if let Some(told) = verbatim(info, &wanted, code) {
        return told;
    }
    if wanted == EntryDetail::default() && !code.is_empty() {
        return Told { text: format!("{code}?00"), whole: *detail == wanted, ..Told::default() };
    }
    let complete = wanted == *detail || wanted == inherited(entry, detail);
    for text in [sub_fields(&wanted, code), slash_codes(&wanted)].into_iter().flatten() {
        if fits(&text) && same(&text, &wanted) {
            return Told { text, whole: complete && entry.details.len() == 1, ..Told::default() };
        }
    }
    Told { text: shortened(&wanted, code), ..Told::default() }
}

/// Free text without a transaction: a short line is what stood in field 61.
fn without_detail(info: &str) -> Told {
    if info.chars().count() <= SUPPLEMENT && !info.contains('\n') {
        return Told { supplement: info.to_string(), whole: true, ..Told::default() };
    }
    Told { text: info.to_string(), whole: fits(info), own: true, ..Told::default() }
}

/// The transaction without what no field 86 has a place for.
fn carried(detail: &EntryDetail) -> EntryDetail {
    let mut kept = detail.clone();
    (kept.amount, kept.currency, kept.indicator, kept.bank_reference) = (None, None, None, None);
    (kept.conversion, kept.charges, kept.documents) = (None, Vec::new(), Vec::new());
    kept.counterparty.agent_name = None;
    let town = kept.counterparty.address.town.take();
    kept.counterparty.address = crate::document::Address { town, ..Default::default() };
    kept
}

/// The transaction without what the entry itself says.
fn inherited(entry: &Entry, detail: &EntryDetail) -> EntryDetail {
    let mut kept = detail.clone();
    kept.amount = kept.amount.filter(|amount| *amount != entry.amount);
    kept.currency = kept.currency.filter(|currency| *currency != entry.currency);
    kept.indicator = kept.indicator.filter(|indicator| *indicator != entry.indicator);
    kept
}

/// The bank's own text, where it tells this transaction: without or with lines of field 61 before it.
fn verbatim(info: &str, wanted: &EntryDetail, code: &str) -> Option<Told> {
    let mut at = 0;
    loop {
        let (supplement, text) = (info[..at].trim_end_matches('\n'), &info[at..]);
        let read = information::read(text);
        if read.detail == *wanted && read.code.as_deref().unwrap_or_default() == code && !text.is_empty() {
            let (supplement, text) = (supplement.to_string(), text.to_string());
            return Some(Told { supplement, text, whole: true, own: true });
        }
        at += info[at..].find('\n')? + 1;
    }
}

fn same(text: &str, wanted: &EntryDetail) -> bool {
    information::read(text).detail == *wanted
}

fn fits(text: &str) -> bool {
    text.chars().count() <= MOST
}

/// `166?00?20EREF+…?30BIC?31account?32name`; `None` when it does not fit.
fn sub_fields(detail: &EntryDetail, code: &str) -> Option<String> {
    let party = &detail.counterparty;
    let mut out = String::from(if code.is_empty() { "" } else { code });
    let text = keywords(detail);
    let mut pieces = pieces(&text).into_iter();
    for number in TEXT {
        let Some(piece) = pieces.next() else { break };
        out.push_str(&format!("?{number}{piece}"));
    }
    if pieces.next().is_some() {
        return None;
    }
    if let Some(agent) = &party.agent {
        out.push_str(&format!("?30{agent}"));
    }
    if let Some(account) = &party.account {
        out.push_str(&format!("?31{account}"));
    }
    let mut names = self::pieces(party.name.as_deref().unwrap_or_default()).into_iter();
    for number in [32, 33] {
        let Some(piece) = names.next() else { break };
        out.push_str(&format!("?{number}{piece}"));
    }
    // Without anything, the text would be no sub-field at all.
    let any = names.next().is_none() && out.contains('?');
    any.then_some(out)
}

/// The SEPA keywords of a transaction; plain text where the remittance is all there is.
fn keywords(detail: &EntryDetail) -> String {
    let mut out = String::new();
    for (keyword, value) in [
        ("EREF+", &detail.end_to_end_id),
        ("KREF+", &detail.instruction_id),
        ("MREF+", &detail.mandate_id),
        ("CRED+", &detail.counterparty.id),
        ("PURP+", &detail.purpose),
        ("RREF+", &detail.return_reason),
    ] {
        if let Some(value) = value {
            out.push_str(keyword);
            out.push_str(value);
        }
    }
    for line in &detail.remittance {
        out.push_str("SVWZ+");
        out.push_str(line);
    }
    out
}

/// Pieces of a sub-field's length.
fn pieces(text: &str) -> Vec<String> {
    let chars: Vec<char> = text.chars().collect();
    chars.chunks(PIECE).map(|chunk| chunk.iter().collect()).collect()
}

/// `/EREF/…/NAME/…/REMI/…`.
fn slash_codes(detail: &EntryDetail) -> Option<String> {
    let party = &detail.counterparty;
    let account = party.account.as_ref().map(ToString::to_string);
    let mut out = String::new();
    for (code, value) in [
        ("EREF", &detail.end_to_end_id),
        ("KREF", &detail.instruction_id),
        ("PREF", &detail.payment_information_id),
        ("MREF", &detail.mandate_id),
        ("CSID", &party.id),
        ("IBAN", &account),
        ("BIC", &party.agent),
        ("NAME", &party.name),
        ("PURP", &detail.purpose),
        ("RTRN", &detail.return_reason),
    ] {
        if let Some(value) = value {
            out.push_str(&format!("/{code}/{value}"));
        }
    }
    if let Some(reference) = &detail.structured_reference {
        out.push_str(&format!("/REMI/STRD/CUR/{reference}"));
    }
    for line in &detail.remittance {
        out.push_str(&format!("/REMI/USTD//{line}"));
    }
    (!out.is_empty()).then_some(out)
}

/// The ids, the account and the name, and as much of the remittance text as fits behind them.
fn shortened(detail: &EntryDetail, code: &str) -> String {
    let mut short = EntryDetail { remittance: Vec::new(), ..detail.clone() };
    let text = detail.remittance.join(" ");
    let build = |short: &EntryDetail| {
        let candidates = [sub_fields(short, code), slash_codes(short)].into_iter().flatten();
        candidates.into_iter().find(|text| fits(text) && same(text, short))
    };
    let mut best = build(&short).unwrap_or_default();
    let chars: Vec<char> = text.chars().collect();
    let (mut low, mut high) = (0, chars.len());
    while low < high {
        let middle = (low + high).div_ceil(2);
        short.remittance = vec![chars[..middle].iter().collect::<String>().trim().to_string()];
        match build(&short) {
            Some(text) => (best, low) = (text, middle),
            None => high = middle - 1,
        }
    }
    best
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::{Account, Amount, Counterparty, Currency, Indicator};

    fn entry(detail: EntryDetail) -> Entry {
        let currency = Currency::parse("EUR").expect("three letters");
        Entry { details: vec![detail], ..Entry::new(1, Amount::ONE, currency, Indicator::Credit) }
    }

    fn detail() -> EntryDetail {
        EntryDetail {
            end_to_end_id: Some("E2E-1".into()),
            counterparty: Counterparty {
                name: Some("Acme Trading and Manufacturing GmbH".into()),
                account: Account::parse("DE89370400440532013000"),
                agent: Some("COBADEFF".into()),
                ..Counterparty::default()
            },
            remittance: vec!["Invoice 4711".into()],
            ..EntryDetail::default()
        }
    }

    #[test]
    fn a_transaction_is_told_in_sub_fields() {
        let told = tell(&entry(detail()), "166");
        assert!(told.whole);
        assert_eq!(
            told.text,
            "166?20EREF+E2E-1SVWZ+Invoice 4711?30COBADEFF?31DE89370400440532013000?32Acme Trading and Manufactur?33ing GmbH"
        );
    }

    #[test]
    fn what_sub_fields_cannot_tell_is_told_in_slash_codes() {
        let long = "A name of more than fifty-four characters, as foundations have it";
        let mut detail = detail();
        detail.counterparty.name = Some(long.into());
        let told = tell(&entry(detail), "");
        assert!(told.whole && told.text.contains(&format!("/NAME/{long}")), "{told:?}");
    }

    #[test]
    fn the_banks_own_text_comes_first() {
        let text = "166?00GUTSCHRIFT?20EREF+E2E-1?21SVWZ+Invoice 4711?32Acme?34997";
        let read = information::read(text);
        let mut entry = entry(read.detail);
        entry.info = Some(format!("OCMT/EUR1,00\n{text}"));
        let told = tell(&entry, "166");
        assert_eq!(told, Told { supplement: "OCMT/EUR1,00".into(), text: text.into(), whole: true, own: true });
    }

    #[test]
    fn too_much_text_is_shortened_and_said() {
        let mut detail = detail();
        detail.remittance = vec!["many words ".repeat(60).trim().to_string()];
        let told = tell(&entry(detail), "");
        assert!(!told.whole && fits(&told.text));
        let read = information::read(&told.text).detail;
        assert_eq!(read.end_to_end_id.as_deref(), Some("E2E-1"));
        assert!(read.remittance[0].len() > 150, "{told:?}");
    }
}
