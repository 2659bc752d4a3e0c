//! Characters that a layout's encoding carries, and those that are folded to near ones.

use std::borrow::Cow;

use super::declare::{Fold, TextEncoding};
use crate::format::fold;

/// Whether `text` is surely carried as it is: what most texts are, told without asking the encoding for each character.
pub(super) fn is_plain(text: &str, encoding: TextEncoding, folding: Fold) -> bool {
    if folding == Fold::HalfWidthKana || encoding == TextEncoding::Zengin {
        return false;
    }
    let all =
        matches!(encoding, TextEncoding::Gbk | TextEncoding::Gb18030 | TextEncoding::Utf8 | TextEncoding::Utf8Bom);
    text.bytes().all(|b| (b' '..0x7f).contains(&b))
        || all && text.chars().all(|c| matches!(c, ' '..='~' | '\u{4e00}'..='\u{9fa5}'))
}

/// `text` in characters of the encoding; whether anything was folded.
///
/// # Errors
/// The first character that cannot be carried.
pub(super) fn carried(text: &str, encoding: TextEncoding, folding: Fold) -> Result<(String, bool), char> {
    let kana = folding == Fold::HalfWidthKana;
    // What is folded to half-width kana is for a file that has no others.
    let encoding = if kana && encoding == TextEncoding::Cp932 { TextEncoding::Zengin } else { encoding };
    let composed = composed(text);
    let text = composed.as_ref();
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if c.is_control() {
            // Nobody means a control character within a value.
            out.push(' ');
        } else if kana {
            half_width(c, &mut out);
        } else {
            out.push(c);
        }
    }
    let mut whole = String::with_capacity(out.len());
    for c in out.chars() {
        if takes(c, encoding) {
            whole.push(c);
            continue;
        }
        let near = if folding == Fold::No {
            None
        } else {
            narrow(c).map(String::from).or_else(|| fold::fold(c).map(String::from))
        };
        match near.filter(|near| near.chars().all(|c| takes(c, encoding))) {
            Some(near) => whole.push_str(&near),
            None => return Err(c),
        }
    }
    let folded = whole != text;
    Ok((whole, folded))
}

/// Whether the encoding has a character.
pub(super) fn takes(c: char, encoding: TextEncoding) -> bool {
    match encoding {
        TextEncoding::Ascii => c.is_ascii(),
        TextEncoding::Latin1 => u32::from(c) < 0x100,
        TextEncoding::Zengin => is_zengin(c),
        _ if c.is_ascii() => true,
        TextEncoding::Utf8 | TextEncoding::Utf8Bom => true,
        other => {
            let mut buffer = [0; 4];
            !other.codec().encode(c.encode_utf8(&mut buffer)).2
        }
    }
}

/// Whether a Zengin file has a character. Small kana, the sign of the long sound and wo (U+FF66 to U+FF70) are in the
/// code page and not in the files.
fn is_zengin(c: char) -> bool {
    (' '..='~').contains(&c) && !c.is_ascii_lowercase()
        || matches!(c, '\u{ff61}'..='\u{ff65}' | '\u{ff71}'..='\u{ff9f}')
}

/// The first sign that the name of a party cannot have in a Zengin file; other files have no such rule.
pub(super) fn beyond_a_name(name: &str, encoding: TextEncoding) -> Option<char> {
    let is_taken = |c: &char| {
        !c.is_ascii() && !matches!(c, '\u{ff61}'..='\u{ff65}')
            || c.is_ascii_alphanumeric()
            || matches!(c, ' ' | '(' | ')' | '-' | '.')
    };
    name.chars().find(|c| !is_taken(c)).filter(|_| encoding == TextEncoding::Zengin)
}

/// The text with marks of voiced sounds that combine (U+3099, U+309A), as some systems part kana into, joined to the
/// kana before them: the same text in the characters that encodings have.
fn composed(text: &str) -> Cow<'_, str> {
    if !text.contains(['\u{3099}', '\u{309a}']) {
        return text.into();
    }
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        let (voiced, mark) = match c {
            '\u{3099}' => (VOICED, '\u{ff9e}'),
            '\u{309a}' => (HALF_VOICED, '\u{ff9f}'),
            c => {
                out.push(c);
                continue;
            }
        };
        // Katakana of half width take the mark beside them; all other kana have a character of their own.
        let joined = out.chars().next_back().and_then(|kana| joined(kana, voiced));
        match joined {
            Some(one) => {
                out.pop();
                out.push(one);
            }
            None => out.push(mark),
        }
    }
    out.into()
}

/// The kana of full width that a kana of full width and a mark are.
fn joined(kana: char, voiced: &str) -> Option<char> {
    let hiragana = matches!(kana, '\u{3041}'..='\u{3096}');
    let shift = if hiragana { 0x60 } else { 0 };
    let half = pair(KANA, char::from_u32(u32::from(kana) + shift)?)?;
    let chars: Vec<char> = voiced.chars().collect();
    let one = chars.chunks(2).find(|pair| pair.get(1) == Some(&half)).and_then(|pair| pair.first().copied())?;
    char::from_u32(u32::from(one) - shift)
}

/// The ASCII form of a full-width character.
fn narrow(c: char) -> Option<char> {
    match u32::from(c) {
        0x3000 => Some(' '),
        code @ 0xff01..=0xff5e => char::from_u32(code - 0xfee0),
        _ => None,
    }
}

/// Kana of full width and hiragana, with the half-width katakana for them; a voiced sound is a mark of its own.
const KANA: &str = "アｱイｲウｳエｴオｵカｶキｷクｸケｹコｺサｻシｼスｽセｾソｿタﾀチﾁツﾂテﾃトﾄナﾅニﾆヌﾇネﾈノﾉハﾊヒﾋフﾌヘﾍホﾎマﾏミﾐムﾑメﾒモﾓ\
    ヤﾔユﾕヨﾖラﾗリﾘルﾙレﾚロﾛワﾜヲｵンﾝァｱィｲゥｳェｴォｵッﾂャﾔュﾕョﾖ";
const VOICED: &str = "ガｶギｷグｸゲｹゴｺザｻジｼズｽゼｾゾｿダﾀヂﾁヅﾂデﾃドﾄバﾊビﾋブﾌベﾍボﾎヴｳ";
const HALF_VOICED: &str = "パﾊピﾋプﾌペﾍポﾎ";
/// Half-width small kana and wo, which bank files do not have, and the kana for them.
const SMALL: &str = "ｦｵｧｱｨｲｩｳｪｴｫｵｯﾂｬﾔｭﾕｮﾖ";

/// A character as Japanese bank files have it: half-width katakana, capitals, no small kana, `-` for the long sound.
fn half_width(c: char, out: &mut String) {
    // Hiragana stand 0x60 before the katakana of the same sound.
    let c = match u32::from(c) {
        code @ 0x3041..=0x3096 => char::from_u32(code + 0x60).unwrap_or(c),
        _ => c,
    };
    if let Some(half) = pair(VOICED, c) {
        out.extend([half, '\u{ff9e}']);
    } else if let Some(half) = pair(HALF_VOICED, c) {
        out.extend([half, '\u{ff9f}']);
    } else if let Some(half) = pair(KANA, c).or_else(|| pair(SMALL, c)) {
        out.push(half);
    } else {
        let c = narrow(c).unwrap_or(c);
        out.push(match c {
            'ー' | 'ｰ' | '‐' | '−' | '―' => '-',
            '゛' => '\u{ff9e}',
            '゜' => '\u{ff9f}',
            '「' => '｢',
            '」' => '｣',
            '・' | '，' | ',' => '.',
            c => c.to_ascii_uppercase(),
        });
    }
}

fn pair(table: &str, c: char) -> Option<char> {
    let mut chars = table.chars();
    while let (Some(from), Some(to)) = (chars.next(), chars.next()) {
        if from == c {
            return Some(to);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kana_are_half_width_and_voiced_by_a_mark_of_their_own() {
        let text = |text| carried(text, TextEncoding::Cp932, Fold::HalfWidthKana).map(|(text, _)| text);
        assert_eq!(text("ヤマダ　タロウ").as_deref(), Ok("ﾔﾏﾀﾞ ﾀﾛｳ"));
        assert_eq!(text("かぶしきがいしゃ ABC").as_deref(), Ok("ｶﾌﾞｼｷｶﾞｲｼﾔ ABC"));
        assert_eq!(text("ショッピングセンター").as_deref(), Ok("ｼﾖﾂﾋﾟﾝｸﾞｾﾝﾀ-"));
        assert_eq!(text("abc ﾔﾏﾀﾞ").as_deref(), Ok("ABC ﾔﾏﾀﾞ"));
        assert_eq!(text("ﾄﾖｦ ｱヲを").as_deref(), Ok("ﾄﾖｵ ｱｵｵ"));
    }

    #[test]
    fn a_zengin_file_has_single_bytes_and_no_small_kana() {
        let plain = |text| carried(text, TextEncoding::Zengin, Fold::No).map(|(text, _)| text);
        assert_eq!(plain("ﾔﾏﾀﾞ(ｶ)-1").as_deref(), Ok("ﾔﾏﾀﾞ(ｶ)-1"));
        for (text, wrong) in [("ｼｮｯﾌﾟ", 'ｮ'), ("ｾﾝﾀｰ", 'ｰ'), ("山田", '山'), ("ヤマダ", 'ヤ'), ("abc", 'a')]
        {
            assert_eq!(plain(text), Err(wrong), "{text}");
        }
        let folded = |text| carried(text, TextEncoding::Cp932, Fold::HalfWidthKana);
        assert_eq!(folded("ｼｮｯﾌﾟ"), Ok(("ｼﾖﾂﾌﾟ".into(), true)));
        assert_eq!(folded("山田"), Err('山'), "two bytes");
    }

    #[test]
    fn kana_with_combining_marks_are_the_kana_that_they_make() {
        let folded = |text| carried(text, TextEncoding::Zengin, Fold::HalfWidthKana).map(|(text, _)| text);
        for text in ["カ\u{3099}", "か\u{3099}", "ｶ\u{3099}", "ｶﾞ", "ガ", "カ゛"] {
            assert_eq!(folded(text).as_deref(), Ok("ｶﾞ"), "{text:?}");
        }
        assert_eq!(folded("ハ\u{309a}ン").as_deref(), Ok("ﾊﾟﾝ"));
        let plain = |text, encoding| carried(text, encoding, Fold::No).map(|(text, _)| text);
        assert_eq!(plain("ｶ\u{3099}", TextEncoding::Zengin).as_deref(), Ok("ｶﾞ"));
        assert_eq!(plain("カ\u{3099}は\u{309a}", TextEncoding::Cp932).as_deref(), Ok("ガぱ"));
    }

    #[test]
    fn what_is_plain_is_carried_as_it_is() {
        for (_, encoding) in TextEncoding::ALL {
            for c in ('\0'..='\u{ffff}').filter(|c| is_plain(c.encode_utf8(&mut [0; 4]), *encoding, Fold::No)) {
                assert_eq!(carried(&c.to_string(), *encoding, Fold::No), Ok((c.to_string(), false)), "{encoding:?}");
            }
        }
    }

    #[test]
    fn what_the_encoding_lacks_is_folded_or_told() {
        assert_eq!(carried("Müller & Söhne", TextEncoding::Ascii, Fold::Latin), Ok(("Mueller & Soehne".into(), true)));
        assert_eq!(carried("Müller", TextEncoding::Ascii, Fold::No), Err('ü'));
        assert_eq!(carried("货款ＡＢＣ", TextEncoding::Gbk, Fold::No), Ok(("货款ＡＢＣ".into(), false)));
        // A rare character is in GB18030 and not in GBK.
        assert_eq!(carried("㐀", TextEncoding::Gbk, Fold::No), Err('㐀'));
        assert!(carried("㐀", TextEncoding::Gb18030, Fold::No).is_ok());
        assert_eq!(carried("a\u{7}b", TextEncoding::Gbk, Fold::No), Ok(("a b".into(), true)));
    }
}
