//! Names and modes of files inside a package.

use std::borrow::Borrow;
use std::fmt;

/// The longest name of one file or folder, in bytes: `NAME_MAX` of Linux (limits.h).
const LONGEST_SEGMENT: usize = 255;
/// The longest path, in bytes: `PATH_MAX` of Linux is 4096, and `/var/task/` comes before it, where
/// Lambda unpacks a package.
const LONGEST_PATH: usize = 4_000;

/// The path of a file inside a package: relative, with forward slashes, one meaning for all
/// readers.
///
/// Paths are compared by their bytes, and a package has its files in this order.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct ArchivePath(String);

/// Why a text can't be the path of a file in a package. Displayed, it continues a sentence that
/// begins with the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum PathFault {
    /// It begins with a slash or a drive letter.
    #[error("is absolute")]
    Absolute,
    /// It has a `..` segment.
    #[error("leaves the package")]
    Parent,
    /// It has an empty or a `.` segment.
    #[error("has an empty or a `.` segment")]
    Segment,
    /// It has a backslash: a separator to some readers, a letter to others.
    #[error("has a backslash")]
    Backslash,
    /// It has a control character.
    #[error("has a control character")]
    Control,
    /// It is longer than a file system takes.
    #[error("is too long")]
    TooLong,
}

impl ArchivePath {
    /// Takes a text as a path.
    pub(crate) fn new(text: impl Into<String>) -> Result<Self, PathFault> {
        let text = text.into();
        // Slashes must be forward ones (APPNOTE.TXT 6.3.10, section 4.4.17.1), but a file of Linux
        // may have a backslash in its name: some readers would make a folder of it.
        if text.contains('\\') {
            return Err(PathFault::Backslash);
        }
        // A terminal would obey an escape sequence, and lists have one path in each line.
        if text.chars().any(char::is_control) {
            return Err(PathFault::Control);
        }
        let drive = text.as_bytes().get(1) == Some(&b':');
        // Neither a leading slash nor a drive letter is allowed (section 4.4.17.1).
        if text.starts_with('/') || (drive && text.starts_with(|c: char| c.is_ascii_alphabetic())) {
            return Err(PathFault::Absolute);
        }
        if text.split('/').any(|segment| segment == "..") {
            return Err(PathFault::Parent);
        }
        // `a//b`, `a/./b` and `a/b` unpack to one file, so they could be two members of one name.
        if text.split('/').any(|segment| segment.is_empty() || segment == ".") {
            return Err(PathFault::Segment);
        }
        let longest = text.split('/').map(str::len).max().unwrap_or(0);
        if longest > LONGEST_SEGMENT || text.len() > LONGEST_PATH {
            return Err(PathFault::TooLong);
        }
        Ok(Self(text))
    }

    /// The same in a folder, whose name is empty or ends with a slash.
    pub(crate) fn inside(&self, folder: &str) -> Result<Self, PathFault> {
        if folder.is_empty() { Ok(self.clone()) } else { Self::new(format!("{folder}{self}")) }
    }

    /// Where Lambda unpacks it, as a file of a layer ("Packaging your layer content" in the developer
    /// guide): a path that no package has.
    pub(crate) fn in_opt(&self) -> Self {
        Self(format!("/opt/{self}"))
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    /// The folders that the path goes through, outermost first.
    pub(crate) fn folders(&self) -> impl Iterator<Item = &str> {
        self.0.match_indices('/').map(|(at, _)| &self.0[..at])
    }
}

/// It is compared as its text is, so maps of paths can be asked for a text.
impl Borrow<str> for ArchivePath {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ArchivePath {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

/// The mode of a file in a package: decided, never copied from a disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mode {
    /// Everybody may read.
    Plain,
    /// Everybody may read and execute.
    Executable,
}

impl Mode {
    /// The file type and permissions of Unix.
    ///
    /// Lambda runs as another user than it unpacks, so group and others must be able to read, even
    /// if the umask of the build machine forbade it: 0644 for files (AWS Knowledge Center,
    /// "lambda-deployment-package-errors"; Miserlou/Zappa#484).
    pub(crate) fn bits(self) -> u16 {
        match self {
            Self::Plain => 0o100_644,
            Self::Executable => 0o100_755,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_readers_would_have_to_interpret_is_no_path() {
        let long_segment = "a".repeat(256);
        let long_path = "a/".repeat(2_001) + "a";
        let table = [
            ("/a", PathFault::Absolute),
            ("C:a", PathFault::Absolute),
            ("c:/a", PathFault::Absolute),
            ("../a", PathFault::Parent),
            ("a/../../b", PathFault::Parent),
            ("a/..", PathFault::Parent),
            ("", PathFault::Segment),
            ("a//b", PathFault::Segment),
            ("a/./b", PathFault::Segment),
            ("a/", PathFault::Segment),
            ("a\\b", PathFault::Backslash),
            ("a\nb", PathFault::Control),
            ("a\0b", PathFault::Control),
            ("a\u{1b}[31m", PathFault::Control),
            (long_segment.as_str(), PathFault::TooLong),
            (long_path.as_str(), PathFault::TooLong),
        ];
        for (text, fault) in table {
            assert_eq!(ArchivePath::new(text), Err(fault), "{text:?}");
        }
    }

    #[test]
    fn odd_but_harmless_names_are_kept() {
        for text in ["~/x", "CON", "-rf", "*", "..a", "a..", "naïve 日本.txt", "ab:c", "é:x"] {
            assert_eq!(ArchivePath::new(text).unwrap().as_str(), text);
        }
    }

    #[test]
    fn folders_come_outermost_first() {
        let path = ArchivePath::new("a/b/c.py").unwrap();
        assert_eq!(path.folders().collect::<Vec<_>>(), ["a", "a/b"]);
    }
}
