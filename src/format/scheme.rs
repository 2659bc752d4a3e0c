//! What a payment scheme allows of what ISO 20022 has room for.

use serde::Deserialize;

use super::AddressShape;
use crate::document::Address;

/// What a payment scheme allows of what ISO 20022 has room for. A payment that does not fit is refused when its batch
/// is judged, before anybody releases it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Scheme {
    /// The most characters of a party's name (`Nm`) as it is written, after folding: 140 where it is not said.
    pub name_length: Option<usize>,
    /// Parts that a postal address must have where there is one: `["town", "country"]` for structured and hybrid
    /// addresses of November 2026.
    pub address_needs: Vec<AddressPart>,
    /// The most lines (`AdrLine`) of an address. More are joined as far as 70 characters let them, else the payment is
    /// refused. Where it is not said: 7 beside a structured address, else 2.
    pub address_lines: Option<usize>,
    /// The most texts for the counterparty (`Ustrd`) in a payment; any number where it is not said.
    pub remittance_lines: Option<usize>,
    /// Whether texts beyond `remittance_lines` are joined with a blank as far as 140 characters let them, and told;
    /// otherwise the payment is refused.
    pub remittance_join: bool,
    /// Where the text stands in a payment that has a creditor's reference, too.
    pub remittance_beside_reference: BesideReference,
    /// Which creditor's references are taken, each with the type that the scheme wants beside it. None: any, and only
    /// those of ISO 11649 with a type.
    pub references: Vec<ReferenceForm>,
    /// Where slashes may stand in ids: those of message, group and payment, mandates, references.
    pub id_slashes: IdSlashes,
    /// Whether a payment may have a type (`PmtTpInf`) or a charge bearer of its own beside its group's; what is the
    /// same is left out of the payment in any case.
    pub payment_types: PaymentTypes,
}

impl Scheme {
    /// The most characters of a name.
    pub(super) fn longest_name(&self) -> usize {
        self.name_length.unwrap_or(140)
    }

    /// The most lines of an address of this shape.
    pub(super) fn longest_address(&self, shape: AddressShape) -> usize {
        self.address_lines.unwrap_or(if shape == AddressShape::Structured { 7 } else { 2 })
    }
}

/// A part of a postal address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AddressPart {
    /// Street.
    Street,
    /// House number.
    Building,
    /// Postal code.
    PostCode,
    /// Town.
    Town,
    /// State or province.
    State,
    /// Country.
    Country,
}

impl AddressPart {
    /// The part of an address.
    pub(super) fn of(self, address: &Address) -> Option<&str> {
        let part = match self {
            AddressPart::Street => &address.street,
            AddressPart::Building => &address.building,
            AddressPart::PostCode => &address.post_code,
            AddressPart::Town => &address.town,
            AddressPart::State => &address.state,
            AddressPart::Country => &address.country,
        };
        part.as_deref().filter(|part| !part.trim().is_empty())
    }

    /// The element's name and the field's in our own CSV.
    pub fn names(self) -> (&'static str, &'static str) {
        match self {
            AddressPart::Street => ("StrtNm", "street"),
            AddressPart::Building => ("BldgNb", "building"),
            AddressPart::PostCode => ("PstCd", "post_code"),
            AddressPart::Town => ("TwnNm", "town"),
            AddressPart::State => ("CtrySubDvsn", "state"),
            AddressPart::Country => ("Ctry", "country"),
        }
    }
}

/// Where the text stands in a payment with a creditor's reference.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum BesideReference {
    /// Beside the reference, as text (`Ustrd`).
    #[default]
    Apart,
    /// Within it, as further information (`AddtlRmtInf`).
    Within,
    /// Nowhere: such a payment is refused.
    Refused,
}

/// A kind of creditor's reference.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ReferenceForm {
    /// ISO 11649, `RF` and check digits: type `SCOR`.
    Iso11649,
    /// 27 digits, the last a check digit, type `QRR`: for an account whose bank has a number from 30000 to 31999
    /// (QR-IBAN), and such an account for nothing else.
    Qr,
    /// Any other of the creditor's: type `SCOR`.
    Other,
}

/// Where slashes may stand in ids.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum IdSlashes {
    /// Anywhere.
    #[default]
    Anywhere,
    /// Not at the beginning or the end, nor two in a row.
    Within,
}

/// Where the type of a payment and its charge bearer stand.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PaymentTypes {
    /// In the payment, too.
    #[default]
    Own,
    /// In the group only: a payment that differs from its group is refused.
    Group,
}

impl IdSlashes {
    /// Whether an id may be written.
    pub(super) fn take(self, id: &str) -> bool {
        self == IdSlashes::Anywhere || !(id.starts_with('/') || id.ends_with('/') || id.contains("//"))
    }
}
