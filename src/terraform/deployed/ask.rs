//! Runs the AWS CLI.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use rayon::prelude::*;
use serde::Deserialize;
use serde::de::{DeserializeOwned, IgnoredAny};

use super::{Answer, Error, Live, Question};
use crate::environment::Environment;
use crate::process::{self, Program, last_lines};
use crate::terraform::{self, matching::is_like};

/// How long the CLI may say nothing: it tries an endpoint that does not answer for minutes.
const SILENCE: Duration = Duration::from_secs(600);
/// How many of its last lines an error shows.
const LINES: usize = 6;
/// What it says of a function that is not there.
const NOT_FOUND: &str = "ResourceNotFoundException";

/// What Lambda says of a function.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Configuration {
    function_name: String,
    code_sha256: String,
    runtime: Option<String>,
    handler: Option<String>,
    #[serde(default)]
    architectures: Vec<String>,
    #[serde(default)]
    layers: Vec<IgnoredAny>,
    package_type: Option<String>,
    last_update_status: Option<String>,
    last_update_status_reason: Option<String>,
    state: Option<String>,
    state_reason: Option<String>,
}

/// A list of functions, of which only the names are read.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct List {
    functions: Vec<Named>,
}

/// One of them.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Named {
    function_name: String,
}

/// Asks Lambda, and answers in the order of the questions. A function that is not there is no
/// error.
///
/// # Errors
///
/// There is no AWS CLI; it failed, for want of credentials, a region, a permission or a network;
/// it says something else than expected.
pub(crate) fn ask(
    questions: &[Question],
    environment: &Environment,
) -> Result<Vec<Answer>, terraform::Error> {
    ask_within(SILENCE, questions, environment)
}

/// The same, with a limit to the CLI's silence.
pub(super) fn ask_within(
    silence: Duration,
    questions: &[Question],
    environment: &Environment,
) -> Result<Vec<Answer>, terraform::Error> {
    // A pager, or a question, would wait for somebody who is not there.
    let unasked = [("AWS_PAGER", ""), ("AWS_CLI_AUTO_PROMPT", "off")];
    let unasked = unasked.map(|(name, value)| (name.into(), value.into()));
    let variables = environment.all().map(|(name, value)| (name.to_owned(), value.to_owned()));
    let cli = Cli { environment: Environment::new(variables.chain(unasked)), silence };
    let lists = cli.lists(questions)?;
    let answer = |question: &Question| {
        let names = match lists.get(&question.region) {
            Some(all) if question.function_name.contains('*') => {
                let fits = all.iter().filter(|name| is_like(name, &question.function_name));
                fits.cloned().collect()
            }
            _ => vec![question.function_name.clone()],
        };
        let function = |name: &String| cli.function(name, question.region.as_deref());
        let functions: Vec<Result<Option<Live>, Error>> = names.par_iter().map(function).collect();
        let functions = functions.into_iter().filter_map(Result::transpose);
        let functions = functions.collect::<Result<_, Error>>()?;
        Ok(Answer { question: question.clone(), functions })
    };
    // All answers first: which error is told must not hang on who was faster.
    let answers: Vec<Result<Answer, terraform::Error>> = questions.par_iter().map(answer).collect();
    answers.into_iter().collect()
}

/// Why a function may not run the code that Lambda has of it, as a clause: `what` failed, or goes on.
fn unready(status: Option<String>, reason: Option<String>, what: &str) -> Option<String> {
    let status = match status?.as_str() {
        "Failed" => "failed",
        "InProgress" | "Pending" => "is in progress",
        _ => return None,
    };
    let reason = reason.filter(|reason| !reason.is_empty());
    let reason = reason.map_or_else(String::new, |reason| format!(" ({reason})"));
    Some(format!("{what} {status}{reason}"))
}

/// The AWS CLI.
struct Cli {
    environment: Environment,
    silence: Duration,
}

impl Cli {
    /// The names of all functions, sorted, for each region in which a question has a `*`.
    fn lists(
        &self,
        questions: &[Question],
    ) -> Result<BTreeMap<Option<String>, BTreeSet<String>>, Error> {
        let open = questions.iter().filter(|question| question.function_name.contains('*'));
        let regions: BTreeSet<Option<String>> =
            open.map(|question| question.region.clone()).collect();
        let list = |region: Option<String>| {
            let list: Option<List> = self.lambda(&["list-functions"], region.as_deref())?;
            let functions = list.map(|list| list.functions).unwrap_or_default();
            let names = functions.into_iter().map(|named| named.function_name).collect();
            Ok((region, names))
        };
        regions.into_iter().map(list).collect()
    }

    /// One function; none where there is none.
    fn function(&self, name: &str, region: Option<&str>) -> Result<Option<Live>, Error> {
        let arguments = ["get-function-configuration", "--function-name", name];
        let found: Option<Configuration> = self.lambda(&arguments, region)?;
        Ok(found.map(|found| Live {
            name: found.function_name,
            code_sha256: found.code_sha256,
            runtime: found.runtime.filter(|runtime| !runtime.is_empty()),
            handler: found.handler.filter(|handler| !handler.is_empty()),
            architecture: found
                .architectures
                .into_iter()
                .next()
                .unwrap_or_else(|| "x86_64".to_owned()),
            has_layers: !found.layers.is_empty(),
            is_image: found.package_type.as_deref() == Some("Image"),
            unready: unready(found.state, found.state_reason, "its creation").or_else(|| {
                unready(
                    found.last_update_status,
                    found.last_update_status_reason,
                    "its last update",
                )
            }),
        }))
    }

    /// Runs `aws lambda …`; none where it says that there is no such function.
    fn lambda<T: DeserializeOwned>(
        &self,
        arguments: &[&str],
        region: Option<&str>,
    ) -> Result<Option<T>, Error> {
        let region = region.map(|region| ["--region", region]);
        let region: Vec<&str> = region.into_iter().flatten().collect();
        let arguments = [&["lambda"], arguments, &region[..], &["--output", "json"]].concat();
        let command = || {
            let words = std::iter::once("aws").chain(arguments.iter().copied());
            // A NUL can't be typed, and no name has one.
            shlex::try_join(words).unwrap_or_else(|_| "aws lambda".to_owned())
        };
        let mut program = Program::new("aws", arguments.iter(), self.environment.clone());
        program.silence = self.silence;
        let output = program.run(&mut |_| {}).map_err(|source| match source {
            process::Error::Start { .. } => Error::NoCli { source },
            process::Error::Silent { .. } | process::Error::Wait { .. } => {
                Error::Unended { command: command(), source }
            }
        })?;
        if !output.success {
            if output.stderr.contains(NOT_FOUND) {
                return Ok(None);
            }
            let said = last_lines(&output.stderr, LINES);
            return Err(Error::Failed { command: command(), status: output.status, said });
        }
        let answer = serde_json::from_slice(&output.stdout);
        answer.map(Some).map_err(|source| Error::Answer { command: command(), source })
    }
}
