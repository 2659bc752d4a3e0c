//! Proves a template on its examples: what is read is written back byte for byte, and what is written is
//! read back.

use std::io::{Cursor, Write};
use std::sync::{Arc, Mutex};

use super::Template;
use crate::document::{Date, Part};
use crate::finding::Finding;
use crate::format::layout::declare::TextEncoding;
use crate::format::layout::{Carries, LayoutReader, LayoutWriter, Plan};
use crate::format::{ReadError, ReadOptions, Reader, WriteError, WriteOptions, Writer};
use crate::text;
use crate::words::{Explain, Lang, Text};

/// Name of the example file of a kind of document.
pub fn example_file(carries: Carries) -> &'static str {
    match carries {
        Carries::Payments => "payments.txt",
        Carries::Status => "status.txt",
        Carries::Statement => "statement.txt",
        Carries::Receipts => "receipts.txt",
        Carries::Refusal => "refusal.txt",
    }
}

/// What is wrong with a template by its examples; `find` gives an example by its file name. A dialect of a standard
/// format needs none, and keeps what it has.
pub fn prove(template: &Template, find: &dyn Fn(&str) -> Option<Vec<u8>>) -> Vec<Text> {
    let mut wrong = Vec::new();
    for plan in &template.layout.plans {
        let name = example_file(plan.carries);
        match find(name) {
            None => {
                let of = &template.name;
                wrong.push(text!(
                    "the example `{name}` is missing: put the file of the bank's paper into \
                     `templates/examples/{of}/{name}`",
                    "缺少示例 `{name}`：请将银行文档中的示例文件放入 `templates/examples/{of}/{name}`"
                ));
            }
            Some(bytes) => {
                let near = crate::document::parse_date(&template.provenance.date);
                wrong.extend(prove_one(plan, name, &bytes, near));
            }
        }
    }
    if template.layout.is_empty() {
        let name = example_file(Carries::Payments);
        wrong.extend(find(name).and_then(|bytes| prove_dialect(template, name, &bytes)));
    }
    wrong
}

/// The example of a dialect: read by its content and written in the template's format, byte for byte.
fn prove_dialect(template: &Template, name: &str, bytes: &[u8]) -> Option<Text> {
    let parts = match payments_told(template, bytes) {
        Ok(parts) => parts,
        Err(why) => return Some(unreadable(name, &why)),
    };
    let kept = Kept::default();
    let options = WriteOptions { dialect: template.payments.dialect(), ..WriteOptions::default() };
    let written = template.create(&template.payments.format, Box::new(kept.clone()), &options);
    let written = written.map_err(|e| e.what()).and_then(|mut writer| {
        parts.iter().try_for_each(|part| writer.write_part(part)).and_then(|()| writer.finish()).map_err(not_written)
    });
    if let Err(why) = written {
        return Some(unwritable(name, &why));
    }
    let written = kept.take();
    (written != bytes).then(|| otherwise(name, bytes, &written, TextEncoding::Utf8))
}

/// Everything that a payments file of the template holds, which its content tells.
///
/// # Errors
/// What refuses it, as a line.
pub fn read_payments(template: &Template, bytes: &[u8]) -> Result<Vec<Part>, String> {
    payments_told(template, bytes).map_err(|why| why.en)
}

fn payments_told(template: &Template, bytes: &[u8]) -> Result<Vec<Part>, Text> {
    let input = Box::new(Cursor::new(bytes.to_vec()));
    let mut reader = template.open("auto", input, &ReadOptions::default()).map_err(|e| e.what())?;
    parts_of(reader.as_mut())
}

/// An example that is refused when it is read.
fn unreadable(name: &str, Text { en, zh }: &Text) -> Text {
    text!("the example `{name}` cannot be read: {en}", "示例 `{name}` 无法读取：{zh}")
}

/// An example that is refused when it is written again.
fn unwritable(name: &str, Text { en, zh }: &Text) -> Text {
    text!("the example `{name}` cannot be written: {en}", "示例 `{name}` 无法写出：{zh}")
}

/// A finding as a line in both languages.
fn line_of(finding: &Finding) -> Text {
    Text { en: finding.line(Lang::En), zh: finding.line(Lang::Zh) }
}

fn not_written(error: WriteError) -> Text {
    match error {
        WriteError::Refused(finding) => line_of(&finding),
        other => Text::same(other.to_string()),
    }
}

fn prove_one(plan: &Arc<Plan>, name: &str, bytes: &[u8], near: Option<Date>) -> Option<Text> {
    let parts = match read_told(plan, bytes, near) {
        Ok(parts) => parts,
        Err(why) => return Some(unreadable(name, &why)),
    };
    if plan.layout.read_only {
        return None;
    }
    let written = match write_told(plan, &parts) {
        Ok(written) => written,
        Err(why) => return Some(unwritable(name, &why)),
    };
    if written != bytes {
        return Some(otherwise(name, bytes, &written, plan.layout.encoding));
    }
    match read(plan, &written, near) {
        Ok(again) if again == parts => None,
        _ => Some(text!(
            "the example `{name}` is read otherwise after it was written",
            "示例 `{name}` 写出后读取结果不同"
        )),
    }
}

/// That an example is written otherwise than it was read, and where the two part.
fn otherwise(name: &str, bytes: &[u8], written: &[u8], encoding: TextEncoding) -> Text {
    let Text { en, zh } = difference(bytes, written, encoding);
    text!("the example `{name}` is written otherwise than it was read: {en}", "示例 `{name}` 写出后与原文件不同：{zh}")
}

fn difference(bytes: &[u8], written: &[u8], encoding: TextEncoding) -> Text {
    let plain = |bytes: &[u8]| bytes.iter().copied().filter(|b| *b != b'\r').collect::<Vec<u8>>();
    if plain(bytes) == plain(written) {
        return line_ends(bytes, written);
    }
    let mut lines = bytes.split(|b| *b == b'\n').zip(written.split(|b| *b == b'\n')).enumerate();
    let Some((at, (there, ours))) = lines.find(|(_, (one, two))| one != two) else {
        let (most, least) = (bytes.len().max(written.len()), bytes.len().min(written.len()));
        let (more, line) = (most - least, bytes[..least.min(bytes.len())].split(|b| *b == b'\n').count());
        return if bytes.len() > written.len() {
            text!(
                "the last {more} bytes, from line {line} on, are not written",
                "从第 {line} 行起，末尾 {more} 字节未写出"
            )
        } else {
            text!("{more} bytes more are written behind line {line}", "第 {line} 行之后多写出 {more} 字节")
        };
    };
    let (there, ours) = (encoding.decode(there), encoding.decode(ours));
    let same = there.chars().zip(ours.chars()).take_while(|(one, two)| one == two).count();
    let (line, column) = (at + 1, same + 1);
    let (there, ours) = (near(&there, same), near(&ours, same));
    text!(
        "line {line}, character {column}: the example has `{there}`, written is `{ours}`",
        "第 {line} 行第 {column} 个字符：示例为 `{there}`，写出为 `{ours}`"
    )
}

/// What stands at a place of a line, and a little before it.
fn near(line: &str, at: usize) -> String {
    line.trim_end_matches('\r').chars().skip(at.saturating_sub(8)).take(32).collect()
}

fn line_ends(bytes: &[u8], written: &[u8]) -> Text {
    let has_returns = |bytes: &[u8]| bytes.windows(2).any(|two| two == b"\r\n");
    match (has_returns(bytes), has_returns(written)) {
        (false, true) => text!(
            "its lines end in LF, and CR LF is written: save the example with CR LF, or write `line-end = \"lf\"`",
            "示例以 LF 换行，而写出为 CR LF：请以 CR LF 保存示例，或写 `line-end = \"lf\"`"
        ),
        (true, false) => text!(
            "its lines end in CR LF, and LF is written: save the example with LF, or write `line-end = \"crlf\"`",
            "示例以 CR LF 换行，而写出为 LF：请以 LF 保存示例，或写 `line-end = \"crlf\"`"
        ),
        _ => text!("some of its lines end in CR LF and others in LF", "部分行以 CR LF 换行，部分以 LF 换行"),
    }
}

/// Everything that a layout reads in `bytes`, dates without a year taken `near` a day; the sentence of what
/// refuses it.
///
/// # Errors
/// The first finding that refuses, as a line.
pub fn read(plan: &Arc<Plan>, bytes: &[u8], near: Option<Date>) -> Result<Vec<Part>, String> {
    read_told(plan, bytes, near).map_err(|why| why.en)
}

fn read_told(plan: &Arc<Plan>, bytes: &[u8], near: Option<Date>) -> Result<Vec<Part>, Text> {
    let input = Box::new(Cursor::new(bytes.to_vec()));
    let options = ReadOptions { near, ..ReadOptions::default() };
    let mut reader = LayoutReader::open(Arc::clone(plan), input, &options).map_err(|e| e.what())?;
    parts_of(&mut reader)
}

/// All parts of a document, or the first finding that refuses it.
fn parts_of(reader: &mut dyn Reader) -> Result<Vec<Part>, Text> {
    let mut parts = Vec::new();
    while let Some(part) = reader.next_part().map_err(|e| match e {
        ReadError::Refused(finding) => line_of(&finding),
        other => Text::same(other.to_string()),
    })? {
        let refusing = part.end_findings().into_iter().flatten().find(|finding| finding.is_error());
        if let Some(finding) = refusing {
            return Err(line_of(finding));
        }
        parts.push(part);
    }
    Ok(parts)
}

/// What a layout writes of `parts`.
///
/// # Errors
/// The finding that refuses, as a line.
pub fn write(plan: &Arc<Plan>, parts: &[Part]) -> Result<Vec<u8>, String> {
    write_told(plan, parts).map_err(|why| why.en)
}

fn write_told(plan: &Arc<Plan>, parts: &[Part]) -> Result<Vec<u8>, Text> {
    let kept = Kept::default();
    let mut writer = LayoutWriter::new(Arc::clone(plan), Box::new(kept.clone()), &WriteOptions::default());
    for part in parts {
        writer.write_part(part).map_err(not_written)?;
    }
    writer.finish().map_err(not_written)?;
    drop(writer);
    Ok(kept.take())
}

/// An output that can be looked at after its writer took it.
#[derive(Clone, Default)]
struct Kept(Arc<Mutex<Vec<u8>>>);

impl Kept {
    /// What was written.
    fn take(&self) -> Vec<u8> {
        std::mem::take(&mut self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner))
    }
}

impl Write for Kept {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner).extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}
