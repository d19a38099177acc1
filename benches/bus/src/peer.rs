//! Other libraries, each in a program of its own: see `benches/peers`.
//!
//! A program is asked to `prepare`, then to `consume`, or to `publish`, and prints messages a second; `version` says who it is.

use std::process::{Command, Output};
use std::str::FromStr;

use crate::Result;
use crate::contender::Work;

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
        let output = self.run(&["version"])?;
        Ok(self.words(&output)?.trim().to_owned())
    }

    /// Puts messages into its queue; says whether the library can.
    pub(crate) fn prepare(&self, url: &str, work: &Work) -> Result<bool> {
        let prepared = self.ask("prepare", url, work, &[])?;
        Ok(prepared.is_some())
    }

    /// Handles messages that wait, and gives messages a second; `None` where the library cannot.
    pub(crate) fn consume(&self, url: &str, work: &Work) -> Result<Option<f64>> {
        self.figure(self.ask("consume", url, work, &[])?)
    }

    /// Publishes messages, and gives messages a second; `None` where the library cannot.
    pub(crate) fn publish(&self, url: &str, work: &Work) -> Result<Option<f64>> {
        let window = format!("--window={}", work.window);
        self.figure(self.ask("publish", url, work, &[&window])?)
    }

    fn ask(&self, what: &str, url: &str, work: &Work, more: &[&str]) -> Result<Option<String>> {
        let (url, queue) = (format!("--url={url}"), work.queue.value_name());
        let (queue, messages) = (
            format!("--queue={queue}"),
            format!("--messages={}", work.messages),
        );
        let output = self.run(&[&[what, &url, &queue, &messages], more].concat())?;
        if output.status.code() == Some(CANNOT) {
            return Ok(None);
        }
        self.words(&output).map(Some)
    }

    fn figure(&self, words: Option<String>) -> Result<Option<f64>> {
        words
            .map(|words| {
                let figure = words.trim().parse();
                figure.map_err(|_| format!("{:?} printed no figure: {words}", self.command).into())
            })
            .transpose()
    }

    fn run(&self, arguments: &[&str]) -> Result<Output> {
        let (program, first) = self.command.split_first().ok_or("a program is missing")?;
        let output = Command::new(program).args(first).args(arguments).output();
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
