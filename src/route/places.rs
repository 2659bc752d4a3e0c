//! The folders of a folder party. They are made once, before the party ever gave or got a file; from then on one that
//! is gone is a disk that is not mounted or a hand that erred, and is never made anew: what is written into it nobody
//! reads. Files wait until it is back.

use std::path::PathBuf;

use super::Trouble;
use crate::carrier::ErrorKind;
use crate::config::{CarrierSettings, Config, Party};
use crate::disk;
use crate::journal::{JournalError, Records};
use crate::template::folders;
use crate::text;
use crate::words::{Explain, Remedy, Text};

/// What the party gives us and what we give it.
fn roots(config: &Config, party: &Party) -> [PathBuf; 2] {
    [config.inbox(&party.name), config.outbox(&party.name)]
}

/// The folders below those that the party's template names, without those whose names change by the day.
fn below(config: &Config, party: &Party) -> Vec<PathBuf> {
    let [inbox, outbox] = roots(config, party);
    let inward = party.template.inward.folders.iter().map(|folder| (&inbox, folder));
    let lasting = inward.chain([(&outbox, &party.template.out.folder)]).filter(|(_, name)| !folders::is_dated(name));
    lasting.map(|(root, folder)| root.join(folder)).collect()
}

/// Makes the folders of every folder party that are missing, where it was never in contact. One that cannot be made is
/// a failure of its party when it is looked at, and stops nobody else.
///
/// # Errors
/// [`JournalError`].
pub fn make(config: &Config, records: &dyn Records) -> Result<(), JournalError> {
    for party in config.parties.iter().filter(|party| matches!(party.carrier, CarrierSettings::Folder)) {
        let missing = |root: &PathBuf| matches!(disk::is_taken(root), Ok(false));
        if roots(config, party).iter().any(missing) && records.was_in_contact(&party.name)? {
            continue;
        }
        for folder in roots(config, party).into_iter().chain(below(config, party)) {
            let _ = disk::ensure_folder(&folder, 0o770);
        }
    }
    Ok(())
}

/// What is wrong with the folders of a folder party, where something is; nothing for any other.
pub fn lost(config: &Config, party: &Party) -> Option<Text> {
    if !matches!(party.carrier, CarrierSettings::Folder) {
        return None;
    }
    roots(config, party).iter().find_map(|root| {
        let shown = root.display();
        match disk::is_folder(root) {
            Ok(true) => None,
            Ok(false) if disk::is_taken(root).is_ok_and(|taken| taken) => {
                Some(text!("`{shown}` is not a folder", "`{shown}` 不是文件夹"))
            }
            Ok(false) => Some(text!(
                "the folder `{shown}` is gone: perhaps its disk is not mounted",
                "文件夹 `{shown}` 已不存在：其磁盘可能未挂载"
            )),
            Err(error) => Some(error.what()),
        }
    })
}

/// Makes sure that both are there before anything is taken, given or looked for: in a folder that is gone no file is
/// absent for certain.
///
/// # Errors
/// [`Trouble`] that is over as soon as they are back.
pub(super) fn are_there(config: &Config, party: &Party) -> Result<(), Trouble> {
    let Some(Text { en, zh }) = lost(config, party) else { return Ok(()) };
    let what = text!("{en}; nothing is taken or given, files wait", "{zh}；不收不发，文件等待");
    // The party cannot be reached, and nothing of an attempt was begun.
    Err(Trouble { kind: Some(ErrorKind::Connect), ..Trouble::new(what, Remedy::Wait).hint(hint()) })
}

/// What to do about folders that are gone.
pub fn hint() -> Text {
    text!(
        "mount its disk; where it is meant to be a new and empty folder, make it with `mkdir`",
        "请挂载其磁盘；若确为新的空文件夹，请用 `mkdir` 创建"
    )
}
