//! Dead letters: what failed for good, and why; reading, replaying and purging them.

mod error;
mod filter;
mod letter;
mod purge;
mod queue;
mod read;
mod replay;
mod report;
mod sweep;
mod watch;

pub use error::DeadLetterError;
pub use filter::DeadLetterFilter;
pub use letter::DeadLetter;
pub use queue::DeadLetterQueue;
pub use read::DeadLetterReading;
pub use report::{DeadLetterProgress, DeadLetterReport};
pub use sweep::DeadLetterSweep;
pub use watch::DeadLetters;
