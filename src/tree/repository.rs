//! Asks the git repository of a project about everything but a revision's files.

use std::collections::BTreeSet;

use camino::{Utf8Path, Utf8PathBuf};

use super::dot_git::top;
use super::git::{Answer, Git, no_git};
use super::git_dir::{self, Info};
use super::normal;
use super::revision::unknown;
use crate::environment::Environment;
use crate::fs::{self, TemporaryDirectory};
use crate::report::Failure;

/// Where git looks for hooks, and where a project is.
#[derive(Debug)]
pub(crate) struct Hooks {
    /// The absolute path of the folder of hooks: `core.hooksPath`, or that of the repository, which
    /// all its worktrees share (githooks(5)).
    pub(crate) folder: Utf8PathBuf,
    /// The project's root relative to the top of the worktree, which is the working directory of a
    /// hook (githooks(5)); `.` if it is the top.
    pub(crate) project: Utf8PathBuf,
}

/// The arguments that list differences of a worktree from the index and HEAD, whatever
/// `status.showUntrackedFiles` and `diff.ignoreSubmodules` of the user are (git-status(1)). Of a
/// submodule the commit alone counts here: for its files git would start another git in it, with its
/// configuration.
const STATUS: [&str; 4] =
    ["status", "--porcelain", "--untracked-files=normal", "--ignore-submodules=dirty"];

/// Finds where git looks for the hooks of the repository that a project is in.
pub(crate) fn hooks(project: &Utf8Path, environment: &Environment) -> Result<Hooks, Failure> {
    let git = Git::in_folder(project, environment);
    let project = match git.prefix()? {
        top if top == "" => ".".into(),
        below => below,
    };
    let named = git.ask_whether(&["config", "--get", "core.hooksPath"])?;
    let named = named.as_deref().map(|path| path.strip_suffix('\n').unwrap_or(path));
    if let Ok(path @ ("" | "/dev/null")) = named {
        let message = format!("`core.hooksPath` is `{path}`, and git runs no hooks");
        return Err(Failure::input("no-hooks", message)
            .hint("unset it first: `git config --unset core.hooksPath`"));
    }
    let folder = normal(&git.path(&["--git-path", "hooks"])?);
    Ok(Hooks { folder, project })
}

/// Returns the files of a project that git tracks, relative to its root; `None` outside of a
/// repository.
pub(crate) fn tracked(
    project: &Utf8Path,
    environment: &Environment,
) -> Result<Option<BTreeSet<Utf8PathBuf>>, Failure> {
    let git = Git::in_folder(project, environment);
    match git.ask_if_repository(&["ls-files", "-z"])? {
        Answer::Bytes(listed) => {
            let names = listed.split(|byte| *byte == 0).map(<[u8]>::to_vec);
            // A file whose name is not UTF-8 can't be packaged.
            let paths = names.filter_map(|name| String::from_utf8(name).ok());
            Ok(Some(paths.map(Utf8PathBuf::from).collect()))
        }
        Answer::NoGit if top(project)?.is_some() => Err(no_git()),
        Answer::NoGit | Answer::NoRepository => Ok(None),
    }
}

/// Whether git sees nothing changed and nothing new at some paths of a project.
pub(crate) fn is_clean(
    project: &Utf8Path,
    paths: &[&Utf8Path],
    environment: &Environment,
) -> Result<bool, Failure> {
    // A `*` in a path is no wildcard then (gitglossary(7), "pathspec").
    let paths = paths.iter().map(|path| format!(":(literal){path}"));
    let all: Vec<String> = std::iter::once("--".to_owned()).chain(paths).collect();
    let all: Vec<&str> = all.iter().map(String::as_str).collect();
    is_unchanged(project, &all, environment, &|git| git)
}

/// Whether git sees nothing changed and nothing new, in the worktree of a folder and in those of its
/// submodules.
fn is_unchanged(
    folder: &Utf8Path,
    paths: &[&str],
    environment: &Environment,
    settled: &dyn Fn(Git) -> Git,
) -> Result<bool, Failure> {
    let git = Git::in_folder(folder, environment);
    let (top, index) = (git.path(&["--show-toplevel"])?, git.path(&["--git-path", "index"])?);
    let head = git.ask_whether(&["rev-parse", "--verify", "--quiet", "HEAD"])?.ok();
    let own = TemporaryDirectory::new()?;
    let git_dir = git_dir::make(
        &git,
        head.as_deref().map(str::trim),
        Info::Worktree,
        &own.path().join("repository"),
    )?;
    let ours = settled(git.through(&git_dir, &index, &top));
    if !ours.ask(&[&STATUS[..], paths].concat())?.is_empty() {
        return Ok(false);
    }
    // `STAGE` of a submodule begins with 160000, and its path is from the folder.
    let listed = git.ask(&[&["ls-files", "--stage", "-z"], paths].concat())?;
    let modules = listed.split('\0').filter(|line| line.starts_with("160000 "));
    for module in modules.filter_map(|line| line.split_once('\t')) {
        let module = folder.join(module.1);
        if fs::kind(&module.join(".git"))?.is_some()
            && !is_unchanged(&module, &[], environment, settled)?
        {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Whether the whole worktree of a project is equal to a commit, without the files that git
/// ignores, such as zips: the commit is checked out, nothing is changed or new, and no file is
/// hidden from git.
pub(super) fn is_checked_out(
    project: &Utf8Path,
    commit: &str,
    environment: &Environment,
) -> Result<bool, Failure> {
    let git = Git::in_folder(project, environment);
    // A bare repository has no worktree in which zips could be.
    let is_worktree = git.ask(&["rev-parse", "--is-inside-work-tree"])?.trim() == "true";
    let head = git.ask_whether(&["rev-parse", "--verify", "--quiet", "HEAD"])?;
    if !is_worktree
        || head.map_or(true, |head| head.trim() != commit)
        || !is_unchanged(project, &["--", ":/"], environment, &Git::settled_as_anywhere)?
    {
        return Ok(false);
    }
    // `git status` does not look at files that are "assume unchanged" (lower case here) or
    // "skip-worktree" (`S`), so they may be changed; all others have an `H` (git-ls-files(1),
    // "-v").
    let listed = git.ask_bytes(&["ls-files", "-v", "-z", "--", ":/"])?;
    let mut files = listed.split(|byte| *byte == 0).filter(|line| !line.is_empty());
    Ok(files.all(|line| line.starts_with(b"H ")))
}

/// Returns the full name of the commit that a name means; `None` if it means a tree or a blob.
pub(crate) fn commit(
    project: &Utf8Path,
    name: &str,
    environment: &Environment,
) -> Result<Option<String>, Failure> {
    if name.contains(['\n', '\0']) {
        return Err(unknown(name, ""));
    }
    let git = Git::in_folder(project, environment);
    // `git rev-parse --verify` accepts every full object name, even if there is no such object
    // (git-rev-parse(1)), so the object itself is looked up. `^{}` follows a tag to what it marks
    // (gitrevisions(7)).
    let asked = format!("{name}^{{}}\n");
    let answer = git.feed(&["cat-file", "--batch-check"], asked.into_bytes())?;
    match answer.split_whitespace().collect::<Vec<_>>()[..] {
        [object, "commit", _] => Ok(Some(object.to_owned())),
        [_, "tree" | "blob", _] => Ok(None),
        _ => Err(unknown(name, "")),
    }
}

/// Returns the path of a folder below the top of its worktree; empty for the top itself.
pub(crate) fn prefix(folder: &Utf8Path, environment: &Environment) -> Result<Utf8PathBuf, Failure> {
    Git::in_folder(folder, environment).prefix()
}

/// What a commit has at a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum AtPath {
    Folder,
    /// A link, a file or a submodule, at the path or at one of its folders.
    Other,
    Nothing,
}

/// Returns what a commit has at a path, which is relative to a folder of the repository.
pub(crate) fn at_path(
    folder: &Utf8Path,
    commit: &str,
    path: &Utf8Path,
    environment: &Environment,
) -> Result<AtPath, Failure> {
    let real = Git::in_folder(folder, environment);
    let own = TemporaryDirectory::new()?;
    let repository = own.path().join("repository");
    let git_dir = git_dir::make(&real, Some(commit), Info::None, &repository)?;
    // A clone without trees fetches them.
    let git = real.through(&git_dir, &repository.join("index"), folder);
    let above = path.ancestors().filter(|path| !path.as_str().is_empty());
    // A path that begins with a colon would be a pathspec with magic (gitglossary(7)).
    let paths: Vec<Utf8PathBuf> = above.map(|path| Utf8Path::new(".").join(path)).collect();
    let paths: Vec<&str> = paths.iter().map(|path| path.as_str()).collect();
    let listed = git.ask(&[&["ls-tree", commit, "--"], &paths[..]].concat())?;
    let is_folder = |line: &str| line.split(' ').nth(1) == Some("tree");
    Ok(match listed.lines().count() {
        count if count == paths.len() && listed.lines().all(is_folder) => AtPath::Folder,
        _ if listed.lines().all(is_folder) => AtPath::Nothing,
        _ => AtPath::Other,
    })
}
