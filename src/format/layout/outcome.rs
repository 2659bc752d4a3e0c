//! What a word says became of a payment, and which codes and states it can therefore not stand for.

use crate::document::{REFUSED_CODES, SETTLED_CODES, STATUS_CODES};
use crate::text;
use crate::words::Text;
use crate::words::library::Said;

/// What a word plainly says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Outcome {
    Failed,
    Waits,
    /// Nobody knows, or not of each payment: whoever pays anew may pay twice.
    Unclear,
    Done,
}

/// Parts of words for a payment that failed.
const FAILED: [&str; 33] = [
    "失败",
    "失敗",
    "拒绝",
    "拒否",
    "退票",
    "退回",
    "退汇",
    "错误",
    "未成功",
    "不成功",
    "作废",
    "撤销",
    "撤消",
    "取消",
    "否决",
    "驳回",
    "不予",
    "不通过",
    "未通过",
    "不足",
    "不能",
    "冲正",
    "过期",
    "fail",
    "reject",
    "refus",
    "declin",
    "cancel",
    "return",
    "revers",
    "expire",
    "error",
    "unsuccess",
];

/// Words that mean it by themselves, and are parts of others that do not.
const FAILED_ALONE: [&str; 3] = ["nok", "ko", "ng"];

/// Parts of words for what nobody knows of a payment, or what is said of many at once.
const UNCLEAR: [&str; 20] = [
    "异常",
    "可疑",
    "不明",
    "不详",
    "未知",
    "挂账",
    "核实",
    "核查",
    "查证",
    "未产生",
    "超时",
    "全部",
    "部分",
    "unknown",
    "unclear",
    "suspic",
    "doubt",
    "timeout",
    "timedout",
    "partial",
];

/// Codes of banks' interfaces of the same meaning.
const UNCLEAR_ALONE: [&str; 1] = ["eeeeeee"];

/// Parts of words for a payment that is not done yet.
const WAITING: [&str; 43] = [
    "处理中",
    "正在处理",
    "等待",
    "待",
    "受理",
    "提交",
    "请求成功",
    "请求中",
    "已请求",
    "申请成功",
    "已申请",
    "经办",
    "复核",
    "授权",
    "审核",
    "审批",
    "录入",
    "接收成功",
    "已接收",
    "上传",
    "校验成功",
    "校验通过",
    "发送",
    "预约",
    "未入账",
    "未到账",
    "未支付",
    "未付",
    "未完成",
    "未处理",
    "未执行",
    "未转",
    "未记账",
    "pending",
    "processing",
    "inprocess",
    "unprocessed",
    "progress",
    "waiting",
    "submit",
    "schedul",
    "queue",
    "onhold",
];

/// Words that mean it by themselves, and are parts of others that do not.
const WAITING_ALONE: [&str; 2] = ["accepted", "received"];

/// Words for a payment that is done.
const DONE: [&str; 25] = [
    "成功",
    "交易成功",
    "处理成功",
    "支付成功",
    "付款成功",
    "转账成功",
    "汇款成功",
    "入账成功",
    "划款成功",
    "已付款",
    "已支付",
    "已入账",
    "已到账",
    "已完成",
    "付款完成",
    "交易完成",
    "success",
    "successful",
    "succeeded",
    "paid",
    "executed",
    "settled",
    "completed",
    "done",
    "booked",
];

impl Outcome {
    /// What `word` says; `None` where only the bank knows.
    fn of(word: &str) -> Option<Outcome> {
        let plain = plain(word);
        let says = |parts: &[&str]| parts.iter().any(|part| plain.contains(part));
        let is = |words: &[&str]| words.contains(&plain.as_str());
        // `processed` is done, and `not processed` is not.
        let negated = plain.starts_with("not");
        if says(&FAILED) || is(&FAILED_ALONE) || negated {
            Some(Outcome::Failed)
        } else if says(&UNCLEAR) || is(&UNCLEAR_ALONE) {
            Some(Outcome::Unclear)
        } else if says(&WAITING) || is(&WAITING_ALONE) || plain.ends_with('中') {
            Some(Outcome::Waits)
        } else if is(&DONE) {
            Some(Outcome::Done)
        } else {
            None
        }
    }

    /// The same in words.
    fn words(self) -> Text {
        match self {
            Outcome::Failed => text!("that the payment failed", "付款失败"),
            Outcome::Waits => text!("that the payment waits", "付款尚未完成"),
            Outcome::Unclear => text!("nothing certain of the payment", "付款结果并不确定"),
            Outcome::Done => text!("that the payment is done", "付款成功"),
        }
    }

    /// The code of ISO 20022 that it can stand for.
    fn code(self) -> &'static str {
        match self {
            Outcome::Failed => "RJCT",
            Outcome::Waits | Outcome::Unclear => "PDNG",
            Outcome::Done => "ACSC",
        }
    }

    /// Whether it says another thing than that the payment is paid, or than that it is not.
    fn is_against(self, settled: bool) -> bool {
        match self {
            Outcome::Failed => settled,
            Outcome::Waits | Outcome::Unclear => true,
            Outcome::Done => !settled,
        }
    }
}

/// Parts of words for a payment that is done, where nothing else in them says another thing.
const DONE_WITHIN: [&str; 2] = ["成功", "success"];

/// Whether a word that no template lists says that the payment is done.
pub(super) fn says_done(word: &str) -> bool {
    match Outcome::of(word) {
        Some(outcome) => outcome == Outcome::Done,
        None => DONE_WITHIN.iter().any(|part| plain(word).contains(part)),
    }
}

/// Why a bank's word cannot stand for a status code, and what to write: it says the opposite.
pub fn opposite(word: &str, code: &str) -> Option<Said> {
    let (settled, refused) = (SETTLED_CODES.contains(&code), REFUSED_CODES.contains(&code));
    if let Some(said) = another_code(word, code) {
        return Some(said);
    }
    let outcome = Outcome::of(word).filter(|outcome| (settled || refused) && outcome.is_against(settled))?;
    let (done, done_zh) = if settled { ("paid", "已付款") } else { ("not paid", "未付款") };
    let (other, Text { en, zh }) = (outcome.code(), outcome.words());
    let what =
        text!("`{word}` says {en}, and `{code}` that it is {done}", "`{word}` 表示{zh}，而 `{code}` 表示{done_zh}");
    let hint = text!(
        "write `{other}`, or leave the word out: what is not listed is `unknown`",
        "请写 `{other}`，或删除该用语：未列出的按未知处理"
    );
    Some(Said::new(what).or_write(hint))
}

/// A code of ISO 20022 that is to stand for one of another end: what is paid, what is not, what is open.
fn another_code(word: &str, code: &str) -> Option<Said> {
    let own = word.trim().to_ascii_uppercase();
    let end = |code: &str| (SETTLED_CODES.contains(&code), REFUSED_CODES.contains(&code));
    let differs = STATUS_CODES.contains(&own.as_str()) && STATUS_CODES.contains(&code) && end(&own) != end(code);
    differs.then(|| {
        let what = text!(
            "`{word}` is a code of ISO 20022 itself, and `{code}` says another thing of the payment",
            "`{word}` 本身就是 ISO 20022 代码，与 `{code}` 含义不同"
        );
        let hint = text!("leave it out: the code is understood as it is", "请删除：该代码按其本义处理");
        Said::new(what).or_write(hint)
    })
}

/// Why a word of an ERP's file cannot stand for our state of a payment: whoever reads it would take it for another.
pub(super) fn opposite_of_state(word: &str, state: &str) -> Option<Said> {
    use Outcome::{Done, Failed, Unclear, Waits};
    let outcome = Outcome::of(word)?;
    let fits = match state {
        "executed" => outcome == Done,
        "rejected" | "returned" => outcome == Failed,
        "pending" | "accepted" => matches!(outcome, Waits | Unclear),
        "unknown" => matches!(outcome, Unclear | Waits),
        _ => true,
    };
    (!fits).then(|| {
        let Text { en, zh } = outcome.words();
        let what = text!(
            "`{word}` says {en}, and is to be written for `{state}`",
            "`{word}` 表示{zh}，却要为状态 `{state}` 写出"
        );
        let hint = text!(
            "write the ERP's word for `{state}`: a payment that it takes for failed is paid again",
            "请写 ERP 表示 `{state}` 的用语：被当作失败的付款会被重新支付"
        );
        Said::new(what).or_write(hint)
    })
}

/// A word without what does not count: blanks, case, full-width forms.
pub(super) fn plain(word: &str) -> String {
    let half = |c: char| match c {
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(u32::from(c) - 0xfee0).unwrap_or(c),
        other => other,
    };
    word.chars().filter(|c| !c.is_whitespace()).map(half).flat_map(char::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use super::{opposite, opposite_of_state, says_done};

    #[test]
    fn words_that_say_the_opposite_are_told() {
        let paid = [
            "交易失败",
            "未成功",
            "提交成功,等待银行处理",
            "Rejected",
            "ＦＡＩＬＥＤ",
            "未入账",
            "预约成功",
            "全部成功",
            "部分成功",
            "请求成功",
            "挂账",
            "冲正",
            "可疑",
            "未知",
            "NOK",
            "EXPIRED",
            "Not processed",
            "已撤销",
            "转账中",
        ];
        let failed = [
            "成功",
            "Success",
            "处理中",
            "异常",
            "通讯可疑",
            "不明确",
            "UNKNOWN",
            "交易未产生",
            "EEEEEEE",
            "待核查",
            "已到账",
            "processing",
            "通讯超时",
        ];
        for (word, code) in paid.map(|word| (word, "ACSC")).into_iter().chain(failed.map(|word| (word, "RJCT"))) {
            assert!(opposite(word, code).is_some(), "{word} = {code}");
        }
        for (word, code) in [
            ("交易成功", "ACSC"),
            ("成功明细", "ACSC"),
            ("Processed", "ACSC"),
            ("AcceptedSettlementCompleted", "ACSC"),
            ("0000", "ACSC"),
            ("失败", "RJCT"),
            ("指令被拒绝授权", "RJCT"),
            ("审批不通过", "RJCT"),
            ("预约取消", "CANC"),
            ("待审核", "PDNG"),
            ("账户不存在", "RJCT"),
            ("", ""),
        ] {
            assert!(opposite(word, code).is_none(), "{word} = {code}");
        }
    }

    #[test]
    fn a_word_of_success_is_known_without_a_list() {
        for word in ["交易成功", "成功", " Success ", "交易成功。", "付款已成功", "已入账"] {
            assert!(says_done(word), "{word}");
        }
        for word in ["账号不存在", "未成功", "余额不足", "部分成功", "提交成功", "unsuccessful", ""]
        {
            assert!(!says_done(word), "{word}");
        }
    }

    #[test]
    fn a_code_of_iso_20022_stands_for_none_of_another_end() {
        for (word, code) in [("RJCT", "ACSC"), ("PDNG", "ACSC"), ("canc", "ACCC"), ("ACSC", "RJCT"), ("ACSP", "ACSC")] {
            assert!(opposite(word, code).is_some(), "{word} = {code}");
        }
        for (word, code) in [("ACCC", "ACSC"), ("ACSP", "PDNG"), ("RJCT", "CANC")] {
            assert!(opposite(word, code).is_none(), "{word} = {code}");
        }
    }

    #[test]
    fn a_word_for_an_erp_says_the_state_that_it_stands_for() {
        for (word, state) in [
            ("付款失败", "executed"),
            ("付款成功", "rejected"),
            ("失败", "pending"),
            ("失败", "unknown"),
            ("已付款", "accepted"),
            ("成功", "returned"),
        ] {
            assert!(opposite_of_state(word, state).is_some(), "{word} = {state}");
        }
        for (word, state) in [
            ("付款成功", "executed"),
            ("银行已受理", "accepted"),
            ("处理中", "pending"),
            ("状态未知", "unknown"),
            ("已退票", "returned"),
            ("S", "executed"),
        ] {
            assert!(opposite_of_state(word, state).is_none(), "{word} = {state}");
        }
    }
}
