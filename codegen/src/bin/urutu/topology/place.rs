//! Where the broker and its management API are. The password goes there and nowhere else.

use std::fmt;

use urutu::tools::Login;

use crate::failure::Failure;

/// A broker, by both ways to it.
pub(super) struct Place {
    url: String,
    /// The broker URL without credentials.
    shown: String,
    vhost: String,
    /// `http://host:15672`, without credentials and without a slash at the end; one for each node of a cluster, each as good as the others.
    bases: Vec<String>,
    user: String,
    password: String,
    /// The URL of the management API as it was given, for its parameters.
    #[cfg(feature = "tls")]
    given: String,
    /// Whose certificates are good for the management API as well.
    #[cfg(feature = "tls")]
    login: Login,
}

impl Place {
    /// Reads the URLs. Without one, the management API is where RabbitMQ has it, and takes the same user.
    pub(super) fn of(broker_url: &str, management_url: Option<&str>) -> Result<Self, Failure> {
        let logins = Login::all_of(broker_url).map_err(|error| Failure::unable(&error))?;
        let (bases, credentials) = match management_url {
            None => (derived(&logins), None),
            Some(url) => {
                let (base, credentials) = parsed(url).map_err(|reason| {
                    Failure::Unable(format!(
                        "the management URL cannot be used: {reason}; write it as http://user:password@host:15672"
                    ))
                })?;
                (vec![base], credentials)
            }
        };
        if let Some(base) = bases.iter().find(|base| base.starts_with("https://"))
            && !cfg!(feature = "tls")
        {
            return Err(Failure::Unable(format!(
                "{base} needs TLS: install the command with the feature `tls` (`cargo install urutu-codegen --features cli,tls`)"
            )));
        }
        let shown: Vec<String> = logins.iter().map(|login| login.shown.clone()).collect();
        // There is always one, and the addresses of one cluster have users and vhosts in common.
        let Some(login) = logins.into_iter().next() else {
            return Err(Failure::Unable("the broker URL is empty".to_owned()));
        };
        #[cfg(feature = "tls")]
        let whole = login.clone();
        let (user, password) = credentials.unwrap_or((login.user, login.password));
        Ok(Self {
            url: broker_url.to_owned(),
            shown: shown.join(","),
            vhost: login.vhost,
            bases,
            user,
            password,
            #[cfg(feature = "tls")]
            given: management_url.unwrap_or_default().to_owned(),
            #[cfg(feature = "tls")]
            login: whole,
        })
    }

    /// What the management API is trusted by, and shown.
    #[cfg(feature = "tls")]
    pub(super) fn certificates(&self) -> Result<urutu::tools::Certificates, Failure> {
        urutu::tools::Certificates::of(&self.given, &self.login).map_err(|why| {
            let bases = self.bases.join(", ");
            Failure::Unable(format!("TLS to {bases} cannot begin: {why}"))
        })
    }

    /// The URL with the credentials, for AMQP alone.
    pub(super) fn url(&self) -> &str {
        &self.url
    }

    /// The broker URL without credentials.
    pub(super) fn broker(&self) -> &str {
        &self.shown
    }

    pub(super) fn vhost(&self) -> &str {
        &self.vhost
    }

    /// Where the management API is, without credentials.
    pub(super) fn bases(&self) -> &[String] {
        &self.bases
    }

    /// The user of the management API.
    pub(super) fn user(&self) -> &str {
        &self.user
    }

    /// `user:password`, for the `Authorization` of a request alone.
    pub(super) fn credentials(&self) -> String {
        format!("{}:{}", self.user, self.password)
    }
}

/// The ports are RabbitMQ's defaults.
fn derived(logins: &[Login]) -> Vec<String> {
    let mut bases = Vec::with_capacity(logins.len());
    for login in logins {
        let host = if login.host.contains(':') {
            format!("[{}]", login.host)
        } else {
            login.host.clone()
        };
        let base = if login.tls {
            format!("https://{host}:15671")
        } else {
            format!("http://{host}:15672")
        };
        if !bases.contains(&base) {
            bases.push(base);
        }
    }
    bases
}

type Credentials = (String, String);

/// Takes `http://user:password@host:15672/prefix` apart.
fn parsed(url: &str) -> Result<(String, Option<Credentials>), &'static str> {
    // What is behind is about certificates, and read with them.
    let url = match url.split_once('?') {
        Some((url, _)) if cfg!(feature = "tls") && url.starts_with("https://") => url,
        _ => url,
    };
    let (scheme, rest) = url.split_once("://").ok_or("it is no URL")?;
    if !["http", "https"].contains(&scheme) {
        return Err("it does not begin with `http://` or `https://`");
    }
    let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    let (userinfo, host) = match authority.rsplit_once('@') {
        Some((userinfo, host)) => (Some(userinfo), host),
        None => (None, authority),
    };
    if host.is_empty() {
        return Err("it names no host");
    }
    if rest.contains(['?', '#', ' ']) || path.contains('@') {
        return Err(
            "it has characters that mean something else; in a user or password, `/` is `%2F`, `?` is `%3F`, `#` is `%23`",
        );
    }
    let credentials = match userinfo.map(|info| info.split_once(':').unwrap_or((info, ""))) {
        None => None,
        Some((user, password)) => Some((decoded(user)?, decoded(password)?)),
    };
    let path = path.trim_end_matches('/');
    Ok((format!("{scheme}://{host}{path}"), credentials))
}

/// Reads `%2F` as `/`.
fn decoded(text: &str) -> Result<String, &'static str> {
    let mut parts = text.split('%');
    let mut bytes = parts.next().unwrap_or_default().as_bytes().to_vec();
    for part in parts {
        let byte = part
            .get(..2)
            .and_then(|hex| u8::from_str_radix(hex, 16).ok());
        bytes.push(byte.ok_or("a `%` in it is not followed by two hexadecimal digits")?);
        bytes.extend(part.bytes().skip(2));
    }
    String::from_utf8(bytes).map_err(|_| "its user or password is no UTF-8")
}

/// Without the passwords.
impl fmt::Debug for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Place")
            .field("broker", &self.shown)
            .field("bases", &self.bases)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_management_api_is_where_rabbitmq_has_it_unless_it_is_said() {
        let place = |broker, management| Place::of(broker, management).expect("URLs");
        let known = place("amqp://me:s3%2Fcret@rabbit:5673/shop", None);
        assert_eq!(known.bases(), ["http://rabbit:15672"]);
        assert_eq!(known.credentials(), "me:s3/cret");
        assert_eq!((known.vhost(), known.user()), ("shop", "me"));
        assert_eq!(known.broker(), "amqp://rabbit:5673/shop");
        assert_eq!(
            place("amqp://me:s3cret@[::1]/shop", None).bases(),
            ["http://[::1]:15672"]
        );
        let other = place(
            "amqp://me:s3cret@rabbit",
            Some("http://ops:p%40ss@api:8080/rabbit/"),
        );
        assert_eq!(other.bases(), ["http://api:8080/rabbit"]);
        assert_eq!(other.credentials(), "ops:p@ss");
        let same = place("amqp://me:s3cret@rabbit", Some("http://api"));
        assert_eq!(same.bases(), ["http://api"]);
        assert_eq!(same.user(), "me");
        for shown in [format!("{known:?}"), format!("{other:?}")] {
            assert!(!shown.contains("s3") && !shown.contains("ss"), "{shown}");
        }
    }

    #[test]
    fn each_node_of_a_cluster_has_a_management_api() {
        let nodes = "amqp://me:s3cret@one/shop,amqp://me:s3cret@two:5673/shop,amqp://me:s3cret@two:5674/shop";
        let place = Place::of(nodes, None).expect("URLs");
        assert_eq!(place.bases(), ["http://one:15672", "http://two:15672"]);
        assert_eq!(
            place.broker(),
            "amqp://one:5672/shop,amqp://two:5673/shop,amqp://two:5674/shop"
        );
        assert_eq!(place.url(), nodes);
        let place = Place::of(nodes, Some("http://api")).expect("URLs");
        assert_eq!(place.bases(), ["http://api"]);
    }

    #[test]
    fn what_is_no_url_is_refused_without_showing_it() {
        for url in [
            "me:s3cret@rabbit",
            "amqp://me:s3cret@rabbit",
            "http://me:s3cret@",
            "http://me:s3%zz@rabbit",
            "http://me:s3/cret@rabbit",
            "http://me:s3cret@rabbit/?x",
        ] {
            let Err(Failure::Unable(text)) = Place::of("amqp://rabbit", Some(url)) else {
                panic!("{url} is not one");
            };
            assert!(text.contains("write it as http://"), "{text}");
            assert!(!text.contains("s3"), "{text}");
        }
    }
}
