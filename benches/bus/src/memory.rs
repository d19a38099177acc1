//! How much memory publishing and handling take while many messages go through.

use std::process::{Command, Stdio};

use clap::Args;
use urutu_test_broker::Broker;

use crate::contender::{Contender, Work};
use crate::turn::{Running, arguments, block_on};
use crate::{Result, ours};

/// Watches the resident memory of a process that handles messages, and of this one, which publishes them. Linux only.
#[derive(Debug, Args)]
pub(crate) struct Memory {
    #[command(flatten)]
    work: Work,
}

/// How often is looked.
const LOOKS: u64 = 10;

impl Memory {
    pub(crate) fn print(&self) -> Result<()> {
        let broker = Broker::start();
        let url = broker.url();
        let work = &self.work;
        block_on(ours::declare(&url, work.queue))?;
        let each = work.messages / LOOKS;
        // One more than there are: it is there until the last look, and ends with this process.
        let all = Work {
            messages: each * LOOKS + 1,
            ..work.clone()
        };
        let handling = Running(
            Command::new(std::env::current_exe()?)
                .args(arguments(Contender::Consume, &url, &all))
                .stdout(Stdio::null())
                .spawn()?,
        );
        println!(
            "| messages through, {} | handling, MiB | publishing, MiB |\n|---|---|---|",
            work.queue.title()
        );
        for look in 1..=LOOKS {
            block_on(ours::publish_all(
                &url,
                work.queue,
                each,
                work.window,
                work.filling,
            ))?;
            let [handles, publishes] = [handling.0.id(), std::process::id()].map(resident);
            println!("| {} | {:.1} | {:.1} |", look * each, handles?, publishes?);
        }
        Ok(())
    }
}

/// Resident memory in MiB: <https://man7.org/linux/man-pages/man5/proc_pid_status.5.html>.
fn resident(process: u32) -> Result<f64> {
    let status = std::fs::read_to_string(format!("/proc/{process}/status"))?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kib = line.and_then(|line| line.split_whitespace().next());
    let kib: f64 = kib.ok_or("the system tells no resident memory")?.parse()?;
    Ok(kib / 1024.0)
}
