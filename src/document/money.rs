//! Money: exact decimals and currencies, never a float.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

pub use rust_decimal::Decimal as Amount;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// The currencies of ISO 4217's list one, and `CNH`.
const LISTED: &str = "\
    AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BHD BIF BMD BND BOB BOV BRL BSD BTN BWP BYN BZD \
    CAD CDF CHE CHF CHW CLF CLP CNH CNY COP COU CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP \
    GEL GHS GIP GMD GNF GTQ GYD HKD HNL HTG HUF IDR ILS INR IQD IRR ISK JMD JOD JPY KES KGS KHR KMF KPW KRW \
    KWD KYD KZT LAK LBP LKR LRD LSL LYD MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MXV MYR MZN NAD NGN \
    NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN PYG QAR RON RSD RUB RWF SAR SBD SCR SDG SEK SGD SHP SLE SOS \
    SRD SSP STN SVC SYP SZL THB TJS TMT TND TOP TRY TTD TWD TZS UAH UGX USD USN UYI UYU UYW UZS VED VES VND \
    VUV WST XAF XAG XAU XCD XCG XDR XOF XPD XPF XPT YER ZAR ZMW ZWG";

/// A currency by its ISO 4217 code: three capital letters, whether or not the code is in use.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Currency([u8; 3]);

/// What stands for a currency beside its code: its names at Chinese and Japanese banks, and its number in ISO 4217.
const NAMED: [(&str, &[&str]); 6] = [
    ("CNY", &["人民币", "人民币元", "rmb", "156"]),
    ("USD", &["美元", "840"]),
    ("EUR", &["欧元", "978"]),
    ("HKD", &["港币", "港元", "344"]),
    ("JPY", &["日元", "日圆", "円", "日本円", "392"]),
    ("GBP", &["英镑", "826"]),
];

impl Currency {
    /// The euro.
    pub const EUR: Currency = Currency(*b"EUR");
    /// The United States dollar: what files of American standards are in where they say nothing else.
    pub const USD: Currency = Currency(*b"USD");
    /// What stands where there is no currency: the code that ISO 4217 has for just that, three times the letter X.
    pub const NONE: Currency = Currency([b'X'; 3]);

    /// The currency of exactly three capital ASCII letters, else `None`.
    pub fn parse(code: &str) -> Option<Currency> {
        let bytes: [u8; 3] = code.as_bytes().try_into().ok()?;
        bytes.iter().all(u8::is_ascii_uppercase).then_some(Currency(bytes))
    }

    /// The currency that a name stands for at Chinese and Japanese banks, or the number that ISO 4217 gives it.
    pub fn named(word: &str) -> Option<Currency> {
        let plain: String = word.chars().filter(|c| !c.is_whitespace()).flat_map(char::to_lowercase).collect();
        let (code, _) = NAMED.iter().find(|(_, words)| words.contains(&plain.as_str()))?;
        Currency::parse(code)
    }

    /// The three letters.
    pub fn as_str(&self) -> &str {
        // Proof: `parse` is the only constructor and admits capital ASCII letters only.
        std::str::from_utf8(&self.0).expect("three ASCII letters")
    }

    /// Whether ISO 4217 lists it as in use (or did until lately), or the market writes it all the same (`CNH`).
    pub fn is_listed(self) -> bool {
        LISTED.split(' ').any(|code| code == self.as_str())
    }

    /// Digits after the decimal point (ISO 4217 list one); 2 for codes that the list does not name.
    pub fn minor_units(self) -> u32 {
        match self.as_str() {
            "BIF" | "CLP" | "DJF" | "GNF" | "ISK" | "JPY" | "KMF" | "KRW" | "PYG" | "RWF" | "UGX" | "UYI" | "VND"
            | "VUV" | "XAF" | "XOF" | "XPF" => 0,
            "BHD" | "IQD" | "JOD" | "KWD" | "LYD" | "OMR" | "TND" => 3,
            "CLF" | "UYW" => 4,
            _ => 2,
        }
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Serialize for Currency {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for Currency {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Currency, D::Error> {
        let code = std::borrow::Cow::<str>::deserialize(deserializer)?;
        Currency::parse(&code)
            .ok_or_else(|| serde::de::Error::custom(format!("`{code}` is not a currency: three capital letters")))
    }
}

/// Why a text is not an amount.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AmountError {
    /// Nothing there.
    #[error("the amount is empty")]
    Empty,
    /// Something other than digits and one decimal point.
    #[error("an amount is digits with at most one decimal point")]
    Form,
    /// More digits than money has: 18 before and 5 after the point, as ISO 20022 allows.
    #[error("the amount has too many digits")]
    TooLong,
}

/// The most digits before the decimal point that any standard here allows.
const MOST_WHOLE_DIGITS: usize = 18;
/// The most digits after it; trailing zeros do not count.
const MOST_DECIMALS: usize = 8;

/// An unsigned amount: `digits[.digits]`, nothing else. No sign, no exponent, no separators, no
/// digits of other scripts, no bare point: what is not plainly an amount is not one.
///
/// The number of decimals is kept as written (`1.50` stays `1.50`).
///
/// # Errors
/// [`AmountError`] says which of the rules was broken.
pub fn parse_amount(text: &str) -> Result<Amount, AmountError> {
    if text.is_empty() {
        return Err(AmountError::Empty);
    }
    let (whole, decimals) = text.split_once('.').unwrap_or((text, "0"));
    let digits = |s: &str| !s.is_empty() && s.bytes().all(|b| b.is_ascii_digit());
    if !digits(whole) || !digits(decimals) {
        return Err(AmountError::Form);
    }
    let zeros = decimals.len() - decimals.trim_end_matches('0').len();
    if whole.trim_start_matches('0').len() > MOST_WHOLE_DIGITS || decimals.len() - zeros > MOST_DECIMALS {
        return Err(AmountError::TooLong);
    }
    let kept = if decimals.len() > MOST_DECIMALS { &text[..text.len() - zeros] } else { text };
    Amount::from_str(kept.trim_end_matches('.')).map_err(|_| AmountError::TooLong)
}

/// Whether an amount is within what any standard here can write: [`parse_amount`] takes it back.
pub fn is_within_money(amount: Amount) -> bool {
    amount.abs() < Amount::from(10u64.pow(MOST_WHOLE_DIGITS as u32))
}

/// Reads an amount from JSON under the rules of [`parse_amount`]: a string, never a number, and
/// nothing that only a lenient decimal parser takes (`"1e2"`, `"1_000"`, `"-1"`).
pub(super) fn strict<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Amount, D::Error> {
    Ok(Strict::deserialize(deserializer)?.0)
}

/// Like [`strict`], where the amount may be absent.
pub(super) fn strict_option<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Amount>, D::Error> {
    Ok(Option::<Strict>::deserialize(deserializer)?.map(|amount| amount.0))
}

/// Like [`strict`], for sums by currency.
pub(super) fn strict_sums<'de, D: Deserializer<'de>>(deserializer: D) -> Result<BTreeMap<Currency, Amount>, D::Error> {
    let sums = BTreeMap::<Currency, Strict>::deserialize(deserializer)?;
    Ok(sums.into_iter().map(|(currency, amount)| (currency, amount.0)).collect())
}

/// An amount that was read by the strict rules.
struct Strict(Amount);

impl<'de> Deserialize<'de> for Strict {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Strict, D::Error> {
        let text = std::borrow::Cow::<str>::deserialize(deserializer)?;
        let amount = parse_amount(&text).map_err(|e| serde::de::Error::custom(format!("`{text}`: {e}")))?;
        Ok(Strict(amount))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_amounts_are_strings_of_digits() {
        let read = |json: &str| strict(&mut serde_json::Deserializer::from_str(json)).ok().map(|a| a.to_string());
        assert_eq!(read("\"12.50\""), Some("12.50".to_string()));
        for wrong in ["\"1e2\"", "\"-1\"", "\"1_000\"", "\"+1\"", "12.5", "12", "null", "\"\""] {
            assert_eq!(read(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn amounts_are_digits_and_a_point() {
        for (text, want) in [("0", "0"), ("1234.50", "1234.50"), ("007.1", "7.1"), ("5.0000000000000", "5")] {
            assert_eq!(parse_amount(text).map(|a| a.to_string()), Ok(want.to_string()), "{text}");
        }
        let wrong = ["1e3", "-0", "-1", "+1", "1,00", ".5", "1.", "٣", "1_000", "NaN", " 1", "1.2.3", "１"];
        for text in wrong {
            assert_eq!(parse_amount(text), Err(AmountError::Form), "{text}");
        }
        assert_eq!(parse_amount(""), Err(AmountError::Empty));
        assert_eq!(parse_amount("1234567890123456789"), Err(AmountError::TooLong));
        assert_eq!(parse_amount("0.123456789"), Err(AmountError::TooLong));
    }

    #[test]
    fn currencies_know_their_decimals() {
        for (code, units) in [("EUR", 2), ("JPY", 0), ("KWD", 3), ("CNY", 2), ("CLF", 4)] {
            assert_eq!(Currency::parse(code).map(Currency::minor_units), Some(units));
        }
        for code in ["eur", "EURO", "E1R", "", "€"] {
            assert_eq!(Currency::parse(code), None, "{code}");
        }
    }
}
