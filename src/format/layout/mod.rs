//! Layouts: files that a template describes, delimited or of fixed width, read and written by one
//! declaration.
//!
//! [`declare`] is the language of templates, [`item`] the words in it for what documents hold. A
//! [`Plan`] is a declaration compiled once; [`LayoutReader`] and [`LayoutWriter`] walk it.

mod amiss;
mod announced;
mod around;
mod build;
mod choose;
mod condition;
pub mod declare;
mod details;
mod foreign;
pub mod hash;
pub mod item;
mod letters;
mod meant;
mod missed;
mod mistakes;
mod outcome;
mod own;
pub mod pattern;
mod pen;
mod plan;
mod read;
mod rows;
mod sound;
mod takes;
mod told;
mod value;
mod view;
mod write;
mod xml;

pub use choose::{Layouts, LayoutsWriter, Opened, recognises};
pub use declare::Layout;
pub use item::Carries;
pub use outcome::opposite;
pub use plan::Plan;
pub use read::LayoutReader;
pub use takes::Takes;
pub use write::LayoutWriter;
