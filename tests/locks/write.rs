//! `lock`: what is written and said.

use expect_test::expect;

use super::{
    LINES, LOCK, MODULE, empty_store, locked, one_and_two, requiring, resolving, shown, succeed,
    text,
};
use crate::support::{Index, Project, Wheel};

#[test]
fn a_lock_names_each_wheel_with_its_address() {
    let wheels = one_and_two();
    let index = Index::serving(&wheels);
    let project = requiring(&[("api", "one\n")]);

    let run = resolving(&project, &index).run(&["lock"]);

    expect![[r#"
        exit code: 0
        --- stdout
        api	written	lambdas/api/pylock.toml
        --- stderr
           Resolving lambdas/api/requirements.txt for python3.12 on x86_64
            Resolved lambdas/api/requirements.txt: 2 wheels
              Locked api (2 packages)
            Finished 1 lock in [TIME]
    "#]]
    .assert_eq(&run.text());
    expect![[r##"
        # Made by `cargo dofs-package lock`. That command makes it anew; it need not be edited.
        lock-version = "1.0"
        environments = [
            "implementation_name == 'cpython' and platform_machine == 'x86_64' and python_version == '3.12' and sys_platform == 'linux'",
        ]
        requires-python = "==3.12.*"
        created-by = "cargo-dofs-package"

        [[packages]]
        name = "one"
        version = "1.0"
        requires-python = ">=3.8"
        dependencies = [
            { name = "two" },
        ]
        wheels = [
            { name = "one-1.0-py3-none-any.whl", url = "http://[INDEX]/one-1.0-py3-none-any.whl", size = [SIZE], hashes = { sha256 = "[SHA256 of one]" } },
        ]

        [[packages]]
        name = "two"
        version = "1.0"
        wheels = [
            { name = "two-1.0-py3-none-any.whl", url = "http://[INDEX]/two-1.0-py3-none-any.whl", size = [SIZE], hashes = { sha256 = "[SHA256 of two]" } },
        ]

        [tool.cargo-dofs-package]
        source = "requirements.txt"
        requirements-sha256 = "d89148ed4cd95ef64ea594de9499d445be6e9898bfa662efdc02610957329b46"
        python = "3.12"
        architecture = "x86_64"
        said = ["python"]
    "##]].assert_eq(&shown(&text(&project, LOCK), &index, &wheels));
}

#[test]
fn a_local_wheel_is_named_by_its_path() {
    let (wheel, other) = (Wheel::new("own", "2.0").requires("one"), Wheel::new("one", "1.0"));
    let index = Index::serving(std::slice::from_ref(&other));
    let project = requiring(&[("api", "../../wheels/own-2.0-py3-none-any.whl\n")]);
    project.write("wheels/own-2.0-py3-none-any.whl", wheel.bytes());

    succeed(resolving(&project, &index).run(&["lock"]));

    expect![[r##"
        # Made by `cargo dofs-package lock`. That command makes it anew; it need not be edited.
        lock-version = "1.0"
        environments = [
            "implementation_name == 'cpython' and platform_machine == 'x86_64' and python_version == '3.12' and sys_platform == 'linux'",
        ]
        requires-python = "==3.12.*"
        created-by = "cargo-dofs-package"

        [[packages]]
        name = "one"
        version = "1.0"
        wheels = [
            { name = "one-1.0-py3-none-any.whl", url = "http://[INDEX]/one-1.0-py3-none-any.whl", size = [SIZE], hashes = { sha256 = "[SHA256 of one]" } },
        ]

        [[packages]]
        name = "own"
        version = "2.0"
        dependencies = [
            { name = "one" },
        ]
        wheels = [
            { name = "own-2.0-py3-none-any.whl", path = "../../wheels/own-2.0-py3-none-any.whl", size = [SIZE], hashes = { sha256 = "[SHA256 of own]" } },
        ]

        [tool.cargo-dofs-package]
        source = "requirements.txt"
        requirements-sha256 = "0b18a4f3a2cf7fc4f39914e3d444eed016accc706f39dbc79cd412a6b7091c6e"
        python = "3.12"
        architecture = "x86_64"
        said = ["python"]
    "##]].assert_eq(&shown(&text(&project, LOCK), &index, &[wheel, other]));
}

#[test]
fn the_answer_is_json_where_it_is_asked_for() {
    let index = Index::serving(&one_and_two());
    let project = requiring(&[("api", "one\n"), ("broken", "three\n"), ("other", "two\n")]);
    project.write("lambdas/plain/plain.py", MODULE);

    let run = resolving(&project, &index).run(&["lock", "--format", "json", "-q"]);

    expect![[r#"
        exit code: 4
        --- stdout
        {"schema":1,"tool":{"name":"cargo-dofs-package","version":"0.1.0","format":1},"locks":[{"name":"api","status":"written","path":"lambdas/api/pylock.toml","packages":2,"reason":null},{"name":"other","status":"written","path":"lambdas/other/pylock.toml","packages":1,"reason":null}],"failures":[{"name":"broken","code":"no-wheel-fits","message":"no wheel of `three` fits python3.12 on x86_64","causes":["`http://[INDEX]/simple` has no such project (404 Not Found)"],"hint":"check the spelling; require a version that has wheels for the target, or build one (`pip wheel --no-deps`) and require it by its path","path":"lambdas/broken/requirements.txt","line":1}]}
        --- stderr
        error: no wheel of `three` fits python3.12 on x86_64
          --> lambdas/broken/requirements.txt:1
          caused by: `http://[INDEX]/simple` has no such project (404 Not Found)
        hint: check the spelling; require a version that has wheels for the target, or build one (`pip wheel --no-deps`) and require it by its path
    "#]].assert_eq(&run.text().replace(&index.address(), "[INDEX]"));
}

#[test]
fn a_fresh_lock_is_not_touched() {
    let (project, _) = locked("one\n", &one_and_two());
    let modified = || std::fs::metadata(project.path(LOCK)).unwrap().modified().unwrap();
    let (bytes, time) = (project.read(LOCK), modified());

    // Nothing is asked of anybody: there is no store, no index and no Python.
    let run = super::bare(&project).run(&["lock"]);

    expect![[r#"
        exit code: 0
        --- stdout
        api	fresh	lambdas/api/pylock.toml
        --- stderr
            Finished 1 lock, unchanged in [TIME]
    "#]]
    .assert_eq(&run.text());
    assert_eq!((project.read(LOCK), modified()), (bytes, time));
}

#[test]
fn a_package_that_is_not_there_leaves_the_lock_as_it_is() {
    let (project, index) = locked("one\n", &one_and_two());
    let before = project.read(LOCK);
    project.write(LINES, "one\nthree\n");

    let run = resolving(&project, &index).run(&["lock"]);

    expect![[r#"
        exit code: 4
        --- stdout
        --- stderr
           Resolving lambdas/api/requirements.txt for python3.12 on x86_64
           Resolving lambdas/api/requirements.txt for python3.12 on x86_64
        error: no wheel of `three` fits python3.12 on x86_64
          --> lambdas/api/requirements.txt:2
          caused by: `http://[INDEX]/simple` has no such project (404 Not Found)
        hint: check the spelling; require a version that has wheels for the target, or build one (`pip wheel --no-deps`) and require it by its path
    "#]].assert_eq(&run.text().replace(&index.address(), "[INDEX]"));
    assert_eq!(project.read(LOCK), before);
    assert_eq!(project.leftovers(), Vec::<std::path::PathBuf>::new());
}

#[test]
fn lambdas_of_other_names_are_left_alone() {
    let index = Index::serving(&one_and_two());
    let project = requiring(&[("api", "one\n"), ("other", "two\n")]);

    let run = resolving(&project, &index).run(&["lock", "other"]);
    let unknown = resolving(&project, &index).run(&["lock", "othr"]);

    expect![[r#"
        exit code: 0
        --- stdout
        other	written	lambdas/other/pylock.toml
        --- stderr
           Resolving lambdas/other/requirements.txt for python3.12 on x86_64
            Resolved lambdas/other/requirements.txt: 1 wheel
              Locked other (1 package)
            Finished 1 lock in [TIME]
    "#]]
    .assert_eq(&run.text());
    assert!(!project.path(LOCK).exists());
    expect![[r#"
        exit code: 2
        --- stdout
        --- stderr
        error: no lambda is called `othr`
        hint: did you mean `other`?
    "#]]
    .assert_eq(&unknown.text());
}

#[test]
fn a_lambda_without_requirements_gets_no_lock() {
    let project = Project::with(&[("lambdas/api/api.py", MODULE)]);

    let run = project.run(&["lock"]);

    expect![[r#"
        exit code: 0
        --- stdout
        --- stderr
            Finished 1 lambda without requirements: nothing to lock
    "#]]
    .assert_eq(&run.text());
    assert!(!project.path(LOCK).exists());
}

#[test]
fn a_lock_is_made_offline_of_what_the_store_knows() {
    let index = Index::serving(&one_and_two());
    let project = requiring(&[("api", "one\n")]);
    succeed(resolving(&project, &index).run(&["build"]));

    let known = resolving(&project, &index).run(&["lock", "--offline"]);
    std::fs::remove_file(project.path(LOCK)).unwrap();
    empty_store(&project);
    let unknown = resolving(&project, &index).run(&["lock", "--offline"]);

    expect![[r#"
        exit code: 0
        --- stdout
        api	written	lambdas/api/pylock.toml
        --- stderr
              Locked api (2 packages)
            Finished 1 lock in [TIME]
    "#]]
    .assert_eq(&known.text());
    expect![[r#"
        exit code: 6
        --- stdout
        --- stderr
        error: the store has no answer for `lambdas/api/requirements.txt`
          --> lambdas/api/requirements.txt
        hint: run once without `--offline`
    "#]]
    .assert_eq(&unknown.text());
}

#[test]
fn a_target_that_comes_from_this_machine_is_not_locked() {
    let index = Index::serving(&one_and_two());
    let project = requiring(&[("api", "one\n")]);
    std::fs::remove_file(project.path("dofs-package.toml")).unwrap();

    let run = resolving(&project, &index).run(&["lock"]);

    expect![[r#"
        exit code: 4
        --- stdout
        --- stderr
        error: no Python version is set, and a lock is made for one: that of this machine is a guess
          --> lambdas/api
        hint: set `python` in dofs-package.toml, or in its `[lambda.NAME]`, to what the function runs on
    "#]].assert_eq(&run.text());
    assert!(!project.path(LOCK).exists());
}

#[test]
fn a_lock_that_cannot_be_read_is_made_anew() {
    let (project, index) = locked("one\n", &one_and_two());
    let before = text(&project, LOCK);
    project.write(LOCK, format!("<<<<<<< ours\n{before}"));

    let build = resolving(&project, &index).run(&["build"]);
    let check = resolving(&project, &index).run(&["lock", "--check"]);
    let lock = resolving(&project, &index).run(&["lock"]);

    expect![[r#"
        exit code: 4
        --- stdout
        --- stderr
        error: the lock can't be read
          --> lambdas/api/pylock.toml:1
          caused by: key with no value, expected `=`
        hint: run `cargo dofs-package lock` to make it anew
        error: 1 of 1 lambda could not be packaged
    "#]]
    .assert_eq(&build.text());
    expect![[r#"
        exit code: 4
        --- stdout
        --- stderr
        error: the lock can't be read
          --> lambdas/api/pylock.toml:1
          caused by: key with no value, expected `=`
        hint: run `cargo dofs-package lock` to make it anew
    "#]]
    .assert_eq(&check.text());
    expect![[r#"
        exit code: 0
        --- stdout
        api	written	lambdas/api/pylock.toml
        --- stderr
           Resolving lambdas/api/requirements.txt for python3.12 on x86_64
            Resolved lambdas/api/requirements.txt: 2 wheels
              Locked api (2 packages)
            Finished 1 lock in [TIME]
    "#]]
    .assert_eq(&lock.text());
    assert_eq!(text(&project, LOCK), before);
}

#[test]
fn two_lambdas_that_name_their_own_copies_of_a_wheel_lock_their_own() {
    let index = Index::serving(&[]);
    let line = "./own-1.0-py3-none-any.whl\n";
    let project = requiring(&[("api", line), ("other", line)]);
    for name in ["api", "other"] {
        let path = format!("lambdas/{name}/own-1.0-py3-none-any.whl");
        project.write(&path, Wheel::new("own", "1.0").bytes());
    }

    succeed(resolving(&project, &index).run(&["lock"]));

    for name in ["api", "other"] {
        let lock = text(&project, &format!("lambdas/{name}/pylock.toml"));
        assert!(lock.contains("path = \"own-1.0-py3-none-any.whl\""), "{name}: {lock}");
    }
}
