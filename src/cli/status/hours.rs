//! When a party takes files next, and when we look for its files.

use jiff::Timestamp;
use serde::Serialize;

use crate::calendar::Window;
use crate::config::Party;
use crate::journal::{Contact, WAITS_FOR_A_PERSON};
use crate::text;
use crate::words::{Explain, Text};

/// The hours of a party at a moment.
#[derive(Serialize)]
pub(super) struct Hours {
    /// The zone of the party's clock, an IANA name.
    time_zone: String,
    send: Send,
    fetch: Fetch,
    #[serde(skip)]
    words: [Text; 2],
}

/// When files may be sent.
#[derive(Serialize)]
struct Send {
    /// Whether a file would go now.
    open: bool,
    /// The next moment at which one may go; absent where no table tells.
    #[serde(skip_serializing_if = "Option::is_none")]
    from: Option<Timestamp>,
    /// The end of that window, where it has one.
    #[serde(skip_serializing_if = "Option::is_none")]
    cut_off: Option<Timestamp>,
    /// Why nobody can tell.
    #[serde(skip_serializing_if = "Option::is_none")]
    problem: Option<Text>,
}

/// When we look for the party's files.
#[derive(Serialize)]
struct Fetch {
    every_seconds: u64,
    /// The next try after a failure; absent where a person must help first.
    #[serde(skip_serializing_if = "Option::is_none")]
    next_try: Option<String>,
    /// Whether nothing is fetched before a person helps.
    stopped: bool,
}

impl Hours {
    /// The hours of a party for a file of any currency.
    pub fn of(party: &Party, now: Timestamp) -> Hours {
        let send = Send::of(&party.window, now);
        let every_seconds = party.template.inward.every_seconds.max(1);
        let fetch = Fetch { every_seconds, next_try: None, stopped: false };
        let words = [send.words(&party.window, now), text!("every {every_seconds} s", "每 {every_seconds} 秒")];
        Hours { time_zone: party.window.zone(), send, fetch, words }
    }

    /// Takes in that the party could not be reached; `when` is the next try in words.
    pub fn hold(&mut self, contact: &Contact, when: Text) {
        self.fetch.stopped = contact.retry_at == WAITS_FOR_A_PERSON;
        self.fetch.next_try = (!self.fetch.stopped).then(|| contact.retry_at.clone());
        self.words[1] = when;
    }

    /// When it sends and when it fetches, in words.
    pub fn words(&self) -> &[Text; 2] {
        &self.words
    }
}

impl Send {
    fn of(window: &Window, now: Timestamp) -> Send {
        match window.next(now, &[]) {
            Ok(from) => {
                let cut_off = window.closes(from, &[]);
                Send { open: from == now, from: Some(from), cut_off, problem: None }
            }
            Err(error) => Send { open: false, from: None, cut_off: None, problem: Some(error.what()) },
        }
    }

    /// In the party's own hours: that is how its paper names them.
    fn words(&self, window: &Window, now: Timestamp) -> Text {
        if let Some(problem) = &self.problem {
            return problem.clone();
        }
        let zone = window.zone();
        let hour = |at: Timestamp| window.local(at).strftime("%H:%M").to_string();
        let from = self.from.unwrap_or(now);
        let (opens, closes) = (window.local(from).strftime("%Y-%m-%d %H:%M"), self.cut_off.map(hour));
        match (self.open, closes) {
            (true, Some(closes)) => text!("now, until {closes} ({zone})", "现在可发，至 {closes}（{zone}）"),
            (true, None) if *window.hours() == Default::default() => text!("at any time", "随时"),
            (true, None) => text!("now ({zone})", "现在可发（{zone}）"),
            (false, Some(closes)) => text!("from {opens} until {closes} ({zone})", "{opens} 至 {closes}（{zone}）"),
            (false, None) => text!("from {opens} ({zone})", "自 {opens} 起（{zone}）"),
        }
    }
}
