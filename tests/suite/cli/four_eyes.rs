//! Maker is never checker; approvals are bound, expire and fall; two people do what one may not; resends are audited.

use bankferry::journal::{Act, BatchState, Event, Journal, NewFact, OutboundState, Records, Rows};

use super::house::{DIGEST, House, at};

/// The state and the reasons of a batch.
fn batch_of(house: &House, batch: &str) -> (BatchState, Vec<String>) {
    let batch = house.journal.batch(batch).unwrap().unwrap();
    (batch.state, batch.held)
}

/// More in the configuration than there is.
#[allow(clippy::disallowed_methods, reason = "a test writes what it likes")]
fn add(house: &House, before: &str, more: &str) {
    let path = house.root().join("bankferry.toml");
    let config = std::fs::read_to_string(&path).unwrap();
    let changed = config.replacen(before, &format!("{more}{before}"), 1);
    assert_ne!(config, changed);
    std::fs::write(path, changed).unwrap();
}

#[test]
fn maker_is_never_checker() {
    // By hand held, by hand let in, signed: each is a making.
    let mut house = House::with("test", "signs = [\"AB12\"]\n");
    let held = house.held(1);
    house.ends(0, &["release", &held, "--as", "anna"]);
    house.ends(0, &["hold", &held, "--as", "anna", "--reason", "asking"]);
    house.ends(1, &["release", &held, "--as", "anna"]);
    house.ends(0, &["release", &held, "--as", "ben"]);
    let content = house.arrives("I20261123-0002", "erp", "signed.csv");
    let opened = Event::Opened { content, signer: Some("AB12".into()), vouched: Default::default() };
    let signed = house.becomes_batch_opened(2, opened);
    let own = house.ends(1, &["release", &signed, "--as", "ben"]);
    assert!(own.err.contains("`ben` signed the file"), "{}", own.err);
    house.ends(0, &["release", &signed, "--as", "anna"]);
}

#[test]
fn an_approval_falls_when_the_digest_changes() {
    let mut house = House::new("production");
    let batch = house.held(1);
    let case = "I20261123-0001";
    // Of another content: the journal refuses it.
    let event = Event::Released { digest: "other".into(), reason: "seen".into(), bound: None };
    let fact = NewFact { actor: "ben".into(), case: case.into(), subject: batch.clone(), event };
    assert!(house.journal.append(at(), vec![(fact, Rows::None)]).is_err());
    // Under another policy: the program holds the batch again before it is numbered.
    house.ends(0, &["release", &batch, "--as", "ben"]);
    add(&house, "[[party]]\nname = \"acme\"", "release = { always = true, over = { EUR = 5 } }\n");
    house.run(&["once"]);
    let (state, reasons) = batch_of(&house, &batch);
    assert_eq!((state, reasons.last().map(String::as_str)), (BatchState::Held, Some("approval-under-other-policy")));
    let shown = house.ends(0, &["status", "--json"]);
    assert!(shown.out.contains("approval-under-other-policy"), "{}", shown.all());
}

#[test]
fn an_approval_expires() {
    let mut house = House::with("production", "[security]\napproval_hours = 0\n");
    let batch = house.held(1);
    house.ends(0, &["release", &batch, "--as", "ben"]);
    house.run(&["once"]);
    let (state, reasons) = batch_of(&house, &batch);
    assert_eq!((state, reasons.last().map(String::as_str)), (BatchState::Held, Some("approval-expired")));
    // A proposal nobody confirmed in time is no proposal.
    let file = house.unknown(2);
    let by = |name: &'static str| ["resolve", file.as_str(), "--sent", "--reason", "x", "--as", name];
    house.ends(0, &by("anna"));
    house.ends(0, &by("ben"));
    assert_eq!(house.journal.outbound(&file).unwrap().unwrap().state, OutboundState::Unknown);
}

#[test]
fn an_approval_that_fell_in_the_queue_stops_the_file_until_it_is_given_anew() {
    let mut house = House::new("production");
    let file = house.queued_under(1, |bound| bound.expires = "2026-11-23T11:00:00.000Z".into());
    house.run(&["once"]);
    let stopped = house.journal.outbound(&file).unwrap().unwrap();
    assert_eq!((stopped.state, stopped.attempt), (OutboundState::Queued, 0));
    assert!(stopped.evidence.unwrap().contains("the approval has expired"));
    house.ends(1, &["release", &file, "--as", "otto", "--reason", "go"]);
    house.ends(0, &["release", &file, "--as", "ben", "--reason", "still right"]);
    house.run(&["once"]);
    assert_eq!(house.journal.outbound(&file).unwrap().unwrap().attempt, 1);
}

#[test]
fn a_file_of_a_batch_that_takes_two_takes_two_again_when_its_approval_fell() {
    let mut house = House::new("production");
    let file = house.queued_under(1, |bound| bound.expires = "2026-11-23T11:00:00.000Z".into());
    add(&house, "[[party]]\nname = \"acme\"", "release = { always = false, two_over = { EUR = \"1\" } }\n");
    house.run(&["once"]);
    let attempt = |house: &House| house.journal.outbound(&file).unwrap().unwrap().attempt;
    let by = |name: &'static str| ["release", file.as_str(), "--as", name, "--reason", "still right"];
    let first = house.ends(0, &by("ben"));
    assert!(first.err.contains("needs two approvers and has one now"), "{}", first.err);
    house.ends(1, &by("ben"));
    house.run(&["once"]);
    assert_eq!(attempt(&house), 0);
    house.ends(0, &by("anna"));
    house.run(&["once"]);
    assert_eq!(attempt(&house), 1);
}

#[test]
fn two_approvers_beyond_the_maker_release_what_is_over_the_second_threshold() {
    let mut house = House::new("production");
    let batch = house.batch(1);
    house.state("I20261123-0001", &batch, Event::Held { reasons: vec!["two-approvers-batch-EUR".into()] });
    let first = house.ends(0, &["release", &batch, "--as", "ben"]);
    assert!(first.err.contains("needs two approvers and has one now"), "{}", first.err);
    house.ends(1, &["release", &batch, "--as", "ben"]);
    assert_eq!(batch_of(&house, &batch).0, BatchState::Held);
    let open = house.ends(0, &["list", "proposals", "--json"]).json();
    assert_eq!((open["what"].as_str(), open["proposed_by"].as_str()), (Some("release"), Some("ben")));
    // Held once more, the batch is another one to approve: the first word falls.
    house.state("I20261123-0001", &batch, Event::Released { digest: DIGEST.into(), reason: "x".into(), bound: None });
    let again = Event::Held { reasons: vec!["two-approvers-batch-EUR".into()] };
    house.state_later("I20261123-0001", &batch, again);
    house.ends(0, &["release", &batch, "--as", "anna"]);
    assert_eq!(batch_of(&house, &batch).0, BatchState::Held);
    house.ends(0, &["release", &batch, "--as", "ben"]);
    assert_eq!(batch_of(&house, &batch).0, BatchState::Released);
}

#[test]
fn one_person_cannot_play_two() {
    let mut house = House::new("production");
    let file = house.unknown(1);
    let digest = "d".to_string();
    let proposed = Event::Proposed {
        what: Act::ResolveSent,
        digest: digest.clone(),
        reason: "x".into(),
        reference: None,
        expires: "2026-11-24T10:00:00.000Z".into(),
    };
    house.state_by("anna", "I20261123-0001", &file, proposed);
    let proposal = house.journal.proposals_of(&file).unwrap().pop().unwrap().fact;
    let approved =
        Event::Approved { what: Act::ResolveSent, digest, proposal: Some(proposal), reason: "x".into(), expires: None };
    let by = |name: &str| NewFact {
        actor: name.into(),
        case: "I20261123-0001".into(),
        subject: file.clone(),
        event: approved.clone(),
    };
    // Not even a program that forgot to ask gets it into the journal, and nobody confirms twice.
    assert!(house.journal.append(at(), vec![(by("anna"), Rows::None)]).is_err());
    assert!(house.journal.append(at(), vec![(by("ben"), Rows::None)]).is_ok());
    assert!(house.journal.append(at(), vec![(by("otto"), Rows::None)]).is_err());
    // Where people are known by their login, `--as` of somebody else is refused.
    add(&house, "[installation]", "[security]\nidentity = \"os\"\n");
    let other = house.ends(1, &["resolve", &file, "--sent", "--reason", "x", "--as", "anna"]);
    assert!(other.err.contains("the operating system knows you as"), "{}", other.err);
}

#[test]
fn a_resend_takes_two_people_and_the_banks_reference() {
    let mut house = House::new("production");
    let file = house.unknown(1);
    let by = |name: &'static str, reference: &'static str| {
        ["resend", file.as_str(), "--reference", reference, "--reason", "never arrived", "--as", name]
    };
    house.ends(2, &["resend", &file, "--reason", "x", "--as", "anna"]);
    house.ends(2, &by("anna", " "));
    house.ends(0, &by("otto", "TKT-1"));
    house.ends(1, &by("otto", "TKT-1"));
    // Another reference is another word of the bank.
    house.ends(0, &by("anna", "TKT-2"));
    let state = |house: &House| house.journal.outbound(&file).unwrap().unwrap().state;
    assert_eq!(state(&house), OutboundState::Unknown);
    let before = house.journal.outbound(&file).unwrap().unwrap();
    let done = house.ends(0, &by("ben", "TKT-1"));
    assert!(done.err.contains("the same bytes, marked as a possible duplicate"), "{}", done.err);
    let after = house.journal.outbound(&file).unwrap().unwrap();
    assert_eq!(after.state, OutboundState::Queued);
    assert_eq!((after.message_id, after.written, after.name), (before.message_id, before.written, before.name));
    house.ends(1, &by("otto", "TKT-1"));
    let shown = house.ends(0, &["show", &file]);
    assert!(shown.out.contains("possible duplicate") && shown.out.contains("TKT-1"), "{}", shown.all());
    // One confirmation lets it happen once.
    let resent = Event::Resent { reference: "TKT-1".into(), reason: "x".into(), sha256: "a".into() };
    house.state("I20261123-0001", &file, Event::Sending { attempt: 2, temporary: "t".into() });
    house.state("I20261123-0001", &file, Event::Unknown { evidence: "again".into() });
    let fact = NewFact { actor: "ben".into(), case: "I20261123-0001".into(), subject: file.clone(), event: resent };
    assert!(house.journal.append(at(), vec![(fact, Rows::None)]).is_err());
}

#[test]
fn a_changed_configuration_sends_nothing_before_two_officers_confirm_it() {
    let people = "[[user]]\nname = \"olga\"\nrole = \"officer\"\n[[user]]\nname = \"oleg\"\nrole = \"officer\"\n\
                  [security]\nconfig_needs_officers = true\n";
    let mut house = House::with("production", people);
    let file = house.queued(1);
    let attempt = |house: &House| house.journal.outbound(&file).unwrap().unwrap().attempt;
    house.run(&["once"]);
    assert_eq!(attempt(&house), 0);
    let confirm = |name: &'static str| ["config", "--confirm", "--reason", "first start", "--as", name];
    house.ends(1, &confirm("anna"));
    house.ends(0, &confirm("olga"));
    house.ends(1, &confirm("olga"));
    house.run(&["once"]);
    assert_eq!(attempt(&house), 0);
    house.ends(0, &confirm("oleg"));
    house.run(&["once"]);
    assert_eq!(attempt(&house), 1);
    add(&house, "[[party]]\nname = \"acme\"", "release = { always = false }\n");
    let shown = house.ends(0, &["config"]);
    assert!(shown.err.contains("party erp") && shown.err.contains("nothing is sent"), "{}", shown.all());
    let other = house.queued(2);
    house.run(&["once"]);
    assert_eq!(house.journal.outbound(&other).unwrap().unwrap().attempt, 0);
    let changed = house.journal.facts_of("config").unwrap().pop().map(|fact| fact.event);
    assert!(matches!(changed, Some(Event::ConfigChanged { changed, .. }) if changed.contains(&"party erp".into())));
}
