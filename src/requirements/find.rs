//! Finds what says what a lambda requires.
//!
//! The config decides; else the first of these in the lambda's folder: `requirements.txt`; the lock
//! of another tool, with its project; a `pylock.toml`; the dependencies of a `pyproject.toml`. What
//! names dependencies in a form that can't be used here is a failure, never a package without them.

use camino::{Utf8Path, Utf8PathBuf};
use globset::GlobBuilder;

use super::choice::{Choice, Chosen};
use super::project::{self, Project, UNUSABLE};
use crate::report::Failure;
use crate::tree::{Kind, Tree, normal, slashes};

/// The file of pip's lines.
pub(super) const LINES: &str = "requirements.txt";
/// The file of a project.
pub(super) const PROJECT: &str = "pyproject.toml";
/// A lock that every tool reads.
const PYLOCK: &str = "pylock.toml";
/// The project file of pipenv.
const PIPFILE: &str = "Pipfile";
/// The files of a folder that may say what is required.
pub(crate) const INPUTS: &[&str] =
    &[LINES, PROJECT, PIPFILE, "uv.lock", "poetry.lock", "Pipfile.lock", "setup.py", "setup.cfg"];

/// What says what a lambda requires; paths are relative to the root.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Declared {
    /// Nothing does.
    Absent,
    /// The config says that none are wanted.
    Unwanted,
    /// The lines of a requirements file.
    Lines(Utf8PathBuf),
    /// The dependencies in a `pyproject.toml`.
    Project(Utf8PathBuf),
    /// A `pylock.toml` that stands alone.
    Lock(Utf8PathBuf),
    /// The lock of another tool.
    Other {
        tool: Tool,
        lock: Utf8PathBuf,
        /// The folder of the project that it is for, which may be a member of a workspace.
        folder: Utf8PathBuf,
    },
}

/// A tool with a lock of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tool {
    Uv,
    Poetry,
    Pipenv,
}

impl Tool {
    const ALL: [Self; 3] = [Self::Uv, Self::Poetry, Self::Pipenv];

    /// The tool of a lock, by the name of the file.
    pub(crate) fn of(lock: &Utf8Path) -> Option<Self> {
        Self::ALL.into_iter().find(|tool| Some(tool.lock()) == lock.file_name())
    }

    /// The name of its lock.
    pub(crate) fn lock(self) -> &'static str {
        match self {
            Self::Uv => "uv.lock",
            Self::Poetry => "poetry.lock",
            Self::Pipenv => "Pipfile.lock",
        }
    }

    /// The file that the lock is made from.
    pub(crate) fn project(self) -> &'static str {
        match self {
            Self::Uv | Self::Poetry => PROJECT,
            Self::Pipenv => PIPFILE,
        }
    }

    /// The command that makes the lock.
    pub(crate) fn command(self) -> &'static str {
        match self {
            Self::Uv => "uv lock",
            Self::Poetry => "poetry lock",
            Self::Pipenv => "pipenv lock",
        }
    }
}

/// Finds what says what a lambda requires; `has` tells whether a name is in its directory.
///
/// # Errors
///
/// The config names a file that is not there; dependencies are named in a way that can't be used.
pub(crate) fn find(
    tree: &Tree,
    directory: &Utf8Path,
    has: &dyn Fn(&str) -> bool,
    choice: &Choice,
) -> Result<Declared, Failure> {
    match &choice.chosen {
        Chosen::Nothing => Ok(Declared::Unwanted),
        Chosen::File(path) => named(tree, directory, path, choice),
        Chosen::Found if has(LINES) => Ok(Declared::Lines(directory.join(LINES))),
        Chosen::Found => {
            let has = |name: &str| Ok(has(name));
            Finding { tree, folder: directory, has: &has, choice }.project()
        }
    }
}

/// What a file that the config names says.
fn named(
    tree: &Tree,
    directory: &Utf8Path,
    path: &Utf8Path,
    choice: &Choice,
) -> Result<Declared, Failure> {
    let refuse =
        |message: String, hint: &str| Failure::input("requirements-missing", message).hint(hint);
    match tree.kind(path)? {
        None => {
            let message =
                format!("`requirements` in the config names `{path}`, which is not there");
            return Err(refuse(
                message,
                "name a file relative to the root; `{path}` is the lambda's folder",
            ));
        }
        Some(Kind::Directory) => {
            let message = format!("`requirements` in the config names the folder `{path}`");
            return Err(refuse(message, "name the file in it"));
        }
        Some(Kind::File { .. } | Kind::Symlink | Kind::Special) => {}
    }
    let name = path.file_name().unwrap_or_default();
    let folder = path.parent().unwrap_or(Utf8Path::new("")).to_owned();
    let has = |name: &str| Ok(tree.kind(&folder.join(name))?.is_some());
    let finding = Finding { tree, folder: &folder, has: &has, choice };
    if let Some(tool) = Tool::of(path) {
        // The lock of a workspace is for its root, but for those lambdas that are members.
        let is_member = tool == Tool::Uv && mentions(&tree.read_found(path)?, &folder, directory);
        let folder = if is_member { directory.to_owned() } else { folder };
        return Ok(Declared::Other { tool, lock: path.to_owned(), folder });
    }
    match name {
        PROJECT => match finding.other_lock()? {
            Some(found) => Ok(found),
            None => Ok(Declared::Project(path.to_owned())),
        },
        PIPFILE => match finding.lock_of(Tool::Pipenv)? {
            Some(found) => Ok(found),
            None => Err(finding.pipfile()),
        },
        "setup.py" | "setup.cfg" => Err(finding.setup(name)),
        _ if is_pylock(name) => Ok(Declared::Lock(path.to_owned())),
        _ => Ok(Declared::Lines(path.to_owned())),
    }
}

/// Whether a file's name is that of a lock ("File Name" in the specification of `pylock.toml`).
fn is_pylock(name: &str) -> bool {
    name == PYLOCK || (name.starts_with("pylock.") && name.ends_with(".toml"))
}

/// The search in a folder.
struct Finding<'a> {
    tree: &'a Tree,
    folder: &'a Utf8Path,
    has: &'a dyn Fn(&str) -> Result<bool, Failure>,
    choice: &'a Choice,
}

impl Finding<'_> {
    fn project(&self) -> Result<Declared, Failure> {
        if let Some(found) = self.other_lock()? {
            return Ok(found);
        }
        let project = self.read_project()?.filter(|project| project.says(self.choice));
        let path = self.folder.join(PROJECT);
        if (self.has)(PYLOCK)? {
            // Where the project's own lines can be read, they are what the lock is held against.
            let lines = project.map(|project| project.lines(self.choice));
            return Ok(match lines {
                Some(Ok(lines)) if !lines.is_empty() => Declared::Project(path),
                Some(_) | None => Declared::Lock(self.folder.join(PYLOCK)),
            });
        }
        if project.is_some() {
            return Ok(Declared::Project(path));
        }
        if (self.has)(PIPFILE)? && self.has_packages()? {
            return Err(self.pipfile());
        }
        for name in ["setup.cfg", "setup.py"] {
            if (self.has)(name)? && self.requires(name)? {
                return Err(self.setup(name));
            }
        }
        Ok(Declared::Absent)
    }

    fn read_project(&self) -> Result<Option<Project>, Failure> {
        if !(self.has)(PROJECT)? {
            return Ok(None);
        }
        let path = self.folder.join(PROJECT);
        project::read(&self.tree.read_found(&path)?, &path).map(Some)
    }

    /// The lock of another tool in the folder, or that of a workspace of which it is a member.
    fn other_lock(&self) -> Result<Option<Declared>, Failure> {
        if let Some(found) = self.lock_of(Tool::Uv)? {
            return Ok(Some(found));
        }
        if let Some(lock) = self.workspace()? {
            let folder = self.folder.to_owned();
            return Ok(Some(Declared::Other { tool: Tool::Uv, lock, folder }));
        }
        match self.lock_of(Tool::Poetry)? {
            Some(found) => Ok(Some(found)),
            None => self.lock_of(Tool::Pipenv),
        }
    }

    fn lock_of(&self, tool: Tool) -> Result<Option<Declared>, Failure> {
        let lock = self.folder.join(tool.lock());
        let folder = self.folder.to_owned();
        Ok((self.has)(tool.lock())?.then_some(Declared::Other { tool, lock, folder }))
    }

    /// The lock of the uv workspace of which the folder is a member.
    ///
    /// Source: "Using workspaces" in uv's documentation: the root's `[tool.uv.workspace]` has globs
    /// of its members, each a folder with a pyproject.toml.
    fn workspace(&self) -> Result<Option<Utf8PathBuf>, Failure> {
        if !(self.has)(PROJECT)? {
            return Ok(None);
        }
        for above in self.folder.ancestors().skip(1) {
            let lock = above.join(Tool::Uv.lock());
            if self.tree.kind(&lock)?.is_none() {
                continue;
            }
            let is_member = match self.tree.read(&above.join(PROJECT))? {
                Some(bytes) => is_member(&bytes, above, self.folder),
                None => false,
            };
            if is_member || mentions(&self.tree.read_found(&lock)?, above, self.folder) {
                return Ok(Some(lock));
            }
        }
        Ok(None)
    }

    /// Whether a Pipfile has packages that are no tools of developers.
    fn has_packages(&self) -> Result<bool, Failure> {
        let bytes = self.tree.read_found(&self.folder.join(PIPFILE))?;
        let table = String::from_utf8_lossy(&bytes).parse::<toml::Table>();
        // What is no TOML may have some.
        Ok(table.map_or(true, |table| {
            let packages = table.get("packages").and_then(toml::Value::as_table);
            packages.is_some_and(|packages| !packages.is_empty())
        }))
    }

    /// Whether a file of setuptools has `install_requires` with something in it.
    fn requires(&self, name: &str) -> Result<bool, Failure> {
        let bytes = self.tree.read_found(&self.folder.join(name))?;
        let text = String::from_utf8_lossy(&bytes);
        let lines = || text.lines().filter(|line| !line.trim_start().starts_with(['#', ';']));
        let mut from = lines().skip_while(|line| !line.contains("install_requires"));
        let Some(first) = from.next() else { return Ok(false) };
        let (_, value) = first.split_once("install_requires").unwrap_or_default();
        let value = value.trim_start_matches([' ', '=', ':', '"', '\'']).trim();
        if name == "setup.py" {
            return Ok(!(value.starts_with("[]")
                || value.starts_with("()")
                || value.starts_with("None")));
        }
        // The value of a key goes on in lines that are indented ("Configuring setuptools using
        // setup.cfg files").
        let is_part = |line: &&str| line.starts_with([' ', '\t']) || line.trim().is_empty();
        Ok(!value.is_empty() || from.take_while(is_part).any(|line| !line.trim().is_empty()))
    }

    fn pipfile(&self) -> Failure {
        let path = self.folder.join(PIPFILE);
        Failure::input(UNUSABLE, format!("`{path}` has packages, and there is no Pipfile.lock"))
            .at(&path, None)
            .hint(
                "run `pipenv lock`, and commit Pipfile.lock; or set `requirements` in the config to \
                 another file",
            )
    }

    fn setup(&self, name: &str) -> Failure {
        let path = self.folder.join(name);
        Failure::input(
            UNUSABLE,
            format!("`{path}` has `install_requires`, which only a build would tell"),
        )
        .at(&path, None)
        .hint(
            "write the requirements into requirements.txt, or set `requirements` in the config, \
                 to an empty text where none are wanted",
        )
    }
}

/// Whether a folder is a member of the workspace of a project file; both are relative to the root.
fn is_member(bytes: &[u8], root: &Utf8Path, folder: &Utf8Path) -> bool {
    let Ok(table) = String::from_utf8_lossy(bytes).parse::<toml::Table>() else { return false };
    let workspace = table.get("tool").and_then(|it| it.get("uv")?.get("workspace"));
    let Some(workspace) = workspace else { return false };
    let Ok(relative) = folder.strip_prefix(root) else { return false };
    let relative = slashes(relative);
    let matches = |key: &str| {
        let globs = workspace.get(key).and_then(toml::Value::as_array);
        let mut globs = globs.into_iter().flatten().filter_map(toml::Value::as_str);
        globs.any(|glob| {
            let glob = glob.trim_start_matches("./").trim_end_matches('/');
            let glob = GlobBuilder::new(glob).literal_separator(true).build();
            glob.is_ok_and(|glob| glob.compile_matcher().is_match(&relative))
        })
    };
    matches("members") && !matches("exclude")
}

/// Whether a `uv.lock` has the project of a folder, by its text.
fn mentions(lock: &[u8], root: &Utf8Path, folder: &Utf8Path) -> bool {
    let Ok(relative) = normal(folder).strip_prefix(normal(root)).map(slashes) else { return false };
    let relative = if relative.is_empty() { "." } else { &relative };
    ["virtual", "editable", "directory"].iter().any(|kind| {
        let source = format!("source = {{ {kind} = \"{relative}\" }}");
        memchr::memmem::find(lock, source.as_bytes()).is_some()
    })
}
