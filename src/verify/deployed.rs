//! Compares the code that Lambda has with the packages.

use super::state::upload;
use super::unchecked::{unchecked_attribute, unknown};
use super::{Facts, Findings, Package, is_of_terraform};
use crate::report::{Check, CheckStatus, LambdaKind, Subject, Warning};
use crate::terraform::{Answer, Code, Function, Match, Question};

/// The functions that Lambda is asked for: those that a state or plan has of each package, else
/// those that the config or the `*.tf` files name, since a function that is not in the state may
/// still be deployed.
pub(crate) fn questions(packages: &[Package], matches: Option<&[Match<'_>]>) -> Vec<Question> {
    let of = |package: &Package| {
        let own = of_state(package, matches.unwrap_or_default());
        let own = if own.is_empty() { of_config(package) } else { own };
        own.into_iter()
            .map(|(name, region)| Question {
                lambda: package.name().to_owned(),
                is_layer: package.made.kind == LambdaKind::Layer,
                function_name: name.to_owned(),
                region,
            })
            .collect::<Vec<_>>()
    };
    packages.iter().flat_map(of).collect()
}

/// The names of functions, with their regions where these are known.
type Names<'a> = Vec<(&'a str, Option<String>)>;

fn of_state<'a>(package: &Package, matches: &'a [Match<'_>]) -> Names<'a> {
    let own = matches.iter().filter(|found| found.lambda.as_deref() == Ok(package.name()));
    own.filter_map(|it| Some((it.function.name.known()?, it.function.region.clone()))).collect()
}

fn of_config(package: &Package) -> Names<'_> {
    let mut names: Vec<&str> = match &package.function_name {
        Some(name) => vec![&name.value],
        // Several functions may be made of one package, each with a name of its own.
        None => package.functions.iter().filter_map(|function| function.name.known()).collect(),
    };
    names.sort_unstable();
    names.dedup();
    names.into_iter().map(|name| (name, None)).collect()
}

/// Compares what Lambda has with packages. A package without a function is missing.
pub(super) fn check(facts: &Facts<'_>, findings: &mut Findings) {
    let Some(answers) = &facts.answers else { return };
    for package in facts.packages {
        let own: Vec<&Answer> =
            answers.iter().filter(|answer| answer.question.lambda == package.name()).collect();
        // Where Lambda can't be asked by the name that there is, that is the lambda's failure.
        if own.is_empty() && !facts.failed.contains(&package.name()) {
            findings.checks.push(nameless(package, facts.state.is_some()));
        }
        findings.checks.extend(own.into_iter().flat_map(|answer| compare(answer, package)));
        if facts.state.is_none() {
            findings.warnings.extend(unasked(package));
        }
    }
}

/// The check of a package whose function's name is not known. Without it, an answer with no
/// difference would look as if the function had been compared.
fn nameless(package: &Package, is_state_given: bool) -> Check {
    let or = if is_state_given {
        "name the lambdas that have a function"
    } else {
        "give the state, too"
    };
    let table = package.table();
    let message =
        format!("nothing says what Lambda calls it: set `function-name` in `{table}`, or {or}");
    package.check(Subject::Deployed, CheckStatus::Missing, message)
}

/// Warns of functions of a package whose names are not known, so that Lambda was not asked for
/// them, though it was asked for others of that package.
fn unasked(package: &Package) -> Vec<(Option<String>, Warning)> {
    let name = package.name();
    let is_named = package.function_name.as_ref().is_some_and(|name| !is_of_terraform(name));
    let is_asked = !is_named && package.functions.iter().any(|it| it.name.known().is_some());
    let unknown = unknown(package).into_iter();
    let names = unknown.filter(|(_, attribute)| is_asked && *attribute == "function_name");
    let warning = |note| {
        let hint = format!("set `function-name` in `[lambda.{name}]`, or give the state, too");
        (Some(name.to_owned()), unchecked_attribute(note).hint(hint))
    };
    names.map(|(note, _)| warning(note)).collect()
}

fn compare(answer: &Answer, package: &Package) -> Vec<Check> {
    if answer.functions.is_empty() {
        let message = none_there(&answer.question);
        return vec![package.check(Subject::Deployed, CheckStatus::Missing, message)];
    }
    let compare = |function: &Function| {
        let code = function.deployed_code().map(str::to_owned);
        let is_same = code == Some(package.made.digest.to_base64());
        let is_ours = function.code != Code::Image && is_same;
        // `CodeSha256` is that of the code that was uploaded last, and while an update is in
        // progress or has failed, the code before it runs ("Lambda function states" in the
        // developer guide).
        let is_ready = function.deployed.as_ref().is_some_and(|it| it.unready.is_none());
        let status = if is_ours && is_ready { CheckStatus::Ok } else { CheckStatus::Differs };
        let message = what_it_has(function, is_ours, package, &answer.question);
        let check = package.check(Subject::Deployed, status, message);
        Check { actual: code, address: Some(function.address.clone()), ..check }
    };
    answer.functions.iter().map(compare).collect()
}

fn none_there(question: &Question) -> String {
    let name = &question.function_name;
    let own = "the CLI's own region, which `aws configure list` shows";
    let region = question.region.as_deref().unwrap_or(own);
    let like = if name.contains('*') { " like" } else { "" };
    let what = if question.is_layer { "layer" } else { "function" };
    format!("Lambda has no {what}{like} `{name}` in {region}")
}

fn what_it_has(
    function: &Function,
    is_ours: bool,
    package: &Package,
    question: &Question,
) -> String {
    if function.is_layer {
        return match is_ours {
            true => "its latest version is this package".to_owned(),
            false => "its latest version has other code: apply".to_owned(),
        };
    }
    let is_image = function.code == Code::Image;
    let has = match (is_image, is_ours) {
        (true, _) => "Lambda has a container image",
        (false, true) => "Lambda has this package",
        (false, false) => "Lambda has other code",
    };
    let unready = function.deployed.as_ref().and_then(|it| it.unready.as_ref());
    let but = match (unready, is_ours) {
        (Some(unready), true) => return format!("{has}, but {unready}: it need not be what runs"),
        (Some(unready), false) => format!(", and {unready}"),
        (None, _) => String::new(),
    };
    if is_ours || is_image {
        return format!("{has}{but}");
    }
    let upload = upload(&function.address, question.region.as_deref(), package);
    let zip = &package.made.path;
    format!(
        "{has}{but}: apply; or, where `terraform plan` has no changes and `{zip}` is this package, run \
         `{upload}` in the root"
    )
}
