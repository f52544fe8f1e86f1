//! Reads the config: `dofs-package.toml`, or a table in Cargo.toml.

use camino::{Utf8Path, Utf8PathBuf};
use serde::de::IntoDeserializer;

use super::table::{self, LAMBDA_KEYS, TOP_KEYS, Table};
use super::{Error, Typed};
use crate::environment::Environment;
use crate::fs;
use crate::lambda::Origin;
use crate::process;
use crate::report::Place;
use crate::tree::Tree;

/// The name of the config.
pub(crate) const CONFIG: &str = "dofs-package.toml";
/// The other place of the config.
pub(super) const CARGO_MANIFEST: &str = "Cargo.toml";
/// The name of the table there, below `workspace.metadata` or `package.metadata`.
const TABLE: &str = "dofs-package";

/// A config, and where it is.
#[derive(Debug, Default)]
pub(super) struct Config {
    /// What it says.
    pub(super) table: Table,
    /// The file.
    pub(super) path: String,
    /// The table in the file, where that is not the whole of it.
    owner: Option<String>,
    /// The file's text, to find lines in.
    text: String,
}

impl Config {
    /// Who says what the table of a lambda says, or what is said for all.
    pub(super) fn origin(&self, lambda: Option<&str>) -> Origin {
        let lambda = lambda.map(|name| format!("lambda.{name}"));
        let tables: Vec<&str> =
            self.owner.as_deref().into_iter().chain(lambda.as_deref()).collect();
        match tables[..] {
            [] => Origin::Config(self.path.clone()),
            _ => Origin::Config(format!("[{}] in {}", tables.join("."), self.path)),
        }
    }

    /// Where a key is written.
    pub(super) fn place(&self, lambda: Option<&str>, key: &str) -> Place {
        Place { path: self.path.clone(), line: line_of_key(&self.text, lambda, key) }
    }

    /// Where the table of a lambda begins.
    pub(super) fn place_of_lambda(&self, name: &str) -> Place {
        let begins =
            |line: &str| table_of(line).is_some_and(|table| of_lambda(table) == Some(name));
        let found = self.text.lines().zip(1..).find(|(line, _)| begins(line.trim()));
        Place { path: self.path.clone(), line: found.map(|(_, number)| number) }
    }
}

/// The line of a key: in the table of a lambda, or in none of those.
fn line_of_key(text: &str, lambda: Option<&str>, key: &str) -> Option<u32> {
    let mut table = "";
    for (line, number) in text.lines().map(str::trim).zip(1..) {
        table = table_of(line).unwrap_or(table);
        let rest = line.strip_prefix(key).unwrap_or_default().trim_start();
        if of_lambda(table) == lambda && rest.starts_with('=') {
            return Some(number);
        }
    }
    None
}

/// The table that a line begins.
fn table_of(line: &str) -> Option<&str> {
    Some(line.strip_prefix('[')?.split(']').next()?.trim())
}

/// The lambda that a table is for.
fn of_lambda(table: &str) -> Option<&str> {
    Some(table.rsplit_once("lambda.")?.1.trim_matches('"'))
}

/// Reads the config that was named, or the one at the root, if there is one.
pub(super) fn read(
    typed: &Typed,
    tree: &Tree,
    working_directory: &Utf8Path,
    environment: &Environment,
) -> Result<Config, Error> {
    if let Some(path) = &typed.config {
        let bytes = read_named(path, typed, tree, working_directory)?;
        return from_toml(&bytes, path.as_str());
    }
    let own = tree.read(Utf8Path::new(CONFIG))?;
    let (manifest, bytes) = match &typed.manifest_path {
        Some(path) => {
            let bytes = read_named(path, typed, tree, working_directory)?;
            (working_directory.join(path), Some(bytes))
        }
        None => {
            let path = Utf8Path::new(CARGO_MANIFEST);
            (tree.absolute(path), tree.read(path)?)
        }
    };
    let in_manifest = match bytes.filter(|bytes| mentions_table(bytes)) {
        // cargo wants to see the whole package, and a revision has it not on disk.
        Some(bytes) if tree.commit().is_some() => without_cargo(text(&bytes, CARGO_MANIFEST)?)?,
        Some(bytes) => from_manifest(&bytes, &manifest, environment)?,
        None => None,
    };
    match (own, in_manifest) {
        (Some(_), Some(config)) => {
            Err(Error::TwoConfigs { other: config.origin(None).to_string() })
        }
        (Some(bytes), None) => from_toml(&bytes, CONFIG),
        (None, Some(config)) => Ok(config),
        (None, None) => Ok(Config::default()),
    }
}

/// Reads a file that was named. One of the repository is that of the revision, where that is what
/// is packaged: what the worktree has is not what was committed.
fn read_named(
    path: &Utf8Path,
    typed: &Typed,
    tree: &Tree,
    working_directory: &Utf8Path,
) -> Result<Vec<u8>, Error> {
    let absolute = working_directory.join(path);
    let found = match tree.counterpart(&absolute) {
        Some(inside) => tree.read(&inside)?,
        None => return fs::read(&absolute)?.ok_or(Error::NoConfig { path: path.to_string() }),
    };
    found.ok_or_else(|| Error::NotCommitted {
        path: path.to_string(),
        revision: typed.revision.clone().unwrap_or_default(),
    })
}

/// Whether a Cargo.toml has the table; one that is no TOML has not.
pub(super) fn has_table(bytes: &[u8]) -> bool {
    let manifest = || std::str::from_utf8(bytes).ok()?.parse::<toml::Table>().ok();
    mentions_table(bytes)
        && manifest().is_some_and(|manifest| {
            let owned = |owner: &str| manifest.get(owner)?.get("metadata")?.get(TABLE);
            ["workspace", "package"].into_iter().any(|owner| owned(owner).is_some())
        })
}

/// Whether a Cargo.toml may have the table: cargo is not asked about one that does not say so.
fn mentions_table(bytes: &[u8]) -> bool {
    memchr::memmem::find(bytes, TABLE.as_bytes()).is_some()
        && memchr::memmem::find(bytes, b"metadata").is_some()
}

fn from_toml(bytes: &[u8], name: &str) -> Result<Config, Error> {
    let text = text(bytes, name)?;
    let refuse = |error| invalid(&error, name, text);
    let deserializer = toml::Deserializer::parse(text).map_err(refuse)?;
    let (table, unknown) = table::read(deserializer).map_err(refuse)?;
    refuse_unknown(&unknown, name, text)?;
    Ok(Config { table, path: name.to_owned(), owner: None, text: text.to_owned() })
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
    let Some(cargo) = cargo.or_else(|| fs::find("cargo", path)) else {
        return without_cargo(text);
    };
    let mut command = cargo_metadata::MetadataCommand::new();
    command.manifest_path(manifest).no_deps();
    let command = command.cargo_command();
    let arguments: Vec<_> = command.get_args().map(std::ffi::OsStr::to_owned).collect();
    let output =
        process::Program::new(cargo.as_str(), arguments, environment.clone()).run(&mut |_| {});
    let output = output.map_err(|source| Error::Cargo { source })?;
    if !output.success {
        let lines = process::last_lines(&output.stderr, 6).into_iter();
        let lines = lines.filter(|line| line.trim() != "Caused by:");
        let said = lines.map(|line| line.trim().trim_start_matches("error: ").to_owned()).collect();
        return Err(Error::CargoFailed { status: output.status, said });
    }
    let answer = output.text();
    let line = answer.lines().find(|line| line.starts_with('{')).unwrap_or_default();
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
    let manifest: toml::Table =
        text.parse().map_err(|error| invalid(&error, CARGO_MANIFEST, text))?;
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
    let owner = Some(format!("{owner}.metadata.{TABLE}"));
    Ok(Some(Config { table, path: CARGO_MANIFEST.to_owned(), owner, text: text.to_owned() }))
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
    let lambda = key.strip_prefix("lambda.").and_then(|rest| rest.strip_suffix(name));
    let lambda = lambda.map(|name| name.trim_end_matches('.'));
    let known = if lambda.is_some() { LAMBDA_KEYS } else { TOP_KEYS };
    let line = line_of_key(text, lambda, name);
    let advice = match super::error::nearest(name, known.iter().copied()) {
        Some(nearest) => format!("did you mean `{nearest}`?"),
        None if TOP_KEYS.contains(&name) => format!("`{name}` can only be set for all lambdas"),
        None => format!("the keys are `{}`", known.join("`, `")),
    };
    Err(Error::UnknownKey { key: key.clone(), path: path.to_owned(), line, advice })
}

/// An error of TOML with its place; the line itself says which key it is about.
fn invalid(error: &toml::de::Error, path: &str, text: &str) -> Error {
    let line = error.span().map(|span| line_of(text, span.start));
    let index = line.map(|line| usize::try_from(line - 1).expect("a line is a small number"));
    let written = index.and_then(|index| text.lines().nth(index)).map(str::trim);
    let message = error.message();
    let cause = written.map_or_else(|| message.to_owned(), |line| format!("`{line}`: {message}"));
    Error::Toml { path: path.to_owned(), line, cause }
}

fn line_of(text: &str, offset: usize) -> u32 {
    let before = text.get(..offset).unwrap_or(text);
    u32::try_from(before.matches('\n').count() + 1).unwrap_or(u32::MAX)
}
