//! The records that the writer writes, for people who agree on them.

use super::layout::{Field, addenda, batch_control, batch_header, entry, file_control, file_header};
use crate::text;
use crate::words::Text;

/// A record of a file that we write.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecordTable {
    /// The first character.
    pub kind: char,
    /// Name.
    pub name: Text,
    /// Its fields in their order; positions that no field has are blank.
    pub fields: Vec<RecordField>,
}

/// A field of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecordField {
    /// The rules' name.
    pub name: &'static str,
    /// First and last position, from 1.
    pub position: (usize, usize),
    /// Whether a value must be there.
    pub required: bool,
    /// What it carries.
    pub about: Text,
}

/// All records of a file, in their order.
pub fn records() -> Vec<RecordTable> {
    vec![file(), batch(), detail(), more(), batch_end(), file_end()]
}

fn table(kind: char, name: Text, fields: Vec<(Field, bool, Text)>) -> RecordTable {
    let fields = fields.into_iter().map(|(field, required, about)| RecordField {
        name: field.name,
        position: (field.from + 1, field.to),
        required,
        about,
    });
    RecordTable { kind, name, fields: fields.collect() }
}

fn file() -> RecordTable {
    use file_header as f;
    let name = text!("file header", "文件头");
    table(
        '1',
        name,
        vec![
            (f::PRIORITY, true, Text::same("`01`")),
            (f::DESTINATION, true, text!("routing number of our bank, behind a blank", "付款行路由号，前置空格")),
            (f::ORIGIN, true, text!("the sender's number at the bank, right-aligned", "在银行的企业编号，右对齐")),
            (f::DATE, true, text!("day of creation, `yyMMdd`", "创建日期 `yyMMdd`")),
            (f::TIME, true, text!("time of creation, `HHmm`", "创建时间 `HHmm`")),
            (f::MODIFIER, true, text!("`A`, or the last letter of the message id", "`A`，或报文标识号的末位字母")),
            (f::RECORD_SIZE, true, Text::same("`094`")),
            (f::BLOCKING, true, Text::same("`10`")),
            (f::FORMAT, true, Text::same("`1`")),
            (f::DESTINATION_NAME, false, text!("name of our bank", "付款行名称")),
            (f::ORIGIN_NAME, false, text!("who asks for the payments", "请求方名称")),
        ],
    )
}

fn batch() -> RecordTable {
    use batch_header as f;
    let service = text!("`220` credits, `225` debits, `200` both", "`220` 贷记，`225` 借记，`200` 两者");
    let name = text!("batch header, one for each group", "批头，每个付款组一条");
    table(
        '5',
        name,
        vec![
            (f::SERVICE, true, service),
            (f::COMPANY, true, text!("our name", "本方名称")),
            (f::COMPANY_ID, true, text!("our number as the bank gave it", "银行分配的企业编号")),
            (f::CLASS, true, text!("`PPD`, `CCD` or `CTX`", "`PPD`、`CCD` 或 `CTX`")),
            (f::DESCRIPTION, true, text!("`PAYROLL` for salaries, else `PAYMENT`", "工资为 `PAYROLL`，否则 `PAYMENT`")),
            (f::EFFECTIVE, true, text!("requested day, `yyMMdd`", "期望日期 `yyMMdd`")),
            (f::STATUS, true, Text::same("`1`")),
            (f::ODFI, true, text!("routing number of our bank, eight digits", "付款行路由号前八位")),
            (f::NUMBER, true, text!("running number", "序号")),
        ],
    )
}

fn detail() -> RecordTable {
    use entry as f;
    let name = text!("entry, one for each payment", "明细，每笔付款一条");
    let code = text!("`22` credit, `27` debit of a checking account", "支票账户：`22` 贷记，`27` 借记");
    let receiver =
        text!("name of the other side; in `CTX` behind the number of addenda", "对方名称；`CTX` 时在附加记录数之后");
    table(
        '6',
        name,
        vec![
            (f::CODE, true, code),
            (f::RDFI, true, text!("routing number of the other side's bank, eight digits", "对方银行路由号前八位")),
            (f::CHECK_DIGIT, true, text!("its check digit", "其校验位")),
            (f::ACCOUNT, true, text!("the other side's account", "对方账号")),
            (f::AMOUNT, true, text!("amount in cents", "金额，单位：美分")),
            (f::IDENTIFICATION, false, text!("end-to-end id", "业务编号（端到端标识）")),
            (f::NAME, false, receiver),
            (f::ADDENDA, true, text!("`1` where addenda follow, else `0`", "有附加记录为 `1`，否则 `0`")),
            (f::TRACE, true, text!("our bank's routing number and a running number", "付款行路由号加序号")),
        ],
    )
}

fn more() -> RecordTable {
    use addenda as f;
    let name = text!("addenda, for text beyond the entry", "附加记录：附言");
    table(
        '7',
        name,
        vec![
            (f::TYPE, true, Text::same("`05`")),
            (f::INFORMATION, true, text!("text for the other side", "附言")),
            (f::SEQUENCE, true, text!("running number within the entry", "明细内序号")),
            (f::ENTRY, true, text!("the last seven digits of the trace number", "追踪号末七位")),
        ],
    )
}

fn batch_end() -> RecordTable {
    use batch_control as f;
    let name = text!("batch control", "批尾");
    table(
        '8',
        name,
        vec![
            (f::SERVICE, true, text!("as in the batch header", "同批头")),
            (f::COUNT, true, text!("number of entries and addenda", "明细与附加记录数")),
            (f::HASH, true, text!("sum of the routing numbers, its last ten digits", "对方路由号之和，取末十位")),
            (f::DEBIT, true, text!("sum of debits in cents", "借记合计，单位：美分")),
            (f::CREDIT, true, text!("sum of credits in cents", "贷记合计，单位：美分")),
            (f::COMPANY_ID, true, text!("as in the batch header", "同批头")),
            (f::ODFI, true, text!("as in the batch header", "同批头")),
            (f::NUMBER, true, text!("as in the batch header", "同批头")),
        ],
    )
}

fn file_end() -> RecordTable {
    use file_control as f;
    let name = text!("file control; nines fill the last block of ten records", "文件尾；以 9 补足十条一块");
    table(
        '9',
        name,
        vec![
            (f::BATCHES, true, text!("number of batches", "批数")),
            (f::BLOCKS, true, text!("number of blocks", "块数")),
            (f::COUNT, true, text!("number of entries and addenda", "明细与附加记录数")),
            (f::HASH, true, text!("sum of the batches' hashes, its last ten digits", "各批散列之和，取末十位")),
            (f::DEBIT, true, text!("sum of debits in cents", "借记合计，单位：美分")),
            (f::CREDIT, true, text!("sum of credits in cents", "贷记合计，单位：美分")),
        ],
    )
}
