//! What is typed behind `diff`, and which of its two forms that is.

use camino::Utf8PathBuf;
use clap::Args;

use super::super::Invocation;
use super::{diff_lambda, diff_zips};
use crate::report::{Diff, Failure};
use crate::settings::PackageOptions;

/// What is compared.
#[derive(Debug, Args)]
pub(crate) struct DiffOptions {
    /// A lambda's name; a zip, where B is one
    #[arg(value_name = "A")]
    before: String,
    /// Another zip
    #[arg(value_name = "B")]
    after: Option<Utf8PathBuf>,
    /// Show what is other in one member: a text as a unified diff
    #[arg(long, value_name = "MEMBER")]
    content: Option<String>,
    #[command(flatten)]
    package: PackageOptions,
}

/// Compares two zips, or a lambda's zip with its sources.
pub(crate) fn diff(options: &DiffOptions, invocation: Invocation<'_>) -> Result<Diff, Failure> {
    let DiffOptions { before, after, content, package } = options;
    let member = content.as_deref();
    if let Some(after) = after {
        return diff_zips(before.as_str().into(), after, member);
    }
    // No lambda's name has a slash.
    if before.contains(['/', std::path::MAIN_SEPARATOR]) || before.ends_with(".zip") {
        let message = format!("there is nothing to compare `{before}` with");
        let hint = "name another zip, or in its place a lambda";
        return Err(Failure::usage("one-zip", message).hint(hint));
    }
    invocation.with_context(package, |context| diff_lambda(before, member, context))
}
