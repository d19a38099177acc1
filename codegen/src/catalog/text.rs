//! Files by themselves: a text that lies nowhere on disk, and the files of a catalog that are valid YAML.

use std::path::Path;
use std::sync::Arc;

use super::files::{MANIFEST, fallback_name};
use super::{Catalog, Inputs, Member, Reading};
use crate::diagnostic::{Diagnostics, Report};
use crate::resolve::{self, Lost, Settings};
use crate::source::{FileId, Source};
use crate::{syntax, yaml};

/// Reads and checks one contract file that an editor, for example, holds in memory. The path is for diagnostics and gives the
/// catalog its name; nothing is read from it.
pub fn load_text(path: &Path, text: impl AsRef<[u8]>) -> Catalog {
    let mut reading = Reading::default();
    let model = reading.add(path, text.as_ref().to_vec()).map(|file| {
        let source = reading.sources.get(file).clone();
        let tree = yaml::read(file, &source, &mut reading.report);
        let contract = tree.and_then(|tree| syntax::contract(&mut reading.report, file, &tree));
        let lost = Lost {
            files: Vec::from_iter(contract.is_none().then_some(source)),
            more: false,
        };
        let settings = Settings::new(fallback_name(path, Path::file_stem), None);
        resolve::model(&mut reading.report, &settings, contract.as_slice(), &lost)
    });
    let diagnostics = Diagnostics::new(reading.report, &reading.sources);
    Catalog {
        model: model.filter(|_| !diagnostics.has_errors()),
        diagnostics,
        inputs: Inputs::default(),
    }
}

/// A text as a file of a catalog, or what is wrong with it as YAML.
pub(crate) fn valid_text(path: &Path, text: impl AsRef<[u8]>) -> Result<Arc<Source>, Diagnostics> {
    let mut reading = Reading::default();
    let file = reading.add(path, text.as_ref().to_vec());
    file.and_then(|file| reading.valid(file))
        .ok_or_else(|| Diagnostics::new(reading.report, &reading.sources))
}

/// The files of the catalog at `path` that are valid YAML, and what is wrong with the others.
pub(crate) fn valid_files(path: &Path) -> (Vec<Arc<Source>>, Diagnostics) {
    let mut reading = Reading::default();
    let mut valid = Vec::new();
    if let Some(found) = reading.find(path) {
        let root = match path.parent() {
            _ if path.is_dir() => Some(path),
            parent if path.ends_with(MANIFEST) => parent,
            _ => None,
        };
        let manifest = root.map(|root| root.join(MANIFEST));
        if let Some(path) = manifest.filter(|path| path.is_file()) {
            // What is wrong with it was reported when it was read for its patterns.
            let file = reading.read(&path);
            valid.extend(file.and_then(|file| reading.if_valid(file).ok()));
        }
        // What comes from a root is formatted where it comes from.
        let own = found
            .contracts
            .iter()
            .filter(|member| member.of.number == 0);
        for Member { path, .. } in own {
            let file = reading.read(path);
            valid.extend(file.and_then(|file| reading.valid(file)));
        }
    }
    let diagnostics = Diagnostics::new(reading.report, &reading.sources);
    (valid, diagnostics)
}

impl Reading {
    /// A file that is valid YAML; reported if it is not.
    fn valid(&mut self, file: FileId) -> Option<Arc<Source>> {
        let invalid = match self.if_valid(file) {
            Ok(source) => return Some(source),
            Err(source) => source,
        };
        yaml::read(file, &invalid, &mut self.report);
        None
    }

    fn if_valid(&self, file: FileId) -> Result<Arc<Source>, Arc<Source>> {
        let source = self.sources.get(file).clone();
        let mut faults = Report::default();
        let tree = yaml::read(file, &source, &mut faults);
        if tree.is_some() && faults.is_empty() {
            Ok(source)
        } else {
            Err(source)
        }
    }
}
