//! One turn of a contender, in a process of its own.

use std::process::{Child, Command};
use std::time::Duration;

use crate::Result;
use crate::contender::{Contender, Work};

/// Messages a second, by a process of its own, after what it needs was prepared.
pub(crate) fn turn(contender: Contender, url: &str, work: &Work) -> Result<f64> {
    block_on(contender.prepare(url, work))?;
    prepared_turn(contender, url, work)
}

/// As [`turn`], where everything is prepared.
pub(crate) fn prepared_turn(contender: Contender, url: &str, work: &Work) -> Result<f64> {
    let output = Command::new(std::env::current_exe()?)
        .args(arguments(contender, url, work))
        .output()?;
    let said = String::from_utf8_lossy(&output.stdout);
    said.trim().parse().map_err(|_| {
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

/// How many messages a second that is.
pub(crate) fn per_second(messages: u64, elapsed: Duration) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "a number of messages")]
    let messages = messages as f64;
    messages / elapsed.as_secs_f64()
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
