//! The code that Lambda has against the packages.

use super::super::Context;
use super::state;
use super::subject::{Packaged, Packages};
use crate::error::Error;
use crate::report::{Check, CheckStatus, Subject};
use crate::terraform::{self, Live, Match, Question};

/// A function's handler, as Lambda has it.
pub(super) struct Called {
    /// The lambda's name.
    pub(super) lambda: String,
    /// What Lambda calls the function.
    pub(super) function: String,
    /// What it calls in it.
    pub(super) handler: String,
    /// Whether it has layers, in which that may be.
    pub(super) has_layers: bool,
}

/// Asks Lambda for the functions that a state or plan has, else for those that the config or the
/// `*.tf` files name, and compares their code.
///
/// # Errors
///
/// The AWS CLI is missing or fails.
pub(super) fn check(
    packages: &Packages,
    matches: Option<&[Match<'_>]>,
    context: &Context<'_>,
) -> Result<(Vec<Check>, Vec<Called>), Error> {
    let mut questions = Vec::new();
    let mut checks = Vec::new();
    for packaged in &packages.packages {
        let own = matches.map_or_else(Vec::new, |matches| of_state(packaged, matches));
        // What the state does not have may be there all the same.
        let own = if own.is_empty() { of_config(packaged) } else { own };
        if own.is_empty() {
            checks.push(nameless(packaged, matches.is_some()));
        }
        questions.extend(own);
    }
    let answers = terraform::ask(&questions, context.environment)?;
    let ours: Vec<_> = packages.packages.iter().map(state::ours).collect();
    checks.extend(terraform::compare_deployed(&answers, &ours));
    let called = answers.iter().flat_map(|answer| {
        let called = |live: &Live| {
            let (lambda, function) = (answer.question.lambda.clone(), live.name.clone());
            let (handler, has_layers) = (live.handler.clone()?, live.has_layers);
            Some(Called { lambda, function, handler, has_layers })
        };
        answer.functions.iter().filter_map(called).collect::<Vec<_>>()
    });
    Ok((checks, called.collect()))
}

fn of_state(packaged: &Packaged, matches: &[Match<'_>]) -> Vec<Question> {
    let name = &packaged.known.name;
    let own = matches.iter().filter(|it| it.lambda.as_ref() == Ok(name));
    let question = |found: &Match<'_>| {
        Some(Question {
            lambda: name.clone(),
            function_name: found.function.name.known()?.to_owned(),
            region: found.function.region.clone(),
        })
    };
    own.filter_map(question).collect()
}

fn of_config(packaged: &Packaged) -> Vec<Question> {
    let known = &packaged.known;
    let functions = known.hint.functions.iter();
    let mut names: Vec<&str> = match &known.function_name {
        Some(name) => vec![&name.value],
        // Where several are made of it, each has a name of its own.
        None => functions
            .filter_map(|function| Some(function.function_name.as_ref()?.value.as_str()))
            .collect(),
    };
    names.sort_unstable();
    names.dedup();
    let question = |name: &str| Question {
        lambda: known.name.clone(),
        function_name: name.to_owned(),
        region: None,
    };
    names.into_iter().map(question).collect()
}

/// What Lambda calls it is nowhere said, so nothing is known of it: no reason to say that it is
/// as it should be.
fn nameless(packaged: &Packaged, is_state_given: bool) -> Check {
    let name = packaged.known.name.clone();
    let or = if is_state_given {
        "name the lambdas that have a function"
    } else {
        "give the state, too"
    };
    let message = format!(
        "nothing says what Lambda calls it: set `function-name` in `[lambda.{name}]`, or {or}"
    );
    Check {
        name,
        subject: Subject::Deployed,
        status: CheckStatus::Missing,
        expected: Some(packaged.package.digest.to_base64()),
        actual: None,
        address: None,
        message,
    }
}
