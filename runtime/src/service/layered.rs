//! tower layers around the handlers of a service.

use std::fmt;
use std::future::poll_fn;
use std::sync::Arc;
use std::task::{Context as TaskContext, Poll};

use futures_util::future::BoxFuture;
use tower_layer::Layer;

use super::{Done, Failed, Handled, Inbound, Outcome, Service};
use crate::delivery::Context;
use crate::failure::BoxError;
use crate::spec::ServiceSpec;

/// The handlers of a service as a tower service: what a layer goes around.
pub struct Handlers<S>(Arc<S>);

/// A service with layers around its handlers; made by [`Service::layer`].
pub struct Layered<S, T> {
    service: Arc<S>,
    /// Around the handlers of `service`.
    stack: T,
}

impl<S: Service, T> Layered<S, T> {
    pub(super) fn new<L: Layer<Handlers<S>, Service = T>>(service: S, layer: &L) -> Self {
        let service = Arc::new(service);
        let stack = layer.layer(Handlers(Arc::clone(&service)));
        Self { service, stack }
    }
}

impl<S: Service> tower_service::Service<Inbound> for Handlers<S> {
    type Response = Done;
    type Error = Failed;
    type Future = BoxFuture<'static, Handled>;

    fn poll_ready(&mut self, _: &mut TaskContext<'_>) -> Poll<Result<(), Failed>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, inbound: Inbound) -> Self::Future {
        let service = Arc::clone(&self.0);
        Box::pin(async move { service.handle(inbound).await })
    }
}

impl<S, T> Service for Layered<S, T>
where
    S: Service,
    T: tower_service::Service<Inbound, Response = Done> + Clone + Send + Sync + 'static,
    T::Error: Into<BoxError>,
    T::Future: Send,
{
    fn spec(&self) -> &'static ServiceSpec {
        self.service.spec()
    }

    fn handle(&self, inbound: Inbound) -> BoxFuture<'_, Handled> {
        let mut stack = self.stack.clone();
        Box::pin(async move {
            poll_fn(|cx| stack.poll_ready(cx))
                .await
                .map_err(Failed::from_layer)?;
            stack.call(inbound).await.map_err(Failed::from_layer)
        })
    }

    fn failed(&self, failed: &Failed, cx: &Context) -> Outcome {
        self.service.failed(failed, cx)
    }
}

impl<S> Clone for Handlers<S> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<S: Service> fmt::Debug for Handlers<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Handlers")
            .field(&self.0.spec().name)
            .finish()
    }
}

impl<S: Service, T> fmt::Debug for Layered<S, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Layered")
            .field("service", &self.service.spec().name)
            .finish_non_exhaustive()
    }
}
