//! `new`: makes a lambda where the project's globs will find it.

use camino::{Utf8Path, Utf8PathBuf};
use clap::Args;

use super::{Invocation, working_directory, write_files};
use crate::adopt::shown;
use crate::event::Event;
use crate::lambda::{self, Glob, Kind, NO_LAMBDAS};
use crate::report::{Failure, WrittenFile, WrittenFiles, code};
use crate::settings::{PackageOptions, Settings};
use crate::tree::{self, Tree, seen_from, slashes};

/// What is made.
#[derive(Debug, Args)]
pub(crate) struct NewOptions {
    /// What it is called
    name: String,
    /// Make a requirements file, too
    #[arg(long)]
    requirements: bool,
}

/// The module that Lambda calls, as AWS calls it in its own templates.
const MODULE: &str = "lambda_function";
const HANDLER: &str =
    "def lambda_handler(event, context):\n    return {\"message\": \"hello from NAME\"}\n";
const REQUIREMENTS: &str = "# A requirement a line, such as requests==2.32.5.\n";

/// Makes a lambda, and returns its files.
///
/// # Errors
///
/// Something is there already, or no glob of the config would find it.
pub(crate) fn new(
    options: &NewOptions,
    invocation: Invocation<'_>,
) -> Result<WrittenFiles, Failure> {
    let Invocation { environment, reporter, .. } = invocation;
    let name = &*options.name;
    check(name)?;
    let typed = invocation.options(&PackageOptions::default());
    let settings = &Settings::settle(&typed, environment, &working_directory()?)?;
    let tree = &settings.tree;
    refuse_namesake(name, settings)?;
    let path = place(name, settings)?;
    let is_file = path.extension() == Some("py");
    let folder = if is_file { path.parent().unwrap_or(Utf8Path::new("")) } else { path.as_path() };
    let module = if is_file { path.clone() } else { path.join(format!("{MODULE}.py")) };
    let mut texts = vec![(module.clone(), HANDLER.replace("NAME", name))];
    if options.requirements {
        texts.push((folder.join("requirements.txt"), REQUIREMENTS.to_owned()));
    }
    refuse_what_is_there(tree, &path, &texts)?;
    write_files(tree, texts.iter().map(|(path, text)| (path, text)))?;
    let stem = module.file_stem().unwrap_or(MODULE);
    let zip = match lambda::discover(tree, &settings.places)?.named(name) {
        Some(lambda) => settings.zip_of(lambda)?,
        None => tree.absolute(&folder.join(format!("{name}.zip"))),
    };
    let zip = seen_from(&settings.project, &zip);
    let lines = lines(name, &format!("{stem}.lambda_handler"), &zip, settings)?;
    reporter.report(&Event::Advised("package it with `cargo dofs-package`"));
    for (line, place) in lines.iter().zip(["in its function in Terraform", "there", "there"]) {
        reporter.report(&Event::Advised(&format!("set `{line}` {place}")));
    }
    let written = texts.iter().map(|(path, _)| WrittenFile::new(slashes(path), "written"));
    Ok(WrittenFiles { files: written.collect(), ..WrittenFiles::default() })
}

/// Refuses what can be no name of a lambda.
fn check(name: &str) -> Result<(), Failure> {
    let is_plain = |sign: char| sign.is_ascii_alphanumeric() || "-_".contains(sign);
    if !name.is_empty() && !name.starts_with(['_', '-']) && name.chars().all(is_plain) {
        return Ok(());
    }
    Err(Failure::usage(code::LAMBDA_NAME, format!("no lambda can be called `{name}`"))
        .hint("name it with letters, digits, `-` and `_`, and with no `_` in front"))
}

/// Refuses a name that some lambda has.
fn refuse_namesake(name: &str, settings: &Settings) -> Result<(), Failure> {
    let discovered = match lambda::discover(&settings.tree, &settings.places) {
        Err(failure) if failure.code == NO_LAMBDAS => return Ok(()),
        discovered => discovered?,
    };
    match discovered.named(name) {
        Some(lambda) => Err(there_already(shown(&lambda.directory))),
        None => Ok(()),
    }
}

fn there_already(path: &str) -> Failure {
    Failure::input(code::ALREADY_THERE, format!("`{path}` is there already"))
        .hint("choose another name")
}

/// Where a lambda of this name will be found.
fn place(name: &str, settings: &Settings) -> Result<Utf8PathBuf, Failure> {
    let texts = settings.places.globs.iter().filter(|(kind, _)| *kind == Kind::Function);
    let texts: Vec<&String> = texts.map(|(_, glob)| glob).collect();
    let globs = texts.iter().map(|glob| Glob::parse(glob));
    let globs = globs.collect::<Result<Vec<_>, _>>()?;
    let is_out = |path: &Utf8PathBuf| globs.iter().any(|it| it.takes_out && it.is_match(path));
    let found = globs.iter().filter(|glob| !glob.takes_out).filter_map(|glob| glob.path_of(name));
    found.into_iter().find(|path| !is_out(path)).ok_or_else(|| {
        let globs: Vec<String> = texts.iter().map(|it| format!("`{it}`")).collect();
        let globs = if globs.is_empty() { "no glob".to_owned() } else { globs.join(" or ") };
        Failure::input("no-place", format!("no folder in {globs} would be called `{name}`"))
            .hint("add a glob to `lambdas` in the config, such as `\"lambdas/*\"`")
    })
}

/// Refuses to write where something is.
fn refuse_what_is_there(
    tree: &Tree,
    place: &Utf8Path,
    texts: &[(Utf8PathBuf, String)],
) -> Result<(), Failure> {
    let kind = tree.kind(place)?;
    if kind.is_some_and(|it| it != tree::Kind::Directory) || !tree.names(place).is_empty() {
        return Err(there_already(shown(place)));
    }
    for (path, _) in texts {
        if tree.kind(path)?.is_some() {
            return Err(there_already(path.as_str()));
        }
    }
    Ok(())
}

/// The lines of a function in Terraform.
fn lines(
    name: &str,
    handler: &str,
    zip: &Utf8Path,
    settings: &Settings,
) -> Result<[String; 3], Failure> {
    let manifest = settings.manifest.as_deref().map(|path| seen_from(&settings.project, path));
    let handler = format!("handler = \"{handler}\"");
    Ok(match manifest {
        Some(_) => {
            let entry = match name.contains('-') {
                true => format!("local.packages[\"{name}\"]"),
                false => format!("local.packages.{name}"),
            };
            [
                handler,
                format!("filename = \"${{path.module}}/${{{entry}.filename}}\""),
                format!("source_code_hash = {entry}.source_code_hash"),
            ]
        }
        None => {
            let is_root = settings.tree.kind(Utf8Path::new("terraform"))?.is_some();
            let from = if is_root { Utf8Path::new("terraform") } else { Utf8Path::new("") };
            let zip = format!("\"${{path.module}}/{}\"", slashes(&seen_from(from, zip)));
            [
                handler,
                format!("filename = {zip}"),
                format!("source_code_hash = filebase64sha256({zip})"),
            ]
        }
    })
}
