//! Step one: each lambda's own files, requirements and target.

use std::sync::Arc;

use camino::{Utf8Path, Utf8PathBuf};
use rayon::prelude::*;

use super::target::{self, Hangs};
use super::{Job, Locking, Pipeline, failed, natives, unread};
use crate::checks::Found;
use crate::digest::Sha256Digest;
use crate::event::Event;
use crate::foreign;
use crate::lambda::Target;
use crate::pylock::{self, Pylock};
use crate::report::{Failure, Warning};
use crate::requirements::{self, Declared, Requirements, Tool};
use crate::resolve;
use crate::source::{self, SourceTree};

/// The lock of a lambda.
pub(super) const LOCK: &str = "pylock.toml";

#[derive(Debug)]
pub(super) struct Prepared {
    pub(super) job: Job,
    /// The same before its target was settled.
    pub(super) original: Job,
    pub(super) sources: SourceTree,
    /// The native libraries among them.
    pub(super) natives: Vec<Found>,
    /// What says what it requires.
    pub(super) declared: Declared,
    /// Its requirements, if it has any.
    pub(super) requirements: Option<Requirements>,
    /// The same once they have wheels.
    pub(super) asked: Option<Arc<Requirements>>,
    pub(super) lock: Option<FoundLock>,
    pub(super) warnings: Vec<Warning>,
}

impl Prepared {
    /// By what its package hangs on its target.
    fn hangs(&self) -> Hangs {
        let is_other = matches!(self.declared, Declared::Other { .. });
        match (&self.requirements, &self.natives[..]) {
            (Some(_), _) => Hangs::ByRequirements,
            (None, _) if is_other => Hangs::ByRequirements,
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
#[derive(Debug, Clone)]
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
    let settled: Vec<_> = read.into_iter().map(|result| result.and_then(settle)).collect();
    let read = |result: Result<Prepared, _>| result.and_then(|it| read_other(pipeline, it));
    settled.into_par_iter().map(read).collect()
}

/// Settles the target of a lambda.
fn settle(
    mut prepared: Prepared,
    locking: Locking,
    host: Option<&target::Host>,
) -> Result<Prepared, Box<Failure>> {
    let hangs = prepared.hangs();
    let is_other = matches!(prepared.declared, Declared::Other { .. });
    let own = prepared.lock.as_ref().filter(|_| !is_other);
    let made = own.and_then(|found| found.lock.made.clone());
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
    let has = |name: &str| sources.has(name);
    let declared = requirements::find(pipeline.tree, directory, &has, &job.requirements)?;
    let lock = read_lock(pipeline, &declared, directory, &sources)?;
    let requirements = requirements(pipeline, &job, &declared, lock.as_ref())?;
    for note in requirements.iter().flat_map(|requirements| &requirements.notes) {
        pipeline.reporter.report(&Event::Noted(note));
    }
    let mut warnings = sources.warnings.clone();
    if declared == Declared::Absent {
        warnings.extend(unread::warning(pipeline, &job.lambda, &sources)?);
    }
    let is_other = matches!(declared, Declared::Other { .. });
    let lock = lock.filter(|_| requirements.is_some() || is_other);
    let original = job.clone();
    let mut prepared = Prepared {
        job,
        original,
        sources,
        natives,
        declared,
        requirements,
        asked: None,
        lock,
        warnings,
    };
    // One beside the lock of another tool is not used.
    let own = prepared.lock.as_ref().filter(|_| !is_other);
    if let Some(FoundLock { path, lock: Pylock { made: Some(made), .. }, .. }) = own {
        target::take_locked(&mut prepared.job, path, made);
    }
    Ok(prepared)
}

/// Reads the lock of a lambda, if it has one: beside its requirements, or in their place.
fn read_lock(
    pipeline: &Pipeline<'_>,
    declared: &Declared,
    directory: &Utf8Path,
    sources: &SourceTree,
) -> Result<Option<FoundLock>, Failure> {
    let path = match declared {
        Declared::Absent | Declared::Unwanted => return Ok(None),
        Declared::Lock(path) => path.clone(),
        Declared::Lines(_) | Declared::Project(_) | Declared::Other { .. } => {
            if !sources.has(LOCK) {
                return Ok(None);
            }
            directory.join(LOCK)
        }
    };
    let bytes = pipeline.tree.read_found(&path)?;
    let digest = Sha256Digest::of(&bytes);
    match pylock::read(&String::from_utf8_lossy(&bytes), path.as_str()) {
        Ok(lock) => Ok(Some(FoundLock { path, lock, digest })),
        // The other one is read in its place.
        Err(_) if matches!(declared, Declared::Other { .. }) => Ok(None),
        // `lock` is about to replace it, from the requirements.
        Err(_)
            if pipeline.resolving.locking == Locking::Made
                && !matches!(declared, Declared::Lock(_)) =>
        {
            Ok(None)
        }
        Err(failure) => Err(failure),
    }
}

/// Reads the requirements of a lambda, where they are.
fn requirements(
    pipeline: &Pipeline<'_>,
    job: &Job,
    declared: &Declared,
    lock: Option<&FoundLock>,
) -> Result<Option<Requirements>, Failure> {
    let (tree, environment) = (pipeline.tree, pipeline.environment);
    match declared {
        Declared::Absent | Declared::Unwanted => Ok(None),
        Declared::Lines(path) => {
            requirements::read(tree, path, &tree.read_found(path)?, environment)
        }
        Declared::Project(path) => {
            let project = requirements::read_project(&tree.read_found(path)?, path)?;
            let lines = project.lines(&job.requirements)?;
            let read = requirements::read_lines(tree, path, lines, environment)?;
            Ok((!read.requirements.is_empty()).then_some(read))
        }
        // It is read once the target is known.
        Declared::Other { .. } => Ok(None),
        Declared::Lock(_) => {
            let alone = |lock: &FoundLock| {
                let path = lock.path.clone();
                Requirements { path, ..Requirements::default() }
            };
            Ok(lock.map(alone))
        }
    }
}

/// Reads the lock of another tool, now that the target is known.
fn read_other(pipeline: &Pipeline<'_>, mut prepared: Prepared) -> Result<Prepared, Box<Failure>> {
    let Declared::Other { tool, lock: path, folder } = prepared.declared.clone() else {
        return Ok(prepared);
    };
    let lambda = prepared.job.lambda.clone();
    let Pipeline { tree, environment, .. } = *pipeline;
    let job = &prepared.job;
    let python = job.python.as_ref().expect("it was settled").value;
    let target = Target { python, architecture: job.architecture.value };
    let choice = &job.requirements;
    let asked = foreign::Asked { tree, tool, path: &path, folder: &folder, choice, target };
    let answer = foreign::read(asked).map_err(|error| match error {
        foreign::Error::Failed(failure) => failure,
        foreign::Error::Stale(why) => other_stale(&path, tool, why, pipeline.resolving.locking),
    });
    let answer = answer.map_err(|failure| failed(failure, &lambda))?;
    let read = |lines| requirements::read_lines(tree, &path, lines, environment);
    let beside = prepared.lock.take();
    match answer {
        foreign::Answer::Packages { lock, options } => {
            if !lock.packages.is_empty() {
                // What it is made of, and not its text: a workspace has one for all its members.
                let digest = Sha256Digest::of(format!("{lock:?}").as_bytes());
                let lines = read(options).map_err(|failure| failed(failure, &lambda))?;
                prepared.requirements = Some(lines);
                prepared.lock = Some(FoundLock { path: path.clone(), lock, digest });
            }
        }
        foreign::Answer::Lines(lines) => {
            let lines = read(lines).map_err(|failure| failed(failure, &lambda))?;
            if !lines.requirements.is_empty() {
                prepared.lock = beside.filter(|_| !lines.is_locked());
                prepared.requirements = Some(lines);
            }
        }
    }
    let unused = lambda.directory.join(LOCK);
    let is_used = prepared.lock.as_ref().is_some_and(|lock| lock.path == unused);
    if prepared.sources.has(LOCK) && !is_used {
        let message = format!("`{unused}` is not used: `{path}` says what is packaged");
        let hint = format!("remove it, or set `requirements` in `[lambda.{}]` to it", lambda.name);
        let warning = Warning::new("lock-unheeded", message).at(&unused, None).hint(hint);
        prepared.warnings.push(warning);
    }
    Ok(prepared)
}

/// The failure of a lock of another tool that does not know what its project asks for.
fn other_stale(path: &Utf8Path, tool: Tool, why: String, locking: Locking) -> Failure {
    let command = tool.command();
    let failure = match locking {
        Locking::Required => {
            Failure::network("lock-stale", "the lock is stale, and `--locked` demands a fresh one")
        }
        Locking::Optional | Locking::Made | Locking::Checked => {
            Failure::lambda("lock-stale", format!("`{path}` is stale"))
        }
    };
    failure.said([why]).at(path, None).hint(format!("run `{command}`, and commit the lock"))
}

/// What `--locked` says of requirements without a lock.
pub(super) fn no_lock(requirements: &Requirements, lambda: &str) -> Failure {
    let path = &requirements.path;
    Failure::network("lock-missing", format!("`{path}` has no lock, and `--locked` demands one"))
        .at(path, None)
        .hint(format!("run `cargo dofs-package lock {lambda}`, and commit the lock"))
}
