//! Reads a `uv.lock`.
//!
//! Source: "Locking and syncing" in uv's documentation, and the locks that it writes: packages with
//! their files, and edges from one to the next with the marker under which they hold. From the
//! project's package all that is reached on the target is packaged; members of a workspace, which
//! are folders, are built.

use std::collections::{BTreeMap, BTreeSet};

use camino::{Utf8Path, Utf8PathBuf};
use pep508_rs::{ExtraName, VersionOrUrl};
use serde::Deserialize;
use toml::Spanned;

use super::{Answer, Asked, Error, extras};
use crate::digest::Sha256Digest;
use crate::origin::{Directory, File, Origin, Vcs};
use crate::pylock::{self, Package};
use crate::report::{Failure, line_at};
use crate::requirements::{Choice, Project, Tool, normalised, parse_named, read_project};
use crate::tree::{normal, slashes};
use crate::wheel::WheelName;

/// The format that is known; a revision adds keys.
const VERSION: i64 = 1;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
struct Lock {
    version: i64,
    requires_python: Option<String>,
    #[serde(default)]
    manifest: Manifest,
    #[serde(default, rename = "package")]
    packages: Vec<Spanned<Raw>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Manifest {
    constraints: Vec<Demand>,
    overrides: Vec<Demand>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
struct Raw {
    name: String,
    version: Option<String>,
    source: Source,
    #[serde(default)]
    dependencies: Vec<Edge>,
    #[serde(default)]
    optional_dependencies: BTreeMap<String, Vec<Edge>>,
    #[serde(default)]
    dev_dependencies: BTreeMap<String, Vec<Edge>>,
    #[serde(default)]
    resolution_markers: Vec<String>,
    metadata: Option<Metadata>,
    sdist: Option<RawFile>,
    #[serde(default)]
    wheels: Vec<RawFile>,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
struct Source {
    registry: Option<String>,
    git: Option<String>,
    url: Option<String>,
    path: Option<String>,
    directory: Option<String>,
    editable: Option<String>,
    r#virtual: Option<String>,
    subdirectory: Option<String>,
}

#[derive(Debug, Deserialize)]
struct Edge {
    name: String,
    version: Option<String>,
    source: Option<Source>,
    marker: Option<String>,
    #[serde(default)]
    extra: Vec<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "kebab-case", default)]
struct Metadata {
    requires_dist: Vec<Demand>,
    requires_dev: BTreeMap<String, Vec<Demand>>,
}

/// What the project asked for when the lock was made.
#[derive(Debug, Deserialize)]
struct Demand {
    name: String,
    #[serde(default)]
    extras: Vec<String>,
    specifier: Option<String>,
    marker: Option<String>,
    git: Option<String>,
    url: Option<String>,
    path: Option<String>,
    directory: Option<String>,
    editable: Option<String>,
    r#virtual: Option<String>,
}

#[derive(Debug, Deserialize)]
struct RawFile {
    url: Option<String>,
    path: Option<String>,
    filename: Option<String>,
    hash: Option<String>,
    size: Option<u64>,
}

impl Source {
    /// The folder that it is, relative to the lock's.
    fn folder(&self) -> Option<&str> {
        let folder = self.directory.as_ref().or(self.editable.as_ref());
        folder.or(self.r#virtual.as_ref()).map(String::as_str)
    }
}

/// Reads a lock for the project of a folder.
pub(super) fn read(text: &str, asked: Asked<'_>) -> Result<Answer, Error> {
    let lock: Lock = toml::from_str(text).map_err(|error| {
        let line = error.span().map(|span| line_at(text, span.start));
        asked.invalid(error.message(), line)
    })?;
    if lock.version != VERSION {
        let cause = format!("it has the version {}, and only {VERSION} is known", lock.version);
        return Err(asked.invalid(cause, None).into());
    }
    let reading = Reading { asked, text, lock: &lock };
    let root = reading.root()?;
    reading.check_python()?;
    let reached = reading.reached(root)?;
    reading.check_fresh(root, &reached)?;
    let mut packages = Vec::new();
    for (index, _) in reached.iter().filter(|(index, _)| **index != root) {
        packages.extend(reading.package(*index)?);
    }
    packages.sort_by(|one, other| one.name.cmp(&other.name));
    Ok(Asked::packages(packages, Vec::new()))
}

/// The packages that are reached, each with the extras that are asked of it.
type Reached = BTreeMap<usize, BTreeSet<String>>;

struct Reading<'a> {
    asked: Asked<'a>,
    text: &'a str,
    lock: &'a Lock,
}

impl Reading<'_> {
    fn raw(&self, index: usize) -> &Raw {
        self.lock.packages[index].get_ref()
    }

    /// The package that is the project itself.
    fn root(&self) -> Result<usize, Error> {
        let lock_folder = self.asked.lock_folder();
        let folder = normal(self.asked.folder);
        let is_it = |raw: &Spanned<Raw>| {
            let own = raw.get_ref().source.folder();
            own.is_some_and(|own| normal(&lock_folder.join(own)) == folder)
        };
        self.lock.packages.iter().position(is_it).ok_or_else(|| {
            let folder = slashes(&folder);
            let folder = if folder.is_empty() { "." } else { &folder };
            Error::Stale(format!("it has no project in `{folder}`"))
        })
    }

    /// Refuses a lock that is for other versions of Python.
    fn check_python(&self) -> Result<(), Failure> {
        let Some(requires) = &self.lock.requires_python else { return Ok(()) };
        let target = self.asked.target;
        if pylock::takes(requires, target) != Ok(false) {
            return Ok(());
        }
        let message =
            format!("`{}` is for Python `{requires}`, and not for {target}", self.asked.path);
        Err(Failure::lambda("lock-other-target", message)
            .at(self.asked.path, None)
            .hint("change `requires-python` and run `uv lock`, or set the target that it is for"))
    }

    /// All that is reached from the project on the target.
    fn reached(&self, root: usize) -> Result<Reached, Error> {
        let choice = self.asked.choice;
        // Where extras or groups exclude each other, uv writes them into the markers, under names
        // that are no project's own (`conflicts` in its documentation).
        let mut active: BTreeSet<String> = BTreeSet::new();
        let name = &self.raw(root).name;
        active.insert(format!("project-{}-{name}", name.len()));
        for group in &choice.groups {
            active.insert(format!("group-{}-{name}-{group}", name.len()));
        }
        for extra in &choice.extras {
            if !self.raw(root).optional_dependencies.contains_key(extra) {
                let only = Choice { extras: vec![extra.clone()], ..Choice::default() };
                self.look_up(root, &only, &format!("extra `{extra}`"))?;
            }
        }
        for group in &choice.groups {
            if !self.raw(root).dev_dependencies.contains_key(group) {
                let only = Choice { groups: vec![group.clone()], ..Choice::default() };
                self.look_up(root, &only, &format!("group `{group}`"))?;
            }
        }
        loop {
            let reached = self.walk(root, &extras(active.iter()))?;
            let before = active.len();
            for (index, names) in &reached {
                let name = &self.raw(*index).name;
                active.extend(
                    names.iter().map(|extra| format!("extra-{}-{name}-{extra}", name.len())),
                );
            }
            if active.len() == before {
                return Ok(reached);
            }
        }
    }

    /// An extra or group without dependencies is not among those of the lock; one that the project
    /// has not is a failure.
    fn look_up(&self, root: usize, choice: &Choice, what: &str) -> Result<(), Error> {
        let (path, bytes) = self.asked.project()?;
        let Some(bytes) = bytes else { return Ok(()) };
        let project = read_project(&bytes, &path)?;
        let lines = project.chosen(choice)?;
        if lines.len() > project.dependencies.len() {
            let name = &self.raw(root).name;
            return Err(Error::Stale(format!("`{name}` has no {what} in it")));
        }
        Ok(())
    }

    fn walk(&self, root: usize, active: &[ExtraName]) -> Result<Reached, Error> {
        let choice = self.asked.choice;
        let mut reached = Reached::new();
        let mut waiting: Vec<(usize, Option<String>)> = vec![(root, None)];
        waiting.extend(choice.extras.iter().map(|extra| (root, Some(extra.clone()))));
        let mut edges: Vec<&Edge> = Vec::new();
        for group in &choice.groups {
            edges.extend(self.raw(root).dev_dependencies.get(group).into_iter().flatten());
        }
        loop {
            for edge in std::mem::take(&mut edges) {
                if !self.asked.holds(edge.marker.as_deref().unwrap_or_default(), active)? {
                    continue;
                }
                let Some(index) = self.find(edge, active)? else { continue };
                waiting.push((index, None));
                waiting.extend(edge.extra.iter().map(|extra| (index, Some(extra.clone()))));
            }
            let Some((index, extra)) = waiting.pop() else { return Ok(reached) };
            let is_new = match &extra {
                None => !reached.contains_key(&index),
                Some(extra) => !reached.get(&index).is_some_and(|known| known.contains(extra)),
            };
            // What is asked of a package with an extra is asked of the package itself, too.
            if extra.is_some() && !reached.contains_key(&index) {
                waiting.push((index, extra));
                waiting.push((index, None));
                continue;
            }
            let known = reached.entry(index).or_default();
            if !is_new {
                continue;
            }
            let raw = self.raw(index);
            match extra {
                None => edges.extend(&raw.dependencies),
                Some(extra) => {
                    edges.extend(raw.optional_dependencies.get(&extra).into_iter().flatten());
                    known.insert(extra);
                }
            }
        }
    }

    /// The package of an edge; none where it is for other targets.
    fn find(&self, edge: &Edge, active: &[ExtraName]) -> Result<Option<usize>, Error> {
        let is_it = |raw: &Raw| {
            raw.name == edge.name
                && edge.version.as_ref().is_none_or(|version| raw.version.as_ref() == Some(version))
                && edge.source.as_ref().is_none_or(|source| raw.source == *source)
        };
        let all = self.lock.packages.iter().enumerate();
        let mut found: Vec<usize> =
            all.filter(|(_, raw)| is_it(raw.get_ref())).map(|(index, _)| index).collect();
        if found.len() > 1 {
            let mut fitting = Vec::new();
            for index in found {
                let markers = &self.raw(index).resolution_markers;
                let mut fits = markers.is_empty();
                for marker in markers {
                    fits |= self.asked.holds(marker, active)?;
                }
                if fits {
                    fitting.push(index);
                }
            }
            found = fitting;
        }
        match found[..] {
            [index] => Ok(Some(index)),
            [] => {
                let cause = format!("it requires `{}`, which it has not", edge.name);
                Err(self.asked.invalid(cause, None).into())
            }
            [_, ..] => {
                let cause = format!("it has `{}` twice for {}", edge.name, self.asked.target);
                Err(self.asked.invalid(cause, None).into())
            }
        }
    }

    /// A package as a lock of ours has it; none for a project without files of its own.
    fn package(&self, index: usize) -> Result<Option<Package>, Error> {
        let spanned = &self.lock.packages[index];
        let raw = spanned.get_ref();
        let line = line_at(self.text, spanned.span().start);
        if raw.source.r#virtual.is_some() {
            return Ok(None);
        }
        let origins = self.origins(raw, line)?;
        Ok(Some(Package {
            name: normalised(&raw.name),
            version: raw.version.clone(),
            marker: None,
            requires_python: None,
            dependencies: Vec::new(),
            origins,
            built: None,
            line,
        }))
    }

    fn origins(&self, raw: &Raw, line: u32) -> Result<Vec<Origin>, Error> {
        let source = &raw.source;
        if let Some(git) = &source.git {
            return Ok(vec![vcs(git).ok_or_else(|| {
                self.asked.invalid(format!("`{git}` names no commit"), Some(line))
            })?]);
        }
        if let Some(path) = source.directory.as_ref().or(source.editable.as_ref()) {
            return Ok(vec![Origin::Directory(Directory {
                path: path.into(),
                editable: source.editable.is_some(),
                subdirectory: source.subdirectory.clone(),
                digest: None,
            })]);
        }
        // One file, which a line names: its digest stands with the wheel or the sdist.
        if source.url.is_some() || source.path.is_some() {
            let file = raw.wheels.first().or(raw.sdist.as_ref());
            let hash = file.and_then(|file| file.hash.as_deref());
            let path = source.path.as_ref().map(Utf8PathBuf::from);
            let digest = match (self.asked.digest(hash)?, &path) {
                (Some(digest), _) => digest,
                (None, Some(path)) => self.own_digest(path)?,
                (None, None) => return Err(self.without_digest(&raw.name, line).into()),
            };
            let named = path.as_ref().map(|path| path.as_str()).or(source.url.as_deref());
            let name = name_of(named.unwrap_or_default());
            let size = file.and_then(|file| file.size);
            let file = File { name, url: source.url.clone(), path, size, digest: Some(digest) };
            return Ok(vec![Origin::Archive { file, subdirectory: source.subdirectory.clone() }]);
        }
        let mut origins = Vec::new();
        for wheel in &raw.wheels {
            let file = self.file(raw, wheel, line)?;
            // One with a name that no installer reads can't be chosen.
            let name = WheelName::new(&file.name);
            if name.is_ok_and(|name| name.project == normalised(&raw.name)) {
                origins.push(Origin::Wheel(file));
            }
        }
        if let Some(sdist) = &raw.sdist {
            origins.push(Origin::Sdist(self.file(raw, sdist, line)?));
        }
        if origins.is_empty() {
            let cause = format!("`{}` has neither a wheel nor a source", raw.name);
            return Err(self.asked.invalid(cause, Some(line)).into());
        }
        Ok(origins)
    }

    /// A file of an index.
    fn file(&self, raw: &Raw, file: &RawFile, line: u32) -> Result<File, Error> {
        // The files of a folder of wheels are relative to it.
        let registry = raw.source.registry.as_deref().filter(|it| !it.contains("://"));
        let path = file.path.as_ref().map(|path| Utf8Path::new(registry.unwrap_or("")).join(path));
        let digest = match (self.asked.digest(file.hash.as_deref())?, &path) {
            (Some(digest), _) => digest,
            (None, Some(path)) => self.own_digest(path)?,
            (None, None) => return Err(self.without_digest(&raw.name, line).into()),
        };
        let from = path.as_ref().map(|path| path.as_str()).or(file.url.as_deref());
        let name = file.filename.clone().unwrap_or_else(|| name_of(from.unwrap_or_default()));
        Ok(File { name, url: file.url.clone(), path, size: file.size, digest: Some(digest) })
    }

    /// The digest of a file of the project, which the lock does not have.
    fn own_digest(&self, path: &Utf8Path) -> Result<Sha256Digest, Error> {
        let path = normal(&self.asked.lock_folder().join(path));
        Ok(Sha256Digest::of(&self.asked.tree.read_found(&path)?))
    }

    fn without_digest(&self, name: &str, line: u32) -> Failure {
        Failure::input("lock-without-sha256", format!("`{name}` in the lock has no sha256"))
            .place(self.asked.place(line))
            .hint("let uv write it (`uv lock`), from an index that has hashes")
    }

    /// Compares what each project that is reached asks for with what the lock was made for.
    ///
    /// # Errors
    ///
    /// They differ: `uv export --frozen` would leave out what was added since.
    fn check_fresh(&self, root: usize, reached: &Reached) -> Result<(), Error> {
        let above = self.asked.lock_folder().join(Tool::Uv.project());
        let above = match self.asked.tree.read(&above)? {
            Some(bytes) => Some(read_project(&bytes, &above)?),
            None => None,
        };
        if let Some(workspace) = &above {
            self.check_overrides(workspace)?;
        }
        for (index, names) in reached {
            let raw = self.raw(*index);
            let Some(folder) = raw.source.folder() else { continue };
            let folder = normal(&self.asked.lock_folder().join(folder));
            let path = folder.join(Tool::Uv.project());
            let Some(bytes) = self.asked.tree.read(&path)? else { continue };
            let project = read_project(&bytes, &path)?;
            // What a build would tell is not known here.
            if project.name.is_none() || project.is_dynamic() {
                continue;
            }
            let choice = if *index == root {
                self.asked.choice.clone()
            } else {
                Choice { extras: names.iter().cloned().collect(), ..Choice::default() }
            };
            let default = Metadata::default();
            let metadata = raw.metadata.as_ref().unwrap_or(&default);
            Comparison { reading: self, project: &project, above: above.as_ref(), folder: &folder }
                .compare(metadata, &choice, &path)?;
        }
        Ok(())
    }

    /// Compares what the root of the workspace says of all versions.
    fn check_overrides(&self, workspace: &Project) -> Result<(), Error> {
        let manifest = &self.lock.manifest;
        let pairs = [
            ("override-dependencies", &manifest.overrides),
            ("constraint-dependencies", &manifest.constraints),
        ];
        for (key, locked) in pairs {
            let uv = workspace.table.get("tool").and_then(|it| it.get("uv"));
            let list = uv.and_then(|it| it.get(key)).and_then(toml::Value::as_array);
            let asked = list.into_iter().flatten().filter_map(toml::Value::as_str);
            let asked = asked.filter_map(|text| parse_named(text).ok());
            let asked: BTreeSet<(String, Vec<String>)> =
                asked.map(|it| (it.name.to_string(), specifiers_of(&it))).collect();
            let locked: BTreeSet<(String, Vec<String>)> =
                locked.iter().map(|it| (normalised(&it.name), it.specifiers())).collect();
            if locked != asked {
                return Err(Error::Stale(format!("`{key}` has changed since")));
            }
        }
        Ok(())
    }
}

/// The comparison of a project with what was locked of it.
struct Comparison<'a> {
    reading: &'a Reading<'a>,
    project: &'a Project,
    /// The project of the workspace, whose sources hold for its members, too ("Workspace sources" in
    /// uv's documentation).
    above: Option<&'a Project>,
    folder: &'a Utf8Path,
}

impl Comparison<'_> {
    fn compare(&self, metadata: &Metadata, choice: &Choice, path: &Utf8Path) -> Result<(), Error> {
        let asked = self.reading.asked;
        let own = self.project.name.as_deref().unwrap_or_default();
        // An extra may name the project itself with other extras.
        let mut names: BTreeSet<String> = choice.extras.iter().cloned().collect();
        let mut locked: Vec<&Demand> = Vec::new();
        loop {
            let before = names.len();
            locked.clear();
            for demand in &metadata.requires_dist {
                if !asked
                    .holds(demand.marker.as_deref().unwrap_or_default(), &extras(names.iter()))?
                {
                    continue;
                }
                if normalised(&demand.name) == own {
                    names.extend(demand.extras.iter().map(|extra| normalised(extra)));
                } else {
                    locked.push(demand);
                }
            }
            if names.len() == before {
                break;
            }
        }
        for group in &choice.groups {
            for demand in metadata.requires_dev.get(group).into_iter().flatten() {
                if asked.holds(demand.marker.as_deref().unwrap_or_default(), &[])? {
                    locked.push(demand);
                }
            }
        }
        let mut known: Vec<bool> = vec![false; locked.len()];
        for line in self.project.chosen(choice)? {
            let named = parse_named(&line.text).map_err(|cause| {
                Failure::input("invalid-requirement", format!("`{}` is no requirement", line.text))
                    .cause(cause)
                    .at(path, Some(line.number))
            })?;
            if !named.evaluate_markers(&crate::tags::marker_environment(asked.target), &[]) {
                continue;
            }
            let mut found = false;
            for (demand, known) in locked.iter().zip(&mut known) {
                if self.is_same(&named, demand) {
                    (*known, found) = (true, true);
                }
            }
            if !found && named.name.to_string() != own {
                let place = format!("{path}:{}", line.number);
                return Err(Error::Stale(format!(
                    "{place} asks for `{}`, which it does not know",
                    line.text
                )));
            }
        }
        match locked.iter().zip(known).find(|(_, known)| !known) {
            Some((demand, _)) => Err(Error::Stale(format!(
                "{path} no longer asks for `{}`, which it has",
                demand.name
            ))),
            None => Ok(()),
        }
    }

    fn is_same(
        &self,
        named: &pep508_rs::Requirement<pep508_rs::VerbatimUrl>,
        demand: &Demand,
    ) -> bool {
        let name = named.name.to_string();
        let wanted: BTreeSet<String> = named.extras.iter().map(ToString::to_string).collect();
        let locked: BTreeSet<String> =
            demand.extras.iter().map(|extra| normalised(extra)).collect();
        if name != normalised(&demand.name) || wanted != locked {
            return false;
        }
        let own = self.project.sources.get(&name).map(|source| (source, self.folder));
        let above = self.above.and_then(|above| above.sources.get(&name));
        let above = above.map(|source| (source, self.reading.asked.lock_folder()));
        match own.or(above) {
            // Which of several holds, the markers of each say; they are taken as they were locked.
            Some((toml::Value::Array(_), _)) => true,
            Some((toml::Value::Table(source), folder)) => {
                self.has_source(source, folder, demand) && {
                    !demand.is_of_index() || specifiers_of(named) == demand.specifiers()
                }
            }
            _ => match &named.version_or_url {
                Some(VersionOrUrl::Url(_)) => !demand.is_of_index(),
                _ => demand.is_of_index() && specifiers_of(named) == demand.specifiers(),
            },
        }
    }

    /// Whether a table of `[tool.uv.sources]` is what was locked.
    fn has_source(&self, source: &toml::Table, folder: &Utf8Path, demand: &Demand) -> bool {
        let text = |key: &str| source.get(key).and_then(toml::Value::as_str);
        if let Some(url) = text("git") {
            let Some(locked) = &demand.git else { return false };
            let parts = ["rev", "tag", "branch"].into_iter();
            let mut parts = parts.filter_map(|key| Some(format!("{key}={}", text(key)?)));
            let (before, query) = locked.split_once('?').unwrap_or((locked, ""));
            let has =
                |part: &String| query.split(['&', '#']).any(|it| it.replace("%2F", "/") == *part);
            let is_url = before.trim_end_matches(".git") == url.trim_end_matches(".git");
            return is_url && parts.all(|part| has(&part));
        }
        if let Some(url) = text("url") {
            return demand.url.as_deref() == Some(url);
        }
        if let Some(path) = text("path") {
            let all = [&demand.path, &demand.directory, &demand.editable, &demand.r#virtual];
            let locked = all.into_iter().flatten().next();
            let lock_folder = self.reading.asked.lock_folder();
            return locked.is_some_and(|locked| {
                normal(&lock_folder.join(locked)) == normal(&folder.join(path))
            });
        }
        match source.get("workspace").and_then(toml::Value::as_bool) {
            Some(true) => !demand.is_of_index(),
            Some(false) | None => demand.is_of_index(),
        }
    }
}

impl Demand {
    /// Whether it is a project of an index, and not a folder, a file or a repository.
    fn is_of_index(&self) -> bool {
        let all =
            [&self.git, &self.url, &self.path, &self.directory, &self.editable, &self.r#virtual];
        all.into_iter().all(Option::is_none)
    }

    fn specifiers(&self) -> Vec<String> {
        let text = self.specifier.as_deref().unwrap_or_default();
        let parsed = text.parse::<pep440_rs::VersionSpecifiers>();
        parsed.map_or_else(|_| vec![text.to_owned()], |it| sorted(&it))
    }
}

/// The versions that a requirement allows, each clause in one form.
fn specifiers_of(named: &pep508_rs::Requirement<pep508_rs::VerbatimUrl>) -> Vec<String> {
    match &named.version_or_url {
        Some(VersionOrUrl::VersionSpecifier(versions)) => sorted(versions),
        Some(VersionOrUrl::Url(_)) | None => Vec::new(),
    }
}

fn sorted(versions: &pep440_rs::VersionSpecifiers) -> Vec<String> {
    let mut all: Vec<String> = versions.iter().map(ToString::to_string).collect();
    all.sort();
    all.dedup();
    all
}

/// Reads the address of a repository: `URL?tag=…&subdirectory=…#COMMIT`.
fn vcs(address: &str) -> Option<Origin> {
    let (address, commit) = address.rsplit_once('#')?;
    let (url, query) = address.split_once('?').unwrap_or((address, ""));
    let value = |keys: &[&str]| {
        let pairs = query.split('&').filter_map(|pair| pair.split_once('='));
        let mut values = pairs.filter(|(key, _)| keys.contains(key)).map(|(_, value)| value);
        values.next().map(crate::address::decoded)
    };
    Some(Origin::Vcs(Vcs {
        kind: "git".to_owned(),
        url: Some(url.to_owned()),
        path: None,
        requested_revision: value(&["rev", "tag", "branch"]),
        commit: Some(commit.to_owned()),
        subdirectory: value(&["subdirectory"]),
    }))
}

/// The name of the file that a path or an address names.
fn name_of(place: &str) -> String {
    let path = place.split(['#', '?']).next().unwrap_or_default();
    let name = path.rsplit(['/', '\\']).next().unwrap_or_default();
    if place.contains("://") { crate::address::decoded(name) } else { name.to_owned() }
}
