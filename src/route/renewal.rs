//! Our next keys on their way to a bank, in the files that its template names: intent before, evidence after.
//!
//! ```text
//! (nothing) ─▶ sending ─▶ sent
//!                 │  └──▶ not sent ─▶ sending
//!                 └─────▶ unknown ─▶ sent, where the file is seen at the bank
//! ```
//! A person's word alone leads from `sent` or `unknown` back to `sending`.

use std::fs::File;
use std::io::{Cursor, Seek, Write};
use std::path::Path;
use std::time::SystemTime;

use super::carry::{publish_as, temporary_name};
use super::fence::Fence;
use super::{Shared, Trouble, wall};
use crate::carrier::Carrier;
use crate::config::Party;
use crate::disk;
use crate::journal::{
    Brings, Event, Evidence, Fact, Journal, Kept, NewFact, Records, RenewalFact, RenewalStep, Rows, SqliteJournal,
};
use crate::seal::{self, KeyInfo, Policy, SshKey};
use crate::template::{Renewal, RenewalParts, RenewalText};
use crate::text;
use crate::words::{Remedy, Text};

/// One of our keys that a bank is to know.
#[derive(Clone, Debug)]
pub enum NextKey {
    /// An OpenPGP key.
    Certificate(KeyInfo),
    /// An SSH key.
    Ssh(SshKey),
}

impl NextKey {
    /// Its fingerprint.
    pub fn fingerprint(&self) -> &str {
        match self {
            NextKey::Certificate(key) => &key.fingerprint,
            NextKey::Ssh(key) => &key.fingerprint,
        }
    }
}

/// A file about a key, ready to be given to a bank.
#[derive(Clone, Debug)]
pub struct KeyFile {
    /// What it brings.
    pub brings: Brings,
    /// Fingerprint of the key that it is about.
    pub fingerprint: String,
    /// Folder at the bank.
    pub folder: String,
    /// Name at the bank.
    pub name: String,
    /// Its bytes, sealed where the template says so.
    pub bytes: Vec<u8>,
    /// Fingerprint of the key that signed it.
    pub signer: Option<String>,
}

/// The file that brings a key to a party, or the one that says that it is to be used.
///
/// # Errors
/// [`Trouble`] where the template names no such file, or the file would be signed by the very key that it is about.
pub fn key_file(shared: &Shared, party: &Party, key: &NextKey, activates: bool) -> Result<KeyFile, Trouble> {
    let renewal = &party.template.renewal;
    let date = shared.today().to_string().replace('-', "");
    let parts = RenewalParts { partner: renewal.partner.clone(), fingerprint: key.fingerprint().to_string(), date };
    let (brings, name, plain) = content(shared, party, key, activates, &parts)?;
    if renewal.partner.is_empty() && name.has("partner") {
        let bank = &party.name;
        let what = text!(
            "`renewal.partner` of `{bank}` is empty, and the file's name holds it",
            "往来方 `{bank}` 的 `renewal.partner` 为空，而文件名需要它"
        );
        return Err(Trouble::new(what, Remedy::Person).hint(text!(
            "say in `bankferry.toml` what the bank knows you by: `renewal = {{ partner = \"…\" }}`",
            "请在 `bankferry.toml` 中写明银行对贵方的编号：`renewal = {{ partner = \"…\" }}`"
        )));
    }
    let (bytes, signer) = sealed(shared, party, plain)?;
    if signer.as_deref() == Some(key.fingerprint()) {
        return Err(signed_by_itself(key.fingerprint()));
    }
    Ok(KeyFile {
        brings,
        fingerprint: key.fingerprint().to_string(),
        folder: renewal.folder.clone().unwrap_or_else(|| party.template.out.folder.clone()),
        name: name.file_name(&parts),
        bytes,
        signer,
    })
}

/// What the file is called and what stands in it before it is sealed.
fn content<'a>(
    shared: &Shared,
    party: &'a Party,
    key: &NextKey,
    activates: bool,
    parts: &RenewalParts,
) -> Result<(Brings, &'a RenewalText, Vec<u8>), Trouble> {
    let renewal = &party.template.renewal;
    let named = |name: &'a Option<RenewalText>, setting| name.as_ref().ok_or_else(|| not_named(party, setting));
    match key {
        _ if activates => {
            let name = named(&renewal.activate, "activate")?;
            let text = named(&renewal.activation, "activation")?;
            Ok((Brings::Activation, name, text.fill(parts).into_bytes()))
        }
        NextKey::Certificate(info) => {
            let name = named(&renewal.certificate, "certificate")?;
            Ok((Brings::Certificate, name, shared.keys.export_fingerprint(&info.fingerprint)?.into_bytes()))
        }
        NextKey::Ssh(ssh) => {
            Ok((Brings::SshKey, named(&renewal.ssh, "ssh")?, format!("{}\n", ssh.public).into_bytes()))
        }
    }
}

/// The bytes as the bank wants them, and who signed them.
fn sealed(shared: &Shared, party: &Party, plain: Vec<u8>) -> Result<(Vec<u8>, Option<String>), Trouble> {
    let (renewal, seal) = (&party.template.renewal, &party.template.seal);
    if !renewal.sealed {
        return Ok((plain, None));
    }
    let policy = Policy { sign: true, armor: renewal.armor, ..seal.clone() };
    let mut bytes = Vec::new();
    let at: SystemTime = shared.clock.system_time();
    let sealed = seal::seal(&policy, &shared.keys, &party.name, at, &mut Cursor::new(plain), &mut bytes)?;
    Ok((bytes, sealed.signer))
}

/// What the journal knows last about a file with this name and key at a party.
///
/// # Errors
/// [`Trouble`] when the journal cannot be read.
pub fn latest(records: &dyn Records, party: &str, file: &KeyFile) -> Result<Option<(Fact, RenewalFact)>, Trouble> {
    let same = |fact: &RenewalFact| fact.fingerprint == file.fingerprint && fact.brings == file.brings;
    let facts = records.facts_of(party)?.into_iter().rev();
    let mut renewals = facts.filter_map(|fact| match fact.event.clone() {
        Event::Renewal(renewal) if same(&renewal) => Some((fact, renewal)),
        _ => None,
    });
    Ok(renewals.next())
}

/// Whether a key reached a party, as far as the journal knows.
///
/// # Errors
/// [`Trouble`] when the journal cannot be read.
pub fn has_reached(records: &dyn Records, party: &str, fingerprint: &str) -> Result<bool, Trouble> {
    let reached = |event: &Event| {
        matches!(event, Event::Renewal(r) if r.fingerprint == fingerprint && r.brings != Brings::Activation
            && r.step == RenewalStep::Sent)
    };
    Ok(records.facts_of(party)?.iter().any(|fact| reached(&fact.event)))
}

/// Gives the file to the bank; `again` where a person says so although it is, or may be, there already. What is known
/// of it afterwards.
///
/// # Errors
/// [`Trouble`] where nothing was done, or where it is not known whether the bank has it.
pub fn give(
    shared: &Shared,
    journal: &mut SqliteJournal,
    party: &Party,
    file: &KeyFile,
    person: &str,
    again: bool,
) -> Result<RenewalFact, Trouble> {
    may_leave(shared, journal, party)?;
    let before = latest(journal, &party.name, file)?.map(|(_, fact)| fact);
    let mut room = Room { shared, journal, party, person };
    match before {
        Some(fact) if fact.step.leads_to(again).contains(&RenewalStep::Sending) => room.send(file),
        Some(fact) if fact.step.leads_to(false).contains(&RenewalStep::Sent) => room.look(fact),
        Some(fact) => Err(sent_before(&fact)),
        None => room.send(file),
    }
}

/// A second copy gives nothing to a bank, and nobody gives anything over the wall between test and production.
fn may_leave(shared: &Shared, journal: &SqliteJournal, party: &Party) -> Result<(), Trouble> {
    if Fence::of(journal)?.up {
        let what =
            text!("this installation is fenced: nothing is sent to banks", "本安装处于恢复模式：不向银行发送任何文件");
        return Err(Trouble::new(what, Remedy::Person)
            .hint(text!("`bankferry unfence`, by two people", "由两人执行 `bankferry unfence`")));
    }
    wall::is_pinned(journal, party, shared.config.environment).map(drop)
}

struct Room<'a> {
    shared: &'a Shared,
    journal: &'a mut SqliteJournal,
    party: &'a Party,
    person: &'a str,
}

impl Room<'_> {
    fn send(&mut self, file: &KeyFile) -> Result<RenewalFact, Trouble> {
        let content = self.keep(file)?;
        let fact = RenewalFact {
            step: RenewalStep::Sending,
            brings: file.brings,
            fingerprint: file.fingerprint.clone(),
            folder: file.folder.clone(),
            name: file.name.clone(),
            content,
            seen: Evidence::default(),
        };
        let fact = self.state(fact, RenewalStep::Sending, Evidence::default())?;
        disk::point("renewal sending");
        let work = self.shared.config.work();
        let mut private = disk::private_file(&work)?;
        private.write_all(&file.bytes)?;
        private.rewind()?;
        let mut carrier = self.giver();
        let given = put(carrier.as_mut(), self.party, file, &mut private, &work);
        carrier.close();
        disk::point("renewal sent");
        match given {
            Ok(()) => {
                let (size, name) = (file.bytes.len(), &file.name);
                let seen = text!("{size} bytes under `{name}`", "{size} 字节，文件名 `{name}`");
                self.state(fact, RenewalStep::Sent, seen.into())
            }
            Err(trouble) => {
                let step = if trouble.happened { RenewalStep::Unknown } else { RenewalStep::NotSent };
                let fact = self.state(fact, step, trouble.what.clone().into())?;
                Err(if trouble.happened { not_known(&fact) } else { trouble })
            }
        }
    }

    /// What was begun before is looked for at the bank; nothing is sent.
    fn look(&mut self, fact: RenewalFact) -> Result<RenewalFact, Trouble> {
        let mut carrier = self.giver();
        let there = carrier.look(&fact.folder, &fact.name);
        carrier.close();
        match there? {
            Some(seen) if seen.size == fact.content.size => {
                let (name, size) = (&fact.name, seen.size);
                let lies = text!("`{name}` lies at the bank with {size} bytes", "`{name}` 已在银行处，{size} 字节");
                self.state(fact, RenewalStep::Sent, lies.into())
            }
            _ => Err(not_known(&fact)),
        }
    }

    fn giver(&self) -> Box<dyn Carrier> {
        let (take, give) = self.shared.carriers(self.party);
        give.unwrap_or(take)
    }

    fn keep(&self, file: &KeyFile) -> Result<Kept, Trouble> {
        let case = format!("K{}", self.shared.today().to_string().replace('-', ""));
        self.shared.keep(&case, "key", &file.name, &mut file.bytes.as_slice())
    }

    fn state(&mut self, fact: RenewalFact, step: RenewalStep, seen: Evidence) -> Result<RenewalFact, Trouble> {
        let fact = RenewalFact { step, seen, ..fact };
        let new = NewFact {
            actor: self.person.to_string(),
            case: String::new(),
            subject: self.party.name.clone(),
            event: Event::Renewal(fact.clone()),
        };
        self.journal.append(self.shared.clock.now(), vec![(new, Rows::None)])?;
        Ok(fact)
    }
}

/// All bytes under the final name, by the party's publish mode; nothing that lies there is touched.
fn put(carrier: &mut dyn Carrier, party: &Party, file: &KeyFile, bytes: &mut File, work: &Path) -> Result<(), Trouble> {
    let (folder, size) = (file.folder.as_str(), file.bytes.len() as u64);
    let temporary = temporary_name(party, &file.name, 1);
    if carrier.look(folder, &file.name)?.is_some() {
        return Err(name_taken(file));
    }
    let hidden = temporary != file.name;
    if hidden {
        carrier.remove(folder, &temporary)?;
    }
    carrier.upload(folder, &temporary, bytes, size).map_err(|error| {
        let trouble = Trouble::from(error);
        // What never got its final name was not given, whatever lies under the temporary one.
        Trouble { happened: trouble.happened && !hidden, ..trouble }
    })?;
    publish_as(carrier, &party.template.out, folder, [&temporary, &file.name], || disk::private_file(work))
}

fn not_named(party: &Party, setting: &'static str) -> Trouble {
    let (name, template) = (&party.name, &party.template.name);
    let what = text!(
        "template `{template}` of `{name}` does not say `renewal.{setting}`: the bank takes no such file",
        "`{name}` 的模板 `{template}` 未写明 `renewal.{setting}`：银行不接收此类文件"
    );
    Trouble::new(what, Remedy::Person).hint(text!(
        "if its paper names one, write it there; else give the key to the bank as it asks, `bankferry keys export`",
        "如银行文档规定了该文件，请在模板中写明；否则按银行要求提交：`bankferry keys export`"
    ))
}

fn signed_by_itself(fingerprint: &str) -> Trouble {
    let what = text!(
        "the file about key `{fingerprint}` would be signed by that very key, which the bank does not know yet",
        "关于密钥 `{fingerprint}` 的文件将由该密钥自身签名，而银行尚不认识它"
    );
    Trouble::new(what, Remedy::Person).hint(text!(
        "name the next key (`bankferry keys generate` makes it); the present one signs until the bank has the next",
        "请指定下一把密钥（`bankferry keys generate` 生成）；在银行启用之前由当前密钥签名"
    ))
}

fn sent_before(fact: &RenewalFact) -> Trouble {
    let (name, Text { en, zh }) = (&fact.name, fact.seen.text());
    let what = text!(
        "`{name}` about this key was sent before ({en}); nothing was sent",
        "有关该密钥的 `{name}` 已发送过（{zh}）；本次未发送"
    );
    Trouble::new(what, Remedy::Person)
        .hint(text!("`--again` sends it once more, where the bank asks for it", "如银行要求，可用 `--again` 再次发送"))
}

fn not_known(fact: &RenewalFact) -> Trouble {
    let name = &fact.name;
    let what = text!(
        "it is not known whether the bank has `{name}`: it does not lie there now; no money is concerned",
        "无法确定银行是否已收到 `{name}`：目前不在银行目录中；不涉及资金"
    );
    Trouble { happened: true, ..Trouble::new(what, Remedy::Unknown) }.hint(text!(
        "ask the bank; the same call looks for it, and `--again` sends it once more",
        "请询问银行；再次执行同一命令会查找该文件，`--again` 则再次发送"
    ))
}

fn name_taken(file: &KeyFile) -> Trouble {
    let name = &file.name;
    let what: Text =
        text!("a file `{name}` lies at the bank already; nothing was sent", "银行目录中已有文件 `{name}`；未发送");
    Trouble::new(what, Remedy::Person)
        .hint(text!("wait until the bank has taken it, then call again", "请等待银行取走后再执行"))
}

/// Whether a template speaks of files about keys, and what is missing in it.
pub fn gap(renewal: &Renewal) -> Option<Text> {
    match (&renewal.activate, &renewal.activation) {
        (Some(_), None) => Some(text!(
            "`renewal.activate` names a file, and no `renewal.activation` says what stands in it",
            "`renewal.activate` 指定了文件，但没有 `renewal.activation` 说明其内容"
        )),
        (None, Some(_)) => Some(text!(
            "`renewal.activation` says what stands in a file that `renewal.activate` does not name",
            "`renewal.activation` 说明了内容，但 `renewal.activate` 未指定文件名"
        )),
        _ => None,
    }
}
