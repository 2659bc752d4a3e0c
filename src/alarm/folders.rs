//! The folders of folder parties: gone, or with things in them that nobody takes.

use std::path::Path;
use std::time::{Duration, SystemTime};

use crate::carrier::readiness::is_beside;
use crate::config::{CarrierSettings, Config, Party};
use crate::disk;
use crate::journal::AlarmFact;
use crate::route::places;
use crate::template::folders::is_dated;
use crate::text;
use crate::words::{Text, first_few};

/// How old something is that is no file under way any more.
const OLD: Duration = Duration::from_secs(24 * 3_600);

/// What is wrong with the folders of the parties that read and write them themselves.
pub(super) fn notices(config: &Config, now: SystemTime) -> Vec<AlarmFact> {
    let parties = config.parties.iter().filter(|party| matches!(party.carrier, CarrierSettings::Folder));
    parties.flat_map(|party| gone(config, party).or_else(|| leftovers(config, party, now))).collect()
}

fn gone(config: &Config, party: &Party) -> Option<AlarmFact> {
    let name = &party.name;
    let what = places::lost(config, party)?;
    let money = text!("nothing is taken from it or given to it: files wait", "不收不发：文件等待");
    Some(AlarmFact::new(format!("folder-gone {name}"), name, what, money, places::hint()))
}

/// Names that say that a file is still being written or belongs to another one, and that nobody touched for a day.
fn leftovers(config: &Config, party: &Party, now: SystemTime) -> Option<AlarmFact> {
    let (name, inbox) = (&party.name, config.inbox(&party.name));
    let lasting = party.template.inward.folders.iter().filter(|folder| !is_dated(folder));
    let mut old: Vec<String> = lasting.flat_map(|folder| of_folder(&inbox.join(folder), now)).collect();
    old.sort();
    old.dedup();
    let Text { en: first, zh: first_zh } = first_few(&old);
    (!old.is_empty()).then(|| {
        AlarmFact::new(
            format!("leftovers {name}"),
            name,
            text!(
                "in the folder of `{name}` lie for more than a day, and are never taken: {first}",
                "`{name}` 的文件夹中有滞留超过一天且不会被收取的文件：{first_zh}"
            ),
            text!(
                "nothing of it was sent: payments in a file that was never finished are paid by nobody",
                "未据此发送任何内容：未写完的文件中的付款不会被支付"
            ),
            text!(
                "ask `{name}` whether a file was left unfinished; remove what belongs to nothing",
                "请向 `{name}` 核实是否有未写完的文件；删除不属于任何文件的内容"
            ),
        )
    })
}

fn of_folder(folder: &Path, now: SystemTime) -> Vec<String> {
    // A folder that cannot be looked into is told of by who looks for files.
    let paths = disk::entries(folder).unwrap_or_default().into_iter();
    let is_old = |path: &Path| {
        let found = std::fs::symlink_metadata(path).ok().filter(|found| found.is_file());
        let touched = found.and_then(|found| found.modified().ok());
        touched.is_some_and(|at| now.duration_since(at).is_ok_and(|age| age > OLD))
    };
    let name = |path: &Path| path.file_name().map(|name| name.to_string_lossy().into_owned());
    let left = paths.filter(|path| name(path).is_some_and(|name| is_beside(&name)) && is_old(path));
    left.filter_map(|path| name(&path)).map(|name| format!("`{}`", name.escape_debug())).collect()
}
