//! The whole road with templates on both sides: an ERP's file in its own shape, a bank's file in the bank's own
//! layout, the bank's answer and statement in its layouts, and what the ERP gets back.
//!
//! The bank is played with its own template: what it answers is written in the layout that it answers in.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use bankferry::clock::Clock;
use bankferry::config::Config;
use bankferry::daemon::Daemon;
use bankferry::document::{
    Amount, Balance, Currency, Entry, EntryDetail, Indicator, Part, Payment, PaymentStatus, Statement,
    StatementAccount, StatementEnd, StatusReport, StatusReportEnd,
};
use bankferry::format::layout::Carries;
use bankferry::journal::{Event, PaymentFilter, Records, SqliteJournal};
use bankferry::template::{self, Template, prove};

/// An installation with one ERP and one bank that exchange files in folders.
pub struct House {
    _dir: tempfile::TempDir,
    pub root: PathBuf,
    daemon: Daemon,
    template: Template,
}

pub const OURS: &str = "2002000000000000017";

/// Runs a command on an installation; it must end with this code. What it printed and what it said.
pub fn run(root: &Path, code: i32, arguments: &[&str]) -> (String, String) {
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_bankferry"));
    command.arg("--dir").arg(root).args(arguments).env("LC_ALL", "C").env("COLUMNS", "160").env_remove("LANG");
    let output = command.output().expect("the program");
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let (out, err) = (text(&output.stdout), text(&output.stderr));
    assert_eq!(output.status.code(), Some(code), "{arguments:?}: {out}{err}");
    (out, err)
}

impl House {
    pub fn new(erp: &str, bank: &str) -> House {
        House::with(erp, "", bank, "")
    }

    /// The same with more lines for each of the two.
    pub fn with(erp: &str, of_erp: &str, bank: &str, of_bank: &str) -> House {
        House::released(erp, of_erp, bank, of_bank, "always = false, unauthenticated = false")
    }

    /// The same with this policy of release at the bank.
    pub fn released(erp: &str, of_erp: &str, bank: &str, of_bank: &str, policy: &str) -> House {
        let dir = tempfile::tempdir().expect("a folder");
        let root = dir.path().join("installation");
        for folder in
            ["inbox/erp", "outbox/erp", "inbox/bank/download", "inbox/bank", "outbox/bank/upload", "state/keys"]
        {
            std::fs::create_dir_all(root.join(folder)).expect("a folder");
        }
        let config = format!(
            r#"[installation]
name = "house"
environment = "test"
language = "zh"
time_zone = "UTC"

[[party]]
name = "erp"
template = "{erp}"
accounts = ["{OURS}"]
in = {{ complete = "rename", every_seconds = 1 }}
release = {{ always = false, unauthenticated = false }}
{of_erp}

[[party]]
name = "bank"
template = "{bank}"
accounts = ["{OURS}"]
in = {{ folders = [""], complete = "rename", every_seconds = 1 }}
out = {{ folder = "" }}
release = {{ {policy} }}
{of_bank}

[[user]]
name = "anna"
may = ["operate", "release", "resolve"]
"#
        );
        write(&root.join("bankferry.toml"), config.as_bytes());
        let loaded = Config::load(&root).unwrap_or_else(|e| panic!("{e}"));
        let template = loaded.party("bank").expect("the bank").template.clone();
        let daemon = Daemon::start(loaded, Clock::system()).unwrap_or_else(|t| panic!("{}", t.what));
        House { _dir: dir, root, daemon, template }
    }

    /// The bank's template, with what the party says of it.
    pub fn bank(&self) -> &Template {
        &self.template
    }

    pub fn journal(&self) -> SqliteJournal {
        SqliteJournal::open(&self.root.join("state/journal.db")).expect("a journal")
    }

    pub fn until(&mut self, what: &str, mut done: impl FnMut(&SqliteJournal, &Path) -> bool) {
        let started = Instant::now();
        let journal = self.journal();
        while !done(&journal, &self.root) {
            self.daemon.round(Duration::from_millis(20)).unwrap_or_else(|t| panic!("{}", t.what));
            if started.elapsed() > Duration::from_secs(20) {
                for fact in journal.facts_after(0, 200).expect("facts") {
                    eprintln!("{}", serde_json::to_string(&fact).expect("a fact"));
                }
                panic!("not within a minute: {what}");
            }
        }
    }

    /// The file that the bank got, read in its own layout.
    pub fn received(&self) -> Vec<Payment> {
        let files = files(&self.root.join("outbox/bank"));
        assert_eq!(files.len(), 1, "{:?}", files.keys());
        let bytes = files.into_values().next().expect("a file");
        let plan = self.template.layout.get(Carries::Payments).expect("a layout");
        let parts = prove::read(plan, &bytes, None).expect("readable");
        parts.into_iter().filter_map(|part| if let Part::Payment(p) = part { Some(*p) } else { None }).collect()
    }

    /// Lets the bank give a document in its own layout.
    pub fn give(&self, name: &str, carries: Carries, parts: &[Part]) {
        let plan = self.template.layout.get(carries).expect("a layout");
        let bytes = prove::write(plan, parts).expect("writable");
        write(&self.root.join("inbox/bank").join(name), &bytes);
    }

    /// Runs a command on the installation and gives what it printed; it must end with this code.
    pub fn ends(&self, code: i32, arguments: &[&str]) -> String {
        self.run(code, arguments).0
    }

    /// The same, with what it said.
    pub fn says(&self, code: i32, arguments: &[&str]) -> String {
        self.run(code, arguments).1
    }

    fn run(&self, code: i32, arguments: &[&str]) -> (String, String) {
        run(&self.root, code, arguments)
    }

    pub fn states(&self) -> BTreeMap<String, u64> {
        self.journal()
            .payment_states(&PaymentFilter::default())
            .expect("states")
            .into_iter()
            .map(|(s, n)| (s.to_string(), n))
            .collect()
    }
}

/// Writes a file under another name first: whoever sees it sees it whole.
#[allow(clippy::disallowed_methods, reason = "a test writes what it likes")]
pub fn write(path: &Path, bytes: &[u8]) {
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let written = path.with_file_name(format!("{name}.tmp"));
    std::fs::write(&written, bytes).expect("written");
    std::fs::rename(written, path).expect("written");
}

pub fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let entries = std::fs::read_dir(folder).expect("a folder").filter_map(Result::ok);
    // A file that is still being written has another name.
    let whole = |path: PathBuf| path.is_file() && path.extension().is_none_or(|ending| ending != "tmp");
    let plain = entries.filter(|entry| whole(entry.path()));
    plain.map(|e| (e.file_name().to_string_lossy().into_owned(), std::fs::read(e.path()).unwrap_or_default())).collect()
}

pub fn today() -> String {
    Clock::system().now().strftime("%Y-%m-%d").to_string()
}

/// Two payments as a Chinese ERP's CSV.
pub fn csv() -> String {
    format!(
        "付款日期,付款人名称,付款账号,付款行号,付款开户行,收款人名称,收款账号,联行号,收款开户行,金额,币种,业务编号,用途\n\
         {0},青禾贸易有限公司,{OURS},105100000017,滨江支行,远山材料有限公司,6222000000000000175,102100099996,西湖支行,12345.00,人民币,QH01,货款\n\
         {0},青禾贸易有限公司,{OURS},105100000017,滨江支行,陆一鸣,571900000000118,308584000013,杭州分行,0.50,人民币,QH02,差旅费\n",
        today()
    )
}

/// Two payments as an export with its own column names.
fn export() -> String {
    format!(
        "单据号,单据日期,付款账号,付款单位,收款单位,收款账号,收款开户行,联行号,付款金额,币种,摘要\n\
         QH01,{0},{OURS},青禾贸易有限公司,远山材料有限公司,6222000000000000175,西湖支行,102100099996,12345.00,人民币,货款\n\
         QH02,{0},{OURS},青禾贸易有限公司,陆一鸣,571900000000118,杭州分行,308584000013,0.50,人民币,差旅费\n",
        today()
    )
}

/// What the bank says of the payments: of the first that it is done, of the others `word`.
pub fn answer(payments: &[Payment], done: &str, word: &str) -> Vec<Part> {
    let mut parts = vec![Part::StatusReport(Box::default())];
    for (at, payment) in payments.iter().enumerate() {
        parts.push(Part::PaymentStatus(Box::new(PaymentStatus {
            original_end_to_end_id: payment.end_to_end_id.clone(),
            bank_status: Some(if at == 0 { done } else { word }.to_string()),
            amount: Some(payment.amount),
            currency: Some(payment.currency),
            bank_reference: Some(format!("B-{}", at + 1)),
            counterparty: payment.counterparty.clone(),
            ..PaymentStatus::default()
        })));
    }
    let end = StatusReportEnd { payments: payments.len() as u64, findings: Vec::new() };
    parts.push(Part::StatusReportEnd(Box::new(end)));
    let Part::StatusReport(head) = &mut parts[0] else { unreachable!("the head") };
    **head = StatusReport {
        message_id: Some("R-1".into()),
        created: bankferry::document::Moment::parse("2026-12-01T16:00:00"),
        ..StatusReport::default()
    };
    parts
}

/// A statement that books the first payment.
fn statement(payment: &Payment) -> Vec<Part> {
    let cny = Currency::parse("CNY").expect("a currency");
    let day = bankferry::document::parse_date(&today());
    let opening = Amount::new(10_000_000, 2);
    let balance = |kind: &str, amount| Balance {
        kind: kind.into(),
        amount,
        currency: Some(cny),
        indicator: Some(Indicator::Credit),
        date: day,
        ..Balance::default()
    };
    let entry = Entry {
        booking_date: day,
        status: Some("BOOK".into()),
        bank_reference: Some("S-1".into()),
        details: vec![EntryDetail {
            end_to_end_id: payment.end_to_end_id.clone(),
            counterparty: payment.counterparty.clone(),
            ..EntryDetail::default()
        }],
        ..Entry::new(1, payment.amount, cny, Indicator::Debit)
    };
    let end = StatementEnd {
        entries: 1,
        debit_sum: payment.amount,
        balances: vec![balance("OPBD", opening), balance("CLBD", opening - payment.amount)],
        ..StatementEnd::default()
    };
    let head = Statement {
        account: StatementAccount { id: Some(OURS.into()), currency: Some(cny), ..StatementAccount::default() },
        ..Statement::default()
    };
    vec![Part::Statement(Box::new(head)), Part::Entry(Box::new(entry)), Part::StatementEnd(Box::new(end))]
}

/// The branch that a bank's own number names, which is not the CNAPS number of an ERP's file.
pub const OF_BRANCH: &str = "[party.layout.payments.values]\n\"group.branch\" = \"330000000\"";

/// The road to a bank and back.
fn walk(erp: &str, file: &str, bank: &str, done: &str, word: &str) -> (House, BTreeMap<String, u64>) {
    let of_bank = if bank == "ccb" { OF_BRANCH } else { "" };
    let mut house = House::with(erp, "", bank, of_bank);
    let encoded =
        if erp == "csv-erp" { file.as_bytes().to_vec() } else { encoding_rs::GB18030.encode(file).0.into_owned() };
    write(&house.root.join("inbox/erp/payments.csv"), &encoded);
    house.until("the bank has its file", |_, root| !files(&root.join("outbox/bank")).is_empty());
    let payments = house.received();
    assert_eq!(payments.len(), 2);
    let sum: Amount = payments.iter().map(|p| p.amount).sum();
    assert_eq!(sum.to_string(), "12345.50");
    assert_eq!(payments[0].counterparty.account.as_ref().map(|a| a.as_str()), Some("6222000000000000175"));
    // Where answers have no ids, their name says which file they are about.
    let name = files(&house.root.join("outbox/bank")).into_keys().next().expect("a file");
    house.give(&format!("result-{name}"), Carries::Status, &answer(&payments, done, word));
    house.until("the answer is told", |_, root| {
        files(&root.join("outbox/erp")).keys().any(|n| n.starts_with("status") && n.ends_with(".csv"))
    });
    let states = house.states();
    (house, states)
}

#[test]
fn a_bank_of_comment_lines_and_cents_answers_by_column_names_and_books() {
    let (mut house, states) = walk("csv-erp-zh", &csv(), "icbc", "处理成功", "区域中心通讯可疑");
    // A word that the template does not list is neither success nor failure.
    assert_eq!(states.get("executed"), Some(&1), "{states:?}");
    assert_eq!(states.get("unknown"), Some(&1), "{states:?}");
    let first = house.received().remove(0);
    house.give("history.txt", Carries::Statement, &statement(&first));
    house.until("the statement is told", |_, root| {
        files(&root.join("outbox/erp")).keys().any(|name| name.starts_with("statement"))
    });
    assert_eq!(house.states().get("booked"), Some(&1), "{:?}", house.states());
}

#[test]
fn a_bank_without_a_trailer_says_what_failed() {
    let (house, states) = walk("csv-erp", &csv(), "ccb", "成功", "失败");
    assert_eq!((states.get("executed"), states.get("rejected")), (Some(&1), Some(&1)), "{states:?}");
    let told = files(&house.root.join("outbox/erp"));
    let status = told.iter().find(|(n, _)| n.ends_with(".csv")).expect("a status").1;
    let status = String::from_utf8_lossy(status);
    assert!(status.contains("QH02,0.50,CNY,rejected"), "{status}");
}

#[test]
fn a_bank_with_delimiters_of_four_characters_leaves_9001_open() {
    let (_, states) = walk("erp-yonyou", &export(), "pab", "0000", "9001");
    assert_eq!((states.get("executed"), states.get("unknown")), (Some(&1), Some(&1)), "{states:?}");
}

#[test]
fn a_bank_that_takes_xml_answers_in_csv() {
    let (_, states) = walk("csv-erp-zh", &csv(), "bocom", "交易成功", "人行支付系统处理中");
    assert_eq!(states.get("executed"), Some(&1), "{states:?}");
    assert_eq!(states.values().sum::<u64>(), 2);
}

/// The file for the ERP whose name begins with `purpose`, as rows of cells.
fn told(house: &House, purpose: &str, encoding: &'static encoding_rs::Encoding, delimiter: char) -> Vec<Vec<String>> {
    let told = files(&house.root.join("outbox/erp"));
    let file = told.iter().find(|(name, _)| name.starts_with(purpose) && name.ends_with(".csv"));
    let bytes = file.unwrap_or_else(|| panic!("no {purpose} in {:?}", told.keys())).1;
    let text = encoding.decode(bytes).0.into_owned();
    text.lines().map(|line| line.split(delimiter).map(str::to_string).collect()).collect()
}

#[test]
fn an_erp_is_told_its_results_in_the_layout_of_its_template() {
    let (house, _) = walk("erp-yonyou", &export(), "pab", "0000", "9001");
    let rows = told(&house, "status", encoding_rs::GB18030, ',');
    assert_eq!(rows[0][..3], ["批次号", "单据号", "收款单位"], "{rows:?}");
    let row = |id: &str| rows.iter().find(|row| row[1] == id).unwrap_or_else(|| panic!("{rows:?}"));
    assert_eq!(row("QH01")[2..8], ["远山材料有限公司", "6222000000000000175", "12345.00", "CNY", "付款成功", "0000"]);
    // What the bank's template does not list is said to be unknown, with the bank's own word beside it.
    assert_eq!(row("QH02")[4..8], ["0.50", "CNY", "状态未知", "9001"]);
    assert!(rows[1][0].starts_with('B') && rows[1][11].contains("result-"), "{rows:?}");
    // The same declaration reads the file again.
    let plan = template::find(Path::new("/nonexistent"), "erp-yonyou").expect("a template");
    let plan = plan.layout.get(Carries::Status).expect("a layout").clone();
    let file = files(&house.root.join("outbox/erp")).into_iter().find(|(name, _)| name.starts_with("status"));
    let parts = prove::read(&plan, &file.expect("a status").1, None).expect("readable");
    let states: Vec<_> = parts
        .iter()
        .filter_map(|part| if let Part::PaymentStatus(s) = part { s.told.get("state").cloned() } else { None })
        .collect();
    assert_eq!(states, ["executed", "unknown"]);
}

/// An answer about the whole file has no line for a payment, and every payment of it has its row all the same.
#[test]
fn an_answer_about_the_whole_file_is_a_row_for_every_payment() {
    let mut house = House::new("erp-kingdee", "pab");
    let export = export().replace("单据号", "单据编号").replace("单据日期", "业务日期");
    write(&house.root.join("inbox/erp/payments.csv"), &encoding_rs::GB18030.encode(&export).0);
    house.until("the bank has its file", |_, root| !files(&root.join("outbox/bank")).is_empty());
    house.until("it is sent", |journal, _| {
        journal.payment_states(&PaymentFilter::default()).expect("states").contains_key("sent")
    });
    let numbered = house.journal().facts_after(0, 200).expect("facts").into_iter().find_map(|fact| match fact.event {
        Event::Numbered(numbering) => numbering.message_id,
        _ => None,
    });
    let id = numbered.expect("a message id");
    let answer = format!(
        "<Document xmlns=\"urn:iso:std:iso:20022:tech:xsd:pain.002.001.10\"><CstmrPmtStsRpt><GrpHdr><MsgId>R</MsgId>\
         <CreDtTm>2026-12-01T16:00:00</CreDtTm></GrpHdr><OrgnlGrpInfAndSts><OrgnlMsgId>{id}</OrgnlMsgId>\
         <OrgnlMsgNmId>pain.001</OrgnlMsgNmId><GrpSts>RJCT</GrpSts><StsRsnInf><Rsn><Cd>FF01</Cd></Rsn></StsRsnInf>\
         </OrgnlGrpInfAndSts></CstmrPmtStsRpt></Document>"
    );
    write(&house.root.join("inbox/bank/answer.xml"), answer.as_bytes());
    house.until("the answer is told", |_, root| {
        files(&root.join("outbox/erp")).keys().any(|name| name.starts_with("status"))
    });
    let rows = told(&house, "status", encoding_rs::GB18030, ',');
    assert_eq!(rows.len(), 3, "{rows:?}");
    assert!(rows[1..].iter().all(|row| row[6] == "付款失败" && row[7] == "RJCT" && row[8] == "FF01"), "{rows:?}");
}

/// A refusal is told in the ERP's own columns and words, with line and column of what is wrong.
#[test]
fn an_erp_is_told_a_refusal_in_the_layout_of_its_template() {
    let day = today().replace('-', "");
    let rows = |last: &str| {
        format!(
            "LAUFD;LAUFI;ZBUKR;UBKNT;VALUT;ZNME1;ZBNKN;ZSWIF;RWBTR;WAERS;VBLNR;SGTXT\r\n\
             {day};R1;1000;{OURS};{day};Example Ltd;6222000000000000175;;100.00;CNY;{last};Invoice\r\n\
             {day};R1;1000;{OURS};{day};Other Ltd;571900000000118;;200.00;CNY;SAME;Invoice\r\n"
        )
    };
    for (erp, header, level) in [("erp-sap-dmee", ["FILE", "LINE"], "E"), ("erp-sap-dmee-zh", ["文件", "行"], "错误")]
    {
        let mut house = House::new(erp, "icbc");
        write(&house.root.join("inbox/erp/PAY.csv"), rows("SAME").as_bytes());
        house.until("the refusal is told", |_, root| {
            files(&root.join("outbox/erp")).keys().any(|name| name.starts_with("refusal"))
        });
        let rows = told(&house, "refusal", encoding_rs::UTF_8, ';');
        assert_eq!(rows[0][..2], header, "{rows:?}");
        let twice = rows[1..].iter().find(|row| row[4] == "end-to-end-id-twice");
        let twice = twice.unwrap_or_else(|| panic!("{rows:?}"));
        assert_eq!((twice[0].as_str(), twice[1].as_str(), twice[5].as_str()), ("PAY.csv", "3", level), "{rows:?}");
        assert!(!twice[6].is_empty(), "{rows:?}");
        assert!(files(&house.root.join("outbox/bank")).is_empty());
    }
}

#[test]
fn every_template_is_offered_by_name() {
    let names: Vec<String> = template::names(Path::new("/nonexistent"));
    for name in ["icbc", "ccb", "boc", "abc", "cmb", "citic", "pab", "bocom", "cib", "gdb", "ceb", "psbc", "cn-sftp"] {
        assert!(names.iter().any(|known| known == name), "{name}");
    }
}

#[test]
fn an_erp_is_told_in_the_layouts_that_its_template_names() {
    let mut house = House::new("erp-sap-out-zh", "icbc");
    write(&house.root.join("inbox/erp/payments.csv"), &encoding_rs::GB18030.encode(&csv()).0);
    house.until("the bank has its file", |_, root| !files(&root.join("outbox/bank")).is_empty());
    let first = house.received().remove(0);
    house.give("history.txt", Carries::Statement, &statement(&first));
    house.until("the statement is told in three formats", |_, root| {
        files(&root.join("outbox/erp")).keys().filter(|name| name.starts_with("statement")).count() == 3
    });
    let told = files(&house.root.join("outbox/erp"));
    let all: Vec<String> = told.values().map(|bytes| String::from_utf8_lossy(bytes).into_owned()).collect();
    assert!(all.iter().any(|text| text.contains(":60F:C") && text.contains(":62F:C")), "{all:?}");
    assert!(all.iter().any(|text| text.contains(";CNY;100000.00;12345.00;0.00;87655.00;")), "{all:?}");
    assert!(all.iter().any(|text| text.contains(";-12345.00;")), "{all:?}");
}

/// A return file of the ACH: two entries, of which the bank gives one back (R01) and corrects the other (C01).
pub fn returns(id: &str, other: &str) -> Vec<u8> {
    let mut records = vec![
        "101 091000019 1210428821911250930A094101BANK                   ACME                           ".to_string(),
        "5200ACME                                1234567890PPDPAYMENTS        261125   1091000010000001".to_string(),
        format!("621121042882{:<17}0000001050{id:<15}PAYEE ONE               1091000010000001", "111"),
        "799R01121042880000001      12104288                                            091000010000001".to_string(),
        format!("621121042882{:<17}0000000000{other:<15}PAYEE TWO               1091000010000002", "222"),
        "798C01121042880000002      121042881918171614                                  091000010000002".to_string(),
        "820000000400242085760000000000000000000010501234567890                         091000010000001".to_string(),
        "9000001000001000000040024208576000000000000000000001050                                       ".to_string(),
    ];
    records[0].truncate(94);
    for record in &mut records {
        assert!(record.len() <= 94, "{}: {record}", record.len());
        *record = format!("{record:<94}");
    }
    records.resize(10, "9".repeat(94));
    (records.join("\n") + "\n").into_bytes()
}

#[test]
fn returns_of_the_ach_are_a_status_report_about_our_payments() {
    let parts = crate::formats::read("nacha", &returns("QH01", "QH02")).unwrap();
    let statuses: Vec<_> = parts
        .iter()
        .filter_map(|part| if let Part::PaymentStatus(status) = part { Some(status.as_ref()) } else { None })
        .collect();
    let [returned, changed] = statuses.as_slice() else { panic!("{parts:?}") };
    assert_eq!((returned.status.as_deref(), returned.bank_status.as_deref()), (Some("RJCT"), Some("R01")));
    assert_eq!(returned.original_instruction_id.as_deref(), Some("121042880000001"));
    assert_eq!(returned.amount.map(|a| a.to_string()).as_deref(), Some("10.50"));
    // A notification of change is about the next payment: this one was made.
    assert_eq!((changed.status.as_deref(), changed.bank_status.as_deref()), (Some("ACWC"), Some("C01")));
    assert_eq!(changed.reasons[0].info, ["1918171614"]);
    assert!(matches!(parts[0], Part::Payments(_)), "the entries of the file come first, as they stand in it");
}

#[test]
fn a_group_of_bai2_that_is_taken_back_or_a_test_is_not_booked() {
    let file = |status: &str| {
        format!(
            "01,BANK,ACME,261125,0800,1,,,2/\n02,ACME,BANK,{status},261124,,USD,2/\n03,111,USD,015,100,,/\n49,100,2/\n\
             98,100,1,4/\n99,100,1,6/\n"
        )
    };
    let rule = |status: &str| {
        let parts = crate::formats::read("bai2", file(status).as_bytes()).unwrap();
        let findings = parts.iter().filter_map(Part::end_findings).flatten();
        findings.map(|f| (f.rule.to_string(), f.is_error())).collect::<Vec<_>>()
    };
    assert_eq!(rule("1"), []);
    assert_eq!(rule("2"), [("group-status".to_string(), true)]);
    assert_eq!(rule("3"), [("group-status".to_string(), false)]);
    assert_eq!(rule("4"), [("group-status".to_string(), true)]);
}

#[test]
fn a_return_reaches_its_payment_and_one_with_another_amount_none() {
    let mut house = House::new("csv-erp", "icbc");
    write(&house.root.join("inbox/erp/batch.csv"), csv().as_bytes());
    house.until("the file is at the bank", |_, root| !files(&root.join("outbox/bank")).is_empty());
    write(&house.root.join("inbox/bank/returns.ach"), &returns("QH01", "QH02"));
    house.until("the returns are matched", |j, _| {
        j.facts_after(0, 200).expect("facts").iter().any(|fact| matches!(fact.event, Event::Matched { .. }))
    });
    assert_eq!(house.states(), BTreeMap::from([("accepted".into(), 1), ("sent".into(), 1)]));
    let facts = house.journal().facts_after(0, 200).expect("facts");
    assert!(facts.iter().any(|fact| matches!(&fact.event, Event::Incident { .. })), "the other amount is said");
}

#[test]
fn a_statement_without_its_end_is_not_booked() {
    let mut house = House::new("csv-erp", "icbc");
    let statement = ":20:A\n:25:1\n:28C:1\n:60F:C261123EUR1,00\n:61:2611231123C199,00NTRFX\n:86:and then";
    write(&house.root.join("inbox/bank/statement.sta"), statement.as_bytes());
    house.until("the file is judged", |j, _| {
        j.facts_after(0, 200).expect("facts").iter().any(|fact| matches!(fact.event, Event::Refused { .. }))
    });
}

#[test]
fn what_a_banks_file_does_not_carry_as_it_was_asked_for_is_told() {
    let of_bank = "payments = { charset = \"latin\", fold = true }\nseal = { sign = false, encrypt = false }";
    let mut house = House::with("csv-erp", "", "iso20022-bank", of_bank);
    let day = jiff::tz::TimeZone::UTC.to_datetime(Clock::system().now()).date();
    let columns = "execution_date,debtor_name,debtor_account,creditor_name,creditor_account,creditor_bic,amount,currency,end_to_end_id,remittance";
    let row = format!("{day},Example,{OURS},Bäckerei Müller,DE89370400440532013000,COBADEFFXXX,12.00,EUR,F-1,Brötchen");
    write(&house.root.join("inbox/erp/fold.csv"), format!("{columns}\n{row}\n").as_bytes());
    house.until("a file is at the bank", |_, root| !files(&root.join("outbox/bank")).is_empty());
    let facts = house.journal().facts_after(0, 500).expect("facts");
    let noticed = facts.iter().find_map(|fact| match &fact.event {
        Event::Noticed { findings } => Some((fact.subject.clone(), findings.clone())),
        _ => None,
    });
    let (file, findings) = noticed.expect("something was noticed");
    assert!(file.starts_with('O') && findings.iter().all(|f| f.rule == "charset-folded"), "{file} {findings:?}");
    let shown = house.ends(0, &["show", &file]);
    assert!(shown.contains("Baeckerei Mueller"), "{shown}");
}
