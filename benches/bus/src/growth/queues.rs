//! One to eight queues, and one process that handles them all. An event reaches each of them.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use lapin::{Connection, ConnectionProperties};
use tokio::task::JoinSet;
use urutu::{BoxError, Bus, Context, RunningWorker, Worker};
use urutu_test_broker::Broker;

use super::Growth;
use super::chart::Chart;
use crate::bus::bench::{
    Beat, Lane1Handlers, Lane2Handlers, Lane3Handlers, Lane4Handlers, Lane5Handlers, Lane6Handlers,
    Lane7Handlers, Lane8Handlers,
};
use crate::meter::{Meter, Spent};
use crate::order::order;
use crate::ours::{Counter, Handle};
use crate::turn::block_on;
use crate::{Result, bare};

const LANES: [u32; 4] = [1, 2, 4, 8];

/// How many publish at a time.
const CALLERS: u64 = 1_000;

pub(super) fn measure(broker: &Broker, growth: &Growth) -> Result<Chart> {
    let mut chart = Chart::new("queues", "queues");
    for lanes in LANES {
        let url = broker.url_for_vhost(&format!("lanes-{lanes}"));
        let beats = growth.messages / u64::from(lanes);
        let (mut lapin, mut urutu) = (Vec::new(), Vec::new());
        for _ in 0..growth.rounds {
            lapin.push(block_on(turn(
                &url,
                lanes,
                beats,
                by_lapin(&url, lanes, beats),
            ))?);
            urutu.push(block_on(turn(
                &url,
                lanes,
                beats,
                by_urutu(&url, lanes, beats),
            ))?);
        }
        chart.add("handling, lapin", lanes, &mut lapin);
        chart.add("handling, urutu", lanes, &mut urutu);
    }
    Ok(chart)
}

/// Puts so many messages into each queue, lets somebody handle them, and gives messages a second.
async fn turn(
    url: &str,
    lanes: u32,
    beats: u64,
    work: impl Future<Output = Result<Spent>>,
) -> Result<f64> {
    // It declares them.
    worker(url, lanes, &Counter::of(0, Duration::ZERO))
        .await?
        .stop()
        .await;
    let bus = Bus::connect(url).await?;
    let mut publishing = JoinSet::<Result<()>>::new();
    for caller in 0..CALLERS {
        let bus = bus.clone();
        publishing.spawn(async move {
            for number in (caller..beats).step_by(usize::try_from(CALLERS)?) {
                bus.publish(&Beat::new(number, order(0))).await?;
            }
            Ok(())
        });
    }
    while let Some(ended) = publishing.join_next().await {
        ended??;
    }
    bus.close().await;
    let spent = work.await?;
    Ok(spent.on(beats * u64::from(lanes)).per_second)
}

async fn by_urutu(url: &str, lanes: u32, beats: u64) -> Result<Spent> {
    let counter = Counter::of(beats * u64::from(lanes), Duration::ZERO);
    let worker = worker(url, lanes, &counter).await?;
    counter.done().await;
    // It waits for the last acknowledgements.
    worker.stop().await;
    counter.spent()
}

/// A channel for each queue, and a task.
async fn by_lapin(url: &str, lanes: u32, beats: u64) -> Result<Spent> {
    let connection = Connection::connect(url, ConnectionProperties::default()).await?;
    let meter = Arc::<OnceLock<Meter>>::default();
    let mut handling = JoinSet::new();
    for lane in 1..=lanes {
        let channel = connection.create_channel().await?;
        let meter = Arc::clone(&meter);
        handling.spawn(async move {
            let consumer = bare::consumer(&channel, &format!("bench.lane{lane}")).await?;
            bare::take(consumer, beats, 50, |data| {
                meter.get_or_init(Meter::begin);
                std::hint::black_box(data);
                Ok(())
            })
            .await
        });
    }
    while let Some(ended) = handling.join_next().await {
        ended??;
    }
    let meter = meter.get().ok_or("nothing was handled")?;
    Ok(meter.spent())
}

struct Lane(Arc<Counter>);

macro_rules! lanes {
    ($($handlers:ident),+) => {
        $(impl $handlers for Lane {
            type Error = BoxError;

            async fn beat(&self, message: Beat, _: &Context) -> Result<(), BoxError> {
                std::hint::black_box(&message);
                self.0.handle(message.number).await;
                Ok(())
            }
        })+

        async fn worker(url: &str, lanes: u32, counter: &Arc<Counter>) -> Result<RunningWorker> {
            let builder = Worker::builder().broker_url(url);
            $(let builder = builder.service($handlers::into_service(Lane(Arc::clone(counter))));)+
            let chosen = (1..=lanes).map(|lane| format!("lane{lane}"));
            Ok(builder.handlers(chosen).start().await?)
        }
    };
}

lanes!(
    Lane1Handlers,
    Lane2Handlers,
    Lane3Handlers,
    Lane4Handlers,
    Lane5Handlers,
    Lane6Handlers,
    Lane7Handlers,
    Lane8Handlers
);
