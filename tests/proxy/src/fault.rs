//! What can be wrong with a network.

use std::time::Duration;

/// Which bytes of a connection a fault concerns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// Those that the client sends.
    ToBroker,
    /// Those that the broker sends.
    ToClient,
    /// All of them.
    Both,
}

/// What happens to the bytes of one direction, from the moment in which it is switched on.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Fault {
    /// They arrive.
    #[default]
    None,
    /// They stay where they are, and the buffers of the sender fill up. They arrive later, as after a network that was away for a while.
    Stall,
    /// They are taken and lost, without a word to anybody, nor is the end of the connection passed on: the peer has vanished. A connection that has
    /// lost bytes is reset when the fault ends.
    Lose,
    /// They arrive this much later.
    Delay(Duration),
    /// So many of them arrive in a second.
    Bandwidth(u32),
    /// They arrive in pieces of one to so many bytes.
    Split(usize),
    /// Some of them are damaged.
    Damage(Damage, Place),
    /// So many of them arrive, then the connection ends.
    CutAfter(u64, Cut),
}

/// How bytes are damaged. What is random follows from the seed of the proxy and the number of the connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Damage {
    /// One bit of one byte is turned over.
    Flip,
    /// So many bytes, random ones, come in.
    Insert(usize),
    /// So many bytes get lost.
    Drop(usize),
}

/// Which bytes are damaged, counted from the moment in which the fault began.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// The byte with this number, from 0, and no other one.
    At(u64),
    /// Again and again, after so many bytes on average.
    Every(u64),
}

/// How a connection ends on both sides.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cut {
    /// In order (FIN), as if each peer had closed it.
    Fin,
    /// At once (RST).
    Rst,
}

/// What a new connection meets.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Greeting {
    /// The broker, behind the faults that are switched on.
    #[default]
    Broker,
    /// Nobody: the port is closed.
    Refusal,
    /// It is taken and ends at once.
    Cut(Cut),
    /// It is taken, and nothing is ever answered.
    Silence,
}
