//! `urutu schema`

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use urutu_codegen::render::{language, payload};

use crate::check;
use crate::failure::Failure;
use crate::format::Format;
use crate::terminal::{self, amount};

/// The options of `schema`.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// The catalog whose messages are described: a folder or a file.
    #[arg(default_value = ".")]
    path: PathBuf,
    /// The schemas of the messages of a catalog, not that of the language.
    #[arg(long)]
    messages: bool,
    /// The schema of this message, such as `shop.orders.OrderPlaced`; may be given several times.
    #[arg(long, value_name = "NAME")]
    message: Vec<String>,
    /// Where to write: a file, or a folder for the schemas of messages; by default the standard output.
    #[arg(long, value_name = "PATH")]
    out: Option<PathBuf>,
}

pub(crate) fn run(arguments: &Arguments) -> Result<(), Failure> {
    if !arguments.messages && arguments.message.is_empty() {
        return of_language(arguments);
    }
    let model = check::load(&arguments.path, Format::Text)?;
    let schemas = chosen(payload::schemas(&model), &arguments.message)?;
    if let Some(folder) = &arguments.out {
        return write_all(folder, &schemas);
    }
    terminal::print(&together(&schemas));
    Ok(())
}

fn of_language(arguments: &Arguments) -> Result<(), Failure> {
    if arguments.path != Path::new(".") {
        return Err(Failure::Unable(format!(
            "the schema of the catalog language needs no catalog; for the messages of {}, add `--messages`",
            arguments.path.display()
        )));
    }
    let schema = language::schema();
    if let Some(file) = &arguments.out {
        return write(file, &schema);
    }
    terminal::print(&schema);
    Ok(())
}

fn chosen(
    mut all: BTreeMap<String, String>,
    names: &[String],
) -> Result<BTreeMap<String, String>, Failure> {
    if names.is_empty() {
        return Ok(all);
    }
    let take = |name: &String| {
        let schema = all.remove(name);
        schema.map(|schema| (name.clone(), schema)).ok_or_else(|| {
            Failure::Unable(format!(
                "the catalog has no message `{name}`; write its full name, such as `shop.orders.OrderPlaced`"
            ))
        })
    };
    let mut names = names.to_vec();
    names.sort();
    names.dedup();
    names.iter().map(take).collect()
}

/// One schema as it is, several as an object by their names.
fn together(schemas: &BTreeMap<String, String>) -> String {
    let mut parts = schemas.iter();
    if let (Some((_, schema)), None) = (parts.next(), parts.next()) {
        return schema.clone();
    }
    let members = schemas.iter().map(|(name, schema)| {
        let schema = schema.trim_end().replace('\n', "\n  ");
        format!("  \"{name}\": {schema}")
    });
    let members: Vec<String> = members.collect();
    format!("{{\n{}\n}}\n", members.join(",\n"))
}

fn write_all(folder: &Path, schemas: &BTreeMap<String, String>) -> Result<(), Failure> {
    for (name, schema) in schemas {
        write(&folder.join(format!("{name}.json")), schema)?;
    }
    let written = amount(schemas.len(), "schema");
    terminal::print(&format!("wrote {written} to {}\n", folder.display()));
    Ok(())
}

fn write(file: &Path, schema: &str) -> Result<(), Failure> {
    let unable = |error: std::io::Error| {
        Failure::Unable(format!("cannot write {}: {error}", file.display()))
    };
    if let Some(folder) = file
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty())
    {
        fs::create_dir_all(folder).map_err(unable)?;
    }
    fs::write(file, schema).map_err(unable)
}
