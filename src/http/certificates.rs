//! Whom the client trusts.
//!
//! The first of [`VARIABLES`] that is set decides alone, and may name a file or a folder; for
//! OpenSSL, `SSL_CERT_DIR` would add to `SSL_CERT_FILE`. Where none is set, the system's own
//! certificates are taken, and where it has none, those of Mozilla that are compiled in.

use std::collections::BTreeSet;

use camino::{Utf8Path, Utf8PathBuf};
use rustls::RootCertStore;
use rustls::pki_types::CertificateDer;
use ureq::tls::{Certificate, PemItem, RootCerts, parse_pem};

use super::error::CERTIFICATES;
use crate::environment::Environment;
use crate::fs::{self, Kind};
use crate::report::Failure;

/// Which variable names certificates, as pip, curl and OpenSSL have it.
const VARIABLES: &[&str] =
    &["PIP_CERT", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE", FOLDERS];
/// The one that may name several folders.
const FOLDERS: &str = "SSL_CERT_DIR";

pub(super) fn load(environment: &Environment) -> Result<RootCerts, Failure> {
    let first = VARIABLES.iter().find_map(|name| Some((*name, environment.raw(name)?)));
    let Some((variable, value)) = first else { return Ok(of_system()) };
    let shown = Utf8PathBuf::from(value.to_string_lossy().into_owned());
    let unusable = |error: fs::Error| {
        let message = format!("`{variable}` names no certificates that can be used");
        Failure::program(CERTIFICATES, message)
            .because(&error)
            .hint(format!("set `{variable}` to a bundle of certificates, or to nothing"))
    };
    let mut found = BTreeSet::new();
    let paths = match variable {
        FOLDERS => std::env::split_paths(value).collect(),
        _ => vec![value.into()],
    };
    for path in paths.iter().filter(|path| !path.as_os_str().is_empty()) {
        let path = Utf8PathBuf::from(path.to_string_lossy().into_owned());
        read(&path, &mut found).map_err(unusable)?;
    }
    // What is written like a certificate and is none would only fail when a server shows its own.
    let parsable = found.iter().map(|certificate| CertificateDer::from(certificate.as_slice()));
    if RootCertStore::empty().add_parsable_certificates(parsable).0 == 0 {
        return Err(unusable(fs::Error::because("use", &shown, "it has no certificate")));
    }
    Ok(roots(found.iter().map(Vec::as_slice)))
}

/// Adds the certificates of a file, or of all files in a folder.
fn read(path: &Utf8Path, found: &mut BTreeSet<Vec<u8>>) -> Result<(), fs::Error> {
    let (path, kind) = fs::resolve(path)?;
    if kind != Kind::Directory {
        return read_file(&path, found);
    }
    for (name, kind) in fs::list(&path)? {
        let path = path.join(name);
        let is_file = match kind {
            Kind::File { .. } => true,
            // OpenSSL makes a link for each certificate; one that leads nowhere vouches for nobody.
            Kind::Symlink => matches!(fs::resolve(&path), Ok((_, Kind::File { .. }))),
            _ => false,
        };
        if is_file {
            read_file(&path, found)?;
        }
    }
    Ok(())
}

fn read_file(path: &Utf8Path, found: &mut BTreeSet<Vec<u8>>) -> Result<(), fs::Error> {
    let vanished = || fs::Error::because("read", path, "it vanished");
    let bytes = fs::read(path)?.ok_or_else(vanished)?;
    for item in parse_pem(&bytes) {
        match item {
            Ok(PemItem::Certificate(certificate)) => {
                found.insert(certificate.der().to_vec());
            }
            // A key may lie beside its certificate.
            Ok(_) => {}
            // What the reader has against it is told in its own terms, not in those of a user.
            Err(_) => {
                return Err(fs::Error::because("use", path, "a certificate in it is garbled"));
            }
        }
    }
    Ok(())
}

/// The system's certificates. One that it can't read is one less that vouches for a server, and
/// is missed only where it is needed: by an error that says so.
fn of_system() -> RootCerts {
    let system = rustls_native_certs::load_native_certs().certs;
    if system.is_empty() {
        return RootCerts::WebPki;
    }
    roots(system.iter().map(|certificate| &**certificate))
}

fn roots<'a>(certificates: impl Iterator<Item = &'a [u8]>) -> RootCerts {
    let owned: Vec<_> = certificates.map(|bytes| Certificate::from_der(bytes).to_owned()).collect();
    RootCerts::new_with_certs(&owned)
}
