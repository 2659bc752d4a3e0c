//! ZIP files from outside.
//!
//! A ZIP says things twice: in a directory at its end and in front of every member. Programs believe one or the
//! other, and attacks live in the difference; so both must agree, members must not overlap, and nothing may hide
//! between them. What a bundle of receipts has no use for is refused: encryption, ZIP64, links, several volumes,
//! bytes before the first member.

use std::io::{self, Read, Seek, SeekFrom, Write};

use zip::ZipArchive;
use zip::result::ZipError;

use crate::finding::{Finding, Place};
use crate::format::{ReadError, Scratch};
use crate::text;
use crate::words::Text;

/// Most members of a ZIP.
pub(super) const MOST_MEMBERS: u16 = 10_000;
/// Most bytes of one member, unpacked.
pub(super) const MEMBER_BYTES: u64 = 64 << 20;
/// Most bytes of all members, unpacked.
pub(super) const BUNDLE_BYTES: u64 = 1 << 30;
/// How many times larger than packed a member may be once it is larger than [`FREE_BYTES`].
const RATIO: u64 = 200;
/// Members up to this size may be packed as well as they can.
const FREE_BYTES: u64 = 1 << 20;
/// Bytes of nothing, packed: some programs pack the folders, too.
const EMPTY_DEFLATED: u64 = 2;
/// Longest name of a member in bytes.
const NAME_BYTES: usize = 1000;

/// A ZIP whose directory was checked.
pub(super) struct Unpack<F> {
    archive: ZipArchive<F>,
    members: Vec<Member>,
    /// How many bytes may still be unpacked.
    left: u64,
}

/// A file in a ZIP.
#[derive(Clone, Debug)]
pub(super) struct Member {
    /// Its name with its folders, parted by `/`.
    pub name: String,
    at: usize,
    packed: u64,
}

impl<F: Read + Seek> Unpack<F> {
    /// Reads and checks the directory of `file`.
    pub fn open(mut file: F, budget: u64) -> Result<Unpack<F>, ReadError> {
        let end = EndRecord::find(&mut file)?;
        // The crate makes room for every entry that the directory has: so their number comes first.
        let mut archive = ZipArchive::new(file).map_err(damaged)?;
        if archive.len() != usize::from(end.entries) || archive.central_directory_start() != end.directory {
            return Err(refused(
                "zip-directory",
                text!(
                    "the ZIP's directory is not what its end says, or names a member twice",
                    "ZIP 目录与其尾部记录不符，或有重名成员"
                ),
            ));
        }
        archive.validate_header_consistency().map_err(damaged)?;
        let members = members(&archive)?;
        Ok(Unpack { archive, members, left: budget })
    }

    /// The files, in the order of the directory.
    pub fn members(&self) -> &[Member] {
        &self.members
    }

    /// The first `most` bytes of a member.
    pub fn head(&mut self, member: &Member, most: u64) -> Result<Vec<u8>, ReadError> {
        let mut head = Vec::new();
        let file = self.archive.by_index(member.at).map_err(damaged)?;
        file.take(most).read_to_end(&mut head).map_err(|e| broken(&member.name, e))?;
        Ok(head)
    }

    /// Unpacks a member into `into`, counting; gives its size.
    pub fn unpack(&mut self, member: &Member, into: &mut dyn Write) -> Result<u64, ReadError> {
        let mut file = self.archive.by_index(member.at).map_err(damaged)?;
        let most = MEMBER_BYTES.min(self.left).min(FREE_BYTES.max(member.packed.saturating_mul(RATIO)));
        let (mut size, mut block) = (0, vec![0; 64 << 10]);
        loop {
            // Reading to the very end lets the crate compare the checksum.
            let got = file.read(&mut block).map_err(|e| broken(&member.name, e))?;
            if got == 0 {
                self.left -= size;
                return Ok(size);
            }
            size += got as u64;
            if size > most {
                return Err(too_large(&member.name));
            }
            into.write_all(&block[..got])?;
        }
    }
}

/// What the last record of a ZIP says.
struct EndRecord {
    entries: u16,
    directory: u64,
}

impl EndRecord {
    const LENGTH: usize = 22;

    /// Finds the record: it is the last thing in the file, with a comment of the length that it says.
    fn find(file: &mut (impl Read + Seek)) -> Result<EndRecord, ReadError> {
        let size = file.seek(SeekFrom::End(0))?;
        let look = size.min((Self::LENGTH + usize::from(u16::MAX)) as u64);
        file.seek(SeekFrom::Start(size - look))?;
        let mut tail = Vec::new();
        file.take(look).read_to_end(&mut tail)?;
        let cut_off =
            || refused("truncated", text!("the ZIP has no end: it was cut off", "ZIP 没有结尾记录：文件不完整"));
        let fits = |at: &usize| {
            tail[*at..].starts_with(b"PK\x05\x06")
                && at + Self::LENGTH + usize::from(u16_at(&tail, at + 20)) == tail.len()
        };
        let at =
            (0..=tail.len().checked_sub(Self::LENGTH).ok_or_else(cut_off)?).rev().find(fits).ok_or_else(cut_off)?;
        let entries = u16_at(&tail, at + 10);
        let (length, directory) = (u32_at(&tail, at + 12), u32_at(&tail, at + 16));
        if entries == u16::MAX || length == u32::MAX || directory == u32::MAX {
            return Err(refused("zip-kind", text!("ZIP64 is not taken", "不接收 ZIP64 文件")));
        }
        let place = size - look + at as u64;
        let locator = at >= 20 && tail[at - 20..].starts_with(b"PK\x06\x07");
        let whole = u16_at(&tail, at + 4) == 0 && u16_at(&tail, at + 6) == 0 && u16_at(&tail, at + 8) == entries;
        if locator || !whole || u64::from(directory) + u64::from(length) != place {
            return Err(refused(
                "zip-directory",
                text!(
                    "the ZIP's directory is not where its end says, or the ZIP has several volumes",
                    "ZIP 目录位置与其尾部记录不符，或为分卷 ZIP"
                ),
            ));
        }
        if entries > MOST_MEMBERS {
            return Err(refused(
                "too-many",
                text!(
                    "the ZIP has {entries} members; at most {MOST_MEMBERS} are taken",
                    "ZIP 有 {entries} 个成员，最多接收 {MOST_MEMBERS} 个"
                ),
            ));
        }
        Ok(EndRecord { entries, directory: u64::from(directory) })
    }
}

fn u16_at(bytes: &[u8], at: usize) -> u16 {
    u16::from_le_bytes([bytes[at], bytes[at + 1]])
}

fn u32_at(bytes: &[u8], at: usize) -> u32 {
    u32::from_le_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]])
}

/// The files of an archive, after a look at the name and kind of every entry.
fn members<F: Read + Seek>(archive: &ZipArchive<F>) -> Result<Vec<Member>, ReadError> {
    let mut members = Vec::new();
    let mut names = std::collections::BTreeSet::new();
    let mut first = None;
    for at in 0..archive.len() {
        let entry = archive.by_index_data(at).map_err(damaged)?;
        first = Some(first.unwrap_or(u64::MAX).min(entry.header_start()));
        let name = decoded(entry.name_raw())?;
        let folder = name.ends_with('/');
        safe(name.strip_suffix('/').unwrap_or(&name))?;
        if entry.encrypted() {
            let message = text!("`{name}` is encrypted within the ZIP", "ZIP 中的 `{name}` 已加密");
            return Err(refused("zip-kind", message));
        }
        // The upper bits of a Unix mode say what an entry is; 0 where the maker did not say.
        let kind = entry.unix_mode().unwrap_or_default() & 0o170_000;
        if !(kind == 0 || kind == 0o100_000 || folder && kind == 0o040_000) {
            let message = text!("`{name}` is a link or another special file", "`{name}` 是链接或其他特殊文件");
            return Err(refused("zip-kind", message));
        }
        // On many disks names that differ in capitals alone are one: one file would be written over the other.
        if !names.insert(name.to_lowercase()) {
            let message = text!(
                "the ZIP has two members of the name `{name}`, capitals aside",
                "ZIP 中有两个名为 `{name}` 的成员（不分大小写）"
            );
            return Err(refused("zip-directory", message));
        }
        if !folder {
            members.push(Member { name, at, packed: entry.compressed_size() });
        } else if entry.size() != 0 || entry.compressed_size() > EMPTY_DEFLATED {
            return Err(unsafe_name(&name));
        }
    }
    match first {
        Some(0) => Ok(members),
        None => Err(empty_zip()),
        Some(_) => {
            let message = text!("something stands before the ZIP's first member", "ZIP 的第一个成员之前有其他内容");
            Err(refused("zip-directory", message))
        }
    }
}

/// A name as text: UTF-8, else GB18030 as Chinese programs write it.
fn decoded(raw: &[u8]) -> Result<String, ReadError> {
    if let Ok(name) = std::str::from_utf8(raw) {
        return Ok(name.to_string());
    }
    let name = encoding_rs::GB18030.decode_without_bom_handling_and_without_replacement(raw);
    name.map(|name| name.into_owned()).ok_or_else(|| unsafe_name(&String::from_utf8_lossy(raw)))
}

/// Refuses names that could mean a place outside a folder, here or at whoever unpacks.
fn safe(name: &str) -> Result<(), ReadError> {
    let part_is_safe = |part: &str| !part.is_empty() && part != "." && part != "..";
    let fine = name.len() <= NAME_BYTES
        && !name.chars().any(|c| c.is_control() || matches!(c, '\\' | ':'))
        && name.split('/').all(part_is_safe);
    if fine { Ok(()) } else { Err(unsafe_name(name)) }
}

/// A bundle in which nothing is.
pub(super) fn empty_zip() -> ReadError {
    let message = text!("the ZIP is empty: it holds no receipt and no index", "ZIP 为空：其中没有回单也没有索引");
    let hint = text!("ask the bank for the bundle again", "请向银行重新索取该文件包");
    Finding::error("empty", Place::default(), message).hint(hint).into()
}

fn unsafe_name(name: &str) -> ReadError {
    let name: String = name.chars().take(100).flat_map(char::escape_debug).collect();
    refused(
        "zip-name",
        text!("`{name}` is no name of a file that could be taken out of a ZIP", "`{name}` 不是可从 ZIP 取出的文件名"),
    )
}

fn too_large(name: &str) -> ReadError {
    let (member, bundle) = (MEMBER_BYTES >> 20, BUNDLE_BYTES >> 20);
    refused(
        "zip-bomb",
        text!(
            "`{name}` is too large unpacked: at most {member} MiB, {RATIO} times its packed size, {bundle} MiB in all",
            "`{name}` 解压后过大：单个文件上限 {member} MiB、压缩大小的 {RATIO} 倍，整个文件包上限 {bundle} MiB"
        ),
    )
}

/// What the crate says of a ZIP that is wrong; what the disk says passes.
fn damaged(error: ZipError) -> ReadError {
    match error {
        ZipError::Io(error) => broken("ZIP", error),
        error => refused("zip-damaged", text!("the ZIP cannot be read: {error}", "ZIP 无法读取：{error}")),
    }
}

/// An error while unpacking: mostly the ZIP's fault, for it lies in a file of our own.
fn broken(name: &str, error: io::Error) -> ReadError {
    use io::ErrorKind::{InvalidData, InvalidInput, Other, UnexpectedEof};
    if matches!(error.kind(), InvalidData | InvalidInput | Other | UnexpectedEof) {
        let message = text!("`{name}` cannot be unpacked", "`{name}` 无法解压").because(&error);
        return refused("zip-damaged", message);
    }
    ReadError::Io(error)
}

pub(super) fn refused(rule: &'static str, message: Text) -> ReadError {
    ReadError::Refused(Box::new(Finding::error(rule, Place::default(), message)))
}

/// A scratch file that is read again from its beginning.
pub(super) fn rewound(mut file: Box<dyn Scratch + Send>) -> io::Result<Box<dyn Scratch + Send>> {
    file.seek(SeekFrom::Start(0))?;
    Ok(file)
}
