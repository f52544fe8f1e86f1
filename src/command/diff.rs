//! `diff`: compares two zips, or a lambda's zip with the package that its sources give now.

use camino::{Utf8Path, Utf8PathBuf};
use clap::Args;

use super::quiet::Quiet;
use super::{Context, Invocation, select};
use crate::archive::{self, Drafts, Zip};
use crate::fs;
use crate::pipeline::Hashed;
use crate::report::code;
use crate::report::{ContentKind, Diff, DiffStatus, Difference, Failure, ZipFacts};
use crate::settings::PackageOptions;
use crate::words::nearest;

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
    // A lambda may be named by its path, and that is no zip.
    if before.ends_with(".zip") {
        let message = format!("there is nothing to compare `{before}` with");
        let hint = "name another zip, or in its place a lambda";
        return Err(Failure::usage("one-zip", message).hint(hint));
    }
    invocation.with_context(package, |context| diff_lambda(before, member, context))
}

/// Compares two zips: all of them, or one member.
fn diff_zips(before: &Utf8Path, after: &Utf8Path, member: Option<&str>) -> Result<Diff, Failure> {
    let open = |path: &Utf8Path| archive::open(path, path.as_str());
    let (before_zip, after_zip) = (open(before)?, open(after)?);
    let before = (&before_zip, Some(before.to_string()));
    compared(before, (&after_zip, Some(after.to_string())), member)
}

/// Compares a lambda's zip with the package that its sources give now, or the package that those of a
/// revision gave with the zip; or returns why there is none.
fn diff_lambda(name: &str, member: Option<&str>, context: &Context<'_>) -> Result<Diff, Failure> {
    let mut jobs = select::jobs(context, &[name.to_owned()], None)?;
    if jobs.len() > 1 {
        let message = format!("`{name}` names {} lambdas, and `diff` takes one", jobs.len());
        return Err(Failure::usage(code::SEVERAL_LAMBDAS, message));
    }
    let job = jobs.pop().expect("a name that no lambda has is an error");
    let (name, shown) = (job.lambda.name.to_string(), job.shown_output.clone());
    if fs::kind(&job.output)?.is_none() {
        return Err(Failure::input("not-packaged", format!("`{name}` has no zip at `{shown}`"))
            .hint(format!("run `cargo dofs-package build {name}`")));
    }
    let zip = archive::open(&job.output, &shown)?;
    let (drafts, tree) = (Drafts::new()?, &context.settings.tree);
    let quiet = Quiet(context.reporter);
    let (mut made, failures) = context.with_reporter(&quiet).with_pipeline(|pipeline| {
        pipeline.hash_with(vec![job], &|it| {
            let (archive, draft) = drafts.write(tree, &it.contents, None)?;
            Ok((archive, draft.expect("there is no file that it could be equal to")?))
        })
    })?;
    let Some(Hashed { found: draft, .. }) = made.pop() else {
        context.reporter.fail(&failures);
        return Ok(Diff { failures, ..Diff::default() });
    };
    let made = draft.open(&format!("the package of {name}"))?;
    let (zip, made) = ((&zip, Some(shown)), (&made, None));
    // What is there now comes after a revision, as in `git diff REV`.
    let (before, after) = if tree.commit().is_some() { (made, zip) } else { (zip, made) };
    let diff = compared(before, after, member)?;
    Ok(Diff { name: Some(name), ..diff })
}

/// Compares two zips, each with its path where it has one: all of them, or one member.
fn compared(
    (before, before_path): (&Zip, Option<String>),
    (after, after_path): (&Zip, Option<String>),
    member: Option<&str>,
) -> Result<Diff, Failure> {
    let (difference, content) = match member {
        None => (archive::compare(before, after)?, None),
        Some(member) => {
            let content = archive::content(before, after, member)?;
            let unknown = || {
                let known = [before, after].into_iter().flat_map(|zip| &zip.members);
                let known = known.map(|member| member.name.as_str());
                let message = format!("neither has a member `{}`", member.escape_debug());
                let near = nearest(member, known);
                let hint = near.map(|name| format!("did you mean `{}`?", name.escape_debug()));
                Failure { hint, ..Failure::usage("unknown-member", message) }
            };
            (Difference::default(), Some(content.ok_or_else(unknown)?))
        }
    };
    let status = match &content {
        None => difference.status(),
        Some(content) if content.kind == ContentKind::Same => DiffStatus::Same,
        Some(_) => DiffStatus::Differs,
    };
    let facts = |zip: &Zip, path| {
        let entries = zip.members.len() as u64;
        ZipFacts { path, digest: zip.digest, size: zip.size, entries }
    };
    Ok(Diff {
        status: Some(status),
        before: Some(facts(before, before_path)),
        after: Some(facts(after, after_path)),
        difference,
        content,
        ..Diff::default()
    })
}
