//! The wall between test and production, at work: keys and batches of the other environment go nowhere.

use std::time::SystemTime;

use super::Trouble;
use crate::config::Environment;
use crate::finding::{Finding, Place};
use crate::seal::{KeyInfo, Keys};
use crate::text;
use crate::words::Remedy;

/// Usable keys whose names say that they are of the other environment.
pub fn foreign_keys(keys: &Keys, ours: Environment, at: SystemTime) -> Vec<KeyInfo> {
    let foreign = |key: &KeyInfo| Environment::of_key(&key.user_id).is_some_and(|named| named != ours);
    keys.list(at).into_iter().filter(|key| key.state.is_usable() && foreign(key)).collect()
}

/// Refuses to work with keys of the other environment.
///
/// # Errors
/// [`Trouble`] names the first of them.
pub fn refuse_foreign_keys(keys: &Keys, ours: Environment, at: SystemTime) -> Result<(), Trouble> {
    let Some(key) = foreign_keys(keys, ours, at).into_iter().next() else { return Ok(()) };
    let (fingerprint, name, ours) = (&key.fingerprint, &key.user_id, ours.word());
    let what = text!(
        "key `{fingerprint}` of `{name}` is not for the {ours} environment of this installation; no money has moved",
        "密钥 `{fingerprint}`（`{name}`）不属于本安装的 {ours} 环境；资金未划转"
    );
    Err(Trouble::new(what, Remedy::Person).hint(text!(
        "take it out of use: `bankferry keys expire {fingerprint}`",
        "请停用该密钥：`bankferry keys expire {fingerprint}`"
    )))
}

/// What is said of a batch whose file or message names the other environment.
pub(super) fn look(ours: Environment, file: &str, message_id: Option<&str>) -> Option<Finding> {
    let marks = [Some(file), message_id].into_iter().flatten();
    let mark = marks.into_iter().find(|mark| Environment::named_in(mark).is_some_and(|named| named != ours))?;
    let ours = ours.word();
    let message =
        text!("`{mark}` is not for the {ours} environment of this installation", "`{mark}` 不属于本安装的 {ours} 环境");
    Some(Finding::error("environment", Place::default(), message).hint(text!(
        "drop it at the installation that it is for; if it is for this one, name it without the other's word",
        "请投放到对应环境的安装；若确属本环境，请改用不含另一环境字样的名称"
    )))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_batch_of_the_other_environment_is_refused_both_ways() {
        for (ours, file, id, refused) in [
            (Environment::Production, "pay-test.csv", None, true),
            (Environment::Production, "pay.csv", Some("TEST-0001"), true),
            (Environment::Production, "pay-prod.csv", Some("P-1"), false),
            (Environment::Test, "pay_PROD.xml", None, true),
            (Environment::Test, "pay.xml", Some("PRD/1"), true),
            (Environment::Test, "pay-test.csv", Some("M-1"), false),
        ] {
            assert_eq!(look(ours, file, id).is_some(), refused, "{file}");
        }
    }
}
