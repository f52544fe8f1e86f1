//! The pre-push hook: each pushed commit's manifest against its own sources.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use expect_test::expect;

use crate::support::{Project, Run, git, output};

/// A project with a repository, a manifest that is right, the hook, and a bare repository to push
/// to.
struct Pushing {
    project: Project,
    bare: PathBuf,
}

impl Pushing {
    fn new() -> Self {
        let project = Project::with(&[
            (".gitignore", "*.zip\n"),
            ("dofs-package.toml", "manifest = \"packages.json\"\n"),
            ("lambdas/a/a.py", "A = 1\n"),
            ("lambdas/b/b.py", "B = 1\n"),
        ]);
        let bare = project.home().join("bare");
        git(&project.home(), &["init", "--quiet", "--bare", &text(&bare)]);
        git(&project.root(), &["init", "--quiet"]);
        git(&project.root(), &["remote", "add", "origin", &text(&bare)]);
        project.digests();
        let pushing = Self { project, bare };
        pushing.commit();
        let run = pushing.project.run(&["hook", "install"]);
        assert_eq!(
            run.text(),
            "exit code: 0\n--- stdout\ninstalled\t.git/hooks/pre-push\n--- stderr\n"
        );
        pushing
    }

    /// The same, in folders of one repository, a lambda each, all with the hook.
    fn in_folders(folders: &[&str]) -> Self {
        let project = Project::with(&[(".gitignore", "*.zip\n")]);
        let bare = project.home().join("bare");
        git(&project.home(), &["init", "--quiet", "--bare", &text(&bare)]);
        git(&project.root(), &["init", "--quiet"]);
        git(&project.root(), &["remote", "add", "origin", &text(&bare)]);
        for folder in folders {
            let config = format!("{folder}/dofs-package.toml");
            project.write(&config, "manifest = \"packages.json\"\n");
            project.write(&format!("{folder}/lambdas/a/a.py"), "A = 1\n");
            let tool = || project.tool().directory(project.path(folder));
            assert_eq!(tool().run(&[]).code, 0);
            let run = tool().run(&["hook", "install"]);
            assert_eq!(run.stdout, "installed\t../.git/hooks/pre-push\n", "{}", run.stderr);
        }
        let pushing = Self { project, bare };
        pushing.commit();
        pushing
    }

    fn hook(&self) -> PathBuf {
        self.project.path(".git/hooks/pre-push")
    }

    fn commit(&self) {
        git(&self.project.root(), &["add", "--all"]);
        git(&self.project.root(), &["commit", "--quiet", "--message", "a change"]);
    }

    /// Pushes from a folder; whether that is done, and what is said.
    fn push(&self, folder: &Path, arguments: &[&str]) -> (bool, String) {
        // Where the hook finds the tool; and the environment of `Tool`, for the store.
        let tool = self.project.tool().command(&[]);
        let path = std::env::var_os("PATH").expect("a PATH");
        let own = Path::new(env!("CARGO_BIN_EXE_cargo-dofs-package")).parent().expect("a folder");
        let folders = [own.to_owned()].into_iter().chain(std::env::split_paths(&path));
        let mut push = Command::new("git");
        push.env_clear().envs(tool.get_envs().filter_map(|(name, value)| Some((name, value?))));
        push.env("PATH", std::env::join_paths(folders).expect("a PATH"));
        push.args(["push", "--quiet"]).args(arguments).current_dir(folder);
        let output = push.output().expect("git can be started");
        let said = [output.stdout, output.stderr].concat();
        (output.status.success(), String::from_utf8_lossy(&said).into_owned())
    }

    /// Runs the tool, and writes to its standard input what git would.
    fn told(&self, arguments: &[&str], lines: &str) -> Run {
        fed(&mut self.project.tool().command(arguments), lines)
    }

    fn head(&self) -> String {
        git(&self.project.root(), &["rev-parse", "HEAD"])
    }

    fn has(&self, reference: &str) -> bool {
        let mut ask = Command::new("git");
        ask.args(["rev-parse", "--verify", "--quiet", reference]).current_dir(&self.bare);
        ask.output().expect("git can be started").status.success()
    }
}

/// What git says of a push of `main`, for the first time.
fn pushed(object: &str) -> String {
    format!("refs/heads/main {object} refs/heads/main {}\n", "0".repeat(40))
}

/// Runs a program that reads this on its standard input.
fn fed(command: &mut Command, lines: &str) -> Run {
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().expect("it can be started");
    let mut stdin = child.stdin.take().expect("it was asked for");
    // Who refuses at once does not read it.
    drop(stdin.write_all(lines.as_bytes()));
    drop(stdin);
    let output = child.wait_with_output().expect("it ends");
    let text = |bytes| String::from_utf8(bytes).expect("UTF-8");
    let code = output.status.code().unwrap_or(-1);
    Run { code, stdout: text(output.stdout), stderr: text(output.stderr) }
}

fn text(path: &Path) -> String {
    path.to_str().expect("UTF-8").to_owned()
}

#[test]
fn a_manifest_that_is_right_is_pushed() {
    let pushing = Pushing::new();
    let (done, said) = pushing.push(&pushing.project.root(), &["origin", "HEAD:refs/heads/main"]);
    assert!(done, "{said}");
    assert!(pushing.has("main"));
    assert!(said.contains("Verified 2 checks"), "{said}");
}

#[test]
fn a_manifest_that_is_stale_is_refused_with_the_command_that_mends_it() {
    let pushing = Pushing::new();
    pushing.project.write("lambdas/a/a.py", "A = 2\n");
    pushing.commit();

    let (done, said) = pushing.push(&pushing.project.root(), &["origin", "HEAD:refs/heads/main"]);

    assert!(!done && !pushing.has("main"), "{said}");
    let line = "a\tmanifest\tdiffers\tHEAD: it is of other contents: \
                run `cargo dofs-package build a` and commit it\n";
    assert!(said.contains(line), "{said}");
    assert!(!said.contains("b\tmanifest"), "{said}");

    pushing.project.digests();
    pushing.commit();
    let (done, said) = pushing.push(&pushing.project.root(), &["origin", "HEAD:refs/heads/main"]);
    assert!(done, "{said}");
}

#[test]
fn a_dirty_worktree_with_clean_commits_passes() {
    let pushing = Pushing::new();
    pushing.project.write("lambdas/a/a.py", "A = 2\n");
    pushing.project.write("packages.json", "{}");
    pushing.project.write("lambdas/b/new.py", "");
    let (done, said) = pushing.push(&pushing.project.root(), &["origin", "HEAD:refs/heads/main"]);
    assert!(done, "{said}");
}

#[test]
fn only_the_tips_of_what_is_pushed_are_looked_at() {
    let pushing = Pushing::new();
    let root = pushing.project.root();
    git(&root, &["branch", "good"]);
    pushing.project.write("lambdas/a/a.py", "A = 2\n");
    pushing.commit();
    git(&root, &["branch", "stale"]);
    let (done, said) = pushing.push(&root, &["origin", "good"]);
    assert!(done, "{said}");
    // One of several is enough.
    let (done, said) = pushing.push(&root, &["origin", "good:refs/heads/other", "stale"]);
    assert!(!done, "{said}");
    assert!(said.contains("refs/heads/stale: it is of other contents"), "{said}");
    // A stale commit below a tip that is right is history.
    pushing.project.digests();
    pushing.commit();
    let (done, said) = pushing.push(&root, &["origin", "HEAD:refs/heads/main"]);
    assert!(done, "{said}");
    // What is deleted has no manifest, and neither has a tag of something else than a commit.
    let (done, said) = pushing.push(&root, &["origin", ":refs/heads/good"]);
    assert!(done && !pushing.has("good"), "{said}");
    git(&root, &["tag", "blob", "HEAD:lambdas/a/a.py"]);
    git(&root, &["tag", "--annotate", "--message", "x", "v1", "HEAD"]);
    let (done, said) = pushing.push(&root, &["origin", "blob", "v1"]);
    assert!(done, "{said}");
}

#[test]
fn a_worktree_and_a_detached_head_push_too() {
    let pushing = Pushing::new();
    let root = pushing.project.root();
    let other = pushing.project.home().join("other");
    git(&root, &["worktree", "add", "--quiet", "--detach", &text(&other)]);
    let (done, said) = pushing.push(&other, &["origin", "HEAD:refs/heads/main"]);
    assert!(done, "{said}");
    std::fs::write(other.join("lambdas/a/a.py"), "A = 2\n").expect("a file");
    git(&other, &["commit", "--quiet", "--all", "--message", "stale"]);
    let (done, said) = pushing.push(&other, &["origin", "HEAD:refs/heads/other"]);
    assert!(!done, "{said}");
}

#[test]
fn a_project_below_the_top_is_found_by_the_hook() {
    let project = Project::with(&[
        (".gitignore", "*.zip\n"),
        ("deep er/dofs-package.toml", "manifest = \"packages.json\"\n"),
        ("deep er/lambdas/a/a.py", "A = 1\n"),
    ]);
    let bare = project.home().join("bare");
    git(&project.home(), &["init", "--quiet", "--bare", &text(&bare)]);
    git(&project.root(), &["init", "--quiet"]);
    git(&project.root(), &["remote", "add", "origin", &text(&bare)]);
    let tool = || project.tool().directory(project.path("deep er"));
    assert_eq!(tool().run(&[]).code, 0);
    let pushing = Pushing { project, bare };
    pushing.commit();
    let tool = || pushing.project.tool().directory(pushing.project.path("deep er"));
    let run = tool().run(&["hook", "install"]);
    assert_eq!((run.code, run.stdout.as_str()), (0, "installed\t../.git/hooks/pre-push\n"));
    let (done, said) = pushing.push(&pushing.project.root(), &["origin", "HEAD:refs/heads/main"]);
    assert!(done, "{said}");
    pushing.project.write("deep er/lambdas/a/a.py", "A = 2\n");
    pushing.commit();
    let (done, said) = pushing.push(&pushing.project.root(), &["origin", "HEAD:refs/heads/main"]);
    assert!(!done, "{said}");
}

#[test]
fn branches_without_lambdas_or_manifest_are_pushed_and_the_latter_are_told_of() {
    let pushing = Pushing::new();
    let root = pushing.project.root();
    git(&root, &["checkout", "--quiet", "--orphan", "pages"]);
    git(&root, &["rm", "-r", "--quiet", "--cached", "."]);
    git(&root, &["commit", "--quiet", "--allow-empty", "--message", "pages"]);
    let (done, said) = pushing.push(&root, &["origin", "pages"]);
    assert!(done && said.is_empty(), "{said}");
    pushing.project.write("dofs-package.toml", "");
    pushing.commit();
    let (done, said) = pushing.push(&root, &["origin", "pages"]);
    assert!(done && said.contains("warning: no package manifest is configured"), "{said}");
}

#[test]
fn a_manifest_that_outlived_the_last_lambda_is_refused() {
    let pushing = Pushing::new();
    let root = pushing.project.root();
    git(&root, &["rm", "-r", "--quiet", "lambdas"]);
    pushing.commit();
    let run = pushing.project.run(&["hook", "run"]);
    expect![[r#"
        exit code: 1
        --- stdout
        a	manifest	differs	HEAD: there is no such lambda, nor any other: remove `packages.json`, and commit that
        b	manifest	differs	HEAD: there is no such lambda, nor any other: remove `packages.json`, and commit that
        --- stderr
           Different 2 of 2 checks in [TIME]
    "#]].assert_eq(&run.text());
    let (done, said) = pushing.push(&root, &["origin", "HEAD:refs/heads/main"]);
    assert!(!done, "{said}");
    // What it says to do, or an empty manifest.
    for text in [None, Some("{}\n")] {
        match text {
            None => std::fs::remove_file(pushing.project.path("packages.json")).expect("it"),
            Some(text) => pushing.project.write("packages.json", text),
        }
        pushing.commit();
        let (done, said) = pushing.push(&root, &["origin", "HEAD:refs/heads/main"]);
        assert!(done && said.is_empty(), "{said}");
    }
}

#[test]
fn what_the_config_of_the_worktree_says_is_no_matter() {
    let pushing = Pushing::new();
    let root = pushing.project.root();
    pushing.project.write("dofs-package.toml", "manifest = [\n");
    let (done, said) = pushing.push(&root, &["origin", "HEAD:refs/heads/main"]);
    assert!(done && said.contains("Verified 2 checks"), "{said}");
    let run = |command| pushing.project.run(&["hook", command]).text();
    let lines =
        |line| format!("exit code: 0\n--- stdout\n{line}\t.git/hooks/pre-push\n--- stderr\n");
    assert_eq!(run("uninstall"), lines("removed"));
    assert_eq!(run("install"), lines("installed"));
}

#[test]
fn what_the_config_of_a_commit_says_is_told_with_its_place() {
    let pushing = Pushing::new();
    let root = pushing.project.root();
    git(&root, &["branch", "good"]);
    let told = |name: &str, text: &str| {
        git(&root, &["checkout", "--quiet", "-B", name, "good"]);
        pushing.project.write("dofs-package.toml", text);
        pushing.commit();
        git(&root, &["checkout", "--quiet", "good"]);
        pushing.push(&root, &["origin", name]).1
    };
    let said = told("broken", "manifest = [\n");
    let line = "  --> refs/heads/broken:dofs-package.toml:1\n";
    assert!(said.contains(line), "{said}");
    let said = told("other", "required-version = \">=9\"\n");
    let words = "error: the project wants cargo-dofs-package >=9, and this is ";
    assert!(said.contains(words) && said.contains("  --> refs/heads/other\n"), "{said}");
    assert!(!pushing.has("broken") && !pushing.has("other"));
}

#[test]
fn a_project_that_is_not_in_the_worktree_may_be_in_what_is_pushed() {
    let pushing = Pushing::in_folders(&["one"]);
    let root = pushing.project.root();
    git(&root, &["checkout", "--quiet", "--orphan", "pages"]);
    git(&root, &["rm", "-r", "--quiet", "--force", "."]);
    std::fs::remove_dir_all(root.join("one")).expect("what git ignores");
    git(&root, &["commit", "--quiet", "--allow-empty", "--message", "pages"]);
    let (done, said) = pushing.push(&root, &["origin", "pages"]);
    assert!(done && said.is_empty(), "{said}");
    let (done, said) = pushing.push(&root, &["origin", "main"]);
    assert!(!done && !pushing.has("main"), "{said}");
    let words = "error: there is no folder `one`\n  --> refs/heads/main\n";
    assert!(said.contains(words), "{said}");
}

#[test]
fn a_commit_of_before_the_project_is_pushed() {
    let project = Project::with(&[("README", "")]);
    let bare = project.home().join("bare");
    git(&project.home(), &["init", "--quiet", "--bare", &text(&bare)]);
    git(&project.root(), &["init", "--quiet"]);
    git(&project.root(), &["remote", "add", "origin", &text(&bare)]);
    let pushing = Pushing { project, bare };
    pushing.commit();
    let root = pushing.project.root();
    git(&root, &["branch", "before"]);
    pushing.project.write("one/dofs-package.toml", "manifest = \"packages.json\"\n");
    pushing.project.write("one/lambdas/a/a.py", "A = 1\n");
    pushing.commit();
    let run = pushing.project.tool().directory(root.join("one")).run(&["hook", "install"]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    let (done, said) = pushing.push(&root, &["origin", "before"]);
    assert!(done && said.is_empty(), "{said}");
    assert!(!pushing.push(&root, &["origin", "HEAD:refs/heads/main"]).0, "it has no manifest");
}

#[test]
fn one_tip_fails_and_another_differs() {
    let pushing = Pushing::new();
    let root = pushing.project.root();
    pushing.project.write("lambdas/a/a.py", "A = 2\n");
    pushing.commit();
    let (none, missing, stale) = ("0".repeat(40), "1".repeat(40), pushing.head());
    git(&root, &["checkout", "--quiet", "HEAD~1"]);
    pushing.project.write("lambdas/b/requirements.txt", "../b\n-r nothing.txt\n");
    pushing.commit();
    let lines = format!(
        "refs/heads/a {missing} refs/heads/a {none}\n\
         refs/heads/b {stale} refs/heads/b {none}\n\
         refs/heads/c {} refs/heads/c {none}\n",
        pushing.head()
    );
    expect![[r#"
        exit code: 4
        --- stdout
        a	manifest	differs	refs/heads/b: it is of other contents: run `cargo dofs-package build a` and commit it
        --- stderr
        error: there is no revision `1111111111111111111111111111111111111111`
          --> refs/heads/a
        hint: fetch it first, if this is a shallow clone: `git fetch --unshallow`
        error: `../b` can't be built: it has neither pyproject.toml nor setup.py
          --> refs/heads/c:lambdas/b/requirements.txt:1
        hint: name the folder that has one of them
    "#]].assert_eq(&pushing.told(&["hook", "run"], &lines).text());
    let answer = pushing.told(&["--format", "json", "hook", "run"], &lines).json();
    let row = |row: &serde_json::Value, keys: &[&str]| {
        keys.iter().map(|key| row[key].to_string()).collect::<Vec<_>>().join(" ")
    };
    let rows = |of: &str, keys: &[&str]| {
        let rows = answer[of].as_array().expect("rows").iter().map(|it| row(it, keys));
        rows.collect::<Vec<_>>().join("\n")
    };
    expect![[r#"
        "refs/heads/b" "a" "differs"
        "refs/heads/b" "b" "ok"
        "refs/heads/c" "a" "ok""#]]
    .assert_eq(&rows("checks", &["address", "name", "status"]));
    expect![[r#"
        "refs/heads/a" "unknown-revision" null
        "refs/heads/c:lambdas/b/requirements.txt" "source-requirement" "b""#]]
    .assert_eq(&rows("failures", &["path", "code", "name"]));
}

#[test]
fn a_failure_is_json_too() {
    let pushing = Pushing::new();
    let json = |command| ["-q", "--format", "json", "hook", command];
    let told = |command, lines: &str| pushing.told(&json(command), lines);
    let code = |run: &Run| {
        let answer = run.json();
        let failures = answer["failures"].as_array().expect("failures");
        assert_eq!(failures.len(), 1, "{answer}");
        (run.code, failures[0]["code"].as_str().expect("a code").to_owned())
    };
    let of = |number, code: &str| (number, code.to_owned());
    assert_eq!(code(&told("run", "nonsense")), of(3, "invalid-push"));
    assert_eq!(code(&told("run", &pushed(&"1".repeat(40)))), of(2, "unknown-revision"));
    std::fs::write(pushing.hook(), "#!/bin/sh\n").expect("a hook");
    let run = told("install", "");
    expect![[r#"
        exit code: 3
        --- stdout
        {"schema":1,"status":null,"path":null,"failures":[{"name":null,"code":"foreign-hook","message":"`.git/hooks/pre-push` is another hook, and stays as it is","causes":[],"hint":"make this its second line, if it is a script of the shell: `pushed=$(mktemp) && cat >\"$pushed\" && exec <\"$pushed\" 3<\"$pushed\" && rm \"$pushed\" && cargo-dofs-package hook run --root=. -- \"$@\" <&3 || exit`","path":null,"line":null}]}
        --- stderr
        error: `.git/hooks/pre-push` is another hook, and stays as it is
        hint: make this its second line, if it is a script of the shell: `pushed=$(mktemp) && cat >"$pushed" && exec <"$pushed" 3<"$pushed" && rm "$pushed" && cargo-dofs-package hook run --root=. -- "$@" <&3 || exit`
    "#]].assert_eq(&run.text());
    assert_eq!(code(&told("uninstall", "")), of(3, "foreign-hook"));
    std::fs::remove_file(pushing.hook()).expect("a hook");
    expect![[r#"
        exit code: 0
        --- stdout
        {"schema":1,"status":"installed","path":".git/hooks/pre-push","failures":[]}
        --- stderr
    "#]]
    .assert_eq(&told("install", "").text());
    let elsewhere = pushing.project.tool().directory(pushing.project.home());
    assert_eq!(code(&elsewhere.run(&json("run"))), of(3, "no-root"));
    let lone = pushing.project.tool().env("PATH", pushing.project.home());
    assert_eq!(code(&lone.run(&json("install"))), of(5, "no-git"));
    let outside = Project::with(&[("lambdas/a/a.py", "")]);
    assert_eq!(code(&outside.run(&json("install"))), of(3, "no-repository"));
}

#[test]
fn the_folder_of_hooks_is_that_of_gits_configuration() {
    let pushing = Pushing::new();
    git(&pushing.project.root(), &["config", "core.hooksPath", ".husky"]);
    let run = pushing.project.run(&["hook", "install"]);
    assert_eq!(
        (run.code, run.stdout.as_str()),
        (0, "installed\t.husky/pre-push\n"),
        "{}",
        run.stderr
    );
}

#[test]
fn the_hook_keeps_no_config_of_one_run() {
    let pushing = Pushing::new();
    let run = pushing.project.run(&["--config", "dofs-package.toml", "hook", "install"]);
    expect![[r#"
        exit code: 0
        --- stdout
        unchanged	.git/hooks/pre-push
        --- stderr
        warning: the hook goes by the config at the root of each commit, not by the one named here
    "#]]
    .assert_eq(&run.text());
}

#[test]
fn the_hooks_of_husky_are_run_by_husky() {
    let pushing = Pushing::new();
    git(&pushing.project.root(), &["config", "core.hooksPath", ".husky/_"]);
    pushing.project.write(".husky/_/pre-push", "#!/usr/bin/env sh\n. \"$(dirname \"$0\")/h\"\n");
    let run = pushing.project.run(&["hook", "install"]);
    let words = "hint: put this line first in `.husky/pre-push`: `pushed=$(mktemp) && ";
    assert!(run.code == 3 && run.stderr.contains(words), "{}", run.stderr);
}

#[test]
fn the_folder_of_hooks_may_be_relative_and_hold_the_hooks_of_other_repositories() {
    let pushing = Pushing::in_folders(&["one"]);
    let root = pushing.project.root();
    let tool = || pushing.project.tool().directory(root.join("one"));
    git(&root, &["config", "core.hooksPath", "shared/hooks"]);
    assert_eq!(tool().run(&["hook", "install"]).stdout, "installed\t../shared/hooks/pre-push\n");
    git(&root, &["config", "core.hooksPath", "~/hooks of mine"]);
    assert_eq!(
        tool().run(&["hook", "install"]).stdout,
        "installed\t../../home/hooks of mine/pre-push\n"
    );
    let other = pushing.project.home().join("other");
    git(&pushing.project.home(), &["init", "--quiet", &text(&other)]);
    git(&other, &["config", "core.hooksPath", "~/hooks of mine"]);
    std::fs::write(other.join("lambdas.txt"), "").expect("a file");
    git(&other, &["add", "--all"]);
    git(&other, &["commit", "--quiet", "--message", "x"]);
    let (done, said) = pushing.push(&other, &[&text(&pushing.bare), "HEAD:refs/heads/main"]);
    assert!(done && said.is_empty(), "{said}");
}

#[test]
fn a_foreign_hook_is_never_overwritten_or_removed() {
    let pushing = Pushing::new();
    let hook = pushing.hook();
    std::fs::write(&hook, "#!/bin/sh\nexit 0\n").expect("a hook");
    expect![[r#"
        exit code: 3
        --- stdout
        --- stderr
        error: `.git/hooks/pre-push` is another hook, and stays as it is
        hint: make this its second line, if it is a script of the shell: `pushed=$(mktemp) && cat >"$pushed" && exec <"$pushed" 3<"$pushed" && rm "$pushed" && cargo-dofs-package hook run --root=. -- "$@" <&3 || exit`
    "#]].assert_eq(&pushing.project.run(&["hook", "install"]).text());
    expect![[r#"
        exit code: 3
        --- stdout
        --- stderr
        error: `.git/hooks/pre-push` is another hook, and stays as it is
        hint: remove what runs `cargo-dofs-package hook run` from it, if anything does
    "#]]
    .assert_eq(&pushing.project.run(&["hook", "uninstall"]).text());
    assert_eq!(std::fs::read_to_string(&hook).expect("a hook"), "#!/bin/sh\nexit 0\n");

    // Those who manage hooks have them run in their own way.
    let advice = |text: &str| {
        std::fs::write(&hook, text).expect("a hook");
        let run = pushing.project.run(&["hook", "install"]);
        assert_eq!(run.code, 3);
        run.stderr.lines().nth(1).expect("advice").to_owned()
    };
    expect![
        "hint: add `id: dofs-package`, of the repository of this tool, to `.pre-commit-config.yaml`"
    ]
    .assert_eq(&advice("# File generated by pre-commit: https://pre-commit.com\n"));
    expect!["hint: let lefthook run `cargo-dofs-package hook run --root=. {0}` before a push, with `use_stdin: true`"].assert_eq(&advice("call_lefthook run \"pre-push\" \"$@\"\n"));
}

#[test]
fn what_was_added_to_the_hook_stays() {
    let pushing = Pushing::new();
    let hook = pushing.hook();
    let ours = std::fs::read_to_string(&hook).expect("a hook");
    let changed = ours.replace("\nstatus=0\n", "\necho mine\nstatus=0\n");
    std::fs::write(&hook, &changed).expect("a hook");
    expect![[r#"
        exit code: 3
        --- stdout
        --- stderr
        error: `.git/hooks/pre-push` is not as it was installed, and stays as it is
        hint: remove it, if what was changed can go, and install it again
    "#]]
    .assert_eq(&pushing.project.run(&["hook", "install"]).text());
    expect![[r#"
        exit code: 3
        --- stdout
        --- stderr
        error: `.git/hooks/pre-push` is not as it was installed, and stays as it is
        hint: remove it yourself, if what was changed can go
    "#]]
    .assert_eq(&pushing.project.run(&["hook", "uninstall"]).text());
    assert_eq!(std::fs::read_to_string(&hook).expect("a hook"), changed);
}

#[test]
fn nothing_is_written_through_a_link_or_in_place_of_one() {
    let pushing = Pushing::new();
    let (hook, target) = (pushing.hook(), pushing.project.home().join("target"));
    std::fs::remove_file(&hook).expect("a hook");
    std::os::unix::fs::symlink(&target, &hook).expect("a link");
    expect![[r#"
        exit code: 3
        --- stdout
        --- stderr
        error: `.git/hooks/pre-push` is a link, and stays as it is
        hint: remove it, if nobody needs it
    "#]]
    .assert_eq(&pushing.project.run(&["hook", "install"]).text());
    assert_eq!(pushing.project.run(&["hook", "uninstall"]).code, 3);
    assert!(hook.is_symlink() && !target.exists());
    std::fs::remove_file(&hook).expect("a link");
    std::fs::create_dir(&hook).expect("a folder");
    let run = pushing.project.run(&["hook", "install"]);
    assert_eq!(run.code, 3);
    assert!(run.stderr.contains("is no file, and stays as it is"), "{}", run.stderr);
}

#[test]
fn installing_again_makes_it_executable_again() {
    use std::os::unix::fs::PermissionsExt;
    let pushing = Pushing::new();
    let hook = pushing.hook();
    std::fs::set_permissions(&hook, PermissionsExt::from_mode(0o644)).expect("its mode");
    let run = pushing.project.run(&["hook", "install"]);
    assert_eq!(run.stdout, "unchanged\t.git/hooks/pre-push\n");
    assert_eq!(std::fs::metadata(&hook).expect("a hook").permissions().mode() & 0o777, 0o755);
}

#[test]
fn one_hook_serves_all_projects_of_a_repository() {
    let pushing = Pushing::in_folders(&["one", "it's two"]);
    let root = pushing.project.root();
    let tool = |folder: &str| pushing.project.tool().directory(root.join(folder));
    let push =
        |branch: &str| pushing.push(&root, &["origin", &format!("HEAD:refs/heads/{branch}")]);
    let run = tool("one").run(&["hook", "install"]);
    assert_eq!(
        run.text(),
        "exit code: 0\n--- stdout\nunchanged\t../.git/hooks/pre-push\n--- stderr\n"
    );
    let (done, said) = push("main");
    assert!(done && said.matches("Verified 1 check in").count() == 2, "{said}");
    for (folder, other) in [("one", "it's two"), ("it's two", "one")] {
        pushing.project.write(&format!("{folder}/lambdas/a/a.py"), folder);
        pushing.commit();
        let (done, said) = push("main");
        assert!(!done && said.contains("Different 1 of 1 check"), "{said}");
        assert!(said.contains("Verified 1 check"), "{said}");
        assert_eq!(tool(folder).run(&[]).code, 0);
        pushing.commit();
        let (done, said) = push("main");
        assert!(done, "{other}: {said}");
    }
    // Each leaves the other where it is.
    let lines = "removed\t../.git/hooks/pre-push\n";
    assert_eq!(tool("one").run(&["hook", "uninstall"]).stdout, lines);
    let lines = "absent\t../.git/hooks/pre-push\n";
    assert_eq!(tool("one").run(&["hook", "uninstall"]).stdout, lines);
    pushing.project.write("one/lambdas/a/a.py", "stale");
    pushing.commit();
    let (done, said) = push("main");
    assert!(done && said.contains("Verified 1 check"), "{said}");
    pushing.project.write("it's two/lambdas/a/a.py", "stale");
    pushing.commit();
    assert!(!push("main").0);
    tool("it's two").run(&["hook", "uninstall"]);
    assert!(!pushing.hook().exists());
}

#[test]
fn the_line_for_another_hook_verifies_and_leaves_what_is_pushed_to_that_hook() {
    use std::os::unix::fs::PermissionsExt;
    let pushing = Pushing::new();
    let (root, hook) = (pushing.project.root(), pushing.hook());
    let theirs = "cat >\"$HOME/theirs\"\n";
    std::fs::write(&hook, format!("#!/bin/sh\n{theirs}")).expect("a hook");
    let run = pushing.project.run(&["hook", "install"]);
    let advice = run.stderr.lines().nth(1).expect("advice");
    let line = advice
        .strip_prefix("hint: make this its second line, if it is a script of the shell: `")
        .expect("a line");
    let line = line.strip_suffix('`').expect("a line");
    std::fs::write(&hook, format!("#!/bin/sh\n{line}\n{theirs}")).expect("a hook");
    std::fs::set_permissions(&hook, PermissionsExt::from_mode(0o755)).expect("its mode");

    let theirs = pushing.project.home().join("theirs");
    let (done, said) = pushing.push(&root, &["origin", "HEAD:refs/heads/main"]);
    assert!(done && said.contains("Verified 2 checks"), "{said}");
    let told = format!("HEAD {} refs/heads/main {}\n", pushing.head(), "0".repeat(40));
    assert_eq!(std::fs::read_to_string(&theirs).expect("it ran"), told);
    std::fs::remove_file(&theirs).expect("it ran");

    pushing.project.write("lambdas/a/a.py", "A = 2\n");
    pushing.commit();
    let (done, said) = pushing.push(&root, &["origin", "HEAD:refs/heads/main"]);
    assert!(!done && said.contains("Different 1 of 2 checks"), "{said}");
    assert!(!theirs.exists());
}

/// A PATH with these programs of this machine, and nothing else.
fn only(project: &Project, names: &[&str]) -> PathBuf {
    let mut folder = PathBuf::new();
    for name in names {
        let path = output(Command::new("sh").args(["-c", &format!("command -v {name}")]));
        folder = project.lone_program(name, &format!("exec {} \"$@\"", path.trim()));
    }
    folder
}

#[test]
fn where_the_tool_is_missing_the_hook_says_so_and_lets_nothing_pass() {
    let pushing = Pushing::new();
    let mut hook = Command::new("/bin/sh");
    hook.arg(pushing.hook()).current_dir(pushing.project.root()).env_clear();
    hook.env("PATH", only(&pushing.project, &["cat"])).env("HOME", pushing.project.home());
    expect![[r#"
        exit code: 1
        --- stdout
        --- stderr
        error: there is no `cargo-dofs-package` on PATH to verify what is pushed with
        hint: install it, or push without: `git push --no-verify`
    "#]]
    .assert_eq(&fed(&mut hook, &pushed(&pushing.head())).text());
}

#[test]
fn the_hook_finds_the_tool_where_cargo_does() {
    let pushing = Pushing::new();
    let head = pushing.head();
    let program = env!("CARGO_BIN_EXE_cargo-dofs-package");
    let run = || {
        let mut hook = Command::new("/bin/sh");
        hook.arg(pushing.hook()).current_dir(pushing.project.root()).env_clear();
        hook.env("PATH", only(&pushing.project, &["cat", "git"]));
        hook.env("HOME", pushing.project.home());
        fed(&mut hook, &pushed(&head))
    };
    let folder = pushing.project.home().join(".cargo/bin");
    std::fs::create_dir_all(&folder).expect("a folder");
    std::os::unix::fs::symlink(program, folder.join("cargo-dofs-package")).expect("a link");
    let of_folder = run();
    assert!(of_folder.code == 0 && of_folder.stderr.contains("Verified 2 checks"), "{of_folder:?}");
    std::fs::remove_dir_all(&folder).expect("the folder");
    // An alias of cargo's, say.
    pushing.project.lone_program("cargo", &format!("exec '{program}' \"$@\""));
    let of_cargo = run();
    assert!(of_cargo.code == 0 && of_cargo.stderr.contains("Verified 2 checks"), "{of_cargo:?}");
}

#[test]
fn it_is_removed_again() {
    let pushing = Pushing::new();
    let run = |command| pushing.project.run(&["hook", command]).stdout;
    assert_eq!(run("install"), "unchanged\t.git/hooks/pre-push\n");
    assert_eq!(run("uninstall"), "removed\t.git/hooks/pre-push\n");
    assert_eq!(run("uninstall"), "absent\t.git/hooks/pre-push\n");
    assert!(!pushing.project.path(".git/hooks/pre-push").exists());
}

#[test]
fn what_git_would_not_say_is_refused() {
    let pushing = Pushing::new();
    let mut command = Command::new("sh");
    let tool = pushing.project.tool().command(&[]);
    command.envs(tool.get_envs().filter_map(|(name, value)| Some((name, value?))));
    let program = env!("CARGO_BIN_EXE_cargo-dofs-package");
    let script = format!("echo nonsense | '{program}' hook run; echo $?");
    command.args(["-c", &script]).current_dir(pushing.project.root());
    assert_eq!(output(&mut command), "3\n");
}

#[test]
fn the_framework_called_pre_commit_says_what_is_pushed_by_a_variable() {
    let pushing = Pushing::new();
    git(&pushing.project.root(), &["branch", "good"]);
    pushing.project.write("lambdas/a/a.py", "A = 2\n");
    pushing.commit();
    let tool = |name, value| pushing.project.tool().env(name, value);
    let run = ["hook", "run", "--", "origin", "url"];
    assert_eq!(tool("PRE_COMMIT_TO_REF", "HEAD~1").run(&run).code, 0);
    assert_eq!(tool("PRE_COMMIT_TO_REF", "HEAD").run(&run).code, 1);
    // All that there is of a branch is pushed, to where nothing of it is yet.
    assert_eq!(tool("PRE_COMMIT_LOCAL_BRANCH", "refs/heads/good").run(&run).code, 0);
    assert_eq!(tool("PRE_COMMIT_LOCAL_BRANCH", "refs/heads/main").run(&run).code, 1);
    let both = tool("PRE_COMMIT_LOCAL_BRANCH", "HEAD").env("PRE_COMMIT_TO_REF", "good");
    assert_eq!(both.run(&run).code, 0);
    // The same where standard input is a terminal.
    let tool = tool("PRE_COMMIT_TO_REF", "good").command(&run);
    let mut python = Command::new("python3");
    let script =
        "import os, pty, sys; sys.exit(os.waitstatus_to_exitcode(pty.spawn(sys.argv[1:])))";
    python.args(["-c", script]).arg(tool.get_program()).args(tool.get_args());
    python.current_dir(pushing.project.root()).env_clear();
    python.envs(tool.get_envs().filter_map(|(name, value)| Some((name, value?))));
    assert!(output(&mut python).contains("Verified 2 checks"));
}

#[test]
fn where_nothing_is_named_what_is_checked_out_is_verified() {
    let pushing = Pushing::new();
    let run = |arguments: &[&str]| pushing.project.run(arguments);
    expect![[r#"
        exit code: 0
        --- stdout
        --- stderr
            Verified 2 checks in [TIME]
    "#]]
    .assert_eq(&run(&["hook", "run"]).text());
    // git names something, unless a line before has read it.
    expect![[r#"
        exit code: 0
        --- stdout
        --- stderr
        warning: standard input names nothing that is pushed, so HEAD is verified
        hint: run this before whatever else reads standard input in the hook
            Verified 2 checks in [TIME]
    "#]]
    .assert_eq(&run(&["hook", "run", "--", "origin", "url"]).text());
    pushing.project.write("lambdas/a/a.py", "A = 2\n");
    pushing.commit();
    assert_eq!(run(&["hook", "run", "--", "origin", "url"]).code, 1);
}

#[test]
fn a_hook_in_which_another_line_reads_first_still_verifies() {
    use std::os::unix::fs::PermissionsExt;
    let pushing = Pushing::new();
    let (root, hook) = (pushing.project.root(), pushing.hook());
    let text = "#!/bin/sh\ncat >/dev/null\ncargo-dofs-package hook run -- \"$@\"\n";
    std::fs::write(&hook, text).expect("a hook");
    std::fs::set_permissions(&hook, PermissionsExt::from_mode(0o755)).expect("its mode");
    pushing.project.write("lambdas/a/a.py", "A = 2\n");
    pushing.commit();
    let (done, said) = pushing.push(&root, &["origin", "HEAD:refs/heads/main"]);
    assert!(!done && !pushing.has("main"), "{said}");
}

#[test]
fn what_has_no_manifest_is_not_said_to_be_verified() {
    let pushing = Pushing::new();
    let root = pushing.project.root();
    let told = |lines: &str| pushing.told(&["-v", "hook", "run"], lines);
    let (none, head) = ("0".repeat(40), pushing.head());
    let text = told(&format!("(delete) {none} refs/heads/main {head}\n")).text();
    expect![[r#"
        exit code: 0
        --- stdout
        --- stderr
                Note what is pushed has no manifest: it only deletes
    "#]]
    .assert_eq(&text);
    let blob = git(&root, &["rev-parse", "HEAD:lambdas/a/a.py"]);
    expect![[r#"
        exit code: 0
        --- stdout
        --- stderr
                Note refs/heads/main is no commit, and has no manifest
    "#]]
    .assert_eq(&told(&pushed(&blob)).text());
    // Nothing is pushed: whatever is checked out, there is nothing to refuse.
    let (done, said) = pushing.push(&root, &["origin", "HEAD:refs/heads/main"]);
    assert!(done, "{said}");
    git(&root, &["branch", "pushed"]);
    pushing.project.write("lambdas/a/a.py", "A = 2\n");
    pushing.commit();
    let (done, said) = pushing.push(&root, &["origin", "pushed:main"]);
    assert!(done && said.is_empty(), "{said}");
}

#[test]
fn init_installs_it_too_and_writes_nothing_where_another_is_in_the_way() {
    let project = Project::with(&[("lambdas/a/a.py", "")]);
    git(&project.root(), &["init", "--quiet"]);
    let hook = project.path(".git/hooks/pre-push");
    std::fs::write(&hook, "#!/bin/sh\n").expect("a hook");
    let run = project.run(&["init", "--hook", "pre-push", "--force"]);
    assert_eq!((run.code, run.stdout.as_str()), (3, ""), "{}", run.stderr);
    assert!(!project.path("dofs-package.toml").exists());
    std::fs::remove_file(&hook).expect("a hook");
    let lines = "dofs-package.toml\twritten\n.git/hooks/pre-push\tinstalled\n";
    assert_eq!(project.run(&["init", "--hook", "pre-push"]).stdout, lines);
    let lines = "dofs-package.toml\tkept\n.git/hooks/pre-push\tunchanged\n";
    assert_eq!(project.run(&["init", "--hook", "pre-push"]).stdout, lines);
}

#[test]
fn what_git_cannot_find_is_no_pass() {
    let pushing = Pushing::new();
    let told = |lines: &str| pushing.told(&["hook", "run"], lines);
    let missing = "1".repeat(40);
    expect![[r#"
        exit code: 2
        --- stdout
        --- stderr
        error: there is no revision `1111111111111111111111111111111111111111`
          --> refs/heads/main
        hint: fetch it first, if this is a shallow clone: `git fetch --unshallow`
    "#]]
    .assert_eq(&told(&pushed(&missing)).text());
    let unknown = pushing.project.tool().env("PRE_COMMIT_TO_REF", "nothing");
    let run = unknown.run(&["hook", "run"]);
    assert_eq!(run.code, 2, "{}", run.text());

    // A damaged repository: git fails, and its words are told.
    let head = pushing.head();
    let object = pushing.project.path(&format!(".git/objects/{}/{}", &head[..2], &head[2..]));
    std::fs::remove_file(&object).expect("a loose object");
    std::fs::write(&object, "damaged").expect("a file");
    let run = told(&pushed(&head));
    assert_eq!(run.code, 5, "{}", run.text());
    let words = format!("`git cat-file` failed (exit status: 128): fatal: loose object {head}");
    assert!(run.stderr.contains(&words), "{}", run.stderr);
}
