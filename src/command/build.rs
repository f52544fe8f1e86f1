//! `build`: packages lambdas.

use super::{Context, Partition, manifest, select};
use crate::error::Error;
use crate::event::Event;
use crate::manifest::Scope;
use crate::pipeline::{Assembled, Effect};
use crate::report::Report;
use crate::settings::Settings;
use crate::tree::Tree;

/// What is asked for.
#[derive(Debug)]
pub(crate) struct Build {
    /// Names or globs of lambdas; all where there are none.
    pub(crate) names: Vec<String>,
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
    let settings = context.settings;
    let is_revision = settings.tree.commit().is_some();
    // The worktree's manifest is about the worktree.
    let writes_manifest = request.effect == Effect::Publish
        && settings.manifest.is_some()
        && (settings.is_manifest_named || !is_revision);
    // Zips of a revision are then where those of the worktree are.
    let takes_place =
        request.effect == Effect::Publish && !settings.is_out_dir_named && is_revision;
    if takes_place && !settings.tree.is_checked_out(&settings.project, context.environment)? {
        return Err(super::Error::RevisionOutput.into());
    }
    let is_all = request.names.is_empty() && request.partition.is_none();
    let jobs = select::jobs(context, &request.names, request.partition)?;
    if writes_manifest && !is_revision {
        // One that can't be read stops the run before any zip is written.
        manifest::check(settings, if is_all { Scope::All } else { Scope::Some })?;
    }
    context.reporter.report(&Event::Discovered { lambdas: jobs.len() });
    let (mut report, mut failures) = context.with_pipeline(|pipeline| {
        let (assembled, failures) = pipeline.survey(jobs)?;
        if takes_place {
            refuse_hidden(&assembled, settings)?;
        }
        Ok::<_, Error>((pipeline.build(assembled, request.effect)?, failures))
    })?;
    report.packages.sort_by(|one, other| one.name.cmp(&other.name));
    report.failures.append(&mut failures);
    report.failures.sort_by(|one, other| one.name.cmp(&other.name));
    if writes_manifest {
        let is_whole = is_all && report.failures.is_empty();
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
