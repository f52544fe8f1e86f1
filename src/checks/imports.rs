//! Whether each import of a lambda's own modules finds something in Lambda.
//!
//! From the modules that handlers name, all own modules that imports reach are looked at; what
//! nothing reaches (scripts, tests, leftovers) is not judged. Lambda looks for a module in the
//! package, in layers, in the standard library and in what its runtime brings ("Working with .zip
//! file archives for Python Lambda functions", "Search path" in the AWS Lambda developer guide).
//! `.pth` files count nowhere: `/var/task` is no site folder.
//!
//! Of wheels only names are known, so nothing is said of what a package of a wheel has inside, but
//! where Python decides it by names alone: in namespace packages (PEP 420). An import that may not
//! run, or whose failure is caught, is no finding; where sources change what can be found, all that
//! they may have changed is taken to be there.

use std::collections::{BTreeMap, BTreeSet};

use camino::Utf8PathBuf;

use super::handler;
use super::modules::{Modules, Place, is_own_source, module_name, parent};
use crate::contents::Contents;
use crate::lambda::PythonVersion;
use crate::python::{self, Form, Import, Module, Search, Standing, When};
use crate::report::{CheckStatus, Failure, Place as At, Warning};
use crate::words;

/// The code of an import that nothing gives.
pub(crate) const MISSING: &str = "missing-import";
/// The code of a module that Python can't parse.
const SYNTAX: &str = "syntax-error";
/// The code of a handler that the package has not got.
const HANDLER: &str = "missing-handler";

/// How many findings of a lambda are told each by itself.
const SINGLE: usize = 3;
/// How many modules a finding names that tells of several.
const NAMED: usize = 8;

/// Names of modules at the top of a package that are a handler's, where nobody names one; besides
/// the lambda's own name.
const HANDLERS: [&str; 7] =
    ["lambda_function", "handler", "app", "main", "index", "lambda_handler", "function"];

/// What is known of a lambda beside its contents.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Program<'a> {
    pub(crate) name: &'a str,
    /// None where the package is the same for every version.
    pub(crate) python: Option<PythonVersion>,
    /// The handlers that functions call.
    pub(crate) handlers: &'a [String],
    /// Whether a function has layers that are not packaged here, or a handler that is not known.
    pub(crate) outside: Outside,
    /// Modules that need not be found, with what is inside of them.
    pub(crate) allowed: &'a [String],
}

/// What is outside of a package, and can't be looked into.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Outside {
    /// Layers: they may have any module.
    pub(crate) has_layers: bool,
    /// Handlers that are not known: modules that look like one's count, too.
    pub(crate) has_handlers: bool,
}

/// What is wrong with a lambda's imports.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct ImportFindings {
    /// How many own modules were looked at.
    pub(crate) modules: usize,
    pub(crate) found: Vec<Finding>,
    /// What may be wrong, a sentence each.
    pub(crate) notes: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Finding {
    code: &'static str,
    /// The module, as the import names it.
    module: String,
    message: String,
    /// Relative to the root, with its line.
    place: Option<(Utf8PathBuf, Option<u32>)>,
    hint: Option<String>,
    /// Whether it is a top-level module that looks like a project's: no own module and none of the
    /// standard library has nearly its name.
    is_project: bool,
}

/// Own modules, as they are reached: [`Self::wanted`] says which are to be parsed next.
pub(crate) struct Reach<'a> {
    modules: Modules<'a>,
    program: Program<'a>,
    /// By path in the package.
    parsed: BTreeMap<String, Parsed>,
    /// Where Lambda begins, by path.
    roots: BTreeSet<String>,
    /// Those that are parsed only to see whether they look like a handler's.
    candidates: BTreeSet<String>,
    wanted: BTreeSet<String>,
}

/// A parsed module.
struct Parsed {
    module: Module,
    /// What each import leads to.
    imports: Vec<Led>,
}

/// What an import leads to.
#[derive(Debug, Default)]
struct Led {
    /// Own modules, by path.
    to: BTreeSet<String>,
    missing: Vec<Missing>,
}

/// What an import does not find.
#[derive(Debug, Clone)]
struct Missing {
    /// With dots, as it is imported.
    module: String,
    why: Why,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Why {
    /// Nothing at any top is called so.
    Top,
    /// A namespace package has not got it.
    Namespace,
    /// A regular package has not got it: an own one, by its source, if that hides nothing.
    Package(String),
    /// A wheel's package has it in other letters.
    Letters,
    /// What is before it is an own module and no package.
    NoPackage(String),
    /// An own module, or the source of a package, has no such name.
    Name(String),
    /// The standard library's package has not got it.
    Standard,
    /// A relative import leads out of what is a package.
    NoParent,
}

impl<'a> Reach<'a> {
    /// Begins at the handlers of a lambda.
    pub(crate) fn new(contents: &'a Contents, program: Program<'a>) -> Self {
        let modules = Modules::of(contents);
        let mut reach = Self {
            modules,
            program,
            parsed: BTreeMap::new(),
            roots: BTreeSet::new(),
            candidates: BTreeSet::new(),
            wanted: BTreeSet::new(),
        };
        let mut is_certain = !program.outside.has_handlers && !program.handlers.is_empty();
        for called in program.handlers {
            match handler::own_module(called, contents) {
                Some(path) => {
                    let name = module_name(&path);
                    reach.roots.extend(reach.modules.packages_of(&name));
                    reach.roots.insert(path);
                }
                // It is a wheel's or a layer's, and calls a module of ours.
                None => is_certain = false,
            }
        }
        if !is_certain {
            let named: Vec<_> = HANDLERS.iter().copied().chain([program.name]).collect();
            let top = contents.entries().filter(|(path, entry)| {
                let path = path.as_str();
                // A name with a dot in front is one that no handler can have.
                !path.contains('/') && !path.starts_with('.') && is_own_source(path, entry)
            });
            for (path, _) in top {
                let stem = path.as_str().trim_end_matches(".py");
                let is_named =
                    named.iter().any(|name| name.replace('-', "_") == stem.replace('-', "_"));
                match is_named {
                    true => reach.roots.insert(path.to_string()),
                    false => reach.candidates.insert(path.to_string()),
                };
            }
        }
        reach.wanted = reach.roots.union(&reach.candidates).cloned().collect();
        reach
    }

    /// The own modules that are to be parsed now, each with its place in the project. Empty when
    /// all is known.
    pub(crate) fn wanted(&mut self) -> Vec<(String, Utf8PathBuf)> {
        let wanted = std::mem::take(&mut self.wanted).into_iter();
        wanted.filter_map(|path| Some((path.clone(), self.modules.place(&path)?))).collect()
    }

    /// Takes a parsed module.
    pub(crate) fn add(&mut self, path: String, module: Module) {
        if self.candidates.contains(&path) && !self.roots.contains(&path) {
            if !module.has_handler_shape {
                // Something else may import it.
                return;
            }
            self.roots.insert(path.clone());
        }
        let imports: Vec<Led> = module.imports.iter().map(|it| self.follow(&path, it)).collect();
        let reached = imports.iter().flat_map(|led| &led.to);
        let new = reached.filter(|to| !self.parsed.contains_key(*to) && **to != path);
        self.wanted.extend(new.cloned());
        // What is reached need not look like a handler's any more.
        let wanted = self.wanted.clone();
        self.candidates.retain(|candidate| !wanted.contains(candidate));
        self.parsed.insert(path, Parsed { module, imports });
    }

    /// Follows an import of a module.
    fn follow(&self, path: &str, import: &Import) -> Led {
        let mut led = Led::default();
        let base = match import.level {
            0 => Vec::new(),
            level => {
                let package = parent(path).map(|folder| folder.split('/').collect::<Vec<_>>());
                let mut package = package.unwrap_or_default();
                let up = usize::try_from(level - 1).unwrap_or(usize::MAX);
                if package.len() <= up {
                    let module = format!("{}{}", ".".repeat(up + 1), import.module);
                    led.missing.push(Missing { module, why: Why::NoParent });
                    return led;
                }
                package.truncate(package.len() - up);
                package
            }
        };
        let parts: Vec<&str> = import.module.split('.').filter(|part| !part.is_empty()).collect();
        let Some(last) = self.descend(&base, &parts, &mut led) else { return led };
        let Form::Names(names) = &import.form else { return led };
        let folder = base.iter().chain(&parts).copied().collect::<Vec<_>>();
        for name in names {
            self.name(&folder, &last, name, &mut led);
        }
        led
    }

    /// Goes down from a package of ours, or from the top, part by part. Returns where the last part
    /// is; none where that is not looked into, or is missing.
    fn descend(&self, base: &[&str], parts: &[&str], led: &mut Led) -> Option<Place> {
        let mut at = base.join("/");
        let mut place = match base {
            [] => None,
            _ => Some(self.modules.find(&at)),
        };
        led.to.extend(place.iter().filter_map(Place::own).map(str::to_owned));
        for (number, part) in parts.iter().enumerate() {
            let dotted = || {
                let whole = base.iter().chain(&parts[..=number]).copied().collect::<Vec<_>>();
                whole.join(".")
            };
            let next = if at.is_empty() { (*part).to_owned() } else { format!("{at}/{part}") };
            let missing = |why| Missing { module: dotted(), why };
            let found = match &place {
                None => match self.top(part) {
                    Top::Here(found) => found,
                    Top::Elsewhere => {
                        led.missing.extend(self.outside(parts));
                        return None;
                    }
                    Top::Missing => {
                        led.missing.push(Missing { module: parts.join("."), why: Why::Top });
                        return None;
                    }
                },
                Some(Place::Module(path)) => {
                    led.missing.push(missing(Why::NoPackage(path.clone())));
                    return None;
                }
                Some(Place::Package(path)) => match self.modules.find(&next) {
                    Place::Nowhere => {
                        led.missing.push(missing(Why::Package(path.clone())));
                        return None;
                    }
                    found => found,
                },
                Some(Place::Namespace) => match self.modules.find(&next) {
                    Place::Nowhere => {
                        led.missing.push(missing(Why::Namespace));
                        return None;
                    }
                    found => found,
                },
                Some(Place::Foreign { is_package }) => match self.modules.find(&next) {
                    Place::Nowhere => {
                        if *is_package && self.modules.in_other_letters(&next).is_some() {
                            led.missing.push(missing(Why::Letters));
                        }
                        return None;
                    }
                    found => found,
                },
                Some(Place::Nowhere) => return None,
            };
            led.to.extend(found.own().map(str::to_owned));
            (at, place) = (next, Some(found));
        }
        place
    }

    /// Looks for a name that is imported from a module or package.
    fn name(&self, folder: &[&str], from: &Place, name: &str, led: &mut Led) {
        let module = || format!("{}.{name}", folder.join("."));
        let path = format!("{}/{name}", folder.join("/"));
        let why = match from {
            Place::Module(path) => Why::Name(path.clone()),
            Place::Foreign { .. } | Place::Nowhere => return,
            Place::Package(_) | Place::Namespace => match (self.modules.find(&path), from) {
                (Place::Nowhere, Place::Package(path)) => Why::Name(path.clone()),
                (Place::Nowhere, _) => Why::Namespace,
                (found, _) => {
                    led.to.extend(found.own().map(str::to_owned));
                    return;
                }
            },
        };
        led.missing.push(Missing { module: module(), why });
    }

    /// Where the first part of an import is.
    fn top(&self, name: &str) -> Top {
        let found = self.modules.find(name);
        let is_elsewhere = self.is_elsewhere(name);
        match found {
            Place::Nowhere if is_elsewhere => Top::Elsewhere,
            Place::Nowhere => Top::Missing,
            // A folder without `__init__.py` is found only where no other place has the module.
            Place::Namespace if is_elsewhere => Top::Elsewhere,
            found => Top::Here(found),
        }
    }

    /// Whether Lambda has a top-level module outside of the package.
    fn is_elsewhere(&self, name: &str) -> bool {
        let python = self.program.python;
        let is_of_runtime = match python {
            Some(python) => python::runtime_package_of(name, python).is_some(),
            None => (9..=14)
                .any(|minor| python::runtime_package_of(name, PythonVersion { minor }).is_some()),
        };
        // `ensurepip` brought setuptools with every Python before 3.12 ("What's New in Python
        // 3.12"); its package brings `distutils` back where it is imported first.
        let has_setuptools = python.is_none_or(|python| python.minor < 12);
        is_of_runtime
            || python::standing(name, python) == Standing::Present
            || python::ALSO_IMPORTABLE.contains(&name)
            || name == "__main__"
            || has_setuptools && ["setuptools", "pkg_resources", "_distutils_hack"].contains(&name)
            || name == "distutils" && self.modules.find("setuptools") != Place::Nowhere
    }

    /// A module of the standard library that its package has not got.
    fn outside(&self, parts: &[&str]) -> Option<Missing> {
        let python = self.program.python;
        let is_known =
            |count: usize| python::standing(&parts[..count].join("."), python) == Standing::Present;
        let found = (1..parts.len()).find(|count| !is_known(count + 1))?;
        let is_private = parts.iter().any(|part| part.starts_with('_'));
        let package = parts[..found].join(".");
        let is_judged =
            is_known(found) && !is_private && python::submodules(&package).next().is_some();
        let module = parts[..=found].join(".");
        is_judged.then_some(Missing { module, why: Why::Standard })
    }

    /// Says what is wrong, once nothing is wanted any more.
    pub(crate) fn findings(self) -> ImportFindings {
        let levels = self.levels();
        let reached = || self.parsed.iter().filter(|(path, _)| levels.contains_key(*path));
        let search = reached().map(|(_, it)| it.module.search).max().unwrap_or_default();
        let made: Vec<&str> =
            reached().flat_map(|(_, it)| &it.module.made).map(String::as_str).collect();
        let attributes: BTreeSet<&str> =
            reached().flat_map(|(_, it)| &it.module.attributes).map(String::as_str).collect();
        let judge = Judge { reach: &self, search, made, attributes };
        let mut findings = ImportFindings { modules: levels.len(), ..ImportFindings::default() };
        findings.found.extend(self.handlers());
        let mut told: BTreeSet<(String, bool)> = BTreeSet::new();
        for (path, Parsed { module, imports }) in reached() {
            let level = levels[path];
            if let Some(fault) = &module.fault {
                let finding = self.unparsed(path, fault);
                match level {
                    When::Always => findings.found.push(finding),
                    When::Perhaps => findings.notes.push(finding.note()),
                    When::Caught => {}
                }
            }
            for (index, import) in module.imports.iter().enumerate() {
                let when = level.min(self.when(path, index, &judge));
                for missing in &imports[index].missing {
                    let Some(is_sure) = judge.is_missing(missing) else { continue };
                    let is_sure = is_sure && when == When::Always && import.form != Form::Called;
                    if when == When::Caught || import.form == Form::Called {
                        continue;
                    }
                    if !told.insert((missing.module.clone(), is_sure)) {
                        continue;
                    }
                    let finding = self.finding(path, import, missing);
                    match is_sure {
                        true => findings.found.push(finding),
                        false => findings.notes.push(finding.note()),
                    }
                }
            }
        }
        findings
    }

    /// The handlers that are not there.
    fn handlers(&self) -> Vec<Finding> {
        let contents = self.modules.contents();
        let paths: Vec<&str> = contents.entries().map(|(path, _)| path.as_str()).collect();
        let mut found = Vec::new();
        for called in self.program.handlers {
            let (status, path, message) =
                handler::find(called, &paths, self.program.outside.has_layers);
            let parsed = path.and_then(|path| self.parsed.get(path));
            let message = match (status, path, parsed) {
                (CheckStatus::Ok, Some(path), Some(parsed)) if parsed.module.fault.is_none() => {
                    handler::missing_function(called, path, &parsed.module)
                }
                (CheckStatus::Ok, ..) => None,
                _ => Some(message),
            };
            let place = path.and_then(|path| self.modules.place(path)).map(|path| (path, None));
            found.extend(message.map(|message| Finding {
                code: HANDLER,
                module: called.clone(),
                message,
                place,
                hint: Some("name the function that Lambda is to call in `handler`".to_owned()),
                is_project: false,
            }));
        }
        found
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

    fn shown(&self, path: &str) -> Utf8PathBuf {
        self.modules.place(path).unwrap_or_else(|| path.into())
    }

    fn unparsed(&self, path: &str, fault: &python::Fault) -> Finding {
        let python = match self.program.python {
            Some(python) => format!("Python {python}"),
            None => "Python".to_owned(),
        };
        Finding {
            code: SYNTAX,
            module: module_name(path),
            message: format!("{python} can't parse `{path}`: {}", fault.message),
            place: Some((self.shown(path), Some(fault.line))),
            hint: None,
            is_project: false,
        }
    }

    fn finding(&self, path: &str, import: &Import, missing: &Missing) -> Finding {
        let module = &missing.module;
        let place = Some((self.shown(path), Some(import.line)));
        let message = match &missing.why {
            Why::Top => match python::standing(top_of(module), self.program.python) {
                Standing::Later(minor) => format!(
                    "nothing in the package gives `{module}`, which Python has since 3.{minor}"
                ),
                Standing::Gone(minor) => format!(
                    "nothing in the package gives `{module}`, which Python had up to 3.{minor}"
                ),
                Standing::Present | Standing::Foreign => {
                    format!("nothing in the package gives `{module}`")
                }
            },
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
        let (hint, is_project) = self.hint(path, missing);
        Finding {
            code: MISSING,
            module: module.clone(),
            message,
            place,
            hint: Some(hint),
            is_project,
        }
    }

    /// What may help; and whether that is to require a project.
    fn hint(&self, path: &str, missing: &Missing) -> (String, bool) {
        if missing.why != Why::Top {
            return (self.hint_inside(missing), false);
        }
        match self.meant(path, &missing.module) {
            Some(hint) => (hint, false),
            None => {
                let top = top_of(&missing.module);
                let hint = match python::project_of(&missing.module) {
                    Some(project) => format!("require `{project}`"),
                    None => format!("require what has `{top}`, or name it in `allow-imports`"),
                };
                (hint, true)
            }
        }
    }

    /// What may be meant by a top-level module that is nowhere, where that is no project.
    fn meant(&self, path: &str, module: &str) -> Option<String> {
        let modules = &self.modules;
        let top = top_of(module);
        let folder = parent(path).unwrap_or_default();
        let lower = top.to_lowercase();
        let other = modules.in_other_letters(top);
        let other = other.or_else(|| Some(lower).filter(|it| self.is_elsewhere(it)));
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
        if let Some(inner) = modules.own_deeper(top).filter(|own| !is_itself(own)) {
            return Some(format!("import it as `{}`, or move it to the top", module_name(inner)));
        }
        let tops = modules.names_in("");
        let mut known: Vec<&str> = tops.iter().map(String::as_str).collect();
        python::top_names(self.program.python).for_each(|name| known.push(name));
        let near = words::nearest(top, known.into_iter());
        let near = near.filter(|near| is_near(top, near))?;
        Some(format!("write `{near}`, if that is meant; or require what has `{top}`"))
    }

    /// What may help where something is missing in a package, or relatively to a module.
    fn hint_inside(&self, missing: &Missing) -> String {
        let module = &missing.module;
        let modules = &self.modules;
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

/// Whether two names are so near that one may be a slip of the other.
fn is_near(one: &str, other: &str) -> bool {
    let most = if one.len() < 8 { 1 } else { 2 };
    one.len() > 3 && other.len() > 3 && strsim::damerau_levenshtein(one, other) <= most
}

fn top_of(module: &str) -> &str {
    module.split('.').next().unwrap_or(module)
}

/// Where the first part of an import is.
enum Top {
    Here(Place),
    /// In the standard library or the runtime.
    Elsewhere,
    Missing,
}

/// Decides whether what is not found is missing.
struct Judge<'r, 'a> {
    reach: &'r Reach<'a>,
    search: Search,
    made: Vec<&'r str>,
    attributes: BTreeSet<&'r str>,
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
        let is_in_package = || self.reach.modules.deeper(top_of(module)).is_some();
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
                    || name.starts_with("__");
                (self.is_closed(path) && !is_there).then_some(true)
            }
        }
    }

    /// Whether the source of a module shows all that it has.
    fn is_closed(&self, path: &str) -> bool {
        let parsed = self.reach.parsed.get(path);
        parsed.is_some_and(|parsed| !parsed.module.is_open && parsed.module.fault.is_none())
    }
}

impl Finding {
    fn note(&self) -> String {
        let Self { message, place, .. } = self;
        match place {
            Some((path, Some(line))) => format!("{path}:{line}: {message}, perhaps"),
            Some(_) | None => format!("{message}, perhaps"),
        }
    }

    fn warning(&self) -> Warning {
        let place = self.place.as_ref().map(|(path, line)| At::new(path, *line));
        let warning = Warning::new(self.code, self.message.clone()).place(place);
        Warning { hint: self.hint.clone(), ..warning }
    }
}

impl ImportFindings {
    /// The findings as warnings: a few, each by itself; many as one.
    pub(crate) fn warnings(&self) -> Vec<Warning> {
        let (missing, other): (Vec<_>, Vec<_>) =
            self.found.iter().partition(|finding| finding.code == MISSING);
        let mut warnings: Vec<Warning> = other.iter().map(|finding| finding.warning()).collect();
        match &missing[..] {
            [first, ..] if missing.len() > SINGLE => {
                let modules: Vec<&str> = missing.iter().map(|it| it.module.as_str()).collect();
                let message = format!(
                    "{} that its modules import are nowhere: {}",
                    words::count(modules.len(), "module"),
                    words::some_of(&modules, NAMED)
                );
                let place = first.warning().place;
                let hint = "require what has them, or name them in `allow-imports`";
                warnings.push(Warning::new(MISSING, message).place(place).hint(hint));
            }
            missing => warnings.extend(missing.iter().map(|finding| finding.warning())),
        }
        warnings
    }

    /// The same without those that requirements would give: for a lambda of which it is said that its
    /// requirements are not read.
    pub(crate) fn without_projects(&self) -> Self {
        let mut others = self.clone();
        others.found.retain(|finding| !finding.is_project);
        others
    }

    /// Those of imports: whether the handler is there is a check of its own.
    pub(crate) fn import_warnings(&self) -> Vec<Warning> {
        self.warnings().into_iter().filter(|warning| warning.code != HANDLER).collect()
    }

    /// The same as the failure of the lambda, if anything is wrong.
    pub(crate) fn failure(&self) -> Option<Failure> {
        let mut warnings = self.warnings().into_iter();
        let Warning { code, message, place, hint } = warnings.next()?;
        let causes = warnings.map(|other| match &other.place {
            Some(place) => format!("{place}: {}", other.message),
            None => other.message,
        });
        let failure = Failure::lambda(code, message).place(place).said(causes);
        Some(Failure { hint, ..failure })
    }
}
