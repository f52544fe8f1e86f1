//! `list`: what would go into each zip, and what a rule leaves out.

use clap::Args;

use super::quiet::Answered;
use super::select::Selection;
use super::{Invocation, changed, select};
use crate::pipeline::Assembled;
use crate::report::{Failure, Kept, LeftOut, Listing, Listings, Sourced};
use crate::settings::PackageOptions;

/// Which lambdas are listed.
#[derive(Debug, Args)]
pub(crate) struct ListOptions {
    /// Names of lambdas, or globs
    #[arg(value_name = "NAME")]
    names: Vec<String>,
    /// Every file, also those of wheels; `--format json` has them always
    #[arg(long)]
    pub(crate) members: bool,
    #[command(flatten)]
    package: PackageOptions,
    /// Only lambdas whose packages are others than those of a git revision
    #[arg(long, value_name = "REV")]
    pub(crate) changed_since: Option<String>,
}

/// Lists lambdas, sorted by name, and those that could not be.
pub(crate) fn list(options: &ListOptions, invocation: Invocation<'_>) -> Result<Listings, Failure> {
    let ListOptions { names, package, changed_since, .. } = options;
    let before = changed::before(changed_since.as_deref(), package, invocation)?;
    invocation.with_context(package, |context| {
        let Selection { jobs, declared, left_out, .. } = select::select(context, names, None)?;
        let listings = |all: &[Assembled], functions, left_out, failures| Listings {
            lambdas: all.iter().map(listing).collect(),
            functions,
            left_out,
            failures,
        };
        let Some(before) = &before else {
            let answered = Answered::new(context.reporter);
            let context = &context.with_reporter(&answered);
            let surveyed = context.with_pipeline(|pipeline| {
                let (mut assembled, mut failures) = pipeline.survey(jobs)?;
                if names.is_empty() && failures.is_empty() {
                    select::warn_of_patterns(pipeline, &assembled, context)?;
                }
                pipeline.tell_findings(&mut assembled, &mut failures);
                Ok::<_, Failure>((assembled, failures))
            });
            // Those of a lambda that failed are in no answer.
            let listed = surveyed.as_ref().map(|(assembled, _)| &assembled[..]).unwrap_or_default();
            answered.tell(|lambda, warning| {
                let own = listed.iter().filter(|it| it.job.lambda.name.as_str() == lambda);
                own.flat_map(|it| &it.warnings).any(|it| it == warning)
            });
            let (assembled, mut failures) = surveyed?;
            context.tell(&mut failures);
            let functions = if names.is_empty() { declared.others } else { Vec::new() };
            return Ok(listings(&assembled, functions, left_out, failures));
        };
        changed::with_changed(jobs, before, context, |changed, failures| {
            Ok(listings(&changed, Vec::new(), Vec::new(), failures))
        })
    })
}

fn listing(assembled: &Assembled) -> Listing {
    let Assembled { job, sources, ignored, contents, wheels, warnings, .. } = assembled;
    let architecture = job.architecture.value.to_string();
    let python = job.python.iter();
    let python = python.map(|it| Sourced::new(format!("python{}", it.value), &it.origin));
    let other = job.other_runtime.iter().map(|it| Sourced::new(&it.value, &it.origin));
    let machine = Sourced::new(&architecture, &job.architecture.origin);
    let called = job.handler.iter().chain(&job.function_name);
    let called = called.map(|it| Sourced::new(&it.value, &it.origin));
    let kept = contents.entries().map(|(path, entry)| Kept {
        path: path.to_string(),
        from: entry.data.origin().to_owned(),
        unpacked_size: entry.data.size(),
        ignored: entry.data.place().is_some_and(|place| ignored.contains(&place)),
    });
    let own = sources.all_left_out().into_iter();
    let own = own.map(|it| LeftOut { path: it.path, rule: it.rule });
    let mut left_out: Vec<LeftOut> = own.collect();
    for layout in wheels.iter().flat_map(|set| set.by_name()) {
        left_out.extend(layout.left_out.iter().map(|it| LeftOut {
            path: it.member.clone(),
            rule: format!("{}: {}", layout.wheel.name, it.rule),
        }));
    }
    left_out.sort();
    Listing {
        name: job.lambda.name.to_string(),
        kind: job.lambda.kind,
        layers: job.lambda.layers.iter().map(ToString::to_string).collect(),
        python: job.python.as_ref().map(|python| python.value.to_string()),
        architecture,
        target: python.chain(other).chain([machine]).chain(called).collect(),
        requirements: assembled.sourced(),
        requirements_left_out: wheels.iter().flat_map(|set| set.left_out.clone()).collect(),
        own: assembled.own_files(),
        kept: kept.collect(),
        left_out,
        warnings: warnings.clone(),
    }
}
