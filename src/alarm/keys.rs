//! Keys whose end is near or past, as alarms: whose each is, and what does not work without it.

use jiff::Timestamp;

use crate::journal::AlarmFact;
use crate::route::{Shared, inventory};
use crate::seal::{KeyInfo, Owner, Role, Use};
use crate::text;
use crate::words::Text;

/// Keys at the mark that they have passed: each mark is an alarm of its own.
pub(super) fn notices(shared: &Shared, now: Timestamp) -> Vec<AlarmFact> {
    let pgp = shared.keys.alarms(shared.clock.system_time()).into_iter().filter(|alarm| !alarm.replaced);
    let mut found: Vec<AlarmFact> = pgp
        .map(|alarm| {
            let key = &alarm.key;
            notice(&key.fingerprint, alarm.mark, party_of(key), alarm.words(), without_pgp(key))
        })
        .collect();
    let day = shared.day(now);
    // A key that cannot be read stops its own work and is told there; `bankferry check` names it.
    let others = inventory::credentials(&shared.config, day).unwrap_or_default();
    for ending in inventory::endings(&others, day).into_iter().filter(|ending| !ending.replaced) {
        let credential = &ending.credential;
        let money = without(credential.kind);
        found.push(notice(&credential.fingerprint, ending.mark, &credential.party, ending.words(), money));
    }
    found
}

/// What the keys of all alarms of one key begin with.
pub(super) fn all_of(key: &str) -> Option<&str> {
    let (all, mark) = key.strip_prefix("key ").and_then(|_| key.rsplit_once(' '))?;
    mark.parse::<u32>().is_ok().then_some(all)
}

fn notice(fingerprint: &str, mark: u32, party: &str, what: Text, money: Text) -> AlarmFact {
    let hint = text!(
        "make or take in the next key, then `bankferry keys rehearse`",
        "生成或导入新密钥，然后 `bankferry keys rehearse`"
    );
    AlarmFact::new(format!("key {fingerprint} {mark}"), party, what, money, hint)
}

/// The party whose key it is; ours concern the installation.
fn party_of(key: &KeyInfo) -> &str {
    match &key.owner {
        Owner::Party(party) => party,
        Owner::Own(_) => "",
    }
}

/// What does not work any more when an OpenPGP key has ended.
fn without_pgp(key: &KeyInfo) -> Text {
    match &key.owner {
        Owner::Own(Role::Sign) => {
            text!("files that it must sign are not sent after its end", "到期后，须由其签名的文件将不会发送")
        }
        Owner::Own(Role::Decrypt) => text!(
            "nothing that is sent waits for it; after its end parties cannot encrypt for us, and what a bank says of \
             payments may not come",
            "不影响发送；到期后对方无法向我方加密，银行对付款的回复可能收不到"
        ),
        Owner::Own(Role::Both) => text!(
            "files that it must sign are not sent after its end, and what a bank says of payments may not come",
            "到期后，须由其签名的文件将不会发送，银行对付款的回复可能收不到"
        ),
        Owner::Own(Role::Audit) => text!(
            "no payment waits for it; after its end nothing proves that the journal's end was not cut off",
            "不影响付款；到期后无法证明日志末尾未被截断"
        ),
        Owner::Party(_) => of_a_party(&key.uses),
    }
}

fn of_a_party(uses: &[Use]) -> Text {
    match (uses.contains(&Use::Encrypt), uses.contains(&Use::Sign)) {
        (true, false) => {
            text!("files that are encrypted for it are not sent after its end", "到期后，须以其加密的文件将不会发送")
        }
        (false, true) => text!(
            "nothing that is sent waits for it; what the party signs with it is not read after its end",
            "不影响发送；到期后，对方以其签名的文件将不被读取"
        ),
        _ => text!(
            "after its end files that are encrypted for it are not sent, and what the party signs with it is not read",
            "到期后，须以其加密的文件将不会发送，对方以其签名的文件将不被读取"
        ),
    }
}

/// What does not work any more when another key has ended.
fn without(kind: inventory::Kind) -> Text {
    match kind {
        inventory::Kind::Ssh | inventory::Kind::HostKey => {
            text!(
                "after its end nothing is sent to the party and nothing fetched",
                "到期后，不再向对方发送，也不再收取"
            )
        }
        inventory::Kind::Mac => text!(
            "after its end a file that comes under it is not proved to be the party's, and waits or is refused",
            "到期后，随其送来的文件无法证明出自对方，将等待处理或被拒绝"
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_that_only_reads_is_not_said_to_hinder_what_is_sent() {
        assert!(of_a_party(&[Use::Sign]).en.starts_with("nothing that is sent waits for it"));
        assert!(of_a_party(&[Use::Encrypt]).en.contains("are not sent"));
        assert!(of_a_party(&[Use::Sign, Use::Encrypt]).zh.contains("不会发送"));
        assert_eq!(all_of("key AB 30"), Some("key AB"));
        assert_eq!((all_of("key AB x"), all_of("unknown O1 2")), (None, None));
    }
}
