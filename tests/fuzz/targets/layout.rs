//! Any bytes, read as layouts of templates.

#![no_main]

use std::io::Cursor;
use std::path::Path;
use std::sync::{Arc, LazyLock};

use bankferry::document::Part;
use bankferry::format::ReadOptions;
use bankferry::format::layout::{LayoutReader, Plan};
use bankferry::template::{self, prove};

static PLANS: LazyLock<Vec<Arc<Plan>>> = LazyLock::new(|| {
    let folder = Path::new("/nonexistent");
    let names = template::names(folder);
    names.iter().filter_map(|name| template::find(folder, name).ok()).flat_map(|t| t.layout.plans).collect()
});

// The first byte chooses the layout. What is accepted and written again is read as the same document.
libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let Some((which, bytes)) = bytes.split_first() else { return };
    let plan = &PLANS[usize::from(*which) % PLANS.len()];
    let near = bankferry::document::parse_date("2026-11-25");
    let options = ReadOptions { near, ..ReadOptions::default() };
    let Ok(mut reader) = LayoutReader::open(Arc::clone(plan), Box::new(Cursor::new(bytes.to_vec())), &options) else {
        return;
    };
    let Some(parts) = bankferry_fuzz::drain(&mut reader) else { return };
    let refused = parts.iter().filter_map(Part::end_findings).flatten().any(|finding| finding.is_error());
    if refused || plan.layout.read_only || plan.layout.summary {
        return;
    }
    // A bank's file may hold what we would never write: then writing says so.
    let Ok(written) = prove::write(plan, &parts) else { return };
    assert!(prove::read(plan, &written, near).is_ok(), "{}: what was written cannot be read", plan.name);
});
