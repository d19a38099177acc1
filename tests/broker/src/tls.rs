//! A TLS listener beside the plain one.

use std::fs;
use std::path::{Path, PathBuf};

use crate::certificates::{Authority, Identity};

/// Reads the certificate anew from its file with the next connection.
const FORGET_CERTIFICATES: &str = "ssl:clear_pem_cache().";

/// Where a node speaks TLS, and the files that it reads for it.
pub(crate) struct Listener {
    pub(crate) port: u16,
    folder: PathBuf,
    asks_for_certificates: bool,
}

impl Listener {
    /// Writes the files. With `clients`, only clients with a certificate of that authority may connect.
    pub(crate) fn new(
        folder: &Path,
        port: u16,
        identity: &Identity,
        clients: Option<&Authority>,
    ) -> std::io::Result<Self> {
        let listener = Self {
            port,
            folder: folder.to_owned(),
            asks_for_certificates: clients.is_some(),
        };
        listener.write(identity)?;
        let clients = clients.map_or(identity.certificate.as_str(), Authority::pem);
        fs::write(listener.file("clients.pem"), clients)?;
        Ok(listener)
    }

    fn write(&self, identity: &Identity) -> std::io::Result<()> {
        fs::write(self.file("server.pem"), &identity.certificate)?;
        fs::write(self.file("server.key"), &identity.key)
    }

    /// From the next connection on, the node shows this certificate. Gives what the node must evaluate.
    pub(crate) fn show(&self, identity: &Identity) -> std::io::Result<&'static str> {
        self.write(identity).map(|()| FORGET_CERTIFICATES)
    }

    /// The lines of `rabbitmq.conf`. Whoever shows a certificate may log in by it, with its common name as the user.
    pub(crate) fn configuration(&self) -> String {
        let (verify, demand) = if self.asks_for_certificates {
            ("verify_peer", true)
        } else {
            ("verify_none", false)
        };
        let (port, file) = (self.port, |name| self.file(name).display().to_string());
        format!(
            "listeners.ssl.1 = 127.0.0.1:{port}\n\
             ssl_options.cacertfile = {}\n\
             ssl_options.certfile = {}\n\
             ssl_options.keyfile = {}\n\
             ssl_options.verify = {verify}\n\
             ssl_options.fail_if_no_peer_cert = {demand}\n\
             ssl_options.versions.1 = tlsv1.3\n\
             ssl_options.versions.2 = tlsv1.2\n\
             auth_mechanisms.1 = PLAIN\n\
             auth_mechanisms.2 = EXTERNAL\n\
             ssl_cert_login_from = common_name\n",
            file("clients.pem"),
            file("server.pem"),
            file("server.key"),
        )
    }

    /// The same for the management API.
    pub(crate) fn management(&self, port: u16) -> String {
        let file = |name| self.file(name).display().to_string();
        let mut lines = format!(
            "management.ssl.ip = 127.0.0.1\n\
             management.ssl.port = {port}\n\
             management.ssl.cacertfile = {}\n\
             management.ssl.certfile = {}\n\
             management.ssl.keyfile = {}\n",
            file("clients.pem"),
            file("server.pem"),
            file("server.key"),
        );
        if self.asks_for_certificates {
            lines +=
                "management.ssl.verify = verify_peer\nmanagement.ssl.fail_if_no_peer_cert = true\n";
        }
        lines
    }

    fn file(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }
}
