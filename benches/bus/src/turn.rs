//! One turn of a contender, in a process of its own.

use std::process::{Child, Command};

use crate::Result;
use crate::contender::{Contender, Work};
use crate::meter::{BROKER, Figure};

/// Does the work in a process of its own, after what it needs was prepared.
///
/// It tells the broker's processor time where it gets to know its process.
pub(crate) fn turn(
    contender: Contender,
    url: &str,
    work: &Work,
    broker: Option<&str>,
) -> Result<Figure> {
    block_on(contender.prepare(url, work))?;
    let output = Command::new(std::env::current_exe()?)
        .args(arguments(contender, url, work))
        .envs(broker.map(|broker| (BROKER, broker)))
        .output()?;
    let said = String::from_utf8_lossy(&output.stdout);
    said.parse().map_err(|_| {
        let error = String::from_utf8_lossy(&output.stderr);
        format!("{contender:?}: {error}{said}").into()
    })
}

/// What a process that does this work is told.
pub(crate) fn arguments(contender: Contender, url: &str, work: &Work) -> Vec<String> {
    let Work {
        queue,
        messages,
        window,
        wait,
        filling,
    } = work;
    vec![
        "once".to_owned(),
        contender.value_name(),
        format!("--url={url}"),
        format!("--queue={}", queue.value_name()),
        format!("--messages={messages}"),
        format!("--window={window}"),
        format!("--wait={wait}"),
        format!("--filling={filling}"),
    ]
}

/// A process that ends with this one.
pub(crate) struct Running(pub(crate) Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

pub(crate) fn block_on<T>(work: impl Future<Output = Result<T>>) -> Result<T> {
    tokio::runtime::Runtime::new()?.block_on(work)
}

/// The one in the middle, where there is any.
pub(crate) fn median(figures: &mut [f64]) -> Option<f64> {
    figures.sort_by(f64::total_cmp);
    figures.get(figures.len() / 2).copied()
}
