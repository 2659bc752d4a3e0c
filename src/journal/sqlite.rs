//! The journal in one SQLite file: WAL, `synchronous=FULL`, pragmas read back at start.
//!
//! WAL with `synchronous=NORMAL` loses committed facts on a power cut; `FULL` does not. So the
//! setting is part of the promise and the journal refuses to open when it did not take.

use std::path::{Path, PathBuf};
use std::time::Duration;

use jiff::Timestamp;
use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags, OptionalExtension, Transaction, TransactionBehavior, params};

use super::added::Added;
use super::chain::{self, Covered, GENESIS, Link};
use super::schema::STEPS;
use super::{IdKind, Journal, JournalError, NewFact, Records, Rows, fold, moment};
use crate::disk;
use crate::document::Date;
use crate::text;
use crate::words::Text;

/// How long a command waits for another program's transaction.
const PATIENCE: Duration = Duration::from_secs(30);

/// More files of one kind than a day has; with it an id still has the 16 characters that old formats allow.
const IDS_PER_EPOCH: i64 = 100_000;

/// The journal in one SQLite file.
pub struct SqliteJournal {
    pub(super) db: Connection,
    pub(super) path: PathBuf,
}

impl SqliteJournal {
    /// Opens the journal, making it where there is none.
    ///
    /// # Errors
    /// [`JournalError::Untrusted`] when the settings that durability rests on did not take, or the
    /// file is of a newer version; [`JournalError::Storage`] otherwise.
    pub fn open(path: &Path) -> Result<SqliteJournal, JournalError> {
        let db = Connection::open(path).map_err(|e| storage(path, &e))?;
        SqliteJournal::set_up(db, path)
    }

    /// Opens an existing journal for looking only.
    ///
    /// # Errors
    /// [`JournalError`], also when there is none.
    pub fn open_to_read(path: &Path) -> Result<SqliteJournal, JournalError> {
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let db = Connection::open_with_flags(path, flags).map_err(|e| storage(path, &e))?;
        db.busy_timeout(PATIENCE).map_err(|e| storage(path, &e))?;
        keep_plans(&db).map_err(|e| storage(path, &e))?;
        db.pragma_update(None, "query_only", "ON").map_err(|e| storage(path, &e))?;
        Ok(SqliteJournal { db, path: path.to_path_buf() })
    }

    fn set_up(db: Connection, path: &Path) -> Result<SqliteJournal, JournalError> {
        let set = || -> rusqlite::Result<()> {
            db.busy_timeout(PATIENCE)?;
            db.pragma_update(None, "journal_mode", "WAL")?;
            db.pragma_update(None, "synchronous", "FULL")?;
            db.pragma_update(None, "foreign_keys", "ON")?;
            db.pragma_update(None, "trusted_schema", "OFF")?;
            db.pragma_update(None, "cell_size_check", "ON")?;
            db.pragma_update(None, "cache_size", -16_384)?;
            keep_plans(&db)
        };
        set().map_err(|e| storage(path, &e))?;
        read_back(&db, path)?;
        let journal = SqliteJournal { db, path: path.to_path_buf() };
        journal.make_tables()?;
        Ok(journal)
    }

    fn make_tables(&self) -> Result<(), JournalError> {
        let known = STEPS.len() as i64;
        if self.get::<i64>("PRAGMA user_version")? == known {
            return Ok(());
        }
        // Asked again inside the transaction: another program may have made them meanwhile.
        let transaction =
            Transaction::new_unchecked(&self.db, TransactionBehavior::Immediate).map_err(|e| self.storage(e))?;
        let version: i64 = self.get("PRAGMA user_version")?;
        let missing = usize::try_from(version).ok().and_then(|had| STEPS.get(had..)).ok_or_else(|| {
            let cause = format!("it has version {version}, this program knows {known}");
            JournalError::Untrusted { path: self.path.display().to_string(), cause }
        })?;
        self.db
            .execute_batch(&format!("{} PRAGMA user_version = {known};", missing.concat()))
            .and_then(|()| transaction.commit())
            .map_err(|e| self.storage(e))
    }

    fn get<T: rusqlite::types::FromSql>(&self, sql: &str) -> Result<T, JournalError> {
        self.db.query_row(sql, [], |row| row.get(0)).map_err(|e| self.storage(e))
    }

    pub(super) fn storage(&self, error: rusqlite::Error) -> JournalError {
        storage(&self.path, &error)
    }

    /// A consistent copy of the journal while it is in use, through SQLite's own backup.
    ///
    /// # Errors
    /// [`JournalError::Storage`].
    pub fn copy_to(&self, path: &Path) -> Result<(), JournalError> {
        let copy = || -> rusqlite::Result<()> {
            let mut target = Connection::open(path)?;
            let backup = rusqlite::backup::Backup::new(&self.db, &mut target)?;
            backup.run_to_completion(1_000, Duration::ZERO, None)?;
            drop(backup);
            // One file that is whole by itself, without a log beside it.
            target.pragma_update(None, "journal_mode", "DELETE")
        };
        copy().map_err(|e| self.storage(e))
    }

    /// Lets `look` see the journal as it is at one moment, whatever others append meanwhile.
    ///
    /// # Errors
    /// Those of `look`; [`JournalError::Storage`].
    pub fn at_one_moment<T, E: From<JournalError>>(&self, look: impl FnOnce() -> Result<T, E>) -> Result<T, E> {
        let moment = self.db.unchecked_transaction().map_err(|e| self.storage(e))?;
        let seen = look()?;
        moment.finish().map_err(|e| self.storage(e))?;
        Ok(seen)
    }

    /// The first fact of a case or subject whose link is not what it must be after the fact before it. A look at these
    /// few costs little; [`Records::verify_chain`] looks at all.
    ///
    /// # Errors
    /// [`JournalError::Storage`].
    pub fn broken_link_of(&self, id: &str) -> Result<Option<u64>, JournalError> {
        let sql = "SELECT f.seq, f.at, f.actor, f.kase, f.subject, f.event, f.added, f.link, p.link FROM fact f
                   LEFT JOIN fact p ON p.seq = f.seq - 1 WHERE f.kase = ?1 OR f.subject = ?1 ORDER BY f.seq";
        let look = || -> rusqlite::Result<Option<u64>> {
            let mut statement = self.db.prepare_cached(sql)?;
            let mut rows = statement.query([id])?;
            while let Some(row) = rows.next()? {
                let text = |i: usize| -> rusqlite::Result<&str> { Ok(row.get_ref(i)?.as_str()?) };
                let (seq, added) = (row.get::<_, i64>(0)? as u64, row.get::<_, Option<Link>>(6)?);
                let (at, actor, case, subject, event) = (text(1)?, text(2)?, text(3)?, text(4)?, text(5)?);
                let covered = Covered { seq, at, actor, case, subject, event, added: added.as_ref() };
                let before = row.get::<_, Option<Link>>(8)?.unwrap_or(GENESIS);
                if chain::link(&before, &covered) != row.get::<_, Link>(7)? {
                    return Ok(Some(seq));
                }
            }
            Ok(None)
        };
        look().map_err(|e| self.storage(e))
    }

    /// Whether this journal has room for the digest of rows: none that only older programs have opened.
    pub(super) fn covers_rows(&self) -> rusqlite::Result<bool> {
        let sql = "SELECT count(*) FROM pragma_table_info('fact') WHERE name = 'added'";
        self.db.query_row(sql, [], |row| row.get::<_, i64>(0)).map(|found| found > 0)
    }

    /// A number that changes when another program wrote to the journal.
    ///
    /// # Errors
    /// [`JournalError::Storage`].
    pub fn data_version(&self) -> Result<i64, JournalError> {
        self.get("PRAGMA data_version")
    }
}

impl Journal for SqliteJournal {
    fn next_id(&mut self, kind: IdKind, day: Date) -> Result<String, JournalError> {
        // A second copy does not know which ids the first one gave after the copy was made: each epoch has its own.
        let sql = "INSERT INTO counter (letter, day, last)
                   VALUES (?1, ?2, 1 + ?3 * coalesce((SELECT epoch - 1 FROM standing), 0))
                   ON CONFLICT (letter, day) DO UPDATE SET last = max(last + 1, excluded.last) RETURNING last";
        let (letter, day) = (kind.letter(), day.strftime("%Y%m%d").to_string());
        disk::point("journal id");
        // Within a transaction: a statement that returns a row commits when it is given up, where nobody sees it fail.
        let transaction =
            Transaction::new_unchecked(&self.db, TransactionBehavior::Immediate).map_err(|e| self.storage(e))?;
        let last: i64 = transaction
            .query_row(sql, params![letter.to_string(), day, IDS_PER_EPOCH], |row| row.get(0))
            .and_then(|last| transaction.commit().map(|()| last))
            .map_err(|e| self.storage(e))?;
        disk::point("journal id given");
        Ok(format!("{letter}{day}-{last:04}"))
    }

    fn append(&mut self, at: Timestamp, facts: Vec<(NewFact, Rows<'_>)>) -> Result<(), JournalError> {
        let path = self.path.clone();
        let failed = |e: rusqlite::Error| storage(&path, &e);
        disk::point("journal append");
        let tx = self.db.transaction_with_behavior(TransactionBehavior::Immediate).map_err(failed)?;
        let at = moment(at);
        for (fact, rows) in facts {
            let seq = head(&tx).map_err(failed)?.0 + 1;
            let added = Added::by(&fact.event);
            let last = added.map(|added| added.last(&tx)).transpose().map_err(failed)?.unwrap_or_default();
            fold::apply(&tx, &path, &at, seq, &fact, rows)?;
            let added = added.map(|added| added.digest(&tx, seq, &fact, last)).transpose().map_err(failed)?;
            append_fact(&tx, &path, &at, &fact, added.as_ref())?;
        }
        disk::point("journal commit");
        tx.commit().map_err(failed)?;
        disk::point("journal appended");
        Ok(())
    }

    fn reader(&self) -> Result<Box<dyn Records + Send>, JournalError> {
        Ok(Box::new(SqliteJournal::open_to_read(&self.path)?))
    }
}

/// Statements are prepared once: without the stability guarantee SQLite prepares one anew whenever another value
/// is bound, a million times for a million payments.
fn keep_plans(db: &Connection) -> rusqlite::Result<()> {
    db.set_prepared_statement_cache_capacity(128);
    db.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true).map(drop)
}

fn append_fact(
    tx: &Transaction<'_>,
    path: &Path,
    at: &str,
    fact: &NewFact,
    added: Option<&Link>,
) -> Result<(), JournalError> {
    let (last, prev) = head(tx).map_err(|e| storage(path, &e))?;
    let seq = last + 1;
    let event = serde_json::to_string(&fact.event)
        .map_err(|e| JournalError::Untrusted { path: path.display().to_string(), cause: e.to_string() })?;
    let (actor, case, subject) = (&fact.actor, &fact.case, &fact.subject);
    let link = chain::link(&prev, &Covered { seq, at, actor, case, subject, event: &event, added });
    let sql = "INSERT INTO fact (seq, at, actor, kase, subject, event, link, added) VALUES (?1,?2,?3,?4,?5,?6,?7,?8)";
    tx.prepare_cached(sql)
        .and_then(|mut s| s.execute(params![seq as i64, at, actor, case, subject, event, link, added]))
        .map_err(|e| storage(path, &e))?;
    Ok(())
}

/// Number and link of the last fact.
pub(super) fn head(db: &Connection) -> rusqlite::Result<(u64, Link)> {
    let row = db
        .prepare_cached("SELECT seq, link FROM fact ORDER BY seq DESC LIMIT 1")?
        .query_row([], |row| Ok((row.get::<_, i64>(0)? as u64, row.get::<_, Link>(1)?)))
        .optional()?;
    Ok(row.unwrap_or((0, GENESIS)))
}

pub(super) fn storage(path: &Path, error: &rusqlite::Error) -> JournalError {
    JournalError::Storage { path: path.display().to_string(), cause: error.to_string() }
}

/// What SQLite's words mean, in ours: the library speaks English alone.
pub(super) fn words_of(cause: &str) -> Text {
    let known = [
        ("locked", text!("another program holds it", "正被其他程序占用")),
        ("busy", text!("another program holds it", "正被其他程序占用")),
        ("is full", text!("the disk is full", "磁盘空间已满")),
        ("readonly", text!("it cannot be written to", "只能读取，无法写入")),
        ("malformed", text!("it is damaged", "文件已损坏")),
        ("not a database", text!("it is no journal, or damaged", "不是日志文件，或已损坏")),
        ("unable to open", text!("it cannot be opened", "无法打开")),
        ("disk I/O", text!("the disk does not answer as it should", "磁盘读写出错")),
        ("no such", text!("it lacks a part that this program keeps there", "缺少本程序应有的内容")),
    ];
    let found = known.into_iter().find(|(words, _)| cause.contains(words)).map(|(_, said)| said);
    found.unwrap_or_else(|| text!("it could not be read or written", "无法读写"))
}

/// Refuses a journal whose durability settings did not take.
fn read_back(db: &Connection, path: &Path) -> Result<(), JournalError> {
    let text = |name: &str| -> Result<String, JournalError> {
        db.pragma_query_value(None, name, |row| row.get::<_, rusqlite::types::Value>(0))
            .map(|v| match v {
                rusqlite::types::Value::Text(t) => t,
                rusqlite::types::Value::Integer(i) => i.to_string(),
                other => format!("{other:?}"),
            })
            .map_err(|e| storage(path, &e))
    };
    for (name, want) in [("journal_mode", "wal"), ("synchronous", "2"), ("foreign_keys", "1"), ("trusted_schema", "0")]
    {
        let got = text(name)?;
        if got != want {
            let cause = format!("the setting `{name}` is `{got}` and must be `{want}`");
            return Err(JournalError::Untrusted { path: path.display().to_string(), cause });
        }
    }
    Ok(())
}
