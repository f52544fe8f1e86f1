//! Patterns of the config that match nothing: a typing error there leaves in, or out, what its author
//! believes to have named.

use std::collections::BTreeMap;

use camino::Utf8Path;

use super::{Assembled, Pipeline, excluded};
use crate::report::Failure;
use crate::requirements::ProjectGlob;
use crate::source::Pattern;
use crate::tree::{Kind, Step, Tree};

/// A pattern that does nothing in any lambda.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Idle {
    /// `include`, `exclude` or `exclude-packages`.
    pub(crate) key: &'static str,
    pub(crate) text: String,
    pub(crate) why: Why,
}

/// Why a pattern does nothing.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Why {
    NoFile,
    /// It matches in the files of this wheel, and means a lambda's own files only.
    OfWheel(String),
    NoRequirement,
    /// What it names is required by something that stays.
    Required {
        project: String,
        by: String,
    },
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
            let why = wheel.map_or(Why::NoFile, Why::OfWheel);
            idle.push(Idle { key, text: text.to_owned(), why });
        }
        idle.extend(idle_names(assembled));
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

/// Finds the names in `exclude-packages` that leave nothing out. The set of the runtime's packages is no
/// typing error, wherever it stands.
fn idle_names(assembled: &[Assembled]) -> Vec<Idle> {
    let mut users: BTreeMap<&str, Vec<(&Assembled, &ProjectGlob)>> = BTreeMap::new();
    for it in assembled {
        let globs = it.job.requirements.excluded.iter().filter(|glob| !glob.is_runtime());
        globs.for_each(|glob| users.entry(glob.text()).or_default().push((it, glob)));
    }
    let of_user = |(it, glob): &(&Assembled, &ProjectGlob)| -> Option<Why> {
        let is_match = |project: &str| excluded::names(glob, project);
        let Some(wheels) = &it.wheels else { return Some(Why::NoRequirement) };
        if wheels.left_out.iter().any(|it| is_match(&it.name)) || wheels.misses(&is_match) {
            return None;
        }
        Some(match wheels.still(&is_match) {
            Some((project, by)) => {
                Why::Required { project: project.to_owned(), by: by.unwrap_or(project).to_owned() }
            }
            None => Why::NoRequirement,
        })
    };
    let idle = users.into_iter().filter_map(|(text, users)| {
        let whys: Option<Vec<Why>> = users.iter().map(of_user).collect();
        let mut whys = whys?.into_iter();
        let why = whys.find(|why| *why != Why::NoRequirement).unwrap_or(Why::NoRequirement);
        Some(Idle { key: "exclude-packages", text: text.to_owned(), why })
    });
    idle.collect()
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
