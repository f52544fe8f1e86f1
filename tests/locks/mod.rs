//! Locks: what is written, what is taken from them, and what is refused.
//!
//! Indexes are on loopback; where one stands for the public one, it remembers what it was asked.

mod build;
mod check;
mod cut;
mod floating;
mod foreign;
mod hashed;
mod integrity;
mod private;
mod trust;
mod upgrade;
mod write;

use crate::support::{Index, Project, Run, Tool, Wheel};

/// A module that is enough for a lambda.
const MODULE: &str = "def handler(event, context):\n    return 1\n";

/// Where the lock of the lambda `api` is.
const LOCK: &str = "lambdas/api/pylock.toml";
/// Where its requirements are.
const LINES: &str = "lambdas/api/requirements.txt";

/// `one`, which requires `two`, and `two`.
fn one_and_two() -> [Wheel; 2] {
    let one = Wheel::new("one", "1.0").requires("two").metadata("Requires-Python: >=3.8");
    [one, Wheel::new("two", "1.0")]
}

/// A project for Python 3.12 with one lambda for each requirements file.
fn requiring(files: &[(&str, &str)]) -> Project {
    let project = Project::with(&[("dofs-package.toml", "python = \"3.12\"\n")]);
    for (name, requirements) in files {
        project.write(&format!("lambdas/{name}/{name}.py"), MODULE);
        project.write(&format!("lambdas/{name}/requirements.txt"), requirements);
    }
    project
}

/// The tool with an index within reach of pip, and no other.
fn resolving<'a>(project: &'a Project, index: &Index) -> Tool<'a> {
    let tool = project.tool().env_remove("PIP_NO_INDEX").env_remove("PIP_FIND_LINKS");
    tool.env("PIP_INDEX_URL", index.simple()).env("PIP_RETRIES", "0")
}

/// The tool on a machine without any program, and without a word on indexes.
fn bare(project: &Project) -> Tool<'_> {
    let tool = project.tool().env_remove("PIP_NO_INDEX").env_remove("PIP_FIND_LINKS");
    tool.env("PATH", project.path("no-programs"))
}

/// Makes sure that a run succeeded.
fn succeed(run: Run) -> Run {
    assert_eq!(run.code, 0, "{}", run.text());
    run
}

/// A locked project with an empty store.
fn locked(requirements: &str, wheels: &[Wheel]) -> (Project, Index) {
    let index = Index::serving(wheels);
    let project = requiring(&[("api", requirements)]);
    succeed(resolving(&project, &index).run(&["lock"]));
    index.requests();
    empty_store(&project);
    (project, index)
}

/// Empties the store.
fn empty_store(project: &Project) {
    succeed(project.run(&["cache", "clean"]));
}

/// A text with what differs from run to run blanked out.
fn shown(text: &str, index: &Index, wheels: &[Wheel]) -> String {
    let mut text = text.replace(&index.address(), "[INDEX]");
    for wheel in wheels {
        let name = wheel.project();
        text = text.replace(&wheel.sha256(), &format!("[SHA256 of {name}]"));
        let size = format!("size = {},", wheel.bytes().len());
        text = text.replace(&size, "size = [SIZE],");
    }
    text
}

/// What a file of the project says.
fn text(project: &Project, path: &str) -> String {
    String::from_utf8(project.read(path)).expect("UTF-8")
}

/// The names and versions in a lock.
fn versions(project: &Project, path: &str) -> Vec<String> {
    let lock = text(project, path);
    let value = |line: &str, key: &str| {
        line.strip_prefix(key).map(|value| value.trim_matches(['"', ' ', '=']).to_owned())
    };
    let names = lock.lines().filter_map(|line| value(line, "name = "));
    let versions = lock.lines().filter_map(|line| value(line, "version = "));
    names.zip(versions).map(|(name, version)| format!("{name} {version}")).collect()
}

/// The digests of all wheels in the store, and whatever lies beside them on its way in.
fn kept(project: &Project) -> Vec<String> {
    let entries = walkdir::WalkDir::new(project.store()).sort_by_file_name().into_iter();
    let files = entries.map(|entry| entry.expect("it can be listed"));
    let files = files.filter(|entry| entry.file_type().is_file());
    let names = files.map(|entry| entry.file_name().to_string_lossy().into_owned());
    names.filter(|name| !["CACHEDIR.TAG", "guard", "lock"].contains(&name.as_str())).collect()
}
