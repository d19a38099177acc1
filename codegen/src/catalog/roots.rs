//! The roots of a catalog: further directories with catalogs of their own, which become part of it. They are read, never fetched.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::files::{Directory, Found};
use super::{Home, Member, Reading};
use crate::diagnostic::Code;
use crate::source::Spanned;
use crate::syntax::{Contract, Manifest, Root};

/// A root that can be read.
struct Located {
    /// As it is shown.
    path: PathBuf,
    /// Without symbolic links.
    real: PathBuf,
    written: Spanned<String>,
}

impl Reading {
    /// The catalog at `path` with the contracts of its roots.
    pub(super) fn with_roots(&mut self, path: &Path) -> Option<Found> {
        let mut located = Vec::new();
        let directory = self.directory(path, |reading, real, manifest| {
            located = reading.locate(path, real, manifest);
            let inside = located.iter().filter(|root| root.real.starts_with(real));
            inside.map(|root| root.real.clone()).collect()
        })?;
        let Directory {
            settings,
            defaults,
            contracts,
            levels,
            ..
        } = directory;
        for (code, level) in levels {
            self.report.set_level(code, level);
        }
        let of = Arc::new(Home {
            number: 0,
            root: None,
            defaults,
        });
        let mut contracts: Vec<Member> = members(contracts, &of).collect();
        for (index, root) in located.iter().enumerate() {
            let Some(directory) = self.directory(&root.path, |_, _, _| BTreeSet::new()) else {
                continue;
            };
            self.no_roots_of_roots(&directory.roots);
            let of = Arc::new(Home {
                number: index + 1,
                root: Some(directory.settings.exchange),
                defaults: directory.defaults,
            });
            contracts.extend(members(directory.contracts, &of));
        }
        Some(Found {
            settings,
            contracts,
        })
    }

    /// The roots that exist and do not overlap.
    fn locate(&mut self, path: &Path, real: &Path, manifest: &Manifest) -> Vec<Located> {
        let mut located: Vec<Located> = Vec::new();
        for root in &manifest.roots {
            let at = path.join(&root.path.value);
            self.directories.insert(at.clone());
            let found = fs::canonicalize(&at)
                .ok()
                .filter(|real| holds_something(real));
            let Some(found) = found else {
                self.incomplete = true;
                self.report
                    .add(
                        Code::RootMissing,
                        root.path.span,
                        format!("the root `{}` is missing or empty", root.name.value),
                    )
                    .label("is no directory that holds anything")
                    .help("if it is a git submodule, run `git submodule update --init`")
                    .help("roots are read, never fetched: put the directory there, or correct the path, which is relative to the manifest");
                continue;
            };
            if real.starts_with(&found) {
                let message = format!("the root `{}` holds this catalog", root.name.value);
                self.report
                    .add(Code::RootsOverlap, root.path.span, message)
                    .help("name a directory beside this catalog, or in it");
                continue;
            }
            let overlapping = located
                .iter()
                .find(|other| other.real.starts_with(&found) || found.starts_with(&other.real));
            if let Some(other) = overlapping {
                let message = if other.real == found {
                    format!("the root `{}` is another one as well", root.name.value)
                } else {
                    format!(
                        "the root `{}` and another one lie in each other",
                        root.name.value
                    )
                };
                self.report
                    .add(Code::RootsOverlap, root.path.span, message)
                    .and(other.written.span, "the other one")
                    .help("each file belongs to one catalog: name each directory once");
                continue;
            }
            located.push(Located {
                path: at,
                real: found,
                written: root.path.clone(),
            });
        }
        located
    }

    fn no_roots_of_roots(&mut self, roots: &[Root]) {
        for root in roots {
            let message = format!(
                "the root `{}` belongs to a catalog that is a root itself",
                root.name.value
            );
            self.report
                .add(Code::RootOfRoot, root.name.span, message)
                .help("name it under `roots` of the catalog that is being read as well, and remove it here: roots have no roots");
        }
    }

    /// A namespace is declared in the catalog, or in one of its roots.
    pub(super) fn distinct_namespaces(&mut self, contracts: &[Contract], homes: &[usize]) {
        let mut first: BTreeMap<&str, (usize, &Contract)> = BTreeMap::new();
        let mut reported = BTreeSet::new();
        for (contract, home) in contracts.iter().zip(homes) {
            let name = contract.namespace.value.as_str();
            let (owner, other) = *first.entry(name).or_insert((*home, contract));
            if owner == *home || !reported.insert((name, *home)) {
                continue;
            }
            self.report
                .add(
                    Code::NamespaceInTwoRoots,
                    contract.namespace.span,
                    format!("the namespace `{name}` is declared in two catalogs"),
                )
                .and(other.namespace.span, "here as well")
                .help("a namespace belongs to one catalog, the directory or one of its roots: choose another name");
        }
    }
}

fn members(paths: Vec<PathBuf>, of: &Arc<Home>) -> impl Iterator<Item = Member> {
    paths.into_iter().map(|path| Member {
        path,
        of: Arc::clone(of),
    })
}

/// A submodule that was not fetched is an empty directory.
fn holds_something(directory: &Path) -> bool {
    fs::read_dir(directory).is_ok_and(|mut entries| entries.next().is_some())
}
