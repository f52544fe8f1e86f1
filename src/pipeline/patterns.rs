//! Patterns of the config that match nothing: a typing error there leaves in, or out, what its author
//! believes to have named.

use std::collections::BTreeMap;

use camino::Utf8Path;

use super::{Assembled, Pipeline};
use crate::report::Failure;
use crate::source::Pattern;
use crate::tree::{Kind, Step, Tree};

/// A pattern that matches in no lambda.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Idle {
    /// `include` or `exclude`.
    pub(crate) key: &'static str,
    pub(crate) text: String,
    /// The wheel in whose files it matches, for it means a lambda's own files only.
    pub(crate) wheel: Option<String>,
}

impl Pipeline<'_> {
    /// Finds the patterns of lambdas that match in none of them, by key and text.
    pub(crate) fn idle_patterns(&self, assembled: &[Assembled]) -> Result<Vec<Idle>, Failure> {
        let mut users: BTreeMap<(&'static str, &str), Vec<(&Assembled, &Pattern)>> =
            BTreeMap::new();
        for it in assembled {
            for (key, pattern) in it.job.selection.patterns() {
                users.entry((key, pattern.text())).or_default().push((it, pattern));
            }
        }
        let mut idle = Vec::new();
        for ((key, text), users) in users {
            let lists = |(it, pattern): &(&Assembled, &Pattern)| is_listed(it, pattern);
            if users.iter().any(lists) || self.is_in_left_out(&users)? {
                continue;
            }
            let wheel = users.iter().find_map(|(it, pattern)| {
                let mut members =
                    it.contents.entries().filter(|(_, entry)| entry.data.place().is_none());
                let member = members.find(|(path, _)| pattern.matches(path.as_str()))?;
                Some(member.1.data.origin().to_owned())
            });
            idle.push(Idle { key, text: text.to_owned(), wheel });
        }
        Ok(idle)
    }

    /// Whether a pattern matches in a folder that another rule leaves out: that is not listed.
    fn is_in_left_out(&self, users: &[(&Assembled, &Pattern)]) -> Result<bool, Failure> {
        for (it, pattern) in users {
            for (directory, found) in it.sources.roots(&it.job.lambda.directory) {
                let folders = found.left_out.iter();
                for folder in folders.filter_map(|it| it.path.strip_suffix('/')) {
                    if has_match(self.tree, directory, folder, pattern)? {
                        return Ok(true);
                    }
                }
            }
        }
        Ok(false)
    }
}

/// Whether a pattern matches a file or folder that was kept or left out by its own name.
fn is_listed(assembled: &Assembled, pattern: &Pattern) -> bool {
    let sources = &assembled.sources;
    let kept = sources.files.iter().map(|file| file.path.as_str());
    // A single file may have another name in the package.
    let copied = sources.copied.iter().flat_map(|it| {
        let places = it.tree.files.iter().map(|file| &file.place);
        places.filter_map(|place| Some(place.strip_prefix(&it.directory).ok()?.as_str()))
    });
    let left_out = sources.roots(&assembled.job.lambda.directory).flat_map(|(_, it)| &it.left_out);
    let left_out = left_out.map(|it| it.path.trim_end_matches('/'));
    kept.chain(copied).chain(left_out).any(|path| pattern.matches(path))
}

/// Whether a pattern matches something in a folder of a lambda's directory.
fn has_match(
    tree: &Tree,
    directory: &Utf8Path,
    folder: &str,
    pattern: &Pattern,
) -> Result<bool, Failure> {
    let mut found = false;
    tree.survey::<Failure>(&directory.join(folder), &mut |path: &Utf8Path, kind: Kind| {
        found = found || pattern.matches(Utf8Path::new(folder).join(path).as_str());
        Ok(if found && kind == Kind::Directory { Step::Past } else { Step::On })
    })?;
    Ok(found)
}
