//! Step two: each distinct set of requirements becomes a set of wheels, once.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use rayon::prelude::*;

use super::prepare::Prepared;
use super::request::{Need, need};
use super::{Pipeline, Ready, excluded, failed, target};
use crate::digest::Sha256Digest;
use crate::event::{Event, Of, Reporter};
use crate::lambda::{LambdaName, Target};
use crate::origin::{File, Origin};
use crate::pylock;
use crate::report::{Failure, PackagedWheel, Stage, UnpackagedWheel, Warning, hold};
use crate::requirements::{Requirement, Requirements};
use crate::resolve::{self, Context, Installation, LockedWheel, Request, Source, UNVERSIONED};
use crate::store::Store;
use crate::tags;
use crate::wheel::{self, Layout, Member, Unusable, WheelName};
use crate::words;

/// The wheels of a set of requirements for a target.
#[derive(Debug)]
pub(crate) struct WheelSet {
    request: Request,
    /// The exact wheels, by name.
    wheels: Vec<LockedWheel>,
    /// Whether a lock, or hashes in the lines, named them.
    pub(super) is_locked: bool,
    layouts: Vec<Arc<Layout>>,
    installation: Installation,
    /// The wheels that the config leaves out, by name.
    pub(crate) left_out: Vec<UnpackagedWheel>,
}

impl WheelSet {
    /// The set of these wheels, which are laid out in their order.
    fn new(need: &Need, wheels: Vec<LockedWheel>, layouts: Vec<Arc<Layout>>) -> Self {
        let requires: Vec<(&str, &[String])> = wheels
            .iter()
            .zip(&layouts)
            .map(|(wheel, layout)| {
                let requires = &layout.wheel.facts.metadata.requires;
                (wheel.name.project.as_str(), requires.as_slice())
            })
            .collect();
        let request = need.request.clone();
        let installation = resolve::installation(&requires, &request.requirements, request.target);
        let (is_locked, left_out) = (need.is_locked(), Vec::new());
        Self { request, wheels, is_locked, layouts, installation, left_out }
    }

    /// The set without requirements for which there is a rule, and without what only those require.
    pub(super) fn without<'r>(&self, rule_of: &dyn Fn(&str) -> Option<&'r str>) -> Self {
        let rules = self.installation.left_out(rule_of);
        self.less(&|project| Some(format!("exclude-packages = \"{}\"", rules.get(project)?)))
    }

    /// The set without the wheels for which there is a rule.
    pub(super) fn less(&self, rule_of: &dyn Fn(&str) -> Option<String>) -> Self {
        let (mut kept, mut left_out) = (Vec::new(), self.left_out.clone());
        for (index, wheel) in self.packaged().into_iter().enumerate() {
            let PackagedWheel { name, version, .. } = wheel;
            match rule_of(&name) {
                Some(rule) => left_out.push(UnpackagedWheel { name, version, rule }),
                None => kept.push(index),
            }
        }
        left_out.sort_by(|one, other| one.name.cmp(&other.name));
        let order = self.installation.order.iter();
        let order = order.filter_map(|index| kept.binary_search(index).ok()).collect();
        Self {
            request: self.request.clone(),
            wheels: kept.iter().map(|index| self.wheels[*index].clone()).collect(),
            is_locked: self.is_locked,
            layouts: kept.iter().map(|index| Arc::clone(&self.layouts[*index])).collect(),
            left_out,
            installation: self.installation.in_order(order),
        }
    }

    /// The first wheel that is for its own target, and not for another one.
    pub(super) fn unfit(&self, target: Target) -> Option<&WheelName> {
        let own = self.request.target;
        let fits = |name, target| tags::rank(name, target).is_some();
        let mut names = self.wheels.iter().map(|wheel| &wheel.name);
        names.find(|name| own != target && fits(name, own) && !fits(name, target))
    }

    /// The first wheel that is packaged though a name matches it, and what requires it.
    pub(super) fn still(&self, is_match: &dyn Fn(&str) -> bool) -> Option<(&str, Option<&str>)> {
        let mut names = self.wheels.iter().map(|wheel| wheel.name.project.as_str());
        let name = names.find(|name| is_match(name))?;
        let is_kept = |other: &str| self.wheels.iter().any(|it| it.name.project == other);
        Some((name, self.installation.requirer_of(name, &is_kept)))
    }

    /// Whether a lock leaves out a project already that its wheels require.
    pub(super) fn misses(&self, is_match: &dyn Fn(&str) -> bool) -> bool {
        self.installation.unmet.iter().any(|(_, required)| is_match(required))
    }

    /// The wheels laid out, in the order in which pip would install them.
    pub(super) fn layouts(&self) -> Vec<Arc<Layout>> {
        self.installation.order.iter().map(|index| Arc::clone(&self.layouts[*index])).collect()
    }

    /// Warns of projects that the wheels of a lock require and the lock does not have. It may leave
    /// them out on purpose: Lambda's runtime has boto3, for one ("Building Lambda functions with
    /// Python" in the developer guide).
    fn incomplete(&self, is_meant: &dyn Fn(&str) -> bool) -> Option<Warning> {
        let message = self.lacks(is_meant)?;
        let hint = "lock it, too (`cargo dofs-package lock`), if the runtime does not bring it";
        let warning = Warning::new("lock-incomplete", message).hint(hint);
        Some(warning.at(&self.request.requirements.path, None))
    }

    /// The projects that the wheels of a lock require and the lock does not have, as a clause; but for
    /// those that are meant not to be there.
    fn lacks(&self, is_meant: &dyn Fn(&str) -> bool) -> Option<String> {
        let unmet = self.installation.unmet.iter().filter(|(_, required)| !is_meant(required));
        let unmet: Vec<_> = unmet.collect();
        let (project, required) = unmet.first().filter(|_| self.is_locked)?;
        let others = match unmet.len() - 1 {
            0 => String::new(),
            others => format!(" (and {others} more)"),
        };
        Some(format!("`{project}` requires `{required}`, which is not locked{others}"))
    }

    /// The projects that neither a lock nor a line pins.
    fn unpinned(&self) -> Vec<String> {
        if self.is_locked {
            return Vec::new();
        }
        let Requirements { requirements, constraints, .. } = &*self.request.requirements;
        let lines = requirements.iter().chain(constraints);
        let is_pinned = |line: &&Requirement| {
            line.demand.exact_version().is_some() || (line.demand.is_direct() && !line.may_move())
        };
        let pinned = lines.filter(is_pinned).filter_map(|line| line.demand.project());
        let pinned: Vec<String> = pinned.collect();
        let floats = |wheel: &&LockedWheel| match &wheel.origin {
            Origin::Directory(_) | Origin::Wheel(File { path: Some(_), .. }) => false,
            // A branch or a tag may be moved to another commit.
            Origin::Vcs(vcs) => vcs.requested_revision != vcs.commit,
            Origin::Wheel(_) | Origin::Sdist(_) | Origin::Archive { .. } => {
                !pinned.contains(&wheel.name.project)
            }
        };
        self.wheels.iter().filter(floats).map(|wheel| wheel.name.project.clone()).collect()
    }

    /// The wheels laid out, by name.
    pub(crate) fn by_name(&self) -> &[Arc<Layout>] {
        &self.layouts
    }

    /// The wheels as a report has them, by name.
    pub(super) fn packaged(&self) -> Vec<PackagedWheel> {
        let sum = |layout: &Layout, of: fn(&Member) -> u64| {
            layout.laid_out.iter().map(|it| of(&layout.wheel.members[it.member])).sum()
        };
        let packaged = |(wheel, layout): (&LockedWheel, &Arc<Layout>)| PackagedWheel {
            name: wheel.name.project.clone(),
            version: wheel
                .version
                .clone()
                .unwrap_or_else(|| layout.wheel.facts.metadata.version.clone()),
            wheel: wheel.name.to_string(),
            digest: wheel.digest,
            size: sum(layout, |member| member.compressed_size),
            unpacked_size: sum(layout, |member| member.size),
        };
        self.wheels.iter().zip(&self.layouts).map(packaged).collect()
    }
}

/// Warns, in one line for all lambdas, of packages that neither a lock nor a line pins.
pub(super) fn unpinned(ready: &[Ready]) -> Option<Warning> {
    let mut packages = BTreeSet::new();
    let mut jobs = Vec::new();
    for Ready { prepared, wheels, .. } in ready {
        let unpinned = wheels.as_ref().map(|wheels| wheels.unpinned()).unwrap_or_default();
        jobs.extend((!unpinned.is_empty()).then_some(&prepared.job));
        packages.extend(unpinned);
    }
    let count = words::count(packages.len(), "package");
    let verb = if packages.len() == 1 { "floats" } else { "float" };
    let of = words::count(jobs.len(), "lambda");
    let message = format!("{count} of {of} {verb}: another day may give other versions");
    let command = target::lock_command(jobs.first()?, "");
    let guesses = jobs.iter().filter(|job| target::is_guess(job)).count();
    let hint = match guesses {
        0 => format!("pin them with `{command}`"),
        some if some == jobs.len() => {
            format!("pin them with `{command}`, `X.Y` being what the functions run on")
        }
        _ => {
            "set `python` where nobody says it, and pin them with `cargo dofs-package lock`".into()
        }
    };
    Some(Warning::new("floating-requirements", message).hint(hint))
}

/// Warns of local projects that take their version from git, which a build has not got.
pub(super) fn unversioned(ready: &[Ready]) -> Option<Warning> {
    let wheels = ready.iter().filter_map(|ready| ready.wheels.as_ref());
    let is_unversioned = |wheel: &&LockedWheel| {
        matches!(wheel.origin, Origin::Directory(_)) && wheel.name.version == UNVERSIONED
    };
    let wheels = wheels.flat_map(|set| set.wheels.iter().filter(is_unversioned));
    let names: BTreeSet<&str> = wheels.map(|wheel| wheel.name.project.as_str()).collect();
    let first = names.first()?;
    let named = words::some_of(&names.iter().collect::<Vec<_>>(), 3);
    let (verb, their) =
        if names.len() == 1 { ("takes its", "it is") } else { ("take their", "they are") };
    let message = format!(
        "{named} {verb} version from git, which a build of a copy has not got: {their} packaged as \
         version {UNVERSIONED}"
    );
    let hint = format!("say it in the config: `[versions] {first} = \"1.2.3\"`");
    Some(Warning::new("unversioned", message).hint(hint))
}

/// Gives each lambda its wheels; results are in the order of the lambdas.
pub(super) fn attach(
    pipeline: &Pipeline<'_>,
    mut prepared: Vec<Prepared>,
) -> Result<Vec<Result<Ready, Box<Failure>>>, Failure> {
    if prepared.iter().all(|prepared| prepared.requirements.is_none()) {
        let ready = |prepared| Ok(Ready::new(prepared, None));
        return Ok(prepared.into_iter().map(ready).collect());
    }
    let store = pipeline.store()?;
    let mut needs = Vec::new();
    let mut distinct: BTreeMap<Sha256Digest, (Arc<Need>, Vec<LambdaName>)> = BTreeMap::new();
    for lambda in &mut prepared {
        let need = hold(|| need(lambda, pipeline)).map(|need| need.map(Arc::new));
        if let Ok(Some(need)) = &need {
            let (_, names) =
                distinct.entry(need.key).or_insert_with(|| (Arc::clone(need), Vec::new()));
            names.push(lambda.job.lambda.name.clone());
        }
        needs.push(need);
    }
    let answer = |(need, names): (Arc<Need>, Vec<LambdaName>)| {
        let of = of_all(&need, &names);
        let resolve = || hold(|| need.wheels(pipeline.resolving(&need.request, store)));
        let wheels = pipeline.reporter.during(Stage::Resolve, of, resolve);
        let open = |wheels: &Vec<_>| {
            let open = || hold(|| open_all(wheels, store).map_err(Failure::from)).ok();
            pipeline.reporter.during(Stage::Open, of, open)
        };
        let layouts = wheels.as_ref().ok().and_then(open);
        (need, names, wheels, layouts)
    };
    let answers: Vec<_> =
        distinct.into_values().collect::<Vec<_>>().into_par_iter().map(answer).collect();
    let mut sets = BTreeMap::new();
    // All sets share one open file of a wheel: the bytes that are hashed are those that all copy.
    let mut shared: BTreeMap<Sha256Digest, Arc<Layout>> = BTreeMap::new();
    let mut share =
        |layout: Arc<Layout>| Arc::clone(shared.entry(layout.wheel.digest).or_insert(layout));
    for (need, names, wheels, layouts) in answers {
        let set: Result<_, Failure> = hold(|| {
            let wheels = wheels?;
            // Lost wheels are fetched here, one set after another, so that sets that share one
            // fetch it once.
            let (wheels, layouts) = match layouts {
                Some(layouts) => (wheels, layouts),
                None => {
                    let context = pipeline.resolving(&need.request, store);
                    let open = || had_again(&need, wheels, context);
                    pipeline.reporter.during(Stage::Open, of_all(&need, &names), open)?
                }
            };
            let layouts: Vec<_> = layouts.into_iter().map(&mut share).collect();
            takes_python(&layouts, &need.request)?;
            let set = WheelSet::new(&need, wheels, layouts);
            need.refuse_incomplete(set.lacks(&|_| false), pipeline.resolving.locking)?;
            Ok(Arc::new(set))
        });
        sets.insert(need.key, (need, set));
    }
    let ready = prepared.into_iter().zip(needs).map(|(mut prepared, need)| {
        let need = need.map_err(|failure| failed(failure, &prepared.job.lambda))?;
        let Some(own) = need else { return Ok(Ready::new(prepared, None)) };
        prepared.warnings.extend(own.warning.clone());
        match &sets[&own.key] {
            (_, Ok(set)) => {
                prepared.asked = Some(Arc::clone(&own.request.requirements));
                let excluded = &prepared.job.requirements.excluded;
                let is_meant = |project: &str| excluded::rule_of(excluded, project).is_some();
                prepared.warnings.extend(set.incomplete(&is_meant));
                Ok(Ready::new(prepared, Some(Arc::clone(set))))
            }
            (need, Err(failure)) => {
                let mut failure = failed(failure.clone(), &prepared.job.lambda);
                let (own, first) = (&own.request.requirements, &need.request.requirements);
                failure.place = failure.place.map(|place| own.place_of(first, place));
                Err(failure)
            }
        }
    });
    Ok(ready.collect())
}

/// What the wheels of a need are for: the one lambda that has it, or its requirements.
fn of_all<'a>(need: &'a Need, names: &'a [LambdaName]) -> Of<'a> {
    match names {
        [only] => Of::Lambda(only.as_str()),
        _ => Of::Requirements(need.request.requirements.path.as_str()),
    }
}

/// Leaves out the wheels of a lambda that its config names, and what only those require.
pub(super) fn leave_out(ready: &mut Ready) {
    let excluded = &ready.prepared.job.requirements.excluded;
    let Some(wheels) = ready.wheels.as_mut().filter(|_| !excluded.is_empty()) else { return };
    *wheels = Arc::new(wheels.without(&|project| excluded::rule_of(excluded, project)));
}

/// The wheels of a request that is no lambda's, and has no lock.
pub(super) fn of_request(
    request: &Request,
    pipeline: &Pipeline<'_>,
) -> Result<Arc<WheelSet>, Failure> {
    let need = Need::without_lock(request.clone(), pipeline);
    let context = pipeline.resolving(&need.request, pipeline.store()?);
    let wheels = need.wheels(context)?;
    let (wheels, layouts) = had_again(&need, wheels, context)?;
    Ok(Arc::new(WheelSet::new(&need, wheels, layouts)))
}

/// Opens the wheels of an answer or a lock; those that the store lost are fetched or built again.
///
/// Building a compiled wheel again gives other bytes. Then the requirements are resolved again;
/// with a lock it is a failure.
fn had_again(
    need: &Need,
    wheels: Vec<LockedWheel>,
    context: Context<'_>,
) -> Result<(Vec<LockedWheel>, Vec<Arc<Layout>>), resolve::Error> {
    match open_or_fetch(&wheels, context) {
        Err(resolve::Error::BuiltOtherwise(_)) if need.lock.is_none() => {
            let wheels = need.wheels(Context { source: Source::Resolver, ..context })?;
            let layouts = open_or_fetch(&wheels, context)?;
            Ok((wheels, layouts))
        }
        other => Ok((wheels, other?)),
    }
}

/// Refuses a wheel whose `Requires-Python` excludes the target's version.
fn takes_python(layouts: &[Arc<Layout>], request: &Request) -> Result<(), Failure> {
    for layout in layouts {
        let metadata = &layout.wheel.facts.metadata;
        let Some(requires) = &metadata.requires_python else { continue };
        // A text that is no range of versions counts as none, as for pip (`requires_python` in
        // pip/_internal/metadata/base.py).
        if pylock::takes(requires, request.target) == Ok(false) {
            let package = format!("{} {}", metadata.project, metadata.version);
            let place = request.place_of(&metadata.project);
            return Err(resolve::takes_other_python(&package, requires, request, place));
        }
    }
    Ok(())
}

/// Opens the wheels of a lock and lays them out.
fn open_all(wheels: &[LockedWheel], store: &Store) -> Result<Vec<Arc<Layout>>, Unusable> {
    let opened: Vec<_> = wheels.par_iter().map(|locked| open(locked, store)).collect();
    opened.into_iter().collect()
}

fn open(locked: &LockedWheel, store: &Store) -> Result<Arc<Layout>, Unusable> {
    let wheel = wheel::open(store, &locked.name, locked.digest)?;
    wheel::layout(Arc::new(wheel)).map(Arc::new)
}

/// Opens the wheels of a lock; those that the store lost or damaged are fetched again.
fn open_or_fetch(
    wheels: &[LockedWheel],
    context: Context<'_>,
) -> Result<Vec<Arc<Layout>>, resolve::Error> {
    let Context { store, reporter, .. } = context;
    let mut lost = Vec::new();
    for locked in wheels {
        match open(locked, store) {
            Err(Unusable::Lost(_)) => lost.push(locked),
            Err(Unusable::Corrupt(_)) => {
                discard(locked.digest, locked.name.as_str(), store, reporter)?;
                lost.push(locked);
            }
            Ok(_) | Err(_) => {}
        }
    }
    if !lost.is_empty() {
        reporter.during(Stage::Fetch, Of::Same, || resolve::fetch(&lost, context))?;
    }
    Ok(open_all(wheels, store)?)
}

/// Removes a damaged blob of the store, and says so.
pub(super) fn discard(
    digest: Sha256Digest,
    wheel: &str,
    store: &Store,
    reporter: &dyn Reporter,
) -> Result<(), Failure> {
    reporter.report(&Event::WheelCorrupt(wheel));
    Ok(store.remove(digest)?)
}
