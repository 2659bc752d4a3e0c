//! Payment initiations: what pain.001 and pain.008 have in common, which is nearly all.

mod elements;
mod read;
mod remittance;
mod write;

pub(crate) use elements::elements;
pub use elements::{Element, ElementKind, Presence};
pub(crate) use read::{Field, InitiationHandler, Scope, TYPE};
pub(crate) use remittance::creditor_reference;
pub(crate) use write::{InitiationWriter, Layout};
