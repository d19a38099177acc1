//! Contenders take turns on one node.

use std::io::IsTerminal;
use std::process::Command;

use clap::{Args, ValueEnum};
use urutu_test_broker::Broker;

use crate::contender::{Contender, Work};
use crate::{Result, ours};

/// Lets contenders take turns at one piece of work.
#[derive(Debug, Args)]
pub(crate) struct Table {
    /// The first is the yardstick.
    #[arg(required = true)]
    contenders: Vec<Contender>,
    /// How often each gets its turn.
    #[arg(long, default_value_t = 5)]
    rounds: usize,
    /// Fails where a contender has less than this part of what the yardstick has.
    #[arg(long)]
    at_least: Option<f64>,
    #[command(flatten)]
    work: Work,
}

impl Table {
    pub(crate) fn print(&self) -> Result<()> {
        let broker = Broker::start();
        let url = broker.url();
        let queue = self.work.queue;
        block_on(ours::declare(&url, queue))?;
        let mut measured = vec![Vec::new(); self.contenders.len()];
        for round in 0..self.rounds {
            for (place, contender) in self.contenders.iter().enumerate() {
                block_on(contender.prepare(&url, &self.work))?;
                let figure = self.turn(*contender, &url)?;
                broker.ctl(&["purge_queue", queue.name()]);
                if std::io::stderr().is_terminal() {
                    eprintln!(
                        "round {}: {}: {figure:.0}/s",
                        round + 1,
                        contender.title(&self.work)
                    );
                }
                measured[place].push(figure);
            }
        }
        let medians: Vec<f64> = measured.iter_mut().map(|figures| median(figures)).collect();
        println!(
            "\n| {} | messages/s | ratio |\n|---|---|---|",
            queue.title()
        );
        for (contender, figure) in self.contenders.iter().zip(&medians) {
            let title = contender.title(&self.work);
            println!("| {title} | {figure:.0} | {:.2} |", figure / medians[0]);
        }
        let least = medians.iter().copied().fold(f64::INFINITY, f64::min) / medians[0];
        match self.at_least {
            Some(bound) if least < bound => {
                Err(format!("{least:.2} of the yardstick, and {bound} is the least").into())
            }
            _ => Ok(()),
        }
    }

    /// In a process of its own.
    fn turn(&self, contender: Contender, url: &str) -> Result<f64> {
        let output = Command::new(std::env::current_exe()?)
            .args(arguments(contender, url, &self.work))
            .output()?;
        let said = String::from_utf8_lossy(&output.stdout);
        said.trim().parse().map_err(|_| {
            let error = String::from_utf8_lossy(&output.stderr);
            format!("{contender:?}: {error}{said}").into()
        })
    }
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
        value_name(&contender),
        format!("--url={url}"),
        format!("--queue={}", value_name(queue)),
        format!("--messages={messages}"),
        format!("--window={window}"),
        format!("--wait={wait}"),
        format!("--filling={filling}"),
    ]
}

fn value_name(value: &impl ValueEnum) -> String {
    let value = value.to_possible_value().expect("no value is hidden");
    value.get_name().to_owned()
}

pub(crate) fn block_on<T>(work: impl Future<Output = Result<T>>) -> Result<T> {
    tokio::runtime::Runtime::new()?.block_on(work)
}

/// The one in the middle.
fn median(figures: &mut [f64]) -> f64 {
    figures.sort_by(f64::total_cmp);
    figures[figures.len() / 2]
}
