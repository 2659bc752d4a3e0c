//! Numbers that are nobody's account, whatever file they come in: nothing of it is sent.

use super::banks::{House, OURS, files, today, write};
use super::convert::{err, out};
use super::layouts::{of_its_own, of_layout};

/// The numbers of a batch, with what a spreadsheet, an input method and a scanner make of them.
const NUMBERS: [&str; 4] = ["６２２２０２０２", "6222中", "1.2E+15", "622202O2"];

fn json_lines() -> String {
    let payment = |(at, number): (usize, &&str)| {
        format!(
            r#"{{"type":"payment","seq":{},"end_to_end_id":"QH-{at}","amount":"1.00","currency":"CNY","indicator":"CRDT","counterparty":{{"name":"远山材料有限公司","account":"{number}","agent":"102100099996","agent_name":"工商银行西湖支行"}},"remittance":["货款"]}}"#,
            at + 1
        )
    };
    let mut lines = vec![
        r#"{"type":"payments","format":"jsonl","message_id":"ERP-M1"}"#.to_string(),
        format!(
            r#"{{"type":"group","id":"ERP-G1","method":"TRF","execution_date":"{}","account":{{"id":"{OURS}"}},"party":{{"name":"青禾贸易有限公司"}}}}"#,
            today()
        ),
    ];
    lines.extend(NUMBERS.iter().enumerate().map(payment));
    lines.push(r#"{"type":"payments_end","count":4,"sums":{"CNY":"4.00"},"findings":[]}"#.into());
    lines.push(r#"{"type":"end","format":"jsonl","documents":1,"findings":[]}"#.into());
    lines.join("\n") + "\n"
}

fn pain_001() -> String {
    let payment = |(at, number): (usize, &&str)| {
        format!(
            "<CdtTrfTxInf><PmtId><EndToEndId>QH-{at}</EndToEndId></PmtId><Amt><InstdAmt Ccy=\"CNY\">1.00</InstdAmt></Amt>\
             <Cdtr><Nm>远山材料有限公司</Nm></Cdtr><CdtrAcct><Id><Othr><Id>{number}</Id></Othr></Id></CdtrAcct>\
             </CdtTrfTxInf>"
        )
    };
    let payments: String = NUMBERS.iter().enumerate().map(payment).collect();
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Document xmlns=\"urn:iso:std:iso:20022:tech:xsd:pain.001.001.09\">\
         <CstmrCdtTrfInitn><GrpHdr><MsgId>M1</MsgId><CreDtTm>{day}T08:00:00</CreDtTm><NbOfTxs>4</NbOfTxs>\
         <CtrlSum>4.00</CtrlSum><InitgPty><Nm>青禾贸易有限公司</Nm></InitgPty></GrpHdr><PmtInf><PmtInfId>G1</PmtInfId>\
         <PmtMtd>TRF</PmtMtd><ReqdExctnDt><Dt>{day}</Dt></ReqdExctnDt><Dbtr><Nm>青禾贸易有限公司</Nm></Dbtr><DbtrAcct>\
         <Id><Othr><Id>{OURS}</Id></Othr></Id></DbtrAcct><DbtrAgt><FinInstnId><Othr><Id>NOTPROVIDED</Id></Othr>\
         </FinInstnId></DbtrAgt>{payments}</PmtInf></CstmrCdtTrfInitn></Document>\n",
        day = today()
    )
}

#[test]
fn nobodys_account_is_refused_by_whatever_file_it_comes() {
    for (name, text) in [("batch.jsonl", json_lines()), ("batch.xml", pain_001())] {
        let mut house = House::new("csv-erp", "icbc");
        write(&house.root.join("inbox/erp").join(name), text.as_bytes());
        house.until("the ERP is told", |_, root| !files(&root.join("outbox/erp")).is_empty());
        let told: String = files(&house.root.join("outbox/erp")).values().map(|b| String::from_utf8_lossy(b)).collect();
        assert_eq!(told.matches("account-signs").count(), 3, "{told}");
        assert!(told.contains("account-letter-o") && told.contains("are no plain digits or Latin letters"), "{told}");
        assert!(files(&house.root.join("outbox/bank")).is_empty());
    }
}

/// Accounts and ids are written as they are or not at all: folded or filled up they would be others.
#[test]
fn accounts_and_ids_are_never_folded_or_filled_up() {
    let own = of_layout(
        "[layout.payments]\nwidth = 40\nline-end = \"lf\"\nencoding = \"ascii\"\nfold = \"latin\"\ncurrency = \"CNY\"\n\
         [layout.payments.record.row]\nkind = \"detail\"\nfields = [\
         { name = \"account\", len = 7, item = \"counterparty.account\", align = \"right\", fill = \"0\" }, \
         { name = \"amount\", len = 10, item = \"amount\", minor = true }, \
         { name = \"id\", len = 10, item = \"end_to_end_id\" }, { name = \"name\", len = 13, item = \"counterparty.name\" }]\n",
    );
    let write = |account: &str, id: &str| {
        let names = "execution_date,debtor_account,creditor_name,creditor_account,amount,currency,end_to_end_id";
        own.convert(&["--to", "own"], format!("{names}\n2026-12-01,4468,Müller,{account},1.00,CNY,{id}\n").as_bytes())
    };
    let good = write("1234567", "REF-1");
    assert!(
        out(&good).starts_with("1234567") && err(&good).contains("`Müller` is written as `Mueller`"),
        "{}",
        err(&good)
    );
    let folded = err(&write("1234567", "RÉF-1"));
    assert!(folded.contains("`RÉF-1` would be written as `REF-1`: accounts and ids"), "{folded}");
    assert!(err(&write("12345ä", "REF-1")).contains("accounts and ids are written as they are"));
    let short = err(&write("123", "REF-1"));
    assert!(short.contains("`123` has 3 characters where the field has 7") && short.contains("`0000123`"), "{short}");
}

/// A bank's name says which bank it is at its beginning only; what names none says nothing.
#[test]
fn the_name_of_a_branch_tells_its_bank_at_the_beginning_only() {
    let agreed = "[layout.payments.values]\n\"group.branch\" = \"40522\"\n\n[layout.payments]\n";
    let boc = of_its_own("boc", "[layout.payments]\n", agreed);
    let flag = |bank: &str| {
        let text = format!(
            "execution_date,debtor_account,creditor_name,creditor_account,creditor_agent,creditor_bank,\
             amount,currency,end_to_end_id,same_bank\n2026-12-01,446800000017,远山材料有限公司,446800000175,,\
             {bank},12.00,CNY,QH-1,\n"
        );
        let output = boc.convert(&["--to", "own"], text.as_bytes());
        let written = encoding_rs::GBK.decode(&output.stdout).0.into_owned();
        let says = |flag: &str| written.contains(flag);
        match (says("|1||"), err(&output).contains("是否中行收款标识"), err(&output).contains("CNAPS行号")) {
            (true, ..) => "own",
            (_, true, _) => "unknown",
            (_, _, true) => "other",
            _ => "?",
        }
    };
    for own in ["中国银行西湖支行", "中行西湖支行", "中国银行股份有限公司杭州分行"] {
        assert_eq!(flag(own), "own", "{own}");
    }
    for other in
        ["中国农业银行晋中行署支行", "中国工商银行北京中国银行大厦支行", "招商银行外交行政楼支行", "工行中行路支行"]
    {
        assert_eq!(flag(other), "other", "{other}");
    }
    for unknown in ["西湖支行", "晋中行署支行"] {
        assert_eq!(flag(unknown), "unknown", "{unknown}");
    }
}

#[test]
fn an_erp_without_accounts_pays_from_no_account_of_another() {
    let second = "[[party]]\nname = \"erp2\"\ntemplate = \"csv-erp\"\n\
                  in = { complete = \"rename\", every_seconds = 1 }\n\
                  release = { always = false, unauthenticated = false }\n";
    let mut house = House::with("csv-erp", "", "icbc", second);
    for folder in ["inbox/erp2", "outbox/erp2"] {
        std::fs::create_dir_all(house.root.join(folder)).expect("a folder");
    }
    for erp in ["erp", "erp2"] {
        write(&house.root.join("inbox").join(erp).join("batch.jsonl"), json_lines().as_bytes());
        house.until("the ERP is told", |_, root| !files(&root.join("outbox").join(erp)).is_empty());
    }
    let told = |erp: &str| {
        let told = files(&house.root.join("outbox").join(erp));
        told.values().map(|bytes| String::from_utf8_lossy(bytes).into_owned()).collect::<String>()
    };
    assert!(told("erp2").contains("account-of-another-erp"), "{}", told("erp2"));
    assert!(!told("erp").contains("account-of-another-erp"), "its own account: {}", told("erp"));
    let mut check = std::process::Command::new(env!("CARGO_BIN_EXE_bankferry"));
    let check = check.arg("--dir").arg(&house.root).args(["check", "--lang", "en"]).output().expect("a run");
    let said = String::from_utf8_lossy(&check.stdout).into_owned() + &String::from_utf8_lossy(&check.stderr);
    assert!(said.contains("`erp2` lists no `accounts`") && !said.contains("`erp` lists no"), "{said}");
}
