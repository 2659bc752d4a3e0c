//! Room on the disks: told before it is used up, because a full disk stops every payment at once.

use std::path::PathBuf;

use crate::config::{Config, DiskRoom};
use crate::disk::{self, Space};
use crate::journal::AlarmFact;
use crate::text;
use crate::words::Text;

const MIB: u64 = 1 << 20;

/// The file systems that have too little room: of the archive, of what is given to parties, of the journal.
pub(super) fn notices(config: &Config) -> Vec<AlarmFact> {
    let mut seen: Vec<u64> = Vec::new();
    let mut found = Vec::new();
    for folder in folders(config) {
        // A folder that is away stops its own work and is told there.
        let Ok(space) = disk::space(&folder) else { continue };
        if !seen.contains(&space.device) {
            seen.push(space.device);
            found.extend(notice(&config.alarms.disk, &folder, &space));
        }
    }
    found
}

fn folders(config: &Config) -> impl Iterator<Item = PathBuf> {
    let outboxes = config.parties.iter().map(|party| config.outbox(&party.name));
    [config.archive(), config.state()].into_iter().chain(outboxes)
}

fn notice(floor: &DiskRoom, folder: &std::path::Path, space: &Space) -> Option<AlarmFact> {
    let (shown, free) = (folder.display().to_string(), space.free / MIB);
    let percent = share(space);
    let hint = text!(
        "make room, or move what may go: never anything of `archive` or `state`",
        "请腾出空间；切勿移动或删除 `archive` 与 `state` 中的任何内容"
    );
    let alarm = |kind: &str, what: Text, money: Text| AlarmFact::new(format!("{kind} {shown}"), "", what, money, hint);
    if free < floor.full_mib {
        return Some(alarm(
            "disk-full",
            text!("the disk of `{shown}` is full: {free} MiB are free", "`{shown}` 所在磁盘已满：剩余 {free} MiB"),
            text!(
                "nothing more can be taken or sent; what was on its way is as `bankferry status` says",
                "无法再收取或发送；已在途的以 `bankferry status` 为准"
            ),
        ));
    }
    (free < floor.low_mib || percent < u64::from(floor.low_percent)).then(|| {
        alarm(
            "disk-low",
            text!(
                "the disk of `{shown}` is nearly full: {free} MiB are free, {percent} %",
                "`{shown}` 所在磁盘将满：剩余 {free} MiB（{percent}%）"
            ),
            text!(
                "no money has moved because of it; when it is full nothing is taken or sent",
                "资金未因此划转；磁盘写满后将停止收发"
            ),
        )
    })
}

/// Whole per cent that are free.
fn share(space: &Space) -> u64 {
    (u128::from(space.free) * 100).checked_div(u128::from(space.size)).map_or(100, |share| share.min(100) as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(floor: DiskRoom, free: u64, size: u64) -> Option<String> {
        let space = Space { free: free * MIB, size: size * MIB, device: 1 };
        notice(&floor, std::path::Path::new("/x"), &space).map(|alarm| alarm.key)
    }

    #[test]
    fn little_room_is_told_by_share_or_by_size_and_none_as_full() {
        let floor = DiskRoom { low_percent: 5, low_mib: 1_000, full_mib: 10 };
        assert_eq!(of(floor, 5_000, 100_000), None);
        assert_eq!(of(floor, 4_999, 100_000).as_deref(), Some("disk-low /x"), "by share");
        assert_eq!(of(floor, 999, 10_000).as_deref(), Some("disk-low /x"), "by size");
        assert_eq!(of(floor, 10, 100_000).as_deref(), Some("disk-low /x"));
        assert_eq!(of(floor, 9, 100_000).as_deref(), Some("disk-full /x"));
        let off = DiskRoom { low_percent: 0, low_mib: 0, full_mib: 0 };
        assert_eq!(of(off, 0, 100), None);
        assert_eq!(of(off, 0, 0), None, "a file system without a size");
    }
}
