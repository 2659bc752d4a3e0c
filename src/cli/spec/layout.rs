//! A file of the party's own, record by record and field by field.

use super::block::{Block, code, codes, facts, joined, marked, table, yes};
use crate::document::Method;
use crate::format::layout::declare::{
    Align, Field, Fold, LengthUnit, LineEnd, Record, RecordKind, TextEncoding, WidthUnit,
};
use crate::format::layout::hash;
use crate::format::layout::item::{Binding, Form};
use crate::format::layout::{Carries, Plan, Takes};
use crate::template::prove::example_file;
use crate::text;
use crate::words::Text;

/// What a file of this kind is called.
pub(super) fn name_of(carries: Carries) -> Text {
    match carries {
        Carries::Payments => text!("payments file", "付款文件"),
        Carries::Status => text!("result file", "结果文件"),
        Carries::Statement => text!("statement file", "对账单文件"),
        Carries::Receipts => text!("index of a receipt bundle", "电子回单索引文件"),
        Carries::Refusal => text!("refusal file", "拒绝文件"),
    }
}

/// A layout; `theirs` where the other side writes its files.
pub(super) fn write(plan: &Plan, theirs: bool, example: &dyn Fn(&str) -> Option<Vec<u8>>, blocks: &mut Vec<Block>) {
    blocks.push(Block::Heading(2, name_of(plan.carries)));
    whole(plan, blocks);
    for (name, declared) in &plan.layout.record.0 {
        record(name, declared, plan, theirs, blocks);
    }
    if let Some(bytes) = example(example_file(plan.carries)) {
        blocks.push(Block::Words(text!("an example:", "示例：")));
        blocks.push(Block::File(plan.layout.encoding.decode(&bytes)));
    }
}

/// What is true of the whole file.
fn whole(plan: &Plan, blocks: &mut Vec<Block>) {
    let layout = &plan.layout;
    let end = match layout.line_end {
        LineEnd::Crlf => Text::same("CR LF"),
        LineEnd::Lf => Text::same("LF"),
        LineEnd::None => text!("none: one record behind the other", "无：记录首尾相接"),
    };
    let mut rows = vec![
        (text!("encoding", "编码"), encoding(layout.encoding)),
        (text!("characters that it lacks", "编码没有的字符"), folded(layout.fold)),
        (text!("line end", "换行"), end),
        (text!("the last line ends so too", "末行也换行"), yes(layout.last_line_end)),
    ];
    match (&layout.delimiter, layout.width, &layout.xml_root) {
        (Some(delimiter), ..) => delimited(plan, delimiter, &mut rows),
        (None, Some(width), _) => {
            let Text { en, zh } = width_unit(layout.unit);
            rows.push((text!("length of a record", "记录长度"), text!("{width} {en}", "{width} {zh}")));
        }
        (None, None, Some(root)) => rows.push((text!("XML, root element", "XML，根元素"), code(root))),
        (None, None, None) => {}
    }
    if let (Some(block), Some(filler)) = (layout.block, layout.filler) {
        let filler = marked(filler);
        let words = text!("filled up to {block} records with {filler}", "以 {filler} 补足 {block} 条一块");
        rows.push((text!("blocks", "分块"), words));
    }
    rows.extend(layout.comment.as_ref().map(|mark| (text!("comment lines begin with", "注释行开头"), code(mark))));
    if let Some(currency) = &layout.currency {
        rows.push((text!("currency where none is said", "默认币种"), Text::same(currency)));
    }
    if plan.carries == Carries::Payments {
        rows.push((text!("method", "付款方式"), method(layout.method)));
        let most = layout.most.map_or_else(|| text!("not said", "未规定"), |most| Text::same(most.to_string()));
        rows.push((text!("most details in a file", "明细上限"), most));
        rows.push((text!("one account and day in a file", "每个文件仅一个账号和日期"), yes(layout.one_group)));
    }
    let own: Vec<&String> = layout.own.agents.iter().chain(&layout.own.names).collect();
    if !own.is_empty() {
        rows.push((text!("this bank is told by", "识别本行的依据"), codes(own)));
    }
    if layout.title_lines > 0 {
        let lines = layout.title_lines;
        let words = text!("{lines}, passed over", "{lines} 行，略过不读");
        rows.push((text!("lines above the first record", "首条记录之上的行数"), words));
    }
    if layout.read_only {
        rows.push((text!("only read by us", "仅供我方读取"), yes(true)));
    }
    blocks.push(facts(rows));
}

fn delimited(plan: &Plan, delimiter: &str, rows: &mut Vec<(Text, Text)>) {
    let layout = &plan.layout;
    rows.push((text!("fields are parted by", "字段分隔符"), code(delimiter)));
    if !layout.other_delimiters.is_empty() {
        rows.push((
            text!("read too where the row of names has", "列名行使用时亦可读取"),
            codes(&layout.other_delimiters),
        ));
    }
    rows.push((text!("a delimiter stands in front", "行首有分隔符"), yes(layout.leading_delimiter)));
    rows.push((text!("a delimiter stands behind", "行尾有分隔符"), yes(layout.trailing_delimiter)));
    let quote = match (layout.quote, layout.quote_all) {
        (None, _) => text!("none: a field never holds the delimiter", "无：字段内不得出现分隔符"),
        (Some(quote), true) => {
            let quote = marked(quote);
            text!("{quote} around every field, doubled within", "{quote}，用于所有字段，字段内双写")
        }
        (Some(quote), false) => {
            let quote = marked(quote);
            text!("{quote} around a field that needs it, doubled within", "{quote}，仅用于需要的字段，字段内双写")
        }
    };
    rows.push((text!("quotes", "引号"), quote));
    if !layout.value_prefix.is_empty() {
        rows.push((text!("in front of every value", "每个值之前"), code(&layout.value_prefix)));
    }
    if layout.short_rows {
        rows.push((text!("rows may end before their last columns", "各行末尾的列可以省略"), yes(true)));
    }
    if let Some(most) = layout.preamble {
        let words = text!("at most {most}; they are passed over", "至多 {most} 行，读取时跳过");
        rows.push((text!("lines above the row of names", "列名行之上的行"), words));
    }
    if !layout.blank.is_empty() {
        rows.push((text!("written for an empty value", "空值写作"), code(&layout.blank)));
    }
}

/// An encoding by its name, and what that leaves to be asked.
fn encoding(encoding: TextEncoding) -> Text {
    let name = encoding.name();
    match encoding {
        TextEncoding::Utf8 => text!("{name}, without a byte order mark", "{name}，无 BOM"),
        TextEncoding::Utf8Bom => text!("{name}: with a byte order mark", "{name}：带 BOM"),
        TextEncoding::Gbk => text!("{name} (code page 936)", "{name}（代码页 936）"),
        TextEncoding::Cp932 => text!("{name} (Shift JIS)", "{name}（Shift JIS 编码）"),
        TextEncoding::Zengin => text!(
            "{name}: single bytes of code page 932 (JIS X 0201), capitals, half-width katakana without small ones; \
             names have of signs only `( ) - .`",
            "{name}：代码页 932（JIS X 0201）单字节，大写字母、半角片假名（不含小假名）；户名中的符号仅限 `( ) - .`"
        ),
        TextEncoding::Latin1 => text!("{name} (ISO 8859-1)", "{name}（ISO 8859-1 编码）"),
        TextEncoding::Gb18030 | TextEncoding::Ascii => Text::same(name),
    }
}

fn method(method: Method) -> Text {
    match method {
        Method::Transfer => text!("credit transfers", "付款"),
        Method::DirectDebit => text!("direct debits", "扣款"),
    }
}

fn folded(fold: Fold) -> Text {
    match fold {
        Fold::No => text!("refused, with their place", "拒绝并指出位置"),
        Fold::Latin => text!("written as near ones (ä as ae) and told", "改写为相近字符（ä 写作 ae）并提示"),
        Fold::HalfWidthKana => {
            text!("written as half-width katakana or near letters, and told", "改写为半角片假名或相近字符并提示")
        }
    }
}

fn width_unit(unit: WidthUnit) -> Text {
    match unit {
        WidthUnit::Bytes => text!("bytes", "字节"),
        WidthUnit::Chars => text!("characters", "字符"),
        WidthUnit::Utf16 => text!("UTF-16 units", "UTF-16 单元"),
    }
}

fn record(name: &str, record: &Record, plan: &Plan, theirs: bool, blocks: &mut Vec<Block>) {
    let kind = match record.kind {
        RecordKind::Lines => text!("literal lines", "固定文本"),
        RecordKind::Header => text!("header", "文件头"),
        RecordKind::Columns => text!("row of column names", "列名行"),
        RecordKind::Detail => text!("detail", "明细"),
        RecordKind::More => text!("goes on with the detail", "明细续行"),
        RecordKind::Other => text!("passed over when reading", "读取时跳过"),
        RecordKind::Balancing => text!("balancing record", "平衡记录"),
        RecordKind::Section => text!("section that decides the status", "决定状态的分段"),
        RecordKind::Trailer => text!("trailer", "文件尾"),
    };
    let Text { en, zh } = kind;
    blocks.push(Block::Heading(3, text!("record `{name}`: {en}", "记录 `{name}`：{zh}")));
    let facts = record_facts(name, record, plan);
    if !facts.is_empty() {
        blocks.push(Block::List(facts));
    }
    if !record.text.is_empty() {
        blocks.push(Block::File(record.text.join("\n")));
    }
    match record.kind {
        _ if record.fields.is_empty() => {}
        RecordKind::Columns => blocks.push(columns(record)),
        _ => blocks.push(fields(name, record, plan, theirs)),
    }
}

/// What is true of a record beyond its fields.
fn record_facts(name: &str, record: &Record, plan: &Plan) -> Vec<Text> {
    let mut facts = Vec::new();
    if let Some(Text { en, zh }) = plan.when_of_record(name) {
        facts.push(text!("stands only where {en}", "仅当 {zh} 时使用"));
    } else if record.kind == RecordKind::Detail && others(plan) {
        facts.push(text!("stands where no other detail does", "用于其他明细记录都不适用的情况"));
    }
    if record.optional {
        facts.push(text!("may be missing", "可以没有"));
    }
    if record.further_columns {
        facts.push(text!("further columns behind the last are passed over", "末列之后的其他列略过不读"));
    }
    if record.repeat {
        facts.push(text!("may stand several times", "可以重复"));
    }
    if record.once && record.kind == RecordKind::More {
        facts.push(text!("stands once with every detail", "每笔明细只出现一次"));
    } else if record.once {
        facts.push(text!("stands once in a file, whatever the number of documents", "每个文件只出现一次"));
    }
    if let Some(delimiter) = &record.delimiter {
        let delimiter = marked(delimiter);
        facts.push(text!("fields are parted by {delimiter}", "字段分隔符为 {delimiter}"));
    }
    if let Some(trailing) = record.trailing_delimiter.filter(|t| *t != plan.layout.trailing_delimiter) {
        facts.push(match trailing {
            true => text!("a delimiter stands behind the last field", "行尾有分隔符"),
            false => text!("no delimiter stands behind the last field", "行尾没有分隔符"),
        });
    }
    if let Some(status) = &record.status {
        facts.push(text!("all details behind it are `{status}`", "其后的明细状态均为 `{status}`"));
    }
    if let Some(element) = &record.element {
        facts.push(text!("element `{element}`", "元素 `{element}`"));
    }
    if record.kind == RecordKind::Detail && has_columns(plan) {
        facts.push(text!(
            "read by the names of the columns, in whatever order; written in this one",
            "按列名读取，列序不限；写出时按此顺序"
        ));
    }
    facts
}

/// Whether rows are written as one of several details.
fn others(plan: &Plan) -> bool {
    let conditional = |(_, record): &(String, Record)| record.kind == RecordKind::Detail && record.when.is_some();
    plan.layout.record.0.iter().any(conditional)
}

fn has_columns(plan: &Plan) -> bool {
    plan.layout.record.0.iter().any(|(_, record)| record.kind == RecordKind::Columns)
}

/// The names of columns, and the others that are read for them.
fn columns(record: &Record) -> Block {
    let rows = record.fields.iter().enumerate().map(|(at, field)| {
        let number = Text::same((at + 1).to_string());
        vec![number, code(&field.name), codes(&field.also), yes(field.required)]
    });
    let names = [("#", "序号"), ("column", "列名"), ("also read", "也接受"), ("required", "必有")];
    table(names, rows.collect())
}

fn fields(name: &str, record: &Record, plan: &Plan, theirs: bool) -> Block {
    let width = plan.layout.width.is_some();
    let mut next = 1;
    let rows = record.fields.iter().enumerate().map(|(at, field)| {
        let from = field.at.unwrap_or(next);
        let len = field.len.unwrap_or_default();
        next = from + len;
        let position = match (width, plan.layout.xml_root.is_some()) {
            (true, _) if len <= 1 => from.to_string(),
            (true, _) => format!("{from}-{}", from + len - 1),
            (false, true) if field.element => "<…>".to_string(),
            (false, true) => "@".to_string(),
            (false, false) => (at + 1).to_string(),
        };
        // What stands in a field that we do not read is the other side's affair.
        let unread = theirs && is_unused(field) && field.says.is_none();
        let kind = if unread { text!("not read", "不读取") } else { kind_of(field, width) };
        let held = plan.when_of_field(name, at);
        let held = if unread { text!("anything", "任意内容") } else { content(field, held) };
        vec![
            Text::same(position),
            Text::same(&field.name),
            kind,
            length(field, plan),
            required(field, plan.when_of_field(name, at)),
            held,
            field.note.clone(),
        ]
    });
    let names = [
        ("position", "位置"),
        ("field", "字段"),
        ("type", "类型"),
        ("length", "长度"),
        ("required", "必填"),
        ("content", "内容"),
        ("note", "说明"),
    ];
    table(names, rows.collect())
}

/// Whether a value must be there, and where.
fn required(field: &Field, when: Option<&Text>) -> Text {
    match when.filter(|_| field.required || field.is.is_some()) {
        Some(_) => text!("where it counts", "适用时必填"),
        None => yes(field.required || field.is.is_some()),
    }
}

fn length(field: &Field, plan: &Plan) -> Text {
    let cut =
        if field.cut { text!("; longer ones are cut and told", "；超长截断并提示") } else { Text::same("") };
    if plan.layout.width.is_some() {
        let len = field.len.unwrap_or_default();
        let (unit, Text { en, zh }) = (width_unit(plan.layout.unit), cut);
        let Text { en: unit_en, zh: unit_zh } = counted(len, unit);
        return text!("{unit_en}{en}", "{unit_zh}{zh}");
    }
    if let Some(fixed) = fixed_length(field) {
        return counted(fixed, text!("characters", "字符"));
    }
    let Some(most) = field.max else { return text!("not said", "未规定") };
    let Text { en: unit_en, zh: unit_zh } = unit(field.max_unit);
    let Text { en, zh } = cut;
    text!("≤ {most} {unit_en}{en}", "≤ {most} {unit_zh}{zh}")
}

/// A number of units; one of them is no plural.
fn counted(number: usize, unit: Text) -> Text {
    let Text { en, zh } = unit;
    let en = if number == 1 { en.trim_end_matches('s') } else { &en };
    text!("{number} {en}", "{number} {zh}")
}

/// The length of a constant, or of a day by its pattern.
fn fixed_length(field: &Field) -> Option<usize> {
    let text = field.is.as_deref().or(field.date.as_ref().map(|patterns| patterns.written().as_str()))?;
    Some(text.chars().count())
}

/// What a length counts.
pub(super) fn unit(unit: LengthUnit) -> Text {
    match unit {
        LengthUnit::Chars => text!("characters", "字符"),
        LengthUnit::GbkBytes => text!("GBK bytes", "GBK 字节"),
        LengthUnit::Utf8Bytes => text!("UTF-8 bytes", "UTF-8 字节"),
        LengthUnit::Columns => text!("columns", "列"),
    }
}

/// How an item's value is written where the layout says nothing else.
pub(super) fn form_of(field: &Field) -> Form {
    match &field.item {
        Some(Binding::Known(item)) => item.describe().0,
        _ if field.hash.is_some() => Form::Number,
        _ => Form::Text,
    }
}

/// Whether nothing of a document stands in a field.
fn is_unused(field: &Field) -> bool {
    field.is.is_none() && field.item.is_none() && field.default.is_none() && field.hash.is_none()
}

fn kind_of(field: &Field, width: bool) -> Text {
    let form = form_of(field);
    let name = match (&field.is, &field.item) {
        (Some(_), _) => text!("constant", "固定值"),
        _ if is_unused(field) => text!("not used", "不使用"),
        _ => form_name(field, form),
    };
    // A day of a fixed pattern fills its field.
    let whole = field.date.is_some() && fixed_length(field) == field.len;
    let fills = width && field.is.is_none() && (field.item.is_some() || field.hash.is_some()) && !whole;
    let side = if fills { side(field, form) } else { Text::same("") };
    joined([name, side], ("", ""))
}

/// The pattern of a date, and those that are only read.
fn date(field: &Field) -> Text {
    let mut patterns = field.date.iter().flat_map(|patterns| patterns.all()).map(|pattern| pattern.as_str());
    let written = patterns.next().unwrap_or_default();
    let others: Vec<&str> = patterns.collect();
    if others.is_empty() {
        return text!("date `{written}`", "日期 `{written}`");
    }
    let (en, zh) = (others.join("`, `"), others.join("`、`"));
    text!("date `{written}`; `{en}` is read, too", "日期 `{written}`；亦可读取 `{zh}`")
}

fn form_name(field: &Field, form: Form) -> Text {
    match form {
        Form::Amount => amount(field),
        Form::Date | Form::Moment => date(field),
        Form::Number => match field.digits {
            Some(digits) => text!("number of {digits} digits, zeros in front", "{digits} 位整数，前补零"),
            None => text!("number", "整数"),
        },
        Form::Code => text!("code", "代码"),
        Form::Text => text!("text", "文本"),
        Form::Exact => text!("text, never cut", "文本，不截断"),
    }
}

fn amount(field: &Field) -> Text {
    let decimals = field.decimals.unwrap_or(2);
    let mut parts = vec![match field.minor {
        true => text!(
            "amount in minor units ({decimals} decimals, no point)",
            "金额，最小单位（{decimals} 位小数，无小数点）"
        ),
        false => text!("amount, {decimals} decimals", "金额，{decimals} 位小数"),
    }];
    if field.decimal_comma {
        parts.push(text!("decimal comma", "小数逗号"));
    }
    if field.thousands {
        parts.push(text!("thousands parted", "千分位"));
    }
    if !field.suffix.is_empty() {
        let suffix = marked(&field.suffix);
        parts.push(text!("{suffix} behind it", "后缀 {suffix}"));
    }
    if field.overpunch {
        parts.push(text!("sign in the last digit (overpunch)", "末位含符号（overpunch）"));
    }
    if let Some(digits) = field.digits {
        parts.push(text!("{digits} digits, zeros in front", "{digits} 位，前补零"));
    }
    joined(parts, (", ", "，"))
}

/// Side and filling of a field of fixed width.
fn side(field: &Field, form: Form) -> Text {
    let number = matches!(form, Form::Amount | Form::Number);
    let right = field.align.map_or(number, |align| align == Align::Right);
    let fill = field.fill.unwrap_or(if number { '0' } else { ' ' });
    let fill = if fill == ' ' { text!("blanks", "空格") } else { code(fill) };
    let Text { en, zh } = fill;
    match right {
        true => text!("; right, filled with {en}", "；右对齐，以{zh}填充"),
        false => text!("; left, filled with {en}", "；左对齐，以{zh}填充"),
    }
}

/// What a field carries: where its value comes from, and what is written where there is none.
fn content(field: &Field, when: Option<&Text>) -> Text {
    let carried = carried(field);
    let Some(Text { en, zh }) = when else { return carried };
    let Text { en: what, zh: what_zh } = carried;
    text!("only where {en}, else empty: {what}", "仅当 {zh} 时填写，否则留空：{what_zh}")
}

fn carried(field: &Field) -> Text {
    if let Some(constant) = &field.is {
        return constant_of(constant, &field.also);
    }
    if let Some(hash) = &field.hash {
        return hash::words(hash, hash::digits_of(field).unwrap_or_default());
    }
    let mut parts = Vec::new();
    parts.extend(field.item.as_ref().map(bound));
    if !field.map.0.is_empty() {
        let pairs = field.map.0.iter().map(|(file, document)| {
            let (file, Text { en, zh }) = (marked(file), shown(document));
            text!("{file} = {en}", "{file} = {zh}")
        });
        parts.push(joined(pairs, ("; ", "; ")));
    }
    if let Some(or) = &field.or {
        let Text { en, zh } = bound(or);
        parts.push(text!("else {en}", "否则 {zh}"));
    }
    if let Some(default) = &field.default {
        let default = marked(default);
        parts.push(text!("else {default}", "默认 {default}"));
    }
    if field.fallback {
        parts.push(text!("only where nothing before it gave one", "仅在前面字段未给出时读取"));
    }
    parts.extend(field.takes.map(Takes::words));
    if field.unbroken {
        parts.push(text!("no blank within it", "中间不得有空格"));
    }
    if field.unique {
        parts.push(text!("no value twice in a file", "同一文件中不得重复"));
    }
    if let Some(name) = &field.same {
        parts.push(text!("as `{name}` of the detail", "与明细的 `{name}` 相同"));
    }
    if let Some(from) = field.counted_from {
        parts.push(text!("number of the records before it, from the {from}. on", "此前的记录数（自第 {from} 条起）"));
    }
    if field.counts {
        parts.push(text!("1, 2, 3 … behind a detail", "明细之后依次为 1、2、3……"));
    }
    if parts.is_empty() { text!("empty", "空") } else { joined(parts, ("; ", "；")) }
}

/// A constant and what is read in its place.
fn constant_of(constant: &str, also: &[String]) -> Text {
    if constant.is_empty() {
        return text!("must be empty", "必须为空");
    }
    if also.is_empty() {
        return code(constant);
    }
    let (one, Text { en, zh }) = (marked(constant), codes(also));
    text!("{one}; also read: {en}", "{one}；也接受：{zh}")
}

/// A value of the document that a word of the file means.
fn shown(document: &str) -> Text {
    let zh = match document {
        "" => return Text::same("-"),
        "yes" => "是",
        "no" => "否",
        "info" => "提示",
        "warning" => "警告",
        "error" => "错误",
        // Codes of a standard, and words of an ERP's own.
        code => code,
    };
    text!("{document}", "{zh}")
}

fn bound(binding: &Binding) -> Text {
    match binding {
        Binding::Extra(name) => {
            let name = marked(name);
            text!("the ERP's column {name}", "ERP 列 {name}")
        }
        Binding::Known(item) => {
            let ((en, zh), name) = (item.describe().2, binding.name());
            text!("{en} (`{name}`)", "{zh}（`{name}`）")
        }
    }
}
