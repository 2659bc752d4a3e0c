//! What speaks for an ERP's file: a control file by another path, a code beside it, a signature beside it.
//!
//! All that is there must be right: a wrong code or signature refuses the file and is an incident, whatever else speaks
//! for it. What is right gives the file its level; the surest counts. What is absent is no fault: the file is taken at
//! the level that it has, and [`judge`](super::judge) holds its batch where that is too low.

mod control;
mod late;
mod side;

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Read;
use std::path::Path;

use jiff::{SignedDuration, Timestamp};

use self::control::ControlFile;
pub(super) use self::late::{LATE, LateControl, late};
use self::side::MacFile;
use super::{Shared, Trouble};
use crate::config::{AuthenticityPolicy, Party};
use crate::disk;
use crate::document::{Amount, Authenticity, Currency};
use crate::finding::{Finding, Place};
use crate::journal::{Control, Inbound, Mac, Records, Vouched};
use crate::seal::{self, MacKey};
use crate::text;
use crate::words::{Explain, Remedy, Text};

/// Suffix of a code beside a file.
pub(super) const MAC: &str = ".hmac";
/// Suffixes of a signature beside a file.
pub(super) const SIGNATURES: [&str; 2] = [".sig", ".asc"];
/// Suffix of a control file, after the whole name of the file that it speaks of.
pub(super) const CONTROL: &str = ".ctl";

/// How far a counter may be behind the highest that came: files that were written one after the other may be taken in
/// another order. No counter is taken twice.
const WINDOW: u64 = 64;
/// How far ahead of ours the ERP's clock may be.
const SKEW: SignedDuration = SignedDuration::from_mins(15);
/// The largest control file, in bytes.
const MOST_CONTROL: u64 = 64 << 10;

const WRONG_CONTROL: &str = "authenticity-control";
const WRONG_MAC: &str = "authenticity-code";
const WRONG_SIGNATURE: &str = "authenticity-signature";

/// Whether the finding says that somebody else may have made or changed a file.
pub(super) fn is_incident(finding: &Finding) -> bool {
    [WRONG_CONTROL, WRONG_MAC, WRONG_SIGNATURE].contains(&finding.rule.as_ref())
}

/// What speaks for a file, and the key that signed it. `signer` has signed the file itself, where it is sealed.
///
/// # Errors
/// [`Trouble`] with findings where something speaks against it.
pub(super) fn vouch(
    shared: &Shared,
    party: &Party,
    file: &Inbound,
    signer: Option<String>,
) -> Result<(Vouched, Option<String>), Trouble> {
    let mut vouched = Vouched::default();
    if party.is_bank() {
        return Ok((vouched, signer));
    }
    let mut signer = signer.inspect(|_| vouched.authenticity = Authenticity::L3);
    let Some(policy) = &party.authenticity else { return Ok((vouched, signer)) };
    if let Some(control) = read_control(policy, file)? {
        vouched.control = Some(control);
        vouched.authenticity = vouched.authenticity.max(Authenticity::L1);
    }
    for (name, beside) in &file.side {
        let small = name.to_ascii_lowercase();
        if small.ends_with(MAC) {
            vouched.mac = Some(mac(shared, party, policy, file, &beside.bytes())?);
            vouched.authenticity = vouched.authenticity.max(Authenticity::L2);
        } else if SIGNATURES.iter().any(|suffix| small.ends_with(suffix)) {
            signer = Some(signature(shared, party, file, &beside.bytes())?);
            vouched.authenticity = Authenticity::L3;
        }
    }
    Ok((vouched, signer))
}

/// What differs between what was read and what the control file says.
pub(super) fn against_control(file: &Inbound, count: u64, sums: &BTreeMap<Currency, Amount>) -> Option<Finding> {
    let control = file.vouched.control.as_ref()?;
    let same = control.count == count
        && control.sums.len() == sums.len()
        && control.sums.iter().all(|(currency, sum)| sums.get(currency) == Some(sum));
    (!same).then(|| {
        let said = control.count;
        wrong(
            WRONG_CONTROL,
            text!(
                "the file has {count} payments, its control file says {said}, or the sums differ",
                "文件含 {count} 笔付款，而控制文件为 {said} 笔，或金额合计不符"
            ),
        )
    })
}

/// The least level that these names speak for, if all of them are right.
pub(super) fn promised<'a>(side: impl IntoIterator<Item = &'a String>, has_control: bool) -> Authenticity {
    let level = |name: &String| {
        let small = name.to_ascii_lowercase();
        match () {
            () if SIGNATURES.iter().any(|suffix| small.ends_with(suffix)) => Authenticity::L3,
            () if small.ends_with(MAC) => Authenticity::L2,
            () => Authenticity::L0,
        }
    };
    let control = if has_control { Authenticity::L1 } else { Authenticity::L0 };
    side.into_iter().map(level).max().unwrap_or_default().max(control)
}

fn wrong(rule: &'static str, message: Text) -> Finding {
    Finding::error(rule, Place::default(), message).hint(text!(
        "no money has moved; find out who made the file before it is dropped again",
        "资金未划转；请先查明文件由谁制作，再重新投放"
    ))
}

fn refused(rule: &'static str, message: Text) -> Trouble {
    Trouble::refused(vec![wrong(rule, message)])
}

/// The control file that came by the other path, where one did.
fn read_control(policy: &AuthenticityPolicy, file: &Inbound) -> Result<Option<Control>, Trouble> {
    let Some(folder) = &policy.control_folder else { return Ok(None) };
    // A name of the party's is data: one that would lead out of the folder has no control file.
    let plain = Path::new(&file.name).components().count() == 1 && !file.name.contains(['/', '\\']);
    let path = folder.join(format!("{}{CONTROL}", file.name));
    if !plain || !disk::is_file(&path)? {
        return Ok(None);
    }
    let mut bytes = Vec::new();
    File::open(&path)?.take(MOST_CONTROL).read_to_end(&mut bytes)?;
    let said = ControlFile::parse(&bytes).map_err(|message| refused(WRONG_CONTROL, message))?;
    if said.sha256 != file.kept.sha256 {
        let (ours, told) = (&file.kept.sha256, &said.sha256);
        return Err(refused(
            WRONG_CONTROL,
            text!("the file's hash is {ours}, its control file says {told}", "文件哈希为 {ours}，控制文件为 {told}"),
        ));
    }
    Ok(Some(said.control))
}

/// The code beside the file: right, of this very file, and under a counter that never came.
fn mac(
    shared: &Shared,
    party: &Party,
    policy: &AuthenticityPolicy,
    file: &Inbound,
    bytes: &[u8],
) -> Result<Mac, Trouble> {
    let no = |message: Text| refused(WRONG_MAC, message);
    let said = MacFile::parse(bytes).map_err(no)?;
    let id = &said.key;
    let key = MacKey::open(&shared.config.keys(), &party.name, id).map_err(|e| no(e.what()))?.ok_or_else(|| {
        no(text!("the code names the key `{id}`, which we do not have", "认证码所用密钥 `{id}` 不存在"))
    })?;
    if !key.counts_on(shared.today()) {
        return Err(no(text!(
            "the code is made with the key `{id}`, which has expired",
            "认证码所用密钥 `{id}` 已过期"
        )));
    }
    if !key.agrees(said.covered, &said.mac) {
        return Err(no(text!("the code beside the file is wrong", "文件附带的认证码错误")));
    }
    said.is_about(&file.name, &file.kept).map_err(no)?;
    said.is_young(shared.clock.now(), policy.hours).map_err(no)?;
    let (used, highest) = shared.records()?.mac_counter(&party.name, id, said.counter)?;
    let counter = said.counter;
    if let Some(other) = used.filter(|other| *other != file.id) {
        return Err(no(text!(
            "the counter {counter} came before, with `{other}`",
            "计数器 {counter} 已由 `{other}` 使用"
        )));
    }
    if counter.saturating_add(WINDOW) < highest {
        return Err(no(text!(
            "the counter {counter} is far behind {highest}, which came before",
            "计数器 {counter} 远小于此前已收到的 {highest}"
        )));
    }
    Ok(Mac { key: id.clone(), counter })
}

/// The fingerprint of the party's key that signed the file as it came.
fn signature(shared: &Shared, party: &Party, file: &Inbound, signature: &[u8]) -> Result<String, Trouble> {
    let mut signed = shared.verified_file(&file.kept.sha256)?;
    let at = shared.clock.system_time();
    seal::verify_beside(&shared.keys, &party.name, at, &mut signed, signature)
        .map_err(|e| if e.remedy() == Remedy::Wait { e.into() } else { refused(WRONG_SIGNATURE, e.what()) })
}

impl MacFile<'_> {
    fn is_young(&self, now: Timestamp, hours: u64) -> Result<(), Text> {
        let made = self.time;
        let age = now.duration_since(made);
        let most = SignedDuration::from_hours(i64::try_from(hours).unwrap_or(i64::MAX / 3_600));
        if age > most || age < -SKEW {
            return Err(text!(
                "the code was made at {made}: too old, or yet to come",
                "认证码生成时间 {made} 过早或在未来"
            ));
        }
        Ok(())
    }
}
