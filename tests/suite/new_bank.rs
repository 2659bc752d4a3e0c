//! The story of the page "Adding a bank", walked as a new user would: its blocks are the commands, files and messages.

use std::fs;
use std::path::Path;
use std::process::Command;

/// The fenced blocks of the story, each with its language.
fn blocks() -> Vec<(&'static str, String)> {
    let page = include_str!("../../src/guide/adding_a_bank.md");
    let story = page.split("the whole story\n").nth(1).expect("the story");
    let fenced = story.split("```").skip(1).step_by(2);
    fenced.map(|block| block.split_once('\n').expect("a block")).map(|(of, text)| (of, text.to_string())).collect()
}

/// Runs the program in an installation; whether it was content, and all that it said.
fn run(root: &Path, arguments: &[&str]) -> (bool, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_bankferry"));
    let output = command.args(arguments).args(["--lang", "en", "--dir"]).arg(root).output().expect("a run");
    let said = String::from_utf8_lossy(&output.stderr) + String::from_utf8_lossy(&output.stdout);
    (output.status.success(), said.into_owned())
}

/// The template of `source` with each of `lines` in the place of the line that says the same.
fn changed(source: &str, lines: &str) -> String {
    let subject = |line: &str| match line.trim().strip_prefix("{ name = ") {
        Some(field) => field.split(',').next().unwrap_or_default().to_string(),
        None => line.split(" = ").next().unwrap_or_default().to_string(),
    };
    let mut all: Vec<String> = source.lines().map(str::to_string).collect();
    for line in lines.lines() {
        let place = all.iter().position(|old| subject(old) == subject(line) && !subject(line).is_empty());
        all[place.unwrap_or_else(|| panic!("no line says what `{line}` says"))] = line.to_string();
    }
    all.join("\n") + "\n"
}

fn says_all(told: &str, lines: &str) {
    for line in lines.lines().filter(|line| !line.trim().is_empty()) {
        assert!(told.contains(line.trim()), "`{line}` is not said:\n{told}");
    }
}

#[test]
#[allow(clippy::disallowed_methods)]
fn the_story_of_adding_a_bank_is_true() {
    let mut blocks = blocks().into_iter();
    let mut block = |language: &str| {
        let (of, text) = blocks.next().expect("one more block");
        assert_eq!(of, language, "{text}");
        text
    };
    let dir = tempfile::tempdir().expect("a folder");
    let root = dir.path().join("house");
    assert!(run(&root, &["init", root.to_str().expect("a path")]).0);

    let copied = Command::new("sh").args(["-e", "-c", &block("sh")]).current_dir(&root).status().expect("a shell");
    assert!(copied.success());
    let template = root.join("templates/my-bank.toml");
    let right = changed(&fs::read_to_string(&template).expect("the copy"), &block("toml"));
    let gbk = |text: &str| encoding_rs::GBK.encode(&text.replace('\n', "\r\n")).0.into_owned();
    let example = gbk(&block("text"));
    fs::write(root.join("templates/examples/my-bank/payments.txt"), &example).expect("written");
    fs::write(root.join("templates/examples/my-bank/status.txt"), gbk(&block("text"))).expect("written");

    // Two planted mistakes in one line, found one after the other, at their places.
    let amount = "item = \"amount\", minor = true";
    assert!(right.contains(amount));
    for wrong in ["item = \"amout\", minr = true", "item = \"amount\", minr = true"] {
        let broken = right.replace(amount, wrong);
        let line = broken.lines().position(|line| line.contains(wrong)).expect("the line") + 1;
        fs::write(&template, &broken).expect("written");
        let (content, told) = run(&root, &["check"]);
        let said = block("text");
        says_all(&told, &said);
        assert!(!content && said.contains(&format!("line {line}, column ")), "{said}");
    }
    fs::write(&template, &right).expect("written");
    says_all(&run(&root, &["check"]).1, &block("text"));

    // An example that is written otherwise is told with its line.
    let other =
        encoding_rs::GBK.encode("356900000000000017;是;3569;远山;西湖支行;;0100;货款;QH-01;否;;\r\n").0.into_owned();
    fs::write(root.join("templates/examples/my-bank/payments.txt"), other).expect("written");
    let (content, told) = run(&root, &["check"]);
    assert!(!content && told.contains("is written otherwise than it was read: line 1, character"), "{told}");
    // One whose lines end otherwise is told so.
    let lines: Vec<u8> = example.iter().copied().filter(|b| *b != b'\r').collect();
    fs::write(root.join("templates/examples/my-bank/payments.txt"), lines).expect("written");
    let (_, told) = run(&root, &["check"]);
    assert!(told.contains("its lines end in LF, and CR LF is written"), "{told}");
    fs::write(root.join("templates/examples/my-bank/payments.txt"), &example).expect("written");

    let [csv, upload, back] = ["payments.csv", "upload.txt", "back.jsonl"].map(|name| dir.path().join(name));
    let [csv, upload, back] = [&csv, &upload, &back].map(|path| path.to_str().expect("a path"));
    fs::write(csv, block("text")).expect("written");
    let (content, told) = run(&root, &["convert", "--to", "my-bank", csv, upload]);
    assert!(content, "{told}");
    let written = fs::read(upload).expect("the upload");
    assert_eq!(encoding_rs::GBK.decode(&written).0.replace("\r\n", "\n"), block("text"));
    let (content, told) = run(&root, &["convert", "--from", "my-bank", upload, back]);
    assert!(content, "{told}");
    let read = fs::read_to_string(back).expect("the document");
    assert!(read.contains("\"amount\":\"234.50\"") && read.contains("\"end_to_end_id\":\"QH-02\""), "{read}");
    // And from the document back to the very same bytes.
    let (content, told) = run(&root, &["convert", "--from", "jsonl", "--to", "my-bank", back, upload]);
    assert!(content, "{told}");
    assert_eq!(fs::read(upload).expect("the upload"), written);

    let (printed, told) = run(&root, &["spec", "my-bank"]);
    assert!(printed && told.contains("20 GBK bytes") && told.contains("Interface specification: my-bank"), "{told}");
    assert!(blocks.next().is_none(), "a block that nobody walks");
    // As a user types it, in the folder of the installation.
    let mut demo = Command::new(env!("CARGO_BIN_EXE_bankferry"));
    let output = demo.args(["demo", "--bank", "my-bank"]).current_dir(&root).output().expect("a run");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}
