//! What a field of a layout can be bound to: the items of the document model, by name.

use serde::{Deserialize, Deserializer};

use crate::text;
use crate::words::library::{Said, near_or};

/// Which kind of document a layout carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Carries {
    /// Payments for a bank, or from an ERP.
    Payments,
    /// A bank's result file.
    Status,
    /// An account statement.
    Statement,
    /// The index of a receipt bundle.
    Receipts,
    /// Why an ERP's file, or a payment of it, goes no further: a status report in our own words.
    Refusal,
}

impl Carries {
    /// The word of the kind, as `[layout.KIND]` has it.
    pub fn word(self) -> &'static str {
        match self {
            Carries::Payments => "payments",
            Carries::Status => "status",
            Carries::Statement => "statement",
            Carries::Receipts => "receipts",
            Carries::Refusal => "refusal",
        }
    }

    /// Whether a layout of this kind may hold an item of that one: a refusal is a status report.
    pub(super) fn takes(self, kinds: &[Carries]) -> bool {
        kinds.contains(&self) || self == Carries::Refusal && kinds.contains(&Carries::Status)
    }
}

/// Our states that an answer may give a payment: an ERP's file must have a word for each of them.
pub const STATES: [&str; 6] = ["pending", "accepted", "executed", "rejected", "returned", "unknown"];

/// How an item's value is written and read where the layout says nothing else.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// Text as it stands.
    Text,
    /// A name, account, id or reference: text that is never cut.
    Exact,
    /// An amount of money.
    Amount,
    /// A day.
    Date,
    /// A moment; the layout's pattern says which part of it.
    Moment,
    /// A whole number.
    Number,
    /// A code of the document model: direction, currency, yes or no.
    Code,
}

macro_rules! items {
    ($(
        $(#[$doc:meta])* $item:ident $name:literal $form:ident [$($carries:ident)*] $about:literal $about_zh:literal;
    )*) => {
        /// An item of a document.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Item {
            $(#[doc = $about] $item,)*
            /// An extra value `x_…` of a payment; the number is its place in the layout's list.
            Extra(u16),
        }

        /// Every item: name, form, kinds of documents, what it is.
        pub const ITEMS: &[(&str, Item, Form, &[Carries], (&str, &str))] =
            &[$(($name, Item::$item, Form::$form, &[$(Carries::$carries),*], ($about, $about_zh)),)*];
    };
}

items! {
    MessageId "message_id" Exact [Payments Status Statement] "id of the file" "文件标识号";
    Created "created" Moment [Payments Status Statement] "when the file was made" "文件创建时间";
    FileName "file_name" Exact [Payments] "name of the file, without its ending" "文件名（不含后缀）";
    InitiatingParty "initiating_party" Exact [Payments] "who asks for the payments" "请求方名称";
    InitiatingPartyId "initiating_party_id" Exact [Payments] "the sender's number at the bank" "在银行的企业编号";
    Count "count" Number [Payments Status Statement] "number of payments or entries in the file" "总笔数";
    Lines "lines" Number [Payments Status Statement] "number of records before this one" "此前的记录数";
    Records "records" Number [Payments] "number of detail and balancing records" "明细记录数（含平衡记录）";
    Sum "sum" Amount [Payments Status] "sum of the payments in the file" "总金额";
    ExecutedCount "executed_count" Number [Status] "number of payments that are executed" "成功笔数";
    ExecutedSum "executed_sum" Amount [Status] "sum of the payments that are executed" "成功金额";
    RejectedCount "rejected_count" Number [Status] "number of payments that are rejected" "失败笔数";
    RejectedSum "rejected_sum" Amount [Status] "sum of the payments that are rejected" "失败金额";
    GroupId "group.id" Exact [Payments] "id of the group" "组编号";
    ExecutionDate "group.execution_date" Date [Payments Status] "day on which the bank is asked to pay" "付款日期";
    GroupAccount "group.account" Exact [Payments Status] "account to pay from" "付款账号";
    GroupCurrency "group.account_currency" Code [Payments] "its currency, behind its number" "付款账户币种，须位于账号之后";
    GroupName "group.name" Exact [Payments Status] "its owner" "付款账户名称";
    GroupPartyId "group.party_id" Exact [Payments Status] "the owner's number at the bank" "付款人编号";
    GroupAgent "group.agent" Exact [Payments Status] "its bank: BIC or national number" "付款行号";
    GroupAgentName "group.agent_name" Exact [Payments Status] "the name of its bank" "付款开户行名称";
    GroupBranch "group.branch" Exact [Payments Status] "the number of its branch" "付款开户网点号";
    GroupBranchName "group.branch_name" Exact [Payments Status] "the name of its branch" "付款开户网点名称";
    GroupAccountKind "group.account_kind" Exact [Payments Status] "kind of the account, by the bank's number" "付款账户种类";
    CategoryPurpose "group.category_purpose" Code [Payments] "category purpose code, such as SALA" "业务类型代码";
    Seq "seq" Number [Payments Status Statement] "running number of the row" "序号";
    EndToEndId "end_to_end_id" Exact [Payments Status Statement Receipts] "end-to-end id" "业务编号（端到端标识）";
    InstructionId "instruction_id" Exact [Payments Status Statement] "instruction id" "指令编号";
    Amount "amount" Amount [Payments Status Statement Receipts] "amount" "金额";
    Currency "currency" Code [Payments Status Statement Receipts] "currency, ISO 4217" "币种";
    Indicator "indicator" Code [Payments Statement Receipts] "CRDT or DBIT" "借贷方向";
    Name "counterparty.name" Exact [Payments Status Statement Receipts] "the other side's name" "对方户名";
    Account "counterparty.account" Exact [Payments Status Statement Receipts] "the other side's account" "对方账号";
    Agent "counterparty.agent" Exact [Payments Status Statement Receipts] "the other side's bank, BIC or number" "对方行号";
    AgentName "counterparty.agent_name" Exact [Payments Status Statement Receipts] "the other bank's name" "对方开户行名称";
    PartyId "counterparty.id" Exact [Payments Statement] "the other side's number" "对方编号";
    State "counterparty.address.state" Text [Payments] "the payee's state or province" "收款人省份";
    Town "counterparty.address.town" Text [Payments] "the payee's town" "收款人城市";
    Country "counterparty.address.country" Exact [Payments] "the payee's country" "收款人国家";
    PostCode "counterparty.address.post_code" Text [Payments] "the payee's postal code" "收款人邮编";
    Street "counterparty.address.street" Text [Payments] "the payee's street" "收款人街道";
    AddressLine "counterparty.address.line" Text [Payments] "the payee's address in one line" "收款人地址";
    Remittance "remittance" Text [Payments Statement Receipts] "text for the other side" "附言/摘要";
    Remittance1 "remittance.1" Text [Payments Statement] "first line of the text for the other side" "附言第一行";
    Remittance2 "remittance.2" Text [Payments Statement] "second line of the text for the other side" "附言第二行";
    Reference "structured_reference" Exact [Payments Statement] "creditor's reference" "结构化附言";
    Purpose "purpose" Text [Payments Statement Receipts] "purpose" "用途";
    ChargeBearer "charge_bearer" Code [Payments] "who bears the charges" "手续费承担方";
    Urgent "urgent" Code [Payments] "yes for urgent payments" "是否加急";
    Mandate "mandate_id" Exact [Payments Statement] "mandate of a direct debit" "授权书编号";
    SameBank "same_bank" Code [Payments] "yes where the payee's bank is this bank" "是否本行";
    OriginalMessageId "original_message_id" Exact [Status] "id of the file that is answered" "原文件标识号";
    GroupStatus "file_status" Code [Status] "status of the whole file" "文件状态";
    OriginalGroup "original_payment_information_id" Exact [Status] "group that is answered" "原组编号";
    OriginalSeq "original_seq" Number [Status] "running number of the payment in the file that is answered" "原文件中的序号";
    Status "status" Code [Status] "status of the payment, by the map of the field" "付款状态";
    ReasonCode "reason.code" Exact [Status] "code of the reason" "原因代码";
    ReasonInfo "reason.info" Text [Status] "the bank's words" "原因说明";
    PaymentState "state" Code [Status] "our state of the payment, with a word for each" "系统判定的付款状态";
    Batch "batch" Exact [Status] "our number of the batch" "批次号";
    BankFile "bank_file" Exact [Status] "name of the bank's file that says so" "银行文件名";
    RefusedFile "refused.file" Exact [Refusal] "name of the ERP's file that is refused" "被拒绝的文件名";
    RefusedLine "refused.line" Text [Refusal] "line of the file" "行号";
    RefusedColumn "refused.column" Text [Refusal] "column of the line" "列号";
    RefusedField "refused.field" Text [Refusal] "field" "字段";
    RefusedLevel "refused.level" Code [Refusal] "info, warning or error" "级别";
    RefusedHint "refused.hint" Text [Refusal] "what to do" "建议";
    BankReference "bank_reference" Exact [Status Statement Receipts] "the bank's reference" "银行流水号";
    StatementId "id" Exact [Statement] "id of the statement" "对账单编号";
    Number "number" Exact [Statement] "number of the statement" "对账单序号";
    OwnAccount "account.id" Exact [Statement Receipts] "the account of the statement" "本方账号";
    OwnCurrency "account.currency" Code [Statement] "its currency" "账户币种";
    OwnName "account.owner" Exact [Statement] "its owner" "本方户名";
    OwnAgent "account.agent" Exact [Statement] "its bank" "本方开户行";
    OwnKind "account.kind" Exact [Statement] "the kind of the account, by the bank's number" "账户种类";
    FromDate "from_date" Date [Statement] "first day of the statement" "起始日期";
    ToDate "to_date" Date [Statement] "last day of the statement" "截止日期";
    Opening "balance.OPBD" Amount [Statement] "opening balance, signed" "期初余额";
    OpeningSide "balance.OPBD.indicator" Code [Statement] "direction of the opening balance" "期初余额方向";
    OpeningDate "balance.OPBD.date" Date [Statement] "day of the opening balance" "期初余额日期";
    Closing "balance.CLBD" Amount [Statement] "closing balance, signed" "期末余额";
    ClosingSide "balance.CLBD.indicator" Code [Statement] "direction of the closing balance" "期末余额方向";
    ClosingDate "balance.CLBD.date" Date [Statement] "day of the closing balance" "期末余额日期";
    CreditCount "credit_count" Number [Statement] "number of credits" "贷方笔数";
    DebitCount "debit_count" Number [Statement] "number of debits" "借方笔数";
    CreditSum "credit_sum" Amount [Statement] "sum of credits" "贷方发生总额";
    DebitSum "debit_sum" Amount [Statement] "sum of debits" "借方发生总额";
    BookingDate "booking_date" Date [Statement] "day of booking" "记账日期";
    BookingTime "booking_date_time" Moment [Statement Receipts] "day and time of booking; the day is kept" "交易时间";
    ValueDate "value_date" Date [Statement] "value date" "起息日";
    Signed "signed_amount" Amount [Statement Receipts] "amount, negative for debits" "带符号金额";
    Credit "credit" Amount [Statement Receipts] "amount where it is a credit" "贷方发生额";
    Debit "debit" Amount [Statement Receipts] "amount where it is a debit" "借方发生额";
    BalanceAfter "balance_after" Amount [Statement] "balance after the entry, signed" "余额";
    Reversal "reversal" Code [Statement] "yes where an earlier entry is taken back" "是否冲正";
    EntryReference "reference" Exact [Statement] "the account owner's reference" "客户参考号";
    EntryCode "code" Exact [Statement] "the bank's code of the transaction" "交易代码";
    Info "info" Text [Statement] "the bank's text of the entry" "银行附注";
    EntryStatus "entry_status" Code [Statement] "BOOK or PDNG" "明细状态";
    PayerName "payer.name" Exact [Statement Receipts] "name of who paid" "付款人名称";
    PayerAccount "payer.account" Exact [Statement Receipts] "account of who paid" "付款人账号";
    PayerAgent "payer.agent" Exact [Statement] "bank of who paid" "付款人开户行号";
    PayerAgentName "payer.agent_name" Exact [Statement] "name of the bank of who paid" "付款人开户行名称";
    PayeeName "payee.name" Exact [Statement Receipts] "name of who was paid" "收款人名称";
    PayeeAccount "payee.account" Exact [Statement Receipts] "account of who was paid" "收款人账号";
    PayeeAgent "payee.agent" Exact [Statement] "bank of who was paid" "收款人开户行号";
    PayeeAgentName "payee.agent_name" Exact [Statement] "name of the bank of who was paid" "收款人开户行名称";
    ReceiptFile "file" Exact [Receipts] "name of the receipt's file in the bundle" "回单文件名";
    ReceiptNumber "receipt_no" Exact [Receipts] "the bank's number of the receipt" "回单号";
    VerifyCode "verify_code" Exact [Receipts] "code by which the bank lets the receipt be verified" "验证码";
    TransactionDate "date" Date [Receipts] "day of the transaction" "交易日期";
    ReturnReason "return_reason" Exact [Statement] "why money came back" "退回原因";
}

impl Item {
    /// The name as a template writes it; empty for a value beyond the document model.
    pub fn name(self) -> &'static str {
        ITEMS.iter().find(|(_, known, ..)| *known == self).map_or("", |(name, ..)| name)
    }

    /// Whether a result file says it of the group that it answers, and not of one payment.
    pub(super) fn is_of_original_group(self) -> bool {
        use Item::{
            ExecutionDate, GroupAccount, GroupAccountKind, GroupAgent, GroupAgentName, GroupBranch, GroupBranchName,
            GroupName, GroupPartyId,
        };
        matches!(
            self,
            ExecutionDate
                | GroupAccount
                | GroupAccountKind
                | GroupAgent
                | GroupAgentName
                | GroupBranch
                | GroupBranchName
                | GroupName
                | GroupPartyId
        )
    }

    /// Whether it counts or sums the rows of a result file: known when all are there.
    pub(super) fn is_total_of_rows(self) -> bool {
        use Item::{Count, ExecutedCount, ExecutedSum, RejectedCount, RejectedSum, Sum};
        matches!(self, Count | Sum | ExecutedCount | ExecutedSum | RejectedCount | RejectedSum)
    }

    /// Form, kinds of documents and explanation of an item.
    pub fn describe(self) -> (Form, &'static [Carries], (&'static str, &'static str)) {
        let found = ITEMS.iter().find(|(_, item, ..)| *item == self);
        let extra = (
            Form::Text,
            &[Carries::Payments, Carries::Status, Carries::Receipts][..],
            ("a value beyond the document model", "单据模型之外的附加值"),
        );
        found.map_or(extra, |(_, _, form, carries, about)| (*form, *carries, *about))
    }
}

/// An item as a template writes it: one of [`ITEMS`], or `x_…`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Binding {
    /// An item of the document model.
    Known(Item),
    /// A value beyond it.
    Extra(String),
}

impl Binding {
    /// The name as a template writes it.
    pub fn name(&self) -> &str {
        match self {
            Binding::Known(item) => item.name(),
            Binding::Extra(name) => name,
        }
    }

    /// What a template means by `name`.
    ///
    /// # Errors
    /// No document has it.
    pub fn parse(name: &str) -> Result<Binding, Said> {
        if let Some((_, item, ..)) = ITEMS.iter().find(|(known, ..)| *known == name) {
            return Ok(Binding::Known(*item));
        }
        if name.strip_prefix("x_").is_some_and(|rest| !rest.is_empty()) {
            return Ok(Binding::Extra(name.to_string()));
        }
        let known = ITEMS.iter().map(|(known, ..)| *known);
        let hint = near_or(name, known, || {
            text!(
                "the guide lists every item; a value of your own begins with `x_`",
                "文档列有全部项目；自有的值以 `x_` 开头"
            )
        });
        let what = text!("a document has no `{name}`", "单据中没有 `{name}`");
        Err(Said::new(what).or_write(hint))
    }
}

impl<'de> Deserialize<'de> for Binding {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Binding, D::Error> {
        let name = String::deserialize(deserializer)?;
        Binding::parse(&name).map_err(|said| serde::de::Error::custom(said.carried()))
    }
}
