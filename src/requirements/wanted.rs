//! Which projects a file asks for that is not read: for what is said of it, as far as names tell.
//!
//! Nothing is packaged by this. So what can't be understood is passed over, and a constraint, a marker
//! or a group counts for nothing.

use std::collections::BTreeSet;

use camino::Utf8Path;

use super::choice::Choice;
use super::encoding::decode;
use super::line::logical;
use super::read::read;
use super::tool::{LINES, PIPFILE, PIXI, PROJECT};
use super::{parse_named, project, script};
use crate::environment::Environment;
use crate::name::normalised;
use crate::nesting;
use crate::report::Failure;
use crate::tree::{Kind, Tree};

/// The files that may say for a whole folder what lambdas in it require.
pub(crate) const OF_FOLDERS: [&str; 3] = [LINES, PROJECT, PIPFILE];

/// What a file asks for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Wanted {
    /// The projects, normalised.
    pub(crate) projects: BTreeSet<String>,
    /// Those of them of which it wants one version.
    pub(crate) pinned: BTreeSet<String>,
    /// Whether it asks for something that has no name there: a folder, a repository, another file.
    has_others: bool,
}

/// Reads which projects a file asks for; none where it is no file, or is not understood.
pub(crate) fn wanted(
    tree: &Tree,
    environment: &Environment,
    path: &Utf8Path,
) -> Result<Wanted, Failure> {
    let Some(Kind::File { .. }) = tree.kind(path)? else { return Ok(Wanted::default()) };
    let Some(bytes) = tree.read(path)? else { return Ok(Wanted::default()) };
    let text = decode(&bytes).unwrap_or_default();
    let name = path.file_name().unwrap_or_default();
    let mut wanted = Wanted::default();
    match name {
        PROJECT => wanted.add_project(&bytes, path),
        PIPFILE => {
            let table = nesting::toml(&text).parse::<toml::Table>().unwrap_or_default();
            wanted.add_table(table.get("packages"));
        }
        "Pipfile.lock" => {
            let lock: serde_json::Value = serde_json::from_str(&text).unwrap_or_default();
            let names = lock.get("default").and_then(serde_json::Value::as_object);
            names.into_iter().flatten().for_each(|(name, _)| wanted.add_name(name));
        }
        _ if name.ends_with(".py") => of_script(&text).iter().for_each(|it| wanted.add_line(it)),
        _ if name.ends_with(".toml") || name.ends_with(".lock") && text.contains("[[package]]") => {
            // Locks in TOML: `name` stands in a line of its own.
            let names = text.lines().filter_map(|line| line.strip_prefix("name = \""));
            names.for_each(|line| wanted.add_name(line.split('"').next().unwrap_or_default()));
        }
        _ if name.ends_with(".yml") || name.ends_with(".yaml") => {
            // conda has one `=` before a version, and pip's own lines in a list below `pip`.
            let items = text.lines().filter_map(|line| line.trim_start().strip_prefix("- "));
            let ends = |c: char| !(c.is_ascii_alphanumeric() || "-_.".contains(c));
            items.for_each(|item| wanted.add_name(item.split(ends).next().unwrap_or_default()));
        }
        _ => match read(tree, path, &bytes, environment) {
            Ok(read) => {
                for line in read.into_iter().flat_map(|read| read.requirements) {
                    let Some(project) = line.demand.project() else {
                        wanted.has_others = true;
                        continue;
                    };
                    if line.demand.exact_version().is_some() {
                        wanted.pinned.insert(project.clone());
                    }
                    wanted.projects.insert(project);
                }
            }
            // One line that is wrong hides no other one.
            Err(_) => logical(&text).iter().for_each(|line| wanted.add_line(&line.text)),
        },
    }
    Ok(wanted)
}

impl Wanted {
    pub(crate) fn is_empty(&self) -> bool {
        self.projects.is_empty() && !self.has_others
    }

    fn add_name(&mut self, name: &str) {
        if !name.is_empty() && name != "python" {
            self.projects.insert(normalised(name));
        }
    }

    fn add_line(&mut self, line: &str) {
        let options = ["-r", "-e", "--requirement", "--editable"];
        self.has_others |= options.iter().any(|option| line.starts_with(option));
        let text = line.split(" --").next().unwrap_or_default().trim();
        let Ok(named) = parse_named(text) else { return };
        let name = named.name.to_string();
        if super::Demand::Named(Box::new(named)).exact_version().is_some() {
            self.pinned.insert(name.clone());
        }
        self.projects.insert(name);
    }

    fn add_table(&mut self, table: Option<&toml::Value>) {
        for (name, value) in table.and_then(toml::Value::as_table).into_iter().flatten() {
            self.add_name(name);
            let range = value.as_str().or_else(|| value.get("version")?.as_str());
            if range.is_some_and(|range| range.starts_with("==")) {
                self.pinned.insert(normalised(name));
            }
        }
    }

    fn add_project(&mut self, bytes: &[u8], path: &Utf8Path) {
        let Ok(read) = project::read(bytes, path) else { return };
        let lines = read.chosen(&Choice::default()).unwrap_or_default();
        lines.iter().for_each(|line| self.add_line(&line.text));
        let poetry = read.table.get("tool").and_then(|it| it.get("poetry"));
        self.add_table(poetry.and_then(|it| it.get("dependencies")));
        let pixi = read.table.get("tool").and_then(|it| it.get("pixi"));
        PIXI.iter().for_each(|key| self.add_table(pixi.and_then(|it| it.get(key))));
    }
}

/// The dependencies in the block of a script.
fn of_script(text: &str) -> Vec<String> {
    let block = script::block(text).ok().flatten().unwrap_or_default();
    let table = nesting::toml(&block).parse::<toml::Table>().unwrap_or_default();
    let list = table.get("dependencies").and_then(toml::Value::as_array);
    let texts = list.into_iter().flatten().filter_map(toml::Value::as_str);
    texts.map(str::to_owned).collect()
}
