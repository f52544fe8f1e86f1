//! `lock --check`: whether a lock is one for the lines and the target.

use expect_test::expect;

use super::{LINES, LOCK, bare, locked, one_and_two, requiring, text};

#[test]
fn locks_that_are_missing_stale_or_fresh_are_told_apart() {
    let (project, _index) = locked("one\n", &one_and_two());
    project.write("lambdas/hashed/hashed.py", super::MODULE);
    let hash = "0".repeat(64);
    let line = format!("one==1.0 --hash=sha256:{hash}\n");
    project.write("lambdas/hashed/requirements.txt", line);
    project.write("lambdas/missing/missing.py", super::MODULE);
    project.write("lambdas/missing/requirements.txt", "one\n");

    let all = bare(&project).run(&["lock", "--check"]);
    let fresh = bare(&project).run(&["lock", "--check", "api", "hashed"]);
    let other = bare(&project).run(&["lock", "--check", "api", "--arch", "arm64"]);
    project.write(LINES, "one\ntwo\n");
    let stale = bare(&project).run(&["lock", "--check", "api", "--format", "json"]);

    expect![[r#"
        exit code: 1
        --- stdout
        api	fresh	lambdas/api/pylock.toml
        hashed	hashed	lambdas/hashed/requirements.txt
        missing	missing	lambdas/missing/pylock.toml
        --- stderr
             Missing missing
            Finished 3 locks, 2 unchanged in [TIME]
    "#]]
    .assert_eq(&all.text());
    expect![[r#"
        exit code: 0
        --- stdout
        api	fresh	lambdas/api/pylock.toml
        hashed	hashed	lambdas/hashed/requirements.txt
        --- stderr
            Finished 2 locks, all unchanged in [TIME]
    "#]]
    .assert_eq(&fresh.text());
    expect![[r#"
        exit code: 1
        --- stdout
        api	stale	lambdas/api/pylock.toml
        --- stderr
               Stale api: it is for python3.12 on x86_64, not for python3.12 on arm64
            Finished 1 lock in [TIME]
    "#]]
    .assert_eq(&other.text());
    expect![[r#"
        exit code: 1
        --- stdout
        {"schema":1,"tool":{"name":"cargo-dofs-package","version":"0.1.0","format":1},"locks":[{"name":"api","status":"stale","path":"lambdas/api/pylock.toml","packages":0,"reason":"the requirements have changed since"}],"failures":[]}
        --- stderr
               Stale api: the requirements have changed since
            Finished 1 lock in [TIME]
    "#]].assert_eq(&stale.text());
}

#[test]
fn comments_and_the_order_of_blanks_make_no_lock_stale() {
    let (project, _index) = locked("one\n", &one_and_two());

    project.write(LINES, "\u{feff}# what we need\r\none   # this\r\n\r\n");

    assert_eq!(bare(&project).run(&["lock", "--check"]).code, 0);
}

#[test]
fn a_check_writes_nothing() {
    let project = requiring(&[("api", "one\n")]);

    let run = bare(&project).run(&["lock", "--check"]);

    assert_eq!(run.code, 1);
    assert!(!project.path(LOCK).exists());
}

#[test]
fn another_wheel_of_the_same_name_makes_a_lock_stale() {
    let wheel = crate::support::Wheel::new("own", "1.0");
    let project = requiring(&[("api", "../../own-1.0-py3-none-any.whl\n")]);
    project.write("own-1.0-py3-none-any.whl", wheel.bytes());
    super::succeed(project.run(&["lock"]));
    project.write("own-1.0-py3-none-any.whl", wheel.file("own/new.py", "").bytes());

    let check = bare(&project).run(&["lock", "--check"]);
    let build = project.run(&["build", "--locked"]);
    super::succeed(project.run(&["lock"]));
    super::succeed(project.run(&["build", "--locked"]));

    expect![[r#"
        exit code: 1
        --- stdout
        api	stale	lambdas/api/pylock.toml
        --- stderr
               Stale api: it does not have `own-1.0-py3-none-any.whl` as it is now
            Finished 1 lock in [TIME]
    "#]]
    .assert_eq(&check.text());
    expect![[r#"
        exit code: 6
        --- stdout
        --- stderr
        error: the lock is stale, and `--locked` demands a fresh one
          --> lambdas/api/pylock.toml
          caused by: it does not have `own-1.0-py3-none-any.whl` as it is now
        hint: run `cargo dofs-package lock api`, and commit the lock
        error: 1 of 1 lambda could not be packaged
    "#]]
    .assert_eq(&build.text());
    assert!(project.entries("lambdas/api/api.zip").contains_key("own/new.py"));
    assert!(text(&project, LOCK).contains("path = \"../../own-1.0-py3-none-any.whl\""));
}

#[test]
fn that_there_is_nothing_to_lock_is_said() {
    let project = crate::support::Project::with(&[("lambdas/api/api.py", super::MODULE)]);
    for arguments in [&["lock"][..], &["lock", "--check"]] {
        let run = project.run(arguments);
        assert_eq!(run.stderr, "    Finished 1 lambda without requirements: nothing to lock\n");
        assert_eq!((run.code, run.stdout.as_str()), (0, ""));
    }
}
