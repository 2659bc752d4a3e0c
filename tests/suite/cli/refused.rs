//! A bank's file that could not be used is told until a person has said that it is dealt with.

use bankferry::finding::{Finding, Place};
use bankferry::journal::{Event, Journal, NewFact, Records, Rows};

use super::house::{House, at};

const FILE: &str = "I20261123-0007";

fn refused(party: &str) -> House {
    let mut house = House::new("test");
    house.arrives(FILE, party, "STMT.xml");
    refuse_again(&mut house);
    house
}

/// What the program itself states of a file that it cannot read.
fn refuse_again(house: &mut House) {
    let what = bankferry::text!("the file is empty", "文件为空");
    let findings = vec![Finding::error("empty", Place::default(), what)];
    house.state(FILE, FILE, Event::Refused { findings, reason: None });
}

#[test]
fn a_banks_file_that_could_not_be_used_is_an_alarm_until_a_person_says_that_it_is_dealt_with() {
    let mut house = refused("acme");
    house.run(&["once"]);
    let alarms = house.ends(0, &["list", "alarms", "--json"]).out;
    assert!(alarms.contains("could not be used: the file is empty"), "{alarms}");
    assert!(alarms.contains(&format!("bankferry refuse {FILE}")), "{alarms}");
    assert!(alarms.contains("`STMT.xml`：文件为空"), "{alarms}");
    assert!(house.ends(0, &["status"]).out.contains(&format!("bankferry refuse {FILE} --reason TEXT")));
    house.ends(2, &["refuse", FILE, "--as", "anna"]);
    let done = house.ends(0, &["refuse", FILE, "--as", "anna", "--reason", "the bank gave it again"]);
    assert!(done.all().contains("is dealt with"), "{}", done.all());
    assert!(!house.ends(0, &["status"]).out.contains(FILE));
    assert!(house.ends(0, &["list", "files", "--state", "refused"]).out.contains(FILE), "it stays listed");
    let shown = house.ends(0, &["show", FILE]).out;
    assert!(shown.contains("the file is empty") && shown.contains("the bank gave it again"), "{shown}");
    house.run(&["once"]);
    assert!(!house.ends(0, &["list", "alarms", "--json"]).out.contains(FILE));
    house.ends(0, &["verify"]);
    // Looked at once more and refused once more, it waits anew.
    house.state_by("anna", FILE, FILE, Event::Admitted { reason: "again".into() });
    refuse_again(&mut house);
    assert!(house.ends(0, &["status"]).out.contains(FILE));
}

#[test]
fn a_refused_file_of_an_erp_is_its_own_to_correct_and_the_program_refuses_nothing_twice() {
    let mut house = refused("erp");
    house.ends(1, &["refuse", FILE, "--as", "anna", "--reason", "done"]);
    let event = Event::Refused { findings: Vec::new(), reason: None };
    let fact = NewFact { actor: "bankferry".into(), case: FILE.into(), subject: FILE.into(), event };
    assert!(house.journal.append(at(), vec![(fact, Rows::None)]).is_err());
    assert_eq!(house.journal.inbound(FILE).unwrap().unwrap().note.as_deref(), Some("the file is empty"));
}
