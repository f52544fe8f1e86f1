//! What a project's `*.tf` files say of functions, before anything is planned.
//!
//! [`read()`] reads the files, in one walk of the project, and evaluates them. What is literal, a
//! local value, an argument of a call of a local module, or an entry of `for_each` is known. A
//! variable of a root module is not: its value may come from the command line, a `*.tfvars` file or
//! the environment ("Input Variables" in Terraform's documentation). A value that is not known is a
//! note.
//!
//! Nothing here refuses a project: to check its files is Terraform's task.

mod describe;
mod evaluate;
mod modules;
mod texts;

use std::cell::{Cell, OnceCell};

use camino::{Utf8Path, Utf8PathBuf};

use super::{Function, Note};
use crate::environment::Environment;
use crate::lambda::Lambda;
use crate::report::Warning;
use crate::tree::{self, Tree};
use describe::Finder;
use evaluate::{Evaluator, Manifest};
use modules::Modules;
pub(crate) use texts::BROKEN;
use texts::Texts;

/// What the files say.
#[derive(Debug, Default)]
pub(crate) struct Files {
    /// Every function, one for each call of its module and each entry of its `for_each`, in the
    /// order of the files; container images are left out.
    pub(crate) functions: Vec<Function>,
    /// Modules from elsewhere that make functions, sorted by place.
    pub(crate) foreign: Vec<Note>,
    /// Other gaps in what is known, not of a function, sorted by place.
    pub(crate) notes: Vec<Note>,
    /// The folders that Terraform may run in, sorted; none where no file has functions.
    pub(crate) roots: Vec<Utf8PathBuf>,
    /// Files that could not be read, are no HCL, or override others.
    pub(crate) warnings: Vec<Warning>,
}

/// How many terms are made at most, much more than any project needs: each module may call another
/// one twice, so that a few short files would give millions of functions.
const MOST_TERMS: u32 = 1_000_000;

/// What the files are read for.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Project<'a> {
    /// All that it has.
    pub(crate) lambdas: &'a [Lambda],
    /// Where the package manifest is, relative to the root, where one is written.
    pub(crate) manifest: Option<&'a Utf8Path>,
    /// The folders of the root modules, relative to the root, where the config names them.
    pub(crate) roots: Option<&'a [Utf8PathBuf]>,
    /// What git is asked with.
    #[expect(dead_code, reason = "asked for ignored files next")]
    pub(crate) environment: &'a Environment,
}

/// Reads and evaluates the files of a project.
///
/// # Errors
///
/// git can't read the revision. A file that the disk does not give is a warning.
pub(crate) fn read(tree: &Tree, project: &Project<'_>) -> Result<Files, tree::Error> {
    let Project { lambdas, manifest, roots, .. } = *project;
    let mut warnings = Vec::new();
    let texts = texts::read(tree, lambdas, &mut warnings)?;
    let names: Vec<String> = lambdas.iter().map(|lambda| lambda.name.to_string()).collect();
    let refused = OnceCell::new();
    let read = |path: &Utf8Path| match tree.read(path) {
        Ok(bytes) => bytes.and_then(|bytes| String::from_utf8(bytes).ok()),
        Err(error) => {
            // Its value is not known. Of several errors the first is enough.
            drop(refused.set(error));
            None
        }
    };
    let manifest = manifest.map(|path| Manifest { path, lambdas: &names });
    let files = evaluate(&texts, warnings, manifest, roots, &read);
    refused.into_inner().filter(tree::Error::is_of_git).map_or(Ok(files), Err)
}

/// Evaluates texts of files; `read` gives other files of the project, for `file(…)`, by paths
/// relative to its root.
fn evaluate(
    texts: &Texts,
    mut warnings: Vec<Warning>,
    manifest: Option<Manifest<'_>>,
    named: Option<&[Utf8PathBuf]>,
    read: &dyn Fn(&Utf8Path) -> Option<String>,
) -> Files {
    // Most projects without functions are done here, and nothing is parsed.
    if !texts.values().any(|text| has_functions(text)) {
        return Files { warnings, ..Files::default() };
    }
    let mut notes = Vec::new();
    let modules = Modules::parse(texts, &mut notes, &mut warnings);
    let evaluator = Evaluator { read, manifest, left: Cell::new(MOST_TERMS) };
    let (functions, foreign) = (Vec::new(), Vec::new());
    let roots = named.map_or_else(|| modules.roots(), <[_]>::to_vec);
    let finder =
        Finder { modules: &modules, roots: &roots, evaluator: &evaluator, functions, foreign };
    let (functions, foreign) = finder.find();
    notes.sort();
    Files { functions, foreign, notes, roots, warnings }
}

/// Whether a file may have functions: it names the resource, or calls a module and mentions
/// lambdas.
fn has_functions(text: &str) -> bool {
    text.contains("aws_lambda_function") || text.contains("module") && text.contains("lambda")
}

#[cfg(test)]
mod tests;
