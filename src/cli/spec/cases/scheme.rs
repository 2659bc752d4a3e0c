//! Test cases about what the payment scheme forbids, although the message has room for it.

use super::Case;
use crate::cli::spec::block::{codes, marked};
use crate::format::scheme::{BesideReference, IdSlashes, PaymentTypes, ReferenceForm};
use crate::template::Template;
use crate::text;
use crate::words::Text;

fn stopped(rule: &str) -> Text {
    text!("nothing leaves (`{rule}`); the ERP is told what to write", "不发送（`{rule}`）；告知 ERP 应如何填写")
}

pub(super) fn forbidden(template: &Template) -> Vec<Case> {
    let mut cases = Vec::new();
    if template.payments.format.starts_with("pain.") {
        of_texts(template, &mut cases);
        of_references(template, &mut cases);
        of_addresses(template, &mut cases);
        of_ids_and_types(template, &mut cases);
    }
    of_fields(template, &mut cases);
    cases
}

fn of_texts(template: &Template, cases: &mut Vec<Case>) {
    let scheme = &template.payments.scheme;
    if let Some(most) = scheme.remittance_lines {
        let more = most.saturating_add(1);
        let act = text!("a payment with {more} lines of text", "一笔有 {more} 行附言的付款");
        let seen = match scheme.remittance_join {
            true => text!("joined with a blank in {most}, and told", "以空格合并为 {most} 行并提示"),
            false => stopped("remittance-form"),
        };
        cases.push(Case::new(act, seen));
    }
    let seen = match scheme.remittance_beside_reference {
        BesideReference::Apart => return,
        BesideReference::Within => text!("the text stands in `Strd/AddtlRmtInf`", "附言写入 `Strd/AddtlRmtInf`"),
        BesideReference::Refused => stopped("remittance-form"),
    };
    cases.push(Case::new(
        text!("a payment with a text and a creditor's reference", "同时有附言和收款方编号的付款"),
        seen,
    ));
}

fn of_references(template: &Template, cases: &mut Vec<Case>) {
    let takes = |form: ReferenceForm| template.payments.scheme.references.contains(&form);
    let refused = || stopped("creditor-reference");
    if takes(ReferenceForm::Iso11649) {
        cases.push(Case::new(
            text!("a payment with the reference `RF18539007547034`", "收款方编号为 `RF18539007547034` 的付款"),
            text!("carried with the type `SCOR`", "以类型 `SCOR` 写出"),
        ));
        cases.push(Case::new(
            text!("the same with wrong check digits: `RF19539007547034`", "校验位错误：`RF19539007547034`"),
            refused(),
        ));
    }
    if takes(ReferenceForm::Qr) {
        cases.push(Case::new(
            text!(
                "the reference `210000000003139471430009017` to the account `CH4431999123000889012`",
                "编号 `210000000003139471430009017`，收款账号 `CH4431999123000889012`"
            ),
            text!("carried with the type `QRR`", "以类型 `QRR` 写出"),
        ));
        cases.push(Case::new(text!("the same reference to another IBAN", "同一编号，收款账号为普通 IBAN"), refused()));
        cases.push(Case::new(text!("a QR-IBAN without such a reference", "QR-IBAN 而无此编号"), refused()));
    }
}

fn of_addresses(template: &Template, cases: &mut Vec<Case>) {
    for part in &template.payments.scheme.address_needs {
        let (name, _) = part.names();
        let name = marked(name);
        cases.push(Case::new(
            text!("a payee's address without {name}", "收款方地址缺少 {name}"),
            stopped("address-part"),
        ));
    }
}

fn of_ids_and_types(template: &Template, cases: &mut Vec<Case>) {
    let scheme = &template.payments.scheme;
    if scheme.id_slashes == IdSlashes::Within {
        let ids = codes(["/E-1", "E-1/", "E//1"]);
        let Text { en, zh } = ids;
        cases.push(Case::new(text!("end-to-end ids such as {en}", "端到端标识如 {zh}"), stopped("id-slashes")));
    }
    if scheme.payment_types == PaymentTypes::Group {
        cases.push(Case::new(
            text!("an urgent payment in a group of ordinary ones", "普通付款组中的一笔加急付款"),
            stopped("payment-type"),
        ));
    }
}

fn of_fields(template: &Template, cases: &mut Vec<Case>) {
    let checks = &template.checks;
    for field in checks.values.keys() {
        let name = marked(field.name());
        cases.push(Case::new(
            text!("another value in {name} than those listed", "{name} 取所列之外的值"),
            stopped("value-not-allowed"),
        ));
    }
    if checks.iban_required {
        cases.push(Case::new(
            text!("a payee's account that is no IBAN", "收款账号不是 IBAN"),
            stopped("account-not-iban"),
        ));
    }
    if !checks.iban_countries.is_empty() {
        cases.push(Case::new(
            text!("an IBAN of a country that is not listed", "所列国家之外的 IBAN"),
            stopped("account-country"),
        ));
    }
    if checks.creditor_id_check_digits {
        cases.push(Case::new(
            text!("a creditor identifier with wrong check digits", "校验位错误的收款人标识"),
            stopped("creditor-id-check-digits"),
        ));
    }
}
