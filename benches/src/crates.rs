//! Crates that hold the same messages in different ways.

use std::error::Error;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use urutu_codegen::emit::{self, Layout, Options};
use urutu_codegen::model::Model;
use urutu_codegen::output;
use urutu_codegen::prune::Selection;

use crate::catalog::{self, FIELDS, PER_NAMESPACE, PUBLISHER};

/// The crates, the yardstick first.
pub(crate) const CRATES: [(&str, &str); 4] = [
    ("structs", "bare structs with serde's derives"),
    ("whole", "urutu, everything, with handlers"),
    ("publish", "urutu, a service that publishes everything"),
    ("prost", "prost's derives"),
];

/// Writes a workspace with all crates of so many messages each.
pub(crate) fn write(folder: &Path, messages: usize) -> Result<(), Box<dyn Error>> {
    let _ = fs::remove_dir_all(folder);
    let contracts = folder.join("contracts");
    catalog::write(&contracts, messages)?;
    let loaded = urutu_codegen::load(&contracts);
    let model = loaded
        .model
        .ok_or_else(|| loaded.diagnostics.render(false))?;

    let root = Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .ok_or("the benches lie in the workspace")?;
    let members: Vec<String> = CRATES.iter().map(|(name, _)| format!("{name:?}")).collect();
    let manifest = format!(
        "[workspace]\nresolver = \"3\"\nmembers = [{}]\n",
        members.join(", ")
    );
    fs::write(folder.join("Cargo.toml"), manifest)?;
    // The same versions of everything.
    fs::copy(root.join("Cargo.lock"), folder.join("Cargo.lock"))?;

    let runtime = root.join("runtime").display().to_string();
    let runtime = format!("urutu = {{ path = {runtime:?} }}\n");
    let serde = format!("{runtime}serde = {{ version = \"1\", features = [\"derive\"] }}\n");
    package(folder, "structs", &serde, &structs(messages))?;
    let prost_crates = "prost = \"0.14\"\nprost-types = \"0.14\"\n";
    package(folder, "prost", prost_crates, &prost(messages))?;
    let bus = "#[path = \"bus/mod.rs\"]\npub mod bus;\n";
    let everything = Selection::everything(&model);
    generate(
        &package(folder, "whole", &runtime, bus)?,
        &model,
        &everything,
    )?;
    let published = Selection::of_services(&model, &[PUBLISHER.to_owned()])?;
    generate(
        &package(folder, "publish", &runtime, bus)?,
        &model,
        &published,
    )?;
    Ok(())
}

fn package(
    folder: &Path,
    name: &str,
    dependencies: &str,
    code: &str,
) -> Result<PathBuf, Box<dyn Error>> {
    let folder = folder.join(name);
    fs::create_dir_all(folder.join("src"))?;
    let manifest = format!(
        "[package]\nname = \"bench-{name}\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\n[dependencies]\n{dependencies}"
    );
    fs::write(folder.join("Cargo.toml"), manifest)?;
    fs::write(folder.join("src/lib.rs"), code)?;
    Ok(folder)
}

fn generate(package: &Path, model: &Model, selection: &Selection) -> Result<(), Box<dyn Error>> {
    let files = emit::emit(model, selection, &Options::new(Layout::Modules));
    output::write(&package.join("src/bus"), &files)?;
    Ok(())
}

fn structs(messages: usize) -> String {
    modules(
        messages,
        |text| {
            text.push_str(
                "#[derive(Clone, Debug, PartialEq, ::serde::Serialize, ::serde::Deserialize)]\n",
            );
        },
        |text, _, field| {
            let _ = writeln!(text, "pub {}: {},", field.name, field.rust);
        },
    )
}

fn prost(messages: usize) -> String {
    modules(
        messages,
        |text| {
            text.push_str("#[derive(Clone, PartialEq, ::prost::Message)]\n");
        },
        |text, tag, field| {
            let _ = writeln!(
                text,
                "#[prost({}, tag = {tag})]\npub {}: {},",
                field.prost, field.name, field.prost_rust
            );
        },
    )
}

/// A module for every hundred structs, as the generator makes them.
fn modules(
    messages: usize,
    derives: impl Fn(&mut String),
    write_field: impl Fn(&mut String, usize, &catalog::Field),
) -> String {
    let mut text = String::new();
    for number in 0..messages {
        if number % PER_NAMESPACE == 0 {
            let _ = writeln!(text, "pub mod n{} {{", number / PER_NAMESPACE);
        }
        derives(&mut text);
        let _ = writeln!(text, "pub struct Message{number} {{");
        for (index, field) in FIELDS.iter().enumerate() {
            write_field(&mut text, index + 1, field);
        }
        text.push_str("}\n");
        if number % PER_NAMESPACE == PER_NAMESPACE - 1 || number == messages - 1 {
            text.push_str("}\n");
        }
    }
    text
}
