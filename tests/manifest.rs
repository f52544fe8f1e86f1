//! The package manifest: what Terraform reads in place of zips.

use crate::support::{Project, Run};

const CONFIG: &str = "manifest = \"terraform/packages.json\"\n";

fn project() -> Project {
    let project = Project::with(&[
        ("dofs-package.toml", CONFIG),
        ("lambdas/a/a.py", "A = 1\n"),
        ("lambdas/b/b.py", "B = 1\n"),
    ]);
    std::fs::create_dir(project.path("terraform")).expect("a folder");
    project
}

fn manifest(project: &Project) -> String {
    String::from_utf8(project.read("terraform/packages.json")).expect("JSON is text")
}

#[test]
fn it_says_what_was_printed() {
    let project = project();

    let digests = project.digests();

    let size = project.read("lambdas/a/a.zip").len();
    let text = manifest(&project);
    let lines: Vec<&str> = text.lines().collect();
    let line = |name: &str, comma: &str| {
        format!(
            "  \"{name}\": {{ \"kind\": \"function\", \"filename\": \"../lambdas/{name}/{name}.zip\", \
             \"source_code_hash\": \"{}\", \"size\": {size}, \"format\": 1 }}{comma}",
            digests[name]
        )
    };
    assert_eq!(lines, ["{", &line("a", ","), &line("b", ""), "}"]);
}

#[test]
fn it_is_written_only_when_it_changes() {
    let project = project();
    let first = project.run(&[]);
    assert!(first.stderr.contains("Updated terraform/packages.json\n"), "{}", first.stderr);
    let before = std::fs::metadata(project.path("terraform/packages.json")).expect("it is there");

    let second = project.run(&[]);

    assert!(!second.stderr.contains("Updated"), "{}", second.stderr);
    let after = std::fs::metadata(project.path("terraform/packages.json")).expect("it is there");
    assert_eq!(before.modified().expect("a time"), after.modified().expect("a time"));
}

#[test]
fn a_run_of_some_leaves_the_others() {
    let project = project();
    project.digests();
    let before = manifest(&project);
    project.write("lambdas/a/a.py", "A = 2\n");
    project.write("lambdas/b/b.py", "B = 2\n");

    let run = project.run(&["build", "a"]);

    let after = manifest(&project);
    let (before, after): (Vec<_>, Vec<_>) = (before.lines().collect(), after.lines().collect());
    assert!(after[1].contains(&run.digests()["a"]));
    assert_ne!(before[1], after[1]);
    assert_eq!(before[2], after[2]);
}

#[test]
fn a_new_one_that_has_some_only_is_warned_of() {
    let project = project();
    let said = |run: &Run| run.stderr.contains("warning: `terraform/packages.json` is new");
    let first = project.run(&["build", "a"]);
    assert!(said(&first), "{}", first.stderr);
    let second = project.run(&["build", "b"]);
    assert!(!said(&second), "{}", second.stderr);
    std::fs::remove_file(project.path("terraform/packages.json")).expect("it is there");
    let whole = project.run(&[]);
    assert!(!said(&whole), "{}", whole.stderr);
}

#[test]
fn lambdas_that_are_gone_leave_it_with_a_full_and_successful_run_only() {
    let project = project();
    project.digests();
    std::fs::remove_dir_all(project.path("lambdas/b")).expect("a folder");
    project.run(&["build", "a"]);
    assert!(manifest(&project).contains("\"b\""), "a run of some");
    project.write("lambdas/c/requirements.txt", "nothing-there==1\n");
    project.write("lambdas/c/c.py", "");
    assert_eq!(project.run(&["--python", "3.12"]).code, 4);
    assert!(manifest(&project).contains("\"b\""), "a run with a failure");
    std::fs::remove_dir_all(project.path("lambdas/c")).expect("a folder");

    assert_eq!(project.run(&[]).code, 0);

    assert!(!manifest(&project).contains("\"b\""));
}

#[test]
fn a_dry_run_leaves_it() {
    let project = project();
    project.run(&["-n"]);
    assert!(!project.path("terraform/packages.json").exists());
}

#[test]
fn a_flag_goes_by_the_working_directory() {
    let project = project();
    let tool = project.tool().directory(project.path("lambdas"));

    let run = tool.run(&["--manifest", "../own.json", "--out-dir", "../dist", "-q"]);

    assert_eq!(run.code, 0, "{}", run.stderr);
    let text = String::from_utf8(project.read("own.json")).expect("JSON is text");
    assert!(text.contains("\"filename\": \"dist/a.zip\""), "{text}");
    assert!(!project.path("terraform/packages.json").exists());
}

#[test]
fn one_that_is_none_stops_the_run_before_any_zip() {
    let project = project();
    project.write("terraform/packages.json", "{\n[\n");

    let run = project.run(&[]);

    expect_test::expect![[r#"
        exit code: 3
        --- stdout
        --- stderr
        error: `terraform/packages.json` can't be read as a package manifest
          --> terraform/packages.json:2
          caused by: key must be a string
        hint: remove it, and package every lambda: that writes it anew
    "#]]
    .assert_eq(&run.text());
    assert!(!project.path("lambdas/a/a.zip").exists());
}

#[test]
fn one_that_can_not_be_written_is_told_and_the_zips_are_there() {
    let project = project();
    std::fs::remove_dir(project.path("terraform")).expect("a folder");

    let run = project.run(&[]);

    expect_test::expect![[r#"
        exit code: 3
        --- stdout
        a	qgrDsxOT+KTrn5A7AP5AQHcaxOtFiStkO+Nv15Zz7q4=	lambdas/a/a.zip
        b	vtcDIodgzgD234S02DzRbsMmEOCzDKz5OYWP5S/Xfb0=	lambdas/b/b.zip
        --- stderr
            Packaged a (112 B, 1 file)
            Packaged b (112 B, 1 file)
        error: cannot write the package manifest `terraform/packages.json`
          caused by: cannot list `terraform`
          caused by: no such file or directory
        hint: make its folder, if that is what is missing
            Finished 2 packages in [TIME]
    "#]]
    .assert_eq(&run.text());
}

/// git leaves its markers, and JSON has none: what to do is no matter of JSON.
#[test]
fn one_that_git_could_not_merge_is_written_anew_by_a_whole_build() {
    let project = project();
    project.digests();
    let whole = manifest(&project);
    let line = whole.lines().nth(1).expect("an entry");
    let conflict = whole.replace(line, &format!("<<<<<<< HEAD\n{line}\n=======\n>>>>>>> other"));
    project.write("terraform/packages.json", &conflict);
    expect_test::expect![[r#"
        exit code: 3
        --- stdout
        --- stderr
        error: `terraform/packages.json` is in the middle of a merge: it has git's conflict markers
          --> terraform/packages.json:2
        hint: run `cargo dofs-package` once the sources are merged: a build of every lambda writes it anew
    "#]].assert_eq(&project.run(&["verify"]).text());
    assert_eq!(project.run(&["build", "a"]).code, 3);
    assert_eq!(manifest(&project), conflict);
    assert_eq!(project.run(&["build"]).code, 0);
    assert_eq!(manifest(&project), whole);
    // What is no manifest at all may be something else of the user's.
    project.write("terraform/packages.json", "{]");
    assert_eq!(project.run(&["build"]).code, 3);
    assert_eq!(manifest(&project), "{]");
}

#[test]
fn a_run_that_packages_nothing_makes_none_and_leaves_the_one_that_is_there() {
    let project = project();
    project.write("lambdas/a/requirements.txt", "a b\n");
    project.write("lambdas/b/requirements.txt", "a b\n");
    let path = project.path("terraform/packages.json");
    for arguments in [&["build"][..], &["build", "a"], &["build", "--partition", "1/2"]] {
        assert_eq!(project.run(arguments).code, 4);
        assert!(!path.exists(), "{arguments:?}");
    }
    for name in ["a", "b"] {
        std::fs::remove_file(project.path(&format!("lambdas/{name}/requirements.txt"))).unwrap();
    }
    project.digests();
    let before = manifest(&project);
    project.write("lambdas/a/requirements.txt", "a b\n");
    assert_eq!(project.run(&["build", "a"]).code, 4);
    assert_eq!(manifest(&project), before);
}
