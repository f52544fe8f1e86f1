//! Where importing a module finds it among the files of a package.
//!
//! Source: "The import system" in the Python reference, and `FileFinder` of `importlib`, which
//! tries a package, then extension modules, sources and bytecode, and a namespace last.

use std::collections::BTreeSet;

use camino::Utf8PathBuf;

use crate::contents::{Contents, Entry};
use crate::lambda::PythonVersion;

/// What a path without an ending leads to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Place {
    /// An own package, by the path of its source `__init__.py`.
    Package(String),
    /// An own module, by the path of its source.
    Module(String),
    /// A folder without `__init__`.
    Namespace,
    /// A module or package whose source is not looked at: of a wheel, or compiled.
    Foreign {
        is_package: bool,
    },
    Nowhere,
}

impl Place {
    /// The path of an own source.
    pub(super) fn own(&self) -> Option<&str> {
        match self {
            Self::Package(path) | Self::Module(path) => Some(path),
            Self::Namespace | Self::Foreign { .. } | Self::Nowhere => None,
        }
    }
}

/// The modules of a package.
#[derive(Debug, Clone, Copy)]
pub(super) struct Modules<'a> {
    contents: &'a Contents,
    /// None where the package is the same for every version.
    python: Option<PythonVersion>,
}

impl<'a> Modules<'a> {
    pub(super) fn of(contents: &'a Contents, python: Option<PythonVersion>) -> Self {
        Self { contents, python }
    }

    pub(super) fn contents(&self) -> &'a Contents {
        self.contents
    }

    /// Looks for a module by its path without an ending.
    pub(super) fn find(&self, base: &str) -> Place {
        let folder = format!("{base}/");
        let has_folder = self.contents.starting_with(&folder).next().is_some();
        if has_folder && let Some(found) = self.file(&format!("{folder}__init__")) {
            return match found {
                Place::Module(path) => Place::Package(path),
                _ => Place::Foreign { is_package: true },
            };
        }
        match self.file(base) {
            Some(found) => found,
            None if has_folder => Place::Namespace,
            None => Place::Nowhere,
        }
    }

    /// A file that is a module, by its path without an ending.
    fn file(&self, base: &str) -> Option<Place> {
        let dotted = format!("{base}.");
        let mut paths = self.contents.starting_with(&dotted);
        if paths.any(|path| path.ends_with(".so") && is_module(path, base, self.python)) {
            return Some(Place::Foreign { is_package: false });
        }
        let source = format!("{base}.py");
        match self.contents.get(&source) {
            Some(entry) if is_own_source(&source, entry) => Some(Place::Module(source)),
            Some(_) => Some(Place::Foreign { is_package: false }),
            None => {
                let has_bytecode = self.contents.get(&format!("{base}.pyc")).is_some();
                has_bytecode.then_some(Place::Foreign { is_package: false })
            }
        }
    }

    /// The own sources of the packages that a module, with dots, is in.
    pub(super) fn packages_of(&self, module: &str) -> Vec<String> {
        let base = module.replace('.', "/");
        let folders = base.match_indices('/').map(|(at, _)| self.find(&base[..at]));
        folders.filter_map(|place| place.own().map(str::to_owned)).collect()
    }

    /// Where an own file is in the project, relative to its root.
    pub(super) fn place(&self, path: &str) -> Option<Utf8PathBuf> {
        self.contents.get(path)?.data.place()
    }

    /// The path of a module, without an ending, that differs in capital letters only.
    pub(super) fn in_other_letters(&self, base: &str) -> Option<String> {
        let (folder, name) =
            base.rsplit_once('/').map_or(("", base), |(folder, name)| (folder, name));
        let lower = name.to_lowercase();
        let names = self.names_in(folder);
        let other = names.into_iter().find(|it| it != name && it.to_lowercase() == lower)?;
        Some(if folder.is_empty() { other } else { format!("{folder}/{other}") })
    }

    /// The names of modules in a folder; at the top, where that is empty.
    pub(super) fn names_in(&self, folder: &str) -> BTreeSet<String> {
        let beginning = if folder.is_empty() { String::new() } else { format!("{folder}/") };
        let rest = self.contents.starting_with(&beginning).map(|path| &path[beginning.len()..]);
        rest.filter_map(name_of).map(str::to_owned).collect()
    }

    /// The path of a module of a name that is in some folder of the package.
    pub(super) fn deeper(&self, name: &str) -> Option<&'a str> {
        let (file, package) = (format!("/{name}."), format!("/{name}/"));
        let mut paths = self.contents.entries().map(|(path, _)| path.as_str());
        paths.find(|path| path.contains(&file) || path.contains(&package))
    }

    /// The path of an own source that a name is the last part of, in some folder of the package.
    pub(super) fn own_deeper(&self, name: &str) -> Option<&'a str> {
        let (file, package) = (format!("/{name}.py"), format!("/{name}/__init__.py"));
        let own = self.contents.entries().filter(|(path, it)| is_own_source(path.as_str(), it));
        let mut paths = own.map(|(path, _)| path.as_str());
        paths.find(|path| path.ends_with(&file) || path.ends_with(&package))
    }
}

/// The name of the module that the first part of a path is.
fn name_of(rest: &str) -> Option<&str> {
    let name = match rest.split_once('/') {
        Some((folder, _)) => folder,
        None => {
            let (name, ending) = rest.split_once('.')?;
            let is_it = ending == "py" || ending == "pyc" || ending.ends_with("so");
            is_it.then_some(name)?
        }
    };
    let is_letter = |letter: char| letter.is_alphanumeric() || letter == '_';
    (!name.is_empty()
        && name.chars().all(is_letter)
        && !name.starts_with(|it: char| it.is_ascii_digit()))
    .then_some(name)
    .filter(|name| *name != "__init__" && *name != "__pycache__")
}

/// Whether a file is a source of the lambda's own.
pub(super) fn is_own_source(path: &str, entry: &Entry) -> bool {
    path.ends_with(".py") && entry.data.member().is_none()
}

/// The first part of a module's name.
pub(super) fn top_of(module: &str) -> &str {
    module.split('.').next().unwrap_or(module)
}

/// The name of a module, with dots, by the path of its source.
pub(super) fn module_name(path: &str) -> String {
    let base = path.strip_suffix(".py").unwrap_or(path);
    base.strip_suffix("/__init__").unwrap_or(base).replace('/', ".")
}

/// The folder that relative imports of a source begin at; none at the top.
pub(super) fn parent(path: &str) -> Option<&str> {
    path.rsplit_once('/').map(|(folder, _)| folder)
}

/// Whether a path is what importing a module finds: its source, its bytecode beside where the
/// source would be, an extension module, or a package of one of these.
pub(super) fn is_module(path: &str, base: &str, python: Option<PythonVersion>) -> bool {
    let Some(rest) = path.strip_prefix(base) else { return false };
    let rest = rest.strip_prefix("/__init__").unwrap_or(rest);
    match rest.strip_prefix('.') {
        Some("py" | "pyc" | "so") => true,
        // `x.abi3.so`, `x.cpython-312-x86_64-linux-gnu.so` (PEP 3149): one for another version is not
        // found.
        Some(rest) => rest.strip_suffix(".so").is_some_and(|tag| {
            let of_version = |rest: &str| match python {
                Some(python) => {
                    rest.strip_prefix(&format!("3{}", python.minor)) == Some("")
                        || rest.starts_with(&format!("3{}-", python.minor))
                }
                None => !rest.contains('/'),
            };
            tag == "abi3" || tag.strip_prefix("cpython-").is_some_and(of_version)
        }),
        None => false,
    }
}
