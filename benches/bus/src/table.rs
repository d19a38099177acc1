//! Contenders take turns on one node.

use std::io::IsTerminal;

use clap::Args;
use urutu_test_broker::Broker;

use crate::contender::{Contender, Work};
use crate::meter::Figure;
use crate::peer::Peer;
use crate::turn::{block_on, median, turn};
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
    figures: Vec<Figure>,
    /// Why there are no more figures.
    failure: Option<String>,
}

enum Who<'a> {
    Here(Contender),
    Elsewhere(&'a Peer),
}

impl Table {
    pub(crate) fn print(&self) -> Result<()> {
        let broker = self.needs_a_broker().then(Broker::start);
        let url = broker.as_ref().map(Broker::url).unwrap_or_default();
        if broker.is_some() {
            block_on(ours::declare(&url, self.work.queue))?;
        }
        let process = broker.as_ref().map(|broker| broker.process().to_string());
        let mut rows = self.rows()?;
        for round in 0..self.rounds {
            // Nobody comes always after the same one: the broker may still be at work for it.
            if round > 0 {
                rows.reverse();
            }
            for row in rows.iter_mut().filter(|row| row.failure.is_none()) {
                let figure = match self.turn(&row.who, &url, process.as_deref()) {
                    Ok(figure) => figure,
                    // Somebody else's program; the others go on.
                    Err(error) if matches!(row.who, Who::Elsewhere(_)) => {
                        row.failure = Some(error.to_string());
                        None
                    }
                    Err(error) => return Err(error),
                };
                if let Some(broker) = &broker {
                    broker.ctl(&["purge_queue", self.work.queue.name()]);
                }
                if std::io::stderr().is_terminal() {
                    let (round, title) = (round + 1, &row.title);
                    match figure {
                        Some(figure) => {
                            eprintln!("round {round}: {title}: {:.0}/s", figure.per_second);
                        }
                        None => eprintln!("round {round}: {title}: no figure"),
                    }
                }
                row.figures.extend(figure);
            }
        }
        // As they were given: the first is the yardstick.
        if self.rounds.is_multiple_of(2) {
            rows.reverse();
        }
        let title = self.work.queue.title();
        println!(
            "\n| {title} | messages/s | ratio | own µs | broker's µs |\n|---|---|---|---|---|"
        );
        let mut yardstick = None;
        let mut least = f64::INFINITY;
        for row in &rows {
            let figure = match (&row.failure, row.median(|figure| Some(figure.per_second))) {
                (None, Some(figure)) => figure,
                (failure, _) => {
                    let word = failure.as_ref().map_or("cannot", |_| "failed");
                    println!("| {} | {word} | | | |", row.title);
                    continue;
                }
            };
            let ratio = figure / *yardstick.get_or_insert(figure);
            let [own, broker] = [
                row.median(|figure| figure.own),
                row.median(|figure| figure.broker),
            ]
            .map(|time| time.map(|time| format!("{time:.0}")).unwrap_or_default());
            println!(
                "| {} | {figure:.0} | {ratio:.2} | {own} | {broker} |",
                row.title
            );
            if let Who::Here(_) = row.who {
                least = least.min(ratio);
            }
        }
        let failures: Vec<_> = rows
            .iter()
            .filter_map(|row| row.failure.as_deref())
            .collect();
        match self.at_least {
            _ if !failures.is_empty() => Err(failures.join("\n").into()),
            Some(bound) if least < bound => {
                Err(format!("{least:.2} of the yardstick, and {bound} is the least").into())
            }
            _ => Ok(()),
        }
    }

    fn needs_a_broker(&self) -> bool {
        let mut contenders = self.contenders.iter();
        !self.peers.is_empty() || contenders.any(|contender| contender.needs_a_broker())
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
                failure: None,
            })
        });
        rows.collect()
    }

    /// Lets one do the work in a process of its own; `None` where a peer cannot do it.
    fn turn(&self, who: &Who<'_>, url: &str, broker: Option<&str>) -> Result<Option<Figure>> {
        match who {
            Who::Here(contender) => turn(*contender, url, &self.work, broker).map(Some),
            Who::Elsewhere(peer) if self.contenders[0].publishes() => {
                peer.publish(url, &self.work, broker)
            }
            Who::Elsewhere(peer) => peer.consume(url, &self.work, broker),
        }
    }
}

impl Row<'_> {
    fn median(&self, of: impl Fn(&Figure) -> Option<f64>) -> Option<f64> {
        median(&mut self.figures.iter().filter_map(of).collect::<Vec<_>>())
    }
}
