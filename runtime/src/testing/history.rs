//! The journal as text: what one wants to see when a test fails.

use std::collections::HashMap;
use std::fmt;

use super::journal::{Entry, Event, Publication, Taken};
use crate::observe::SettledAs;

/// Everything that has happened in a test, in order; made by [`App::history`](super::App::history).
///
/// Shows a line for each event: the time since the start, what happened, and to which message. Messages are numbered in the order in
/// which they appear, so that one can be followed through its attempts.
///
/// ```text
/// 0.000s published   shop.Capture #1 {"order":7}
/// 0.000s began       shop.Capture #1 in billing.capture, attempt 1 of 3
/// 0.000s retried     shop.Capture #1 in billing.capture, attempt 1 of 3, again in 300ms: the bank is closed
/// 0.300s began       shop.Capture #1 in billing.capture, attempt 2 of 3
/// 0.300s published   shop.Captured #2 {"order":7}, which reached nobody
/// 0.300s handled     shop.Capture #1 in billing.capture, attempt 2 of 3
/// ```
#[derive(Clone)]
pub struct History(pub(super) Vec<Entry>);

/// Of a body, this many characters are shown.
const BODY: usize = 200;

/// Numbers messages by their ids in the order in which they appear.
#[derive(Default)]
struct Numbers<'a>(HashMap<&'a str, usize>);

impl<'a> Numbers<'a> {
    /// ` #1`, or nothing for a message without an id.
    fn of(&mut self, message_id: Option<&'a str>) -> String {
        message_id.map_or_else(String::new, |id| {
            let next = self.0.len() + 1;
            format!(" #{}", self.0.entry(id).or_insert(next))
        })
    }
}

impl fmt::Display for History {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut numbers = Numbers::default();
        for Entry { at, event } in &self.0 {
            let Some((word, what)) = describe(event, &mut numbers) else {
                continue;
            };
            writeln!(f, "{:.3}s {word:<11} {what}", at.as_secs_f64())?;
        }
        Ok(())
    }
}

/// As it is displayed: a failed assertion prints it.
impl fmt::Debug for History {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// A word, and the rest of the line; `None` for what another line tells.
fn describe<'a>(event: &'a Event, numbers: &mut Numbers<'a>) -> Option<(&'static str, String)> {
    Some(match event {
        Event::Published(publication) => {
            let nobody = if publication.reached_nobody {
                ", which reached nobody"
            } else {
                ""
            };
            ("published", message(publication, numbers) + nobody)
        }
        Event::NotPublished(publication, error) => (
            "unpublished",
            format!("{}: {error}", message(publication, numbers)),
        ),
        Event::Began(taken) => ("began", delivery(taken, numbers)),
        Event::Settled(taken, how) => settled(taken, how, numbers),
        Event::NotSettled(taken, error) => (
            "unsettled",
            format!("{}: {error}", delivery(taken, numbers)),
        ),
        Event::Ended { settled: true, .. } => return None,
        Event::Ended { taken, .. } => ("ended", delivery(taken, numbers) + ", not settled"),
        Event::ConnectionLost => (
            "lost",
            "the connection; what was not settled went back to its queue".to_owned(),
        ),
    })
}

fn message<'a>(publication: &'a Publication, numbers: &mut Numbers<'a>) -> String {
    let Publication {
        contract,
        body,
        delay,
        message_id,
        ..
    } = publication;
    let number = numbers.of(message_id.as_deref());
    let later = if delay.is_zero() {
        String::new()
    } else {
        format!(" for in {delay:?}")
    };
    let body = String::from_utf8_lossy(body);
    let shown: String = body.chars().take(BODY).collect();
    let more = if shown.len() < body.len() { "…" } else { "" };
    format!("{}{number}{later} {shown}{more}", contract.type_id)
}

pub(super) fn type_id(taken: &Taken) -> &str {
    taken.type_id.as_deref().unwrap_or("a message of no type")
}

fn delivery<'a>(taken: &'a Taken, numbers: &mut Numbers<'a>) -> String {
    let Taken {
        message_id,
        queue,
        attempt,
        attempts,
        handler,
        ..
    } = taken;
    let number = numbers.of(message_id.as_deref());
    let attempt = match handler {
        Some(_) => format!("attempt {attempt} of {attempts}"),
        None => "which no handler takes".to_owned(),
    };
    format!("{}{number} in {queue}, {attempt}", type_id(taken))
}

fn settled<'a>(
    taken: &'a Taken,
    how: &SettledAs,
    numbers: &mut Numbers<'a>,
) -> (&'static str, String) {
    let delivery = delivery(taken, numbers);
    let because = |chain: &[String]| match chain {
        [] => String::new(),
        chain => format!(": {}", chain.join(": ")),
    };
    match how {
        SettledAs::Acked => ("handled", delivery),
        SettledAs::Forgotten { chain } => ("forgotten", delivery + &because(chain)),
        SettledAs::Requeued { chain } => (
            "requeued",
            format!("{delivery}, again at once{}", because(chain)),
        ),
        SettledAs::Retried { delay, chain } => (
            "retried",
            format!("{delivery}, again in {delay:?}{}", because(chain)),
        ),
        SettledAs::Dead { reason, chain } => {
            ("dead", format!("{delivery}, {reason}{}", because(chain)))
        }
    }
}
