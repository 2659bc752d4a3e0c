//! The record that balances all others: a debit of the account that pays, with the sum of its payments.

use super::super::item::Item;
use super::super::value::Value;
use super::{Builder, amount};
use crate::document::{Amount, Group};
use crate::finding::{Finding, Place};
use crate::text;

/// The balancing records of the open document.
#[derive(Default)]
pub(super) struct Balancing {
    pub count: u64,
    /// Where the first one stands, and what it says.
    first: Option<(Place, Row)>,
}

#[derive(Default)]
struct Row {
    sum: Option<Amount>,
    /// What else it says, all of which is of the account that pays.
    said: Vec<(Item, String)>,
}

impl Builder {
    /// A record of this kind begins at `place`. A file has one.
    pub fn begin_balancing(&mut self, place: Place) {
        self.flush();
        self.balancing.count += 1;
        if self.balancing.first.is_some() {
            let message = text!("a second balancing record", "出现第二条平衡记录");
            self.notes.push(Finding::error("balancing", place, message).hint(hint()));
            return;
        }
        self.balancing.first = Some((place, Row::default()));
    }

    /// Takes a value of it in.
    pub fn set_balancing(&mut self, item: Item, value: &Value<'_>) {
        let Some((_, row)) = self.balancing.first.as_mut().filter(|_| self.balancing.count == 1) else { return };
        match item {
            Item::Sum => row.sum = amount(value),
            _ => row.said.push((item, value.text())),
        }
    }

    /// Demands, at the end of the document, that it is what balances the payments and not one of them.
    pub(super) fn hold_balancing(&mut self) {
        let Some((place, row)) = std::mem::take(&mut self.balancing).first else { return };
        let group = self.group_given.clone().unwrap_or_default();
        for (item, said) in row.said {
            if let Some(paying) = of_group(item, &group).filter(|paying| *paying != said) {
                let message = text!(
                    "the record takes money from `{said}`, and the payments are made from `{paying}`: it balances \
                     nothing",
                    "该记录从 `{said}` 扣款，而付款账户为 `{paying}`：它不是平衡记录"
                );
                self.notes.push(Finding::error("balancing", place.clone(), message).hint(hint()));
            }
        }
        let sum = self.sum();
        if let Some(said) = row.sum.filter(|said| *said != sum) {
            let message = text!(
                "the balancing record takes {said}, and the payments make {sum}",
                "平衡记录金额为 {said}，而付款合计为 {sum}"
            );
            self.notes.push(Finding::error("balancing", place, message).hint(hint()));
        }
    }
}

fn of_group(item: Item, group: &Group) -> Option<String> {
    match item {
        Item::GroupAccount => group.account.as_ref().map(|account| account.id.as_str().to_string()),
        Item::GroupBranch => group.branch.clone(),
        Item::GroupAgent => group.agent.clone(),
        _ => None,
    }
}

fn hint() -> crate::words::Text {
    text!(
        "a balancing record takes the sum of all payments from the account that pays; a file of payments takes no \
         debits of other accounts",
        "平衡记录只能从付款账户扣减全部付款的合计；付款文件中不得含有对其他账户的扣款"
    )
}
