//! What is pushed, and from where: the tips of refs, and nothing else.

use expect_test::expect;

use super::{Pushing, fed, text};
use crate::support::{Project, git};

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
    assert!(done && said.trim_start().starts_with("Skipped "), "{said}");
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
        assert!(done && said.trim_start().starts_with("Skipped "), "{said}");
    }
}

#[test]
fn a_tip_may_be_named_by_any_words_and_a_ref_by_any_bytes() {
    let pushing = Pushing::new();
    let root = pushing.project.root();
    let (done, said) = pushing.push(&root, &["origin", "HEAD^{/a change}:refs/heads/one"]);
    assert!(done && said.contains("Verified 2 checks"), "{said}");
    let (none, head) = ("0".repeat(40), pushing.head());
    let lines = [b"refs/heads/\xff ", format!("{head} refs/heads/a {none}\n").as_bytes()].concat();
    let run = fed(&mut pushing.project.tool().command(&["hook", "run"]), &lines);
    assert_eq!(run.code, 0, "{}", run.text());
}
