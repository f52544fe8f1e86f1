//! `pip download`: the wheels that fulfil requirements, or exactly those of a lock.

use camino::Utf8Path;

use super::{Answer, Done, Purpose, Work, ahead, common, diagnose, files, work_folder};
use crate::fs::TemporaryDirectory;
use crate::report::{Failure, Place};
use crate::resolve::building::Built;
use crate::resolve::downloads::Downloads;
use crate::resolve::fetch::bring_each;
use crate::resolve::{Context, Download, Error, Wanted};
use crate::tags;

/// Fetches wheels into a new folder of the store's scratch space.
///
/// # Errors
///
/// No wheel fits, requirements contradict each other, the program or the network fails.
pub(in crate::resolve) fn download(
    wanted: Wanted<'_>,
    built: &[Built],
    context: Context<'_>,
) -> Result<Download, Error> {
    let requirements = &context.request.requirements;
    let own = work_folder()?;
    files::write_lines(own.path(), context.request, wanted, built)?;
    let exactly = match wanted {
        // In hash-checking mode every requirement must have a line with a hash of its own, those
        // that others require, too ("Secure installs" in pip's documentation). Whether one is
        // missing is seen in the wheels.
        Wanted::All(_) if requirements.is_hashed() => " --no-deps --require-hashes",
        Wanted::All(_) => "",
        Wanted::These(_) => " --no-deps",
        // pip takes a line with an address from there, and need not ask an index.
        Wanted::Address(_) => " --no-deps --no-index",
    };
    let work = Work {
        context,
        arguments: format!("download --only-binary=:all: {}{exactly}", options(context)),
        destination: [""; 2],
        purpose: Purpose::Lean,
        folder: own.path(),
        variables: &[],
        hidden: built.iter().filter_map(|it| it.checked.path.parent()).collect(),
        lines: None,
    };
    fetch(work, &format!(" -r {}", requirements.path))?
}

/// Fetches the source distribution that a line names, `what` for people, without what it requires;
/// returns the download's folder and where the file came from, or none if there is no such.
pub(in crate::resolve) fn download_source(
    project: &str,
    line: &str,
    what: &str,
    place: &Place,
    context: Context<'_>,
) -> Result<Option<Download>, Error> {
    let own = work_folder()?;
    files::write_limited_line(own.path(), context.request, line)?;
    let options = options(context);
    // pip takes the tags of a target only together with `--only-binary=:all:` or with `--no-deps`
    // (`check_dist_restriction` in pip/_internal/cli/cmdoptions.py).
    let work = Work {
        context,
        arguments: format!("download {options} --no-deps --no-binary={project}"),
        destination: [""; 2],
        purpose: Purpose::Source,
        folder: own.path(),
        variables: super::wheel::VARIABLES,
        hidden: Vec::new(),
        lines: None,
    };
    match fetch(work, "")? {
        Ok(download) => Ok(Some(download)),
        Err(Error::NoFit { .. }) => Ok(None),
        Err(Error::Pip(failure)) => Err(Error::build(what, failure.causes, place)),
        Err(error) => Err(error),
    }
}

/// The options of a download for a target.
fn options(context: Context<'_>) -> String {
    let (common, target) = (common(context.cache, context.source), context.request.target);
    // `--platform` is exact: of 2.28 it does not take a wheel for 2.17, so each tag is named, the
    // best first. `--abi` is not: with it, pip would no longer take abi3 wheels of older versions.
    let platforms = tags::platforms(target).into_iter();
    let platforms: String = platforms.map(|tag| format!(" --platform {tag}")).collect();
    format!("{common} --implementation=cp --python-version {}{platforms}", target.python)
}

/// Fetches into a new folder; `shown` is added to the command that `-v` shows of a failed run.
///
/// # Errors
///
/// The outer one where pip can't be run; the inner one where it ran and failed.
fn fetch(work: Work<'_>, shown: &str) -> Result<Result<Download, Error>, Error> {
    let Attempt { folder, done, failure, is_final } = attempt(&work)?;
    // Nothing that pip can do fails for what was done in its place.
    let (folder, done, failure) = match is_final {
        true => (folder, done, failure),
        false => {
            let whole = attempt(&Work { purpose: Purpose::Wheels, ..work.clone() })?;
            (whole.folder, whole.done, whole.failure)
        }
    };
    if let Some(failure) = failure {
        super::tell(&(done.command + shown), work.context);
        return Ok(Err(failure));
    }
    let Answer { configuration, mut urls, native, wheels, .. } = done.answer;
    urls.extend(wheels.into_iter().map(|wheel| (wheel.name, wheel.url)));
    Ok(Ok(Download { folder, configuration, urls, native }))
}

/// A run of pip into a folder of its own.
struct Attempt {
    folder: TemporaryDirectory,
    done: Done,
    /// Why pip failed, if it did.
    failure: Option<Error>,
    /// Whether pip would have come to the same by itself.
    is_final: bool,
}

fn attempt(work: &Work<'_>) -> Result<Attempt, Error> {
    let context = work.context;
    let folder = context.store.scratch()?;
    let work = Work { destination: ["--dest", folder.path().as_str()], ..work.clone() };
    // Not where pip writes: it may bring another file of that name.
    let begun = context.store.scratch()?;
    let (done, downloads) = match work.purpose {
        Purpose::Lean => ahead::run(&work, begun.path())?,
        Purpose::Wheels | Purpose::Source | Purpose::Build => (work.run()?, None),
    };
    let diagnosed = || diagnose::of(&done.output, context.request, &done.answer);
    let failure = (!done.output.success).then(diagnosed);
    let is_final = match failure {
        Some(_) => !done.answer.left_out,
        None => fetch_chosen(&done.answer, downloads, folder.path(), context)?,
    };
    Ok(Attempt { folder, done, failure, is_final })
}

/// Brings the wheels that pip left to us; `false` where one can't be had: pip may have credentials or
/// certificates for it.
fn fetch_chosen(
    answer: &Answer,
    begun: Option<Downloads>,
    folder: &Utf8Path,
    context: Context<'_>,
) -> Result<bool, Error> {
    let Some(first) = answer.wheels.first() else { return Ok(true) };
    let wheels: Result<Vec<_>, Failure> = answer.wheels.iter().map(|it| it.at(folder)).collect();
    let Ok(wheels) = wheels else { return Ok(false) };
    let environment = &first.environment(context);
    let fetched = bring_each(wheels, begun, Context { environment, ..context })?;
    Ok(fetched.iter().all(Result::is_ok))
}
