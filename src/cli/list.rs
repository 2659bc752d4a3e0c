//! `bankferry list`: batches, files, payments, statements, entries, receipts.

use clap::{Args, Subcommand};
use serde::Serialize;

use super::desk::Desk;
use super::print::{Column, amount, json_line, print, sums, table};
use super::tongue::{joined, kind, match_word};
use super::{CliError, Context, Exit, Run};
use crate::document::{Amount, Date, Indicator, ReceiptLinks, parse_amount, parse_date};
use crate::journal::{
    Batch, BatchState, EntryFilter, EntryRecord, EntryState, Inbound, InboundState, Outbound, OutboundState,
    PaymentFilter, PaymentRecord, PaymentState, Proposal, ReceiptFilter, ReceiptRecord, Records, SqliteJournal,
    StatementRecord, payee_bank,
};
use crate::route::absent;
use crate::route::paper::receipt_links;
use crate::route::proposals::waiting;
use crate::route::reconcile::payment_name;
use crate::text;
use crate::words::library::carried;
use crate::words::{Lang, Text};

/// Lists batches, files, payments, statements or their entries, the newest first
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  bankferry list batches --state held
  bankferry list files --party acme --since 2026-11-01
  bankferry list payments --text \"DE89 3704\" --limit 0 --json
  bankferry list payments --amount 1000..2500.50 --state rejected
  bankferry list statements --party acme
  bankferry list receipts --text HD2026112400000001
  bankferry list proposals
  bankferry list reports --party acme
  bankferry list entries --state unmatched --since 2026-11-01")]
pub struct List {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// What a person has to know: alarms that are on
    Alarms(super::alarms::Alarms),
    /// What must not happen and did, and whether money has moved by it
    Incidents(super::incidents::Incidents),
    /// The daily control reports, and whom they were told
    Reports(super::reports::Reports),
    /// What ERPs asked for, one ERP file each
    Batches(Filter),
    /// Files received and made
    Files(Filter),
    /// Single payments; `--since` and `--until` are days of execution
    Payments(Filter),
    /// What banks' statements said; `--since` and `--until` are the days they cover
    Statements(Filter),
    /// Entries of statements and what they are; `--since` and `--until` are days of booking
    Entries(Filter),
    /// Electronic receipts, the payments and entries they belong to; `--since` and `--until` are days of transaction
    Receipts(Filter),
    /// What one person proposed and another must confirm
    Proposals(Filter),
}

/// Which of them.
#[derive(Debug, Args)]
struct Filter {
    /// From or for this party
    #[arg(long, value_name = "NAME")]
    party: Option<String>,
    /// In this state, such as `held`, `unknown`, `booked`; several times for several
    #[arg(long, value_name = "STATE")]
    state: Vec<String>,
    /// On this day or later, `YYYY-MM-DD`
    #[arg(long, value_name = "DATE", value_parser = day)]
    since: Option<Date>,
    /// On this day or earlier
    #[arg(long, value_name = "DATE", value_parser = day)]
    until: Option<Date>,
    /// With this amount (of a batch: this sum in any currency), or `LEAST..MOST`
    #[arg(long, value_name = "AMOUNT", value_parser = range)]
    amount: Option<Range>,
    /// With this text in an id, name, account or reference
    #[arg(long, value_name = "TEXT")]
    text: Option<String>,
    /// At most so many; 0 for all
    #[arg(long, value_name = "N", default_value_t = 50)]
    limit: usize,
}

/// Amounts from and to, both included.
#[derive(Clone, Copy, Debug)]
struct Range(Option<Amount>, Option<Amount>);

impl Range {
    fn holds(&self, amount: Amount) -> bool {
        self.0.is_none_or(|least| amount >= least) && self.1.is_none_or(|most| amount <= most)
    }
}

/// A file of either direction.
#[derive(Serialize)]
#[serde(tag = "direction", rename_all = "lowercase")]
enum File {
    In(Box<Inbound>),
    Out(Box<Outbound>),
}

impl File {
    fn id(&self) -> &str {
        match self {
            File::In(file) => &file.id,
            File::Out(file) => &file.id,
        }
    }
}

impl Run for List {
    fn run(&self, context: &Context) -> Result<Exit, CliError> {
        let desk = Desk::open(context)?;
        match &self.what {
            What::Alarms(alarms) => return alarms.list(&desk),
            What::Incidents(incidents) => return incidents.list(&desk),
            What::Reports(reports) => return reports.list(&desk),
            _ => {}
        }
        let (What::Batches(filter)
        | What::Files(filter)
        | What::Payments(filter)
        | What::Statements(filter)
        | What::Entries(filter)
        | What::Receipts(filter)
        | What::Proposals(filter)) = &self.what
        else {
            return Ok(Exit::Done);
        };
        self.check_states(filter)?;
        filter.check_party(&desk)?;
        let Some(records) = desk.records_so_far()? else { return filter.tell_end(&desk, 0, false) };
        match &self.what {
            What::Batches(filter) => filter.batches(&desk, &records),
            What::Files(filter) => filter.files(&desk, &records),
            What::Payments(filter) => filter.payments(&desk, &records),
            What::Statements(filter) => filter.statements(&desk, &records),
            What::Entries(filter) => filter.entries(&desk, &records),
            What::Alarms(alarms) => alarms.list(&desk),
            What::Incidents(incidents) => incidents.list(&desk),
            What::Reports(reports) => reports.list(&desk),
            What::Receipts(filter) => filter.receipts(&desk, &records),
            What::Proposals(filter) => filter.proposals(&desk, &records),
        }
    }
}

impl List {
    /// A state that there is not would find nothing for ever.
    fn check_states(&self, filter: &Filter) -> Result<(), CliError> {
        let known: Vec<&str> = match &self.what {
            What::Batches(_) => BatchState::ALL.iter().map(|s| s.word()).collect(),
            What::Payments(_) => PaymentState::ALL.iter().map(|s| s.word()).collect(),
            What::Files(_) => {
                let outbound = OutboundState::ALL.iter().map(|s| s.word());
                InboundState::ALL.iter().map(|s| s.word()).chain(outbound).collect()
            }
            What::Entries(_) => EntryState::ALL.iter().map(|s| s.word()).collect(),
            What::Statements(_)
            | What::Receipts(_)
            | What::Alarms(_)
            | What::Incidents(_)
            | What::Reports(_)
            | What::Proposals(_) => Vec::new(),
        };
        let Some(wrong) = filter.state.iter().find(|state| !known.contains(&state.as_str())) else { return Ok(()) };
        let list = known.join(", ");
        let error = CliError::usage(text!("`{wrong}` is not a state of these", "`{wrong}` 不是它们的状态"));
        Err(if list.is_empty() {
            error.hint(text!(
                "neither statements nor receipts nor proposals have a state",
                "对账单、电子回单和提议没有状态"
            ))
        } else {
            error.hint(text!("the states are {list}", "可用状态：{list}"))
        })
    }
}

impl Filter {
    fn check_party(&self, desk: &Desk<'_>) -> Result<(), CliError> {
        let Some(name) = self.party.as_deref().filter(|name| !desk.config.names(name)) else { return Ok(()) };
        // What lies there of a party that was taken out is still to be found.
        if let Some(records) = desk.records_so_far()?
            && absent::was_known(&records, name)?
        {
            return Ok(());
        }
        let known = desk.config.parties.iter().map(|p| p.name.as_str()).collect::<Vec<_>>().join(", ");
        Err(CliError::usage(text!("there is no party `{name}`", "没有名为 `{name}` 的往来方"))
            .hint(text!("the parties are {known}", "往来方有：{known}")))
    }

    fn is_state(&self, word: &str) -> bool {
        self.state.is_empty() || self.state.iter().any(|state| state == word)
    }

    fn is_party(&self, names: &[&str]) -> bool {
        self.party.as_deref().is_none_or(|party| names.contains(&party))
    }

    fn is_day(&self, day: Option<Date>) -> bool {
        let since = self.since.is_none_or(|since| day.is_some_and(|day| day >= since));
        since && self.until.is_none_or(|until| day.is_some_and(|day| day <= until))
    }

    fn is_amount<'a>(&self, amounts: impl IntoIterator<Item = &'a Amount>) -> bool {
        self.amount.is_none_or(|range| amounts.into_iter().any(|amount| range.holds(*amount)))
    }

    fn has_text(&self, fields: &[Option<&str>]) -> bool {
        let Some(text) = self.text.as_deref().map(str::to_lowercase) else { return true };
        fields.iter().flatten().any(|field| field.to_lowercase().contains(&text))
    }

    /// The newest of `all` that are wanted, at most `limit` of them, and whether there are more.
    fn newest<T>(&self, all: Vec<T>, wanted: impl Fn(&T) -> bool) -> (Vec<T>, bool) {
        let mut found: Vec<T> = all.into_iter().rev().filter(wanted).collect();
        let more = self.limit > 0 && found.len() > self.limit;
        if more {
            found.truncate(self.limit);
        }
        (found, more)
    }

    fn show<T: Serialize>(
        &self,
        desk: &Desk<'_>,
        found: &[T],
        columns: &[(Column, Text)],
        row: impl Fn(&T) -> Vec<String>,
        more: bool,
    ) -> Result<Exit, CliError> {
        if desk.context.json() {
            found.iter().try_for_each(json_line)?;
        } else if !found.is_empty() {
            print(&table(desk.lang(), columns, &found.iter().map(row).collect::<Vec<_>>()))?;
        }
        self.tell_end(desk, found.len(), more)
    }

    /// What a list that is empty or cut off would otherwise hide.
    fn tell_end(&self, desk: &Desk<'_>, found: usize, more: bool) -> Result<Exit, CliError> {
        let (talk, limit) = (desk.context.talk(), self.limit);
        if more {
            talk.warning(&text!(
                "only the newest {limit} are listed; `--limit 0` lists all",
                "仅列出最新的 {limit} 条；`--limit 0` 可列出全部"
            ));
        } else if found == 0 {
            talk.say(&text!("nothing was found", "没有找到"));
        }
        Ok(Exit::Done)
    }

    fn batches(&self, desk: &Desk<'_>, records: &SqliteJournal) -> Result<Exit, CliError> {
        let (found, more) = self.newest(records.batches(&[])?, |b: &Batch| {
            let texts = [Some(b.id.as_str()), Some(&b.inbound), Some(&b.name), b.message_id.as_deref()];
            self.is_state(b.state.word())
                && self.is_party(&[&b.party, &b.bank])
                && self.is_day(id_day(&b.id))
                && self.is_amount(b.totals.sums.values())
                && self.has_text(&texts)
        });
        let columns = [
            (Column::Whole, text!("BATCH", "批次")),
            (Column::Whole, text!("STATE", "状态")),
            (Column::Whole, text!("ERP", "ERP")),
            (Column::Whole, text!("BANK", "银行")),
            (Column::Whole, text!("LEVEL", "级别")),
            (Column::Number, text!("COUNT", "笔数")),
            (Column::Number, text!("SUM", "金额")),
            (Column::Free, text!("FILE", "文件")),
        ];
        let lang = desk.lang();
        self.show(desk, &found, &columns, |b| batch_row(b, lang), more)
    }

    fn files(&self, desk: &Desk<'_>, records: &SqliteJournal) -> Result<Exit, CliError> {
        let mut all: Vec<File> = records.inbounds(&[])?.into_iter().map(|f| File::In(Box::new(f))).collect();
        all.extend(records.outbounds(&[])?.into_iter().map(|f| File::Out(Box::new(f))));
        // Of one day, received before made: the ids of both count by day.
        all.sort_by_key(|file| id_day(file.id()));
        let (found, more) = self.newest(all, |file| self.wants_file(file));
        let columns = [
            (Column::Whole, text!("FILE", "文件")),
            (Column::Whole, text!("STATE", "状态")),
            (Column::Whole, text!("PARTY", "往来方")),
            (Column::Whole, text!("KIND", "种类")),
            (Column::Whole, text!("LEVEL", "级别")),
            (Column::Whole, text!("SINCE", "自")),
            (Column::Free, text!("NAME", "文件名")),
        ];
        self.show(desk, &found, &columns, |file| file_row(desk, file), more)
    }

    fn wants_file(&self, file: &File) -> bool {
        match file {
            File::In(f) => {
                let texts = [Some(f.id.as_str()), Some(&f.name), f.kind.as_deref(), Some(&f.kept.sha256)];
                self.is_state(f.state.word())
                    && self.is_party(&[&f.party])
                    && self.is_day(id_day(&f.id))
                    && self.amount.is_none()
                    && self.has_text(&texts)
            }
            File::Out(f) => {
                let texts = [Some(f.id.as_str()), Some(&f.name), f.message_id.as_deref(), Some(f.purpose.word())];
                let sums = f.totals.iter().flat_map(|t| t.sums.values());
                self.is_state(f.state.word())
                    && self.is_party(&[&f.party])
                    && self.is_day(id_day(&f.id))
                    && self.is_amount(sums)
                    && self.has_text(&texts)
            }
        }
    }

    fn payments(&self, desk: &Desk<'_>, records: &SqliteJournal) -> Result<Exit, CliError> {
        let states = self.state.iter().filter_map(|word| PaymentState::of(word)).collect();
        let filter = PaymentFilter {
            party: self.party.clone(),
            states,
            from: self.since,
            until: self.until,
            least: self.amount.and_then(|range| range.0),
            highest: self.amount.and_then(|range| range.1),
            text: self.text.clone(),
            newest_first: true,
            // One more than is shown tells that there are more.
            most: if self.limit == 0 { 0 } else { self.limit as u64 + 1 },
            ..PaymentFilter::default()
        };
        let mut found = records.payments(&filter)?;
        let more = self.limit > 0 && found.len() > self.limit;
        if more {
            found.truncate(self.limit);
        }
        let columns = [
            (Column::Whole, text!("PAYMENT", "付款")),
            (Column::Whole, text!("STATE", "状态")),
            (Column::Whole, text!("DATE", "日期")),
            (Column::Number, text!("AMOUNT", "金额")),
            (Column::Whole, text!("END-TO-END ID", "端到端编号")),
            (Column::Free, text!("COUNTERPARTY", "对方")),
        ];
        let lang = desk.lang();
        self.show(desk, &found, &columns, |p| payment_row(p, lang), more)
    }

    fn entries(&self, desk: &Desk<'_>, records: &SqliteJournal) -> Result<Exit, CliError> {
        let filter = EntryFilter {
            party: self.party.clone(),
            states: self.state.iter().filter_map(|word| EntryState::of(word)).collect(),
            from: self.since,
            until: self.until,
            text: self.text.clone(),
            newest_first: true,
            ..EntryFilter::default()
        };
        let (mut found, mut more) = (Vec::new(), false);
        records.each_entry(&filter, &mut |entry| {
            more = self.limit > 0 && found.len() >= self.limit;
            if self.is_amount([&entry.entry.amount]) && !more {
                found.push(entry);
            }
            !more
        })?;
        self.show(desk, &found, &entry_columns(), |e| entry_row(e, desk.lang()), more)
    }

    fn statements(&self, desk: &Desk<'_>, records: &SqliteJournal) -> Result<Exit, CliError> {
        let (found, more) = self.newest(records.statements(None)?, |s: &StatementRecord| {
            let texts = [Some(s.inbound.as_str()), Some(&s.account), s.id.as_deref(), s.number.as_deref()];
            self.is_party(&[&s.party])
                && self.is_day(s.date.as_deref().and_then(parse_date))
                && self.is_amount([&s.credit_sum, &s.debit_sum])
                && self.has_text(&texts)
        });
        let columns = [
            (Column::Whole, text!("STATEMENT", "对账单")),
            (Column::Whole, text!("KIND", "种类")),
            (Column::Whole, text!("BANK", "银行")),
            (Column::Whole, text!("ACCOUNT", "账户")),
            (Column::Whole, text!("DATE", "日期")),
            (Column::Number, text!("ENTRIES", "分录")),
            (Column::Number, text!("CREDIT", "贷方")),
            (Column::Number, text!("DEBIT", "借方")),
            (Column::Free, text!("COUNTS", "是否计入")),
        ];
        let lang = desk.lang();
        self.show(desk, &found, &columns, |s| statement_row(s, lang), more)
    }

    fn receipts(&self, desk: &Desk<'_>, records: &SqliteJournal) -> Result<Exit, CliError> {
        let filter = ReceiptFilter {
            party: self.party.clone(),
            from: self.since,
            until: self.until,
            text: self.text.clone(),
            newest_first: true,
            ..ReceiptFilter::default()
        };
        let (mut kept, mut more) = (Vec::new(), false);
        records.each_receipt(&filter, &mut |record| {
            more = self.limit > 0 && kept.len() >= self.limit;
            if self.is_amount(&record.receipt.amount) && !more {
                kept.push(record);
            }
            !more
        })?;
        let mut found = Vec::with_capacity(kept.len());
        for record in kept {
            let links = receipt_links(records, &record.receipt.document())?;
            found.push(ReceiptRow { receipt: record.name(), record, links });
        }
        let columns = [
            (Column::Whole, text!("RECEIPT", "回单")),
            (Column::Whole, text!("NUMBER", "回单号")),
            (Column::Whole, text!("ACCOUNT", "账户")),
            (Column::Whole, text!("DATE", "日期")),
            (Column::Number, text!("AMOUNT", "金额")),
            (Column::Whole, text!("PAYMENT", "付款")),
            (Column::Whole, text!("ENTRY", "分录")),
            (Column::Free, text!("COUNTERPARTY", "对方")),
        ];
        self.show(desk, &found, &columns, receipt_row, more)
    }

    fn proposals(&self, desk: &Desk<'_>, records: &SqliteJournal) -> Result<Exit, CliError> {
        let open = waiting(records, &desk.config, desk.now())?.into_iter();
        let rows = open.map(|w| ProposalRow { proposal: w.proposal, fallen: w.fallen }).collect();
        let (found, more) = self.newest(rows, |row: &ProposalRow| {
            let p = &row.proposal;
            let texts = [Some(p.subject.as_str()), Some(&p.reason), p.reference.as_deref(), Some(&p.proposed_by)];
            self.is_day(p.proposed_at.get(..10).and_then(parse_date)) && self.has_text(&texts)
        });
        let columns = [
            (Column::Whole, text!("SUBJECT", "对象")),
            (Column::Whole, text!("WHAT", "事项")),
            (Column::Whole, text!("BY", "提议人")),
            (Column::Whole, text!("STATE", "状态")),
            (Column::Whole, text!("UNTIL", "有效至")),
            (Column::Whole, text!("REFERENCE", "参考号")),
            (Column::Free, text!("REASON", "原因")),
        ];
        self.show(desk, &found, &columns, |p| proposal_row(desk, p), more)
    }
}

/// A receipt with what it belongs to by now.
#[derive(Serialize)]
struct ReceiptRow {
    receipt: String,
    #[serde(flatten)]
    record: ReceiptRecord,
    #[serde(flatten)]
    links: ReceiptLinks,
}

/// A row of receipts; what was paid is negative.
fn receipt_row(row: &ReceiptRow) -> Vec<String> {
    let (receipt, links) = (&row.record.receipt, &row.links);
    let signed = |amount: Amount| if receipt.indicator == Some(Indicator::Debit) { -amount } else { amount };
    let money = receipt.amount.map(|sum| {
        let currency = receipt.currency.map(|currency| format!("{currency} ")).unwrap_or_default();
        format!("{currency}{}", amount(signed(sum)))
    });
    let entry = links.statement.as_ref().zip(links.entry).map(|(statement, entry)| format!("{statement}/{entry}"));
    let account = receipt.counterparty_account.as_ref().map(|account| account.to_string());
    let other = [receipt.counterparty_name.clone(), account].into_iter().flatten().collect::<Vec<_>>().join(" ");
    vec![
        row.receipt.clone(),
        receipt.receipt_no.clone().unwrap_or_default(),
        receipt.account.as_ref().map(|account| account.to_string()).unwrap_or_default(),
        receipt.date.map(|date| date.to_string()).unwrap_or_default(),
        money.unwrap_or_default(),
        links.payment.clone().unwrap_or_default(),
        entry.unwrap_or_default(),
        other,
    ]
}

/// A proposal, and why it has fallen, if it has.
#[derive(Serialize)]
struct ProposalRow {
    #[serde(flatten)]
    proposal: Proposal,
    #[serde(skip_serializing_if = "Option::is_none")]
    fallen: Option<Text>,
}

fn proposal_row(desk: &Desk<'_>, row: &ProposalRow) -> Vec<String> {
    let p = &row.proposal;
    let state = match &row.fallen {
        None => text!("open", "待确认"),
        Some(_) => text!("fallen", "已作废"),
    };
    let why = joined(&[row.fallen.clone().unwrap_or_default(), Text::same(p.reason.clone())]);
    let state = state.to(desk.lang()).to_string();
    let what = if desk.lang() == Lang::Zh { p.what.word_zh() } else { p.what.word() };
    let (until, reference) = (desk.moment(&p.expires), p.reference.clone().unwrap_or_default());
    vec![
        p.subject.clone(),
        what.to_string(),
        p.proposed_by.clone(),
        state,
        until,
        reference,
        why.to(desk.lang()).to_string(),
    ]
}

fn batch_row(b: &Batch, lang: Lang) -> Vec<String> {
    let state = if lang == Lang::Zh { b.state.word_zh() } else { b.state.word() };
    let count = b.totals.count.to_string();
    [&b.id, state, &b.party, &b.bank, b.authenticity.word(), &count, &sums(&b.totals.sums), &b.name]
        .map(str::to_string)
        .to_vec()
}

fn file_row(desk: &Desk<'_>, file: &File) -> Vec<String> {
    let zh = desk.lang() == Lang::Zh;
    // How surely a file is the ERP's own is asked of ERPs' files only.
    let (level, (id, state, party, what, since, name)) = match file {
        File::In(f) => {
            let state = if zh { f.state.word_zh() } else { f.state.word() };
            let what = f.kind.as_deref().unwrap_or("");
            let of_erp = desk.config.party(&f.party).is_some_and(|p| !p.is_bank());
            let level = if of_erp { f.vouched.authenticity.word() } else { "" };
            (level, (&f.id, state, format!("< {}", f.party), kind(what), &f.since, &f.name))
        }
        File::Out(f) => {
            let state = if zh { f.state.word_zh() } else { f.state.word() };
            ("", (&f.id, state, format!("> {}", f.party), kind(f.purpose.word()), &f.since, &f.name))
        }
    };
    let what = what.to(desk.lang()).to_string();
    vec![id.clone(), state.to_string(), party, what, level.to_string(), desk.moment(since), name.clone()]
}

/// A row of payments.
pub(super) fn payment_row(p: &PaymentRecord, lang: Lang) -> Vec<String> {
    let state = if lang == Lang::Zh { p.state.word_zh() } else { p.state.word() };
    let currency = p.currency;
    // A number that is no IBAN says nothing without its bank.
    let agent = p.creditor_agent.as_deref();
    let agent = agent.filter(|_| payee_bank(p.creditor_account.as_deref(), agent).is_some());
    let creditor = [p.creditor_name.as_deref(), p.creditor_account.as_deref(), agent];
    vec![
        payment_name(p),
        state.to_string(),
        p.execution_date.clone().unwrap_or_default(),
        format!("{currency} {}", amount(p.amount)),
        p.end_to_end_id.clone().unwrap_or_default(),
        creditor.into_iter().flatten().collect::<Vec<_>>().join(" "),
    ]
}

/// The columns of [`entry_row`].
pub(super) fn entry_columns() -> [(Column, Text); 6] {
    [
        (Column::Whole, text!("ENTRY", "分录")),
        (Column::Whole, text!("STATE", "状态")),
        (Column::Whole, text!("BOOKED", "入账日")),
        (Column::Number, text!("AMOUNT", "金额")),
        (Column::Whole, text!("WHY OR HOW", "依据")),
        (Column::Free, text!("COUNTERPARTY, TEXT", "对方、摘要")),
    ]
}

/// A row of entries; what was paid is negative.
pub(super) fn entry_row(e: &EntryRecord, lang: Lang) -> Vec<String> {
    let entry = &e.entry;
    let state = if lang == Lang::Zh { entry.state.word_zh() } else { entry.state.word() };
    let signed = if entry.indicator == Indicator::Debit { -entry.amount } else { entry.amount };
    let words = [&entry.reference, &entry.counterparty_name, &entry.counterparty_account, &entry.info];
    let how = [&entry.how, &entry.sure, &entry.why].into_iter().flatten();
    let how = how.map(|word| match_word(word).to(lang).to_string()).collect::<Vec<_>>().join(" ");
    vec![
        e.name(),
        state.to_string(),
        entry.booking_date.map(|day| day.to_string()).unwrap_or_default(),
        format!("{} {}", entry.currency, amount(signed)),
        how,
        words.into_iter().flatten().cloned().collect::<Vec<_>>().join(" "),
    ]
}

fn statement_row(s: &StatementRecord, lang: Lang) -> Vec<String> {
    let (inbound, document) = (&s.inbound, s.document);
    vec![
        format!("{inbound}/{document}"),
        kind(&s.kind).to(lang).to_string(),
        s.party.clone(),
        s.account.clone(),
        s.date.clone().unwrap_or_default(),
        s.entries.to_string(),
        amount(s.credit_sum),
        amount(s.debit_sum),
        counts(s).to(lang).to_string(),
    ]
}

/// Whether a statement counts, and instead of it what.
fn counts(s: &StatementRecord) -> Text {
    match (&s.replaced_by, &s.repeats) {
        (Some(by), _) => text!("no: replaced by {by}", "否：已由 {by} 取代"),
        (_, Some(of)) => text!("no: repeats {of}", "否：与 {of} 重复"),
        (None, None) => text!("yes", "是"),
    }
}

/// The day in an id such as `B20261123-0001`: the day at the installation's place on which it was given.
fn id_day(id: &str) -> Option<Date> {
    id.get(1..9).and_then(parse_date)
}

pub(super) fn day(text: &str) -> Result<Date, String> {
    parse_date(text).ok_or_else(|| carried(text!("write a day as `YYYY-MM-DD`", "日期写作 `YYYY-MM-DD`")))
}

fn range(text: &str) -> Result<Range, String> {
    let one = |text: &str| match text.trim() {
        "" => Ok(None),
        digits => parse_amount(digits).map(Some).map_err(|_| {
            carried(text!(
                "write `1000`, `1000..`, `..2000` or `1000..2000`",
                "写作 `1000`、`1000..`、`..2000` 或 `1000..2000`"
            ))
        }),
    };
    match text.split_once("..") {
        Some((least, most)) => Ok(Range(one(least)?, one(most)?)),
        None => one(text).map(|amount| Range(amount, amount)),
    }
}
