//! `urutu fmt`

use std::fs;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use urutu_codegen::format::{self, File, Refusal};

use crate::failure::Failure;
use crate::format::{Format, show};
use crate::terminal::{self, amount};

/// What stands for the standard input.
const STDIN: &str = "-";

/// The options of `fmt`.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// The catalog: a folder or a file; `-` formats the standard input to the standard output.
    #[arg(default_value = ".")]
    path: PathBuf,
    /// Writes nothing; lists the files that are not formatted, and fails if there are any.
    #[arg(long)]
    check: bool,
}

pub(crate) fn run(arguments: &Arguments) -> Result<(), Failure> {
    if arguments.path == Path::new(STDIN) {
        return stream(arguments.check);
    }
    if let Err(error) = arguments.path.metadata() {
        let path = arguments.path.display();
        return Err(Failure::Unable(format!("cannot read {path}: {error}")));
    }
    let formatted = format::catalog(&arguments.path);
    show(&formatted.diagnostics, Format::Text);
    for file in &formatted.files {
        if let Err(reason) = &file.text {
            terminal::error(&format!("error: {}: {reason}\n", file.path.display()));
        }
    }
    let changed: Vec<&File> = formatted.files.iter().filter(|f| f.is_changed()).collect();
    let bad = if arguments.check {
        for file in &changed {
            terminal::print(&format!("{}\n", file.path.display()));
        }
        not_formatted(changed.len())
    } else {
        for file in &changed {
            write(file)?;
        }
        let total = amount(formatted.files.len(), "file");
        terminal::print(&format!("formatted {} of {total}\n", changed.len()));
        None
    };
    let unable = formatted.files.iter().filter(|f| f.text.is_err()).count();
    let left = formatted.diagnostics.errors() + unable;
    if left > 0 {
        let path = arguments.path.display();
        let errors = amount(left, "error");
        return Err(Failure::Findings(format!(
            "the catalog {path} has {errors}; files with errors were left as they are"
        )));
    }
    bad.map_or(Ok(()), |text| Err(Failure::Findings(text)))
}

fn not_formatted(count: usize) -> Option<String> {
    let files = amount(count, "file");
    let verb = if count == 1 { "is" } else { "are" };
    (count > 0)
        .then(|| format!("{files} {verb} not formatted; run the same command without `--check`"))
}

fn write(file: &File) -> Result<(), Failure> {
    let Ok(text) = &file.text else {
        return Ok(());
    };
    fs::write(&file.path, text).map_err(|error| {
        let path = file.path.display();
        Failure::Unable(format!("cannot write {path}: {error}"))
    })
}

/// From the standard input to the standard output.
fn stream(check: bool) -> Result<(), Failure> {
    /// More than the language allows for one file, which the library says.
    const ENOUGH: u64 = 4 * 1024 * 1024 + 1;
    let mut text = Vec::new();
    io::stdin()
        .take(ENOUGH)
        .read_to_end(&mut text)
        .map_err(|error| Failure::Unable(format!("cannot read the standard input: {error}")))?;
    match format::text(Path::new("<stdin>"), &text) {
        Ok(formatted) if check => {
            let changed = usize::from(formatted.as_bytes() != text);
            not_formatted(changed).map_or(Ok(()), |text| Err(Failure::Findings(text)))
        }
        Ok(formatted) => {
            terminal::print(&formatted);
            Ok(())
        }
        Err(Refusal::Invalid(diagnostics)) => {
            show(&diagnostics, Format::Text);
            let errors = amount(diagnostics.errors(), "error");
            Err(Failure::Findings(format!(
                "the standard input has {errors}"
            )))
        }
        Err(Refusal::Unable(reason)) => Err(Failure::unable(&reason)),
    }
}
