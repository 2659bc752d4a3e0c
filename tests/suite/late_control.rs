//! A control file that comes after the file that it speaks of was taken.

use bankferry::journal::{Batch, BatchState, Event, IncidentKind, OutboundState, Records};

use super::banks::{House, csv, files, write};

fn drop_file(house: &House, name: &str, content: &str) {
    write(&house.root.join("inbox/erp").join(name), content.as_bytes());
}

fn batch(house: &House) -> Batch {
    house.journal().batches(&[]).expect("batches").remove(0)
}

/// The incidents of control files.
fn told(house: &House) -> Vec<String> {
    let facts = house.journal().facts_after(0, 1_000).expect("facts");
    let of_control = facts.into_iter().filter_map(|fact| match fact.event {
        Event::Incident { what, kind: IncidentKind::Control, .. } => Some(what),
        _ => None,
    });
    of_control.collect()
}

/// Drops a control file, and waits until it is read: it does not stay in the inbox.
fn control(house: &mut House, name: &str, content: &str) {
    drop_file(house, name, content);
    house.until("the control file is read", |journal, root| {
        let read = journal.inbounds(&[bankferry::journal::InboundState::Matched]).expect("files");
        read.iter().any(|file| file.name == name) && !root.join("inbox/erp").join(name).exists()
    });
}

fn released(policy: &str) -> House {
    House::released("csv-erp", "", "icbc", "", policy)
}

#[test]
fn a_late_control_file_that_contradicts_holds_what_has_not_left() {
    for (name, content) in [("pay.csv.ctl", "2,99999.99\n"), ("pay.ctl", "3,12345.50\n"), ("pay.csv.ctl", "nonsense")] {
        let mut house = released("always = true, unauthenticated = false");
        drop_file(&house, "pay.csv", &csv());
        house.until("it is held", |journal, _| !journal.batches(&[BatchState::Held]).expect("batches").is_empty());
        control(&mut house, name, content);
        let held = batch(&house);
        assert_eq!(
            (held.state, held.held.as_slice()),
            (BatchState::Held, &["always".into(), "contradicted-control".into()][..])
        );
        let incidents = told(&house);
        assert!(incidents.len() == 1 && incidents[0].contains("waits for a person"), "{incidents:?}");
        let shown = house.ends(0, &["show", &held.id]);
        assert!(shown.contains("came after the file was taken, and contradicts it"), "{shown}");
        assert!(house.ends(0, &["status"]).contains("its control file came later and contradicts it"));
        // A person who has looked at both lets it go.
        house.ends(0, &["release", &held.id, "--as", "anna", "--reason", "the ERP wrote the control file wrongly"]);
        house.until("it is at the bank", |_, root| !files(&root.join("outbox/bank")).is_empty());
        house.ends(0, &["verify"]);
    }
}

#[test]
fn a_late_control_file_stops_a_file_in_line() {
    let mut house = House::new("csv-erp", "icbc");
    drop_file(&house, "pay.csv", &csv());
    house.until("it is in line", |journal, _| {
        journal.outbounds(&[OutboundState::Queued]).expect("files").iter().any(|file| file.party == "bank")
    });
    super::elsewhere::postponed(&house);
    control(&mut house, "pay.csv.ctl", "1,12345.00\n");
    let mut left = 15;
    house.until("some rounds", |_, _| {
        left -= 1;
        left == 0
    });
    assert!(files(&house.root.join("outbox/bank")).is_empty(), "nothing leaves before a person has looked");
    assert!(house.ends(0, &["status"]).contains("its control file came later and contradicts it"));
}

#[test]
fn a_late_control_file_that_contradicts_what_has_left_says_so() {
    let mut house = released("always = false, unauthenticated = false");
    drop_file(&house, "pay.csv", &csv());
    house.until("it is at the bank", |_, root| !files(&root.join("outbox/bank")).is_empty());
    control(&mut house, "pay.csv.ctl", "2,99999.99\n");
    let incidents = told(&house);
    assert!(incidents.len() == 1 && incidents[0].contains("HAS LEFT for the bank"), "{incidents:?}");
}

#[test]
fn a_late_control_file_that_agrees_is_kept_and_changes_nothing() {
    let mut house = released("always = true, unauthenticated = false");
    drop_file(&house, "pay.csv", &csv());
    house.until("it is held", |journal, _| !journal.batches(&[BatchState::Held]).expect("batches").is_empty());
    control(&mut house, "pay.csv.ctl", "2,12345.50\n");
    assert_eq!((batch(&house).held.as_slice(), told(&house).len()), (&["always".to_string()][..], 0));
    // The same count and sum of another file are no duplicate of this one.
    drop_file(&house, "next.csv", &csv().replace("QH0", "QX0"));
    house.until("the next is held", |journal, _| journal.batches(&[BatchState::Held]).expect("batches").len() == 2);
    control(&mut house, "next.csv.ctl", "2,12345.50\n");
    assert_eq!(told(&house).len(), 0);
    house.ends(0, &["verify"]);
}

#[test]
fn a_control_file_that_comes_first_waits_for_its_file() {
    let mut house = released("always = true, unauthenticated = false");
    drop_file(&house, "pay.csv.ctl", "1,1.00\n");
    let mut left = 15;
    house.until("some rounds", |_, _| {
        left -= 1;
        left == 0
    });
    assert!(
        house.root.join("inbox/erp/pay.csv.ctl").exists() && house.journal().inbounds(&[]).expect("files").is_empty()
    );
    drop_file(&house, "pay.csv", &csv());
    house.until("the two are refused together", |journal, _| {
        !journal.inbounds(&[bankferry::journal::InboundState::Refused]).expect("files").is_empty()
    });
    assert!(house.journal().batches(&[]).expect("batches").is_empty());
}
