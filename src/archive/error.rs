//! What the archive cannot do, and what helps.

use std::io;
use std::path::PathBuf;

use crate::disk::{DiskError, Sha256Hash};
use crate::text;
use crate::words::{Explain, Remedy, Text};

/// What the archive cannot do.
#[derive(Debug, thiserror::Error)]
pub enum ArchiveError {
    /// The disk refused.
    #[error(transparent)]
    Disk(#[from] DiskError),
    /// What was to be kept could not be read.
    #[error("what is to be archived cannot be read: {0}")]
    Source(io::Error),
    /// A case or word that is none of ours: small set of letters, no folder in it.
    #[error("`{0}` cannot be the name of a case or a kind of file")]
    Word(String),
    /// The archive does not have it.
    #[error("the archive has no content with the hash {sha256}")]
    Absent {
        /// The hash that was asked for.
        sha256: Sha256Hash,
    },
    /// The content is not what it was.
    #[error("`{}` is not what was archived: its hash is {found} and was {expected}", path.display())]
    Altered {
        /// The file.
        path: PathBuf,
        /// The hash it was archived with.
        expected: Sha256Hash,
        /// The hash it has now.
        found: Sha256Hash,
    },
}

impl ArchiveError {
    /// The error of writing a draft: the source's own error is told apart from the disk's.
    pub(super) fn from_draft(error: DiskError) -> ArchiveError {
        match error {
            DiskError::Source { source, .. } => ArchiveError::Source(source),
            error => ArchiveError::Disk(error),
        }
    }
}

impl Explain for ArchiveError {
    fn what(&self) -> Text {
        match self {
            ArchiveError::Disk(e) => e.what(),
            ArchiveError::Source(e) => {
                text!("what is to be archived cannot be read", "无法读取待归档的内容").because(e)
            }
            ArchiveError::Word(word) => text!(
                "`{word}` cannot be the name of a case or a kind of file in the archive",
                "`{word}` 不能作为归档中的业务编号或文件类别"
            ),
            ArchiveError::Absent { sha256 } => {
                text!("the archive has no content with the hash {sha256}", "归档中没有哈希为 {sha256} 的内容")
            }
            ArchiveError::Altered { path, expected, found } => {
                let path = path.display();
                text!(
                    "`{path}` is not what was archived: its hash is {found} and was {expected}",
                    "`{path}` 与归档时不一致：现哈希为 {found}，原为 {expected}"
                )
            }
        }
    }

    fn hints(&self) -> Vec<Text> {
        match self {
            ArchiveError::Disk(e) => e.hints(),
            ArchiveError::Source(_) | ArchiveError::Word(_) => Vec::new(),
            ArchiveError::Absent { .. } | ArchiveError::Altered { .. } => vec![text!(
                "bring the file back from a backup, then run `bankferry verify`; nothing is sent from it meanwhile",
                "请从备份恢复该文件，然后运行 `bankferry verify`；在此之前不会发送该内容"
            )],
        }
    }

    fn remedy(&self) -> Remedy {
        match self {
            ArchiveError::Disk(e) => e.remedy(),
            ArchiveError::Source(_) => Remedy::Wait,
            ArchiveError::Word(_) | ArchiveError::Absent { .. } | ArchiveError::Altered { .. } => Remedy::Person,
        }
    }
}
