//! Whether a lock is what its project asks for.

use std::collections::BTreeSet;

use camino::Utf8Path;
use pep508_rs::{VerbatimUrl, VersionOrUrl};

use super::raw::{Demand, Lock, Metadata};
use crate::foreign::{Error, Reached, Reading, extras};
use crate::name::normalised;
use crate::report::{Failure, Place};
use crate::requirements::{Choice, Line, Project, Tool, parse_named, read_project};
use crate::tags;
use crate::tree::normal;

impl Reading<'_, Lock> {
    /// Compares what each project that is reached asks for with what the lock was made for.
    ///
    /// # Errors
    ///
    /// They differ: `uv export --frozen` would leave out what was added since.
    pub(super) fn check_fresh(&self, root: usize, reached: &Reached) -> Result<(), Error> {
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
            if project.name.is_none() {
                continue;
            }
            if let Some(Line { text, number }) = &project.python {
                self.compare_python(text, Place::new(&path, Some(*number)))?;
            }
            // What a build would tell is not known here.
            let Some(dynamic) = self.dynamic_lines(&project, &folder)? else { continue };
            let mut choice = if *index == root {
                self.asked.choice.clone()
            } else {
                Choice { extras: names.iter().cloned().collect(), ..Choice::default() }
            };
            choice.extras.retain(|extra| !project.is_dynamic_extra(extra));
            let default = Metadata::default();
            let metadata = raw.metadata.as_ref().unwrap_or(&default);
            Comparison { reading: self, project: &project, above: above.as_ref(), folder: &folder }
                .compare(metadata, &choice, &path, dynamic)?;
        }
        Ok(())
    }

    /// The lines of the files that have the dependencies of a project, for its target, each with its
    /// place; none where they can't be told without a build. As build backends read them: comments,
    /// and neither options nor variables ("Dynamic Metadata" in setuptools' documentation).
    fn dynamic_lines(
        &self,
        project: &Project,
        folder: &Utf8Path,
    ) -> Result<Option<Vec<Asking>>, Failure> {
        let mut asking = Vec::new();
        let Some(files) = project.files_of_dependencies() else { return Ok(None) };
        for file in files {
            let path = normal(&folder.join(&file.text));
            let Some(bytes) = self.asked.tree.read(&path)? else { return Ok(None) };
            for (number, line) in (1..).zip(String::from_utf8_lossy(&bytes).lines()) {
                let text = line.split(" #").next().unwrap_or_default().trim();
                if text.is_empty() || text.starts_with('#') {
                    continue;
                }
                let Ok(named) = parse_named(text) else { return Ok(None) };
                asking.push((Place::new(&path, Some(number)), text.to_owned(), named));
            }
        }
        let environment = tags::marker_environment(self.asked.target);
        asking.retain(|(_, _, named)| named.evaluate_markers(&environment, &[]));
        Ok(Some(asking))
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

/// A place that asks for something, its text, and what that is.
type Asking = (Place, String, pep508_rs::Requirement<VerbatimUrl>);

/// The comparison of a project with what was locked of it.
struct Comparison<'a> {
    reading: &'a Reading<'a, Lock>,
    project: &'a Project,
    /// The project of the workspace, whose sources hold for its members, too ("Workspace sources" in
    /// uv's documentation).
    above: Option<&'a Project>,
    folder: &'a Utf8Path,
}

impl Comparison<'_> {
    /// `dynamic` is what its files ask for.
    fn compare(
        &self,
        metadata: &Metadata,
        choice: &Choice,
        path: &Utf8Path,
        dynamic: Vec<Asking>,
    ) -> Result<(), Error> {
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
        let lines = asked.lines(self.project, choice, path)?.into_iter();
        let lines = lines.map(|(it, named)| (Place::new(path, Some(it.number)), it.text, named));
        for (place, text, named) in lines.chain(dynamic) {
            let mut found = false;
            for (demand, known) in locked.iter().zip(&mut known) {
                if self.is_same(&named, demand) {
                    (*known, found) = (true, true);
                }
            }
            if !found && named.name.to_string() != own {
                return Err(Error::Stale(format!(
                    "{place} asks for `{text}`, which it does not know"
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

    fn is_same(&self, named: &pep508_rs::Requirement<VerbatimUrl>, demand: &Demand) -> bool {
        let name = named.name.to_string();
        let wanted: BTreeSet<String> = named.extras.iter().map(ToString::to_string).collect();
        let locked: BTreeSet<String> =
            demand.extras.iter().map(|extra| normalised(extra)).collect();
        if name != normalised(&demand.name) || wanted != locked {
            return false;
        }
        let own = self.project.sources.get(&name).map(|source| (&source.value, self.folder));
        let above = self.above.and_then(|above| above.sources.get(&name));
        let above = above.map(|source| (&source.value, self.reading.asked.lock_folder()));
        match own.or(above) {
            // Which of several holds, the markers of each say; they are taken as they were locked.
            Some((toml::Value::Array(_), _)) => true,
            Some((toml::Value::Table(source), folder)) => {
                self.has_source(source, folder, demand) && {
                    !demand.source.is_index() || specifiers_of(named) == demand.specifiers()
                }
            }
            _ => match &named.version_or_url {
                Some(VersionOrUrl::Url(_)) => !demand.source.is_index(),
                _ => demand.source.is_index() && specifiers_of(named) == demand.specifiers(),
            },
        }
    }

    /// Whether a table of `[tool.uv.sources]` is what was locked.
    fn has_source(&self, source: &toml::Table, folder: &Utf8Path, demand: &Demand) -> bool {
        let text = |key: &str| source.get(key).and_then(toml::Value::as_str);
        if let Some(url) = text("git") {
            let Some(locked) = &demand.source.git else { return false };
            let parts = ["rev", "tag", "branch"].into_iter();
            let mut parts = parts.filter_map(|key| Some(format!("{key}={}", text(key)?)));
            let (before, query) = locked.split_once('?').unwrap_or((locked, ""));
            let has =
                |part: &String| query.split(['&', '#']).any(|it| it.replace("%2F", "/") == *part);
            let is_url = before.trim_end_matches(".git") == url.trim_end_matches(".git");
            return is_url && parts.all(|part| has(&part));
        }
        if let Some(url) = text("url") {
            return demand.source.url.as_deref() == Some(url);
        }
        if let Some(path) = text("path") {
            let locked = demand.source.path.as_deref().or(demand.source.folder());
            let lock_folder = self.reading.asked.lock_folder();
            return locked.is_some_and(|locked| {
                normal(&lock_folder.join(locked)) == normal(&folder.join(path))
            });
        }
        match source.get("workspace").and_then(toml::Value::as_bool) {
            Some(true) => !demand.source.is_index(),
            Some(false) | None => demand.source.is_index(),
        }
    }
}

impl Demand {
    fn specifiers(&self) -> Vec<String> {
        let text = self.specifier.as_deref().unwrap_or_default();
        let parsed = text.parse::<pep440_rs::VersionSpecifiers>();
        parsed.map_or_else(|_| vec![text.to_owned()], |it| sorted(&it))
    }
}

/// The versions that a requirement allows, each clause in one form.
fn specifiers_of(named: &pep508_rs::Requirement<VerbatimUrl>) -> Vec<String> {
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
