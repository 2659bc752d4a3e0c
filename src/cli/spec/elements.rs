//! The elements of an ISO 20022 message one by one, as the template's scheme and checks leave them.

use super::block::{Block, code, codes, table, yes};
use crate::check::{Field, RULES, Unit};
use crate::finding::Level;
use crate::format::xml::{self, Element, ElementKind, Presence};
use crate::template::Template;
use crate::text;
use crate::words::Text;

/// An element, and what the template says of it.
pub(super) struct Told {
    pub element: Element,
    /// The field of payments that fills it.
    pub field: Option<Field>,
    /// The only values that it may have, where the template lists them.
    values: Option<Vec<String>>,
}

impl Told {
    /// Whether its value must come with the payment.
    pub fn is_given(&self) -> bool {
        !self.is_ours() && !matches!(self.field, None | Some(Field::PaymentInformationId))
    }

    /// Whether we make its value ourselves.
    fn is_ours(&self) -> bool {
        let path = self.element.path.as_str();
        OURS.iter().any(|end| path.ends_with(end)) || path.contains("/Tp/CdOrPrtry/")
    }
}

/// Ends of the paths whose values nobody gives us.
const OURS: [&str; 7] = ["MsgId", "CreDtTm", "NbOfTxs", "CtrlSum", "PmtMtd", "SchmeNm/Prtry", "ClrSysId/Cd"];

/// Every element that payments are written with, in the order of the file; none for another format.
pub(super) fn told(template: &Template) -> Vec<Told> {
    let payments = &template.payments;
    let list = xml::elements(&payments.format, payments.address, &payments.scheme);
    list.into_iter().filter_map(|element| tell(template, element)).collect()
}

/// The fields that must come with a payment, each with the element that carries it; none with a choice of them.
pub(super) fn demanded(template: &Template) -> Vec<(Field, Option<String>)> {
    let mut demanded: Vec<(Field, Option<String>)> = Vec::new();
    for told in told(template).into_iter().filter(Told::is_given) {
        let Some(field) = told.field.filter(|field| demanded.iter().all(|(known, _)| known != field)) else { continue };
        match told.element.presence {
            Presence::Always => demanded.push((field, Some(told.element.path))),
            Presence::Choice if is_demanded(template, field) => demanded.push((field, None)),
            _ => {}
        }
    }
    demanded
}

fn tell(template: &Template, mut element: Element) -> Option<Told> {
    let (checks, path) = (&template.checks, element.path.clone());
    if checks.iban_required && is_account(&path) {
        if path.ends_with("Othr/Id") {
            return None;
        }
        element.presence = Presence::Always;
    }
    let field = field_of(&path, template.collects());
    if field.is_some_and(|field| is_demanded(template, field)) && element.presence == Presence::Optional {
        element.presence = if is_one_of_two(&path) { Presence::Choice } else { Presence::Always };
    }
    let length = field.and_then(|field| checks.max_lengths.get(&field)).filter(|length| length.unit == Unit::Chars);
    element.most = element.most.map(|most| length.map_or(most, |length| length.most.min(most)));
    let values = field.and_then(|field| checks.values.get(&field)).cloned();
    let values = match (values, path.rsplit('/').next()) {
        (Some(values), Some(name @ ("Cd" | "Prtry"))) => {
            // A code of capitals and digits stands in `Cd`, anything else in `Prtry`.
            let most = if path.contains("/LclInstrm/") { 35 } else { 4 };
            let is_code = |value: &String| {
                value.len() <= most && value.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit())
            };
            let of_this: Vec<String> = values.into_iter().filter(|value| is_code(value) == (name == "Cd")).collect();
            if of_this.is_empty() {
                return None;
            }
            Some(of_this)
        }
        (values, _) => values,
    };
    Some(Told { element, field, values })
}

fn is_account(path: &str) -> bool {
    path.contains("Acct/Id/")
}

/// Elements of which one or the other carries the field.
fn is_one_of_two(path: &str) -> bool {
    let ends = ["/Cd", "/Prtry", "CdtrSchmeId/Id/PrvtId/Othr/Id"];
    ends.iter().any(|end| path.ends_with(end)) || path.contains("/FinInstnId/")
}

/// Whether the checks refuse a payment without the field.
fn is_demanded(template: &Template, field: Field) -> bool {
    let checks = &template.checks;
    let (other, account, ours) = match template.collects() {
        true => (Field::DebtorName, Field::DebtorAccount, Field::CreditorAccount),
        false => (Field::CreditorName, Field::CreditorAccount, Field::DebtorAccount),
    };
    let refuses = |name: &str| {
        let rule = RULES.iter().find(|rule| rule.name == name);
        rule.is_some_and(|rule| checks.levels.of(rule).level() == Some(Level::Error))
    };
    checks.required.contains(&field)
        || field == other && refuses("creditor-name-missing")
        || field == account && refuses("creditor-account-missing")
        || field == ours && refuses("debtor-account-missing")
        || field == Field::Amount
}

/// The field of payments that fills an element.
fn field_of(path: &str, collects: bool) -> Option<Field> {
    let inside = path.rsplit_once("TxInf/").map(|(_, rest)| rest);
    let rest = inside.or(path.strip_prefix("PmtInf/")).or(path.strip_prefix("GrpHdr/"))?;
    let theirs = if collects { "Dbtr" } else { "Cdtr" };
    let debtor = |name: &str| rest.starts_with("Dbtr") && rest[4..].starts_with(name);
    let creditor = |name: &str| rest.starts_with("Cdtr") && rest[4..].starts_with(name);
    let address = rest.strip_prefix(theirs).and_then(|rest| rest.strip_prefix("/PstlAdr/"));
    if let Some(part) = address.filter(|_| inside.is_some()) {
        return Some(match part {
            "StrtNm" => Field::Street,
            "BldgNb" => Field::Building,
            "PstCd" => Field::PostCode,
            "TwnNm" => Field::Town,
            "CtrySubDvsn" => Field::State,
            "Ctry" => Field::Country,
            _ => Field::AddressLine,
        });
    }
    Some(match rest {
        "MsgId" => Field::MessageId,
        "InitgPty/Nm" => Field::InitiatingParty,
        "PmtInfId" => Field::PaymentInformationId,
        "ReqdExctnDt" | "ReqdExctnDt/Dt" | "ReqdColltnDt" => Field::ExecutionDate,
        "ChrgBr" => Field::ChargeBearer,
        "PmtId/InstrId" => Field::InstructionId,
        "PmtId/EndToEndId" => Field::EndToEndId,
        "InstdAmt" | "Amt/InstdAmt" | "Amt/EqvtAmt/Amt" => Field::Amount,
        "DrctDbtTx/MndtRltdInf/MndtId" => Field::MandateId,
        "DrctDbtTx/MndtRltdInf/DtOfSgntr" => Field::MandateDate,
        "PmtTpInf/SeqTp" => Field::SequenceType,
        "RmtInf/Ustrd" | "RmtInf/Strd/AddtlRmtInf" => Field::Remittance,
        "RmtInf/Strd/CdtrRefInf/Ref" => Field::StructuredReference,
        _ if rest.ends_with("CdtrSchmeId/Id/PrvtId/Othr/Id") => Field::CreditorId,
        _ if rest.starts_with("PmtTpInf/SvcLvl/") => Field::ServiceLevel,
        _ if rest.starts_with("PmtTpInf/LclInstrm/") => Field::LocalInstrument,
        _ if rest.starts_with("PmtTpInf/CtgyPurp/") => Field::Category,
        _ if rest.starts_with("Purp/") => Field::Purpose,
        _ if debtor("/Nm") => Field::DebtorName,
        _ if creditor("/Nm") => Field::CreditorName,
        _ if debtor("Acct/Id/") => Field::DebtorAccount,
        _ if creditor("Acct/Id/") => Field::CreditorAccount,
        _ if debtor("Agt/FinInstnId/Nm") => Field::DebtorBank,
        _ if creditor("Agt/FinInstnId/Nm") => Field::CreditorBank,
        _ if debtor("Agt/FinInstnId/") => Field::DebtorAgent,
        _ if creditor("Agt/FinInstnId/") => Field::CreditorAgent,
        _ => return None,
    })
}

/// The table of the elements.
pub(super) fn element_table(list: &[Told], template: &Template) -> Block {
    let rows = list.iter().enumerate().map(|(at, told)| {
        let element = &told.element;
        let there = match element.presence {
            Presence::Choice => text!("one of these", "择一"),
            presence => yes(presence == Presence::Always),
        };
        vec![
            Text::same((at + 1).to_string()),
            code(&element.path),
            kind(told),
            length(told),
            there,
            content(told, template),
            source(told),
        ]
    });
    let names = [
        ("#", "序号"),
        ("element", "元素"),
        ("type", "类型"),
        ("length", "长度"),
        ("required", "必填"),
        ("content", "内容"),
        ("source", "来源"),
    ];
    table(names, rows.collect())
}

/// The values that an element may have.
fn listed(told: &Told) -> Option<Vec<String>> {
    let known = |list: &[&str]| list.iter().map(|code| (*code).to_string()).collect();
    match (&told.values, told.element.kind) {
        (Some(values), _) => Some(values.clone()),
        (None, ElementKind::Code(list)) => Some(known(list)),
        _ => None,
    }
}

fn kind(told: &Told) -> Text {
    if let Some(list) = listed(told) {
        let Text { en, zh } = codes(list);
        return text!("one of {en}", "取值 {zh}");
    }
    match told.element.kind {
        ElementKind::Id => text!("text, as it is", "文本，原样"),
        ElementKind::Words => text!("text", "文本"),
        ElementKind::Amount => text!(
            "amount above zero, no more decimals than its currency has, currency in `Ccy`",
            "金额，大于零，小数位数不超过币种规定，币种在 `Ccy`"
        ),
        ElementKind::Sum => text!("sum over all currencies", "合计（不分币种）"),
        ElementKind::Number => text!("number", "整数"),
        ElementKind::Day => text!("date `YYYY-MM-DD`", "日期 `YYYY-MM-DD`"),
        ElementKind::Moment => text!("moment with offset", "带时区的时间"),
        ElementKind::Truth => Text::same("`true` / `false`"),
        ElementKind::Code(_) => text!("code", "代码"),
    }
}

fn length(told: &Told) -> Text {
    if let Some(list) = listed(told) {
        let lengths = || list.iter().map(|value| value.chars().count());
        let (least, most) = (lengths().min().unwrap_or_default(), lengths().max().unwrap_or_default());
        return if least == most {
            text!("{most} characters", "{most} 字符")
        } else {
            text!("{least} to {most} characters", "{least} 至 {most} 字符")
        };
    }
    match (told.element.most, told.element.kind) {
        (Some(most), _) => text!("≤ {most} characters", "≤ {most} 字符"),
        (None, ElementKind::Amount | ElementKind::Sum) => text!("≤ 18 digits", "≤ 18 位数字"),
        (None, ElementKind::Number) => text!("≤ 15 digits", "≤ 15 位数字"),
        (None, ElementKind::Day) => text!("10 characters", "10 字符"),
        (None, ElementKind::Moment) => text!("20 to 35 characters", "20 至 35 字符"),
        (None, ElementKind::Truth) => text!("4 or 5 characters", "4 或 5 字符"),
        (None, _) => Text::same("-"),
    }
}

/// What an element carries, and what the dialect puts there where the payment has nothing.
fn content(told: &Told, template: &Template) -> Text {
    let (element, payments) = (&told.element, &template.payments);
    let Text { en, zh } = &element.about;
    let of_group = !element.path.contains("TxInf");
    let default = match element.path.rsplit_once("PmtInf/").map_or("", |(_, rest)| rest) {
        "PmtTpInf/SvcLvl/Cd" => payments.service_level.clone(),
        "PmtTpInf/LclInstrm/Cd" => payments.local_instrument.clone(),
        "PmtTpInf/SeqTp" => payments.sequence_type.clone(),
        "ChrgBr" => payments.charge_bearer.clone(),
        "BtchBookg" => payments.batch_booking.map(|batch| batch.to_string()),
        _ => None,
    };
    match default.filter(|_| of_group) {
        Some(default) => text!("{en}; else `{default}`", "{zh}；默认 `{default}`"),
        None => element.about.clone(),
    }
}

/// Where the value comes from.
fn source(told: &Told) -> Text {
    if told.is_ours() {
        return text!("made by us", "由本系统生成");
    }
    match told.field {
        Some(Field::PaymentInformationId) => {
            text!("`payment_information_id`, else made by us", "`payment_information_id`，否则由本系统生成")
        }
        Some(field) => code(field.name()),
        None => text!("the ERP's file", "ERP 文件"),
    }
}
