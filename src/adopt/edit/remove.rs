//! What nothing needs once functions take packages: archives that Terraform makes, and commands that make
//! zips. What anything else names stays, and is listed: no reference is ever left without what it names.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use camino::{Utf8Path, Utf8PathBuf};
use hcl_edit::Span as _;
use hcl_edit::expr::{Expression, Traversal, TraversalOperator};
use hcl_edit::structure::{Attribute, Block, Structure};
use hcl_edit::visit::{Visit, visit_expr, visit_traversal};

use super::functions::{Planner, Spot, owner};
use super::text::{Source, address, has_word, value_span};
use super::{ByHand, Edit};
use crate::report::Place;

/// Resources whose provisioners run commands, and that do nothing else.
const RUNNING: [&str; 2] = ["null_resource", "terraform_data"];
/// Words of commands that make zips.
const ZIPPING: [&str; 5] = ["zip", "pip", "pip3", "poetry", "uv"];
/// Words of commands that do more than that.
const MORE: [&str; 5] = ["aws", "docker", "curl", "git", "kubectl"];

/// A block that may be removed.
struct Candidate {
    at: Spot,
    line: u32,
}

/// What may be removed from a module, and what its expressions name.
#[derive(Default)]
struct InModule {
    /// By address.
    candidates: BTreeMap<String, Candidate>,
    /// Those whose address is there twice.
    twice: BTreeSet<String>,
    references: Vec<Reference>,
}

/// A place where a block is named.
#[derive(Debug)]
struct Reference {
    /// What is named.
    target: String,
    path: Utf8PathBuf,
    at: usize,
    /// The top-level block.
    owner: String,
    /// The attribute in it, and whether that is `depends_on` of the block.
    attribute: String,
    is_dependency: bool,
}

/// Collects the addresses that expressions name.
struct Named<'a> {
    found: &'a mut Vec<String>,
}

impl Visit for Named<'_> {
    fn visit_traversal(&mut self, traversal: &Traversal) {
        if let Expression::Variable(first) = &traversal.expr {
            let names = traversal.operators.iter().map_while(|it| match it.value() {
                TraversalOperator::GetAttr(name) => Some(name.as_str()),
                _ => None,
            });
            let names: Vec<&str> = std::iter::once(first.as_str()).chain(names).collect();
            match &names[..] {
                ["data", kind, name, ..] => self.found.push(format!("data.{kind}.{name}")),
                [kind, name, ..] => self.found.push(format!("{kind}.{name}")),
                _ => {}
            }
        }
        visit_traversal(self, traversal);
    }

    fn visit_expr(&mut self, expression: &Expression) {
        // As Terraform 0.11 had it: a whole address in quotes.
        if let Expression::String(text) = expression {
            self.found.push(text.to_string());
        }
        visit_expr(self, expression);
    }
}

fn named(expression: &Expression) -> Vec<String> {
    let mut found = Vec::new();
    Named { found: &mut found }.visit_expr(expression);
    found
}

impl Planner<'_> {
    /// Removes what only the functions needed that take packages now; `names` are what paths of these
    /// have in them.
    pub(super) fn remove_unneeded(&mut self, names: &BTreeSet<String>) {
        let folders: BTreeSet<Utf8PathBuf> = self
            .adopted
            .keys()
            .filter_map(|(path, _)| path.parent().map(Utf8Path::to_owned))
            .collect();
        for folder in folders {
            self.remove_in(&folder, names);
        }
    }

    fn remove_in(&mut self, folder: &Utf8Path, names: &BTreeSet<String>) {
        let found = self.find(folder);
        let unneeded = self.unneeded(&found, folder, names);
        let mut kept = self.refused(&found, &unneeded, folder);
        let mut gone = unneeded;
        gone.retain(|name| !kept.contains_key(name));
        self.keep_what_is_named(&found, &mut gone, &mut kept);
        self.take_away(&found, &gone);
        for (name, why) in kept.into_iter().filter(|(name, _)| !name.starts_with("local.")) {
            let Candidate { at, line } = &found.candidates[&name];
            self.by_hand.push(ByHand {
                place: Some(Place::new(&at.0, Some(*line))),
                message: format!("`{name}` stays: {why}"),
                lines: Vec::new(),
            });
        }
    }

    /// Finds what may be removed from a module.
    fn find(&self, folder: &Utf8Path) -> InModule {
        let mut found = InModule::default();
        let mut values: BTreeMap<String, Candidate> = BTreeMap::new();
        let own = self.sources.iter().filter(|(path, _)| path.parent() == Some(folder));
        for (path, source) in own {
            let candidate = |name: &String, span: &Range<usize>| Candidate {
                at: (path.clone(), name.clone()),
                line: source.line(span.start),
            };
            found.references.extend(references_of(source));
            values.extend(locals(source).map(|(name, span)| {
                let value = candidate(&name, &span);
                (name, value)
            }));
            for block in source.body.blocks() {
                let (Some(name), Some(span)) = (address(block), block.span()) else { continue };
                if !(is_archive(block) || runs(source, block, &ZIPPING)) {
                    continue;
                }
                if found.candidates.insert(name.clone(), candidate(&name, &span)).is_some() {
                    found.twice.insert(name);
                }
            }
        }
        // A local value that leads to one of them goes with it.
        values.retain(|name, _| {
            let mut own = found.references.iter().filter(|it| it.owner == *name);
            own.any(|it| found.candidates.contains_key(&it.target))
        });
        found.candidates.extend(values);
        found
    }

    fn is_adopted(&self, reference: &Reference) -> bool {
        self.adopted.contains_key(&(reference.path.clone(), reference.owner.clone()))
    }

    fn is_replaced(&self, reference: &Reference) -> bool {
        self.sources[&reference.path].is_replaced(reference.at)
    }

    /// What was needed by a function that takes a package now, and what was needed by that.
    fn unneeded(
        &self,
        found: &InModule,
        folder: &Utf8Path,
        names: &BTreeSet<String>,
    ) -> BTreeSet<String> {
        let was_file = |candidate: &Candidate| {
            let source = &self.sources[&candidate.at.0];
            let block = source.block(&candidate.at.1);
            let output = block.and_then(|it| source.value(it.body.get_attribute("output_path")?));
            output.is_some_and(|output| {
                let mut own =
                    self.adopted.iter().filter(|((path, _), _)| path.parent() == Some(folder));
                own.any(|(_, file)| file.as_deref() == Some(output))
            })
        };
        let names_one = |candidate: &Candidate| {
            let source = &self.sources[&candidate.at.0];
            let span = source.block(&candidate.at.1).and_then(|block| block.span());
            span.is_some_and(|span| {
                names.iter().any(|name| has_word(&source.text[span.clone()], name))
            })
        };
        let mut unneeded: BTreeSet<String> = BTreeSet::new();
        loop {
            let is_it = |(name, candidate): &(&String, &Candidate)| {
                let was_named = |it: &Reference| {
                    it.target == **name
                        && (self.is_replaced(it)
                            || self.is_adopted(it) && it.is_dependency
                            || unneeded.contains(&it.owner) && it.owner != **name)
                };
                found.references.iter().any(was_named)
                    || was_file(candidate)
                    || RUNNING.iter().any(|kind| name.starts_with(kind)) && names_one(candidate)
            };
            let more: BTreeSet<String> =
                found.candidates.iter().filter(is_it).map(|(name, _)| name.clone()).collect();
            if more.len() <= unneeded.len() {
                return unneeded;
            }
            unneeded = more;
        }
    }

    /// What is not to be touched, each with the reason.
    fn refused(
        &self,
        found: &InModule,
        unneeded: &BTreeSet<String>,
        folder: &Utf8Path,
    ) -> BTreeMap<String, String> {
        let is_json =
            |path: &Utf8PathBuf| path.parent() == Some(folder) && !self.sources.contains_key(path);
        let json = || self.files.texts.iter().filter(|(path, _)| is_json(path));
        let why = |name: &String| {
            let path = &found.candidates[name].at.0;
            let source = &self.sources[path];
            let block = source.block(name);
            if found.twice.contains(name) {
                Some("it is there twice".to_owned())
            } else if let Some(why) = self.closed.get(path) {
                Some(format!("`{path}` {why}"))
            } else if block.is_some_and(|block| !only_packages(source, block)) {
                Some("it may do more than packaging".to_owned())
            } else {
                let naming = json().find(|(_, text)| text.contains(name.as_str()));
                naming.map(|(path, _)| format!("`{path}` names it"))
            }
        };
        unneeded.iter().filter_map(|name| Some((name.clone(), why(name)?))).collect()
    }

    /// Keeps what something that stays names.
    fn keep_what_is_named(
        &self,
        found: &InModule,
        gone: &mut BTreeSet<String>,
        kept: &mut BTreeMap<String, String>,
    ) {
        loop {
            let holds = |name: &String| {
                found.references.iter().find(|it| {
                    let is_dropped = it.is_dependency && self.is_adopted(it);
                    let goes = self.is_replaced(it) || gone.contains(&it.owner) || is_dropped;
                    it.target == *name && !goes
                })
            };
            let held = gone.iter().find_map(|name| Some((name.clone(), holds(name)?)));
            let Some((name, reference)) = held else { return };
            let line = self.sources[&reference.path].line(reference.at);
            let place = Place::new(&reference.path, Some(line));
            let why = match reference.owner.as_str() {
                owner if owner.starts_with("local.") => format!("`{owner}` at {place} names it"),
                owner => format!("`{}` of `{owner}` at {place} names it", reference.attribute),
            };
            gone.remove(&name);
            kept.insert(name, why);
        }
    }

    /// Removes what is gone, and what depends on it no more.
    fn take_away(&mut self, found: &InModule, gone: &BTreeSet<String>) {
        for name in gone {
            let Candidate { at, line } = &found.candidates[name];
            let source = self.sources.get_mut(&at.0).expect("candidates are of sources");
            let span = match name.starts_with("local.") {
                true => local_span(source, name, gone),
                false => source.block(name).and_then(|block| block.span()),
            };
            if span.is_some_and(|span| source.remove(&span)) {
                self.edits.push(Edit {
                    place: Place::new(&at.0, Some(*line)),
                    what: format!("`{name}` is removed: nothing needs it"),
                });
            }
        }
        let left = found.references.iter().filter(|it| {
            it.is_dependency && gone.contains(&it.target) && !gone.contains(&it.owner)
        });
        let dependents: BTreeSet<Spot> =
            left.map(|it| (it.path.clone(), it.owner.clone())).collect();
        for at in dependents {
            self.drop_dependencies(&at, gone);
        }
    }

    /// Takes what is gone out of the `depends_on` of a block.
    fn drop_dependencies(&mut self, at: &Spot, gone: &BTreeSet<String>) {
        let Some(source) = self.sources.get_mut(&at.0) else { return };
        let Some(block) = source.block(&at.1).cloned() else { return };
        let Some(attribute) = block.body.get_attribute("depends_on") else { return };
        let (Expression::Array(list), Some(span)) = (&attribute.value, attribute.span()) else {
            return;
        };
        let is_gone = |it: &&Expression| named(it).iter().any(|name| gone.contains(name));
        if list.iter().all(|it| is_gone(&it)) {
            source.remove(&span);
        } else {
            let all: Vec<Range<usize>> = list.iter().filter_map(|it| it.span()).collect();
            let gone: Vec<Range<usize>> =
                list.iter().filter(is_gone).filter_map(|it| it.span()).collect();
            for one in gone {
                let next = all.iter().find(|it| it.start > one.start);
                let last = all.iter().rev().find(|it| it.start < one.start);
                let is_alone = source.text[..one.start]
                    .rfind('\n')
                    .is_some_and(|at| source.text[at..one.start].trim().is_empty());
                // What is on a line of its own goes with that, else what leads to a neighbour.
                match (is_alone, next, last) {
                    (true, ..) if removes_line(source, &one) => {}
                    (_, Some(next), _) => source.change(one.start..next.start, ""),
                    (_, None, Some(last)) => source.change(last.end..one.end, ""),
                    (_, None, None) => {}
                }
            }
        }
        source.touch(&at.1);
    }
}

/// The local values of a file, by name, and where they are.
fn locals(source: &Source) -> impl Iterator<Item = (String, Range<usize>)> {
    let blocks = source.body.blocks().filter(|block| block.ident.as_str() == "locals");
    let all = blocks.flat_map(|block| block.body.attributes());
    all.filter_map(|it| Some((format!("local.{}", it.key.as_str()), it.span()?)))
}

/// What is removed with a local value: it, or its block, if all in that is gone.
fn local_span(source: &Source, name: &str, gone: &BTreeSet<String>) -> Option<Range<usize>> {
    let name_of = |it: &Attribute| format!("local.{}", it.key.as_str());
    let mut blocks = source.body.blocks().filter(|block| block.ident.as_str() == "locals");
    let block = blocks.find(|block| block.body.attributes().any(|it| name_of(it) == name))?;
    match block.body.attributes().all(|it| gone.contains(&name_of(it))) {
        true => block.span(),
        false => block.body.attributes().find(|it| name_of(it) == name)?.span(),
    }
}

/// Removes the line of an element, with the comma behind it: a list may end with one.
fn removes_line(source: &mut Source, span: &Range<usize>) -> bool {
    let behind = &source.text[span.end..];
    let line = behind.split('\n').next().unwrap_or(behind);
    let rest = line.trim_start_matches([',', ' ', '\t']).trim_end();
    if !(rest.is_empty() || rest.starts_with(['#', '/'])) {
        return false;
    }
    let start = source.text[..span.start].rfind('\n').map_or(0, |at| at + 1);
    let end = source.text[span.end..].find('\n').map_or(source.text.len(), |at| span.end + at + 1);
    source.change(start..end, "");
    true
}

fn is_archive(block: &Block) -> bool {
    block.labels.first().is_some_and(|kind| kind.as_str() == "archive_file")
}

/// The texts of the commands that a block runs.
fn commands(source: &Source, block: &Block) -> Vec<String> {
    let is_running = block.labels.first().is_some_and(|kind| RUNNING.contains(&kind.as_str()));
    let provisioners = block.body.blocks().filter(|it| it.ident.as_str() == "provisioner");
    let text = |it: &Block| it.span().map(|span| source.text[span].to_owned());
    provisioners.filter(|_| is_running).filter_map(text).collect()
}

/// Whether a block runs a command with one of these words.
fn runs(source: &Source, block: &Block, words: &[&str]) -> bool {
    commands(source, block).iter().any(|text| words.iter().any(|word| has_word(text, word)))
}

/// Whether a block does nothing else than packaging, as far as can be told.
fn only_packages(source: &Source, block: &Block) -> bool {
    let provisioners = block.body.blocks().filter(|it| it.ident.as_str() == "provisioner");
    let is_local = |it: &Block| it.labels.first().is_some_and(|kind| kind.as_str() == "local-exec");
    is_archive(block) || provisioners.into_iter().all(is_local) && !runs(source, block, &MORE)
}

/// All that the blocks of a file name.
fn references_of(source: &Source) -> Vec<Reference> {
    let mut references = Vec::new();
    for structure in &source.body {
        match structure {
            Structure::Block(block) => {
                of_block(source, block, &owner(block), true, &mut references);
            }
            Structure::Attribute(attribute) => {
                of_attribute(source, attribute, "", false, &mut references);
            }
        }
    }
    references
}

fn of_block(
    source: &Source,
    block: &Block,
    owner: &str,
    is_top: bool,
    references: &mut Vec<Reference>,
) {
    for structure in &block.body {
        match structure {
            Structure::Attribute(attribute) => {
                let is_dependency = is_top && attribute.key.as_str() == "depends_on";
                let local = format!("local.{}", attribute.key.as_str());
                let owner = if owner == "locals" { &local } else { owner };
                of_attribute(source, attribute, owner, is_dependency, references);
            }
            Structure::Block(inner) => of_block(source, inner, owner, false, references),
        }
    }
}

fn of_attribute(
    source: &Source,
    attribute: &Attribute,
    owner: &str,
    is_dependency: bool,
    references: &mut Vec<Reference>,
) {
    let at = value_span(&source.text, attribute).map_or(0, |span| span.start);
    let is_list = matches!(attribute.value, Expression::Array(_));
    references.extend(named(&attribute.value).into_iter().map(|target| Reference {
        target,
        path: source.path.clone(),
        at,
        owner: owner.to_owned(),
        attribute: attribute.key.to_string().trim().to_owned(),
        is_dependency: is_dependency && is_list,
    }));
}
