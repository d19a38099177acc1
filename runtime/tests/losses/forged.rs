//! Headers that somebody else has written.

use std::time::Duration;

use lapin::options::BasicPublishOptions;
use lapin::types::{AMQPValue, FieldTable};
use lapin::{BasicProperties, Connection, ConnectionProperties};
use urutu::Bus;
use urutu_test_broker::Broker;

use crate::ledger::{Entered, ledger, worker};

#[tokio::test(flavor = "multi_thread")]
async fn broker_loss_15_a_retry_count_that_is_no_number_leaves_the_message_stuck() {
    let broker = Broker::start();
    let bus = Bus::connect(&broker.url()).await.unwrap();
    let (service, mut entered) =
        ledger(|message, cx| async move { Ok(cx.publish(&Entered { line: message.line })?) });
    let worker = worker(&bus, service).start().await.unwrap();
    let connection = Connection::connect(&broker.url(), ConnectionProperties::default())
        .await
        .unwrap();
    let channel = connection.create_channel().await.unwrap();
    let text = |text: &str| AMQPValue::LongString(text.into());
    let mut line = 0;
    for name in ["urutu-attempts", "x-retry-count", "x-delivery-count"] {
        for value in [
            text("three"),
            text(""),
            text("-1"),
            AMQPValue::LongLongInt(i64::MIN),
            AMQPValue::Double(0.5),
            AMQPValue::Void,
            AMQPValue::FieldTable(FieldTable::default()),
        ] {
            line += 1;
            let mut headers = FieldTable::default();
            headers.insert(name.into(), value);
            let body = format!("{{\"line\":{line}}}");
            let properties = BasicProperties::default()
                .with_type("books.Enter".into())
                .with_headers(headers);
            let published = channel.basic_publish(
                "books".into(),
                "enter".into(),
                BasicPublishOptions::default(),
                body.as_bytes(),
                properties,
            );
            published.await.unwrap();
            let seen = tokio::time::timeout(Duration::from_secs(20), entered.recv());
            assert_eq!(
                seen.await.expect("it is handled"),
                Some((Entered { line }, 1))
            );
        }
    }
    worker.stop().await;
}
