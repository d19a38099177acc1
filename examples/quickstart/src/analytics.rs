//! The service `analytics`: counts what happens in the shop. It listens by wildcard, on one queue.

use urutu::{BoxError, Context};

use crate::shop::analytics::AnalyticsHandlers;
use crate::shop::orders::OrderPlaced;
use crate::shop::payments::PaymentCaptured;
use crate::shop::users::UserRegistered;
use crate::story::Notes;

/// The handlers of `analytics`.
pub(crate) struct Analytics {
    notes: Notes,
}

impl Analytics {
    pub(crate) fn new(notes: Notes) -> Self {
        Self { notes }
    }
}

impl AnalyticsHandlers for Analytics {
    type Error = BoxError;

    async fn order_placed(&self, order: OrderPlaced, _cx: &Context) -> Result<(), BoxError> {
        self.notes
            .handled("analytics", order.order_id, "OrderPlaced");
        Ok(())
    }

    async fn payment_captured(
        &self,
        payment: PaymentCaptured,
        _cx: &Context,
    ) -> Result<(), BoxError> {
        self.notes
            .handled("analytics", payment.order_id, "PaymentCaptured");
        Ok(())
    }

    async fn user_registered(&self, _user: UserRegistered, _cx: &Context) -> Result<(), BoxError> {
        Ok(())
    }
}
