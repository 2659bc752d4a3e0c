//! Incidents as alarms: whom each concerns, whether money has moved, and what to do about its kind.

use crate::journal::{AlarmFact, Event, Fact, IncidentKind, JournalError, Records};
use crate::text;
use crate::words::Text;

/// The alarm of an incident; `None` for any other fact.
///
/// # Errors
/// [`JournalError`].
pub fn alarm(records: &dyn Records, fact: &Fact) -> Result<Option<AlarmFact>, JournalError> {
    let Event::Incident { what, what_zh, kind } = &fact.event else { return Ok(None) };
    let party = party_of(records, &fact.subject)?;
    let subject = if party == fact.subject { "" } else { fact.subject.as_str() };
    let what = text!("incident: {what}", "异常：{what_zh}");
    let (money, hint) = (money(*kind), hint(*kind, subject, &party));
    Ok(Some(AlarmFact::new(format!("incident {}", fact.seq), &party, what, money, hint).about(subject)))
}

/// The name of the party whose file, batch or payment a fact is about; the subject itself where that is a party.
///
/// # Errors
/// [`JournalError`].
pub fn party_of(records: &dyn Records, subject: &str) -> Result<String, JournalError> {
    let id = subject.split_once('/').map_or(subject, |(id, _)| id);
    let found = match id.as_bytes().first() {
        Some(b'I') => records.inbound(id)?.map(|file| file.party),
        Some(b'O') => records.outbound(id)?.map(|file| file.party),
        Some(b'B') => records.batch(id)?.map(|batch| batch.bank),
        _ => None,
    };
    Ok(found.unwrap_or_else(|| subject.to_string()))
}

/// Whether an incident is one with this bank: with itself, its files, statements and payments, or the ERP's files whose
/// payments are for it.
///
/// # Errors
/// [`JournalError`].
pub fn concerns(records: &dyn Records, subject: &str, bank: &str) -> Result<bool, JournalError> {
    if party_of(records, subject)? == bank {
        return Ok(true);
    }
    let batch = if subject.starts_with('I') { records.batch_of(subject)? } else { None };
    Ok(batch.is_some_and(|batch| batch.bank == bank))
}

/// Whether money has moved.
fn money(kind: IncidentKind) -> Text {
    match kind {
        IncidentKind::Other => {
            text!("whether money has moved is not known", "尚不清楚资金是否划转")
        }
        IncidentKind::Answer => text!(
            "no payment was changed by it; whether the bank has moved money for it only the bank knows",
            "未据此更改任何付款；银行是否因此划转资金，只有银行知道"
        ),
        IncidentKind::Contradiction => text!(
            "money may have moved: payments of which this leaves it open are UNKNOWN; none is sent again by itself",
            "资金可能已划转：由此无法确定的付款状态未知；程序不会自行重发"
        ),
        IncidentKind::TakenBack => text!(
            "money had moved and may be back: the payments count as returned",
            "资金曾划转，可能已退回：相关付款计为已退回"
        ),
        IncidentKind::Booking => text!(
            "money HAS moved by the bank's statement, against what was known here",
            "按银行对账单资金已划转，与此处所知不符"
        ),
        IncidentKind::Collection => text!(
            "money has come or gone back by the bank's statement, otherwise than it was collected; nothing was paid",
            "按银行对账单资金已收到或退回，与代收指令不符；未对外付款"
        ),
        IncidentKind::Statement => text!(
            "no money has moved because of it; what is known of money that moved has changed",
            "资金未因此划转；但对已划转资金的认知有变"
        ),
        IncidentKind::Control => text!(
            "money may have moved where the batch had left already; otherwise it waits",
            "若批次已发出，资金可能已划转；否则批次处于等待"
        ),
        IncidentKind::Untold => text!(
            "the payments are as the bank says; who asked for them does not know",
            "付款状态以银行应答为准；付款提出方尚不知情"
        ),
        IncidentKind::StandIn => text!(
            "no money has moved by it; once both words are given, files for banks leave under the new configuration",
            "资金未因此划转；两人确认后，将按变更后的配置向银行发送"
        ),
        IncidentKind::Unassigned | IncidentKind::Folder => {
            text!("no money has moved because of it", "资金未因此划转")
        }
        IncidentKind::Forged => text!(
            "nothing of the file was used, no money has moved because of it",
            "未使用该文件的任何内容，资金未因此划转"
        ),
    }
}

/// What to do.
fn hint(kind: IncidentKind, subject: &str, party: &str) -> Text {
    let (show, id) = (format!("bankferry show {subject}"), subject);
    match kind {
        IncidentKind::Other if subject.is_empty() => {
            text!("`bankferry status` shows it; ask the party", "用 `bankferry status` 查看；请联系对方")
        }
        IncidentKind::Other => text!("`{show}`, then ask `{party}`", "用 `{show}` 查看，再联系 `{party}`"),
        IncidentKind::Answer => text!(
            "`{show}`; ask `{party}` which file it speaks of, and send nothing again before it has told",
            "用 `{show}` 查看；请 `{party}` 说明所指文件，在此之前切勿重发"
        ),
        IncidentKind::Contradiction => text!(
            "`{show}` names the payments; ask `{party}` which of its words is right, and do not pay anew before",
            "`{show}` 列出相关付款；请 `{party}` 确认哪一说法正确，在此之前切勿另行付款"
        ),
        IncidentKind::TakenBack => text!(
            "`{show}` names the payments; look for the money on the statement before anybody pays anew",
            "`{show}` 列出相关付款；先在对账单上核实款项是否退回，再决定是否另行付款"
        ),
        IncidentKind::Booking => text!(
            "`{show}` names the payments; ask `{party}` at once by whose order it paid, and stop what waits for it",
            "`{show}` 列出相关付款；立即向 `{party}` 核实付款依据，并拦下待发文件"
        ),
        IncidentKind::Collection => text!(
            "`{show}` names the collections; compare with the advice of `{party}`, and tell who keeps the books",
            "`{show}` 列出相关代收；请与 `{party}` 的回单核对，并告知记账人员"
        ),
        IncidentKind::Statement => text!(
            "`{show}`, and `bankferry reconcile` for the day; tell who keeps the books",
            "用 `{show}` 查看，并对当日运行 `bankferry reconcile`；告知记账人员"
        ),
        IncidentKind::Unassigned => text!(
            "name the account in `accounts` of its ERP in `bankferry.toml`; `{show}` says where the file lies",
            "请在 `bankferry.toml` 中将该账户写入所属 ERP 的 `accounts`；`{show}` 显示文件位置"
        ),
        IncidentKind::Untold => text!(
            "`{show}` names the payments; tell who keeps the ERP's books, and put the ERP back into `bankferry.toml`",
            "`{show}` 列出相关付款；请告知该 ERP 的记账人员，并将该 ERP 写回 `bankferry.toml`"
        ),
        IncidentKind::Forged => text!(
            "`{show}`; call `{party}` by a number you know, and ask whether it sent `{id}` so",
            "用 `{show}` 查看；用已知电话联系 `{party}`，核实 `{id}` 是否由其如此发出"
        ),
        IncidentKind::Control => text!(
            "`{show}`; ask who made the file which of both is right, and `{party}` to stop what is wrong and has left",
            "用 `{show}` 查看；向文件制作者核实何者正确，已发出而有误的请 `{party}` 拦截"
        ),
        IncidentKind::Folder => text!(
            "look into the folder of `{party}`, and put there right what is named; it is taken by itself then",
            "请查看 `{party}` 的目录并处理所述文件；之后会自动取走"
        ),
        IncidentKind::StandIn => text!(
            "every officer and approver asks now whether an officer has left: `bankferry config` shows what changed in \
             `{party}`, and putting the file back undoes it",
            "请每位安全员和复核员立即核实是否确有安全员离任：`bankferry config` 显示 `{party}` 的变更，恢复原文件即可撤销"
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_says_what_to_do_in_words_of_its_own_and_whether_money_has_moved() {
        use IncidentKind::{
            Answer, Booking, Collection, Contradiction, Control, Folder, Forged, Other, StandIn, Statement, TakenBack,
            Unassigned, Untold,
        };
        let kinds = [
            Other,
            Answer,
            Contradiction,
            TakenBack,
            Booking,
            Collection,
            Statement,
            Unassigned,
            Untold,
            Forged,
            Control,
            Folder,
            StandIn,
        ];
        // A new kind does not compile here before it stands in the list.
        kinds.iter().for_each(|kind| match kind {
            Other | Answer | Contradiction | TakenBack | Booking | Collection | Statement | Unassigned | Untold
            | Forged | Control | Folder | StandIn => {}
        });
        let mut hints: Vec<Text> = kinds.iter().map(|kind| hint(*kind, "I20261123-0001", "acme")).collect();
        assert!(hints.iter().all(|hint| hint.en.contains("I20261123-0001") || hint.en.contains("acme")), "{hints:?}");
        assert!(hints.iter().all(|hint| !hint.zh.is_ascii()), "{hints:?}");
        hints.sort_by(|one, other| one.en.cmp(&other.en));
        hints.dedup();
        assert_eq!(hints.len(), kinds.len());
        for kind in kinds {
            let Text { en, zh } = money(kind);
            assert!(en.contains("mone") || en.contains("payment"), "{kind:?}: {en}");
            assert!(zh.contains("资金") || zh.contains("付款"), "{kind:?}: {zh}");
        }
    }
}
