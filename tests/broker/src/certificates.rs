//! Certificates for tests: a CA of one's own and what it issues, good and bad.

use std::fmt;

use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    KeyUsagePurpose, date_time_ymd,
};

/// A certification authority with a key of its own.
pub struct Authority {
    issuer: Issuer<'static, KeyPair>,
    pem: String,
}

/// A certificate and its key, both PEM.
#[derive(Clone, PartialEq, Eq)]
pub struct Identity {
    /// The certificate.
    pub certificate: String,
    /// Its key.
    pub key: String,
}

/// When a certificate is valid.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Valid {
    /// Today.
    Now,
    /// In the year 2020 alone.
    Past,
    /// From the year 2090 on.
    Future,
}

impl Authority {
    /// An authority of this name.
    ///
    /// # Panics
    ///
    /// When the machine gives no randomness.
    pub fn new(name: &str) -> Self {
        let mut wanted = params(name, &[], Valid::Now);
        wanted.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        wanted.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        let key = KeyPair::generate().expect("a key");
        let certificate = wanted.self_signed(&key).expect("a certificate of a CA");
        Self {
            pem: certificate.pem(),
            issuer: Issuer::new(wanted, key),
        }
    }

    /// Its certificate, for those who trust it.
    pub fn pem(&self) -> &str {
        &self.pem
    }

    /// A certificate for a server with these names, host names or IP addresses.
    ///
    /// # Panics
    ///
    /// When one of them is no name.
    pub fn server(&self, names: &[&str], valid: Valid) -> Identity {
        let name = names.first().copied().unwrap_or("nameless");
        self.issue(
            params(name, names, valid),
            ExtendedKeyUsagePurpose::ServerAuth,
        )
    }

    /// A certificate for a client, whose user has this name.
    ///
    /// # Panics
    ///
    /// When the machine gives no randomness.
    pub fn client(&self, name: &str, valid: Valid) -> Identity {
        self.issue(
            params(name, &[], valid),
            ExtendedKeyUsagePurpose::ClientAuth,
        )
    }

    fn issue(&self, mut wanted: CertificateParams, usage: ExtendedKeyUsagePurpose) -> Identity {
        wanted.extended_key_usages = vec![usage];
        wanted.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        let key = KeyPair::generate().expect("a key");
        let certificate = wanted
            .signed_by(&key, &self.issuer)
            .expect("a signed certificate");
        Identity {
            certificate: certificate.pem(),
            key: key.serialize_pem(),
        }
    }
}

fn params(name: &str, names: &[&str], valid: Valid) -> CertificateParams {
    let names: Vec<String> = names.iter().map(|&name| name.to_owned()).collect();
    let mut params = CertificateParams::new(names).expect("names of hosts or IP addresses");
    params.distinguished_name.push(DnType::CommonName, name);
    let (from, until) = match valid {
        Valid::Now => (2000, 2099),
        Valid::Past => (2020, 2021),
        Valid::Future => (2090, 2099),
    };
    params.not_before = date_time_ymd(from, 1, 1);
    params.not_after = date_time_ymd(until, 1, 1);
    params
}

impl fmt::Debug for Authority {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Authority").finish_non_exhaustive()
    }
}

impl fmt::Debug for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Identity").finish_non_exhaustive()
    }
}
