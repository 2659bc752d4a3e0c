//! `bankferry demo`: the whole road on this machine, to watch.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use clap::Args;

use super::practice::{ACCOUNT, Options, Practice, Script};
use super::story::sentence;
use super::{CliError, Context, Exit, Run};
use crate::archive::Archive;
use crate::config::Config;
use crate::daemon::Daemon;
use crate::journal::{
    BatchState, Event, Fact, Journal, NewFact, OutboundState, PaymentFilter, Purpose, Records, Rows, SqliteJournal,
};
use crate::route::engine::Message;
use crate::text;
use crate::words::{Lang, Text};

/// The longest that the demo may take.
const MOST: Duration = Duration::from_secs(60);
/// A good batch of three payments; `@DAY@` is the day of execution.
const GOOD: &str = include_str!("demo/good.csv");
/// A bad one: a wrong IBAN, a wrong control total, an end-to-end id twice.
const BAD: &str = include_str!("demo/bad.csv");

/// Shows the whole road on this machine: an ERP, a bank, two batches
///
/// Makes a throw-away installation with keys of both sides, starts the practice bank on loopback,
/// drops two example batches, and shows each event as it happens, until the bank's answer and its
/// statement lie in the ERP's folder.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  bankferry demo                 a bank of ISO 20022: signed and encrypted XML
  bankferry demo --bank icbc     a bank that reads and answers as the template icbc says")]
pub struct Demo {
    /// Play a bank of this template, with the payments of its example
    #[arg(long, value_name = "TEMPLATE")]
    bank: Option<String>,
    /// Keep the installation in this folder
    #[arg(long, value_name = "DIR")]
    keep: Option<PathBuf>,
    /// Leave the bank and the daemon running, to drop files of your own
    #[arg(long)]
    watch: bool,
}

impl Run for Demo {
    fn run(&self, context: &Context) -> Result<Exit, CliError> {
        let kept = self.keep.as_ref().map(|dir| Place::Kept(dir.clone()));
        let place = kept.map_or_else(Place::throw_away, Ok)?;
        let mut stage = Stage::set(context, place.path(), self.script(context)?)?;
        let done = stage.play(self.watch)?;
        let missing = stage.missing()?;
        stage.close(&missing, done)?;
        if let (Place::ThrowAway(dir), true) = (place, missing.is_empty()) {
            // What the demo made is there to be looked at; the system's own clean-up of temporary folders takes it.
            let _ = dir.keep();
        }
        Ok(if missing.is_empty() { Exit::Done } else { Exit::No })
    }
}

impl Demo {
    fn script(&self, context: &Context) -> Result<Option<Script>, CliError> {
        let Some(name) = &self.bank else { return Ok(None) };
        // Whole, since the bank lives in a folder of its own.
        let folder = std::path::absolute(context.dir().join("templates"));
        let folder = folder.map_err(|e| CliError::file(context.dir(), &e))?;
        Script::of(&folder, name, context.clock().now()).map(Some).map_err(|e| CliError::explained(&e))
    }
}

/// Where the installation lies.
enum Place {
    Kept(PathBuf),
    ThrowAway(tempfile::TempDir),
}

impl Place {
    fn throw_away() -> Result<Place, CliError> {
        let dir = tempfile::Builder::new().prefix("bankferry-demo-").tempdir();
        dir.map(Place::ThrowAway).map_err(|e| CliError::file(&std::env::temp_dir(), &e))
    }

    fn path(&self) -> &Path {
        match self {
            Place::Kept(path) => path,
            Place::ThrowAway(dir) => dir.path(),
        }
    }
}

/// The demo while it runs.
struct Stage<'a> {
    context: &'a Context,
    practice: Practice,
    script: Option<Script>,
    daemon: Daemon,
    shown: u64,
    started: Instant,
    /// The part of the story that is on.
    scene: u8,
    /// Words of events that happened, with the purpose of a file where it has one.
    seen: BTreeSet<String>,
}

impl<'a> Stage<'a> {
    fn set(context: &'a Context, dir: &Path, script: Option<Script>) -> Result<Stage<'a>, CliError> {
        let talk = context.talk();
        let shown = dir.display();
        talk.say(&text!(
            "bankferry demo: a throw-away installation and a practice bank in {shown}",
            "bankferry 演示：在 {shown} 建立临时安装与练习银行"
        ));
        let started = Instant::now();
        let now = context.clock().now();
        let options = Options { script: script.clone(), ..Options::default() };
        let practice = Practice::make(dir, now, &options).map_err(|e| CliError::explained(&e))?;
        let (port, key) = (practice.server.port(), practice.server.host_key_fingerprint());
        talk.say(&text!(
            "keys of both sides are made; the bank listens on 127.0.0.1:{port}, host key {key}",
            "双方密钥已生成；银行监听 127.0.0.1:{port}，主机密钥 {key}"
        ));
        let config = Config::load(&practice.root).map_err(|e| CliError::explained(&e))?;
        let daemon = Daemon::start(config, context.clock().clone()).map_err(|t| super::run::trouble(&t))?;
        let stage = Stage { context, practice, script, daemon, shown: 0, started, scene: 0, seen: BTreeSet::new() };
        stage.drop_batches()?;
        Ok(stage)
    }

    fn drop_batches(&self) -> Result<(), CliError> {
        let day = self.context.clock().now().strftime("%Y-%m-%d").to_string();
        let account = self.script.as_ref().map_or(ACCOUNT, |script| script.account.as_str());
        let filled = |text: &str| text.replace("@DAY@", &day).replace("@ACCOUNT@", account).into_bytes();
        let good = match &self.script {
            Some(script) => ("payments.jsonl", script.batch.clone()),
            None => ("invoices.csv", filled(GOOD)),
        };
        for (name, content) in [good, ("mistakes.csv", filled(BAD))] {
            self.practice.drop_file(name, &content).map_err(|e| CliError::explained(&e))?;
            self.tell("ERP", &text!("drops `{name}` into inbox/erp", "将 `{name}` 放入 inbox/erp"));
        }
        Ok(())
    }

    /// Plays until everything is told; `false` when the time ran out.
    fn play(&mut self, watch: bool) -> Result<bool, CliError> {
        let sender = self.daemon.engine().sender();
        let _ = sender.send(Message::LookNow);
        loop {
            for event in self.practice.tick(self.context.clock().now()) {
                self.tell("bank", &event.words());
            }
            self.daemon.round(Duration::from_millis(20)).map_err(|t| super::run::trouble(&t))?;
            self.show_facts()?;
            self.release()?;
            let done = self.is_complete()?;
            if done && !watch {
                return Ok(true);
            }
            if self.started.elapsed() > MOST && !watch {
                return Ok(false);
            }
        }
    }

    /// Shows what the journal states since the last look.
    fn show_facts(&mut self) -> Result<(), CliError> {
        let facts = self.journal().facts_after(self.shown, 200).map_err(|e| CliError::explained(&e))?;
        for fact in facts {
            self.shown = fact.seq;
            self.seen.insert(self.label(&fact));
            if tells_something(&fact.event) && !self.is_detail(&fact) {
                self.scene(&fact.event);
                let words = sentence(&fact.event);
                let who = if fact.subject.is_empty() { "" } else { &fact.subject };
                self.tell(who, &words);
                if let Event::Refused { findings, .. } = &fact.event {
                    for finding in findings {
                        self.context.talk().say(&Text {
                            en: format!("{:27}- {}", "", finding.line(Lang::En)),
                            zh: format!("{:27}- {}", "", finding.line(Lang::Zh)),
                        });
                    }
                }
            }
        }
        Ok(())
    }

    /// Of files for the ERP only the publishing is shown: they take the same steps as the bank's.
    fn is_detail(&self, fact: &Fact) -> bool {
        let steps = matches!(
            fact.event,
            Event::Numbered(_) | Event::Written { .. } | Event::Sending { .. } | Event::Publishing { .. }
        );
        let outbound = || self.journal().outbound(&fact.subject).ok().flatten();
        steps && outbound().is_some_and(|o| o.purpose != Purpose::Payments)
    }

    /// A heading before what begins a new part of the story.
    fn scene(&mut self, event: &Event) {
        let next = match event {
            Event::Received(_) => 1,
            Event::Held { .. } => 2,
            Event::Numbered(_) => 3,
            Event::Fetched(_) => self.scene.clamp(3, 4) + 1,
            _ => return,
        };
        if next <= self.scene {
            return;
        }
        self.scene = next;
        let heading = match next {
            1 => text!("\n1  the ERP's files are taken, read and checked", "\n1  收取、解析并检查 ERP 文件"),
            2 => text!("\n2  four eyes: a second person decides", "\n2  双人复核：由第二人放行"),
            3 => text!("\n3  to the bank: written, sealed, sent", "\n3  发往银行：生成、加密签名、发送"),
            4 => text!("\n4  back: the bank's answer", "\n4  返回：银行回执"),
            _ => text!("\n5  back: the statement of the day", "\n5  返回：当日对账单"),
        };
        self.context.talk().say(&heading);
    }

    fn label(&self, fact: &Fact) -> String {
        let purpose = match &fact.event {
            Event::Published(_) => self.journal().outbound(&fact.subject).ok().flatten().map(|o| o.purpose.word()),
            _ => None,
        };
        purpose.map_or_else(|| fact.event.word().to_string(), |p| format!("{} {p}", fact.event.word()))
    }

    /// The second person says yes: here it is `anna`, by the demo's own hand.
    fn release(&mut self) -> Result<(), CliError> {
        let held = self.journal().batches(&[BatchState::Held]).map_err(|e| CliError::explained(&e))?;
        for batch in held {
            let id = &batch.id;
            self.tell(
                "anna",
                &text!(
                    "looks at `{id}` and releases it: bankferry release {id} --as anna",
                    "查看并放行 `{id}`：bankferry release {id} --as anna"
                ),
            );
            let reason = text!("looked at", "已核对");
            let event = Event::Released {
                digest: batch.totals.digest.clone(),
                reason: reason.to(self.context.lang()).into(),
                bound: None,
            };
            let fact = NewFact { actor: "anna".into(), case: batch.inbound.clone(), subject: batch.id.clone(), event };
            let mut journal = SqliteJournal::open(&self.practice.root.join("state/journal.db"))
                .map_err(|e| CliError::explained(&e))?;
            journal
                .append(self.context.clock().now(), vec![(fact, Rows::None)])
                .map_err(|e| CliError::explained(&e))?;
        }
        Ok(())
    }

    fn journal(&self) -> &SqliteJournal {
        self.daemon.engine().journal()
    }

    /// Whether everything that was expected happened and nothing is under way.
    fn is_complete(&self) -> Result<bool, CliError> {
        let files = self.journal().outbounds(&[]).map_err(|e| CliError::explained(&e))?;
        let at_rest = files.iter().all(|f| matches!(f.state, OutboundState::Sent | OutboundState::Answered));
        Ok(at_rest
            && self.practice.bank.received().len() == 1
            && self.expected().all(|e| self.seen.contains(e))
            && self.states_differ()?.is_empty())
    }

    /// The facts that make it a success: all, but of what the bank has no file for.
    fn expected(&self) -> impl Iterator<Item = &'static str> {
        let (answers, states, seals) = match &self.script {
            Some(script) => (script.answers, script.states, script.template.seal.seals()),
            None => (true, true, true),
        };
        EXPECTED.iter().copied().filter(move |fact| match *fact {
            "sealed" => seals,
            "fetched" => answers || states,
            "answered" | "published status" => answers,
            "statement-kept" | "booked" | "published statement" | "published balances" => states,
            _ => true,
        })
    }

    /// The states in which payments should have ended and did not.
    fn states_differ(&self) -> Result<Vec<Text>, CliError> {
        let states = self.journal().payment_states(&PaymentFilter::default()).map_err(|e| CliError::explained(&e))?;
        let wanted = match &self.script {
            Some(script) => script.ends.clone(),
            None => [("booked", 2), ("rejected", 1)].into(),
        };
        let differ = wanted.into_iter().filter_map(|(state, count)| {
            let real = states.get(state).copied().unwrap_or(0);
            (real != count).then(|| {
                text!("{real} payments are {state}, not {count}", "{state} 的付款为 {real} 笔，应为 {count} 笔")
            })
        });
        Ok(differ.collect())
    }

    /// What was expected and did not happen, as sentences.
    fn missing(&self) -> Result<Vec<Text>, CliError> {
        let mut missing: Vec<Text> = self
            .expected()
            .filter(|e| !self.seen.contains(*e))
            .map(|e| text!("`{e}` did not happen", "`{e}` 未发生"))
            .collect();
        missing.extend(self.states_differ()?);
        let received = self.practice.bank.received().len();
        if received != 1 {
            missing.push(text!("the bank received {received} files, not 1", "银行收到 {received} 个文件，应为 1 个"));
        }
        let chain = self.journal().verify_chain(&mut |_| {}).map_err(|e| CliError::explained(&e))?;
        if chain.broken_at.is_some() {
            missing.push(text!("the journal's chain is broken", "日志哈希链已断"));
        }
        let archive = Archive::open(&self.practice.root.join("archive")).and_then(|a| a.verify(&mut |_, _| {}));
        if archive.map_or(true, |report| !report.faults.is_empty()) {
            missing.push(text!("the archive is not whole", "归档不完整"));
        }
        Ok(missing)
    }

    fn close(&mut self, missing: &[Text], in_time: bool) -> Result<(), CliError> {
        self.daemon.stop().map_err(|t| super::run::trouble(&t))?;
        let talk = self.context.talk();
        if missing.is_empty() && in_time {
            let (n, seconds) = (self.expected().count(), self.started.elapsed().as_secs_f32());
            talk.say(&text!(
                "\nall {n} expected facts happened in {seconds:.1} s; journal and archive are verified",
                "\n{n} 项预期事实全部发生，用时 {seconds:.1} 秒；日志与归档核验通过"
            ));
            self.show_tree();
            return Ok(());
        }
        for what in missing {
            talk.error(what);
        }
        Ok(())
    }

    /// The tree of the installation, with what to look at.
    fn show_tree(&self) {
        let talk = self.context.talk();
        let root = self.practice.root.display();
        talk.say(&text!("\n{root}", "\n{root}"));
        for (folder, words) in [
            (
                "outbox/erp",
                text!("what the ERP takes: status, statement, refusal", "ERP 取走的文件：状态、对账单、拒绝通知"),
            ),
            ("archive", text!("every byte that came or was made", "收到或生成的每一个字节")),
            ("state/checkpoints", text!("signed ends of the journal", "已签名的日志检查点")),
        ] {
            talk.say(&Text {
                en: format!("├─ {folder}/   {}", words.en), zh: format!("├─ {folder}/   {}", words.zh)
            });
            for line in tree(&self.practice.root.join(folder), "│  ", talk.lang) {
                talk.say(&Text::same(line));
            }
        }
        let shown = self.shown_payment();
        let next = text!(
            "
look further:
  bankferry status --dir {root}
  bankferry list payments --dir {root}
  bankferry show {shown} --dir {root}
  bankferry verify --dir {root}",
            "
接下来可以看：
  bankferry status --dir {root}
  bankferry list payments --dir {root}
  bankferry show {shown} --dir {root}
  bankferry verify --dir {root}"
        );
        talk.say(&next);
    }

    /// A payment that is worth a look: one that the bank refused, where it did.
    fn shown_payment(&self) -> String {
        let rows = self.journal().payments(&PaymentFilter { most: 20, ..PaymentFilter::default() }).unwrap_or_default();
        let worth = rows.iter().find(|row| row.state.word() != "booked").or(rows.first());
        worth.map_or_else(String::new, |row| row.end_to_end_id.clone().unwrap_or_else(|| row.batch.clone()))
    }

    fn tell(&self, who: &str, words: &Text) {
        let seconds = self.started.elapsed().as_secs_f32();
        let line = |sentence: &str| format!("{seconds:6.2}s  {who:<16}  {sentence}");
        self.context.talk().say(&Text { en: line(&words.en), zh: line(&words.zh) });
    }
}

/// The facts that make the demo a success.
const EXPECTED: &[&str] = &[
    "received",
    "refused",
    "checked",
    "held",
    "released",
    "numbered",
    "written",
    "sealed",
    "sending",
    "publishing",
    "sent",
    "fetched",
    "answered",
    "statement-kept",
    "booked",
    "published refusal",
    "published status",
    "published statement",
    "published balances",
];

/// Whether a newcomer wants to read it: what only repeats is left out.
fn tells_something(event: &Event) -> bool {
    !matches!(
        event,
        Event::Cleared
            | Event::Queued { .. }
            | Event::Started { .. }
            | Event::Stopped
            | Event::Opened { signer: None, .. }
    )
}

/// Lines of a folder's tree, at most a screenful.
fn tree(folder: &Path, indent: &str, lang: Lang) -> Vec<String> {
    let mut lines = Vec::new();
    let Ok(entries) = std::fs::read_dir(folder) else { return lines };
    let mut entries: Vec<_> = entries.filter_map(Result::ok).collect();
    entries.sort_by_key(std::fs::DirEntry::file_name);
    for entry in entries {
        let name = entry.file_name().to_string_lossy().into_owned();
        if name.starts_with('.') {
            continue;
        }
        match entry.metadata() {
            Ok(meta) if meta.is_dir() => {
                lines.push(format!("{indent}├─ {name}/"));
                lines.extend(tree(&entry.path(), &format!("{indent}│  "), lang));
            }
            Ok(meta) => {
                let size = meta.len();
                lines.push(format!("{indent}├─ {name}  ({})", text!("{size} bytes", "{size} 字节").to(lang)));
            }
            Err(_) => {}
        }
    }
    lines
}
