//! Ctrl-C and SIGTERM: the first stops in order, the second at once.

use tokio::sync::oneshot;

/// What a shell tells of a process that Ctrl-C has ended.
const INTERRUPTED: i32 = 130;

/// Ready when the user or the system asks the command to stop.
pub(super) fn interrupted() -> impl Future<Output = ()> + Send + 'static {
    let (first, is_first) = oneshot::channel();
    tokio::spawn(async move {
        signal().await;
        let _ = first.send(());
        signal().await;
        std::process::exit(INTERRUPTED);
    });
    async move {
        // Where the task is gone, the process is about to be.
        let _ = is_first.await;
    }
}

#[cfg(unix)]
async fn signal() {
    use tokio::signal::unix::{SignalKind, signal};
    let Ok(mut terminate) = signal(SignalKind::terminate()) else {
        return ctrl_c().await;
    };
    tokio::select! {
        _ = terminate.recv() => {}
        () = ctrl_c() => {}
    }
}

#[cfg(not(unix))]
async fn signal() {
    ctrl_c().await;
}

async fn ctrl_c() {
    if tokio::signal::ctrl_c().await.is_err() {
        // There are no such signals here, so that none will come.
        std::future::pending::<()>().await;
    }
}
