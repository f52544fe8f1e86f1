//! What Python's compiler refuses though its grammar has it: `return` outside a function, a
//! parameter twice, and the like. An import of such a module fails as one that can't be parsed does.
//!
//! Most is told by the checker of ruff, which is led through the scopes here, in the compiler's
//! order. What it leaves to others is added: the order of names and `global`, and `except*`.
//!
//! Not looked for: more than 20 blocks in each other, and names of type parameters.
//!
//! Sources: `Python/symtable.c`, `Python/compile.c` and `Python/future.c` of `CPython`.

use std::cell::RefCell;
use std::collections::BTreeSet;

use ruff_python_ast::helpers::any_over_expr;
use ruff_python_ast::visitor::{self, Visitor};
use ruff_python_ast::{self as ast, Expr, ExprContext, PythonVersion, Stmt};
use ruff_python_parser::semantic_errors::{
    LazyImportContext, SemanticSyntaxChecker, SemanticSyntaxContext, SemanticSyntaxError,
    SemanticSyntaxErrorKind, WriteToDebugKind,
};
use ruff_text_size::{Ranged as _, TextRange, TextSize};

/// Why a version of Python does not compile a module that it can parse: the first place, and a
/// sentence.
pub(super) fn refusal(
    body: &[Stmt],
    text: &str,
    version: PythonVersion,
) -> Option<(TextSize, String)> {
    let mut compiler = Compiler {
        checker: SemanticSyntaxChecker::new(),
        here: Here {
            scopes: vec![Scope::of(Kind::Module, body)],
            version,
            text,
            has_future_annotations: false,
            errors: RefCell::default(),
        },
        interpolations: 0,
    };
    compiler.visit_body(body);
    compiler.here.errors.into_inner().into_iter().min_by_key(|(at, _)| *at)
}

struct Compiler<'a> {
    checker: SemanticSyntaxChecker,
    here: Here<'a>,
    /// How many expressions of an f-string the compiler is in the formats of.
    interpolations: usize,
}

/// Where the compiler is, and what it has found.
struct Here<'a> {
    /// The innermost is last.
    scopes: Vec<Scope<'a>>,
    version: PythonVersion,
    text: &'a str,
    has_future_annotations: bool,
    errors: RefCell<Vec<(TextSize, String)>>,
}

struct Scope<'a> {
    kind: Kind<'a>,
    /// Empty for what is an expression.
    body: &'a [Stmt],
    /// In how many loops the compiler is, within the innermost `except*`.
    loops: usize,
    is_in_except_star: bool,
    globals: BTreeSet<&'a str>,
    nonlocals: BTreeSet<&'a str>,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Kind<'a> {
    Module,
    Class,
    Function { parameters: &'a ast::Parameters, is_async: bool },
    Lambda,
    Comprehension { is_async: bool },
    Generator { is_async: bool },
}

impl<'a> Scope<'a> {
    fn of(kind: Kind<'a>, body: &'a [Stmt]) -> Self {
        Self {
            kind,
            body,
            loops: 0,
            is_in_except_star: false,
            globals: BTreeSet::new(),
            nonlocals: BTreeSet::new(),
        }
    }
}

impl<'a> Here<'a> {
    fn scope(&self) -> &Scope<'a> {
        self.scopes.last().expect("a module is a scope, and is never left")
    }

    fn refuse(&self, range: TextRange, message: impl Into<String>) {
        self.errors.borrow_mut().push((range.start(), message.into()));
    }

    /// Whether annotations are of a scope of their own, or of none.
    fn has_annotations_apart(&self) -> bool {
        self.has_future_annotations || self.version >= PythonVersion::PY314
    }

    /// Whether a block has a name of which that holds.
    fn has_name(&self, body: &'a [Stmt], is_it: impl Fn(&Named<'_>) -> bool) -> bool {
        let mut names = Names { is_apart: self.has_annotations_apart(), found: Vec::new() };
        names.visit_body(body);
        names.found.iter().any(is_it)
    }
}

impl SemanticSyntaxContext for Here<'_> {
    fn future_annotations_or_stub(&self) -> bool {
        // Python 3.9 does not look into them.
        self.has_future_annotations && self.version >= PythonVersion::PY310
    }

    fn lazy_import_context(&self) -> Option<LazyImportContext> {
        None
    }

    fn python_version(&self) -> PythonVersion {
        self.version
    }

    fn source(&self) -> &str {
        self.text
    }

    fn global(&self, _: &str) -> Option<TextRange> {
        // Looked for here, by `Compiler::declare`.
        None
    }

    fn has_nonlocal_binding(&self, name: &str) -> bool {
        let outer = &self.scopes[..self.scopes.len() - 1];
        outer.iter().rev().any(|scope| match scope.kind {
            Kind::Function { parameters, .. } => {
                let is_bound = |it: &Named<'_>| it.is_bound && it.name == name;
                parameters.includes(name)
                    || !scope.globals.contains(name) && self.has_name(scope.body, is_bound)
            }
            Kind::Class => name == "__class__",
            _ => false,
        })
    }

    fn in_async_context(&self) -> bool {
        let decides = |scope: &Scope<'_>| match scope.kind {
            Kind::Function { is_async, .. } => Some(is_async),
            Kind::Module | Kind::Class | Kind::Lambda => Some(false),
            Kind::Generator { .. } => Some(true),
            Kind::Comprehension { .. } => None,
        };
        self.scopes.iter().rev().find_map(decides).unwrap_or_default()
    }

    fn in_await_allowed_context(&self) -> bool {
        let decides = |scope: &Scope<'_>| match scope.kind {
            Kind::Function { .. } | Kind::Lambda | Kind::Generator { .. } => Some(true),
            Kind::Module | Kind::Class => Some(false),
            Kind::Comprehension { .. } => None,
        };
        self.scopes.iter().rev().find_map(decides).unwrap_or_default()
    }

    fn in_yield_allowed_context(&self) -> bool {
        self.in_function_scope()
    }

    fn in_sync_comprehension(&self) -> bool {
        matches!(
            self.scope().kind,
            Kind::Comprehension { is_async: false } | Kind::Generator { is_async: false }
        )
    }

    fn in_class_body_comprehension(&self) -> bool {
        let mut scopes = self.scopes.iter().rev();
        let is_inside =
            |it: &Scope<'_>| matches!(it.kind, Kind::Comprehension { .. } | Kind::Generator { .. });
        scopes.find(|it| !is_inside(it)).is_some_and(|it| it.kind == Kind::Class)
    }

    fn in_module_scope(&self) -> bool {
        self.scope().kind == Kind::Module
    }

    fn in_function_scope(&self) -> bool {
        matches!(self.scope().kind, Kind::Function { .. } | Kind::Lambda)
    }

    fn in_generator_context(&self) -> bool {
        matches!(self.scope().kind, Kind::Generator { .. })
    }

    fn in_notebook(&self) -> bool {
        false
    }

    fn report_semantic_error(&self, error: SemanticSyntaxError) {
        // Python 3.9 deletes it without a word.
        let is_deleted = error.kind
            == SemanticSyntaxErrorKind::WriteToDebug(WriteToDebugKind::Delete(self.version));
        if !is_deleted || self.version >= PythonVersion::PY310 {
            self.refuse(error.range, error.to_string());
        }
    }

    fn in_loop_context(&self) -> bool {
        self.scope().loops > 0
    }

    fn is_bound_parameter(&self, name: &str) -> bool {
        match self.scope().kind {
            Kind::Function { parameters, .. } => parameters.includes(name),
            _ => false,
        }
    }
}

impl<'a> Compiler<'a> {
    fn within(&mut self, scope: Scope<'a>, visit: impl FnOnce(&mut Self)) {
        self.here.scopes.push(scope);
        visit(self);
        self.here.scopes.pop();
    }

    fn top(&mut self) -> &mut Scope<'a> {
        self.here.scopes.last_mut().expect("a module is a scope, and is never left")
    }

    fn visit_loop(&mut self, body: &'a [Stmt], orelse: &'a [Stmt]) {
        self.top().loops += 1;
        self.visit_body(body);
        self.top().loops -= 1;
        self.visit_body(orelse);
    }

    fn visit_try(&mut self, statement: &'a ast::StmtTry) {
        self.visit_body(&statement.body);
        for handler in &statement.handlers {
            let scope = self.top();
            let before = (scope.loops, scope.is_in_except_star);
            if statement.is_star {
                (scope.loops, scope.is_in_except_star) = (0, true);
            }
            self.visit_except_handler(handler);
            let scope = self.top();
            (scope.loops, scope.is_in_except_star) = before;
        }
        let handlers = statement.handlers.split_last().map_or(&[][..], |(_, before)| before);
        for ast::ExceptHandler::ExceptHandler(handler) in handlers {
            if handler.type_.is_none() {
                self.here.refuse(handler.range, "default `except:` must be last");
            }
        }
        self.visit_body(&statement.orelse);
        self.visit_body(&statement.finalbody);
    }

    fn visit_function(&mut self, function: &'a ast::StmtFunctionDef) {
        let ast::StmtFunctionDef { decorator_list, type_params, parameters, returns, body, .. } =
            function;
        decorator_list.iter().for_each(|decorator| self.visit_decorator(decorator));
        type_params.iter().for_each(|params| self.visit_type_params(params));
        self.visit_parameters(parameters);
        returns.iter().for_each(|returns| self.visit_annotation(returns));
        let kind = Kind::Function { parameters, is_async: function.is_async };
        self.within(Scope::of(kind, body), |inner| inner.visit_body(body));
    }

    fn visit_comprehension_of(
        &mut self,
        kind: Kind<'a>,
        generators: &'a [ast::Comprehension],
        elements: [Option<&'a Expr>; 2],
    ) {
        // The first is evaluated outside.
        generators.iter().take(1).for_each(|first| self.visit_expr(&first.iter));
        self.within(Scope::of(kind, &[]), |inner| {
            for (index, generator) in generators.iter().enumerate() {
                inner.visit_expr(&generator.target);
                if index > 0 {
                    inner.visit_expr(&generator.iter);
                }
                generator.ifs.iter().for_each(|condition| inner.visit_expr(condition));
            }
            elements.into_iter().flatten().for_each(|element| inner.visit_expr(element));
        });
    }

    /// Whether a module is meant that only looks like `__future__`: 3.12 took it for that, too.
    fn is_of_own_future(&self, statement: &Stmt) -> bool {
        matches!(statement, Stmt::ImportFrom(import)
            if import.level > 0
                && import.module.as_deref() == Some("__future__")
                && self.here.version >= PythonVersion::PY313)
    }

    /// Notes names that are declared, and refuses those that their scope has used before.
    fn declare(&mut self, names: &'a [ast::Identifier], word: &str) {
        for name in names {
            let id = name.id.as_str();
            let scope = self.here.scope();
            let is_before =
                |it: &Named<'_>| !it.is_imported && it.name == id && it.at < name.start();
            if self.here.has_name(scope.body, is_before) {
                let message = format!("name `{id}` is used before its {word} declaration");
                self.here.refuse(name.range, message);
            }
            let scope = self.top();
            match word {
                "global" => scope.globals.insert(id),
                _ => scope.nonlocals.insert(id),
            };
            if scope.globals.contains(id) && scope.nonlocals.contains(id) {
                self.here.refuse(name.range, format!("name `{id}` is nonlocal and global"));
            }
        }
    }
}

impl<'a> Visitor<'a> for Compiler<'a> {
    fn visit_stmt(&mut self, statement: &'a Stmt) {
        if !self.is_of_own_future(statement) {
            self.checker.visit_stmt(statement, &self.here);
        }
        match statement {
            Stmt::FunctionDef(function) => return self.visit_function(function),
            Stmt::ClassDef(class) => {
                class.decorator_list.iter().for_each(|decorator| self.visit_decorator(decorator));
                class.type_params.iter().for_each(|params| self.visit_type_params(params));
                class.arguments.iter().for_each(|arguments| self.visit_arguments(arguments));
                let scope = Scope::of(Kind::Class, &class.body);
                return self.within(scope, |inner| inner.visit_body(&class.body));
            }
            Stmt::For(ast::StmtFor { target, iter, body, orelse, .. }) => {
                self.visit_expr(iter);
                self.visit_expr(target);
                return self.visit_loop(body, orelse);
            }
            Stmt::While(ast::StmtWhile { test, body, orelse, .. }) => {
                self.visit_expr(test);
                return self.visit_loop(body, orelse);
            }
            Stmt::Try(statement) => return self.visit_try(statement),
            Stmt::Return(ast::StmtReturn { range, .. }) if self.here.scope().is_in_except_star => {
                self.here.refuse(*range, "`return` cannot appear in an `except*` block");
            }
            Stmt::ImportFrom(import) if import.module.as_deref() == Some("__future__") => {
                self.here.has_future_annotations |=
                    import.names.iter().any(|it| it.name.as_str() == "annotations");
            }
            Stmt::Global(ast::StmtGlobal { names, .. }) => self.declare(names, "global"),
            Stmt::Nonlocal(ast::StmtNonlocal { names, .. }) => self.declare(names, "nonlocal"),
            Stmt::AnnAssign(ast::StmtAnnAssign { target, annotation, simple, .. }) => {
                let never = |it: &Expr| {
                    it.is_named_expr()
                        || it.is_yield_expr()
                        || it.is_yield_from_expr()
                        || it.is_await_expr()
                };
                if self.here.future_annotations_or_stub() && any_over_expr(annotation, &never) {
                    let message = "an annotation cannot assign, yield or await";
                    self.here.refuse(annotation.range(), message);
                }
                let scope = self.here.scope();
                if let Expr::Name(name) = &**target
                    && *simple
                    && scope.kind != Kind::Module
                    && (scope.globals.contains(name.id.as_str())
                        || scope.nonlocals.contains(name.id.as_str()))
                {
                    let id = name.id.as_str();
                    let message = format!("name `{id}` is global or nonlocal, and annotated");
                    self.here.refuse(name.range, message);
                }
            }
            Stmt::Expr(ast::StmtExpr { value, .. }) if value.is_starred_expr() => {
                self.here.refuse(value.range(), "a starred expression cannot be used here");
            }
            _ => {}
        }
        visitor::walk_stmt(self, statement);
    }

    fn visit_annotation(&mut self, annotation: &'a Expr) {
        // Those of the future are texts.
        if !self.here.has_future_annotations {
            self.visit_expr(annotation);
        }
    }

    fn visit_expr(&mut self, expression: &'a Expr) {
        self.checker.visit_expr(expression, &self.here);
        match expression {
            Expr::Lambda(ast::ExprLambda { parameters, body, .. }) => {
                parameters.iter().for_each(|parameters| self.visit_parameters(parameters));
                self.within(Scope::of(Kind::Lambda, &[]), |inner| inner.visit_expr(body));
            }
            Expr::ListComp(ast::ExprListComp { elt, generators, .. })
            | Expr::SetComp(ast::ExprSetComp { elt, generators, .. }) => {
                let is_async = generators.iter().any(|it| it.is_async);
                let kind = Kind::Comprehension { is_async };
                self.visit_comprehension_of(kind, generators, [Some(elt), None]);
            }
            Expr::DictComp(ast::ExprDictComp { key, value, generators, .. }) => {
                let is_async = generators.iter().any(|it| it.is_async);
                let kind = Kind::Comprehension { is_async };
                self.visit_comprehension_of(kind, generators, [key.as_deref(), Some(value)]);
            }
            Expr::Generator(ast::ExprGenerator { elt, generators, .. }) => {
                let is_async = generators.iter().any(|it| it.is_async);
                self.visit_comprehension_of(
                    Kind::Generator { is_async },
                    generators,
                    [Some(elt), None],
                );
            }
            Expr::Attribute(attribute) => {
                if attribute.attr.as_str() == "__debug__" && attribute.ctx == ExprContext::Store {
                    self.here.refuse(attribute.attr.range, "cannot assign to `__debug__`");
                }
                visitor::walk_expr(self, expression);
            }
            Expr::Subscript(ast::ExprSubscript { value, slice, .. })
                if slice.is_named_expr() && self.here.version < PythonVersion::PY310 =>
            {
                let between = TextRange::new(value.end(), slice.start());
                if !self.here.text[between].contains('(') {
                    let message = "an assignment expression needs parentheses in an index";
                    self.here.refuse(slice.range(), message);
                }
                visitor::walk_expr(self, expression);
            }
            _ => visitor::walk_expr(self, expression),
        }
    }

    fn visit_interpolated_string_element(&mut self, element: &'a ast::InterpolatedStringElement) {
        let ast::InterpolatedStringElement::Interpolation(element) = element else { return };
        let most = if self.here.version < PythonVersion::PY312 { 2 } else { 3 };
        if self.interpolations == most {
            self.here.refuse(element.range, "expressions in an f-string are nested too deeply");
        }
        if element.expression.is_starred_expr() {
            self.here.refuse(element.range, "a starred expression cannot be used here");
        }
        // An f-string in an expression begins anew.
        let outer = std::mem::take(&mut self.interpolations);
        self.visit_expr(&element.expression);
        self.interpolations = outer + 1;
        for inner in element.format_spec.iter().flat_map(|spec| &spec.elements) {
            self.visit_interpolated_string_element(inner);
        }
        self.interpolations = outer;
    }

    fn visit_pattern(&mut self, pattern: &'a ast::Pattern) {
        if let ast::Pattern::MatchValue(it) = pattern
            && matches!(*it.value, Expr::FString(_) | Expr::TString(_))
        {
            self.here.refuse(it.range, "patterns may only match literals and attribute lookups");
        }
        visitor::walk_pattern(self, pattern);
    }

    fn visit_keyword(&mut self, keyword: &'a ast::Keyword) {
        if let Some(name) = keyword.arg.as_ref().filter(|name| name.as_str() == "__debug__") {
            self.here.refuse(name.range, "cannot assign to `__debug__`");
        }
        visitor::walk_keyword(self, keyword);
    }
}

/// A name that a block uses or binds.
struct Named<'a> {
    name: &'a str,
    at: TextSize,
    is_bound: bool,
    is_imported: bool,
}

/// Collects the names of one block, without those of the functions and classes in it.
struct Names<'a> {
    /// Whether annotations are none of its own.
    is_apart: bool,
    found: Vec<Named<'a>>,
}

impl<'a> Names<'a> {
    fn add(&mut self, name: &'a str, at: TextSize, is_bound: bool) {
        self.found.push(Named { name, at, is_bound, is_imported: false });
    }

    fn bind(&mut self, name: &'a ast::Identifier) {
        self.add(name.id.as_str(), name.start(), true);
    }
}

impl<'a> Visitor<'a> for Names<'a> {
    fn visit_stmt(&mut self, statement: &'a Stmt) {
        match statement {
            Stmt::FunctionDef(function) => {
                function.decorator_list.iter().for_each(|it| self.visit_decorator(it));
                self.bind(&function.name);
                self.visit_parameters(&function.parameters);
                function.returns.iter().for_each(|it| self.visit_annotation(it));
            }
            Stmt::ClassDef(class) => {
                class.decorator_list.iter().for_each(|it| self.visit_decorator(it));
                self.bind(&class.name);
                class.arguments.iter().for_each(|it| self.visit_arguments(it));
            }
            _ => visitor::walk_stmt(self, statement),
        }
    }

    fn visit_annotation(&mut self, annotation: &'a Expr) {
        if !self.is_apart {
            self.visit_expr(annotation);
        }
    }

    fn visit_expr(&mut self, expression: &'a Expr) {
        match expression {
            Expr::Name(name) => {
                let is_bound = name.ctx != ExprContext::Load;
                self.add(name.id.as_str(), name.start(), is_bound);
            }
            Expr::Lambda(lambda) => {
                lambda.parameters.iter().for_each(|it| self.visit_parameters(it));
            }
            Expr::ListComp(ast::ExprListComp { generators, .. })
            | Expr::SetComp(ast::ExprSetComp { generators, .. })
            | Expr::DictComp(ast::ExprDictComp { generators, .. })
            | Expr::Generator(ast::ExprGenerator { generators, .. }) => {
                generators.iter().take(1).for_each(|first| self.visit_expr(&first.iter));
                // Of what is inside, only `:=` binds a name out here.
                let mut inner = Names { is_apart: self.is_apart, found: Vec::new() };
                Inside(&mut inner).visit_expr(expression);
                self.found.append(&mut inner.found);
            }
            _ => visitor::walk_expr(self, expression),
        }
    }

    fn visit_alias(&mut self, alias: &'a ast::Alias) {
        let top = || alias.name.id.split('.').next().unwrap_or_default();
        let name = alias.asname.as_ref().map_or_else(top, |name| name.id.as_str());
        self.found.push(Named { name, at: alias.start(), is_bound: true, is_imported: true });
    }

    fn visit_except_handler(&mut self, handler: &'a ast::ExceptHandler) {
        let ast::ExceptHandler::ExceptHandler(it) = handler;
        it.name.iter().for_each(|name| self.bind(name));
        visitor::walk_except_handler(self, handler);
    }

    fn visit_pattern(&mut self, pattern: &'a ast::Pattern) {
        let name = match pattern {
            ast::Pattern::MatchAs(it) => it.name.as_ref(),
            ast::Pattern::MatchStar(it) => it.name.as_ref(),
            ast::Pattern::MatchMapping(it) => it.rest.as_ref(),
            _ => None,
        };
        name.into_iter().for_each(|name| self.bind(name));
        visitor::walk_pattern(self, pattern);
    }
}

/// Finds what a comprehension binds in the block around it.
struct Inside<'n, 'a>(&'n mut Names<'a>);

impl<'a> Visitor<'a> for Inside<'_, 'a> {
    fn visit_expr(&mut self, expression: &'a Expr) {
        match expression {
            Expr::Lambda(_) => {}
            Expr::Named(named) => {
                self.0.visit_expr(&named.target);
                self.visit_expr(&named.value);
            }
            _ => visitor::walk_expr(self, expression),
        }
    }
}
