//! What a broker URL says behind its `?`: the parameters of <https://www.rabbitmq.com/docs/uri-query-parameters>.
//!
//! lapin reads those of AMQP, and passes over those of TLS and over any that it does not know: a mistyped `cacertfile` would go unnoticed.

use percent_encoding::percent_decode_str;

/// Parameters that lapin reads.
const AMQP: [&str; 5] = [
    "auth_mechanism",
    "channel_max",
    "connection_timeout",
    "frame_max",
    "heartbeat",
];

/// What the URL says about TLS.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct TlsParameters {
    /// `cacertfile`: who may have issued the broker's certificate.
    pub(super) ca: Option<String>,
    /// `certfile`: the certificate of this client.
    pub(super) certificate: Option<String>,
    /// `keyfile`: its key.
    pub(super) key: Option<String>,
    /// `server_name_indication`: the name that the broker's certificate must have.
    pub(super) server_name: Option<String>,
}

impl TlsParameters {
    /// Reads them, and refuses what neither lapin nor TLS knows.
    pub(super) fn of(url: &str) -> Result<Self, String> {
        if url.contains('#') {
            return Err("it has a `#`, which is `%23` in a user, password or path".to_owned());
        }
        let mut read = Self::default();
        let Some((_, query)) = url.split_once('?') else {
            return Ok(read);
        };
        // It may be the rest of a password: it is not shown.
        if query.contains('@') {
            return Err(
                "an `@` behind its `?`; in a user or password, `?` is `%3F`, and in a path, `@` is `%40`"
                    .to_owned(),
            );
        }
        for parameter in query.split('&').filter(|parameter| !parameter.is_empty()) {
            let (name, value) = parameter.split_once('=').unwrap_or((parameter, ""));
            let value = percent_decode_str(value)
                .decode_utf8()
                .map_err(|_| format!("the value of `{name}` is no UTF-8"))?;
            read.take(name, &value)?;
        }
        Ok(read)
    }

    fn take(&mut self, name: &str, value: &str) -> Result<(), String> {
        let place = match name {
            "cacertfile" => &mut self.ca,
            "certfile" => &mut self.certificate,
            "keyfile" => &mut self.key,
            "server_name_indication" if value == "disable" => {
                return Err(
                    "`server_name_indication` cannot be disabled: the broker's certificate is always checked, by its name too"
                        .to_owned(),
                );
            }
            "server_name_indication" => &mut self.server_name,
            "verify" if value == "verify_peer" => return Ok(()),
            "verify" => {
                return Err(
                    "`verify` can only be `verify_peer`: the broker's certificate is always checked; for a CA of your own give `cacertfile`"
                        .to_owned(),
                );
            }
            "password" => {
                return Err(
                    "`password` is for an encrypted key, which cannot be used: decrypt the key (`openssl pkey`) and let only this program read it"
                        .to_owned(),
                );
            }
            "depth" | "fail_if_no_peer_cert" => {
                return Err(format!("`{name}` is an option of servers; leave it out"));
            }
            name if AMQP.contains(&name) => return Ok(()),
            name => {
                return Err(format!(
                    "it has a parameter `{name}`, which is none: there are {}, cacertfile, certfile, keyfile, server_name_indication and verify",
                    AMQP.join(", ")
                ));
            }
        };
        if value.is_empty() {
            return Err(format!("`{name}` is empty"));
        }
        if place.replace(value.to_owned()).is_some() {
            return Err(format!("`{name}` is given twice"));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_and_the_name_are_read_as_they_are_written_in_a_url() {
        assert_eq!(
            TlsParameters::of("amqps://me:pw@rabbit/%2f"),
            Ok(TlsParameters::default())
        );
        let url = "amqps://me:pw@rabbit/shop?cacertfile=/etc/a%20b/ca+1.pem&certfile=me.pem&keyfile=me.key\
            &verify=verify_peer&server_name_indication=rabbit.internal&heartbeat=5";
        let text = |text: &str| Some(text.to_owned());
        assert_eq!(
            TlsParameters::of(url),
            Ok(TlsParameters {
                ca: text("/etc/a b/ca+1.pem"),
                certificate: text("me.pem"),
                key: text("me.key"),
                server_name: text("rabbit.internal"),
            })
        );
    }

    #[test]
    fn what_would_weaken_tls_or_go_unnoticed_is_refused() {
        for (query, says) in [
            ("verify=verify_none", "only be `verify_peer`"),
            ("verify", "only be `verify_peer`"),
            ("server_name_indication=disable", "cannot be disabled"),
            ("cacertfile=", "`cacertfile` is empty"),
            ("cacertfile=a&cacertfile=b", "given twice"),
            ("cacertfile=%ff", "no UTF-8"),
            ("cacerfile=a", "a parameter `cacerfile`, which is none"),
            ("password=canary", "decrypt the key"),
            ("depth=3", "option of servers"),
        ] {
            let error = TlsParameters::of(&format!("amqps://rabbit/?{query}")).expect_err(query);
            assert!(error.contains(says), "{query}: {error}");
            assert!(!error.contains("canary"), "{error}");
        }
    }

    #[test]
    fn the_rest_of_a_password_is_not_shown() {
        for url in ["amqp://me:1?canary@rabbit", "amqp://me:1#canary@rabbit"] {
            let error = TlsParameters::of(url).expect_err(url);
            assert!(!error.contains("canary"), "{error}");
        }
    }
}
