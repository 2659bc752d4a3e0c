//! A fault of the program in one piece of work: the work fails and is told, and the thread that did it goes on with
//! the next. A thread that died would leave everything behind it undone, and nobody would be told.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};

use super::Trouble;
use crate::text;
use crate::words::{Remedy, Text};

/// Does a piece of work; where the program breaks in it, that is its trouble, and `remedy` what it asks for.
///
/// Whoever calls must not go on with what the work held, since nobody knows how far it came: nothing of it is shared
/// but what is read only, or whole after every step.
pub(super) fn survived<T>(remedy: Remedy, work: impl FnOnce() -> Result<T, Trouble>) -> Result<T, Trouble> {
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|cause| {
        let hint = text!(
            "this is a fault of the program, not of the file: report it; once it is mended, let it be tried again",
            "这是程序自身的错误，与文件无关：请报告该问题，修复后再次尝试"
        );
        // What a request had done at the party when the program broke is not known.
        Err(Trouble { happened: true, ..Trouble::new(what(&*cause), remedy) }.hint(hint))
    })
}

/// What a panic says of itself.
pub fn what(cause: &(dyn Any + Send)) -> Text {
    let said = cause.downcast_ref::<&str>().copied().or_else(|| cause.downcast_ref::<String>().map(String::as_str));
    let said = said.unwrap_or("?");
    text!("a part of the program broke: {said}", "程序的一部分出现故障：{said}")
}
