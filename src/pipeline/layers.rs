//! The layers on which functions stand: what they carry is left out of packages, and what they have
//! is looked into.
//!
//! A function's bytes hang on what its layers carry, so these are read and resolved in the same run,
//! packaged or not: one function alone has the bytes that it has among all.
//!
//! A wheel is left out where a layer that the config names has the very same one, by its digest. It
//! stays where leaving it out would change what is imported: Lambda looks into the package first, and
//! a regular package or a module there hides what the layer has of the same name ("The import system"
//! in the Python reference; PEP 420 for folders without `__init__.py`, which are joined).

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use rayon::prelude::*;

use super::prepare::Prepared;
use super::wheels::WheelSet;
use super::{Assembled, Job, Ready, failed, folders, natives};
use crate::checks::{self, Found};
use crate::contents::{self, Contents};
use crate::event::{Event, Of, Reporter};
use crate::lambda::{Kind, LambdaName, Target};
use crate::report::{Failure, PackagedWheel, Stage, Warning};
use crate::source::SourceFile;
use crate::words;

/// How many requirements a warning names.
const NAMED: usize = 3;

/// A layer, as functions find it.
#[derive(Debug)]
pub(crate) struct Layer {
    pub(crate) name: LambdaName,
    pub(crate) contents: Contents,
    /// Its own files.
    pub(super) files: Vec<SourceFile>,
    natives: Vec<Found>,
    wheels: Option<Arc<WheelSet>>,
    target: Option<Target>,
}

impl Layer {
    fn of(ready: &Ready) -> Result<Self, Failure> {
        let Ready { prepared: Prepared { job, sources, natives, .. }, wheels, .. } = ready;
        let layouts = wheels.as_ref().map(|set| set.layouts()).unwrap_or_default();
        // What is to be said of it is said where it is packaged.
        let (contents, _) = contents::lay_out(sources, &layouts, &folders(job, sources))?;
        let mut natives = natives.clone();
        natives.extend(natives::of_wheels(&contents));
        Ok(Self {
            name: job.lambda.name.clone(),
            contents,
            files: sources.all().cloned().collect(),
            natives,
            wheels: wheels.clone(),
            target: job.target(),
        })
    }

    /// The wheels in it.
    fn carried(&self) -> Vec<PackagedWheel> {
        self.wheels.as_ref().map(|set| set.packaged()).unwrap_or_default()
    }

    /// Refuses what a function that stands on it could not load, and warns of what it would ignore.
    pub(super) fn check(&self, job: &Job) -> Result<Vec<Warning>, Failure> {
        // An architecture in doubt is the failure, or the warning, of a package that hangs on it.
        let Some(target) = job.target().filter(|_| job.doubts.architecture.is_none()) else {
            return Ok(Vec::new());
        };
        let about = |message| format!("its layer `{}` does not fit: {message}", self.name);
        let fit = fit(&self.natives, self.wheels.as_deref(), target);
        let mut warnings =
            fit.map_err(|it| Failure { message: about(it.message.clone()), ..it })?;
        warnings.retain(|_| self.target != Some(target));
        warnings.iter_mut().for_each(|it| it.message = about(std::mem::take(&mut it.message)));
        Ok(warnings)
    }
}

/// Refuses what a target can't load of what is in a layer.
fn fit(
    natives: &[Found],
    wheels: Option<&WheelSet>,
    target: Target,
) -> Result<Vec<Warning>, Failure> {
    let warnings = checks::check_natives(natives, target)?;
    match wheels.and_then(|set| set.unfit(target)) {
        None => Ok(warnings),
        Some(wheel) => {
            let message = format!("`{wheel}` is not for {target}");
            Err(Failure::lambda("layer-target", message)
                .hint("set `python` and `architecture` in both to one target"))
        }
    }
}

/// Warns of targets that a layer is declared to be compatible with, and that can't load it.
pub(super) fn check_declared(ready: &Ready, natives: &[Found]) -> Vec<Warning> {
    let declared = ready.prepared.job.compatible.iter();
    let unfit = declared.filter_map(|(target, place)| {
        let failure = fit(natives, ready.wheels.as_deref(), *target).err()?;
        let message = format!("it is declared to be for {target}, too: {}", failure.message);
        let hint = "take that out of `compatible_runtimes` or `compatible_architectures`, or make a \
                    layer for each";
        Some(Warning::new("layer-declared", message).place(place.clone()).hint(hint))
    });
    unfit.collect()
}

impl Job {
    /// The layers on which it stands, those that the config names first.
    fn under(&self) -> impl Iterator<Item = &Arc<Job>> {
        self.layers.iter().chain(&self.given_layers)
    }
}

impl Assembled {
    /// What Lambda has of its layers, which it unpacks one over another.
    pub(crate) fn opt(&self) -> Option<Contents> {
        let contents = self.layers.iter().map(|layer| &layer.contents);
        (!self.layers.is_empty()).then(|| Contents::of_all(contents))
    }

    /// The unpacked bytes of its layers, by name.
    pub(super) fn layer_sizes(&self) -> BTreeMap<&str, u64> {
        let size = |layer: &Arc<Layer>| checks::unpacked_size(&layer.contents);
        self.layers.iter().map(|layer| (layer.name.as_str(), size(layer))).collect()
    }

    /// Whether it stands on layers that could not be looked into.
    pub(super) fn has_unknown_layers(&self) -> bool {
        self.layers.len() < self.job.lambda.layers.len() + self.job.given_layers.len()
    }
}

/// The layers on which jobs stand and that are not among them.
pub(super) fn beside(jobs: &[Job]) -> BTreeMap<LambdaName, Job> {
    let under = jobs.iter().flat_map(Job::under);
    let mut beside: BTreeMap<LambdaName, Job> = under
        .map(|job| (job.lambda.name.clone(), Job { is_beside: true, ..Job::clone(job) }))
        .collect();
    if !beside.is_empty() {
        jobs.iter().for_each(|job| drop(beside.remove(&job.lambda.name)));
    }
    beside
}

/// Puts functions on their layers, leaves out of them what those carry, and takes away the layers
/// that are not packaged, with their failures.
pub(super) fn stand(
    mut ready: Vec<Ready>,
    beside: &BTreeSet<LambdaName>,
    failures: &mut Vec<Failure>,
    reporter: &dyn Reporter,
) -> Vec<Ready> {
    let under: BTreeSet<&LambdaName> = ready
        .iter()
        .flat_map(|it| it.prepared.job.under())
        .map(|layer| &layer.lambda.name)
        .collect();
    if under.is_empty() && beside.is_empty() {
        return ready;
    }
    let is_under =
        |it: &&Ready| it.prepared.job.lambda.kind == Kind::Layer && under.contains(it.name());
    let layers: Known = ready
        .par_iter()
        .filter(is_under)
        .map(|it| {
            let of = Of::Lambda(it.name().as_str());
            let layer = reporter.during(Stage::LayOut, of, || Layer::of(it));
            (it.name().clone(), layer.map(Arc::new))
        })
        .collect();
    let known = &*failures;
    let refused: Vec<Result<(), Box<Failure>>> = ready
        .par_iter_mut()
        .map(|it| {
            let name = it.name().clone();
            let stand = || stand_on(it, &layers, known, reporter);
            let told = reporter.during(Stage::LayOut, Of::Lambda(name.as_str()), stand);
            told.map_err(|failure| failed(failure, &it.prepared.job.lambda))
        })
        .collect();
    let mut refused = refused.into_iter();
    let mut new = Vec::new();
    ready.retain(|_| match refused.next().expect("there is one for each") {
        Ok(()) => true,
        Err(failure) => {
            new.push(*failure);
            false
        }
    });
    failures.extend(new);
    ready.retain(|it| !it.prepared.job.is_beside);
    let is_beside = |name: &str| beside.iter().any(|it| it.as_str() == name);
    failures.retain(|failure| !failure.name.as_deref().is_some_and(is_beside));
    ready
}

/// What is known of layers, by name.
type Known = BTreeMap<LambdaName, Result<Arc<Layer>, Failure>>;

fn stand_on(
    ready: &mut Ready,
    layers: &Known,
    failures: &[Failure],
    reporter: &dyn Reporter,
) -> Result<(), Failure> {
    let job = &ready.prepared.job;
    let mut named = Vec::new();
    for name in job.layers.iter().map(|layer| &layer.lambda.name) {
        let failure = match layers.get(name) {
            Some(Ok(layer)) => {
                named.push(Arc::clone(layer));
                continue;
            }
            Some(Err(failure)) => Some(failure),
            None => failures.iter().find(|it| it.name.as_deref() == Some(name.as_str())),
        };
        let failure = failure.cloned().expect("a layer that is not known has failed");
        let message = format!("its layer `{name}` can't be packaged: {}", failure.message);
        return Err(Failure { message, code: "layer-failed", ..failure });
    }
    let given = job.given_layers.iter();
    let given = given.filter_map(|layer| layers.get(&layer.lambda.name)?.as_ref().ok()).cloned();
    let all = named.iter().cloned().chain(given).collect();
    leave_out(ready, &named, reporter)?;
    ready.layers = all;
    Ok(())
}

/// Leaves out the wheels that layers carry, and warns of those that they carry in another version.
fn leave_out(
    ready: &mut Ready,
    named: &[Arc<Layer>],
    reporter: &dyn Reporter,
) -> Result<(), Failure> {
    let Some(own) = ready.wheels.clone() else { return Ok(()) };
    let mut carried: BTreeMap<String, Vec<(&LambdaName, PackagedWheel)>> = BTreeMap::new();
    for layer in named {
        for wheel in layer.carried() {
            carried.entry(wheel.name.clone()).or_default().push((&layer.name, wheel));
        }
    }
    let (mut same, mut others) = (BTreeMap::new(), Vec::new());
    for wheel in own.packaged() {
        let Some(all) = carried.get(&wheel.name) else { continue };
        // Lambda unpacks layers one over another, so that two versions are a mixture.
        match all.iter().find(|(_, it)| it.digest != wheel.digest) {
            Some((layer, other)) => others.push(clause(&wheel, layer, other)),
            None => drop(same.insert(wheel.name, all[0].0)),
        }
    }
    if let Some(warning) = warning(&others) {
        let place = ready.prepared.asked.as_ref().map(|asked| asked.path.clone());
        let warning = place.iter().fold(warning, |warning, path| warning.at(path, None));
        ready.prepared.warnings.push(warning);
    }
    if same.is_empty() {
        return Ok(());
    }
    let Prepared { job, sources, .. } = &ready.prepared;
    let (all, _) = contents::lay_out(sources, &own.layouts(), &folders(job, sources))?;
    for (project, name) in hidden(&all, &own, &mut same) {
        let layer = same.remove(&project).expect("it is one of them");
        reporter.report(&Event::Noted(&format!(
            "{}: `{project}` stays, though its layer `{layer}` has it: `{name}` is in the package, too, \
             and would hide it",
            job.lambda.name
        )));
    }
    let rule = |project: &str| Some(format!("layers = \"{}\"", same.get(project)?));
    ready.wheels = Some(Arc::new(own.less(&rule)));
    Ok(())
}

/// What a layer has in another version, as a clause.
fn clause(own: &PackagedWheel, layer: &LambdaName, other: &PackagedWheel) -> String {
    match own.version == other.version {
        true => format!(
            "`{} {}` is packaged as `{}`, and the layer `{layer}` has `{}`",
            own.name, own.version, own.wheel, other.wheel
        ),
        false => {
            let PackagedWheel { name, version, .. } = own;
            format!("`{name} {version}` is packaged, and the layer `{layer}` has {}", other.version)
        }
    }
}

fn warning(others: &[String]) -> Option<Warning> {
    let (named, rest) = others.split_at(others.len().min(NAMED));
    let more = words::and_more(rest.len());
    let message = format!("{}{more}: Lambda finds that of the package first", named.join("; "));
    let hint = "require the same version in both, or leave it out of one (`exclude-packages`)";
    (!named.is_empty()).then(|| Warning::new("layer-version", message).hint(hint))
}

/// What is importable by a path: whether only as a folder without `__init__.py`.
type Names<'a> = BTreeMap<&'a str, bool>;

/// The projects that would be hidden in a layer by what stays in a package, each with the path of a
/// module or folder that both have.
fn hidden(
    contents: &Contents,
    wheels: &WheelSet,
    same: &mut BTreeMap<String, &LambdaName>,
) -> Vec<(String, String)> {
    let mut of_wheels: BTreeMap<&str, Names<'_>> = BTreeMap::new();
    let mut stays = Names::new();
    for (path, entry) in contents.entries() {
        let project = entry.data.member().map(|(wheel, _)| &*wheel.name.project);
        let names = match project.filter(|project| same.contains_key(*project)) {
            Some(project) => of_wheels.entry(project).or_default(),
            None => &mut stays,
        };
        add(names, path.as_str());
    }
    // A file that another one has replaced is hidden as it is.
    for layout in wheels.by_name() {
        if let Some(names) = of_wheels.get_mut(&*layout.wheel.name.project) {
            layout.laid_out.iter().for_each(|file| add(names, file.path.as_str()));
        }
    }
    let mut hidden = Vec::new();
    loop {
        let shared = |names: &Names<'_>| {
            let mut shared = names.iter().filter_map(|(name, is_folder)| {
                stays.get(name).filter(|it| !(**it && *is_folder)).map(|_| (*name).to_owned())
            });
            shared.next()
        };
        let found = of_wheels.iter().find_map(|(project, names)| Some((*project, shared(names)?)));
        let Some((project, name)) = found else { return hidden };
        let names = of_wheels.remove(project).expect("it was found there");
        for (name, is_folder) in names {
            let known = stays.entry(name).or_insert(is_folder);
            *known = *known && is_folder;
        }
        hidden.push((project.to_owned(), name));
    }
}

/// Adds what a file lets be imported: the folders that it is in, and itself, if it is a module.
fn add<'a>(names: &mut Names<'a>, path: &'a str) {
    for (at, _) in path.match_indices('/') {
        names.entry(&path[..at]).or_insert(true);
    }
    let (folder, file) = path.rsplit_once('/').unwrap_or(("", path));
    let stem = file.split('.').next().unwrap_or(file);
    if ![".py", ".pyc", ".so"].iter().any(|ending| file.ends_with(ending)) {
        return;
    }
    let module = match stem {
        "__init__" => folder,
        stem => &path[..path.len() - file.len() + stem.len()],
    };
    names.insert(module, false);
}
