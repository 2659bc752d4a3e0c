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
    extras: BTreeMap<String, u64>,
}

/// A part that may be left out, and how often it was.
struct Counted {
    part: &'static Part,
    /// Its pieces that not every row carries, with the items in whose columns they stand where those have no value.
    pieces: Vec<(Given, Vec<Item>)>,
    count: u64,
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
        Missed { parts: parts.collect(), extras: BTreeMap::new(), plan }
    }

    /// Looks at a row that is written.
    pub fn look(&mut self, view: &View<'_>) {
        for part in &mut self.parts {
            let lost = |(given, instead): &(Given, Vec<Item>)| {
                given(view) && instead.iter().all(|other| view.get(*other).is_some())
            };
            part.count += u64::from(part.pieces.iter().any(lost));
        }
        let extras = view.payment.map(|payment| &payment.extra).into_iter().flat_map(BTreeMap::keys);
        for name in extras.filter(|name| *name != "x_same_bank") {
            if self.plan.extras.contains(name) {
                continue;
            }
            if let Some(count) = self.extras.get_mut(name) {
                *count += 1;
            } else if self.extras.len() < MOST_EXTRAS {
                self.extras.insert(name.clone(), 1);
            }
        }
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
        let pieces = part.pieces.iter().filter_map(|(given, items)| Some((*given, instead(plan, items)?)));
        Counted { part, pieces: pieces.collect(), count: 0 }
    }
}

/// The items in whose columns any of `items` stands where those have no value; `None` where it has a column of its own.
fn instead(plan: &Plan, items: &[Item]) -> Option<Vec<Item>> {
    let written = |kind| !matches!(kind, RecordKind::Lines | RecordKind::Section | RecordKind::Columns);
    let fields = plan.records.iter().filter(|record| written(record.kind)).flat_map(|record| &record.fields);
    let mut others = Vec::new();
    for field in fields {
        if field.item.is_some_and(|item| items.contains(&item)) {
            return None;
        }
        if field.or.is_some_and(|item| items.contains(&item)) {
            others.extend(field.item);
        }
    }
    Some(others)
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
