//! Every function that the files describe, one for each call of its module and each entry of its
//! `for_each`.

use std::collections::BTreeMap;

use camino::{Utf8Path, Utf8PathBuf};
use hcl_edit::structure::Attribute;

use super::modules::{Modules, Placed, source};
use super::term::{Evaluator, Scope, Term};
use super::{Described, Note, Told, Untold};
use crate::report::Place;

/// How deep modules may call modules.
const DEEPEST: usize = 16;
/// The arguments of a call that are Terraform's own.
const NO_ARGUMENTS: [&str; 6] =
    ["source", "version", "count", "for_each", "providers", "depends_on"];

/// The zip that a function is made of, as far as the files tell where it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Zip {
    /// It is made of none on disk, but of an object in S3, for one.
    None,
    /// Its path is nothing that the files tell.
    Unknown,
    /// Terraform makes it, of this folder, relative to the root of the project, where that is known.
    Archive(Option<Utf8PathBuf>),
    /// The end of its path: whole segments, relative to who knows what.
    End(Utf8PathBuf),
    /// Its path, relative to the root of the project.
    At(Utf8PathBuf),
}

/// A function that the files describe.
#[derive(Debug)]
pub(super) struct Instance {
    /// What it is called, for notes.
    pub(super) name: String,
    /// Where it begins.
    pub(super) place: Place,
    /// Its zip.
    pub(super) zip: Zip,
    /// The key of its `for_each`.
    pub(super) key: Option<String>,
    /// Its attributes, as far as they are known.
    pub(super) described: Described,
    /// What is not known.
    pub(super) untold: Vec<Untold>,
}

/// Finds the functions of a project.
pub(super) struct Finder<'a> {
    /// Its modules.
    pub(super) modules: &'a Modules,
    /// What evaluates their expressions.
    pub(super) evaluator: &'a Evaluator<'a>,
    /// What was found.
    pub(super) instances: Vec<Instance>,
    /// Calls of modules that are not here, and make functions.
    pub(super) foreign: Vec<Note>,
}

impl Finder<'_> {
    /// Finds the functions of all modules that Terraform runs in, and of those that they call.
    pub(super) fn find(&mut self) {
        for root in self.modules.roots() {
            self.module(root, root, None, 0);
        }
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
                let given = given.map(|given| {
                    (given.key.to_string(), self.evaluator.term(&given.value, &scope))
                });
                let given = given.collect();
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
            Term::Unknown(why) => {
                vec![with(Term::Unknown(why.clone()), Term::Unknown(why))]
            }
            Term::Null | Term::Text(_) | Term::Manifest | Term::Missing => Vec::new(),
        }
    }

    /// One function.
    fn function(&mut self, resource: &Placed<'_>, name: &str, scope: &Scope<'_>) {
        let text = |name: &str| match resource.attribute(name) {
            Some((expression, _)) => self.evaluator.term(expression, scope),
            None => Term::Null,
        };
        if text("package_type").text() == Some("Image") || resource.attribute("image_uri").is_some()
        {
            return;
        }
        let place = resource.place();
        let key = scope.each.as_ref().and_then(|(key, _)| key.text()).map(str::to_owned);
        let filename = resource.attribute("filename");
        let zip = filename.as_ref().map_or(Zip::None, |(it, _)| self.evaluator.zip(it, scope));
        let overridden = |attribute: &str| scope.module.overridden(name, attribute);
        let zip = if overridden("filename").is_some() { Zip::Unknown } else { zip };
        let name = format!("aws_lambda_function.{name}");
        let is_overridden = |attribute: &'static str, place: &Place| {
            let message = format!("`{attribute}` of `{name}` is overridden there");
            Untold { note: Note { place: place.clone(), message }, attribute }
        };
        let told = |untold: &mut Vec<Untold>, attribute: &'static str| {
            if let Some(place) = overridden(attribute) {
                untold.push(is_overridden(attribute, place));
                return None;
            }
            let (expression, place) = resource.attribute(attribute)?;
            let why = match self.evaluator.term(expression, scope) {
                Term::Text(value) => return Some(Told { value, place }),
                Term::Null => return None,
                Term::Unknown(why) => why,
                Term::Missing => "there is no such key".to_owned(),
                Term::List(_) | Term::Map(_) | Term::Manifest => "it is no text".to_owned(),
            };
            let message = format!("`{attribute}` of `{name}` can't be told from the files: {why}");
            untold.push(Untold { note: Note { place, message }, attribute });
            None
        };
        let mut untold = Vec::new();
        let runtime = told(&mut untold, "runtime");
        let handler = told(&mut untold, "handler");
        let function_name = told(&mut untold, "function_name");
        let architecture = match resource.attribute("architectures") {
            _ if let Some(place) = overridden("architectures") => {
                untold.push(is_overridden("architectures", place));
                None
            }
            None => Some(Told { value: "x86_64".to_owned(), place: place.clone() }),
            Some((expression, place)) => match self.evaluator.term(expression, scope) {
                Term::Null => Some(Told { value: "x86_64".to_owned(), place }),
                Term::List(list) if list.len() == 1 && list[0].text().is_some() => {
                    list[0].text().map(|value| Told { value: value.to_owned(), place })
                }
                _ => {
                    let message =
                        format!("`architectures` of `{name}` can't be told from the files");
                    let note = Note { place, message };
                    untold.push(Untold { note, attribute: "architectures" });
                    None
                }
            },
        };
        let has_layers = resource.attribute("layers").is_some();
        // Where only its hash comes from such a zip, that one is written over the package.
        let is_archived = matches!(zip, Zip::Archive(_)) || text("source_code_hash").is_archive();
        let archived = is_archived.then(|| Note {
            place: filename.map_or_else(|| place.clone(), |(_, place)| place),
            message: format!("`{name}` is made of a zip that Terraform makes by `archive_file`"),
        });
        let described =
            Described { runtime, handler, architecture, has_layers, function_name, archived };
        self.instances.push(Instance { name, place, zip, key, described, untold });
    }
}

/// A call of a module that is not here, where it has what only functions have, or speaks of lambdas.
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
    Some(Note { place, message })
}
