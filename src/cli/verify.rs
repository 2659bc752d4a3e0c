//! `bankferry verify`: recomputes the journal's chain and every archived file's hash, and holds both together.

use std::collections::{BTreeSet, HashSet};
use std::fs::File;
use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};
use serde::Serialize;

use super::desk::Desk;
use super::print::{json_line, print};
use super::{CliError, Context, Exit, Run};
use crate::archive::Archive;
use crate::disk::{self, DiskError, Sha256Hash, open_plain};
use crate::document::{Date, parse_date};
use crate::journal::checkpoint::Checkpoint;
use crate::journal::replay::replay;
use crate::journal::{Event, Fact, JournalError, Kept, Oversight, Records, SqliteJournal, chain, proof};
use crate::seal::{Certificates, Keys, Role, verify_detached};
use crate::text;
use crate::words::{Explain, Lang, Text};

/// Facts that are read at a time.
const PAGE: u64 = 1_000;
/// Names of archived files that are remembered so that none is hashed twice in a row.
const MOST_REMEMBERED: usize = 100_000;
/// A checkpoint and its signature are a few lines.
const MOST_BYTES: u64 = 64 << 10;

/// Proves that the journal and the archive are what they were
///
/// Recomputes the chain over all facts and holds every checkpoint in `state/checkpoints` against it; recomputes the
/// hash of every archived file; looks whether everything that the journal names is in the archive; and folds the facts
/// once more to see whether the tables say the same. The exit status is 1, with a line for each fault, where anything
/// is not as it was.
///
/// Whoever can write here can cut off the journal's end together with its checkpoints. Keep checkpoints elsewhere and
/// hold them against the journal with `--checkpoint`.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  bankferry verify
  bankferry verify --checkpoint /mnt/auditor/000000001000.txt
  bankferry verify --checkpoint 000000001000.txt --certificate audit-key.asc")]
pub struct Verify {
    /// A checkpoint that was kept elsewhere; its signature lies beside it as FILE.asc
    #[arg(long, value_name = "FILE")]
    checkpoint: Vec<PathBuf>,
    /// The certificate that signed it, kept elsewhere too [default: this installation's audit keys]
    #[arg(long, value_name = "FILE", requires = "checkpoint")]
    certificate: Option<PathBuf>,
}

/// A fault of the journal, the archive or a checkpoint.
#[derive(Serialize)]
struct Fault {
    part: &'static str,
    grave: bool,
    place: String,
    message: String,
    message_zh: String,
}

/// What was found.
#[derive(Default, Serialize)]
struct Report {
    sound: bool,
    facts: u64,
    head: String,
    files: u64,
    bytes: u64,
    named: u64,
    checkpoints: u64,
    checkpoints_from_elsewhere: u64,
    faults: Vec<Fault>,
    faults_left_out: u64,
}

impl Report {
    /// The most faults that are listed; the rest is counted.
    const MOST: usize = 10_000;

    fn push(&mut self, part: &'static str, grave: bool, place: impl Into<String>, what: Text) {
        self.sound &= !grave;
        if self.faults.len() == Report::MOST {
            self.faults_left_out += 1;
            return;
        }
        let Text { en: message, zh: message_zh } = what;
        self.faults.push(Fault { part, grave, place: place.into(), message, message_zh });
    }
}

impl Run for Verify {
    fn run(&self, context: &Context) -> Result<Exit, CliError> {
        let desk = Desk::open(context)?;
        let records = desk.records()?;
        let report = Report { sound: true, ..Report::default() };
        let mut proof = Proof { desk: &desk, records, report, days: BTreeSet::new() };
        proof.chain()?;
        proof.checkpoints(self)?;
        let archive = Archive::open(&desk.config.archive())?;
        proof.archive(&archive)?;
        proof.agreement(&archive)?;
        proof.unnamed(&archive)?;
        proof.tables()?;
        proof.tell()
    }
}

/// Proves a copy: its chain, its archive, and that they and the tables agree. The number of facts, or the first fault.
pub(super) fn is_sound(desk: &Desk<'_>) -> Result<Result<u64, Text>, CliError> {
    let report = Report { sound: true, ..Report::default() };
    let mut proof = Proof { desk, records: desk.records()?, report, days: BTreeSet::new() };
    let archive = Archive::open(&desk.config.archive())?;
    proof.chain()?;
    proof.archive(&archive)?;
    proof.agreement(&archive)?;
    proof.tables()?;
    let report = proof.report;
    let first = report.faults.into_iter().find(|fault| fault.grave);
    Ok(match first {
        Some(fault) => Err(Text { en: fault.message, zh: fault.message_zh }),
        None => Ok(report.facts),
    })
}

struct Proof<'a> {
    desk: &'a Desk<'a>,
    records: SqliteJournal,
    report: Report,
    /// Days of the archive of which the journal names something.
    days: BTreeSet<Date>,
}

impl Proof<'_> {
    /// A bar that is drawn only on a terminal.
    fn bar(&self, all: Option<u64>, words: &Text) -> ProgressBar {
        if !self.desk.context.talk().draws() {
            return ProgressBar::hidden();
        }
        let (bar, form) = match all {
            Some(all) => (ProgressBar::new(all), "{msg} {bar:30} {pos}/{len} {eta}"),
            None => (ProgressBar::new_spinner(), "{spinner} {msg} {pos}"),
        };
        let style = ProgressStyle::with_template(form).unwrap_or_else(|_| ProgressStyle::default_bar());
        bar.enable_steady_tick(Duration::from_millis(200));
        bar.with_style(style).with_message(words.to(self.desk.lang()).to_string())
    }

    fn chain(&mut self) -> Result<(), CliError> {
        let bar = self.bar(Some(self.records.head()?.0), &text!("facts", "记录"));
        let chain = self.records.verify_chain(&mut |facts| bar.set_position(facts))?;
        bar.finish_and_clear();
        (self.report.facts, self.report.head) = (chain.facts, chain.head);
        if let Some(seq) = chain.broken_at {
            let what = text!(
                "fact {seq} is not what it was, or is missing; what follows it proves nothing",
                "第 {seq} 条记录被改动或缺失；其后的记录不再可证"
            );
            self.report.push("journal", true, format!("fact {seq}"), what);
        }
        Ok(())
    }

    fn checkpoints(&mut self, call: &Verify) -> Result<(), CliError> {
        let keys = Keys::open(&self.desk.config.keys())?;
        let own = keys.certificates(Role::Audit);
        let outside = match &call.certificate {
            Some(file) => Certificates::parse(&bytes(file)?)?,
            None => own.clone(),
        };
        let files = texts(&self.desk.config.checkpoints())?;
        for (i, file) in files.iter().enumerate() {
            self.report.checkpoints += 1;
            if i + 1 == files.len() && self.is_unfinished(file)? {
                let what = text!(
                    "it is not finished: the program was killed before it was signed, and its next start signs it; \
                     the journal agrees with it",
                    "尚未完成：程序在签名之前被终止，下次启动时补签；其内容与日志一致"
                );
                self.report.push("checkpoint", false, file.display().to_string(), what);
                continue;
            }
            let content = bytes(file).and_then(|text| Ok((text, bytes(&signature_of(file))?)));
            match content {
                Ok((text, signature)) => self.checkpoint(file, &text, &signature, &own)?,
                Err(CliError::Failed { what, .. }) => {
                    self.report.push("checkpoint", true, file.display().to_string(), what);
                }
                Err(other) => return Err(other),
            }
        }
        for file in &call.checkpoint {
            self.report.checkpoints_from_elsewhere += 1;
            // One that was named and cannot be read is a wrong call, not a fault of the installation.
            let (text, signature) = (bytes(file)?, bytes(&signature_of(file))?);
            self.checkpoint(file, &text, &signature, &outside)?;
        }
        Ok(())
    }

    fn checkpoint(
        &mut self,
        file: &Path,
        text: &[u8],
        signature: &[u8],
        certificates: &Certificates,
    ) -> Result<(), CliError> {
        let place = file.display().to_string();
        let at = self.desk.context.clock().system_time();
        if let Err(error) = verify_detached(certificates, text, signature, at) {
            let Text { en, zh } = error.what();
            let what = text!("its signature proves nothing: {en}", "其签名无效：{zh}");
            self.report.push("checkpoint", true, place, what);
            return Ok(());
        }
        let parsed = std::str::from_utf8(text).ok().and_then(Checkpoint::parse);
        let Some(checkpoint) = parsed else {
            let what = text!("it is signed and is no checkpoint", "已签名，但不是检查点");
            self.report.push("checkpoint", true, place, what);
            return Ok(());
        };
        if let Some(what) = self.against(&checkpoint)? {
            self.report.push("checkpoint", true, place, what);
        }
        Ok(())
    }

    /// Whether a checkpoint without a signature says no more than the journal proves: what a kill leaves, and no trace
    /// of a hand.
    fn is_unfinished(&self, file: &Path) -> Result<bool, CliError> {
        if disk::is_taken(&signature_of(file))? {
            return Ok(false);
        }
        let text = bytes(file).ok().and_then(|bytes| String::from_utf8(bytes).ok());
        let Some(checkpoint) = text.as_deref().and_then(Checkpoint::parse) else { return Ok(false) };
        let epoch = self.records.standing()?.map_or(1, |standing| standing.epoch);
        Ok(checkpoint.epoch == epoch && self.against(&checkpoint)?.is_none())
    }

    /// What is wrong with the journal by a checkpoint's word.
    fn against(&self, checkpoint: &Checkpoint) -> Result<Option<Text>, CliError> {
        let config = &self.desk.config;
        let (name, environment) = (&checkpoint.installation, &checkpoint.environment);
        if *name != config.name || environment != config.environment.word() {
            return Ok(Some(text!(
                "it is of the installation `{name}` ({environment}), not of this one",
                "它属于安装 `{name}`（{environment}），不是本安装"
            )));
        }
        let (facts, there, at) = (checkpoint.facts, self.report.facts, self.desk.moment(&checkpoint.at));
        if facts > self.records.head()?.0 {
            return Ok(Some(text!(
                "at {at} the journal had {facts} facts, now it has {there}: its end was cut off",
                "{at} 时日志有 {facts} 条记录，现有 {there} 条：末尾被截断"
            )));
        }
        let link = if facts == 0 { Some(chain::GENESIS) } else { self.records.link_of(facts)? };
        Ok((link != Some(checkpoint.head)).then(|| {
            text!(
                "fact {facts} has another link than at {at}: the journal was written anew",
                "第 {facts} 条记录的链值与 {at} 时不同：日志被重写"
            )
        }))
    }

    fn archive(&mut self, archive: &Archive) -> Result<(), CliError> {
        let bar = self.bar(None, &text!("archived files", "归档文件"));
        let report = archive.verify(&mut |files, _| bar.set_position(files))?;
        bar.finish_and_clear();
        (self.report.files, self.report.bytes) = (report.files, report.bytes);
        for fault in &report.faults {
            self.report.push("archive", fault.kind.is_grave(), fault.place.display().to_string(), fault.what());
        }
        self.report.faults_left_out += report.left_out;
        self.report.sound &= report.is_sound();
        Ok(())
    }

    /// Everything that the journal names lies where it says, with the content that it says.
    fn agreement(&mut self, archive: &Archive) -> Result<(), CliError> {
        let bar = self.bar(Some(self.report.facts), &text!("journal and archive", "日志与归档"));
        let (mut seq, mut seen) = (0, HashSet::new());
        while let Some(facts) = self.page(seq)? {
            for fact in &facts {
                seq = fact.seq;
                for kept in named(&fact.event) {
                    if seen.insert(format!("{} {}", kept.sha256, kept.path)) {
                        self.is_there(archive, fact, kept);
                    }
                }
            }
            if seen.len() > MOST_REMEMBERED {
                seen.clear();
            }
            bar.set_position(seq);
        }
        bar.finish_and_clear();
        Ok(())
    }

    /// An archive that holds more than the journal can have put there: the journal was lost or is another's, and an
    /// empty one agrees with everything. A few files that no fact names a kill may leave.
    fn unnamed(&mut self, archive: &Archive) -> Result<(), CliError> {
        let (files, place) = (self.report.files, archive.root().display().to_string());
        let first = self.readable(1, self.records.facts_after(0, 1))?.unwrap_or_default().pop();
        let began = first.and_then(|fact| fact.at.parse().ok()).map(|at| self.desk.day(at));
        let days = disk::entries(archive.root())?.into_iter();
        let of_day = |path: std::path::PathBuf| parse_date(path.file_name()?.to_str()?);
        let earlier = days.filter_map(of_day);
        let is_lost = |day: &Date| !self.days.contains(day) && began.is_none_or(|began| *day < began);
        let earlier = earlier.filter(is_lost).min();
        if let (Some(earlier), Some(began)) = (earlier, began) {
            let what = text!(
                "it holds files of {earlier}, and the journal begins on {began}: the journal that named them is lost, \
                 and with it what was sent",
                "其中有 {earlier} 的文件，而日志始于 {began}：曾记录这些文件的日志已丢失，其中的发送记录也随之丢失"
            );
            self.report.push("agreement", true, place, what);
        } else if files > 0 && self.report.named == 0 {
            let what = text!(
                "no fact names any of its {files} files: the journal that named them is lost, or the program was \
                 killed at its very first file",
                "没有任何记录提及其中的 {files} 个文件：曾记录它们的日志已丢失，或程序在处理首个文件时被终止"
            );
            self.report.push("agreement", true, place, what);
        }
        Ok(())
    }

    fn is_there(&mut self, archive: &Archive, fact: &Fact, kept: &Kept) {
        self.report.named += 1;
        self.days.extend(kept.path.split('/').next().and_then(parse_date));
        let Some(Text { en, zh }) = differs(archive, kept) else { return };
        let (number, subject) = (fact.seq, &fact.subject);
        let what = text!(
            "fact {number} of {subject} names content that is not there: {en}",
            "第 {number} 条记录（{subject}）所指内容不符：{zh}"
        );
        self.report.push("agreement", true, kept.path.clone(), what);
    }

    /// The next facts; `None` behind the last. Facts that cannot be read are a fault and end the looking.
    fn page(&mut self, after: u64) -> Result<Option<Vec<Fact>>, CliError> {
        let facts = self.records.facts_after(after, PAGE);
        Ok(self.readable(after + 1, facts)?.filter(|facts| !facts.is_empty()))
    }

    /// What could be read; a journal that holds what no program of ours wrote is a fault, not a failure.
    fn readable<T>(&mut self, seq: u64, read: Result<T, JournalError>) -> Result<Option<T>, CliError> {
        match read {
            Ok(value) => Ok(Some(value)),
            Err(error @ JournalError::Storage { .. }) => {
                let Text { en, zh } = error.what();
                let what = text!("from fact {seq} on it cannot be read: {en}", "自第 {seq} 条记录起无法读取：{zh}");
                self.report.push("journal", true, format!("fact {seq}"), what);
                Ok(None)
            }
            Err(other) => Err(other.into()),
        }
    }

    /// The tables that are looked up every day say what the facts say.
    fn tables(&mut self) -> Result<(), CliError> {
        let bar = self.bar(Some(self.report.facts), &text!("facts and tables", "记录与状态表"));
        let found = self.records.at_one_moment(|| tables(&self.records, &bar));
        bar.finish_and_clear();
        for (place, what) in self.readable(1, found)?.into_iter().flatten() {
            self.report.push("tables", true, place, what);
        }
        self.once_more()
    }

    /// Every table follows from the facts, folded once more.
    fn once_more(&mut self) -> Result<(), CliError> {
        if self.report.faults.iter().any(|fault| fault.part == "journal") {
            return Ok(());
        }
        let bar = self.bar(Some(self.report.facts), &text!("tables from facts", "由记录重建各表"));
        let found = replay(&self.records, &mut |facts| bar.set_position(facts));
        bar.finish_and_clear();
        let Some(found) = self.readable(1, found)? else { return Ok(()) };
        for (place, what) in found.faults {
            self.report.push("tables", true, place, what);
        }
        if let Some(older) = found.older {
            self.report.push("tables", false, "journal", older);
        }
        let count = found.uncovered;
        if count > 0 {
            let what = text!(
                "rows of {count} facts are believed as they are: they come from a version that did not cover them",
                "{count} 条记录所附的行按原样采信：写入它们的旧版本未将其纳入校验"
            );
            self.report.push("tables", false, "journal", what);
        }
        Ok(())
    }

    fn tell(self) -> Result<Exit, CliError> {
        let Proof { desk, report, .. } = self;
        let talk = desk.context.talk();
        if desk.context.json() {
            json_line(&report)?;
        } else {
            for fault in &report.faults {
                let words = if desk.lang() == Lang::Zh { &fault.message_zh } else { &fault.message };
                let line =
                    if words.contains(&fault.place) { words.clone() } else { format!("{}: {words}", fault.place) };
                talk.line(if fault.grave { "error" } else { "warning" }, &line);
            }
            print(&format!("{}\n", summary(&report).to(desk.lang())))?;
        }
        if report.checkpoints + report.checkpoints_from_elsewhere == 0 {
            talk.warning(&text!(
                "there is no checkpoint: a journal whose end was cut off cannot be told from a shorter one",
                "没有检查点：无法区分末尾被截断的日志与本来较短的日志"
            ));
            talk.hint(&text!(
                "`bankferry keys generate audit` makes the key that signs them",
                "`bankferry keys generate audit` 可生成用于签署检查点的密钥"
            ));
        } else if report.checkpoints_from_elsewhere == 0 {
            talk.say(&text!(
                "no checkpoint from elsewhere was given (`--checkpoint FILE`): an end cut off with its own is not seen",
                "未提供存放在别处的检查点（`--checkpoint 文件`）：若日志末尾与检查点一并被删，将无法发现"
            ));
        }
        Ok(if report.sound { Exit::Done } else { Exit::No })
    }
}

fn summary(report: &Report) -> Text {
    let Report { facts, files, named, checkpoints, checkpoints_from_elsewhere: outside, .. } = report;
    let faults = report.faults.iter().filter(|fault| fault.grave).count() as u64 + report.faults_left_out;
    if report.sound {
        return text!(
            "sound: {facts} facts in one chain; checkpoints: {checkpoints} here, {outside} from elsewhere; \
             {files} archived files, {named} of them named by the journal",
            "完好：{facts} 条记录成链；检查点本地 {checkpoints} 个、别处 {outside} 个；归档文件 {files} 个，\
             其中日志所指 {named} 个"
        );
    }
    text!(
        "NOT SOUND: {faults} faults; {facts} facts; checkpoints: {checkpoints} here, {outside} from elsewhere; \
         {files} files",
        "不可信：{faults} 处错误；{facts} 条记录；检查点本地 {checkpoints} 个、别处 {outside} 个；归档文件 {files} 个"
    )
}

/// What the tables say otherwise than the facts, by the case.
fn tables(records: &SqliteJournal, bar: &ProgressBar) -> Result<Vec<(String, Text)>, JournalError> {
    let (mut seq, mut faults, mut told) = (0, Vec::new(), [0; 3]);
    loop {
        let facts = records.facts_after(seq, PAGE)?;
        if facts.is_empty() {
            break;
        }
        for fact in facts {
            seq = fact.seq;
            match fact.event {
                Event::Received(_) | Event::Fetched(_) => {
                    told[0] += 1;
                    let wrong = proof::case(records, &fact.subject)?;
                    faults.extend(wrong.into_iter().map(|what| (fact.subject.clone(), what)));
                }
                Event::Checked { .. } => told[1] += 1,
                Event::Numbered(_) | Event::LeftElsewhere(_) => told[2] += 1,
                _ => {}
            }
        }
        bar.set_position(seq);
    }
    let rows = records.row_counts()?;
    if rows != told {
        let [inbound, batches, outbound] = rows.map(|count| count.to_string());
        let what = text!(
            "the tables hold {inbound} files received, {batches} batches, {outbound} files made; the facts do not",
            "状态表有收到的文件 {inbound} 个、批次 {batches} 个、生成的文件 {outbound} 个，与记录不符"
        );
        faults.push(("tables".into(), what));
    }
    Ok(faults)
}

/// The archived content that a fact names.
fn named(event: &Event) -> impl Iterator<Item = &Kept> {
    let (content, signature) = match event {
        Event::Received(arrival) | Event::Fetched(arrival) => (Some(&arrival.kept), None),
        Event::ReceiptKept(receipt) => (Some(&receipt.kept), None),
        Event::Renewal(renewal) => (Some(&renewal.content), None),
        Event::Opened { content, .. } | Event::Written { content } | Event::Sealed { content, .. } => {
            (Some(content), None)
        }
        Event::Reported(report) => (Some(&report.content), report.signature.as_ref()),
        _ => (None, None),
    };
    content.into_iter().chain(signature)
}

/// What is wrong with the content that the journal names.
fn differs(archive: &Archive, kept: &Kept) -> Option<Text> {
    let relative = Path::new(&kept.path);
    if !relative.components().all(|part| matches!(part, std::path::Component::Normal(_))) {
        return Some(text!("its path leads out of the archive", "其路径指向归档之外"));
    }
    let mut file = match open_plain(&archive.root().join(relative), u64::MAX) {
        Ok(file) => file,
        Err(error) => return Some(error.what()),
    };
    match Sha256Hash::of_reader(&mut file) {
        Ok((hash, size)) if hash.to_string() == kept.sha256 && size == kept.size => None,
        Ok((hash, size)) => {
            let (wanted, bytes) = (&kept.sha256, kept.size);
            Some(text!(
                "it has the hash {hash} and {size} bytes, the journal says {wanted} and {bytes}",
                "其哈希为 {hash}，{size} 字节；日志记为 {wanted}，{bytes} 字节"
            ))
        }
        Err(error) => Some(Text::same(error.to_string())),
    }
}

/// The checkpoints of a folder in the order of their facts.
fn texts(folder: &Path) -> Result<Vec<PathBuf>, DiskError> {
    let paths = disk::entries(folder)?.into_iter();
    Ok(paths.filter(|path| path.extension().is_some_and(|end| end == "txt")).collect())
}

/// Where the signature of a checkpoint lies.
fn signature_of(file: &Path) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push(".asc");
    PathBuf::from(name)
}

fn bytes(path: &Path) -> Result<Vec<u8>, CliError> {
    use std::io::Read;
    let mut bytes = Vec::new();
    let read = File::open(path).and_then(|file| file.take(MOST_BYTES).read_to_end(&mut bytes));
    read.map(|_| bytes).map_err(|error| CliError::file(path, &error))
}
