//! Reads what a `pyproject.toml` says of dependencies.
//!
//! Source: "pyproject.toml specification" and "Dependency Groups" (PEP 735) of the PyPA; "Dynamic
//! metadata" in setuptools' documentation. What a build backend alone would know, and what only
//! another tool understands, is a failure with the way out, never a package without it.

use std::collections::{BTreeMap, BTreeSet};

use camino::Utf8Path;
use toml::Spanned;
use toml::de::{DeArray, DeTable, DeValue};

use super::choice::Choice;
use super::parse_named;
use super::read::Line;
use super::script;
use super::tool::{PIXI, PUBLIC_INDEX, Tool, way_out};
use super::uv_source;
use crate::name::normalised;
use crate::nesting;
use crate::report::{Failure, Place, line_at};
use crate::words::did_you_mean;

/// The code of dependencies that are seen, and can't be used.
pub(crate) const UNUSABLE: &str = "dependencies-unusable";
/// The code of a project file that can't be read.
pub(crate) const INVALID: &str = "project-invalid";
/// The code of a group or an extra that is not there.
pub(crate) const UNKNOWN_GROUP: &str = "unknown-group";

/// What a `pyproject.toml` says.
#[derive(Debug, Default)]
pub(crate) struct Project {
    /// Relative to the root.
    path: String,
    /// Its name, normalised; none where it has no `[project]` table.
    pub(crate) name: Option<String>,
    /// The versions of Python that it is for, as its tool writes them.
    pub(crate) python: Option<Line>,
    /// `[project] dependencies`.
    pub(crate) dependencies: Vec<Line>,
    /// By the normalised name of the extra.
    pub(crate) extras: BTreeMap<String, Vec<Line>>,
    /// By the normalised name of the group, flattened.
    groups: BTreeMap<String, Group>,
    /// The keys of `[project]` that the build backend fills in.
    dynamic: BTreeSet<String>,
    /// The files from which a build backend reads the dependencies, as it says literally.
    files: Vec<Line>,
    /// Whether there is a `[project]` table.
    has_project: bool,
    /// What only uv knows of all dependencies.
    uv: Vec<Said>,
    /// What only poetry knows.
    poetry: Vec<Said>,
    /// What only pdm knows.
    pdm: Vec<Said>,
    /// The line of the first dependency in pixi's own tables.
    pub(super) pixi: Option<u32>,
    /// Where poetry's own table has dependencies.
    poetry_line: Option<u32>,
    /// The groups in poetry's own table, normalised.
    poetry_groups: BTreeSet<String>,
    /// `[tool.uv.sources]`, by the normalised name of the dependency.
    pub(crate) sources: BTreeMap<String, UvSource>,
    /// The file as it is, for what only one tool reads.
    pub(crate) table: toml::Table,
}

/// Where uv gets a dependency from.
#[derive(Debug)]
pub(crate) struct UvSource {
    pub(crate) value: toml::Value,
    pub(super) line: u32,
}

/// The root of a uv workspace without a lock, for one of its members.
pub(crate) struct Workspace {
    pub(crate) project: Project,
    /// Leads from the member's folder to the root's: `../../`.
    pub(crate) up: String,
}

/// What makes a tool's own lock necessary: the words of the table, and its line.
#[derive(Debug)]
struct Said {
    /// The project that it is about; none if it is about all.
    name: Option<String>,
    what: String,
    line: u32,
}

#[derive(Debug, Default)]
struct Group {
    lines: Vec<Line>,
    included: Vec<String>,
}

/// Reads the text of a `pyproject.toml`; the path, relative to the root, is for messages.
pub(crate) fn read(bytes: &[u8], path: &Utf8Path) -> Result<Project, Failure> {
    let text = String::from_utf8_lossy(bytes);
    let text = text.trim_start_matches('\u{feff}');
    let reader = Reader { text, path };
    let table = DeTable::parse(nesting::toml(text)).map_err(|error| {
        let line = error.span().map(|span| reader.line(span.start));
        Failure::input(INVALID, format!("`{path}` can't be read"))
            .cause(error.message())
            .at(path, line)
            .hint("correct it, or set `requirements` in the config to another file")
    })?;
    let mut project = reader.project(table.get_ref())?;
    // It was just parsed.
    project.table = text.parse().unwrap_or_default();
    Ok(project)
}

/// Reads what a module says itself in its block of metadata (PEP 723), whose `dependencies` and
/// `requires-python` mean what those of a project mean; none where it has no such block.
pub(crate) fn read_script(bytes: &[u8], path: &Utf8Path) -> Result<Option<Project>, Failure> {
    let text = String::from_utf8_lossy(bytes);
    let text = text.trim_start_matches('\u{feff}');
    let refuse = |message: String, line| {
        Failure::input(INVALID, message).at(path, line).hint(
            "write it as PEP 723 has it: `# /// script`, lines of TOML that begin with `# `, `# ///`",
        )
    };
    let block = script::block(text)
        .map_err(|script::Fault { what, line }| refuse(format!("`{path}` {what}"), Some(line)))?;
    let Some(text) = &block else { return Ok(None) };
    let reader = Reader { text, path };
    let table = DeTable::parse(nesting::toml(text)).map_err(|error| {
        let line = error.span().map(|span| reader.line(span.start));
        refuse(format!("the block of metadata of `{path}` is no TOML"), line).cause(error.message())
    })?;
    let table = table.get_ref();
    let mut found = Project { path: path.to_string(), ..Project::default() };
    found.python = table.get("requires-python").and_then(|it| reader.python(it));
    if let Some(list) = table.get("dependencies") {
        found.has_project = true;
        found.dependencies = reader.texts(list, "`dependencies`")?;
    }
    if let Some(uv) = sub(table, &["tool", "uv"]) {
        reader.of_uv(uv, "`[tool.uv]`", &mut found);
    }
    Ok(Some(found))
}

/// Reads a `uv.toml`, which has what may stand in `[tool.uv]`.
pub(super) fn read_uv(bytes: &[u8], path: &Utf8Path) -> Project {
    let text = String::from_utf8_lossy(bytes);
    let mut found = Project { path: path.to_string(), ..Project::default() };
    if let Ok(table) = DeTable::parse(nesting::toml(&text)) {
        Reader { text: &text, path }.of_uv(table.get_ref(), "`uv.toml`", &mut found);
    }
    found
}

struct Reader<'a> {
    text: &'a str,
    path: &'a Utf8Path,
}

impl Reader<'_> {
    fn line(&self, offset: usize) -> u32 {
        line_at(self.text, offset)
    }

    fn invalid(&self, what: &str, offset: usize) -> Failure {
        Failure::input(INVALID, format!("{what} in `{}`", self.path))
            .at(self.path, Some(self.line(offset)))
            .hint("see the specification of pyproject.toml")
    }

    fn project(&self, table: &DeTable<'_>) -> Result<Project, Failure> {
        let mut found = Project { path: self.path.to_string(), ..Project::default() };
        if let Some(project) = sub(table, &["project"]) {
            found.has_project = true;
            let name = project.get("name").and_then(|it| it.get_ref().as_str());
            found.name = name.map(normalised);
            found.python = project.get("requires-python").and_then(|it| self.python(it));
            if let Some(list) = project.get("dependencies") {
                found.dependencies = self.texts(list, "`dependencies`")?;
            }
            if let Some(list) = project.get("dynamic") {
                let keys = self.texts(list, "`dynamic`")?;
                found.dynamic = keys.into_iter().map(|line| line.text).collect();
            }
            if let Some(extras) = sub(project, &["optional-dependencies"]) {
                for (name, list) in extras {
                    let lines = self.texts(list, "`optional-dependencies`")?;
                    found.extras.insert(normalised(name.get_ref()), lines);
                }
            }
        }
        if let Some(groups) = sub(table, &["dependency-groups"]) {
            for (name, list) in groups {
                found.groups.insert(normalised(name.get_ref()), self.group(list)?);
            }
        }
        // flit's own table, from before there was `[project]` ("The pyproject.toml config file" in its
        // documentation).
        let flit = sub(table, &["tool", "flit", "metadata"]);
        if let Some((flit, list)) = flit.and_then(|it| Some((it, it.get("requires")?))) {
            found.python = flit.get("requires-python").and_then(|it| self.python(it));
            found.dependencies.extend(self.texts(list, "`requires`")?);
            found.has_project = true;
        }
        self.old_groups(table, &mut found)?;
        self.files(table, &mut found)?;
        if let Some(uv) = sub(table, &["tool", "uv"]) {
            self.of_uv(uv, "`[tool.uv]`", &mut found);
        }
        self.of_poetry(table, &mut found);
        self.of_pdm(table, &mut found);
        let pixi = PIXI.iter().filter_map(|key| sub(table, &["tool", "pixi", key])).flatten();
        // conda installs Python itself.
        let mut pixi = pixi.map(|(name, _)| name).filter(|name| name.get_ref() != "python");
        found.pixi = pixi.next().map(|name| self.line(name.span().start));
        Ok(found)
    }

    /// The groups that uv and pdm had before there was a standard for them.
    fn old_groups(&self, table: &DeTable<'_>, found: &mut Project) -> Result<(), Failure> {
        let mut add = |name: &str, list| {
            let lines = self.texts(list, "`dev-dependencies`")?;
            found.groups.entry(normalised(name)).or_default().lines.extend(lines);
            Ok(())
        };
        let uv = sub(table, &["tool", "uv"]).and_then(|it| it.get("dev-dependencies"));
        uv.map_or(Ok(()), |list| add("dev", list))?;
        let pdm = sub(table, &["tool", "pdm", "dev-dependencies"]);
        pdm.into_iter().flatten().try_for_each(|(name, list)| add(name.get_ref(), list))
    }

    /// The files that setuptools, or hatchling's plugin for it, reads the dependencies from.
    fn files(&self, table: &DeTable<'_>, found: &mut Project) -> Result<(), Failure> {
        let places: [(&[&str], &str); 2] = [
            (&["tool", "setuptools", "dynamic", "dependencies"], "file"),
            (&["tool", "hatch", "metadata", "hooks", "requirements_txt"], "files"),
        ];
        for (path, key) in places {
            let Some(list) = sub(table, path).and_then(|it| it.get(key)) else { continue };
            let files = match list.get_ref() {
                DeValue::String(text) => {
                    let number = self.line(list.span().start);
                    vec![Line { text: text.to_string(), number }]
                }
                _ => self.texts(list, &format!("`{key}`"))?,
            };
            found.files.extend(files);
        }
        Ok(())
    }

    /// What uv alone knows, of the table that `place` names.
    fn of_uv(&self, uv: &DeTable<'_>, place: &str, found: &mut Project) {
        for (name, value) in sub(uv, &["sources"]).into_iter().flatten() {
            let (name, line) = (normalised(name.get_ref()), self.line(name.span().start));
            found.sources.insert(name, UvSource { value: plain(value.get_ref()), line });
        }
        let keys = ["override-dependencies", "constraint-dependencies", "exclude-dependencies"];
        let keys = keys.iter().chain(&["index-url", "extra-index-url", "find-links", "no-index"]);
        for key in keys.chain(&["exclude-newer", "prerelease", "resolution"]) {
            if let Some((name, _)) = uv.iter().find(|(name, _)| name.get_ref() == key) {
                let line = self.line(name.span().start);
                found.uv.push(Said { name: None, what: format!("`{key}` of {place}"), line });
            }
        }
        // One that is explicit serves only those that name it ("Pinning a package to an index" in
        // uv's documentation).
        let is_of_some = |it: &DeTable<'_>| {
            it.get("explicit").and_then(|it| it.get_ref().as_bool()) == Some(true)
        };
        self.indexes(uv.get("index"), "`[[tool.uv.index]]`", &is_of_some, &mut found.uv);
    }

    /// What pdm alone knows.
    fn of_pdm(&self, table: &DeTable<'_>, found: &mut Project) {
        let Some(pdm) = sub(table, &["tool", "pdm"]) else { return };
        self.indexes(pdm.get("source"), "`[[tool.pdm.source]]`", &|_| false, &mut found.pdm);
        if let Some((name, _)) = pdm.iter().find(|(name, _)| name.get_ref() == "resolution") {
            let line = self.line(name.span().start);
            found.pdm.push(Said { name: None, what: "`[tool.pdm.resolution]`".to_owned(), line });
        }
    }

    /// Adds the indexes of a list of tables, but for the public one and those that are not for all.
    fn indexes(
        &self,
        list: Option<&Spanned<DeValue<'_>>>,
        what: &str,
        is_of_some: &dyn Fn(&DeTable<'_>) -> bool,
        said: &mut Vec<Said>,
    ) {
        for index in list.and_then(|it| it.get_ref().as_array()).into_iter().flatten() {
            let Some(table) = index.get_ref().as_table() else { continue };
            let text = |key: &str| table.get(key).and_then(|it| it.get_ref().as_str());
            let is_public = match text("url") {
                Some(url) => url.trim_end_matches('/') == PUBLIC_INDEX,
                // poetry knows it by its name.
                None => text("name").is_some_and(|name| name.eq_ignore_ascii_case("pypi")),
            };
            if !is_public && !is_of_some(table) {
                let line = self.line(index.span().start);
                said.push(Said { name: None, what: what.to_owned(), line });
            }
        }
    }

    fn of_poetry(&self, table: &DeTable<'_>, found: &mut Project) {
        let Some(poetry) = sub(table, &["tool", "poetry"]) else { return };
        let groups = sub(poetry, &["group"]).into_iter().flatten();
        found.poetry_groups.extend(groups.map(|(name, _)| normalised(name.get_ref())));
        if poetry.contains_key("dev-dependencies") {
            found.poetry_groups.insert("dev".to_owned());
        }
        for (name, value) in sub(poetry, &["dependencies"]).into_iter().flatten() {
            let line = self.line(name.span().start);
            let name = normalised(name.get_ref());
            // poetry has the version of Python among these ("dependencies" in its documentation).
            if name == "python" {
                found.python = found.python.take().or_else(|| self.python(value));
                continue;
            }
            found.poetry_line.get_or_insert(line);
            let keys = ["path", "git", "url", "source", "file"];
            let has_source = |it: &DeTable<'_>| keys.iter().any(|key| it.contains_key(*key));
            let is_sourced = match value.get_ref() {
                DeValue::Table(it) => has_source(it),
                DeValue::Array(all) => {
                    all.iter().filter_map(|it| it.get_ref().as_table()).any(has_source)
                }
                _ => false,
            };
            if is_sourced {
                let what = format!("`{name}` in `[tool.poetry.dependencies]`");
                found.poetry.push(Said { name: Some(name), what, line });
            }
        }
        let is_of_some = |it: &DeTable<'_>| {
            it.get("priority").and_then(|it| it.get_ref().as_str()) == Some("explicit")
        };
        let what = "`[[tool.poetry.source]]`";
        self.indexes(poetry.get("source"), what, &is_of_some, &mut found.poetry);
    }

    fn python(&self, value: &Spanned<DeValue<'_>>) -> Option<Line> {
        value.get_ref().as_str().map(|text| self.text(text, value))
    }

    fn group(&self, list: &Spanned<DeValue<'_>>) -> Result<Group, Failure> {
        let mut group = Group::default();
        for item in self.array(list, "a group")? {
            let included = item
                .get_ref()
                .as_table()
                .and_then(|it| it.get("include-group")?.get_ref().as_str());
            match (item.get_ref().as_str(), included) {
                (Some(text), _) => group.lines.push(self.text(text, item)),
                (None, Some(name)) => group.included.push(normalised(name)),
                (None, None) => {
                    return Err(self.invalid("no dependency of a group", item.span().start));
                }
            }
        }
        Ok(group)
    }

    fn texts(&self, list: &Spanned<DeValue<'_>>, what: &str) -> Result<Vec<Line>, Failure> {
        let item =
            |item: &Spanned<DeValue<'_>>| match item.get_ref().as_str() {
                Some(text) => Ok(self.text(text, item)),
                None => Err(self
                    .invalid(&format!("{what} has something else than texts"), item.span().start)),
            };
        self.array(list, what)?.iter().map(item).collect()
    }

    fn array<'a>(
        &self,
        list: &'a Spanned<DeValue<'a>>,
        what: &str,
    ) -> Result<&'a DeArray<'a>, Failure> {
        let start = list.span().start;
        list.get_ref().as_array().ok_or_else(|| self.invalid(&format!("{what} is no list"), start))
    }

    fn text(&self, text: &str, item: &Spanned<DeValue<'_>>) -> Line {
        Line { text: text.trim().to_owned(), number: self.line(item.span().start) }
    }
}

/// A table inside of a table.
fn sub<'a, 'b>(table: &'a DeTable<'b>, path: &[&str]) -> Option<&'a DeTable<'b>> {
    path.iter().try_fold(table, |table, key| table.get(*key)?.get_ref().as_table())
}

/// A value without places.
fn plain(value: &DeValue<'_>) -> toml::Value {
    match value {
        DeValue::String(text) => text.to_string().into(),
        DeValue::Boolean(value) => (*value).into(),
        DeValue::Array(list) => {
            list.iter().map(|it| plain(it.get_ref())).collect::<Vec<_>>().into()
        }
        DeValue::Table(table) => {
            let pairs = table.iter();
            let pairs =
                pairs.map(|(key, value)| (key.get_ref().to_string(), plain(value.get_ref())));
            toml::Value::Table(pairs.collect())
        }
        DeValue::Integer(_) | DeValue::Float(_) | DeValue::Datetime(_) => false.into(),
    }
}

impl Project {
    /// Whether it says what is required; a file with tables of tools alone does not.
    pub(crate) fn says(&self, choice: &Choice) -> bool {
        let has =
            |group: &String| self.groups.contains_key(group) || self.poetry_groups.contains(group);
        self.has_project || self.poetry_line.is_some() || choice.groups.iter().any(has)
    }

    /// Whether it has dependencies of which a uv workspace may know where they come from.
    pub(crate) fn may_have_sources(&self) -> bool {
        self.has_project || !self.groups.is_empty()
    }

    /// Whether its dependencies are in poetry's own table, and only there.
    pub(crate) fn is_of_poetry(&self) -> bool {
        self.poetry_line.is_some() && self.dependencies.is_empty()
    }

    /// Whether only a build would tell the dependencies.
    pub(crate) fn is_dynamic(&self) -> bool {
        self.dynamic.contains("dependencies")
    }

    /// Whether only a build would tell what an extra asks for.
    pub(crate) fn is_dynamic_extra(&self, name: &str) -> bool {
        self.dynamic.contains("optional-dependencies") && !self.extras.contains_key(name)
    }

    /// The files, relative to its folder, from which a build backend reads the dependencies; none
    /// where only a build would tell them.
    pub(crate) fn files_of_dependencies(&self) -> Option<&[Line]> {
        match self.is_dynamic() {
            true => Some(&self.files[..]).filter(|files| !files.is_empty()),
            false => Some(&[]),
        }
    }

    /// The lines of `[project]`, of extras and of groups, where no lock is; a line `-r FILE` stands
    /// for what a build backend reads. `above` is the uv workspace of which it is a member.
    ///
    /// # Errors
    ///
    /// What they say can't be used without the tool that they are for; an extra or a group is not
    /// there.
    pub(crate) fn lines(
        &self,
        choice: &Choice,
        above: Option<&Workspace>,
    ) -> Result<Vec<Line>, Failure> {
        let group = choice.groups.iter().find(|name| self.poetry_groups.contains(*name));
        if self.is_of_poetry() || group.is_some() {
            let message = "the dependencies are in poetry's own table, and it has no poetry.lock";
            return Err(self.unlocked(message, self.poetry_line.unwrap_or_default(), Tool::Poetry));
        }
        let mut lines = self.chosen(choice)?;
        if self.is_dynamic() {
            if self.files.is_empty() {
                let message = "the dependencies are `dynamic`: only a build would tell them";
                let hint = "write them into `[project] dependencies`, or into requirements.txt";
                return Err(self.unusable(message, 0, hint));
            }
            let quoted = |file: &Line| {
                let text = shlex::try_quote(&file.text).map_or(String::new(), Into::into);
                Line { text: format!("-r {text}"), number: file.number }
            };
            lines.extend(self.files.iter().map(quoted));
        }
        let mut names = BTreeSet::new();
        for line in &mut lines {
            let Ok(named) = parse_named(&line.text) else { continue };
            let name = named.name.to_string();
            let own = self.sources.get(&name).map(|source| (self, source, ""));
            let of_all = || {
                let above = above?;
                Some((&above.project, above.project.sources.get(&name)?, &*above.up))
            };
            if let Some((project, source, up)) = own.or_else(of_all) {
                line.text = uv_source::direct(&line.text, &source.value, up).ok_or_else(|| {
                    let what = format!("`{name}` in `[tool.uv.sources]`");
                    project.known_to_one(&what, source.line, Tool::Uv)
                })?;
            }
            names.insert(name);
        }
        if lines.is_empty() {
            return Ok(lines);
        }
        self.refuse_uv()?;
        above.map_or(Ok(()), |above| above.project.refuse_uv())?;
        if let Some(Said { what, line, .. }) = self.pdm.first() {
            let folder = Utf8Path::new(&self.path).parent().unwrap_or(Utf8Path::new(""));
            let message = format!("{what} is known to pdm alone, and pdm.lock is not read");
            let hint = way_out(&folder.join("pdm.lock"), folder).unwrap_or_default();
            return Err(self.unusable(&message, *line, &hint));
        }
        let matters = |said: &&Said| said.name.as_ref().is_none_or(|name| names.contains(name));
        match self.poetry.iter().find(matters) {
            Some(said) => Err(self.known_to_one(&said.what, said.line, Tool::Poetry)),
            None => Ok(lines),
        }
    }

    /// Refuses what uv alone knows of all dependencies.
    pub(super) fn refuse_uv(&self) -> Result<(), Failure> {
        match self.uv.first() {
            Some(said) => Err(self.known_to_one(&said.what, said.line, Tool::Uv)),
            None => Ok(()),
        }
    }

    /// Whether only uv would know all that its dependencies are.
    pub(crate) fn is_of_uv(&self) -> bool {
        let named = self.dependencies.iter().filter_map(|line| parse_named(&line.text).ok());
        let mut names = named.map(|named| named.name.to_string());
        !self.uv.is_empty() || names.any(|name| self.sources.contains_key(&name))
    }

    /// The failure of what one tool alone understands.
    pub(crate) fn known_to_one(&self, what: &str, line: u32, tool: Tool) -> Failure {
        let (name, lock) = (tool.name(), tool.lock());
        self.unlocked(
            &format!("{what} is known to {name} alone, and there is no {lock}"),
            line,
            tool,
        )
    }

    /// The failure of what a tool's lock would tell.
    fn unlocked(&self, message: &str, line: u32, tool: Tool) -> Failure {
        let folder = Utf8Path::new(&self.path).parent().unwrap_or(Utf8Path::new(""));
        let hint = format!("run `{}`, and commit {}", tool.command(folder), tool.lock());
        self.unusable(message, line, &hint)
    }

    /// The lines of the dependencies, and of the extras and groups that are chosen.
    pub(crate) fn chosen(&self, choice: &Choice) -> Result<Vec<Line>, Failure> {
        let mut lines = self.dependencies.clone();
        for extra in &choice.extras {
            let mut seen = BTreeSet::new();
            self.add_extra(extra, &mut lines, &mut seen)?;
        }
        let mut seen = BTreeSet::new();
        for group in &choice.groups {
            self.add_group(group, &mut lines, &mut seen)?;
        }
        Ok(lines)
    }

    /// Adds the lines of an extra; one that names the project itself with other extras stands for
    /// these.
    fn add_extra(
        &self,
        extra: &str,
        lines: &mut Vec<Line>,
        seen: &mut BTreeSet<String>,
    ) -> Result<(), Failure> {
        let mut waiting = vec![extra.to_owned()];
        while let Some(extra) = waiting.pop() {
            if seen.contains(&extra) {
                continue;
            }
            let own = self.extras.get(&extra);
            let own = own.ok_or_else(|| self.unknown("extra", &extra, self.extras.keys()))?;
            seen.insert(extra);
            for line in own {
                let named = parse_named(&line.text).ok();
                let is_own = |it: &pep508_rs::Requirement<_>| {
                    Some(it.name.to_string()) == self.name && !it.extras.is_empty()
                };
                match named.filter(is_own) {
                    Some(own) => waiting.extend(own.extras.iter().rev().map(ToString::to_string)),
                    None => lines.push(line.clone()),
                }
            }
        }
        Ok(())
    }

    /// Adds the lines of a group, and of those that it includes, each once (PEP 735).
    fn add_group(
        &self,
        name: &str,
        lines: &mut Vec<Line>,
        seen: &mut BTreeSet<String>,
    ) -> Result<(), Failure> {
        // A group is left once all that it includes is done: until then it is open.
        let mut open = BTreeSet::new();
        let mut waiting = vec![(name, false)];
        while let Some((name, is_done)) = waiting.pop() {
            if is_done {
                open.remove(name);
                continue;
            }
            if open.contains(name) {
                let message = format!("the group `{name}` includes itself");
                return Err(Failure::input(INVALID, message).place(self.place(0)));
            }
            if !seen.insert(name.to_owned()) {
                continue;
            }
            let group = self.groups.get(name);
            let group = group.ok_or_else(|| self.unknown("group", name, self.groups.keys()))?;
            open.insert(name);
            lines.extend(group.lines.iter().cloned());
            waiting.push((name, true));
            waiting.extend(group.included.iter().rev().map(|it| (it.as_str(), false)));
        }
        Ok(())
    }

    /// The failure of an extra or a group that is not there.
    fn unknown<'a>(
        &'a self,
        what: &str,
        name: &str,
        known: impl Iterator<Item = &'a String> + Clone,
    ) -> Failure {
        let message = format!("`{}` has no {what} `{name}`", self.path);
        let all: Vec<String> = known.clone().map(|it| format!("`{it}`")).collect();
        let hint = did_you_mean(name, known.map(String::as_str)).unwrap_or_else(|| {
            let own = format!("`[lambda.NAME] {what}s = []`");
            match all.is_empty() {
                true => format!("take it out of `{what}s`, or set {own} for this lambda"),
                false => format!("name one of {}", all.join(", ")),
            }
        });
        Failure::input(UNKNOWN_GROUP, message).place(self.place(0)).hint(hint)
    }

    fn unusable(&self, message: &str, line: u32, hint: &str) -> Failure {
        let hint = format!("{hint}; or set `requirements` in the config to another file");
        Failure::input(UNUSABLE, message).place(self.place(line)).hint(hint)
    }

    /// A line of it, or the whole.
    fn place(&self, line: u32) -> Place {
        Place { path: self.path.clone(), line: (line > 0).then_some(line) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::corpus::try_all;

    #[test]
    fn a_project_is_read_however_it_is_broken() {
        let groups = vec!["dev".to_owned()];
        let choice = Choice { groups, extras: vec!["fast".to_owned()], ..Choice::default() };
        try_all("project", |bytes| {
            let Ok(project) = read(bytes, Utf8Path::new("pyproject.toml")) else {
                return format!("{:?}", read(bytes, Utf8Path::new("pyproject.toml")).err());
            };
            let lines = [Choice::default(), choice.clone()].map(|it| project.lines(&it, None));
            let says = (project.is_of_uv(), project.says(&choice), project.is_dynamic());
            format!("{project:?} {lines:?} {says:?}")
        });
    }
}
