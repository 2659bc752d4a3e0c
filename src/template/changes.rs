//! A short difference of a list of fields: a template that extends another names those that it changes, adds or leaves
//! out, and does not write the whole list again.

use crate::text;
use crate::words::Text;
use crate::words::library::{Said, did_you_mean};

/// The key of the lists that are changed by name.
pub(super) const FIELDS: &str = "fields";

/// A value of a settings file: with its place, or without.
pub(super) trait Setting: Sized {
    /// Whether it is a table.
    fn is_table(&self) -> bool;
    /// Whether it is a table without keys.
    fn is_empty(&self) -> bool;
    /// Its text, where it is one.
    fn text(&self) -> Option<&str>;
    /// Whether it is `true`.
    fn is_true(&self) -> bool;
    /// What it has under a key.
    fn inner(&self, key: &str) -> Option<&Self>;
    /// Takes out what it has under a key.
    fn take(&mut self, key: &str) -> Option<Self>;
    /// Gives it a name, where it says none.
    fn or_name(&mut self, name: &str);
    /// It, with another value laid over it.
    fn laid(self, over: Self) -> Self;
}

/// What is wrong with a change, and the name that it stands under.
pub(super) type Wrong = (String, Said);

/// The list with each of the changes made, in their order; what cannot be made is left out and told.
pub(super) fn changed<S: Setting>(mut list: Vec<S>, changes: Vec<(String, S)>) -> (Vec<S>, Vec<Wrong>) {
    let mut wrong = Vec::new();
    for (name, change) in changes {
        if let Err(said) = make(&mut list, &name, change) {
            wrong.push((name, said));
        }
    }
    (list, wrong)
}

fn make<S: Setting>(list: &mut Vec<S>, name: &str, mut change: S) -> Result<(), Said> {
    if !change.is_table() {
        let what = text!("a change of the field `{name}` is a table", "对字段 `{name}` 的修改应为表");
        let hint = text!(
            "write its keys, such as `{{ max = 30 }}`, or `{{ remove = true }}`",
            "请写其各键，如 `{{ max = 30 }}`，或 `{{ remove = true }}`"
        );
        return Err(Said::new(what).or_write(hint));
    }
    let remove = change.take("remove");
    let at = place(list, &mut change)?;
    match (find(list, name)?, remove, at) {
        (Some(found), Some(remove), None) if remove.is_true() && change.is_empty() => {
            list.remove(found);
        }
        (None, Some(_), None) => return Err(unknown(list, name, text!("leave it out", "请删除"))),
        (_, Some(_), _) => {
            let what = text!("`remove` stands alone, and is `true`", "`remove` 须单独使用，且为 `true`");
            return Err(Said::new(what).or_write(text!("write `{{ remove = true }}`", "请写 `{{ remove = true }}`")));
        }
        (Some(found), None, None) => {
            let field = list.remove(found);
            list.insert(found, field.laid(change));
        }
        (Some(found), None, Some(at)) => {
            let field = list.remove(found);
            list.insert(if found < at { at - 1 } else { at }, field.laid(change));
        }
        (None, None, Some(at)) => {
            change.or_name(name);
            list.insert(at, change);
        }
        (None, None, None) => {
            let hint =
                text!("say with `after` or `before` where a new one stands", "新字段请以 `after` 或 `before` 写明位置");
            return Err(unknown(list, name, hint));
        }
    }
    Ok(())
}

/// Where a field is to stand: behind one (`after`), or in front of one (`before`).
fn place<S: Setting>(list: &[S], change: &mut S) -> Result<Option<usize>, Said> {
    let (after, before) = (change.take("after"), change.take("before"));
    let (beside, behind) = match (after, before) {
        (None, None) => return Ok(None),
        (Some(_), Some(_)) => {
            let what = text!("a field stands `after` one or `before` one", "字段只能位于 `after` 或 `before` 之一");
            return Err(Said::new(what).or_write(text!("leave one of them out", "请删除其中一个")));
        }
        (Some(after), None) => (after, 1),
        (None, Some(before)) => (before, 0),
    };
    let name = beside.text().unwrap_or_default();
    match find(list, name)? {
        Some(at) => Ok(Some(at + behind)),
        None => Err(unknown(list, name, text!("write the name of a field", "请写一个字段的名称"))),
    }
}

/// The number of the field of this name.
fn find<S: Setting>(list: &[S], name: &str) -> Result<Option<usize>, Said> {
    let mut named = list.iter().enumerate().filter(|(_, field)| name_of(*field) == Some(name)).map(|(at, _)| at);
    match (named.next(), named.next()) {
        (at, None) => Ok(at),
        _ => {
            let what = text!("the record has several fields `{name}`", "该记录有多个字段 `{name}`");
            Err(Said::new(what)
                .or_write(text!("write the whole list: `fields = […]`", "请写出完整列表：`fields = […]`")))
        }
    }
}

fn name_of<S: Setting>(field: &S) -> Option<&str> {
    field.inner("name")?.text()
}

fn unknown<S: Setting>(list: &[S], name: &str, otherwise: Text) -> Said {
    let names: Vec<&str> = list.iter().filter_map(name_of).collect();
    let near = did_you_mean(name, &names);
    let hint = if near.en.starts_with("did you mean") { near } else { otherwise };
    let what = text!(
        "the record of the template that is extended has no field `{name}`",
        "被继承模板的该记录没有字段 `{name}`"
    );
    Said::new(what).or_write(hint)
}

#[cfg(test)]
mod tests {
    use toml::{Table, Value};

    use super::super::laid_over;

    const BASE: &str =
        "fields = [{ name = \"a\", len = 1 }, { name = \"b\", len = 2, map = { x = \"1\" } }, { name = \"c\" }]";

    fn laid(changes: &str) -> Value {
        let mut base: Table = toml::from_str(BASE).expect("a table");
        laid_over(&mut base, &toml::from_str(&format!("[fields]\n{changes}")).expect("changes"));
        base.remove("fields").expect("fields")
    }

    fn names(value: &Value) -> Vec<&str> {
        value.as_array().expect("a list").iter().filter_map(|field| field.get("name")?.as_str()).collect()
    }

    #[test]
    fn fields_are_changed_added_moved_and_left_out() {
        let list = laid("b = { len = 3, map = { y = \"2\" } }");
        assert_eq!(names(&list), ["a", "b", "c"]);
        let b = &list.as_array().expect("a list")[1];
        assert_eq!(
            (b["len"].as_integer(), b["map"]["x"].as_str(), b["map"]["y"].as_str()),
            (Some(3), Some("1"), Some("2"))
        );
        assert_eq!(names(&laid("d = { after = \"a\" }\ne = { before = \"a\" }")), ["e", "a", "d", "b", "c"]);
        assert_eq!(names(&laid("b = { remove = true }")), ["a", "c"]);
        assert_eq!(names(&laid("a = { after = \"c\" }")), ["b", "c", "a"]);
        assert_eq!(names(&laid("c = { before = \"a\" }")), ["c", "a", "b"]);
        assert_eq!(names(&laid("a = { name = \"z\" }\nn = { after = \"z\" }")), ["z", "n", "b", "c"]);
    }

    #[test]
    fn a_change_that_cannot_be_made_is_no_list() {
        for wrong in [
            "d = { len = 1 }",
            "b = { remove = false }",
            "b = { remove = true, len = 1 }",
            "d = { remove = true }",
            "b = { after = \"x\" }",
            "b = { after = \"a\", before = \"c\" }",
            "b = 3",
        ] {
            assert!(laid(wrong).is_table(), "{wrong}");
        }
    }
}
