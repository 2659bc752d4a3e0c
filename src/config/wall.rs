//! The wall between test and production: which environment a name speaks of, and what a party is in each of them.

use toml::Table;

use super::Environment;
use crate::carrier::sftp::SftpSettings;
use crate::template::{Template, laid_over, settled};
use crate::text;
use crate::words::Text;
use crate::words::library::sentence;

/// Words that name an environment in file names, message ids and key names.
const WORDS: [(&str, Environment); 7] = [
    ("test", Environment::Test),
    ("tst", Environment::Test),
    ("uat", Environment::Test),
    ("sandbox", Environment::Test),
    ("prod", Environment::Production),
    ("prd", Environment::Production),
    ("production", Environment::Production),
];
/// The Chinese word for a test: no space or sign parts it from others. The one for production means making goods too.
const TEST_ZH: &str = "测试";

impl Environment {
    /// `T` or `P`, as banks have it in file names.
    pub fn letter(self) -> char {
        match self {
            Environment::Test => 'T',
            Environment::Production => 'P',
        }
    }

    /// The environment that a text names as a word of its own, also with a number at it: `PAY_TEST01.xml` does,
    /// `latest.xml` does not. `None` where it names none, or both.
    pub fn named_in(text: &str) -> Option<Environment> {
        let words = text.split(|c: char| !c.is_alphanumeric());
        let mut named = words.filter_map(|word| {
            let bare = word.trim_matches(|c: char| c.is_ascii_digit());
            let word = WORDS.iter().find(|(known, _)| bare.eq_ignore_ascii_case(known));
            let zh = bare.contains(TEST_ZH).then_some(Environment::Test);
            word.map(|(_, environment)| *environment).or(zh)
        });
        let first = named.next()?;
        named.all(|other| other == first).then_some(first)
    }

    /// The environment that a key's user id names in brackets, as ours do: `Example Ltd (test)`.
    pub fn of_key(user_id: &str) -> Option<Environment> {
        let (_, after) = user_id.split_once('(')?;
        Environment::named_in(after.split_once(')')?.0)
    }
}

/// What a template and a party say of each environment alone.
pub(super) struct Sides {
    /// `[test]` and `[production]` of the template.
    pub of_template: [Table; 2],
    /// The same of the party, where they may name another server too.
    pub of_party: [Table; 2],
}

/// A party as it is in one environment: its template, and its server.
pub(super) type Side = (Template, Option<Box<SftpSettings>>);

/// Takes what is said of each environment out of a table.
pub(super) fn take(table: &mut Table) -> [Table; 2] {
    [Environment::Test, Environment::Production]
        .map(|of| table.remove(of.word()).and_then(|said| said.as_table().cloned()).unwrap_or_default())
}

impl Sides {
    /// The template, what it says of the environment, what the installation says, what that says of the environment.
    ///
    /// # Errors
    /// A sentence.
    pub fn settle(&self, environment: Environment, base: &Table, above: &Table, sftp: &Table) -> Result<Side, Text> {
        let at = usize::from(environment == Environment::Production);
        let (mut whole, mut server, mut own) = (base.clone(), sftp.clone(), self.of_party[at].clone());
        if let Some(other) = own.remove("sftp").and_then(|table| table.as_table().cloned()) {
            laid_over(&mut server, &other);
        }
        [&self.of_template[at], above, &own].into_iter().for_each(|layer| laid_over(&mut whole, layer));
        let template = settled(whole.try_into().map_err(|e: toml::de::Error| sentence(&e, ""))?);
        if let Some(said) = template.layout.mistakes.first() {
            return Err(said.in_one());
        }
        let server = match server.is_empty() {
            true => None,
            false => Some(server.try_into().map_err(|e: toml::de::Error| {
                let Text { en, zh } = sentence(&e, "");
                text!("`sftp`: {en}", "连接设置 `sftp`：{zh}")
            })?),
        };
        Ok((template, server))
    }

    /// Whether the installation says where files lie in one environment: then it speaks of both.
    pub fn say_where(&self) -> bool {
        let says = |table: &Table, key: &str, inner: &str| {
            table.get(key).and_then(|value| value.as_table()).is_some_and(|table| table.contains_key(inner))
        };
        let place =
            |table: &Table| table.contains_key("sftp") || says(table, "out", "folder") || says(table, "in", "folders");
        self.of_party.iter().any(place)
    }
}

/// Whether files for two sides of a party would lie in one place: host, port, user, root, and a folder of both.
pub(super) fn is_one_place(
    one: (&Template, &Option<Box<SftpSettings>>),
    other: (&Template, &Option<Box<SftpSettings>>),
) -> bool {
    let (Some(a), Some(b)) = (one.1, other.1) else { return false };
    let same_server = (&a.host, a.port, &a.user, &a.root) == (&b.host, b.port, &b.user, &b.root);
    let same_in = one.0.inward.folders.iter().any(|folder| other.0.inward.folders.contains(folder));
    same_server && (one.0.out.folder == other.0.out.folder || same_in)
}

impl Environment {
    /// The other one.
    pub fn other(self) -> Environment {
        match self {
            Environment::Test => Environment::Production,
            Environment::Production => Environment::Test,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_environment_is_a_word_of_its_own() {
        for (text, named) in [
            ("PAY_TEST_01.xml", Some(Environment::Test)),
            ("tst.csv", Some(Environment::Test)),
            ("pay_test1.csv", Some(Environment::Test)),
            ("TEST01.csv", Some(Environment::Test)),
            ("uat2.csv", Some(Environment::Test)),
            ("付款测试01.csv", Some(Environment::Test)),
            ("生产付款.csv", None),
            ("contest1.csv", None),
            ("erp-prod-7.xml", Some(Environment::Production)),
            ("latest.csv", None),
            ("products.csv", None),
            ("test-of-prod.csv", None),
        ] {
            assert_eq!(Environment::named_in(text), named, "{text}");
        }
    }

    #[test]
    fn a_key_names_its_environment_in_brackets() {
        assert_eq!(Environment::of_key("Example (test) <a@example.com>"), Some(Environment::Test));
        assert_eq!(Environment::of_key("Example (production)"), Some(Environment::Production));
        assert_eq!(Environment::of_key("Test Drives Ltd <a@example.com>"), None);
    }
}
