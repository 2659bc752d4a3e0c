//! What is played with a bank of a template: its example payments as an ERP's batch, and how they must end.

use std::collections::BTreeMap;
use std::io::{Cursor, Write};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::PracticeError;
use crate::config::ConfigError;
use crate::disk::{self, DiskError};
use crate::document::{
    Account, Amount, Currency, Date, Group, GroupAccount, Indicator, Method, Moment, Part, Payment, parse_date,
};
use crate::format::layout::{Carries, Plan};
use crate::format::{self, ReadOptions, WriteOptions};
use crate::sandbox::bank::{Opening, Settings};
use crate::template::{self, Template, prove};
use crate::words::Text;

/// The account that is paid from where the bank's file does not say one.
const ACCOUNT: &str = "2002000000000000017";
/// Payments for banks that take a standard format; `@DAY@` is the day of execution.
const PAYMENTS: &str = include_str!("../demo/good.csv");

/// What is played with a bank of a template.
#[derive(Clone, Debug)]
pub struct Script {
    /// The bank.
    pub template: Template,
    /// The account that is paid from.
    pub account: String,
    /// Its currency.
    pub currency: Currency,
    /// What the ERP drops: JSON lines, which carry all that any bank may ask for.
    pub batch: Vec<u8>,
    /// How many payments must end in which state.
    pub ends: BTreeMap<&'static str, u64>,
    /// Whether the bank has a result file.
    pub answers: bool,
    /// Whether it has a statement.
    pub states: bool,
    /// The bank's settings.
    pub settings: Settings,
}

impl Script {
    /// The script for the template of this name, found in `folder` or among those built in.
    ///
    /// # Errors
    /// [`PracticeError`] when there is no such bank, or it takes no payments.
    pub fn of(folder: &Path, name: &str, now: Timestamp) -> Result<Script, PracticeError> {
        let template = template::find(folder, name).map_err(ConfigError::from)?;
        let mut parts = payments(folder, &template, now)?;
        let (account, currency) = adapt(&mut parts, &template, now);
        let asked: Vec<Amount> =
            parts.iter().filter_map(|part| if let Part::Payment(p) = part { Some(p.amount) } else { None }).collect();
        let limit = limit(&asked);
        let settings = Settings { templates: folder.to_path_buf(), statement_after: Some(1), ..Settings::default() };
        let mut settings = settings.played_by(name)?;
        settings.rules.amount_over = Some(limit);
        settings.accounts = Account::parse(&account)
            .map(|id| Opening { id, currency, balance: Amount::new(100_000_000, 2), owner: None })
            .into_iter()
            .collect();
        let is_standard = template.layout.is_empty();
        let states = |plan: &Arc<Plan>| !plan.layout.read_only;
        let mut script = Script {
            answers: template.layout.get(Carries::Status).is_some()
                || is_standard && template.payments.format != "nacha",
            states: template.layout.get(Carries::Statement).is_some_and(states) || is_standard,
            batch: json_lines(&parts)?,
            ends: BTreeMap::new(),
            template,
            account,
            currency,
            settings,
        };
        for amount in asked {
            *script.ends.entry(script.end(amount > limit)).or_default() += 1;
        }
        Ok(script)
    }

    /// How a payment ends.
    fn end(&self, refused: bool) -> &'static str {
        match (refused, self.answers, self.states) {
            (true, true, _) if self.settings.names_refusals() => "rejected",
            // A bank that has no word for it leaves the payment open.
            (true, true, _) => "unknown",
            (false, _, true) => "booked",
            (false, true, false) if self.settings.levels.iter().any(|level| level == "ACSC") => "executed",
            (false, true, false) => "accepted",
            (_, false, _) => "sent",
        }
    }

    /// Copies the templates of one's own in `from` into an installation.
    ///
    /// # Errors
    /// [`DiskError`].
    pub fn bring_templates(from: &Path, to: &Path) -> Result<(), DiskError> {
        for name in template::names(from) {
            if let Ok(source) = std::fs::read(from.join(format!("{name}.toml"))) {
                disk::replace(to, &format!("{name}.toml"), &source)?;
            }
        }
        Ok(())
    }

    /// Lets the practice bank take files at every hour: a bank's hours would make practice wait for Monday. A template
    /// with hours is put into `to` without them.
    ///
    /// # Errors
    /// [`ConfigError`]; [`DiskError`].
    pub fn keep_open(&self, to: &Path) -> Result<(), PracticeError> {
        let (folder, name) = (&self.settings.templates, &self.template.name);
        let source = template::template_source(folder, name).map_err(ConfigError::from)?;
        let mut table = template::whole_table(folder, name, &source).map_err(ConfigError::from)?;
        let mut hours = table.remove("calendar").is_some();
        for key in ["test", "production", "out"] {
            let Some(inner) = table.get_mut(key).and_then(toml::Value::as_table_mut) else { continue };
            hours |= inner.remove("calendar").is_some() | inner.remove("merge").is_some();
        }
        match hours {
            true => Ok(disk::replace(to, &format!("{name}.toml"), table.to_string().as_bytes())?),
            false => Ok(()),
        }
    }
}

/// The template's example of payments; for standard formats, payments of our own.
fn payments(folder: &Path, template: &Template, now: Timestamp) -> Result<Vec<Part>, PracticeError> {
    let name = &template.name;
    let wrong = |why: String| PracticeError::from(ConfigError::Wrong(Text::same(why)));
    if let Some(plan) = template.layout.get(Carries::Payments) {
        let file = prove::example_file(Carries::Payments);
        let own = std::fs::read(folder.join("examples").join(name).join(file)).ok();
        let bytes = own.or_else(|| template::example(name, file).map(<[u8]>::to_vec));
        let bytes = bytes.ok_or_else(|| PracticeError::NoExample(name.clone()))?;
        return prove::read(plan, &bytes, parse_date(&template.provenance.date)).map_err(wrong);
    }
    if !template.layout.is_empty() {
        return Err(PracticeError::NoPayments(name.clone()));
    }
    let file = prove::example_file(Carries::Payments);
    let own = std::fs::read(folder.join("examples").join(name).join(file)).ok();
    if let Some(bytes) = own.or_else(|| template::example(name, file).map(<[u8]>::to_vec)) {
        return prove::read_payments(template, &bytes).map_err(wrong);
    }
    let day = now.strftime("%Y-%m-%d").to_string();
    let text = PAYMENTS.replace("@DAY@", &day).replace("@ACCOUNT@", super::ACCOUNT);
    let mut reader = format::open("csv", Box::new(Cursor::new(text.into_bytes())), &ReadOptions::default())
        .map_err(|e| wrong(e.to_string()))?;
    let mut parts = Vec::new();
    while let Some(part) = reader.next_part().map_err(|e| wrong(e.to_string()))? {
        parts.push(part);
    }
    Ok(parts)
}

/// Makes the payments today's, and of the kind that the bank takes; the account and currency that they are from.
fn adapt(parts: &mut [Part], template: &Template, now: Timestamp) -> (String, Currency) {
    let debits = template.payments.format.starts_with("pain.008");
    let day = TimeZone::UTC.to_datetime(now).date();
    let (mut account, mut currency) = (None, None);
    for part in parts {
        match part {
            Part::Payments(head) => {
                head.created = Moment::parse(&now.strftime("%Y-%m-%dT%H:%M:%SZ").to_string());
                head.message_id = None;
            }
            Part::Group(group) => {
                adapt_group(group, debits, day);
                account = account.or_else(|| group.account.as_ref().map(|a| a.id.as_str().to_string()));
            }
            Part::Payment(payment) => {
                currency = currency.or(Some(payment.currency));
                adapt_payment(payment, debits, day);
            }
            _ => {}
        }
    }
    (account.unwrap_or_else(|| ACCOUNT.to_string()), currency.unwrap_or(Currency::EUR))
}

fn adapt_group(group: &mut Group, debits: bool, day: Date) {
    group.execution_date = Some(day);
    group.account = group.account.take().or_else(|| GroupAccount::parse(ACCOUNT));
    if debits {
        group.method = Method::DirectDebit;
        group.party.id = Some("DE98ZZZ09999999999".to_string());
    }
}

fn adapt_payment(payment: &mut Payment, debits: bool, day: Date) {
    let id = payment.end_to_end_id.take();
    payment.end_to_end_id = Some(id.unwrap_or_else(|| format!("PLAY-{}", payment.seq)));
    if debits {
        payment.indicator = Indicator::Debit;
        payment.mandate_id = Some(format!("M-{}", payment.seq));
        payment.mandate_date = Some(day);
    }
}

/// What the bank refuses: all over this, which only the largest payment is, where there are several.
fn limit(amounts: &[Amount]) -> Amount {
    let largest = amounts.iter().max().copied().unwrap_or_default();
    amounts.iter().filter(|amount| **amount < largest).max().copied().unwrap_or(largest)
}

fn json_lines(parts: &[Part]) -> Result<Vec<u8>, PracticeError> {
    let wrong = |why: String| PracticeError::from(ConfigError::Wrong(Text::same(why)));
    let kept = Kept::default();
    let mut writer =
        format::create("jsonl", Box::new(kept.clone()), &WriteOptions::default()).map_err(|e| wrong(e.to_string()))?;
    for part in parts {
        writer.write_part(part).map_err(|e| wrong(e.to_string()))?;
    }
    writer.finish().map_err(|e| wrong(e.to_string()))?;
    drop(writer);
    Ok(std::mem::take(&mut kept.0.lock().unwrap_or_else(PoisonError::into_inner)))
}

/// An output that can be looked at after its writer took it.
#[derive(Clone, Default)]
struct Kept(Arc<Mutex<Vec<u8>>>);

impl Write for Kept {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}
