//! The people of an installation, what each of them may do, and how a person is known.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;

use super::Environment;
use crate::text;
use crate::words::Text;

/// A person who may decide.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct User {
    /// Name, as given to `--as` or as the operating system knows it.
    pub name: String,
    /// Single rights, beside those of the roles.
    #[serde(default)]
    pub may: BTreeSet<Right>,
    /// Roles.
    #[serde(default, alias = "role")]
    pub roles: Roles,
    /// The operating system's user who is this person; one of this person's name where it is not given.
    #[serde(default)]
    pub os_user: Option<String>,
    /// Fingerprints of keys with which this person signs an ERP's files: a maker of what is in them.
    #[serde(default)]
    pub signs: BTreeSet<String>,
}

/// The roles of a person: one word, or a list.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(from = "OneOrMany")]
pub struct Roles(pub BTreeSet<Role>);

#[derive(Deserialize)]
#[serde(untagged)]
enum OneOrMany {
    One(Role),
    Many(BTreeSet<Role>),
}

impl From<OneOrMany> for Roles {
    fn from(roles: OneOrMany) -> Roles {
        match roles {
            OneOrMany::One(role) => Roles(BTreeSet::from([role])),
            OneOrMany::Many(roles) => Roles(roles),
        }
    }
}

/// What a person is here for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Looks.
    Viewer,
    /// The maker: holds, refuses, takes back, tries again, proposes.
    Operator,
    /// The checker: releases and confirms.
    Approver,
    /// Lets keys, limits, people and a restored installation take effect; does not touch batches.
    Officer,
    /// Looks at everything and proves it.
    Auditor,
}

impl Role {
    /// The rights that it gives. Looking needs none: who may read the folder may look.
    pub fn rights(self) -> &'static [Right] {
        match self {
            Role::Viewer | Role::Auditor => &[],
            Role::Operator => &[Right::Operate],
            Role::Approver => &[Right::Release, Right::Resolve],
            Role::Officer => &[Right::Configure],
        }
    }
}

impl User {
    /// Whether one of the roles or a right of its own lets the person do this.
    pub fn has(&self, right: Right) -> bool {
        self.may.contains(&right) || self.roles.0.iter().any(|role| role.rights().contains(&right))
    }

    /// The operating system's user of this person.
    pub fn system(&self) -> &str {
        self.os_user.as_deref().unwrap_or(&self.name)
    }

    /// Rights that must not be one person's: who makes and who checks, who checks and who sets the limits.
    fn mixed(&self) -> Option<(Right, Right)> {
        let pairs = [
            (Right::Operate, Right::Release),
            (Right::Operate, Right::Resolve),
            (Right::Configure, Right::Release),
            (Right::Configure, Right::Resolve),
        ];
        pairs.into_iter().find(|(one, other)| self.has(*one) && self.has(*other))
    }
}

/// What is wrong with the people of an installation, if anything is.
pub(super) fn wrong_people(users: &[User], environment: Environment) -> Option<Text> {
    let mut systems = BTreeMap::new();
    for user in users {
        let (name, system) = (&user.name, user.system());
        if systems.insert(system, name).is_some_and(|other| other != name) {
            return Some(text!(
                "two `[[user]]` are the operating system's user `{system}`: one person cannot play two",
                "两个 `[[user]]` 对应同一操作系统用户 `{system}`：一人不能充当两人"
            ));
        }
        // Lists of single rights are as old as the first installations; `bankferry check` speaks about those.
        let mixed = user.mixed().filter(|_| environment == Environment::Production && !user.roles.0.is_empty());
        if let Some((one, other)) = mixed {
            let (one, other) = (one.word(), other.word());
            return Some(text!(
                "`{name}` has the rights `{one}` and `{other}`: in production they are two people's",
                "`{name}` 同时拥有 `{one}` 和 `{other}` 权限：生产环境须由两人分任"
            ));
        }
    }
    None
}

/// What a person may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Right {
    /// Hold, refuse, cancel, propose.
    Operate,
    /// Release what is held.
    Release,
    /// End an unknown, confirm a resend.
    Resolve,
    /// Let a changed configuration or a restored installation send.
    Configure,
}

impl Right {
    /// The word in `bankferry.toml`.
    pub fn word(self) -> &'static str {
        match self {
            Right::Operate => "operate",
            Right::Release => "release",
            Right::Resolve => "resolve",
            Right::Configure => "configure",
        }
    }
}

/// How people are known, how long their word counts, and what needs officers.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Security {
    /// Where a person's name comes from.
    pub identity: Identity,
    /// Hours after which an approval or a proposal is void.
    pub approval_hours: u32,
    /// Whether two officers must confirm a changed configuration before anything is sent to a bank under it; unsaid,
    /// they must in production as soon as there are two.
    pub config_needs_officers: Option<bool>,
}

impl Default for Security {
    fn default() -> Security {
        Security { identity: Identity::Told, approval_hours: 24, config_needs_officers: None }
    }
}

/// Where a person's name comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Identity {
    /// From `--as`; the operating system's user stands beside it in the journal.
    Told,
    /// From the operating system alone: nobody acts as somebody else.
    Os,
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use crate::config::{Config, ConfigError, Right};

    fn read(environment: &str, users: &str) -> Result<Config, ConfigError> {
        let installation = format!("[installation]\nname = \"x\"\nenvironment = \"{environment}\"\n");
        Config::read(Path::new("/nowhere"), &format!("{installation}{users}"))
    }

    #[test]
    fn roles_give_rights() {
        let users = "[[user]]\nname = \"otto\"\nrole = \"operator\"\n[[user]]\nname = \"anna\"\n\
                     roles = [\"approver\", \"auditor\"]\n[[user]]\nname = \"olga\"\nrole = \"officer\"\n";
        let config = read("production", users).expect("people");
        let rights = [Right::Operate, Right::Release, Right::Resolve, Right::Configure];
        let has = |name: &str| rights.map(|right| config.allows(name, right));
        assert_eq!(has("otto"), [true, false, false, false]);
        assert_eq!(has("anna"), [false, true, true, false]);
        assert_eq!(has("olga"), [false, false, false, true]);
    }

    #[test]
    fn no_roles_of_maker_and_checker_are_one_persons_in_production() {
        for roles in ["[\"operator\", \"approver\"]", "[\"officer\", \"approver\"]"] {
            let users = format!("[[user]]\nname = \"anna\"\nroles = {roles}\n");
            assert!(read("production", &users).is_err(), "{roles}");
            assert!(read("test", &users).is_ok(), "{roles}");
        }
        let smuggled = "[[user]]\nname = \"anna\"\nrole = \"operator\"\nmay = [\"release\"]\n";
        assert!(read("production", smuggled).is_err());
    }

    #[test]
    fn one_system_user_is_one_person() {
        let users = "[[user]]\nname = \"anna\"\nos_user = \"a\"\nmay = []\n[[user]]\nname = \"a\"\nmay = []\n";
        assert!(read("test", users).is_err());
    }
}
