//! Carries the bytes of one direction from one socket to the other, through the fault that is switched on.

use std::collections::VecDeque;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{ReadHalf, WriteHalf};
use tokio::sync::watch;
use tokio::time::{Instant, sleep_until};

use crate::connection::ClientEnd;
use crate::damage::Damager;
use crate::fault::{Cut, Direction, Fault};
use crate::orders::Orders;
use crate::random::Random;

/// How many bytes may be under way: beyond that, nothing is read.
const MOST_UNDER_WAY: usize = 256 * 1024;

pub(crate) struct Pump<'a> {
    pub(crate) from: ReadHalf<'a>,
    pub(crate) to: WriteHalf<'a>,
    pub(crate) direction: Direction,
    pub(crate) orders: watch::Receiver<Orders>,
    pub(crate) random: Random,
    /// Hears of the end that comes from this side.
    pub(crate) end: Option<&'a ClientEnd>,
}

/// What is under way, and how it gets on.
struct Line {
    fault: Fault,
    damager: Option<Damager>,
    pieces: VecDeque<Piece>,
    under_way: usize,
    /// How many bytes have arrived since the fault began.
    arrived: u64,
    has_lost: bool,
}

struct Piece {
    due: Instant,
    bytes: Vec<u8>,
}

impl Pump<'_> {
    /// Runs until the end of the stream is passed on, or the connection is to end.
    pub(crate) async fn run(mut self) -> Result<(), Cut> {
        let mut buffer = vec![0; 16 * 1024];
        let mut line = Line::new();
        let mut at_end = false;
        line.begin(self.fault(), &mut self.random)?;
        loop {
            if at_end && line.pieces.is_empty() && line.moves() && line.fault != Fault::Lose {
                return self.to.shutdown().await.map_err(|_| Cut::Rst);
            }
            if let Fault::CutAfter(most, cut) = line.fault
                && line.arrived >= most
            {
                return Err(cut);
            }
            let reads = !at_end && line.moves() && line.under_way < MOST_UNDER_WAY;
            let (due, next) = line.first();
            let writes = line.moves() && !next.is_empty();
            let writing = async {
                sleep_until(due).await;
                self.to.write(next).await
            };
            tokio::select! {
                biased;
                changed = self.orders.changed() => {
                    // An order that never comes: the proxy is gone.
                    changed.map_err(|_| Cut::Rst)?;
                    let fault = self.orders.borrow().of(self.direction);
                    line.begin(fault, &mut self.random)?;
                }
                written = writing, if writes => line.arrived(written.map_err(|_| Cut::Rst)?),
                read = self.from.read(&mut buffer), if reads => {
                    if let (Ok(0) | Err(_), Some(end)) = (&read, self.end) {
                        end.note();
                    }
                    match read {
                        Ok(0) => at_end = true,
                        Ok(count) => line.send(&buffer[..count], &mut self.random),
                        // The other side hears of nothing.
                        Err(_) if line.fault == Fault::Lose => at_end = true,
                        Err(_) => return Err(Cut::Rst),
                    }
                }
            }
        }
    }

    fn fault(&mut self) -> Fault {
        self.orders.borrow_and_update().of(self.direction)
    }
}

impl Line {
    fn new() -> Self {
        Self {
            fault: Fault::None,
            damager: None,
            pieces: VecDeque::new(),
            under_way: 0,
            arrived: 0,
            has_lost: false,
        }
    }

    fn begin(&mut self, fault: Fault, random: &mut Random) -> Result<(), Cut> {
        if fault == self.fault {
            return Ok(());
        }
        if self.has_lost {
            // What follows would make no sense to the receiver.
            return Err(Cut::Rst);
        }
        self.fault = fault;
        self.arrived = 0;
        self.damager = match fault {
            Fault::Damage(damage, place) => Some(Damager::new(damage, place, random)),
            _ => None,
        };
        Ok(())
    }

    fn moves(&self) -> bool {
        self.fault != Fault::Stall
    }

    /// What may arrive next, and when.
    fn first(&self) -> (Instant, &[u8]) {
        let Some(piece) = self.pieces.front() else {
            return (Instant::now(), &[]);
        };
        let most = match self.fault {
            Fault::CutAfter(most, _) => usize::try_from(most - self.arrived).unwrap_or(usize::MAX),
            _ => usize::MAX,
        };
        (piece.due, &piece.bytes[..piece.bytes.len().min(most)])
    }

    fn arrived(&mut self, count: usize) {
        self.arrived += count as u64;
        self.under_way -= count;
        if let Some(piece) = self.pieces.front_mut() {
            piece.bytes.drain(..count);
            if piece.bytes.is_empty() {
                self.pieces.pop_front();
            }
        }
    }

    fn send(&mut self, bytes: &[u8], random: &mut Random) {
        let now = Instant::now();
        match self.fault {
            Fault::Lose => self.has_lost = true,
            Fault::Delay(delay) => self.push(now + delay, bytes.to_vec()),
            Fault::Bandwidth(a_second) => {
                // A tenth of a second's worth at a time, so that much is not late as a whole.
                let piece = usize::try_from(a_second / 10).unwrap_or(usize::MAX).max(1);
                for bytes in bytes.chunks(piece) {
                    let takes = Duration::from_nanos(
                        bytes.len() as u64 * 1_000_000_000 / u64::from(a_second.max(1)),
                    );
                    let after = self.pieces.back().map_or(now, |last| last.due.max(now));
                    self.push(after + takes, bytes.to_vec());
                }
            }
            Fault::Split(most) => {
                let mut rest = bytes;
                while !rest.is_empty() {
                    let size = usize::try_from(random.up_to(most as u64)).unwrap_or(most);
                    let (piece, others) = rest.split_at(size.min(rest.len()));
                    self.push(now, piece.to_vec());
                    rest = others;
                }
            }
            Fault::Damage(..) => {
                let arrives = self
                    .damager
                    .as_mut()
                    .map_or_else(|| bytes.to_vec(), |damager| damager.pass(bytes, random));
                self.push(now, arrives);
            }
            Fault::None | Fault::Stall | Fault::CutAfter(..) => self.push(now, bytes.to_vec()),
        }
    }

    fn push(&mut self, due: Instant, bytes: Vec<u8>) {
        if !bytes.is_empty() {
            self.under_way += bytes.len();
            self.pieces.push_back(Piece { due, bytes });
        }
    }
}
