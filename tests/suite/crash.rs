//! The daemon is killed at every numbered point of the road (journal, disk, carrier) and started again until the
//! road is done: one file at the bank, one output of each kind at the ERP, nothing lost, nothing twice.
//!
//! The usual run takes a sample of the points; `cargo test -- --ignored crash` takes them all.

mod broken;
pub mod line;
mod resend;
pub mod site;
mod table;

use bankferry::carrier::PublishMode::{self, Atomic, Direct, Marker, NoOverwrite};

use site::{BankWorks, End, Site};

/// Kills that the usual run makes per test.
const SAMPLE: usize = 10;

/// The points of a road on which nobody is killed.
fn reference(mode: PublishMode, works: BankWorks) -> Vec<String> {
    let mut site = Site::new(mode);
    let walk = site.walk(&[], works);
    site.verify(&walk);
    assert_eq!((walk.end, walk.killed_at.len()), (End::Done, 0));
    walk.points
}

/// Walks the road once for each list of kills; prints and returns how the walks ended.
fn walk_all(what: &str, mode: PublishMode, works: BankWorks, kills: impl IntoIterator<Item = Vec<u64>>) -> Vec<End> {
    let (mut walks, mut killed, mut ends) = (0, 0, Vec::new());
    for kills in kills {
        let mut site = Site::new(mode);
        let walk = site.walk(&kills, works);
        site.verify(&walk);
        walks += 1;
        killed += walk.killed_at.len();
        ends.push(walk.end);
    }
    let unknown = ends.iter().filter(|e| **e == End::SaidUnknown).count();
    println!("{what}, {mode:?}, bank works {works:?}: {walks} walks, {killed} kills, {unknown} said to be unknown");
    assert!(killed * 10 >= walks * 9, "most walks must meet their point");
    ends
}

/// Every k-th of so many points, so that about `sample` are left.
fn every(points: usize, sample: usize) -> impl Iterator<Item = Vec<u64>> {
    let step = (points / sample.max(1)).max(1);
    // The first is in the middle of the first step: the ends of the road are the dull part.
    (1..=points).skip(step / 2).step_by(step).map(|n| vec![n as u64])
}

/// The points at the bank's door, by their numbers: from the intent to send to the fact that it is sent.
fn at_the_door(points: &[String]) -> Vec<Vec<u64>> {
    let first = points.iter().position(|p| p == "sftp upload: create").expect("an upload");
    let last = points.iter().position(|p| p == "carrier published").expect("a publication");
    (first.saturating_sub(6)..=last + 4).map(|at| vec![at as u64 + 1]).collect()
}

#[test]
fn killed_at_a_sample_of_points_the_road_is_walked_once() {
    let points = reference(Atomic, BankWorks::Between).len();
    println!("the road has {points} points");
    walk_all("sample", Atomic, BankWorks::Between, every(points, SAMPLE));
}

#[test]
fn killed_while_the_bank_works_the_road_is_walked_once() {
    let points = reference(Atomic, BankWorks::Always).len();
    walk_all("sample", Atomic, BankWorks::Always, every(points, SAMPLE / 2));
}

#[test]
fn killed_again_during_recovery_the_road_is_walked_once() {
    let points = reference(Atomic, BankWorks::Between).len();
    let twice = every(points, SAMPLE / 2).enumerate().map(|(i, first)| vec![first[0], 3 + 7 * i as u64, 11]);
    walk_all("killed three times", Atomic, BankWorks::Between, twice);
}

#[test]
fn killed_at_the_door_of_a_bank_without_atomic_rename_nothing_is_sent_twice() {
    for mode in [NoOverwrite, Marker, Direct] {
        let door = at_the_door(&reference(mode, BankWorks::Between));
        walk_all("sample at the door", mode, BankWorks::Between, door.into_iter().skip(3).step_by(7));
    }
}

#[test]
fn a_bank_that_is_away_after_a_kill_at_its_door_is_not_given_the_file_twice() {
    for mode in [Direct, Marker, NoOverwrite, Atomic] {
        for point in ["carrier uploaded", "sftp upload: answered"] {
            let mut site = Site::new(mode);
            site.tick();
            if !site.run(Some(point), BankWorks::Between) {
                continue;
            }
            site.while_the_bank_is_away(|site| assert!(!site.run(None, BankWorks::Between)));
            let walk = line::live_on(&mut site, format!("{mode:?}, away after {point}"));
            site.verify(&walk);
            let uploads = site.payments_file().attempt;
            assert!(
                mode != Direct || uploads == 1,
                "{point}: {uploads} uploads under the final name\n{}",
                site.story()
            );
        }
    }
}

/// Walks the road of two merged batches with these kills; the archive holds one file as it was written, since writing
/// it again gives the same bytes.
fn walk_merged(kills: &[u64]) -> Vec<String> {
    let mut site = Site::merging();
    let walk = site.walk(kills, BankWorks::Between);
    site.verify(&walk);
    let file = site.payments_file();
    let numbers = walk.points.iter().filter(|point| point.contains("journal id given")).count();
    assert!(numbers > 0 && file.totals.is_some_and(|totals| totals.count == 3));
    let folder = site.root().join("archive");
    let written = files_below(&folder).into_iter().filter(|name| name.contains("written-DEMO"));
    assert_eq!(written.count(), 1, "{:?}", files_below(&folder));
    walk.points
}

/// Names of all files below a folder.
fn files_below(folder: &std::path::Path) -> Vec<String> {
    let mut names = Vec::new();
    for entry in std::fs::read_dir(folder).into_iter().flatten().filter_map(Result::ok) {
        match entry.path().is_dir() {
            true => names.extend(files_below(&entry.path())),
            false => names.push(entry.file_name().to_string_lossy().into_owned()),
        }
    }
    names
}

#[test]
fn killed_while_batches_are_merged_one_file_is_sent() {
    let points = walk_merged(&[]).len();
    println!("the road of two merged batches has {points} points");
    every(points, SAMPLE / 2).for_each(|kills| drop(walk_merged(&kills)));
    // The numbering itself, and what comes right after it.
    (2..8).step_by(2).for_each(|at| drop(walk_merged(&[at])));
}

#[test]
#[ignore = "takes some minutes: every point of the road"]
fn killed_at_every_point_while_batches_are_merged_one_file_is_sent() {
    let points = walk_merged(&[]).len();
    every(points, points).for_each(|kills| drop(walk_merged(&kills)));
}

#[test]
#[ignore = "takes some minutes: every point of the road"]
fn killed_at_every_point_the_road_is_walked_once() {
    for works in [BankWorks::Between, BankWorks::Always] {
        let points = reference(Atomic, works).len();
        println!("the road has {points} points");
        walk_all("every point", Atomic, works, every(points, points));
    }
}

#[test]
#[ignore = "takes some minutes: pairs of points"]
fn killed_twice_at_many_pairs_of_points_the_road_is_walked_once() {
    let points = reference(Atomic, BankWorks::Between).len();
    let pairs = every(points, points / 4).enumerate().map(|(i, first)| vec![first[0], 1 + (i as u64 * 13) % 60]);
    walk_all("pairs", Atomic, BankWorks::Between, pairs);
}

#[test]
#[ignore = "takes some minutes: every point at the door, in every publish mode"]
fn killed_at_every_point_at_the_door_in_every_publish_mode() {
    for mode in [Atomic, NoOverwrite, Marker, Direct] {
        for works in [BankWorks::Between, BankWorks::Always] {
            let door = at_the_door(&reference(mode, works));
            let ends = walk_all("every point at the door", mode, works, door);
            let doubts = ends.iter().filter(|e| **e == End::SaidUnknown).count();
            assert!(mode == Atomic || doubts < ends.len(), "{mode:?} mostly knows");
        }
    }
}
