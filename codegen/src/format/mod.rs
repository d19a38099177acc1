//! `urutu fmt`: catalogs in one layout, with every comment kept.
//!
//! The layout of a file is read beside its tree (`read`), its keys are put in order where no comment suffers from it (`order`),
//! and it is written anew (`print`). Then the new text is read: if it does not mean the same, or lacks a comment, it is refused.

mod again;
mod gap;
mod order;
mod print;
mod read;
mod same;
mod scalar;
mod shape;
mod tree;
mod wrapped;

use std::fs;
use std::path::{Path, PathBuf};

use crate::catalog;
use crate::diagnostic::Diagnostics;
use crate::source::Source;

/// The files of a catalog, formatted.
#[derive(Debug)]
pub struct Formatted {
    /// Every file that can be read, sorted by its path.
    pub files: Vec<File>,
    /// What is wrong with the others.
    pub diagnostics: Diagnostics,
}

/// A file of a catalog.
#[derive(Debug)]
pub struct File {
    /// Where it lies.
    pub path: PathBuf,
    /// How it should read.
    pub text: Result<String, Unable>,
}

impl File {
    /// Whether the file on disk is another.
    pub fn is_changed(&self) -> bool {
        let found = fs::read(&self.path).ok();
        self.text
            .as_ref()
            .is_ok_and(|text| found.as_deref() != Some(text.as_bytes()))
    }
}

/// Why a text was not formatted.
#[derive(Debug)]
pub enum Refusal {
    /// It is not valid YAML, or uses a part of YAML that a catalog cannot have.
    Invalid(Diagnostics),
    /// It could not be.
    Unable(Unable),
}

/// Why a valid text could not be formatted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Unable {
    /// With its indentation, the text would be larger than a file may be.
    TooLarge,
    /// A defect of the formatter: its result would not have been the same catalog.
    Defect(&'static str),
}

impl std::fmt::Display for Unable {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::TooLarge => f.write_str(
                "formatted, the file would be larger than 4 MiB, so it was left as it is; split it: several files may share a namespace",
            ),
            Self::Defect(what) => write!(
                f,
                "formatting would have {what}, so the file was left as it is; this is a bug in urutu: please report it with the file",
            ),
        }
    }
}

impl std::error::Error for Unable {}

/// Formats the files of a catalog: a directory or one file. Nothing is written.
///
/// Files that are not valid YAML are reported and left out; what else may be wrong with the catalog does not matter here.
pub fn catalog(path: &Path) -> Formatted {
    let (valid, diagnostics) = catalog::valid_files(path);
    let mut files: Vec<File> = valid
        .into_iter()
        .map(|source| File {
            path: source.path.clone(),
            text: layout(&source),
        })
        .collect();
    files.sort_by(|a, b| a.path.cmp(&b.path));
    Formatted { files, diagnostics }
}

/// Formats the text of one file, manifest or contracts. The path is for the diagnostics.
pub fn text(path: &Path, text: impl AsRef<[u8]>) -> Result<String, Refusal> {
    let source = catalog::valid_text(path, text).map_err(Refusal::Invalid)?;
    layout(&source).map_err(Refusal::Unable)
}

/// Formats a source that is valid YAML.
fn layout(source: &Source) -> Result<String, Unable> {
    let text = source.text.replace("\r\n", "\n").replace('\r', "\n");
    let mut document = read::read(&text).ok_or(Unable::Defect("misread it"))?;
    order::order(&mut document);
    let formatted = print::print(&document);
    if formatted.len() as u64 > catalog::MAX_BYTES {
        return Err(Unable::TooLarge);
    }
    let (before, after) = (read::read(&text), read::read(&formatted));
    if before.as_ref().map(tree::comments) != after.as_ref().map(tree::comments) {
        return Err(Unable::Defect("lost or moved a comment"));
    }
    if !same::same(&text, &formatted) {
        return Err(Unable::Defect("changed its meaning"));
    }
    Ok(formatted)
}
