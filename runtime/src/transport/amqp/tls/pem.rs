//! Reads certificates and keys from PEM text, and says what is wrong with it without showing any of it.

use std::fs::File;
use std::io::Read;

use rustls::pki_types::pem::{Error, PemObject};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};

use super::Source;

/// The largest text, in bytes: the CAs of a whole system have a quarter of that.
const SIZE_LIMIT: u64 = 1024 * 1024;

const CERTIFICATE: &str = "-----BEGIN CERTIFICATE-----";
const ENCRYPTED_KEY: &str = "-----BEGIN ENCRYPTED PRIVATE KEY-----";

/// All certificates, in their order; at least one.
pub(super) fn certificates(source: &Source) -> Result<Vec<CertificateDer<'static>>, String> {
    let text = read(source)?;
    let certificates: Vec<_> = CertificateDer::pem_slice_iter(&text)
        .collect::<Result<_, _>>()
        .map_err(|error| format!("{source} is damaged: {}", damage(&error)))?;
    if certificates.is_empty() {
        return Err(format!(
            "{source} holds no certificate (`{CERTIFICATE}`){}",
            instead(&text)
        ));
    }
    Ok(certificates)
}

/// The first key.
pub(super) fn key(source: &Source) -> Result<PrivateKeyDer<'static>, String> {
    let text = read(source)?;
    PrivateKeyDer::from_pem_slice(&text).map_err(|error| match error {
        Error::NoItemsFound if holds(&text, ENCRYPTED_KEY) => format!(
            "the key in {source} is encrypted, and nobody can be asked for its passphrase: decrypt it (`openssl pkey -in KEY -out FILE`) and let only this program read it"
        ),
        Error::NoItemsFound => format!(
            "{source} holds no private key (`-----BEGIN PRIVATE KEY-----`){}",
            instead(&text)
        ),
        error => format!("{source} is damaged: {}", damage(&error)),
    })
}

fn read(source: &Source) -> Result<Vec<u8>, String> {
    let text = match source {
        Source::Text(text) => text.to_vec(),
        Source::File(path) => {
            let mut text = Vec::new();
            File::open(path)
                .and_then(|file| file.take(SIZE_LIMIT + 1).read_to_end(&mut text))
                .map_err(|error| format!("{source} cannot be read: {error}"))?;
            text
        }
    };
    if u64::try_from(text.len()).is_ok_and(|size| size <= SIZE_LIMIT) {
        Ok(text)
    } else {
        Err(format!(
            "{source} is larger than {SIZE_LIMIT} bytes: it cannot be one of certificates"
        ))
    }
}

/// What a text has in place of what is looked for.
fn instead(text: &[u8]) -> &'static str {
    if text.iter().all(u8::is_ascii_whitespace) {
        ": it is empty"
    } else if holds(text, CERTIFICATE) {
        ": it holds a certificate; are the files of the certificate and of the key interchanged?"
    } else if holds(text, "PRIVATE KEY-----") {
        ": it holds a private key; are the files of the certificate and of the key interchanged?"
    } else {
        ": it is no PEM; DER is converted by `openssl x509 -inform der` or `openssl pkey -inform der`"
    }
}

fn holds(text: &[u8], part: &str) -> bool {
    text.windows(part.len())
        .any(|window| window == part.as_bytes())
}

/// The library's own words quote the text.
fn damage(error: &Error) -> &'static str {
    match error {
        Error::MissingSectionEnd { .. } => "a section has no `-----END`",
        Error::Base64Decode(_) => "what stands between `-----BEGIN` and `-----END` is no base64",
        _ => "it is no PEM",
    }
}
