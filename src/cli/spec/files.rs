//! Files and folders, and how files and the connection are protected.

use toml::{Table, Value};

use super::block::{Block, code, codes, facts, joined, marked, table, yes};
use crate::carrier::PublishMode;
use crate::carrier::readiness::{Complete, TEMPORARY};
use crate::finding::Level;
use crate::seal::{Compression, Digest};
use crate::template::{Clear, NameParts, Out, PartyKind, Scope, Template};
use crate::text;
use crate::words::Text;

pub(super) fn write(template: &Template, blocks: &mut Vec<Block>) {
    blocks.push(Block::Heading(2, text!("files and folders", "文件与目录")));
    blocks.push(Block::Heading(3, text!("files that we give", "我方提供的文件")));
    ours(template, blocks);
    blocks.push(Block::Heading(3, text!("files that we take", "我方取走的文件")));
    theirs(template, blocks);
    if !template.inward.levels.is_empty() {
        levels(template, blocks);
    }
    environments(template, blocks);
}

fn ours(template: &Template, blocks: &mut Vec<Block>) {
    let out = &template.out;
    let folder = if out.folder.is_empty() { text!("the root", "根目录") } else { code(&out.folder) };
    let mut rows = vec![
        (text!("folder", "目录"), folder),
        (text!("file name", "文件名"), code(&out.name)),
        (text!("what the name is made of", "文件名的组成"), name_parts(&out.name.to_string())),
        (text!("such as", "例如"), code(out.name.fill(&sample_parts(template)))),
    ];
    rows.extend(out.name.highest().map(|highest| (text!("numbers", "编号范围"), numbers(out, highest))));
    rows.extend([
        (text!("published by", "发布方式"), published(out.publish)),
        (text!("name while it is written", "写入期间的文件名"), temporary(out)),
    ]);
    if out.publish == PublishMode::Marker {
        let suffix = marked(&out.marker_suffix);
        let trigger = text!("the same name with {suffix} behind it, empty", "同名加后缀 {suffix}，空文件");
        rows.push((text!("trigger file", "触发文件"), trigger));
    }
    let twice = text!(
        "a name is used once; a name that is there already is never written over",
        "文件名只用一次；已存在的文件绝不覆盖"
    );
    rows.push((text!("the same name again", "重名"), twice));
    blocks.push(facts(rows));
}

/// What a name may be made of, to show one.
fn sample_parts(template: &Template) -> NameParts {
    let extension = match (template.kind, template.layout.is_empty()) {
        (PartyKind::Erp, _) => "csv",
        (PartyKind::Bank, true) if template.payments.format.contains('.') => "xml",
        _ => "txt",
    };
    NameParts {
        id: "O17".into(),
        message_id: "BF20261201-17".into(),
        date: "20261201".into(),
        time: "093000".into(),
        purpose: if template.kind == PartyKind::Bank { "payments" } else { "status" }.into(),
        batch: "B12".into(),
        account: "6222000000000000017".into(),
        environment: "test".into(),
        environment_letter: "T".into(),
        extension: extension.into(),
        sender: if template.out.sender.is_empty() { "S0001".into() } else { template.out.sender.clone() },
        sequence: template.out.sequence_from,
    }
}

/// Over which files the numbers of names run.
fn numbers(out: &Out, highest: u64) -> Text {
    let first = out.sequence_from;
    let (en, zh) = match out.sequence {
        Scope::Day => ("anew every day", "每天重新编号"),
        Scope::Ever => ("for ever", "长期连续编号"),
    };
    text!(
        "from {first} to {highest}, {en}; a number is given once, also where its file did not leave",
        "{first} 至 {highest}，{zh}；编号只用一次，即使文件最终未发出"
    )
}

/// What each brace of a name's pattern stands for.
fn name_parts(pattern: &str) -> Text {
    let known = [
        ("{id}", text!("`{{id}}`: our number of the file, unique", "`{{id}}`：我方文件编号，唯一")),
        ("{message_id}", text!("`{{message_id}}`: message id", "`{{message_id}}`：报文标识号")),
        ("{date}", text!("`{{date}}`: day of creation, `YYYYMMDD`", "`{{date}}`：创建日期 `YYYYMMDD`")),
        ("{time}", text!("`{{time}}`: time of creation, `HHMMSS`", "`{{time}}`：创建时间 `HHMMSS`")),
        (
            "{purpose}",
            text!("`{{purpose}}`: payments, status, statement …", "`{{purpose}}`：用途，如 status、statement"),
        ),
        ("{batch}", text!("`{{batch}}`: what it comes from", "`{{batch}}`：来源批次或文件")),
        ("{account}", text!("`{{account}}`: account of a statement", "`{{account}}`：对账单账号")),
        ("{environment}", text!("`{{environment}}`: test or production", "`{{environment}}`：测试或生产")),
        ("{environment_letter}", text!("`{{environment_letter}}`: T or P", "`{{environment_letter}}`：T 或 P")),
        ("{sender}", text!("`{{sender}}`: our number at the party", "`{{sender}}`：我方在对方的编号")),
        ("{sequence:", text!("`{{sequence:N}}`: the file's number, of N digits", "`{{sequence:N}}`：文件顺序号，N 位")),
        ("{date:", text!("`{{date:…}}`: day of creation in this form", "`{{date:…}}`：创建日期，格式如所写")),
        ("{time:", text!("`{{time:…}}`: time of creation in this form", "`{{time:…}}`：创建时间，格式如所写")),
        ("{extension}", text!("`{{extension}}`: by format, such as xml, csv", "`{{extension}}`：按格式，如 xml、csv")),
    ];
    let there = known.into_iter().filter(|(brace, _)| pattern.contains(brace)).map(|(_, text)| text);
    joined(there, ("; ", "；"))
}

fn published(mode: PublishMode) -> Text {
    match mode {
        PublishMode::Atomic => text!(
            "`atomic`: a temporary name, then one rename (posix-rename); a file under its final name is complete",
            "`atomic`：先用临时名，再一步改名（posix-rename）；以正式名出现的文件即为完整"
        ),
        PublishMode::NoOverwrite => text!(
            "`no-overwrite`: a temporary name, then a rename that never writes over another file",
            "`no-overwrite`：先用临时名，再改名，绝不覆盖已有文件"
        ),
        PublishMode::Marker => text!(
            "`marker`: the data file, then a trigger file; without the trigger the data file is not complete",
            "`marker`：先写数据文件，再写触发文件；无触发文件即不完整"
        ),
        PublishMode::Direct => text!(
            "`direct`: under its final name, no rename; take a file only once its size no longer changes",
            "`direct`：直接以正式名写入，不改名；文件大小不再变化后方可取走"
        ),
    }
}

fn temporary(out: &Out) -> Text {
    if out.publish == PublishMode::Direct {
        return text!("none", "无");
    }
    let name = marked(format!("{}…{}", out.temporary_prefix, out.temporary_suffix));
    if out.temporary_replaces {
        return text!("{name}, in the place of its ending: do not touch it", "{name}，代替其后缀：请勿处理");
    }
    text!("{name}: do not touch it", "{name}：请勿处理")
}

fn theirs(template: &Template, blocks: &mut Vec<Block>) {
    let inward = &template.inward;
    let root = text!("the root", "根目录");
    let folders = inward.folders.iter().map(|folder| if folder.is_empty() { root.clone() } else { code(folder) });
    let names = match inward.names.is_empty() {
        true => text!("all", "全部"),
        false => {
            let names = codes(&inward.names).en;
            text!("{names}; other files stay where they are", "{names}；其他文件不动")
        }
    };
    let mebibytes = inward.max_bytes >> 20;
    let (bytes, every) = (inward.max_bytes, inward.every_seconds);
    let temporary = codes(TEMPORARY).en;
    let encoding = inward.encoding.as_deref().map_or_else(|| text!("as the file says", "按文件自身声明"), code);
    blocks.push(facts(vec![
        (text!("folders", "目录"), joined(folders, (", ", "、"))),
        (text!("file names", "文件名"), names),
        (text!("a file is complete when", "文件完整的判断"), complete(&inward.complete)),
        (
            text!("names that are not taken", "不会取走的文件名"),
            text!("those that begin with a dot or end with {temporary}", "以点开头，或以 {temporary} 结尾"),
        ),
        (text!("who deletes them", "由谁删除"), cleared(&inward.clear, template.kind)),
        (
            text!("largest file", "文件大小上限"),
            text!("{bytes} bytes ({mebibytes} MiB)", "{bytes} 字节（{mebibytes} MiB）"),
        ),
        (text!("how often we look", "轮询间隔"), text!("every {every} seconds", "每 {every} 秒")),
        (text!("format", "格式"), format(template)),
        (text!("encoding of text without its own mark", "未声明编码的文本"), encoding),
    ]));
}

fn format(template: &Template) -> Text {
    let named = &template.inward.format;
    if named != "auto" {
        return code(named);
    }
    match template.layout.is_empty() {
        true => text!("found out by the content", "按内容自动识别"),
        false => {
            text!("the layouts of this document, else found out by the content", "本文件所列格式，否则按内容自动识别")
        }
    }
}

fn complete(rule: &Complete) -> Text {
    match rule {
        Complete::Stable { seconds } => text!(
            "its size and time have not changed for {seconds} seconds; a rename or a marker would be safer",
            "大小和时间 {seconds} 秒内无变化；改名或标记文件更可靠"
        ),
        Complete::Marker { suffix } => {
            let suffix = marked(suffix);
            text!("a file of the same name with {suffix} lies beside it", "旁边有同名加后缀 {suffix} 的标记文件")
        }
        Complete::Rename => text!(
            "it has its final name: it is written under a temporary name and renamed",
            "以正式名出现：先用临时名写入，再改名"
        ),
    }
}

fn cleared(clear: &Clear, kind: PartyKind) -> Text {
    let party = match kind {
        PartyKind::Bank => text!("the bank", "银行"),
        PartyKind::Erp => text!("the ERP", "ERP 一方"),
    };
    let Text { en, zh } = party;
    match clear {
        Clear::Leave => text!("{en}; we leave them", "由{zh}删除，我方不动"),
        Clear::Remove => text!(
            "we, once the bytes are in our archive and our journal says so",
            "由我方删除：仅在内容已归档并记入日志之后"
        ),
        Clear::MoveTo(folder) => {
            let folder = marked(folder);
            text!("{en}; we move them to {folder} once they are archived", "归档后我方移至 {folder}，由{zh}删除")
        }
    }
}

/// What is noticed in files and counts otherwise than usual at this party.
fn levels(template: &Template, blocks: &mut Vec<Block>) {
    let rows = template.inward.levels.iter().map(|(rule, level)| {
        let level = match level {
            Level::Info => text!("worth knowing", "仅提示"),
            Level::Warning => text!("a warning; the file is taken", "警告，文件照常处理"),
            Level::Error => text!("the file is refused", "拒绝该文件"),
        };
        vec![code(rule), level]
    });
    blocks.push(Block::Words(text!(
        "what counts otherwise than usual in these files:",
        "这些文件中与通常处理不同的规则："
    )));
    blocks.push(table([("rule", "规则"), ("level", "级别")], rows.collect()));
}

/// What differs between test and production.
fn environments(template: &Template, blocks: &mut Vec<Block>) {
    let mut rows = Vec::new();
    for (name, changes) in
        [(text!("test", "测试"), &template.test), (text!("production", "生产"), &template.production)]
    {
        let mut leaves = Vec::new();
        flatten("", changes, &mut leaves);
        rows.extend(leaves.into_iter().map(|(key, value)| vec![name.clone(), code(key), code(value)]));
    }
    if rows.is_empty() {
        return;
    }
    blocks.push(Block::Heading(3, text!("what differs in test and production", "测试与生产的差异")));
    let names = [("environment", "环境"), ("key of the template", "模板键"), ("value", "取值")];
    blocks.push(table(names, rows));
}

/// The leaves of a table, with their keys from the root.
fn flatten(path: &str, changes: &Table, leaves: &mut Vec<(String, String)>) {
    for (key, value) in changes {
        let key = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
        match value {
            Value::Table(inside) => flatten(&key, inside, leaves),
            value => leaves.push((key, value.to_string())),
        }
    }
}

pub(super) fn security(template: &Template, blocks: &mut Vec<Block>) {
    blocks.push(Block::Heading(2, text!("security", "安全")));
    blocks.push(Block::Heading(3, text!("seal of files", "文件的签名与加密")));
    seal(template, blocks);
    blocks.push(Block::Heading(3, text!("connection", "连接")));
    connection(template, blocks);
    renewal(template, blocks);
}

/// The files by which our next keys reach the bank.
fn renewal(template: &Template, blocks: &mut Vec<Block>) {
    let renewal = &template.renewal;
    let names = [
        (text!("our next OpenPGP certificate", "我方下一把 OpenPGP 证书"), &renewal.certificate),
        (text!("our next SSH key, public half", "我方下一把 SSH 公钥"), &renewal.ssh),
        (text!("use the key from now on", "即日起启用该密钥"), &renewal.activate),
    ];
    if names.iter().all(|(_, name)| name.is_none()) {
        return;
    }
    blocks.push(Block::Heading(3, text!("renewal of our keys by file", "我方密钥以文件更新")));
    let folder = renewal.folder.as_deref().unwrap_or(&template.out.folder);
    let rows = names.into_iter().filter_map(|(what, name)| Some((what, code(name.as_ref()?)))).chain([
        (text!("folder", "文件夹"), code(if folder.is_empty() { "/" } else { folder })),
        (text!("sealed, the present key signs", "按文件规则封装，由当前密钥签名"), yes(renewal.sealed)),
        (text!("armored", "ASCII 封装"), yes(renewal.sealed && renewal.armor)),
    ]);
    blocks.push(facts(rows.collect()));
    if let Some(text) = &renewal.activation {
        blocks.push(Block::Words(text!("the activation holds", "启用文件的内容为")));
        blocks.push(Block::File(text.to_string()));
    }
}

fn seal(template: &Template, blocks: &mut Vec<Block>) {
    let seal = &template.seal;
    if !seal.seals() {
        blocks.push(Block::Words(text!(
            "files are neither signed nor encrypted: the connection protects them",
            "文件本身不签名、不加密，由传输通道保护"
        )));
        return;
    }
    let digest = match seal.digest {
        Digest::Sha256 => "SHA-256",
        Digest::Sha512 => "SHA-512",
    };
    let compression = match seal.compression {
        Compression::None => text!("none", "无"),
        Compression::Zip => Text::same("ZIP"),
        Compression::Zlib => Text::same("ZLIB"),
    };
    let container = match seal.aead {
        true => text!("version 2 with OCB (RFC 9580)", "第 2 版，OCB（RFC 9580）"),
        false => text!("version 1 with MDC (RFC 4880)", "第 1 版，MDC（RFC 4880）"),
    };
    let form = if seal.armor { text!("ASCII armor", "ASCII 封装") } else { text!("binary", "二进制") };
    let key = |named: &Option<String>, usual: Text| named.as_ref().map_or(usual, code);
    blocks.push(facts(vec![
        (text!("signed with OpenPGP, both ways", "双向 OpenPGP 签名"), yes(seal.sign)),
        (text!("encrypted with OpenPGP, both ways", "双向 OpenPGP 加密"), yes(seal.encrypt)),
        (text!("form of our files", "我方文件形式"), form),
        (
            text!("suffix of a sealed file's name", "封装后文件名后缀"),
            seal.suffix.as_ref().map_or(text!("none", "无"), code),
        ),
        (text!("digest of our signatures", "我方签名摘要算法"), Text::same(digest)),
        (text!("container of encrypted data", "加密数据容器"), container),
        (text!("compression of our files", "我方文件压缩"), compression),
        (text!("compressed files of the party are taken", "接受对方压缩的文件"), yes(seal.reads_compressed())),
        (
            text!("keys of the party that are bound with SHA-1 are taken", "接受对方 SHA-1 绑定的密钥"),
            yes(seal.accept_sha1_keys),
        ),
        (
            text!("key that we encrypt to", "我方加密所用对方密钥"),
            key(&seal.party_key, text!("the newest valid one", "最新的有效密钥")),
        ),
        (
            text!("key that we sign with", "我方签名密钥"),
            key(&seal.own_key, text!("the oldest valid one", "最早的有效密钥")),
        ),
    ]));
    let mut rules = Vec::new();
    if seal.sign {
        rules.push(text!(
            "a file without a valid signature by the other side's key is refused, whatever it says",
            "没有对方密钥有效签名的文件一律拒绝"
        ));
    }
    rules.push(text!(
        "keys are told to the other side, and tried, before the old ones expire; an expired key is refused",
        "密钥到期前须告知对方并试用；过期密钥一律拒绝"
    ));
    blocks.push(Block::List(rules));
}

fn connection(template: &Template, blocks: &mut Vec<Block>) {
    let ssh = &template.ssh;
    let list = |names: &Vec<String>| match names.is_empty() {
        true => text!("not prescribed", "未规定"),
        false => codes(names),
    };
    blocks.push(facts(vec![
        (text!("key exchange", "密钥交换"), list(&ssh.kex)),
        (text!("host keys", "主机密钥"), list(&ssh.host_key)),
        (text!("ciphers", "加密算法"), list(&ssh.ciphers)),
        (text!("message authentication", "消息认证码"), list(&ssh.macs)),
        (text!("signatures with our RSA key", "我方 RSA 密钥签名"), list(&ssh.sign)),
    ]));
    blocks.push(Block::List(vec![
        text!(
            "where the connection is SFTP: host keys are pinned, current and next; a strange one stops the connection",
            "采用 SFTP 时：主机密钥固定（当前与下一把），不符即停止连接"
        ),
        text!(
            "we log in with a key; the public half is given to the party on another way than its fingerprint",
            "我方以密钥登录；公钥与其指纹通过不同途径交给对方"
        ),
    ]));
}
