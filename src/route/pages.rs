//! Statements that come in pages (fields 60M and 62M of MT940, pages of camt.053): which pages are one statement, and
//! which of them have not come.
//!
//! Pages come in one file or in several, in any order. Each is kept, matched and told as it comes; what an account
//! opened and closed with, only the first and the last one say.

use std::collections::BTreeMap;

use jiff::Span;

use crate::document::{Amount, Balance, Currency, Date, Statement, StatementEnd, parse_date};
use crate::journal::StatementRecord;
use crate::text;
use crate::words::Text;

/// What stands between number and page of a statement whose bank counts pages apart from its number.
const PAGE: &str = " p. ";
/// Days within which the pages of one statement are dated: the same number later is another statement.
const DAYS: i64 = 31;

/// The number under which a statement is kept: with its page, where it is one of several and the number does not hold
/// it. `7 p. 1` goes on, `7 p. 2/2` is the last one.
pub fn number_of(statement: &Statement, end: &StatementEnd) -> Option<String> {
    let number = statement.number.clone();
    let has = |is: fn(&Balance) -> bool| end.balances.iter().any(is);
    let (Some(page), Some(is_last)) = (statement.page, statement.last_page) else { return number };
    let is_whole = has(Balance::is_opening) && has(Balance::is_closing) || page == 1 && is_last;
    if is_whole {
        return number;
    }
    let name = number.or(statement.id.clone()).unwrap_or_default();
    Some(if is_last { format!("{name}{PAGE}{page}/{page}") } else { format!("{name}{PAGE}{page}") })
}

/// The running number of a statement, without its page.
pub fn running_number(statement: &StatementRecord) -> Option<&str> {
    let number = statement.number.as_deref()?;
    let number = number.split(PAGE).next().unwrap_or(number);
    Some(number.split('/').next().unwrap_or(number).trim())
}

/// A statement of one account: one file's, or the pages that make it, in their order.
#[derive(Clone, Debug)]
pub struct Whole<'a> {
    /// Its pages; at least one.
    pages: Vec<Page<'a>>,
}

/// What of a statement has not come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Lack {
    /// Pages before the first that is here; how many is not known.
    First,
    /// Pages from one number to another.
    Pages(u64, u64),
    /// Pages between two that are not counted, and do not join.
    Between,
    /// What follows the last that is here, and its page where it is counted.
    Last(Option<u64>),
}

/// One page, or a whole statement that has none.
#[derive(Clone, Debug)]
struct Page<'a> {
    record: &'a StatementRecord,
    number: Option<u64>,
    /// Whether nothing stands before it.
    begins: bool,
    /// Whether nothing follows it.
    ends: bool,
}

type Amounts = BTreeMap<Option<Currency>, Amount>;

impl<'a> Page<'a> {
    fn of(record: &'a StatementRecord) -> Page<'a> {
        let number = record.number.as_deref().unwrap_or_default();
        let has = |is: &dyn Fn(&Balance) -> bool| record.balances.iter().any(is);
        if let Some((_, page)) = number.split_once(PAGE) {
            let (page, is_last) = page.split_once('/').map_or((page, false), |(page, _)| (page, true));
            let number = page.parse().ok();
            let begins = number == Some(1) || has(&Balance::is_opening);
            return Page { record, number, begins, ends: is_last || has(&Balance::is_closing) };
        }
        let goes = |kinds: [&'static str; 2]| has(&|b| b.is_intermediate() && kinds.contains(&b.kind.as_str()));
        let (begins, ends) = (!goes(["OPBD", "PRCD"]), !goes(["CLBD", "CLBD"]));
        let page = number.split_once('/').and_then(|(_, page)| page.trim().parse().ok());
        // A page is only what says so: behind a slash some banks write the year.
        let number = page.filter(|_| !(begins && ends));
        Page { record, number, begins: begins || number == Some(1), ends }
    }

    fn is_whole(&self) -> bool {
        self.begins && self.ends
    }

    fn date(&self) -> Option<Date> {
        self.record.date.as_deref().and_then(parse_date)
    }

    /// The balances between it and the page before it, or after it.
    fn intermediate(&self, kind: &str, nth_interim: fn(Vec<&Balance>) -> Option<&Balance>) -> Amounts {
        let between = |b: &&Balance| b.is_intermediate() && b.kind == kind;
        let mut found: Vec<&Balance> = self.record.balances.iter().filter(between).collect();
        if found.is_empty() {
            // Pages of camt.053 have interim balances there, whose place alone says which is which.
            let interim: Vec<&Balance> = self.record.balances.iter().filter(|b| b.kind == "ITBD").collect();
            found = nth_interim(interim).into_iter().collect();
        }
        found.into_iter().map(|b| (b.currency, b.signed().normalize())).collect()
    }

    /// What it opens with where a page stands before it; empty where it does not say.
    fn opens_with(&self) -> Amounts {
        let ends = self.ends;
        if self.begins {
            return Amounts::new();
        }
        self.intermediate("OPBD", if ends { |all| all.first().copied() } else { only_first_of_two })
    }

    /// What it closes with where a page follows it; empty where it does not say.
    fn closes_with(&self) -> Amounts {
        let begins = self.begins;
        if self.ends {
            return Amounts::new();
        }
        self.intermediate("CLBD", if begins { |all| all.last().copied() } else { only_last_of_two })
    }

    /// Whether the other page goes on where this one ends; `None` where they do not say.
    fn joins(&self, next: &Page<'_>) -> Option<bool> {
        let (closing, opening) = (self.closes_with(), next.opens_with());
        (!closing.is_empty() && !opening.is_empty()).then(|| closing == opening)
    }
}

fn only_first_of_two(all: Vec<&Balance>) -> Option<&Balance> {
    all.first().copied().filter(|_| all.len() == 2)
}

fn only_last_of_two(all: Vec<&Balance>) -> Option<&Balance> {
    all.last().copied().filter(|_| all.len() == 2)
}

impl<'a> Whole<'a> {
    /// Its pages, in their order.
    pub fn pages(&self) -> impl Iterator<Item = &'a StatementRecord> + '_ {
        self.pages.iter().map(|page| page.record)
    }

    /// The first page that is here.
    pub fn first(&self) -> &'a StatementRecord {
        self.pages[0].record
    }

    /// The last page that is here.
    pub fn last(&self) -> &'a StatementRecord {
        self.pages[self.pages.len() - 1].record
    }

    /// The day that it is of, as the journal keeps it.
    pub fn day(&self) -> Option<&'a str> {
        self.pages().filter_map(|page| page.date.as_deref()).max()
    }

    /// Whether all its pages are here.
    pub fn is_complete(&self) -> bool {
        self.lacks().is_empty()
    }

    /// Which pages have not come, in words; `None` where all are here.
    pub fn missing(&self) -> Option<Text> {
        let words = self.lacks().into_iter().map(|lack| match lack {
            Lack::First => text!("the first page", "首页"),
            Lack::Pages(one, last) if one == last => text!("page {one}", "第 {one} 页"),
            Lack::Pages(one, last) => text!("pages {one} to {last}", "第 {one} 至 {last} 页"),
            Lack::Between => text!("a page between two others", "中间页"),
            Lack::Last(Some(page)) => text!("what follows page {page}", "第 {page} 页之后的页"),
            Lack::Last(None) => text!("the last page", "末页"),
        });
        words.reduce(|all, more| text!("{all}, {more}", "{all}、{more}"))
    }

    fn lacks(&self) -> Vec<Lack> {
        let mut lacks = Vec::new();
        let (first, last) = (&self.pages[0], &self.pages[self.pages.len() - 1]);
        if !first.begins {
            lacks.push(first.number.filter(|n| *n > 1).map_or(Lack::First, |n| Lack::Pages(1, n - 1)));
        }
        for pair in self.pages.windows(2) {
            let (one, next) = (&pair[0], &pair[1]);
            match (one.number, next.number) {
                (Some(one), Some(next)) if next > one + 1 => lacks.push(Lack::Pages(one + 1, next - 1)),
                _ if one.joins(next) == Some(false) => lacks.push(Lack::Between),
                _ => {}
            }
        }
        if !last.ends {
            lacks.push(Lack::Last(last.number));
        }
        lacks
    }

    /// Whether `page` may be one of these, and whether it joins one of them.
    fn takes(&self, page: &Page<'_>) -> Option<bool> {
        let (old, new) = (self.first(), page.record);
        let same = old.party == new.party && old.account == new.account && running_number(old) == running_number(new);
        let near = |one: &Page<'_>| match (one.date(), page.date()) {
            (Some(one), Some(other)) => other - Span::new().days(DAYS) <= one && one - Span::new().days(DAYS) <= other,
            _ => true,
        };
        if !same || self.pages.iter().any(Page::is_whole) || !self.pages.iter().all(near) {
            return None;
        }
        let joins = self.pages.iter().any(|one| one.joins(page) == Some(true) || page.joins(one) == Some(true));
        let is_there = match page.number {
            Some(_) => self.pages.iter().any(|one| one.number == page.number),
            // What is not counted is told by what it begins, ends and joins.
            None => self.pages.iter().any(|one| one.begins && page.begins || one.ends && page.ends),
        };
        (!is_there).then_some(joins)
    }

    fn put_in_order(&mut self) {
        if self.pages.iter().all(|page| page.number.is_some()) {
            return self.pages.sort_by_key(|page| page.number);
        }
        let mut rest = std::mem::take(&mut self.pages);
        while !rest.is_empty() {
            let next = match self.pages.last() {
                None => rest.iter().position(|page| page.begins),
                Some(last) => rest.iter().position(|page| last.joins(page) == Some(true)),
            };
            // What joins nothing stands where it came, and the end behind it.
            let next = next.or_else(|| rest.iter().position(|page| !page.ends)).unwrap_or(0);
            self.pages.push(rest.remove(next));
        }
    }
}

/// Puts the pages of statements together. The statements stand in the order in which they came; each is in exactly one
/// whole, and the wholes stand in the order of their days and numbers.
pub fn assemble<'a>(statements: impl IntoIterator<Item = &'a StatementRecord>) -> Vec<Whole<'a>> {
    let mut wholes: Vec<Whole<'a>> = Vec::new();
    // Few statements have pages: only theirs are looked through.
    let mut paged: Vec<usize> = Vec::new();
    for record in statements {
        let page = Page::of(record);
        if page.is_whole() {
            wholes.push(Whole { pages: vec![page] });
            continue;
        }
        let takes = |at: &&usize| wholes[**at].takes(&page);
        let joining = paged.iter().rev().find(|at| takes(at) == Some(true));
        match joining.or_else(|| paged.iter().rev().find(|at| takes(at).is_some())).copied() {
            Some(at) => wholes[at].pages.push(page),
            None => {
                paged.push(wholes.len());
                wholes.push(Whole { pages: vec![page] });
            }
        }
    }
    paged.iter().for_each(|at| wholes[*at].put_in_order());
    // Of one day, the numbers say which came first, whenever they did.
    let number = |whole: &Whole<'_>| running_number(whole.first()).and_then(|number| number.parse::<u64>().ok());
    wholes.sort_by_key(|whole| (whole.day(), number(whole)));
    wholes
}
