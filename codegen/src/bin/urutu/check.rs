//! `urutu check`

use std::path::{Path, PathBuf};

use urutu_codegen::model::Model;

use crate::failure::Failure;
use crate::format::{self, Format};
use crate::terminal::{self, amount};

/// The options of `check`.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// The catalog: a folder or a file.
    #[arg(default_value = ".")]
    path: PathBuf,
    /// How findings are shown.
    #[arg(long, value_enum, default_value = "text")]
    format: Format,
}

pub(crate) fn run(arguments: &Arguments) -> Result<(), Failure> {
    let model = load(&arguments.path, arguments.format)?;
    if arguments.format == Format::Text {
        let line = format!("{}: {}\n", arguments.path.display(), summary(&model));
        terminal::print(&line);
    }
    Ok(())
}

/// Reads a catalog and shows what there is to say about it.
pub(crate) fn load(path: &Path, format: Format) -> Result<Model, Failure> {
    if let Err(error) = path.metadata() {
        return Err(Failure::Unable(format!(
            "cannot read {}: {error}",
            path.display()
        )));
    }
    let catalog = urutu_codegen::load(path);
    format::show(&catalog.diagnostics, format);
    catalog.model.ok_or_else(|| {
        let errors = amount(catalog.diagnostics.errors(), "error");
        let closing = format!("the catalog {} has {errors}", path.display());
        // Machines have counted them already.
        Failure::Findings(if format == Format::Text {
            closing
        } else {
            String::new()
        })
    })
}

fn summary(model: &Model) -> String {
    let count = |of: fn(&urutu_codegen::model::Namespace) -> usize| {
        model.namespaces.values().map(of).sum::<usize>()
    };
    format!(
        "{}, {}, {}, {}: fine",
        amount(model.namespaces.len(), "namespace"),
        amount(count(|namespace| namespace.types.len()), "type"),
        amount(count(|namespace| namespace.messages.len()), "message"),
        amount(count(|namespace| namespace.services.len()), "service"),
    )
}
