//! Statements of European banks: opening balance and entries give the closing balance.

use std::io::{self, Write};

use super::{ACCOUNT, OWNER, Random, Vendor, escaped, money, plain, vendors};

/// The opening balance, in minor units.
const OPENING: u64 = 1_000_000_000_000;
/// Entries of one MT940 message.
const PER_MESSAGE: u64 = 500;

/// An entry: credit or not, amount, who, and its number.
struct Entry<'a> {
    credit: bool,
    cents: u64,
    vendor: &'a Vendor,
    number: u64,
}

fn entries(vendors: &[Vendor], rows: u64) -> impl Iterator<Item = Entry<'_>> {
    let mut random = Random::new(53);
    (1..=rows).map(move |number| Entry {
        credit: random.below(100) < 55,
        cents: random.cents(),
        vendor: &vendors[random.below(vendors.len() as u64) as usize],
        number,
    })
}

/// One camt.053.001.08 statement.
pub fn camt053(out: &mut dyn Write, rows: u64) -> io::Result<()> {
    let vendors = vendors();
    let closing = entries(&vendors, rows).fold(OPENING, after);
    write!(
        out,
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
         <Document xmlns=\"urn:iso:std:iso:20022:tech:xsd:camt.053.001.08\">\n<BkToCstmrStmt><GrpHdr>\
         <MsgId>STMT-1</MsgId><CreDtTm>2026-11-23T06:00:00+01:00</CreDtTm></GrpHdr>\n<Stmt><Id>STM-1</Id>\
         <ElctrncSeqNb>1</ElctrncSeqNb><CreDtTm>2026-11-23T06:00:00+01:00</CreDtTm><Acct><Id><IBAN>{ACCOUNT}</IBAN></Id>\
         <Ccy>EUR</Ccy><Ownr><Nm>{OWNER}</Nm></Ownr></Acct>{}{}\n",
        balance("OPBD", OPENING, "2026-11-21"),
        balance("CLBD", closing, "2026-11-22"),
    )?;
    for entry in entries(&vendors, rows) {
        camt_entry(out, &entry)?;
    }
    out.write_all(b"</Stmt></BkToCstmrStmt>\n</Document>\n")
}

fn after(balance: u64, entry: Entry<'_>) -> u64 {
    if entry.credit { balance + entry.cents } else { balance - entry.cents }
}

fn balance(code: &str, cents: u64, date: &str) -> String {
    format!(
        "<Bal><Tp><CdOrPrtry><Cd>{code}</Cd></CdOrPrtry></Tp><Amt Ccy=\"EUR\">{}</Amt><CdtDbtInd>CRDT</CdtDbtInd>\
         <Dt><Dt>{date}</Dt></Dt></Bal>",
        money(cents)
    )
}

fn camt_entry(out: &mut dyn Write, entry: &Entry<'_>) -> io::Result<()> {
    let (indicator, family, sub, party) =
        if entry.credit { ("CRDT", "RCDT", "ESCT", "Dbtr") } else { ("DBIT", "ICDT", "ESCT", "Cdtr") };
    let (amount, number, vendor) = (money(entry.cents), entry.number, entry.vendor);
    writeln!(
        out,
        "<Ntry><NtryRef>{number}</NtryRef><Amt Ccy=\"EUR\">{amount}</Amt><CdtDbtInd>{indicator}</CdtDbtInd>\
         <Sts><Cd>BOOK</Cd></Sts><BookgDt><Dt>2026-11-22</Dt></BookgDt><ValDt><Dt>2026-11-22</Dt></ValDt>\
         <AcctSvcrRef>{:016}</AcctSvcrRef><BkTxCd><Domn><Cd>PMNT</Cd><Fmly><Cd>{family}</Cd>\
         <SubFmlyCd>{sub}</SubFmlyCd></Fmly></Domn></BkTxCd><NtryDtls><TxDtls><Refs>\
         <EndToEndId>E2E-{number:09}</EndToEndId></Refs><Amt Ccy=\"EUR\">{amount}</Amt>\
         <CdtDbtInd>{indicator}</CdtDbtInd><RltdPties><{party}><Pty><Nm>{}</Nm></Pty></{party}>\
         <{party}Acct><Id><IBAN>{}</IBAN></Id></{party}Acct></RltdPties><RltdAgts><{party}Agt><FinInstnId>\
         <BICFI>{}</BICFI></FinInstnId></{party}Agt></RltdAgts><RmtInf><Ustrd>Invoice INV-2026-{number:07} \
         Customer {:05}</Ustrd></RmtInf></TxDtls></NtryDtls></Ntry>",
        2_026_112_200_000_000 + number,
        escaped(&vendor.name),
        vendor.iban,
        vendor.bic,
        number % 99_991,
    )
}

/// MT940 messages with structured `:86:` fields; the closing of one is the opening of the next.
pub fn mt940(out: &mut dyn Write, rows: u64) -> io::Result<()> {
    let vendors = vendors();
    let (mut balance, mut message) = (OPENING, 0);
    for entry in entries(&vendors, rows) {
        if (entry.number - 1) % PER_MESSAGE == 0 {
            message += 1;
            let opening = comma(balance);
            write!(out, ":20:STM{message:010}\r\n:25:{ACCOUNT}\r\n:28C:{:05}/001\r\n", message % 100_000)?;
            write!(out, ":60F:C261121EUR{opening}\r\n")?;
        }
        mt940_entry(out, &entry)?;
        let number = entry.number;
        balance = after(balance, entry);
        if number % PER_MESSAGE == 0 || number == rows {
            write!(out, ":62F:C261122EUR{}\r\n-\r\n", comma(balance))?;
        }
    }
    Ok(())
}

fn mt940_entry(out: &mut dyn Write, entry: &Entry<'_>) -> io::Result<()> {
    let (mark, code, text) = if entry.credit { ("C", "166", "GUTSCHRIFT") } else { ("D", "116", "UEBERWEISUNG") };
    let (number, vendor) = (entry.number, entry.vendor);
    let reference = 2_026_112_200_000_000 + number;
    write!(out, ":61:2611221122{mark}R{}NTRFE2E-{number:09}//{reference:016}\r\n", comma(entry.cents))?;
    let name = plain(&vendor.name);
    let (first, second) = name.split_at(name.len().min(27));
    let mut field = format!(
        "{code}?00{text}?20EREF+E2E-{number:09}?21SVWZ+Invoice INV-2026-{number:07}?22Customer {:05}?30{}?31{}?32{first}",
        number % 99_991,
        vendor.bic,
        vendor.iban
    );
    if !second.is_empty() {
        field += &format!("?33{second}");
    }
    // Six lines of at most 65 characters, all of them ASCII.
    let lines: Vec<&str> = field.as_bytes().chunks(65).filter_map(|line| std::str::from_utf8(line).ok()).collect();
    write!(out, ":86:{}\r\n", lines.join("\r\n"))
}

fn comma(cents: u64) -> String {
    format!("{},{:02}", cents / 100, cents % 100)
}
