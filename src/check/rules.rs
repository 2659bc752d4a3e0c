//! What a bank or an ERP wants of payments: the settings of the checks.

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer, Serialize};

use super::{Alphabet, Field, RULES};
use crate::document::{Account, Amount, Currency};
use crate::finding::Level;
use crate::text;
use crate::words::library::{Said, did_you_mean};

/// What one bank (or one ERP) wants of the payments of a file.
///
/// Every setting has a default, so an empty table is a good one. What a list leaves empty is not
/// restricted.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Rules {
    /// Which characters may stand in texts. Default `unicode`.
    pub charset: Alphabet,
    /// Longest texts by field; a field that is not named keeps the length of ISO 20022.
    pub max_lengths: BTreeMap<Field, Length>,
    /// Our accounts that may pay (or collect); empty allows all.
    pub debtor_accounts: Vec<Account>,
    /// Currencies that may be paid; empty allows all.
    pub currencies: Vec<Currency>,
    /// Whether every payment must bring its own end-to-end id. Default `true`.
    pub end_to_end_id_required: bool,
    /// The most days that an execution date may lie ahead; absent is no limit. Default 365.
    pub max_days_ahead: Option<u32>,
    /// The most days that an execution date may lie behind. Default 0.
    pub max_days_past: u32,
    /// The most payments in one file; absent is no limit.
    pub max_count: Option<u64>,
    /// The largest sum of one file, by currency; a currency that is not named has no limit.
    pub max_sum: BTreeMap<Currency, Amount>,
    /// The largest single payment, by currency; a currency that is not named has no limit.
    pub max_amount: BTreeMap<Currency, Amount>,
    /// Fields that every payment must have, itself or by its group, beside those that every bank demands.
    pub required: Vec<Field>,
    /// The only values that a field may have, by field, such as `charge_bearer = ["SLEV"]`; an empty field is not
    /// asked.
    pub values: BTreeMap<Field, Vec<String>>,
    /// Whether both accounts must be IBANs. Default `false`.
    pub iban_required: bool,
    /// Countries whose IBANs are taken, by their ISO 3166 codes; empty allows all.
    pub iban_countries: Vec<String>,
    /// Whether the creditor identifier of direct debits must have right check digits (ISO 7064). Default `false`.
    pub creditor_id_check_digits: bool,
    /// Rules whose level differs from the rule's own, by rule name.
    pub levels: Levels,
}

impl Default for Rules {
    fn default() -> Rules {
        Rules {
            charset: Alphabet::Unicode,
            max_lengths: BTreeMap::new(),
            debtor_accounts: Vec::new(),
            currencies: Vec::new(),
            end_to_end_id_required: true,
            max_days_ahead: Some(365),
            max_days_past: 0,
            max_count: None,
            max_sum: BTreeMap::new(),
            max_amount: BTreeMap::new(),
            required: Vec::new(),
            values: BTreeMap::new(),
            iban_required: false,
            iban_countries: Vec::new(),
            creditor_id_check_digits: false,
            levels: Levels::default(),
        }
    }
}

/// The longest text of a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Length {
    /// The most units.
    pub most: usize,
    /// What is counted. Default `chars`.
    #[serde(default)]
    pub unit: Unit,
}

/// What a length counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Unit {
    /// Unicode characters.
    #[default]
    Chars,
    /// Bytes in UTF-8: a Chinese character is three.
    Utf8Bytes,
    /// Bytes in GBK: a Chinese character is two; what GBK lacks counts its four bytes of GB18030.
    GbkBytes,
}

/// How grave a rule's findings are, or that it is not asked at all.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Grade {
    /// The rule is not asked.
    Off,
    /// Worth knowing.
    Info,
    /// The file passes all the same.
    Warning,
    /// The file is refused.
    Error,
}

impl Grade {
    /// The level of a finding; `None` when the rule is off.
    pub fn level(self) -> Option<Level> {
        match self {
            Grade::Off => None,
            Grade::Info => Some(Level::Info),
            Grade::Warning => Some(Level::Warning),
            Grade::Error => Some(Level::Error),
        }
    }
}

/// One rule of the checks: its name, its level, what it demands.
#[derive(Debug)]
pub struct Rule {
    /// The name in kebab-case; stable, scripts and templates refer to it.
    pub name: &'static str,
    /// The level where nobody set another.
    pub grade: Grade,
    /// Whether the level stands firm: no setting makes money move without this rule.
    pub firm: bool,
    /// What it demands, in English and in Chinese.
    pub demands: (&'static str, &'static str),
}

/// Levels by rule name. Only rules that exist, and never a firm one.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Levels(BTreeMap<String, Grade>);

impl Levels {
    /// The same levels with one more.
    ///
    /// # Errors
    /// A sentence when the rule does not exist or stands firm.
    pub fn with(mut self, rule: &str, grade: Grade) -> Result<Levels, Said> {
        let found = RULES.iter().find(|r| r.name == rule);
        let known = found.ok_or_else(|| {
            let names: Vec<&str> = RULES.iter().map(|r| r.name).collect();
            Said::new(text!("there is no rule `{rule}`", "没有规则 `{rule}`")).or_write(did_you_mean(rule, &names))
        })?;
        if known.firm && grade != known.grade {
            let what = text!("the rule `{rule}` stands firm", "规则 `{rule}` 不可更改");
            return Err(Said::new(what).or_write(text!("leave it out", "请删除")));
        }
        self.0.insert(rule.to_string(), grade);
        Ok(self)
    }

    /// The level of a rule.
    pub fn of(&self, rule: &Rule) -> Grade {
        self.0.get(rule.name).copied().unwrap_or(rule.grade)
    }
}

impl<'de> Deserialize<'de> for Levels {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Levels, D::Error> {
        let named = BTreeMap::<String, Grade>::deserialize(deserializer)?;
        let set = |levels: Levels, (rule, grade): (String, Grade)| levels.with(&rule, grade);
        named.into_iter().try_fold(Levels::default(), set).map_err(|said| serde::de::Error::custom(said.carried()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_says_what_a_bank_wants() {
        let rules: Rules = toml::from_str(
            r#"
            charset = "latin"
            debtor_accounts = ["DE89 3704 0044 0532 0130 00"]
            currencies = ["EUR"]
            max_count = 500
            max_sum = { EUR = "1000000" }
            [max_lengths]
            creditor_name = { most = 60, unit = "gbk_bytes" }
            [levels]
            cnaps-check-digit = "error"
            too-long = "off"
            "#,
        )
        .unwrap();
        assert_eq!(rules.debtor_accounts[0].as_str(), "DE89370400440532013000");
        assert_eq!(rules.max_lengths[&Field::CreditorName], Length { most: 60, unit: Unit::GbkBytes });
        assert_eq!(rules.max_days_ahead, Some(365));
        assert_eq!(toml::from_str::<Rules>("").unwrap(), Rules::default());
    }

    #[test]
    fn misspelt_and_firm_rules_are_refused() {
        let refusal = |text: &str| toml::from_str::<Rules>(text).unwrap_err().to_string();
        assert!(refusal("levels = { iban-chek-digits = \"off\" }").contains("there is no rule `iban-chek-digits`"));
        assert!(refusal("levels = { amount-not-positive = \"off\" }").contains("stands firm"));
        assert!(refusal("max_lengths = { creditor = { most = 3 } }").contains("unknown variant"));
        assert!(refusal("curencies = []").contains("unknown field"));
    }

    #[test]
    fn rules_have_names_of_their_own_and_say_what_they_demand() {
        let mut names: Vec<_> = RULES.iter().map(|r| r.name).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), RULES.len());
        assert!(RULES.iter().all(|r| r.name.bytes().all(|b| b.is_ascii_lowercase() || b == b'-')));
        assert!(RULES.iter().all(|r| r.demands.1.chars().any(|c| ('\u{4e00}'..'\u{9fff}').contains(&c))));
    }
}
