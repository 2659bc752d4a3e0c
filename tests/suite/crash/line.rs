//! The line to the bank is cut at every request, before or after the server has carried it out; the daemon lives.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, Instant};

use bankferry::carrier::PublishMode::{self, Atomic, Direct, Marker, NoOverwrite};
use bankferry::clock::Clock;
use bankferry::config::Config;
use bankferry::daemon::Daemon;
use bankferry::sandbox::server::{Fault, Operation, What};
use jiff::SignedDuration;

use super::site::{End, Site, Walk};

/// Cuts that the usual run makes per publish mode and kind of cut.
const SAMPLE: usize = 5;

/// A clock that a test moves forward, so that nobody waits for retries.
pub fn quick_clock() -> (Clock, Arc<AtomicI64>) {
    let ahead = Arc::new(AtomicI64::new(0));
    let (system, told) = (Clock::system(), Arc::clone(&ahead));
    let now = move || system.now() + SignedDuration::from_secs(told.load(Ordering::Relaxed));
    (Clock::by(now), ahead)
}

/// Walks the road with one living daemon while the server does this; also says how many requests there were.
fn walk(mode: PublishMode, fault: Option<Fault>) -> (Site, Walk) {
    let mut site = Site::new(mode);
    let (clock, ahead) = quick_clock();
    site.clock = clock.clone();
    let config = Config::load(site.root()).expect("a configuration");
    let mut daemon = Daemon::start(config, clock).unwrap_or_else(|t| panic!("{}", t.what));
    let context = format!("{fault:?}");
    if let Some(fault) = fault {
        site.practice.server.inject(fault);
    }
    let walk = walk_on(&mut site, &mut daemon, &ahead, context);
    daemon.stop().unwrap_or_else(|t| panic!("{}", t.what));
    (site, walk)
}

/// Starts a daemon on a quick clock and lets it walk the road to its end, within a day of that clock.
pub fn live_on(site: &mut Site, context: String) -> Walk {
    let (clock, ahead) = quick_clock();
    site.clock = clock.clone();
    let config = Config::load(site.root()).expect("a configuration");
    let mut daemon = Daemon::start(config, clock).unwrap_or_else(|t| panic!("{context}: {}\n{}", t.what, site.story()));
    let walk = walk_on(site, &mut daemon, &ahead, context);
    daemon.stop().unwrap_or_else(|t| panic!("{}", t.what));
    assert!(ahead.load(Ordering::Relaxed) < 86_400, "{:?} took a day\n{}", walk.killed_at, site.story());
    walk
}

/// Lets a living daemon walk the road to its end, on a clock that moves on whenever nothing is under way.
fn walk_on(site: &mut Site, daemon: &mut Daemon, ahead: &AtomicI64, context: String) -> Walk {
    let mut walk = Walk { end: End::Done, killed_at: vec![context], points: Vec::new() };
    let (started, mut doubtful_since) = (Instant::now(), None);
    loop {
        site.tick();
        let round = daemon.round(Duration::from_millis(5)).unwrap_or_else(|t| panic!("{}", t.what));
        assert!(started.elapsed() < Duration::from_secs(120), "{:?}\n{}", walk.killed_at, site.story());
        if round.busy || round.out > 0 {
            continue;
        }
        if site.is_done() {
            break;
        }
        // Nothing is under way: whatever comes next is a matter of time.
        let now = ahead.fetch_add(1, Ordering::Relaxed);
        match doubtful_since {
            _ if !site.rests_in_doubt() => doubtful_since = None,
            None => doubtful_since = Some(now),
            Some(since) if now - since > 60 => walk.end = site.resolve(),
            Some(_) => {}
        }
    }
    walk
}

/// Cuts at these requests; how many of the walks ended in doubt.
fn cut_at(mode: PublishMode, cut: &What, requests: impl Iterator<Item = u64>) {
    let (mut walks, mut doubts) = (0, 0);
    for n in requests {
        let (site, walk) = walk(mode, Some(Fault::at(n, cut.clone())));
        site.verify(&walk);
        walks += 1;
        doubts += u64::from(walk.end == End::SaidUnknown);
    }
    println!("{mode:?}, {cut:?}: {walks} walks, {doubts} said to be unknown");
    assert!(mode == Direct || doubts * 4 <= walks, "{mode:?} mostly knows");
}

/// The numbers of all requests of an undisturbed road.
fn requests(mode: PublishMode) -> u64 {
    let (site, walk) = walk(mode, None);
    site.verify(&walk);
    assert_eq!(walk.end, End::Done);
    site.practice.server.requests()
}

#[test]
fn cut_at_a_sample_of_requests_the_road_is_walked_once() {
    for (offset, mode) in [Atomic, NoOverwrite].into_iter().enumerate() {
        let all = requests(mode);
        println!("{mode:?}: {all} requests");
        let step = (all as usize / SAMPLE).max(1);
        for (i, cut) in [What::CutBefore, What::CutAfter].into_iter().enumerate() {
            cut_at(mode, &cut, (1..=all).skip(1 + offset + 2 * i).step_by(step));
        }
    }
}

#[test]
fn cut_at_the_publication_itself_the_file_arrives_once() {
    let cases = [
        (Atomic, Operation::PosixRename, What::CutBefore),
        (Atomic, Operation::PosixRename, What::CutAfter),
        (NoOverwrite, Operation::Rename, What::CutBefore),
        (NoOverwrite, Operation::Rename, What::CutAfter),
        (NoOverwrite, Operation::Rename, What::CutBetween),
        (Marker, Operation::Write, What::CutAtByte(700)),
        (Direct, Operation::Write, What::CutAtByte(700)),
        // The file is whole at the bank, which takes it, and nobody told us: never a second one.
        (Direct, Operation::Flush, What::CutAfter),
    ];
    for (mode, operation, cut) in cases {
        // By its kind and not by its number: how often folders are looked at before depends on the hour.
        let (site, walk) = walk(mode, Some(Fault::once(operation, cut.clone())));
        site.verify(&walk);
        println!("{mode:?} {operation:?} {cut:?}: {:?}", walk.end);
        let doubtful = (mode == NoOverwrite && cut == What::CutBefore) || (mode == Direct && cut != What::CutAfter);
        assert_eq!(walk.end == End::SaidUnknown, doubtful, "{mode:?} {cut:?}\n{}", site.story());
    }
}

#[test]
#[ignore = "takes some minutes: every request, in every publish mode"]
fn cut_at_every_request_the_road_is_walked_once() {
    for mode in [Atomic, NoOverwrite, Marker, Direct] {
        let all = requests(mode);
        println!("{mode:?}: {all} requests");
        for cut in [What::CutBefore, What::CutAfter] {
            cut_at(mode, &cut, 1..=all);
        }
    }
}
