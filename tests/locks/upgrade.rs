//! Which versions stay when a lock is made again.

use expect_test::expect;

use super::{LINES, LOCK, locked, resolving, succeed, versions};
use crate::support::{Index, Project, Wheel};

/// A lock of `one`, which requires `two`, and of `other`; then a 2.0 of each comes out.
fn outdated() -> (Project, Index) {
    let one = |version| Wheel::new("one", version).requires("two");
    let wheels = [one("1.0"), Wheel::new("two", "1.0"), Wheel::new("other", "1.0")];
    let (project, index) = locked("one\nother\n", &wheels);
    for wheel in [one("2.0"), Wheel::new("two", "2.0"), Wheel::new("other", "2.0")] {
        index.publish(&wheel);
    }
    (project, index)
}

#[test]
fn everything_is_upgraded_if_nothing_is_named() {
    let (project, index) = outdated();

    let run = resolving(&project, &index).run(&["lock", "--upgrade"]);

    expect![[r#"
        exit code: 0
        --- stdout
        api	written	lambdas/api/pylock.toml
        --- stderr
           Resolving lambdas/api/requirements.txt for python3.12 on x86_64
            Resolved lambdas/api/requirements.txt: 3 wheels
              Locked api (3 packages)
            Finished 1 lock in [TIME]
    "#]]
    .assert_eq(&run.text());
    assert_eq!(versions(&project, LOCK), ["one 2.0", "other 2.0", "two 2.0"]);
}

#[test]
fn a_package_is_upgraded_with_what_it_requires() {
    let (project, index) = outdated();

    succeed(resolving(&project, &index).run(&["lock", "--upgrade", "One"]));

    assert_eq!(versions(&project, LOCK), ["one 2.0", "other 1.0", "two 2.0"]);
}

#[test]
fn versions_stay_when_a_line_is_added() {
    let (project, index) = outdated();
    index.publish(&Wheel::new("new", "1.0"));
    project.write(LINES, "one\nother\nnew\n");

    succeed(resolving(&project, &index).run(&["lock"]));

    assert_eq!(versions(&project, LOCK), ["new 1.0", "one 1.0", "other 1.0", "two 1.0"]);
}

#[test]
fn a_line_that_wants_another_version_gets_it_and_the_rest_stays() {
    let (project, index) = outdated();
    project.write(LINES, "one\nother>=2\n");

    succeed(resolving(&project, &index).run(&["lock"]));

    assert_eq!(versions(&project, LOCK), ["one 1.0", "other 2.0", "two 1.0"]);
}

#[test]
fn only_versions_that_cannot_stay_are_chosen_anew() {
    let (project, index) = outdated();
    index.publish(&Wheel::new("new", "1.0").requires("two>=2"));
    project.write(LINES, "one\nother\nnew\n");

    let run = succeed(resolving(&project, &index).run(&["lock"]));

    expect![[r#"
        exit code: 0
        --- stdout
        api	written	lambdas/api/pylock.toml
        --- stderr
           Resolving lambdas/api/requirements.txt for python3.12 on x86_64
           Resolving lambdas/api/requirements.txt for python3.12 on x86_64
            Resolved lambdas/api/requirements.txt: 4 wheels
        warning: `api`: versions that could not stay were chosen anew: `one==1.0`, `two==1.0`
              Locked api (4 packages)
            Finished 1 lock in [TIME]
    "#]]
    .assert_eq(&run.text());
    assert_eq!(versions(&project, LOCK), ["new 1.0", "one 2.0", "other 1.0", "two 2.0"]);
}

#[test]
fn another_version_of_a_local_wheel_lets_the_rest_stay() {
    let name = |version: &str| format!("../../own-{version}-py3-none-any.whl\n");
    let index = Index::serving(&[Wheel::new("other", "1.0")]);
    let project = super::requiring(&[("api", &(name("1.0") + "other\n"))]);
    for version in ["1.0", "2.0"] {
        let path = format!("own-{version}-py3-none-any.whl");
        project.write(&path, Wheel::new("own", version).bytes());
    }
    succeed(resolving(&project, &index).run(&["lock"]));
    index.publish(&Wheel::new("other", "2.0"));
    project.write(LINES, name("2.0") + "other\n");

    succeed(resolving(&project, &index).run(&["lock"]));

    assert_eq!(versions(&project, LOCK), ["other 1.0", "own 2.0"]);
}

#[test]
fn a_package_that_no_lock_has_is_told_of() {
    let (project, index) = outdated();
    let before = project.read(LOCK);

    // Whoever means the lambda writes it first; this is the package `api`.
    let run = resolving(&project, &index).run(&["lock", "--upgrade", "api"]);

    expect![[r#"
        exit code: 0
        --- stdout
        api	fresh	lambdas/api/pylock.toml
        --- stderr
        warning: no lock has a package `api` to be upgraded
        hint: name a package of the lock; the name of a lambda stands before `--upgrade`
           Resolving lambdas/api/requirements.txt for python3.12 on x86_64
            Resolved lambdas/api/requirements.txt: 3 wheels
            Finished 1 lock, unchanged in [TIME]
    "#]]
    .assert_eq(&run.text());
    assert_eq!(project.read(LOCK), before);
}
