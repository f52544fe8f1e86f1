//! What git has at the paths of a worktree, told from the files of the repository alone.
//!
//! A worktree need not be what git would check out: files are left out of it (sparse checkouts,
//! submodules), flags hide changes from git, and a file system may know no executable files and no
//! links. Here is what the index says; who packages compares.
//!
//! No git is started: a build that changes nothing is done before git would have answered. What can't
//! be read tells nothing, as where there is no repository; a command that needs an answer asks git.

use camino::{Utf8Path, Utf8PathBuf};
use unicode_normalization::UnicodeNormalization as _;

use super::git_config::Settings;
use super::index::{self, Entry, EntryKind};
use super::{dot_git, normal};
use crate::fs;
use crate::report::Failure;
use crate::words::shell;

/// A worktree as the repository has it.
#[derive(Debug)]
pub(crate) struct Checkout {
    /// The top of the worktree, absolute.
    pub(super) top: Utf8PathBuf,
    /// The project's root below the top; empty for the top itself.
    pub(super) prefix: Utf8PathBuf,
    /// The folder of what all worktrees of the repository share.
    pub(super) common: Utf8PathBuf,
    pub(super) settings: Settings,
    /// All paths, relative to the top and sorted by their bytes; those of submodules, too.
    entries: Vec<Entry>,
    /// The submodules whose files are not there, relative to the top.
    empty: Vec<Utf8PathBuf>,
    /// The submodules of which another commit is checked out than the one that git has.
    moved: Vec<Utf8PathBuf>,
}

/// Why the worktree has not got a file that git has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Absent {
    /// It is in a submodule that is not checked out, at this path from the root.
    Submodule(Utf8PathBuf),
    /// It is outside of a sparse checkout; the command brings it.
    Sparse(String),
    /// A flag of the index hides from git that it is gone; the command brings it back.
    Hidden(String),
}

impl Absent {
    /// The command that brings it, from the project's root.
    pub(crate) fn command(&self) -> String {
        match self {
            Self::Submodule(path) => {
                format!("git submodule update --init {}", shell(path.as_str()))
            }
            Self::Sparse(command) | Self::Hidden(command) => command.clone(),
        }
    }

    /// The failure of a path that is needed.
    pub(crate) fn failure(&self, path: &Utf8Path) -> Failure {
        let (code, message) = match self {
            Self::Submodule(module) => {
                ("submodule", format!("the submodule `{module}` is not checked out"))
            }
            Self::Sparse(_) => (
                "not-checked-out",
                format!("`{path}` is not checked out: it is outside of the sparse checkout"),
            ),
            Self::Hidden(_) => (
                "not-checked-out",
                format!("git has `{path}`, and a flag of the index hides that it is not there"),
            ),
        };
        Failure::input(code, message).at(path, None).hint(format!("run `{}`", self.command()))
    }
}

/// How git has a file that the worktree has, too.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Tracked<'a> {
    /// The name of its object, in bytes.
    pub(crate) object: &'a [u8],
    /// Git has a symbolic link.
    pub(crate) is_link: bool,
    /// Git does not look whether it has changed: the option of `git update-index` that ends that.
    pub(crate) unwatched: Option<&'static str>,
    pub(crate) is_unmerged: bool,
}

impl Checkout {
    /// Reads what git has for the worktree that a folder is in; `None` outside of one, and where
    /// the repository can't be read.
    pub(super) fn find(root: &Utf8Path) -> Option<Self> {
        let top = dot_git::top(root).ok()??;
        let prefix = root.strip_prefix(top).ok()?.to_owned();
        let git_dir = dot_git::of_worktree(top)?;
        let common = match text(&git_dir.join("commondir")) {
            Some(path) => normal(&git_dir.join(path.trim_end())),
            None => git_dir.clone(),
        };
        let mut settings = Settings::default();
        settings.add(&text(&common.join("config"))?);
        if settings.flag("extensions.worktreeconfig") == Some(true) {
            settings.add(&text(&git_dir.join("config.worktree")).unwrap_or_default());
        }
        // The worktree may be elsewhere, and this folder none.
        let is_elsewhere = settings
            .text("core.worktree")
            .is_some_and(|path| fs::canonical(&git_dir.join(path)).ok() != fs::canonical(top).ok());
        if is_elsewhere || settings.flag("core.bare") == Some(true) && common == git_dir {
            return None;
        }
        let entries = entries(&git_dir, &settings)?;
        let top = top.to_owned();
        let (empty, moved) = (Vec::new(), Vec::new());
        let mut checkout = Self { top, prefix, common, settings, entries, empty, moved };
        checkout.enter_submodules();
        Some(checkout)
    }

    /// Adds the entries of submodules that are checked out.
    fn enter_submodules(&mut self) {
        let is_submodule = |entry: &&Entry| entry.kind == EntryKind::Submodule;
        let mut all = Vec::new();
        for entry in self.entries.iter().filter(is_submodule) {
            let Ok(path) = std::str::from_utf8(&entry.path) else { continue };
            let folder = self.top.join(path);
            // A folder with files of which git knows nothing was put there by somebody; a zip may be
            // an old package.
            let is_package = |name: &String| name.ends_with(".zip");
            if fs::names(&folder).map_or(true, |names| names.iter().all(is_package)) {
                self.empty.push(path.into());
                continue;
            }
            let is_repository = fs::kind(&folder.join(".git")).is_ok_and(|kind| kind.is_some());
            let inner = if is_repository { Self::find(&folder) } else { None };
            let Some(inner) = inner else { continue };
            let head =
                dot_git::of_worktree(&folder).and_then(|git_dir| head(&git_dir, &inner.common));
            if head.is_some_and(|head| head != hexadecimal(&entry.object)) {
                self.moved.push(path.into());
            }
            let below = |inner: Utf8PathBuf| Utf8Path::new(path).join(inner);
            self.empty.extend(inner.empty.into_iter().map(below));
            self.moved.extend(inner.moved.into_iter().map(below));
            all.extend(inner.entries.into_iter().map(|inner| Entry {
                path: [&entry.path[..], b"/", &inner.path].concat(),
                ..inner
            }));
        }
        if !all.is_empty() {
            self.entries.extend(all);
            self.entries.sort_by(|one, other| one.path.cmp(&other.path));
        }
    }

    /// What git has at a path of the project; `None` for what it does not track.
    pub(crate) fn tracked(&self, path: &Utf8Path) -> Option<Tracked<'_>> {
        let entry = self.entry(&self.inside_top(path)?)?;
        // What is only intended to be added is in no commit.
        if entry.is_intended || matches!(entry.kind, EntryKind::Submodule | EntryKind::Folder) {
            return None;
        }
        Some(Tracked {
            object: &entry.object,
            is_link: entry.kind == EntryKind::Link,
            unwatched: match entry {
                Entry { is_skipped: true, .. } => Some("--no-skip-worktree"),
                Entry { is_assumed: true, .. } => Some("--no-assume-unchanged"),
                _ => None,
            },
            is_unmerged: entry.is_unmerged,
        })
    }

    /// Whether a file is executable: by the index, where the file system can't tell.
    pub(crate) fn is_executable(&self, path: &Utf8Path, on_disk: bool) -> bool {
        if self.settings.flag("core.filemode") != Some(false) {
            return on_disk;
        }
        // `git add` takes a new file as not executable then.
        let entry = self.inside_top(path).and_then(|path| self.entry(&path));
        entry.is_some_and(|entry| entry.kind == EntryKind::Executable)
    }

    /// Whether links are written as text files here.
    pub(crate) fn has_no_links(&self) -> bool {
        self.settings.flag("core.symlinks") == Some(false)
    }

    /// The path by which git knows a file that it does not track by this one: to this file system,
    /// names that differ by case or Unicode normalization alone are one (`core.ignoreCase` and
    /// `core.precomposeUnicode` in git-config(1)). `None` where there is no other one.
    pub(crate) fn spelling(&self, path: &Utf8Path) -> Option<Utf8PathBuf> {
        let is_set = |name| self.settings.flag(name) == Some(true);
        let ignores_case = is_set("core.ignorecase");
        let own = self.inside_top(path)?;
        let composes = is_set("core.precomposeunicode") && !own.as_str().is_ascii();
        if !(ignores_case || composes) || self.entry(&own).is_some() {
            return None;
        }
        let folded = |text: &str| {
            let text: String = if composes { text.nfc().collect() } else { text.to_owned() };
            if ignores_case { text.to_lowercase() } else { text }
        };
        let wanted = folded(own.as_str());
        let is_it = |known: &&str| match own.as_str().is_ascii() {
            true => ignores_case && known.eq_ignore_ascii_case(own.as_str()),
            false => folded(known) == wanted,
        };
        let mut known = self.entries.iter().filter_map(|it| std::str::from_utf8(&it.path).ok());
        known.find(is_it).map(|known| self.seen_from_root(known.into()))
    }

    /// Whether bytes are those of an object of the kind blob.
    pub(crate) fn is_blob(&self, bytes: &[u8], object: &[u8]) -> bool {
        use sha1::Digest as _;
        // "Object storage format" of Pro Git, which gitformat-loose(5) has, too.
        let header = format!("blob {}\0", bytes.len());
        match object.len() {
            20 => {
                let hasher = sha1::Sha1::new().chain_update(header).chain_update(bytes);
                hasher.finalize()[..] == *object
            }
            _ => {
                let hasher = sha2::Sha256::new().chain_update(header).chain_update(bytes);
                hasher.finalize()[..] == *object
            }
        }
    }

    /// Whether attributes at the top or above a folder may name a filter.
    pub(crate) fn names_filters(&self, folder: &Utf8Path) -> bool {
        let Some(inside) = self.inside_top(folder) else { return false };
        let files = inside.ancestors().map(|folder| self.top.join(folder).join(".gitattributes"));
        let own = self.common.join("info/attributes");
        files.chain([own]).any(|path| {
            let bytes = fs::read(&path).ok().flatten().unwrap_or_default();
            memchr::memmem::find(&bytes, b"filter").is_some()
        })
    }

    /// The command that a filter runs in a checkout, as far as the repository's own settings say.
    pub(crate) fn smudge(&self, filter: &str) -> Option<&str> {
        self.settings.text(&format!("filter.{filter}.smudge"))
    }

    /// The files that git has at or below a path, that the worktree has not got, and that git does
    /// not take as deleted; relative to the root, with the reason. For a folder of which nothing is
    /// there, it stands for all in it.
    pub(crate) fn absent(&self, path: &Utf8Path) -> Vec<(Utf8PathBuf, Absent)> {
        let Some(inside) = self.inside_top(path) else { return Vec::new() };
        if let Some(module) = self.empty.iter().find(|module| inside.starts_with(module)) {
            return vec![(path.to_owned(), Absent::Submodule(self.seen_from_root(module)))];
        }
        let mut absent = Vec::new();
        for module in self.empty.iter().filter(|module| module.starts_with(&inside)) {
            let module = self.seen_from_root(module);
            absent.push((module.clone(), Absent::Submodule(module)));
        }
        let above = inside.ancestors().filter_map(|path| self.entry(path));
        let folder = above.into_iter().find(|entry| entry.kind == EntryKind::Folder);
        let own = self.entry(&inside).filter(|entry| entry.kind != EntryKind::Folder);
        for entry in folder.into_iter().chain(own).chain(self.below(&inside)) {
            if !(entry.is_skipped || entry.is_assumed) {
                continue;
            }
            let Ok(known) = std::str::from_utf8(&entry.path) else { continue };
            if fs::kind(&self.top.join(known)).is_ok_and(|kind| kind.is_none()) {
                let known = self.seen_from_root(known.into());
                let why = self.why_absent(entry, &known, &inside);
                absent.push((known, why));
            }
        }
        absent
    }

    fn why_absent(&self, entry: &Entry, path: &Utf8Path, asked: &Utf8Path) -> Absent {
        if entry.is_skipped && self.settings.flag("core.sparsecheckout") == Some(true) {
            // Patterns of a checkout that is not in cone mode are given at the top only
            // (git-sparse-checkout(1)).
            let up: String = self.prefix.components().map(|_| "../").collect();
            let at = if up.is_empty() { String::new() } else { format!("-C {up} ") };
            // In cone mode, patterns are folders.
            let is_file =
                entry.path == asked.as_str().as_bytes() && entry.kind != EntryKind::Folder;
            let folder = if is_file { asked.parent().unwrap_or(asked) } else { asked };
            return Absent::Sparse(format!(
                "git {at}sparse-checkout add {}",
                shell(folder.as_str())
            ));
        }
        let option = if entry.is_skipped { "--no-skip-worktree" } else { "--no-assume-unchanged" };
        let path = shell(path.as_str());
        Absent::Hidden(format!("git update-index {option} -- {path} && git checkout -- {path}"))
    }

    /// The folders in which git has files that the worktree may have not got, relative to the root:
    /// those of sparse checkouts and of submodules, and all above them.
    pub(crate) fn folders_with_gaps(&self) -> Vec<Utf8PathBuf> {
        let skipped = self.entries.iter().filter(|entry| entry.is_skipped);
        let files = skipped.filter_map(|entry| {
            let path = Utf8Path::new(std::str::from_utf8(&entry.path).ok()?);
            if entry.kind == EntryKind::Folder { Some(path) } else { path.parent() }
        });
        let mut folders: Vec<Utf8PathBuf> = Vec::new();
        for path in files.chain(self.empty.iter().map(|path| &**path)) {
            let all = path.ancestors().filter_map(|path| path.strip_prefix(&self.prefix).ok());
            folders.extend(all.filter(|path| !path.as_str().is_empty()).map(Utf8Path::to_owned));
        }
        folders.sort();
        folders.dedup();
        folders
    }

    /// The files that are outside of a sparse checkout and end with a text, relative to the root.
    pub(crate) fn absent_files(&self, ending: &str) -> Vec<Utf8PathBuf> {
        let is_file = |entry: &&Entry| entry.is_skipped && entry.kind != EntryKind::Folder;
        let paths = self.entries.iter().filter(is_file);
        let paths = paths.filter_map(|entry| std::str::from_utf8(&entry.path).ok());
        let paths = paths.filter(|path| path.ends_with(ending)).map(Utf8Path::new);
        paths.filter_map(|path| path.strip_prefix(&self.prefix).ok()?.to_owned().into()).collect()
    }

    /// The submodules below a path of which another commit is checked out than git has, relative to
    /// the root.
    pub(crate) fn moved_submodules(&self, path: &Utf8Path) -> Vec<Utf8PathBuf> {
        let Some(inside) = self.inside_top(path) else { return Vec::new() };
        let touches =
            |module: &&Utf8PathBuf| module.starts_with(&inside) || inside.starts_with(module);
        self.moved.iter().filter(touches).map(|module| self.seen_from_root(module)).collect()
    }

    /// Whether git has anything at or below a path.
    pub(crate) fn has(&self, path: &Utf8Path) -> bool {
        let Some(inside) = self.inside_top(path) else { return false };
        let above = inside.ancestors().filter_map(|path| self.entry(path));
        above.into_iter().any(|it| matches!(it.kind, EntryKind::Folder | EntryKind::Submodule))
            || self.entry(&inside).is_some()
            || self.below(&inside).next().is_some()
    }

    /// Makes a path of the project one from the top; `None` if it leads out of the repository.
    pub(super) fn inside_top(&self, path: &Utf8Path) -> Option<Utf8PathBuf> {
        let path = normal(&self.prefix.join(path));
        (!path.starts_with("..") && !path.is_absolute()).then_some(path)
    }

    /// The path, relative to the root, of one from the top.
    fn seen_from_root(&self, path: &Utf8Path) -> Utf8PathBuf {
        super::seen_from(&self.prefix, path)
    }

    fn entry(&self, path: &Utf8Path) -> Option<&Entry> {
        let find = |entry: &Entry| entry.path.as_slice().cmp(path.as_str().as_bytes());
        self.entries.binary_search_by(find).ok().map(|index| &self.entries[index])
    }

    /// The entries below a folder; all of them, below the top.
    fn below(&self, folder: &Utf8Path) -> impl Iterator<Item = &Entry> {
        let beginning = match folder.as_str() {
            "" => String::new(),
            folder => format!("{folder}/"),
        };
        let from = self.entries.partition_point(|it| it.path.as_slice() < beginning.as_bytes());
        self.entries[from..].iter().take_while(move |it| it.path.starts_with(beginning.as_bytes()))
    }
}

/// The commit that is checked out.
fn head(git_dir: &Utf8Path, common: &Utf8Path) -> Option<String> {
    let head = text(&git_dir.join("HEAD"))?;
    let Some(name) = head.trim().strip_prefix("ref:") else { return Some(head.trim().to_owned()) };
    let name = name.trim();
    if let Some(commit) = text(&common.join(name)) {
        return Some(commit.trim().to_owned());
    }
    let packed = text(&common.join("packed-refs"))?;
    let line = packed.lines().find_map(|line| line.strip_suffix(name)?.strip_suffix(' '));
    line.map(str::to_owned)
}

fn entries(git_dir: &Utf8Path, settings: &Settings) -> Option<Vec<Entry>> {
    let is_sha256 = settings.text("extensions.objectformat") == Some("sha256");
    let name = if is_sha256 { 32 } else { 20 };
    // Before the first `git add` there is none.
    let Some(bytes) = fs::read(&git_dir.join("index")).ok()? else { return Some(Vec::new()) };
    let own = index::read(&bytes, name)?;
    match own.link {
        Some(link) if link.shared.bytes().any(|digit| digit != b'0') => {
            let shared = fs::read(&git_dir.join(format!("sharedindex.{}", link.shared))).ok()??;
            link.join(index::read(&shared, name)?.entries, own.entries)
        }
        _ => Some(own.entries),
    }
}

pub(super) fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A small file of git's; `None` where it is missing or no text.
fn text(path: &Utf8Path) -> Option<String> {
    String::from_utf8(fs::read(path).ok()??).ok()
}
