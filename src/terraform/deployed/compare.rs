//! Compares the code that Lambda has with packages.

use super::{Answer, Live, Question};
use crate::report::{Check, CheckStatus, Subject};
use crate::terraform::compare::{Ours, upload};
use crate::terraform::target::check_target;

/// Compares what Lambda has with packages: a check of its code for each function, and one of
/// what it runs on. A lambda without a function is missing.
pub(crate) fn compare_deployed(answers: &[Answer], ours: &[Ours]) -> Vec<Check> {
    let mut checks = Vec::new();
    for Answer { question, functions } in answers {
        let package = ours.iter().find(|package| package.name == question.lambda);
        let Some((package, digest)) = package.and_then(|own| Some((own, own.digest?))) else {
            continue;
        };
        let check = |status, actual, address, message| Check {
            name: package.name.clone(),
            subject: Subject::Deployed,
            status,
            expected: Some(digest.to_base64()),
            actual,
            address,
            message,
        };
        if functions.is_empty() {
            checks.push(check(CheckStatus::Missing, None, None, none_there(question)));
        }
        for live in functions {
            let is_ours = !live.is_image && live.code_sha256 == digest.to_base64();
            // The hash is that of the code which was uploaded last, and not of what runs.
            let is_ok = is_ours && live.unready.is_none();
            let status = if is_ok { CheckStatus::Ok } else { CheckStatus::Differs };
            let (actual, address) = (Some(live.code_sha256.clone()), Some(live.name.clone()));
            let message = what_it_has(live, is_ours, package, question);
            checks.push(check(status, actual, address, message));
            let runtime = live.runtime.as_deref().filter(|_| !live.is_image);
            let check = runtime
                .and_then(|runtime| check_target(Some(runtime), Some(&live.architecture), package));
            checks.extend(check.map(|it| Check { address: Some(live.name.clone()), ..it }));
        }
    }
    checks
}

fn none_there(question: &Question) -> String {
    let name = &question.function_name;
    let region = match &question.region {
        Some(region) => format!(" in {region}"),
        None => " in the CLI's own region, which `aws configure list` shows".to_owned(),
    };
    if name.contains('*') {
        format!("Lambda has no function like `{name}`{region}")
    } else {
        format!("Lambda has no function `{name}`{region}")
    }
}

fn what_it_has(live: &Live, is_ours: bool, package: &Ours, question: &Question) -> String {
    let has = match (live.is_image, is_ours) {
        (true, _) => "Lambda has a container image",
        (false, true) => "Lambda has this package",
        (false, false) => "Lambda has other code",
    };
    let but = match (&live.unready, is_ours) {
        (Some(unready), true) => return format!("{has}, but {unready}: it need not be what runs"),
        (Some(unready), false) => format!(", and {unready}"),
        (None, _) => String::new(),
    };
    if is_ours || live.is_image {
        return format!("{has}{but}");
    }
    let upload = upload(&live.name, question.region.as_deref(), package);
    let zip = &package.zip;
    format!(
        "{has}{but}: apply; or, where `terraform plan` has no changes and `{zip}` is this package, run \
         `{upload}` in the root"
    )
}
