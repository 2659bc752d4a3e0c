//! `end-to-end-id-missing`, `end-to-end-id-twice`, `end-to-end-id-used-before`: one id, one payment, for ever.

use std::collections::HashMap;

use sha2::{Digest, Sha256};

use super::History;
use super::field::Field;
use super::note::Notes;
use super::rules::{Grade, Rule, Rules};
use super::tally::own_id;
use crate::document::Payment;
use crate::finding::{Finding, Place};
use crate::text;
use crate::words::Text;

pub(super) static MISSING: Rule = Rule {
    name: "end-to-end-id-missing",
    grade: Grade::Error,
    firm: false,
    demands: ("every payment brings its own end-to-end id", "每笔付款都有端到端编号"),
};

pub(super) static TWICE: Rule = Rule {
    name: "end-to-end-id-twice",
    grade: Grade::Error,
    firm: true,
    demands: ("no two payments of a file have the same end-to-end id", "同一文件内端到端编号不重复"),
};

pub(super) static USED_BEFORE: Rule = Rule {
    name: "end-to-end-id-used-before",
    grade: Grade::Error,
    firm: true,
    demands: ("no payment has the end-to-end id of an earlier file's payment", "端到端编号未在以前的文件中使用过"),
};

/// The ids of the file so far: 96 bits of each one's SHA-256, and the payment that has it.
#[derive(Default)]
pub(super) struct Identities(HashMap<[u8; 12], u32>);

impl Identities {
    pub fn look(&mut self, payment: &Payment, rules: &Rules, history: &dyn History, notes: &mut Notes) {
        let place = || payment.place.clone().field(Field::EndToEndId.name());
        let Some(id) = own_id(payment) else {
            if rules.end_to_end_id_required {
                let message = text!("the payment has no end-to-end id", "付款没有端到端编号");
                let hint = text!("give every payment an id that is never used again", "请为每笔付款编制永不重复的编号");
                notes.note(&MISSING, place(), message, hint);
            }
            return;
        };
        let seq = u32::try_from(payment.seq).unwrap_or(u32::MAX);
        if let Some(first) = self.0.insert(short_hash(id), seq) {
            let message = text!(
                "the end-to-end id `{id}` is already payment {first}'s",
                "端到端编号 `{id}` 已用于第 {first} 笔付款"
            );
            let hint = text!(
                "remove the payment if it is the same one, else give it an id of its own",
                "若为同一笔付款请删除，否则请另编编号"
            );
            notes.note(&TWICE, place(), message, hint);
        } else if let Some(batch) = history.end_to_end_id(id) {
            let (message, hint) = used_words(id, &batch);
            notes.note(&USED_BEFORE, place(), message, hint);
        }
    }
}

/// The finding for a payment, at this place of its file, whose id another batch has by now.
pub fn used_before(place: Place, id: &str, batch: &str) -> Finding {
    let (message, hint) = used_words(id, batch);
    Finding::error(USED_BEFORE.name, place.field(Field::EndToEndId.name()), message).hint(hint)
}

fn used_words(id: &str, batch: &str) -> (Text, Text) {
    let message =
        text!("the end-to-end id `{id}` was used in batch `{batch}`", "端到端编号 `{id}` 已在批次 `{batch}` 中使用");
    let hint = text!(
        "see `bankferry show {id}`: if that payment was made, do not ask for it again",
        "请查看 `bankferry show {id}`：若该笔已付，请勿重复提交"
    );
    (message, hint)
}

/// Twelve bytes are enough: among a million ids two meet by chance once in 10^17 files.
pub(super) fn short_hash(text: &str) -> [u8; 12] {
    let mut short = [0; 12];
    short.copy_from_slice(&Sha256::digest(text)[..12]);
    short
}
