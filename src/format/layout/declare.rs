//! The declaration of a layout: what a template says, key by key.

use std::fmt;
use std::marker::PhantomData;

use serde::de::{MapAccess, Visitor};
use serde::{Deserialize, Deserializer};

use super::item::Binding;
use super::pattern::DatePatterns;
use super::takes::Takes;
use crate::text;
use crate::words::Text;
use crate::words::library::Said;

/// A layout: one declaration that reads and writes.
///
/// A file is a run of records; each record is a row of fields, delimited or of fixed width.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Layout {
    /// Encoding of the file: `utf-8`, `utf-8-bom`, `gbk`, `gb18030`, `cp932`, `zengin` (single bytes of
    /// `cp932`: capitals, digits, half-width katakana without small ones), `latin-1`, `ascii`.
    #[serde(default)]
    pub encoding: TextEncoding,
    /// How lines end: `crlf`, `lf`, or `none` (records of fixed width one behind the other).
    #[serde(default)]
    pub line_end: LineEnd,
    /// Whether the last line ends like the others.
    #[serde(default = "yes")]
    pub last_line_end: bool,
    /// What stands between two fields; with it the layout is delimited.
    #[serde(default)]
    pub delimiter: Option<String>,
    /// Other delimiters with which files are read whose row of names has them.
    #[serde(default)]
    pub other_delimiters: Vec<String>,
    /// Whether a delimiter stands before the first field.
    #[serde(default)]
    pub leading_delimiter: bool,
    /// Whether a delimiter stands behind the last field.
    #[serde(default)]
    pub trailing_delimiter: bool,
    /// The character around a field that holds a delimiter; doubled within.
    #[serde(default)]
    pub quote: Option<char>,
    /// Whether every field is quoted, and not only those that need it.
    #[serde(default)]
    pub quote_all: bool,
    /// What stands in front of every value, such as a backtick that keeps spreadsheets from changing numbers.
    #[serde(default)]
    pub value_prefix: String,
    /// What is written for an empty value in a delimited record; read as empty.
    #[serde(default)]
    pub blank: String,
    /// Length of every record; with it the layout has fixed width.
    #[serde(default)]
    pub width: Option<usize>,
    /// What positions and lengths of fixed-width fields count: `bytes` of the encoding, `chars`, or `utf16`.
    #[serde(default)]
    pub unit: WidthUnit,
    /// Number of records to which a file of fixed width is filled up.
    #[serde(default)]
    pub block: Option<u64>,
    /// The record, of one repeated character, that fills a block.
    #[serde(default)]
    pub filler: Option<char>,
    /// Whether rows may end before their last columns; without it such a row is refused, since it may have been cut.
    #[serde(default)]
    pub short_rows: bool,
    /// The most lines before and above the row of column names that are of no record: titles, notes, blanks of a form.
    /// They are passed over when reading, and told.
    #[serde(default)]
    pub preamble: Option<usize>,
    /// How many lines stand above the first record, whatever they hold: titles and names of a sheet whose columns are
    /// known by their position only. Only where files are read only.
    #[serde(default)]
    pub title_lines: u64,
    /// What a comment line begins with; comment lines are passed over when reading.
    #[serde(default)]
    pub comment: Option<String>,
    /// Currency of amounts whose record names none; `XXX`, which ISO 4217 has for no currency, where nothing of the
    /// file tells it.
    #[serde(default)]
    pub currency: Option<String>,
    /// Method of payments: `TRF` (credit transfers) or `DD` (direct debits).
    #[serde(default)]
    pub method: crate::document::Method,
    /// Whether a payments file holds one group only; more are refused.
    #[serde(default)]
    pub one_group: bool,
    /// Most detail records in a file.
    #[serde(default)]
    pub most: Option<u64>,
    /// Whether characters that the encoding lacks are folded to near ones, and reported.
    #[serde(default)]
    pub fold: Fold,
    /// This bank's own CNAPS, clearing or BIC prefixes and names: they answer `same_bank`.
    #[serde(default)]
    pub own: Own,
    /// What only the contract with the bank says, by item, such as `"group.branch" = "001"`: written where the document
    /// has no value. An installation writes it in `[party.layout.payments.values]`.
    #[serde(default)]
    pub values: Ordered<String>,
    /// Whether files of it are only read; then nothing needs to be written back byte for byte.
    #[serde(default)]
    pub read_only: bool,
    /// Whether the file holds totals and balances only, and the details stand in another file.
    #[serde(default)]
    pub summary: bool,
    /// For an XML file, its root element; records then name elements.
    #[serde(default)]
    pub xml_root: Option<String>,
    /// The records by name, in the order in which they stand in a file.
    pub record: Ordered<Record>,
}

fn yes() -> bool {
    true
}

/// A kind of record.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Record {
    /// What the record is for.
    pub kind: RecordKind,
    /// For a `detail` or `more`, the rows that it is for: by item, the values of the document, such as
    /// `{ same_bank = ["no"] }`; all must hold, `"*"` is any value, `""` none. Of several details the first that is for
    /// a row is written, and one without `when` is for all that are left; constants tell them apart when reading.
    #[serde(default)]
    pub when: Option<Ordered<Vec<String>>>,
    /// Literal lines, for `lines`; `*` at the end of a line stands for anything.
    #[serde(default)]
    pub text: Vec<String>,
    /// The fields in their order. In a template that extends another, a table may stand here: by the name of a field,
    /// its keys that are other than there. `after` or `before` another field it is put there, whether it is a new one
    /// or not; `remove` leaves it out.
    #[serde(default)]
    pub fields: Vec<Field>,
    /// Whether it may be missing when reading.
    #[serde(default)]
    pub optional: bool,
    /// The delimiter of this record, where it differs.
    #[serde(default)]
    pub delimiter: Option<String>,
    /// Whether a delimiter stands behind the last field, where it differs.
    #[serde(default)]
    pub trailing_delimiter: Option<bool>,
    /// Whether rows may have further columns behind the last, which nobody can name: they are passed over. All rows
    /// then have as many as the first. Only where no column is found by its name, and not in payments.
    #[serde(default)]
    pub further_columns: bool,
    /// Whether it may stand several times in a row, behind the details.
    #[serde(default)]
    pub repeat: bool,
    /// Whether it stands once in a file and not in every document of it; of `more`, once with every detail: a second
    /// one is an error, and so is none, unless it is `optional`.
    #[serde(default)]
    pub once: bool,
    /// The status of all details behind a section line.
    #[serde(default)]
    pub status: Option<String>,
    /// For an XML file, the path of the element below the root, such as `payList/record`.
    #[serde(default)]
    pub element: Option<String>,
}

/// What a record is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum RecordKind {
    /// Literal lines: a preamble, a notice, a footer.
    Lines,
    /// Values of the whole file, before the details.
    Header,
    /// The row of column names; when reading it decides where each column is.
    Columns,
    /// One payment, status or entry.
    Detail,
    /// More of the detail before it.
    More,
    /// A record that is none of the others: passed over when reading, and told once for each name, which stands in its
    /// first field.
    Other,
    /// A record that balances all others: the sum from the account that pays.
    Balancing,
    /// A line that says something of all details behind it.
    Section,
    /// Values of the whole file, after the details.
    Trailer,
}

/// A field of a record.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Field {
    /// The bank's name of the field; the column name where the layout has a row of them.
    pub name: String,
    /// Other names of the column that are read; beside `is`, other constants that are read, where `*` at the end stands
    /// for anything.
    #[serde(default)]
    pub also: Vec<String>,
    /// A constant: written, and demanded when reading.
    #[serde(default)]
    pub is: Option<String>,
    /// The item of the document that it carries.
    #[serde(default)]
    pub item: Option<Binding>,
    /// An item that is written where `item` has no value, and never read.
    #[serde(default)]
    pub or: Option<Binding>,
    /// What is written where the document has no value.
    #[serde(default)]
    pub default: Option<String>,
    /// Whether it is read only where no field before it gave the payment a value for its item.
    #[serde(default)]
    pub fallback: bool,
    /// For a `fallback` field of a bank, whether a CNAPS number in it goes before what a field before it gave, unless
    /// that is the BIC of a bank outside China: a payment within China goes by this number.
    #[serde(default)]
    pub cnaps_first: bool,
    /// Whether its value is added behind what a field before it gave for its item, after a blank, and the most
    /// characters that both may have: what does not fit is left out whole, and told. Only where files are read only.
    #[serde(default)]
    pub append: Option<usize>,
    /// Whether a blank within the value is an error when reading: the field then stands elsewhere than it is said.
    #[serde(default)]
    pub unbroken: bool,
    /// What kind of number the field takes, where only one will do. Another value is refused; where it is written and
    /// the field may be empty, it is left out, and told.
    #[serde(default)]
    pub takes: Option<Takes>,
    /// Whether no two details of a file may have the same value, and each must have one.
    #[serde(default)]
    pub unique: bool,
    /// For a field of `sum`, whether amounts of several currencies are added up in it; without it a file that has such
    /// a field and several currencies is refused, since nobody could say what its sum is.
    #[serde(default)]
    pub mixed: bool,
    /// For a field of a header or trailer, the hash total that it holds: the digits of a field of every detail, added
    /// up as numbers, of which the last ones are kept, as many as the field has (`len`, `digits`). It is held against
    /// the details when reading.
    #[serde(default)]
    pub hash: Option<Hash>,
    /// For a record behind the details, from which record of the document on the number in this field counts those
    /// before this one: 1 is the first.
    #[serde(default)]
    pub counted_from: Option<u64>,
    /// For a record behind a detail, the name of the detail's `unique` field whose value it must repeat: where lines of
    /// a file were lost, it may stand behind another detail than its own.
    #[serde(default)]
    pub same: Option<String>,
    /// For a record behind a detail, whether the field counts such records: 1 in the first, one more in each.
    #[serde(default)]
    pub counts: bool,
    /// Where the field counts: by item, the values of the document, such as `{ same_bank = ["no"] }`; all must hold,
    /// `"*"` is any value, `""` none. Elsewhere it is written empty, `is` and `required` demand nothing of it, and a
    /// value that stands in it when reading is told or refused.
    #[serde(default)]
    pub when: Option<Ordered<Vec<String>>>,
    /// Whether a value must be there.
    #[serde(default)]
    pub required: bool,
    /// From the file's values to the document's; of several for one value the first is written.
    #[serde(default)]
    pub map: Ordered<String>,
    /// For a field beside the one of `status`, what its words say of the payment: an ISO 20022 code, or nothing (`""`).
    /// All decide together: what failed or waits by one of them is no success, and what contradicts itself is
    /// `unknown`. A word that is not listed here makes a success `unknown`; with `says = {}` every word does.
    #[serde(default)]
    pub says: Option<Ordered<String>>,
    /// Pattern of a date or moment, such as `yyyyMMdd`, `yyMMdd`, `MMdd`, `dd.MM.yy`, `yyyy-MM-dd HH:mm:ss`; `DDD` is
    /// the day of the year, `rr` the year of the Reiwa era. Of several, `["yyyyMMdd", "yyyy-MM-dd"]`, all are read and
    /// the first is written; no text may be of two.
    #[serde(default)]
    pub date: Option<DatePatterns>,
    /// Digits after the decimal point that are written; read amounts may have fewer.
    #[serde(default)]
    pub decimals: Option<u32>,
    /// Whether an amount is in minor units, without a decimal point (分); `decimals` says how many.
    #[serde(default)]
    pub minor: bool,
    /// Whether the decimal point is a comma.
    #[serde(default)]
    pub decimal_comma: bool,
    /// Whether thousands are parted by commas when writing; they are always read.
    #[serde(default)]
    pub thousands: bool,
    /// What stands behind an amount, such as `元`.
    #[serde(default)]
    pub suffix: String,
    /// Whether the last digit carries the sign as a letter (CFONB, EBCDIC zones): `{`, A to I; `}`, J to R.
    #[serde(default)]
    pub overpunch: bool,
    /// Digits to which a number is filled with zeros.
    #[serde(default)]
    pub digits: Option<usize>,
    /// First position of a fixed-width field, from 1; without it the field follows the one before.
    #[serde(default)]
    pub at: Option<usize>,
    /// Length of a fixed-width field.
    #[serde(default)]
    pub len: Option<usize>,
    /// Side to which a fixed-width field is aligned; numbers and amounts stand right, all else left.
    #[serde(default)]
    pub align: Option<Align>,
    /// What fills a fixed-width field: `0` for numbers and amounts, a blank for all else.
    #[serde(default)]
    pub fill: Option<char>,
    /// Longest value of a delimited field.
    #[serde(default)]
    pub max: Option<usize>,
    /// What `max` counts: `chars`, `gbk-bytes`, `utf8-bytes`, `columns`.
    #[serde(default)]
    pub max_unit: LengthUnit,
    /// Whether a text that is too long is cut, at a character, and reported; never for names, accounts, references.
    #[serde(default)]
    pub cut: bool,
    /// For a field of an XML record, whether it is an element and not an attribute.
    #[serde(default)]
    pub element: bool,
    /// For an `x_` item in a record of the details, whether the contract with the bank says its value once for all
    /// payments, so that `values` may give it. What is the payee's, such as the branch of its bank, is said of each
    /// payment: money would go to one place.
    #[serde(default)]
    pub agreed: bool,
    /// What the bank's paper says about the field.
    #[serde(default, deserialize_with = "crate::words::one_or_both")]
    pub note: Text,
}

/// What a hash total adds up.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Hash {
    /// Name of the field of the details; a balancing record that has it is added, too. Of its value only digits count,
    /// those that fill it among them.
    pub of: String,
    /// How many of its digits count, from the first one on; without `first` and `last` all do.
    #[serde(default)]
    pub first: Option<usize>,
    /// How many of its digits count, up to the last one.
    #[serde(default)]
    pub last: Option<usize>,
}

/// An encoding of text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum TextEncoding {
    /// UTF-8 without mark.
    #[default]
    Utf8,
    /// UTF-8 with a byte order mark; read with or without.
    Utf8Bom,
    /// GBK; read as GB18030, which contains it.
    Gbk,
    /// GB18030.
    Gb18030,
    /// Windows code page 932 (Shift JIS).
    Cp932,
    /// The single bytes of code page 932 that Zengin files have: capitals, digits, signs, half-width katakana without
    /// the small ones; names of parties that are written have of signs only `( ) - .`.
    Zengin,
    /// ISO 8859-1, as Windows-1252.
    Latin1,
    /// ASCII.
    Ascii,
}

impl TextEncoding {
    /// Every name and its encoding.
    pub const ALL: &'static [(&'static str, TextEncoding)] = &[
        ("utf-8", TextEncoding::Utf8),
        ("utf-8-bom", TextEncoding::Utf8Bom),
        ("gbk", TextEncoding::Gbk),
        ("gb18030", TextEncoding::Gb18030),
        ("cp932", TextEncoding::Cp932),
        ("zengin", TextEncoding::Zengin),
        ("latin-1", TextEncoding::Latin1),
        ("ascii", TextEncoding::Ascii),
    ];

    /// The name.
    pub fn name(self) -> &'static str {
        Self::ALL.iter().find(|(_, encoding)| *encoding == self).map_or("utf-8", |(name, _)| name)
    }

    /// The bytes as text; what is not of the encoding is replaced.
    pub fn decode(self, bytes: &[u8]) -> String {
        self.codec().decode(bytes).0.into_owned()
    }

    /// Whether it has a character.
    pub fn has(self, c: char) -> bool {
        super::letters::takes(c, self)
    }

    /// What files of it are read as: GB 18030 contains GBK.
    pub(super) fn reads_as(self) -> &'static encoding_rs::Encoding {
        if self == TextEncoding::Gbk { encoding_rs::GB18030 } else { self.codec() }
    }

    /// The codec.
    pub(super) fn codec(self) -> &'static encoding_rs::Encoding {
        match self {
            TextEncoding::Utf8 | TextEncoding::Utf8Bom => encoding_rs::UTF_8,
            TextEncoding::Gbk => encoding_rs::GBK,
            TextEncoding::Gb18030 => encoding_rs::GB18030,
            TextEncoding::Cp932 | TextEncoding::Zengin => encoding_rs::SHIFT_JIS,
            TextEncoding::Latin1 | TextEncoding::Ascii => encoding_rs::WINDOWS_1252,
        }
    }
}

impl<'de> Deserialize<'de> for TextEncoding {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<TextEncoding, D::Error> {
        let name = String::deserialize(deserializer)?;
        let found = TextEncoding::ALL.iter().find(|(known, _)| *known == name);
        found.map(|(_, encoding)| *encoding).ok_or_else(|| {
            let names: Vec<&str> = TextEncoding::ALL.iter().map(|(name, _)| *name).collect();
            let names = names.join(", ");
            let what = text!("`{name}` is not an encoding of files", "`{name}` 不是可用的文件编码");
            let hint = text!("write one of {names}", "可用的有 {names}");
            serde::de::Error::custom(Said::new(what).or_write(hint).carried())
        })
    }
}

/// How lines end.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LineEnd {
    /// CR LF.
    #[default]
    Crlf,
    /// LF.
    Lf,
    /// Nothing.
    None,
}

impl LineEnd {
    pub(super) fn bytes(self) -> &'static [u8] {
        match self {
            LineEnd::Crlf => b"\r\n",
            LineEnd::Lf => b"\n",
            LineEnd::None => b"",
        }
    }
}

/// What a position in a record of fixed width counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum WidthUnit {
    /// Bytes of the encoding.
    #[default]
    Bytes,
    /// Characters.
    Chars,
    /// Characters, those beyond U+FFFF as two, as SAP counts them.
    Utf16,
}

/// What a length counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LengthUnit {
    /// Characters.
    #[default]
    Chars,
    /// Bytes in GBK: two for a Chinese character.
    GbkBytes,
    /// Bytes in UTF-8.
    Utf8Bytes,
    /// Columns of a terminal: two for a full-width character.
    Columns,
}

/// Side of a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Align {
    /// At its beginning.
    Left,
    /// At its end.
    Right,
}

/// How characters that a target lacks are folded.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Fold {
    /// Not at all: they are errors.
    #[default]
    No,
    /// Letters without their accents (ä→ae, é→e), full-width forms to half-width ones.
    Latin,
    /// The same, and kana to half-width katakana, small letters to capitals (Zengin).
    HalfWidthKana,
}

/// What names this bank in a payee's bank.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Own {
    /// Beginnings of its CNAPS or clearing numbers or BICs.
    #[serde(default)]
    pub agents: Vec<String>,
    /// Its names and abbreviations, with which the names of its branches begin, behind `中国` or not.
    #[serde(default)]
    pub names: Vec<String>,
}

impl Own {
    /// Whether the name of a branch is one of this bank; `None` where the name tells no bank, or names this one
    /// elsewhere than at its beginning, as the name of a street or a building does.
    pub(super) fn is_named_in(&self, branch: &str) -> Option<bool> {
        /// What the name of a bank ends with.
        const BANKS: [&str; 5] = ["银行", "信用社", "合作社", "信用联社", "邮政储蓄"];
        /// The last of the two letters that banks are called by for short, in front of their branches' names.
        const SHORT: char = '行';
        let branch = branch.trim();
        let behind = branch.strip_prefix("中国").unwrap_or(branch);
        let begins = |word: &String| branch.strip_prefix(word.as_str()).or_else(|| behind.strip_prefix(word.as_str()));
        if let Some(rest) = self.names.iter().find_map(begins) {
            return Some(!is_abroad(rest));
        }
        let ours = self.names.iter().filter_map(|word| branch.find(word.as_str())).min().unwrap_or(branch.len());
        let another = BANKS.iter().any(|word| branch.find(word).is_some_and(|at| at + word.len() <= ours));
        let short = branch.char_indices().nth(1).is_some_and(|(_, second)| second == SHORT);
        (another || short).then_some(false)
    }
}

/// Whether what stands behind a bank's name makes it the name of a bank of its own abroad, as in `…银行（香港）`.
fn is_abroad(rest: &str) -> bool {
    /// What banks of the same name are called by where they are others.
    const ABROAD: [&str; 10] = ["香港", "澳门", "澳門", "亚洲", "亞洲", "国际", "台湾", "新加坡", "欧洲", "伦敦"];
    let rest = rest.trim_start_matches("股份有限公司").trim_start();
    let Some(inside) = rest.strip_prefix(['(', '（']) else { return false };
    ABROAD.iter().any(|place| inside.starts_with(place))
}

/// A table whose order counts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ordered<V>(pub Vec<(String, V)>);

impl<V> Default for Ordered<V> {
    fn default() -> Ordered<V> {
        Ordered(Vec::new())
    }
}

impl<'de, V: Deserialize<'de>> Deserialize<'de> for Ordered<V> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Ordered<V>, D::Error> {
        struct Pairs<V>(PhantomData<V>);
        impl<'de, V: Deserialize<'de>> Visitor<'de> for Pairs<V> {
            type Value = Ordered<V>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a table")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Ordered<V>, A::Error> {
                let mut pairs = Vec::new();
                while let Some(pair) = map.next_entry()? {
                    pairs.push(pair);
                }
                Ok(Ordered(pairs))
            }
        }
        deserializer.deserialize_map(Pairs(PhantomData))
    }
}

#[cfg(test)]
mod tests {
    use super::Own;

    #[test]
    fn a_bank_of_the_same_name_abroad_is_another() {
        let own = Own { agents: Vec::new(), names: vec!["中国银行".into(), "工商银行".into()] };
        for (branch, is_own) in [
            ("中国银行西湖支行", Some(true)),
            ("中国银行股份有限公司（杭州）西湖支行", Some(true)),
            ("中国工商银行西湖支行", Some(true)),
            ("中国银行（香港）有限公司", Some(false)),
            ("中国工商银行(亚洲)有限公司", Some(false)),
            ("建设银行西湖支行", Some(false)),
        ] {
            assert_eq!(own.is_named_in(branch), is_own, "{branch}");
        }
    }
}
