//! All tables once more, from the facts: whether they say what follows from the chain.
//!
//! Whoever can write the journal's file can change a table without touching a fact. So the facts are folded anew, by
//! the code that folded them, into a scratch database that SQLite keeps in a temporary file and removes; rows that
//! were added with a fact are taken from the journal and held against the digest that the fact's link covers. Then the
//! two are compared table by table. Memory is constant.
//!
//! Two things no fact tells, and so are not compared: the counters of ids, of which only gaps follow (an id that was
//! given before is refused), and, in a journal from before facts covered their rows, what an entry was before a person
//! matched it.

use std::path::Path;

use rusqlite::{Connection, OpenFlags, params};

use super::added::{Added, document_of};
use super::chain::Link;
use super::schema::STEPS;
use super::sqlite::storage;
use super::{Event, JournalError, NewFact, Rows, SqliteJournal, fold};
use crate::text;
use crate::words::{Explain, Text};

/// Rows of a table that are told one by one.
const MOST_TOLD: usize = 5;
/// Pages of the scratch database in memory, in KiB.
const CACHE: i64 = -32_768;

/// The tables that follow from facts, each with the columns that name a row.
const TABLES: [(&str, &str); 19] = [
    ("inbound", "id"),
    ("batch", "id"),
    ("outbound", "id"),
    ("carried", "outbound, batch, first"),
    ("payment", "id"),
    ("payment_change", "rowid"),
    ("payee", "party, creditor, name, account"),
    ("proposal", "fact"),
    ("statement", "inbound, document"),
    ("entry", "inbound, document, seq"),
    ("entry_match", "rowid"),
    ("entry_match_gone", "rowid"),
    ("entry_before", "inbound, document, seq, fact"),
    ("receipt", "inbound, seq"),
    ("contact", "party"),
    ("standing", "one"),
    ("alarm", "id"),
    ("alarm_route", "alarm, route"),
    ("report", "bank, number"),
];

/// Tables in which an older journal has what no fact told.
const OF_ENTRIES: [&str; 3] = ["statement", "entry", "entry_match"];

/// What the tables say otherwise than the facts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Replay {
    /// Facts of before facts covered their rows: their rows were believed.
    pub uncovered: u64,
    /// Why nothing was proved, where the journal is of an older version.
    pub older: Option<Text>,
    /// Each with its place: a fact, or a table.
    pub faults: Vec<(String, Text)>,
}

/// Folds the facts of a journal once more and compares; `each` hears how many facts are done.
///
/// # Errors
/// [`JournalError::Storage`] when the journal cannot be read or there is no room for the scratch database.
pub fn replay(journal: &SqliteJournal, each: &mut dyn FnMut(u64)) -> Result<Replay, JournalError> {
    let path = &journal.path;
    if !journal.covers_rows().map_err(|e| storage(path, &e))? {
        let what = text!(
            "it is of an older version: its tables are proved once this program has opened it to work",
            "日志为旧版本：本程序打开并运行一次后方可证明各表"
        );
        return Ok(Replay { older: Some(what), ..Replay::default() });
    }
    let run = || -> rusqlite::Result<Connection> {
        // An empty name is a database in a temporary file of SQLite's own.
        let db = Connection::open_with_flags("", OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE)?;
        db.set_prepared_statement_cache_capacity(128);
        db.pragma_update(None, "cache_size", CACHE)?;
        db.pragma_update(None, "synchronous", "OFF")?;
        db.execute_batch(&STEPS.concat())?;
        db.execute("ATTACH DATABASE ?1 AS kept", [path.to_string_lossy()])?;
        db.execute_batch("BEGIN")?;
        Ok(db)
    };
    let db = run().map_err(|e| storage(path, &e))?;
    let mut again = Again { db: &db, path, replay: Replay::default(), change: 0 };
    if again.facts(each)? {
        again.tables().map_err(|e| storage(path, &e))?;
    }
    Ok(again.replay)
}

/// One stored fact.
struct Stored {
    seq: u64,
    at: String,
    fact: NewFact,
    /// The digest of the rows that were added with it.
    added: Option<Link>,
}

struct Again<'a> {
    db: &'a Connection,
    path: &'a Path,
    replay: Replay,
    /// The last row of `payment_change` that was taken.
    change: i64,
}

impl Again<'_> {
    fn failed(&self, error: &rusqlite::Error) -> JournalError {
        storage(self.path, error)
    }

    fn fault(&mut self, place: impl Into<String>, what: Text) {
        self.replay.faults.push((place.into(), what));
    }

    /// Folds every fact; whether all could be.
    fn facts(&mut self, each: &mut dyn FnMut(u64)) -> Result<bool, JournalError> {
        let db = self.db;
        let sql = "SELECT seq, at, actor, kase, subject, event, added FROM kept.fact ORDER BY seq";
        let mut statement = db.prepare(sql).map_err(|e| self.failed(&e))?;
        let mut rows = statement.query([]).map_err(|e| self.failed(&e))?;
        while let Some(row) = rows.next().map_err(|e| self.failed(&e))? {
            let stored = stored(row).map_err(|e| self.failed(&e))?;
            let seq = stored.seq;
            match self.fold(stored) {
                Ok(()) => each(seq),
                Err(error @ JournalError::Storage { .. }) => return Err(error),
                Err(error) => {
                    let Text { en, zh } = error.what();
                    let what = text!(
                        "fact {seq} does not follow from those before it, so no table is proved: {en}",
                        "第 {seq} 条记录与之前的记录不相承接，各表均无法证明：{zh}"
                    );
                    self.fault(format!("fact {seq}"), what);
                    return Ok(false);
                }
            }
        }
        Ok(true)
    }

    fn fold(&mut self, stored: Stored) -> Result<(), JournalError> {
        let Stored { seq, at, fact, added } = stored;
        let kind = Added::by(&fact.event);
        let last = kind.map(|kind| kind.last(self.db)).transpose().map_err(|e| self.failed(&e))?.unwrap_or_default();
        let of_entry = matches!(fact.event, Event::EntryMatched { .. } | Event::EntryUnmatched { .. });
        let covered = added.is_some() || kind.is_none();
        if !covered {
            self.replay.uncovered += 1;
        }
        // What an older journal did to an entry is in its row already.
        if covered || !of_entry {
            fold::apply(self.db, self.path, &at, seq, &fact, Rows::None)?;
        }
        self.rows(seq, &fact, kind, covered).map_err(|e| self.failed(&e))?;
        if let (Some(kind), Some(added)) = (kind, added) {
            let found = kind.digest(self.db, seq, &fact, last).map_err(|e| self.failed(&e))?;
            if found != added {
                let (table, id) = (table_of(kind), &fact.subject);
                let what = text!(
                    "rows of `{table}` that came with fact {seq} (`{id}`) are not what they were",
                    "随第 {seq} 条记录（`{id}`）写入 `{table}` 的行已被改动"
                );
                self.fault(format!("fact {seq}"), what);
            }
        }
        self.keep(seq).map_err(|e| self.failed(&e))
    }

    /// The fact itself, since some folding looks at facts before it.
    fn keep(&self, seq: u64) -> rusqlite::Result<()> {
        let sql = "INSERT INTO main.fact (seq, at, actor, kase, subject, event, link)
                   SELECT seq, at, actor, kase, subject, event, link FROM kept.fact WHERE seq = ?1";
        self.db.prepare_cached(sql)?.execute([seq as i64]).map(drop)
    }

    /// The rows that were added with a fact.
    fn rows(&mut self, seq: u64, fact: &NewFact, kind: Option<Added>, covered: bool) -> rusqlite::Result<()> {
        match kind {
            Some(Added::Payments) => self.payments(&fact.event)?,
            Some(Added::Entries) => self.entries(&fact.subject)?,
            Some(Added::Matches) => self.matches(seq, fact, covered)?,
            Some(Added::Changes) | None => {}
        }
        // These three fold their changes themselves.
        let own = matches!(fact.event, Event::Resent { .. } | Event::Unknown(_) | Event::PaymentResolved { .. });
        self.changes(seq, !own)
    }

    /// The payments of a batch as they were checked: a merged file counts their groups on afterwards.
    fn payments(&self, event: &Event) -> rusqlite::Result<()> {
        let Event::Checked { batch, .. } = event else { return Ok(()) };
        let counted = "SELECT coalesce((SELECT sum(json_extract(f.event, '$.groups_before')) FROM kept.fact f
                         WHERE f.subject = ?1 AND json_extract(f.event, '$.event') = 'merged'), 0)
                       - coalesce((SELECT sum(json_extract(f.event, '$.apart.groups_before')) FROM kept.fact f
                         JOIN kept.batch b ON b.inbound = f.kase
                         WHERE b.id = ?1 AND json_extract(f.event, '$.event') = 'numbered'), 0)";
        let counted: i64 = self.db.prepare_cached(counted)?.query_row([batch], |row| row.get(0))?;
        let sql = "INSERT INTO main.payment (id, batch, seq, end_to_end_id, amount, currency, account, creditor_name,
                   creditor_account, creditor_agent, payee_bank, grp, execution_date, likeness)
                   SELECT id, batch, seq, end_to_end_id, amount, currency, account, creditor_name, creditor_account,
                   creditor_agent, payee_bank,
                   CASE WHEN ?2 = 0 THEN grp ELSE CAST(CAST(grp AS INTEGER) - ?2 AS TEXT) END, execution_date, likeness
                   FROM kept.payment WHERE batch = ?1";
        self.db.prepare_cached(sql)?.execute(params![batch, counted]).map(drop)
    }

    /// The entries of a file as they were read.
    fn entries(&self, inbound: &str) -> rusqlite::Result<()> {
        let sql = "INSERT INTO main.entry (inbound, document, seq, amount, currency, indicator, status, booking_date,
                   value_date, reference, bank_reference, code, counterparty_name, counterparty_account, info, state,
                   why, how, sure, rest)
                   SELECT e.inbound, e.document, e.seq, e.amount, e.currency, e.indicator, e.status, e.booking_date,
                   e.value_date, e.reference, e.bank_reference, e.code, e.counterparty_name, e.counterparty_account,
                   e.info, coalesce(b.state, e.state), iif(b.fact IS NULL, e.why, b.why),
                   iif(b.fact IS NULL, e.how, b.how), iif(b.fact IS NULL, e.sure, b.sure), coalesce(b.rest, e.rest)
                   FROM kept.entry e LEFT JOIN kept.entry_before b
                   ON b.inbound = e.inbound AND b.document = e.document AND b.seq = e.seq AND b.fact =
                     (SELECT min(f.fact) FROM kept.entry_before f
                      WHERE f.inbound = e.inbound AND f.document = e.document AND f.seq = e.seq)
                   WHERE e.inbound = ?1";
        self.db.prepare_cached(sql)?.execute([inbound]).map(drop)
    }

    /// The matches that came with a fact, also those that were taken back since.
    fn matches(&self, seq: u64, fact: &NewFact, covered: bool) -> rusqlite::Result<()> {
        let of_statement = matches!(fact.event, Event::StatementKept(_));
        if !covered && !of_statement {
            return Ok(());
        }
        let document = document_of(&fact.event).unwrap_or_default() as i64;
        let own = covered.then_some(seq as i64);
        let sql = "INSERT INTO main.entry_match (rowid, inbound, document, entry, detail, payment, how, sure, fact)
                   SELECT rowid, inbound, document, entry, detail, payment, how, sure, fact FROM kept.entry_match
                   WHERE inbound = ?1 AND document = ?2 AND fact IS ?3
                   UNION ALL SELECT place, inbound, document, entry, detail, payment, how, sure, fact
                   FROM kept.entry_match_gone WHERE inbound = ?1 AND document = ?2 AND fact IS ?3 ORDER BY 1";
        self.db.prepare_cached(sql)?.execute(params![fact.subject, document, own]).map(drop)
    }

    /// The changes of payments that came with a fact; they lie in the order of the facts.
    fn changes(&mut self, seq: u64, taken: bool) -> rusqlite::Result<()> {
        let sql = "SELECT rowid, fact, payment, state, bank_status, reason FROM kept.payment_change WHERE rowid > ?1
                   ORDER BY rowid";
        let mut statement = self.db.prepare_cached(sql)?;
        let mut rows = statement.query([self.change])?;
        while let Some(row) = rows.next()? {
            if row.get::<_, i64>(1)? as u64 > seq {
                break;
            }
            self.change = row.get(0)?;
            if row.get::<_, i64>(1)? as u64 != seq || !taken {
                continue;
            }
            let (payment, state) = (row.get::<_, i64>(2)?, row.get::<_, String>(3)?);
            let (bank_status, reason): (Option<String>, Option<String>) = (row.get(4)?, row.get(5)?);
            let values = params![payment, state, bank_status, reason];
            let sql = "UPDATE main.payment SET state = ?2, bank_status = coalesce(?3, bank_status),
                       reason = coalesce(?4, reason) WHERE id = ?1";
            self.db.prepare_cached(sql)?.execute(values)?;
            let sql = "INSERT INTO main.payment_change (fact, payment, state, bank_status, reason)
                       VALUES (?1,?2,?3,?4,?5)";
            self.db.prepare_cached(sql)?.execute(params![seq as i64, payment, state, bank_status, reason])?;
        }
        Ok(())
    }

    /// Compares the tables.
    fn tables(&mut self) -> rusqlite::Result<()> {
        for (table, key) in TABLES {
            if self.replay.uncovered == 0 || !OF_ENTRIES.contains(&table) {
                self.compare(table, key)?;
            }
        }
        let sql = "SELECT letter || ' ' || day FROM kept.counter k WHERE letter LIKE 'sequence %' AND last IS NOT
                   (SELECT last FROM main.counter m WHERE m.letter = k.letter AND m.day = k.day)
                   UNION SELECT letter || ' ' || day FROM main.counter m WHERE NOT EXISTS
                   (SELECT 1 FROM kept.counter k WHERE k.letter = m.letter AND k.day = m.day)";
        let mut statement = self.db.prepare(sql)?;
        let names: Vec<String> = statement.query_map([], |row| row.get(0))?.collect::<rusqlite::Result<_>>()?;
        for name in names {
            let what = text!(
                "the table `counter` says otherwise than the facts: `{name}`",
                "`counter` 表中的 `{name}` 与记录不符"
            );
            self.fault("counter", what);
        }
        Ok(())
    }

    /// The rows of one table that are missing, too many or different, in both directions.
    fn compare(&mut self, table: &str, key: &str) -> rusqlite::Result<()> {
        let columns = self.columns(table)?;
        let keys: Vec<&str> = key.split(", ").collect();
        let on = keys.iter().map(|key| format!("m.{key} = k.{key}")).collect::<Vec<_>>().join(" AND ");
        let shown = |side: char| keys.iter().map(|key| format!("{side}.{key}")).collect::<Vec<_>>().join(" || '/' || ");
        let differs = columns.iter().map(|column| format!("k.{column} IS NOT m.{column}")).collect::<Vec<_>>();
        let (first, differs) = (keys[0], differs.join(" OR "));
        // What differs is named by its columns, so that a person sees at once whether it is a state or an account.
        let named =
            columns.iter().map(|c| format!("iif(k.{c} IS NOT m.{c}, ' {c}', '')")).collect::<Vec<_>>().join(" || ");
        let looks = [
            (
                format!(
                    "SELECT {}, {named} FROM kept.{table} k JOIN main.{table} m ON {on} WHERE {differs}",
                    shown('k')
                ),
                text!("say otherwise than the facts", "与记录不符"),
            ),
            (
                format!(
                    "SELECT {}, '' FROM kept.{table} k LEFT JOIN main.{table} m ON {on} WHERE m.{first} IS NULL",
                    shown('k')
                ),
                text!("come from no fact", "没有对应的记录"),
            ),
            (
                format!(
                    "SELECT {}, '' FROM main.{table} m LEFT JOIN kept.{table} k ON {on} WHERE k.{first} IS NULL",
                    shown('m')
                ),
                text!("are missing", "缺失"),
            ),
        ];
        for (sql, said) in looks {
            let (mut count, mut names) = (0_u64, Vec::new());
            let mut statement = self.db.prepare(&sql)?;
            let mut rows = statement.query([])?;
            while let Some(row) = rows.next()? {
                count += 1;
                if names.len() < MOST_TOLD {
                    let (name, columns): (String, String) = (row.get_ref(0).map(shown_as)?, row.get(1)?);
                    let columns = columns.trim().replace(' ', ", ");
                    names.push(if columns.is_empty() { name } else { format!("{name} ({columns})") });
                }
            }
            if count > 0 {
                let (names, Text { en, zh }) = (names.join("; "), said);
                let what = text!(
                    "{count} rows of the table `{table}` {en}, first {names}",
                    "`{table}` 表中 {count} 行{zh}，首先是 {names}"
                );
                self.fault(table, what);
            }
        }
        Ok(())
    }

    fn columns(&self, table: &str) -> rusqlite::Result<Vec<String>> {
        let mut statement = self.db.prepare("SELECT name FROM pragma_table_info(?1)")?;
        statement.query_map([table], |row| row.get(0))?.collect()
    }
}

fn stored(row: &rusqlite::Row<'_>) -> rusqlite::Result<Stored> {
    let event = super::rows::json(row, 5)?;
    let fact = NewFact { actor: row.get(2)?, case: row.get(3)?, subject: row.get(4)?, event };
    Ok(Stored { seq: row.get::<_, i64>(0)? as u64, at: row.get(1)?, fact, added: row.get(6)? })
}

/// The name of a row: text, or a number where it has one column.
fn shown_as(value: rusqlite::types::ValueRef<'_>) -> String {
    match value {
        rusqlite::types::ValueRef::Integer(number) => number.to_string(),
        other => other.as_str().unwrap_or_default().to_string(),
    }
}

fn table_of(kind: Added) -> &'static str {
    match kind {
        Added::Payments => "payment",
        Added::Entries => "entry",
        Added::Matches => "entry_match",
        Added::Changes => "payment_change",
    }
}
