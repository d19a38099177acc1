//! What a message costs a process: instructions and allocations, as valgrind counts them. A second run with more messages takes away what starting costs.

use std::path::Path;
use std::process::Command;

use clap::Args;
use urutu_test_broker::Broker;

use crate::contender::{Contender, Work};
use crate::turn::{arguments, block_on};
use crate::{Result, ours};

/// Counts instructions and allocations of each contender for a message. Needs valgrind.
#[derive(Debug, Args)]
pub(crate) struct Cost {
    #[arg(required = true)]
    contenders: Vec<Contender>,
    #[command(flatten)]
    work: Work,
}

impl Cost {
    pub(crate) fn print(&self) -> Result<()> {
        let broker = Broker::start();
        let url = broker.url();
        block_on(ours::declare(&url, self.work.queue))?;
        println!(
            "| a message, {} | instructions | allocations | bytes allocated |\n|---|---|---|---|",
            self.work.queue.title()
        );
        for contender in &self.contenders {
            let of = |count| self.count(&broker, &url, *contender, count);
            let (few, many) = (of(self.work.messages / 5)?, of(self.work.messages)?);
            let messages = self.work.messages - self.work.messages / 5;
            let [instructions, allocations, bytes] =
                [0, 1, 2].map(|which| many[which].saturating_sub(few[which]) / messages);
            let title = contender.title(&self.work);
            println!("| {title} | {instructions} | {allocations} | {bytes} |");
        }
        Ok(())
    }

    /// Instructions, allocations, and their bytes.
    fn count(
        &self,
        broker: &Broker,
        url: &str,
        contender: Contender,
        messages: u64,
    ) -> Result<[u64; 3]> {
        let work = Work {
            messages,
            ..self.work.clone()
        };
        let folder = std::env::temp_dir().join(format!("urutu-bench-{}", std::process::id()));
        std::fs::create_dir_all(&folder)?;
        let counted = (|| {
            let mut counted = [0; 3];
            let instructions = valgrind(broker, url, contender, &work, "callgrind", &folder)?;
            counted[0] = number_after(&instructions, "Collected :")?;
            let allocations = valgrind(broker, url, contender, &work, "dhat", &folder)?;
            counted[2] = number_after(&allocations, "Total:")?;
            counted[1] = number_after(&allocations, "bytes in")?;
            Ok(counted)
        })();
        std::fs::remove_dir_all(&folder)?;
        counted
    }
}

/// Runs a contender under a tool, and gives what the tool says at the end.
fn valgrind(
    broker: &Broker,
    url: &str,
    contender: Contender,
    work: &Work,
    tool: &str,
    folder: &Path,
) -> Result<String> {
    block_on(contender.prepare(url, work))?;
    let out = folder.join(tool);
    let output = Command::new("valgrind")
        .arg(format!("--tool={tool}"))
        .arg(format!("--{tool}-out-file={}", out.display()))
        .arg(std::env::current_exe()?)
        .args(arguments(contender, url, work))
        .output()
        .map_err(|error| format!("valgrind: {error}; install it with your package manager"))?;
    broker.ctl(&["purge_queue", work.queue.name()]);
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    if output.status.success() {
        Ok(said)
    } else {
        Err(format!("{contender:?} under {tool}: {said}").into())
    }
}

/// The number behind the first occurrence of some words; it may have commas.
fn number_after(text: &str, words: &str) -> Result<u64> {
    let found = text.find(words).map(|at| &text[at + words.len()..]);
    let digits: String = found
        .unwrap_or_default()
        .trim_start()
        .chars()
        .take_while(|sign| sign.is_ascii_digit() || *sign == ',')
        .filter(char::is_ascii_digit)
        .collect();
    digits
        .parse()
        .map_err(|_| format!("no number behind `{words}`: {text}").into())
}
