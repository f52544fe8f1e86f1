//! Repositories.

use std::path::{Path, PathBuf};

use super::{Library, builds, modules, packaged, requiring, succeed, wheels};
use crate::support::{Project, git};

/// Commits a version of the library, and returns the commit.
fn commit(repository: &Path, version: &str) -> String {
    Library::new("shared", version).write(repository);
    Library::new("inner", version).write(&repository.join("sub/inner"));
    git(repository, &["add", "--all"]);
    git(repository, &["commit", "--quiet", "--message", version]);
    git(repository, &["rev-parse", "HEAD"])
}

/// A repository with `v1` (a tag with a text of its own), `light` (one without), a branch `next`,
/// and the default branch, at 1.0, 2.0, 3.0 and 4.0; and the commits.
fn repository(project: &Project) -> (PathBuf, Vec<String>) {
    let folder = project.home().join("repository");
    std::fs::create_dir(&folder).expect("a folder");
    git(&folder, &["init", "--quiet"]);
    let mut commits = vec![commit(&folder, "1.0")];
    git(&folder, &["tag", "--annotate", "--message", "one", "v1"]);
    commits.push(commit(&folder, "2.0"));
    git(&folder, &["tag", "light"]);
    git(&folder, &["switch", "--quiet", "--create", "next"]);
    commits.push(commit(&folder, "3.0"));
    git(&folder, &["switch", "--quiet", "main"]);
    commits.push(commit(&folder, "4.0"));
    (folder, commits)
}

/// The version that comes of a line.
fn version(project: &Project, arguments: &[&str]) -> String {
    let run = project.tool().run(&[&["--format", "json"], arguments].concat());
    assert_eq!(run.code, 0, "{}", run.text());
    wheels(&run).join(" ")
}

#[test]
fn a_branch_a_tag_and_a_commit_are_what_git_says_they_are() {
    let project = requiring(&[("api", "")]);
    let (repository, commits) = repository(&project);
    let url = format!("git+file://{}", repository.display());
    let table = [
        (url.clone(), "shared-4.0"),
        (format!("shared @ {url}"), "shared-4.0"),
        (format!("-e {url}#egg=shared"), "shared-4.0"),
        (format!("{url}@next"), "shared-3.0"),
        (format!("{url}@v1"), "shared-1.0"),
        (format!("{url}@light"), "shared-2.0"),
        (format!("{url}@refs/heads/next"), "shared-3.0"),
        (format!("{url}@{}", commits[0]), "shared-1.0"),
        (format!("{url}@next#subdirectory=sub/inner"), "inner-3.0"),
        (format!("inner @ {url}@v1#egg=inner&subdirectory=sub/inner"), "inner-1.0"),
        (format!("{url}@v1 ; python_version < '3'"), ""),
    ];
    for (line, expected) in table {
        project.write("lambdas/api/requirements.txt", &line);
        let wheel = match expected {
            "" => String::new(),
            name => format!("{name}-py3-none-any.whl"),
        };
        assert_eq!(version(&project, &["-q"]), wheel, "{line}");
        let all: String = packaged(&project).into_iter().map(|it| it.0 + &it.1).collect();
        assert!(!all.contains("direct_url") && !all.contains("/tmp"), "{line}");
    }
}

#[test]
fn a_branch_and_a_tag_of_one_name_are_the_branch_as_with_pip() {
    let project = requiring(&[("api", "")]);
    let (repository, commits) = repository(&project);
    git(&repository, &["tag", "next", &commits[0]]);
    let line = format!("git+file://{}@next\n", repository.display());
    project.write("lambdas/api/requirements.txt", line);
    assert_eq!(version(&project, &["-q"]), "shared-3.0-py3-none-any.whl");
}

#[test]
fn a_branch_that_moves_is_followed_when_that_is_asked_for() {
    let project = requiring(&[("api", "")]);
    let (repository, _) = repository(&project);
    let line = format!("git+file://{}\n", repository.display());
    project.write("lambdas/api/requirements.txt", line);
    assert_eq!(version(&project, &["-q"]), "shared-4.0-py3-none-any.whl");
    commit(&repository, "5.0");
    assert_eq!(version(&project, &["-q", "--force"]), "shared-4.0-py3-none-any.whl");
    assert_eq!(version(&project, &["-q", "--upgrade"]), "shared-5.0-py3-none-any.whl");
}

#[test]
fn a_commit_is_built_once() {
    let project = requiring(&[("api", "")]);
    let (repository, commits) = repository(&project);
    let log = project.home().join("builds");
    for line in [format!("@{}", commits[3]), String::new(), "@main".to_owned()] {
        let line = format!("git+file://{}{line}\n", repository.display());
        project.write("lambdas/api/requirements.txt", line);
        succeed(project.tool().env("BUILD_LOG", &log).run(&[]));
    }
    assert_eq!(builds(&log), ["shared"]);
    assert_eq!(modules(&project), ["shared/__init__.py"]);
}

#[test]
fn what_a_hook_of_git_sets_leads_nowhere_else() {
    let project = requiring(&[("api", "")]);
    let (repository, _) = repository(&project);
    let other = project.home().join("other");
    std::fs::create_dir(&other).unwrap();
    git(&other, &["init", "--quiet"]);
    std::fs::write(other.join("a"), "a").unwrap();
    git(&other, &["add", "a"]);
    git(&other, &["commit", "--quiet", "--message", "a"]);
    let before = (git(&other, &["status", "--short"]), git(&other, &["rev-parse", "HEAD"]));
    project.write(
        "lambdas/api/requirements.txt",
        format!("git+file://{}@next\n", repository.display()),
    );
    let tool = project.tool().env("GIT_DIR", other.join(".git")).env("GIT_WORK_TREE", &other);
    let tool = tool.env("GIT_INDEX_FILE", other.join(".git/index")).env("GIT_PREFIX", "x/");
    let run = succeed(tool.run(&["--format", "json"]));
    assert_eq!(wheels(&run), ["shared-3.0-py3-none-any.whl"]);
    assert_eq!((git(&other, &["status", "--short"]), git(&other, &["rev-parse", "HEAD"])), before);
}

/// Whether a line is in the words of a version of git, or of pip around them.
pub(super) fn is_of_git(line: &str) -> bool {
    let words = ["fatal:", "× git", "Please make sure", "and the repository"];
    words.iter().any(|word| line.contains(word))
}

#[test]
fn a_revision_or_repository_that_is_not_there_is_told() {
    let project = requiring(&[("api", "")]);
    let (repository, commits) = repository(&project);
    let url = format!("git+file://{}", repository.display());
    let table = [
        (
            format!("{url}@nowhere"),
            expect_test::expect![[r#"
            exit code: 5
            --- stdout
            --- stderr
            error: git can't find `nowhere` in `file://[HOME]/repository`
              --> lambdas/api/requirements.txt:1
              caused by: it has no such branch or tag
            hint: check the address, and that the branch or tag was pushed
            error: 1 of 1 lambda could not be packaged
        "#]],
        ),
        (
            format!("{url}@{}", &commits[0][..8]),
            expect_test::expect![[r#"
            exit code: 5
            --- stdout
            --- stderr
            error: git can't find `[SHORT]` in `file://[HOME]/repository`
              --> lambdas/api/requirements.txt:1
              caused by: it has no such branch or tag, and a commit must be written in full
            hint: check the address, and that the branch or tag was pushed
            error: 1 of 1 lambda could not be packaged
        "#]],
        ),
        (
            format!("{url}@{}", "0".repeat(40)),
            expect_test::expect![[r#"
                exit code: 4
                --- stdout
                --- stderr
                error: `git+file://[HOME]/repository@0000000000000000000000000000000000000000` can't be built
                  --> lambdas/api/requirements.txt:1
                error: 1 of 1 lambda could not be packaged
            "#]],
        ),
        (
            format!("{url}-gone"),
            expect_test::expect![[r#"
            exit code: 5
            --- stdout
            --- stderr
            error: git can't find `HEAD` in `file://[HOME]/repository-gone`
              --> lambdas/api/requirements.txt:1
            hint: check the address, and that the branch or tag was pushed
            error: 1 of 1 lambda could not be packaged
        "#]],
        ),
        (
            format!("{url}#subdirectory=gone"),
            expect_test::expect![[r#"
                exit code: 4
                --- stdout
                --- stderr
                error: `git+file://[HOME]/repository#subdirectory=gone` can't be built
                  --> lambdas/api/requirements.txt:1
                  caused by: ERROR: git+file:[HOME]/repository@[COMMIT]#subdirectory=gone (from -r lambdas/api/requirements.txt (line 1)) does not appear to be a Python project: neither 'setup.py' nor 'pyproject.toml' found.
                error: 1 of 1 lambda could not be packaged
            "#]],
        ),
        (
            format!("{url} --hash=sha256:{}", "0".repeat(64)),
            expect_test::expect![[r#"
            exit code: 4
            --- stdout
            --- stderr
            error: `git+file://[HOME]/repository` can't be built: a hash is for a file, and this is a folder or a repository
              --> lambdas/api/requirements.txt:1
            hint: remove the hash; a commit in full pins a repository
            error: 1 of 1 lambda could not be packaged
        "#]],
        ),
        (
            format!("{url}@--upload-pack=x"),
            expect_test::expect![[r#"
            exit code: 5
            --- stdout
            --- stderr
            error: git can't find `--upload-pack=x` in `file://[HOME]/repository`
              --> lambdas/api/requirements.txt:1
              caused by: it has no such branch or tag
            hint: check the address, and that the branch or tag was pushed
            error: 1 of 1 lambda could not be packaged
        "#]],
        ),
        (
            "hg+https://127.0.0.1:9/a".to_owned(),
            expect_test::expect![[r#"
            exit code: 4
            --- stdout
            --- stderr
            error: `hg+https://127.0.0.1:9/a` can't be built: of version control only git is known here
              --> lambdas/api/requirements.txt:1
            hint: require a wheel of it, or keep it in a git repository
            error: 1 of 1 lambda could not be packaged
        "#]],
        ),
    ];
    for (line, expected) in table {
        project.write("lambdas/api/requirements.txt", format!("{line}\n"));
        let text = super::said(&project.run(&["-q"]));
        let text = text.replace(&commits[0][..8], "[SHORT]").replace(&commits[3], "[COMMIT]");
        let lines = text.lines().filter(|line| !is_of_git(line));
        expected.assert_eq(&lines.map(|line| format!("{line}\n")).collect::<String>());
    }
}

#[test]
fn without_git_on_path_that_is_what_is_said() {
    let project = requiring(&[("api", "git+file:///nowhere/a.git\n")]);
    let run = project.tool().env("PATH", super::nowhere(&project)).run(&["-q"]);
    expect_test::expect![[r#"
        exit code: 5
        --- stdout
        --- stderr
        error: git is needed to read a repository, and there is no `git` on PATH
          --> lambdas/api/requirements.txt:1
        hint: install git
        error: 1 of 1 lambda could not be packaged
    "#]]
    .assert_eq(&run.text());
}
