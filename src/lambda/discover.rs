//! Finds the lambdas of a project.

use camino::{Utf8Path, Utf8PathBuf};
use globset::{GlobBuilder, GlobMatcher};

use super::{Discovered, Lambda, LambdaName};
use crate::report::Failure;
use crate::report::code;
use crate::tree::{Kind, Step, Tree};

/// The code of a project without lambdas, for which some commands have an answer of their own.
pub(crate) const NO_LAMBDAS: &str = "no-lambdas";

/// A glob over directories, and the folder below which it can match.
struct Pattern {
    /// The segments before the first one with a wildcard.
    base: Utf8PathBuf,
    /// How many segments a match has; `None` if the glob has `**`, which matches any number.
    depth: Option<usize>,
    matcher: GlobMatcher,
}

/// Returns the directories that the globs match, sorted by name.
///
/// Directories whose names begin with `.` or `_` are left out, with everything in them. There are
/// no lambdas in a lambda. Files beside the lambdas are ignored.
pub(crate) fn discover(tree: &Tree, globs: &[String]) -> Result<Discovered, Failure> {
    let mut lambdas: Vec<Lambda> = Vec::new();
    let mut unmatched = Vec::new();
    for glob in globs {
        let directories = matches(tree, &parse(glob)?)?;
        if directories.is_empty() {
            unmatched.push(glob.clone());
        }
        for (directory, fault) in directories {
            let Some(name) = LambdaName::new(&directory) else { continue };
            if lambdas.iter().any(|lambda| lambda.directory == directory) {
                continue;
            }
            if let Some(first) = lambdas.iter().find(|lambda| lambda.name == name) {
                let first = &first.directory;
                let message =
                    format!("two lambdas are called `{name}`: `{first}` and `{directory}`");
                return Err(Failure::input("duplicate-lambda", message)
                    .hint("rename one of the directories"));
            }
            lambdas.push(Lambda { name, directory, fault: fault.map(Box::new) });
        }
    }
    if lambdas.is_empty() {
        let searched: Vec<String> = globs.iter().map(|glob| format!("`{glob}`")).collect();
        let searched = match searched[..] {
            [] => "an empty list of directories".to_owned(),
            _ => searched.join(" or "),
        };
        return Err(Failure::input(NO_LAMBDAS, format!("no lambda in {searched}")).hint(
            "make a directory for each lambda, or name the project with `--root` and its \
             directories with `lambdas = [\"…\"]` in dofs-package.toml",
        ));
    }
    lambdas.sort_by(|one, other| one.name.cmp(&other.name));
    Ok(Discovered { lambdas, unmatched })
}

/// Returns the lambdas of which git has files and the worktree has not even the folder, sorted by
/// name: those outside of a sparse checkout, and submodules that are not checked out.
pub(crate) fn absent(tree: &Tree, globs: &[String]) -> Result<Vec<Lambda>, Failure> {
    let Some(checkout) = tree.checkout() else { return Ok(Vec::new()) };
    let folders = checkout.folders_with_gaps();
    let mut absent: Vec<Lambda> = Vec::new();
    for glob in globs.iter().filter(|_| !folders.is_empty()) {
        let Pattern { matcher, .. } = parse(glob)?;
        for directory in folders.iter().filter(|folder| matcher.is_match(folder)) {
            let mut above = directory.ancestors().filter(|folder| !folder.as_str().is_empty());
            let is_hidden = above.any(|folder| LambdaName::new(folder).is_none());
            let Some(name) = LambdaName::new(directory).filter(|_| !is_hidden) else { continue };
            let is_known = absent.iter().any(|lambda| lambda.name == name);
            if !is_known && tree.kind(directory)?.is_none() {
                absent.push(Lambda { name, directory: directory.clone(), fault: None });
            }
        }
    }
    absent.sort_by(|one, other| one.name.cmp(&other.name));
    Ok(absent)
}

fn parse(glob: &str) -> Result<Pattern, Failure> {
    let clean = glob.trim_start_matches("./").trim_end_matches('/');
    let matcher = GlobBuilder::new(clean)
        // `*` then matches no slash, as in a shell.
        .literal_separator(true)
        .build()
        .map_err(|error| {
            Failure::input(code::INVALID_GLOB, format!("`{glob}` is no glob"))
                .cause(error.kind().to_string())
        })?
        .compile_matcher();
    let segments: Vec<&str> = clean.split('/').collect();
    let is_literal = |segment: &&&str| !segment.contains(['*', '?', '[', '{', '\\']);
    let base = segments[..segments.len() - 1].iter().take_while(is_literal).collect();
    let depth = (!clean.contains("**")).then_some(segments.len());
    Ok(Pattern { base, depth, matcher })
}

/// The directories that a glob matches, each with the reason why it can't be packaged, where there is
/// one: what is wrong with one name harms no other lambda.
fn matches(tree: &Tree, pattern: &Pattern) -> Result<Vec<(Utf8PathBuf, Option<Failure>)>, Failure> {
    let mut found = Vec::new();
    let Some(Kind::Directory | Kind::Symlink) = tree.kind(&pattern.base)? else {
        return Ok(found);
    };
    tree.hold(&pattern.base)?;
    let mut not_utf8 = Vec::new();
    let mut unnamed = |path: &Utf8Path| {
        let full = pattern.base.join(path);
        if LambdaName::new(&full).is_some() && pattern.matcher.is_match(&full) {
            not_utf8.push((full, Some(unfit("that is not UTF-8"))));
        }
    };
    tree.survey_with::<Failure>(&pattern.base, &mut unnamed, &mut |path, kind| {
        let full = pattern.base.join(path);
        let is_hidden = LambdaName::new(&full).is_none();
        let is_match = pattern.matcher.is_match(&full);
        match kind {
            Kind::Symlink
                if is_match && !is_hidden && tree.resolve(&full)?.1 == Kind::Directory =>
            {
                let message = "the lambda's directory is a symbolic link";
                let fault = Failure::lambda("lambda-link", message)
                    .hint("put the lambda's files there, or begin the link's name with `_`");
                found.push((full, Some(fault)));
                Ok(Step::On)
            }
            Kind::Directory if is_hidden => Ok(Step::Past),
            Kind::Directory if is_match => {
                let is_unfit = full.as_str().chars().any(char::is_control);
                found.push((full, is_unfit.then(|| unfit("with a control character"))));
                Ok(Step::Past)
            }
            Kind::Directory if pattern.depth == Some(full.components().count()) => Ok(Step::Past),
            Kind::Directory | Kind::Symlink | Kind::File { .. } | Kind::Special => Ok(Step::On),
        }
    })?;
    found.append(&mut not_utf8);
    Ok(found)
}

/// The failure of a lambda that can't have its name.
fn unfit(what: &str) -> Failure {
    Failure::lambda("lambda-name", format!("the lambda's directory has a name {what}"))
        .hint("rename the directory")
}
