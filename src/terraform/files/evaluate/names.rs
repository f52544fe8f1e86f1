//! Names: variables, local values, and what follows them.

use std::rc::Rc;

use camino::Utf8Path;
use hcl_edit::expr::{Expression, Traversal, TraversalOperator};

use super::{Each, Evaluator, Frame, Instance, Scope};
use crate::terraform::files::blocks::Attribute;
use crate::terraform::files::outside::HERE;
use crate::terraform::files::term::{Given, Stop, Term, part};
use crate::terraform::files::types;
use crate::tree::seen_from;

/// The arguments of a call that are Terraform's own.
const NO_ARGUMENTS: [&str; 6] =
    ["source", "version", "count", "for_each", "providers", "depends_on"];

impl<'a> Evaluator<'a> {
    /// A value by its name, and what follows that.
    pub(super) fn traversal(&self, traversal: &Traversal, scope: &Scope<'_, 'a>) -> Given {
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

    pub(super) fn follow(
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
                    let all = match term.in_order()? {
                        Term::Null => Vec::new(),
                        Term::List(list) | Term::Set(list) => list.to_vec(),
                        one => vec![one.clone()],
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
    pub(super) fn named(
        &self,
        first: &str,
        operators: &[&TraversalOperator],
        scope: &Scope<'_, 'a>,
    ) -> Given {
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

    pub(super) fn local(&self, instance: &Rc<Instance<'a>>, name: &str, depth: u32) -> Given {
        let Some(Attribute { value, .. }) = instance.module.local(name) else {
            return Err(Stop::fault(&format!("there is no `local.{name}`")));
        };
        // A local value has no `each` of its own.
        let none = Each::default();
        let scope = Scope { depth: depth + 1, ..instance.scope(&none) };
        self.once(&instance.locals, name, depth, &|| self.deep(value, &scope))
    }

    pub(super) fn variable(&self, instance: &Rc<Instance<'a>>, name: &str, depth: u32) -> Given {
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
}

/// What a name is bound to.
pub(super) fn bound<'s>(name: &str, frame: Option<&'s Frame<'s>>) -> Option<&'s Term> {
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
