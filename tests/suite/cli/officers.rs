//! Who confirms a changed configuration: the officers of the one before it, whatever the changed file says.

use std::os::unix::fs::PermissionsExt;
use std::process::Command;

use bankferry::journal::{BatchState, Confirmed, Event, OutboundState, Records};

use super::house::{Answer, House};

pub const TWO: &str = "[[user]]\nname = \"olga\"\nrole = \"officer\"\n[[user]]\nname = \"oleg\"\nrole = \"officer\"\n";

/// Replaces something in the configuration.
#[allow(clippy::disallowed_methods, reason = "a test writes what it likes")]
pub fn edit(house: &House, from: &str, to: &str) {
    let path = house.root().join("bankferry.toml");
    let config = std::fs::read_to_string(&path).unwrap();
    assert!(config.contains(from), "{config}");
    std::fs::write(path, config.replacen(from, to, 1)).unwrap();
}

pub fn confirm(house: &House, name: &str) -> Answer {
    house.run(&["config", "--confirm", "--reason", "as agreed", "--as", name])
}

fn waits(house: &House) -> bool {
    house.ends(0, &["config"]).err.contains("nothing is sent to banks until two officers confirm it")
}

/// A house whose configuration olga and oleg have confirmed.
fn confirmed() -> House {
    let house = House::with("production", TWO);
    house.run(&["once"]);
    let first = confirm(&house, "olga");
    assert!(first.err.contains("no configuration was ever confirmed here"), "{}", first.all());
    assert_eq!(confirm(&house, "oleg").code, 0);
    assert!(!waits(&house));
    house
}

#[test]
fn whoever_names_himself_twice_in_the_changed_file_confirms_nothing() {
    let mut house = confirmed();
    let file = house.queued(1);
    let own = "[[user]]\nname = \"max\"\nrole = \"officer\"\n[[user]]\nname = \"mona\"\nrole = \"officer\"\n";
    edit(&house, TWO, own);
    edit(&house, "seal = { sign", "in = { folders = [\"elsewhere\"] }\nseal = { sign");
    for name in ["max", "mona"] {
        let refused = confirm(&house, name);
        assert_eq!(refused.code, 1, "{}", refused.all());
        assert!(refused.err.contains("no officer of the configuration that was confirmed last (oleg, olga)"));
    }
    house.run(&["once"]);
    assert!(waits(&house));
    assert_eq!(house.journal.outbound(&file).unwrap().unwrap().attempt, 0);
    // The officers of before may, although the changed file does not name them; from then on it is the new ones.
    assert_eq!((confirm(&house, "olga").code, confirm(&house, "oleg").code), (0, 0));
    assert!(!waits(&house));
    edit(&house, own, TWO);
    assert_eq!((confirm(&house, "olga").code, confirm(&house, "oleg").code), (1, 1));
    assert_eq!((confirm(&house, "max").code, confirm(&house, "mona").code), (0, 0));
    house.ends(0, &["verify"]);
}

#[test]
fn the_login_of_an_officer_is_the_one_that_was_confirmed() {
    let own = Command::new("id").arg("-un").output().unwrap().stdout;
    let own = String::from_utf8(own).unwrap().trim().to_string();
    let officers = format!(
        "[security]\nidentity = \"os\"\n[[user]]\nname = \"olga\"\nos_user = \"{own}\"\nrole = \"officer\"\n\
         [[user]]\nname = \"oleg\"\nrole = \"officer\"\n"
    );
    let mut house = House::with("production", &officers);
    let people = |login: &str| [("olga".to_string(), login.to_string())].into_iter().collect();
    house.run(&["once"]);
    let named = Confirmed { needs_officers: true, by_system: true, officers: people("x"), ..Confirmed::default() };
    house.state_by("olga", "config", "config", Event::ConfigConfirmed(Box::new(named)));
    // The file says that this login is olga; the configuration that was confirmed says that it is not.
    let call = ["config", "--confirm", "--reason", "x"];
    let refused = house.ends(1, &call);
    assert!(refused.err.contains(&format!("`{own}` is no officer")), "{}", refused.err);
    let named = Confirmed { needs_officers: true, by_system: true, officers: people(&own), ..Confirmed::default() };
    house.state_by("olga", "config", "config", Event::ConfigConfirmed(Box::new(named)));
    house.ends(0, &call);
}

#[test]
fn an_earlier_configuration_that_is_put_back_is_a_changed_one() {
    let house = confirmed();
    edit(&house, "seal = { sign", "answers = { received_within = \"2h\" }\nseal = { sign");
    assert_eq!((confirm(&house, "olga").code, confirm(&house, "oleg").code), (0, 0));
    house.run(&["once"]);
    edit(&house, "answers = { received_within = \"2h\" }\nseal = { sign", "seal = { sign");
    house.run(&["once"]);
    assert!(waits(&house), "one person went back to what was confirmed once");
    // Nor does what was confirmed once, and let go of asking, let go of it again.
    edit(&house, TWO, &format!("{TWO}[security]\nconfig_needs_officers = false\n"));
    assert!(waits(&house));
    assert_eq!((confirm(&house, "olga").code, confirm(&house, "oleg").code), (0, 0));
    edit(&house, "[security]\nconfig_needs_officers = false\n", "");
    house.run(&["once"]);
    assert_eq!((confirm(&house, "olga").code, confirm(&house, "oleg").code), (0, 0));
    edit(&house, TWO, &format!("{TWO}[security]\nconfig_needs_officers = false\n"));
    house.run(&["once"]);
    edit(&house, TWO, "");
    assert!(waits(&house));
}

#[test]
fn an_officer_that_has_left_is_stood_in_for_by_an_approver_of_before_and_everybody_is_told() {
    let mut house = confirmed();
    house.queued(1);
    edit(&house, "name = \"oleg\"", "name = \"petra\"");
    let stand_in = |name: &str| house.run(&["config", "--confirm", "--stand-in", "--reason", "left", "--as", name]);
    // Only by the right that was confirmed, and only when it is asked for.
    assert_eq!(stand_in("otto").code, 1);
    assert_eq!(stand_in("petra").code, 1);
    let refused = confirm(&house, "ben");
    assert!(refused.code == 1 && refused.err.contains("--stand-in"), "{}", refused.all());
    let first = stand_in("ben");
    assert_eq!(first.code, 0, "{}", first.all());
    house.run(&["once"]);
    let alarms = house.ends(0, &["list", "alarms", "--json"]).out;
    assert!(alarms.contains("`ben` speaks for a changed configuration in the place of an officer"), "{alarms}");
    assert!(waits(&house));
    assert_eq!(stand_in("ben").code, 1);
    assert_eq!(confirm(&house, "olga").code, 0);
    assert!(!waits(&house));
    let shown = house.ends(0, &["config"]);
    assert!(shown.err.contains("two of these confirm a change of it: olga, petra"), "{}", shown.all());
    let shown = house.ends(0, &["config", "--json"]).json();
    assert_eq!(shown["officers"], serde_json::json!(["olga", "petra"]));
}

#[test]
fn what_was_proposed_before_the_last_confirmation_is_confirmed_by_nobody() {
    let house = House::with("production", TWO);
    house.run(&["once"]);
    // Before anything was confirmed, ben was an officer by the word of the file alone, and proposed another one.
    edit(&house, "name = \"ben\"\nmay = [\"release\", \"resolve\"]", "name = \"ben\"\nmay = [\"configure\"]");
    assert_eq!(confirm(&house, "ben").code, 0);
    edit(&house, "name = \"ben\"\nmay = [\"configure\"]", "name = \"ben\"\nmay = [\"release\", \"resolve\"]");
    let digest = bankferry::config::Config::load(house.root()).unwrap().digest();
    for name in ["olga", "oleg"] {
        house.ends(0, &["config", "--confirm", "--digest", &digest, "--reason", "as agreed", "--as", name]);
    }
    assert!(!waits(&house));
    edit(&house, "name = \"ben\"\nmay = [\"release\", \"resolve\"]", "name = \"ben\"\nmay = [\"configure\"]");
    let first = confirm(&house, "oleg");
    assert!(
        first.code == 0 && first.err.contains("nothing is done until another person confirms it"),
        "{}",
        first.all()
    );
    assert!(waits(&house));
}

#[test]
fn nobody_releases_under_people_that_no_officer_has_confirmed() {
    let mut house = confirmed();
    let batch = house.held(1);
    let file = house.unknown(2);
    // Whoever can write the file calls himself ben, decides, and puts the file back.
    edit(&house, "name = \"ben\"", "name = \"ben\"\nos_user = \"mallory\"");
    for call in [vec!["release", batch.as_str()], vec!["resolve", file.as_str(), "--not-sent"]] {
        let refused = house.ends(1, &[call, vec!["--reason", "x", "--as", "ben"]].concat());
        assert!(refused.err.contains("waits for its officers"), "{}", refused.err);
    }
    assert_eq!(house.journal.batch(&batch).unwrap().unwrap().state, BatchState::Held);
    assert_eq!(house.journal.outbound(&file).unwrap().unwrap().state, OutboundState::Unknown);
    house.ends(0, &["cancel", &batch, "--reason", "what holds money back goes on", "--as", "otto"]);
}

#[test]
fn officers_see_which_settings_changed_as_long_as_they_have_not_confirmed() {
    let house = confirmed();
    edit(&house, "seal = { sign", "answers = { received_within = \"2h\" }\nseal = { sign");
    assert_eq!((confirm(&house, "olga").code, confirm(&house, "oleg").code), (0, 0));
    edit(&house, "received_within = \"2h\"", "received_within = \"4h\"");
    let keys = house.root().join("state/keys/mac/erp");
    bankferry::disk::ensure_folder(&keys, 0o700).unwrap();
    bankferry::disk::replace(&keys, "2026a", "5e".repeat(32).as_bytes()).unwrap();
    std::fs::set_permissions(keys.join("2026a"), std::fs::Permissions::from_mode(0o400)).unwrap();
    // However often the program has started with it.
    house.run(&["once"]);
    house.run(&["once"]);
    let line = "party acme.answers.received_within: \"2h\" → \"4h\"";
    let shown = house.ends(0, &["config"]).err;
    assert!(shown.contains(line) && shown.contains("shared key of erp 2026a: new: SHA-256 "), "{shown}");
    let status = house.ends(0, &["status"]).out;
    assert!(status.contains(line), "{status}");
    let told = house.ends(0, &["config", "--json"]).json();
    let of_answers = told["changes"].as_array().unwrap().iter().find(|c| c["before"] == "\"2h\"").unwrap();
    assert_eq!(of_answers["now"], "\"4h\"");
    // Both see it in the call that they make.
    for name in ["olga", "oleg"] {
        assert!(confirm(&house, name).err.contains(line));
    }
    let shown = house.ends(0, &["config"]).err;
    assert!(!shown.contains("changed since the configuration that was confirmed last"), "{shown}");
    house.ends(0, &["verify"]);
}

#[test]
fn what_changed_between_two_officers_is_not_confirmed_unseen() {
    let house = confirmed();
    let digest = |house: &House| bankferry::config::Config::load(house.root()).unwrap().digest()[..12].to_string();
    let seen = |name: &str, digest: &str| {
        house.run(&["config", "--confirm", "--digest", digest, "--reason", "seen", "--as", name])
    };
    edit(&house, "seal = { sign", "answers = { received_within = \"2h\" }\nseal = { sign");
    let first = digest(&house);
    assert_eq!(confirm(&house, "olga").code, 0);
    edit(&house, "received_within = \"2h\"", "received_within = \"4h\"");
    let second = digest(&house);
    for name in ["oleg", "olga"] {
        let refused = confirm(&house, name);
        assert_eq!(refused.code, 1, "{}", refused.all());
        assert!(refused.err.contains("the configuration has changed since `olga` proposed"), "{}", refused.err);
        assert!(refused.err.contains("received_within: \"2h\" → \"4h\""), "{}", refused.err);
        assert!(refused.err.contains(&format!("--digest {second}")), "{}", refused.err);
    }
    assert_eq!(seen("oleg", &first).code, 1);
    assert_eq!(seen("oleg", &second[..4]).code, 1);
    assert!(waits(&house));
    assert_eq!(seen("oleg", &second).code, 0);
    assert_eq!(confirm(&house, "olga").code, 1, "she has looked at another one");
    assert!(waits(&house));
    assert_eq!(seen("olga", &second).code, 0);
    assert!(!waits(&house));
}

#[test]
fn people_who_are_added_for_a_minute_decide_nothing() {
    let mut house = confirmed();
    let (batch, unknown, stopped) = (house.held(1), house.unknown(2), house.queued(3));
    let retry_at = Some(bankferry::journal::WAITS_FOR_A_PERSON.to_string());
    let failed = Event::Failed { error: "x".into(), error_zh: "x".into(), retry_at };
    house.state("I20261123-0003", &stopped, failed);
    let fenced = Event::Fenced { epoch: 2, what: "a restored copy".into(), what_zh: "恢复的副本".into() };
    house.state("", "installation", fenced);
    let more = "[[user]]\nname = \"mal\"\nrole = \"operator\"\n[[user]]\nname = \"mel\"\nrole = \"approver\"\n";
    edit(&house, TWO, &format!("{TWO}{more}"));
    let calls = [
        vec!["release", batch.as_str(), "--as", "mel"],
        vec!["release", stopped.as_str(), "--as", "mal"],
        vec!["release", stopped.as_str(), "--as", "mel"],
        vec!["resolve", unknown.as_str(), "--not-sent", "--as", "mal"],
        vec!["resolve", unknown.as_str(), "--not-sent", "--as", "mel"],
        vec!["resend", unknown.as_str(), "--reference", "R", "--as", "mal"],
        vec!["match", "I20261123-0009/1/1", "E2E-1-1", "--as", "mel"],
        vec!["unmatch", "I20261123-0009/1/1", "--as", "mel"],
        vec!["unfence", "--as", "mel"],
    ];
    for call in calls {
        let refused = house.ends(1, &[call, vec!["--reason", "x"]].concat());
        assert!(refused.err.contains("waits for its officers"), "{}", refused.all());
    }
}

/// Waits until the program was started so often.
fn started(house: &House, times: usize) {
    let since = std::time::Instant::now();
    loop {
        let facts = house.journal.facts_after(0, 1_000).unwrap_or_default();
        if facts.iter().filter(|fact| matches!(fact.event, Event::Started { .. })).count() >= times {
            return;
        }
        assert!(since.elapsed() < std::time::Duration::from_secs(30), "not started {times} times: {facts:?}");
        std::thread::sleep(std::time::Duration::from_millis(50));
    }
}

fn send(signal: &str, to: &std::process::Child) {
    let done = Command::new("kill").args([signal, &to.id().to_string()]).status().unwrap();
    assert!(done.success());
}

#[test]
fn a_daemon_reads_by_itself_what_officers_have_confirmed_and_goes_on_where_nothing_can_be_read() {
    let house = confirmed();
    let before = house.journal.facts_after(0, 1_000).unwrap();
    let before = before.iter().filter(|fact| matches!(fact.event, Event::Started { .. })).count();
    let mut daemon = Command::new(env!("CARGO_BIN_EXE_bankferry"))
        .arg("--dir")
        .arg(house.root())
        .arg("run")
        .stdin(std::process::Stdio::null())
        .stdout(std::process::Stdio::null())
        .stderr(std::process::Stdio::null())
        .spawn()
        .unwrap();
    started(&house, before + 1);
    edit(&house, "seal = { sign", "answers = { received_within = \"2h\" }\nseal = { sign");
    let shown = house.ends(0, &["status"]);
    assert!(shown.out.contains("goes on under the confirmed configuration, and sends"), "{}", shown.all());
    assert_eq!((confirm(&house, "olga").code, confirm(&house, "oleg").code), (0, 0));
    started(&house, before + 2);
    edit(&house, "[installation]", "[installation");
    send("-HUP", &daemon);
    started(&house, before + 3);
    assert_eq!(daemon.try_wait().unwrap(), None, "it goes on under the configuration before");
    send("-TERM", &daemon);
    assert!(daemon.wait().unwrap().success());
}
