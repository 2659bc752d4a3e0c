//! The wall between test and production: which environment a name speaks of.

use super::Environment;

/// Words that name an environment in file names, message ids and key names.
const WORDS: [(&str, Environment); 6] = [
    ("test", Environment::Test),
    ("tst", Environment::Test),
    ("uat", Environment::Test),
    ("prod", Environment::Production),
    ("prd", Environment::Production),
    ("production", Environment::Production),
];

impl Environment {
    /// `T` or `P`, as banks have it in file names.
    pub fn letter(self) -> char {
        match self {
            Environment::Test => 'T',
            Environment::Production => 'P',
        }
    }

    /// The environment that a text names as a word of its own: `PAY_TEST_01.xml` does, `latest.xml` does not. `None`
    /// where it names none, or both.
    pub fn named_in(text: &str) -> Option<Environment> {
        let words = text.split(|c: char| !c.is_alphanumeric());
        let mut named = words.filter_map(|word| {
            WORDS.iter().find(|(known, _)| word.eq_ignore_ascii_case(known)).map(|(_, environment)| *environment)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_environment_is_a_word_of_its_own() {
        for (text, named) in [
            ("PAY_TEST_01.xml", Some(Environment::Test)),
            ("tst.csv", Some(Environment::Test)),
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
