//! `build` with a lock: exactly its wheels, without Python, on any machine.

use expect_test::expect;

use super::{
    LINES, LOCK, MODULE, bare, empty_store, locked, one_and_two, requiring, resolving, succeed,
    text,
};
use crate::support::{Index, Project, Wheel};

#[test]
fn wheels_are_fetched_by_their_addresses_without_any_program() {
    let wheels = one_and_two();
    let index = Index::serving(&wheels);
    let project = requiring(&[("api", "one\n")]);
    succeed(resolving(&project, &index).run(&["lock"]));
    let before = succeed(resolving(&project, &index).run(&["build"])).digests();
    empty_store(&project);
    index.requests();

    let run = succeed(bare(&project).run(&["build", "-v", "--locked"]));

    let sizes = wheels.iter().map(|wheel| wheel.bytes().len()).sum::<usize>();
    let talk = run.text().replace(&format!("{sizes} B"), "[SIZE]");
    expect![[r#"
        exit code: 0
        --- stdout
        api	lp6ytGlyGUR/TJzXfdDhWxEf3O5chUCtjHBkq5eWGpw=	lambdas/api/api.zip
        --- stderr
                Note 1 lambda
            Fetching 2 wheels, 1.7 kB
             Fetched 2 wheels
           Unchanged api (1.9 kB, 10 files)
            Finished 1 package, unchanged in [TIME]
    "#]]
    .assert_eq(&talk);
    assert_eq!(run.digests(), before);
    let mut requests = index.requests();
    requests.sort();
    expect![[r#"
        GET /one-1.0-py3-none-any.whl
        GET /two-1.0-py3-none-any.whl"#]]
    .assert_eq(&requests.join("\n"));
    // A second run has all it needs.
    succeed(bare(&project).run(&["build", "--frozen"]));
    assert_eq!(index.requests(), Vec::<String>::new());
}

#[cfg(unix)]
#[test]
fn python_is_not_asked_where_there_is_one() {
    let (project, _index) = locked("one\n", &one_and_two());
    let programs = project.lone_program("python3", "touch \"$HOME/was-run\"; exit 1");

    succeed(bare(&project).env("PATH", programs).run(&["build"]));

    assert!(!project.home().join("was-run").exists());
}

#[test]
fn another_machine_gives_the_same_bytes() {
    let (project, index) = locked("one\n", &one_and_two());
    let other = Project::new();
    for path in ["dofs-package.toml", "lambdas/api/api.py", LINES, LOCK] {
        other.write(path, project.read(path));
    }

    let here = succeed(resolving(&project, &index).run(&["build"])).digests();
    let there = succeed(bare(&other).env("TZ", "Asia/Tokyo").run(&["build"])).digests();

    assert_eq!(here, there);
    assert_eq!(project.read("lambdas/api/api.zip"), other.read("lambdas/api/api.zip"));
}

#[test]
fn a_wheel_of_a_folder_that_another_machine_lacks_is_found_by_pip() {
    let project = requiring(&[("api", "one\n")]);
    one_and_two().iter().for_each(|wheel| drop(project.publish(wheel)));
    succeed(project.run(&["lock"]));
    let here = succeed(project.run(&["build"])).digests();
    let (other, index) = (Project::new(), Index::serving(&one_and_two()));
    for path in ["dofs-package.toml", "lambdas/api/api.py", LINES, LOCK] {
        other.write(path, project.read(path));
    }

    let run = succeed(resolving(&other, &index).run(&["build", "--locked"]));

    assert_eq!(run.digests(), here);
    expect![[r#"
        exit code: 0
        --- stdout
        api	lp6ytGlyGUR/TJzXfdDhWxEf3O5chUCtjHBkq5eWGpw=	lambdas/api/api.zip
        --- stderr
            Fetching 2 wheels with pip
             Fetched 2 wheels
            Packaged api (1.9 kB, 10 files)
            Finished 1 package in [TIME]
    "#]]
    .assert_eq(&run.text());
}

#[test]
fn a_wheel_of_a_folder_is_taken_from_there_without_pip() {
    let project = requiring(&[("api", "one\n")]);
    one_and_two().iter().for_each(|wheel| drop(project.publish(wheel)));
    succeed(project.run(&["lock"]));
    empty_store(&project);

    succeed(bare(&project).run(&["build", "--locked"]));
}

#[test]
fn the_json_says_whether_a_package_is_locked() {
    let (project, index) = locked("one\n", &one_and_two());
    project.write("lambdas/open/open.py", MODULE);
    project.write("lambdas/open/requirements.txt", "one\n");

    let run = succeed(resolving(&project, &index).run(&["build", "--format", "json", "-q"]));

    let packages = run.json()["packages"].as_array().unwrap().clone();
    let locked = packages.iter().map(|it| (it["name"].clone(), it["locked"].clone()));
    let expected = [("api".into(), true.into()), ("open".into(), false.into())];
    assert_eq!(locked.collect::<Vec<_>>(), expected);
}

#[test]
fn a_lock_of_other_lines_is_passed_over_with_a_warning() {
    let (project, index) = locked("one\n", &one_and_two());
    project.write(LINES, "two\n");

    let run = resolving(&project, &index).run(&["build"]);
    let json = resolving(&project, &index).run(&["build", "--format", "json", "-qq"]);
    let json_q = resolving(&project, &index).run(&["build", "--format", "json", "-q"]);

    expect![[r#"
        exit code: 0
        --- stdout
        api	Rk8aW4UWddJ889y8UzpWlzmu+CwDjQ2BXX9xFBJFOcI=	lambdas/api/api.zip
        --- stderr
           Resolving lambdas/api/requirements.txt for python3.12 on x86_64
            Resolved lambdas/api/requirements.txt: 1 wheel
        warning: 1 package of 1 lambda floats: another day may give other versions
        hint: pin them with `cargo dofs-package lock`
        warning: `api`: its lock is stale, and is not used: the requirements have changed since
          --> lambdas/api/pylock.toml
        hint: run `cargo dofs-package lock api`
            Packaged api (1.0 kB, 6 files)
            Finished 1 package in [TIME]
    "#]]
    .assert_eq(&run.text());
    assert_eq!(json.stdout, "");
    let warnings = &json_q.json()["packages"][0]["warnings"];
    expect![[r#"[{"code":"lock-stale","hint":"run `cargo dofs-package lock api`","message":"its lock is stale, and is not used: the requirements have changed since","path":"lambdas/api/pylock.toml"}]"#]].assert_eq(&warnings.to_string());
}

#[test]
fn a_lock_of_other_lines_is_an_error_where_one_is_demanded() {
    let (project, _index) = locked("one\n", &one_and_two());
    project.write(LINES, "two\n");
    project.write("lambdas/open/open.py", MODULE);
    project.write("lambdas/open/requirements.txt", "one\n");

    let locked = bare(&project).run(&["build", "--locked"]);
    let frozen = bare(&project).run(&["build", "--frozen", "api", "--format", "json"]);

    expect![[r#"
        exit code: 6
        --- stdout
        --- stderr
        error: the lock is stale, and `--locked` demands a fresh one
          --> lambdas/api/pylock.toml
          caused by: the requirements have changed since
        hint: run `cargo dofs-package lock api`, and commit the lock
        error: `lambdas/open/requirements.txt` has no lock, and `--locked` demands one
          --> lambdas/open/requirements.txt
        hint: run `cargo dofs-package lock open`, and commit the lock
        error: 2 of 2 lambdas could not be packaged
    "#]]
    .assert_eq(&locked.text());
    expect![[r#"
        exit code: 6
        --- stdout
        {"schema":1,"tool":{"name":"cargo-dofs-package","version":"0.1.0","format":1},"packages":[],"failures":[{"name":"api","code":"lock-stale","message":"the lock is stale, and `--locked` demands a fresh one","causes":["the requirements have changed since"],"hint":"run `cargo dofs-package lock api`, and commit the lock","path":"lambdas/api/pylock.toml","line":null}]}
        --- stderr
        error: the lock is stale, and `--locked` demands a fresh one
          --> lambdas/api/pylock.toml
          caused by: the requirements have changed since
        hint: run `cargo dofs-package lock api`, and commit the lock
        error: 1 of 1 lambda could not be packaged
    "#]].assert_eq(&frozen.text());
}

#[test]
fn a_lock_of_another_target_is_stale() {
    let (project, index) = locked("one\n", &one_and_two());

    let run = resolving(&project, &index).run(&["build", "--python", "3.13"]);
    let locked = bare(&project).run(&["build", "--arch", "arm64", "--locked"]);

    expect![[r#"
        exit code: 0
        --- stdout
        api	lp6ytGlyGUR/TJzXfdDhWxEf3O5chUCtjHBkq5eWGpw=	lambdas/api/api.zip
        --- stderr
           Resolving lambdas/api/requirements.txt for python3.13 on x86_64
            Resolved lambdas/api/requirements.txt: 2 wheels
        warning: 2 packages of 1 lambda float: another day may give other versions
        hint: pin them with `cargo dofs-package lock --python 3.13`
        warning: `api`: its lock is stale, and is not used: it is for python3.12 on x86_64, not for python3.13 on x86_64
          --> lambdas/api/pylock.toml
        hint: run `cargo dofs-package lock api --python 3.13`
            Packaged api (1.9 kB, 10 files)
            Finished 1 package in [TIME]
    "#]].assert_eq(&run.text());
    expect![[r#"
        exit code: 6
        --- stdout
        --- stderr
        error: the lock is stale, and `--locked` demands a fresh one
          --> lambdas/api/pylock.toml
          caused by: it is for python3.12 on x86_64, not for python3.12 on arm64
        hint: run `cargo dofs-package lock api --arch arm64`, and commit the lock
        error: 1 of 1 lambda could not be packaged
    "#]]
    .assert_eq(&locked.text());
}

#[test]
fn the_target_is_that_of_the_lock_where_nobody_else_says_it() {
    let index = Index::serving(&one_and_two());
    let project = requiring(&[("api", "one\n")]);
    let target = ["lock", "--python", "3.13", "--arch", "arm64"];
    succeed(resolving(&project, &index).run(&target));
    std::fs::remove_file(project.path("dofs-package.toml")).unwrap();

    let list = bare(&project).run(&["list", "--locked"]);
    let build = bare(&project).run(&["build", "--locked", "--format", "json", "-q"]);

    expect![[r#"
        exit code: 0
        --- stdout
        api	target	python3.13	lambdas/api/pylock.toml
        api	target	arm64	lambdas/api/pylock.toml
        api	own	2 files, 46 B	the largest is api.py, 42 B
        api	requirement	one 1.0	lambdas/api/requirements.txt:1 (375 B, 435 B unpacked)
        api	requirement	two 1.0	lambdas/api/requirements.txt (336 B, 393 B unpacked)
        api	left out	pylock.toml	built-in: pylock.toml
        --- stderr
    "#]]
    .assert_eq(&list.text());
    let package = &build.json()["packages"][0];
    assert_eq!((&package["python"], &package["architecture"]), (&"3.13".into(), &"arm64".into()));
}

#[test]
fn a_python_of_this_machine_is_an_error_where_a_lock_is_demanded() {
    let two = Wheel::new("two", "1.0");
    let line = format!("two==1.0 --hash=sha256:{}\n", two.sha256());
    let project = Project::with(&[("lambdas/api/api.py", MODULE), (LINES, &line)]);

    let run = project.run(&["build", "--locked"]);

    expect![[r#"
        exit code: 6
        --- stdout
        --- stderr
        error: no Python version is set, and `--locked` demands one: that of this machine is a guess
          --> lambdas/api
        hint: set `python` in dofs-package.toml, or in its `[lambda.NAME]`, to what the function runs on
        error: 1 of 1 lambda could not be packaged
    "#]].assert_eq(&run.text());
}

#[test]
fn a_lock_needs_no_requirements_beside_it() {
    let (project, _index) = locked("one\n", &one_and_two());
    std::fs::remove_file(project.path(LINES)).unwrap();

    let run = succeed(bare(&project).run(&["build", "--locked"]));
    let lock = bare(&project).run(&["lock"]);
    let check = bare(&project).run(&["lock", "--check"]);

    let names: Vec<String> = project.entries("lambdas/api/api.zip").into_keys().collect();
    expect![[r#"
        api.py
        one-1.0.dist-info/METADATA
        one-1.0.dist-info/RECORD
        one-1.0.dist-info/WHEEL
        one/__init__.py
        two-1.0.dist-info/METADATA
        two-1.0.dist-info/RECORD
        two-1.0.dist-info/WHEEL
        two/__init__.py"#]]
    .assert_eq(&names.join("\n"));
    expect![[r#"
        exit code: 0
        --- stdout
        api	r5crJMFWzy1dL2pxsHfpADSClgqcSR0S+94TGU3r98U=	lambdas/api/api.zip
        --- stderr
            Fetching 2 wheels, 1.7 kB
             Fetched 2 wheels
            Packaged api (1.8 kB, 9 files)
            Finished 1 package in [TIME]
    "#]]
    .assert_eq(&run.text());
    expect![[r#"
        exit code: 0
        --- stdout
        api	fresh	lambdas/api/pylock.toml
        --- stderr
            Finished 1 lock, unchanged in [TIME]
    "#]]
    .assert_eq(&lock.text());
    assert_eq!(check.code, 0, "{}", check.text());
}

#[test]
fn a_lone_lock_of_another_target_stops_its_lambda() {
    let (project, _index) = locked("one\n", &one_and_two());
    std::fs::remove_file(project.path(LINES)).unwrap();

    let build = bare(&project).run(&["build", "--python", "3.13"]);
    let lock = bare(&project).run(&["lock", "--python", "3.13"]);

    expect![[r#"
        exit code: 4
        --- stdout
        --- stderr
        error: the lock can't be used, and there are no requirements to resolve in its place
          --> lambdas/api/pylock.toml
          caused by: it is for python3.12 on x86_64, not for python3.13 on x86_64
        hint: set the target that the lock is for, or add the requirements.txt that it was made from
        error: 1 of 1 lambda could not be packaged
    "#]]
    .assert_eq(&build.text());
    expect![[r#"
        exit code: 4
        --- stdout
        --- stderr
        error: the lock can't be used, and there are no requirements to resolve in its place
          --> lambdas/api/pylock.toml
          caused by: it is for python3.12 on x86_64, not for python3.13 on x86_64
        hint: set the target that the lock is for, or add the requirements.txt that it was made from
    "#]]
    .assert_eq(&lock.text());
}

#[test]
fn a_lock_is_not_packaged() {
    let (project, _index) = locked("one\n", &one_and_two());

    succeed(bare(&project).run(&["build"]));

    assert!(!project.entries("lambdas/api/api.zip").contains_key("pylock.toml"));
    assert!(text(&project, LOCK).contains("created-by"));
}

#[test]
fn talk_without_a_terminal_is_whole_lines() {
    let (project, _index) = locked("one\n", &one_and_two());

    let output = bare(&project).command(&["build", "-vv"]).output().unwrap();

    let talk = String::from_utf8(output.stderr).unwrap();
    assert!(talk.ends_with('\n') && !talk.contains(['\r', '\u{1b}', '[', '⠋']), "{talk:?}");
    assert_eq!(talk.matches("Fetching").count(), 1, "{talk}");
}
