//! What the handlers of a worker process did, told to its parent: a word and a number a line.

use std::fmt;
use std::io::Write;
use std::str::FromStr;

use crate::hands::Book;

/// One thing that a handler did with the message of a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Word {
    /// A wild handler began.
    Begun(u64),
    /// A wild handler did what was asked.
    Done(u64),
    /// The work of a message of the load was done.
    Handled(u64),
    /// Its acknowledgement was sent.
    Settled(u64),
}

impl Word {
    /// Tells it. It is in the pipe, and stays there, when this returns.
    pub(crate) fn tell(self) {
        let mut out = std::io::stdout().lock();
        // A parent that is gone does not listen.
        let _ = out.write_all(format!("{self}\n").as_bytes());
        let _ = out.flush();
    }
}

impl fmt::Display for Word {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (word, number) = match self {
            Self::Begun(number) => ("begun", number),
            Self::Done(number) => ("done", number),
            Self::Handled(number) => ("handled", number),
            Self::Settled(number) => ("settled", number),
        };
        write!(f, "{word} {number}")
    }
}

impl FromStr for Word {
    type Err = String;

    fn from_str(line: &str) -> Result<Self, String> {
        let (word, number) = line.split_once(' ').ok_or(line)?;
        let number = number.parse().map_err(|_| line)?;
        match word {
            "begun" => Ok(Self::Begun(number)),
            "done" => Ok(Self::Done(number)),
            "handled" => Ok(Self::Handled(number)),
            "settled" => Ok(Self::Settled(number)),
            _ => Err(line.to_owned()),
        }
    }
}

/// The book of a worker process: whoever has started it reads it.
#[derive(Debug)]
pub struct Printed;

impl Book for Printed {
    fn handled(&self, number: u64) {
        Word::Handled(number).tell();
    }

    fn settled(&self, number: u64) {
        Word::Settled(number).tell();
    }

    // Children are heard elsewhere.
    fn audited(&self, _: u64) {}
}
