//! What another machine will not have.

use expect_test::expect;

use super::packaged;
use crate::support::{Project, git};

fn repository() -> Project {
    let project = packaged();
    project.write(".gitignore", "*.zip\n*.dat\n");
    git(&project.root(), &["init", "--quiet"]);
    git(&project.root(), &["add", "--all"]);
    git(&project.root(), &["commit", "--quiet", "--message", "one"]);
    project
}

#[test]
fn what_git_tracks_is_nothing_to_warn_of() {
    let run = repository().run(&["verify"]);
    assert_eq!(run.code, 0);
    assert!(!run.stderr.contains("warning"), "{}", run.stderr);
}

#[test]
fn what_git_ignores_or_does_not_track_is_warned_of() {
    let project = repository();
    project.write("lambdas/a/model.dat", "ignored");
    project.write("lambdas/a/new.py", "");
    project.digests();
    expect![[r#"
        exit code: 0
        --- stdout
        a	zip	ok	`lambdas/a/a.zip` is what the sources give
        a	manifest	ok	it is what the sources give
        a	imports	ok	every import is given, of 1 module that the handler reaches
        --- stderr
        warning: `lambdas/a/model.dat` (7 B) is packaged, and git ignores it: another machine may not have it
        hint: name what belongs in the package in `include`, and the rest in `exclude`
        warning: `a`: `lambdas/a/new.py` is packaged, and git does not track it: no other machine will have it
        hint: commit it, or leave it out with `exclude` in the config
            Verified 3 checks in [TIME], with 2 warnings
    "#]]
    .assert_eq(&project.run(&["verify", "a"]).text());
}

#[test]
fn what_differs_from_a_commit_is_shown_by_the_command_that_is_told() {
    let project = repository();
    let commit = git(&project.root(), &["rev-parse", "HEAD"]);
    project.write("lambdas/a/a.py", "handler = 2\n");
    project.digests();
    let told = project.run(&["verify", "a", "--rev", "HEAD", "-q"]).stdout;
    let arguments = ["diff", "a", "--rev", &commit.trim()[..12]];
    let command = format!("see `cargo dofs-package {}`", arguments.join(" "));
    assert!(told.contains(&command), "{told}");
    let run = project.run(&arguments);
    assert_eq!((run.code, run.stdout.contains("a.py")), (1, true), "{}", run.text());
}

#[test]
fn other_line_ends_than_those_of_a_checkout_are_told_apart_from_an_edit() {
    let project = repository();
    // As on a machine whose git writes the line ends of Windows.
    git(&project.root(), &["config", "core.autocrlf", "true"]);
    std::fs::remove_file(project.path("lambdas/a/a.py")).expect("a file");
    git(&project.root(), &["checkout", "--quiet", "--", "lambdas/a/a.py"]);
    assert_eq!(project.read("lambdas/a/a.py"), b"handler = 1\r\n");
    expect![[r#"
        exit code: 1
        --- stdout
        a	zip	differs	1 member of `lambdas/a/a.zip` differs: see `cargo dofs-package diff a`
        a	manifest	differs	it is of other contents: run `cargo dofs-package build a` and commit it
        a	imports	ok	every import is given, of 1 module that the handler reaches
        --- stderr
        warning: `a`: `lambdas/a/a.py` has line ends of Windows, which the commit has not: another machine packages other bytes
        hint: say which in `.gitattributes`, as `*.py text eol=lf`, and check the files out anew
           Different 2 of 3 checks in [TIME], with 1 warning
    "#]]
    .assert_eq(&project.run(&["verify", "a"]).text());
    assert_eq!(project.run(&["verify", "--rev", "HEAD", "a"]).code, 0);
    project.write("lambdas/a/a.py", "A = 2\r\n");
    let run = project.run(&["verify", "a"]);
    assert!(!run.stderr.contains("warning"), "{}", run.stderr);
}

#[test]
fn many_files_are_brought_out_of_the_commit_at_once() {
    let project = repository();
    for number in 0..40 {
        project.write(&format!("lambdas/a/m{number}.py"), "x = 1\n");
    }
    git(&project.root(), &["add", "--all"]);
    git(&project.root(), &["commit", "--quiet", "--message", "many"]);
    let log = project.path(".git/calls");
    let script = format!("echo \"$@\" >>'{}'\nPATH=${{PATH#*:}} exec git \"$@\"", log.display());
    let path = project.program("git", &script);
    let run = project.tool().env("PATH", path).run(&["verify", "a"]);
    assert_eq!(run.code, 1, "{}", run.text());
    let calls = std::fs::read_to_string(log).expect("git was called");
    let exports = calls.lines().filter(|line| line.contains("checkout-index")).count();
    assert!((1..4).contains(&exports), "{calls}");
}

#[test]
fn without_git_what_is_tracked_is_not_known_where_there_is_a_repository() {
    let project = repository();
    let lone = || project.tool().env("PATH", project.home());
    let run = lone().run(&["verify", "a"]);
    let words = "warning: which packaged files no other machine will have is not known: there is \
                 no `git` on PATH";
    assert!(run.code == 0 && run.stderr.contains(words), "{}", run.text());
    std::fs::remove_dir_all(project.path(".git")).expect("a repository");
    let run = lone().run(&["verify", "a"]);
    assert!(run.code == 0 && !run.stderr.contains("warning"), "{}", run.text());
}
