//! Finds and reads the files of a catalog. Nothing outside its root is read.

use std::collections::BTreeSet;
use std::fs;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::glob::Glob;
use super::walk::{Walk, Walked};
use super::{Home, Member, Reading};
use crate::diagnostic::{Code, Level};
use crate::resolve::{self, Settings};
use crate::source::{FileId, Source, Sources};
use crate::syntax::{self, Defaults, Manifest, Root};
use crate::yaml;

/// The manifest of a catalog, at its root.
pub(super) const MANIFEST: &str = "catalog.yaml";
/// What a manifest without `include` includes.
const DEFAULT_INCLUDE: [&str; 2] = ["**/*.yaml", "**/*.yml"];
/// The largest file that is read.
pub(crate) const MAX_BYTES: u64 = 4 * 1024 * 1024;

/// A catalog as it lies on disk.
pub(super) struct Found {
    pub(super) settings: Settings,
    pub(super) contracts: Vec<Member>,
}

/// One directory with a manifest of its own, or none.
pub(super) struct Directory {
    pub(super) settings: Settings,
    pub(super) defaults: Arc<Defaults>,
    pub(super) contracts: Vec<PathBuf>,
    pub(super) roots: Vec<Root>,
    pub(super) levels: Vec<(Code, Level)>,
}

impl Reading {
    /// Finds the contract files of the catalog at `path`.
    pub(super) fn find(&mut self, path: &Path) -> Option<Found> {
        let metadata = match fs::metadata(path) {
            Ok(metadata) => metadata,
            Err(error) => {
                self.files.insert(path.to_owned());
                self.unreadable(path, &error);
                return None;
            }
        };
        if metadata.is_dir() {
            return self.with_roots(path);
        }
        if path.file_name().is_some_and(|name| name == MANIFEST) {
            let root = path.parent().filter(|root| !root.as_os_str().is_empty());
            return self.with_roots(root.unwrap_or(Path::new(".")));
        }
        if !is_yaml(path) {
            let file = self.sources.add(Source::new(path, ""));
            self.report
                .add(
                    Code::NotYaml,
                    Sources::top(file),
                    format!("`{}` is not called `.yaml` or `.yml`", path.display()),
                )
                .help("give a directory, its `catalog.yaml`, or one contract file");
            return None;
        }
        let settings = Settings::new(fallback_name(path, Path::file_stem), None);
        let path = path.to_owned();
        let of = Arc::new(Home {
            number: 0,
            root: None,
            defaults: Arc::default(),
        });
        let contracts = vec![Member { path, of }];
        Some(Found {
            settings,
            contracts,
        })
    }

    /// What lies in one directory. `others` finds the directories that lie in it and are catalogs of their own, by the manifest.
    pub(super) fn directory(
        &mut self,
        root: &Path,
        others: impl FnOnce(&mut Self, &Path, &Manifest) -> BTreeSet<PathBuf>,
    ) -> Option<Directory> {
        let real = match fs::canonicalize(root) {
            Ok(real) => real,
            Err(error) => {
                self.unreadable(root, &error);
                return None;
            }
        };
        let path = root.join(MANIFEST);
        let manifest = if fs::symlink_metadata(&path).is_ok() {
            if !self.inside(&path, &real) {
                return None;
            }
            let file = self.read(&path)?;
            let source = self.sources.get(file).clone();
            let tree = yaml::read(file, &source, &mut self.report)?;
            let manifest = syntax::manifest(&mut self.report, file, &tree);
            Some((file, manifest))
        } else {
            None
        };
        let include = manifest.as_ref().and_then(|(_, m)| m.include.as_deref());
        let patterns: Vec<&str> = match include {
            Some(include) => include.iter().map(|p| p.value.as_str()).collect(),
            None => DEFAULT_INCLUDE.to_vec(),
        };
        let mut globs = Vec::new();
        for (index, pattern) in patterns.iter().enumerate() {
            match Glob::new(pattern) {
                Ok(glob) => globs.push((index, glob)),
                Err(fault) => {
                    if let Some(pattern) = include.and_then(|include| include.get(index)) {
                        let message = format!("the pattern `{}` {fault}", pattern.value);
                        self.report
                            .add(Code::InvalidPattern, pattern.span, message)
                            .help("use `*` and `?` in a name, `**` for any directories: `contracts/**/*.yaml`");
                    }
                }
            }
        }
        let others = match &manifest {
            Some((_, manifest)) => others(self, &real, manifest),
            None => BTreeSet::new(),
        };
        let Walked {
            used,
            mut contracts,
            globs,
        } = Walk::new(self, root, &real, others, globs).run();
        contracts.sort();
        let unused = globs.iter().filter(|(index, _)| !used.contains(index));
        for pattern in unused.filter_map(|(index, _)| include?.get(*index)) {
            let message = format!("the pattern `{}` matches no contract file", pattern.value);
            self.report
                .add(Code::IncludesNothing, pattern.span, message)
                .help("patterns are relative to the manifest, and contract files are called `.yaml` or `.yml`");
        }
        let file = manifest.as_ref().map(|(file, _)| *file);
        let alone = manifest.as_ref().is_none_or(|(_, m)| m.roots.is_empty());
        // A file that could not be read was reported.
        let empty = contracts.is_empty() && include.is_none_or(<[_]>::is_empty);
        if empty && alone && !self.incomplete {
            self.no_contracts(root, file);
            return None;
        }
        let manifest = manifest.map(|(_, manifest)| manifest).unwrap_or_default();
        resolve::check_defaults(&mut self.report, &manifest.defaults);
        Some(Directory {
            settings: settings(&manifest, &real),
            defaults: manifest.defaults,
            contracts,
            roots: manifest.roots,
            levels: manifest.levels,
        })
    }

    fn no_contracts(&mut self, root: &Path, manifest: Option<FileId>) {
        let sources = &mut self.sources;
        let file = manifest.unwrap_or_else(|| sources.add(Source::new(root, "")));
        self.report
            .add(
                Code::NoContracts,
                Sources::top(file),
                "the catalog has no contract files",
            )
            .help("add one, such as `contracts/orders.yaml`, that starts with `catalog: 1` and `namespace: ...`");
    }

    /// Whether what a path leads to lies in the catalog; reported if not.
    pub(super) fn inside(&mut self, path: &Path, root: &Path) -> bool {
        match fs::canonicalize(path) {
            Ok(real) if real.starts_with(root) => true,
            Ok(_) => {
                self.incomplete = true;
                self.files.insert(path.to_owned());
                let file = self.sources.add(Source::new(path, ""));
                self.report
                    .add(
                        Code::OutsideRoot,
                        Sources::top(file),
                        "a symbolic link leads out of the catalog, and nothing outside is read",
                    )
                    .help("copy the file into the catalog, or leave the link out of `include`");
                false
            }
            Err(error) => {
                self.files.insert(path.to_owned());
                self.unreadable(path, &error);
                false
            }
        }
    }

    /// Reads a file and adds it to the sources.
    pub(super) fn read(&mut self, path: &Path) -> Option<FileId> {
        self.files.insert(path.to_owned());
        let bytes = match read_bytes(path) {
            Ok(bytes) => bytes,
            Err(error) => {
                self.unreadable(path, &error);
                return None;
            }
        };
        self.add(path, bytes)
    }

    /// Adds the content of a file to the sources.
    pub(super) fn add(&mut self, path: &Path, bytes: Vec<u8>) -> Option<FileId> {
        if bytes.len() as u64 > MAX_BYTES {
            self.incomplete = true;
            let file = self.sources.add(Source::new(path, ""));
            self.report
                .add(
                    Code::TooLarge,
                    Sources::top(file),
                    "the file is larger than 4 MiB",
                )
                .help("split it; several files may share a namespace");
            return None;
        }
        match String::from_utf8(bytes) {
            Ok(text) => Some(self.sources.add(Source::new(path, &text))),
            Err(error) => {
                self.incomplete = true;
                let valid = error.utf8_error().valid_up_to();
                let text = String::from_utf8_lossy(error.as_bytes()).into_owned();
                let file = self.sources.add(Source::new(path, &text));
                // `Source` drops a byte order mark, three bytes.
                let start = valid.saturating_sub(text.len() - self.sources.get(file).text.len());
                let mut span = Sources::top(file);
                (span.start, span.end) = (start, start + char::REPLACEMENT_CHARACTER.len_utf8());
                self.report
                    .add(Code::NotUtf8, span, "the file is not UTF-8")
                    .label("the first bytes that are not")
                    .help("save the file as UTF-8");
                None
            }
        }
    }

    pub(super) fn unreadable(&mut self, path: &Path, error: &io::Error) {
        self.incomplete = true;
        let file = self.sources.add(Source::new(path, ""));
        let is_link = fs::symlink_metadata(path).is_ok_and(|found| found.is_symlink());
        let help = match error.kind() {
            io::ErrorKind::NotFound if is_link => {
                "it is a symbolic link that leads nowhere: correct or remove it"
            }
            io::ErrorKind::NotFound => {
                "check the path; a relative one starts at the current directory"
            }
            io::ErrorKind::PermissionDenied => "give this user the right to read it",
            _ => "check that it is a file or directory that can be read",
        };
        self.report
            .add(
                Code::Unreadable,
                Sources::top(file),
                format!("cannot read `{}`: {}", path.display(), reason(error)),
            )
            .help(help);
    }
}

/// The reason without the number of the operating system.
fn reason(error: &io::Error) -> String {
    let text = error.to_string();
    match text.split_once(" (os error") {
        Some((text, _)) => text.to_lowercase(),
        None => text,
    }
}

/// At most one byte more than is allowed, which tells that there is more.
fn read_bytes(path: &Path) -> io::Result<Vec<u8>> {
    // Before it is opened: opening a pipe waits for a writer.
    if !fs::metadata(path)?.is_file() {
        return Err(io::Error::other("not a regular file"));
    }
    let file = fs::File::open(path)?;
    let mut bytes = Vec::new();
    file.take(MAX_BYTES + 1).read_to_end(&mut bytes)?;
    Ok(bytes)
}

fn settings(manifest: &Manifest, root: &Path) -> Settings {
    let name = manifest.name.as_ref().map(|name| name.value.clone());
    let name = name.filter(|name| syntax::is_name(name));
    let name = name.unwrap_or_else(|| fallback_name(root, Path::file_name));
    let exchange = manifest.exchange.as_ref();
    Settings::new(name, exchange.map(|exchange| exchange.value.clone()))
}

/// The name of a catalog without a manifest: that of its directory or file, with what a name cannot hold replaced by `-`.
pub(super) fn fallback_name(path: &Path, part: fn(&Path) -> Option<&std::ffi::OsStr>) -> String {
    let name = part(path).map(|name| name.to_string_lossy().to_lowercase());
    let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '-' | '_');
    let name = name.unwrap_or_default().replace(|c| !fits(c), "-");
    let name = name.trim_start_matches(|c: char| !c.is_ascii_lowercase());
    if name.is_empty() {
        "catalog".to_owned()
    } else {
        name.to_owned()
    }
}

pub(super) fn is_yaml(path: &Path) -> bool {
    let extension = path.extension().and_then(|extension| extension.to_str());
    matches!(extension, Some("yaml" | "yml"))
}
