//! What stands beside the amount of an entry or a transaction: `AmtDtls`, `Chrgs`, `RfrdDocInf`.

use super::super::xml::emit::Emit;
use super::super::xml::message::Context;
use crate::document::{Amount, Charge, Conversion, Currency, Exchange, Money, ReferredDocument};
use crate::format::{ReadError, WriteError};
use crate::text;

/// What an element of `AmtDtls` means.
#[derive(Clone, Copy, Debug)]
pub(crate) enum ConversionPart {
    Instructed,
    CounterValue,
    Exchange,
    Source,
    Target,
    Unit,
    Rate,
    Contract,
}

/// What an element of `Chrgs` means.
#[derive(Clone, Copy, Debug)]
pub(crate) enum ChargePart {
    All,
    Total,
    Charge,
    Amount,
    Indicator,
    Included,
    Kind,
}

/// What an element of `RfrdDocInf` means.
#[derive(Clone, Copy, Debug)]
pub(crate) enum DocumentPart {
    Document,
    Kind,
    Number,
    Date,
}

/// What is inside `AmtDtls`. The rate stands with whichever amount the bank likes.
pub(super) const CONVERSION: &[(&str, ConversionPart)] = &[
    ("InstdAmt/Amt", ConversionPart::Instructed),
    ("CntrValAmt/Amt", ConversionPart::CounterValue),
    ("InstdAmt/CcyXchg", ConversionPart::Exchange),
    ("InstdAmt/CcyXchg/SrcCcy", ConversionPart::Source),
    ("InstdAmt/CcyXchg/TrgtCcy", ConversionPart::Target),
    ("InstdAmt/CcyXchg/UnitCcy", ConversionPart::Unit),
    ("InstdAmt/CcyXchg/XchgRate", ConversionPart::Rate),
    ("InstdAmt/CcyXchg/CtrctId", ConversionPart::Contract),
    ("TxAmt/CcyXchg", ConversionPart::Exchange),
    ("TxAmt/CcyXchg/SrcCcy", ConversionPart::Source),
    ("TxAmt/CcyXchg/TrgtCcy", ConversionPart::Target),
    ("TxAmt/CcyXchg/UnitCcy", ConversionPart::Unit),
    ("TxAmt/CcyXchg/XchgRate", ConversionPart::Rate),
    ("TxAmt/CcyXchg/CtrctId", ConversionPart::Contract),
    ("CntrValAmt/CcyXchg", ConversionPart::Exchange),
    ("CntrValAmt/CcyXchg/SrcCcy", ConversionPart::Source),
    ("CntrValAmt/CcyXchg/TrgtCcy", ConversionPart::Target),
    ("CntrValAmt/CcyXchg/UnitCcy", ConversionPart::Unit),
    ("CntrValAmt/CcyXchg/XchgRate", ConversionPart::Rate),
    ("CntrValAmt/CcyXchg/CtrctId", ConversionPart::Contract),
];

/// What is inside `Chrgs`: since version 04 in records, before that in itself.
pub(super) const CHARGES: &[(&str, ChargePart)] = &[
    ("", ChargePart::All),
    ("TtlChrgsAndTaxAmt", ChargePart::Total),
    ("Amt", ChargePart::Amount),
    ("CdtDbtInd", ChargePart::Indicator),
    ("Tp/Cd", ChargePart::Kind),
    ("Tp/Prtry/Id", ChargePart::Kind),
    ("Rcrd", ChargePart::Charge),
    ("Rcrd/Amt", ChargePart::Amount),
    ("Rcrd/CdtDbtInd", ChargePart::Indicator),
    ("Rcrd/ChrgInclInd", ChargePart::Included),
    ("Rcrd/Tp/Cd", ChargePart::Kind),
    ("Rcrd/Tp/Prtry/Id", ChargePart::Kind),
];

/// What is inside `RfrdDocInf`.
pub(super) const DOCUMENT: &[(&str, DocumentPart)] = &[
    ("", DocumentPart::Document),
    ("Tp/CdOrPrtry/Cd", DocumentPart::Kind),
    ("Tp/CdOrPrtry/Prtry", DocumentPart::Kind),
    // Version 01.
    ("RfrdDocTp/Cd", DocumentPart::Kind),
    ("RfrdDocTp/Prtry", DocumentPart::Kind),
    ("RfrdDocNb", DocumentPart::Number),
    ("Nb", DocumentPart::Number),
    ("RltdDt", DocumentPart::Date),
    // Since version 11.
    ("RltdDt/Dt", DocumentPart::Date),
];

/// A conversion while it is read.
#[derive(Default)]
pub(super) struct ConversionRead {
    conversion: Conversion,
    source: Option<Currency>,
    target: Option<Currency>,
    unit: Option<Currency>,
    rate: Option<String>,
    contract: Option<String>,
}

impl ConversionRead {
    /// An element has ended.
    pub fn put(&mut self, part: ConversionPart, cx: &mut Context<'_>) -> Result<(), ReadError> {
        match part {
            ConversionPart::Instructed => self.conversion.instructed = Some(money(cx)?),
            ConversionPart::CounterValue => self.conversion.counter_value = Some(money(cx)?),
            ConversionPart::Source => self.source = cx.currency_of(cx.word()),
            ConversionPart::Target => self.target = cx.currency_of(cx.word()),
            ConversionPart::Unit => self.unit = cx.currency_of(cx.word()),
            ConversionPart::Contract => self.contract = cx.id(),
            ConversionPart::Rate => {
                self.rate = Some(cx.word()).filter(|rate| Exchange::is_rate(rate)).map(str::to_string);
                if self.rate.is_none() {
                    let word: String = cx.word().chars().take(40).collect();
                    cx.warn("exchange-rate", text!("`{word}` is not a rate of exchange", "`{word}` 不是有效汇率"));
                }
            }
            ConversionPart::Exchange => self.end_exchange(cx),
        }
        Ok(())
    }

    /// Amounts that differ only in place tell the same rate: the first one stays.
    fn end_exchange(&mut self, cx: &mut Context<'_>) {
        let (source_currency, target_currency) = (self.source.take(), self.target.take());
        let (unit_currency, contract) = (self.unit.take(), self.contract.take());
        let Some(rate) = self.rate.take() else { return };
        let exchange = Exchange { source_currency, target_currency, unit_currency, rate, contract };
        match &self.conversion.exchange {
            None => self.conversion.exchange = Some(exchange),
            Some(first) if *first == exchange => {}
            Some(_) => {
                cx.warn("exchange-rate", text!("a second rate of exchange is left out", "第二个汇率未保留"));
            }
        }
    }

    /// What was read; `None` for nothing.
    pub fn done(self) -> Option<Box<Conversion>> {
        Some(self.conversion).filter(|c| *c != Conversion::default()).map(Box::new)
    }
}

/// Charges while they are read.
#[derive(Default)]
pub(super) struct ChargesRead {
    charges: Vec<Charge>,
    total: Option<Money>,
    amount: Option<Money>,
    indicator: Option<crate::document::Indicator>,
    included: Option<bool>,
    kind: Option<String>,
}

impl ChargesRead {
    /// An element has ended.
    pub fn put(&mut self, part: ChargePart, cx: &mut Context<'_>) -> Result<(), ReadError> {
        match part {
            ChargePart::Total => self.total = Some(money(cx)?),
            ChargePart::Amount => self.amount = Some(money(cx)?),
            ChargePart::Indicator => self.indicator = cx.indicator()?,
            ChargePart::Included => self.included = cx.flag(),
            ChargePart::Kind => self.kind = cx.words(),
            ChargePart::Charge => self.end_charge(cx)?,
            ChargePart::All => {
                self.end_charge(cx)?;
                // A total alone is all that there is to know.
                if let (Some(Money { amount, currency }), true) = (self.total.take(), self.charges.is_empty()) {
                    self.charges.push(Charge { amount, currency, indicator: None, included: None, kind: None });
                }
            }
        }
        Ok(())
    }

    fn end_charge(&mut self, cx: &Context<'_>) -> Result<(), ReadError> {
        let (indicator, included, kind) = (self.indicator.take(), self.included.take(), self.kind.take());
        let Some(Money { amount, currency }) = self.amount.take() else { return Ok(()) };
        cx.hold(&mut self.charges, Charge { amount, currency, indicator, included, kind })
    }

    /// What was read.
    pub fn done(self) -> Vec<Charge> {
        self.charges
    }
}

/// Documents while they are read.
#[derive(Default)]
pub(super) struct DocumentsRead {
    documents: Vec<ReferredDocument>,
    document: ReferredDocument,
}

impl DocumentsRead {
    /// An element has ended.
    pub fn put(&mut self, part: DocumentPart, cx: &mut Context<'_>) -> Result<(), ReadError> {
        let document = &mut self.document;
        match part {
            DocumentPart::Kind => document.kind = cx.words(),
            DocumentPart::Number => document.number = cx.id(),
            // As a choice, the outer element ends after the inner one and has no text of its own.
            DocumentPart::Date if cx.word().is_empty() => {}
            DocumentPart::Date => document.date = cx.date(),
            DocumentPart::Document => {
                let document = std::mem::take(document);
                if document != ReferredDocument::default() {
                    cx.hold(&mut self.documents, document)?;
                }
            }
        }
        Ok(())
    }

    /// What was read.
    pub fn done(self) -> Vec<ReferredDocument> {
        self.documents
    }
}

fn money(cx: &mut Context<'_>) -> Result<Money, ReadError> {
    let (amount, currency) = cx.money()?;
    Ok(Money { amount, currency })
}

/// Writes `AmtDtls`: the conversion, and the transaction's own amount where its version has no other place for it.
pub(super) fn amount_details(
    e: &mut Emit,
    conversion: Option<&Conversion>,
    own: Option<(Amount, Currency)>,
    booked: Currency,
) -> Result<(), WriteError> {
    let none = Conversion::default();
    let conversion = conversion.unwrap_or(&none);
    let exchange = conversion.exchange.as_ref().filter(|exchange| is_written(e, exchange));
    // The rate stands with the last of the amounts.
    let mut amounts = Vec::new();
    amounts.extend(conversion.instructed.map(|money| ("InstdAmt", money.amount, money.currency.unwrap_or(booked))));
    amounts.extend(own.map(|(amount, currency)| ("TxAmt", amount, currency)));
    let counter_value = conversion.counter_value;
    amounts.extend(counter_value.map(|money| ("CntrValAmt", money.amount, money.currency.unwrap_or(booked))));
    let Some(last) = amounts.len().checked_sub(1) else {
        if exchange.is_some() {
            let message = text!("a rate of exchange without an amount is left out", "没有金额的汇率未写出");
            e.warn("not-carried", "CcyXchg", message);
        }
        return Ok(());
    };
    e.open("AmtDtls");
    for (at, (name, amount, currency)) in amounts.into_iter().enumerate() {
        e.open(name);
        e.money("Amt", amount, currency)?;
        if let Some(exchange) = exchange.filter(|_| at == last) {
            write_exchange(e, exchange)?;
        }
        e.close();
    }
    e.close();
    Ok(())
}

/// Whether the exchange has what the schema demands; if not, it is left out with a finding.
fn is_written(e: &mut Emit, exchange: &Exchange) -> bool {
    let written = exchange.source_currency.is_some() && Exchange::is_rate(&exchange.rate);
    if !written {
        let message = text!(
            "a rate of exchange without its currency, or of more than eleven digits, is left out",
            "缺少币种或超过十一位数字的汇率未写出"
        );
        e.warn("not-carried", "CcyXchg", message);
    }
    written
}

fn write_exchange(e: &mut Emit, exchange: &Exchange) -> Result<(), WriteError> {
    e.open("CcyXchg");
    let currencies = [
        ("SrcCcy", exchange.source_currency),
        ("TrgtCcy", exchange.target_currency),
        ("UnitCcy", exchange.unit_currency),
    ];
    for (name, currency) in currencies {
        if let Some(currency) = currency {
            e.fact(name, currency.as_str());
        }
    }
    e.fact("XchgRate", &exchange.rate);
    e.maybe_id("CtrctId", exchange.contract.as_deref(), 35)?;
    e.close();
    Ok(())
}

/// Writes `Chrgs`.
pub(super) fn charges(e: &mut Emit, modern: bool, charges: &[Charge], booked: Currency) -> Result<(), WriteError> {
    if charges.is_empty() {
        return Ok(());
    }
    if modern {
        e.open("Chrgs");
    }
    for charge in charges {
        e.open(if modern { "Rcrd" } else { "Chrgs" });
        e.money("Amt", charge.amount, charge.currency.unwrap_or(booked))?;
        if let Some(indicator) = charge.indicator {
            e.fact("CdtDbtInd", indicator.code());
        }
        match charge.included {
            Some(included) if modern => e.fact("ChrgInclInd", included),
            Some(_) => {
                let message = text!(
                    "whether the amount holds the charge has no place here",
                    "此版本无法写出费用是否已含在金额内"
                );
                e.warn("not-carried", "ChrgInclInd", message);
            }
            None => {}
        }
        if let Some(kind) = &charge.kind {
            let is_code = kind.len() == 4 && kind.bytes().all(|b| b.is_ascii_uppercase());
            e.open("Tp");
            match is_code {
                true => e.id("Cd", kind, 4)?,
                false => e.within("Prtry", |e| e.id("Id", kind, 35))?,
            }
            e.close();
        }
        e.close();
    }
    if modern {
        e.close();
    }
    Ok(())
}

/// Writes the documents that a payment is for.
pub(super) fn documents(e: &mut Emit, documents: &[ReferredDocument]) -> Result<(), WriteError> {
    if documents.is_empty() {
        return Ok(());
    }
    e.open("Strd");
    for document in documents {
        e.open("RfrdDocInf");
        if let Some(kind) = &document.kind {
            e.open("Tp");
            e.code_or_proprietary("CdOrPrtry", kind, 4)?;
            e.close();
        }
        e.maybe_id("Nb", document.number.as_deref(), 35)?;
        if let Some(date) = document.date {
            e.fact("RltdDt", date);
        }
        e.close();
    }
    e.close();
    Ok(())
}
