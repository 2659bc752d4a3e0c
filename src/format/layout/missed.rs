//! What a document gives and a layout has no column for: told once for each part of it, however many rows there are.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::declare::RecordKind;
use super::item::{Carries, Item};
use super::plan::Plan;
use super::view::View;
use crate::document::{Entry, EntryDetail, Group, Payment};
use crate::finding::{Finding, Level, Place};
use crate::text;

/// A part of a row.
struct Part {
    name: &'static str,
    level: Level,
    /// Whether a piece of it is given, and the items of which any carries that piece.
    pieces: &'static [(Given, &'static [Item])],
}

type Given = fn(&View<'_>) -> bool;

/// What the bank is to do, or to hand on.
const fn warned(name: &'static str, pieces: &'static [(Given, &'static [Item])]) -> Part {
    Part { name, level: Level::Warning, pieces }
}

/// What only describes.
const fn told(name: &'static str, pieces: &'static [(Given, &'static [Item])]) -> Part {
    Part { name, level: Level::Info, pieces }
}

const PAYMENT: &[Part] = &[
    warned("account", &[(|v| group(v, |g| g.account.is_some()), &[Item::GroupAccount])]),
    warned("execution_date", &[(|v| group(v, |g| g.execution_date.is_some()), &[Item::ExecutionDate])]),
    warned("end_to_end_id", &[(|v| payment(v, |p| p.end_to_end_id.is_some()), &[Item::EndToEndId])]),
    told("instruction_id", &[(|v| payment(v, |p| p.instruction_id.is_some()), &[Item::InstructionId])]),
    warned(
        "remittance",
        &[
            (|v| payment(v, |p| !p.remittance.is_empty()), &[Item::Remittance, Item::Remittance1]),
            (|v| payment(v, |p| p.remittance.len() > 1), &[Item::Remittance, Item::Remittance2]),
        ],
    ),
    warned("structured_reference", &[(|v| payment(v, |p| p.structured_reference.is_some()), &[Item::Reference])]),
    warned("purpose", &[(|v| payment(v, |p| p.purpose.is_some()), &[Item::Purpose])]),
    told(
        "category_purpose",
        &[
            (|v| group(v, |g| g.category_purpose.is_some()), &[Item::CategoryPurpose]),
            (|v| payment(v, |p| p.category_purpose.is_some()), &[]),
        ],
    ),
    warned(
        "charge_bearer",
        &[
            (|v| payment(v, |p| p.charge_bearer.is_some()), &[Item::ChargeBearer]),
            (|v| group(v, |g| g.charge_bearer.is_some()), &[]),
        ],
    ),
    warned("urgent", &[(|v| payment(v, |p| p.urgent == Some(true)), &[Item::Urgent])]),
    told("service_level", &[(|v| group(v, |g| g.service_level.is_some()), &[])]),
    told("local_instrument", &[(|v| group(v, |g| g.local_instrument.is_some()), &[])]),
    warned("mandate_id", &[(|v| payment(v, |p| p.mandate_id.is_some()), &[Item::Mandate])]),
    told("counterparty.agent", &[(|v| payment(v, |p| p.counterparty.agent.is_some()), &[Item::Agent])]),
    told("counterparty.agent_name", &[(|v| payment(v, |p| p.counterparty.agent_name.is_some()), &[Item::AgentName])]),
    told("counterparty.id", &[(|v| payment(v, |p| p.counterparty.id.is_some()), &[Item::PartyId])]),
    told(
        "counterparty.address",
        &[
            (|v| payment(v, |p| p.counterparty.address.street.is_some()), &[Item::Street]),
            (|v| payment(v, |p| p.counterparty.address.building.is_some()), &[]),
            (|v| payment(v, |p| p.counterparty.address.post_code.is_some()), &[Item::PostCode]),
            (|v| payment(v, |p| p.counterparty.address.town.is_some()), &[Item::Town]),
            (|v| payment(v, |p| p.counterparty.address.state.is_some()), &[Item::State]),
            (|v| payment(v, |p| p.counterparty.address.country.is_some()), &[Item::Country]),
            (|v| payment(v, |p| !p.counterparty.address.lines.is_empty()), &[Item::AddressLine]),
        ],
    ),
];

const ENTRY: &[Part] = &[
    warned("status", &[(|v| entry(v, |e| e.status.as_deref().is_some_and(|s| s != "BOOK")), &[Item::EntryStatus])]),
    warned("reversal", &[(|v| entry(v, |e| e.reversal), &[Item::Reversal])]),
    warned("details", &[(|v| entry(v, |e| e.details.len() > 1), &[])]),
    told("bank_reference", &[(|v| entry(v, |e| e.bank_reference.is_some()), &[Item::BankReference])]),
    warned("end_to_end_id", &[(|v| detail(v, |d| d.end_to_end_id.is_some()), &[Item::EndToEndId])]),
    warned("return_reason", &[(|v| detail(v, |d| d.return_reason.is_some()), &[Item::ReturnReason])]),
    warned("structured_reference", &[(|v| detail(v, |d| d.structured_reference.is_some()), &[Item::Reference])]),
    warned(
        "remittance",
        &[
            (|v| detail(v, |d| !d.remittance.is_empty()), &[Item::Remittance, Item::Remittance1]),
            (|v| detail(v, |d| d.remittance.len() > 1), &[Item::Remittance, Item::Remittance2]),
        ],
    ),
    warned("counterparty.name", &[(|v| detail(v, |d| d.counterparty.name.is_some()), &[Item::Name, Item::PayerName])]),
    warned(
        "counterparty.account",
        &[(|v| detail(v, |d| d.counterparty.account.is_some()), &[Item::Account, Item::PayerAccount])],
    ),
];

fn payment(view: &View<'_>, given: impl Fn(&Payment) -> bool) -> bool {
    view.payment.is_some_and(given)
}

fn group(view: &View<'_>, given: impl Fn(&Group) -> bool) -> bool {
    view.group.is_some_and(given)
}

fn entry(view: &View<'_>, given: impl Fn(&Entry) -> bool) -> bool {
    view.entry.is_some_and(given)
}

/// The only detail of an entry; several are a part of their own.
fn detail(view: &View<'_>, given: impl Fn(&EntryDetail) -> bool) -> bool {
    view.entry.and_then(|entry| entry.details.first()).is_some_and(given)
}

/// Names of values beyond the document model that are told one by one.
const MOST_EXTRAS: usize = 20;

/// Counts what is left out.
pub(super) struct Missed {
    plan: Arc<Plan>,
    parts: Vec<Counted>,
    /// Values beyond the document model that have a field, though not in every row.
    sometimes: BTreeMap<String, Vec<Carrier>>,
    extras: BTreeMap<String, u64>,
    /// What no row may be written without, where not every row has a field for it.
    money: Vec<(&'static [Item], Vec<Carrier>)>,
}

/// A part that may be left out, and how often it was.
struct Counted {
    part: &'static Part,
    /// Its pieces that not every row carries, with the fields that carry them where they do.
    pieces: Vec<(Given, Vec<Carrier>)>,
    count: u64,
}

/// A field that carries something in some rows.
struct Carrier {
    /// Its record and its number there.
    at: (usize, usize),
    /// Whether another item stands in it where that has a value.
    instead: bool,
}

impl Carrier {
    fn carries(&self, plan: &Plan, view: &View<'_>) -> bool {
        let (record, field) = self.at;
        let field = &plan.records[record].fields[field];
        let free = !self.instead || field.item.is_none_or(|item| view.get(item).is_none());
        free && plan.writes(record, view) && field.when.as_ref().is_none_or(|when| when.holds_for(plan, view))
    }
}

/// What no row may be written without, as it may be said in files of a kind.
fn money(carries: Carries) -> &'static [&'static [Item]] {
    match carries {
        Carries::Payments => &[&[Item::Amount], &[Item::Currency], &[Item::Account], &[Item::Name]],
        Carries::Statement => &[&[Item::Amount, Item::Signed, Item::Credit, Item::Debit]],
        Carries::Status => &[&[Item::Status, Item::PaymentState]],
        Carries::Receipts | Carries::Refusal => &[],
    }
}

impl Missed {
    /// Nothing is missed yet.
    pub fn new(plan: Arc<Plan>) -> Missed {
        let parts = match plan.carries {
            Carries::Payments => PAYMENT,
            Carries::Statement => ENTRY,
            _ => &[],
        };
        let parts = parts.iter().map(|part| Counted::new(part, &plan)).filter(|part| !part.pieces.is_empty());
        let numbers = (0..plan.extras.len()).filter_map(|at| Some((at, Item::Extra(u16::try_from(at).ok()?))));
        let sometimes = numbers.filter_map(|(at, item)| Some((plan.extras[at].clone(), carriers(&plan, &[item])?)));
        let money = money(plan.carries).iter().filter_map(|items| Some((*items, carriers(&plan, items)?)));
        let money = money.filter(|(_, carriers)| carriers.iter().any(|carrier| !carrier.instead)).collect();
        Missed { parts: parts.collect(), sometimes: sometimes.collect(), extras: BTreeMap::new(), money, plan }
    }

    /// Looks at a row that is written.
    ///
    /// # Errors
    /// It would be written without what moves its money.
    pub fn look(&mut self, view: &View<'_>) -> Result<(), Finding> {
        let plan = &self.plan;
        let none = |carriers: &[Carrier]| !carriers.iter().any(|carrier| carrier.carries(plan, view));
        for (items, carriers) in &self.money {
            let given = items.iter().find(|item| is_given(plan, **item, view));
            if let Some(item) = given.filter(|_| none(carriers)) {
                return Err(without(*item, view));
            }
        }
        for part in &mut self.parts {
            let lost = |(given, carriers): &(Given, Vec<Carrier>)| given(view) && none(carriers);
            part.count += u64::from(part.pieces.iter().any(lost));
        }
        let extras = view.payment.map(|payment| &payment.extra).into_iter().flat_map(BTreeMap::keys);
        for name in extras.filter(|name| *name != "x_same_bank") {
            let carried = self.plan.extras.contains(name);
            if carried && self.sometimes.get(name).is_none_or(|carriers| !none(carriers)) {
                continue;
            }
            if let Some(count) = self.extras.get_mut(name) {
                *count += 1;
            } else if self.extras.len() < MOST_EXTRAS {
                self.extras.insert(name.clone(), 1);
            }
        }
        Ok(())
    }

    /// What was left out, a finding for each part; the counts begin anew.
    pub fn take(&mut self) -> Vec<Finding> {
        let name = &self.plan.name;
        let extras = std::mem::take(&mut self.extras);
        let parts = self.parts.iter_mut().filter(|part| part.count > 0);
        let parts = parts.map(|part| (part.part.name, part.part.level, std::mem::take(&mut part.count)));
        let extras = extras.iter().map(|(extra, count)| (extra.as_str(), level_of(extra), *count));
        parts.chain(extras).map(|(part, level, count)| finding(part, level, count, name)).collect()
    }
}

impl Counted {
    fn new(part: &'static Part, plan: &Plan) -> Counted {
        let pieces = part.pieces.iter().filter_map(|(given, items)| Some((*given, carriers(plan, items)?)));
        Counted { part, pieces: pieces.collect(), count: 0 }
    }
}

/// The fields that carry any of `items` in some rows; `None` where one does in all.
fn carriers(plan: &Plan, items: &[Item]) -> Option<Vec<Carrier>> {
    let written = |kind| !matches!(kind, RecordKind::Lines | RecordKind::Section | RecordKind::Columns);
    let records = plan.records.iter().enumerate().filter(|(_, record)| written(record.kind));
    let several = plan.records.iter().filter(|record| record.kind == RecordKind::Detail).count() > 1;
    let mut carriers = Vec::new();
    for (at, record) in records {
        let every = record.when.is_none() && !(several && record.kind == RecordKind::Detail);
        if every && record.says.iter().any(|said| items.contains(&said.item)) {
            return None;
        }
        for (number, field) in record.fields.iter().enumerate() {
            let own = field.item.is_some_and(|item| items.contains(&item));
            if own && every && field.when.is_none() {
                return None;
            }
            if own || field.or.is_some_and(|item| items.contains(&item)) {
                carriers.push(Carrier { at: (at, number), instead: !own });
            }
        }
    }
    Some(carriers)
}

/// Whether a row has a value that must not be lost.
fn is_given(plan: &Plan, item: Item, view: &View<'_>) -> bool {
    match item {
        Item::Currency => view.payment.is_some_and(|payment| Some(payment.currency) != plan.currency),
        item => view.get(item).is_some(),
    }
}

/// A row that would be written without its amount, its account …
fn without(item: Item, view: &View<'_>) -> Finding {
    let name = item.name();
    let message = text!("no field that counts for this row carries its `{name}`", "该行没有适用的字段承载其 `{name}`");
    let hint = text!(
        "correct the conditions (`when`) of the template's fields of `{name}`: in every row one must hold",
        "请修正模板中 `{name}` 各字段的条件（`when`）：每行须有一个成立"
    );
    Finding::error("not-carried", super::pen::place_of_row(view), message).hint(hint)
}

/// Those for whom the money is are handed on by banks that have a column for them.
fn level_of(extra: &str) -> Level {
    if extra.starts_with("x_ultimate_") { Level::Warning } else { Level::Info }
}

fn finding(part: &str, level: Level, count: u64, name: &str) -> Finding {
    let message = text!(
        "`{name}` has no column for `{part}`: it is left out in {count} rows",
        "`{name}` 没有 `{part}` 对应的列：{count} 行的该内容未写出"
    );
    Finding { level, ..Finding::warning("not-carried", Place::default().field(part.to_string()), message) }
}
