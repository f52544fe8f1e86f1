//! Answers from the store, or from the resolver into the store.

use std::collections::BTreeSet;
use std::str::FromStr as _;

use serde::{Deserialize, Serialize};

use super::building::{self, Built};
use super::error::{other_hash, without_answer, without_build, without_wheel};
use super::fetch::take_in;
use super::pip_config::{self, Fingerprint};
use super::{
    Backend, Context, Download, Error, HASH_MISSING, Request, Source, SourceDistributions, Wanted,
    pip, uv,
};
use crate::digest::Sha256Digest;
use crate::event::Event;
use crate::fs;
use crate::origin::{File, Origin};
use crate::pylock::{self, Made, Package, Pylock, Said};
use crate::report::Failure;
use crate::requirements::{Demand, Requirement, parse_named};
use crate::store::RecordKind;
use crate::tags;
use crate::wheel::{Checked, Metadata, WheelName};

/// How many projects of one request are built at most; the resolver runs again after each.
const MOST_BUILDS: usize = 64;

/// Where an answer would lie as a file: its paths are relative to the root.
pub(crate) const ANSWER: &str = "pylock.toml";

/// An answer as the store keeps it, as JSON. It has no password: addresses are without their
/// users and queries. An answer that this version can't read is made anew.
#[derive(Debug, Serialize, Deserialize)]
struct Record {
    lock: String,
    /// pip's configuration files as they were.
    configuration: Fingerprint,
}

/// Answers a request, from the store if it has the key. An answer to pins (`name==version`) is not
/// kept: the pins are not in the key, and the lock keeps it.
///
/// # Errors
///
/// Those of the resolver, of builds and of the wheel's check; a requirement that gave no wheel; a
/// resolver that would be needed but must not be asked.
pub(crate) fn resolve(
    key: Sha256Digest,
    pins: &[String],
    context: Context<'_>,
) -> Result<Pylock, Error> {
    let Context { request, store, source, reporter, .. } = context;
    let name = request.requirements.path.as_str();
    if source != Source::Resolver
        && let Some((bytes, since)) = store.record(RecordKind::RESOLUTIONS, key)?
        && let Some(lock) = remembered(&bytes, request)
    {
        reporter.report(&Event::ResolutionServed { requirements: name, since });
        return Ok(relocated(lock, request));
    }
    if let Some(by) = source.offline().filter(|_| !request.is_local()) {
        return Err(without_answer(&request.requirements.path, by).into());
    }
    let target = request.target.to_string();
    reporter.report(&Event::ResolveStarted { requirements: name, target: &target });
    let (download, built) = match ask(pins, context) {
        // What they require in turn may be nowhere here.
        Err(error) => {
            let Some(by) = source.offline() else { return Err(error) };
            let cause = Failure::from(error).message;
            return Err(without_answer(&request.requirements.path, by).cause(cause).into());
        }
        Ok(asked) => asked,
    };
    let lock = answer(&download, &built, context)?;
    // Without a network the configuration was not heeded, so the answer is of this run alone.
    if pins.is_empty() && source.offline().is_none() {
        // Where every line has hashes, no configuration can change the files: none is in the key,
        // and none is compared.
        let is_hashed = request.requirements.is_hashed();
        let read = if is_hashed { &[][..] } else { &download.configuration };
        let configuration = pip_config::fingerprint(read);
        let record = Record { lock: pylock::write(&lock), configuration };
        let record = serde_json::to_vec(&record).expect("texts are JSON");
        store.write_record(RecordKind::RESOLUTIONS, key, &record)?;
    }
    download.folder.remove()?;
    let wheels = lock.packages.len();
    reporter.report(&Event::ResolveFinished { requirements: name, wheels });
    Ok(lock)
}

/// Reads an answer of the store; nothing if it was made under another configuration of pip.
fn remembered(bytes: &[u8], request: &Request) -> Option<Pylock> {
    let record: Record = serde_json::from_slice(bytes).ok()?;
    if pip_config::fingerprint(record.configuration.keys()) != record.configuration {
        return None;
    }
    let lock = pylock::read(&record.lock, ANSWER).ok()?;
    pylock::select(&lock, ANSWER.into(), request.target).is_ok().then_some(lock)
}

/// Runs the resolver, builds the project of which it finds no wheel, and runs it again with that,
/// until it has all.
fn ask(pins: &[String], context: Context<'_>) -> Result<(Download, Vec<Built>), Error> {
    let Context { request, .. } = context;
    let wanted = Wanted::All(pins);
    every_line_has_hashes_or_none(request)?;
    let mut built = building::build_lines(context)?;
    loop {
        let download = match request.backend {
            Backend::Pip => pip::download(wanted, &built, context),
            Backend::Uv => uv::download(wanted, &built, context),
        };
        let next = match &download {
            Err(Error::NoFit { unfit, .. }) => {
                let requirement = &unfit.requirement;
                buildable(requirement, request).map(|project| (project, requirement.clone()))
            }
            Err(Error::Conflict(failure)) => constrained(&failure.causes, request),
            Err(_) => None,
            Ok(download) => wheel_to_be_built(request, download, &built)?,
        };
        // What a lock pins came as a wheel: without its pin another version of it may do, and nothing
        // is built to keep it.
        let is_pinned = |project: &str| {
            pins.iter().any(|pin| pin.split_once("==").is_some_and(|(name, _)| name == project))
        };
        let next = next.filter(|(project, _)| !is_pinned(project));
        let is_new = |project: &str| built.iter().all(|built| built.project() != project);
        let next = next.filter(|(project, _)| is_new(project) && built.len() < MOST_BUILDS);
        let Some((project, requirement)) = next else {
            return download.map(|download| (download, built));
        };
        // What is known to be compiled is not fetched to find that out.
        let download = match download {
            Err(Error::NoFit { mut unfit, failure })
                if request.policy != SourceDistributions::Build && unfit.compiled.is_some() =>
            {
                let reason = unfit.compiled.take().into_iter().collect();
                return Err(without_build(unfit, failure, reason, false));
            }
            other => other,
        };
        let wheel = building::build_from_index(&project, &requirement, context);
        match (wheel, download) {
            (Ok(Some(wheel)), _) => built.push(wheel),
            // A wheel came, and a line says that it must be built.
            (Ok(None), Ok(_)) => return Err(no_source(&project, &requirement, request).into()),
            (Ok(None), Err(error)) => return Err(error),
            // The user required a project, and sees the failed build as the cause.
            (
                Err(Error::Build { reason, has_failed, .. }),
                Err(Error::NoFit { unfit, failure }),
            ) => return Err(without_build(unfit, failure, reason, has_failed)),
            (Err(error), _) => return Err(error),
        }
    }
}

/// Refuses lines of which only some have hashes: where one has, pip demands one of every file
/// ("Hash-checking Mode" in its documentation). What is built here has one by then.
fn every_line_has_hashes_or_none(request: &Request) -> Result<(), Failure> {
    let all = &request.requirements;
    let options = || all.options.iter().map(|option| option.text.as_str());
    let is_off = options().any(|text| text == "--no-require-hashes");
    let is_on = options().any(|text| text == "--require-hashes")
        || request.lines().any(|line| !line.hashes.is_empty());
    if is_off || !is_on {
        return Ok(());
    }
    let has_hash = |line: &Requirement| {
        let mut same = request.lines().chain(&all.constraints);
        let project = line.demand.project();
        same.any(|other| other.demand.project() == project && !other.hashes.is_empty())
    };
    let is_source = |line: &Requirement| matches!(line.demand, Demand::Source(_));
    let lacking = |line: &&Requirement| {
        !is_source(line) && !line.text.contains("#sha256=") && !has_hash(line)
    };
    let lacking: Vec<&Requirement> = request.lines().filter(lacking).collect();
    let Some(first) = lacking.first() else { return Ok(()) };
    let more = match lacking.len() - 1 {
        0 => String::new(),
        1 => " (nor has one more line)".to_owned(),
        more => format!(" (nor have {more} more lines)"),
    };
    let message = format!("`{}` has no hash{more}, and other lines have", first.text);
    Err(Failure::lambda(HASH_MISSING, message).place(first.place.clone()).hint(
        "write the hashes of all lines (`pip-compile --generate-hashes`), or of none and lock them \
         with `cargo dofs-package lock`",
    ))
}

/// The failure of a project that must be built and has no source distribution.
fn no_source(project: &str, requirement: &str, request: &Request) -> Failure {
    let message = format!(
        "`{requirement}` has no source distribution, and `--no-binary` demands to build it"
    );
    Failure::lambda("no-source", message)
        .place(request.line_of(project).map(|line| line.place.clone()))
        .hint("require a version that has one, or exclude the project from `--no-binary`")
}

/// The project of a requirement without a wheel, if it may be built.
fn buildable(requirement: &str, request: &Request) -> Option<String> {
    let project = parse_named(requirement).ok()?.name.to_string();
    let may = request.policy != SourceDistributions::Refuse
        && !request.requirements.only_binary.has(&project);
    may.then_some(project)
}

/// The project of a contradiction with a constraint, with all versions that are asked of it. Where
/// no version that a constraint allows has a wheel, pip reports a contradiction and does not say
/// that there is a source distribution (`get_installation_error` in
/// `pip/_internal/resolution/resolvelib/factory.py`).
fn constrained(causes: &[String], request: &Request) -> Option<(String, String)> {
    let words = ["(constraint) ", "The user requested ", " depends on "];
    let named = |cause: &String| {
        let word = words.into_iter().find(|word| cause.contains(word))?;
        let (_, requirement) = cause.split_once(word)?;
        Some((word == words[0], parse_named(requirement).ok()?))
    };
    let all: Vec<_> = causes.iter().filter_map(named).collect();
    let (_, limited) = all.iter().find(|(is_constraint, _)| *is_constraint)?;
    let project = buildable(limited.name.as_ref(), request)?;
    let of_it = all.iter().filter(|(_, named)| named.name == limited.name);
    let versions = of_it.filter_map(|(_, named)| match &named.version_or_url {
        Some(pep508_rs::VersionOrUrl::VersionSpecifier(versions)) => Some(versions.to_string()),
        Some(pep508_rs::VersionOrUrl::Url(_)) | None => None,
    });
    let requirement = format!("{project}{}", versions.collect::<Vec<_>>().join(","));
    Some((project, requirement))
}

/// A project that came as a wheel and, by `--no-binary`, must be built; with its version.
fn wheel_to_be_built(
    request: &Request,
    download: &Download,
    built: &[Built],
) -> Result<Option<(String, String)>, Error> {
    for (file_name, _) in fs::list(download.folder.path())? {
        let name = WheelName::new(&file_name)?;
        let is_built = built.iter().any(|built| built.project() == name.project);
        // As with pip: `--no-binary` is about files of an index, and not about a wheel that a line
        // names by its path or address.
        let mut lines = request.requirements.requirements.iter().map(|line| &line.demand);
        let is_direct =
            lines.any(|it| it.is_direct() && it.project().as_ref() == Some(&name.project));
        if !is_built && !is_direct && request.requirements.no_binary.has(&name.project) {
            let requirement = format!("{}=={}", name.project, name.version);
            return Ok(Some((name.project, requirement)));
        }
    }
    Ok(None)
}

/// Takes in what was fetched, and makes the lock that tells where each wheel can be had again.
fn answer(download: &Download, built: &[Built], context: Context<'_>) -> Result<Pylock, Error> {
    let Context { request, .. } = context;
    let taken = take_in(download, context)?;
    for checked in &taken {
        compare_hashes(request, checked, built)?;
    }
    every_requirement_gave_a_wheel(request, &taken, built)?;
    let projects: BTreeSet<&str> = taken.iter().map(|it| it.name.project.as_str()).collect();
    let package = |checked: &Checked| {
        let built = built.iter().find(|built| built.checked.digest == checked.digest);
        let origin = match built {
            Some(built) => built.origin.clone(),
            None => Origin::Wheel(file(checked, download, context)),
        };
        let wheel = checked.name.clone();
        let metadata = &checked.facts.metadata;
        Package {
            name: wheel.project.clone(),
            // The specification of `pylock.toml` demands PEP 440 for both, and a wheel may have
            // other texts: with these, no tool could read the lock.
            version: Some(metadata.version.clone())
                .filter(|version| pep440_rs::Version::from_str(version).is_ok()),
            requires_python: metadata
                .requires_python
                .clone()
                .filter(|range| pylock::takes(range, request.target) == Ok(true)),
            marker: None,
            dependencies: dependencies(metadata, &projects, request)
                .into_iter()
                .map(pylock::Dependency::of)
                .collect(),
            built: built.map(|_| pylock::Built { wheel, digest: checked.digest }),
            origins: vec![origin],
            line: 0,
        }
    };
    Ok(Pylock::new(made(request), taken.iter().map(package).collect()))
}

fn made(request: &Request) -> Made {
    // Who said the target is known to whoever writes the lock: an answer is the same for all.
    let (requirements, said) = (request.requirements.digest(), Said::default());
    Made { source: None, requirements, target: request.target, said }
}

/// Where a wheel that was not built here can be had again.
fn file(checked: &Checked, download: &Download, context: Context<'_>) -> File {
    let file = download.file(checked.name.to_string(), checked.size, checked.digest, context);
    match context.request.own_file(&checked.name) {
        Some(own) => File { path: Some(own.to_owned()), url: None, ..file },
        None => file,
    }
}

/// The projects of the lock that a wheel requires on the target, whatever the extras.
fn dependencies(metadata: &Metadata, projects: &BTreeSet<&str>, request: &Request) -> Vec<String> {
    let environment = tags::marker_environment(request.target);
    let extras = metadata.extras();
    let required = metadata.requires.iter().filter_map(|line| {
        let required = parse_named(line).ok()?;
        let applies = required.evaluate_markers(&environment, &extras);
        let name = required.name.to_string();
        (applies && projects.contains(name.as_str()) && name != metadata.project).then_some(name)
    });
    required.collect::<BTreeSet<_>>().into_iter().collect()
}

/// Compares a wheel with the hashes of its line, since not every resolver does so. The hashes of a
/// source were compared when it was built.
fn compare_hashes(request: &Request, checked: &Checked, built: &[Built]) -> Result<(), Error> {
    let project = &checked.name.project;
    let is_built = built.iter().any(|built| built.checked.digest == checked.digest);
    let mut lines = request.lines().filter(|line| line.demand.project().as_ref() == Some(project));
    let is_other = |line: &Requirement| line.has_sha256() && !line.has_hash(checked.digest);
    match lines.find(|line| !is_built && is_other(line)) {
        None => Ok(()),
        Some(line) => {
            let cause = format!("`{}` has {:?}", checked.name, checked.digest);
            Err(other_hash(vec![cause], line.place.clone()).into())
        }
    }
}

/// Gives the files and folders of an answer the paths that the lines of the request have: the
/// answer may be from another project, with the same lines and the same files in other places.
pub(crate) fn relocated(mut lock: Pylock, request: &Request) -> Pylock {
    for origin in lock.packages.iter_mut().flat_map(|package| &mut package.origins) {
        match origin {
            Origin::Wheel(File { name, path: Some(path), .. }) => {
                let name = WheelName::new(name).expect("it was read as the name of a wheel");
                if let Some(own) = request.own_file(&name) {
                    own.clone_into(path);
                }
            }
            Origin::Sdist(file) | Origin::Archive { file, .. } => {
                let is_same = |own: &&File| own.path.is_some() && own.digest == file.digest;
                if let Some(own) = request.origins().filter_map(Origin::file).find(is_same) {
                    file.path.clone_from(&own.path);
                }
            }
            Origin::Directory(directory) => {
                let same = request.origins().find_map(|own| match own {
                    Origin::Directory(own) if own.digest == directory.digest => Some(&own.path),
                    _ => None,
                });
                if let Some(path) = same {
                    directory.path.clone_from(path);
                }
            }
            Origin::Wheel(_) | Origin::Vcs(_) => {}
        }
    }
    lock.made = Some(made(request));
    lock
}

/// Checks that every requirement gave a wheel: without one the package would be smaller, and nobody
/// would see it before the lambda runs.
fn every_requirement_gave_a_wheel(
    request: &Request,
    taken: &[Checked],
    built: &[Built],
) -> Result<(), Error> {
    for (index, requirement) in request.requirements.requirements.iter().enumerate() {
        let of_line = built.iter().find(|built| built.line == Some(index));
        let project = of_line
            .map(|built| built.project().to_owned())
            .or_else(|| requirement.demand.project())
            .unwrap_or_else(|| requirement.text.clone());
        let is_there = taken.iter().any(|checked| checked.name.project == project);
        if !is_there && request.applies(requirement) {
            let place = requirement.place.clone();
            return Err(without_wheel(&project, request.backend, place).into());
        }
    }
    Ok(())
}
