//! Lambdas: what is packaged, their names, places and targets.

mod discover;
mod elsewhere;
mod glob;
mod imports;
mod target;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use camino::{Utf8Path, Utf8PathBuf};

use crate::report::{Failure, Place};
use crate::tree::below;

pub(crate) use crate::report::LambdaKind as Kind;
pub(crate) use discover::{NO_LAMBDAS, absent, discover};
pub(crate) use elsewhere::{Copied, elsewhere};
pub(crate) use glob::Glob;
pub(crate) use imports::ImportPolicy;
pub(crate) use target::{Architecture, Origin, PythonVersion, Settled, Target};

/// Where functions are, if nothing says otherwise.
pub(crate) const DEFAULT_GLOB: &str = "lambdas/*";

/// The name of a lambda: one segment of a path, as its zip is called after it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct LambdaName(String);

impl LambdaName {
    pub(crate) fn new(name: impl Into<String>) -> Self {
        Self(name.into())
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for LambdaName {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

/// A directory, or one `.py` file, that becomes a package.
#[derive(Debug, Clone)]
pub(crate) struct Lambda {
    pub(crate) kind: Kind,
    /// Unique in a run.
    pub(crate) name: LambdaName,
    /// Its directory, relative to the root; empty for the root itself. For one file that in which
    /// it lies.
    pub(crate) directory: Utf8PathBuf,
    /// The name of the one file that it is, where it is no directory.
    pub(crate) file: Option<String>,
    /// The paths of other lambdas that lie in it, relative to it.
    pub(crate) inner: BTreeSet<Utf8PathBuf>,
    /// The layers on which a function stands, in the config's order.
    pub(crate) layers: Vec<LambdaName>,
    /// Why it can't be packaged, whatever is in the directory.
    pub(crate) fault: Option<Box<Failure>>,
}

impl Lambda {
    /// A lambda at a path, relative to the root.
    pub(crate) fn new(kind: Kind, name: LambdaName, path: &Utf8Path, form: Form) -> Self {
        let folder = path.parent().unwrap_or(Utf8Path::new(""));
        let (directory, file) = match form {
            Form::Directory => (path, None),
            Form::File => (folder, path.file_name().map(str::to_owned)),
        };
        let directory = directory.to_owned();
        let (inner, layers) = (BTreeSet::new(), Vec::new());
        Self { kind, name, directory, file, inner, layers, fault: None }
    }

    /// Where its own files are, relative to the root: its directory, or its file.
    pub(crate) fn path(&self) -> Utf8PathBuf {
        match &self.file {
            None => self.directory.clone(),
            Some(file) => self.beside(file),
        }
    }

    /// A path in its directory, relative to the root.
    fn beside(&self, name: &str) -> Utf8PathBuf {
        below(&self.directory, Utf8Path::new(name))
    }

    /// Where its zip goes if nothing says otherwise, relative to the root.
    pub(crate) fn zip(&self) -> Utf8PathBuf {
        self.beside(&format!("{}.zip", self.name))
    }

    /// The name of its lock, in its directory (PEP 751, "File Name").
    pub(crate) fn lock_name(&self) -> String {
        match &self.file {
            None => LOCK.to_owned(),
            Some(_) => format!("pylock.{}.toml", self.name),
        }
    }

    /// Where its lock is or would be, relative to the root.
    pub(crate) fn lock(&self) -> Utf8PathBuf {
        self.beside(&self.lock_name())
    }

    /// The header of its table in the config.
    pub(crate) fn table(&self) -> String {
        table(self.kind, self.name.as_str())
    }
}

/// The header of a table in the config.
pub(crate) fn table(kind: Kind, name: &str) -> String {
    match kind {
        Kind::Function => format!("[lambda.{name}]"),
        Kind::Layer => format!("[layer.{name}]"),
    }
}

/// The paths of the lambdas that lie in a directory, relative to it.
pub(crate) fn inside(directory: &Utf8Path, lambdas: &[Lambda]) -> BTreeSet<Utf8PathBuf> {
    let paths = lambdas.iter().map(Lambda::path);
    let inside = paths.filter_map(|path| path.strip_prefix(directory).ok().map(Utf8Path::to_owned));
    inside.filter(|path| !path.as_str().is_empty()).collect()
}

/// The lock of a directory.
const LOCK: &str = "pylock.toml";

/// What the own files of a lambda are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Form {
    Directory,
    /// One `.py` file.
    File,
}

/// Where the lambdas of a project are, as its config says.
#[derive(Debug, Default)]
pub(crate) struct Places {
    /// Relative to the root, each with what it matches; one with `!` in front takes out what others
    /// of its kind match.
    pub(crate) globs: Vec<(Kind, String)>,
    /// What has a table of its own, by kind and name.
    pub(crate) tables: BTreeMap<(Kind, String), Table>,
}

impl Places {
    /// Whether nothing says where lambdas are.
    pub(crate) fn is_default(&self) -> bool {
        matches!(&self.globs[..], [(Kind::Function, glob)] if glob == DEFAULT_GLOB)
            && self.tables.is_empty()
    }
}

/// What the table of a lambda says of where it is.
#[derive(Debug, Clone)]
pub(crate) struct Table {
    /// Its directory or file, relative to the root; none where a glob finds it.
    pub(crate) path: Option<Utf8PathBuf>,
    /// Whether this tool has no business with it.
    pub(crate) is_skipped: bool,
    /// The names of the layers on which it stands, and where the table says so.
    pub(crate) layers: (Vec<String>, Place),
    /// Where the table says so.
    pub(crate) place: Place,
}

/// The lambdas of a project.
#[derive(Debug)]
pub(crate) struct Discovered {
    /// Sorted by name.
    pub(crate) lambdas: Vec<Lambda>,
    /// Those with which this tool has no business, sorted by name.
    pub(crate) skipped: Vec<Lambda>,
    /// The globs that match nothing.
    pub(crate) unmatched: Vec<(Kind, String)>,
    /// What globs with `!` take out, each with the first that does.
    pub(crate) taken_out: Vec<(Lambda, String)>,
}

impl Discovered {
    /// The lambda of a name, skipped or not.
    pub(crate) fn named(&self, name: &str) -> Option<&Lambda> {
        self.lambdas.iter().chain(&self.skipped).find(|lambda| lambda.name.as_str() == name)
    }
}
