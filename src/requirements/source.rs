//! Requirements that must be built: a folder, an archive, a repository; see [`super`].

use camino::{Utf8Path, Utf8PathBuf};

use crate::digest::{Hasher, Sha256Digest};
use crate::origin::{Origin, Vcs};
use crate::report::{Failure, Place};
use crate::tree::{Kind, Step, Tree};

/// A source that is built into a wheel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Source {
    /// The normalised name of the project, if it is in the line.
    pub(crate) name: Option<String>,
    /// The extras with their brackets, or an empty text.
    pub(crate) extras: String,
    /// The marker with its semicolon, or an empty text.
    pub(crate) marker: String,
    /// Where it is: an archive, a repository or a folder.
    pub(crate) origin: Origin,
}

/// The parts of a line with a source.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Parts<'a> {
    /// The name before the `@`.
    pub(super) name: Option<&'a str>,
    /// The extras with their brackets, or an empty text.
    pub(super) extras: &'a str,
    pub(super) address: &'a str,
    /// The marker with its semicolon, or an empty text.
    pub(super) marker: &'a str,
}

/// Splits a line `name[extra] @ address ; marker`, or a line without a name and with the extras
/// after the path, as pip does (`_strip_extras` in its `req/constructors.py`).
pub(super) fn parts(text: &str) -> Parts<'_> {
    let (named, rest) = match named_address(text) {
        Some((before, address)) => (Some(before), address),
        None => (None, text),
    };
    // A URL may have a semicolon in it, so the marker begins at one after a blank (PEP 508).
    let is_address = rest.contains("://") || rest.trim_start().starts_with("file:");
    let begins = if is_address { rest.find(" ;") } else { rest.find(';') };
    let (address, marker) = rest.split_at(begins.unwrap_or(rest.len()));
    let (address, marker) = (address.trim(), marker.trim());
    let bracketed = |text: &str| text.ends_with(']').then(|| text.rfind('[')).flatten();
    match named {
        Some(before) => {
            let (name, extras) = before.split_at(bracketed(before).unwrap_or(before.len()));
            Parts { name: Some(name.trim()), extras, address, marker }
        }
        None => {
            let (address, extras) = address.split_at(bracketed(address).unwrap_or(address.len()));
            Parts { name: None, extras, address, marker }
        }
    }
}

/// Splits `name[extra] @ address`, if a text is that.
pub(super) fn named_address(text: &str) -> Option<(&str, &str)> {
    let (before, address) = text.split_once('@')?;
    let name = before.split('[').next().unwrap_or_default().trim();
    let is_name =
        !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || "-_.".contains(c));
    is_name.then(|| (before.trim(), address.trim_start()))
}

/// Splits the address of a git repository: `git+SCHEME://…@REVISION#egg=…&subdirectory=…`.
///
/// Source: "VCS Support" in pip's documentation, and `get_url_rev_and_auth` in its
/// `vcs/versioncontrol.py`: the revision follows the last `@` of the path.
pub(super) fn git(address: &str) -> (Origin, Option<&str>) {
    let address = address.strip_prefix("git+").unwrap_or(address);
    let (address, fragment) = address.split_once('#').unwrap_or((address, ""));
    let path_begins = address.find("://").map_or(0, |at| at + 3);
    let host_ends = address[path_begins..].find('/').map_or(address.len(), |at| path_begins + at);
    let (repository, revision) = match address[host_ends..].rfind('@') {
        Some(at) => (&address[..host_ends + at], Some(&address[host_ends + at + 1..])),
        None => (address, None),
    };
    let value = |key: &str| value_of(fragment, key);
    let origin = Origin::Vcs(Vcs {
        kind: "git".to_owned(),
        url: Some(repository.to_owned()),
        path: None,
        requested_revision: revision.filter(|it| !it.is_empty()).map(str::to_owned),
        commit: None,
        subdirectory: value("subdirectory").map(str::to_owned),
    });
    (origin, value("egg"))
}

/// Returns what the fragment of an address says: `egg` or `subdirectory`.
pub(super) fn of_fragment<'a>(address: &'a str, key: &str) -> Option<&'a str> {
    value_of(address.split_once('#')?.1, key)
}

fn value_of<'a>(fragment: &'a str, key: &str) -> Option<&'a str> {
    let mut pairs = fragment.split('&').filter_map(|pair| pair.split_once('='));
    pairs.find(|(known, _)| *known == key).map(|(_, value)| value)
}

/// Returns the name of an archive without its ending; `None` if it has none of these endings, which
/// are the common ones of pip's `ARCHIVE_EXTENSIONS`.
pub(crate) fn archive_stem(name: &str) -> Option<&str> {
    let endings = [".tar.gz", ".tgz", ".zip", ".tar.bz2", ".tar.xz", ".tar"];
    endings.iter().find_map(|ending| name.strip_suffix(ending))
}

/// A file of a project's folder.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct ProjectFile {
    /// Relative to the project's folder.
    pub(crate) path: Utf8PathBuf,
    /// Whether its owner may execute it.
    pub(crate) executable: bool,
}

/// Lists the files of a folder that a build may read, sorted. Version control, caches, virtual
/// environments and earlier builds are left out, and so are the files of this tool, for a lambda
/// may require itself.
///
/// # Errors
///
/// An error of the disk; a link that does not lead to a file.
pub(crate) fn project_files(
    tree: &Tree,
    folder: &Utf8Path,
    place: &Place,
) -> Result<Vec<ProjectFile>, Failure> {
    let mut files = Vec::new();
    tree.hold(folder)?;
    tree.walk::<Failure>(folder, &mut |path, kind| {
        let name = path.file_name().unwrap_or_default();
        let is_top = path.parent().is_none_or(|parent| parent.as_str().is_empty());
        let own_zip = folder.file_name().map(|folder| format!("{folder}.zip"));
        let is_ours = is_top && (name == "pylock.toml" || own_zip.as_deref() == Some(name));
        if is_left_out(name, is_top) || is_ours {
            return Ok(Step::Past);
        }
        let (path, whole) = (path.to_owned(), folder.join(path));
        let is_of_build = is_top && matches!(name, "build" | "dist");
        // A Python package may be called `build` or `dist`, too.
        if is_of_build && tree.kind(&whole.join("__init__.py"))?.is_none() {
            return Ok(Step::Past);
        }
        match kind {
            Kind::Directory => {
                let is_environment = tree.kind(&whole.join("pyvenv.cfg"))?.is_some();
                return Ok(if is_environment { Step::Past } else { Step::On });
            }
            Kind::File { executable, .. } => files.push(ProjectFile { path, executable }),
            Kind::Symlink => match tree.resolve(&whole)?.1 {
                Kind::File { executable, .. } => files.push(ProjectFile { path, executable }),
                Kind::Directory | Kind::Symlink | Kind::Special => {
                    let message = format!("`{whole}` is a symbolic link, and not to a file");
                    return Err(Failure::input("source-link", message)
                        .place(place.clone())
                        .hint("put a copy in its place"));
                }
            },
            Kind::Special => {}
        }
        Ok(Step::On)
    })?;
    Ok(files)
}

/// Whether a name is that of a file or folder which tools write and no build reads.
fn is_left_out(name: &str, is_top: bool) -> bool {
    matches!(name, ".git" | ".hg" | ".svn" | "__pycache__" | ".DS_Store" | ".tox" | ".nox")
        || matches!(name, ".mypy_cache" | ".pytest_cache" | ".ruff_cache")
        || name.ends_with(".pyc")
        || name.ends_with(".egg-info")
        || (is_top && name == "node_modules")
}

/// Returns the digest of a project's folder: of the names, modes and bytes of its files.
pub(crate) fn digest_of(
    tree: &Tree,
    folder: &Utf8Path,
    place: &Place,
) -> Result<Sha256Digest, Failure> {
    let mut hasher = Hasher::default();
    for ProjectFile { path, executable } in project_files(tree, folder, place)? {
        hasher.field(path.as_str().replace('\\', "/").as_bytes());
        hasher.update(&[u8::from(executable)]);
        hasher.field(&tree.read_found(&folder.join(&path))?);
    }
    Ok(hasher.finish())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_taken_apart() {
        let parts = |text| {
            let Parts { name, extras, address, marker } = parts(text);
            (name, extras, address, marker)
        };
        assert_eq!(parts("../shared"), (None, "", "../shared", ""));
        assert_eq!(
            parts("../shared[a,b] ; python_version > '3'"),
            (None, "[a,b]", "../shared", "; python_version > '3'")
        );
        assert_eq!(
            parts("x[a] @ git+https://u@h/x.git@v1 ; extra"),
            (Some("x"), "[a]", "git+https://u@h/x.git@v1", "; extra")
        );
        assert_eq!(parts("https://h/a;b.zip"), (None, "", "https://h/a;b.zip", ""));
        assert_eq!(parts("x@file:///a"), (Some("x"), "", "file:///a", ""));
    }

    #[test]
    fn an_address_of_git_is_taken_apart() {
        let git = |text| match git(text) {
            (Origin::Vcs(vcs), egg) => {
                (vcs.url.unwrap(), vcs.requested_revision, vcs.subdirectory, egg.map(str::to_owned))
            }
            other => panic!("{other:?}"),
        };
        let owned = |text: &str| Some(text.to_owned());
        assert_eq!(
            git("git+https://u:p@h/a.git@v1.0#egg=a&subdirectory=b"),
            ("https://u:p@h/a.git".to_owned(), owned("v1.0"), owned("b"), owned("a"))
        );
        assert_eq!(
            git("git+ssh://git@h/a.git"),
            ("ssh://git@h/a.git".to_owned(), None, None, None)
        );
        assert_eq!(git("git+file:///a/b"), ("file:///a/b".to_owned(), None, None, None));
    }
}
