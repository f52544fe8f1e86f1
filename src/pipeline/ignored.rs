//! Files that git ignores: a package of the worktree has them and one of a revision has not, though
//! git sees no change. They are packaged, for what is generated must be, and they are counted.

use std::collections::{BTreeMap, BTreeSet};

use camino::{Utf8Path, Utf8PathBuf};

use super::{Assembled, Job};
use crate::environment::Environment;
use crate::lambda::Lambda;
use crate::report::{Failure, Warning};
use crate::requirements::INPUTS;
use crate::source::{self, Elsewhere, Selection, SourceFile, SourceTree};
use crate::tree::Tree;
use crate::words;

/// Marks the packaged files that git ignores, and warns of them, once for all lambdas. What the
/// config includes is meant, and needs no warning.
pub(super) fn mark(
    tree: &Tree,
    environment: &Environment,
    assembled: &mut [Assembled],
) -> Option<Warning> {
    // A repository around the project that has nothing of it, as of somebody's home, is not its own.
    let checkout = tree.checkout().filter(|checkout| checkout.has(Utf8Path::new("")))?;
    let all = || assembled.iter().flat_map(|it| it.sources.all());
    let untracked = all().filter(|file| checkout.tracked(&file.place).is_none());
    let untracked: Vec<&Utf8Path> = untracked.map(|file| &*file.place).collect();
    let ignored = checkout.ignored(&untracked, environment).into_iter();
    let ignored: BTreeSet<Utf8PathBuf> = ignored.map(Utf8Path::to_owned).collect();
    let told: Vec<&SourceFile> = assembled
        .iter()
        .flat_map(|it| it.sources.all().filter(|file| !is_of_npm(file, &it.job)))
        .filter(|file| ignored.contains(&file.place) && !file.is_included)
        .collect();
    let largest = told.iter().max_by_key(|file| (file.size, std::cmp::Reverse(&file.place)));
    let warning = largest.map(|largest| {
        let named = format!("`{}` ({})", largest.place, words::bytes(largest.size));
        let message = match told.len() {
            1 => {
                format!("{named} is packaged, and git ignores it: another machine may not have it")
            }
            count => format!(
                "{} that git ignores are packaged, {} in all, the largest {named}: another machine \
                 may have others",
                words::count(count, "file"),
                words::bytes(told.iter().map(|file| file.size).sum())
            ),
        };
        let hint = "name what belongs in the package in `include`, and the rest in `exclude`";
        Warning::new("ignored-files", message).hint(hint)
    });
    for assembled in assembled {
        let places = assembled.sources.all().map(|file| &file.place);
        assembled.ignored = places.filter(|it| ignored.contains(*it)).cloned().collect();
    }
    warning
}

/// Whether npm has put a file there, for a function that needs it.
fn is_of_npm(file: &SourceFile, job: &Job) -> bool {
    job.other_runtime.is_some() && file.path.as_str().split('/').any(|it| it == "node_modules")
}

/// The files of a lambda that its package is made from, to be compared with those in another tree.
#[derive(Debug, Clone)]
pub(crate) struct Inputs {
    lambda: Lambda,
    selection: Selection,
    written: BTreeMap<Utf8PathBuf, &'static str>,
    is_other: bool,
    prefix: String,
    elsewhere: Vec<Elsewhere>,
    paths: BTreeSet<Utf8PathBuf>,
}

impl Assembled {
    pub(crate) fn inputs(&self) -> Inputs {
        Inputs {
            lambda: self.job.lambda.clone(),
            selection: self.job.selection.clone(),
            written: self.job.written.clone(),
            is_other: self.job.other_runtime.is_some(),
            prefix: self.job.prefix.clone(),
            elsewhere: self.job.elsewhere.clone(),
            paths: paths_of(&self.sources, &self.job.lambda),
        }
    }
}

impl Inputs {
    /// Returns the files, relative to the root, that are inputs in only one of two trees.
    pub(crate) fn others(&self, other: &Tree) -> Result<Vec<Utf8PathBuf>, Failure> {
        let Self { lambda, written, prefix, elsewhere, .. } = self;
        let place = source::Place {
            lambda,
            written,
            is_other: self.is_other,
            prefix,
            elsewhere,
            is_copied: false,
        };
        let there = paths_of(&source::read(other, place, &self.selection)?, lambda);
        Ok(there.symmetric_difference(&self.paths).cloned().collect())
    }
}

/// The packaged files, the requirements and the lock, and what is left out only for the wheels that are
/// packaged; relative to the root.
fn paths_of(sources: &SourceTree, lambda: &Lambda) -> BTreeSet<Utf8PathBuf> {
    let places = sources.all().map(|file| file.place.clone());
    let others = INPUTS.iter().map(|name| (*name).to_owned()).chain([lambda.lock_name()]);
    let others = others.filter(|name| sources.has(name));
    let own = sources.leftovers.left_out.iter().cloned().chain(others);
    places.chain(own.map(|path| lambda.directory.join(path))).collect()
}
