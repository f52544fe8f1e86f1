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

/// Lambdas of two parts, and the manifest of all.
fn in_parts() -> (Project, String) {
    let project = project();
    for name in ["c", "d"] {
        project.write(&format!("lambdas/{name}/{name}.py"), "ONE = 1\n");
    }
    project.digests();
    let whole = manifest(&project);
    (project, whole)
}

/// Packages the parts of two, each into a manifest of its own.
fn package_parts(project: &Project) -> [String; 2] {
    [1, 2].map(|part| {
        let path = format!("{part}.json");
        let partition = format!("{part}/2");
        let run = project.run(&["build", "--partition", &partition, "--manifest", &path]);
        assert_eq!((run.code, run.stderr.contains("warning")), (0, false), "{}", run.text());
        path
    })
}

#[test]
fn a_part_takes_the_place_of_no_entries_of_other_parts() {
    let (project, whole) = in_parts();
    project.write("lambdas/a/a.py", "A = 2\n");
    project.write("lambdas/b/b.py", "B = 2\n");
    let zips = || ["a", "b"].map(|name| project.read(&format!("lambdas/{name}/{name}.zip")));
    let before = zips();
    expect_test::expect![[r#"
        exit code: 2
        --- stdout
        --- stderr
        error: part 1 of 2 would take the place of all in `terraform/packages.json`, and the entries of `d` would be lost
        hint: give each part a file of its own with `--manifest FILE`, and join these with `cargo dofs-package manifest merge`
    "#]]
    .assert_eq(&project.run(&["build", "--partition", "1/2"]).text());
    for arguments in [
        &["build", "--partition", "2/2"][..],
        &["build", "--partition", "1/2", "--manifest", "terraform/packages.json"],
        // Of its own part, others would be lost.
        &["build", "a", "--partition", "1/1"],
    ] {
        let run = project.run(arguments);
        assert_eq!((run.code, &*run.stdout), (2, ""), "{}", run.text());
    }
    assert_eq!((manifest(&project), zips()), (whole.clone(), before));
    // Nothing is written of a dry run, nor lost by the part that has all.
    assert_eq!(project.run(&["build", "-n", "--partition", "1/2"]).code, 0);
    let run = project.run(&["build", "--partition", "1/1"]);
    assert_eq!((run.code, run.stderr.contains("warning")), (0, false), "{}", run.text());
    assert_ne!(manifest(&project), whole);
}

#[test]
fn a_part_that_is_alone_in_the_manifest_of_all_is_warned_of() {
    let (project, _) = in_parts();
    let path = project.path("terraform/packages.json");
    std::fs::remove_file(&path).expect("it is there");
    let run = project.run(&["build", "--partition", "1/2"]);
    expect_test::expect![[r#"
        exit code: 0
        --- stdout
        a	qgrDsxOT+KTrn5A7AP5AQHcaxOtFiStkO+Nv15Zz7q4=	lambdas/a/a.zip
        b	vtcDIodgzgD234S02DzRbsMmEOCzDKz5OYWP5S/Xfb0=	lambdas/b/b.zip
        c	PpFWBNP2vPpdwyS//ifdZDs+K9cxdBKHqaoQboHjcrI=	lambdas/c/c.zip
        --- stderr
        warning: `terraform/packages.json` has only part 1 of 2
        hint: give each part a file of its own with `--manifest FILE`, and join these with `cargo dofs-package manifest merge`
             Updated terraform/packages.json
            Finished 3 packages, all unchanged in [TIME]
    "#]]
    .assert_eq(&run.text());
}

#[test]
fn a_lambda_that_is_removed_leaves_the_manifest_of_all_with_its_part() {
    let (project, _) = in_parts();
    std::fs::remove_dir_all(project.path("lambdas/a")).expect("a folder");
    let run = project.run(&["build", "-q", "--partition", "1/1"]);
    assert_eq!(run.code, 0, "{}", run.text());
    assert!(!manifest(&project).contains("\"a\""));
}

#[test]
fn parts_that_lack_a_lambda_are_not_joined() {
    let (project, whole) = in_parts();
    let [one, two] = package_parts(&project);
    project.write("empty.json", "{}\n");
    let merge = |arguments: &[&str]| project.run(&[&["manifest", "merge"], arguments].concat());
    expect_test::expect![[r#"
        exit code: 3
        --- stdout
        --- stderr
        error: `d` is in none of the manifests to be joined
        hint: join the manifests of all parts of one run, in which no lambda failed: with `--partition I/N`, each I from 1 to N
    "#]]
    .assert_eq(&merge(&[&one]).text());
    expect_test::expect![[r#"
        exit code: 3
        --- stdout
        --- stderr
        error: `a`, `b`, `c`, `d` are in none of the manifests to be joined
        hint: join the manifests of all parts of one run, in which no lambda failed: with `--partition I/N`, each I from 1 to N
    "#]]
    .assert_eq(&merge(&["empty.json"]).text());
    assert_eq!(merge(&[&one, "empty.json"]).code, 3);
    assert_eq!(manifest(&project), whole);
    // Another file is what its writer takes it for, until it would lose what it has.
    expect_test::expect![[r#"
        exit code: 0
        --- stdout
        some.json	written
        --- stderr
        warning: `d` is in none of the manifests to be joined
        hint: join the manifests of all parts of one run, in which no lambda failed: with `--partition I/N`, each I from 1 to N
    "#]]
    .assert_eq(&merge(&[&one, "--manifest", "some.json"]).text());
    assert_eq!(merge(&[&one, &two, "--manifest", "some.json"]).code, 0);
    assert_eq!(merge(&[&one, "--manifest", "some.json"]).code, 3);
    assert_eq!(merge(&[&one, &two]).stdout, "terraform/packages.json\tunchanged\n");
    assert_eq!(manifest(&project), whole);
    let before = project.read(&one);
    let run = merge(&[&one, &two, "--manifest", &one]);
    assert!(run.code == 2 && run.stderr.contains("take the place of `1.json`"), "{}", run.text());
    assert_eq!(project.read(&one), before);
}

#[test]
fn what_is_no_package_is_lacking_in_no_part() {
    let (project, _) = in_parts();
    let image = "resource \"aws_lambda_function\" \"a\" {\n  function_name = \"a\"\n  package_type = \
                 \"Image\"\n  image_uri = \"x:1\"\n}\n";
    project.write("terraform/main.tf", image);
    project.write("dofs-package.toml", format!("{CONFIG}[lambda.b]\nskip = true\n"));
    let [one, two] = package_parts(&project);
    let run = project.run(&["manifest", "merge", &one, &two]);
    assert_eq!((run.code, &*run.stderr), (0, ""), "{}", run.text());
    let text = manifest(&project);
    assert!(!text.contains("\"a\"") && !text.contains("\"b\"") && text.contains("\"c\""), "{text}");
}

/// As a build leaves it.
#[test]
fn the_entry_of_a_lambda_that_is_not_checked_out_outlives_a_merge() {
    let (project, whole) = in_parts();
    project.write(".gitignore", "*.zip\n");
    let root = project.root();
    git(&root, &["init", "--quiet"]);
    git(&root, &["add", "--all"]);
    git(&root, &["commit", "--quiet", "--message", "all"]);
    git(&root, &["sparse-checkout", "set", "lambdas/b", "lambdas/c", "lambdas/d", "terraform"]);
    let [one, two] = package_parts(&project);
    let run = project.run(&["manifest", "merge", &one, &two]);
    assert_eq!(run.code, 0, "{}", run.text());
    assert_eq!(manifest(&project), whole);
}

#[test]
fn zips_outside_of_the_project_are_warned_of_where_the_manifest_is_inside() {
    let project = project();
    let run = project.run(&["build", "--out-dir", "../../elsewhere/zips"]);
    expect_test::expect![[r#"
        exit code: 0
        --- stdout
        a	qgrDsxOT+KTrn5A7AP5AQHcaxOtFiStkO+Nv15Zz7q4=	../../elsewhere/zips/a.zip
        b	vtcDIodgzgD234S02DzRbsMmEOCzDKz5OYWP5S/Xfb0=	../../elsewhere/zips/b.zip
        --- stderr
            Packaged a (112 B, 1 file)
            Packaged b (112 B, 1 file)
             Updated terraform/packages.json
        warning: the zips that `terraform/packages.json` names are in `../../elsewhere/zips`, outside of the project: no other clone has them there
        hint: let them go to a folder of the project, or write a manifest beside them with `--manifest`
            Finished 2 packages in [TIME]
    "#]]
    .assert_eq(&run.text());
    for arguments in [
        &["build", "--out-dir", "dist"][..],
        &["build", "--out-dir", "../zips", "--manifest", "../zips/packages.json"],
        &["build", "-n", "--out-dir", "../zips"],
    ] {
        let run = project.run(arguments);
        assert_eq!((run.code, run.stderr.contains("warning")), (0, false), "{}", run.text());
    }
}

#[test]
#[cfg(target_os = "linux")]
fn a_run_that_could_not_write_all_is_not_finished() {
    // Nobody can make a file in either folder.
    for (option, path) in [("--manifest", "/proc/a.json"), ("--timings", "lambdas/a/a.py/a.json")] {
        let project = project();
        let run = project.run(&["build", option, path]);
        assert_ne!(run.code, 0, "{option}: {run:?}");
        assert!(project.path("lambdas/a/a.zip").exists(), "{option}");
        assert!(run.stderr.contains("error: "), "{option}: {run:?}");
        assert!(!run.stderr.contains("Finished"), "{option}: {run:?}");
    }
}
