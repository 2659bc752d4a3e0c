//! What a layout cannot mean: keys that contradict each other, or that say nothing where they stand.

use super::declare::{Field, Layout, LineEnd, Record, RecordKind};
use super::hash;
use super::item::{Binding, Carries, Form, ITEMS, Item, STATES};
use super::meant;
use super::mistakes::Mistakes;
use super::own;
use super::value;
use crate::document::{CHARGE_BEARERS, Currency, STATUS_CODES};
use crate::text;
use crate::words::Text;
use crate::words::library::{Said, did_you_mean, near_or};

/// The key that is wrong, and why.
type Wrong = (&'static str, Said);

/// What is said of a layout before it is compiled, with the keys that lead to it.
pub(super) fn check(layout: &Layout, carries: Carries, mistakes: &mut Mistakes) {
    for (key, said) in shape_keys(layout).into_iter().chain(sizes(layout)) {
        mistakes.tell(said.at(&[key]));
    }
    if let Some(said) = own::check(&layout.own) {
        mistakes.tell(said);
    }
    for (name, record) in &layout.record.0 {
        if let Some((key, said)) = record_keys(layout, record).or_else(|| further(layout, carries, record)) {
            mistakes.tell(said.at(&["record", name, key]));
        }
        for (at, field) in record.fields.iter().enumerate() {
            if let Some((key, said)) = field_keys(layout, carries, record, field) {
                let mut path = ["record", name, "fields", &at.to_string(), key].map(str::to_string).to_vec();
                path.extend(said.path.iter().cloned());
                mistakes.tell(said.at(&path));
            }
        }
        let two = repeated(record).map(|(at, said)| (at, "name", said));
        for (at, key, said) in two.into_iter().chain(deciding(record).map(|(at, said)| (at, "item", said))) {
            mistakes.tell(said.at(&["record", name, "fields", &at.to_string(), key]));
        }
    }
    columns_of_all(layout, mistakes);
    meant::check(layout, carries, mistakes);
    one_detail(layout).into_iter().for_each(|said| mistakes.tell(said));
}

fn wrong(key: &'static str, what: Text, hint: Text) -> Option<Wrong> {
    Some((key, Said::new(what).or_write(hint)))
}

/// Delimited, of fixed width, or XML: exactly one of them. Otherwise nothing else can be said of the layout.
pub(super) fn shape(layout: &Layout) -> Option<Wrong> {
    let hint = || text!("write `delimiter`, `width` or `xml-root`", "请写 `delimiter`、`width` 或 `xml-root` 之一");
    let kinds = [layout.delimiter.is_some(), layout.width.is_some(), layout.xml_root.is_some()];
    match kinds.iter().filter(|said| **said).count() {
        0 => {
            let what = text!(
                "the layout is neither delimited nor of fixed width nor XML",
                "该格式既未指定分隔符，也非定长或 XML"
            );
            wrong("record", what, hint())
        }
        1 if layout.delimiter.as_deref() == Some("") => {
            let what = text!("`delimiter` is empty", "`delimiter` 为空");
            wrong("delimiter", what, text!("write the sign, such as `\"|\"`", "请写分隔符，如 `\"|\"`"))
        }
        1 => None,
        _ => {
            let key = if layout.width.is_some() { "width" } else { "delimiter" };
            let what = text!(
                "a layout is delimited, of fixed width or XML, and only one of them",
                "格式只能是分隔、定长或 XML 之一"
            );
            wrong(key, what, hint())
        }
    }
}

/// Keys that say something of another shape.
fn shape_keys(layout: &Layout) -> Option<Wrong> {
    let delimited = layout.delimiter.is_some();
    let only_delimited: [(&'static str, bool); 6] = [
        ("leading-delimiter", layout.leading_delimiter),
        ("trailing-delimiter", layout.trailing_delimiter),
        ("quote", layout.quote.is_some()),
        ("quote-all", layout.quote_all),
        ("value-prefix", !layout.value_prefix.is_empty()),
        ("blank", !layout.blank.is_empty()),
    ];
    let names = layout.record.0.iter().any(|(_, record)| record.kind == RecordKind::Columns);
    if !layout.other_delimiters.is_empty() && !names {
        let what =
            text!("`other-delimiters` is for layouts with a row of names", "`other-delimiters` 只用于有列名行的格式");
        let hint = text!("leave it out, or write a record of kind `columns`", "请删除，或写 `columns` 类记录");
        return wrong("other-delimiters", what, hint);
    }
    if layout.other_delimiters.iter().any(String::is_empty) {
        let what = text!("a delimiter is empty", "分隔符为空");
        return wrong("other-delimiters", what, text!("write the sign, such as `\"\\t\"`", "请写分隔符，如 `\"\\t\"`"));
    }
    if let Some((key, _)) = only_delimited.into_iter().find(|(_, said)| *said && !delimited) {
        let what = text!("`{key}` is for layouts with a `delimiter`", "`{key}` 只用于有 `delimiter` 的格式");
        return wrong(key, what, text!("leave it out", "请删除"));
    }
    let only_fixed = [("block", layout.block.is_some()), ("filler", layout.filler.is_some())];
    if let Some((key, _)) = only_fixed.into_iter().find(|(_, said)| *said && layout.width.is_none()) {
        let what = text!("`{key}` is for layouts with a `width`", "`{key}` 只用于有 `width` 的格式");
        return wrong(key, what, text!("leave it out", "请删除"));
    }
    if layout.quote_all && layout.quote.is_none() {
        let what = text!("`quote-all` without `quote`", "有 `quote-all` 而没有 `quote`");
        return wrong("quote-all", what, text!("write `quote = '\"'`", "请写 `quote = '\"'`"));
    }
    if layout.block.is_some() != layout.filler.is_some() {
        let key = if layout.block.is_some() { "block" } else { "filler" };
        let what = text!("`block` and `filler` are told together", "`block` 与 `filler` 必须同时给出");
        return wrong(key, what, text!("write both, or neither", "请同时写出，或都不写"));
    }
    if layout.line_end == LineEnd::None && layout.width.is_none() && layout.xml_root.is_none() {
        let what = text!("lines without an end cannot be told apart", "没有行尾就无法区分各行");
        return wrong("line-end", what, text!("write `crlf` or `lf`", "请写 `crlf` 或 `lf`"));
    }
    if let Some(wrong) =
        std::iter::once(&layout.delimiter).flatten().chain(&layout.other_delimiters).find_map(|mark| no_line_end(mark))
    {
        return Some(wrong);
    }
    let clash = layout.quote.filter(|quote| layout.delimiter.as_deref().is_some_and(|mark| mark.contains(*quote)));
    clash.and_then(|_| {
        let what = text!("`quote` stands in `delimiter`", "`quote` 与 `delimiter` 冲突");
        wrong("quote", what, text!("write another sign, or leave it out", "请换用其他字符，或删除"))
    })
}

/// A delimiter that ends the line: every field would stand in a line of its own.
fn no_line_end(delimiter: &str) -> Option<Wrong> {
    delimiter.contains(['\n', '\r']).then_some(())?;
    let what = text!("the end of a line cannot part fields", "行尾不能用作字段分隔符");
    wrong("delimiter", what, text!("write the sign, such as `\"|\"`", "请写分隔符，如 `\"|\"`"))
}

/// Numbers and codes of the whole layout.
fn sizes(layout: &Layout) -> Option<Wrong> {
    let columns = layout.record.0.iter().any(|(_, record)| record.kind == RecordKind::Columns);
    if layout.preamble.is_some() && !columns {
        let what = text!("`preamble` is for layouts with a row of column names", "`preamble` 只用于有列名行的格式");
        return wrong("preamble", what, text!("leave it out", "请删除"));
    }
    if layout.title_lines > 0 && !layout.read_only {
        let what = text!(
            "`title-lines` is for layouts with `read-only = true`",
            "`title-lines` 只用于 `read-only = true` 的格式"
        );
        let hint = text!("write the lines in a record of kind `lines`", "请用 `lines` 类记录写明各行");
        return wrong("title-lines", what, hint);
    }
    let zero =
        [("width", layout.width == Some(0)), ("block", layout.block == Some(0)), ("most", layout.most == Some(0))];
    if let Some((key, _)) = zero.into_iter().find(|(_, is)| *is) {
        return wrong(key, text!("`{key}` is 0", "`{key}` 为 0"), text!("write a number from 1", "请写 1 以上的数字"));
    }
    let sizes = [
        ("width", layout.width, MOST_WIDTH),
        ("block", layout.block.and_then(|block| usize::try_from(block).ok()), MOST_RECORDS),
        ("preamble", layout.preamble, MOST_RECORDS),
    ];
    if let Some(wrong) = sizes.into_iter().find_map(too_many) {
        return Some(wrong);
    }
    let known = |code: Currency| code.is_listed() || code == Currency::NONE;
    let code = layout.currency.as_deref().filter(|code| !Currency::parse(code).is_some_and(known))?;
    let (what, hint) = no_currency(code);
    wrong("currency", what, hint)
}

/// The longest record of fixed width, and the longest value of a field, in characters or bytes.
const MOST_WIDTH: usize = 65_536;
/// The most records of a block, and the most lines above a row of names.
const MOST_RECORDS: usize = 10_000;
/// The most digits of a number.
const MOST_DIGITS: usize = 40;

/// A size beyond all that files have: a slip of the pen that would be written as so many zeros or blanks.
fn too_many((key, number, most): (&'static str, Option<usize>, usize)) -> Option<Wrong> {
    let number = number.filter(|number| *number > most)?;
    let what = text!("`{key} = {number}` is more than any file has", "`{key} = {number}` 超出合理范围");
    wrong(key, what, text!("write at most {most}", "至多写 {most}"))
}

/// The sentences about a currency that is none.
pub(super) fn no_currency(code: &str) -> (Text, Text) {
    (
        text!("`{code}` is not a currency of ISO 4217", "`{code}` 不是 ISO 4217 币种代码"),
        text!("write a code such as `CNY`, `EUR`, `USD`", "请写代码，如 `CNY`、`EUR`、`USD`"),
    )
}

/// Keys of a record that its kind does not have.
fn record_keys(layout: &Layout, record: &Record) -> Option<Wrong> {
    let literal = matches!(record.kind, RecordKind::Lines | RecordKind::Section);
    if literal && record.text.is_empty() {
        let what = text!("the record has no `text`", "该记录没有 `text`");
        return wrong("kind", what, text!("write its lines: `text = [\"…\"]`", "请写各行文本：`text = [\"…\"]`"));
    }
    if !literal && record.fields.is_empty() {
        let what = text!("the record has no `fields`", "该记录没有 `fields`");
        return wrong(
            "kind",
            what,
            text!("write `fields = [{{ name = \"…\" }}]`", "请写 `fields = [{{ name = \"…\" }}]`"),
        );
    }
    if !literal && !record.text.is_empty() {
        let what =
            text!("`text` is for records of kind `lines` and `section`", "`text` 只用于 `lines` 和 `section` 类记录");
        return wrong("text", what, text!("leave it out, or change `kind`", "请删除，或修改 `kind`"));
    }
    if record.kind == RecordKind::Lines && !record.fields.is_empty() {
        let what = text!("a record of kind `lines` has no fields", "`lines` 类记录没有字段");
        return wrong("fields", what, text!("change `kind`, or leave them out", "请修改 `kind`，或删除"));
    }
    if record.when.is_some() && !matches!(record.kind, RecordKind::Detail | RecordKind::More) {
        let what =
            text!("`when` is for records of kind `detail` and `more`", "`when` 只用于 `detail` 和 `more` 类记录");
        return wrong("when", what, text!("leave it out, or write it in a field", "请删除，或写在字段中"));
    }
    if record.status.is_some() && record.kind != RecordKind::Section {
        let what = text!("`status` is for records of kind `section`", "`status` 只用于 `section` 类记录");
        return wrong("status", what, text!("bind a field to the item `status`", "请把字段绑定到项目 `status`"));
    }
    if let Some(code) = record.status.as_deref().filter(|code| !STATUS_CODES.contains(code)) {
        let what = text!("`{code}` is no status code of ISO 20022", "`{code}` 不是 ISO 20022 状态代码");
        return wrong("status", what, did_you_mean(code, &STATUS_CODES));
    }
    if layout.xml_root.is_some() && record.element.is_none() {
        let what = text!("a record of an XML file has no `element`", "XML 文件的记录缺少 `element`");
        return wrong("kind", what, text!("write its path, such as `list/record`", "请写元素路径，如 `list/record`"));
    }
    if layout.xml_root.is_none() && record.element.is_some() {
        let what = text!("`element` is for XML files", "`element` 只用于 XML 文件");
        return wrong("element", what, text!("leave it out, or write `xml-root`", "请删除，或写 `xml-root`"));
    }
    if let Some(wrong) = record.delimiter.as_deref().and_then(no_line_end) {
        return Some(wrong);
    }
    let delimiter = record.delimiter.as_deref();
    (delimiter == Some("") || delimiter.is_some() && layout.delimiter.is_none()).then_some(())?;
    let what = text!(
        "`delimiter` of a record is for delimited layouts, and not empty",
        "记录的 `delimiter` 只用于分隔格式，且不能为空"
    );
    wrong("delimiter", what, text!("leave it out", "请删除"))
}

/// `further-columns`: of rows whose columns are known by position, and never of payments, where a value that holds the
/// delimiter would make an amount of what is none.
fn further(layout: &Layout, carries: Carries, record: &Record) -> Option<Wrong> {
    let by_name = layout.record.0.iter().any(|(_, record)| record.kind == RecordKind::Columns);
    let may = layout.delimiter.is_some() && !by_name && carries != Carries::Payments;
    (record.further_columns && !may).then_some(())?;
    let what = text!(
        "`further-columns` is for delimited rows without a row of names, and not for payments",
        "`further-columns` 只用于没有列名行的分隔格式，且不用于付款"
    );
    wrong("further-columns", what, text!("leave it out", "请删除"))
}

fn field_keys(layout: &Layout, carries: Carries, record: &Record, field: &Field) -> Option<Wrong> {
    binding(record, field)
        .or_else(|| of_the_file(carries, record, field))
        .or_else(|| in_front(layout, carries, record, field))
        .or_else(|| other_forms(layout, field))
        .or_else(|| fallback(carries, field))
        .or_else(|| mixed(field))
        .or_else(|| beside(layout, record, field))
        .or_else(|| around(layout, record, field))
        .or_else(|| condition_of(record, field))
        .or_else(|| hash::keys(layout, carries, record, field))
        .or_else(|| measures(field))
        .or_else(|| form(field))
        .or_else(|| positions(layout, field))
        .or_else(|| lengths(layout, field))
        .or_else(|| never_made_up(field))
        .or_else(|| map(field))
        .or_else(|| takes(field))
        .or_else(|| says(carries, record, field))
        .or_else(|| default(field))
}

/// `is`, `item` and `or`: what a field is filled with.
fn binding(record: &Record, field: &Field) -> Option<Wrong> {
    if field.name.trim().is_empty() {
        let what = text!("the field has no name", "字段没有名称");
        return wrong("name", what, text!("write the bank's name of it", "请写银行文件中的字段名"));
    }
    if record.kind == RecordKind::Columns && field.item.is_some() {
        let what = text!("a row of column names has no items", "列名行没有项目");
        return wrong("item", what, text!("bind the field of that name in the detail", "请在明细中绑定同名字段"));
    }
    if record.kind == RecordKind::Other && (field.item.is_some() || field.or.is_some()) {
        let key = if field.item.is_some() { "item" } else { "or" };
        let what = text!("a record that is passed over has no items", "被略过的记录没有项目");
        return wrong(key, what, text!("leave it out, or change `kind`", "请删除，或修改 `kind`"));
    }
    if field.is.is_some() {
        let clash = [
            ("item", field.item.is_some()),
            ("or", field.or.is_some()),
            ("default", field.default.is_some()),
            ("map", !field.map.0.is_empty()),
        ];
        let (key, _) = clash.into_iter().find(|(_, said)| *said)?;
        let what = text!("the field has a constant, `is`, and `{key}` too", "字段既有常量 `is` 又有 `{key}`");
        return wrong(key, what, text!("leave one of them out", "请删除其中一个"));
    }
    if field.or.is_some() && field.item.is_none() {
        let what = text!("`or` without `item`", "有 `or` 而没有 `item`");
        return wrong("or", what, text!("write `item` for what is asked first", "请用 `item` 写明首选项目"));
    }
    (field.or.is_some() && field.or == field.item).then_some(())?;
    let what = text!("`or` and `item` are the same", "`or` 与 `item` 相同");
    wrong("or", what, text!("leave `or` out", "请删除 `or`"))
}

/// What a bank's file says once and not of a row: the last row would have the last word.
fn of_the_file(carries: Carries, record: &Record, field: &Field) -> Option<Wrong> {
    let row = matches!(record.kind, RecordKind::Detail | RecordKind::More);
    let of_bank = matches!(carries, Carries::Status | Carries::Statement);
    let item = if let Some(Binding::Known(item)) = field.item { Some(item) } else { None };
    let of_group = item.filter(|item| item.is_of_original_group());
    if let Some(item) = of_group.filter(|_| row && carries == Carries::Status || carries == Carries::Refusal) {
        let name = item.name();
        let what = text!(
            "`{name}` is said of the group that a result answers, in its header or trailer",
            "`{name}` 针对结果所答复的组，应位于文件头或文件尾"
        );
        return wrong("item", what, text!("leave it out, or move the field there", "请删除，或将字段移至该处"));
    }
    (row && of_bank && field.item == Some(Binding::Known(Item::Created))).then_some(())?;
    let what =
        text!("`created` is when the file was made, and not said of a row", "`created` 是文件的创建时间，不属于明细");
    let hint = match carries {
        Carries::Statement => text!("write `booking_date_time`, or leave it out", "请写 `booking_date_time`，或删除"),
        _ => text!("leave it out", "请删除"),
    };
    wrong("item", what, hint)
}

/// A total in front of the rows of a result: it is written behind them, and elements stand in each other.
fn in_front(layout: &Layout, carries: Carries, record: &Record, field: &Field) -> Option<Wrong> {
    let Some(Binding::Known(item)) = field.item else { return None };
    let header = record.kind == RecordKind::Header && matches!(carries, Carries::Status | Carries::Refusal);
    (header && layout.xml_root.is_some() && !layout.read_only && item.is_total_of_rows()).then_some(())?;
    let what = text!(
        "a total before the rows is for delimited and fixed-width files",
        "位于明细之前的合计只用于分隔或定长文件"
    );
    let hint = text!("put it into a trailer, or write `read-only = true`", "请移到文件尾，或写 `read-only = true`");
    wrong("item", what, hint)
}

/// `also` in fixed width: what else may stand where the constant stands.
fn other_forms(layout: &Layout, field: &Field) -> Option<Wrong> {
    (layout.width.is_some() && !field.also.is_empty() && field.is.is_none()).then_some(())?;
    let what = text!("`also` without `is`", "有 `also` 而没有 `is`");
    let hint = text!("write `is`, the constant that it gives other forms of", "请用 `is` 写明其常量");
    wrong("also", what, hint)
}

/// `cnaps-first` and `append`: what becomes of a value beside one that was read before.
fn beside(layout: &Layout, record: &Record, field: &Field) -> Option<Wrong> {
    let of_bank = [Item::Agent, Item::GroupAgent].map(|item| Some(Binding::Known(item))).contains(&field.item);
    if field.cnaps_first && !(field.fallback && of_bank) {
        let what =
            text!("`cnaps-first` is for a `fallback` field of a bank", "`cnaps-first` 只用于银行的 `fallback` 字段");
        return wrong("cnaps-first", what, text!("leave it out", "请删除"));
    }
    field.append?;
    let before = record.fields.iter().take_while(|other| !std::ptr::eq(*other, field));
    let is_second = before.filter(|other| other.item.is_some() && other.item == field.item).count() > 0;
    (!(is_second && layout.read_only)).then_some(())?;
    let what = text!(
        "`append` is for a second field of one item, in a layout with `read-only = true`",
        "`append` 只用于 `read-only = true` 的格式中同一项目的第二个字段"
    );
    wrong("append", what, text!("leave it out", "请删除"))
}

/// `mixed`: a sum over several currencies.
fn mixed(field: &Field) -> Option<Wrong> {
    let sums = [Item::Sum, Item::ExecutedSum, Item::RejectedSum].map(|item| Some(Binding::Known(item)));
    (field.mixed && !sums.contains(&field.item)).then_some(())?;
    let what = text!("`mixed` is for fields of `sum`", "`mixed` 只用于 `sum` 字段");
    wrong("mixed", what, text!("leave it out", "请删除"))
}

/// `fallback`: read only where nothing gave a value before.
fn fallback(carries: Carries, field: &Field) -> Option<Wrong> {
    let texts = matches!(form_of(field.item.as_ref()), Some(Form::Text | Form::Exact));
    (field.fallback && (carries != Carries::Payments || !texts)).then_some(())?;
    let what = text!("`fallback` is for texts of payments", "`fallback` 只用于付款的文本项目");
    wrong("fallback", what, text!("leave it out", "请删除"))
}

/// `unique`, `same`, `counts` and `counted-from`: what tells that a record stands with its own detail.
fn around(layout: &Layout, record: &Record, field: &Field) -> Option<Wrong> {
    let behind = matches!(record.kind, RecordKind::More | RecordKind::Other);
    let detail = record.kind == RecordKind::Detail;
    if field.counted_from.is_some() && record.kind != RecordKind::Trailer || field.counted_from == Some(0) {
        let what = text!("`counted-from` is for trailers, from 1 on", "`counted-from` 只用于 `trailer`，从 1 起");
        return wrong("counted-from", what, text!("leave it out", "请删除"));
    }
    let keys =
        [("unique", field.unique, detail), ("same", field.same.is_some(), behind), ("counts", field.counts, behind)];
    if let Some((key, ..)) = keys.into_iter().find(|(_, said, may)| *said && !(*may && layout.width.is_some())) {
        let what = text!(
            "`{key}` is for fixed width: `unique` in a detail, `same` and `counts` in a record behind it",
            "`{key}` 只用于定长格式：`unique` 用于明细，`same` 与 `counts` 用于其后的记录"
        );
        return wrong(key, what, text!("leave it out", "请删除"));
    }
    let name = field.same.as_ref()?;
    let mut details = layout.record.0.iter().filter(|(_, record)| record.kind == RecordKind::Detail);
    let known = details.any(|(_, record)| record.fields.iter().any(|f| f.unique && f.name == *name));
    (!known).then_some(())?;
    let what = text!("no detail has a `unique` field `{name}`", "明细中没有 `unique` 字段 `{name}`");
    wrong("same", what, text!("write `unique = true` in that field", "请在该字段写 `unique = true`"))
}

/// `when` of a field: where something stands in it that is read, and nothing depends on it.
fn condition_of(record: &Record, field: &Field) -> Option<Wrong> {
    use RecordKind::{Detail, Header, More, Trailer};
    field.when.as_ref()?;
    if !matches!(record.kind, Header | Detail | More | Trailer) {
        let what = text!("a field of this record has no `when`", "此类记录的字段不能有 `when`");
        return wrong("when", what, text!("leave it out", "请删除"));
    }
    if field.is.is_none() && field.item.is_none() && field.says.is_none() {
        let what = text!("`when` of a field that carries nothing", "字段未承载任何内容却有 `when`");
        return wrong("when", what, text!("write `item` or `is`, or leave it out", "请写 `item` 或 `is`，或删除"));
    }
    let firm = [
        ("unique", field.unique),
        ("same", field.same.is_some()),
        ("counts", field.counts),
        ("counted-from", field.counted_from.is_some()),
    ];
    let (key, _) = firm.into_iter().find(|(_, said)| *said)?;
    let what = text!("a field of `{key}` counts in every row", "`{key}` 字段在每行都适用");
    wrong("when", what, text!("leave `when` out", "请删除 `when`"))
}

/// Sizes of a field.
fn measures(field: &Field) -> Option<Wrong> {
    let sizes = [
        ("digits", field.digits, MOST_DIGITS),
        ("len", field.len, MOST_WIDTH),
        ("at", field.at, MOST_WIDTH),
        ("max", field.max, MOST_WIDTH),
        ("append", field.append, MOST_WIDTH),
    ];
    sizes.into_iter().find_map(too_many)
}

/// Keys that are about dates or amounts.
fn form(field: &Field) -> Option<Wrong> {
    let form = form_of(field.item.as_ref());
    let dated = matches!(form, Some(Form::Date | Form::Moment));
    if dated && field.date.is_none() {
        let what = text!("a date has no pattern", "日期没有格式");
        return wrong("item", what, text!("write for example `date = \"yyyyMMdd\"`", "请写例如 `date = \"yyyyMMdd\"`"));
    }
    if field.date.is_some() && !dated {
        let what = text!("`date` is for items that are dates", "`date` 只用于日期项目");
        return wrong("date", what, text!("leave it out, or correct `item`", "请删除，或修正 `item`"));
    }
    let patterns = field.date.iter().filter(|_| form == Some(Form::Date)).flat_map(|patterns| patterns.all());
    if let Some(pattern) = patterns.into_iter().find(|pattern| !pattern.has_day()) {
        let pattern = pattern.as_str();
        let what = text!("the pattern `{pattern}` has no day", "格式 `{pattern}` 没有日");
        return wrong("date", what, text!("write for example `yyyyMMdd`", "请写例如 `yyyyMMdd`"));
    }
    let of_amounts: [(&'static str, bool); 6] = [
        ("minor", field.minor),
        ("decimals", field.decimals.is_some()),
        ("decimal-comma", field.decimal_comma),
        ("thousands", field.thousands),
        ("suffix", !field.suffix.is_empty()),
        ("overpunch", field.overpunch),
    ];
    if let Some((key, _)) = of_amounts.into_iter().find(|(_, said)| *said && form != Some(Form::Amount)) {
        let what = text!("`{key}` is for amounts", "`{key}` 只用于金额");
        return wrong(key, what, text!("leave it out, or correct `item`", "请删除，或修正 `item`"));
    }
    if field.decimals.is_some_and(|decimals| decimals > MOST_DECIMALS) {
        let what = text!("no currency has so many decimals", "没有币种有这么多位小数");
        return wrong("decimals", what, text!("write at most {MOST_DECIMALS}", "至多写 {MOST_DECIMALS}"));
    }
    (field.minor && (field.decimal_comma || field.thousands)).then_some(())?;
    let key = if field.thousands { "thousands" } else { "decimal-comma" };
    let what = text!("an amount in minor units has neither point nor commas", "最小单位的金额没有小数点和千分位");
    wrong(key, what, text!("leave it out, or `minor`", "请删除，或删除 `minor`"))
}

/// The most digits behind the point that money has, with room for rates.
const MOST_DECIMALS: u32 = 8;

/// Keys of fixed width in a delimited or XML layout.
fn positions(layout: &Layout, field: &Field) -> Option<Wrong> {
    if layout.width.is_some() {
        let zero = [("at", field.at == Some(0)), ("len", field.len == Some(0))];
        let (key, _) = zero.into_iter().find(|(_, is)| *is)?;
        return wrong(
            key,
            text!("`{key}` counts from 1", "`{key}` 从 1 起算"),
            text!("write a number from 1", "请写 1 以上的数字"),
        );
    }
    let fixed: [(&'static str, bool); 4] = [
        ("at", field.at.is_some()),
        ("len", field.len.is_some()),
        ("align", field.align.is_some()),
        ("fill", field.fill.is_some()),
    ];
    let (key, _) = fixed.into_iter().find(|(_, said)| *said)?;
    let what = text!("`{key}` is for layouts of fixed width", "`{key}` 只用于定长格式");
    let hint = match key {
        "len" => text!("write `max` for the longest value", "请用 `max` 写明最长长度"),
        _ => text!("leave it out, or write the layout's `width`", "请删除，或写格式的 `width`"),
    };
    wrong(key, what, hint)
}

/// Longest values, and what may be cut.
fn lengths(layout: &Layout, field: &Field) -> Option<Wrong> {
    if field.max == Some(0) {
        let what = text!("`max` is 0", "`max` 为 0");
        return wrong("max", what, text!("write a number from 1, or leave it out", "请写 1 以上的数字，或删除"));
    }
    if field.element && layout.xml_root.is_none() {
        let what = text!("`element` is for XML files", "`element` 只用于 XML 文件");
        return wrong("element", what, text!("leave it out", "请删除"));
    }
    field.cut.then_some(())?;
    let bound = [("item", &field.item), ("or", &field.or)];
    let exact = |of: &Option<Binding>| form_of(of.as_ref()).is_some_and(|form| form != Form::Text);
    if let Some((_, of)) = bound.into_iter().find(|(_, of)| exact(of)) {
        let name = of.as_ref().map_or("", Binding::name);
        let what = text!(
            "`{name}` is never cut: names, accounts, ids, references, amounts and codes stand whole or not at all",
            "`{name}` 不能截断：户名、账号、标识、参考号、金额和代码必须完整"
        );
        return wrong("cut", what, text!("leave `cut` out", "请删除 `cut`"));
    }
    if field.item.is_none() {
        let what = text!("`cut` where no item is written", "没有项目可截断");
        return wrong("cut", what, text!("leave it out", "请删除"));
    }
    (layout.width.is_none() && field.max.is_none()).then_some(())?;
    let what = text!("`cut` without a longest length", "有 `cut` 而没有最长长度");
    wrong(
        "cut",
        what,
        text!("write `max`, and `max-unit` where it counts bytes", "请写 `max`；按字节计时还要写 `max-unit`"),
    )
}

/// Whose money goes where is never made up: not by a default, not by a map.
fn never_made_up(field: &Field) -> Option<Wrong> {
    let Some(Binding::Known(item)) = field.item else { return None };
    if !NEVER_MADE_UP.contains(&item) {
        return None;
    }
    let name = item.name();
    if field.default.is_some() {
        let what = text!("`{name}` may not come from a default", "`{name}` 不能取默认值");
        let hint = text!(
            "leave `default` out: a payment without it is refused, with `required = true`",
            "请删除 `default`；写 `required = true` 则缺少时拒绝付款"
        );
        return wrong("default", what, hint);
    }
    if field.or.is_some() {
        let what = text!("`{name}` may not come from another item", "`{name}` 不能取自其他项目");
        return wrong("or", what, text!("leave `or` out", "请删除 `or`"));
    }
    (!field.map.0.is_empty()
        && !matches!(item, Item::Currency | Item::Status | Item::GroupStatus | Item::PaymentState))
    .then_some(())?;
    let what = text!("`{name}` may not be changed by a map", "`{name}` 不能由映射改写");
    wrong("map", what, text!("leave `map` out", "请删除 `map`"))
}

/// Every payment is written in one record of kind `detail`: a second without a condition would pay it twice. Behind one
/// that is for all rows none is ever written.
fn one_detail(layout: &Layout) -> Option<Said> {
    let details = || layout.record.0.iter().filter(|(_, record)| record.kind == RecordKind::Detail);
    let all = details().position(|(_, record)| record.when.is_none()).filter(|_| !layout.read_only);
    let (first, second) = all.and_then(|at| Some((&details().nth(at)?.0, &details().nth(at + 1)?.0)))?;
    let what = text!(
        "`{first}` and `{second}` are both of kind `detail`: each row would be written as both",
        "`{first}` 与 `{second}` 均为 `detail`：每笔会被写两次"
    );
    let hint = text!(
        "write with `when` for which rows `{first}` is, `more` for one of them, or `read-only = true`",
        "请以 `when` 写明 `{first}` 适用的行，或将其一改为 `more`，或写 `read-only = true`"
    );
    Some(Said::new(what).or_write(hint).at(&["record", second, "kind"]))
}

/// Whether a value for it may be said once for all payments, as the contract with a bank has it.
pub(super) fn may_be_agreed(item: Item) -> bool {
    use Item::{
        CategoryPurpose, ChargeBearer, Extra, GroupAccountKind, GroupAgent, GroupAgentName, GroupBranch,
        GroupBranchName, GroupCurrency, GroupPartyId, InitiatingParty, InitiatingPartyId,
    };
    matches!(
        item,
        CategoryPurpose
            | ChargeBearer
            | Extra(_)
            | GroupAccountKind
            | GroupAgent
            | GroupAgentName
            | GroupBranch
            | GroupBranchName
            | GroupCurrency
            | GroupPartyId
            | InitiatingParty
            | InitiatingPartyId
    )
}

/// What no template may answer for an ERP or a bank.
const NEVER_MADE_UP: [Item; 28] = [
    Item::Amount,
    Item::Signed,
    Item::Credit,
    Item::Debit,
    Item::Sum,
    Item::Count,
    Item::ExecutedCount,
    Item::ExecutedSum,
    Item::RejectedCount,
    Item::RejectedSum,
    Item::GroupAccount,
    Item::GroupName,
    Item::Account,
    Item::Name,
    Item::PayerAccount,
    Item::PayerName,
    Item::PayeeAccount,
    Item::PayeeName,
    Item::OwnAccount,
    Item::EndToEndId,
    Item::InstructionId,
    Item::MessageId,
    Item::OriginalMessageId,
    Item::OriginalSeq,
    Item::Status,
    Item::GroupStatus,
    Item::PaymentState,
    Item::Opening,
];

/// A map gives words of the item's own set only.
fn map(field: &Field) -> Option<Wrong> {
    let of_item = match (&field.item, &field.or) {
        // A value of one's own has no set; the words are those of the item that stands in for it.
        (Some(Binding::Extra(_)), Some(Binding::Known(item))) => Some(*item),
        (Some(Binding::Known(item)), _) => Some(*item),
        _ => None,
    };
    let item = of_item?;
    let pairs = || field.map.0.iter().map(|(file, document)| (file.as_str(), document.as_str()));
    let values = || pairs().filter(|(_, document)| !document.is_empty());
    let name = item.name();
    if matches!(item, Item::Currency | Item::OwnCurrency) {
        let (file, code) = values().find(|(_, code)| !Currency::parse(code).is_some_and(Currency::is_listed))?;
        let (what, hint) = no_currency(code);
        return of_map(file, what, hint);
    }
    let known = words_of(item)?;
    // A value of one's own may be one that the file writes as it is.
    let own = |file: &str, value: &str| matches!(field.item, Some(Binding::Extra(_))) && file == value;
    let (file, value) = values().find(|(file, value)| !known.contains(value) && !own(file, value))?;
    let what = text!("`{value}` is no value of `{name}`", "`{value}` 不是 `{name}` 的取值");
    of_map(file, what, did_you_mean(value, known))
}

/// `takes`: a kind of number, of a field that holds one.
fn takes(field: &Field) -> Option<Wrong> {
    field.takes?;
    let of_texts = matches!(form_of(field.item.as_ref()), Some(Form::Text | Form::Exact)) && field.map.0.is_empty();
    (!of_texts).then_some(())?;
    let what = text!("`takes` is for texts without a `map`", "`takes` 只用于没有 `map` 的文本项目");
    wrong("takes", what, text!("leave it out", "请删除"))
}

/// A mistake in one entry of a map.
fn of_map(entry: &str, what: Text, hint: Text) -> Option<Wrong> {
    let said = Said::new(what).or_write(hint).at(&[entry]);
    Some(("map", said))
}

/// What a field beside the status says of the payment.
fn says(carries: Carries, record: &Record, field: &Field) -> Option<Wrong> {
    let words = field.says.as_ref()?;
    let of_row = matches!(record.kind, RecordKind::Detail | RecordKind::More);
    if carries != Carries::Status || !of_row {
        let what = text!("`says` is for rows of a status layout", "`says` 只用于 status 格式的明细");
        return wrong("says", what, text!("leave it out", "请删除"));
    }
    if field.item == Some(Binding::Known(Item::Status)) {
        let what = text!("`says` is for fields beside the one of `status`", "`says` 只用于 `status` 之外的字段");
        return wrong("says", what, text!("write its words in `map`", "请将其用语写入 `map`"));
    }
    let (word, code) = words.0.iter().find(|(_, code)| !code.is_empty() && !STATUS_CODES.contains(&code.as_str()))?;
    let what = text!("`{code}` is no status code of ISO 20022", "`{code}` 不是 ISO 20022 状态代码");
    Some(("says", Said::new(what).or_write(did_you_mean(code, &STATUS_CODES)).at(&[word.as_str()])))
}

/// Two fields of one row that decide alone: the second would have the last word.
fn deciding(record: &Record) -> Option<(usize, Said)> {
    for item in [Item::Status, Item::GroupStatus] {
        let is_of = |field: &Field| field.item == Some(Binding::Known(item));
        if let Some((at, _)) = record.fields.iter().enumerate().filter(|(_, field)| is_of(field)).nth(1) {
            let name = item.name();
            let what = text!("a second field of `{name}` in one record", "同一记录中有两个 `{name}` 字段");
            let hint = text!(
                "bind it to `reason.code` or `reason.info`, and write its words in `says`: both decide together",
                "请绑定到 `reason.code` 或 `reason.info`，并将其用语写入 `says`：两者共同决定状态"
            );
            return Some((at, Said::new(what).or_write(hint)));
        }
    }
    None
}

/// The words that an item can have, where they are a closed set.
pub(super) fn words_of(item: Item) -> Option<&'static [&'static str]> {
    match item {
        Item::Status | Item::GroupStatus => Some(&STATUS_CODES),
        Item::PaymentState => Some(&STATES),
        Item::Indicator | Item::OpeningSide | Item::ClosingSide => Some(&["CRDT", "DBIT"]),
        Item::Urgent | Item::SameBank | Item::Reversal => Some(&["yes", "no"]),
        Item::ChargeBearer => Some(&CHARGE_BEARERS),
        Item::EntryStatus => Some(&["BOOK", "PDNG"]),
        Item::RefusedLevel => Some(&["info", "warning", "error"]),
        _ => None,
    }
}

/// A default is written as it stands, and must be read again as something.
fn default(field: &Field) -> Option<Wrong> {
    let value = field.default.as_deref()?;
    let known = || field.map.0.iter().map(|(file, _)| file.as_str()).collect::<Vec<_>>();
    if !field.map.0.is_empty() && !known().contains(&value) {
        let what = text!("the default `{value}` is no value of the map", "默认值 `{value}` 不在映射之中");
        return wrong("default", what, did_you_mean(value, &known()));
    }
    let written = value::length(value, field.max_unit);
    if let Some(most) = field.max.or(field.len).filter(|most| written > *most) {
        let key = if field.max.is_some() { "max" } else { "len" };
        let what = text!(
            "the default `{value}` is longer than the field, which takes {most}",
            "默认值 `{value}` 超过字段长度 {most}"
        );
        return wrong("default", what, text!("correct `default` or `{key}`", "请修正 `default` 或 `{key}`"));
    }
    let Some(Binding::Known(item)) = field.item else { return None };
    let words = words_of(item).filter(|words| field.map.0.is_empty() && !words.contains(&value))?;
    let (what, name) = (value, item.name());
    let what = text!("`{what}` is no value of `{name}`", "`{what}` 不是 `{name}` 的取值");
    wrong("default", what, did_you_mean(value, words))
}

fn form_of(binding: Option<&Binding>) -> Option<Form> {
    binding.map(|binding| match binding {
        Binding::Known(item) => item.describe().0,
        Binding::Extra(_) => Form::Text,
    })
}

/// Two columns of one name: nobody could tell which is meant.
fn repeated(record: &Record) -> Option<(usize, Said)> {
    (record.kind == RecordKind::Columns).then_some(())?;
    let names: Vec<&str> = record.fields.iter().map(|field| field.name.as_str()).collect();
    let at = (1..names.len()).find(|at| names[..*at].contains(&names[*at]))?;
    let name = names[at];
    let what = text!("the column `{name}` stands twice", "列 `{name}` 重复出现");
    Some((at, Said::new(what).or_write(text!("leave one of them out", "请删除其中一个"))))
}

/// Where a row of column names says where the columns are, the fields of the detail are those columns.
fn columns_of_all(layout: &Layout, mistakes: &mut Mistakes) {
    let records = || layout.record.0.iter();
    let Some((_, columns)) = records().find(|(_, record)| record.kind == RecordKind::Columns) else { return };
    let names: Vec<&str> = columns.fields.iter().map(|field| field.name.as_str()).collect();
    for (record, detail) in records().filter(|(_, record)| record.kind == RecordKind::Detail) {
        let lost = |field: &Field| field.item.is_some() && !names.contains(&field.name.as_str());
        for (at, field) in detail.fields.iter().enumerate().filter(|(_, field)| lost(field)) {
            let name = &field.name;
            let what = text!("no column is called `{name}`", "没有名为 `{name}` 的列");
            let hint = near_or(name, names.iter().copied(), || {
                text!("add it to the record of kind `columns`", "请在 `columns` 类记录中加上该列")
            });
            mistakes.tell(Said::new(what).or_write(hint).at(&["record", record, "fields", &at.to_string(), "name"]));
        }
    }
}

/// What a document of this kind cannot be without.
pub(super) fn missing(layout: &Layout, carries: Carries) -> Option<Said> {
    let fields = || layout.record.0.iter().flat_map(|(_, record)| &record.fields);
    let has = |wanted: &[Item]| {
        fields().any(|field| matches!(&field.item, Some(Binding::Known(item)) if wanted.contains(item)))
    };
    let sections = || layout.record.0.iter().any(|(_, record)| record.status.is_some());
    let lacks = |name: &str| {
        let (kind, item) = (carries.word(), name);
        let what =
            text!("no field carries `{item}`: it is no {kind} layout", "没有字段承载 `{item}`，不成其为 {kind} 格式");
        let hint = text!("write a field with `item = \"{item}\"`", "请写含 `item = \"{item}\"` 的字段");
        Some(Said::new(what).or_write(hint))
    };
    match carries {
        Carries::Payments if !has(&[Item::Amount]) => lacks("amount"),
        Carries::Payments if !has(&[Item::Account]) => lacks("counterparty.account"),
        Carries::Payments | Carries::Statement if layout.currency.is_none() && !has(&CURRENCIES) => {
            let what = text!("nothing says in which currency the amounts are", "没有说明金额的币种");
            let hint = text!(
                "write `currency = \"CNY\"` in the layout, or a field with `item = \"currency\"`",
                "请在格式中写 `currency = \"CNY\"`，或写含 `item = \"currency\"` 的字段"
            );
            Some(Said::new(what).or_write(hint))
        }
        Carries::Status if !has(&[Item::Status, Item::GroupStatus, Item::PaymentState]) && !sections() => {
            lacks("status")
        }
        Carries::Statement
            if !(has(&[Item::OwnAccount]) || has(&[Item::PayerAccount]) && has(&[Item::PayeeAccount])) =>
        {
            lacks("account.id")
        }
        Carries::Statement if !layout.summary && !has(&[Item::Amount, Item::Signed, Item::Credit, Item::Debit]) => {
            lacks("amount")
        }
        _ => None,
    }
}

const CURRENCIES: [Item; 2] = [Item::Currency, Item::OwnCurrency];

/// What to write instead of an item that documents of this kind do not have.
pub(super) fn item_hint(name: &str, carries: Carries) -> Text {
    let known = ITEMS.iter().filter(|(.., kinds, _)| carries.takes(kinds)).map(|(known, ..)| *known);
    near_or(name, known, || text!("the guide lists the items of each kind", "文档列有各类单据的项目"))
}
