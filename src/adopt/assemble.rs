//! Says what a zip that Terraform makes has beside a lambda's own files as they are: files from
//! elsewhere, a folder in which its own are, and what is left out; pure.

use std::collections::BTreeMap;

use camino::{Utf8Path, Utf8PathBuf};
use globset::GlobBuilder;

use super::folders::Folders;
use crate::terraform::{Archive, Part, Within};

/// How many files of a folder are copied one by one, where the folder has no name in the zip.
const MOST: usize = 20;

/// What is to be said of a package in the config.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Extent {
    /// From the root, to the package.
    pub(super) files: BTreeMap<String, String>,
    pub(super) prefix: Option<String>,
    pub(super) exclude: Vec<String>,
}

/// The extent of the lambda at a path, and what can't be said of its zip, as ends of sentences.
pub(super) fn assemble(
    main: &Utf8Path,
    archive: &Archive,
    folders: &Folders,
) -> (Extent, Vec<String>) {
    let mut extent = Extent::default();
    let mut open = archive.made.clone();
    for Part { path, within } in &archive.parts {
        if let Some(own) = own(main, path, folders) {
            match placed(own, within) {
                Placed::AsItIs => {}
                Placed::In(prefix) => extent.prefix = Some(prefix),
                Placed::At(target) => {
                    open.push(format!(
                        "has `{path}` as `{target}` alone: the package has it under both names"
                    ));
                    extent.files.insert(path.to_string(), target);
                }
            }
            continue;
        }
        match entries(path, within, folders) {
            Some(entries) => {
                for (source, target) in entries {
                    // Over a lambda's own file it would be an error.
                    match folders.has_file(&main.join(&target)) {
                        true => open.push(format!(
                            "has `{target}` from `{path}`, and the lambda has its own"
                        )),
                        false => drop(extent.files.insert(source, target)),
                    }
                }
            }
            None => open.push(format!("has `{path}`, too, which `files` in the config can't name")),
        }
    }
    extent.exclude.extend(archive.excludes.iter().filter_map(|it| excluded(it, main, folders)));
    (extent, open)
}

/// The path of a part in the lambda; empty for the lambda's own folder, none where it is elsewhere.
fn own<'a>(main: &'a Utf8Path, path: &'a Utf8Path, folders: &Folders) -> Option<&'a Utf8Path> {
    match folders.0.contains_key(main) {
        true => path.strip_prefix(main).ok(),
        false => (path == main).then(|| path.file_name().map(Utf8Path::new)).flatten(),
    }
}

/// Where own files are in a zip.
enum Placed {
    AsItIs,
    In(String),
    At(String),
}

fn placed(own: &Utf8Path, within: &Within) -> Placed {
    match within {
        Within::Folder(folder) | Within::File(folder) if folder == "" => Placed::AsItIs,
        Within::Folder(folder) => Placed::In(folder.to_string()),
        Within::File(target) if target == own => Placed::AsItIs,
        Within::File(target) => match target.as_str().strip_suffix(own.as_str()) {
            Some(prefix) if prefix.ends_with('/') => {
                Placed::In(prefix.trim_end_matches('/').into())
            }
            _ => Placed::At(target.to_string()),
        },
    }
}

/// What `files` has to have of a part that is elsewhere; none where it can't be said.
fn entries(path: &Utf8Path, within: &Within, folders: &Folders) -> Option<Vec<(String, String)>> {
    let name = path.file_name().unwrap_or_default();
    let is_folder = folders.0.get(path).is_some_and(|it| !it.is_ignored);
    match within {
        _ if path.starts_with("..") => None,
        Within::File(target) if folders.has_file(path) => {
            Some(vec![(path.to_string(), target.to_string())])
        }
        Within::Folder(folder) if folders.has_file(path) => {
            Some(vec![(path.to_string(), folder.join(name).into_string())])
        }
        Within::Folder(folder) if is_folder && folder != "" => {
            Some(vec![(path.to_string(), folder.to_string())])
        }
        // What is below keeps its name.
        Within::Folder(_) if is_folder => {
            let is_inner =
                |inner: &&Utf8PathBuf| inner.parent() == Some(path) && folders.is_own(inner);
            let inner = folders.0.keys().filter(is_inner).filter_map(|it| it.file_name());
            let files = folders.0[path].files.iter().map(String::as_str);
            let names: Vec<&str> = inner.chain(files).collect();
            let entry = |name: &&str| (path.join(name).into_string(), (*name).to_owned());
            (names.len() <= MOST).then(|| names.iter().map(entry).collect())
        }
        Within::Folder(_) | Within::File(_) => None,
    }
}

/// A glob of `archive_file`, as one of `exclude`; none where nothing that would be packaged matches.
///
/// It begins at the folder, and one that matches a folder holds for all in it (`excludes` in the
/// documentation of the provider).
fn excluded(glob: &str, main: &Utf8Path, folders: &Folders) -> Option<String> {
    let glob = glob.strip_prefix("./").unwrap_or(glob);
    let matcher = GlobBuilder::new(glob).literal_separator(true).build().ok()?.compile_matcher();
    let is_match = |(inside, folder): (&Utf8Path, &super::folders::Folder)| {
        let is_packaged = !folder.is_foreign && !folder.is_ignored;
        is_packaged
            && folder.files.iter().any(|file| {
                let path = inside.join(file);
                path.ancestors().any(|it| it != "" && matcher.is_match(it))
                    && ![".pyc", ".zip"].iter().any(|ending| file.ends_with(ending))
            })
    };
    folders.below(main).any(is_match).then(|| match glob.contains('/') {
        true => glob.to_owned(),
        false => format!("/{glob}"),
    })
}
