//! `urutu generate`

use std::path::{Path, PathBuf};

use urutu_codegen::emit::{
    self, DateTimeCrate, Hook, Hooks, Layout, Options, Package, RuntimeDependency, RuntimePath,
};
use urutu_codegen::output::{self, Difference, Files};
use urutu_codegen::prune::Selection;

use crate::check;
use crate::failure::Failure;
use crate::format::Format;
use crate::terminal::{self, amount};

/// The options of `generate`.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// The catalog: a folder or a file.
    #[arg(default_value = ".")]
    path: PathBuf,
    /// Only what this service publishes and handles; may be given several times.
    #[arg(long, value_name = "NAME")]
    service: Vec<String>,
    /// Where to write; by default a folder named like the crate, else `bus`.
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Makes a whole crate of this name, not modules.
    #[arg(long = "crate", value_name = "NAME")]
    package: Option<String>,
    /// The version of the crate.
    #[arg(
        long,
        value_name = "VERSION",
        default_value = "0.1.0",
        requires = "package"
    )]
    crate_version: String,
    /// The folder of the runtime, as the crate's Cargo.toml will name it, in place of the registry.
    #[arg(long, value_name = "DIR", requires = "package")]
    runtime_path: Option<String>,
    /// Where the modules find the runtime, if not at `::urutu`.
    #[arg(long, value_name = "PATH", conflicts_with = "package")]
    runtime: Option<String>,
    /// Leaves out a type of the catalog for one of your own: `shop.Money=::my_crate::Money`; may be given several times, as the rules below.
    #[arg(long, value_name = "NAME=PATH", value_parser = pair)]
    extern_type: Vec<(String, String)>,
    /// Adds an attribute to types and messages: `shop.*=#[non_exhaustive]`; `.` stands for everything.
    #[arg(long, value_name = "PATTERN=ATTRIBUTE", value_parser = pair)]
    type_attribute: Vec<(String, String)>,
    /// Adds an attribute to fields: `shop.Order.note=#[doc(hidden)]`.
    #[arg(long, value_name = "PATTERN=ATTRIBUTE", value_parser = pair)]
    field_attribute: Vec<(String, String)>,
    /// Adds derives to types and messages: `shop.Money=PartialOrd,Ord`.
    #[arg(long, value_name = "PATTERN=TRAITS", value_parser = pair)]
    derive: Vec<(String, String)>,
    /// Whose types timestamps, dates and durations have; `chrono` and `time` need the feature of that name of `urutu`.
    #[arg(long, value_enum, value_name = "CRATE", default_value_t = DateTime::Jiff)]
    date_time: DateTime,
    /// Writes nothing; fails if anything would be written.
    #[arg(long)]
    check: bool,
}

/// The choices of `--date-time`.
#[derive(Debug, Clone, Copy, clap::ValueEnum)]
enum DateTime {
    Jiff,
    Chrono,
    Time,
}

pub(crate) fn run(arguments: &Arguments) -> Result<(), Failure> {
    let mut options = options(arguments)?;
    let model = check::load(&arguments.path, Format::Text)?;
    let selection = if arguments.service.is_empty() {
        Selection::everything(&model)
    } else {
        Selection::of_services(&model, &arguments.service).map_err(|e| Failure::unable(&e))?
    };
    options.hooks = Hooks::new(&model, &hooks(arguments)).map_err(|e| Failure::unable(&e))?;
    let files = emit::emit(&model, &selection, &options);
    let name = arguments.package.as_deref().unwrap_or("bus");
    let folder = arguments.out.clone().unwrap_or_else(|| PathBuf::from(name));
    if arguments.check {
        compare(&folder, &files)
    } else {
        write(&folder, &files)
    }
}

fn options(arguments: &Arguments) -> Result<Options, Failure> {
    let layout = match &arguments.package {
        None => Layout::Modules,
        Some(name) => {
            let runtime = match &arguments.runtime_path {
                None => RuntimeDependency::Registry,
                Some(path) => RuntimeDependency::Path(path.clone()),
            };
            let package = Package::new(name, &arguments.crate_version, runtime);
            Layout::Crate(package.map_err(|e| Failure::unable(&e))?)
        }
    };
    let mut options = Options::new(layout);
    options.date_time = match arguments.date_time {
        DateTime::Jiff => DateTimeCrate::Jiff,
        DateTime::Chrono => DateTimeCrate::Chrono,
        DateTime::Time => DateTimeCrate::Time,
    };
    if let Some(path) = &arguments.runtime {
        options.runtime = RuntimePath::parse(path).map_err(|e| Failure::unable(&e))?;
    }
    Ok(options)
}

/// `NAME=VALUE`
fn pair(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, value)) => Ok((name.trim().to_owned(), value.trim().to_owned())),
        None => Err("write it as NAME=VALUE".to_owned()),
    }
}

fn hooks(arguments: &Arguments) -> Vec<Hook> {
    let external = arguments.extern_type.iter().cloned();
    let external = external.map(|(name, path)| Hook::ExternType { name, path });
    let types = arguments.type_attribute.iter().cloned();
    let types = types.map(|(pattern, attribute)| Hook::TypeAttribute { pattern, attribute });
    let fields = arguments.field_attribute.iter().cloned();
    let fields = fields.map(|(pattern, attribute)| Hook::FieldAttribute { pattern, attribute });
    let derives = arguments.derive.iter().cloned();
    let derives = derives.map(|(pattern, derives)| Hook::Derive {
        pattern,
        derives: derives
            .split(',')
            .map(|one| one.trim().to_owned())
            .collect(),
    });
    external.chain(types).chain(fields).chain(derives).collect()
}

fn write(folder: &Path, files: &Files) -> Result<(), Failure> {
    let difference = output::write(folder, files).map_err(|e| Failure::unable(&e))?;
    let unchanged = match difference.unchanged {
        0 => String::new(),
        count => format!(" ({count} unchanged)"),
    };
    let removed = match difference.extra.len() {
        0 => String::new(),
        count => format!(", removed {count}"),
    };
    let written = amount(difference.written(), "file");
    let line = format!(
        "wrote {written} to {}{unchanged}{removed}\n",
        folder.display()
    );
    terminal::print(&line);
    Ok(())
}

fn compare(folder: &Path, files: &Files) -> Result<(), Failure> {
    let difference = output::compare(folder, files).map_err(|e| Failure::unable(&e))?;
    if difference.is_empty() {
        let line = format!(
            "{} is up to date ({})\n",
            folder.display(),
            amount(files.len(), "file")
        );
        terminal::print(&line);
        return Ok(());
    }
    terminal::error(&list(folder, &difference));
    Err(Failure::Findings(format!(
        "{} is not what the catalog gives; run the same command without `--check`",
        folder.display()
    )))
}

fn list(folder: &Path, difference: &Difference) -> String {
    let mut list = String::new();
    for (what, paths) in [
        ("missing", &difference.missing),
        ("stale", &difference.stale),
        ("extra", &difference.extra),
        ("not generated", &difference.foreign),
    ] {
        for path in paths {
            let path = folder.join(path).display().to_string();
            list.extend([what, ": ", &path, "\n"]);
        }
    }
    list
}
