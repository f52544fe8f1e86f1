//! `list`: what would go into each zip, and what would not, by which rule.

use std::collections::BTreeMap;

use super::hints::Wanted;
use super::select::{Selected, Selection};
use super::{Context, select};
use crate::error::Error;
use crate::event::Event;
use crate::lambda::Settled;
use crate::pipeline::Assembled;
use crate::report::Failure;

/// What would go into one lambda's package.
#[derive(Debug)]
pub(crate) struct Listing {
    /// The lambda's name.
    pub(crate) name: String,
    /// The version of Python; none where it does not matter.
    pub(crate) python: Option<String>,
    /// The architecture.
    pub(crate) architecture: String,
    /// What it is for, what is called in it and how, and who said so.
    pub(crate) target: Vec<Row>,
    /// What would go in, sorted by path.
    pub(crate) kept: Vec<Row>,
    /// What would not, sorted by path.
    pub(crate) left_out: Vec<Row>,
}

/// A thing, and where it comes from or the rule that left it out.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Row {
    /// The thing.
    pub(crate) what: String,
    /// Where it comes from, or the rule.
    pub(crate) why: String,
}

/// Lists lambdas, sorted by name, and those that could not be.
///
/// # Errors
///
/// What stops the run before any lambda: discovery, a name that no lambda has, the store.
pub(crate) fn list(
    names: &[String],
    context: &Context<'_>,
) -> Result<(Vec<Listing>, Vec<Failure>), Error> {
    let Selection { selected, .. } = select::select(context, names, None, Wanted::All)?;
    let mut functions = BTreeMap::new();
    let mut jobs = Vec::new();
    for Selected { job, function_name, handler, .. } in selected {
        let name = job.lambda.name.clone();
        let said: Vec<_> = [handler, function_name].into_iter().flatten().collect();
        functions.insert(name, said);
        jobs.push(job);
    }
    let (assembled, mut failures) = context.with_pipeline(|pipeline| pipeline.survey(jobs))?;
    failures.sort_by(|one, other| one.name.cmp(&other.name));
    for failure in &failures {
        context.reporter.report(&Event::Failed(failure));
    }
    let listing = |one: &Assembled| listing(one, &functions[&one.job.lambda.name]);
    Ok((assembled.iter().map(listing).collect(), failures))
}

fn listing(assembled: &Assembled, function: &[Settled<String>]) -> Listing {
    let Assembled { job, sources, contents, wheels, .. } = assembled;
    let row = |what: &str, why: &str| Row { what: what.to_owned(), why: why.to_owned() };
    let mut target = Vec::new();
    if let Some(python) = &job.python {
        target.push(row(&format!("python{}", python.value), &python.origin.to_string()));
    }
    let architecture = job.architecture.value.to_string();
    target.push(row(&architecture, &job.architecture.origin.to_string()));
    target.extend(function.iter().map(|said| row(&said.value, &said.origin.to_string())));
    let kept = contents.entries().map(|(path, entry)| row(path.as_str(), entry.data.origin()));
    let mut left_out: Vec<Row> =
        sources.left_out.iter().map(|left_out| row(&left_out.path, &left_out.rule)).collect();
    for layout in wheels.iter().flat_map(|set| set.by_name()) {
        for member in &layout.left_out {
            let why = format!("{}: {}", layout.wheel.name, member.rule);
            left_out.push(row(&member.member, &why));
        }
    }
    left_out.sort();
    Listing {
        name: job.lambda.name.to_string(),
        python: job.python.as_ref().map(|python| python.value.to_string()),
        architecture,
        target,
        kept: kept.collect(),
        left_out,
    }
}
