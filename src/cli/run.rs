//! `bankferry run` and `bankferry once`: the daemon.

use std::sync::atomic::Ordering;

use clap::Args;
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};

use super::{CliError, Context, Exit, Run};
use crate::alarm;
use crate::config::Config;
use crate::daemon::{Daemon, Wishes};
use crate::journal::{Oversight, WAITS_FOR_A_PERSON};
use crate::route::unfinished::Unfinished;
use crate::route::{Trouble, officers};
use crate::text;
use crate::words::{Explain, Remedy, Text};

/// Runs the daemon until it is told to stop
///
/// SIGTERM and SIGINT end it in good order: what is under way is finished or left where the next
/// start finds it. SIGHUP reads the configuration again.
#[derive(Debug, Args)]
pub struct RunDaemon {}

/// Does everything that is due now, then exits
///
/// For cron and for tests. What is to be tried again later stays for the next time. The exit status is 0 where nothing
/// is left to do but for people: a refused file, a held batch and an UNKNOWN are told by files, status and alarm. It is
/// 3 where a party could not be reached, or a file not sent or published: each is named, the others go on.
#[derive(Debug, Args)]
pub struct Once {}

impl Run for RunDaemon {
    fn run(&self, context: &Context) -> Result<Exit, CliError> {
        let wishes = wishes()?;
        let mut config = load(context)?;
        loop {
            let mut daemon = start(context, config.clone())?;
            say_fence(context, &daemon)?;
            say_officers(context, &daemon)?;
            context.talk().say(&text!(
                "bankferry is at work; stop it with Ctrl-C or SIGTERM",
                "bankferry 正在运行；按 Ctrl-C 或发送 SIGTERM 停止"
            ));
            if !daemon.work(&wishes).map_err(|t| ended(context, &t))? {
                return Ok(Exit::Done);
            }
            context.talk().say(&text!("reading the configuration again", "重新读取配置"));
            match Config::load(context.dir()) {
                Ok(changed) => config = changed,
                Err(error) => goes_on(context, &config, &error.what()),
            }
        }
    }
}

impl Run for Once {
    fn run(&self, context: &Context) -> Result<Exit, CliError> {
        let wishes = wishes()?;
        let mut daemon = start(context, load(context)?)?;
        say_fence(context, &daemon)?;
        let unfinished = daemon.once(&wishes).map_err(|t| ended(context, &t))?;
        say_officers(context, &daemon)?;
        let mut exit = Exit::Done;
        for one in &unfinished {
            exit = not_done(context, one);
        }
        Ok(exit)
    }
}

/// Names what somebody else has kept from being done, with the next step.
fn not_done(context: &Context, one: &Unfinished) -> Exit {
    let party = &one.party;
    let next = match &one.hint {
        Some(hint) => hint.clone(),
        None if one.retry_at == WAITS_FOR_A_PERSON => text!(
            "a person must help first: `bankferry status`, `bankferry check --connect {party}`",
            "须先人工处理：`bankferry status`、`bankferry check --connect {party}`"
        ),
        None => {
            let at = &one.retry_at;
            text!("the next run after {at} tries again", "{at} 之后的下一次运行将重试")
        }
    };
    CliError::outside(one.what.clone()).hint(next).report(context.talk())
}

fn load(context: &Context) -> Result<Config, CliError> {
    Config::load(context.dir()).map_err(|e| CliError::explained(&e))
}

/// A configuration that cannot be read stops nobody who is at work: the one before it stays in force, which is told
/// where alarms are told.
fn goes_on(context: &Context, config: &Config, Text { en, zh }: &Text) {
    let what = text!(
        "the configuration cannot be read, and the one before it stays in force: {en}",
        "无法读取配置，此前的配置继续有效：{zh}"
    );
    alarm::tell_all(config, &alarm::unreadable(context.clock().now(), &what));
    context.talk().warning(&what);
}

fn start(context: &Context, config: Config) -> Result<Daemon, CliError> {
    Daemon::start(config, context.clock().clone()).map_err(|t| trouble(&t))
}

/// Nobody reads the screen of a daemon: that it had to end is told by the alarm routes too.
fn ended(context: &Context, what: &Trouble) -> CliError {
    if let Ok(config) = Config::load(context.dir()) {
        alarm::last_words(&config, context.clock().now(), &what.what);
    }
    trouble(what)
}

/// A second copy says so first.
fn say_fence(context: &Context, daemon: &Daemon) -> Result<(), CliError> {
    let Some(what) = daemon.engine().journal().standing()?.and_then(|standing| standing.fenced) else { return Ok(()) };
    let Text { en, zh } = what;
    context.talk().warning(&text!(
        "RESTORED: {en}; nothing is sent to banks until two people say so",
        "恢复模式：{zh}；两人确认之前不向银行发送"
    ));
    context.talk().hint(&text!("`bankferry status` says what to do", "`bankferry status` 说明如何处理"));
    Ok(())
}

/// A configuration that keeps every file for banks in the queue says so.
fn say_officers(context: &Context, daemon: &Daemon) -> Result<(), CliError> {
    if officers::waits_for_officers(daemon.config(), daemon.engine().journal())? {
        context.talk().warning(&officers::words());
        if let Some(waiting) = officers::waiting(daemon.engine().journal())? {
            context.talk().say(&waiting);
        }
        context.talk().hint(&officers::hint());
    }
    Ok(())
}

/// A trouble as the command line tells it.
pub(super) fn trouble(trouble: &Trouble) -> CliError {
    let mut error = match trouble.remedy {
        Remedy::Person => CliError::usage(trouble.what.clone()),
        Remedy::Wait | Remedy::Unknown => CliError::outside(trouble.what.clone()),
    };
    for hint in &trouble.hints {
        error = error.hint(hint.clone());
    }
    error
}

fn wishes() -> Result<Wishes, CliError> {
    let wishes = Wishes::default();
    let flag = |signal, flag: &std::sync::Arc<std::sync::atomic::AtomicBool>| {
        signal_hook::flag::register(signal, flag.clone())
            .map_err(|e| CliError::outside(text!("signals cannot be handled", "无法处理系统信号").because(&e)))
    };
    flag(SIGTERM, &wishes.stop)?;
    flag(SIGINT, &wishes.stop)?;
    flag(SIGHUP, &wishes.reload)?;
    wishes.stop.store(false, Ordering::Relaxed);
    Ok(wishes)
}
