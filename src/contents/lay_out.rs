//! Merges wheels and the lambda's own files, and decides conflicts.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::{Contents, Data, Entry};
use crate::path::ArchivePath;
use crate::report::{Failure, Warning, code};
use crate::source::SourceTree;
use crate::wheel::Layout;
use crate::words;

/// How many paths a warning names.
const NAMED: usize = 3;

/// Where files go in a package; each is empty, or ends with a slash.
#[derive(Debug, Clone, Default)]
pub(crate) struct Folders {
    pub(crate) wheels: String,
    /// The lambda's own.
    pub(crate) own: String,
}

/// Lays out what goes into a package.
///
/// The wheels come in the order in which pip would install them. If two have one path, the later
/// one replaces the other, as it would on disk, with a warning if their bytes differ. The lambda's
/// own file replaces both, with a warning, and so does one from elsewhere.
///
/// # Errors
///
/// A path that is a file in one and a folder in another; a file from elsewhere over one of the project.
pub(crate) fn lay_out(
    sources: &SourceTree,
    wheels: &[Arc<Layout>],
    folders: &Folders,
) -> Result<(Contents, Vec<Warning>), Failure> {
    let mut entries: BTreeMap<ArchivePath, Entry> = BTreeMap::new();
    // The wheel that is replaced and the one that replaces it, with the paths of both.
    let mut conflicts: BTreeMap<(String, String), Vec<String>> = BTreeMap::new();
    let mut warnings = Vec::new();
    for layout in wheels {
        for file in &layout.laid_out {
            let data = Data::Member { wheel: Arc::clone(&layout.wheel), index: file.member };
            let entry = Entry { data, mode: file.mode };
            let path = inside(&file.path, &folders.wheels)?;
            if let Some(loser) = entries.insert(path.clone(), entry.clone())
                && !is_same_member(&loser, &entry)
            {
                let pair = (loser.data.origin().to_owned(), entry.data.origin().to_owned());
                conflicts.entry(pair).or_default().push(path.to_string());
            }
        }
        warnings.extend(faults(layout));
        warnings.extend(path_files(layout));
    }
    warnings.extend(conflicts.into_iter().map(|((loser, winner), paths)| {
        let paths = words::some_of(&paths, NAMED);
        let message = format!("`{winner}` replaces files of `{loser}` by other bytes: {paths}");
        Warning::new("file-conflict", message)
            .hint("require only one of the two packages, if both are not needed")
    }));

    let mut replaced = Vec::new();
    for file in &sources.files {
        let data = Data::File { place: file.place.clone(), size: file.size };
        let entry = Entry { data, mode: file.mode };
        let is_told = sources.leftovers.changed.contains(file.path.as_str());
        let path = inside(&file.path, &folders.own)?;
        if entries.insert(path.clone(), entry).is_some() && !is_told {
            replaced.push(path.to_string());
        }
    }
    for copied in &sources.copied {
        for file in &copied.tree.files {
            let path = inside(&file.path, &copied.target)?;
            let is_there = path.as_str().starts_with(&folders.wheels);
            let path = inside(&path, if is_there { "" } else { &folders.wheels })?;
            let data = Data::File { place: file.place.clone(), size: file.size };
            match entries.insert(path.clone(), Entry { data, mode: file.mode }) {
                Some(Entry { data: Data::File { place, .. }, .. }) => {
                    let message =
                        format!("`{place}` and `{}` are both `{path}` in the package", file.place);
                    return Err(Failure::lambda("files-collide", message).hint(
                        "give what comes from elsewhere another path in `files`, or `exclude` one",
                    ));
                }
                Some(_) => replaced.push(path.to_string()),
                None => {}
            }
        }
    }
    if !replaced.is_empty() {
        let message = format!(
            "its own files replace those of packages: {}",
            words::some_of(&replaced, NAMED)
        );
        let hint = "remove them from the lambda, or `exclude` them in the config";
        warnings.push(Warning::new("own-file-wins", message).hint(hint));
    }
    no_file_is_a_folder(&entries)?;
    Ok((Contents(entries), warnings))
}

/// The path of a file in a folder of the package.
fn inside(path: &ArchivePath, folder: &str) -> Result<ArchivePath, Failure> {
    path.inside(folder).map_err(|fault| {
        Failure::input(code::FILE_NAME, format!("`{folder}{path}` {fault}"))
            .hint("make `prefix` shorter, or rename the file")
    })
}

/// Whether two members of wheels have the same size and CRC. That is no proof, but it decides about
/// a warning only.
fn is_same_member(one: &Entry, other: &Entry) -> bool {
    let key = |entry: &Entry| entry.data.member().map(|(_, member)| (member.size, member.crc));
    key(one) == key(other)
}

/// Warns of a wheel that is odd, and read by all in one way.
fn faults(layout: &Layout) -> Option<Warning> {
    let faults = &layout.wheel.facts.faults;
    if faults.is_empty() {
        return None;
    }
    let (wheel, faults) = (&layout.wheel.name, faults.join("; "));
    let message = format!("the wheel `{wheel}` is packaged though {faults}");
    Some(Warning::new("wheel-odd", message))
}

/// Warns of `.pth` files at the root of a package: the code in them runs whenever a function starts,
/// whatever its handler imports, for Lambda takes the package as a site folder (`bootstrap.py` of AWS's
/// base images). The ones that setuptools writes are harmless and common: those of old namespace
/// packages, and its own.
fn path_files(layout: &Layout) -> Option<Warning> {
    let warns = |path: &str| {
        path.ends_with(".pth")
            && !path.ends_with("-nspkg.pth")
            && !path.contains('/')
            && path != "distutils-precedence.pth"
    };
    let paths = layout.laid_out.iter().map(|file| file.path.as_str());
    let paths: Vec<String> = paths.filter(|path| warns(path)).map(str::to_owned).collect();
    if paths.is_empty() {
        return None;
    }
    let (wheel, named) = (&layout.wheel.name, words::some_of(&paths, NAMED));
    let message =
        format!("`{wheel}` has path files, which Python runs when a function starts: {named}");
    Some(Warning::new("path-file", message))
}

/// Refuses a path that is a file and also a folder of others: it can't be unpacked.
fn no_file_is_a_folder(entries: &BTreeMap<ArchivePath, Entry>) -> Result<(), Failure> {
    // A file and what is below it need not be neighbours in the order of bytes, as `a`, `a.b` and
    // `a/c` show, so each folder is looked up. Most files have the folder of the one before.
    let mut last = "";
    for (path, entry) in entries {
        let folder = path.as_str().rsplit_once('/').map_or("", |(folder, _)| folder);
        if folder == last {
            continue;
        }
        last = folder;
        for folder in path.folders() {
            let file = ArchivePath::new(folder).ok().and_then(|folder| entries.get(&folder));
            if let Some(file) = file {
                let (file, other) = (file.data.origin(), entry.data.origin());
                let message = format!("`{folder}` is a file in `{file}` and a folder in `{other}`");
                return Err(Failure::lambda("file-and-folder", message)
                    .hint("rename the lambda's own, or require only one of the packages"));
            }
        }
    }
    Ok(())
}
