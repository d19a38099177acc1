//! Finds every property in which an existing object differs.
//!
//! A refusal names the first one only. So the broker's value is taken over and the object is declared again, until the broker has
//! no more to say.

use std::sync::Arc;

use lapin::types::AMQPValue;

use super::connection::Link;
use super::declare::send;
use super::words::{Failure, PRECONDITION_FAILED, Refusal};
use crate::topology::declaration::{ALTERNATE_EXCHANGE, Difference, Held, Value};
use crate::topology::{Conflict, Declaration, Object};

/// More than an object has properties.
const MOST_ROUNDS: usize = 40;

/// Only streams have it.
const MAX_AGE: &str = "x-max-age";

/// An argument with which, in the place of its own, an object can be compared but never created, should it have been deleted in the meantime.
///
/// RabbitMQ checks the values of arguments only when it creates something. A queue that exists is compared only in what its
/// type knows, so that an impossible argument of streams does not matter to others. Exchanges are compared in their alternate exchange
/// too, and last: that refusal says that the rest agrees.
pub(super) fn uncreatable(object: &Object) -> (&'static str, AMQPValue) {
    match object {
        Object::Queue(_) => (MAX_AGE, AMQPValue::LongString("never".into())),
        Object::Exchange(_) => (ALTERNATE_EXCHANGE, AMQPValue::LongInt(0)),
    }
}

/// The conflict behind a refusal of `wanted`; `None` where the broker compared nothing.
pub(super) async fn conflict(
    link: &Arc<Link>,
    wanted: &Declaration,
    refusal: &Refusal,
) -> Option<Conflict> {
    let mut asked = wanted.clone();
    let mut differences: Vec<Difference> = Vec::new();
    let (mut complete, mut has_probed) = (false, false);
    let mut words = refusal.words.clone();
    for _ in 0..MOST_ROUNDS {
        let Some((property, current)) = inequivalent(&words) else {
            break;
        };
        // The broker says it again: what it holds cannot be asked for.
        if differences.iter().any(|known| known.property == property) {
            break;
        }
        let broker = held(current, asked.properties.get(property));
        let contract = wanted.properties.get(property).cloned();
        // Ours was sent in the place of what is wanted: it is refused also where that is there. No contract wants the other one.
        let is_ours = property == MAX_AGE || (property == ALTERNATE_EXCHANGE && has_probed);
        if is_ours && broker == Held::Unknown {
            break;
        }
        if !(is_ours && agrees(&broker, contract.as_ref())) {
            take_over(&mut asked, property, &broker);
            differences.push(Difference {
                property: property.to_owned().into(),
                contract,
                broker,
            });
        }
        if [ALTERNATE_EXCHANGE, MAX_AGE].contains(&property) {
            complete = property == ALTERNATE_EXCHANGE;
            break;
        }
        has_probed = true;
        match probe(link, &asked).await {
            Ok(()) => {
                complete = true;
                break;
            }
            Err(Failure::Refused(refusal)) if refusal.code == PRECONDITION_FAILED => {
                words = refusal.words;
            }
            Err(_) => break,
        }
    }
    differences.sort_by(|one, other| one.property.cmp(&other.property));
    let conflict = Conflict::new(&wanted.object, differences)?;
    Some(Conflict {
        complete,
        ..conflict
    })
}

/// Whether the broker has what the contract wants.
fn agrees(broker: &Held, wanted: Option<&Value>) -> bool {
    match broker {
        Held::Value(value) => Some(value) == wanted,
        Held::Nothing => wanted.is_none(),
        Held::Unknown => false,
    }
}

fn take_over(asked: &mut Declaration, property: &str, broker: &Held) {
    match broker {
        Held::Value(value) => {
            let name = property.to_owned().into();
            asked.properties.insert(name, value.clone());
        }
        Held::Nothing | Held::Unknown => {
            asked.properties.remove(property);
        }
    }
}

/// Each round needs a channel of its own: the refusal closes it.
async fn probe(link: &Arc<Link>, asked: &Declaration) -> Result<(), Failure> {
    let channel = link.channel().await.map_err(Failure::Failed)?;
    send(&channel, asked, Some(uncreatable(&asked.object))).await
}

/// Reads `inequivalent arg 'durable' for queue 'q' in vhost '/': received 'true' but current is 'false'`: the property, and what follows `current is`.
fn inequivalent(words: &str) -> Option<(&str, &str)> {
    let (_, rest) = words.split_once("inequivalent arg '")?;
    let (property, rest) = rest.split_once('\'')?;
    // Where the broker has cut its words (at 255 bytes), nothing is left here.
    let current = rest.rsplit_once(" but current is ");
    Some((property, current.map_or("", |(_, current)| current)))
}

/// Reads `none`, `'10'` or `the value '10' of type 'long'`. Without a type the value has that of ours.
fn held(current: &str, ours: Option<&Value>) -> Held {
    if current == "none" {
        return Held::Nothing;
    }
    let typed = current.strip_prefix("the value ");
    let (text, kind) = match typed.and_then(|typed| typed.rsplit_once(" of type ")) {
        Some((text, kind)) => (text, Some(kind.trim_matches('\''))),
        None => (current, None),
    };
    let Some(text) = text
        .strip_prefix('\'')
        .and_then(|text| text.strip_suffix('\''))
    else {
        return Held::Unknown;
    };
    let value = match (kind, ours) {
        // Without one of ours, it is the text in place of our impossible argument.
        (Some("longstr"), _) | (None, None | Some(Value::Text(_))) => {
            Some(Value::Text(text.to_owned().into()))
        }
        (Some("bool"), _) | (None, Some(Value::Flag(_))) => text.parse().ok().map(Value::Flag),
        _ => text.parse().ok().map(Value::Number),
    };
    value.map_or(Held::Unknown, Held::Value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_the_broker_has() {
        let read = |words: &str, ours: Option<Value>| {
            let (property, current) = inequivalent(words).expect("a difference");
            (property.to_owned(), held(current, ours.as_ref()))
        };
        let said = |property: &str, rest: &str| {
            format!(
                "PRECONDITION_FAILED - inequivalent arg '{property}' for queue 'q' in vhost '/': received {rest}"
            )
        };
        let value = |value| Held::Value(value);
        for (property, rest, ours, broker) in [
            (
                "durable",
                "'true' but current is 'false'",
                Some(Value::Flag(true)),
                value(Value::Flag(false)),
            ),
            (
                "x-max-length",
                "'5' but current is '10'",
                Some(Value::Number(5)),
                value(Value::Number(10)),
            ),
            (
                "x-max-length",
                "none but current is the value '10' of type 'long'",
                None,
                value(Value::Number(10)),
            ),
            (
                "x-max-length",
                "the value '5' of type 'long' but current is none",
                Some(Value::Number(5)),
                Held::Nothing,
            ),
            (
                "x-overflow",
                "none but current is the value 'drop-head' of type 'longstr'",
                None,
                value(Value::Text("drop-head".into())),
            ),
            (
                "x-dead-letter-routing-key",
                "'a but current is b' but current is 'it's'",
                Some(Value::Text("a but current is b".into())),
                value(Value::Text("it's".into())),
            ),
            (
                "x-max-length",
                "'5' but current is 'ten'",
                Some(Value::Number(5)),
                Held::Unknown,
            ),
            (
                "x-overflow",
                "'reject-publish' but curr...",
                None,
                Held::Unknown,
            ),
            (
                "x-overflow",
                "'reject-publish' but current is 'dro...",
                None,
                Held::Unknown,
            ),
        ] {
            assert_eq!(
                read(&said(property, rest), ours),
                (property.to_owned(), broker),
                "{rest}"
            );
        }
        assert_eq!(inequivalent("PRECONDITION_FAILED - invalid arg"), None);
    }
}
