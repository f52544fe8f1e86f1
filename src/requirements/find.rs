//! Finds what says what a lambda requires.
//!
//! The config decides; else the first in the lambda's folder that asks for something:
//! `requirements.txt`; the lock of another tool, with its project; a `pylock.toml`; the dependencies
//! of a `pyproject.toml`. An empty one hides none of the others. What names dependencies in a form
//! that can't be used here is a failure, never a package without them.

use camino::{Utf8Path, Utf8PathBuf};
use globset::GlobBuilder;

use super::choice::{Choice, Chosen};
use super::project::{self, Project, UNKNOWN_GROUP, UNUSABLE, Workspace};
use super::read::{self, read_lines};
use super::tool::{
    LINES, OF_OTHERS, PIPFILE, PROJECT, PYLOCK, Tool, UV_SETTINGS, category, is_pylock, of_others,
    way_out,
};
use super::{Demand, Requirements};
use crate::environment::Environment;
use crate::nesting;
use crate::origin::Origin;
use crate::report::Failure;
use crate::report::code;
use crate::tree::{Kind, Tree, normal, slashes};

/// What says what a lambda requires; paths are relative to the root.
#[derive(Debug)]
pub(crate) enum Declared {
    /// Nothing does.
    Absent,
    /// The config says that none are wanted, or names a file that asks for none.
    Unwanted,
    /// The lines of a requirements file, or the dependencies of a `pyproject.toml`; some at least.
    Lines(Box<Requirements>),
    /// A `pylock.toml` that stands alone.
    Lock(Utf8PathBuf),
    /// The lock of another tool.
    Other(Other),
}

/// The lock of another tool.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Other {
    pub(crate) tool: Tool,
    pub(crate) lock: Utf8PathBuf,
    /// The folder of the project that it is for, which may be a member of a workspace.
    pub(crate) folder: Utf8PathBuf,
}

impl Other {
    /// The folder of the lock.
    pub(crate) fn lock_folder(&self) -> &Utf8Path {
        self.lock.parent().unwrap_or(Utf8Path::new(""))
    }

    /// The command that makes the lock anew, to be run at the root.
    pub(crate) fn command(&self) -> String {
        self.tool.command(self.lock_folder())
    }
}

/// Where requirements are looked for.
#[derive(Clone, Copy)]
pub(crate) struct Search<'a> {
    pub(crate) tree: &'a Tree,
    pub(crate) environment: &'a Environment,
    /// The lambda's folder, relative to the root.
    pub(crate) directory: &'a Utf8Path,
    /// Its one file, in that folder, where that may say itself what it requires.
    pub(crate) script: Option<&'a str>,
    /// The name of its lock there.
    pub(crate) lock: &'a str,
    /// Whether a name is in that folder.
    pub(crate) has: &'a dyn Fn(&str) -> bool,
    pub(crate) choice: &'a Choice,
}

/// Finds what says what a lambda requires, and reads it where no target is needed for that.
///
/// # Errors
///
/// The config names a file that is not there; dependencies are named in a way that can't be used.
pub(crate) fn find(search: Search<'_>) -> Result<Declared, Failure> {
    let has = |name: &str| Ok((search.has)(name));
    let finding = Finding { search, folder: search.directory, has: &has };
    match &search.choice.chosen {
        Chosen::Nothing => {
            if search.choice.is_own {
                finding.refuse_choice(search.directory)?;
            }
            Ok(Declared::Unwanted)
        }
        Chosen::File(path) => named(search, path),
        Chosen::Found => match search.script.map(|it| finding.of_script(it)).transpose()? {
            Some(Some(found)) => Ok(found),
            Some(None) | None => finding.first(),
        },
    }
}

/// What a file that the config names says.
fn named(search: Search<'_>, path: &Utf8Path) -> Result<Declared, Failure> {
    let Search { tree, directory, .. } = search;
    let refuse = |message: String, hint: &str| {
        Failure::input(code::REQUIREMENTS_MISSING, message).hint(hint)
    };
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
    let finding = Finding { search, folder: &folder, has: &has };
    if let Some(tool) = Tool::of(path) {
        // The lock of a workspace is for its root, but for those lambdas that are members.
        let is_member = tool == Tool::Uv && mentions(&tree.read_found(path)?, &folder, directory);
        let folder = if is_member { directory.to_owned() } else { folder };
        return Ok(Declared::Other(Other { tool, lock: path.to_owned(), folder }));
    }
    if let Some(tool) = of_others(name) {
        let message =
            format!("`requirements` in the config names `{path}`, which only {tool} reads");
        let hint = way_out(path, directory).map(|hint| format!("{hint}; then take the key out"));
        let failure = Failure::input(UNUSABLE, message).at(path, None);
        return Err(Failure { hint, ..failure });
    }
    let found = match name {
        PROJECT => match finding.other_lock()? {
            Some(found) => Some(found),
            None => {
                let project = finding.read_project()?;
                match (finding.of_project(&project)?, project.pixi) {
                    (None, Some(line)) => return Err(finding.pixi(line)),
                    (found, _) => found,
                }
            }
        },
        PIPFILE => match has(Tool::Pipenv.lock())? {
            true => {
                let (tool, lock) = (Tool::Pipenv, folder.join(Tool::Pipenv.lock()));
                Some(Declared::Other(Other { tool, lock, folder }))
            }
            false => return Err(finding.pipfile()),
        },
        "setup.py" | "setup.cfg" => return Err(finding.setup(name)),
        _ if is_pylock(name) => Some(finding.alone(path)?),
        _ => finding.of_lines(path)?,
    };
    Ok(found.unwrap_or(Declared::Unwanted))
}

/// What is read, and the names of other files that say what is required, and are not read for it.
pub(crate) fn unheeded(
    declared: &Declared,
    has: &dyn Fn(&str) -> bool,
) -> (Utf8PathBuf, Vec<&'static str>) {
    let (read, own) = match declared {
        Declared::Absent | Declared::Unwanted => return (Utf8PathBuf::new(), Vec::new()),
        Declared::Lines(lines) => (lines.path.clone(), ""),
        Declared::Lock(path) => (path.clone(), ""),
        Declared::Other(other) => (other.lock.clone(), other.tool.project()),
    };
    let is_own = |name: &str| read.file_name() == Some(name) || name == own;
    let locks = [Tool::Uv, Tool::Poetry, Tool::Pipenv].map(Tool::lock);
    let all = locks.into_iter().chain([PIPFILE]).chain(OF_OTHERS.iter().map(|(name, _)| *name));
    let others = all.filter(|name| !is_own(name) && has(name)).collect();
    (read, others)
}

/// The search in a folder.
struct Finding<'a> {
    search: Search<'a>,
    folder: &'a Utf8Path,
    has: &'a dyn Fn(&str) -> Result<bool, Failure>,
}

impl Finding<'_> {
    /// The first that asks for something.
    fn first(&self) -> Result<Declared, Failure> {
        if (self.has)(LINES)?
            && let Some(found) = self.of_lines(&self.folder.join(LINES))?
        {
            return Ok(found);
        }
        if let Some(found) = self.other_lock()? {
            return Ok(found);
        }
        let project = if (self.has)(PROJECT)? { Some(self.read_project()?) } else { None };
        let of_project = project.as_ref().map_or(Ok(None), |project| self.of_project(project));
        let locks = [self.search.lock, PYLOCK];
        let has = |name: &&str| (self.has)(name).unwrap_or_default();
        if let Some(lock) = locks.into_iter().find(has) {
            // Where the project's own lines can be read, they are what the lock is held against.
            return match of_project {
                Ok(Some(found)) => Ok(found),
                Err(failure) if failure.code != UNUSABLE => Err(failure),
                Ok(None) | Err(_) => self.alone(&self.folder.join(lock)),
            };
        }
        if let Some(found) = of_project? {
            return Ok(found);
        }
        if (self.has)(PIPFILE)? && self.has_packages()? {
            return Err(self.pipfile());
        }
        for name in ["setup.cfg", "setup.py"] {
            if (self.has)(name)? && self.requires(name)? {
                return Err(self.setup(name));
            }
        }
        if project.as_ref().is_some_and(|it| it.says(self.search.choice)) {
            return Ok(Declared::Absent);
        }
        // Groups and extras are said of a project, and this is it.
        for name in [PROJECT, PIPFILE, "setup.cfg", "setup.py"] {
            if (self.has)(name)? {
                self.refuse_choice(&self.folder.join(name))?;
            }
        }
        if self.search.choice.is_own {
            self.refuse_choice(self.folder)?;
        }
        Ok(Declared::Absent)
    }

    /// What a module says itself, if it does: that nothing is required, too.
    fn of_script(&self, name: &str) -> Result<Option<Declared>, Failure> {
        let Search { tree, environment, choice, .. } = self.search;
        let path = self.folder.join(name);
        let script = project::read_script(&tree.read_found(&path)?, &path)?;
        let Some(script) = script.filter(|it| it.says(&Choice::default())) else {
            return Ok(None);
        };
        let hint = "take it out of the block, or set `requirements` in the config to another file";
        let lines = script.lines(&Choice::default(), None).map_err(|it| it.hint(hint))?;
        let read = read_lines(tree, &path, lines, environment)?;
        if read.requirements.is_empty() {
            return Ok(Some(Declared::Unwanted));
        }
        if choice.is_own {
            self.refuse_choice(&path)?;
        }
        Ok(Some(Declared::Lines(Box::new(read))))
    }

    /// The lines of a requirements file, if there are any.
    fn of_lines(&self, path: &Utf8Path) -> Result<Option<Declared>, Failure> {
        let Search { tree, environment, .. } = self.search;
        let lines = read::read(tree, path, &tree.read_found(path)?, environment)?;
        let Some(lines) = lines else { return Ok(None) };
        self.refuse_choice(path)?;
        Ok(Some(Declared::Lines(Box::new(lines))))
    }

    /// A lock that stands alone.
    fn alone(&self, path: &Utf8Path) -> Result<Declared, Failure> {
        self.refuse_choice(path)?;
        Ok(Declared::Lock(path.to_owned()))
    }

    /// The lines of a project, if there are any.
    fn of_project(&self, project: &Project) -> Result<Option<Declared>, Failure> {
        let Search { tree, environment, choice, .. } = self.search;
        if !project.says(choice) {
            return Ok(None);
        }
        let path = self.folder.join(PROJECT);
        let above = self.workspace_of(project)?;
        let lines = project.lines(choice, above.as_ref())?;
        let mut read = read_lines(tree, &path, lines, environment)?;
        read.python.clone_from(&project.python);
        for project in [Some(project), above.as_ref().map(|it| &it.project)].into_iter().flatten() {
            self.refuse_nested(project, &read)?;
        }
        let has_some = !read.requirements.is_empty();
        if let Some(line) = project.pixi {
            read.notes.push(format!("{path}:{line}: what pixi alone installs is not read"));
        }
        if has_some && (self.has)(UV_SETTINGS)? {
            let path = self.folder.join(UV_SETTINGS);
            project::read_uv(&tree.read_found(&path)?, &path).refuse_uv()?;
        }
        Ok(has_some.then(|| Declared::Lines(Box::new(read))))
    }

    /// Refuses a folder of `[tool.uv.sources]` that has sources of its own: pip, which builds it, knows
    /// nothing of them.
    fn refuse_nested(&self, project: &Project, read: &Requirements) -> Result<(), Failure> {
        for line in &read.requirements {
            let Demand::Source(source) = &line.demand else { continue };
            let Origin::Directory(directory) = &source.origin else { continue };
            let own = source.name.as_ref().and_then(|name| project.sources.get(name));
            let (Some(own), Some(name)) = (own, &source.name) else { continue };
            let path = Utf8PathBuf::from(&directory.path).join(PROJECT);
            let Some(bytes) = self.search.tree.read(&path)? else { continue };
            if project::read(&bytes, &path)?.is_of_uv() {
                let what = format!("what `{name}` in `[tool.uv.sources]` requires");
                return Err(project.known_to_one(&what, own.line, Tool::Uv));
            }
        }
        Ok(())
    }

    /// Refuses groups and extras where the file that is read has none.
    fn refuse_choice(&self, path: &Utf8Path) -> Result<(), Failure> {
        let Choice { groups, extras, .. } = self.search.choice;
        for (what, names) in [("groups", groups), ("extras", extras)] {
            if let Some(name) = names.first() {
                let message = format!(
                    "`{what}` in the config names `{name}`, and no {what} are read from `{path}`"
                );
                let hint = format!(
                    "set `{what} = []` in `[lambda.NAME]` for this lambda, or `requirements` to the project that \
                     has it"
                );
                return Err(Failure::input(UNKNOWN_GROUP, message).at(path, None).hint(hint));
            }
        }
        Ok(())
    }

    fn read_project(&self) -> Result<Project, Failure> {
        let path = self.folder.join(PROJECT);
        project::read(&self.search.tree.read_found(&path)?, &path)
    }

    /// The lock of another tool in the folder, or that of a workspace of which it is a member. Of
    /// several the first whose project asks for something.
    fn other_lock(&self) -> Result<Option<Declared>, Failure> {
        let mut found: Vec<(Tool, Declared)> = Vec::new();
        for tool in [Tool::Uv, Tool::Poetry, Tool::Pipenv] {
            let above = || match tool {
                Tool::Uv => self.lock_above(),
                Tool::Poetry | Tool::Pipenv => Ok(None),
            };
            let lock = match (self.has)(tool.lock())? {
                true => Some(self.folder.join(tool.lock())),
                false => above()?,
            };
            let folder = self.folder.to_owned();
            found.extend(lock.map(|lock| (tool, Declared::Other(Other { tool, lock, folder }))));
        }
        // What a single one asks for, its reader tells.
        let is_single = found.len() == 1 && !self.has_sources(found[0].0)?;
        for (tool, declared) in found {
            if is_single || !self.asks_nothing(tool)? {
                return Ok(Some(declared));
            }
        }
        Ok(None)
    }

    /// Whether other files than a tool's own may say what is required.
    fn has_sources(&self, tool: Tool) -> Result<bool, Failure> {
        for name in [PYLOCK, PROJECT, PIPFILE, "setup.py", "setup.cfg"] {
            if name != tool.project() && (self.has)(name)? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Whether the project of a tool's lock has no dependencies.
    fn asks_nothing(&self, tool: Tool) -> Result<bool, Failure> {
        let Choice { groups, .. } = self.search.choice;
        if tool == Tool::Pipenv {
            return Ok((self.has)(PIPFILE)? && !self.has_packages()?);
        }
        if !(self.has)(PROJECT)? {
            return Ok(false);
        }
        let project = self.read_project()?;
        let is_told = !project.is_dynamic() && !project.is_of_poetry() && groups.is_empty();
        Ok(is_told && project.chosen(self.search.choice)?.is_empty())
    }

    /// The lock of the uv workspace of which the folder is a member.
    fn lock_above(&self) -> Result<Option<Utf8PathBuf>, Failure> {
        if !(self.has)(PROJECT)? {
            return Ok(None);
        }
        let tree = self.search.tree;
        for above in self.folder.ancestors().skip(1) {
            let lock = above.join(Tool::Uv.lock());
            if tree.kind(&lock)?.is_none() {
                continue;
            }
            if self.is_member_of(above)?.is_some()
                || mentions(&tree.read_found(&lock)?, above, self.folder)
            {
                return Ok(Some(lock));
            }
        }
        Ok(None)
    }

    /// The root of the uv workspace of which the folder is a member, where it has no lock; none where
    /// that is the folder itself.
    fn workspace_of(&self, project: &Project) -> Result<Option<Workspace>, Failure> {
        if !project.may_have_sources() {
            return Ok(None);
        }
        for above in self.folder.ancestors().skip(1) {
            if let Some(bytes) = self.is_member_of(above)? {
                let project = project::read(&bytes, &above.join(PROJECT))?;
                let depth = self.folder.components().count() - above.components().count();
                return Ok(Some(Workspace { project, up: "../".repeat(depth) }));
            }
        }
        Ok(None)
    }

    /// The project file of a folder further up, if it has a uv workspace of which this is a member.
    ///
    /// Source: "Using workspaces" in uv's documentation: the root's `[tool.uv.workspace]` has globs
    /// of its members, each a folder with a pyproject.toml.
    fn is_member_of(&self, above: &Utf8Path) -> Result<Option<Vec<u8>>, Failure> {
        let bytes = self.search.tree.read(&above.join(PROJECT))?;
        Ok(bytes.filter(|bytes| is_member(bytes, above, self.folder)))
    }

    /// Whether a Pipfile has packages, in the categories that are packaged.
    fn has_packages(&self) -> Result<bool, Failure> {
        let bytes = self.search.tree.read_found(&self.folder.join(PIPFILE))?;
        let table = nesting::toml(&String::from_utf8_lossy(&bytes)).parse::<toml::Table>();
        // What is no TOML may have some.
        let Ok(table) = table else { return Ok(true) };
        let groups = self.search.choice.groups.iter().map(|group| category(group));
        let mut packages = ["packages"].into_iter().chain(groups).map(|key| table.get(key));
        Ok(packages.any(|it| it.and_then(toml::Value::as_table).is_some_and(|it| !it.is_empty())))
    }

    /// Whether a file of setuptools has `install_requires` with something in it.
    fn requires(&self, name: &str) -> Result<bool, Failure> {
        let bytes = self.search.tree.read_found(&self.folder.join(name))?;
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
        let command = Tool::Pipenv.command(self.folder);
        Failure::input(UNUSABLE, format!("`{path}` has packages, and there is no Pipfile.lock"))
            .at(&path, None)
            .hint(format!(
                "run `{command}`, and commit Pipfile.lock; or set `requirements` in the config to \
                 another file"
            ))
    }

    fn pixi(&self, line: u32) -> Failure {
        let path = self.folder.join(PROJECT);
        let message = format!("the dependencies of `{path}` are in pixi's own tables");
        let failure = Failure::input(UNUSABLE, message).at(&path, Some(line));
        Failure { hint: way_out(&path, self.folder), ..failure }
    }

    fn setup(&self, name: &str) -> Failure {
        let (path, lines) = (self.folder.join(name), self.folder.join(LINES));
        Failure::input(
            UNUSABLE,
            format!("`{path}` has `install_requires`, which only a build would tell"),
        )
        .at(&path, None)
        .hint(format!(
            "write the requirements into `{lines}`, or set `requirements` in the config, to an empty \
             text where none are wanted"
        ))
    }
}

/// Whether a folder is a member of the workspace of a project file; both are relative to the root.
fn is_member(bytes: &[u8], root: &Utf8Path, folder: &Utf8Path) -> bool {
    let Ok(table) = nesting::toml(&String::from_utf8_lossy(bytes)).parse::<toml::Table>() else {
        return false;
    };
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
