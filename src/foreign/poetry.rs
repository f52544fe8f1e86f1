//! Reads a `poetry.lock`.
//!
//! Source: the locks that poetry 1.0 to 2.5 write, "Dependency specification" and "pyproject.toml"
//! in its documentation. The lock does not say what the project itself asks for, so that is read
//! from its `pyproject.toml`, and all that is reached from there on the target is packaged. Files
//! stand with name and hash, and without address: pip finds them, in its index.

use std::collections::{BTreeMap, BTreeSet};

use camino::{Utf8Path, Utf8PathBuf};
use pep440_rs::Version;
use pep508_rs::VersionOrUrl;
use serde::Deserialize;
use toml::{Spanned, Table, Value};

use super::constraint::allows;
use super::{Answer, Asked, Error, Fault, Reached, Reading, extras};
use crate::name::normalised;
use crate::nesting;
use crate::origin::{Directory, File, Origin, Vcs};
use crate::pylock::Package;
use crate::report::{Failure, Place, line_at};
use crate::requirements::{Choice, Line, Project, UNUSABLE, archive_stem, read_project};
use crate::wheel::WheelName;

/// How often Python has patched a minor version at most, with room to spare.
const PATCHES: u64 = 60;

#[derive(Debug, Deserialize)]
pub(super) struct Lock {
    #[serde(default)]
    package: Vec<Spanned<Raw>>,
    metadata: Metadata,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
struct Metadata {
    lock_version: Option<String>,
    python_versions: Option<String>,
    /// Where poetry before 1.3 has the files, by project.
    #[serde(default)]
    files: BTreeMap<String, Vec<RawFile>>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
struct Raw {
    name: String,
    version: String,
    python_versions: Option<String>,
    #[serde(default)]
    files: Vec<RawFile>,
    #[serde(default)]
    dependencies: Table,
    #[serde(default)]
    extras: BTreeMap<String, Vec<String>>,
    markers: Option<Value>,
    source: Option<Source>,
    #[serde(default)]
    develop: bool,
}

#[derive(Debug, Clone, Deserialize)]
struct RawFile {
    file: String,
    hash: Option<String>,
}

#[derive(Debug, Deserialize)]
struct Source {
    r#type: Option<String>,
    url: String,
    resolved_reference: Option<String>,
    reference: Option<String>,
    subdirectory: Option<String>,
}

/// One demand, of the project or of a package.
#[derive(Debug, Default, Clone)]
struct Demand {
    name: String,
    /// The range of versions, as poetry writes it.
    range: String,
    extras: Vec<String>,
    marker: String,
    python: String,
    platform: String,
    is_optional: bool,
    /// Where it is written, for messages.
    place: String,
}

impl Lock {
    /// The version of its format.
    fn version(&self) -> &str {
        self.metadata.lock_version.as_deref().unwrap_or("1.0")
    }
}

/// Parses a lock.
pub(super) fn parse(text: &str) -> Result<Lock, Fault> {
    let lock: Lock = toml::from_str(nesting::toml(text)).map_err(|error| {
        let line = error.span().map(|span| line_at(text, span.start));
        (error.message().to_owned(), line)
    })?;
    let version = lock.version();
    match version.starts_with("1.") || version.starts_with("2.") {
        true => Ok(lock),
        false => Err((format!("it has the format `{version}`, and only 1 and 2 are known"), None)),
    }
}

/// Reads a lock for the project beside it.
pub(super) fn read(reading: Reading<'_, Lock>) -> Result<Answer, Error> {
    reading.check_python()?;
    let demands = reading.demands()?;
    let asked = demands.iter().map(|demand| normalised(&demand.name)).collect();
    let reached = reading.reached(demands)?;
    reading.answer(&reached, asked)
}

impl Reading<'_, Lock> {
    fn raw(&self, index: usize) -> &Raw {
        self.lock.package[index].get_ref()
    }

    fn check_python(&self) -> Result<(), Error> {
        let range = self.lock.metadata.python_versions.as_ref();
        range.map_or(Ok(()), |range| self.compare_python(range, self.asked.whole()))
    }

    fn compare_python(&self, range: &str, place: Place) -> Result<(), Error> {
        match self.takes_python(range) {
            true => Ok(()),
            false => Err(self.asked.other_python(place, &format!("`{range}`"), "python")),
        }
    }

    /// Whether a range has some patch of the target's Python.
    fn takes_python(&self, range: &str) -> bool {
        let minor = u64::from(self.asked.target.python.minor);
        let mut patches = (0..=PATCHES).map(|patch| Version::new([3, minor, patch]));
        patches.any(|version| allows(range, &version) != Some(false))
    }

    /// What the project asks for, with the extras and groups that are chosen.
    fn demands(&self) -> Result<Vec<Demand>, Error> {
        let (path, bytes) = self.asked.project()?;
        let Some(bytes) = bytes else {
            let message = format!("`{}` has no pyproject.toml beside it", self.asked.other.lock);
            return Err(Failure::input(UNUSABLE, message)
                .at(&self.asked.other.lock, None)
                .hint("commit the project that it was made from: the lock does not say what is asked for")
                .into());
        };
        let project = read_project(&bytes, &path)?;
        if let Some(Line { text, number }) = &project.python {
            self.compare_python(text, Place::new(&path, Some(*number)))?;
        }
        let poetry = project.table.get("tool").and_then(|it| it.get("poetry"));
        let poetry = poetry.and_then(Value::as_table).cloned().unwrap_or_default();
        let own_groups = poetry.get("group").and_then(Value::as_table).cloned().unwrap_or_default();
        let choice = self.asked.choice;
        let mut demands = Vec::new();
        let mut left = choice.clone();
        if project.is_of_poetry() {
            demands.extend(of_table(poetry.get("dependencies"), &path));
            let all = poetry.get("extras").and_then(Value::as_table).cloned().unwrap_or_default();
            let all: BTreeMap<String, Value> =
                all.into_iter().map(|(name, value)| (normalised(&name), value)).collect();
            let mut wanted = BTreeSet::new();
            left.extras.retain(|extra| match all.get(extra) {
                Some(names) => {
                    let names = names.as_array().into_iter().flatten().filter_map(Value::as_str);
                    wanted.extend(names.map(normalised));
                    false
                }
                None => true,
            });
            demands.retain(|demand| !demand.is_optional || wanted.contains(&demand.name));
            demands.iter_mut().for_each(|demand| demand.is_optional = false);
        }
        let of_group = |name: &str| {
            let known = own_groups.iter().find(|(known, _)| normalised(known) == name);
            let old = || poetry.get("dev-dependencies").filter(|_| name == "dev");
            match known {
                Some((_, group)) => Some((group.get("dependencies"), group.get("include-groups"))),
                None => old().map(|table| (Some(table), None)),
            }
        };
        let mut waiting = std::mem::take(&mut left.groups);
        let mut seen = BTreeSet::new();
        while let Some(group) = waiting.pop() {
            if !seen.insert(group.clone()) {
                continue;
            }
            match of_group(&group) {
                Some((table, included)) => {
                    demands.extend(of_table(table, &path).into_iter().filter(|it| !it.is_optional));
                    let included = included.and_then(Value::as_array).into_iter().flatten();
                    waiting.extend(included.filter_map(Value::as_str).map(normalised));
                }
                None => left.groups.push(group),
            }
        }
        demands.extend(self.of_project(&project, &left, &path)?);
        Ok(demands)
    }

    /// What the tables of the standard ask for.
    fn of_project(
        &self,
        project: &Project,
        choice: &Choice,
        path: &Utf8Path,
    ) -> Result<Vec<Demand>, Error> {
        let mut demands = Vec::new();
        for (line, named) in self.asked.lines(project, choice, path)? {
            let place = format!("{path}:{}", line.number);
            let range = match &named.version_or_url {
                Some(VersionOrUrl::VersionSpecifier(versions)) => versions.to_string(),
                Some(VersionOrUrl::Url(_)) | None => String::new(),
            };
            let extras = named.extras.iter().map(ToString::to_string).collect();
            let name = named.name.to_string();
            demands.push(Demand { name, range, extras, place, ..Demand::default() });
        }
        Ok(demands)
    }

    /// All that is reached from the project on the target.
    fn reached(&self, demands: Vec<Demand>) -> Result<Reached, Error> {
        let mut reached = Reached::new();
        let mut waiting = Vec::new();
        for demand in demands {
            if !self.applies(&demand, &[])? {
                continue;
            }
            let found = self.find(&demand)?;
            let index = found.ok_or_else(|| {
                let Demand { name, range, place, .. } = &demand;
                let blank = if range.is_empty() { "" } else { " " };
                Error::Stale(format!(
                    "{place} asks for `{name}{blank}{range}`, which it does not know"
                ))
            })?;
            waiting.push((index, demand.extras));
        }
        while let Some((index, asked_extras)) = waiting.pop() {
            let is_new = !reached.contains_key(&index);
            let known = reached.entry(index).or_default();
            let before = known.len();
            known.extend(asked_extras.iter().map(|extra| normalised(extra)));
            if !is_new && known.len() == before {
                continue;
            }
            let active = extras(known.iter());
            let raw = self.raw(index);
            let listed: BTreeSet<String> = raw
                .extras
                .iter()
                .filter(|(extra, _)| known.contains(&normalised(extra)))
                .flat_map(|(_, list)| list)
                .map(|text| {
                    normalised(
                        text.split([' ', '(', '[', ';', '<', '>', '=', '!', '~'])
                            .next()
                            .unwrap_or_default(),
                    )
                })
                .collect();
            for demand in
                of_table(Some(&Value::Table(raw.dependencies.clone())), &self.asked.other.lock)
            {
                let is_asked = !demand.is_optional
                    || demand.marker.contains("extra")
                    || listed.contains(&demand.name);
                if is_asked && self.applies(&demand, &active)? {
                    let found = self.find(&demand)?.or(self.find_by_name(&demand.name)?);
                    let index = found.ok_or_else(|| {
                        let (name, other) = (&raw.name, &demand.name);
                        self.asked
                            .invalid(format!("`{name}` requires `{other}`, which it has not"), None)
                    })?;
                    waiting.push((index, demand.extras));
                }
            }
        }
        Ok(reached)
    }

    /// Whether a demand is for the target.
    fn applies(&self, demand: &Demand, active: &[pep508_rs::ExtraName]) -> Result<bool, Error> {
        let Demand { marker, python, platform, .. } = demand;
        Ok(is_for_linux(platform)
            && self.takes_python(python)
            && self.asked.holds(marker, active)?)
    }

    /// The package that a demand means, if the lock has one that it allows.
    fn find(&self, demand: &Demand) -> Result<Option<usize>, Error> {
        let is_allowed = |raw: &Raw| {
            let version = raw.version.parse::<Version>();
            version.map_or(true, |version| allows(&demand.range, &version) != Some(false))
        };
        self.one_of(&demand.name, &is_allowed)
    }

    fn find_by_name(&self, name: &str) -> Result<Option<usize>, Error> {
        self.one_of(name, &|_| true)
    }

    /// The one package of a name that is for the target.
    fn one_of(&self, name: &str, is_it: &dyn Fn(&Raw) -> bool) -> Result<Option<usize>, Error> {
        let all = self.lock.package.iter().map(Spanned::get_ref).enumerate();
        let mut found: Vec<usize> = all
            .filter(|(_, raw)| normalised(&raw.name) == name && is_it(raw))
            .map(|(index, _)| index)
            .collect();
        if found.len() > 1 {
            found.retain(|index| {
                self.raw(*index).python_versions.as_ref().is_none_or(|it| self.takes_python(it))
            });
        }
        if found.len() > 1 {
            let mut fitting = Vec::new();
            for index in found {
                if self.is_for_target(self.raw(index))? {
                    fitting.push(index);
                }
            }
            found = fitting;
        }
        match found[..] {
            [] => Ok(None),
            [index] => Ok(Some(index)),
            [_, ..] => {
                let cause = format!("it has `{name}` twice for {}", self.asked.target);
                Err(self.asked.invalid(cause, None).into())
            }
        }
    }

    /// Whether the markers of a package hold: one for all groups, or one for each.
    fn is_for_target(&self, raw: &Raw) -> Result<bool, Error> {
        let active = extras(self.asked.choice.extras.iter().cloned());
        Ok(match &raw.markers {
            Some(Value::String(marker)) => self.asked.holds(marker, &active)?,
            Some(Value::Table(markers)) => {
                let mut holds = false;
                for marker in markers.values().filter_map(Value::as_str) {
                    holds |= self.asked.holds(marker, &active)?;
                }
                holds
            }
            _ => true,
        })
    }

    fn answer(&self, reached: &Reached, asked: BTreeSet<String>) -> Result<Answer, Error> {
        let mut packages = Vec::new();
        for index in reached.keys() {
            packages.push(self.package(*index)?);
        }
        packages.sort_by(|one, other| one.name.cmp(&other.name));
        let options = self.options(reached);
        // poetry before 1.1 wrote no hash where the index had none: such lines are open.
        if packages.iter().any(|package| package.origins.is_empty()) {
            let lines =
                packages.iter().map(|package| Line { text: line(package), number: package.line });
            return Ok(Answer::Lines(options.into_iter().chain(lines).collect()));
        }
        Ok(Asked::packages(packages, options, asked))
    }

    /// The lines that name the indexes of the lock. poetry asks the public one without a word.
    fn options(&self, reached: &Reached) -> Vec<Line> {
        let (mut urls, mut is_public) = (Vec::<&str>::new(), false);
        for index in reached.keys() {
            match &self.raw(*index).source {
                Some(source) if source.r#type.as_deref() == Some("legacy") => {
                    if !urls.contains(&source.url.as_str()) {
                        urls.push(&source.url);
                    }
                }
                Some(_) => {}
                None => is_public = true,
            }
        }
        let option = |(at, url): (usize, &&str)| {
            let name = if at == 0 && !is_public { "--index-url" } else { "--extra-index-url" };
            Line { text: format!("{name} {url}"), number: 1 }
        };
        urls.iter().enumerate().map(option).collect()
    }

    /// A package as a lock of ours has it; without origins where the lock has no hashes.
    fn package(&self, index: usize) -> Result<Package, Error> {
        let spanned = &self.lock.package[index];
        let raw = spanned.get_ref();
        let line = line_at(self.text, spanned.span().start);
        Ok(Package {
            name: normalised(&raw.name),
            version: Some(raw.version.clone()),
            marker: None,
            requires_python: None,
            dependencies: Vec::new(),
            origins: self.origins(raw, line)?,
            built: None,
            line,
        })
    }

    fn origins(&self, raw: &Raw, line: u32) -> Result<Vec<Origin>, Error> {
        let files = match raw.files.is_empty() {
            true => {
                let mut old = self.lock.metadata.files.iter();
                let own = old.find(|(name, _)| normalised(name) == normalised(&raw.name));
                // Those locks name each package there, at their end, were it without files.
                if own.is_none() && self.lock.version().starts_with("1.") {
                    let cause = format!("it has lost its end, the files of `{}`", raw.name);
                    return Err(self.asked.invalid(cause, None).into());
                }
                own.map(|(_, files)| files.clone()).unwrap_or_default()
            }
            false => raw.files.clone(),
        };
        let digest = |name: &str| {
            let hash =
                files.iter().find(|file| file.file == name).and_then(|file| file.hash.as_deref());
            self.asked.digest(hash)
        };
        let source = raw.source.as_ref().map(|source| (source.r#type.as_deref(), source));
        Ok(match source {
            Some((Some("directory"), source)) => vec![Origin::Directory(Directory {
                path: (&source.url).into(),
                editable: raw.develop,
                subdirectory: source.subdirectory.clone(),
                digest: None,
            })],
            Some((Some("git"), source)) => vec![Origin::Vcs(Vcs {
                kind: "git".to_owned(),
                url: Some(source.url.clone()),
                path: None,
                requested_revision: source.reference.clone(),
                commit: source.resolved_reference.clone(),
                subdirectory: source.subdirectory.clone(),
            })],
            Some((Some(kind @ ("file" | "url")), source)) => {
                let from = source.url.split(['#', '?']).next().unwrap_or_default();
                let name = from.rsplit('/').next().unwrap_or_default().to_owned();
                let is_file = kind == "file";
                let digest = match digest(&name)? {
                    Some(digest) => digest,
                    None => {
                        let cause = format!("`{}` has no hash", raw.name);
                        return Err(self.asked.invalid(cause, Some(line)).into());
                    }
                };
                let path = is_file.then(|| Utf8PathBuf::from(&source.url));
                let url = (!is_file).then(|| source.url.clone());
                let file = File { name, url, path, size: None, digest: Some(digest) };
                vec![Origin::Archive { file, subdirectory: source.subdirectory.clone() }]
            }
            Some((Some("legacy"), _)) | None => {
                let mut origins = Vec::new();
                for file in &files {
                    let Some(digest) = self.asked.digest(file.hash.as_deref())? else { continue };
                    let name = file.file.clone();
                    let own =
                        File { name, url: None, path: None, size: None, digest: Some(digest) };
                    match WheelName::new(&file.file) {
                        Ok(wheel) if wheel.project == normalised(&raw.name) => {
                            origins.push(Origin::Wheel(own));
                        }
                        Err(_) if archive_stem(&file.file).is_some() => {
                            origins.push(Origin::Sdist(own));
                        }
                        // No installer reads it: an egg, an installer of Windows.
                        Ok(_) | Err(_) => {}
                    }
                }
                // One source is enough, and that of the best known form.
                let is_sdist = |it: &Origin| matches!(it, Origin::Sdist(_));
                let kept = origins
                    .iter()
                    .rposition(|it| it.file().is_some_and(|file| file.name.ends_with(".tar.gz")));
                let mut at = 0;
                origins.retain(|it| {
                    at += 1;
                    !is_sdist(it) || kept.is_none_or(|kept| kept == at - 1)
                });
                origins
            }
            Some((kind, _)) => {
                let kind = kind.unwrap_or("no type");
                let cause = format!("the source of `{}` is not known: {kind}", raw.name);
                return Err(self.asked.invalid(cause, Some(line)).into());
            }
        })
    }
}

/// The demands of a table of poetry's: a range, a table, or a list of tables for each name.
fn of_table(table: Option<&Value>, path: &Utf8Path) -> Vec<Demand> {
    let mut demands = Vec::new();
    for (name, value) in table.and_then(Value::as_table).into_iter().flatten() {
        let name = normalised(name);
        if name == "python" {
            continue;
        }
        let all = match value {
            Value::Array(all) => all.iter().collect(),
            other => vec![other],
        };
        for one in all {
            let text =
                |key: &str| one.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
            let list = one.get("extras").and_then(Value::as_array).into_iter().flatten();
            demands.push(Demand {
                name: name.clone(),
                range: one.as_str().map_or_else(|| text("version"), str::to_owned),
                extras: list.filter_map(Value::as_str).map(str::to_owned).collect(),
                marker: text("markers"),
                python: text("python"),
                platform: text("platform"),
                is_optional: one.get("optional").and_then(Value::as_bool) == Some(true),
                place: path.to_string(),
            });
        }
    }
    demands
}

/// The line of a requirements file for a package.
fn line(package: &Package) -> String {
    let Package { name, version, origins, .. } = package;
    match &origins[..] {
        [Origin::Directory(directory)] => format!("./{}", directory.path),
        [Origin::Vcs(vcs)] => {
            let url = vcs.url.as_deref().unwrap_or_default();
            let commit = vcs.commit.as_deref().unwrap_or_default();
            let below = vcs.subdirectory.iter().map(|it| format!("#subdirectory={it}"));
            format!("{name} @ git+{url}@{commit}{}", below.collect::<String>())
        }
        [Origin::Archive { file, .. }] => match (&file.path, &file.url) {
            (Some(path), _) => format!("./{path}"),
            (None, url) => format!("{name} @ {}", url.as_deref().unwrap_or_default()),
        },
        _ => format!("{name}=={}", version.as_deref().unwrap_or_default()),
    }
}

/// Whether the `platform` of a demand, alternatives of clauses, takes Linux. A clause that is not
/// understood does: nothing is left out on a guess.
///
/// Source: "Using the `platform` constraint" in poetry's "Dependency specification".
fn is_for_linux(platform: &str) -> bool {
    let takes = |clause: &str| {
        let clause = clause.trim();
        match clause.strip_prefix("!=") {
            Some(other) => other.trim() != "linux",
            None => {
                let named = clause.trim_start_matches('=').trim();
                named == "linux" || !named.bytes().all(|byte| byte.is_ascii_alphanumeric())
            }
        }
    };
    let holds = |all: &str| all.split(',').all(takes);
    let mut alternatives = platform.split('|').filter(|it| !it.trim().is_empty()).peekable();
    alternatives.peek().is_none() || alternatives.any(holds)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_platform_takes_linux_as_poetry_reads_it() {
        for platform in ["", "linux", "!=win32", "linux || darwin", "==linux", "!=win32,!=darwin"] {
            assert!(is_for_linux(platform), "{platform}");
        }
        for platform in ["win32", "darwin || win32", "!=linux", "==darwin", "!=win32,!=linux"] {
            assert!(!is_for_linux(platform), "{platform}");
        }
    }
}
