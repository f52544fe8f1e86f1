//! The pipeline: lambdas become packages.
//!
//! The only room that decides what runs side by side. A run has five steps, each for all lambdas
//! on all threads, so that no thread ever waits for another's lambda:
//!
//! 1. [`prepare`]: read each lambda's own files and requirements;
//! 2. [`wheels`]: resolve each distinct set of requirements once, and open its wheels;
//! 3. lay out what goes into each package, and check it against Lambda's limits and machines;
//! 4. write each archive beside its target, while the store's wheels are hashed;
//! 5. sync all, then rename each.
//!
//! A lambda that fails drops out with a [`Failure`], and so does one whose work panics (see
//! [`hold()`]); the others go on. Results come back in the
//! order of the jobs, whatever the threads did.

mod build;
mod elsewhere;
mod excluded;
mod found_imports;
mod ignored;
mod imports;
mod layers;
mod leftovers;
mod lock;
mod lost;
mod natives;
mod patterns;
mod prepare;
mod repair;
mod request;
mod runtime;
mod target;
mod unread;
mod wheels;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use camino::Utf8PathBuf;
use rayon::prelude::*;

use crate::checks;
use crate::contents::{self, Contents, Folders};
use crate::environment::Environment;
use crate::event::{Of, Reporter};
use crate::foreign;
use crate::lambda::{
    Architecture, ImportPolicy, Kind as LambdaKind, Lambda, LambdaName, PythonVersion, Settled,
    Target,
};
use crate::report::{Failure, LargestFile, ListedWheel, OwnFiles, Place, Stage, Warning, hold};
use crate::requirements::{Choice, Requirements};
use crate::resolve::{Backend, Builds, Context, Request, SourceDistributions};
use crate::source::{Selection, SourceTree};
use crate::store::{self, Store};
use crate::tree::Tree;
use crate::words;

pub(crate) use build::{Effect, Hashed};
pub(crate) use ignored::Inputs;
pub(crate) use layers::Layer;
pub(crate) use lock::Upgrade;
pub(crate) use patterns::{Idle, Why};
pub(crate) use target::{Doubt, Doubts};
// What commands need of other stages.
pub(crate) use crate::checks::{Host, ImportFindings, Outside, SearchPath};
pub(crate) use crate::resolve::{Cache, Source};
pub(crate) use crate::source::Elsewhere;
use wheels::WheelSet;

/// What all lambdas of a run share.
pub(crate) struct Pipeline<'a> {
    tree: &'a Tree,
    environment: &'a Environment,
    /// Opens the store; called once something is looked for in it.
    open_store: &'a (dyn Fn() -> Result<Store, store::Error> + Sync),
    /// Held while the store is opened, so that the threads of a run open it once.
    opening: Mutex<()>,
    /// The store, once it is open: until the run is over, `cache clean` waits.
    opened: OnceLock<Store>,
    resolving: Resolving,
    /// The wheels that were built in this run.
    builds: Builds,
    /// The locks of other tools that were read in this run.
    locks: foreign::Locks,
    /// What files above lambdas ask for, which are not read.
    above: unread::Above,
    /// The project's modules, once one is looked for.
    modules: OnceLock<Vec<Utf8PathBuf>>,
    reporter: &'a dyn Reporter,
}

/// How requirements are resolved.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Resolving {
    pub(crate) source: Source,
    pub(crate) locking: Locking,
    /// Whether what earlier runs kept may be used.
    pub(crate) cache: Cache,
}

/// Whether every lambda with requirements must have a lock, and a target that somebody said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Locking {
    /// Requirements without a lock are resolved, and a target that nobody said is a warning.
    Optional,
    /// A lambda without a lock, with a stale one, or with a target that nobody said, fails.
    Required,
    /// Locks are written in this run: one that can't be read is replaced. None is written for a
    /// target that nobody said.
    Made,
    /// Locks are looked at: none is fresh for a target that nobody said.
    Checked,
}

#[derive(Debug, Clone)]
pub(crate) struct Job {
    pub(crate) lambda: Lambda,
    /// The layers on which the config puts it, in its order; but for those that are skipped.
    pub(crate) layers: Vec<Arc<Job>>,
    /// The other layers of this project that Terraform gives its functions.
    pub(crate) given_layers: Vec<Arc<Job>>,
    /// The other targets that Terraform declares a layer to be for, each with the place.
    pub(crate) compatible: Vec<(Target, Option<Place>)>,
    /// Whether it is not packaged, and only looked into for the functions that stand on it.
    pub(crate) is_beside: bool,
    /// The folder of the package in which its own files lie; empty for the top.
    pub(crate) prefix: String,
    /// What its package has from elsewhere in the project.
    pub(crate) elsewhere: Vec<Elsewhere>,
    /// Which of its files are kept.
    pub(crate) selection: Selection,
    /// Where its requirements are, and which of a project's.
    pub(crate) requirements: Choice,
    /// The version of Python, where one is set.
    pub(crate) python: Option<Settled<PythonVersion>>,
    pub(crate) architecture: Settled<Architecture>,
    /// What Lambda calls the function, with `*` for what differs by environment.
    pub(crate) function_name: Option<Settled<String>>,
    /// What Lambda calls in it: `module.function`.
    pub(crate) handler: Option<Settled<String>>,
    /// What its function runs on, where that is no Python: then its files are packaged as they are.
    pub(crate) other_runtime: Option<Settled<String>>,
    /// Which of its modules Lambda imports, and what becomes of imports that find nothing.
    pub(crate) imports: Imports,
    /// Whether it is run here: then its target matters whatever is in its package.
    pub(crate) is_run: bool,
    /// What Terraform leaves open of its target; that matters where its package depends on it.
    pub(crate) doubts: Doubts,
    /// Who resolves its requirements.
    pub(crate) backend: Backend,
    /// What becomes of requirements that have no wheel.
    pub(crate) policy: SourceDistributions,
    /// The versions of local projects whose own are in git, by normalised name.
    pub(crate) versions: Arc<BTreeMap<String, String>>,
    /// The files in its directory that this tool writes, relative to it, each with what it is.
    pub(crate) written: BTreeMap<Utf8PathBuf, &'static str>,
    /// Where the zip goes, absolute.
    pub(crate) output: Utf8PathBuf,
    /// The same as it is shown: relative to the root, with forward slashes.
    pub(crate) shown_output: String,
}

impl Job {
    /// What it is packaged for, once its version of Python is settled.
    fn target(&self) -> Option<Target> {
        let python = self.python.as_ref()?.value;
        Some(Target { python, architecture: self.architecture.value })
    }

    /// Each `module.function` that is called in it, by the config or Terraform, with the line of
    /// Terraform's that says so.
    fn handlers(&self) -> BTreeMap<String, Option<Place>> {
        let mut handlers = self.imports.handlers.clone();
        if let Some(handler) = &self.handler {
            handlers.entry(handler.value.clone()).or_default();
        }
        handlers
    }
}

/// What the check of a lambda's imports hangs on.
#[derive(Debug, Clone, Default)]
pub(crate) struct Imports {
    pub(crate) policy: ImportPolicy,
    /// Modules that need not be found.
    pub(crate) allowed: Vec<String>,
    /// Each `module.function` that Terraform's functions call in it, with the line that says so.
    pub(crate) handlers: BTreeMap<String, Option<Place>>,
    pub(crate) outside: Outside,
    /// Where its functions look for modules, too.
    pub(crate) search: SearchPath,
}

/// A lambda whose package is laid out.
#[derive(Debug)]
pub(crate) struct Assembled {
    /// What becomes a package; its Python version is settled if it has requirements.
    pub(crate) job: Job,
    /// The same before its target was settled: to package it again.
    original: Job,
    /// The lambda's own files, with those that are left out.
    pub(crate) sources: SourceTree,
    /// Those of them that git ignores, relative to the root.
    pub(crate) ignored: BTreeSet<Utf8PathBuf>,
    pub(crate) contents: Contents,
    /// Whether another target could give another package: it has requirements, or something native.
    pub(crate) depends_on_target: bool,
    /// Its requirements, if it has any.
    asked: Option<Arc<Requirements>>,
    /// The wheels, where it has requirements.
    pub(crate) wheels: Option<Arc<WheelSet>>,
    /// The layers on which it stands, in Lambda's order; without those that nobody knows.
    pub(crate) layers: Vec<Arc<Layer>>,
    /// What may be its requirements, and is not read.
    unread: unread::Unread,
    pub(crate) warnings: Vec<Warning>,
}

impl Assembled {
    /// The wheels by name and version, with the place that asks for each: a line, else the file.
    pub(crate) fn sourced(&self) -> Vec<ListedWheel> {
        let (Some(asked), Some(wheels)) = (&self.asked, &self.wheels) else { return Vec::new() };
        let listed = wheels.packaged().into_iter().map(|wheel| ListedWheel {
            value: format!("{} {}", wheel.name, wheel.version),
            from: asked.place_for(&wheel.name).to_string(),
            size: wheel.size,
            unpacked_size: wheel.unpacked_size,
        });
        listed.collect()
    }

    /// The lambda's own files, with those from elsewhere in the project.
    pub(crate) fn own_files(&self) -> OwnFiles {
        let mut own = OwnFiles::default();
        for (path, entry) in
            self.contents.entries().filter(|(_, entry)| entry.data.place().is_some())
        {
            let unpacked_size = entry.data.size();
            own.files += 1;
            own.unpacked_size += unpacked_size;
            if own.largest.as_ref().is_none_or(|largest| largest.unpacked_size < unpacked_size) {
                own.largest = Some(LargestFile { path: path.to_string(), unpacked_size });
            }
        }
        own
    }
}

/// Laid out packages, and the failures of the others; each in the order of the jobs.
pub(crate) type Survey = (Vec<Assembled>, Vec<Failure>);

impl<'a> Pipeline<'a> {
    /// The store is opened once something is looked for in it.
    pub(crate) fn new(
        tree: &'a Tree,
        environment: &'a Environment,
        resolving: Resolving,
        open_store: &'a (dyn Fn() -> Result<Store, store::Error> + Sync),
        reporter: &'a dyn Reporter,
    ) -> Self {
        Self {
            tree,
            environment,
            open_store,
            opening: Mutex::default(),
            opened: OnceLock::new(),
            resolving,
            builds: Builds::default(),
            locks: foreign::Locks::default(),
            above: unread::Above::default(),
            modules: OnceLock::new(),
            reporter,
        }
    }
}

impl Pipeline<'_> {
    /// The store, opened at the first call.
    fn store(&self) -> Result<&Store, Failure> {
        let _one_at_a_time = self.opening.lock().unwrap_or_else(PoisonError::into_inner);
        match self.opened.get() {
            Some(store) => Ok(store),
            None => {
                let store = (self.open_store)()?;
                Ok(self.opened.get_or_init(|| store))
            }
        }
    }

    /// Works at a stage of a lambda.
    fn during<T>(&self, stage: Stage, lambda: &LambdaName, work: impl FnOnce() -> T) -> T {
        self.reporter.during(stage, Of::Lambda(lambda.as_str()), work)
    }

    /// Takes the third step for one lambda.
    fn assemble(&self, ready: Ready) -> Result<Assembled, Box<Unassembled>> {
        let name = ready.name().clone();
        self.during(Stage::LayOut, &name, || assemble(ready))
    }

    /// The context for a request.
    fn resolving<'b>(&'b self, request: &'b Request, store: &'b Store) -> Context<'b> {
        let Self { tree, environment, ref builds, reporter, .. } = *self;
        let Resolving { source, cache, .. } = self.resolving;
        Context { request, tree, store, environment, cache, builds, source, reporter }
    }

    /// Settles the target of each lambda as it would be packaged; nothing is resolved. None where
    /// the package is the same for all.
    pub(crate) fn targets(&self, jobs: Vec<Job>) -> Vec<Result<Option<Job>, Box<Failure>>> {
        let settled = |it: prepare::Prepared| it.depends_on_target().then_some(it.job);
        prepare::prepare(self, jobs).into_iter().map(|result| result.map(settled)).collect()
    }

    /// Takes the first three steps, and reports warnings.
    pub(crate) fn survey(&self, jobs: Vec<Job>) -> Result<Survey, Failure> {
        let mut failures = Vec::new();
        let (prepared, beside) = self.prepared(jobs, &mut failures);
        // Whatever becomes of a lambda, these may say why.
        let targets = prepared.iter().map(|it| (&it.job, &it.warnings[..]));
        target::warn_of_targets(targets, self.reporter);
        let ready = self.ready(prepared, &beside, &mut failures)?;
        if let Some(warning) = wheels::unpinned(&ready) {
            self.reporter.warn(&warning);
        }
        if let Some(warning) = wheels::unversioned(&ready) {
            self.reporter.warn(&warning);
        }
        let results: Vec<_> = ready.into_par_iter().map(|it| self.assemble(it)).collect();
        // A wheel that is damaged in the store may be the only reason why a package can't be laid
        // out.
        let unlaid = || results.iter().filter_map(|result| result.as_ref().err());
        let damaged = repair::damaged(unlaid().filter_map(|it| it.wheels.as_ref()));
        let is_damaged =
            |it: &Unassembled| repair::damage_of(it.wheels.as_ref(), &damaged).is_some();
        let jobs = unlaid().filter(|it| is_damaged(it)).map(|it| it.job.clone()).collect();
        let mut again = self.again(jobs, &damaged, &mut failures)?;
        let mut assembled = Vec::new();
        for result in results {
            match result {
                Ok(it) => assembled.push(it),
                Err(it) if is_damaged(&it) => assembled.extend(again.remove(&it.job.lambda.name)),
                Err(it) => failures.push(*it.failure),
            }
        }
        let mark = || ignored::mark(self.tree, self.environment, &mut assembled);
        let ignored = self.reporter.during(Stage::Ignored, Of::Run, mark);
        ignored.iter().for_each(|warning| self.reporter.warn(warning));
        let others = assembled.iter().map(|it| (&it.job, &it.warnings[..]));
        target::warn_of_others(others, self.reporter);
        Ok((assembled, failures))
    }

    /// Takes the first step, also for the layers on which jobs stand and that are not among them, whose
    /// names are returned.
    fn prepared(
        &self,
        mut jobs: Vec<Job>,
        failures: &mut Vec<Failure>,
    ) -> (Vec<prepare::Prepared>, BTreeSet<LambdaName>) {
        let (beside, more): (BTreeSet<_>, Vec<_>) = layers::beside(&jobs).into_iter().unzip();
        jobs.extend(more);
        (sort_out(prepare::prepare(self, jobs), failures), beside)
    }

    /// Takes the second step, and leaves out what an installer left behind, what the config does, and
    /// what layers carry.
    fn ready(
        &self,
        prepared: Vec<prepare::Prepared>,
        beside: &BTreeSet<LambdaName>,
        failures: &mut Vec<Failure>,
    ) -> Result<Vec<Ready>, Failure> {
        let mut ready = sort_out(wheels::attach(self, prepared)?, failures);
        let told: Vec<_> = ready
            .par_iter_mut()
            .map(|it| {
                // An installation in its folder is of what is required, packaged or not.
                let name = it.name().clone();
                self.during(Stage::LayOut, &name, || {
                    let told = hold(|| leftovers::leave_out(self.tree, it, self.reporter));
                    wheels::leave_out(it);
                    told
                })
            })
            .collect();
        let with_lambda = |(it, told): (Ready, Result<(), Failure>)| {
            told.map_err(|failure| failed(failure, &it.prepared.job.lambda)).map(|()| it)
        };
        let ready = ready.into_iter().zip(told).map(with_lambda).collect();
        let ready = sort_out(ready, failures);
        Ok(layers::stand(ready, beside, failures, self.reporter))
    }
}

/// The failure of a lambda.
fn failed(failure: impl Into<Failure>, lambda: &Lambda) -> Box<Failure> {
    Box::new(failure.into().of_lambda(lambda.name.as_str(), lambda.path().as_str()))
}

/// Keeps what succeeded and collects what failed.
fn sort_out<T>(results: Vec<Result<T, Box<Failure>>>, failures: &mut Vec<Failure>) -> Vec<T> {
    let mut succeeded = Vec::with_capacity(results.len());
    for result in results {
        match result {
            Ok(value) => succeeded.push(value),
            Err(failure) => failures.push(*failure),
        }
    }
    succeeded
}

/// A lambda that can be laid out.
#[derive(Debug)]
struct Ready {
    prepared: prepare::Prepared,
    /// Its wheels, if it has requirements.
    wheels: Option<Arc<WheelSet>>,
    /// The layers on which it stands, as far as they are known.
    layers: Vec<Arc<Layer>>,
}

impl Ready {
    /// The same without layers.
    fn new(prepared: prepare::Prepared, wheels: Option<Arc<WheelSet>>) -> Self {
        Self { prepared, wheels, layers: Vec::new() }
    }

    fn name(&self) -> &LambdaName {
        &self.prepared.job.lambda.name
    }
}

/// What could not be laid out, and why.
struct Unassembled {
    job: Job,
    wheels: Option<Arc<WheelSet>>,
    failure: Box<Failure>,
}

fn assemble(ready: Ready) -> Result<Assembled, Box<Unassembled>> {
    let laid_out = hold(|| contents_of(&ready));
    let Ready { prepared, wheels, layers } = ready;
    // The requirements have been taken out of `prepared`, and given wheels.
    let depends_on_target = wheels.is_some() || prepared.depends_on_target();
    let prepare::Prepared { job, original, sources, asked, unread, mut warnings, .. } = prepared;
    match laid_out {
        Ok((contents, found)) => {
            warnings.extend(found);
            let ignored = BTreeSet::new();
            Ok(Assembled {
                job,
                original,
                sources,
                ignored,
                contents,
                depends_on_target,
                asked,
                wheels,
                layers,
                unread,
                warnings,
            })
        }
        Err(failure) => {
            let failure = failed(failure, &job.lambda);
            Err(Box::new(Unassembled { job: original, wheels, failure }))
        }
    }
}

/// Lays out what goes into a package, and checks it.
fn contents_of(ready: &Ready) -> Result<(Contents, Vec<Warning>), Failure> {
    let prepare::Prepared { job, sources, natives, .. } = &ready.prepared;
    let layouts = ready.wheels.as_ref().map(|set| set.layouts()).unwrap_or_default();
    let (contents, mut warnings) = contents::lay_out(sources, &layouts, &folders(job, sources))?;
    if contents.is_empty() {
        return Err(empty(sources));
    }
    if let Some(target) = job.target() {
        let mut found = natives.clone();
        found.extend(natives::of_wheels(&contents));
        warnings.extend(checks::check_natives(&found, target)?);
        warnings.extend(layers::check_declared(ready, &found));
    }
    for layer in &ready.layers {
        warnings.extend(layer.check(job)?);
    }
    Ok((contents, warnings))
}

/// Where files go in a package. Lambda unpacks layers below `/opt`, and `/opt/python` is on Python's
/// search path ("Packaging your layer content" in the developer guide). A layer with such a folder of
/// its own is laid out by hand already.
fn folders(job: &Job, sources: &SourceTree) -> Folders {
    let python = if job.lambda.kind == LambdaKind::Layer { "python/" } else { "" };
    let is_laid_out =
        !python.is_empty() && sources.files.iter().any(|it| it.path.as_str().starts_with(python));
    let prefix = if job.prefix.is_empty() { String::new() } else { format!("{}/", job.prefix) };
    let own = if is_laid_out { String::new() } else { format!("{python}{prefix}") };
    Folders { wheels: python.to_owned(), own }
}

fn empty(sources: &SourceTree) -> Failure {
    let hint = match sources.left_out.as_slice() {
        [] => "add the handler's module, or begin the directory's name with `_`".to_owned(),
        // When git switches to a branch without the lambda, it removes the files that it tracks,
        // and the folder stays with those that it ignores.
        [first, others @ ..] => format!(
            "add the handler's module; or remove the directory, if another branch left it behind: \
             it has `{}`{}, left out of packages",
            first.path,
            words::and_more(others.len())
        ),
    };
    Failure::lambda("empty-lambda", "there is nothing to package").hint(hint)
}

#[cfg(test)]
mod tests;
