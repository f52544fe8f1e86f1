//! What this tool writes into the project, which no package has.

use std::collections::BTreeMap;

use camino::{Utf8Path, Utf8PathBuf};

use super::Context;
use crate::lambda::Lambda;
use crate::report::{Failure, Warning, code};
use crate::tree::slashes;

/// What this tool writes, by paths relative to the root: in order, so that those of one folder are a
/// range.
pub(super) struct Written(BTreeMap<String, &'static str>);

impl Written {
    /// # Errors
    ///
    /// A report of this run would take the place of something else.
    pub(super) fn of(
        lambdas: &[Lambda],
        zips: &[String],
        context: &Context<'_>,
    ) -> Result<Self, Failure> {
        let settings = context.settings;
        let mut files: BTreeMap<String, &'static str> = BTreeMap::new();
        for (lambda, zip) in lambdas.iter().zip(zips) {
            files.extend([beside(lambda), zip.clone()].map(|it| (it, "the zip of another lambda")));
            // That of a directory is left out by its name, or with the directory.
            let lock = lambda.file.is_some().then(|| slashes(&lambda.lock()));
            files.extend(lock.map(|it| (it, "the lock of another lambda")));
        }
        let manifest = settings.manifest.iter().map(|path| settings.shown(path));
        files.extend(manifest.map(|path| (path, "the package manifest")));
        for path in settings.reports.iter().map(|path| settings.shown(path)) {
            let checkout = settings.tree.checkout();
            let is_own = || lambdas.iter().any(|it| path.starts_with(&inside(&it.directory)));
            let is_source = checkout.is_some_and(|it| it.tracked(path.as_str().into()).is_some());
            match files.insert(path.clone(), "what this run writes") {
                Some(what) => return Err(taken(&path, what)),
                // It would be left out of the package, and then overwritten.
                None if is_source && is_own() => {
                    return Err(taken(&path, "a file of a lambda, which git tracks"));
                }
                None if is_own() => {
                    let message = format!("`{path}` is in a lambda, and other runs package it");
                    let hint = "let the report go to a folder that is no lambda";
                    context.reporter.warn(&Warning::new("report-in-lambda", message).hint(hint));
                }
                None => {}
            }
        }
        Ok(Self(files))
    }

    /// What of it lies in a directory, relative to that; the zip of the lambda that has it is `own`, or
    /// was `beside` its files.
    pub(super) fn inside(
        &self,
        directory: &Utf8Path,
        own: &str,
        beside: &str,
    ) -> BTreeMap<Utf8PathBuf, &'static str> {
        let folder = inside(directory);
        let behind = self.0.range(folder.clone()..);
        let inside = behind.take_while(|(path, _)| path.starts_with(&folder));
        let inside = inside.filter(|(path, _)| !path.starts_with("../")).map(|(path, what)| {
            let is_own = path == own || path == beside;
            (path[folder.len()..].into(), if is_own { "its own zip" } else { *what })
        });
        inside.collect()
    }
}

fn taken(path: &str, what: &str) -> Failure {
    Failure::usage(code::REPORT_PATH, format!("a report can't go to `{path}`: it is {what}"))
        .hint("name another file")
}

/// How the paths in a directory begin, relative to the root.
fn inside(directory: &Utf8Path) -> String {
    match slashes(directory) {
        root if root.is_empty() => root,
        directory => directory + "/",
    }
}

/// The zip of a run without `zip` and `out-dir`: it may be there from before.
pub(super) fn beside(lambda: &Lambda) -> String {
    slashes(&lambda.zip())
}
