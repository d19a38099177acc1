//! Both ways to a broker over TLS, which asks for client certificates.

use std::fs;
use std::path::{Path, PathBuf};

use urutu_test_broker::{Authority, Broker, Identity, Valid};

use crate::broken::{SERVICES, shows_no_password, unable};
use crate::scene::Scene;

/// Writes PEM files and gives the parameters that name them.
struct Files(PathBuf);

impl Files {
    fn new() -> Self {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("topology-certificates");
        fs::create_dir_all(&folder).unwrap();
        Self(folder)
    }

    fn ca(&self, name: &str, authority: &Authority) -> String {
        format!("cacertfile={}", self.write(name, authority.pem()))
    }

    fn client(&self, name: &str, identity: &Identity) -> String {
        let certificate = self.write(&format!("{name}.pem"), &identity.certificate);
        let key = self.write(&format!("{name}.key"), &identity.key);
        format!("certfile={certificate}&keyfile={key}")
    }

    fn write(&self, name: &str, text: &str) -> String {
        let path = self.0.join(name);
        fs::write(&path, text).unwrap();
        path.display().to_string()
    }
}

impl Drop for Files {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

#[test]
fn broker_over_tls_is_reached_by_the_certificates_of_the_broker_url() {
    let (ours, clients) = (Authority::new("ours"), Authority::new("clients"));
    let server = ours.server(&["localhost"], Valid::Now);
    let broker = Broker::with_tls_and_management(&server, Some(&clients));
    let (url, api) = (broker.tls_url(), broker.management_url());

    let files = Files::new();
    let ca = files.ca("ours.pem", &ours);
    let foreign_ca = files.ca("foreign.pem", &Authority::new("foreign"));
    let me = files.client("me", &clients.client("me", Valid::Now));
    let stranger = files.client("stranger", &ours.client("me", Valid::Now));

    let scene = Scene::new("tls", &format!("{url}?{ca}&{me}"), &api);
    scene.services(SERVICES);
    let applied = scene.run(&["apply"]).ends(0);
    assert!(applied.stdout.contains("created"), "{applied:?}");
    shows_no_password(&applied);
    scene.run(&["verify"]).ends(0);
    // The URL of the management API may name its own.
    let own = format!("{api}?{ca}&{me}");
    let scene = Scene::new("tls-own", &format!("{url}?{foreign_ca}"), &own);
    scene.services(SERVICES);
    scene.run(&["verify"]).ends(0);

    for (query, says) in [
        (
            format!("{foreign_ca}&{me}"),
            ["UnknownIssuer", "`cacertfile`"],
        ),
        (ca.clone(), ["fatal alert", "`certfile` and `keyfile`"]),
        (
            format!("{ca}&{stranger}"),
            ["fatal alert", "`certfile` and `keyfile`"],
        ),
        (
            format!("{ca}&certfile=missing.pem&keyfile=missing.key"),
            ["missing.pem", "cannot be read"],
        ),
    ] {
        let scene = Scene::new("tls-refused", &format!("{url}?{query}"), &api);
        unable(&scene, &["plan"], &says);
    }
    // What is trusted for one is not sent to a port without TLS.
    let plain = api.replace("https://", "http://");
    let scene = Scene::new("tls-plain", &url, &format!("{plain}?{ca}"));
    unable(&scene, &["plan"], &["the management URL cannot be used"]);
}
