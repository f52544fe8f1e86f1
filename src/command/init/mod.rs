//! `init`: writes a config, files for CI and a hook, made for the project.
//!
//! A file is never overwritten without `--force`: either all files are written or none.

mod survey;
mod template;

use std::collections::{BTreeMap, BTreeSet};

use camino::{Utf8Path, Utf8PathBuf};
use clap::{Args, ValueEnum};

use super::hook::{install_at, refuse};
use super::{Invocation, working_directory};
use crate::event::{Event, Reporter};
use crate::fs;
use crate::report::{Failure, HookAnswer, Warning, WrittenFile, word};
use crate::settings::{self, CONFIG, NoRoot, Options, PackageOptions, ProjectOptions, Settings};
use crate::tree::{Kind, Tree, slashes};
use crate::words::shell;
use survey::Survey;
use template::{Filling, fill};

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

const ALREADY_THERE: &str = "already-there";

/// The failure of files that exist already.
fn already_there(paths: &[String], hint: &str) -> Failure {
    let quoted: Vec<String> = paths.iter().map(|path| format!("`{path}`")).collect();
    let verb = if quoted.len() == 1 { "is" } else { "are" };
    let message = format!("{} {verb} there already", quoted.join(" and "));
    Failure::input(ALREADY_THERE, message).hint(hint)
}

/// Writes the files that are asked for, and returns the status of each.
///
/// An existing config stays as it is where files for CI or a hook are asked for.
pub(crate) fn init(
    options: &InitOptions,
    invocation: Invocation<'_>,
) -> Result<Vec<WrittenFile>, Failure> {
    let Invocation { environment, reporter, .. } = invocation;
    let InitOptions { ci, hook, force } = *options;
    let working_directory = &working_directory()?;
    let typed = invocation.options(&PackageOptions::default());
    let root = match settings::find_root(&typed, working_directory) {
        // A new project begins in the working directory.
        Err(NoRoot::NoProject) => working_directory.clone(),
        root => root?,
    };
    let tree = Tree::new(&root)?;
    let config = settings::config_in(tree.root())?;
    let keeps_config = config.is_some() && (ci.is_some() || hook.is_some());
    if let Some(path) = config.filter(|path| !keeps_config && *path != CONFIG) {
        let message = format!("the config is in `{path}` already");
        return Err(Failure::input(ALREADY_THERE, message).hint("edit it there"));
    }
    let survey = survey::survey(&tree, environment)?;
    let terraform = root_module(&survey, !keeps_config, reporter);
    let has_manifest = if keeps_config {
        let project = ProjectOptions { root: Some(root), ..typed.project };
        let typed = Options { project, ..typed };
        Settings::settle(&typed, environment, working_directory)?.manifest.is_some()
    } else {
        terraform.is_some()
    };
    let filling = filling(&tree, &survey, terraform, has_manifest);

    let mut texts = BTreeMap::new();
    if !keeps_config {
        let text = fill(include_str!("templates/dofs-package.toml"), &filling);
        texts.insert(Utf8PathBuf::from(CONFIG), text);
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
    let mut advice = advice(&tree, options, has_manifest)?;
    if !keeps_config && !survey.has_runtime {
        // The version of this machine would be a guess, and in the config it would look like a fact.
        advice.insert(0, "set `python` in dofs-package.toml to what the functions run on");
    }
    write(&tree, &texts, force)?;
    let kept = config.filter(|_| keeps_config);
    let kept = kept.map(|path| WrittenFile::new(path, "kept"));
    let written = texts.keys().map(|path| WrittenFile::new(slashes(path), "written"));
    let mut all: Vec<WrittenFile> = kept.into_iter().chain(written).collect();
    if hook.is_some() {
        let HookAnswer { status, path, .. } = install_at(tree.root(), environment)?;
        all.extend(path.zip(status).map(|(path, status)| WrittenFile::new(path, word(&status))));
    }
    for advice in &advice {
        reporter.report(&Event::Advised(advice));
    }
    Ok(all)
}

/// The next steps for the user.
fn advice(
    tree: &Tree,
    options: &InitOptions,
    has_manifest: bool,
) -> Result<Vec<&'static str>, Failure> {
    let mut advice = Vec::new();
    let path = Utf8Path::new(".gitignore");
    let ignored = match tree.kind(path)? {
        Some(Kind::File { .. }) => tree.read_found(path)?,
        _ => Vec::new(),
    };
    if memchr::memmem::find(&ignored, b".zip").is_none() {
        advice.push("keep zips out of git: a line `/lambdas/*/*.zip` in .gitignore");
    }
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
    Ok(advice)
}

/// The root module of Terraform, if there is one, with a warning where it is one of several.
/// `writes_config` says whether the config, which names them, is written.
fn root_module<'a>(
    survey: &'a Survey,
    writes_config: bool,
    reporter: &dyn Reporter,
) -> Option<&'a Utf8Path> {
    let first = survey.terraform.first()?;
    let likely = survey.terraform.iter().chain(&survey.roots).filter(|folder| *folder != first);
    let others: BTreeSet<&Utf8PathBuf> = likely.collect();
    if !others.is_empty() {
        let others: Vec<String> = others.iter().map(|folder| format!("`{folder}`")).collect();
        let message =
            format!("`{first}` is taken for Terraform's root module, not {}", others.join(" or "));
        let hint = match writes_config && survey.roots.len() > 1 {
            true => "leave out of `terraform` in dofs-package.toml what is not deployed",
            false => "change the folder in the files that were written",
        };
        reporter.warn(&Warning::new("several-root-modules", message).hint(hint));
    }
    Some(first)
}

/// The values for the templates.
fn filling(
    tree: &Tree,
    survey: &Survey,
    terraform: Option<&Utf8Path>,
    has_manifest: bool,
) -> Filling {
    let below = below(survey, tree.root());
    let mut filling = Filling::from([
        ("reports", quoted(&slashes(&below.join("reports")))),
        ("zips", quoted(&slashes(&below.join("lambdas/*/*.zip")))),
    ]);
    if let Some(module) = terraform {
        let module = if module == "" { Utf8Path::new(".") } else { module };
        filling.insert("terraform", shell(&slashes(module)));
    }
    if let [_, _, ..] = &survey.roots[..] {
        let quoted = |root: &Utf8PathBuf| match root.as_str() {
            "" => quoted("."),
            root => quoted(&slashes(Utf8Path::new(root))),
        };
        let roots: Vec<String> = survey.roots.iter().map(quoted).collect();
        filling.insert("roots", format!("[{}]", roots.join(", ")));
    }
    if has_manifest {
        let manifest = terraform.unwrap_or(Utf8Path::new("")).join("packages.json");
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

/// A text in quotes: a string of JSON is one of TOML and of YAML, too.
fn quoted(text: &str) -> String {
    serde_json::to_string(text).expect("a text is JSON")
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
    let texts: Vec<_> =
        texts.iter().map(|(path, text)| (tree.absolute(path), text.as_bytes())).collect();
    let write = || {
        for folder in texts.iter().filter_map(|(target, _)| target.parent()) {
            fs::create_directory(folder)?;
        }
        let files: Vec<_> = texts.iter().map(|(target, text)| (target.as_path(), *text)).collect();
        fs::write_whole(&files)
    };
    Ok(write().map_err(|error| tree.relative_error(error))?)
}
