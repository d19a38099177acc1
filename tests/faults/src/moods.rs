//! Everything that a handler may do to its worker.

use std::fmt;
use std::time::Duration;

use urutu::{BoxError, Context};

use crate::bus::faults::{Ask, Child};

/// How long a handler blocks its thread: longer than its timeout. One that only waits takes a quarter of it.
const BLOCKS: Duration = Duration::from_secs(4);

/// How many children a handler stages at once.
pub const MANY: u64 = 10_000;

/// Does what is asked.
pub(crate) async fn act(number: u64, ask: Ask, cx: &Context) -> Result<(), BoxError> {
    match ask {
        Ask::Work => Ok(()),
        Ask::Fail => Err("it fails".into()),
        Ask::Stage => Ok(cx.publish(&Child::new(number))?),
        Ask::StageMany => {
            for _ in 0..MANY {
                cx.publish(&Child::new(number))?;
            }
            Ok(())
        }
        Ask::StageHuge => {
            let mut child = Child::new(number);
            child.filling = "x".repeat(15 * 1024 * 1024);
            Ok(cx.publish(&child)?)
        }
        Ask::Panic => panic!("it panics"),
        Ask::PanicInDrop => {
            let _bomb = Bomb;
            std::future::pending().await
        }
        Ask::PanicWithANumber => std::panic::panic_any(Loaded(Bomb)),
        Ask::PanicInError => Err(Box::new(Mute)),
        Ask::HugeError => Err(Box::new(Huge { depth: 1_000 })),
        Ask::Sleep => {
            tokio::time::sleep(BLOCKS / 4).await;
            Ok(())
        }
        Ask::Block => {
            std::thread::sleep(BLOCKS);
            Ok(())
        }
        Ask::Spin => {
            let begun = std::time::Instant::now();
            while begun.elapsed() < BLOCKS {
                std::hint::spin_loop();
            }
            Ok(())
        }
        Ask::Hang => std::future::pending().await,
        Ask::Abort => std::process::abort(),
        Ask::Overflow => {
            std::hint::black_box(deeper(number));
            Ok(())
        }
        Ask::Leak => {
            for _ in 0..100 {
                tokio::spawn(std::future::pending::<()>());
                std::mem::forget(vec![0_u8; 1_024]);
            }
            Ok(())
        }
    }
}

/// Ends the stack.
#[expect(unconditional_recursion, reason = "that is what it is for")]
fn deeper(number: u64) -> u64 {
    let here = std::hint::black_box([number; 128]);
    deeper(here[7]) + std::hint::black_box(here[3])
}

/// Panics when it is dropped, unless a panic is under way.
struct Bomb;

impl Drop for Bomb {
    fn drop(&mut self) {
        assert!(std::thread::panicking(), "it panics when it is dropped");
    }
}

/// What a panic carries; it panics once more when somebody drops it.
struct Loaded(Bomb);

/// An error that panics whenever it is asked what it is.
struct Mute;

impl fmt::Debug for Mute {
    fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
        panic!("it does not show itself")
    }
}

impl fmt::Display for Mute {
    fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
        panic!("it does not say what it is")
    }
}

impl std::error::Error for Mute {}

/// An error of some megabytes, and so are its causes.
#[derive(Debug)]
struct Huge {
    depth: usize,
}

impl fmt::Display for Huge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", "\u{e9}".repeat(1024 * 1024))
    }
}

impl std::error::Error for Huge {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        static CAUSE: Huge = Huge { depth: 0 };
        (self.depth > 0).then_some(&CAUSE)
    }
}
