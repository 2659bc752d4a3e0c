//! What a list of keys shows of each.

use comfy_table::Table;
use comfy_table::presets::NOTHING;
use serde::Serialize;

use crate::document::Date;
use crate::route::inventory::{Credential, Kind, Place};
use crate::seal::{KeyInfo, Owner, Role, State, Use};
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
    /// The first and last day of what has no moment.
    #[serde(skip_serializing_if = "Option::is_none")]
    from: Option<Date>,
    #[serde(skip_serializing_if = "Option::is_none")]
    until: Option<Date>,
    #[serde(skip_serializing_if = "Option::is_none")]
    place: Option<Place>,
    #[serde(skip_serializing_if = "Option::is_none")]
    public: Option<&'a str>,
    #[serde(skip)]
    owner: Text,
    #[serde(skip)]
    words: Text,
}

impl<'a> Row<'a> {
    /// An OpenPGP key.
    pub fn of_pgp(key: &'a KeyInfo, all: &[KeyInfo]) -> Row<'a> {
        let place = place(key, all);
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
            from: None,
            until: None,
            place,
            public: None,
            owner: key.owner.words(),
            words: with_place(key.state.words(), place),
        }
    }

    /// A login key of ours, a host key or a shared key.
    pub fn of_credential(key: &'a Credential) -> Row<'a> {
        Row {
            kind: match key.kind {
                Kind::Ssh => "ssh",
                Kind::HostKey => "host-key",
                Kind::Mac => "mac",
            },
            role: None,
            party: Some(&key.party),
            uses: &[],
            fingerprint: &key.fingerprint,
            algorithm: &key.algorithm,
            user_id: None,
            created: None,
            expires: None,
            state: None,
            days: None,
            from: key.from,
            until: key.until,
            place: Some(key.place),
            public: key.public.as_deref(),
            owner: key.owner(),
            words: key.place.words(),
        }
    }

    /// What it is used for, where its owner alone does not say it.
    fn purpose(&self) -> Text {
        match self.kind {
            "ssh" => text!("log in", "登录"),
            "host-key" => text!("know the server", "识别服务器"),
            "mac" => text!("codes", "认证码"),
            _ => {
                let uses = |lang: Lang| self.uses.iter().map(|u| use_words(*u).to(lang).to_owned()).collect::<Vec<_>>();
                Text { en: uses(Lang::En).join("+"), zh: uses(Lang::Zh).join("+") }
            }
        }
    }

    fn cells(&self, lang: Lang) -> [String; 6] {
        let end = self.expires.map(|at| at.strftime("%Y-%m-%d").to_string());
        let end = end.or_else(|| self.until.map(|day| day.to_string())).unwrap_or_default();
        let [fingerprint, algorithm] = [self.fingerprint, self.algorithm].map(str::to_owned);
        let [owner, state] = [&self.owner, &self.words].map(|text| text.to(lang).to_owned());
        [owner, self.purpose().to(lang).to_owned(), algorithm, end, state, fingerprint]
    }
}

/// Which of several keys is used now. Of ours the oldest, so that a party has time to take the next one in; of a
/// party's the newest.
fn place(key: &KeyInfo, all: &[KeyInfo]) -> Option<Place> {
    if key.state == State::NotYetValid {
        return Some(Place::Next);
    }
    if !key.state.is_usable() {
        return None;
    }
    let same = |other: &&KeyInfo| {
        other.owner == key.owner && other.state.is_usable() && key.uses.iter().all(|u| other.uses.contains(u))
    };
    let mut others = all.iter().filter(same).filter(|other| other.fingerprint != key.fingerprint);
    match key.owner {
        Owner::Own(_) => Some(match others.any(|other| other.created < key.created) {
            true => Place::Next,
            false => Place::Current,
        }),
        Owner::Party(_) => others.all(|other| other.created <= key.created).then_some(Place::Current),
    }
}

fn with_place(state: Text, place: Option<Place>) -> Text {
    let Some(Text { en: of, zh: of_zh }) = place.map(Place::words) else { return state };
    let Text { en, zh } = state;
    text!("{en}, {of}", "{zh}，{of_zh}")
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
