//! Facts as sentences: what happened, for a person who reads it for the first time.

use super::tongue;
use crate::finding::Finding;
use crate::journal::{Event, Kept, Numbering, RenewalFact, RenewalStep, Sums, Suspicion, both};
use crate::route::duplicates;
use crate::text;
use crate::words::Text;

/// What a fact says, in one sentence without its subject.
pub fn sentence(event: &Event) -> Text {
    match event {
        Event::Received(a) => arrived(&a.name, &a.party, &a.kept),
        Event::Fetched(a) => {
            let (name, party, size) = (&a.name, &a.party, a.kept.size);
            text!(
                "`{name}` was fetched from {party}: {size} bytes, archived",
                "已从 {party} 取回 `{name}`：{size} 字节，已归档"
            )
        }
        Event::Cleared => text!("the original was cleared at the party", "对方处的原件已清理"),
        Event::Duplicate { of } => {
            text!("the same content came before as `{of}`: a person decides", "内容与 `{of}` 相同：等待人工判断")
        }
        Event::Suspected { suspicion, verdict } => suspected(suspicion, verdict),
        Event::Noticed { findings } => noticed(findings),
        Event::Admitted { reason } => {
            text!("let through as a file of its own: {reason}", "作为新文件准予处理：{reason}")
        }
        Event::Opened { signer: Some(signer), .. } => {
            let key = short(signer);
            text!("decrypted, and signed by key {key}", "已解密，签名密钥 {key}")
        }
        Event::Opened { signer: None, .. } => text!("taken as it is: no seal is agreed", "按约定不加密，直接采用"),
        Event::Read { format, documents, .. } => {
            text!("understood as {format}, {documents} document(s)", "识别为 {format}，共 {documents} 份单据")
        }
        Event::Checked { batch, bank, totals, .. } => {
            let (count, sums) = (totals.count, sums_of(&totals.sums));
            text!(
                "became batch `{batch}` for {bank}: {count} payments, {sums}",
                "成为批次 `{batch}`（{bank}）：{count} 笔，{sums}"
            )
        }
        Event::Refused { findings, reason } => {
            refused(findings.len(), findings.first().map(|f| &f.message), reason.as_deref())
        }
        Event::Held { reasons } => {
            let why = reasons.join(", ");
            let why_zh = reasons.iter().map(|reason| tongue::hold_reason(reason).zh).collect::<Vec<_>>().join("；");
            text!("waits for a second person ({why})", "等待复核（{why_zh}）")
        }
        Event::Released { reason, .. } => text!("released: {reason}", "已放行：{reason}"),
        Event::Proposed { what, reason, .. } => {
            let (en, zh) = (what.word(), what.word_zh());
            text!("one person proposes to {en}: {reason}", "一人提议{zh}：{reason}")
        }
        Event::Approved { what, reason, .. } => {
            let (en, zh) = (what.word(), what.word_zh());
            text!("a second person approves of {en}: {reason}", "另一人批准{zh}：{reason}")
        }
        Event::Resent { reference, reason, .. } => text!(
            "the same bytes are sent once more, a possible duplicate: {reason} (reference {reference})",
            "以相同内容重发，可能重复：{reason}（对方参考号 {reference}）"
        ),
        Event::Entered { endpoint, environment } => text!(
            "its server was entered at `{endpoint}`, which is {environment} from now on",
            "首次登录其服务器 `{endpoint}`，自此视为 {environment} 环境"
        ),
        Event::ConfigChanged { changed, digest, .. } => {
            let (parts, digest) = (changed.join(", "), short(digest));
            text!("the configuration is {digest}; changed: {parts}", "配置为 {digest}；变更：{parts}")
        }
        Event::ConfigSettings { digest, settings } => {
            let (digest, count) = (short(digest), settings.len());
            text!("the configuration {digest} says {count} settings", "配置 {digest} 共 {count} 项设置")
        }
        Event::ConfigConfirmed(confirmed) => {
            let names = confirmed.officers.keys().map(String::as_str).collect::<Vec<_>>().join(", ");
            let digest = short(&confirmed.digest);
            text!(
                "the configuration {digest} may send; a change of it is confirmed by two of {names}",
                "配置 {digest} 准予发送；其变更须由 {names} 中两人确认"
            )
        }
        Event::Cancelled { reason } => text!("taken back before it left: {reason}", "发送前撤销：{reason}"),
        Event::Numbered(n) => {
            let (name, party) = (&n.name, &n.party);
            let (moved, moved_zh) = moved_dates(n);
            text!("will be `{name}` for {party}{moved}", "将生成 `{name}`，发往 {party}{moved_zh}")
        }
        Event::Merged { outbound, .. } => {
            text!("goes in one file with other batches: `{outbound}`", "与其他批次合并在同一文件中：`{outbound}`")
        }
        Event::LeftElsewhere(numbering) => {
            let party = &numbering.party;
            text!(
                "another hand may have sent it to {party}; no file of it was ever written here",
                "可能已由他方发往 {party}；本系统从未为其生成文件"
            )
        }
        Event::Written { content } => {
            let size = content.size;
            text!("written and read back: {size} bytes", "已生成并回读核对：{size} 字节")
        }
        Event::Sealed { recipients, content, .. } => {
            let (key, size) = (recipients.first().map(|r| short(r)).unwrap_or_default(), content.size);
            text!("signed, and encrypted to key {key}: {size} bytes", "已签名，并加密给密钥 {key}：{size} 字节")
        }
        Event::Queued { not_before: Some(at) } => text!("waits for its window at {at}", "等待发送窗口 {at}"),
        Event::Queued { not_before: None } => text!("goes with the next connection", "待下次连接发送"),
        Event::Sending { attempt, temporary } => {
            text!("attempt {attempt}: about to upload as `{temporary}`", "第 {attempt} 次：即将以 `{temporary}` 上传")
        }
        Event::Publishing { size } => {
            text!("all {size} bytes are there; the final name comes now", "{size} 字节已全部到位；即将启用最终文件名")
        }
        Event::Sent(seen) => after(&text!("SENT", "已送达"), seen.text()),
        Event::Published(seen) => after(&text!("PUBLISHED", "已发布"), seen.text()),
        Event::Unconfirmed(seen) => after(&text!("UNCONFIRMED", "未确认"), seen.text()),
        Event::Unknown(seen) => after(&text!("UNKNOWN", "状态未知"), seen.text()),
        Event::Failed { error, error_zh, retry_at } => failed(error, error_zh, retry_at.as_deref()),
        Event::Recovered { reason, reason_zh } => after(&text!("works again", "已恢复"), both(reason, reason_zh)),
        Event::Freed { reason } => text!(
            "a person lets the bank's next file go before this one is answered: {reason}",
            "人工准予在本文件获应答之前发送下一个文件：{reason}"
        ),
        Event::Resolved { sent: true, reason } => {
            text!("a person states that it was sent: {reason}", "人工判定已送达：{reason}")
        }
        Event::Resolved { sent: false, reason } => {
            text!("a person states that it was not sent: {reason}", "人工判定未送达：{reason}")
        }
        Event::PaymentResolved { state, reason, .. } => {
            let (en, zh) = (state.word(), state.word_zh());
            text!("a person ends its doubt, it is {en}: {reason}", "人工判定为{zh}：{reason}")
        }
        Event::Answered(answer) => {
            let (inbound, Text { en, zh }) = (&answer.inbound, tongue::counted(&answer.payments));
            text!("the bank answered with `{inbound}`: {en}", "银行以 `{inbound}` 应答：{zh}")
        }
        Event::Booked { inbound, payments } => {
            let Text { en, zh } = tongue::counted(payments);
            text!("the statement `{inbound}` shows: {en}", "对账单 `{inbound}` 显示：{zh}")
        }
        Event::ReceiptKept(receipt) => {
            let (number, file) = (receipt.receipt_no.as_deref().unwrap_or("-"), &receipt.file);
            text!("receipt {number} is kept: {file}", "回单 {number} 已入库：{file}")
        }
        Event::StatementKept(s) => {
            let (account, entries, matched) = (&s.account, s.entries, s.matched);
            text!(
                "statement of {account}: {entries} entries, {matched} of them ours",
                "账户 {account} 对账单：{entries} 条分录，其中 {matched} 条为我方付款"
            )
        }
        Event::EntryMatched { document, entry, payments, how, .. } => {
            let payments = payments.join(", ");
            text!(
                "entry {entry} of statement {document} is {payments} ({how})",
                "第 {document} 份对账单第 {entry} 条分录对应 {payments}（{how}）"
            )
        }
        Event::EntryUnmatched { document, entry, reason, .. } => text!(
            "the match of entry {entry} of statement {document} was taken back: {reason}",
            "已撤销第 {document} 份对账单第 {entry} 条分录的匹配：{reason}"
        ),
        Event::Matched { outputs } => {
            let n = outputs.len();
            text!("matched; {n} file(s) for the ERP follow", "已匹配；将为 ERP 生成 {n} 个文件")
        }
        Event::Incident { what, what_zh, .. } => {
            Text { en: format!("INCIDENT: {what}"), zh: format!("异常：{what_zh}") }
        }
        Event::Started { version } => text!("bankferry {version} began to work", "bankferry {version} 开始运行"),
        Event::Stopped => text!("bankferry ended in good order", "bankferry 正常停止"),
        Event::Founded { .. } => text!("this installation began", "安装建立"),
        Event::Fenced { what, what_zh, .. } => Text {
            en: format!("RESTORED: {what}; nothing is sent to banks until two people say so"),
            zh: format!("恢复模式：{what_zh}；两人确认之前不向银行发送"),
        },
        Event::UnfenceProposed { reason } => {
            text!("says that this copy may send: {reason}", "提议本副本恢复发送：{reason}")
        }
        Event::Unfenced { reason, .. } => {
            text!("the second person agrees: this copy sends again: {reason}", "第二人同意：本副本恢复发送：{reason}")
        }
        Event::Alarmed(alarm) => {
            Text { en: format!("ALARM: {}", alarm.what.en), zh: format!("告警：{}", alarm.what.zh) }
        }
        Event::AlarmCleared => text!("the alarm is over", "告警解除"),
        Event::AlarmTold { route } => text!("told by `{route}`", "已通过 `{route}` 通知"),
        Event::AlarmNotTold { route, error, retry_at } => text!(
            "`{route}` did not take it: {error}; next try {retry_at}",
            "`{route}` 通知失败：{error}；下次重试 {retry_at}"
        ),
        Event::Reported(report) => {
            let (number, bank, day) = (report.number, &report.bank, report.day);
            text!("control report {number} of {bank} for {day}", "{bank} {day} 的控制日报，编号 {number}")
        }
        Event::Renewal(fact) => renewal(fact),
    }
}

fn renewal(fact: &RenewalFact) -> Text {
    let (name, key, Text { en, zh }) = (&fact.name, &fact.fingerprint, fact.seen.text());
    match fact.step {
        RenewalStep::Sending => {
            text!("sends `{name}` about key `{key}`", "发送 `{name}`（密钥 `{key}`）")
        }
        RenewalStep::Sent => text!("the bank has `{name}`: {en}", "银行已有 `{name}`：{zh}"),
        RenewalStep::Unknown => {
            text!("it is not known whether the bank has `{name}`: {en}", "无法确定银行是否已有 `{name}`：{zh}")
        }
        RenewalStep::NotSent => text!("`{name}` was not sent: {en}", "`{name}` 未发送：{zh}"),
    }
}

/// Amounts by currency: `EUR 350.50`.
pub fn sums_of(sums: &Sums) -> String {
    sums.iter().map(|(currency, sum)| format!("{currency} {sum}")).collect::<Vec<_>>().join(" + ")
}

/// Execution dates that are written other than they were asked for, in both languages.
pub(super) fn moved_dates(numbering: &Numbering) -> (String, String) {
    let each = numbering.dates.iter();
    let en = each.clone().map(|(from, to)| format!("; execution date {from} moved to {to}"));
    let zh = each.map(|(from, to)| format!("；执行日期由 {from} 调整为 {to}"));
    (en.collect(), zh.collect())
}

fn arrived(name: &str, party: &str, kept: &Kept) -> Text {
    let size = kept.size;
    text!("`{name}` came from {party}: {size} bytes, archived", "收到 {party} 的 `{name}`：{size} 字节，已归档")
}

fn suspected(suspicion: &Suspicion, verdict: &str) -> Text {
    let said = duplicates::finding(suspicion).message;
    let (en, zh) = (said.en, said.zh);
    match verdict {
        "refuse" => text!("LIKE ONE BEFORE, refused: {en}", "疑似重复，拒绝：{zh}"),
        "hold" => text!("LIKE ONE BEFORE, a second person decides: {en}", "疑似重复，等待复核：{zh}"),
        _ => text!("like one before, let pass by policy: {en}", "疑似重复，按策略放行：{zh}"),
    }
}

/// The first of what was noticed, and how much more there is.
fn noticed(findings: &[Finding]) -> Text {
    let first = findings.first().map(|f| f.message.clone()).unwrap_or_default();
    let (en, zh, more) = (first.en, first.zh, findings.len().saturating_sub(1));
    match more {
        0 => text!("look at this first: {en}", "请先核实：{zh}"),
        _ => text!("look at this first: {en}; and {more} more", "请先核实：{zh}；另有 {more} 项"),
    }
}

fn refused(count: usize, first: Option<&Text>, reason: Option<&str>) -> Text {
    if let Some(reason) = reason {
        return text!("refused by a person: {reason}", "人工拒绝：{reason}");
    }
    let first = first.cloned().unwrap_or_default();
    let (en, zh) = (first.en, first.zh);
    match count {
        0 | 1 => text!("refused: {en}", "已拒绝：{zh}"),
        n => text!("refused for {n} findings, the first: {en}", "已拒绝，共 {n} 项发现，首项：{zh}"),
    }
}

fn failed(error: &str, error_zh: &str, retry_at: Option<&str>) -> Text {
    match retry_at {
        Some(at) => text!("failed: {error}; tried again after {at}", "失败：{error_zh}；{at} 之后重试"),
        None => text!("failed: {error}; waits for a person", "失败：{error_zh}；等待人工处理"),
    }
}

/// A state with the evidence of it.
fn after(state: &Text, Text { en, zh }: Text) -> Text {
    let state_zh = &state.zh;
    text!("{state}: {en}", "{state_zh}：{zh}")
}

/// The last sixteen digits of a fingerprint.
fn short(fingerprint: &str) -> &str {
    fingerprint.get(fingerprint.len().saturating_sub(16)..).unwrap_or(fingerprint)
}
