//! The `urutu` command.
//!
//! Exit codes: 0 fine, 1 the catalog has errors, generated code is stale, a file is not formatted or a broker is not as the catalog wants it, 2 wrong usage, a file
//! that cannot be read or written or a broker that does not answer.

mod check;
mod explain;
mod failure;
mod fmt;
mod format;
mod generate;
mod schema;
mod terminal;
mod topology;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Message contracts for RabbitMQ: checks catalogs and generates Rust from them.
#[derive(Debug, Parser)]
#[command(name = "urutu", version, propagate_version = true)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Reads a catalog and shows everything that is wrong with it.
    Check(check::Arguments),
    /// Generates Rust from a catalog: modules to check in, or a whole crate.
    Generate(Box<generate::Arguments>),
    /// Formats a catalog, keeping its comments.
    Fmt(fmt::Arguments),
    /// Explains a rule: what it says, why, an example that breaks it, and how to mend it.
    Explain(explain::Arguments),
    /// Prints the JSON Schema of the catalog language, or of the messages of a catalog.
    Schema(schema::Arguments),
    /// Compares a catalog with a broker: exchanges, queues and bindings, also those that must go.
    #[command(subcommand)]
    Topology(topology::Command),
}

fn main() -> ExitCode {
    let result = match Arguments::parse().command {
        Command::Check(arguments) => check::run(&arguments),
        Command::Generate(arguments) => generate::run(&arguments),
        Command::Fmt(arguments) => fmt::run(&arguments),
        Command::Explain(arguments) => explain::run(&arguments),
        Command::Schema(arguments) => schema::run(&arguments),
        Command::Topology(command) => topology::run(&command),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            failure.show();
            failure.code()
        }
    }
}
