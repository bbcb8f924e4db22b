//! Whom a client trusts.

use std::fmt::Display;
use std::path::Path;
use std::sync::Arc;

use rustls::crypto::ring;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, RootCertStore};

use crate::Error;

/// For HTTP: trusts the system's authorities, and those of the file. A system without any
/// can still speak plain HTTP: only TLS will fail.
///
/// # Errors
/// When the file cannot be read, or holds no authority.
pub(crate) fn config(ca_file: Option<&Path>) -> Result<ClientConfig, Error> {
    let mut config = trusting(authorities(ca_file)?);
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(config)
}

/// The system's authorities, and those of the file.
///
/// # Errors
/// When the file cannot be read, or holds no authority.
pub(crate) fn authorities(ca_file: Option<&Path>) -> Result<Vec<CertificateDer<'static>>, Error> {
    let mut all = rustls_native_certs::load_native_certs().certs;
    if let Some(path) = ca_file {
        let unusable = |cause: &dyn Display| Error::Other { cause: format!("{}: {cause}", path.display()) };
        let certificates = CertificateDer::pem_file_iter(path).map_err(|e| unusable(&e))?;
        let certificates: Vec<_> = certificates.collect::<Result<_, _>>().map_err(|e| unusable(&e))?;
        if !holds_authority(&certificates) {
            return Err(unusable(&"it holds no certificate in PEM"));
        }
        all.extend(certificates);
    }
    Ok(all)
}

/// The authorities in a text.
///
/// # Errors
/// When there are none.
pub(crate) fn in_pem(pem: &[u8]) -> Result<Vec<CertificateDer<'static>>, Error> {
    let certificates: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem).collect();
    match certificates {
        Ok(certificates) if holds_authority(&certificates) => Ok(certificates),
        Ok(_) => Err(Error::Other { cause: "it holds no certificate in PEM".to_owned() }),
        Err(error) => Err(Error::Other { cause: format!("it is no PEM: {error}") }),
    }
}

pub(crate) fn trusting(authorities: Vec<CertificateDer<'static>>) -> ClientConfig {
    let mut roots = RootCertStore::empty();
    // A system may have some that cannot be read.
    roots.add_parsable_certificates(authorities);
    ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .expect("ring has cipher suites for the default versions")
        .with_root_certificates(roots)
        .with_no_client_auth()
}

fn holds_authority(certificates: &[CertificateDer<'static>]) -> bool {
    RootCertStore::empty().add_parsable_certificates(certificates.iter().cloned()).0 > 0
}
