//! Processor time, as Linux counts it: <https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html>.

use std::ops::Sub;
use std::time::Duration;

use crate::Result;

/// Linux shows it in hundredths of a second.
const TICK: Duration = Duration::from_millis(10);

/// How much was used so far.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Used {
    /// By processes that this one has started and that have ended.
    pub(crate) contender: Duration,
    pub(crate) broker: Duration,
}

impl Used {
    /// By a broker of this process id, where there is one.
    pub(crate) fn until_now(broker: Option<u32>) -> Result<Self> {
        let broker = match broker {
            // `utime` and `stime`.
            Some(process) => time(&process.to_string(), 14)?,
            None => Duration::ZERO,
        };
        Ok(Self {
            // `cutime` and `cstime`.
            contender: time("self", 16)?,
            broker,
        })
    }
}

impl Sub for Used {
    type Output = Self;

    fn sub(self, before: Self) -> Self {
        Self {
            contender: self.contender.saturating_sub(before.contender),
            broker: self.broker.saturating_sub(before.broker),
        }
    }
}

/// The sum of this field, which counts from 1, and the one behind it.
fn time(process: &str, field: usize) -> Result<Duration> {
    let stat = std::fs::read_to_string(format!("/proc/{process}/stat"))?;
    sum(&stat, field).ok_or_else(|| format!("no times of process {process}: {stat}").into())
}

fn sum(stat: &str, field: usize) -> Option<Duration> {
    // The second field is a name, and may hold anything.
    let (_, rest) = stat.rsplit_once(')')?;
    let mut fields = rest.split_whitespace().skip(field.checked_sub(3)?);
    let mut ticks = || fields.next()?.parse::<u32>().ok();
    Some(TICK * (ticks()? + ticks()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_behind_any_name() {
        let stat = "7 (a ) 1 2) S 1 7 7 0 -1 4194304 100 200 0 0 150 50 25 5 20 0 1 0 9";
        assert_eq!(sum(stat, 14), Some(Duration::from_secs(2)));
        assert_eq!(sum(stat, 16), Some(Duration::from_millis(300)));
        assert_eq!(sum("7 (a) S", 14), None);
    }

    #[test]
    fn a_process_of_ours_counts_when_it_has_ended() {
        let before = Used::until_now(Some(std::process::id())).unwrap();
        let busy = "i=0; while [ $i -lt 100000 ]; do i=$((i+1)); done";
        let ended = std::process::Command::new("sh").args(["-c", busy]).status();
        assert!(ended.unwrap().success());
        let used = Used::until_now(None).unwrap() - before;
        assert!(used.contender > Duration::ZERO, "{used:?}");
        assert_eq!(used.broker, Duration::ZERO);
    }
}
