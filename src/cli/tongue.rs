//! The journal's words as sentences for people.

use super::desk::Desk;
use super::print::sums;
use crate::document::Authenticity;
use crate::journal::{Arrival, Event, Kept, Outbound, Totals, Vouched, both};
use crate::route::decide::fallen_words;
use crate::route::elsewhere;
use crate::route::judge::TWO_APPROVERS;
use crate::route::number;
use crate::route::paper::correction_words;
use crate::text;
use crate::words::Text;

/// Sentences joined in both languages, the empty ones left out.
pub(super) fn joined(parts: &[Text]) -> Text {
    let filled = || parts.iter().filter(|part| !part.en.is_empty());
    let en = filled().map(|part| part.en.as_str()).collect::<Vec<_>>().join("; ");
    let zh = filled().map(|part| part.zh.as_str()).collect::<Vec<_>>().join("；");
    Text { en, zh }
}

/// Count and sums: `3 payments, EUR 1,234.50`.
pub(super) fn totals(totals: &Totals) -> Text {
    let (count, sum) = (totals.count, sums(&totals.sums));
    text!("{count} payments, {sum}", "{count} 笔付款，{sum}")
}

/// What a file waits for at a bank that takes one at a time.
pub(super) fn behind(desk: &Desk<'_>, ahead: &Outbound) -> Text {
    let (id, since, en, zh) = (&ahead.id, desk.moment(&ahead.since), ahead.state.word(), ahead.state.word_zh());
    text!(
        "until the bank has said enough about `{id}`, which is {en} since {since}: it takes one file at a time",
        "等待银行就 `{id}` 答复（自 {since} 起为{zh}）：该银行一次只收一个文件"
    )
}

/// Why a batch is held: the rule's name in words, a person's reason as it was said.
pub(super) fn hold_reason(reason: &str) -> Text {
    if let Some(rest) = reason.strip_prefix(TWO_APPROVERS) {
        let Text { en, zh } = hold_reason(rest);
        return text!("{en} (two approvers)", "{zh}（须两人复核）");
    }
    if let Some(said) = policy_reason(reason) {
        return said;
    }
    if let Some(currency) = reason.strip_prefix("over-authenticity-") {
        return text!("over the {currency} limit of its authenticity level", "超过其真实性级别的 {currency} 限额");
    }
    if let Some(currency) = reason.strip_prefix("over-amount-") {
        return text!("over the {currency} limit", "超过 {currency} 限额");
    }
    if let Some((calendar, year)) = reason.strip_prefix("no-calendar-").and_then(|rest| rest.rsplit_once('-')) {
        return text!(
            "calendar `{calendar}` has no table for {year}: write `templates/calendars/{calendar}.toml` first",
            "日历 `{calendar}` 没有 {year} 年的数据：请先补充 `templates/calendars/{calendar}.toml`"
        );
    }
    match reason {
        "execution-date-not-carried" => text!(
            "the bank's files have no place for an execution date: sent now, it is paid now",
            "该银行的文件没有执行日期栏：现在发送即立即付款"
        ),
        "no-banking-hour" => text!("the bank's hours leave no moment to send", "银行的时间设置没有可发送的时刻"),
        number::USED_UP => number::used_up(),
        "always" => text!("every batch waits for a second person", "每个批次均须复核"),
        "restored-copy" => {
            text!("this is a second copy: the other one may have sent it", "这是第二副本：另一副本可能已发送")
        }
        "unauthenticated" => text!("nobody can be shown to have made the file", "无法证明文件的制作者"),
        "refused-before" => text!("the same bytes were refused before", "相同内容此前已被拒绝"),
        "same-file-name" => text!("a file of this name came before", "同名文件此前已收到"),
        "same-message-id" => text!("its message id came before", "报文标识号此前已出现"),
        "same-totals" => text!("an earlier batch had the same totals", "此前批次的合计与此相同"),
        "same-payment" => text!("payments in it were asked for before", "其中有付款此前已提交"),
        fallen if fallen.starts_with("approval-") || [elsewhere::REASON, elsewhere::CONTRADICTED].contains(&fallen) => {
            fallen_words(fallen)
        }
        said => Text::same(said),
    }
}

/// Reasons that a release policy gives.
fn policy_reason(reason: &str) -> Option<Text> {
    if let Some(currency) = reason.strip_prefix("over-payment-") {
        return Some(text!("a payment is over the {currency} limit", "有单笔付款超过 {currency} 限额"));
    }
    if let Some((per, currency)) = reason.strip_prefix("over-limit-").and_then(|rest| rest.rsplit_once('-')) {
        let per_zh = match per {
            "payment" => "单笔",
            "batch" => "批次",
            "account" => "付款账户",
            "payee" => "收款人",
            _ => "往来方",
        };
        return Some(text!("beyond the {currency} limit per {per}", "超过{per_zh} {currency} 限额"));
    }
    if let Some(currency) = reason.strip_prefix("currency-") {
        return Some(text!("payments in {currency} are looked at", "{currency} 付款须复核"));
    }
    match reason {
        "type-payroll" => Some(text!("payroll is looked at", "代发工资须复核")),
        "type-supplier-payment" => Some(text!("supplier payments are looked at", "供应商付款须复核")),
        "type-direct-debit" => Some(text!("direct debits are looked at", "代收须复核")),
        "type-other" => {
            Some(text!("payments that name no purpose of their own are looked at", "未注明用途类别的付款须复核"))
        }
        "execution-date-past" => Some(text!("an execution date is over", "有执行日期已过")),
        "execution-date-not-banking-day" => {
            Some(text!("an execution date is no banking day of the bank", "有执行日期不是该银行的工作日"))
        }
        "execution-date-late" => {
            Some(text!("it is after the bank's cut-off of an execution date", "已过某执行日期的银行截止时间"))
        }
        "new-payee" => Some(text!("a payee was never paid before", "有从未付过款的收款人")),
        "changed-payee" => {
            Some(text!("a known payee has another account, or a known account another name", "收款人的账户或户名有变"))
        }
        _ => None,
    }
}

/// Why a bank's file waits for a person: what it says otherwise than before, or than itself.
pub(super) fn corrections(reasons: &str) -> Text {
    joined(&reasons.split("; ").map(correction).collect::<Vec<_>>())
}

fn correction(reason: &str) -> Text {
    correction_words(reason).unwrap_or_else(|| hold_reason(reason))
}

/// What kind of document a file holds.
pub(super) fn kind(word: &str) -> Text {
    match word {
        "payments" => text!("payments", "付款"),
        "status-report" | "status" => text!("status report", "状态回执"),
        "acceptance" => text!("acceptance", "受理通知"),
        "statement" => text!("statement", "对账单"),
        "report" => text!("intraday report", "日间明细"),
        "notification" => text!("debit/credit notification", "到账通知"),
        "balances" => text!("balances", "余额"),
        "refusal" => text!("refusal", "拒绝报告"),
        "reconciliation" => text!("reconciliation", "对账报告"),
        "receipts" => text!("receipts", "电子回单"),
        "receipt" => text!("receipt", "电子回单文件"),
        other => Text::same(other),
    }
}

/// What speaks for an ERP's file.
pub(super) fn authenticity(level: Authenticity) -> Text {
    match level {
        Authenticity::L0 => text!(
            "level L0: folder rights only, the file carries no signature of its own",
            "L0：仅凭文件夹权限，文件本身无签名"
        ),
        Authenticity::L1 => text!(
            "level L1: hash, count and sums came by another path and agree",
            "L1：哈希、笔数和金额合计经另一途径送达且一致"
        ),
        Authenticity::L2 => {
            text!("level L2: a code under a shared key agrees", "L2：共享密钥的认证码一致")
        }
        Authenticity::L3 => text!("level L3: signed by the ERP's OpenPGP key", "L3：由 ERP 的 OpenPGP 密钥签名"),
    }
}

/// What spoke for a file when it was opened, where anything did.
fn spoken_for(vouched: &Vouched) -> Text {
    if *vouched == Vouched::default() {
        return Text::default();
    }
    let mac = vouched.mac.as_ref().map(|mac| {
        let (key, counter) = (&mac.key, mac.counter);
        text!("key {key}, counter {counter}", "密钥 {key}，计数器 {counter}")
    });
    joined(&[authenticity(vouched.authenticity), mac.unwrap_or_default()])
}

/// What a fact says beyond its word.
pub(super) fn detail(desk: &Desk<'_>, event: &Event) -> Text {
    match event {
        Event::Received(arrival) | Event::Fetched(arrival) => came(desk, arrival),
        Event::Opened { content, signer, vouched } => {
            joined(&[opened(desk, content, signer.as_deref()), spoken_for(vouched)])
        }
        Event::Written { content } => at_place(desk, content),
        Event::Sealed { content, recipients, signer } => {
            let recipients = recipients.join(", ");
            let signer = signer.as_deref().unwrap_or("-");
            let keys = text!("for {recipients}, signed by {signer}", "收件密钥 {recipients}，签名密钥 {signer}");
            joined(&[at_place(desk, content), keys])
        }
        Event::Duplicate { of } => text!("the same content came as {of}", "相同内容曾以 {of} 收到"),
        Event::Admitted { reason } | Event::Cancelled { reason } | Event::Freed { reason } => Text::same(reason),
        Event::Recovered { reason, reason_zh } => both(reason, reason_zh),
        Event::Read { kind: word, format, documents } => {
            let Text { en, zh } = kind(word);
            text!("{en}, {format}, {documents} documents", "{zh}，{format}，{documents} 个单据")
        }
        Event::Checked { batch, bank, totals: held, findings, left_out, .. } => {
            let (Text { en, zh }, count, out) = (totals(held), findings.len(), left_out.len());
            let taken =
                text!("{batch} for {bank}: {en}; {count} findings", "{batch} 发往 {bank}：{zh}；{count} 条发现");
            match out {
                0 => taken,
                _ => joined(&[taken, text!("{out} payments refused and left out", "{out} 笔付款被拒绝并剔除")]),
            }
        }
        Event::Refused { findings, reason } => {
            let first = findings.first().map(|f| f.message.clone()).unwrap_or_default();
            joined(&[Text::same(reason.clone().unwrap_or_default()), first])
        }
        Event::Held { reasons } => joined(&reasons.iter().map(|r| correction(r)).collect::<Vec<_>>()),
        Event::Released { digest, reason, .. } => {
            let digest: String = digest.chars().take(12).collect();
            joined(&[released(reason), text!("digest {digest}", "摘要 {digest}")])
        }
        other => moved(desk, other),
    }
}

/// What the facts about a file on its way say, and what the outside said.
fn moved(desk: &Desk<'_>, event: &Event) -> Text {
    match event {
        Event::Numbered(n) => {
            let (party, name, format) = (&n.party, &n.name, &n.format);
            let Text { en, zh } = kind(n.purpose.word());
            let (moved, moved_zh) = super::story::moved_dates(n);
            text!(
                "{en} for {party} as {name}, {format}{moved}",
                "发往 {party} 的{zh}，文件名 {name}，{format}{moved_zh}"
            )
        }
        Event::Queued { not_before: Some(at) } => {
            let at = desk.moment(at);
            text!("not before {at}", "不早于 {at}")
        }
        Event::Sending { attempt, temporary } => {
            text!("attempt {attempt} as {temporary}", "第 {attempt} 次尝试，临时文件名 {temporary}")
        }
        Event::Publishing { size } => text!("{size} bytes are there", "{size} 字节已到达"),
        Event::Sent(seen) | Event::Published(seen) | Event::Unconfirmed(seen) | Event::Unknown(seen) => seen.text(),
        Event::Failed { error, error_zh, retry_at } => {
            let failed = Text { en: error.clone(), zh: error_zh.clone() };
            joined(&[failed, desk.next_try(retry_at.as_deref().unwrap_or(crate::journal::WAITS_FOR_A_PERSON))])
        }
        Event::Resolved { sent: true, reason } => text!("the party has it: {reason}", "对方已收到：{reason}"),
        Event::Resolved { sent: false, reason } => {
            text!("the party does not have it: {reason}", "对方未收到：{reason}")
        }
        Event::PaymentResolved { .. } => super::story::sentence(event),
        Event::Answered(answer) => {
            let (by, status) = (&answer.inbound, answer.status.as_deref().unwrap_or("-"));
            let counts = counted(&answer.payments);
            let (en, zh) = (counts.en, counts.zh);
            text!("by {by}, file {status}: {en}", "来自 {by}，文件状态 {status}：{zh}")
        }
        Event::Booked { inbound, payments } => {
            let Text { en, zh } = counted(payments);
            text!("by {inbound}: {en}", "来自 {inbound}：{zh}")
        }
        Event::ReceiptKept(receipt) => {
            let (seq, file) = (receipt.seq, &receipt.file);
            let number = receipt.receipt_no.as_deref().unwrap_or("-");
            let kept = text!("receipt {seq}, number {number}, file {file}", "回单 {seq}，回单号 {number}，文件 {file}");
            let before = |of: &str| text!("the same came as {of}", "相同回单曾以 {of} 收到");
            let differs = |of: &str| text!("another file than {of} under the same number", "与同号的 {of} 文件不同");
            let repeats = receipt.repeats.as_deref().map(before);
            let differs = receipt.differs_from.as_deref().map(differs);
            joined(&[kept, repeats.unwrap_or_default(), differs.unwrap_or_default()])
        }
        Event::StatementKept(s) => {
            let (account, entries, matched) = (&s.account, s.entries, s.matched);
            text!(
                "account {account}: {entries} entries, {matched} of our payments",
                "账户 {account}：{entries} 条分录，{matched} 条对应我方付款"
            )
        }
        Event::EntryMatched { document, entry, payments, how, sure, reason, .. } => {
            let (payments, why) = (payments.join(", "), reason.clone().unwrap_or_default());
            joined(&[
                text!(
                    "entry {document}/{entry} is {payments}, {how}, {sure}",
                    "分录 {document}/{entry} 对应 {payments}，{how}，{sure}"
                ),
                Text::same(why),
            ])
        }
        Event::EntryUnmatched { document, entry, payments, reason } => {
            let payments = payments.join(", ");
            text!(
                "entry {document}/{entry} is no longer {payments}: {reason}",
                "分录 {document}/{entry} 不再对应 {payments}：{reason}"
            )
        }
        Event::Matched { outputs } => Text::same(outputs.join(", ")),
        Event::Incident { what, what_zh, .. } => Text { en: what.clone(), zh: what_zh.clone() },
        Event::Started { version } => Text::same(version),
        Event::Merged { .. }
        | Event::Entered { .. }
        | Event::Noticed { .. }
        | Event::Suspected { .. }
        | Event::Proposed { .. }
        | Event::Approved { .. }
        | Event::Resent { .. }
        | Event::ConfigChanged { .. }
        | Event::ConfigSettings { .. }
        | Event::ConfigConfirmed(_)
        | Event::LeftElsewhere(_) => super::story::sentence(event),
        _ => Text::default(),
    }
}

fn released(reason: &str) -> Text {
    if reason == "policy" { text!("by the configured policy", "按配置的策略") } else { Text::same(reason) }
}

fn came(desk: &Desk<'_>, arrival: &Arrival) -> Text {
    let Arrival { party, name, kept, owner, .. } = arrival;
    let (size, place) = (kept.size, desk.place(kept));
    let came = text!("{name} from {party}, {size} bytes, {place}", "{party} 的 {name}，{size} 字节，{place}");
    let owned = owner.iter().map(|owner| text!("the file of the system's user {owner}", "系统用户 {owner} 的文件"));
    joined(&std::iter::once(came).chain(owned).collect::<Vec<_>>())
}

fn opened(desk: &Desk<'_>, content: &Kept, signer: Option<&str>) -> Text {
    let signed = match signer {
        Some(key) => text!("signed by {key}", "签名密钥 {key}"),
        None => text!("no signature", "无签名"),
    };
    joined(&[at_place(desk, content), signed])
}

fn at_place(desk: &Desk<'_>, content: &Kept) -> Text {
    let (size, place) = (content.size, desk.place(content));
    text!("{size} bytes, {place}", "{size} 字节，{place}")
}

/// Payments counted by state word.
pub(super) fn counted(payments: &std::collections::BTreeMap<String, u64>) -> Text {
    use crate::journal::PaymentState;
    if payments.is_empty() {
        return text!("no payment changes", "无付款变更");
    }
    let each = payments.iter().map(|(word, count)| {
        let zh = PaymentState::of(word).map(PaymentState::word_zh).unwrap_or(word.as_str());
        Text { en: format!("{count} {word}"), zh: format!("{count} 笔{zh}") }
    });
    let each: Vec<Text> = each.collect();
    Text {
        en: each.iter().map(|t| t.en.as_str()).collect::<Vec<_>>().join(", "),
        zh: each.iter().map(|t| t.zh.as_str()).collect::<Vec<_>>().join("，"),
    }
}

/// By what an entry was matched, how sure that is, or why it was not, as the journal writes it.
pub(super) fn match_word(word: &str) -> Text {
    let zh = match word {
        "end-to-end-id" => "端到端编号",
        "instruction-id" => "指令编号",
        "reference" => "参考号",
        "text" => "摘要",
        "row" => "行号",
        "payee" => "收款人",
        "amount" => "金额",
        "payment-information-id" => "付款组编号",
        "message-id" => "报文编号",
        "by-hand" => "人工",
        "weak" => "较弱",
        "interchangeable" => "可互换",
        "strong" => "较强",
        "exact" => "精确",
        "nothing-found" => "未找到对应付款",
        "already-matched" => "本对账单中已匹配",
        "booked-before" => "此前已入账",
        "returned-before" => "此前已退回",
        "other-account" => "属于另一账户",
        "other-currency" => "币种不同且未说明原指令金额",
        "other-payee" => "他人以我方编号扣款",
        "only-amount" => "仅金额相同",
        "no-return" => "未表明是退款",
        "never-sent" => "从未发出",
        "remainder" => "明细之外的余款",
        "fee" => "手续费",
        "interest" => "利息",
        "tax" => "税费",
        "incoming" => "他方来款",
        "direct-debit" => "他方扣款",
        "card-or-cheque" => "银行卡或支票",
        "sum-differs" => "明细合计与分录不符",
        "ambiguous" => "多笔付款相符",
        other => other,
    };
    text!("{word}", "{zh}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::matching::{How, Stranger, Sureness, Why};

    /// Each way, degree and reason of a match. A new one does not compile here before it stands in the list.
    fn words() -> Vec<String> {
        let known = |how: How| match how {
            How::EndToEndId | How::InstructionId | How::Reference | How::Text | How::Row | How::Payee | How::Amount => {
            }
            How::PaymentInformationId | How::MessageId => {}
        };
        let hows = [
            How::EndToEndId,
            How::InstructionId,
            How::Reference,
            How::Text,
            How::Row,
            How::Payee,
            How::Amount,
            How::PaymentInformationId,
            How::MessageId,
        ];
        hows.into_iter().for_each(known);
        let known = |sure: Sureness| match sure {
            Sureness::Weak | Sureness::Interchangeable | Sureness::Strong | Sureness::Exact => {}
        };
        let sures = [Sureness::Weak, Sureness::Interchangeable, Sureness::Strong, Sureness::Exact];
        sures.into_iter().for_each(known);
        let known = |why: &Why| match why {
            Why::NothingFound | Why::Ambiguous(_) | Why::AlreadyMatched | Why::BookedBefore | Why::ReturnedBefore => {}
            Why::OtherAccount | Why::OtherCurrency | Why::NeverSent | Why::Remainder | Why::SumDiffers => {}
            Why::NoReturn | Why::OtherPayee | Why::OnlyAmount => {}
        };
        let whys = [
            Why::NothingFound,
            Why::Ambiguous(2),
            Why::AlreadyMatched,
            Why::BookedBefore,
            Why::ReturnedBefore,
            Why::OtherAccount,
            Why::OtherCurrency,
            Why::NoReturn,
            Why::OtherPayee,
            Why::OnlyAmount,
            Why::NeverSent,
            Why::Remainder,
            Why::SumDiffers,
        ];
        whys.iter().for_each(known);
        let how = hows.iter().map(|how| how.word().to_string());
        let sure = sures.iter().map(|sure| sure.word().to_string());
        // The journal's word of a reason is its name, whatever it counts.
        let why = whys.iter().map(|why| match serde_json::to_value(why).unwrap() {
            serde_json::Value::Object(counted) => counted.keys().next().unwrap().clone(),
            word => word.as_str().unwrap().to_string(),
        });
        let known = |stranger: Stranger| match stranger {
            Stranger::Fee | Stranger::Interest | Stranger::Tax | Stranger::Incoming | Stranger::DirectDebit => {}
            Stranger::CardOrCheque => {}
        };
        let strangers = [
            Stranger::Fee,
            Stranger::Interest,
            Stranger::Tax,
            Stranger::Incoming,
            Stranger::DirectDebit,
            Stranger::CardOrCheque,
        ];
        strangers.into_iter().for_each(known);
        let not_ours = strangers.map(|one| serde_json::to_value(one).unwrap().as_str().unwrap().to_string());
        how.chain(sure).chain(why).chain(not_ours).chain(["by-hand".into()]).collect()
    }

    #[test]
    fn every_word_of_a_match_is_there_in_chinese() {
        for word in words() {
            let said = match_word(&word);
            assert!(said.en == word && !said.zh.is_ascii(), "{word}: {}", said.zh);
        }
    }
}
