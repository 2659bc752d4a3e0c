//! What kind of thing happened that must not happen: what a person does about it, and whether money has moved.

use serde::{Deserialize, Serialize};

/// The kind of an incident, in kebab-case in the journal.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum IncidentKind {
    /// Of a journal that does not say.
    #[default]
    Other,
    /// A bank's answer fits nothing that it was given, or says it otherwise.
    Answer,
    /// A bank says that it carried out what it had rejected.
    Contradiction,
    /// A bank takes back what it had carried out.
    TakenBack,
    /// A statement shows money that moved against our word.
    Booking,
    /// A statement shows a collection otherwise than it was asked for: twice, or of another sum.
    Collection,
    /// A statement says otherwise what was said before.
    Statement,
    /// Something came that belongs to no ERP.
    Unassigned,
    /// A bank's answer reaches nobody: its ERP is not configured any more.
    Untold,
    /// A file is not its sender's, or was changed on the way.
    Forged,
    /// A control file came after its file was taken, and contradicts it.
    Control,
    /// A party's folder holds something that cannot be taken.
    Folder,
    /// A configuration is confirmed, or asked to be, by somebody who stands in for an officer.
    StandIn,
}

impl IncidentKind {
    /// Whether money has moved by it, or may have: such a one is told before all others.
    pub fn is_of_money(self) -> bool {
        matches!(self, IncidentKind::Booking | IncidentKind::Contradiction | IncidentKind::TakenBack)
    }

    /// Whether it is said by nobody.
    pub(super) fn is_other(&self) -> bool {
        *self == IncidentKind::Other
    }
}
