//! Compares the functions of a state or plan with packages.
//!
//! For a state the message says what an apply would do with each function; for a plan, what it
//! does, and whether it was made with these packages. A plan that deploys or keeps a package is
//! right; one that deploys or keeps other code is a difference.

use super::{Facts, Findings, Package, Zip};
use crate::digest::Sha256Digest;
use crate::report::{Check, CheckStatus, LambdaKind, Subject};
use crate::terraform::{Action, Function, Kind, Match, Unmatched, Value};

/// The outcome for a function's code: whether it is that of the package, its hash, and a sentence.
type Finding = (CheckStatus, Option<String>, String);

fn ok(hash: impl Into<String>, message: impl Into<String>) -> Finding {
    (CheckStatus::Ok, Some(hash.into()), message.into())
}

fn differs(hash: impl Into<String>, message: impl Into<String>) -> Finding {
    (CheckStatus::Differs, Some(hash.into()), message.into())
}

/// Compares the functions of a state or plan with packages. A package without a function is a
/// difference, too: without one it would look as if it had been compared.
pub(super) fn check(facts: &Facts<'_>, findings: &mut Findings) {
    let Some((kind, matches)) = &facts.state else { return };
    for package in facts.packages {
        let is_own = |found: &&Match<'_>| found.lambda.as_deref() == Ok(package.name());
        let functions: Vec<&Function> =
            matches.iter().filter(is_own).map(|found| found.function).collect();
        for function in &functions {
            let others_stay = functions.iter().any(|other| other.stays() && other != function);
            let mut check = check_code(*kind, function, package, others_stay);
            tell_same_content(&mut check, &facts.zips);
            findings.checks.push(check);
        }
        if functions.is_empty() {
            findings.checks.push(missing(*kind, package, matches));
        }
    }
    let note = |found: &Match<'_>| {
        let reason = found.lambda.as_ref().err().filter(|reason| **reason != Unmatched::NoZip)?;
        Some(format!("`{}` {reason}", found.function.address))
    };
    findings.notes.extend(matches.iter().filter_map(note));
}

/// Marks a function whose zip has the same members as the package: Terraform has the hash of a zip
/// on disk that was compared.
fn tell_same_content(check: &mut Check, zips: &[Zip]) {
    let is_its = |zip: &Zip| {
        zip.name == check.name
            && zip.has_same_content()
            && zip.digest.map(Sha256Digest::to_base64) == check.actual
    };
    if check.status == CheckStatus::Differs && zips.iter().any(is_its) {
        check.status = CheckStatus::SameContent;
        check.message += ", to one with the same members, packed otherwise";
    }
}

/// The check of a package that no function is made of.
fn missing(kind: Kind, package: &Package, matches: &[Match<'_>]) -> Check {
    let may_be = |found: &&Match<'_>| {
        found.lambda.as_ref().is_err_and(|reason| reason.may_be(package.name()))
    };
    let is_open =
        |found: &&Match<'_>| found.lambda.as_ref().is_err_and(|reason| *reason != Unmatched::NoZip);
    let (name, kind) = (package.name(), kind.word());
    if package.made.kind == LambdaKind::Layer {
        let message = format!("the {kind} has no version of the layer that is made of it");
        return package.check(Subject::State, CheckStatus::Missing, message);
    }
    let message = match (matches.iter().find(may_be), matches.iter().find(is_open)) {
        (Some(found), _) => {
            format!("it can't be told whether `{}` is its function", found.function.address)
        }
        (None, Some(found)) => format!(
            "the {kind} has no function that is known to be made of it: if `{}` is, set \
             `function-name` in `[lambda.{name}]`",
            found.function.address
        ),
        (None, None) => format!(
            "the {kind} has no function that is made of it: to leave it out, name the lambdas \
             that have one"
        ),
    };
    package.check(Subject::State, CheckStatus::Missing, message)
}

/// What an apply does with a function.
#[derive(Clone, Copy)]
enum Fate {
    /// It is in a state, of which an apply would be planned.
    Applied,
    /// A plan leaves it.
    Left,
    /// A plan does something else with it, and perhaps uploads its code.
    Planned { verb: &'static str, uploads: bool },
}

/// Compares the code of a function.
fn check_code(kind: Kind, function: &Function, package: &Package, others_stay: bool) -> Check {
    let hash = function.source_code_hash.known();
    let before = function.deployed.as_ref().and_then(|it| it.source_code_hash.as_deref());
    // The provider uploads the code of a new function, and where `source_code_hash` changes
    // ("aws_lambda_function" in its documentation).
    let planned = |verb, uploads| of_code(function, package, Fate::Planned { verb, uploads });
    let gone = |verb| {
        let (status, but) = match others_stay {
            true => (CheckStatus::Ok, ", and another function is made of the lambda"),
            false => (CheckStatus::Differs, ""),
        };
        (status, hash.map(str::to_owned), format!("the plan {verb} it{but}"))
    };
    let (status, actual, message) = match function.action.filter(|_| kind == Kind::Plan) {
        None if let Some(hash) = hash
            && function.tainted =>
        {
            differs(hash, "it is tainted: an apply would replace it")
        }
        None => of_code(function, package, Fate::Applied),
        Some(Action::Leave) => of_code(function, package, Fate::Left),
        Some(Action::Create) => planned("creates", true),
        Some(Action::Update) => planned("updates", before != hash),
        Some(Action::Replace) => planned("replaces", true),
        Some(Action::Delete) => gone("deletes"),
        Some(Action::Forget) => gone("forgets"),
    };
    let address = Some(function.address.clone());
    Check { actual, address, ..package.check(Subject::State, status, message) }
}

/// Compares the code that a function has or gets.
fn of_code(function: &Function, package: &Package, fate: Fate) -> Finding {
    let ours = || package.made.digest.to_base64();
    let Some(hash) = function.source_code_hash.known() else {
        return match (fate, &function.source_code_hash) {
            (Fate::Applied | Fate::Left, _) => unhashed(function, package),
            (Fate::Planned { verb, .. }, Value::Unknown(_)) => {
                let hash = "a `source_code_hash` that only the apply tells";
                (CheckStatus::Differs, None, format!("the plan {verb} it with {hash}"))
            }
            (Fate::Planned { verb, .. }, _) => {
                let code = function.deployed_code().map(str::to_owned);
                let message = format!("the plan {verb} it, and compares no `source_code_hash`");
                (CheckStatus::Differs, code, message)
            }
        };
    };
    if !is_of_a_zip(hash) {
        let Fate::Planned { verb, .. } = fate else {
            return of_own_hash(hash, function, package);
        };
        let message = format!(
            "the plan {verb} it, and with which zip can't be told: its `source_code_hash` is no hash \
             of one"
        );
        return differs(hash, message);
    }
    if !is_same(hash, package) {
        return match (fate, is_deployed(function, package)) {
            (Fate::Applied, true) => {
                differs(hash, "an apply would update it, though Lambda has this code already")
            }
            (Fate::Applied, false) => differs(hash, "an apply would update it"),
            (Fate::Left, true) => {
                ok(ours(), format!("the plan leaves it at the code that {ALREADY}"))
            }
            (Fate::Left, false) => differs(hash, "the plan leaves it at other code"),
            (Fate::Planned { verb, uploads: true }, _) => {
                differs(hash, format!("the plan {verb} it with another zip than this package"))
            }
            (Fate::Planned { verb, .. }, true) => {
                ok(ours(), format!("the plan {verb} it, and leaves its code, which {ALREADY}"))
            }
            (Fate::Planned { verb, .. }, false) => differs(
                hash,
                format!("the plan {verb} it, and leaves other code than this package"),
            ),
        };
    }
    let (leaves, leaves_so) = match fate {
        Fate::Planned { verb, uploads: true } => {
            return ok(hash, format!("the plan {verb} it with this package"));
        }
        Fate::Applied => ("an apply leaves it".to_owned(), "an apply would leave".to_owned()),
        Fate::Left => ("the plan leaves it".to_owned(), "the plan leaves".to_owned()),
        Fate::Planned { verb, .. } => (
            format!("the plan {verb} it, and leaves its code"),
            format!("the plan, which {verb} it, leaves"),
        ),
    };
    match other_code(function) {
        None => ok(hash, leaves),
        Some(code) => {
            let way_out = way_out(function, package);
            differs(code, format!("{OTHER_CODE}, and {leaves_so} it so{way_out}"))
        }
    }
}

/// For a function that is deployed outside of Terraform, so that its resource ignores changes of
/// the hash (`ignore_changes`).
const ALREADY: &str = "is this package already, though `source_code_hash` says another";

/// Measured: the state has the new hash after an update that failed, so later plans do not see that
/// Lambda still has the old code.
const OTHER_CODE: &str =
    "Lambda has other code than `source_code_hash` says, as after an update that failed";

/// The way out that changes the least, as measured: a refresh does not restore the hash, and
/// `-replace` deletes the function first. Terraform does not notice the upload, and need not.
fn way_out(function: &Function, package: &Package) -> String {
    // A version of a layer is replaced, and not updated.
    let name = function.name.known().filter(|_| !function.is_layer);
    let Some(name) = name else { return String::new() };
    let upload = upload(name, function.region.as_deref(), package);
    format!(": once `{}` is this package, run `{upload}` in the root", package.made.path)
}

/// The command that brings a package to a function.
pub(super) fn upload(name: &str, region: Option<&str>, package: &Package) -> String {
    let zip = format!("fileb://{}", package.made.path);
    let region = region.map(|region| ["--region", region]);
    let words = ["aws", "lambda", "update-function-code", "--function-name", name]
        .into_iter()
        .chain(region.into_iter().flatten())
        .chain(["--zip-file", &zip]);
    // No name or path has a NUL.
    shlex::try_join(words).unwrap_or_else(|_| "aws lambda update-function-code".to_owned())
}

/// The hash of the code that Lambda has, where `source_code_hash` is another one. A value that has
/// not the form of a SHA-256 is the user's own, and can't be compared.
fn other_code(function: &Function) -> Option<&str> {
    let hash = function.deployed.as_ref()?.source_code_hash.as_deref()?;
    let hash = match Sha256Digest::from_hex(hash) {
        Some(digest) => digest.to_base64(),
        None if is_of_a_zip(hash) => hash.to_owned(),
        None => return None,
    };
    function.deployed_code().filter(|code| hash != **code)
}

/// Whether Lambda had a package at the last refresh.
fn is_deployed(function: &Function, package: &Package) -> bool {
    function.deployed_code().is_some_and(|code| is_same(code, package))
}

/// Compares by the code that Lambda has, where `source_code_hash` is a value of the user's own,
/// such as a version.
fn of_own_hash(hash: &str, function: &Function, package: &Package) -> Finding {
    let code = function.deployed_code();
    let (status, has) = match is_deployed(function, package) {
        true => (CheckStatus::Ok, "Lambda has this package"),
        false if code.is_some() => (CheckStatus::Differs, "Lambda has other code"),
        false => (CheckStatus::Differs, "it is not known what Lambda has"),
    };
    let message = format!(
        "{has}; its `source_code_hash` is no hash of a zip, so what an apply does can't be told"
    );
    (status, Some(code.unwrap_or(hash).to_owned()), message)
}

/// Compares by the code that Lambda has, where there is no `source_code_hash`.
fn unhashed(function: &Function, package: &Package) -> Finding {
    let code = function.deployed_code();
    let (status, message) = match is_deployed(function, package) {
        true => (CheckStatus::Ok, "an apply leaves it"),
        false if code.is_some() => {
            (CheckStatus::Differs, "it has no `source_code_hash`: no apply would notice new code")
        }
        false => (CheckStatus::Differs, "it has no `source_code_hash` to compare"),
    };
    (status, code.map(str::to_owned), message.to_owned())
}

/// Whether a hash is that of a package, as `filebase64sha256` or as `filesha256` write it.
fn is_same(hash: &str, package: &Package) -> bool {
    let ours = package.made.digest;
    hash == ours.to_base64() || Sha256Digest::from_hex(hash) == Some(ours)
}

/// Whether a text has the shape of a SHA-256, in base64 or in hex.
fn is_of_a_zip(hash: &str) -> bool {
    let is_base64 = hash.len() == 44 && hash.ends_with('=') && !hash.ends_with("==");
    is_base64 || Sha256Digest::from_hex(hash).is_some()
}
