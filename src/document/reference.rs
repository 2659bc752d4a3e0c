//! References by which a creditor knows what is paid, where their own digits say so.

use super::account::mod_97;

/// What a creditor's reference is by its form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CreditorReference {
    /// ISO 11649: `RF`, two check digits that are right, at most 21 characters.
    Iso11649,
    /// 27 digits, the last a check digit (modulo 10, recursive) that is right: the QR reference of Switzerland and
    /// Liechtenstein.
    Qr,
    /// It begins as ISO 11649 does, and its length, signs or check digits are wrong.
    BrokenIso11649,
    /// 27 digits with a wrong check digit.
    BrokenQr,
    /// Anything else.
    Other,
}

impl CreditorReference {
    /// What `text` is; blanks between its groups do not count.
    pub fn of(text: &str) -> CreditorReference {
        let plain: String = text.chars().filter(|c| *c != ' ').collect();
        let digits = |s: &str| !s.is_empty() && s.bytes().all(|b| b.is_ascii_digit());
        if plain.starts_with("RF") && plain.get(2..4).is_some_and(digits) {
            let form = (5..=25).contains(&plain.len()) && plain.bytes().all(|b| b.is_ascii_alphanumeric());
            let right = form && mod_97(&plain.to_ascii_uppercase()) == 1;
            return if right { CreditorReference::Iso11649 } else { CreditorReference::BrokenIso11649 };
        }
        if plain.len() != QR_DIGITS || !digits(&plain) {
            return CreditorReference::Other;
        }
        if qr_carry(&plain) == 0 { CreditorReference::Qr } else { CreditorReference::BrokenQr }
    }
}

/// An identifier of the creditor of direct debits whose check digits are right (ISO 7064, as the European Payments
/// Council has it): a country, two digits, three characters of the creditor's own, the national number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CreditorId(String);

impl CreditorId {
    /// The identifier in `text`, blanks and small letters allowed, else `None`.
    pub fn parse(text: &str) -> Option<CreditorId> {
        let plain: String = text.chars().filter(|c| *c != ' ').map(|c| c.to_ascii_uppercase()).collect();
        let b = plain.as_bytes();
        let form = (8..=35).contains(&b.len())
            && b.iter().all(u8::is_ascii_alphanumeric)
            && b[..2].iter().all(u8::is_ascii_alphabetic)
            && b[2..4].iter().all(u8::is_ascii_digit);
        // The three characters of the creditor's own do not count.
        (form && mod_97(&format!("{}{}", &plain[..4], &plain[7..])) == 1).then_some(CreditorId(plain))
    }

    /// The identifier without blanks, in capitals.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

const QR_DIGITS: usize = 27;

/// What the check digit's table leaves of a number with its check digit: nothing where it is right.
fn qr_carry(digits: &str) -> usize {
    const TABLE: [usize; 10] = [0, 9, 4, 6, 8, 2, 7, 1, 3, 5];
    let carry = digits.bytes().take(QR_DIGITS - 1).fold(0, |carry, b| TABLE[(carry + usize::from(b - b'0')) % 10]);
    let last = digits.bytes().last().map_or(0, |b| usize::from(b - b'0'));
    (carry + last) % 10
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_creditor_is_known_by_its_digits_whatever_its_own_characters_are() {
        for right in ["DE98ZZZ09999999999", "DE98ABC09999999999", "de98 zzz 09999999999", "NL79ZZZ999999990000"] {
            assert!(CreditorId::parse(right).is_some(), "{right}");
        }
        for wrong in ["DE99ZZZ09999999999", "DE98ZZZ0999999999", "98DEZZZ09999999999", "DE98ZZZ", "", "DE98ZZZ_1"] {
            assert!(CreditorId::parse(wrong).is_none(), "{wrong}");
        }
    }

    #[test]
    fn a_reference_is_known_by_its_digits() {
        for (text, is) in [
            ("RF18539007547034", CreditorReference::Iso11649),
            ("RF18 5390 0754 7034", CreditorReference::Iso11649),
            ("RF19539007547034", CreditorReference::BrokenIso11649),
            ("RF18-5390", CreditorReference::BrokenIso11649),
            ("RFQ-2026-7", CreditorReference::Other),
            ("210000000003139471430009017", CreditorReference::Qr),
            ("21 00000 00003 13947 14300 09017", CreditorReference::Qr),
            ("210000000003139471430009018", CreditorReference::BrokenQr),
            ("21000000000313947143000901", CreditorReference::Other),
            ("090933755493", CreditorReference::Other),
            ("", CreditorReference::Other),
        ] {
            assert_eq!(CreditorReference::of(text), is, "{text}");
        }
    }
}
