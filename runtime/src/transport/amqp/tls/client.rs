//! The client's side of TLS for one connection.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use lapin::tcp::RustlsConnector;
use rustls::crypto::{CryptoProvider, ring};
use rustls::pki_types::ServerName;
use rustls::{ClientConfig, RootCertStore};

use super::Tls;
use super::load::Loaded;
use crate::transport::amqp::open::Unreached;

/// Secures one connection.
#[derive(Clone)]
pub(in crate::transport::amqp) struct Client {
    connector: RustlsConnector,
    pub(super) facts: Arc<Facts>,
}

/// What an error needs to know.
pub(super) struct Facts {
    /// The name that the broker's certificate must have.
    pub(super) name: String,
    /// Who is trusted, in words.
    pub(super) trusted: String,
    /// Whether a certificate is shown.
    pub(super) shows_certificate: bool,
    /// Whether this side of the handshake is over.
    pub(super) shaken: AtomicBool,
}

impl Client {
    /// For a connection that is to be secured; reads the files again, which may have been renewed.
    pub(in crate::transport::amqp) async fn of(
        asked: Option<(&Tls, &str)>,
    ) -> Result<Option<Self>, Unreached> {
        let Some((tls, host)) = asked else {
            return Ok(None);
        };
        let (tls, host) = (tls.clone(), host.to_owned());
        // Files may be slow, or no files at all.
        let made = tokio::task::spawn_blocking(move || Self::new(&tls, host)).await;
        match made {
            Ok(made) => made.map(Some),
            Err(gone) => Err(gone.to_string()),
        }
        .map_err(|why| Unreached {
            why: format!("TLS cannot begin: {why}"),
            advice: "nothing was sent".into(),
        })
    }

    fn new(tls: &Tls, host: String) -> Result<Self, String> {
        let name = tls.server_name.clone().unwrap_or(host);
        if ServerName::try_from(name.as_str()).is_err() {
            return Err(format!(
                "`{name}` is neither the name of a host nor an IP address, as certificates have them"
            ));
        }
        let loaded = tls.load()?;
        let facts = Facts {
            name,
            trusted: tls.trusted(),
            shows_certificate: loaded.identity.is_some(),
            shaken: AtomicBool::new(false),
        };
        let config = config(loaded, tls)?;
        Ok(Self {
            connector: RustlsConnector::from(config),
            facts: Arc::new(facts),
        })
    }

    pub(in crate::transport::amqp) fn connector(&self) -> &RustlsConnector {
        &self.connector
    }

    /// The name that the broker's certificate must have.
    pub(in crate::transport::amqp) fn name(&self) -> &str {
        &self.facts.name
    }

    /// This side of the handshake is over.
    pub(in crate::transport::amqp) fn shaken(&self) {
        self.facts.shaken.store(true, Ordering::Release);
    }
}

/// A program that has chosen one for the process, FIPS for example, means it.
pub(crate) fn provider() -> Arc<CryptoProvider> {
    let chosen = CryptoProvider::get_default().cloned();
    chosen.unwrap_or_else(|| Arc::new(ring::default_provider()))
}

fn config(loaded: Loaded, tls: &Tls) -> Result<ClientConfig, String> {
    let mut roots = RootCertStore::empty();
    // One of a system's that cannot be used is that system's business; those that were given are checked already.
    roots.add_parsable_certificates(loaded.roots);
    let builder = ClientConfig::builder_with_provider(provider())
        .with_safe_default_protocol_versions()
        .map_err(|error| format!("this program's TLS has neither version 1.2 nor 1.3: {error}"))?
        .with_root_certificates(roots);
    let Some((chain, key)) = loaded.identity else {
        return Ok(builder.with_no_client_auth());
    };
    builder
        .with_client_auth_cert(chain, key)
        .map_err(|error| unusable(&error, tls))
}

/// Why a certificate and a key cannot be used.
fn unusable(error: &rustls::Error, tls: &Tls) -> String {
    let (certificate, key) = match (&tls.certificate, &tls.key) {
        (Some(certificate), Some(key)) => (certificate.to_string(), key.to_string()),
        _ => Default::default(),
    };
    match error {
        rustls::Error::InconsistentKeys(_) => format!(
            "the key in {key} is not that of the certificate in {certificate}; they are made together, as a pair"
        ),
        rustls::Error::InvalidCertificate(_) => {
            format!("the certificate in {certificate} cannot be read: it is damaged")
        }
        _ => format!(
            "the key in {key} cannot be used ({error}); it may be damaged, or of a kind that TLS does not have: RSA, ECDSA P-256 or P-384 and Ed25519 are taken"
        ),
    }
}
