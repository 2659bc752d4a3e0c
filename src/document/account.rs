//! Accounts and banks: IBAN, BIC, CNAPS numbers, plain account numbers.

use std::fmt;

use serde::{Deserialize, Serialize, Serializer};

/// An international bank account number whose length and check digits are right (ISO 13616).
///
/// Held without spaces, in capitals.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
pub struct Iban(String);

/// Lengths of the IBAN by country, from the SWIFT IBAN registry (release 99).
const IBAN_LENGTHS: &[(&str, usize)] = &[
    ("AD", 24),
    ("AE", 23),
    ("AL", 28),
    ("AT", 20),
    ("AZ", 28),
    ("BA", 20),
    ("BE", 16),
    ("BG", 22),
    ("BH", 22),
    ("BI", 27),
    ("BR", 29),
    ("BY", 28),
    ("CH", 21),
    ("CR", 22),
    ("CY", 28),
    ("CZ", 24),
    ("DE", 22),
    ("DJ", 27),
    ("DK", 18),
    ("DO", 28),
    ("EE", 20),
    ("EG", 29),
    ("ES", 24),
    ("FI", 18),
    ("FK", 18),
    ("FO", 18),
    ("FR", 27),
    ("GB", 22),
    ("GE", 22),
    ("GI", 23),
    ("GL", 18),
    ("GR", 27),
    ("GT", 28),
    ("HN", 28),
    ("HR", 21),
    ("HU", 28),
    ("IE", 22),
    ("IL", 23),
    ("IQ", 23),
    ("IS", 26),
    ("IT", 27),
    ("JO", 30),
    ("KW", 30),
    ("KZ", 20),
    ("LB", 28),
    ("LC", 32),
    ("LI", 21),
    ("LT", 20),
    ("LU", 20),
    ("LV", 21),
    ("LY", 25),
    ("MC", 27),
    ("MD", 24),
    ("ME", 22),
    ("MK", 19),
    ("MN", 20),
    ("MR", 27),
    ("MT", 31),
    ("MU", 30),
    ("NI", 28),
    ("NL", 18),
    ("NO", 15),
    ("OM", 23),
    ("PK", 24),
    ("PL", 28),
    ("PS", 29),
    ("PT", 25),
    ("QA", 29),
    ("RO", 24),
    ("RS", 22),
    ("RU", 33),
    ("SA", 24),
    ("SC", 31),
    ("SD", 18),
    ("SE", 24),
    ("SI", 19),
    ("SK", 24),
    ("SM", 27),
    ("SO", 23),
    ("ST", 25),
    ("SV", 28),
    ("TL", 23),
    ("TN", 24),
    ("TR", 26),
    ("UA", 29),
    ("VA", 22),
    ("VG", 24),
    ("XK", 20),
    ("YE", 30),
];

impl Iban {
    /// The IBAN written in `text`, spaces and small letters allowed, else `None`.
    pub fn parse(text: &str) -> Option<Iban> {
        let mut plain = [0; 34];
        let mut length = 0;
        for byte in text.bytes().filter(|b| *b != b' ') {
            if !byte.is_ascii_alphanumeric() || length == plain.len() {
                return None;
            }
            plain[length] = byte.to_ascii_uppercase();
            length += 1;
        }
        let s = std::str::from_utf8(&plain[..length]).ok()?;
        Iban::shape(s).filter(|&wanted| wanted == length)?;
        (mod_97(s) == 1).then(|| Iban(s.to_string()))
    }

    /// Whether `text` means to be an IBAN: a listed country and two digits begin it.
    pub fn is_meant(text: &str) -> bool {
        let s: String = text.chars().filter(|c| *c != ' ').take(4).map(|c| c.to_ascii_uppercase()).collect();
        Iban::shape(&s).is_some()
    }

    /// The IBAN without spaces.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// ISO 3166 code of the country.
    pub fn country(&self) -> &str {
        &self.0[..2]
    }

    /// Whether the bank's number in it is one of those that Switzerland and Liechtenstein keep for payments with a QR
    /// reference (30000 to 31999): a QR-IBAN.
    pub fn is_for_qr_references(&self) -> bool {
        matches!(self.country(), "CH" | "LI") && matches!(&self.0[4..6], "30" | "31")
    }

    /// Length that the country at the start of `s` demands, where two digits follow it.
    fn shape(s: &str) -> Option<usize> {
        let head = s.as_bytes().get(..4)?;
        if !head[2..].iter().all(u8::is_ascii_digit) {
            return None;
        }
        let country = std::str::from_utf8(&head[..2]).ok()?;
        let at = IBAN_LENGTHS.binary_search_by_key(&country, |(c, _)| c).ok()?;
        Some(IBAN_LENGTHS[at].1)
    }
}

/// ISO 7064 MOD 97-10 of a number with its first four characters moved to the end: 1 where its check digits, the third
/// and the fourth, are right. `s` has digits and capital letters only.
pub(super) fn mod_97(s: &str) -> u64 {
    let moved = s.bytes().skip(4).chain(s.bytes().take(4));
    let rest = moved.fold(0_u64, |rest, b| {
        // Division is dear: the rest is taken only before the number grows too large.
        let rest = if rest < 1 << 56 { rest } else { rest % 97 };
        match b {
            b'0'..=b'9' => rest * 10 + u64::from(b - b'0'),
            _ => rest * 100 + u64::from(b - b'A') + 10,
        }
    });
    rest % 97
}

impl fmt::Display for Iban {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A business identifier code of the right form (ISO 9362): 8 or 11 characters.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
pub struct Bic(String);

impl Bic {
    /// The BIC written in `text`, small letters allowed, else `None`.
    pub fn parse(text: &str) -> Option<Bic> {
        let s = text.to_ascii_uppercase();
        let b = s.as_bytes();
        let form = matches!(b.len(), 8 | 11)
            && b[..4].iter().all(u8::is_ascii_alphanumeric)
            && b[4..6].iter().all(u8::is_ascii_alphabetic)
            && b[6..].iter().all(u8::is_ascii_alphanumeric);
        form.then_some(Bic(s))
    }

    /// The code.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// ISO 3166 code of the country.
    pub fn country(&self) -> &str {
        &self.0[4..6]
    }

    /// The code of the bank, whatever its branch, where it names none but the head office: that is the letter X, three
    /// times, for the branch (ISO 9362).
    pub fn without_head_office(&self) -> &str {
        let is_head_office = self.0.get(8..).is_some_and(|branch| branch.bytes().all(|b| b == b'X'));
        if is_head_office { &self.0[..8] } else { &self.0 }
    }
}

impl fmt::Display for Bic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A China National Advanced Payment System bank number (联行号): twelve digits.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
pub struct Cnaps(String);

impl Cnaps {
    /// The twelve digits of `text`, else `None`. The check digit may still be wrong: placeholders
    /// with a wrong one are in daily use, see [`Cnaps::check_digit_is_right`].
    pub fn parse(text: &str) -> Option<Cnaps> {
        (text.len() == 12 && text.bytes().all(|b| b.is_ascii_digit())).then(|| Cnaps(text.to_string()))
    }

    /// The number.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// ISO 7064 MOD 11,10 over the first eleven digits gives the twelfth.
    pub fn check_digit_is_right(&self) -> bool {
        let digits: Vec<u32> = self.0.bytes().map(|b| u32::from(b - b'0')).collect();
        let product = digits[..11].iter().fold(10, |p, d| {
            let sum = (p + d) % 10;
            (if sum == 0 { 10 } else { sum }) * 2 % 11
        });
        (11 - product) % 10 == digits[11]
    }
}

/// An account: an IBAN where it is a valid one, else the number as written.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Account {
    /// A valid IBAN.
    Iban(Iban),
    /// Any other account number, as the file wrote it, trimmed.
    Other(String),
}

impl Account {
    /// The account in `text`; `None` when nothing is written.
    pub fn parse(text: &str) -> Option<Account> {
        let text = text.trim();
        if text.is_empty() {
            return None;
        }
        Some(Iban::parse(text).map_or_else(|| Account::Other(text.to_string()), Account::Iban))
    }

    /// The number.
    pub fn as_str(&self) -> &str {
        match self {
            Account::Iban(iban) => iban.as_str(),
            Account::Other(number) => number,
        }
    }

    /// The number without white space, in capitals: files write the same account in groups of four, or do not.
    pub fn compact(&self) -> String {
        self.as_str().chars().filter(|c| !c.is_whitespace()).flat_map(char::to_uppercase).collect()
    }

    /// Whether both may be one account: a bank may write its own part of an IBAN, or zeros before a number.
    pub fn agrees(&self, other: &Account) -> bool {
        let part_of =
            |one: &Account, other: &Account| one.iban().is_some_and(|iban| is_national_part(other.as_str(), iban));
        numbers_agree(self.as_str(), other.as_str()) || part_of(self, other) || part_of(other, self)
    }

    /// The IBAN, where it is one.
    pub fn iban(&self) -> Option<&Iban> {
        match self {
            Account::Iban(iban) => Some(iban),
            Account::Other(_) => None,
        }
    }

    /// Whether it means to be an IBAN and is not: wrong length or check digits.
    pub fn is_broken_iban(&self) -> bool {
        matches!(self, Account::Other(number) if Iban::is_meant(number))
    }
}

impl fmt::Display for Account {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Serialize for Account {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for Account {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Account, D::Error> {
        let text = std::borrow::Cow::<str>::deserialize(deserializer)?;
        Account::parse(&text).ok_or_else(|| serde::de::Error::custom("an account number is empty"))
    }
}

/// Whether two numbers may be of the same account, as banks write them: the shorter, of at least six characters, is the
/// end of the longer; spaces, signs and capitals do not count.
pub fn numbers_agree(one: &str, other: &str) -> bool {
    const SHORTEST: usize = 6;
    let plain =
        |text: &str| text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_uppercase).collect::<String>();
    let (one, other) = (plain(one), plain(other));
    let (short, long) = if one.len() <= other.len() { (one, other) } else { (other, one) };
    short == long || (short.len() >= SHORTEST && long.ends_with(&short))
}

/// Whether a bank's number and an account's, with a stroke between them, are an IBAN's: the account's number may be
/// without the zeros before it, as MT940 writes it (`:25:37040044/532013000`).
fn is_national_part(told: &str, iban: &Iban) -> bool {
    let Some((bank, number)) = told.trim().split_once('/') else { return false };
    let national = iban.as_str().get(4..).unwrap_or_default();
    let between = national.strip_prefix(bank).and_then(|rest| rest.strip_suffix(number));
    !bank.is_empty() && !number.is_empty() && between.is_some_and(|zeros| zeros.bytes().all(|b| b == b'0'))
}

/// Whether two numbers are surely of different accounts, as banks write them. Signs, capitals and leading zeros do not
/// count; the national part of an IBAN, or a number with a branch before it or a sub-account behind it, may be the same
/// account; of a masked number only what is shown at its end counts, and too few characters say nothing.
pub fn numbers_differ(one: &str, other: &str) -> bool {
    const SHORTEST: usize = 6;
    const SHORTEST_TAIL: usize = 3;
    let plain = |text: &str| {
        let kept = text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_uppercase).collect::<String>();
        kept.trim_start_matches('0').to_string()
    };
    let tail = |text: &str| text.rsplit(is_mask).next().map(str::to_string);
    match (is_masked(one), is_masked(other)) {
        (true, true) => false,
        (false, false) => {
            let (one, other) = (plain(one), plain(other));
            let (short, long) = if one.len() <= other.len() { (one, other) } else { (other, one) };
            short.len() >= SHORTEST && !long.contains(&short)
        }
        (masked, _) => {
            let (masked, clear) = if masked { (one, other) } else { (other, one) };
            let shown = tail(masked).map(|shown| plain(&shown)).unwrap_or_default();
            shown.len() >= SHORTEST_TAIL && !plain(clear).ends_with(&shown)
        }
    }
}

/// What banks write in the place of a digit.
fn is_mask(c: char) -> bool {
    matches!(c, '*' | '＊' | '#' | '•' | '●' | '?' | 'X' | 'x')
}

/// Whether some of a number is not shown: a single `X` may be of an IBAN, three together are none.
fn is_masked(number: &str) -> bool {
    let signs = number.chars().filter(|c| is_mask(*c) && !c.is_ascii_alphabetic()).count();
    signs > 0 || number.as_bytes().windows(3).any(|three| three.eq_ignore_ascii_case(&[b'x'; 3]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ibans_have_length_and_check_digits() {
        for good in
            ["DE89 3704 0044 0532 0130 00", "gb29nwbk60161331926819", "NO9386011117947", "CH9300762011623852957"]
        {
            assert!(Iban::parse(good).is_some(), "{good}");
        }
        for bad in
            ["DE89370400440532013001", "DE8937040044053201300", "XX89370400440532013000", "", "DE89-37040044", "ÄÖ12"]
        {
            assert!(Iban::parse(bad).is_none(), "{bad}");
        }
        assert!(IBAN_LENGTHS.is_sorted());
    }

    #[test]
    fn numbers_that_banks_write_in_their_own_way_are_no_other_account() {
        let iban = "GB29NWBK60161331926819";
        for same in ["60161331926819", "31926819", "60-16-13 31926819", "gb29 nwbk 6016 1331 9268 19", "GB29****6819"] {
            assert!(!numbers_differ(same, iban) && !numbers_differ(iban, same), "{same}");
        }
        let card = "6222020200112233445";
        for same in ["6222****3445", "622202XXXXXXXXX3445", "06222020200112233445", "622202020011223344500001", "3445"]
        {
            assert!(!numbers_differ(same, card), "{same}");
        }
        for other in ["6222****3446", "6222020200112233446", "DE89370400440532013000", "622202XXXXXXXXX9999"] {
            assert!(numbers_differ(other, card) && numbers_differ(card, other), "{other}");
        }
        assert!(numbers_differ("DE89370400440532013000", "DE75512108001245126199"));
    }

    #[test]
    fn a_number_behind_its_banks_is_the_ibans() {
        let iban = Account::parse("DE89370400440532013000").expect("an account");
        for same in ["37040044/532013000", "37040044/0532013000", "370400440532013000", "0532013000"] {
            let told = Account::parse(same).expect("an account");
            assert!(iban.agrees(&told) && told.agrees(&iban), "{same}");
        }
        for other in ["37040045/532013000", "37040044/53201300", "37040044/", "37040044/532013001"] {
            assert!(!iban.agrees(&Account::parse(other).expect("an account")), "{other}");
        }
    }

    #[test]
    fn a_broken_iban_is_not_a_plain_account() {
        assert!(Account::parse("DE89370400440532013001").is_some_and(|a| a.is_broken_iban()));
        assert!(Account::parse("6222020200112233445").is_some_and(|a| !a.is_broken_iban()));
        assert_eq!(Account::parse("  "), None);
    }

    #[test]
    fn cnaps_check_digit_is_iso_7064_mod_11_10() {
        for good in ["102100099996", "103100000026", "104100000004", "301290000007", "403100000004", "308584000013"] {
            assert!(Cnaps::parse(good).is_some_and(|c| c.check_digit_is_right()), "{good}");
        }
        assert!(Cnaps::parse("104000000000").is_some_and(|c| !c.check_digit_is_right()));
        assert!(Cnaps::parse("10410000000").is_none());
    }

    #[test]
    fn bics_have_eight_or_eleven_characters() {
        assert!(Bic::parse("DEUTDEFF").is_some() && Bic::parse("deutdeff500").is_some());
        assert!(Bic::parse("DEUTDEF").is_none() && Bic::parse("DEUT12FF").is_none());
    }
}
