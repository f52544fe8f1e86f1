//! `pip download`: the wheels that fulfil requirements, or exactly those of a lock.

use super::{Answer, Work, common, diagnose, files, work_folder};
use crate::report::Place;
use crate::resolve::building::Built;
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
        for_target: true,
        source_only: false,
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
        for_target: true,
        source_only: true,
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
    let done = work.run()?;
    if !done.output.success {
        let context = work.context;
        super::tell(&(done.command + shown), context);
        return Ok(Err(diagnose::of(&done.output, context.request, &done.answer)));
    }
    let Answer { configuration, urls, native, .. } = done.answer;
    Ok(Ok(Download { folder, configuration, urls, native }))
}
