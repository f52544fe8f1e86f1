//! Selects the lambdas of a command, and makes a job of each.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use camino::Utf8PathBuf;
use globset::GlobBuilder;

use super::partition::Partition;
use super::terraform_defaults::{self, Declared};
use super::written::{Written, beside};
use super::{Context, working_directory};
use crate::adopt::{self, shown};
use crate::environment::Environment;
use crate::event::{Event, Of};
use crate::lambda::{self, Discovered, Kind, Lambda, LambdaName};
use crate::pipeline::{Assembled, Doubts, Elsewhere, Idle, Imports, Job, Pipeline, Why};
use crate::report::code;
use crate::report::{Failure, LeftOutLambda, Stage, Warning};
use crate::settings::{LambdaSettings, Options, Settings};
use crate::terraform::Candidate;
use crate::tree::slashes;
use crate::words::{self, did_you_mean};

/// Whether a lambda of the project has this name; no where that can't be told, for it is asked where
/// something else is wrong.
pub(crate) fn is_lambda(name: &str, environment: &Environment) -> bool {
    let discovered = || {
        let settings = Settings::settle(&Options::default(), environment, &working_directory()?)?;
        lambda::discover(&settings.tree, &settings.places)
    };
    discovered().is_ok_and(|it| it.lambdas.iter().any(|lambda| lambda.name.as_str() == name))
}

/// The lambdas of a command, among those of the project.
#[derive(Debug)]
pub(super) struct Selection {
    /// One for each selected lambda, sorted by name.
    pub(super) jobs: Vec<Job>,
    /// Every lambda of the project, since a function is matched with the same one whichever lambdas
    /// are selected.
    pub(super) candidates: Vec<Candidate>,
    /// The functions in the project's `*.tf` files.
    pub(super) declared: Declared,
    /// The lambdas that are not packaged, sorted by name; none where lambdas are named.
    pub(super) left_out: Vec<LeftOutLambda>,
}

/// Discovers lambdas, and returns a job for each that is asked for: all, or those that a name or
/// glob names.
pub(super) fn jobs(
    context: &Context<'_>,
    names: &[String],
    partition: Option<Partition>,
) -> Result<Vec<Job>, Failure> {
    Ok(select(context, names, partition)?.jobs)
}

/// The same, with what is known of each function.
pub(super) fn select(
    context: &Context<'_>,
    names: &[String],
    partition: Option<Partition>,
) -> Result<Selection, Failure> {
    let select = || selected(context, names, partition);
    context.reporter.during(Stage::Discover, Of::Run, select)
}

fn selected(
    context: &Context<'_>,
    names: &[String],
    partition: Option<Partition>,
) -> Result<Selection, Failure> {
    let settings = context.settings;
    let Discovered { lambdas, skipped, unmatched, taken_out } = discover(context)?;
    warn_of_unmatched(unmatched, &lambdas, context);
    let out = taken_out.iter().map(|(lambda, _)| lambda);
    let all: Vec<&Lambda> = lambdas.iter().chain(&skipped).collect();
    let named_by_path: Vec<&Lambda> = all.iter().copied().chain(out).collect();
    let names =
        &names.iter().map(|name| name_of(name, &named_by_path, settings)).collect::<Vec<_>>()[..];
    for name in settings.check_names(&all)? {
        context.reporter.report(&Event::Noted(&format!(
            "the table of `{name}` in the config is passed over: the lambda is not checked out here"
        )));
    }
    let lambdas = without_out_dir(lambdas, context);
    let zips = lambdas.iter().map(|lambda| settings.zip_of(lambda));
    let zips = zips.collect::<Result<Vec<_>, _>>()?;
    let shown: Vec<String> = zips.iter().map(|zip| settings.shown(zip)).collect();
    refuse_one_zip_for_two(&lambdas, &shown)?;
    let mut candidates: Vec<Candidate> =
        lambdas.iter().zip(&shown).map(|it| candidate(settings, it)).collect();
    let written = Written::of(&lambdas, &shown, context)?;
    let all = lambdas.clone();
    let selected = named(&lambdas, &skipped, &taken_out, names, settings)?;
    let is_in = |index: &usize| partition.is_none_or(|it| it.has(lambdas[*index].name.as_str()));
    let selected: Vec<usize> = selected.into_iter().filter(is_in).collect();
    let make = |index: usize| {
        let (lambda, zip) = (&lambdas[index], &zips[index]);
        let mut lambda = lambda.clone();
        let own = written.inside(&lambda.directory, &shown[index], &beside(&lambda));
        let mut elsewhere = settings.files_of(&mut lambda)?;
        for it in &mut elsewhere {
            it.written = written.inside(&it.source, &shown[index], &beside(&lambda));
            it.inner = lambda::inside(&it.source, &all);
        }
        job(settings, lambda, zip.clone(), own, elsewhere)
    };
    let mut jobs = selected.iter().map(|index| make(*index)).collect::<Result<Vec<_>, _>>()?;
    add_layers_beside(&mut jobs, &lambdas, &selected, &make)?;
    let copied = jobs.iter().flat_map(|job| job.elsewhere.iter().map(|it| it.source.clone()));
    let paths: Vec<_> = jobs.iter().map(|job| job.lambda.path()).chain(copied).collect();
    settings.tree.bring_all(&paths.iter().map(|path| &**path).collect::<Vec<_>>());
    let fill_in = || terraform_defaults::fill_in(&mut jobs, &mut candidates, &all, context);
    let declared = context.reporter.during(Stage::Terraform, Of::Run, fill_in)?;
    let mut jobs = on_layers(jobs, &declared);
    let left_out = leave_out_images(&mut jobs, &declared, names, context)?;
    let skipped = skipped.iter().map(|lambda| LeftOutLambda {
        name: lambda.name.to_string(),
        path: slashes(&lambda.path()),
        why: "skip = true".to_owned(),
    });
    let mut left_out: Vec<LeftOutLambda> = skipped.chain(left_out).collect();
    left_out.retain(|_| names.is_empty());
    left_out.sort();
    Ok(Selection { jobs, candidates, declared, left_out })
}

/// Warns of globs that match no lambda.
fn warn_of_unmatched(unmatched: Vec<(Kind, String)>, lambdas: &[Lambda], context: &Context<'_>) {
    // Nobody has named the default, where there are layers alone.
    let is_named = |(_, glob): &(Kind, String)| {
        glob != lambda::DEFAULT_GLOB || !lambdas.iter().any(|it| it.kind == Kind::Layer)
    };
    for (kind, glob) in unmatched.into_iter().filter(is_named) {
        let (what, key) = match kind {
            Kind::Layer => ("layer", "layers"),
            Kind::Function => ("lambda", "lambdas"),
        };
        let message = match glob.starts_with('!') {
            true => format!("`{glob}` takes no {what} out"),
            false => format!("no {what} in `{glob}`"),
        };
        let warning = Warning::new("glob-without-lambda", message);
        let hint = format!("correct it in `{key}`, or take it out");
        context.reporter.warn(&match glob == lambda::DEFAULT_GLOB {
            true => warning,
            false => warning.hint(hint),
        });
    }
}

/// Adds the layers that are not selected: functions may stand on them.
fn add_layers_beside(
    jobs: &mut Vec<Job>,
    lambdas: &[Lambda],
    selected: &[usize],
    make: &dyn Fn(usize) -> Result<Job, Failure>,
) -> Result<(), Failure> {
    let has_functions = jobs.iter().any(|job| job.lambda.kind == Kind::Function);
    let is_beside = |index: &usize| {
        has_functions && lambdas[*index].kind == Kind::Layer && !selected.contains(index)
    };
    for index in (0..lambdas.len()).filter(is_beside) {
        let is_named = jobs.iter().any(|job| job.lambda.layers.contains(&lambdas[index].name));
        match make(index) {
            Ok(job) => jobs.push(Job { is_beside: true, ..job }),
            Err(failure) if is_named => return Err(failure),
            // The config of a lambda that is not selected may be invalid, and does not matter now.
            Err(_) => {}
        }
    }
    Ok(())
}

/// Puts functions on their layers, and takes away those that are not selected.
fn on_layers(mut jobs: Vec<Job>, declared: &Declared) -> Vec<Job> {
    let layers = jobs.iter().filter(|job| job.lambda.kind == Kind::Layer);
    let layers: BTreeMap<LambdaName, Arc<Job>> =
        layers.map(|job| (job.lambda.name.clone(), Arc::new(job.clone()))).collect();
    if layers.is_empty() {
        return jobs;
    }
    jobs.retain(|job| !job.is_beside);
    for job in jobs.iter_mut().filter(|job| job.other_runtime.is_none()) {
        let named = &job.lambda.layers;
        job.layers = named.iter().filter_map(|name| layers.get(name)).cloned().collect();
        let given = declared.layers.get(job.lambda.name.as_str()).into_iter().flatten();
        let given = given.map(LambdaName::new).filter(|name| !named.contains(name));
        for layer in given.map(|name| layers.get(&name)) {
            job.imports.outside.has_layers |= layer.is_none();
            job.given_layers.extend(layer.cloned());
        }
    }
    jobs
}

/// Leaves out the lambdas whose functions are container images: nobody runs a zip of them.
fn leave_out_images(
    jobs: &mut Vec<Job>,
    declared: &Declared,
    names: &[String],
    context: &Context<'_>,
) -> Result<Vec<LeftOutLambda>, Failure> {
    let mut left_out = Vec::new();
    for job in jobs.extract_if(.., |job| declared.images.contains_key(job.lambda.name.as_str())) {
        let (name, path) = (job.lambda.name.to_string(), slashes(&job.lambda.path()));
        let place = declared.images[&name].place.as_ref().map(ToString::to_string);
        let place = place.unwrap_or_default();
        let why = format!("its function is a container image ({place})");
        if names.contains(&name) {
            let message = format!("`{name}` is not packaged: {why}");
            return Err(Failure::usage("container-image", message)
                .at(path, None)
                .hint("leave the name out, or give its function `package_type = \"Zip\"`"));
        }
        context.reporter.report(&Event::Noted(&format!("`{name}` is left out: {why}")));
        left_out.push(LeftOutLambda { name, path, why });
    }
    if let Some(only) = left_out.first().filter(|_| jobs.is_empty()) {
        let message = format!("there is nothing to package: `{}` is left out", only.name);
        return Err(match names {
            [] => Failure::input(lambda::NO_LAMBDAS, message),
            _ => Failure::usage("container-image", message),
        }
        .cause(only.why.clone()));
    }
    Ok(left_out)
}

/// The code of a name in `exclude-packages` that leaves nothing out.
const IDLE_NAME: &str = "pattern-without-package";

/// Warns of patterns of the config that match nothing, where all lambdas of the project were laid out.
pub(super) fn warn_of_patterns(
    pipeline: &Pipeline<'_>,
    assembled: &[Assembled],
    context: &Context<'_>,
) -> Result<(), Failure> {
    for Idle { key, text, why } in pipeline.idle_patterns(assembled)? {
        let warning = match why {
            Why::NoFile => Warning::new("pattern-without-file", format!("`{text}` matches no file of any lambda"))
                .hint(format!("correct it in `{key}`, or take it out")),
            Why::OfWheel(wheel) => Warning::new(
                "pattern-without-file",
                format!("`{text}` matches files of `{wheel}`, and `{key}` is about a lambda's own files only"),
            )
            .hint("leave whole packages out with `exclude-packages`"),
            Why::NoRequirement => {
                let message = format!("`{text}` names no requirement of any lambda");
                Warning::new(IDLE_NAME, message).hint(format!("correct it in `{key}`, or take it out"))
            }
            Why::Required { project, by } => {
                let message = format!("`{text}` leaves nothing out: `{by}` requires `{project}`");
                Warning::new(IDLE_NAME, message).hint(format!("name `{by}`, too, or take it out"))
            }
        };
        let place = context.settings.place_of_pattern(key, &text);
        context.reporter.warn(&warning.place(place));
    }
    Ok(())
}

/// Discovers lambdas. Where nothing says where they are, the failure says where some may be.
fn discover(context: &Context<'_>) -> Result<Discovered, Failure> {
    let Context { settings, environment, .. } = *context;
    let tree = &settings.tree;
    let failure = match lambda::discover(tree, &settings.places) {
        // Nobody sees that of a revision.
        Err(failure)
            if failure.code == lambda::NO_LAMBDAS
                && settings.places.is_default()
                && tree.commit().is_none() =>
        {
            failure
        }
        discovered => return discovered,
    };
    let repository = adopt::look(tree, environment)?;
    let message = format!("{}, and no config says where they are", failure.message);
    let mut failure = Failure::input(lambda::NO_LAMBDAS, message);
    let paths: Vec<_> = repository.found.iter().map(|found| shown(&found.path)).collect();
    if !paths.is_empty() {
        let (verb, noun) =
            if paths.len() == 1 { ("looks", "a lambda") } else { ("look", "lambdas") };
        let paths = words::some_of(&paths, 5);
        failure = failure.cause(format!("{paths} {verb} like {noun}"));
    }
    let functions = repository.count();
    if functions > 0 {
        let count = words::count(functions, "function");
        failure = failure.cause(format!("the `*.tf` files have {count}"));
    }
    Err(match paths.is_empty() && functions == 0 {
        true => failure.hint(
            "begin a lambda with `cargo dofs-package new NAME`, or name the project with `--root`",
        ),
        false => failure
            .hint("run `cargo dofs-package init`, which writes the config for this repository"),
    })
}

/// A lambda as functions are matched with it.
fn candidate(settings: &Settings, (lambda, zip): (&Lambda, &String)) -> Candidate {
    // The config of a lambda that is not selected may be invalid, and does not matter now.
    let own = settings.of(lambda).ok();
    let usual = settings.usual_zip_of(lambda).ok().map(|path| settings.shown(&path));
    Candidate {
        name: lambda.name.to_string(),
        is_layer: lambda.kind == Kind::Layer,
        directory: lambda.path(),
        zip: zip.into(),
        usual_zip: usual.as_ref().unwrap_or(zip).into(),
        function_name: own.and_then(|own| own.function_name).map(|name| name.value),
        has_dockerfile: false,
    }
}

/// Refuses that one zip is written for two lambdas.
fn refuse_one_zip_for_two(lambdas: &[Lambda], zips: &[String]) -> Result<(), Failure> {
    let mut owners: BTreeMap<&str, &Lambda> = BTreeMap::new();
    for (lambda, zip) in lambdas.iter().zip(zips) {
        if let Some(first) = owners.insert(zip, lambda) {
            let (one, other) = (&first.name, &lambda.name);
            let message = format!("`{one}` and `{other}` have the same zip: `{zip}`");
            return Err(Failure::input("same-zip", message)
                .hint("write `{name}` in `zip`, or give each of the two its own"));
        }
    }
    Ok(())
}

/// Leaves out the folder for zips, if it lies among the lambdas, with a warning.
fn without_out_dir(mut lambdas: Vec<Lambda>, context: &Context<'_>) -> Vec<Lambda> {
    let settings = context.settings;
    let Some(out_dir) = &settings.out_dir else { return lambdas };
    let is_out_dir = |lambda: &Lambda| settings.project.join(lambda.path()) == *out_dir;
    if let Some(index) = lambdas.iter().position(is_out_dir) {
        let directory = lambdas.remove(index).directory;
        let message = format!("`{directory}` is where the zips go, and is not packaged");
        let hint = "let them go to a folder that is no lambda";
        context.reporter.warn(&Warning::new("out-dir-among-lambdas", message).hint(hint));
    }
    lambdas
}

/// The name that was typed, or that of the lambda whose path it is.
fn name_of(typed: &str, lambdas: &[&Lambda], settings: &Settings) -> String {
    let is_name = lambdas.iter().any(|lambda| lambda.name.as_str() == typed);
    let path = if is_name { None } else { settings.inside(typed) };
    let own = path.and_then(|path| lambdas.iter().find(|lambda| lambda.path() == path));
    own.map_or_else(|| typed.to_owned(), |lambda| lambda.name.to_string())
}

/// The places, among all, of the lambdas that names or globs name; all where there are none.
fn named(
    lambdas: &[Lambda],
    skipped: &[Lambda],
    taken_out: &[(Lambda, String)],
    names: &[String],
    settings: &Settings,
) -> Result<Vec<usize>, Failure> {
    if names.is_empty() {
        return Ok((0..lambdas.len()).collect());
    }
    let mut wanted = BTreeSet::new();
    for name in names {
        let glob = GlobBuilder::new(name).literal_separator(true).build();
        let matcher = glob
            .map_err(|error| {
                Failure::usage(code::INVALID_GLOB, format!("`{name}` is no glob"))
                    .cause(error.kind().to_string())
            })?
            .compile_matcher();
        let fits = |lambda: &Lambda| {
            lambda.name.as_str() == name || matcher.is_match(lambda.name.as_str())
        };
        let before = wanted.len();
        wanted.extend((0..lambdas.len()).filter(|&index| fits(&lambdas[index])));
        if wanted.len() > before || lambdas.iter().any(fits) {
            continue;
        }
        if let Some(lambda) = skipped.iter().find(|lambda| fits(lambda)) {
            let message = format!("`{}` is skipped", lambda.name);
            return Err(Failure::usage("skipped", message)
                .at(lambda.path(), None)
                .hint("take `skip` out of its table in the config"));
        }
        if let Some((lambda, glob)) = taken_out.iter().find(|(lambda, _)| fits(lambda)) {
            let message = format!("`{}` is taken out by `{glob}`", lambda.name);
            let key = if lambda.kind == Kind::Layer { "layers" } else { "lambdas" };
            return Err(Failure::usage("skipped", message)
                .at(lambda.path(), None)
                .hint(format!("leave `{glob}` out of `{key}`, or do not name it")));
        }
        let absent = lambda::absent(&settings.tree, &settings.places)?;
        let full = name_of(name, &absent.iter().collect::<Vec<_>>(), settings);
        let fits = |lambda: &&Lambda| lambda.name.as_str() == full || fits(lambda);
        return Err(match absent.iter().find(fits) {
            Some(lambda) => not_here(lambda, settings),
            None => unknown_lambda(name, lambdas),
        });
    }
    Ok(wanted.into_iter().collect())
}

/// The failure of a lambda that git has and the worktree has not got.
fn not_here(lambda: &Lambda, settings: &Settings) -> Failure {
    let checkout = settings.tree.checkout();
    let absent = checkout.map(|it| it.absent(&lambda.path())).unwrap_or_default();
    let message = format!("`{}` is not checked out here", lambda.name);
    let failure = Failure::usage("not-checked-out", message).at(lambda.path(), None);
    let command = absent.into_iter().next().map(|(_, absent)| absent.command());
    failure.hint(command.map_or_else(String::new, |command| format!("run `{command}`")))
}

fn unknown_lambda(name: &str, lambdas: &[Lambda]) -> Failure {
    let known = || lambdas.iter().map(|lambda| lambda.name.as_str());
    // The name may be a path, as shells complete it.
    let last = name.trim_end_matches('/').rsplit('/').next().unwrap_or(name);
    let hint = did_you_mean(last, known()).unwrap_or_else(|| {
        let named: Vec<_> = known().take(8).map(|name| format!("`{name}`")).collect();
        let more = if lambdas.len() > named.len() { ", …" } else { "" };
        format!("name one of {}{more}", named.join(", "))
    });
    Failure::usage(code::UNKNOWN_LAMBDA, format!("no lambda is called `{name}`")).hint(hint)
}

fn job(
    settings: &Settings,
    lambda: Lambda,
    output: Utf8PathBuf,
    written: BTreeMap<Utf8PathBuf, &'static str>,
    elsewhere: Vec<Elsewhere>,
) -> Result<Job, Failure> {
    let LambdaSettings {
        python,
        architecture,
        backend,
        policy,
        selection,
        function_name,
        handler,
        imports,
        allow_imports,
        prefix,
    } = settings.of(&lambda)?;
    Ok(Job {
        requirements: settings.requirements_of(&lambda)?,
        lambda,
        layers: Vec::new(),
        given_layers: Vec::new(),
        compatible: Vec::new(),
        is_beside: false,
        prefix,
        elsewhere,
        selection,
        backend,
        policy,
        versions: Arc::clone(&settings.versions),
        python,
        architecture,
        function_name,
        handler,
        other_runtime: None,
        imports: Imports { policy: imports, allowed: allow_imports, ..Imports::default() },
        is_run: false,
        doubts: Doubts::default(),
        written,
        shown_output: settings.shown(&output),
        output,
    })
}
