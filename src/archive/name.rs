//! Names of files in the archive: `<nn>-<what>-<safe original name>`.

use super::ArchiveError;

/// The most bytes of somebody else's name that become part of ours.
const MOST: usize = 120;

/// Somebody else's file name as part of a name of ours: letters and digits of any script, point,
/// hyphen and underscore; all else becomes an underscore. No folder, no leading point, never empty,
/// at most 120 bytes; what follows the last point is kept when the name is cut.
///
/// ```
/// use bankferry::archive::safe_name;
/// assert_eq!(safe_name("付款 2026.csv"), "付款_2026.csv");
/// assert_eq!(safe_name("../../etc/passwd"), "etc_passwd");
/// ```
pub fn safe_name(name: &str) -> String {
    let plain = |c: char| if c.is_alphanumeric() || matches!(c, '.' | '-' | '_') { c } else { '_' };
    let all: String = name.chars().take(4 * MOST).map(plain).collect();
    // Steps upwards leave nothing behind but the names they were between.
    let all = all.trim_matches(|c| c == '.' || c == '_');
    if all.is_empty() {
        return "file".to_string();
    }
    match all.rsplit_once('.') {
        _ if all.len() <= MOST => all.to_string(),
        Some((stem, end)) if end.len() <= 16 => format!("{}.{end}", cut(stem, MOST - 1 - end.len())),
        _ => cut(all, MOST).to_string(),
    }
}

/// The beginning of `text` that has at most `most` bytes, no half character and no filler at its end.
fn cut(text: &str, most: usize) -> &str {
    let mut end = most.min(text.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text[..end].trim_end_matches(['.', '_'])
}

/// The part of the name that says what the file is, `<what>-<safe original name>`; `case` and
/// `what` are words of ours and refused when they are not.
pub(super) fn tail(case: &str, what: &str, name: &str) -> Result<String, ArchiveError> {
    if !is_case(case) {
        return Err(ArchiveError::Word(case.to_string()));
    }
    let letter = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
    if what.is_empty() || what.len() > 40 || !what.bytes().all(letter) || what.starts_with('-') {
        return Err(ArchiveError::Word(what.to_string()));
    }
    Ok(format!("{what}-{}", safe_name(name)))
}

/// Whether a folder of the archive may have this name as a case.
pub(super) fn is_case(case: &str) -> bool {
    let letter = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.');
    (1..=100).contains(&case.len()) && case.bytes().all(letter) && !case.starts_with('.')
}

/// The name with the number `n` in front.
pub(super) fn numbered(n: u64, tail: &str) -> String {
    format!("{n:02}-{tail}")
}

/// The number in front of a name of ours.
pub(super) fn number_of(name: &str) -> Option<u64> {
    let (number, tail) = name.split_once('-')?;
    let is_number = (2..=9).contains(&number.len()) && number.bytes().all(|b| b.is_ascii_digit());
    (is_number && tail.contains('-')).then(|| number.parse().ok())?
}

/// What follows the number in a name of ours.
pub(super) fn tail_of(name: &str) -> Option<&str> {
    number_of(name)?;
    name.split_once('-').map(|(_, tail)| tail)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn names_from_outside_are_data() {
        for (name, safe) in [
            ("payroll.csv", "payroll.csv"),
            ("../../../etc/shadow", "etc_shadow"),
            ("/absolute", "absolute"),
            ("..", "file"),
            ("", "file"),
            (".ssh", "ssh"),
            ("a\nb\0c\x1b[31m", "a_b_c__31m"),
            ("\u{202e}gnp.exe", "gnp.exe"),
            ("-rf", "-rf"),
            ("工资 11月.xlsx", "工资_11月.xlsx"),
        ] {
            assert_eq!(safe_name(name), safe, "{name:?}");
        }
        let long = format!("{}.xml", "付".repeat(300));
        let safe = safe_name(&long);
        assert!(safe.len() <= MOST && safe.ends_with("付.xml"), "{safe}");
    }

    #[test]
    fn cases_and_kinds_are_words_of_ours() {
        for (case, what) in [("", "a"), ("..", "a"), ("a/b", "a"), (".x", "a"), ("a", ""), ("a", "A"), ("a", "a/b")] {
            assert!(tail(case, what, "x").is_err(), "{case:?} {what:?}");
        }
        assert_eq!(tail("B-1", "received", "x y").unwrap(), "received-x_y");
    }

    #[test]
    fn numbers_stand_in_front() {
        assert_eq!(number_of(&numbered(7, "received-x")), Some(7));
        assert_eq!(number_of(&numbered(123, "received-x")), Some(123));
        assert_eq!(tail_of("07-received-a-b"), Some("received-a-b"));
        for foreign in ["MANIFEST", "7-a-b", "notes.txt", "07-received", "-a-b", "1a-a-b"] {
            assert_eq!(number_of(foreign), None, "{foreign}");
        }
    }

    proptest! {
        #[test]
        fn every_name_becomes_one_safe_part_of_a_path(name in ".{0,400}") {
            let safe = safe_name(&name);
            prop_assert!(!safe.is_empty() && safe.len() <= MOST && !safe.starts_with('.'));
            prop_assert!(safe.chars().all(|c| c.is_alphanumeric() || "._-".contains(c)));
            prop_assert_eq!(safe_name(&safe), safe);
        }
    }
}
