//! The order that goes through the bus: what shops send, half a kilobyte of JSON.

use urutu::{Bus, Decimal, PublishError, Timestamp, Uuid};

use crate::Result;
use crate::bus::bench::{Crowded, Line, Local, Order, Parcel, Replicated};
use crate::queue::Queue;

/// An order with so many bytes of filling.
pub(crate) fn order(filling: usize) -> Order {
    let at: Timestamp = "2026-11-25T09:30:00Z".parse().expect("a timestamp");
    let lines = (1..=4).map(|number| {
        let price = Decimal::new(1_999 + number, 2);
        let sku = format!("SKU-{number:08}");
        Line::new(sku, i32::try_from(number).expect("a small number"), price)
    });
    let mut order = Order::new(
        Uuid::from_u128(0x0197_f0c2_0000_7000_8000_0000_0000_0001),
        "Ada Lovelace, 12 St James's Square, London".to_owned(),
        at,
        "EUR".to_owned(),
        lines.collect(),
    );
    order.note = Some("Please ring twice; the bell of the neighbours is broken.".to_owned());
    order.filling = "x".repeat(filling);
    order
}

/// The message for a queue.
pub(crate) enum AnyOrder {
    Replicated(Replicated),
    Local(Local),
    Crowded(Crowded),
    Parcel(Parcel),
}

impl AnyOrder {
    pub(crate) fn new(queue: Queue, order: Order) -> Self {
        match queue {
            Queue::Quorum => Self::Replicated(Replicated::new(0, order)),
            Queue::Classic => Self::Local(Local::new(0, order)),
            Queue::Crowd => Self::Crowded(Crowded::new(0, order)),
            Queue::Parcels => Self::Parcel(Parcel::new(0, order.filling)),
        }
    }

    pub(crate) fn number(&mut self) -> &mut u64 {
        match self {
            Self::Replicated(message) => &mut message.number,
            Self::Local(message) => &mut message.number,
            Self::Crowded(message) => &mut message.number,
            Self::Parcel(message) => &mut message.number,
        }
    }

    pub(crate) async fn publish(&self, bus: &Bus) -> Result<(), PublishError> {
        match self {
            Self::Replicated(message) => bus.publish(message).await,
            Self::Local(message) => bus.publish(message).await,
            Self::Crowded(message) => bus.publish(message).await,
            Self::Parcel(message) => bus.publish(message).await,
        }
        .map(drop)
    }

    pub(crate) fn json(&self) -> Vec<u8> {
        match self {
            Self::Replicated(message) => serde_json::to_vec(message),
            Self::Local(message) => serde_json::to_vec(message),
            Self::Crowded(message) => serde_json::to_vec(message),
            Self::Parcel(message) => serde_json::to_vec(message),
        }
        .expect("it is JSON")
    }

    pub(crate) fn read(queue: Queue, json: &[u8]) -> Result<Self> {
        Ok(match queue {
            Queue::Quorum => Self::Replicated(serde_json::from_slice(json)?),
            Queue::Classic => Self::Local(serde_json::from_slice(json)?),
            Queue::Crowd => Self::Crowded(serde_json::from_slice(json)?),
            Queue::Parcels => Self::Parcel(serde_json::from_slice(json)?),
        })
    }
}
