//! What every fuzz target does with the bytes that it is given.

use std::io::Cursor;

use bankferry::document::Part;
use bankferry::finding::Finding;
use bankferry::format::{self, ReadOptions, Reader, WriteOptions};

/// Most parts that so few bytes can honestly hold.
const MOST_PARTS: usize = 1_000_000;

/// Reads `bytes` as `from` to the end. Whatever they are: no panic, no endless file, and what was accepted is
/// written as JSON lines and read back as the same document.
pub fn read(from: &str, bytes: &[u8]) -> bool {
    let input = Box::new(Cursor::new(bytes.to_vec()));
    let Ok(mut reader) = format::open(from, input, &ReadOptions::default()) else { return false };
    let Some(parts) = drain(&mut *reader) else { return false };
    let refused = parts.iter().filter_map(Part::end_findings).flatten().any(Finding::is_error);
    if refused || reader.take_findings().iter().any(Finding::is_error) {
        return false;
    }
    assert_eq!(again(&parts), Some(bare(parts)), "JSON lines tell another document");
    true
}

/// All parts; `None` when the file is refused.
pub fn drain(reader: &mut dyn Reader) -> Option<Vec<Part>> {
    let mut parts = Vec::new();
    loop {
        match reader.next_part() {
            Ok(Some(part)) => parts.push(part),
            Ok(None) => return Some(parts),
            Err(_) => return None,
        }
        assert!(parts.len() < MOST_PARTS, "a file without end");
    }
}

fn again(parts: &[Part]) -> Option<Vec<Part>> {
    let kept = Kept::default();
    let output = kept.clone();
    let mut writer = format::create("jsonl", Box::new(output), &WriteOptions::default()).ok()?;
    for part in parts {
        writer.write_part(part).ok()?;
    }
    writer.finish().ok()?;
    drop(writer);
    let bytes = kept.0.lock().ok()?.clone();
    let mut reader = format::open("jsonl", Box::new(Cursor::new(bytes)), &ReadOptions::default()).ok()?;
    drain(&mut *reader).map(bare)
}

/// Parts without the places in their file.
fn bare(mut parts: Vec<Part>) -> Vec<Part> {
    for part in &mut parts {
        if let Part::Payment(payment) = part {
            payment.place = Default::default();
        }
    }
    parts
}

/// An output that can be looked at after its writer took it.
#[derive(Clone, Default)]
struct Kept(std::sync::Arc<std::sync::Mutex<Vec<u8>>>);

impl std::io::Write for Kept {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().map_err(|_| std::io::Error::other("poisoned"))?.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}
