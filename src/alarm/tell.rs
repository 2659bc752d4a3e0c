//! Telling: a thread for each route that carries alarms and control reports to people, by webhook, e-mail, a command
//! or a folder.

use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use base64::Engine as _;
use serde::Serialize;

use super::report::ControlReport;
use crate::config::{AUDITORS, AlarmRoute, Config, Environment, Mail, Way};
use crate::disk;
use crate::journal::{AlarmRecord, Kept, ReportRecord};
use crate::route::{Shared, broken};
use crate::words::{Lang, Text};

/// The longest that a webhook or a command may take.
const PATIENCE: Duration = Duration::from_secs(20);
/// The longest that the end of the program waits for what is being told.
const AT_THE_END: Duration = Duration::from_secs(5);

/// The most bytes of a control report.
const MOST_BYTES: u64 = 4 << 20;

/// What is told, as a script or a webhook gets it.
#[derive(Debug, Serialize)]
struct Message<'a> {
    installation: &'a str,
    environment: Environment,
    id: &'a str,
    /// `raised`, `cleared` or `report`.
    event: &'static str,
    key: &'a str,
    party: &'a str,
    /// The file, batch or account that it is about, where it is about one.
    #[serde(skip_serializing_if = "str::is_empty")]
    subject: &'a str,
    what: &'a str,
    money: &'a str,
    hint: &'a str,
    raised_at: &'a str,
    cleared_at: Option<&'a str>,
    /// The control report, byte for byte as it is signed.
    #[serde(skip_serializing_if = "Option::is_none")]
    report: Option<&'a str>,
    /// Its detached signature.
    #[serde(skip_serializing_if = "Option::is_none")]
    signature: Option<&'a str>,
}

/// What is told.
#[derive(Clone, Debug)]
pub enum News {
    /// An alarm, or its end.
    Alarm(Box<AlarmRecord>),
    /// A control report: the sign of life of a day.
    Report(Box<ReportRecord>),
}

impl News {
    /// The id of what is told.
    pub fn id(&self) -> String {
        match self {
            News::Alarm(alarm) => alarm.id.clone(),
            News::Report(report) => report.id(),
        }
    }
}

/// To whom.
#[derive(Clone, Debug)]
pub enum Target {
    /// By an alarm route.
    Route(AlarmRoute),
    /// Into the folder of control reports.
    Folder,
}

impl Target {
    /// Its name in the journal.
    pub fn name(&self) -> &str {
        match self {
            Target::Route(route) => &route.name,
            Target::Folder => AUDITORS,
        }
    }
}

/// What came of telling.
#[derive(Debug)]
pub struct Told {
    /// The alarm or the control report.
    pub id: String,
    /// The route.
    pub route: String,
    /// Why not, where it was not taken.
    pub result: Result<(), String>,
}

/// The threads that tell, one for each route: a route that hangs holds up no other.
pub struct Teller {
    shared: Arc<Shared>,
    routes: BTreeMap<String, Messenger>,
    done: Option<Sender<Told>>,
    results: Receiver<Told>,
}

/// The thread of one route.
struct Messenger {
    jobs: Sender<(News, Target)>,
    thread: JoinHandle<()>,
}

impl Teller {
    /// Nothing is told yet; the thread of a route begins with what is told by it first.
    pub fn new(shared: &Arc<Shared>) -> Teller {
        let (done, results) = channel();
        Teller { shared: Arc::clone(shared), routes: BTreeMap::new(), done: Some(done), results }
    }

    /// Has something told.
    pub fn tell(&mut self, news: News, target: Target) {
        let Some(done) = &self.done else { return };
        let name = target.name().to_string();
        if !self.routes.contains_key(&name) {
            match Messenger::start(&self.shared, &name, done.clone()) {
                Ok(route) => drop(self.routes.insert(name.clone(), route)),
                Err(error) => {
                    // The other end of this channel is ours.
                    let _ = done.send(Told { id: news.id(), route: name, result: Err(error.to_string()) });
                    return;
                }
            }
        }
        if let Some(route) = self.routes.get(&name) {
            // The thread ends only when this sender is dropped, so the send cannot fail before that.
            let _ = route.jobs.send((news, target));
        }
    }

    /// What was told since the last call.
    pub fn results(&self) -> Vec<Told> {
        self.results.try_iter().collect()
    }

    /// Ends the threads and gives what they still told; what takes longer is told by the next start.
    pub fn stop(&mut self) -> Vec<Told> {
        self.done = None;
        let routes = std::mem::take(&mut self.routes).into_values();
        let threads: Vec<JoinHandle<()>> = routes.map(|route| route.thread).collect();
        let (until, mut told) = (Instant::now() + AT_THE_END, Vec::new());
        loop {
            match self.results.recv_timeout(until.saturating_duration_since(Instant::now())) {
                Ok(one) => told.push(one),
                Err(RecvTimeoutError::Timeout) => return told,
                Err(RecvTimeoutError::Disconnected) => break,
            }
        }
        for thread in threads {
            let _ = thread.join();
        }
        told
    }
}

impl Messenger {
    fn start(shared: &Arc<Shared>, name: &str, done: Sender<Told>) -> std::io::Result<Messenger> {
        let (jobs, inbox) = channel::<(News, Target)>();
        let shared = Arc::clone(shared);
        let work = move || {
            for (news, target) in inbox {
                let tell = || match &news {
                    News::Alarm(alarm) => tell_alarm(&shared.config, alarm, &target),
                    News::Report(report) => tell_report(&shared, report, &target),
                };
                // A route whose words break the program must not silence the others.
                let result = catch_unwind(AssertUnwindSafe(tell)).unwrap_or_else(|cause| Err(broken::what(&*cause).en));
                if done.send(Told { id: news.id(), route: target.name().to_string(), result }).is_err() {
                    break;
                }
            }
        };
        let thread = std::thread::Builder::new().name(format!("alarms {name}")).spawn(work)?;
        Ok(Messenger { jobs, thread })
    }
}

/// Tells an alarm by every route now; what came of each, by name.
pub fn try_all(config: &Config, alarm: &AlarmRecord) -> Vec<(String, Result<(), String>)> {
    config.alarms.route.iter().map(|route| (route.name.clone(), raise(config, alarm, route))).collect()
}

/// Tells that the program had to end, by every route that is told at once. Nothing is kept of it: the journal may be
/// what failed.
pub fn last_words(config: &Config, at: jiff::Timestamp, what: &Text) {
    let Text { en, zh } = what;
    let alarm = AlarmRecord {
        key: "stopped".into(),
        id: "A-STOPPED".into(),
        what: crate::text!("bankferry had to end: {en}", "bankferry 被迫停止：{zh}"),
        money: crate::text!("nothing is sent until it runs again", "重新运行之前不会发送任何文件"),
        hint: crate::text!("put it right, then start it again", "修正后重新启动"),
        ..super::test_alarm(at)
    };
    tell_all(config, &alarm);
}

/// A changed configuration that cannot be read, as it is told once: the journal has nothing to say of it.
pub fn unreadable(at: jiff::Timestamp, what: &Text) -> AlarmRecord {
    AlarmRecord {
        key: "configuration".into(),
        id: "A-CONFIGURATION".into(),
        what: what.clone(),
        money: crate::text!("the program works on as before", "程序照常运行"),
        hint: crate::text!(
            "`bankferry check`; put it right, then send SIGHUP again",
            "`bankferry check`；修正后再次发送 SIGHUP"
        ),
        ..super::test_alarm(at)
    }
}

/// Tells by every route that is told at once.
pub fn tell_all(config: &Config, alarm: &AlarmRecord) {
    let now = config.alarms.route.iter().filter(|route| route.after_hours == 0);
    // Side by side: one that hangs keeps none of the others from hearing it.
    std::thread::scope(|threads| {
        for route in now {
            // There is nobody left to tell that this failed, except whoever reads the error of the command itself.
            threads.spawn(|| drop(raise(config, alarm, route)));
        }
    });
}

fn tell_alarm(config: &Config, alarm: &AlarmRecord, target: &Target) -> Result<(), String> {
    match target {
        Target::Route(route) => raise(config, alarm, route),
        Target::Folder => Err("a folder takes control reports only".into()),
    }
}

fn raise(config: &Config, alarm: &AlarmRecord, route: &AlarmRoute) -> Result<(), String> {
    let words = |text: &Text| text.to(config.language).to_string();
    let (what, money, hint) = (words(&alarm.what), words(&alarm.money), words(&alarm.hint));
    let message = Message {
        installation: &config.name,
        environment: config.environment,
        id: &alarm.id,
        event: if alarm.cleared_at.is_some() { "cleared" } else { "raised" },
        key: &alarm.key,
        party: &alarm.party,
        subject: &alarm.subject,
        what: &what,
        money: &money,
        hint: &hint,
        raised_at: &alarm.raised_at,
        cleared_at: alarm.cleared_at.as_deref(),
        report: None,
        signature: None,
    };
    send(config, &message, route)
}

/// A report goes out with the very bytes of the archive: they are what is signed.
fn tell_report(shared: &Shared, record: &ReportRecord, target: &Target) -> Result<(), String> {
    let content = archived(shared, &record.content)?;
    let signature = record.signature.as_ref().map(|kept| archived(shared, kept)).transpose()?;
    let report: ControlReport = serde_json::from_str(&content).map_err(|e| e.to_string())?;
    let Target::Route(route) = target else { return put(shared, &report, &content, signature.as_deref()) };
    let config = &shared.config;
    let words = |text: Text| text.to(config.language).to_string();
    let hint = match &signature {
        Some(_) => crate::text!("keep it: a number or a day that is missing is an alarm", "请留存：缺号或缺日即为告警"),
        None => crate::text!(
            "it is not signed: make a key with `bankferry keys generate audit`",
            "未签名：请用 `bankferry keys generate audit` 生成密钥"
        ),
    };
    let (what, money, hint) = (words(report.what()), words(report.money()), words(hint));
    let message = Message {
        installation: &config.name,
        environment: config.environment,
        id: &record.id(),
        event: "report",
        key: &format!("report {} {}", report.bank, report.number),
        party: &report.bank,
        subject: "",
        what: &what,
        money: &money,
        hint: &hint,
        raised_at: &record.made_at,
        cleared_at: None,
        report: Some(&content),
        signature: signature.as_deref(),
    };
    send(config, &message, route)
}

fn archived(shared: &Shared, kept: &Kept) -> Result<String, String> {
    let hash = kept.sha256.parse().map_err(|_| format!("`{}` is not a hash", kept.sha256))?;
    let bytes = shared.archive.bytes(hash, MOST_BYTES).map_err(|e| e.to_string())?;
    String::from_utf8(bytes).map_err(|e| e.to_string())
}

/// The signature first: a report that is there is whole.
fn put(shared: &Shared, report: &ControlReport, content: &str, signature: Option<&str>) -> Result<(), String> {
    let (folder, name) = (shared.config.reports(), report.file_name());
    disk::ensure_folder(&folder, 0o750).map_err(|e| e.to_string())?;
    let write = |name: &str, content: &str| {
        disk::write_new_with(&folder, name, 0o640, |out| out.write_all(content.as_bytes())).map_err(|e| e.to_string())
    };
    if let Some(signature) = signature {
        write(&format!("{name}.asc"), signature)?;
    }
    write(&name, content).map(drop)
}

fn send(config: &Config, message: &Message<'_>, route: &AlarmRoute) -> Result<(), String> {
    let json = serde_json::to_string(message).map_err(|e| e.to_string())?;
    match route.way() {
        Some(Way::Webhook(address)) => post(address, &json),
        Some(Way::Command(command)) => run(command, json.as_bytes()),
        Some(Way::Mail(mail)) => run(&mail.sendmail, letter(mail, message, config.language).as_bytes()),
        None => Err("the route has no way".into()),
    }
}

fn post(address: &str, json: &str) -> Result<(), String> {
    let tls = ureq::tls::TlsConfig::builder().provider(ureq::tls::TlsProvider::NativeTls).build();
    let agent = ureq::Agent::new_with_config(
        ureq::Agent::config_builder().timeout_global(Some(PATIENCE)).max_redirects(0).tls_config(tls).build(),
    );
    let sent = agent.post(address).header("content-type", "application/json").send(json);
    sent.map(drop).map_err(|e| e.to_string())
}

/// Runs a program without a shell, gives it `input`, and ends it when it takes too long.
fn run(command: &[String], input: &[u8]) -> Result<(), String> {
    let (program, arguments) = command.split_first().ok_or("the command is empty")?;
    let mut child = Command::new(program)
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(|e| format!("`{program}`: {e}"))?;
    // A program that reads nothing may still succeed. The input is smaller than a pipe holds: a report is some lines.
    if let Some(mut stdin) = child.stdin.take() {
        let _ = stdin.write_all(input);
    }
    let until = Instant::now() + PATIENCE;
    loop {
        match child.try_wait().map_err(|e| e.to_string())? {
            Some(status) if status.success() => return Ok(()),
            Some(status) => {
                let mut said = Vec::new();
                let _ = child.stderr.take().map(|err| err.take(500).read_to_end(&mut said));
                return Err(format!("`{program}` ended with {status}: {}", String::from_utf8_lossy(&said).trim()));
            }
            None if Instant::now() >= until => {
                let _ = child.kill();
                let _ = child.wait();
                return Err(format!("`{program}` took more than {} seconds", PATIENCE.as_secs()));
            }
            None => std::thread::sleep(Duration::from_millis(20)),
        }
    }
}

/// The e-mail (RFC 5322); everything that is not ASCII is in base64, so that nothing can become a header.
fn letter(mail: &Mail, message: &Message<'_>, lang: Lang) -> String {
    let base64 = |text: &str| base64::engine::general_purpose::STANDARD.encode(text);
    let state = match (lang, message.event) {
        (Lang::Zh, "raised") => "告警",
        (Lang::Zh, "report") => "控制日报",
        (Lang::Zh, _) => "告警解除",
        (_, "raised") => "ALARM",
        (_, "report") => "report",
        _ => "over",
    };
    let mut subject = format!("[{}] {state} {}: {}", message.installation, message.id, message.what);
    subject = subject.chars().take(60).collect();
    let Message { what, money, hint, id, raised_at, .. } = message;
    let signed = [message.report, message.signature].into_iter().flatten().collect::<Vec<_>>().join("\n");
    let body = base64(&format!("{state} {id}\n\n{what}\n{money}\n{hint}\n\n{raised_at}\n\n{signed}"));
    let lines: Vec<&str> = (0..body.len()).step_by(76).map(|at| &body[at..body.len().min(at + 76)]).collect();
    // RFC 2047 allows 75 characters a word.
    let encoded: Vec<char> = subject.chars().collect();
    let parts: Vec<String> =
        encoded.chunks(10).map(|part| format!("=?UTF-8?B?{}?=", base64(&part.iter().collect::<String>()))).collect();
    format!(
        "From: {}\nTo: {}\nSubject: {}\nMIME-Version: 1.0\nContent-Type: text/plain; charset=utf-8\n\
         Content-Transfer-Encoding: base64\nAuto-Submitted: auto-generated\n\n{}\n",
        mail.from,
        mail.to.join(", "),
        parts.join("\n "),
        lines.join("\n")
    )
}
