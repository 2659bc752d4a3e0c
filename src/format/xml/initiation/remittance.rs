//! Writing what a payment is for: text and creditor's reference, as the scheme takes them.

use super::super::emit::Emit;
use crate::document::{CreditorReference, Payment};
use crate::format::WriteError;
use crate::format::scheme::{BesideReference, ReferenceForm, Scheme};
use crate::text;

/// The most characters of one text.
const TEXT: usize = 140;

/// Text and reference of a payment.
pub(super) fn remittance(e: &mut Emit, scheme: &Scheme, payment: &Payment) -> Result<(), WriteError> {
    let reference = payment.structured_reference.as_deref().filter(|reference| !reference.trim().is_empty());
    let form = form(e, scheme, payment, reference)?;
    let lines = texts(e, scheme, payment)?;
    if lines.is_empty() && reference.is_none() {
        return Ok(());
    }
    let within = scheme.remittance_beside_reference == BesideReference::Within && reference.is_some();
    e.open("RmtInf");
    if !within {
        lines.iter().try_for_each(|line| e.words("Ustrd", line, TEXT))?;
    }
    if let Some(reference) = reference {
        e.open("Strd");
        number(e, form, reference)?;
        if within {
            lines.iter().try_for_each(|line| e.words("AddtlRmtInf", line, TEXT))?;
        }
        e.close();
    }
    e.close();
    Ok(())
}

/// The texts, in as many elements as the scheme takes.
fn texts(e: &mut Emit, scheme: &Scheme, payment: &Payment) -> Result<Vec<String>, WriteError> {
    let lines: Vec<String> = payment.remittance.iter().filter(|line| !line.trim().is_empty()).cloned().collect();
    let place = ("RmtInf", "remittance");
    let beside = payment.structured_reference.is_some() && !lines.is_empty();
    if beside && scheme.remittance_beside_reference == BesideReference::Refused {
        let hint = text!("leave one of them out in the ERP", "请在 ERP 中删除其一");
        let message =
            text!("a payment has a text or a creditor's reference, not both", "付款的附言与收款方编号只能择一");
        return Err(e.refused_field("remittance-form", place, message, hint));
    }
    let Some(most) = scheme.remittance_lines.filter(|most| lines.len() > *most) else { return Ok(lines) };
    let count = lines.len();
    if !scheme.remittance_join {
        let hint = text!("put them into one line in the ERP", "请在 ERP 中合并为一行");
        let message = text!("the payment has {count} texts, {most} fit", "该笔有 {count} 行附言，最多 {most} 行");
        return Err(e.refused_field("remittance-form", place, message, hint));
    }
    let Some(joined) = join(&lines, most) else {
        let hint = text!("shorten the text in the ERP", "请在 ERP 中缩短附言");
        let message = text!(
            "the {count} texts do not fit into {most} of {TEXT} characters",
            "{count} 行附言无法写入 {most} 行（每行 {TEXT} 字符）"
        );
        return Err(e.refused_field("remittance-form", place, message, hint));
    };
    let message =
        text!("{count} texts are written in {most}, joined with a blank", "{count} 行附言以空格合并为 {most} 行");
    e.warn("remittance-joined", "RmtInf", message);
    Ok(joined)
}

/// The lines in at most `most`, each as full as it gets; `None` where they do not fit.
fn join(lines: &[String], most: usize) -> Option<Vec<String>> {
    let mut joined: Vec<String> = Vec::new();
    for line in lines {
        match joined.last_mut() {
            Some(last) if last.chars().count() + 1 + line.chars().count() <= TEXT => {
                last.push(' ');
                last.push_str(line);
            }
            _ => joined.push(line.clone()),
        }
    }
    (joined.len() <= most).then_some(joined)
}

/// The form in which the scheme takes the reference; `None` where it takes any.
fn form(
    e: &Emit,
    scheme: &Scheme,
    payment: &Payment,
    reference: Option<&str>,
) -> Result<Option<ReferenceForm>, WriteError> {
    let takes = |form: ReferenceForm| scheme.references.contains(&form);
    let iban = payment.counterparty.account.as_ref().and_then(|account| account.iban());
    let is = reference.map(CreditorReference::of);
    if takes(ReferenceForm::Qr) && iban.is_some_and(|iban| iban.is_for_qr_references()) {
        let right = is == Some(CreditorReference::Qr);
        return if right { Ok(Some(ReferenceForm::Qr)) } else { Err(qr_reference_missing(e)) };
    }
    let Some(is) = is.filter(|_| !scheme.references.is_empty()) else { return Ok(None) };
    let again = || text!("copy it from the bill again", "请按账单重新填写");
    let (hint, message) = match is {
        CreditorReference::Iso11649 if takes(ReferenceForm::Iso11649) => return Ok(Some(ReferenceForm::Iso11649)),
        CreditorReference::BrokenIso11649 => (
            again(),
            text!(
                "the reference begins with `RF`, and its check digits are wrong (ISO 11649)",
                "编号以 `RF` 开头，但校验位有误（ISO 11649）"
            ),
        ),
        CreditorReference::BrokenQr if takes(ReferenceForm::Qr) => {
            (again(), text!("the check digit of the QR reference is wrong", "QR 编号的校验位有误"))
        }
        CreditorReference::Qr if takes(ReferenceForm::Qr) => (
            text!("give the IBAN that stands on the bill beside it", "请填写账单上与其一同列出的 IBAN"),
            text!("a QR reference needs a QR-IBAN as the payee's account", "QR 编号要求收款账号为 QR-IBAN"),
        ),
        _ if takes(ReferenceForm::Other) => return Ok(Some(ReferenceForm::Other)),
        _ => (
            text!("put it into the text (`remittance`)", "请将其写入附言（`remittance`）"),
            text!("the scheme takes no creditor's reference of this form", "该支付体系不接受此种收款方编号"),
        ),
    };
    Err(e.refused_field("creditor-reference", REFERENCE, message, hint))
}

/// Where a creditor's reference stands.
const REFERENCE: (&str, &str) = ("RmtInf", "structured_reference");

fn qr_reference_missing(e: &Emit) -> WriteError {
    let hint = text!(
        "give the 27 digits of the bill as `structured_reference`, or the payee's other IBAN",
        "请在 `structured_reference` 中填写账单上的 27 位编号，或改用收款方的普通 IBAN"
    );
    let message = text!(
        "the payee's account is a QR-IBAN, which takes a QR reference and nothing else",
        "收款账号为 QR-IBAN，只能配合 QR 编号使用"
    );
    e.refused_field("creditor-reference", REFERENCE, message, hint)
}

/// The reference with its type.
fn number(e: &mut Emit, form: Option<ReferenceForm>, reference: &str) -> Result<(), WriteError> {
    let kind = match form {
        Some(ReferenceForm::Qr) => Some(("Prtry", "QRR")),
        Some(_) => Some(("Cd", "SCOR")),
        None => reference.starts_with("RF").then_some(("Cd", "SCOR")),
    };
    e.open("CdtrRefInf");
    if let Some((name, kind)) = kind {
        e.open("Tp");
        e.open("CdOrPrtry");
        e.fact(name, kind);
        e.close_all(2);
    }
    let plain: String = match form {
        // Its check digits were counted without them.
        Some(ReferenceForm::Qr | ReferenceForm::Iso11649) => reference.chars().filter(|c| *c != ' ').collect(),
        _ => reference.to_string(),
    };
    e.id("Ref", &plain, 35)?;
    e.close();
    Ok(())
}

/// A creditor's reference: `SCOR` where it is one of ISO 11649.
pub(crate) fn creditor_reference(e: &mut Emit, reference: &str) -> Result<(), WriteError> {
    e.open("Strd");
    number(e, None, reference)?;
    e.close();
    Ok(())
}
