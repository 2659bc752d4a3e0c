//! Reading an ERP's payments: one pass that reads and checks, one that hands the rows to the journal.

use std::collections::{BTreeSet, HashMap};
use std::io::BufReader;

use super::leave::{self, Without};
use super::measure::{self, Cut};
use super::trial::Trial;
use super::{Draft, PaymentRows, Stated};
use crate::check::{Checker, Rules, likeness};
use crate::config::{Party, RefusalPolicy};
use crate::document::{Group, Kind, MakeupOf, Part, Payment};
use crate::finding::{Finding, Findings, Level, Place};
use crate::format::receipts::Keeper;
use crate::format::{self, ReadError, ReadOptions, Reader};
use crate::journal::{Inbound, NewPayment, Totals};
use crate::route::ledger::BankLedger;
use crate::route::parts::{Limits, Splitter};
use crate::route::{Shared, Trouble, authenticity, wall};
use crate::template::DateVerdict;
use crate::text;
use crate::words::Remedy;

/// Read buffer.
const BLOCK: usize = 1 << 20;

/// Reads and checks a file of an ERP; where its policy says so, without the payments that a rule refuses.
pub(super) fn read(shared: &Shared, erp: &Party, file: &Inbound) -> Result<Stated, Trouble> {
    let bank = bank_of(shared, erp, file)?;
    let whole = check(shared, erp, bank, file, BTreeSet::new())?;
    if !whole.refused {
        return Ok(Stated::Checked(Box::new(whole.draft)));
    }
    let lines = leave::lines_of(&whole.draft.findings).filter(|_| erp.refusal == RefusalPolicy::Payments);
    let Some(lines) = lines else { return Err(Trouble::refused(whole.draft.findings)) };
    let rest = check(shared, erp, bank, file, lines)?;
    let findings = [whole.draft.findings, rest.tried].concat();
    if rest.refused || rest.draft.totals.count == 0 {
        return Err(Trouble::refused(findings));
    }
    Ok(Stated::Checked(Box::new(Draft { findings, ..rest.draft })))
}

/// What a pass over a file found.
struct Pass {
    draft: Draft,
    /// What was found by writing it to nowhere; among the draft's findings, too.
    tried: Vec<Finding>,
    refused: bool,
}

impl Pass {
    /// Writes what was checked to nowhere. Of a file that is refused already, only those payments are told that
    /// nothing else is wrong with, and none where more than single payments is wrong.
    fn try_out(&mut self, trial: &Trial<'_>) -> Result<(), Trouble> {
        let errors = self.draft.findings.iter().filter(|f| f.is_error());
        let told: BTreeSet<_> = errors.map(|f| f.place.line).collect();
        if self.refused && told.contains(&None) {
            return Ok(());
        }
        let parts = std::mem::take(&mut self.draft.parts);
        let most = trial.bank.template.out.max_bytes.filter(|_| !parts.is_empty());
        let tried = match most {
            _ if self.refused => trial.parts(&[]).map(|_| Cut::default()),
            Some(most) => measure::cut(trial, parts, most),
            None => trial.parts(&parts).map(|noticed| Cut { parts, noticed }),
        };
        match tried {
            Ok(cut) => (self.draft.parts, self.tried) = (cut.parts, cut.noticed),
            Err(trouble) if trouble.refusal.is_empty() => return Err(trouble),
            Err(trouble) => {
                let is_new = |f: &Finding| !self.refused || f.place.line.is_some() && !told.contains(&f.place.line);
                self.tried = trouble.refusal.into_iter().filter(is_new).collect();
                self.refused = true;
            }
        }
        if self.draft.parts.len() < 2 {
            self.draft.parts.clear();
        }
        self.draft.findings.extend(self.tried.iter().cloned());
        Ok(())
    }
}

fn check(shared: &Shared, erp: &Party, bank: &Party, file: &Inbound, left_out: BTreeSet<u64>) -> Result<Pass, Trouble> {
    let rules = rules_for(bank, erp);
    let records = shared.records()?;
    let ledger = BankLedger::new(&records, bank);
    let mut reader = Without::new(reader(shared, erp, file)?, left_out.clone());
    let mut checker = Checker::new(&rules, shared.today(), &ledger);
    let mut findings = Findings::default();
    let mut message_id = None;
    let mut splitter = Limits::of(bank).map(Splitter::new);
    let mut makeup = MakeupOf::default();
    while let Some(part) = reader.next_part()? {
        checker.look(&part);
        makeup.look(&part);
        splitter.iter_mut().for_each(|splitter| splitter.look(&part));
        match &part {
            Part::Payments(head) => message_id = head.message_id.clone(),
            Part::Group(group) => {
                look_at_bank(shared, bank, group, &mut findings)?;
                look_at_owner(shared, erp, group, &mut findings);
            }
            _ => {}
        }
        part.end_findings().into_iter().flatten().for_each(|f| findings.push(f.clone()));
    }
    reader.take_findings().into_iter().for_each(|f| findings.push(f));
    let format = reader.format().to_string();
    let mut report = checker.finish();
    ledger.sound()?;
    if left_out.is_empty() {
        // Without what is left out the file is not what the control file speaks of; with it, it was compared.
        authenticity::against_control(file, report.count, &report.sums).into_iter().for_each(|f| findings.push(f));
    }
    wall::look(shared.config.environment, &file.name, message_id.as_deref()).into_iter().for_each(|f| findings.push(f));
    wall::look_inside(shared.config.environment, &mut content_of(shared, file)?)?
        .into_iter()
        .for_each(|f| findings.push(f));
    let refused = findings.refuses() || report.findings.refuses();
    let mut all = findings.take();
    all.extend(report.findings.take());
    let totals = Totals { count: report.count, sums: report.sums, digest: report.payees_digest };
    let parts = splitter.map(Splitter::finish).transpose().map_err(|f| Trouble::refused(vec![*f]))?;
    let (bank_name, parts, makeup) = (bank.name.clone(), parts.unwrap_or_default(), makeup.finish());
    let trial = Trial { shared, bank, file, left_out: left_out.clone() };
    let draft = Draft { format, bank: bank_name, totals, message_id, findings: all, left_out, parts, makeup };
    let mut pass = Pass { draft, tried: Vec::new(), refused };
    pass.try_out(&trial)?;
    Ok(pass)
}

/// The payments of a checked file as rows for the journal.
///
/// # Errors
/// [`Trouble`] when the content cannot be opened any more.
pub fn payment_rows<'a>(shared: &Shared, file: &Inbound, left_out: &BTreeSet<u64>) -> Result<PaymentRows<'a>, Trouble> {
    let erp = shared.party(&file.party)?;
    let mut reader = Without::new(reader(shared, erp, file)?, left_out.clone());
    let (mut group, mut numbers) = (Group::default(), GroupNumbers::default());
    let mut number = String::new();
    Ok(Box::new(std::iter::from_fn(move || {
        loop {
            match reader.next_part() {
                Ok(None) => return None,
                Ok(Some(Part::Group(next))) => {
                    group = *next;
                    number = numbers.number(group.id.as_deref()).to_string();
                }
                Ok(Some(Part::Payment(payment))) => return Some(Ok(row(&group, &number, &payment))),
                Ok(Some(_)) => {}
                Err(ReadError::Io(e)) => return Some(Err(e)),
                Err(e) => return Some(Err(std::io::Error::other(e.to_string()))),
            }
        }
    })))
}

/// Numbers the groups of a file in the order in which they first appear: the same for every reading.
#[derive(Default)]
pub struct GroupNumbers(HashMap<Option<String>, u64>);

impl GroupNumbers {
    /// The number of the group with this id, from 1.
    pub fn number(&mut self, id: Option<&str>) -> u64 {
        let next = self.0.len() as u64 + 1;
        *self.0.entry(id.map(str::to_string)).or_insert(next)
    }
}

/// Opens the content of an inbound file for reading.
pub(super) fn reader(shared: &Shared, party: &Party, file: &Inbound) -> Result<Box<dyn Reader + Send>, Trouble> {
    reader_keeping(shared, party, file, None)
}

/// The same; the files of a receipt bundle go to `keeper`.
pub(super) fn reader_keeping(
    shared: &Shared,
    party: &Party,
    file: &Inbound,
    keeper: Option<Keeper>,
) -> Result<Box<dyn Reader + Send>, Trouble> {
    let content = file.content.as_ref().ok_or_else(|| {
        let id = &file.id;
        Trouble::new(text!("`{id}` has not been opened", "`{id}` 尚未解密验签"), Remedy::Person)
    })?;
    let encoding = party.template.inward.encoding.clone();
    let mut levels = party.template.inward.levels.clone();
    if party.is_bank() {
        // Without its end a statement may be the half of one: booked only where the template knows the bank for it.
        levels.entry("closing-balance-missing".to_string()).or_insert(Level::Error);
    }
    let mut options = ReadOptions {
        encoding,
        levels,
        near: Some(shared.today()),
        scratch: Some(shared.scratch()),
        file_name: Some(file.name.clone()),
        keeper,
        ..ReadOptions::default()
    };
    for (name, side) in &file.side {
        if name.to_ascii_lowercase().ends_with(".ctl") {
            options.declared = format::csv::parse_control(&side.content).map_err(|f| Trouble::refused(vec![*f]))?;
        }
    }
    let input = BufReader::with_capacity(BLOCK, shared.verified_file(&content.sha256)?);
    Ok(party.template.open(&party.template.inward.format, Box::new(input), &options)?)
}

/// The content of an inbound file, as bytes.
pub(super) fn content_of(shared: &Shared, file: &Inbound) -> Result<std::fs::File, Trouble> {
    // Its bytes are verified where they are read as a document.
    let path = file.content.as_ref().map(|content| content.path.as_str()).unwrap_or_default();
    Ok(std::fs::File::open(shared.archive.root().join(path))?)
}

/// The bank that keeps the first group's account; all other groups must be of the same bank.
fn bank_of<'a>(shared: &'a Shared, erp: &Party, file: &Inbound) -> Result<&'a Party, Trouble> {
    let mut reader = reader(shared, erp, file)?;
    let mut account = None;
    while let Some(part) = reader.next_part()? {
        match part {
            Part::Group(group) => {
                account = group.account.map(|a| a.id);
                break;
            }
            part if part.kind() != Kind::Payments => return Err(not_payments(&part)),
            _ => {}
        }
    }
    let bank = account.as_ref().and_then(|account| shared.config.bank_of(account));
    if bank.is_none() {
        shared.waits_for_aside(account.as_ref())?;
    }
    // Without an account of ours the checks tell what is missing; any bank's rules do for that.
    bank.or_else(|| shared.config.parties.iter().find(|p| p.is_bank())).ok_or_else(|| {
        Trouble::new(text!("no bank is configured", "尚未配置任何银行"), Remedy::Person).hint(text!(
            "add a `[[party]]` of a bank to `bankferry.toml`",
            "请在 `bankferry.toml` 中添加银行 `[[party]]`"
        ))
    })
}

fn not_payments(part: &Part) -> Trouble {
    let what = match part.kind() {
        Kind::Statement => text!("the file is a statement, not payments", "文件是对账单，不是付款指令"),
        Kind::Receipts => text!("the file is a bundle of receipts, not payments", "文件是电子回单，不是付款指令"),
        _ => text!("the file is a status report, not payments", "文件是状态回执，不是付款指令"),
    };
    Trouble::refused(vec![Finding::error("not-payments", Place::default(), what)])
}

/// Says so when the group's account is kept by another bank than the file's, or by none.
fn look_at_bank(shared: &Shared, bank: &Party, group: &Group, findings: &mut Findings) -> Result<(), Trouble> {
    let Some(account) = group.account.as_ref().map(|a| &a.id) else { return Ok(()) };
    let place = place_of(group);
    let finding = match shared.config.bank_of(account) {
        Some(keeper) if keeper.name == bank.name => return Ok(()),
        Some(keeper) => {
            let (keeper, bank) = (&keeper.name, &bank.name);
            Finding::error(
                "several-banks",
                place,
                text!(
                    "account `{account}` is kept by `{keeper}`, others of this file by `{bank}`",
                    "账户 `{account}` 开立于 `{keeper}`，本文件其他账户开立于 `{bank}`"
                ),
            )
            .hint(text!("drop one file per bank", "请按银行分别提交文件"))
        }
        None => {
            shared.waits_for_aside(Some(account))?;
            Finding::error(
                "no-bank",
                place,
                text!("no bank keeps account `{account}`", "没有任何已配置的银行持有账户 `{account}`"),
            )
            .hint(text!(
                "add the account to its bank's `accounts` in `bankferry.toml`",
                "请在 `bankferry.toml` 中把该账户加入所属银行的 `accounts`"
            ))
        }
    };
    findings.push(finding);
    Ok(())
}

/// Says so when the group's account is another ERP's: one that lists no accounts may not pay from those that others do.
fn look_at_owner(shared: &Shared, erp: &Party, group: &Group, findings: &mut Findings) {
    let Some(account) = group.account.as_ref().map(|a| &a.id) else { return };
    let Some(owner) = shared.config.others_account(erp, account) else { return };
    let (place, name) = (place_of(group), &erp.name);
    let what = text!(
        "account `{account}` is of `{owner}` by the configuration: `{name}` may not pay from it",
        "按配置，账户 `{account}` 属于 `{owner}`：`{name}` 不得从中付款"
    );
    let hint = text!(
        "where both may, add the account to `accounts` of `{name}` in `bankferry.toml`, too",
        "若两者均可使用，请在 `bankferry.toml` 中也将该账户加入 `{name}` 的 `accounts`"
    );
    findings.push(Finding::error("account-of-another-erp", place, what).hint(hint));
}

fn place_of(group: &Group) -> Place {
    let place = group.id.as_ref().map_or_else(Place::default, |id| Place::path(format!("group {id}")));
    place.field("debtor_account")
}

/// The bank's rules, with the ERP's accounts as those that it may pay from.
fn rules_for(bank: &Party, erp: &Party) -> Rules {
    let mut rules = bank.template.checks.clone();
    if rules.debtor_accounts.is_empty() {
        rules.debtor_accounts = erp.accounts.clone();
    }
    if bank.template.dates.past != DateVerdict::Keep {
        // A date that is over is the policy's matter then.
        rules.max_days_past = u32::MAX;
    }
    if bank.template.out.split {
        // What does not fit into one file goes into several; one payment that is over the sum fits into none.
        rules.max_count = None;
        for (currency, most) in std::mem::take(&mut rules.max_sum) {
            let single = rules.max_amount.entry(currency).or_insert(most);
            *single = most.min(*single);
        }
    }
    rules
}

fn row(group: &Group, number: &str, payment: &Payment) -> NewPayment {
    NewPayment {
        seq: payment.seq,
        end_to_end_id: payment.end_to_end_id.clone(),
        amount: payment.amount,
        currency: payment.currency,
        account: group.account.as_ref().map(|a| a.id.to_string()),
        creditor_name: payment.counterparty.name.clone(),
        creditor_account: payment.counterparty.account.as_ref().map(|a| a.to_string()),
        creditor_agent: payment.counterparty.agent.clone().or_else(|| payment.counterparty.agent_name.clone()),
        group: Some(number.to_string()),
        execution_date: group.execution_date,
        likeness: likeness(payment, group),
    }
}

impl Shared {
    /// The party of this name.
    ///
    /// # Errors
    /// [`Trouble`] when the configuration no longer has it.
    pub fn party(&self, name: &str) -> Result<&Party, Trouble> {
        self.config.party(name).ok_or_else(|| {
            Trouble::new(
                text!("the configuration has no party `{name}` any more", "配置中已没有参与方 `{name}`"),
                Remedy::Person,
            )
        })
    }
}
