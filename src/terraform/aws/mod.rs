//! Asks Lambda what code it has, through the AWS CLI.
//!
//! Credentials, region, profile and endpoint are as the CLI has them: its environment is passed
//! on as it is. Only reading calls are made: `list-functions` once for each region, where a name
//! has a `*`, and `get-function-configuration` for each function, side by side. Of a layer the same
//! by `list-layers`, `list-layer-versions` and `get-layer-version`: what counts is its latest version.

mod names;

use std::collections::{BTreeMap, BTreeSet};

use rayon::prelude::*;
use serde::Deserialize;
use serde::de::{DeserializeOwned, IgnoredAny};

use super::matching::is_like;
use super::{Code, Deployed, Function, Value, Variables};
use crate::environment::Environment;
use crate::process::{self, Program, last_lines};
use crate::report::Failure;
use names::is_function_name;

/// Which functions of Lambda a lambda should be found in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Question {
    pub(crate) lambda: String,
    /// Whether it is a layer, of which there are versions.
    pub(crate) is_layer: bool,
    /// What Lambda calls its functions, with `*` for any letters.
    pub(crate) function_name: String,
    /// The region, where that is known; else it is the CLI's own.
    pub(crate) region: Option<String>,
}

/// The functions that were found. An answer without functions is no error.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Answer {
    pub(crate) question: Question,
    /// Sorted by name.
    pub(crate) functions: Vec<Function>,
}

/// How many of its last lines an error shows.
const LINES: usize = 6;
/// The exception that it names for a function that does not exist ("Errors" of
/// `GetFunctionConfiguration` in Lambda's API reference).
const NOT_FOUND: &str = "ResourceNotFoundException";
/// The code of a call that failed.
const FAILED: &str = "aws-failed";

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
    environment: Option<Given>,
    package_type: Option<String>,
    last_update_status: Option<String>,
    last_update_status_reason: Option<String>,
    state: Option<String>,
    state_reason: Option<String>,
}

/// The variables of a function: those that are not asked for may be secrets.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Given {
    /// None where they can't be decrypted.
    variables: Option<BTreeMap<String, String>>,
}

/// A list of functions or layers, of which only the names are read.
#[derive(Debug, Deserialize)]
struct List {
    #[serde(alias = "Functions", alias = "Layers")]
    all: Vec<Named>,
}

#[derive(Debug, Deserialize)]
struct Named {
    #[serde(alias = "FunctionName", alias = "LayerName")]
    name: String,
}

/// The versions of a layer.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Versions {
    layer_versions: Vec<Version>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Version {
    version: u64,
}

/// The names of functions or, where that is true, of layers, for each region.
type Lists = BTreeMap<(bool, Option<String>), BTreeSet<String>>;

/// One version of a layer.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct LayerVersion {
    content: Content,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Content {
    code_sha256: String,
}

/// Asks Lambda questions that were checked ([`Question::check`]), and answers in their order. A
/// function that is not there is no error.
///
/// # Errors
///
/// There is no AWS CLI; it failed, for want of credentials, a region, a permission or a network;
/// it says something else than expected.
pub(crate) fn ask(
    questions: &[Question],
    environment: &Environment,
) -> Result<Vec<Answer>, Failure> {
    Cli::new(environment.clone()).ask(questions)
}

/// Why a function may not run its latest code, as a clause: `what` failed or is in progress. During
/// an update, and after one that failed, the old code runs ("Lambda function states" in its
/// developer guide).
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

struct Cli {
    environment: Environment,
}

impl Cli {
    fn new(environment: Environment) -> Self {
        // A pager, or a prompt, would wait for input that never comes: `AWS_PAGER` and
        // `AWS_CLI_AUTO_PROMPT` in the user guide of the AWS CLI.
        let environment = environment.with("AWS_PAGER", "").with("AWS_CLI_AUTO_PROMPT", "off");
        Self { environment }
    }

    /// Answers in the order of the questions.
    fn ask(&self, questions: &[Question]) -> Result<Vec<Answer>, Failure> {
        let lists = self.lists(questions)?;
        let answer = |question: &Question| {
            let names = match lists.get(&(question.is_layer, question.region.clone())) {
                Some(all) if question.function_name.contains('*') => {
                    let fits = all.iter().filter(|name| is_like(name, &question.function_name));
                    fits.cloned().collect()
                }
                _ => vec![question.function_name.clone()],
            };
            let function = |name: &String| match question.is_layer {
                true => self.layer(name, question.region.as_deref()),
                false => self.function(name, question.region.as_deref()),
            };
            let functions: Vec<Result<Option<Function>, Failure>> =
                names.par_iter().map(function).collect();
            let functions = functions.into_iter().filter_map(Result::transpose);
            let functions = functions.collect::<Result<_, Failure>>()?;
            Ok(Answer { question: question.clone(), functions })
        };
        // All answers first: the first error by name is reported, whichever thread is faster.
        let answers: Vec<Result<Answer, Failure>> = questions.par_iter().map(answer).collect();
        answers.into_iter().collect()
    }

    /// The names of all functions, sorted, for each region in which a question has a `*`.
    fn lists(&self, questions: &[Question]) -> Result<Lists, Failure> {
        let open = questions.iter().filter(|question| question.function_name.contains('*'));
        let kinds: BTreeSet<_> =
            open.map(|question| (question.is_layer, question.region.clone())).collect();
        // The CLI asks for all pages by itself ("Pagination" in its user guide).
        let list = |(is_layer, region): (bool, Option<String>)| {
            let command = if is_layer { "list-layers" } else { "list-functions" };
            let list: Option<List> = self.lambda(&[command], region.as_deref())?;
            let names = list.map(|list| list.all).unwrap_or_default().into_iter();
            // They go into arguments, too.
            let names = names.map(|named| named.name).filter(|name| is_function_name(name));
            Ok(((is_layer, region), names.collect()))
        };
        kinds.into_iter().map(list).collect()
    }

    /// Asks for one function; none where it does not exist.
    fn function(&self, name: &str, region: Option<&str>) -> Result<Option<Function>, Failure> {
        let arguments = ["get-function-configuration", "--function-name", name];
        let found: Option<Configuration> = self.lambda(&arguments, region)?;
        // A container image has neither handler nor runtime.
        let value = |text: Option<String>| match text.filter(|text| !text.is_empty()) {
            Some(text) => Value::of(text),
            None => Value::Absent,
        };
        Ok(found.map(|found| {
            let is_image = found.package_type.as_deref() == Some("Image");
            let architecture = found.architectures.into_iter().next();
            let given = found.environment.and_then(|it| it.variables).unwrap_or_default();
            let search_path = given.get(Variables::SEARCH_PATH).cloned();
            let (status, reason) = (found.last_update_status, found.last_update_status_reason);
            Function {
                name: Value::of(found.function_name.clone()),
                address: found.function_name,
                code: if is_image { Code::Image } else { Code::Unknown },
                runtime: value(found.runtime),
                handler: value(found.handler),
                architecture: Value::of(architecture.unwrap_or_else(|| "x86_64".to_owned())),
                environment: Variables::of_search_path(value(search_path)),
                has_layers: !found.layers.is_empty(),
                region: region.map(str::to_owned),
                deployed: Some(Deployed {
                    source_code_hash: None,
                    code_sha256: Some(found.code_sha256),
                    unready: unready(found.state, found.state_reason, "its creation")
                        .or_else(|| unready(status, reason, "its last update")),
                }),
                ..Function::default()
            }
        }))
    }

    /// Asks for the latest version of a layer; none where there is no version.
    fn layer(&self, name: &str, region: Option<&str>) -> Result<Option<Function>, Failure> {
        let arguments = ["list-layer-versions", "--layer-name", name];
        let versions: Option<Versions> = self.lambda(&arguments, region)?;
        let versions = versions.into_iter().flat_map(|it| it.layer_versions);
        let Some(latest) = versions.map(|it| it.version).max() else { return Ok(None) };
        let number = latest.to_string();
        let arguments =
            ["get-layer-version", "--layer-name", name, "--version-number", number.as_str()];
        let found: Option<LayerVersion> = self.lambda(&arguments, region)?;
        Ok(found.map(|found| Function {
            name: Value::of(name),
            address: format!("{name}:{latest}"),
            is_layer: true,
            region: region.map(str::to_owned),
            deployed: Some(Deployed {
                code_sha256: Some(found.content.code_sha256),
                ..Deployed::default()
            }),
            ..Function::default()
        }))
    }

    /// Runs `aws lambda …`; none where the function does not exist.
    fn lambda<T: DeserializeOwned>(
        &self,
        arguments: &[&str],
        region: Option<&str>,
    ) -> Result<Option<T>, Failure> {
        let region = region.map(|region| ["--region", region]);
        let region: Vec<&str> = region.into_iter().flatten().collect();
        let arguments = [&["lambda"], arguments, &region[..], &["--output", "json"]].concat();
        let command = || {
            let words = std::iter::once("aws").chain(arguments.iter().copied());
            // A NUL can't be typed, and no name has one.
            shlex::try_join(words).unwrap_or_else(|_| "aws lambda".to_owned())
        };
        let mut program = Program::new("aws", arguments.iter(), self.environment.clone());
        program.what = format!("`{}`", command());
        let output = program.run().map_err(|error| match error {
            process::Error::Start { .. } => {
                Failure::program("no-aws", "Lambda can't be asked without the AWS CLI")
                    .because(&error)
                    .hint("install the AWS CLI, or leave `--deployed` out")
            }
            process::Error::Folder { .. }
            | process::Error::Late { .. }
            | process::Error::TooLong { .. }
            | process::Error::Wait { .. } => error.failure(FAILED),
        })?;
        if !output.success {
            if output.stderr.contains(NOT_FOUND) {
                return Ok(None);
            }
            let said = last_lines(&output.stderr, LINES);
            let hint = advice(&said).map(str::to_owned);
            let failure = failed(format!("`{}` failed ({})", command(), output.status)).said(said);
            return Err(Failure { hint, ..failure });
        }
        serde_json::from_slice(&output.stdout).map(Some).map_err(|error| {
            let message = format!("`{}` says what is not known here", command());
            Failure::program("aws-answer", message)
                .because(&error)
                .hint("look whether `aws` is the AWS CLI")
        })
    }
}

fn failed(message: String) -> Failure {
    Failure::program(FAILED, message)
}

/// The hint for an error, by the last lines of the CLI: it has no exit code for each.
fn advice(said: &[String]) -> Option<&'static str> {
    let says = |word: &str| said.iter().any(|line| line.contains(word));
    let advice = if says("credentials") || says("ExpiredToken") || says("security token") {
        "sign in (`aws sts get-caller-identity` shows as whom)"
    } else if says("region") {
        "set `AWS_DEFAULT_REGION`, which versions 1 and 2 of the CLI read, or `region` in the profile"
    } else if says("AccessDenied") {
        "allow `lambda:GetFunctionConfiguration`, for layers `lambda:ListLayerVersions` and \
         `lambda:GetLayerVersion`, and `lambda:ListFunctions` or `lambda:ListLayers` where a \
         `function-name` has a `*`"
    } else {
        return None;
    };
    Some(advice)
}

#[cfg(test)]
mod tests;
