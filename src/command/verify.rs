//! `verify`: compares zips, the package manifest, Terraform and Lambda with the sources.
//!
//! The packages are made as `build` makes them, and only hashed. Then everything that they are
//! compared with is read: the zips and the package manifest, or the functions of Terraform or
//! Lambda. The answer has every check of [`crate::verify`], also those without a difference.

use std::collections::BTreeMap;

use camino::{Utf8Path, Utf8PathBuf};
use clap::Args;

use super::quiet::{Quiet, Recorder};
use super::select::Selection;
use super::terraform_defaults::Declared;
use super::{Context, Invocation, TimingsFile, manifest, select, tracked, working_directory};
use crate::archive::{self, Drafts};
use crate::event::{Event, Of};
use crate::fs;
use crate::lambda::{Origin, Settled};
use crate::manifest::Scope;
use crate::pipeline::{Assembled, Hashed, ImportFindings, Inputs, Job, Locking, SearchPath};
use crate::report::code;
use crate::report::{self, Failure, Stage, Verified, Warning};
use crate::settings::{Options, PackageOptions, Settings};
use crate::terraform::{self, Document, Folders, Function, Match};
use crate::verify::{self, CHECKS, Disk, Facts, Findings, Package, REMARKS, Zip};

/// What is compared.
#[derive(Debug, Args)]
pub(crate) struct VerifyOptions {
    /// Names of lambdas, or globs
    #[arg(value_name = "NAME")]
    names: Vec<String>,
    /// Compare what `terraform show -json` says of a state or plan; `-`: on standard input
    #[arg(long, value_name = "FILE")]
    state: Option<Utf8PathBuf>,
    /// Where Terraform runs, to know what its file names are relative to
    #[arg(long, value_name = "DIR", requires = "state")]
    terraform_dir: Option<Utf8PathBuf>,
    /// Compare the code that Lambda has, through the AWS CLI
    #[arg(long)]
    deployed: bool,
    /// Write the checks to this file, too, as JUnit XML, for reports of CI
    #[arg(long, value_name = "FILE")]
    pub(crate) junit: Option<Utf8PathBuf>,
    /// Write how long each stage of each lambda took: a page (.html) or data (.json)
    #[arg(long, value_name = "FILE")]
    pub(crate) timings: Option<TimingsFile>,
    #[command(flatten)]
    package: PackageOptions,
}

impl VerifyOptions {
    /// Whether what Terraform says comes on standard input.
    pub(crate) fn reads_stdin(&self) -> bool {
        self.state.as_deref().is_some_and(|path| path == "-")
    }
}

/// Compares what is there with what the sources give.
pub(crate) fn verify(
    options: &VerifyOptions,
    stdin: Vec<u8>,
    invocation: Invocation<'_>,
) -> Result<Verified, Failure> {
    let folder = working_directory()?;
    let read = |path: &Utf8PathBuf| {
        let bytes = match options.reads_stdin() {
            true => stdin,
            false => fs::read(&folder.join(path))?.ok_or_else(|| no_such_file(path))?,
        };
        Ok::<_, Failure>((bytes, path.to_string()))
    };
    let state = options.state.as_ref().map(read).transpose()?;
    let existing =
        |path: &Utf8Path| fs::canonical(&folder.join(path)).map_err(|_| no_such_file(path));
    let terraform_directory = options.terraform_dir.as_deref().map(existing).transpose()?;
    let is_elsewhere = state.is_some() || options.deployed;
    let request = Verify {
        names: options.names.clone(),
        state,
        terraform_directory,
        deployed: options.deployed,
        disk: if is_elsewhere { Disk::Nothing } else { Disk::ManifestAndZips },
    };
    let timings = options.timings.iter().map(|file| file.path.clone());
    let reports = options.junit.iter().cloned().chain(timings).collect();
    let options = Options { reports, ..invocation.options(&options.package) };
    invocation.with_options(&options, |context| compare(&request, context))
}

/// What is asked for.
#[derive(Debug, Default)]
pub(super) struct Verify {
    /// Names or globs of lambdas; empty for all.
    pub(crate) names: Vec<String>,
    /// The JSON of a state or plan, and the name of its file.
    pub(crate) state: Option<(Vec<u8>, String)>,
    /// Where Terraform runs, absolute.
    pub(crate) terraform_directory: Option<Utf8PathBuf>,
    /// Whether Lambda is asked.
    pub(crate) deployed: bool,
    pub(crate) disk: Disk,
}

/// Compares what is there with what the sources give.
pub(super) fn compare(request: &Verify, context: &Context<'_>) -> Result<Verified, Failure> {
    let recorder = Recorder::new(Quiet(context.reporter));
    let Context { settings, environment, resolving, .. } = *context;
    let context = &context.with_reporter(&recorder);
    // A file that can't be read stops the run before anything is packaged.
    let document = request.state.as_ref().map(|(bytes, path)| terraform::read(bytes, path));
    let document = document.transpose()?;
    if request.disk == Disk::Manifest && settings.manifest.is_none() {
        context.reporter.warn(&no_manifest());
        return Ok(Verified { warnings: recorder.warnings(), ..Verified::default() });
    }
    let selection = select::select(context, &request.names, None)?;
    let Selection { jobs, candidates, declared, .. } = selection;
    let Declared { functions, gaps, .. } = declared;
    let Made { packages, inputs, zips, mut failures } =
        make(jobs, functions, request.disk, context)?;
    let directory = request.terraform_directory.as_deref();
    let directory = directory.map(|it| Utf8PathBuf::from(settings.shown(it)));
    let (directory, roots) = (directory.as_deref(), &gaps.roots[..]);
    let folders = Folders { directory, roots, project: &settings.project };
    let state = document.as_ref().map(|Document { kind, functions }| {
        (*kind, terraform::match_functions(functions, &candidates, folders))
    });
    let matches = state.as_ref().map(|(_, matches): &(_, Vec<Match<'_>>)| &matches[..]);
    let questions = request.deployed.then(|| verify::questions(&packages, matches));
    let questions = questions.map(|mut questions| {
        questions.retain(|question| match question.check() {
            Ok(()) => true,
            Err(failure) => {
                let directory = packages.iter().find(|it| it.name() == question.lambda);
                let directory = directory.map_or("", |package| package.directory.as_str());
                failures.push(failure.of_lambda(&question.lambda, directory));
                false
            }
        });
        questions
    });
    let ask = |questions: Vec<_>| {
        let ask = || terraform::ask(&questions, environment);
        context.reporter.during(Stage::Deployed, Of::Run, ask)
    };
    let answers = questions.map(ask).transpose()?;
    let read_manifest = |path: &Utf8PathBuf| {
        Ok::<_, Failure>((settings.shown(path), manifest::read(settings, Scope::Some)?))
    };
    let path = settings.manifest.as_ref().filter(|_| request.disk != Disk::Nothing);
    let mut facts = Facts {
        packages: &packages,
        failed: failures.iter().filter_map(|failure| failure.name.as_deref()).collect(),
        absent: manifest::absent(settings)?,
        is_all: request.names.is_empty(),
        disk: request.disk,
        commit: settings.tree.commit(),
        zips,
        manifest: path.map(read_manifest).transpose()?,
        state,
        answers,
        gaps: &gaps,
        modules: BTreeMap::new(),
        today: context.today,
    };
    let check = || {
        facts.modules = verify::modules(&facts, &settings.tree)?;
        let mut findings = Findings::default();
        CHECKS.iter().for_each(|check| check(&facts, &mut findings));
        tracked::add_reasons(&packages, &inputs, &mut findings.checks, context);
        Ok::<_, Failure>(findings)
    };
    let mut findings = context.reporter.during(Stage::Compare, Of::Run, check)?;
    findings.checks.sort_by(|one, other| {
        (&one.name, one.subject, &one.address).cmp(&(&other.name, other.subject, &other.address))
    });
    if request.disk == Disk::ManifestAndZips && settings.tree.commit().is_none() {
        findings.warnings.extend(tracked::warnings(&packages, &findings.checks, context));
    }
    REMARKS.iter().for_each(|remark| remark(&facts, &mut findings));
    for note in &findings.notes {
        context.reporter.report(&Event::Noted(note));
    }
    for (name, warning) in &findings.warnings {
        let lambda = name.as_deref();
        context.reporter.report(&Event::Warned { lambda, warning, is_answer: false });
    }
    // CI and hooks look at the exit code and not at warnings, so there a function that could not be
    // checked is a failure.
    let is_strict = resolving.locking == Locking::Required || request.disk == Disk::Manifest;
    let unreadable = is_strict.then(|| verify::unreadable(&facts)).flatten();
    failures.extend(unreadable);
    context.reporter.fail(&failures);
    Ok(Verified { checks: findings.checks, failures, warnings: recorder.warnings() })
}

/// What was made to be compared; all sorted by name.
struct Made {
    packages: Vec<Package>,
    /// The files that count for each package.
    inputs: Vec<Inputs>,
    /// The zip of each package; none where no zip is looked at.
    zips: Vec<Zip>,
    failures: Vec<Failure>,
}

/// Makes the packages, hashes them, and compares them with their zips.
fn make(
    mut jobs: Vec<Job>,
    mut functions: BTreeMap<String, Vec<Function>>,
    disk: Disk,
    context: &Context<'_>,
) -> Result<Made, Failure> {
    let tree = &context.settings.tree;
    if disk == Disk::ManifestAndZips {
        // A check of its own tells what its functions run on.
        jobs.iter_mut().for_each(|job| job.doubts.others.clear());
    }
    // Also where a state is verified: its hash may be that of a zip on disk with the same members.
    let drafts = (disk != Disk::Manifest).then(Drafts::new).transpose()?;
    let (made, failures, search, imports) = context.with_pipeline(|pipeline| {
        let (made, failures) =
            pipeline.hash_with(jobs, &|Assembled { job, contents, .. }| match &drafts {
                None => Ok((archive::hash(tree, contents)?, None)),
                Some(drafts) => {
                    let (name, path) = (job.lambda.name.as_str(), &*job.output);
                    let place = verify::Place { name, path, shown: &job.shown_output };
                    let (archive, zip) = verify::read_zip(place, contents, drafts, tree)?;
                    Ok((archive, Some(zip)))
                }
            })?;
        let assembled: Vec<&Assembled> = made.iter().map(|it| &it.assembled).collect();
        let search = pipeline.search_paths(&assembled);
        let imports = match disk {
            Disk::ManifestAndZips | Disk::Manifest => pipeline.imports(&assembled),
            Disk::Nothing => Vec::new(),
        };
        Ok::<_, Failure>((made, failures, search, imports))
    })?;
    let (mut search, mut imports) = (search.into_iter(), imports.into_iter());
    let mut result = Made { packages: Vec::new(), inputs: Vec::new(), zips: Vec::new(), failures };
    for Hashed { assembled, package: made, found } in made {
        let functions = functions.remove(&made.name).unwrap_or_default();
        result.inputs.push(assembled.inputs());
        result.zips.extend(found.transpose()?);
        let search = known(search.next(), &mut result.failures);
        let imports: ImportFindings = known(imports.next(), &mut result.failures);
        for note in imports.notes() {
            context.reporter.report(&Event::Noted(&format!("{}: {note}", made.name)));
        }
        let package = package(assembled, made, functions, context.settings);
        result.packages.push(Package { imports, search, ..package });
    }
    Ok(result)
}

/// What was found of a lambda, where somebody looked.
fn known<T: Default>(found: Option<Result<T, Box<Failure>>>, failures: &mut Vec<Failure>) -> T {
    found
        .transpose()
        .unwrap_or_else(|failure| {
            failures.push(*failure);
            None
        })
        .unwrap_or_default()
}

fn package(
    assembled: Assembled,
    made: report::Package,
    functions: Vec<Function>,
    settings: &Settings,
) -> Package {
    let Assembled { job, contents, depends_on_target, .. } = assembled;
    let is_host = |python: &Settled<_>| matches!(python.origin, Origin::Host(_));
    let is_open =
        job.python.as_ref().is_none_or(is_host) || job.architecture.origin == Origin::Default;
    Package {
        entry: manifest::entry(&made, settings),
        made,
        contents,
        directory: job.lambda.path(),
        python: job.python.map(|python| python.value),
        architecture: depends_on_target.then_some(job.architecture.value),
        is_target_open: depends_on_target && is_open,
        function_name: job.function_name,
        handler: job.handler,
        import_policy: job.imports.policy,
        imports: ImportFindings::default(),
        search: SearchPath::default(),
        functions,
    }
}

/// The warning that nothing was verified: whoever installs the hook without a manifest would
/// believe that pushes are checked.
pub(super) fn no_manifest() -> Warning {
    Warning::new(
        code::NO_MANIFEST,
        "no package manifest is configured, so there is nothing to verify",
    )
    .hint("set `manifest = \"packages.json\"` in dofs-package.toml, or where Terraform's files are")
}

/// The failure of a path that was typed and does not exist.
fn no_such_file(path: &Utf8Path) -> Failure {
    Failure::input(code::NO_SUCH_FILE, format!("there is no `{path}`"))
}
