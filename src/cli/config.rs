//! `bankferry config`: which configuration is in force, what changed, and whether two officers let it send.

use clap::Args;
use serde::Serialize;

use super::desk::Desk;
use super::pair::say_proposed;
use super::person::Person;
use super::print::json_line;
use super::{CliError, Context, Exit, Run};
use crate::config::{Right, changed_parts};
use crate::disk::InstanceLock;
use crate::journal::{Act, Confirmed, Event, IncidentKind, Journal, NewFact, Proposal, Records, Rows, SqliteJournal};
use crate::route::decide::{DecideError, Matter, confirm_facts, fact, open_proposal, proposed};
use crate::route::officers::{self, CONFIG, is_confirmed, named_by, waits_for_officers};
use crate::route::settings::{self, Changed};
use crate::text;
use crate::words::Text;

/// Shows the configuration's digest and which settings changed; with `--confirm` lets it send
///
/// With `[security] config_needs_officers = true`, and in production wherever two people are officers, nothing is
/// sent to a bank under a changed configuration until two people with the right `configure` have confirmed it: the
/// first call proposes, the same call by another confirms. These are officers of the configuration that was confirmed
/// last, whatever people the changed one names; where none ever was, of the configuration itself.
///
/// It shows which settings differ from the configuration that was confirmed last, as long as it is not confirmed. Where
/// the configuration has changed since somebody proposed it, nothing is confirmed or proposed before `--digest` says
/// which one was looked at.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  bankferry config
  bankferry config --confirm --as olga --reason \"new limits, ticket 12\"
  bankferry config --confirm --digest 1b4f0e985197 --as olga --reason \"looked at it anew\"
  bankferry config --confirm --stand-in --as anna --reason \"olga has left, oleg is to follow\"")]
pub struct ConfigCommand {
    /// Propose the configuration as it is now, or confirm what another officer proposed
    #[arg(long, requires = "reason")]
    confirm: bool,
    /// The digest of the configuration that was looked at, or its first 12 digits at least: any other is not confirmed
    #[arg(long = "digest", value_name = "DIGEST", requires = "confirm")]
    seen: Option<String>,
    /// Speak in the place of an officer that has left, as a person who may resolve by the configuration that was
    /// confirmed last; everybody is told by an alarm
    #[arg(long, requires = "confirm")]
    stand_in: bool,
    /// Why
    #[arg(long, value_name = "TEXT")]
    reason: Option<String>,
    /// Who decides [default: the operating system's user]
    #[arg(long = "as", value_name = "NAME")]
    who: Option<String>,
}

/// The configuration as a script sees it.
#[derive(Serialize)]
struct Told<'a> {
    digest: &'a str,
    confirmed: bool,
    needs_officers: bool,
    /// Parts that differ from what the program last ran with.
    changed: Vec<String>,
    /// Settings that differ from the configuration that was confirmed last; nothing where none ever was.
    #[serde(skip_serializing_if = "Option::is_none")]
    changes: Option<Vec<Changed>>,
    /// Who confirms a change of what was confirmed last; nobody where nothing ever was.
    officers: Vec<String>,
}

impl Run for ConfigCommand {
    fn run(&self, context: &Context) -> Result<Exit, CliError> {
        let desk = Desk::open(context)?;
        if self.confirm {
            return self.confirm(context, &desk);
        }
        let digest = desk.config.digest();
        let (mut confirmed, mut changed, mut officers, mut changes) = (false, Vec::new(), Vec::new(), None);
        if let Some(records) = desk.records_so_far()? {
            confirmed = is_confirmed(&records, &digest)?;
            changes = settings::since_confirmed(&desk.config, &records)?;
            officers = officers::confirmed(&records)?.map(|c| c.officers.into_keys().collect()).unwrap_or_default();
            let ran_with = records.facts_of(CONFIG)?.into_iter().rev().find_map(|fact| match fact.event {
                Event::ConfigChanged { parts, .. } => Some(parts),
                _ => None,
            });
            changed = ran_with.map(|parts| changed_parts(&parts, &desk.config.parts)).unwrap_or_default();
        }
        let (mut needs_officers, mut runs_confirmed) = (desk.config.needs_officers(), false);
        if let Some(records) = desk.records_so_far()? {
            let waits = waits_for_officers(&desk.config, &records)?;
            needs_officers |= waits;
            let runs = InstanceLock::held_by(&desk.config.state()).is_some();
            runs_confirmed = waits && runs && officers::runs_confirmed(&records)?;
        }
        if context.json() {
            json_line(&Told { digest: &digest, confirmed, needs_officers, changed, changes, officers })?;
            return Ok(Exit::Done);
        }
        let talk = context.talk();
        talk.say(&text!("the configuration is {digest}", "配置摘要为 {digest}"));
        if !changed.is_empty() {
            let parts = changed.join(", ");
            talk.say(&text!("changed since the program last started: {parts}", "自程序上次启动以来的变更：{parts}"));
        }
        say_changes(context, changes.as_deref());
        match (needs_officers, confirmed) {
            (_, true) => talk.say(&text!("two officers have confirmed it", "已由两名安全员确认")),
            (true, false) => talk.warning(&text!(
                "nothing is sent to banks until two officers confirm it: `bankferry config --confirm --reason TEXT`",
                "在两名安全员确认之前不向银行发送：`bankferry config --confirm --reason 文字`"
            )),
            (false, false) => {}
        }
        if runs_confirmed {
            talk.say(&officers::words_at_work());
        }
        if !officers.is_empty() {
            let names = officers.join(", ");
            talk.say(&text!("two of these confirm a change of it: {names}", "其变更须由其中两人确认：{names}"));
        }
        Ok(Exit::Done)
    }
}

impl ConfigCommand {
    fn confirm(&self, context: &Context, desk: &Desk<'_>) -> Result<Exit, CliError> {
        let mut journal = desk.journal()?;
        let before = officers::confirmed(&journal)?;
        let person = match &before {
            Some(before) => Person::by(before, &desk.config, self.who.as_deref())?,
            None => Person::of(&desk.config, self.who.as_deref())?,
        };
        let digest = desk.config.digest();
        if is_confirmed(&journal, &digest)? {
            context.talk().say(&text!("two officers have confirmed it already", "已由两名安全员确认"));
            return Ok(Exit::Done);
        }
        let voices = Voices { before, since: officers::confirmed_at(&journal)?, desk };
        let stands_in = voices.stands_in(&person, self.stand_in)?;
        say_changes(context, settings::since_confirmed(&desk.config, &journal)?.as_deref());
        self.is_seen(context, desk, &journal)?;
        let matter = Matter {
            what: Act::Config,
            case: CONFIG.into(),
            subject: CONFIG.into(),
            digest,
            reason: person.reason(self.reason.as_deref().unwrap_or_default().trim()),
            reference: None,
        };
        let incident = stands_in.then(|| stand_in(&person.name));
        self.state(context, &voices, &mut journal, &person, &matter, incident)
    }

    /// Refuses where the person has looked at another configuration than this one, or may have: one that has changed
    /// since somebody proposed it.
    fn is_seen(&self, context: &Context, desk: &Desk<'_>, journal: &SqliteJournal) -> Result<(), CliError> {
        let digest = desk.config.digest();
        let now = digest.get(..SEEN).unwrap_or_default();
        if let Some(seen) = &self.seen {
            if seen.len() >= SEEN && digest.starts_with(seen.as_str()) {
                return Ok(());
            }
            let what = text!(
                "the configuration is {now} and not {seen}: nothing was confirmed or proposed",
                "当前配置为 {now}，而非 {seen}：未确认也未提议任何内容"
            );
            return Err(CliError::no(what).hint(look_first(now)));
        }
        let Some(fallen) = settings::fallen(&desk.config, journal)? else { return Ok(()) };
        let (by, theirs) = (&fallen.proposed_by, fallen.digest.get(..SEEN).unwrap_or_default());
        let since = settings::since(&desk.config, journal, &fallen.digest)?.unwrap_or_default();
        if !since.is_empty() {
            context
                .talk()
                .say(&text!("changed since `{by}` proposed {theirs}:", "自 `{by}` 提议 {theirs} 以来的变更："));
            since.iter().for_each(|changed| context.talk().say(&indented(&changed.words())));
        }
        let what = text!(
            "the configuration has changed since `{by}` proposed {theirs}, which has fallen with that; nothing was \
             confirmed or proposed",
            "自 `{by}` 提议 {theirs} 以来配置已变更，该提议随之作废；未确认也未提议任何内容"
        );
        Err(CliError::no(what).hint(look_first(now)))
    }

    /// Proposes it, or confirms it where another person whose word counts has.
    fn state(
        &self,
        context: &Context,
        voices: &Voices<'_>,
        journal: &mut SqliteJournal,
        person: &Person,
        matter: &Matter,
        incident: Option<Event>,
    ) -> Result<Exit, CliError> {
        let (desk, name, now) = (voices.desk, person.name.as_str(), voices.desk.now());
        let open = open_proposal(journal, matter, now)?.filter(|open| voices.count(open));
        let Some(open) = open else {
            let proposed = proposed(&desk.config, matter, now);
            let stated = [Some(proposed), incident].into_iter().flatten().map(|event| fact(matter, name, event));
            let said = settings::statement(&desk.config, journal, name)?;
            journal.append(now, stated.chain(said).map(|fact| (fact, Rows::None)).collect())?;
            let expires = open_proposal(journal, matter, now)?.map(|p| p.expires).unwrap_or_default();
            let command = "bankferry config --confirm --reason TEXT";
            say_proposed(context, desk, person, matter, &expires, command)?;
            voices.say_first(context);
            return Ok(Exit::Done);
        };
        if open.proposed_by == name {
            return Err(DecideError::SamePerson(open.proposed_by).into());
        }
        let named = Event::ConfigConfirmed(Box::new(named_by(&desk.config)));
        let stated = [Some(named), incident].into_iter().flatten().map(|event| fact(matter, name, event));
        // Where an earlier program took the proposal down, it did not state them.
        let said = settings::statement(&desk.config, journal, name)?;
        let facts: Vec<(NewFact, Rows<'_>)> = stated.chain(said).map(|fact| (fact, Rows::None)).collect();
        confirm_facts(journal, matter, name, now, |_| facts)?;
        context.talk().say(&text!(
            "two officers have confirmed the configuration: files to banks go out under it",
            "配置已由两名安全员确认：可据此向银行发送文件"
        ));
        Ok(Exit::Done)
    }
}

/// Digits of a digest that say which configuration was looked at.
const SEEN: usize = 12;

/// What the officers have to look at.
fn say_changes(context: &Context, changes: Option<&[Changed]>) {
    let changes = changes.unwrap_or_default();
    if changes.is_empty() {
        return;
    }
    let talk = context.talk();
    talk.say(&text!("changed since the configuration that was confirmed last:", "与上次确认的配置相比的变更："));
    changes.iter().for_each(|changed| talk.say(&indented(&changed.words())));
}

fn indented(words: &Text) -> Text {
    let Text { en, zh } = words;
    text!("  {en}", "  {zh}")
}

fn look_first(now: &str) -> Text {
    text!(
        "look at what changed with `bankferry config`, then say which one you have seen with `--digest {now}`",
        "请先用 `bankferry config` 查看变更，再以 `--digest {now}` 说明所看的配置"
    )
}

/// Whose word counts.
struct Voices<'a> {
    /// The configuration that was confirmed last.
    before: Option<Confirmed>,
    /// The fact by which that was confirmed.
    since: u64,
    desk: &'a Desk<'a>,
}

impl Voices<'_> {
    /// Whether a proposal counts: of an officer or in the place of one, since there is the configuration that says so.
    fn count(&self, open: &Proposal) -> bool {
        let name = &open.proposed_by;
        open.fact > self.since
            && match &self.before {
                Some(before) => before.officers.contains_key(name) || before.approvers.contains_key(name),
                None => self.desk.config.allows(name, Right::Configure),
            }
    }

    /// Whether the person stands in for an officer; refused where it is neither an officer nor may do that.
    fn stands_in(&self, person: &Person, asked: bool) -> Result<bool, CliError> {
        person.may_decide(&self.desk.config)?;
        let Some(before) = &self.before else {
            return person.may(&self.desk.config, Right::Configure).map(|()| false);
        };
        let name = &person.name;
        if before.officers.contains_key(name) {
            return Ok(false);
        }
        let may = before.approvers.contains_key(name);
        if may && asked {
            return Ok(true);
        }
        let officers = before.officers.keys().map(String::as_str).collect::<Vec<_>>().join(", ");
        let refused = CliError::no(text!(
            "`{name}` is no officer of the configuration that was confirmed last ({officers}); whom the changed one \
             names does not count; nothing was changed",
            "`{name}` 不是上次确认的配置中的安全员（{officers}）；变更后的配置所列人员不算数；未作任何更改"
        ));
        Err(match may {
            true => refused.hint(text!(
                "where an officer has left, `--stand-in` speaks in that place, and everybody is told",
                "如有安全员离任，可用 `--stand-in` 代其确认，并会通知所有人"
            )),
            false => refused.hint(text!(
                "two of them confirm it, or put the file back as it was",
                "请由其中两人确认，或将配置文件恢复原状"
            )),
        })
    }

    /// That nobody's word is older than the configuration's own.
    fn say_first(&self, context: &Context) {
        if self.before.is_none() {
            context.talk().say(&text!(
                "no configuration was ever confirmed here: this first time, those count whom it names itself",
                "此处从未确认过配置：首次以其自身所列人员为准"
            ));
        }
    }
}

/// Somebody speaks in the place of an officer: everybody is to know at once.
fn stand_in(name: &str) -> Event {
    let Text { en, zh } = text!(
        "`{name}` speaks for a changed configuration in the place of an officer that is said to have left",
        "`{name}` 以安全员离任为由，代其确认变更后的配置"
    );
    Event::Incident { what: en, what_zh: zh, kind: IncidentKind::StandIn }
}
