//! What of the machine changes pip's answers: its variables and configuration files.
//!
//! They are hashed as bytes, never parsed, and never start a Python. Where the files are is
//! known from pip's documentation ("Configuration", location table); what pip itself says of it
//! is kept with each answer and compared when the answer is used again.

use std::collections::BTreeMap;

use camino::{Utf8Path, Utf8PathBuf};

use crate::digest::{Hasher, Sha256Digest};
use crate::environment::Environment;
use crate::fs;
use crate::process;

/// Variables, besides `PIP_*`, that say where pip's configuration is.
const VARIABLES: &[&str] =
    &["HOME", "XDG_CONFIG_HOME", "XDG_CONFIG_DIRS", "VIRTUAL_ENV", "APPDATA", "PROGRAMDATA"];

/// Adds all of it to a key. A value is hashed, so a password in it is not in the key.
///
/// # Errors
///
/// A configuration file that is there and can't be read.
pub(super) fn add_to(hasher: &mut Hasher, environment: &Environment) -> Result<(), fs::Error> {
    for (name, value) in environment.starting_with("PIP_") {
        hasher.field(name.as_bytes());
        hasher.field(value.as_encoded_bytes());
        // Those that name a file stand for what is in it.
        if matches!(name, "PIP_CONSTRAINT" | "PIP_BUILD_CONSTRAINT")
            && let Some(paths) = value.to_str()
        {
            for path in paths.split_whitespace() {
                add_file(hasher, Utf8Path::new(path))?;
            }
        }
    }
    for name in VARIABLES {
        hasher.field(environment.raw(name).unwrap_or_default().as_encoded_bytes());
    }
    for path in locations(environment) {
        add_file(hasher, &path)?;
    }
    Ok(())
}

fn add_file(hasher: &mut Hasher, path: &Utf8Path) -> Result<(), fs::Error> {
    // A home that another user owns has no configuration of ours.
    if let Some(bytes) = fs::read(path)? {
        hasher.field(path.as_str().as_bytes());
        hasher.field(&bytes);
    }
    Ok(())
}

/// Where pip looks for configuration files, as far as that can be told without asking it.
fn locations(environment: &Environment) -> Vec<Utf8PathBuf> {
    let name = if cfg!(windows) { "pip.ini" } else { "pip.conf" };
    let variable = |name: &str| environment.text(name).map(Utf8PathBuf::from);
    let mut found = Vec::new();
    found.extend(variable("PIP_CONFIG_FILE"));
    if cfg!(windows) {
        found.extend(variable("PROGRAMDATA").map(|folder| folder.join("pip").join(name)));
        found.extend(variable("APPDATA").map(|folder| folder.join("pip").join(name)));
    } else {
        let shared = environment.text("XDG_CONFIG_DIRS").unwrap_or("/etc/xdg");
        let shared = shared.split(':').filter(|folder| !folder.is_empty());
        found.extend(shared.map(|folder| Utf8Path::new(folder).join("pip").join(name)));
        found.push(Utf8Path::new("/etc").join(name));
        if cfg!(target_os = "macos") {
            found.push(Utf8Path::new("/Library/Application Support/pip").join(name));
        }
    }
    let home = variable("HOME").or_else(|| variable("USERPROFILE"));
    if let Some(home) = home {
        found.push(home.join(if cfg!(windows) { "pip" } else { ".pip" }).join(name));
        let config = variable("XDG_CONFIG_HOME").unwrap_or_else(|| home.join(".config"));
        found.push(config.join("pip").join(name));
        if cfg!(target_os = "macos") {
            found.push(home.join("Library/Application Support/pip").join(name));
        }
    }
    found.extend(variable("VIRTUAL_ENV").map(|folder| folder.join(name)));
    // The configuration of the interpreter itself lies above its folder of programs.
    let python = process::find("python3", environment.raw("PATH").unwrap_or_default());
    let prefix = python.as_deref().and_then(Utf8Path::parent).and_then(Utf8Path::parent);
    found.extend(prefix.map(|folder| folder.join(name)));
    found
}

/// Files by path, each with its digest in hexadecimal or none where it is not there.
pub(super) type Fingerprint = BTreeMap<String, Option<String>>;

/// Takes the digests of files as they are now.
///
/// # Errors
///
/// A file that is there and can't be read.
pub(super) fn fingerprint<'a>(
    paths: impl IntoIterator<Item = &'a String>,
) -> Result<Fingerprint, fs::Error> {
    let digest = |path: &String| {
        let bytes = fs::read(Utf8Path::new(path))?;
        Ok((path.clone(), bytes.map(|bytes| Sha256Digest::of(&bytes).to_hex())))
    };
    paths.into_iter().map(digest).collect()
}
