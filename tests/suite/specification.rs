//! `bankferry spec`: the document holds everything that the template says, in both languages.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

use bankferry::format::layout::declare::RecordKind;
use bankferry::format::layout::item::{Binding, Item};
use bankferry::format::layout::{Carries, Plan};
use bankferry::template::{self, PartyKind, Template};

const LANGUAGES: [&str; 2] = ["en", "zh"];

/// A printed document: the cells of its tables, row by row, and all of its text.
struct Page {
    rows: Vec<Vec<String>>,
    text: String,
}

impl Page {
    /// The document of a template of the installation in `dir`, as HTML; the page is well-formed.
    fn of(name: &str, lang: &str, dir: &Path) -> Page {
        let html = printed(&["spec", name, "--html"], lang, dir);
        let options = roxmltree::ParsingOptions { allow_dtd: true, ..Default::default() };
        let xml = roxmltree::Document::parse_with_options(&html, options).unwrap_or_else(|e| panic!("{name}: {e}"));
        let words = |node: roxmltree::Node<'_, '_>| {
            node.descendants().filter(|n| n.is_text()).filter_map(|n| n.text()).collect::<String>()
        };
        let rows = xml.descendants().filter(|n| n.has_tag_name("tr"));
        let rows = rows.map(|row| row.children().filter(|n| n.has_tag_name("td")).map(words).collect()).collect();
        Page { rows, text: words(xml.root()) }
    }

    fn has_cell(&self, words: &str) -> bool {
        self.rows.iter().flatten().any(|cell| cell == words)
    }

    /// The row that begins with these cells.
    fn row(&self, first: &[&str]) -> Option<&Vec<String>> {
        self.rows.iter().find(|row| row.len() >= first.len() && row.iter().zip(first).all(|(one, two)| one == two))
    }
}

fn printed(arguments: &[&str], lang: &str, dir: &Path) -> String {
    let mut command = Command::new(env!("CARGO_BIN_EXE_bankferry"));
    let output = command.args(arguments).args(["--lang", lang, "--dir"]).arg(dir).output().expect("a document");
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("text")
}

fn no_folder() -> &'static Path {
    Path::new("/nonexistent")
}

fn shipped() -> impl Iterator<Item = (&'static str, Template)> {
    template::built_in().map(|(name, _)| (name, template::find(no_folder(), name).expect("a template")))
}

/// Every word of status that a result file of the template knows, with the ISO code that it stands for.
fn words_of_status(plan: &Plan) -> Vec<(String, String)> {
    let mut words = Vec::new();
    for (_, record) in &plan.layout.record.0 {
        if let (RecordKind::Section, Some(iso)) = (record.kind, &record.status) {
            words.extend(record.text.iter().map(|text| (text.clone(), iso.clone())));
        }
        let status = |item: &Option<Binding>| matches!(item, Some(Binding::Known(Item::Status | Item::GroupStatus)));
        words.extend(record.fields.iter().filter(|f| status(&f.item)).flat_map(|f| f.map.0.clone()));
    }
    words
}

#[test]
fn every_field_of_every_template_stands_in_its_document_in_both_languages() {
    for (name, found) in shipped() {
        for lang in LANGUAGES {
            let page = Page::of(name, lang, no_folder());
            for plan in &found.layout.plans {
                let records = plan.layout.record.0.iter();
                for field in records.clone().flat_map(|(_, record)| &record.fields) {
                    assert!(page.has_cell(&field.name), "{name} {lang}: {}", field.name);
                    let note = if lang == "zh" { &field.note.zh } else { &field.note.en };
                    assert!(note.is_empty() || page.has_cell(note), "{name} {lang}: {note}");
                    for also in &field.also {
                        assert!(page.text.contains(also.as_str()), "{name} {lang}: {also}");
                    }
                }
                for line in records.flat_map(|(_, record)| &record.text) {
                    assert!(page.text.contains(line.as_str()), "{name} {lang}: {line}");
                }
            }
        }
    }
}

#[test]
fn every_code_of_every_template_stands_in_its_document_with_what_it_means() {
    for (name, found) in shipped().filter(|(_, found)| found.kind == PartyKind::Bank && found.speaks_of_payments()) {
        for (lang, otherwise) in [
            ("en", "Any other code becomes unknown: never success, never failure"),
            ("zh", "任何其他代码一律成为 unknown（状态未知）：既不算成功，也不算失败"),
        ] {
            let page = Page::of(name, lang, no_folder());
            assert!(page.text.contains(otherwise), "{name} {lang}");
            let own = found.layout.get(Carries::Status).map(|plan| words_of_status(plan)).unwrap_or_default();
            let table = found.status.iter().map(|(own, iso)| (own.to_string(), iso.to_string()));
            for (word, iso) in own.into_iter().chain(table) {
                let row = page.rows.iter().find(|row| row.len() == 5 && row[0] == word && row[2] == iso);
                let row = row.unwrap_or_else(|| panic!("{name} {lang}: {word}"));
                let state = match iso.as_str() {
                    "ACSC" | "ACCC" => "executed",
                    "ACCP" | "ACSP" | "ACTC" => "accepted",
                    "RJCT" | "CANC" => "rejected",
                    _ => continue,
                };
                assert!(row[4].starts_with(state), "{name} {lang}: {row:?}");
                // Each code is also a test case to run.
                let case = |row: &&Vec<String>| row.len() == 4 && row[1].contains(&word);
                assert!(page.rows.iter().any(|row| case(&row)), "{name} {lang}: no case for {word}");
            }
        }
    }
}

/// What an ISO 20022 bank may answer, and what it may be sent.
#[test]
fn a_dialect_lists_every_iso_code_and_every_element() {
    for lang in LANGUAGES {
        let page = Page::of("sepa-debit", lang, no_folder());
        for (code, state) in [("ACSC", "executed"), ("ACTC", "accepted"), ("RJCT", "rejected"), ("BLCK", "unknown")] {
            let row = page.rows.iter().find(|row| row.len() == 5 && row[0] == code);
            assert!(row.is_some_and(|row| row[4].starts_with(state)), "{lang}: {code}");
        }
        for path in
            ["PmtInf/ReqdColltnDt", "PmtInf/DrctDbtTxInf/DrctDbtTx/MndtRltdInf/MndtId", "PmtInf/CdtrAcct/Id/IBAN"]
        {
            assert!(page.has_cell(path), "{lang}: {path}");
        }
        // What the dialect puts where the payment has nothing.
        let level = page.rows.iter().find(|row| row.get(1).is_some_and(|cell| cell == "PmtInf/PmtTpInf/LclInstrm/Cd"));
        assert!(level.is_some_and(|row| row[5].contains("CORE")), "{lang}: {level:?}");
    }
}

/// Every element says where it comes from and how long it is, and what the scheme and the checks leave of it.
#[test]
fn elements_are_told_as_the_scheme_and_the_checks_leave_them() {
    let cell = |name: &str, path: &str, column: usize| {
        let page = Page::of(name, "en", no_folder());
        let row =
            page.rows.iter().find(|row| row.len() == 7 && row[1] == path).unwrap_or_else(|| panic!("{name}: {path}"));
        row[column].clone()
    };
    let payment = |path: &str| format!("PmtInf/CdtTrfTxInf/{path}");
    for (name, path, column, is) in [
        ("sepa-transfer", payment("Cdtr/Nm"), 3, "≤ 70 characters"),
        ("sepa-transfer", payment("Cdtr/Nm"), 4, "yes"),
        ("sepa-transfer", payment("Cdtr/Nm"), 6, "creditor_name"),
        ("iso20022-bank", payment("Cdtr/Nm"), 3, "≤ 140 characters"),
        ("sepa-transfer", "PmtInf/Dbtr/Nm".into(), 4, "yes"),
        ("iso20022-bank", "PmtInf/Dbtr/Nm".into(), 4, "no"),
        ("sepa-transfer", payment("CdtrAcct/Id/IBAN"), 4, "yes"),
        ("iso20022-bank", payment("CdtrAcct/Id/IBAN"), 4, "one of these"),
        ("sepa-transfer", "PmtInf/ChrgBr".into(), 2, "one of SLEV"),
        ("sepa-transfer", "GrpHdr/MsgId".into(), 6, "made by us"),
        ("sepa-debit", "PmtInf/DrctDbtTxInf/DrctDbtTx/MndtRltdInf/MndtId".into(), 4, "yes"),
        ("swiss-sps", payment("RmtInf/Strd/CdtrRefInf/Tp/CdOrPrtry/Prtry"), 2, "one of QRR"),
    ] {
        assert_eq!(cell(name, &path, column), is, "{name}: {path}");
    }
    for (name, lacks) in [
        ("sepa-transfer", payment("CdtrAcct/Id/Othr/Id")),
        ("sepa-transfer", payment("PmtTpInf/SvcLvl/Cd")),
        ("german-dk", payment("Cdtr/PstlAdr/TwnNm")),
    ] {
        assert!(!Page::of(name, "en", no_folder()).has_cell(&lacks), "{name}: {lacks}");
    }
    for name in ["sepa-transfer", "sepa-debit", "german-dk", "swiss-sps", "iso20022-bank", "iso-hybrid", "iso-cgi-03"] {
        for lang in LANGUAGES {
            let page = Page::of(name, lang, no_folder());
            let elements = page.rows.iter().filter(|row| row.len() == 7 && row[1].contains('/'));
            for row in elements {
                assert!(row.iter().all(|cell| !cell.trim().is_empty() && cell != "-"), "{name} {lang}: {row:?}");
            }
            assert!(page.text.contains("<EndToEndId>"), "{name} {lang}: an example");
        }
    }
}

/// A path of many elements breaks where the page is narrow, and does not push the other columns off it.
#[test]
fn long_paths_may_break() {
    let html = printed(&["spec", "sepa-transfer", "--html"], "en", no_folder());
    assert!(html.contains("<code>PmtInf/<wbr />CdtTrfTxInf/<wbr />Cdtr/<wbr />Nm</code>"));
}

/// What must be there is tried without it, and what the scheme forbids is tried.
#[test]
fn what_is_required_and_what_is_forbidden_are_test_cases() {
    let has = |name: &str, words: &str| {
        let page = Page::of(name, "en", no_folder());
        let found = page.rows.iter().any(|row| row.len() == 4 && row[1].contains(words));
        assert!(found, "{name}: {words}");
    };
    has("sepa-transfer", "a payment without creditor_name (PmtInf/CdtTrfTxInf/Cdtr/Nm)");
    has("sepa-transfer", "a payment without debtor_account (PmtInf/DbtrAcct/Id/IBAN)");
    has("iso20022-bank", "a payment without creditor_account");
    has("sepa-debit", "a payment without creditor_scheme_id");
    has("sepa-debit", "a creditor identifier with wrong check digits");
    has("icbc", "a payment without 收款账号名称");
    has("sepa-transfer", "a payment with 2 lines of text");
    has("sepa-transfer", "a payee's address without TwnNm");
    has("sepa-transfer", "creditor_name of 70 characters");
    has("swiss-sps", "a QR-IBAN without such a reference");
    has("iso20022-bank", "end-to-end ids such as /E-1");
}

/// A bank whose paper says all that a template can hold.
const TALKATIVE: &str = r#"
extends = "pab"
name = "talkative"

[out]
publish = "marker"
marker_suffix = ".done"
max_bytes = 52428800
split = true

[in]
folders = ["from_bank", "reports"]
names = ["RES_*"]
complete = { marker = { suffix = ".fin" } }
clear = { move-to = "taken" }
levels = { closing-balance-missing = "warning" }

[seal]
sign = true
encrypt = true
armor = true
suffix = ".asc"
digest = "sha512"

[ssh]
kex = ["diffie-hellman-group-exchange-sha256"]
host_key = ["rsa-sha2-512"]
ciphers = ["aes256-ctr"]
macs = ["hmac-sha2-512"]
sign = ["rsa-sha2-256"]

[checks]
max_count = 500
max_sum = { CNY = "2000000" }
max_amount = { CNY = "1000000" }
max_days_ahead = 30
[checks.max_lengths]
creditor_name = { most = 60, unit = "gbk_bytes" }
[checks.levels]
cnaps-check-digit = "error"

[calendar]
banking_days = ["china"]
time_zone = "Asia/Shanghai"
send_from = "08:35"
send_until = "22:10"
cut_off = "16:45"
maintenance = [{ day = "sat", from = "17:05", until = "01:15" }, { from = "02:20", until = "02:40" }]
currency.USD = { banking_days = ["us-fed"], cut_off = "14:25" }

[answers]
received_within = "2h"
accepted_by = "18:05"
executed_by = "19:55"

[statements]
accounts = ["356900000000000017"]
by = "07:50"

[status]
"9001" = "PDNG"

[test.out]
folder = "uat/upload"

[production.out]
folder = "prod/upload"
"#;

#[test]
#[allow(clippy::disallowed_methods)]
fn all_that_a_banks_paper_says_stands_in_the_document_in_both_languages() {
    let dir = tempfile::tempdir().expect("a folder");
    let templates = dir.path().join("templates");
    std::fs::create_dir_all(&templates).expect("a folder");
    std::fs::write(templates.join("talkative.toml"), TALKATIVE).expect("written");
    for lang in LANGUAGES {
        let page = Page::of("talkative", lang, dir.path());
        let windows = [
            "china",
            "Asia/Shanghai",
            "08:35",
            "22:10",
            "16:45",
            "17:05",
            "01:15",
            "02:20",
            "02:40",
            "us-fed",
            "14:25",
            "18:05",
            "19:55",
            "07:50",
        ];
        let files = [
            "marker",
            ".done",
            "52428800",
            "from_bank",
            "reports",
            "RES_*",
            ".fin",
            "taken",
            "closing-balance-missing",
        ];
        let security = [
            ".asc",
            "SHA-512",
            "diffie-hellman-group-exchange-sha256",
            "rsa-sha2-512",
            "aes256-ctr",
            "hmac-sha2-512",
            "rsa-sha2-256",
        ];
        let limits = ["500", "CNY 2000000", "CNY 1000000", "60", "cnaps-check-digit", "356900000000000017"];
        let walls = ["out.folder", "\"uat/upload\"", "\"prod/upload\""];
        for said in windows.iter().chain(&files).chain(&security).chain(&limits).chain(&walls) {
            assert!(page.text.contains(said), "{lang}: {said}");
        }
        let said = page.row(&["9001"]).expect("the code of `[status]`");
        assert_eq!(said[2], "PDNG", "{lang}");
        // Limits are tried with the next value beyond them, windows at their edges.
        let cases: Vec<&str> = page.rows.iter().filter(|row| row.len() == 4).map(|row| row[1].as_str()).collect();
        let wanted =
            ["501", "CNY 2000000.01", "CNY 1000000.01", "52428800", "16:45", "17:05", "us-fed", ".fin", "07:50"];
        for value in wanted {
            assert!(cases.iter().any(|case| case.contains(value)), "{lang}: no case with {value}: {cases:?}");
        }
    }
}

/// The Markdown document says the same as the page: no cell of one is missing in the other.
#[test]
fn markdown_and_html_say_the_same() {
    for (name, _) in shipped() {
        for lang in LANGUAGES {
            let markdown = printed(&["spec", name], lang, no_folder());
            let plain = markdown.replace(['`', '\\'], "");
            let page = Page::of(name, lang, no_folder());
            let missing: BTreeSet<&String> =
                page.rows.iter().flatten().filter(|cell| !plain.contains(&cell.replace('\\', ""))).collect();
            assert!(missing.is_empty(), "{name} {lang}: {missing:?}");
        }
    }
}

/// A document in Chinese has no English sentence of ours, and the other way round no Chinese one.
#[test]
fn a_document_is_in_one_language() {
    let chinese = |text: &str| text.chars().any(|c| ('\u{4e00}'..='\u{9fff}').contains(&c));
    for (name, _) in shipped() {
        let english = Page::of(name, "en", no_folder());
        let other = Page::of(name, "zh", no_folder());
        assert_eq!(english.rows.len(), other.rows.len(), "{name}: rows");
        for (one, two) in english.rows.iter().zip(&other.rows) {
            assert_eq!(one.len(), two.len(), "{name}: {one:?}");
            // A subject that is the same in both languages is a name, a number or a code.
            if let ([subject, _], [zh, _]) = (one.as_slice(), two.as_slice()) {
                assert!(chinese(zh) || subject == zh, "{name}: {zh}");
                assert!(!chinese(subject) || subject == zh, "{name}: {subject}");
            }
        }
    }
}

/// A bank whose files carry no day is told nothing of days; one of which only statements are described, nothing of
/// payments.
#[test]
fn a_document_speaks_only_of_what_the_files_have() {
    for (lang, at_once, ahead, cannot) in [
        (
            "en",
            "the bank pays when it takes the file",
            "execution day ahead",
            "the template says nothing of payment files",
        ),
        ("zh", "银行收到文件即付款", "期望日期最多提前", "模板未说明付款文件"),
    ] {
        let page = Page::of("cib", lang, no_folder()).text;
        assert!(page.contains(at_once) && !page.contains(ahead), "{page}");
        assert!(!page.contains("ACCC") && !page.contains("365"), "{page}");
        let page = Page::of("icbc", lang, no_folder()).text;
        assert!(!page.contains(at_once) && page.contains(ahead), "{page}");
        let page = Page::of("cmb", lang, no_folder()).text;
        assert!(page.contains(cannot) && !page.contains("pain.001") && !page.contains("ACCC"), "{page}");
    }
}

/// Sentences that say what the program does: of a date that is over, of a code beside a status, of a condition.
#[test]
fn a_document_says_what_the_program_does() {
    for (lang, over, refused, silent, where_it_counts, one) in [
        (
            "en",
            "an execution date that is over",
            "is refused (`execution-date-past`), and the ERP is told",
            "none by itself: the status decides",
            "a payment without `CNAPS行号`, where `是否中行收款标识` is `0`",
            "of 1 byte:",
        ),
        (
            "zh",
            "执行日期已过",
            "拒绝（`execution-date-past`）并告知 ERP",
            "本身不表示结果：以状态为准",
            "缺少 `CNAPS行号` 的付款（`是否中行收款标识` 为 `0` 时）",
            "取 1 字节",
        ),
    ] {
        let markdown = |name: &str| printed(&["spec", name], lang, no_folder());
        let page = markdown("icbc");
        assert!(page.contains(&format!("| {over} | {refused} |")), "{page}");
        let page = markdown("bocom");
        let row = page.lines().find(|line| line.starts_with("| `SC0000` |")).expect("the code");
        assert!(row.contains(silent), "{row}");
        assert!(markdown("boc").contains(where_it_counts), "{}", markdown("boc"));
        let page = markdown("zengin-transfer");
        assert!(page.contains(one) && !page.contains("of 1 bytes"), "{page}");
    }
}
