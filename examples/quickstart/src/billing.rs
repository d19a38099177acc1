//! The service `billing`: takes the money. It has a handler of each kind: two that return a result, two that settle their delivery themselves.

use std::time::Duration;

use urutu::{BoxError, Context, Delivery, Settled, Timestamp};

use crate::shop::orders::{OrderPlaced, Payment};
use crate::shop::payments::{BillingHandlers, CapturePayment, PaymentCaptured, RefundPayment};
use crate::story::Notes;

/// The handlers of `billing`. The trait [`BillingHandlers`] was generated: a new message in the contract does not compile here until it
/// has a handler.
pub(crate) struct Billing {
    notes: Notes,
}

impl Billing {
    pub(crate) fn new(notes: Notes) -> Self {
        Self { notes }
    }
}

impl BillingHandlers for Billing {
    type Error = BoxError;

    async fn order_placed(&self, order: OrderPlaced, cx: &Context) -> Result<(), BoxError> {
        self.notes.handled("billing", order.order_id, "OrderPlaced");
        if let Payment::Card(card) = order.payment {
            // Staged: published when this handler has succeeded, confirmed before the event is acknowledged.
            cx.publish(&CapturePayment::new(
                order.order_id,
                order.total,
                card.token,
            ))?;
        }
        Ok(())
    }

    async fn capture_payment(&self, task: Delivery<CapturePayment>) -> Result<Settled, BoxError> {
        let CapturePayment {
            order_id,
            amount,
            card_token,
        } = task.message().clone();
        let attempt = task.context().attempt();
        // A card provider in three lines: one card is stolen, one has a bank that is busy at first.
        Ok(match card_token.as_str() {
            "card-stolen" => task.reject("the card was reported stolen").await?,
            "card-busy" if attempt == 1 => {
                self.notes.failed(order_id, "the bank is busy");
                task.retry_later(Duration::from_secs(1)).await?
            }
            _ => {
                let captured = PaymentCaptured::new(
                    order_id,
                    amount.clone(),
                    Timestamp::now(),
                    "bank-0001".to_owned(),
                );
                task.context().publish(&captured)?;
                let settled = task.ack().await?;
                self.notes.captured(order_id, &amount, attempt);
                settled
            }
        })
    }

    async fn refund_payment(&self, task: Delivery<RefundPayment>) -> Result<Settled, BoxError> {
        Ok(task.reject("this shop gives nothing back").await?)
    }
}
