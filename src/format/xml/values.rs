//! Values of elements: dates, moments, money, codes, texts.

use super::message::Context;
use crate::document::{Amount, AmountError, Currency, Date, Indicator, Moment, parse_amount, parse_date};
use crate::format::ReadError;
use crate::text;

/// The most significant digits that an amount keeps exactly.
const MOST_DIGITS: usize = 28;

impl Context<'_> {
    /// The element's text; `None` when it is empty or white space.
    ///
    /// Exact, but for white space with a line break around it, which is indentation.
    pub fn words(&self) -> Option<String> {
        let (text, word) = (self.text(), self.word());
        if word.is_empty() {
            return None;
        }
        let around = text.len() != word.len() && text.contains('\n');
        Some(if around { word } else { text }.to_string())
    }

    /// A code or number; `None` when it is empty.
    pub fn code(&self) -> Option<String> {
        let word = self.word();
        (!word.is_empty()).then(|| word.to_string())
    }

    /// An id; `None` when it is empty or says that there is none.
    pub fn id(&self) -> Option<String> {
        let word = self.word();
        (!word.is_empty() && word != "NOTPROVIDED").then(|| word.to_string())
    }

    /// A day, from a date or a date and time; kept out with a finding when there is no such day.
    pub fn date(&mut self) -> Option<Date> {
        let word = self.word();
        let (day, rest) = word.split_at_checked(10).unwrap_or((word, ""));
        let date = parse_date(day).filter(|_| rest.is_empty() || rest.starts_with(['T', 'Z', '+', '-']));
        if date.is_none() && !word.is_empty() {
            self.warn("date", text!("`{word}` is not a date and is left out", "`{word}` 不是有效日期，已忽略"));
        }
        date
    }

    /// A date and time; kept out with a finding when it is none.
    pub fn moment(&mut self) -> Option<Moment> {
        let word = self.word();
        let moment = Moment::parse(word);
        if moment.is_none() && !word.is_empty() {
            let message = text!("`{word}` is not a date and time and is left out", "`{word}` 不是有效日期时间，已忽略");
            self.warn("date", message);
        }
        moment
    }

    /// An amount that is not below zero: what is not plainly one refuses the file.
    pub fn amount(&mut self) -> Result<Amount, ReadError> {
        let amount = self.signed_amount()?;
        if amount.is_sign_negative() { Err(self.not_an_amount()) } else { Ok(amount) }
    }

    /// An amount with its sign. `.5`, `5.` and `+5` are numbers to XML Schema.
    pub fn signed_amount(&mut self) -> Result<Amount, ReadError> {
        let word = self.word();
        if let Ok(amount) = parse_amount(word) {
            return Ok(amount);
        }
        let (minus, digits) = match word.as_bytes().first() {
            Some(b'-') => (true, &word[1..]),
            Some(b'+') => (false, &word[1..]),
            _ => (false, word),
        };
        let whole = match digits.split_once('.') {
            Some(("", decimals)) => format!("0.{decimals}"),
            Some((whole, "")) => whole.to_string(),
            _ => digits.to_string(),
        };
        let amount = match parse_amount(&whole) {
            Ok(amount) => amount,
            Err(AmountError::TooLong) if whole.len() <= MOST_DIGITS => {
                let exact = Amount::from_str_exact(&whole).map_err(|_| self.not_an_amount())?;
                self.warn(
                    "amount-decimals",
                    text!("`{word}` has more decimals than money has", "`{word}` 的小数位过多"),
                );
                exact
            }
            Err(_) => return Err(self.not_an_amount()),
        };
        Ok(if minus && !amount.is_zero() { -amount } else { amount })
    }

    fn not_an_amount(&self) -> ReadError {
        let word = self.word();
        self.refused("amount", text!("`{word}` is not an amount", "`{word}` 不是有效金额"))
    }

    /// An amount that is not below zero and its currency; `None` without one.
    pub fn money(&mut self) -> Result<(Amount, Option<Currency>), ReadError> {
        let amount = self.amount()?;
        let code = self.currency();
        Ok((amount, self.currency_of(code)))
    }

    /// The currency `code`; small letters are read, anything else is left out, both with a finding.
    pub fn currency_of(&mut self, code: &str) -> Option<Currency> {
        let code = code.trim_ascii();
        if code.is_empty() {
            return None;
        }
        let currency = Currency::parse(code);
        if currency.is_some() {
            return currency;
        }
        let currency = Currency::parse(&code.to_ascii_uppercase());
        self.warn("currency", text!("`{code}` is not written as a currency", "币种 `{code}` 书写不规范"));
        currency
    }

    /// `CRDT` or `DBIT`.
    pub fn indicator(&mut self) -> Result<Option<Indicator>, ReadError> {
        match self.word() {
            "CRDT" => Ok(Some(Indicator::Credit)),
            "DBIT" => Ok(Some(Indicator::Debit)),
            "" => Ok(None),
            word => {
                let message = text!("`{word}` is neither CRDT nor DBIT", "`{word}` 既非 CRDT 也非 DBIT");
                Err(self.refused("indicator", message))
            }
        }
    }

    /// A number of things; `None`, with a finding, when it is none.
    pub fn count(&mut self) -> Option<u64> {
        let word = self.word();
        let count = word.bytes().all(|b| b.is_ascii_digit()).then(|| word.parse().ok()).flatten();
        if count.is_none() {
            self.warn("number", text!("`{word}` is not a number", "`{word}` 不是数字"));
        }
        count
    }

    /// `true`, `false`, `1`, `0`; `None`, with a finding, for anything else.
    pub fn flag(&mut self) -> Option<bool> {
        match self.word() {
            "true" | "1" | "TRUE" | "True" => Some(true),
            "false" | "0" | "FALSE" | "False" => Some(false),
            word => {
                self.warn("flag", text!("`{word}` is neither true nor false", "`{word}` 不是 true 或 false"));
                None
            }
        }
    }
}
