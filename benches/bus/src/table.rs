//! Contenders take turns on one node.

use std::io::IsTerminal;
use std::time::Duration;

use clap::Args;
use urutu_test_broker::Broker;

use crate::contender::{Contender, Work};
use crate::peer::Peer;
use crate::processor::Used;
use crate::turn::{block_on, median, per_second, prepared_turn};
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
    figures: Figures,
    /// Why there are no more figures.
    failure: Option<String>,
}

/// What was measured, turn by turn.
#[derive(Default)]
struct Figures {
    per_second: Vec<f64>,
    /// The processor time that a message took, in µs: of the contender, whose start is part of it, and of the broker.
    own: Vec<f64>,
    broker: Vec<f64>,
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
        let mut rows = self.rows()?;
        for round in 0..self.rounds {
            for row in rows.iter_mut().filter(|row| row.failure.is_none()) {
                match self.turn(&row.who, broker.as_ref(), &url, &mut row.figures) {
                    Ok(()) => {}
                    // Somebody else's program; the others go on.
                    Err(error) if matches!(row.who, Who::Elsewhere(_)) => {
                        row.failure = Some(error.to_string());
                    }
                    Err(error) => return Err(error),
                }
                if let Some(broker) = &broker {
                    broker.ctl(&["purge_queue", self.work.queue.name()]);
                }
                if std::io::stderr().is_terminal() {
                    let figure = row.figures.per_second.last();
                    eprintln!("round {}: {}: {figure:.0?}/s", round + 1, row.title);
                }
            }
        }
        let title = self.work.queue.title();
        println!(
            "\n| {title} | messages/s | ratio | own µs | broker's µs |\n|---|---|---|---|---|"
        );
        let mut yardstick = None;
        let mut least = f64::INFINITY;
        for row in &mut rows {
            let figures = &mut row.figures;
            let figure = match (&row.failure, median(&mut figures.per_second)) {
                (None, Some(figure)) => figure,
                (failure, _) => {
                    let word = failure.as_ref().map_or("cannot", |_| "failed");
                    println!("| {} | {word} | | | |", row.title);
                    continue;
                }
            };
            let ratio = figure / *yardstick.get_or_insert(figure);
            let [own, broker] = [&mut figures.own, &mut figures.broker].map(|times| {
                let time = median(times);
                time.map_or_else(String::new, |time| format!("{time:.1}"))
            });
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
                figures: Figures::default(),
                failure: None,
            })
        });
        rows.collect()
    }

    /// Lets one do the work in a process of its own; nothing is measured where a peer cannot do it.
    fn turn(
        &self,
        who: &Who<'_>,
        broker: Option<&Broker>,
        url: &str,
        figures: &mut Figures,
    ) -> Result<()> {
        let (work, publishes) = (&self.work, self.contenders[0].publishes());
        let is_prepared = match who {
            Who::Here(contender) => block_on(contender.prepare(url, work)).map(|()| true)?,
            Who::Elsewhere(peer) => publishes || peer.prepare(url, work)?,
        };
        if !is_prepared {
            return Ok(());
        }
        let process = broker.map(Broker::process);
        let before = Used::until_now(process)?;
        let figure = match who {
            Who::Here(contender) => Some(prepared_turn(*contender, url, work)?),
            Who::Elsewhere(peer) if publishes => peer.publish(url, work)?,
            Who::Elsewhere(peer) => peer.consume(url, work)?,
        };
        let used = Used::until_now(process)? - before;
        if let Some(figure) = figure {
            let each = |time: Duration| 1e6 / per_second(work.messages, time);
            figures.per_second.push(figure);
            figures.own.push(each(used.contender));
            figures.broker.extend(process.map(|_| each(used.broker)));
        }
        Ok(())
    }
}
