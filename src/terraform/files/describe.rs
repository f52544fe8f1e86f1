//! Every function that the files describe, one for each call of its module and each entry of its
//! `for_each` or `count`, and the code that it is made of.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use camino::{Utf8Path, Utf8PathBuf};

use super::blocks::{Attribute, Block};
use super::commands::{Builder, zips_of};
use super::evaluate::{Each, Evaluator, Instance, Scope};
use super::modules::source;
use super::outside::{HERE, located};
use super::sites::{self, FunctionSite, Site};
use super::term::{Given, Made, Stop, Term, Unknown};
use crate::report::Place;
use crate::terraform::function::OPEN;
use crate::terraform::{Archive, Code, Function, Note, Part, Value, Variables, Within};

/// Modules whose arguments are those of the function that they make, with the architecture that
/// Lambda has by default.
const KNOWN_MODULES: [&str; 2] =
    ["terraform-aws-modules/lambda/aws", "cloudposse/lambda-function/aws"];

/// The variable that says where Python looks for modules.
const SEARCH_PATH: &str = "PYTHONPATH";

/// Finds the functions of a project.
pub(super) struct Finder<'f, 'a> {
    pub(super) evaluator: &'f Evaluator<'a>,
    pub(super) functions: Vec<Function>,
    /// Calls of modules that are not here, and make functions.
    pub(super) foreign: BTreeSet<Note>,
    /// What writes zips beside this tool.
    pub(super) builders: BTreeSet<Builder>,
    /// The folders of the modules that a root reaches.
    pub(super) reached: BTreeSet<Utf8PathBuf>,
    /// The site of each function, where these are wanted.
    pub(super) sites: Option<Vec<FunctionSite>>,
    /// What is known of code, of the root that is looked at.
    known: Known,
    /// The functions of that root whose code is not told yet.
    open: Vec<(usize, Source, Note)>,
}

/// What Terraform makes of code in one root.
#[derive(Debug, Default)]
struct Known {
    /// What zips that Terraform makes are made of.
    archives: BTreeMap<Utf8PathBuf, Archive>,
    /// The files of objects in S3, by key.
    objects: BTreeMap<Rc<str>, Result<Term, Unknown>>,
}

/// What a function says of its code.
enum Source {
    /// `filename`, and the end of its path where it is not known.
    File(Given, Option<Utf8PathBuf>),
    /// `s3_key`.
    Object(Given),
    /// What a module from elsewhere makes a zip of.
    Folders(Archive),
    /// A container image.
    Image,
    Nothing,
}

impl<'f, 'a> Finder<'f, 'a> {
    pub(super) fn new(evaluator: &'f Evaluator<'a>) -> Self {
        Self {
            evaluator,
            functions: Vec::new(),
            foreign: BTreeSet::new(),
            builders: BTreeSet::new(),
            reached: BTreeSet::new(),
            sites: None,
            known: Known::default(),
            open: Vec::new(),
        }
    }

    /// Finds the functions that a module in which Terraform runs reaches.
    pub(super) fn root(&mut self, root: &'a Utf8Path) {
        let Some(instance) = self.evaluator.root(root) else { return };
        self.known = Known::default();
        self.module(&instance, None);
        for (index, source, archived) in std::mem::take(&mut self.open) {
            let (code, entry) = self.told(source, root);
            let function = &mut self.functions[index];
            function.entry = function.entry.take().or(entry);
            if matches!(code, Code::Archive(_)) {
                function.archived.get_or_insert(archived);
            }
            function.code = code;
        }
    }

    /// Those of one module, as it is called.
    fn module(&mut self, instance: &Rc<Instance<'a>>, caller: Option<&Rc<Site>>) {
        self.reached.insert(instance.folder.to_owned());
        for block in instance.module.blocks("data").chain(instance.module.blocks("resource")) {
            let [kind, _] = &block.labels[..] else { continue };
            match &**kind {
                "archive_file" => self.archive(block, instance),
                "aws_s3_object" | "aws_s3_bucket_object" => self.object(block, instance),
                "null_resource" | "terraform_data" => self.commands(block, instance),
                "aws_lambda_function" | "aws_lambda_layer_version" if block.kind == "resource" => {
                    let is_layer = kind == "aws_lambda_layer_version";
                    let address = format!("{kind}.{}", block.name());
                    for each in self.evaluator.entries(block, instance).all {
                        let scope = instance.scope(&each);
                        let described = Described {
                            is_layer,
                            ..Described::new(self.evaluator, block, &address, scope)
                        };
                        self.function(&described, instance, &each, caller);
                    }
                }
                _ => {}
            }
        }
        for call in instance.module.blocks("module") {
            if source(call, instance.folder).is_none() {
                self.elsewhere(call, instance, caller);
                continue;
            }
            match self.evaluator.called(instance, call) {
                Some(called) => {
                    for inner in &called {
                        let each = inner.each().filter(|_| self.sites.is_some());
                        let site = each.map(|each| self.site(call, instance, each, caller));
                        let site = site.map(Rc::new);
                        self.module(inner, site.as_ref());
                    }
                }
                // A submodule that is not checked out, or a folder beside the project.
                None => self.foreign.extend(foreign(call, "is not here")),
            }
        }
    }

    fn archive(&mut self, block: &Block, instance: &Rc<Instance<'a>>) {
        for each in self.evaluator.entries(block, instance).all {
            let scope = instance.scope(&each);
            let output = block.attribute("output_path");
            let output = output.and_then(|(path, _)| self.evaluator.term(path, &scope).ok());
            if let Some(Ok(output)) = output.map(|output| output.text()) {
                let archive = self.evaluator.archived(block, &scope);
                self.known.archives.insert(located(&output, instance.root), archive);
            }
        }
    }

    fn object(&mut self, block: &Block, instance: &Rc<Instance<'a>>) {
        for each in self.evaluator.entries(block, instance).all {
            let scope = instance.scope(&each);
            let key = block.attribute("key");
            let key = key.and_then(|(key, _)| self.evaluator.term(key, &scope).ok());
            if let (Some(Ok(key)), Some(Made::Object(source))) =
                (key.map(|key| key.text()), self.evaluator.uploaded(block, &scope))
            {
                self.known.objects.insert(key, source);
            }
        }
    }

    /// The zips that the commands of a resource write.
    fn commands(&mut self, block: &Block, instance: &Rc<Instance<'a>>) {
        let is_command = |it: &&Block| it.kind == "provisioner" && it.name() == "local-exec";
        let commands: Vec<&Block> = block.blocks.iter().filter(is_command).collect();
        if commands.is_empty() {
            return;
        }
        for each in self.evaluator.entries(block, instance).all {
            let scope = instance.scope(&each);
            for command in &commands {
                let text = |name: &str| self.evaluator.partly(command.attribute(name)?.0, &scope);
                let folder = text("working_dir").map(|path| located(&path, instance.root));
                let folder = folder.as_deref().unwrap_or(instance.root);
                let zips = zips_of(&text("command").unwrap_or_default(), folder).into_iter();
                self.builders.extend(zips.map(|zip| Builder {
                    place: command.place(),
                    address: block.address().unwrap_or_default(),
                    zip,
                }));
            }
        }
    }

    /// Describes one function.
    fn function(
        &mut self,
        described: &Described<'_, 'a>,
        instance: &Rc<Instance<'a>>,
        each: &Each,
        caller: Option<&Rc<Site>>,
    ) {
        let source = match (described.given("filename"), described.given("s3_key")) {
            _ if described.is_image() => Source::Image,
            (None | Some(Ok(Term::Null)), None | Some(Ok(Term::Null))) => Source::Nothing,
            (None | Some(Ok(Term::Null)), Some(key)) => Source::Object(key),
            (Some(given), _) => described.file("filename", given),
        };
        self.add(described, source, instance, each, caller);
    }

    /// A block, as one instance of its module sees it.
    fn site(
        &self,
        block: &Block,
        instance: &Rc<Instance<'a>>,
        each: &Each,
        caller: Option<&Rc<Site>>,
    ) -> Site {
        let scope = instance.scope(each);
        let place = block.place();
        let module = instance.module;
        let names = (module.blocks("variable").map(Block::name), module.locals());
        let is_known = |(key, _): &(Term, Term)| key.known().is_ok();
        Site {
            path: place.path.into(),
            line: place.line,
            address: block.address().unwrap_or_default(),
            texts: sites::texts(self.evaluator, block, &scope, names),
            is_open: block.attribute("for_each").is_some()
                && !each.pair.as_ref().is_some_and(is_known),
            caller: caller.cloned(),
        }
    }

    fn add(
        &mut self,
        described: &Described<'_, 'a>,
        source: Source,
        instance: &Rc<Instance<'a>>,
        each: &Each,
        caller: Option<&Rc<Site>>,
    ) {
        let key = each.key();
        let hash = described.given("source_code_hash");
        if self.sites.is_some() {
            let site = Rc::new(self.site(described.block, instance, each, caller));
            let found = described.found_at(site, hash.as_ref());
            self.sites.get_or_insert_default().push(found);
        }
        let is_archived =
            matches!(&hash, Some(Err(stop)) if matches!(stop.made(), Some(Made::Archive(_))));
        let at = ["filename", "source_path", "s3_key"].into_iter();
        let at =
            at.filter_map(|name| described.block.attribute(name)).map(|(_, place)| place).next();
        let archived = Note {
            place: Some(at.unwrap_or_else(|| described.block.place())),
            message: format!(
                "`{}` is made of a zip that Terraform makes by `archive_file`",
                described.address
            ),
        };
        let layers = described.layers();
        let called = if described.is_layer { "layer_name" } else { "function_name" };
        let name = described.value(called);
        let function = Function {
            is_layer: described.is_layer,
            partial_name: name.unknown().and_then(|_| described.partly(called)),
            name,
            handler: described.value("handler"),
            runtime: described.value("runtime"),
            architecture: described.architecture(),
            timeout: described.value("timeout"),
            memory_size: described.value("memory_size"),
            environment: described.environment(),
            has_layers: !layers.is_empty(),
            layers,
            compatible: ["compatible_runtimes", "compatible_architectures"]
                .map(|name| described.values(name)),
            id: described.is_layer.then(|| each.layer(described.block)),
            key,
            entry: hash.as_ref().and_then(entry_of),
            archived: is_archived.then(|| archived.clone()),
            place: Some(described.block.place()),
            root: Some(instance.root.to_owned()),
            call: instance.called_at.clone(),
            address: described.address.to_owned(),
            ..Function::default()
        };
        self.open.push((self.functions.len(), source, archived));
        self.functions.push(function);
    }

    /// The code of a function, now that all of its root is known, and the entry of the package manifest
    /// that says it.
    fn told(&self, source: Source, root: &Utf8Path) -> (Code, Option<String>) {
        let object = match source {
            Source::Image => return (Code::Image, None),
            Source::Nothing => return (Code::Elsewhere, None),
            Source::Folders(archive) => return (Code::Archive(archive), None),
            Source::File(given, end) => {
                let entry = entry_of(&given);
                return (self.code(given, end, root), entry);
            }
            Source::Object(Ok(key)) => {
                key.text().ok().and_then(|key| self.known.objects.get(&key).cloned())
            }
            Source::Object(Err(stop)) => match stop.made() {
                Some(Made::Object(object)) => Some(object.clone()),
                // An object that is called after the hash of a package.
                Some(Made::Entry(name)) => return (Code::Elsewhere, Some(name.clone())),
                Some(Made::Archive(_) | Made::Layer(_)) | None => None,
            },
        };
        let Some(object) = object else { return (Code::Elsewhere, None) };
        let given = object.map_err(Stop::Unknown);
        let entry = entry_of(&given);
        (self.code(given, None, root), entry)
    }

    /// The code of a path.
    fn code(&self, given: Given, end: Option<Utf8PathBuf>, root: &Utf8Path) -> Code {
        let text = match &given {
            Ok(term) => term.text(),
            Err(stop) => match stop.made() {
                Some(Made::Archive(archive)) => return Code::Archive(archive.clone()),
                _ => Err(stop.clone()),
            },
        };
        match text {
            Ok(path) => {
                let path = located(&path, root);
                match self.known.archives.get(&path) {
                    // `archive_file` writes its zip when Terraform plans, over whatever is there.
                    Some(archive) => Code::Archive(archive.clone()),
                    None => Code::ZipAt(path),
                }
            }
            Err(_) => end.map_or(Code::Unknown, Code::ZipEnd),
        }
    }

    /// A call of a module that is not in the project: a function, if its arguments are those of
    /// one; else a note, if it may make functions.
    fn elsewhere(&mut self, call: &Block, instance: &Rc<Instance<'a>>, caller: Option<&Rc<Site>>) {
        let name = call.name();
        let Some((from, _)) = call.attribute("source") else { return };
        let from = from.as_str().unwrap_or_default();
        let from = from.trim_start_matches("registry.terraform.io/");
        let is_known = KNOWN_MODULES.iter().any(|known| from.starts_with(known));
        let has = |attribute: &str| call.attribute(attribute).is_some();
        let is_function = has("handler")
            || has("runtime")
            || has("function_name")
                && ["source_path", "filename", "local_existing_package"].into_iter().any(has)
            || is_known && (has("function_name") || has("create_layer"));
        if !is_function {
            self.foreign.extend(foreign(call, "comes from elsewhere"));
            return;
        }
        let address = format!("module.{name}");
        for each in self.evaluator.entries(call, instance).all {
            let scope = instance.scope(&each);
            let mut described = Described {
                is_known,
                is_module: true,
                ..Described::new(self.evaluator, call, &address, scope)
            };
            let is_no =
                |attribute: &str| matches!(described.given(attribute), Some(Ok(Term::Bool(false))));
            let is_yes =
                |attribute: &str| matches!(described.given(attribute), Some(Ok(Term::Bool(true))));
            let is_layer = is_yes("create_layer");
            if is_no("create") || is_no("create_function") && !is_layer {
                continue;
            }
            described.is_layer = is_layer;
            let files = ["filename", "local_existing_package"];
            let file = files.into_iter().find_map(|name| {
                Some((name, described.given(name).filter(|given| *given != Ok(Term::Null))?))
            });
            let source = match (file, described.given("source_path")) {
                _ if described.is_image() => Source::Image,
                (Some((name, given)), _) => described.file(name, given),
                (None, Some(given)) => Source::Folders(described.folders(given)),
                (None, None) => Source::Object(described.key()),
            };
            self.add(&described, source, instance, &each, caller);
        }
    }
}

/// The entry of the package manifest that a value is of.
fn entry_of(given: &Given) -> Option<String> {
    match given.as_ref().err()?.made()? {
        Made::Entry(name) => Some(name.clone()),
        Made::Archive(_) | Made::Object(_) | Made::Layer(_) => None,
    }
}

/// The note for a call of a module that is not in the project, if it may make functions.
fn foreign(call: &Block, what: &str) -> Option<Note> {
    let (_, place) = call.attribute("source")?;
    let names = ["runtime", "handler"];
    let speaks = |(name, given): (&String, &Attribute)| {
        names.contains(&&**name) || given.value.to_string().to_lowercase().contains("lambda")
    };
    let name = call.name();
    let message = format!("`module.{name}` {what}, and its functions can't be told from the files");
    call.attributes.iter().any(speaks).then_some(Note { place: Some(place), message })
}

/// A block that describes a function, and what it can refer to.
struct Described<'s, 'a> {
    evaluator: &'s Evaluator<'a>,
    block: &'s Block,
    address: &'s str,
    scope: Scope<'s, 'a>,
    /// Whether it calls a module whose arguments make the function.
    is_module: bool,
    /// Whether that module is a known one.
    is_known: bool,
    /// Whether it is the version of a layer.
    is_layer: bool,
}

impl<'s, 'a> Described<'s, 'a> {
    fn new(
        evaluator: &'s Evaluator<'a>,
        block: &'s Block,
        address: &'s str,
        scope: Scope<'s, 'a>,
    ) -> Self {
        let (is_layer, is_module, is_known) = (false, false, false);
        Self { evaluator, block, address, scope, is_layer, is_module, is_known }
    }

    /// Where it is, and what of the package manifest it is made of.
    fn found_at(&self, site: Rc<Site>, hash: Option<&Given>) -> FunctionSite {
        let files = ["filename", "local_existing_package"];
        let file = files.into_iter().find_map(|name| self.given(name));
        let source = self.block.attribute("source").and_then(|(source, _)| source.as_str());
        let code = ["filename", "source_code_hash", "source_path", "local_existing_package"];
        let places = code.iter().filter_map(|name| self.block.attribute(name));
        let is_overridden = places.into_iter().any(|(_, place)| place.path != site.path);
        FunctionSite {
            site,
            source: source.map(str::to_owned).filter(|_| self.is_module),
            file_entry: file.as_ref().and_then(entry_of),
            hash_entry: hash.and_then(entry_of),
            is_overridden,
        }
    }

    fn given(&self, name: &str) -> Option<Given> {
        let (expression, _) = self.block.attribute(name)?;
        Some(self.evaluator.term(expression, &self.scope))
    }

    fn file(&self, name: &str, given: Given) -> Source {
        let expression = self.block.attribute(name).filter(|_| given.is_err());
        let end =
            expression.and_then(|(expression, _)| self.evaluator.end(expression, &self.scope));
        Source::File(given, end)
    }

    fn is_image(&self) -> bool {
        let is_image = |term: &Term| term.text().is_ok_and(|text| &*text == "Image");
        let has_image = match self.given("image_uri") {
            Some(Ok(term)) => term != Term::Null,
            Some(Err(_)) => !self.block.attributes.contains_key("filename"),
            None => false,
        };
        has_image || matches!(self.given("package_type"), Some(Ok(term)) if is_image(&term))
    }

    /// What a module from elsewhere makes a zip of: a path, or a list of such and of objects with
    /// a `path` ("Package" in the documentation of terraform-aws-modules/lambda).
    fn folders(&self, given: Given) -> Archive {
        let mut archive = Archive::default();
        let Ok(term) = given else { return archive };
        let list = match &term {
            Term::List(list) | Term::Set(list) => &list[..],
            one => std::slice::from_ref(one),
        };
        for term in list {
            let text = |key: &str| match term {
                Term::Map(map) => map.get(key)?.text().ok(),
                other => other.text().ok().filter(|_| key == "path"),
            };
            let within =
                Within::Folder(text("prefix_in_zip").as_deref().unwrap_or_default().into());
            let path = text("path").map(|path| located(&path, self.scope.root()));
            archive.parts.extend(path.map(|path| Part { path, within }));
            let Term::Map(map) = term else { continue };
            for (key, what) in [
                (
                    "patterns",
                    "has only what its `patterns` choose: say that with `exclude` in the config",
                ),
                (
                    "commands",
                    "has what its `commands` make: a package has only files of the project",
                ),
            ] {
                let is_set = map.get(key).is_some_and(|it| *it != Term::Null);
                archive.made.extend(is_set.then(|| what.to_owned()));
            }
        }
        archive
    }

    /// The key of an object in S3: `s3_existing_package` of terraform-aws-modules has it as `key`.
    fn key(&self) -> Given {
        if let Some(given) = self.given("s3_key") {
            return given;
        }
        match self.given("s3_existing_package") {
            Some(given) => given.and_then(|term| term.at(&Term::of("key"))),
            None => Err(Stop::unknown("it has no key")),
        }
    }

    /// Why an attribute has no value.
    fn unknown(&self, attribute: &str, place: Place, why: &str) -> Value {
        let address = self.address;
        let message = match why {
            "" => format!("`{attribute}` of `{address}` can't be told from the files"),
            why => format!("`{attribute}` of `{address}` can't be told from the files: {why}"),
        };
        Value::Unknown(Note { place: Some(place), message })
    }

    fn value(&self, attribute: &str) -> Value {
        let Some((_, place)) = self.block.attribute(attribute) else {
            return self.absent(attribute);
        };
        let text = match self.given(attribute) {
            None | Some(Ok(Term::Null)) => return self.absent(attribute),
            Some(Ok(term)) => term.text(),
            Some(Err(stop)) => Err(stop),
        };
        match text {
            Ok(text) if text.contains(HERE) => {
                self.unknown(attribute, place, "it depends on where the project lies")
            }
            Ok(text) => Value::Known { text: text.to_string(), place: Some(place) },
            Err(Stop::Unknown(unknown)) => self.unknown(attribute, place, &unknown.why),
            Err(Stop::Fault(why)) => self.unknown(attribute, place, &why),
        }
    }

    /// The text of an attribute with [`OPEN`] for each part that is not known, where another is.
    fn partly(&self, attribute: &str) -> Option<String> {
        let (expression, _) = self.block.attribute(attribute)?;
        let text = self.evaluator.partly(expression, &self.scope)?;
        (text.contains(OPEN) && text.contains(|letter| letter != OPEN)).then_some(text)
    }

    /// What is not set: a module from elsewhere may have a default of its own.
    fn absent(&self, attribute: &str) -> Value {
        if !self.is_module || self.is_known {
            return Value::Absent;
        }
        let why = format!("`{}` comes from elsewhere, and may have a default", self.address);
        self.unknown(attribute, self.block.place(), &why)
    }

    /// The values of a list, as far as they are known.
    fn values(&self, attribute: &str) -> Vec<Value> {
        let (Some((_, place)), Some(Ok(term))) =
            (self.block.attribute(attribute), self.given(attribute))
        else {
            return Vec::new();
        };
        let texts = term.elements().unwrap_or_default().iter().filter_map(|term| term.text().ok());
        let known =
            |text: Rc<str>| Value::Known { text: text.to_string(), place: Some(place.clone()) };
        texts.map(known).collect()
    }

    fn architecture(&self) -> Value {
        let attribute = "architectures";
        let place = self.block.attribute(attribute).map(|(_, place)| place);
        let given = match self.given(attribute) {
            None | Some(Ok(Term::Null)) => match self.absent(attribute) {
                Value::Absent => {
                    let place = Some(place.unwrap_or_else(|| self.block.place()));
                    return Value::Known { text: "x86_64".to_owned(), place };
                }
                unknown => return unknown,
            },
            Some(given) => given,
        };
        let place = place.unwrap_or_else(|| self.block.place());
        let one = given.and_then(|term| match term.elements()? {
            [one] => one.text(),
            _ => Err(Stop::unknown("it is no list of one architecture")),
        });
        match one {
            Ok(text) => Value::Known { text: text.to_string(), place: Some(place) },
            Err(stop) => self.unknown(attribute, place, &stop.to_string()),
        }
    }

    /// Its variables: those of a block, or an argument of a known module.
    fn environment(&self) -> Variables {
        const NAMES: [&str; 2] = ["environment_variables", "lambda_environment"];
        let blocks = &self.block.blocks;
        let is_dynamic = |it: &&Block| it.kind == "dynamic" && it.name() == "environment";
        let own = blocks.iter().find(|it| it.kind == "environment");
        let own = own.and_then(|it| it.attribute("variables")).map(|found| ("variables", found));
        let given = || NAMES.into_iter().find_map(|name| Some((name, self.block.attribute(name)?)));
        let given = if self.is_module { given() } else { own };
        let open = |name: &str, place, why: &str| {
            let Value::Unknown(note) = self.unknown(name, place, why) else {
                return Variables::default();
            };
            Variables { open: Some(note), ..Variables::default() }
        };
        let Some((attribute, (expression, place))) = given else {
            if let Some(block) = blocks.iter().find(is_dynamic) {
                return open("environment", block.place(), "its block is dynamic");
            }
            return match self.absent("environment") {
                Value::Unknown(note) => Variables { open: Some(note), ..Variables::default() },
                Value::Absent | Value::Known { .. } => Variables::default(),
            };
        };
        // Of what can't be told whole, a search path that is set is known of.
        let open = |why: &str| {
            let sets_path = expression.to_string().contains(SEARCH_PATH).then_some(SEARCH_PATH);
            let unknown = self.unknown(attribute, place.clone(), why);
            let path = sets_path.map(|name| (name.to_owned(), unknown));
            Variables { named: path.into_iter().collect(), ..open(attribute, place.clone(), why) }
        };
        let all = match self.evaluator.term(expression, &self.scope) {
            Ok(Term::Map(map)) if attribute == "lambda_environment" => {
                map.get("variables").cloned().unwrap_or(Term::Null)
            }
            Ok(term) => term,
            Err(stop) => return open(&stop.to_string()),
        };
        let map = match &all {
            Term::Map(map) => map,
            Term::Null => return Variables::default(),
            Term::Unknown(unknown) => return open(&unknown.why),
            _ => return open("it is no map"),
        };
        let value = |(name, term): (&String, &Term)| {
            let unknown =
                |why: &str| self.unknown(&format!("{attribute}.{name}"), place.clone(), why);
            let value = match term {
                Term::Null => Value::Absent,
                Term::Unknown(it) => unknown(&it.why),
                term => match term.text() {
                    Ok(text) if text.contains(HERE) => {
                        unknown("it depends on where the project lies")
                    }
                    Ok(text) => Value::Known { text: text.to_string(), place: Some(place.clone()) },
                    Err(stop) => unknown(&stop.to_string()),
                },
            };
            (name.clone(), value)
        };
        Variables { named: map.iter().map(value).collect(), open: None }
    }

    /// Its layers; one that is not known stands for all that may be there.
    fn layers(&self) -> Vec<Option<String>> {
        let one = |term: &Term| match term {
            Term::Unknown(Unknown { made, .. }) => match made.as_deref()? {
                Made::Layer(id) => Some(id.clone()),
                Made::Archive(_) | Made::Object(_) | Made::Entry(_) => None,
            },
            _ => None,
        };
        match self.given("layers") {
            None | Some(Ok(Term::Null)) if self.is_module && !self.is_known => vec![None],
            None | Some(Ok(Term::Null)) => Vec::new(),
            Some(given) => {
                match given.and_then(|term| Ok(term.elements()?.iter().map(one).collect())) {
                    Ok(layers) => layers,
                    Err(_) => vec![None],
                }
            }
        }
    }
}
