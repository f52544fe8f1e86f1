//! `init`: looks at a repository, and writes the config that fits it, files for CI and a hook.
//!
//! What is a lambda is judged by [`crate::adopt`]; with `--terraform` that says what Terraform's files
//! need, too. A file is never overwritten without `--force`: either
//! all files are written or none.

mod advice;
mod config;
mod survey;
mod template;
mod terraform;

use std::collections::{BTreeMap, BTreeSet};

use camino::{Utf8Path, Utf8PathBuf};
use clap::{Args, ValueEnum};

use super::hook::{install_at, refuse};
use super::{Invocation, select, working_directory, write_files};
use crate::adopt::{self, Proposal, Repository, shown};
use crate::event::{Event, Reporter};
use crate::lambda::{DEFAULT_GLOB, NO_LAMBDAS};
use crate::report::{
    Failure, FoundLambda, HookAnswer, OtherFunction, TerraformEdit, Warning, WrittenFile,
    WrittenFiles, code, word,
};
use crate::settings::{self, CONFIG, PackageOptions, ProjectOptions};
use crate::terraform::{Candidate, Code};
use crate::tree::{Kind, Tree, slashes};
use crate::words::{self, shell};
use config::quoted;
use survey::Survey;
use template::{Filling, fill};
use terraform::Wanted;

/// What is written beside the config, and over what.
#[derive(Debug, Args)]
pub(crate) struct InitOptions {
    /// Write what this service runs, too
    #[arg(long, value_enum, value_name = "SERVICE")]
    ci: Option<Service>,
    /// Install this hook of git, too
    #[arg(long, value_enum, value_name = "HOOK")]
    hook: Option<Hook>,
    /// Write anew what is there
    #[arg(long)]
    force: bool,
    /// Ask nothing
    #[arg(long)]
    yes: bool,
    /// Show what the `*.tf` files need to take the packages, as a diff; nothing is written
    #[arg(long, conflicts_with_all = ["ci", "hook", "force"])]
    terraform: bool,
    /// Make these edits, in files that git has as they are
    #[arg(long, requires = "terraform")]
    write: bool,
}

/// Who runs the project's builds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Service {
    /// Of AWS: buildspec.yml
    Codebuild,
    /// Of GitHub: a workflow in .github/workflows
    Github,
}

/// What git runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Hook {
    /// Before a push: the manifest in each pushed commit against its sources
    PrePush,
}

/// The failure of files that exist already.
fn already_there(paths: &[String], hint: &str) -> Failure {
    let quoted: Vec<String> = paths.iter().map(|path| format!("`{path}`")).collect();
    let verb = if quoted.len() == 1 { "is" } else { "are" };
    let message = format!("{} {verb} there already", quoted.join(" and "));
    Failure::input(code::ALREADY_THERE, message).hint(hint)
}

/// Looks at the repository, writes the config that fits it and the files that are asked for, and
/// returns the status of each.
///
/// A config that is there stays as it is; what Terraform has and it has not is told.
pub(crate) fn init(
    options: &InitOptions,
    invocation: Invocation<'_>,
) -> Result<WrittenFiles, Failure> {
    let Invocation { environment, reporter, .. } = invocation;
    let InitOptions { ci, hook, force, .. } = *options;
    let working_directory = &working_directory()?;
    let typed = invocation.options(&PackageOptions::default());
    let root = settings::find_root(&typed, working_directory)?;
    let tree = Tree::new(&root)?;
    let config = settings::config_in(tree.root())?;
    let asks_more = ci.is_some() || hook.is_some();
    let keeps_config = config.is_some() && (asks_more || !force);
    if let Some(path) = config.filter(|path| !keeps_config && *path != CONFIG) {
        let message = format!("the config is in `{path}` already");
        return Err(Failure::input(code::ALREADY_THERE, message).hint("edit it there"));
    }
    let repository = adopt::look(&tree, environment)?;
    repository.warnings.iter().filter(|_| !keeps_config).for_each(|it| reporter.warn(it));
    let survey = survey::survey(&tree, repository.roots.clone())?;
    let terraform = survey.terraform.first().map(Utf8PathBuf::as_path);
    let manifest = terraform.map(|terraform| manifest_folder(terraform, &repository));
    let plan = match keeps_config {
        true => kept(&root, &repository, invocation)?,
        false => proposed(&repository, manifest.is_some(), asks_more)?,
    };
    warn_of_several_roots(&survey, !keeps_config, ci.is_some(), reporter);
    let named = manifest.clone().filter(|_| plan.has_manifest);
    let filling = filling(&tree, &survey, terraform, named, &plan);

    let mut texts = BTreeMap::new();
    // With a pipeline or hook there is more to be set than the places.
    if !keeps_config && (asks_more || plan.needs_config(&survey)) {
        texts.insert(Utf8PathBuf::from(CONFIG), config::config(&plan.proposal, filling.clone()));
    }
    let mut edited = None;
    if options.terraform {
        let folder = manifest.unwrap_or_default();
        let wanted = Wanted {
            lambdas: &plan.candidates,
            manifest: plan.manifest.clone().unwrap_or_else(|| folder.join("packages.json")),
            roots: plan.roots.as_deref(),
            config: config.ok_or_else(|| texts.remove(Utf8Path::new(CONFIG))),
            is_configured: plan.manifest.is_some(),
        };
        edited = Some(terraform::edit(&tree, &wanted, options.write, environment)?);
    }
    match ci {
        Some(Service::Codebuild) => {
            let text = fill(include_str!("templates/buildspec.yml"), &filling);
            texts.insert("buildspec.yml".into(), text);
        }
        Some(Service::Github) => {
            let repository = survey.repository.as_deref().unwrap_or(tree.root());
            let path = tree.relative(&repository.join(workflow(&survey, tree.root())));
            texts.insert(path, fill(include_str!("templates/package.yml"), &filling));
        }
        None => {}
    }
    if hook.is_some() {
        refuse(tree.root(), environment)?;
    }
    let mut advice = advice::of_git(&tree, &plan.zips, environment)?;
    if edited.is_none() {
        advice.extend(next(options, plan.has_manifest));
        if !keeps_config && repository.functions.iter().any(|it| it.archived.is_some()) {
            let step = "let functions take the packages in place of the zips that Terraform makes: `cargo \
                        dofs-package init --terraform` shows the edits";
            advice.push(step.to_owned());
        }
    }
    if !keeps_config && plan.lacks_runtime {
        // The version of this machine would be a guess, and in the config it would look like a fact.
        advice.insert(0, format!("set `python` in {CONFIG} to what the functions run on"));
    }
    write(&tree, &texts, force)?;
    let kept = config.filter(|_| keeps_config);
    let kept = kept.map(|path| WrittenFile::new(path, "kept"));
    let written = texts.keys().map(|path| WrittenFile::new(slashes(path), "written"));
    let kept = kept.filter(|_| edited.is_none());
    let mut files: Vec<WrittenFile> = kept.into_iter().chain(written).collect();
    if hook.is_some() {
        let HookAnswer { status, path, .. } = install_at(tree.root(), environment)?;
        files.extend(path.zip(status).map(|(path, status)| WrittenFile::new(path, word(&status))));
    }
    for found in &plan.found {
        reporter.report(&Event::Found(found));
    }
    for sentence in &plan.unclear {
        reporter.report(&Event::Unclear(sentence));
    }
    if !keeps_config && edited.is_none() && !texts.contains_key(Utf8Path::new(CONFIG)) {
        let why = format!("{CONFIG}: no config is needed where lambdas are in `{DEFAULT_GLOB}`");
        reporter.report(&Event::Skipped(&why));
    }
    let answer = edited.map(|edited| {
        for (sentence, lines) in &edited.unclear {
            reporter.report(&Event::Unclear(sentence));
            lines.iter().for_each(|line| reporter.report(&Event::Advised(line)));
        }
        edited.skipped.iter().for_each(|why| reporter.report(&Event::Skipped(why)));
        for TerraformEdit { place, what } in &edited.answer.edits {
            reporter.report(&Event::Noted(&format!("{place}: {what}")));
        }
        files.extend(edited.files);
        advice.extend(edited.advice);
        edited.answer
    });
    for advice in &advice {
        reporter.report(&Event::Advised(advice));
    }
    let Plan { found, unclear, .. } = plan;
    let (found, unclear) = (Some(found), Some(unclear));
    Ok(WrittenFiles { files, found, unclear, terraform: answer, failures: Vec::new() })
}

/// What a project has, by its config or by the one that is written.
struct Plan {
    proposal: Proposal,
    found: Vec<FoundLambda>,
    /// What can't be told, or is not in the config: a sentence each.
    unclear: Vec<String>,
    /// As functions are matched with them.
    candidates: Vec<Candidate>,
    /// Relative to the root.
    zips: Vec<Utf8PathBuf>,
    has_manifest: bool,
    /// The one of the config that is kept, relative to the root.
    manifest: Option<Utf8PathBuf>,
    /// The folders of the root modules that it names.
    roots: Option<Vec<Utf8PathBuf>>,
    /// Whether nothing says what the functions run on.
    lacks_runtime: bool,
}

impl Plan {
    /// Whether the defaults would not do.
    fn needs_config(&self, survey: &Survey) -> bool {
        !self.proposal.is_default() || self.has_manifest || survey.roots.len() > 1
    }
}

/// What is proposed for a repository.
///
/// # Errors
///
/// Nothing is found, and nothing else is asked for (`asks_more`).
fn proposed(repository: &Repository, has_manifest: bool, asks_more: bool) -> Result<Plan, Failure> {
    if repository.found.is_empty() && !asks_more {
        let count = words::count(repository.count(), "function");
        return Err(match repository.functions.is_empty() {
            true => Failure::input(
                NO_LAMBDAS,
                "no lambda is here: neither a function in `*.tf` files, nor a module with a \
                 function like `lambda_handler(event, context)`",
            )
            .hint("begin one with `cargo dofs-package new NAME`"),
            false if repository.functions.iter().all(|it| it.code == Code::Image) => {
                Failure::input(
                    NO_LAMBDAS,
                    format!(
                        "there is nothing to package: Terraform has {count}, made of container images"
                    ),
                )
            }
            false => Failure::input(
                NO_LAMBDAS,
                format!("Terraform has {count}, and of which folders that is made can't be told"),
            )
            .said(repository.open.iter().cloned())
            .hint(format!("name the folders in {CONFIG}: `lambdas = [\"…\"]`")),
        });
    }
    let proposal = repository.proposal();
    let found = repository.found.iter().map(|found| FoundLambda {
        name: proposal.names[&found.path].clone(),
        kind: if found.is_layer { "layer" } else { "function" },
        path: slashes(Utf8Path::new(shown(&found.path))),
        by: found.by.clone(),
    });
    let mut found: Vec<FoundLambda> = found.collect();
    found.sort_by(|one, other| one.name.cmp(&other.name));
    let mut unclear = repository.open.clone();
    unclear.extend(proposal.disputed.iter().map(|zip| {
        format!("`{zip}` would be the zip of two lambdas: only the first is put there")
    }));
    let zips = proposal.zips.values().cloned().collect();
    let candidates = repository.found.iter().map(|found| Candidate {
        name: proposal.names[&found.path].clone(),
        is_layer: found.is_layer,
        directory: found.path.clone(),
        zip: proposal.zips[&found.path].clone(),
        usual_zip: proposal.zips[&found.path].clone(),
        function_name: None,
        has_dockerfile: false,
    });
    let candidates = candidates.collect();
    let lacks_runtime = !repository.functions.iter().any(|it| it.runtime.known().is_some());
    let (manifest, roots) = (None, None);
    Ok(Plan {
        proposal,
        found,
        unclear,
        candidates,
        zips,
        has_manifest,
        manifest,
        roots,
        lacks_runtime,
    })
}

/// What a project has whose config stays.
fn kept(
    root: &Utf8Path,
    repository: &Repository,
    invocation: Invocation<'_>,
) -> Result<Plan, Failure> {
    let typed = invocation.options(&PackageOptions::default());
    let project = ProjectOptions { root: Some(root.to_owned()), ..typed.project };
    let invocation = Invocation { project: &project, ..invocation };
    let mut plan = Plan {
        proposal: Proposal::default(),
        found: Vec::new(),
        unclear: Vec::new(),
        candidates: Vec::new(),
        zips: Vec::new(),
        has_manifest: false,
        manifest: None,
        roots: None,
        lacks_runtime: false,
    };
    invocation.with_context(&PackageOptions::default(), |context| {
        let settings = context.settings;
        plan.manifest = settings.manifest.as_deref().map(|path| settings.shown(path).into());
        plan.has_manifest = plan.manifest.is_some();
        plan.roots.clone_from(&settings.terraform);
        let selection = match select::select(context, &[], None) {
            Err(failure) if failure.code == NO_LAMBDAS => return Ok(()),
            selection => selection?,
        };
        plan.zips = selection.candidates.iter().map(|it| it.zip.clone()).collect();
        let is_covered = |path: &Utf8Path| {
            selection.candidates.iter().any(|it| it.directory == path)
                || selection.left_out.iter().any(|it| it.path == path)
        };
        for OtherFunction { address, what, from } in &selection.declared.others {
            let by = format!("`{address}` at {from}");
            let found = repository.found.iter().find(|it| it.by == by && !is_covered(&it.path));
            plan.unclear.push(match found {
                Some(found) => format!(
                    "{by} is of no lambda in the config: add its `{}` to `lambdas`",
                    shown(&found.path)
                ),
                None => format!("{by} is of no lambda in the config: it is a {what}"),
            });
        }
        plan.candidates = selection.candidates;
        Ok(())
    })?;
    Ok(plan)
}

/// The next steps for the user.
fn next(options: &InitOptions, has_manifest: bool) -> Vec<String> {
    let mut advice = Vec::new();
    if options.hook.is_some() && !has_manifest {
        advice.push("set `manifest` in dofs-package.toml: without one the hook verifies nothing");
    }
    if options.ci.is_some() {
        advice
            .push("lock requirements with `cargo dofs-package lock`: CI packages with `--locked`");
    }
    advice.push(match has_manifest {
        true => "package with `cargo dofs-package`, and commit the manifest that it writes, too",
        false => "package with `cargo dofs-package`",
    });
    advice.into_iter().map(str::to_owned).collect()
}

/// The folder for the manifest: where Terraform runs; if it runs in several, where the files are that
/// have the functions, or the nearest folder that they have in common.
fn manifest_folder(terraform: &Utf8Path, repository: &Repository) -> Utf8PathBuf {
    if repository.roots.len() < 2 {
        return terraform.to_owned();
    }
    let places = repository.functions.iter().filter_map(|it| it.place.as_ref());
    let folders = places.filter_map(|place| Utf8Path::new(&place.path).parent());
    let folders: BTreeSet<&Utf8Path> = folders.collect();
    let common = |one: &Utf8Path, other: &Utf8Path| -> Utf8PathBuf {
        let parts = one.components().zip(other.components());
        parts.take_while(|(one, other)| one == other).map(|(part, _)| part).collect()
    };
    let first = folders.first().map(|it| it.to_path_buf()).unwrap_or_default();
    folders.iter().fold(first, |folder, other| common(&folder, other))
}

/// Warns where Terraform runs in one of several folders. `writes_config` says whether the config,
/// which names them, is written, and `writes_more` whether files are that name one.
fn warn_of_several_roots(
    survey: &Survey,
    writes_config: bool,
    writes_more: bool,
    reporter: &dyn Reporter,
) {
    let Some(first) = survey.terraform.first() else { return };
    let likely = survey.terraform.iter().chain(&survey.roots).filter(|folder| *folder != first);
    let others: BTreeSet<&Utf8PathBuf> = likely.collect();
    if others.is_empty() {
        return;
    }
    let quoted = |folder: &Utf8PathBuf| format!("`{}`", shown(folder));
    let warn = |message: String, hint| {
        reporter.warn(&Warning::new("several-root-modules", message).hint(hint));
    };
    let names_all = writes_config && survey.roots.len() > 1;
    if names_all {
        let all = words::listed(&survey.roots.iter().map(quoted).collect::<Vec<_>>());
        let message =
            format!("{all} are taken for Terraform's root modules, as all have functions");
        warn(message, "leave out of `terraform` in dofs-package.toml what is not deployed");
    }
    if !names_all || writes_more {
        let others = others.iter().map(|it| quoted(it)).collect::<Vec<_>>().join(" or ");
        let message =
            format!("{} is taken for Terraform's root module, not {others}", quoted(first));
        warn(message, "change the folder in the files that were written");
    }
}

/// The values for the templates.
fn filling(
    tree: &Tree,
    survey: &Survey,
    terraform: Option<&Utf8Path>,
    manifest: Option<Utf8PathBuf>,
    plan: &Plan,
) -> Filling {
    let below = below(survey, tree.root());
    let patterns = advice::patterns(plan.zips.iter().map(Utf8PathBuf::as_path));
    let inside = |it: &String| slashes(&below.join(it.trim_start_matches('/')));
    let mut zips: Vec<String> = patterns.iter().map(inside).collect();
    if zips.is_empty() {
        zips.push(slashes(&below.join("lambdas/*/*.zip")));
    }
    let zips: Vec<String> = zips.iter().map(|zip| quoted(zip)).collect();
    let mut filling = Filling::from([
        ("reports", quoted(&slashes(&below.join("reports")))),
        ("zips", zips.join(", ")),
    ]);
    if let Some(module) = terraform {
        let module = if module == "" { Utf8Path::new(".") } else { module };
        filling.insert("terraform", shell(&slashes(module)));
    }
    if let [_, _, ..] = &survey.roots[..] {
        let roots: Vec<String> =
            survey.roots.iter().map(|it| slashes(Utf8Path::new(shown(it)))).collect();
        filling.insert("roots", config::list(&roots, 80));
    }
    if plan.has_manifest {
        let manifest = manifest.unwrap_or_default().join("packages.json");
        filling.insert("manifest", quoted(&slashes(&manifest)));
    }
    if below != "" {
        filling.insert("prefix", shell(&slashes(below)));
        filling.insert("folder", quoted(&slashes(below)));
    }
    filling
}

/// The project's path in its repository; empty at the top.
fn below<'a>(survey: &Survey, root: &'a Utf8Path) -> &'a Utf8Path {
    let repository = survey.repository.as_deref();
    let below = repository.and_then(|repository| root.strip_prefix(repository).ok());
    below.unwrap_or(Utf8Path::new(""))
}

/// The file of a workflow, relative to the repository's top: one of its own for each project.
fn workflow(survey: &Survey, root: &Utf8Path) -> Utf8PathBuf {
    let plain = |letter: char| if letter.is_ascii_alphanumeric() { letter } else { '-' };
    let project: String = below(survey, root).as_str().chars().map(plain).collect();
    let hyphen = if project.is_empty() { "" } else { "-" };
    format!(".github/workflows/package{hyphen}{project}.yml").into()
}

/// Writes all files, or none.
fn write(tree: &Tree, texts: &BTreeMap<Utf8PathBuf, String>, force: bool) -> Result<(), Failure> {
    let (mut files, mut others) = (Vec::new(), Vec::new());
    for (path, text) in texts {
        match tree.kind(path)? {
            None => {}
            // A run that was killed may have written it.
            Some(Kind::File { .. }) if force || tree.read_found(path)? == text.as_bytes() => {}
            Some(Kind::File { .. }) => files.push(slashes(path)),
            // Nothing is written through a link, or in place of a folder.
            Some(Kind::Directory | Kind::Symlink | Kind::Special) => others.push(slashes(path)),
        }
    }
    match (&files[..], &others[..]) {
        ([], []) => {}
        (_, [_, ..]) => return Err(already_there(&others, "remove it, if nobody needs it")),
        (_, []) => {
            return Err(already_there(
                &files,
                "use `--force` to overwrite, and to lose what differs",
            ));
        }
    }
    write_files(tree, texts)
}
