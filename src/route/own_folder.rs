//! One installation takes from a folder. Two that take from the same would each send what lies there: a file that one
//! has claimed looks to the other like one that it had begun before a crash.
//!
//! So the first one that takes leaves its number beside the claims, and another one with another number leaves the
//! folder alone until a person has decided.

use std::io;
use std::path::Path;

use super::{Shared, Trouble};
use crate::carrier::folder::CLAIMED;
use crate::config::{CarrierSettings, Party};
use crate::disk::{self, DiskError};
use crate::journal::Oversight;
use crate::template::Clear;
use crate::text;
use crate::words::Remedy;

/// The file with the number, beside the claims.
const OWNER: &str = ".owner";

/// Makes sure that a folder of a folder party is this installation's to take from.
///
/// # Errors
/// [`Trouble`] where it is another one's: nothing is taken from it before a person helps.
pub fn is_ours(shared: &Shared, party: &Party, folder: &str) -> Result<(), Trouble> {
    let root = shared.config.inbox(&party.name).join(folder);
    let takes = matches!(party.carrier, CarrierSettings::Folder) && party.template.inward.clear != Clear::Leave;
    if !takes || !disk::is_folder(&root)? {
        return Ok(());
    }
    let Some(standing) = shared.records()?.standing()? else { return Ok(()) };
    let claims = root.join(CLAIMED);
    match std::fs::read_to_string(claims.join(OWNER)) {
        Ok(owner) if owner.trim() == standing.installation => Ok(()),
        Ok(_) => Err(of_another(&claims)),
        Err(cause) if cause.kind() == io::ErrorKind::NotFound => mark(&claims, &standing.installation),
        Err(cause) => Err(cause.into()),
    }
}

/// Leaves the number. Where nothing can be written nothing can be claimed either, and that says so by itself.
fn mark(claims: &Path, number: &str) -> Result<(), Trouble> {
    let written = disk::ensure_folder(claims, 0o700)
        .and_then(|()| disk::write_new(claims, OWNER, |file| writeln!(file, "{number}")).map(drop));
    match written {
        Err(DiskError::Exists { .. }) => Err(of_another(claims)),
        _ => Ok(()),
    }
}

fn of_another(claims: &Path) -> Trouble {
    let owner = claims.join(OWNER).display().to_string();
    let what = text!(
        "another installation takes files from this folder, as `{owner}` says: two would send its payments twice; \
         nothing is taken",
        "另一套系统正从此文件夹取文件（见 `{owner}`）：两套系统会重复发送付款；未取任何文件"
    );
    Trouble::new(what, Remedy::Person).hint(text!(
        "give this installation a folder of its own; only where the other one is given up for good, remove `{owner}`",
        "请为本系统设置自己的文件夹；仅当另一套系统已永久停用时，才删除 `{owner}`"
    ))
}
