//! `doctor`: describes this machine and the project. Nothing is resolved, fetched or written.

use std::time::Duration;

use super::{Context, Invocation, cache, select};
use crate::environment::Environment;
use crate::fs;
use crate::patience::Limits;
use crate::pipeline::{Doubt, Job};
use crate::process::Program;
use crate::report::{Diagnosis, Failure, LambdaFact, ProgramFact, ProjectFact, Sourced, StoreFact};
use crate::settings::{self, PackageOptions};
use crate::store;

/// How long a program may take to print its version.
const TIMEOUT: Duration = Duration::from_secs(20);

/// Programs, by name, and how each is asked for its version.
const PROGRAMS: [(&str, &str, &[&str]); 7] = [
    ("python3", "python3", &["--version"]),
    ("pip", "python3", &["-m", "pip", "--version"]),
    ("uv", "uv", &["--version"]),
    ("git", "git", &["--version"]),
    ("terraform", "terraform", &["-version"]),
    ("aws", "aws", &["--version"]),
    ("cargo", "cargo", &["--version"]),
];

/// Describes this machine and the project, with their problems.
pub(crate) fn doctor(invocation: Invocation<'_>) -> Diagnosis {
    let package = PackageOptions::default();
    let store = store(invocation.environment);
    let project = invocation.with_context(&package, project);
    Diagnosis {
        programs: programs(invocation.environment),
        problems: store.as_ref().err().into_iter().chain(project.as_ref().err()).cloned().collect(),
        store: store.ok(),
        project: project.ok(),
    }
}

/// Looks for the programs that this tool may run, and asks each for its version.
fn programs(environment: &Environment) -> Vec<ProgramFact> {
    // Terraform would ask HashiCorp's servers for a newer version ("Upgrade and Information Checks"
    // in the documentation of its CLI).
    let environment = environment.clone().with("CHECKPOINT_DISABLE", "1");
    let path = environment.raw("PATH").unwrap_or_default();
    let ask = |(name, program, arguments): (&'static str, &str, &[&'static str])| {
        let Some(found) = fs::find(program, path) else {
            return ProgramFact { name, path: None, version: None };
        };
        let arguments = arguments.iter().copied();
        let mut program = match program {
            "python3" => Program::python(found.as_str(), arguments, &environment),
            "cargo" => Program::cargo(&found, arguments, &environment),
            _ => Program::new(found.as_str(), arguments, environment.clone()),
        };
        program.limits = Limits { silence: TIMEOUT, total: TIMEOUT };
        // A program that can't be run, or fails, has no version in the answer.
        let said = program.run().ok().filter(|output| output.success);
        let version = said.and_then(|output| version(&output.text()));
        ProgramFact { name, path: Some(found.to_string()), version }
    };
    PROGRAMS.into_iter().map(ask).collect()
}

/// The first word that is a version. The rest of a program's output is not shown, for it may have
/// paths or addresses.
fn version(said: &str) -> Option<String> {
    let words = said.split(|letter: char| letter.is_whitespace() || "/,()".contains(letter));
    let words = words.map(|word| word.strip_prefix('v').unwrap_or(word));
    let is_version =
        |word: &&str| word.starts_with(|first: char| first.is_ascii_digit()) && word.contains('.');
    words.into_iter().find(is_version).map(str::to_owned)
}

fn store(environment: &Environment) -> Result<StoreFact, Failure> {
    let directory = cache::directory(environment)?;
    let store::Usage { files, bytes } = store::usage(&directory)?;
    Ok(StoreFact { directory: directory.to_string(), files, bytes })
}

/// Describes the project and the targets of its lambdas.
fn project(context: &Context<'_>) -> Result<ProjectFact, Failure> {
    let root = &context.settings.project;
    let jobs = select::jobs(context, &[], None)?;
    let settled = context.with_pipeline(|pipeline| pipeline.targets(jobs.clone()));
    let lambdas = jobs.into_iter().zip(settled).map(|(job, settled)| fact(job, settled)).collect();
    Ok(ProjectFact { root: root.to_string(), config: settings::config_in(root)?, lambdas })
}

/// The target of a lambda as it would be packaged.
fn fact(job: Job, settled: Result<Option<Job>, Box<Failure>>) -> LambdaFact {
    let (job, failure, is_any) = match settled {
        Ok(Some(settled)) => (settled, None, false),
        Ok(None) => (job, None, true),
        Err(failure) => (job, Some(*failure), false),
    };
    let Job { lambda, python, architecture, doubts, .. } = job;
    let is_disputed = matches!(doubts.architecture, Some(Doubt::Disputed(_)));
    let architecture = (is_any || !is_disputed).then_some(architecture);
    let mut told: Vec<String> = match is_any {
        true => Vec::new(),
        false => [doubts.python, doubts.architecture].iter().flatten().map(told).collect(),
    };
    if let Some(failure) = failure {
        let failure = told_failure(&failure);
        if !told.contains(&failure) {
            told.push(failure);
        }
    }
    LambdaFact {
        name: lambda.name.to_string(),
        python: match python {
            Some(it) => Some(Sourced::new(format!("python{}", it.value), &it.origin)),
            None => is_any.then(|| Sourced::new("python", "any version: nothing hangs on it")),
        },
        architecture: architecture.map(|it| Sourced::new(it.value, &it.origin)),
        doubts: told,
    }
}

/// A doubt as a clause, with its place.
fn told(doubt: &Doubt) -> String {
    match doubt {
        Doubt::Unknown(Some(place), why) => format!("{place}: {why}"),
        Doubt::Unknown(None, why) => why.clone(),
        Doubt::Disputed(failure) | Doubt::NoPython(failure) => told_failure(failure),
    }
}

fn told_failure(failure: &Failure) -> String {
    match &failure.place {
        Some(place) => format!("{place}: {}", failure.message),
        None => failure.message.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_is_found_in_what_a_program_says_of_itself() {
        let table = [
            ("Python 3.12.4\n", Some("3.12.4")),
            ("pip 23.2.1 from /usr/lib/python3/dist-packages/pip (python 3.11)\n", Some("23.2.1")),
            ("uv 0.5.1\n", Some("0.5.1")),
            ("git version 2.39.5 (Apple Git-154)\n", Some("2.39.5")),
            ("Terraform v1.11.4\non linux_amd64\n", Some("1.11.4")),
            ("aws-cli/2.15.0 Python/3.11.6 Linux/6.1 exe/x86_64\n", Some("2.15.0")),
            ("cargo 1.95.0 (abc 2026-01-01)\n", Some("1.95.0")),
            ("no idea\n", None),
        ];
        for (said, expected) in table {
            assert_eq!(version(said).as_deref(), expected, "{said}");
        }
    }
}
