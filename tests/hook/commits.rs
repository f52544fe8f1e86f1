//! What is said of a commit: by its own config, and with its place.

use expect_test::expect;

use super::{Pushing, pushed, text};
use crate::support::{Project, Run, git};

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
    assert!(done && said.trim_start().starts_with("Skipped "), "{said}");
    // What is in the worktree is not asked.
    let (done, said) = pushing.push(&root, &["origin", "main"]);
    assert!(done && said.contains("Verified 1 check "), "{said}");
    let stale = stale(&pushing, "one");
    let (done, said) = pushing.push(&root, &["origin", &format!("{stale}:refs/heads/stale")]);
    assert!(!done && said.contains("a\tmanifest\tdiffers\t"), "{said}");
    assert_eq!(pushing.project.run(&["--rev", "main", "--root=one", "-n", "-q"]).code, 0);
    let run = pushing.project.run(&["--rev", "main", "--root=two", "-n", "-q"]);
    assert!(run.code == 3 && run.stderr.contains("there is no folder `two`"), "{}", run.text());
    // Gone for good.
    let run = pushing.project.run(&["hook", "uninstall", "--root=one"]);
    assert_eq!(run.stdout, "removed\t.git/hooks/pre-push\n", "{}", run.stderr);
    assert!(!pushing.hook().exists());
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
    assert!(done && said.trim_start().starts_with("Skipped "), "{said}");
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
        a	manifest	differs	refs/heads/b: it is of other contents: run `cargo dofs-package build a` and commit it, where that is checked out
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
    assert_eq!(code(&elsewhere.run(&json("run"))), of(3, "no-repository"));
    let lone = pushing.project.tool().env("PATH", pushing.project.home());
    assert_eq!(code(&lone.run(&json("install"))), of(5, "no-git"));
    let outside = Project::with(&[("lambdas/a/a.py", "")]);
    assert_eq!(code(&outside.run(&json("install"))), of(3, "no-repository"));
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

/// A commit on `main` with another lambda than its manifest has; the worktree stays as it is.
fn stale(pushing: &Pushing, folder: &str) -> String {
    let other = pushing.project.home().join("other");
    git(&pushing.project.root(), &["worktree", "add", "-q", "--detach", &text(&other), "main"]);
    std::fs::write(other.join(folder).join("lambdas/a/a.py"), "A = 2\n").expect("a file");
    git(&other, &["commit", "--quiet", "--all", "--message", "stale"]);
    git(&other, &["rev-parse", "HEAD"])
}

#[test]
fn a_link_in_the_place_of_a_project_is_no_pass() {
    let pushing = Pushing::in_folders(&["one", "deep"]);
    let root = pushing.project.root();
    for (folder, link) in [("one", "one"), ("deep", "deep")] {
        git(&root, &["checkout", "--quiet", "-B", "linked", "main"]);
        std::fs::rename(root.join(link), root.join("moved")).expect("a folder");
        std::os::unix::fs::symlink("moved", root.join(link)).expect("a link");
        pushing.commit();
        git(&root, &["checkout", "--quiet", "-B", "without"]);
        std::fs::remove_file(root.join(link)).expect("a link");
        pushing.commit();
        std::fs::remove_dir_all(root.join("moved")).expect("a folder");
        let told = pushing.told(
            &["hook", "run", &format!("--root={folder}")],
            &pushed(&git(&root, &["rev-parse", "linked"])),
        );
        let words = format!("error: `{folder}` is no folder of the commit, but a link");
        assert!(told.code == 3 && told.stderr.contains(&words), "{}", told.text());
        git(&root, &["checkout", "--quiet", "--force", "main"]);
    }
}

#[test]
fn what_leads_to_one_commit_is_verified_once() {
    let pushing = Pushing::new();
    let root = pushing.project.root();
    let (none, head) = ("0".repeat(40), pushing.head());
    let mut lines = format!("refs/heads/main {head} refs/heads/main {none}\n");
    for number in 0..3 {
        let tag = format!("v{number}");
        git(&root, &["tag", "--annotate", "--message", &tag, &tag]);
        let object = git(&root, &["rev-parse", &tag]);
        lines += &format!("refs/tags/{tag} {object} refs/tags/{tag} {none}\n");
    }
    let answer = pushing.told(&["--format", "json", "hook", "run"], &lines).json();
    let checks = answer["checks"].as_array().expect("checks");
    let addresses: Vec<_> = checks.iter().map(|check| &check["address"]).collect();
    assert_eq!(addresses, ["refs/heads/main", "refs/heads/main"]);
}

/// Else "build and commit" would be said again and again.
#[test]
fn why_a_build_does_not_mend_it_is_said() {
    let pushing = Pushing::new();
    let root = pushing.project.root();
    pushing.project.write(".git/info/exclude", "gen.py\n");
    pushing.project.write("lambdas/a/gen.py", "");
    git(&root, &["config", "core.autocrlf", "true"]);
    std::fs::remove_file(root.join("lambdas/b/b.py")).expect("a file");
    git(&root, &["checkout", "--quiet", "--", "lambdas/b/b.py"]);
    pushing.project.digests();
    pushing.commit();
    expect![[r#"
        exit code: 1
        --- stdout
        a	manifest	differs	HEAD: it is of other contents: run `cargo dofs-package build a` and commit it, but `lambdas/a/gen.py` of the worktree is not in the commit: track it, or leave it out with `exclude`, before that
        b	manifest	differs	HEAD: it is of other contents: run `cargo dofs-package build b` and commit it, but `lambdas/b/b.py` of the worktree has other bytes than a checkout elsewhere: set its line ends in `.gitattributes`, and check it out anew, before that
        --- stderr
           Different 2 of 2 checks in [TIME]
    "#]]
    .assert_eq(&pushing.project.run(&["hook", "run"]).text());
    // What is only edited or of another commit is no reason.
    pushing.project.write("lambdas/b/b.py", "B = 2\n");
    std::fs::remove_file(root.join("lambdas/a/gen.py")).expect("a file");
    let run = pushing.project.run(&["hook", "run"]);
    assert!(run.code == 1 && !run.stdout.contains(", but"), "{}", run.text());
}
