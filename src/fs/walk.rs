//! Lists directories: sorted, complete, without following links.

use camino::Utf8Path;

use super::{Error, Kind, is_temporary};

/// How a walk continues.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Step {
    /// Into the directory, or on to the next name.
    On,
    /// Past the directory.
    Past,
}

/// Visits everything below a directory, in the same order on every machine. Temporary files of this
/// tool are skipped, for other runs make and remove them meanwhile.
///
/// The path given to `visit` is relative to the directory. The contents of a directory come right
/// after it, sorted by the bytes of the names. `unlisted` is called with the error of a path that
/// can't be listed or is not UTF-8, and whether it is a directory; the walk skips the path if that
/// returns no error.
pub(crate) fn walk<E>(
    directory: &Utf8Path,
    unlisted: &mut dyn FnMut(Error, bool) -> Result<(), E>,
    visit: &mut dyn FnMut(&Utf8Path, Kind) -> Result<Step, E>,
) -> Result<(), E> {
    walk_to_depth(directory, usize::MAX, unlisted, visit)
}

/// Lists a directory, sorted by the bytes of the names.
pub(crate) fn list(directory: &Utf8Path) -> Result<Vec<(String, Kind)>, Error> {
    let mut names = Vec::new();
    walk_to_depth::<Error>(directory, 1, &mut |error, _| Err(error), &mut |path, kind| {
        names.push((path.to_string(), kind));
        Ok(Step::On)
    })?;
    Ok(names)
}

/// Lists the names in a directory, those of temporary files too, without a stat of each. Names that
/// are not UTF-8 are skipped: this tool makes none.
pub(crate) fn names(directory: &Utf8Path) -> Result<Vec<String>, Error> {
    let entries = std::fs::read_dir(directory).map_err(Error::at("list", directory))?;
    let name = |entry: std::io::Result<std::fs::DirEntry>| {
        entry.map(|entry| entry.file_name().into_string().ok()).transpose()
    };
    let mut names: Vec<String> =
        entries.filter_map(name).collect::<Result<_, _>>().map_err(Error::at("list", directory))?;
    names.sort();
    Ok(names)
}

fn walk_to_depth<E>(
    directory: &Utf8Path,
    depth: usize,
    unlisted: &mut dyn FnMut(Error, bool) -> Result<(), E>,
    visit: &mut dyn FnMut(&Utf8Path, Kind) -> Result<Step, E>,
) -> Result<(), E> {
    let mut walk = walkdir::WalkDir::new(directory)
        .min_depth(1)
        .max_depth(depth)
        .follow_links(false)
        // readdir(3) gives names in the order of the file system, which would be another order on
        // another machine.
        .sort_by_file_name()
        .into_iter();
    while let Some(found) = walk.next() {
        let found = match found {
            Ok(found) => found,
            Err(error) => {
                unlisted(listing_error(directory, error), true)?;
                continue;
            }
        };
        let is_directory = found.file_type().is_dir();
        let Some(path) = Utf8Path::from_path(found.path()) else {
            unlisted(not_utf8(Utf8Path::new(&found.path().to_string_lossy())), is_directory)?;
            if is_directory {
                walk.skip_current_dir();
            }
            continue;
        };
        if path.file_name().is_some_and(is_temporary) {
            if is_directory {
                walk.skip_current_dir();
            }
            continue;
        }
        let relative = path.strip_prefix(directory).expect("a walk stays below its directory");
        // Of a directory, the listing has told.
        let metadata = (!is_directory).then(|| found.metadata());
        let kind = match metadata {
            None => Kind::Directory,
            Some(Ok(metadata)) => Kind::of(&metadata),
            Some(Err(error)) => {
                unlisted(listing_error(directory, error), false)?;
                continue;
            }
        };
        let step = visit(relative, kind)?;
        // After a file, `skip_current_dir` would skip the rest of the directory that the file is
        // in.
        if step == Step::Past && kind == Kind::Directory {
            walk.skip_current_dir();
        }
    }
    Ok(())
}

/// The error of a name that is not UTF-8; in `path`, replacement characters stand for its bytes.
pub(crate) fn not_utf8(path: &Utf8Path) -> Error {
    let why = std::io::Error::new(std::io::ErrorKind::InvalidData, "its name is not UTF-8");
    Error::at("package", path)(why)
}

fn listing_error(directory: &Utf8Path, error: walkdir::Error) -> Error {
    let path = error.path().and_then(Utf8Path::from_path).unwrap_or(directory).to_owned();
    let source = error.into_io_error().unwrap_or_else(|| std::io::Error::other("a loop of links"));
    Error { action: "list", path, source }
}
