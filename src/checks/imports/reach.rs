//! Own modules, as imports reach them from the handlers.

use std::collections::{BTreeMap, BTreeSet};

use camino::Utf8PathBuf;

use super::super::handler;
use super::super::modules::{Modules, is_own_source, module_name};
use super::Program;
use super::lookup::{Led, Lookup};
use crate::contents::Contents;
use crate::python::Module;

/// Names of modules at the top of a package that are a handler's, where nobody names one; besides
/// the lambda's own name.
const HANDLERS: [&str; 7] =
    ["lambda_function", "handler", "app", "main", "index", "lambda_handler", "function"];

/// Own modules, as they are reached: [`Self::wanted`] says which are to be parsed next.
pub(crate) struct Reach<'a> {
    pub(super) lookup: Lookup<'a>,
    pub(super) program: Program<'a>,
    /// By path in the package.
    pub(super) parsed: BTreeMap<String, Parsed>,
    /// Where Lambda begins, by path.
    pub(super) roots: BTreeSet<String>,
    /// Those that are parsed only to see whether they look like a handler's.
    candidates: BTreeSet<String>,
    wanted: BTreeSet<String>,
}

/// A parsed module.
pub(super) struct Parsed {
    pub(super) module: Module,
    /// What each import leads to.
    pub(super) imports: Vec<Led>,
}

impl<'a> Reach<'a> {
    /// Begins at the handlers of a lambda.
    pub(crate) fn new(contents: &'a Contents, program: Program<'a>) -> Self {
        let modules = Modules::of(contents, program.python);
        let layers = program.layers.iter().map(String::as_str);
        let roots = std::iter::once("").chain(program.search.folders()).chain(layers).collect();
        let mut reach = Self {
            lookup: Lookup { modules, python: program.python, roots },
            program,
            parsed: BTreeMap::new(),
            roots: BTreeSet::new(),
            candidates: BTreeSet::new(),
            wanted: BTreeSet::new(),
        };
        let mut is_certain = !program.outside.has_handlers && !program.handlers.is_empty();
        for called in program.handlers.keys() {
            match handler::own_module(called, contents, &reach.lookup.roots) {
                Some(path) => {
                    let name = module_name(&path);
                    reach.roots.extend(reach.lookup.modules.packages_of(&name));
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
        wanted.filter_map(|path| Some((path.clone(), self.lookup.modules.place(&path)?))).collect()
    }

    /// Takes a parsed module.
    pub(crate) fn add(&mut self, path: String, module: Module) {
        if self.candidates.contains(&path) && !self.roots.contains(&path) {
            if module.handler.is_none() {
                // Something else may import it.
                return;
            }
            self.roots.insert(path.clone());
        }
        let imports: Vec<Led> =
            module.imports.iter().map(|it| self.lookup.follow(&path, it)).collect();
        let reached = imports.iter().flat_map(|led| &led.to);
        let new = reached.filter(|to| !self.parsed.contains_key(*to) && **to != path);
        self.wanted.extend(new.cloned());
        // What is reached need not look like a handler's any more.
        let wanted = self.wanted.clone();
        self.candidates.retain(|candidate| !wanted.contains(candidate));
        self.parsed.insert(path, Parsed { module, imports });
    }
}
