//! Whom a client trusts.

use std::path::Path;
use std::sync::Arc;

use rustls::crypto::ring;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, RootCertStore};

use crate::Error;

/// Trusts the system's authorities, and those of the file. A system without any can
/// still speak plain HTTP: only TLS will fail.
///
/// # Errors
/// When the file cannot be read, or holds no authority.
pub(crate) fn config(ca_file: Option<&Path>) -> Result<ClientConfig, Error> {
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    if let Some(path) = ca_file {
        let unusable =
            |cause: &dyn std::fmt::Display| Error::Other { cause: format!("{}: {cause}", path.display()) };
        let certificates = CertificateDer::pem_file_iter(path).map_err(|e| unusable(&e))?;
        let certificates: Vec<_> = certificates.collect::<Result<_, _>>().map_err(|e| unusable(&e))?;
        if roots.add_parsable_certificates(certificates).0 == 0 {
            return Err(unusable(&"it holds no certificate in PEM"));
        }
    }
    let mut config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .expect("ring has cipher suites for the default versions")
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(config)
}
