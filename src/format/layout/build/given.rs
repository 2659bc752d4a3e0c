//! What a file says in several places: it must say the same in all of them.

use std::collections::{BTreeMap, BTreeSet};

use super::super::item::Item;
use super::super::plan::Plan;
use super::super::value::{Value, Wrong};
use crate::text;

/// Values that were given so far, of the items that several fields are bound to.
#[derive(Default)]
pub(super) struct Given {
    items: BTreeSet<Item>,
    file: BTreeMap<Item, Said>,
    detail: BTreeMap<Item, Said>,
}

/// A value as it was written; of amounts only the number counts.
#[derive(Clone)]
struct Said {
    plain: String,
    shown: String,
}

impl Given {
    /// Nothing is given yet.
    pub fn new(plan: &Plan) -> Given {
        Given { items: plan.said_twice(), ..Given::default() }
    }

    /// A detail begins.
    pub fn begin(&mut self) {
        self.detail.clear();
    }

    /// A document begins.
    pub fn begin_document(&mut self) {
        self.file.clear();
        self.detail.clear();
    }

    /// Takes a value of the file, or of the open detail, in.
    ///
    /// # Errors
    /// Another value was given for the item: which of the two is meant cannot be known.
    pub fn take(&mut self, item: Item, value: &Value<'_>, detail: bool) -> Result<(), Wrong> {
        if !self.items.contains(&item) {
            return Ok(());
        }
        let said = Said { plain: plain(value), shown: value.text() };
        let within = if detail { &mut self.detail } else { &mut self.file };
        let before = within.entry(item).or_insert_with(|| said.clone()).clone();
        let of_file = if detail { self.file.get(&item) } else { None };
        match [Some(&before), of_file].into_iter().flatten().find(|known| known.plain != said.plain) {
            Some(known) => Err(contradiction(&known.shown, &said.shown)),
            None => Ok(()),
        }
    }
}

fn plain(value: &Value<'_>) -> String {
    match value {
        Value::Amount(amount) => amount.normalize().to_string(),
        other => other.text(),
    }
}

fn contradiction(known: &str, said: &str) -> Wrong {
    let message = text!(
        "the file says `{said}` here and `{known}` elsewhere, where both must be the same",
        "此处为 `{said}`，而另一处为 `{known}`，两处应相同"
    );
    ("contradiction", message)
}
