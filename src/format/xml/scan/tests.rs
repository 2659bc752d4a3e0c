//! Well-formed and not: what the scanner takes, word for word, and what it refuses.

use proptest::prelude::*;

use super::*;
use crate::format::ReadOptions;

/// Begins, texts and ends as words; the rule of the refusal otherwise.
fn scan(bytes: &[u8]) -> Result<Vec<String>, String> {
    scan_within(bytes, &ReadOptions::default())
}

fn scan_within(bytes: &[u8], options: &ReadOptions) -> Result<Vec<String>, String> {
    let words = |error| match error {
        ReadError::Refused(finding) => finding.rule.to_string(),
        ReadError::Io(error) => error.to_string(),
    };
    let source = Source::new(Box::new(std::io::Cursor::new(bytes.to_vec())), options).map_err(words)?;
    let mut scanner = Scanner::new(source, options.limits.clone());
    let mut seen = Vec::new();
    loop {
        match scanner.step().map_err(words)? {
            Step::Open => seen.push(format!("<{}", scanner.name())),
            Step::Close => seen.push(format!("{}>", scanner.text())),
            Step::Eof => return Ok(seen),
        }
    }
}

fn text_of(xml: &str) -> Result<String, String> {
    let seen = scan(xml.as_bytes())?;
    Ok(seen[1].trim_end_matches('>').to_string())
}

#[test]
fn attributes_are_parted_by_white_space() {
    assert!(scan(b"<a b=\"1\" c='2'\n d=\"'\"/>").is_ok());
    for wrong in ["<a b=\"1\"c=\"2\"/>", "<a b='1'c=\"2\"></a>", "<a b=\"1\"x></a>"] {
        assert_eq!(scan(wrong.as_bytes()).unwrap_err(), "xml", "{wrong}");
    }
}

#[test]
fn text_is_exact() {
    for (xml, want) in [
        ("<a>A&amp;B &lt;&gt;&apos;&quot;</a>", "A&B <>'\""),
        ("<a>&#x41;&#66;&#x4e2d;</a>", "AB中"),
        ("<a>one<!-- not this -->two<?nor this?>three</a>", "onetwothree"),
        ("<a> <![CDATA[<b>&amp;]] ]]>x</a>", " <b>&amp;]] x"),
        ("<a>line\r\nend\rmore</a>", "line\nend\nmore"),
        ("<a>&#13;</a>", "\r"),
        ("<a/>", ""),
        ("<?xml version=\"1.0\"?>\n<!-- c --><a>x</a>\n<!-- c -->", "x"),
    ] {
        assert_eq!(text_of(xml).as_deref(), Ok(want), "{xml}");
    }
}

#[test]
fn what_is_not_well_formed_is_refused() {
    for (xml, rule) in [
        ("<!DOCTYPE a><a/>", "xml-doctype"),
        ("<!DOCTYPE a [<!ENTITY x \"y\">]><a>&x;</a>", "xml-doctype"),
        ("<a>&x;</a>", "xml"),
        ("<a>&#0;</a>", "xml"),
        ("<a>&#xd800;</a>", "xml"),
        ("<a>&#65534;</a>", "xml"),
        ("<a>\u{fffe}</a>", "xml"),
        ("<a>A & B</a>", "xml"),
        ("<a>]]></a>", "xml"),
        ("<a/><b/>", "xml"),
        ("<a/>x", "xml"),
        ("<a/>&amp;", "xml"),
        ("<a/><![CDATA[x]]>", "xml"),
        ("x<a/>", "xml"),
        ("", "xml"),
        ("<a b='1' b='2'/>", "xml"),
        ("<a b=1/>", "xml"),
        ("<a b='<'/>", "xml"),
        ("<a b='&x;'/>", "xml"),
        ("<a></b>", "xml"),
        ("</a>", "xml"),
        ("<1a/>", "xml"),
        ("<p:a/>", "xml"),
        ("<a:b:c xmlns:a='u'/>", "xml"),
        ("<a><!-- -- --></a>", "xml"),
        (" <?xml version='1.0'?><a/>", "xml"),
        ("<a>", "truncated"),
        ("<a>x</a", "truncated"),
        ("<a><b></b>", "truncated"),
        ("<a>\u{0}</a>", "xml-control-character"),
        ("<a>\u{1b}</a>", "xml-control-character"),
    ] {
        assert_eq!(scan(xml.as_bytes()), Err(rule.to_string()), "{xml}");
    }
}

#[test]
fn limits_stop_hostile_files() {
    let limits = Limits { line_bytes: 100, text_bytes: 100, depth: 8, held: 10 };
    let options = ReadOptions { limits, ..ReadOptions::default() };
    let deep = "<a>".repeat(9);
    let long = format!("<a>{}</a>", "x".repeat(101));
    let pieces = format!("<a>{}</a>", "x<!-- -->".repeat(101));
    let endless = format!("<a {}/>", "b".repeat(1 << 20));
    let many = (0..300).map(|n| format!("<a xmlns:p{n}='u{n}'>")).collect::<String>();
    let shallow = Limits { depth: 1000, ..Limits::default() };
    let rule = |xml: &str, options: &ReadOptions| scan_within(xml.as_bytes(), options).unwrap_err();
    assert_eq!(rule(&deep, &options), "too-deep");
    assert_eq!(rule(&long, &options), "too-long");
    assert_eq!(rule(&pieces, &options), "too-long");
    assert_eq!(rule(&endless, &options), "too-long");
    assert_eq!(rule(&many, &ReadOptions { limits: shallow, ..ReadOptions::default() }), "too-many");
}

#[test]
fn encodings_are_decoded_strictly() {
    let declared = |label: &str, body: &[u8]| {
        let head = format!("<?xml version=\"1.0\" encoding=\"{label}\"?><a>");
        let bytes = [head.as_bytes(), body, b"</a>"].concat();
        scan(&bytes).map(|seen| seen[1].clone())
    };
    assert_eq!(declared("ISO-8859-1", b"\xe4"), Ok("ä>".to_string()));
    assert_eq!(declared("iso-8859-15", b"\xa4"), Ok("€>".to_string()));
    assert_eq!(declared("windows-1252", b"\x80"), Ok("€>".to_string()));
    assert_eq!(declared("GB18030", b"\xd6\xd0\xce\xc4"), Ok("中文>".to_string()));
    assert_eq!(declared("GBK", b"\xd6\xd0"), Ok("中>".to_string()));
    for (label, body) in [
        ("ISO-8859-1", &b"\x80"[..]),
        ("windows-1252", b"\x81"),
        ("GB18030", b"\xff"),
        ("UTF-8", b"\xe4"),
        ("UTF-8", b"\xc0\xaf"),
        ("US-ASCII", b"\xe4"),
        ("UTF-16", b"x"),
        ("UTF-7", b"x"),
    ] {
        assert_eq!(declared(label, body), Err("encoding".to_string()), "{label}");
    }
}

#[test]
fn byte_order_marks_must_agree_with_the_declaration() {
    let utf16 = |xml: &str, big: bool| -> Vec<u8> {
        let units = std::iter::once(0xfeff).chain(xml.encode_utf16());
        units.flat_map(|u| if big { u.to_be_bytes() } else { u.to_le_bytes() }).collect()
    };
    let xml = "<?xml version='1.0' encoding='UTF-16'?><a>中</a>";
    for big in [true, false] {
        assert_eq!(scan(&utf16(xml, big)).map(|seen| seen[1].clone()), Ok("中>".to_string()));
    }
    assert_eq!(scan("\u{feff}<a>x</a>".as_bytes()).map(|seen| seen.len()), Ok(2));
    let latin = "\u{feff}<?xml version='1.0' encoding='ISO-8859-1'?><a/>";
    assert_eq!(scan(latin.as_bytes()), Err("encoding".to_string()));
    assert_eq!(scan(&utf16("<?xml version='1.0' encoding='UTF-8'?><a/>", false)), Err("encoding".to_string()));
    assert_eq!(scan(&utf16("<a/>", false)[2..]), Err("encoding".to_string()));
}

/// The same words from another parser.
fn oracle(xml: &str) -> Option<Vec<String>> {
    fn walk(node: roxmltree::Node<'_, '_>, seen: &mut Vec<String>) {
        seen.push(format!("<{}", node.tag_name().name()));
        let children: Vec<_> = node.children().filter(|n| n.is_element()).collect();
        let texts = node.children().filter(|n| n.is_text()).filter_map(|n| n.text());
        let text: String = if children.is_empty() { texts.collect() } else { String::new() };
        children.into_iter().for_each(|child| walk(child, seen));
        seen.push(format!("{text}>"));
    }
    let document = roxmltree::Document::parse(xml).ok()?;
    let mut seen = Vec::new();
    walk(document.root_element(), &mut seen);
    Some(seen)
}

proptest! {
    #[test]
    fn another_parser_sees_the_same(pieces in prop::collection::vec(prop::sample::select(PIECES), 0..14)) {
        let xml = pieces.concat();
        prop_assert_eq!(scan(xml.as_bytes()).ok(), oracle(&xml), "{}", xml);
    }

    #[test]
    fn no_bytes_make_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = scan(&bytes);
        let _ = scan(&[b"<a>", &bytes[..], b"</a>"].concat());
    }
}

/// Pieces that make good and bad documents when strung together.
const PIECES: &[&str] = &[
    "<a>",
    "</a>",
    "<b>",
    "</b>",
    "<a/>",
    "<b c='1'>",
    "<b c='1' c='2'>",
    "<p:a xmlns:p='u'>",
    "</p:a>",
    "<p:b/>",
    "x",
    " ",
    "\n",
    "&amp;",
    "&#65;",
    "&x;",
    "&",
    ";",
    "<![CDATA[",
    "]]>",
    "<!--",
    "-->",
    "--",
    "<?p q?>",
    "<",
    ">",
    "中",
    "<a xmlns='v'>",
    "\r\n",
    "\"",
    "'",
];
