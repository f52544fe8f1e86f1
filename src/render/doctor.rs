//! The answer of `doctor`.

use std::fmt::Write as _;

use serde::Serialize;

use super::json::{FailureRow, SCHEMA, TOOL, Tool, document, failure};
use super::text::visible;
use crate::archive::FORMAT;
use crate::command::{ProgramFact, ProjectFact, StoreFact};
use crate::report::Failure;

/// Who says what a lambda is for where nobody did.
const NOBODY: &str = "its lock, else python3 on PATH";

/// What there is, and what is amiss.
#[derive(Debug, Default)]
pub(crate) struct Diagnosis {
    /// Programs that this tool may run.
    pub(crate) programs: Vec<ProgramFact>,
    /// The store, where it can be looked at.
    pub(crate) store: Option<StoreFact>,
    /// The project, where there is one.
    pub(crate) project: Option<ProjectFact>,
    /// Why something could not be looked at.
    pub(crate) problems: Vec<Failure>,
}

#[derive(Serialize)]
struct Document<'a> {
    schema: u32,
    tool: Tool,
    programs: Vec<ProgramRow<'a>>,
    store: Option<StoreRow<'a>>,
    project: Option<ProjectRow<'a>>,
    problems: Vec<FailureRow<'a>>,
}

#[derive(Serialize)]
struct ProgramRow<'a> {
    name: &'a str,
    version: Option<&'a str>,
    path: Option<&'a str>,
}

#[derive(Serialize)]
struct StoreRow<'a> {
    directory: &'a str,
    files: u64,
    bytes: u64,
}

#[derive(Serialize)]
struct ProjectRow<'a> {
    root: &'a str,
    config: Option<&'a str>,
    lambdas: Vec<LambdaRow<'a>>,
}

#[derive(Serialize)]
struct LambdaRow<'a> {
    name: &'a str,
    python: Option<SaidRow<'a>>,
    architecture: SaidRow<'a>,
}

#[derive(Serialize)]
struct SaidRow<'a> {
    value: &'a str,
    from: &'a str,
}

/// `GROUP<TAB>NAME<TAB>VALUE<TAB>WHERE FROM`, a line for each thing.
pub(crate) fn text(diagnosis: &Diagnosis) -> String {
    let mut text = String::new();
    let mut row = |columns: [&str; 4]| {
        let columns = columns.map(visible);
        writeln!(text, "{}", columns.join("\t")).expect("a String takes all");
    };
    row(["tool", TOOL.name, TOOL.version, &format!("format {FORMAT}")]);
    for ProgramFact { name, path, version } in &diagnosis.programs {
        let (value, path) = match (path, version) {
            (None, _) => ("not found", "PATH"),
            (Some(path), None) => ("does not tell its version", path.as_str()),
            (Some(path), Some(version)) => (version.as_str(), path.as_str()),
        };
        row(["program", name, value, path]);
    }
    if let Some(StoreFact { directory, files, bytes }) = &diagnosis.store {
        row(["store", "bytes", &bytes.to_string(), directory]);
        row(["store", "files", &files.to_string(), directory]);
    }
    if let Some(ProjectFact { root, config, lambdas }) = &diagnosis.project {
        row(["project", "config", config.unwrap_or("none"), root]);
        for lambda in lambdas {
            let (python, from) = match &lambda.python {
                Some((python, from)) => (python.as_str(), from.as_str()),
                None => ("python", NOBODY),
            };
            row(["lambda", &lambda.name, python, from]);
            row(["lambda", &lambda.name, &lambda.architecture.0, &lambda.architecture.1]);
        }
    }
    for problem in &diagnosis.problems {
        let advice = problem.hint.as_deref().unwrap_or_default();
        let causes = problem.causes.iter().map(|cause| format!(": {cause}"));
        let message = format!("{}{}", problem.message, causes.collect::<String>());
        row(["problem", problem.code, &message, advice]);
    }
    text
}

/// The same as JSON.
pub(crate) fn json(diagnosis: &Diagnosis) -> String {
    fn said((value, from): &(String, String)) -> SaidRow<'_> {
        SaidRow { value, from }
    }
    fn program(fact: &ProgramFact) -> ProgramRow<'_> {
        let (version, path) = (fact.version.as_deref(), fact.path.as_deref());
        ProgramRow { name: fact.name, version, path }
    }
    document(&Document {
        schema: SCHEMA,
        tool: TOOL,
        programs: diagnosis.programs.iter().map(program).collect(),
        store: diagnosis.store.as_ref().map(|store| StoreRow {
            directory: &store.directory,
            files: store.files,
            bytes: store.bytes,
        }),
        project: diagnosis.project.as_ref().map(|project| ProjectRow {
            root: &project.root,
            config: project.config,
            lambdas: project
                .lambdas
                .iter()
                .map(|lambda| LambdaRow {
                    name: &lambda.name,
                    python: lambda.python.as_ref().map(said),
                    architecture: said(&lambda.architecture),
                })
                .collect(),
        }),
        problems: diagnosis.problems.iter().map(failure).collect(),
    })
}
