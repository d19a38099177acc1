//! `urutu fmt`: catalogs in one layout, with every comment kept.
//!
//! The layout of a file is read beside its tree ([`read`](mod@read)), its keys are put in order where no comment suffers from it ([`order`]),
//! and it is written anew ([`print`](mod@print)). Then the new text is read: if it does not mean the same, or lacks a comment, it is refused.

mod gap;
mod order;
mod print;
mod read;
mod same;
mod scalar;
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
    pub text: Result<String, Defect>,
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
    /// The formatter is wrong.
    Defect(Defect),
}

/// A defect of the formatter: its result would not have been the same catalog.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Defect {
    what: &'static str,
}

impl std::fmt::Display for Defect {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "formatting would have {}, so it was left as it is; this is a bug in urutu: please report it with this file",
            self.what
        )
    }
}

impl std::error::Error for Defect {}

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
pub fn text(path: &Path, text: impl Into<Vec<u8>>) -> Result<String, Refusal> {
    let source = catalog::valid_text(path, text).map_err(Refusal::Invalid)?;
    layout(&source).map_err(Refusal::Defect)
}

/// Formats a source that is valid YAML.
fn layout(source: &Source) -> Result<String, Defect> {
    let text = source.text.replace("\r\n", "\n").replace('\r', "\n");
    let mut document = read::read(&text).ok_or(Defect { what: "misread it" })?;
    order::order(&mut document.root, order::Shape::File);
    let formatted = print::print(&document);
    let (before, after) = (read::read(&text), read::read(&formatted));
    if before.as_ref().map(tree::comments) != after.as_ref().map(tree::comments) {
        return Err(Defect {
            what: "lost or moved a comment",
        });
    }
    if !same::same(&text, &formatted) {
        return Err(Defect {
            what: "changed its meaning",
        });
    }
    Ok(formatted)
}
