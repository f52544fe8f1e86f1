//! What is written where a function is made of a package: in its own block, or in the calls that hand
//! down what it is made of.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use camino::{Utf8Path, Utf8PathBuf};
use hcl_edit::Span as _;
use hcl_edit::structure::Block;

use super::text::{Source, address, has_word, value_span};
use super::{ByHand, Edit};
use crate::report::Place;
use crate::terraform::{Code, Files, FunctionSite, Site};

/// The module that packages by itself, and takes what others packaged, too.
const PACKAGING: [&str; 2] =
    ["terraform-aws-modules/lambda/aws", "terraform-aws-modules/terraform-aws-lambda"];
/// Another one, whose arguments are those of the resource.
const PLAIN: &str = "cloudposse/lambda-function/aws";
/// What the first takes for packaging, and has no use for without ("Inputs" in its documentation).
const OF_PACKAGING: [&str; 14] = [
    "source_path",
    "hash_extra",
    "recreate_missing_package",
    "artifacts_dir",
    "quiet_archive_local_exec",
    "trigger_on_package_timestamp",
    "build_in_docker",
    "docker_additional_options",
    "docker_build_root",
    "docker_entrypoint",
    "docker_file",
    "docker_image",
    "docker_pip_cache",
    "docker_with_ssh_agent",
];
/// The variable that says whether the packages must be there.
pub(super) const REQUIRE: &str = "require_packages";
/// Why a function is left whose code is an object of S3.
const FROM_S3: &str = "its code comes from S3";
/// What the package manifest is called in the files, where nothing else is.
const LOCAL: &str = "packages";

/// A change that is planned, all of one function or none.
enum Action {
    /// An attribute gets a value; a new one comes below another.
    Set {
        at: Spot,
        key: String,
        value: String,
        below: String,
    },
    /// Lines in place of an attribute.
    Replace {
        at: Spot,
        key: &'static str,
        lines: Vec<String>,
    },
    Remove {
        at: Spot,
        key: &'static str,
    },
    /// A module gets a variable for the name of a package.
    Variable {
        folder: Utf8PathBuf,
        name: String,
    },
    /// The package must be there.
    Require {
        at: Spot,
        filename: String,
        hash: String,
    },
}

impl Action {
    fn set(at: &Spot, key: &str, value: String, below: &str) -> Self {
        Self::Set { at: at.clone(), key: key.to_owned(), value, below: below.to_owned() }
    }
}

/// A block by its file and address.
pub(super) type Spot = (Utf8PathBuf, String);

/// A function as one instance of its module has it, and the lambda that it is made of.
struct Want {
    site: Rc<Site>,
    lambda: String,
}

/// Plans changes of files.
pub(super) struct Planner<'a> {
    pub(super) files: &'a Files,
    /// The lambda of each function in their order.
    pub(super) lambdas: &'a [Option<String>],
    /// Where the package manifest is, relative to the root.
    pub(super) manifest: &'a Utf8Path,
    /// Why a file is not to be edited.
    pub(super) closed: &'a BTreeMap<Utf8PathBuf, &'static str>,
    pub(super) sources: BTreeMap<Utf8PathBuf, Source>,
    pub(super) edits: Vec<Edit>,
    pub(super) by_hand: Vec<ByHand>,
    /// The blocks that take packages, with what was their file before.
    pub(super) adopted: BTreeMap<Spot, Option<String>>,
    /// What the manifest is called in each module.
    locals: BTreeMap<Utf8PathBuf, (String, bool)>,
    /// The modules that need the variable, and those that get one.
    required: BTreeSet<Utf8PathBuf>,
    variables: BTreeMap<Utf8PathBuf, BTreeSet<String>>,
}

fn folder(path: &Utf8Path) -> &Utf8Path {
    path.parent().unwrap_or(Utf8Path::new(""))
}

fn spot(site: &Site) -> Spot {
    (site.path.clone(), site.address.clone())
}

/// The variable that a value is, and nothing else.
fn variable(value: Option<&str>) -> Option<&str> {
    let value = value?;
    let inner = value.strip_prefix("\"${").and_then(|it| it.strip_suffix("}\""));
    let name = inner.unwrap_or(value).trim().strip_prefix("var.")?;
    name.chars().all(|sign| sign.is_alphanumeric() || "_-".contains(sign)).then_some(name)
}

impl<'a> Planner<'a> {
    pub(super) fn new(
        files: &'a Files,
        lambdas: &'a [Option<String>],
        manifest: &'a Utf8Path,
        closed: &'a BTreeMap<Utf8PathBuf, &'static str>,
    ) -> Self {
        let parsed = files.texts.iter().filter(|(path, _)| path.extension() != Some("json"));
        let parsed =
            parsed.filter_map(|(path, text)| Some((path.clone(), Source::parse(path, text)?)));
        Self {
            files,
            lambdas,
            manifest,
            closed,
            sources: parsed.collect(),
            edits: Vec::new(),
            by_hand: Vec::new(),
            adopted: BTreeMap::new(),
            locals: BTreeMap::new(),
            required: BTreeSet::new(),
            variables: BTreeMap::new(),
        }
    }

    /// Plans what each function needs.
    pub(super) fn functions(&mut self) {
        let mut groups: BTreeMap<Spot, Vec<usize>> = BTreeMap::new();
        let mut left = Vec::new();
        for (index, found) in self.files.sites.iter().enumerate() {
            groups.entry(spot(&found.site)).or_default().push(index);
        }
        for (at, group) in groups {
            let found: Vec<&FunctionSite> =
                group.iter().map(|index| &self.files.sites[*index]).collect();
            let lambda = |index: &usize| {
                let entry = self.files.sites[*index].file_entry.clone();
                entry.or_else(|| self.lambdas[*index].clone())
            };
            let lambdas: Vec<Option<String>> = group.iter().map(lambda).collect();
            let is_done = |it: &&FunctionSite| {
                it.file_entry.is_some() && (it.hash_entry.is_some() || it.source.is_some())
            };
            if found.iter().all(is_done) || lambdas.iter().all(Option::is_none) {
                continue;
            }
            let is_other = |index: &usize| {
                matches!(self.files.functions[*index].code, Code::Elsewhere | Code::Image)
            };
            let planned = match () {
                () if self.is_json(&at.0) => Err("it is written in JSON".to_owned()),
                () if found.iter().any(|it| it.is_overridden) => {
                    Err("an override file sets what it is made of".to_owned())
                }
                () if group.iter().all(is_other) => Err(FROM_S3.to_owned()),
                () => self.plan(&at, &found, &lambdas),
            };
            let planned = planned.and_then(|actions| match self.why_closed(&actions) {
                Some(why) => Err(why),
                None => Ok(actions),
            });
            match planned {
                Ok(actions) => self.take(&at, &lambdas, actions),
                Err(why) => left.push((at, found, lambdas, why)),
            }
        }
        for (at, found, lambdas, why) in left {
            self.list(&at, &found, &lambdas, &why);
        }
        self.require_all();
    }

    fn is_json(&self, path: &Utf8Path) -> bool {
        !self.sources.contains_key(path)
    }

    /// Why one of some changes can't be made.
    fn why_closed(&self, actions: &[Action]) -> Option<String> {
        let path = |action: &Action| match action {
            Action::Set { at, .. }
            | Action::Replace { at, .. }
            | Action::Remove { at, .. }
            | Action::Require { at, .. } => Some(at.0.clone()),
            Action::Variable { .. } => None,
        };
        let mut paths = actions.iter().filter_map(path);
        paths.find_map(|path| match (self.closed.get(&path), self.is_json(&path)) {
            (Some(why), _) => Some(format!("`{path}` {why}")),
            (None, true) => Some(format!("`{path}` is written in JSON")),
            (None, false) => None,
        })
    }

    fn block(&self, at: &Spot) -> Option<(&Source, &Block)> {
        let source = self.sources.get(&at.0)?;
        Some((source, source.block(&at.1)?))
    }

    fn value(&self, at: &Spot, key: &str) -> Option<&str> {
        let (source, block) = self.block(at)?;
        source.value(block.body.get_attribute(key)?)
    }

    /// Plans what one block needs, which several instances of its module may have.
    fn plan(
        &mut self,
        at: &Spot,
        found: &[&FunctionSite],
        lambdas: &[Option<String>],
    ) -> Result<Vec<Action>, String> {
        let source = found.first().and_then(|it| it.source.clone());
        let is_packaging =
            source.as_ref().is_some_and(|it| PACKAGING.iter().any(|own| it.contains(own)));
        let wants = found.iter().zip(lambdas).filter_map(|(it, lambda)| {
            Some(Want { site: Rc::clone(&it.site), lambda: lambda.clone()? })
        });
        let wants: Vec<Want> = wants.collect();
        let handed = self.handed(at, &wants).filter(|_| source.is_none());
        let mut actions = Vec::new();
        if let Some((file, hash)) = handed {
            self.hand_down(&wants, &file, &hash, &mut actions)?;
            return Ok(actions);
        }
        if wants.len() < found.len() {
            return Err("some of its entries are made of no lambda here".to_owned());
        }
        let is_yes = |key: &str| self.value(at, key) == Some("true");
        if is_packaging
            && (is_yes("store_on_s3") || self.value(at, "s3_existing_package").is_some())
        {
            return Err(FROM_S3.to_owned());
        }
        if is_yes("ignore_source_code_hash") || self.ignores_code(at) {
            return Err("it ignores changes of its code, and would never be updated".to_owned());
        }
        let key = self.key(&wants, &mut actions)?;
        let (filename, hash) = self.values(folder(&at.0), &key);
        let at = at.clone();
        match source {
            Some(_) if is_packaging => self.packaging(at, &filename, &mut actions),
            Some(source) => {
                if self.value(&at, "filename").is_none() {
                    return Err(format!("which arguments `{source}` takes is not known"));
                }
                let has_hash = self.value(&at, "source_code_hash").is_some();
                actions.push(Action::set(&at, "filename", filename, "source"));
                if has_hash || source.contains(PLAIN) {
                    actions.push(Action::set(&at, "source_code_hash", hash, "filename"));
                }
            }
            None => {
                if self.value(&at, "filename").is_none() {
                    let is_s3 = self.value(&at, "s3_key").is_some();
                    let why = if is_s3 { FROM_S3 } else { "it has no `filename`" };
                    return Err(why.to_owned());
                }
                actions.push(Action::set(&at, "filename", filename.clone(), "function_name"));
                actions.push(Action::set(&at, "source_code_hash", hash.clone(), "filename"));
                actions.push(Action::Require { at, filename, hash });
            }
        }
        Ok(actions)
    }

    /// Whether the `lifecycle` of a function lets its code be.
    fn ignores_code(&self, at: &Spot) -> bool {
        let Some((source, block)) = self.block(at) else { return false };
        let mut lifecycles = block.body.blocks().filter(|it| it.ident.as_str() == "lifecycle");
        lifecycles.any(|inner| {
            let ignored = inner.body.get_attribute("ignore_changes");
            let ignored = ignored.and_then(|it| source.value(it)).unwrap_or_default();
            ignored == "all"
                || ["filename", "source_code_hash"].iter().any(|it| has_word(ignored, it))
        })
    }

    /// The call of the module that would package by itself.
    fn packaging(&self, at: Spot, filename: &str, actions: &mut Vec<Action>) {
        let has = |key: &str| self.value(&at, key).is_some();
        let mut lines = Vec::new();
        for (key, value) in [("create_package", "false"), ("local_existing_package", filename)] {
            match has(key) || !has("source_path") {
                true => actions.push(Action::set(&at, key, value.to_owned(), "source")),
                false => lines.push(format!("{key} = {value}")),
            }
        }
        for key in OF_PACKAGING.into_iter().filter(|key| has(key)) {
            let at = at.clone();
            actions.push(match key == "source_path" && !lines.is_empty() {
                true => Action::Replace { at, key, lines: std::mem::take(&mut lines) },
                false => Action::Remove { at, key },
            });
        }
    }

    /// The variables that hand file and hash down to a function.
    fn handed(&self, at: &Spot, wants: &[Want]) -> Option<(String, String)> {
        let file = variable(self.value(at, "filename"))?.to_owned();
        let hash = variable(self.value(at, "source_code_hash"))?.to_owned();
        wants.iter().all(|want| want.site.caller.is_some()).then_some((file, hash))
    }

    /// Sets the arguments of the calls that hand a function's file and hash down.
    fn hand_down(
        &mut self,
        wants: &[Want],
        file: &str,
        hash: &str,
        actions: &mut Vec<Action>,
    ) -> Result<(), String> {
        for (at, wants) in callers(wants) {
            let upper = variable(self.value(&at, file)).map(str::to_owned);
            let upper = upper.zip(variable(self.value(&at, hash)).map(str::to_owned));
            let is_called = wants.iter().all(|want| want.site.caller.is_some());
            if let Some((file, hash)) = upper.filter(|_| is_called) {
                self.hand_down(&wants, &file, &hash, actions)?;
                continue;
            }
            let key = self.key(&wants, actions)?;
            let (filename, digest) = self.values(folder(&at.0), &key);
            for (key, value, below) in [(file, filename, "source"), (hash, digest, file)] {
                actions.push(Action::set(&at, key, value, below));
            }
        }
        Ok(())
    }

    /// The expression that gives the names of lambdas in the block of each.
    fn key(&self, wants: &[Want], actions: &mut Vec<Action>) -> Result<String, String> {
        if wants.iter().any(|want| want.site.is_open) {
            return Err("which entries it has is known to Terraform only".to_owned());
        }
        let first = &wants[0];
        let literal = || Ok(format!("\"{}\"", first.lambda));
        // The one entry of a map may get another beside it, of another lambda.
        let is_first_of_more = wants.len() == 1 && self.has_entries(&first.site);
        if wants.iter().all(|want| want.lambda == first.lambda) && !is_first_of_more {
            return literal();
        }
        let fits = |text: &&String| {
            let is_own = |word: &str| text.contains(word);
            wants.iter().all(|want| want.site.texts.get(*text) == Some(&want.lambda))
                && !["data.", "module.", "aws_"].iter().any(|word| is_own(word))
        };
        let rank = |text: &&String| {
            let first = ["each.key", "each.value", "var.", "local."];
            let rank = first.iter().position(|it| text.starts_with(it));
            (rank.unwrap_or(first.len()), text.len(), (*text).clone())
        };
        if let Some(text) = first.site.texts.keys().filter(fits).min_by_key(rank) {
            return Ok(text.clone());
        }
        let caller = first.site.caller.as_deref();
        if is_first_of_more && !caller.is_some_and(|caller| self.has_entries(caller)) {
            return literal();
        }
        let why = "no expression there gives the names of its lambdas";
        if wants.iter().any(|want| want.site.caller.is_none()) {
            return Err(why.to_owned());
        }
        // The calls of the module tell it.
        let module = folder(&first.site.path).to_owned();
        let label = first.site.address.rsplit('.').next().unwrap_or_default();
        let taken = |name: &String| {
            let declared = self.declares(&module, name);
            declared || self.variables.get(&module).is_some_and(|names| names.contains(name))
        };
        let names =
            ["package".to_owned(), format!("package_{label}"), format!("package_of_{label}")];
        let name = names.into_iter().find(|name| !taken(name)).ok_or(why)?;
        for (at, wants) in callers(wants) {
            let value = self.key(&wants, actions)?;
            actions.push(Action::set(&at, &name, value, "source"));
        }
        actions.push(Action::Variable { folder: module, name: name.clone() });
        Ok(format!("var.{name}"))
    }

    /// Whether a block, or a call that leads to it, is there once for each entry of a map or set.
    fn has_entries(&self, site: &Site) -> bool {
        let block = self.block(&spot(site));
        block.is_some_and(|(_, block)| block.body.has_attribute("for_each"))
            || site.caller.as_deref().is_some_and(|caller| self.has_entries(caller))
    }

    fn of_folder(&self, module: &Utf8Path) -> impl Iterator<Item = &Source> {
        self.sources.iter().filter(move |(path, _)| folder(path) == module).map(|(_, it)| it)
    }

    /// Whether a module has a variable.
    fn declares(&self, module: &Utf8Path, name: &str) -> bool {
        self.of_folder(module).any(|it| it.block(&format!("variable.{name}")).is_some())
    }

    /// The path of the manifest's folder, as an expression of a module, with the slash behind it.
    fn way(&self, module: &Utf8Path) -> String {
        let home = folder(self.manifest);
        let common = module.components().zip(home.components());
        let common = common.take_while(|(one, other)| one == other).count();
        let up = module.components().skip(common).map(|_| "../");
        let down = home.components().skip(common).map(|part| format!("{part}/"));
        let way: String = up.map(str::to_owned).chain(down).collect();
        format!("${{path.module}}/{way}")
    }

    /// What reads the manifest in a module.
    fn reading(&self, module: &Utf8Path) -> String {
        let name = self.manifest.file_name().unwrap_or_default();
        format!("jsondecode(file(\"{}{name}\"))", self.way(module))
    }

    /// The file and the hash of a package, as expressions of a module.
    fn values(&mut self, module: &Utf8Path, key: &str) -> (String, String) {
        let way = self.way(module);
        let local = self.local(module);
        let filename = format!("\"{way}${{local.{local}[{key}].filename}}\"");
        (filename, format!("local.{local}[{key}].source_code_hash"))
    }

    /// What the manifest is called in a module.
    fn local(&mut self, module: &Utf8Path) -> String {
        if let Some((name, _)) = self.locals.get(module) {
            return name.clone();
        }
        let reading = self.reading(module);
        let mut taken = BTreeSet::new();
        let mut own = None;
        for source in self.of_folder(module) {
            for block in source.body.blocks().filter(|it| it.ident.as_str() == "locals") {
                for attribute in block.body.attributes() {
                    let name = attribute.key.to_string().trim().to_owned();
                    if source.value(attribute) == Some(&*reading) {
                        own.get_or_insert(name.clone());
                    }
                    taken.insert(name);
                }
            }
        }
        let is_new = own.is_none();
        let name = own.unwrap_or_else(|| {
            let others = (2..).map(|number| format!("lambda_{LOCAL}_{number}"));
            let mut names = [LOCAL.to_owned(), format!("lambda_{LOCAL}")].into_iter().chain(others);
            // A name of a JSON file is found by its text.
            let json = self
                .files
                .texts
                .iter()
                .filter(|(path, _)| folder(path) == module && path.extension() == Some("json"));
            let json: String = json.map(|(_, text)| text.as_str()).collect();
            let is_free =
                |name: &String| !taken.contains(name) && !json.contains(&format!("\"{name}\""));
            names.find(is_free).expect("there is always another number")
        });
        self.locals.insert(module.to_owned(), (name.clone(), is_new));
        name
    }

    /// Makes changes.
    fn take(&mut self, at: &Spot, lambdas: &[Option<String>], actions: Vec<Action>) {
        let names: BTreeSet<&String> = lambdas.iter().flatten().collect();
        let names: Vec<String> = names.into_iter().map(|name| format!("`{name}`")).collect();
        let line =
            self.block(at).and_then(|(source, block)| Some(source.line(block.span()?.start)));
        self.edits.push(Edit {
            place: Place::new(&at.0, line),
            what: format!("`{}` takes {}", at.1, names.join(", ")),
        });
        self.adopted.insert(at.clone(), self.value(at, "filename").map(str::to_owned));
        for action in actions {
            match action {
                Action::Set { at, key, value, below } => self.set(&at, &key, &value, &below),
                Action::Replace { at, key, lines } => self.replace(&at, key, &lines),
                Action::Remove { at, key } => self.remove(&at, key),
                Action::Variable { folder, name } => {
                    self.variables.entry(folder).or_default().insert(name);
                }
                Action::Require { at, filename, hash } => {
                    self.precondition(&at, &filename, &hash);
                }
            }
        }
    }

    /// A block that is changed: its source, and what it is then.
    fn changed(&mut self, at: &Spot) -> Option<(&mut Source, Block)> {
        let old = self.value(at, "filename").map(str::to_owned);
        self.adopted.entry(at.clone()).or_insert(old);
        let source = self.sources.get_mut(&at.0)?;
        let block = source.block(&at.1)?.clone();
        source.touch(&at.1);
        Some((source, block))
    }

    fn set(&mut self, at: &Spot, key: &str, value: &str, below: &str) {
        let Some((source, block)) = self.changed(at) else { return };
        let span =
            |key: &str| block.body.get_attribute(key).and_then(|it| value_span(&source.text, it));
        if let Some(span) = span(key) {
            if !source.is_replaced(span.start) && &source.text[span.clone()] != value {
                source.change(span, value);
            }
            return;
        }
        let line = format!("{key} = {value}");
        match (span(below), block.span()) {
            (Some(anchor), _) => {
                let line = format!("{}{line}", source.indent(anchor.start));
                source.insert_below(anchor.end, &line);
            }
            (None, Some(span)) => source.insert_inside(&span, &line, false),
            (None, None) => {}
        }
    }

    fn replace(&mut self, at: &Spot, key: &str, lines: &[String]) {
        let Some((source, block)) = self.changed(at) else { return };
        let Some(span) = block.body.get_attribute(key).and_then(|it| it.span()) else { return };
        let indent = source.indent(span.start);
        let newline = if source.text.contains("\r\n") { "\r\n" } else { "\n" };
        source.change(span, lines.join(&format!("{newline}{indent}")));
    }

    fn remove(&mut self, at: &Spot, key: &str) {
        let Some((source, block)) = self.changed(at) else { return };
        if let Some(span) = block.body.get_attribute(key).and_then(|it| it.span()) {
            source.remove(&span);
        }
    }

    /// Lets Terraform refuse a package that is missing or old.
    fn precondition(&mut self, at: &Spot, filename: &str, hash: &str) {
        let manifest = self.manifest.file_name().unwrap_or_default().to_owned();
        let Some((source, block)) = self.changed(at) else { return };
        let lines = format!(
            "precondition {{\n  condition = !var.{REQUIRE} || try(\n    filebase64sha256({filename}), \
             \"\"\n  ) == {hash}\n  error_message = \"The package is missing, or is not the one of \
             {manifest}: run `cargo dofs-package`.\"\n}}"
        );
        let lifecycle = block.body.blocks().find(|it| it.ident.as_str() == "lifecycle");
        match (lifecycle, block.span()) {
            (Some(inner), _) => {
                let is_there = inner
                    .span()
                    .is_some_and(|span| source.text[span].contains("filebase64sha256("));
                match inner.span() {
                    Some(span) if !is_there => source.insert_inside(&span, &lines, false),
                    _ => return,
                }
            }
            (None, Some(span)) => {
                let lines = lines.replace('\n', "\n  ");
                let lines = format!("lifecycle {{\n  {lines}\n}}");
                source.insert_inside(&span, &lines, true);
            }
            (None, None) => return,
        }
        self.required.insert(folder(&at.0).to_owned());
    }

    /// Hands the variable of the preconditions down to all modules that have some.
    fn require_all(&mut self) {
        let mut calls: BTreeSet<Spot> = BTreeSet::new();
        let mut open: Vec<&Site> = Vec::new();
        let has_own = |it: &&FunctionSite| self.required.contains(folder(&it.site.path));
        open.extend(self.files.sites.iter().filter(has_own).map(|it| &*it.site));
        let mut required = std::mem::take(&mut self.required);
        while let Some(site) = open.pop() {
            let Some(caller) = site.caller.as_deref() else { continue };
            if self.closed.contains_key(&caller.path) || self.is_json(&caller.path) {
                continue;
            }
            calls.insert(spot(caller));
            required.insert(folder(&caller.path).to_owned());
            open.push(caller);
        }
        for at in calls {
            if self.value(&at, REQUIRE).is_none() {
                self.set(&at, REQUIRE, &format!("var.{REQUIRE}"), "source");
            }
        }
        self.required = required;
    }

    /// Adds the local values and variables that the changes name.
    pub(super) fn declare(&mut self) {
        let new = self.locals.iter().filter(|(_, (_, is_new))| *is_new);
        let mut lines: BTreeMap<Utf8PathBuf, String> = BTreeMap::new();
        for (module, (name, _)) in new {
            let reading = self.reading(module);
            lines.insert(module.clone(), format!("locals {{\n  {name} = {reading}\n}}\n"));
        }
        let mut declared: BTreeMap<Utf8PathBuf, Vec<String>> = BTreeMap::new();
        for module in self.required.iter().filter(|module| !self.declares(module, REQUIRE)) {
            declared.entry(module.clone()).or_default().push(format!(
                "variable \"{REQUIRE}\" {{\n  description = \"Whether every package must be there, and be \
                 the one of the manifest: true for what is applied.\"\n  type        = bool\n  default     \
                 = false\n}}\n"
            ));
        }
        for (module, names) in &self.variables {
            let variables = names.iter().map(|name| {
                format!(
                    "variable \"{name}\" {{\n  description = \"The package's name in the \
                     manifest.\"\n  type        = string\n}}\n"
                )
            });
            declared.entry(module.clone()).or_default().extend(variables);
        }
        for (module, variables) in declared {
            let path = module.join("variables.tf");
            let is_closed = self.closed.contains_key(&path);
            match self.sources.get_mut(&path).filter(|_| !is_closed) {
                Some(source) => source.append(&variables.join("\n")),
                None => {
                    let own = lines.entry(module).or_default();
                    for variable in variables {
                        let gap = if own.is_empty() { "" } else { "\n" };
                        *own += &format!("{gap}{variable}");
                    }
                }
            }
        }
        for (module, lines) in lines {
            // Above the first block of the module that is changed.
            let own = self.adopted.keys().filter(|(path, _)| folder(path) == module);
            let starts = own.filter_map(|at| Some((at.0.clone(), self.block(at)?.1.span()?.start)));
            let Some((path, start)) = starts.min() else { continue };
            if let Some(source) = self.sources.get_mut(&path) {
                source.insert_above(start, &format!("{lines}\n"));
            }
        }
    }

    /// Lists what can't be edited, with the lines to write.
    fn list(&mut self, at: &Spot, found: &[&FunctionSite], lambdas: &[Option<String>], why: &str) {
        let names: BTreeSet<&String> = lambdas.iter().flatten().collect();
        let key = match names.iter().collect::<Vec<_>>()[..] {
            [name] => format!("\"{name}\""),
            _ => "NAME".to_owned(),
        };
        let module = folder(&at.0);
        let way = self.way(module);
        let local = self.local(module);
        let hash = format!("local.{local}[{key}].source_code_hash");
        let file = format!("\"{way}${{local.{local}[{key}].filename}}\"");
        let source = found.first().and_then(|it| it.source.as_deref());
        let is_s3 = why == FROM_S3;
        let mut lines = Vec::new();
        if self.locals[module].1 && !self.adopted.keys().any(|(path, _)| folder(path) == module) {
            lines.push(format!("locals {{ {local} = {} }}", self.reading(module)));
        }
        match source {
            Some(source) if PACKAGING.iter().any(|it| source.contains(it)) => {
                let off = is_s3.then(|| "store_on_s3 = false".to_owned());
                lines.extend(off);
                lines.push("create_package = false".to_owned());
                lines.push(format!("local_existing_package = {file}"));
            }
            _ if is_s3 => {
                lines.push(format!("source = {file} # of the object"));
                lines.push(format!("source_hash = {hash} # of the object"));
                lines.push(format!("source_code_hash = {hash}"));
            }
            _ => {
                lines.push(format!("filename = {file}"));
                lines.push(format!("source_code_hash = {hash}"));
            }
        }
        let line = found.first().and_then(|it| it.site.line);
        let named: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
        self.by_hand.push(ByHand {
            place: Some(Place::new(&at.0, line)),
            message: format!("`{}`, made of {}, is left as it is: {why}", at.1, named.join(", ")),
            lines,
        });
    }
}

/// Wants by the call of their module.
fn callers(wants: &[Want]) -> BTreeMap<Spot, Vec<Want>> {
    let mut callers: BTreeMap<Spot, Vec<Want>> = BTreeMap::new();
    for Want { site, lambda } in wants {
        if let Some(caller) = &site.caller {
            let want = Want { site: Rc::clone(caller), lambda: lambda.clone() };
            callers.entry(spot(caller)).or_default().push(want);
        }
    }
    callers
}

/// The address of a top-level block, or of what it has.
pub(super) fn owner(block: &Block) -> String {
    address(block).unwrap_or_else(|| block.ident.to_string())
}
