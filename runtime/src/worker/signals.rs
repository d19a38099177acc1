//! SIGTERM and SIGINT.

use std::io;

use tokio::sync::mpsc;

/// The signals that end a worker, each counted.
///
/// They are heard on a thread of their own: handlers may block every thread of the runtime, and signals that wait for one become one (the second would not
/// be noticed).
#[derive(Debug)]
pub(super) struct Signals {
    /// Where it is dropped, the thread ends.
    heard: mpsc::UnboundedReceiver<()>,
}

impl Signals {
    pub(super) fn listen() -> io::Result<Self> {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        let mut ears = {
            let _inside = runtime.enter();
            Ears::open()?
        };
        let (hear, heard) = mpsc::unbounded_channel();
        std::thread::Builder::new()
            .name("urutu-signals".to_owned())
            .spawn(move || {
                runtime.block_on(async {
                    loop {
                        tokio::select! {
                            () = ears.hear() => (),
                            () = hear.closed() => return,
                        }
                        if hear.send(()).is_err() {
                            return;
                        }
                    }
                });
            })?;
        Ok(Self { heard })
    }

    /// Waits for the next signal.
    pub(super) async fn next(&mut self) {
        if self.heard.recv().await.is_none() {
            // The thread ends after this only.
            std::future::pending::<()>().await;
        }
    }
}

#[cfg(unix)]
struct Ears {
    terminate: tokio::signal::unix::Signal,
    interrupt: tokio::signal::unix::Signal,
}

#[cfg(unix)]
impl Ears {
    fn open() -> io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Self {
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
        })
    }

    async fn hear(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => (),
            _ = self.interrupt.recv() => (),
        }
    }
}

#[cfg(not(unix))]
struct Ears;

#[cfg(not(unix))]
impl Ears {
    fn open() -> io::Result<Self> {
        Ok(Self)
    }

    /// Hears Ctrl-C; nothing, where the system gives none.
    async fn hear(&mut self) {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    /// Blocks the only thread of the runtime all the while, as handlers may.
    #[tokio::test]
    async fn each_signal_counts_though_every_thread_is_blocked() {
        let mut signals = Signals::listen().unwrap();
        for number in 1..=2 {
            let sent = std::process::Command::new("kill")
                .arg("-TERM")
                .arg(std::process::id().to_string())
                .status();
            assert!(sent.unwrap().success());
            while signals.heard.len() < number {
                std::thread::yield_now();
            }
        }
        signals.next().await;
        signals.next().await;
    }
}
