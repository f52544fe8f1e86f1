//! Step one: each lambda's own files, requirements and target.

use camino::{Utf8Path, Utf8PathBuf};
use rayon::prelude::*;

use super::{Doubts, Job, Locking, Pipeline, failed, natives, undeclared};
use crate::checks::Found;
use crate::digest::Sha256Digest;
use crate::event::Event;
use crate::lambda::{Origin, PythonVersion, Settled};
use crate::pylock::{self, Pylock};
use crate::report::{Failure, Warning};
use crate::requirements::{self, Requirements};
use crate::resolve;
use crate::source::{self, SourceTree};

/// The file that says what a lambda requires.
pub(super) const REQUIREMENTS: &str = "requirements.txt";
/// The lock beside it.
pub(super) const LOCK: &str = "pylock.toml";

/// The code of the warning that the target is that of this machine.
pub(super) const HOST_TARGET: &str = "target-from-host";

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
    /// Whether its package may be another one for another target: it has requirements, or something
    /// native.
    pub(super) fn depends_on_target(&self) -> bool {
        self.requirements.is_some() || !self.natives.is_empty()
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
    let needs_host =
        |prepared: &Prepared| prepared.depends_on_target() && prepared.job.python.is_none();
    // One lambda or a hundred: the interpreter is asked once, and only if one needs it.
    let is_needed =
        pipeline.resolving.locking != Locking::Required && read.iter().flatten().any(needs_host);
    let host = is_needed.then(|| resolve::host_python(pipeline.environment));
    let settle = |prepared: Prepared| match &host {
        _ if needs_host(&prepared) && pipeline.resolving.locking == Locking::Required => {
            // A lock has a target, so where there is none, the lock is the first thing to make.
            let lines = prepared.requirements.as_ref();
            let failure = match lines.filter(|it| prepared.lock.is_none() && !it.is_hashed()) {
                Some(lines) => no_lock(lines, prepared.job.lambda.name.as_str()),
                None => Failure::network(
                    HOST_TARGET,
                    "no Python version is set, and `--locked` demands one: that of this machine is \
                     no promise",
                )
                .hint("set `python = \"3.12\"` in dofs-package.toml"),
            };
            Err(failed(failure, &prepared.job.lambda))
        }
        Some(answer) if needs_host(&prepared) => take_host(prepared, answer.as_ref()),
        _ => Ok(prepared),
    };
    read.into_iter().map(|result| result.and_then(settle)).collect()
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
    take_locked_target(&mut prepared);
    tell_doubts(&mut prepared);
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

/// Takes the target of a lambda's lock, where none is set.
fn take_locked_target(prepared: &mut Prepared) {
    let Some(FoundLock { path, lock: Pylock { made: Some(made), .. }, .. }) = &prepared.lock else {
        return;
    };
    let origin = Origin::Lock(path.to_string());
    let job = &mut prepared.job;
    if job.python.is_none() {
        job.python = Some(Settled { value: made.target.python, origin: origin.clone() });
    }
    if job.architecture.origin == Origin::Default {
        job.architecture = Settled { value: made.target.architecture, origin };
    }
}

/// Adds the warnings about a target that is not set, where the package depends on it.
fn tell_doubts(prepared: &mut Prepared) {
    if !prepared.depends_on_target() {
        return;
    }
    let Job { python, architecture, doubts, .. } = &mut prepared.job;
    let Doubts { python: no_python, architecture: no_architecture } = std::mem::take(doubts);
    prepared.warnings.extend(no_python.filter(|_| python.is_none()));
    let is_default = architecture.origin == Origin::Default;
    prepared.warnings.extend(no_architecture.filter(|_| is_default));
}

/// Takes the version of the interpreter on PATH, with a warning: another machine may have another
/// version, and give another package.
fn take_host(
    mut prepared: Prepared,
    answer: Result<&(PythonVersion, &'static str), &Failure>,
) -> Result<Prepared, Box<Failure>> {
    let failure = |failure: &Failure| failed(failure.clone(), &prepared.job.lambda);
    let (version, program) = answer.copied().map_err(failure)?;
    let origin = Origin::Host(program.to_owned());
    prepared.job.python = Some(Settled { value: version, origin });
    let message = format!("no Python version is set, so that of `{program}` is used: {version}");
    prepared.warnings.push(Warning::new(HOST_TARGET, message).hint(format!(
        "set `python = \"{version}\"` in dofs-package.toml: another machine may have another"
    )));
    Ok(prepared)
}

/// What `--locked` says of requirements without a lock.
pub(super) fn no_lock(requirements: &Requirements, lambda: &str) -> Failure {
    let path = &requirements.path;
    Failure::network("lock-missing", format!("`{path}` has no lock, and `--locked` demands one"))
        .at(path, None)
        .hint(format!("run `cargo dofs-package lock {lambda}`, and commit the lock"))
}
