//! Keeps what lapin logs from telling secrets.
//!
//! On the thread that reads and writes a connection, lapin logs what goes over it: the bodies and headers of returned messages as a
//! warning, and as traces the login with its password and the body of everything that is received.

use std::cell::RefCell;

use tracing::Dispatch;
use tracing::dispatcher::{DefaultGuard, get_default, set_default};
use tracing::subscriber::NoSubscriber;

/// What lapin calls the thread of a connection.
const IO_THREAD: &str = "lapin-io-loop";

thread_local! {
    /// Given up when the thread ends.
    static QUIET: RefCell<Option<DefaultGuard>> = const { RefCell::new(None) };
}

/// Logs nothing of this thread from now on, where it is that of a connection. What matters of it comes back as errors.
pub(super) fn quieten_io_thread() {
    if std::thread::current().name() != Some(IO_THREAD) {
        return;
    }
    // Where nobody listens there is nothing to do; and to set any dispatcher would turn off the fallback of `tracing` to `log`
    // in the whole process.
    if get_default(Dispatch::is::<NoSubscriber>) {
        return;
    }
    let nobody = Dispatch::new(NoSubscriber::new());
    QUIET.with_borrow_mut(|quiet| {
        if quiet.is_none() {
            *quiet = Some(set_default(&nobody));
        }
    });
}
