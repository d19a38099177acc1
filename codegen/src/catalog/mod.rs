//! A catalog on disk: which files belong to it, and the way from them to a model.

mod files;
mod glob;
mod text;

pub(crate) use files::MAX_BYTES;
pub use text::load_text;
pub(crate) use text::{valid_files, valid_text};

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use crate::diagnostic::{Diagnostics, Report};
use crate::model::Model;
use crate::resolve::{self, Lost};
use crate::source::Sources;
use crate::{syntax, yaml};

/// What reading a catalog gave.
#[derive(Debug)]
pub struct Catalog {
    /// The checked catalog; `None` exactly if a diagnostic is an error.
    pub model: Option<Model>,
    /// Errors and warnings.
    pub diagnostics: Diagnostics,
    /// What was read, also when it was read in vain.
    pub inputs: Inputs,
}

/// The files and directories that a catalog depends on: when one of them changes, it must be read again. Sorted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Inputs {
    /// Every file that was read, or would have been.
    pub files: Vec<PathBuf>,
    /// Every directory that was searched.
    pub directories: Vec<PathBuf>,
}

/// Reads and checks a catalog: a directory, with or without a `catalog.yaml`, or one file.
pub fn load(path: &Path) -> Catalog {
    let mut reading = Reading::default();
    let model = reading.load(path);
    let diagnostics = Diagnostics::new(reading.report, &reading.sources);
    Catalog {
        model: model.filter(|_| !diagnostics.has_errors()),
        diagnostics,
        inputs: Inputs {
            files: reading.files.into_iter().collect(),
            directories: reading.directories.into_iter().collect(),
        },
    }
}

/// A catalog that is being read.
#[derive(Debug, Default)]
struct Reading {
    sources: Sources,
    report: Report,
    files: BTreeSet<PathBuf>,
    directories: BTreeSet<PathBuf>,
    /// Whether a file that may belong to the catalog could not be read at all.
    incomplete: bool,
}

impl Reading {
    fn load(&mut self, path: &Path) -> Option<Model> {
        let found = self.find(path)?;
        let mut contracts = Vec::new();
        let mut lost = Vec::new();
        for path in &found.contracts {
            let Some(file) = self.read(path) else {
                continue;
            };
            let source = self.sources.get(file).clone();
            let tree = yaml::read(file, &source, &mut self.report);
            let contract = tree.and_then(|tree| syntax::contract(&mut self.report, file, &tree));
            match contract {
                Some(contract) => contracts.push(contract),
                None => lost.push(source),
            }
        }
        let lost = Lost {
            files: lost,
            more: self.incomplete,
        };
        let model = resolve::model(&mut self.report, &found.settings, &contracts, &lost);
        Some(model)
    }
}
