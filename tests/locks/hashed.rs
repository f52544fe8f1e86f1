//! Lines that are pinned, each with its hashes: a lock of another shape.

use expect_test::expect;

use super::{bare, empty_store, one_and_two, requiring, resolving, succeed};
use crate::support::{Index, Wheel};

/// Lines for `one` and `two`, the first with several hashes.
fn lines() -> String {
    let [one, two] = one_and_two();
    let other = "0".repeat(64);
    format!(
        "one==1.0 \\\n    --hash=sha256:{other} \\\n    --hash=sha256:{}\ntwo==1.0 \
         --hash=sha256:{}\n",
        one.sha256(),
        two.sha256()
    )
}

#[test]
fn lines_with_hashes_count_as_a_lock() {
    let index = Index::serving(&one_and_two());
    let project = requiring(&[("api", &lines())]);

    let run = succeed(resolving(&project, &index).run(&["--locked", "--format", "json", "-q"]));
    let check = bare(&project).run(&["lock", "--check"]);
    let again = resolving(&project, &index).run(&["build", "--frozen"]);

    assert_eq!(run.json()["packages"][0]["locked"], true);
    assert_eq!(check.stdout, "api\thashed\tlambdas/api/requirements.txt\n");
    assert_eq!(again.code, 0, "{}", again.text());
}

#[cfg(unix)]
#[test]
fn pip_is_told_to_compare_hashes_and_to_add_nothing() {
    let [one, two] = one_and_two();
    let index = Index::serving(&[one.clone(), two]);
    // What `one` requires has no line, so it is not in the package.
    let project = requiring(&[("api", &format!("one==1.0 --hash=sha256:{}\n", one.sha256()))]);

    succeed(resolving(&project, &index).run(&["build", "--locked"]));

    let asked = index.requests();
    assert!(asked.iter().all(|line| !line.contains("two")), "{asked:?}");
    assert!(!project.entries("lambdas/api/api.zip").contains_key("two/__init__.py"));
}

#[test]
fn what_lines_with_hashes_lack_is_told() {
    let [one, two] = one_and_two();
    let index = Index::serving(&[one.clone(), two]);
    let project = requiring(&[("api", &format!("one==1.0 --hash=sha256:{}\n", one.sha256()))]);

    let run = succeed(resolving(&project, &index).run(&["--locked", "--format", "json"]));

    let warning = &run.json()["packages"][0]["warnings"][0];
    assert_eq!(warning["code"], "lock-incomplete", "{}", run.text());
    assert_eq!(warning["message"], "`one` requires `two`, which is not locked");
}

#[test]
fn another_configuration_of_pip_changes_nothing_where_lines_have_hashes() {
    let index = Index::serving(&one_and_two());
    let project = requiring(&[("api", &lines())]);
    let before = succeed(resolving(&project, &index).run(&["build", "--locked"]));

    // The store of a pipeline serves machines of every home and setting.
    let elsewhere = bare(&project).env("PIP_TIMEOUT", "7").env("HOME", project.index());
    let after = succeed(elsewhere.run(&["build", "--frozen"]));

    assert_eq!(before.stdout, after.stdout);
}

#[test]
fn a_wheel_with_another_hash_is_refused() {
    let index = Index::serving(&[Wheel::new("one", "1.0")]);
    let line = format!("one==1.0 --hash=sha256:{}\n", "0".repeat(64));
    let project = requiring(&[("api", &line)]);

    let run = resolving(&project, &index).run(&["build", "--locked"]);

    assert_eq!(run.code, 4, "{}", run.text());
    let first: Vec<&str> = run.stderr.lines().skip(1).take(2).collect();
    expect![[r#"
        error: a wheel has another hash than the requirements demand
          --> lambdas/api/requirements.txt"#]]
    .assert_eq(&first.join("\n"));
    assert!(!project.path("lambdas/api/api.zip").exists());
}

#[test]
fn a_line_without_a_hash_makes_it_no_lock() {
    let project = requiring(&[("api", &(lines() + "three==1.0\n"))]);

    let run = bare(&project).run(&["build", "--locked"]);

    assert_eq!(run.code, 6, "{}", run.text());
}

#[test]
fn a_lock_beside_hashes_is_taken_if_it_is_fresh() {
    let index = Index::serving(&one_and_two());
    let project = requiring(&[("api", &lines())]);
    succeed(resolving(&project, &index).run(&["lock"]));
    empty_store(&project);

    // Only the lock has addresses.
    succeed(bare(&project).run(&["build", "--locked"]));
}
