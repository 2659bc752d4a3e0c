//! Files that we would fetch back: what is put into a folder at a server must not lie where a party is looked for.
//!
//! A folder is looked at without those below it, so only the very same folder counts, and only names that are taken
//! there: banks do have one folder for requests and answers.

use super::{CarrierSettings, Party};
use crate::carrier::sftp::SftpSettings;
use crate::text;
use crate::words::Text;

/// The first party whose files would be fetched, by itself or by another one of the same server.
pub(super) fn mistake(parties: &[Party]) -> Option<Text> {
    parties.iter().find_map(|giver| parties.iter().find_map(|taker| fetched(giver, taker)))
}

fn fetched(giver: &Party, taker: &Party) -> Option<Text> {
    let (CarrierSettings::Sftp(to), CarrierSettings::Sftp(from)) = (&giver.carrier, &taker.carrier) else {
        return None;
    };
    if (&to.host, to.port, &to.user) != (&from.host, from.port, &from.user) {
        return None;
    }
    let put = place(to, &giver.template.out.folder);
    let folder = taker.template.inward.folders.iter().find(|folder| place(from, folder) == put)?;
    let suffix = giver.template.seal.suffix.as_deref().filter(|_| giver.template.seal.seals()).unwrap_or_default();
    let names = &taker.template.inward.names;
    let ours = giver.template.out.name.with_stars() + suffix;
    if !names.is_empty() && !names.iter().any(|wanted| meet(&ours, wanted)) {
        return None;
    }
    let (giver, taker, host) = (&giver.name, &taker.name, &to.host);
    Some(text!(
        "what is sent to `{giver}` would be fetched again as a file from `{taker}`: `[out] folder` of the one and \
         `[in] folders` of the other are `{folder}` at {host}, and the names are taken there; name another folder, or \
         in `[in] names` only the files of `{taker}`",
        "发往 `{giver}` 的文件会被当作 `{taker}` 的来文取回：前者的 `[out] folder` 与后者的 `[in] folders` 同为 {host} 上的 \
         `{folder}`，且文件名在收取之列；请改用其他目录，或在 `[in] names` 中只列出 `{taker}` 的文件"
    ))
}

/// A folder at a server, written in one way.
fn place(settings: &SftpSettings, folder: &str) -> String {
    let root = if folder.starts_with('/') { "" } else { settings.root.as_str() };
    let parts = root.split('/').chain(folder.split('/')).filter(|part| !part.is_empty() && *part != ".");
    let lead = if root.starts_with('/') || folder.starts_with('/') { "/" } else { "" };
    lead.to_string() + &parts.collect::<Vec<_>>().join("/")
}

/// Whether some name is like both of two patterns in which `*` stands for anything.
fn meet(one: &str, other: &str) -> bool {
    let (one, other): (Vec<char>, Vec<char>) = (one.chars().collect(), other.chars().collect());
    // What is left of the other pattern, from its end: whether it can be like the rest of the first one.
    let mut below: Vec<bool> = (0..=other.len()).map(|at| other[at..].iter().all(|c| *c == '*')).collect();
    for at in (0..one.len()).rev() {
        let mut row = vec![false; other.len() + 1];
        row[other.len()] = one[at] == '*' && below[other.len()];
        for with in (0..other.len()).rev() {
            row[with] = match (one[at], other[with]) {
                ('*', _) | (_, '*') => below[with] || row[with + 1],
                (a, b) => a == b && below[with + 1],
            };
        }
        below = row;
    }
    below[0]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_meet_in_some_name() {
        for (one, other, do_meet) in [
            ("REQ_105_*_*.ok", "RESP_*", false),
            ("*-*.*", "*.xml", true),
            ("*-*.*.pgp", "*.xml", false),
            ("a.txt", "a.txt", true),
            ("a.txt", "b.txt", false),
            ("a*", "*a", true),
            ("a*b", "a", false),
            ("", "*", true),
            ("*", "", true),
            ("a*c", "ab*", true),
        ] {
            assert_eq!((meet(one, other), meet(other, one)), (do_meet, do_meet), "{one} {other}");
        }
    }

    #[test]
    fn a_folder_is_one_place_however_it_is_written() {
        let mut settings = SftpSettings::new("h", "u");
        assert_eq!([place(&settings, ""), place(&settings, "./")], ["", ""]);
        assert_eq!([place(&settings, "out/"), place(&settings, "/out")], ["out", "/out"]);
        settings.root = "/home/acme/".into();
        assert_eq!([place(&settings, "out"), place(&settings, "/home/acme//out/")], ["/home/acme/out"; 2]);
    }
}
