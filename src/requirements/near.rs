//! Files that look like a lambda's requirements and are not read: their absence from the package
//! may be no intention.
//!
//! Names of files for developers (`requirements-dev.txt`) don't count, nor does a file in which no
//! line is a requirement. A file further up serves others, too: it counts where the lambda imports
//! something that it has and Lambda's runtime has not.

use std::collections::BTreeSet;

use camino::{Utf8Path, Utf8PathBuf};

use super::choice::Choice;
use super::find::{LINES, PROJECT};
use super::parse_named;
use super::project;
use crate::report::{Failure, Place};
use crate::tree::{Kind, Tree};
use crate::words::is_near;

/// A file that looks like requirements.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct NearMiss {
    /// Relative to the root.
    pub(crate) path: Utf8PathBuf,
    /// The project in it that the lambda imports, and where; none where the name tells enough.
    pub(crate) imported: Option<(String, Place)>,
}

/// Words in a name that say that the file is for developers, or out of use.
const FOR_OTHERS: &[&str] = &[
    "dev",
    "devel",
    "develop",
    "development",
    "test",
    "tests",
    "testing",
    "doc",
    "docs",
    "lint",
    "linting",
    "linters",
    "ci",
    "typing",
    "types",
    "mypy",
    "build",
    "tools",
    "tooling",
    "local",
    "example",
    "examples",
    "sample",
    "samples",
    "bench",
    "benchmark",
    "benchmarks",
    "debug",
    "format",
    "style",
    "coverage",
    "precommit",
    "old",
    "bak",
    "backup",
    "orig",
    "notebook",
    "notebooks",
    "constraints",
];

/// Words that stand for requirements.
const SHORT: &[&str] = &["reqs", "req", "deps", "dependencies"];

/// Folders that are the code of the folder above them.
const CODE: &[&str] =
    &["src", "app", "code", "lambda", "function", "handler", "source", "package", "python"];

/// What Lambda's runtime brings ("Building Lambda functions with Python" in the developer guide).
const OF_RUNTIME: &[&str] =
    &["boto3", "botocore", "s3transfer", "jmespath", "python-dateutil", "six", "urllib3"];

/// Modules whose projects have other names.
const MODULES: &[(&str, &str)] = &[
    ("attr", "attrs"),
    ("bs4", "beautifulsoup4"),
    ("cv2", "opencv-python-headless"),
    ("cv2", "opencv-python"),
    ("dateutil", "python-dateutil"),
    ("docx", "python-docx"),
    ("dotenv", "python-dotenv"),
    ("fitz", "pymupdf"),
    ("github", "pygithub"),
    ("jose", "python-jose"),
    ("jwt", "pyjwt"),
    ("mysqldb", "mysqlclient"),
    ("nacl", "pynacl"),
    ("openssl", "pyopenssl"),
    ("pil", "pillow"),
    ("pptx", "python-pptx"),
    ("psycopg2", "psycopg2-binary"),
    ("aws_lambda_powertools", "aws-lambda-powertools"),
    ("serial", "pyserial"),
    ("skimage", "scikit-image"),
    ("sklearn", "scikit-learn"),
    ("slugify", "python-slugify"),
    ("telegram", "python-telegram-bot"),
    ("yaml", "pyyaml"),
    ("aws_xray_sdk", "aws-xray-sdk"),
];

/// Finds such files of a lambda that has no requirements. `paths` are those of its own files, kept
/// or left out, relative to its directory.
pub(crate) fn near_misses(
    tree: &Tree,
    directory: &Utf8Path,
    paths: &[&str],
) -> Result<Vec<NearMiss>, Failure> {
    let mut found = Vec::new();
    for path in paths {
        let whole = directory.join(path);
        if looks_like(path, paths) && has_lines(tree, &whole)? {
            found.push(NearMiss { path: whole, imported: None });
        }
    }
    if found.is_empty() {
        found.extend(above(tree, directory, paths)?);
    }
    Ok(found)
}

/// Whether a path is that of a file which looks like requirements: at the lambda's top, in a folder
/// `requirements`, or one folder down by its full name.
fn looks_like(path: &str, all: &[&str]) -> bool {
    match path.split('/').collect::<Vec<_>>()[..] {
        [name] => is_name_like(name),
        ["requirements", name] => {
            name.strip_suffix(".txt").or_else(|| name.strip_suffix(".in")).is_some_and(is_for_use)
        }
        // What an installer left has its own.
        [folder, LINES | "poetry.lock" | "uv.lock" | "Pipfile.lock"] => {
            let is_installed = |other: &&str| {
                let name = other.split('/').next().unwrap_or_default();
                let project = name.strip_suffix(".dist-info").and_then(|it| it.split('-').next());
                project.is_some_and(|project| project.eq_ignore_ascii_case(folder))
            };
            is_for_use(folder) && !folder.ends_with("-info") && !all.iter().any(is_installed)
        }
        _ => false,
    }
}

/// Whether the name of a file is nearly that of a requirements file.
fn is_name_like(name: &str) -> bool {
    let lower = name.to_lowercase();
    if matches!(&*lower, "environment.yml" | "environment.yaml" | "conda.yml" | "conda.yaml") {
        return true;
    }
    let (stem, ending) = lower.rsplit_once('.').unwrap_or((&lower, ""));
    let is_text = matches!(ending, "txt" | "in" | "pip" | "text" | "lock" | "");
    let means = |word: &str| SHORT.contains(&word) || is_near("requirements", word);
    is_text && words(stem).any(means) && is_for_use(stem)
}

/// Whether no word of a name says that the file is for others than the package.
fn is_for_use(name: &str) -> bool {
    let lower = name.to_lowercase();
    !words(&lower).any(|word| FOR_OTHERS.contains(&word))
}

fn words(name: &str) -> impl Iterator<Item = &str> {
    name.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty())
}

/// Whether a file has a line that is a requirement, or includes some.
fn has_lines(tree: &Tree, path: &Utf8Path) -> Result<bool, Failure> {
    let name = path.file_name().unwrap_or_default();
    let Some(text) = text_of(tree, path)? else { return Ok(false) };
    if name.ends_with(".yml") || name.ends_with(".yaml") {
        return Ok(text.lines().any(|line| line.starts_with("dependencies:")));
    }
    if name.ends_with(".lock") {
        return Ok(true);
    }
    let is_one = |line: &str| {
        let line = line.split(" #").next().unwrap_or_default().trim();
        let line = line.split(" --hash").next().unwrap_or_default().trim_end_matches('\\').trim();
        let is_option = ["-r ", "-e ", "-r", "--requirement"].iter().any(|it| line.starts_with(it));
        !line.starts_with('#') && (is_option || parse_named(line).is_ok())
    };
    Ok(text.lines().any(is_one))
}

/// The text of a small file; none for what is no file or no text.
fn text_of(tree: &Tree, path: &Utf8Path) -> Result<Option<String>, Failure> {
    // PowerShell writes UTF-16, in which each other byte of a line is a NUL.
    let decoded = |bytes: Vec<u8>| {
        String::from_utf8_lossy(&bytes).replace(['\0', '\u{feff}', '\u{fffd}'], "")
    };
    match tree.kind(path)? {
        Some(Kind::File { .. }) => Ok(tree.read(path)?.map(decoded)),
        Some(Kind::Directory | Kind::Symlink | Kind::Special) | None => Ok(None),
    }
}

/// Finds the nearest file further up that is the lambda's, by its name or by what it has.
fn above(tree: &Tree, directory: &Utf8Path, paths: &[&str]) -> Result<Option<NearMiss>, Failure> {
    let name = directory.file_name().unwrap_or_default();
    let mut imports = None;
    for (index, folder) in directory.ancestors().skip(1).enumerate() {
        let named = [
            format!("requirements/{name}.txt"),
            format!("requirements-{name}.txt"),
            format!("requirements_{name}.txt"),
            format!("{name}-requirements.txt"),
            format!("{name}_requirements.txt"),
        ];
        for name in named {
            let path = folder.join(name);
            if has_lines(tree, &path)? {
                return Ok(Some(NearMiss { path, imported: None }));
            }
        }
        for name in [LINES, PROJECT, "Pipfile"] {
            let path = folder.join(name);
            let Some(text) = text_of(tree, &path)? else { continue };
            let projects = projects(name, &text, &path);
            if projects.is_empty() {
                continue;
            }
            if index == 0 && CODE.contains(&directory.file_name().unwrap_or_default()) {
                return Ok(Some(NearMiss { path, imported: None }));
            }
            if imports.is_none() {
                imports = Some(imports_of(tree, directory, paths)?);
            }
            let imported = imports.iter().flatten().find_map(|(module, place)| {
                let project = projects.iter().find(|project| gives(project, module))?;
                Some((project.clone(), place.clone()))
            });
            if imported.is_some() {
                return Ok(Some(NearMiss { path, imported }));
            }
        }
    }
    Ok(None)
}

/// The projects that a file requires, normalised, without those of the runtime.
fn projects(name: &str, text: &str, path: &Utf8Path) -> BTreeSet<String> {
    let of_lines = |lines: &mut dyn Iterator<Item = &str>| -> BTreeSet<String> {
        let named = lines.filter_map(|line| {
            let line = line.split(" #").next()?.split(" --").next()?.trim_end_matches('\\').trim();
            Some(parse_named(line).ok()?.name.to_string())
        });
        named.filter(|name| !OF_RUNTIME.contains(&name.as_str())).collect()
    };
    let keys = |table: Option<&toml::Value>| -> BTreeSet<String> {
        let table = table.and_then(toml::Value::as_table);
        let names =
            table.into_iter().flat_map(toml::Table::keys).map(|name| project::normalised(name));
        names.filter(|name| name != "python" && !OF_RUNTIME.contains(&name.as_str())).collect()
    };
    match name {
        LINES => of_lines(&mut text.lines()),
        PROJECT => {
            let Ok(read) = project::read(text.as_bytes(), path) else { return BTreeSet::new() };
            let lines = read.chosen(&Choice::default()).unwrap_or_default();
            let mut all = of_lines(&mut lines.iter().map(|line| line.text.as_str()));
            let poetry = read.table.get("tool").and_then(|it| it.get("poetry"));
            all.extend(keys(poetry.and_then(|it| it.get("dependencies"))));
            all
        }
        _ => {
            let table = text.parse::<toml::Table>().unwrap_or_default();
            keys(table.get("packages"))
        }
    }
}

/// Whether a project gives a module, by their names.
fn gives(project: &str, module: &str) -> bool {
    let module = module.to_lowercase();
    project.replace('-', "_") == module || MODULES.contains(&(module.as_str(), project))
}

/// The modules that a lambda's own files import, with the place, without those that it has itself.
fn imports_of(
    tree: &Tree,
    directory: &Utf8Path,
    paths: &[&str],
) -> Result<Vec<(String, Place)>, Failure> {
    let top =
        |path: &str| path.split('/').next().unwrap_or_default().trim_end_matches(".py").to_owned();
    let own: BTreeSet<String> = paths.iter().map(|path| top(path)).collect();
    let mut found = Vec::new();
    for path in paths.iter().filter(|path| path.ends_with(".py")) {
        let whole = directory.join(path);
        let Some(text) = text_of(tree, &whole)? else { continue };
        for (line, number) in text.lines().zip(1..) {
            let line = line.trim_start();
            let modules: Vec<&str> = match line.split_once([' ', '\t']) {
                Some(("import", rest)) => rest.split(',').collect(),
                Some(("from", rest)) => vec![rest],
                _ => continue,
            };
            for module in modules {
                let ends = |c: char| !c.is_alphanumeric() && c != '_';
                let module = module.trim_start().split(ends).next().unwrap_or_default();
                if !module.is_empty() && !own.contains(module) {
                    found.push((module.to_owned(), Place::new(&whole, Some(number))));
                }
            }
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_are_nearly_right_are_told_from_those_for_developers() {
        for name in [
            "requirments.txt",
            "requirement.txt",
            "Requirements.txt",
            "REQUIREMENTS.TXT",
            "requirements",
            "requirements.in",
            "requirements_for_x.txt",
            "requirements-prod.txt",
            "lambda.requirements.txt",
            "requirements.txt.txt",
            "reqs.txt",
            "deps.txt",
            "environment.yml",
            "requirements.lock",
        ] {
            assert!(is_name_like(name), "{name}");
        }
        for name in [
            "requirements-dev.txt",
            "requirements_test.txt",
            "test-requirements.txt",
            "dev.requirements.txt",
            "requirements.docs.in",
            "requirements-lint.txt",
            "requirements.md",
            "requirements.py",
            "readme.txt",
            "constraints.txt",
            "requirements.bak",
            "required.txt",
        ] {
            assert!(!is_name_like(name), "{name}");
        }
    }

    #[test]
    fn places_are_the_top_the_folder_of_that_name_and_one_folder_down() {
        let all = ["requests-2.0.dist-info/METADATA"];
        for path in ["requirements/base.txt", "src/requirements.txt", "app/uv.lock"] {
            assert!(looks_like(path, &all), "{path}");
        }
        for path in [
            "requirements/dev.txt",
            "tests/requirements.txt",
            "a/b/requirements.txt",
            "requests/requirements.txt",
            "src/requirements-x.txt",
        ] {
            assert!(!looks_like(path, &all), "{path}");
        }
    }
}
