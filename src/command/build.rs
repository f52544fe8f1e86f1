//! `build`: packages lambdas.

use clap::Args;

use super::changed::{self, Before};
use super::partition::Partition;
use super::select;
use super::{Context, Invocation, TimingsFile, manifest};
use crate::event::{Event, Of};
use crate::manifest::{Manifest, Scope};
use crate::pipeline::{Assembled, Effect, Job, Pipeline};
use crate::report::{Failure, Report, Stage};
use crate::settings::{Options, OutputOptions, PackageOptions, Settings};
use crate::tree::Tree;

/// What is packaged, and what is written of it.
#[derive(Debug, Default, Args)]
pub(crate) struct BuildOptions {
    /// Write nothing, and print the hashes all the same
    #[arg(short = 'n', long)]
    dry_run: bool,
    /// Write every zip, also where the one that is there has the same bytes
    #[arg(long)]
    force: bool,
    #[command(flatten)]
    output: OutputOptions,
    /// Package only the I-th of N parts of the lambdas; each part wants a `--manifest` of its own
    #[arg(long, value_name = "I/N")]
    partition: Option<Partition>,
    /// Write how long each stage of each lambda took: a page (.html) or data (.json)
    #[arg(long, value_name = "FILE")]
    pub(crate) timings: Option<TimingsFile>,
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

    /// Whether nothing is written.
    pub(crate) fn is_dry_run(&self) -> bool {
        self.dry_run
    }

    /// Whether no package may be the answer of a run without failures.
    pub(crate) fn may_be_none(&self) -> bool {
        self.changed_since.is_some()
    }
}

/// A request to package lambdas.
#[derive(Debug)]
pub(super) struct Request {
    /// Names or globs of lambdas; empty for all.
    pub(super) names: Vec<String>,
    /// The packages of a revision: only lambdas that now give another one are built.
    pub(super) before: Option<Before>,
    pub(super) partition: Option<Partition>,
    /// Whether zips are written.
    pub(super) effect: Effect,
}

/// Packages lambdas, and returns the report and the entries of the manifest.
pub(crate) fn build(
    names: Vec<String>,
    options: &BuildOptions,
    invocation: Invocation<'_>,
) -> Result<(Report, Manifest), Failure> {
    let BuildOptions { output, partition, timings, package, changed_since, .. } = options;
    let before = changed::before(changed_since.as_deref(), package, invocation)?;
    let effect = match (options.dry_run, options.force) {
        (true, false) => Effect::Compare,
        (true, true) => Effect::Hash,
        (false, true) => Effect::Force,
        (false, false) => Effect::Publish,
    };
    let request = Request { names, before, partition: *partition, effect };
    let reports = timings.iter().map(|file| file.path.clone()).collect();
    let output = output.clone();
    let options = Options { output, reports, ..invocation.options(package) };
    invocation.with_options(&options, |context| {
        let report = packages(&request, context)?;
        let manifest = manifest::entries(&report.packages, context.settings);
        Ok((report, manifest))
    })
}

/// Packages lambdas, and reports each that was or could not be; sorted by name.
pub(super) fn packages(request: &Request, context: &Context<'_>) -> Result<Report, Failure> {
    let Some(before) = &request.before else {
        refuse_revision_output(request, context)?;
        let jobs = jobs(request, context)?;
        check_manifest(request, &jobs.iter().collect::<Vec<_>>(), context)?;
        context.reporter.report(&Event::Discovered { lambdas: jobs.len() });
        return context.with_pipeline(|pipeline| {
            let (assembled, failures) = pipeline.survey(jobs)?;
            if is_all(request) && failures.is_empty() {
                select::warn_of_patterns(pipeline, &assembled, context)?;
            }
            package(assembled, failures, request, context, pipeline)
        });
    };
    let jobs = jobs(request, context)?;
    changed::with_changed(jobs, before, context, |changed, unpackaged| {
        if changed.is_empty() {
            return Ok(Report { failures: unpackaged, ..Report::default() });
        }
        refuse_revision_output(request, context)?;
        check_manifest(request, &changed.iter().map(|it| &it.job).collect::<Vec<_>>(), context)?;
        context.reporter.report(&Event::Discovered { lambdas: changed.len() });
        let mut report = context
            .with_pipeline(|pipeline| package(changed, Vec::new(), request, context, pipeline))?;
        report.failures.extend(unpackaged);
        report.failures.sort_by(|one, other| one.name.cmp(&other.name));
        Ok(report)
    })
}

/// The jobs of a request.
fn jobs(request: &Request, context: &Context<'_>) -> Result<Vec<Job>, Failure> {
    let jobs = select::jobs(context, &request.names, request.partition)?;
    if let (Some(Partition { index, count }), true) = (request.partition, jobs.is_empty()) {
        let text = format!("part {index} of {count}: no lambda falls into it");
        context.reporter.report(&Event::Skipped(&text));
    }
    Ok(jobs)
}

/// Whether the package manifest is written, too. The packages of a revision are not written into
/// the manifest of the worktree, unless it is named.
fn writes_manifest(request: &Request, settings: &Settings) -> bool {
    request.effect.is_written()
        && settings.manifest.is_some()
        && (settings.is_manifest_named || settings.tree.commit().is_none())
}

/// Whether zips of a revision would replace those of the worktree.
fn takes_place(request: &Request, settings: &Settings) -> bool {
    request.effect.is_written() && !settings.is_out_dir_named && settings.tree.commit().is_some()
}

fn refuse_revision_output(request: &Request, context: &Context<'_>) -> Result<(), Failure> {
    let settings = context.settings;
    if takes_place(request, settings)
        && !settings.tree.is_checked_out(&settings.project, context.environment)?
    {
        return Err(revision_output("is another revision or has changes"));
    }
    Ok(())
}

/// Whether every lambda of the project is packaged.
fn is_all(request: &Request) -> bool {
    request.names.is_empty() && request.partition.is_none() && request.before.is_none()
}

/// Refuses a manifest that can't be read, or written for want of its folder, or that would lose entries
/// to those of a part, before any zip is written. One with conflict markers is only refused where some
/// lambdas are packaged: a build of all writes it anew.
fn check_manifest(request: &Request, jobs: &[&Job], context: &Context<'_>) -> Result<(), Failure> {
    let settings = context.settings;
    if !writes_manifest(request, settings) {
        return Ok(());
    }
    manifest::check_folder(settings)?;
    if let Some(partition) = request.partition {
        let is_whole = request.names.is_empty() && request.before.is_none();
        // An entry of this part without a lambda is of one that was removed.
        let stays = |name: &str| {
            jobs.iter().any(|job| job.lambda.name.as_str() == name)
                || is_whole && partition.has(name)
        };
        manifest::refuse_loss(partition, &stays, context)?;
    }
    if settings.tree.commit().is_some() {
        return Ok(());
    }
    manifest::read(settings, if is_all(request) { Scope::All } else { Scope::Some }).map(drop)
}

/// Builds packages that are laid out; `failures` are those of the others.
fn package(
    assembled: Vec<Assembled>,
    failures: Vec<Failure>,
    request: &Request,
    context: &Context<'_>,
    pipeline: &Pipeline<'_>,
) -> Result<Report, Failure> {
    if takes_place(request, context.settings) {
        refuse_ignored(&assembled, context.settings)?;
    }
    let mut report = pipeline.build(assembled, request.effect)?;
    report.packages.sort_by(|one, other| one.name.cmp(&other.name));
    report.failures.extend(failures);
    report.failures.sort_by(|one, other| one.name.cmp(&other.name));
    if writes_manifest(request, context.settings) {
        let are_all_failed = report.packages.is_empty() && !report.failures.is_empty();
        let scope = match is_all(request) && report.failures.is_empty() {
            _ if request.partition.is_some() && !are_all_failed => Scope::Part,
            true => Scope::All,
            false => Scope::Some,
        };
        // The zips are there, so the report has them although the manifest failed.
        let update = || manifest::update(&report.packages, scope, context);
        let updated = context.reporter.during(Stage::Manifest, Of::Run, update);
        report.failures.extend(updated.err());
    }
    context.reporter.fail(&report.failures);
    Ok(report)
}

/// Refuses to replace zips that have files which git ignores, since a revision does not have them.
fn refuse_ignored(assembled: &[Assembled], settings: &Settings) -> Result<(), Failure> {
    let worktree = Tree::new(&settings.project)?;
    for assembled in assembled {
        if let Some(path) = assembled.inputs().others(&worktree)?.into_iter().next() {
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
