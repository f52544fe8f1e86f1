//! A project as a git revision has it.
//!
//! The revision's listing is read once. Files come out of the object database when they are first
//! asked for, into a temporary folder, through `git checkout-index` with an index of its own: so
//! they have the conversions that a checkout makes (line ends, filters, encodings, by the
//! revision's own attributes), and neither the worktree nor the repository's index is touched.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, PoisonError};

use camino::{Utf8Path, Utf8PathBuf};

use super::git::{GIT, Git};
use super::listing::{Listed, listed};
use super::{git_dir, normal};
use crate::environment::Environment;
use crate::fs::{self, Kind, Step, TemporaryDirectory};
use crate::report::Failure;

/// How many links are followed behind each other, as Linux has it.
const MOST_LINKS: u32 = 40;

/// A revision of a repository.
#[derive(Debug)]
pub(super) struct Revision {
    /// Git, led to the repository, with an index of its own.
    git: Git,
    pub(super) commit: String,
    /// All files by path, relative to the repository's top.
    files: BTreeMap<Utf8PathBuf, Listed>,
    /// What is on disk already; of folders, those that are there whole.
    exported: Mutex<BTreeSet<Utf8PathBuf>>,
    /// The temporary folder's part that stands for the repository's top; without links.
    top: Utf8PathBuf,
    /// The folder of the worktree that it stands for; without links.
    home: Utf8PathBuf,
    /// Where the project is below the top; empty where it is the top.
    prefix: Utf8PathBuf,
    /// Keeps the folder to the end.
    _folder: TemporaryDirectory,
}

impl Revision {
    /// Finds a revision of the repository that a folder is in.
    pub(super) fn open(
        root: &Utf8Path,
        revision: &str,
        environment: &Environment,
    ) -> Result<Self, Failure> {
        // The worktree may be of a revision that does not have the folder.
        let (folder, below) = there(root)?;
        let git = Git::in_folder(folder, environment);
        let prefix = git.prefix()?;
        let commit = commit(&git, revision)?;

        let folder = TemporaryDirectory::new()?;
        // Links are followed by asking for canonical paths, which are then below this one.
        let own = fs::canonical(folder.path())?;
        let top = own.join("top");
        // Joined with nothing, a path would end in a slash.
        let prefix = if below.as_str().is_empty() { prefix } else { prefix.join(below) };
        fs::create_directory(&top.join(&prefix))?;
        let index = own.join("index");
        let git_dir = git_dir::without_attributes(&git, &commit, &own.join("repository"))?;
        let git = git.with_worktree(&git_dir, &index, &top);
        git.ask(&["read-tree", &commit])?;
        let files = listed(&git.ask_bytes(&["ls-files", "--stage", "-z"])?);
        let exported = Mutex::default();
        let home = root.ancestors().nth(prefix.components().count()).unwrap_or(root).to_owned();
        Ok(Self { git, commit, files, exported, top, home, prefix, _folder: folder })
    }

    /// Where the project's root stands on disk; nothing may be there yet.
    pub(super) fn root(&self) -> Utf8PathBuf {
        if self.prefix.as_str().is_empty() { self.top.clone() } else { self.top.join(&self.prefix) }
    }

    /// Where a file of the worktree stands on disk; none for one that is elsewhere.
    pub(super) fn counterpart(&self, path: &Utf8Path) -> Option<Utf8PathBuf> {
        let path = normal(path);
        // Links are followed as far as they are above the worktree: those in it are the revision's.
        let above: Vec<&Utf8Path> = path.ancestors().collect();
        above.into_iter().rev().find_map(|folder| {
            // One that is not there is in no worktree that is.
            let canonical = fs::canonical(folder).ok()?;
            let inside = canonical.strip_prefix(&self.home).ok()?;
            let rest = path.strip_prefix(folder).expect("an ancestor is a prefix");
            Some(normal(&self.top.join(inside).join(rest)))
        })
    }

    /// Whether an absolute path is a folder of the revision.
    pub(super) fn is_directory(&self, path: &Utf8Path) -> bool {
        self.inside(path).is_some_and(|inside| {
            !self.files.contains_key(&inside) && self.below(&inside).next().is_some()
        })
    }

    /// Whether an absolute path is a folder whose files are in another repository.
    pub(super) fn is_submodule(&self, path: &Utf8Path) -> bool {
        self.inside(path).is_some_and(|inside| self.is(&inside, Kind::Directory))
    }

    /// Visits all that the revision lists below an absolute path, sorted as a walk on disk is, and
    /// brings nothing there: the sizes of files are 0. `not_utf8` is asked about a folder whose name
    /// is no text; such files are passed over, for who reads their folder is told of them.
    pub(super) fn survey<E>(
        &self,
        folder: &Utf8Path,
        not_utf8: &mut dyn FnMut(&Utf8Path) -> Result<Step, E>,
        visit: &mut dyn FnMut(&Utf8Path, Kind) -> Result<Step, E>,
    ) -> Result<(), E> {
        let inside = self.inside(folder).unwrap_or_default();
        let (mut last, mut past) = (Utf8Path::new(""), None);
        for (full, listed) in self.below(&inside) {
            let path = full.strip_prefix(&inside).expect("what is below begins so");
            if past.is_some_and(|past| path.starts_with(past)) {
                continue;
            }
            let above: Vec<&Utf8Path> = path.ancestors().skip(1).collect();
            past = None;
            for folder in above.into_iter().rev().skip(1).filter(|it| !last.starts_with(it)) {
                let step = match listed.is_odd_folder(&inside.join(folder)) {
                    true => not_utf8(folder)?,
                    false => visit(folder, Kind::Directory)?,
                };
                if step == Step::Past {
                    past = Some(folder);
                    break;
                }
            }
            if past.is_none() {
                last = path;
                if listed.raw.is_none() {
                    visit(path, listed.kind)?;
                }
            }
        }
        Ok(())
    }

    /// Brings files to disk, by absolute paths, all at once.
    pub(super) fn export_all(&self, paths: &[Utf8PathBuf]) -> Result<(), Failure> {
        let inside: Vec<Utf8PathBuf> = paths.iter().filter_map(|path| self.inside(path)).collect();
        self.bring(&inside).map(drop)
    }

    /// Brings what is at and below an absolute path to disk. What is elsewhere, or not in the
    /// revision, is none of its business.
    pub(super) fn export(&self, path: &Utf8Path) -> Result<(), Failure> {
        match self.inside(path) {
            Some(inside) => self.export_inside(&inside, MOST_LINKS),
            None => Ok(()),
        }
    }

    fn export_inside(&self, inside: &Utf8Path, most: u32) -> Result<(), Failure> {
        // A link that leads through itself: told of when it is followed on disk.
        let Some(most) = most.checked_sub(1) else { return Ok(()) };
        // Links in the path, and one that is there already, for a folder was brought without what its
        // links lead to; then those that come with it.
        let is_link = |path: &&Utf8Path| self.is(path, Kind::Symlink);
        let links = inside.ancestors().filter(is_link);
        let mut links: Vec<Utf8PathBuf> = links.map(Utf8Path::to_owned).collect();
        links.extend(self.bring(&[inside.to_owned()])?);
        for link in links {
            self.bring(std::slice::from_ref(&link))?;
            // One that leads to what is no text: told of when it is followed on disk, too.
            let Ok(target) = fs::link_target(&self.top.join(&link)) else { continue };
            let folder = self.top.join(link.parent().unwrap_or(Utf8Path::new("")));
            if let Some(target) = self.inside(&folder.join(target)) {
                self.export_inside(&target, most)?;
            }
        }
        Ok(())
    }

    /// Writes the files that are not on disk yet, and returns the links among them.
    fn bring(&self, inside: &[Utf8PathBuf]) -> Result<Vec<Utf8PathBuf>, Failure> {
        // Held until they are there: who asks for the same must not find half of them.
        let mut exported = self.exported.lock().unwrap_or_else(PoisonError::into_inner);
        let is_missing = |(path, _): &(&Utf8PathBuf, &Listed)| !exported.contains(*path);
        // What was asked for before is there, with all that is below it.
        let asked = inside.iter().filter(|path| !exported.contains(*path));
        let missing: Vec<(&Utf8PathBuf, &Listed)> =
            asked.flat_map(|it| self.below(it)).filter(is_missing).collect();
        if missing.is_empty() {
            return Ok(Vec::new());
        }
        let mut input = Vec::new();
        for (path, listed) in &missing {
            input.extend(listed.raw.as_deref().unwrap_or(path.as_str().as_bytes()));
            input.push(0);
        }
        self.git.feed(&["checkout-index", "--force", "--stdin", "-z"], input)?;
        // Git of before 2.30 ends well though it could not write all.
        for (path, listed) in &missing {
            let stands = fs::kind(&self.top.join(path))?;
            if stands.is_none() && listed.raw.is_none() {
                let message =
                    format!("git has not written `{path}` to the folder for temporary files");
                return Err(Failure::program(GIT, message)
                    .hint("make room there, or name another folder with `TMPDIR`"));
            }
        }
        exported.extend(missing.iter().map(|(path, _)| (*path).clone()));
        exported.extend(inside.iter().cloned());
        let links = missing.into_iter().filter(|(_, listed)| listed.kind == Kind::Symlink);
        Ok(links.map(|(path, _)| path.clone()).collect())
    }

    /// Whether the revision lists such a thing at a path.
    fn is(&self, inside: &Utf8Path, kind: Kind) -> bool {
        self.files.get(inside).is_some_and(|listed| listed.kind == kind)
    }

    /// An absolute path as the repository's top sees it, if it is below that.
    fn inside(&self, path: &Utf8Path) -> Option<Utf8PathBuf> {
        normal(path).strip_prefix(&self.top).ok().map(Utf8Path::to_owned)
    }

    /// The file at a path, or all files below it.
    fn below(&self, inside: &Utf8Path) -> impl Iterator<Item = (&Utf8PathBuf, &Listed)> {
        let inside = inside.to_owned();
        // Paths are ordered by their components, so what is below a folder stands together.
        let from = self.files.range(inside.clone()..);
        from.take_while(move |(path, _)| path.starts_with(&inside))
    }
}

/// Divides a path into the folder that is on disk, and the rest that is not.
fn there(path: &Utf8Path) -> Result<(&Utf8Path, &Utf8Path), Failure> {
    for folder in path.ancestors() {
        if fs::kind(folder)?.is_some() {
            let rest = path.strip_prefix(folder).expect("an ancestor is a prefix");
            return Ok((folder, rest));
        }
    }
    Ok((path, Utf8Path::new("")))
}

/// Returns the commit, in full, that a name means: whatever git takes for one commit.
fn commit(git: &Git, name: &str) -> Result<String, Failure> {
    // An option is no name, and neither is nothing.
    if name.is_empty() || name.starts_with('-') {
        return Err(unknown(name, ""));
    }
    let verified = |object: &str| -> Result<String, Failure> {
        let answer = git.ask_whether(&["rev-parse", "--verify", "--quiet", object])?;
        answer.map(|object| object.trim().to_owned()).map_err(|words| unknown(name, &words))
    };
    // What is looked for in messages ends where the name ends: nothing can be said behind it.
    let found = if name.starts_with(":/") { verified(name)? } else { name.to_owned() };
    let commit = verified(&format!("{found}^{{commit}}"))?;
    // `^NAME` means all commits but those.
    let is_one = commit.bytes().all(|byte| byte.is_ascii_hexdigit());
    if is_one { Ok(commit) } else { Err(unknown(name, "")) }
}

/// There is no such revision; git's words say why, where it has some.
pub(super) fn unknown(revision: &str, words: &str) -> Failure {
    let failure = Failure::usage("unknown-revision", format!("there is no revision `{revision}`"));
    match words {
        "" => failure.hint("fetch it first, if this is a shallow clone: `git fetch --unshallow`"),
        words => failure.cause(words),
    }
}
