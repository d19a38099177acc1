//! One to four processes that share a queue.

use std::io::{BufRead, BufReader, Read, Write, stdin};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::channel;
use std::time::Duration;

use clap::Args;
use futures_util::StreamExt;
use lapin::options::BasicAckOptions;
use tokio::task::spawn_blocking;
use tokio::time::interval;
use urutu::Worker;
use urutu_test_broker::Broker;

use super::Growth;
use super::chart::Chart;
use crate::contender::{Contender, Work};
use crate::meter::Meter;
use crate::ours::Handle;
use crate::queue::Queue;
use crate::turn::{Running, block_on};
use crate::{Result, bare, ours};

const PROCESSES: [u32; 3] = [1, 2, 4];

const QUEUE: Queue = Queue::Quorum;

/// No turn takes longer.
const PATIENCE: Duration = Duration::from_secs(60);

/// How often a process says how far it is.
const TELLS: Duration = Duration::from_millis(5);

pub(super) fn measure(broker: &Broker, growth: &Growth) -> Result<Chart> {
    let url = broker.url();
    block_on(ours::declare(&url, QUEUE))?;
    let mut chart = Chart::new("processes", "processes");
    for processes in PROCESSES {
        let (mut lapin, mut urutu) = (Vec::new(), Vec::new());
        for _ in 0..growth.rounds {
            lapin.push(turn(
                &url,
                processes,
                growth.messages,
                Contender::ConsumeBareCumulative,
            )?);
            urutu.push(turn(&url, processes, growth.messages, Contender::Consume)?);
            broker.ctl(&["purge_queue", QUEUE.name()]);
        }
        chart.add("handling, lapin", processes, &mut lapin);
        chart.add("handling, urutu", processes, &mut urutu);
    }
    Ok(chart)
}

/// Lets so many processes handle so many messages, and gives messages a second.
fn turn(url: &str, processes: u32, messages: u64, contender: Contender) -> Result<f64> {
    let work = Work {
        queue: QUEUE,
        messages,
        window: 1_000,
        wait: 0,
        filling: 0,
    };
    block_on(contender.prepare(url, &work))?;
    let (sender, told) = channel();
    let mut running = Vec::new();
    for process in 0..processes as usize {
        let mut child = Command::new(std::env::current_exe()?)
            .args(["share", "--url", url, &contender.value_name()])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let words = BufReader::new(child.stdout.take().ok_or("it has a pipe")?);
        let sender = sender.clone();
        std::thread::spawn(move || {
            for line in words.lines().map_while(Result::ok) {
                let _ = sender.send((process, line));
            }
        });
        running.push(Running(child));
    }
    drop(sender);
    for Running(child) in &mut running {
        child
            .stdin
            .as_mut()
            .ok_or("it has a pipe")?
            .write_all(b"\n")?;
    }
    let mut handled = vec![0; running.len()];
    let mut next = || -> Result<u64> {
        let (process, line) = told.recv_timeout(PATIENCE)?;
        handled[process] = line.parse()?;
        Ok(handled.iter().sum())
    };
    // Connecting is not measured: all have connected when the first tells, or soon after.
    let before = next()?;
    let meter = Meter::begin();
    while next()? < messages {}
    let spent = meter.spent();
    for mut running in running {
        // That ends it.
        drop(running.0.stdin.take());
        running.0.wait()?;
    }
    Ok(spent.on(messages.saturating_sub(before)).per_second)
}

/// Waits for a line on standard input, and handles messages until that is closed.
#[derive(Debug, Args)]
pub(crate) struct Share {
    #[arg(long)]
    url: String,
    contender: Contender,
}

impl Share {
    pub(crate) fn run(&self) -> Result<()> {
        stdin().read_line(&mut String::new())?;
        block_on(async {
            let tally = Arc::new(Tally::default());
            let over = spawn_blocking(|| stdin().read_to_end(&mut Vec::new()));
            let over = async { over.await?.map(drop).map_err(Into::into) };
            tokio::select! {
                ended = self.handle(&tally, over) => ended,
                () = tally.tell() => Ok(()),
            }
        })
    }

    async fn handle(
        &self,
        tally: &Arc<Tally>,
        over: impl Future<Output = Result<()>>,
    ) -> Result<()> {
        if self.contender == Contender::Consume {
            let builder = Worker::builder().broker_url(&self.url);
            let worker = ours::worker(builder, QUEUE, tally).await?;
            over.await?;
            worker.stop().await;
            return Ok(());
        }
        let channel = bare::channel(&self.url).await?;
        let mut consumer = bare::consumer(&channel, QUEUE.name()).await?;
        let (mut over, mut last) = (std::pin::pin!(over), None);
        loop {
            let delivery = tokio::select! {
                delivery = consumer.next() => delivery.ok_or("the consumer has ended")??,
                ended = &mut over => {
                    ended?;
                    break;
                }
            };
            if tally.add().is_multiple_of(50) {
                delivery.acker.ack(ALL).await?;
                last = None;
            } else {
                last = Some(delivery.acker);
            }
        }
        if let Some(last) = last {
            last.ack(ALL).await?;
        }
        Ok(())
    }
}

const ALL: BasicAckOptions = BasicAckOptions { multiple: true };

/// Counts what this process has handled.
#[derive(Debug, Default)]
struct Tally(AtomicU64);

impl Tally {
    fn add(&self) -> u64 {
        self.0.fetch_add(1, Ordering::Relaxed) + 1
    }

    /// Prints it whenever it has changed.
    async fn tell(&self) {
        let (mut ticks, mut told) = (interval(TELLS), 0);
        loop {
            ticks.tick().await;
            let now = self.0.load(Ordering::Relaxed);
            if now != told {
                println!("{now}");
                told = now;
            }
        }
    }
}

impl Handle for Tally {
    async fn handle(&self, _: u64) {
        self.add();
    }
}
