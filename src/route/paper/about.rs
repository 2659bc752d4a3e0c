//! Which file of ours an answer is about, where its lines may repeat no id and it names the file in its own way.

use crate::config::Party;
use crate::document::{NamedBy, Part};
use crate::journal::{JournalError, Outbound, Records};

/// Finds the one file that a report names: as the file answered, as its own id, or in the name of its file.
pub(super) struct About<'a> {
    records: &'a dyn Records,
    bank: &'a Party,
    file_name: &'a str,
}

impl<'a> About<'a> {
    /// For a file of this name from `bank`.
    pub fn new(records: &'a dyn Records, bank: &'a Party, file_name: &'a str) -> About<'a> {
        About { records, bank, file_name }
    }

    /// Puts our message id into the head of a report that names exactly one of our files. One that names several, or
    /// none, stays as it is: then only its ids tell.
    ///
    /// # Errors
    /// [`JournalError`].
    pub fn name_file(&self, part: &mut Part) -> Result<(), JournalError> {
        let Part::StatusReport(report) = part else { return Ok(()) };
        if self.bank.template.inward.answers_by == NamedBy::Id {
            return Ok(());
        }
        let told = report.original_message_id.as_deref();
        if let Some(told) = told
            && self.records.outbound_by_message_id(&self.bank.name, told)?.is_some()
        {
            return Ok(());
        }
        let mut found: Vec<Outbound> = Vec::new();
        for text in [told, report.message_id.as_deref(), Some(self.file_name)].into_iter().flatten() {
            for file in self.records.outbounds_named_in(&self.bank.name, text)? {
                if is_named(&file, text) && !found.iter().any(|known| known.id == file.id) {
                    found.push(file);
                }
            }
        }
        if let [file] = found.as_slice() {
            report.original_message_id.clone_from(&file.message_id);
        }
        Ok(())
    }
}

/// Whether one of the file's ids stands in the text as a word of its own.
fn is_named(file: &Outbound, text: &str) -> bool {
    let short = file.id.replace('-', "");
    [file.message_id.as_deref(), Some(file.id.as_str()), Some(&short)].into_iter().flatten().any(|id| holds(text, id))
}

fn holds(text: &str, id: &str) -> bool {
    let (text, id) = (text.to_ascii_uppercase(), id.to_ascii_uppercase());
    let word = |c: Option<char>| c.is_some_and(|c| c.is_ascii_alphanumeric());
    text.match_indices(id.as_str())
        .any(|(at, _)| !word(text[..at].chars().next_back()) && !word(text[at + id.len()..].chars().next()))
}

#[cfg(test)]
mod tests {
    use super::holds;

    #[test]
    fn an_id_is_named_as_a_word_of_its_own() {
        for (text, named) in [
            ("ccb_payroll_20261128_O20261128-0001.txt", true),
            ("result_o20261128-0001_1.txt", true),
            ("O20261128-00012.txt", false),
            ("XO20261128-0001.txt", false),
            ("批次O20261128-0001结果", true),
        ] {
            assert_eq!(holds(text, "O20261128-0001"), named, "{text}");
        }
    }
}
