//! Payments of an ERP and the bank's answer to them.

use std::io::{self, Write};

use jiff::ToSpan;

use super::{ACCOUNT, OWNER, Random, escaped, money, today, vendors};

const HEADER: &str = "execution_date,debtor_name,debtor_iban,debtor_bic,creditor_name,creditor_iban,creditor_bic,\
amount,currency,end_to_end_id,remittance,purpose,category\n";
const PURPOSES: [&str; 6] = ["SUPP", "SUPP", "GDDS", "SCVE", "RENT", ""];
const CATEGORIES: [&str; 3] = ["SUPP", "OTHR", ""];

/// Payments as CSV; execution dates change with every row, ids begin with `first`.
pub fn csv(out: &mut dyn Write, rows: u64, first: u64) -> io::Result<()> {
    let dates: Vec<String> = (1..4).map(|days| today().saturating_add(days.days()).to_string()).collect();
    let vendors = vendors();
    let mut random = Random::new(first);
    out.write_all(HEADER.as_bytes())?;
    for row in first..first + rows {
        let vendor = &vendors[random.below(vendors.len() as u64) as usize];
        writeln!(
            out,
            "{},{OWNER},{ACCOUNT},PRACDEFFXXX,{},{},{},{},EUR,E2E-{row:09},\
             Invoice INV-2026-{:07} Customer {:05} PO 45{:08},{},{}",
            dates[random.below(3) as usize],
            quoted(&vendor.name),
            vendor.iban,
            vendor.bic,
            money(random.cents()),
            random.below(10_000_000),
            random.below(100_000),
            random.below(100_000_000),
            PURPOSES[random.below(6) as usize],
            CATEGORIES[random.below(3) as usize],
        )?;
    }
    out.flush()
}

/// A small batch of payments, as CSV.
pub fn batch(payments: u64, first: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    csv(&mut bytes, payments, first)?;
    Ok(bytes)
}

fn quoted(text: &str) -> String {
    if text.contains([',', '"']) { format!("\"{}\"", text.replace('"', "\"\"")) } else { text.to_string() }
}

/// A status report that names every payment; every tenth is rejected.
pub fn pain002(out: &mut dyn Write, rows: u64) -> io::Result<()> {
    let vendors = vendors();
    let mut random = Random::new(2);
    write!(
        out,
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
         <Document xmlns=\"urn:iso:std:iso:20022:tech:xsd:pain.002.001.10\">\n<CstmrPmtStsRpt><GrpHdr>\
         <MsgId>ANSWER-1</MsgId><CreDtTm>2026-11-23T09:00:00+01:00</CreDtTm></GrpHdr><OrgnlGrpInfAndSts>\
         <OrgnlMsgId>BENCH-1</OrgnlMsgId><OrgnlMsgNmId>pain.001.001.09</OrgnlMsgNmId><OrgnlNbOfTxs>{rows}</OrgnlNbOfTxs>\
         <GrpSts>PART</GrpSts></OrgnlGrpInfAndSts><OrgnlPmtInfAndSts><OrgnlPmtInfId>BENCH-1-1</OrgnlPmtInfId>\n"
    )?;
    for row in 1..=rows {
        let (status, reason) = match row % 10 {
            0 => ("RJCT", "<StsRsnInf><Rsn><Cd>AC04</Cd></Rsn><AddtlInf>account closed</AddtlInf></StsRsnInf>"),
            _ => ("ACSC", ""),
        };
        let vendor = &vendors[random.below(vendors.len() as u64) as usize];
        writeln!(
            out,
            "<TxInfAndSts><StsId>{row}</StsId><OrgnlEndToEndId>E2E-{row:09}</OrgnlEndToEndId><TxSts>{status}</TxSts>\
             {reason}<OrgnlTxRef><Amt><InstdAmt Ccy=\"EUR\">{}</InstdAmt></Amt><Cdtr><Pty><Nm>{}</Nm></Pty></Cdtr>\
             <CdtrAcct><Id><IBAN>{}</IBAN></Id></CdtrAcct></OrgnlTxRef></TxInfAndSts>",
            money(random.cents()),
            escaped(&vendor.name),
            vendor.iban,
        )?;
    }
    out.write_all(b"</OrgnlPmtInfAndSts></CstmrPmtStsRpt>\n</Document>\n")
}
