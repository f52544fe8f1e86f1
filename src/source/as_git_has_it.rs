//! Compares a lambda's files with what git has at their places: a worktree is not always what git
//! would check out, and then another machine makes another package.
//!
//! An edit is none of this: who changes or deletes a file sees that git sees it. What git hides or
//! another clone would have otherwise is a failure, where a part of the lambda is missing, and else
//! a warning.

use camino::Utf8Path;

use super::secrets::Seen;
use super::{SourceFile, SourceTree};
use crate::lambda::Lambda;
use crate::report::code;
use crate::report::{Failure, Warning};
use crate::tree::{Checkout, Tree};
use crate::words::{self, shell};

/// How many files a warning names.
const NAMED: usize = 3;

/// Looks at the files that are kept; `seen` is what was seen in each.
pub(super) fn compare(
    tree: &Tree,
    lambda: &Lambda,
    found: &SourceTree,
    seen: &[Seen],
) -> Result<Vec<Warning>, Failure> {
    let directory = &lambda.directory;
    let those = |is_so: fn(&Seen) -> bool| -> Vec<&SourceFile> {
        let seen = found.files.iter().zip(seen).filter(|(_, seen)| is_so(seen));
        seen.map(|(file, _)| file).collect()
    };
    let mut warnings = Vec::new();
    warnings.extend(pointers(tree, directory, those(|seen| seen.pointer))?);
    let Some(checkout) = tree.checkout() else { return Ok(warnings) };
    let tracked = |file: &SourceFile| checkout.tracked(&file.place);
    let unmerged: Vec<&str> = found
        .files
        .iter()
        .filter(|file| tracked(file).is_some_and(|it| it.is_unmerged))
        .map(|file| file.path.as_str())
        .collect();
    if !unmerged.is_empty() {
        let (verb, them) = if unmerged.len() == 1 { ("is", "it") } else { ("are", "them") };
        let message = format!(
            "{} {verb} in the middle of a merge, and packaged with what git wrote there",
            words::some_of(&unmerged, NAMED)
        );
        let hint = format!("finish the merge of {them}, and `git add` {them}");
        warnings.push(Warning::new("unmerged-file", message).hint(hint));
    }
    warnings.extend(unwatched(tree, checkout, found)?);
    warnings.extend(unfiltered(tree, checkout, directory, found)?);
    warnings.extend(line_ends(tree, checkout, directory, those(|seen| seen.carriage_returns))?);
    for module in checkout.moved_submodules(&lambda.path()) {
        let message =
            format!("the submodule `{module}` has another commit checked out than git has for it");
        let command = format!("git submodule update {}", shell(module.as_str()));
        let hint = format!("run `{command}`, or commit that it has moved: `git add {module}`");
        warnings.push(Warning::new("submodule-moved", message).hint(hint));
    }
    Ok(warnings)
}

/// Refuses pointers of git-lfs, which a checkout without git-lfs has in place of the files. Without
/// the attribute `filter=lfs`, such a file is just a text; without a repository, nobody knows.
fn pointers(
    tree: &Tree,
    directory: &Utf8Path,
    mut all: Vec<&SourceFile>,
) -> Result<Option<Warning>, Failure> {
    if all.is_empty() {
        return Ok(None);
    }
    let is_known = tree.commit().is_some() || tree.checkout().is_some();
    if is_known {
        let attributes = tree.attributes(directory)?;
        all.retain(|file| attributes.value(&file.place, "filter").as_deref() == Some("lfs"));
    }
    let Some((first, others)) = all.split_first() else { return Ok(None) };
    let first = first.path.as_str();
    let message = match others.len() {
        0 => format!("`{first}` is a pointer of git-lfs, and not the file itself"),
        count => format!("`{first}` and {count} more are pointers of git-lfs, and not the files"),
    };
    // Files that a clone excludes from fetching come only if they are named (git-lfs-fetch(1)).
    let settings = tree.read(Utf8Path::new(".lfsconfig"))?.unwrap_or_default();
    let pull = match memchr::memmem::find(&settings.to_ascii_lowercase(), b"fetchexclude") {
        None => "git lfs pull".to_owned(),
        Some(_) => {
            let places = all.iter().map(|file| file.place.as_str()).collect::<Vec<_>>().join(",");
            format!("git lfs pull --include={} --exclude=", shell(&places))
        }
    };
    let hint = format!("install git-lfs and run `git lfs install`, then `{pull}`");
    match is_known {
        true => Err(Failure::lambda("lfs-pointer", message).at(&all[0].place, None).hint(hint)),
        false => Ok(Some(Warning::new("lfs-pointer", message).hint(hint))),
    }
}

/// Warns of files that git is told not to look at, and that have other bytes than it has.
fn unwatched(
    tree: &Tree,
    checkout: &Checkout,
    found: &SourceTree,
) -> Result<Option<Warning>, Failure> {
    let mut changed = Vec::new();
    for file in &found.files {
        let Some(tracked) = checkout.tracked(&file.place) else { continue };
        let Some(option) = tracked.unwatched else { continue };
        let bytes = tree.read_stable(&file.place)?;
        if !checkout.is_blob(&bytes, tracked.object)
            && !checkout.is_blob(&without_carriage_returns(&bytes), tracked.object)
        {
            changed.push((file, option));
        }
    }
    let Some((first, option)) = changed.first() else { return Ok(None) };
    let paths: Vec<&str> = changed.iter().map(|(file, _)| file.path.as_str()).collect();
    let (verb, it) = if paths.len() == 1 { ("differs", "it") } else { ("differ", "them") };
    let message = format!(
        "{} {verb} from what git has, and git is told not to look: no other machine has {it} so",
        words::some_of(&paths, NAMED)
    );
    let command = format!("git update-index {option} -- {}", shell(first.place.as_str()));
    Ok(Some(Warning::new("unwatched-file", message).hint(format!("let git look: `{command}`"))))
}

/// Warns of files with a filter that are as the repository keeps them: the filter did not run. What
/// git-crypt has encrypted is of no use to a lambda, and a failure.
fn unfiltered(
    tree: &Tree,
    checkout: &Checkout,
    directory: &Utf8Path,
    found: &SourceTree,
) -> Result<Option<Warning>, Failure> {
    let left_out = found.left_out.iter().map(|it| it.path.as_str());
    let mut all = found.files.iter().map(|file| file.path.as_str()).chain(left_out);
    // Attributes of the lambda's own are rare, and those above it name filters rarely.
    if !all.any(|path| path.ends_with(".gitattributes")) && !checkout.names_filters(directory) {
        return Ok(None);
    }
    let attributes = tree.attributes(directory)?;
    if !attributes.name("filter") {
        return Ok(None);
    }
    let mut raw = Vec::new();
    for file in &found.files {
        let filter = attributes.value(&file.place, "filter");
        let filter = filter.filter(|it| !matches!(it.as_str(), "" | "false" | "lfs"));
        let (Some(filter), Some(tracked)) = (filter, checkout.tracked(&file.place)) else {
            continue;
        };
        if checkout.smudge(&filter) == Some("cat") {
            continue;
        }
        let bytes = tree.read_stable(&file.place)?;
        // The header of its files (`crypto.cpp` of git-crypt).
        if bytes.starts_with(b"\0GITCRYPT\0") {
            let message = format!("`{}` is encrypted by git-crypt", file.path);
            return Err(Failure::lambda(code::FILTER_NOT_RUN, message)
                .at(&file.place, None)
                .hint("run `git-crypt unlock`"));
        }
        if checkout.is_blob(&bytes, tracked.object) {
            raw.push((file, filter));
        }
    }
    let Some((_, filter)) = raw.first() else { return Ok(None) };
    let paths: Vec<&str> = raw.iter().map(|(file, _)| file.path.as_str()).collect();
    let places: Vec<String> = raw.iter().map(|(file, _)| shell(file.place.as_str())).collect();
    let (verb, it) = if paths.len() == 1 { ("is", "it") } else { ("are", "them") };
    let message = format!(
        "{} {verb} as the repository keeps {it}: the filter `{filter}` of `.gitattributes` has not \
         run here",
        words::some_of(&paths, NAMED)
    );
    let places = places.join(" ");
    let hint = format!("set the filter up, then `rm -- {places} && git checkout -- {places}`");
    Ok(Some(Warning::new(code::FILTER_NOT_RUN, message).hint(hint)))
}

/// Warns of files that differ from the commit's by line ends alone, where no attribute says that
/// every clone has them so.
fn line_ends(
    tree: &Tree,
    checkout: &Checkout,
    directory: &Utf8Path,
    with_carriage_returns: Vec<&SourceFile>,
) -> Result<Option<Warning>, Failure> {
    let mut converted = Vec::new();
    for SourceFile { place, .. } in with_carriage_returns {
        let Some(tracked) = checkout.tracked(place) else { continue };
        let bytes = tree.read_stable(place)?;
        if !checkout.is_blob(&bytes, tracked.object)
            && checkout.is_blob(&without_carriage_returns(&bytes), tracked.object)
        {
            converted.push(place);
        }
    }
    if !converted.is_empty() {
        let attributes = tree.attributes(directory)?;
        converted.retain(|place| {
            let is_text = attributes.value(place, "text").is_none_or(|text| text != "false");
            !(is_text && attributes.value(place, "eol").as_deref() == Some("crlf"))
        });
    }
    if converted.is_empty() {
        return Ok(None);
    }
    let verb = if converted.len() == 1 { "has" } else { "have" };
    let message = format!(
        "{} {verb} line ends of Windows, which the commit has not: another machine packages other \
         bytes",
        words::some_of(&converted, NAMED)
    );
    let hint = "say which in `.gitattributes`, as `*.py text eol=lf`, and check the files out anew";
    Ok(Some(Warning::new(code::LINE_ENDS, message).hint(hint)))
}

/// The bytes of a text with the line ends of Unix.
pub(super) fn without_carriage_returns(bytes: &[u8]) -> Vec<u8> {
    let mut text = Vec::with_capacity(bytes.len());
    for (index, byte) in bytes.iter().enumerate() {
        if *byte != b'\r' || bytes.get(index + 1) != Some(&b'\n') {
            text.push(*byte);
        }
    }
    text
}
