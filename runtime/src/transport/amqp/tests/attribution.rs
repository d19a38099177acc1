use futures_util::stream::{self, StreamExt};
use urutu_test_broker::Broker;

use super::*;
use crate::transport::PublishFailure;

const PUBLISHES: usize = 20_000;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn broker_long_no_return_is_attributed_wrongly_on_a_classic_queue() {
    none_is_attributed_wrongly(QueueKind::Classic).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn broker_long_no_return_is_attributed_wrongly_on_a_quorum_queue() {
    none_is_attributed_wrongly(QueueKind::Quorum).await;
}

async fn none_is_attributed_wrongly(kind: QueueKind) {
    let name = "attributed";
    let broker = Broker::start();
    let transport = connect(&broker.url()).await;
    declare(&transport, &bound(queue(name, kind))).await;
    for concurrency in [1, 8, 64, 256, 2_000] {
        let wrong: Vec<_> = stream::iter(0..PUBLISHES)
            .map(|number| {
                let transport = &transport;
                async move {
                    let id = format!("{concurrency}-{number}");
                    let unroutable = number % 10 == 3;
                    let outcome = transport
                        .publish(message(if unroutable { "nowhere" } else { name }, &id))
                        .await;
                    let truth = if unroutable {
                        Err(PublishFailure::Unroutable)
                    } else {
                        Ok(())
                    };
                    (outcome != truth).then_some((id, outcome))
                }
            })
            .buffer_unordered(concurrency)
            .filter_map(std::future::ready)
            .collect()
            .await;
        assert!(
            wrong.is_empty(),
            "{} wrong at {concurrency}: {:?}",
            wrong.len(),
            wrong.first()
        );
    }
    let (_connection, channel) = raw_channel(&broker.url()).await;
    let stored = u32::try_from(5 * PUBLISHES * 9 / 10).unwrap();
    count_becomes(&channel, name, stored).await;
}
