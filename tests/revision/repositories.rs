//! Repositories that git does not read, and what it says of them.

use expect_test::expect;

use super::{commit, repository};
use crate::support::git;

/// What git says in a folder of somebody else's.
const DUBIOUS: &str = "echo \"fatal: detected dubious ownership in repository at '/src'\" >&2
    printf 'To add an exception for this directory, call:\\n\\n' >&2
    printf '\\tgit config --global --add safe.directory /src\\n' >&2
    exit 128";

#[test]
fn a_repository_of_somebody_else() {
    let project = repository();
    let path = project.program("git", DUBIOUS);
    expect![[r#"
        exit code: 5
        --- stdout
        --- stderr
        error: `git rev-parse` failed (exit status: 128): fatal: detected dubious ownership in repository at '/src'
        hint: run `git config --global --add safe.directory /src`, if you trust what is there
    "#]].assert_eq(&project.tool().env("PATH", path).run(&["--rev", "HEAD", "-n"]).text());
}

#[test]
fn a_repository_of_somebody_else_is_verified_without_git() {
    let project = repository();
    project.digests();
    let path = project.program("git", DUBIOUS);
    expect![[r#"
        exit code: 0
        --- stdout
        a	zip	ok	`lambdas/a/a.zip` is what the sources give
        a	imports	ok	every import is given, of 1 module that the handler reaches
        b	zip	ok	`lambdas/b/b.zip` is what the sources give
        b	imports	ok	every import is given, of 1 module that the handler reaches
        --- stderr
        warning: which packaged files no other machine will have is not known: `git ls-files` failed (exit status: 128): fatal: detected dubious ownership in repository at '/src'
        hint: run `git config --global --add safe.directory /src`, if you trust what is there
            Verified 4 checks in [TIME], with 1 warning
    "#]].assert_eq(&project.tool().env("PATH", path).run(&["verify"]).text());
}

#[test]
fn a_repository_with_a_broken_configuration() {
    let project = repository();
    project.write(".git/config", "[core\n");
    expect![[r#"
        exit code: 5
        --- stdout
        --- stderr
        error: `git rev-parse` failed (exit status: 128): fatal: bad config line 1 in file .git/config
    "#]].assert_eq(&project.run(&["--rev", "HEAD", "-n"]).text());
}

#[test]
fn a_worktree_whose_repository_is_gone() {
    let project = repository();
    let other = project.home().join("other");
    git(&project.root(), &["worktree", "add", "--quiet", &other.display().to_string()]);
    std::fs::remove_dir_all(project.path(".git")).expect("a folder");
    let run = project.tool().directory(&other).run(&["--rev", "HEAD", "-n"]);
    expect![[r#"
        exit code: 5
        --- stdout
        --- stderr
        error: `git rev-parse` failed (exit status: 128): fatal: not a git repository: [ROOT]/.git/worktrees/other
    "#]].assert_eq(&run.text());
}

#[test]
fn what_git_says_is_understood_in_every_language_of_a_user() {
    let project = repository();
    let script = "case \"$LC_ALL\" in
        C) echo 'fatal: not a git repository (or any of the parent directories): .git' ;;
        *) echo 'Schwerwiegend: kein Git-Repository' ;;
    esac >&2
    exit 128";
    let path = project.program("git", script);
    let tool = project.tool().env("PATH", path).env("LC_ALL", "de_DE.UTF-8");
    let run = tool.run(&["--rev", "HEAD", "-n"]);
    assert_eq!(run.code, 3, "{}", run.text());
}

#[test]
fn a_file_that_git_did_not_write_is_no_smaller_zip() {
    let project = repository();
    project.write("lambdas/a/big.py", "");
    commit(&project);
    let git =
        crate::support::output(std::process::Command::new("sh").args(["-c", "command -v git"]));
    // As git of before 2.30 does on a full disk.
    let script = format!(
        "case \"$*\" in
            *checkout-index*) {git} \"$@\"; rm -f lambdas/a/big.py; exit 0 ;;
            *) exec {git} \"$@\" ;;
        esac",
        git = git.trim()
    );
    let path = project.program("git", &script);
    expect![[r#"
        exit code: 5
        --- stdout
        b	vtcDIodgzgD234S02DzRbsMmEOCzDKz5OYWP5S/Xfb0=	lambdas/b/b.zip
        --- stderr
         Would build b (112 B, 1 file)
        error: cannot read `lambdas/a`
          --> lambdas/a
          caused by: git has not written `lambdas/a/big.py` to the folder for temporary files
        hint: make room there, or name another folder with `TMPDIR`
        error: 1 of 2 lambdas could not be packaged
    "#]]
    .assert_eq(&project.tool().env("PATH", path).run(&["--rev", "HEAD", "-n"]).text());
}
