//! What a failed handshake means, and what to do about it.

use std::io;
use std::sync::atomic::Ordering;

use lapin::ErrorKind;
use rustls::pki_types::{ServerName, UnixTime};
use rustls::{AlertDescription, CertificateError};

use super::client::{Client, Facts};
use crate::scalar::Timestamp;
use crate::transport::amqp::open::Unreached;

impl Client {
    /// Explains an error that TLS has to do with.
    pub(in crate::transport::amqp) fn explain(&self, error: &lapin::Error) -> Option<Unreached> {
        let ErrorKind::IOError(error) = error.kind() else {
            return None;
        };
        let (why, advice) = self.facts.explain(error)?;
        Some(Unreached {
            why,
            advice: advice.into(),
        })
    }
}

impl Facts {
    fn explain(&self, error: &io::Error) -> Option<(String, String)> {
        let inner = error.get_ref().and_then(|inner| inner.downcast_ref());
        match inner {
            Some(rustls::Error::InvalidCertificate(error)) => Some(self.certificate(error)),
            Some(rustls::Error::AlertReceived(alert)) => Some(self.alert(*alert)),
            Some(rustls::Error::InvalidMessage(_)) => Some((
                "what answers there does not speak TLS".to_owned(),
                "give the port on which the broker speaks TLS (5671 by default; 5672 is the plain one)".to_owned(),
            )),
            Some(error) => Some((
                format!("the TLS handshake failed: {error}"),
                "the broker's log has its side of it".to_owned(),
            )),
            None => self.ended(error.kind()),
        }
    }

    /// The broker's certificate does not convince.
    fn certificate(&self, error: &CertificateError) -> (String, String) {
        let (name, trusted) = (&self.name, &self.trusted);
        match error {
            CertificateError::UnknownIssuer => (
                format!("the broker's certificate is not issued by {trusted}"),
                "name the CA that issued it by `cacertfile`; the broker must send the certificates between, if there are any".to_owned(),
            ),
            CertificateError::NotValidForNameContext { expected, presented } => (
                format!(
                    "the broker's certificate is not for `{}`, but for {}",
                    shown(expected),
                    names(presented)
                ),
                "write one of its names as the host of the broker URL or as `server_name_indication`, or give the broker a certificate with this name".to_owned(),
            ),
            CertificateError::NotValidForName => (
                format!("the broker's certificate is not for `{name}`"),
                "write one of its names as the host of the broker URL or as `server_name_indication`, or give the broker a certificate with this name".to_owned(),
            ),
            CertificateError::ExpiredContext { not_after, .. } => (
                format!("the broker's certificate has expired, at {}", time(*not_after)),
                "renew it, or set the clock of this machine right".to_owned(),
            ),
            CertificateError::Expired => (
                "the broker's certificate has expired".to_owned(),
                "renew it, or set the clock of this machine right".to_owned(),
            ),
            CertificateError::NotValidYetContext { not_before, .. } => (
                format!(
                    "the broker's certificate is not valid yet, but from {} on",
                    time(*not_before)
                ),
                "set the clock of this machine right, or wait".to_owned(),
            ),
            CertificateError::NotValidYet => (
                "the broker's certificate is not valid yet".to_owned(),
                "set the clock of this machine right, or wait".to_owned(),
            ),
            CertificateError::BadSignature => (
                format!("the broker's certificate names {trusted}, but is not signed by it"),
                "name the CA that issued it by `cacertfile`: one of the same name has another key".to_owned(),
            ),
            error => (
                format!("the broker's certificate cannot be accepted: {error}"),
                format!(
                    "give the broker a certificate for servers with the name `{name}`, issued by a CA and not itself one"
                ),
            ),
        }
    }

    /// The broker has ended the handshake and says why.
    fn alert(&self, alert: AlertDescription) -> (String, String) {
        const OF_CERTIFICATES: [AlertDescription; 7] = [
            AlertDescription::BadCertificate,
            AlertDescription::UnsupportedCertificate,
            AlertDescription::CertificateRevoked,
            AlertDescription::CertificateExpired,
            AlertDescription::CertificateUnknown,
            AlertDescription::UnknownCA,
            AlertDescription::AccessDenied,
        ];
        let required = alert == AlertDescription::CertificateRequired;
        if !self.shows_certificate
            // Before TLS 1.3 the broker has no word of its own for it.
            && (required || alert == AlertDescription::HandshakeFailure)
        {
            return (
                format!(
                    "the broker ended the TLS handshake ({alert:?}), and no client certificate was shown"
                ),
                "it asks for one: give it by `certfile` and `keyfile`".to_owned(),
            );
        }
        if self.shows_certificate && (required || OF_CERTIFICATES.contains(&alert)) {
            return (
                format!("the broker refuses the certificate of this client ({alert:?})"),
                "show one that a CA of the broker (`ssl_options.cacertfile`) has issued for clients and that is valid today, with all certificates between".to_owned(),
            );
        }
        (
            format!("the broker ended the TLS handshake ({alert:?})"),
            "its log says why".to_owned(),
        )
    }

    /// The other side has ended the connection without a word of TLS.
    fn ended(&self, kind: io::ErrorKind) -> Option<(String, String)> {
        let cut = matches!(
            kind,
            io::ErrorKind::UnexpectedEof
                | io::ErrorKind::ConnectionReset
                | io::ErrorKind::ConnectionAborted
                | io::ErrorKind::BrokenPipe
        );
        if !cut {
            return None;
        }
        if !self.shaken.load(Ordering::Acquire) {
            return Some((
                "the other side ended the connection in the TLS handshake".to_owned(),
                "check that it is the port on which the broker speaks TLS (5671 by default), and look at the broker's log".to_owned(),
            ));
        }
        // In TLS 1.3 a broker checks the client's certificate after the client has done its part, and its alert may be lost with the connection.
        Some(if self.shows_certificate {
            (
                "the broker ended the connection after the TLS handshake: it probably refuses the certificate of this client".to_owned(),
                "show one that a CA of the broker has issued for clients and that is valid today; its log says why".to_owned(),
            )
        } else {
            (
                "the broker ended the connection after the TLS handshake: it probably asks for a client certificate, and none was shown".to_owned(),
                "give one by `certfile` and `keyfile`; the broker's log says why".to_owned(),
            )
        })
    }
}

fn shown(name: &ServerName<'_>) -> String {
    name.to_str().into_owned()
}

/// `DnsName("rabbit")` and `IpAddress(127.0.0.1)` as users write them.
fn names(presented: &[String]) -> String {
    if presented.is_empty() {
        return "no name at all (it needs a `subjectAltName`)".to_owned();
    }
    let bare = presented.iter().map(|name| {
        let inner = name
            .split_once('(')
            .map_or(name.as_str(), |(_, inner)| inner);
        format!("`{}`", inner.trim_end_matches(')').trim_matches('"'))
    });
    bare.collect::<Vec<_>>().join(", ")
}

fn time(time: UnixTime) -> String {
    let seconds = i64::try_from(time.as_secs()).unwrap_or(i64::MAX);
    match Timestamp::from_second(seconds) {
        Ok(time) => time.to_string(),
        // No calendar has it.
        Err(_) => format!("{seconds} s after 1970"),
    }
}
