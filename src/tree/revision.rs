//! A project in a git revision.
//!
//! The listing of the revision is read once. `git checkout-index` writes files to a temporary
//! folder when they are first needed, with an index of its own. So they have the conversions of a
//! checkout (line ends, filters, encodings, by the attributes of the revision, gitattributes(5)),
//! and neither the worktree nor the repository's index is touched.
//!
//! The files of a submodule are in another repository, which a clone may have: then they come from
//! there, at the commit that the revision names. Else the submodule stands for itself, and who needs
//! its files reports it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, PoisonError};

use camino::{Utf8Component, Utf8Path, Utf8PathBuf};

use super::git::{GIT, Git};
use super::git_dir::Info;
use super::listing::{ListedPath, listed};
use super::{dot_git, git_dir, normal};
use crate::environment::Environment;
use crate::fs::{self, Kind, Step, TemporaryDirectory};
use crate::report::{Failure, code};
use crate::words::shell;

/// How many links are followed one after the other, as on Linux (ELOOP in `path_resolution(7)`).
const MOST_LINKS: u32 = 40;

/// A revision of a repository.
#[derive(Debug)]
pub(super) struct Revision {
    pub(super) commit: String,
    /// All files by path, relative to the repository's top; those of submodules, too.
    files: BTreeMap<Utf8PathBuf, ListedPath>,
    /// The repository itself and those of submodules, as [`ListedPath::repository`] counts them.
    modules: Vec<Module>,
    /// The files whose filters are not run, once it was asked for them.
    unfiltered: Mutex<Option<Unfiltered>>,
    /// The files that are on disk already, and the folders whose files all are.
    exported: Mutex<BTreeSet<Utf8PathBuf>>,
    /// The folder that stands for the top of the repository, in the temporary one; without links.
    top: Utf8PathBuf,
    /// The top of the worktree; without links.
    home: Utf8PathBuf,
    /// The path of the project below the top; empty for the top itself.
    prefix: Utf8PathBuf,
    /// Keeps the folder to the end.
    _folder: TemporaryDirectory,
}

/// Files with the names of their filters, and with the command of each that a checkout would run.
type Unfiltered = BTreeMap<Utf8PathBuf, (String, &'static str)>;

/// The repository itself, or that of a submodule.
#[derive(Debug)]
struct Module {
    /// Where its files are, relative to the top.
    path: Utf8PathBuf,
    /// Git for it, with an index of its own.
    git: Git,
    /// The filters of its own that are not run.
    refused: BTreeMap<String, &'static str>,
}

impl Revision {
    /// Opens a revision of the repository of a folder.
    pub(super) fn open(
        root: &Utf8Path,
        revision: &str,
        environment: &Environment,
    ) -> Result<Self, Failure> {
        // Another revision may be checked out, without the folder.
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
        let common = git.path(&["--git-common-dir"])?;
        let git_dir = git_dir::make(&git, Some(&commit), Info::None, &own.join("repository"))?;
        let real = git;
        let git = real.aside(&git_dir, &index, &top);
        // Reads the commit into the index of `GIT_INDEX_FILE`, and writes no file
        // (git-read-tree(1)).
        git.ask(&["read-tree", &commit])?;
        let files = listed(&git.ask_bytes(&["ls-files", "--stage", "-z"])?, 0);
        let home = root.ancestors().nth(prefix.components().count()).unwrap_or(root).to_owned();
        let place = Place { real: &real, own: &own, top: &top, home: &home };
        let own = Module { path: "".into(), git: git.clone(), refused: git_dir.refused };
        let (mut all, mut modules) = (files, vec![own]);
        enter(Utf8Path::new(""), &git, &commit, &common, place, &mut all, &mut modules)?;
        let (unfiltered, exported) = (Mutex::default(), Mutex::default());
        Ok(Self {
            commit,
            files: all,
            modules,
            unfiltered,
            exported,
            top,
            home,
            prefix,
            _folder: folder,
        })
    }

    /// The project's root on disk; its files may not be written yet.
    pub(super) fn root(&self) -> Utf8PathBuf {
        if self.prefix.as_str().is_empty() { self.top.clone() } else { self.top.join(&self.prefix) }
    }

    /// The path of the project below the top of the repository.
    pub(super) fn prefix(&self) -> &Utf8Path {
        &self.prefix
    }

    /// Converts the path of a file in the worktree to its path on disk here; `None` for other
    /// files.
    pub(super) fn counterpart(&self, path: &Utf8Path) -> Option<Utf8PathBuf> {
        let path = normal(path);
        // Links are followed as far as they are above the worktree: those in it are the revision's.
        let above: Vec<&Utf8Path> = path.ancestors().collect();
        above.into_iter().rev().find_map(|folder| {
            // A folder that does not exist is not in the worktree, which does.
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

    /// Visits the listing of the revision below an absolute path, in the order of a walk on disk,
    /// without writing files: their sizes are 0. `not_utf8` is called for a folder whose name is
    /// not UTF-8; such files are skipped, for reading their folder reports them.
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
                let step = match listed.is_folder_not_utf8(&inside.join(folder)) {
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

    /// Writes files to disk together, by absolute paths.
    pub(super) fn export_all(&self, paths: &[Utf8PathBuf]) -> Result<(), Failure> {
        let inside: Vec<Utf8PathBuf> = paths.iter().filter_map(|path| self.inside(path)).collect();
        self.bring(&inside).map(drop)
    }

    /// Writes the files at and below an absolute path to disk; does nothing for paths outside of
    /// the revision.
    pub(super) fn export(&self, path: &Utf8Path) -> Result<(), Failure> {
        match self.inside(path) {
            Some(inside) => self.export_inside(&inside, MOST_LINKS),
            None => Ok(()),
        }
    }

    /// Refuses a file that has other bytes in a checkout of the user's, for its filter is not run.
    fn check_filter(&self, inside: &Utf8Path) -> Result<(), Failure> {
        if self.modules.iter().all(|module| module.refused.is_empty()) {
            return Ok(());
        }
        let mut unfiltered = self.unfiltered.lock().unwrap_or_else(PoisonError::into_inner);
        let unfiltered = match &mut *unfiltered {
            Some(known) => known,
            none => none.insert(self.unfiltered()?),
        };
        let Some((filter, command)) = unfiltered.get(inside) else { return Ok(()) };
        let message = format!(
            "its attribute `filter={filter}` names a filter of the repository's own configuration, \
             which is not run"
        );
        let key = shell(&format!("filter.{filter}.{command}"));
        Err(Failure::program(code::FILTER_NOT_RUN, message).hint(format!(
            "make it yours, if you trust it: `git config --global {key} \"$(git config {key})\"`"
        )))
    }

    /// The files whose attributes name a filter that is not run.
    fn unfiltered(&self) -> Result<Unfiltered, Failure> {
        let mut unfiltered = Unfiltered::new();
        for (number, module) in self.modules.iter().enumerate() {
            if module.refused.is_empty() {
                continue;
            }
            let own = self.files.iter().filter(|(_, listed)| listed.repository == number);
            let files = own.filter(|(_, listed)| matches!(listed.kind, Kind::File { .. }));
            let files = files.filter_map(|(path, _)| path.strip_prefix(&module.path).ok());
            let input: String = files.map(|path| format!("{path}\0")).collect();
            let ask = ["check-attr", "--cached", "--stdin", "-z", "filter"];
            let said = module.git.feed(&ask, input.into_bytes())?;
            // `PATH<NUL>filter<NUL>VALUE<NUL>` for each (git-check-attr(1)).
            let mut words = said.split('\0');
            while let (Some(path), Some(_), Some(filter)) =
                (words.next(), words.next(), words.next())
            {
                if let Some(command) = module.refused.get(filter) {
                    unfiltered.insert(module.path.join(path), (filter.to_owned(), *command));
                }
            }
        }
        Ok(unfiltered)
    }

    fn export_inside(&self, inside: &Utf8Path, most: u32) -> Result<(), Failure> {
        // A loop of links is reported when it is followed on disk.
        let Some(most) = most.checked_sub(1) else { return Ok(()) };
        self.check_filter(inside)?;
        // Links in the path, and one that is there already, for a folder was brought without what
        // its links lead to; then those that come with it.
        let is_link = |path: &&Utf8Path| self.is(path, Kind::Symlink);
        let links = inside.ancestors().filter(is_link);
        let mut links: Vec<Utf8PathBuf> = links.map(Utf8Path::to_owned).collect();
        links.extend(self.bring(&[inside.to_owned()])?);
        for link in links {
            self.bring(std::slice::from_ref(&link))?;
            // A target that is not UTF-8 is reported when it is followed on disk, too.
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
        // Locked until the files are written, so that no other thread finds half of them.
        let mut exported = self.exported.lock().unwrap_or_else(PoisonError::into_inner);
        let is_missing = |(path, _): &(&Utf8PathBuf, &ListedPath)| !exported.contains(*path);
        // A path in `exported` is complete, with everything below it.
        let asked = inside.iter().filter(|path| !exported.contains(*path));
        let missing: Vec<(&Utf8PathBuf, &ListedPath)> =
            asked.flat_map(|it| self.below(it)).filter(is_missing).collect();
        if missing.is_empty() {
            return Ok(Vec::new());
        }
        // Each repository writes its own files, by their paths from its own top.
        let mut inputs: BTreeMap<usize, Vec<u8>> = BTreeMap::new();
        for (path, listed) in &missing {
            let above = match self.modules[listed.repository].path.as_str() {
                "" => 0,
                path => path.len() + 1,
            };
            let bytes = listed.raw.as_deref().unwrap_or(path.as_str().as_bytes());
            let input = inputs.entry(listed.repository).or_default();
            input.extend(&bytes[above..]);
            input.push(0);
        }
        for (repository, input) in inputs {
            let git = &self.modules[repository].git;
            git.feed(&["checkout-index", "--force", "--stdin", "-z"], input)?;
        }
        // Git before 2.30 exits with 0 even if it could not write all files.
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

    /// The submodule without files that an absolute path is, or is in; relative to the top.
    pub(super) fn submodule_of(&self, path: &Utf8Path) -> Option<Utf8PathBuf> {
        let inside = self.inside(path)?;
        let is_one = |path: &&Utf8Path| self.is(path, Kind::Directory);
        inside.ancestors().find(is_one).map(Utf8Path::to_owned)
    }

    /// Whether the revision lists such a thing at a path.
    fn is(&self, inside: &Utf8Path, kind: Kind) -> bool {
        self.files.get(inside).is_some_and(|listed| listed.kind == kind)
    }

    /// Makes an absolute path relative to the repository's top; `None` if it is not below that.
    fn inside(&self, path: &Utf8Path) -> Option<Utf8PathBuf> {
        normal(path).strip_prefix(&self.top).ok().map(Utf8Path::to_owned)
    }

    /// The file at a path, or all files below it.
    fn below(&self, inside: &Utf8Path) -> impl Iterator<Item = (&Utf8PathBuf, &ListedPath)> {
        let inside = inside.to_owned();
        // Paths are ordered by their components, so everything below a folder comes together.
        let from = self.files.range(inside.clone()..);
        from.take_while(move |(path, _)| path.starts_with(&inside))
    }
}

/// The folders of a revision.
#[derive(Clone, Copy)]
struct Place<'a> {
    /// Git for the repository itself.
    real: &'a Git,
    /// That of what git needs.
    own: &'a Utf8Path,
    /// That of its files.
    top: &'a Utf8Path,
    /// The top of the worktree, which may have submodules checked out.
    home: &'a Utf8Path,
}

/// Replaces the submodules of a repository by their files, as far as this clone has them. `at` is
/// the path of the repository's files from the top, and `common` its git directory.
fn enter(
    at: &Utf8Path,
    git: &Git,
    commit: &str,
    common: &Utf8Path,
    place: Place<'_>,
    files: &mut BTreeMap<Utf8PathBuf, ListedPath>,
    modules: &mut Vec<Module>,
) -> Result<(), Failure> {
    let is_own = |(path, listed): &(&Utf8PathBuf, &ListedPath)| {
        listed.kind == Kind::Directory && listed.raw.is_none() && path.starts_with(at)
    };
    let found: Vec<(Utf8PathBuf, String)> = files
        .iter()
        .filter(is_own)
        .map(|(path, listed)| (path.clone(), listed.object.clone()))
        .collect();
    if found.is_empty() {
        return Ok(());
    }
    let names = names_of_submodules(git, commit)?;
    for (path, object) in found {
        let inside = path.strip_prefix(at).expect("it is below");
        let named = names.iter().find(|(_, of)| of == inside).map(|(name, _)| name.as_str());
        let Some(git_dir) = git_dir_of(&place.home.join(&path), named, common)? else { continue };
        let (number, folder) = (modules.len(), place.top.join(&path));
        fs::create_directory(&folder)?;
        let index = place.own.join(format!("index-{number}"));
        let module = place.real.at(&git_dir, &folder);
        let is_there = module.ask_whether(&["cat-file", "-e", &format!("{object}^{{commit}}")])?;
        if is_there.is_err() {
            continue;
        }
        let own = place.own.join(format!("repository-{number}"));
        let clean = git_dir::make(&module, Some(&object), Info::None, &own)?;
        let module = module.aside(&clean, &index, &folder);
        module.ask(&["read-tree", &object])?;
        let listing = listed(&module.ask_bytes(&["ls-files", "--stage", "-z"])?, number);
        files.remove(&path);
        files.extend(listing.into_iter().map(|(inner, mut listed)| {
            if let Some(raw) = &mut listed.raw {
                *raw = [path.as_str().as_bytes(), b"/", raw.as_slice()].concat();
            }
            (path.join(inner), listed)
        }));
        modules.push(Module { path: path.clone(), git: module.clone(), refused: clean.refused });
        enter(&path, &module, &object, &git_dir, place, files, modules)?;
    }
    Ok(())
}

/// The names of a commit's submodules, by their paths (gitmodules(5)).
fn names_of_submodules(git: &Git, commit: &str) -> Result<Vec<(String, Utf8PathBuf)>, Failure> {
    let blob = format!("--blob={commit}:.gitmodules");
    let listed = git.ask_whether(&["config", &blob, "-z", "--get-regexp", r"\.path$"])?;
    // A commit may have no such file.
    let listed = listed.unwrap_or_default();
    let name = |setting: &str| {
        let (key, path) = setting.split_once('\n')?;
        let name = key.strip_prefix("submodule.")?.strip_suffix(".path")?;
        Some((name.to_owned(), Utf8PathBuf::from(path)))
    };
    Ok(listed.split('\0').filter_map(name).collect())
}

/// The git directory of a submodule: that of its worktree, else where git keeps it while it is not
/// checked out ("FILES" in gitsubmodules(7)).
fn git_dir_of(
    folder: &Utf8Path,
    name: Option<&str>,
    common: &Utf8Path,
) -> Result<Option<Utf8PathBuf>, Failure> {
    if let Some(git_dir) = dot_git::of_worktree(folder) {
        return Ok(Some(git_dir));
    }
    // A name with `..` would lead out of the repository (CVE-2018-11235).
    let is_plain = |name: &&str| {
        Utf8Path::new(name).components().all(|part| matches!(part, Utf8Component::Normal(_)))
    };
    let Some(name) = name.filter(is_plain) else { return Ok(None) };
    let git_dir = common.join("modules").join(name);
    Ok(fs::kind(&git_dir.join("HEAD"))?.map(|_| git_dir))
}

/// Splits a path into the folder that exists, and the rest that does not.
fn there(path: &Utf8Path) -> Result<(&Utf8Path, &Utf8Path), Failure> {
    for folder in path.ancestors() {
        if fs::kind(folder)?.is_some() {
            let rest = path.strip_prefix(folder).expect("an ancestor is a prefix");
            return Ok((folder, rest));
        }
    }
    Ok((path, Utf8Path::new("")))
}

/// Returns the full name of the commit that a name means, by all rules of gitrevisions(7).
fn commit(git: &Git, name: &str) -> Result<String, Failure> {
    // Git would take a name with a dash as an option.
    if name.is_empty() || name.starts_with('-') {
        return Err(unknown(name, ""));
    }
    let verified = |object: &str| -> Result<String, Failure> {
        let answer = git.ask_whether(&["rev-parse", "--verify", "--quiet", object])?;
        answer.map(|object| object.trim().to_owned()).map_err(|words| unknown(name, &words))
    };
    // `:/TEXT` takes all that follows as a text to be found in messages (gitrevisions(7)), so
    // `^{commit}` can't be added to it.
    let found = if name.starts_with(":/") { verified(name)? } else { name.to_owned() };
    let commit = verified(&format!("{found}^{{commit}}"))?;
    // `^NAME` means commits to leave out, which git prints with the `^` (git-rev-parse(1)).
    let is_one = commit.bytes().all(|byte| byte.is_ascii_hexdigit());
    if is_one { Ok(commit) } else { Err(unknown(name, "")) }
}

/// The failure of an unknown revision; `words` is git's message, or empty.
pub(super) fn unknown(revision: &str, words: &str) -> Failure {
    let failure = Failure::usage("unknown-revision", format!("there is no revision `{revision}`"));
    match words {
        "" => failure.hint("fetch it first, if this is a shallow clone: `git fetch --unshallow`"),
        words => failure.cause(words),
    }
}
