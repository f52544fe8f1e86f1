//! Functions on the text of paths; none reads the disk.

use camino::{Utf8Component, Utf8Path, Utf8PathBuf};

/// Makes an absolute path relative to a folder, with forward slashes; returns it unchanged if there is no
/// relative path, as between two drives.
pub(crate) fn seen_from(folder: &Utf8Path, path: &Utf8Path) -> Utf8PathBuf {
    let relative = pathdiff::diff_utf8_paths(path, folder);
    relative.map_or_else(|| path.to_owned(), |relative| slashes(&relative).into())
}

/// Returns the path with forward slashes, as it is shown and written on every machine.
pub(crate) fn slashes(path: &Utf8Path) -> String {
    path.as_str().replace(std::path::MAIN_SEPARATOR, "/")
}

/// Joins two relative paths with a forward slash, whatever this machine has: what is shown, compared
/// and packaged is the same everywhere.
pub(crate) fn below(folder: &Utf8Path, path: &Utf8Path) -> Utf8PathBuf {
    match folder.as_str() {
        "" => path.to_owned(),
        folder => format!("{folder}/{path}").into(),
    }
}

/// Resolves `.` and `..` in the text of a path.
pub(crate) fn normal(path: &Utf8Path) -> Utf8PathBuf {
    let mut normal = Utf8PathBuf::new();
    for component in path.components() {
        let ends_in_name =
            matches!(normal.components().next_back(), Some(Utf8Component::Normal(_)));
        match component {
            Utf8Component::CurDir => {}
            Utf8Component::ParentDir if ends_in_name => {
                normal.pop();
            }
            // `..` of the root is the root itself (POSIX, "Pathname Resolution").
            Utf8Component::ParentDir if normal.has_root() => {}
            other => normal.push(other),
        }
    }
    if cfg!(windows) && normal.is_relative() { slashes(&normal).into() } else { normal }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dots_go_by_text_and_never_above_the_root() {
        let table = [
            ("a/./b/../c", "a/c"),
            ("../a", "../a"),
            ("a/../../b", "../b"),
            ("/a/../../b", "/b"),
            ("./", ""),
        ];
        for (path, expected) in table {
            assert_eq!(normal(Utf8Path::new(path)), expected, "{path}");
        }
    }

    #[test]
    fn a_path_elsewhere_is_seen_from_a_folder() {
        let root = Utf8Path::new("/p");
        assert_eq!(seen_from(root, Utf8Path::new("/p/lambdas/a/a.zip")), "lambdas/a/a.zip");
        assert_eq!(seen_from(root, Utf8Path::new("/out/a.zip")), "../out/a.zip");
    }
}
