//! What is measured: the time, and the time of processors as Linux counts it.
//!
//! Who handles is measured from the first message to the last acknowledgement: connecting and declaring is not part of it.

use std::fmt;
use std::str::FromStr;
use std::time::{Duration, Instant};

/// Tells a program under test the process of the broker.
pub(crate) const BROKER: &str = "URUTU_BENCH_BROKER";

/// Linux shows processor time in hundredths of a second.
const TICK: Duration = Duration::from_millis(10);

/// Measures from its beginning.
#[derive(Debug)]
pub(crate) struct Meter {
    begun: Instant,
    own: Option<Duration>,
    broker: Option<Duration>,
}

/// The time that something took, and the processor time of this process and of the broker, where it is known.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Spent {
    pub(crate) time: Duration,
    own: Option<Duration>,
    broker: Option<Duration>,
}

/// What that is for each message.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Figure {
    /// Messages a second.
    pub(crate) per_second: f64,
    /// Processor time in µs.
    pub(crate) own: Option<f64>,
    pub(crate) broker: Option<f64>,
}

impl Meter {
    pub(crate) fn begin() -> Self {
        let (own, broker) = used();
        Self {
            begun: Instant::now(),
            own,
            broker,
        }
    }

    pub(crate) fn spent(&self) -> Spent {
        let time = self.begun.elapsed();
        let (own, broker) = used();
        let since = |now: Option<Duration>, then| Some(now?.saturating_sub(then?));
        Spent {
            time,
            own: since(own, self.own),
            broker: since(broker, self.broker),
        }
    }
}

impl Spent {
    pub(crate) fn on(self, messages: u64) -> Figure {
        #[expect(clippy::cast_precision_loss, reason = "a number of messages")]
        let messages = messages as f64;
        let each = |time: Duration| time.as_secs_f64() * 1e6 / messages;
        Figure {
            per_second: messages / self.time.as_secs_f64(),
            own: self.own.map(each),
            broker: self.broker.map(each),
        }
    }
}

/// As programs print it: `57931.4 14.5 16.2`, and only the first number where the others are not known.
impl fmt::Display for Figure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.per_second)?;
        match (self.own, self.broker) {
            (Some(own), Some(broker)) => write!(f, " {own} {broker}"),
            (Some(own), None) => write!(f, " {own}"),
            (None, _) => Ok(()),
        }
    }
}

impl FromStr for Figure {
    type Err = String;

    fn from_str(words: &str) -> Result<Self, String> {
        let mut numbers = words.split_whitespace().map(str::parse);
        let (per_second, own, broker) = (numbers.next(), numbers.next(), numbers.next());
        match (
            per_second,
            own.transpose(),
            broker.transpose(),
            numbers.next(),
        ) {
            (Some(Ok(per_second)), Ok(own), Ok(broker), None) => Ok(Self {
                per_second,
                own,
                broker,
            }),
            _ => Err(format!("no figure: {words}")),
        }
    }
}

/// By this process, and by the broker.
fn used() -> (Option<Duration>, Option<Duration>) {
    let broker = std::env::var(BROKER).ok();
    (time_of("self"), broker.as_deref().and_then(time_of))
}

/// Of all threads of a process, in user and in kernel mode: <https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html>.
fn time_of(process: &str) -> Option<Duration> {
    let stat = std::fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
    // The second field is a name, and may hold anything; the times are the 14th and the 15th.
    let (_, behind) = stat.rsplit_once(')')?;
    let mut fields = behind.split_whitespace().skip(11);
    let mut ticks = || fields.next()?.parse::<u32>().ok();
    Some(TICK * (ticks()? + ticks()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_figure_is_what_it_was_after_it_was_printed() {
        let spent = Spent {
            time: Duration::from_secs(2),
            own: Some(Duration::from_millis(300)),
            broker: None,
        };
        let figure = spent.on(10_000);
        assert_eq!(figure.to_string(), "5000 30");
        assert_eq!("5000 30".parse(), Ok(figure));
        let whole: Figure = " 5000 30 12.5\n".parse().unwrap();
        assert_eq!(whole.to_string(), "5000 30 12.5");
        for nothing in ["", "fast", "1 2 3 4", "1 x"] {
            assert!(nothing.parse::<Figure>().is_err(), "{nothing}");
        }
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn processor_time_is_what_a_busy_process_uses() {
        let meter = Meter::begin();
        while meter.spent().own < Some(TICK * 3) {
            std::hint::spin_loop();
        }
        let spent = meter.spent();
        assert!(spent.time >= TICK, "{spent:?}");
        assert!(spent.broker.is_none(), "{spent:?}");
    }
}
