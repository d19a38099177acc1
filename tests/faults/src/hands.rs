//! The services of the load. What they did is told to a [`Book`].

use std::sync::Arc;
use std::time::Duration;

use urutu::{BoxError, Context, Delivery, PublishOptions, Service, Settled};

use crate::bus::faults::{AuditHandlers, Chore, Finished, HandsHandlers, Job, Plan};

/// Who is told what handlers did.
pub trait Book: Send + Sync + 'static {
    /// The work of a message was done.
    fn handled(&self, number: u64);

    /// Its acknowledgement was sent, after what it staged was confirmed.
    fn settled(&self, number: u64);

    /// What it staged came.
    fn audited(&self, number: u64);
}

struct Hands<B>(Arc<B>);

/// The service that handles jobs and chores.
pub fn service_hands(book: Arc<impl Book>) -> impl Service {
    Hands(book).into_service()
}

impl<B: Book> Hands<B> {
    async fn handle<M: Send>(
        &self,
        delivery: Delivery<M>,
        number: u64,
        plan: Plan,
    ) -> Result<Settled, BoxError> {
        let context = delivery.context();
        match plan {
            Plan::FailOnce if context.attempt() == 1 => return Err("it fails once".into()),
            Plan::PanicOnce if context.attempt() == 1 => {
                // Without a word on stderr: there are many of them.
                std::panic::resume_unwind(Box::new("a panic that belongs to the load"))
            }
            Plan::RetryOnce if context.attempt() == 1 => {
                return Ok(delivery.retry_later(Duration::from_millis(700)).await?);
            }
            Plan::NackOnce if context.attempt() == 1 => return Ok(delivery.nack().await?),
            Plan::Reject => return Ok(delivery.reject("nobody wants it").await?),
            _ => {}
        }
        // An event may reach nobody; this one is in the account, so it must reach its queue.
        context.publish_with(&Finished::new(number), PublishOptions::new().mandatory())?;
        self.0.handled(number);
        let settled = delivery.ack().await?;
        self.0.settled(number);
        Ok(settled)
    }
}

impl<B: Book> HandsHandlers for Hands<B> {
    type Error = BoxError;

    async fn job(&self, job: Delivery<Job>) -> Result<Settled, BoxError> {
        let Job { number, plan } = job.message().clone();
        self.handle(job, number, plan).await
    }

    async fn chore(&self, chore: Delivery<Chore>) -> Result<Settled, BoxError> {
        let Chore { number, plan } = chore.message().clone();
        self.handle(chore, number, plan).await
    }
}

struct Audit<B>(Arc<B>);

/// The service that hears of what was finished.
pub fn service_audit(book: Arc<impl Book>) -> impl Service {
    Audit(book).into_service()
}

impl<B: Book> AuditHandlers for Audit<B> {
    type Error = BoxError;

    async fn finished(&self, finished: Finished, _: &Context) -> Result<(), BoxError> {
        self.0.audited(finished.number);
        Ok(())
    }
}
