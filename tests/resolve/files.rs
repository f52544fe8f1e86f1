//! What a requirements file names besides projects: other files, wheels, digests.

use super::{package, requiring, resolutions, succeed, talk, wheels};
use crate::support::{Wheel, sha256};

/// Arguments that package for Python 3.12 with an answer in JSON.
const JSON: [&str; 4] = ["--python", "3.12", "--format", "json"];

#[test]
fn a_path_is_relative_to_the_file_that_has_the_line() {
    let project = requiring("-r ../../shared/base.txt\n", &[Wheel::new("one", "1.0")]);
    project.write("shared/base.txt", "-r deeper/more.txt\n");
    project.write("shared/deeper/more.txt", "one\n");
    // Nobody may take these: they are where the lines would lead from elsewhere.
    project.write("deeper/more.txt", "none\n");
    project.write("lambdas/api/deeper/more.txt", "none\n");
    assert_eq!(wheels(&succeed(project.run(&JSON))), ["one 1.0"]);
}

#[test]
fn a_path_that_leads_nowhere_is_taken_from_the_root_with_a_note() {
    let requirements = "-r lambdas/shared.txt\n./wheels/two-1.0-py3-none-any.whl\n";
    let project = requiring(requirements, &[Wheel::new("one", "1.0")]);
    project.write("lambdas/shared.txt", "one\n");
    project.write("wheels/two-1.0-py3-none-any.whl", Wheel::new("two", "1.0").bytes());
    let run = succeed(project.run(&["--python", "3.12", "-v"]));
    expect_test::expect![[r#"
        --- stderr
                Note 1 lambda
                Note `lambdas/shared.txt` in lambdas/api/requirements.txt:1 is taken from the root: it is not beside that file
                Note `./wheels/two-1.0-py3-none-any.whl` in lambdas/api/requirements.txt:2 is taken from the root: it is not beside that file
           Resolving lambdas/api/requirements.txt for python3.12 on x86_64
            Resolved lambdas/api/requirements.txt: 2 wheels
            Packaged api (1.9 kB, 10 files)
            Finished 1 package in [TIME]
    "#]].assert_eq(&talk(&run));
    assert!(project.entries("lambdas/api/api.zip").contains_key("two/__init__.py"));
}

#[test]
fn an_included_file_that_is_not_there_is_told_with_its_line() {
    let project = requiring("# why\n-r ../base.txt\n", &[]);
    let run = project.run(&["--python", "3.12"]);
    expect_test::expect![[r#"
        exit code: 4
        --- stdout
        --- stderr
        error: there is no `../base.txt`
          --> lambdas/api/requirements.txt:2
        hint: write it relative to this file, or to the root
        error: 1 of 1 lambda could not be packaged
    "#]]
    .assert_eq(&run.text());
}

#[test]
fn a_local_wheel_counts_by_its_bytes() {
    let project = requiring("./wheels/one-1.0-py3-none-any.whl\n", &[]);
    let wheel = |text: &str| Wheel::bare("one", "1.0").file("one.py", text).bytes();
    let place = "lambdas/api/wheels/one-1.0-py3-none-any.whl";
    project.write(place, wheel("ONE = 1\n"));
    assert_eq!(resolutions(&package(&project)), 1);
    assert_eq!(project.entries("lambdas/api/api.zip")["one.py"].0, b"ONE = 1\n");
    assert_eq!(resolutions(&package(&project)), 0);
    project.write(place, wheel("ONE = 2\n"));
    assert_eq!(resolutions(&package(&project)), 1);
    assert_eq!(project.entries("lambdas/api/api.zip")["one.py"].0, b"ONE = 2\n");
}

#[test]
fn a_local_wheel_brings_what_it_requires() {
    let project = requiring("one-1.0-py3-none-any.whl ; python_version > '3'\n", &[]);
    let wheel = Wheel::new("one", "1.0").requires("two");
    project.write("lambdas/api/one-1.0-py3-none-any.whl", wheel.bytes());
    project.publish(&Wheel::new("two", "2.0"));
    assert_eq!(wheels(&succeed(project.run(&JSON))), ["one 1.0", "two 2.0"]);
}

#[test]
fn constraints_limit_versions_and_require_nothing() {
    let project = requiring("one\n-c limits.txt\n", &[]);
    for version in ["1.0", "2.0"] {
        project.publish(&Wheel::new("one", version).requires("two"));
        project.publish(&Wheel::new("two", version));
        project.publish(&Wheel::new("three", version));
    }
    project.write("lambdas/api/limits.txt", "two<2\nthree<2\n");
    assert_eq!(wheels(&succeed(project.run(&JSON))), ["one 2.0", "two 1.0"]);
}

#[test]
fn a_wheel_with_the_required_digest_is_taken() {
    let wheel = Wheel::new("one", "1.0");
    let digest = wheel.sha256();
    let project = requiring(&format!("one==1.0 \\\n    --hash=sha256:{digest}\n"), &[wheel]);
    let run = succeed(project.run(&JSON));
    let json = run.json();
    assert_eq!(json["packages"][0]["requirements"][0]["sha256"], digest);
}

#[test]
fn a_wheel_with_another_digest_is_a_failure() {
    let digest = sha256(b"another");
    let requirements = format!("one==1.0 --hash=sha256:{digest}\n");
    let project = requiring(&requirements, &[Wheel::new("one", "1.0")]);
    project.write("lambdas/api/api.zip", "the last good one");
    let run = project.run(&["--python", "3.12"]);
    assert!([4, 5].contains(&run.code), "{}", run.stderr);
    assert!(run.stderr.contains("THESE PACKAGES DO NOT MATCH THE HASHES"), "{}", run.stderr);
    assert!(run.stderr.contains("lambdas/api/requirements.txt"), "{}", run.stderr);
    assert_eq!(project.read("lambdas/api/api.zip"), b"the last good one");
}

#[test]
fn contradictions_are_told_in_pips_words() {
    let wheels = [
        Wheel::new("one", "1.0").requires("three<2"),
        Wheel::new("two", "1.0").requires("three>=2"),
        Wheel::new("three", "1.0"),
        Wheel::new("three", "2.0"),
    ];
    let run = requiring("one\ntwo\n", &wheels).run(&["--python", "3.12"]);
    expect_test::expect![[r#"
        exit code: 4
        --- stdout
        --- stderr
           Resolving lambdas/api/requirements.txt for python3.12 on x86_64
        error: the requirements contradict each other
          --> lambdas/api/requirements.txt
          caused by: one 1.0 depends on three<2
          caused by: two 1.0 depends on three>=2
        hint: loosen one of the versions that pip names
        error: 1 of 1 lambda could not be packaged
    "#]]
    .assert_eq(&run.text());
}
