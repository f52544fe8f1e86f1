//! The certificates that the client trusts.
//!
//! The first of [`VARIABLES`] that is set decides alone, and may name a file or a folder; unlike
//! OpenSSL, which reads both `SSL_CERT_FILE` and `SSL_CERT_DIR`. If none is set, the system's
//! certificates are used, and if it has none, those of Mozilla that are compiled in.

use std::collections::BTreeSet;

use camino::{Utf8Path, Utf8PathBuf};
use rustls::RootCertStore;
use rustls::pki_types::CertificateDer;
use ureq::tls::{Certificate, PemItem, RootCerts, parse_pem};

use super::error::CERTIFICATES;
use crate::environment::Environment;
use crate::fs::{self, Kind};
use crate::report::Failure;

/// The variables that name certificates. `PIP_CERT` is pip's `--cert`; the next two follow in this
/// order in requests (`merge_environment_settings` in its `sessions.py`); the others are OpenSSL's.
const VARIABLES: &[&str] =
    &["PIP_CERT", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE", FOLDERS];
/// It may name several folders, separated as those of PATH.
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
    // A PEM block that holds no certificate would fail only later, and as a server that isn't
    // trusted.
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
            // `openssl rehash` makes a link for each certificate; one that leads nowhere is
            // skipped.
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
            // A bundle may have a private key beside its certificate.
            Ok(_) => {}
            // The reader's own message is about its types and says nothing to a user.
            Err(_) => {
                return Err(fs::Error::because("use", path, "a certificate in it is garbled"));
            }
        }
    }
    Ok(())
}

/// The system's certificates. Those that can't be read are skipped: a server that needs one of them
/// is an error that says so.
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
