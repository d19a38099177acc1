//! Taking what a queue holds by `basic.get`, which says so where there is nothing: a consumer would wait.

use std::fmt;
use std::sync::Arc;

use futures_util::future::{BoxFuture, FutureExt};
use futures_util::stream::{FuturesOrdered, StreamExt};
use lapin::Channel;
use lapin::message::BasicGetMessage;
use lapin::options::BasicGetOptions;
use lapin::types::ShortString;
use tokio::time::timeout;

use super::connection::CONNECT_TIMEOUT;
use super::consume::delivered;
use super::declare::short;
use super::give_back::{give_back_all, give_back_in_order};
use super::request::Request;
use super::settle::Custody;
use super::spent::Spent;
use super::words::answer;
use crate::transport::{Delivered, Pull, TransportError};

/// How many messages are asked for at a time, which hides the way to the broker. RabbitMQ answers them in order.
const AHEAD: usize = 8;

type Answer = Result<Option<BasicGetMessage>, TransportError>;

/// A pull has a channel of its own: its end gives back everything that is not settled.
pub(super) struct AmqpPull {
    queue: ShortString,
    channel: Channel,
    ready: u64,
    /// Asked for and not yet here.
    coming: FuturesOrdered<BoxFuture<'static, Answer>>,
    /// The first message, until somebody asks for it.
    first: Option<BasicGetMessage>,
    /// How many of those that were ready have not been asked for.
    left: u64,
    custody: Arc<Custody>,
    spent: Spent,
}

impl AmqpPull {
    pub(super) async fn start(
        channel: Channel,
        queue: &str,
        spent: Spent,
    ) -> Result<Self, TransportError> {
        let queue = short(queue)?;
        // The first answer tells how many more there are. Unlike the count of a passive declaration, it knows of everything that was
        // given back to a quorum queue before: it takes its turn in the queue's log.
        let first = get(channel.clone(), queue.clone()).await?;
        let left = first
            .as_ref()
            .map_or(0, |message| u64::from(message.message_count));
        Ok(Self {
            queue,
            custody: Custody::of_each(channel.clone()),
            channel,
            ready: left + u64::from(first.is_some()),
            coming: FuturesOrdered::new(),
            first,
            left,
            spent,
        })
    }

    async fn take(&mut self) -> Answer {
        if let Some(first) = self.first.take() {
            return Ok(Some(first));
        }
        // Beyond those that were ready at first, one at a time.
        let ahead = usize::try_from(self.left).unwrap_or(AHEAD).clamp(1, AHEAD);
        while self.coming.len() < ahead {
            self.left = self.left.saturating_sub(1);
            let get = get(self.channel.clone(), self.queue.clone());
            self.coming.push_back(Box::pin(get));
        }
        self.coming.next().await.unwrap_or(Ok(None))
    }
}

async fn get(channel: Channel, queue: ShortString) -> Answer {
    let name = queue.clone();
    let got = channel.basic_get(queue, BasicGetOptions::default());
    answer(Request::Take(name.as_str()), got).await
}

impl Pull for AmqpPull {
    fn ready(&self) -> u64 {
        self.ready
    }

    fn next(&mut self) -> BoxFuture<'_, Result<Option<Delivered>, TransportError>> {
        Box::pin(async move {
            let message = self.take().await?;
            Ok(message.map(|message| delivered(message.delivery, &self.custody, &self.spent)))
        })
    }

    fn close(self: Box<Self>) -> BoxFuture<'static, Result<(), TransportError>> {
        Box::pin(async move {
            self.custody.end();
            // A channel that is gone, or that does not answer, needs no goodbye: its end gives everything back.
            let dropped = self.custody.take_dropped();
            let (channel, queue) = (self.channel.clone(), self.queue.clone());
            // What was settled may still wait in the broker for its turn in a quorum queue's log, and the end of the channel would drop it: the messages
            // would be back. An answer from the queue comes behind it. What it brings goes back with the rest.
            get(channel.clone(), queue.clone()).await?;
            if give_back_in_order(&channel, &queue, &dropped).await.is_ok() {
                let goodbye = async {
                    give_back_all(&channel).await?;
                    channel.close(200, "OK".into()).await
                };
                let _ = timeout(CONNECT_TIMEOUT, goodbye).await;
            }
            Ok(())
        })
    }
}

impl Drop for AmqpPull {
    fn drop(&mut self) {
        self.custody.end();
        // The first poll hands it to lapin's own thread; what is left out is the wait for the socket.
        let _ = give_back_all(&self.channel).now_or_never();
    }
}

impl fmt::Debug for AmqpPull {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AmqpPull")
            .field("queue", &self.queue)
            .field("ready", &self.ready)
            .finish_non_exhaustive()
    }
}
