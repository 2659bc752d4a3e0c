//! Maker is never checker; approvals are bound, expire and fall; two people do what one may not; resends are audited.

use bankferry::config::Config;
use bankferry::journal::{
    Act, Answer, BatchState, Change, Event, InboundState, Journal, NewFact, NewPayment, OutboundState, PaymentFilter,
    PaymentRecord, PaymentState, Records, Rows, Sums, Totals, WAITS_FOR_A_PERSON,
};

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
fn whose_file_lay_in_the_inbox_does_not_release_it_where_logins_are_people() {
    let own = std::process::Command::new("id").arg("-un").output().unwrap().stdout;
    let own = String::from_utf8(own).unwrap().trim().to_string();
    for (identity, refused) in [("os", true), ("told", false)] {
        let people = format!(
            "[security]\nidentity = \"{identity}\"\n\
             [[user]]\nname = \"carla\"\nos_user = \"{own}\"\nmay = [\"release\"]\n"
        );
        let mut house = super::super::banks::House::released("csv-erp", "", "icbc", &people, "always = true");
        let drop = house.root.join("inbox/erp/batch.csv");
        super::super::banks::write(&drop, super::super::banks::csv().as_bytes());
        house.until("it is held", |journal, _| !journal.batches(&[BatchState::Held]).unwrap().is_empty());
        let batch = house.journal().batches(&[]).unwrap().remove(0);
        let shown = house.ends(0, &["show", &batch.id]);
        assert!(shown.contains(&format!("the file of the system's user {own}")), "{shown}");
        let said = house.says(i32::from(refused), &["release", &batch.id, "--reason", "mine"]);
        assert_eq!(said.contains("was `carla`'s own in the inbox"), refused, "{said}");
    }
}

#[test]
fn a_banks_file_that_is_a_persons_own_is_an_incident_where_logins_are_people() {
    let own = std::process::Command::new("id").arg("-un").output().unwrap().stdout;
    let own = String::from_utf8(own).unwrap().trim().to_string();
    for (login, told) in [(own.as_str(), true), ("somebody-else", false)] {
        let people = format!(
            "[security]\nidentity = \"os\"\n[[user]]\nname = \"carla\"\nos_user = \"{login}\"\nmay = [\"operate\"]\n"
        );
        let house = super::super::banks::House::with("csv-erp", "", "icbc", &people);
        let mut house = super::super::corrections::sent(house);
        super::super::moved::answer(&mut house, "done", "QH01", "ACSC");
        let said = super::super::moved::incidents(&house);
        let named = said.iter().any(|what| what.contains("lay in the folder of `bank` as the file of `carla`"));
        assert_eq!(named, told, "{said:?}");
    }
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
    let shown = house.ends(0, &["show", &batch]);
    assert!(!shown.out.contains("released by"), "{}", shown.all());
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
    let again = house.ends(1, &by("otto", "TKT-1"));
    assert!(
        again.err.contains("`otto` proposed it, so another person must confirm it, at the latest"),
        "{}",
        again.err
    );
    // Another reference is another word of the bank: which of the two counts, people agree about first.
    let other = house.ends(1, &by("anna", "TKT-2"));
    assert!(
        other.err.contains("with the reference `TKT-1`, and yours is `TKT-2`; nothing was changed"),
        "{}",
        other.err
    );
    assert_eq!(house.journal.proposals_of(&file).unwrap().len(), 1);
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
    house.state("I20261123-0001", &file, Event::Unknown("again".into()));
    let fact = NewFact { actor: "ben".into(), case: "I20261123-0001".into(), subject: file.clone(), event: resent };
    assert!(house.journal.append(at(), vec![(fact, Rows::None)]).is_err());
}

/// The bank says this of every payment of a file, or of some.
fn answered(house: &mut House, file: &str, state: PaymentState, except: Vec<i64>) {
    let answer = Answer { inbound: "I20261123-0009".into(), status: None, payments: Default::default() };
    let (bank_status, reason) = (Some("RJCT".to_string()), Some("FF01".to_string()));
    let outbound = file.to_string();
    let changes =
        [Change::All { outbound, group: None, except, except_groups: Vec::new(), state, bank_status, reason }];
    let event = Event::Answered(answer);
    let fact = NewFact { actor: "bankferry".into(), case: "I20261123-0001".into(), subject: file.into(), event };
    house.journal.append(at(), vec![(fact, Rows::Changes(&changes))]).unwrap();
}

#[test]
fn what_the_bank_rejected_as_not_received_is_sent_once_more_unless_it_took_some_on() {
    let mut house = House::new("production");
    let (whole, partly) = (house.unknown(1), house.unknown(2));
    answered(&mut house, &whole, PaymentState::Rejected, Vec::new());
    let some = PaymentFilter { outbound: Some(partly.clone()), ..PaymentFilter::default() };
    let first = house.journal.payments(&some).unwrap()[0].row;
    answered(&mut house, &partly, PaymentState::Rejected, vec![first]);
    answered(&mut house, &partly, PaymentState::Accepted, Vec::new());
    let by = |file: &str, name: &str| {
        let words = ["resend", file, "--reference", "TKT-1", "--reason", "it could not be read", "--as", name];
        words.map(str::to_string)
    };
    let call = |house: &House, code: i32, words: [String; 8]| {
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        house.ends(code, &words)
    };
    let refused = call(&house, 1, by(&partly, "otto"));
    assert!(refused.err.contains("rejected as a whole"), "{}", refused.err);
    call(&house, 0, by(&whole, "otto"));
    call(&house, 0, by(&whole, "ben"));
    let of = PaymentFilter { outbound: Some(whole.clone()), ..PaymentFilter::default() };
    let payments = house.journal.payments(&of).unwrap();
    assert!(payments.iter().all(|p| p.state == PaymentState::Queued && p.reason.is_none()), "{payments:?}");
    let steps = house.journal.payment_steps(payments[0].row).unwrap();
    let words: Vec<_> = steps.iter().map(|step| step.state).collect();
    assert_eq!(words, [PaymentState::Rejected, PaymentState::Queued], "its history stays");
    // Taken back before it left, the bank's first word stands as it stood.
    house.ends(0, &["cancel", &whole, "--as", "otto", "--reason", "the bank has it"]);
    let payments = house.journal.payments(&of).unwrap();
    let as_it_was = |p: &PaymentRecord| p.state == PaymentState::Rejected && p.reason.as_deref() == Some("FF01");
    assert!(payments.iter().all(as_it_was), "{payments:?}");
    call(&house, 0, by(&whole, "otto"));
    call(&house, 0, by(&whole, "ben"));
    answered(&mut house, &whole, PaymentState::Accepted, Vec::new());
    let payments = house.journal.payments(&of).unwrap();
    assert!(payments.iter().all(|p| p.state == PaymentState::Accepted), "{payments:?}");
}

#[test]
fn what_was_rejected_sent_once_more_and_found_sent_says_what_came_before() {
    let mut house = House::new("production");
    let (file, case) = (house.unknown(1), "I20261123-0001");
    answered(&mut house, &file, PaymentState::Rejected, Vec::new());
    for name in ["otto", "ben"] {
        let reason = "it could not be read";
        house.ends(0, &["resend", &file, "--reference", "TKT-1", "--reason", reason, "--as", name]);
    }
    house.state(case, &file, Event::Sending { attempt: 2, temporary: "WORKS-1.xml.2.tmp".into() });
    house.state(case, &file, Event::Publishing { size: 11 });
    house.state(case, &file, Event::Unknown("the final name has 7 bytes".into()));
    for name in ["otto", "ben"] {
        house.ends(0, &["resolve", &file, "--sent", "--reason", "they see it", "--as", name]);
    }
    // The second file is with the bank by the word of two, and the bank has not spoken of that one yet.
    let of = PaymentFilter { outbound: Some(file.clone()), ..PaymentFilter::default() };
    let payment = house.journal.payments(&of).unwrap().remove(0);
    assert_eq!((payment.state, payment.bank_status), (PaymentState::Sent, None));
    let shown = house.ends(0, &["show", &format!("{}/{}", payment.batch, payment.seq)]).out;
    assert!(shown.contains("the bank had rejected it on 20") && shown.contains("(RJCT FF01)"), "{shown}");
    // Its answer to that is the payment's state; what came before is history still.
    answered(&mut house, &file, PaymentState::Accepted, Vec::new());
    let shown = house.ends(0, &["show", &format!("{}/{}", payment.batch, payment.seq)]).out;
    assert!(shown.contains("accepted") && shown.contains("the bank had rejected it on 20"), "{shown}");
    assert_eq!(house.journal.verify_chain(&mut |_| {}).unwrap().broken_at, None);
}

#[test]
fn what_the_erp_has_asked_for_again_is_not_sent_once_more() {
    let mut house = House::new("production");
    let file = house.unknown(1);
    let content = house.arrives("I20261123-0002", "erp", "again.csv");
    let opened = Event::Opened { content, signer: None, vouched: Default::default() };
    house.state("I20261123-0002", "I20261123-0002", opened);
    let read = Event::Read { kind: "payments".into(), format: "csv".into(), documents: 1 };
    house.state("I20261123-0002", "I20261123-0002", read);
    let of = PaymentFilter { outbound: Some(file.clone()), ..PaymentFilter::default() };
    let old = house.journal.payments(&of).unwrap().remove(0);
    let (amount, currency, account) = (old.amount, old.currency, old.account);
    let payment = NewPayment {
        seq: 1,
        end_to_end_id: old.end_to_end_id,
        amount,
        currency,
        account,
        creditor_name: None,
        creditor_account: None,
        creditor_agent: None,
        group: None,
        execution_date: None,
        likeness: None,
    };
    let (batch, bank) = ("B20261123-0002".to_string(), "acme".to_string());
    let totals = Totals { count: 1, sums: Sums::from([(currency, amount)]), digest: DIGEST.into() };
    let (message_id, findings, left_out, parts) = (None, Vec::new(), Vec::new(), Vec::new());
    let event = Event::Checked { batch, bank, totals, message_id, findings, left_out, parts, makeup: None };
    let id = "I20261123-0002".to_string();
    let fact = NewFact { actor: "bankferry".into(), case: id.clone(), subject: id, event };
    let rows = Rows::Payments(&mut vec![Ok(payment)].into_iter());
    house.journal.append(at(), vec![(fact, rows)]).unwrap();
    let call = ["resend", &file, "--reference", "TKT-1", "--reason", "never arrived", "--as", "otto"];
    let refused = house.ends(1, &call);
    assert!(
        refused.err.contains("again in `B20261123-0002`: sent once more, it could be paid twice"),
        "{}",
        refused.err
    );
    house.state("I20261123-0002", "B20261123-0002", Event::Refused { findings: Vec::new(), reason: Some("no".into()) });
    house.ends(0, &call);
}

#[test]
fn in_production_two_officers_confirm_a_changed_endpoint_and_nobody_alone_lets_go_of_that() {
    let people = "[[user]]\nname = \"olga\"\nrole = \"officer\"\n[[user]]\nname = \"oleg\"\nrole = \"officer\"\n";
    let mut house = House::with("production", people);
    let file = house.queued(1);
    let attempt = |house: &House| house.journal.outbound(&file).unwrap().unwrap().attempt;
    let confirm = |house: &House| {
        for name in ["olga", "oleg"] {
            house.ends(0, &["config", "--confirm", "--reason", "as agreed", "--as", name]);
        }
    };
    let waits = |house: &House| {
        let shown = house.ends(0, &["config"]);
        shown.err.contains("nothing is sent to banks until two officers confirm it")
    };
    house.run(&["once"]);
    assert_eq!((attempt(&house), waits(&house)), (0, true));
    confirm(&house);
    house.run(&["once"]);
    assert_eq!((attempt(&house), waits(&house)), (1, false));
    // Another folder at the bank: nobody changes it alone, and nobody says alone that nobody needs to be asked.
    add(&house, "seal = { sign", "in = { folders = [\"elsewhere\"] }\n");
    assert!(waits(&house));
    add(&house, "[[user]]\nname = \"olga\"", "[security]\nconfig_needs_officers = false\n");
    house.run(&["once"]);
    assert!(waits(&house), "one hand took the asking away with the change");
    confirm(&house);
    house.run(&["once"]);
    assert!(!waits(&house), "two officers let go of it");
    add(&house, "seal = { sign", "answers = { received_within = \"2h\" }\n");
    house.run(&["once"]);
    assert!(!waits(&house));
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
    // A third time, by whomever: it is confirmed, and no new proposal.
    for name in ["olga", "oleg"] {
        assert!(house.ends(0, &confirm(name)).err.contains("confirmed it already"));
    }
    assert!(house.ends(0, &["list", "proposals"]).out.is_empty());
    add(&house, "[[party]]\nname = \"acme\"", "release = { always = false }\n");
    let shown = house.ends(0, &["config"]);
    assert!(shown.err.contains("party erp") && shown.err.contains("nothing is sent"), "{}", shown.all());
    let other = house.queued(2);
    house.run(&["once"]);
    assert_eq!(house.journal.outbound(&other).unwrap().unwrap().attempt, 0);
    let changed = house.journal.facts_of("config").unwrap().pop().map(|fact| fact.event);
    assert!(matches!(changed, Some(Event::ConfigChanged { changed, .. }) if changed.contains(&"party erp".into())));
}

#[test]
fn a_configuration_that_waits_for_its_officers_is_told_wherever_a_queued_file_is_looked_at() {
    let people = "[[user]]\nname = \"olga\"\nrole = \"officer\"\n[[user]]\nname = \"oleg\"\nrole = \"officer\"\n\
                  [security]\nconfig_needs_officers = true\n";
    let mut house = House::with("production", people);
    let file = house.queued(1);
    let told = |answer: &str| answer.contains("the configuration waits until two officers confirm it");
    let once = house.run(&["once"]);
    assert!(told(&once.err) && once.err.contains("bankferry config --confirm"), "{}", once.all());
    for looks in [vec!["status"], vec!["show", file.as_str()], vec!["list", "alarms", "--json"]] {
        let answer = house.ends(0, &looks);
        assert!(told(&answer.out), "{looks:?}: {}", answer.all());
        let chinese = house.ends(0, &[vec!["--lang", "zh"], looks.clone()].concat());
        assert!(chinese.out.contains("配置等待两名安全员确认"), "{looks:?}: {}", chinese.all());
    }
    let check = house.run(&["check"]);
    assert!(told(&check.err), "{}", check.all());
    for name in ["olga", "oleg"] {
        house.ends(0, &["config", "--confirm", "--reason", "first start", "--as", name]);
    }
    let once = house.run(&["once"]);
    assert!(!told(&once.all()), "{}", once.all());
    for looks in [vec!["status"], vec!["show", file.as_str()], vec!["list", "alarms", "--json"]] {
        assert!(!told(&house.ends(0, &looks).out), "{looks:?}");
    }
}

#[test]
fn a_proposer_who_says_it_otherwise_takes_the_first_word_back() {
    let mut house = House::new("production");
    let file = house.unknown(1);
    let by = |name: &'static str, reference: &'static str| {
        ["resend", file.as_str(), "--reference", reference, "--reason", "never arrived", "--as", name]
    };
    house.ends(0, &by("otto", "TKT-11"));
    let mended = house.ends(0, &by("otto", "TKT-1"));
    assert!(mended.err.contains("what you proposed before falls with this"), "{}", mended.err);
    let listed = house.ends(0, &["list", "proposals", "--json"]).lines();
    let fallen: Vec<_> = listed.iter().map(|row| (row["reference"].as_str(), row.get("fallen").is_some())).collect();
    assert_eq!(fallen, [(Some("TKT-1"), false), (Some("TKT-11"), true)], "{listed:?}");
    house.ends(1, &by("ben", "TKT-11"));
    assert_eq!(house.journal.outbound(&file).unwrap().unwrap().state, OutboundState::Unknown);
    house.ends(0, &by("ben", "TKT-1"));
    assert_eq!(house.journal.outbound(&file).unwrap().unwrap().state, OutboundState::Queued);
}

#[test]
fn a_proposal_falls_aloud_when_what_it_is_about_has_changed() {
    let mut house = House::new("production");
    let (first, second) = (house.unknown(1), house.unknown(2));
    let resolve = |id: &str, name: &str| {
        ["resolve", id, "--not-sent", "--reason", "asked the bank", "--as", name].map(str::to_string)
    };
    let call = |house: &House, code: i32, words: [String; 7]| {
        house.ends(code, &words.iter().map(String::as_str).collect::<Vec<_>>())
    };
    call(&house, 0, resolve(&first, "anna"));
    call(&house, 0, resolve(&second, "anna"));
    // The bank answers one of them after all.
    answered(&mut house, &first, PaymentState::Accepted, Vec::new());
    let status = house.ends(0, &["status"]).out;
    let proposed = |id: &str| format!("bankferry resolve {id} --not-sent --reason TEXT");
    assert!(!status.contains(&format!("{first} since")) && status.contains(&proposed(&second)), "{status}");
    let listed = house.ends(0, &["list", "proposals"]).out;
    assert!(listed.contains(" fallen ") && listed.contains(" open "), "{listed}");
    let json = house.ends(0, &["list", "proposals", "--json"]).out;
    assert!(json.contains("`O20261123-0001` is answered by now"), "{json}");
    let refused = call(&house, 1, resolve(&first, "ben"));
    assert!(refused.err.contains("what `anna` proposed (resolve-not-sent) has fallen"), "{}", refused.err);
    // The other is sent once more and is in doubt again: another doubt, which nobody has spoken about.
    let resend = |name: &'static str| ["resend", second.as_str(), "--reference", "T", "--reason", "x", "--as", name];
    house.ends(0, &resend("otto"));
    house.ends(0, &resend("ben"));
    house.state_later("I20261123-0002", &second, Event::Sending { attempt: 2, temporary: "t".into() });
    house.state_later("I20261123-0002", &second, Event::Unknown("again".into()));
    let anew = call(&house, 0, resolve(&second, "ben"));
    let words = "has fallen: `O20261123-0002` is not as the proposer saw it; nothing is confirmed by that";
    assert!(anew.err.contains(words) && anew.err.contains("nothing is done until another person"), "{}", anew.err);
    assert_eq!(house.journal.outbound(&second).unwrap().unwrap().state, OutboundState::Unknown);
    let opposite = house.ends(0, &["resolve", &second, "--sent", "--reason", "it is there", "--as", "anna"]);
    assert!(opposite.err.contains("`ben` proposed the opposite, resolve-not-sent"), "{}", opposite.err);
    call(&house, 0, resolve(&second, "anna"));
    assert_eq!(house.journal.outbound(&second).unwrap().unwrap().state, OutboundState::Cancelled);
}

/// Two officers whose word for the configuration holds up every file until it is given.
const OFFICERS: &str = "[[user]]\nname = \"olga\"\nrole = \"officer\"\n[[user]]\nname = \"oleg\"\nrole = \"officer\"\n\
                        [security]\nconfig_needs_officers = true\n";

/// A file in doubt that two people have sent once more, and that cannot leave yet.
fn to_be_sent_once_more() -> (House, String) {
    let mut house = House::with("production", OFFICERS);
    // Its first start makes the journal this installation's own.
    house.run(&["once"]);
    let file = house.unknown(1);
    for name in ["otto", "ben"] {
        house.ends(0, &["resend", &file, "--reference", "TKT-1", "--reason", "never arrived", "--as", name]);
    }
    assert_eq!(house.journal.outbound(&file).unwrap().unwrap().state, OutboundState::Queued);
    (house, file)
}

/// What the bank puts down for us, complete.
fn bank_gives(house: &House, name: &str, text: &str) {
    bankferry::disk::replace(&house.root().join("inbox/acme/outbox"), name, text.as_bytes()).unwrap();
}

fn let_send(house: &House) {
    for name in ["olga", "oleg"] {
        house.ends(0, &["config", "--confirm", "--reason", "first start", "--as", name]);
    }
    house.run(&["once"]);
}

#[test]
fn what_a_statement_shows_while_it_waits_to_be_sent_once_more_is_not_sent_once_more() {
    let (house, file) = to_be_sent_once_more();
    let entry = |amount: &str, id: &str| {
        format!(
            "<Ntry><Amt Ccy=\"EUR\">{amount}</Amt><CdtDbtInd>DBIT</CdtDbtInd><Sts><Cd>BOOK</Cd></Sts><BookgDt><Dt>\
             2026-11-24</Dt></BookgDt><BkTxCd><Prtry><Cd>X</Cd></Prtry></BkTxCd><NtryDtls><TxDtls><Refs><EndToEndId>\
             {id}</EndToEndId></Refs></TxDtls></NtryDtls></Ntry>"
        )
    };
    let balance = |kind: &str, amount: &str| {
        format!(
            "<Bal><Tp><CdOrPrtry><Cd>{kind}</Cd></CdOrPrtry></Tp><Amt Ccy=\"EUR\">{amount}</Amt><CdtDbtInd>CRDT\
             </CdtDbtInd><Dt><Dt>2026-11-24</Dt></Dt></Bal>"
        )
    };
    let statement = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?><Document xmlns=\"urn:iso:std:iso:20022:tech:xsd:camt.053.001.08\">\
         <BkToCstmrStmt><GrpHdr><MsgId>M1</MsgId><CreDtTm>2026-11-24T18:00:00</CreDtTm></GrpHdr><Stmt><Id>S1</Id>\
         <ElctrncSeqNb>1</ElctrncSeqNb><CreDtTm>2026-11-24T18:00:00</CreDtTm><Acct><Id><IBAN>DE02120300000000202051\
         </IBAN></Id><Ccy>EUR</Ccy></Acct>{}{}{}</Stmt></BkToCstmrStmt></Document>",
        balance("OPBD", "5000.00"),
        balance("CLBD", "4000.00"),
        entry("1000.00", "E2E-1-1"),
    );
    bank_gives(&house, "statement.xml", &statement);
    house.run(&["once"]);
    let_send(&house);
    let after = house.journal.outbound(&file).unwrap().unwrap();
    let facts = house.ends(0, &["show", &file]).out;
    assert_eq!(after.attempt, 1, "sent although the bank has it\n{facts}");
    let of = PaymentFilter { outbound: Some(file.clone()), ..PaymentFilter::default() };
    let states: Vec<_> = house.journal.payments(&of).unwrap().iter().map(|p| p.state).collect();
    assert_eq!(states, [PaymentState::Booked, PaymentState::Sent], "{facts}");
    assert_eq!(after.state, OutboundState::Answered, "{facts}");
}

#[test]
fn a_resend_that_is_taken_back_leaves_the_doubt_and_is_no_word_that_nothing_left() {
    let (house, file) = to_be_sent_once_more();
    let taken = house.ends(0, &["cancel", &file, "--as", "otto", "--reason", "the bank has found it"]);
    assert!(taken.err.contains("UNKNOWN as before, and money may have moved"), "{}", taken.all());
    let after = house.journal.outbound(&file).unwrap().unwrap();
    assert_eq!(after.state, OutboundState::Unknown);
    assert!(after.evidence.is_some_and(|e| e.starts_with("`otto` took the resend back: the bank has found it")));
    let_send(&house);
    assert_eq!(house.journal.outbound(&file).unwrap().unwrap().attempt, 1);
    // One confirmed proposal is one resend: anew it takes two again.
    house.ends(0, &["resend", &file, "--reference", "TKT-1", "--reason", "never arrived", "--as", "otto"]);
    assert_eq!(house.journal.outbound(&file).unwrap().unwrap().state, OutboundState::Unknown);
    house.ends(0, &["verify"]);
}

#[test]
fn a_file_that_waits_to_be_sent_once_more_is_never_called_cancelled() {
    let (mut house, file) = to_be_sent_once_more();
    let event = Event::Cancelled { reason: "x".into() };
    let fact = NewFact { actor: "otto".into(), case: "I20261123-0001".into(), subject: file.clone(), event };
    assert!(house.journal.append(at(), vec![(fact, Rows::None)]).is_err());
    // Its bank's answer is about the first file, and stops the second.
    answered(&mut house, &file, PaymentState::Accepted, Vec::new());
    let_send(&house);
    let after = house.journal.outbound(&file).unwrap().unwrap();
    assert_eq!((after.state, after.attempt), (OutboundState::Answered, 1));
}

/// An installation that became a second copy, with a batch and a file that waited then.
fn fenced() -> (House, String, String) {
    let mut house = House::new("production");
    let (batch, file) = (house.held(1), house.queued(2));
    let machine = bankferry::route::fence::machine_id().expect("an id");
    house.state("", "installation", Event::Founded { installation: "1".into(), machine });
    let (what, what_zh) = ("an older copy".to_string(), "旧副本".to_string());
    house.state("", "installation", Event::Fenced { epoch: 2, what, what_zh });
    (house, batch, file)
}

#[test]
fn what_waited_when_a_copy_was_fenced_is_let_go_by_two_people_after_the_fence() {
    let (house, batch, file) = fenced();
    // Lifted before the program ran: what was there before waits all the same.
    for name in ["anna", "ben"] {
        house.ends(0, &["unfence", "--as", name, "--reason", "the banks were asked"]);
    }
    house.run(&["once"]);
    let (state, reasons) = batch_of(&house, &batch);
    assert_eq!((state, reasons.last().map(String::as_str)), (BatchState::Held, Some("two-approvers-restored-copy")));
    let waits = |house: &House| house.journal.outbound(&file).unwrap().unwrap().retry_at;
    assert_eq!(waits(&house).as_deref(), Some(WAITS_FOR_A_PERSON));

    for id in [&batch, &file] {
        let first = house.ends(0, &["release", id, "--as", "ben", "--reason", "the bank has nothing"]);
        assert!(first.err.contains("no money has moved"), "{}", first.err);
        house.ends(1, &["release", id, "--as", "ben", "--reason", "the bank has nothing"]);
        house.run(&["once"]);
    }
    assert_eq!((batch_of(&house, &batch).0, waits(&house).as_deref()), (BatchState::Held, Some(WAITS_FOR_A_PERSON)));
    for id in [&batch, &file] {
        house.ends(0, &["release", id, "--as", "anna", "--reason", "the bank has nothing"]);
    }
    assert_eq!(batch_of(&house, &batch).0, BatchState::Released);
    house.run(&["once"]);
    assert_eq!(house.journal.outbound(&file).unwrap().unwrap().attempt, 1, "it goes");
    assert_ne!(batch_of(&house, &batch).0, BatchState::Held, "it is not held for that again");
}

#[test]
fn nothing_is_let_go_behind_the_fence() {
    let (house, batch, file) = fenced();
    house.run(&["once"]);
    for id in [&batch, &file] {
        let refused = house.ends(1, &["release", id, "--as", "ben", "--reason", "x"]);
        assert!(refused.err.contains("this is a second copy") && refused.err.contains("no money has moved"));
    }
}

#[test]
fn in_production_two_approvers_release_what_may_be_paid_already() {
    for reason in ["same-payment", "same-totals", "same-message-id", "same-file-name", "executed-elsewhere"] {
        for (environment, first) in [("production", BatchState::Held), ("test", BatchState::Released)] {
            let mut house = House::new(environment);
            let batch = house.batch(1);
            house.state("I20261123-0001", &batch, Event::Held { reasons: vec![reason.into()] });
            house.ends(0, &["release", &batch, "--as", "anna"]);
            assert_eq!(batch_of(&house, &batch).0, first, "{reason} in {environment}");
            if environment == "production" {
                house.ends(1, &["release", &batch, "--as", "anna"]);
                house.ends(0, &["release", &batch, "--as", "ben"]);
            }
            assert_eq!(batch_of(&house, &batch).0, BatchState::Released, "{reason} in {environment}");
        }
    }
}

#[test]
fn in_production_two_people_let_a_corrected_statement_count() {
    let mut house = House::new("production");
    let id = "I20261123-0009";
    house.arrives(id, "acme", "again.xml");
    let content = house.keep(id, "opened", "again.xml", "x");
    house.state(id, id, Event::Opened { content, signer: None, vouched: Default::default() });
    house.state(id, id, Event::Held { reasons: vec!["corrected-statement I20261123-0008/1".into()] });
    let state = |house: &House| house.journal.inbound(id).unwrap().unwrap().state;
    let by = |name: &'static str| ["release", id, "--as", name, "--reason", "the bank's advice"];
    let first = house.ends(0, &by("anna"));
    assert!(first.err.contains("needs another person's word"), "{}", first.all());
    house.ends(1, &by("anna"));
    assert_eq!(state(&house), InboundState::Held);
    let open = house.ends(0, &["list", "proposals", "--json"]).json();
    assert_eq!((&open["what"], &open["subject"]), (&"let-in".into(), &id.into()), "{open}");
    house.ends(0, &by("ben"));
    assert_eq!(state(&house), InboundState::Received);
}

#[test]
fn a_key_or_a_calendar_that_changes_is_a_changed_configuration() {
    let house = House::with("production", OFFICERS);
    house.run(&["once"]);
    for name in ["olga", "oleg"] {
        house.ends(0, &["config", "--confirm", "--reason", "first start", "--as", name]);
    }
    let digest = |house: &House| Config::load(house.root()).unwrap().digest();
    let beside = [
        ("templates/calendars", "own.toml", "calendar own"),
        ("state/keys/mac/erp", "2026a", "keys of erp"),
        ("state/keys/party/acme", "AB12.pgp", "keys of acme"),
    ];
    for (folder, file, part) in beside {
        let (folder, before) = (house.root().join(folder), digest(&house));
        bankferry::disk::ensure_folder(&folder, 0o700).unwrap();
        bankferry::disk::replace(&folder, file, b"x").unwrap();
        assert_ne!(digest(&house), before, "{part}");
        assert!(Config::load(house.root()).unwrap().parts.contains_key(part), "{part}");
        if part == "calendar own" {
            let status = house.ends(0, &["status"]).out;
            assert!(status.contains("until two officers confirm it"), "{status}");
        }
    }
}

#[test]
fn what_another_hand_may_have_sent_is_ended_by_two_people_and_stays_in_memory() {
    let mut house = House::new("production");
    let spoken = || Event::Noticed { findings: vec![bankferry::route::elsewhere::finding("answer.xml")] };
    let batch = house.held(1);
    house.state("I20261123-0001", &batch, spoken());
    house.state("I20261123-0001", &batch, Event::Held { reasons: vec!["executed-elsewhere".into()] });
    let refuse = |name: &'static str| ["refuse", "B20261123-0001", "--as", name, "--reason", "the portal"];
    let proposed = house.ends(0, &refuse("anna"));
    assert!(proposed.err.contains("two people take it back"), "{}", proposed.all());
    assert_eq!(batch_of(&house, &batch).0, BatchState::Held);
    house.ends(1, &refuse("anna"));
    let waits = house.ends(0, &["list", "proposals"]);
    assert!(waits.out.contains("take-back"), "{}", waits.all());
    let done = house.ends(0, &refuse("ben"));
    assert!(done.err.contains("whether money has moved is not known here"), "{}", done.all());
    assert_eq!(batch_of(&house, &batch).0, BatchState::Refused);
    // A file of it is not cancelled by anybody, and two say what the bank has.
    let file = house.queued(2);
    house.ends(1, &["resolve", &file, "--sent", "--as", "anna", "--reason", "x"]);
    house.state("I20261123-0002", "B20261123-0002", spoken());
    house.ends(1, &["cancel", &file, "--as", "anna", "--reason", "x"]);
    house.ends(0, &["resolve", &file, "--sent", "--as", "anna", "--reason", "the portal"]);
    assert_eq!(house.journal.outbound(&file).unwrap().unwrap().state, OutboundState::Queued);
    house.ends(0, &["resolve", &file, "--sent", "--as", "ben", "--reason", "by telephone"]);
    assert_eq!(house.journal.outbound(&file).unwrap().unwrap().state, OutboundState::Sent);
}

#[test]
fn two_people_say_that_the_bank_has_a_batch_of_which_there_is_no_file_here() {
    let mut house = House::new("production");
    let (batch, other) = (house.held(1), house.held(2));
    let sent = |id: &str, name: &str| {
        ["resolve", id, "--sent", "--reason", "portal, reference 4711", "--as", name].map(str::to_string)
    };
    let call = |house: &House, code: i32, words: [String; 7]| {
        house.ends(code, &words.iter().map(String::as_str).collect::<Vec<_>>())
    };
    // Of a batch that nobody else can have sent there is nothing to say.
    let refused = call(&house, 1, sent(&other, "anna"));
    assert!(refused.err.contains("only a batch without a file is that another hand may have sent"), "{}", refused.err);
    let spoken = Event::Noticed { findings: vec![bankferry::route::elsewhere::finding("answer.xml")] };
    house.state("I20261123-0001", &batch, spoken);
    let not = house.ends(1, &["resolve", &batch, "--not-sent", "--reason", "x", "--as", "anna"]);
    assert!(not.err.contains(&format!("bankferry cancel {batch}")), "{}", not.err);
    call(&house, 0, sent(&batch, "anna"));
    assert_eq!(batch_of(&house, &batch).0, BatchState::Held);
    call(&house, 1, sent(&batch, "anna"));
    let listed = house.ends(0, &["list", "proposals"]).out;
    assert!(listed.contains("resolve-sent") && listed.contains(" open "), "{listed}");
    let done = call(&house, 0, sent(&batch, "ben"));
    assert!(
        done.err.contains("sent by another hand: its money moves there; it is never sent from here"),
        "{}",
        done.err
    );
    assert_eq!(batch_of(&house, &batch).0, BatchState::Numbered);
    let file = house.journal.carrying(&batch).unwrap().remove(0);
    assert_eq!((file.state, file.attempt, file.payload().is_some()), (OutboundState::Sent, 0, false));
    let filter = PaymentFilter { batch: Some(batch.clone()), ..PaymentFilter::default() };
    let states: Vec<_> = house.journal.payments(&filter).unwrap().into_iter().map(|payment| payment.state).collect();
    assert_eq!(states, [PaymentState::Sent; 2]);
    // It is history: never released, never sent, and what it holds is believed to be paid.
    house.ends(1, &["release", &batch, "--as", "ben"]);
    house.ends(1, &["resend", &file.id, "--reference", "T", "--reason", "x", "--as", "otto"]);
    house.run(&["once"]);
    assert_eq!(house.journal.outbound(&file.id).unwrap().unwrap().attempt, 0);
    let shown = house.ends(0, &["show", &batch]);
    assert!(shown.out.contains("no file of it was ever written here"), "{}", shown.all());
    house.ends(0, &["verify"]);
}
