//! Files that git ignores: packaged, marked, and counted once a run.

use expect_test::expect;

use crate::support::{Project, git, output};

/// A repository with two lambdas, which git has whole.
fn repository(ignore: &str) -> Project {
    let project = Project::with(&[
        (".gitignore", ignore),
        ("lambdas/a/a.py", "A = 1\n"),
        ("lambdas/b/b.py", "B = 1\n"),
    ]);
    git(&project.root(), &["init", "--quiet"]);
    git(&project.root(), &["add", "--all"]);
    git(&project.root(), &["commit", "--quiet", "--message", "all"]);
    project
}

#[test]
fn what_is_generated_is_packaged_and_counted_once_for_all_lambdas() {
    let project = repository("*.zip\n*_pb2.py\n/lambdas/*/data/\n");
    project.write("lambdas/a/a_pb2.py", "x".repeat(10));
    project.write("lambdas/b/data/b.bin", "x".repeat(3_000));
    project.write("lambdas/b/new.py", "");
    let run = project.run(&[]);
    expect![[r#"
        warning: 2 files that git ignores are packaged, 3.0 kB in all, the largest `lambdas/b/data/b.bin` (3.0 kB): another machine may have others
        hint: name what belongs in the package in `include`, and the rest in `exclude`
            Packaged a (214 B, 2 files)
            Packaged b (316 B, 3 files)
            Finished 2 packages in [TIME]
    "#]]
    .assert_eq(&run.stderr);
    let names: Vec<String> = project.entries("lambdas/b/b.zip").into_keys().collect();
    assert_eq!(names, ["b.py", "data/b.bin", "new.py"]);
    let run = project.run(&["verify"]);
    expect![[r#"
        warning: 2 files that git ignores are packaged, 3.0 kB in all, the largest `lambdas/b/data/b.bin` (3.0 kB): another machine may have others
        hint: name what belongs in the package in `include`, and the rest in `exclude`
        warning: `b`: `lambdas/b/new.py` is packaged, and git does not track it: no other machine will have it
        hint: commit it, or leave it out with `exclude` in the config
            Verified 4 checks in [TIME], with 2 warnings
    "#]]
    .assert_eq(&run.stderr);
}

#[test]
fn list_marks_them() {
    let project = repository("*.zip\ngenerated/\n");
    project.write("lambdas/a/generated/a.py", "");
    let run = project.run(&["list", "--members", "a"]);
    expect![[r#"
        exit code: 0
        --- stdout
        a	target	x86_64	default
        a	own	2 files, 6 B	the largest is a.py, 6 B
        a	kept	a.py	lambdas/a/a.py
        a	kept	generated/a.py	lambdas/a/generated/a.py (ignored by git)
        --- stderr
        warning: `lambdas/a/generated/a.py` (0 B) is packaged, and git ignores it: another machine may not have it
        hint: name what belongs in the package in `include`, and the rest in `exclude`
    "#]]
    .assert_eq(&run.text());
    let json = project.run(&["list", "a", "--format", "json"]).json();
    let kept = &json["lambdas"][0]["kept"];
    assert_eq!(
        (&kept[0]["ignored"], &kept[1]["ignored"]),
        (&serde_json::Value::Null, &true.into())
    );
}

#[test]
fn what_include_names_or_git_tracks_all_the_same_needs_no_warning() {
    let project = repository("*.zip\n*.bin\n");
    project.write("lambdas/a/named.bin", "x");
    project.write("lambdas/b/forced.bin", "x");
    project.write("dofs-package.toml", "include = [\"named.bin\"]\n");
    git(&project.root(), &["add", "--force", "lambdas/b/forced.bin"]);
    let run = project.run(&["-q"]);
    assert_eq!((run.code, run.stderr.as_str()), (0, ""));
    assert!(project.run(&["list", "--members", "a"]).stdout.contains("named.bin (ignored by git)"));
}

/// A build that changes nothing starts no program.
#[test]
fn git_is_not_needed_to_tell() {
    let project = repository("*.zip\n*.bin\n");
    project.write("lambdas/a/a.bin", "x");
    let run = project.tool().env("PATH", project.home()).run(&["-n"]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    assert!(run.stderr.contains("`lambdas/a/a.bin` (1 B) is packaged"), "{}", run.stderr);
}

/// What `git check-ignore` says of each path.
#[test]
fn rules_are_read_as_git_reads_them() {
    let project =
        repository("*.zip\n# note\n*.log\n!keep.log\n/lambdas/b/top\nfolder/\n\\#odd\nsp\\ \n");
    project.write("lambdas/a/.gitignore", "\u{feff}*.py[co]\n!*.log\ninner/deep\n**/any\n");
    project.write("lambdas/a/sub/.gitignore", "*.log\n!a.py\n*.py\n");
    project.write(".git/info/exclude", "own.txt\n!b.log\n");
    std::fs::create_dir_all(project.home().join(".config/git")).expect("a folder");
    std::fs::write(project.home().join(".config/git/ignore"), "user.txt\n!own.txt\n").expect("one");
    let paths = [
        "lambdas/a/x.log",
        "lambdas/b/x.log",
        "lambdas/b/b.log",
        "lambdas/b/keep.log",
        "lambdas/b/top",
        "lambdas/b/sub/top",
        "lambdas/b/folder/x.py",
        "lambdas/b/sub/folder/x.py",
        "lambdas/b/sub/folder2",
        "lambdas/b/#odd",
        "lambdas/b/sp ",
        "lambdas/a/inner/deep/x.py",
        "lambdas/a/sub/inner/deep/x.py",
        "lambdas/a/sub/q/any",
        "lambdas/a/sub/x.log",
        "lambdas/a/sub/a.py",
        "lambdas/a/sub/q/b.py",
        "lambdas/a/own.txt",
        "lambdas/b/user.txt",
        "lambdas/b/plain.txt",
    ];
    for path in paths {
        project.write(path, "");
    }
    let list = paths.map(|path| format!("{path}\0")).concat();
    let file = project.home().join("list");
    std::fs::write(&file, list).expect("a file");
    let mut command = std::process::Command::new("git");
    command.args(["check-ignore", "--no-index", "-z", "--stdin"]);
    command.stdin(std::fs::File::open(&file).expect("a file"));
    command.current_dir(project.root()).env("HOME", project.home()).env("GIT_CONFIG_NOSYSTEM", "1");
    let expected = output(&mut command);
    let mut expected: Vec<&str> = expected.split('\0').filter(|path| !path.is_empty()).collect();
    expected.sort_unstable();
    let listed = project.run(&["list", "--members"]).stdout;
    let rows = listed.lines().filter_map(|line| line.strip_suffix(" (ignored by git)"));
    let mut told: Vec<&str> = rows.map(|row| row.rsplit('\t').next().expect("a path")).collect();
    told.sort_unstable();
    assert_eq!(told, expected);
    assert!(expected.len() > 8, "{expected:?}");
}

#[test]
fn a_user_may_keep_the_rules_elsewhere() {
    let project = repository("*.zip\n");
    project.write("lambdas/a/mine.txt", "");
    std::fs::write(project.home().join("rules"), "mine.txt\n").expect("a file");
    let config = "[core]\n\texcludesFile = ~/rules # mine\n";
    std::fs::write(project.home().join(".gitconfig"), config).expect("a file");
    assert!(project.run(&["-n"]).stderr.contains("git ignores it"));
    git(&project.root(), &["config", "core.excludesFile", "/dev/null"]);
    assert!(!project.run(&["-n"]).stderr.contains("git ignores it"));
}

#[test]
fn a_project_below_the_top_of_its_repository_has_the_rules_above_it() {
    let project = Project::with(&[
        ("services/x/lambdas/a/a.py", "A = 1\n"),
        ("services/x/lambdas/a/made.py", "A = 1\n"),
        (".gitignore", "made.py\n*.zip\n"),
    ]);
    git(&project.root(), &["init", "--quiet"]);
    git(&project.root(), &["add", "--all"]);
    let run = project.tool().directory(project.path("services/x")).run(&["-n"]);
    assert!(run.stderr.contains("`lambdas/a/made.py` (6 B) is packaged"), "{}", run.stderr);
}

#[test]
fn a_repository_that_has_nothing_of_the_project_is_not_its_own() {
    let project = Project::with(&[
        ("work/lambdas/a/a.py", "A = 1\n"),
        (".gitignore", "*\n"),
        (".profile", ""),
    ]);
    git(&project.root(), &["init", "--quiet"]);
    git(&project.root(), &["add", "--force", ".profile"]);
    let run = project.tool().directory(project.path("work")).run(&["-n"]);
    assert!(!run.stderr.contains("warning"), "{}", run.stderr);
}
