//! Contenders take turns on one node.

use std::io::IsTerminal;
use std::process::Command;

use clap::{Args, ValueEnum};
use urutu_test_broker::Broker;

use crate::contender::{Contender, Work};
use crate::peer::Peer;
use crate::{Result, ours};

/// Lets contenders take turns at one piece of work.
#[derive(Debug, Args)]
pub(crate) struct Table {
    /// The first is the yardstick.
    #[arg(required = true)]
    contenders: Vec<Contender>,
    /// The program of another library, which does the same work.
    #[arg(long = "peer")]
    peers: Vec<Peer>,
    /// How often each gets its turn.
    #[arg(long, default_value_t = 5)]
    rounds: usize,
    /// Fails where a contender has less than this part of what the yardstick has.
    #[arg(long)]
    at_least: Option<f64>,
    #[command(flatten)]
    work: Work,
}

/// A contender or a peer, and what was measured.
struct Row<'a> {
    who: Who<'a>,
    title: String,
    figures: Vec<f64>,
}

enum Who<'a> {
    Here(Contender),
    Elsewhere(&'a Peer),
}

impl Table {
    pub(crate) fn print(&self) -> Result<()> {
        let broker = self.contenders[0].needs_a_broker().then(Broker::start);
        let url = broker.as_ref().map(Broker::url).unwrap_or_default();
        if broker.is_some() {
            block_on(ours::declare(&url, self.work.queue))?;
        }
        let mut rows = self.rows()?;
        for round in 0..self.rounds {
            for row in &mut rows {
                let figure = self.turn(&row.who, &url)?;
                if let Some(broker) = &broker {
                    broker.ctl(&["purge_queue", self.work.queue.name()]);
                }
                if std::io::stderr().is_terminal() {
                    eprintln!("round {}: {}: {figure:.0?}/s", round + 1, row.title);
                }
                row.figures.extend(figure);
            }
        }
        let title = self.work.queue.title();
        println!("\n| {title} | messages/s | ratio |\n|---|---|---|");
        let mut yardstick = None;
        let mut least = f64::INFINITY;
        for row in &mut rows {
            let Some(figure) = median(&mut row.figures) else {
                println!("| {} | cannot | |", row.title);
                continue;
            };
            let ratio = figure / *yardstick.get_or_insert(figure);
            println!("| {} | {figure:.0} | {ratio:.2} |", row.title);
            if let Who::Here(_) = row.who {
                least = least.min(ratio);
            }
        }
        match self.at_least {
            Some(bound) if least < bound => {
                Err(format!("{least:.2} of the yardstick, and {bound} is the least").into())
            }
            _ => Ok(()),
        }
    }

    fn rows(&self) -> Result<Vec<Row<'_>>> {
        let here = self.contenders.iter().map(|contender| {
            let title = contender.title(&self.work);
            Ok((Who::Here(*contender), title))
        });
        let elsewhere = self.peers.iter().map(|peer| {
            let title = peer.version()?;
            Ok((Who::Elsewhere(peer), title))
        });
        let rows = here.chain(elsewhere).map(|row| {
            row.map(|(who, title)| Row {
                who,
                title,
                figures: Vec::new(),
            })
        });
        rows.collect()
    }

    /// Messages a second, by a process of its own; `None` where a peer cannot do it.
    fn turn(&self, who: &Who<'_>, url: &str) -> Result<Option<f64>> {
        match who {
            Who::Here(contender) => {
                block_on(contender.prepare(url, &self.work))?;
                self.own_turn(*contender, url).map(Some)
            }
            Who::Elsewhere(peer) if self.contenders[0].publishes() => peer.publish(url, &self.work),
            Who::Elsewhere(peer) => peer.consume(url, &self.work),
        }
    }

    fn own_turn(&self, contender: Contender, url: &str) -> Result<f64> {
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
    let contender = contender.to_possible_value().expect("no value is hidden");
    vec![
        "once".to_owned(),
        contender.get_name().to_owned(),
        format!("--url={url}"),
        format!("--queue={}", queue.value_name()),
        format!("--messages={messages}"),
        format!("--window={window}"),
        format!("--wait={wait}"),
        format!("--filling={filling}"),
    ]
}

pub(crate) fn block_on<T>(work: impl Future<Output = Result<T>>) -> Result<T> {
    tokio::runtime::Runtime::new()?.block_on(work)
}

/// The one in the middle, where there is any.
pub(crate) fn median(figures: &mut [f64]) -> Option<f64> {
    figures.sort_by(f64::total_cmp);
    figures.get(figures.len() / 2).copied()
}
