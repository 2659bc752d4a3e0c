//! Findings of a reader, with the levels that its caller chose.

use std::collections::BTreeMap;

use crate::document::Amount;
use crate::finding::{Finding, Findings, Level, Place};
use crate::text;

/// The names of everything that a reader may notice, in their order: what `[in] levels` may speak of.
pub const READERS_RULES: &[&str] = &[
    "account",
    "account-missing",
    "addenda",
    "address-lines",
    "amount",
    "amount-decimals",
    "amount-missing",
    "balance",
    "balance-amount-missing",
    "balance-incomplete",
    "balance-indicator-missing",
    "balance-mismatch",
    "balance-order",
    "balance-sign",
    "balance-twice",
    "balance-type-missing",
    "balance-unchecked",
    "balancing",
    "batch-control",
    "blank-within",
    "block-count",
    "cancellation-of-what",
    "character",
    "charge-bearer",
    "check-digit",
    "class-case",
    "closing-balance-missing",
    "code",
    "column-missing",
    "column-twice",
    "condition",
    "constant",
    "contradiction",
    "control-character",
    "control-count",
    "control-total",
    "count-mismatch",
    "count-missing",
    "counterparty-missing",
    "country",
    "created-missing",
    "csv",
    "currency",
    "currency-differs",
    "currency-missing",
    "date",
    "date-missing",
    "debtor-differs",
    "detail-twice",
    "digits-lost",
    "direction",
    "direction-unknown",
    "duplicate-group",
    "empty",
    "empty-file",
    "empty-row",
    "encoding",
    "end-to-end-id-missing",
    "entry",
    "envelope",
    "exchange-rate",
    "field-missing",
    "file-header",
    "flag",
    "funds-type",
    "group-id-missing",
    "group-missing",
    "group-status",
    "hash-mismatch",
    "header-missing",
    "hidden-character",
    "index",
    "indicator",
    "indicator-missing",
    "json",
    "kind",
    "kind-of-number",
    "left-out",
    "line-ends",
    "line-too-long",
    "message",
    "message-id-missing",
    "message-name-missing",
    "method",
    "minor-unit",
    "mixed-currencies",
    "namespace",
    "no-answers",
    "no-line-end",
    "no-payments",
    "no-record",
    "no-statement",
    "not-applicable",
    "not-carried",
    "not-in-index",
    "not-read",
    "number",
    "one-message",
    "opening-balance-missing",
    "original-id-missing",
    "original-message-id-missing",
    "payments-missing",
    "preamble",
    "quote",
    "ragged-row",
    "read-only",
    "receipt-missing",
    "receipt-twice",
    "record",
    "record-count",
    "record-elsewhere",
    "record-length",
    "record-missing",
    "record-order",
    "record-twice",
    "reference",
    "remittance-joined",
    "row-cut",
    "spreadsheet",
    "statement-missing",
    "status-contradicts",
    "status-unknown",
    "sum-mismatch",
    "sum-overflow",
    "sum-too-large",
    "summary",
    "summary-mismatch",
    "too-deep",
    "too-large",
    "too-long",
    "too-many",
    "too-many-balances",
    "too-many-fields",
    "too-many-groups",
    "trace-number",
    "truncated",
    "unfinished",
    "unknown-column",
    "unknown-element",
    "unknown-format",
    "unknown-record",
    "unknown-tag",
    "urgency",
    "version",
    "wrong-type",
    "xml",
    "xml-control-character",
    "xml-doctype",
    "xml-stray-text",
    "zip-bomb",
    "zip-damaged",
    "zip-directory",
    "zip-kind",
    "zip-name",
];

/// Those of them that no template may lower: what is said of amounts, accounts and directions, of their totals, and of
/// files that are not whole.
pub const FIRM_RULES: &[&str] = &[
    "account",
    "account-missing",
    "amount",
    "amount-decimals",
    "amount-missing",
    "batch-control",
    "code",
    "column-twice",
    "constant",
    "control-count",
    "control-total",
    "count-mismatch",
    "currency",
    "currency-missing",
    "date",
    "direction",
    "direction-unknown",
    "field-missing",
    "hidden-character",
    "indicator",
    "kind-of-number",
    "minor-unit",
    "mixed-currencies",
    "number",
    "quote",
    "ragged-row",
    "record-count",
    "record-elsewhere",
    "record-missing",
    "record-twice",
    "remittance-joined",
    "row-cut",
    "spreadsheet",
    "status-contradicts",
    "sum-mismatch",
    "sum-overflow",
    "sum-too-large",
    "truncated",
    "unfinished",
];

/// Collects the findings of one document.
#[derive(Debug, Default)]
pub(crate) struct Notes {
    list: Findings,
    levels: BTreeMap<String, Level>,
}

/// Opening balance and booked entries that do not make the closing balance; `None` where they do, or where the sum of
/// the two is too large to be a balance.
pub(crate) fn balances_disagree(opening: Amount, booked: Amount, closing: Amount, place: Place) -> Option<Finding> {
    let computed = opening.checked_add(booked).filter(|computed| *computed != closing)?;
    let message = text!(
        "the balances do not agree: {opening} and the entries make {computed}, the bank says {closing}",
        "余额不符：期初 {opening} 加明细为 {computed}，银行给出 {closing}"
    );
    Some(Finding::warning("balance-mismatch", place, message))
}

impl Notes {
    /// An empty list under the caller's levels.
    pub fn new(levels: &BTreeMap<String, Level>) -> Notes {
        Notes { list: Findings::default(), levels: levels.clone() }
    }

    /// Adds a finding at the level that the caller chose for its rule, else at its own.
    pub fn push(&mut self, mut finding: Finding) {
        debug_assert!(READERS_RULES.contains(&finding.rule.as_ref()), "`{}` is not listed", finding.rule);
        if let Some(level) = self.levels.get(finding.rule.as_ref()) {
            finding.level = *level;
        }
        self.list.push(finding);
    }

    /// All findings of this document; the list is empty for the next.
    pub fn take(&mut self) -> Vec<Finding> {
        self.list.take()
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::{FIRM_RULES, READERS_RULES};

    /// The text of every reader's file below a folder.
    fn sources(folder: &Path, all: &mut String) {
        for entry in std::fs::read_dir(folder).expect("a folder").flatten() {
            let path = entry.path();
            let name = path.file_stem().and_then(|stem| stem.to_str()).unwrap_or_default().to_string();
            let writes = ["write", "writer", "emit", "pen", "letters", "fold", "notes", "tests", "missed", "sound"];
            match path.is_dir() {
                true => sources(&path, all),
                false if writes.contains(&name.as_str()) => {}
                false => {
                    let text = std::fs::read_to_string(&path).expect("a source");
                    all.push_str(text.split("#[cfg(test)]").next().unwrap_or_default());
                }
            }
        }
    }

    #[test]
    fn every_rule_that_readers_notice_is_listed_and_no_other() {
        let mut all = String::new();
        sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src/format"), &mut all);
        // A rule is told where a finding is made, or where the sentence for one is handed to its place.
        let made = ["Finding::error(", "Finding::warning(", "Finding::info(", ".warn(", ".error(", "refused("];
        let handed = [".wrong(", "Err((", "Some((", "Wrong::Rule(", "missing("];
        for call in made.into_iter().chain(handed) {
            for rest in all.split(call).skip(1) {
                let Some(name) = rest.trim_start().strip_prefix('"').and_then(|rest| rest.split('"').next()) else {
                    continue;
                };
                if name.is_empty() || !name.bytes().all(|b| b.is_ascii_lowercase() || b == b'-') {
                    continue;
                }
                assert!(READERS_RULES.contains(&name), "`{name}` is not listed");
            }
        }
        for name in READERS_RULES {
            assert!(all.contains(&format!("\"{name}\"")), "nobody notices `{name}`");
        }
        assert!(READERS_RULES.is_sorted() && FIRM_RULES.is_sorted());
        assert!(FIRM_RULES.iter().all(|rule| READERS_RULES.contains(rule)));
    }
}
