//! Whether each import of a lambda's own modules finds something in Lambda.
//!
//! From the modules that handlers name, all own modules that imports reach are looked at; what
//! nothing reaches (scripts, tests, leftovers) is not judged. Lambda looks for a module in the
//! package, in layers, in the standard library and in what its runtime brings ("Working with .zip
//! file archives for Python Lambda functions", "Search path" in the AWS Lambda developer guide); and
//! where `.pth` files of the package and the function's `PYTHONPATH` say: see [`SearchPath`].
//!
//! Of wheels only names are known, so nothing is said of what a package of a wheel has inside, but
//! where Python decides it by names alone: in namespace packages (PEP 420). An import that may not
//! run, or whose failure is caught, is no finding; where sources change what can be found, all that
//! they may have changed is taken to be there.

mod findings;
mod judge;
mod lookup;
mod reach;
mod rules;
mod say;
mod search_path;

use std::collections::BTreeMap;

use crate::lambda::PythonVersion;
use crate::report::Place as At;
use crate::source::LeftOut;

pub(crate) use findings::{ImportFindings, SYNTAX};
pub(crate) use reach::Reach;
pub(crate) use rules::RULES;
pub(crate) use search_path::SearchPath;

/// What is known of a lambda beside its contents.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Program<'a> {
    pub(crate) name: &'a str,
    /// Its directory, relative to the root.
    pub(crate) directory: &'a str,
    /// None where the package is the same for every version.
    pub(crate) python: Option<PythonVersion>,
    /// The handlers that functions call, each with the line that says so, where one does.
    pub(crate) handlers: &'a BTreeMap<String, Option<At>>,
    /// Whether a function has layers that are not packaged here, or a handler that is not known.
    pub(crate) outside: Outside,
    /// Where else than at the top Lambda looks for modules.
    pub(crate) search: &'a SearchPath,
    /// The folders of layers in which Lambda looks then.
    pub(crate) layers: &'a [String],
    /// Modules that need not be found, with what is inside of them.
    pub(crate) allowed: &'a [String],
    /// Own files and folders that are not packaged.
    pub(crate) left_out: &'a [LeftOut],
}

/// What is outside of a package, and can't be looked into.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Outside {
    /// Layers, or a search path that is not known: they may have any module.
    pub(crate) has_layers: bool,
    /// Handlers that are not known: modules that look like one's count, too.
    pub(crate) has_handlers: bool,
}
