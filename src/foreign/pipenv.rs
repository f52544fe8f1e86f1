//! Reads a `Pipfile.lock`.
//!
//! Source: "Pipfile & Pipfile.lock" in pipenv's documentation, and what `pipenv requirements` writes
//! of a lock: lines with versions, hashes and markers. The hashes have no names of files, so the
//! lines go to pip as they are.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;
use toml::{Table, Value};

use super::{Answer, Asked, Error, Fault, Reading};
use crate::name::normalised;
use crate::nesting;
use crate::report::{Failure, line_at};
use crate::requirements::{INVALID, Line, PUBLIC_INDEX, UNKNOWN_GROUP, category};
use crate::words::did_you_mean;

#[derive(Debug, Deserialize)]
pub(super) struct Lock {
    #[serde(rename = "_meta", default)]
    meta: Meta,
    #[serde(flatten)]
    categories: BTreeMap<String, BTreeMap<String, Entry>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Meta {
    sources: Vec<Source>,
    requires: Requires,
}

/// The Python that it was locked with: what is for others is left out of it, or has no version.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Requires {
    python_version: Option<String>,
    python_full_version: Option<String>,
}

#[derive(Debug, Deserialize)]
struct Source {
    url: String,
    #[serde(default = "yes")]
    verify_ssl: bool,
}

fn yes() -> bool {
    true
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Entry {
    version: Option<String>,
    hashes: Vec<String>,
    markers: Option<String>,
    extras: Vec<String>,
    git: Option<String>,
    r#ref: Option<String>,
    subdirectory: Option<String>,
    path: Option<String>,
    file: Option<String>,
    /// Of version control that is not git.
    hg: Option<String>,
    svn: Option<String>,
    bzr: Option<String>,
}

/// Parses a lock.
pub(super) fn parse(text: &str) -> Result<Lock, Fault> {
    serde_json::from_str(text)
        .map_err(|error| (error.to_string(), u32::try_from(error.line()).ok()))
}

/// Reads a lock.
pub(super) fn read(reading: Reading<'_, Lock>) -> Result<Answer, Error> {
    let Reading { asked, text, lock } = reading;
    check_python(&lock.meta.requires, asked)?;
    if let Some(extra) = asked.choice.extras.first() {
        let path = &asked.other.lock;
        let message =
            format!("`extras` in the config names `{extra}`, and a Pipfile has no extras");
        let hint = "name its categories in `groups`, and set `extras = []` in `[lambda.NAME]`";
        return Err(Failure::input(UNKNOWN_GROUP, message).at(path, None).hint(hint).into());
    }
    let mut chosen: BTreeMap<String, (&String, &Entry)> = BTreeMap::new();
    for category in ["default"].into_iter().chain(asked.choice.groups.iter().map(String::as_str)) {
        let found = lock.categories.get(category).or_else(|| {
            let alias = if category == "dev" { "develop" } else { category };
            lock.categories.get(alias)
        });
        match found {
            Some(entries) => {
                chosen
                    .extend(entries.iter().map(|(name, entry)| (normalised(name), (name, entry))));
            }
            None if category == "default" => {}
            None => return Err(unknown(category, lock, asked).into()),
        }
    }
    let elsewhere = check_fresh(&chosen, asked)?;
    let mut lines: Vec<Line> = options(&lock.meta);
    for (name, entry) in chosen.values() {
        // Of what the Pipfile wants on other systems only, pipenv locks neither marker nor version.
        let is_locked = entry.version.as_deref().is_some_and(|version| version != "*");
        let is_unwanted = !is_locked && elsewhere.contains(&normalised(name));
        if is_unwanted || !asked.holds(entry.markers.as_deref().unwrap_or_default(), &[])? {
            continue;
        }
        let quoted = format!("\"{name}\"");
        let number = text.lines().position(|line| line.trim_start().starts_with(&quoted));
        let number = u32::try_from(number.map_or(1, |at| at + 1)).unwrap_or(u32::MAX);
        lines.push(Line { text: line(name, entry, asked, number)?, number });
    }
    Ok(Answer::Lines(lines))
}

/// Refuses a lock that was made with another Python.
fn check_python(requires: &Requires, asked: Asked<'_>) -> Result<(), Error> {
    let version = requires.python_version.as_ref().or(requires.python_full_version.as_ref());
    let Some(version) = version.filter(|version| *version != "*") else { return Ok(()) };
    let minor: String = version.split('.').take(2).collect::<Vec<_>>().join(".");
    if minor == asked.target.python.to_string() || !minor.contains('.') {
        return Ok(());
    }
    Err(asked.other_python(asked.whole(), version, "python_version"))
}

fn unknown(category: &str, lock: &Lock, asked: Asked<'_>) -> Failure {
    let known = lock.categories.keys().map(String::as_str).filter(|name| *name != "default");
    let all: Vec<String> = known.clone().map(|name| format!("`{name}`")).collect();
    let hint = did_you_mean(category, known).unwrap_or_else(|| match all.is_empty() {
        true => "take it out of `groups`".to_owned(),
        false => format!("name one of {}", all.join(", ")),
    });
    Failure::input(UNKNOWN_GROUP, format!("`{}` has no group `{category}`", asked.other.lock))
        .at(&asked.other.lock, None)
        .hint(hint)
}

/// The lines that name the indexes; none where the public one is the only one, so that pip's own
/// configuration stays in force.
fn options(meta: &Meta) -> Vec<Line> {
    let is_public = |source: &Source| source.url.trim_end_matches('/') == PUBLIC_INDEX;
    if meta.sources.iter().all(is_public) {
        return Vec::new();
    }
    let mut lines = Vec::new();
    for (at, source) in meta.sources.iter().enumerate() {
        let option = if at == 0 { "--index-url" } else { "--extra-index-url" };
        let url = with_braces(&source.url);
        if !source.verify_ssl {
            let host = url.split("://").nth(1).unwrap_or_default();
            let host = host.split('/').next().unwrap_or_default();
            let host = host.rsplit('@').next().unwrap_or_default();
            lines.push(format!("--trusted-host {host}"));
        }
        lines.push(format!("{option} {url}"));
    }
    lines.into_iter().map(|text| Line { text, number: 1 }).collect()
}

/// pipenv takes variables with and without braces, and pip only with ("Using environment variables"
/// in its documentation).
fn with_braces(url: &str) -> String {
    let mut parts = url.split('$');
    let mut text = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let ends = |c: char| !(c.is_ascii_alphanumeric() || c == '_');
        let (name, rest) = part.split_at(part.find(ends).unwrap_or(part.len()));
        match name.is_empty() {
            true => text.extend(["$", part]),
            false => text.extend(["${", name, "}", rest]),
        }
    }
    text
}

/// The line of a package, as `pipenv requirements --hash` writes it.
fn line(name: &str, entry: &Entry, asked: Asked<'_>, number: u32) -> Result<String, Failure> {
    let Entry { version, hashes, markers, extras, git, path, file, .. } = entry;
    let extras = match extras.is_empty() {
        true => String::new(),
        false => format!("[{}]", extras.join(",")),
    };
    let marker = markers.as_ref().map(|marker| format!(" ; {marker}")).unwrap_or_default();
    if let Some(git) = git {
        let url = if git.starts_with("git+") { git.clone() } else { format!("git+{git}") };
        let reference = entry.r#ref.as_ref().map(|it| format!("@{it}")).unwrap_or_default();
        let below = entry.subdirectory.as_ref().map(|it| format!("#subdirectory={it}"));
        let below = below.unwrap_or_default();
        return Ok(format!("{name}{extras} @ {url}{reference}{below}{marker}"));
    }
    let hashed = || hashes.iter().map(|hash| format!(" --hash={hash}")).collect::<String>();
    if let Some(place) = path.as_ref().or(file.as_ref()) {
        if place.contains("://") {
            return Ok(format!("{name}{extras} @ {place}{marker}{}", hashed()));
        }
        let dot = if place.starts_with('.') || place.starts_with('/') { "" } else { "./" };
        return Ok(format!("{dot}{place}{extras}{marker}"));
    }
    if let Some(other) = [&entry.hg, &entry.svn, &entry.bzr].into_iter().flatten().next() {
        let cause =
            format!("`{name}` is at `{other}`, and of version control only git is known here");
        return Err(asked.invalid(cause, Some(number)));
    }
    let version = version.as_deref().filter(|version| *version != "*").unwrap_or_default();
    Ok(format!("{name}{extras}{version}{marker}{}", hashed()))
}

/// Compares what the Pipfile asks for with what the lock has. Returns what it asks for on other targets
/// only.
fn check_fresh(
    chosen: &BTreeMap<String, (&String, &Entry)>,
    asked: Asked<'_>,
) -> Result<BTreeSet<String>, Error> {
    let (path, bytes) = asked.project()?;
    let mut elsewhere = BTreeSet::new();
    let Some(bytes) = bytes else { return Ok(elsewhere) };
    let text = String::from_utf8_lossy(&bytes);
    let table: Table = nesting::toml(&text).parse().map_err(|error: toml::de::Error| {
        let line = error.span().map(|span| line_at(&*text, span.start));
        Failure::input(INVALID, format!("`{path}` can't be read"))
            .cause(error.message())
            .at(&path, line)
            .hint("correct it, or set `requirements` in the config to another file")
    })?;
    let groups = asked.choice.groups.iter().map(|group| category(group));
    for key in ["packages"].into_iter().chain(groups) {
        for (name, value) in table.get(key).and_then(Value::as_table).into_iter().flatten() {
            if !asked.holds(&own_marker(value), &[])? {
                elsewhere.insert(normalised(name));
            }
            let locked = chosen.get(&normalised(name)).map(|(_, entry)| *entry);
            // Whether it is wanted here, the Pipfile says; the lock's markers are also those of the
            // versions that it has.
            if let Some(Entry { markers: Some(markers), .. }) = locked {
                let own = own_marker(value);
                if asked.holds(&own, &[])? && !asked.holds(markers, &[])? {
                    let target = asked.target;
                    return Err(Error::Stale(format!(
                        "it has no `{name}` for {target}: `{markers}`"
                    )));
                }
            }
            if !is_known(locked, value) {
                let what = value.as_str().filter(|it| *it != "*").unwrap_or_default();
                return Err(Error::Stale(format!(
                    "{path} asks for `{name}{what}`, which it does not know"
                )));
            }
        }
    }
    Ok(elsewhere)
}

/// The marker of a value of the Pipfile: it may have a key for each variable ("Specifying basically
/// anything" in pipenv's documentation).
fn own_marker(value: &Value) -> String {
    let keys = ["os_name", "sys_platform", "platform_machine", "platform_python_implementation"];
    let keys = keys.iter().chain(&["platform_system", "python_version", "python_full_version"]);
    let text = |key: &str| value.get(key).and_then(Value::as_str);
    let clauses = keys.filter_map(|key| Some(format!("{key} {}", text(key)?)));
    let all = clauses.chain(text("markers").map(|marker| format!("({marker})")));
    all.collect::<Vec<_>>().join(" and ")
}

/// Whether an entry of the lock is what a value of the Pipfile asks for.
fn is_known(entry: Option<&Entry>, value: &Value) -> bool {
    let Some(entry) = entry else { return false };
    let text = |key: &str| value.get(key).and_then(Value::as_str);
    let extras = value.get("extras").and_then(Value::as_array).into_iter().flatten();
    let mut extras = extras.filter_map(Value::as_str).map(normalised);
    let has = |extra: String| entry.extras.iter().any(|known| normalised(known) == extra);
    if !extras.all(has) {
        return false;
    }
    if let Some(git) = text("git") {
        let plain = |url: &str| url.trim_start_matches("git+").trim_end_matches(".git").to_owned();
        return entry.git.as_deref().is_some_and(|locked| plain(locked) == plain(git));
    }
    if text("path").or(text("file")).is_some() {
        return entry.path.is_some() || entry.file.is_some();
    }
    let range = value.as_str().or(text("version")).unwrap_or("*").trim();
    let locked = entry.version.as_deref().map(|it| it.trim_start_matches('='));
    let (Some(locked), false) = (locked, range == "*" || range.is_empty()) else { return true };
    let range = range.parse::<pep440_rs::VersionSpecifiers>();
    let version = locked.parse::<pep440_rs::Version>();
    match (range, version) {
        (Ok(range), Ok(version)) => range.contains(&version),
        // pipenv takes what is not understood here; it was locked, so it holds.
        _ => true,
    }
}
