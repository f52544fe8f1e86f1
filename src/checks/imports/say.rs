//! What is told of an import that finds nothing, and what may help.

use super::super::handler;
use super::super::modules::{Place, is_own_source, module_name, parent, top_of};
use super::findings::{Finding, Kind};
use super::lookup::{Missing, Why};
use super::reach::Reach;
use crate::name::normalised;
use crate::python::{self, Form, Import, Standing};
use crate::report::{CheckStatus, Place as At};
use crate::source::LeftOut;
use crate::words;

impl Reach<'_> {
    /// The handlers that are not there.
    pub(super) fn handlers(&self) -> Vec<Finding> {
        let contents = self.lookup.modules.contents();
        let paths: Vec<&str> = contents.entries().map(|(path, _)| path.as_str()).collect();
        let mut found = Vec::new();
        for (called, said_at) in self.program.handlers {
            let (status, path, message) = handler::find_in(
                called,
                &paths,
                &self.lookup.roots,
                self.program.outside.has_layers || self.program.search.is_open(),
            );
            let parsed = path.and_then(|path| self.parsed.get(path));
            let message = match (status, path, parsed) {
                (CheckStatus::Ok, Some(path), Some(parsed)) if parsed.module.fault.is_none() => {
                    handler::missing_function(called, path, &parsed.module)
                }
                (CheckStatus::Ok, ..) => None,
                _ => Some(message),
            };
            let own = || path.and_then(|path| self.lookup.modules.place(path));
            let place = said_at.clone().or_else(|| own().map(|path| At::new(path, None)));
            let module = called.rsplit_once('.').map_or("", |(module, _)| module);
            let left_out = self.left_out(&module.replace('/', "."));
            let name = || "name the function that Lambda is to call in `handler`".to_owned();
            found.extend(message.map(|message| Finding {
                kind: Kind::Handler,
                module: called.clone(),
                message,
                place,
                hint: Some(left_out.filter(|_| status != CheckStatus::Ok).unwrap_or_else(name)),
                projects: Vec::new(),
                is_nowhere: false,
                doubt: String::new(),
            }));
        }
        found
    }

    /// Says that there are own modules, and none is known to be called: then no import is judged.
    pub(super) fn unjudged(&self) -> Option<Finding> {
        let (name, handlers) = (self.program.name, self.program.handlers);
        if !handlers.is_empty() || !self.roots.is_empty() {
            return None;
        }
        let mut entries = self.lookup.modules.contents().entries();
        let (path, _) = entries.find(|(path, entry)| is_own_source(path.as_str(), entry))?;
        let message = "no module at its top looks like one that Lambda calls, so its imports are not \
                       judged";
        let hint = format!(
            "set `handler` in `[lambda.{name}]`, or take what is no lambda out of `lambdas` with `!`"
        );
        Some(Finding {
            kind: Kind::Unjudged,
            module: module_name(path.as_str()),
            message: message.to_owned(),
            place: None,
            hint: Some(hint),
            projects: Vec::new(),
            is_nowhere: false,
            doubt: String::new(),
        })
    }

    /// A line of an own module in the project.
    pub(super) fn at(&self, path: &str, line: Option<u32>) -> At {
        At::new(self.lookup.modules.place(path).unwrap_or_else(|| path.into()), line)
    }

    pub(super) fn unparsed(&self, path: &str, fault: &python::Fault) -> Finding {
        let python = match self.program.python {
            Some(python) => format!("Python {python}"),
            None => "Python".to_owned(),
        };
        Finding {
            kind: Kind::Syntax,
            module: module_name(path),
            message: format!("{python} can't parse `{path}`: {}", fault.message),
            place: Some(self.at(path, Some(fault.line))),
            hint: None,
            projects: Vec::new(),
            is_nowhere: false,
            doubt: String::new(),
        }
    }

    pub(super) fn finding(&self, path: &str, import: &Import, missing: &Missing) -> Finding {
        let module = &missing.module;
        let place = Some(self.at(path, Some(import.line)));
        let message = match &missing.why {
            Why::Top => {
                let python = match python::standing(top_of(module), self.program.python) {
                    Standing::Later(minor) => format!(", which Python has since 3.{minor}"),
                    Standing::Gone(minor) => format!(", which Python had up to 3.{minor}"),
                    Standing::Present | Standing::Foreign => String::new(),
                };
                let layers = if self.program.layers.is_empty() { "" } else { " or in its layers" };
                format!("nothing in the package{layers} gives `{module}`{python}")
            }
            Why::Namespace | Why::Package(_) | Why::Letters | Why::Name(_) => {
                let (package, name) = module.rsplit_once('.').unwrap_or((module, ""));
                format!("`{package}` has no `{name}`")
            }
            Why::NoPackage(path) => format!("`{module}` is imported, and `{path}` is no package"),
            Why::Standard => {
                let (package, name) = module.rsplit_once('.').unwrap_or((module, ""));
                format!("`{package}` of the standard library has no `{name}`")
            }
            Why::NoParent => {
                format!("`{module}` is imported relatively, and `{path}` is in no package")
            }
        };
        let (hint, projects, is_nowhere) = self.hint(path, import, missing);
        Finding {
            kind: Kind::Import,
            module: module.clone(),
            message,
            place,
            hint: Some(hint),
            projects,
            is_nowhere,
            doubt: String::new(),
        }
    }

    /// What may help; the projects that may give it, where that is to require one; and whether it
    /// may lie elsewhere in the project.
    fn hint(&self, path: &str, import: &Import, missing: &Missing) -> (String, Vec<String>, bool) {
        let module = &missing.module;
        if let Some(hint) = self.left_out(module) {
            return (hint, Vec::new(), false);
        }
        if missing.why != Why::Top {
            return (self.hint_inside(missing), Vec::new(), false);
        }
        if let Some(hint) = self.above(module) {
            return (hint, Vec::new(), true);
        }
        if let Some(hint) = self.meant(path, module) {
            return (hint, Vec::new(), false);
        }
        let is_known = python::project_of(module).is_some();
        if let Some(hint) = self.near(module).filter(|_| !is_known) {
            return (hint, Vec::new(), true);
        }
        let modules = modules_of(import, module);
        let known = modules.iter().rev().find_map(|module| python::project_of(module));
        let hint = match known {
            Some(project) => format!("require `{project}`"),
            None => {
                let top = top_of(module);
                format!("require what has `{top}`, or name it in `allow-imports`")
            }
        };
        (hint, projects_of(&modules), known.is_none())
    }

    /// What brings back a module that is there and is not packaged.
    fn left_out(&self, module: &str) -> Option<String> {
        let path = module.replace('.', "/");
        let ends = path.match_indices('/').map(|(at, _)| at).chain([path.len()]);
        let is_it = |left_out: &&LeftOut| {
            let is_below = |rest: &str| rest.starts_with('/');
            ends.clone().any(|end| {
                let rest = left_out.path.strip_prefix(&path[..end]);
                rest.is_some_and(|rest| ["/", ".py", ".pyc", ".so"].contains(&rest))
            }) || left_out.path.strip_prefix(&path).is_some_and(is_below)
        };
        let LeftOut { path, rule } = self.program.left_out.iter().find(is_it)?;
        Some(match rule.strip_prefix("built-in: ") {
            Some(rule) => {
                let all = if path.ends_with('/') { "**" } else { "" };
                format!("add `{path}{all}` to `include`: the built-in rule `{rule}` leaves it out")
            }
            None => format!("keep `{path}`, which is left out: {rule}"),
        })
    }

    /// What may help where a module is imported by its path in the project.
    fn above(&self, module: &str) -> Option<String> {
        let (top, directory) = (top_of(module), self.program.directory);
        if directory.split('/').next() != Some(top) {
            return None;
        }
        let above = directory.replace('/', ".");
        let own = module.strip_prefix(&above).and_then(|rest| rest.strip_prefix('.'));
        let write = match own {
            Some(own) => format!("write `{own}`"),
            None => format!("import nothing from `{top}`"),
        };
        Some(format!("{write}: the package begins at `{directory}`"))
    }

    /// What may be meant by a top-level module that is nowhere, where that is no project.
    fn meant(&self, path: &str, module: &str) -> Option<String> {
        let modules = &self.lookup.modules;
        let top = top_of(module);
        let folder = parent(path).unwrap_or_default();
        let lower = top.to_lowercase();
        let other = modules.in_other_letters(top);
        let other = other.or_else(|| Some(lower).filter(|it| self.lookup.is_elsewhere(it)));
        if let Some(other) = other {
            return Some(format!("write `{other}`: Linux tells capital letters from small ones"));
        }
        let beside = modules.find(&format!("{folder}/{top}"));
        // A module may be called like what it imports.
        let is_itself = |own: &str| own == path;
        let is_beside = beside != Place::Nowhere && !beside.own().is_some_and(is_itself);
        if !folder.is_empty() && is_beside {
            let dotted = folder.replace('/', ".");
            return Some(format!("write `{dotted}.{top}`: Python looks at the package's top"));
        }
        if python::project_of(module).is_some() {
            return None;
        }
        let inner = modules.own_deeper(top).filter(|own| !is_itself(own))?;
        Some(format!("import it as `{}`, or move it to the top", module_name(inner)))
    }

    /// The name of a module that is there and is spelt almost as one that is nowhere.
    fn near(&self, module: &str) -> Option<String> {
        let top = top_of(module);
        let tops = self.lookup.modules.names_in("");
        let mut known: Vec<&str> = tops.iter().map(String::as_str).collect();
        python::top_names(self.program.python).for_each(|name| known.push(name));
        let near = words::nearest(top, known.into_iter());
        let near = near.filter(|near| words::is_near(top, near))?;
        Some(format!("write `{near}`, if that is meant; or require what has `{top}`"))
    }

    /// What may help where something is missing in a package, or relatively to a module.
    fn hint_inside(&self, missing: &Missing) -> String {
        let module = &missing.module;
        let modules = &self.lookup.modules;
        match &missing.why {
            Why::NoParent => {
                let bare = module.trim_start_matches('.');
                match bare.is_empty() {
                    true => "import it without the dots".to_owned(),
                    false => format!("write `{bare}` without the dots"),
                }
            }
            Why::Top
            | Why::Namespace
            | Why::Package(_)
            | Why::Letters
            | Why::Name(_)
            | Why::Standard => {
                let path = module.replace('.', "/");
                if missing.why == Why::Standard && modules.find(&path) != Place::Nowhere {
                    let top = top_of(module);
                    return format!(
                        "rename `{top}`: Python has a module of that name, and takes it"
                    );
                }
                if let Some(other) = modules.in_other_letters(&path) {
                    let other = other.rsplit('/').next().unwrap_or(&other).to_owned();
                    return format!("write `{other}`: Linux tells capital letters from small ones");
                }
                let (package, name) = module.rsplit_once('.').unwrap_or(("", module));
                let mut known = modules.names_in(&package.replace('.', "/"));
                if missing.why == Why::Standard {
                    known.extend(python::submodules(package).map(str::to_owned));
                }
                if let Why::Name(path) = &missing.why
                    && let Some(parsed) = self.parsed.get(path)
                {
                    known.extend(parsed.module.names.iter().cloned());
                }
                if let Some(near) = words::nearest(name, known.iter().map(String::as_str)) {
                    return format!("write `{near}`, if that is meant");
                }
                match python::project_of(module) {
                    Some(project) if missing.why == Why::Namespace => {
                        format!("require `{project}`")
                    }
                    _ => format!("name `{module}` in `allow-imports`, if it is there all the same"),
                }
            }
            Why::NoPackage(path) => {
                format!("rename `{path}`, if a package of that name is meant")
            }
        }
    }
}

/// What an import may be of: the modules that it names, with dots, the longest last.
fn modules_of(import: &Import, module: &str) -> Vec<String> {
    let mut modules = vec![module.to_owned()];
    if let Form::Names(names) = &import.form {
        modules.extend(names.iter().map(|name| format!("{module}.{name}")));
    }
    modules
}

/// The projects that may give modules, normalised: the known one of each, and those called like it.
fn projects_of(modules: &[String]) -> Vec<String> {
    let mut projects = Vec::new();
    for module in modules.iter().rev() {
        projects.extend(python::project_of(module).map(normalised));
        let ends = module.match_indices('.').map(|(at, _)| at).chain([module.len()]);
        projects.extend(ends.map(|end| normalised(&module[..end])));
    }
    projects
}
