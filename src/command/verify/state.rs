//! What Terraform says of functions against the packages.

use camino::Utf8PathBuf;

use super::super::Context;
use super::Verify;
use super::subject::{Packaged, Packages};
use super::zip::Looked;
use crate::event::Event;
use crate::report::{Check, CheckStatus, Subject};
use crate::terraform::{self, Document, Match, Ours, Whence};

/// Finds the lambda that each function of a state or plan is made of.
pub(super) fn matches<'a>(
    document: &'a Document,
    packages: &Packages,
    request: &Verify,
    context: &Context<'_>,
) -> Vec<Match<'a>> {
    let settings = context.settings;
    let directory = request.terraform_directory.as_deref();
    let directory = directory.map(|it| Utf8PathBuf::from(settings.shown(it)));
    let roots = &packages.untold.roots;
    let whence = Whence { directory: directory.as_deref(), roots, project: &settings.project };
    terraform::match_functions(document, &packages.candidates, whence)
}

/// Compares the functions of a state or plan with the packages they are made of.
pub(super) fn check(
    document: &Document,
    matches: &[Match<'_>],
    packages: &Packages,
    zips: &[Looked],
    context: &Context<'_>,
) -> Vec<Check> {
    let ours: Vec<Ours> = packages.packages.iter().map(ours).collect();
    let compared = terraform::compare(document, matches, &ours);
    for note in &compared.notes {
        context.reporter.report(&Event::Noted { note });
    }
    let mut checks = compared.checks;
    for check in &mut checks {
        tell_same_content(check, zips);
    }
    checks
}

/// A function may have a zip of the same members: the hash that Terraform has is that of one on disk.
fn tell_same_content(check: &mut Check, zips: &[Looked]) {
    let is_code = check.subject == Subject::State && check.status == CheckStatus::Differs;
    let is_its = |zip: &&Looked| {
        zip.name == check.name
            && zip.check.status == CheckStatus::SameContent
            && zip.digest.map(|digest| digest.to_base64()) == check.actual
    };
    if is_code && zips.iter().any(|zip| is_its(&zip)) {
        check.status = CheckStatus::SameContent;
        check.message += ", to one with the same members, packed otherwise";
    }
}

/// A package as functions are compared with it.
pub(super) fn ours(packaged: &Packaged) -> Ours {
    Ours {
        name: packaged.known.name.clone(),
        digest: Some(packaged.package.digest),
        zip: packaged.package.path.clone(),
        python: packaged.python,
        architecture: packaged.architecture,
    }
}
