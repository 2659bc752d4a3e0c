//! Hash totals: the digits of one field of every detail, added up as numbers. An account that somebody changed on the
//! way shows in them, where count and sum stay the same.

use super::declare::{Field, Hash, Layout, Record, RecordKind};
use super::item::{Carries, Item};
use super::plan::{Plan, PlannedRecord};
use crate::finding::{Finding, Place};
use crate::text;
use crate::words::Text;
use crate::words::library::{Said, did_you_mean};

/// The key of a field that is a hash total.
const KEY: &str = "hash";

/// The most digits of a hash total: a digit more than that many, added to as many again, is still a number of ours.
const MOST_DIGITS: usize = 36;

/// A hash total of a layout, compiled.
#[derive(Clone, Debug)]
pub(super) struct Summed {
    spec: Hash,
    /// Digits of the total; those in front of them are dropped.
    digits: usize,
}

impl Summed {
    /// The total that a field of this declaration has.
    pub fn of(spec: &Hash, digits: usize) -> Summed {
        Summed { spec: spec.clone(), digits: digits.min(MOST_DIGITS) }
    }

    /// The first number that has too many digits.
    fn modulus(&self) -> u128 {
        // Proof: `of` lets no exponent through that is too large.
        10_u128.pow(u32::try_from(self.digits).unwrap_or_default())
    }

    /// The digits of a value that count, as a number, without those that no total shows.
    fn number(&self, text: &str) -> u128 {
        let digits = || text.bytes().filter(u8::is_ascii_digit);
        let (skip, take) = match (self.spec.first, self.spec.last) {
            (Some(first), _) => (0, first),
            (None, Some(last)) => (digits().count().saturating_sub(last), last),
            (None, None) => (0, usize::MAX),
        };
        let modulus = self.modulus();
        digits().skip(skip).take(take).fold(0, |number, digit| (number * 10 + u128::from(digit - b'0')) % modulus)
    }

    /// What it is the total of.
    pub fn words(&self) -> Text {
        words(&self.spec, self.digits)
    }
}

/// What a hash total is the total of, for people.
pub fn words(hash: &Hash, digits: usize) -> Text {
    let name = &hash.of;
    let (en, zh) = match (hash.first, hash.last) {
        (Some(first), _) => (format!("the first {first} digits of `{name}`"), format!("`{name}` 的前 {first} 位数字")),
        (None, Some(last)) => (format!("the last {last} digits of `{name}`"), format!("`{name}` 的后 {last} 位数字")),
        (None, None) => (format!("all digits of `{name}`"), format!("`{name}` 的全部数字")),
    };
    text!(
        "hash total: {en} in every detail as a number, added up; of the sum the last {digits} digits",
        "校验合计：各明细 {zh}作为整数相加，取合计的末 {digits} 位"
    )
}

/// Digits of the total in a field: its length, where that is fixed, else what it is filled up to, or its longest value.
pub fn digits_of(field: &Field) -> Option<usize> {
    field.len.or(field.digits).or(field.max)
}

/// Hash totals so far, of a document that is read or written.
#[derive(Debug, Default)]
pub(super) struct Hashes {
    totals: Vec<u128>,
    /// What headers and trailers said: number of the total, the total, where it stands.
    said: Vec<(usize, u128, Place)>,
}

impl Hashes {
    /// A document begins.
    pub fn begin_document(&mut self) {
        self.totals.clear();
        self.said.clear();
    }

    /// The total by its number in [`Plan::hashes`].
    pub fn total(&self, number: usize) -> u128 {
        self.totals.get(number).copied().unwrap_or_default()
    }

    /// Adds the value of the field number `at` of a record.
    pub fn add(&mut self, plan: &Plan, record: &PlannedRecord, at: usize, text: &str) {
        for (_, number) in record.hashed.iter().filter(|(field, _)| *field == at) {
            self.totals.resize(plan.hashes.len(), 0);
            let summed = &plan.hashes[*number];
            self.totals[*number] = (self.totals[*number] + summed.number(text)) % summed.modulus();
        }
    }

    /// Takes in what a header or trailer says; gives what is wrong with it.
    pub fn say(&mut self, number: usize, cell: &str, place: Place) -> Option<Finding> {
        match cell.parse() {
            Ok(said) => self.said.push((number, said, place)),
            Err(_) if cell.is_empty() => {}
            Err(_) => {
                let message = text!("`{cell}` is not a whole number", "`{cell}` 不是整数");
                return Some(Finding::error("number", place, message));
            }
        }
        None
    }

    /// What was said and is not so.
    pub fn wrong(&self, plan: &Plan) -> Vec<Finding> {
        let wrong = self.said.iter().filter(|(number, said, _)| self.total(*number) != *said);
        let finding = |(number, said, place): &(usize, u128, Place)| {
            let (there, hint) = (self.total(*number), plan.hashes[*number].words());
            let message =
                text!("a hash total of {said} is declared, {there} is there", "申报校验合计 {said}，实际 {there}");
            Finding::error("hash-mismatch", place.clone(), message).hint(hint)
        };
        wrong.map(finding).collect()
    }
}

/// What is wrong with a hash total, and at which key of its field.
pub(super) fn keys(layout: &Layout, carries: Carries, record: &Record, field: &Field) -> Option<(&'static str, Said)> {
    let hash = field.hash.as_ref()?;
    let wrong = |what: Text, hint: Text| Some((KEY, Said::new(what).or_write(hint)));
    if !matches!(record.kind, RecordKind::Header | RecordKind::Trailer) || record.once {
        let what = text!("`hash` is for headers and trailers of one document", "`hash` 只用于单份单据的文件头和文件尾");
        return wrong(what, text!("leave it out, or `once`", "请删除，或删除 `once`"));
    }
    let clash = [
        ("item", field.item.is_some()),
        ("is", field.is.is_some()),
        ("or", field.or.is_some()),
        ("default", field.default.is_some()),
        ("map", !field.map.0.is_empty()),
        ("when", field.when.is_some()),
        ("counted-from", field.counted_from.is_some()),
    ];
    if let Some((key, _)) = clash.into_iter().find(|(_, said)| *said) {
        let what = text!("the field is a hash total, and has `{key}` too", "字段是校验合计，却又有 `{key}`");
        return Some((key, Said::new(what).or_write(text!("leave one of them out", "请删除其中一个"))));
    }
    if record.kind == RecordKind::Header
        && !layout.read_only
        && (carries != Carries::Payments || layout.xml_root.is_some())
    {
        let what = text!(
            "a hash total before the details is for delimited and fixed-width files of payments",
            "位于明细之前的校验合计只用于分隔或定长的付款文件"
        );
        return wrong(
            what,
            text!("put it into a trailer, or write `read-only = true`", "请移到文件尾，或写 `read-only = true`"),
        );
    }
    if hash.first.is_some() && hash.last.is_some() || hash.first == Some(0) || hash.last == Some(0) {
        let what =
            text!("a hash total of the first or of the last digits, from 1 on", "校验合计取前几位或后几位，从 1 起");
        return wrong(
            what,
            text!("write one of `first` and `last`, or none for all", "请写 `first` 或 `last` 之一；都不写则取全部"),
        );
    }
    summed_field(layout, hash).or_else(|| size(layout, field)).map(|(path, said)| (KEY, said.at(path)))
}

/// The field that is added up must be there, in every detail.
fn summed_field(layout: &Layout, hash: &Hash) -> Option<(&'static [&'static str], Said)> {
    let details = || layout.record.0.iter().filter(|(_, record)| record.kind == RecordKind::Detail);
    let has = |record: &Record| record.fields.iter().any(|field| field.name == hash.of);
    let lacking = details().find(|(_, record)| !has(record)).map(|(name, _)| name.as_str());
    if details().count() > 0 && lacking.is_none() {
        return None;
    }
    let (of, record) = (&hash.of, lacking.unwrap_or("detail"));
    let names: Vec<&str> = details().flat_map(|(_, record)| &record.fields).map(|field| field.name.as_str()).collect();
    let what = text!("the record `{record}` has no field `{of}`", "记录 `{record}` 没有字段 `{of}`");
    let hint = match names.contains(&of.as_str()) {
        true => text!("write a field of this name in every detail", "请在每个明细记录中写一个同名字段"),
        false => did_you_mean(of, &names),
    };
    Some((&["of"], Said::new(what).or_write(hint)))
}

/// How many digits the total has must be known, and be few enough.
fn size(layout: &Layout, field: &Field) -> Option<(&'static [&'static str], Said)> {
    let digits = digits_of(field);
    if digits.is_none() && layout.width.is_none() {
        let what = text!("nothing says how many digits the hash total has", "没有说明校验合计的位数");
        return Some((&[], Said::new(what).or_write(text!("write `digits`", "请写 `digits`"))));
    }
    let too_many = digits.is_some_and(|digits| digits > MOST_DIGITS);
    let too_long = layout.width.is_none() && field.max.zip(field.digits).is_some_and(|(max, digits)| digits > max);
    (too_many || too_long).then(|| {
        let what = text!("a hash total of too many digits", "校验合计位数过多");
        let hint = match too_many {
            true => text!("write at most {MOST_DIGITS}", "至多 {MOST_DIGITS} 位"),
            false => text!("correct `digits` or `max`", "请修正 `digits` 或 `max`"),
        };
        (&[][..], Said::new(what).or_write(hint))
    })
}

/// Compiles the hash totals of a plan.
pub(super) fn compile(plan: &mut Plan) {
    for record in &mut plan.records {
        for field in &mut record.fields {
            let Some(hash) = &field.spec.hash else { continue };
            field.hash = Some(plan.hashes.len());
            plan.hashes.push(Summed::of(hash, digits_of(&field.spec).unwrap_or(MOST_DIGITS)));
        }
    }
    let names: Vec<String> = plan.hashes.iter().map(|summed| summed.spec.of.clone()).collect();
    let adds = |record: &&mut PlannedRecord| matches!(record.kind, RecordKind::Detail | RecordKind::Balancing);
    for record in plan.records.iter_mut().filter(adds) {
        let fields = || record.fields.iter().enumerate();
        let at = |name: &String| fields().find(|(_, field)| field.spec.name == *name).map(|(at, _)| at);
        record.hashed = names.iter().enumerate().filter_map(|(number, name)| Some((at(name)?, number))).collect();
    }
}

impl Plan {
    /// Whether a header holds what only the details tell, a hash total, the currency of all payments or the totals of a
    /// result, so that all details must be written before it.
    pub(super) fn details_first(&self) -> bool {
        let mut before = self.records[..self.body.start].iter().flat_map(|record| &record.fields);
        let told_by_all = |item: Item| match self.carries {
            Carries::Payments => item == Item::Currency,
            Carries::Status | Carries::Refusal => item.is_total_of_rows(),
            Carries::Statement | Carries::Receipts => false,
        };
        before.any(|field| field.hash.is_some() || field.item.is_some_and(told_by_all))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn hash(first: Option<usize>, last: Option<usize>) -> Hash {
        Hash { of: "account".into(), first, last }
    }

    #[test]
    fn digits_count_wherever_they_stand() {
        let of = |first, last, text: &str| Summed::of(&hash(first, last), 10).number(text);
        assert_eq!(of(Some(8), None, "091000019"), 9_100_001);
        assert_eq!(of(Some(8), None, "091-000"), 91_000);
        assert_eq!(of(None, Some(4), "DE89 3704 0044 0532 0130 00"), 3000);
        assert_eq!(of(None, None, "DE89370400440532013000"), 532_013_000, "the last ten of twenty");
        assert_eq!(of(None, None, "no digit"), 0);
    }

    proptest! {
        /// As the numbers would be added on paper, whatever their length: only the last digits are kept.
        #[test]
        fn a_total_is_the_sum_of_the_numbers(
            values in prop::collection::vec("[0-9]{1,40}", 0..40), digits in 1..40_usize, last in prop::option::of(1..20_usize),
        ) {
            let summed = Summed::of(&hash(None, last), digits);
            let added = values.iter().fold(0, |sum, value| (sum + summed.number(value)) % summed.modulus());
            let mut paper = vec![0_u32; 60];
            for value in &values {
                let kept = value.bytes().rev().take(last.unwrap_or(60));
                let value: Vec<u32> = kept.map(|byte| u32::from(byte - b'0')).collect();
                let mut carry = 0;
                for (at, place) in paper.iter_mut().enumerate() {
                    carry += *place + value.get(at).copied().unwrap_or_default();
                    (*place, carry) = (carry % 10, carry / 10);
                }
            }
            let kept: String = paper[..digits.min(MOST_DIGITS)].iter().rev().map(u32::to_string).collect();
            prop_assert_eq!(kept.parse::<u128>().expect("digits"), added);
        }
    }
}
