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
fn the_most_recently_used_wheels_are_kept_up_to_a_size() {
    let project = packaged();
    age(&project, 40);
    project.publish(&Wheel::new("two", "1.0"));
    project.write("lambdas/api/requirements.txt", "two\n");
    project.digests();
    let sizes: Vec<u64> = wheels(&project).iter().map(|it| it.metadata().unwrap().len()).collect();
    let [both, most] = [sizes.iter().sum::<u64>(), *sizes.iter().max().unwrap()];
    let pruned = |size: u64| {
        let run = project.run(&["cache", "prune", "-q", "--max-size", &format!("{size}B")]);
        assert_eq!(run.code, 0, "{run:?}");
        wheels(&project).len()
    };
    assert_eq!([pruned(both), pruned(most)], [2, 1]);
    let run = project.run(&["build", "--offline", "-q"]);
    assert_eq!(run.code, 0, "the one that was used last is still there: {run:?}");
    assert_eq!(pruned(0), 0);
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
            Verified 4 files, 2.2 kB in [TIME]
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
        warning: the store has damaged files: 2 of 5
        hint: build again: what is damaged is made anew when it is used
    "#]]
    .assert_eq(&said(&["cache", "verify"]));
    expect![[r#"
        exit code: 1
        --- stdout
        {"schema":1,"files":5,"bytes":2264,"damaged":["[DIGEST]","mine"]}
        --- stderr
        warning: the store has damaged files: 2 of 5
        hint: build again: what is damaged is made anew when it is used
    "#]]
    .assert_eq(&said(&["cache", "verify", "--format", "json"]));
}

#[test]
fn a_damaged_record_is_named() {
    let project = packaged();
    for kind in ["resolutions-1", "facts-1"] {
        let folder = std::fs::read_dir(project.store().join(kind)).expect("a folder");
        let record = folder.map(|entry| entry.expect("an entry").path()).next().expect("a record");
        let before = std::fs::read(&record).expect("bytes");
        std::fs::write(&record, &before[..before.len() / 2]).expect("it can be written");
        let run = project.run(&["cache", "verify"]);
        let name = record.file_name().and_then(|name| name.to_str()).expect("a name");
        assert_eq!((run.code, run.stdout), (1, format!("damaged\t{kind}/{name}\n")));
        std::fs::write(&record, before).expect("it can be written");
    }
    assert_eq!(project.run(&["cache", "verify"]).code, 0);
}

#[test]
fn a_store_that_lost_its_tag_gets_it_back() {
    let project = packaged();
    let tag = project.store().join("CACHEDIR.TAG");
    let before = std::fs::read(&tag).expect("a tag");
    for damage in [&b""[..], b"Signature: 8a47"] {
        std::fs::write(&tag, damage).expect("it can be written");
        assert_eq!(project.run(&["-n", "-q"]).code, 0);
        assert_eq!(std::fs::read(&tag).expect("a tag"), before);
    }
    std::fs::remove_file(&tag).expect("a tag");
    assert_eq!(project.run(&["cache", "clean"]).code, 0);
    assert!(!project.store().join("wheels-1").exists());
    // With something that is not ours it is no store.
    std::fs::remove_file(&tag).ok();
    std::fs::write(project.store().join("thesis.txt"), "").expect("it can be written");
    assert_eq!(project.run(&["-n", "-q"]).code, 3);
}

#[test]
fn the_store_is_never_packaged() {
    let project = packaged();
    let before = project.digests();
    project.write("dofs-package.toml", "python = \"3.12\"\ninclude = [\"**\"]\n");
    for folder in ["lambdas/api/store", "lambdas/api/deep/store"] {
        let store = project.path(folder);
        for _ in 0..2 {
            let run = project.tool().env("DOFS_PACKAGE_CACHE_DIR", &store).run(&[]);
            assert_eq!((run.code, run.digests()), (0, before.clone()), "{}", run.stderr);
        }
        // Nor by a run that has another store.
        assert_eq!(project.digests(), before);
    }
}

/// On another user's disk, or one that is read only.
#[cfg(target_os = "linux")]
#[test]
fn a_warm_store_may_be_read_only() {
    use std::os::unix::fs::PermissionsExt;

    let project = packaged();
    let before = project.digests();
    let mut folders = vec![project.store()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                folders.push(path);
            } else {
                std::fs::set_permissions(&path, PermissionsExt::from_mode(0o444)).unwrap();
            }
        }
        std::fs::set_permissions(&folder, PermissionsExt::from_mode(0o555)).unwrap();
    }
    // To root nothing is read only, but in a user namespace of its own (user_namespaces(7)).
    let command = project.tool().command(&["-n"]);
    let mut alone = std::process::Command::new("unshare");
    alone.arg("--user").arg(command.get_program()).args(command.get_args());
    alone.current_dir(command.get_current_dir().expect("a folder"));
    alone.env_clear().envs(command.get_envs().filter_map(|(name, value)| Some((name, value?))));
    let output = alone.output().expect("unshare can be started");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
    let hash = String::from_utf8_lossy(&output.stdout).split('\t').nth(1).map(str::to_owned);
    assert_eq!(hash.as_ref(), before.get("api"), "{said}");
}

#[test]
fn a_store_is_counted_for_scripts_and_for_people_and_a_sound_one_is_told() {
    let project = packaged();
    let run = project.run(&["cache", "size"]);
    let bytes: u64 = run.stdout.trim_end().parse().expect("a number for scripts");
    assert!(bytes > 839, "{run:?}");
    let amount = format!("4 files, {}.{} kB", bytes / 1_000, bytes / 100 % 10);
    assert_eq!(run.stderr, format!("     Counted {amount}\n"));
    let quiet = project.run(&["cache", "size", "-q"]);
    assert_eq!((quiet.stdout, quiet.stderr.as_str()), (run.stdout, ""));

    let verified = project.run(&["cache", "verify"]);

    assert_eq!((verified.code, verified.stdout.as_str()), (0, ""), "{verified:?}");
    assert_eq!(verified.stderr, format!("    Verified {amount} in [TIME]\n"));
}
