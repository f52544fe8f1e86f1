//! The settings of this machine that change pip's answers: its variables and configuration files.
//!
//! They are hashed as bytes and never parsed, and no Python is started for them. Where the files
//! are is known from pip's documentation ("Configuration", location table) and from
//! `get_configuration_files` in `pip/_internal/configuration.py`. pip itself names them when it
//! runs; that list is kept with each answer and compared when the answer is used again.

use std::collections::BTreeMap;

use camino::{Utf8Path, Utf8PathBuf};

use crate::digest::{Hasher, Sha256Digest};
use crate::environment::Environment;
use crate::fs;

/// Variables, besides `PIP_*`, that say where pip's configuration is.
const VARIABLES: &[&str] =
    &["HOME", "XDG_CONFIG_HOME", "XDG_CONFIG_DIRS", "VIRTUAL_ENV", "APPDATA", "PROGRAMDATA"];

/// Adds all of it to a key. A value is hashed, so a password in it is not in the key.
pub(super) fn add_to(hasher: &mut Hasher, environment: &Environment) {
    for (name, value) in environment.starting_with("PIP_") {
        hasher.field(name.as_bytes());
        hasher.field(value.as_encoded_bytes());
        // The answer depends on the constraints in the file, not on its name.
        if matches!(name, "PIP_CONSTRAINT" | "PIP_BUILD_CONSTRAINT")
            && let Some(paths) = value.to_str()
        {
            for path in paths.split_whitespace() {
                add_file(hasher, Utf8Path::new(path));
            }
        }
    }
    for name in VARIABLES {
        hasher.field(environment.raw(name).unwrap_or_default().as_encoded_bytes());
    }
    for path in locations(environment) {
        add_file(hasher, &path);
    }
}

fn add_file(hasher: &mut Hasher, path: &Utf8Path) {
    if let Some(bytes) = read(path) {
        hasher.field(path.as_str().as_bytes());
        hasher.field(&bytes);
    }
}

/// Reads a file; one that can't be read, as in the home of another user, is absent to pip, and so
/// it is here.
pub(super) fn read(path: &Utf8Path) -> Option<Vec<u8>> {
    fs::read(path).ok().flatten()
}

/// The configuration files that pip would read, as far as that is known without running it.
pub(super) fn files(environment: &Environment) -> Vec<Utf8PathBuf> {
    // Where `PIP_CONFIG_FILE` names the null device, pip reads no file at all (`_load_config_files`
    // in pip/_internal/configuration.py).
    match environment.text("PIP_CONFIG_FILE") {
        Some("/dev/null" | "nul" | "NUL") => Vec::new(),
        _ => locations(environment),
    }
}

/// Where pip looks for configuration files, as far as that is known without running it.
fn locations(environment: &Environment) -> Vec<Utf8PathBuf> {
    let name = if cfg!(windows) { "pip.ini" } else { "pip.conf" };
    let variable = |name: &str| environment.text(name).map(Utf8PathBuf::from);
    let mut found = Vec::new();
    found.extend(variable("PIP_CONFIG_FILE"));
    if cfg!(windows) {
        found.extend(variable("PROGRAMDATA").map(|folder| folder.join("pip").join(name)));
        found.extend(variable("APPDATA").map(|folder| folder.join("pip").join(name)));
    } else {
        // `/etc` itself comes last (`site_config_dirs` in pip/_internal/utils/appdirs.py).
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
        // On macOS pip reads this one instead, if its folder is there (`_macos_user_config_dir`).
        if cfg!(target_os = "macos") {
            found.push(home.join("Library/Application Support/pip").join(name));
        }
    }
    found.extend(variable("VIRTUAL_ENV").map(|folder| folder.join(name)));
    // pip also reads the file in `sys.prefix`, which is the folder above that of the interpreter.
    let python = fs::find("python3", environment.raw("PATH").unwrap_or_default());
    let prefix = python.as_deref().and_then(Utf8Path::parent).and_then(Utf8Path::parent);
    found.extend(prefix.map(|folder| folder.join(name)));
    // The interpreter may be a link to one elsewhere, or a shim of pyenv that stands for one of
    // several: then the file may be in the folder of any version.
    let real = python.as_deref().and_then(|python| fs::canonical(python).ok());
    let real = real.as_deref().and_then(Utf8Path::parent).and_then(Utf8Path::parent);
    found.extend(real.map(|folder| folder.join(name)));
    let is_folder = |path: &Utf8Path| matches!(fs::kind(path), Ok(Some(fs::Kind::Directory)));
    if let Some(prefix) = prefix.filter(|prefix| is_folder(&prefix.join("shims"))) {
        let versions = prefix.join("versions");
        for version in fs::names(&versions).unwrap_or_default() {
            found.push(versions.join(version).join(name));
        }
    }
    found
}

/// Files by path, each with its digest in hexadecimal; none for a file that does not exist.
pub(super) type Fingerprint = BTreeMap<String, Option<String>>;

/// Takes the digests of files as they are now.
pub(super) fn fingerprint<'a>(paths: impl IntoIterator<Item = &'a String>) -> Fingerprint {
    let digest = |path: &String| {
        let bytes = read(Utf8Path::new(path));
        (path.clone(), bytes.map(|bytes| Sha256Digest::of(&bytes).to_hex()))
    };
    paths.into_iter().map(digest).collect()
}
