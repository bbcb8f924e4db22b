//! A certificate authority of one test's own.

use std::sync::Arc;

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};

/// A server's identity for `localhost` and `127.0.0.1`, and the authority to trust it by.
#[derive(Clone)]
pub struct TestTls {
    pub acceptor: TlsAcceptor,
    /// What a client needs to trust the server.
    pub ca_pem: String,
    /// The same identity for a server of another make.
    pub certificate_pem: String,
    pub key_pem: String,
}

impl TestTls {
    /// # Panics
    /// When keys or certificates cannot be made, which no test is about.
    pub fn new() -> TestTls {
        let mut ca = CertificateParams::new(Vec::new()).expect("no names, no wrong names");
        ca.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let ca_key = KeyPair::generate().expect("ring makes keys");
        let ca = CertifiedIssuer::self_signed(ca, ca_key).expect("the parameters are complete");

        let names = vec!["localhost".to_owned(), "127.0.0.1".to_owned()];
        let key = KeyPair::generate().expect("ring makes keys");
        let server = CertificateParams::new(names).expect("both are valid names");
        let certificate = server.signed_by(&key, &ca).expect("the parameters are complete");

        let private = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
        let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .expect("ring has the default versions")
            .with_no_client_auth()
            .with_single_cert(vec![certificate.der().clone()], private)
            .expect("the key is the certificate's");
        TestTls {
            acceptor: TlsAcceptor::from(Arc::new(config)),
            ca_pem: ca.pem(),
            certificate_pem: certificate.pem(),
            key_pem: key.serialize_pem(),
        }
    }
}

impl Default for TestTls {
    fn default() -> TestTls {
        TestTls::new()
    }
}
