//! The operator's desk: the installation, its journal, the hour at its place.

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::{CliError, Context, Exit};
use crate::archive::{Archive, ArchiveError};
use crate::config::{Config, ConfigError};
use crate::disk::{self, DiskError};
use crate::journal::pair::Pair;
use crate::journal::{JournalError, Kept, SqliteJournal, WAITS_FOR_A_PERSON};
use crate::route::Shared;
use crate::route::for_erp::ForErp;
use crate::seal::Keys;
use crate::text;
use crate::words::{Lang, Text};

/// An installation as an operator's command sees it.
pub(super) struct Desk<'a> {
    /// How to talk, the hour.
    pub context: &'a Context,
    /// The installation.
    pub config: Config,
    zone: TimeZone,
}

impl<'a> Desk<'a> {
    /// Opens the installation that the call names.
    pub fn open(context: &'a Context) -> Result<Desk<'a>, CliError> {
        Ok(Desk::of(context, Config::load(context.dir())?))
    }

    /// The desk of an installation that is known already.
    pub fn of(context: &'a Context, config: Config) -> Desk<'a> {
        // Proof: `Config::load` refuses a zone that does not exist; UTC stands in for one that vanished since.
        let zone = TimeZone::get(&config.time_zone).unwrap_or(TimeZone::UTC);
        Desk { context, config, zone }
    }

    /// The language of the person.
    pub fn lang(&self) -> Lang {
        self.context.lang()
    }

    /// The hour.
    pub fn now(&self) -> Timestamp {
        self.context.clock().now()
    }

    /// Whether anything has happened here yet.
    ///
    /// # Errors
    /// Whoever may not look into the folder is not told that nothing has happened, nor is anybody where the archive
    /// shows that something has and the journal of it is gone.
    pub fn has_journal(&self) -> Result<bool, CliError> {
        if disk::is_file(&self.config.journal()).map_err(not_seen)? {
            return Ok(true);
        }
        match Pair::beside(&self.config.archive())? {
            Ok(None) => Ok(false),
            Ok(Some(_)) | Err(_) => Err(self.gone()),
        }
    }

    /// The journal for looking, where anything has happened yet.
    ///
    /// # Errors
    /// As [`Desk::has_journal`] and [`Desk::records`].
    pub fn records_so_far(&self) -> Result<Option<SqliteJournal>, CliError> {
        self.has_journal()?.then(|| self.records()).transpose()
    }

    /// The journal for looking, also while the daemon runs.
    pub fn records(&self) -> Result<SqliteJournal, CliError> {
        if !self.has_journal()? {
            return Err(self.nothing_yet());
        }
        Ok(SqliteJournal::open_to_read(&self.config.journal())?)
    }

    /// The journal for stating a person's decision, also while the daemon runs.
    pub fn journal(&self) -> Result<SqliteJournal, CliError> {
        if !self.has_journal()? {
            return Err(self.nothing_yet());
        }
        Ok(SqliteJournal::open(&self.config.journal())?)
    }

    /// What the route's own work on archived files needs.
    pub fn shared(&self) -> Result<Shared, CliError> {
        Ok(Shared {
            config: self.config.clone(),
            archive: Archive::open(&self.config.archive())?,
            keys: Keys::open(&self.config.keys())?,
            clock: self.context.clock().clone(),
        })
    }

    fn gone(&self) -> CliError {
        let (path, archive) =
            (self.config.journal().display().to_string(), self.config.archive().display().to_string());
        CliError::usage(text!(
            "the journal `{path}` is gone, and by `{archive}` files have left: what became of them is not known here",
            "日志 `{path}` 已不存在，而 `{archive}` 表明已有文件发出：其后情况此处不知"
        ))
        .hint(text!(
            "look for its disk, or restore a backup (`bankferry restore`); a new journal would know no duplicates",
            "请检查其磁盘，或从备份恢复（`bankferry restore`）；新日志无法识别重复"
        ))
    }

    fn nothing_yet(&self) -> CliError {
        let path = self.config.journal().display().to_string();
        CliError::usage(text!("there is no journal `{path}` yet", "尚无日志 `{path}`"))
            .hint(text!("`bankferry run` begins it", "`bankferry run` 会开始记录"))
    }

    /// A person who numbers files for ERPs now.
    pub fn for_erp<'b>(&'b self, actor: &'b str) -> ForErp<'b> {
        let now = self.now();
        ForErp { config: &self.config, actor, now, day: self.day(now) }
    }

    /// A moment of the journal at the installation's place: `2026-11-23 18:00:05`.
    pub fn moment(&self, at: &str) -> String {
        at.parse::<Timestamp>().map_or_else(|_| at.to_string(), |at| self.at(at))
    }

    /// The day of a moment at the installation's place.
    pub fn day(&self, at: Timestamp) -> crate::document::Date {
        self.zone.to_datetime(at).date()
    }

    /// A moment at the installation's place.
    pub fn at(&self, at: Timestamp) -> String {
        self.zone.to_datetime(at).strftime("%Y-%m-%d %H:%M:%S").to_string()
    }

    /// When the next try is, in words.
    pub fn next_try(&self, retry_at: &str) -> Text {
        if retry_at == WAITS_FOR_A_PERSON {
            return text!("not tried again before a person helps", "在人工处理之前不再重试");
        }
        let at = self.moment(retry_at);
        text!("next try {at}", "下次重试 {at}")
    }

    /// Where bytes lie, below the installation.
    pub fn place(&self, kept: &Kept) -> String {
        format!("archive/{}", kept.path)
    }
}

impl From<ConfigError> for CliError {
    fn from(error: ConfigError) -> CliError {
        CliError::explained(&error)
    }
}

impl From<ArchiveError> for CliError {
    fn from(error: ArchiveError) -> CliError {
        CliError::explained(&error)
    }
}

impl From<DiskError> for CliError {
    fn from(error: DiskError) -> CliError {
        CliError::explained(&error)
    }
}

impl From<JournalError> for CliError {
    /// What another hand decided first is an answer of no; nothing was changed then.
    fn from(error: JournalError) -> CliError {
        match (CliError::explained(&error), &error) {
            (CliError::Failed { what, hints, .. }, JournalError::Conflict { .. }) => {
                CliError::Failed { exit: Exit::No, what, hints }
            }
            (other, _) => other,
        }
    }
}

/// The state's folder is its user's alone.
fn not_seen(error: DiskError) -> CliError {
    CliError::explained(&error).hint(text!(
        "call it as the user of the installation, who owns `state`",
        "请以安装所属用户（`state` 的所有者）运行"
    ))
}
