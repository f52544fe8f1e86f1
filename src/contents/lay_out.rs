//! Lays wheels and a lambda's own files over each other; conflicts are decided here.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::{Contents, Data, Entry, Error};
use crate::path::ArchivePath;
use crate::report::Warning;
use crate::source::SourceTree;
use crate::wheel::Layout;

/// How many paths a warning names.
const NAMED: usize = 3;

/// Lays out what goes into a package.
///
/// The wheels come in the order in which pip would install them: of two that have one path, the
/// later one wins, as it would on disk, and where their bytes differ a warning says so. The
/// lambda's own file wins over both, and is told of.
///
/// # Errors
///
/// One has a file where another has a folder.
pub(crate) fn lay_out(
    sources: &SourceTree,
    wheels: &[Arc<Layout>],
) -> Result<(Contents, Vec<Warning>), Error> {
    let mut entries: BTreeMap<ArchivePath, Entry> = BTreeMap::new();
    // Loser and winner, with the paths they fight about.
    let mut conflicts: BTreeMap<(String, String), Vec<String>> = BTreeMap::new();
    let mut warnings = Vec::new();
    for layout in wheels {
        for file in &layout.laid_out {
            let data = Data::Member { wheel: Arc::clone(&layout.wheel), index: file.member };
            let entry = Entry { data, mode: file.mode };
            if let Some(loser) = entries.insert(file.path.clone(), entry.clone())
                && !is_same_member(&loser, &entry)
            {
                let pair = (loser.data.origin().to_owned(), entry.data.origin().to_owned());
                conflicts.entry(pair).or_default().push(file.path.to_string());
            }
        }
        warnings.extend(path_files(layout));
    }
    let conflicts = conflicts.into_iter().map(|((loser, winner), paths)| Warning {
        code: "file-conflict",
        message: format!(
            "`{winner}` replaces files of `{loser}` by other bytes: {}",
            named(&paths)
        ),
        place: None,
        hint: Some("require only one of the two packages, if both are not needed".to_owned()),
    });
    warnings.extend(conflicts);

    let mut replaced = Vec::new();
    for file in &sources.files {
        let data = Data::File { place: file.place.clone(), size: file.size };
        let entry = Entry { data, mode: file.mode };
        if entries.insert(file.path.clone(), entry).is_some() {
            replaced.push(file.path.to_string());
        }
    }
    if !replaced.is_empty() {
        warnings.push(Warning {
            code: "own-file-wins",
            message: format!("its own files replace those of packages: {}", named(&replaced)),
            place: None,
            hint: Some("remove them from the lambda, or `exclude` them in the config".to_owned()),
        });
    }
    no_file_is_a_folder(&entries)?;
    Ok((Contents(entries), warnings))
}

/// Whether two members of wheels have the same bytes, as far as size and CRC tell. Only a
/// warning hangs on it.
fn is_same_member(one: &Entry, other: &Entry) -> bool {
    let key = |entry: &Entry| entry.data.member().map(|(_, member)| (member.size, member.crc));
    key(one) == key(other)
}

/// Names a few of the paths, and counts the others.
fn named(paths: &[String]) -> String {
    let named: Vec<String> = paths.iter().take(NAMED).map(|path| format!("`{path}`")).collect();
    let named = named.join(", ");
    match paths.len().saturating_sub(NAMED) {
        0 => named,
        others => format!("{named} and {others} more"),
    }
}

/// Warns of `.pth` files: at the root of a package they do nothing, but a tool that treats the
/// package as a site folder runs the code in them. The ones of old namespace packages are
/// harmless and common.
fn path_files(layout: &Layout) -> Option<Warning> {
    let is_odd =
        |path: &str| path.ends_with(".pth") && !path.ends_with("-nspkg.pth") && !path.contains('/');
    let paths = layout.laid_out.iter().map(|file| file.path.as_str());
    let odd: Vec<String> = paths.filter(|path| is_odd(path)).map(str::to_owned).collect();
    (!odd.is_empty()).then(|| Warning {
        code: "path-file",
        message: format!(
            "`{}` has path files, which do nothing in Lambda: {}",
            layout.wheel.name,
            named(&odd)
        ),
        place: None,
        hint: None,
    })
}

/// A path that is a file can't also lead to others.
fn no_file_is_a_folder(entries: &BTreeMap<ArchivePath, Entry>) -> Result<(), Error> {
    // A file and what lies below it need not be neighbours in the order of bytes: `a`, `a.b`,
    // `a/c`. Each folder is looked up once, as most files share it with the one before.
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
                return Err(Error::FileAndFolder {
                    path: folder.to_owned(),
                    file: file.data.origin().to_owned(),
                    folder: entry.data.origin().to_owned(),
                });
            }
        }
    }
    Ok(())
}
