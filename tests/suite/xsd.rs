//! What we write is valid against the schemas of ISO 20022.
//!
//! `BANKFERRY_XSD` names the directory with the schemas, `xmllint` does the work; without either the
//! test says that it is skipped.

use std::process::Command;

use bankferry::document::{Method, Part, StatementKind};
use bankferry::format::{AddressShape, Dialect, WriteOptions};
use bankferry::template::{self, PartyKind};
use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::TestRunner;

use super::iso20022::{payments, statement, status_report, write};

/// Documents tried per message.
const TRIES: usize = 20;

#[test]
#[allow(clippy::disallowed_methods)]
fn what_is_written_is_valid() {
    let Some(schemas) = std::env::var_os("BANKFERRY_XSD") else {
        println!("skipped: BANKFERRY_XSD does not name a directory with schemas");
        return;
    };
    if Command::new("xmllint").arg("--version").output().is_err() {
        println!("skipped: there is no xmllint");
        return;
    }
    let messages: [(&str, Vec<Vec<Part>>); 13] = [
        ("pain.001.001.03", some(payments(Method::Transfer))),
        ("pain.001.001.09", some(payments(Method::Transfer))),
        ("pain.008.001.02", some(payments(Method::DirectDebit))),
        ("pain.008.001.08", some(payments(Method::DirectDebit))),
        ("pain.002.001.03", some(status_report())),
        ("pain.002.001.10", some(status_report())),
        ("camt.052.001.02", some(statement(StatementKind::Report))),
        ("camt.052.001.08", some(statement(StatementKind::Report))),
        ("camt.053.001.02", some(statement(StatementKind::Statement))),
        ("camt.053.001.08", some(statement(StatementKind::Statement))),
        ("camt.054.001.02", some(statement(StatementKind::Notification))),
        ("camt.054.001.08", some(statement(StatementKind::Notification))),
        ("camt.060.001.05", some(super::requests::report_request())),
    ];
    let dir = tempfile::tempdir().expect("a directory");
    for (message, documents) in messages {
        let mut files = Vec::new();
        for (n, parts) in documents.iter().enumerate() {
            let address = [AddressShape::Structured, AddressShape::None][n % 2];
            let options =
                WriteOptions { dialect: Dialect { address, ..Dialect::default() }, ..WriteOptions::default() };
            let file = dir.path().join(format!("{message}-{n}.xml"));
            let bytes = write(message, parts, &options).unwrap_or_else(|refusal| panic!("{message}: {refusal:?}"));
            std::fs::write(&file, bytes).expect("written");
            files.push(file);
        }
        let schema = std::path::Path::new(&schemas).join(format!("{message}.xsd"));
        let lint = Command::new("xmllint").arg("--noout").arg("--schema").arg(schema).args(files).output();
        let lint = lint.expect("xmllint");
        assert!(lint.status.success(), "{message}: {}", String::from_utf8_lossy(&lint.stderr));
    }
}

/// Every dialect that is shipped, with what its scheme shapes.
#[test]
#[allow(clippy::disallowed_methods)]
fn what_every_dialect_writes_is_valid() {
    let Some(schemas) = std::env::var_os("BANKFERRY_XSD") else {
        println!("skipped: BANKFERRY_XSD does not name a directory with schemas");
        return;
    };
    if Command::new("xmllint").arg("--version").output().is_err() {
        println!("skipped: there is no xmllint");
        return;
    }
    let dir = tempfile::tempdir().expect("a directory");
    let mut tried = 0;
    for (name, _) in template::built_in() {
        let found = template::find(std::path::Path::new("/nowhere"), name).expect("a template");
        let message = &found.payments.format;
        if found.kind != PartyKind::Bank || !found.speaks_of_payments() || !message.starts_with("pain.") {
            continue;
        }
        for (n, order) in super::schemes::orders(found.collects()).into_iter().enumerate() {
            let file = dir.path().join(format!("{name}-{n}.xml"));
            let (written, _) = order.written(name);
            std::fs::write(&file, written).expect("written");
            let schema = std::path::Path::new(&schemas).join(format!("{message}.xsd"));
            let lint = Command::new("xmllint").arg("--noout").arg("--schema").arg(schema).arg(file).output();
            let lint = lint.expect("xmllint");
            assert!(lint.status.success(), "{name}: {}", String::from_utf8_lossy(&lint.stderr));
            tried += 1;
        }
    }
    assert!(tried > 20, "{tried}");
}

fn some(strategy: impl Strategy<Value = Vec<Part>>) -> Vec<Vec<Part>> {
    let mut runner = TestRunner::deterministic();
    (0..TRIES).map(|_| strategy.new_tree(&mut runner).expect("a document").current()).collect()
}
