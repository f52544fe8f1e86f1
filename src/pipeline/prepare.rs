//! Step one: each lambda's own files, requirements and target.

use std::collections::BTreeSet;
use std::sync::Arc;

use camino::{Utf8Path, Utf8PathBuf};
use rayon::prelude::*;

use super::target::{self, Hangs};
use super::unread::{self, Unread};
use super::{Job, Locking, Pipeline, excluded, failed, natives};
use crate::checks::Found;
use crate::digest::Sha256Digest;
use crate::event::{Event, Of};
use crate::foreign;
use crate::lambda::{Lambda, Target};
use crate::pylock::{self, MAKE_ANEW, Pylock, Unreadable};
use crate::report::{Failure, Stage, Warning, code, hold};
use crate::requirements::{
    self, Chosen, Declared, Line, Other, Requirement, Requirements, Search, is_judgeable,
};
use crate::resolve::{self, Request};
use crate::source::{self, SourceTree};

/// The code of a lock that was made for other requirements or another target.
pub(super) const LOCK_STALE: &str = "lock-stale";

/// The codes of what is for another Python than that of the target.
const OF_PYTHON: [&str; 2] = [code::REQUIRES_PYTHON, pylock::OTHER_TARGET];

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
    /// Why the lock of another tool is stale, where locks are only looked at.
    pub(super) stale: Option<String>,
    pub(super) unread: Unread,
    /// The versions of Python that its one file says it is for.
    python: Option<Line>,
    pub(super) warnings: Vec<Warning>,
}

impl Prepared {
    /// The files of a function that runs on no Python, as they are.
    fn of_no_python(job: Job, sources: SourceTree) -> Self {
        Self {
            original: job.clone(),
            job,
            natives: Vec::new(),
            declared: Declared::Unwanted,
            requirements: None,
            asked: None,
            lock: None,
            stale: None,
            unread: Unread::default(),
            python: None,
            warnings: sources.warnings.clone(),
            sources,
        }
    }

    /// By what it hangs on its target.
    fn hangs(&self) -> Hangs {
        match &self.natives[..] {
            _ if self.has_requirements() => Hangs::ByRequirements,
            [_, ..] => Hangs::ByNatives,
            [] if self.job.is_run => Hangs::ByRun,
            [] => Hangs::Not,
        }
    }

    /// What says what one file requires, where that serves the others of its folder, too.
    fn shared(&self) -> Option<&Utf8Path> {
        let Job { lambda, requirements: choice, .. } = &self.job;
        let path = match (&self.declared, &self.requirements) {
            (Declared::Other(other), _) => &other.lock,
            (_, Some(requirements)) => &requirements.path,
            (_, None) => return None,
        };
        let is_shared = lambda.file.is_some() && choice.chosen == Chosen::Found;
        let is_own = *path == lambda.path() || *path == lambda.lock();
        (is_shared && !is_own).then_some(path)
    }

    fn has_requirements(&self) -> bool {
        self.requirements.is_some() || matches!(self.declared, Declared::Other(_))
    }

    /// Whether its package may be another one for another target: it has requirements, or something
    /// native.
    pub(super) fn depends_on_target(&self) -> bool {
        self.has_requirements() || !self.natives.is_empty()
    }
}

/// A lock that lies beside requirements.
#[derive(Debug, Clone)]
pub(super) struct FoundLock {
    /// Its path, relative to the root.
    pub(super) path: Utf8PathBuf,
    /// Empty where it lost its end.
    pub(super) lock: Pylock,
    pub(super) digest: Sha256Digest,
    /// How it lost its end, as a clause.
    cut: Option<String>,
}

impl FoundLock {
    /// Tells why it is not one for a request of a job, as a clause; nothing if it is.
    pub(super) fn stale(&self, request: &Request, job: &Job) -> Option<String> {
        let excluded = &job.requirements.excluded;
        let is_left_out = |project: &str| excluded::rule_of(excluded, project).is_some();
        let stale = || resolve::stale(&self.lock, &self.path, request, &is_left_out);
        self.cut.clone().or_else(stale)
    }
}

/// Reads every lambda; results are in the order of the jobs.
pub(super) fn prepare(
    pipeline: &Pipeline<'_>,
    jobs: Vec<Job>,
) -> Vec<Result<Prepared, Box<Failure>>> {
    let read = |job: Job| {
        let lambda = job.lambda.clone();
        let read = || hold(|| read(pipeline, job));
        let read = pipeline.during(Stage::Read, &lambda.name, read);
        read.map_err(|failure| failed(failure, &lambda))
    };
    let read: Vec<Result<Prepared, Box<Failure>>> = jobs.into_par_iter().map(read).collect();
    for path in read.iter().flatten().filter_map(Prepared::shared).collect::<BTreeSet<_>>() {
        pipeline.reporter.report(&Event::Noted(&format!(
            "`{path}` says what is required for each file beside it that does not say it itself"
        )));
    }
    let locking = pipeline.resolving.locking;
    // One lambda or a hundred: the interpreter is asked once, and only if one may have its version.
    let needs_host = |it: &Prepared| target::needs_host(&it.job, it.hangs());
    let is_needed = locking == Locking::Optional && read.iter().flatten().any(needs_host);
    let ask = || resolve::host_python(pipeline.environment);
    let host = is_needed.then(|| pipeline.reporter.during(Stage::Python, Of::Run, ask));
    let settle = |prepared| settle(prepared, locking, host.as_ref());
    let settled: Vec<_> = read.into_iter().map(|result| result.and_then(settle)).collect();
    let read = |it: Prepared| {
        let name = it.job.lambda.name.clone();
        pipeline.during(Stage::Read, &name, || read_for_target(pipeline, it))
    };
    let read = |result: Result<Prepared, _>| result.and_then(read);
    settled.into_par_iter().map(read).collect()
}

/// Settles the target of a lambda.
fn settle(
    mut prepared: Prepared,
    locking: Locking,
    host: Option<&target::Host>,
) -> Result<Prepared, Box<Failure>> {
    let hangs = prepared.hangs();
    let is_other = matches!(prepared.declared, Declared::Other(_));
    let own = prepared.lock.as_ref().filter(|_| !is_other);
    let made = own.and_then(|found| found.lock.made.clone());
    let settled = hold(|| target::settle(&mut prepared.job, hangs, made.as_ref(), locking, host));
    match settled {
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
                    let command = target::lock_command(&prepared.job, lambda.name.as_str());
                    no_lock(lines, &command)
                        .cause(failure.message)
                        .said(failure.causes)
                        .hint(format!("{hint}; then run `{command}`"))
                }
                None => failure,
            };
            Err(failed(failure, lambda))
        }
    }
}

fn read(pipeline: &Pipeline<'_>, job: Job) -> Result<Prepared, Failure> {
    let lambda = &job.lambda;
    let Lambda { directory, file, fault, .. } = lambda;
    if let Some(fault) = fault {
        return Err((**fault).clone());
    }
    let is_other = job.other_runtime.is_some();
    let (written, prefix, elsewhere) = (&job.written, &*job.prefix, &*job.elsewhere);
    let place = source::Place { lambda, written, is_other, prefix, elsewhere, is_copied: false };
    let sources = source::read(pipeline.tree, place, &job.selection)?;
    if is_other {
        return Ok(Prepared::of_no_python(job, sources));
    }
    let natives = natives::of_sources(pipeline.tree, &sources)?;
    let lock_name = &*lambda.lock_name();
    // A lock is left out of packages by its name, whatever it is.
    let own = sources.left_out.iter().filter_map(|it| it.path.strip_suffix('/'));
    let mut folders =
        sources.folders.iter().map(|name| &**name).chain(own.filter(|name| *name == lock_name));
    if let Some(name) = folders.find(|name| requirements::is_input(name)) {
        return Err(folder(&directory.join(name)));
    }
    let has = |name: &str| sources.has(name);
    let Pipeline { tree, environment, .. } = *pipeline;
    let choice = &job.requirements;
    let script = file.as_deref().filter(|_| sources.files.iter().any(|it| it.is_script));
    let python = match script.map(|name| directory.join(name)) {
        Some(path) => requirements::read_script(&tree.read_found(&path)?, &path)?,
        None => None,
    };
    let python = python.and_then(|script| script.python);
    let search =
        Search { tree, environment, directory, script, lock: lock_name, has: &has, choice };
    let mut declared = requirements::find(search)?;
    let mut lock = read_lock(pipeline, &declared, lambda, &sources)?;
    let mut warnings = sources.warnings.clone();
    if let (Declared::Lock(_), Chosen::Found, Some(found)) = (&declared, &choice.chosen, &lock)
        && (found.lock.packages.is_empty() || left_by(found, &sources).is_some())
    {
        // It says nothing, so that hides no other file.
        warnings.extend(left_by(found, &sources).map(|source| {
            let asks =
                format!("`{}`, which it was made from, asks for nothing", directory.join(source));
            unused(&found.path, &asks, "remove it")
        }));
        let has = |name: &str| name != lock_name && sources.has(name);
        (declared, lock) = (requirements::find(Search { has: &has, ..search })?, None);
    }
    let unread = unread::find(pipeline, &job, &sources, &declared, &mut warnings)?;
    let requirements = match &mut declared {
        Declared::Lines(lines) => Some(std::mem::take(&mut **lines)),
        Declared::Lock(path) => {
            Some(Requirements { path: path.clone(), ..Requirements::default() })
        }
        // That of another tool is read once the target is known.
        Declared::Absent | Declared::Unwanted | Declared::Other(_) => None,
    };
    for note in requirements.iter().flat_map(|requirements| &requirements.notes) {
        pipeline.reporter.report(&Event::Noted(note));
    }
    let is_other = matches!(declared, Declared::Other(_));
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
        stale: None,
        unread,
        python,
        warnings,
    };
    // One beside the lock of another tool is not used.
    let own = prepared.lock.as_ref().filter(|_| !is_other);
    if let Some(FoundLock { path, lock: Pylock { made: Some(made), .. }, .. }) = own {
        target::take_locked(&mut prepared.job, path, made);
    }
    Ok(prepared)
}

/// The failure of a folder in the place of a file with requirements.
fn folder(path: &Utf8Path) -> Failure {
    Failure::input(code::REQUIREMENTS_MISSING, format!("`{path}` is a folder, not a file"))
        .at(path, None)
        .hint("put the file in its place, or rename the folder")
}

/// The warning of a lock that is not used.
fn unused(lock: &Utf8Path, why: &str, hint: &str) -> Warning {
    Warning::new("lock-unheeded", format!("`{lock}` is not used: {why}")).at(lock, None).hint(hint)
}

/// The file beside a lock from which it was made.
fn left_by<'a>(lock: &'a FoundLock, sources: &SourceTree) -> Option<&'a str> {
    let source = lock.lock.made.as_ref()?.source.as_deref()?;
    sources.has(source).then_some(source)
}

/// Reads the lock of a lambda, if it has one: beside its requirements, or in their place.
fn read_lock(
    pipeline: &Pipeline<'_>,
    declared: &Declared,
    lambda: &Lambda,
    sources: &SourceTree,
) -> Result<Option<FoundLock>, Failure> {
    let path = match declared {
        Declared::Absent | Declared::Unwanted => return Ok(None),
        Declared::Lock(path) => path.clone(),
        Declared::Lines(_) | Declared::Other(_) => {
            if !sources.has(&lambda.lock_name()) {
                return Ok(None);
            }
            lambda.lock()
        }
    };
    let bytes = pipeline.tree.read_found(&path)?;
    let digest = Sha256Digest::of(&bytes);
    match pylock::read(&String::from_utf8_lossy(&bytes), path.as_str()) {
        Ok(lock) => Ok(Some(FoundLock { path, lock, digest, cut: None })),
        // The other one is read in its place.
        Err(_) if matches!(declared, Declared::Other(_)) => Ok(None),
        // It is about to be replaced, from the requirements; or it says no more than a stale one.
        Err(Unreadable::Cut(failure)) if matches!(declared, Declared::Lines(_)) => {
            let (lock, cut) = (Pylock::default(), Some(lost_end(&failure)));
            Ok(Some(FoundLock { path, lock, digest, cut }))
        }
        Err(_)
            if pipeline.resolving.locking == Locking::Made
                && !matches!(declared, Declared::Lock(_)) =>
        {
            Ok(None)
        }
        // There is nothing that it could be made from here.
        Err(Unreadable::Cut(failure) | Unreadable::Invalid(failure)) => match (
            declared,
            failure.hint.as_deref(),
        ) {
            (Declared::Lock(_), Some(MAKE_ANEW)) => Err(failure.hint(
                "let the tool that made it write it anew, or add the requirements that it was made \
                 from, and run `cargo dofs-package lock`",
            )),
            _ => Err(failure),
        },
    }
}

/// How a lock lost its end, as a clause.
fn lost_end(failure: &Failure) -> String {
    let line = failure.place.as_ref().and_then(|place| place.line);
    let line = line.map(|line| format!(" on line {line}")).unwrap_or_default();
    let cause = failure.causes.first().unwrap_or(&failure.message);
    format!("it has lost its end{line}: {cause}")
}

/// Reads the lock of another tool, and looks whether lines are for the target, now that it is known.
fn read_for_target(
    pipeline: &Pipeline<'_>,
    mut prepared: Prepared,
) -> Result<Prepared, Box<Failure>> {
    let job = &prepared.job;
    let lambda = job.lambda.clone();
    // What requires nothing may have none.
    let python = job.python.as_ref().map(|python| python.value);
    let target = python.map(|python| Target { python, architecture: job.architecture.value });
    let own = prepared.python.as_ref().zip(target);
    let fits = own.map_or(Ok(()), |(line, target)| takes_python(line, &lambda.path(), target));
    let read = hold(|| fits).and_then(|()| {
        hold(|| match (&prepared.declared, target) {
            (Declared::Other(other), Some(target)) => {
                let other = other.clone();
                with_other(pipeline, &mut prepared, &other, target)
            }
            (Declared::Lines(_), Some(target)) => check_lines(pipeline, &mut prepared, target),
            _ => Ok(()),
        })
    });
    match read {
        Ok(()) => Ok(prepared),
        Err(failure) => {
            // A lock for another Python than a guessed one may be right.
            let mut guess =
                prepared.warnings.into_iter().filter(|it| it.code == target::HOST_TARGET);
            let failure = match guess.next().filter(|_| OF_PYTHON.contains(&failure.code)) {
                Some(guess) => Failure { hint: guess.hint, ..failure.cause(guess.message) },
                None => failure,
            };
            Err(failed(failure, &lambda))
        }
    }
}

/// Refuses the lines of a project that is for other versions of Python, as pip refuses to install it.
/// Lines that all are for other targets ask for nothing, so that they hide no other file.
fn check_lines(
    pipeline: &Pipeline<'_>,
    prepared: &mut Prepared,
    target: Target,
) -> Result<(), Failure> {
    let Some(lines) = &prepared.requirements else { return Ok(()) };
    lines.python.as_ref().map_or(Ok(()), |line| takes_python(line, &lines.path, target))?;
    let is_off = |line: &Requirement| !resolve::is_for(line, target) && is_judgeable(&line.line);
    if prepared.job.requirements.chosen == Chosen::Found && lines.requirements.iter().all(is_off) {
        let Prepared { job, sources, warnings, .. } = prepared;
        prepared.unread = unread::find(pipeline, job, sources, &Declared::Absent, warnings)?;
    }
    Ok(())
}

/// Refuses a target that a file is not for.
fn takes_python(line: &Line, path: &Utf8Path, target: Target) -> Result<(), Failure> {
    let Line { text, number } = line;
    if pylock::takes(text, target) != Ok(false) {
        return Ok(());
    }
    let message = format!("`{path}` requires Python {text}, and the target is {target}");
    Err(Failure::lambda(code::REQUIRES_PYTHON, message)
        .at(path, Some(*number))
        .hint("change `requires-python` there, or set another `python`"))
}

fn with_other(
    pipeline: &Pipeline<'_>,
    prepared: &mut Prepared,
    other: &Other,
    target: Target,
) -> Result<(), Failure> {
    let Pipeline { tree, environment, .. } = *pipeline;
    let (job, path) = (&prepared.job, &other.lock);
    let asked = foreign::Asked { tree, other, choice: &job.requirements, target };
    let read = |lines| requirements::read_lines(tree, path, lines, environment);
    let beside = prepared.lock.take();
    let is_checked = pipeline.resolving.locking == Locking::Checked;
    match foreign::read(asked, &pipeline.locks) {
        Err(foreign::Error::Stale(why)) if is_checked => prepared.stale = Some(why),
        Err(foreign::Error::OtherTarget(failure)) if is_checked => {
            prepared.stale = Some(failure.message);
        }
        Err(foreign::Error::Failed(failure) | foreign::Error::OtherTarget(failure)) => {
            return Err(failure);
        }
        Err(foreign::Error::Stale(why)) => {
            return Err(other_stale(other, why, pipeline.resolving.locking));
        }
        Ok(foreign::Answer::Packages { lock, options, asked }) => {
            if !lock.packages.is_empty() {
                // What it is made of, and not its text: a workspace has one for all its members.
                let digest = Sha256Digest::of(format!("{lock:?}{asked:?}").as_bytes());
                prepared.requirements = Some(Requirements { asked, ..read(options)? });
                prepared.lock = Some(FoundLock { path: path.clone(), lock, digest, cut: None });
            }
        }
        Ok(foreign::Answer::Lines(lines)) => {
            let lines = read(lines)?;
            if !lines.requirements.is_empty() {
                prepared.lock = beside.filter(|_| !lines.is_locked());
                prepared.requirements = Some(lines);
            }
        }
    }
    if prepared.stale.is_some() {
        prepared.requirements =
            Some(Requirements { path: path.clone(), ..Requirements::default() });
    }
    let (sources, lambda) = (&prepared.sources, &prepared.job.lambda);
    let own = lambda.lock();
    let is_used = prepared.lock.as_ref().is_some_and(|lock| lock.path == own);
    if sources.has(&lambda.lock_name()) && !is_used {
        let hint = format!("remove it, or set `requirements` in `{}` to it", lambda.table());
        prepared.warnings.push(unused(&own, &format!("`{path}` says what is packaged"), &hint));
    }
    if prepared.requirements.is_none() {
        // It asks for nothing, so that hides no other file.
        let warnings = &mut prepared.warnings;
        prepared.unread =
            unread::find(pipeline, &prepared.job, sources, &Declared::Absent, warnings)?;
    }
    Ok(())
}

/// The failure of a lock of another tool that does not know what its project asks for.
fn other_stale(other: &Other, why: String, locking: Locking) -> Failure {
    let path = &other.lock;
    let failure = match locking {
        Locking::Required => {
            Failure::network(LOCK_STALE, "the lock is stale, and `--locked` demands a fresh one")
        }
        Locking::Optional | Locking::Made | Locking::Checked => {
            Failure::lambda(LOCK_STALE, format!("`{path}` is stale"))
        }
    };
    let hint = format!("run `{}`, and commit the lock", other.command());
    failure.said([why]).at(path, None).hint(hint)
}

/// What `--locked` says of requirements without a lock, which a command makes.
pub(super) fn no_lock(requirements: &Requirements, command: &str) -> Failure {
    let path = &requirements.path;
    Failure::network("lock-missing", format!("`{path}` has no lock, and `--locked` demands one"))
        .at(path, None)
        .hint(format!("run `{command}`, and commit the lock"))
}
