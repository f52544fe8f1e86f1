//! Finds git directories, and makes one without the attributes that only one clone has.
//!
//! `info/attributes` of a repository has precedence over the attributes of every commit
//! (gitattributes(5)), is never pushed, and no setting of git turns it off: with `*.py eol=crlf` in
//! it, a revision would have other bytes than in CI. So a repository with such a file is read
//! through another git directory. Its objects are those of the repository, its configuration has
//! all settings that hold there, and links lead to what other programs keep in the repository
//! (`lfs`, `git-crypt`).

use camino::{Utf8Path, Utf8PathBuf};

use super::git::{Git, GitDir};
use super::normal;
use crate::fs::{self, Kind};
use crate::report::Failure;

/// What is not linked to: files of git that reading one commit does not need, such as references
/// (with `refs/replace`) and hooks, and the folder of `attributes`. Source:
/// gitrepository-layout(5).
const OF_GIT: [&str; 9] = [
    "HEAD",
    "config",
    "config.worktree",
    "hooks",
    "index",
    "info",
    "objects",
    "packed-refs",
    "refs",
];
/// Settings about the git directory itself, which would be wrong for the new one (git-config(1)).
const OF_ITS_FOLDER: [&str; 4] =
    ["core.bare", "core.worktree", "extensions.refstorage", "extensions.worktreeconfig"];

/// The git directory of a worktree, told without git: `.git`, or where a file of that name leads
/// (gitrepository-layout(5)). `None` where there is none, or none that can be read.
pub(super) fn of_worktree(top: &Utf8Path) -> Option<Utf8PathBuf> {
    match fs::resolve(&top.join(".git")).ok()? {
        (path, Kind::Directory) => Some(path),
        (path, Kind::File { .. }) => {
            let text = String::from_utf8(fs::read(&path).ok()??).ok()?;
            Some(normal(&top.join(text.strip_prefix("gitdir:")?.trim())))
        }
        (_, Kind::Symlink | Kind::Special) => None,
    }
}

/// Returns the git directory through which a commit is read: the repository's own or, where that
/// has attributes of its own, a new one at `folder`.
pub(super) fn without_attributes(
    git: &Git,
    commit: &str,
    folder: &Utf8Path,
) -> Result<GitDir, Failure> {
    let path = git.path(&["--git-dir"])?;
    let common = git.path(&["--git-common-dir"])?;
    if fs::kind(&common.join("info/attributes"))?.is_none() {
        return Ok(GitDir { path, objects: None });
    }
    let settings = git.ask_bytes(&["config", "--list", "-z"])?;
    make(&common, &settings, commit, folder)?;
    let objects = Some(git.path(&["--git-path", "objects"])?);
    Ok(GitDir { path: folder.to_owned(), objects })
}

fn make(
    common: &Utf8Path,
    settings: &[u8],
    commit: &str,
    folder: &Utf8Path,
) -> Result<(), fs::Error> {
    fs::create_directory(&folder.join("refs"))?;
    fs::write(&folder.join("HEAD"), format!("{commit}\n").as_bytes())?;
    fs::write(&folder.join("config"), &written(settings))?;
    for name in fs::names(common)? {
        if !OF_GIT.contains(&name.as_str()) {
            fs::link(&common.join(&name), &folder.join(&name))?;
        }
    }
    Ok(())
}

/// Writes the output of `git config --list -z` as a configuration file. It has `KEY<newline>VALUE`
/// for each setting, or `KEY` alone for a boolean without a value (git-config(1), "-z").
fn written(settings: &[u8]) -> Vec<u8> {
    let mut file = Vec::new();
    for setting in settings.split(|byte| *byte == 0) {
        let end = setting.iter().position(|byte| *byte == b'\n');
        let (key, value) = match end {
            Some(end) => (&setting[..end], Some(&setting[end + 1..])),
            None => (setting, None),
        };
        let is_foreign = OF_ITS_FOLDER.iter().any(|name| name.as_bytes() == key);
        // The subsection is between the first and the last dot, and may have dots itself
        // (git-config(1), "Syntax").
        let first = key.iter().position(|byte| *byte == b'.');
        let last = key.iter().rposition(|byte| *byte == b'.');
        let (Some(first), Some(last), false) = (first, last, is_foreign) else { continue };
        file.push(b'[');
        file.extend(&key[..first]);
        if first < last {
            file.push(b' ');
            quote(&key[first + 1..last], &mut file);
        }
        file.extend(b"]\n\t");
        file.extend(&key[last + 1..]);
        if let Some(value) = value {
            file.extend(b" = ");
            quote(value, &mut file);
        }
        file.push(b'\n');
    }
    file
}

fn quote(text: &[u8], file: &mut Vec<u8>) {
    file.push(b'"');
    for byte in text {
        match byte {
            b'"' | b'\\' => file.extend([b'\\', *byte]),
            b'\n' => file.extend(b"\\n"),
            other => file.push(*other),
        }
    }
    file.push(b'"');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_are_written_as_git_reads_them() {
        let table: [(&[u8], &[u8]); 6] = [
            (b"core.bare\nfalse", b""),
            (b"core.eol\nlf", b"[core]\n\teol = \"lf\"\n"),
            (b"a.b\n", b"[a]\n\tb = \"\"\n"),
            (b"a.on", b"[a]\n\ton\n"),
            (
                b"filter.a.b \"c\".smudge\nx 'y' \"z\" \\; # \n-",
                b"[filter \"a.b \\\"c\\\"\"]\n\tsmudge = \"x 'y' \\\"z\\\" \\\\; # \\n-\"\n",
            ),
            (b"a.b\n\xff", b"[a]\n\tb = \"\xff\"\n"),
        ];
        for (listed, expected) in table {
            let listed = [listed, b"\0"].concat();
            assert_eq!(written(&listed), expected, "{}", listed.escape_ascii());
        }
    }
}
