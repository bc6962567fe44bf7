//! TLS to PostgreSQL: what the address asks for, in the words of libpq, and whose certificate is believed.
//!
//! `sslmode=verify-full` (or `verify-ca`) with `sslrootcert=FILE` checks the chain and the name of the host;
//! `sslmode=require` alone encrypts and believes any certificate. Without either the connection is plain.

use std::fmt;
use std::net::IpAddr;
use std::path::Path;
use std::sync::Arc;

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, ring, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{ClientConfig, DigitallySignedStruct, RootCertStore, SignatureScheme};
use tokio_postgres::Config;
use tokio_postgres::config::Host;
use tokio_postgres_rustls::MakeRustlsConnect;

/// How a connection is made.
#[derive(Clone)]
pub(crate) enum Dial {
    /// In the open.
    Plain,
    /// Over TLS.
    Tls(Box<MakeRustlsConnect>),
}

/// Reads an address; what the driver does not know of TLS is taken out of it.
pub(crate) fn read(address: &str) -> Result<(Config, Dial), String> {
    let (place, query) = address.split_once('?').unwrap_or((address, ""));
    let (mut mode, mut root, mut rest) = ("", None, Vec::new());
    for pair in query.split('&').filter(|pair| !pair.is_empty()) {
        match pair.split_once('=') {
            Some(("sslmode", value)) => mode = value,
            Some(("sslrootcert", value)) => root = Some(plain(value)),
            Some(_) | None => rest.push(pair),
        }
    }
    let dial = match (mode, root) {
        ("" | "disable" | "prefer" | "allow", None) => Dial::Plain,
        ("require", None) => over(Trust::Anybody)?,
        ("" | "prefer" | "require" | "verify-ca" | "verify-full", Some(root)) => {
            over(Trust::Signed(roots(Path::new(&root))?))?
        }
        ("verify-ca" | "verify-full", None) => {
            return Err(format!(
                "для sslmode={mode} назовите сертификат, которому верить: sslrootcert=ФАЙЛ"
            ));
        }
        (other, _) => {
            return Err(format!(
                "sslmode={other} неизвестен: бывает disable, require, verify-full"
            ));
        }
    };
    if matches!(dial, Dial::Tls(_)) {
        rest.push("sslmode=require");
    }
    let address = match rest.is_empty() {
        true => place.to_owned(),
        false => format!("{place}?{}", rest.join("&")),
    };
    let config = address.parse::<Config>().map_err(|e| e.to_string())?;
    Ok((config, dial))
}

/// Whether what goes to that database can be read on its way: it stands on another machine, and nothing asks for TLS. What is
/// no address is told by whoever connects.
pub(crate) fn is_in_the_open(address: &str) -> bool {
    let Ok((config, Dial::Plain)) = read(address) else {
        return false;
    };
    match config.get_hostaddrs() {
        [] => config.get_hosts().iter().any(is_elsewhere),
        addresses => addresses.iter().any(|address| !address.is_loopback()),
    }
}

fn is_elsewhere(host: &Host) -> bool {
    match host {
        Host::Tcp(name) => {
            let address = name.parse::<IpAddr>();
            name != "localhost" && !address.is_ok_and(|address| address.is_loopback())
        }
        #[cfg(unix)]
        Host::Unix(_) => false,
    }
}

/// A value of the address without its percent signs.
fn plain(value: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = value.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        let code = after.get(..2).and_then(|two| std::str::from_utf8(two).ok());
        let code = code.and_then(|two| u8::from_str_radix(two, 16).ok());
        rest = match (first, code) {
            (b'%', Some(byte)) => {
                bytes.push(byte);
                &after[2..]
            }
            _ => {
                bytes.push(*first);
                after
            }
        };
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

enum Trust {
    Signed(RootCertStore),
    Anybody,
}

fn roots(file: &Path) -> Result<RootCertStore, String> {
    let unread = |why: &dyn fmt::Display| {
        format!(
            "сертификат {} не читается ({why}): нужен файл PEM",
            file.display()
        )
    };
    let mut store = RootCertStore::empty();
    for certificate in CertificateDer::pem_file_iter(file).map_err(|e| unread(&e))? {
        let certificate = certificate.map_err(|e| unread(&e))?;
        store.add(certificate).map_err(|e| unread(&e))?;
    }
    if store.is_empty() {
        return Err(unread(&"в нём нет сертификата"));
    }
    Ok(store)
}

fn over(trust: Trust) -> Result<Dial, String> {
    let provider = Arc::new(ring::default_provider());
    let builder = ClientConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()
        .map_err(|e| e.to_string())?;
    let config = match trust {
        Trust::Signed(roots) => builder.with_root_certificates(roots),
        Trust::Anybody => builder
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(Anybody(provider))),
    };
    let config = config.with_no_client_auth();
    Ok(Dial::Tls(Box::new(MakeRustlsConnect::new(config))))
}

/// Believes any certificate, as libpq does when it is told no root: an eavesdropper hears nothing, but who
/// stands between may say to be the database.
#[derive(Debug)]
struct Anybody(Arc<CryptoProvider>);

impl ServerCertVerifier for Anybody {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let known = &self.0.signature_verification_algorithms;
        verify_tls12_signature(message, certificate, signed, known)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let known = &self.0.signature_verification_algorithms;
        verify_tls13_signature(message, certificate, signed, known)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_address_says_how_it_is_dialled() {
        let dial = |query: &str| read(&format!("postgres://fond@db/fond{query}"));
        assert!(matches!(dial(""), Ok((_, Dial::Plain))));
        assert!(matches!(dial("?sslmode=disable"), Ok((_, Dial::Plain))));
        assert!(matches!(dial("?sslmode=require"), Ok((_, Dial::Tls(_)))));
        let hosts = dial("?target_session_attrs=read-write&sslmode=require");
        assert!(matches!(hosts, Ok((_, Dial::Tls(_)))));
        assert!(dial("?sslmode=verify-full").is_err());
        assert!(dial("?sslmode=sometimes").is_err());
        assert!(dial("?sslmode=verify-full&sslrootcert=/no/such").is_err());
    }

    #[test]
    fn a_name_of_a_file_may_be_written_with_percent_signs() {
        assert_eq!(plain("%D1%84%2Fa%20b%zz%"), "ф/a b%zz%");
    }
}
