//! What stands beside the amount of a booking: conversion, charges, the documents that were paid.

use serde::{Deserialize, Serialize};

use super::{Amount, Currency, Date, Indicator};

/// An amount with its currency, where the file gives one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Money {
    /// Amount, positive.
    #[serde(deserialize_with = "super::money::strict")]
    pub amount: Amount,
    /// Its currency.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub currency: Option<Currency>,
}

/// A rate of exchange, as the bank gives it: units of one currency for one of the other.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Exchange {
    /// The currency that was changed.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub source_currency: Option<Currency>,
    /// The currency that it was changed into.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub target_currency: Option<Currency>,
    /// The currency of which the rate is for one unit.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub unit_currency: Option<Currency>,
    /// The rate: digits with a decimal point or without, see [`Exchange::is_rate`].
    pub rate: String,
    /// The contract that fixed it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub contract: Option<String>,
}

impl Exchange {
    /// Whether `text` is a rate as ISO 20022 has it: at most eleven digits, ten of them after the point.
    pub fn is_rate(text: &str) -> bool {
        let (whole, decimals) = text.split_once('.').unwrap_or((text, "0"));
        let digits = |s: &str| !s.is_empty() && s.bytes().all(|b| b.is_ascii_digit());
        let significant = whole.trim_start_matches('0').len() + decimals.trim_end_matches('0').len();
        digits(whole) && digits(decimals) && significant <= 11 && decimals.trim_end_matches('0').len() <= 10
    }
}

/// How the amount of a booking came out of the amount that was ordered.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Conversion {
    /// The amount that was ordered (ISO 20022 `InstdAmt`).
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub instructed: Option<Money>,
    /// The amount after conversion, before charges (ISO 20022 `CntrValAmt`).
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub counter_value: Option<Money>,
    /// The rate of exchange.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub exchange: Option<Exchange>,
}

/// One charge.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Charge {
    /// Amount, positive.
    #[serde(deserialize_with = "super::money::strict")]
    pub amount: Amount,
    /// Its currency.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub currency: Option<Currency>,
    /// `DBIT` where it was taken, `CRDT` where it was given back.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub indicator: Option<Indicator>,
    /// Whether the amount of the booking holds it already.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub included: Option<bool>,
    /// The bank's or ISO 20022's code for what it is for.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub kind: Option<String>,
}

/// A document that the payment is for, such as an invoice.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReferredDocument {
    /// ISO 20022 document type such as `CINV`, or the sender's own.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub kind: Option<String>,
    /// Its number.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub number: Option<String>,
    /// Its day.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub date: Option<Date>,
}
