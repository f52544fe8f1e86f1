//! Compares the packages that the sources give with zips, the manifest, Terraform and Lambda.
//!
//! A [`Package`] keeps its contents, so that nothing is laid out twice. The caller reads everything
//! first, into [`Facts`]; then each check is a pure function of these, in [`CHECKS`] or
//! [`REMARKS`], a file each. A check whose facts were not asked for finds nothing.

mod deployed;
mod handler;
mod imports;
mod lifecycle;
mod manifest;
mod runtime;
mod state;
mod unchecked;
mod zip;

use std::collections::BTreeMap;

use camino::{Utf8Path, Utf8PathBuf};

use crate::checks::{ImportFindings, SearchPath};
use crate::contents::Contents;
use crate::lambda::{self, Architecture, ImportPolicy, Origin, PythonVersion, Settled};
use crate::manifest::{Entry, Manifest};
use crate::python::Module;
use crate::report::{self, Check, CheckStatus, Subject, Warning};
use crate::terraform::{Answer, Function, Kind, Match, Note};

pub(crate) use deployed::questions;
pub(crate) use handler::{add_search_path, modules};
pub(crate) use lifecycle::Date;
pub(crate) use manifest::of_no_lambda;
pub(crate) use unchecked::unreadable;
pub(crate) use zip::{Place, Zip, read_zip};

/// A package that something is compared with, and what is known of its lambda.
#[derive(Debug)]
pub(crate) struct Package {
    /// As `build` would report it.
    pub(crate) made: report::Package,
    pub(crate) contents: Contents,
    /// The entry that it should have in the package manifest.
    pub(crate) entry: Entry,
    /// The lambda's directory, relative to the root.
    pub(crate) directory: Utf8PathBuf,
    /// None where it is the same for every version.
    pub(crate) python: Option<PythonVersion>,
    /// None where it is the same for both.
    pub(crate) architecture: Option<Architecture>,
    /// Whether its target is not set, though the package depends on it.
    pub(crate) is_target_open: bool,
    /// What Lambda calls the function, with `*` for what differs by environment.
    pub(crate) function_name: Option<Settled<String>>,
    pub(crate) handler: Option<Settled<String>>,
    pub(crate) import_policy: ImportPolicy,
    /// What its imports do not find.
    pub(crate) imports: ImportFindings,
    /// Where Lambda looks for its modules, besides its top.
    pub(crate) search: SearchPath,
    /// The functions that are made of it, as far as the `*.tf` files tell.
    pub(crate) functions: Vec<Function>,
}

impl Package {
    /// The lambda's name.
    pub(crate) fn name(&self) -> &str {
        &self.made.name
    }

    /// The header of its table in the config.
    fn table(&self) -> String {
        lambda::table(self.made.kind, self.name())
    }

    /// The lambda's own files that are in it, relative to the root.
    pub(crate) fn own(&self) -> impl Iterator<Item = Utf8PathBuf> {
        self.contents.entries().filter_map(|(_, entry)| entry.data.place())
    }

    /// The folder that has all its own files: the lambda's directory, or the root where some are from
    /// elsewhere.
    pub(crate) fn folder(&self) -> &Utf8Path {
        let is_inside = self.own().all(|path| path.starts_with(&self.directory));
        if is_inside { &self.directory } else { Utf8Path::new("") }
    }

    /// The handler that the config sets.
    fn configured_handler(&self) -> Option<&Settled<String>> {
        self.handler.as_ref().filter(|handler| !is_of_terraform(handler))
    }

    /// A check of it.
    fn check(&self, subject: Subject, status: CheckStatus, message: String) -> Check {
        Check {
            name: self.name().to_owned(),
            subject,
            status,
            expected: Some(self.made.digest.to_base64()),
            actual: None,
            address: None,
            message,
        }
    }
}

/// Whether a value comes from the `*.tf` files.
fn is_of_terraform(settled: &Settled<String>) -> bool {
    matches!(settled.origin, Origin::Terraform(_))
}

/// The parts of the `*.tf` files that could not be matched with a lambda.
#[derive(Debug, Default)]
pub(crate) struct Gaps {
    /// Functions without a known lambda.
    pub(crate) functions: Vec<Note>,
    /// Modules from elsewhere that make functions.
    pub(crate) modules: Vec<Note>,
    /// The folders that Terraform may run in.
    pub(crate) roots: Vec<Utf8PathBuf>,
    /// Files that are left alone.
    pub(crate) warnings: Vec<Warning>,
}

/// The files on disk that are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Disk {
    /// The package manifest and the zips; and what `*.tf` files say, against the packages.
    #[default]
    ManifestAndZips,
    /// The package manifest: zips are of a worktree, and a commit has none.
    Manifest,
    /// Nothing.
    Nothing,
}

/// Everything that checks need, read beforehand.
#[derive(Debug)]
pub(crate) struct Facts<'a> {
    /// Sorted by name.
    pub(crate) packages: &'a [Package],
    /// Lambdas that could not be packaged.
    pub(crate) failed: Vec<&'a str>,
    /// Lambdas that git has and the worktree has not got.
    pub(crate) absent: Vec<String>,
    /// Whether all lambdas of the project are verified.
    pub(crate) is_all: bool,
    pub(crate) disk: Disk,
    /// The commit of the sources, in full; none where they are those of the worktree.
    pub(crate) commit: Option<&'a str>,
    /// In the order of the packages; empty where only the manifest is compared.
    pub(crate) zips: Vec<Zip>,
    /// The path of the package manifest, relative to the root, and its contents, if it exists.
    pub(crate) manifest: Option<(String, Option<Manifest>)>,
    /// The functions of a state or plan.
    pub(crate) state: Option<(Kind, Vec<Match<'a>>)>,
    /// What Lambda answered.
    pub(crate) answers: Option<Vec<Answer>>,
    pub(crate) gaps: &'a Gaps,
    /// The own modules that handlers name, by path relative to the root.
    pub(crate) modules: BTreeMap<Utf8PathBuf, Module>,
    /// The day for which runtimes are judged.
    pub(crate) today: Date,
}

impl Facts<'_> {
    fn package(&self, name: &str) -> Option<&Package> {
        self.packages.iter().find(|package| package.name() == name)
    }

    /// The functions of a state or plan that are made of packages, and stay.
    fn functions_of_state(&self) -> impl Iterator<Item = (&Package, &Function)> {
        let matches = self.state.iter().flat_map(|(_, matches)| matches);
        let stay = matches.filter(|found| found.function.stays());
        stay.filter_map(|found| {
            Some((self.package(found.lambda.as_deref().ok()?)?, found.function))
        })
    }

    /// The functions that Lambda has of packages.
    fn functions_of_lambda(&self) -> impl Iterator<Item = (&Package, &Function)> {
        let answers = self.answers.iter().flatten();
        let own =
            answers.filter_map(|it| Some((self.package(&it.question.lambda)?, &it.functions)));
        own.flat_map(|(package, functions)| functions.iter().map(move |it| (package, it)))
    }
}

/// What was found.
#[derive(Debug, Default)]
pub(crate) struct Findings {
    pub(crate) checks: Vec<Check>,
    /// Each with its lambda's name, where it is about one.
    pub(crate) warnings: Vec<(Option<String>, Warning)>,
    /// Shown where the user asks for more (`-v`).
    pub(crate) notes: Vec<String>,
}

/// Finds something in facts.
type Finder = fn(&Facts<'_>, &mut Findings);

/// Those that compare.
pub(crate) const CHECKS: [Finder; 7] = [
    state::check,
    deployed::check,
    manifest::check,
    zip::check,
    handler::check,
    runtime::check,
    imports::check,
];

/// Those that only warn: of functions that were not checked, and of runtimes that end.
pub(crate) const REMARKS: [Finder; 3] = [unchecked::check, unchecked::check_plan, lifecycle::check];

#[cfg(test)]
mod tests;
