//! The layouts of a template: from its tables to compiled plans.

use std::sync::Arc;

use serde::{Deserialize, Deserializer};

use crate::format::layout::{Carries, Layout, Layouts, Plan};

/// Files of the party's own, by what they carry.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Tables {
    /// Payments: for a bank, or from an ERP.
    #[serde(default)]
    payments: Option<Layout>,
    /// What became of payments: a bank's result file, or what an ERP is told.
    #[serde(default)]
    status: Option<Layout>,
    /// Why an ERP's file, or a payment of it, goes no further: what the ERP is told.
    #[serde(default)]
    refusal: Option<Layout>,
    /// Account statements: from a bank, or for an ERP.
    #[serde(default)]
    statement: Option<Layout>,
    /// The index of a receipt bundle, which is only read.
    #[serde(default)]
    receipts: Option<Layout>,
}

/// Compiles the layouts; contradictions in them are told with the other mistakes of the file.
pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Layouts, D::Error> {
    let tables = Tables::deserialize(deserializer)?;
    let mut layouts = Layouts::default();
    let index = tables.receipts.map(|layout| Layout { read_only: true, ..layout });
    for (carries, layout) in [
        (Carries::Payments, tables.payments),
        (Carries::Status, tables.status),
        (Carries::Refusal, tables.refusal),
        (Carries::Statement, tables.statement),
        (Carries::Receipts, index),
    ] {
        let Some(layout) = layout else { continue };
        let kind = carries.word();
        match Plan::compile(kind, layout, carries) {
            Ok(plan) => layouts.plans.push(Arc::new(plan)),
            Err(mistakes) => layouts.mistakes.extend(mistakes.into_iter().map(|mut said| {
                said.path.splice(0..0, ["layout".to_string(), kind.to_string()]);
                said
            })),
        }
    }
    Ok(layouts)
}
