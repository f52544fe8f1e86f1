//! What a revision lists, as `git ls-files --stage -z` tells it.

use std::collections::BTreeMap;

use camino::{Utf8Path, Utf8PathBuf};

use crate::fs::Kind;

/// A name in a revision.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Listed {
    /// As a file system would tell it; a size is not known. A folder is a submodule: git lists no
    /// others.
    pub(super) kind: Kind,
    /// The path as git has it, where that is no text and the one it is known by here is another.
    pub(super) raw: Option<Vec<u8>>,
}

impl Listed {
    /// Whether a folder that this is in has a name that is no text.
    pub(super) fn is_odd_folder(&self, folder: &Utf8Path) -> bool {
        let raw = self.raw.as_deref().unwrap_or_default();
        let names = raw.split(|byte| *byte == b'/').take(folder.components().count());
        names.into_iter().any(|name| std::str::from_utf8(name).is_err())
    }
}

/// Reads `MODE OBJECT STAGE<TAB>PATH`, each ended by a NUL. A path that is no text is known by what
/// comes nearest to it.
pub(super) fn listed(listing: &[u8]) -> BTreeMap<Utf8PathBuf, Listed> {
    let mut files = BTreeMap::new();
    let mut odd = BTreeMap::new();
    for line in listing.split(|byte| *byte == 0) {
        let Some(tab) = line.iter().position(|byte| *byte == b'\t') else { continue };
        let (facts, path) = (&line[..tab], &line[tab + 1..]);
        let kind = match facts {
            [b'1', b'2', ..] => Kind::Symlink,
            [b'1', b'6', ..] => Kind::Directory,
            mode => Kind::File { size: 0, executable: mode.starts_with(b"1007") },
        };
        match String::from_utf8(path.to_vec()) {
            Ok(path) => drop(files.insert(path.into(), Listed { kind, raw: None })),
            Err(_) => {
                let shown = String::from_utf8_lossy(path).into_owned();
                odd.insert(shown.into(), Listed { kind, raw: Some(path.to_vec()) });
            }
        }
    }
    // Where such a name comes to be that of another file, its folder is none that can be packaged.
    files.extend(odd);
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
        for (line, path, kind, is_odd) in table {
            let files = listed(&[line, b"\0"].concat());
            let (known, listed) = files.first_key_value().unwrap();
            assert_eq!((known.as_str(), listed.kind), (path, kind));
            assert_eq!(listed.raw.is_some(), is_odd);
        }
    }

    #[test]
    fn a_folder_is_odd_from_its_own_name_on() {
        let files = listed(b"100644 1 0\ta/\xff/b\0");
        let odd = |folder: &str| files.values().all(|it| it.is_odd_folder(Utf8Path::new(folder)));
        assert_eq!([odd("a"), odd("a/\u{fffd}")], [false, true]);
    }
}
