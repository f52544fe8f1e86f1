//! Addresses: outputs of modules, and attributes of resources that their blocks set.

use std::rc::Rc;

use hcl_edit::expr::TraversalOperator;

use super::{Each, Entries, Evaluator, Instance, Scope, Shape};
use crate::terraform::Archive;
use crate::terraform::files::blocks::Block;
use crate::terraform::files::term::{Given, Made, Stop, Term, Unknown, part};

impl<'a> Evaluator<'a> {
    /// What follows `module.x`.
    pub(super) fn of_module(
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
            let why = format!("`module.{name}` comes from elsewhere").into();
            // So terraform-aws-modules calls the version of a layer that one call makes.
            let is_layer = match operators {
                [TraversalOperator::GetAttr(output)] => output.as_str() == "lambda_layer_arn",
                _ => false,
            };
            let made = is_layer.then(|| Rc::new(Made::Layer(Each::default().layer(block))));
            return Err(Stop::Unknown(Unknown { why, made }));
        };
        let output = |index: usize, name: &str| self.output(&instances[index], name, scope.depth);
        let whole = |index: usize| {
            let outputs = instances[index].module.blocks("output").map(Block::name);
            let outputs = outputs.map(|name| Ok((name.to_owned(), part(output(index, name))?)));
            Ok(Term::map(outputs.collect::<Result<_, Stop>>()?))
        };
        self.of_entries(&called.entries, operators, scope, &output, &whole)
    }

    pub(in crate::terraform::files) fn output(
        &self,
        instance: &Rc<Instance<'a>>,
        name: &str,
        depth: u32,
    ) -> Given {
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
    pub(super) fn of_resource(
        &self,
        instance: &Rc<Instance<'a>>,
        kind: &str,
        address: &str,
        operators: &[&TraversalOperator],
        scope: &Scope<'_, 'a>,
    ) -> Given {
        let why: Rc<str> = format!("`{address}` is known to Terraform only").into();
        let Some(block) = instance.module.block(address) else {
            let made = (kind == "archive_file").then(|| Rc::new(Made::Archive(Archive::default())));
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
                "aws_lambda_layer_version" if name == "arn" => Some(Made::Layer(each.layer(block))),
                _ => None,
            };
            Err(Stop::Unknown(Unknown { why, made: made.map(Rc::new) }))
        };
        let whole = |_: usize| Err(Stop::Unknown(Unknown { why: Rc::clone(&why), made: None }));
        self.of_entries(&entries, operators, scope, &attribute, &whole)
    }

    /// What follows the name of something of which there may be several.
    pub(super) fn of_entries(
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
