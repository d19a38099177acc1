//! TLS on a real listener: who is let in, who is not, and what is said about it.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use urutu_test_broker::{Authority, Broker, Identity, Valid};

use super::*;
use crate::transport::amqp::AmqpConfig;
use crate::transport::amqp::tls::Tls;

/// Every refusal is told long before anybody gives up: a connection alone has 5 seconds.
const TOLD_WITHIN: Duration = Duration::from_secs(15);

/// A folder for PEM files, gone after the test.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let name = format!("urutu-tls-{name}-{}", std::process::id());
        let folder = Self(std::env::temp_dir().join(name));
        fs::create_dir_all(&folder.0).unwrap();
        folder
    }

    /// Writes a file and gives its path.
    fn write(&self, name: &str, text: impl AsRef<[u8]>) -> PathBuf {
        let path = self.0.join(name);
        fs::write(&path, text).unwrap();
        path
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn trusting(authority: &Authority) -> Tls {
    Tls::new().ca_pem(authority.pem())
}

fn as_client(tls: Tls, identity: &Identity) -> Tls {
    tls.client_pem(&identity.certificate, &identity.key)
}

async fn try_connect(url: &str, tls: Tls) -> Result<AmqpTransport, TransportError> {
    let config = AmqpConfig {
        tls,
        ..AmqpConfig::from(url)
    };
    soon("an answer", AmqpTransport::connect(config)).await
}

/// The connection is refused in time, in one line that says these things, and no password.
async fn refused(url: &str, tls: Tls, says: &[&str]) {
    let started = Instant::now();
    let why = match try_connect(url, tls).await {
        Err(TransportError::Disconnected(why)) => why,
        other => panic!("{says:?} was expected: {other:?}"),
    };
    assert!(
        started.elapsed() < TOLD_WITHIN,
        "took {:?}: {why}",
        started.elapsed()
    );
    holds(&why, says);
    assert!(!why.contains('\n') && !why.contains("guest"), "{why}");
}

/// Declares, publishes and consumes, so that both connections are used.
async fn works(transport: &AmqpTransport) {
    declare(transport, &bound(queue("secured", QueueKind::Classic))).await;
    publish_all(transport, "secured", 20).await;
    let mut subscription = subscribe(transport, "secured", 20).await;
    let ids = (0..20).map(|number| number.to_string());
    receive(subscription.as_mut(), ids).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn broker_tls() {
    let ours = Authority::new("ours");
    let good = ours.server(&["localhost", "127.0.0.1"], Valid::Now);
    let broker = Broker::with_tls(&good, None);

    the_right_certificate_is_accepted(&broker, &ours).await;
    a_certificate_that_does_not_convince_is_refused(&broker, &ours).await;
    broker.show_certificate(&good);
    nobody_speaks_plainly_where_tls_was_meant(&broker, &ours).await;
    files_that_cannot_be_used_are_named(&broker, &ours).await;
}

async fn the_right_certificate_is_accepted(broker: &Broker, ours: &Authority) {
    let transport = try_connect(&broker.tls_url(), trusting(ours))
        .await
        .unwrap();
    works(&transport).await;
    let listed = broker.ctl(&["list_connections", "ssl", "ssl_protocol"]);
    assert_eq!(listed.matches("true\ttlsv1.3").count(), 2, "{listed}");
    assert!(transport.address().starts_with("amqps://localhost:"));
    soon("close", transport.close()).await;

    // The same by the URL, and by an address in place of the name.
    let folder = Folder::new("url");
    let ca = folder.write("the ca.pem", ours.pem());
    let ca = ca.to_str().unwrap().replace(' ', "%20");
    for host in ["localhost", "127.0.0.1"] {
        let url = broker.tls_url().replace("localhost", host);
        let url = format!("{url}?cacertfile={ca}&verify=verify_peer");
        let transport = connect(&url).await;
        assert!(!transport.address().contains('?'), "{transport:?}");
        soon("close", transport.close()).await;
    }
}

async fn a_certificate_that_does_not_convince_is_refused(broker: &Broker, ours: &Authority) {
    let url = &broker.tls_url();
    let foreign = Authority::new("foreign");
    refused(
        url,
        trusting(&foreign),
        &[
            "not issued by the CA in the given PEM text",
            "`cacertfile`",
            "localhost",
        ],
    )
    .await;
    // Without a CA of one's own, the system's are asked, which know nothing of ours.
    refused(
        url,
        Tls::new(),
        &["not issued by the CAs of this system", "`cacertfile`"],
    )
    .await;
    // Of the same name, with another key.
    let other_key = Authority::new("ours");
    refused(
        url,
        trusting(&other_key),
        &["the broker's certificate", "`cacertfile`"],
    )
    .await;

    broker.show_certificate(&ours.server(&["rabbit.internal", "10.1.2.3"], Valid::Now));
    refused(
        url,
        trusting(ours),
        &[
            "not for `localhost`, but for `rabbit.internal`, `10.1.2.3`",
            "`server_name_indication`",
        ],
    )
    .await;
    let named = trusting(ours).server_name("rabbit.internal");
    let transport = try_connect(url, named).await.unwrap();
    soon("close", transport.close()).await;
    refused(
        url,
        trusting(ours).server_name("no name"),
        &["`no name` is neither the name of a host nor an IP address"],
    )
    .await;

    broker.show_certificate(&ours.server(&["localhost"], Valid::Past));
    refused(
        url,
        trusting(ours),
        &["has expired, at 2021-01-01T00:00:00Z", "renew it"],
    )
    .await;
    broker.show_certificate(&ours.server(&["localhost"], Valid::Future));
    refused(
        url,
        trusting(ours),
        &["not valid yet, but from 2090-01-01T00:00:00Z on", "clock"],
    )
    .await;
    broker.show_certificate(&ours.client("localhost", Valid::Now));
    refused(
        url,
        trusting(ours),
        &["the broker's certificate", "`localhost`"],
    )
    .await;
}

async fn nobody_speaks_plainly_where_tls_was_meant(broker: &Broker, ours: &Authority) {
    let plain_port = broker
        .tls_url()
        .replace(&broker.tls_port().to_string(), &broker.port().to_string());
    refused(&plain_port, trusting(ours), &["TLS", "5671"]).await;
    let tls_port = broker.tls_url().replace("amqps:", "amqp:");
    // It says in TLS that it does not understand, or what it says is lost with the connection.
    refused(&tls_port, Tls::new(), &["speaks TLS", "`amqps://`"]).await;
    // Certificates on a connection that is not encrypted: somebody is mistaken about it.
    let not_encrypted = ["is not encrypted", "say `amqps://`"];
    refused(&broker.url(), trusting(ours), &not_encrypted).await;
    let url = format!("{}?cacertfile=/ca.pem", broker.url());
    refused(&url, Tls::new(), &not_encrypted).await;
    let url = format!("{}?verify=verify_none", broker.tls_url());
    refused(&url, Tls::new(), &["only be `verify_peer`"]).await;
}

async fn files_that_cannot_be_used_are_named(broker: &Broker, ours: &Authority) {
    let folder = Folder::new("files");
    let (me, other) = (
        ours.client("me", Valid::Now),
        ours.client("other", Valid::Now),
    );
    let certificate = folder.write("certificate.pem", &me.certificate);
    let key = folder.write("key.pem", &me.key);
    let other_key = folder.write("other.key", &other.key);
    let empty = folder.write("empty.pem", "\n");
    let der = folder.write("der.pem", [0x30, 0x82, 0x01, 0xff, 0x00]);
    let cut = folder.write("cut.pem", &me.certificate[..me.certificate.len() - 40]);
    let garbled = folder.write("garbled.pem", me.certificate.replace("MII", "!!!"));
    let damaged = folder.write("damaged.pem", BASE64_OF_NOTHING);
    let huge = folder.write("huge.pem", vec![b'x'; 2 << 20]);
    let encrypted = folder.write(
        "encrypted.key",
        "-----BEGIN ENCRYPTED PRIVATE KEY-----\nMIIB\n-----END ENCRYPTED PRIVATE KEY-----\n",
    );
    let missing = folder.0.join("missing.pem");
    let ca = |path: &Path| Tls::new().ca_file(path);
    let client = |certificate: &Path, key: &Path| trusting(ours).client_files(certificate, key);
    for (tls, says) in [
        (ca(&missing), "missing.pem` cannot be read: No such file"),
        (ca(&folder.0), "cannot be read"),
        (ca(&empty), "empty.pem` holds no certificate"),
        (ca(&empty), "it is empty"),
        (ca(&der), "der.pem` holds no certificate"),
        (ca(&der), "it is no PEM"),
        (ca(&cut), "cut.pem` is damaged: a section has no `-----END`"),
        (ca(&garbled), "garbled.pem` is damaged"),
        (ca(&garbled), "no base64"),
        (ca(&damaged), "certificate 1 in the file"),
        (ca(&huge), "larger than"),
        (
            ca(&key),
            "are the files of the certificate and of the key interchanged?",
        ),
        (client(&missing, &key), "missing.pem` cannot be read"),
        (
            client(&certificate, &missing),
            "missing.pem` cannot be read",
        ),
        (client(&key, &certificate), "interchanged?"),
        (
            client(&certificate, &other_key),
            "other.key` is not that of the certificate",
        ),
        (
            client(&certificate, &encrypted),
            "encrypted.key` is encrypted",
        ),
        (
            client(&certificate, &empty),
            "empty.pem` holds no private key",
        ),
        (
            client(&damaged, &key),
            "damaged.pem` cannot be read: it is damaged",
        ),
    ] {
        refused(&broker.tls_url(), tls, &["TLS cannot begin", says]).await;
    }
    for (query, says) in [
        (
            format!("certfile={}", certificate.display()),
            "no `keyfile`",
        ),
        (format!("keyfile={}", key.display()), "no `certfile`"),
    ] {
        let url = format!("{}?{query}", broker.tls_url());
        refused(&url, trusting(ours), &[says]).await;
    }
}

/// Well-formed PEM that holds no certificate.
const BASE64_OF_NOTHING: &str =
    "-----BEGIN CERTIFICATE-----\nbm90IGEgY2VydGlmaWNhdGU=\n-----END CERTIFICATE-----\n";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn broker_mutual_tls() {
    let (ours, clients) = (Authority::new("ours"), Authority::new("clients"));
    let server = ours.server(&["localhost"], Valid::Now);
    let broker = Broker::with_tls(&server, Some(&clients));
    let url = &broker.tls_url();
    let me = clients.client("me", Valid::Now);

    let transport = try_connect(url, as_client(trusting(&ours), &me)).await;
    let transport = transport.unwrap();
    works(&transport).await;
    soon("close", transport.close()).await;

    refused(
        url,
        trusting(&ours),
        &["client certificate", "`certfile` and `keyfile`"],
    )
    .await;
    let of_this_client = ["the certificate of this client", "CA of the broker"];
    for stranger in [
        Authority::new("foreign").client("me", Valid::Now),
        // Of the CA that issued the broker's own.
        ours.client("me", Valid::Now),
        clients.client("me", Valid::Past),
        clients.client("me", Valid::Future),
    ] {
        refused(url, as_client(trusting(&ours), &stranger), &of_this_client).await;
    }
    // The check of the broker comes first, whatever it asks for.
    let foreign = trusting(&Authority::new("foreign"));
    refused(url, as_client(foreign, &me), &["not issued by"]).await;

    a_certificate_is_login_enough(&broker, &ours, &clients).await;
    renewed_files_are_taken_with_the_next_connection(&broker, &ours, &clients).await;
}

/// `auth_mechanism=external`: no password at all.
async fn a_certificate_is_login_enough(broker: &Broker, ours: &Authority, clients: &Authority) {
    broker.ctl(&["add_user", "billing", "unused"]);
    broker.ctl(&["set_permissions", "billing", ".*", ".*", ".*"]);
    let url = format!(
        "amqps://localhost:{}/%2f?auth_mechanism=external",
        broker.tls_port()
    );
    let billing = as_client(trusting(ours), &clients.client("billing", Valid::Now));
    let transport = try_connect(&url, billing).await.unwrap();
    works(&transport).await;
    let listed = broker.ctl(&["list_connections", "user", "auth_mechanism"]);
    assert!(listed.contains("billing\tEXTERNAL"), "{listed}");
    soon("close", transport.close()).await;

    let nobody = as_client(trusting(ours), &clients.client("nobody", Valid::Now));
    refused(&url, nobody, &["ACCESS_REFUSED", "check the user"]).await;
}

async fn renewed_files_are_taken_with_the_next_connection(
    broker: &Broker,
    ours: &Authority,
    clients: &Authority,
) {
    let folder = Folder::new("renewed");
    let write = |identity: &Identity| {
        let certificate = folder.write("cert.pem", &identity.certificate);
        (certificate, folder.write("key.pem", &identity.key))
    };
    let (certificate, key) = write(&clients.client("before", Valid::Now));
    let tls = trusting(ours).client_files(certificate, key);
    let transport = try_connect(&broker.tls_url(), tls).await.unwrap();
    works(&transport).await;
    let subjects = || broker.ctl(&["list_connections", "peer_cert_subject"]);
    assert_eq!(subjects().matches("CN=before").count(), 2, "{}", subjects());

    write(&clients.client("after", Valid::Now));
    broker.close_all_connections();
    soon("the connections open again", async {
        while subjects().matches("CN=after").count() < 2 {
            // Each attempt may meet a connection that is just being lost.
            let _ = transport
                .declare(&bound(queue("secured", QueueKind::Classic)))
                .await;
            let _ = transport.publish(message("secured", "again")).await;
        }
    })
    .await;
    soon("close", transport.close()).await;
}
