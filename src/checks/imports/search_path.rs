//! Where Lambda looks for modules besides the package's top, the standard library and its own
//! packages: folders that `.pth` files and `PYTHONPATH` name.
//!
//! Sources: `add_default_site_directories` in `/var/runtime/bootstrap.py` of AWS's base images for
//! Python, which calls `site.addsitedir` for the package, "so that we are able to load all customer
//! .pth files"; `addpackage` of Python's module `site`; and `PYTHONPATH` in Python's "Command line and
//! environment".

use crate::lambda::PythonVersion;
use crate::python::{Folder, Search};

/// Folders of a package that are searched, too, and whether there are others.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct SearchPath {
    /// Relative to the package.
    folders: Vec<String>,
    /// Whether a variable names others than those of layers: then only what it names is searched.
    hides_layers: bool,
    is_open: bool,
}

impl SearchPath {
    /// Anything may be on it.
    pub(crate) fn open(&mut self) {
        self.is_open = true;
    }

    /// Adds what a function's `PYTHONPATH` names.
    pub(crate) fn add_variable(&mut self, text: &str) {
        self.hides_layers |= !text.split(':').any(|folder| folder.starts_with("/opt/python"));
        text.split(':').filter(|folder| !folder.is_empty()).for_each(|folder| self.add(folder));
    }

    /// Adds what a `.pth` file at the package's top does: each line is a folder, or code that Python
    /// runs when it starts, and that may change everything.
    pub(crate) fn add_path_file(&mut self, bytes: &[u8]) {
        let text = String::from_utf8_lossy(bytes);
        for line in text.trim_start_matches('\u{feff}').lines().map(str::trim_end) {
            let is_code = line.starts_with("import ") || line.starts_with("import\t");
            match line {
                "" => {}
                _ if line.starts_with('#') => {}
                // What setuptools writes: a namespace package out of folders that are found without
                // it, and its own `distutils`.
                _ if is_code && line.contains("sys.modules.setdefault(") => {}
                _ if is_code && line.contains("_distutils_hack") => {}
                _ if is_code => self.open(),
                folder => self.add(folder),
            }
        }
    }

    fn add(&mut self, text: &str) {
        match Folder::of(text) {
            Folder::Unknown => self.open(),
            Folder::Package(folder) if !folder.is_empty() && !self.folders.contains(&folder) => {
                self.folders.push(folder);
            }
            Folder::Package(_) | Folder::Nothing => {}
        }
    }

    pub(crate) fn folders(&self) -> impl Iterator<Item = &str> {
        self.folders.iter().map(String::as_str)
    }

    /// The folders of layers that are searched, in their order; none where the bootstrap adds none,
    /// as it does where a function has the variable.
    pub(crate) fn folders_of_layers(&self, python: Option<PythonVersion>) -> Vec<String> {
        if self.hides_layers {
            return Vec::new();
        }
        let own = python.map(|python| format!("/opt/python/lib/python{python}/site-packages"));
        own.into_iter().chain(["/opt/python".to_owned()]).collect()
    }

    /// Whether anything may be on it.
    pub(crate) fn is_open(&self) -> bool {
        self.is_open
    }

    pub(super) fn search(&self) -> Search {
        if self.is_open { Search::Anywhere } else { Search::Nowhere }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(read: impl FnOnce(&mut SearchPath)) -> (String, bool) {
        let mut path = SearchPath::default();
        read(&mut path);
        (path.folders.join(" "), path.is_open)
    }

    #[test]
    fn folders_are_those_of_the_package() {
        for (text, folders, is_open) in [
            ("lib", "lib", false),
            ("/var/task/lib/:./vendor/x:lib", "lib vendor/x", false),
            ("/var/task", "", false),
            ("/var/runtime:/opt/python::/usr/lib", "", false),
            ("/opt/python/lib/python3.12/site-packages", "", false),
            ("/opt/extra:lib", "lib", true),
            ("lib/../more/.", "more", false),
            ("/mnt/efs/python:lib", "lib", true),
            ("/tmp/x", "", true),
            ("../x:/home/me/lib", "", false),
            ("/var/tasks/lib", "", false),
        ] {
            assert_eq!(of(|path| path.add_variable(text)), (folders.to_owned(), is_open), "{text}");
        }
    }

    #[test]
    fn a_path_file_names_folders_or_runs_code() {
        let nspkg = "import sys, types, os;p = os.path.join(sys._getframe(1).f_locals['sitedir'], \
                     *('a',));m = sys.modules.setdefault('a', types.ModuleType('a'))";
        let hack = "import os; enabled = 1; enabled and __import__('_distutils_hack').add_shim();";
        for (text, folders, is_open) in [
            ("lib\nvendor/x/\n", "lib vendor/x", false),
            ("\u{feff}lib\r\n# other\n\n", "lib", false),
            ("/home/me/project/src\n", "", false),
            ("import made\nlib", "lib", true),
            ("import\tmade", "", true),
            ("importlib\n", "importlib", false),
            (nspkg, "", false),
            (hack, "", false),
        ] {
            let found = of(|path| path.add_path_file(text.as_bytes()));
            assert_eq!(found, (folders.to_owned(), is_open), "{text}");
        }
    }
}
