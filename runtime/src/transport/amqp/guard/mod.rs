//! Stands between the socket and lapin: whatever a publisher has put into the properties of a message, lapin can read it.
//!
//! RabbitMQ hands on what it was given. Left alone, lapin loses its connection to a text that is not UTF-8 and to headers that the broker's own
//! additions have made larger than a frame, and the whole process to headers that are nested so deeply that the stack of its thread ends. The
//! broker would deliver such a message again, to the next worker.
//!
//! Nothing is changed in what honest programs send; what is changed, and how, stands in [`header`] and [`method`].

mod frames;
mod header;
mod method;
mod stream;
mod text;

use std::io;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use async_rs::traits::Reactor;
use async_rs::util::RuntimeParts;
use async_rs::{Runtime, Tokio};
use futures_util::Stream;
use futures_util::io::{AsyncRead, AsyncWrite};
use lapin::AsyncTcpStream;

use frames::Frames;
#[cfg(feature = "fuzzing")]
pub(crate) use header::mended;
use stream::Watched;

use super::spent::Spent;

/// A stream of AMQP, in the clear: TLS is below it.
type Tcp = AsyncTcpStream<<Tokio as Reactor>::TcpStream>;

/// The stream as lapin may read it. `frame_max` is the largest frame that our side takes, where it sets one; spent bodies are freed by who reads.
pub(super) fn guarded(
    stream: Tcp,
    frame_max: Option<u32>,
    spent: &Spent,
) -> AsyncTcpStream<Watched<Tcp>> {
    AsyncTcpStream::Plain(Watched::new(stream, Frames::new(frame_max), spent.clone()))
}

/// tokio, as it runs here, with streams that are guarded.
pub(super) fn runtime() -> Runtime<RuntimeParts<Tokio, GuardedTokio>> {
    let tokio = Tokio::current();
    Runtime::new(RuntimeParts::new(tokio.clone(), GuardedTokio(tokio)))
}

/// What lapin needs of a runtime beside tasks. All but the type of its streams is tokio's.
#[derive(Debug, Clone)]
pub(super) struct GuardedTokio(Tokio);

impl Reactor for GuardedTokio {
    type TcpStream = Watched<Tcp>;
    type Sleep = <Tokio as Reactor>::Sleep;

    fn register<H: io::Read + io::Write + Send + 'static>(
        &self,
        _: H,
    ) -> io::Result<impl AsyncRead + AsyncWrite + Send + Unpin + 'static> {
        // lapin is given its streams.
        Err::<Watched<Tcp>, _>(io::ErrorKind::Unsupported.into())
    }

    fn sleep(&self, duration: Duration) -> Self::Sleep {
        self.0.sleep(duration)
    }

    fn interval(&self, duration: Duration) -> impl Stream<Item = Instant> + Send + 'static {
        self.0.interval(duration)
    }

    fn tcp_connect_addr(
        &self,
        address: SocketAddr,
    ) -> impl Future<Output = io::Result<Self::TcpStream>> + Send + 'static {
        let connected = self.0.tcp_connect_addr(address);
        async move {
            let stream = AsyncTcpStream::Plain(connected.await?);
            Ok(Watched::new(stream, Frames::new(None), Spent::new()))
        }
    }
}
