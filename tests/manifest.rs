//! The package manifest: what Terraform reads in place of zips.

use sha2::{Digest as _, Sha256};

use crate::support::{Project, Run, git};

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
    let entry = |name: &str| {
        let zip = project.read(&format!("lambdas/{name}/{name}.zip"));
        let hexadecimal: String =
            Sha256::digest(zip).iter().map(|byte| format!("{byte:02x}")).collect();
        format!(
            "  \"{name}\": {{\n    \"source_code_hash\": \"{}\",\n    \"sha256\": \"{hexadecimal}\",\n    \"size\": \
             {size},\n    \"filename\": \"../lambdas/{name}/{name}.zip\",\n    \"kind\": \"function\",\n    \"format\": \
             1\n  }}",
            digests[name]
        )
    };
    assert_eq!(manifest(&project), format!("{{\n{},\n{}\n}}\n", entry("a"), entry("b")));
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
    let parts = |text: &str| {
        let (one, other) = text.split_once("  \"b\"").expect("two entries");
        (one.to_owned(), other.to_owned())
    };
    let (before, after) = (parts(&before), parts(&after));
    assert!(after.0.contains(&run.digests()["a"]));
    assert_ne!(before.0, after.0);
    assert_eq!(before.1, after.1);
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
fn a_name_that_occurs_twice_is_told() {
    let project = project();
    assert_eq!(project.run(&["-q"]).code, 0);
    let text = String::from_utf8(project.read("terraform/packages.json")).expect("JSON is text");
    let (entry, _) = text.split_once("\n  },").expect("two entries");
    project.write("terraform/packages.json", format!("{entry}\n  }},{}", &text[1..]));

    let run = project.run(&[]);

    expect_test::expect![[r#"
        exit code: 3
        --- stdout
        --- stderr
        error: `terraform/packages.json` can't be read as a package manifest
          --> terraform/packages.json:10
          caused by: `a` occurs twice
        hint: remove it, and package every lambda: that writes it anew
    "#]]
    .assert_eq(&run.text());
}

#[test]
fn one_whose_folder_is_not_there_stops_the_build_before_a_zip_is_made() {
    for (config, arguments, path, folder) in [
        ("terraform/packages.json", &[][..], "terraform/packages.json", "terraform"),
        ("a/b/packages.json", &["build", "a"], "a/b/packages.json", "a/b"),
        ("terraform/packages.json", &["--manifest", "x/y.json"], "x/y.json", "x"),
        ("../none/packages.json", &[], "../none/packages.json", "../none"),
        (
            "terraform/packages.json",
            &["--partition", "1/2"],
            "terraform/packages.json",
            "terraform",
        ),
    ] {
        let project = project();
        std::fs::remove_dir(project.path("terraform")).expect("a folder");
        project.write("dofs-package.toml", format!("manifest = \"{config}\"\n"));
        let run = project.run(arguments);
        assert_eq!((run.code, &*run.stdout), (3, ""), "{}", run.text());
        let expected = format!(
            "error: the package manifest would be `{path}`, and there is no `{folder}`\nhint: make \
             the folder `{folder}`\n"
        );
        assert_eq!(run.stderr, expected);
        assert!(!project.path("lambdas/a/a.zip").exists());
        // Nothing is written of a dry run.
        assert_eq!(project.run(&["build", "-n", "-q"]).code, 0);
    }
}

#[test]
fn one_that_can_not_be_written_is_told_and_the_zips_are_there() {
    let project = project();
    std::fs::remove_dir(project.path("terraform")).expect("a folder");
    project.write("terraform", "no folder");

    let run = project.run(&[]);

    assert_eq!((run.code, run.stdout.lines().count()), (3, 2), "{}", run.text());
    let expected = "error: cannot write the package manifest `terraform/packages.json`\n";
    assert!(run.stderr.contains(expected), "{}", run.text());
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

/// Commits what is there on a branch that begins at another.
fn branch(project: &Project, name: &str, from: &str, change: impl Fn()) {
    let root = project.root();
    git(&root, &["checkout", "--quiet", "-b", name, from]);
    git(&root, &["clean", "--quiet", "-fdx"]);
    change();
    assert_eq!(project.run(&["build", "-q"]).code, 0);
    git(&root, &["add", "--all"]);
    git(&root, &["commit", "--quiet", "--message", name]);
}

#[test]
fn git_merges_branches_of_different_lambdas() {
    let edit = |project: &Project, name: &str, text: &str| {
        project.write(
            &format!("lambdas/{name}/{name}.py"),
            format!("def handler(event, context): {text}\n"),
        );
    };
    for (one, other) in [
        (&["b"][..], &["c"][..]),
        (&["a"], &["b"]),
        (&["c"], &["d"]),
        (&["aa"], &["cc"]),
        (&["c"], &["e"]),
        (&["a0", "b"], &["c", "e"]),
    ] {
        let project = Project::with(&[
            ("dofs-package.toml", "manifest = \"packages.json\"\n"),
            (".gitignore", "*.zip\n"),
        ]);
        ["a", "b", "c", "d"].iter().for_each(|name| edit(&project, name, "return 1"));
        let root = project.root();
        git(&root, &["init", "--quiet", "--initial-branch=main"]);
        assert_eq!(project.run(&["build", "-q"]).code, 0);
        git(&root, &["add", "--all"]);
        git(&root, &["commit", "--quiet", "--message", "first"]);
        for (name, changed) in [("one", one), ("other", other)] {
            branch(&project, name, "main", || {
                changed.iter().for_each(|it| edit(&project, it, "return 2"));
            });
        }
        git(&root, &["merge", "--quiet", "--no-edit", "one"]);
        let merged = project.read("packages.json");
        let run = project.run(&["build"]);
        assert_eq!(run.code, 0, "{}", run.text());
        assert_eq!(project.read("packages.json"), merged, "{one:?} and {other:?}");
    }
}

#[test]
fn manifests_of_parts_are_joined_to_the_one_of_all() {
    let project =
        Project::with(&[("dofs-package.toml", "manifest = \"terraform/packages.json\"\n")]);
    for number in 0..12 {
        project.write(
            &format!("lambdas/fn{number}/handler.py"),
            "def handler(event, context): return 1\n",
        );
    }
    project.write("terraform/main.tf", "");
    project.digests();
    let whole = manifest(&project);
    std::fs::remove_file(project.path("terraform/packages.json")).expect("it is there");
    let parts: Vec<String> = (1..=4)
        .map(|part| {
            let path = format!("parts/{part}.json");
            project.write("parts/x", "");
            let run = project.run(&[
                "build",
                "-q",
                "--partition",
                &format!("{part}/4"),
                "--manifest",
                &path,
            ]);
            assert_eq!(run.code, 0, "{}", run.text());
            let names: Vec<&str> =
                run.stdout.lines().filter_map(|line| line.split('\t').next()).collect();
            let text = String::from_utf8(project.read(&path)).expect("UTF-8");
            let entries: serde_json::Value = serde_json::from_str(&text).expect("JSON");
            let entries = entries.as_object().expect("a map");
            assert!(
                names.iter().all(|name| entries.contains_key(*name))
                    && names.len() == entries.len()
            );
            path
        })
        .collect();
    let merge = |parts: &[&str]| project.run(&[&["manifest", "merge"], parts].concat());
    let all: Vec<&str> = parts.iter().map(String::as_str).collect();
    let run = merge(&all);
    assert_eq!(
        (run.code, &*run.stdout),
        (0, "terraform/packages.json\twritten\n"),
        "{}",
        run.text()
    );
    assert_eq!(manifest(&project), whole);
    assert_eq!(merge(&all).stdout, "terraform/packages.json\tunchanged\n");

    let run = merge(&[all[0], all[1], all[0]]);
    assert_eq!(run.code, 3, "{}", run.text());
    assert!(run.stderr.contains(" is in `parts/1.json` and in `parts/1.json`"), "{}", run.text());
    assert_eq!(manifest(&project), whole);
    assert_eq!(merge(&["parts/9.json"]).code, 3);
    project.write("dofs-package.toml", "");
    assert_eq!(merge(&all).code, 2);
    let run = merge(&[&all[..], &["--manifest", "elsewhere.json"]].concat());
    assert_eq!(run.code, 0, "{}", run.text());
    let text = String::from_utf8(project.read("elsewhere.json")).expect("UTF-8");
    assert_eq!(text, whole.replace("\"../lambdas", "\"lambdas"));
}
