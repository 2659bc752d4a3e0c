//! What was seen, as facts keep it: in both languages, since it is read long after by whoever is on duty.

use serde::{Deserialize, Serialize};

use super::{Event, Fact};
use crate::words::Text;

/// What proves a state, or why there is no proof.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Evidence {
    /// In English; the words of a person stay as they are.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub evidence: String,
    /// In Chinese, where it is a sentence of the program's.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub evidence_zh: String,
}

impl Evidence {
    /// In the reader's language.
    pub fn text(&self) -> Text {
        both(&self.evidence, &self.evidence_zh)
    }
}

impl From<Text> for Evidence {
    fn from(Text { en, zh }: Text) -> Evidence {
        Evidence { evidence_zh: if zh == en { String::new() } else { zh }, evidence: en }
    }
}

impl From<&str> for Evidence {
    fn from(said: &str) -> Evidence {
        Evidence::from(Text::same(said))
    }
}

/// A note of a file or a party in both languages: rows keep it in English, the fact that it comes from in both.
pub fn noted(facts: &[Fact], said: &str) -> Text {
    let told = facts.iter().rev().filter_map(|fact| of_fact(&fact.event, said));
    told.into_iter().find(|text| text.en == said).unwrap_or_else(|| Text::same(said))
}

fn of_fact(event: &Event, said: &str) -> Option<Text> {
    match event {
        Event::Sent(seen) | Event::Published(seen) | Event::Unconfirmed(seen) | Event::Unknown(seen) => {
            Some(seen.text())
        }
        Event::Failed { error, error_zh, .. } => Some(both(error, error_zh)),
        Event::Incident { what, what_zh, .. } => Some(both(what, what_zh)),
        Event::Recovered { reason, reason_zh } => Some(both(reason, reason_zh)),
        Event::Refused { findings, .. } => findings.iter().map(|f| f.message.clone()).find(|text| text.en == said),
        _ => None,
    }
}

/// Two languages where both were kept; else what there is.
pub fn both(en: &str, zh: &str) -> Text {
    Text { en: en.to_string(), zh: if zh.is_empty() { en } else { zh }.to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn evidence_is_kept_in_both_languages_and_a_persons_words_as_they_are() {
        let seen = Event::Sent(Evidence::from(crate::text!("seen", "已见")));
        let kept = serde_json::to_string(&seen).expect("a fact");
        assert_eq!(kept, r#"{"event":"sent","evidence":"seen","evidence_zh":"已见"}"#);
        let read: Event = serde_json::from_str(r#"{"event":"sent","evidence":"called the bank"}"#).expect("a fact");
        let Event::Sent(evidence) = read else { panic!("{read:?}") };
        assert_eq!(evidence, Evidence::from("called the bank"));
        assert_eq!(evidence.text(), Text::same("called the bank"));
    }

    #[test]
    fn a_note_is_told_in_the_words_of_its_fact() {
        let fact = |event| Fact {
            seq: 1,
            at: String::new(),
            actor: String::new(),
            case: String::new(),
            subject: String::new(),
            event,
        };
        let failed = Event::Failed { error: "no route".into(), error_zh: "无路由".into(), retry_at: None };
        let facts = [fact(failed), fact(Event::Unknown(Evidence::from(crate::text!("gone", "不在"))))];
        assert_eq!(noted(&facts, "no route").zh, "无路由");
        assert_eq!(noted(&facts, "gone").zh, "不在");
        assert_eq!(noted(&facts, "anything else").zh, "anything else");
    }
}
