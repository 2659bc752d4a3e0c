//! The calendars that the program brings along, and what a bank's hours do to a file on its road.

use std::path::Path;

use bankferry::calendar::CalendarError;
use bankferry::template::calendar;
use jiff::civil::Date;

/// What is built in, with a year without a table.
const BUILT_IN: [(&str, Option<i16>); 8] = [
    ("china", Some(2027)),
    ("hong-kong", Some(2028)),
    ("japan", Some(2028)),
    ("singapore", Some(2027)),
    ("switzerland", Some(2028)),
    ("target2", None),
    ("uk", Some(2028)),
    ("us-fed", Some(2021)),
];

fn day(text: &str) -> Date {
    bankferry::document::parse_date(text).unwrap_or_else(|| panic!("{text}"))
}

#[test]
fn every_built_in_calendar_names_its_source_and_ends_where_its_tables_end() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/templates/calendars");
    let files = std::fs::read_dir(folder).expect("a folder").count();
    assert_eq!(files, BUILT_IN.len());
    for (name, without) in BUILT_IN {
        let calendar = calendar(Path::new("/nowhere"), name).unwrap_or_else(|e| panic!("{name}: {e}"));
        assert!(!calendar.source.is_empty(), "{name}");
        assert!(bankferry::document::parse_date(&calendar.checked).is_some(), "{name}");
        for year in 2024..=2026 {
            assert!(calendar.knows(year), "{name} {year}");
        }
        if let Some(year) = without {
            let missing = CalendarError::NoTable { calendar: name.into(), year };
            assert_eq!(calendar.is_banking_day(Date::constant(year, 6, 1)), Err(missing), "{name}");
        }
        for (year, table) in &calendar.years {
            for working in &table.open {
                assert!(!table.closed.contains(working), "{name} {year}: {working:?} is open and closed");
            }
        }
    }
}

#[test]
fn published_days_are_banking_days_or_not() {
    let cases = [
        ("china", "2026-02-14", true),
        ("china", "2026-02-23", false),
        ("china", "2026-10-10", true),
        ("china", "2025-10-08", false),
        ("china", "2024-02-09", true),
        ("hong-kong", "2026-04-07", false),
        ("hong-kong", "2026-10-19", false),
        ("japan", "2026-09-22", false),
        ("japan", "2026-12-31", false),
        ("singapore", "2026-11-09", false),
        ("uk", "2026-12-28", false),
        ("switzerland", "2026-05-14", false),
        ("us-fed", "2026-07-03", true),
        ("us-fed", "2026-11-26", false),
        ("target2", "2026-04-06", false),
        ("target2", "2026-12-24", true),
    ];
    for (name, date, works) in cases {
        let calendar = calendar(Path::new("/nowhere"), name).unwrap_or_else(|e| panic!("{name}: {e}"));
        assert_eq!(calendar.is_banking_day(day(date)), Ok(works), "{name} {date}");
    }
}

#[test]
fn an_installation_adds_a_year_that_the_program_does_not_know() {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::create_dir(folder.path().join("calendars")).expect("a folder");
    let own = "source = \"the notice\"\nchecked = \"2026-11-20\"\n[year.2027]\nclosed = [\"01-01..01-03\"]\n";
    bankferry::disk::write_new(&folder.path().join("calendars"), "china.toml", |out| out.write_all(own.as_bytes()))
        .expect("a file");
    let calendar = calendar(folder.path(), "china").unwrap_or_else(|e| panic!("{e}"));
    assert_eq!(calendar.is_banking_day(day("2027-01-04")), Ok(true));
    assert_eq!(calendar.is_banking_day(day("2026-10-01")), Ok(false), "the built-in years stay");
    assert_eq!(calendar.source, "the notice");
}
