//! Paths by their text: nothing on disk is asked.

use camino::{Utf8Component, Utf8Path, Utf8PathBuf};

/// Returns an absolute path as a folder sees it; as it was where nothing leads there, as between
/// two drives.
pub(crate) fn seen_from(folder: &Utf8Path, path: &Utf8Path) -> Utf8PathBuf {
    pathdiff::diff_utf8_paths(path, folder).unwrap_or_else(|| path.to_owned())
}

/// Returns the path as it is shown and written: with forward slashes on every machine.
pub(crate) fn slashes(path: &Utf8Path) -> String {
    path.as_str().replace(std::path::MAIN_SEPARATOR, "/")
}

/// Returns the path with `.` and `..` taken away, by its text alone.
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
            // Nothing is above the root of a file system.
            Utf8Component::ParentDir if normal.has_root() => {}
            other => normal.push(other),
        }
    }
    normal
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
