//! Other libraries, each in a program of its own: see `benches/peers`.
//!
//! A program is asked to `prepare`, then to `consume`, or to `publish`, and prints messages a second, or a whole figure; `version` says who it is.

use std::process::{Command, Output};
use std::str::FromStr;

use crate::Result;
use crate::contender::Work;
use crate::meter::{BROKER, Figure};

/// How a program says that its library cannot do what is asked.
const CANNOT: i32 = 3;

/// A program and its first arguments, with spaces between them.
#[derive(Debug, Clone)]
pub(crate) struct Peer {
    command: Vec<String>,
}

impl FromStr for Peer {
    type Err = String;

    fn from_str(command: &str) -> Result<Self, String> {
        let command: Vec<String> = command.split_whitespace().map(str::to_owned).collect();
        if command.is_empty() {
            return Err("a program is missing".to_owned());
        }
        Ok(Self { command })
    }
}

impl Peer {
    /// The library, its version and its settings.
    pub(crate) fn version(&self) -> Result<String> {
        let output = self.run(["version"], None)?;
        Ok(self.words(&output)?.trim().to_owned())
    }

    /// Handles messages that wait; `None` where the library cannot.
    pub(crate) fn consume(
        &self,
        url: &str,
        work: &Work,
        broker: Option<&str>,
    ) -> Result<Option<Figure>> {
        let prepared = self.ask("prepare", url, work, broker)?;
        match prepared {
            None => Ok(None),
            Some(_) => self.figure(self.ask("consume", url, work, broker)?),
        }
    }

    /// Publishes messages; `None` where the library cannot.
    pub(crate) fn publish(
        &self,
        url: &str,
        work: &Work,
        broker: Option<&str>,
    ) -> Result<Option<Figure>> {
        self.figure(self.ask("publish", url, work, broker)?)
    }

    fn ask(
        &self,
        what: &str,
        url: &str,
        work: &Work,
        broker: Option<&str>,
    ) -> Result<Option<String>> {
        let (url, queue) = (format!("--url={url}"), work.queue.value_name());
        let (queue, messages) = (
            format!("--queue={queue}"),
            format!("--messages={}", work.messages),
        );
        let window = (what == "publish").then(|| format!("--window={}", work.window));
        let arguments = [what, &url, &queue, &messages].into_iter();
        let output = self.run(arguments.chain(window.as_deref()), broker)?;
        if output.status.code() == Some(CANNOT) {
            return Ok(None);
        }
        self.words(&output).map(Some)
    }

    fn figure(&self, words: Option<String>) -> Result<Option<Figure>> {
        words
            .map(|words| words.parse())
            .transpose()
            .map_err(|error| format!("{:?} printed {error}", self.command).into())
    }

    fn run<'a>(
        &self,
        arguments: impl IntoIterator<Item = &'a str>,
        broker: Option<&str>,
    ) -> Result<Output> {
        let (program, first) = self.command.split_first().ok_or("a program is missing")?;
        let mut command = Command::new(program);
        command.args(first).args(arguments);
        let output = command.envs(broker.map(|broker| (BROKER, broker))).output();
        output.map_err(|error| format!("{program}: {error}").into())
    }

    /// What it printed, where it went well.
    fn words(&self, output: &Output) -> Result<String> {
        if output.status.success() {
            return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
        }
        let error = String::from_utf8_lossy(&output.stderr);
        Err(format!("{:?} failed ({}): {error}", self.command, output.status).into())
    }
}
