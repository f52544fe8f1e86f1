//! The modules that a project calls, each call by itself, and the entries of `count` and `for_each`.

use std::cell::RefCell;
use std::rc::Rc;

use camino::Utf8Path;
use hcl_edit::expr::Expression;

use super::{Call, Called, Each, Entries, Evaluator, Instance, Scope, Shape};
use crate::report::Place;
use crate::terraform::files::blocks::Block;
use crate::terraform::files::modules::{Module, source};
use crate::terraform::files::term::{Stop, Term, Unknown, number};

/// How deep modules may call modules: a module that calls itself would never end.
const DEEPEST_MODULE: usize = 16;
/// What a call of a module costs, in terms.
const OF_A_MODULE: usize = 100;

impl<'a> Evaluator<'a> {
    /// The module in which Terraform runs.
    pub(in crate::terraform::files) fn root(&self, root: &'a Utf8Path) -> Option<Rc<Instance<'a>>> {
        let (folder, module) = self.modules.get(root)?;
        Some(self.instance(folder, module, root, None, None, 0))
    }

    pub(super) fn instance(
        &self,
        folder: &'a Utf8Path,
        module: &'a Module,
        root: &'a Utf8Path,
        call: Option<Call<'a>>,
        called_at: Option<Place>,
        depth: usize,
    ) -> Rc<Instance<'a>> {
        let number = self.instances.borrow().len();
        let instance = Rc::new(Instance {
            number,
            module,
            folder,
            root,
            called_at,
            call,
            depth,
            locals: RefCell::default(),
            variables: RefCell::default(),
            outputs: RefCell::default(),
            calls: RefCell::default(),
        });
        self.instances.borrow_mut().push(Rc::clone(&instance));
        instance
    }

    /// The modules that a block calls, one for each entry of it; none where it is not here, or
    /// calls itself.
    pub(in crate::terraform::files) fn called(
        &self,
        caller: &Rc<Instance<'a>>,
        block: &'a Block,
    ) -> Option<Vec<Rc<Instance<'a>>>> {
        self.calls(caller, block, 0).ok()?.instances.clone()
    }

    pub(super) fn calls(
        &self,
        caller: &Rc<Instance<'a>>,
        block: &'a Block,
        depth: u32,
    ) -> Result<Rc<Called<'a>>, Stop> {
        if let Some(known) = caller.calls.borrow().get(block.name()) {
            return Ok(Rc::clone(known));
        }
        let entries = self.entries_at(block, caller, depth);
        let folder = source(block, caller.folder).filter(|_| caller.depth < DEEPEST_MODULE);
        let called = folder.and_then(|folder| self.modules.get(&folder));
        let instances = match called {
            None => None,
            Some((folder, module)) => {
                let mut all = Vec::new();
                for each in &entries.all {
                    self.outside.budget.spend(OF_A_MODULE)?;
                    let call = Some(Call { block, parent: caller.number, each: each.clone() });
                    let at = caller.called_at.clone().unwrap_or_else(|| block.place());
                    let depth = caller.depth + 1;
                    all.push(self.instance(folder, module, caller.root, call, Some(at), depth));
                }
                Some(all)
            }
        };
        let called = Rc::new(Called { entries, instances });
        caller.calls.borrow_mut().insert(block.name().to_owned(), Rc::clone(&called));
        Ok(called)
    }

    /// What a block stands for: itself, or the entries of its `count` or `for_each`.
    pub(in crate::terraform::files) fn entries(
        &self,
        block: &Block,
        instance: &Rc<Instance<'a>>,
    ) -> Entries {
        self.entries_at(block, instance, 0)
    }

    pub(super) fn entries_at(
        &self,
        block: &Block,
        instance: &Rc<Instance<'a>>,
        depth: u32,
    ) -> Entries {
        let none = Each::default();
        let scope = Scope { depth, ..instance.scope(&none) };
        let given = match (block.attribute("count"), block.attribute("for_each")) {
            (Some((count, _)), _) => self.counted(count, &scope),
            (None, Some((all, _))) => self.keyed(all, &scope),
            (None, None) => return Entries { shape: Shape::One, all: vec![Each::default()] },
        };
        given.unwrap_or_else(|stop| {
            let unknown = match stop {
                Stop::Unknown(unknown) => unknown,
                Stop::Fault(why) => Unknown { why, made: None },
            };
            let term = Term::Unknown(unknown.clone());
            let pair = Some((term.clone(), term.clone()));
            let all = vec![Each { pair, index: Some(term) }];
            Entries { shape: Shape::Open(unknown), all }
        })
    }

    pub(super) fn counted(
        &self,
        count: &Expression,
        scope: &Scope<'_, 'a>,
    ) -> Result<Entries, Stop> {
        let count = self.deep(count, scope)?.whole()?;
        self.outside.budget.spend(usize::try_from(count).unwrap_or_default())?;
        let each = |index| Ok(Each { pair: None, index: Some(number(f64::from(index))?) });
        let all = (0..u32::try_from(count).unwrap_or_default()).map(each);
        Ok(Entries { shape: Shape::Counted, all: all.collect::<Result<_, Stop>>()? })
    }

    pub(super) fn keyed(&self, all: &Expression, scope: &Scope<'_, 'a>) -> Result<Entries, Stop> {
        let each = |key, value| Each { pair: Some((key, value)), index: None };
        let all = match self.deep(all, scope)? {
            Term::Map(map) => {
                map.iter().map(|(key, value)| each(Term::of(key), value.clone())).collect()
            }
            Term::Null => return Err(Stop::fault("`for_each` is null")),
            other => other.elements()?.iter().map(|key| each(key.clone(), key.clone())).collect(),
        };
        Ok(Entries { shape: Shape::Keyed, all })
    }
}
