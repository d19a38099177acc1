//! What the queues hold: an order as shops send it, half a kilobyte of JSON. It is the message of `benches/bus`.

use std::sync::LazyLock;

use jiff::Timestamp;
use rust_decimal::Decimal;
use ruststream::Outgoing;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// The message. Numbers go from 1 to how many there are, so that each can be told from the others.
#[derive(Debug, Clone, Serialize, Deserialize, Outgoing)]
pub(crate) struct PlaceOrder {
    pub(crate) number: u64,
    pub(crate) order: Order,
}

#[expect(clippy::struct_field_names, reason = "what the message has")]
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Order {
    order_id: Uuid,
    customer: String,
    placed_at: Timestamp,
    currency: String,
    lines: Vec<Line>,
    express: bool,
    note: Option<String>,
    filling: String,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
struct Line {
    sku: String,
    quantity: i32,
    /// In JSON a string, as serde has it.
    price: Decimal,
}

impl PlaceOrder {
    pub(crate) fn new(number: u64) -> Self {
        static ORDER: LazyLock<Order> = LazyLock::new(order);
        Self {
            number,
            order: ORDER.clone(),
        }
    }
}

fn order() -> Order {
    let line = |number: i32| Line {
        sku: format!("SKU-{number:08}"),
        quantity: number,
        price: Decimal::new(1_999 + i64::from(number), 2),
    };
    Order {
        order_id: Uuid::from_u128(0x0197_f0c2_0000_7000_8000_0000_0000_0001),
        customer: "Ada Lovelace, 12 St James's Square, London".to_owned(),
        placed_at: "2026-11-25T09:30:00Z".parse().expect("a timestamp"),
        currency: "EUR".to_owned(),
        lines: (1..=4).map(line).collect(),
        express: false,
        note: Some("Please ring twice; the bell of the neighbours is broken.".to_owned()),
        filling: String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::PlaceOrder;

    #[test]
    fn it_is_the_message_of_the_other_benchmark() {
        let line = |number: u32| {
            format!(
                r#"{{"sku":"SKU-0000000{number}","quantity":{number},"price":"20.0{}"}}"#,
                number - 1
            )
        };
        let lines: Vec<_> = (1..=4).map(line).collect();
        let expected = format!(
            concat!(
                r#"{{"number":1,"order":{{"order_id":"0197f0c2-0000-7000-8000-000000000001","#,
                r#""customer":"Ada Lovelace, 12 St James's Square, London","placed_at":"2026-11-25T09:30:00Z","#,
                r#""currency":"EUR","lines":[{}],"express":false,"#,
                r#""note":"Please ring twice; the bell of the neighbours is broken.","filling":""}}}}"#,
            ),
            lines.join(",")
        );
        let json = serde_json::to_string(&PlaceOrder::new(1)).expect("it is JSON");
        assert_eq!(json, expected);
    }
}
