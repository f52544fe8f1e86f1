//! Where an import leads: to own modules, out of what is looked into, or nowhere.

use std::collections::BTreeSet;

use super::super::modules::{Modules, Place, parent, top_of};
use crate::lambda::PythonVersion;
use crate::python::{self, Form, Import, Standing};

/// What an import leads to.
#[derive(Debug, Default)]
pub(super) struct Led {
    /// Own modules, by path.
    pub(super) to: BTreeSet<String>,
    pub(super) missing: Vec<Missing>,
}

/// What an import does not find.
#[derive(Debug, Clone)]
pub(super) struct Missing {
    /// With dots, as it is imported.
    pub(super) module: String,
    pub(super) why: Why,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Why {
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

/// What can be found, and where.
pub(super) struct Lookup<'a> {
    pub(super) modules: Modules<'a>,
    /// None where the package is the same for every version.
    pub(super) python: Option<PythonVersion>,
    /// The folders of the package in which Lambda looks, in its order: the top, and others.
    pub(super) roots: Vec<&'a str>,
}

/// A module or package that an import has come to.
#[derive(Debug, Clone)]
struct At {
    /// Without an ending.
    path: String,
    /// As it is imported.
    dotted: String,
    place: Place,
}

/// Where the first part of an import is.
enum Top {
    /// At one of these: at several, where each is a part of a namespace package.
    Here(Vec<At>),
    /// In the standard library or the runtime.
    Elsewhere,
    Missing,
}

impl Lookup<'_> {
    /// Follows an import of the module at a path.
    pub(super) fn follow(&self, path: &str, import: &Import) -> Led {
        let parts: Vec<&str> = import.module.split('.').filter(|part| !part.is_empty()).collect();
        let missing =
            |module, why| Led { missing: vec![Missing { module, why }], ..Led::default() };
        let (begin, rest) = match (import.level, &parts[..]) {
            (0, []) => return Led::default(),
            (0, [first, rest @ ..]) => match self.top(first) {
                Top::Here(found) => (found, rest),
                Top::Elsewhere => {
                    let missing = self.outside(&parts, &import.form);
                    return Led { missing, ..Led::default() };
                }
                Top::Missing => return missing(parts.join("."), Why::Top),
            },
            (level, rest) => {
                let up = usize::try_from(level - 1).unwrap_or(usize::MAX);
                match package(path, up) {
                    Some(folder) => {
                        let mut roots = self.roots.iter().filter(|root| !root.is_empty());
                        let inside =
                            roots.find_map(|root| folder.strip_prefix(root)?.strip_prefix('/'));
                        let dotted = inside.unwrap_or(folder).replace('/', ".");
                        (vec![self.at(folder, dotted)], rest)
                    }
                    None => {
                        let dots = ".".repeat(usize::try_from(level).unwrap_or(1));
                        return missing(format!("{dots}{}", import.module), Why::NoParent);
                    }
                }
            }
        };
        let mut all: Vec<Led> =
            begin.into_iter().map(|begin| self.lead(begin, rest, &import.form)).collect();
        let whole = all.iter().position(|led| led.missing.is_empty()).unwrap_or(0);
        all.swap_remove(whole)
    }

    fn at(&self, path: &str, dotted: String) -> At {
        At { path: path.to_owned(), dotted, place: self.modules.find(path) }
    }

    /// Goes down from a module or package, and then looks for the names that are imported from it.
    fn lead(&self, begin: At, rest: &[&str], form: &Form) -> Led {
        let mut led = Led::default();
        led.to.extend(begin.place.own().map(str::to_owned));
        let Some(last) = self.descend(begin, rest, &mut led) else { return led };
        let Form::Names(names) = form else { return led };
        for name in names {
            self.name(&last, name, &mut led);
        }
        led
    }

    /// Goes down part by part. Returns where the last part is; none where that is not looked into, or
    /// is missing.
    fn descend(&self, begin: At, parts: &[&str], led: &mut Led) -> Option<At> {
        let mut at = begin;
        for part in parts {
            let next = self.at(&format!("{}/{part}", at.path), format!("{}.{part}", at.dotted));
            let why = match (&at.place, &next.place) {
                (Place::Nowhere, _) => return None,
                (Place::Module(path), _) => Why::NoPackage(path.clone()),
                (Place::Package(path), Place::Nowhere) => Why::Package(path.clone()),
                (Place::Namespace, Place::Nowhere) => Why::Namespace,
                (Place::Foreign { is_package }, Place::Nowhere) => {
                    let is_there = || self.modules.in_other_letters(&next.path).is_some();
                    match *is_package && is_there() {
                        true => Why::Letters,
                        false => return None,
                    }
                }
                _ => {
                    led.to.extend(next.place.own().map(str::to_owned));
                    at = next;
                    continue;
                }
            };
            led.missing.push(Missing { module: next.dotted, why });
            return None;
        }
        Some(at)
    }

    /// Looks for a name that is imported from a module or package.
    fn name(&self, from: &At, name: &str, led: &mut Led) {
        let found = self.modules.find(&format!("{}/{name}", from.path));
        let why = match (&from.place, found) {
            (Place::Foreign { .. } | Place::Nowhere, _) => return,
            (Place::Module(path), _) | (Place::Package(path), Place::Nowhere) => {
                Why::Name(path.clone())
            }
            (Place::Namespace, Place::Nowhere) => Why::Namespace,
            (_, found) => {
                led.to.extend(found.own().map(str::to_owned));
                return;
            }
        };
        led.missing.push(Missing { module: format!("{}.{name}", from.dotted), why });
    }

    /// Where the first part of an import is. A folder without `__init__.py` is found only where no
    /// other place has the module, and then all of its name are one package (PEP 420). What is loaded
    /// is not looked for.
    fn top(&self, name: &str) -> Top {
        if python::is_loaded(name) {
            return Top::Elsewhere;
        }
        let path = |root: &&str| match *root {
            "" => name.to_owned(),
            root => format!("{root}/{name}"),
        };
        let all = self.roots.iter().map(|root| self.at(&path(root), name.to_owned()));
        let (parts, mut whole): (Vec<At>, Vec<At>) = all
            .filter(|at| at.place != Place::Nowhere)
            .partition(|at| at.place == Place::Namespace);
        whole.truncate(1);
        match (&whole[..], &parts[..]) {
            ([_], _) => Top::Here(whole),
            ([], _) if self.is_elsewhere(name) => Top::Elsewhere,
            ([], []) => Top::Missing,
            _ => Top::Here(parts),
        }
    }

    /// Whether Lambda has a top-level module outside of the package.
    pub(super) fn is_elsewhere(&self, name: &str) -> bool {
        let python = self.python;
        // The package of setuptools brings `distutils` back where it is imported first.
        self.of_runtime(name).is_some()
            || python::standing(name, python) == Standing::Present
            || name == "__main__"
            || name == "distutils" && self.modules.find("setuptools") != Place::Nowhere
    }

    /// The project of Lambda's runtime that has a top-level module.
    fn of_runtime(&self, name: &str) -> Option<&'static str> {
        python::runtime_package_of(name, self.python).map(|package| package.project)
    }

    /// The same of an absolute import that finds nothing before it in the package.
    pub(super) fn project_of_runtime(&self, module: &str) -> Option<&'static str> {
        let top = top_of(module);
        self.of_runtime(top).filter(|_| matches!(self.top(top), Top::Elsewhere | Top::Missing))
    }

    /// What the standard library has not got in one of its modules: a module, or one of the package's
    /// that would be found if that hid it not.
    fn outside(&self, parts: &[&str], form: &Form) -> Vec<Missing> {
        let is_known = |name: &str| python::standing(name, self.python) == Standing::Present;
        let whole = |count: usize| parts[..count].join(".");
        let known = (1..=parts.len()).take_while(|count| is_known(&whole(*count))).count();
        let package = whole(known);
        if known == 0 || !python::is_listed(&package) || parts.iter().any(|it| it.starts_with('_'))
        {
            return Vec::new();
        }
        let missing = |module| Missing { module, why: Why::Standard };
        match form {
            _ if known < parts.len() => vec![missing(whole(known + 1))],
            Form::Names(names) => {
                let dotted = names.iter().filter(|name| name.starts_with(char::is_lowercase));
                let dotted = dotted.map(|name| format!("{package}.{name}"));
                let is_hidden = |name: &String| {
                    let place = self.modules.find(&name.replace('.', "/"));
                    !is_known(name) && !matches!(place, Place::Nowhere | Place::Namespace)
                };
                dotted.filter(is_hidden).map(missing).collect()
            }
            Form::Module | Form::Called => Vec::new(),
        }
    }
}

/// The package that a relative import of a module begins at, so many above its own.
fn package(path: &str, up: usize) -> Option<&str> {
    (0..up).try_fold(parent(path)?, |folder, _| parent(folder))
}
