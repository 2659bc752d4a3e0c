//! Who decides: the name that a decision carries, and whether that person may.

use super::CliError;
use crate::carrier::name::harmless;
use crate::config::{Config, Identity, Right};
use crate::disk;
use crate::journal::{Confirmed, Records};
use crate::route::{PROGRAM, officers};
use crate::text;

/// The longest name of a person, in characters.
const MOST_NAME: usize = 64;

/// A person at the keyboard.
#[derive(Clone, Debug)]
pub(super) struct Person {
    /// The name that the journal will carry.
    pub name: String,
    /// The operating system's name of whoever typed it, where it is another.
    typed_by: Option<String>,
    /// Whether the configuration that names the people is one that its officers have not confirmed.
    unconfirmed: bool,
}

impl Person {
    /// The person of `--as` as [`Person::of`] knows it, before a journal that says whether the configuration counts.
    pub fn before(config: &Config, records: &dyn Records, told: Option<&str>) -> Result<Person, CliError> {
        // Before the first confirmation there are no other people than those whom the file names.
        let unconfirmed = officers::waits_for_officers(config, records)? && officers::confirmed(records)?.is_some();
        Ok(Person { unconfirmed, ..Person::of(config, told)? })
    }

    /// Who confirms a changed configuration, by the one that was confirmed last: the changed one may name anybody.
    pub fn by(confirmed: &Confirmed, config: &Config, told: Option<&str>) -> Result<Person, CliError> {
        if !confirmed.by_system {
            return Person::of(config, told);
        }
        let system = system_user();
        let own = confirmed.name_of(&system).unwrap_or(&system);
        match told {
            Some(name) if name != own => Err(not_yourself(&system, own, name)),
            _ => Person::named(own.to_string(), system.clone()),
        }
    }

    /// The person of `--as`, else whom the operating system's user is. Where the configuration takes identity from the
    /// operating system, nobody is somebody else.
    pub fn of(config: &Config, told: Option<&str>) -> Result<Person, CliError> {
        let system = system_user();
        let own = config.person_of(&system);
        match told {
            Some(name) if config.security.identity == Identity::Os && name != own => {
                Err(not_yourself(&system, own, name))
            }
            Some(name) => Person::named(name.to_string(), system),
            None => Person::named(own.to_string(), system.clone()),
        }
    }

    fn named(name: String, system: String) -> Result<Person, CliError> {
        if name.is_empty() || name.chars().count() > MOST_NAME || !name.chars().all(harmless) || name.trim() != name {
            return Err(CliError::usage(text!(
                "a person's name has 1 to {MOST_NAME} visible characters",
                "人员名称须为 1 至 {MOST_NAME} 个可见字符"
            )));
        }
        if name == PROGRAM {
            let what =
                text!("`{name}` is the program's own name, not a person's", "`{name}` 是程序自身的名称，不是人员");
            return Err(
                CliError::usage(what).hint(text!("say who you are with `--as NAME`", "请用 `--as 姓名` 说明身份"))
            );
        }
        let typed_by = (system != name).then_some(system);
        Ok(Person { name, typed_by, unconfirmed: false })
    }

    /// The operating system's user, for what anybody may do.
    pub fn system() -> Person {
        Person { name: system_user(), typed_by: None, unconfirmed: false }
    }

    /// Refuses who is a party: it asks for payments and does not decide about them.
    pub fn may_decide(&self, config: &Config) -> Result<(), CliError> {
        let name = &self.name;
        if config.names(name) {
            return Err(CliError::no(text!(
                "`{name}` is a party: who asks for payments does not decide about them; nothing was changed",
                "`{name}` 是往来方：付款的提出者不能自行审批；未作任何更改"
            )));
        }
        Ok(())
    }

    /// Refuses where the configuration does not give the person this right, and what lets money go also where nobody
    /// has confirmed that it is this configuration that says who the people are.
    pub fn may(&self, config: &Config, right: Right) -> Result<(), CliError> {
        self.may_decide(config)?;
        let (name, word) = (&self.name, right.word());
        if config.allows(name, right) {
            return if matches!(right, Right::Release | Right::Resolve) { self.counts() } else { Ok(()) };
        }
        let what = match config.users.iter().any(|user| user.name == *name) || config.users.is_empty() {
            true => text!(
                "`{name}` does not have the right `{word}`; nothing was changed",
                "`{name}` 没有 `{word}` 权限；未作任何更改"
            ),
            false => text!(
                "`bankferry.toml` knows nobody of the name `{name}`; nothing was changed",
                "`bankferry.toml` 中没有名为 `{name}` 的人员；未作任何更改"
            ),
        };
        Err(CliError::no(what).hint(text!(
            "rights stand in `bankferry.toml`: `[[user]] name = \"{name}\"  may = [\"{word}\"]`",
            "权限在 `bankferry.toml` 中设置：`[[user]] name = \"{name}\"  may = [\"{word}\"]`"
        )))
    }

    /// Refuses a word that lets money go, or asks another person for one, while nobody has confirmed the configuration
    /// that says who the people are.
    pub fn counts(&self) -> Result<(), CliError> {
        if !self.unconfirmed {
            return Ok(());
        }
        let what = text!(
            "the configuration that names the people waits for its officers: nobody releases or resolves under it; \
             nothing was changed",
            "列有人员的配置尚待安全员确认：在此之前任何人不得据其放行或判定；未作任何更改"
        );
        Err(CliError::no(what).hint(officers::hint()))
    }

    /// The reason as the journal keeps it: with the system's user where that is another name.
    pub fn reason(&self, reason: &str) -> String {
        match &self.typed_by {
            Some(user) => format!("{reason} [system user {user}]").trim().to_string(),
            None => reason.to_string(),
        }
    }
}

fn not_yourself(system: &str, own: &str, name: &str) -> CliError {
    CliError::no(text!(
        "the operating system knows you as `{system}`, which is `{own}`, not `{name}`; nothing was changed",
        "操作系统用户 `{system}` 对应 `{own}`，而非 `{name}`；未作任何更改"
    ))
    .hint(text!("decide under your own login, without `--as`", "请以本人的登录账号操作，不使用 `--as`"))
}

/// The operating system's name of this process's user; its number where it has none.
fn system_user() -> String {
    disk::user_name(rustix::process::getuid().as_raw())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_program_and_unreadable_names_are_nobody() {
        for name in ["bankferry", "", " anna", "an\x1b[1mna", &"x".repeat(65)] {
            assert!(Person::named(name.to_string(), "root".into()).is_err(), "{name:?}");
        }
        assert_eq!(Person::named("安娜".into(), "root".into()).expect("a name").name, "安娜");
    }
}
