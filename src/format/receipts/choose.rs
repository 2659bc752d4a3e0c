//! Which file of a bundle is its index: what is neither PDF nor OFD, is text, and is read by the template's layout.

use std::io::{BufReader, Read, Seek};

use super::IndexOpener;
use super::bundle::scratch;
use super::index::Index;
use super::unpack::{Member, Unpack, refused, rewound};
use crate::format::{ReadError, ReadOptions};
use crate::text;

/// Bytes at the beginning of a file by which text is told from anything else.
const HEAD: u64 = 512;
/// Files that are looked at as an index; a bundle has one.
const MOST: usize = 16;

/// The index among what is neither PDF nor OFD, and its name; none where there is nothing of that kind.
pub(super) fn choose<F: Read + Seek>(
    zip: &mut Unpack<F>,
    others: &[Member],
    opener: &IndexOpener,
    options: &ReadOptions,
) -> Result<Option<(String, Index)>, ReadError> {
    let (mut read, mut strange, mut unread) = (Vec::new(), Vec::new(), Vec::new());
    for member in others.iter().take(MOST) {
        if !is_text(&zip.head(member, HEAD)?) {
            strange.push(member.name.clone());
            continue;
        }
        let mut text = scratch(options)?;
        zip.unpack(member, &mut text)?;
        let input = Box::new(BufReader::new(rewound(text)?));
        match Index::read(opener.open(input, options)) {
            Ok(index) => read.push((member.name.clone(), index)),
            Err(why) => unread.push((member.name.clone(), why)),
        }
    }
    match read.len() {
        0 => match (strange.first(), unread.into_iter().next()) {
            (Some(name), _) => Err(neither(name, false)),
            (None, Some((name, why))) => Err(named(why, &name)),
            (None, None) => Ok(None),
        },
        1 => {
            let (name, mut index) = read.remove(0);
            let unread = unread.into_iter().map(|(name, _)| name);
            let wrong =
                strange.into_iter().chain(unread).chain(others.iter().skip(MOST).map(|m| m.name.clone())).next();
            match wrong {
                Some(wrong) => Err(neither(&wrong, !index.rows_of(&wrong).is_empty())),
                None => Ok(Some((name, index))),
            }
        }
        _ => {
            let (first, second) = (&read[0].0, &read[1].0);
            let message = text!(
                "both `{first}` and `{second}` are an index; a bundle has one",
                "`{first}` 和 `{second}` 都是索引；一个文件包只能有一个"
            );
            Err(refused("index", message))
        }
    }
}

/// Text of any encoding has no control characters but tabs and line ends.
fn is_text(head: &[u8]) -> bool {
    head.iter().all(|byte| *byte >= b' ' || matches!(byte, b'\t' | b'\r' | b'\n'))
}

/// The refusal of a file that is neither a receipt nor the index.
fn neither(name: &str, in_index: bool) -> ReadError {
    let (message, hint) = match in_index {
        true => (
            text!(
                "the index names `{name}` as a receipt, and it is neither PDF nor OFD",
                "索引将 `{name}` 列为回单，但它既不是 PDF 也不是 OFD"
            ),
            text!("ask the bank for the receipt as PDF or OFD", "请向银行索取 PDF 或 OFD 格式的回单"),
        ),
        false => (
            text!(
                "`{name}` is neither PDF nor OFD, and it is not the index either",
                "`{name}` 既不是 PDF 也不是 OFD，也不是索引"
            ),
            text!("ask the bank for a bundle without it", "请向银行索取不含该文件的文件包"),
        ),
    };
    match refused("wrong-type", message) {
        ReadError::Refused(finding) => ReadError::Refused(Box::new(finding.hint(hint))),
        error => error,
    }
}

/// The refusal of an index that cannot be read, with its name.
fn named(why: ReadError, name: &str) -> ReadError {
    let ReadError::Refused(finding) = why else { return why };
    let (en, zh) = (&finding.message.en, &finding.message.zh);
    let message = text!(
        "`{name}` is neither PDF nor OFD, and as the index it is refused: {en}",
        "`{name}` 既不是 PDF 也不是 OFD，作为索引读取时被拒绝：{zh}"
    );
    let mut finding = finding;
    finding.message = message;
    ReadError::Refused(finding)
}
