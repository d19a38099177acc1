//! TLS to the management API, by the certificates of the way to the broker.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ureq::tls::{Certificate, ClientCert, PrivateKey, RootCerts, TlsConfig};
use urutu::tools::{Certificates, PrivateKeyDer};

/// Trusts these CAs alone.
pub(super) fn config(certificates: Certificates) -> Result<TlsConfig, ureq::Error> {
    let Certificates {
        roots,
        identity,
        provider,
    } = certificates;
    let identity = match identity {
        None => None,
        Some((chain, key)) => {
            let key = PrivateKey::from_pem(pem(&key).as_bytes())?;
            Some(ClientCert::new_with_certs(&all(&chain), key))
        }
    };
    Ok(TlsConfig::builder()
        .root_certs(RootCerts::new_with_certs(&all(&roots)))
        .client_cert(identity)
        .unversioned_rustls_crypto_provider(provider)
        .build())
}

/// The only way in which the client takes any kind of key.
fn pem(key: &PrivateKeyDer<'_>) -> String {
    let kind = match key {
        PrivateKeyDer::Pkcs1(_) => "RSA PRIVATE KEY",
        PrivateKeyDer::Sec1(_) => "EC PRIVATE KEY",
        _ => "PRIVATE KEY",
    };
    let body = STANDARD.encode(key.secret_der());
    format!("-----BEGIN {kind}-----\n{body}\n-----END {kind}-----\n")
}

fn all(certificates: &[Vec<u8>]) -> Vec<Certificate<'static>> {
    let one = |der: &Vec<u8>| Certificate::from_der(der).to_owned();
    certificates.iter().map(one).collect()
}

/// What to do where the other side's certificate, or ours, was refused.
pub(super) fn advice(error: &ureq::Error) -> Option<&'static str> {
    let said = error.to_string();
    if said.contains("invalid peer certificate") {
        Some(
            "the URL's host must be a name of its certificate, and the CA that issued it must be known: name it by `cacertfile` of the broker URL or of `--management-url`",
        )
    } else if said.contains("received fatal alert") {
        Some(
            "it may ask for a client certificate: give `certfile` and `keyfile` in the broker URL or in `--management-url`",
        )
    } else {
        None
    }
}
