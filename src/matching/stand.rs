//! What an entry is as a whole, once its transactions are known.

use serde::{Deserialize, Serialize};

use super::{Doubt, EntryMatch, How, Outcome, Sureness, Why, evidence};
use crate::document::{Amount, Entry, Indicator};

/// What an entry is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Stand {
    /// Whether all of it, but for charges, is payments.
    pub matched: bool,
    /// Why it is not, or what is left.
    pub why: Option<Why>,
    /// By what the least sure of its payments was found.
    pub how: Option<How>,
    /// How sure that is.
    pub sure: Option<Sureness>,
    /// What of its amount is no payment of ours.
    pub rest: Amount,
}

impl Stand {
    /// What the outcomes of an entry's transactions make of it.
    pub fn of(matched: &EntryMatch) -> Stand {
        let mut stand = Stand { matched: false, why: None, how: None, sure: None, rest: Amount::ZERO };
        for item in &matched.items {
            match &item.outcome {
                Outcome::Payment(found) => {
                    stand.found(found.how, found.sureness);
                    let same_currency = found.candidate.currency == item.currency;
                    if found.doubt == Some(Doubt::AmountDiffers) {
                        stand.why = Some(Why::SumDiffers);
                        // More than the payment: charges, or somebody's mistake; a person sees it in the rest.
                        let more = item.amount - found.candidate.amount;
                        stand.rest += if same_currency && more > Amount::ZERO { more } else { Amount::ZERO };
                    }
                }
                Outcome::Bundle { how, sureness, .. } => stand.found(*how, *sureness),
                Outcome::Unmatched(why) => {
                    stand.rest += item.amount;
                    if stand.why.is_none_or(|before| before == Why::Remainder) {
                        stand.why = Some(*why);
                    }
                }
            }
        }
        let charges = matches!(stand.why, None | Some(Why::Remainder | Why::SumDiffers));
        stand.matched = stand.how.is_some() && charges;
        stand
    }

    fn found(&mut self, how: How, sureness: Sureness) {
        if self.sure.is_none_or(|sure| sureness < sure) {
            (self.how, self.sure) = (Some(how), Some(sureness));
        }
    }
}

/// Why an entry cannot be a payment of ours, where its codes or its direction say so.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Stranger {
    /// The bank's fee or commission.
    Fee,
    /// Interest.
    Interest,
    /// Tax that the bank takes.
    Tax,
    /// Money that others sent us, and that is no return.
    Incoming,
    /// A direct debit of others.
    DirectDebit,
    /// A card or a cheque.
    CardOrCheque,
}

/// Sub-families of ISO 20022 and SWIFT types by what they are. Source: the ISO 20022 external bank transaction code
/// set; SWIFT Standards MT, field 61 subfield 6.
const CODES: &[(Stranger, &[&str])] = &[
    (Stranger::Fee, &["CHRG", "FEES", "COMM", "COMT", "COME", "COMI", "NCHG", "NCOM", "FCHG", "FCOM", "NBRF"]),
    (Stranger::Interest, &["INTR", "NINT", "FINT"]),
    (Stranger::Tax, &["TAXE", "NTAX"]),
    (Stranger::DirectDebit, &["RDDT", "NDDT"]),
    (Stranger::CardOrCheque, &["CCRD", "MCRD", "RCHQ", "ICHQ", "NCHK", "NECK", "NCMZ"]),
];

/// BAI2 type codes of the same; they are numbers, so they count only there. Source: BAI2 uniform codes.
const BAI2_CODES: &[(Stranger, &[&str])] = &[
    (Stranger::Fee, &["661", "698"]),
    (Stranger::Interest, &["354", "654"]),
    (Stranger::CardOrCheque, &["474", "475"]),
];

/// What an entry is that no payment of ours fits; `None` where it may yet be one.
pub fn stranger(entry: &Entry, format: &str) -> Option<Stranger> {
    let code = &entry.code;
    let codes = [&code.sub_family, &code.family, &code.proprietary];
    let tables: &[_] = if format.starts_with("bai2") { &[CODES, BAI2_CODES] } else { &[CODES] };
    let listed = tables.iter().flat_map(|table| table.iter());
    let coded = codes.into_iter().flatten().find_map(|told| {
        listed.clone().find(|(_, codes)| codes.contains(&told.as_str())).map(|(stranger, _)| *stranger)
    });
    let comes_back = evidence::comes_back(entry);
    match (coded, entry.indicator) {
        _ if comes_back => None,
        (Some(stranger), _) => Some(stranger),
        (None, Indicator::Credit) => Some(Stranger::Incoming),
        (None, Indicator::Debit) => None,
    }
}
