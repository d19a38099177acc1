//! RabbitMQ, through lapin.
use super::*;
#[derive(Debug)]
pub(crate) struct AmqpTransport;
impl AmqpTransport {
    pub(crate) async fn connect(_u: &str) -> Result<Self, TransportError> {
        Err(TransportError::Disconnected(String::new()))
    }
    pub(crate) fn address(&self) -> &str {
        ""
    }
}
impl Transport for AmqpTransport {
    fn declare<'a>(&'a self, _t: &'a Topology) -> BoxFuture<'a, Result<(), TransportError>> {
        unimplemented!()
    }
    fn publish(&self, _p: Publish) -> BoxFuture<'_, Result<(), PublishFailure>> {
        unimplemented!()
    }
    fn consume<'a>(
        &'a self,
        _q: &'a str,
        _p: u16,
    ) -> BoxFuture<'a, Result<Box<dyn Subscription>, TransportError>> {
        unimplemented!()
    }
    fn close(&self) -> BoxFuture<'_, ()> {
        unimplemented!()
    }
}
