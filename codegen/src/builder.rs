//! What a build script calls.

use std::env;
use std::fmt::Write as _;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::process;

use crate::catalog::{self, Catalog, Inputs};
use crate::diagnostic::{Diagnostics, Severity};
use crate::emit::{self, DateTimeCrate, Hook, Hooks, Layout, Options, RuntimePath};
use crate::error::Error;
use crate::output;
use crate::prune::Selection;

/// Generates the bus of a catalog in a build script.
///
/// ```no_run
/// // in the `main` of build.rs
/// urutu_codegen::compile("../../schemas");
/// ```
///
/// The path is relative to the package, as build scripts run there. If the catalog has errors, they are printed and the build fails.
pub fn compile(path: impl AsRef<Path>) {
    Builder::new(path).compile();
}

/// [`compile`] with options.
///
/// ```no_run
/// // in the `main` of build.rs
/// urutu_codegen::Builder::new("../../schemas")
///     .service("billing")
///     .compile();
/// ```
#[derive(Debug, Clone)]
#[must_use = "a builder does nothing until `compile` is called"]
pub struct Builder {
    path: PathBuf,
    services: Vec<String>,
    out_dir: Option<PathBuf>,
    rerun_if_changed: bool,
    runtime_path: Option<String>,
    date_time: DateTimeCrate,
    hooks: Vec<Hook>,
}

impl Builder {
    /// For the catalog at this path: a folder or a file.
    pub fn new(path: impl AsRef<Path>) -> Self {
        Self {
            path: path.as_ref().to_owned(),
            services: Vec::new(),
            out_dir: None,
            rerun_if_changed: true,
            runtime_path: None,
            date_time: DateTimeCrate::default(),
            hooks: Vec::new(),
        }
    }

    /// Generates only what this service publishes and handles. Several calls name several services.
    pub fn service(mut self, name: impl Into<String>) -> Self {
        self.services.push(name.into());
        self
    }

    /// Writes modules for `mod bus;` into this folder, in place of `OUT_DIR` and `urutu::include_bus!()`.
    pub fn out_dir(mut self, folder: impl AsRef<Path>) -> Self {
        self.out_dir = Some(folder.as_ref().to_owned());
        self
    }

    /// Whether cargo is told which files to watch; it is by default. Without, cargo watches the whole package, but not a catalog
    /// outside of it.
    pub fn rerun_if_changed(mut self, yes: bool) -> Self {
        self.rerun_if_changed = yes;
        self
    }

    /// Where generated code finds the runtime, if not at `::urutu`: `::my_crate::urutu`.
    pub fn runtime_path(mut self, path: impl Into<String>) -> Self {
        self.runtime_path = Some(path.into());
        self
    }

    /// Whose types timestamps, dates and durations have: those of jiff, unless this says otherwise.
    pub fn date_time(mut self, date_time: DateTimeCrate) -> Self {
        self.date_time = date_time;
        self
    }

    /// Leaves out a record, enum or union of the catalog, named in full, for a type of the program: `("shop.Money", "::my_crate::Money")`.
    ///
    /// The type implements `Clone`, `Debug`, `PartialEq`, `serde::Serialize` and `urutu::Validate`; `Eq` and `Hash` unless the catalog's
    /// type holds an `f64`; `serde::Deserialize` if it is in messages that the program handles. On the wire it is what the catalog says.
    pub fn extern_type(mut self, name: impl Into<String>, path: impl Into<String>) -> Self {
        self.hooks.push(Hook::ExternType {
            name: name.into(),
            path: path.into(),
        });
        self
    }

    /// Adds an attribute to types and messages: `("shop.orders.*", "#[non_exhaustive]")`. A pattern is a full name, in which `*` stands for any
    /// characters; `.` stands for everything.
    pub fn type_attribute(
        mut self,
        pattern: impl Into<String>,
        attribute: impl Into<String>,
    ) -> Self {
        self.hooks.push(Hook::TypeAttribute {
            pattern: pattern.into(),
            attribute: attribute.into(),
        });
        self
    }

    /// Adds an attribute to fields: `("shop.orders.OrderPlaced.note", "#[doc(alias = \"remark\")]")`.
    pub fn field_attribute(
        mut self,
        pattern: impl Into<String>,
        attribute: impl Into<String>,
    ) -> Self {
        self.hooks.push(Hook::FieldAttribute {
            pattern: pattern.into(),
            attribute: attribute.into(),
        });
        self
    }

    /// Adds derives to types and messages: `("shop.Money", ["PartialOrd", "Ord"])`. What a type has already is left out.
    pub fn derive(
        mut self,
        pattern: impl Into<String>,
        derives: impl IntoIterator<Item = impl Into<String>>,
    ) -> Self {
        self.hooks.push(Hook::Derive {
            pattern: pattern.into(),
            derives: derives.into_iter().map(Into::into).collect(),
        });
        self
    }

    /// Generates the code. Errors are printed and end the build script.
    pub fn compile(self) {
        if let Err(error) = self.try_compile() {
            let mut text = String::new();
            if let Error::Catalog { rendered, .. } = &error {
                text.push_str(rendered);
            }
            // Without a way to say why, failing is all that is left.
            let _ = writeln!(text, "error: {error}");
            let _ = io::stderr().write_all(text.as_bytes());
            process::exit(1);
        }
    }

    /// Generates the code and tells cargo what to watch.
    ///
    /// # Errors
    ///
    /// When the catalog has errors, a service or a hook does not fit it, there is no `OUT_DIR`, or a file cannot be written or was not generated.
    pub fn try_compile(self) -> Result<Report, Error> {
        let mut options = Options::new(match self.out_dir {
            Some(_) => Layout::Modules,
            None => Layout::OutDir,
        });
        options.date_time = self.date_time;
        if let Some(path) = &self.runtime_path {
            options.runtime = RuntimePath::parse(path)?;
        }
        let folder = match self.out_dir {
            Some(folder) => folder,
            None => env::var_os("OUT_DIR")
                .map(PathBuf::from)
                .ok_or(Error::NoOutDir)?,
        };
        let Catalog {
            model,
            diagnostics,
            inputs,
        } = catalog::load(&self.path);
        let watched = if self.rerun_if_changed {
            directives(&inputs)
        } else {
            String::new()
        };
        let told = watched + &warnings(&diagnostics);
        // Cargo reads it from there; where nobody reads it, nothing is lost.
        let _ = io::stdout().write_all(told.as_bytes());
        let Some(model) = model else {
            return Err(Error::Catalog {
                path: self.path,
                errors: diagnostics.errors(),
                rendered: diagnostics.render(false),
            });
        };
        let selection = if self.services.is_empty() {
            Selection::everything(&model)
        } else {
            Selection::of_services(&model, &self.services)?
        };
        options.hooks = Hooks::new(&model, &self.hooks)?;
        let difference = output::write(&folder, &emit::emit(&model, &selection, &options))?;
        Ok(Report {
            folder,
            written: difference.written(),
            unchanged: difference.unchanged,
            removed: difference.extra.len(),
            warnings: diagnostics.warnings(),
        })
    }
}

/// What [`Builder::try_compile`] did.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Report {
    /// Where the files are.
    pub folder: PathBuf,
    /// Files that were written because their bytes changed.
    pub written: usize,
    /// Files that were already right.
    pub unchanged: usize,
    /// Files that an earlier run had generated and that are no more.
    pub removed: usize,
    /// Warnings about the catalog.
    pub warnings: usize,
}

/// What cargo watches: every file that was read, and every folder where another could appear.
fn directives(inputs: &Inputs) -> String {
    let mut text = String::new();
    for path in inputs.files.iter().chain(&inputs.directories) {
        text.push_str("cargo::rerun-if-changed=");
        text.push_str(&path.to_string_lossy());
        text.push('\n');
    }
    text
}

/// Warnings as cargo shows them, one line each.
fn warnings(diagnostics: &Diagnostics) -> String {
    let mut text = String::new();
    let warnings = diagnostics
        .iter()
        .filter(|d| d.severity() == Severity::Warning);
    for warning in warnings {
        let message = warning.message().replace(['\n', '\r'], " ");
        let (file, code) = (warning.file().display(), warning.code());
        let (line, column) = (warning.line(), warning.column());
        // Writing to a string does not fail.
        let _ = writeln!(
            text,
            "cargo::warning={file}:{line}:{column}: {message} [{code}]"
        );
    }
    text
}
