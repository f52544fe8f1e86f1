//! What lies where in a repository, as far as it says what is a lambda: read in one walk.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use camino::{Utf8Path, Utf8PathBuf};

use crate::environment::Environment;
use crate::tree::{self, Tree};

/// Folders of package managers, which have none of the repository's own files.
const FOREIGN: [&str; 3] = ["node_modules", "__pycache__", "site-packages"];
/// What a virtual environment has at its top (PEP 405).
const ENVIRONMENT: &str = "pyvenv.cfg";
/// Folders whose modules try code or show it, and are not deployed.
const BESIDE: [&str; 6] = ["tests", "test", "testing", "examples", "example", "docs"];
/// Names of functions that Lambda calls, in its own templates and in most projects.
const HANDLERS: [&str; 2] = ["lambda_handler", "handler"];

/// A folder, by what lies at its top.
#[derive(Debug, Default)]
pub(super) struct Folder {
    pub(super) files: BTreeSet<String>,
    /// Those of its modules that have a function which looks like a handler.
    pub(super) handlers: BTreeSet<String>,
    /// Whether git ignores all that is in it: no other clone has it.
    pub(super) is_ignored: bool,
    /// Whether it is a package manager's or a virtual environment, and was not walked through.
    pub(super) is_foreign: bool,
}

/// All folders of a repository, by path from its root, but hidden ones.
#[derive(Debug, Default)]
pub(super) struct Folders(pub(super) BTreeMap<Utf8PathBuf, Folder>);

impl Folders {
    /// Whether a path is a module or some other file.
    pub(super) fn has_file(&self, path: &Utf8Path) -> bool {
        let (folder, name) = (path.parent().unwrap_or(Utf8Path::new("")), path.file_name());
        let folder = self.0.get(folder);
        folder.zip(name).is_some_and(|(folder, name)| folder.files.contains(name))
    }

    /// Whether a folder has the module of a handler: `app.main.run` is in `app/main.py`.
    pub(super) fn has_module(&self, folder: &Utf8Path, handler: &str) -> bool {
        let Some((module, _)) = handler.rsplit_once('.') else { return false };
        // Lambda takes slashes, too.
        let module = module.replace('.', "/");
        let endings = [".py", "/__init__.py", ".js", ".mjs", ".cjs", ".ts", ".rb"];
        endings.iter().any(|ending| self.has_file(&folder.join(format!("{module}{ending}"))))
    }

    /// Whether a folder is the repository's own, and may be deployed.
    pub(super) fn is_own(&self, path: &Utf8Path) -> bool {
        let is_beside = path.components().any(|part| BESIDE.contains(&part.as_str()));
        !is_beside && self.0.get(path).is_some_and(|it| !it.is_ignored && !it.is_foreign)
    }

    /// The folders and files below a folder, relative to it.
    pub(super) fn below<'a>(
        &'a self,
        top: &'a Utf8Path,
    ) -> impl Iterator<Item = (&'a Utf8Path, &'a Folder)> {
        let inside = self.0.range(top.to_owned()..);
        let inside = inside.take_while(move |(path, _)| path.starts_with(top));
        inside.filter_map(move |(path, folder)| Some((path.strip_prefix(top).ok()?, folder)))
    }
}

/// Walks through a repository.
///
/// # Errors
///
/// The root can't be listed. What can't be listed below it is passed over: it can't be packaged
/// either.
pub(super) fn read(tree: &Tree, environment: &Environment) -> Result<Folders, tree::Error> {
    let found = RefCell::new(BTreeMap::from([(Utf8PathBuf::new(), Folder::default())]));
    let is_past = |path: &Utf8Path| {
        let name = path.file_name().unwrap_or_default();
        if name.starts_with('.') {
            return true;
        }
        let is_environment = || tree.kind(&path.join(ENVIRONMENT)).is_ok_and(|it| it.is_some());
        let is_foreign = FOREIGN.contains(&name) || is_environment();
        let folder = Folder { is_foreign, ..Folder::default() };
        found.borrow_mut().insert(path.to_owned(), folder);
        is_foreign
    };
    let (files, _) = tree.find(&|_| true, &is_past)?;
    let mut folders = found.into_inner();
    for path in &files {
        let folder = folders.entry(path.parent().unwrap_or(Utf8Path::new("")).to_owned());
        folder.or_default().files.extend(path.file_name().map(str::to_owned));
    }
    mark_ignored(tree, environment, &mut folders);
    let mut folders = Folders(folders);
    let modules = files.iter().filter(|path| path.extension() == Some("py"));
    for path in modules {
        let folder = path.parent().unwrap_or(Utf8Path::new(""));
        if !folders.is_own(folder) {
            continue;
        }
        // A module that can't be read is no evidence.
        let Ok(Some(text)) = tree.read(path) else { continue };
        if let Some(folder) = folders.0.get_mut(folder).filter(|_| has_handler(&text)) {
            folder.handlers.extend(path.file_name().map(str::to_owned));
        }
    }
    Ok(folders)
}

/// Asks which folders git ignores: a pattern that ends with a slash ignores what is in a folder.
fn mark_ignored(
    tree: &Tree,
    environment: &Environment,
    folders: &mut BTreeMap<Utf8PathBuf, Folder>,
) {
    let inside: Vec<Utf8PathBuf> = folders.keys().map(|path| path.join("-")).collect();
    let ignored = tree.ignored(&inside, environment);
    for (path, folder) in folders {
        folder.is_ignored = ignored.contains(&path.join("-"));
    }
}

/// Whether a module has a function that looks like a handler, or a name of one that is made by a
/// framework (`handler = Mangum(app)`), at its top level.
fn has_handler(text: &[u8]) -> bool {
    let text = String::from_utf8_lossy(text);
    text.lines().any(|line| {
        if line.split_once('=').is_some_and(|(name, _)| HANDLERS.contains(&name.trim_end())) {
            return true;
        }
        let line = line.strip_prefix("async ").unwrap_or(line);
        let Some((name, rest)) = line.strip_prefix("def ").and_then(|it| it.split_once('(')) else {
            return false;
        };
        // The others stand in lines of their own, where there are many.
        let parameters = rest.split(')').next().unwrap_or(rest);
        let mut parameters =
            parameters.split([',', ':', '=']).map(|it| it.trim().trim_matches('_'));
        let first = parameters.next().unwrap_or_default();
        // Lambda calls it with two things.
        if rest.starts_with(')') {
            return false;
        }
        let is_event = ["event", "evt", "events"].contains(&first);
        HANDLERS.contains(&name.trim())
            || is_event && rest.to_lowercase().contains("cont")
            || is_event && rest.contains("ctx")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_handler_is_told_by_its_name_or_by_what_it_takes() {
        for text in [
            "def lambda_handler(event, context):\n",
            "import os\n\nasync def handler(request, _):\n",
            "def main(event: dict, context: object) -> str:\n",
            "def run(_event, _context):\n",
            "def go(event, ctx=None):\n",
            "handler = Mangum(app)\n",
            "def lambda_handler(\n    event,\n    context,\n):\n",
        ] {
            assert!(has_handler(text.as_bytes()), "{text}");
        }
        for text in [
            "def helper(a, b):\n",
            "    def run(event, context):\n",
            "def error_handler(request, error):\n",
            "def on(event):\n",
            "def handler():\n",
            "x = handler\n",
            "",
        ] {
            assert!(!has_handler(text.as_bytes()), "{text}");
        }
    }
}
