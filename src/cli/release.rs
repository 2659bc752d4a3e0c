//! `bankferry release`: a second person's yes.

use clap::Args;

use super::decide::{Decision, Room, Verdict, holds, not_now, nothing_here};
use super::pair::{SecondWord, second_word, with_fallen};
use super::{CliError, Context, Exit, Run};
use crate::config::{Config, Environment, Right};
use crate::journal::{
    Act, Batch, BatchState, Event, Inbound, InboundState, Outbound, OutboundState, Purpose, Records, WAITS_FOR_A_PERSON,
};
use crate::route::decide::{self, Making, Matter};
use crate::route::fence::Fence;
use crate::route::{absent, in_flight, judge};
use crate::text;
use crate::words::Text;

/// Releases held batches, lets through what a person must look at first
///
/// A batch goes to its bank; the release is bound to the content that is shown. A duplicate file is read as a new one.
/// A corrected statement, or another receipt of a known number, counts from then on.
/// A refused file of a bank is looked at once more. A file for a party that waits for a person is tried again.
/// Of a file that a bank has not answered, and that holds up others there, it says that the bank takes the next one.
///
/// Four eyes: whoever held a batch by hand, or let its file through as no duplicate, does not release it. In production
/// two approvers release what may be paid already, and two people let a bank's held file count or the next file go: the
/// first call proposes, another person's confirms.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  bankferry show B20261123-0001                                   what it holds, and its digest
  bankferry release B20261123-0001 --as anna
  bankferry release B20261123-0001 --digest 4f53cda1 --as anna    only if it still holds what you saw
  bankferry release I20261123-0007 --as anna --reason \"second salary run, intended\"")]
pub struct Release {
    #[command(flatten)]
    decision: Decision,
    /// Release only a batch whose digest begins so
    #[arg(long, value_name = "HEX")]
    digest: Option<String>,
}

impl Run for Release {
    fn run(&self, context: &Context) -> Result<Exit, CliError> {
        self.decision.each(context, |room, id| self.one(room, id))
    }
}

impl Release {
    fn one(&self, room: &Room<'_>, id: &str) -> Result<Verdict, CliError> {
        // Also what an operator may do alone lets something go on.
        room.person.counts()?;
        if let Some(batch) = room.journal.batch(id)? {
            return self.batch(room, batch);
        }
        if let Some(file) = room.journal.inbound(id)? {
            return inbound(room, file);
        }
        match room.journal.outbound(id)? {
            Some(file) => outbound(room, file),
            None => Err(nothing_here(id)),
        }
    }

    fn batch(&self, room: &Room<'_>, batch: Batch) -> Result<Verdict, CliError> {
        room.may(Right::Release)?;
        let (id, bank) = (&batch.id, &batch.bank);
        if !matches!(batch.state, BatchState::Held | BatchState::Checked) {
            let error = not_now(id, batch.state.word(), batch.state.word_zh(), text!("released", "放行"));
            return Err(with_fallen(&room.desk, &room.journal, id, error));
        }
        four_eyes(room, &batch)?;
        not_behind_the_fence(room, id)?;
        is_here(&room.desk.config, id, &[&batch.party, bank])?;
        let digest = &batch.totals.digest;
        let seen = self.digest.as_deref().unwrap_or_default().to_ascii_lowercase();
        if !digest.starts_with(&seen) {
            return Err(CliError::no(text!(
                "`{id}` has the digest {digest}, not the one you saw; it was not released, no money has moved",
                "`{id}` 的摘要为 {digest}，与所见不符；未放行，资金未划转"
            )));
        }
        let first = match two_approvers(room, &batch)?.facts() {
            Ok(first) => first,
            Err(waits) => return Ok(*waits),
        };
        let held = holds(&batch.totals);
        let (en, zh) = (held.en, held.zh);
        let bound = decide::bound(&room.desk.config, &batch, room.desk.now()).map(Box::new);
        Ok(Verdict {
            case: batch.inbound.clone(),
            first,
            event: Event::Released { digest: digest.clone(), reason: room.reason(), bound },
            was: batch.state.word(),
            said: text!(
                "`{id}` is released for `{bank}`: {en}; no money has moved yet, the running program sends it",
                "`{id}` 已放行至 `{bank}`：{zh}；资金尚未划转，由运行中的程序发送"
            ),
            next: Some(text!(
                "follow it with `bankferry show {id}`; until it is numbered `bankferry hold {id}` stops it",
                "用 `bankferry show {id}` 跟踪；编号之前可用 `bankferry hold {id}` 拦下"
            )),
            totals: Some(batch.totals),
        })
    }
}

/// Nothing is released from or to a party that the configuration does not have: it would only wait, after the words
/// that it goes, and nothing says how many approvers it takes.
fn is_here(config: &Config, id: &str, names: &[&str]) -> Result<(), CliError> {
    let Some(name) = names.iter().find(|name| config.party(name).is_none()) else { return Ok(()) };
    let what = match config.aside(name) {
        Some(_) => text!(
            "`{id}` was not released: party `{name}` is set aside; no money has moved by this",
            "`{id}` 未放行：往来方 `{name}` 已搁置；资金未因此划转"
        ),
        None => text!(
            "`{id}` was not released: `bankferry.toml` has no party `{name}` any more; no money has moved by this",
            "`{id}` 未放行：`bankferry.toml` 中已没有往来方 `{name}`；资金未因此划转"
        ),
    };
    let put_right = text!("put the party right: `bankferry check`", "请修正该往来方：`bankferry check`");
    let take_back = text!(
        "what has not left is taken back with `bankferry cancel {id}`",
        "尚未发出的可用 `bankferry cancel {id}` 撤回"
    );
    Err(CliError::no(what).hint(put_right).hint(take_back))
}

/// Whoever made the batch what it is is not the second person.
fn four_eyes(room: &Room<'_>, batch: &Batch) -> Result<(), CliError> {
    let (name, id) = (&room.person.name, &batch.id);
    let Some(making) = decide::maker(&room.journal, &room.desk.config, batch, name)? else { return Ok(()) };
    let what = match making {
        Making::Held => text!(
            "`{name}` held `{id}` by hand, so another person must release it; nothing was changed",
            "`{name}` 曾手工拦下 `{id}`，须由另一人放行；未作任何更改"
        ),
        Making::Admitted => text!(
            "`{name}` let the file of `{id}` in, so another person must release it; nothing was changed",
            "`{name}` 曾准予处理 `{id}` 的文件，须由另一人放行；未作任何更改"
        ),
        Making::Signed => text!(
            "`{name}` signed the file of `{id}`, so another person must release it; nothing was changed",
            "`{name}` 签署了 `{id}` 的文件，须由另一人放行；未作任何更改"
        ),
        Making::Owned => text!(
            "the file of `{id}` was `{name}`'s own in the inbox and nothing else speaks for it, so another person must \
             release it; nothing was changed",
            "`{id}` 的文件在收件目录中属于 `{name}`，且无其他真实性凭据，须由另一人放行；未作任何更改"
        ),
    };
    Err(CliError::no(what).hint(text!(
        "a second person runs `bankferry release {id} --as NAME`",
        "请另一人运行 `bankferry release {id} --as 姓名`"
    )))
}

/// The word of another approver, where one alone may not let the batch go.
fn two_approvers(room: &Room<'_>, batch: &Batch) -> Result<SecondWord, CliError> {
    let config = &room.desk.config;
    if !judge::takes_two(&room.journal, config, batch, room.desk.now())? {
        return Ok(SecondWord::NotNeeded);
    }
    let id = &batch.id;
    let matter = Matter {
        what: Act::Release,
        case: batch.inbound.clone(),
        subject: id.clone(),
        digest: decide::batch_digest(config, batch),
        reason: room.reason(),
        reference: None,
    };
    let Text { en, zh } = holds(&batch.totals);
    let said = text!(
        "`{id}` needs two approvers and has one now: {en}; no money has moved",
        "`{id}` 须两人复核，现有一人：{zh}；资金未划转"
    );
    let next = text!(
        "another approver runs `bankferry release {id} --as NAME`",
        "请另一位复核人运行 `bankferry release {id} --as 姓名`"
    );
    second_word(&room.desk, &room.journal, &room.person, &matter, batch.state.word(), said, next)
}

/// Nothing is let go to a bank from a second copy: it would only wait again, after the words that it goes.
fn not_behind_the_fence(room: &Room<'_>, id: &str) -> Result<(), CliError> {
    if !Fence::of(&room.journal)?.up {
        return Ok(());
    }
    let what = text!(
        "this is a second copy, `{id}` was not released: the other one may have sent it; no money has moved from here",
        "这是第二副本，`{id}` 未放行：另一副本可能已发送；本副本未划转资金"
    );
    Err(CliError::no(what).hint(text!(
        "ask the bank; when two people have run `bankferry unfence`, release it",
        "请先向银行核实；两人运行 `bankferry unfence` 后再放行"
    )))
}

/// In production two people let go a file that the other copy may have sent before this one was fenced.
fn behind_the_fence(room: &Room<'_>, file: &Outbound) -> Result<SecondWord, CliError> {
    if !Fence::of(&room.journal)?.stops(&room.journal, file)? {
        return Ok(SecondWord::NotNeeded);
    }
    let digest = decide::outbound_digest(file, "");
    in_production(room, Act::Release, [&file.case, &file.id], digest, &room.needed_reason()?, file.state.word())
}

/// In production two people with the right decide: the first call proposes, another person's confirms.
fn in_production(
    room: &Room<'_>,
    what: Act,
    [case, subject]: [&str; 2],
    digest: String,
    reason: &str,
    was: &'static str,
) -> Result<SecondWord, CliError> {
    if room.desk.config.environment != Environment::Production {
        return Ok(SecondWord::NotNeeded);
    }
    let (reason, reference) = (reason.to_string(), None);
    let matter = Matter { what, case: case.into(), subject: subject.into(), digest, reason, reference };
    let said = text!(
        "`{subject}` needs another person's word in production; nothing is done yet, no money has moved",
        "生产环境中 `{subject}` 须另一人确认；尚未处理，资金未划转"
    );
    let next = text!(
        "another person runs `bankferry release {subject} --reason TEXT --as NAME`",
        "请另一人运行 `bankferry release {subject} --reason 文字 --as 姓名`"
    );
    second_word(&room.desk, &room.journal, &room.person, &matter, was, said, next)
}

/// A duplicate is let through; a bank's refused file is looked at again.
fn inbound(room: &Room<'_>, file: Inbound) -> Result<Verdict, CliError> {
    let waits = file.retry_at.as_deref() == Some(WAITS_FOR_A_PERSON);
    if waits && matches!(file.state, InboundState::Received | InboundState::Opened) {
        return tried_again(room, file);
    }
    let (id, party) = (&file.id, &file.party);
    is_here(&room.desk.config, id, &[party])?;
    let of_bank = room.desk.config.party(party).is_some_and(|p| p.is_bank());
    let was = file.state.word();
    let mut confirmed = None;
    let said = match file.state {
        InboundState::Duplicate if of_bank => {
            room.may(Right::Release)?;
            text!(
                "`{id}` of `{party}` is read as a file of its own: what it says is matched and told; it moves no money",
                "`{party}` 的 `{id}` 将按新文件解析：其内容将匹配并转告；不涉及资金划转"
            )
        }
        InboundState::Duplicate => {
            room.may(Right::Release)?;
            text!(
                "`{id}` is treated as new, and refused where its payments bear end-to-end ids that an earlier file \
                 used; else its batch is checked and waits for its own release; no money has moved",
                "`{id}` 将按新文件处理：若其付款的端到端编号已在以前的文件中使用，则会被拒绝；否则检查后其批次另待放行；\
                 资金未划转"
            )
        }
        InboundState::Held => {
            room.may(Right::Resolve)?;
            confirmed = Some(decide::inbound_digest(&file));
            text!(
                "`{id}` counts as it stands from now on, beside or in the place of what came before; it moves no money",
                "`{id}` 自此按原样生效，与此前所述并存或取而代之；不涉及资金划转"
            )
        }
        InboundState::Refused if of_bank => {
            room.may(Right::Operate)?;
            text!(
                "`{id}` of `{party}` is opened and read once more; it moves no money",
                "将重新打开并解析 `{party}` 的 `{id}`；不涉及资金划转"
            )
        }
        _ => {
            let error = not_now(id, was, file.state.word_zh(), text!("let through", "准予处理"));
            return Err(match file.state {
                InboundState::Refused => error.hint(text!(
                    "`{party}` corrects its file and drops it again; no money has moved",
                    "请 `{party}` 更正文件后重新投放；资金未划转"
                )),
                _ => error,
            });
        }
    };
    let reason = room.needed_reason()?;
    let next = Some(text!("follow it with `bankferry show {id}`", "用 `bankferry show {id}` 跟踪"));
    let word = match confirmed {
        Some(digest) => in_production(room, Act::LetIn, [id, id], digest, &reason, was)?,
        None => SecondWord::NotNeeded,
    };
    let first = match word.facts() {
        Ok(first) => first,
        Err(waits) => return Ok(*waits),
    };
    Ok(Verdict { case: id.clone(), first, event: Event::Admitted { reason }, was, totals: None, said, next })
}

/// A file that could not be worked on, through no fault of its own, is taken up again.
fn tried_again(room: &Room<'_>, file: Inbound) -> Result<Verdict, CliError> {
    room.may(Right::Operate)?;
    let (id, was) = (file.id.clone(), file.state.word());
    let said =
        text!("`{id}` is taken up again where it stopped; no money has moved", "`{id}` 将从中断处继续处理；资金未划转");
    let next = Some(text!("follow it with `bankferry show {id}`", "用 `bankferry show {id}` 跟踪"));
    let event = Event::Recovered { reason: room.needed_reason()?, reason_zh: String::new() };
    Ok(Verdict { case: id, first: Vec::new(), event, was, totals: None, said, next })
}

/// A file for a party that a person's help was needed for is tried again.
fn outbound(room: &Room<'_>, file: Outbound) -> Result<Verdict, CliError> {
    if holds_others_up(room, &file)? {
        return passed_over(room, file);
    }
    // An approver may not operate, but a file that waits for its approval is an approver's.
    if !room.desk.config.allows(&room.person.name, Right::Release) || !may_wait_for_approval(&file) {
        room.may(Right::Operate)?;
    }
    let (id, party, state) = (&file.id, &file.party, file.state);
    let erp = absent::erp_of(&room.desk.config, &room.journal, &file)?.unwrap_or_else(|| party.clone());
    is_here(&room.desk.config, id, &[party, &erp])?;
    if matches!(state, OutboundState::Unknown | OutboundState::Unconfirmed) {
        return Err(not_now(id, state.word(), state.word_zh(), text!("tried again", "重试")).hint(text!(
            "ask `{party}` whether it has `{id}`, then `bankferry resolve {id} --sent` or `--not-sent`",
            "请向 `{party}` 核实是否收到 `{id}`，再用 `bankferry resolve {id} --sent` 或 `--not-sent`"
        )));
    }
    if file.retry_at.as_deref() != Some(WAITS_FOR_A_PERSON) {
        return Err(not_now(
            id,
            state.word(),
            state.word_zh(),
            text!("tried again: it waits for nobody", "重试：并未等待人工"),
        ));
    }
    if file.purpose == Purpose::Payments {
        not_behind_the_fence(room, id)?;
    }
    let mut first = match behind_the_fence(room, &file)?.facts() {
        Ok(first) => first,
        Err(waits) => return Ok(*waits),
    };
    let left = matches!(state, OutboundState::Sending | OutboundState::Publishing);
    let said = if left {
        text!(
            "`{id}` is taken up again: the program looks at `{party}` first and sends nothing twice",
            "`{id}` 将继续处理：程序先查看 `{party}` 端，不会重复发送"
        )
    } else {
        text!(
            "`{id}` is tried again; nothing of it has left yet, no money has moved",
            "`{id}` 将重试；尚未发出任何内容，资金未划转"
        )
    };
    let Approvals { given, missing } = approvals_anew(room, &file)?;
    let next = Some(text!("follow it with `bankferry show {id}`", "用 `bankferry show {id}` 跟踪"));
    if let (Some(event), true) = (given.last().cloned(), missing) {
        first.extend(given[..given.len() - 1].iter().cloned());
        let said = text!(
            "`{id}` needs two approvers and has one now; no money has moved",
            "`{id}` 须两人复核，现有一人；资金未划转"
        );
        return Ok(Verdict { case: file.case, first, event, was: state.word(), totals: file.totals, said, next });
    }
    first.extend(given);
    Ok(Verdict {
        case: file.case.clone(),
        first,
        event: Event::Recovered { reason: room.needed_reason()?, reason_zh: String::new() },
        was: state.word(),
        totals: file.totals.clone(),
        said,
        next,
    })
}

/// Whether a bank that takes one file at a time gets no other one before it has said more about this one.
fn holds_others_up(room: &Room<'_>, file: &Outbound) -> Result<bool, CliError> {
    let bank = room.desk.config.party(&file.party).filter(|_| in_flight::may_be_passed(file));
    let ahead = bank.map(|bank| in_flight::ahead(&room.journal, bank, room.desk.now())).transpose()?.flatten();
    Ok(ahead.is_some_and(|ahead| ahead.id == file.id))
}

/// The bank takes the next file although it has not said all about this one: by a person's word, who asked it.
fn passed_over(room: &Room<'_>, file: Outbound) -> Result<Verdict, CliError> {
    room.may(Right::Resolve)?;
    let (id, party, was) = (&file.id, &file.party, file.state.word());
    let (reason, digest) = (room.needed_reason()?, decide::outbound_digest(&file, ""));
    let first = match in_production(room, Act::PassOver, [&file.case, id], digest, &reason, was)?.facts() {
        Ok(first) => first,
        Err(waits) => return Ok(*waits),
    };
    Ok(Verdict {
        said: text!(
            "the next file for `{party}` goes without more about `{id}`, which stays as it is; nothing is sent twice",
            "发往 `{party}` 的下一个文件不再等待 `{id}` 的应答，`{id}` 状态不变；不会重复发送"
        ),
        case: file.case.clone(),
        first,
        event: Event::Freed { reason },
        was,
        totals: file.totals.clone(),
        next: Some(text!("`bankferry status` shows what goes", "`bankferry status` 显示发送情况")),
    })
}

/// What a person's new word for a file is.
#[derive(Default)]
struct Approvals {
    /// An approval for each batch whose own had fallen.
    given: Vec<Event>,
    /// Whether another approver's word is missing.
    missing: bool,
}

/// Whether a file is where it stops when its approvals have fallen: before an attempt, or before it gets its name.
fn may_wait_for_approval(file: &Outbound) -> bool {
    matches!(file.state, OutboundState::Queued | OutboundState::Publishing)
}

/// A file whose approvals fell waits for new ones, by people who may release and made nothing of it.
fn approvals_anew(room: &Room<'_>, file: &Outbound) -> Result<Approvals, CliError> {
    let mut approvals = Approvals::default();
    if file.purpose != Purpose::Payments || !may_wait_for_approval(file) {
        return Ok(approvals);
    }
    let (config, now, me) = (&room.desk.config, room.desk.now(), &room.person.name);
    for batch in room.journal.carried_by(&file.id)? {
        if decide::fallen(&room.journal, config, &batch, Some(file), now)?.is_none() {
            continue;
        }
        room.may(Right::Release)?;
        four_eyes(room, &batch)?;
        let others = decide::approvers_anew(&room.journal, config, &batch, file, now)?;
        if others.contains(me) {
            return Err(decide::DecideError::SamePerson(me.clone()).into());
        }
        approvals.missing |= others.is_empty() && judge::takes_two(&room.journal, config, &batch, now)?;
        approvals.given.push(Event::Approved {
            what: Act::Release,
            digest: decide::sending_digest(config, &batch),
            proposal: None,
            reason: room.needed_reason()?,
            expires: Some(decide::expiry(config, now)),
        });
    }
    Ok(approvals)
}
