//! Files of American banks: BAI2 reports and NACHA payments, with all their control totals.

use std::io::{self, Write};

use super::{Random, plain, vendors};

/// Entries of one BAI2 account.
const PER_ACCOUNT: u64 = 1_000;
/// Entries of one NACHA batch.
const PER_BATCH: u64 = 10_000;
/// The routing number of the bank that the file comes from, without its check digit.
const ORIGIN: &str = "12100035";

/// A BAI2 balance report.
pub fn bai2(out: &mut dyn Write, rows: u64) -> io::Result<()> {
    let names: Vec<String> = vendors().iter().map(|v| plain(&v.name).to_uppercase()).collect();
    let mut random = Random::new(16);
    out.write_all(b"01,122099999,123456789,261123,0600,1,80,1,2/\n02,123456789,122099999,1,261122,2359,USD,2/\n")?;
    let (mut accounts, mut total, mut records, mut row) = (0, 0, 1, 0);
    while row < rows {
        accounts += 1;
        let entries = PER_ACCOUNT.min(rows - row);
        let opening = 1_000_000_000 + random.below(1_000_000_000);
        let (mut sum, mut closing, mut details) = (0, opening, String::new());
        for _ in 0..entries {
            row += 1;
            let cents = random.cents();
            let credit = random.below(2) == 0 || closing < cents;
            closing = if credit { closing + cents } else { closing - cents };
            sum += cents;
            let (code, bank) = (if credit { 165 } else { 455 }, 260_000_000_000 + row);
            let name = &names[random.below(names.len() as u64) as usize];
            details += &format!("16,{code},{cents},Z,{bank:012},{row:09},ACH {name} INV-2026-{row:07}/\n");
        }
        let number = 9_000_000_000_u64 + accounts;
        let account = opening + closing + sum;
        writeln!(out, "03,{number:010},USD,010,{opening},,/\n88,015,{closing},,/")?;
        writeln!(out, "{details}49,{account},{}/", entries + 3)?;
        total += account;
        records += entries + 3;
    }
    write!(out, "98,{total},{accounts},{}/\n99,{total},1,{}/\n", records + 1, records + 3)
}

/// A NACHA file of PPD credits.
pub fn nacha(out: &mut dyn Write, rows: u64) -> io::Result<()> {
    let names: Vec<String> = vendors().iter().map(|v| plain(&v.name).to_uppercase()).collect();
    let mut random = Random::new(94);
    let origin = routing(ORIGIN);
    let bank = routing("09100001");
    writeln!(
        out,
        "101 {bank}1{origin}2611230600A094101{:<23}{:<23}{:<8}",
        "TEST BANK OF EXAMPLE", "EXAMPLE MACHINES", ""
    )?;
    let (mut batches, mut hashes, mut sums, mut records, mut row) = (0, 0, 0, 2, 0);
    while row < rows {
        batches += 1;
        let entries = PER_BATCH.min(rows - row);
        writeln!(
            out,
            "5220{:<16}{:<20}{:<10}PPD{:<10}{:<6}{:<6}{:<3}1{ORIGIN}{batches:07}",
            "EXAMPLE MACHINES", "", "1210000358", "VENDORPAY", "261123", "261124", ""
        )?;
        let (mut hash, mut sum) = (0, 0);
        for _ in 0..entries {
            row += 1;
            let to = format!("{:08}", 1_000_000 + random.below(31_000_000));
            let (cents, account) = (random.cents(), random.below(1_000_000_000_000));
            let name: String = names[random.below(names.len() as u64) as usize].chars().take(22).collect();
            hash += to.parse::<u64>().unwrap_or_default();
            sum += cents;
            let (to, trace) = (routing(&to), row % 10_000_000);
            writeln!(out, "622{to}{account:<17}{cents:010}V{row:09}     {name:<22}  0{ORIGIN}{trace:07}")?;
        }
        let hash = hash % 10_000_000_000;
        writeln!(
            out,
            "8220{entries:06}{hash:010}{:012}{sum:012}{:<10}{:<25}{ORIGIN}{batches:07}",
            0, "1210000358", ""
        )?;
        hashes += hash;
        sums += sum;
        records += entries + 2;
    }
    let blocks = records.div_ceil(10);
    let hashes = hashes % 10_000_000_000;
    writeln!(out, "9{batches:06}{blocks:06}{rows:08}{hashes:010}{:012}{sums:012}{:<39}", 0, "")?;
    for _ in records..blocks * 10 {
        writeln!(out, "{}", "9".repeat(94))?;
    }
    Ok(())
}

/// A routing number with its check digit (weights 3, 7, 1).
fn routing(first: &str) -> String {
    let weighted = first.bytes().zip([3, 7, 1, 3, 7, 1, 3, 7]).map(|(digit, weight)| u32::from(digit - b'0') * weight);
    format!("{first}{}", (10 - weighted.sum::<u32>() % 10) % 10)
}
