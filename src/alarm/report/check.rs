//! Looking at a folder of control reports as an auditor does: every signature, every number, every link.

use std::collections::BTreeMap;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use serde::Serialize;

use super::ControlReport;
use crate::disk::{self, Sha256Hash};
use crate::seal::{Certificates, verify_detached};
use crate::text;
use crate::words::{Explain, Text};

/// A report and its signature are smaller.
const MOST_BYTES: u64 = 4 << 20;

/// What was found.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Checked {
    /// Reports.
    pub reports: u64,
    /// The last number of each bank with its day.
    pub last: BTreeMap<String, (u64, crate::document::Date)>,
    /// What is wrong.
    pub mistakes: Vec<Mistake>,
}

/// Something that is wrong with a report, or a report that is not there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Mistake {
    /// The file, or the bank.
    pub place: String,
    /// What.
    pub what: Text,
}

/// Looks at every report of a folder.
///
/// # Errors
/// The system's, where the folder cannot be read.
pub fn check(folder: &Path, certificates: &Certificates, at: SystemTime) -> std::io::Result<Checked> {
    let mut checked = Checked::default();
    let mut by_bank: BTreeMap<String, Vec<(ControlReport, Sha256Hash)>> = BTreeMap::new();
    for path in reports(folder)? {
        checked.reports += 1;
        match read(&path, certificates, at) {
            Ok((report, hash)) => by_bank.entry(report.bank.clone()).or_default().push((report, hash)),
            Err(what) => checked.mistakes.push(Mistake { place: path.display().to_string(), what }),
        }
    }
    for (bank, mut reports) in by_bank {
        reports.sort_by_key(|(report, _)| (report.epoch, report.number));
        for pair in reports.windows(2) {
            if let [(before, hash), (after, _)] = pair
                && let Some(what) = gap(before, hash, after)
            {
                checked.mistakes.push(Mistake { place: bank.clone(), what });
            }
        }
        if let Some((first, _)) = reports.first()
            && let Some(what) = beginning(first)
        {
            checked.mistakes.push(Mistake { place: bank.clone(), what });
        }
        if let Some((last, _)) = reports.last() {
            checked.last.insert(bank, (last.number, last.day));
        }
    }
    Ok(checked)
}

fn reports(folder: &Path) -> std::io::Result<Vec<PathBuf>> {
    let mut paths = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path.extension().is_some_and(|end| end == "json") {
            paths.push(path);
        }
    }
    paths.sort();
    Ok(paths)
}

fn read(path: &Path, certificates: &Certificates, at: SystemTime) -> Result<(ControlReport, Sha256Hash), Text> {
    let content = bytes(path)?;
    let signature = bytes(&path.with_extension("json.asc"))
        .map_err(|_| text!("it has no signature beside it", "旁边没有签名文件"))?;
    verify_detached(certificates, &content, &signature, at).map_err(|error| {
        let Text { en, zh } = error.what();
        text!("its signature proves nothing: {en}", "其签名无效：{zh}")
    })?;
    let report = serde_json::from_slice(&content)
        .map_err(|error| text!("it is signed and is no control report: {error}", "已签名，但不是控制日报：{error}"))?;
    Ok((report, Sha256Hash::of(&content)))
}

fn bytes(path: &Path) -> Result<Vec<u8>, Text> {
    let failed = |why: String| text!("it cannot be read: {why}", "无法读取：{why}");
    let file = disk::open_plain(path, MOST_BYTES).map_err(|e| failed(e.to_string()))?;
    let mut bytes = Vec::new();
    file.take(MOST_BYTES).read_to_end(&mut bytes).map_err(|e| failed(e.to_string()))?;
    Ok(bytes)
}

/// What is missing before the first report that is here: only a bank's very first follows none.
fn beginning(first: &ControlReport) -> Option<Text> {
    let (number, before) = (first.number, first.number.saturating_sub(1));
    first.previous.as_ref().map(|_| match before {
        0 | 1 => text!("number 1 is missing: number {number} follows it", "缺少第 1 号：第 {number} 号接续其后"),
        _ => text!(
            "numbers 1 to {before} are missing: number {number} is the first that is here",
            "缺少第 1 至 {before} 号：此处最早为第 {number} 号"
        ),
    })
}

/// What is wrong between a report and the next one that is there.
fn gap(before: &ControlReport, hash: &Sha256Hash, after: &ControlReport) -> Option<Text> {
    let (had, has) = (before.number, after.number);
    if after.epoch == before.epoch && has != had + 1 {
        let (first, last) = (had + 1, has.saturating_sub(1));
        return Some(match has - had {
            0 => text!("number {had} is there twice", "第 {had} 号出现两次"),
            2 => text!("number {first} is missing", "缺少第 {first} 号"),
            _ => text!("numbers {first} to {last} are missing", "缺少第 {first} 至 {last} 号"),
        });
    }
    let linked = after.previous.as_deref() == Some(hash.to_string().as_str());
    // A restored copy goes on from an older report; which one it was, its own link says.
    (after.epoch == before.epoch && !linked).then(|| {
        text!("number {has} does not follow the number {had} that is here", "第 {has} 号并非接续此处的第 {had} 号")
    })
}
