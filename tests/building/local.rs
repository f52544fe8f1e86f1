//! Folders of the project.

use super::{Library, files_below, modules_of, packaged_of, requiring, succeed, wheels};
use crate::support::{Project, Wheel, entries};

/// A library with an extra that requires a wheel of the index, and one that it always requires.
fn shared() -> Library {
    Library::new("shared", "1.0")
        .requires("always")
        .metadata("Provides-Extra: more")
        .requires("extra-one ; extra == \"more\"")
}

/// A project whose lambda has these requirements, with the library at `shared`.
fn with_shared(requirements: &str) -> Project {
    let project = requiring(&[("api", requirements)]);
    shared().write(&project.path("shared"));
    project.publish(&Wheel::new("always", "1.0"));
    project.publish(&Wheel::new("extra-one", "1.0"));
    project
}

#[test]
fn every_way_to_name_a_folder_packages_its_modules_and_what_they_require() {
    let plain = ["always/__init__.py", "shared/__init__.py"];
    let extra = ["always/__init__.py", "extra_one/__init__.py", "shared/__init__.py"];
    let table = [
        ("-e ../../shared\n", &plain[..]),
        ("--editable=../../shared\n", &plain),
        ("../../shared\n", &plain),
        ("../../shared/\n", &plain),
        ("../../shared[more]\n", &extra),
        ("-e ../../shared[more]\n", &extra),
        ("../../shared ; python_version > '3.8'\n", &plain),
        ("../../shared ; python_version < '3.8'\n", &[]),
        ("shared @ file://${SHARED}\n", &plain),
        ("shared[more] @ file://${SHARED}\n", &extra),
        ("file://${SHARED}\n", &plain),
        ("-e file://${SHARED}\n", &plain),
        ("${SHARED}\n", &plain),
        ("../../${NAME}\n", &plain),
        ("\u{feff}../../shared\r\n# a comment\r\n", &plain),
        ("# why\n../../shared \\\n  # a comment\n", &plain),
        ("../../shared   # why\n", &plain),
        ("../../shared\n-e ../../shared\n", &plain),
        ("../../shared\n../../shared[more]\n", &extra),
    ];
    let project = with_shared("");
    std::fs::remove_dir_all(project.path("lambdas")).unwrap();
    for (index, (requirements, _)) in table.iter().enumerate() {
        project.write(&format!("lambdas/l{index}/l{index}.py"), super::MODULE);
        project.write(&format!("lambdas/l{index}/requirements.txt"), requirements);
    }
    let shared = project.path("shared").display().to_string();
    let before = files_below(&project.path("shared"));
    succeed(project.tool().env("SHARED", &shared).env("NAME", "shared").run(&[]));
    for (index, (requirements, expected)) in table.iter().enumerate() {
        let lambda = format!("l{index}");
        assert_eq!(modules_of(&project, &lambda), *expected, "{requirements}");
        let all = packaged_of(&project, &lambda).into_iter();
        let all: String = all.map(|(name, text)| name + &text).collect();
        for trace in [".pth", "egg-link", "direct_url", "/tmp", &*shared] {
            assert!(!all.contains(trace), "{requirements}: {trace}");
        }
    }
    assert_eq!(files_below(&project.path("shared")), before);
    assert_eq!(project.leftovers(), Vec::<std::path::PathBuf>::new());
}

#[test]
fn a_path_is_relative_to_its_file_or_with_a_note_to_the_root() {
    let project = requiring(&[("api", "-r ../../common/base.txt\n./vendored\n")]);
    project.write("common/base.txt", "./near\n./far\n");
    Library::new("vendored", "1.0").write(&project.path("lambdas/api/vendored"));
    Library::new("near", "1.0").write(&project.path("common/near"));
    Library::new("far", "1.0").write(&project.path("far"));
    let run = succeed(project.run(&["-v", "--format", "json"]));
    let expected = ["far", "near", "vendored"].map(|it| format!("{it}-1.0-py3-none-any.whl"));
    assert_eq!(wheels(&run), expected);
    let notes = run.stderr.lines().filter(|line| line.contains("taken from"));
    let notes: Vec<_> = notes.map(str::trim).collect();
    let expected = "Note `./far` in common/base.txt:2 is taken from the root: it is not beside that \
                    file";
    assert_eq!(notes, [expected]);
}

#[test]
fn a_folder_that_is_no_project_is_told_with_its_line() {
    let lines = [
        (
            "../../nowhere\n",
            expect_test::expect![[r#"
            exit code: 4
            --- stdout
            --- stderr
            error: there is no `../../nowhere`
              --> lambdas/api/requirements.txt:1
            hint: write it relative to this file, or to the root
            error: 1 of 1 lambda could not be packaged
        "#]],
        ),
        (
            "\n./folder\n",
            expect_test::expect![[r#"
            exit code: 4
            --- stdout
            --- stderr
            error: `./folder` can't be built: it has neither pyproject.toml nor setup.py
              --> lambdas/api/requirements.txt:2
            hint: name the folder that has one of them
            error: 1 of 1 lambda could not be packaged
        "#]],
        ),
        (
            "-c limits.txt\nalways\n",
            expect_test::expect![[r#"
            exit code: 4
            --- stdout
            --- stderr
            error: `../../shared` can't be built: it is a constraint, and only requirements are built
              --> lambdas/api/limits.txt:1
            hint: require it in the requirements file itself
            error: 1 of 1 lambda could not be packaged
        "#]],
        ),
        (
            "-e\n",
            expect_test::expect![[r#"
            exit code: 4
            --- stdout
            --- stderr
            error: the option `-e` is not one that a requirements file may have
              --> lambdas/api/requirements.txt:1
            hint: remove it, or put it into pip's own configuration
            error: 1 of 1 lambda could not be packaged
        "#]],
        ),
        (
            "-e always\n",
            expect_test::expect![[r#"
                exit code: 4
                --- stdout
                --- stderr
                error: `-e always` can't be built: it is neither a folder nor a repository
                  --> lambdas/api/requirements.txt:1
                hint: remove the `-e`; a folder begins with `./` or `../`
                error: 1 of 1 lambda could not be packaged
            "#]],
        ),
        (
            "other @ ./../../shared\n",
            expect_test::expect![[r#"
                exit code: 4
                --- stdout
                --- stderr
                error: what is required as `other` is a project named `shared`
                  --> lambdas/api/requirements.txt:1
                hint: write `shared` before the `@`, or nothing
                error: 1 of 1 lambda could not be packaged
            "#]],
        ),
        (
            "other @ file://${SHARED}\n",
            expect_test::expect![[r#"
                exit code: 4
                --- stdout
                --- stderr
                error: what is required as `other` is a project named `shared`
                  --> lambdas/api/requirements.txt:1
                hint: write `shared` before the `@`, or nothing
                error: 1 of 1 lambda could not be packaged
            "#]],
        ),
    ];
    for (requirements, expected) in lines {
        let project = with_shared(requirements);
        project.write("lambdas/api/folder/a.py", "");
        project.write("lambdas/api/limits.txt", "../../shared\n");
        let shared = project.path("shared").display().to_string();
        let run = project.tool().env("SHARED", shared).run(&["-q"]);
        expected.assert_eq(&run.text());
    }
}

#[test]
fn a_build_that_fails_is_told_with_its_last_words() {
    let project = requiring(&[("api", "../../shared\n")]);
    shared().failing("it wants a moon").write(&project.path("shared"));
    let run = project.run(&["-q"]);
    expect_test::expect![[r#"
        exit code: 4
        --- stdout
        --- stderr
        error: `../../shared` can't be built
          --> lambdas/api/requirements.txt:1
          caused by: it wants a moon
        error: 1 of 1 lambda could not be packaged
    "#]]
    .assert_eq(&super::said(&run));
    assert!(!project.path("shared/build").exists());
}

#[test]
fn entries_are_those_of_the_folder_whatever_lies_in_its_way() {
    let project = requiring(&[("api", "../../shared\n")]);
    let library = Library::new("shared", "1.0").file("src/shared/data.bin", [0, 255, 7]);
    library.write(&project.path("shared"));
    std::os::unix::fs::symlink("data.bin", project.path("shared/src/shared/link.bin")).unwrap();
    for path in ["build/lib/shared/old.py", "shared.egg-info/PKG-INFO", ".venv/pyvenv.cfg"] {
        project.write(&format!("shared/{path}"), "old\n");
    }
    succeed(project.run(&[]));
    let entries = entries(&project.path("lambdas/api/api.zip"));
    assert_eq!(entries["shared/data.bin"].0, [0, 255, 7]);
    assert_eq!(entries["shared/link.bin"].0, [0, 255, 7]);
    assert!(!entries.keys().any(|name| name.contains("old")));
}

#[test]
fn a_package_may_be_named_like_a_folder_of_builds() {
    let project = requiring(&[("api", "../../shared\n")]);
    let library = Library::new("shared", "1.0");
    let library = ["build/__init__.py", "src/shared/node_modules/a.js"]
        .iter()
        .fold(library, |library, path| library.file(path, ""));
    library.write(&project.path("shared"));
    // Flat: the package lies beside what builds it.
    std::os::unix::fs::symlink("../build/__init__.py", project.path("shared/src/build.py"))
        .unwrap();
    succeed(project.run(&[]));
    let expected = ["build.py", "shared/__init__.py", "shared/node_modules/a.js"];
    assert_eq!(modules_of(&project, "api"), expected);
}

#[test]
fn a_lambda_that_requires_itself_is_not_built_for_what_was_written_into_it() {
    let project = requiring(&[("api", "-e .\n")]);
    Library::new("itself", "1.0").write(&project.path("lambdas/api"));
    let before = succeed(project.run(&["-q"])).digests();
    let nowhere = super::nowhere(&project);
    let again = succeed(project.tool().env("PATH", nowhere).run(&["-q"]));
    assert_eq!(again.digests(), before);
}
