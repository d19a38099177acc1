//! Where RabbitMQ is on this machine.

use std::path::{Path, PathBuf};

/// The scripts of a RabbitMQ installation.
#[derive(Clone)]
pub(crate) struct Install {
    pub(crate) server: PathBuf,
    pub(crate) ctl: PathBuf,
    pub(crate) epmd: PathBuf,
}

impl Install {
    /// Finds it, or says how to install it.
    pub(crate) fn find() -> Result<Self, String> {
        // Debian's scripts on the path change to the system's user and its folders; the real ones stand here.
        let packaged = PathBuf::from("/usr/lib/rabbitmq/bin");
        let path = std::env::var_os("PATH").unwrap_or_default();
        Self::find_in(&[vec![packaged], std::env::split_paths(&path).collect()].concat())
    }

    fn find_in(folders: &[PathBuf]) -> Result<Self, String> {
        let find = |name: &str| {
            folders
                .iter()
                .map(|folder| folder.join(name))
                .find(|script| script.is_file())
        };
        match (find("rabbitmq-server"), find("rabbitmqctl"), find("epmd")) {
            (Some(server), Some(ctl), Some(epmd)) => Ok(Self { server, ctl, epmd }),
            (None, ..) => Err(how_to_install("rabbitmq-server")),
            (_, None, _) => Err(how_to_install("rabbitmqctl")),
            (.., None) => Err(how_to_install("epmd (a part of Erlang)")),
        }
    }
}

fn how_to_install(missing: &str) -> String {
    let command = if Path::new("/etc/debian_version").exists() {
        "apt-get install rabbitmq-server"
    } else if cfg!(target_os = "macos") {
        "brew install rabbitmq"
    } else {
        "install RabbitMQ 3.10 or later, see https://www.rabbitmq.com/docs/download"
    };
    format!(
        "this test starts a private RabbitMQ node, but `{missing}` is not on this machine: {command}"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_missing_is_told_with_the_way_to_get_it() {
        let Err(message) = Install::find_in(&[]) else {
            panic!("there is no RabbitMQ in no folder");
        };
        assert!(
            message.contains("`rabbitmq-server` is not on this machine"),
            "{message}"
        );
        assert!(
            message.contains("install") && !message.contains('\n'),
            "{message}"
        );
    }
}
