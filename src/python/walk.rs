//! Walks the statements of a module, and collects what it imports, binds and changes.

use std::collections::{BTreeMap, BTreeSet};

use ruff_python_ast::visitor::{self, Visitor};
use ruff_python_ast::{self as ast, Expr, Pattern, Stmt};
use ruff_text_size::{Ranged as _, TextRange};

use super::condition::{Known, last_name};
use super::{Folder, Form, Import, Module, Search, TryNumber, When};
use crate::lambda::PythonVersion;

/// Collects what a module's statements say to a version of Python.
pub(super) fn walk(
    body: &[Stmt],
    python: Option<PythonVersion>,
    line_of: &dyn Fn(TextRange) -> u32,
) -> Module {
    let mut reader = Reader {
        module: Module::default(),
        known: Known { python, names: BTreeMap::new() },
        folders: BTreeMap::new(),
        of_sys: BTreeMap::new(),
        things: BTreeMap::new(),
        of_own_name: BTreeSet::new(),
        line_of,
        here: Here { when: When::Always, caught_by: None, after: None, scope: Scope::Module },
        tries: 0,
    };
    reader.visit_body(body);
    reader.module
}

/// Endings of files from which modules are imported that are in them (`zipimport`).
const ARCHIVES: [&str; 5] = [".zip", ".egg", ".whl", ".pyz", ".pex"];

/// Names in an expression that give folders in another shape, and no others.
const SHAPES: &str = "os path join abspath realpath normpath dirname fspath posixpath str pathlib Path \
     PurePath PosixPath PurePosixPath resolve absolute parent as_posix joinpath list \
     tuple set sorted reversed dict fromkeys copy startswith endswith filter";

/// The function of `site` that adds a folder to `sys.path`.
const ADDS_FOLDER: &str = "addsitedir";

/// Every module.
pub(crate) const ALL: &str = "*";

struct Reader<'a> {
    module: Module,
    known: Known,
    /// What a name was given that a folder may be in, as far as `sys.path` is concerned.
    folders: BTreeMap<String, Search>,
    /// What a name stands for, of `sys`: an attribute, or `sys` itself as an empty text.
    of_sys: BTreeMap<String, String>,
    /// What a name stands for that is a module, perhaps: the last part of that one's name.
    things: BTreeMap<String, String>,
    /// The names of what was made with the module's own name.
    of_own_name: BTreeSet<String>,
    line_of: &'a dyn Fn(TextRange) -> u32,
    here: Here,
    /// How many there were.
    tries: TryNumber,
}

/// Where the walk is.
#[derive(Debug, Clone, Copy)]
struct Here {
    when: When,
    caught_by: Option<TryNumber>,
    after: Option<TryNumber>,
    scope: Scope,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Scope {
    Module,
    Class,
    Function,
}

impl Here {
    /// The same where something may only be run now and then. What is not sure to run in a `try`
    /// is not sure to make it fail.
    fn at_most(self, when: When) -> Self {
        Self { when: self.when.min(when), caught_by: None, ..self }
    }

    /// The same under a condition; none where nothing is ever run.
    fn under(self, holds: Option<bool>) -> Option<Self> {
        match holds {
            Some(true) => Some(self),
            Some(false) => None,
            None => Some(self.at_most(When::Perhaps)),
        }
    }
}

impl Reader<'_> {
    fn within(&mut self, here: Here, body: &[Stmt]) {
        let outer = std::mem::replace(&mut self.here, here);
        self.visit_body(body);
        self.here = outer;
    }

    /// Binds a name of the scope that the walk is in, to what is not known.
    fn bind(&mut self, name: &str) {
        if self.here.scope == Scope::Module {
            self.known.names.insert(name.to_owned(), None);
        }
        self.own(name);
    }

    /// Notes a name of the scope that the walk is in.
    fn own(&mut self, name: &str) {
        if self.here.scope == Scope::Module {
            // However it is made: `__getattr__, __dir__, __all__ = lazy_loader.attach(__name__)`.
            self.module.is_open |= name == "__getattr__";
            self.module.names.insert(name.to_owned());
        }
    }

    /// Binds what an assignment's target has, to a value, if that is known.
    fn assign(&mut self, target: &Expr, value: Option<&Expr>) {
        match target {
            Expr::Name(name) => match value {
                Some(value) => {
                    self.own(name.id.as_str());
                    self.remember(name.id.as_str(), value);
                }
                None => self.bind(name.id.as_str()),
            },
            Expr::Tuple(ast::ExprTuple { elts, .. }) | Expr::List(ast::ExprList { elts, .. }) => {
                elts.iter().for_each(|element| self.assign(element, None));
            }
            Expr::Starred(starred) => self.assign(&starred.value, None),
            Expr::Attribute(attribute) => {
                self.module.attributes.insert(attribute.attr.to_string());
                self.change(target, value);
            }
            Expr::Subscript(subscript) if self.is_of_sys(&subscript.value, "modules") => {
                match &*subscript.slice {
                    Expr::StringLiteral(name) => {
                        self.module.made.push(name.value.to_str().to_owned());
                    }
                    // Another thing in its own place, or in that of what is below it.
                    other if mentions(other, "__name__") => {}
                    _ => self.search(Search::Anywhere),
                }
            }
            Expr::Subscript(subscript) => self.change(&subscript.value, value),
            _ => {}
        }
    }

    /// Notes what a name is given, for conditions and folders.
    fn remember(&mut self, name: &str, value: &Expr) {
        let name = name.to_owned();
        if let Some(thing) = self.thing(value).map(str::to_owned) {
            self.things.insert(name.clone(), thing);
        }
        if mentions(value, "__name__") {
            self.of_own_name.insert(name.clone());
        }
        if let Some(found) = self.of_sys(value).map(str::to_owned) {
            self.of_sys.insert(name.clone(), found);
        }
        let search = self.folder(value);
        self.folders.entry(name.clone()).and_modify(|it| *it = (*it).max(search)).or_insert(search);
        if self.here.scope == Scope::Module {
            let holds = self.known.holds(value);
            self.known
                .names
                .entry(name)
                .and_modify(|it| *it = it.filter(|it| Some(*it) == holds))
                .or_insert(holds);
        }
    }

    /// Whether an expression is an attribute of `sys`, under whatever name either is imported.
    fn is_of_sys(&self, expression: &Expr, name: &str) -> bool {
        self.of_sys(expression).is_some_and(|found| found == name)
    }

    /// The attribute of `sys` that an expression is; an empty text for `sys` itself.
    fn of_sys<'e>(&'e self, expression: &'e Expr) -> Option<&'e str> {
        let is_sys = |owner: &Expr| self.of_sys(owner) == Some("");
        match expression {
            // As `_sys`, too, whoever imports it.
            Expr::Name(name) if name.id.as_str().trim_matches('_') == "sys" => Some(""),
            Expr::Name(name) => self.of_sys.get(name.id.as_str()).map(String::as_str),
            Expr::Attribute(attribute) if is_sys(&attribute.value) => Some(attribute.attr.as_str()),
            // `os.sys.path`
            Expr::Attribute(attribute) if attribute.attr.as_str() == "sys" => Some(""),
            Expr::Call(call) => match (&*call.func, &call.arguments.args[..]) {
                (Expr::Name(name), [owner, Expr::StringLiteral(attribute), ..])
                    if name.id.as_str() == "getattr" && is_sys(owner) =>
                {
                    Some(attribute.value.to_str())
                }
                (_, [Expr::StringLiteral(module)]) if module.value.to_str() == "sys" => {
                    let name = last_name(&call.func)?;
                    ["__import__", "import_module"].contains(&name).then_some("")
                }
                _ => None,
            },
            _ => None,
        }
    }

    /// The last part of the name of the module that an expression may be; all where that is computed.
    fn thing<'e>(&'e self, expression: &'e Expr) -> Option<&'e str> {
        let named = match expression {
            Expr::Name(name) => return self.things.get(name.id.as_str()).map(String::as_str),
            Expr::Attribute(attribute) => {
                return self.thing(&attribute.value).map(|_| attribute.attr.as_str());
            }
            Expr::Subscript(subscript) if self.is_of_sys(&subscript.value, "modules") => {
                Some(&*subscript.slice)
            }
            Expr::Call(call) => match &*call.func {
                Expr::Attribute(it) if self.is_of_sys(&it.value, "modules") => None,
                function => {
                    let name = last_name(function)?;
                    ["import_module", "__import__"].contains(&name).then_some(())?;
                    call.arguments.args.first()
                }
            },
            _ => return None,
        };
        match named {
            Some(Expr::StringLiteral(name)) => name.value.to_str().rsplit('.').next(),
            // That of itself is open by that.
            Some(Expr::Name(name)) if name.id.as_str() == "__name__" => None,
            _ => Some(ALL),
        }
    }

    /// Notes that a module, if it is one, may get any name.
    fn fill(&mut self, expression: &Expr) {
        let thing = self.thing(expression).map(str::to_owned);
        self.module.filled.extend(thing);
    }

    fn search(&mut self, search: Search) {
        self.module.search = self.module.search.max(search);
    }

    /// Notes that a list of `sys` gets something, that can't be told where it is none.
    fn change(&mut self, list: &Expr, added: Option<&Expr>) {
        let search = match (self.of_sys(list), added) {
            (Some("path"), Some(added)) => self.folder(added),
            (Some("path"), None) => Search::Anywhere,
            // What a finder gets the module's own name for is what is below it: `six.moves`.
            (Some("meta_path"), Some(added)) if self.is_of_own_name(added) => Search::Nowhere,
            (Some("meta_path" | "path_hooks"), _) => Search::Anywhere,
            _ => return,
        };
        self.search(search);
    }

    fn is_of_own_name(&self, expression: &Expr) -> bool {
        let words = Words::of(expression, self);
        words.names.iter().any(|name| *name == "__name__" || self.of_own_name.contains(*name))
    }

    /// Where the folders are that an expression names.
    fn folder(&self, expression: &Expr) -> Search {
        let words = Words::of(expression, self);
        // What is in an archive is not looked at.
        let is_archive = |text: &String| ARCHIVES.iter().any(|ending| text.ends_with(ending));
        let of_text = |text: &String| match Folder::of(text) {
            _ if is_archive(text) => Search::Anywhere,
            // A slash alone joins parts.
            _ if text == "/" => Search::Package,
            Folder::Package(_) => Search::Package,
            Folder::Nothing => Search::Nowhere,
            Folder::Unknown => Search::Anywhere,
        };
        let has = |names: &[&str]| names.iter().any(|name| words.names.contains(name));
        let of_texts = words.texts.iter().map(of_text).max();
        let of_names = words.names.iter().filter_map(|name| self.folders.get(*name)).copied().max();
        // A longer path that begins with a slash leads elsewhere, if it is not put behind another.
        let leads_out = words.texts.iter().any(|text| text.len() > 1 && text.starts_with('/'));
        let is_known = |name: &&str| {
            SHAPES.split(' ').any(|shape| shape == *name) || self.folders.contains_key(*name)
        };
        match (of_texts, of_names) {
            (Some(Search::Anywhere), _) => Search::Anywhere,
            _ if has(&["__file__", "getcwd", "cwd"]) => Search::Package,
            _ if words.texts.iter().any(|text| text == "LAMBDA_TASK_ROOT") => Search::Package,
            (_, Some(search @ (Search::Package | Search::Anywhere))) => search,
            (None, None) if words.has_path && words.names.iter().all(is_known) => Search::Nowhere,
            (None, None) => Search::Anywhere,
            _ if words.names.iter().all(is_known) => of_texts.max(of_names).unwrap_or_default(),
            _ if leads_out || of_texts.is_none() || has(&["environ", "getenv"]) => Search::Anywhere,
            _ => Search::Package,
        }
    }

    fn import(&mut self, range: TextRange, level: u32, module: &str, form: Form) {
        let Here { when, caught_by, after, .. } = self.here;
        let (line, module) = ((self.line_of)(range), module.to_owned());
        self.module.imports.push(Import { line, level, module, form, when, caught_by, after });
    }

    fn import_from(&mut self, import: &ast::StmtImportFrom) {
        let module = import.module.as_ref().map(|it| it.as_str()).unwrap_or_default();
        let mut names = Vec::new();
        for alias in &import.names {
            let (own, bound) = (&alias.name, alias.asname.as_ref().unwrap_or(&alias.name));
            let found = match (import.level, module, own.as_str()) {
                (0, "sys", "*") => Some(("path", "path")),
                (0, "sys", own) => Some((bound.as_str(), own)),
                (_, _, "sys") => Some((bound.as_str(), "")),
                (0, "site", "addsitedir") => Some((bound.as_str(), ADDS_FOLDER)),
                _ => None,
            };
            self.of_sys.extend(found.map(|(name, found)| (name.to_owned(), found.to_owned())));
            if own.as_str() == "*" {
                self.module.is_open |= self.here.scope != Scope::Function;
                continue;
            }
            names.push(own.to_string());
            self.bind(bound.as_str());
            self.things.insert(bound.to_string(), own.to_string());
        }
        self.import(import.range, import.level, module, Form::Names(names));
    }

    fn import_modules(&mut self, import: &ast::StmtImport) {
        for alias in &import.names {
            let name = alias.name.as_str();
            if let ("sys", Some(bound)) = (name, &alias.asname) {
                self.of_sys.insert(bound.to_string(), String::new());
            }
            self.import(alias.range, 0, name, Form::Module);
            let first = name.split('.').next().unwrap_or(name);
            let last = name.rsplit('.').next().unwrap_or(name);
            let (bound, thing) =
                alias.asname.as_ref().map_or((first, first), |it| (it.as_str(), last));
            self.bind(bound);
            self.things.insert(bound.to_owned(), thing.to_owned());
        }
    }

    fn branches(&mut self, statement: &ast::StmtIf) {
        let outer = self.here;
        self.visit_expr(&statement.test);
        // Whether no branch before was taken.
        let mut open = Some(true);
        let first = (Some(&*statement.test), &statement.body);
        let others = statement.elif_else_clauses.iter().map(|it| (it.test.as_ref(), &it.body));
        for (test, body) in std::iter::once(first).chain(others) {
            let holds = test.map_or(Some(true), |test| self.known.holds(test));
            let taken = match (open, holds) {
                (Some(false), _) | (_, Some(false)) => Some(false),
                (Some(true), Some(true)) => Some(true),
                _ => None,
            };
            if let Some(here) = outer.under(taken) {
                self.within(here, body);
            }
            open = match (open, holds) {
                (Some(false), _) | (_, Some(true)) => Some(false),
                (open, Some(false)) => open,
                _ => None,
            };
        }
    }

    fn attempt(&mut self, statement: &ast::StmtTry) {
        let outer = self.here;
        let handlers = statement.handlers.iter().map(|ast::ExceptHandler::ExceptHandler(it)| it);
        let catching: Vec<_> = handlers.clone().filter(|it| stops(it)).collect();
        let number = self.tries;
        self.tries += 1;
        let body = match catching[..] {
            [] => outer,
            _ => Here { caught_by: Some(number), ..outer.at_most(When::Caught) },
        };
        self.within(body, &statement.body);
        // It runs where the body has not failed.
        let otherwise = if catching.is_empty() { outer } else { outer.at_most(When::Perhaps) };
        self.within(otherwise, &statement.orelse);
        for handler in handlers {
            if let Some(name) = &handler.name {
                self.bind(name.as_str());
            }
            let is_catching = stops(handler);
            let here = match is_catching && outer.after.is_none() {
                true => Here { after: Some(number), ..outer },
                false => outer.at_most(When::Perhaps),
            };
            self.within(here, &handler.body);
        }
        self.within(outer, &statement.finalbody);
    }

    fn function(&mut self, function: &ast::StmtFunctionDef) {
        let name = function.name.as_str();
        self.bind(name);
        if self.here.scope == Scope::Module
            && self.module.handler.is_none()
            && has_handler_shape(name, &function.parameters)
        {
            self.module.handler = Some(name.to_owned());
        }
        for decorator in &function.decorator_list {
            self.visit_decorator(decorator);
        }
        self.visit_parameters(&function.parameters);
        let here = Here { scope: Scope::Function, ..self.here.at_most(When::Perhaps) };
        let search = self.module.search;
        self.within(here, &function.body);
        // What a loader makes, a finder was asked for: that one counts, where it is put to the others.
        if name == "load_module" {
            self.module.search = search;
        }
    }

    fn class(&mut self, class: &ast::StmtClassDef) {
        self.bind(class.name.as_str());
        for decorator in &class.decorator_list {
            self.module.is_open |= last_name(&decorator.expression) == Some("global_enum");
            self.visit_decorator(decorator);
        }
        if let Some(arguments) = &class.arguments {
            self.visit_arguments(arguments);
        }
        let scope = if self.here.scope == Scope::Function { Scope::Function } else { Scope::Class };
        self.within(Here { scope, ..self.here }, &class.body);
    }

    fn call(&mut self, call: &ast::ExprCall) {
        let arguments = &call.arguments.args;
        let literal = match arguments.first() {
            Some(Expr::StringLiteral(literal)) => Some(literal.value.to_str()),
            _ => None,
        };
        let name = match &*call.func {
            Expr::Name(name) => name.id.as_str(),
            Expr::Attribute(attribute) => attribute.attr.as_str(),
            _ => return,
        };
        let owner = match &*call.func {
            Expr::Attribute(attribute) => Some(&*attribute.value),
            _ => None,
        };
        let is_alias = |name| self.of_sys.get(name).is_some_and(|found| found == ADDS_FOLDER);
        let name = if is_alias(name) { ADDS_FOLDER } else { name };
        match name {
            "import_module" | "__import__" => {
                let literal = literal.filter(|name| !name.is_empty() && !name.starts_with('.'));
                if let Some(module) = literal {
                    self.import(call.range(), 0, module, Form::Called);
                }
                let is_own = |it: &Expr| last_name(it) == Some("__name__");
                self.module.is_open |= arguments.first().is_some_and(is_own);
            }
            // `list.insert(sys.path, 0, "lib")`
            "append" | "insert" | "extend" => {
                let list = owner.filter(|it| self.of_sys(it).is_some()).or(arguments.first());
                if let Some(list) = list {
                    self.change(list, arguments.last());
                }
            }
            ADDS_FOLDER => {
                let search = arguments.first().map_or(Search::Anywhere, |it| self.folder(it));
                self.search(search);
            }
            "setdefault" | "update" if owner.is_some_and(|it| self.is_of_sys(it, "modules")) => {
                match literal {
                    Some(module) => self.module.made.push(module.to_owned()),
                    None => self.search(Search::Anywhere),
                }
            }
            "setattr" => match &arguments[..] {
                [_, Expr::StringLiteral(name), ..] => {
                    self.module.attributes.insert(name.value.to_str().to_owned());
                }
                [thing, ..] => self.fill(thing),
                [] => {}
            },
            "vars" if !arguments.is_empty() => arguments.iter().for_each(|it| self.fill(it)),
            // A namespace package of setuptools; and members of an enumeration, which become names of the
            // module.
            "globals" | "declare_namespace" | "_convert_" | "_convert" => {
                self.module.is_open = true;
            }
            "vars" | "locals" | "exec" | "execfile" => {
                self.module.is_open |= self.here.scope != Scope::Function;
            }
            _ => {}
        }
    }
}

impl<'a> Visitor<'a> for Reader<'_> {
    fn visit_stmt(&mut self, statement: &'a Stmt) {
        match statement {
            Stmt::Import(import) => return self.import_modules(import),
            Stmt::ImportFrom(import) => return self.import_from(import),
            Stmt::FunctionDef(function) => return self.function(function),
            Stmt::ClassDef(class) => return self.class(class),
            Stmt::If(statement) => return self.branches(statement),
            Stmt::Try(statement) => return self.attempt(statement),
            Stmt::For(statement) => {
                self.assign(&statement.target, Some(&statement.iter));
                self.visit_expr(&statement.iter);
                let here = self.here.at_most(When::Perhaps);
                self.within(here, &statement.body);
                return self.within(here, &statement.orelse);
            }
            Stmt::While(statement) => {
                self.visit_expr(&statement.test);
                if let Some(here) = self.here.under(self.known.holds(&statement.test)) {
                    self.within(here, &statement.body);
                }
                return self.within(self.here.at_most(When::Perhaps), &statement.orelse);
            }
            Stmt::With(statement) => {
                for item in &statement.items {
                    self.visit_expr(&item.context_expr);
                    item.optional_vars.iter().for_each(|target| self.assign(target, None));
                }
                let may_catch = statement.items.iter().any(|it| may_catch(&it.context_expr));
                let here = if may_catch { self.here.at_most(When::Caught) } else { self.here };
                return self.within(here, &statement.body);
            }
            Stmt::Match(statement) => {
                self.visit_expr(&statement.subject);
                for case in &statement.cases {
                    self.visit_pattern(&case.pattern);
                    self.within(self.here.at_most(When::Perhaps), &case.body);
                }
                return;
            }
            Stmt::Global(global) => {
                for name in &global.names {
                    // A function may give it another value.
                    self.known.names.insert(name.to_string(), None);
                    self.module.names.insert(name.to_string());
                }
            }
            Stmt::Assign(assign) => {
                for target in &assign.targets {
                    self.assign(target, Some(&assign.value));
                }
            }
            Stmt::AnnAssign(assign) => {
                self.assign(&assign.target, assign.value.as_deref());
                assign.value.iter().for_each(|value| self.visit_expr(value));
                return self.visit_expr(&assign.target);
            }
            Stmt::AugAssign(assign) => {
                if self.of_sys(&assign.target).is_some() {
                    self.change(&assign.target, Some(&assign.value));
                } else {
                    self.assign(&assign.target, None);
                }
            }
            Stmt::TypeAlias(alias) => self.assign(&alias.name, None),
            _ => {}
        }
        visitor::walk_stmt(self, statement);
    }

    fn visit_annotation(&mut self, _: &'a Expr) {}

    fn visit_pattern(&mut self, pattern: &'a Pattern) {
        let name = match pattern {
            Pattern::MatchAs(it) => it.name.as_ref(),
            Pattern::MatchStar(it) => it.name.as_ref(),
            Pattern::MatchMapping(it) => it.rest.as_ref(),
            _ => None,
        };
        if let Some(name) = name {
            self.bind(name.as_str());
        }
        visitor::walk_pattern(self, pattern);
    }

    fn visit_expr(&mut self, expression: &'a Expr) {
        self.module.is_open |= self.is_of_sys(expression, "modules");
        match expression {
            Expr::Named(named) => self.assign(&named.target, Some(&named.value)),
            Expr::Call(call) => self.call(call),
            Expr::Attribute(attribute) => match attribute.attr.as_str() {
                "__path__" => self.module.is_open = true,
                "__dict__" => self.fill(&attribute.value),
                _ => {}
            },
            Expr::Name(name) if ["__path__", "__dict__"].contains(&name.id.as_str()) => {
                self.module.is_open = true;
            }
            _ => {}
        }
        visitor::walk_expr(self, expression);
    }
}

/// The names and literal texts in an expression, without what is of `sys.path` already.
#[derive(Default)]
struct Words<'e, 'r> {
    names: BTreeSet<&'e str>,
    texts: Vec<String>,
    has_path: bool,
    reader: Option<&'r Reader<'r>>,
}

impl<'e, 'r> Words<'e, 'r> {
    fn of(expression: &'e Expr, reader: &'r Reader<'r>) -> Self {
        let mut words = Self { reader: Some(reader), ..Self::default() };
        words.visit_expr(expression);
        words
    }
}

impl<'e> Visitor<'e> for Words<'e, '_> {
    fn visit_expr(&mut self, expression: &'e Expr) {
        if self.reader.is_some_and(|reader| reader.is_of_sys(expression, "path")) {
            self.has_path = true;
            return;
        }
        match expression {
            Expr::Name(name) => drop(self.names.insert(name.id.as_str())),
            Expr::Attribute(attribute) => drop(self.names.insert(attribute.attr.as_str())),
            Expr::StringLiteral(literal) => self.texts.push(literal.value.to_str().to_owned()),
            _ => {}
        }
        visitor::walk_expr(self, expression);
        // What goes through a list stands for what is in it.
        let generators = match expression {
            Expr::ListComp(it) => &it.generators,
            Expr::SetComp(it) => &it.generators,
            Expr::Generator(it) => &it.generators,
            _ => return,
        };
        for generator in generators {
            if let Expr::Name(name) = &generator.target {
                self.names.remove(name.id.as_str());
            }
        }
    }
}

fn mentions(expression: &Expr, name: &str) -> bool {
    let mut words = Words::default();
    words.visit_expr(expression);
    words.names.contains(name)
}

/// Whether an `except` stops a failed import, and does not raise in its turn.
fn stops(handler: &ast::ExceptHandlerExceptHandler) -> bool {
    catches(handler.type_.as_deref()) && !matches!(handler.body.last(), Some(Stmt::Raise(_)))
}

/// Whether an `except` of these exceptions catches a failed import.
fn catches(exceptions: Option<&Expr>) -> bool {
    match exceptions {
        None => true,
        Some(Expr::Tuple(tuple)) => tuple.elts.iter().any(|it| catches(Some(it))),
        // A variable may have several: `MISSING = (ImportError, OSError)`.
        Some(Expr::Name(name)) => is_of_import(name.id.as_str()) || is_variable(name.id.as_str()),
        Some(Expr::Attribute(attribute)) => is_of_import(attribute.attr.as_str()),
        // Computed: it may be any.
        Some(_) => true,
    }
}

/// Whether a name is written as that of a variable or constant, and not of a class.
fn is_variable(name: &str) -> bool {
    !name.trim_start_matches('_').starts_with(char::is_uppercase)
        || name.len() > 2 && !name.contains(char::is_lowercase)
}

/// Whether an exception is one of imports, or one above those.
fn is_of_import(name: &str) -> bool {
    // By name, for those that a project makes of several: `IMPORT_ERRORS`.
    let name = name.to_lowercase();
    matches!(&*name, "exception" | "baseexception")
        || name.contains("import")
        || name.contains("notfound")
}

/// Whether a context manager may catch a failed import: not the common ones that catch nothing.
fn may_catch(manager: &Expr) -> bool {
    let Expr::Call(call) = manager else { return true };
    let name = match &*call.func {
        Expr::Name(name) => name.id.as_str(),
        Expr::Attribute(attribute) => attribute.attr.as_str(),
        _ => return true,
    };
    !matches!(name, "catch_warnings" | "open" | "Lock" | "redirect_stdout" | "redirect_stderr")
}

/// Whether a function takes an event and a context, by position.
fn has_handler_shape(name: &str, parameters: &ast::Parameters) -> bool {
    let positional = || parameters.posonlyargs.iter().chain(&parameters.args);
    let names: Vec<_> = positional()
        .map(|it| it.parameter.name.as_str().trim_matches('_').to_lowercase())
        .collect();
    let [first, second] = &names[..] else { return false };
    let is_called = ["handler", "lambda_handler", "lambda_function"].contains(&name);
    is_called
        || matches!(&**second, "context" | "ctx" | "lambda_context" | "contex")
        || matches!(&**first, "event" | "evt" | "lambda_event")
}
