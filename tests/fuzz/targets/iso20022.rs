//! Any bytes, read as ISO 20022 messages.

#![no_main]

// A second parser as the oracle: what it cannot read as a document, we must not accept.
libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let accepted = ["pain.001", "pain.002", "pain.008", "camt.052", "camt.053", "camt.054", "camt.055", "camt.029"]
        .iter()
        .any(|from| bankferry_fuzz::read(from, bytes));
    if let (true, Ok(text)) = (accepted, std::str::from_utf8(bytes)) {
        let text = text.trim_start_matches('\u{feff}');
        // What the declaration says is for whoever decodes the bytes: a broken one is read over.
        let text = text.strip_prefix("<?xml").and_then(|rest| rest.split_once("?>")).map_or(text, |(_, rest)| rest);
        match roxmltree::Document::parse(text) {
            // Of another namespace's attributes we ask nothing: banks leave its declaration out.
            Ok(_) | Err(roxmltree::Error::UnknownNamespace(..)) => {}
            Err(error) => panic!("accepted, and is no XML document: {error}"),
        }
    }
});
