//! `bankferry convert`: one file from one format into another.

use std::fs::File;
use std::io::{self, BufRead, BufReader, IsTerminal, Read, Write};
use std::path::{Path, PathBuf};

mod templates;

use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};

use super::error::report_finding;
use super::{CliError, Context, Exit, Run, Talk};
use crate::document::Moment;
use crate::finding::Finding;
use crate::format::{ReadOptions, Reader, Regroup, ScratchMaker, WriteOptions, Writer, csv::parse_control};
use crate::text;
use templates::{Check, Templates};

/// Turns one file from one format into another
///
/// The input's format is found out from its content; what was noticed goes to standard error and
/// into the JSON. The exit status is 1 where the file cannot be understood or breaks a rule of its
/// format; then no complete output is left.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  bankferry convert statement.sta                               what is in it, as JSON lines
  bankferry convert --to csv statement.xml entries.csv
  bankferry convert --to pain.001.001.09 payments.csv batch.xml
  bankferry convert --from csv --encoding gb18030 付款.csv       a file that a Chinese Excel saved
  bankferry convert --to icbc 付款.csv batch.bpt                 in the layout of a template
  bankferry convert --to swiss-sps payments.csv batch.xml       in the dialect of a template
  gpg -d answer.gpg | bankferry convert -                       from standard input")]
pub struct Convert {
    /// Format of the input: `auto`, `camt.053`, `mt940`, `bai2`, `nacha`, `csv` … or the name of a template
    #[arg(long, value_name = "FORMAT", default_value = "auto")]
    from: String,
    /// Format of the output: `jsonl`, `csv`, `pain.001.001.09` … or the name of a template
    #[arg(long, value_name = "FORMAT", default_value = "jsonl")]
    to: String,
    /// Template by which the input is read and the output written where they name none themselves: its rules, its
    /// layouts, its dialect
    #[arg(long, value_name = "NAME")]
    template: Option<String>,
    /// Encoding of the input where it does not tell, such as `gb18030`
    #[arg(long, value_name = "NAME")]
    encoding: Option<String>,
    /// Message id of the output where the input has none [default: by the clock]
    #[arg(long, value_name = "ID")]
    message_id: Option<String>,
    /// The file to read; `-` is standard input
    #[arg(value_name = "INPUT")]
    input: PathBuf,
    /// The file to write [default: standard output]
    #[arg(value_name = "OUTPUT")]
    output: Option<PathBuf>,
}

impl Run for Convert {
    fn run(&self, context: &Context) -> Result<Exit, CliError> {
        let templates = Templates::of(self, context)?;
        let options = templates.with_rules(self.read_options(context)?);
        let (input, bar) = self.open_input(context.talk())?;
        let mut reader = templates.open(&self.from, input, &options)?;
        if templates.want_totals_first(&self.to) {
            let scratch = tempfile::tempfile().map_err(|e| CliError::file(&std::env::temp_dir(), &e))?;
            reader = Box::new(Regroup::new(reader, Box::new(scratch)));
        }
        let result = match self.output.as_deref().filter(|path| *path != Path::new("-")) {
            None => self.carry(context, &templates, reader, Box::new(io::stdout())),
            Some(path) => self.to_file(context, &templates, reader, path),
        };
        bar.finish_and_clear();
        result
    }
}

impl Convert {
    fn read_options(&self, context: &Context) -> Result<ReadOptions, CliError> {
        let near = Some(Moment::utc(context.clock().now()).local.date());
        let mut options = ReadOptions {
            encoding: self.encoding.clone(),
            near,
            scratch: Some(ScratchMaker::new(tempfile::tempfile)),
            file_name: self.input.file_name().map(|name| name.to_string_lossy().into_owned()),
            ..ReadOptions::default()
        };
        let control = self.input.with_extension("ctl");
        if control != self.input && self.is_csv() && control.is_file() {
            let mut text = String::new();
            let opened = File::open(&control).map(|file| file.take(64 << 10));
            opened.and_then(|mut f| f.read_to_string(&mut text)).map_err(|e| CliError::file(&control, &e))?;
            options.declared = parse_control(&text).map_err(CliError::Refused)?;
        }
        Ok(options)
    }

    /// Whether the input may be our CSV, which may have a control file beside it.
    fn is_csv(&self) -> bool {
        self.from == "csv"
            || self.from == "auto" && self.input.extension().is_some_and(|e| e.eq_ignore_ascii_case("csv"))
    }

    fn write_options(&self, context: &Context, templates: &Templates) -> WriteOptions {
        let now = context.clock().now();
        let message_id = self.message_id.clone().unwrap_or_else(|| now.strftime("BF%Y%m%d%H%M%S%3f").to_string());
        WriteOptions {
            message_id: Some(message_id),
            created: Some(Moment::utc(now)),
            scratch: Some(ScratchMaker::new(tempfile::tempfile)),
            dialect: templates.dialect(),
            ..WriteOptions::default()
        }
    }

    /// The input, and a progress bar that follows it where there is somebody to see it.
    fn open_input(&self, talk: &Talk) -> Result<(Box<dyn BufRead + Send>, ProgressBar), CliError> {
        if self.input == Path::new("-") {
            return Ok((Box::new(BufReader::with_capacity(BLOCK, io::stdin())), ProgressBar::hidden()));
        }
        let failed = |error: io::Error| CliError::file(&self.input, &error);
        let file = File::open(&self.input).map_err(failed)?;
        let size = file.metadata().map_err(failed)?;
        if size.is_dir() {
            return Err(failed(io::ErrorKind::IsADirectory.into()));
        }
        let draws = talk.draws() && !(self.output.is_none() && io::stdout().is_terminal());
        if !draws || size.len() < WORTH_A_BAR {
            return Ok((Box::new(BufReader::with_capacity(BLOCK, file)), ProgressBar::hidden()));
        }
        let style = ProgressStyle::with_template("{bar:30} {bytes}/{total_bytes} {bytes_per_sec} {eta}")
            .unwrap_or_else(|_| ProgressStyle::default_bar());
        let bar = ProgressBar::new(size.len()).with_style(style);
        Ok((Box::new(BufReader::with_capacity(BLOCK, bar.wrap_read(file))), bar))
    }

    /// Writes beside `path` and puts the file in its place only when it is complete.
    fn to_file(
        &self,
        context: &Context,
        templates: &Templates,
        reader: Box<dyn Reader + Send>,
        path: &Path,
    ) -> Result<Exit, CliError> {
        let failed = |error: io::Error| CliError::file(path, &error);
        if std::fs::metadata(path).is_ok_and(|there| !there.is_file()) {
            // A device or a pipe is written to, never replaced.
            let output = std::fs::OpenOptions::new().write(true).open(path).map_err(failed)?;
            return self.carry(context, templates, reader, Box::new(output));
        }
        let folder = path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let temporary = tempfile::Builder::new().prefix(".bankferry-").tempfile_in(folder).map_err(failed)?;
        let output = temporary.as_file().try_clone().map_err(failed)?;
        let exit = self.carry(context, templates, reader, Box::new(output))?;
        if exit == Exit::Done {
            temporary.as_file().sync_all().map_err(failed)?;
            temporary.persist(path).map_err(|e| failed(e.error))?;
        }
        Ok(exit)
    }

    /// Hands every part from the reader to the writer; stops where the input is refused.
    fn carry(
        &self,
        context: &Context,
        templates: &Templates,
        mut reader: Box<dyn Reader + Send>,
        output: Box<dyn Write + Send>,
    ) -> Result<Exit, CliError> {
        let talk = context.talk();
        let Some(first) = reader.next_part()? else { return self.empty(talk, reader) };
        let options = self.write_options(context, templates);
        let mut writer = templates.create(&self.to, first.kind(), output, &options)?;
        let mut checks = templates.checks(context.clock().now(), first.kind());
        let (mut documents, mut next) = (0, Some(first));
        while let Some(part) = next {
            let findings = part.end_findings().unwrap_or_default();
            findings.iter().for_each(|finding| report_finding(talk, finding));
            if findings.iter().any(|finding| finding.is_error()) {
                return Ok(Exit::No);
            }
            documents += u64::from(part.is_head());
            checks.iter_mut().for_each(|check| check.look(&part));
            if let Err(refusal) = writer.write_part(&part) {
                // What the dialect's rules say of it names the field and the line of the file.
                broken(talk, checks);
                return Err(refusal.into());
            }
            next = reader.next_part()?;
        }
        let broken = broken(talk, checks);
        if broken.iter().any(Finding::is_error) {
            return Ok(Exit::No);
        }
        writer.note(&broken);
        self.close(talk, reader, writer, documents)
    }

    /// A file in which no document begins.
    fn empty(&self, talk: &Talk, mut reader: Box<dyn Reader + Send>) -> Result<Exit, CliError> {
        let findings = reader.take_findings();
        findings.iter().for_each(|finding| report_finding(talk, finding));
        if findings.iter().any(Finding::is_error) {
            return Ok(Exit::No);
        }
        Err(CliError::no(text!("the file holds no document", "文件中没有任何单据")))
    }

    fn close(
        &self,
        talk: &Talk,
        mut reader: Box<dyn Reader + Send>,
        mut writer: Box<dyn Writer + Send>,
        documents: u64,
    ) -> Result<Exit, CliError> {
        let findings = reader.take_findings();
        findings.iter().for_each(|finding| report_finding(talk, finding));
        if findings.iter().any(|finding| finding.is_error()) {
            return Ok(Exit::No);
        }
        writer.note(&findings);
        writer.finish()?;
        writer.take_findings().iter().for_each(|finding| report_finding(talk, finding));
        let format = reader.format();
        talk.detail(&text!("{documents} documents of {format}", "{documents} 份 {format} 单据"));
        Ok(Exit::Done)
    }
}

/// Tells what breaks the rules of the templates.
fn broken(talk: &Talk, checks: Vec<Check<'_>>) -> Vec<Finding> {
    let broken: Vec<Finding> = checks.into_iter().flat_map(Check::finish).collect();
    broken.iter().for_each(|finding| report_finding(talk, finding));
    broken
}

/// How many bytes are read at a time.
const BLOCK: usize = 256 << 10;
/// Files smaller than this are done before a bar could be seen.
const WORTH_A_BAR: u64 = 16 << 20;
