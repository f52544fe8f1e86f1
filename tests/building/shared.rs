//! A library that several lambdas share, and what the store keeps of builds.

use std::path::PathBuf;

use super::{Library, builds, digests, nowhere, requiring, succeed};
use crate::support::{Project, Run, Tool, Wheel};

/// Five lambdas, three of them with the library, each with requirements of its own; where builds
/// are logged.
fn five() -> (Project, PathBuf) {
    let project = requiring(&[
        ("a", "../../shared\n"),
        ("b", "one\n../../shared\n"),
        ("c", "-e ../../shared\n"),
        ("d", "one\n"),
    ]);
    project.write("lambdas/e/e.py", super::MODULE);
    project.publish(&Wheel::new("one", "1.0"));
    Library::new("shared", "1.0").write(&project.path("shared"));
    let log = project.home().join("builds");
    (project, log)
}

fn tool<'a>(project: &'a Project, log: &PathBuf) -> Tool<'a> {
    project.tool().env("BUILD_LOG", log)
}

/// Without any program on PATH.
fn without_programs(project: &Project, arguments: &[&str]) -> Run {
    succeed(project.tool().env("PATH", nowhere(project)).run(arguments))
}

#[test]
fn an_edit_changes_exactly_those_who_share_it() {
    let (project, log) = five();
    let before = digests(&tool(&project, &log));
    project.write("shared/src/shared/__init__.py", "VERSION = \"edited\"\n");
    let after = digests(&tool(&project, &log));
    let changed: Vec<_> = before.iter().filter(|(name, digest)| after[*name] != **digest).collect();
    let changed: Vec<_> = changed.into_iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(changed, ["a", "b", "c"]);
    assert_eq!(before.len(), 5);
}

#[test]
fn one_folder_is_built_once_however_many_share_it() {
    let (project, log) = five();
    digests(&tool(&project, &log));
    assert_eq!(builds(&log), ["shared"]);
}

#[test]
fn what_is_no_source_changes_nothing_and_starts_no_program() {
    let (project, log) = five();
    let before = digests(&tool(&project, &log));
    for path in [
        ".git/HEAD",
        ".hg/hgrc",
        "src/shared/__pycache__/a.pyc",
        "build/lib/a.py",
        "dist/a.whl",
        ".venv/pyvenv.cfg",
        ".venv/bin/python",
        "shared.egg-info/PKG-INFO",
        "src/shared.egg-info/PKG-INFO",
        ".mypy_cache/a",
        ".tox/a",
    ] {
        project.write(&format!("shared/{path}"), "x");
    }
    let module = project.path("shared/src/shared/__init__.py");
    let file = std::fs::File::options().write(true).open(module).unwrap();
    file.set_modified(std::time::SystemTime::UNIX_EPOCH).unwrap();
    let run = without_programs(&project, &["--force"]);
    assert_eq!(run.digests(), before);
    assert_eq!(builds(&log).iter().filter(|it| *it == "shared").count(), builds(&log).len());
}

#[test]
fn a_mode_that_a_program_needs_is_a_change() {
    use std::os::unix::fs::PermissionsExt as _;
    let (project, log) = five();
    let before = digests(&tool(&project, &log));
    let module = project.path("shared/src/shared/__init__.py");
    std::fs::set_permissions(module, std::fs::Permissions::from_mode(0o755)).unwrap();
    assert_ne!(digests(&tool(&project, &log))["a"], before["a"]);
}

#[test]
fn a_lost_or_damaged_wheel_is_built_again() {
    let (project, log) = five();
    let before = digests(&tool(&project, &log));
    for fault in [None, Some("damaged")] {
        for entry in std::fs::read_dir(project.store().join("wheels-1")).unwrap() {
            let path = entry.unwrap().path();
            match fault {
                None => std::fs::remove_file(path).unwrap(),
                Some(text) => std::fs::write(path, text).unwrap(),
            }
        }
        let run = succeed(tool(&project, &log).run(&["-q", "--force"]));
        assert_eq!(run.digests(), before, "{fault:?}");
    }
}

#[test]
fn an_empty_store_gives_the_same_bytes() {
    let (project, log) = five();
    let before = digests(&tool(&project, &log));
    let other = project.home().join("other-store");
    let tool = tool(&project, &log).env("DOFS_PACKAGE_CACHE_DIR", other);
    assert_eq!(succeed(tool.run(&["-q", "--force"])).digests(), before);
    let uncached = succeed(project.run(&["-q", "--force", "--no-cache"]));
    assert_eq!(uncached.digests(), before);
}

#[test]
fn one_store_serves_two_projects_with_the_same_library() {
    let (project, log) = five();
    let before = digests(&tool(&project, &log));
    let (other, _) = five();
    let tool = other.tool().env("DOFS_PACKAGE_CACHE_DIR", project.store());
    let tool = tool.env("BUILD_LOG", &log);
    assert_eq!(digests(&tool), before);
}
