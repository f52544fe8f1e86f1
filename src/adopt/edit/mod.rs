//! Proposes edits of Terraform's files, so that functions take the packages of the package manifest.
//!
//! A proposal is texts: nothing is written here. Each file is changed by spans of what hcl-edit parsed
//! ([`text`]), each function in its own block or in the calls that lead to it ([`functions`]), and what
//! only these needed is removed ([`remove`]). What can't be edited is listed, with the lines to write.

mod functions;
mod remove;
mod text;

use std::collections::{BTreeMap, BTreeSet};

use camino::{Utf8Path, Utf8PathBuf};

use crate::environment::Environment;
use crate::report::{ByHand, Failure, TerraformEdit as Edit};
use crate::terraform::{self, Candidate, Files, Folders, Project};
use crate::tree::Tree;
use functions::Planner;

/// What functions are to take.
pub(crate) struct Packages<'a> {
    pub(crate) lambdas: &'a [Candidate],
    /// Where the package manifest is, relative to the root.
    pub(crate) manifest: &'a Utf8Path,
    /// The folders of the root modules, where the config names them.
    pub(crate) roots: Option<&'a [Utf8PathBuf]>,
}

/// What is to be changed.
#[derive(Debug, Default)]
pub(crate) struct Proposed {
    /// The texts of files before and after, by path.
    pub(crate) files: BTreeMap<Utf8PathBuf, (String, String)>,
    pub(crate) edits: Vec<Edit>,
    pub(crate) by_hand: Vec<ByHand>,
    /// Whether some function takes a package already.
    pub(crate) is_adopted: bool,
}

/// Looks which edits the files of a project need.
///
/// # Errors
///
/// The root can't be read.
pub(crate) fn propose(
    tree: &Tree,
    packages: &Packages<'_>,
    environment: &Environment,
) -> Result<Proposed, Failure> {
    let Packages { lambdas, manifest, roots } = *packages;
    let project =
        Project { lambdas: &[], packages: lambdas, manifest: Some(manifest), roots, environment };
    let files = terraform::survey_files(tree, &project)?;
    let folders = Folders { directory: None, roots: &[], project: tree.root() };
    let matched = terraform::match_functions(&files.functions, lambdas, folders);
    let matched: Vec<Option<String>> = matched.into_iter().map(|it| it.lambda.ok()).collect();
    let closed = closed(tree, &files)?;
    let mut planner = Planner::new(&files, &matched, manifest, &closed);
    planner.functions();
    let taken: BTreeSet<&String> = matched.iter().flatten().collect();
    let taken = lambdas.iter().filter(|it| taken.contains(&it.name));
    let names = taken.flat_map(|it| [it.directory.file_name(), it.zip.file_name()]);
    let names: BTreeSet<String> = names.flatten().map(str::to_owned).collect();
    planner.remove_unneeded(&names);
    planner.declare();
    let Planner { sources, mut edits, mut by_hand, .. } = planner;
    let mut changed = BTreeMap::new();
    for (path, source) in sources.into_iter().filter(|(_, source)| source.is_changed()) {
        let (before, after) = (source.text.clone(), source.changed());
        // A byte order mark is no part of what was parsed.
        let bytes = tree.read_found(&path)?;
        let mark = if bytes.starts_with("\u{feff}".as_bytes()) { "\u{feff}" } else { "" };
        changed.insert(path, ([mark, &*before].concat(), [mark, &*after].concat()));
    }
    by_hand.extend(files.foreign.iter().map(|note| ByHand {
        place: note.place.clone(),
        message: note.message.clone(),
        lines: Vec::new(),
    }));
    edits.sort_by(|one, other| one.place.cmp(&other.place));
    by_hand.sort_by(|one, other| one.place.cmp(&other.place));
    let is_adopted = files.sites.iter().any(|it| it.file_entry.is_some());
    Ok(Proposed { files: changed, edits, by_hand, is_adopted })
}

/// The files that are another repository's.
fn closed(tree: &Tree, files: &Files) -> Result<BTreeMap<Utf8PathBuf, &'static str>, Failure> {
    let mut closed = BTreeMap::new();
    for path in files.texts.keys() {
        let folders = path.ancestors().skip(1).filter(|folder| *folder != "");
        for folder in folders {
            if tree.kind(&folder.join(".git"))?.is_some() {
                closed.insert(path.clone(), "is in another repository");
            }
        }
    }
    Ok(closed)
}
