//! What can be wrong with keys and with sealed files, and what to do about it.

mod key;
mod message;

pub use key::KeyError;
pub use message::SealError;
