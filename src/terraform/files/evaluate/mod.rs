//! Evaluates expressions whose values the files alone determine.
//!
//! Modules, local values, variables and outputs are evaluated when something asks for them, and
//! once. What is not known makes only that unknown which hangs on it: the other branch of a
//! condition, or the other keys of a map, are told all the same.
//!
//! hcl-rs has an evaluator, too. It knows no values that are unknown, evaluates the arguments of
//! `try` before the call, has none of Terraform's functions, and hands a function nothing of the
//! project.

mod addresses;
mod code;
mod expressions;
mod instances;
mod names;
mod values;

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use camino::Utf8Path;
use hcl_edit::expr::Expression;

use super::blocks::Block;
use super::modules::{Module, Modules};
use super::outside::Outside;
use super::term::{Given, Stop, Term, Unknown};
use super::variables::Variables;
use crate::report::Place;
use crate::terraform::Note;

/// How deep values may refer to values: only a circle of them, or a hostile file, is deeper.
const DEEPEST: u32 = 100;

/// Names that are bound by `for`, or given to a template.
struct Frame<'s> {
    names: &'s [(String, Term)],
    outer: Option<&'s Frame<'s>>,
}

/// The key and the value of `for_each`, and the index of `count`.
#[derive(Debug, Clone, Default)]
pub(super) struct Each {
    pub(super) pair: Option<(Term, Term)>,
    pub(super) index: Option<Term>,
}

impl Each {
    /// The key of `for_each`, as a text.
    pub(super) fn key(&self) -> Option<String> {
        let (key, _) = self.pair.as_ref()?;
        Some(key.text().ok()?.to_string())
    }

    /// What tells the version of a layer from others: its block, and which of those that it makes.
    pub(super) fn layer(&self, block: &Block) -> String {
        let index = self.index.as_ref().and_then(|index| index.text().ok());
        let which = self.key().or_else(|| index.map(|index| index.to_string()));
        format!("{} {}", block.place(), which.unwrap_or_default())
    }
}

/// What an expression can refer to.
#[derive(Clone, Copy)]
pub(super) struct Scope<'s, 'a> {
    /// The module that has it; none for a file of values or a template, which have no names.
    instance: Option<&'s Rc<Instance<'a>>>,
    /// The folder in which Terraform runs.
    root: &'s Utf8Path,
    each: &'s Each,
    frame: Option<&'s Frame<'s>>,
    depth: u32,
}

impl<'s> Scope<'s, '_> {
    /// The folder in which Terraform runs.
    pub(super) fn root(&self) -> &'s Utf8Path {
        self.root
    }
}

/// Values by name: none while it is computed, and how deep that goes.
type Memory = RefCell<BTreeMap<String, Option<(Given, u32)>>>;

/// A module as it is called once.
pub(super) struct Instance<'a> {
    number: usize,
    pub(super) module: &'a Module,
    /// The folder of the module, relative to the root of the project.
    pub(super) folder: &'a Utf8Path,
    /// The folder of the module that Terraform runs in.
    pub(super) root: &'a Utf8Path,
    /// Where the root module calls the module that has it.
    pub(super) called_at: Option<Place>,
    call: Option<Call<'a>>,
    depth: usize,
    locals: Memory,
    variables: Memory,
    outputs: Memory,
    calls: RefCell<BTreeMap<String, Rc<Called<'a>>>>,
}

struct Call<'a> {
    block: &'a Block,
    /// The instance that calls, by its number.
    parent: usize,
    each: Each,
}

/// How many there are of a block.
#[derive(Debug, Clone)]
enum Shape {
    One,
    Counted,
    Keyed,
    /// It is not known.
    Open(Unknown),
}

/// What a block stands for.
pub(super) struct Entries {
    shape: Shape,
    pub(super) all: Vec<Each>,
}

/// The instances of a call of a module.
struct Called<'a> {
    entries: Entries,
    /// One for each entry; none where the module is not here.
    instances: Option<Vec<Rc<Instance<'a>>>>,
}

/// Evaluates expressions of a project.
pub(super) struct Evaluator<'a> {
    pub(super) modules: &'a Modules,
    pub(super) variables: &'a Variables,
    pub(super) outside: Outside<'a>,
    instances: RefCell<Vec<Rc<Instance<'a>>>>,
    deepest: Cell<u32>,
    notes: RefCell<BTreeSet<Note>>,
}

impl<'a> Instance<'a> {
    /// Of the entry of the call that it is of; none of a module that Terraform runs in.
    pub(super) fn each(&self) -> Option<&Each> {
        self.call.as_ref().map(|call| &call.each)
    }

    /// What a block of it can refer to.
    pub(super) fn scope<'s>(self: &'s Rc<Self>, each: &'s Each) -> Scope<'s, 'a> {
        Scope { instance: Some(self), root: self.root, each, frame: None, depth: 0 }
    }
}

impl<'a> Evaluator<'a> {
    pub(super) fn new(
        modules: &'a Modules,
        variables: &'a Variables,
        outside: Outside<'a>,
    ) -> Self {
        Self {
            modules,
            variables,
            outside,
            instances: RefCell::default(),
            deepest: Cell::default(),
            notes: RefCell::default(),
        }
    }

    /// What was decided on the way, for those who ask.
    pub(super) fn notes(self) -> impl Iterator<Item = Note> {
        self.notes.into_inner().into_iter()
    }

    pub(super) fn term(&self, expression: &Expression, scope: &Scope<'_, 'a>) -> Given {
        self.deep(expression, scope)
    }

    fn reach(&self, depth: u32) -> Result<(), Stop> {
        self.deepest.set(self.deepest.get().max(depth));
        if depth > DEEPEST { Err(Stop::unknown("it refers to too many others")) } else { Ok(()) }
    }

    /// A value that is computed once.
    fn once(&self, memory: &Memory, name: &str, depth: u32, make: &dyn Fn() -> Given) -> Given {
        if let Some(known) = memory.borrow().get(name) {
            let Some((given, height)) = known else {
                return Err(Stop::unknown("it refers to itself"));
            };
            self.reach(depth + height)?;
            return given.clone();
        }
        self.reach(depth)?;
        memory.borrow_mut().insert(name.to_owned(), None);
        let outer = self.deepest.replace(depth);
        let given = make();
        let deepest = self.deepest.get();
        self.deepest.set(outer.max(deepest));
        // From elsewhere, it may not be too deep.
        if deepest > DEEPEST {
            memory.borrow_mut().remove(name);
        } else {
            memory.borrow_mut().insert(name.to_owned(), Some((given.clone(), deepest - depth)));
        }
        given
    }
}

#[cfg(test)]
mod tests;
