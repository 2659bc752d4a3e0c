//! What is wrong with a layout: everything that can be told at once.

use crate::words::library::Said;

/// Mistakes of a layout, with the keys that lead to them within it; of each field the first one, since a second mostly
/// follows from it.
#[derive(Debug, Default)]
pub(super) struct Mistakes(Vec<Said>);

impl Mistakes {
    /// Tells a mistake.
    pub fn tell(&mut self, said: Said) {
        let again = field_of(&said).is_some_and(|field| self.0.iter().any(|other| field_of(other) == Some(field)));
        if !again {
            self.0.push(said);
        }
    }

    /// Whether any was told of a record.
    pub fn are_in(&self, record: &str) -> bool {
        self.0.iter().any(|said| {
            said.path.first().is_some_and(|key| key == "record") && said.path.get(1).is_some_and(|name| name == record)
        })
    }

    /// Whether none was told.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// All of them, unless there is none.
    ///
    /// # Errors
    /// They.
    pub fn or_none(&mut self) -> Result<(), Vec<Said>> {
        if self.is_empty() { Ok(()) } else { Err(std::mem::take(&mut self.0)) }
    }
}

/// The keys that lead to the field which a mistake is in.
fn field_of(said: &Said) -> Option<&[String]> {
    let keys = said.path.get(..4)?;
    (keys[0] == "record" && keys[2] == "fields").then_some(keys)
}
