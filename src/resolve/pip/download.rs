//! `pip download`: the wheels that fulfil requirements, or exactly those of a lock.

use camino::Utf8Path;

use super::{Answer, Chosen, Done, Purpose, Work, common, diagnose, files, work_folder};
use crate::http::{self, Expected};
use crate::report::{Failure, Place};
use crate::resolve::building::Built;
use crate::resolve::fetch::{Fetch, bring_each};
use crate::resolve::{Context, Download, Error, Wanted};
use crate::tags;
use crate::wheel::WheelName;

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
    let folder = work.context.store.scratch()?;
    let work = Work { destination: ["--dest", folder.path().as_str()], ..work };
    let whole = Work { purpose: Purpose::Wheels, ..work.clone() };
    let (mut done, mut failure) = run(&work)?;
    // What pip did not see may be what its message is about.
    if done.answer.left_out && matches!(failure, Some(Error::NoFit { .. } | Error::Conflict(_))) {
        (done, failure) = run(&whole)?;
    }
    if failure.is_none() && !fetch_chosen(&done.answer, folder.path(), work.context)? {
        (done, failure) = run(&whole)?;
    }
    if let Some(failure) = failure {
        super::tell(&(done.command + shown), work.context);
        return Ok(Err(failure));
    }
    let Answer { configuration, mut urls, native, wheels, .. } = done.answer;
    urls.extend(wheels.into_iter().map(|wheel| (wheel.name, wheel.url)));
    Ok(Ok(Download { folder, configuration, urls, native }))
}

/// Runs pip, and tells why it failed, if it did.
fn run(work: &Work<'_>) -> Result<(Done, Option<Error>), Error> {
    let done = work.run()?;
    let diagnosed = || diagnose::of(&done.output, work.context.request, &done.answer);
    let failure = (!done.output.success).then(diagnosed);
    Ok((done, failure))
}

/// Fetches the wheels that pip left to us; `false` where a server wants credentials, which pip may have.
fn fetch_chosen(answer: &Answer, folder: &Utf8Path, context: Context<'_>) -> Result<bool, Error> {
    let ours = context.environment.clone();
    let environment = match &answer.certificates {
        Some(path) => ours.with("PIP_CERT", path),
        None => ours,
    };
    let wheels = answer.wheels.iter().map(|Chosen { name, url, sha256, size }| {
        let path = folder.join(WheelName::new(name)?.as_str());
        Ok(Fetch { url, path, expected: Expected { digest: *sha256, size: *size } })
    });
    let wheels = wheels.collect::<Result<Vec<_>, Failure>>()?;
    for fetched in bring_each(wheels, Context { environment: &environment, ..context })? {
        match fetched {
            Ok(()) => {}
            Err(http::Error::Unauthorized(_)) => return Ok(false),
            Err(error) => return Err(error.into()),
        }
    }
    Ok(true)
}
