//! Understands a template's table as far as it can be: a key that says nothing, or what cannot be meant, is told, and
//! taken for what it was meant to be or set aside, so that what is wrong elsewhere is told with it.

use std::ops::Range;

use serde::de::DeserializeOwned;
use toml::Spanned;
use toml::de::{DeArray, DeTable, DeValue, Deserializer, Error};

use super::mistake::Mistake;

/// The most mistakes that are told of one template.
const MOST: usize = 50;

/// What a table says, and what is wrong with it.
pub(super) struct Understood<T> {
    /// What it says without what is wrong; `None` where the rest depends on that.
    pub value: Option<T>,
    /// What was set aside, and why.
    pub mistakes: Vec<Mistake>,
    /// The keys that lead to the tables out of which something was set aside.
    touched: Vec<Vec<String>>,
}

impl<T: DeserializeOwned> Understood<T> {
    /// Understands `table`; `tell` makes a mistake of what the reader says.
    pub fn of(table: &Spanned<DeTable<'_>>, tell: impl Fn(&Error) -> Mistake) -> Understood<T> {
        let mut table = table.clone();
        let (mut mistakes, mut touched) = (Vec::<Mistake>::new(), Vec::<Vec<String>>::new());
        loop {
            let error = match T::deserialize(Deserializer::from(table.clone())) {
                Ok(value) => return Understood { value: Some(value), mistakes, touched },
                Err(error) => error,
            };
            let mistake = tell(&error);
            let again = mistakes.iter().any(|other| other.file == mistake.file && other.place == mistake.place);
            let span = error.span().unwrap_or_default();
            if let Some(meant) = mistake.meant().filter(|_| !again)
                && correct(table.get_mut(), &span, &meant)
            {
                mistakes.push(mistake);
                continue;
            }
            let struck = strike(table.get_mut(), &span);
            if !again && !is_bare(&error, struck.as_ref(), &touched) {
                mistakes.push(mistake);
            }
            match struck {
                Some(struck) if mistakes.len() < MOST => touched.push(struck.reach()),
                _ => return Understood { value: None, mistakes, touched },
            }
        }
    }
}

impl<T> Understood<T> {
    /// Whether what is wrong at this path may follow from what was set aside: that stood in the table which it is said
    /// of, or around or within it. What is said of the template as a whole depends on no single key.
    pub fn depends(&self, path: &[String]) -> bool {
        let meets =
            |touched: &Vec<String>| !touched.is_empty() && touched.iter().zip(path).all(|(one, two)| one == two);
        self.touched.iter().any(meets)
    }
}

/// Whether a key is missing in a table out of which one was set aside: it may have been meant by that.
fn is_bare(error: &Error, struck: Option<&Struck>, touched: &[Vec<String>]) -> bool {
    let table =
        struck.map(|struck| [struck.holder.as_slice(), std::slice::from_ref(&struck.key)].concat()).unwrap_or_default();
    let lacks = ["missing field `", "wanted exactly 1 element"];
    lacks.iter().any(|lack| error.message().starts_with(lack)) && touched.contains(&table)
}

/// Puts the word that was meant in the place of a key or text, unless the table has that key, or a whole table stands
/// under it, in which more may be meant.
fn correct(table: &mut DeTable<'_>, place: &Range<usize>, meant: &str) -> bool {
    if let Some((_, value)) = table.iter().find(|(key, _)| key.span() == *place) {
        if table.contains_key(meant) || matches!(value.get_ref(), DeValue::Table(_)) {
            return false;
        }
        let named = std::mem::take(table).into_iter().map(|(key, value)| match key.span() == *place {
            true => (Spanned::new(place.clone(), meant.to_string().into()), value),
            false => (key, value),
        });
        *table = named.collect();
        return true;
    }
    table.iter_mut().any(|(_, value)| correct_in(value, place, meant))
}

fn correct_in(value: &mut Spanned<DeValue<'_>>, place: &Range<usize>, meant: &str) -> bool {
    let here = value.span() == *place;
    match value.get_mut() {
        DeValue::String(text) if here => {
            *text = meant.to_string().into();
            true
        }
        DeValue::Table(table) => correct(table, place, meant),
        DeValue::Array(list) => list.iter_mut().any(|inner| correct_in(inner, place, meant)),
        _ => false,
    }
}

/// What was taken out of a table.
struct Struck {
    /// The keys that lead to where it was.
    holder: Vec<String>,
    key: String,
    /// Whether it was an element of a list, and `key` its number.
    of_list: bool,
}

impl Struck {
    /// What may be wrong for want of it stands below these keys: without an element the numbers of those behind it mean
    /// others, and fields of a layout are named in all of it.
    fn reach(mut self) -> Vec<String> {
        /// How many keys lead to a layout.
        const LAYOUT: usize = 2;
        if self.of_list && self.holder.first().is_some_and(|key| key == "layout") {
            self.holder.truncate(LAYOUT);
        }
        self.holder
    }
}

/// Takes out what stands at a place: a key with its value, or an element of a list; the innermost that does.
fn strike(table: &mut DeTable<'_>, place: &Range<usize>) -> Option<Struck> {
    for (key, value) in table.iter_mut() {
        if let Some(mut struck) = strike_in(value.get_mut(), place) {
            struck.holder.insert(0, key.get_ref().to_string());
            return Some(struck);
        }
    }
    let found = table.iter().find(|(key, value)| key.span() == *place || value.span() == *place);
    let key = found.map(|(key, _)| key.get_ref().to_string())?;
    table.remove(key.as_str());
    Some(Struck { holder: Vec::new(), key, of_list: false })
}

fn strike_in(value: &mut DeValue<'_>, place: &Range<usize>) -> Option<Struck> {
    match value {
        DeValue::Table(table) => strike(table, place),
        DeValue::Array(list) => {
            for (at, inner) in list.iter_mut().enumerate() {
                if let Some(mut struck) = strike_in(inner.get_mut(), place) {
                    struck.holder.insert(0, at.to_string());
                    return Some(struck);
                }
            }
            let at = list.iter().position(|inner| inner.span() == *place)?;
            let mut others = DeArray::new();
            let all = std::mem::replace(list, DeArray::new()).into_iter().enumerate();
            all.filter(|(other, _)| *other != at).for_each(|(_, inner)| others.push(inner));
            *list = others;
            Some(Struck { holder: Vec::new(), key: at.to_string(), of_list: true })
        }
        _ => None,
    }
}
