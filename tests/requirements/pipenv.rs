//! `Pipfile.lock`; pipenv itself is not needed.

use expect_test::expect;

use super::{build, failure, packaged, project};
use crate::building::Library;
use crate::support::{Project, Wheel};

const PIPFILE: &str = "lambdas/api/Pipfile";
const LOCK: &str = "lambdas/api/Pipfile.lock";
const ASKS: &str = "[[source]]\nurl = \"https://pypi.org/simple\"\nverify_ssl = true\nname = \"pypi\"\n\
    [packages]\nOne = \"==1.0\"\nthree = { version = \"*\", markers = \"python_version < '3.11'\" }\n\
    [dev-packages]\nfour = \"*\"\n[requires]\npython_version = \"3.12\"\n";

/// `one` and `two`, which that requires; `three` is for older Pythons.
fn with_lock() -> Project {
    let project = project(&[(PIPFILE, ASKS)]);
    let entry = |name: &str, more: serde_json::Value| {
        let wheel = Wheel::new(name, "1.0");
        project.publish(&wheel);
        project.publish(&Wheel::new(name, "2.0"));
        let hash = format!("sha256:{}", wheel.sha256());
        let mut entry = serde_json::json!({ "hashes": [hash], "version": "==1.0" });
        entry
            .as_object_mut()
            .expect("an object")
            .extend(more.as_object().expect("an object").clone());
        entry
    };
    let none = serde_json::json!({});
    let one = entry("one", serde_json::json!({ "markers": "python_version >= '3.8'" }));
    let three = serde_json::json!({ "markers": "python_version < '3.11'" });
    let lock = serde_json::json!({
        "_meta": {
            "hash": { "sha256": "0" },
            "pipfile-spec": 6,
            "requires": { "python_version": "3.12" },
            "sources": [{ "name": "pypi", "url": "https://pypi.org/simple", "verify_ssl": true }],
        },
        "default": { "one": one, "three": three, "two": entry("two", none.clone()) },
        "develop": { "four": entry("four", none) },
    });
    project.write(LOCK, serde_json::to_string_pretty(&lock).expect("JSON"));
    project
}

/// The project with a text of the lock replaced.
fn replaced(before: &str, after: &str) -> Project {
    let project = with_lock();
    let text = String::from_utf8(project.read(LOCK)).expect("UTF-8");
    assert!(text.contains(before), "{text}");
    project.write(LOCK, text.replacen(before, after, 1));
    project
}

#[test]
fn what_is_for_the_target_is_packaged() {
    let project = with_lock();
    let run = project.run(&["--locked", "--format", "json", "-q"]);
    assert_eq!(packaged(&run), ["one 1.0", "two 1.0"]);
    assert_eq!(run.json()["packages"][0]["locked"], true);
    project.write("dofs-package.toml", "python = \"3.12\"\ngroups = [\"dev\"]\n");
    assert_eq!(build(&project), ["four 1.0", "one 1.0", "two 1.0"]);
}

#[test]
fn what_the_lock_does_not_know_makes_it_stale() {
    let project = with_lock();
    for (before, after) in [
        ("One = \"==1.0\"", "One = \"==1.0\"\nfive = \"*\""),
        ("\"==1.0\"", "\">=1.5\""),
        ("\"==1.0\"", "{ version = \"*\", extras = [\"more\"] }"),
        ("\"==1.0\"", "{ git = \"https://h/one.git\" }"),
        ("\"==1.0\"", "{ path = \"../one\" }"),
    ] {
        project.write(PIPFILE, ASKS.replacen(before, after, 1));
        let run = project.run(&["--format", "json", "-q"]);
        assert_eq!(failure(&run), (4, "lock-stale".to_owned()), "{after}");
        let run = project.run(&["--locked", "--format", "json", "-q"]);
        assert_eq!(failure(&run), (6, "lock-stale".to_owned()), "{after}");
    }
}

#[test]
fn what_is_for_another_system_needs_neither_version_nor_hash() {
    // As pipenv 2026.10 locks it: without the marker.
    let entry = "\"default\": {\n    \"win\": { \"version\": \"*\" },";
    let project = replaced("\"default\": {", entry);
    let win = "[packages]\nwin = { version = \"*\", sys_platform = \"== 'win32'\" }\n";
    project.write(PIPFILE, ASKS.replace("[packages]\n", win));
    let run = project.run(&["--locked", "--format", "json", "-q"]);
    assert_eq!(packaged(&run), ["one 1.0", "two 1.0"]);
}

#[test]
fn a_lock_of_another_python_is_a_failure() {
    let project = with_lock();
    let run = project.run(&["--python", "3.11", "--format", "json", "-q"]);
    assert_eq!(failure(&run), (4, "lock-other-target".to_owned()));
}

#[test]
fn a_package_that_the_lock_has_for_other_targets_only_is_missed() {
    let project = replaced("python_version >= '3.8'", "python_version >= '3.13'");
    expect![[r#"
        exit code: 4
        --- stdout
        --- stderr
        error: `lambdas/api/Pipfile.lock` is stale
          --> lambdas/api/Pipfile.lock
          caused by: it has no `One` for python3.12 on x86_64: `python_version >= '3.13'`
        hint: run `(cd lambdas/api && pipenv lock)`, and commit the lock
        error: 1 of 1 lambda could not be packaged
    "#]]
    .assert_eq(&project.run(&[]).text());
}

#[test]
fn a_folder_of_the_project_is_built_and_needs_no_hash() {
    let entry =
        "\"default\": {\n    \"shared\": { \"editable\": true, \"path\": \"../../libs/shared\" },";
    let project = replaced("\"default\": {", entry);
    Library::new("shared", "1.0").write(&project.path("libs/shared"));
    let asks = ASKS.replace(
        "[packages]\n",
        "[packages]\nshared = { path = \"../../libs/shared\", editable = true }\n",
    );
    project.write(PIPFILE, asks);
    let run = project.run(&["--locked", "--format", "json", "-q"]);
    assert_eq!(packaged(&run), ["one 1.0", "shared 1.0", "two 1.0"]);
}

#[test]
fn another_index_is_asked_as_the_lock_says() {
    let index = crate::support::Index::guarded(
        &["one", "two"].map(|name| Wheel::new(name, "1.0")),
        "me",
        "secret",
    );
    let project = replaced(
        "https://pypi.org/simple",
        &format!("http://$NAME:${{WORD}}@{}/simple", index.address()),
    );
    let tool = project.tool().env_remove("PIP_NO_INDEX").env_remove("PIP_FIND_LINKS");
    let run = tool.env("NAME", "me").env("WORD", "secret").run(&["--format", "json", "-q"]);
    assert_eq!(packaged(&run), ["one 1.0", "two 1.0"]);
}

#[test]
fn without_hashes_its_versions_are_open() {
    let project = with_lock();
    let text = String::from_utf8(project.read(LOCK)).unwrap();
    let mut lock: serde_json::Value = serde_json::from_str(&text).unwrap();
    for name in ["one", "two"] {
        lock["default"][name].as_object_mut().unwrap().remove("hashes");
    }
    project.write(LOCK, lock.to_string());
    assert_eq!(build(&project), ["one 1.0", "two 1.0"]);
    let run = project.run(&["--locked", "--format", "json", "-q"]);
    assert_eq!(failure(&run), (6, "lock-missing".to_owned()));
    let lock = project.run(&["lock"]);
    assert_eq!(lock.stdout, "api\twritten\tlambdas/api/pylock.toml\n", "{}", lock.text());
}

#[test]
fn lock_writes_none_beside_it() {
    let project = with_lock();
    let run = project.run(&["lock"]);
    expect![[r#"
        exit code: 0
        --- stdout
        api	hashed	lambdas/api/Pipfile.lock
        --- stderr
            Finished 1 lock, unchanged in [TIME]
    "#]]
    .assert_eq(&run.text());
}

#[test]
fn what_is_no_lock_of_pipenv_is_a_failure() {
    let project = project(&[(PIPFILE, ASKS), (LOCK, "{\n  \"default\": {\n")]);
    let run = project.run(&["--format", "json", "-q"]);
    assert_eq!(failure(&run), (4, "other-lock-invalid".to_owned()));
}
