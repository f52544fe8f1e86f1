//! Adopts a repository: finds what it packages today, and the smallest config that packages that.
//!
//! [`look`] reads Terraform's files, the folders and what git ignores. [`judge`](mod@judge) says what
//! is a lambda, and by what it was found; [`propose`] finds the globs that match these and nothing
//! else, and the tables for what no glob says. [`edit`](mod@edit) proposes edits of Terraform's files, so that
//! their functions take the packages. Nothing is written here.

mod assemble;
mod edit;
mod folders;
mod judge;
mod propose;
mod shared;

use std::collections::BTreeSet;

use camino::{Utf8Path, Utf8PathBuf};

use crate::environment::Environment;
use crate::report::{Failure, Warning};
use crate::requirements::wanted;
use crate::terraform::{self, Files, Function, Project};
use crate::tree::Tree;
use assemble::Extent;
pub(crate) use edit::{Packages, Proposed, propose as edit};
use folders::Folders;
pub(crate) use propose::{Proposal, Value};

/// Names that say nothing of a lambda.
const GENERIC: [&str; 14] = [
    "src",
    "code",
    "app",
    "source",
    "lambda",
    "lambdas",
    "function",
    "functions",
    "handler",
    "python",
    "package",
    "this",
    "main",
    "default",
];

/// The files with requirements that are read unasked, the first that is there.
const REQUIREMENTS: [&str; 5] =
    ["requirements.txt", "uv.lock", "poetry.lock", "Pipfile.lock", "pyproject.toml"];

/// What is found in a repository.
#[derive(Debug)]
pub(crate) struct Repository {
    /// What is a lambda, sorted by path.
    pub(crate) found: Vec<Found>,
    /// What can't be told: a sentence each.
    pub(crate) open: Vec<String>,
    /// The functions in Terraform's files.
    pub(crate) functions: Vec<Function>,
    /// The folders in which Terraform runs and has functions, sorted.
    pub(crate) roots: Vec<Utf8PathBuf>,
    /// Of Terraform's files that can't be read.
    pub(crate) warnings: Vec<Warning>,
    folders: Folders,
}

/// A lambda that is found.
#[derive(Debug, Clone, Default)]
pub(crate) struct Found {
    pub(crate) is_layer: bool,
    /// Its folder, or its one file, relative to the root.
    pub(crate) path: Utf8PathBuf,
    pub(crate) is_file: bool,
    /// By what it was found, as the end of a sentence.
    pub(crate) by: String,
    /// What Terraform calls it.
    title: Option<String>,
    /// Where Terraform wants its zip.
    zip: Option<Utf8PathBuf>,
    /// The file with its requirements, where that is not in its folder.
    requirements: Option<Utf8PathBuf>,
    /// The one that is.
    own_requirements: Option<Utf8PathBuf>,
    /// What Lambda calls it, where nothing else says that it is this one's.
    function_name: Option<String>,
    extent: Extent,
    has_layers: bool,
    /// Whether it is of another language.
    is_other: bool,
}

impl Found {
    fn new(path: Utf8PathBuf, by: String) -> Self {
        let is_file = path.extension() == Some("py");
        Self { path, by, is_file, ..Self::default() }
    }

    /// Its folder, or the one that its file is in.
    fn folder(&self) -> &Utf8Path {
        let folder = if self.is_file { self.path.parent() } else { Some(self.path.as_path()) };
        folder.unwrap_or(Utf8Path::new(""))
    }
}

/// Looks at a repository.
///
/// # Errors
///
/// The root can't be read.
pub(crate) fn look(tree: &Tree, environment: &Environment) -> Result<Repository, Failure> {
    let folders = folders::read(tree, environment)?;
    let project = Project { lambdas: &[], packages: &[], manifest: None, roots: None, environment };
    let files = terraform::read_files(tree, &project)?;
    let judge::Judgement { mut found, mut open } = judge::judge(&files, &folders);
    let mut all_imports = Vec::new();
    for found in &mut found {
        let mut own = BTreeSet::new();
        if !found.is_other {
            own = imports(found, &folders, tree)?;
            found.own_requirements = own_requirements(found, &folders);
            found.requirements = requirements(found, &own, &folders, tree, environment)?;
        }
        all_imports.push(own);
    }
    open.extend(shared::shared(&found, &all_imports, &folders, tree, environment)?);
    let Files { functions, warnings, .. } = files;
    let mut roots: Vec<Utf8PathBuf> = functions.iter().filter_map(|it| it.root.clone()).collect();
    roots.sort();
    roots.dedup();
    Ok(Repository { found, open, functions, roots, warnings, folders })
}

impl Repository {
    /// The smallest config that packages what was found.
    pub(crate) fn proposal(&self) -> Proposal {
        propose::propose(&self.found, &self.folders)
    }

    /// How many functions Terraform has: one for each block, call and key.
    pub(crate) fn count(&self) -> usize {
        let of = |it: &Function| (it.address.clone(), it.place.clone(), it.key.clone());
        let mut all: Vec<_> = self.functions.iter().map(of).collect();
        all.sort();
        all.dedup();
        all.len()
    }
}

/// The file with a lambda's requirements that is read unasked, as far as its name tells.
fn own_requirements(found: &Found, folders: &Folders) -> Option<Utf8PathBuf> {
    REQUIREMENTS.iter().map(|name| found.folder().join(name)).find(|path| folders.has_file(path))
}

/// The file with a lambda's requirements, where it is in none of the places that are read unasked:
/// that of a folder further up, if it is the lambda's alone, or asks for what the lambda imports.
fn requirements(
    found: &Found,
    imports: &BTreeSet<String>,
    folders: &Folders,
    tree: &Tree,
    environment: &Environment,
) -> Result<Option<Utf8PathBuf>, Failure> {
    if found.own_requirements.is_some() || found.is_layer {
        return Ok(None);
    }
    let top = |module: &String| module.split('.').next().map(str::to_lowercase);
    let imports: BTreeSet<String> = imports.iter().filter_map(top).collect();
    for folder in found.folder().ancestors().skip(1) {
        let path = folder.join("requirements.txt");
        if !folders.has_file(&path) {
            continue;
        }
        let others = folders.below(folder).filter(|(_, folder)| !folder.handlers.is_empty());
        let is_alone = folder != "" && others.take(2).count() == 1;
        let asks = wanted(tree, environment, &path)?;
        let projects = asks.projects.iter().map(|name| name.replace('-', "_"));
        let is_wanted = projects.into_iter().any(|name| imports.contains(&name));
        if is_alone || is_wanted && !found.has_layers {
            return Ok(Some(path));
        }
        return Ok(None);
    }
    Ok(None)
}

/// What a lambda's modules import, with dots.
fn imports(found: &Found, folders: &Folders, tree: &Tree) -> Result<BTreeSet<String>, Failure> {
    let mut modules = Vec::new();
    if found.is_file {
        modules.push(found.path.clone());
    } else {
        let deployed = |(inside, _): &(&Utf8Path, _)| folders.is_own(&found.path.join(inside));
        for (inside, folder) in folders.below(&found.path).filter(deployed) {
            let modules_of = folder.files.iter().filter(|file| file.ends_with(".py"));
            modules.extend(modules_of.map(|file| found.path.join(inside).join(file)));
        }
    }
    let mut names = BTreeSet::new();
    for module in modules {
        let text = tree.read(&module)?.unwrap_or_default();
        for line in String::from_utf8_lossy(&text).lines() {
            let line = line.trim_start();
            let rest = line.strip_prefix("import ").or_else(|| line.strip_prefix("from "));
            let Some(rest) = rest.filter(|rest| !rest.starts_with('.')) else { continue };
            for part in rest.split(" import ").next().unwrap_or(rest).split(',') {
                names.extend(part.split([' ', ';']).find(|it| !it.is_empty()).map(str::to_owned));
            }
        }
    }
    Ok(names)
}

/// A path, as messages have it.
pub(crate) fn shown(path: &Utf8Path) -> &str {
    if path == "" { "." } else { path.as_str() }
}
