//! The order that goes through the bus: what shops send, half a kilobyte of JSON.

use urutu::{Decimal, Timestamp, Uuid};

use crate::bus::bench::{Line, Order};

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
