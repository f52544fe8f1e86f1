//! `build`: packages lambdas.

use super::changed::{self, Digests};
use super::{Context, Partition, manifest, select};
use crate::error::Error;
use crate::event::Event;
use crate::manifest::Scope;
use crate::pipeline::{Assembled, Effect, Pipeline};
use crate::report::{Failure, Report};
use crate::settings::Settings;
use crate::tree::Tree;

/// What is asked for.
#[derive(Debug)]
pub(crate) struct Build {
    /// Names or globs of lambdas; all where there are none.
    pub(crate) names: Vec<String>,
    /// The packages of a revision: only lambdas that now give another one are built.
    pub(crate) before: Option<Digests>,
    /// Which part of them.
    pub(crate) partition: Option<Partition>,
    /// Whether zips are written.
    pub(crate) effect: Effect,
}

/// Packages lambdas, and reports each that was or could not be; sorted by name.
///
/// # Errors
///
/// What stops the run before any lambda: discovery, a name that no lambda has, the store.
pub(crate) fn build(request: &Build, context: &Context<'_>) -> Result<Report, Error> {
    let Some(before) = &request.before else {
        refuse_revision_output(request, context)?;
        let jobs = select::jobs(context, &request.names, request.partition)?;
        check_manifest(request, context)?;
        context.reporter.report(&Event::Discovered { lambdas: jobs.len() });
        return context.with_pipeline(|pipeline| {
            let (assembled, failures) = pipeline.survey(jobs)?;
            package(assembled, failures, request, context, pipeline)
        });
    };
    let jobs = select::jobs(context, &request.names, None)?;
    changed::with_changed(jobs, before, context, |changed, unpackaged| {
        let changed = match request.partition {
            Some(partition) => partition.of(changed),
            None => changed,
        };
        if changed.is_empty() {
            return Ok(Report { packages: Vec::new(), failures: unpackaged });
        }
        refuse_revision_output(request, context)?;
        check_manifest(request, context)?;
        context.reporter.report(&Event::Discovered { lambdas: changed.len() });
        let mut report = context
            .with_pipeline(|pipeline| package(changed, Vec::new(), request, context, pipeline))?;
        report.failures.extend(unpackaged);
        Ok(report)
    })
}

/// Whether the package manifest is written, too: that of the worktree is about the worktree.
fn writes_manifest(request: &Build, settings: &Settings) -> bool {
    request.effect == Effect::Publish
        && settings.manifest.is_some()
        && (settings.is_manifest_named || settings.tree.commit().is_none())
}

/// Whether zips of a revision would be where those of the worktree are.
fn takes_place(request: &Build, settings: &Settings) -> bool {
    request.effect == Effect::Publish
        && !settings.is_out_dir_named
        && settings.tree.commit().is_some()
}

fn refuse_revision_output(request: &Build, context: &Context<'_>) -> Result<(), Error> {
    let settings = context.settings;
    if takes_place(request, settings)
        && !settings.tree.is_checked_out(&settings.project, context.environment)?
    {
        return Err(super::Error::RevisionOutput.into());
    }
    Ok(())
}

/// Whether every lambda of the project is packaged.
fn is_all(request: &Build) -> bool {
    request.names.is_empty() && request.partition.is_none() && request.before.is_none()
}

/// A manifest that can't be read stops the run before any zip is written.
fn check_manifest(request: &Build, context: &Context<'_>) -> Result<(), Error> {
    let settings = context.settings;
    if !writes_manifest(request, settings) || settings.tree.commit().is_some() {
        return Ok(());
    }
    manifest::check(settings, if is_all(request) { Scope::All } else { Scope::Some })
}

/// Packages what was laid out; `failures` are those of what could not be.
fn package(
    assembled: Vec<Assembled>,
    failures: Vec<Failure>,
    request: &Build,
    context: &Context<'_>,
    pipeline: &Pipeline<'_>,
) -> Result<Report, Error> {
    if takes_place(request, context.settings) {
        refuse_hidden(&assembled, context.settings)?;
    }
    let mut report = pipeline.build(assembled, request.effect)?;
    report.packages.sort_by(|one, other| one.name.cmp(&other.name));
    report.failures.extend(failures);
    report.failures.sort_by(|one, other| one.name.cmp(&other.name));
    if writes_manifest(request, context.settings) {
        let is_whole = is_all(request) && report.failures.is_empty();
        let scope = if is_whole { Scope::All } else { Scope::Some };
        // What was packaged is told all the same.
        let updated = manifest::update(&report.packages, scope, context);
        report.failures.extend(updated.err().map(|error| error.failure()));
    }
    for failure in &report.failures {
        context.reporter.report(&Event::Failed(failure));
    }
    context.reporter.report(&Event::Finished {
        packages: report.packages.len(),
        dry_run: request.effect == Effect::HashOnly,
        failures: report.failures.iter().filter(|failure| failure.name.is_some()).count(),
    });
    Ok(report)
}

/// Refuses to take the place of zips that have files which git ignores.
fn refuse_hidden(assembled: &[Assembled], settings: &Settings) -> Result<(), Error> {
    let worktree = Tree::new(&settings.project)?;
    for assembled in assembled {
        if let Some(path) = assembled.counted().others(&worktree)?.into_iter().next() {
            return Err(super::Error::RevisionLacks { path }.into());
        }
    }
    Ok(())
}
