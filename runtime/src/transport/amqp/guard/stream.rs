//! The stream that lapin reads.

use std::fmt;
use std::io::{self, IoSlice};
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use futures_util::io::{AsyncRead, AsyncWrite};

use super::frames::Frames;
use crate::transport::amqp::spent::Spent;

/// How much is read at a time.
const CHUNK: usize = 64 * 1024;

/// A stream whose frames are looked at on their way in. What goes out is ours.
pub(in crate::transport::amqp) struct Watched<S> {
    inner: S,
    frames: Frames,
    chunk: Box<[u8]>,
    /// What may be read, from `at`.
    ready: Vec<u8>,
    at: usize,
    spent: Spent,
    /// Is empty.
    freed: Vec<Vec<u8>>,
}

impl<S> Watched<S> {
    pub(super) fn new(inner: S, frames: Frames, spent: Spent) -> Self {
        Self {
            inner,
            frames,
            chunk: vec![0; CHUNK].into(),
            ready: Vec::new(),
            at: 0,
            spent,
            freed: Vec::new(),
        }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Watched<S> {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut [u8],
    ) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        while this.at == this.ready.len() {
            this.ready.clear();
            this.at = 0;
            this.spent.free(&mut this.freed);
            let read = ready!(Pin::new(&mut this.inner).poll_read(cx, &mut this.chunk))?;
            if read == 0 {
                // What is left of a frame that did not come whole is of no use.
                return Poll::Ready(Ok(0));
            }
            this.frames.pass(&this.chunk[..read], &mut this.ready);
        }
        let rest = &this.ready[this.at..];
        let count = rest.len().min(buffer.len());
        buffer[..count].copy_from_slice(&rest[..count]);
        this.at += count;
        Poll::Ready(Ok(count))
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Watched<S> {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.get_mut().inner).poll_write(cx, bytes)
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.get_mut().inner).poll_write_vectored(cx, slices)
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().inner).poll_flush(cx)
    }

    fn poll_close(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().inner).poll_close(cx)
    }
}

impl<S> fmt::Debug for Watched<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Watched").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::io::{AsyncReadExt, Cursor};

    #[tokio::test]
    async fn everything_comes_through_in_reads_of_any_size() {
        let payload = vec![7; 3 * CHUNK];
        let size = u32::try_from(payload.len()).expect("a small number");
        let mut bytes = [&[3, 0, 1][..], &size.to_be_bytes(), &payload, &[0xce]].concat();
        bytes.extend([8, 0, 0, 0, 0, 0, 0, 0xce]);
        for step in [1, 7, 1_000, CHUNK, 10 * CHUNK] {
            let mut watched =
                Watched::new(Cursor::new(bytes.clone()), Frames::new(None), Spent::new());
            let (mut read, mut buffer) = (Vec::new(), vec![0; step]);
            loop {
                let count = watched.read(&mut buffer).await.expect("it is in memory");
                if count == 0 {
                    break;
                }
                read.extend_from_slice(&buffer[..count]);
            }
            assert!(read == bytes, "in steps of {step}");
        }
    }
}
