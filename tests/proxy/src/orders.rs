//! What a connection is told while it runs.

use crate::fault::{Cut, Direction, Fault};

#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Orders {
    pub(crate) to_broker: Fault,
    pub(crate) to_client: Fault,
    pub(crate) end: Option<Cut>,
}

impl Orders {
    pub(crate) fn set(&mut self, direction: Direction, fault: Fault) {
        if direction != Direction::ToClient {
            self.to_broker = fault;
        }
        if direction != Direction::ToBroker {
            self.to_client = fault;
        }
    }

    pub(crate) fn of(&self, direction: Direction) -> Fault {
        match direction {
            Direction::ToClient => self.to_client,
            Direction::ToBroker | Direction::Both => self.to_broker,
        }
    }
}
