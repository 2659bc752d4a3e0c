//! `bankferry sandbox`: a bank to practise with, on this machine.

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use clap::Args;

use super::{CliError, Context, Exit, Run};
use crate::sandbox::bank::{BankEvent, Fault};
use crate::sandbox::practice_bank::{Play, PracticeBank, PracticeBankError};
use crate::text;

/// Runs a bank to practise with: SFTP server, keys, answers, statements, faults
///
/// It lives in a folder of its own and is reached only from this machine. What it does is told by
/// `bank.toml` in that folder, written at the first start.
#[derive(Debug, Args)]
#[command(after_help = "\
Words in a payment steer the bank: a creditor name with REJECT is refused, ERRAC06RJCT is refused with
AC06, ERRZZ99UNKN is answered with a code that no list has, ERRAC04RTRN is booked and comes back on the next statement.

Examples:
  bankferry sandbox                          the bank in ./practice-bank, on port 2222
  bankferry sandbox --bank icbc icbc-bank    a bank that reads and answers as the template icbc says
  bankferry sandbox --fault late=120@1       the first answer comes two minutes late
  bankferry sandbox --fault statement:lost   no statement ever comes")]
pub struct SandboxCommand {
    /// The bank's folder
    #[arg(value_name = "DIR", default_value = "practice-bank")]
    folder: PathBuf,
    /// The template of the bank that it plays: its folders, names, formats and protection
    #[arg(long, value_name = "TEMPLATE")]
    bank: Option<String>,
    /// Port on 127.0.0.1; 0 takes a free one
    #[arg(long, value_name = "PORT", default_value_t = 2222)]
    port: u16,
    /// What goes wrong: KIND, KIND@FILE, late=SECONDS, statement:KIND; more than once
    #[arg(long = "fault", value_name = "FAULT")]
    faults: Vec<Fault>,
}

impl From<PracticeBankError> for CliError {
    fn from(error: PracticeBankError) -> CliError {
        CliError::explained(&error)
    }
}

/// How often the bank looks into its inbox.
const PACE: Duration = Duration::from_millis(250);

impl Run for SandboxCommand {
    fn run(&self, context: &Context) -> Result<Exit, CliError> {
        let stop = stop_flag().map_err(|e| CliError::file(&self.folder, &e))?;
        let templates = std::path::absolute(context.dir().join("templates"));
        let templates = templates.map_err(|e| CliError::file(context.dir(), &e))?;
        let play = self.bank.as_deref().map(|template| Play { template, templates: &templates });
        let mut practice = PracticeBank::open(&self.folder, self.port, context.clock().now(), play, |settings| {
            settings.faults.extend(self.faults.iter().cloned());
        })?;
        introduce(context, &practice)?;
        let mut latest = None;
        while !stop.load(Ordering::Relaxed) {
            for event in practice.tick(context.clock().now()) {
                // The same trouble at every look is said once.
                if !matches!(event, BankEvent::Trouble { .. }) || latest.as_ref() != Some(&event) {
                    show(context, &event)?;
                }
                latest = Some(event);
            }
            std::thread::sleep(PACE);
        }
        context.talk().say(&text!("the practice bank is closed", "练习银行已关闭"));
        Ok(Exit::Done)
    }
}

/// Set by SIGINT and SIGTERM.
fn stop_flag() -> io::Result<Arc<AtomicBool>> {
    let stop = Arc::new(AtomicBool::new(false));
    for signal in [signal_hook::consts::SIGINT, signal_hook::consts::SIGTERM] {
        // A second signal ends the process at once.
        signal_hook::flag::register_conditional_shutdown(signal, 130, Arc::clone(&stop))?;
        signal_hook::flag::register(signal, Arc::clone(&stop))?;
    }
    Ok(stop)
}

/// Says what the customer needs to know: its configuration on standard output, the rest beside it.
fn introduce(context: &Context, practice: &PracticeBank) -> Result<(), CliError> {
    let party = practice.party();
    if context.json() {
        let ready = serde_json::json!({
            "event": "ready",
            "port": practice.server().port(),
            "host_key": practice.server().host_key_fingerprint(),
            "certificate": practice.certificate_file(),
            "customer": practice.customer_file(),
            "party": party,
        });
        return put(&format!("{ready}\n"));
    }
    let talk = context.talk();
    let (port, bank, customer) = (practice.server().port(), practice.certificate_file(), practice.customer_file());
    let (bank, customer) = (bank.display(), customer.display());
    talk.say(&text!("the practice bank is open on 127.0.0.1:{port}", "练习银行已在 127.0.0.1:{port} 开放"));
    talk.say(&text!("put this into `bankferry.toml`:", "请将以下内容写入 `bankferry.toml`："));
    put(&format!("\n{party}\n"))?;
    if !practice.seals() {
        return Ok(());
    }
    talk.say(&text!("then exchange certificates:", "然后交换证书："));
    talk.say(&text!("  bankferry keys import practice-bank {bank}", "  bankferry keys import practice-bank {bank}"));
    talk.say(&text!("  bankferry keys generate both > {customer}", "  bankferry keys generate both > {customer}"));
    Ok(())
}

fn show(context: &Context, event: &BankEvent) -> Result<(), CliError> {
    if context.json() {
        let line = serde_json::to_string(event).map_err(|e| CliError::file(Path::new("-"), &e.into()))?;
        return put(&format!("{line}\n"));
    }
    match event {
        BankEvent::Trouble { .. } | BankEvent::Refused { .. } => context.talk().warning(&event.words()),
        _ => context.talk().say(&event.words()),
    }
    Ok(())
}

fn put(text: &str) -> Result<(), CliError> {
    let mut out = io::stdout().lock();
    out.write_all(text.as_bytes()).and_then(|()| out.flush()).map_err(|e| CliError::file(Path::new("-"), &e))
}
