//! The walk through the directories of a catalog.

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::Reading;
use super::files::{MANIFEST, is_yaml};
use super::glob::Glob;
use crate::diagnostic::Code;
use crate::source::{Source, Sources};

/// How many contract files a catalog may have.
const MAX_FILES: usize = 10_000;
/// How many entries of directories are looked at.
const MAX_ENTRIES: usize = 1_000_000;

/// A walk through the directories of a catalog.
pub(super) struct Walk<'a> {
    reading: &'a mut Reading,
    root: &'a Path,
    /// The root without symbolic links.
    real: &'a Path,
    /// Directories that are catalogs of their own, without symbolic links.
    others: BTreeSet<PathBuf>,
    /// The patterns, each with its number in the manifest.
    globs: Vec<(usize, Glob)>,
    /// The patterns that matched something.
    used: BTreeSet<usize>,
    contracts: Vec<PathBuf>,
    /// The contract files without symbolic links, so that none is read twice.
    seen: BTreeSet<PathBuf>,
    entries: usize,
}

/// What a walk has found.
pub(super) struct Walked {
    pub(super) contracts: Vec<PathBuf>,
    /// The patterns, each with its number in the manifest.
    pub(super) globs: Vec<(usize, Glob)>,
    /// The numbers of those that matched something.
    pub(super) used: BTreeSet<usize>,
}

impl<'a> Walk<'a> {
    pub(super) fn new(
        reading: &'a mut Reading,
        root: &'a Path,
        real: &'a Path,
        others: BTreeSet<PathBuf>,
        globs: Vec<(usize, Glob)>,
    ) -> Self {
        Self {
            reading,
            root,
            real,
            others,
            globs,
            used: BTreeSet::new(),
            contracts: Vec::new(),
            seen: BTreeSet::new(),
            entries: 0,
        }
    }

    pub(super) fn run(mut self) -> Walked {
        self.search();
        Walked {
            contracts: self.contracts,
            globs: self.globs,
            used: self.used,
        }
    }

    /// Real directories come first, so that a file that can be reached twice has its own path. Of the directories that links lead
    /// to, each is entered once, so that links in a circle do no harm.
    fn search(&mut self) {
        let mut open = vec![Vec::new()];
        let mut links: Vec<Vec<String>> = Vec::new();
        let mut entered = BTreeSet::new();
        loop {
            if let Some(directory) = open.pop() {
                if self.list(&directory, &mut open, &mut links).is_none() {
                    return;
                }
            } else if let Some(link) = links.pop() {
                let path = self.path(&link);
                if self.reading.inside(&path, self.real)
                    && fs::canonicalize(&path).is_ok_and(|real| entered.insert(real))
                {
                    open.push(link);
                }
            } else {
                return;
            }
        }
    }

    fn path(&self, parts: &[String]) -> PathBuf {
        let mut path = self.root.to_owned();
        path.extend(parts);
        path
    }

    /// Looks through one directory. `None` if a limit ends the walk.
    fn list(
        &mut self,
        directory: &[String],
        open: &mut Vec<Vec<String>>,
        links: &mut Vec<Vec<String>>,
    ) -> Option<()> {
        let path = self.path(directory);
        self.reading.directories.insert(path.clone());
        let entries = fs::read_dir(&path).and_then(Iterator::collect::<io::Result<Vec<_>>>);
        let mut entries = match entries {
            Ok(entries) => entries,
            Err(error) => {
                self.reading.unreadable(&path, &error);
                return Some(());
            }
        };
        // In an order of its own, so that the same files give the same result everywhere.
        entries.sort_by_key(fs::DirEntry::file_name);
        for entry in entries {
            self.entries += 1;
            let mut parts = directory.to_vec();
            parts.push(entry.file_name().to_string_lossy().into_owned());
            let Ok(kind) = entry.file_type() else {
                continue;
            };
            let path = entry.path();
            let is_link = kind.is_symlink();
            let is_directory = kind.is_dir() || (is_link && path.is_dir());
            if is_directory {
                if self.reaches(&parts) && !self.is_other(&path) {
                    if is_link { &mut *links } else { &mut *open }.push(parts);
                }
            } else if is_yaml(&path) {
                self.file(path, &parts, is_link);
            }
            if self.entries > MAX_ENTRIES || self.contracts.len() > MAX_FILES {
                self.too_many();
                return None;
            }
        }
        Some(())
    }

    fn is_other(&self, path: &Path) -> bool {
        !self.others.is_empty()
            && fs::canonicalize(path).is_ok_and(|real| self.others.contains(&real))
    }

    fn reaches(&self, parts: &[String]) -> bool {
        let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
        self.globs.iter().any(|(_, glob)| glob.reaches(&parts))
    }

    fn file(&mut self, path: PathBuf, parts: &[String], is_link: bool) {
        let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
        if parts == [MANIFEST] {
            return;
        }
        let matching = self.globs.iter().filter(|(_, glob)| glob.matches(&parts));
        let matching: Vec<usize> = matching.map(|(index, _)| *index).collect();
        if matching.is_empty() {
            return;
        }
        self.used.extend(matching);
        if is_link && !self.reading.inside(&path, self.real) {
            return;
        }
        // A file that vanished in between is reported when it is read.
        let real = fs::canonicalize(&path).unwrap_or_else(|_| path.clone());
        if self.seen.insert(real) {
            self.contracts.push(path);
        }
    }

    fn too_many(&mut self) {
        let file = self.reading.sources.add(Source::new(self.root, ""));
        self.reading
            .report
            .add(
                Code::TooLarge,
                Sources::top(file),
                format!("the catalog has more than {MAX_FILES} files, or {MAX_ENTRIES} entries in its directories"),
            )
            .help("narrow `include` in its `catalog.yaml`");
    }
}
