//! How the cost grows with the size of messages, with queues and with processes: tables, and plots of them.

mod chart;
mod processes;
mod queues;
mod sizes;

use std::path::PathBuf;

use clap::Args;
use urutu_test_broker::Broker;

use crate::Result;

pub(crate) use processes::Share;

/// Measures for each of some sizes, numbers of queues and numbers of processes.
#[derive(Debug, Args)]
pub(crate) struct Growth {
    /// The folder for the plots.
    #[arg(long, default_value = "docs/plots")]
    plots: PathBuf,
    /// How often each gets its turn.
    #[arg(long, default_value_t = 3)]
    rounds: usize,
    /// How many messages in each turn; fewer where they are large.
    #[arg(long, default_value_t = 40_000)]
    messages: u64,
}

impl Growth {
    pub(crate) fn print(&self) -> Result<()> {
        std::fs::create_dir_all(&self.plots)?;
        for measure in [sizes::measure, queues::measure, processes::measure] {
            let chart = measure(&Broker::start(), self)?;
            println!("\n{chart}");
            chart.save(&self.plots)?;
        }
        Ok(())
    }
}
