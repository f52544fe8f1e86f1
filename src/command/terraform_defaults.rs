//! Settings of lambdas from the project's `*.tf` files, where the config has none.
//!
//! What the files say of a lambda's own functions comes first; of a target, where they say nothing,
//! what all Python functions agree on. Whatever they say otherwise is a [`Doubt`], which matters
//! where a package hangs on it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use camino::Utf8Path;

use super::Context;
use crate::event::{Event, Reporter};
use crate::lambda::{
    self, Architecture, ImportPolicy, Lambda, LambdaName, Origin, PythonVersion, Settled, Target,
};
use crate::pipeline::{Doubt, Job};
use crate::report::{Failure, OtherFunction, Place, Warning};
use crate::settings::Settings;
use crate::terraform::{
    self, BROKEN, Builder, Candidate, Code, Files, Folders, Function, Joined, Joint, Note, Value,
};
use crate::tree::{self, Kind, Tree};
use crate::verify::{Gaps, add_search_path};

/// The functions in the files, whatever the config says.
#[derive(Debug, Default)]
pub(super) struct Declared {
    /// The functions of each lambda that has some, by its name.
    pub(super) functions: BTreeMap<String, Vec<Function>>,
    /// The container images of lambdas, by their names.
    pub(super) images: BTreeMap<String, Function>,
    /// The layers of this project that Terraform gives to the functions of a lambda, by its name.
    pub(super) layers: BTreeMap<String, BTreeSet<String>>,
    /// The others, sorted by address.
    pub(super) others: Vec<OtherFunction>,
    pub(super) gaps: Gaps,
}

/// Reads and evaluates the files, finds the lambda of each function, and warns of files that are
/// not read. Values of jobs that are not set are filled in. `all` are the lambdas of the project,
/// and `candidates` the same for matching functions; a candidate without a function name in the
/// config gets the one in the files.
///
/// # Errors
///
/// git can't read the revision.
pub(super) fn fill_in(
    jobs: &mut [Job],
    candidates: &mut [Candidate],
    all: &[Lambda],
    context: &Context<'_>,
) -> Result<Declared, Failure> {
    let Context { settings, reporter, .. } = *context;
    warn_of_missing_roots(context)?;
    let manifest = settings.configured_manifest.as_deref().or(settings.manifest.as_deref());
    let manifest = manifest.map(|path| settings.shown(path));
    let manifest = manifest.as_deref().map(Utf8Path::new);
    let project = terraform::Project {
        lambdas: all,
        packages: candidates,
        manifest,
        roots: settings.terraform.as_deref(),
        environment: context.environment,
    };
    let files = terraform::read_files(&settings.tree, &project)?;
    let Files {
        functions: every, layers, foreign, builders, mut notes, mut roots, warnings, ..
    } = files;
    for warning in &warnings {
        reporter.warn(warning);
    }
    let folders = Folders { directory: None, roots: &[], project: &settings.project };
    find_dockerfiles(&every, candidates, &settings.tree)?;
    let (mut functions, others) = terraform::by_lambda(&every, candidates, folders);
    let images = terraform::take_images(&mut functions);
    let versions = terraform::by_lambda(&layers, candidates, folders).0;
    let mut given = BTreeMap::new();
    let names = versions.iter().filter_map(|(name, all)| Some((name, all[0].name.known()?)));
    let layer_names: BTreeMap<&String, &str> = names.collect();
    // What can't be read may have a function that says something else.
    let is_whole = !warnings.iter().any(|warning| warning.code == BROKEN);
    let speaks = !(every.is_empty() && foreign.is_empty() && is_whole);
    let common = Common::of(&every, &functions, is_whole);
    let known = functions.iter();
    let known = known.map(|(name, own)| (name.as_str(), (own, terraform::join(name, own))));
    let known: BTreeMap<_, _> = known.collect();
    for candidate in candidates.iter_mut().filter(|candidate| candidate.function_name.is_none()) {
        let name = known.get(&*candidate.name).and_then(|(_, joined)| joined.name.known());
        let name = name.or_else(|| layer_names.get(&candidate.name).copied());
        candidate.function_name = name.map(str::to_owned);
    }
    let (unmatched, no_lambdas) = without_lambda(&others);
    // Gaps that are not of a selected lambda are notes, too.
    notes.extend(unmatched.iter().chain(&no_lambdas).chain(&foreign).cloned());
    warn_of_builders(jobs, &builders, reporter);
    for job in jobs {
        let own = known.get(job.lambda.name.as_str());
        if let Some((own, joined)) = own {
            let (own_layers, has_others) = layers_of(own, &versions);
            job.imports.outside.has_layers |= has_others;
            if !has_others && !job.is_beside {
                warn_of_missing_layers(job, own, &own_layers, &versions, reporter);
            }
            given.insert(job.lambda.name.to_string(), own_layers);
            add_search_path(&mut job.imports.search, own);
            // What the config says stands for what can't be told, and Lambda calls what Terraform says.
            let is_unknown = |function: &Function| function.handler.unknown().is_some();
            job.imports.outside.has_handlers = job.handler.is_none() && own.iter().any(is_unknown);
            for Function { handler, .. } in own.iter().filter(|it| !it.is_other()) {
                let Some(text) = handler.known() else { continue };
                let place = || handler.place().cloned();
                job.imports.handlers.entry(text.to_owned()).or_insert_with(place);
            }
            let roots: BTreeSet<_> = own.iter().filter_map(|it| it.root.as_deref()).collect();
            notes.extend(settle(job, joined, &roots));
            let unknown = own.iter().flat_map(Function::unknown).map(|(note, _)| note);
            notes.extend(unknown.chain(joined.notes()).cloned());
            if !job.is_beside {
                warn_of_other_files(job, own, context);
            }
        }
        if job.lambda.kind == lambda::Kind::Layer {
            let users = all.iter().filter(|it| it.layers.contains(&job.lambda.name));
            let targets = users.map(|it| target(it, known.get(it.name.as_str()), settings));
            settle_layer(job, targets.collect());
            let own = versions.get(job.lambda.name.as_str()).map(Vec::as_slice).unwrap_or_default();
            job.compatible = own.iter().flat_map(|version| declared_of(version, job)).collect();
            job.function_name =
                job.function_name.take().or_else(|| settled_value(&own.first()?.name));
            if !job.is_beside {
                warn_of_other_files(job, own, context);
            }
        }
        job.doubts.speaks = speaks;
        match &job.other_runtime {
            Some(_) => job.imports.policy = ImportPolicy::Off,
            None => notes.extend(common.complete(job, own.is_some())),
        }
    }
    notes.sort();
    notes.dedup();
    for note in &notes {
        reporter.report(&Event::Noted(&note.to_string()));
    }
    // The folder of the package manifest is where Terraform runs as often as not.
    let manifest = settings.manifest.as_deref().map(|path| settings.shown(path));
    roots.extend(manifest.and_then(|path| Some(Utf8Path::new(&path).parent()?.to_owned())));
    let gaps = Gaps { functions: unmatched, modules: foreign, roots, warnings };
    let others = others.iter().map(|function| OtherFunction {
        address: function.address.clone(),
        what: function.what(),
        from: function.place.as_ref().map(ToString::to_string).unwrap_or_default(),
    });
    let mut others: Vec<OtherFunction> = others.collect();
    others.sort();
    others.dedup();
    Ok(Declared { functions, images, layers: given, others, gaps })
}

/// The layers of this project that functions have, by name, and whether they may have others;
/// `versions` are those of each layer.
fn layers_of(
    functions: &[Function],
    versions: &BTreeMap<String, Vec<Function>>,
) -> (BTreeSet<String>, bool) {
    let named = |id: &String| {
        let is_it = |version: &Function| version.id.as_ref() == Some(id);
        versions.iter().find(|(_, all)| all.iter().any(is_it)).map(|(name, _)| name.clone())
    };
    let all: Vec<Option<String>> =
        functions.iter().flat_map(|it| &it.layers).map(|id| named(id.as_ref()?)).collect();
    let has_others = all.contains(&None);
    (all.into_iter().flatten().collect(), has_others)
}

/// Warns of a layer that the config names and Terraform does not give: what it carries is left out of
/// the package, and the function does not find it.
fn warn_of_missing_layers(
    job: &Job,
    functions: &[Function],
    given: &BTreeSet<String>,
    versions: &BTreeMap<String, Vec<Function>>,
    reporter: &dyn Reporter,
) {
    let is_missing = |name: &&LambdaName| !given.contains(name.as_str());
    for name in job.lambda.layers.iter().filter(is_missing) {
        let message =
            format!("it stands on the layer `{name}`, and Terraform does not give it that");
        let version = versions.get(name.as_str()).and_then(|all| all.first());
        let hint = match version {
            Some(version) => format!("add `{}.arn` to its `layers`", version.address),
            None => "make a version of the layer, and add that to its `layers`".to_owned(),
        };
        let place = functions.first().and_then(|function| function.place.clone());
        let warning = Warning::new("layer-not-given", message).place(place).hint(hint);
        reporter.warn_of(job.lambda.name.as_str(), &warning);
    }
}

/// The targets that a version of a layer is declared to be for, but for its own; what is not Python
/// needs nothing that is here.
fn declared_of(version: &Function, job: &Job) -> Vec<(Target, Option<Place>)> {
    let [runtimes, architectures] = &version.compatible;
    let own = (job.python.as_ref().map(|it| it.value), job.architecture.value);
    let runtimes: Vec<_> = runtimes
        .iter()
        .filter_map(|it| Some((self::version(it.known()?)?, it.place().cloned())))
        .collect();
    let mut all = Vec::new();
    for (python, place) in runtimes {
        let machines = architectures.iter().filter_map(|it| it.known()?.parse().ok());
        let machines: Vec<Architecture> = machines.collect();
        let machines = if machines.is_empty() { vec![own.1] } else { machines };
        let others = machines.into_iter().filter(|machine| own != (Some(python), *machine));
        all.extend(others.map(|architecture| (Target { python, architecture }, place.clone())));
    }
    all
}

/// What a function is packaged for, as far as the config or Terraform say it.
type Said = (Option<Settled<PythonVersion>>, Settled<Architecture>);

fn target(lambda: &Lambda, known: Option<&(&Vec<Function>, Joined)>, settings: &Settings) -> Said {
    let joined = known.map(|(_, joined)| joined);
    let runtime = joined.and_then(|joined| settled(&joined.runtime));
    let runtime =
        runtime.and_then(|it| Some(Settled { value: version(&it.value)?, origin: it.origin }));
    let machine = joined.and_then(|joined| settled(&joined.architecture));
    let machine =
        machine.and_then(|it| Some(Settled { value: it.value.parse().ok()?, origin: it.origin }));
    // The config of a lambda that is not selected may be invalid, and does not matter now.
    let own = settings.of(lambda).ok();
    let python = own.as_ref().and_then(|own| own.python.clone()).or(runtime);
    let configured = own.map(|own| own.architecture).filter(|it| it.origin != Origin::Default);
    let default = Settled { value: Architecture::default(), origin: Origin::Default };
    (python, configured.or(machine).unwrap_or(default))
}

/// Gives a layer the target of the functions that name it in the config, where they agree: but for what
/// its own table, a flag or the environment says.
fn settle_layer(job: &mut Job, targets: Vec<Said>) {
    let is_said = |origin: &Origin| {
        origin.is_for_one() || matches!(origin, Origin::Flag(_) | Origin::Environment(_))
    };
    let Some((python, architecture)) = targets.first() else { return };
    let is_same =
        |it: &Said| it.0.as_ref().map(|it| it.value) == python.as_ref().map(|it| it.value);
    if let Some(python) = python.as_ref().filter(|_| targets.iter().all(is_same))
        && !job.python.as_ref().is_some_and(|it| is_said(&it.origin))
    {
        job.python = Some(python.clone());
        job.doubts.python = None;
    }
    if targets.iter().all(|it| it.1.value == architecture.value)
        && !is_said(&job.architecture.origin)
        && architecture.origin != Origin::Default
    {
        job.architecture = architecture.clone();
        job.doubts.architecture = None;
    }
}

/// Notes which lambdas have a Dockerfile, where some function is a container image.
fn find_dockerfiles(
    every: &[Function],
    candidates: &mut [Candidate],
    tree: &Tree,
) -> Result<(), tree::Error> {
    if every.iter().any(|function| function.code == Code::Image) {
        for candidate in candidates {
            candidate.has_dockerfile =
                tree.kind(&candidate.directory.join("Dockerfile"))?.is_some();
        }
    }
    Ok(())
}

/// What is to be said of functions that are made of no lambda that is known: of those that may be
/// made of one, and of those that are not.
fn without_lambda(functions: &[Function]) -> (Vec<Note>, Vec<Note>) {
    let note = |function: &Function, what: &str| {
        let message = format!("`{}` is {what}", function.address);
        Note { place: function.place.clone(), message }
    };
    let is_none = |it: &&Function| it.code == Code::Image || it.is_other();
    let (none, open): (Vec<&Function>, Vec<&Function>) = functions.iter().partition(is_none);
    let open = open.into_iter().map(|it| note(it, "of no lambda that can be told from the files"));
    let none = none.into_iter().map(|it| note(it, &format!("a {}, and no lambda's", it.what())));
    let [open, none] = [open.collect::<BTreeSet<_>>(), none.collect()];
    (open.into_iter().collect(), none.into_iter().collect())
}

/// Warns of a folder of root modules that does not exist: what Terraform says would be left out
/// without a word.
fn warn_of_missing_roots(context: &Context<'_>) -> Result<(), Failure> {
    let settings = context.settings;
    for folder in settings.terraform.iter().flatten() {
        if folder != "" && settings.tree.kind(folder)? != Some(Kind::Directory) {
            let message = format!("`terraform` names `{folder}`, and there is no such folder");
            let hint = "name the folders in which Terraform is run, from the root";
            context.reporter.warn(&Warning::new("terraform-root", message).hint(hint));
        }
    }
    Ok(())
}

/// The same of one function.
fn settled_value(value: &Value) -> Option<Settled<String>> {
    let origin = value.place().map(ToString::to_string).unwrap_or_default();
    Some(Settled { value: value.known()?.to_owned(), origin: Origin::Terraform(origin) })
}

/// A known value, with Terraform as its origin.
fn settled(value: &Joint) -> Option<Settled<String>> {
    let Joint::Known { text, place } = value else { return None };
    let origin = place.as_ref().map(ToString::to_string).unwrap_or_default();
    Some(Settled { value: text.clone(), origin: Origin::Terraform(origin) })
}

/// Settles target, handler and function name of a job where they are not set; `joined` are its
/// functions as one, of root modules in these folders. What can't be settled is a doubt. Returns a
/// note where the functions run on no Python.
fn settle(job: &mut Job, joined: &Joined, roots: &BTreeSet<&Utf8Path>) -> Option<Note> {
    let mut note = None;
    job.function_name = job.function_name.take().or_else(|| settled(&joined.name));
    job.other_runtime = other_runtime(job, joined);
    if job.other_runtime.is_some() {
        // What the config says for all is said of those in Python.
        (job.python, job.handler) = (None, None);
    }
    job.handler = job.handler.take().or_else(|| settled(&joined.handler));
    if let Some(python) = &job.python
        && let Joint::Known { text, place } = &joined.runtime
        && version(text).is_some_and(|version| version != python.value)
    {
        let said = (python.value.to_string(), &python.origin);
        job.doubts.others.push(other_target("python", said, (text, place)));
    }
    if job.architecture.origin != Origin::Default
        && let Joint::Known { text, place } = &joined.architecture
        && text.parse() != Ok(job.architecture.value)
    {
        let said = (job.architecture.value.to_string(), &job.architecture.origin);
        job.doubts.others.push(other_target("architecture", said, (text, place)));
    }
    if job.python.is_none() && job.other_runtime.is_none() {
        match &joined.runtime {
            Joint::Known { text, place } => match version(text) {
                Some(value) => {
                    let origin = place.as_ref().map(ToString::to_string).unwrap_or_default();
                    job.python = Some(Settled { value, origin: Origin::Terraform(origin) });
                }
                None => {
                    let name = &job.lambda.name;
                    let message =
                        format!("`{name}` runs on `{text}`, so it is packaged for no Python");
                    note = Some(Note { place: place.clone(), message });
                    let failure = no_wheels(text, job).place(place.clone());
                    job.doubts.python = Some(Doubt::NoPython(failure));
                }
            },
            other => job.doubts.python = doubt(other, "python", job, roots),
        }
    }
    if job.architecture.origin == Origin::Default {
        match &joined.architecture {
            Joint::Known { text, place } => match text.parse::<Architecture>() {
                Ok(value) => {
                    let origin = place.as_ref().map(ToString::to_string).unwrap_or_default();
                    job.architecture = Settled { value, origin: Origin::Terraform(origin) };
                }
                Err(why) => job.doubts.architecture = Some(Doubt::Unknown(place.clone(), why)),
            },
            other => job.doubts.architecture = doubt(other, "architecture", job, roots),
        }
    }
    note
}

/// What the functions of a lambda run on, where that is no Python. A runtime of the system alone
/// (`provided.al2023`) may bring the Python that the config names.
fn other_runtime(job: &Job, joined: &Joined) -> Option<Settled<String>> {
    let is_of_another_language = |runtime: &str| {
        ["dotnet", "go", "java", "nodejs", "ruby"].iter().any(|it| runtime.starts_with(it))
    };
    let runtime = settled(&joined.runtime).filter(|it| !it.value.starts_with("python"))?;
    let is_python = job.python.as_ref().is_some_and(|python| {
        python.origin.is_for_one() || !is_of_another_language(&runtime.value)
    });
    (!is_python).then_some(runtime)
}

/// The warning of a package for something else than its function runs on.
fn other_target(
    key: &str,
    (value, origin): (String, &Origin),
    (runs_on, place): (&str, &Option<Place>),
) -> Warning {
    let message = format!("`{key}` is {value} by {origin}, and its function runs on `{runs_on}`");
    let hint = format!("set `{key}` to what the function runs on, or the function to what is set");
    Warning::new("other-runtime", message).place(place.clone()).hint(hint)
}

/// The version of a runtime of Python 3: `python3.12`.
fn version(runtime: &str) -> Option<PythonVersion> {
    runtime.strip_prefix("python")?.parse().ok()
}

/// The runtime of Python 3 that is meant by a text which is none: `python312`.
fn meant(runtime: &str) -> Option<String> {
    let version = PythonVersion::meant(runtime).filter(|_| runtime.contains("py"))?;
    Some(format!("set its `runtime` to `python{version}`, if that is meant"))
}

/// Why a value that is not known is not.
fn doubt(value: &Joint, key: &str, job: &Job, roots: &BTreeSet<&Utf8Path>) -> Option<Doubt> {
    match value {
        Joint::Absent | Joint::Known { .. } => None,
        Joint::Unknown(note) => Some(Doubt::Unknown(note.place.clone(), note.message.clone())),
        Joint::Disputed(note) => {
            let mut hint = format!("set `{key}` in `{}` of dofs-package.toml", job.lambda.table());
            if let (Some(first), 2..) = (roots.first(), roots.len()) {
                let first = if *first == "" { "." } else { first.as_str() };
                hint += &format!(
                    "; or name the folders whose functions are deployed, such as `terraform = \
                     [\"{first}\"]`"
                );
            }
            let failure = Failure::lambda("disputed-target", note.message.clone());
            Some(Doubt::Disputed(failure.place(note.place.clone()).hint(hint)))
        }
    }
}

/// The failure of a lambda that has requirements, and no Python to choose them for.
fn no_wheels(runtime: &str, job: &Job) -> Failure {
    let message = format!(
        "its function runs on `{runtime}`, and which wheels its requirements need can't be told"
    );
    let brings = format!(
        "set `python` in `[lambda.{}]` of dofs-package.toml to the Python that it brings, if it \
         brings one",
        job.lambda.name
    );
    Failure::lambda("terraform-runtime", message).hint(meant(runtime).unwrap_or(brings))
}

/// Warns of functions of a lambda that are made of another file than its zip: whatever is packaged,
/// Terraform goes on to deploy that.
fn warn_of_other_files(job: &Job, functions: &[Function], context: &Context<'_>) {
    let zip = Utf8Path::new(&job.shown_output);
    for function in functions {
        let Some(path) = terraform::other_file(function, zip) else { continue };
        let message = format!(
            "`{}` is made of `{path}`, and the package is `{zip}`: Terraform does not deploy it",
            function.address
        );
        let warning = Warning::new("terraform-other-file", message)
            .place(function.place.clone())
            .hint("set its `filename` and `source_code_hash` to those of the package");
        context.reporter.warn_of(job.lambda.name.as_str(), &warning);
    }
}

/// Warns of commands that Terraform runs and that write the zip of a lambda: the apply would put theirs in
/// the place of the package.
fn warn_of_builders(jobs: &[Job], builders: &[Builder], reporter: &dyn Reporter) {
    let is_its = |job: &Job, it: &Builder| it.zip == tree::normal(Utf8Path::new(&job.shown_output));
    for job in jobs.iter().filter(|job| !job.is_beside) {
        for builder in builders.iter().filter(|it| is_its(job, it)) {
            let message = format!(
                "`{}` writes `{}` when Terraform applies, and that is where the package is",
                builder.address, builder.zip
            );
            let hint = format!(
                "take its command out of Terraform's files, or give the package another path: `zip` in \
                 `{}` of dofs-package.toml",
                job.lambda.table()
            );
            let warning = Warning::new("terraform-builder", message).hint(hint);
            reporter.warn_of(job.lambda.name.as_str(), &warning.place(Some(builder.place.clone())));
        }
    }
}

/// What the functions of a project have in common, for lambdas of which no function is known.
struct Common {
    python: Option<Settled<PythonVersion>>,
    architecture: Option<Settled<Architecture>>,
    /// Why the version of a lambda is not known that none of these functions, or one that does not
    /// tell it, is made of.
    open_python: Option<Note>,
    /// The same of its architecture.
    open: Option<Note>,
    /// The versions of Python, each with the first place that says so.
    versions: Arc<[String]>,
}

impl Common {
    /// Finds what all functions agree on; nothing where one does not tell its value, or where they
    /// are not `whole`, for then it may have another.
    fn of(every: &[Function], matched: &BTreeMap<String, Vec<Function>>, is_whole: bool) -> Self {
        // A runtime that is not known may be a Python.
        let may_be_python = |it: &&Function| match &it.runtime {
            _ if it.code == Code::Image => false,
            Value::Known { text, .. } => text.starts_with("python"),
            Value::Unknown(_) => true,
            Value::Absent => false,
        };
        let all: Vec<&Function> = every.iter().filter(may_be_python).collect();
        let agreed = |of: fn(&Function) -> &Value| {
            let first = of(all.first().filter(|_| is_whole)?);
            let text = first.known()?;
            let is_same = all.iter().all(|it| of(it).known() == Some(text));
            let place = first.place().map(ToString::to_string).unwrap_or_default();
            is_same.then_some((text, Origin::Agreed(place)))
        };
        let python = agreed(|it| &it.runtime);
        let python =
            python.and_then(|(text, origin)| Some(Settled { value: version(text)?, origin }));
        let architecture = agreed(|it| &it.architecture);
        let architecture = architecture
            .and_then(|(text, origin)| Some(Settled { value: text.parse().ok()?, origin }));
        let key = |it: &Function| (it.place.clone(), it.key.clone(), it.root.clone());
        let matched: BTreeSet<_> = matched.values().flatten().map(key).collect();
        let is_free = |it: &&&Function| !matched.contains(&key(it));
        let may_be_its = |it: &&&Function| it.architecture.known() != Some("x86_64") && is_free(it);
        let unknown = |it: &&Function| {
            let Note { place, message } = it.runtime.unknown()?;
            let message = match is_free(&it) {
                true => format!("`{}` may be its function: {message}", it.address),
                false => format!("no function says its version, and {message}"),
            };
            Some(Note { place: place.clone(), message })
        };
        let open_python =
            all.iter().filter(is_free).find_map(unknown).or_else(|| all.iter().find_map(unknown));
        let open = all.iter().find(may_be_its).map(|it| Note {
            place: it.architecture.place().cloned().or_else(|| it.place.clone()),
            message: format!("`{}` may be its function, and need not run on x86_64", it.address),
        });
        let mut versions: BTreeMap<(Option<PythonVersion>, &str), Option<&Place>> = BTreeMap::new();
        for function in &all {
            if let Some(text) = function.runtime.known() {
                versions.entry((version(text), text)).or_insert(function.runtime.place());
            }
        }
        let shown = |((_, text), place): ((_, &str), Option<&Place>)| match place {
            Some(place) => format!("{text} ({place})"),
            None => text.to_owned(),
        };
        let versions = versions.into_iter().map(shown).collect();
        Self { python, architecture, open_python, open, versions }
    }

    /// Gives a job what all functions agree on, where nothing of its own says it; and notes that.
    fn complete(&self, job: &mut Job, has_function: bool) -> Vec<Note> {
        job.doubts.versions = Arc::clone(&self.versions);
        let mut notes = Vec::new();
        let mut note = |what: &str, origin: &Origin| {
            let name = &job.lambda.name;
            let message =
                format!("no function says the {what} of `{name}`: it is that of {origin}");
            notes.push(Note { place: None, message });
        };
        if job.python.is_none() && job.doubts.python.is_none() {
            match (&self.python, &self.open_python) {
                (Some(agreed), _) => {
                    note("Python version", &agreed.origin);
                    job.python = Some(agreed.clone());
                }
                (None, Some(open)) if !has_function => {
                    let Note { place, message } = open.clone();
                    job.doubts.python = Some(Doubt::Unknown(place, message));
                }
                (None, _) => {}
            }
        }
        if job.architecture.origin == Origin::Default && job.doubts.architecture.is_none() {
            match (&self.architecture, &self.open) {
                (Some(agreed), _) => {
                    note("architecture", &agreed.origin);
                    job.architecture = agreed.clone();
                }
                (None, Some(open)) if !has_function => {
                    let Note { place, message } = open.clone();
                    job.doubts.architecture = Some(Doubt::Unknown(place, message));
                }
                (None, _) => {}
            }
        }
        notes
    }
}
