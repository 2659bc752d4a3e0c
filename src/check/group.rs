//! `group-method`, `group-id-twice`, `mandate-missing`, `sepa-scheme`: what a group of payments cannot mix.

use std::collections::{HashMap, HashSet};

use super::field::{Field, theirs};
use super::identity::short_hash;
use super::note::Notes;
use super::rules::{Grade, Rule};
use crate::document::{Group, Indicator, Method, Payment};
use crate::finding::Place;
use crate::text;

pub(super) static METHOD: Rule = Rule {
    name: "group-method",
    grade: Grade::Error,
    firm: true,
    demands: ("a group holds transfers or direct debits, never both", "一组付款只能全为付款或全为代收"),
};

pub(super) static TWICE: Rule = Rule {
    name: "group-id-twice",
    grade: Grade::Error,
    firm: false,
    demands: ("no two groups of a file have the same id", "同一文件内付款组编号不重复"),
};

pub(super) static MANDATE: Rule = Rule {
    name: "mandate-missing",
    grade: Grade::Error,
    firm: false,
    demands: ("a SEPA direct debit names its mandate", "SEPA 直接借记须注明授权编号"),
};

pub(super) static SEPA: Rule = Rule {
    name: "sepa-scheme",
    grade: Grade::Error,
    firm: false,
    demands: (
        "a payment at service level SEPA is in EUR and between IBANs",
        "SEPA 服务级别的付款须为欧元且双方账号均为 IBAN",
    ),
};

/// The most groups that may come again, so that a file of countless groups does not fill the memory.
const MOST_KNOWN: usize = 10_000;

/// The file's groups so far: their ids, and those that may come again.
#[derive(Default)]
pub(super) struct Groups {
    ids: HashSet<[u8; 12]>,
    known: HashMap<String, Group>,
}

impl Groups {
    /// Whether this is an earlier group that goes on, as in a list whose rows change their date: the same in
    /// everything. A group that declares its totals is whole where it stands and never goes on.
    pub fn goes_on(&self, group: &Group) -> bool {
        group.id.as_ref().and_then(|id| self.known.get(id)).is_some_and(|known| known == group)
    }

    /// What begins now is another document: no group of the one before goes on in it.
    pub fn open_document(&mut self) {
        self.known.clear();
    }

    pub fn look_at_group(&mut self, group: &Group, place: &Place, notes: &mut Notes) {
        let Some(id) = group.id.as_deref().map(str::trim).filter(|id| !id.is_empty()) else { return };
        if !self.ids.insert(short_hash(id)) {
            let message = text!("an earlier group already has the id `{id}`", "付款组编号 `{id}` 已被前面的组使用");
            let hint = text!("give every group an id of its own", "请为每组付款编制不同的编号");
            notes.note(&TWICE, place.clone().field(Field::PaymentInformationId.name()), message, hint);
        } else if group.declared.is_empty() && self.known.len() < MOST_KNOWN {
            self.known.insert(group.id.clone().unwrap_or_default(), group.clone());
        }
    }
}

pub(super) fn look_at_payment(payment: &Payment, group: &Group, notes: &mut Notes) {
    let wanted = if group.method == Method::Transfer { Indicator::Credit } else { Indicator::Debit };
    if payment.indicator != wanted {
        let (is, wants) = (payment.indicator.code(), wanted.code());
        let message =
            text!("the payment is `{is}` in a group of `{wants}`", "该笔为 `{is}`，与所在组的 `{wants}` 不符");
        let hint = text!("put transfers and direct debits into groups of their own", "请将付款与代收分别成组");
        notes.note(&METHOD, payment.place.clone(), message, hint);
    }
    if group.service_level.as_deref() == Some("SEPA") {
        look_at_sepa(payment, group, notes);
    }
}

fn look_at_sepa(payment: &Payment, group: &Group, notes: &mut Notes) {
    let place = |field: Field| payment.place.clone().field(field.name());
    let currency = payment.currency;
    if currency.as_str() != "EUR" {
        let message = text!("a SEPA payment is in EUR, not in {currency}", "SEPA 付款的币种须为 EUR，而非 {currency}");
        let hint = text!(
            "put payments in {currency} into a group without service level SEPA",
            "请将 {currency} 付款放入非 SEPA 的组"
        );
        notes.note(&SEPA, place(Field::Currency), message, hint);
    }
    let account = payment.counterparty.account.as_ref();
    // A broken IBAN has a finding of its own.
    if let Some(account) = account.filter(|a| a.iban().is_none() && !a.is_broken_iban()) {
        let message =
            text!("a SEPA payment needs an IBAN, `{account}` is none", "SEPA 付款须使用 IBAN，`{account}` 不是 IBAN");
        let hint = text!("ask the counterparty for the IBAN", "请向对方索取 IBAN");
        notes.note(&SEPA, place(theirs(group.method).account), message, hint);
    }
    if group.method == Method::DirectDebit && payment.mandate_id.is_none() {
        let message = text!("the direct debit has no mandate", "该笔代收没有授权编号");
        let hint = text!("fill in the mandate's id and the day of its signature", "请填写授权编号和签署日期");
        notes.note(&MANDATE, place(Field::MandateId), message, hint);
    }
}
