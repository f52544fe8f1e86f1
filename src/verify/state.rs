//! Compares what Terraform knows of functions with packages.
//!
//! Of a state it says what an apply would do with each function; of a plan, what it does, and
//! whether it was made of these packages. A plan that brings a package is as it should be; one
//! that brings or keeps other code is not.

use super::{Facts, Findings, Package, Zip};
use crate::digest::Sha256Digest;
use crate::report::{Check, CheckStatus, Subject};
use crate::terraform::{Action, Deployed, Function, Kind, Match, Unmatched, Value};

/// What was found of a function's code.
struct Finding {
    status: CheckStatus,
    actual: Option<String>,
    message: String,
}

/// Compares the functions of a state or plan with packages. A package that no function is made of
/// is a finding, too: to say nothing would say that all is well.
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

/// A function may have a zip of the same members: the hash that Terraform has is that of one on disk.
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

/// A lambda that no function is made of.
fn missing(kind: Kind, package: &Package, matches: &[Match<'_>]) -> Check {
    let may_be = |found: &&Match<'_>| {
        found.lambda.as_ref().is_err_and(|reason| reason.may_be(package.name()))
    };
    let is_open =
        |found: &&Match<'_>| found.lambda.as_ref().is_err_and(|reason| *reason != Unmatched::NoZip);
    let (name, kind) = (package.name(), kind.word());
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

/// Compares the code of a function.
fn check_code(kind: Kind, function: &Function, package: &Package, others_stay: bool) -> Check {
    let Finding { status, actual, message } = match (kind, function.action) {
        (Kind::State, _) | (Kind::Plan, None) => of_state(function, package),
        (Kind::Plan, Some(action)) => of_plan(function, action, package, others_stay),
    };
    let address = Some(function.address.clone());
    Check { actual, address, ..package.check(Subject::State, status, message) }
}

/// What an apply would do with a function of a state.
fn of_state(function: &Function, package: &Package) -> Finding {
    let ours = package.made.digest;
    let deployed = function.deployed.as_ref();
    let code = deployed.and_then(|deployed| deployed.code_sha256.clone());
    let Some(hash) = function.source_code_hash.known() else {
        return unhashed(code, ours);
    };
    let actual = Some(hash.to_owned());
    if function.tainted {
        let message = "it is tainted: an apply would replace it".to_owned();
        return Finding { status: CheckStatus::Differs, actual, message };
    }
    if !is_of_a_zip(hash) {
        return of_own_hash(hash, code, ours);
    }
    if !is_same(hash, ours) {
        let has_ours = has_code(deployed, ours);
        let but = if has_ours { ", though Lambda has this code already" } else { "" };
        let message = format!("an apply would update it{but}");
        return Finding { status: CheckStatus::Differs, actual, message };
    }
    if let Some(code) = other_code(deployed) {
        let way_out = way_out(function, package);
        let message = format!("{OTHER_CODE}, and an apply would leave it so{way_out}");
        return Finding { status: CheckStatus::Differs, actual: Some(code), message };
    }
    let message = "an apply leaves it".to_owned();
    Finding { status: CheckStatus::Ok, actual, message }
}

/// Said where somebody else deploys, and the plan does not look at hashes (`ignore_changes`).
const ALREADY: &str = "is this package already, though `source_code_hash` says another";

/// The measured trap: an update that fails keeps the new hash in the state, so nothing tells
/// later plans that the old code is still there.
const OTHER_CODE: &str =
    "Lambda has other code than `source_code_hash` says, as after an update that failed";

/// The way out of it that was found to be the gentlest: a refresh brings nothing back, and
/// `-replace` deletes the function first. Terraform sees nothing of an upload, and need not.
fn way_out(function: &Function, package: &Package) -> String {
    let Some(name) = function.name.known() else { return String::new() };
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

/// What Lambda has, where that is not what Terraform believes. Hashes that are no SHA-256 of a
/// zip are the user's own, and say nothing of it.
fn other_code(deployed: Option<&Deployed>) -> Option<String> {
    let Deployed { source_code_hash, code_sha256, .. } = deployed?;
    let (hash, code) = (source_code_hash.as_deref()?, code_sha256.as_deref()?);
    let hash = match Sha256Digest::from_hex(hash) {
        Some(digest) => digest.to_base64(),
        None if is_of_a_zip(hash) => hash.to_owned(),
        None => return None,
    };
    (hash != code).then(|| code.to_owned())
}

/// A function whose `source_code_hash` is the user's own, as a version is, by what Lambda has.
fn of_own_hash(hash: &str, code: Option<String>, ours: Sha256Digest) -> Finding {
    let is_ours = code.as_deref().is_some_and(|code| is_same(code, ours));
    let (status, has) = match (&code, is_ours) {
        (_, true) => (CheckStatus::Ok, "Lambda has this package"),
        (Some(_), false) => (CheckStatus::Differs, "Lambda has other code"),
        (None, false) => (CheckStatus::Differs, "it is not known what Lambda has"),
    };
    let message = format!(
        "{has}; its `source_code_hash` is no hash of a zip, so what an apply does can't be told"
    );
    Finding { status, actual: code.or_else(|| Some(hash.to_owned())), message }
}

/// Whether Lambda had a package at the last refresh.
fn has_code(deployed: Option<&Deployed>, ours: Sha256Digest) -> bool {
    let code = deployed.and_then(|deployed| deployed.code_sha256.as_deref());
    code.is_some_and(|code| is_same(code, ours))
}

/// A function that Terraform compares nothing of, by what Lambda has.
fn unhashed(code: Option<String>, ours: Sha256Digest) -> Finding {
    let is_ours = code.as_deref().is_some_and(|code| is_same(code, ours));
    let (status, message) = match (&code, is_ours) {
        (_, true) => (CheckStatus::Ok, "an apply leaves it"),
        (Some(_), false) => {
            (CheckStatus::Differs, "it has no `source_code_hash`: no apply would notice new code")
        }
        (None, false) => (CheckStatus::Differs, "it has no `source_code_hash` to compare"),
    };
    Finding { status, actual: code, message: message.to_owned() }
}

/// What a plan does with a function, and whether it was made of this package.
fn of_plan(function: &Function, action: Action, package: &Package, others_stay: bool) -> Finding {
    let ours = package.made.digest;
    let deployed = function.deployed.as_ref();
    let verb = match action {
        Action::Create => "creates",
        Action::Update => "updates",
        Action::Replace => "replaces",
        Action::Leave => return left(function, package),
        Action::Delete | Action::Forget => {
            let verb = if action == Action::Delete { "deletes" } else { "forgets" };
            let (status, but) = match others_stay {
                true => (CheckStatus::Ok, ", and another function is made of the lambda"),
                false => (CheckStatus::Differs, ""),
            };
            let actual = function.source_code_hash.known().map(str::to_owned);
            return Finding { status, actual, message: format!("the plan {verb} it{but}") };
        }
    };
    let differs = |actual, message| Finding { status: CheckStatus::Differs, actual, message };
    let hash = match &function.source_code_hash {
        Value::Known { text: hash, .. } => hash,
        Value::Unknown(_) => {
            let message =
                format!("the plan {verb} it with a `source_code_hash` that only the apply tells");
            return differs(None, message);
        }
        Value::Absent => {
            let message = format!("the plan {verb} it, and compares no `source_code_hash`");
            return differs(deployed.and_then(|deployed| deployed.code_sha256.clone()), message);
        }
    };
    let before = deployed.and_then(|deployed| deployed.source_code_hash.as_ref());
    // Code is uploaded where its hash changes, and where there was none.
    let uploads = action != Action::Update || before != Some(hash);
    if !is_of_a_zip(hash) {
        let message = format!(
            "the plan {verb} it, and with which zip can't be told: its `source_code_hash` is no hash \
             of one"
        );
        return differs(Some(hash.clone()), message);
    }
    if !is_same(hash, ours) && !uploads && has_code(deployed, ours) {
        let message = format!("the plan {verb} it, and leaves its code, which {ALREADY}");
        return Finding { status: CheckStatus::Ok, actual: Some(ours.to_base64()), message };
    }
    if !is_same(hash, ours) {
        let message = match uploads {
            true => format!("the plan {verb} it with another zip than this package"),
            false => format!("the plan {verb} it, and leaves other code than this package"),
        };
        return differs(Some(hash.clone()), message);
    }
    if let Some(code) = other_code(deployed).filter(|_| !uploads) {
        let way_out = way_out(function, package);
        let message = format!("{OTHER_CODE}, and the plan, which {verb} it, leaves it so{way_out}");
        return differs(Some(code), message);
    }
    let message = match uploads {
        true => format!("the plan {verb} it with this package"),
        false => format!("the plan {verb} it, and leaves its code"),
    };
    Finding { status: CheckStatus::Ok, actual: Some(hash.clone()), message }
}

/// A function that a plan leaves as it is.
fn left(function: &Function, package: &Package) -> Finding {
    let ours = package.made.digest;
    let deployed = function.deployed.as_ref();
    let Some(hash) = function.source_code_hash.known() else {
        return unhashed(deployed.and_then(|deployed| deployed.code_sha256.clone()), ours);
    };
    if !is_of_a_zip(hash) {
        return of_own_hash(hash, deployed.and_then(|it| it.code_sha256.clone()), ours);
    }
    if !is_same(hash, ours) && has_code(deployed, ours) {
        let message = format!("the plan leaves it at the code that {ALREADY}");
        return Finding { status: CheckStatus::Ok, actual: Some(ours.to_base64()), message };
    }
    let (status, actual, message) = match (is_same(hash, ours), other_code(deployed)) {
        (false, _) => {
            (CheckStatus::Differs, hash.to_owned(), "the plan leaves it at other code".to_owned())
        }
        (true, Some(code)) => {
            let way_out = way_out(function, package);
            (
                CheckStatus::Differs,
                code,
                format!("{OTHER_CODE}, and the plan leaves it so{way_out}"),
            )
        }
        (true, None) => (CheckStatus::Ok, hash.to_owned(), "the plan leaves it".to_owned()),
    };
    Finding { status, actual: Some(actual), message }
}

/// Whether a hash is that of a package, as `filebase64sha256` or as `filesha256` write it.
fn is_same(hash: &str, ours: Sha256Digest) -> bool {
    hash == ours.to_base64() || Sha256Digest::from_hex(hash) == Some(ours)
}

/// Whether a text has the shape of a SHA-256, in base64 or in hex.
fn is_of_a_zip(hash: &str) -> bool {
    let is_base64 = hash.len() == 44 && hash.ends_with('=') && !hash.ends_with("==");
    is_base64 || Sha256Digest::from_hex(hash).is_some()
}
