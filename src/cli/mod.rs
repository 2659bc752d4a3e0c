//! The command line: one file per command.
//!
//! A command is a struct of arguments (clap) in a file of its own that implements [`Run`], and one
//! variant of `Command`. It is handed a [`Context`], writes data to standard output and talk to
//! standard error, and gives an [`Exit`] or a [`CliError`]; only this module turns those into an
//! exit code and printed lines.

mod alarms;
mod backup;
mod balances;
mod cancel;
mod check;
mod config;
mod context;
mod convert;
mod copy;
mod decide;
mod demo;
mod desk;
mod error;
mod help;
mod hold;
mod incidents;
mod init;
mod keys;
mod list;
mod match_entry;
mod pair;
mod person;
pub mod practice;
mod print;
mod reconcile;
mod refuse;
mod release;
mod report;
mod reports;
mod resend;
mod resolve;
mod restore;
mod run;
mod sandbox;
mod show;
mod spec;
mod status;
pub mod story;
mod tongue;
mod unfence;
mod usage;
mod verify;

use std::ffi::OsString;
use std::process::ExitCode;

use clap::{Args, CommandFactory, FromArgMatches, Parser, Subcommand};

pub use context::{Context, Talk};
pub use error::{CliError, Exit};

use crate::clock::Clock;
use crate::text;
use crate::words::Lang;
use crate::words::library::carried;

/// Carries payment files from ERPs to banks and bank files back to ERPs.
#[derive(Debug, Parser)]
#[command(name = "bankferry", version, propagate_version = true, arg_required_else_help = true)]
#[command(after_help = "\
Exit status: 0 done; 1 done, and the answer is no (a file is refused, a check failed);
2 the call or the configuration is wrong, nothing was done; 3 network, bank or disk failed, trying again may help.")]
pub struct Cli {
    #[command(flatten)]
    global: Global,
    #[command(subcommand)]
    command: Command,
}

/// Options of every command.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Global options")]
pub struct Global {
    /// Folder of the installation (where `bankferry.toml` is)
    #[arg(long, global = true, value_name = "DIR")]
    pub dir: Option<std::path::PathBuf>,
    /// Print data as JSON
    #[arg(long, global = true)]
    pub json: bool,
    /// Say only what went wrong
    #[arg(short, long, global = true, conflicts_with = "verbose")]
    pub quiet: bool,
    /// Say more about what is done
    #[arg(short, long, global = true)]
    pub verbose: bool,
    /// Language of messages: `en` or `zh` [default: by the locale]
    #[arg(long, global = true, value_name = "LANG", value_parser = language)]
    pub lang: Option<Lang>,
}

/// The commands; a new one is a file and a line here.
#[derive(Debug, Subcommand)]
enum Command {
    Demo(demo::Demo),
    Init(init::Init),
    Run(run::RunDaemon),
    Once(run::Once),
    Convert(convert::Convert),
    Keys(keys::KeysCommand),
    Sandbox(sandbox::SandboxCommand),
    Check(check::Check),
    Status(status::Status),
    Balances(balances::Balances),
    List(list::List),
    Show(show::Show),
    Release(release::Release),
    Refuse(refuse::Refuse),
    Cancel(cancel::Cancel),
    Hold(hold::Hold),
    Resolve(resolve::Resolve),
    Reconcile(reconcile::Reconcile),
    Match(match_entry::MatchEntry),
    Unmatch(match_entry::UnmatchEntry),
    Report(report::Report),
    Resend(resend::Resend),
    Config(config::ConfigCommand),
    Verify(verify::Verify),
    Spec(spec::Spec),
    Backup(backup::Backup),
    Restore(restore::Restore),
    Unfence(unfence::Unfence),
}

impl Command {
    fn command(&self) -> &dyn Run {
        match self {
            Command::Demo(demo) => demo,
            Command::Init(init) => init,
            Command::Run(run) => run,
            Command::Once(once) => once,
            Command::Convert(convert) => convert,
            Command::Keys(keys) => keys,
            Command::Sandbox(sandbox) => sandbox,
            Command::Check(check) => check,
            Command::Status(status) => status,
            Command::Balances(balances) => balances,
            Command::List(list) => list,
            Command::Show(show) => show,
            Command::Release(release) => release,
            Command::Refuse(refuse) => refuse,
            Command::Cancel(cancel) => cancel,
            Command::Hold(hold) => hold,
            Command::Resolve(resolve) => resolve,
            Command::Reconcile(reconcile) => reconcile,
            Command::Match(entry) => entry,
            Command::Unmatch(entry) => entry,
            Command::Report(report) => report,
            Command::Resend(resend) => resend,
            Command::Config(config) => config,
            Command::Verify(verify) => verify,
            Command::Spec(spec) => spec,
            Command::Backup(backup) => backup,
            Command::Restore(restore) => restore,
            Command::Unfence(unfence) => unfence,
        }
    }
}

/// What a command does.
pub trait Run {
    /// Does it.
    ///
    /// # Errors
    /// [`CliError`], which knows its exit code and what to print.
    fn run(&self, context: &Context) -> Result<Exit, CliError>;
}

/// Runs the program with the arguments of this process.
pub fn main() -> ExitCode {
    let locale = ["LC_ALL", "LC_MESSAGES", "LANG"].into_iter().filter_map(|name| std::env::var(name).ok());
    let lang = locale.into_iter().find(|value| !value.is_empty()).map_or(Lang::En, |value| Lang::of_locale(&value));
    ExitCode::from(run(std::env::args_os(), lang, Clock::system()).code())
}

/// Runs the program: `args` with the program's name first, `lang` where `--lang` says nothing.
pub fn run(args: impl IntoIterator<Item = OsString>, lang: Lang, clock: Clock) -> Exit {
    let args: Vec<OsString> = args.into_iter().collect();
    let lang = usage::lang_of(&args, lang);
    let cli = match parse(args, lang) {
        Ok(cli) => cli,
        Err(error) => return refuse(&error, lang),
    };
    let context = Context::new(&cli.global, lang, clock);
    let done = cli.command.command().run(&context);
    match done {
        Ok(exit) => exit,
        Err(error) => error.report(context.talk()),
    }
}

fn parse(args: Vec<OsString>, lang: Lang) -> Result<Cli, clap::Error> {
    let command = match lang {
        Lang::En => Cli::command(),
        Lang::Zh => help::in_chinese(Cli::command()),
    };
    Cli::from_arg_matches(&command.try_get_matches_from(args)?)
}

/// Help and version are asked for; everything else is a wrong call.
fn refuse(error: &clap::Error, lang: Lang) -> Exit {
    use clap::error::ErrorKind::{DisplayHelp, DisplayHelpOnMissingArgumentOrSubcommand, DisplayVersion};
    if matches!(error.kind(), DisplayHelp | DisplayVersion | DisplayHelpOnMissingArgumentOrSubcommand) {
        // A closed pipe takes no help text; there is nobody left to tell.
        let _ = error.print();
        return if error.use_stderr() { Exit::Usage } else { Exit::Done };
    }
    usage::explained(error).report(&Talk { lang, quiet: false, verbose: false })
}

fn language(name: &str) -> Result<Lang, String> {
    match name.to_ascii_lowercase().as_str() {
        "en" | "english" => Ok(Lang::En),
        "zh" | "zh_cn" | "zh-cn" | "chinese" => Ok(Lang::Zh),
        _ => Err(carried(text!("use `en` or `zh`", "可用的有 `en`、`zh`"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_definition_of_the_command_line_is_sound() {
        Cli::command().debug_assert();
    }
}
