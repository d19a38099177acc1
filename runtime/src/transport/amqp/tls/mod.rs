//! TLS: whom a client trusts, and what it shows of itself.
//!
//! The broker's certificate is always checked: its issuer, its dates, its name. There is no way to turn that off.

mod client;
mod explain;
mod load;
mod pem;

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

pub(super) use self::client::Client;
#[cfg(feature = "tools")]
pub(crate) use self::client::provider;
use super::query::TlsParameters;

/// How `amqps://` connections are secured: whom they trust, and what they show of themselves. For programs that do not say it in the broker URL.
///
/// Without any of it, a broker's certificate must be issued by a CA of this system (as `SSL_CERT_FILE` or the system's own store has them). With a CA
/// of your own, by that one alone. There is no way to turn the check off.
///
/// Files are PEM, and are read for each connection: a certificate that is renewed is taken when the next connection opens.
///
/// ```no_run
/// # async fn example() -> Result<(), urutu::ConnectError> {
/// let tls = urutu::Tls::new()
///     .ca_file("/etc/rabbit/ca.pem")
///     .client_files("/etc/billing/cert.pem", "/etc/billing/key.pem");
/// let bus = urutu::Bus::builder("amqps://billing:password@rabbit.internal/shop").tls(tls).connect().await?;
/// # Ok(())
/// # }
/// ```
///
/// The same in the URL, where `BROKER_URL` reaches every program and the `urutu` command:
/// `amqps://billing:password@rabbit.internal/shop?cacertfile=/etc/rabbit/ca.pem&certfile=/etc/billing/cert.pem&keyfile=/etc/billing/key.pem`.
#[derive(Clone, Default, PartialEq, Eq)]
#[must_use = "it secures nothing until a builder takes it"]
pub struct Tls {
    ca: Option<Source>,
    /// The certificate with its chain, and the key.
    certificate: Option<Source>,
    key: Option<Source>,
    server_name: Option<String>,
}

/// Where PEM text comes from.
#[derive(Clone, PartialEq, Eq)]
enum Source {
    File(PathBuf),
    Text(Arc<[u8]>),
}

impl Tls {
    /// The system's certificates, and none of its own.
    pub fn new() -> Self {
        Self::default()
    }

    /// Trusts the certificates in this file, and those of the system no more: `cacertfile` of a URL.
    pub fn ca_file(mut self, path: impl Into<PathBuf>) -> Self {
        self.ca = Some(Source::File(path.into()));
        self
    }

    /// Trusts the certificates in this PEM text, and those of the system no more.
    pub fn ca_pem(mut self, pem: impl AsRef<[u8]>) -> Self {
        self.ca = Some(Source::Text(pem.as_ref().into()));
        self
    }

    /// Shows the broker this certificate, followed by those between it and its CA, and proves it with this key (not encrypted): `certfile` and `keyfile` of a
    /// URL.
    pub fn client_files(
        mut self,
        certificate: impl Into<PathBuf>,
        key: impl Into<PathBuf>,
    ) -> Self {
        self.certificate = Some(Source::File(certificate.into()));
        self.key = Some(Source::File(key.into()));
        self
    }

    /// As [`client_files`](Self::client_files), from PEM texts: for programs that are handed their secrets.
    pub fn client_pem(mut self, certificate: impl AsRef<[u8]>, key: impl AsRef<[u8]>) -> Self {
        self.certificate = Some(Source::Text(certificate.as_ref().into()));
        self.key = Some(Source::Text(key.as_ref().into()));
        self
    }

    /// The name (or IP address) that the broker's certificate must have, in place of the host of the URL: `server_name_indication` of a URL.
    pub fn server_name(mut self, name: impl Into<String>) -> Self {
        self.server_name = Some(name.into());
        self
    }

    /// What a URL says.
    pub(super) fn of_url(parameters: TlsParameters) -> Self {
        let file = |path: Option<String>| path.map(|path| Source::File(path.into()));
        Self {
            ca: file(parameters.ca),
            certificate: file(parameters.certificate),
            key: file(parameters.key),
            server_name: parameters.server_name,
        }
    }

    /// What the URL of another service of the broker says; `None` where it says nothing.
    #[cfg(feature = "tools")]
    pub(crate) fn of_service_url(url: &str) -> Result<Option<Self>, String> {
        let parameters = TlsParameters::of(url)?;
        if parameters.server_name.is_some() {
            return Err("`server_name_indication` is for the broker URL alone".to_owned());
        }
        let said = Self::of_url(parameters);
        Ok((!said.is_empty()).then_some(said))
    }

    /// What a program says goes before what the URL says of the same.
    pub(super) fn or(self, url: Self) -> Self {
        let own_certificate = self.certificate.is_some();
        Self {
            ca: self.ca.or(url.ca),
            certificate: self.certificate.or(url.certificate),
            key: if own_certificate { self.key } else { url.key },
            server_name: self.server_name.or(url.server_name),
        }
    }

    /// Whether it says anything.
    pub(super) fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => write!(f, "the file `{}`", path.display()),
            Self::Text(_) => f.write_str("the given PEM text"),
        }
    }
}

/// Shows paths, and no text: it may be a key.
impl fmt::Debug for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl fmt::Debug for Tls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tls")
            .field("ca", &self.ca)
            .field("certificate", &self.certificate)
            .field("key", &self.key)
            .field("server_name", &self.server_name)
            .finish()
    }
}
