//! Evaluates expressions whose values the files alone determine.

use std::cell::Cell;
use std::collections::BTreeMap;

use camino::{Utf8Path, Utf8PathBuf};
use hcl_edit::expr::{Expression, FuncCall, ObjectKey, Traversal, TraversalOperator};
use hcl_edit::template::Element;

use super::modules::Module;
use crate::terraform::Code;
use crate::tree::normal;

/// How deep values may refer to values: only a circle of them is deeper.
const DEEPEST: u8 = 40;

/// Why the path of a zip that Terraform makes itself is not known.
const ARCHIVE: &str = "`data.archive_file` is known to Terraform only";

/// The value of an expression.
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
    /// The value is not known; the text says why, as a clause.
    Unknown(String),
}

impl Term {
    /// The text, where it is one.
    pub(super) fn text(&self) -> Option<&str> {
        let Self::Text(text) = self else { return None };
        Some(text)
    }

    /// Whether it is an attribute of `archive_file`, which Terraform knows only when it runs.
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
    pub(super) lambdas: &'a [String],
}

/// Evaluates expressions of a project.
pub(super) struct Evaluator<'a> {
    /// Reads a file of the project.
    pub(super) read: &'a dyn Fn(&Utf8Path) -> Option<String>,
    pub(super) manifest: Option<Manifest<'a>>,
    /// How many more terms may be made.
    pub(super) left: Cell<u32>,
}

impl Evaluator<'_> {
    pub(super) fn term(&self, expression: &Expression, scope: &Scope<'_>) -> Term {
        self.deep(expression, scope, 0)
    }

    /// Evaluates the path of a zip. Where its beginning is not known, its end is given:
    /// `api/api.zip` of `${var.folder}/api/api.zip`.
    pub(super) fn zip(&self, expression: &Expression, scope: &Scope<'_>) -> Code {
        match self.term(expression, scope) {
            Term::Text(path) => Code::ZipAt(absolute(&path, scope)),
            Term::Null => Code::Elsewhere,
            archive if archive.is_archive() => {
                Code::Archive(self.archived(expression, scope).into_iter().collect())
            }
            Term::List(_) | Term::Map(_) | Term::Manifest | Term::Missing | Term::Unknown(_) => {
                self.end(expression, scope).map_or(Code::Unknown, Code::ZipEnd)
            }
        }
    }

    /// The folder of the archive whose path an expression is.
    fn archived(&self, expression: &Expression, scope: &Scope<'_>) -> Option<Utf8PathBuf> {
        let Expression::Traversal(traversal) = expression else { return None };
        let TraversalOperator::GetAttr(name) = traversal.operators.get(1)?.value() else {
            return None;
        };
        let mut all = scope.module.blocks("data");
        let archive =
            all.find(|data| data.block.has_exact_labels(&["archive_file", name.as_str()]))?;
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
        // Up to the first slash the text may be the end of a longer name:
        // `${var.stage}api/api.zip`.
        let text = parts.concat();
        let (_, end) = text.split_once('/')?;
        let end = normal(Utf8Path::new(end));
        (!end.as_str().is_empty()).then_some(end)
    }

    fn deep(&self, expression: &Expression, scope: &Scope<'_>, depth: u8) -> Term {
        let left = self.left.get();
        if depth > DEEPEST || left == 0 {
            return unknown("it refers to too many others");
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
                        ObjectKey::Ident(name)
                        | ObjectKey::Expression(Expression::Variable(name)) => {
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
                elements.collect::<Result<String, _>>().map_or_else(Term::Unknown, Term::Text)
            }
            Expression::Traversal(traversal) => self.traversal(traversal, scope, depth),
            Expression::FuncCall(call) => self.call(call, scope, depth + 1),
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
            ("each", "key" | "value") => match scope.each.clone() {
                Some((key, value)) => {
                    if name == "key" {
                        key
                    } else {
                        value
                    }
                }
                None => Term::Unknown(format!("`each.{name}` is not known")),
            },
            ("path", "module") => Term::Text(format!("/{}", scope.folder)),
            ("path", "root") => Term::Text(format!("/{}", scope.root)),
            ("data", "archive_file") | ("archive_file", _) => unknown(ARCHIVE),
            _ => Term::Unknown(format!("`{root}.{name}` is known to Terraform only")),
        }
    }

    /// Calls a function: one of the few that say where a package is and what it runs on.
    fn call(&self, call: &FuncCall, scope: &Scope<'_>, depth: u8) -> Term {
        let name = call.name.name.as_str();
        if call.name.is_namespaced() || call.args.expand_final() {
            return Term::Unknown(format!("`{name}(…)` is computed"));
        }
        let arguments: Vec<Term> =
            call.args.iter().map(|argument| self.deep(argument, scope, depth)).collect();
        match (name, &arguments[..]) {
            // What these change, the order of a set or the type of a value, is not used here. Paths
            // are taken as `absolute` makes them.
            ("toset" | "tolist" | "tomap" | "abspath" | "nonsensitive", [one]) => one.clone(),
            ("file", [Term::Text(path)]) => {
                let path = absolute(path, scope);
                if self.manifest.as_ref().is_some_and(|manifest| manifest.path == path) {
                    return Term::Manifest;
                }
                let text = (self.read)(&path);
                text.map_or_else(|| Term::Unknown(format!("there is no `{path}`")), Term::Text)
            }
            ("jsondecode", [Term::Text(text)]) => {
                serde_json::from_str(text).map_or_else(|_| unknown("it is no JSON"), from_json)
            }
            ("jsondecode", [Term::Manifest]) => self.manifest(),
            ("merge", maps) => merge(maps),
            ("lookup", [map, Term::Text(key), rest @ ..]) => match (map.clone().at(key), rest) {
                (Term::Missing, [default]) => default.clone(),
                (found, _) => found,
            },
            // As in Terraform, a key that is not there is an error, which `try` passes over.
            ("try", terms) => {
                let found = terms.iter().find(|term| **term != Term::Missing);
                found.cloned().unwrap_or(Term::Missing)
            }
            // The first that is neither null nor an empty text ("coalesce Function").
            ("coalesce", terms) => {
                let is_set = |term: &&Term| **term != Term::Null && term.text() != Some("");
                terms.iter().find(is_set).cloned().unwrap_or(Term::Null)
            }
            ("lower", [Term::Text(text)]) => Term::Text(text.to_lowercase()),
            // A text between slashes is a regular expression ("replace Function").
            ("replace", [Term::Text(text), Term::Text(old), Term::Text(new)])
                if !(old.starts_with('/') && old.ends_with('/')) =>
            {
                Term::Text(text.replace(old.as_str(), new))
            }
            ("format", [Term::Text(text), rest @ ..]) => format_text(text, rest),
            _ => computed(&arguments, &format!("`{name}(…)` is computed")),
        }
    }

    /// The entries of the package manifest: those that it has, and those that the next build adds.
    /// The first build of a lambda must have the same target as its second, so the target must not
    /// depend on whether there is an entry. The path of a new entry's zip, and its hash, are not
    /// known.
    fn manifest(&self) -> Term {
        let Some(Manifest { path, lambdas }) = &self.manifest else { return Term::Missing };
        let entry = || Term::Unknown(format!("`{path}` does not say it yet"));
        let mut entries: BTreeMap<String, Term> =
            lambdas.iter().map(|lambda| (lambda.clone(), entry())).collect();
        // A manifest that can't be read is written anew by the next build.
        let text = (self.read)(path).unwrap_or_default();
        if let Ok(serde_json::Value::Object(map)) = serde_json::from_str(&text) {
            entries.extend(map.into_iter().map(|(name, value)| (name, from_json(value))));
        }
        Term::Map(entries)
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
fn absolute(path: &str, scope: &Scope<'_>) -> Utf8PathBuf {
    // Where the module is the root of the project, two slashes follow each other.
    match path.trim_start_matches('/') {
        inside if inside.len() < path.len() => normal(Utf8Path::new(inside)),
        relative => normal(&scope.root.join(relative)),
    }
}

fn merge(maps: &[Term]) -> Term {
    let mut merged = BTreeMap::new();
    for map in maps {
        match map {
            Term::Map(map) => merged.extend(map.clone()),
            Term::Null => {}
            Term::Unknown(why) => return Term::Unknown(why.clone()),
            Term::Text(_) | Term::List(_) | Term::Manifest | Term::Missing => {
                return Term::Missing;
            }
        }
    }
    Term::Map(merged)
}

/// `format` with nothing but `%s` in it.
fn format_text(text: &str, arguments: &[Term]) -> Term {
    let parts: Vec<&str> = text.split("%s").collect();
    let is_simple =
        parts.len() == arguments.len() + 1 && parts.iter().all(|part| !part.contains('%'));
    let texts: Option<Vec<&str>> = arguments.iter().map(Term::text).collect();
    let Some(texts) = texts.filter(|_| is_simple) else {
        return computed(arguments, "it is computed");
    };
    let filled = parts.iter().zip(texts.into_iter().chain([""]));
    Term::Text(filled.map(|(part, text)| format!("{part}{text}")).collect())
}

/// The value of a function that is not evaluated here: the first argument that is not known says
/// why, else `why` does.
fn computed(arguments: &[Term], why: &str) -> Term {
    let first = arguments.iter().find(|term| matches!(term, Term::Unknown(_)));
    first.cloned().unwrap_or_else(|| unknown(why))
}

fn from_json(json: serde_json::Value) -> Term {
    match json {
        serde_json::Value::Null => Term::Null,
        serde_json::Value::Bool(truth) => Term::Text(truth.to_string()),
        serde_json::Value::Number(number) => Term::Text(number.to_string()),
        serde_json::Value::String(text) => Term::Text(text),
        serde_json::Value::Array(list) => Term::List(list.into_iter().map(from_json).collect()),
        serde_json::Value::Object(map) => {
            Term::Map(map.into_iter().map(|(key, value)| (key, from_json(value))).collect())
        }
    }
}
