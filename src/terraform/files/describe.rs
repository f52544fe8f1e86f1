//! Every function that the files describe, one for each call of its module and each entry of its
//! `for_each`.

use std::collections::BTreeMap;

use camino::{Utf8Path, Utf8PathBuf};
use hcl_edit::structure::Attribute;

use super::evaluate::{Evaluator, Scope, Term};
use super::modules::{Modules, Placed, source};
use crate::report::Place;
use crate::terraform::{Code, Function, Note, Value};

/// How deep modules may call modules: a module that calls itself would never end.
const DEEPEST: usize = 16;
/// The arguments of a call that are Terraform's own.
const NO_ARGUMENTS: [&str; 6] =
    ["source", "version", "count", "for_each", "providers", "depends_on"];

/// Finds the functions of a project.
pub(super) struct Finder<'a> {
    pub(super) modules: &'a Modules,
    /// The folders that Terraform runs in.
    pub(super) roots: &'a [Utf8PathBuf],
    /// What evaluates their expressions.
    pub(super) evaluator: &'a Evaluator<'a>,
    pub(super) functions: Vec<Function>,
    /// Calls of modules that are not here, and make functions.
    pub(super) foreign: Vec<Note>,
}

impl Finder<'_> {
    /// Finds the functions of all modules that Terraform runs in, and of those that they call.
    pub(super) fn find(mut self) -> (Vec<Function>, Vec<Note>) {
        for root in self.roots {
            self.module(root, root, None, 0);
        }
        self.foreign.sort();
        self.foreign.dedup();
        (self.functions, self.foreign)
    }

    /// Those of one module, by the arguments it is called with.
    fn module(
        &mut self,
        folder: &Utf8Path,
        root: &Utf8Path,
        arguments: Option<&BTreeMap<String, Term>>,
        depth: usize,
    ) {
        let modules = self.modules;
        let Some(module) = modules.get(folder).filter(|_| depth <= DEEPEST) else { return };
        let scope = Scope { module, folder, root, arguments, each: None };
        for resource in module.blocks("resource") {
            if let [kind, name] = &resource.block.labels[..]
                && kind.as_str() == "aws_lambda_function"
            {
                for scope in self.entries(&resource, &scope) {
                    self.function(&resource, name.as_str(), &scope);
                }
            }
        }
        for call in module.blocks("module") {
            let Some(called) = source(&call, folder) else {
                self.foreign.extend(foreign(&call));
                continue;
            };
            for scope in self.entries(&call, &scope) {
                let attributes = call.block.body.attributes();
                let given = attributes.filter(|given| !NO_ARGUMENTS.contains(&given.key.as_str()));
                let term = |given: &Attribute| self.evaluator.term(&given.value, &scope);
                let given = given.map(|given| (given.key.to_string(), term(given))).collect();
                self.module(&called, root, Some(&given), depth + 1);
            }
        }
    }

    /// The scopes of the entries of a block's `for_each`; its own where it has none.
    fn entries<'s>(&self, block: &Placed<'_>, scope: &Scope<'s>) -> Vec<Scope<'s>> {
        let none = block
            .attribute("count")
            .is_some_and(|(count, _)| self.evaluator.term(count, scope).text() == Some("0"));
        if none {
            return Vec::new();
        }
        let Some((all, _)) = block.attribute("for_each") else { return vec![scope.clone()] };
        let with = |key: Term, value| Scope { each: Some((key, value)), ..scope.clone() };
        match self.evaluator.term(all, scope) {
            Term::Map(map) => {
                map.into_iter().map(|(key, value)| with(Term::Text(key), value)).collect()
            }
            Term::List(list) => list.into_iter().map(|key| with(key.clone(), key)).collect(),
            unknown @ Term::Unknown(_) => vec![with(unknown.clone(), unknown)],
            Term::Null | Term::Text(_) | Term::Manifest | Term::Missing => Vec::new(),
        }
    }

    /// Describes one function; one of a container image has no package.
    fn function(&mut self, resource: &Placed<'_>, name: &str, scope: &Scope<'_>) {
        let term = |name: &str| match resource.attribute(name) {
            Some((expression, _)) => self.evaluator.term(expression, scope),
            None => Term::Null,
        };
        if term("package_type").text() == Some("Image") || resource.attribute("image_uri").is_some()
        {
            return;
        }
        let overridden = |attribute: &str| scope.module.overridden(name, attribute);
        let address = format!("aws_lambda_function.{name}");
        let unknown =
            |place: &Place, message| Value::Unknown(Note { place: Some(place.clone()), message });
        let value = |attribute: &str| {
            if let Some(place) = overridden(attribute) {
                return unknown(place, format!("`{attribute}` of `{address}` is overridden there"));
            }
            let Some((expression, place)) = resource.attribute(attribute) else {
                return Value::Absent;
            };
            let why = match self.evaluator.term(expression, scope) {
                Term::Text(text) => return Value::Known { text, place: Some(place) },
                Term::Null => return Value::Absent,
                Term::List(list) if attribute == "architectures" => match &list[..] {
                    [Term::Text(one)] => {
                        return Value::Known { text: one.clone(), place: Some(place) };
                    }
                    _ => String::new(),
                },
                _ if attribute == "architectures" => String::new(),
                Term::Unknown(why) => format!(": {why}"),
                Term::Missing => ": there is no such key".to_owned(),
                Term::List(_) | Term::Map(_) | Term::Manifest => ": it is no text".to_owned(),
            };
            let message = format!("`{attribute}` of `{address}` can't be told from the files{why}");
            unknown(&place, message)
        };
        let place = resource.place();
        let architecture = match value("architectures") {
            Value::Absent => {
                let own = resource.attribute("architectures").map(|(_, place)| place);
                let place = Some(own.unwrap_or_else(|| place.clone()));
                Value::Known { text: "x86_64".to_owned(), place }
            }
            value => value,
        };
        let filename = resource.attribute("filename");
        let code = match &filename {
            _ if overridden("filename").is_some() => Code::Unknown,
            Some((expression, _)) => self.evaluator.zip(expression, scope),
            None => Code::Elsewhere,
        };
        // `archive_file` writes its zip when Terraform plans. Where only the hash comes from it, it
        // is written over the package, for `filename` is the path of both.
        let is_archived = matches!(code, Code::Archive(_)) || term("source_code_hash").is_archive();
        let archived = is_archived.then(|| Note {
            place: Some(filename.map_or_else(|| place.clone(), |(_, place)| place)),
            message: format!("`{address}` is made of a zip that Terraform makes by `archive_file`"),
        });
        let function = Function {
            name: value("function_name"),
            code,
            handler: value("handler"),
            runtime: value("runtime"),
            architecture,
            has_layers: resource.attribute("layers").is_some(),
            key: scope.each.as_ref().and_then(|(key, _)| key.text()).map(str::to_owned),
            archived,
            place: Some(place),
            root: Some(scope.root.to_owned()),
            address,
            ..Function::default()
        };
        self.functions.push(function);
    }
}

/// The note for a call of a module that is not in the project, if it may make functions: it has a
/// `runtime` or `handler`, or mentions lambdas.
fn foreign(call: &Placed<'_>) -> Option<Note> {
    let (_, place) = call.attribute("source")?;
    let function = call.attribute("runtime").or_else(|| call.attribute("handler"));
    let speaks = |given: &Attribute| given.value.to_string().to_lowercase().contains("lambda");
    let place = match function {
        Some((_, place)) => place,
        None => call.block.body.attributes().any(speaks).then_some(place)?,
    };
    let name = call.block.labels.first()?.as_str();
    let message = format!(
        "`module.{name}` comes from elsewhere, and its functions can't be told from the files"
    );
    Some(Note { place: Some(place), message })
}
