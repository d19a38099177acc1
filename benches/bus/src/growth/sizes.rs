//! Messages of 100 bytes to a mebibyte.

use urutu_test_broker::Broker;

use super::Growth;
use super::chart::Chart;
use crate::contender::{Contender, Work};
use crate::queue::Queue;
use crate::turn::{block_on, turn};
use crate::{Result, ours};

const SIZES: [u32; 5] = [100, 1_024, 10 * 1_024, 100 * 1_024, 1_024 * 1_024];

/// A parcel without its filling.
const WRAPPING: u32 = 31;

/// In all messages of a turn, at most.
const BYTES: u64 = 128 * 1_024 * 1_024;

const LINES: [(Contender, &str); 4] = [
    (Contender::ConsumeBareCumulative, "handling, lapin"),
    (Contender::Consume, "handling, urutu"),
    (Contender::PublishBare, "publishing, lapin"),
    (Contender::Publish, "publishing, urutu"),
];

pub(super) fn measure(broker: &Broker, growth: &Growth) -> Result<Chart> {
    let url = broker.url();
    block_on(ours::declare(&url, Queue::Parcels))?;
    let mut chart = Chart::new("sizes", "bytes of a message").logarithmic();
    for size in SIZES {
        let work = Work {
            queue: Queue::Parcels,
            messages: growth.messages.min(BYTES / u64::from(size)),
            window: 256,
            wait: 0,
            filling: (size - WRAPPING) as usize,
        };
        let mut figures = [const { Vec::new() }; LINES.len()];
        for _ in 0..growth.rounds {
            for ((contender, _), figures) in LINES.iter().zip(&mut figures) {
                figures.push(turn(*contender, &url, &work, None)?.per_second);
                broker.ctl(&["purge_queue", work.queue.name()]);
            }
        }
        for ((_, line), mut figures) in LINES.iter().zip(figures) {
            chart.add(line, size, &mut figures);
        }
    }
    Ok(chart)
}
