//! Reads what a [`Tls`] names.

use rustls::RootCertStore;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};

use super::{Source, Tls, pem};

/// Certificates and keys, read.
pub(crate) struct Loaded {
    /// Who may have issued the broker's certificate.
    pub(crate) roots: Vec<CertificateDer<'static>>,
    /// The certificate of this client with its chain, and its key.
    pub(crate) identity: Option<(Vec<CertificateDer<'static>>, PrivateKeyDer<'static>)>,
}

impl Tls {
    /// Reads the files. It blocks.
    pub(crate) fn load(&self) -> Result<Loaded, String> {
        let roots = match &self.ca {
            Some(ca) => of_own(ca)?,
            None => of_the_system()?,
        };
        let identity = match (&self.certificate, &self.key) {
            (None, None) => None,
            (Some(certificate), Some(key)) => {
                Some((pem::certificates(certificate)?, pem::key(key)?))
            }
            (Some(_), None) => {
                return Err("there is a `certfile` and no `keyfile`: give both".to_owned());
            }
            (None, Some(_)) => {
                return Err("there is a `keyfile` and no `certfile`: give both".to_owned());
            }
        };
        Ok(Loaded { roots, identity })
    }

    /// Who is trusted, in words.
    pub(super) fn trusted(&self) -> String {
        match &self.ca {
            Some(ca) => format!("the CA in {ca}"),
            None => "the CAs of this system".to_owned(),
        }
    }
}

/// Each must be usable: one that is passed over would be missed much later.
fn of_own(ca: &Source) -> Result<Vec<CertificateDer<'static>>, String> {
    let certificates = pem::certificates(ca)?;
    let mut checked = RootCertStore::empty();
    for (index, certificate) in certificates.iter().enumerate() {
        checked.add(certificate.clone()).map_err(|_| {
            format!(
                "certificate {} in {ca} cannot be read: it is damaged, or no certificate of a CA",
                index + 1
            )
        })?;
    }
    Ok(certificates)
}

fn of_the_system() -> Result<Vec<CertificateDer<'static>>, String> {
    let found = rustls_native_certs::load_native_certs();
    if found.certs.is_empty() {
        let why = found.errors.first();
        return Err(format!(
            "this system has no certificates of CAs{}: install them (the package `ca-certificates`), or name your CA by `cacertfile`",
            why.map(|error| format!(" ({error})")).unwrap_or_default()
        ));
    }
    Ok(found.certs)
}
