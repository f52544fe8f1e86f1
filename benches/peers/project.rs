//! A project as ours packages it: a config and `lambdas/NAME/`.

use std::fs;
use std::path::{Path, PathBuf};

use crate::{Result, members};

/// The target of every lambda; `corpus::TARGET` says the same to pip.
const CONFIG: &str = "python = \"3.12\"\narchitecture = \"x86_64\"\n";

/// The code of a lambda that is otherwise requirements or data.
const HANDLER: &str = "def handler(event, context):\n    return {\"statusCode\": 200}\n";

/// A folder with `lambdas/NAME/`, as ours packages it.
pub(crate) struct Project {
    /// The folder.
    pub(crate) root: PathBuf,
    /// The names of its lambdas.
    names: Vec<String>,
}

impl Project {
    /// Makes a project of one lambda with a handler.
    ///
    /// # Errors
    ///
    /// A file can't be written.
    pub(crate) fn single(root: &Path, name: &str) -> Result<Self> {
        let mut project = Self::empty(root)?;
        project.add(name, "handler.py", HANDLER.as_bytes())?;
        Ok(project)
    }

    /// Makes a project without lambdas.
    ///
    /// # Errors
    ///
    /// Its config can't be written.
    pub(crate) fn empty(root: &Path) -> Result<Self> {
        write(&root.join("dofs-package.toml"), CONFIG.as_bytes())?;
        Ok(Self { root: root.to_owned(), names: Vec::new() })
    }

    /// Writes a file into a lambda, which is made where it is not there.
    ///
    /// # Errors
    ///
    /// It can't be written.
    pub(crate) fn add(&mut self, lambda: &str, file: &str, bytes: &[u8]) -> Result<()> {
        if !self.names.iter().any(|name| name == lambda) {
            self.names.push(lambda.to_owned());
        }
        write(&self.directory(lambda).join(file), bytes)
    }

    /// Copies an example project, but for zips that lie in it.
    ///
    /// # Errors
    ///
    /// A file can't be copied, or there is no lambda in it.
    pub(crate) fn copied(from: &Path, root: &Path) -> Result<Self> {
        copy(from, root)?;
        let lambdas = root.join("lambdas");
        let failed =
            |error: std::io::Error| format!("cannot list `{}`: {error}", lambdas.display());
        let mut names = Vec::new();
        for entry in fs::read_dir(&lambdas).map_err(failed)? {
            let name = entry.map_err(failed)?.file_name();
            names.push(name.to_string_lossy().into_owned());
        }
        if names.is_empty() {
            return Err(format!("no lambda in `{}`", from.display()));
        }
        Ok(Self { root: root.to_owned(), names })
    }

    /// Returns the names of its lambdas.
    pub(crate) fn names(&self) -> &[String] {
        &self.names
    }

    /// Returns the directory of a lambda.
    pub(crate) fn directory(&self, name: &str) -> PathBuf {
        self.root.join("lambdas").join(name)
    }

    /// Returns where the zip of a lambda is published.
    pub(crate) fn zip(&self, name: &str) -> PathBuf {
        self.directory(name).join(format!("{name}.zip"))
    }

    /// Returns where the zips of all lambdas are published.
    pub(crate) fn zips(&self) -> impl Iterator<Item = PathBuf> {
        self.names.iter().map(|name| self.zip(name))
    }

    /// Makes sure that every lambda has its zip.
    ///
    /// # Errors
    ///
    /// One has not, so the whole work was not measured.
    pub(crate) fn require_zips(&self) -> Result<()> {
        match self.zips().find(|zip| !zip.is_file()) {
            Some(zip) => Err(format!("no failure, but `{}` is not there", zip.display())),
            None => Ok(()),
        }
    }
}

/// Copies the files of a folder, but for zips; modes are kept.
///
/// # Errors
///
/// One can't be read or written.
pub(crate) fn copy(from: &Path, to: &Path) -> Result<()> {
    for path in members::files(from)? {
        if path.extension().is_some_and(|extension| extension == "zip") {
            continue;
        }
        let below = path.strip_prefix(from).expect("a listing stays below its folder");
        let target = to.join(below);
        make_parent(&target)?;
        fs::copy(&path, &target)
            .map_err(|error| format!("cannot copy `{}`: {error}", path.display()))?;
    }
    Ok(())
}

/// Writes a file, and the folders above it.
///
/// # Errors
///
/// One of them can't be written.
pub(crate) fn write(path: &Path, bytes: &[u8]) -> Result<()> {
    make_parent(path)?;
    fs::write(path, bytes).map_err(|error| format!("cannot write `{}`: {error}", path.display()))
}

/// Makes the folders above a file.
///
/// # Errors
///
/// One of them can't be made.
fn make_parent(path: &Path) -> Result<()> {
    let parent = path.parent().expect("every file here lies in a folder");
    fs::create_dir_all(parent)
        .map_err(|error| format!("cannot make `{}`: {error}", parent.display()))
}
