//! The recovery table on the wire: each row with a real journal and a real server, and each publish mode by name.

use std::fs;
use std::path::PathBuf;

use bankferry::carrier::PublishMode::{self, Atomic, Direct, Marker, NoOverwrite};
use bankferry::journal::{Event, Outbound, OutboundState, PaymentFilter, Records};
use bankferry::sandbox::server::{Fault, What};

use super::site::{BankWorks, End, Site, names};

/// Bytes are under way: the last fact is `Sending`.
const SENDING: &str = "sftp upload: sent, not flushed";
/// The rename was not asked for yet: the last fact is `Publishing`.
const PUBLISHING: &str = "sftp rename: ask";
/// The rename was answered, and the answer not stated.
const RENAMED: &str = "sftp rename: answered";

/// A site whose daemon was killed here, and the file that it was about to send.
fn killed(mode: PublishMode, at: &str) -> (Site, Outbound) {
    let mut site = Site::new(mode);
    assert!(site.run(Some(at), BankWorks::Between), "the road has no point `{at}`\n{}", site.story());
    let file = site.payments_file();
    let expected = if at == SENDING { OutboundState::Sending } else { OutboundState::Publishing };
    assert_eq!(file.state, expected);
    (site, file)
}

fn under(site: &Site, name: &str) -> PathBuf {
    site.at_bank("inbox").join(name)
}

fn temporary(site: &Site, file: &Outbound) -> PathBuf {
    under(site, file.temporary.as_deref().expect("a temporary name"))
}

fn last(site: &Site, file: &Outbound) -> PathBuf {
    under(site, &file.name)
}

/// Starts the daemon once more, undisturbed, and says what became of the file. The bank does not look meanwhile.
fn recovered(site: &mut Site) -> Outbound {
    site.run(None, BankWorks::Between);
    site.payments_file()
}

/// Whether a second file was ever begun.
fn attempts(site: &Site, file: &Outbound) -> Vec<String> {
    let facts = site.journal().expect("a journal").facts_of(&file.id).expect("facts");
    let names = facts.into_iter().filter_map(|f| match f.event {
        Event::Sending { temporary, .. } => Some(temporary),
        _ => None,
    });
    names.collect()
}

/// Said aloud, by file and payments, with the evidence; and no run of the daemon does anything about it.
fn stays_in_doubt(site: &mut Site, file: &Outbound, state: OutboundState) {
    let found = recovered(site);
    assert_eq!(found.state, state, "{}", site.story());
    assert!(found.evidence.as_deref().is_some_and(|e| !e.is_empty()), "{found:?}");
    let before = names(&site.at_bank("inbox"));
    assert_eq!(recovered(site).state, state);
    assert_eq!(names(&site.at_bank("inbox")), before, "nothing is done about it by the program alone");
    assert_eq!(attempts(site, file).len(), 1);
    let states = site.journal().expect("a journal").payment_states(&PaymentFilter::default()).expect("states");
    assert_eq!(states.get(state.of_payments().word()), Some(&3), "{states:?}");
}

/// The rest of the road, with the bank at work.
fn goes_on_to_the_end(site: &mut Site) {
    let walk = site.walk(&[], BankWorks::Between);
    site.verify(&walk);
    assert_eq!(walk.end, End::Done);
}

#[allow(clippy::disallowed_methods)]
fn put(path: &PathBuf, bytes: &[u8]) {
    fs::write(path, bytes).expect("a file");
}

#[allow(clippy::disallowed_methods)]
fn rename(from: &PathBuf, to: &PathBuf) {
    fs::rename(from, to).expect("a rename");
}

#[test]
fn sending_and_final_absent_is_sent_under_a_new_temporary_name() {
    for mode in [Atomic, NoOverwrite] {
        let (mut site, file) = killed(mode, SENDING);
        let first = temporary(&site, &file);
        assert!(first.exists(), "the first attempt left its bytes");
        let found = recovered(&mut site);
        assert_eq!((found.state, found.attempt), (OutboundState::Sent, 2), "{}", site.story());
        let tried = attempts(&site, &file);
        assert!(tried.len() == 2 && tried[0] != tried[1], "{tried:?}");
        assert_eq!(names(&site.at_bank("inbox")), [file.name], "the first attempt was removed");
        goes_on_to_the_end(&mut site);
    }
}

#[test]
fn sending_and_temporary_absent_is_sent_again() {
    let (mut site, file) = killed(Atomic, SENDING);
    fs::remove_file(temporary(&site, &file)).expect("a removal");
    assert_eq!(recovered(&mut site).state, OutboundState::Sent);
    goes_on_to_the_end(&mut site);
}

#[test]
fn sending_and_final_present_is_somebody_elses_file() {
    for mode in [Atomic, NoOverwrite] {
        let (mut site, file) = killed(mode, SENDING);
        put(&last(&site, &file), b"somebody else's");
        stays_in_doubt(&mut site, &file, OutboundState::Unknown);
        assert_eq!(fs::read(last(&site, &file)).expect("their file"), b"somebody else's");
    }
}

#[test]
fn crash_after_the_rename_and_before_the_journal() {
    for mode in [Atomic, NoOverwrite] {
        let (mut site, file) = killed(mode, RENAMED);
        assert!(last(&site, &file).exists() && !temporary(&site, &file).exists());
        assert_eq!(recovered(&mut site).state, OutboundState::Sent);
        assert_eq!(attempts(&site, &file).len(), 1);
        goes_on_to_the_end(&mut site);
    }
}

#[test]
fn an_acknowledgement_that_arrives_before_our_own_sent_is_stated_is_taken() {
    let (mut site, file) = killed(Atomic, RENAMED);
    // The bank takes the file and answers while the daemon, which knows of no `sent`, is dead.
    site.tick();
    assert!(!names(&site.at_bank("outbox")).is_empty(), "the answer lies there");
    goes_on_to_the_end(&mut site);
    let found = site.payments_file();
    assert_eq!((found.state, found.attempt), (OutboundState::Answered, 1), "{}", site.story());
    assert_eq!(attempts(&site, &file).len(), 1);
    let facts = site.journal().expect("a journal").facts_after(0, 500).expect("facts");
    assert!(!facts.iter().any(|f| matches!(f.event, Event::Incident { .. })), "nobody else sent it: {}", site.story());
}

#[test]
fn publishing_without_overwriting_and_both_names_is_sent_and_swept() {
    let (mut site, file) = killed(NoOverwrite, PUBLISHING);
    fs::hard_link(temporary(&site, &file), last(&site, &file)).expect("the server's link");
    assert_eq!(recovered(&mut site).state, OutboundState::Sent);
    assert_eq!(names(&site.at_bank("inbox")), std::slice::from_ref(&file.name), "the temporary name is gone");
    assert_eq!(attempts(&site, &file).len(), 1);
    goes_on_to_the_end(&mut site);
}

#[test]
fn publishing_atomic_and_temporary_present_renames_the_same_file() {
    let (mut site, file) = killed(Atomic, PUBLISHING);
    let before = site.practice.server.log().len();
    assert_eq!(recovered(&mut site).state, OutboundState::Sent);
    let log = site.practice.server.log();
    assert!(log[before..].iter().any(|l| l.starts_with("posix-rename")), "{log:?}");
    assert!(!log[before..].iter().any(|l| l.starts_with("write")), "no byte is sent again: {log:?}");
    assert_eq!(attempts(&site, &file).len(), 1);
    goes_on_to_the_end(&mut site);
}

#[test]
fn publishing_without_overwriting_and_temporary_present_is_unknown_until_the_answer() {
    let (mut site, file) = killed(NoOverwrite, PUBLISHING);
    stays_in_doubt(&mut site, &file, OutboundState::Unknown);
    // The rename was on its way after all.
    rename(&temporary(&site, &file), &last(&site, &file));
    goes_on_to_the_end(&mut site);
}

#[test]
fn publishing_and_both_names_gone_is_unconfirmed_and_never_sent_again() {
    for mode in [Atomic, NoOverwrite] {
        let (mut site, file) = killed(mode, PUBLISHING);
        let taken = fs::read(temporary(&site, &file)).expect("the token");
        fs::remove_file(temporary(&site, &file)).expect("a removal");
        stays_in_doubt(&mut site, &file, OutboundState::Unconfirmed);
        put(&last(&site, &file), &taken);
        goes_on_to_the_end(&mut site);
    }
}

#[test]
fn publishing_and_a_final_name_of_another_size_is_unknown_with_the_evidence() {
    for mode in [Atomic, NoOverwrite] {
        let (mut site, file) = killed(mode, RENAMED);
        put(&last(&site, &file), b"seven..");
        stays_in_doubt(&mut site, &file, OutboundState::Unknown);
        let evidence = site.payments_file().evidence.unwrap_or_default();
        assert!(evidence.contains("7 bytes"), "{evidence}");
    }
}

#[test]
fn publishing_atomic_and_both_names_is_unknown() {
    let (mut site, file) = killed(Atomic, PUBLISHING);
    fs::copy(temporary(&site, &file), last(&site, &file)).expect("a copy");
    stays_in_doubt(&mut site, &file, OutboundState::Unknown);
}

#[test]
fn a_bank_that_cannot_be_asked_is_asked_again_later() {
    let (mut site, file) = killed(Atomic, PUBLISHING);
    site.practice.server.inject(Fault::always(What::CutBefore));
    let found = recovered(&mut site);
    assert_eq!(found.state, OutboundState::Publishing, "{}", site.story());
    assert!(found.retry_at.is_some() && found.failures > 0, "{found:?}");
    assert_eq!(attempts(&site, &file).len(), 1);
    assert!(temporary(&site, &file).exists() && !last(&site, &file).exists());
    site.practice.server.heal();
    let started = std::time::Instant::now();
    while recovered(&mut site).state == OutboundState::Publishing {
        assert!(started.elapsed().as_secs() < 60, "{}", site.story());
        std::thread::sleep(std::time::Duration::from_millis(200));
    }
    goes_on_to_the_end(&mut site);
}

#[test]
fn a_data_file_without_its_trigger_is_sent_again_before_publishing_and_unknown_after() {
    let (mut site, file) = killed(Marker, SENDING);
    assert_eq!(recovered(&mut site).state, OutboundState::Sent);
    assert_eq!(names(&site.at_bank("inbox")), [file.name.clone(), format!("{}.ok", file.name)]);
    goes_on_to_the_end(&mut site);

    let (mut site, file) = killed(Marker, "carrier publish");
    stays_in_doubt(&mut site, &file, OutboundState::Unknown);
    // A person has it triggered by hand.
    put(&under(&site, &format!("{}.ok", file.name)), b"");
    goes_on_to_the_end(&mut site);
}

#[test]
fn a_trigger_proves_its_data_file() {
    let (mut site, _) = killed(Marker, "carrier published");
    assert_eq!(recovered(&mut site).state, OutboundState::Sent);
    goes_on_to_the_end(&mut site);
}

#[test]
fn a_direct_file_is_tried_once() {
    let (mut site, file) = killed(Direct, SENDING);
    stays_in_doubt(&mut site, &file, OutboundState::Unknown);

    let (mut site, _) = killed(Direct, "carrier publish");
    assert_eq!(recovered(&mut site).state, OutboundState::Sent, "all bytes are there");
    goes_on_to_the_end(&mut site);
}

/// Requests of the undisturbed road that make or move the payments' file.
fn requests_about_the_file(mode: PublishMode) -> Vec<String> {
    let mut site = Site::new(mode);
    site.run(None, BankWorks::Between);
    let file = site.payments_file();
    assert_eq!(file.state, OutboundState::Sent, "{}", site.story());
    let asked = ["open", "rename", "posix-rename", "remove"];
    let log = site.practice.server.log().into_iter();
    log.filter(|l| asked.contains(&l.split(' ').next().unwrap_or_default()) && l.contains(&file.name))
        .map(|l| l.replace(&file.name, "FILE"))
        .collect()
}

#[test]
fn atomic_uploads_under_a_temporary_name_and_renames_in_one_step() {
    let asked = requests_about_the_file(Atomic);
    assert_eq!(asked.len(), 2, "{asked:?}");
    assert_eq!(asked[0], "open inbox/FILE.tmp");
    assert!(asked[1].starts_with("posix-rename") && asked[1].ends_with("FILE"), "{asked:?}");
}

#[test]
fn no_overwrite_renames_as_the_protocol_itself_does() {
    assert_eq!(requests_about_the_file(NoOverwrite), ["open inbox/FILE.tmp", "rename inbox/FILE.tmp inbox/FILE"]);
}

#[test]
fn marker_writes_the_data_file_and_then_its_trigger() {
    assert_eq!(requests_about_the_file(Marker), ["open inbox/FILE", "open inbox/FILE.ok"]);
}

#[test]
fn direct_writes_once_under_the_final_name() {
    assert_eq!(requests_about_the_file(Direct), ["open inbox/FILE"]);
}
