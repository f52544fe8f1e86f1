//! Lists directories: sorted, complete, without following links. Windows apart, they are read by
//! [`super::held`], and not by the standard library, which panics where a directory can't be closed.

use camino::Utf8Path;

use super::{Error, Held, Kind};

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
    match Held::hold(directory) {
        Ok(held) => held.walk(Utf8Path::new(""), unlisted, visit),
        Err(error) => unlisted(Error { action: "list", ..error }, true),
    }
}

/// Lists a directory, sorted by the bytes of the names.
pub(crate) fn list(directory: &Utf8Path) -> Result<Vec<(String, Kind)>, Error> {
    let mut names = Vec::new();
    walk::<Error>(directory, &mut |error, _| Err(error), &mut |path, kind| {
        names.push((path.to_string(), kind));
        Ok(Step::Past)
    })?;
    Ok(names)
}

/// Lists the names in a directory, those of temporary files too, without a stat of each. Names that
/// are not UTF-8 are skipped: this tool makes none.
pub(crate) fn names(directory: &Utf8Path) -> Result<Vec<String>, Error> {
    let mut names = super::held::names(directory).map_err(Error::at("list", directory))?;
    names.sort();
    Ok(names)
}

/// The error of a name that is not UTF-8; in `path`, replacement characters stand for its bytes.
pub(crate) fn not_utf8(path: &Utf8Path) -> Error {
    let why = std::io::Error::new(std::io::ErrorKind::InvalidData, "its name is not UTF-8");
    Error::at("package", path)(why)
}
