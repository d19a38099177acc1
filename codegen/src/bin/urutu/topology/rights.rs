//! `urutu topology rights`: what a user of the broker must be allowed.

use std::path::PathBuf;

use urutu::TopologyMode;
use urutu::tools::{Doings, Exchange, Rights, Topology};
use urutu_codegen::prune::Selection;

use super::wanted;
use crate::check;
use crate::failure::Failure;
use crate::format::Format;
use crate::terminal;

/// Whose rights.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// The catalog: a folder or a file.
    #[arg(default_value = ".")]
    path: PathBuf,
    /// The service that the user is for; may be given several times. Without it, everything in the catalog.
    #[arg(long, value_name = "NAME")]
    service: Vec<String>,
    /// The topology mode of its workers and publishers.
    #[arg(long, value_enum, value_name = "MODE", default_value_t)]
    mode: TopologyMode,
    /// It also publishes for later (`publish_after`, `publish_at`).
    #[arg(long)]
    later: bool,
    /// The user; the first service by default.
    #[arg(long, value_name = "NAME")]
    user: Option<String>,
    /// The vhost.
    #[arg(long, value_name = "NAME", default_value = "/")]
    vhost: String,
}

pub(super) fn run(arguments: &Arguments) -> Result<(), Failure> {
    let model = check::load(&arguments.path, Format::Text)?;
    let selection = if arguments.service.is_empty() {
        Selection::everything(&model)
    } else {
        Selection::of_services(&model, &arguments.service).map_err(|e| Failure::unable(&e))?
    };
    let (publishes, handles) = wanted::used(&model, &selection);
    let topology = if handles.is_empty() && !arguments.later {
        let exchanges = publishes.iter().cloned();
        Topology {
            exchanges: exchanges
                .map(|name| Exchange {
                    name: name.into(),
                    alternate: None,
                })
                .collect(),
            ..Topology::default()
        }
    } else {
        wanted::topology(&model, &selection, arguments.later)
    };
    let rights = Rights::of(Doings {
        mode: arguments.mode,
        topology: &topology,
        publishes: &texts(&publishes),
        handles: &texts(&handles),
        later: arguments.later,
    });
    let user = arguments.user.as_ref().or(arguments.service.first());
    let user = user.map_or("USER", String::as_str);
    let [configure, write, read] = rights.patterns();
    let words = ["--vhost", &arguments.vhost, user, &configure, &write, &read];
    let quoted: Vec<String> = words.into_iter().map(quoted).collect();
    terminal::print(&format!(
        "rabbitmqctl set_permissions {}\n",
        quoted.join(" ")
    ));
    Ok(())
}

fn texts<'a>(names: impl IntoIterator<Item = &'a String>) -> Vec<&'a str> {
    names.into_iter().map(String::as_str).collect()
}

/// For a shell.
fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', r"'\''"))
    }
}

#[cfg(test)]
mod tests {
    use super::quoted;

    #[test]
    fn a_shell_reads_each_word_as_it_was() {
        assert_eq!(quoted("shop.billing"), "shop.billing");
        assert_eq!(quoted("^(a|b)$"), "'^(a|b)$'");
        assert_eq!(quoted("it's"), r"'it'\''s'");
        assert_eq!(quoted(""), "''");
    }
}
