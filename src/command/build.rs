//! `build`: packages lambdas.

use clap::Args;

use super::select::{self, Partition};
use super::{Context, Invocation, changed, manifest};
use crate::event::Event;
use crate::manifest::{Manifest, Scope};
use crate::pipeline::{Assembled, Effect};
use crate::report::{Failure, Report};
use crate::settings::{OutputOptions, PackageOptions, Settings};
use crate::tree::Tree;

/// What is packaged, and what is written of it.
#[derive(Debug, Default, Args)]
pub(crate) struct BuildOptions {
    /// Write nothing, and print the hashes all the same
    #[arg(short = 'n', long)]
    dry_run: bool,
    /// Build though nothing has changed; today every run does
    #[arg(long)]
    force: bool,
    #[command(flatten)]
    output: OutputOptions,
    /// Package only the I-th of N parts of the lambdas
    #[arg(long, value_name = "I/N")]
    partition: Option<Partition>,
    #[command(flatten)]
    package: PackageOptions,
    /// Only lambdas whose packages are others than those of a git revision
    #[arg(long, value_name = "REV")]
    changed_since: Option<String>,
}

impl BuildOptions {
    /// Whether only some lambdas are asked for, even if none is named.
    pub(crate) fn is_partial(&self) -> bool {
        self.partition.is_some() || self.changed_since.is_some()
    }
}

/// Packages lambdas, and returns what became of each and what a manifest says of them.
pub(crate) fn build(
    names: &[String],
    options: &BuildOptions,
    invocation: Invocation<'_>,
) -> Result<(Report, Manifest), Failure> {
    let BuildOptions { output, partition, package, changed_since, .. } = options;
    let (names, failures) = changed::since(changed_since.as_deref(), names, package, invocation)?;
    let Some(names) = names else {
        return Ok((Report { failures, ..Report::default() }, Manifest::default()));
    };
    let effect = if options.dry_run { Effect::HashOnly } else { Effect::Publish };
    let (mut report, manifest) = invocation.with_context(package, output, |context| {
        let report = packages(&names, *partition, effect, context)?;
        let manifest = manifest::entries(&report.packages, context.settings);
        Ok::<_, Failure>((report, manifest))
    })?;
    report.failures.extend(failures);
    Ok((report, manifest))
}

/// Packages lambdas, and reports each that was or could not be; sorted by name.
pub(super) fn packages(
    names: &[String],
    partition: Option<Partition>,
    effect: Effect,
    context: &Context<'_>,
) -> Result<Report, Failure> {
    let settings = context.settings;
    let is_revision = settings.tree.commit().is_some();
    // The worktree's manifest is about the worktree.
    let writes_manifest = effect == Effect::Publish
        && settings.manifest.is_some()
        && (settings.is_manifest_named || !is_revision);
    // Zips of a revision are then where those of the worktree are.
    let takes_place = effect == Effect::Publish && !settings.is_out_dir_named && is_revision;
    if takes_place && !settings.tree.is_checked_out(&settings.project, context.environment)? {
        return Err(revision_output("is another revision or has changes"));
    }
    let is_all = names.is_empty() && partition.is_none();
    let jobs = select::jobs(context, names, partition)?;
    if writes_manifest && !is_revision {
        // One that can't be read stops the run before any zip is written.
        manifest::check(settings, if is_all { Scope::All } else { Scope::Some })?;
    }
    context.reporter.report(&Event::Discovered { lambdas: jobs.len() });
    let (mut report, mut failures) = context.with_pipeline(|pipeline| {
        let (assembled, failures) = pipeline.survey(jobs)?;
        if takes_place {
            refuse_ignored(&assembled, settings)?;
        }
        Ok::<_, Failure>((pipeline.build(assembled, effect)?, failures))
    })?;
    report.packages.sort_by(|one, other| one.name.cmp(&other.name));
    report.failures.append(&mut failures);
    report.failures.sort_by(|one, other| one.name.cmp(&other.name));
    if writes_manifest {
        let is_whole = is_all && report.failures.is_empty();
        let scope = if is_whole { Scope::All } else { Scope::Some };
        // What was packaged is told all the same.
        let updated = manifest::update(&report.packages, scope, context);
        report.failures.extend(updated.err());
    }
    for failure in &report.failures {
        context.reporter.report(&Event::Failed(failure));
    }
    context.reporter.report(&Event::Finished {
        packages: report.packages.len(),
        dry_run: effect == Effect::HashOnly,
        failures: report.failures.iter().filter(|failure| failure.name.is_some()).count(),
    });
    Ok(report)
}

/// Refuses to take the place of zips that have files which git ignores.
fn refuse_ignored(assembled: &[Assembled], settings: &Settings) -> Result<(), Failure> {
    let worktree = Tree::new(&settings.project)?;
    for assembled in assembled {
        if let Some(path) = assembled.counted().others(&worktree)?.into_iter().next() {
            let how = format!("differ by `{path}`, though git sees no change");
            return Err(revision_output(&how));
        }
    }
    Ok(())
}

fn revision_output(how: &str) -> Failure {
    let message = "its zips would take the place of those of the worktree, which";
    Failure::usage("revision-output", format!("{message} {how}"))
        .hint("let them go elsewhere with `--out-dir`, or only print the hashes with `-n`")
}
