//! What the `urutu` command needs of the inside: topologies as values, and a connection that declares them.
//!
//! Behind the feature `tools`, and no part of the public API: it may change with any release.

use std::fmt;

use crate::bus::Bus;
#[cfg(feature = "tls")]
pub use rustls::pki_types::PrivateKeyDer;

pub use crate::spec::{Overflow, QueueArguments, QueueKind};
pub use crate::topology::declaration::{Difference, Held, Properties, Value};
pub use crate::topology::service::ServiceQueue;
pub use crate::topology::{
    Binding, Conflict, Declaration, Destination, Doings, Exchange, Object, Queue, Rights, Topology,
};
use crate::topology::{Outlet, delay, outlet};
use crate::transport::{TransportError, amqp};

/// The whole delay cascade and its exit.
pub fn delay_cascade() -> Topology {
    delay::whole_cascade()
}

/// The way out of the cascade for what is published for later of one exchange and topic; `mandatory` as tasks are.
pub fn outlet_to_topic(exchange: &str, topic: &str, mandatory: bool) -> Topology {
    let outlet = Outlet::Topic {
        exchange,
        topic,
        mandatory,
    };
    outlet.topology()
}

/// The way out of the cascade for later attempts of what is in a queue.
pub fn outlet_to_queue(queue: &str) -> Topology {
    Outlet::Queue(queue).topology()
}

/// Whether a binding may be another catalog's, though it leads to a queue of this one.
pub fn may_be_of_another_catalog(binding: &Binding) -> bool {
    outlet::leads_to_nobody(binding)
}

/// The address of a broker, taken apart.
#[derive(Clone)]
pub struct Login {
    /// The URL without credentials.
    pub shown: String,
    /// Whether it asks for TLS.
    pub tls: bool,
    /// The host, an IPv6 address without brackets.
    pub host: String,
    /// The vhost.
    pub vhost: String,
    /// The user.
    pub user: String,
    /// The password.
    pub password: String,
    /// Whom to trust and what to show, also to the management API.
    #[cfg(feature = "tls")]
    pub certificates: crate::Tls,
}

/// What a client of the management API needs for TLS.
#[cfg(feature = "tls")]
pub struct Certificates {
    /// The CAs that are trusted, in DER.
    pub roots: Vec<Vec<u8>>,
    /// The certificate of the client with its chain, in DER, and its key.
    pub identity: Option<(Vec<Vec<u8>>, PrivateKeyDer<'static>)>,
    /// What does the arithmetic.
    pub provider: std::sync::Arc<rustls::crypto::CryptoProvider>,
}

#[cfg(feature = "tls")]
impl Certificates {
    /// Reads the files that the URL of the management API names, or that of the broker where the other names none.
    ///
    /// # Errors
    ///
    /// When one of them cannot be used.
    pub fn of(management_url: &str, broker: &crate::Tls) -> Result<Self, String> {
        let own = crate::Tls::of_service_url(management_url)?;
        let loaded = own.as_ref().unwrap_or(broker).load()?;
        let der = |certificates: Vec<rustls::pki_types::CertificateDer<'static>>| {
            let bytes = certificates.into_iter().map(|one| one.to_vec());
            bytes.collect::<Vec<_>>()
        };
        Ok(Self {
            roots: der(loaded.roots),
            identity: loaded.identity.map(|(chain, key)| (der(chain), key)),
            provider: amqp::tls::provider(),
        })
    }
}

/// Nothing of it, since it holds a key.
#[cfg(feature = "tls")]
impl fmt::Debug for Certificates {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Certificates").finish_non_exhaustive()
    }
}

impl Login {
    /// Reads a broker URL, which may hold the addresses of several nodes of a cluster. They have the vhost and TLS, or none, in common.
    ///
    /// # Errors
    ///
    /// When it is none. The error does not show the password.
    pub fn all_of(url: &str) -> Result<Vec<Self>, Refused> {
        amqp::logins(url).map_err(Refused)
    }
}

/// The broker, or the way to it, failed: the text says what, why and what to do.
#[derive(Debug, thiserror::Error)]
#[error(transparent)]
pub struct Refused(TransportError);

/// Declares a topology, whatever the mode of the bus.
///
/// # Errors
///
/// When the broker refuses something, or there is no connection.
pub async fn declare(bus: &Bus, topology: &Topology) -> Result<(), Refused> {
    bus.transport().declare(topology).await.map_err(Refused)
}

/// Without the password.
impl fmt::Debug for Login {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Login")
            .field("shown", &self.shown)
            .field("user", &self.user)
            .finish_non_exhaustive()
    }
}
