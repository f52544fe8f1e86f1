//! Locks with sources in them.

use super::{Library, builds, requiring, succeed};
use crate::support::{Project, Wheel, git};

/// A project whose lambda requires a source of each kind, and its lines.
fn of_all_kinds() -> Project {
    let project = requiring(&[("api", "")]);
    Library::new("shared", "1.0").write(&project.path("shared"));
    Library::new("archived", "1.0").archive(&project.path("lambdas/api/sdists"));
    Library::new("only-sdist", "1.0").archive(&project.index());
    let repository = project.home().join("repository");
    Library::new("versioned", "1.0").write(&repository);
    git(&repository, &["init", "--quiet"]);
    git(&repository, &["add", "--all"]);
    git(&repository, &["commit", "--quiet", "--message", "one"]);
    let lines = format!(
        "../../shared\n./sdists/archived-1.0.tar.gz\nonly-sdist\ngit+file://{}@main\n",
        repository.display()
    );
    project.write("lambdas/api/requirements.txt", lines);
    project
}

/// The digests of a build that must take everything from the lock, with an empty store.
fn locked(project: &Project) -> std::collections::BTreeMap<String, String> {
    std::fs::remove_dir_all(project.store()).expect("a store");
    std::fs::create_dir(project.store()).expect("a folder");
    succeed(project.run(&["-q", "--locked", "--force"])).digests()
}

/// A text without what differs from run to run.
fn redacted(project: &Project, text: &str) -> String {
    let home = project.home().canonicalize().expect("a folder").display().to_string();
    let text =
        text.replace(&home, "[HOME]").replace(&project.home().display().to_string(), "[HOME]");
    let is_hex = |word: &str| word.len() >= 40 && word.chars().all(|c| c.is_ascii_hexdigit());
    let words = text.split('"').map(|word| if is_hex(word) { "[HEX]" } else { word });
    let text = words.collect::<Vec<_>>().join("\"");
    let lines = text.lines().map(|line| match line.split_once("size = ") {
        Some((before, after)) => {
            format!("{before}size = [SIZE]{}\n", after.trim_start_matches(char::is_numeric))
        }
        None => format!("{line}\n"),
    });
    lines.collect()
}

#[test]
fn a_lock_names_each_source_and_gives_the_same_bytes_again() {
    let project = of_all_kinds();
    let before = succeed(project.run(&["-q"])).digests();
    let run = succeed(project.run(&["lock"]));
    expect_test::expect![[r#"
        exit code: 0
        --- stdout
        api	written	lambdas/api/pylock.toml
        --- stderr
              Locked api (4 packages)
            Finished 1 lock in [TIME]
    "#]]
    .assert_eq(&run.text());
    let text = String::from_utf8(project.read("lambdas/api/pylock.toml")).unwrap();
    expect_test::expect![[r##"
        # Made by `cargo dofs-package lock`. That command makes it anew; it need not be edited.
        lock-version = "1.0"
        environments = [
            "implementation_name == 'cpython' and platform_machine == 'x86_64' and python_version == '3.12' and sys_platform == 'linux'",
        ]
        requires-python = "==3.12.*"
        created-by = "cargo-dofs-package"

        [[packages]]
        name = "archived"
        version = "1.0"
        archive = { path = "sdists/archived-1.0.tar.gz", size = [SIZE], hashes = { sha256 = "[HEX]" } }

        [packages.tool.cargo-dofs-package]
        wheel = "archived-1.0-py3-none-any.whl"
        sha256 = "[HEX]"

        [[packages]]
        name = "only-sdist"
        version = "1.0"
        sdist = { name = "only_sdist-1.0.tar.gz", path = "../../../index/only_sdist-1.0.tar.gz", size = [SIZE], hashes = { sha256 = "[HEX]" } }

        [packages.tool.cargo-dofs-package]
        wheel = "only_sdist-1.0-py3-none-any.whl"
        sha256 = "[HEX]"

        [[packages]]
        name = "shared"
        directory = { path = "../../shared" }

        [[packages]]
        name = "versioned"
        vcs = { type = "git", url = "file://[HOME]/repository", requested-revision = "main", commit-id = "[HEX]" }

        [packages.tool.cargo-dofs-package]
        wheel = "versioned-1.0-py3-none-any.whl"
        sha256 = "[HEX]"

        [tool.cargo-dofs-package]
        source = "requirements.txt"
        requirements-sha256 = "[HEX]"
        python = "3.12"
        architecture = "x86_64"
        said = ["python"]
    "##]].assert_eq(&redacted(&project, &text));
    assert_eq!(locked(&project), before);
    assert_eq!(succeed(project.run(&["lock", "--check"])).code, 0);
    let json = succeed(project.run(&["--locked", "--format", "json"])).json();
    assert_eq!(json["packages"][0]["locked"], true);
}

#[test]
fn an_edited_folder_is_built_under_the_same_lock() {
    let project = of_all_kinds();
    succeed(project.run(&["lock"]));
    let before = succeed(project.run(&["-q", "--locked"])).digests();
    let log = project.home().join("builds");
    project.write("shared/src/shared/__init__.py", "VERSION = \"edited\"\n");
    let run = project.tool().env("BUILD_LOG", &log).run(&["-q", "--locked"]);
    assert_ne!(succeed(run).digests(), before);
    assert_eq!(builds(&log), ["shared"]);
    assert_eq!(super::packaged(&project)["shared/__init__.py"], "VERSION = \"edited\"\n");
}

#[test]
fn a_branch_that_moves_is_not_followed_by_a_lock() {
    let project = of_all_kinds();
    succeed(project.run(&["lock"]));
    let before = locked(&project);
    let repository = project.home().join("repository");
    Library::new("versioned", "2.0").write(&repository);
    git(&repository, &["commit", "--quiet", "--all", "--message", "two"]);
    assert_eq!(locked(&project), before);
    std::fs::remove_file(project.path("lambdas/api/pylock.toml")).unwrap();
    succeed(project.run(&["lock"]));
    assert_ne!(locked(&project), before);
}

#[test]
fn another_archive_or_commit_than_that_of_the_lock_is_refused() {
    let project = of_all_kinds();
    succeed(project.run(&["lock"]));
    let lock = String::from_utf8(project.read("lambdas/api/pylock.toml")).unwrap();
    let own = project.path("lambdas/api/sdists");
    let (_, commit) = lock.split_once("commit-id = \"").unwrap();
    let commit = &commit[..40];
    let faults: [(&dyn Fn(), expect_test::Expect); 3] = [
        (
            &|| {
                let other = Library::new("archived", "1.0").file("src/more.py", "");
                other.archive(&own);
            },
            expect_test::expect![[r#"
                exit code: 4
                --- stdout
                --- stderr
                error: `archived-1.0.tar.gz` was replaced by another file of that name
                  --> lambdas/api
                hint: choose anew with `cargo dofs-package lock --upgrade`; where there is no lock, with `build --upgrade`
                error: 1 of 1 lambda could not be packaged
            "#]],
        ),
        (
            &|| {
                let other = Library::new("only-sdist", "1.0").file("src/more.py", "");
                other.archive(&project.index());
            },
            expect_test::expect![[r#"
                exit code: 4
                --- stdout
                --- stderr
                error: `only_sdist-1.0.tar.gz` was replaced by another file of that name
                  --> lambdas/api
                hint: choose anew with `cargo dofs-package lock --upgrade`; where there is no lock, with `build --upgrade`
                error: 1 of 1 lambda could not be packaged
            "#]],
        ),
        (
            &|| {
                let other = lock.replace(commit, &"0".repeat(40));
                project.write("lambdas/api/pylock.toml", other);
            },
            expect_test::expect![[r#"
                exit code: 4
                --- stdout
                --- stderr
                error: `git+file://[HOME]/repository@0000000000000000000000000000000000000000` can't be built
                  --> lambdas/api/requirements.txt
                error: 1 of 1 lambda could not be packaged
            "#]],
        ),
    ];
    for (fault, expected) in faults {
        let archived = std::fs::read(own.join("archived-1.0.tar.gz")).unwrap();
        let sdist = std::fs::read(project.index().join("only_sdist-1.0.tar.gz")).unwrap();
        fault();
        std::fs::remove_dir_all(project.store()).unwrap();
        std::fs::create_dir(project.store()).unwrap();
        let run = project.run(&["-q", "--locked", "--force"]);
        let text = redacted(&project, &super::said(&run));
        let lines = text.lines().filter(|line| !super::git::is_of_git(line));
        expected.assert_eq(&lines.map(|line| format!("{line}\n")).collect::<String>());
        std::fs::write(own.join("archived-1.0.tar.gz"), archived).unwrap();
        std::fs::write(project.index().join("only_sdist-1.0.tar.gz"), sdist).unwrap();
        project.write("lambdas/api/pylock.toml", &lock);
    }
}

#[test]
fn a_folder_that_requires_more_than_its_lock_has_is_told_and_locked_anew() {
    let project = requiring(&[("api", "-e ../../shared\n")]);
    Library::new("shared", "1.0").write(&project.path("shared"));
    project.publish(&Wheel::new("one", "1.0"));
    succeed(project.run(&["lock"]));
    Library::new("shared", "1.0").requires("one").write(&project.path("shared"));

    let stale = project.run(&["--locked", "--format", "json", "-q"]);
    succeed(project.run(&["lock"]));
    let fresh = project.run(&["--locked", "-q"]);

    assert_eq!(stale.code, 6, "{}", stale.text());
    assert_eq!(stale.json()["failures"][0]["code"], "lock-stale");
    assert_eq!(fresh.code, 0, "{}", fresh.text());
}

#[test]
fn offline_nothing_is_built_and_no_program_is_started() {
    let project = requiring(&[("api", "one\n")]);
    Library::new("one", "1.0").archive(&project.index());
    succeed(project.run(&["lock"]));
    std::fs::remove_dir_all(project.store()).expect("a store");
    std::fs::create_dir(project.store()).expect("a folder");

    let run = project.tool().env("PATH", super::nowhere(&project)).run(&["--frozen", "-q"]);

    assert_eq!(run.code, 6, "{}", run.text());
}

#[test]
fn nothing_is_built_to_keep_the_version_of_a_lock() {
    let project = requiring(&[("api", "one==1.0\n")]);
    for version in ["1.0", "2.0"] {
        let two = format!("two=={version}");
        project.publish(&Wheel::new("one", version).requires(&two));
        project.publish(&Wheel::new("two", version));
        Library::new("two", version).archive(&project.index());
    }
    succeed(project.run(&["lock", "-q"]));
    project.write("lambdas/api/requirements.txt", "one==2.0\n");

    let run = succeed(project.run(&["lock"]));

    assert!(!run.stderr.contains("Building"), "{}", run.text());
    assert!(run.stderr.contains("chosen anew: `two==1.0`"), "{}", run.text());
}
