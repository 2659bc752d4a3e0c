//! What a list of keys shows of each.

use comfy_table::Table;
use comfy_table::presets::NOTHING;
use serde::Serialize;

use crate::seal::{KeyInfo, Owner, Role, SshKey, State, Use};
use crate::text;
use crate::words::{Lang, Text};

/// One line of the list.
#[derive(Serialize)]
pub(super) struct Row<'a> {
    kind: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    role: Option<Role>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub party: Option<&'a str>,
    #[serde(skip_serializing_if = "<[Use]>::is_empty")]
    uses: &'a [Use],
    fingerprint: &'a str,
    algorithm: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    user_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    created: Option<jiff::Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    expires: Option<jiff::Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    state: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    days: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    public: Option<&'a str>,
    #[serde(skip)]
    owner: Text,
    #[serde(skip)]
    words: Text,
}

impl<'a> Row<'a> {
    /// An OpenPGP key.
    pub fn of_pgp(key: &'a KeyInfo) -> Row<'a> {
        let (role, party) = match &key.owner {
            Owner::Own(role) => (Some(*role), None),
            Owner::Party(party) => (None, Some(party.as_str())),
        };
        let days = if let State::Expiring(days) = key.state { Some(days) } else { None };
        Row {
            kind: "openpgp",
            role,
            party,
            uses: &key.uses,
            fingerprint: &key.fingerprint,
            algorithm: &key.algorithm,
            user_id: Some(&key.user_id),
            created: Some(key.created),
            expires: key.expires,
            state: Some(key.state.name()),
            days,
            public: None,
            owner: key.owner.words(),
            words: key.state.words(),
        }
    }

    /// An SSH key of ours.
    pub fn of_ssh(key: &'a SshKey) -> Row<'a> {
        let party = &key.party;
        Row {
            kind: "ssh",
            role: None,
            party: Some(party),
            uses: &[],
            fingerprint: &key.fingerprint,
            algorithm: &key.algorithm,
            user_id: None,
            created: None,
            expires: None,
            state: None,
            days: None,
            public: Some(&key.public),
            owner: text!("ours, SSH to {party}", "本方，SSH 至 {party}"),
            words: Text::default(),
        }
    }

    fn cells(&self, lang: Lang) -> [String; 6] {
        let uses: Vec<String> = self.uses.iter().map(|u| use_words(*u).to(lang).to_owned()).collect();
        let end = self.expires.map(|at| at.strftime("%Y-%m-%d").to_string()).unwrap_or_default();
        let [fingerprint, algorithm] = [self.fingerprint, self.algorithm].map(str::to_owned);
        let [owner, state] = [&self.owner, &self.words].map(|text| text.to(lang).to_owned());
        [owner, uses.join("+"), algorithm, end, state, fingerprint]
    }
}

fn use_words(of: Use) -> Text {
    match of {
        Use::Sign => text!("sign", "签名"),
        Use::Encrypt => text!("encrypt", "加密"),
    }
}

/// The rows under a heading, ended by a line end.
pub(super) fn table(rows: &[Row<'_>], lang: Lang) -> String {
    let heading = match lang {
        Lang::En => ["OWNER", "USE", "ALGORITHM", "EXPIRES", "STATE", "FINGERPRINT"],
        Lang::Zh => ["所有者", "用途", "算法", "到期日", "状态", "指纹"],
    };
    let mut table = Table::new();
    table.load_style(NOTHING).set_header(heading);
    for row in rows {
        table.add_row(row.cells(lang));
    }
    format!("{}\n", table.trim_fmt())
}
