//! Finds a program on PATH without starting it.

use std::ffi::OsStr;

use camino::Utf8PathBuf;

/// Returns the path of the first file of that name in the folders of `path`, the value of PATH.
///
/// A folder whose name is not UTF-8 is passed over: programs in it can still be started by
/// name, they are only not found here.
pub(crate) fn find(name: &str, path: &OsStr) -> Option<Utf8PathBuf> {
    let name = format!("{name}{}", std::env::consts::EXE_SUFFIX);
    std::env::split_paths(path)
        .filter_map(|folder| Utf8PathBuf::from_path_buf(folder).ok())
        .filter(|folder| folder.is_absolute())
        .map(|folder| folder.join(&name))
        .find(|file| file.metadata().is_ok_and(|found| found.is_file()))
}
