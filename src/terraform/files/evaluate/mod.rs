//! Evaluates expressions whose values the files alone determine.
//!
//! Modules, local values, variables and outputs are evaluated when something asks for them, and
//! once. What is not known makes only that unknown which hangs on it: the other branch of a
//! condition, or the other keys of a map, are told all the same.
//!
//! hcl-rs has an evaluator, too. It knows no values that are unknown, evaluates the arguments of
//! `try` before the call, has none of Terraform's functions, and hands a function nothing of the
//! project.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use camino::{Utf8Path, Utf8PathBuf};
use hcl_edit::expr::{
    BinaryOperator, Expression, ForExpr, FuncCall, Object, ObjectKey, Traversal, TraversalOperator,
    UnaryOperator,
};

use super::blocks::{Attribute, Block};
use super::functions;
use super::modules::{Module, Modules, source};
use super::outside::{HERE, Outside, located};
use super::template::{Piece, pieces};
use super::term::{Budget, Given, Made, Stop, Term, Unknown, number, part};
use super::types;
use super::variables::{Values, Variables};
use crate::report::Place;
use crate::terraform::Note;
use crate::tree::seen_from;

/// How deep values may refer to values: only a circle of them, or a hostile file, is deeper.
const DEEPEST: u32 = 100;
/// How deep modules may call modules: a module that calls itself would never end.
const DEEPEST_MODULE: usize = 16;
/// What a call of a module costs, in terms.
const OF_A_MODULE: usize = 100;
/// The arguments of a call that are Terraform's own.
const NO_ARGUMENTS: [&str; 6] =
    ["source", "version", "count", "for_each", "providers", "depends_on"];

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

    /// The module in which Terraform runs.
    pub(super) fn root(&self, root: &'a Utf8Path) -> Option<Rc<Instance<'a>>> {
        let (folder, module) = self.modules.get(root)?;
        Some(self.instance(folder, module, root, None, None, 0))
    }

    /// What was decided on the way, for those who ask.
    pub(super) fn notes(self) -> impl Iterator<Item = Note> {
        self.notes.into_inner().into_iter()
    }

    fn instance(
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
    pub(super) fn called(
        &self,
        caller: &Rc<Instance<'a>>,
        block: &'a Block,
    ) -> Option<Vec<Rc<Instance<'a>>>> {
        self.calls(caller, block, 0).ok()?.instances.clone()
    }

    fn calls(
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
    pub(super) fn entries(&self, block: &Block, instance: &Rc<Instance<'a>>) -> Entries {
        self.entries_at(block, instance, 0)
    }

    fn entries_at(&self, block: &Block, instance: &Rc<Instance<'a>>, depth: u32) -> Entries {
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

    fn counted(&self, count: &Expression, scope: &Scope<'_, 'a>) -> Result<Entries, Stop> {
        let count = self.deep(count, scope)?.whole()?;
        self.outside.budget.spend(usize::try_from(count).unwrap_or_default())?;
        let each = |index| Ok(Each { pair: None, index: Some(number(f64::from(index))?) });
        let all = (0..u32::try_from(count).unwrap_or_default()).map(each);
        Ok(Entries { shape: Shape::Counted, all: all.collect::<Result<_, Stop>>()? })
    }

    fn keyed(&self, all: &Expression, scope: &Scope<'_, 'a>) -> Result<Entries, Stop> {
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

    pub(super) fn term(&self, expression: &Expression, scope: &Scope<'_, 'a>) -> Given {
        self.deep(expression, scope)
    }

    /// The end of a path whose beginning is not known, from the last segment on that is wholly
    /// known: `api/api.zip` of `${var.folder}/api/api.zip`.
    pub(super) fn end(
        &self,
        expression: &Expression,
        scope: &Scope<'_, 'a>,
    ) -> Option<Utf8PathBuf> {
        let mut expression = expression;
        while let Expression::Parenthesis(inner) = expression {
            expression = inner.inner();
        }
        let Expression::StringTemplate(template) = expression else { return None };
        let pieces = pieces(template.iter(), false);
        let text = |piece: &Piece<'_>| match piece {
            Piece::Text(text) => Some(text.clone()),
            Piece::Value(expression) => {
                self.deep(expression, scope).ok()?.text().ok().map(|text| text.to_string())
            }
            Piece::If { .. } | Piece::For { .. } => None,
        };
        let mut parts: Vec<String> = pieces.iter().rev().map_while(text).collect();
        parts.reverse();
        // Up to the first slash the text may be the end of a longer name:
        // `${var.stage}api/api.zip`.
        let text = parts.concat();
        let (_, end) = text.split_once('/')?;
        let end = crate::tree::normal(Utf8Path::new(end));
        (!end.as_str().is_empty()).then_some(end)
    }

    /// The folders and files that an `archive_file` is made of, as far as they are known.
    pub(super) fn archived(&self, block: &Block, scope: &Scope<'_, 'a>) -> Vec<Utf8PathBuf> {
        let path = |expression: &Expression, scope: &Scope<'_, 'a>| {
            let text = self.deep(expression, scope).ok()?.text().ok()?;
            Some(located(&text, scope.root))
        };
        let own = ["source_dir", "source_file"].into_iter();
        let own = own.filter_map(|name| path(block.attribute(name)?.0, scope));
        let mut paths: Vec<Utf8PathBuf> = own.collect();
        // Of a `source` block, the content is mostly a file.
        let file = |block: &Block, scope: &Scope<'_, 'a>| match block.attribute("content")?.0 {
            Expression::FuncCall(call)
                if ["file", "templatefile"].contains(&call.name.name.as_str()) =>
            {
                path(call.args.get(0)?, scope)
            }
            _ => None,
        };
        for inner in &block.blocks {
            let is_dynamic = inner.kind == "dynamic" && inner.labels == ["source"];
            if inner.kind == "source" {
                paths.extend(file(inner, scope));
            } else if let Some((all, _)) = inner.attribute("for_each").filter(|_| is_dynamic)
                && let Ok(Entries { all, .. }) = self.keyed(all, scope)
                && let Some(content) = inner.blocks.iter().find(|block| block.kind == "content")
            {
                for (key, value) in all.into_iter().filter_map(|each| each.pair) {
                    let entry = [("key".to_owned(), key), ("value".to_owned(), value)];
                    let names = [("source".to_owned(), Term::map(entry.into()))];
                    let frame = Frame { names: &names, outer: scope.frame };
                    paths.extend(file(content, &Scope { frame: Some(&frame), ..*scope }));
                }
            }
        }
        paths
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

    fn deep(&self, expression: &Expression, scope: &Scope<'_, 'a>) -> Given {
        self.outside.budget.spend(1)?;
        self.reach(scope.depth)?;
        let scope = &Scope { depth: scope.depth + 1, ..*scope };
        match expression {
            Expression::Null(_) => Ok(Term::Null),
            Expression::Bool(truth) => Ok(Term::Bool(*truth.value())),
            Expression::Number(value) => number(value.value().as_f64().unwrap_or(f64::NAN)),
            Expression::String(text) => Ok(Term::of(text.as_str())),
            Expression::Array(list) => {
                let list = list.iter().map(|one| part(self.deep(one, scope)));
                Ok(Term::list(list.collect::<Result<_, _>>()?))
            }
            Expression::Parenthesis(inner) => self.deep(inner.inner(), scope),
            Expression::Object(object) => self.object(object, scope),
            Expression::StringTemplate(template) => {
                self.template(&pieces(template.iter(), false), scope)
            }
            // hcl-edit takes the indentation from what is not in a directive only.
            Expression::HeredocTemplate(heredoc)
                if heredoc.indent().is_some()
                    && heredoc.template.iter().any(|element| element.is_directive()) =>
            {
                Err(Stop::unknown("an indented text has directives"))
            }
            Expression::HeredocTemplate(heredoc) => {
                self.template(&pieces(heredoc.template.iter(), true), scope)
            }
            Expression::Variable(name) => match bound(name.as_str(), scope.frame) {
                Some(term) => term.clone().open(),
                None => Err(Stop::unknown(&format!("`{name}` is no value"))),
            },
            Expression::Traversal(traversal) => self.traversal(traversal, scope),
            Expression::FuncCall(call) => self.call(call, scope),
            Expression::Conditional(conditional) => {
                let (then, other) = (&conditional.true_expr, &conditional.false_expr);
                self.conditional(&conditional.cond_expr, then, other, scope)
            }
            Expression::UnaryOp(operation) => {
                let term = self.deep(&operation.expr, scope)?;
                match operation.operator.value() {
                    UnaryOperator::Neg => number(-term.number()?),
                    UnaryOperator::Not => Ok(Term::Bool(!term.truth()?)),
                }
            }
            Expression::BinaryOp(operation) => {
                let (one, other) = (&operation.lhs_expr, &operation.rhs_expr);
                self.binary(*operation.operator.value(), one, other, scope)
            }
            Expression::ForExpr(all) => self.all(all, scope),
        }
    }

    fn object(&self, object: &Object, scope: &Scope<'_, 'a>) -> Given {
        let mut map = BTreeMap::new();
        for (key, value) in object.iter() {
            let key = match key {
                ObjectKey::Ident(name) | ObjectKey::Expression(Expression::Variable(name)) => {
                    name.as_str().into()
                }
                ObjectKey::Expression(key) => self.deep(key, scope)?.text()?,
            };
            map.insert(key.to_string(), part(self.deep(value.expr(), scope))?);
        }
        Ok(Term::map(map))
    }

    fn conditional(
        &self,
        condition: &Expression,
        then: &Expression,
        other: &Expression,
        scope: &Scope<'_, 'a>,
    ) -> Given {
        let truth = self.deep(condition, scope).and_then(|term| term.truth());
        let (chosen, other) = match truth {
            Ok(true) => (self.deep(then, scope)?, other),
            Ok(false) => (self.deep(other, scope)?, then),
            Err(stop @ Stop::Fault(_)) => return Err(stop),
            Err(stop) => {
                let one = self.deep(then, scope).map_err(|_| stop.clone())?;
                let other = self.deep(other, scope).map_err(|_| stop.clone())?;
                // A text and a number become texts; see below.
                let is_same = one.same(&other, &self.outside.budget) == Ok(true);
                return if is_same { Ok(one) } else { Err(stop) };
            }
        };
        // Both branches have one type: beside a text, a number or bool becomes one, too.
        if matches!(chosen, Term::Number(_) | Term::Bool(_))
            && matches!(self.deep(other, scope), Ok(Term::Text(_)))
        {
            return chosen.text().map(Term::Text);
        }
        Ok(chosen)
    }

    fn binary(
        &self,
        operator: BinaryOperator,
        one: &Expression,
        other: &Expression,
        scope: &Scope<'_, 'a>,
    ) -> Given {
        let one = self.deep(one, scope);
        if let BinaryOperator::And | BinaryOperator::Or = operator {
            let one = one.and_then(|term| term.truth());
            let other = self.deep(other, scope).and_then(|term| term.truth());
            // One that decides, whatever the other is.
            let deciding = operator == BinaryOperator::Or;
            return match (one, other) {
                (Err(stop @ Stop::Fault(_)), _) => Err(stop),
                (_, Err(stop @ Stop::Fault(_))) => {
                    // Terraform 1.12 does not look at it where the first decides, and those before
                    // do.
                    Err(Stop::unknown(&stop.to_string()))
                }
                (Ok(truth), _) | (_, Ok(truth)) if truth == deciding => Ok(Term::Bool(deciding)),
                (Ok(_), Ok(_)) => Ok(Term::Bool(!deciding)),
                (Err(stop), _) | (_, Err(stop)) => Err(stop),
            };
        }
        let (one, other) = (one?, self.deep(other, scope)?);
        let numbers = || Ok::<_, Stop>((one.number()?, other.number()?));
        let equals = || one.equals(&other, &self.outside.budget);
        match operator {
            BinaryOperator::Eq | BinaryOperator::NotEq if one.has(HERE) || other.has(HERE) => {
                Err(Stop::unknown("it depends on where the project lies"))
            }
            BinaryOperator::Eq => Ok(Term::Bool(equals()?)),
            BinaryOperator::NotEq => Ok(Term::Bool(!equals()?)),
            BinaryOperator::LessEq => numbers().map(|(one, other)| Term::Bool(one <= other)),
            BinaryOperator::GreaterEq => numbers().map(|(one, other)| Term::Bool(one >= other)),
            BinaryOperator::Less => numbers().map(|(one, other)| Term::Bool(one < other)),
            BinaryOperator::Greater => numbers().map(|(one, other)| Term::Bool(one > other)),
            BinaryOperator::Plus => numbers().and_then(|(one, other)| number(one + other)),
            BinaryOperator::Minus => numbers().and_then(|(one, other)| number(one - other)),
            BinaryOperator::Mul => numbers().and_then(|(one, other)| number(one * other)),
            BinaryOperator::Div | BinaryOperator::Mod if numbers()?.1 == 0.0 => {
                Err(Stop::fault("it divides by zero"))
            }
            BinaryOperator::Div => numbers().and_then(|(one, other)| number(one / other)),
            BinaryOperator::Mod => numbers().and_then(|(one, other)| number(one % other)),
            BinaryOperator::And | BinaryOperator::Or => Err(Stop::unknown("it is computed")),
        }
    }

    /// `[for …]` and `{for …}`.
    fn all(&self, expression: &ForExpr, scope: &Scope<'_, 'a>) -> Given {
        let intro = &expression.intro;
        let collection = self.deep(&intro.collection_expr, scope)?;
        if collection.is_in_unknown_order() && expression.key_expr.is_none() {
            return Err(Stop::unknown("the order of a set is known to Terraform only"));
        }
        let key_name = intro.key_var.as_ref().map(|name| name.as_str());
        let (mut list, mut groups) = (Vec::new(), BTreeMap::<String, Vec<Term>>::new());
        self.each(&collection, key_name, intro.value_var.as_str(), scope, &mut |scope| {
            if let Some(condition) = &expression.cond
                && !self.deep(&condition.expr, scope)?.truth()?
            {
                return Ok(());
            }
            let value = part(self.deep(&expression.value_expr, scope))?;
            match &expression.key_expr {
                None => list.push(value),
                Some(key) => {
                    let key = self.deep(key, scope)?.text()?.to_string();
                    let group = groups.entry(key).or_default();
                    if !expression.grouping && !group.is_empty() {
                        return Err(Stop::fault("`for` gives one key twice"));
                    }
                    group.push(value);
                }
            }
            Ok(())
        })?;
        if expression.key_expr.is_none() {
            return Ok(Term::list(list));
        }
        let entry = |(key, mut group): (String, Vec<Term>)| match expression.grouping {
            true => (key, Term::list(group)),
            false => (key, group.remove(0)),
        };
        Ok(Term::map(groups.into_iter().map(entry).collect()))
    }

    /// Does something for each element of a collection, with its names bound.
    fn each(
        &self,
        collection: &Term,
        key_name: Option<&str>,
        value_name: &str,
        scope: &Scope<'_, 'a>,
        visit: &mut dyn FnMut(&Scope<'_, 'a>) -> Result<(), Stop>,
    ) -> Result<(), Stop> {
        let pairs: Vec<(Term, Term)> = match collection.known()? {
            Term::Map(map) => {
                map.iter().map(|(key, value)| (Term::of(key), value.clone())).collect()
            }
            Term::Set(set) => set.iter().map(|value| (value.clone(), value.clone())).collect(),
            list => {
                let numbers = (0_u32..).map(|index| Term::Number(f64::from(index)));
                numbers.zip(list.elements()?.iter().cloned()).collect()
            }
        };
        for (key, value) in pairs {
            self.outside.budget.spend(1)?;
            let mut names = vec![(value_name.to_owned(), value)];
            names.extend(key_name.map(|name| (name.to_owned(), key)));
            let frame = Frame { names: &names, outer: scope.frame };
            visit(&Scope { frame: Some(&frame), ..*scope })?;
        }
        Ok(())
    }

    /// A template of one value is that value; any other is a text.
    fn template(&self, pieces: &[Piece<'_>], scope: &Scope<'_, 'a>) -> Given {
        if let [Piece::Value(expression)] = pieces {
            return self.deep(expression, scope);
        }
        let mut text = String::new();
        self.render(pieces, scope, &mut text)?;
        Ok(Term::of(text))
    }

    fn render(
        &self,
        pieces: &[Piece<'_>],
        scope: &Scope<'_, 'a>,
        text: &mut String,
    ) -> Result<(), Stop> {
        let scope = &Scope { depth: scope.depth + 1, ..*scope };
        self.reach(scope.depth)?;
        for piece in pieces {
            match piece {
                Piece::Text(literal) => {
                    self.outside.budget.spend_text(literal.len())?;
                    text.push_str(literal);
                }
                Piece::Value(expression) => {
                    let value = self.deep(expression, scope)?.text()?;
                    self.outside.budget.spend_text(value.len())?;
                    text.push_str(&value);
                }
                Piece::If { condition, then, other } => {
                    let truth = self.deep(condition, scope)?.truth()?;
                    self.render(if truth { then } else { other }, scope, text)?;
                }
                Piece::For { key, value, collection, body } => {
                    let collection = self.deep(collection, scope)?;
                    if collection.is_in_unknown_order() {
                        let why = "the order of a set is known to Terraform only";
                        return Err(Stop::unknown(why));
                    }
                    self.each(&collection, *key, value, scope, &mut |scope| {
                        self.render(body, scope, text)
                    })?;
                }
            }
        }
        Ok(())
    }

    fn call(&self, call: &FuncCall, scope: &Scope<'_, 'a>) -> Given {
        let name = call.name.name.as_str();
        if call.name.is_namespaced() {
            return Err(Stop::unknown(&format!("`{name}(…)` is a provider's function")));
        }
        let given = || call.args.iter().map(|given| self.deep(given, scope));
        match name {
            // These are the only ones that see a fault of their arguments.
            "try" => {
                for given in given() {
                    match given {
                        Err(Stop::Fault(_)) => {}
                        given => return given,
                    }
                }
                return Err(Stop::fault("no argument of `try(…)` has a value"));
            }
            "can" => {
                return match given().next() {
                    Some(Err(Stop::Fault(_))) => Ok(Term::Bool(false)),
                    Some(Err(stop)) => Err(stop),
                    _ => Ok(Term::Bool(true)),
                };
            }
            _ => {}
        }
        let mut given = given().map(part).collect::<Result<Vec<_>, _>>()?;
        if call.args.expand_final()
            && let Some(last) = given.pop()
        {
            given.extend(last.elements()?.iter().cloned());
        }
        if let ("templatefile", [path, names]) = (name, &given[..]) {
            let path = located(&path.text()?, scope.root);
            let text = self.outside.file(&path)?.text()?;
            let template = hcl_edit::parser::parse_template(&text);
            let template =
                template.map_err(|_| Stop::unknown(&format!("`{path}` is no template")))?;
            let names = names.entries()?.iter().map(|(name, term)| (name.clone(), term.clone()));
            let names: Vec<_> = names.collect();
            let frame = Frame { names: &names, outer: None };
            let scope = Scope { instance: None, frame: Some(&frame), ..*scope };
            let mut text = String::new();
            self.render(&pieces(template.iter(), true), &scope, &mut text)?;
            return Ok(Term::of(text));
        }
        functions::call(name, &given, &self.outside, scope.root)
    }

    /// A value by its name, and what follows that.
    fn traversal(&self, traversal: &Traversal, scope: &Scope<'_, 'a>) -> Given {
        let operators: Vec<_> =
            traversal.operators.iter().map(|operator| operator.value()).collect();
        match &traversal.expr {
            Expression::Variable(name) => match bound(name.as_str(), scope.frame) {
                Some(term) => self.follow(term.clone().open()?, &operators, scope),
                None => self.named(name.as_str(), &operators, scope),
            },
            other => self.follow(self.deep(other, scope)?, &operators, scope),
        }
    }

    fn follow(
        &self,
        mut term: Term,
        operators: &[&TraversalOperator],
        scope: &Scope<'_, 'a>,
    ) -> Given {
        let mut rest = operators;
        while let [operator, others @ ..] = rest {
            rest = others;
            let is_full = matches!(operator, TraversalOperator::FullSplat(_));
            term = match operator {
                TraversalOperator::GetAttr(name) => term.at(&Term::of(name.as_str()))?,
                TraversalOperator::LegacyIndex(index) => {
                    term.at(&Term::of(index.value().to_string()))?
                }
                TraversalOperator::Index(key) => term.at(&self.deep(key, scope)?)?,
                TraversalOperator::AttrSplat(_) | TraversalOperator::FullSplat(_) => {
                    let is_attribute =
                        |it: &&&TraversalOperator| matches!(it, TraversalOperator::GetAttr(_));
                    let count = match is_full {
                        true => rest.len(),
                        false => rest.iter().take_while(is_attribute).count(),
                    };
                    let (own, others) = rest.split_at(count);
                    rest = others;
                    let all = match term {
                        Term::Null => Vec::new(),
                        set if set.is_in_unknown_order() => {
                            let why = "the order of a set is known to Terraform only";
                            return Err(Stop::unknown(why));
                        }
                        Term::List(list) | Term::Set(list) => list.to_vec(),
                        one => vec![one],
                    };
                    self.outside.budget.spend(all.len())?;
                    let all = all
                        .into_iter()
                        .map(|one| part(one.open().and_then(|one| self.follow(one, own, scope))));
                    Term::list(all.collect::<Result<_, _>>()?)
                }
            };
        }
        Ok(term)
    }

    /// `var.x`, `local.x` and their like.
    fn named(&self, first: &str, operators: &[&TraversalOperator], scope: &Scope<'_, 'a>) -> Given {
        let Some(instance) = scope.instance else {
            return Err(Stop::fault(&format!("there is no `{first}`")));
        };
        let [TraversalOperator::GetAttr(name), rest @ ..] = operators else {
            return Err(Stop::unknown(&format!("`{first}` is known to Terraform only")));
        };
        let name = name.as_str();
        let only = || Stop::unknown(&format!("`{first}.{name}` is known to Terraform only"));
        let term = match (first, name) {
            ("local", _) => self.local(instance, name, scope.depth)?,
            ("var", _) => self.variable(instance, name, scope.depth)?,
            ("each", "key" | "value") => {
                let pair = scope.each.pair.as_ref().ok_or_else(only)?;
                (if name == "key" { &pair.0 } else { &pair.1 }).clone().open()?
            }
            ("count", "index") => scope.each.index.as_ref().ok_or_else(only)?.clone().open()?,
            ("path", "module") => Term::of(shown(instance.root, instance.folder)),
            ("path", "root") => Term::of("."),
            ("path", "cwd") => Term::of(format!("{HERE}/{}", instance.root).trim_end_matches('/')),
            ("terraform", "workspace") => {
                return Err(Stop::unknown("`terraform.workspace` is chosen when Terraform runs"));
            }
            ("module", _) => return self.of_module(instance, name, rest, scope),
            ("data" | "ephemeral", _) => {
                let [TraversalOperator::GetAttr(label), rest @ ..] = rest else {
                    return Err(only());
                };
                let address = format!("{first}.{name}.{}", label.as_str());
                return self.of_resource(instance, name, &address, rest, scope);
            }
            _ => {
                let address = format!("{first}.{name}");
                return self.of_resource(instance, first, &address, rest, scope);
            }
        };
        self.follow(term, rest, scope)
    }

    fn local(&self, instance: &Rc<Instance<'a>>, name: &str, depth: u32) -> Given {
        let Some(Attribute { value, .. }) = instance.module.local(name) else {
            return Err(Stop::fault(&format!("there is no `local.{name}`")));
        };
        // A local value has no `each` of its own.
        let none = Each::default();
        let scope = Scope { depth: depth + 1, ..instance.scope(&none) };
        self.once(&instance.locals, name, depth, &|| self.deep(value, &scope))
    }

    fn variable(&self, instance: &Rc<Instance<'a>>, name: &str, depth: u32) -> Given {
        self.once(&instance.variables, name, depth, &|| {
            let block = instance.module.block(&format!("variable.{name}"));
            let none = Each::default();
            let scope = Scope { depth: depth + 1, ..instance.scope(&none) };
            let default = block.and_then(|block| block.attribute("default"));
            let default = || default.as_ref().map(|(value, _)| self.deep(value, &scope));
            let kind = block.and_then(|block| block.attribute("type"));
            let kind = kind.map(|(kind, _)| {
                let closed = Scope { instance: None, ..scope };
                types::read(kind, &|constant| self.deep(constant, &closed))
            });
            let converted = |given: Given| match &kind {
                Some(kind) => types::convert(&given?, kind, &self.outside.budget),
                None => given,
            };
            let given = match &instance.call {
                None => self.of_root(instance, name, &|| default().map(converted), &converted),
                Some(call) => match call.block.attribute(name) {
                    Some((value, _)) if !NO_ARGUMENTS.contains(&name) => {
                        let parent = self.instances.borrow().get(call.parent).cloned();
                        let parent = parent.ok_or_else(|| Stop::unknown("it is not called"))?;
                        let scope = Scope { depth: depth + 1, ..parent.scope(&call.each) };
                        converted(self.deep(value, &scope))
                    }
                    _ => default()
                        .map(converted)
                        .unwrap_or_else(|| Err(Stop::unknown(&format!("`var.{name}` is not set")))),
                },
            };
            let is_nullable = block.and_then(|block| block.attribute("nullable"));
            match (given, is_nullable) {
                (Ok(Term::Null), Some((Expression::Bool(truth), _))) if !truth.value() => {
                    default().map_or(Ok(Term::Null), converted)
                }
                (given, _) => given,
            }
        })
    }

    /// A variable of the module in which Terraform runs: what it takes by itself, unless a file
    /// that may be given on the command line says otherwise.
    fn of_root(
        &self,
        instance: &Rc<Instance<'a>>,
        name: &str,
        default: &dyn Fn() -> Option<Given>,
        converted: &dyn Fn(Given) -> Given,
    ) -> Given {
        let files = self.variables.files(instance.root);
        let sets = |file: &&Values| file.values.contains_key(name);
        let none = Each::default();
        let closed = Scope { instance: None, ..instance.scope(&none) };
        let value = |file: &Values| {
            let attribute = file.values.get(name)?;
            Some((converted(self.deep(&attribute.value, &closed)), attribute.spot.place()))
        };
        let unset = || Stop::unknown(&format!("no file sets `var.{name}`"));
        if let Some(path) = self.variables.terragrunt(name) {
            return Err(Stop::unknown(&format!("`{path}` may set `var.{name}`")));
        }
        if !files.iter().any(|file| sets(&file)) {
            return default().unwrap_or_else(|| Err(unset()));
        }
        let own = files.iter().rev().filter(|file| file.is_taken).find_map(value);
        let own = own.or_else(|| {
            let block = instance.module.block(&format!("variable.{name}"));
            Some((default()?, block?.attribute("default")?.1))
        });
        if !files.iter().filter(|file| !file.is_taken).any(|file| sets(&file)) {
            return own.map_or_else(|| Err(unset()), |(given, _)| given);
        }
        let block = instance.module.block(&format!("variable.{name}"));
        let is_secret = block.is_some_and(|block| block.attribute("sensitive").is_some());
        let mut all = Vec::new();
        for file in files.iter().filter(|file| !file.is_taken) {
            let Some((given, place)) = value(file).or_else(|| own.clone()) else {
                let path = &file.path;
                return Err(Stop::unknown(&format!("`{path}` does not set `var.{name}`")));
            };
            all.push((given?, place));
        }
        let ((first, place), others) = all.split_first().ok_or_else(unset)?;
        let agree = |one: Term, (other, at): &(Term, Place)| {
            let (name, budget) = (format!("var.{name}"), &self.outside.budget);
            agreed(&name, (&one, place), (other, at), is_secret, budget)
        };
        let term = others.iter().fold(first.clone(), agree);
        let root = if instance.root == "" { "." } else { instance.root.as_str() };
        let how = if term == *first { "" } else { ", as far as they do" };
        let message = format!(
            "`var.{name}` is taken from here: all files of values for `{root}` agree on it{how}"
        );
        let (term, place) = (term.open()?, place.clone());
        self.notes.borrow_mut().insert(Note { place: Some(place), message });
        Ok(term)
    }

    /// What follows `module.x`.
    fn of_module(
        &self,
        instance: &Rc<Instance<'a>>,
        name: &str,
        operators: &[&TraversalOperator],
        scope: &Scope<'_, 'a>,
    ) -> Given {
        let Some(block) = instance.module.block(&format!("module.{name}")) else {
            return Err(Stop::fault(&format!("there is no `module.{name}`")));
        };
        let called = self.calls(instance, block, scope.depth)?;
        let Some(instances) = &called.instances else {
            return Err(Stop::unknown(&format!("`module.{name}` comes from elsewhere")));
        };
        let output = |index: usize, name: &str| self.output(&instances[index], name, scope.depth);
        let whole = |index: usize| {
            let outputs = instances[index].module.blocks("output").map(Block::name);
            let outputs = outputs.map(|name| Ok((name.to_owned(), part(output(index, name))?)));
            Ok(Term::map(outputs.collect::<Result<_, Stop>>()?))
        };
        self.of_entries(&called.entries, operators, scope, &output, &whole)
    }

    pub(super) fn output(&self, instance: &Rc<Instance<'a>>, name: &str, depth: u32) -> Given {
        let block = instance.module.block(&format!("output.{name}"));
        let Some((value, _)) = block.and_then(|block| block.attribute("value")) else {
            return Err(Stop::fault(&format!("there is no output `{name}`")));
        };
        let none = Each::default();
        let scope = Scope { depth: depth + 1, ..instance.scope(&none) };
        self.once(&instance.outputs, name, depth, &|| self.deep(value, &scope))
    }

    /// What follows the address of a resource or data source: an attribute that its block sets.
    /// What a provider adds is known to Terraform only.
    fn of_resource(
        &self,
        instance: &Rc<Instance<'a>>,
        kind: &str,
        address: &str,
        operators: &[&TraversalOperator],
        scope: &Scope<'_, 'a>,
    ) -> Given {
        let why: Rc<str> = format!("`{address}` is known to Terraform only").into();
        let Some(block) = instance.module.block(address) else {
            let made = (kind == "archive_file").then(|| Rc::new(Made::Archive(Vec::new())));
            return Err(Stop::Unknown(Unknown { why, made }));
        };
        let entries = self.entries_at(block, instance, scope.depth);
        let attribute = |index: usize, name: &str| {
            let each = &entries.all[index];
            let scope = Scope { depth: scope.depth + 1, ..instance.scope(each) };
            let given = block.attribute(name).map(|(value, _)| self.deep(value, &scope));
            let why = match given {
                Some(Ok(term)) if term != Term::Null => return Ok(term),
                Some(Err(Stop::Unknown(unknown))) => unknown.why,
                Some(Err(stop @ Stop::Fault(_))) => return Err(stop),
                Some(Ok(_)) | None => Rc::clone(&why),
            };
            let made = match kind {
                "archive_file" => Some(Made::Archive(self.archived(block, &scope))),
                "aws_s3_object" | "aws_s3_bucket_object" => self.uploaded(block, &scope),
                _ => None,
            };
            Err(Stop::Unknown(Unknown { why, made: made.map(Rc::new) }))
        };
        let whole = |_: usize| Err(Stop::Unknown(Unknown { why: Rc::clone(&why), made: None }));
        self.of_entries(&entries, operators, scope, &attribute, &whole)
    }

    /// The file that an object in S3 is uploaded from.
    pub(super) fn uploaded(&self, block: &Block, scope: &Scope<'_, 'a>) -> Option<Made> {
        let (value, _) = block.attribute("source")?;
        match self.deep(value, scope) {
            Ok(term) => Some(Made::Object(Ok(term))),
            Err(Stop::Unknown(unknown)) => Some(Made::Object(Err(unknown))),
            Err(Stop::Fault(_)) => None,
        }
    }

    /// What follows the name of something of which there may be several.
    fn of_entries(
        &self,
        entries: &Entries,
        operators: &[&TraversalOperator],
        scope: &Scope<'_, 'a>,
        attribute: &dyn Fn(usize, &str) -> Given,
        whole: &dyn Fn(usize) -> Given,
    ) -> Given {
        let of = |index: usize, operators: &[&TraversalOperator]| match operators {
            [TraversalOperator::GetAttr(name), rest @ ..] => {
                self.follow(attribute(index, name.as_str())?, rest, scope)
            }
            others => self.follow(whole(index)?, others, scope),
        };
        let key = |each: &Each| match &entries.shape {
            Shape::Counted => each.index.clone(),
            _ => each.pair.as_ref().map(|(key, _)| key.clone()),
        };
        match (&entries.shape, operators) {
            (Shape::One, _) => of(0, operators),
            (Shape::Open(unknown), _) => Err(Stop::Unknown(unknown.clone())),
            (_, [TraversalOperator::Index(_) | TraversalOperator::LegacyIndex(_), rest @ ..]) => {
                let wanted = match operators[0] {
                    TraversalOperator::Index(wanted) => self.deep(wanted, scope)?,
                    TraversalOperator::LegacyIndex(index) => Term::of(index.value().to_string()),
                    _ => Term::Null,
                };
                let wanted = wanted.text()?;
                for (index, each) in entries.all.iter().enumerate() {
                    if key(each).is_some_and(|key| key.text().as_ref() == Ok(&wanted)) {
                        return of(index, rest);
                    }
                }
                Err(Stop::fault(&format!("there is no `{wanted}` of it")))
            }
            (
                Shape::Counted,
                [
                    TraversalOperator::AttrSplat(_) | TraversalOperator::FullSplat(_),
                    first @ TraversalOperator::GetAttr(_),
                    rest @ ..,
                ],
            ) => {
                let all = (0..entries.all.len()).map(|index| part(of(index, &[first])));
                let all = Term::list(all.collect::<Result<_, _>>()?);
                let mut operators = vec![operators[0]];
                operators.extend(rest);
                self.follow(all, &operators, scope)
            }
            (Shape::Counted, others) => {
                let all = (0..entries.all.len()).map(|index| part(whole(index)));
                self.follow(Term::list(all.collect::<Result<_, _>>()?), others, scope)
            }
            (Shape::Keyed, others) => {
                let entry = |index: usize| {
                    let key = key(&entries.all[index]).unwrap_or(Term::Null).text()?;
                    Ok((key.to_string(), part(whole(index))?))
                };
                let all = (0..entries.all.len()).map(entry);
                self.follow(Term::map(all.collect::<Result<_, Stop>>()?), others, scope)
            }
        }
    }
}

/// What two files of values agree on; what they do not is not known, each part by itself. What is
/// secret is not told.
fn agreed(
    name: &str,
    here: (&Term, &Place),
    there: (&Term, &Place),
    is_secret: bool,
    budget: &Budget,
) -> Term {
    let ((one, at), (other, place)) = (here, there);
    match (one, other) {
        (Term::Unknown(_), _) => one.clone(),
        (Term::Map(own), Term::Map(others)) if own.keys().eq(others.keys()) => {
            let part = |((key, one), other)| {
                let name = format!("{name}.{key}");
                (String::clone(key), agreed(&name, (one, at), (other, place), is_secret, budget))
            };
            Term::map(own.iter().zip(others.values()).map(part).collect())
        }
        _ if one.same(other, budget) == Ok(true) => one.clone(),
        _ => {
            let shown = |term: &Term| match term {
                _ if is_secret => "one thing".to_owned(),
                Term::Map(_) | Term::List(_) | Term::Set(_) => "one thing".to_owned(),
                short => short.text().map_or("one thing".to_owned(), |text| format!("`{text}`")),
            };
            let (one, other) = match (shown(one), shown(other)) {
                (one, other) if one == other => (one, "another".to_owned()),
                both => both,
            };
            Term::Unknown(Unknown::new(&format!(
                "`{name}` is {one} at {at} and {other} at {place}"
            )))
        }
    }
}

/// What a name is bound to.
fn bound<'s>(name: &str, frame: Option<&'s Frame<'s>>) -> Option<&'s Term> {
    let frame = frame?;
    let own = frame.names.iter().find(|(own, _)| own == name);
    own.map(|(_, term)| term).or_else(|| bound(name, frame.outer))
}

/// The path of a module as Terraform has it: from the folder in which it runs.
fn shown(root: &Utf8Path, folder: &Utf8Path) -> String {
    match seen_from(Utf8Path::new("/").join(root).as_path(), &Utf8Path::new("/").join(folder)) {
        here if here == "" => ".".to_owned(),
        path => path.into_string(),
    }
}

#[cfg(test)]
mod tests;
