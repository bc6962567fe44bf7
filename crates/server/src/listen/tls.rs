//! The server's certificate: read from two files, and read again when the process is told so.
//!
//! Nothing here decides who is trusted: clients show no certificates.

use std::fs::File;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};

use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::pem::PemObject as _;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};

use crate::io::reason;

/// The certificate at work.
#[derive(Clone)]
pub(crate) struct Tls(Arc<Inner>);

struct Inner {
    certificate: PathBuf,
    key: PathBuf,
    acceptor: RwLock<TlsAcceptor>,
}

impl Tls {
    /// Reads the chain of certificates and the key, both PEM.
    pub(crate) fn read(certificate: &Path, key: &Path) -> Result<Self, String> {
        Ok(Self(Arc::new(Inner {
            certificate: certificate.to_owned(),
            key: key.to_owned(),
            acceptor: RwLock::new(acceptor(certificate, key)?),
        })))
    }

    /// Reads the files anew; connections that come later use them. What does not fit leaves all as it was.
    pub(crate) fn read_again(&self) -> Result<(), String> {
        let new = acceptor(&self.0.certificate, &self.0.key)?;
        *self
            .0
            .acceptor
            .write()
            .unwrap_or_else(PoisonError::into_inner) = new;
        Ok(())
    }

    pub(super) fn acceptor(&self) -> TlsAcceptor {
        let acceptor = self.0.acceptor.read();
        acceptor.unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// No certificate or key is longer; a device would be read for ever.
const LONGEST: u64 = 1 << 20;

fn start_of(file: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    File::open(file)?.take(LONGEST).read_to_end(&mut bytes)?;
    Ok(bytes)
}

fn acceptor(certificate: &Path, key: &Path) -> Result<TlsAcceptor, String> {
    let unread = |file: &Path, error: &dyn std::fmt::Display| {
        format!(
            "Файл {} не читается ({error}): нужен PEM с сертификатом или ключом",
            file.display()
        )
    };
    let bytes = |file: &Path| start_of(file).map_err(|error| unread(file, &reason(&error)));
    let chain: Result<Vec<CertificateDer<'static>>, _> =
        CertificateDer::pem_slice_iter(&bytes(certificate)?).collect();
    let chain = chain.map_err(|error| unread(certificate, &error))?;
    let secret =
        PrivateKeyDer::from_pem_slice(&bytes(key)?).map_err(|error| unread(key, &error))?;
    let fits = |error: &dyn std::fmt::Display| {
        format!(
            "Сертификат {} и ключ {} не подходят друг к другу: {error}",
            certificate.display(),
            key.display()
        )
    };
    let mut config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|error| fits(&error))?
        .with_no_client_auth()
        .with_single_cert(chain, secret)
        .map_err(|error| fits(&error))?;
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(TlsAcceptor::from(Arc::new(config)))
}
