//! Help in Chinese: the library that prints it takes one language, that of the source.

mod words;

use clap::{Arg, Command};

use words::{ARGUMENTS, COMMANDS, EXAMPLES};

/// The page of a command: what stands in front of its parts is the library's own in English.
const PAGE: &str = "{about-with-newline}\n用法：{usage}\n\n{all-args}{after-help}";

/// The command line with its help in Chinese.
pub(super) fn in_chinese(mut command: Command) -> Command {
    // Only then does it have the arguments and commands that the library adds.
    command.build();
    translated(command, "")
}

fn translated(command: Command, path: &str) -> Command {
    if is_help(path) {
        // What it holds is shown nowhere.
        return command.about(of_command("help").unwrap_or_default());
    }
    let about = of_command(path).unwrap_or_default();
    let first = about.split("\n\n").next().unwrap_or_default();
    let after = command.get_after_help().map(|text| after(path, &text.to_string()));
    let command = command
        .help_template(PAGE)
        .about(first)
        .long_about(Some(about).filter(|about| *about != first))
        .subcommand_help_heading("命令")
        .mut_args(|argument| described(argument, path))
        .mut_subcommands(|inner| {
            let path = format!("{path} {}", inner.get_name());
            translated(inner, path.trim())
        });
    match after {
        Some(after) => command.after_help(after),
        None => command,
    }
}

fn described(argument: Arg, path: &str) -> Arg {
    let heading = match argument.get_help_heading() {
        Some(_) => "通用选项",
        None if argument.is_positional() => "参数",
        None => "选项",
    };
    let help = of_argument(path, argument.get_id().as_str()).unwrap_or_default();
    argument.help(help).long_help(None::<&str>).help_heading(heading)
}

/// Commands are the same in every language; what is said of them, and in them, is not.
fn after(path: &str, text: &str) -> String {
    let text = EXAMPLES.iter().fold(text.to_string(), |text, (en, zh)| text.replace(en, zh));
    match path {
        "" => "退出码：0 完成；1 完成，但结论为否（文件被拒绝、检查不通过）；2 调用或配置有误，未做任何事；\n\
               3 网络、银行或磁盘故障，可稍后重试。"
            .into(),
        "sandbox" => {
            let examples = text.split_once("Examples:").map(|(_, examples)| examples).unwrap_or_default();
            format!(
                "付款中的词可控制模拟银行：收款人名称含 REJECT 则被拒绝，含 ERRAC06RJCT 则以 AC06 拒绝，\n\
                 含 ERRZZ99UNKN 则以任何清单中都没有的代码应答，含 ERRAC04RTRN 则入账后在下一份对账单退回。\n\n示例：{examples}"
            )
        }
        _ => text.replacen("Examples:", "示例：", 1).replacen("Example:", "示例：", 1),
    }
}

/// Whether it is the library's own command of help.
fn is_help(path: &str) -> bool {
    path.split(' ').any(|name| name == "help")
}

fn of_command(path: &str) -> Option<&'static str> {
    COMMANDS.iter().find(|(of, _)| *of == path).map(|(_, words)| *words)
}

/// What an argument is: of this command, else wherever it stands.
fn of_argument(path: &str, id: &str) -> Option<&'static str> {
    let own = ARGUMENTS.iter().find(|(of, _)| of.strip_suffix(id).and_then(|of| of.strip_suffix('.')) == Some(path));
    own.or_else(|| ARGUMENTS.iter().find(|(of, _)| *of == id)).map(|(_, words)| *words)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use clap::CommandFactory;

    use super::*;

    fn look(command: &Command, path: &str, used: &mut BTreeSet<String>, missing: &mut Vec<String>) {
        if is_help(path) {
            used.insert("command help".into());
            return;
        }
        match of_command(path) {
            Some(_) => drop(used.insert(format!("command {path}"))),
            None => missing.push(format!("command `{path}`")),
        }
        for argument in command.get_arguments() {
            let id = argument.get_id().as_str();
            let own = format!("{path}.{id}");
            let known = ARGUMENTS.iter().map(|(of, _)| *of).find(|of| *of == own).or(Some(id));
            match of_argument(path, id) {
                Some(_) => used.extend(known.map(str::to_string)),
                None => missing.push(own),
            }
        }
        for inner in command.get_subcommands() {
            look(inner, format!("{path} {}", inner.get_name()).trim(), used, missing);
        }
    }

    #[test]
    fn every_command_and_argument_has_its_words_in_chinese() {
        let mut command = super::super::Cli::command();
        command.build();
        let (mut used, mut missing) = (BTreeSet::new(), Vec::new());
        look(&command, "", &mut used, &mut missing);
        assert!(missing.is_empty(), "{missing:?}");
        let known = COMMANDS.iter().map(|(of, _)| format!("command {of}"));
        let known: BTreeSet<String> = known.chain(ARGUMENTS.iter().map(|(of, _)| of.to_string())).collect();
        assert_eq!(known.difference(&used).collect::<Vec<_>>(), Vec::<&String>::new(), "words of nothing");
        for (_, words) in COMMANDS.iter().chain(ARGUMENTS) {
            assert!(!words.is_ascii(), "{words}");
        }
    }

    /// What is said of an example, and the reasons in one: neither is English.
    fn english(command: &Command, path: &str, found: &mut Vec<String>) {
        let after = command.get_after_help().map(ToString::to_string).unwrap_or_default();
        for line in after.lines() {
            let said = line.trim_start().split_once("   ").map(|(_, said)| said.trim());
            let quoted = line.split_once("--reason \"").map(|(_, rest)| rest.split('"').next().unwrap_or_default());
            let beneath = (!line.trim_start().starts_with("bankferry")).then(|| line.trim());
            let words = [said, quoted, beneath].into_iter().flatten();
            let plain = |words: &&str| words.contains(' ') && words.is_ascii() && !words.contains("bankferry");
            found.extend(words.filter(plain).map(|words| format!("{path}: {words}")));
        }
        for inner in command.get_subcommands() {
            english(inner, format!("{path} {}", inner.get_name()).trim(), found);
        }
    }

    #[test]
    fn examples_are_explained_in_chinese() {
        let mut found = Vec::new();
        english(&in_chinese(super::super::Cli::command()), "", &mut found);
        assert!(found.is_empty(), "{}", found.join("\n"));
        let source = std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/src/cli")).expect("a folder");
        let mut all = String::new();
        for path in source
            .flatten()
            .map(|entry| entry.path())
            .chain(["src/cli/keys/renew.rs".into(), "src/cli/spec/mod.rs".into()])
        {
            all += &std::fs::read_to_string(path).unwrap_or_default().replace("\\\"", "\"");
        }
        for (en, _) in EXAMPLES {
            assert!(all.contains(en), "`{en}` is in no example");
        }
    }
}
