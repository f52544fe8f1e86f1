//! Reads the config: `dofs-package.toml`, or a table in Cargo.toml.

use camino::{Utf8Path, Utf8PathBuf};
use serde::de::IntoDeserializer;

use super::table::{self, LAMBDA_KEYS, TOP_KEYS, Table};
use super::{Error, Typed};
use crate::environment::Environment;
use crate::fs;
use crate::process;
use crate::tree::Tree;

/// The name of the config.
pub(super) const CONFIG: &str = "dofs-package.toml";
/// The other place of the config.
pub(super) const CARGO_MANIFEST: &str = "Cargo.toml";
/// The name of the table there, below `workspace.metadata` or `package.metadata`.
const TABLE: &str = "dofs-package";

/// A config, and where it is.
#[derive(Debug, Default)]
pub(super) struct Config {
    /// What it says.
    pub(super) table: Table,
    /// What `list` and errors call it.
    pub(super) name: String,
}

/// Reads the config that was named, or the one at the root, if there is one.
pub(super) fn read(
    typed: &Typed,
    tree: &Tree,
    working_directory: &Utf8Path,
    environment: &Environment,
) -> Result<Config, Error> {
    if let Some(path) = &typed.config {
        let missing = || Error::NoConfig { path: path.to_string() };
        let bytes = fs::read(&working_directory.join(path))?.ok_or_else(missing)?;
        return from_toml(&bytes, path.as_str());
    }
    let own = tree.read(Utf8Path::new(CONFIG))?;
    let named = typed.manifest_path.as_ref().map(|path| working_directory.join(path));
    let manifest = named.clone().unwrap_or_else(|| tree.absolute(Utf8Path::new(CARGO_MANIFEST)));
    let text = fs::read(&manifest)?;
    if let (Some(path), None) = (&typed.manifest_path, &text) {
        return Err(Error::NoConfig { path: path.to_string() });
    }
    let in_manifest = match text {
        Some(bytes) if mentions_table(&bytes) => from_manifest(&bytes, &manifest, environment)?,
        _ => None,
    };
    match (own, in_manifest) {
        (Some(_), Some(config)) => Err(Error::TwoConfigs { other: config.name }),
        (Some(bytes), None) => from_toml(&bytes, CONFIG),
        (None, Some(config)) => Ok(config),
        (None, None) => Ok(Config::default()),
    }
}

/// Whether a Cargo.toml may have the table: cargo is not asked about one that does not say so.
pub(super) fn mentions_table(bytes: &[u8]) -> bool {
    memchr::memmem::find(bytes, TABLE.as_bytes()).is_some()
        && memchr::memmem::find(bytes, b"metadata").is_some()
}

fn from_toml(bytes: &[u8], name: &str) -> Result<Config, Error> {
    let text = text(bytes, name)?;
    let refuse = |error: toml::de::Error| Error::Toml {
        path: name.to_owned(),
        line: error.span().map(|span| line_of(text, span.start)),
        cause: error.message().to_owned(),
    };
    let deserializer = toml::Deserializer::parse(text).map_err(refuse)?;
    let (table, unknown) = table::read(deserializer).map_err(refuse)?;
    refuse_unknown(&unknown, name, text)?;
    Ok(Config { table, name: name.to_owned() })
}

/// Reads the table of a Cargo.toml through cargo; where there is no cargo, as TOML.
fn from_manifest(
    bytes: &[u8],
    manifest: &Utf8Path,
    environment: &Environment,
) -> Result<Option<Config>, Error> {
    let text = text(bytes, CARGO_MANIFEST)?;
    let cargo = environment.text("CARGO").map(Utf8PathBuf::from);
    let path = environment.raw("PATH").unwrap_or_default();
    let Some(cargo) = cargo.or_else(|| process::find("cargo", path)) else {
        return without_cargo(text);
    };
    let mut command = cargo_metadata::MetadataCommand::new();
    command.manifest_path(manifest).no_deps();
    let command = command.cargo_command();
    let arguments: Vec<_> = command.get_args().map(std::ffi::OsStr::to_owned).collect();
    let output = process::Program::new(cargo.as_str(), arguments).run(&mut |_| {});
    let output = output.map_err(|source| Error::Cargo { source })?;
    if !output.success {
        let said = process::last_lines(&output.stderr, 6);
        return Err(Error::CargoFailed { status: output.status, said });
    }
    let line = output.stdout.lines().find(|line| line.starts_with('{')).unwrap_or_default();
    let metadata = cargo_metadata::MetadataCommand::parse(line)
        .map_err(|source| Error::CargoMetadata { source })?;
    let canonical = fs::canonical(manifest)?;
    let package = metadata
        .packages
        .iter()
        .find(|package| fs::canonical(&package.manifest_path).is_ok_and(|path| path == canonical));
    let is_workspace_root = fs::canonical(&metadata.workspace_root.join(CARGO_MANIFEST))
        .is_ok_and(|path| path == canonical);
    let workspace = is_workspace_root.then(|| metadata.workspace_metadata.get(TABLE)).flatten();
    let package = package.and_then(|package| package.metadata.get(TABLE));
    one_of(workspace.cloned(), package.cloned(), text)
}

/// The same, without cargo.
fn without_cargo(text: &str) -> Result<Option<Config>, Error> {
    let manifest: toml::Table = text.parse().map_err(|error: toml::de::Error| Error::Toml {
        path: CARGO_MANIFEST.to_owned(),
        line: error.span().map(|span| line_of(text, span.start)),
        cause: error.message().to_owned(),
    })?;
    let table = |owner: &str| {
        let found = manifest.get(owner)?.get("metadata")?.get(TABLE)?;
        serde_json::to_value(found).ok()
    };
    one_of(table("workspace"), table("package"), text)
}

fn one_of(
    workspace: Option<serde_json::Value>,
    package: Option<serde_json::Value>,
    text: &str,
) -> Result<Option<Config>, Error> {
    let (value, owner) = match (workspace, package) {
        (Some(_), Some(_)) => {
            let other = "[package.metadata.dofs-package] in Cargo.toml".to_owned();
            return Err(Error::TwoConfigs { other });
        }
        (Some(value), None) => (value, "workspace"),
        (None, Some(value)) => (value, "package"),
        (None, None) => return Ok(None),
    };
    let read = table::read(value.into_deserializer());
    let (table, unknown) = read.map_err(|error: serde_json::Error| Error::Toml {
        path: CARGO_MANIFEST.to_owned(),
        line: None,
        cause: error.to_string(),
    })?;
    refuse_unknown(&unknown, CARGO_MANIFEST, text)?;
    let name = format!("[{owner}.metadata.{TABLE}] in {CARGO_MANIFEST}");
    Ok(Some(Config { table, name }))
}

fn text<'a>(bytes: &'a [u8], path: &str) -> Result<&'a str, Error> {
    std::str::from_utf8(bytes).map_err(|_| Error::Toml {
        path: path.to_owned(),
        line: None,
        cause: "it is not UTF-8".to_owned(),
    })
}

/// An unknown key is a typing error, or the wish of a newer version: never nothing.
fn refuse_unknown(unknown: &[String], path: &str, text: &str) -> Result<(), Error> {
    let Some(key) = unknown.first() else { return Ok(()) };
    let name = key.rsplit('.').next().unwrap_or(key);
    let known = if key.contains('.') { LAMBDA_KEYS } else { TOP_KEYS };
    let is_key = |line: &str| {
        let rest = line.trim_start().trim_start_matches('[').strip_prefix(name);
        rest.is_some_and(|rest| rest.trim_start().starts_with(['=', '.', ']']))
    };
    let line = text.lines().position(is_key).and_then(|at| u32::try_from(at + 1).ok());
    let suggestion = super::error::nearest(name, known.iter().copied());
    Err(Error::UnknownKey { key: key.clone(), path: path.to_owned(), line, suggestion })
}

fn line_of(text: &str, offset: usize) -> u32 {
    let before = text.get(..offset).unwrap_or(text);
    u32::try_from(before.matches('\n').count() + 1).unwrap_or(u32::MAX)
}
