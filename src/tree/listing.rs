//! Reads the listing of a revision: the output of `git ls-files --stage -z`.

use std::collections::BTreeMap;

use camino::{Utf8Path, Utf8PathBuf};

use crate::fs::Kind;

/// A path in a revision.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct ListedPath {
    /// The kind that it has in a checkout; the size of a file is not known. A directory is a
    /// submodule, for git lists no others.
    pub(super) kind: Kind,
    /// The bytes of the path, if they are not UTF-8.
    pub(super) raw: Option<Vec<u8>>,
    /// The name of its object: of a submodule, its commit.
    pub(super) object: String,
    /// Which repository has it: 0 is that of the project, the others are of submodules.
    pub(super) repository: usize,
}

impl ListedPath {
    /// Whether a folder on this path has a name that is not UTF-8.
    pub(super) fn is_folder_not_utf8(&self, folder: &Utf8Path) -> bool {
        let raw = self.raw.as_deref().unwrap_or_default();
        let names = raw.split(|byte| *byte == b'/').take(folder.components().count());
        names.into_iter().any(|name| std::str::from_utf8(name).is_err())
    }
}

/// Reads entries `MODE OBJECT STAGE<TAB>PATH`, each ended by a NUL (git-ls-files(1), "Output"). In
/// a path that is not UTF-8, replacement characters stand for the other bytes.
pub(super) fn listed(listing: &[u8], repository: usize) -> BTreeMap<Utf8PathBuf, ListedPath> {
    let mut files = BTreeMap::new();
    let mut not_utf8 = BTreeMap::new();
    for line in listing.split(|byte| *byte == 0) {
        let Some(tab) = line.iter().position(|byte| *byte == b'\t') else { continue };
        let (facts, path) = (&line[..tab], &line[tab + 1..]);
        let kind = match facts {
            // 120000 is a symbolic link, 160000 a commit of a submodule (gitlink), 100755 an
            // executable file: gitformat-index(5), "Index entry".
            [b'1', b'2', ..] => Kind::Symlink,
            [b'1', b'6', ..] => Kind::Directory,
            mode => Kind::File { size: 0, executable: mode.starts_with(b"1007") },
        };
        let object = facts.split(|byte| *byte == b' ').nth(1).unwrap_or_default();
        let object = String::from_utf8_lossy(object).into_owned();
        let listed = ListedPath { kind, raw: None, object, repository };
        match String::from_utf8(path.to_vec()) {
            Ok(path) => drop(files.insert(path.into(), listed)),
            Err(_) => {
                let shown = String::from_utf8_lossy(path).into_owned();
                not_utf8.insert(shown.into(), ListedPath { raw: Some(path.to_vec()), ..listed });
            }
        }
    }
    // Such a path may equal one that has replacement characters itself. It replaces that one: its
    // folder can't be packaged in any case.
    files.extend(not_utf8);
    files
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_listing_tells_what_each_name_is() {
        let file = |executable| Kind::File { size: 0, executable };
        let table: [(&[u8], &str, Kind, bool); 5] = [
            (b"100644 1 0\ta/b c\td", "a/b c\td", file(false), false),
            (b"100755 1 0\t-x\n", "-x\n", file(true), false),
            (b"120000 1 0\tl", "l", Kind::Symlink, false),
            (b"160000 1 0\ts", "s", Kind::Directory, false),
            (b"100644 1 0\ta/\xff/b", "a/\u{fffd}/b", file(false), true),
        ];
        for (line, path, kind, is_not_utf8) in table {
            let files = listed(&[line, b"\0"].concat(), 0);
            let (known, listed) = files.first_key_value().unwrap();
            assert_eq!((known.as_str(), listed.kind), (path, kind));
            assert_eq!(listed.raw.is_some(), is_not_utf8);
        }
    }

    #[test]
    fn a_folder_is_not_utf8_from_its_own_name_on() {
        let files = listed(b"100644 1 0\ta/\xff/b\0", 0);
        let is_not_utf8 =
            |folder: &str| files.values().all(|it| it.is_folder_not_utf8(Utf8Path::new(folder)));
        assert_eq!([is_not_utf8("a"), is_not_utf8("a/\u{fffd}")], [false, true]);
    }
}
