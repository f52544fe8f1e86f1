//! What the store lost or damaged is noticed, and fetched again.

use std::path::PathBuf;

use super::{package, requiring, resolutions, talk};
use crate::support::{Project, Run, Wheel};

/// A project that was packaged, and its package's line.
fn packaged() -> (Project, String) {
    let project = requiring("one\n", &[Wheel::new("one", "1.0")]);
    let run = package(&project);
    (project, run.stdout)
}

/// The one file in a folder of the store.
fn only_file(project: &Project, folder: &str) -> PathBuf {
    let folder = project.store().join(folder);
    let files: Vec<PathBuf> = std::fs::read_dir(folder)
        .expect("the store has that folder")
        .map(|entry| entry.expect("it can be listed").path())
        .collect();
    let [file] = &files[..] else { panic!("one file was expected: {files:?}") };
    file.clone()
}

/// Packages with the store alone.
fn offline(project: &Project) -> Run {
    project.run(&["--python", "3.12", "--offline"])
}

#[test]
fn a_flipped_byte_in_the_store_is_fetched_again() {
    let (project, answer) = packaged();
    let blob = only_file(&project, "wheels-1");
    let good = std::fs::read(&blob).unwrap();
    // In a member's bytes, which are copied as they are.
    let mut bad = good.clone();
    bad[50] ^= 1;
    std::fs::write(&blob, &bad).unwrap();
    let run = package(&project);
    assert_eq!(run.stdout, answer);
    expect_test::expect![[r#"
        --- stderr
        warning: the store's copy of `one-1.0-py3-none-any.whl` is damaged, and was removed
             Fetched 1 wheel
            Finished 1 package, unchanged in [TIME]
    "#]]
    .assert_eq(&talk(&run));
    assert_eq!(std::fs::read(&blob).unwrap(), good);
}

#[test]
fn a_blob_cut_short_or_gone_is_fetched_again() {
    let (project, answer) = packaged();
    let blob = only_file(&project, "wheels-1");
    let good = std::fs::read(&blob).unwrap();
    for length in [good.len() - 1, good.len() / 2, 0] {
        std::fs::write(&blob, &good[..length]).unwrap();
        let run = package(&project);
        assert_eq!(run.stdout, answer, "{length}");
        assert!(run.stderr.contains("warning: the store's copy of `one-1.0"), "{}", run.stderr);
    }
    std::fs::remove_file(&blob).unwrap();
    let run = package(&project);
    assert_eq!(run.stdout, answer);
    expect_test::expect![[r#"
        --- stderr
             Fetched 1 wheel
            Finished 1 package, unchanged in [TIME]
    "#]]
    .assert_eq(&talk(&run));
    assert_eq!(std::fs::read(&blob).unwrap(), good);
}

#[test]
fn no_byte_of_a_blob_can_be_flipped_unnoticed() {
    let (project, _) = packaged();
    let before = project.read("lambdas/api/api.zip");
    let blob = only_file(&project, "wheels-1");
    let good = std::fs::read(&blob).unwrap();
    for at in (0..good.len()).step_by(11) {
        let mut bad = good.clone();
        bad[at] ^= 0x10;
        std::fs::write(&blob, &bad).unwrap();
        let run = offline(&project);
        assert_eq!(run.code, 6, "byte {at}: {}", run.text());
        assert_eq!(project.read("lambdas/api/api.zip"), before, "byte {at}");
    }
}

#[test]
fn damage_that_cannot_be_mended_offline_keeps_the_old_zip() {
    let (project, _) = packaged();
    let before = project.read("lambdas/api/api.zip");
    let blob = only_file(&project, "wheels-1");
    let mut bytes = std::fs::read(&blob).unwrap();
    bytes[50] ^= 1;
    std::fs::write(&blob, bytes).unwrap();
    expect_test::expect![[r#"
        exit code: 6
        --- stdout
        --- stderr
        warning: the store's copy of `one-1.0-py3-none-any.whl` is damaged, and was removed
        error: the store has no `one-1.0-py3-none-any.whl`
          --> lambdas/api
        hint: run once without `--offline`
        error: 1 of 1 lambda could not be packaged
    "#]]
    .assert_eq(&offline(&project).text());
    assert_eq!(project.read("lambdas/api/api.zip"), before);
    // The damaged copy is gone, which is the same to a run without network.
    assert_eq!(offline(&project).code, 6);
    assert_eq!(project.read("lambdas/api/api.zip"), before);
}

#[test]
fn damage_hurts_only_the_lambdas_that_need_the_wheel() {
    let (project, answer) = packaged();
    project.write("lambdas/other/app.py", "");
    let blob = only_file(&project, "wheels-1");
    let mut bytes = std::fs::read(&blob).unwrap();
    bytes[50] ^= 1;
    std::fs::write(&blob, bytes).unwrap();
    let run = offline(&project);
    assert_eq!(run.code, 6, "{}", run.stderr);
    assert_eq!(run.digests().keys().collect::<Vec<_>>(), ["other"]);
    let mended = package(&project);
    assert!(mended.stdout.starts_with(&answer), "{}", mended.stdout);
}

#[test]
fn a_wheel_that_is_another_one_when_fetched_again_is_a_failure() {
    let (project, _) = packaged();
    let before = project.read("lambdas/api/api.zip");
    std::fs::remove_file(only_file(&project, "wheels-1")).unwrap();
    project.publish(&Wheel::new("one", "1.0").file("one/more.py", ""));
    let run = project.run(&["--python", "3.12"]);
    assert!([4, 5].contains(&run.code), "{}", run.stderr);
    assert_eq!(project.read("lambdas/api/api.zip"), before);
}

#[test]
fn a_damaged_record_is_resolved_again() {
    let (project, answer) = packaged();
    let record = only_file(&project, "resolutions-1");
    let good = std::fs::read(&record).unwrap();
    let half = &good[..good.len() / 2];
    for bad in [half, b"", b"[]", b"{\"wheels\":[],\"configuration\":{}}", b"\xff"] {
        std::fs::write(&record, bad).unwrap();
        let run = package(&project);
        assert_eq!((&run.stdout, resolutions(&run)), (&answer, 1));
        assert_eq!(std::fs::read(&record).unwrap(), good);
    }
}

#[test]
fn no_byte_of_a_record_can_be_flipped_into_another_answer() {
    let (project, _) = packaged();
    let arguments = ["--python", "3.12", "--offline", "--format", "json", "-q"];
    let answer = project.run(&arguments).stdout;
    let record = only_file(&project, "resolutions-1");
    let good = std::fs::read(&record).unwrap();
    for at in (0..good.len()).step_by(3) {
        let mut bad = good.clone();
        bad[at] ^= 1;
        std::fs::write(&record, &bad).unwrap();
        let run = project.run(&arguments);
        let flipped = String::from_utf8_lossy(&bad);
        assert!(run.code == 6 || run.stdout == answer, "{flipped}\n{}", run.text());
    }
}

#[test]
fn an_empty_store_offline_is_an_error_of_its_own() {
    let project = requiring("one\n", &[Wheel::new("one", "1.0")]);
    expect_test::expect![[r#"
        exit code: 6
        --- stdout
        --- stderr
        error: the store has no answer for `lambdas/api/requirements.txt`
          --> lambdas/api/requirements.txt
        hint: run once without `--offline`
        error: 1 of 1 lambda could not be packaged
    "#]]
    .assert_eq(&offline(&project).text());
}

#[test]
fn wheels_of_this_machine_need_no_network() {
    let project = requiring("", &[]);
    let (one, two) = (Wheel::new("one", "1.0"), Wheel::new("two", "1.0").requires("nowhere"));
    let wheels = project.path("wheels");
    for wheel in [&one, &two] {
        project.write(&format!("wheels/{}", wheel.file_name()), wheel.bytes());
    }
    let path = wheels.join(one.file_name());
    for (lines, code) in [
        (format!("../../wheels/{}\n", one.file_name()), 0),
        (format!("one @ file://{}\n", path.display()), 0),
        ("--find-links ../../wheels\none\n".to_owned(), 0),
        ("--no-index\n--find-links ../../wheels\none\n".to_owned(), 0),
        ("--find-links ../../wheels\ntwo\n".to_owned(), 6),
        ("--find-links ../../wheels\nthree\n".to_owned(), 6),
        ("--find-links https://host.invalid/wheels\none\n".to_owned(), 6),
        (format!("../../wheels/{}\ntwo\n", one.file_name()), 6),
    ] {
        project.write("lambdas/api/requirements.txt", &lines);
        let run = offline(&project);
        assert_eq!(run.code, code, "{lines}{}", run.text());
    }
}

#[test]
fn failures_of_several_kinds_are_those_of_lambdas() {
    let project = requiring("one\n", &[Wheel::new("one", "1.0")]);
    project.write("lambdas/broken/app.py", "");
    project.write("lambdas/broken/requirements.txt", "one=1\n");
    let run = offline(&project);
    assert_eq!(run.code, 4, "{}", run.stderr);
    let json = project.run(&["--python", "3.12", "--offline", "--format", "json"]).json();
    let failures = json["failures"].as_array().unwrap().iter();
    let codes: Vec<_> = failures.map(|failure| failure["code"].as_str().unwrap()).collect();
    assert_eq!(codes, ["offline", "invalid-requirement"]);
}

#[test]
fn runs_side_by_side_share_an_empty_store() {
    for _ in 0..3 {
        let project = requiring("one\n", &[Wheel::new("one", "1.0"), Wheel::new("two", "1.0")]);
        project.write("lambdas/other/app.py", "");
        project.write("lambdas/other/requirements.txt", "one\ntwo\n");
        let tool = project.tool();
        let runs: Vec<_> = std::thread::scope(|scope| {
            let start = |_| scope.spawn(|| tool.run(&["--python", "3.12"]));
            let threads: Vec<_> = (0..4).map(start).collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).collect()
        });
        for run in &runs {
            assert_eq!((run.code, &run.stdout), (0, &runs[0].stdout), "{}", run.text());
        }
        assert_eq!(project.leftovers(), Vec::<PathBuf>::new());
    }
}

#[test]
fn the_hint_names_the_option_that_forbids_the_network() {
    let (project, _) = packaged();
    let locked = project.run(&["lock", "--python", "3.12", "-q"]);
    assert_eq!(locked.code, 0, "{locked:?}");
    assert_eq!(project.run(&["cache", "clean", "-q"]).code, 0);
    for (options, hint) in [
        (&["--offline"][..], "run once without `--offline`"),
        (&["--offline", "--locked"], "run once without `--offline`"),
        (&["--frozen"], "run once with `--locked` in place of `--frozen`"),
    ] {
        let run =
            project.run(&[&["build", "--python", "3.12", "--format", "json"], options].concat());
        assert_eq!((run.code, &run.json()["failures"][0]["hint"]), (6, &hint.into()), "{run:?}");
    }
}
