//! Reads the config: `dofs-package.toml`, or a table in Cargo.toml or pyproject.toml.

use std::collections::BTreeMap;

use camino::{Utf8Path, Utf8PathBuf};
use serde::{Deserialize, Deserializer};

use super::Options;
use crate::environment::Environment;
use crate::fs;
use crate::lambda::{Kind, Origin};
use crate::nesting;
use crate::process::{Program, last_lines};
use crate::report::code;
use crate::report::{Failure, Place};
use crate::tree::Tree;
use crate::words::did_you_mean;

/// The name of the config.
pub(crate) const CONFIG: &str = "dofs-package.toml";
/// Another place of the config.
pub(super) const CARGO_MANIFEST: &str = "Cargo.toml";
/// The third one ("Arbitrary tool configuration" in the specification of pyproject.toml).
pub(super) const PYTHON_PROJECT: &str = "pyproject.toml";
/// The name of the table there, below `workspace.metadata` or `package.metadata`, or `tool`.
const TABLE: &str = "dofs-package";
const CARGO: &str = "cargo";
/// A part of what rustup says where it knows of no toolchain.
const NO_TOOLCHAIN: &str = "rustup could not choose a version of";

/// The config, read.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "kebab-case", default)]
pub(super) struct Table {
    /// Globs of directories.
    pub(super) lambdas: Option<Vec<String>>,
    /// Globs of directories, of layers.
    pub(super) layers: Option<Vec<String>>,
    pub(super) out_dir: Option<String>,
    pub(super) manifest: Option<String>,
    /// Folders of root modules.
    pub(super) terraform: Option<Vec<String>>,
    /// The versions of this tool that the project works with.
    pub(super) required_version: Option<String>,
    /// Seconds without a word from another program, as they are written.
    pub(super) quiet_timeout: Option<toml::Value>,
    /// Seconds that another program, or one download, may take in all, as they are written.
    pub(super) timeout: Option<toml::Value>,
    /// The versions of local projects that take theirs from git.
    pub(super) versions: BTreeMap<String, String>,
    /// The values for every lambda that has none of its own. They are keys of the same table, and
    /// read apart: with serde's `flatten`, `serde_ignored` would not notice unknown keys.
    #[serde(skip)]
    pub(super) shared: LambdaTable,
    /// The same keys for one lambda.
    pub(super) lambda: BTreeMap<String, LambdaTable>,
    /// The same keys for one layer.
    pub(super) layer: BTreeMap<String, LambdaTable>,
}

impl Table {
    /// The tables of lambdas, each with its kind and its name.
    pub(super) fn tables(&self) -> impl Iterator<Item = (Kind, &String, &LambdaTable)> {
        let functions = self.lambda.iter().map(|(name, table)| (Kind::Function, name, table));
        let layers = self.layer.iter().map(|(name, table)| (Kind::Layer, name, table));
        functions.chain(layers)
    }

    /// The table of a lambda: no function has the name of a layer.
    pub(super) fn of(&self, name: &str) -> Option<&LambdaTable> {
        self.lambda.get(name).or_else(|| self.layer.get(name))
    }
}

/// The keys that a lambda can have for itself.
#[derive(Debug, Default, Clone, Deserialize)]
#[serde(rename_all = "kebab-case", default)]
pub(super) struct LambdaTable {
    pub(super) python: Option<String>,
    pub(super) architecture: Option<String>,
    pub(super) resolver: Option<String>,
    pub(super) source_distributions: Option<String>,
    /// Globs of files that are kept although a built-in rule leaves them out.
    pub(super) include: Option<Vec<String>>,
    pub(super) exclude: Option<Vec<String>>,
    /// Globs of projects that are not packaged, though they are required.
    pub(super) exclude_packages: Option<Vec<String>>,
    /// What becomes of it where its imports find nothing.
    pub(super) imports: Option<String>,
    /// Modules that need not be found.
    pub(super) allow_imports: Option<Vec<String>>,
    /// The file with the requirements, or an empty text for none.
    pub(super) requirements: Option<String>,
    /// Groups of a project's dependencies that are packaged, too.
    pub(super) groups: Option<Vec<String>>,
    /// Extras of a project that are packaged, too.
    pub(super) extras: Option<Vec<String>>,
    /// The function's name in Lambda, with `*` for a part that differs by environment.
    pub(super) function_name: Option<String>,
    /// `module.function`.
    pub(super) handler: Option<String>,
    /// Where the zip goes, with its name.
    pub(super) zip: Option<String>,
    /// Where in the package its own files lie.
    pub(super) prefix: Option<String>,
    /// Files and folders of the project, each with its path in the package.
    pub(super) files: Option<BTreeMap<String, String>>,
    /// The directory with its files; for a single lambda only.
    pub(super) path: Option<String>,
    /// The names of its layers; at the top, the key of that name is another one.
    pub(super) layers: Option<Vec<String>>,
    /// Whether this tool has no business with it; for a single lambda only.
    pub(super) skip: Option<bool>,
}

/// The names of all keys at the top, for suggestions.
pub(super) const TOP_KEYS: &[&str] = &[
    "lambdas",
    "layers",
    "out-dir",
    "manifest",
    "terraform",
    "required-version",
    "quiet-timeout",
    "timeout",
    "versions",
    "python",
    "architecture",
    "resolver",
    "source-distributions",
    "include",
    "exclude",
    "exclude-packages",
    "imports",
    "allow-imports",
    "requirements",
    "groups",
    "extras",
    "function-name",
    "handler",
    "zip",
    "prefix",
    "files",
    "lambda",
    "layer",
];

/// Keys at the top that are tables: no variable of the environment sets them.
pub(super) const TABLES: &[&str] = &["files", "lambda", "layer", "versions"];

/// The names of the keys of a lambda.
pub(super) const LAMBDA_KEYS: &[&str] = &[
    "python",
    "architecture",
    "resolver",
    "source-distributions",
    "include",
    "exclude",
    "exclude-packages",
    "imports",
    "allow-imports",
    "requirements",
    "groups",
    "extras",
    "function-name",
    "handler",
    "zip",
    "prefix",
    "files",
    "path",
    "layers",
    "skip",
];

/// A config, and where it is.
#[derive(Debug, Default)]
pub(super) struct Config {
    pub(super) table: Table,
    path: String,
    /// The table in the file, where that is not the whole of it.
    owner: Option<String>,
    /// The file's text, to find lines in.
    text: String,
}

impl Config {
    /// The origin of the values in a lambda's table, or in the table of all.
    pub(super) fn origin(&self, lambda: Option<&str>) -> Origin {
        let kind = |name| if self.table.layer.contains_key(name) { "layer" } else { "lambda" };
        let lambda = lambda.map(|name| format!("{}.{name}", kind(name)));
        let tables: Vec<&str> =
            self.owner.as_deref().into_iter().chain(lambda.as_deref()).collect();
        match tables[..] {
            [] => Origin::Config(self.path.clone()),
            _ => Origin::Config(format!("[{}] in {}", tables.join("."), self.path)),
        }
    }

    /// The table and the file that it is.
    fn named(&self) -> String {
        self.origin(None).to_string()
    }

    /// Where a key is written.
    pub(super) fn place(&self, lambda: Option<&str>, key: &str) -> Place {
        Place::new(&self.path, line_of_key(&self.text, self.owner.as_deref(), lambda, key))
    }

    /// Where a file or folder from elsewhere is named: in a table of its own, or in one line.
    pub(super) fn place_of_source(&self, lambda: Option<&str>, source: &str) -> Place {
        let own = self.place(lambda, "files");
        let mut table = "";
        let mut named = self.text.lines().map(str::trim).zip(1..).filter(|(line, number)| {
            table = table_of(line).unwrap_or(table);
            let owner = table.strip_suffix("files").map(|it| it.trim_end_matches('.'));
            let is_in = of_lambda(owner.unwrap_or(table)) == lambda;
            let is_behind = own.line.is_some_and(|first| *number >= first);
            is_in && (is_behind || owner.is_some()) && line.contains(source)
        });
        let line = named.next().map(|(_, number)| number);
        Place { line: line.or(own.line), ..own }
    }

    /// Where the table of a lambda begins.
    pub(super) fn place_of_lambda(&self, name: &str) -> Place {
        let begins =
            |line: &str| table_of(line).is_some_and(|table| of_lambda(table) == Some(name));
        let found = self.text.lines().zip(1..).find(|(line, _)| begins(line.trim()));
        Place::new(&self.path, found.map(|(_, number)| number))
    }
}

/// The line of a key: in the table of a lambda, or in none of those; in a file with other tables, below
/// the one that is the config.
fn line_of_key(text: &str, owner: Option<&str>, lambda: Option<&str>, key: &str) -> Option<u32> {
    let mut table = "";
    for (line, number) in text.lines().map(str::trim).zip(1..) {
        table = table_of(line).unwrap_or(table);
        let rest = line.strip_prefix(key).unwrap_or_default().trim_start();
        let is_own = owner.is_none_or(|owner| {
            table.strip_prefix(owner).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
        });
        if is_own && of_lambda(table) == lambda && rest.starts_with('=') {
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
    let own = table.rsplit_once("lambda.").or_else(|| table.rsplit_once("layer."));
    Some(own?.1.trim_matches('"'))
}

/// Reads the config that was named, or the one at the root, if there is one.
pub(super) fn read(
    typed: &Options,
    tree: &Tree,
    working_directory: &Utf8Path,
    environment: &Environment,
) -> Result<Config, Failure> {
    if let Some(path) = &typed.project.config {
        let bytes = read_named(path, typed, tree, working_directory)?;
        return from_toml(&bytes, path.as_str());
    }
    let own = tree.read(Utf8Path::new(CONFIG))?;
    let (manifest, bytes) = match &typed.project.manifest_path {
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
        // `cargo metadata` needs the package and its workspace on disk, and a revision is not
        // there.
        Some(bytes) if tree.commit().is_some() => without_cargo(text(&bytes, CARGO_MANIFEST)?)?,
        Some(bytes) => from_manifest(&bytes, &manifest, environment)?,
        None => None,
    };
    let in_project = tree.read(Utf8Path::new(PYTHON_PROJECT))?;
    let in_project = in_project.map(|bytes| from_python_project(&bytes)).transpose()?.flatten();
    let own = own.map(|bytes| from_toml(&bytes, CONFIG)).transpose()?;
    let mut all = [own, in_manifest, in_project].into_iter().flatten();
    match (all.next(), all.next()) {
        (Some(one), Some(other)) => Err(two_configs(&one.named(), &other.named())),
        (Some(config), None) => Ok(config),
        (None, _) => Ok(Config::default()),
    }
}

/// Reads a file that was named. Where a revision is packaged, a file of the repository is read from
/// it: the worktree's may differ.
fn read_named(
    path: &Utf8Path,
    typed: &Options,
    tree: &Tree,
    working_directory: &Utf8Path,
) -> Result<Vec<u8>, Failure> {
    const CODE: &str = "no-config";
    let absolute = working_directory.join(path);
    let Some(inside) = tree.counterpart(&absolute) else {
        let missing = || Failure::input(CODE, format!("there is no `{path}`"));
        return fs::read(&absolute)?.ok_or_else(missing);
    };
    tree.read(&inside)?.ok_or_else(|| {
        let revision = typed.package.rev.as_deref().unwrap_or_default();
        Failure::input(CODE, format!("there is no `{path}` in the revision `{revision}`"))
            .hint("commit it, or name a file outside of the repository")
    })
}

/// Whether a Cargo.toml or pyproject.toml has the table; a file that is no TOML has none.
pub(super) fn has_table(bytes: &[u8]) -> bool {
    let text = || std::str::from_utf8(bytes).ok().filter(|_| mentions(bytes, TABLE));
    let table = text().and_then(|text| nesting::toml(text).parse::<toml::Table>().ok());
    table.is_some_and(|table| {
        tables(&table).into_iter().chain([tool_table(&table)]).any(|it| it.is_some())
    })
}

/// The table of a pyproject.toml.
fn tool_table(project: &toml::Table) -> Option<&toml::Value> {
    project.get("tool")?.get(TABLE)
}

/// Reads the table of a pyproject.toml. One that has none is no config, and may be no TOML.
fn from_python_project(bytes: &[u8]) -> Result<Option<Config>, Failure> {
    if !mentions(bytes, TABLE) {
        return Ok(None);
    }
    let text = text(bytes, PYTHON_PROJECT)?;
    let project: toml::Table =
        nesting::toml(text).parse().map_err(|error| invalid_toml(&error, PYTHON_PROJECT, text))?;
    let Some(table) = tool_table(&project) else { return Ok(None) };
    let refuse = |error: toml::de::Error| invalid(PYTHON_PROJECT, None, error.message());
    let owner = Some(format!("tool.{TABLE}"));
    config(|| Ok(table.clone()), refuse, PYTHON_PROJECT, owner, text).map(Some)
}

/// The tables of a Cargo.toml: that of the workspace, and that of the package.
fn tables(manifest: &toml::Table) -> [Option<&toml::Value>; 2] {
    ["workspace", "package"].map(|owner| manifest.get(owner)?.get("metadata")?.get(TABLE))
}

/// Whether a Cargo.toml may have the table, by its text alone: only then cargo is run.
fn mentions_table(bytes: &[u8]) -> bool {
    mentions(bytes, TABLE) && mentions(bytes, "metadata")
}

fn mentions(bytes: &[u8], word: &str) -> bool {
    memchr::memmem::find(bytes, word.as_bytes()).is_some()
}

fn from_toml(bytes: &[u8], name: &str) -> Result<Config, Failure> {
    let text = text(bytes, name)?;
    let refuse = |error| invalid_toml(&error, name, text);
    config(|| toml::Deserializer::parse(nesting::toml(text)), refuse, name, None, text)
}

/// Reads the table of a Cargo.toml through cargo, which also finds the workspace; where there is no
/// cargo, as TOML.
fn from_manifest(
    bytes: &[u8],
    manifest: &Utf8Path,
    environment: &Environment,
) -> Result<Option<Config>, Failure> {
    let text = text(bytes, CARGO_MANIFEST)?;
    // cargo tells its subcommands where it is (Environment Variables, The Cargo Book).
    let cargo = environment.text("CARGO").map(Utf8PathBuf::from);
    let path = environment.raw("PATH").unwrap_or_default();
    let Some(cargo) = cargo.or_else(|| fs::find("cargo", path)) else {
        return without_cargo(text);
    };
    let mut command = cargo_metadata::MetadataCommand::new();
    command.manifest_path(manifest).no_deps();
    let command = command.cargo_command();
    let arguments: Vec<_> = command.get_args().map(std::ffi::OsStr::to_owned).collect();
    // The toolchain is the user's: a file of the project that names another one has no say.
    let program = Program::cargo(&cargo, arguments, environment);
    let output = program.run().map_err(|error| error.failure(CARGO))?;
    // The user has no toolchain but those that projects name.
    if !output.success && output.stderr.contains(NO_TOOLCHAIN) {
        return without_cargo(text);
    }
    if !output.success {
        let message = format!("cargo can't read Cargo.toml ({})", output.status);
        let lines = last_lines(&output.stderr, 6).into_iter();
        return Err(lines
            .filter(|line| line.trim() != "Caused by:")
            .map(|line| line.trim().trim_start_matches("error: ").to_owned())
            .fold(Failure::input(CARGO, message), Failure::cause));
    }
    let answer = output.text();
    let line = answer.lines().find(|line| line.starts_with('{')).unwrap_or_default();
    let metadata = cargo_metadata::MetadataCommand::parse(line).map_err(|error| {
        let message = "cargo describes Cargo.toml in a way that is not known here";
        Failure::program(CARGO, message).because(&error)
    })?;
    let canonical = fs::canonical(manifest)?;
    let is_it = |path: &Utf8Path| fs::canonical(path).is_ok_and(|path| path == canonical);
    let package = metadata.packages.iter().find(|package| is_it(&package.manifest_path));
    let is_workspace_root = is_it(&metadata.workspace_root.join(CARGO_MANIFEST));
    let workspace = is_workspace_root.then(|| metadata.workspace_metadata.get(TABLE)).flatten();
    let package = package.and_then(|package| package.metadata.get(TABLE));
    one_of(workspace.cloned(), package.cloned(), text)
}

/// The same, without cargo.
fn without_cargo(text: &str) -> Result<Option<Config>, Failure> {
    let manifest: toml::Table =
        nesting::toml(text).parse().map_err(|error| invalid_toml(&error, CARGO_MANIFEST, text))?;
    let [workspace, package] =
        tables(&manifest).map(|table| table.and_then(|table| serde_json::to_value(table).ok()));
    one_of(workspace, package, text)
}

fn one_of(
    workspace: Option<serde_json::Value>,
    package: Option<serde_json::Value>,
    text: &str,
) -> Result<Option<Config>, Failure> {
    let (value, owner) = match (workspace, package) {
        (Some(_), Some(_)) => {
            let [one, other] = ["workspace", "package"]
                .map(|owner| format!("[{owner}.metadata.{TABLE}] in {CARGO_MANIFEST}"));
            return Err(two_configs(&one, &other));
        }
        (Some(value), None) => (value, "workspace"),
        (None, Some(value)) => (value, "package"),
        (None, None) => return Ok(None),
    };
    let refuse = |error: serde_json::Error| invalid(CARGO_MANIFEST, None, &error.to_string());
    let owner = Some(format!("{owner}.metadata.{TABLE}"));
    config(|| Ok(value.clone()), refuse, CARGO_MANIFEST, owner, text).map(Some)
}

fn two_configs(one: &str, other: &str) -> Failure {
    let message = format!("the config is in two places: {one} and {other}");
    Failure::input("two-configs", message).hint("keep one of the two")
}

fn text<'a>(bytes: &'a [u8], path: &str) -> Result<&'a str, Failure> {
    std::str::from_utf8(bytes).map_err(|_| invalid(path, None, "it is not UTF-8"))
}

/// Reads a table twice: for the keys of all lambdas, and for those that one may have for itself.
fn config<'de, D: Deserializer<'de>>(
    table: impl Fn() -> Result<D, D::Error>,
    refuse: impl Fn(D::Error) -> Failure,
    path: &str,
    owner: Option<String>,
    text: &str,
) -> Result<Config, Failure> {
    let mut unknown = Vec::new();
    let read = table()
        .and_then(|table| serde_ignored::deserialize(table, |key| unknown.push(key.to_string())));
    let mut config: Table = read.map_err(&refuse)?;
    config.shared = table().and_then(LambdaTable::deserialize).map_err(refuse)?;
    if let Some(key) = unknown.iter().find(|key| !TOP_KEYS.contains(&key.as_str())) {
        return Err(unknown_key(key, path, owner.as_deref(), text));
    }
    Ok(Config { table: config, path: path.to_owned(), owner, text: text.to_owned() })
}

/// The failure of an unknown key: it is a typing error, or for a newer version of this tool, and to
/// ignore it would change packages silently.
fn unknown_key(key: &str, path: &str, owner: Option<&str>, text: &str) -> Failure {
    let name = key.rsplit('.').next().unwrap_or(key);
    let own = key.strip_prefix("lambda.").or_else(|| key.strip_prefix("layer."));
    let lambda = own.and_then(|rest| rest.strip_suffix(name));
    let lambda = lambda.map(|name| name.trim_end_matches('.'));
    let known = if lambda.is_some() { LAMBDA_KEYS } else { TOP_KEYS };
    let advice = || match (TOP_KEYS.contains(&name), LAMBDA_KEYS.contains(&name)) {
        (true, _) => format!("`{name}` can only be set for all lambdas"),
        (_, true) => format!("`{name}` can only be set for one lambda, in `[lambda.NAME]`"),
        (false, false) => format!("the keys are `{}`", known.join("`, `")),
    };
    Failure::input(code::UNKNOWN_KEY, format!("unknown key `{key}`"))
        .at(path, line_of_key(text, owner, lambda, name))
        .hint(match LAMBDA_KEYS.contains(&name) {
            true => advice(),
            false => did_you_mean(name, known.iter().copied()).unwrap_or_else(advice),
        })
}

/// An error of TOML with its place, and the line itself, since the parser does not name the key.
fn invalid_toml(error: &toml::de::Error, path: &str, text: &str) -> Failure {
    let before = error.span().map(|span| text.get(..span.start).unwrap_or(text));
    let index = before.map(|before| before.matches('\n').count());
    let written = index.and_then(|index| text.lines().nth(index)).map(str::trim);
    let message = error.message();
    let cause = written.map_or_else(|| message.to_owned(), |line| format!("`{line}`: {message}"));
    let line = index.map(|index| u32::try_from(index + 1).unwrap_or(u32::MAX));
    invalid(path, line, &cause)
}

fn invalid(path: &str, line: Option<u32>, cause: &str) -> Failure {
    let failure = Failure::input("invalid-config", format!("`{path}` can't be read as a config"));
    let failure = failure.at(path, line).cause(cause);
    // serde's messages: it has no kinds of errors to match.
    match cause {
        _ if cause.ends_with("expected a string") => failure.hint("write the value in quotes"),
        _ if cause.ends_with("expected a sequence") => failure.hint("write a list: `[\"…\"]`"),
        _ => failure,
    }
}

#[cfg(test)]
mod tests {

    use super::super::{ProjectOptions, Settings};
    use super::*;
    use crate::corpus::try_all;
    use crate::lambda::{Form, Lambda, LambdaName};

    #[test]
    fn a_config_is_read_however_it_is_broken() {
        let folder = fs::TemporaryDirectory::new().unwrap();
        let root = Some(folder.path().to_owned());
        let project = ProjectOptions { root, ..ProjectOptions::default() };
        let typed = Options { project, ..Options::default() };
        let environment = Environment::new([]);
        try_all("config", |bytes| {
            fs::write(&folder.path().join(CONFIG), bytes).unwrap();
            match Settings::settle(&typed, &environment, folder.path()) {
                Ok(settings) => {
                    let lambda = |name: &str| {
                        let path = Utf8PathBuf::from("lambdas").join(name);
                        Lambda::new(Kind::Function, LambdaName::new(name), &path, Form::Directory)
                    };
                    let of = ["api", "deps"].map(|name| settings.of(&lambda(name)));
                    format!("{:?} {of:?}", settings.places)
                }
                Err(failure) => format!("{failure:?}"),
            }
        });
    }
}
