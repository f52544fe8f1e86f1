//! Files that look like a lambda's requirements, by name and place, and are not read: their absence from
//! the package may be no intention.
//!
//! Names of files for developers (`requirements-dev.txt`) don't count, nor does a file in which no
//! line is a requirement. A file further up serves others, too: whether that counts, what the lambda
//! imports tells; see [`super::wanted()`].

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};

use camino::{Utf8Path, Utf8PathBuf};

use super::project;
use super::tool::{LINES, PIPFILE, PROJECT, PYLOCK, Tool, is_pylock, of_others};
use super::wanted::{OF_FOLDERS, wanted};
use crate::environment::Environment;
use crate::report::Failure;
use crate::tree::{Kind, Tree};
use crate::words::is_near;

/// Words in a name that say that the file is for developers, or out of use.
const FOR_OTHERS: &[&str] = &[
    "dev",
    "devel",
    "develop",
    "development",
    "test",
    "tests",
    "testing",
    "doc",
    "docs",
    "lint",
    "linting",
    "linters",
    "ci",
    "typing",
    "types",
    "mypy",
    "build",
    "tools",
    "tooling",
    "local",
    "example",
    "examples",
    "sample",
    "samples",
    "bench",
    "benchmark",
    "benchmarks",
    "debug",
    "format",
    "style",
    "coverage",
    "precommit",
    "old",
    "bak",
    "backup",
    "orig",
    "notebook",
    "notebooks",
    "constraints",
];

/// The folder of several requirements files.
const FOLDER: &str = "requirements";

/// Words that stand for requirements.
const SHORT: &[&str] = &["reqs", "req", "deps", "dependencies"];

/// Words in a name that say nothing of whom the file is for.
const FOR_ALL: &[&str] = &[
    "all",
    "app",
    "aws",
    "base",
    "common",
    "core",
    "deploy",
    "global",
    "lambda",
    "lambdas",
    "main",
    "prod",
    "production",
    "runtime",
    "shared",
];

/// Folders that are the code of the folder above them.
const CODE: &[&str] =
    &["src", "app", "code", "lambda", "function", "handler", "source", "package", "python"];

/// Finds such files of a lambda that has no requirements, relative to the root. `paths` are those of its
/// own files, kept or left out, relative to its directory; `scripts`, relative to the root, are modules
/// that may say themselves what they need (PEP 723).
pub(crate) fn near_misses(
    tree: &Tree,
    environment: &Environment,
    directory: &Utf8Path,
    paths: &[&str],
    scripts: &[&Utf8Path],
    folders: &Folders,
) -> Result<Vec<Utf8PathBuf>, Failure> {
    let mut found = Vec::new();
    for path in scripts {
        if !wanted(tree, environment, path)?.is_empty() {
            found.push(path.to_path_buf());
        }
    }
    let project = directory.join(PROJECT);
    if paths.contains(&PROJECT) && of_pixi(&tree.read_found(&project)?, &project) {
        found.push(project);
    }
    for path in paths {
        let whole = directory.join(path);
        if looks_like(path, paths) && has_lines(tree, environment, &whole)? {
            found.push(whole);
        }
    }
    if found.is_empty() {
        found.extend(above(tree, environment, directory, folders)?);
    }
    Ok(found)
}

/// The names in folders further up, which many lambdas have in common: each is listed once a run.
#[derive(Debug, Default)]
pub(crate) struct Folders(Mutex<BTreeMap<Utf8PathBuf, Arc<BTreeSet<String>>>>);

impl Folders {
    fn names(&self, tree: &Tree, folder: &Utf8Path) -> Arc<BTreeSet<String>> {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let names = known.entry(folder.to_owned());
        Arc::clone(names.or_insert_with(|| Arc::new(tree.names(folder).into_iter().collect())))
    }

    /// The names in the folder of several requirements files, where a folder has one.
    fn names_below(&self, tree: &Tree, folder: &Utf8Path) -> Arc<BTreeSet<String>> {
        match self.names(tree, folder).contains(FOLDER) {
            true => self.names(tree, &folder.join(FOLDER)),
            false => Arc::default(),
        }
    }
}

/// Finds files in a folder that look like requirements of all that is below it, relative to the root.
pub(crate) fn for_all(tree: &Tree, folder: &Utf8Path, folders: &Folders) -> Vec<Utf8PathBuf> {
    let (names, below) = (folders.names(tree, folder), folders.names_below(tree, folder));
    let is_it =
        |name: &&String| is_name_like(name) && (of_others(name).is_some() || is_for_all(name));
    let is_it_below = |name: &&String| name.ends_with(".txt") && is_for_all(name);
    let below = below.iter().filter(is_it_below).map(|name| folder.join(FOLDER).join(name));
    names.iter().filter(is_it).map(|name| folder.join(name)).chain(below).collect()
}

/// Whether the name of a file says of no one whom it is for.
fn is_for_all(name: &str) -> bool {
    let lower = name.to_lowercase();
    let stem = lower.rsplit_once('.').map_or(&*lower, |(stem, _)| stem);
    parts(stem).all(|word| FOR_ALL.contains(&word) || means_requirements(word))
}

/// Whether a word stands for requirements, or nearly so.
fn means_requirements(word: &str) -> bool {
    SHORT.contains(&word) || is_near("requirements", word)
}

/// Whether a path is that of a file which looks like requirements: at the lambda's top, in a folder
/// `requirements`, or one folder down by its full name.
fn looks_like(path: &str, all: &[&str]) -> bool {
    match path.split('/').collect::<Vec<_>>()[..] {
        // These are read, and ask for nothing.
        [LINES | PYLOCK] => false,
        [name] => is_name_like(name),
        [FOLDER, name] => {
            name.strip_suffix(".txt").or_else(|| name.strip_suffix(".in")).is_some_and(is_for_use)
        }
        // What an installer left has its own.
        [
            folder,
            LINES | PROJECT | PIPFILE | PYLOCK | "poetry.lock" | "uv.lock" | "Pipfile.lock",
        ] => {
            let is_installed = |other: &&str| {
                let name = other.split('/').next().unwrap_or_default();
                let project = name.strip_suffix(".dist-info").and_then(|it| it.split('-').next());
                project.is_some_and(|project| project.eq_ignore_ascii_case(folder))
            };
            is_for_use(folder) && !folder.ends_with("-info") && !all.iter().any(is_installed)
        }
        _ => false,
    }
}

/// Whether the name of a file is nearly that of a requirements file.
fn is_name_like(name: &str) -> bool {
    let lower = name.to_lowercase();
    if of_others(&lower).is_some() {
        return true;
    }
    if is_pylock(&lower) {
        return is_for_use(&lower);
    }
    let (stem, ending) = lower.rsplit_once('.').unwrap_or((&lower, ""));
    let is_text = matches!(ending, "txt" | "in" | "pip" | "text" | "lock" | "");
    is_text && parts(stem).any(means_requirements) && is_for_use(stem)
}

/// Whether no word of a name says that the file is for others than the package.
fn is_for_use(name: &str) -> bool {
    let lower = name.to_lowercase();
    !parts(&lower).any(|word| FOR_OTHERS.contains(&word))
}

fn parts(name: &str) -> impl Iterator<Item = &str> {
    name.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty())
}

/// Whether a project has dependencies in pixi's own tables.
fn of_pixi(bytes: &[u8], path: &Utf8Path) -> bool {
    project::read(bytes, path).is_ok_and(|project| project.pixi.is_some())
}

/// Whether a file asks for something.
fn has_lines(tree: &Tree, environment: &Environment, path: &Utf8Path) -> Result<bool, Failure> {
    let name = path.file_name().unwrap_or_default();
    let is_read = is_pylock(name) || Tool::of(path).is_some() || of_others(name).is_some();
    let Some(Kind::File { .. }) = tree.kind(path)? else { return Ok(false) };
    // What a lock or a file of another tool has, no lines tell.
    Ok(is_read || !wanted(tree, environment, path)?.is_empty())
}

/// Finds the nearest file further up that is the lambda's by its name, or by the folder that it is for.
fn above(
    tree: &Tree,
    environment: &Environment,
    directory: &Utf8Path,
    folders: &Folders,
) -> Result<Option<Utf8PathBuf>, Failure> {
    let name = directory.file_name().unwrap_or_default();
    let own = format!("{name}.txt");
    let named = [
        format!("requirements-{name}.txt"),
        format!("requirements_{name}.txt"),
        format!("{name}-requirements.txt"),
        format!("{name}_requirements.txt"),
    ];
    for folder in directory.ancestors().skip(1) {
        let (names, below) = (folders.names(tree, folder), folders.names_below(tree, folder));
        let own = below.get(&own).map(|name| folder.join(FOLDER).join(name));
        let named = named.iter().filter(|name| names.contains(*name)).map(|name| folder.join(name));
        for path in own.into_iter().chain(named) {
            if has_lines(tree, environment, &path)? {
                return Ok(Some(path));
            }
        }
    }
    let Some(folder) = directory.parent().filter(|_| CODE.contains(&name)) else { return Ok(None) };
    for name in OF_FOLDERS {
        let path = folder.join(name);
        if has_lines(tree, environment, &path)? {
            return Ok(Some(path));
        }
    }
    Ok(None)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_are_nearly_right_are_told_from_those_for_developers() {
        for name in [
            "requirments.txt",
            "requirement.txt",
            "Requirements.txt",
            "REQUIREMENTS.TXT",
            "requirements",
            "requirements.in",
            "requirements_for_x.txt",
            "requirements-prod.txt",
            "lambda.requirements.txt",
            "requirements.txt.txt",
            "reqs.txt",
            "deps.txt",
            "environment.yml",
            "requirements.lock",
        ] {
            assert!(is_name_like(name), "{name}");
        }
        for name in [
            "requirements-dev.txt",
            "requirements_test.txt",
            "test-requirements.txt",
            "dev.requirements.txt",
            "requirements.docs.in",
            "requirements-lint.txt",
            "requirements.md",
            "requirements.py",
            "readme.txt",
            "constraints.txt",
            "requirements.bak",
            "required.txt",
        ] {
            assert!(!is_name_like(name), "{name}");
        }
    }

    #[test]
    fn places_are_the_top_the_folder_of_that_name_and_one_folder_down() {
        let all = ["requests-2.0.dist-info/METADATA"];
        for path in ["requirements/base.txt", "src/requirements.txt", "app/uv.lock"] {
            assert!(looks_like(path, &all), "{path}");
        }
        for path in [
            "requirements/dev.txt",
            "tests/requirements.txt",
            "a/b/requirements.txt",
            "requests/requirements.txt",
            "src/requirements-x.txt",
        ] {
            assert!(!looks_like(path, &all), "{path}");
        }
    }
}
