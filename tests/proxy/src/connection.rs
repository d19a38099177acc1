//! One connection: the client's socket, the broker's, and what goes between them.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio::time::timeout;

use crate::fault::{Cut, Direction};
use crate::orders::Orders;
use crate::pump::Pump;
use crate::random::Random;

/// On loopback, the kernel of a broker takes connections at once, whatever the broker does.
const CONNECTS_WITHIN: Duration = Duration::from_secs(1);

/// Whether the client of a connection has ended it, and how many have.
#[derive(Clone)]
pub(crate) struct ClientEnd {
    pub(crate) all: Arc<AtomicU64>,
    pub(crate) is_here: Arc<AtomicBool>,
}

impl ClientEnd {
    pub(crate) fn note(&self) {
        self.is_here.store(true, Ordering::Relaxed);
        self.all.fetch_add(1, Ordering::Relaxed);
    }
}

/// Runs until either side or an order ends it.
pub(crate) async fn forward(
    client: TcpStream,
    broker: SocketAddr,
    mut orders: watch::Receiver<Orders>,
    seed: u64,
    client_end: &ClientEnd,
) {
    let mut connecting = std::pin::pin!(TcpStream::connect(broker));
    let connected = tokio::select! {
        connected = &mut connecting => connected,
        how = ended(&mut orders) => {
            end(client, how).await;
            // The broker may have taken it a moment ago: its end comes in the same manner.
            if let Ok(Ok(broker)) = timeout(CONNECTS_WITHIN, connecting).await {
                end(broker, how).await;
            }
            return;
        }
    };
    let Ok(broker) = connected else {
        // As a closed port would look like through a machine between.
        return end(client, Cut::Rst).await;
    };
    // What is split must not be put together again.
    let _ = (client.set_nodelay(true), broker.set_nodelay(true));
    let (mut client, mut broker) = (client, broker);
    let how = {
        let (from_client, to_client) = client.split();
        let (from_broker, to_broker) = broker.split();
        let up = Pump {
            from: from_client,
            to: to_broker,
            direction: Direction::ToBroker,
            orders: orders.clone(),
            random: Random::new(seed),
            end: Some(client_end),
        };
        let down = Pump {
            from: from_broker,
            to: to_client,
            direction: Direction::ToClient,
            orders: orders.clone(),
            random: Random::new(!seed),
            end: None,
        };
        tokio::select! {
            how = ended(&mut orders) => how,
            both = async { tokio::try_join!(up.run(), down.run()) } => both.err().unwrap_or(Cut::Fin),
        }
    };
    end(client, how).await;
    end(broker, how).await;
}

/// Takes what comes and answers nothing, until the client or an order ends it.
pub(crate) async fn keep_silent(
    mut client: TcpStream,
    mut orders: watch::Receiver<Orders>,
    client_end: &ClientEnd,
) {
    let mut nowhere = tokio::io::sink();
    let how = tokio::select! {
        how = ended(&mut orders) => how,
        _ = tokio::io::copy(&mut client, &mut nowhere) => {
            client_end.note();
            Cut::Fin
        }
    };
    end(client, how).await;
}

pub(crate) async fn end(mut stream: TcpStream, how: Cut) {
    // Whoever has ended it before us has done our work.
    let _ = match how {
        Cut::Fin => stream.shutdown().await,
        Cut::Rst => stream.set_zero_linger(),
    };
}

async fn ended(orders: &mut watch::Receiver<Orders>) -> Cut {
    let ended = orders.wait_for(|orders| orders.end.is_some()).await;
    // An order that never comes: the proxy is gone.
    ended.ok().and_then(|orders| orders.end).unwrap_or(Cut::Rst)
}
