//! What Python source says, and what is known of Python itself.
//!
//! [`parse()`] reads a module with the parser of ruff, for one version of Python: what it imports
//! and when, what its top level defines, and what that version can't parse. Nothing is run, so
//! what only running would show is left open: see [`Module::is_open`] and [`Search`].
//!
//! The tables say which modules the standard library of each version has, what a Lambda runtime
//! brings besides, and which project an import is commonly of.
//!
//! Everything here is a pure function of values; nothing reads a file.

mod compile;
mod condition;
mod encoding;
mod folder;
mod parse;
mod projects;
mod runtime;
mod standard_library;
mod walk;

use std::collections::BTreeSet;

pub(crate) use folder::Folder;
pub(crate) use parse::parse;
pub(crate) use projects::project_of;
pub(crate) use runtime::{is_of_sdk, runtime_package_of, runtime_packages};
pub(crate) use standard_library::{
    Standing, is_listed, is_loaded, standing, submodules, top_names,
};
pub(crate) use walk::ALL;

/// What the source of a module says.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Module {
    /// In the order of the source.
    pub(crate) imports: Vec<Import>,
    /// The names that its top level binds, on some way through it.
    pub(crate) names: BTreeSet<String>,
    /// Whether it may have names or submodules that its source does not show.
    pub(crate) is_open: bool,
    /// The first function at its top that takes an event and a context, as Lambda's handlers do.
    pub(crate) handler: Option<String>,
    /// Where imports of the whole program may be found, because of it.
    pub(crate) search: Search,
    /// The modules that it makes under a name.
    pub(crate) made: Vec<String>,
    /// The attributes that it sets on other things, modules perhaps.
    pub(crate) attributes: BTreeSet<String>,
    /// The last parts of the names of other modules that may get any name from it, or [`ALL`].
    pub(crate) filled: BTreeSet<String>,
    /// Why Python can't parse it; then nothing else is known of it.
    pub(crate) fault: Option<Fault>,
    /// Why it is not looked at here, as a clause; then nothing else is known of it either.
    pub(crate) unread: Option<&'static str>,
}

/// A syntax error, or a text that can't be decoded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Fault {
    /// Counted from 1.
    pub(crate) line: u32,
    /// A clause.
    pub(crate) message: String,
}

/// An import of one module.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Import {
    /// Counted from 1.
    pub(crate) line: u32,
    /// How many dots are before the name: none for an absolute import.
    pub(crate) level: u32,
    /// With dots; empty in `from . import x`.
    pub(crate) module: String,
    pub(crate) form: Form,
    pub(crate) when: When,
    /// The innermost `try` that it is in the body of, and that catches a failure of it.
    pub(crate) caught_by: Option<TryNumber>,
    /// The innermost `try` that it is in the handler of: it runs only if the body has failed.
    pub(crate) after: Option<TryNumber>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Form {
    /// `import module`.
    Module,
    /// `from module import …`: the names, without `*`.
    Names(Vec<String>),
    /// `importlib.import_module("module")`: where it fails, nobody knows what comes of it.
    Called,
}

/// A `try` of a module that catches a failed import.
pub(crate) type TryNumber = u32;

/// Whether an import runs when its module is imported, surest last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum When {
    /// Its failure is caught.
    Caught,
    /// In a function, or under a condition that can't be told.
    Perhaps,
    Always,
}

/// Where else than at the top of the package imports may be found; what allows more is last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub(crate) enum Search {
    #[default]
    Nowhere,
    /// In a folder of the package: `sys.path` gets it.
    Package,
    /// Anywhere: `sys.path` gets what can't be told, or imports themselves are changed.
    Anywhere,
}

#[cfg(test)]
mod tests;
