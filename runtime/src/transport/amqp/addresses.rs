//! Where the broker is, when it is a cluster: the addresses of its nodes, and the order in which they are tried.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use super::address::Address;
#[cfg(feature = "tls")]
use super::tls::Tls;
use crate::transport::TransportError;

/// One address, or several that lead to the same cluster. There is always one.
pub(super) struct Addresses {
    all: Vec<Arc<Address>>,
    shown: String,
}

impl Addresses {
    /// Reads URLs with commas between them.
    pub(super) fn parse(urls: &str, connect_timeout: Duration) -> Result<Self, TransportError> {
        let urls = split(urls);
        let one = |(index, url): (usize, &&str)| {
            let address = Address::parse(url, connect_timeout).and_then(|address| {
                checked(&address, url)?;
                Ok(Arc::new(address))
            });
            address.map_err(|error| {
                if urls.len() == 1 {
                    return error;
                }
                let (number, count) = (index + 1, urls.len());
                TransportError::Disconnected(format!(
                    "{error} (this is address {number} of {count})"
                ))
            })
        };
        let all = urls.iter().enumerate().map(one);
        let all: Vec<Arc<Address>> = all.collect::<Result<_, _>>()?;
        of_one_cluster(&all)?;
        let shown: Vec<&str> = all.iter().map(|address| address.shown()).collect();
        let shown = shown.join(",");
        Ok(Self { all, shown })
    }

    /// What a program says about TLS goes before what the URLs say.
    #[cfg(feature = "tls")]
    pub(super) fn secured(self, tls: &Tls) -> Result<Self, TransportError> {
        let secured = |address: &Arc<Address>| Ok(Arc::new(address.secured(tls)?));
        let all = self.all.iter().map(secured).collect::<Result<_, _>>()?;
        Ok(Self { all, ..self })
    }

    /// The URLs without the credentials.
    pub(super) fn shown(&self) -> &str {
        &self.shown
    }

    /// All of them, each once, in the order in which they are to be tried: the one that worked last comes first, the others as `below` chooses (it gives
    /// a number below its argument), so that the clients of a node that is lost spread over those that are left.
    pub(super) fn round(
        &self,
        worked: Option<&Arc<Address>>,
        mut below: impl FnMut(usize) -> usize,
    ) -> Vec<Arc<Address>> {
        let mut round = self.all.clone();
        let mut open = 0;
        if let Some(first) = worked.and_then(|worked| self.position(worked)) {
            round.swap(0, first);
            open = 1;
        }
        while open < round.len() {
            let chosen = open + below(round.len() - open);
            round.swap(open, chosen);
            open += 1;
        }
        round
    }

    /// Where an address stands in the list.
    pub(super) fn position(&self, address: &Arc<Address>) -> Option<usize> {
        self.all.iter().position(|one| Arc::ptr_eq(one, address))
    }
}

/// What a tool needs of a broker URL; one for each address.
#[cfg(feature = "tools")]
pub(crate) fn logins(urls: &str) -> Result<Vec<crate::tools::Login>, TransportError> {
    let addresses = Addresses::parse(urls, super::connection::CONNECT_TIMEOUT)?;
    Ok(addresses
        .all
        .iter()
        .map(|address| address.login())
        .collect())
}

/// A comma parts two URLs only where one begins behind it: a password or a vhost may hold commas.
fn split(urls: &str) -> Vec<&str> {
    let mut parts = Vec::new();
    let mut begin = 0;
    for (comma, _) in urls.match_indices(',') {
        let rest = urls[comma + 1..].trim_start();
        let begins = |scheme: &str| {
            rest.get(..scheme.len())
                .is_some_and(|start| start.eq_ignore_ascii_case(scheme))
        };
        if begins("amqp://") || begins("amqps://") {
            parts.push(urls[begin..comma].trim());
            begin = comma + 1;
        }
    }
    parts.push(urls[begin..].trim());
    parts
}

/// Refuses what was meant as a list and is none.
fn checked(address: &Address, url: &str) -> Result<(), TransportError> {
    if address.host().contains(',') {
        return Err(unusable(
            "a comma in a host; several addresses are written as amqp://user:password@one/%2f,amqp://user:password@two/%2f",
        ));
    }
    if url.ends_with(',') {
        return Err(unusable(
            "no address follows its last comma; a comma at the end of a vhost is `%2C`",
        ));
    }
    Ok(())
}

/// Refuses addresses between which messages would be lost from sight, or passwords sent in the clear by surprise.
fn of_one_cluster(all: &[Arc<Address>]) -> Result<(), TransportError> {
    let Some((first, others)) = all.split_first() else {
        return Ok(());
    };
    for other in others {
        if other.vhost() != first.vhost() {
            return Err(unusable(&format!(
                "{first} and {other} are different vhosts; several addresses are those of one vhost on the nodes of one cluster"
            )));
        }
        if other.is_tls() != first.is_tls() {
            return Err(unusable(&format!(
                "one of {first} and {other} has TLS and one has not; write all of them with `amqps://`, or none"
            )));
        }
    }
    Ok(())
}

fn unusable(reason: &str) -> TransportError {
    TransportError::Disconnected(format!("the broker URL cannot be used: {reason}"))
}

impl fmt::Display for Addresses {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.shown)
    }
}

impl fmt::Debug for Addresses {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.shown)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn parse(urls: &str) -> Result<Addresses, TransportError> {
        Addresses::parse(urls, Duration::from_secs(5))
    }

    #[test]
    fn a_comma_parts_addresses_only_where_one_begins() {
        for (urls, shown) in [
            ("amqp://a/shop", "amqp://a:5672/shop"),
            (
                "amqp://me:s3cret@a/shop,amqp://me:s3cret@b:5673/shop",
                "amqp://a:5672/shop,amqp://b:5673/shop",
            ),
            (
                " amqp://a/%2f , AMQP://b/%2f,\n\tamqp://[::1]/%2f ",
                "amqp://a:5672/%2f,amqp://b:5672/%2f,amqp://[::1]:5672/%2f",
            ),
            (
                "amqp://me:s3,cret@a/x,y,amqp://me:,s3cret,@b/x,y",
                "amqp://a:5672/x,y,amqp://b:5672/x,y",
            ),
            (
                "amqp://me:s3cret,amqp:%2F%2Fx@a/v,amqp://b/v",
                "amqp://a:5672/v,amqp://b:5672/v",
            ),
        ] {
            let addresses = parse(urls).expect(urls);
            assert_eq!(addresses.shown(), shown);
            assert_eq!(
                format!("{addresses} {addresses:?}"),
                format!("{shown} {shown}")
            );
        }
        let addresses = parse("amqp://me:s3,cret@a/v,amqp://you:,0ther,@b/v").expect("URLs");
        let passwords = addresses
            .all
            .iter()
            .map(|address| address.uri().authority.userinfo.password);
        assert_eq!(passwords.collect::<Vec<_>>(), ["s3,cret", ",0ther,"]);
    }

    #[test]
    fn what_is_no_list_is_refused_without_showing_a_password() {
        for (urls, part) in [
            ("", "write it as amqp://"),
            ("amqp://me:s3cret@a,b:5672,c", "cannot be used"),
            ("amqp://me:s3cret@a,b", "a comma in a host"),
            ("amqp://me:s3cret@a/x,", "no address follows its last comma"),
            (
                "amqp://me:s3cret@a/x,,amqp://me:s3cret@b/x",
                "(this is address 1 of 2)",
            ),
            (
                "amqp://me:s3cret@a/x,amqp://me:s3/cret@b/x",
                "(this is address 2 of 2)",
            ),
            (
                "amqp://me:s3cret@a/x,amqp://me:s3cret@b/y",
                "different vhosts",
            ),
            #[cfg(feature = "tls")]
            (
                "amqps://me:s3cret@a/x,amqp://me:s3cret@b/x",
                "has TLS and one has not",
            ),
        ] {
            let error = parse(urls).expect_err(urls).to_string();
            assert!(error.contains(part), "{urls}: {error}");
            assert!(!error.contains("s3"), "{error}");
        }
    }

    #[test]
    fn a_round_tries_each_once_and_begins_where_it_worked() {
        let addresses = parse("amqp://a,amqp://b,amqp://c,amqp://d").expect("URLs");
        let names = |round: Vec<Arc<Address>>| -> Vec<usize> {
            let position = |address| addresses.position(address).expect("one of them");
            round.iter().map(position).collect()
        };
        for worked in [None, Some(0), Some(3)] {
            let last = worked.map(|index: usize| &addresses.all[index]);
            let mut orders = BTreeSet::new();
            // Every choice that the dice can make.
            for dice in 0..24 {
                let mut rest = dice;
                let round = names(addresses.round(last, |bound| {
                    let chosen = rest % bound;
                    rest /= bound;
                    chosen
                }));
                let each: BTreeSet<usize> = round.iter().copied().collect();
                assert_eq!(each.len(), 4, "{round:?}");
                assert!(worked.is_none_or(|worked| round[0] == worked), "{round:?}");
                orders.insert(round);
            }
            assert_eq!(orders.len(), if worked.is_none() { 24 } else { 6 });
        }
    }
}
