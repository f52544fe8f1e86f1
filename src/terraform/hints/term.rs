//! Evaluates expressions, as far as the files alone tell what they are.

use std::cell::Cell;
use std::collections::BTreeMap;

use camino::{Utf8Path, Utf8PathBuf};
use hcl_edit::expr::{Expression, ObjectKey, Traversal, TraversalOperator};
use hcl_edit::template::Element;

use super::functions;
use super::instances::Zip;
use super::modules::Module;
use crate::terraform::Candidate;
use crate::tree::normal;

/// How deep values may refer to values: more is a circle.
const DEEPEST: u8 = 40;

/// Why the path of a zip that Terraform makes itself is not known.
const ARCHIVE: &str = "`data.archive_file` is known to Terraform only";

/// What an expression is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Term {
    /// Nothing.
    Null,
    /// A text, or a number or truth as text.
    Text(String),
    /// A list, or a set.
    List(Vec<Term>),
    /// A map, or an object.
    Map(BTreeMap<String, Term>),
    /// The text of the package manifest, as the next build leaves it.
    Manifest,
    /// No such key.
    Missing,
    /// The files do not tell, and why, as a clause.
    Unknown(String),
}

impl Term {
    /// The text, where it is one.
    pub(super) fn text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            Self::Null
            | Self::List(_)
            | Self::Map(_)
            | Self::Manifest
            | Self::Missing
            | Self::Unknown(_) => None,
        }
    }

    /// Whether it is what only a zip of Terraform's own can tell.
    pub(super) fn is_archive(&self) -> bool {
        matches!(self, Self::Unknown(why) if why == ARCHIVE)
    }

    /// What is at a key of a map, or at an index of a list.
    pub(super) fn at(self, key: &str) -> Self {
        match self {
            Self::Map(mut map) => map.remove(key).unwrap_or(Self::Missing),
            Self::List(list) => {
                let index = key.parse::<usize>().ok();
                index.and_then(|index| list.into_iter().nth(index)).unwrap_or(Self::Missing)
            }
            Self::Null | Self::Text(_) | Self::Manifest | Self::Missing => Self::Missing,
            unknown @ Self::Unknown(_) => unknown,
        }
    }
}

/// What an expression can refer to.
#[derive(Clone)]
pub(super) struct Scope<'a> {
    /// The module that has it.
    pub(super) module: &'a Module,
    /// The folder of that module, relative to the root of the project.
    pub(super) folder: &'a Utf8Path,
    /// The folder of the module that Terraform runs in.
    pub(super) root: &'a Utf8Path,
    /// The arguments of the call of the module; none of a root module, whose variables may be
    /// set anywhere.
    pub(super) arguments: Option<&'a BTreeMap<String, Term>>,
    /// The key and the value of `for_each`.
    pub(super) each: Option<(Term, Term)>,
}

/// The package manifest, which the next build completes.
pub(super) struct Manifest<'a> {
    /// Where it is, relative to the root of the project.
    pub(super) path: &'a Utf8Path,
    /// The lambdas of the project, which will have an entry each.
    pub(super) lambdas: &'a [Candidate],
}

/// Evaluates expressions of a project.
pub(super) struct Evaluator<'a> {
    /// Reads a file of the project.
    pub(super) read: &'a dyn Fn(&Utf8Path) -> Option<String>,
    /// The package manifest.
    pub(super) manifest: Option<Manifest<'a>>,
    /// How many more terms may be made: files can be written that never end.
    pub(super) left: Cell<u32>,
}

impl Evaluator<'_> {
    /// Evaluates an expression.
    pub(super) fn term(&self, expression: &Expression, scope: &Scope<'_>) -> Term {
        self.deep(expression, scope, 0)
    }

    /// Evaluates the path of a zip. Where its beginning is not known, its end is given:
    /// `api/api.zip` of `${var.folder}/api/api.zip`.
    pub(super) fn zip(&self, expression: &Expression, scope: &Scope<'_>) -> Zip {
        match self.term(expression, scope) {
            Term::Text(path) => Zip::At(absolute(&path, scope)),
            Term::Null => Zip::None,
            archive if archive.is_archive() => Zip::Archive(self.archived(expression, scope)),
            Term::List(_) | Term::Map(_) | Term::Manifest | Term::Missing | Term::Unknown(_) => {
                self.end(expression, scope).map_or(Zip::Unknown, Zip::End)
            }
        }
    }

    /// The folder that an archive is made of, where an expression is the path of that.
    fn archived(&self, expression: &Expression, scope: &Scope<'_>) -> Option<Utf8PathBuf> {
        let Expression::Traversal(traversal) = expression else { return None };
        let operator = |index: usize| match traversal.operators.get(index)?.value() {
            TraversalOperator::GetAttr(name) => Some(name.as_str()),
            _ => None,
        };
        let name = operator(1)?;
        let mut all = scope.module.blocks("data");
        let archive = all.find(|data| data.block.has_exact_labels(&["archive_file", name]))?;
        let (folder, _) = archive.attribute("source_dir")?;
        let folder = self.term(folder, scope);
        folder.text().map(|folder| absolute(folder, scope))
    }

    /// The end of a path, from the last segment on that is wholly known.
    fn end(&self, expression: &Expression, scope: &Scope<'_>) -> Option<Utf8PathBuf> {
        let template = template(expression)?;
        let last = template.iter().rev().map_while(|element| self.element(element, scope, 0).ok());
        let mut parts: Vec<String> = last.collect();
        parts.reverse();
        // A name that begins in the middle of an unknown one is none.
        let text = parts.concat();
        let (_, end) = text.split_once('/')?;
        let end = normal(Utf8Path::new(end));
        (!end.as_str().is_empty()).then_some(end)
    }

    pub(super) fn deep(&self, expression: &Expression, scope: &Scope<'_>, depth: u8) -> Term {
        let left = self.left.get();
        if depth > DEEPEST || left == 0 {
            return Term::Unknown("it refers to too many others".to_owned());
        }
        self.left.set(left - 1);
        let deep = |expression| self.deep(expression, scope, depth + 1);
        match expression {
            Expression::Null(_) => Term::Null,
            Expression::Bool(truth) => Term::Text(truth.to_string()),
            Expression::Number(number) => Term::Text(number.to_string()),
            Expression::String(text) => Term::Text(text.to_string()),
            Expression::Array(list) => Term::List(list.iter().map(deep).collect()),
            Expression::Parenthesis(inner) => deep(inner.inner()),
            Expression::Object(object) => {
                let mut map = BTreeMap::new();
                for (key, value) in object.iter() {
                    let key = match key {
                        ObjectKey::Ident(name) => Term::Text(name.to_string()),
                        ObjectKey::Expression(Expression::Variable(name)) => {
                            Term::Text(name.to_string())
                        }
                        ObjectKey::Expression(key) => deep(key),
                    };
                    match key {
                        Term::Text(key) => drop(map.insert(key, deep(value.expr()))),
                        _ => return unknown("a key of it is not known"),
                    }
                }
                Term::Map(map)
            }
            Expression::StringTemplate(template) => {
                let elements = template.iter().map(|element| self.element(element, scope, depth));
                match elements.collect::<Result<Vec<_>, _>>() {
                    Ok(parts) => Term::Text(parts.concat()),
                    Err(why) => Term::Unknown(why),
                }
            }
            Expression::Traversal(traversal) => self.traversal(traversal, scope, depth),
            Expression::FuncCall(call) => functions::call(self, call, scope, depth + 1),
            Expression::HeredocTemplate(_)
            | Expression::Variable(_)
            | Expression::Conditional(_)
            | Expression::UnaryOp(_)
            | Expression::BinaryOp(_)
            | Expression::ForExpr(_) => unknown("it is computed"),
        }
    }

    /// A part of a template, or why it is not known.
    fn element(&self, element: &Element, scope: &Scope<'_>, depth: u8) -> Result<String, String> {
        match element {
            Element::Literal(text) => Ok(text.to_string()),
            Element::Interpolation(inner) => match self.deep(&inner.expr, scope, depth + 1) {
                Term::Text(text) => Ok(text),
                Term::Unknown(why) => Err(why),
                Term::Null | Term::List(_) | Term::Map(_) | Term::Manifest | Term::Missing => {
                    Err("a part of it is no text".to_owned())
                }
            },
            Element::Directive(_) => Err("it is computed".to_owned()),
        }
    }

    /// A value by its name, and what follows that.
    fn traversal(&self, traversal: &Traversal, scope: &Scope<'_>, depth: u8) -> Term {
        let mut operators = traversal.operators.iter().map(|operator| operator.value());
        let mut term = match &traversal.expr {
            Expression::Variable(name) => {
                let Some(TraversalOperator::GetAttr(attribute)) = operators.next() else {
                    return unknown("it is computed");
                };
                self.named(name.as_str(), attribute.as_str(), scope, depth)
            }
            other => self.deep(other, scope, depth + 1),
        };
        for operator in operators {
            term = match operator {
                TraversalOperator::GetAttr(name) => term.at(name.as_str()),
                TraversalOperator::LegacyIndex(index) => term.at(&index.to_string()),
                TraversalOperator::Index(key) => match self.deep(key, scope, depth + 1) {
                    Term::Text(key) => term.at(&key),
                    unknown @ Term::Unknown(_) => return unknown,
                    Term::Null | Term::List(_) | Term::Map(_) | Term::Manifest | Term::Missing => {
                        Term::Missing
                    }
                },
                TraversalOperator::AttrSplat(_) | TraversalOperator::FullSplat(_) => {
                    return unknown("it is computed");
                }
            };
        }
        term
    }

    /// `var.x`, `local.x` and their like.
    fn named(&self, root: &str, name: &str, scope: &Scope<'_>, depth: u8) -> Term {
        match (root, name) {
            ("local", _) => match scope.module.local(name) {
                // A local value has no `each` of its own.
                Some(local) => self.deep(local, &Scope { each: None, ..scope.clone() }, depth + 1),
                None => Term::Unknown(format!("there is no `local.{name}`")),
            },
            ("var", _) => match scope.arguments {
                None => Term::Unknown(format!("`var.{name}` may be set elsewhere")),
                Some(arguments) => match (arguments.get(name), scope.module.default(name)) {
                    (Some(argument), _) => argument.clone(),
                    (None, Some(default)) => self.deep(default, scope, depth + 1),
                    (None, None) => Term::Unknown(format!("`var.{name}` is not set")),
                },
            },
            ("each", "key") => {
                scope.each.clone().map_or_else(|| unknown("`each.key` is not known"), |each| each.0)
            }
            ("each", "value") => scope
                .each
                .clone()
                .map_or_else(|| unknown("`each.value` is not known"), |each| each.1),
            ("path", "module") => Term::Text(format!("/{}", scope.folder)),
            ("path", "root") => Term::Text(format!("/{}", scope.root)),
            ("data", "archive_file") | ("archive_file", _) => unknown(ARCHIVE),
            _ => Term::Unknown(format!("`{root}.{name}` is known to Terraform only")),
        }
    }
}

/// What is not known, and why.
fn unknown(why: &str) -> Term {
    Term::Unknown(why.to_owned())
}

/// The template that an expression is, through brackets.
fn template(expression: &Expression) -> Option<Vec<&Element>> {
    match expression {
        Expression::StringTemplate(template) => Some(template.iter().collect()),
        Expression::Parenthesis(inner) => template(inner.inner()),
        _ => None,
    }
}

/// The path of a file, relative to the root of the project, from one as Terraform has it. What
/// [`Evaluator::named`] says of `path` begins with the root of the project.
pub(super) fn absolute(path: &str, scope: &Scope<'_>) -> Utf8PathBuf {
    // Where the module is the root of the project, two slashes follow each other.
    match path.trim_start_matches('/') {
        inside if inside.len() < path.len() => normal(Utf8Path::new(inside)),
        relative => normal(&scope.root.join(relative)),
    }
}
