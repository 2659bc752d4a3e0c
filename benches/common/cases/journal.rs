//! Stating facts, and keeping the payments of a batch.

use std::fs::File;
use std::io::{Seek, SeekFrom, Write};

use bankferry::clock::Clock;
use bankferry::document::{Amount, Currency};
use bankferry::journal::{Arrival, Event, Journal, Kept, NewFact, NewPayment, Rows, SqliteJournal, Sums, Totals};
use rusqlite::{Connection, params};

use super::Job;
use super::inputs::{ACCOUNT, today};
use super::measure::{Measured, measure};

/// The most facts of the cases that wait for the disk.
const MOST_FACTS: u64 = 2_000;

/// What one durable transaction costs at least: a block written and flushed.
pub fn flushes(job: &Job) -> anyhow::Result<Measured> {
    let times = MOST_FACTS.min(job.rows);
    let mut file = File::create(job.dir.join("flushed"))?;
    file.set_len(1 << 22)?;
    file.sync_all()?;
    measure(|| {
        for n in 0..times {
            file.seek(SeekFrom::Start(4096 * (n % 1024)))?;
            file.write_all(&[n as u8; 4096])?;
            file.sync_data()?;
        }
        Ok((times, times * 4096))
    })
}

/// Facts that need nothing else, so many in each transaction.
pub fn facts(job: &Job, together: u64) -> anyhow::Result<Measured> {
    let mut journal = SqliteJournal::open(&job.dir.join("journal.db"))?;
    let transactions = (MOST_FACTS * together.min(16) / together).min(job.rows);
    let incident = Event::Incident {
        what: "something that must not happen did".into(),
        what_zh: "异常".into(),
        kind: Default::default(),
    };
    measure(|| {
        for _ in 0..transactions {
            let facts = (0..together).map(|_| (fact("bank", incident.clone()), Rows::None)).collect();
            journal.append(Clock::system().now(), facts)?;
        }
        Ok((transactions * together, 0))
    })
}

/// A batch of the job's number of payments, in one transaction.
pub fn payments(job: &Job) -> anyhow::Result<Measured> {
    let mut journal = SqliteJournal::open(&job.dir.join("journal.db"))?;
    let kept = Kept { sha256: "0".repeat(64), size: 1, path: "a".into() };
    let arrival = Arrival {
        party: "erp".into(),
        folder: String::new(),
        name: "a.csv".into(),
        claim: "I1".into(),
        lies_at: "a.csv".into(),
        kept: kept.clone(),
        side: Default::default(),
        stays: false,
        owner: None,
    };
    let read = Event::Read { kind: "payments".into(), format: "csv".into(), documents: 1 };
    for event in
        [Event::Received(arrival), Event::Opened { content: kept, signer: None, vouched: Default::default() }, read]
    {
        journal.append(Clock::system().now(), vec![(fact("I1", event), Rows::None)])?;
    }
    let checked = Event::Checked {
        batch: "B1".into(),
        bank: "bank".into(),
        totals: Totals { count: job.rows, sums: Sums::new(), digest: String::new() },
        message_id: None,
        findings: Vec::new(),
        left_out: Vec::new(),
        parts: Vec::new(),
        makeup: None,
    };
    measure(|| {
        let mut rows = (1..=job.rows).map(|seq| Ok(payment(seq)));
        journal.append(Clock::system().now(), vec![(fact("I1", checked), Rows::Payments(&mut rows))])?;
        Ok((job.rows, 0))
    })
}

fn payment(seq: u64) -> NewPayment {
    NewPayment {
        seq,
        end_to_end_id: Some(end_to_end_id(seq)),
        amount: Amount::new(1_000 + seq as i64, 2),
        currency: Currency::parse("EUR").expect("a currency"),
        account: Some(ACCOUNT.into()),
        creditor_name: Some("Alpen Metall AG 00017".into()),
        creditor_account: Some("AT483200000012345864".into()),
        creditor_agent: None,
        group: Some("1".into()),
        execution_date: Some(today()),
        likeness: None,
    }
}

fn end_to_end_id(seq: u64) -> String {
    format!("E2E-{seq:09}")
}

/// The same columns and indexes in a bare table, in one transaction.
pub fn sqlite_rows(job: &Job) -> anyhow::Result<Measured> {
    let mut db = Connection::open(job.dir.join("floor.db"))?;
    db.pragma_update(None, "journal_mode", "WAL")?;
    db.pragma_update(None, "synchronous", "FULL")?;
    db.pragma_update(None, "cache_size", -16_384)?;
    db.execute_batch(
        "CREATE TABLE payment (id INTEGER PRIMARY KEY, batch TEXT, seq INTEGER, e2e TEXT, amount TEXT, currency TEXT,
           account TEXT, name TEXT, creditor TEXT, grp TEXT, date TEXT);
         CREATE UNIQUE INDEX seqs ON payment (batch, seq); CREATE INDEX ids ON payment (e2e);",
    )?;
    let date = today().to_string();
    measure(|| {
        let transaction = db.transaction()?;
        let sql = "INSERT INTO payment (batch, seq, e2e, amount, currency, account, name, creditor, grp, date)
                   VALUES ('B1', ?1, ?2, ?3, 'EUR', ?4, 'Alpen Metall AG 00017', 'AT483200000012345864', '1', ?5)";
        let mut insert = transaction.prepare(sql)?;
        for seq in 1..=job.rows {
            let amount = Amount::new(1_000 + seq as i64, 2).to_string();
            insert.execute(params![seq as i64, end_to_end_id(seq), amount, ACCOUNT, date])?;
        }
        drop(insert);
        transaction.commit()?;
        Ok((job.rows, 0))
    })
}

fn fact(subject: &str, event: Event) -> NewFact {
    NewFact { actor: "bankferry".into(), case: subject.into(), subject: subject.into(), event }
}
