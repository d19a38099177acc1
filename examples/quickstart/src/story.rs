//! What the quickstart tells: three orders go in, the handlers note what they do, and each step becomes one line.

use std::time::Duration;

use tokio::sync::mpsc;
use urutu::{BoxError, Bus, Decimal, Message, Timestamp, Uuid};

use crate::shop::common::{Address, Money};
use crate::shop::orders::{Card, OrderLine, OrderPlaced, Payment};
use crate::shop::payments::CapturePayment;

/// How long one step may take before the quickstart gives up.
const PATIENCE: Duration = Duration::from_secs(20);

/// Something that a handler did.
#[derive(Debug, Clone, PartialEq)]
enum Note {
    Handled {
        service: &'static str,
        order: Uuid,
        message: &'static str,
    },
    Failed {
        order: Uuid,
        why: &'static str,
    },
    Captured {
        order: Uuid,
        amount: String,
        attempt: u32,
    },
}

/// Where the handlers note what they do.
#[derive(Debug, Clone)]
pub(crate) struct Notes(mpsc::UnboundedSender<Note>);

impl Notes {
    pub(crate) fn handled(&self, service: &'static str, order: Uuid, message: &'static str) {
        self.note(Note::Handled {
            service,
            order,
            message,
        });
    }

    pub(crate) fn failed(&self, order: Uuid, why: &'static str) {
        self.note(Note::Failed { order, why });
    }

    pub(crate) fn captured(&self, order: Uuid, amount: &Money, attempt: u32) {
        let amount = format!("{} {}", amount.amount, amount.currency);
        self.note(Note::Captured {
            order,
            amount,
            attempt,
        });
    }

    fn note(&self, note: Note) {
        // Nobody reads when the story is over: the worker may still finish something.
        let _ = self.0.send(note);
    }
}

/// The story, and what the handlers have noted so far.
pub(crate) struct Story {
    bus: Bus,
    incoming: mpsc::UnboundedReceiver<Note>,
    noted: Vec<Note>,
    published: u32,
    dead_letters: u32,
}

pub(crate) fn begin(bus: &Bus) -> (Story, Notes) {
    let (notes, incoming) = mpsc::unbounded_channel();
    (
        Story {
            bus: bus.clone(),
            incoming,
            noted: Vec::new(),
            published: 0,
            dead_letters: 0,
        },
        Notes(notes),
    )
}

impl Story {
    /// Publishes, waits for what the handlers do with it, and prints a line a step.
    pub(crate) async fn tell(mut self) -> Result<(), BoxError> {
        self.a_task().await?;
        self.an_event_for_two_services().await?;
        self.a_failure_that_succeeds_later().await?;
        self.a_message_that_ends_as_a_dead_letter().await?;
        let retried = self
            .noted
            .iter()
            .filter(|note| matches!(note, Note::Failed { .. }))
            .count();
        let handled = self.noted.len() - retried;
        println!(
            "done        {} messages published here, {handled} handled, {retried} retried, {} dead letter",
            self.published, self.dead_letters
        );
        Ok(())
    }

    async fn a_task(&mut self) -> Result<(), BoxError> {
        let order = Uuid::now_v7();
        self.publish(&CapturePayment::new(
            order,
            euros(2990),
            "card-good".to_owned(),
        ))
        .await?;
        let (amount, _) = self.captured(order).await?;
        println!("task        CapturePayment: billing took {amount} and acknowledged");
        self.handled_by(order, "PaymentCaptured", &["analytics"])
            .await?;
        println!("staged      PaymentCaptured, published by that handler: analytics counted it");
        Ok(())
    }

    async fn an_event_for_two_services(&mut self) -> Result<(), BoxError> {
        let order = Uuid::now_v7();
        self.publish(&order_placed(order)).await?;
        self.handled_by(order, "OrderPlaced", &["analytics", "billing"])
            .await?;
        println!("event       OrderPlaced: analytics and billing each handled their copy");
        let (amount, _) = self.captured(order).await?;
        println!("follow-up   CapturePayment, published by billing: billing took {amount}");
        self.handled_by(order, "PaymentCaptured", &["analytics"])
            .await
    }

    async fn a_failure_that_succeeds_later(&mut self) -> Result<(), BoxError> {
        let order = Uuid::now_v7();
        self.publish(&CapturePayment::new(
            order,
            euros(5000),
            "card-busy".to_owned(),
        ))
        .await?;
        let why = self
            .find(|note| match note {
                Note::Failed { order: of, why } if *of == order => Some(*why),
                _ => None,
            })
            .await?;
        println!("failure     CapturePayment: {why}; it comes back in 1 s");
        let (amount, attempt) = self.captured(order).await?;
        println!("retried     CapturePayment: attempt {attempt} took {amount}");
        self.handled_by(order, "PaymentCaptured", &["analytics"])
            .await
    }

    async fn a_message_that_ends_as_a_dead_letter(&mut self) -> Result<(), BoxError> {
        let stolen = CapturePayment::new(Uuid::now_v7(), euros(99900), "card-stolen".to_owned());
        let id = self.publish(&stolen).await?.to_string();
        let mut letters = self.bus.dead_letters("billing.capture").await?;
        // On a broker that has seen this before there are older ones; they go back when this ends.
        let mut others = Vec::new();
        let letter = loop {
            let letter = within(letters.next()).await??;
            if letter.message_id() == Some(&id) {
                break letter;
            }
            others.push(letter);
        };
        println!(
            "dead letter CapturePayment in {}: {} ({})",
            letter.dead_letter_queue(),
            letter.errors().join(": "),
            letter.reason()
        );
        self.dead_letters += 1;
        Ok(())
    }

    async fn publish<M: Message>(&mut self, message: &M) -> Result<Uuid, BoxError> {
        let receipt = message.publish(&self.bus).await?;
        self.published += 1;
        Ok(receipt.message_id)
    }

    async fn captured(&mut self, order: Uuid) -> Result<(String, u32), BoxError> {
        self.find(|note| match note {
            Note::Captured {
                order: of,
                amount,
                attempt,
            } if *of == order => Some((amount.clone(), *attempt)),
            _ => None,
        })
        .await
    }

    async fn handled_by(
        &mut self,
        order: Uuid,
        message: &'static str,
        services: &[&'static str],
    ) -> Result<(), BoxError> {
        for service in services {
            let expected = Note::Handled {
                service,
                order,
                message,
            };
            self.find(|note| (*note == expected).then_some(())).await?;
        }
        Ok(())
    }

    /// What a handler has noted, or will note; notes come in any order.
    async fn find<T>(&mut self, wanted: impl Fn(&Note) -> Option<T>) -> Result<T, BoxError> {
        loop {
            if let Some(found) = self.noted.iter().find_map(&wanted) {
                return Ok(found);
            }
            let note = within(self.incoming.recv())
                .await?
                .ok_or("the worker has ended")?;
            self.noted.push(note);
        }
    }
}

async fn within<T>(step: impl Future<Output = T>) -> Result<T, BoxError> {
    let waited = tokio::time::timeout(PATIENCE, step).await;
    waited.map_err(|_| {
        format!("nothing happened for {PATIENCE:?}; is another worker consuming these queues?")
            .into()
    })
}

fn euros(cents: i64) -> Money {
    Money::new(Decimal::new(cents, 2), "EUR".to_owned())
}

pub(crate) fn order_placed(order: Uuid) -> OrderPlaced {
    let card = Card::new("card-good".to_owned(), "4242".to_owned());
    let address = Address::new(
        "Ana".to_owned(),
        vec!["Rua A 1".to_owned()],
        "01000-000".to_owned(),
        "São Paulo".to_owned(),
        "BR".to_owned(),
    );
    let boots = OrderLine::new("BOOT-42".to_owned(), 1, euros(12990));
    OrderPlaced {
        note: Some("leave it at the door".to_owned()),
        ..OrderPlaced::new(
            order,
            Uuid::now_v7(),
            Timestamp::now(),
            euros(12990),
            Payment::Card(card),
            address,
            vec![boots],
        )
    }
}
