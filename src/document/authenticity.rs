//! What speaks for a file that an ERP gave us.

use serde::{Deserialize, Serialize};

/// How surely a file is the ERP's own, unchanged; a later level is surer than an earlier one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Authenticity {
    /// Folder rights only: whoever can write into the folder can have made it.
    #[default]
    L0,
    /// Its hash, count and sums came by another path.
    L1,
    /// A message authentication code under a key that the ERP and we share.
    L2,
    /// An OpenPGP signature by the ERP's key.
    L3,
}

impl Authenticity {
    /// The word in `bankferry.toml`, the journal and on screens.
    pub fn word(self) -> &'static str {
        match self {
            Authenticity::L0 => "L0",
            Authenticity::L1 => "L1",
            Authenticity::L2 => "L2",
            Authenticity::L3 => "L3",
        }
    }

    /// The level of this word, else `None`.
    pub fn of(word: &str) -> Option<Authenticity> {
        use Authenticity::{L0, L1, L2, L3};
        [L0, L1, L2, L3].into_iter().find(|level| level.word() == word)
    }
}
