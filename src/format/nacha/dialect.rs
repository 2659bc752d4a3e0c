//! What a bank wants of a NACHA file beyond the rules.

use serde::Deserialize;

/// How a bank wants its NACHA files: what stands between records, and the ids that it gave.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct NachaDialect {
    /// What stands behind every record.
    pub line_end: RecordEnd,
    /// The sender's number at the bank (immediate origin), where the document has none of its own: ten characters as
    /// the bank gave them, often a tax number behind `1`, or a routing number behind a blank.
    pub immediate_origin: Option<String>,
    /// The company's number at the bank (company identification), where the document has none: often `1` and the tax
    /// number.
    pub company_id: Option<String>,
    /// Name of the bank in the file header (immediate destination name); blank where it is not said.
    pub destination_name: Option<String>,
    /// What the payments are for (company entry description), where they do not say it: at most ten characters.
    pub entry_description: Option<String>,
}

/// What stands behind every record.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum RecordEnd {
    /// LF.
    #[default]
    Lf,
    /// CR LF.
    Crlf,
    /// Nothing: records of 94 characters one behind the other.
    None,
}

impl RecordEnd {
    /// The bytes.
    pub(super) fn bytes(self) -> &'static [u8] {
        match self {
            RecordEnd::Lf => b"\n",
            RecordEnd::Crlf => b"\r\n",
            RecordEnd::None => b"",
        }
    }
}
