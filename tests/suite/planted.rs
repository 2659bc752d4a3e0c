//! Mistakes that a treasurer's consultant makes in a template: each is told with file, line, column and what to write.

use std::fs;
use std::path::Path;
use std::process::Command;

use bankferry::template;

/// A mistake: in a copy of `of`, `from` is replaced by `to`; the place that is told is where `at` stands from there on.
struct Planted {
    of: &'static str,
    from: &'static str,
    to: &'static str,
    at: &'static str,
    /// What is said, and what to write instead.
    en: &'static str,
    zh: &'static str,
}

const fn planted(
    of: &'static str,
    from: &'static str,
    to: &'static str,
    at: &'static str,
    en: &'static str,
    zh: &'static str,
) -> Planted {
    Planted { of, from, to, at, en, zh }
}

/// The field of a delimited layout in which most are planted, as `icbc` has it.
const PURPOSE: &str = "{ name = \"汇款用途\", item = \"purpose\", or = \"remittance\", default = \"付款\", max = 20, max-unit = \"gbk-bytes\", required = true }";
const NAME: &str = "{ name = \"收款账号名称\", item = \"counterparty.name\", required = true }";
const ACCOUNT: &str = "{ name = \"收款账号\", item = \"counterparty.account\", max = 34, required = true }";
const AMOUNT: &str = "{ name = \"金额\", item = \"amount\", minor = true, required = true, note = { en = \"in fen\", zh = \"单位：分\" } }";

#[rustfmt::skip]
const PLANTED: &[Planted] = &[
    // What may be cut, and how much.
    planted("icbc", PURPOSE, "{ name = \"汇款用途\", item = \"purpose\", or = \"counterparty.name\", max = 20, cut = true }", "true", "`counterparty.name` is never cut", "`counterparty.name` 不能截断"),
    planted("icbc", PURPOSE, "{ name = \"汇款用途\", item = \"purpose\", cut = true }", "true", "`cut` without a longest length; write `max`", "请写 `max`"),
    planted("icbc", AMOUNT, "{ name = \"金额\", item = \"amount\", minor = true, max = 3, cut = true }", "true }", "`amount` is never cut", "`amount` 不能截断"),
    // What numbers and names a file has.
    planted("cn-sftp", "name = \"REQ_105_{sender}_{date}_{sequence:6}.ok\"", "name = \"REQ_105_{sender}_{date}_{sequence}.ok\"", "\"REQ_105", "a sequence stands once, with the number of its digits", "请写例如 `{sequence:6}`"),
    planted("cn-sftp", "name = \"REQ_105_{sender}_{date}_{sequence:6}.ok\"", "name = \"REQ_105_{sender}_{date:QQ}_{sequence:6}.ok\"", "\"REQ_105", "`QQ` is no pattern of a date", "`QQ` 不是日期格式"),
    planted("uob", "{date:ddMM}{sequence:3}", "{sequence:3}", "\"day\"", "neither name nor folder has the day", "文件名和目录都不含日期"),
    planted("uob", "sequence = \"day\"", "sequence = \"day\"\nsequence_from = 1000", "1000", "the sequence has numbers from 1 to 999", "顺序号的范围为 1 至 999"),
    planted("cn-sftp", "{sequence:6}.ok", "{sequence:6}", "true", "`temporary_replaces` is for names with an ending", "`temporary_replaces` 只用于有后缀的文件名"),
    planted("csv-erp", "name = \"{purpose}-{batch}-{id}.{extension}\"", "name = \"{purpose}-{date}-{sequence:4}.{extension}\"", "\"{purpose}", "only files for a bank are numbered", "只有发往银行的文件才用"),
    planted("ccb", "item = \"counterparty.agent\", takes = \"cnaps\"", "item = \"counterparty.agent\", takes = \"cnasp\"", "\"cnasp\"", "`cnaps`", "`cnaps`"),
    planted("ccb", "{ name = \"金额\", item = \"amount\", decimals = 2, required = true, note", "{ name = \"金额\", item = \"amount\", takes = \"digits\", note", "\"digits\"", "`takes` is for texts", "`takes` 只用于"),
    // Whose money goes where.
    planted("icbc", ACCOUNT, "{ name = \"收款账号\", item = \"counterparty.account\", default = \"6222000000000000000\" }", "\"6222000000000000000\"", "`counterparty.account` may not come from a default; leave `default` out", "`counterparty.account` 不能取默认值"),
    planted("icbc", AMOUNT, "{ name = \"金额\", item = \"amount\", minor = true, default = \"100\" }", "\"100\"", "`amount` may not come from a default", "`amount` 不能取默认值"),
    planted("icbc", "item = \"group.account\", max = 19", "item = \"group.account\", default = \"1\", max = 19", "\"1\"", "`group.account` may not come from a default", "`group.account` 不能取默认值"),
    planted("icbc", ACCOUNT, "{ name = \"收款账号\", item = \"counterparty.account\", map = { A = \"6222\" } }", "map", "may not be changed by a map", "不能由映射改写"),
    planted("icbc", ACCOUNT, "{ name = \"收款账号\", is = \"6222\" }", "", "no field carries `counterparty.account`", "没有字段承载 `counterparty.account`"),
    planted("icbc", "item = \"status\", required = true, map", "item = \"status\", default = \"处理成功\", map", "\"处理成功\"", "`status` may not come from a default", "`status` 不能取默认值"),
    // Words that stand for others.
    planted("icbc", "\"处理成功\" = \"ACSC\"", "\"处理成功\" = \"ACSP1\"", "\"ACSP1\"", "`ACSP1` is no value of `status`; did you mean `ACSP`?", "是否应为 `ACSP`？"),
    planted("icbc", "\"0\" = \"no\", \"1\" = \"yes\"", "\"0\" = \"No\", \"1\" = \"yes\"", "\"No\"", "`No` is no value of `urgent`; did you mean `no`?", "`No` 不是 `urgent` 的取值"),
    planted("icbc", "\"借\" = \"DBIT\"", "\"借\" = \"DEBIT\"", "\"DEBIT\"", "`DEBIT` is no value of `indicator`; did you mean `DBIT`?", "是否应为 `DBIT`？"),
    planted("icbc", "map = { RMB = \"CNY\" }", "map = { RMB = \"RMB\" }", "\"RMB\"", "`RMB` is not a currency of ISO 4217; write a code such as `CNY`", "`RMB` 不是 ISO 4217 币种代码"),
    planted("icbc", "default = \"0\", note", "default = \"5\", note", "\"5\"", "the default `5` is no value of the map", "默认值 `5` 不在映射之中"),
    planted("ceb", "status = \"ACSC\"", "status = \"成功\"", "\"成功\"", "`成功` is no status code of ISO 20022", "`成功` 不是 ISO 20022 状态代码"),
    planted("iso20022-bank", "[seal]", "[status]\n\"00\" = \"OK\"\n\n[seal]", "\"OK\"", "`OK` is no status code of ISO 20022; write one of", "`OK` 不是 ISO 20022 状态代码"),
    planted("iso20022-bank", "[seal]", "[status]\n\"00\" = 0\n\n[seal]", "0\n", "the number `0` cannot stand here; write a text in quotation marks", "应为加引号的文本"),
    planted("pab", "item = \"reason.info\", says", "item = \"status\", says", "", "`says` is for fields beside the one of `status`; write its words in `map`", "请将其用语写入 `map`"),
    planted("pab", "item = \"reason.info\", says = { \"交易成功\" = \"ACSC\", \"交易失败\" = \"RJCT\" }", "item = \"status\"", "\"status\"", "a second field of `status` in one record; bind it to `reason.code` or `reason.info`, and write its words in `says`", "两者共同决定状态"),
    planted("pab", "says = { \"交易成功\" = \"ACSC\"", "says = { \"交易成功\" = \"OK\"", "\"OK\"", "`OK` is no status code of ISO 20022", "`OK` 不是 ISO 20022 状态代码"),
    planted("icbc", PURPOSE, "{ name = \"汇款用途\", item = \"purpose\", says = {} }", "says", "`says` is for rows of a status layout", "`says` 只用于 status 格式的明细"),
    // What a statement and a sum are of.
    planted("icbc", "item = \"account.id\", required = true", "required = true", "", "no field carries `account.id`: it is no statement layout", "没有字段承载 `account.id`"),
    planted("icbc", PURPOSE, "{ name = \"汇款用途\", item = \"purpose\", mixed = true }", "true", "`mixed` is for fields of `sum`", "`mixed` 只用于 `sum` 字段"),
    // Words that say the opposite, and words that say two things.
    planted("icbc", "\"指令被拒绝授权\" = \"RJCT\"", "\"指令被拒绝授权\" = \"ACSC\"", "\"ACSC\", \"被银行", "`指令被拒绝授权` says that the payment failed, and `ACSC` that it is paid; write `RJCT`", "`指令被拒绝授权` 表示付款失败，而 `ACSC` 表示已付款"),
    planted("icbc", "\"银行正在处理\" = \"PDNG\"", "\"银行正在处理\" = \"ACCC\"", "\"ACCC\"", "`银行正在处理` says that the payment waits", "`银行正在处理` 表示付款尚未完成"),
    planted("citic-payout", "\"交易成功\" = \"ACSC\"", "\"交易成功\" = \"RJCT\"", "\"RJCT\"", "`交易成功` says that the payment is done, and `RJCT` that it is not paid; write `ACSC`", "请写 `ACSC`"),
    planted("citic-payout", "\"交易成功\" = \"ACSC\"", "\"交易成功\" = \"ACSC\", \"交易成功 \" = \"PDNG\"", "\"PDNG\"", "`交易成功 ` is the same word as `交易成功`", "是同一用语"),
    planted("cib", "\"是\" = \"yes\", \"否\" = \"no\"", "\"是\" = \"no\", \"否\" = \"yes\"", "\"no\"", "`是` says the opposite of `no`", "`是` 与 `no` 含义相反"),
    planted("pab", "\"交易失败\" = \"RJCT\"", "\"交易失败\" = \"ACSC\"", "\"ACSC\" }", "`交易失败` says that the payment failed", "`交易失败` 表示付款失败"),
    planted("ceb", "status = \"RJCT\"", "status = \"ACSC\"", "\"ACSC\"", "`失败明细` says that the payment failed", "`失败明细` 表示付款失败"),
    planted("ceb", "text = [\"失败明细\"]\nstatus = \"RJCT\"", "text = [\"成功明细\"]\nstatus = \"PDNG\"", "\"PDNG\"", "the section `成功明细` stands twice", "分段 `成功明细` 重复出现"),
    planted("iso20022-bank", "[seal]", "[status]\n\"FAILED\" = \"ACSC\"\n\n[seal]", "\"ACSC\"", "`FAILED` says that the payment failed", "`FAILED` 表示付款失败"),
    planted("icbc", "[seal]", "[status]\n\"等待授权\" = \"ACCP\"\n\n[seal]", "\"ACCP\"", "`等待授权` stands for `PDNG` in the layout, and for `ACCP` here", "此处为 `ACCP`"),
    planted("icbc", "\"银行正在处理\" = \"PDNG\"", "\"通讯可疑\" = \"RJCT\"", "\"RJCT\", \"提交", "`通讯可疑` says nothing certain of the payment, and `RJCT` that it is not paid; write `PDNG`", "`通讯可疑` 表示付款结果并不确定，而 `RJCT` 表示未付款"),
    planted("icbc", "\"银行正在处理\" = \"PDNG\"", "\"预约成功\" = \"ACSC\"", "\"ACSC\", \"提交", "`预约成功` says that the payment waits", "`预约成功` 表示付款尚未完成"),
    planted("iso20022-bank", "[seal]", "[status]\n\"RJCT\" = \"ACSC\"\n\n[seal]", "\"ACSC\"", "`RJCT` is a code of ISO 20022 itself, and `ACSC` says another thing of the payment; leave it out", "`RJCT` 本身就是 ISO 20022 代码"),
    planted("erp-yonyou", "\"付款成功\" = \"executed\", \"付款失败\" = \"rejected\"", "\"付款失败\" = \"executed\", \"付款成功\" = \"rejected\"", "\"executed\"", "`付款失败` says that the payment failed, and is to be written for `executed`; write the ERP's word", "`付款失败` 表示付款失败，却要为状态 `executed` 写出"),
    planted("erp-yonyou", "\"状态未知\" = \"unknown\"", "\"失败\" = \"unknown\"", "\"unknown\"", "`失败` says that the payment failed, and is to be written for `unknown`", "却要为状态 `unknown` 写出"),
    // What a bank answers to.
    planted("cib", "answers_by = \"payee\"", "answers_by = \"id\"", "\"id\"", "`answers_by = \"id\"` needs a field of `end_to_end_id` or `instruction_id`", "要求 `[layout.status]` 有 `end_to_end_id`"),
    // Whose payees are this bank's own.
    planted("ccb", "agents = [\"105\", \"PCBCCN\"]", "agents = [\"1\", \"PCBCCN\"]", "\"1\"", "`1` names other banks as well as this one; write the beginning of its numbers, at least three digits", "`1` 也会指其他银行"),
    planted("ccb", "agents = [\"105\", \"PCBCCN\"]", "agents = [\"\"]", "\"\"", "`` names other banks", "`` 也会指其他银行"),
    planted("ccb", "names = [\"建设银行\", \"建行\"]", "names = [\"建设银行\", \"银行\"]", "\"银行\"]", "`银行` names other banks as well as this one; write the bank's own name", "`银行` 也会指其他银行"),
    planted("ccb", "names = [\"建设银行\", \"建行\"]", "names = [\"中国\"]", "\"中国\"", "`中国` names other banks", "`中国` 也会指其他银行"),
    planted("boc", "item = \"x_branch_number\", agreed = true, max = 4", "item = \"x_branch_number\", agreed = true, max = 4, default = \"12345\"", "\"12345\"", "the default `12345` is longer than the field, which takes 4", "默认值 `12345` 超过字段长度 4"),
    planted("bocom", "{ name = \"批次号\", item = \"message_id\"", "{ name = \"批次号\", item = \"original_message_id\"", "\"original_message_id\"", "`original_message_id` is the id of our file, and no field of `[layout.payments]` carries `message_id`", "没有字段承载 `message_id`"),
    // Money of another kind, or of somebody else.
    planted("icbc", "map = { RMB = \"CNY\" }", "map = { RMB = \"CNY\", USD = \"CNY\" }", "\"CNY\" }", "`USD` stands for USD, and not for CNY; write `USD = \"USD\"`", "`USD` 表示 USD"),
    planted("icbc", "map = { RMB = \"CNY\" }", "map = { RMB = \"USD\" }", "\"USD\" }", "`RMB` stands for CNY, and not for USD; write `RMB = \"CNY\"`", "`RMB` 表示 CNY"),
    planted("icbc", "{ name = \"付款单位名称\" },\n    { name = \"金额\", required", "{ name = \"付款单位名称\", also = [\"收款账号名称\"] },\n    { name = \"金额\", required", "also", "`收款账号名称` means the column `收款单位名称` already", "`收款账号名称` 已经表示列 `收款单位名称`"),
    planted("icbc", NAME, "{ name = \"收款账号\", item = \"counterparty.name\", required = true }", "\"counterparty.name\"", "the column `收款账号` is bound to `counterparty.name`: the other side's name; correct `item`: two columns may have been swapped", "可能有两列互换"),
    planted("icbc", "{ name = \"收款单位名称\", item = \"counterparty.name\" }", "{ name = \"收款单位名称\", item = \"counterparty.account\" }", "\"counterparty.account\"", "is bound to `counterparty.account`", "绑定到 `counterparty.account`"),
    planted("icbc", "{ name = \"付款账号\", item = \"group.account\"", "{ name = \"付款账号\", item = \"counterparty.account\"", "\"counterparty.account\"", "the column `付款账号` is bound to `counterparty.account`", "列 `付款账号` 绑定到"),
    planted("boc", "{ name = \"付款人名称\", item = \"payer.name\"", "{ name = \"付款人名称\", item = \"payee.name\"", "\"payee.name\"", "the column `付款人名称` is bound to `payee.name`", "列 `付款人名称` 绑定到"),
    planted("icbc", "folder = \"upload\"", "folder = \"upload/{day}\"", "\"upload/{day}\"", "the folder `upload/{day}` has `{`", "目录 `upload/{day}` 含"),
    planted("icbc", "delimiter = \"|\"\ntrailing", "delimiter = \"|\"\npreamble = 5\ntrailing", "5\n", "`preamble` is for layouts with a row of column names", "`preamble` 只用于有列名行的格式"),
    planted("icbc", NAME, "{ name = \"收款账号名称\", item = \"counterparty.name\", append = 70 }", "70", "`append` is for a second field of one item", "`append` 只用于"),
    planted("icbc", NAME, "{ name = \"收款账号名称\", item = \"counterparty.name\", cnaps-first = true }", "true", "`cnaps-first` is for a `fallback` field of a bank", "`cnaps-first` 只用于"),
    // Rules about money.
    planted("icbc", "every_seconds = 60", "levels = { control-total = \"warning\" }", "\"warning\"", "the rule `control-total` stands firm: money would go where nobody meant it; leave it out", "规则 `control-total` 不可降级"),
    planted("icbc", "every_seconds = 60", "levels = { direction = \"info\" }", "\"info\"", "the rule `direction` stands firm", "规则 `direction` 不可降级"),
    // Keys of another kind of file.
    planted("icbc", ACCOUNT, "{ name = \"收款账号\", item = \"counterparty.account\", at = 12, len = 34 }", "12", "`at` is for layouts of fixed width", "`at` 只用于定长格式"),
    planted("icbc", ACCOUNT, "{ name = \"收款账号\", item = \"counterparty.account\", len = 34 }", "34", "`len` is for layouts of fixed width; write `max`", "请用 `max`"),
    planted("icbc", "trailing-delimiter = true", "trailing-delimiter = true\nwidth = 200", "200", "only one of them", "只能是"),
    planted("erp-fixed", "width = ", "quote = '\"'\nwidth = ", "'\"'", "`quote` is for layouts with a `delimiter`", "`quote` 只用于"),
    planted("icbc", "comment = \"#\"", "comment = \"#\"\nblock = 10", "10", "`block` is for layouts with a `width`", "`block` 只用于"),
    planted("icbc", "delimiter = \"|\"\n", "", "", "neither delimited nor of fixed width nor XML", "既未指定分隔符"),
    planted("icbc", "delimiter = \"|\"\n", "delimiter = \"\"\n", "\"\"", "`delimiter` is empty", "`delimiter` 为空"),
    planted("icbc", NAME, "{ name = \"收款账号名称\", item = \"counterparty.name\", minor = true }", "true", "`minor` is for amounts", "`minor` 只用于金额"),
    planted("icbc", NAME, "{ name = \"收款账号名称\", item = \"counterparty.name\", date = \"yyyyMMdd\" }", "\"yyyyMMdd\"", "`date` is for items that are dates", "`date` 只用于日期项目"),
    planted("icbc", "item = \"created\", date = \"yyyyMMdd\"", "item = \"created\", date = \"yyyyddMM\"", "\"yyyyddMM\"", "`yyyyddMM` has the day before the month behind a year: write `MM` before `dd`", "请先写 `MM` 再写 `dd`"),
    planted("icbc", "item = \"created\", date = \"yyyyMMdd\"", "item = \"created\"", "\"created\"", "a date has no pattern; write for example `date = \"yyyyMMdd\"`", "日期没有格式"),
    planted("icbc", "date = \"yyyyMMdd\", required", "date = \"YYYYMMDD\", required", "\"YYYYMMDD\"", "`Y` stands for nothing", "`Y` 没有含义"),
    planted("icbc", "date = \"yyyyMMdd\", required", "date = [\"yyyyMMdd\", \"ddMMyyyy\"], required", "[\"yyyyMMdd\"", "`yyyyMMdd` and `ddMMyyyy` take the same text: nobody could tell which day it is; leave one of them out", "无法判断是哪一天"),
    planted("icbc", "date = \"yyyyMMdd\", required", "date = [], required", "[]", "the list of patterns is empty", "日期格式列表为空"),
    planted("icbc", "currency = \"CNY\"", "currency = \"RMB\"", "\"RMB\"", "`RMB` is not a currency of ISO 4217", "`RMB` 不是 ISO 4217 币种代码"),
    planted("icbc", "encoding = \"gbk\"", "encoding = \"GBK\"", "\"GBK\"", "`GBK` is not an encoding of files; write one of utf-8", "`GBK` 不是可用的文件编码"),
    planted("icbc", NAME, "{ name = \"收款账号名称\", is = \"张三\", item = \"counterparty.name\" }", "\"counterparty.name\"", "a constant, `is`, and `item` too", "既有常量 `is` 又有 `item`"),
    planted("icbc", NAME, "{ name = \"收款账号名称\", item = \"counterparty.nmae\" }", "\"counterparty.nmae\"", "did you mean `counterparty.name`?", "是否应为 `counterparty.name`？"),
    planted("icbc", NAME, "{ name = \"收款账号名称\", item = \"balance_after\" }", "\"balance_after\"", "`balance_after` is no item of a payments document", "`balance_after` 不是 payments 单据的项目"),
    planted("icbc", "kind = \"detail\"\nfields = [\n    { name = \"币种\", item", "kind = \"details\"\nfields = [\n    { name = \"币种\", item", "\"details\"", "`details` is none of the words that can stand here; did you mean `detail`?", "是否应为 `detail`？"),
    planted("icbc", AMOUNT, "{ name = \"金额\", item = \"counterparty.address.street\" }", "", "no field carries `amount`", "没有字段承载 `amount`"),
    planted("icbc", "{ name = \"收款单位名称\", also", "{ name = \"收款方名称\", also", "\"收款单位名称\"", "no column is called `收款单位名称`", "没有名为 `收款单位名称` 的列"),
    // Types.
    planted("icbc", "max = 34", "max = \"34\"", "\"34\"", "the text \"34\" cannot stand here; write a whole number without quotation marks", "此处不能是文本 \"34\""),
    planted("icbc", "max = 34", "max = -1", "-1", "the number `-1` cannot stand here", "此处不能是数字 `-1`"),
    planted("icbc", "last-line-end = false", "last-line-end = \"no\"", "\"no\"", "write `true` or `false`, without quotation marks", "`true` 或 `false`（不加引号）"),
    planted("icbc", "folders = [\"download\"]", "folders = \"download\"", "\"download\"", "write a list such as", "应为列表"),
    planted("icbc", "folder = \"upload\"", "folder = [\"upload\"]", "[\"upload\"]", "a list cannot stand here; write a text in quotation marks", "此处不能是列表"),
    planted("icbc", "verified = false", "verified = no", "no", "write `true` or `false`", "请写 `true` 或 `false`"),
    planted("icbc", "trailing-delimiter = true", "trailing-delimiter = True", "True", "write `true` or `false`", "请写 `true` 或 `false`"),
    planted("icbc", "[seal]", "[answers]\naccepted_by = 16:30\n\n[seal]", "16:30", "a date or an hour without quotation marks", "日期或时刻未加引号"),
    planted("icbc", "[seal]", "[calendar]\nmaintenance = { from = \"01:00\", until = \"02:00\" }\n\n[seal]", "{ from", "a table of keys and values cannot stand here; write a list", "应为列表"),
    planted("icbc", "[seal]", "[checks.max_lengths]\ncreditor_name = 60\n\n[seal]", "60", "write a table of keys and values", "应为表"),
    planted("icbc", "[seal]", "[calendar]\ncurrency.RMB = { cut_off = \"14:00\" }\n\n[seal]", "RMB", "`RMB` is not a currency of ISO 4217", "`RMB` 不是 ISO 4217 币种代码"),
    planted("icbc", "quote = '\"'", "quote = '\"\"'", "'\"\"'", "one character", "单个字符"),
    planted("icbc", "every_seconds = 60", "every_seconds = 60.5", "60.5", "the decimal number `60.5` cannot stand here", "小数 `60.5`"),
    // Keys.
    planted("icbc", "trailing-delimiter = true", "trailing-delimeter = true", "trailing-delimeter", "there is no key `trailing-delimeter` here; did you mean `trailing-delimiter`?", "是否应为 `trailing-delimiter`？"),
    planted("icbc", "last-line-end = false", "last_line_end = false", "last_line_end", "did you mean `last-line-end`?", "是否应为 `last-line-end`？"),
    planted("icbc", "[out]", "[Out]", "Out", "there is no key `Out` here; did you mean `out`?", "是否应为 `out`？"),
    planted("icbc", "kind = \"bank\"", "kind = \"Bank\"", "\"Bank\"", "did you mean `bank`?", "是否应为 `bank`？"),
    planted("icbc", "source = {", "sorce = {", "sorce", "did you mean `source`?", "是否应为 `source`？"),
    planted("icbc", "source = { en = \"public implementations (2011-2024) of the bank's upload and download files; not from the bank\", zh", "source = { zh", "{ zh", "the key `en` is missing here", "此处缺少 `en` 这个键"),
    planted("icbc", "zh = \"公开实现", "cn = \"公开实现", "cn", "there is no key `cn` here", "此处没有 `cn` 这个键"),
    planted("icbc", "verified = false\n", "", "", "the key `verified` is missing", "缺少 `verified`"),
    planted("icbc", "kind = \"bank\"\n", "", "", "the key `kind` is missing", "缺少 `kind`"),
    planted("icbc", "every_seconds = 60", "every_seconds = 60\nevery_seconds = 30", "every_seconds = 30", "this key or table stands twice", "该键或表重复出现"),
    planted("icbc", "[seal]", "[in]\nencoding = \"gbk\"\n\n[seal]", "in]\nencoding", "this key or table stands twice", "该键或表重复出现"),
    planted("icbc", "folder = \"upload\"", "folder = \"upload\"\ncut_off = \"16:30\"", "cut_off", "there is no key `cut_off` here; it stands in `[calendar]`", "它属于 `[calendar]`"),
    planted("icbc", "kind = \"bank\"", "kind = \"bank\"\nverified = true", "verified", "there is no key `verified` here; it stands in `[provenance]`", "它属于 `[provenance]`"),
    planted("icbc", "[layout.payments.record.summary]", "[layout.payment.record.summary]", "payment.record", "there is no key `payment` here; did you mean `payments`?", "是否应为 `payments`？"),
    planted("icbc", "[layout.payments.record.summary]\nkind = \"header\"\n", "[layout.payments.record.summary]\n", "", "the key `kind` is missing here; add `kind = …`", "此处缺少 `kind` 这个键"),
    planted("icbc", "[layout.payments.record.end]", "[layout.payments.record.payment]", "payment]", "this key or table stands twice", "该键或表重复出现"),
    planted("icbc", "folders = [\"download\"]", "folders = [\"download\"]\nclear = { move_to = \"x\" }", "move_to", "did you mean `move-to`?", "是否应为 `move-to`？"),
    planted("icbc", "[seal]\nsign", "[seal]\nsuffix = \"pgp\"\nsign", "\"pgp\"", "`pgp` is no suffix of a file name; write it with its dot", "请连同点号书写"),
    planted("zengin-transfer", "len = 40, item", "at = 3, len = 40, item", "3,", "the field begins at 3, and the one before it ends at 14", "而前一字段止于第 14 位"),
    planted("zengin-transfer", "is = \"21\"", "is = \"210\"", "\"210\"", "the constant `210` is longer than the field", "常量 `210` 超过字段长度"),
    // TOML itself, and signs of an input method.
    planted("icbc", "kind = \"bank\"", "kind ＝ \"bank\"", "＝", "the full-width sign `＝` says nothing here; write the half-width `=`", "请改为半角 `=`"),
    planted("icbc", "folder = \"upload\"", "folder = “upload”", "“", "the full-width sign `“`", "不能使用全角符号 `“`"),
    planted("icbc", "folders = [\"download\"]", "folders = [\"download\"，\"b\"]", "，", "write the half-width `,`", "请改为半角 `,`"),
    planted("icbc", "[out]", "［out］", "［", "write the half-width `[`", "请改为半角 `[`"),
    planted("icbc", "folder = \"upload\"", "folder = \"upload”", "”", "write the half-width `\"`", "请改为半角 `\"`"),
    planted("icbc", "folder = \"upload\"", "folder = upload", "upload", "a text without quotation marks", "文本未加引号"),
    planted("icbc", "folder = \"upload\"", "folder = \"upload", "\n", "a text is not closed on its line", "文本在本行内未结束"),
    planted("icbc", "folder = \"upload\"", "folder: \"upload\"", "\"upload\"", "a key without `=`", "键后缺少 `=`"),
    planted("icbc", "folder = \"upload\"", "folder =", "", "nothing stands behind `=`", "`=` 之后没有值"),
    planted("icbc", "folder = \"upload\"", "folder = \"up\\load\"", "", "a backslash begins a special sign", "反斜杠"),
    planted("icbc", "folders = [\"download\"]", "folders = [\"download\"", "", "put `,` between the elements, or `]` behind the last", "之后写 `]`"),
    planted("icbc", "{ name = \"总计标志\", is = \"1\" },\n", "{ name = \"总计标志\", is = \"1\" }\n", "", "a comma is missing", "缺少逗号"),
    // The party's side.
    planted("icbc", "date = \"2026-11-25\"", "date = \"25.11.2026\"", "\"25.11.2026\"", "`25.11.2026` is not a date; write the day as", "`25.11.2026` 不是日期"),
    planted("icbc", "date = \"2026-11-25\"", "date = 2026-11-25", "2026-11-25", "a date or an hour without quotation marks", "日期或时刻未加引号"),
    planted("icbc", "folder = \"upload\"", "folder = \"../other\"", "\"../other\"", "the folder `../other` climbs out", "目录 `../other` 用 `..` 越出"),
    planted("icbc", "folders = [\"download\"]", "folders = [\"download\", \"a/../../b\"]", "\"a/../../b\"", "climbs out", "越出"),
    planted("icbc", "folder = \"upload\"", "folder = 'up\\load'", "'up\\load'", "has a backslash", "含反斜杠"),
    planted("icbc", "folders = [\"download\"]", "folders = [\"download\"]\nclear = { move-to = \"download\" }", "\"download\" }", "a folder that files are fetched from", "正是取文件的目录"),
    planted("icbc", "folders = [\"download\"]", "folders = [\"download\"]\nclear = \"delete\"", "\"delete\"", "`delete` is none of the words", "`delete` 不是此处可用的值"),
    planted("icbc", "\"icbc_{date}_{id}_dg.bpt\"", "\"icbc_{data}_{id}_dg.bpt\"", "\"icbc_", "file names have no `{data}`; did you mean `date`?", "是否应为 `date`？"),
    planted("icbc", "\"icbc_{date}_{id}_dg.bpt\"", "\"icbc_{date}.bpt\"", "\"icbc_", "the same for every file", "每个文件的名称都会相同"),
    planted("icbc", "\"icbc_{date}_{id}_dg.bpt\"", "\"upload/{id}.bpt\"", "\"upload", "a file name cannot hold `/`", "文件名不能含有 `/`"),
    planted("icbc", "publish = \"no-overwrite\"", "publish = \"no_overwrite\"", "\"no_overwrite\"", "did you mean `no-overwrite`?", "是否应为 `no-overwrite`？"),
    planted("icbc", "publish = \"no-overwrite\"", "publish = \"atomic\"\ntemporary_suffix = \"\"", "\"\"", "the temporary name would be the final one", "临时文件名会与最终文件名相同"),
    planted("icbc", "every_seconds = 60", "every_seconds = 0", "0\n", "every 0 seconds", "每 0 秒"),
    planted("icbc", "every_seconds = 60", "names = [\"RESP_{id}\"]", "\"RESP_", "`RESP_{id}` is no pattern of file names", "不是文件名模式"),
    planted("icbc", "every_seconds = 60", "encoding = \"gb-2312-80x\"", "\"gb-2312-80x\"", "`gb-2312-80x` is not an encoding", "没有 `gb-2312-80x` 这种编码"),
    planted("icbc", "every_seconds = 60", "format = \"camt.35\"", "\"camt.35\"", "there is no format `camt.35` for this", "没有可用于此处的格式 `camt.35`"),
    planted("icbc", "every_seconds = 60", "levels = { closing-balance-mising = \"warning\" }", "\"warning\"", "did you mean `closing-balance-missing`?", "是否应为 `closing-balance-missing`？"),
    planted("icbc", "every_seconds = 60", "levels = { closing-balance-missing = \"warn\" }", "\"warn\"", "did you mean `warning`?", "是否应为 `warning`？"),
    planted("icbc", "answers_by = \"payee\"", "answers_by = \"row\"", "\"row\"", "needs a field of `seq`", "要求 `[layout.payments]` 有 `seq`"),
    planted("icbc", "[seal]", "[calendar]\ncut_off = \"16.30\"\n\n[seal]", "\"16.30\"", "`16.30` is not an hour such as `16:30`", "`16.30` 不是如 `16:30` 的时刻"),
    planted("icbc", "[seal]", "[calendar]\ncut_off = \"16：30\"\n\n[seal]", "\"16：30\"", "is not an hour", "的时刻"),
    planted("icbc", "[seal]", "[calendar]\ncut_off = \"25:00\"\n\n[seal]", "\"25:00\"", "is not an hour", "的时刻"),
    planted("icbc", "[seal]", "[calendar]\nbanking_days = [\"chian\"]\n\n[seal]", "\"chian\"", "there is no calendar `chian`; did you mean `china`?", "是否应为 `china`？"),
    planted("icbc", "[seal]", "[calendar]\ntime_zone = \"Asia/Beijing\"\n\n[seal]", "\"Asia/Beijing\"", "there is no time zone `Asia/Beijing`", "没有时区 `Asia/Beijing`"),
    planted("icbc", "[seal]", "[calendar]\ntime_zone = \"UTC+8\"\n\n[seal]", "\"UTC+8\"", "there is no time zone `UTC+8`", "没有时区 `UTC+8`"),
    planted("icbc", "[seal]", "[calendar]\nsend_from = \"17:00\"\ncut_off = \"16:00\"\n\n[seal]", "\"16:00\"", "nothing can be sent from 17:00 when the day ends at 16:00", "没有可发送的时刻"),
    planted("icbc", "[seal]", "[[calendar.maintenance]]\nfrom = \"01:00\"\nuntil = \"01:00\"\n\n[seal]", "\"01:00\"\n\n", "never ends", "没有尽头"),
    planted("icbc", "[seal]", "[[calendar.maintenance]]\nday = \"sunday\"\nfrom = \"01:00\"\nuntil = \"02:00\"\n\n[seal]", "\"sunday\"", "none of the words that can stand here", "不是此处可用的值"),
    planted("icbc", "[seal]", "[answers]\nreceived_within = \"2 hours\"\n\n[seal]", "\"2 hours\"", "is not a length of time such as `30m`", "的时长"),
    planted("icbc", "[seal]", "[dates]\npast = \"previous\"\n\n[seal]", "\"previous\"", "that banking day is over", "该工作日已过"),
    planted("icbc", "[seal]", "[checks]\ncurrencies = [\"RMB\"]\n\n[seal]", "\"RMB\"", "`RMB` is not a currency of ISO 4217", "`RMB` 不是 ISO 4217 币种代码"),
    planted("icbc", "[seal]", "[checks]\ncurrencies = [\"euro\"]\n\n[seal]", "[\"euro\"]", "`euro` is not a currency", "`euro` 不是币种代码"),
    planted("icbc", "[seal]", "[checks]\nmax_amount = { CNY = \"一百万\" }\n\n[seal]", "\"一百万\"", "write an amount as text", "应为文本形式的金额"),
    planted("icbc", "[seal]", "[checks.levels]\niban-chek-digits = \"off\"\n\n[seal]", "", "there is no rule `iban-chek-digits`", "没有规则 `iban-chek-digits`"),
    planted("icbc", "[seal]", "[checks]\nmax_count = 0\n\n[seal]", "0\n", "no file has 0 bytes or payments", "没有 0 字节"),
    planted("icbc", "[seal]\nsign = false", "[seal]\nsign = \"nein\"", "\"nein\"", "write `true` or `false`", "`true` 或 `false`"),
    planted("icbc", "[seal]", "[test.out]\nfoldr = \"test\"\n\n[seal]", "foldr", "there is no key `foldr` here; did you mean `folder`?", "是否应为 `folder`？"),
    planted("icbc", "[seal]", "[production.in]\nfolders = [\"..\"]\n\n[seal]", "\"..\"", "climbs out", "越出"),
    planted("icbc", "zh = \"工商", "cn = \"工商", "\"工商", "`cn` is no language of summaries", "没有 `cn` 这种语言"),
    planted("swiss-sps", "format = \"pain.001.001.09\"", "format = \"pain.001\"", "\"pain.001\"", "write its full name, such as `pain.001.001.09`", "请写完整名称"),
    planted("swiss-sps", "format = \"pain.001.001.09\"", "format = \"pain.001.001.9\"", "\"pain.001.001.9\"", "cannot be written as", "不能按"),
    planted("swiss-sps", "charset = \"latin1\"", "charset = \"latin-1\"", "\"latin-1\"", "did you mean `latin1`?", "是否应为 `latin1`？"),
    planted("swiss-sps", "batch_booking = true", "batch-booking = true", "batch-booking", "did you mean `batch_booking`?", "是否应为 `batch_booking`？"),
    planted("swiss-sps", "batch_booking = true", "charge_bearer = \"SHA\"", "\"SHA\"", "`SHA` is no code of ISO 20022 for it", "`SHA` 不是 ISO 20022 代码"),
    planted("swiss-sps", "extends = \"iso20022-bank\"", "extends = \"iso20022-bnak\"", "\"iso20022-bnak\"", "there is no template `iso20022-bnak` to extend; did you mean `iso20022-bank`?", "是否应为 `iso20022-bank`？"),
    planted("swiss-sps", "extends = \"iso20022-bank\"", "extends = true", "true", "`extends` is not the name of a template", "`extends` 不是模板名称"),
    planted("swiss-sps", "[checks]", "[layouts.payments]\nwidth = 1\n\n[checks]", "layouts", "did you mean `layout`?", "是否应为 `layout`？"),
    planted("zengin-bonus", "\"種別コード\" = { is", "\"種別コド\" = { is", "\"種別コド\"", "the record of the template that is extended has no field `種別コド`; did you mean `種別コード`?", "是否应为 `種別コード`？"),
    planted("zengin-payroll", "\"ダミー\" = { len = 9 }", "\"ダミ\" = { len = 9, after = \"社員番\" }", "\"ダミ\"", "has no field `社員番`; did you mean `社員番号`?", "是否应为 `社員番号`？"),
    planted("zengin-payroll", "\"ダミー\" = { len = 9 }", "\"予備\" = { len = 9 }", "\"予備\"", "has no field `予備`; say with `after` or `before` where a new one stands", "请以 `after` 或 `before` 写明位置"),
    planted("zengin-payroll", "\"振込指定区分\" = { remove = true }", "\"振込指定区分\" = { remove = true, len = 1 }", "\"振込指定区分\"", "`remove` stands alone", "`remove` 须单独使用"),
    planted("zengin-payroll", "\"振込指定区分\" = { remove = true }", "\"振込指定区分\" = false", "\"振込指定区分\"", "a change of the field `振込指定区分` is a table", "应为表"),
    planted("zengin-payroll", "\"ダミー\" = { len = 9 }", "\"ダミー\" = { len = 9, itm = \"amount\" }", "itm", "there is no key `itm` here; did you mean `item`?", "是否应为 `item`？"),
    planted("zengin-payroll", "\"ダミー\" = { len = 9 }", "\"ダミー\" = { len = 90 }", "90", "the field ends at position 201, and a record has 120", "而记录长度为 120"),
    // What a payment scheme cannot mean.
    planted("swiss-sps", "name_length = 70", "name_length = 700", "700", "write a number from 1 to 140", "请写 1 至 140 的数字"),
    planted("swiss-sps", "name_length = 70", "name_lenght = 70", "name_lenght", "did you mean `name_length`?", "是否应为 `name_length`？"),
    planted("swiss-sps", "name_length = 70", "name_length = \"70\"", "\"70\"", "write a whole number without quotation marks", "应为不加引号的整数"),
    planted("swiss-sps", "remittance_lines = 1\n", "", "true", "write `remittance_lines = 1`", "请写 `remittance_lines = 1`"),
    planted("swiss-sps", "\"within\"", "\"inside\"", "\"inside\"", "write one of `apart`, `within`, `refused`", "可用的有 `apart`、`within`、`refused`"),
    planted("swiss-sps", "\"iso11649\"", "\"iso11469\"", "\"iso11469\"", "did you mean `iso11649`?", "是否应为 `iso11649`？"),
    planted("iso20022-bank", "address_lines = 2", "address_lines = 8", "8", "write a number from 0 to 7", "请写 0 至 7 的数字"),
    planted("iso20022-bank", "\"country\"]", "\"contry\"]", "\"contry\"", "did you mean `country`?", "是否应为 `country`？"),
    planted("iso20022-bank", "address = \"structured\"", "address = \"none\"", "address_needs", "write another `payments.address`", "改写 `payments.address`"),
    planted("iso20022-bank", "id_slashes = \"within\"", "id_slashes = false", "false", "write one of the key's words in quotation marks", "请以引号写该键的可用值之一"),
    planted("iso20022-bank", "[payments.scheme]", "[payments.schema]", "schema", "did you mean `scheme`?", "是否应为 `scheme`？"),
    planted("sepa-debit", "\"mandate_id\"", "\"mandat_id\"", "\"mandat_id\"", "did you mean `mandate_id`?", "是否应为 `mandate_id`？"),
    planted("sepa-debit", "sequence_type = [\"FRST\"", "sequence_type = [\"FIRST\"", "", "did you mean `FRST`?", "是否应为 `FRST`？"),
    planted("sepa-debit", "charge_bearer = [\"SLEV\"]", "charge_bearer = []", "charge_bearer", "write the values that are", "请写允许的取值"),
    planted("sepa-debit", "local_instrument = [\"CORE\"]", "local_instrumnet = [\"CORE\"]", "local_instrumnet", "did you mean `local_instrument`?", "是否应为 `local_instrument`？"),
    planted("sepa-debit", "\"AD\"", "\"XX\"", "\"XX\"", "write its code of two capitals", "请写两位大写国家代码"),
    planted("sepa-debit", "creditor_id_check_digits = true", "creditor_id_check_digits = \"yes\"", "\"yes\"", "write `true` or `false`", "应为 `true` 或 `false`"),
    planted("sepa-debit", "payment_types = \"group\"", "payment_types = \"groups\"", "\"groups\"", "did you mean `group`?", "是否应为 `group`？"),
    planted("erp-fixed", "width = ", "width = 1 # ", "", "the field ends at position", "而记录长度为 1"),
    // What would be written or read as something else than is meant.
    planted("icbc", "date = \"yyyyMMdd\", required", "date = \"yyyy-mm-dd\", required", "\"yyyy-mm-dd\"", "`yyyy-mm-dd` has minutes and no month: write `MM` for the month", "月份请写 `MM`"),
    planted("icbc", "date = \"yyyyMMdd\", required", "date = \"dddd\", required", "\"dddd\"", "`dddd` has `dd` twice", "`dd` 重复"),
    planted("icbc", "\"借\" = \"DBIT\"", "\"借\" = \"CRDT\"", "\"CRDT\"", "`借` says the opposite of `CRDT`; write `DBIT`", "`借` 与 `CRDT` 方向相反"),
    planted("icbc", "delimiter = \"|\"", "delimiter = \"\\n\"", "\"\\n\"", "the end of a line cannot part fields", "行尾不能用作字段分隔符"),
    planted("icbc", "item = \"bank_reference\"", "item = \"created\", date = \"yyyyMMdd\"", "\"created\"", "`created` is when the file was made, and not said of a row", "不属于明细"),
    // Sizes that no file has: each would be written as so many zeros or blanks.
    planted("icbc", AMOUNT, "{ name = \"金额\", item = \"amount\", minor = true, digits = 70000 }", "70000", "`digits = 70000` is more than any file has; write at most 40", "`digits = 70000` 超出合理范围; 至多写 40"),
    planted("erp-fixed", "len = 35", "len = 350000", "350000", "` is more than any file has; write at most 65536", "至多写 65536"),
    planted("erp-fixed", "len = ", "at = 99999999, len = ", "99999999", "`at = 99999999` is more than any file has", "超出合理范围"),
    planted("erp-fixed", "width = ", "width = 4000000000 # ", "", "`width = 4000000000` is more than any file has; write at most 65536", "至多写 65536"),
    planted("erp-fixed", "width = ", "block = 4000000000\nfiller = \"9\"\nwidth = ", "4000000000", "`block = 4000000000` is more than any file has; write at most 10000", "至多写 10000"),
    planted("icbc", AMOUNT, "{ name = \"金额\", item = \"amount\", decimals = 70000 }", "70000", "no currency has so many decimals; write at most 8", "没有币种有这么多位小数"),
    // Fields and records that count only in some rows.
    planted("boc", "same_bank = [\"no\"]", "same_bnak = [\"no\"]", "same_bnak", "a document has no `same_bnak`; did you mean `same_bank`?", "是否应为 `same_bank`？"),
    planted("boc", "same_bank = [\"no\"]", "same_bank = [\"nein\"]", "\"nein\"", "`nein` is no value of `same_bank`; write one of `yes`, `no`", "`nein` 不是 `same_bank` 的取值"),
    planted("boc", "same_bank = [\"no\"]", "same_bank = \"no\"", "\"no\"", "the text \"no\" cannot stand here; write a list", "列表"),
    planted("boc", "same_bank = [\"no\"]", "same_bank = []", "same_bank", "`same_bank` has no values: the condition never holds", "条件永不成立"),
    planted("boc", "same_bank = [\"no\"]", "same_bank = [\"no\", \"*\"]", "same_bank", "`*` stands for every value, and others stand beside it", "`*` 已表示任何值"),
    planted("boc", "same_bank = [\"no\"]", "urgent = [\"no\"]", "urgent", "carries `urgent`: whoever reads the file could not tell; bind a field without `when` to it", "没有字段承载 `urgent`：读取文件时无法判断"),
    planted("boc", "same_bank = [\"no\"]", "\"counterparty.agent\" = [\"*\"]", "\"counterparty.agent\" = [", "whoever reads the file could not tell", "读取文件时无法判断"),
    planted("boc", "same_bank = [\"no\"]", "amount = [\"0.00\"]", "\"0.00\"", "`amount` is no word that could be compared; write `\"*\"` for any value, or `\"\"` for none", "`amount` 不是可比较的文字"),
    planted("boc", "same_bank = [\"no\"]", "currency = [\"RMB\"]", "\"RMB\"", "`RMB` is not a currency of ISO 4217", "`RMB` 不是 ISO 4217 币种代码"),
    planted("boc", "same_bank = [\"no\"]", "booking_date = [\"*\"]", "booking_date", "`booking_date` is no item of a payments document", "`booking_date` 不是 payments 单据的项目"),
    planted("boc", "when = { same_bank = [\"no\"] }", "when = {}", "when", "`when` names no item; write for example `when = { same_bank = [\"no\"] }`", "`when` 没有写任何项目"),
    planted("boc", "{ name = \"优先级\" }", "{ name = \"优先级\", when = { same_bank = [\"no\"] } }", "when", "`when` of a field that carries nothing; write `item` or `is`", "字段未承载任何内容却有 `when`"),
    planted("boc", "[layout.payments.record.head]\nkind = \"header\"", "[layout.payments.record.head]\nkind = \"header\"\nwhen = { same_bank = [\"no\"] }", "when", "`when` is for records of kind `detail` and `more`; leave it out, or write it in a field", "`when` 只用于 `detail` 和 `more` 类记录"),
    planted("citic", "{ name = \"支付方式\" }, { name = \"付方账号\" }, { name = \"付方账户名称\" }, { name = \"币种\" }", "{ name = \"支付方式\", when = { currency = [\"CNY\"] } }, { name = \"付方账号\" }, { name = \"付方账户名称\" }, { name = \"币种\" }", "when", "a field of this record has no `when`", "此类记录的字段不能有 `when`"),
    planted("pab", "item = \"reason.info\", says", "item = \"reason.info\", when = { status = [\"RJCT\"] }, says", "status =", "no condition may depend on `status`; several columns decide it together", "条件不能取决于 `status`"),
    planted("psbc", "when = { same_bank = [\"yes\"] }", "", "", "`own` and `payment` are both of kind `detail`: each row would be written as both; write with `when` for which rows `own` is", "每笔会被写两次"),
    planted("psbc", "when = { same_bank = [\"no\"] }", "when = { same_bank = [\"yes\"] }", "when", "`own` has the same condition and stands before it: this record is never written", "该记录永不会写出"),
    planted("psbc", "{ name = \"空一\", is = \"\" },\n    { name = \"户名\", item = \"counterparty.name\", required = true },\n    { name = \"空二\", is = \"\" }", "{ name = \"空一\" },\n    { name = \"户名\", item = \"counterparty.name\", required = true },\n    { name = \"空二\" }", "", "nothing tells this record from `own` when the file is read", "读取文件时无法区分该记录与 `own`"),
    planted("psbc", "same_bank = [\"no\"]", "same_bank = [\"no\", \"\"]", "same_bank", "or name one value only: then the record itself says it", "或只写一个值"),
    // Hash totals.
    planted("erp-fixed-hash", "of = \"creditor account\"", "of = \"creditor acount\"", "\"creditor acount\"", "the record `payment` has no field `creditor acount`; did you mean `creditor account`?", "记录 `payment` 没有字段 `creditor acount`"),
    planted("erp-fixed-hash", "hash = { of = \"creditor account\"", "hash = { of = \"creditor account\", first = 8, last = 8", "hash", "a hash total of the first or of the last digits, from 1 on", "校验合计取前几位或后几位"),
    planted("erp-fixed-hash", "of = \"creditor account\"", "of = \"creditor account\", frist = 8", "frist", "did you mean `first`?", "是否应为 `first`？"),
    planted("erp-fixed-hash", "{ name = \"hash total\", len = 15", "{ name = \"hash total\", item = \"count\", len = 15", "\"count\"", "the field is a hash total, and has `item` too; leave one of them out", "字段是校验合计，却又有 `item`"),
    planted("erp-fixed-hash", "len = 15", "len = 40", "hash", "a hash total of too many digits; write at most 36", "校验合计位数过多"),
    planted("boc", "{ name = \"类型\", is = \"2\" }", "{ name = \"类型\", hash = { of = \"收款人账号\" } }", "hash", "nothing says how many digits the hash total has; write `digits`", "没有说明校验合计的位数"),
    planted("boc", "{ name = \"优先级\" }", "{ name = \"优先级\", hash = { of = \"收款人账号\" } }", "hash", "`hash` is for headers and trailers of one document", "`hash` 只用于单份单据的文件头和文件尾"),
    planted("csv-erp", "language = \"en\"", "language = \"cn\"", "\"cn\"", "`cn` is none of the words that can stand here", "`cn` 不是此处可用的值"),
    planted("csv-erp", "statement = [\"csv\", \"jsonl\"]", "statement = [\"camt.053\"]", "\"camt.053\"", "there is no format `camt.053` for this", "没有可用于此处的格式 `camt.053`"),
];

/// Runs `bankferry check` in a language; all that it says.
fn check(root: &Path, lang: &str) -> String {
    let mut command = Command::new(env!("CARGO_BIN_EXE_bankferry"));
    let output = command.args(["check", "--lang", lang, "--dir"]).arg(root).output().expect("a run");
    assert_eq!(output.status.code(), Some(1), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// Where a byte of a text stands.
fn place(text: &str, at: usize) -> (usize, usize) {
    let before = &text[..at];
    let line = before.rfind('\n').map_or(0, |at| at + 1);
    (before.matches('\n').count() + 1, before[line..].chars().count() + 1)
}

#[test]
#[allow(clippy::disallowed_methods)]
fn planted_mistakes_are_told_with_place_and_remedy() {
    let dir = tempfile::tempdir().expect("a folder");
    let root = dir.path().join("house");
    let made = Command::new(env!("CARGO_BIN_EXE_bankferry")).arg("init").arg(&root).output().expect("a run");
    assert!(made.status.success());
    for folder in fs::read_dir(root.join("templates")).expect("templates").flatten() {
        let _ = fs::remove_file(folder.path());
    }
    let mut wanted = Vec::new();
    for (number, mistake) in PLANTED.iter().enumerate() {
        let source = template::built_in().find(|(name, _)| *name == mistake.of).expect("a template").1;
        let name = format!("m{number:03}");
        let begin = source.find(mistake.from).unwrap_or_else(|| panic!("{name}: no `{}`", mistake.from));
        let mut text = source.replacen(mistake.from, mistake.to, 1);
        let own = format!("name = \"{}\"", mistake.of);
        let lengthened = name.len() as isize - mistake.of.len() as isize;
        let before = text.find(&own).expect("a name") < begin;
        text = text.replacen(&own, &format!("name = \"{name}\""), 1);
        let begin = if before { begin.checked_add_signed(lengthened).expect("a place") } else { begin };
        fs::write(root.join("templates").join(format!("{name}.toml")), &text).expect("written");
        let at = (!mistake.at.is_empty()).then(|| {
            let from = &text[begin..];
            place(&text, begin + from.find(mistake.at).unwrap_or_else(|| panic!("{name}: no `{}`", mistake.at)))
        });
        wanted.push((name, at, mistake));
    }
    let (en, zh) = (check(&root, "en"), check(&root, "zh"));
    let mut wrong = Vec::new();
    for (name, at, mistake) in &wanted {
        let (said, said_zh) = (told(&en, name), told(&zh, name));
        let (line, column) = at.unwrap_or_default();
        let placed = match at {
            Some(_) => said.contains(&format!("line {line}, column {column}: ")),
            None => said.contains(", line "),
        };
        if !placed || !said.contains(mistake.en) || !said_zh.contains(mistake.zh) {
            wrong.push(format!("{name} {}: {line}:{column} `{}`\n  {said}\n  {said_zh}", mistake.to, mistake.en));
        }
        // One mistake is told once, and nothing that follows from it.
        let all: Vec<&str> = en.lines().filter(|line| line.contains(&format!("`templates/{name}.toml`"))).collect();
        let of_each_record = mistake.to.starts_with("width = 1 ");
        if all.len() != 1 && !of_each_record {
            wrong.push(format!("{name} {}: told {} times\n  {}", mistake.to, all.len(), all.join("\n  ")));
        }
    }
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), wanted.len(), wrong.join("\n"));
    for word in ["expected", "invalid", "unknown field", "missing field", "TOML parse error"] {
        assert!(!zh.contains(word), "the library's own words: {word}");
    }
}

/// Everything that is wrong and does not follow from something else is told in one run, in the order of the file.
#[test]
#[allow(clippy::disallowed_methods)]
fn all_mistakes_of_a_template_are_told_at_once() {
    let dir = tempfile::tempdir().expect("a folder");
    let root = dir.path().join("house");
    let made = Command::new(env!("CARGO_BIN_EXE_bankferry")).arg("init").arg(&root).output().expect("a run");
    assert!(made.status.success());
    let mut text = template::built_in().find(|(name, _)| *name == "icbc").expect("a template").1.to_string();
    let mistakes = [
        ("date = \"2026-11-25\"", "date = \"25.11.2026\"", "`25.11.2026` is not a date"),
        ("verified = false", "verifed = false", "there is no key `verifed` here; did you mean `verified`?"),
        ("folder = \"upload\"", "foldr = \"upload\"", "there is no key `foldr` here"),
        ("publish = \"no-overwrite\"", "publish = \"no_overwrite\"", "did you mean `no-overwrite`?"),
        ("every_seconds = 60", "every_seconds = 0", "folders cannot be looked at every 0 seconds"),
        ("sign = false", "sign = \"no\"", "the text \"no\" cannot stand here"),
        ("trailing-delimiter = true", "trailing-delimter = true", "there is no key `trailing-delimter` here"),
        (AMOUNT, "{ name = \"金额\", item = \"amuont\", minor = true }", "a document has no `amuont`"),
        ("{ name = \"收款单位名称\", also", "{ name = \"收款方名称\", also", "no column is called `收款单位名称`"),
        ("\"被银行拒绝\" = \"RJCT\"", "\"被银行拒绝\" = \"REJECT\"", "`REJECT` is no value of `status`"),
        ("\"借\" = \"DBIT\"", "\"借\" = \"DEBIT\"", "`DEBIT` is no value of `indicator`"),
        ("item = \"balance_after\"", "item = \"balance_after\", date = \"yyyy\"", "`date` is for items that are dates"),
    ];
    for (from, to, _) in mistakes {
        assert!(text.contains(from), "{from}");
        text = text.replacen(from, to, 1);
    }
    fs::write(root.join("templates/icbc.toml"), &text).expect("written");
    let said = check(&root, "en");
    let told: Vec<&str> = said.lines().filter(|line| line.contains("`templates/icbc.toml`")).collect();
    assert_eq!(told.len(), mistakes.len(), "{}", told.join("\n"));
    let with_hints = said.lines().collect::<Vec<_>>().join("\n").replace("\nhint: ", "; ");
    let mut rest = with_hints.as_str();
    for (.., want) in mistakes {
        rest = rest.split_once(want).unwrap_or_else(|| panic!("`{want}` is not told in its order:\n{with_hints}")).1;
    }
}

/// What is said of one template: its first mistake with the hint behind it.
fn told(all: &str, name: &str) -> String {
    let file = format!("`templates/{name}.toml`");
    let mut lines = all.lines().skip_while(|line| !line.contains(&file));
    let Some(first) = lines.next() else { return format!("nothing of {name}") };
    match lines.next().and_then(|line| line.strip_prefix("hint: ")) {
        Some(hint) => format!("{first}; {hint}"),
        None => first.to_string(),
    }
}

/// What is wrong with a file as a whole, or with several together.
#[test]
#[allow(clippy::disallowed_methods)]
fn mistakes_of_whole_files_are_told() {
    let dir = tempfile::tempdir().expect("a folder");
    let root = dir.path().join("house");
    let made = Command::new(env!("CARGO_BIN_EXE_bankferry")).arg("init").arg(&root).output().expect("a run");
    assert!(made.status.success());
    let write = |name: &str, bytes: &[u8]| fs::write(root.join("templates").join(name), bytes).expect("written");
    let sps = |name: &str| {
        let source = template::built_in().find(|(known, _)| *known == "swiss-sps").expect("a template").1;
        source.replace("name = \"swiss-sps\"", &format!("name = \"{name}\""))
    };
    // What editors do and nobody sees is no mistake.
    write("marked.toml", format!("\u{feff}{}", sps("marked")).as_bytes());
    write("lines.toml", sps("lines").replace('\n', "\r\n").as_bytes());
    write("tabs.toml", sps("tabs").replace("fold = true", "\tfold\t=\ttrue").as_bytes());
    // These are.
    write("gbk.toml", &encoding_rs::GBK.encode(&sps("gbk")).0);
    write("my bank.toml", sps("my bank").as_bytes());
    write("other.toml", sps("another").as_bytes());
    write("unnamed.toml", b"extends = \"swiss-sps\"\n");
    write("one.toml", b"extends = \"two\"\nname = \"one\"\n");
    write("two.toml", b"name = \"two\"\nextends = \"one\"\n");
    write("broken.toml", sps("broken").replace("fold = true", "fold = maybe").as_bytes());
    write("above.toml", b"extends = \"broken\"\nname = \"above\"\n");
    write("deeper.toml", b"extends = \"swiss-sps\"\nname = \"deeper\"\n[payments]\nfold = \"yes\"\n");
    // Each is right for itself, and both together are not: the place is in the one that extends the other.
    write("narrow.toml", b"extends = \"erp-fixed\"\nname = \"narrow\"\n[layout.payments]\nwidth = 100\n");
    let own = b"extends = \"psbc\"\nname = \"same\"\n[layout.payments.record.own]\nwhen = { same_bank = [\"no\"] }\n";
    write("same.toml", own);
    write("marked-wrong.toml", "\u{feff}kid = \"bank\"\n".as_bytes());
    let said = check(&root, "en");
    for right in ["marked.toml", "lines.toml", "tabs.toml"] {
        assert!(!said.contains(right), "{said}");
    }
    for wanted in [
        "`templates/gbk.toml`, line 8, column 7: the file is not UTF-8 from here on",
        "no party can name the template `my bank.toml`",
        "`templates/other.toml`, line 4, column 8: the file `other.toml` calls itself `another`\n\
         hint: write `name = \"other\"`, or rename the file",
        "`templates/unnamed.toml`: the file `unnamed.toml` calls itself `swiss-sps`",
        "`templates/two.toml`, line 2, column 11: the templates extend each other in a circle: one extends two extends one",
        "`templates/one.toml`, line 1, column 11: the templates extend each other in a circle: two extends one extends two",
        "`templates/broken.toml`, line 18, column 8: a text without quotation marks",
        "`templates/deeper.toml`, line 4, column 8: the text \"yes\" cannot stand here",
        "`templates/narrow.toml`, line 4, column 9: with line 44, column 29 of `erp-fixed`, which it extends: the field ends \
         at position 200, and a record has 100",
        "`templates/same.toml`, line 4, column 22: with line 53, column 1 of `psbc`, which it extends: `own` has the same",
        "`templates/marked-wrong.toml`, line 1, column 1: there is no key `kid` here",
    ] {
        assert!(said.contains(wanted), "`{wanted}` is not said:\n{said}");
    }
}

/// What is wrong with `bankferry.toml`, and with an example, is told in the reader's language too.
#[test]
#[allow(clippy::disallowed_methods)]
fn mistakes_beside_the_template_are_told_in_both_languages() {
    let dir = tempfile::tempdir().expect("a folder");
    let root = dir.path().join("house");
    let made = Command::new(env!("CARGO_BIN_EXE_bankferry")).arg("init").arg(&root).output().expect("a run");
    assert!(made.status.success());
    let source = template::built_in().find(|(name, _)| *name == "cib").expect("a template").1;
    let source = source.replace("name = \"cib\"", "name = \"own\"");
    fs::write(root.join("templates/own.toml"), source).expect("written");
    let said = check(&root, "zh");
    assert!(said.contains("请将银行文档中的示例文件放入 `templates/examples/own/payments.txt`"), "{said}");
    fs::create_dir_all(root.join("templates/examples/own")).expect("a folder");
    let example = encoding_rs::GBK.encode("1|是|2|远山|西湖支行||x|货款|QH-01|否|||\r\n").0.into_owned();
    fs::write(root.join("templates/examples/own/payments.txt"), example).expect("written");
    let said = check(&root, "zh");
    assert!(said.contains("示例 `payments.txt` 无法读取：第 1 行"), "{said}");
    let config = fs::read_to_string(root.join("bankferry.toml")).expect("the configuration");
    let begin = config.find("environment = \"").expect("an environment");
    let broken = config.replacen("environment = \"test\"", "environment = \"tset\"", 1);
    let (line, column) = place(&config, begin + "environment = ".len());
    fs::write(root.join("bankferry.toml"), broken).expect("written");
    let wanted = format!("第 {line} 行第 {column} 列：`tset` 不是此处可用的值；是否应为 `test`？");
    let said = check(&root, "zh");
    assert!(said.contains(&wanted), "{said}");
}
