//! `cache prune` and `cache verify`.

use std::io::{BufRead as _, BufReader};
use std::path::PathBuf;
use std::process::Stdio;
use std::time::{Duration, SystemTime};

use expect_test::expect;

use crate::support::{Project, Wheel};

/// A module that is enough for a lambda.
const MODULE: &str = "def handler(event, context):\n    return 1\n";

/// A packaged lambda that requires `one`, whose version 1 is in the store.
fn packaged() -> Project {
    let project = Project::with(&[
        ("lambdas/api/api.py", MODULE),
        ("lambdas/api/requirements.txt", "one\n"),
        ("dofs-package.toml", "python = \"3.12\"\n"),
    ]);
    project.publish(&Wheel::new("one", "1.0"));
    project.digests();
    project
}

/// The wheels in the store.
fn wheels(project: &Project) -> Vec<PathBuf> {
    let names = std::fs::read_dir(project.store().join("wheels-1")).expect("a store");
    names.map(|entry| entry.expect("a wheel").path()).collect()
}

/// Lets every wheel in the store look as if it was last used so many days ago.
fn age(project: &Project, days: u64) {
    let then = SystemTime::now() - Duration::from_secs(days * 24 * 60 * 60 + 60);
    for wheel in wheels(project) {
        let file = std::fs::File::options().write(true).open(wheel).expect("a wheel");
        file.set_modified(then).expect("it is ours");
    }
}

#[test]
fn a_wheel_that_no_run_has_used_for_a_month_is_pruned() {
    let project = packaged();
    age(&project, 29);
    expect![[r#"
        exit code: 0
        --- stdout
        --- stderr
             Removed 0 files, 0 B
    "#]]
    .assert_eq(&project.run(&["cache", "prune"]).text());
    assert_eq!(wheels(&project).len(), 1);

    age(&project, 30);
    let run = project.run(&["cache", "prune", "--format", "json"]);
    expect![[r#"
        exit code: 0
        --- stdout
        {"schema":1,"files":1,"bytes":839}
        --- stderr
             Removed 1 file, 839 B
    "#]]
    .assert_eq(&run.text());
    assert_eq!(wheels(&project).len(), 0);
}

#[test]
fn a_wheel_that_a_run_has_used_is_kept() {
    let project = packaged();
    age(&project, 40);
    project.digests();
    let run = project.run(&["cache", "prune", "--days", "1"]);
    assert_eq!((run.code, wheels(&project).len()), (0, 1), "{run:?}");
}

#[test]
fn what_was_pruned_comes_again_in_the_same_version() {
    let project = packaged();
    let before = project.digests();
    age(&project, 40);
    assert_eq!(project.run(&["cache", "prune"]).code, 0);
    project.publish(&Wheel::new("one", "2.0"));

    assert_eq!(project.digests(), before);
    assert_eq!(wheels(&project).len(), 1);
}

#[test]
fn a_folder_that_is_no_store_is_not_pruned() {
    let project = Project::new();
    std::fs::create_dir(project.store().join("wheels-1")).unwrap();
    std::fs::write(project.store().join("wheels-1/mine"), "").unwrap();
    age(&project, 40);
    expect![[r#"
        exit code: 3
        --- stdout
        --- stderr
        error: cannot prune `[STORE]`
          caused by: it has no CACHEDIR.TAG of this tool, so it is no store
        hint: set `DOFS_PACKAGE_CACHE_DIR` to a folder of its own that you can write to
    "#]]
    .assert_eq(&project.run(&["cache", "prune"]).text());
    assert_eq!(wheels(&project).len(), 1);
}

#[test]
fn a_store_that_is_not_there_is_sound_and_has_nothing_to_prune() {
    let project = Project::new();
    std::fs::remove_dir(project.store()).unwrap();
    for command in ["prune", "verify"] {
        let run = project.run(&["cache", command]);
        assert_eq!((run.code, &*run.stdout), (0, ""), "{run:?}");
    }
    assert!(!project.store().exists());
}

#[test]
fn pruning_waits_for_a_run_that_uses_the_store() {
    let project = packaged();
    age(&project, 40);
    let guard = std::fs::File::options().write(true).open(project.store().join("lock")).unwrap();
    guard.lock_shared().unwrap();

    let mut command = project.tool().command(&["cache", "prune"]);
    let mut child = command.stderr(Stdio::piped()).spawn().unwrap();
    let mut said = String::new();
    BufReader::new(child.stderr.take().unwrap()).read_line(&mut said).unwrap();
    let kept = wheels(&project).len();
    guard.unlock().unwrap();
    child.wait().unwrap();

    assert_eq!(said.trim(), "Waiting for another run that uses the store");
    assert_eq!((kept, wheels(&project).len()), (1, 0));
}

#[test]
fn a_damaged_wheel_is_named() {
    let project = packaged();
    expect![[r#"
        exit code: 0
        --- stdout
        --- stderr
    "#]]
    .assert_eq(&project.run(&["cache", "verify"]).text());
    let wheel = &wheels(&project)[0];
    let mut bytes = std::fs::read(wheel).unwrap();
    bytes[50] ^= 1;
    std::fs::write(wheel, bytes).unwrap();
    std::fs::write(wheel.with_file_name("mine"), "").unwrap();

    let digest = wheel.file_name().unwrap().to_str().unwrap();
    let said = |arguments: &[&str]| project.run(arguments).text().replace(digest, "[DIGEST]");
    expect![[r#"
        exit code: 1
        --- stdout
        damaged	[DIGEST]
        damaged	mine
        --- stderr
        warning: the store has damaged wheels: 2 of 2
        hint: build again: what is damaged is fetched again when it is used
    "#]]
    .assert_eq(&said(&["cache", "verify"]));
    expect![[r#"
        exit code: 1
        --- stdout
        {"schema":1,"files":2,"bytes":839,"damaged":["[DIGEST]","mine"]}
        --- stderr
        warning: the store has damaged wheels: 2 of 2
        hint: build again: what is damaged is fetched again when it is used
    "#]]
    .assert_eq(&said(&["cache", "verify", "--format", "json"]));
}
