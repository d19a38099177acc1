//! A catalog on disk: which files belong to it, and the way from them to a model.

mod files;
mod glob;
mod roots;
mod text;
mod walk;

pub(crate) use files::MAX_BYTES;
pub use text::load_text;
pub(crate) use text::{valid_files, valid_text};

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use std::sync::Arc;

use crate::diagnostic::{Diagnostics, Report};
use crate::model::Model;
use crate::resolve::{self, Lost};
use crate::source::{Sources, Spanned};
use crate::syntax::Defaults;
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

/// A contract file.
#[derive(Debug)]
struct Member {
    path: PathBuf,
    of: Arc<Home>,
}

/// What the manifest over a file sets: that of the catalog, or of one of its roots.
#[derive(Debug)]
struct Home {
    /// 0 for the catalog itself.
    number: usize,
    /// Of a root: its default exchange, which need not be that of the catalog.
    root: Option<String>,
    defaults: Arc<Defaults>,
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
        let mut homes = Vec::new();
        let mut lost = Vec::new();
        for Member { path, of } in &found.contracts {
            let Some(file) = self.read(path) else {
                continue;
            };
            if of.root.is_some() {
                self.report.ignore_lints_in(file);
            }
            let source = self.sources.get(file).clone();
            let tree = yaml::read(file, &source, &mut self.report);
            let contract = tree.and_then(|tree| syntax::contract(&mut self.report, file, &tree));
            match contract {
                Some(mut contract) => {
                    contract.defaults = Arc::clone(&of.defaults);
                    if let Some(exchange) = &of.root {
                        let span = contract.namespace.span;
                        contract.exchange.get_or_insert_with(|| Spanned {
                            value: exchange.clone(),
                            span,
                        });
                    }
                    homes.push(of.number);
                    contracts.push(contract);
                }
                None => lost.push(source),
            }
        }
        self.distinct_namespaces(&contracts, &homes);
        let lost = Lost {
            files: lost,
            more: self.incomplete,
        };
        let model = resolve::model(&mut self.report, &found.settings, &contracts, &lost);
        Some(model)
    }
}
