//! Step one: each lambda's own files, requirements and target.

use camino::{Utf8Path, Utf8PathBuf};
use rayon::prelude::*;

use super::target::{self, Hangs};
use super::{Job, Locking, Pipeline, failed, natives, undeclared};
use crate::checks::Found;
use crate::digest::Sha256Digest;
use crate::event::Event;
use crate::pylock::{self, Pylock};
use crate::report::{Failure, Warning};
use crate::requirements::{self, Requirements};
use crate::resolve;
use crate::source::{self, SourceTree};

/// The file that says what a lambda requires.
pub(super) const REQUIREMENTS: &str = "requirements.txt";
/// The lock beside it.
pub(super) const LOCK: &str = "pylock.toml";

#[derive(Debug)]
pub(super) struct Prepared {
    pub(super) job: Job,
    /// The same before its target was settled.
    pub(super) original: Job,
    pub(super) sources: SourceTree,
    /// The native libraries among them.
    pub(super) natives: Vec<Found>,
    /// Its requirements, if it has any.
    pub(super) requirements: Option<Requirements>,
    pub(super) lock: Option<FoundLock>,
    pub(super) warnings: Vec<Warning>,
}

impl Prepared {
    /// By what its package hangs on its target.
    fn hangs(&self) -> Hangs {
        match (&self.requirements, &self.natives[..]) {
            (Some(_), _) => Hangs::ByRequirements,
            (None, [_, ..]) => Hangs::ByNatives,
            (None, []) => Hangs::Not,
        }
    }

    /// Whether its package may be another one for another target: it has requirements, or something
    /// native.
    pub(super) fn depends_on_target(&self) -> bool {
        self.hangs() != Hangs::Not
    }
}

/// A lock that lies beside requirements.
#[derive(Debug)]
pub(super) struct FoundLock {
    /// Its path, relative to the root.
    pub(super) path: Utf8PathBuf,
    pub(super) lock: Pylock,
    pub(super) digest: Sha256Digest,
}

/// Reads every lambda; results are in the order of the jobs.
pub(super) fn prepare(
    pipeline: &Pipeline<'_>,
    jobs: Vec<Job>,
) -> Vec<Result<Prepared, Box<Failure>>> {
    let read = |job: Job| {
        let lambda = job.lambda.clone();
        read(pipeline, job).map_err(|failure| failed(failure, &lambda))
    };
    let read: Vec<Result<Prepared, Box<Failure>>> = jobs.into_par_iter().map(read).collect();
    let locking = pipeline.resolving.locking;
    // One lambda or a hundred: the interpreter is asked once, and only if one may have its version.
    let needs_host = |it: &Prepared| target::needs_host(&it.job, it.hangs());
    let is_needed = locking == Locking::Optional && read.iter().flatten().any(needs_host);
    let host = is_needed.then(|| resolve::host_python(pipeline.environment));
    let settle = |prepared| settle(prepared, locking, host.as_ref());
    read.into_iter().map(|result| result.and_then(settle)).collect()
}

/// Settles the target of a lambda.
fn settle(
    mut prepared: Prepared,
    locking: Locking,
    host: Option<&target::Host>,
) -> Result<Prepared, Box<Failure>> {
    let hangs = prepared.hangs();
    let made = prepared.lock.as_ref().and_then(|found| found.lock.made);
    match target::settle(&mut prepared.job, hangs, made.as_ref(), locking, host) {
        Ok(warnings) => {
            prepared.warnings.extend(warnings);
            Ok(prepared)
        }
        Err(failure) => {
            let lambda = &prepared.job.lambda;
            let lines = prepared.requirements.as_ref().filter(|lines| {
                locking == Locking::Required && prepared.lock.is_none() && !lines.is_hashed()
            });
            // Without a lock both are missing, and the target comes first: no lock is made without.
            let failure = match lines.filter(|_| failure.code == target::HOST_TARGET) {
                Some(lines) => {
                    let failure = failure.clone();
                    let hint = failure.hint.unwrap_or_default();
                    no_lock(lines, lambda.name.as_str())
                        .cause(failure.message)
                        .said(failure.causes)
                        .hint(format!("{hint}; then run `cargo dofs-package lock {}`", lambda.name))
                }
                None => failure,
            };
            Err(failed(failure, lambda))
        }
    }
}

fn read(pipeline: &Pipeline<'_>, job: Job) -> Result<Prepared, Failure> {
    let output_name = format!("{}.zip", job.lambda.name);
    let directory = &job.lambda.directory;
    let sources = source::read(pipeline.tree, directory, &job.selection, &output_name)?;
    let natives = natives::of_sources(pipeline.tree, &sources)?;
    let lock = read_lock(pipeline, directory, &sources)?;
    let requirements = requirements(pipeline, directory, &sources, lock.as_ref())?;
    for note in requirements.iter().flat_map(|requirements| &requirements.notes) {
        pipeline.reporter.report(&Event::Noted(note));
    }
    let mut warnings = sources.warnings.clone();
    if requirements.is_none() {
        warnings.extend(undeclared::warning(pipeline.tree, directory, &sources)?);
    }
    let lock = lock.filter(|_| requirements.is_some());
    let original = job.clone();
    let mut prepared = Prepared { job, original, sources, natives, requirements, lock, warnings };
    if let Some(FoundLock { path, lock: Pylock { made: Some(made), .. }, .. }) = &prepared.lock {
        target::take_locked(&mut prepared.job, path, made);
    }
    Ok(prepared)
}

/// Reads the lock of a lambda, if it has one.
fn read_lock(
    pipeline: &Pipeline<'_>,
    directory: &Utf8Path,
    sources: &SourceTree,
) -> Result<Option<FoundLock>, Failure> {
    if !sources.has(LOCK) {
        return Ok(None);
    }
    let path = directory.join(LOCK);
    let bytes = pipeline.tree.read_found(&path)?;
    let digest = Sha256Digest::of(&bytes);
    match pylock::read(&String::from_utf8_lossy(&bytes), path.as_str()) {
        Ok(lock) => Ok(Some(FoundLock { path, lock, digest })),
        // `lock` is about to replace it, from the requirements.
        Err(_) if pipeline.resolving.locking == Locking::Made && sources.has(REQUIREMENTS) => {
            Ok(None)
        }
        Err(failure) => Err(failure),
    }
}

/// Reads the requirements of a lambda: its requirements.txt; else what the lock of another tool
/// exports; else nothing but a lock that stands alone.
fn requirements(
    pipeline: &Pipeline<'_>,
    directory: &Utf8Path,
    sources: &SourceTree,
    lock: Option<&FoundLock>,
) -> Result<Option<Requirements>, Failure> {
    let (tree, environment) = (pipeline.tree, pipeline.environment);
    if sources.has(REQUIREMENTS) {
        let path = directory.join(REQUIREMENTS);
        return requirements::read(tree, &path, &tree.read_found(&path)?, environment);
    }
    if let Some(foreign) = resolve::foreign_lock(directory, &|name| sources.has(name)) {
        let (store, source) = (pipeline.store()?, pipeline.resolving.source);
        let text = resolve::export(&foreign, tree, store, environment, source, pipeline.reporter)?;
        return requirements::read(tree, &foreign.path, &text, environment);
    }
    let alone = |lock: &FoundLock| {
        let path = lock.path.clone();
        Requirements { path, ..Requirements::default() }
    };
    Ok(lock.map(alone))
}

/// What `--locked` says of requirements without a lock.
pub(super) fn no_lock(requirements: &Requirements, lambda: &str) -> Failure {
    let path = &requirements.path;
    Failure::network("lock-missing", format!("`{path}` has no lock, and `--locked` demands one"))
        .at(path, None)
        .hint(format!("run `cargo dofs-package lock {lambda}`, and commit the lock"))
}
