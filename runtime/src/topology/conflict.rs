//! A conflict: an exchange or queue exists, and otherwise than the contract wants it. Neither can be changed in place.

use std::fmt;

use super::declaration::{
    DELIVERY_LIMIT, Difference, EXCLUSIVE, Held, MAX_LENGTH, MAX_LENGTH_BYTES, MESSAGE_TTL, Object,
    Value,
};

/// What begins the names of the exchanges and queues that urutu makes for delays.
const OWN: &str = "urutu.";

/// An object with other properties than the contract's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Conflict {
    /// What it is about.
    pub object: Object,
    /// At least one.
    pub differences: Vec<Difference>,
    /// Whether these are all of them.
    pub complete: bool,
}

impl Conflict {
    /// `None` where there is no difference.
    pub fn new(object: &Object, differences: Vec<Difference>) -> Option<Self> {
        (!differences.is_empty()).then(|| Self {
            object: object.clone(),
            differences,
            complete: true,
        })
    }

    /// The queue belongs to another connection alone.
    pub(crate) fn locked(object: Object) -> Self {
        let exclusive = Difference {
            property: EXCLUSIVE.into(),
            broker: Held::Value(Value::Flag(true)),
            contract: Some(Value::Flag(false)),
        };
        Self {
            object,
            differences: vec![exclusive],
            // The broker says nothing else about a queue that it does not show.
            complete: true,
        }
    }

    /// What to do about it.
    pub fn advice(&self) -> String {
        let is_exclusive = |difference: &Difference| {
            difference.property == EXCLUSIVE && difference.contract == Some(Value::Flag(false))
        };
        match &self.object {
            Object::Exchange(name) if name.starts_with(OWN) => {
                "urutu makes this one itself: delete it and start again, which declares it anew"
                    .to_owned()
            }
            Object::Queue(name) if name.starts_with(OWN) => format!(
                "urutu makes this one itself: once it is empty, delete it (`rabbitmqctl delete_queue {name}`) and start again, which declares it anew"
            ),
            Object::Exchange(_) => {
                "urutu's exchanges are durable topic exchanges: choose another name in the contract, or delete the exchange (its bindings go with it) and start again".to_owned()
            }
            Object::Queue(_) if self.differences.iter().any(is_exclusive) => {
                "another connection has the queue for itself: end that program, and the queue goes with it, or choose another name in the contract".to_owned()
            }
            Object::Queue(name) => {
                let mut advice = format!(
                    "write the broker's values into the contract; or stop what publishes to the queue, let it run empty, delete it (`rabbitmqctl delete_queue {name}`) and start again"
                );
                if self.differences.iter().all(may_be_a_policy) {
                    advice.push_str("; or take the limit out of the contract and set it by a policy (`rabbitmqctl set_policy`), which can change at any time");
                }
                advice
            }
        }
    }
}

/// A limit that a policy can put on the queue as it is.
fn may_be_a_policy(difference: &Difference) -> bool {
    let limits = [MAX_LENGTH, MAX_LENGTH_BYTES, MESSAGE_TTL, DELIVERY_LIMIT];
    difference.broker == Held::Nothing && limits.contains(&&*difference.property)
}

/// One line: the object, each property with both values, and what to do.
impl fmt::Display for Conflict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the {} exists with other properties: ", self.object)?;
        for (index, difference) in self.differences.iter().enumerate() {
            let separator = if index == 0 { "" } else { ", " };
            write!(f, "{separator}{difference}")?;
        }
        if !self.complete {
            f.write_str(" (there may be more: `urutu topology verify` shows all)")?;
        }
        write!(f, "; {}", self.advice())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn difference(property: &'static str, broker: Held, contract: i64) -> Difference {
        Difference {
            property: property.into(),
            broker,
            contract: Some(Value::Number(contract)),
        }
    }

    #[test]
    fn a_conflict_names_the_object_both_values_and_what_to_do() {
        let queue = Object::Queue("billing.capture".into());
        let ten = Held::Value(Value::Number(10));
        let differences = vec![
            difference(MAX_LENGTH, ten, 5),
            difference(MESSAGE_TTL, Held::Nothing, 2_000),
        ];
        let conflict = Conflict::new(&queue, differences).expect("two differences");
        assert_eq!(
            conflict.to_string(),
            "the queue `billing.capture` exists with other properties: \
             `x-max-length` is 10 on the broker and 5 in the contract, \
             `x-message-ttl` is not set on the broker and 2000 ms in the contract; \
             write the broker's values into the contract; or stop what publishes to the queue, let it run empty, \
             delete it (`rabbitmqctl delete_queue billing.capture`) and start again"
        );
        assert_eq!(Conflict::new(&queue, Vec::new()), None);
    }

    #[test]
    fn the_advice_fits_the_object() {
        let advice = |object: Object, broker| {
            Conflict::new(&object, vec![difference(MAX_LENGTH, broker, 5)])
                .expect("a difference")
                .advice()
        };
        let queue = |name: &'static str| Object::Queue(name.into());
        assert!(advice(queue("q"), Held::Nothing).contains("set_policy"));
        assert!(!advice(queue("q"), Held::Unknown).contains("set_policy"));
        assert!(advice(queue("urutu.delay.3"), Held::Unknown).contains("makes this one itself"));
        assert!(advice(Object::Exchange("shop".into()), Held::Unknown).contains("another name"));
        let locked = Conflict::locked(queue("q")).to_string();
        assert!(locked.contains("end that program"), "{locked}");
        assert!(
            locked.contains("`exclusive` is true on the broker and false in the contract"),
            "{locked}"
        );
    }
}
