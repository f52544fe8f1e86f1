//! Decides what is wrong: which of the imports that find nothing surely run, and surely fail.

use std::collections::{BTreeMap, BTreeSet};

use super::super::modules::{module_name, top_of};
use super::Program;
use super::findings::{Finding, ImportFindings};
use super::lookup::{Missing, Why};
use super::reach::{Parsed, Reach};
use crate::python::{ALL, Form, Search, When};

/// Why what is wrong with a module need not be seen.
const RARE: &str = "its module is imported in a function, or under a condition";

impl Reach<'_> {
    /// Says what is wrong, once nothing is wanted any more.
    pub(crate) fn findings(self) -> ImportFindings {
        let levels = self.levels();
        let reached = || self.parsed.iter().filter(|(path, _)| levels.contains_key(*path));
        let search = reached().map(|(_, it)| it.module.search);
        let search = search.fold(self.program.search.search(), Search::max);
        let made: Vec<&str> =
            reached().flat_map(|(_, it)| &it.module.made).map(String::as_str).collect();
        let attributes: BTreeSet<&str> =
            reached().flat_map(|(_, it)| &it.module.attributes).map(String::as_str).collect();
        let filled: BTreeSet<&str> =
            reached().flat_map(|(_, it)| &it.module.filled).map(String::as_str).collect();
        let judge = Judge { reach: &self, search, made, attributes, filled };
        let mut findings = ImportFindings { modules: levels.len(), ..ImportFindings::default() };
        findings.found.extend(self.handlers());
        findings.found.extend(self.unjudged());
        let mut told: BTreeSet<(String, bool)> = BTreeSet::new();
        for (path, Parsed { module, imports }) in reached() {
            let level = levels[path];
            if let Some(why) = module.unread {
                let message = format!("{}: it is not looked into: {why}", self.at(path, None));
                findings.notes.push(message);
            }
            if let Some(fault) = &module.fault {
                let finding = self.unparsed(path, fault);
                match level {
                    When::Always => findings.found.push(finding),
                    When::Perhaps => {
                        findings.perhaps.push(Finding { doubt: RARE.to_owned(), ..finding });
                    }
                    When::Caught => {}
                }
            }
            for (index, import) in module.imports.iter().enumerate() {
                let when = level.min(self.when(path, index, &judge));
                if when == When::Always
                    && import.level == 0
                    && let Some(project) = self.lookup.project_of_runtime(&import.module)
                {
                    let place = || self.at(path, Some(import.line));
                    findings.of_runtime.entry(project.to_owned()).or_insert_with(place);
                }
                for missing in &imports[index].missing {
                    let Some(is_missing) = judge.is_missing(missing) else { continue };
                    let is_sure = is_missing && when == When::Always && import.form != Form::Called;
                    if when == When::Caught || import.form == Form::Called {
                        continue;
                    }
                    if !told.insert((missing.module.clone(), is_sure)) {
                        continue;
                    }
                    let mut finding = self.finding(path, import, missing);
                    if !is_missing {
                        // A layer may have it, or a folder that is searched, too.
                        finding.projects.clear();
                    }
                    let doubt = match is_missing {
                        true if is_sure => "",
                        true if level < When::Always => RARE,
                        true => "the import is in a function, or under a condition",
                        false if search == Search::Anywhere => {
                            "where modules are looked for changes when it runs"
                        }
                        false => "a layer may have it",
                    };
                    finding.doubt = doubt.to_owned();
                    match is_sure {
                        true => findings.found.push(finding),
                        false => findings.perhaps.push(finding),
                    }
                }
            }
        }
        findings
    }

    /// When an import runs, among those of its module.
    fn when(&self, path: &str, index: usize, judge: &Judge<'_, '_>) -> When {
        let Parsed { module, imports } = &self.parsed[path];
        let import = &module.imports[index];
        let Some(number) = import.after else { return import.when };
        // It stands in for what the `try` could not import, and runs only if that was so.
        let body = module.imports.iter().zip(imports);
        let failed = body.filter(|(it, _)| it.caught_by == Some(number));
        let missing = failed.flat_map(|(_, led)| &led.missing);
        match missing.filter_map(|it| judge.is_missing(it)).max() {
            Some(true) => import.when,
            Some(false) => import.when.min(When::Perhaps),
            None => When::Caught,
        }
    }

    /// How surely each reached module is imported.
    fn levels(&self) -> BTreeMap<String, When> {
        let mut levels: BTreeMap<String, When> = BTreeMap::new();
        let mut open: Vec<(String, When)> =
            self.roots.iter().map(|path| (path.clone(), When::Always)).collect();
        while let Some((path, level)) = open.pop() {
            let Some(parsed) = self.parsed.get(&path) else { continue };
            if levels.get(&path).is_some_and(|known| *known >= level) {
                continue;
            }
            levels.insert(path, level);
            for (import, led) in parsed.module.imports.iter().zip(&parsed.imports) {
                let when = if import.after.is_some() { When::Perhaps } else { import.when };
                open.extend(led.to.iter().map(|to| (to.clone(), level.min(when))));
            }
        }
        levels
    }
}

/// Decides whether what is not found is missing.
struct Judge<'r, 'a> {
    reach: &'r Reach<'a>,
    search: Search,
    made: Vec<&'r str>,
    attributes: BTreeSet<&'r str>,
    filled: BTreeSet<&'r str>,
}

impl Judge<'_, '_> {
    /// Whether something is surely missing; none where it may be there.
    fn is_missing(&self, missing: &Missing) -> Option<bool> {
        let Missing { module, why } = missing;
        let is_in = |name: &str| {
            module.strip_prefix(name).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
        };
        let Program { allowed, outside, .. } = self.reach.program;
        if allowed.iter().any(|it| is_in(it)) || self.made.iter().any(|it| is_in(it)) {
            return None;
        }
        let is_in_package = || self.reach.lookup.modules.deeper(top_of(module)).is_some();
        match why {
            Why::Top | Why::Namespace => match self.search {
                Search::Package | Search::Anywhere if is_in_package() => None,
                Search::Anywhere => Some(false),
                Search::Nowhere | Search::Package => Some(!outside.has_layers),
            },
            Why::Letters | Why::Standard | Why::NoParent => Some(true),
            Why::Package(path) | Why::NoPackage(path) => self.is_closed(path).then_some(true),
            Why::Name(path) => {
                let name = module.rsplit('.').next().unwrap_or(module);
                let parsed = self.reach.parsed.get(path)?;
                let is_there = parsed.module.names.contains(name)
                    || self.attributes.contains(name)
                    || name.starts_with("__")
                    || self.is_filled(path);
                (self.is_closed(path) && !is_there).then_some(true)
            }
        }
    }

    /// Whether another module may give any name to that of a path.
    fn is_filled(&self, path: &str) -> bool {
        let name = module_name(path);
        let last = name.rsplit('.').next().unwrap_or_default();
        [last, ALL].iter().any(|name| self.filled.contains(name))
    }

    /// Whether the source of a module shows all that it has.
    fn is_closed(&self, path: &str) -> bool {
        let parsed = self.reach.parsed.get(path);
        parsed.is_some_and(|parsed| !parsed.module.is_open && parsed.module.fault.is_none())
    }
}
