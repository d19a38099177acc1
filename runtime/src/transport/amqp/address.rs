//! Where the broker is. The credentials go to the broker and nowhere else: not into errors, not into `Debug`.

use std::fmt;
use std::time::Duration;

use lapin::uri::{AMQPScheme, AMQPUri};

use super::query::TlsParameters;
#[cfg(feature = "tls")]
use super::tls::Tls;
use crate::transport::TransportError;

/// A parsed broker URL.
pub(super) struct Address {
    uri: AMQPUri,
    shown: String,
    #[cfg(feature = "tls")]
    tls: Tls,
}

impl Address {
    /// Reads a URL such as `amqp://user:password@host:5672/%2f`.
    pub(super) fn parse(url: &str, connect_timeout: Duration) -> Result<Self, TransportError> {
        let tls = TlsParameters::of(url).map_err(|reason| unreadable(&reason))?;
        let mut uri: AMQPUri = url.parse().map_err(|reason: String| {
            // Some reasons quote the URL, and with it the password.
            let quotes_url = reason.contains(url);
            unreadable(if quotes_url { "it is no URL" } else { &reason })
        })?;
        if uri.vhost.contains('@') {
            return Err(unreadable(
                "an `@` after the host; in a user, password or vhost, `/` is `%2F` and `@` is `%40`",
            ));
        }
        if let Some(host) = bracketed_host(url) {
            host.clone_into(&mut uri.authority.host);
        }
        if uri.scheme == AMQPScheme::AMQPS && !cfg!(feature = "tls") {
            return Err(unreadable(
                "`amqps://` needs TLS: turn on the feature `tls` of the crate `urutu`",
            ));
        }
        if uri.scheme == AMQPScheme::AMQP && tls != TlsParameters::default() {
            return Err(unreadable(PLAIN));
        }
        let limit = u64::try_from(connect_timeout.as_millis()).unwrap_or(u64::MAX);
        uri.query.connection_timeout.get_or_insert(limit);
        let shown = shown(&uri);
        Ok(Self {
            uri,
            shown,
            #[cfg(feature = "tls")]
            tls: Tls::of_url(tls),
        })
    }

    /// What a program says about TLS goes before what the URL says.
    #[cfg(feature = "tls")]
    pub(super) fn secured(&self, tls: &Tls) -> Result<Self, TransportError> {
        if !self.is_tls() && !tls.is_empty() {
            return Err(unreadable(PLAIN));
        }
        Ok(Self {
            uri: self.uri.clone(),
            shown: self.shown.clone(),
            tls: tls.clone().or(self.tls.clone()),
        })
    }

    /// How connections are secured, and the host that is to answer; `None` for plain ones.
    #[cfg(feature = "tls")]
    pub(super) fn tls(&self) -> Option<(&Tls, &str)> {
        self.is_tls().then(|| (&self.tls, self.host()))
    }

    pub(super) fn port(&self) -> u16 {
        self.uri.authority.port
    }

    /// The URL without the credentials.
    pub(super) fn shown(&self) -> &str {
        &self.shown
    }

    pub(super) fn host(&self) -> &str {
        &self.uri.authority.host
    }

    pub(super) fn vhost(&self) -> &str {
        &self.uri.vhost
    }

    pub(super) fn is_tls(&self) -> bool {
        self.uri.scheme == AMQPScheme::AMQPS
    }

    /// What a tool needs of it.
    #[cfg(feature = "tools")]
    pub(super) fn login(&self) -> crate::tools::Login {
        let (authority, user) = (&self.uri.authority, &self.uri.authority.userinfo);
        crate::tools::Login {
            shown: self.shown.clone(),
            tls: self.is_tls(),
            host: authority.host.clone(),
            vhost: self.uri.vhost.clone(),
            user: user.username.clone(),
            password: user.password.clone(),
            #[cfg(feature = "tls")]
            certificates: self.tls.clone(),
        }
    }

    /// The URL with the credentials, for the handshake alone.
    pub(super) fn uri(&self) -> AMQPUri {
        self.uri.clone()
    }
}

/// Whoever speaks of certificates does not mean a connection that anybody can read.
const PLAIN: &str = "it speaks of certificates, but `amqp://` is not encrypted: say `amqps://`";

fn shown(uri: &AMQPUri) -> String {
    let (host, port) = (&uri.authority.host, uri.authority.port);
    let vhost = uri.vhost.replace('%', "%25").replace('/', "%2f");
    if host.contains(':') {
        format!("{}://[{host}]:{port}/{vhost}", uri.scheme)
    } else {
        format!("{}://{host}:{port}/{vhost}", uri.scheme)
    }
}

/// The address between the brackets of `amqp://user:password@[::1]:5672`, which the URL parser leaves out.
fn bracketed_host(url: &str) -> Option<&str> {
    let authority = url.split_once("://")?.1.split('/').next()?;
    let host = authority.rsplit('@').next()?;
    Some(host.strip_prefix('[')?.split_once(']')?.0)
}

fn unreadable(reason: &str) -> TransportError {
    TransportError::Disconnected(format!(
        "the broker URL cannot be used: {reason}; write it as amqp://user:password@host:5672/%2f"
    ))
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.shown)
    }
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.shown)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(url: &str) -> Result<Address, TransportError> {
        Address::parse(url, Duration::from_secs(5))
    }

    #[test]
    fn shows_no_credentials() {
        for (url, shown) in [
            ("amqp://me:s3cret@rabbit:5673/%2f", "amqp://rabbit:5673/%2f"),
            ("amqp://me:s3cret@rabbit", "amqp://rabbit:5672/%2f"),
            ("amqp://127.0.0.1/shop", "amqp://127.0.0.1:5672/shop"),
            ("amqp://me:s3cret@[::1]:5673/shop", "amqp://[::1]:5673/shop"),
        ] {
            let address = parse(url).expect(url);
            assert_eq!(address.to_string(), shown);
            assert_eq!(format!("{address:?}"), shown);
        }
        assert_eq!(
            parse("amqp://me:s3cret@rabbit/%2f")
                .expect("a URL")
                .uri()
                .authority
                .userinfo
                .password,
            "s3cret"
        );
    }

    #[test]
    fn refuses_without_showing_the_password() {
        for url in [
            "me:s3cret@rabbit",
            "http://me:s3cret@rabbit",
            "amqp://me:1/s3cret@rabbit",
            "amqp://me:s3cret/x@rabbit",
            "amqp:me:s3cret",
            "s3cret",
        ] {
            let error = parse(url).expect_err(url).to_string();
            assert!(!error.contains("s3cret"), "{error}");
            assert!(error.contains("write it as amqp://"), "{error}");
        }
        #[cfg(not(feature = "tls"))]
        assert!(
            parse("amqps://rabbit")
                .expect_err("no TLS")
                .to_string()
                .contains("feature `tls`")
        );
    }
}
